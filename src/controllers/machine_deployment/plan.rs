//! What a MachineDeployment should do next.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::convert;
use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::{
    DeploymentStrategy, LabelSelector, MachineDeployment, MachineDeploymentSpec, MachineSet, MachineSetSpec,
};
use fleetui_rules::names;
use fleetui_rules::rollout::{self, Input, IntOrPercent, Set, SetPlan, Strategy};
use serde_json::json;

use super::observe::Observed;
use super::{defaults, revision, status};
use crate::change::{Change, Outcome};
use crate::kinds::Watched;
use crate::object::{Metadata, Object};
use crate::{handed_down, ownership, pausing};

/// Annotations of the deployment that are not handed down to its sets.
const NOT_HANDED_DOWN: [&str; 7] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    convert::NEW_DATA,
    convert::V1BETA1_DATA,
    labels::REVISION,
    labels::DESIRED_REPLICAS,
    labels::MAX_REPLICAS,
    labels::PAUSED,
];

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<MachineDeployment> {
    let mut outcome = Outcome::unchanged(&observed.deployment);
    let paused = pausing::paused(observed.deployment.as_ref(), observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if observed.deployment.is_deleting() {
        outcome
            .changes
            .extend(observed.sets.iter().filter_map(|set| Change::delete(set)));
        if observed.sets.is_empty() {
            outcome
                .object
                .metadata
                .remove_finalizer(finalizer::MACHINE_DEPLOYMENT);
        }
        status::write(observed, &mut outcome);
        return outcome;
    }
    outcome
        .object
        .metadata
        .add_finalizer(finalizer::MACHINE_DEPLOYMENT);
    crate::defaults::fill(&mut outcome.object);
    let Some(cluster) = observed.cluster.as_deref() else {
        outcome.look_again(observed.recheck);
        return outcome;
    };
    ownership::add(&mut outcome.object.metadata, ownership::reference(cluster, false));
    outcome.changes.extend(
        observed
            .templates
            .iter()
            .filter_map(|template| template.adopt(cluster)),
    );
    if !observed.strays.is_empty() {
        // They count from the next pass on.
        outcome.changes.extend(adopt_strays(observed));
    } else if outcome.object.spec == observed.deployment.spec {
        roll_out(observed, &mut outcome);
        if let Some(left) = revision::until_rollout(&observed.deployment, observed.now) {
            outcome.look_again(left);
        }
    } else {
        // The defaults come back as a new generation, and the sets are made from that.
        outcome.look_again(observed.recheck);
    }
    status::write(observed, &mut outcome);
    outcome
}

/// The strategy with its defaults. What cannot be read counts as the default.
pub(super) fn strategy(spec: &MachineDeploymentSpec) -> Strategy {
    let none = DeploymentStrategy::default();
    let strategy = spec
        .rollout
        .as_ref()
        .and_then(|rollout| rollout.strategy.as_ref())
        .unwrap_or(&none);
    if strategy.kind == "OnDelete" {
        return Strategy::OnDelete;
    }
    let bounds = strategy.rolling_update.clone().unwrap_or_default();
    let read = |value: Option<&serde_json::Value>, default: i32| {
        value
            .and_then(|value| IntOrPercent::from_json(value).ok())
            .unwrap_or(IntOrPercent::Int(default))
    };
    Strategy::RollingUpdate {
        max_surge: read(bounds.max_surge.as_ref(), 1),
        max_unavailable: read(bounds.max_unavailable.as_ref(), 0),
    }
}

/// Sets that the deployment's selector accepts become its own.
fn adopt_strays(observed: &Observed) -> impl Iterator<Item = Change> + '_ {
    observed.strays.iter().flat_map(|set| {
        let mut wished = Object::clone(set);
        ownership::add(
            &mut wished.metadata,
            ownership::reference(observed.deployment.as_ref(), true),
        );
        Change::update(set, &wished)
    })
}

fn roll_out(observed: &Observed, outcome: &mut Outcome<MachineDeployment>) {
    let deployment = observed.deployment.as_ref();
    let current = revision::current(deployment, &observed.sets, observed.now);
    let paused = deployment.spec.paused == Some(true);
    let is_current =
        |set: &Arc<Object<MachineSet>>| current.is_some_and(|current| current.uid() == set.uid());
    let others: Vec<&Arc<Object<MachineSet>>> = observed
        .sets
        .iter()
        .filter(|set| !is_current(set) && !set.is_deleting())
        .collect();
    let new_name = names::generated(deployment.name(), observed.random);
    let input = Input {
        replicas: deployment.spec.replicas.unwrap_or(1),
        strategy: strategy(&deployment.spec),
        paused,
        current: match current {
            Some(set) => Some(planned_from(set)),
            None if paused => None,
            None => Some(Set::to_be_created(&new_name)),
        },
        old: others.iter().map(|set| planned_from(set)).collect(),
    };
    let plan = rollout::plan(&input);
    let sets = current.into_iter().chain(others.iter().copied());
    for planned in plan.current.iter().chain(&plan.old) {
        match sets.clone().find(|set| set.name() == planned.name) {
            Some(set) => {
                let wished = wished(deployment, set, planned, &input);
                outcome.changes.extend(Change::update(set, &wished));
            }
            None => outcome.changes.extend(create(observed, planned, &input)),
        }
    }
    if let Some(revision) = plan.current.as_ref().and_then(|planned| planned.revision) {
        outcome
            .object
            .metadata
            .set_annotation(labels::REVISION, &revision.to_string());
    }
    if !paused && is_complete(observed, &input, current) {
        let empty = |set: &&Arc<Object<MachineSet>>| {
            set.spec.replicas == Some(0) && set.status.replicas.unwrap_or(0) == 0
        };
        outcome.changes.extend(
            others
                .into_iter()
                .filter(empty)
                .filter_map(|set| Change::delete(set)),
        );
    }
}

fn planned_from(set: &Arc<Object<MachineSet>>) -> Set {
    Set {
        name: set.name().to_owned(),
        created: set.metadata.created(),
        spec_replicas: set.spec.replicas.unwrap_or(0),
        status_replicas: set.status.replicas.unwrap_or(0),
        available_replicas: set.status.available_replicas.unwrap_or(0),
        revision: revision::of(set),
        max_replicas: set
            .metadata
            .annotation(labels::MAX_REPLICAS)
            .and_then(|text| text.parse().ok()),
    }
}

/// Whether all wished machines are there, as wished and available, and no other.
fn is_complete(observed: &Observed, input: &Input, current: Option<&Arc<Object<MachineSet>>>) -> bool {
    let total: i32 = observed
        .sets
        .iter()
        .map(|set| set.status.replicas.unwrap_or(0))
        .sum();
    current.is_some_and(|set| {
        let status = &set.status;
        status.observed_generation == set.metadata.generation
            && [
                status.replicas,
                status.available_replicas,
                status.up_to_date_replicas,
            ]
            .iter()
            .all(|count| count.unwrap_or(0) == input.replicas)
    }) && total == input.replicas
}

/// Annotations that a set gets from the deployment and from the plan.
fn annotations(
    deployment: &Object<MachineDeployment>,
    planned: &SetPlan,
    input: &Input,
) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = deployment
        .metadata
        .all_annotations()
        .iter()
        .filter(|(key, _)| !NOT_HANDED_DOWN.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let surge = input.strategy.max_surge(input.replicas);
    all.insert(labels::DESIRED_REPLICAS.to_owned(), input.replicas.to_string());
    all.insert(
        labels::MAX_REPLICAS.to_owned(),
        (input.replicas + surge).to_string(),
    );
    if let Some(disabled) = planned.disable_machine_create {
        all.insert(labels::DISABLE_MACHINE_CREATE.to_owned(), disabled.to_string());
    }
    if let Some(revision) = planned.revision {
        all.insert(labels::REVISION.to_owned(), revision.to_string());
    }
    all
}

/// An existing set as it should be: replicas, annotations, and what is propagated in place.
fn wished(
    deployment: &Object<MachineDeployment>,
    set: &Arc<Object<MachineSet>>,
    planned: &SetPlan,
    input: &Input,
) -> Object<MachineSet> {
    let mut wished = Object::clone(set);
    wished.spec.replicas = Some(planned.replicas);
    let (from, to) = (&deployment.spec.template, &mut wished.spec.template);
    let own = annotations(deployment, planned, input);
    let handed_down = (&from.metadata.labels, &own);
    handed_down::put_on(&mut wished.metadata, handed_down, |_| false);
    // The set selects its machines by some of them.
    let selects = &set.spec.selector.match_labels;
    to.metadata
        .labels
        .retain(|key, _| selects.contains_key(key) || handed_down::stays(key));
    to.metadata.labels.extend(from.metadata.labels.clone());
    to.metadata.annotations.clone_from(&from.metadata.annotations);
    to.spec.min_ready_seconds = from.spec.min_ready_seconds;
    to.spec.readiness_gates.clone_from(&from.spec.readiness_gates);
    to.spec.deletion = defaults::deletion(&from.spec, &to.spec);
    to.spec.taints.clone_from(&from.spec.taints);
    to.spec.other.clone_from(&from.spec.other);
    wished.spec.deletion = defaults::order(&deployment.spec, &set.spec);
    wished
        .spec
        .machine_naming
        .clone_from(&deployment.spec.machine_naming);
    wished
}

fn create(observed: &Observed, planned: &SetPlan, input: &Input) -> Option<Change> {
    let deployment = observed.deployment.as_ref();
    let hash = names::json_hash(&revision::rollout_fields(&deployment.spec.template.spec));
    let hash = format!("{hash}-{}", names::suffix(observed.random));
    let with_hash = |mut all: BTreeMap<String, String>| {
        all.insert(labels::MACHINE_TEMPLATE_HASH.to_owned(), hash.clone());
        all
    };
    let mut template = deployment.spec.template.clone();
    template.metadata.labels = with_hash(template.metadata.labels);
    let mut set_labels = template.metadata.labels.clone();
    set_labels.insert(
        labels::CLUSTER_NAME.to_owned(),
        deployment.spec.cluster_name.clone(),
    );
    set_labels.insert(labels::DEPLOYMENT_NAME.to_owned(), deployment.name().to_owned());
    let spec = MachineSetSpec {
        cluster_name: deployment.spec.cluster_name.clone(),
        replicas: Some(planned.replicas),
        selector: LabelSelector {
            match_labels: with_hash(deployment.spec.selector.match_labels.clone()),
            match_expressions: deployment.spec.selector.match_expressions.clone(),
        },
        template,
        machine_naming: deployment.spec.machine_naming.clone(),
        deletion: deployment.spec.deletion.clone(),
    };
    let metadata = json!({
        "name": planned.name,
        "namespace": deployment.namespace(),
        "labels": set_labels,
        "annotations": annotations(deployment, planned, input),
        "ownerReferences": [ownership::reference(deployment, true)],
        "finalizers": [finalizer::MACHINE_SET],
    });
    Change::create(
        Watched::MachineSet,
        &metadata,
        &serde_json::to_value(spec).unwrap_or_default(),
    )
}
