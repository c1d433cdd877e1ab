//! An upgrade of a cluster as it is known here: what is stored of it, who holds it, and whether it is walked from here.

use fleetui_base::ObjectKey;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{StepState, Walk, WalkState};

/// An upgrade that is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// The Cluster.
    pub cluster: ObjectKey,
    /// The ConfigMap, for who writes it.
    pub config_map: Value,
    /// What it holds, or why that cannot be gone on with. Not yet safe to show.
    pub walk: Result<Walk, String>,
    /// Who holds its Lease; nothing where nobody does.
    pub holder: Option<Holder>,
    /// What this program does with it, where it does something.
    pub here: Option<Here>,
}

/// Who holds the Lease of a walk, as that says itself. Whether that is still there, only waiting tells for sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who: the user, the program and its process. Not yet safe to show.
    pub identity: String,
    /// When it was renewed last, by the holder's clock.
    pub renewed: Option<Timestamp>,
    /// For so many seconds it counts from then.
    pub lasts_seconds: u64,
}

/// What this program does with a walk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Here {
    /// It waits to take it over: for whom. Not yet safe to show.
    Waits(String),
    /// It takes its steps; what is waited for or was done last. Not yet safe to show.
    Walks(String),
    /// It does not go on, by no word of the walk itself: why. Not yet safe to show.
    Fails(String),
}

impl Holder {
    /// Whether it still counts at `now`, by the clocks as they are.
    pub fn counts(&self, now: Timestamp) -> bool {
        let lasts = SignedDuration::from_secs(i64::try_from(self.lasts_seconds).unwrap_or(i64::MAX));
        self.renewed
            .is_some_and(|renewed| now.duration_since(renewed) <= lasts)
    }
}

impl Known {
    /// The walk, where it can be read.
    pub fn walk(&self) -> Option<&Walk> {
        self.walk.as_ref().ok()
    }

    /// Whether something may still come of it.
    pub fn is_open(&self) -> bool {
        self.walk().is_none_or(|walk| !walk.state.has_ended())
    }

    /// Whether this program takes its steps, or is about to.
    pub fn is_walked_here(&self) -> bool {
        matches!(self.here, Some(Here::Waits(_) | Here::Walks(_)))
    }

    /// Whether somebody takes its steps at `now`, here or elsewhere.
    pub fn is_walked(&self, now: Timestamp) -> bool {
        let goes = self.walk().is_some_and(|walk| walk.state == WalkState::Going);
        goes && (self.is_walked_here() || self.holder.as_ref().is_some_and(|holder| holder.counts(now)))
    }

    /// The revision of the ConfigMap.
    pub fn resource_version(&self) -> &str {
        let version = self.config_map.pointer("/metadata/resourceVersion");
        version.and_then(Value::as_str).unwrap_or_default()
    }
}

impl Walk {
    /// Machines that were replaced by the steps that are done, and those of all steps.
    pub fn machines(&self) -> (i64, i64) {
        let of = |done: bool| {
            let steps = self.steps.iter();
            let meant = steps.filter(move |step| !done || matches!(step.state, StepState::Done(_)));
            meant.map(|step| step.machines).sum()
        };
        (of(true), of(false))
    }
}
