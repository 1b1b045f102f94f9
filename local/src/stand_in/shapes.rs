//! The objects of Discord's API, with every field that its official schema requires and some that it does not know.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::Application;
use super::grants::Scopes;
use super::world::{Guild, Member, SeededUser};

/// `UserResponse`.
pub(crate) fn user(user: &SeededUser) -> Value {
    json!({
        "id": user.id.to_string(),
        "username": user.username,
        "discriminator": "0",
        "global_name": user.global_name,
        "avatar": user.avatar,
        "banner": null,
        "accent_color": null,
        "public_flags": user.public_flags,
        "flags": user.public_flags,
        "avatar_decoration_data": null,
        "collectibles": null,
        "primary_guild": null,
        // In no document, but sent.
        "banner_color": null,
        "clan": null,
    })
}

/// `UserPIIResponse`: the user as they see themselves.
pub(crate) fn oneself(seeded: &SeededUser, scopes: &Scopes) -> Value {
    let mut oneself = user(seeded);
    let mut more = json!({ "mfa_enabled": seeded.mfa, "locale": seeded.locale, "premium_type": 0 });
    if scopes.contains("email") {
        let email = format!("{}@example.com", seeded.username);
        extend(&mut more, json!({ "email": email, "verified": true }));
    }
    extend(&mut oneself, more);
    oneself
}

/// The application's bot, as it sees itself.
pub(crate) fn bot(application: &Application) -> Value {
    json!({
        "id": application.client_id,
        "username": "guildpass",
        "discriminator": "0420",
        "global_name": null,
        "avatar": null,
        "banner": null,
        "accent_color": null,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": null,
        "bot": true,
        "mfa_enabled": true,
        "locale": "en-US",
        "verified": true,
        "email": null,
    })
}

/// `MyGuildResponse`.
pub(crate) fn my_guild(guild: &Guild, owner: bool, permissions: u64, with_counts: bool) -> Value {
    let mut shape = json!({
        "id": guild.id.to_string(),
        "name": guild.name,
        "icon": guild.icon,
        "banner": null,
        "owner": owner,
        "permissions": permissions.to_string(),
        "features": guild.features,
    });
    if with_counts {
        let presences = guild.member_count.div_ceil(2);
        let counts = json!({ "approximate_member_count": guild.member_count, "approximate_presence_count": presences });
        extend(&mut shape, counts);
    }
    shape
}

/// `GuildMemberResponse`.
pub(crate) fn member(guild: &Guild, member: &Member, seeded: &SeededUser) -> Value {
    let roles: Vec<_> = guild.role_of(seeded.id).iter().map(u64::to_string).collect();
    json!({
        "user": user(seeded),
        "nick": member.nick,
        "avatar": null,
        "banner": null,
        "roles": roles,
        "joined_at": time(member.joined_at),
        "premium_since": null,
        "deaf": false,
        "mute": false,
        "flags": 0,
        "pending": false,
        "communication_disabled_until": null,
        "avatar_decoration_data": null,
        "collectibles": null,
    })
}

/// `ConnectedAccountResponse`.
pub(crate) fn connection(&(provider, id, name): &(&str, &str, &str)) -> Value {
    json!({
        "id": id,
        "name": name,
        "type": provider,
        "verified": true,
        "friend_sync": false,
        "show_activity": true,
        "two_way_link": false,
        "visibility": 1,
    })
}

/// `OAuth2GetAuthorizationResponse`.
pub(crate) fn authorization(
    of: &Application,
    scopes: &Scopes,
    expires_at: DateTime<Utc>,
    identified: Option<&SeededUser>,
) -> Value {
    let mut shape = json!({
        "application": application(of),
        "scopes": scopes,
        "expires": time(expires_at),
    });
    if let Some(seeded) = identified {
        extend(&mut shape, json!({ "user": user(seeded) }));
    }
    shape
}

/// `ApplicationResponse`.
fn application(application: &Application) -> Value {
    json!({
        "id": application.client_id,
        "name": "guildpass",
        "icon": null,
        "description": "",
        "type": null,
        "bot_public": true,
        "bot_require_code_grant": false,
        "verify_key": "0".repeat(64),
        "flags": 0,
        "flags_new": "0",
    })
}

/// As Discord writes times: `2021-01-23T02:33:17.017000+00:00`.
fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, false)
}

fn extend(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}
