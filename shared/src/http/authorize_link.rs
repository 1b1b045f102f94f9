//! The link that leads to the authorization page: what it asks, of whom, and where it leads back to.

use url::Url;

use super::{ApiError, Caller, Query, Request, viewer};
use crate::Context;
use crate::domain::{
    App, AppId, Authorization, GuildId, GuildLook, PartialGuild, Permissions, State, Subject, SubjectKind, icon_url,
};
use crate::pages::{
    AppBox, Asked, AuthorizedPage, Choice, Destination, Frame, GuildChoice, Moment, Room, Shown, Unchanged,
};

const PARAMETERS: [&str; 8] = ["app_id", "type", "permissions", "optional", "guild_id", "redirect_uri", "state", DONE];
/// Tells the page that follows a grant from the one that asks for it.
const DONE: &str = "done";
/// What a guild is called whose name shows nothing.
const UNNAMED_GUILD: &str = "Unnamed server";

/// What a link asks.
#[derive(Debug)]
pub struct AuthorizeLink {
    /// For which app.
    pub app_id: AppId,
    /// On which guild, if that is chosen.
    pub guild_id: Option<GuildId>,
    /// Whether the page comes after the grant, for one who says yes and has nowhere else to go. Anybody can write that into a link:
    /// what is shown is what was granted.
    is_done: bool,
    kind: SubjectKind,
    permissions: Permissions,
    /// Those of them that the viewer can leave out.
    optional: Permissions,
    redirect: Option<Redirect>,
}

/// Where it leads back to, to the character as the link said it.
#[derive(Debug)]
struct Redirect {
    uri: String,
    url: Url,
    state: Option<State>,
}

impl Context {
    /// What the link asks that a request came by. All of its permissions are in the catalogue, and its redirect in the allow-list.
    pub fn authorize_link(&self, request: &Request) -> Result<AuthorizeLink, ApiError> {
        let mut query = Query::of(request, &PARAMETERS)?;
        let missing = |field| move || ApiError::field(field, "is missing");
        let app_id = query.take("app_id")?.ok_or_else(missing("app_id"))?;
        let kind = query.take("type")?.ok_or_else(missing("type"))?;
        let names: String = query.take("permissions")?.ok_or_else(missing("permissions"))?;
        let names: Vec<String> = names.split(',').map(str::to_owned).collect();
        let chosen = self.catalogue()?.choose(kind, &names);
        let permissions = chosen.map_err(|problem| ApiError::field("permissions", problem))?;
        let optional = permissions.subset(&query.take::<String>("optional")?.unwrap_or_default());
        let optional = optional
            .ok_or_else(|| ApiError::field("optional", "must be a subset of `permissions`, without duplicates"))?;
        let guild_id = query.take("guild_id")?;
        let redirect = self.link_redirect(query.take("redirect_uri")?, query.take("state")?)?;
        Ok(AuthorizeLink { app_id, guild_id, is_done: query.flag(DONE)?, kind, permissions, optional, redirect })
    }

    fn link_redirect(&self, redirect_uri: Option<String>, state: Option<State>) -> Result<Option<Redirect>, ApiError> {
        let Some(uri) = redirect_uri else { return Ok(None) };
        self.allowed_redirect(&uri)?;
        let url = Url::parse(&uri).map_err(|_| ApiError::field("redirect_uri", "must be a URL"))?;
        Ok(Some(Redirect { uri, url, state }))
    }

    /// What a link asks for, each marked with whether it was granted before; and what was and is not asked for, which will be gone.
    pub fn compared(
        &self,
        link: &AuthorizeLink,
        before: Option<&Authorization>,
    ) -> Result<(Vec<Choice>, Vec<Choice>), ApiError> {
        let mut choices = self.choices(link.kind, before)?;
        choices.iter_mut().for_each(|choice| choice.optional = link.optional.has(&choice.name));
        let choices = choices.into_iter();
        let (asked, others): (Vec<_>, Vec<_>) = choices.partition(|choice| link.permissions.has(&choice.name));
        let dropped = others.into_iter().filter(|choice| choice.granted).collect();
        Ok((asked, dropped))
    }

    /// What is shown after a grant: what stands in the table, whatever the link says. `None` before the grant, or when it has gone
    /// since.
    pub fn authorized_page(
        &self,
        caller: &Caller,
        link: &AuthorizeLink,
        (app, granted, asked): (&App, Option<&Authorization>, &Asked),
    ) -> Result<Option<AuthorizedPage>, ApiError> {
        let (true, Some(granted), Asked::This { guild, .. }) = (link.is_done, granted, asked) else { return Ok(None) };
        let mut permissions = self.choices(granted.subject.kind(), Some(granted))?;
        permissions.retain(|choice| choice.granted);
        let now = self.clock.now();
        let view = AuthorizedPage {
            frame: Frame::of(viewer(caller), Room::Elsewhere),
            app: AppBox::of(app, now),
            guild: guild.clone(),
            permissions,
            expiry: granted.expiry.map(|expiry| Moment::seen(expiry, now)),
        };
        Ok((!view.permissions.is_empty()).then_some(view))
    }
}

/// Where somebody authorizes an app about `subject`, at the service of that origin.
pub(super) fn authorize_url(origin: &str, app_id: AppId, subject: Subject) -> String {
    let link = format!("{origin}/authorize?app_id={app_id}&type={}", subject.kind().as_str());
    match subject {
        Subject::Guild(guild_id) => format!("{link}&guild_id={guild_id}"),
        // It asks whoever comes.
        Subject::User(_) => link,
    }
}

/// A guild as a page lets people choose it.
pub fn guild_choice(guild: &PartialGuild) -> GuildChoice {
    let icon_url = icon_url(guild.id, guild.icon.as_deref(), None);
    GuildChoice { id: guild.id.to_string(), name: Shown::first([guild.name.as_str()], UNNAMED_GUILD), icon_url }
}

/// The same of a guild as an authorization on it remembers it.
pub fn kept_guild(guild_id: GuildId, look: &GuildLook) -> GuildChoice {
    let icon_url = icon_url(guild_id, look.icon.as_deref(), None);
    GuildChoice { id: guild_id.to_string(), name: Shown::first([look.name.as_str()], UNNAMED_GUILD), icon_url }
}

impl AuthorizeLink {
    /// Whether it asks the viewer for themselves.
    pub fn is_for_user(&self) -> bool {
        self.kind == SubjectKind::User
    }

    /// It asks the viewer.
    pub fn of_viewer(&self) -> Result<Asked, ApiError> {
        let action = format!("PUT /apps/{}/users/@me", self.app_id);
        Ok(Asked::This { guild: None, action, body: self.body()?, then: self.after(None), other: None })
    }

    /// It asks one guild.
    pub fn of_guild(&self, guild: GuildChoice) -> Result<Asked, ApiError> {
        let action = format!("PUT /apps/{}/guilds/{}", self.app_id, guild.id);
        let then = self.after(Some(&guild.id));
        Ok(Asked::This { guild: Some(guild), action, body: self.body()?, then, other: Some(self.page_with([])) })
    }

    /// It asks one of these guilds.
    pub fn of_some_guild(&self, guilds: Vec<GuildChoice>) -> Asked {
        let again = self.parameters().into_iter().map(|(name, value)| (name, Unchanged(value)));
        Asked::SomeGuild { guilds, again: again.collect() }
    }

    /// Where one goes who says no: back to where the link came from, with the error of RFC 6749, or home.
    pub fn cancel(&self) -> String {
        self.answered(&[("error", "access_denied")]).unwrap_or_else(|| "/".to_owned())
    }

    /// Where one goes who says yes: back to where the link came from, or to a page that says that it is done.
    fn after(&self, guild_id: Option<&str>) -> String {
        let chosen: Vec<_> = guild_id.map(|guild_id| ("guild_id", guild_id)).into_iter().collect();
        self.answered(&chosen).unwrap_or_else(|| self.page_with(chosen.into_iter().chain([(DONE, "true")])))
    }

    /// Where one goes who says yes, if the link leads anywhere.
    pub fn leads_to(&self) -> Option<Destination> {
        let Redirect { url, .. } = self.redirect.as_ref()?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"));
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(match host {
            Some(host) => Destination::Site(format!("{host}{port}")),
            None => Destination::Program(format!("{}:", url.scheme())),
        })
    }

    fn answered(&self, parameters: &[(&str, &str)]) -> Option<String> {
        let Redirect { url, state, .. } = self.redirect.as_ref()?;
        let mut url = url.clone();
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(state.iter().map(|state| ("state", state.as_str())));
        Some(url.into())
    }

    /// What is granted whatever the viewer leaves out.
    fn body(&self) -> Result<String, ApiError> {
        let required: Vec<_> = self.permissions.names().filter(|name| !self.optional.has(name)).collect();
        serde_json::to_string(&serde_json::json!({ "permissions": required })).map_err(ApiError::internal)
    }

    /// The authorization page of this link, of no guild, with these parameters beside its own.
    fn page_with<'p>(&self, more: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        format!("/authorize?{}", query.extend_pairs(self.parameters()).extend_pairs(more).finish())
    }

    /// What it says but for the guild.
    fn parameters(&self) -> Vec<(String, String)> {
        let list = |permissions: &Permissions| permissions.names().collect::<Vec<_>>().join(",");
        let mut parameters = vec![
            ("app_id", self.app_id.to_string()),
            ("type", self.kind.as_str().into()),
            ("permissions", list(&self.permissions)),
        ];
        if !self.optional.is_empty() {
            parameters.push(("optional", list(&self.optional)));
        }
        if let Some(Redirect { uri, state, .. }) = &self.redirect {
            parameters.push(("redirect_uri", uri.clone()));
            parameters.extend(state.iter().map(|state| ("state", state.as_str().to_owned())));
        }
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
