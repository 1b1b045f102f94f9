//! `guildpass ban` and `guildpass unban`: what operators do about users.

use domain::UserId;
use serde_json::json;

use super::Client;
use super::confirm::Confirmation;
use super::failure::Failure;

#[derive(clap::Args)]
pub struct Ban {
    /// Discord user id
    user_id: UserId,

    /// Reason; visible only to operators
    #[arg(long)]
    reason: Option<String>,

    #[command(flatten)]
    confirmation: Confirmation,
}

#[derive(clap::Args)]
pub struct Unban {
    /// Discord user id
    user_id: UserId,
}

impl Ban {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        let Self { user_id, reason, confirmation } = self;
        let me = client.signed_in()?;
        confirmation.ask(&format!("Ban {user_id}? Their requests are refused and their apps stop working."))?;
        let body = json!({ "state": "banned", "reason": reason });
        me.put(&format!("/users/{user_id}/state"), &body).await?;
        client.output.done(&format!("{user_id} is banned. This takes effect immediately."));
        Ok(())
    }
}

impl Unban {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        let Self { user_id } = self;
        client.signed_in()?.put(&format!("/users/{user_id}/state"), &json!({ "state": "normal" })).await?;
        client.output.done(&format!("{user_id} is no longer banned."));
        Ok(())
    }
}
