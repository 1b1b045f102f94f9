//! The whole service in one process: engine, stand-in Discord, gateway and functions.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::SharedAsyncSleep;
use serde_json::json;
use shared::Context;
use shared::aws::Patience;
use shared::config::{ConfigError, Variables};
use shared::context::{Clock, ColdStartError, Entropy, Outside};
use shared::discord::Timeouts;
use shared::domain::error_chain;
use shared::http::CALLBACK;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cors::Cors;
use crate::engine::{self, Engine};
use crate::functions::FUNCTIONS;
use crate::gateway::{Function, Gateway};
use crate::stand_in::{self, StandIn};
use crate::template::{self, Template};

/// The redirect URIs that the local allow-list holds; the last one is that of `guildpass login`.
pub const REDIRECT_URIS: &str =
    "web=http://localhost:3000/callback app=guildpass://callback app=http://127.0.0.1:8976/callback";

/// Where the local front end is, whose scripts may call.
pub const FRONT_END: &str = "http://localhost:3000";

/// The application that the stand-in knows.
pub const CLIENT_ID: &str = "1180000000000000000";
/// Its client secret: it opens nothing but the stand-in.
pub const CLIENT_SECRET: &str = "stand-in-client-secret";
/// What apps can be authorized for, unless another file says so: the same as the template's default.
pub const PERMISSIONS: &str = include_str!("../permissions.json");
/// How long running requests may take to finish at the end.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

/// The user of the stand-in who is an operator here.
pub const OPERATOR: u64 = stand_in::world::ANNA;

const BOT_TOKEN: &str = "stand-in-bot-token";

/// An application at the real Discord.
pub struct RealDiscord {
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: String,
    /// Its bot's token.
    pub bot_token: Option<String>,
    /// Ids of the operators, separated by spaces.
    pub root_users: Option<String>,
    /// Ids of the guilds that users may be added to, separated by spaces.
    pub join_guilds: Option<String>,
}

/// How a local service is set up.
pub struct Options {
    /// Port of the API; 0 for any.
    pub port: u16,
    /// Port of the stand-in; 0 for any.
    pub discord_port: u16,
    /// What keeps the tables.
    pub engine: Engine,
    /// How long functions wait for it.
    pub patience: Patience,
    /// What waits, for that and between attempts.
    pub sleep: SharedAsyncSleep,
    /// How long they wait for Discord.
    pub discord_timeouts: Timeouts,
    /// What the tables' names begin with.
    pub table_prefix: String,
    /// The real Discord instead of the stand-in.
    pub real_discord: Option<RealDiscord>,
    /// Where the stand-in keeps its grants; in memory if nowhere.
    pub grants_file: Option<PathBuf>,
    /// The text of the sealing key.
    pub sealing_key: String,
    /// What apps can be authorized for, as JSON.
    pub permissions: String,
    /// Origins whose scripts may call.
    pub cors_origins: Vec<String>,
    /// Variables that differ from the usual ones.
    pub variables: Vec<(String, String)>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// The service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else has the port.
    #[error("port {port} is taken; choose another one with {flag} (`{flag} 0` takes any that is free)")]
    PortTaken {
        /// The port.
        port: u16,
        /// The flag that chooses it.
        flag: &'static str,
    },
    /// The port cannot be had for another reason.
    #[error("port {port} cannot be had")]
    Port {
        /// The port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// The engine.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The template.
    #[error(transparent)]
    Template(#[from] template::Error),
    /// An origin for CORS.
    #[error("an origin is no text for a header")]
    CorsOrigin(#[from] axum::http::header::InvalidHeaderValue),
    /// A function's configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A function's tables or secrets.
    #[error(transparent)]
    ColdStart(#[from] ColdStartError),
    /// The stand-in.
    #[error("the stand-in Discord does not start")]
    StandIn(#[from] stand_in::Error),
}

/// A running service.
pub struct Service {
    /// Where the API listens.
    pub api: SocketAddr,
    /// Where the engine listens.
    pub dynamodb: String,
    /// The stand-in, and where it listens.
    pub stand_in: Option<(StandIn, SocketAddr)>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
}

impl Service {
    /// Starts everything; it answers from now on.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let api = bind(options.port, "--port").await?;
        let discord = match options.real_discord {
            None => Some(bind(options.discord_port, "--discord-port").await?),
            Some(_) => None,
        };
        let dynamodb = match &options.engine {
            Engine::Memory => engine::start_embedded(None).await?,
            Engine::File(path) => engine::start_embedded(Some(&path.to_string_lossy())).await?,
            Engine::At(endpoint) => endpoint.clone(),
        };
        engine::make_tables(&dynamodb, &options.table_prefix).await?;

        let (stop, stopped) = watch::channel(false);
        let (api_address, mut servers) = (address(&api)?, Vec::new());
        let stand_in = match discord {
            Some(listener) => {
                let (stand_in, address) = (stand_in(&options, api_address)?, address(&listener)?);
                servers.push(serve(listener, stand_in.router(), stopped.clone()));
                Some((stand_in, address))
            }
            None => None,
        };
        let discord_address = stand_in.as_ref().map(|(_, address)| *address);
        let gateway = gateway(&options, api_address, discord_address, &dynamodb).await?;
        servers.push(serve(api, gateway.router(), stopped));
        Ok(Self { api: api_address, dynamodb, stand_in, stop, servers })
    }

    /// Lets running requests finish and ends; does not wait for clients that take their time to send one.
    pub async fn stop(self) {
        // Nobody listens only if every server has ended already.
        let _nobody_left = self.stop.send(true);
        for mut server in self.servers {
            match tokio::time::timeout(LAST_REQUESTS, &mut server).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(error))) => tracing::error!(error = error_chain(&error), "server failed"),
                Ok(Err(error)) => tracing::error!(error = error_chain(&error), "server panicked"),
                Err(_) => server.abort(),
            }
        }
    }
}

async fn bind(port: u16, flag: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortTaken { port, flag },
        _ => StartError::Port { port, source },
    })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Port { port: 0, source })
}

fn serve(
    listener: TcpListener,
    router: axum::Router,
    mut stopped: watch::Receiver<bool>,
) -> JoinHandle<std::io::Result<()>> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let until = async move {
        // An error means that the service itself was dropped.
        let _dropped = stopped.wait_for(|stop| *stop).await;
    };
    tokio::spawn(async move { axum::serve(listener, service).with_graceful_shutdown(until).await })
}

fn stand_in(options: &Options, api: SocketAddr) -> Result<StandIn, stand_in::Error> {
    let clock = Arc::clone(&options.clock);
    StandIn::new(stand_in::Options {
        application: stand_in::Application {
            client_id: CLIENT_ID.into(),
            client_secret: CLIENT_SECRET.into(),
            bot_token: BOT_TOKEN.into(),
            redirect_uris: redirect_uris(options)
                .split(' ')
                .filter_map(|entry| Some(entry.split_once('=')?.1.to_owned()))
                .chain([format!("http://{}{CALLBACK}", host(api))])
                .collect(),
        },
        now: Arc::new(move || clock.now()),
        keep_in: options.grants_file.clone(),
    })
}

/// The allow-list in force: what it names is registered at the stand-in too.
fn redirect_uris(options: &Options) -> &str {
    let set = options.variables.iter().rev().find(|(name, _)| name == "REDIRECT_URIS");
    set.map_or(REDIRECT_URIS, |(_, value)| value)
}

async fn gateway(
    options: &Options,
    api: SocketAddr,
    discord: Option<SocketAddr>,
    dynamodb: &str,
) -> Result<Gateway, StartError> {
    let outside = Outside {
        variables: variables(options, api, discord),
        aws: shared::aws::of_local_engine_within(dynamodb, options.patience, options.sleep.clone()),
        discord_timeouts: options.discord_timeouts,
        clock: Arc::clone(&options.clock),
        entropy: Arc::clone(&options.entropy),
    };
    let mut functions = BTreeMap::new();
    for endpoint in FUNCTIONS {
        let context = Context::new(endpoint.name, endpoint.needs, &outside)?;
        // The tables are there: they were made above. A client for each of all functions would be for nothing.
        context.fetch_secrets().await.map_err(ColdStartError::from)?;
        functions.insert(endpoint.name, Function { endpoint: *endpoint, context });
    }
    let template = Template::of_this_build()?;
    let (routes, unmatched) = template.routes()?;
    let cors = Cors::new(&options.cors_origins, &template.cors()?)?;
    Ok(Gateway { routes, unmatched, functions, domain_name: host(api), cors })
}

/// What the template gives the functions, for this machine.
fn variables(options: &Options, api: SocketAddr, discord: Option<SocketAddr>) -> Variables {
    let (client_id, client_secret, bot_token) = match &options.real_discord {
        Some(real) => (real.client_id.as_str(), real.client_secret.as_str(), real.bot_token.as_deref()),
        None => (CLIENT_ID, CLIENT_SECRET, Some(BOT_TOKEN)),
    };
    let (root_users, join_guilds) = match &options.real_discord {
        Some(real) => (real.root_users.clone().unwrap_or_default(), real.join_guilds.clone().unwrap_or_default()),
        None => (OPERATOR.to_string(), stand_in::world::LIGHTHOUSE.to_string()),
    };
    let mut variables = Variables::from([
        ("REDIRECT_URIS", REDIRECT_URIS),
        ("DISCORD_CLIENT_ID", client_id),
        ("ROOT_USERS", &root_users),
        ("JOIN_GUILDS", &join_guilds),
        ("PERMISSIONS", &options.permissions),
        ("SEALING_KEYS_JSON", &json!({ "sealing_key": options.sealing_key }).to_string()),
        ("CLIENT_SECRET_JSON", &json!({ "discord_client_secret": client_secret }).to_string()),
        ("BOT_TOKEN_JSON", &json!({ "discord_bot_token": bot_token }).to_string()),
        ("PUBLIC_URL", &format!("http://{}", host(api))),
    ]);
    for (variable, table) in [("USERS_TABLE", "users"), ("APPS_TABLE", "apps"), ("GUARDS_TABLE", "guards")] {
        variables.set(variable, format!("{}{table}", options.table_prefix));
    }
    if let Some(discord) = discord {
        variables.set("DISCORD_URL", format!("http://{}", host(discord)));
    }
    for (name, value) in &options.variables {
        variables.set(name, value);
    }
    variables
}

/// Browsers and people say `localhost`, and cookies go by the name.
pub fn host(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) => format!("localhost:{}", address.port()),
        ip => format!("{ip}:{}", address.port()),
    }
}
