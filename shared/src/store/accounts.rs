//! Accounts: read on every request, written at sign-in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, ReturnValue, TransactWriteItem, Update};
use chrono::{DateTime, Utc};

use super::conflict::{Outcome, check_part, update_part};
use super::grants::NewGrant;
use super::item::{Poison, Stored, flag, moment, number, optional_number, optional_text, text};
use super::sessions::{NewSession, is_refused, read_session};
use super::{Error, Store, keys};
use crate::domain::{Account, AppId, Email, Profile, Session, SessionId, TokenHash, UserId, UserState};

/// How often a user's apps are made to follow their state while the account changes.
const SUSPEND_ATTEMPTS: usize = 5;

/// One read may have so many keys.
const MAX_READ_AT_ONCE: usize = 100;

/// What a session's token is checked against.
pub struct Credential {
    /// Whose.
    pub account: Account,
    /// Which.
    pub session: Session,
    /// The hash of its token.
    pub token_hash: TokenHash,
}

/// All that a sign-in writes.
pub struct SignIn<'a> {
    /// Who signed in.
    pub profile: &'a Profile,
    /// The session they get.
    pub new: &'a NewSession,
    /// What Discord granted, sealed.
    pub grant: &'a NewGrant,
}

/// A ban, as it is noted.
#[derive(Debug)]
pub struct Ban<'a> {
    /// Why, in the operator's words.
    pub reason: Option<&'a str>,
    /// By which operator.
    pub by: UserId,
    /// When.
    pub now: DateTime<Utc>,
}

/// What became of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// Account, session and grant are there.
    Done,
    /// Nothing was written: the user is banned.
    Banned,
    /// Nothing was written: the user signed out everywhere meanwhile.
    Overtaken,
}

impl Store {
    /// Account and session of a presented token in one strongly consistent round trip. `None` unless both are there; a session
    /// that cannot be read counts as not there.
    pub async fn credential(&self, user_id: UserId, session_id: SessionId) -> Result<Option<Credential>, Error> {
        let items = self.read(vec![keys::account(user_id), keys::session(user_id, session_id)]).await?;
        let (accounts, sessions): (Vec<_>, Vec<_>) = items.into_iter().partition(is_account);
        let (Some(account), Some(item)) = (accounts.first(), sessions.first()) else { return Ok(None) };
        let account = read_account(account)?;
        match read_session(user_id, item).and_then(|session| Ok((session, read_hash(item)?))) {
            Ok((session, token_hash)) => Ok(Some(Credential { account, session, token_hash })),
            Err(poison) => {
                tracing::warn!(user_id = %user_id, error = %poison, "rejected a malformed session");
                Ok(None)
            }
        }
    }

    /// An account, if there is one.
    pub async fn account(&self, user_id: UserId) -> Result<Option<Account>, Error> {
        let items = self.read(vec![keys::account(user_id)]).await?;
        Ok(items.first().map(read_account).transpose()?)
    }

    /// Who these users are, as far as it is known. An account that cannot be read counts as not there.
    pub async fn profiles(&self, user_ids: &BTreeSet<UserId>) -> Result<BTreeMap<UserId, Profile>, Error> {
        let mut profiles = BTreeMap::new();
        for keys in user_ids.iter().copied().map(keys::account).collect::<Vec<_>>().chunks(MAX_READ_AT_ONCE) {
            let items = self.read(keys.to_vec()).await?;
            let read = items.iter().filter_map(|item| read_account(item).ok()?.profile);
            profiles.extend(read.map(|profile| (profile.id, profile)));
        }
        Ok(profiles)
    }

    /// Account, session and grant, all or nothing, and nothing for a banned user.
    pub async fn sign_in(&self, sign_in: &SignIn<'_>) -> Result<SignedIn, Error> {
        let parts = vec![
            self.welcome(sign_in)?,
            self.put_session(sign_in.new)?,
            self.put_grant(sign_in.profile.id, sign_in.grant)?,
        ];
        match self.transact(parts).await? {
            Outcome::Written => Ok(SignedIn::Done),
            Outcome::Refused(parts) => match parts.into_iter().next().flatten() {
                Some(account) if account.optional_text("state")? == Some(UserState::Banned.as_str()) => {
                    Ok(SignedIn::Banned)
                }
                _ => Ok(SignedIn::Overtaken),
            },
        }
    }

    /// Bans a user, whether or not they have ever come. Written over whatever stands there.
    pub async fn ban(&self, user_id: UserId, ban: &Ban<'_>) -> Result<(), Error> {
        let request = self
            .update_account(user_id, "SET #state = :state, ban_reason = :reason, banned_by = :by, banned_at = :now")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(UserState::Banned.as_str()))
            .expression_attribute_values(":reason", optional_text(ban.reason))
            .expression_attribute_values(":by", text(ban.by.to_string()))
            .expression_attribute_values(":now", moment(ban.now));
        self.change_state(request).await
    }

    /// Lifts a ban. There is nothing to lift for one who is not there.
    pub async fn unban(&self, user_id: UserId) -> Result<(), Error> {
        let request = self
            .update_account(user_id, "SET #state = :state REMOVE ban_reason, banned_by, banned_at")
            .condition_expression("attribute_exists(user_id)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(UserState::Normal.as_str()));
        self.change_state(request).await
    }

    /// Writes a user's state, and has their apps follow it before this returns.
    async fn change_state(&self, request: UpdateItemFluentBuilder) -> Result<(), Error> {
        let request = request.return_values(ReturnValue::AllNew);
        let mut account = match self.write(|| request.clone().send()).await {
            Ok(written) => read_account(&Stored(written.attributes.ok_or(Error::Garbled)?))?,
            Err(error) if is_refused(&error) => return Ok(()),
            Err(error) => return Err(Error::fault(error)),
        };
        for _ in 0..SUSPEND_ATTEMPTS {
            if self.suspend_apps(&account).await? {
                return Ok(());
            }
            match self.account(account.user_id).await? {
                Some(newer) if newer.state == account.state => account = newer,
                // Another operator has changed it since, and sees to the apps.
                _ => return Ok(()),
            }
        }
        Err(Error::Contended)
    }

    /// Keeps what Discord says now of who the user is. Whatever the profile says, it is the user's own account that changes.
    pub async fn update_profile(&self, user_id: UserId, profile: &Profile) -> Result<(), Error> {
        let request = self
            .update_account(user_id, &format!("SET {SET_PROFILE}"))
            .condition_expression(ACCOUNT_STAYS)
            .set_expression_attribute_values(Some(profile_values(profile)));
        if self.updated(request).await? { Ok(()) } else { Err(Error::Ended) }
    }

    fn update_account(&self, user_id: UserId, update: &str) -> UpdateItemFluentBuilder {
        let request = self.client().update_item().table_name(&self.tables.users);
        request.set_key(Some(keys::account(user_id))).update_expression(update)
    }

    /// Writes all parts or none, and nothing unless the account still is as the request found it: not banned, not signed out
    /// everywhere, not being deleted. The parts' own refusals are answers.
    pub(super) async fn transact_for(
        &self,
        account: &Account,
        parts: Vec<TransactWriteItem>,
    ) -> Result<Outcome, Error> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.users)
            .set_key(Some(keys::account(account.user_id)))
            .condition_expression(ACCOUNT_ALLOWS)
            .set_expression_attribute_names(Some(account_names()))
            .set_expression_attribute_values(Some(account_values(account)));
        match self.transact([vec![check_part(check)?], parts].concat()).await? {
            Outcome::Written => Ok(Outcome::Written),
            Outcome::Refused(refused) => {
                let mut refused = refused.into_iter();
                match refused.next().flatten() {
                    Some(account) => Err(refusal(&account)),
                    None => Ok(Outcome::Refused(refused.collect())),
                }
            }
        }
    }

    /// A part of a transaction that holds while a user's account is there and is not being deleted.
    pub(super) fn account_stays_part(&self, user_id: UserId) -> Result<TransactWriteItem, Error> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.users)
            .set_key(Some(keys::account(user_id)))
            .condition_expression(ACCOUNT_STAYS);
        check_part(check)
    }

    /// Writes what may create an item in a user's partition; `false` if the part's own condition fails. Nothing is written for a user
    /// who has been deleted meanwhile: nobody would ever find and delete it.
    pub(super) async fn transact_while_account_stays(
        &self,
        user_id: UserId,
        part: TransactWriteItem,
    ) -> Result<bool, Error> {
        match self.transact(vec![self.account_stays_part(user_id)?, part]).await? {
            Outcome::Written => Ok(true),
            Outcome::Refused(parts) if parts.first().is_some_and(Option::is_some) => Err(Error::Ended),
            Outcome::Refused(_) => Ok(false),
        }
    }

    pub(super) fn update_account_part(&self, user_id: UserId) -> UpdateBuilder {
        Update::builder().table_name(&self.tables.users).set_key(Some(keys::account(user_id)))
    }

    fn welcome(&self, SignIn { profile, new, .. }: &SignIn<'_>) -> Result<TransactWriteItem, Error> {
        let update = Update::builder()
            .table_name(&self.tables.users)
            .set_key(Some(keys::account(profile.id)))
            .update_expression(format!(
                "SET #state = if_not_exists(#state, :normal), sign_outs = if_not_exists(sign_outs, :sign_outs), \
                 created_at = if_not_exists(created_at, :now), signed_in_at = :now, {SET_PROFILE} REMOVE deleting"
            ))
            .condition_expression(
                "(attribute_not_exists(#state) OR #state <> :banned) \
                 AND (attribute_not_exists(sign_outs) OR sign_outs = :sign_outs)",
            )
            .expression_attribute_names("#state", "state")
            .set_expression_attribute_values(Some(profile_values(profile)))
            .expression_attribute_values(":normal", text(UserState::Normal.as_str()))
            .expression_attribute_values(":banned", text(UserState::Banned.as_str()))
            .expression_attribute_values(":sign_outs", number(new.session.sign_outs))
            .expression_attribute_values(":now", moment(new.session.created_at));
        update_part(update)
    }
}

/// An account is as the request that reads [`account_names`] and [`account_values`] found it.
pub(super) const ACCOUNT_ALLOWS: &str =
    "#state <> :banned AND sign_outs = :sign_outs AND attribute_not_exists(deleting)";

/// An account is there, and is not being deleted.
const ACCOUNT_STAYS: &str = "attribute_exists(user_id) AND attribute_not_exists(deleting)";

/// Sets what [`profile_values`] gives.
const SET_PROFILE: &str = "username = :username, global_name = :global_name, avatar = :avatar, \
     discriminator = :discriminator, email = :email, email_verified = :email_verified";

fn profile_values(profile: &Profile) -> HashMap<String, AttributeValue> {
    let email = profile.email.as_ref();
    HashMap::from([
        (":username".to_owned(), text(&profile.username)),
        (":global_name".to_owned(), optional_text(profile.global_name.as_deref())),
        (":avatar".to_owned(), optional_text(profile.avatar.as_deref())),
        (":discriminator".to_owned(), optional_number(profile.discriminator)),
        (":email".to_owned(), optional_text(email.map(Email::reveal))),
        (":email_verified".to_owned(), email.map_or(AttributeValue::Null(true), |email| flag(email.is_verified()))),
    ])
}

pub(super) fn account_names() -> HashMap<String, String> {
    HashMap::from([("#state".to_owned(), "state".to_owned())])
}

pub(super) fn account_values(account: &Account) -> HashMap<String, AttributeValue> {
    HashMap::from([
        (":banned".to_owned(), text(UserState::Banned.as_str())),
        (":sign_outs".to_owned(), number(account.sign_outs)),
    ])
}

/// Whether [`ACCOUNT_ALLOWS`] holds for an account that was refused for another reason, too.
pub(super) fn allows(found: &Account, now: &Stored) -> bool {
    !is_banned(now) && now.number("sign_outs") == Ok(found.sign_outs) && !now.0.contains_key("deleting")
}

/// Whether an item is the account of one who is not banned.
pub(super) fn is_in_good_standing(account: &Stored) -> bool {
    account.optional_text("state") == Ok(Some(UserState::Normal.as_str()))
}

/// Why an account that was found able to write no longer is.
pub(super) fn refusal(account: &Stored) -> Error {
    if is_banned(account) { Error::Banned } else { Error::Ended }
}

fn is_banned(account: &Stored) -> bool {
    account.optional_text("state") == Ok(Some(UserState::Banned.as_str()))
}

pub(super) fn is_account(item: &Stored) -> bool {
    item.text(keys::ITEM) == Ok(keys::ACCOUNT)
}

pub(super) fn read_account(item: &Stored) -> Result<Account, Poison> {
    let user_id = item.text(keys::USER_ID)?.parse().map_err(|_| Poison(keys::USER_ID))?;
    Ok(Account {
        user_id,
        state: UserState::from_name(item.text("state")?).ok_or(Poison("state"))?,
        // A user who was banned before they ever came has none.
        sign_outs: item.optional_number("sign_outs")?.unwrap_or_default(),
        profile: stepping_over(user_id, read_profile(user_id, item)),
        app_ids: item.ids("app_ids")?.into_iter().map(AppId::from_bytes).collect(),
    })
}

fn read_profile(user_id: UserId, item: &Stored) -> Result<Option<Profile>, Poison> {
    let Some(username) = item.optional_text("username")? else { return Ok(None) };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(Some(Profile {
        id: user_id,
        username: username.to_owned(),
        global_name: owned(item.optional_text("global_name")?),
        avatar: owned(item.optional_text("avatar")?),
        discriminator: item.optional_number("discriminator")?,
        email: read_email(item)?,
    }))
}

fn read_email(item: &Stored) -> Result<Option<Email>, Poison> {
    let Some(address) = item.optional_text("email")? else { return Ok(None) };
    Ok(Email::new(address.to_owned(), item.flag("email_verified")?))
}

/// A profile is a copy of what Discord knows: one that cannot be read counts as not there, and does not stop its user.
fn stepping_over(user_id: UserId, profile: Result<Option<Profile>, Poison>) -> Option<Profile> {
    profile.unwrap_or_else(|poison| {
        tracing::warn!(user_id = %user_id, error = %poison, "ignored a malformed stored profile");
        None
    })
}

fn read_hash(item: &Stored) -> Result<TokenHash, Poison> {
    TokenHash::from_bytes(item.bytes("token_hash")?).ok_or(Poison("token_hash"))
}
