//! Guilds and linked accounts of a user, as Discord lists them: what of them is answered and kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DiscordPermissions, GuildId};

/// One guild that a user is in, as that user's token sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialGuild {
    /// Its id.
    pub id: GuildId,
    /// Its name.
    pub name: String,
    /// Hash of its icon; `None` when it has none.
    pub icon: Option<String>,
    /// Whether the user owns it.
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

/// One account elsewhere that a user has linked to Discord.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// Its id at the provider.
    #[schemars(example = &"583231")]
    pub id: String,
    /// Its name there.
    #[schemars(example = &"anna")]
    pub name: String,
    /// The provider: `github`, `twitch` …; Discord adds to them without notice.
    #[serde(rename = "type")]
    #[schemars(example = &"github")]
    pub kind: String,
    /// Whether Discord has verified it.
    pub verified: bool,
    /// Whether friends are taken over from there.
    pub friend_sync: bool,
    /// Whether what happens there shows in the user's presence.
    pub show_activity: bool,
    /// Whether the account there is linked back to Discord.
    pub two_way_link: bool,
    /// 0: seen by the user alone; 1: by everybody.
    #[schemars(range(min = 0, max = 1), example = 1)]
    pub visibility: u8,
    /// Whether the provider has ended the link.
    #[serde(default)]
    pub revoked: bool,
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
}
