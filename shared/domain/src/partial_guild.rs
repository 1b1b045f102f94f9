//! Guilds and linked accounts of a user, as Discord lists them: what of them is answered and kept.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{DiscordPermissions, GuildId, lenient};

/// Discord allows names of 100 characters, each of four bytes at most.
const MAX_NAME_BYTES: usize = 400;
/// Names at providers, which nobody has listed.
const MAX_TEXT_BYTES: usize = 512;

/// One guild that a user is in, as that user's token sees it. Bounded in bytes, so that 200 of them can be kept in one item.
///
/// Read without `id`, `name` or `permissions` it is none; any other field has a default that grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialGuild {
    /// Its id.
    pub id: GuildId,
    /// Its name.
    #[serde(deserialize_with = "lenient::name::<MAX_NAME_BYTES, _>")]
    pub name: String,
    /// Hash of its icon; `None` when it has none.
    #[serde(default, deserialize_with = "lenient::image_hash")]
    pub icon: Option<String>,
    /// Whether the user owns the guild.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub owner: bool,
    /// What the user may do in it, channels apart.
    pub permissions: DiscordPermissions,
}

impl PartialGuild {
    /// Whether the user may manage it: as its owner, by ADMINISTRATOR or by MANAGE_GUILD.
    pub const fn may_be_managed(&self) -> bool {
        self.owner || self.permissions.may_manage()
    }
}

// Read without `id`, `name` or `type` it is none; any other field has a default that claims nothing.
/// An account at another service that the user has linked to Discord.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// Id of the account at the provider.
    #[serde(deserialize_with = "lenient::bounded::<MAX_TEXT_BYTES, _>")]
    #[schemars(example = &"583231")]
    pub id: String,
    /// Username of the account at the provider.
    #[serde(deserialize_with = "lenient::name::<MAX_TEXT_BYTES, _>")]
    #[schemars(example = &"anna")]
    pub name: String,
    /// The provider, such as `github` or `twitch`. Discord can add providers at any time.
    #[serde(rename = "type", deserialize_with = "lenient::bounded::<MAX_TEXT_BYTES, _>")]
    #[schemars(example = &"github")]
    pub kind: String,
    /// Whether the connection is verified.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub verified: bool,
    /// Whether friend sync is enabled.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub friend_sync: bool,
    /// Whether activities of the account appear in the user's presence.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub show_activity: bool,
    /// Whether the account at the provider links back to Discord.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub two_way_link: bool,
    /// 0: visible only to the user. 1: visible to everyone.
    #[serde(default, deserialize_with = "visibility")]
    #[schemars(range(min = 0, max = 1), example = 1)]
    pub visibility: u8,
    /// Whether the provider has revoked the connection.
    #[serde(default, deserialize_with = "lenient::null_as_default")]
    pub revoked: bool,
}

/// What is neither 0 nor 1 is shown to nobody else.
fn visibility<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let visibility: u8 = lenient::or_default(deserializer)?;
    Ok(u8::from(visibility == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guild_is_managed_by_its_owner_and_by_either_bit() {
        let guild = |owner, bits| PartialGuild {
            id: GuildId::new(1),
            name: "Lighthouse".into(),
            icon: None,
            owner,
            permissions: DiscordPermissions::new(bits),
        };
        assert!(guild(true, 0).may_be_managed());
        assert!(guild(false, 0x8).may_be_managed());
        assert!(guild(false, 0x20).may_be_managed());
        assert!(!guild(false, !0x28).may_be_managed());
    }

    #[test]
    fn two_hundred_guilds_of_whatever_names_fit_half_an_item() {
        let icon = format!("a_{}", "f".repeat(64));
        for char in ["\"", "\\", "\0", "\u{1f}", "x", "é", "島", "😀"] {
            let list: Vec<_> = (0..200)
                .map(|number| {
                    let sent = serde_json::json!({
                        "id": (u64::MAX - number).to_string(), "name": char.repeat(1000), "icon": icon,
                        "owner": false, "permissions": u64::MAX.to_string(), "features": ["COMMUNITY"],
                    });
                    serde_json::from_value::<PartialGuild>(sent).unwrap()
                })
                .collect();
            let kept = serde_json::to_vec(&list).unwrap();
            assert!(kept.len() < 200 * 1024, "{char:?}: {}", kept.len());
            assert_eq!(serde_json::from_slice::<Vec<PartialGuild>>(&kept).unwrap(), list);
        }
    }
}
