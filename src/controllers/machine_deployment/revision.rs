//! What starts a rollout: which fields of a template count, and which MachineSet has the wished ones.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::labels;
use fleetui_api::v1beta2::{MachineDeployment, MachineSet, MachineSpec};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::object::{Metadata, Object};

/// The fields whose change needs new machines; everything else goes to the existing ones in place.
pub(crate) fn rollout_fields(spec: &MachineSpec) -> Value {
    json!({
        "version": spec.version,
        "bootstrap": spec.bootstrap,
        "infrastructureRef": spec.infrastructure_ref,
        "failureDomain": spec.failure_domain,
    })
}

/// From when on machines made earlier are replaced, if that time has come.
pub(crate) fn rollout_after(deployment: &Object<MachineDeployment>, now: Timestamp) -> Option<Timestamp> {
    let after = deployment.spec.rollout.as_ref()?.after.as_ref()?;
    after.parse::<Timestamp>().ok().filter(|after| *after <= now)
}

/// How long it takes until machines are replaced for their age, where that is still to come.
pub(super) fn until_rollout(deployment: &Object<MachineDeployment>, now: Timestamp) -> Option<Duration> {
    let after = deployment.spec.rollout.as_ref()?.after.as_ref()?;
    let left = after.parse::<Timestamp>().ok()?.duration_since(now);
    Duration::try_from(left).ok().filter(|left| !left.is_zero())
}

/// The set with the wished template: the largest, then the oldest, then the first by name.
pub(super) fn current<'a>(
    deployment: &Object<MachineDeployment>,
    sets: &'a [Arc<Object<MachineSet>>],
    now: Timestamp,
) -> Option<&'a Arc<Object<MachineSet>>> {
    let wished = rollout_fields(&deployment.spec.template.spec);
    let after = rollout_after(deployment, now);
    sets.iter()
        .filter(|set| !set.is_deleting() && rollout_fields(&set.spec.template.spec) == wished)
        .filter(|set| after.is_none() || set.metadata.created() >= after)
        .min_by_key(|set| {
            let replicas = std::cmp::Reverse(set.spec.replicas.unwrap_or(0));
            (replicas, set.metadata.created(), set.name().to_owned())
        })
}

/// The revision that a set carries.
pub(super) fn of(set: &Object<MachineSet>) -> Option<i64> {
    set.metadata.annotation(labels::REVISION)?.parse().ok()
}
