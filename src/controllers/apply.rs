//! Carries out what a plan came to: the object itself, then what else it changes, and its status when all of that is done.

use std::time::Duration;

use fleetui_api::v1beta2::Kind;

use crate::change::{Outcome, main_patch, status_patch_at};
use crate::context::Context;
use crate::error::Error;
use crate::handed_down;
use crate::object::Object;

impl Context {
    /// Carries out what a plan came to, and tells when to look again.
    pub(crate) async fn apply<K: Kind>(
        &self,
        old: &Object<K>,
        outcome: Outcome<K>,
    ) -> Result<Option<Duration>, Error> {
        let Some(id) = old.id() else {
            return Ok(None);
        };
        let releases = old.is_deleting() && finalizers(old) > finalizers(&outcome.object);
        let mut version = old.metadata.resource_version.clone();
        let mut generation = old.metadata.generation;
        let main = main_patch(old, &outcome.object);
        if let (false, Some(patch)) = (releases, &main) {
            (version, generation) = self.patch(&id, version.as_deref(), patch.clone(), None).await?;
        }
        let manager = handed_down::manager(id.kind);
        for change in outcome.changes {
            self.change_as(change, manager).await?;
        }
        if releases {
            if let Some(patch) = main {
                self.patch(&id, version.as_deref(), patch, None).await?;
            }
            return Ok(None);
        }
        // Only now: what the status says of these changes would be wrong had one of them failed.
        if let Some(patch) = status_patch_at(old, &outcome.object, generation) {
            self.patch_status(&id, version.as_deref(), patch).await?;
        }
        Ok(outcome.requeue)
    }
}

fn finalizers<K: Kind>(object: &Object<K>) -> usize {
    object.metadata.finalizers.iter().flatten().count()
}
