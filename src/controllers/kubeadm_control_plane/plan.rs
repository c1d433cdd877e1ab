//! What a KubeadmControlPlane should do next.

use std::collections::BTreeMap;
use std::time::Duration;

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::{
    Bootstrap, Cluster, ContractReference, Endpoint, KubeadmControlPlane, MachineSpec, ReadinessGate,
};
use fleetui_rules::condition_merge::condition;
use fleetui_rules::names;
use fleetui_rules::version::Version;
use serde_json::json;

use super::components::{self, COMPONENTS};
use super::kubeconfig;
use super::observe::{Member, Observed, Secrets};
use super::outdated::Form;
use super::replicas::{self, Step};
use super::{outdated, status};
use crate::change::{Change, Outcome};
use crate::kinds::Watched;
use crate::object::{Metadata, Object};
use crate::templates::{Given, Template};
use crate::{certificates, orphans, ownership, pausing};

/// How long until Secrets that could not be used are looked at again.
const MISSING_CERTIFICATES_PAUSE: Duration = Duration::from_secs(30);

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<KubeadmControlPlane> {
    let control_plane = observed.control_plane.as_ref();
    let mut outcome = Outcome::unchanged(control_plane);
    let paused = pausing::paused(control_plane, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    outcome.changes.extend(
        observed
            .machines
            .iter()
            .flat_map(|member| machine_conditions(observed, member)),
    );
    if control_plane.is_deleting() {
        delete(observed, &mut outcome);
        status::write(observed, &mut outcome, &[]);
        return outcome;
    }
    let Some(cluster) = observed.cluster.as_deref() else {
        // The Cluster makes itself the owner.
        outcome.look_again(observed.recheck);
        return outcome;
    };
    outcome
        .object
        .metadata
        .add_finalizer(finalizer::KUBEADM_CONTROL_PLANE);
    default(&mut outcome.object);
    outcome.changes.extend(
        observed
            .template
            .as_ref()
            .and_then(|template| template.adopt(cluster)),
    );
    let blocked = work(observed, cluster, &mut outcome);
    status::write(observed, &mut outcome, &blocked);
    outcome
}

/// What the webhook of upstream fills in.
fn default(control_plane: &mut Object<KubeadmControlPlane>) {
    control_plane.spec.replicas.get_or_insert(1);
    if let Ok(version) = control_plane.spec.version.parse::<Version>() {
        control_plane.spec.version = version.to_string();
    }
}

/// Waits for the workers, then deletes all machines at once.
fn delete(observed: &Observed, outcome: &mut Outcome<KubeadmControlPlane>) {
    if observed.has_workers {
        outcome.look_again(observed.recheck);
        return;
    }
    outcome.changes.extend(
        observed
            .machines
            .iter()
            .filter_map(|member| Change::delete(&member.machine)),
    );
    if observed.machines.is_empty() {
        outcome
            .object
            .metadata
            .remove_finalizer(finalizer::KUBEADM_CONTROL_PLANE);
    }
}

/// Sees to kubeconfig and machines; tells what holds up the next change.
fn work(
    observed: &Observed,
    cluster: &Object<Cluster>,
    outcome: &mut Outcome<KubeadmControlPlane>,
) -> Vec<String> {
    let stands = cluster
        .status
        .initialization
        .as_ref()
        .and_then(|reached| reached.infrastructure_provisioned);
    let has_endpoint = cluster
        .spec
        .control_plane_endpoint
        .as_ref()
        .is_some_and(Endpoint::is_valid);
    if stands == Some(true) {
        see_to_secrets(observed, cluster, outcome);
    }
    if stands != Some(true) || !has_endpoint {
        return vec![
            "Waiting for Cluster status.initialization.infrastructureProvisioned to be true".to_owned(),
        ];
    }
    outcome.changes.extend(orphans::delete(&observed.orphans));
    sync_machines(observed, outcome);
    match replicas::step(observed) {
        Step::Nothing => Vec::new(),
        Step::ScaleUp => {
            if let Some(template) = &observed.template {
                grow(observed, cluster, template, outcome);
            }
            Vec::new()
        }
        Step::ScaleDown(name) => {
            let going = observed
                .machines
                .iter()
                .find(|member| member.machine.name() == name);
            outcome
                .changes
                .extend(going.and_then(|member| Change::delete(&member.machine)));
            Vec::new()
        }
        Step::Blocked(problems) => {
            outcome.look_again(observed.recheck);
            problems
        }
    }
}

/// Creates and renews the cluster's Secrets, and tells whether they are as they should be.
fn see_to_secrets(
    observed: &Observed,
    cluster: &Object<Cluster>,
    outcome: &mut Outcome<KubeadmControlPlane>,
) {
    let Secrets::Read {
        certificates,
        kubeconfig,
    } = &observed.secrets
    else {
        return;
    };
    let control_plane = observed.control_plane.as_ref();
    let owner = ownership::reference(control_plane, true);
    outcome.changes.extend(certificates.create(cluster, &owner));
    outcome
        .changes
        .extend(kubeconfig::change(kubeconfig, cluster, control_plane));
    let problem = certificates.problem();
    if problem.is_some() {
        outcome.look_again(MISSING_CERTIFICATES_PAUSE);
    }
    let available = certificates::available(problem.as_ref());
    outcome.object.set_condition(available, observed.now);
}

/// What the control plane tells of each machine: its pods, and whether it is up to date.
fn machine_conditions(observed: &Observed, member: &Member) -> Vec<Change> {
    let mut wished = Object::clone(&member.machine);
    for condition in components::conditions(observed, member) {
        wished.set_condition(condition, observed.now);
    }
    let respects = outdated::respects(observed, member);
    let up_to_date = if respects.is_empty() {
        condition("UpToDate", ConditionStatus::True, "UpToDate", "")
    } else {
        condition(
            "UpToDate",
            ConditionStatus::False,
            "NotUpToDate",
            respects.join("\n"),
        )
    };
    wished.set_condition(up_to_date, observed.now);
    Change::update(&member.machine, &wished)
}

/// What may change without a rollout goes to the machines in place.
fn sync_machines(observed: &Observed, outcome: &mut Outcome<KubeadmControlPlane>) {
    let template = &observed.control_plane.spec.machine_template;
    for member in observed
        .machines
        .iter()
        .filter(|member| !member.machine.is_deleting())
    {
        let mut wished = Object::clone(&member.machine);
        wished
            .metadata
            .labels
            .get_or_insert_default()
            .extend(template.metadata.labels.clone());
        wished
            .metadata
            .annotations
            .get_or_insert_default()
            .extend(template.metadata.annotations.clone());
        outcome.changes.extend(Change::update(&member.machine, &wished));
    }
}

fn machine_labels(observed: &Observed, cluster: &Object<Cluster>) -> BTreeMap<String, String> {
    let control_plane = observed.control_plane.as_ref();
    let mut all = control_plane.spec.machine_template.metadata.labels.clone();
    all.insert(labels::CLUSTER_NAME.to_owned(), cluster.name().to_owned());
    all.insert(labels::CONTROL_PLANE.to_owned(), String::new());
    all.insert(
        labels::CONTROL_PLANE_NAME.to_owned(),
        names::label_value(control_plane.name()),
    );
    all
}

/// The components of the control plane, and what its owner asks for besides.
fn readiness_gates(control_plane: &Object<KubeadmControlPlane>) -> Vec<ReadinessGate> {
    let mut gates: Vec<ReadinessGate> = COMPONENTS
        .iter()
        .map(|(kind, _)| ReadinessGate {
            condition_type: (*kind).to_owned(),
            polarity: None,
        })
        .collect();
    for gate in &control_plane.spec.machine_template.spec.readiness_gates {
        if gates
            .iter()
            .all(|known| known.condition_type != gate.condition_type)
        {
            gates.push(gate.clone());
        }
    }
    gates
}

/// Creates a machine and what belongs to it: bootstrap and infrastructure first.
fn grow(
    observed: &Observed,
    cluster: &Object<Cluster>,
    template: &Template,
    outcome: &mut Outcome<KubeadmControlPlane>,
) {
    let control_plane = observed.control_plane.as_ref();
    let name = names::generated(control_plane.name(), observed.random);
    let owner = ownership::reference(control_plane, true);
    let all_labels = machine_labels(observed, cluster);
    let annotations = control_plane.spec.machine_template.metadata.annotations.clone();
    let metadata = |finalizers: &[&str]| {
        json!({
            "name": name,
            "namespace": control_plane.namespace(),
            "labels": all_labels,
            "annotations": annotations,
            "ownerReferences": [owner],
            "finalizers": finalizers,
        })
    };
    let first = observed.machines.is_empty() && !status::is_initialized(observed);
    let form = if first { Form::Init } else { Form::Join };
    let config = serde_json::to_value(outdated::wished_config(control_plane, form)).unwrap_or_default();
    outcome
        .changes
        .extend(Change::create(Watched::KubeadmConfig, &metadata(&[]), &config));
    outcome.changes.extend(template.instantiate(Given {
        name: name.clone(),
        labels: all_labels.clone(),
        annotations: annotations.clone(),
        owner: owner.clone(),
    }));
    let spec = MachineSpec {
        cluster_name: cluster.name().to_owned(),
        bootstrap: Bootstrap {
            config_ref: Some(ContractReference {
                api_group: Watched::KubeadmConfig.group().to_owned(),
                kind: Watched::KubeadmConfig.kind().to_owned(),
                name: name.clone(),
            }),
            data_secret_name: None,
        },
        infrastructure_ref: Some(template.clone_reference(&name)),
        version: Some(outcome.object.spec.version.clone()),
        readiness_gates: readiness_gates(control_plane),
        deletion: control_plane.spec.machine_template.spec.deletion.clone(),
        taints: control_plane.spec.machine_template.spec.taints.clone(),
        other: control_plane.spec.machine_template.spec.other.clone(),
        ..MachineSpec::default()
    };
    let spec = serde_json::to_value(spec).unwrap_or_default();
    outcome.changes.extend(Change::create(
        Watched::Machine,
        &metadata(&[finalizer::MACHINE]),
        &spec,
    ));
}
