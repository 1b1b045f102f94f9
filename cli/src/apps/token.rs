//! `guildpass apps token` and `guildpass apps regenerate`. The token alone goes to the standard output, so that it can be piped to
//! where it belongs.

use domain::AppId;
use serde::Deserialize;

use super::super::Client;
use super::super::confirm::Confirmation;
use super::super::failure::Failure;
use super::super::output::shown;

/// What `GET` and `POST /apps/{app_id}/token` answer.
#[derive(Deserialize)]
struct Given {
    token: String,
}

pub(super) async fn reveal(client: &Client<'_>, app_id: AppId) -> Result<(), Failure> {
    let answer = client.signed_in()?.get(&format!("/apps/{app_id}/token")).await;
    let answer = answer.map_err(|failure| failure.advised("Restricted", || elsewhere(client, app_id)))?;
    client.output.answer(&answer, |answer| Ok(shown(&answer.read::<Given>()?.token)))
}

fn elsewhere(client: &Client<'_>, app_id: AppId) -> String {
    format!("Open {} in a browser, or run `guildpass apps regenerate {app_id}`.", client.api.origin().at("/portal"))
}

pub(super) async fn regenerate(client: &Client<'_>, app_id: AppId, confirmation: &Confirmation) -> Result<(), Failure> {
    let me = client.signed_in()?;
    confirmation.ask(&format!("Regenerate the token of app {app_id}? The old one stops working immediately."))?;
    let answer = me.post_nothing(&format!("/apps/{app_id}/token")).await?;
    client.output.answer(&answer, |answer| {
        let Given { token } = answer.read()?;
        client.output.note(&format!("Token of app {app_id} regenerated. The old one no longer works. New token:"));
        Ok(shown(&token))
    })
}
