//! Sessions: made, listed, touched, ended.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ConditionCheck, Put, Select, TransactWriteItem};
use chrono::{DateTime, TimeDelta, Utc};

use super::authorizations::suffix;
use super::conflict::{Attempts, Outcome, check_part, put_part};
use super::item::{Draft, Poison, Stored, bytes, moment, number, text, whole_seconds_after};
use super::page::{Page, Paged};
use super::{Error, Store, keys};
use crate::domain::error_chain;
use crate::domain::{Account, Name, Session, SessionId, SessionType, TokenHash, UserAgent, UserId};

/// How fresh `last_used_at` is.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);
/// How many live API tokens a user may have.
const MOST_API_TOKENS: usize = 100;
/// How many items a query for a page reads at least: dead ones are stepped over, and one round trip reads many for the price of few.
const MIN_READ: usize = 100;
/// How many queries one page may take: what is left then is for the next page.
const MAX_QUERIES: usize = 10;

/// A session that is about to be, with the hash of its token.
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// What its token is checked against.
    pub token_hash: TokenHash,
}

/// What became of a new API token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It is there.
    Done,
    /// It is not: the user has as many as one may have.
    TooMany,
}

impl Store {
    /// Makes an API token, unless `parent` or its user's right to it has gone meanwhile. Calls in flight at the same moment can
    /// each count before the others so as many of them can pass the cap.
    pub async fn create_api_token(
        &self,
        account: &Account,
        parent: &Session,
        new: &NewSession,
    ) -> Result<Created, Error> {
        if self.count_api_tokens(account, new.session.created_at).await? >= MOST_API_TOKENS {
            return Ok(Created::TooMany);
        }

        match self.transact_for(account, vec![self.session_still_exists(parent)?, self.put_session(new)?]).await? {
            Outcome::Written => Ok(Created::Done),
            Outcome::Refused(parts) if parts.first().is_some_and(Option::is_some) => Err(Error::Ended),
            // An id that was there before: sixteen random bytes came twice.
            Outcome::Refused(_) => Err(Error::Contended),
        }
    }

    /// A page of a user's live sessions, newest first. It is full if there are enough of them; only where very many dead ones lie
    /// between can it hold fewer and have a next page.
    pub async fn list_sessions(
        &self,
        account: &Account,
        page: &Page,
        now: DateTime<Utc>,
        valid_after: Option<DateTime<Utc>>,
    ) -> Result<Paged<Session>, Error> {
        let mut paged = Paged { entries: Vec::new(), next: None, poison: 0 };
        let mut start = page.after.as_deref().map(|after| keys::session_at(account.user_id, after));
        for _ in 0..MAX_QUERIES {
            // One more than there is room, to know whether there is another.
            let wanted = page.limit.saturating_add(1).saturating_sub(paged.entries.len()).max(MIN_READ);
            let query = self.session_attributes_of(account.user_id).set_exclusive_start_key(start.take());
            let answer = query.limit(i32::try_from(wanted).unwrap_or(i32::MAX)).send().await.map_err(Error::fault)?;
            for item in answer.items.ok_or(Error::Garbled)? {
                match read_session(account.user_id, &Stored(item)) {
                    Ok(session) if session.is_live(account.sign_outs, now, valid_after) => paged.entries.push(session),
                    Ok(_) => {}
                    Err(_) => paged.poison += 1,
                }
            }
            if paged.entries.len() > page.limit {
                paged.entries.truncate(page.limit);
                paged.next = paged.entries.last().map(|session| session.id.to_string());
                return Ok(paged);
            }
            let Some(read_up_to) = answer.last_evaluated_key else { return Ok(paged) };
            start = Some(read_up_to);
        }
        paged.next = start.and_then(|read_up_to| suffix(&Stored(read_up_to), keys::SESSION_PREFIX));
        Ok(paged)
    }

    /// Ends one live session of a user; `false` if there is none of that id.
    pub async fn end_session(
        &self,
        account: &Account,
        session_id: SessionId,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let request = self
            .client()
            .delete_item()
            .table_name(&self.tables.users)
            .set_key(Some(keys::session(account.user_id, session_id)))
            .condition_expression("attribute_exists(token_hash) AND expiry > :now AND sign_outs = :sign_outs")
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":sign_outs", number(account.sign_outs));
        let attempts = Attempts::default();
        match self.write(|| attempts.counting(request.clone().customize()).send()).await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                // Of an attempt without an answer nobody knows what it did; that the session is gone is what was asked for.
                Ok(attempts.were_several())
            }
            Err(error) => Err(Error::fault(error)),
        }
    }

    /// Ends every session of a user in one write: those of before are dead, whatever their number.
    pub async fn end_all_sessions(&self, user_id: UserId) -> Result<(), Error> {
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.users)
            .set_key(Some(keys::account(user_id)))
            .update_expression("ADD sign_outs :one")
            .condition_expression("attribute_exists(user_id)")
            .expression_attribute_values(":one", number(1));
        match self.write(|| request.clone().send()).await {
            Ok(_) => Ok(()),
            // No account: nothing of it is left that could be signed in.
            Err(error) if is_refused(&error) => Ok(()),
            Err(error) => Err(Error::fault(error)),
        }
    }

    /// Notes that a session was used, at most every five minutes. Never brings an ended one back; a failure is noted and harms nothing.
    pub async fn touch(&self, session: &Session, now: DateTime<Utc>) {
        let stale = now.checked_sub_signed(TOUCH_EVERY).unwrap_or(now);
        if session.last_used_at.is_some_and(|used| used > stale) {
            return;
        }
        let touched = self
            .client()
            .update_item()
            .table_name(&self.tables.users)
            .set_key(Some(keys::session(session.user_id, session.id)))
            .update_expression("SET last_used_at = :now")
            .condition_expression(
                "attribute_exists(token_hash) AND (attribute_not_exists(last_used_at) OR last_used_at <= :stale)",
            )
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":stale", moment(stale))
            .send()
            .await;
        match touched {
            Err(error) if !is_refused(&error) => {
                tracing::warn!(error = error_chain(&error), "last_used_at not updated");
            }
            _ => {}
        }
    }

    pub(super) fn put_session(&self, new: &NewSession) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.tables.users)
            .set_item(Some(write_session(new)))
            .condition_expression("attribute_not_exists(user_id)");
        put_part(put)
    }

    async fn count_api_tokens(&self, account: &Account, now: DateTime<Utc>) -> Result<usize, Error> {
        let mut pages = self
            .sessions_of(account.user_id)
            .select(Select::Count)
            .filter_expression("#type = :api AND expiry > :now AND sign_outs = :sign_outs")
            .expression_attribute_names("#type", "type")
            .expression_attribute_values(":api", text(SessionType::Api.as_str()))
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":sign_outs", number(account.sign_outs))
            .into_paginator()
            .send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            count += usize::try_from(page.map_err(Error::fault)?.count).unwrap_or_default();
        }
        Ok(count)
    }

    /// Newest first. The token's hash stays where it is.
    fn session_attributes_of(&self, user_id: UserId) -> QueryFluentBuilder {
        let query = self.sessions_of(user_id).scan_index_forward(false).projection_expression(
            "#user_id, #item, #type, #name, #created_at, #expiry, #expires_at, #sign_outs, #last_used_at, #user_agent",
        );
        SESSION_ATTRIBUTES
            .into_iter()
            .fold(query, |query, name| query.expression_attribute_names(format!("#{name}"), name))
    }

    pub(super) fn sessions_of(&self, user_id: UserId) -> QueryFluentBuilder {
        self.items_of_user(user_id, Some(keys::SESSION_PREFIX))
    }

    fn session_still_exists(&self, session: &Session) -> Result<TransactWriteItem, Error> {
        let check = ConditionCheck::builder()
            .table_name(&self.tables.users)
            .set_key(Some(keys::session(session.user_id, session.id)))
            .condition_expression("attribute_exists(token_hash)");
        check_part(check)
    }
}

/// What there is to know of a session beside its token's hash.
pub(super) const SESSION_ATTRIBUTES: [&str; 10] = [
    "user_id",
    "item",
    "type",
    "name",
    "created_at",
    "expiry",
    "expires_at",
    "sign_outs",
    "last_used_at",
    "user_agent",
];

pub(super) fn is_refused(error: &aws_sdk_dynamodb::error::SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

fn write_session(
    NewSession { session, token_hash }: &NewSession,
) -> std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue> {
    Draft::new(keys::session(session.user_id, session.id))
        .with("token_hash", bytes(token_hash.as_bytes()))
        .with("type", text(session.kind.as_str()))
        .with_some("name", session.name.as_ref().map(|name| text(name.as_str())))
        .with("created_at", moment(session.created_at))
        .with("expiry", moment(session.expiry))
        .with(keys::EXPIRES_AT, whole_seconds_after(session.expiry))
        .with("sign_outs", number(session.sign_outs))
        .with_some("user_agent", session.user_agent.as_ref().map(|agent| text(agent.as_str())))
        .0
}

pub(super) fn read_session(user_id: UserId, item: &Stored) -> Result<Session, Poison> {
    let id = item.text(keys::ITEM)?.strip_prefix(keys::SESSION_PREFIX).ok_or(Poison(keys::ITEM))?;
    let name = |text: &str| Name::kept(text.to_owned()).map_err(|_| Poison("name"));
    // The earlier of the two counts: `expires_at` is what an operator or DynamoDB goes by, and there is no session without it.
    let expiry = item.moment("expiry")?.min(item.moment_in_seconds(keys::EXPIRES_AT)?);
    Ok(Session {
        id: id.parse().map_err(|_| Poison(keys::ITEM))?,
        user_id,
        kind: SessionType::from_name(item.text("type")?).ok_or(Poison("type"))?,
        name: item.optional_text("name")?.map(name).transpose()?,
        created_at: item.moment("created_at")?,
        expiry,
        sign_outs: item.number("sign_outs")?,
        last_used_at: item.optional_moment("last_used_at")?,
        user_agent: item.optional_text("user_agent")?.and_then(UserAgent::from_header),
    })
}
