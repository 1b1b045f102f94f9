//! `guildpass apps edit`.

use clap::ArgGroup;
use domain::AppId;
use serde_json::{Map, Value};

use super::super::Client;
use super::super::failure::Failure;

#[derive(clap::Args)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["name", "logo_url", "no_logo", "private", "public"])))]
pub(super) struct Edit {
    /// Its id
    app_id: AppId,

    /// What people see it called
    #[arg(long)]
    name: Option<String>,

    /// Where its logo is
    #[arg(long, value_name = "URL", conflicts_with = "no_logo")]
    logo_url: Option<String>,

    /// Take its logo away
    #[arg(long)]
    no_logo: bool,

    /// Nobody but you may know of it
    #[arg(long, conflicts_with = "public")]
    private: bool,

    /// Everybody may know of it
    #[arg(long)]
    public: bool,
}

impl Edit {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        let app_id = self.app_id;
        let answer = client.signed_in()?.patch(&format!("/apps/{app_id}"), &self.body()).await?;
        client.output.answer(&answer, |_| Ok(format!("App {app_id} is changed.")))
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
