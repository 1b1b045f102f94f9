//! A browser: keeps our cookies, sends them along, and says where its requests come from.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::{Answer, World};

pub(crate) struct Browser<'w> {
    pub(crate) world: &'w World,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// Whether an element stands within the tag of another: a text that is made for elements in an attribute.
pub(crate) fn has_markup_in_attributes(html: &str) -> bool {
    html.starts_with("<!doctype") && html.split('<').skip(1).any(|tag| !tag.contains('>'))
}

impl World {
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookies: Mutex::default() }
    }

    /// A browser whose user has signed in.
    pub(crate) async fn browser_of(&self, user: u64) -> Browser<'_> {
        let browser = self.browser();
        let back = browser.back_from_discord("/", user).await;
        assert_eq!(browser.get(&back).await.status, 303);
        browser
    }
}

impl Browser<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.keep(Answer::of(self.request(Method::GET, path)).await)
    }

    /// What the script of our pages sends.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.request(method, path).header("origin", self.origin());
        self.keep(Answer::of(if body.is_null() { request } else { request.json(&body) }).await)
    }

    /// Browsers go by the name.
    fn origin(&self) -> String {
        format!("http://{}", local::service::host(self.world.service.api))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.world.http.request(method, self.world.url(path));
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    /// Begins to sign in, agrees at Discord as `user`, and stops before our callback: its path and query.
    pub(crate) async fn back_from_discord(&self, return_to: &str, user: u64) -> String {
        self.back_with(return_to, &[("as_user", &user.to_string())]).await
    }

    /// The same, with other parameters for the stand-in.
    pub(crate) async fn back_with(&self, return_to: &str, parameters: &[(&str, &str)]) -> String {
        let begun = self.get(&format!("/oauth2/authorize?return_to={return_to}")).await;
        assert_eq!(begun.status, 302, "{}", begun.text());
        let mut page = Url::parse(begun.header("location").unwrap()).unwrap();
        page.query_pairs_mut().extend_pairs(parameters);
        let back = self.world.http.get(page).send().await.unwrap();
        let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        if let Some((_, code)) = back.query_pairs().find(|(name, _)| name == "code") {
            self.world.keep_secret(&code);
        }
        format!("{}?{}", back.path(), back.query().unwrap())
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// The sign-ins that it has begun: names and values of their cookies.
    pub(crate) fn sign_ins(&self) -> Vec<(String, String)> {
        let cookies = self.cookies.lock().unwrap();
        let sign_ins = cookies.iter().filter(|(name, _)| name.starts_with("guildpass-sign-in-"));
        sign_ins.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    pub(crate) fn forget_cookie(&self, name: &str) {
        self.cookies.lock().unwrap().remove(name);
    }

    /// What opens a page when a person does.
    pub(crate) async fn visit(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let request = request.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
        self.keep(Answer::of(request).await)
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    fn keep(&self, answer: Answer) -> Answer {
        assert!(!has_markup_in_attributes(&answer.body), "{}", answer.body);
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age="] {
                assert!(line.contains(attribute), "{line}");
            }
            let for_http = line.starts_with("guildpass") && !line.contains("Secure");
            assert!(for_http && !line.contains("Domain"), "{line}");
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.lock().unwrap().remove(name);
            } else {
                // The one that holds no secret.
                if name != "guildpass-returning" {
                    self.world.keep_secret(value);
                }
                self.set_cookie(name, value);
            }
        }
        answer
    }
}
