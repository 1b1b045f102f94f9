//! What a handler is given: the store, Discord, a clock, randomness, and the configuration that its endpoint needs.

use std::sync::Arc;

use aws_config::SdkConfig;
use tokio::sync::OnceCell;

use crate::config::{
    AuditConfig, ConfigError, CredentialConfig, DiscordConfig, JoinGuildsConfig, OperatorsConfig, PermissionsConfig,
    RatesConfig, SignInConfig, TablesConfig, Variables,
};
use crate::domain::{BotToken, Catalogue, ClientSecret, SealingKeys, Unopened, error_chain};
pub use crate::domain::{Clock, Entropy, NoEntropy, SystemClock, SystemEntropy};
use crate::secrets::{Secret, SecretError, SecretValue};
use crate::store::Store;
use crate::{audit, discord};

/// What an endpoint needs beside a clock and randomness. What it does not name is neither configured, connected nor fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The tables, for requests of users.
    Store,
    /// The tables, for requests of apps.
    AppStore,
    /// The application at Discord.
    Discord,
    /// The allow-list.
    SignIn,
    /// The keys that seal what is kept for others.
    SealingKeys,
    /// The application's client secret at Discord: whoever asks Discord needs it.
    ClientSecret,
    /// The token of the application's bot.
    BotToken,
    /// Who the operators are.
    Operators,
    /// Which guilds users may be added to.
    JoinGuilds,
    /// What apps can be authorized for.
    Permissions,
    /// Where audits are written to.
    Audit,
}

/// The outside of an endpoint, the same for all endpoints of one process.
#[derive(Clone)]
pub struct Outside {
    /// Configuration.
    pub variables: Variables,
    /// Region, credentials and HTTP client.
    pub aws: SdkConfig,
    /// How long Discord is waited for.
    pub discord_timeouts: discord::Timeouts,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// What a handler is given.
pub struct Context {
    endpoint: &'static str,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) credentials: CredentialConfig,
    pub(crate) rates: RatesConfig,
    store: Option<Store>,
    serves_apps: bool,
    application: Option<DiscordConfig>,
    sign_in: Option<SignInConfig>,
    sealing_keys: Option<Secret<SealingKeys>>,
    client_secret: Option<Secret<ClientSecret>>,
    bot_token: Option<Secret<Option<BotToken>>>,
    operators: Option<OperatorsConfig>,
    join_guilds: Option<JoinGuildsConfig>,
    permissions: Option<PermissionsConfig>,
    audit_output: Option<audit::Output>,
    discord_timeouts: discord::Timeouts,
    discord: OnceCell<discord::Client>,
}

/// A handler asked for what its endpoint does not name as a need, or what cannot be had now.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A mistake in the program.
    #[error("{0} does not name {1:?} among its needs")]
    NotNamed(&'static str, Need),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The Discord client.
    #[error(transparent)]
    Discord(#[from] discord::Error),
    /// Randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

/// A function cannot start, and no request would mend that.
#[derive(Debug, thiserror::Error)]
pub enum ColdStartError {
    /// What a variable names is not there.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl Context {
    /// Reads the configuration of what `endpoint` needs. Connects to nothing.
    pub fn new(endpoint: &'static str, needs: &[Need], outside: &Outside) -> Result<Self, ConfigError> {
        let Outside { variables, aws, discord_timeouts, clock, entropy } = outside;
        let needed = |need| needs.contains(&need).then_some(variables);
        let tables = needed(Need::Store).or(needed(Need::AppStore)).map(TablesConfig::read).transpose()?;
        Ok(Self {
            endpoint,
            clock: Arc::clone(clock),
            entropy: Arc::clone(entropy),
            credentials: CredentialConfig::read(variables)?,
            rates: RatesConfig::read(variables)?,
            store: tables.map(|tables| Store::new(endpoint, aws, tables)),
            serves_apps: needs.contains(&Need::AppStore),
            application: needed(Need::Discord).map(DiscordConfig::read).transpose()?,
            sign_in: needed(Need::SignIn).map(SignInConfig::read).transpose()?,
            sealing_keys: needed(Need::SealingKeys).map(|from| Secret::configured(from, aws)).transpose()?,
            client_secret: needed(Need::ClientSecret).map(|from| Secret::configured(from, aws)).transpose()?,
            bot_token: needed(Need::BotToken).map(|from| Secret::configured(from, aws)).transpose()?,
            operators: needed(Need::Operators).map(OperatorsConfig::read).transpose()?,
            join_guilds: needed(Need::JoinGuilds).map(JoinGuildsConfig::read).transpose()?,
            permissions: needed(Need::Permissions).map(PermissionsConfig::read).transpose()?,
            audit_output: needed(Need::Audit)
                .map(AuditConfig::read)
                .transpose()?
                .map(|config| audit::Output::new(&config, aws)),
            discord_timeouts: *discord_timeouts,
            discord: OnceCell::new(),
        })
    }

    /// Does at cold start, on a full core, what the first request would otherwise wait for. A fault stays for that request to meet,
    /// except a table that is not there and a secret that cannot be used: no request will mend those.
    pub async fn warm_up(&self) -> Result<(), ColdStartError> {
        if let Some(store) = &self.store {
            let (opened, variable) = match self.serves_apps {
                true => (store.warm_up_for_apps().await, "APPS_TABLE"),
                false => (store.warm_up_for_users().await, "USERS_TABLE"),
            };
            opened.map_err(|error| ConfigError::new(variable, &error))?;
        }
        Ok(self.fetch_secrets().await?)
    }

    /// Fetches the secrets that the endpoint needs. A secret that is not there yet stays for the first request to meet.
    pub async fn fetch_secrets(&self) -> Result<(), SecretError> {
        tokio::try_join!(fetch(&self.sealing_keys), fetch(&self.client_secret), fetch(&self.bot_token))?;
        Ok(())
    }

    /// The tables.
    pub fn store(&self) -> Result<&Store, ContextError> {
        self.named(&self.store, Need::Store)
    }

    /// Our application at Discord.
    pub fn application(&self) -> Result<&DiscordConfig, ContextError> {
        self.named(&self.application, Need::Discord)
    }

    /// How users sign in.
    pub fn sign_in(&self) -> Result<&SignInConfig, ContextError> {
        self.named(&self.sign_in, Need::SignIn)
    }

    /// Who the operators are.
    pub fn operators(&self) -> Result<&OperatorsConfig, ContextError> {
        self.named(&self.operators, Need::Operators)
    }

    /// Which guilds users may be added to.
    pub fn join_guilds(&self) -> Result<&JoinGuildsConfig, ContextError> {
        self.named(&self.join_guilds, Need::JoinGuilds)
    }

    /// What apps can be authorized for.
    pub fn catalogue(&self) -> Result<&Catalogue, ContextError> {
        let permissions = self.named(&self.permissions, Need::Permissions)?;
        Ok(&permissions.catalogue)
    }

    pub(crate) fn audit_output(&self) -> Result<&audit::Output, ContextError> {
        self.named(&self.audit_output, Need::Audit)
    }

    /// The Discord client, made when it is first asked for. What it is refused is not counted: requests ask with one that
    /// [`watches`](Context::discord_for).
    pub(crate) async fn discord(&self) -> Result<&discord::Client, ContextError> {
        let make = || async {
            let DiscordConfig { client_id, url } = self.application()?;
            let secret = self.named(&self.client_secret, Need::ClientSecret)?.value().await?;
            let application = discord::Application::new(client_id.clone(), secret.reveal().to_owned());
            Ok(discord::Client::within(self.discord_timeouts, url, application)?)
        };
        self.discord.get_or_try_init(make).await
    }

    /// The keys that seal what is kept for others.
    pub async fn sealing_keys(&self) -> Result<Arc<SealingKeys>, ContextError> {
        Ok(self.named(&self.sealing_keys, Need::SealingKeys)?.value().await?)
    }

    /// What `open` makes of something sealed; `None` if no key opens it. The key may be newer than this instance, so before that is
    /// said the secret is fetched again, unless it just was.
    pub async fn opened<T>(
        &self,
        open: impl Fn(&SealingKeys) -> Result<T, Unopened>,
    ) -> Result<Option<T>, ContextError> {
        if let Ok(opened) = open(&*self.sealing_keys().await?) {
            return Ok(Some(opened));
        }
        let keys = self.named(&self.sealing_keys, Need::SealingKeys)?.refetched(self.clock.now()).await?;
        Ok(open(&keys).ok())
    }

    /// The token of our application's bot, if there is one.
    pub async fn bot_token(&self) -> Result<Arc<Option<BotToken>>, ContextError> {
        Ok(self.named(&self.bot_token, Need::BotToken)?.value().await?)
    }

    /// So many random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], ContextError> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// What the endpoint has because it names it among its needs.
    fn named<'cx, T>(&'cx self, had: &'cx Option<T>, need: Need) -> Result<&'cx T, ContextError> {
        had.as_ref().ok_or(ContextError::NotNamed(self.endpoint, need))
    }
}

/// Fetches a secret at cold start. Only one that cannot be used is an error.
async fn fetch<T: SecretValue>(secret: &Option<Secret<T>>) -> Result<(), SecretError> {
    let Some(secret) = secret else { return Ok(()) };
    match secret.value().await {
        Err(error @ SecretError::Malformed { .. }) => Err(error),
        Err(error) => {
            tracing::warn!(error = error_chain(&error), "secret not available at cold start");
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}
