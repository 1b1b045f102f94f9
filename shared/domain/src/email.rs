//! Email addresses of users who have granted us to see them.

use std::fmt;

/// A user's email address at Discord. Does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    address: String,
    is_verified: bool,
}

impl Email {
    /// RFC 5321 allows 254 bytes between the angle brackets.
    const MAX_BYTES: usize = 254;

    /// The address; `None` for a text that cannot be one.
    pub fn new(address: String, is_verified: bool) -> Option<Self> {
        let has_form = address.contains('@') && !address.chars().any(|char| char.is_control() || char.is_whitespace());
        (has_form && address.len() <= Self::MAX_BYTES).then_some(Self { address, is_verified })
    }

    /// The address, to be stored or to be answered to its user.
    pub fn reveal(&self) -> &str {
        &self.address
    }

    /// Whether Discord has verified that the user reads it.
    pub const fn is_verified(&self) -> bool {
        self.is_verified
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_bounded_in_bytes_and_does_not_show() {
        let email = |address: &str| Email::new(address.to_owned(), true);
        let longest = format!("{}@example.com", "é".repeat(121));
        assert_eq!(longest.len(), 254);
        assert_eq!(email(&longest).unwrap().reveal(), longest);
        for address in ["", "anna", "anna @example.com", "anna@example.com\n", &format!("a{longest}")] {
            assert_eq!(email(address), None, "{address:?}");
        }
        assert_eq!(format!("{:?}", email("anna@example.com").unwrap()), "Email(…)");
    }
}
