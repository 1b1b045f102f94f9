//! How far an audit has come: one item for the audit, one for each segment of it, so that another invocation can go on.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use chrono::{DateTime, TimeDelta, Utc};

use super::item::{Draft, Stored, bytes, moment, number, text, whole_seconds_after};
use super::sessions::is_refused;
use super::{Error, Segment, Store, keys};
use crate::domain::AuditName;

/// How long it is remembered how an audit went.
const KEPT: TimeDelta = TimeDelta::days(40);

/// An audit, as it was begun.
#[derive(Clone, Debug)]
pub struct BegunAudit {
    /// What it is called.
    pub name: AuditName,
    /// The moment that all of it is about.
    pub started_at: DateTime<Utc>,
    /// In how many segments it walks.
    pub segments: u16,
    /// What it said at its end, if it has ended.
    pub summary: Option<String>,
}

/// Who works on a segment, and until when nobody else does.
#[derive(Clone, Copy, Debug)]
pub struct SegmentLease {
    /// Of whom.
    pub nonce: [u8; 16],
    /// Until when.
    pub until: DateTime<Utc>,
}

impl Store {
    /// Begins an audit in so many segments, or finds it as it was begun before.
    pub async fn begin_audit(&self, name: &AuditName, segments: u16, now: DateTime<Utc>) -> Result<BegunAudit, Error> {
        let item = Draft::new(keys::audit(name))
            .with("started_at", moment(now))
            .with("segments", number(segments))
            .with(keys::EXPIRES_AT, forgotten(now));
        match self.put_guard(item).await? {
            None => Ok(BegunAudit { name: name.clone(), started_at: now, segments, summary: None }),
            Some(begun) => Ok(BegunAudit {
                name: name.clone(),
                started_at: begun.moment("started_at")?,
                segments: begun.number("segments")?,
                summary: begun.optional_text("summary")?.map(str::to_owned),
            }),
        }
    }

    /// How far each segment has come that anybody has begun, as it was noted.
    pub async fn audit_progress(&self, audit: &BegunAudit) -> Result<Vec<String>, Error> {
        let keys = (0..audit.segments).map(|number| keys::audit_segment(&audit.name, number)).collect();
        let items = self.read_from(vec![(&self.tables.guards, keys)]).await?;
        let progress = items.iter().filter_map(|item| item.optional_text("progress").transpose());
        progress.map(|progress| Ok(progress?.to_owned())).collect()
    }

    /// Takes a segment for oneself. `None` while somebody else has it; else how far it has come, which is an empty text at its beginning.
    pub async fn take_segment(
        &self,
        audit: &BegunAudit,
        segment: Segment,
        lease: &SegmentLease,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, Error> {
        let request = self
            .update_segment(audit, segment, lease)
            .update_expression("SET nonce = :nonce, leased_until = :until, expires_at = :gone")
            .condition_expression("attribute_not_exists(nonce) OR nonce = :nonce OR leased_until <= :now")
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":gone", forgotten(audit.started_at))
            .return_values(ReturnValue::AllNew);
        match self.write(|| request.clone().send()).await {
            Ok(taken) => {
                let taken = Stored(taken.attributes.ok_or(Error::Garbled)?);
                Ok(Some(taken.optional_text("progress")?.unwrap_or_default().to_owned()))
            }
            Err(error) if is_refused(&error) => Ok(None),
            Err(error) => Err(Error::fault(error)),
        }
    }

    /// Notes how far a segment has come, and keeps it until the lease's new end; `false` if somebody else has taken it.
    pub async fn note_progress(
        &self,
        audit: &BegunAudit,
        segment: Segment,
        lease: &SegmentLease,
        progress: &str,
    ) -> Result<bool, Error> {
        let request = self
            .update_segment(audit, segment, lease)
            .update_expression("SET progress = :progress, leased_until = :until")
            .condition_expression("nonce = :nonce")
            .expression_attribute_values(":progress", text(progress));
        self.updated(request).await
    }

    /// Notes that an audit has ended, and what it said.
    pub async fn end_audit(&self, audit: &BegunAudit, summary: &str) -> Result<(), Error> {
        let request = self
            .client()
            .update_item()
            .table_name(&self.tables.guards)
            .set_key(Some(keys::audit(&audit.name)))
            .update_expression("SET summary = :summary")
            .condition_expression("attribute_exists(guard)")
            .expression_attribute_values(":summary", text(summary));
        self.updated(request).await.map(drop)
    }

    fn update_segment(&self, audit: &BegunAudit, segment: Segment, lease: &SegmentLease) -> UpdateItemFluentBuilder {
        self.client()
            .update_item()
            .table_name(&self.tables.guards)
            .set_key(Some(keys::audit_segment(&audit.name, segment.number)))
            .expression_attribute_values(":nonce", bytes(&lease.nonce))
            .expression_attribute_values(":until", moment(lease.until))
    }
}

/// When DynamoDB may delete what is noted of an audit that began then.
fn forgotten(started_at: DateTime<Utc>) -> AttributeValue {
    whole_seconds_after(started_at.checked_add_signed(KEPT).unwrap_or(started_at))
}
