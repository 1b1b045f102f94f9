//! `guildpass apps show`.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use domain::AppId;
use serde::Deserialize;

use super::super::Client;
use super::super::failure::Failure;
use super::super::output::{Output, shown, yes_or_no};

/// What `GET /apps/{app_id}` answers; the last two to its owner alone.
#[derive(Deserialize)]
struct App {
    id: String,
    name: String,
    logo_url: Option<String>,
    owner_id: String,
    verified: bool,
    created_at: DateTime<Utc>,
    private: Option<bool>,
    trusted: Option<bool>,
}

pub(super) async fn show(client: &Client<'_>, app_id: AppId) -> Result<(), Failure> {
    let answer = client.signed_in()?.get(&format!("/apps/{app_id}")).await?;
    client.output.answer(&answer, |answer| Ok(said(client.output, answer.read()?)))
}

fn said(output: &Output, app: App) -> String {
    let lines = [
        ("id", Some(app.id)),
        ("owner", Some(app.owner_id)),
        ("created", Some(output.exactly(app.created_at))),
        ("logo", app.logo_url),
        ("verified", Some(yes_or_no(app.verified))),
        ("trusted", app.trusted.map(yes_or_no)),
        ("private", app.private.map(yes_or_no)),
    ];
    let mut text = output.bold(&shown(&app.name));
    for (name, value) in lines {
        if let Some(value) = value {
            let _infallible = write!(text, "\n  {name:<8} {}", shown(&value));
        }
    }
    text
}
