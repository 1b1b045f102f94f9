//! What Discord knows about a user.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

use super::client::Answer;
use super::{Client, Error, Refusal};
use crate::domain::{AccessToken, Connection, PartialGuild, Profile};

impl Client {
    /// Who the token is of (`GET /users/@me`, scope `identify`).
    ///
    /// ```no_run
    /// # use shared::{discord::{Client, Error}, domain::{AccessToken, avatar_url}};
    /// # async fn example(client: Client, access_token: AccessToken) -> Result<(), Error> {
    /// let user = client.identify(&access_token).await?;
    /// let picture = avatar_url(user.id, user.avatar.as_deref(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn identify(&self, access_token: &AccessToken) -> Result<Profile, Error> {
        let answer = Answer::of(self.get("users/@me", access_token)?).await?;
        let profile: Profile = ok(&answer)?;
        let texts = [Some(&profile.username), profile.global_name.as_ref(), profile.avatar.as_ref()];
        bounded(texts.into_iter().flatten(), MOST_CHARS)?;
        Ok(profile)
    }

    /// The guilds that the user is in, at most 200 (`GET /users/@me/guilds`, scope `guilds`).
    ///
    /// Without the scope Discord answers as to a dead token: look at what was granted first.
    ///
    /// ```no_run
    /// # use shared::{discord::{Client, Error}, domain::AccessToken};
    /// # async fn example(client: Client, access_token: AccessToken) -> Result<(), Error> {
    /// for guild in client.guilds(&access_token).await? {
    ///     println!("{} {} {}", guild.id, guild.name, guild.may_be_managed());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn guilds(&self, access_token: &AccessToken) -> Result<Vec<PartialGuild>, Error> {
        let request = self.get(&format!("users/@me/guilds?limit={MOST_GUILDS}"), access_token)?;
        let guilds: Vec<PartialGuild> = ok(&Answer::of_list(request).await?)?;
        if guilds.len() > MOST_GUILDS {
            return Err(Error::garbled("more guilds than were asked for"));
        }
        bounded(guilds.iter().map(|guild| &guild.name), MOST_CHARS_OF_A_GUILD)?;
        bounded(guilds.iter().filter_map(|guild| guild.icon.as_ref()), MOST_CHARS)?;
        Ok(guilds)
    }

    /// The accounts elsewhere that the user has linked (`GET /users/@me/connections`, scope `connections`).
    ///
    /// Without the scope Discord answers as to a dead token: look at what was granted first.
    ///
    /// ```no_run
    /// # use shared::{discord::{Client, Error}, domain::AccessToken};
    /// # async fn example(client: Client, access_token: AccessToken) -> Result<(), Error> {
    /// let connections = client.connections(&access_token).await?;
    /// let github = connections.iter().find(|connection| connection.kind == "github" && connection.verified);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connections(&self, access_token: &AccessToken) -> Result<Vec<Connection>, Error> {
        let connections: Vec<Connection> = ok(&Answer::of(self.get("users/@me/connections", access_token)?).await?)?;
        let texts = connections.iter().flat_map(|connection| [&connection.id, &connection.name, &connection.kind]);
        bounded(texts, MOST_CHARS_OF_A_CONNECTION)?;
        Ok(connections)
    }

    pub(super) fn get(&self, path: &str, access_token: &AccessToken) -> Result<RequestBuilder, Error> {
        Ok(self.request(Method::GET, path)?.bearer_auth(access_token.reveal()))
    }
}

/// What a `GET` with an access token was asked for.
pub(super) fn ok<T: DeserializeOwned>(answer: &Answer) -> Result<T, Error> {
    if answer.status == StatusCode::OK { answer.json() } else { Err(answer.refused(Refusal::AccessToken)) }
}

/// A user may be in no more; the largest page that Discord gives.
const MOST_GUILDS: usize = 200;

/// Far above what Discord allows (32 characters), and far below what would make an account expensive to read.
const MOST_CHARS: usize = 128;
/// Likewise: 100 characters. 200 of them, each character escaped, stay below 400 KB.
const MOST_CHARS_OF_A_GUILD: usize = 256;
/// Likewise: names at providers that nobody has listed.
const MOST_CHARS_OF_A_CONNECTION: usize = 512;

pub(super) fn bounded<'a>(texts: impl IntoIterator<Item = &'a String>, most_chars: usize) -> Result<(), Error> {
    if texts.into_iter().all(|text| text.chars().nth(most_chars).is_none()) {
        Ok(())
    } else {
        Err(Error::garbled("endless names"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_be_as_long_as_the_bound_in_characters() {
        assert!(bounded([&"島".repeat(4)], 4).is_ok());
        assert!(matches!(bounded([&String::new(), &"島".repeat(5)], 4), Err(Error::Garbled(..))));
    }
}
