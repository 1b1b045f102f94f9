//! Walking over the whole users table, a part at a time.

use serde::{Deserialize, Serialize};

use super::accounts::{is_account, read_account};
use super::item::{Stored, text};
use super::keys::Key;
use super::sessions::{SESSION_ATTRIBUTES, read_session};
use super::{Error, Poison, Store, keys};
use crate::domain::{Account, Session};

/// So many items make a stretch at most, or as many as are in a megabyte: DynamoDB stops there, the embedded engine reads on.
const STRETCH: i32 = 4000;

/// One of several parts of a table that together are all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which, from zero.
    pub number: u16,
    /// Of how many.
    pub of: u16,
}

impl Segment {
    /// Whether there are others.
    fn is_part(self) -> bool {
        self.of > 1
    }
}

/// Where a walk is; the next item is the one after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    user_id: String,
    item: String,
}

/// An account or a session; nothing else is looked at.
#[derive(Debug)]
pub enum Walked {
    /// An account. What it says of its user's looks and apps was not read.
    Account(Account),
    /// A session.
    Session(Session),
    /// Something of either kind that cannot be read.
    Poison(Poison),
}

/// A stretch of a walk.
#[derive(Debug)]
pub struct Stretch {
    /// What came by, a user's account before their sessions.
    pub walked: Vec<Walked>,
    /// How many items of any kind there were.
    pub items: u64,
    /// Where it goes on; `None` at the end.
    pub next: Option<Place>,
}

impl Store {
    /// The next stretch of a segment after `place`, from its beginning if there is none. Not strongly consistent, for half the price:
    /// nothing is decided by it. The hashes of tokens stay where they are.
    pub async fn walk_users(&self, segment: Segment, place: Option<Place>) -> Result<Stretch, Error> {
        let names = SESSION_ATTRIBUTES.into_iter().chain(["state"]);
        let attributes: Vec<_> = names.clone().map(|name| format!("#{name}")).collect();
        let request = self
            .client()
            .scan()
            .table_name(&self.tables.users)
            .set_segment(segment.is_part().then_some(segment.number.into()))
            .set_total_segments(segment.is_part().then_some(segment.of.into()))
            .limit(STRETCH)
            .set_exclusive_start_key(place.map(key))
            .projection_expression(attributes.join(", "))
            .filter_expression("#item = :account OR begins_with(#item, :session)")
            .expression_attribute_values(":account", text(keys::ACCOUNT))
            .expression_attribute_values(":session", text(keys::SESSION_PREFIX));
        let request = names.fold(request, |request, name| request.expression_attribute_names(format!("#{name}"), name));

        let answer = request.send().await.map_err(Error::fault)?;
        let next = answer.last_evaluated_key.map(|key| read_place(&Stored(key))).transpose()?;
        let walked = answer.items.ok_or(Error::Garbled)?.into_iter().map(|item| read(&Stored(item))).collect();
        Ok(Stretch { walked, items: u64::try_from(answer.scanned_count).unwrap_or_default(), next })
    }

    /// About how many items the users table has: DynamoDB counts them every six hours.
    pub async fn count_users_items(&self) -> Result<u64, Error> {
        let answer =
            self.client().describe_table().table_name(&self.tables.users).send().await.map_err(Error::fault)?;
        let count = answer.table.and_then(|table| table.item_count).ok_or(Error::Garbled)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

fn key(Place { user_id, item }: Place) -> Key {
    Key::from([(keys::USER_ID.to_owned(), text(user_id)), (keys::ITEM.to_owned(), text(item))])
}

fn read_place(key: &Stored) -> Result<Place, Poison> {
    Ok(Place { user_id: key.text(keys::USER_ID)?.to_owned(), item: key.text(keys::ITEM)?.to_owned() })
}

fn read(item: &Stored) -> Walked {
    let walked = if is_account(item) {
        read_account(item).map(Walked::Account)
    } else {
        let user_id = item.text(keys::USER_ID).and_then(|id| id.parse().map_err(|_| Poison(keys::USER_ID)));
        user_id.and_then(|user_id| read_session(user_id, item)).map(Walked::Session)
    };
    walked.unwrap_or_else(Walked::Poison)
}
