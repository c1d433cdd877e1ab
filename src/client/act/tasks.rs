//! Acts that are being carried out. They are owned here and by nobody who waits for them: a write that was begun is brought to
//! its end, and to its line in the audit log, whoever has lost interest meanwhile.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::command::{Failure, FailureKind, Outcome};

/// So many acts at once; a person does not do more.
pub(crate) const MOST: usize = 32;

/// There is no room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much is being done at once; wait for one of them to end")]
pub(crate) struct TooMuch;

/// The acts.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<JoinSet<()>>);

impl Tasks {
    /// Carries out an act to its end, also where nobody waits for it any more.
    ///
    /// # Errors
    /// Too much is under way already; nothing of it was begun.
    pub(crate) async fn run(
        &self,
        act: impl Future<Output = Outcome> + Send + 'static,
    ) -> Result<Outcome, TooMuch> {
        let (sender, receiver) = oneshot::channel();
        let begun = self.begin(async move {
            // Nobody may be there any more to be told.
            let _ = sender.send(act.await);
        });
        if !begun {
            return Err(TooMuch);
        }
        Ok(receiver.await.unwrap_or_else(|_| {
            let message = "it ended by a fault of this program; whether it was done is not known";
            Err(Failure::new(FailureKind::TimedOut, message))
        }))
    }

    /// Begins something that nobody waits for; false where too much is under way already.
    pub(crate) fn begin(&self, act: impl Future<Output = ()> + Send + 'static) -> bool {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        let has_room = tasks.len() < MOST;
        if has_room {
            tasks.spawn(act);
        }
        has_room
    }

    /// Waits for what is under way, but not for ever.
    pub(crate) async fn finish(&self, limit: Duration) {
        let mut tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!("an act was cut off, as the program ends");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Answer;

    #[tokio::test(start_paused = true)]
    async fn acts_are_bounded_and_the_end_waits_for_them_but_not_for_ever() {
        let tasks = Tasks::default();
        for _ in 0..MOST {
            assert!(tasks.begin(std::future::pending()));
        }
        assert_eq!(tasks.run(std::future::pending()).await, Err(TooMuch));
        let begun = tokio::time::Instant::now();
        tasks.finish(Duration::from_secs(20)).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(20));
        // What hung is gone, and others have room.
        let done = async { Ok(Answer::Events(Vec::new(), false)) };
        assert!(tasks.run(done).await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_act_that_fails_inside_is_told_as_not_known() {
        let tasks = Tasks::default();
        let (sender, receiver) = oneshot::channel::<Outcome>();
        drop(sender);
        let failing = async move { receiver.await.expect("a fault of this program is what is meant") };
        let told = tasks.run(failing).await.unwrap().unwrap_err();
        assert_eq!(told.kind, FailureKind::TimedOut);
    }
}
