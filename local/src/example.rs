//! The session and the app that the events of `events/` come with. Their tokens stand in this repository, so they are put on engines
//! of this machine alone.

use chrono::DateTime;
use shared::config::TablesConfig;
use shared::domain::{
    AccessToken, App, AppId, Authorization, GuildId, GuildLook, Lifetime, Name, OutOfRange, Permissions, Profile,
    RefreshToken, Scopes, SealingKey, SealingKeys, Session, SessionId, SessionType, Subject, Token, Tokens, UserId,
    expiry_after, is_loopback, seal_app_token,
};
use shared::store::{self, NewApp, NewGrant, NewSession, SignIn, SignedIn, Store};

use crate::stand_in::world;

const USER: UserId = UserId::new(world::ANNA);
/// What its token and its sealed grant are made of: known to everybody, as an example is.
const NOT_RANDOM: [u8; 32] = *b"this example is known to anybody";

/// The example session cannot be put there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine is not on this machine.
    #[error("the example session's token is public: it is only put on engines of this machine, not at {0}")]
    NotHere(String),
    /// The engine.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A mistake in the program.
    #[error("the example session cannot be made")]
    Made(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Its token.
pub fn token() -> Token {
    Token::for_session(SessionType::Login, USER, session_id(), NOT_RANDOM)
}

/// The token of its app.
pub fn app_token() -> Token {
    Token::for_app(app_id(), NOT_RANDOM)
}

/// The app.
pub fn app_id() -> AppId {
    AppId::new(DateTime::UNIX_EPOCH, *b"an example")
}

/// The text of the sealing key that its grant and its app's token open with.
pub fn sealing_key() -> String {
    "example".repeat(7)
}

fn session_id() -> SessionId {
    SessionId::new(DateTime::UNIX_EPOCH, *b"an example")
}

/// Puts user, session, app and what it is authorized for into the tables at `endpoint`, if they are not there yet. None expires.
pub async fn put(endpoint: &str, prefix: &str) -> Result<(), Error> {
    require_this_machine(endpoint)?;
    let [users, apps, guards] = ["users", "apps", "guards"].map(|table| format!("{prefix}{table}"));
    let store = Store::new("prepare", &shared::aws::of_local_engine(endpoint), TablesConfig { users, apps, guards });
    let profile = Profile {
        id: USER,
        username: "anna".into(),
        global_name: Some("Anna".into()),
        avatar: None,
        discriminator: None,
        email: None,
    };
    let sign_in = SignIn { profile: &profile, new: &session().map_err(made)?, grant: &grant().map_err(made)? };
    match store.sign_in(&sign_in).await? {
        // Overtaken: it is there already.
        SignedIn::Done | SignedIn::Overtaken => {}
        SignedIn::Banned => return Err(made("its user is banned there")),
    }
    put_app(&store).await
}

async fn put_app(store: &Store) -> Result<(), Error> {
    let owner = store.account(USER).await?.ok_or_else(|| made("its user is gone"))?;
    if store.app(app_id()).await?.is_none() {
        store.create_app(&owner, &app().map_err(made)?).await?;
    }
    for (subject, permission) in
        [(Subject::Guild(GuildId::new(world::LIGHTHOUSE)), "VIEW_CASES"), (Subject::User(USER), "READ_PROFILE")]
    {
        let guild = matches!(subject, Subject::Guild(_)).then(|| GuildLook { name: "Lighthouse".into(), icon: None });
        let authorization = Authorization {
            app_id: app_id(),
            subject,
            permissions: Permissions::from_names([permission]),
            granted_by: USER,
            granted_at: DateTime::UNIX_EPOCH,
            expiry: None,
            guild,
        };
        store.authorize(&owner, &authorization).await?;
    }
    Ok(())
}

fn app() -> Result<NewApp, Box<dyn std::error::Error + Send + Sync>> {
    let app = App {
        id: app_id(),
        name: Name::try_from("Example".to_owned())?,
        logo_url: None,
        private: false,
        verified: false,
        trusted: false,
        owner_id: USER,
        created_at: DateTime::UNIX_EPOCH,
    };
    let keys = SealingKeys::new(SealingKey::from_text(&sealing_key())?, vec![]);
    let sealed_token = seal_app_token(&app_token(), app.id, &keys, *b"example data")?;
    Ok(NewApp { app, token_hash: app_token().hash(), sealed_token })
}

/// Refuses an engine that is not on this machine.
pub fn require_this_machine(endpoint: &str) -> Result<(), Error> {
    if is_here(endpoint) { Ok(()) } else { Err(Error::NotHere(endpoint.to_owned())) }
}

fn made(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Made(source.into())
}

fn is_here(endpoint: &str) -> bool {
    url::Url::parse(endpoint).is_ok_and(|url| is_loopback(&url))
}

fn session() -> Result<NewSession, OutOfRange> {
    let created_at = DateTime::UNIX_EPOCH;
    let session = Session {
        id: session_id(),
        user_id: USER,
        kind: SessionType::Login,
        name: None,
        created_at,
        expiry: expiry_after(created_at, Lifetime::try_from(9_223_372_036_854_775)?),
        sign_outs: 0,
        last_used_at: None,
        user_agent: None,
    };
    Ok(NewSession { session, token_hash: token().hash() })
}

fn grant() -> Result<NewGrant, Box<dyn std::error::Error + Send + Sync>> {
    let tokens = Tokens { access: AccessToken::new("example".into()), refresh: RefreshToken::new("example".into()) };
    let key = SealingKey::from_text(&sealing_key())?;
    let sealed = tokens.seal(USER, &SealingKeys::new(key, vec![]), *b"example text")?;
    Ok(NewGrant {
        sealed,
        scopes: Scopes::required(),
        access_expiry: DateTime::UNIX_EPOCH,
        granted_at: DateTime::UNIX_EPOCH,
    })
}
