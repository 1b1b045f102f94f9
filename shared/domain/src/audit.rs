//! What an audit counts while it walks over all users and their sessions.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Account, Session, SessionType, UserId, UserState};

/// More live sessions than this are worth a look at their user.
const MANY_SESSIONS: u64 = 50;
const OLD: TimeDelta = TimeDelta::days(365);
const SOON: TimeDelta = TimeDelta::days(7);
const UNUSED: TimeDelta = TimeDelta::days(90);

/// What an audit is called: 1 to 40 letters, digits and hyphens, so that it can be a part of a file's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AuditName(String);

/// The text cannot be the name of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 40 letters, digits and hyphens")]
pub struct UnfitAuditName;

impl AuditName {
    /// The audit of a day.
    pub fn of_day(now: DateTime<Utc>) -> Self {
        Self(now.format("%Y-%m-%d").to_string())
    }

    /// An audit of its own, by the second in which it begins.
    pub fn of_second(now: DateTime<Utc>) -> Self {
        Self(now.format("%Y-%m-%d-%H%M%S").to_string())
    }
}

impl TryFrom<String> for AuditName {
    type Error = UnfitAuditName;

    fn try_from(text: String) -> Result<Self, UnfitAuditName> {
        text.parse()
    }
}

impl FromStr for AuditName {
    type Err = UnfitAuditName;

    fn from_str(text: &str) -> Result<Self, UnfitAuditName> {
        let fits =
            (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(UnfitAuditName) }
    }
}

impl fmt::Display for AuditName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Users.
    Users,
    /// Banned ones among them.
    BannedUsers,
    /// Live sessions of the type `login`.
    LiveLogin,
    /// Live sessions of the type `app_login`.
    LiveAppLogin,
    /// Live API tokens.
    LiveApi,
    /// Sessions that have expired and are not deleted yet.
    Expired,
    /// Sessions that ended together with all others of their user, or by the operator's word after a restore, and are not deleted yet.
    SignedOut,
    /// Sessions of nobody: what is left of a user whose deletion broke off. They open nothing.
    WithoutUser,
    /// Live API tokens that are older than a year.
    #[serde(rename = "api_tokens_older_than_1_year")]
    OldApiTokens,
    /// Live API tokens that expire within seven days.
    #[serde(rename = "api_tokens_expiring_within_7_days")]
    ExpiringApiTokens,
    /// Live API tokens that nobody has used for 90 days.
    #[serde(rename = "api_tokens_unused_for_90_days")]
    UnusedApiTokens,
    /// Users with more than 50 live sessions.
    #[serde(rename = "users_with_more_than_50_sessions")]
    UsersWithManySessions,
    /// Accounts and sessions that cannot be read.
    Poison,
}

impl Count {
    const ALL: [Self; 13] = [
        Self::Users,
        Self::BannedUsers,
        Self::LiveLogin,
        Self::LiveAppLogin,
        Self::LiveApi,
        Self::Expired,
        Self::SignedOut,
        Self::WithoutUser,
        Self::OldApiTokens,
        Self::ExpiringApiTokens,
        Self::UnusedApiTokens,
        Self::UsersWithManySessions,
        Self::Poison,
    ];

    const fn live(kind: SessionType) -> Self {
        match kind {
            SessionType::Login => Self::LiveLogin,
            SessionType::AppLogin => Self::LiveAppLogin,
            SessionType::Api => Self::LiveApi,
        }
    }
}

/// Its name in answers and metrics.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// How many there are of what. All counts are there, also those that are zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally(BTreeMap<Count, u64>);

impl Default for Tally {
    fn default() -> Self {
        Self(Count::ALL.map(|count| (count, 0)).into())
    }
}

impl Tally {
    /// Every count, in the order in which one wants to read them.
    pub fn counts(&self) -> impl Iterator<Item = (Count, u64)> {
        self.0.iter().map(|(count, many)| (*count, *many))
    }

    fn add(&mut self, count: Count, many: u64) {
        let sum = self.0.entry(count).or_default();
        *sum = sum.saturating_add(many);
    }

    fn add_if(&mut self, holds: bool, count: Count) {
        self.add(count, u64::from(holds));
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, tally| {
            tally.0.into_iter().for_each(|(count, many)| sum.add(count, many));
            sum
        })
    }
}

/// When a session is judged, and by which rules.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// The moment that all of an audit is about.
    pub at: DateTime<Utc>,
    /// Sessions made before are dead.
    pub valid_after: Option<DateTime<Utc>>,
}

/// A walk over users and their sessions, in the order in which a table has them: a user's account comes before their sessions, and no
/// other user's item in between. It can be put down and taken up anywhere.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AuditWalk {
    tally: Tally,
    user: Option<WalkedUser>,
}

/// The user whose sessions come by.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct WalkedUser {
    user_id: UserId,
    state: UserState,
    sign_outs: u64,
    live_sessions: u64,
}

impl AuditWalk {
    /// An account comes by.
    pub fn meet_account(&mut self, account: &Account) {
        self.leave_user();
        self.tally.add(Count::Users, 1);
        self.tally.add_if(account.state == UserState::Banned, Count::BannedUsers);
        let Account { user_id, state, sign_outs, .. } = *account;
        self.user = Some(WalkedUser { user_id, state, sign_outs, live_sessions: 0 });
    }

    /// A session comes by; if it is live, its user's state.
    pub fn meet_session(&mut self, session: &Session, judged: Judged) -> Option<UserState> {
        let Some(user) = self.user.as_mut().filter(|user| user.user_id == session.user_id) else {
            self.tally.add(Count::WithoutUser, 1);
            return None;
        };
        if judged.at >= session.expiry {
            self.tally.add(Count::Expired, 1);
            return None;
        }
        if !session.is_live(user.sign_outs, judged.at, judged.valid_after) {
            self.tally.add(Count::SignedOut, 1);
            return None;
        }
        user.live_sessions = user.live_sessions.saturating_add(1);
        let state = user.state;
        self.count_live(session, judged.at);
        Some(state)
    }

    /// Something that cannot be read comes by.
    pub fn meet_poison(&mut self) {
        self.tally.add(Count::Poison, 1);
    }

    /// There is nothing more.
    pub fn end(&mut self) {
        self.leave_user();
    }

    /// What was counted so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn leave_user(&mut self) {
        let many = self.user.take().is_some_and(|user| user.live_sessions > MANY_SESSIONS);
        self.tally.add_if(many, Count::UsersWithManySessions);
    }

    fn count_live(&mut self, session: &Session, now: DateTime<Utc>) {
        self.tally.add(Count::live(session.kind), 1);
        if session.kind == SessionType::Api {
            let since = |moment: DateTime<Utc>| now.signed_duration_since(moment);
            let used = session.last_used_at.unwrap_or(session.created_at);
            self.tally.add_if(since(session.created_at) > OLD, Count::OldApiTokens);
            self.tally.add_if(session.expiry.signed_duration_since(now) <= SOON, Count::ExpiringApiTokens);
            self.tally.add_if(since(used) > UNUSED, Count::UnusedApiTokens);
        }
    }
}
