//! The command line.

use std::error::Error;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args as _, CommandFactory, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use local::engine::{self, Engine};
use local::example;
use local::service::{self, RealDiscord};
use local::{Options, Service};
use shared::aws::{self, Patience};
use shared::config::Variables;
use shared::context::{Entropy, SystemClock, SystemEntropy};
use shared::discord::Timeouts;
use shared::domain::{AllowList, MalformedRedirect};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::data_dir::{DataDir, key_text};
use crate::{audit, welcome};

/// What a service says by itself: a line for each request.
const TALKATIVE: &str = "info";
/// What a command says that has an answer of its own. The embedded engine tells of each refused write, and here one is an answer.
const QUIET: &str = "warn,dynoxide=error";

/// guildpass on this machine: the whole service in one process, with an embedded DynamoDB and a stand-in Discord. With a command:
/// asks a service, here or anywhere.
#[derive(Parser)]
#[command(name = "guildpass", bin_name = "guildpass", version)]
pub(crate) struct Command {
    #[command(subcommand)]
    task: Option<Task>,

    #[command(flatten)]
    serve: Serve,

    #[command(flatten)]
    asking: cli::Asking,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Starting the service")]
struct Serve {
    /// Port of the API; 0 for any free port
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Port of the stand-in Discord; 0 for any free port
    #[arg(long, default_value_t = 8081)]
    discord_port: u16,

    /// Data folder
    #[arg(long, default_value = ".guildpass", value_name = "FOLDER")]
    data_dir: PathBuf,

    /// Keep all data in memory
    #[arg(long, conflicts_with = "data_dir")]
    memory: bool,

    /// Use another DynamoDB engine than the embedded one; the tables are made there if they are missing
    #[arg(long, value_name = "URL", value_parser = http_url)]
    dynamodb_endpoint: Option<String>,

    /// Which Discord to sign in with; `real` takes DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET, and if set DISCORD_BOT_TOKEN, ROOT_USERS and JOIN_GUILDS from the environment
    #[arg(long, value_enum, default_value_t = Discord::StandIn)]
    discord: Discord,

    /// Additional redirect URI, like web=http://localhost:5173/callback; can be given several times
    #[arg(long, value_name = "KIND=URI", value_parser = redirect)]
    allow_redirect: Vec<String>,

    /// JSON file with the permissions of apps [default: local/permissions.json]
    #[arg(long, value_name = "FILE")]
    permissions: Option<PathBuf>,

    /// Origin of a front end that can call the API (CORS); can be given several times
    #[arg(long = "cors-origin", value_name = "ORIGIN", default_value = service::FRONT_END, value_parser = origin)]
    cors_origins: Vec<String>,

    /// Disable rate limits
    #[arg(long)]
    no_rate_limits: bool,
}

#[derive(Subcommand)]
enum Task {
    #[command(flatten)]
    Ask(cli::Task),

    /// Create the tables and the session of events/*.json on another DynamoDB engine
    Prepare {
        /// URL of the engine
        #[arg(long, value_name = "URL", value_parser = http_url)]
        dynamodb_endpoint: String,
    },

    /// List and count all sessions, of this machine's data or of a deployment
    Audit(audit::Audit),

    #[command(flatten)]
    Completions(cli::Completions),
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Discord {
    StandIn,
    Real,
}

fn redirect(text: &str) -> Result<String, String> {
    let list: AllowList = text.parse().map_err(|error: MalformedRedirect| error.to_string())?;
    if list.uris().count() == 1 {
        Ok(text.trim().to_owned())
    } else {
        Err("must be one `web=<uri>` or `app=<uri>`".into())
    }
}

pub(crate) fn http_url(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        Ok(_) => Err("must begin with http:// or https://".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn origin(text: &str) -> Result<String, String> {
    let origin = url::Url::parse(text).map_err(|error| error.to_string())?.origin().ascii_serialization();
    if origin == text {
        Ok(origin)
    } else {
        Err("must have only scheme, host and port, like http://localhost:3000".into())
    }
}

/// One line per request, on standard error, in colour only for a terminal and without `NO_COLOR`. `RUST_LOG` filters.
fn log_to_stderr(level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into());
    let colour = std::io::stderr().is_terminal() && Variables::of_process().get("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .init();
}

impl Command {
    /// The command line of this process, which ends here if it makes no sense or asks for help.
    pub(crate) fn of_process() -> Self {
        let mut command = <Self as CommandFactory>::command();
        let matches = command.try_get_matches_from_mut(std::env::args_os()).unwrap_or_else(|error| cli::refuse(&error));
        let read = Self::from_arg_matches(&matches).and_then(|read| read.without_strays(&matches));
        read.unwrap_or_else(|error| cli::refuse(&error.format(&mut command)))
    }

    /// Refuses flags that mean nothing to what is to be done.
    fn without_strays(self, matches: &ArgMatches) -> Result<Self, clap::Error> {
        let serving = (Serve::augment_args(clap::Command::default()), "is for starting the service");
        let asking = (cli::Asking::augment_args(clap::Command::default()), "is for commands that ask a service");
        let refused = match &self.task {
            None => vec![asking],
            Some(Task::Ask(_)) => vec![serving],
            Some(Task::Prepare { .. } | Task::Audit(_) | Task::Completions(_)) => vec![serving, asking],
        };
        // What an audit says can be JSON as well.
        let is_fine = |flag: &Arg| matches!(self.task, Some(Task::Audit(_))) && flag.get_long() == Some("json");
        let is_given = |flag: &Arg| matches.value_source(flag.get_id().as_str()) == Some(ValueSource::CommandLine);
        for (flags, why) in refused {
            if let Some(flag) =
                flags.get_arguments().find(|flag| is_given(flag) && !is_fine(flag)).and_then(Arg::get_long)
            {
                return Err(clap::Error::raw(ErrorKind::ArgumentConflict, format!("--{flag} {why}")));
            }
        }
        Ok(self)
    }
}

/// Does what the command line says.
pub(crate) async fn run(command: Command) -> ExitCode {
    let as_json = command.asking.json;
    let done = match command.task {
        Some(Task::Ask(task)) => return cli::run(task, command.asking).await,
        Some(Task::Prepare { dynamodb_endpoint }) => logged(TALKATIVE, prepare(&dynamodb_endpoint)).await,
        Some(Task::Audit(flags)) => logged(QUIET, audit::run(flags, command.asking.json)).await,
        Some(Task::Completions(completions)) => return completions.print(&mut <Command as CommandFactory>::command()),
        None => logged(TALKATIVE, serve(command.serve)).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match as_json {
                true => cli::complain_as_json("Failed", &shared::domain::error_chain(error.as_ref())),
                false => welcome::complain(error.as_ref()),
            }
            ExitCode::FAILURE
        }
    }
}

/// A client's command says by itself how it went; the others log.
async fn logged<T>(level: &str, work: impl Future<Output = T>) -> T {
    log_to_stderr(level);
    work.await
}

async fn prepare(endpoint: &str) -> Result<(), Box<dyn Error>> {
    example::require_this_machine(endpoint)?;
    engine::make_tables(endpoint, "").await?;
    example::put(endpoint, "").await?;
    welcome::prepared(endpoint);
    Ok(())
}

async fn serve(flags: Serve) -> Result<(), Box<dyn Error>> {
    let kept_in = if flags.memory { "in memory".to_owned() } else { format!("kept in {}", flags.data_dir.display()) };
    let engine_is_embedded = flags.dynamodb_endpoint.is_none();
    let mut ends = Ends::listen()?;
    // Locked until the service has stopped.
    let data_dir = if flags.memory { None } else { Some(DataDir::open(&flags.data_dir)?) };
    let service = Service::start(options(flags, data_dir.as_ref())?).await?;
    welcome::greet(&service, engine_is_embedded.then_some(kept_in.as_str()));
    ends.come().await;
    service.stop().await;
    Ok(())
}

fn options(flags: Serve, data_dir: Option<&DataDir>) -> Result<Options, Box<dyn Error>> {
    let entropy = Arc::new(SystemEntropy::new());
    let mut random = [0; 32];
    entropy.fill(&mut random)?;
    let variables = variables(&flags);
    // Before the engine makes its tables: data without its key is one that was lost.
    let sealing_key = data_dir.map_or_else(|| Ok(key_text(random)), |folder| folder.sealing_key(random))?;
    Ok(Options {
        port: flags.port,
        discord_port: flags.discord_port,
        engine: match (flags.dynamodb_endpoint, data_dir) {
            (Some(endpoint), _) => Engine::At(endpoint),
            (None, Some(folder)) => Engine::File(folder.tables()?),
            (None, None) => Engine::Memory,
        },
        patience: Patience::WITH_A_LAPTOP,
        sleep: aws::clock_time(),
        discord_timeouts: Timeouts::default(),
        table_prefix: String::new(),
        real_discord: if flags.discord == Discord::Real { Some(real_discord()?) } else { None },
        grants_file: data_dir.map(DataDir::grants),
        sealing_key,
        permissions: permissions(flags.permissions.as_deref())?,
        cors_origins: flags.cors_origins,
        variables,
        clock: Arc::new(SystemClock),
        entropy,
    })
}

/// What flags make different from the usual.
fn variables(flags: &Serve) -> Vec<(String, String)> {
    let mut allowed: Vec<_> = service::REDIRECT_URIS.split(' ').collect();
    for redirect in &flags.allow_redirect {
        if !allowed.contains(&redirect.as_str()) {
            allowed.push(redirect);
        }
    }
    let mut variables = vec![("REDIRECT_URIS".to_owned(), allowed.join(" "))];
    if flags.no_rate_limits {
        variables.push(("RATE_LIMITS".to_owned(), "off".to_owned()));
    }
    variables
}

fn permissions(file: Option<&Path>) -> Result<String, String> {
    match file {
        None => Ok(service::PERMISSIONS.to_owned()),
        Some(file) => {
            std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))
        }
    }
}

fn real_discord() -> Result<RealDiscord, String> {
    let variables = Variables::of_process();
    let optional = |name: &'static str| variables.get(name).map(str::to_owned);
    let variable = |name| optional(name).ok_or_else(|| format!("`--discord real` needs {name} in the environment"));
    Ok(RealDiscord {
        bot_token: optional("DISCORD_BOT_TOKEN"),
        root_users: optional("ROOT_USERS"),
        join_guilds: optional("JOIN_GUILDS"),
        client_id: variable("DISCORD_CLIENT_ID")?,
        client_secret: variable("DISCORD_CLIENT_SECRET")?,
    })
}

/// What ends the service. Listened for before it says that it is ready, or whoever waits for that could not end it.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn come(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
