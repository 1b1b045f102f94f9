//! `GET /whoami` of a service that is not guildpass: answers what guildpass's authorizer said of the caller.

use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    #[expect(clippy::disallowed_methods, reason = "a service of its own, with nothing of guildpass's in it")]
    lambda_http::run(service_fn(whoami)).await
}

/// API Gateway lets in nobody whom the authorizer does not, and passes on what it said: `kind` is `user` (with `user_id`, `session_id`
/// and `session_type`) or `app` (with `app_id`).
async fn whoami(request: Request) -> Result<Response<Body>, Error> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return Err("this is no event of an HTTP API".into());
    };
    let caller = context.authorizer.as_ref().map(|authorizer| &authorizer.fields);
    let caller = caller.filter(|caller| caller.contains_key("kind")).ok_or("the route has no authorizer")?;
    let body = json!({"caller": caller}).to_string();
    Ok(Response::builder().header("content-type", "application/json").body(body.into())?)
}
