//! A watch that goes on whatever happens: lists have a limit in time, and after failures it is tried again, ever later.

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use kube::runtime::watcher::{self, Event};
use tokio::time::Instant;

use super::standing::{LASTS, Standing};
use crate::error::{is_silence, said, why};
use crate::settings::ControllerSettings;

/// How a watch is tried again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// The longest that nothing may come while a list is awaited. Of the watch after it the client takes care.
    pub(super) list: Duration,
    /// The pause after the first failure; it doubles with every further one.
    pub(super) first: Duration,
    /// The longest pause.
    pub(super) longest: Duration,
}

impl Patience {
    /// That with the management cluster.
    pub(super) fn of(settings: &ControllerSettings) -> Self {
        Self {
            list: settings.list_timeout,
            first: settings.backoff_start,
            longest: settings.backoff_limit,
        }
    }
}

/// What went wrong with a watch.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The server says so, or is not there.
    #[error("{}", told(.0))]
    Watch(watcher::Error),
    /// The server says nothing.
    #[error("no list came within {} s", .0.as_secs())]
    Silent(Duration),
}

impl From<watcher::Error> for Failure {
    fn from(error: watcher::Error) -> Self {
        Self::Watch(error)
    }
}

/// What went wrong, as one sentence.
fn told(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(error) => format!("the list failed: {}", why(error)),
        watcher::Error::WatchStartFailed(error) | watcher::Error::WatchFailed(error) => {
            format!("the watch failed: {}", why(error))
        }
        watcher::Error::WatchError(status) => format!("the watch ended: {}", said(status)),
        watcher::Error::NoResourceVersion => error.to_string(),
    }
}

impl Failure {
    /// Whether the credentials are refused.
    pub(super) fn is_unauthorized(&self) -> bool {
        let Self::Watch(error) = self else {
            return false;
        };
        match error {
            watcher::Error::InitialListFailed(kube::Error::Api(status))
            | watcher::Error::WatchStartFailed(kube::Error::Api(status))
            | watcher::Error::WatchFailed(kube::Error::Api(status))
            | watcher::Error::WatchError(status) => status.code == 401,
            _ => false,
        }
    }

    /// Whether nobody answers.
    fn is_silence(&self) -> bool {
        match self {
            Self::Silent(_) => true,
            Self::Watch(error) => match error {
                watcher::Error::InitialListFailed(error)
                | watcher::Error::WatchStartFailed(error)
                | watcher::Error::WatchFailed(error) => is_silence(error),
                watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => false,
            },
        }
    }

    /// Whether the server does not know the kind. One that is not ready to tell answers otherwise.
    pub(super) fn is_not_served(&self) -> bool {
        matches!(self, Self::Watch(watcher::Error::InitialListFailed(kube::Error::Api(status))) if status.code == 404)
    }
}

/// What was told of a watch's failures since it went well: what stays the same is told once, and that nobody answers only where
/// others are answered.
#[derive(Debug)]
pub(super) struct Told {
    kind: String,
    standing: Standing,
    since: Option<Instant>,
    last: Option<String>,
}

impl Told {
    /// Of the watch of this kind.
    pub(super) fn new(kind: &str, standing: &Standing) -> Self {
        Self {
            kind: kind.to_owned(),
            standing: standing.clone(),
            since: None,
            last: None,
        }
    }

    /// It goes well.
    pub(super) fn well(&mut self) {
        self.standing.answered();
        (self.since, self.last) = (None, None);
    }

    /// Tells a failure where it is another one than the last.
    pub(super) fn tell(&mut self, failure: &Failure) {
        let (kind, text) = (self.kind.as_str(), failure.to_string());
        let since = *self.since.get_or_insert_with(Instant::now);
        let held_back = if failure.is_silence() {
            self.standing.silent(&text);
            self.standing.is_gone() || since.elapsed() < LASTS
        } else {
            self.standing.answered();
            false
        };
        if held_back || self.last.as_ref() == Some(&text) {
            tracing::debug!(kind, error = text, "a watch failed again");
            return;
        }
        let what = if failure.is_not_served() {
            "a kind is not served; its objects are waited for"
        } else {
            "a watch failed and is tried again"
        };
        tracing::warn!(kind, error = text, "{what}");
        self.last = Some(text);
    }
}

struct Following<S> {
    events: Pin<Box<S>>,
    listing: bool,
    failures: u32,
    /// Slept before anything is asked again.
    pause: Option<Duration>,
}

/// Follows what `watch` makes, without end. A failure is told, and what comes after it comes after a pause.
pub(super) fn follow<K, S>(
    watch: impl Fn() -> S + Send,
    patience: Patience,
) -> impl Stream<Item = Result<Event<K>, Failure>> + Send
where
    K: Send,
    S: Stream<Item = watcher::Result<Event<K>>> + Send,
{
    let start = Following {
        events: Box::pin(watch()),
        listing: true,
        failures: 0,
        pause: None,
    };
    stream::unfold((start, watch), move |(mut following, watch)| async move {
        if let Some(pause) = following.pause.take() {
            tokio::time::sleep(pause).await;
        }
        let next = following.events.next();
        let next = if following.listing {
            tokio::time::timeout(patience.list, next).await
        } else {
            Ok(next.await)
        };
        let item = match next {
            Ok(Some(Ok(event))) => {
                following.heard(&event);
                Ok(event)
            }
            Ok(Some(Err(error))) => Err(Failure::Watch(error)),
            Err(_) | Ok(None) => {
                following.events = Box::pin(watch());
                following.listing = true;
                Err(Failure::Silent(patience.list))
            }
        };
        if item.is_err() {
            let doubled = 2_u32.saturating_pow(following.failures.min(20));
            following.failures = following.failures.saturating_add(1);
            following.pause = Some(patience.first.saturating_mul(doubled).min(patience.longest));
        }
        Some((item, (following, watch)))
    })
}

impl<S> Following<S> {
    fn heard<K>(&mut self, event: &Event<K>) {
        match event {
            // It comes before anything is asked, and says nothing of the server.
            Event::Init => self.listing = true,
            Event::InitApply(_) => {}
            Event::InitDone => {
                self.listing = false;
                self.failures = 0;
            }
            Event::Apply(_) | Event::Delete(_) => self.failures = 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::Instant;

    use super::*;
    use crate::logged::Log;

    const PATIENCE: Patience = Patience {
        list: Duration::from_mins(1),
        first: Duration::from_secs(1),
        longest: Duration::from_secs(5),
    };

    fn failure() -> watcher::Result<Event<u32>> {
        Err(watcher::Error::NoResourceVersion)
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_to_a_limit_and_a_list_ends_them() {
        // As the real one: every try begins by saying that it begins.
        let tries = |count: usize| {
            let mut all: Vec<watcher::Result<Event<u32>>> = Vec::new();
            for _ in 0..count {
                all.extend([Ok(Event::Init), failure()]);
            }
            all
        };
        let made = stream::iter(tries(5))
            .chain(stream::iter([Ok(Event::Init), Ok(Event::InitDone)]))
            .chain(stream::iter(tries(2)));
        let cell = std::sync::Mutex::new(Some(made));
        let events = follow(
            || {
                cell.lock()
                    .expect("whole")
                    .take()
                    .expect("made once")
                    .chain(stream::pending())
            },
            PATIENCE,
        );
        let events = std::pin::pin!(events);
        let start = Instant::now();
        let at: Vec<u64> = events
            .take(16)
            .filter(|event| std::future::ready(event.is_err()))
            .map(|_| start.elapsed().as_secs())
            .collect()
            .await;
        assert_eq!(at, [0, 1, 3, 7, 12, 17, 18]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_alone_that_is_not_answered_is_told_of_and_what_is_refused_at_once() {
        let log = Log::default();
        let _listening = log.listen();
        let standing = Standing::default();
        let mut told = Told::new("Machine", &standing);
        let silent = Failure::Silent(Duration::from_mins(1));
        for _ in 0..4 {
            told.tell(&silent);
            // Somebody else is answered all the while.
            standing.answered();
            tokio::time::sleep(LASTS / 2).await;
        }
        let line = "WARN a watch failed and is tried again kind=Machine error=no list came within 60 s";
        assert_eq!(log.take(), [line]);
        told.well();
        let refused = Failure::Watch(watcher::Error::NoResourceVersion);
        told.tell(&refused);
        told.tell(&refused);
        assert_eq!(log.take().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_does_not_come_is_asked_for_again() {
        let asked = AtomicU32::new(0);
        let watch = || {
            let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            let begins = stream::iter([Ok(Event::<u32>::Init)]);
            let comes = stream::iter([Ok(Event::InitDone)]).filter(move |_| std::future::ready(!first));
            begins.chain(comes).chain(stream::pending())
        };
        let start = Instant::now();
        let mut events = std::pin::pin!(follow(watch, PATIENCE));
        assert!(matches!(events.next().await, Some(Ok(Event::Init))));
        assert!(matches!(events.next().await, Some(Err(Failure::Silent(_)))));
        assert!(matches!(events.next().await, Some(Ok(Event::Init))));
        assert!(matches!(events.next().await, Some(Ok(Event::InitDone))));
        assert_eq!(start.elapsed(), PATIENCE.list + PATIENCE.first);
        // Then silence is nothing unusual.
        let silence = tokio::time::timeout(10 * PATIENCE.list, events.next()).await;
        assert!(silence.is_err());
    }
}
