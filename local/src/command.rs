//! The command line.

use std::error::Error;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};
use local::engine::{self, Engine};
use local::example;
use local::service::{self, RealDiscord};
use local::{Options, Service};
use shared::aws::Patience;
use shared::config::Variables;
use shared::context::{Entropy, SystemClock, SystemEntropy};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::data_dir::{DataDir, key_text};
use crate::welcome;

/// guildpass on this machine: the whole service in one process, with an embedded DynamoDB and a stand-in Discord.
#[derive(Parser)]
#[command(name = "guildpass", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Command {
    #[command(subcommand)]
    task: Option<Task>,

    #[command(flatten)]
    serve: Serve,
}

#[derive(clap::Args)]
struct Serve {
    /// Port of the API; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Port of the stand-in Discord; 0 takes any that is free
    #[arg(long, default_value_t = 8081)]
    discord_port: u16,

    /// Folder that keeps the data
    #[arg(long, default_value = ".guildpass", value_name = "FOLDER")]
    data_dir: PathBuf,

    /// Keep everything in memory, nothing on disk
    #[arg(long, conflicts_with = "data_dir")]
    memory: bool,

    /// Use another DynamoDB engine than the embedded one; the tables are made there if they are missing
    #[arg(long, value_name = "URL", value_parser = http_url)]
    dynamodb_endpoint: Option<String>,

    /// Which Discord to sign in with; `real` takes DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET, and if set DISCORD_BOT_TOKEN and ROOT_USERS from the environment
    #[arg(long, value_enum, default_value_t = Discord::StandIn)]
    discord: Discord,

    /// File with what apps can be authorized for, a JSON list like local/permissions.json, which is used without this
    #[arg(long, value_name = "FILE")]
    permissions: Option<PathBuf>,

    /// Turn rate limits off, for scripts
    #[arg(long)]
    no_rate_limits: bool,
}

#[derive(Subcommand)]
enum Task {
    /// Make the tables on another DynamoDB engine, and the session that events/*.json come with
    Prepare {
        /// Where the engine is
        #[arg(long, value_name = "URL", value_parser = http_url)]
        dynamodb_endpoint: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Discord {
    StandIn,
    Real,
}

fn http_url(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        Ok(_) => Err("must begin with http:// or https://".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// One line per request, on standard error, in colour only for a terminal and without `NO_COLOR`. `RUST_LOG` filters.
pub(crate) fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let colour = std::io::stderr().is_terminal() && Variables::of_process().get("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .init();
}

/// Does what the command line says.
pub(crate) async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command.task {
        Some(Task::Prepare { dynamodb_endpoint }) => prepare(&dynamodb_endpoint).await,
        None => serve(command.serve).await,
    }
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
    let service = Service::start(options(flags)?).await?;
    welcome::greet(&service, engine_is_embedded.then_some(kept_in.as_str()));
    ends.come().await;
    service.stop().await;
    Ok(())
}

fn options(flags: Serve) -> Result<Options, Box<dyn Error>> {
    let entropy = Arc::new(SystemEntropy::new());
    let mut random = [0; 32];
    entropy.fill(&mut random)?;
    let data_dir = if flags.memory { None } else { Some(DataDir::open(&flags.data_dir)?) };
    Ok(Options {
        port: flags.port,
        discord_port: flags.discord_port,
        engine: match (flags.dynamodb_endpoint, &data_dir) {
            (Some(endpoint), _) => Engine::At(endpoint),
            (None, Some(folder)) => Engine::File(folder.tables()?),
            (None, None) => Engine::Memory,
        },
        patience: Patience::WITH_A_LAPTOP,
        table_prefix: String::new(),
        real_discord: if flags.discord == Discord::Real { Some(real_discord()?) } else { None },
        grants_file: data_dir.as_ref().map(DataDir::grants),
        sealing_key: data_dir.as_ref().map_or_else(|| Ok(key_text(random)), |folder| folder.sealing_key(random))?,
        permissions: permissions(flags.permissions.as_deref())?,
        variables: if flags.no_rate_limits { vec![("RATE_LIMITS".into(), "off".into())] } else { vec![] },
        clock: Arc::new(SystemClock),
        entropy,
    })
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
