//! Objects that wait for a reconcile. Each is in it once however often it is asked for, so that the objects themselves bound it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::kinds::ObjectId;

tokio::task_local! {
    /// The object that this task reconciles.
    static RECONCILED: ObjectId;
}

/// Why an object is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// What its own reconcile wrote.
    Itself,
    /// Anything else.
    Others,
}

/// Lets what `work` changes in the cache count as caused by the object itself, as far as it concerns that.
pub(crate) async fn of_itself<T>(id: ObjectId, work: impl Future<Output = T>) -> T {
    RECONCILED.scope(id, work).await
}

/// A set of objects to reconcile, with a bell.
#[derive(Debug, Default)]
pub(crate) struct Triggers {
    waiting: Mutex<BTreeMap<ObjectId, Cause>>,
    bell: Notify,
}

impl Triggers {
    /// Asks for a reconcile of these objects; kinds that nobody reconciles are left out.
    pub(crate) fn add(&self, ids: impl IntoIterator<Item = ObjectId>) {
        let own = RECONCILED.try_with(Clone::clone).ok();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids.into_iter().filter(|id| id.kind.is_reconciled()) {
            let cause = if own.as_ref() == Some(&id) {
                Cause::Itself
            } else {
                Cause::Others
            };
            let known = waiting.entry(id).or_insert(cause);
            *known = cause.max(*known);
        }
        if !waiting.is_empty() {
            self.bell.notify_one();
        }
    }

    /// Waits until there is something to do.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.is_empty()
    }

    /// Takes all that wait.
    pub(crate) fn take(&self) -> BTreeMap<ObjectId, Cause> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
