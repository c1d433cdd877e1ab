//! Objects that wait for a reconcile. Each is in it once however often it is asked for, so that the objects themselves bound it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::kinds::ObjectId;

/// A set of objects to reconcile, with a bell.
#[derive(Debug, Default)]
pub(crate) struct Triggers {
    waiting: Mutex<BTreeSet<ObjectId>>,
    bell: Notify,
}

impl Triggers {
    /// Asks for a reconcile of these objects; kinds that nobody reconciles are left out.
    pub(crate) fn add(&self, ids: impl IntoIterator<Item = ObjectId>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(ids.into_iter().filter(|id| id.kind.is_reconciled()));
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
    pub(crate) fn take(&self) -> BTreeSet<ObjectId> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
