//! Lines for what is referenced and not there.

use fleetui_api::facts::Reference;
use fleetui_base::{GroupKind, ObjectKey};

use super::cluster::Gatherer;
use super::gather::{Item, What};
use crate::health::{Health, Verdict};
use crate::session::Connection;

impl Gatherer<'_, '_, '_> {
    pub(super) fn missing(&mut self, depth: u8, owner: ObjectKey, key: ObjectKey) {
        let verdict = self.missing_verdict(&key.kind);
        self.items.push(Item {
            what: What::Missing(Box::new((owner, key))),
            depth,
            verdict,
            instead: None,
        });
    }

    pub(super) fn missing_reference(&mut self, depth: u8, reference: &Reference) {
        if self.expects(&reference.kind) {
            let (owner, key) = (self.scope.key.clone(), self.key_of(reference));
            self.missing(depth, owner, key);
        }
    }

    /// Whether everything was read, so that what is not there is missing and not only late.
    pub(super) fn expects(&self, kind: &GroupKind) -> bool {
        let Some(session) = &self.scope.partition.session else {
            return false;
        };
        match session.connection {
            Connection::Live | Connection::Stale { .. } => true,
            Connection::Idle
            | Connection::Connecting
            | Connection::Syncing { .. }
            | Connection::AuthNeeded { .. }
            | Connection::Denied { .. }
            | Connection::Offline { .. } => session.denied.contains(kind),
        }
    }

    fn missing_verdict(&self, kind: &GroupKind) -> Verdict {
        let session = self.scope.partition.session.as_deref();
        let is_denied = session.is_some_and(|session| session.denied.contains(kind));
        if is_denied {
            Verdict::new(Health::Unknown, "may not be read")
        } else if !self.expects(kind) {
            Verdict::new(Health::Unknown, "not read yet")
        } else if self.scope.partition.knows(kind) {
            Verdict::new(Health::Warning, "does not exist")
        } else {
            Verdict::new(Health::Unknown, "does not exist, or its kind is not watched")
        }
    }
}
