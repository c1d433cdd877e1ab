//! Whom a change concerns: the object itself, its owners, its cluster, and those who wait for it.

use std::collections::BTreeMap;

use fleetui_base::ObjectName;
use serde_json::Value;

use super::{Entry, Inner, hosts};
use crate::kinds::{ObjectId, Watched};
use crate::ownership;

/// The objects to reconcile after `old` became `new`; one of them may be missing.
pub(super) fn concerned(inner: &Inner, old: Option<&Entry>, new: Option<&Entry>) -> Vec<ObjectId> {
    if new.or(old).is_some_and(|entry| entry.id.kind == Watched::ByoHost) {
        return hosts::concerned(inner, old, new);
    }
    let mut ids = Vec::new();
    for entry in old.into_iter().chain(new) {
        ids.push(entry.id.clone());
        owners(entry, &mut ids);
        // The cluster's own status sums up all of these.
        if let Some(cluster) = entry.cluster() {
            ids.push(ObjectId::new(Watched::Cluster, &entry.id.name.namespace, cluster));
        }
    }
    let Some(entry) = new.or(old) else {
        return ids;
    };
    let namespace = entry.id.name.namespace.as_str();
    match entry.id.kind {
        Watched::Cluster => of_cluster(inner, (old, new), entry, &mut ids),
        // The same-named bootstrap and infrastructure objects wait for their Machine; control planes and workers for each other.
        Watched::Machine => of_machine(inner, (old, new), entry, &mut ids),
        // Machines tell whether they are up to date by comparing with the template of their deployment.
        Watched::MachineDeployment => {
            if changed(old, new, generation) {
                members(inner, entry, &mut ids, |kind| kind == Watched::Machine);
            }
        }
        // Sets wait for a stable control plane, bootstrap for an initialised one.
        Watched::KubeadmControlPlane => {
            if changed(old, new, control_plane_facts) {
                members(inner, entry, &mut ids, |kind| {
                    matches!(
                        kind,
                        Watched::MachineSet | Watched::KubeadmConfig | Watched::Machine
                    )
                });
            }
        }
        // Who owns a template, and what is labelled on it, changes nothing of what is made from it.
        Watched::KubeadmConfigTemplate | Watched::DevMachineTemplate | Watched::ByoMachineTemplate => {
            if changed(old, new, life_and_generation) {
                ids.extend(inner.by_template.get(&entry.id).into_iter().flatten().cloned());
            }
        }
        Watched::MachinePool => ids.extend(parts(entry, "/spec/template/spec")),
        Watched::MachineSet => {
            if ownership::controller(&entry.object.metadata).is_none() {
                of_kind(inner, entry, Watched::MachineDeployment, &mut ids);
            }
        }
        // What installs Kubernetes waits to be told of the host; the cluster's infrastructure stays while it has machines.
        Watched::ByoMachine => {
            ids.push(ObjectId::new(
                Watched::K8sInstallerConfig,
                namespace,
                &entry.id.name.name,
            ));
            if old.is_none() != new.is_none() {
                members(inner, entry, &mut ids, |kind| kind == Watched::ByoCluster);
            }
        }
        Watched::K8sInstallerConfigTemplate => of_installer_template(inner, old, namespace, &mut ids),
        Watched::ByoCluster
        | Watched::ByoHost
        | Watched::K8sInstallerConfig
        | Watched::KubeadmConfig
        | Watched::ClusterClass
        | Watched::DevCluster
        | Watched::DevMachine
        | Watched::MachineDrainRule
        | Watched::MachineHealthCheck
        | Watched::ClusterResourceSet
        | Watched::ClusterResourceSetBinding
        | Watched::DevMachinePool => {}
    }
    ids
}

/// Hosts that wait to be told what installs Kubernetes; and a template goes with the cluster of the template that names it.
fn of_installer_template(inner: &Inner, old: Option<&Entry>, namespace: &str, ids: &mut Vec<ObjectId>) {
    hosts::waiting(inner, namespace, ids);
    if old.is_none() {
        let templates = inner.in_namespace(namespace, Watched::ByoMachineTemplate);
        ids.extend(templates.cloned());
    }
}

fn of_machine(
    inner: &Inner,
    (old, new): (Option<&Entry>, Option<&Entry>),
    entry: &Entry,
    ids: &mut Vec<ObjectId>,
) {
    let mut parts = parts(entry, "/spec");
    if !changed(old, new, machine_facts) {
        parts.retain(|id| !reads_machine_facts_alone(id.kind));
    }
    ids.extend(parts);
    of_kind(inner, entry, Watched::MachineHealthCheck, ids);
    // Somebody may want one that nobody controls.
    if ownership::controller(&entry.object.metadata).is_none() {
        of_kind(inner, entry, Watched::MachineSet, ids);
    }
    if old.is_none() != new.is_none() {
        members(inner, entry, ids, |kind| kind == Watched::KubeadmControlPlane);
    }
}

fn of_cluster(
    inner: &Inner,
    (old, new): (Option<&Entry>, Option<&Entry>),
    entry: &Entry,
    ids: &mut Vec<ObjectId>,
) {
    if changed(old, new, selected_facts) {
        let namespace = entry.id.name.namespace.as_str();
        ids.extend(
            inner
                .in_namespace(namespace, Watched::ClusterResourceSet)
                .cloned(),
        );
    }
    if changed(old, new, cluster_facts) {
        members(inner, entry, ids, |_| true);
    } else if changed(old, new, health_facts) {
        of_kind(inner, entry, Watched::MachineHealthCheck, ids);
    }
}

fn owners(entry: &Entry, ids: &mut Vec<ObjectId>) {
    for owner in entry.object.metadata.owner_references.iter().flatten() {
        ids.extend(
            ownership::kind(owner).map(|kind| ObjectId::new(kind, &entry.id.name.namespace, &owner.name)),
        );
    }
}

fn members(inner: &Inner, entry: &Entry, ids: &mut Vec<ObjectId>, wanted: fn(Watched) -> bool) {
    let Some(cluster) = entry.cluster() else {
        return;
    };
    let cluster = ObjectName::new(&entry.id.name.namespace, cluster);
    let members = inner.by_cluster.get(&cluster).into_iter().flatten();
    ids.extend(members.filter(|id| wanted(id.kind)).cloned());
}

fn of_kind(inner: &Inner, entry: &Entry, kind: Watched, ids: &mut Vec<ObjectId>) {
    if let Some(cluster) = entry.cluster() {
        let cluster = ObjectName::new(&entry.id.name.namespace, cluster);
        ids.extend(inner.members_of(&cluster, kind).cloned());
    }
}

/// The templates that something makes its machines from.
pub(super) fn templates(entry: &Entry) -> Vec<ObjectId> {
    let at = match entry.id.kind {
        Watched::MachineDeployment | Watched::MachineSet => "/spec/template/spec",
        Watched::KubeadmControlPlane => "/spec/machineTemplate/spec",
        Watched::Cluster
        | Watched::ClusterClass
        | Watched::Machine
        | Watched::KubeadmConfig
        | Watched::KubeadmConfigTemplate
        | Watched::DevCluster
        | Watched::DevMachine
        | Watched::DevMachineTemplate
        | Watched::MachineDrainRule
        | Watched::MachineHealthCheck
        | Watched::MachinePool
        | Watched::ClusterResourceSet
        | Watched::ClusterResourceSetBinding
        | Watched::DevMachinePool
        | Watched::ByoCluster
        | Watched::ByoHost
        | Watched::ByoMachine
        | Watched::ByoMachineTemplate
        | Watched::K8sInstallerConfig
        | Watched::K8sInstallerConfigTemplate => return Vec::new(),
    };
    parts(entry, at)
}

/// The bootstrap and infrastructure objects that a machine, or what is like one, refers to.
fn parts(entry: &Entry, at: &str) -> Vec<ObjectId> {
    let spec = entry.object.data.pointer(at);
    let reference = |path: &str| referred(spec?.pointer(path)?, &entry.id.name.namespace);
    let paths = ["/bootstrap/configRef", "/infrastructureRef"];
    paths.into_iter().filter_map(reference).collect()
}

fn referred(reference: &Value, namespace: &str) -> Option<ObjectId> {
    let text = |key: &str| reference.get(key).and_then(Value::as_str);
    let kind = Watched::find(text("apiGroup")?, text("kind")?)?;
    Some(ObjectId::new(kind, namespace, text("name")?))
}

/// Whether what `facts` reads differs between both.
fn changed<'a, T: PartialEq>(
    old: Option<&'a Entry>,
    new: Option<&'a Entry>,
    facts: fn(&'a Entry) -> T,
) -> bool {
    old.map(facts) != new.map(facts)
}

fn generation(entry: &Entry) -> Option<i64> {
    entry.object.metadata.generation
}

fn life_and_generation(entry: &Entry) -> (&str, Option<i64>) {
    (entry.uid(), entry.object.metadata.generation)
}

/// Whether objects of this kind read nothing of their Machine but its [`machine_facts`].
fn reads_machine_facts_alone(kind: Watched) -> bool {
    matches!(kind, Watched::KubeadmConfig | Watched::DevMachine)
}

/// What bootstrap and simulated infrastructure read of their Machine: all that its own conditions do not say.
fn machine_facts(entry: &Entry) -> impl PartialEq + '_ {
    let metadata = &entry.object.metadata;
    (
        life_and_generation(entry),
        (
            &metadata.labels,
            &metadata.annotations,
            &metadata.owner_references,
        ),
        metadata.deletion_timestamp.is_some(),
        entry.object.data.pointer("/status/nodeRef"),
    )
}

/// What the members of a cluster read of it.
fn cluster_facts(entry: &Entry) -> (bool, Vec<Option<Value>>) {
    let data = &entry.object.data;
    let paths = [
        "/spec/paused",
        "/spec/controlPlaneEndpoint",
        "/spec/controlPlaneRef",
        "/status/initialization",
    ];
    let mut facts: Vec<Option<Value>> = paths.iter().map(|path| data.pointer(path).cloned()).collect();
    facts.push(entry.object.metadata.uid.clone().map(Value::String));
    (entry.object.metadata.deletion_timestamp.is_some(), facts)
}

/// What resource sets read of a cluster: its labels, and whether it comes or goes.
fn selected_facts(entry: &Entry) -> (bool, Option<&BTreeMap<String, String>>) {
    let metadata = &entry.object.metadata;
    (metadata.deletion_timestamp.is_some(), metadata.labels.as_ref())
}

/// What health checks read of a cluster beside that: whether two conditions hold.
fn health_facts(entry: &Entry) -> Vec<Option<Value>> {
    let conditions = entry.object.data.pointer("/status/conditions");
    let conditions = conditions.and_then(Value::as_array);
    ["ControlPlaneInitialized", "InfrastructureReady"]
        .iter()
        .map(|kind| {
            let mut conditions = conditions.into_iter().flatten();
            let found =
                conditions.find(|condition| condition.get("type").and_then(Value::as_str) == Some(*kind));
            found?.get("status").cloned()
        })
        .collect()
}

/// What workers and bootstrap read of a control plane.
fn control_plane_facts(entry: &Entry) -> (bool, Vec<Option<Value>>) {
    let data = &entry.object.data;
    let paths = [
        "/spec/version",
        "/status/versions",
        "/status/version",
        "/status/initialization",
    ];
    let facts = paths.iter().map(|path| data.pointer(path).cloned()).collect();
    (entry.object.metadata.deletion_timestamp.is_some(), facts)
}
