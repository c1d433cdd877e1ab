//! Carries out what a plan came to: the object itself, then what else it changes, and its status when all of that is done.

use std::time::Duration;

use fleetui_api::v1beta2::Kind;

use crate::change::{Change, Outcome, main_patch, status_patch_at};
use crate::context::Context;
use crate::error::Error;
use crate::events::Tale;
use crate::handed_down;
use crate::object::Object;

/// What people are told of each change of a plan.
pub(crate) type Tales<'a> = &'a (dyn Fn(&Change) -> Tale + Sync);

impl Context {
    /// Carries out what a plan came to, and tells when to look again.
    pub(crate) async fn apply<K: Kind>(
        &self,
        old: &Object<K>,
        outcome: Outcome<K>,
    ) -> Result<Option<Duration>, Error> {
        self.apply_and_tell(old, outcome, &|_| Tale::default()).await
    }

    /// As [`Context::apply`], and tells people what came of each change.
    pub(crate) async fn apply_and_tell<K: Kind>(
        &self,
        old: &Object<K>,
        outcome: Outcome<K>,
        tales: Tales<'_>,
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
            self.change_and_tell(change, manager, tales).await?;
        }
        if releases {
            if let Some(patch) = main {
                self.patch(&id, version.as_deref(), patch, None).await?;
            }
            self.announce(outcome.told).await;
            return Ok(None);
        }
        // Only now: what the status says of these changes would be wrong had one of them failed.
        if let Some(patch) = status_patch_at(old, &outcome.object, generation) {
            self.patch_status(&id, version.as_deref(), patch).await?;
        }
        self.announce(outcome.told).await;
        Ok(outcome.requeue)
    }

    async fn change_and_tell(
        &self,
        change: Change,
        manager: Option<&str>,
        tales: Tales<'_>,
    ) -> Result<(), Error> {
        let tale = tales(&change);
        let made = self.change_as(change, manager).await;
        match &made {
            Ok(()) => self.announce(tale.done.into_iter().collect()).await,
            // Somebody else wrote in between, and the next pass sees what.
            Err(error) if error.is_conflict() => {}
            Err(error) => {
                let failed = tale.failed.map(|failed| failed.because(error));
                self.announce(failed.into_iter().collect()).await;
            }
        }
        made
    }
}

fn finalizers<K: Kind>(object: &Object<K>) -> usize {
    object.metadata.finalizers.iter().flatten().count()
}
