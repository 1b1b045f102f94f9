//! Users, as every request reads them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AppId, Email, ImageSize, Scopes, UserId, avatar_url, lenient, text};

/// The state of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", try_from = "String")]
#[schemars(!try_from)]
pub enum UserState {
    /// Not banned.
    Normal,
    /// Can only list and delete their own sessions.
    Banned,
}

impl UserState {
    /// Its name in answers and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Banned => "banned",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Normal, Self::Banned].into_iter().find(|state| state.as_str() == name)
    }
}

/// The text names no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be banned or normal")]
pub struct UnknownState;

impl TryFrom<String> for UserState {
    type Error = UnknownState;

    fn try_from(name: String) -> Result<Self, UnknownState> {
        Self::from_name(&name).ok_or(UnknownState)
    }
}

/// The reason for a ban: 1 to 512 characters after trimming. At least one visible character, no
/// control or text direction characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(
    !try_from,
    inline,
    extend("minLength" = 1, "maxLength" = Self::MOST_CHARS, "pattern" = text::HONEST, "examples" = ["Spam in three guilds"])
)]
pub struct BanReason(String);

/// The text cannot be a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 512 visible characters, without control or text direction characters")]
pub struct UnfitReason;

impl BanReason {
    const MOST_CHARS: usize = 512;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BanReason {
    type Error = UnfitReason;

    fn try_from(text: String) -> Result<Self, UnfitReason> {
        let reason = text.trim();
        let fits = reason.chars().nth(Self::MOST_CHARS).is_none() && text::is_honest(reason);
        if fits { Ok(Self(reason.to_owned())) } else { Err(UnfitReason) }
    }
}

/// One user of ours.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub user_id: UserId,
    /// Whether they may do anything.
    pub state: UserState,
    /// How often they have signed out everywhere: a session made before the last time is dead.
    pub sign_outs: u64,
    /// Who they are; `None` for one who was banned before they ever came.
    pub profile: Option<Profile>,
    /// The apps they own.
    pub app_ids: Vec<AppId>,
}

/// Who a user is, as Discord said when they last signed in. Bounded in bytes: it is read on every request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "SentProfile")]
pub struct Profile {
    /// Their id.
    pub id: UserId,
    /// The unique username.
    pub username: String,
    /// The name they show; `None` when they show their unique name.
    pub global_name: Option<String>,
    /// Hash of their avatar; `None` when they have Discord's default one.
    pub avatar: Option<String>,
    /// The number behind an old name (`name#1234`); `None` for the unique names that have replaced those.
    pub discriminator: Option<u16>,
    /// Their email address, if they have one and have granted us to see it.
    pub email: Option<Email>,
}

impl Profile {
    /// Without what the scopes do not give us to see.
    pub fn as_granted(self, scopes: &Scopes) -> Self {
        let email = self.email.filter(|_| scopes.iter().any(|scope| scope == "email"));
        Self { email, ..self }
    }

    /// The URL of their avatar, or of the default one that Discord shows instead.
    pub fn avatar_url(&self, size: Option<ImageSize>) -> String {
        avatar_url(self.id, self.avatar.as_deref(), self.discriminator, size)
    }
}

/// Discord allows names of 32 characters, each of four bytes at most.
const MAX_NAME_BYTES: usize = 128;

/// A user as Discord sends them. Without `id` or `username` it is none; any other field has a default.
#[derive(Deserialize)]
struct SentProfile {
    id: UserId,
    #[serde(deserialize_with = "lenient::bounded::<MAX_NAME_BYTES, _>")]
    username: String,
    #[serde(default, deserialize_with = "lenient::optional_name::<MAX_NAME_BYTES, _>")]
    global_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::image_hash")]
    avatar: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    discriminator: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    email: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    verified: bool,
}

impl From<SentProfile> for Profile {
    fn from(sent: SentProfile) -> Self {
        let SentProfile { id, username, global_name, avatar, discriminator, email, verified } = sent;
        // Four digits, or `0` for a unique name.
        let discriminator = discriminator.parse().ok().filter(|number| (1..=9999).contains(number));
        let email = email.and_then(|address| Email::new(address, verified));
        Self { id, username, global_name, avatar, discriminator, email }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_discriminator_is_a_number_above_0_or_none() {
        for (said, discriminator) in [
            (json!("1234"), Some(1234)),
            (json!("0001"), Some(1)),
            (json!("9999"), Some(9999)),
            (json!("0"), None),
            (json!("0000"), None),
            (json!("10000"), None),
            (json!("-1"), None),
            (json!("anna"), None),
            (json!(""), None),
            (json!(1234), None),
            (json!(null), None),
        ] {
            let profile = json!({"id": "1", "username": "anna", "discriminator": said});
            let profile: Profile = serde_json::from_value(profile).unwrap();
            assert_eq!(profile.discriminator, discriminator, "{said}");
        }
        let without: Profile = serde_json::from_value(json!({"id": "1", "username": "anna"})).unwrap();
        assert_eq!(without.discriminator, None);
    }
}
