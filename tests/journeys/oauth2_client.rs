//! The crate `oauth2` signs in: it makes the authorization URL, state and PKCE, checks what comes back, and redeems the code.

use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, PkceCodeChallenge, RedirectUrl, Scope,
    TokenResponse, TokenUrl,
};
use serde_json::{Value, json};

use crate::world::*;

/// guildpass takes and gives JSON of its own; this is all that a client library has to be told.
async fn exchange(world: &World, request: HttpRequest) -> Result<HttpResponse, std::convert::Infallible> {
    assert_eq!(request.uri().path(), "/oauth2");
    let form: std::collections::HashMap<_, _> = url::form_urlencoded::parse(request.body()).into_owned().collect();
    assert_eq!(form["grant_type"], "authorization_code");
    let answer = world
        .exchange(
            json!({"code": form["code"], "redirect_uri": form["redirect_uri"], "code_verifier": form["code_verifier"]}),
        )
        .await;
    let body = answer.json();
    let body = json!({"access_token": body["token"], "token_type": "bearer", "error": body["code"]});
    let body = body
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()));
    let mut response = HttpResponse::new(Value::Object(body.collect()).to_string().into_bytes());
    *response.status_mut() = answer.status.try_into().unwrap();
    Ok(response)
}

#[tokio::test]
async fn an_independent_client_signs_in_with_pkce_and_uses_its_token() {
    let world = World::with(&[]).await;
    let client = BasicClient::new(ClientId::new("a front end".into()))
        .set_auth_uri(AuthUrl::new(world.url("/oauth2/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(world.url("/oauth2")).unwrap())
        .set_redirect_uri(RedirectUrl::new(APP.into()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (page, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(challenge)
        .url();

    let to_discord = world.http.get(page).send().await.unwrap();
    let mut discord = url::Url::parse(to_discord.headers()["location"].to_str().unwrap()).unwrap();
    discord.query_pairs_mut().append_pair("as_user", &BEN.to_string());
    let back = world.http.get(discord).send().await.unwrap();
    let back = url::Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
    let parameter = |name: &str| back.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned();
    assert_eq!(&parameter("state"), state.secret());

    let http = |request| exchange(&world, request);
    let code = AuthorizationCode::new(world.keep_secret(&parameter("code")));
    let token = client.exchange_code(code).set_pkce_verifier(verifier).request_async(&http).await.unwrap();
    let me = world.get_with("/sessions/@me", &format!("Bearer {}", token.access_token().secret())).await.json();
    assert_eq!((&me["user_id"], &me["type"]), (&json!(BEN.to_string()), &json!("app_login")));

    let again = client
        .exchange_code(AuthorizationCode::new(parameter("code")))
        .set_pkce_verifier(oauth2::PkceCodeVerifier::new(VERIFIER.into()));
    assert!(again.request_async(&http).await.is_err(), "a code is redeemed once");
}
