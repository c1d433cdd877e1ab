//! Whether an object is paused, and the condition that says so; and whether it is somebody else's to see to.

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, Kind};
use fleetui_rules::condition_merge::condition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::object::{Metadata, Object};

/// The condition Paused of `object`, which belongs to `cluster` (or is it). It is True when nothing may be done.
pub(crate) fn paused<K: Kind>(object: &Object<K>, cluster: Option<&Object<Cluster>>) -> Condition {
    let mut causes = Vec::new();
    if cluster.is_some_and(|cluster| cluster.spec.paused == Some(true)) {
        causes.push("Cluster spec.paused is set to true".to_owned());
    }
    if object.metadata.annotation(labels::PAUSED).is_some() {
        causes.push(format!("{} has the {} annotation", K::KIND, labels::PAUSED));
    }
    if causes.is_empty() {
        condition("Paused", ConditionStatus::False, "NotPaused", "")
    } else {
        condition("Paused", ConditionStatus::True, "Paused", causes.join(", "))
    }
}

/// Whether the infrastructure of a cluster is seen to by somebody else: nothing of it is touched here then.
pub(crate) fn is_managed_elsewhere(metadata: &ObjectMeta) -> bool {
    metadata
        .annotation(labels::MANAGED_BY)
        .is_some_and(|by| by != "false")
}

/// Whether the condition says that nothing may be done.
pub(crate) fn holds(paused: &Condition) -> bool {
    paused.status == ConditionStatus::True
}
