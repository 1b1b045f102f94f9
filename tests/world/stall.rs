//! Time limits of calls to the engine, without time: one ends when a call stalls, and never before.
//!
//! So a test of a limit waits for nothing, and no other test meets one, however slow the machine is.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::{AsyncSleep, SharedAsyncSleep, Sleep};
use shared::aws::Patience;
use tokio::sync::watch;

/// Told apart by their length, and longer than what lies between two attempts.
pub(super) const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(3 * 3600),
    attempt: Duration::from_secs(3600),
    operation: Duration::from_secs(2 * 3600),
};

/// Counts the calls that have stalled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stalls(Arc<watch::Sender<u64>>);

impl Stalls {
    /// A call stalls: the attempts that are under way run out of time.
    pub(crate) fn begin(&self) {
        self.0.send_modify(|stalled| *stalled += 1);
    }

    /// What ends time limits when a call stalls.
    pub(super) fn time_limits(&self) -> SharedAsyncSleep {
        SharedAsyncSleep::new(self.clone())
    }
}

impl AsyncSleep for Stalls {
    fn sleep(&self, duration: Duration) -> Sleep {
        if duration < PATIENCE.attempt {
            return Sleep::new(tokio::time::sleep(duration));
        }
        let mut stalled = self.0.subscribe();
        Sleep::new(async move {
            if duration == PATIENCE.attempt && stalled.changed().await.is_ok() {
                return;
            }
            std::future::pending().await
        })
    }
}
