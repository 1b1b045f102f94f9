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
    /// Which service; without this GUILDPASS_URL of the environment, else http://localhost:8080
    #[arg(long, global = true, value_name = "URL")]
    url: Option<Origin>,

    /// Print what the service answered as JSON, errors too
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Subcommand)]
#[expect(missing_docs, reason = "clap would print it as what the whole command is for")]
pub enum Task {
    /// Sign in with Discord in a browser, and keep the session for the commands after
    Login(login::Login),
    /// End the session that `login` kept, and forget it
    Logout,
    /// Say who is signed in, and until when
    Whoami,
    /// List your sessions and API tokens, or end some
    Sessions(sessions::Sessions),
    /// Make, list and revoke API tokens
    Tokens(tokens::Tokens),
    /// List, register, change and delete your apps; operators verify everybody's
    Apps(apps::Apps),
    /// List the apps that you or your guilds have authorized, and take that back
    Authorizations(authorizations::Authorizations),
    /// List your guilds
    Guilds(guilds::Guilds),
    /// Ban a user; for operators
    Ban(users::Ban),
    /// Lift a user's ban; for operators
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
