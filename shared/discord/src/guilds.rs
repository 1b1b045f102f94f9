//! Guilds, as our bot sees them.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::{Client, Error, Refusal, users};
use domain::{AccessToken, BotToken, GuildId, RoleId, UserId};

/// What became of adding a user to a guild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// They are in now.
    Now,
    /// They were in before; nothing about them has changed.
    Already,
}

/// How a user is added to a guild. Each field beyond its default needs a permission of the bot's there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Their name in the guild, at most 32 characters (MANAGE_NICKNAMES).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// Roles they get (MANAGE_ROLES).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleId>,
    /// Whether they cannot speak in voice channels (MUTE_MEMBERS).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mute: bool,
    /// Whether they cannot hear in voice channels (DEAFEN_MEMBERS).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deaf: bool,
}

/// Whom a member object is about; the rest of it is not looked at.
#[derive(Deserialize)]
struct AddedMember {
    user: AddedUser,
}

#[derive(Deserialize)]
struct AddedUser {
    id: UserId,
}

#[derive(Serialize)]
struct Addition<'a> {
    access_token: &'a str,
    #[serde(flatten)]
    member: &'a Member,
}

impl Client {
    /// Adds a user to a guild (`PUT /guilds/{guild}/members/{user}`). Needs the user's token with the scope `guilds.join`,
    /// and our bot in the guild with CREATE_INSTANT_INVITE. Who is in already is left as they are.
    ///
    /// ```no_run
    /// # use discord::{Client, Error, Joined, Member, Refusal};
    /// # use domain::{AccessToken, BotToken, GuildId, UserId};
    /// # async fn example(client: Client, bot: BotToken, user: UserId, access_token: AccessToken) -> Result<(), Error> {
    /// let guild = GuildId::new(272_120_529_715_212_344);
    /// match client.add_member(&bot, guild, user, &access_token, &Member::default()).await {
    ///     Ok(Joined::Now) => println!("welcome"),
    ///     Ok(Joined::Already) => println!("welcome back"),
    ///     Err(Error::Refused { refusal: Refusal::BANNED, .. }) => println!("you are banned there"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn add_member(
        &self,
        bot: &BotToken,
        guild: GuildId,
        user: UserId,
        access_token: &AccessToken,
        member: &Member,
    ) -> Result<Joined, Error> {
        let addition = Addition { access_token: access_token.reveal(), member };
        let body = serde_json::to_vec(&addition).map_err(|_| Error::garbled("no JSON of ours"))?;

        let request = self
            .request(Method::PUT, &format!("guilds/{guild}/members/{user}"))?
            .header(AUTHORIZATION, authorization(bot)?)
            .header(CONTENT_TYPE, "application/json")
            .body(body);

        let answer = self.send(request).await?;
        match answer.status {
            // The status says that they are in; a body that does not read says nothing else.
            StatusCode::CREATED => match answer.json::<AddedMember>() {
                Ok(added) => users::about(added.user.id, user).map(|()| Joined::Now),
                Err(_) => Ok(Joined::Now),
            },
            StatusCode::NO_CONTENT => Ok(Joined::Already),
            _ => Err(answer.refused(Refusal::BotToken)),
        }
    }
}

/// What no header can carry is no token of Discord's: refused here as it would be there.
fn authorization(bot: &BotToken) -> Result<HeaderValue, Error> {
    let refused = |_| Error::Refused { status: StatusCode::UNAUTHORIZED, refusal: Refusal::BotToken };
    let mut value = HeaderValue::try_from(format!("Bot {}", bot.reveal())).map_err(refused)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(member: &Member) -> String {
        serde_json::to_string(&Addition { access_token: "token", member }).unwrap()
    }

    #[test]
    fn what_is_not_set_is_not_sent() {
        assert_eq!(body(&Member::default()), r#"{"access_token":"token"}"#);
        let all = Member { nick: Some("Fay".into()), roles: vec![RoleId::new(1 << 60)], mute: true, deaf: true };
        assert_eq!(
            body(&all),
            r#"{"access_token":"token","nick":"Fay","roles":["1152921504606846976"],"mute":true,"deaf":true}"#
        );
    }

    #[test]
    fn a_bot_token_that_no_header_carries_is_refused() {
        assert_eq!(authorization(&BotToken::new("token".into())).unwrap(), "Bot token");
        let error = authorization(&BotToken::new("line\nbreak".into())).unwrap_err();
        assert!(matches!(error, Error::Refused { refusal: Refusal::BotToken, .. }));
        assert!(!format!("{:?}", authorization(&BotToken::new("token".into())).unwrap()).contains("token"));
    }
}
