//! A person with a session, and what they are answered.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::World;

pub(crate) struct Person<'w> {
    pub(crate) world: &'w World,
    pub(crate) user_id: String,
    pub(crate) session_id: String,
    pub(crate) token: String,
    pub(crate) expiry: String,
}

impl<'w> Person<'w> {
    pub(crate) fn of(world: &'w World, given: &Value) -> Self {
        let text = |key: &str| given[key].as_str().unwrap().to_owned();
        Self {
            world,
            user_id: text("user_id"),
            session_id: text("session_id"),
            token: text("token"),
            expiry: text("expiry"),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.world.http.get(self.world.url(path)).bearer_auth(&self.token)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.world.http.delete(self.world.url(path)).bearer_auth(&self.token)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let answer = Answer::of(self.world.http.post(self.world.url(path)).bearer_auth(&self.token).json(&body)).await;
        self.world.note_token(&answer);
        answer
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.world.http.put(self.world.url(path)).bearer_auth(&self.token).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.world.http.patch(self.world.url(path)).bearer_auth(&self.token).json(&body)).await
    }

    /// A body that is no JSON value of ours to make.
    pub(crate) async fn post_raw(
        &self,
        path: &str,
        content_type: Option<&str>,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let mut request = self.world.http.post(self.world.url(path)).bearer_auth(&self.token).body(body);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        Answer::of(request).await
    }

    /// An API token that lives so many seconds.
    pub(crate) async fn api_token(&self, seconds: u64) -> Person<'w> {
        let answer = self.post("/sessions", json!({"name": "a token", "type": "api", "expiry": seconds})).await;
        self.world.person(&answer)
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        let status = self.get("/sessions/@me").await.status;
        assert!(matches!(status, 200 | 401), "{status}");
        status == 200
    }

    /// The ids of their live sessions, newest first.
    pub(crate) async fn session_ids(&self) -> Vec<String> {
        let list = self.get("/sessions").await.json();
        list["sessions"].as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body; null if there is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Status and body, without what differs each time.
    pub(crate) fn text(&self) -> String {
        let body = match self.json() {
            Value::Object(mut object) => {
                assert!(object.remove("request_id").is_none_or(|id| id.as_str().is_some_and(|id| !id.is_empty())));
                Value::Object(object).to_string()
            }
            _ => self.body.clone(),
        };
        format!("{} {body}", self.status)
    }
}
