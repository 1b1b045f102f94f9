//! Authorizations: what one app may do on one guild, or for one user.
//!
//! One item each, in the app's partition: what an app may do is one strongly consistent read. A guild's list comes from the index
//! and is read again from the table; a user's list stands in the user's partition.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use chrono::{DateTime, Utc};

use super::apps::{KeptApp, read_app};
use super::conflict::{Outcome, delete_part, put_part};
use super::item::{Draft, Poison, Stored, moment, optional_text, text, whole_seconds_after};
use super::keys::Key;
use super::page::{Page, Paged};
use super::{Error, Store, accounts, keys};
use crate::domain::{
    Account, App, AppId, Authorization, GuildId, GuildLook, PartialGuild, Permissions, Subject, UserId,
};

/// An app and its authorization take two of the 100 keys that one read may have.
const READ_AT_ONCE: usize = 50;
/// Queries for one page of a list. DynamoDB ends each at 1 MB, and a function can answer 6 MB.
const QUERIES_A_PAGE: usize = 3;
/// Bytes of the texts in one page of a list of apps; the rest of 6 MB is for what JSON adds.
const BYTES_A_PAGE: usize = 3 * 1024 * 1024;

/// By what right an authorization is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// By whoever has the right over its subject.
    ByRight,
    /// By the user who granted it, and on condition that they did.
    ByGranter,
}

impl Store {
    /// An app, and its authorization about `subject` if there is one that has not expired, in one strongly consistent read. An
    /// authorization that cannot be read counts as not there. So does one of a user who is banned or gone.
    pub async fn app_with_authorization(
        &self,
        app_id: AppId,
        subject: Subject,
        now: DateTime<Utc>,
    ) -> Result<(Option<KeptApp>, Option<Authorization>), Error> {
        let mut wanted = vec![(&self.tables.apps, vec![keys::app(app_id), keys::authorization(app_id, subject)])];
        if let Subject::User(user_id) = subject {
            wanted.push((&self.tables.users, vec![keys::account(user_id)]));
        }
        let (mut app, mut authorization, mut has_account) = (None, None, false);
        for item in self.read_from(wanted).await? {
            match item.text(keys::ITEM)? {
                keys::APP => app = read_app(&item)?,
                keys::ACCOUNT => has_account = accounts::is_in_good_standing(&item),
                _ => authorization = stepping_over(app_id, subject, read_authorization(&item)),
            }
        }
        let counts = matches!(subject, Subject::Guild(_)) || has_account;
        Ok((app, authorization.filter(|authorization| counts && authorization.is_live(now))))
    }

    /// Writes an authorization in place of whatever stood there; `false` if its app is not there, or not open to `granter`.
    pub async fn authorize(&self, granter: &Account, new: &Authorization) -> Result<bool, Error> {
        let put = |table: &String, item| put_part(Put::builder().table_name(table).set_item(Some(item)));
        let mut parts = vec![
            self.app_is_open_part(new.app_id, granter.user_id)?,
            put(&self.tables.apps, write_authorization(new))?,
        ];
        if let Subject::User(user_id) = new.subject {
            let name = expiring(Draft::new(keys::authorized(user_id, new.app_id)), new.expiry);
            parts.push(put(&self.tables.users, name.0)?);
        }
        Ok(matches!(self.transact_for(granter, parts).await?, Outcome::Written))
    }

    /// Takes an authorization back; `false` if there is none, or the right to it does not hold.
    pub async fn take_back(
        &self,
        user: &Account,
        app_id: AppId,
        subject: Subject,
        right: TakenBack,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let granter = (right == TakenBack::ByGranter).then_some(user.user_id);
        let parts = self.remove_parts(app_id, subject, granter, now)?;
        Ok(matches!(self.transact_for(user, parts).await?, Outcome::Written))
    }

    /// Gives an authorization back, by the app itself; `false` if there is none.
    pub async fn give_back(&self, app: &KeptApp, subject: Subject, now: DateTime<Utc>) -> Result<bool, Error> {
        let parts = [vec![self.app_is_live_part(app)?], self.remove_parts(app.app.id, subject, None, now)?].concat();
        match self.transact(parts).await? {
            Outcome::Written => Ok(true),
            Outcome::Refused(parts) => match parts.into_iter().next().flatten() {
                Some(app) if app.flag("suspended") == Ok(true) => Err(Error::Banned),
                Some(_) => Err(Error::Ended),
                None => Ok(false),
            },
        }
    }

    fn remove_parts(
        &self,
        app_id: AppId,
        subject: Subject,
        granter: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let delete = Delete::builder()
            .table_name(&self.tables.apps)
            .set_key(Some(keys::authorization(app_id, subject)))
            .expression_attribute_values(":now", moment(now));
        let is_live = "attribute_exists(granted_by) AND (attribute_not_exists(expiry) OR expiry > :now)";
        let delete = match granter {
            None => delete.condition_expression(is_live),
            Some(granter) => delete
                .condition_expression(format!("{is_live} AND granted_by = :granter"))
                .expression_attribute_values(":granter", text(granter.to_string())),
        };
        let mut deletes = vec![delete];
        if let Subject::User(user_id) = subject {
            let key = keys::authorized(user_id, app_id);
            deletes.push(Delete::builder().table_name(&self.tables.users).set_key(Some(key)));
        }
        deletes.into_iter().map(delete_part).collect()
    }

    /// A page of the guilds that authorized an app, by the text of their ids.
    pub async fn guilds_of_app(
        &self,
        app_id: AppId,
        page: &Page,
        now: DateTime<Utc>,
    ) -> Result<Paged<Authorization>, Error> {
        let start = |after: &String| {
            let mut key = keys::app(app_id);
            key.insert(keys::ITEM.to_owned(), text(format!("{}{after}", keys::GUILD_PREFIX)));
            key
        };
        let query = self.items_of_app(app_id, Some(keys::GUILD_PREFIX));
        let query = query.set_exclusive_start_key(page.after.as_ref().map(start));
        let (items, next) = one_page(query, page, |item| suffix(item, keys::GUILD_PREFIX)).await?;
        let mut paged = Paged { entries: Vec::new(), next, poison: 0 };
        for item in &items {
            match read_authorization(item) {
                Ok(authorization) if authorization.is_live(now) => paged.entries.push(authorization),
                Ok(_) => {}
                Err(_) => paged.poison += 1,
            }
        }
        Ok(paged)
    }

    /// A page of the apps that are authorized on a guild.
    pub async fn apps_on_guild(
        &self,
        guild_id: GuildId,
        page: &Page,
        now: DateTime<Utc>,
    ) -> Result<Paged<(App, Authorization)>, Error> {
        let start = page.after.as_deref().and_then(|after| Some(keys::by_guild(guild_id, after.parse().ok()?)));
        let query = self.index_of(guild_id).set_exclusive_start_key(start);
        let of = |item: &Stored| item.text(keys::APP_ID).ok().map(str::to_owned);
        let (items, next) = one_page(query, page, of).await?;
        self.with_apps(items.iter().filter_map(of).collect(), Subject::Guild(guild_id), next, now).await
    }

    /// A page of the apps that a user has authorized for themselves.
    pub async fn apps_of_user(
        &self,
        user_id: UserId,
        page: &Page,
        now: DateTime<Utc>,
    ) -> Result<Paged<(App, Authorization)>, Error> {
        let start = page.after.as_deref().and_then(|after| Some(keys::authorized(user_id, after.parse().ok()?)));
        let query = self.items_of_user(user_id, Some(keys::AUTHORIZED_PREFIX)).set_exclusive_start_key(start);
        let of = |item: &Stored| suffix(item, keys::AUTHORIZED_PREFIX);
        let (items, next) = one_page(query, page, of).await?;
        self.with_apps(items.iter().filter_map(of).collect(), Subject::User(user_id), next, now).await
    }

    /// Lets the authorizations on a guild say how it is called and looks now.
    pub async fn freshen_guild(&self, guild: &PartialGuild) -> Result<(), Error> {
        let look = GuildLook { name: guild.name.clone(), icon: guild.icon.clone() };
        let mut pages = self.index_of(guild.id).into_paginator().send();
        while let Some(page) = pages.next().await {
            for item in page.map_err(Error::fault)?.items.ok_or(Error::Garbled)?.into_iter().map(Stored) {
                let Ok(app_id) = item.text(keys::APP_ID)?.parse() else { continue };
                if read_look(&item).as_ref() != Ok(&look) {
                    self.keep_look(app_id, guild.id, &look).await?;
                }
            }
        }
        Ok(())
    }

    async fn keep_look(&self, app_id: AppId, guild_id: GuildId, look: &GuildLook) -> Result<(), Error> {
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.apps)
            .set_key(Some(keys::authorization(app_id, Subject::Guild(guild_id))))
            .update_expression("SET #name = :name, icon = :icon")
            .condition_expression("attribute_exists(granted_by)")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", text(&look.name))
            .expression_attribute_values(":icon", optional_text(look.icon.as_deref()));
        self.updated(request).await.map(drop)
    }

    /// What the index names of a guild: late by a moment, and never decided by.
    pub(super) fn index_of(&self, guild_id: GuildId) -> QueryFluentBuilder {
        self.client()
            .query()
            .table_name(&self.tables.apps)
            .index_name(keys::BY_GUILD)
            .key_condition_expression("#guild_id = :guild_id")
            .expression_attribute_names("#guild_id", keys::GUILD_ID)
            .expression_attribute_values(":guild_id", text(guild_id.to_string()))
    }

    /// Reads what a list names, strongly consistent: apps and their authorizations about `subject`.
    async fn with_apps(
        &self,
        app_ids: Vec<String>,
        subject: Subject,
        next: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Paged<(App, Authorization)>, Error> {
        let mut paged = Paged { entries: Vec::new(), next, poison: 0 };
        let app_ids: Vec<AppId> = app_ids.iter().filter_map(|app_id| app_id.parse().ok()).collect();
        let (mut chunks, mut bytes) = (app_ids.chunks(READ_AT_ONCE).peekable(), 0_usize);
        while let Some(some) = chunks.next() {
            let keys = some.iter().flat_map(|app_id| [keys::app(*app_id), keys::authorization(*app_id, subject)]);
            let items = self.read_from(vec![(&self.tables.apps, keys.collect())]).await?;
            let (mut apps, mut authorizations) = (BTreeMap::new(), Vec::new());
            for item in items {
                let is_app = item.text(keys::ITEM) == Ok(keys::APP);
                match (is_app.then(|| read_app(&item)), (!is_app).then(|| read_authorization(&item))) {
                    (Some(Ok(app)), _) => apps.extend(app.map(|kept| (kept.app.id, kept.app))),
                    (_, Some(Ok(authorization))) => authorizations.push(authorization),
                    _ => paged.poison += 1,
                }
            }
            authorizations.sort_by_key(|authorization| authorization.app_id);
            let live = authorizations.into_iter().filter(|authorization| authorization.is_live(now));
            for authorization in live {
                let Some(app) = apps.remove(&authorization.app_id) else { continue };
                bytes = bytes.saturating_add(bytes_of(&app, &authorization));
                paged.entries.push((app, authorization));
            }
            if bytes >= BYTES_A_PAGE && chunks.peek().is_some() {
                paged.next = some.last().map(ToString::to_string);
                break;
            }
        }
        Ok(paged)
    }
}

/// The items of one page and where the next one begins. One item more is asked for than there is room, to know whether there is one.
async fn one_page(
    query: QueryFluentBuilder,
    page: &Page,
    position: impl Fn(&Stored) -> Option<String>,
) -> Result<(Vec<Stored>, Option<String>), Error> {
    let (mut items, mut query, mut has_more) = (Vec::new(), query, false);
    for _ in 0..QUERIES_A_PAGE {
        let room = page.limit.saturating_add(1).saturating_sub(items.len());
        let limited = query.clone().limit(i32::try_from(room).unwrap_or(i32::MAX));
        let answer = limited.send().await.map_err(Error::fault)?;
        items.extend(answer.items.ok_or(Error::Garbled)?.into_iter().map(Stored));
        has_more = items.len() > page.limit || answer.last_evaluated_key.is_some();
        if items.len() > page.limit || !has_more {
            break;
        }
        query = query.set_exclusive_start_key(answer.last_evaluated_key);
    }
    items.truncate(page.limit);
    let next = items.last().filter(|_| has_more).and_then(position);
    Ok((items, next))
}

/// What an app and its authorization hold of texts that may be long.
fn bytes_of(app: &App, authorization: &Authorization) -> usize {
    let logo = app.logo_url.as_ref().map_or(0, |logo| logo.as_str().len());
    let names = authorization.permissions.names().map(str::len);
    names.fold(logo.saturating_add(app.name.as_str().len()), usize::saturating_add)
}

pub(super) fn suffix(item: &Stored, prefix: &str) -> Option<String> {
    item.text(keys::ITEM).ok()?.strip_prefix(prefix).map(str::to_owned)
}

fn stepping_over(app_id: AppId, subject: Subject, read: Result<Authorization, Poison>) -> Option<Authorization> {
    read.inspect_err(|poison| {
        tracing::warn!(app_id = %app_id, %subject, error = %poison, "skipped a malformed authorization");
    })
    .ok()
}

fn expiring(draft: Draft, expiry: Option<DateTime<Utc>>) -> Draft {
    draft.with_some("expiry", expiry.map(moment)).with_some(keys::EXPIRES_AT, expiry.map(whole_seconds_after))
}

fn write_authorization(new: &Authorization) -> Key {
    let names = new.permissions.names().map(str::to_owned).collect();
    let mut draft = Draft::new(keys::authorization(new.app_id, new.subject))
        .with("permissions", AttributeValue::Ss(names))
        .with("granted_by", text(new.granted_by.to_string()))
        .with("granted_at", moment(new.granted_at));
    if let Subject::Guild(guild_id) = new.subject {
        draft = draft.with(keys::GUILD_ID, text(guild_id.to_string()));
    }
    if let Some(GuildLook { name, icon }) = &new.guild {
        draft = draft.with("name", text(name)).with("icon", optional_text(icon.as_deref()));
    }
    expiring(draft, new.expiry).0
}

fn read_authorization(item: &Stored) -> Result<Authorization, Poison> {
    let subject = read_subject(item.text(keys::ITEM)?).ok_or(Poison(keys::ITEM))?;
    Ok(Authorization {
        app_id: item.text(keys::APP_ID)?.parse().map_err(|_| Poison(keys::APP_ID))?,
        subject,
        permissions: Permissions::from_names(item.texts("permissions")?.iter().map(String::as_str)),
        granted_by: item.text("granted_by")?.parse().map_err(|_| Poison("granted_by"))?,
        granted_at: item.moment("granted_at")?,
        expiry: read_expiry(item)?,
        // A copy of what Discord knows: one that cannot be read takes no right away.
        guild: if matches!(subject, Subject::Guild(_)) { read_look(item).ok() } else { None },
    })
}

/// Both or neither: of one that has lost half of its expiry nobody knows when it ends.
fn read_expiry(item: &Stored) -> Result<Option<DateTime<Utc>>, Poison> {
    match (item.optional_moment("expiry")?, item.0.contains_key(keys::EXPIRES_AT)) {
        (None, false) => Ok(None),
        (Some(expiry), true) => Ok(Some(expiry.min(item.moment_in_seconds(keys::EXPIRES_AT)?))),
        _ => Err(Poison(keys::EXPIRES_AT)),
    }
}

fn read_look(item: &Stored) -> Result<GuildLook, Poison> {
    Ok(GuildLook { name: item.text("name")?.to_owned(), icon: item.optional_text("icon")?.map(str::to_owned) })
}

fn read_subject(item: &str) -> Option<Subject> {
    if let Some(guild_id) = item.strip_prefix(keys::GUILD_PREFIX) {
        return guild_id.parse().ok().map(Subject::Guild);
    }
    item.strip_prefix(keys::USER_PREFIX)?.parse().ok().map(Subject::User)
}
