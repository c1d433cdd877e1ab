//! The only source of time. Real in the program, frozen in tests and in settled frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Tells the time. Everything that needs a time takes one of these, or the time itself.
pub trait Clock: Send + Sync + 'static {
    /// The wall-clock time now.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary fixed point; never goes back. For measuring, not for showing.
    fn monotonic(&self) -> Duration;
}

/// The second that a time falls into. Objects carry no finer times.
pub fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// A clock that many owners share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The machine's clock, ready to be shared.
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the one place where the time enters"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "this is the one place where the time enters"
    )]
    fn monotonic(&self) -> Duration {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct FrozenClock {
    start: Timestamp,
    nanoseconds: AtomicI64,
}

impl FrozenClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            start,
            nanoseconds: AtomicI64::new(0),
        })
    }

    /// Moves the clock forward. A step that would pass about 292 years in all saturates.
    pub fn advance(&self, by: Duration) {
        let step = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
        let _ = self
            .nanoseconds
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| {
                Some(now.saturating_add(step))
            });
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::from_nanos(self.nanoseconds.load(Ordering::SeqCst));
        self.start.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.nanoseconds.load(Ordering::SeqCst)).unwrap_or(0))
    }
}

/// A clock that can be put forward: frozen, or running behind the machine's.
pub trait Steerable: Clock {
    /// Puts the clock forward.
    fn advance(&self, by: Duration);
}

impl Steerable for FrozenClock {
    fn advance(&self, by: Duration) {
        FrozenClock::advance(self, by);
    }
}

/// The machine's clock, set back by some time that can be made up. So that a simulated past leads up to the real present.
#[derive(Debug)]
pub struct ShiftedClock {
    behind_nanoseconds: AtomicI64,
}

impl ShiftedClock {
    /// A clock that is `behind` the machine's.
    pub fn behind(behind: Duration) -> Arc<Self> {
        let nanoseconds = i64::try_from(behind.as_nanos()).unwrap_or(i64::MAX);
        Arc::new(Self {
            behind_nanoseconds: AtomicI64::new(nanoseconds),
        })
    }

    /// How far it is still behind.
    pub fn lag(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.behind_nanoseconds.load(Ordering::SeqCst)).unwrap_or(0))
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        let lag = SignedDuration::from_nanos(self.behind_nanoseconds.load(Ordering::SeqCst));
        SystemClock.now().checked_sub(lag).unwrap_or(Timestamp::MIN)
    }

    fn monotonic(&self) -> Duration {
        SystemClock.monotonic()
    }
}

impl Steerable for ShiftedClock {
    /// Makes up `by` of the lag, never more than there is: it does not run ahead of the machine's clock.
    fn advance(&self, by: Duration) {
        let step = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
        let _ = self
            .behind_nanoseconds
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |lag| {
                Some(lag.saturating_sub(step).max(0))
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_clock_never_runs_ahead() {
        let clock = ShiftedClock::behind(Duration::from_hours(1));
        clock.advance(Duration::from_mins(10));
        assert_eq!(clock.lag(), Duration::from_mins(50));
        clock.advance(Duration::from_mins(150));
        assert_eq!(clock.lag(), Duration::ZERO);
        assert!(clock.now() <= SystemClock.now());
    }

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = FrozenClock::at(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().to_string(), "1970-01-01T00:01:30Z");
        assert_eq!(clock.monotonic(), Duration::from_secs(90));
    }
}
