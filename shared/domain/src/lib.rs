//! Values and rules. Nothing here waits, reaches a network or knows of AWS or HTTP. Time and randomness are arguments of every
//! rule; the system's are here too, for those who pass them in.
#![warn(clippy::arithmetic_side_effects)]

mod account;
mod app;
mod audit;
mod authorization;
mod base62;
mod browser_sign_in;
mod cdn;
mod clock;
mod device;
mod discord_permissions;
mod email;
mod entropy;
mod error_chain;
mod expiry;
mod grant;
mod id;
mod lenient;
mod name;
mod oauth;
mod partial_guild;
mod permission;
mod rate;
mod redirect;
mod relative_time;
mod scope;
mod seal;
mod secret;
mod session;
mod text;
mod token;
mod variables;

pub use account::{Account, BanReason, Profile, UnfitReason, UnknownState, UserState};
pub use app::{App, LogoUrl, UnfitLogo, open_app_token, seal_app_token};
pub use audit::{AuditName, AuditWalk, Count, Judged, Tally, UnfitAuditName};
pub use authorization::{Authorization, GuildLook, Subject};
pub use browser_sign_in::{BrowserSignIn, NotOurs, ReturnTo};
pub use cdn::{ImageSize, avatar_url, icon_url};
pub use clock::{Clock, SystemClock};
pub use device::device;
pub use discord_permissions::{DiscordPermissions, MalformedPermissions};
pub use email::Email;
pub use entropy::{Entropy, NoEntropy, SystemEntropy};
pub use error_chain::error_chain;
pub use expiry::{End, Lifetime, MalformedMoment, OutOfRange, Until, expiry_after};
pub use grant::Tokens;
pub use id::{AppId, GuildId, MalformedId, RoleId, SessionId, UserId};
pub use name::{Name, UnfitName};
pub use oauth::{AuthorizationCode, ChallengeMethod, CodeChallenge, CodeVerifier, MalformedCode, Prompt, State};
pub use partial_guild::{Connection, PartialGuild};
pub use permission::{
    Catalogue, MalformedCatalogue, Permission, PermissionName, Permissions, SubjectKind, UnfitPermissions,
    UnknownSubject,
};
pub use rate::{Limit, MalformedLimit, Window};
pub use redirect::{AllowList, MalformedRedirect, Redirect, RedirectKind, is_loopback};
pub use relative_time::Moment;
pub use scope::{DEFAULT_EXTRA_SCOPES, EXTRA_SCOPES, MalformedScope, REQUIRED_SCOPES, Scopes};
pub use seal::{MalformedKey, Owner, Sealed, SealingKey, SealingKeys, Unopened};
pub use secret::{AccessToken, BotToken, ClientSecret, RefreshToken};
pub use session::{Session, SessionType, UserAgent};
pub use text::{first_visible, is_deceptive, visible};
pub use token::{MalformedToken, Presented, Token, TokenHash};
pub use variables::Variables;
