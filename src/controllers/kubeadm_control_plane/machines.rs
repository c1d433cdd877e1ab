//! The machines of a control plane: how a new one is made, and what goes to those that are there in place.

use std::collections::BTreeMap;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::{
    Bootstrap, Cluster, ContractReference, KubeadmControlPlane, Machine, MachineDeletion, MachineSpec,
    ReadinessGate,
};
use fleetui_rules::condition_merge::condition;
use fleetui_rules::{names, old_conditions};
use serde_json::json;

use super::observe::{Member, Observed};
use super::outdated::{self, Form};
use super::remediation::{self, Verdict};
use super::{components, failure_domains, status};
use crate::change::{Change, Outcome};
use crate::kinds::Watched;
use crate::object::{Metadata, Object};
use crate::templates::{Given, Template};
use crate::{handed_down, ownership};

/// How machines are named where nothing else is wished.
const NAMING: &str = "{{ .kubeadmControlPlane.name }}-{{ .random }}";

/// What is put on machines and what belongs to them.
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

/// What is put on machines alone: they wait for the control plane before they terminate.
fn machine_annotations(observed: &Observed) -> BTreeMap<String, String> {
    let mut all = observed
        .control_plane
        .spec
        .machine_template
        .metadata
        .annotations
        .clone();
    all.insert(labels::CLEANUP_HOOK.to_owned(), String::new());
    all
}

/// The components of the control plane, and what its owner asks for besides.
fn readiness_gates(observed: &Observed) -> Vec<ReadinessGate> {
    let mut gates: Vec<ReadinessGate> = components::kinds(observed)
        .into_iter()
        .map(|kind| ReadinessGate {
            condition_type: kind.to_owned(),
            polarity: None,
        })
        .collect();
    for gate in &observed.control_plane.spec.machine_template.spec.readiness_gates {
        if gates
            .iter()
            .all(|known| known.condition_type != gate.condition_type)
        {
            gates.push(gate.clone());
        }
    }
    gates
}

/// The name of the next machine, by the template of names.
fn name(observed: &Observed, cluster: &Object<Cluster>) -> String {
    let control_plane = observed.control_plane.as_ref();
    let naming = control_plane.spec.machine_naming.as_ref();
    let template = naming
        .and_then(|naming| naming.template.as_deref())
        .unwrap_or(NAMING);
    let known = [
        ("kubeadmControlPlane.name", control_plane.name()),
        ("cluster.name", cluster.name()),
    ];
    names::from_template(template, &known, observed.random)
        .unwrap_or_else(|| names::generated(control_plane.name(), observed.random))
}

/// Creates a machine and what belongs to it: bootstrap and infrastructure first.
pub(super) fn grow(
    observed: &Observed,
    cluster: &Object<Cluster>,
    template: &Template,
    outcome: &mut Outcome<KubeadmControlPlane>,
) {
    let control_plane = observed.control_plane.as_ref();
    let name = name(observed, cluster);
    let owner = ownership::reference(control_plane, true);
    let all_labels = machine_labels(observed, cluster);
    let annotations = control_plane.spec.machine_template.metadata.annotations.clone();
    let metadata = |finalizers: &[&str], annotations: &BTreeMap<String, String>| {
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
    outcome.changes.extend(Change::create(
        Watched::KubeadmConfig,
        &metadata(&[], &annotations),
        &config,
    ));
    outcome.changes.extend(template.instantiate(Given {
        name: name.clone(),
        labels: all_labels.clone(),
        annotations: annotations.clone(),
        owner: owner.clone(),
    }));
    let mut of_machine = machine_annotations(observed);
    if let Some(repair) = remediation::in_progress(control_plane) {
        // From here on the machine remembers whose place it took.
        of_machine.insert(remediation::REPLACES.to_owned(), repair.text());
        let annotations = outcome.object.metadata.annotations.get_or_insert_default();
        annotations.remove(remediation::IN_PROGRESS);
    }
    let wished = &control_plane.spec.machine_template.spec;
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
        failure_domain: failure_domains::for_new(observed),
        readiness_gates: readiness_gates(observed),
        deletion: wished.deletion.clone(),
        taints: wished.taints.clone(),
        other: wished.other.clone(),
        ..MachineSpec::default()
    };
    let spec = serde_json::to_value(spec).unwrap_or_default();
    outcome.changes.extend(Change::create(
        Watched::Machine,
        &metadata(&[finalizer::MACHINE], &of_machine),
        &spec,
    ));
}

/// What a machine that is there should be now: its conditions as seen from the control plane, and what may change in place.
pub(super) fn see_to(observed: &Observed, member: &Member, verdict: &Verdict) -> Vec<Change> {
    let mut wished = Object::clone(&member.machine);
    tell(observed, member, verdict, &mut wished);
    let Some(cluster) = observed.cluster.as_deref() else {
        return Change::update(&member.machine, &wished);
    };
    if member.machine.is_deleting() || observed.control_plane.is_deleting() {
        return Change::update(&member.machine, &wished);
    }
    let all_labels = machine_labels(observed, cluster);
    let template = &observed.control_plane.spec.machine_template;
    let annotations = &template.metadata.annotations;
    let handed_down = (&all_labels, annotations);
    let of_machine = machine_annotations(observed);
    handed_down::put_on(&mut wished.metadata, (&all_labels, &of_machine), |_| false);
    wished.spec.readiness_gates = readiness_gates(observed);
    wished.spec.taints.clone_from(&template.spec.taints);
    wished.spec.deletion = merged(
        member.machine.spec.deletion.as_ref(),
        template.spec.deletion.as_ref(),
    );
    let mut changes = Change::update(&member.machine, &wished);
    if let Some(config) = &member.config {
        let mut wished = Object::clone(config);
        handed_down::put_on(&mut wished.metadata, handed_down, |_| false);
        if let Some(until) = member.serving_until {
            wished
                .metadata
                .set_annotation(labels::CERTIFICATES_EXPIRY, &until.to_string());
        }
        changes.extend(Change::update(config, &wished));
    }
    changes.extend(infrastructure(observed, member, handed_down));
    changes
}

/// The timeouts that the control plane names; the others stay as the server has filled them in.
fn merged(present: Option<&MachineDeletion>, wished: Option<&MachineDeletion>) -> Option<MachineDeletion> {
    let Some(wished) = wished else {
        return present.cloned();
    };
    let present = present.cloned().unwrap_or_default();
    Some(MachineDeletion {
        node_deletion_timeout_seconds: wished
            .node_deletion_timeout_seconds
            .or(present.node_deletion_timeout_seconds),
        node_drain_timeout_seconds: wished
            .node_drain_timeout_seconds
            .or(present.node_drain_timeout_seconds),
        node_volume_detach_timeout_seconds: wished
            .node_volume_detach_timeout_seconds
            .or(present.node_volume_detach_timeout_seconds),
    })
}

/// Labels and annotations of the infrastructure, where they are not as wished. What its template brought stays.
fn infrastructure(
    observed: &Observed,
    member: &Member,
    wished: (&BTreeMap<String, String>, &BTreeMap<String, String>),
) -> Option<Change> {
    let entry = member.infrastructure.entry()?;
    let metadata = &entry.object.metadata;
    let template = observed.template.as_ref();
    let patch = handed_down::patch(metadata, wished, |key| {
        !template.is_some_and(|template| template.made_without(metadata, key))
    })?;
    (!metadata.is_deleting()).then(|| Change::Patch {
        id: entry.id.clone(),
        version: metadata.resource_version.clone(),
        patch,
    })
}

/// What the control plane tells of a machine: its components, whether it is up to date, and what becomes of it when it is ill.
fn tell(observed: &Observed, member: &Member, verdict: &Verdict, wished: &mut Object<Machine>) {
    let now = observed.now;
    let seen = components::conditions(observed, member);
    let mut older: Vec<_> = seen.iter().filter_map(components::older).collect();
    for condition in seen {
        wished.set_condition(condition, now);
    }
    wished.set_condition(up_to_date(observed, member), now);
    remediation::forget_recovered(wished);
    if let Some(told) = remediation::told(&member.machine, verdict) {
        older.push(old_conditions::in_state(
            "OwnerRemediated",
            old_conditions::State::Warning,
            if told.reason == "MachineDeleting" {
                "RemediationInProgress"
            } else {
                "WaitingForRemediation"
            },
            told.message.as_str(),
        ));
        wished.set_condition(told, now);
    }
    for told in older {
        wished.set_old(told, now);
    }
}

fn up_to_date(observed: &Observed, member: &Member) -> Condition {
    let respects = outdated::respects(observed, member);
    if respects.is_empty() {
        return condition("UpToDate", ConditionStatus::True, "UpToDate", "");
    }
    condition(
        "UpToDate",
        ConditionStatus::False,
        "NotUpToDate",
        respects.join("\n"),
    )
}

#[cfg(test)]
pub(super) fn name_for_tests(observed: &Observed, cluster: &Object<Cluster>) -> String {
    name(observed, cluster)
}
