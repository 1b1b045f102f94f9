//! Apps: registered, changed, given another token, deleted with all their authorizations.
//!
//! A user's account names their apps: the cap and the list need no index, and a deleted user leaves no app behind.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use chrono::{DateTime, Utc};

use super::accounts::{ACCOUNT_ALLOWS, account_names, account_values, allows, refusal};
use super::conflict::{Outcome, check_part, delete_part, put_part, update_part};
use super::deletion::Deadline;
use super::item::{Draft, Poison, Stored, bytes, flag, id_set, moment, number, optional_text, text};
use super::{Error, Store, keys};
use crate::domain::{Account, App, AppId, LogoUrl, Name, Sealed, TokenHash, UserId, UserState};

/// How many apps a user may have.
const MOST_APPS: usize = 25;
/// How often a change starts over because an operator or another change comes between.
const UPDATE_ATTEMPTS: u32 = 5;

/// An app that is about to be.
pub struct NewApp {
    /// The app.
    pub app: App,
    /// What its token is checked against.
    pub token_hash: TokenHash,
    /// Its token, to be shown to its owner again.
    pub sealed_token: Sealed,
}

/// An app as it is kept.
#[derive(Clone, Debug)]
pub struct KeptApp {
    /// The app.
    pub app: App,
    /// What its token is checked against.
    pub token_hash: TokenHash,
    /// Its token, sealed.
    pub sealed_token: Sealed,
    /// Whether its owner is banned.
    pub is_suspended: bool,
}

impl KeptApp {
    /// Whether a user may know of it and authorize it.
    pub fn is_open_to(&self, user_id: UserId) -> bool {
        !self.is_suspended && self.app.is_open_to(user_id)
    }
}

/// What became of a new app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreatedApp {
    /// It is there.
    Done,
    /// It is not: its owner has as many as one may have.
    TooMany,
}

/// What of an app is to be another.
#[derive(Debug)]
pub struct AppChange {
    /// Another name.
    pub name: Option<Name>,
    /// Another logo, or none.
    pub logo_url: Option<Option<LogoUrl>>,
    /// Whether its owner alone may authorize it.
    pub private: Option<bool>,
}

impl AppChange {
    /// Whether all is to stay as it is.
    pub fn is_nothing(&self) -> bool {
        self.name.is_none() && self.logo_url.is_none() && self.private.is_none()
    }

    fn sets(&self) -> Vec<&'static str> {
        let name = self.name.as_ref().map(|_| "#name = :name");
        let logo_url = self.logo_url.as_ref().map(|_| "logo_url = :logo_url");
        let private = self.private.map(|_| "#private = :private");
        [name, logo_url, private].into_iter().flatten().collect()
    }

    /// A condition that holds while an app does not look as it is to look, and one that holds while it does; `None` if it says
    /// nothing about that.
    fn conditions_on_look(&self) -> Option<(&'static str, &'static str)> {
        match (&self.name, &self.logo_url) {
            (None, None) => None,
            (Some(_), None) => Some(("#name <> :name", "#name = :name")),
            (None, Some(_)) => Some(("logo_url <> :logo_url", "logo_url = :logo_url")),
            (Some(_), Some(_)) => {
                Some(("#name <> :name OR logo_url <> :logo_url", "#name = :name AND logo_url = :logo_url"))
            }
        }
    }

    /// Names and values of what is to be another.
    fn fill(&self, mut request: UpdateBuilder) -> UpdateBuilder {
        if let Some(name) = &self.name {
            request = request
                .expression_attribute_names("#name", "name")
                .expression_attribute_values(":name", text(name.as_str()));
        }
        if let Some(logo_url) = &self.logo_url {
            let logo_url = optional_text(logo_url.as_ref().map(LogoUrl::as_str));
            request = request.expression_attribute_values(":logo_url", logo_url);
        }
        if let Some(private) = self.private {
            request = request
                .expression_attribute_names("#private", "private")
                .expression_attribute_values(":private", flag(private));
        }
        request
    }
}

/// What operators mark apps with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Its name and logo were looked at.
    Verified,
    /// It may introspect tokens and sign users in from a server.
    Trusted,
}

impl Mark {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Trusted => "trusted",
        }
    }
}

impl Store {
    /// Makes an app, unless its owner has as many as one may have, or has lost the right to it meanwhile.
    pub async fn create_app(&self, owner: &Account, new: &NewApp) -> Result<CreatedApp, Error> {
        let named = self
            .update_account_part(owner.user_id)
            .update_expression("ADD app_ids :app_ids")
            .condition_expression(format!(
                "{ACCOUNT_ALLOWS} AND (attribute_not_exists(app_ids) OR size(app_ids) < :most)"
            ))
            .set_expression_attribute_names(Some(account_names()))
            .set_expression_attribute_values(Some(account_values(owner)))
            .expression_attribute_values(":app_ids", id_set(new.app.id.as_bytes()))
            .expression_attribute_values(":most", number(MOST_APPS));
        let put = Put::builder()
            .table_name(&self.tables.apps)
            .set_item(Some(write_app(new)))
            .condition_expression("attribute_not_exists(app_id)");
        match self.transact(vec![update_part(named)?, put_part(put)?]).await? {
            Outcome::Written => Ok(CreatedApp::Done),
            Outcome::Refused(parts) => match parts.into_iter().next().flatten() {
                Some(account) if allows(owner, &account) => Ok(CreatedApp::TooMany),
                Some(account) => Err(refusal(&account)),
                // An id that was there before: ten random bytes came twice within a millisecond.
                None => Err(Error::Contended),
            },
        }
    }

    /// An app, if there is one.
    pub async fn app(&self, app_id: AppId) -> Result<Option<KeptApp>, Error> {
        let items = self.read_from(vec![(&self.tables.apps, vec![keys::app(app_id)])]).await?;
        Ok(items.first().map(read_app).transpose()?.flatten())
    }

    /// The apps that a user's account names, newest first. One that cannot be read is stepped over.
    pub async fn apps_of(&self, account: &Account) -> Result<Vec<App>, Error> {
        if account.app_ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys = account.app_ids.iter().map(|app_id| keys::app(*app_id)).collect();
        let items = self.read_from(vec![(&self.tables.apps, keys)]).await?;
        let mut apps: Vec<_> =
            items.iter().filter_map(|item| stepping_over(read_app(item))).map(|kept| kept.app).collect();
        apps.sort_by_key(|app| std::cmp::Reverse(app.id));
        Ok(apps)
    }

    /// Changes an app of its owner's; `false` if they have none of that id. Another name or logo takes the badge off by the same
    /// write: an operator vouched for what was there before.
    pub async fn update_app(&self, owner: &Account, app_id: AppId, change: &AppChange) -> Result<bool, Error> {
        let Some((looks_another, looks_the_same)) = change.conditions_on_look() else {
            return Ok(self.write_change(owner, app_id, change, None).await?.is_ok());
        };
        let has_no_badge_to_keep = format!("(verified = :no OR {looks_another})");
        let keeps_its_badge = format!("verified <> :no AND {looks_the_same}");
        for attempt in 0..UPDATE_ATTEMPTS {
            self.back_off(attempt).await;
            let takes_it_off = Some((has_no_badge_to_keep.as_str(), ", verified = :no"));
            match self.write_change(owner, app_id, change, takes_it_off).await? {
                Ok(()) => return Ok(true),
                Err(found) if !is_live_app_of(found.as_ref(), owner.user_id) => return Ok(false),
                Err(_) => {}
            }
            if self.write_change(owner, app_id, change, Some((&keeps_its_badge, ""))).await?.is_ok() {
                return Ok(true);
            }
        }
        Err(Error::Contended)
    }

    /// Writes a change to an app of its owner's if it and its badge are as `badge` says, else answers what was found.
    async fn write_change(
        &self,
        owner: &Account,
        app_id: AppId,
        change: &AppChange,
        badge: Option<(&str, &str)>,
    ) -> Result<Result<(), Option<Stored>>, Error> {
        const IS_THEIRS: &str = "owner_id = :owner_id AND attribute_exists(token_hash)";
        let sets = change.sets().join(", ");
        let request = match badge {
            None => self.update_app_part(app_id, IS_THEIRS).update_expression(format!("SET {sets}")),
            Some((condition, set)) => self
                .update_app_part(app_id, &format!("{IS_THEIRS} AND {condition}"))
                .update_expression(format!("SET {sets}{set}"))
                .expression_attribute_values(":no", flag(false)),
        };
        let request = request.expression_attribute_values(":owner_id", text(owner.user_id.to_string()));
        match self.transact_for(owner, vec![update_part(change.fill(request))?]).await? {
            Outcome::Written => Ok(Ok(())),
            Outcome::Refused(parts) => Ok(Err(parts.into_iter().next().flatten())),
        }
    }

    /// Gives an app another token in place of the one that was `seen`: the old one is dead by the same write. `false` if it has
    /// another one already, or is gone.
    pub async fn regenerate_token(&self, owner: &Account, seen: &KeptApp, new: &NewApp) -> Result<bool, Error> {
        let request = self
            .update_app_part(seen.app.id, "owner_id = :owner_id AND token_hash = :seen")
            .update_expression("SET token_hash = :token_hash, sealed_token = :sealed_token")
            .expression_attribute_values(":owner_id", text(owner.user_id.to_string()))
            .expression_attribute_values(":seen", bytes(seen.token_hash.as_bytes()))
            .expression_attribute_values(":token_hash", bytes(new.token_hash.as_bytes()))
            .expression_attribute_values(":sealed_token", bytes(new.sealed_token.as_bytes()));
        Ok(matches!(self.transact_for(owner, vec![update_part(request)?]).await?, Outcome::Written))
    }

    /// Sets or takes off a mark of an operator's; `false` if there is no app of that id.
    pub async fn mark_app(&self, app_id: AppId, mark: Mark, is_set: bool) -> Result<bool, Error> {
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.apps)
            .set_key(Some(keys::app(app_id)))
            .update_expression("SET #mark = :is_set")
            .condition_expression("attribute_exists(token_hash)")
            .expression_attribute_names("#mark", mark.attribute())
            .expression_attribute_values(":is_set", flag(is_set));
        self.updated(request).await
    }

    /// Deletes an app with all its authorizations; `false` if its owner has none of that id. From the first write on it is dead, and
    /// nothing can be authorized for it; what a failure leaves of it goes when this is run again.
    pub async fn delete_app(&self, owner: &Account, app_id: AppId, now: DateTime<Utc>) -> Result<bool, Error> {
        let part = update_part(self.end_app_part(owner.user_id, app_id, now))?;
        if matches!(self.transact_for(owner, vec![part]).await?, Outcome::Refused(_)) {
            return Ok(false);
        }
        self.clear_app(owner.user_id, app_id, &Deadline::of_a_request()).await?;
        Ok(true)
    }

    /// The same for a user who is being deleted.
    pub(super) async fn delete_app_of_deleted(
        &self,
        owner: UserId,
        app_id: AppId,
        now: DateTime<Utc>,
        deadline: &Deadline,
    ) -> Result<(), Error> {
        let part = update_part(self.end_app_part(owner, app_id, now))?;
        // Refused: it has gone already, and its authorizations before it.
        self.transact(vec![part]).await?;
        self.clear_app(owner, app_id, deadline).await
    }

    fn end_app_part(&self, owner: UserId, app_id: AppId, now: DateTime<Utc>) -> UpdateBuilder {
        self.update_app_part(app_id, "owner_id = :owner_id")
            .update_expression("SET ended_at = :now REMOVE token_hash, sealed_token")
            .expression_attribute_values(":owner_id", text(owner.to_string()))
            .expression_attribute_values(":now", moment(now))
    }

    /// Deletes what an ended app still has, and then the app from its table and from its owner's account.
    async fn clear_app(&self, owner: UserId, app_id: AppId, deadline: &Deadline) -> Result<(), Error> {
        self.delete_authorizations_of(app_id, deadline).await?;
        let unnamed = self
            .update_account_part(owner)
            .update_expression("DELETE app_ids :app_ids")
            .condition_expression("attribute_exists(user_id)")
            .expression_attribute_values(":app_ids", id_set(app_id.as_bytes()));
        let delete = Delete::builder().table_name(&self.tables.apps).set_key(Some(keys::app(app_id)));
        // Refused: the account has gone, and the app before it.
        self.transact(vec![update_part(unnamed)?, delete_part(delete)?]).await?;
        Ok(())
    }

    /// Lets the apps of a user stop while the user is banned, and go on when they are not; `false` if the account is another meanwhile.
    pub(super) async fn suspend_apps(&self, account: &Account) -> Result<bool, Error> {
        if account.app_ids.is_empty() {
            return Ok(true);
        }
        let unchanged = ConditionCheck::builder()
            .table_name(&self.tables.users)
            .set_key(Some(keys::account(account.user_id)))
            .condition_expression("#state = :state")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(account.state.as_str()));
        let mut parts = vec![check_part(unchanged)?];
        for app_id in &account.app_ids {
            let request = self
                .update_app_part(*app_id, "attribute_exists(owner_id)")
                .update_expression("SET suspended = :suspended")
                .expression_attribute_values(":suspended", flag(account.state == UserState::Banned));
            parts.push(update_part(request)?);
        }
        Ok(matches!(self.transact(parts).await?, Outcome::Written))
    }

    /// A part of a transaction that holds while an app is there and open to `user_id`.
    pub(super) fn app_is_open_part(&self, app_id: AppId, user_id: UserId) -> Result<TransactWriteItem, Error> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.apps)
            .set_key(Some(keys::app(app_id)))
            .condition_expression(
                "attribute_exists(token_hash) AND suspended = :no AND (#private = :no OR owner_id = :me)",
            )
            .expression_attribute_names("#private", "private")
            .expression_attribute_values(":no", flag(false))
            .expression_attribute_values(":me", text(user_id.to_string()));
        check_part(check)
    }

    /// A part of a transaction that holds while an app's token is the one that was presented.
    pub(super) fn app_is_live_part(&self, app: &KeptApp) -> Result<TransactWriteItem, Error> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.apps)
            .set_key(Some(keys::app(app.app.id)))
            .condition_expression("token_hash = :token_hash AND suspended = :no")
            .expression_attribute_values(":token_hash", bytes(app.token_hash.as_bytes()))
            .expression_attribute_values(":no", flag(false));
        check_part(check)
    }

    fn update_app_part(&self, app_id: AppId, condition: &str) -> UpdateBuilder {
        Update::builder().table_name(&self.tables.apps).set_key(Some(keys::app(app_id))).condition_expression(condition)
    }
}

fn write_app(NewApp { app, token_hash, sealed_token }: &NewApp) -> std::collections::HashMap<String, AttributeValue> {
    Draft::new(keys::app(app.id))
        .with("owner_id", text(app.owner_id.to_string()))
        .with("name", text(app.name.as_str()))
        .with("logo_url", optional_text(app.logo_url.as_ref().map(LogoUrl::as_str)))
        .with("private", flag(app.private))
        .with("verified", flag(app.verified))
        .with("trusted", flag(app.trusted))
        .with("suspended", flag(false))
        .with("created_at", moment(app.created_at))
        .with("token_hash", bytes(token_hash.as_bytes()))
        .with("sealed_token", bytes(sealed_token.as_bytes()))
        .0
}

/// The app of an item; `None` for one that has ended and is only waiting for its rest to be deleted.
pub(super) fn read_app(item: &Stored) -> Result<Option<KeptApp>, Poison> {
    if item.0.contains_key("ended_at") {
        return Ok(None);
    }
    let name = Name::kept(item.text("name")?.to_owned()).map_err(|_| Poison("name"))?;
    let logo_url = |text: &str| LogoUrl::try_from(text.to_owned()).map_err(|_| Poison("logo_url"));
    let app = App {
        id: item.text(keys::APP_ID)?.parse().map_err(|_| Poison(keys::APP_ID))?,
        name,
        logo_url: item.optional_text("logo_url")?.map(logo_url).transpose()?,
        private: item.flag("private")?,
        verified: item.flag("verified")?,
        // Apps of before this mark have none.
        trusted: item.optional_flag("trusted")?.unwrap_or(false),
        owner_id: item.text("owner_id")?.parse().map_err(|_| Poison("owner_id"))?,
        created_at: item.moment("created_at")?,
    };
    Ok(Some(KeptApp {
        app,
        token_hash: TokenHash::from_bytes(item.bytes("token_hash")?).ok_or(Poison("token_hash"))?,
        // A copy for its owner to see again. One that cannot be read opens with no key, and costs the app nothing else.
        sealed_token: Sealed::from_bytes(item.bytes("sealed_token").map(<[u8]>::to_vec).unwrap_or_default()),
        is_suspended: item.flag("suspended")?,
    }))
}

fn is_live_app_of(found: Option<&Stored>, owner: UserId) -> bool {
    let is_theirs = |item: &Stored| item.text("owner_id") == Ok(owner.to_string().as_str());
    found.is_some_and(|item| is_theirs(item) && item.0.contains_key("token_hash"))
}

fn stepping_over(app: Result<Option<KeptApp>, Poison>) -> Option<KeptApp> {
    app.unwrap_or_else(|poison| {
        tracing::warn!(error = %poison, "skipped a malformed app");
        None
    })
}
