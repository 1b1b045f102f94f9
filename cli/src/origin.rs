//! Where a service is.

use std::fmt;
use std::str::FromStr;

use domain::Variables;
use domain::is_loopback;
use url::Url;

use super::failure::Failure;

/// Scheme, host and port of a service: what a token belongs to. `http` on this machine alone, for a token could be read on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin(Url);

/// The text names no service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoOrigin {
    #[error("must be a URL like https://auth.example.com")]
    Malformed,
    #[error(
        "must start with https://, because others could read the token over http (http is allowed \
         for localhost and 127.0.0.1)"
    )]
    Readable,
    #[error("must have only scheme, host and port, like https://auth.example.com")]
    TooMuch,
}

impl Origin {
    /// Where `cargo run` listens.
    pub(super) const LOCAL: &'static str = "http://localhost:8080";

    /// `GUILDPASS_URL`, or else the service of this machine.
    pub(super) fn of_environment(variables: &Variables) -> Result<Self, Failure> {
        let text = variables.get("GUILDPASS_URL").unwrap_or(Self::LOCAL);
        text.parse().map_err(|error| Failure::Usage(format!("GUILDPASS_URL {error}")))
    }

    /// The URL of a path there.
    pub(super) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// Whether it is on this machine.
    pub(super) fn is_here(&self) -> bool {
        is_loopback(&self.0)
    }
}

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let url = Url::parse(text).map_err(|_| NoOrigin::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(NoOrigin::Readable),
            _ => return Err(NoOrigin::Malformed),
        }
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(NoOrigin::TooMuch);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, NoOrigin> {
        text.parse().map(|origin: Origin| origin.to_string())
    }

    #[test]
    fn an_origin_has_one_spelling() {
        for text in ["https://auth.example.com", "https://AUTH.example.com:443/"] {
            assert_eq!(read(text).as_deref(), Ok("https://auth.example.com"));
        }
        assert_eq!(read("https://auth.example.com:8443").as_deref(), Ok("https://auth.example.com:8443"));
    }

    #[test]
    fn http_stays_on_this_machine() {
        for text in ["http://localhost:8080", "http://127.0.0.1:8080", "http://127.1.2.3", "http://[::1]:8080"] {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
        for text in [
            "http://auth.example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
        ] {
            assert_eq!(read(text), Err(NoOrigin::Readable), "{text}");
        }
    }

    #[test]
    fn more_than_an_origin_is_refused() {
        for text in ["https://a.example/prod", "https://anna@a.example", "https://a.example/?x", "https://a.example/#x"]
        {
            assert_eq!(read(text), Err(NoOrigin::TooMuch), "{text}");
        }
        for text in ["", "auth.example.com", "localhost:8080", "ftp://a.example", "https://"] {
            assert_eq!(read(text), Err(NoOrigin::Malformed), "{text}");
        }
    }
}
