//! Authorizations, as they are asked for and answered.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::authorize_link::authorize_url;
use super::paging::{EXAMPLE_CURSOR, List};
use super::{ApiError, AppAnswer, Caller, Request, Response, StatusCode, answer, body};
use crate::Context;
use crate::domain::{
    App, AppId, Authorization, End, GuildId, GuildLook, Lifetime, Permissions, Subject, SubjectKind, Until, UserId,
};
use crate::pages::Choice;
use crate::store::Paged;

/// The permissions to grant. They replace all permissions granted before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Permissions from `GET /permissions`, all for this type of subject.
    #[schemars(with = "Permissions", length(min = 1))]
    permissions: Vec<String>,
    /// Lifetime in seconds. Without `expiry` and `until`, the authorization does not expire.
    expiry: Option<Lifetime>,
    /// Time of expiry, instead of a lifetime. To keep the current one, send the `expiry` of the last
    /// response.
    #[schemars(
        with = "Option<DateTime<Utc>>",
        extend(
            "pattern" = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
            "examples" = [null]
        )
    )]
    until: Option<Until>,
}

/// What is to be granted.
#[derive(Debug)]
pub struct Granted {
    permissions: Permissions,
    end: End,
}

/// An authorization.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{S}Authorization")]
pub struct AuthorizationAnswer<S = SubjectAnswer> {
    app_id: AppId,
    #[serde(flatten)]
    subject: S,
    permissions: Permissions,
    granted_by: UserId,
    granted_at: DateTime<Utc>,
    expiry: Option<DateTime<Utc>>,
}

/// The guild or user.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Subject")]
pub enum SubjectAnswer {
    /// A guild.
    Guild(GuildAnswer),
    /// A user.
    User(UserAnswer),
}

/// The guild.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Guild", inline)]
pub struct GuildAnswer {
    guild_id: GuildId,
}

/// The user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User", inline)]
pub struct UserAnswer {
    user_id: UserId,
}

impl From<Subject> for SubjectAnswer {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Guild(guild_id) => Self::Guild(GuildAnswer { guild_id }),
            Subject::User(user_id) => Self::User(UserAnswer { user_id }),
        }
    }
}

/// The permissions of an app on a guild or for a user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{S}Permissions")]
pub struct WhatItMay<S = SubjectAnswer> {
    #[serde(flatten)]
    subject: S,
    permissions: Permissions,
    expiry: Option<DateTime<Utc>>,
}

/// A page of authorizations with their apps.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{S}AuthorizationPage")]
pub struct AuthorizedApps<S = SubjectAnswer> {
    authorizations: Vec<AuthorizedApp<S>>,
    /// The `cursor` of the next page. Null on the last page.
    #[schemars(example = EXAMPLE_CURSOR)]
    next: Option<String>,
}

/// An authorization with the public part of its app.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{S}AuthorizationWithApp")]
struct AuthorizedApp<S> {
    app: AppAnswer,
    #[serde(flatten)]
    authorization: AuthorizationAnswer<S>,
}

impl Context {
    /// What the body grants on a subject of that kind, all of it in the catalogue.
    pub fn granted(&self, request: &Request, kind: SubjectKind) -> Result<Granted, ApiError> {
        let Grant { permissions, expiry, until } = body(request)?;
        let chosen = self.catalogue()?.choose(kind, &permissions);
        let permissions = chosen.map_err(|problem| ApiError::field("permissions", problem))?;
        let end = match (expiry, until) {
            (None, None) => End::Never,
            (Some(lifetime), None) => End::After(lifetime),
            (None, Some(moment)) => End::At(moment),
            (Some(_), Some(_)) => return Err(ApiError::field("until", "cannot be given together with `expiry`")),
        };
        if end.has_passed(self.clock.now()) {
            return Err(ApiError::field("until", "must be in the future"));
        }
        Ok(Granted { permissions, end })
    }

    /// An app that the caller may authorize, and what it was authorized for before; 404 for an app that they may not.
    pub async fn app_to_authorize(
        &self,
        caller: &Caller,
        app_id: AppId,
        subject: Option<Subject>,
    ) -> Result<(App, Option<Authorization>), ApiError> {
        let (app, authorization) = match subject {
            Some(subject) => self.store()?.app_with_authorization(app_id, subject, self.clock.now()).await?,
            None => (self.store()?.app(app_id).await?, None),
        };
        let open = app.filter(|kept| kept.is_open_to(caller.account.user_id)).ok_or(ApiError::NotFound)?;
        Ok((open.app, authorization))
    }

    /// Authorizes an app: 201 if it was not before, else 200 with the new set in place of the old one.
    pub async fn authorize(
        &self,
        caller: &Caller,
        (app_id, subject): (AppId, Subject),
        granted: Granted,
        guild: Option<GuildLook>,
        was_authorized: bool,
    ) -> Result<Response, ApiError> {
        let now = self.clock.now();
        let authorization = Authorization {
            app_id,
            subject,
            permissions: granted.permissions,
            granted_by: caller.account.user_id,
            granted_at: now,
            expiry: granted.end.of_what_is_made(now),
            guild,
        };
        if !self.store()?.authorize(&caller.account, &authorization).await? {
            return Err(ApiError::NotFound);
        }
        let status = if was_authorized { StatusCode::OK } else { StatusCode::CREATED };
        answer::json(status, &self.authorization_answer(&authorization)?)
    }

    /// What of an authorization has effect, by the catalogue of this moment.
    pub fn effective(&self, authorization: &Authorization) -> Result<Permissions, ApiError> {
        Ok(self.catalogue()?.effective(authorization.subject.kind(), &authorization.permissions))
    }

    /// All permissions of a kind, ticked where `authorization` grants them.
    pub fn choices(&self, kind: SubjectKind, authorization: Option<&Authorization>) -> Result<Vec<Choice>, ApiError> {
        let granted = authorization.map(|authorization| self.effective(authorization)).transpose()?.unwrap_or_default();
        let of_kind = self.catalogue()?.entries().iter().filter(|entry| entry.subject == kind);
        Ok(of_kind.map(|entry| Choice::of(entry, granted.contain(&entry.name))).collect())
    }

    /// The answer to an app that asks what it may do; 404 for nothing, with where to send who can change that.
    pub fn what_it_may(
        &self,
        request: &Request,
        (app, subject): (&App, Subject),
        authorization: Option<Authorization>,
    ) -> Result<Response, ApiError> {
        let expiry = authorization.as_ref().and_then(|authorization| authorization.expiry);
        let permissions = authorization.map(|authorization| self.effective(&authorization)).transpose()?;
        let permissions = permissions.unwrap_or_default();
        if permissions.is_empty() {
            let authorize_url = authorize_url(&self.origin(request)?, app.id, subject);
            return Err(ApiError::NotAuthorized { authorize_url });
        }
        answer::json(StatusCode::OK, &WhatItMay::<SubjectAnswer> { subject: subject.into(), permissions, expiry })
    }

    /// A page of authorizations with their apps.
    pub async fn authorized_apps(
        &self,
        list: List,
        paged: Paged<(App, Authorization)>,
    ) -> Result<AuthorizedApps, ApiError> {
        let next = self.end_of_page(list, paged.next, paged.poison).await?;
        let entry = |(app, authorization)| {
            let authorization = self.authorization_answer(&authorization)?;
            Ok(AuthorizedApp { app: AppAnswer::public(app), authorization })
        };
        let authorizations = paged.entries.into_iter().map(entry).collect::<Result<_, ApiError>>()?;
        Ok(AuthorizedApps { authorizations, next })
    }

    fn authorization_answer(&self, authorization: &Authorization) -> Result<AuthorizationAnswer, ApiError> {
        let permissions = self.effective(authorization)?;
        let Authorization { app_id, subject, granted_by, granted_at, expiry, .. } = *authorization;
        let subject = subject.into();
        Ok(AuthorizationAnswer { app_id, subject, permissions, granted_by, granted_at, expiry })
    }
}
