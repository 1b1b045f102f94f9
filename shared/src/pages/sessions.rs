//! Where somebody is signed in, and with which API tokens.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{Frame, Moment, Shown};
use crate::domain::{Session, SessionId, SessionType, device};

/// So many sessions fit on a page of less than 50 KB, whatever they are called.
const MOST_SHOWN: usize = 25;

/// The live sessions of the one who looks.
#[derive(Debug, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    frame: Frame,
    may_create: bool,
    rows: Vec<Row>,
    count: usize,
    /// Which rows are shown, counted from 1.
    first: usize,
    last: usize,
    /// Counted from 1.
    number: usize,
    has_more: bool,
}

#[derive(Debug)]
struct Row {
    id: String,
    is_current: bool,
    is_token: bool,
    name: Shown,
    /// How it came to be; goes before the device.
    kind: &'static str,
    device: Shown,
    user_agent: Option<Shown>,
    created: Moment,
    last_used: Option<Moment>,
    expiry: Moment,
}

impl SessionsPage {
    /// Page `number`, counted from 1, of a user's live sessions: the one who looks comes by `current`, and sees that one first. One
    /// beyond the last page is the last page.
    pub fn of(
        frame: Frame,
        mut sessions: Vec<Session>,
        current: SessionId,
        number: usize,
        may_create: bool,
        now: DateTime<Utc>,
    ) -> Self {
        sessions.sort_by_key(|session| session.id != current);
        let count = sessions.len();
        let number = number.clamp(1, count.div_ceil(MOST_SHOWN).max(1));
        let before = (number - 1) * MOST_SHOWN;
        let rows: Vec<_> =
            sessions.iter().skip(before).take(MOST_SHOWN).map(|session| Row::of(session, current, now)).collect();
        let last = before + rows.len();
        Self { frame, may_create, rows, count, first: before + 1, last, number, has_more: last < count }
    }
}

impl Row {
    fn of(session: &Session, current: SessionId, now: DateTime<Utc>) -> Self {
        let (what, kind) = match session.kind {
            SessionType::Login => ("Web sign-in", "with"),
            SessionType::AppLogin => ("App sign-in", "with"),
            SessionType::Api => ("API token", "API token, created with"),
        };
        let user_agent = session.user_agent.as_ref().map(|agent| agent.as_str());
        let device = user_agent.map(device).unwrap_or_default();
        Self {
            id: session.id.to_string(),
            is_current: session.id == current,
            is_token: session.kind == SessionType::Api,
            name: Shown::first(session.name.as_ref().map(|name| name.as_str()), what),
            kind,
            device: Shown::first([device.as_str()], "an unknown device"),
            user_agent: user_agent.map(|agent| Shown::first([agent], "Unknown")),
            created: Moment::seen(session.created_at, now),
            last_used: session.last_used_at.map(|moment| Moment::seen(moment, now)),
            expiry: Moment::seen(session.expiry, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Name, UserAgent, UserId};
    use crate::pages::{Room, Viewer};

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn session(index: u8) -> Session {
        Session {
            id: SessionId::new(now(), [index; 10]),
            user_id: UserId::new(158_908_186_768_937_126),
            kind: SessionType::Api,
            name: Some(Name::try_from("<b>&\"".repeat(12)).unwrap()),
            created_at: now(),
            expiry: now() + chrono::TimeDelta::days(30),
            sign_outs: 0,
            last_used_at: Some(now()),
            user_agent: UserAgent::from_header(FIREFOX),
        }
    }

    fn page_of(count: u8, current: u8, number: usize) -> SessionsPage {
        let viewer = Viewer {
            name: Shown::first(["Anna"], "?"),
            avatar_url: "https://cdn.discordapp.com/embed/avatars/0.png".into(),
        };
        let sessions = (0..count).map(session).collect();
        SessionsPage::of(Frame::of(viewer, Room::Sessions), sessions, session(current).id, number, true, now())
    }

    #[test]
    fn a_page_is_below_50_kb_and_shows_no_text_as_markup() {
        let html = page_of(255, 9, 2).render().unwrap();
        assert!(html.len() < 50_000, "{}", html.len());
        assert!(!html.contains("<b>") && html.contains("&#60;b&#62;"));
    }

    #[test]
    fn the_current_session_is_first_and_every_other_is_on_one_page() {
        let page = page_of(100, 77, 1);
        assert!(page.rows[0].is_current && page.rows.iter().skip(1).all(|row| !row.is_current));
        let mut shown: Vec<_> = (1..=4).flat_map(|number| page_of(100, 77, number).rows).map(|row| row.id).collect();
        shown.sort();
        shown.dedup();
        assert_eq!(shown.len(), 100);
        let last = page_of(100, 77, 99);
        assert_eq!((last.number, last.first, last.last, last.has_more), (4, 76, 100, false));
    }
}
