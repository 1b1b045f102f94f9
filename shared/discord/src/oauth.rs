//! The token endpoint and its revocation (RFC 6749, RFC 7009) with Discord's errors, and what a token stands for.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::client::Answer;
use super::{Client, Error, Refusal, users};
use domain::{AccessToken, AuthorizationCode, CodeVerifier, RefreshToken, Scopes, Tokens};

/// What a user granted us.
#[derive(Debug)]
pub struct Grant {
    /// Store them before the access token is used: those before are dead.
    pub tokens: Tokens,
    /// Until the access token is dead, counted from the answer.
    pub expires_in: Duration,
    /// What was granted; may be more than was asked for, or less.
    pub scopes: Scopes,
}

/// What an access token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentAuthorization {
    /// The application that it was given to: the client id. A token that somebody hands in may be another one's.
    pub application_id: String,
    /// Its name.
    pub application_name: String,
    /// What the user has granted the application.
    pub scopes: Scopes,
    /// When the token dies.
    pub expires: DateTime<Utc>,
}

#[derive(Deserialize)]
struct AuthorizationAnswer {
    application: ApplicationAnswer,
    scopes: Vec<String>,
    expires: DateTime<Utc>,
}

#[derive(Deserialize)]
struct ApplicationAnswer {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    token_type: String,
    expires_in: u64,
    refresh_token: String,
    scope: String,
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
}

impl Client {
    /// Redeems a code. `redirect_uri` must be the one of the authorization request.
    ///
    /// ```no_run
    /// # use {discord::{Client, Error}, domain::{AuthorizationCode, CodeVerifier}};
    /// # async fn example(client: Client, code: AuthorizationCode, verifier: CodeVerifier) -> Result<(), Error> {
    /// let grant = client.exchange(&code, "https://dash.example/callback", Some(&verifier)).await?;
    /// println!("granted: {}", grant.scopes);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn exchange(
        &self,
        code: &AuthorizationCode,
        redirect_uri: &str,
        verifier: Option<&CodeVerifier>,
    ) -> Result<Grant, Error> {
        let mut form =
            vec![("grant_type", "authorization_code"), ("code", code.reveal()), ("redirect_uri", redirect_uri)];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier.reveal())));
        self.token(&form).await
    }

    /// Rotates a grant: the refresh token is dead from now on, also when the answer is lost.
    ///
    /// ```no_run
    /// # use {discord::{Client, Error, Refusal}, domain::RefreshToken};
    /// # async fn example(client: Client, refresh_token: RefreshToken) -> Result<(), Error> {
    /// match client.refresh(&refresh_token).await {
    ///     Ok(grant) => println!("store {:?} before you use it", grant.tokens),
    ///     Err(Error::Refused { refusal: Refusal::Grant, .. }) => println!("sign in again"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn refresh(&self, refresh_token: &RefreshToken) -> Result<Grant, Error> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token.reveal())]).await
    }

    /// Gives a grant back. Discord kills all tokens that this application has for the user, whichever one is sent.
    ///
    /// ```no_run
    /// # use {discord::{Client, Error}, domain::RefreshToken};
    /// # async fn example(client: Client, refresh_token: RefreshToken) -> Result<(), Error> {
    /// client.revoke(&refresh_token).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke(&self, refresh_token: &RefreshToken) -> Result<(), Error> {
        let form = [("token", refresh_token.reveal()), ("token_type_hint", "refresh_token")];
        let answer = self.oauth("oauth2/token/revoke", &form).await?;
        if answer.status.is_success() { Ok(()) } else { Err(refused(&answer)) }
    }

    /// What a token stands for (`GET /oauth2/@me`, any scope).
    ///
    /// ```no_run
    /// # use {discord::{Client, Error}, domain::{AccessToken, Scopes}};
    /// # async fn example(client: Client, access_token: AccessToken) -> Result<(), Error> {
    /// let current = client.current_authorization(&access_token).await?;
    /// let may_join = current.scopes.contain(&["guilds.join"].into_iter().collect::<Scopes>());
    /// println!("{} until {}: {may_join}", current.application_name, current.expires);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn current_authorization(&self, access_token: &AccessToken) -> Result<CurrentAuthorization, Error> {
        let AuthorizationAnswer { application: ApplicationAnswer { id, name }, scopes, expires } =
            users::ok(&self.send(self.get("oauth2/@me", access_token)?).await?)?;
        if id.len().max(name.len()) > MAX_TEXT_BYTES {
            return Err(Error::garbled("endless names"));
        }
        let scopes = match scopes.as_slice() {
            [] => Scopes::default(),
            some => some.join(" ").parse().map_err(|_| Error::garbled("scopes"))?,
        };
        Ok(CurrentAuthorization { application_id: id, application_name: name, scopes, expires })
    }

    async fn token(&self, form: &[(&str, &str)]) -> Result<Grant, Error> {
        let answer = self.oauth("oauth2/token", form).await?;
        if !answer.status.is_success() {
            return Err(refused(&answer));
        }
        let tokens: TokenAnswer = answer.json()?;
        if !tokens.token_type.eq_ignore_ascii_case("bearer")
            || tokens.access_token.is_empty()
            || tokens.refresh_token.is_empty()
        {
            return Err(Error::garbled("no bearer tokens"));
        }
        Ok(Grant {
            tokens: Tokens {
                access: AccessToken::new(tokens.access_token),
                refresh: RefreshToken::new(tokens.refresh_token),
            },
            expires_in: Duration::from_secs(tokens.expires_in),
            scopes: tokens.scope.parse().map_err(|_| Error::garbled("scopes"))?,
        })
    }

    async fn oauth(&self, path: &str, form: &[(&str, &str)]) -> Result<Answer, Error> {
        let application = &self.application;
        let request = self.request(Method::POST, path)?;
        let request = request.basic_auth(&application.client_id, Some(application.client_secret.reveal()));
        self.send(request.form(form)).await
    }
}

/// Four bytes for each of the 32 characters that Discord allows.
const MAX_TEXT_BYTES: usize = 128;

/// Discord has changed which error stands for which cause more than once; only whose fault it is can be told.
fn refused(answer: &Answer) -> Error {
    let status = answer.status;
    match (status, answer.json::<OAuthError>()) {
        (StatusCode::UNAUTHORIZED, _) => Error::Refused { status, refusal: Refusal::Client },
        (StatusCode::BAD_REQUEST, Ok(body)) if body.error == "invalid_client" => {
            Error::Refused { status, refusal: Refusal::Client }
        }
        (StatusCode::BAD_REQUEST, Ok(body)) if matches!(body.error.as_str(), "invalid_grant" | "invalid_request") => {
            Error::Refused { status, refusal: Refusal::Grant }
        }
        (_, Ok(_)) => Error::garbled(format!("an OAuth error of status {}", status.as_u16())),
        (_, Err(error)) => error,
    }
}
