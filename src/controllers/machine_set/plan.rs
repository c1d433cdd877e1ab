//! What a MachineSet should do next.

use std::collections::BTreeMap;

use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::{Bootstrap, Machine, MachineSet};
use fleetui_rules::delete_order::{self, Candidate, CandidateState, DeletionOrder};
use fleetui_rules::names;
use fleetui_rules::preflight::{self, Action, Request};
use fleetui_rules::selector;
use fleetui_rules::version::Version;
use serde_json::json;

use super::observe::{Observed, Wanted};
use super::remediation::{self, Remediation};
use super::status;
use crate::change::{Change, Outcome};
use crate::external::topology;
use crate::kinds::Watched;
use crate::object::{Metadata, Object};
use crate::templates::Given;
use crate::{handed_down, orphans, ownership, pausing, templates};

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<MachineSet> {
    let set = observed.set.as_ref();
    let mut outcome = Outcome::unchanged(set);
    let paused = pausing::paused(set, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if set.is_deleting() {
        delete(observed, &mut outcome);
        return outcome;
    }
    outcome.object.metadata.add_finalizer(finalizer::MACHINE_SET);
    default(&mut outcome.object);
    adopt(observed, &mut outcome);
    if outcome.object.spec != set.spec {
        // The defaults come back as a new generation, and machines are made from that.
        status::write(observed, &mut outcome, &[]);
        outcome.look_again(observed.recheck);
        return outcome;
    }
    let remediation = remediation::plan(observed, || preflight(observed, Action::Remediate));
    let preflight = preflight(observed, Action::ScaleUp);
    sync_machines(observed, &remediation, &mut outcome);
    outcome.changes.extend(sync_parts(observed));
    if remediation.held_up {
        outcome.look_again(observed.recheck);
    }
    outcome.changes.extend(remediation.deletions);
    if observed.strays.is_empty() {
        scale(observed, &preflight, &mut outcome);
    } else {
        // They count from the next pass on.
        outcome.changes.extend(adopt_strays(observed));
    }
    status::write(observed, &mut outcome, &preflight);
    outcome
}

/// What the webhook of upstream fills in where nobody has: labels, selector, the version's `v`. A deployment has for its sets.
fn default(set: &mut Object<MachineSet>) {
    let (name, cluster_name) = (names::label_value(set.name()), set.spec.cluster_name.clone());
    set.metadata.set_label(labels::CLUSTER_NAME, &cluster_name);
    let of_deployment = set.metadata.label(labels::DEPLOYMENT_NAME).is_some();
    if of_deployment || ownership::controller(&set.metadata).is_some() {
        return;
    }
    let spec = &mut set.spec;
    let own = selector::is_empty(&spec.selector).then_some((labels::SET_NAME, name));
    let cluster = (labels::CLUSTER_NAME, cluster_name.clone());
    for (key, value) in own.into_iter().chain([cluster]) {
        spec.selector.match_labels.insert(key.to_owned(), value.clone());
        spec.template.metadata.labels.insert(key.to_owned(), value);
    }
    spec.template.spec.cluster_name = cluster_name;
    if let Some(version) = &mut spec.template.spec.version
        && let Ok(parsed) = version.parse::<Version>()
    {
        *version = parsed.to_string();
    }
}

fn delete(observed: &Observed, outcome: &mut Outcome<MachineSet>) {
    outcome.changes.extend(
        observed
            .machines
            .iter()
            .filter_map(|machine| Change::delete(machine)),
    );
    if observed.machines.is_empty() {
        outcome.object.metadata.remove_finalizer(finalizer::MACHINE_SET);
    }
    status::write(observed, outcome, &[]);
}

/// A stand-alone set belongs to its Cluster, and so do its templates.
fn adopt(observed: &Observed, outcome: &mut Outcome<MachineSet>) {
    let Some(cluster) = observed.cluster.as_deref() else {
        return;
    };
    let metadata = &observed.set.metadata;
    // One that has lost its deployment comes back to it, and not to the Cluster.
    let of_deployment = metadata.label(labels::DEPLOYMENT_NAME).is_some();
    if ownership::controller(metadata).is_none() && !of_deployment {
        ownership::add(&mut outcome.object.metadata, ownership::reference(cluster, false));
        let templates = [&observed.bootstrap, &observed.infrastructure];
        outcome.changes.extend(
            templates
                .into_iter()
                .filter_map(|wanted| wanted.found()?.adopt(cluster)),
        );
    }
}

/// Machines that the set's selector accepts become its own.
fn adopt_strays(observed: &Observed) -> impl Iterator<Item = Change> + '_ {
    observed.strays.iter().flat_map(|machine| {
        let mut wished = Object::clone(machine);
        ownership::add(
            &mut wished.metadata,
            ownership::reference(observed.set.as_ref(), true),
        );
        Change::update(machine, &wished)
    })
}

/// Labels of every machine of the set.
fn machine_labels(set: &Object<MachineSet>) -> BTreeMap<String, String> {
    let mut all = set.spec.template.metadata.labels.clone();
    all.insert(labels::CLUSTER_NAME.to_owned(), set.spec.cluster_name.clone());
    all.insert(labels::SET_NAME.to_owned(), names::label_value(set.name()));
    let deployment = ownership::controller(&set.metadata).filter(|owner| owner.kind == "MachineDeployment");
    if let Some(owner) = deployment {
        all.insert(labels::DEPLOYMENT_NAME.to_owned(), owner.name.clone());
    }
    all
}

/// What may change without a rollout goes to the machines in place.
fn sync_machines(observed: &Observed, remediation: &Remediation, outcome: &mut Outcome<MachineSet>) {
    let set = observed.set.as_ref();
    let template = &set.spec.template;
    let all_labels = machine_labels(set);
    for machine in &observed.machines {
        let mut wished = Object::clone(machine);
        // One that goes gets what matters for its going.
        if !machine.is_deleting() {
            let handed_down = (&all_labels, &template.metadata.annotations);
            handed_down::put_on(&mut wished.metadata, handed_down, |_| false);
            wished.spec.other.clone_from(&template.spec.other);
        }
        wished.spec.min_ready_seconds = template.spec.min_ready_seconds;
        wished
            .spec
            .readiness_gates
            .clone_from(&template.spec.readiness_gates);
        wished.spec.deletion.clone_from(&template.spec.deletion);
        wished.spec.taints.clone_from(&template.spec.taints);
        remediation.apply(&mut wished, observed.now);
        outcome.changes.extend(Change::update(machine, &wished));
    }
}

/// Labels and annotations go to what the machines are made of, too. What the template of these objects brought stays.
fn sync_parts(observed: &Observed) -> impl Iterator<Item = Change> + '_ {
    let set = observed.set.as_ref();
    let all_labels = machine_labels(set);
    observed.parts.iter().filter_map(move |part| {
        let metadata = &part.object.metadata;
        let templates = [&observed.bootstrap, &observed.infrastructure];
        let mut templates = templates.into_iter().filter_map(|wanted| wanted.found());
        let template = templates.find(|template| template.clone_kind == part.id.kind);
        let wished = (&all_labels, &set.spec.template.metadata.annotations);
        let patch = handed_down::patch(metadata, wished, |key| {
            !template.is_some_and(|template| template.made_without(metadata, key))
        })?;
        (!metadata.is_deleting()).then(|| Change::Patch {
            id: part.id.clone(),
            version: metadata.resource_version.clone(),
            patch,
        })
    })
}

/// Creates or deletes machines.
fn scale(observed: &Observed, preflight: &[String], outcome: &mut Outcome<MachineSet>) {
    outcome.changes.extend(orphans::delete(&observed.orphans));
    let set = observed.set.as_ref();
    let wished = usize::try_from(set.spec.replicas.unwrap_or(1)).unwrap_or(0);
    if observed.machines.len() > wished {
        shrink(observed, observed.machines.len() - wished, outcome);
    } else if observed.machines.len() < wished {
        if set.metadata.annotation(labels::DISABLE_MACHINE_CREATE) == Some("true") {
            return;
        }
        // The conditions say so. An Event would tell it of every set whose templates are applied a moment later.
        if !preflight.is_empty() || missing_templates(observed).is_some() {
            outcome.look_again(observed.recheck);
            return;
        }
        for number in observed.machines.len()..wished {
            let random = names::seeded(observed.random, &number.to_string());
            grow(observed, &machine_name(set, random), outcome);
        }
    }
}

/// The name of a new machine, as the set wishes it.
fn machine_name(set: &Object<MachineSet>, random: u64) -> String {
    let template = set
        .spec
        .machine_naming
        .as_ref()
        .and_then(|naming| naming.template.as_deref());
    let known = [
        ("cluster.name", set.spec.cluster_name.as_str()),
        ("machineSet.name", set.name()),
    ];
    template
        .and_then(|template| names::from_template(template, &known, random))
        .unwrap_or_else(|| names::generated(set.name(), random))
}

/// Which templates are not there, as a sentence.
pub(super) fn missing_templates(observed: &Observed) -> Option<String> {
    let all = [&observed.bootstrap, &observed.infrastructure].into_iter();
    let missing: Vec<&str> = all
        .filter_map(Wanted::missing)
        .map(|it| it.kind.as_str())
        .collect();
    templates::missing(&missing)
}

/// Why no machine may be created now for `action`.
fn preflight(observed: &Observed, action: Action) -> Vec<String> {
    let set = observed.set.as_ref();
    let version = set
        .spec
        .template
        .spec
        .version
        .as_deref()
        .and_then(|version| version.parse().ok());
    let skip = [
        set.metadata.annotation(labels::SKIP_PREFLIGHT_CHECKS),
        observed
            .deployment
            .as_ref()
            .and_then(|deployment| deployment.metadata.annotation(labels::SKIP_PREFLIGHT_CHECKS)),
        observed
            .bootstrap
            .found()
            .and_then(|template| template.annotation(labels::SKIP_PREFLIGHT_CHECKS)),
    ];
    let cluster = observed.cluster.as_deref();
    preflight::failures(&Request {
        action,
        control_plane: observed.control_plane.as_ref(),
        topology: cluster.and_then(topology),
        version: version.as_ref(),
        kubeadm: observed
            .bootstrap
            .found()
            .is_some_and(|template| template.clone_kind == Watched::KubeadmConfig),
        skip: skip.into_iter().flatten().find(|skip| !skip.is_empty()),
    })
}

fn shrink(observed: &Observed, excess: usize, outcome: &mut Outcome<MachineSet>) {
    let order = observed
        .set
        .spec
        .deletion
        .as_ref()
        .and_then(|deletion| deletion.order.as_deref());
    let candidates: Vec<Candidate> = observed
        .machines
        .iter()
        .map(|machine| Candidate {
            name: machine.name().to_owned(),
            created: machine.metadata.created(),
            state: state(machine),
        })
        .collect();
    let chosen = delete_order::choose(&candidates, excess, DeletionOrder::parse(order), observed.now);
    let going = observed
        .machines
        .iter()
        .filter(|machine| chosen.iter().any(|name| name == machine.name()));
    outcome
        .changes
        .extend(going.filter_map(|machine| Change::delete(machine)));
}

fn state(machine: &Object<Machine>) -> CandidateState {
    if machine.is_deleting() {
        CandidateState::Deleting
    } else if machine.metadata.annotation(labels::DELETE_MACHINE).is_some() {
        CandidateState::Marked
    } else if machine.status.node_ref.is_none()
        || machine.is_false("NodeHealthy")
        || machine.is_false("HealthCheckSucceeded")
    {
        CandidateState::Unhealthy
    } else {
        CandidateState::Healthy
    }
}

/// Creates a machine and what belongs to it: bootstrap and infrastructure first, so that a Machine never misses them.
fn grow(observed: &Observed, name: &str, outcome: &mut Outcome<MachineSet>) {
    let set = observed.set.as_ref();
    let template = &set.spec.template;
    let owner = ownership::reference(set, true);
    let mut spec = template.spec.clone();
    spec.cluster_name.clone_from(&set.spec.cluster_name);
    for wanted in [&observed.bootstrap, &observed.infrastructure] {
        let Some(source) = wanted.found() else {
            continue;
        };
        outcome.changes.extend(source.instantiate(Given {
            name: name.to_owned(),
            labels: machine_labels(set),
            annotations: template.metadata.annotations.clone(),
            owner: owner.clone(),
        }));
    }
    if let Some(source) = observed.bootstrap.found() {
        spec.bootstrap = Bootstrap {
            config_ref: Some(source.clone_reference(name)),
            data_secret_name: None,
        };
    }
    if let Some(source) = observed.infrastructure.found() {
        spec.infrastructure_ref = Some(source.clone_reference(name));
    }
    let metadata = json!({
        "name": name,
        "namespace": set.namespace(),
        "labels": machine_labels(set),
        "annotations": template.metadata.annotations,
        "ownerReferences": [owner],
        "finalizers": [finalizer::MACHINE],
    });
    let spec = serde_json::to_value(spec).unwrap_or_default();
    outcome
        .changes
        .extend(Change::create(Watched::Machine, &metadata, &spec));
}
