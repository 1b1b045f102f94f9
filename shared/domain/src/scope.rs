//! OAuth scopes, as sets: Discord may grant more than was asked for, in any order.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;

/// What every sign-in asks for, and cannot do without.
pub const REQUIRED_SCOPES: [&str; 2] = ["identify", "guilds"];

/// What an operator may let front ends ask for on top.
pub const EXTRA_SCOPES: [&str; 4] = ["email", "connections", "guilds.join", "guilds.members.read"];

/// What front ends may ask for on top unless the operator says otherwise: what an endpoint uses, and nothing else.
pub const DEFAULT_EXTRA_SCOPES: [&str; 3] = ["email", "connections", "guilds.join"];

/// A set of scopes (RFC 6749, section 3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String", inline, extend("examples" = ["connections guilds.join"]))]
pub struct Scopes(BTreeSet<String>);

/// The text is no list of scopes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be scopes separated by single spaces")]
pub struct MalformedScope;

impl Scopes {
    /// What every sign-in asks for.
    pub fn required() -> Self {
        REQUIRED_SCOPES.into_iter().collect()
    }

    /// Whether each of `others` is among them.
    pub fn contain(&self, others: &Self) -> bool {
        others.0.is_subset(&self.0)
    }

    /// Both sets in one.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Each of them, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(scopes: I) -> Self {
        Self(scopes.into_iter().map(str::to_owned).collect())
    }
}

impl FromStr for Scopes {
    type Err = MalformedScope;

    fn from_str(text: &str) -> Result<Self, MalformedScope> {
        let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        text.split(' ')
            .map(|scope| {
                if !scope.is_empty() && scope.bytes().all(allowed) { Ok(scope.to_owned()) } else { Err(MalformedScope) }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{scope}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_asked_for_is_fine_and_less_is_not() {
        let granted: Scopes = "guilds email identify".parse().unwrap();
        assert!(granted.contain(&Scopes::required()));
        assert!(!Scopes::required().contain(&granted));
        assert_eq!(granted.to_string(), "email guilds identify");
        for text in ["", " ", "identify  guilds", "identify ", "a\tb", "a\"b", "é"] {
            assert_eq!(text.parse::<Scopes>(), Err(MalformedScope), "{text:?}");
        }
    }
}
