//! Where a sign-in may lead: the operator's allow-list.

use std::str::FromStr;

use super::{Lifetime, SessionType};

/// What stands behind a redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// A web front end; its users get a `login`.
    Web,
    /// A native app; PKCE always, its users get an `app_login`.
    App,
}

impl RedirectKind {
    /// The session that a sign-in over it gives.
    pub const fn session_type(self) -> SessionType {
        match self {
            Self::Web => SessionType::Login,
            Self::App => SessionType::AppLogin,
        }
    }

    /// How long that session lives.
    pub const fn lifetime(self) -> Lifetime {
        match self {
            Self::Web => Lifetime::HOUR,
            Self::App => Lifetime::FORTNIGHT,
        }
    }
}

/// One redirect URI of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// What stands behind it.
    pub kind: RedirectKind,
    /// The URI, to the character.
    pub uri: String,
}

/// The redirect URIs that a sign-in may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Redirect>);

/// An entry of the allow-list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` {problem}")]
pub struct MalformedRedirect {
    entry: String,
    problem: &'static str,
}

/// Schemes whose URIs a browser runs, or reads from where no app answers.
const UNSAFE_SCHEMES: [&str; 19] = [
    "about",
    "blob",
    "chrome",
    "content",
    "data",
    "feed",
    "file",
    "filesystem",
    "ftp",
    "jar",
    "javascript",
    "livescript",
    "mhtml",
    "mocha",
    "res",
    "resource",
    "vbscript",
    "view-source",
    "wyciwyg",
];

impl AllowList {
    /// The entry that equals `uri`, character by character. URIs are compared, never parsed: whoever parses can be fooled.
    pub fn find(&self, uri: &str) -> Option<&Redirect> {
        self.0.iter().find(|redirect| redirect.uri == uri)
    }

    /// Each entry's URI.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|redirect| redirect.uri.as_str())
    }
}

impl FromStr for AllowList {
    type Err = MalformedRedirect;

    /// Entries of the form `web=<uri>` or `app=<uri>`, separated by spaces.
    fn from_str(text: &str) -> Result<Self, MalformedRedirect> {
        let mut list = Self::default();
        for entry in text.split_whitespace() {
            let malformed = |problem| MalformedRedirect { entry: entry.to_owned(), problem };
            let redirect = redirect(entry).map_err(malformed)?;
            if list.find(&redirect.uri).is_some() {
                return Err(malformed("has the same URI twice"));
            }
            list.0.push(redirect);
        }
        Ok(list)
    }
}

/// Reads one entry, or says what is wrong about it.
fn redirect(entry: &str) -> Result<Redirect, &'static str> {
    let (kind, uri) = match entry.split_once('=') {
        Some(("web", uri)) => (RedirectKind::Web, uri),
        Some(("app", uri)) => (RedirectKind::App, uri),
        _ => return Err("is not `web=<uri>` or `app=<uri>`"),
    };
    if uri.contains('*') {
        return Err("has a wildcard: URIs are compared exactly");
    }
    if uri.contains('#') {
        return Err("has a fragment");
    }
    if !uri.bytes().all(|byte| byte.is_ascii_graphic() && !br#"\"<>^`{|}"#.contains(&byte)) {
        return Err("has a character that is not allowed in a URI: percent-encode it");
    }
    let url = url::Url::parse(uri).map_err(|_| "is not an absolute URI")?;
    if UNSAFE_SCHEMES.contains(&url.scheme()) {
        return Err("has a scheme that cannot open an app: browsers handle it themselves");
    }
    if !url.username().is_empty() || url.password().is_some() || authority(uri).contains('@') {
        return Err("has a user name before its host");
    }
    match url.scheme() {
        "https" if is_spelled_out(uri, &url) => {}
        "http" if is_spelled_out(uri, &url) && is_loopback(&url) => {}
        "http" if is_spelled_out(uri, &url) => {
            return Err("must be https: http is allowed only for localhost, 127.0.0.1 and [::1]");
        }
        "http" | "https" => return Err("has a host in another form than browsers use"),
        "ws" | "wss" => return Err("has a scheme that browsers do not open"),
        _ if kind == RedirectKind::Web => return Err("must be https, because its kind is web"),
        _ => {}
    }
    Ok(Redirect { kind, uri: uri.to_owned() })
}

/// What stands between `//` and the path.
fn authority(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Whether the host in the text is the one that browsers read out of it: they also understand `https:host`, `0x7f.1` and `%61`.
fn is_spelled_out(uri: &str, url: &url::Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let authority = authority(uri).to_ascii_lowercase();
    authority.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':'))
}

/// Whether a URL leads to this machine, where nobody on the way reads along: RFC 8252 section 7.3.
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_by_every_character_of_it() {
        let list: AllowList = "web=https://a.example/cb  app=mybot://callback".parse().unwrap();
        assert_eq!(list.find("https://a.example/cb").map(|redirect| redirect.kind), Some(RedirectKind::Web));
        assert_eq!(list.find("mybot://callback").map(|redirect| redirect.kind), Some(RedirectKind::App));
        for uri in
            ["https://a.example/cb/", "https://a.example/CB", "https://a.example/cb?x=1", "https:a.example/cb", ""]
        {
            assert_eq!(list.find(uri), None, "{uri}");
        }
    }

    #[test]
    fn entry_that_leads_to_no_app_is_refused_and_named() {
        let of = |problem: &'static str, uris: &[&str]| {
            for entry in uris {
                let list = format!("web=https://a.example/cb {entry} app=mybot://callback");
                let error = list.parse::<AllowList>().unwrap_err();
                assert!(error.entry == *entry && error.problem.contains(problem), "{entry}: {error}");
            }
        };
        of("is not `web", &["https://a.example", "desk=https://a.example", "web", "WEB=https://a.example"]);
        of("is not an absolute URI", &["web=/cb", "web=", "app=", "web=https://", "app=callback", "web=//a.example"]);
        of(
            "cannot open an app",
            &[
                "app=javascript:alert(1)",
                "web=javascript:alert(1)",
                "app=JavaScript://a.example/%0aalert(1)",
                "app=data:text/html,x",
                "app=vbscript:x",
                "app=blob:https://a.example/1",
                "app=FILE:///etc/passwd",
                "app=about:blank",
                "app=view-source:https://a.example",
                "app=filesystem:https://a.example/x",
            ],
        );
        of("wildcard", &["web=https://*.a.example/cb", "web=https://a.example/*", "app=mybot://*"]);
        of("fragment", &["web=https://a.example/#x", "web=https://a.example/cb#", "app=mybot://callback#x"]);
        of(
            "user name",
            &["web=https://trusted.example@evil.example/cb", "web=https://:x@a.example", "web=https://@a.example/cb"],
        );
        of(
            "must be https: http",
            &[
                "web=http://a.example/cb",
                "app=http://192.168.1.5/cb",
                "web=http://localhost.evil.example/cb",
                "web=http://127.0.0.1.evil.example/cb",
                "app=http://[::2]/cb",
                "app=http://0.0.0.0/cb",
            ],
        );
        of("kind is web", &["web=mybot://callback", "web=com.example.app:/cb"]);
        of(
            "has a host in another form",
            &[
                "web=https:a.example/cb",
                "web=https:///a.example/cb",
                "web=http://2130706433/cb",
                "web=https://ex%61mple.com/cb",
            ],
        );
        of(
            "not allowed in a URI",
            &[
                "web=https://a.example\\@evil.example/cb",
                "web=https://bücher.example/cb",
                "web=https://a.example/\u{1}",
            ],
        );
        of("browsers do not open", &["app=wss://a.example/cb"]);
        of("twice", &["web=https://a.example/cb", "app=https://a.example/cb"]);
    }

    #[test]
    fn entry_of_this_machine_or_with_https_or_an_own_scheme_is_taken() {
        for entry in [
            "web=http://localhost:3000/callback",
            "app=http://127.0.0.1:8976/callback",
            "web=http://127.1.2.3/cb",
            "app=http://[::1]:8976/cb",
            "app=https://a.example/cb",
            "web=https://A.example:8443/cb?x=1",
            "web=https://a.example",
            "web=https://xn--bcher-kva.example/cb",
            "app=guildpass://callback",
            "app=com.example.app:/oauth2/callback",
        ] {
            assert_eq!(entry.parse::<AllowList>().unwrap().uris().count(), 1, "{entry}");
        }
    }
}
