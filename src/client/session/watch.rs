//! One watch of a session, seen from the session: how it stands, and what it has told of.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::AbortHandle;

use crate::catalogue::Served;
use crate::fault::Fault;
use crate::known::Known;
use crate::standing::{Broken, Standing};

/// One watch of the session.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) served: Arc<Served>,
    pub(super) namespace: Option<String>,
    pub(super) standing: Standing,
    pub(super) known: Known,
    /// Whether its list was ever complete.
    pub(super) complete: bool,
    /// The last moment that its rows were known to be current, else when it was begun.
    pub(super) current: Timestamp,
    /// The task, while there is one.
    pub(super) task: Option<AbortHandle>,
}

impl Watch {
    /// A watch that has no task yet.
    pub(super) fn new(served: Arc<Served>, namespace: Option<String>, known: Known, now: Timestamp) -> Self {
        let standing = Standing::Listing;
        Self {
            served,
            namespace,
            standing,
            known,
            complete: false,
            current: now,
            task: None,
        }
    }

    /// What is known of it is current.
    pub(super) fn stands(&mut self, now: Timestamp) {
        self.current = now;
        self.standing = Standing::Live;
    }

    /// It failed; the server was heard last, on whatever watch, at `heard`.
    pub(super) fn break_down(
        &mut self,
        fault: Fault,
        heard: Option<Timestamp>,
        now: Timestamp,
        retry_at: Timestamp,
    ) {
        let since = match &self.standing {
            Standing::Broken(broken) => broken.since,
            Standing::Live => {
                // Nothing came on it because there was nothing to tell: it was current for as long as the server was heard.
                self.current = heard.map_or(self.current, |heard| heard.max(self.current));
                now
            }
            Standing::Listing | Standing::Denied(_) => now,
        };
        self.standing = Standing::Broken(Broken {
            kind: (!fault.is_of_the_connection()).then(|| self.served.kind.clone()),
            fault,
            current_until: self.current,
            since,
            retry_at,
            was_complete: self.complete,
        });
    }

    /// Whether it is only the connection that it lacks.
    pub(super) fn lacks_connection(&self) -> bool {
        match &self.standing {
            Standing::Broken(broken) => broken.fault.is_no_connection(),
            Standing::Listing | Standing::Live | Standing::Denied(_) => false,
        }
    }

    /// Ends its task.
    pub(super) fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}
