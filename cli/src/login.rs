//! `guildpass login`: in a browser, with PKCE, over a redirect to this machine (RFC 8252); or with a token that was made elsewhere.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::CodeVerifier;
use domain::{Entropy, SystemEntropy};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::Client;
use super::api::Answer;
use super::credentials::{Credential, NoCredential};
use super::duration::Length;
use super::failure::Failure;
use super::loopback::{Listener, LoopbackUri};
use super::output::shown;
use super::whoami::Current;

#[derive(clap::Args)]
pub struct Login {
    /// Print the URL instead of opening a browser
    #[arg(long)]
    no_browser: bool,

    /// Redirect URI on this machine; must be registered with the service and at Discord
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8976/callback")]
    redirect_uri: LoopbackUri,

    /// Time to wait for the browser
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    timeout: Length,

    /// Store an API token from standard input instead of signing in
    #[arg(long, conflicts_with_all = ["no_browser", "redirect_uri", "timeout"])]
    token_stdin: bool,
}

/// Nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfinished {
    #[error("Cannot listen on port {port}. Stop the program that uses it, or choose another port with --redirect-uri")]
    Port { port: u16, source: std::io::Error },
    #[error(
        "Timed out: the browser did not return from Discord. If Discord reported an invalid \
         redirect_uri, add it to the application's redirects there."
    )]
    TimedOut,
    #[error("Authorization was denied at Discord.")]
    SaidNo,
    #[error("Discord refused: {0}.")]
    Discord(String),
    #[error("The system's random number generator failed.")]
    NoRandomness,
    #[error("Cannot read standard input")]
    Input(#[source] std::io::Error),
    #[error("The text on standard input {0}.")]
    NoToken(NoCredential),
}

/// What `POST /oauth2` answers.
#[derive(Deserialize)]
struct SignedIn {
    token: String,
    expiry: DateTime<Utc>,
    user: User,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

impl Login {
    pub(super) async fn run(self, client: &Client<'_>) -> Result<(), Failure> {
        client.credentials.require_writable()?;
        if self.token_stdin {
            keep_token_of_stdin(client).await?
        } else {
            self.sign_in(client).await?
        }
        if client.given.is_some() {
            client.output.note("GUILDPASS_TOKEN is set and takes precedence over the stored session.");
        }
        Ok(())
    }

    async fn sign_in(self, client: &Client<'_>) -> Result<(), Failure> {
        let listener = Listener::bind(&self.redirect_uri).await?;
        let (state, verifier) = (random_text()?, CodeVerifier::new(random_text()?));
        let url = self.authorize_url(client, &state, &verifier)?;
        // The browser would show a refusal to nobody who can mend it: asked here first.
        let allowed = client.api.require_way_on(&url).await;
        allowed.map_err(|failure| failure.advised("Restricted", || self.how_to_allow()))?;

        self.send_browser(client, &url);
        let code = listener.code(state, self.timeout.into()).await?;

        let redirect_uri = self.redirect_uri.as_str();
        let body = json!({ "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier.reveal() });
        keep_session(client, &client.api.post("/oauth2", &body).await?)
    }

    fn authorize_url(&self, client: &Client<'_>, state: &str, verifier: &CodeVerifier) -> Result<Url, Failure> {
        let challenge = verifier.challenge().map_err(|_| Failure::Internal("The code verifier is invalid."))?;
        let mut url = client.api.origin().at("/oauth2/authorize");
        url.query_pairs_mut()
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("state", state)
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    fn send_browser(&self, client: &Client<'_>, url: &Url) {
        let is_open = !self.no_browser && open::that_detached(url.as_str()).is_ok();
        let how = if is_open {
            "Opening your browser. If it does not open, open this URL in a browser"
        } else {
            "Open this URL in a browser"
        };
        client.output.note(&format!("{how} on this machine:\n\n  {url}\n"));
    }

    fn how_to_allow(&self) -> String {
        let uri = self.redirect_uri.as_str();
        format!(
            "Its operator allows it by `app={uri}` in the parameter RedirectUris (the variable REDIRECT_URIS), and by {uri} \
             among the redirects of the application at Discord."
        )
    }
}

fn keep_session(client: &Client<'_>, answer: &Answer) -> Result<(), Failure> {
    let SignedIn { token, expiry, user } = answer.read()?;
    let credential = Credential::to_keep(&token);
    let credential =
        credential.map_err(|_| Failure::NotGuildpass(client.api.origin().clone(), "its token is invalid".into()))?;
    client.credentials.keep(client.api.origin(), &credential)?;

    let output = client.output;
    if output.is_json() {
        output.print(&without_token(answer)?);
    } else {
        let (name, origin) = (output.bold(&shown(&user.username)), client.api.origin());
        output.print(&format!("Signed in to {origin} as {name}. The session expires {}.", output.exactly(expiry)));
    }
    Ok(())
}

/// A token is kept, and not shown.
fn without_token(answer: &Answer) -> Result<String, Failure> {
    let mut document: Value = answer.read()?;
    if let Some(fields) = document.as_object_mut() {
        fields.remove("token");
    }
    Ok(document.to_string())
}

async fn keep_token_of_stdin(client: &Client<'_>) -> Result<(), Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(Unfinished::Input)?;
    let credential = Credential::typed(text.trim()).map_err(Unfinished::NoToken)?;
    let answer = client.api.with(credential.clone()).get("/sessions/@me").await?;
    client.credentials.keep(client.api.origin(), &credential)?;
    client.output.answer(&answer, |answer| {
        let current: Current = answer.read()?;
        let ends = client.output.exactly(current.expiry);
        Ok(format!("Token stored for {}. It expires {ends}.", client.api.origin()))
    })
}

/// 256 bits, as 43 characters that a verifier may have.
fn random_text() -> Result<String, Unfinished> {
    let mut bytes = [0; 32];
    SystemEntropy::new().fill(&mut bytes).map_err(|_| Unfinished::NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
