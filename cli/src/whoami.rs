//! `guildpass whoami`: who is signed in, and until when.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::Client;
use super::failure::Failure;
use super::output::shown;

/// What `GET /sessions/@me` answers.
#[derive(Deserialize)]
pub(super) struct Current {
    user_id: String,
    id: String,
    state: String,
    r#type: String,
    created_at: DateTime<Utc>,
    pub(super) expiry: DateTime<Utc>,
    name: Option<String>,
}

/// What `GET /users/@me` answers.
#[derive(Deserialize)]
struct User {
    username: String,
    global_name: Option<String>,
}

pub(super) async fn run(client: &Client<'_>) -> Result<(), Failure> {
    let me = client.signed_in()?;
    let session = me.get("/sessions/@me").await?;
    let user = match me.get("/users/@me").await {
        Ok(user) => Some(user),
        // A banned user is not told about themselves, but about the session.
        Err(failure) if failure.is("ApiBanned") => None,
        Err(failure) => return Err(failure),
    };
    if client.output.is_json() {
        let user = user.as_ref().map_or("null", |user| user.text.as_str());
        client.output.print(&format!(r#"{{"session":{},"user":{user}}}"#, session.text));
    } else {
        let user = user.map(|user| user.read()).transpose()?;
        client.output.print(&said(client, &session.read()?, user));
    }
    Ok(())
}

fn said(client: &Client<'_>, session: &Current, user: Option<User>) -> String {
    let output = client.output;
    let name = user.map_or_else(
        || session.user_id.clone(),
        |User { username, global_name }| match global_name.as_deref().map(shown) {
            Some(name) if !name.is_empty() => format!("{name} (@{username})"),
            _ => format!("@{username}"),
        },
    );
    let called = session.name.as_ref().map(|name| format!(" \"{}\"", shown(name))).unwrap_or_default();
    let banned = if session.state == "banned" { "\n  state    banned: can only list and revoke sessions" } else { "" };
    format!(
        "{name}\n  id       {user_id}\n  service  {origin}\n  session  {kind}{called} {id}\n  \
         created  {made}\n  expires  {ends}{banned}",
        name = output.bold(&shown(&name)),
        user_id = shown(&session.user_id),
        origin = client.api.origin(),
        kind = shown(&session.r#type),
        id = shown(&session.id),
        made = output.exactly(session.created_at),
        ends = output.exactly(session.expiry),
    )
}
