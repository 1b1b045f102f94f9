//! Configuration: the environment, read once at cold start into typed values.
//!
//! One struct per concern; every field names its variable. An empty value counts as unset. What is wrong is said by name and
//! stops the function before its first request.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Utc};

pub use crate::domain::Variables;
use crate::domain::{
    AllowList, Catalogue, DEFAULT_EXTRA_SCOPES, EXTRA_SCOPES, GuildId, Limit, MalformedCatalogue, Scopes, UserId,
    is_loopback,
};

/// A variable that is missing, or has a value that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigError {
    variable: &'static str,
    problem: String,
}

impl ConfigError {
    /// What a variable names cannot be used.
    pub(crate) fn new(variable: &'static str, problem: &impl ToString) -> Self {
        Self { variable, problem: format!("is wrong: {}", problem.to_string()) }
    }
}

/// Reads a variable as what it is for.
trait Read {
    fn required(&self, variable: &'static str) -> Result<&str, ConfigError>;

    /// The value of the one of two that is set; neither and both are wrong.
    fn one_of(&self, first: &'static str, second: &'static str) -> Result<OneOf<'_>, ConfigError>;

    fn parse<T: FromStr<Err: ToString>>(&self, variable: &'static str) -> Result<Option<T>, ConfigError>;
}

impl Read for Variables {
    fn required(&self, variable: &'static str) -> Result<&str, ConfigError> {
        self.get(variable).ok_or_else(|| ConfigError { variable, problem: "is not set".into() })
    }

    fn one_of(&self, first: &'static str, second: &'static str) -> Result<OneOf<'_>, ConfigError> {
        match (self.get(first), self.get(second)) {
            (Some(value), None) => Ok(OneOf::First(value)),
            (None, Some(value)) => Ok(OneOf::Second(value)),
            (None, None) => self.required(first).map(OneOf::First),
            (Some(_), Some(_)) => Err(ConfigError { variable: second, problem: format!("is set beside {first}") }),
        }
    }

    fn parse<T: FromStr<Err: ToString>>(&self, variable: &'static str) -> Result<Option<T>, ConfigError> {
        let value = self.get(variable).map(str::parse).transpose();
        value.map_err(|problem: T::Err| ConfigError::new(variable, &problem))
    }
}

/// Which of two variables is set, and to what.
enum OneOf<'v> {
    First(&'v str),
    Second(&'v str),
}

/// Names of the tables.
#[derive(Clone, Debug)]
pub struct TablesConfig {
    /// `USERS_TABLE`
    pub users: String,
    /// `APPS_TABLE`
    pub apps: String,
    /// `GUARDS_TABLE`
    pub guards: String,
}

impl TablesConfig {
    /// Reads them.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self {
            users: variables.required("USERS_TABLE")?.to_owned(),
            apps: variables.required("APPS_TABLE")?.to_owned(),
            guards: variables.required("GUARDS_TABLE")?.to_owned(),
        })
    }
}

/// How credentials are judged.
#[derive(Clone, Debug)]
pub struct CredentialConfig {
    /// `PUBLIC_URL`: our own origin, as browsers see it; else `https://` and the domain that API Gateway was called by.
    pub public_url: Option<String>,
    /// `SESSIONS_VALID_AFTER`: sessions made before are dead; set after restoring a table (RFC 3339).
    pub sessions_valid_after: Option<DateTime<Utc>>,
}

impl CredentialConfig {
    /// Reads it.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(Self {
            public_url: variables.get("PUBLIC_URL").map(origin).transpose()?,
            sessions_valid_after: variables.parse("SESSIONS_VALID_AFTER")?,
        })
    }

    /// Whether browsers reach us over http on their own machine: the local service, since the template's `PUBLIC_URL` is always https.
    pub(crate) fn is_on_loopback(&self) -> bool {
        let url = self.public_url.as_deref().and_then(|url| url::Url::parse(url).ok());
        url.is_some_and(|url| url.scheme() == "http" && is_loopback(&url))
    }
}

/// As browsers write it: they are asked where they come from, and what they say is compared.
fn origin(text: &str) -> Result<String, ConfigError> {
    let text = text.trim_end_matches('/');
    let wrong = |problem: &str| ConfigError::new("PUBLIC_URL", &problem);
    let url = url::Url::parse(text).ok().filter(|url| url.origin().ascii_serialization() == text);
    match url.as_ref().map(url::Url::scheme) {
        Some("https") => Ok(text.to_owned()),
        Some("http") if url.as_ref().is_some_and(is_loopback) => Ok(text.to_owned()),
        Some("http") => Err(wrong("http is for localhost, 127.0.0.1 and [::1] alone: it must be https")),
        _ => Err(wrong("not an origin like https://guildpass.example")),
    }
}

/// Which rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rated {
    /// Sign-ins, per source address.
    SignIn,
    /// Codes that were refused, per source address.
    RefusedCode,
    /// Sign-ins by the server of a trusted app, per app.
    AppSignIn,
    /// API tokens created, per user.
    SessionCreate,
    /// Times that a user has their guilds fetched anew.
    GuildRefresh,
    /// Times that a user has Discord asked for anything else.
    DiscordAsk,
    /// Times that a user writes an app or an authorization.
    AppWrite,
    /// Requests that Discord refused, of all users together: too many, and Discord bans the address.
    DiscordRefusals,
}

impl Rated {
    const ALL: [Self; 8] = [
        Self::SignIn,
        Self::RefusedCode,
        Self::AppSignIn,
        Self::SessionCreate,
        Self::GuildRefresh,
        Self::DiscordAsk,
        Self::AppWrite,
        Self::DiscordRefusals,
    ];

    /// Its name in the configuration and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::RefusedCode => "refused-code",
            Self::AppSignIn => "app-sign-in",
            Self::SessionCreate => "session-create",
            Self::GuildRefresh => "guild-refresh",
            Self::DiscordAsk => "discord-ask",
            Self::AppWrite => "app-write",
            Self::DiscordRefusals => "discord-refusals",
        }
    }

    const fn default_limit(self) -> Limit {
        match self {
            Self::SignIn => Limit { most: 300, seconds: 300 },
            Self::RefusedCode => Limit { most: 15, seconds: 300 },
            Self::AppSignIn => Limit { most: 600, seconds: 300 },
            Self::SessionCreate => Limit { most: 30, seconds: 3600 },
            Self::GuildRefresh => Limit { most: 3, seconds: 10 },
            Self::DiscordAsk | Self::AppWrite => Limit { most: 30, seconds: 60 },
            // Discord bans an address after 10,000 in 10 minutes.
            Self::DiscordRefusals => Limit { most: 500, seconds: 600 },
        }
    }
}

/// `RATE_LIMITS`: `off`, or entries like `sign-in=300/300` (how many in how many seconds) separated by spaces; what is not named keeps its default.
#[derive(Clone, Debug)]
pub struct RatesConfig(BTreeMap<Rated, Limit>);

impl RatesConfig {
    /// Reads it.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(variables.parse("RATE_LIMITS")?.unwrap_or_default())
    }

    /// The limit, unless limits are off.
    pub fn limit(&self, rated: Rated) -> Option<Limit> {
        self.0.get(&rated).copied()
    }
}

impl Default for RatesConfig {
    fn default() -> Self {
        Self(Rated::ALL.map(|rated| (rated, rated.default_limit())).into())
    }
}

impl FromStr for RatesConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(BTreeMap::new()));
        }
        let mut rates = Self::default();
        for entry in text.split_whitespace() {
            let (name, limit) =
                entry.split_once('=').ok_or_else(|| format!("`{entry}` is not `name=how many/seconds`"))?;
            let rated = Rated::ALL
                .into_iter()
                .find(|rated| rated.name() == name)
                .ok_or_else(|| format!("there is no limit `{name}`"))?;
            rates.0.insert(rated, limit.parse().map_err(|problem: crate::domain::MalformedLimit| problem.to_string())?);
        }
        Ok(rates)
    }
}

/// Our application at Discord.
#[derive(Clone, Debug)]
pub struct DiscordConfig {
    /// `DISCORD_CLIENT_ID`: its id.
    pub client_id: String,
    /// `DISCORD_URL`: where Discord is; another one than `https://discord.com` for development.
    pub url: url::Url,
}

impl DiscordConfig {
    /// Reads it.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        let client_id = variables.required("DISCORD_CLIENT_ID")?;
        if !client_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ConfigError::new("DISCORD_CLIENT_ID", &"not the id of an application"));
        }
        Ok(Self { client_id: client_id.to_owned(), url: variables.parse("DISCORD_URL")?.map_or_else(discord, Ok)? })
    }
}

/// How users sign in.
#[derive(Clone, Debug)]
pub struct SignInConfig {
    /// `REDIRECT_URIS`: entries like `web=https://dash.example/callback` and `app=mybot://callback`, separated by spaces.
    pub redirects: AllowList,
    /// `DISCORD_SCOPES`: what front ends may ask for on top of `identify guilds`; what an endpoint uses unless set.
    pub extra_scopes: Scopes,
}

impl SignInConfig {
    /// Reads it.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        variables.required("REDIRECT_URIS")?;
        Ok(Self {
            redirects: variables.parse("REDIRECT_URIS")?.unwrap_or_default(),
            extra_scopes: extra_scopes(variables)?,
        })
    }
}

fn discord() -> Result<url::Url, ConfigError> {
    let problem = |problem: url::ParseError| ConfigError { variable: "DISCORD_URL", problem: problem.to_string() };
    url::Url::parse("https://discord.com").map_err(problem)
}

fn extra_scopes(variables: &Variables) -> Result<Scopes, ConfigError> {
    let Some(scopes) = variables.parse::<Scopes>("DISCORD_SCOPES")? else {
        return Ok(DEFAULT_EXTRA_SCOPES.into_iter().collect());
    };
    let usable: Scopes = EXTRA_SCOPES.into_iter().collect();
    if usable.contain(&scopes) {
        return Ok(scopes);
    }
    Err(ConfigError { variable: "DISCORD_SCOPES", problem: format!("may hold {usable} alone") })
}

/// `ROOT_USERS`: ids of the operators, separated by spaces; nobody unless set.
#[derive(Clone, Debug, Default)]
pub struct OperatorsConfig(Vec<UserId>);

impl OperatorsConfig {
    /// Reads it.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(variables.parse("ROOT_USERS")?.unwrap_or_default())
    }

    /// Whether a user is one of them.
    pub fn include(&self, user_id: UserId) -> bool {
        self.0.contains(&user_id)
    }
}

impl FromStr for OperatorsConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        ids(text, "a user").map(Self)
    }
}

/// `JOIN_GUILDS`: ids of the guilds that users may be added to, separated by spaces; none unless set.
#[derive(Clone, Debug, Default)]
pub struct JoinGuildsConfig(Vec<GuildId>);

impl JoinGuildsConfig {
    /// Reads it.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(variables.parse("JOIN_GUILDS")?.unwrap_or_default())
    }

    /// Whether users may be added to a guild.
    pub fn contains(&self, guild_id: GuildId) -> bool {
        self.0.contains(&guild_id)
    }
}

impl FromStr for JoinGuildsConfig {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        ids(text, "a guild").map(Self)
    }
}

/// Ids separated by spaces; the error names the one that is none.
fn ids<T: FromStr>(text: &str, whose: &str) -> Result<Vec<T>, String> {
    let id = |text: &str| text.parse().map_err(|_| format!("`{text}` is not the id of {whose}"));
    text.split_whitespace().map(id).collect()
}

/// What apps can be authorized for.
#[derive(Clone, Debug)]
pub struct PermissionsConfig {
    /// `PERMISSIONS`: a JSON list of `{"name", "description", "subject": "guild" | "user"}`.
    pub catalogue: Catalogue,
}

impl PermissionsConfig {
    /// Reads it.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        let text = variables.required("PERMISSIONS")?;
        let catalogue =
            text.parse().map_err(|problem: MalformedCatalogue| ConfigError::new("PERMISSIONS", &problem))?;
        Ok(Self { catalogue })
    }
}

/// Where audits are written to.
#[derive(Clone, Debug)]
pub enum AuditConfig {
    /// `AUDIT_BUCKET`: a bucket of S3.
    Bucket(String),
    /// `AUDIT_FOLDER`: a folder of this machine, for development.
    Folder(PathBuf),
}

impl AuditConfig {
    /// Reads it: one of the two.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        Ok(match variables.one_of("AUDIT_BUCKET", "AUDIT_FOLDER")? {
            OneOf::First(bucket) => Self::Bucket(bucket.to_owned()),
            OneOf::Second(folder) => Self::Folder(folder.into()),
        })
    }
}

/// Where one of the secrets is.
pub struct SecretConfig {
    /// The variable that says so.
    pub variable: &'static str,
    /// What it says.
    pub place: SecretPlace,
}

/// A secret's place.
pub enum SecretPlace {
    /// Secrets Manager, under this ARN.
    SecretsManager(String),
    /// The variable itself, for development: the text that Secrets Manager would hold.
    Here(zeroize::Zeroizing<String>),
}

impl SecretConfig {
    /// Reads it: one of the two variables is set, such as `CLIENT_SECRET_ARN` or `CLIENT_SECRET_JSON`.
    pub fn read(variables: &Variables, arn: &'static str, json: &'static str) -> Result<Self, ConfigError> {
        match variables.one_of(arn, json)? {
            OneOf::First(text) if text.starts_with("arn:") => {
                Ok(Self { variable: arn, place: SecretPlace::SecretsManager(text.to_owned()) })
            }
            // Not quoted: it may be the secret itself.
            OneOf::First(_) => Err(ConfigError::new(arn, &"not an ARN")),
            OneOf::Second(text) => {
                Ok(Self { variable: json, place: SecretPlace::Here(zeroize::Zeroizing::new(text.to_owned())) })
            }
        }
    }
}
