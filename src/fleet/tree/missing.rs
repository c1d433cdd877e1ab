//! Lines for what is referenced and not there.

use fleetui_api::facts::Reference;
use fleetui_base::{GroupKind, ObjectKey};

use super::branch::What;
use super::cluster::Gatherer;
use crate::health::{Health, Verdict};
use crate::premises::Standing;
use crate::store::FleetStore;

/// What is said of an object that may not be read.
pub const MAY_NOT_BE_READ: &str = "may not be read";

/// How it stands with an object that is referenced and not known: whether it does not exist, or may not be read.
pub fn missing(store: &FleetStore, key: &ObjectKey) -> Verdict {
    let partition = store.partition(&key.management_cluster);
    verdict(partition.map_or(Standing::Late, |partition| Standing::of(partition, &key.kind)))
}

fn verdict(standing: Standing) -> Verdict {
    match standing {
        Standing::Denied => Verdict::new(Health::Unknown, MAY_NOT_BE_READ),
        Standing::Late => Verdict::new(Health::Unknown, "not read yet"),
        Standing::Read => Verdict::new(Health::Warning, "does not exist"),
        Standing::NotRead => Verdict::new(Health::Unknown, "does not exist, or its kind is not watched"),
    }
}

impl Gatherer<'_, '_> {
    pub(super) fn missing(&mut self, depth: u8, owner: ObjectKey, key: ObjectKey) {
        let verdict = verdict(self.standing(&key.kind));
        self.growing
            .push(depth, What::Missing(Box::new((owner, key))), verdict);
    }

    pub(super) fn missing_reference(&mut self, depth: u8, reference: &Reference) {
        if self.expects(&reference.kind) {
            let (owner, key) = (self.scope.key.clone(), self.key_of(reference));
            self.missing(depth, owner, key);
        }
    }

    /// How it stands with what may be of a kind that is not there.
    pub(super) fn missing_verdict(&self, kind: &GroupKind) -> Verdict {
        match self.standing(kind) {
            // It is read for the sake of the layer that shows it.
            Standing::NotRead if self.scope.shape.layers.read(kind) => verdict(Standing::Read),
            standing => verdict(standing),
        }
    }

    /// Whether everything was read, so that what is not there is missing and not only late.
    pub(super) fn expects(&self, kind: &GroupKind) -> bool {
        match self.standing(kind) {
            Standing::Denied | Standing::Read | Standing::NotRead => true,
            Standing::Late => false,
        }
    }

    fn standing(&self, kind: &GroupKind) -> Standing {
        let standing = Standing::of(self.scope.partition, kind);
        self.scope
            .around
            .note(|premises| premises.note_standing(kind, standing));
        standing
    }
}
