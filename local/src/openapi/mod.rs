//! The API reference: an OpenAPI 3.1 document, made of the routes, of what each function says of itself, and of its types.

mod errors;
mod examples;
mod schemas;

use std::collections::BTreeSet;

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use shared::domain::{AppId, GuildId, SessionId, UserId};
use shared::http::{
    Bans, Credential, ErrorCode, Operation, Parameter, ROUTES, Route, SESSION_COOKIE, StatusCode, Success,
};

use crate::functions::OPERATIONS;
use schemas::Schemas;

/// The reference cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One name, two schemas.
    #[error("{0} is one thing in bodies and another in answers")]
    TwoSchemas(String),
    /// A type does not say what it looks like.
    #[error("there is no example of {0}")]
    NoExample(String),
    /// A path has a parameter that is not described here.
    #[error("nothing is known of {{{0}}} in a path")]
    UnknownParameter(String),
}

/// The sections, as the contract has them.
const SECTIONS: [(&str, &str); 7] = [
    ("Sign-in", "Sign in with Discord."),
    ("Sessions", "The caller's sessions and API tokens."),
    ("Users", "The current user, and user management for operators."),
    ("Apps", "Third-party apps and their tokens."),
    (
        "Authorizations",
        "Permissions of apps on guilds and for users.\n\n\
         Users grant them on the authorization page: \
         `/authorize?app_id&type=guild|user&permissions=A,B`. Optional parameters: `optional=B` \
         (permissions that the user can leave out), `guild_id`, `redirect_uri` (from the operator's \
         allow-list) and `state` (up to 512 characters). The browser is redirected to `redirect_uri` \
         with `guild_id` and `state`, or with `error=access_denied` and `state`. Without a \
         `redirect_uri`, the page shows the result. Call `GET /app/guilds/{guild_id}` or \
         `GET /app/users/{user_id}` to see what was granted.",
    ),
    ("For apps", "Endpoints for apps, authenticated with an app token."),
    ("For other services", "Endpoints for other services of the operator."),
];

const DESCRIPTION: &str = "\
Sign-in, sessions and API tokens for Discord platforms, and third-party apps that guilds and users \
authorize.

Send a token as `Authorization: Bearer <token>` or `Authorization: <token>`, never in a query or a \
body. Send exactly one credential. Requests with the session cookie that change something must come \
from this site's own pages.

Request and response bodies are JSON. Unknown and duplicate fields in a request body are errors; \
unknown query parameters are ignored. Responses can gain fields. Ids are strings. Times are RFC 3339 \
in UTC.

HEAD is supported wherever GET changes nothing. Every error is an `Error` object; clients that \
accept HTML get a page. `code` and `field` are stable, `message` is not. A resource that does not \
exist and one that the caller cannot see are both `NotFound`.";

/// The reference of this build.
pub fn document() -> Result<Value, Error> {
    let mut schemas = Schemas::new();
    let (mut paths, mut used) = (Map::new(), BTreeSet::new());
    for route in ROUTES {
        let Some((_, operation)) = OPERATIONS.iter().find(|(name, _)| *name == route.function) else { continue };
        let errors = errors::by_status(&errors_of(route, operation));
        let described = describe(route, operation, &errors, &mut schemas)?;
        let methods = paths.entry(route.path).or_insert_with(|| json!({}));
        put(methods, &route.method.to_lowercase(), described);
        used.extend(errors);
    }
    let responses: Map<_, _> = used.iter().map(|codes| (errors::name(codes), errors::response(codes))).collect();
    let mut schemas = schemas.into_components()?;
    used.iter().for_each(|codes| put(&mut schemas, &errors::schema_name(codes), errors::schema(codes)));
    paths.values_mut().for_each(schemas::simplify);
    examples::fill(&mut paths, &schemas)?;
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "guildpass",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "/"}],
        "tags": SECTIONS.map(|(name, description)| json!({"name": name, "description": description})),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "headers": headers(),
            "securitySchemes": security_schemes(),
        },
    }))
}

/// Gives an object a member.
fn put(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

fn describe(
    route: &Route,
    operation: &Operation,
    errors: &[BTreeSet<ErrorCode>],
    schemas: &mut Schemas,
) -> Result<Value, Error> {
    let mut parameters = path_parameters(route.path, schemas)?;
    parameters.extend(operation.query.iter().map(|parameter| in_query(parameter, schemas)));
    let mut described = json!({
        "operationId": route.function,
        "tags": [section(route.path)],
        "summary": operation.summary,
        "description": takes(operation.credential),
        "security": security(operation.credential),
        "responses": responses(operation, errors, schemas),
    });
    if !parameters.is_empty() {
        put(&mut described, "parameters", json!(parameters));
    }
    if let Some((media_type, schema)) = operation.body {
        let schema = schemas.of_body(schema);
        let body = json!({"required": true, "content": {media_type: {"schema": schema}}});
        put(&mut described, "requestBody", body);
    }
    Ok(described)
}

/// Why the operation may refuse: by its credential, by what it is sent, and for its own reasons.
fn errors_of(route: &Route, operation: &Operation) -> BTreeSet<ErrorCode> {
    let mut codes: BTreeSet<_> = operation.credential.errors().iter().chain(operation.errors).copied().collect();
    if !matches!(operation.credential, Credential::None | Credential::BackEnd) && route.method != "GET" {
        codes.insert(ErrorCode::CrossOrigin);
    }
    if !operation.query.is_empty() || route.path.contains('{') {
        codes.insert(ErrorCode::BadRequest);
    }
    if operation.body.is_some() {
        codes.extend([ErrorCode::BadRequest, ErrorCode::PayloadTooLarge, ErrorCode::UnsupportedMediaType]);
    }
    codes
}

fn responses(operation: &Operation, errors: &[BTreeSet<ErrorCode>], schemas: &mut Schemas) -> Value {
    let successes = operation.answers.iter().map(|answer| (answer.status, success(answer, schemas)));
    let refusals = errors.iter().filter_map(|codes| {
        let reference = format!("#/components/responses/{}", errors::name(codes));
        Some((codes.first()?.status(), json!({"$ref": reference})))
    });
    successes.chain(refusals).map(|(status, response)| (status.as_str().to_owned(), response)).collect()
}

fn success(answer: &Success, schemas: &mut Schemas) -> Value {
    let mut response = json!({"description": answer.description});
    if let Some(schema) = answer.schema {
        put(&mut response, "content", json!({"application/json": {"schema": schemas.of_answer(schema)}}));
    }
    if answer.status == StatusCode::FOUND {
        put(&mut response, "headers", json!({"Location": {"$ref": "#/components/headers/Location"}}));
    }
    response
}

fn in_query(parameter: &Parameter, schemas: &mut Schemas) -> Value {
    let Parameter { name, description, schema } = *parameter;
    json!({
        "name": name,
        "in": "query",
        "required": false,
        "description": description,
        "schema": schemas.of_body(schema),
    })
}

fn path_parameters(path: &str, schemas: &mut Schemas) -> Result<Vec<Value>, Error> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| in_path(name, schemas)).collect()
}

fn in_path(name: &str, schemas: &mut Schemas) -> Result<Value, Error> {
    let (description, schema) = match name {
        "user_id" => ("The user.", schemas.of_body(SchemaGenerator::subschema_for::<UserId>)),
        "guild_id" => ("The guild.", schemas.of_body(SchemaGenerator::subschema_for::<GuildId>)),
        "app_id" => ("The app.", schemas.of_body(SchemaGenerator::subschema_for::<AppId>)),
        "session_id" => {
            let id = schemas.of_body(SchemaGenerator::subschema_for::<SessionId>);
            ("The session, or `@me` for the current one.", json!({"anyOf": [id, {"type": "string", "const": "@me"}]}))
        }
        _ => return Err(Error::UnknownParameter(name.to_owned())),
    };
    Ok(json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema}))
}

fn section(path: &str) -> &'static str {
    let segments: Vec<_> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["oauth2", ..] => "Sign-in",
        ["sessions", ..] => "Sessions",
        ["users", "@me", "authorizations"]
        | ["apps", _, "guilds" | "users", ..]
        | ["guilds", ..]
        | ["permissions", ..] => "Authorizations",
        ["users", ..] => "Users",
        ["apps", ..] => "Apps",
        ["app", ..] => "For apps",
        _ => "For other services",
    }
}

fn takes(credential: Credential) -> &'static str {
    match credential {
        Credential::None => "No authentication required.",
        Credential::BackEnd => {
            "No authentication required. A server that sends the token of a trusted app has its own rate limit."
        }
        Credential::Session(Bans::Refuse) => "Requires a user's session.",
        Credential::Session(Bans::Exempt) => "Requires a user's session. Banned users are allowed.",
        Credential::Login => "Requires a session from a sign-in. API tokens are not allowed.",
        Credential::BrowserLogin => "Requires a session from a browser sign-in.",
        Credential::Operator => "Requires an operator's session from a sign-in. API tokens are not allowed.",
        Credential::App => "Requires an app's token.",
        Credential::Trusted => {
            "Requires the token of a trusted app (`Bearer`, or `Basic` with the app's id as the \
             username), or an operator's session."
        }
    }
}

/// What may stand in a requirement's list are roles, as OpenAPI 3.1 has them: types of sessions, or who the user has to be.
fn security(credential: Credential) -> Value {
    let of_a_session = |roles: &[&str]| json!([{"session": roles}, {"cookie": roles}]);
    match credential {
        Credential::None => json!([]),
        Credential::BackEnd => json!([{}, {"app": ["trusted"]}]),
        Credential::Session(_) => of_a_session(&[]),
        Credential::Login => of_a_session(&["login", "app_login"]),
        Credential::BrowserLogin => of_a_session(&["login"]),
        Credential::Operator => of_a_session(&["operator"]),
        Credential::App => json!([{"app": []}]),
        Credential::Trusted => json!([
            {"app": ["trusted"]},
            {"client": ["trusted"]},
            {"session": ["operator"]},
            {"cookie": ["operator"]},
        ]),
    }
}

fn security_schemes() -> Value {
    json!({
        "session": {
            "type": "http",
            "scheme": "bearer",
            "description": "A session token: `gpl_…` for `login`, `gpm_…` for `app_login`, `gpa_…` for an API token.",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": SESSION_COOKIE,
            "description": "The token of a `login` session, set by this site's own pages. \
                            Unsafe methods require this site's `Origin`.",
        },
        "app": {"type": "http", "scheme": "bearer", "description": "An app's token: `gpx_…`."},
        "client": {
            "type": "http",
            "scheme": "basic",
            "description": "The app's id as the username and its token as the password (RFC 6749, section 2.3.1).",
        },
    })
}

fn headers() -> Value {
    json!({
        "Location": {
            "description": "The URL to go to.",
            "required": true,
            "schema": {"type": "string", "format": "uri"},
        },
        "Retry-After": {
            "description": "How many seconds to wait.",
            "required": true,
            "schema": {"type": "integer", "minimum": 1},
        },
        "WWW-Authenticate": {
            "description": "The authentication scheme (RFC 6750, section 3; RFC 6749, section 5.2 for `Basic`).",
            "required": true,
            "schema": {"type": "string", "examples": ["Bearer realm=\"guildpass\", error=\"invalid_token\""]},
        },
    })
}
