//! The URL of Discord's authorization page.

use url::Url;

use domain::{CodeChallenge, Prompt, Scopes, State};

/// An authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3), which the user's browser carries to Discord.
#[derive(Clone, Debug)]
pub struct AuthorizeRequest<'a> {
    client_id: &'a str,
    redirect_uri: &'a str,
    scopes: &'a Scopes,
    /// Comes back with the code, untouched.
    pub state: Option<&'a State>,
    /// Whether Discord asks again who has agreed before; it does unless told.
    pub prompt: Option<Prompt>,
    /// Binds the code to a verifier.
    pub code_challenge: Option<&'a CodeChallenge>,
}

impl<'a> AuthorizeRequest<'a> {
    /// A request without state, prompt and challenge.
    pub fn new(client_id: &'a str, redirect_uri: &'a str, scopes: &'a Scopes) -> Self {
        Self { client_id, redirect_uri, scopes, state: None, prompt: None, code_challenge: None }
    }

    /// Its URL at the Discord that stands at `discord`.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use discord::AuthorizeRequest;
    /// use domain::{Scopes, State};
    ///
    /// let (scopes, state): (Scopes, State) = ("identify guilds".parse()?, "kept in the user's session".parse()?);
    /// let mut request = AuthorizeRequest::new("157730590492196864", "https://dash.example/callback", &scopes);
    /// request.state = Some(&state);
    /// let page = request.url(&url::Url::parse("https://discord.com")?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn url(&self, discord: &Url) -> Url {
        let mut url = discord.clone();
        url.set_path("/oauth2/authorize");
        let mut query = url.query_pairs_mut();
        query
            .clear()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("scope", &self.scopes.to_string());
        if let Some(state) = self.state {
            query.append_pair("state", state.as_str());
        }
        if let Some(prompt) = self.prompt {
            query.append_pair("prompt", prompt.as_str());
        }
        if let Some(challenge) = self.code_challenge {
            query.append_pair("code_challenge", challenge.as_str()).append_pair("code_challenge_method", "S256");
        }
        drop(query);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_value_stays_in_it() {
        let scopes = Scopes::required();
        let state: State = "a&redirect_uri=https://evil.example#ü".parse().unwrap();
        let mut request = AuthorizeRequest::new("1", "https://a.example/cb?x=1", &scopes);
        request.state = Some(&state);
        request.prompt = Some(Prompt::None);
        let url = request.url(&Url::parse("https://discord.com").unwrap());
        assert_eq!(
            url.as_str(),
            "https://discord.com/oauth2/authorize?response_type=code&client_id=1&redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Fx%3D1\
             &scope=guilds+identify&state=a%26redirect_uri%3Dhttps%3A%2F%2Fevil.example%23%C3%BC&prompt=none"
        );
    }
}
