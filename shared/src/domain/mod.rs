//! Values and rules. Nothing here waits, reads a clock, reaches a network or knows of AWS or HTTP:
//! time and randomness come in as arguments.
#![warn(clippy::arithmetic_side_effects)]

mod account;
mod base62;
mod cdn;
mod discord_permissions;
mod expiry;
mod grant;
mod id;
mod oauth;
mod partial_guild;
mod rate;
mod redirect;
mod scope;
mod seal;
mod secret;
mod session;
mod text;
mod token;

pub use account::{Account, BanReason, Profile, UnfitReason, UnknownState, UserState};
pub use cdn::{ImageSize, avatar_url, icon_url};
pub use discord_permissions::{DiscordPermissions, MalformedPermissions};
pub use expiry::{Lifetime, OutOfRange, expiry_after};
pub use grant::Tokens;
pub use id::{AppId, GuildId, MalformedId, RoleId, SessionId, UserId};
pub use oauth::{AuthorizationCode, CodeChallenge, CodeVerifier, MalformedCode, Prompt, State};
pub use partial_guild::{Connection, PartialGuild};
pub use rate::{Limit, MalformedLimit, Window};
pub use redirect::{AllowList, MalformedRedirect, Redirect, RedirectKind};
pub use scope::{EXTRA_SCOPES, MalformedScope, REQUIRED_SCOPES, Scopes};
pub use seal::{MalformedKey, Sealed, SealingKey, SealingKeys, Unopened};
pub use secret::{AccessToken, BotToken, ClientSecret, RefreshToken};
pub use session::{Session, SessionName, SessionType, UnfitName, UserAgent};
pub use token::{MalformedToken, Presented, Token, TokenHash};
