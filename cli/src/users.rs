//! `guildpass ban` and `guildpass unban`: what operators do about users.

use domain::UserId;
use serde_json::json;

use super::Client;
use super::confirm::Confirmation;
use super::failure::Failure;

#[derive(clap::Args)]
pub struct Ban {
    /// Their Discord id
    user_id: UserId,

    /// Why, for the operators alone
    #[arg(long)]
    reason: Option<String>,

    #[command(flatten)]
    confirmation: Confirmation,
}

#[derive(clap::Args)]
pub struct Unban {
    /// Their Discord id
    user_id: UserId,
}

impl Ban {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        let Self { user_id, reason, confirmation } = self;
        let me = client.signed_in()?;
        confirmation.ask(&format!("Ban {user_id}? Their requests are refused, and their apps stop."))?;
        let body = json!({ "state": "banned", "reason": reason });
        me.put(&format!("/users/{user_id}/state"), &body).await?;
        client.output.done(&format!("{user_id} is banned, from their next request on."));
        Ok(())
    }
}

impl Unban {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        let Self { user_id } = self;
        client.signed_in()?.put(&format!("/users/{user_id}/state"), &json!({ "state": "normal" })).await?;
        client.output.done(&format!("{user_id} is not banned."));
        Ok(())
    }
}
