//! Discord's OAuth2 and REST API, as far as a sign-in service uses them. Usable by itself.
//!
//! Every call has an end: 1 s to connect, 5 s in all, 256 KiB of answer (1 MiB of guilds), no redirect followed, no `Retry-After` slept on.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use discord::{Application, AuthorizeRequest, Client};
//! use domain::{AuthorizationCode, Scopes};
//!
//! let discord = url::Url::parse("https://discord.com")?;
//!
//! // 1. Send the user's browser here.
//! let scopes: Scopes = "identify guilds".parse()?;
//! let page = AuthorizeRequest::new("157730590492196864", "https://dash.example/callback", &scopes).url(&discord);
//!
//! // 2. The user comes back with a code.
//! let client = Client::new(&discord, Application::new("157730590492196864", "the client secret"))?;
//! let code: AuthorizationCode = "NhhvTDYsFcdgNLnnLijcl7Ku7bEEeee".parse()?;
//! let grant = client.exchange(&code, "https://dash.example/callback", None).await?;
//! let user = client.identify(&grant.tokens.access).await?;
//! let guilds = client.guilds(&grant.tokens.access).await?;
//! # Ok(())
//! # }
//! ```

mod authorize;
mod client;
mod error;
mod guilds;
mod oauth;
mod observer;
mod rate_limit;
mod users;

pub use authorize::AuthorizeRequest;
pub use client::{Application, Client, Timeouts};
pub use error::{Error, Refusal};
pub use guilds::{Joined, Member};
pub use oauth::{CurrentAuthorization, Grant};
pub use observer::{Observer, RateLimit, RateLimitScope, Rejection};
