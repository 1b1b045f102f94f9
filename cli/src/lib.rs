//! The command line for users and operators: asks a service, anywhere, as one of its users. Knows nothing but its public API.

mod api;
mod apps;
mod authorizations;
mod confirm;
mod credentials;
mod duration;
mod failure;
mod guilds;
mod list;
mod login;
mod loopback;
mod origin;
mod output;
mod sessions;
mod tokens;
mod usage;
mod users;
mod whoami;

use std::process::ExitCode;

use clap::Subcommand;
use domain::Variables;

use api::{Api, SignedIn};
use credentials::{Credential, Credentials};
use failure::Failure;
use origin::Origin;
use output::Output;

pub use usage::{Completions, complain_as_json, refuse};

/// Flags of every command that asks a service.
#[derive(clap::Args)]
#[command(next_help_heading = "Asking a service")]
pub struct Asking {
    /// URL of the service [default: GUILDPASS_URL, or http://localhost:8080]
    #[arg(long, global = true, value_name = "URL")]
    url: Option<Origin>,

    /// Print the service's response as JSON, including errors
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Subcommand)]
#[expect(missing_docs, reason = "clap would print it as what the whole command is for")]
pub enum Task {
    /// Sign in with Discord in a browser and store the session
    Login(login::Login),
    /// End the stored session and delete its token
    Logout,
    /// Show the signed-in user and session
    Whoami,
    /// List and revoke your sessions and API tokens
    Sessions(sessions::Sessions),
    /// Create, list and revoke API tokens
    Tokens(tokens::Tokens),
    /// List, create, edit and delete your apps; verify apps (operators)
    Apps(apps::Apps),
    /// List and remove authorizations of apps, for yourself or your guilds
    Authorizations(authorizations::Authorizations),
    /// List your guilds
    Guilds(guilds::Guilds),
    /// Ban a user (operators)
    Ban(users::Ban),
    /// Unban a user (operators)
    Unban(users::Unban),
}

/// Does it, and says how it went.
pub async fn run(task: Task, asking: Asking) -> ExitCode {
    let variables = Variables::of_process();
    let output = Output::new(asking.json, &variables);
    match done(task, asking.url, &output, &variables).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.complain(&failure);
            failure.exit_code()
        }
    }
}

async fn done(task: Task, url: Option<Origin>, output: &Output, variables: &Variables) -> Result<(), Failure> {
    let client = Client {
        api: Api::new(url.map_or_else(|| Origin::of_environment(variables), Ok)?)?,
        credentials: Credentials::of_this_user(variables)?,
        given: variables.get("GUILDPASS_TOKEN").map(Credential::given).transpose()?,
        output,
    };
    match task {
        Task::Login(login) => login.run(&client).await,
        Task::Logout => sessions::log_out(&client).await,
        Task::Whoami => whoami::run(&client).await,
        Task::Sessions(sessions) => sessions.run(&client).await,
        Task::Tokens(tokens) => tokens.run(&client).await,
        Task::Apps(apps) => apps.run(&client).await,
        Task::Authorizations(authorizations) => authorizations.run(&client).await,
        Task::Guilds(guilds) => guilds.run(&client).await,
        Task::Ban(ban) => ban.run(&client).await,
        Task::Unban(unban) => unban.run(&client).await,
    }
}

/// What every command is given.
struct Client<'a> {
    api: Api,
    credentials: Credentials,
    /// `GUILDPASS_TOKEN`, which goes before what is kept.
    given: Option<Credential>,
    output: &'a Output,
}

impl Client<'_> {
    /// The service, asked as whoever is signed in.
    fn signed_in(&self) -> Result<SignedIn<'_>, Failure> {
        match &self.given {
            Some(given) => Ok(self.api.with(given.clone())),
            None => self.kept(),
        }
    }

    /// The service, asked by the session that is kept for it.
    fn kept(&self) -> Result<SignedIn<'_>, Failure> {
        let kept = self.credentials.of(self.api.origin())?;
        kept.map(|credential| self.api.with(credential)).ok_or_else(|| Failure::NotSignedIn(self.api.origin().clone()))
    }
}
