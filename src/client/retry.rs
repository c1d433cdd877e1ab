//! Pauses between attempts: doubling, jittered, back to the first after success.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::settings::ClientSettings;

/// The pauses of one thing that is tried again and again.
#[derive(Debug)]
pub(crate) struct Retry {
    builder: ExponentialBuilder,
    pauses: ExponentialBackoff,
    longest: Duration,
}

impl Retry {
    /// Pauses for `who`; each who has its own jitter, so that not all come back at once.
    pub(crate) fn new(settings: &ClientSettings, who: &impl Hash) -> Self {
        let builder = ExponentialBuilder::default()
            .with_min_delay(settings.retry_first)
            .with_max_delay(settings.retry_longest)
            .with_factor(2.0)
            .with_jitter()
            .with_jitter_seed(seed(who))
            .without_max_times();
        Self {
            builder,
            pauses: builder.build(),
            longest: settings.retry_longest,
        }
    }

    /// The next pause.
    pub(crate) fn pause(&mut self) -> Duration {
        self.pauses.next().unwrap_or(self.longest)
    }

    /// It worked: the next pause is the first again.
    pub(crate) fn reset(&mut self) {
        self.pauses = self.builder.build();
    }
}

/// `duration`, shortened or lengthened by up to a fifth, always the same for the same `who`.
pub(crate) fn jittered(duration: Duration, who: &impl Hash) -> Duration {
    let thousandths = u32::try_from(seed(who) % 401).unwrap_or(0);
    duration * (800 + thousandths) / 1000
}

fn seed(who: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    who.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_start_over() {
        let settings = ClientSettings::default();
        let mut retry = Retry::new(&settings, &"taipei");
        let first = retry.pause();
        assert!(
            first >= settings.retry_first && first < settings.retry_first * 2,
            "{first:?}"
        );
        let later: Vec<_> = (0..10).map(|_| retry.pause()).collect();
        assert!(
            later.iter().all(|pause| *pause <= settings.retry_longest * 2),
            "{later:?}"
        );
        assert!(later.last() >= Some(&settings.retry_longest), "{later:?}");
        retry.reset();
        assert!(retry.pause() < settings.retry_first * 2);
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        let minute = Duration::from_mins(1);
        for who in 0..1000 {
            let jittered = jittered(minute, &who);
            assert!((48..=72).contains(&jittered.as_secs()), "{jittered:?}");
        }
    }
}
