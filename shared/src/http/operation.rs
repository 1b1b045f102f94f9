//! What the API reference says of an endpoint beyond its route. `local` makes the reference of it; no request looks at it.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::body::{FORM, JSON};
use super::{Bans, ErrorCode, StatusCode};

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One endpoint, as its callers know it.
#[derive(Clone, Copy)]
pub struct Operation {
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// What it takes to call it.
    pub credential: Credential,
    /// What the query may hold.
    pub query: &'static [Parameter],
    /// What the body is, and of which media type; `None` if there is none.
    pub body: Option<(&'static str, SchemaOf)>,
    /// What it answers if it does what it was asked for.
    pub answers: &'static [Success],
    /// Why it may refuse beyond [`Credential::errors`] and a malformed body.
    pub errors: &'static [ErrorCode],
}

impl Operation {
    /// An operation without query and body.
    pub const fn new(summary: &'static str, credential: Credential, answers: &'static [Success]) -> Self {
        Self { summary, credential, query: &[], body: None, answers, errors: &[] }
    }

    /// The same with parameters in the query.
    pub const fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    /// The same with a body.
    pub const fn body<T: JsonSchema>(self) -> Self {
        Self { body: Some((JSON, SchemaGenerator::subschema_for::<T>)), ..self }
    }

    /// The same with a form for a body.
    pub const fn form<T: JsonSchema>(self) -> Self {
        Self { body: Some((FORM, SchemaGenerator::subschema_for::<T>)), ..self }
    }

    /// The same with more errors.
    pub const fn errors(self, errors: &'static [ErrorCode]) -> Self {
        Self { errors, ..self }
    }
}

/// What it takes to call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nothing: anybody may.
    None,
    /// Nothing; the server of a trusted app may send its token.
    BackEnd,
    /// Any session of a user.
    Session(Bans),
    /// A session that came from signing in.
    Login,
    /// A session that came from signing in with a browser.
    BrowserLogin,
    /// A session of one of the operators that came from signing in.
    Operator,
    /// An app's token.
    App,
    /// The token of a trusted app, or a session of an operator.
    Trusted,
}

impl Credential {
    /// Why every operation may refuse that takes this credential.
    pub const fn errors(self) -> &'static [ErrorCode] {
        const ANYBODY: &[ErrorCode] = &[ErrorCode::InternalError];
        const BANNED_TOO: &[ErrorCode] = &[
            ErrorCode::BadRequest,
            ErrorCode::NoAuthToken,
            ErrorCode::InvalidToken,
            ErrorCode::Restricted,
            ErrorCode::InternalError,
            ErrorCode::Unavailable,
        ];
        const NOT_BANNED: &[ErrorCode] = &[
            ErrorCode::BadRequest,
            ErrorCode::NoAuthToken,
            ErrorCode::InvalidToken,
            ErrorCode::ApiBanned,
            ErrorCode::Restricted,
            ErrorCode::InternalError,
            ErrorCode::Unavailable,
        ];
        const BACK_END: &[ErrorCode] = &[
            ErrorCode::BadRequest,
            ErrorCode::InvalidToken,
            ErrorCode::ApiBanned,
            ErrorCode::Restricted,
            ErrorCode::InternalError,
            ErrorCode::Unavailable,
        ];
        match self {
            Self::None => ANYBODY,
            Self::BackEnd => BACK_END,
            Self::Session(Bans::Exempt) => BANNED_TOO,
            Self::Session(Bans::Refuse)
            | Self::Login
            | Self::BrowserLogin
            | Self::Operator
            | Self::App
            | Self::Trusted => NOT_BANNED,
        }
    }
}

/// A parameter of the query.
#[derive(Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What it may be.
    pub schema: SchemaOf,
}

impl Parameter {
    /// A parameter that may be left out.
    pub const fn of<T: JsonSchema>(name: &'static str, description: &'static str) -> Self {
        Self { name, description, schema: SchemaGenerator::subschema_for::<T> }
    }
}

/// An answer to a request that was done.
#[derive(Clone, Copy)]
pub struct Success {
    /// Its status.
    pub status: StatusCode,
    /// What it says.
    pub description: &'static str,
    /// What its body is; `None` if there is none.
    pub schema: Option<SchemaOf>,
}

impl Success {
    /// An answer with a body.
    pub const fn json<T: JsonSchema>(status: StatusCode, description: &'static str) -> Self {
        Self { status, description, schema: Some(SchemaGenerator::subschema_for::<T>) }
    }

    /// An answer without a body.
    pub const fn empty(status: StatusCode, description: &'static str) -> Self {
        Self { status, description, schema: None }
    }
}
