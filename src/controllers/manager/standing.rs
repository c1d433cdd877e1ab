//! Whether the management cluster answers at all: told once when it does not, and once when it does again.
//!
//! Everybody who asks it notices that by himself, and a line of each would say the same a hundred times over. One lost connection
//! is none of it: it is gone when nobody has had an answer for a while.
//!
//! Must not know: who asks for what.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Without an answer to anybody for so long, it is gone.
const PATIENCE: Duration = Duration::from_secs(3);

/// A failure that may pass, such as a missing answer to one of many, is told when it has lasted so long while others are answered.
pub(super) const LASTS: Duration = Duration::from_secs(15);

/// Whether a management cluster answers, as everybody finds out who asks it. Clones are of the same one.
#[derive(Debug, Clone)]
pub struct Standing {
    patience: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// When somebody had no answer first since somebody had one last.
    silent_since: Option<Instant>,
    /// Whether that was told.
    told: bool,
}

impl Default for Standing {
    fn default() -> Self {
        Self::after(PATIENCE)
    }
}

impl Standing {
    /// One that is gone after so long without an answer.
    pub(crate) fn after(patience: Duration) -> Self {
        Self {
            patience,
            state: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked had nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is gone, and that was told.
    pub(crate) fn is_gone(&self) -> bool {
        self.state().told
    }

    /// Somebody has no answer, for this reason.
    pub(super) fn silent(&self, why: &str) {
        let mut state = self.state();
        let since = *state.silent_since.get_or_insert_with(Instant::now);
        if !state.told && since.elapsed() >= self.patience {
            state.told = true;
            tracing::warn!(
                error = why,
                "the management cluster does not answer; everything waits until it does"
            );
        }
    }

    /// Somebody has an answer, be it a refusal.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        let since = state.silent_since.take();
        if std::mem::take(&mut state.told) {
            let seconds = since.map_or(0, |since| since.elapsed().as_secs());
            tracing::warn!(seconds, "the management cluster answers again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logged::Log;

    #[tokio::test(start_paused = true)]
    async fn it_is_gone_when_nobody_is_answered_and_that_is_told_once_as_is_its_return() {
        let log = Log::default();
        let _listening = log.listen();
        let standing = Standing::default();
        let pass = |seconds: u64| tokio::time::sleep(Duration::from_secs(seconds));
        // Single losses between answers.
        for _ in 0..5 {
            standing.silent("connection reset");
            pass(2).await;
            standing.answered();
        }
        assert_eq!(log.take(), Vec::<String>::new());
        for _ in 0..50 {
            standing.silent("connection refused");
            pass(1).await;
        }
        assert!(standing.is_gone());
        assert_eq!(
            log.take(),
            [
                "WARN the management cluster does not answer; everything waits until it does error=connection refused"
            ]
        );
        standing.answered();
        standing.answered();
        assert!(!standing.is_gone());
        assert_eq!(
            log.take(),
            ["WARN the management cluster answers again seconds=50"]
        );
    }
}
