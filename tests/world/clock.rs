//! A clock that stands until it is moved.

use std::sync::Mutex;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use shared::context::Clock;

pub(crate) struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    /// Engines delete by their own clock what has expired, so time here starts where theirs is and only goes on.
    pub(crate) fn starting_now() -> Self {
        #[expect(clippy::disallowed_methods, reason = "where the test's own time begins")]
        Self(Mutex::new(Utc::now().trunc_subsecs(3)))
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.0.lock().unwrap() += time;
    }

    pub(crate) fn set(&self, moment: DateTime<Utc>) {
        *self.0.lock().unwrap() = moment;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}
