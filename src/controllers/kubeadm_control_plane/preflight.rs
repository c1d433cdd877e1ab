//! What has to settle before a control plane is changed, and what forbids any change.

use fleetui_rules::admission::{self, Operation, Refusal, Write};
use fleetui_rules::version::Version;
use serde_json::json;

use super::components;
use super::observe::{Member, Observed, Secrets};
use super::remediation;
use crate::defaults::Alone;
use crate::external::topology;
use crate::kinds::Watched;

/// What is told while etcd, or one of its members, is not healthy or not known.
pub(super) const ETCD_NOT_HEALTHY: &str = "waiting for etcd cluster to become healthy";

/// What has to settle before machines are looked at; `going` is the one that is about to go.
pub(super) fn unsettled(observed: &Observed, going: Option<&str>) -> Option<String> {
    if let Some(version) = pending_upgrade(observed) {
        return Some(format!(
            "waiting for a version upgrade to {version} to be propagated"
        ));
    }
    if going.is_none() && !has_certificates(observed) {
        return Some("cluster certificates are missing or unknown".to_owned());
    }
    let mut machines = observed.machines.iter();
    machines
        .any(|member| member.machine.is_deleting())
        .then(|| "waiting for a control plane Machine to complete deletion".to_owned())
}

/// Machines that are not well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unwell {
    /// A sentence for each.
    pub(super) problems: Vec<String>,
    /// Whether components are not healthy or not known.
    components: bool,
    /// The same of etcd's members.
    members: bool,
}

impl Unwell {
    /// What a condition tells of them.
    pub(super) fn told(&self) -> Vec<String> {
        let told = [
            (
                self.components,
                "waiting for control plane components to become healthy",
            ),
            (self.members, ETCD_NOT_HEALTHY),
        ];
        let told = told.into_iter().filter(|(waits, _)| *waits);
        told.map(|(_, text)| text.to_owned()).collect()
    }
}

/// Whether the next machine takes a broken one's place.
pub(super) fn is_relaxed(observed: &Observed) -> bool {
    remediation::in_progress(&observed.control_plane).is_some()
}

/// Which machines are not well; the one that is about to go does not have to be.
pub(super) fn unwell(observed: &Observed, going: Option<&str>) -> Unwell {
    let mut found = Unwell::default();
    // The one that takes a broken machine's place may come although others are not well.
    if going.is_none() && is_relaxed(observed) {
        return found;
    }
    for member in &observed.machines {
        let name = member.machine.name();
        if member.machine.is_deleting() || Some(name) == going {
            continue;
        }
        if member.machine.status.node_ref.is_none() {
            (found.components, found.members) = (true, !observed.external_etcd);
            found.problems.push(format!(
                "Machine {name} does not have a corresponding Node yet (Machine.status.nodeRef not set)"
            ));
            continue;
        }
        for kind in unhealthy(observed, member) {
            found.members |= kind == components::ETCD_MEMBER;
            found.components |= kind != components::ETCD_MEMBER;
            found.problems.push(reported(member, kind));
        }
    }
    found
}

/// What a machine says of a component that is not healthy, or not known.
fn reported(member: &Member, kind: &str) -> String {
    let name = member.machine.name();
    match member.machine.condition(kind) {
        None => format!("Machine {name} does not have {kind} condition"),
        Some(condition) => {
            let status = condition.status.as_str().to_lowercase();
            let message = &condition.message;
            format!("Machine {name} reports {kind} condition is {status} ({message})")
        }
    }
}

/// The conditions of a machine's components that are not True.
pub(super) fn unhealthy(observed: &Observed, member: &Member) -> Vec<&'static str> {
    components::kinds(observed)
        .into_iter()
        .filter(|kind| *kind != components::NODE_MARKED)
        .filter(|kind| !member.machine.is_true(kind))
        .collect()
}

/// The version of a topology that has moved on, which is on its way to the control plane.
pub(super) fn pending_upgrade(observed: &Observed) -> Option<String> {
    let topology = topology(observed.cluster.as_deref()?)?;
    let version = topology.pending(&observed.control_plane.spec.version)?;
    Some(version.to_owned())
}

/// Whether the Secrets of the cluster can be used, or were found so before.
fn has_certificates(observed: &Observed) -> bool {
    match &observed.secrets {
        Secrets::Read { certificates, .. } => certificates.problem().is_none(),
        Secrets::Trusted => true,
        Secrets::TooEarly => false,
    }
}

/// What forbids every change: wishes that a server with Cluster API's webhooks would not have taken, and versions that are too
/// far from those of the machines. Other servers take what they get.
pub(super) fn forbidden(observed: &Observed) -> Vec<String> {
    let kind = Watched::KubeadmControlPlane;
    let mut object = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind(),
        "metadata": {"name": observed.control_plane.name(), "namespace": observed.control_plane.namespace()},
        "spec": serde_json::to_value(&observed.control_plane.spec).unwrap_or_default(),
    });
    let before = object.clone();
    let write = |object| Write {
        group: kind.group(),
        kind: kind.kind(),
        operation: Operation::Create,
        old: None,
        object,
        dry_run: true,
    };
    // What defaults cannot be filled in is told by the judgement.
    let _ = admission::default(&write(&before), &mut object, &Alone);
    let mut problems = match admission::validate(&write(&object), &Alone) {
        Ok(_) => Vec::new(),
        Err(denial) => match denial.refusal {
            Refusal::Forbidden(text) => vec![text],
            Refusal::Invalid { violations, .. } => violations
                .into_iter()
                .map(|violation| format!("{}: {}", violation.field, violation.message))
                .collect(),
        },
    };
    problems.extend(too_far(observed));
    problems
}

/// One minor version at a time.
fn too_far(observed: &Observed) -> Option<String> {
    let wished = observed.control_plane.spec.version.parse::<Version>().ok()?;
    let versions = observed
        .machines
        .iter()
        .filter(|member| !member.machine.is_deleting())
        .filter_map(|member| member.machine.spec.version.as_deref()?.parse::<Version>().ok());
    let lowest = versions.min()?;
    (!lowest.may_upgrade_to(&wished)).then(|| {
        format!("spec.version: Forbidden: cannot update Kubernetes version from {lowest} to {wished}")
    })
}
