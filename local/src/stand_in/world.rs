//! The seeded users and guilds. Memberships can change while the stand-in runs; a restart brings the seed back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

/// Owner of Lighthouse, and of the application.
pub const ANNA: u64 = 158_908_186_768_937_126;
/// Administrator of Lighthouse.
pub const BEN: u64 = 353_355_351_799_783_517;
/// May manage Lighthouse.
pub const CARA: u64 = 514_918_849_632_718_857;
/// Plain member of Lighthouse.
pub const DAVE: u64 = 697_645_025_269_751_825;
/// In 200 guilds.
pub const EMIL: u64 = 870_591_134_395_772_943;
/// In no guild.
pub const FAY: u64 = 1_141_840_098_770_477_217;
/// Banned from Lighthouse, owner of Harbour and Quiet Cove.
pub const GWEN: u64 = 1_204_205_703_024_488_595;

/// Anna's guild; the bot is in it and may invite.
pub const LIGHTHOUSE: u64 = 272_120_529_715_212_344;
/// Gwen's guild; the bot is not in it.
pub const HARBOUR: u64 = 973_762_418_583_175_242;
/// Gwen's other guild; the bot is in it and may not invite.
pub const QUIET_COVE: u64 = 1_059_495_685_453_410_450;

/// Discord's cap on the guilds of a user.
pub(crate) const MOST_GUILDS: usize = 200;
/// The first of Emil's guilds; each further one was made a day later.
const EMILS_FIRST: u64 = 584_342_899_173_797_914;
const ONE_DAY: u64 = 86_400_000 << 22;

pub(crate) const CREATE_INSTANT_INVITE: u64 = 1;
const ADMINISTRATOR: u64 = 1 << 3;
const MANAGE_GUILD: u64 = 1 << 5;
/// VIEW_CHANNEL, SEND_MESSAGES, READ_MESSAGE_HISTORY, CONNECT and SPEAK.
const EVERYONE: u64 = 1 << 10 | 1 << 11 | 1 << 16 | 1 << 20 | 1 << 21;
/// Bits 0 to 52 but for 47, which Discord has not given a meaning.
const ALL_PERMISSIONS: u64 = ((1 << 53) - 1) & !(1 << 47);
/// A bit that has no meaning yet, above what a JavaScript number holds.
const FUTURE_PERMISSION: u64 = 1 << 60;

/// A user of the seeded world.
#[derive(Debug)]
pub struct SeededUser {
    /// Snowflake.
    pub id: u64,
    /// Unique name.
    pub username: &'static str,
    /// Display name, if one is set.
    pub global_name: Option<&'static str>,
    /// Who this is, in one sentence.
    pub role: &'static str,
    /// Hash; `a_` before it means animated.
    pub(crate) avatar: Option<&'static str>,
    pub(crate) locale: &'static str,
    pub(crate) mfa: bool,
    pub(crate) public_flags: u32,
    /// Provider, id there, name there.
    pub(crate) connections: &'static [(&'static str, &'static str, &'static str)],
}

static USERS: [SeededUser; 7] = [
    SeededUser {
        id: ANNA,
        username: "anna.lindqvist",
        global_name: Some("Anna"),
        role: "Owns the guild Lighthouse and has an animated avatar.",
        avatar: Some("a_8342729096ea3675442027381ff50dfe"),
        locale: "sv-SE",
        mfa: true,
        public_flags: 1 << 22,
        connections: &[("github", "583231", "annalq"), ("twitch", "44322889", "anna_on_air")],
    },
    SeededUser {
        id: BEN,
        username: "ben_o",
        global_name: Some("Ben Okafor"),
        role: "Administers Lighthouse by ADMINISTRATOR alone.",
        avatar: Some("33ecab261d4681afa4d85a04691c4a01"),
        locale: "en-GB",
        mfa: true,
        public_flags: 64,
        connections: &[("steam", "76561197960287930", "beno")],
    },
    SeededUser {
        id: CARA,
        username: "cara",
        global_name: Some("Çara ✨"),
        role: "Manages Lighthouse by MANAGE_GUILD alone.",
        avatar: Some("b1946ac92492d2347c6235b4d2611184"),
        locale: "tr",
        mfa: false,
        public_flags: 128,
        connections: &[("spotify", "cara1998", "Cara")],
    },
    SeededUser {
        id: DAVE,
        username: "dave4711",
        global_name: Some("Dave"),
        role: "Plain member of Lighthouse.",
        avatar: Some("591785b794601e212b260e25925636fd"),
        locale: "en-US",
        mfa: false,
        public_flags: 0,
        connections: &[("youtube", "UCddiUEpeqJcYeBxX1IVBKvQ", "Dave builds")],
    },
    SeededUser {
        id: EMIL,
        username: "emil",
        global_name: Some("Emil"),
        role: "In 200 guilds with names of 100 characters, Discord's cap on both.",
        avatar: Some("e2fc714c4727ee9395f324cd2e7f331f"),
        locale: "de",
        mfa: true,
        public_flags: 256,
        connections: &[],
    },
    SeededUser {
        id: FAY,
        username: "fay",
        global_name: None,
        role: "Without global name and avatar, in no guild.",
        avatar: None,
        locale: "ja",
        mfa: false,
        public_flags: 0,
        connections: &[],
    },
    SeededUser {
        id: GWEN,
        username: "gwen",
        global_name: Some("Gwen"),
        role: "Banned from Lighthouse; owns Harbour and Quiet Cove.",
        avatar: Some("d3b07384d113edec49eaa6238ad5ff00"),
        locale: "fr",
        mfa: false,
        public_flags: 0,
        connections: &[],
    },
];

/// Everybody who can sign in.
pub fn users() -> &'static [SeededUser] {
    &USERS
}

/// The seeded user with this id.
pub(crate) fn user(id: u64) -> Option<&'static SeededUser> {
    USERS.iter().find(|user| user.id == id)
}

/// The guilds and who is in them.
pub(crate) struct World {
    guilds: BTreeMap<u64, Guild>,
}

pub(crate) struct Guild {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) icon: Option<&'static str>,
    pub(crate) features: &'static [&'static str],
    pub(crate) member_count: u32,
    /// What the bot may do; `None` if it is not there.
    pub(crate) bot: Option<u64>,
    owner: u64,
    everyone: u64,
    banned: BTreeSet<u64>,
    members: BTreeMap<u64, Member>,
}

pub(crate) struct Member {
    pub(crate) joined_at: DateTime<Utc>,
    pub(crate) nick: Option<String>,
    /// Above `@everyone`'s.
    permissions: u64,
}

impl World {
    pub(crate) fn seeded() -> Self {
        let emils = (0..MOST_GUILDS as u64).map(emils_guild);
        let guilds = [lighthouse(), harbour(), quiet_cove()].into_iter().chain(emils);
        Self { guilds: guilds.map(|guild| (guild.id, guild)).collect() }
    }

    pub(crate) fn guild(&self, id: u64) -> Option<&Guild> {
        self.guilds.get(&id)
    }

    /// By id, ascending.
    pub(crate) fn guilds(&self) -> impl DoubleEndedIterator<Item = &Guild> {
        self.guilds.values()
    }

    pub(crate) fn guilds_of(&self, user_id: u64) -> impl DoubleEndedIterator<Item = &Guild> {
        self.guilds().filter(move |guild| guild.members.contains_key(&user_id))
    }

    pub(crate) fn join(&mut self, guild_id: u64, user_id: u64, nick: Option<String>, now: DateTime<Utc>) {
        if let Some(guild) = self.guilds.get_mut(&guild_id) {
            guild.members.insert(user_id, Member { joined_at: now, nick, permissions: 0 });
        }
    }

    /// False if there is no such guild.
    pub(crate) fn rename(&mut self, guild_id: u64, name: String) -> bool {
        let Some(guild) = self.guilds.get_mut(&guild_id) else { return false };
        guild.name = name;
        true
    }

    /// False if there is no such user or guild.
    pub(crate) fn set_member(
        &mut self,
        guild_id: u64,
        user_id: u64,
        permissions: Option<u64>,
        now: DateTime<Utc>,
    ) -> bool {
        let (Some(guild), Some(_)) = (self.guilds.get_mut(&guild_id), user(user_id)) else { return false };
        match permissions {
            None => {
                guild.members.remove(&user_id);
            }
            Some(permissions) => {
                let new = || Member { joined_at: now, nick: None, permissions };
                guild.members.entry(user_id).or_insert_with(new).permissions = permissions;
            }
        }
        true
    }
}

impl Guild {
    pub(crate) fn member(&self, user_id: u64) -> Option<&Member> {
        self.members.get(&user_id)
    }

    pub(crate) fn is_owner(&self, user_id: u64) -> bool {
        self.owner == user_id
    }

    pub(crate) fn has_banned(&self, user_id: u64) -> bool {
        self.banned.contains(&user_id)
    }

    /// The owner has all; the others what `@everyone` and their role have.
    pub(crate) fn permissions_of(&self, user_id: u64) -> u64 {
        match self.member(user_id) {
            Some(_) if self.is_owner(user_id) => ALL_PERMISSIONS,
            Some(member) => self.everyone | member.permissions,
            None => 0,
        }
    }

    /// The role that gives a member what is above `@everyone`; its id is derived from theirs.
    pub(crate) fn role_of(&self, user_id: u64) -> Option<u64> {
        self.member(user_id).filter(|member| member.permissions != 0).map(|_| self.id ^ (user_id & 0x3F_FFFF))
    }

    fn new(id: u64, name: impl Into<String>, owner: u64) -> Self {
        let members = BTreeMap::from([(owner, Member { joined_at: created_at(id), nick: None, permissions: 0 })]);
        let name = name.into();
        Self {
            id,
            name,
            icon: None,
            features: &[],
            member_count: 1,
            bot: None,
            owner,
            everyone: EVERYONE,
            banned: BTreeSet::new(),
            members,
        }
    }

    /// A member of the seed, who came when the younger of the two was a month old.
    fn with(mut self, user_id: u64, permissions: u64) -> Self {
        let joined_at = created_at(self.id.max(user_id)) + TimeDelta::days(30);
        self.members.insert(user_id, Member { joined_at, nick: None, permissions });
        self
    }
}

fn lighthouse() -> Guild {
    let guild = Guild {
        icon: Some("a_f78426a064bc9dd24847519259bc42af"),
        // The second one stands in no document: real guilds carry such.
        features: &["COMMUNITY", "AUDIO_BITRATE_128_KBPS"],
        member_count: 4,
        bot: Some(EVERYONE | CREATE_INSTANT_INVITE),
        banned: BTreeSet::from([GWEN]),
        ..Guild::new(LIGHTHOUSE, "Lighthouse", ANNA)
    };
    guild.with(BEN, ADMINISTRATOR).with(CARA, MANAGE_GUILD).with(DAVE, 0)
}

fn harbour() -> Guild {
    Guild::new(HARBOUR, "Harbour", GWEN)
}

fn quiet_cove() -> Guild {
    Guild { bot: Some(EVERYONE), ..Guild::new(QUIET_COVE, "Quiet Cove", GWEN) }
}

/// A name of 100 characters, of two or three bytes each, and every kind of standing in turn.
fn emils_guild(index: u64) -> Guild {
    let id = EMILS_FIRST + index * ONE_DAY;
    let padding = if index.is_multiple_of(2) { 'ö' } else { '島' };
    let start = format!("Emils Gilde {index:03} ");
    let name: String = start.chars().chain(std::iter::repeat(padding)).take(100).collect();
    match index % 10 {
        0 => Guild::new(id, name, EMIL),
        1 => Guild::new(id, name, FOUNDER).with(EMIL, ADMINISTRATOR),
        2 => Guild::new(id, name, FOUNDER).with(EMIL, MANAGE_GUILD),
        3 => Guild::new(id, name, FOUNDER).with(EMIL, FUTURE_PERMISSION),
        4 => Guild::new(id, name, FOUNDER).with(EMIL, FUTURE_PERMISSION | MANAGE_GUILD),
        _ => Guild::new(id, name, FOUNDER).with(EMIL, 0),
    }
}

/// Owner of Emil's guilds, who cannot sign in.
const FOUNDER: u64 = 94_502_185_347_276_800;

/// When a snowflake was made.
fn created_at(snowflake: u64) -> DateTime<Utc> {
    let millis = (snowflake >> 22).saturating_add(1_420_070_400_000);
    i64::try_from(millis).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default()
}
