//! What a ClusterResourceSet should do next.

use fleetui_api::conditions::{ConditionStatus, Severity};
use fleetui_api::labels::finalizer;
use fleetui_api::v1beta2::{
    ClusterResourceSet, ClusterResourceSetBinding, ResourceBinding, ResourceReference, ResourceSetBinding,
};
use fleetui_base::clock::whole_seconds;
use fleetui_rules::condition_merge::condition;
use fleetui_rules::old_conditions::{bad, good};
use serde_json::json;

use super::observe::{Observed, Resource, Target};
use crate::change::{Change, Outcome};
use crate::kinds::Watched;
use crate::object::{Metadata, Object};
use crate::{ownership, pausing};

pub(super) const KIND: &str = "ResourcesApplied";

/// Whether what has changed is applied again.
pub(super) fn applies_again(set: &Object<ClusterResourceSet>) -> bool {
    set.spec.strategy.as_deref() == Some("Reconcile")
}

/// Whether a cluster lacks a resource, by what is written down of it.
pub(super) fn needs_apply(
    observed: &Observed,
    target: &Target,
    reference: &ResourceReference,
    resource: &Resource,
) -> bool {
    let Resource::There { hash, .. } = resource else {
        return false;
    };
    let entry = target.entry(&observed.set).and_then(|entry| {
        let mut resources = entry.resources.iter();
        resources.find(|entry| entry.kind == reference.kind && entry.name == reference.name)
    });
    match entry {
        None => true,
        Some(entry) if !entry.applied => true,
        Some(entry) => applies_again(&observed.set) && entry.hash.as_deref() != Some(hash),
    }
}

/// Places of the clusters to which something has to be applied now.
pub(super) fn clusters_to_apply(observed: &Observed) -> Vec<usize> {
    let set = observed.set.as_ref();
    let held = pausing::holds(&pausing::paused(set, None))
        || set.is_deleting()
        || !set.metadata.has_finalizer(finalizer::ADDONS)
        || has_wrong_type(observed);
    let lacks = |target: &Target| {
        observed
            .resources
            .iter()
            .any(|(reference, resource)| needs_apply(observed, target, reference, resource))
    };
    let targets = observed.targets.iter().enumerate();
    targets
        .filter(|(_, target)| !held && target.live && lacks(target))
        .map(|(index, _)| index)
        .collect()
}

fn has_wrong_type(observed: &Observed) -> bool {
    observed
        .resources
        .iter()
        .any(|(_, resource)| *resource == Resource::WrongType)
}

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<ClusterResourceSet> {
    let set = observed.set.as_ref();
    let mut outcome = Outcome::unchanged(set);
    let paused = pausing::paused(set, None);
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if set.is_deleting() {
        let forgotten = observed.bindings.iter();
        outcome
            .changes
            .extend(forgotten.flat_map(|binding| forget(set, binding)));
        outcome.object.metadata.remove_finalizer(finalizer::ADDONS);
        return outcome;
    }
    if !set.metadata.has_finalizer(finalizer::ADDONS) {
        // Only then something is applied.
        outcome.object.metadata.add_finalizer(finalizer::ADDONS);
        return outcome;
    }
    if !has_wrong_type(observed) {
        for target in &observed.targets {
            outcome.changes.extend(write_down(observed, target));
        }
    }
    tell(observed, &mut outcome);
    outcome.object.status.observed_generation = set.metadata.generation;
    outcome
}

/// Takes the set out of a binding; one that names no other goes.
fn forget(set: &Object<ClusterResourceSet>, binding: &Object<ClusterResourceSetBinding>) -> Vec<Change> {
    let mut wished = binding.clone();
    let bindings = &mut wished.spec.bindings;
    bindings.retain(|entry| entry.cluster_resource_set_name != set.name());
    if bindings.is_empty() {
        return Change::delete(binding).into_iter().collect();
    }
    let owners = wished.metadata.owner_references.get_or_insert_default();
    owners.retain(|owner| owner.uid != set.uid());
    Change::update(binding, &wished)
}

/// Writes down what was applied to a cluster; a set that has brought nothing there yet, or that lacks its resources, is named
/// all the same.
fn write_down(observed: &Observed, target: &Target) -> Vec<Change> {
    let set = observed.set.as_ref();
    let mut entry = target.entry(set).cloned().unwrap_or_else(|| ResourceSetBinding {
        cluster_resource_set_name: set.name().to_owned(),
        resources: Vec::new(),
    });
    for (index, (reference, resource)) in observed.resources.iter().enumerate() {
        if let (Some(applied), Resource::There { hash, .. }) =
            (target.applied.resources.get(&index), resource)
        {
            note(observed, &mut entry, reference, (*applied, hash));
        }
    }
    let Some(binding) = &target.binding else {
        let metadata = json!({
            "name": target.cluster.name(), "namespace": target.cluster.namespace(),
            "ownerReferences": [ownership::reference(set, false)],
        });
        let spec = json!({"clusterName": target.cluster.name(), "bindings": [entry]});
        return Change::create(Watched::ClusterResourceSetBinding, &metadata, &spec)
            .into_iter()
            .collect();
    };
    let mut wished = Object::clone(binding);
    ownership::add(&mut wished.metadata, ownership::reference(set, false));
    let bindings = &mut wished.spec.bindings;
    match bindings
        .iter_mut()
        .find(|known| known.cluster_resource_set_name == set.name())
    {
        Some(known) => *known = entry,
        None => bindings.push(entry),
    }
    Change::update(binding, &wished)
}

/// One resource; a failure that is known already is not written down again.
fn note(
    observed: &Observed,
    entry: &mut ResourceSetBinding,
    reference: &ResourceReference,
    (applied, hash): (bool, &str),
) {
    let now = whole_seconds(observed.now);
    let new = ResourceBinding {
        applied,
        kind: reference.kind.clone(),
        name: reference.name.clone(),
        hash: Some(hash.to_owned()),
        last_applied_time: Some(now.to_string()),
    };
    let known = entry
        .resources
        .iter_mut()
        .find(|known| known.kind == new.kind && known.name == new.name);
    match known {
        Some(known) if !applied && !known.applied && known.hash == new.hash => {}
        Some(known) => *known = new,
        None => entry.resources.push(new),
    }
}

/// `ResourcesApplied`, in both models. As upstream, a set that selects no cluster says nothing, and one whose ConfigMap or Secret is
/// missing has applied what there is.
fn tell(observed: &Observed, outcome: &mut Outcome<ClusterResourceSet>) {
    if observed.targets.is_empty() {
        return;
    }
    let (reason, message, old_reason, severity, old_message) = if let Some((reference, _)) = observed
        .resources
        .iter()
        .find(|(_, resource)| *resource == Resource::WrongType)
    {
        (
            "WrongSecretType",
            format!("Secret type of resource {} is not supported", reference.name),
            "WrongSecretType",
            Severity::Warning,
            "unsupported secret type".to_owned(),
        )
    } else if let Some(failure) = observed
        .targets
        .iter()
        .find_map(|target| target.applied.failure.clone())
    {
        (
            "NotApplied",
            "Failed to apply ClusterResourceSet resources to Cluster".to_owned(),
            "ApplyFailed",
            Severity::Warning,
            failure,
        )
    } else if let Some(target) = observed.targets.iter().find(|target| lacks(observed, target)) {
        (
            "InternalError",
            "Please check controller logs for errors".to_owned(),
            "RemoteClusterClientFailed",
            Severity::Error,
            format!("connection to workload cluster {} is down", target.name()),
        )
    } else {
        let applied = condition(KIND, ConditionStatus::True, "Applied", "");
        outcome.object.set_condition(applied, observed.now);
        outcome.object.set_old(good(KIND), observed.now);
        return;
    };
    let told = condition(KIND, ConditionStatus::False, reason, message);
    outcome.object.set_condition(told, observed.now);
    let old = bad(KIND, old_reason, severity, old_message);
    outcome.object.set_old(old, observed.now);
    // What is of the wrong type, or missing, is watched.
    if !has_wrong_type(observed) {
        outcome.look_again(observed.recheck);
    }
}

/// Whether a cluster does not answer although it needs something, be it something that is missing here, too.
fn lacks(observed: &Observed, target: &Target) -> bool {
    let needs = |(reference, resource): &(ResourceReference, Resource)| {
        *resource == Resource::Missing || needs_apply(observed, target, reference, resource)
    };
    !target.live && observed.resources.iter().any(needs)
}
