//! What Discord knows about a user.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::Answer;
use super::{Client, Error, Refusal};
use domain::{AccessToken, Connection, PartialGuild, Profile, UserId};

impl Client {
    /// Who the token is of (`GET /users/@me`, scope `identify`).
    ///
    /// ```no_run
    /// # use {discord::{Client, Error}, domain::AccessToken};
    /// # async fn example(client: Client, access_token: AccessToken) -> Result<(), Error> {
    /// let user = client.identify(&access_token).await?;
    /// let picture = user.avatar_url(None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn identify(&self, access_token: &AccessToken) -> Result<Profile, Error> {
        let answer = self.send(self.get("users/@me", access_token)?).await?;
        ok(&answer)
    }

    /// The same for a token whose user is known. An answer about somebody else is garbled.
    ///
    /// ```no_run
    /// # use {discord::{Client, Error}, domain::{AccessToken, UserId}};
    /// # async fn example(client: Client, access_token: AccessToken, user_id: UserId) -> Result<(), Error> {
    /// let user = client.identify_as(user_id, &access_token).await?;
    /// assert_eq!(user.id, user_id);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn identify_as(&self, user_id: UserId, access_token: &AccessToken) -> Result<Profile, Error> {
        let profile = self.identify(access_token).await?;
        about(profile.id, user_id)?;
        Ok(profile)
    }

    /// The guilds that the user is in, at most 200 (`GET /users/@me/guilds`, scope `guilds`). One that cannot be read is left out,
    /// and counted in the log.
    ///
    /// Without the scope Discord answers as to a dead token: look at what was granted first.
    ///
    /// ```no_run
    /// # use {discord::{Client, Error}, domain::AccessToken};
    /// # async fn example(client: Client, access_token: AccessToken) -> Result<(), Error> {
    /// for guild in client.guilds(&access_token).await? {
    ///     println!("{} {} {}", guild.id, guild.name, guild.may_be_managed());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn guilds(&self, access_token: &AccessToken) -> Result<Vec<PartialGuild>, Error> {
        let request = self.get(&format!("users/@me/guilds?limit={MOST_GUILDS}"), access_token)?;
        let rows: Vec<Value> = ok(&self.send_for_list(request).await?)?;
        if rows.len() > MOST_GUILDS {
            return Err(Error::garbled("more guilds than were asked for"));
        }
        Ok(readable(rows, "guilds"))
    }

    /// The accounts elsewhere that the user has linked (`GET /users/@me/connections`, scope `connections`). One that cannot be
    /// read is left out, and counted in the log.
    ///
    /// Without the scope Discord answers as to a dead token: look at what was granted first.
    ///
    /// ```no_run
    /// # use {discord::{Client, Error}, domain::AccessToken};
    /// # async fn example(client: Client, access_token: AccessToken) -> Result<(), Error> {
    /// let connections = client.connections(&access_token).await?;
    /// let github = connections.iter().find(|connection| connection.kind == "github" && connection.verified);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connections(&self, access_token: &AccessToken) -> Result<Vec<Connection>, Error> {
        let answer = self.send(self.get("users/@me/connections", access_token)?).await?;
        Ok(readable(ok(&answer)?, "connections"))
    }

    pub(super) fn get(&self, path: &str, access_token: &AccessToken) -> Result<RequestBuilder, Error> {
        Ok(self.request(Method::GET, path)?.bearer_auth(access_token.reveal()))
    }
}

/// What a `GET` with an access token was asked for.
pub(super) fn ok<T: DeserializeOwned>(answer: &Answer) -> Result<T, Error> {
    if answer.status == StatusCode::OK { answer.json() } else { Err(answer.refused(Refusal::AccessToken)) }
}

/// The rows of a list that can be read: one that Discord has got wrong, or made in a new way, is not to cost the user all others.
fn readable<T: DeserializeOwned>(rows: Vec<Value>, list: &str) -> Vec<T> {
    let all = rows.len();
    let readable: Vec<T> = rows.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect();
    let count = all.saturating_sub(readable.len());
    if count > 0 {
        tracing::warn!(list, count, "skipped malformed rows of a Discord response");
    }
    readable
}

/// Whether an answer is about the user that it was asked about.
pub(super) fn about(answered: UserId, asked: UserId) -> Result<(), Error> {
    if answered == asked { Ok(()) } else { Err(Error::garbled("it is about another user")) }
}

/// A user may be in no more; the largest page that Discord gives.
const MOST_GUILDS: usize = 200;
