//! The link that leads to the authorization page: what it asks, of whom, and where it leads back to.

use std::str::FromStr;

use url::Url;

use super::{ApiError, Caller, Query, Request};
use crate::Context;
use crate::domain::{
    App, AppId, Authorization, GuildId, PartialGuild, Permissions, Subject, SubjectKind, UserId, icon_url,
};
use crate::pages::{Asked, Choice, GuildChoice};

const PARAMETERS: [&str; 6] = ["app_id", "type", "permissions", "guild_id", "redirect_uri", "state"];

/// What a link asks.
#[derive(Debug)]
pub struct AuthorizeLink {
    /// For which app.
    pub app_id: AppId,
    /// On which guild, if that is chosen.
    pub guild_id: Option<GuildId>,
    kind: SubjectKind,
    permissions: Permissions,
    redirect: Option<Redirect>,
}

/// Where it leads back to, to the character as the link said it.
#[derive(Debug)]
struct Redirect {
    uri: String,
    url: Url,
    state: Option<String>,
}

struct Kind(SubjectKind);

impl FromStr for Kind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "guild" => Ok(Self(SubjectKind::Guild)),
            "user" => Ok(Self(SubjectKind::User)),
            _ => Err("must be guild or user"),
        }
    }
}

impl Context {
    /// What the link asks that a request came by. All of its permissions are in the catalogue, and its redirect in the allow-list.
    pub fn authorize_link(&self, request: &Request) -> Result<AuthorizeLink, ApiError> {
        let mut query = Query::of(request, &PARAMETERS)?;
        let missing = |field| move || ApiError::field(field, "is missing");
        let app_id = query.take("app_id")?.ok_or_else(missing("app_id"))?;
        let Kind(kind) = query.take("type")?.ok_or_else(missing("type"))?;
        let names: String = query.take("permissions")?.ok_or_else(missing("permissions"))?;
        let names: Vec<String> = names.split(',').map(str::to_owned).collect();
        let chosen = self.catalogue()?.choose(kind, &names);
        let permissions = chosen.map_err(|problem| ApiError::field("permissions", problem))?;
        let guild_id = query.take("guild_id")?;
        let redirect = self.link_redirect(query.take("redirect_uri")?, query.take("state")?)?;
        Ok(AuthorizeLink { app_id, guild_id, kind, permissions, redirect })
    }

    fn link_redirect(&self, redirect_uri: Option<String>, state: Option<String>) -> Result<Option<Redirect>, ApiError> {
        let Some(uri) = redirect_uri else { return Ok(None) };
        self.allowed_redirect(&uri)?;
        let url = Url::parse(&uri).map_err(|_| ApiError::field("redirect_uri", "is no URL"))?;
        Ok(Some(Redirect { uri, url, state }))
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

    /// What a link asks for, each marked with whether it was granted before; and what was and is not asked for, which will be gone.
    pub fn compared(
        &self,
        link: &AuthorizeLink,
        before: Option<&Authorization>,
    ) -> Result<(Vec<Choice>, Vec<Choice>), ApiError> {
        let kept = before.map(|authorization| self.effective(authorization)).transpose()?.unwrap_or_default();
        let of_kind = self.catalogue()?.entries().iter().filter(|entry| entry.subject == link.kind);
        let (mut asked, mut dropped) = (Vec::new(), Vec::new());
        for entry in of_kind {
            let was_granted = kept.contain(&entry.name);
            if link.permissions.contain(&entry.name) {
                asked.push(Choice::of(entry, was_granted));
            } else if was_granted {
                dropped.push(Choice::of(entry, true));
            }
        }
        Ok((asked, dropped))
    }

    /// All permissions of a kind, ticked where `authorization` grants them.
    pub fn choices(&self, kind: SubjectKind, authorization: Option<&Authorization>) -> Result<Vec<Choice>, ApiError> {
        let granted = authorization.map(|authorization| self.effective(authorization)).transpose()?.unwrap_or_default();
        let of_kind = self.catalogue()?.entries().iter().filter(|entry| entry.subject == kind);
        Ok(of_kind.map(|entry| Choice::of(entry, granted.contain(&entry.name))).collect())
    }

    /// What a user is called; their id for one who is not known here.
    pub async fn name_of(&self, user_id: UserId) -> Result<String, ApiError> {
        let profile = self.store()?.account(user_id).await?.and_then(|account| account.profile);
        Ok(profile.map_or_else(|| user_id.to_string(), |profile| format!("@{}", profile.username)))
    }

    /// Our own origin.
    pub fn origin(&self, request: &Request) -> Result<String, ApiError> {
        self.own_origin(request).ok_or_else(|| ApiError::internal("the event has no domain name"))
    }
}

/// A guild as a page lets people choose it.
pub fn guild_choice(guild: &PartialGuild) -> GuildChoice {
    let icon_url = icon_url(guild.id, guild.icon.as_deref(), None);
    GuildChoice { id: guild.id.to_string(), name: guild.name.clone(), icon_url }
}

impl AuthorizeLink {
    /// Whether it asks the viewer for themselves.
    pub fn is_for_user(&self) -> bool {
        self.kind == SubjectKind::User
    }

    /// It asks the viewer.
    pub fn of_viewer(&self) -> Result<Asked, ApiError> {
        let action = format!("PUT /apps/{}/users/@me", self.app_id);
        Ok(Asked::This { guild: None, action, body: self.body()?, then: self.answered(&[]), other: None })
    }

    /// It asks one guild.
    pub fn of_guild(&self, guild: GuildChoice) -> Result<Asked, ApiError> {
        let action = format!("PUT /apps/{}/guilds/{}", self.app_id, guild.id);
        let then = self.answered(&[("guild_id", &guild.id)]);
        Ok(Asked::This { guild: Some(guild), action, body: self.body()?, then, other: Some(self.without_guild()) })
    }

    /// It asks one of these guilds.
    pub fn of_some_guild(&self, guilds: Vec<GuildChoice>) -> Asked {
        Asked::SomeGuild { guilds, again: self.parameters() }
    }

    /// Where one goes who says no: back to where the link came from, with the error of RFC 6749, or home.
    pub fn cancel(&self) -> Result<String, ApiError> {
        Ok(self.answered(&[("error", "access_denied")]).unwrap_or_else(|| "/".to_owned()))
    }

    fn answered(&self, parameters: &[(&str, &str)]) -> Option<String> {
        let Redirect { url, state, .. } = self.redirect.as_ref()?;
        let mut url = url.clone();
        url.query_pairs_mut().extend_pairs(parameters).extend_pairs(state.iter().map(|state| ("state", state)));
        Some(url.into())
    }

    fn body(&self) -> Result<String, ApiError> {
        serde_json::to_string(&serde_json::json!({ "permissions": self.permissions })).map_err(ApiError::internal)
    }

    fn without_guild(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.parameters()).finish();
        format!("/authorize?{query}")
    }

    /// What it says but for the guild.
    fn parameters(&self) -> Vec<(String, String)> {
        let kind = if self.is_for_user() { "user" } else { "guild" };
        let permissions = self.permissions.names().collect::<Vec<_>>().join(",");
        let mut parameters =
            vec![("app_id", self.app_id.to_string()), ("type", kind.into()), ("permissions", permissions)];
        if let Some(Redirect { uri, state, .. }) = &self.redirect {
            parameters.push(("redirect_uri", uri.clone()));
            parameters.extend(state.iter().map(|state| ("state", state.clone())));
        }
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
