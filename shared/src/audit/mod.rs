//! The audit: walks over all sessions in parallel segments, writes a line for each live one, and counts.
//!
//! An audit has a name, and whoever comes with that name goes on with it: how far each segment has come is noted in the store, and a
//! segment is worked on by one at a time, under a lease. So it may be called as often as one likes, by several at once, and be ended
//! at any moment. All of it is about one moment, that of its beginning.

mod metrics;
mod output;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use crate::Context;
use crate::context::ContextError;
use crate::domain::{
    AuditName, AuditWalk, Judged, Name, Session, SessionId, SessionType, Tally, UserAgent, UserId, UserState,
};
use crate::store::{self, BegunAudit, Place, Segment, SegmentLease, Walked};

pub use metrics::EmbeddedMetrics;
pub(crate) use output::Output;
pub use output::OutputError;

/// In how many segments a deployment's table is walked over, all at the same time.
pub const SEGMENTS: u16 = 8;
/// So many bytes of lines make a file. What an audit holds in memory is this and one stretch of the table for each segment.
const FILE_BYTES: usize = 4 * 1024 * 1024;
/// How long a segment is kept for the one who works on it.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Progress is noted at least this often, so that the lease holds.
const NOTE_EVERY: TimeDelta = TimeDelta::seconds(20);
/// A file is written only under a lease that has more left than writing it can take: a straggler could otherwise write over the file
/// of the one who took over.
const FENCE: TimeDelta = TimeDelta::seconds(20);
const _: () = assert!(output::WRITE_LIMIT.as_secs() < Duration::from_secs(20).as_secs());

/// Who is told how an audit goes.
pub trait Watch: Sync {
    /// So many items more were walked over.
    fn walked(&self, items: u64);

    /// It has ended. May be told twice, if the process dies before that is noted.
    fn ended(&self, summary: &Summary);
}

/// What an audit says at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What it is called.
    pub audit: AuditName,
    /// The moment that all of it is about.
    pub at: DateTime<Utc>,
    /// What it counted.
    #[serde(flatten)]
    pub tally: Tally,
}

/// How far an audit has come.
#[derive(Clone, Debug)]
pub enum Progress {
    /// To its end, now or before: the summary, as JSON.
    Ended(String),
    /// Not to its end: the time was over, or somebody else works on it. It goes on when it is called again.
    Unfinished(AuditName),
}

/// An audit cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Where it writes to.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The function.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// A lease ran out while its holder was slow.
    #[error("segment {0} took too long, and may be another's by now")]
    TooSlow(u16),
    /// What was noted cannot be read.
    #[error("what was noted of the audit cannot be read")]
    Noted(#[from] serde_json::Error),
}

/// How far a segment has come, as it is noted.
#[derive(Default, Serialize, Deserialize)]
struct SegmentProgress {
    place: Option<Place>,
    files: u32,
    walk: AuditWalk,
    ended: bool,
}

/// A line of the output.
#[derive(Serialize)]
struct Line<'a> {
    user_id: UserId,
    session_id: SessionId,
    r#type: SessionType,
    name: Option<&'a Name>,
    state: UserState,
    created_at: DateTime<Utc>,
    expiry: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    user_agent: Option<&'a UserAgent>,
}

impl Context {
    /// Goes on with an audit, or begins it in so many segments, and stops in time for `until`.
    pub async fn audit(
        &self,
        name: &AuditName,
        segments: u16,
        until: DateTime<Utc>,
        watch: &dyn Watch,
    ) -> Result<Progress, AuditError> {
        let audit = self.store()?.begin_audit(name, segments, self.clock.now()).await?;
        if let Some(summary) = audit.summary {
            return Ok(Progress::Ended(summary));
        }

        let judged = Judged { at: audit.started_at, valid_after: self.credentials.sessions_valid_after };
        let run = Run { cx: self, audit: &audit, output: self.audit_output()?, judged, until, watch };
        let segments = (0..audit.segments).map(|number| run.segment(Segment { number, of: audit.segments }));
        // Each is let come as far as it can: what one meets is not the others' fault.
        for outcome in join_all(segments).await {
            outcome?;
        }

        match run.tally().await? {
            None => Ok(Progress::Unfinished(audit.name)),
            Some(tally) => Ok(Progress::Ended(run.end(tally).await?)),
        }
    }
}

/// One call of an audit.
struct Run<'a> {
    cx: &'a Context,
    audit: &'a BegunAudit,
    output: &'a Output,
    judged: Judged,
    until: DateTime<Utc>,
    watch: &'a dyn Watch,
}

impl Run<'_> {
    /// Works on a segment until its end or until the time is over; does nothing about one that somebody else works on.
    async fn segment(&self, segment: Segment) -> Result<(), AuditError> {
        let store = self.cx.store()?;
        let mut lease = SegmentLease { nonce: self.cx.random()?, until: self.lease_end() };
        let taken = store.take_segment(self.audit, segment, &lease, self.cx.clock.now()).await?;
        let Some(noted) = taken else { return Ok(()) };
        let mut progress = read_progress(&noted)?;
        let mut lines = Vec::new();
        let mut noted_at = self.cx.clock.now();
        while !progress.ended {
            self.stretch(segment, &mut progress, &mut lines).await?;

            let now = self.cx.clock.now();
            let is_over = progress.ended || now >= self.until;
            if is_over || lines.len() >= FILE_BYTES || now.signed_duration_since(noted_at) >= NOTE_EVERY {
                if lease.until.signed_duration_since(now) < FENCE {
                    return Err(AuditError::TooSlow(segment.number));
                }
                self.write_file(segment, &mut progress, &mut lines).await?;
                lease.until = if is_over { now } else { self.lease_end() };
                let still_ours =
                    store.note_progress(self.audit, segment, &lease, &serde_json::to_string(&progress)?).await?;
                if is_over || !still_ours {
                    return Ok(());
                }
                noted_at = now;
            }
        }
        Ok(())
    }

    /// Walks over the next stretch.
    async fn stretch(
        &self,
        segment: Segment,
        progress: &mut SegmentProgress,
        lines: &mut Vec<u8>,
    ) -> Result<(), AuditError> {
        let stretch = self.cx.store()?.walk_users(segment, progress.place.take()).await?;
        for walked in &stretch.walked {
            match walked {
                Walked::Account(account) => progress.walk.meet_account(account),
                Walked::Session(session) => {
                    if let Some(state) = progress.walk.meet_session(session, self.judged) {
                        write_line(lines, session, state)?;
                    }
                }
                Walked::Poison(poison) => {
                    tracing::warn!(error = %poison, "skipped a malformed item");
                    progress.walk.meet_poison();
                }
            }
        }
        progress.ended = stretch.next.is_none();
        if progress.ended {
            progress.walk.end();
        }
        progress.place = stretch.next;
        self.watch.walked(stretch.items);
        Ok(())
    }

    async fn write_file(
        &self,
        segment: Segment,
        progress: &mut SegmentProgress,
        lines: &mut Vec<u8>,
    ) -> Result<(), AuditError> {
        if lines.is_empty() {
            return Ok(());
        }
        let file = format!("segment-{}-{:05}.jsonl", segment.number, progress.files);
        self.output.write(&self.audit.name, &file, std::mem::take(lines)).await?;
        progress.files = progress.files.saturating_add(1);
        Ok(())
    }

    /// What all segments counted together, if all have ended.
    async fn tally(&self) -> Result<Option<Tally>, AuditError> {
        let noted = self.cx.store()?.audit_progress(self.audit).await?;
        let segments: Vec<_> = noted.iter().map(|text| read_progress(text)).collect::<Result<_, _>>()?;
        let ended = segments.iter().filter(|segment| segment.ended).count();
        if ended < usize::from(self.audit.segments) {
            return Ok(None);
        }
        Ok(Some(segments.into_iter().map(|segment| segment.walk.tally().clone()).sum()))
    }

    async fn end(&self, tally: Tally) -> Result<String, AuditError> {
        let summary = Summary { audit: self.audit.name.clone(), at: self.audit.started_at, tally };
        let text = serde_json::to_string(&summary)?;
        self.output.write(&summary.audit, "summary.json", text.clone().into_bytes()).await?;
        self.watch.ended(&summary);
        self.cx.store()?.end_audit(self.audit, &text).await?;
        Ok(text)
    }

    fn lease_end(&self) -> DateTime<Utc> {
        let now = self.cx.clock.now();
        now.checked_add_signed(LEASE).unwrap_or(now)
    }
}

fn read_progress(noted: &str) -> Result<SegmentProgress, serde_json::Error> {
    if noted.is_empty() { Ok(SegmentProgress::default()) } else { serde_json::from_str(noted) }
}

fn write_line(lines: &mut Vec<u8>, session: &Session, state: UserState) -> Result<(), serde_json::Error> {
    let line = Line {
        user_id: session.user_id,
        session_id: session.id,
        r#type: session.kind,
        name: session.name.as_ref(),
        state,
        created_at: session.created_at,
        expiry: session.expiry,
        last_used_at: session.last_used_at,
        user_agent: session.user_agent.as_ref(),
    };
    serde_json::to_writer(&mut *lines, &line)?;
    lines.push(b'\n');
    Ok(())
}
