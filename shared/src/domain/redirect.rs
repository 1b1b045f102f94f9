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

/// The text is no allow-list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `web=<uri>` or `app=<uri>` with an absolute URI")]
pub struct MalformedRedirect(String);

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
        text.split_whitespace().map(entry).collect::<Result<_, _>>().map(Self)
    }
}

fn entry(text: &str) -> Result<Redirect, MalformedRedirect> {
    let malformed = || MalformedRedirect(text.to_owned());
    let (kind, uri) = match text.split_once('=') {
        Some(("web", uri)) => (RedirectKind::Web, uri),
        Some(("app", uri)) => (RedirectKind::App, uri),
        _ => return Err(malformed()),
    };
    let parsed = url::Url::parse(uri).map_err(|_| malformed())?;
    if parsed.fragment().is_some() || (kind == RedirectKind::Web && !matches!(parsed.scheme(), "http" | "https")) {
        return Err(malformed());
    }
    Ok(Redirect { kind, uri: uri.to_owned() })
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
    fn what_is_no_entry_is_named() {
        for text in [
            "https://a.example",
            "web=/cb",
            "web=javascript:alert(1)",
            "desk=https://a.example",
            "web=https://a.example/#x",
        ] {
            assert_eq!(text.parse::<AllowList>(), Err(MalformedRedirect(text.to_owned())));
        }
    }
}
