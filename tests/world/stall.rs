//! Time limits of calls to the engine, without time: one ends when a call stalls, and never before.
//!
//! So a test of a limit waits for nothing, and no other test meets one, however slow the machine is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::{AsyncSleep, SharedAsyncSleep, Sleep};
use shared::aws::Patience;
use shared::discord::Timeouts;
use tokio::sync::watch;

/// Told apart by their length, and longer than what lies between two attempts.
pub(super) const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(3 * 3600),
    attempt: Duration::from_secs(3600),
    operation: Duration::from_secs(2 * 3600),
};

/// For Discord, whom a test may keep waiting for as long as it takes.
pub(super) const DISCORD: Timeouts = Timeouts { connect: Duration::from_secs(60), request: Duration::from_secs(300) };

/// Counts the calls that have stalled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stalls {
    count: Arc<watch::Sender<u64>>,
    skips_pauses: Arc<AtomicBool>,
}

impl Stalls {
    /// A call stalls: the attempts that are under way run out of time.
    pub(crate) fn begin(&self) {
        self.count.send_modify(|stalled| *stalled += 1);
    }

    /// Whether an attempt follows the one before it at once: a fault that the suite makes does not pass with time.
    pub(super) fn skip_pauses(&self, skips: bool) {
        self.skips_pauses.store(skips, Ordering::Relaxed);
    }

    /// What ends time limits when a call stalls.
    pub(super) fn time_limits(&self) -> SharedAsyncSleep {
        SharedAsyncSleep::new(self.clone())
    }
}

impl AsyncSleep for Stalls {
    fn sleep(&self, duration: Duration) -> Sleep {
        if duration < PATIENCE.attempt {
            let pause = if self.skips_pauses.load(Ordering::Relaxed) { Duration::ZERO } else { duration };
            return Sleep::new(tokio::time::sleep(pause));
        }
        let mut stalled = self.count.subscribe();
        Sleep::new(async move {
            if duration == PATIENCE.attempt && stalled.changed().await.is_ok() {
                return;
            }
            std::future::pending().await
        })
    }
}
