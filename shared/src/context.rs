//! What a handler is given: the store, Discord, a clock, randomness, and the configuration that its endpoint needs.

use std::sync::Arc;

use aws_config::SdkConfig;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::{Mutex, OnceCell};

use crate::config::{
    AuditConfig, ConfigError, CredentialConfig, DiscordConfig, OperatorsConfig, PermissionsConfig, RatesConfig,
    SecretConfig, SignInConfig, TablesConfig, Variables,
};
use crate::domain::{BotToken, Catalogue, SealingKeys, Unopened};
use crate::secrets::{Secrets, SecretsError};
use crate::store::Store;
use crate::{audit, causes, discord};

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Now, in whole milliseconds.
    fn now(&self) -> DateTime<Utc>;
}

/// Where randomness comes from.
pub trait Entropy: Send + Sync {
    /// Fills `out` with random bytes that nobody can guess.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The system gives no randomness.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system gives no randomness")]
pub struct NoEntropy;

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
        Utc::now().trunc_subsecs(3)
    }
}

/// The system's randomness.
#[derive(Clone, Debug)]
pub struct SystemEntropy(ring::rand::SystemRandom);

impl SystemEntropy {
    /// The system's randomness.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes a source of randomness")]
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        ring::rand::SecureRandom::fill(&self.0, out).map_err(|_| NoEntropy)
    }
}

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
    /// The client secret and the sealing keys.
    Secrets,
    /// Who the operators are.
    Operators,
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
    entropy: Arc<dyn Entropy>,
    pub(crate) credentials: CredentialConfig,
    pub(crate) rates: RatesConfig,
    store: Option<Store>,
    serves_apps: bool,
    application: Option<DiscordConfig>,
    sign_in: Option<SignInConfig>,
    secret: Option<SecretConfig>,
    operators: Option<OperatorsConfig>,
    permissions: Option<PermissionsConfig>,
    audit_output: Option<audit::Output>,
    aws: SdkConfig,
    secrets: OnceCell<Secrets>,
    /// The sealing keys as they were when something did not open, and when that was.
    newer_keys: Mutex<Option<(Arc<SealingKeys>, DateTime<Utc>)>>,
    discord: OnceCell<discord::Client>,
}

/// How long nothing is fetched again, however much comes that no key opens: callers can make some of it up.
const BETWEEN_FETCHES: TimeDelta = TimeDelta::seconds(10);

/// A handler asked for what its endpoint does not name as a need, or what cannot be had now.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A mistake in the program.
    #[error("{0} does not name {1:?} among its needs")]
    NotNamed(&'static str, Need),
    /// The secret.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
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
    /// The secret cannot be used.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
}

impl Context {
    /// Reads the configuration of what `endpoint` needs. Connects to nothing.
    pub fn new(endpoint: &'static str, needs: &[Need], outside: &Outside) -> Result<Self, ConfigError> {
        let Outside { variables, aws, clock, entropy } = outside;
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
            secret: needed(Need::Secrets).map(SecretConfig::read).transpose()?,
            operators: needed(Need::Operators).map(OperatorsConfig::read).transpose()?,
            permissions: needed(Need::Permissions).map(PermissionsConfig::read).transpose()?,
            audit_output: needed(Need::Audit)
                .map(AuditConfig::read)
                .transpose()?
                .map(|config| audit::Output::new(&config, aws)),
            aws: aws.clone(),
            secrets: OnceCell::new(),
            newer_keys: Mutex::default(),
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
        if self.secret.is_some() {
            match self.secrets().await {
                Err(ContextError::Secrets(error @ SecretsError::Malformed(_))) => return Err(error.into()),
                Err(error) => tracing::warn!("the secret is not there yet: {}", causes(&error)),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    /// The tables.
    pub fn store(&self) -> Result<&Store, ContextError> {
        self.store.as_ref().ok_or(ContextError::NotNamed(self.endpoint, Need::Store))
    }

    /// Our application at Discord.
    pub fn application(&self) -> Result<&DiscordConfig, ContextError> {
        self.application.as_ref().ok_or(ContextError::NotNamed(self.endpoint, Need::Discord))
    }

    /// How users sign in.
    pub fn sign_in(&self) -> Result<&SignInConfig, ContextError> {
        self.sign_in.as_ref().ok_or(ContextError::NotNamed(self.endpoint, Need::SignIn))
    }

    /// Who the operators are.
    pub fn operators(&self) -> Result<&OperatorsConfig, ContextError> {
        self.operators.as_ref().ok_or(ContextError::NotNamed(self.endpoint, Need::Operators))
    }

    /// What apps can be authorized for.
    pub fn catalogue(&self) -> Result<&Catalogue, ContextError> {
        let permissions = self.permissions.as_ref().ok_or(ContextError::NotNamed(self.endpoint, Need::Permissions))?;
        Ok(&permissions.catalogue)
    }

    pub(crate) fn audit_output(&self) -> Result<&audit::Output, ContextError> {
        self.audit_output.as_ref().ok_or(ContextError::NotNamed(self.endpoint, Need::Audit))
    }

    /// The Discord client, made when it is first asked for.
    pub async fn discord(&self) -> Result<&discord::Client, ContextError> {
        let make = || async {
            let DiscordConfig { client_id, url } = self.application()?;
            let secret = &self.secrets().await?.client_secret;
            let application = discord::Application::new(client_id.clone(), secret.reveal().to_owned());
            Ok(discord::Client::new(url, application)?)
        };
        self.discord.get_or_try_init(make).await
    }

    /// The keys that seal what is kept for others.
    pub async fn sealing_keys(&self) -> Result<Arc<SealingKeys>, ContextError> {
        if let Some((newer, _)) = &*self.newer_keys.lock().await {
            return Ok(Arc::clone(newer));
        }
        Ok(Arc::clone(&self.secrets().await?.sealing_keys))
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
        Ok(open(&*self.fetched_keys().await?).ok())
    }

    /// The keys as the secret has them now, or had them at most [`BETWEEN_FETCHES`] ago.
    async fn fetched_keys(&self) -> Result<Arc<SealingKeys>, ContextError> {
        let now = self.clock.now();
        let mut newer = self.newer_keys.lock().await;
        match &*newer {
            Some((keys, at)) if now.signed_duration_since(*at) < BETWEEN_FETCHES => Ok(Arc::clone(keys)),
            _ => {
                let keys = self.fetch_secrets().await?.sealing_keys;
                *newer = Some((Arc::clone(&keys), now));
                Ok(keys)
            }
        }
    }

    /// The token of our application's bot, if there is one.
    pub async fn bot_token(&self) -> Result<Option<&BotToken>, ContextError> {
        Ok(self.secrets().await?.bot_token.as_ref())
    }

    /// So many random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], ContextError> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }

    async fn secrets(&self) -> Result<&Secrets, ContextError> {
        self.secrets.get_or_try_init(|| self.fetch_secrets()).await
    }

    async fn fetch_secrets(&self) -> Result<Secrets, ContextError> {
        let config = self.secret.as_ref().ok_or(ContextError::NotNamed(self.endpoint, Need::Secrets))?;
        Ok(Secrets::fetch(config, &self.aws).await?)
    }
}
