//! `guildpass apps edit`.

use clap::ArgGroup;
use domain::AppId;
use serde_json::{Map, Value};

use super::super::Client;
use super::super::failure::Failure;

#[derive(clap::Args)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["name", "logo_url", "no_logo", "private", "public"])))]
pub(super) struct Edit {
    /// App id
    app_id: AppId,

    /// Display name
    #[arg(long)]
    name: Option<String>,

    /// URL of the logo
    #[arg(long, value_name = "URL", conflicts_with = "no_logo")]
    logo_url: Option<String>,

    /// Remove the logo
    #[arg(long)]
    no_logo: bool,

    /// Only you can see and authorize it
    #[arg(long, conflicts_with = "public")]
    private: bool,

    /// Everyone can see and authorize it
    #[arg(long)]
    public: bool,
}

impl Edit {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        let app_id = self.app_id;
        let answer = client.signed_in()?.patch(&format!("/apps/{app_id}"), &self.body()).await?;
        client.output.answer(&answer, |_| Ok(format!("App {app_id} updated.")))
    }

    fn body(self) -> Value {
        let mut body = Map::new();
        if let Some(name) = self.name {
            body.insert("name".to_owned(), name.into());
        }
        if self.no_logo || self.logo_url.is_some() {
            body.insert("logo_url".to_owned(), self.logo_url.into());
        }
        if self.private || self.public {
            body.insert("private".to_owned(), self.private.into());
        }
        body.into()
    }
}
