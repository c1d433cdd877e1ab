//! Who keeps an object from being reconciled: it pauses itself, or its Cluster does for all that belongs to it.

use std::fmt;

use fleetui_api::kinds::Role;
use fleetui_api::labels::PAUSED;
use fleetui_base::ObjectKey;

use crate::row::Row;
use crate::store::FleetStore;

/// An object that is paused, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// The object.
    pub by: ObjectKey,
    /// Where it is written: `spec.paused`, the annotation, or both.
    pub through: &'static str,
    /// Whether machines still come and go by number: a MachineDeployment's own field holds its rollouts alone.
    pub scales: bool,
}

/// The object that pauses `row`: its Cluster, else itself.
pub(crate) fn who<'a>(store: &'a FleetStore, row: &'a Row) -> Option<&'a Row> {
    [store.cluster_of(row).map(AsRef::as_ref), Some(row)]
        .into_iter()
        .flatten()
        .find(|row| row.facts.paused)
}

impl Paused {
    /// The same of what `row` tells of itself; nothing where it is not paused.
    pub fn of(row: &Row) -> Option<Self> {
        if !row.facts.paused {
            return None;
        }
        let particulars = row.facts.particulars.as_ref();
        let in_spec = particulars.is_some_and(|it| it.spec_paused == Some(true));
        let is_marked = particulars.is_some_and(|it| it.marks.iter().any(|(key, _)| key == PAUSED));
        let through = match (in_spec, is_marked) {
            (true, true) => "spec.paused and the annotation cluster.x-k8s.io/paused",
            (true, false) => "spec.paused",
            (false, _) => "the annotation cluster.x-k8s.io/paused",
        };
        Some(Self {
            by: row.key(),
            through,
            scales: in_spec && !is_marked && row.facts.role == Role::MachineDeployment,
        })
    }
}

impl fmt::Display for Paused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, through, scales } = self;
        let held = if *scales { "is replaced" } else { "moves" };
        write!(
            f,
            "{} {} is paused by {through}: nothing {held} until it is resumed",
            by.kind.kind, by.object.name
        )
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::ManagementCluster;
    use serde_json::{Value, json};

    use super::*;
    use crate::fixtures::{cluster, deployment, key, store, with};

    #[test]
    fn it_is_told_by_what_an_object_is_paused() {
        let marked = ("/metadata/annotations", json!({ PAUSED: "" }));
        let in_spec = ("/spec/paused", json!(true));
        let told = |changes: &[(&str, Value)]| {
            let object = with(deployment("prod", "md", 1), changes);
            let row = Row::project(ManagementCluster::new("lab"), &object);
            Paused::of(&row).map(|paused| paused.through)
        };
        assert_eq!(told(&[]), None);
        assert_eq!(told(std::slice::from_ref(&in_spec)), Some("spec.paused"));
        assert_eq!(
            told(std::slice::from_ref(&marked)),
            Some("the annotation cluster.x-k8s.io/paused")
        );
        assert_eq!(
            told(&[in_spec, marked]),
            Some("spec.paused and the annotation cluster.x-k8s.io/paused")
        );
    }

    #[test]
    fn a_cluster_pauses_all_that_belongs_to_it() {
        let paused = with(cluster("prod"), &[("/spec/paused", json!(true))]);
        let store = store(&[paused, deployment("prod", "md", 1)]);
        let row = store.get(&key(&store, "MachineDeployment", "md")).unwrap();
        let paused = who(&store, row).and_then(Paused::of).unwrap();
        assert_eq!(
            paused.to_string(),
            "Cluster prod is paused by spec.paused: nothing moves until it is resumed"
        );
    }
}
