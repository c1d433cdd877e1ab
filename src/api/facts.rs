//! The facts of an object, read the same way from all three API eras.

use compact_str::CompactString;
use fleetui_base::{GroupKind, ObjectName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::Json;
use crate::kinds::Role;
use crate::labels;
use reader::Reader;
use words::word;

pub use compact::{CompactCondition, Shape};
pub use host::{HostFacts, HostRequest};
pub use models::{Models, models};
pub use particulars::MARKS;

mod compact;
mod conditions;
mod host;
mod inventory;
mod models;
mod particulars;
mod reader;
mod references;
mod replicas;
mod words;

/// What lists, the tree and triage need of an object, whatever API version it was read in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says something else of the object"
)]
pub struct Facts {
    /// `cluster.x-k8s.io/v1beta2`.
    pub api_version: CompactString,
    /// Group and kind.
    pub kind: GroupKind,
    /// The part that it plays.
    pub role: Role,
    /// Namespace and name.
    pub object: ObjectName,
    /// Its identity; another life of the same name has another.
    pub uid: CompactString,
    /// The resourceVersion it was read at.
    pub resource_version: CompactString,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When its deletion was asked for.
    pub deleting_since: Option<Timestamp>,
    /// Finalizers that are left.
    pub finalizers: Box<[CompactString]>,
    /// Name of the Cluster that it belongs to; of a Cluster, its own.
    pub cluster: Option<CompactString>,
    /// Its controlling owner, else its first one.
    pub owner: Option<Reference>,
    /// Whether it belongs to a control plane (the label).
    pub control_plane: bool,
    /// Reference to the infrastructure object (`infrastructureRef`), where it has one.
    pub infrastructure: Option<Reference>,
    /// Reference to the bootstrap configuration (Machine) or to its template (MachineDeployment, MachineSet).
    pub bootstrap: Option<Reference>,
    /// Reference to the control plane (Cluster).
    pub control_plane_reference: Option<Box<Reference>>,
    /// Replica counters, where it has them. Of a Cluster: control plane and workers together. Machines, of which there are
    /// most, have none.
    pub replicas: Option<Box<Replicas>>,
    /// The Kubernetes version that it asks for.
    pub version: Option<CompactString>,
    /// Its phase, as it says itself.
    pub phase: Option<CompactString>,
    /// The Node that runs a Machine.
    pub node: Option<CompactString>,
    /// The provider's id of a machine.
    pub provider_id: Option<CompactString>,
    /// Its conditions: the metav1 ones where it has any, else the old ones.
    pub conditions: Vec<CompactCondition>,
    /// Whether every condition says what one hopes for, by its polarity; then there is nothing to explain.
    pub quiet: bool,
    /// Whether it has annotations, so that one can be added to them.
    #[serde(default)]
    pub annotated: bool,
    /// Whether it is paused itself, by spec or annotation (of a Cluster: with all that belongs to it).
    pub paused: bool,
    /// The topology that manages it: of a Cluster the class's name; of what a topology owns its name in the topology, which
    /// is empty for control planes, infrastructure clusters and templates.
    pub topology: Option<CompactString>,
    /// Bounds of the cluster autoscaler, where it owns the replicas.
    pub autoscaler: Option<(i64, i64)>,
    /// What could not be read: path and what was found there. Never empties the rest.
    pub broken: Box<[CompactString]>,
    /// Whether what its contract waits for has happened: infrastructure provisioned, data secret created, control plane
    /// initialised. Absent where the object does not say.
    pub initialized: Option<bool>,
    /// Whether its status was written for an older generation of its spec.
    pub behind: bool,
    /// Labels, without those of Cluster API's own, which the other fields stand for.
    pub labels: Box<[(CompactString, CompactString)]>,
    /// What only a few kinds say.
    pub particulars: Option<Box<Particulars>>,
}

/// A reference to an object of the same management cluster and namespace, without its version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// Group and kind.
    pub kind: GroupKind,
    /// Name.
    pub name: CompactString,
    /// The uid, where the reference has one.
    pub uid: Option<CompactString>,
}

/// Replica counters. A counter that the object does not report is absent, which is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Replicas {
    /// Wished.
    pub desired: Option<i64>,
    /// Existing.
    pub current: Option<i64>,
    /// Ready.
    pub ready: Option<i64>,
    /// Available.
    pub available: Option<i64>,
    /// Of the current template.
    pub up_to_date: Option<i64>,
}

impl Replicas {
    /// Available ones; where nobody counts those, ready ones.
    ///
    /// Never inlined: rustc 1.95 (LLVM 22.1.2) makes one load of the two, at a place that it works out from the tag of the first, and
    /// moves it before the question whether there are counters at all. Without counters that place is anywhere.
    #[inline(never)]
    pub fn there(&self) -> Option<i64> {
        self.available.or(self.ready)
    }

    /// Wished ones; where nothing is wished, existing ones. Not inlined for the same reason.
    #[inline(never)]
    pub fn wished(&self) -> Option<i64> {
        self.desired.or(self.current)
    }

    /// Whether other than the wished number are there.
    pub fn differs(&self) -> bool {
        self.there() != self.desired
    }
}

/// What only a few kinds say. It stands apart, so that the many rows without it stay small.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Particulars {
    /// What a Cluster's topology asks for.
    pub topology: Option<TopologyPlan>,
    /// Of a Cluster: the counters of its control plane.
    pub control_plane: Option<Replicas>,
    /// Of a Cluster: the counters of its workers.
    pub workers: Option<Replicas>,
    /// Whether a control plane runs etcd on its own machines. Only kubeadm's says so.
    pub stacked_etcd: bool,
    /// The oldest version that the object reports to run (`status.versions`, else `status.version`).
    pub running_version: Option<CompactString>,
    /// Who scales it, where it says that somebody else does (`cluster.x-k8s.io/replicas-managed-by`).
    pub replicas_managed_by: Option<CompactString>,
    /// Checks that a MachineDeployment or MachineSet leaves out before machines are created.
    pub skip_preflight: Option<CompactString>,
    /// Reason and message of a terminal failure; only in v1beta1.
    pub failure: Option<(CompactString, CompactString)>,
    /// Of a MachineHealthCheck: the labels that the machines have which it looks after.
    pub selector: Vec<(CompactString, CompactString)>,
    /// Of a ClusterResourceSetBinding: the names of the sets that were applied.
    pub bound: Vec<CompactString>,
    /// Of a Machine that has no node yet: the failure domain that it has to be in.
    pub failure_domain: Option<CompactString>,
    /// Of a host: what the rules of hosts ask for.
    pub host: Option<Box<HostFacts>>,
    /// Of a machine that takes a host and has none: what it asks for.
    pub host_request: Option<Box<HostRequest>>,
    /// Annotations by which somebody has asked for something to be done or left: those of [`MARKS`], and their values.
    #[serde(default)]
    pub marks: Vec<(CompactString, CompactString)>,
    /// What `spec.paused` says, where it is there.
    #[serde(default)]
    pub spec_paused: Option<bool>,
    /// From when on all of its machines are replaced.
    #[serde(default)]
    pub rollout_after: RolloutAfter,
    /// Of what replaces machines: within which bounds, where they are not the usual ones.
    #[serde(default)]
    pub rollout_bounds: Option<Box<RolloutBounds>>,
    /// Of a Cluster: the networks that it asks for, and where its control plane answers.
    #[serde(default)]
    pub networks: Option<Box<ClusterNetworks>>,
    /// Of what a provider has behind a pool: the least and the most nodes that it may have, where that is said.
    #[serde(default)]
    pub size_bounds: (Option<i64>, Option<i64>),
}

/// The networks of a Cluster as they are written, and where its control plane answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClusterNetworks {
    /// Of Pods, in CIDR notation.
    pub pods: Vec<CompactString>,
    /// Of Services, in CIDR notation.
    pub services: Vec<CompactString>,
    /// Host of the control plane's endpoint; empty where there is none yet.
    pub endpoint: CompactString,
    /// Addresses in the variables of its topology while there is none: one of them may become it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<CompactString>,
}

/// From when on all machines of an owner are replaced by new ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RolloutAfter {
    /// Whether the field that holds it is there (`rollout`; in v1beta1 there is none around it).
    pub holder: bool,
    /// The moment as it is written.
    pub after: Option<CompactString>,
}

/// Within which bounds an owner replaces its machines, as it is written. What is absent is as Cluster API has it by default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RolloutBounds {
    /// Whether old machines only go when somebody deletes them (`OnDelete`).
    pub by_hand: bool,
    /// Machines that there may be above the wished ones (`maxSurge`): a number, or a percentage such as `25%`.
    pub max_surge: Option<CompactString>,
    /// Wished machines that may be unavailable (`maxUnavailable`): a number, or a percentage such as `25%`.
    pub max_unavailable: Option<CompactString>,
}

/// What the topology of a Cluster asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TopologyPlan {
    /// The namespace of the class, where it is another than the Cluster's.
    pub class_namespace: Option<CompactString>,
    /// The control plane's replicas, where the topology sets them.
    pub control_plane_replicas: Option<i64>,
    /// From when on the machines of the control plane are replaced, where the topology speaks of a control plane.
    #[serde(default)]
    pub control_plane_rollout: Option<RolloutAfter>,
    /// `MachineDeployment`s, then `MachinePool`s, each in their written order.
    pub workers: Vec<TopologyWorkers>,
}

/// One MachineDeployment or MachinePool of a topology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopologyWorkers {
    /// Its name in the topology.
    pub name: CompactString,
    /// Whether it is a MachinePool.
    pub pool: bool,
    /// Where it stands in its list.
    pub index: usize,
    /// Its replicas, where the topology sets them.
    pub replicas: Option<i64>,
    /// From when on its machines are replaced.
    #[serde(default)]
    pub rollout: RolloutAfter,
}

impl Facts {
    /// Reads an object. Nothing in it can make this fail: what has the wrong shape is listed in `broken`.
    pub fn read(object: &Value) -> Self {
        Self::of(&Json::from(object))
    }

    /// The same of an object as it was received.
    pub fn of(object: &Json<'_>) -> Self {
        let mut reader = Reader::new(object);
        let identity = Identity::read(&mut reader);
        let role = identity.role;
        let metadata = Metadata::read(&mut reader);
        let owner = references::owner(&mut reader);
        let replicas = replicas::read(&mut reader, role).map(Box::new);
        let particulars = particulars::read(&mut reader, &identity.kind, role);
        let conditions = conditions::read(&mut reader);
        Self {
            cluster: cluster_name(&mut reader, role, &identity.object, owner.as_ref()),
            owner,
            control_plane: reader.label(labels::CONTROL_PLANE).is_some(),
            infrastructure: references::read(&mut reader, references::infrastructure_paths(role)),
            bootstrap: references::read(&mut reader, references::bootstrap_paths(role)),
            control_plane_reference: match role {
                Role::Cluster => references::read(&mut reader, &["spec.controlPlaneRef"]).map(Box::new),
                _ => None,
            },
            replicas,
            version: reader.text(version_paths(role)).map(word),
            phase: reader.text(&["status.phase", "status.instanceState"]).map(word),
            node: reader.text(&["status.nodeRef.name"]).map(CompactString::from),
            provider_id: reader.text(&["spec.providerID"]).map(CompactString::from),
            quiet: conditions.iter().all(|condition| condition.good()),
            conditions,
            annotated: reader
                .at("metadata.annotations")
                .and_then(Json::as_object)
                .is_some(),
            paused: reader.flag(&["spec.paused"]) == Some(true)
                || reader.annotation(labels::PAUSED).is_some(),
            topology: topology(&mut reader, role),
            autoscaler: autoscaler(&mut reader),
            initialized: reader.flag(initialized_paths(role)),
            behind: behind(&mut reader),
            labels: reader.own_labels(),
            particulars,
            api_version: identity.api_version,
            kind: identity.kind,
            role,
            object: identity.object,
            uid: metadata.uid,
            resource_version: metadata.resource_version,
            created: metadata.created,
            deleting_since: metadata.deleting_since,
            finalizers: metadata.finalizers,
            broken: reader.into_broken(),
        }
    }
}

/// What an object is and what it is called.
struct Identity {
    api_version: CompactString,
    kind: GroupKind,
    role: Role,
    object: ObjectName,
}

impl Identity {
    fn read(reader: &mut Reader<'_>) -> Self {
        let api_version = reader.text(&["apiVersion"]).unwrap_or_default();
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let kind = words::group_kind(group, reader.text(&["kind"]).unwrap_or_default());
        Self {
            api_version: word(api_version),
            role: Role::of(&kind),
            kind,
            object: ObjectName::new(
                reader.text(&["metadata.namespace"]).unwrap_or_default(),
                reader.text(&["metadata.name"]).unwrap_or_default(),
            ),
        }
    }
}

/// What every object says of itself.
struct Metadata {
    uid: CompactString,
    resource_version: CompactString,
    created: Option<Timestamp>,
    deleting_since: Option<Timestamp>,
    finalizers: Box<[CompactString]>,
}

impl Metadata {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            uid: reader.text(&["metadata.uid"]).unwrap_or_default().into(),
            resource_version: reader
                .text(&["metadata.resourceVersion"])
                .unwrap_or_default()
                .into(),
            created: reader.time(&["metadata.creationTimestamp"]),
            deleting_since: reader.time(&["metadata.deletionTimestamp"]),
            finalizers: reader
                .texts("metadata.finalizers")
                .into_iter()
                .map(word)
                .collect(),
        }
    }
}

/// The Cluster that an object belongs to: what its spec says, else its label, else a Cluster among its owners.
fn cluster_name(
    reader: &mut Reader<'_>,
    role: Role,
    object: &ObjectName,
    owner: Option<&Reference>,
) -> Option<CompactString> {
    if role == Role::Cluster {
        return Some(object.name.clone());
    }
    reader
        .text(&["spec.clusterName"])
        .or_else(|| reader.label(labels::CLUSTER_NAME).filter(|name| !name.is_empty()))
        .map(CompactString::from)
        .or_else(|| {
            owner
                .filter(|owner| Role::of(&owner.kind) == Role::Cluster)
                .map(|owner| owner.name.clone())
        })
}

fn version_paths(role: Role) -> &'static [&'static str] {
    match role {
        Role::Cluster => &["spec.topology.version"],
        Role::MachineDeployment | Role::MachineSet | Role::MachinePool => &["spec.template.spec.version"],
        // clusterctl's inventory has its fields at the top.
        Role::Provider => &["version"],
        Role::ControlPlane
        | Role::Machine
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Other => &["spec.version"],
    }
}

/// Where the contracts say that the first step is done, newest contract first.
fn initialized_paths(role: Role) -> &'static [&'static str] {
    match role {
        Role::Cluster => &[
            "status.initialization.controlPlaneInitialized",
            "status.controlPlaneReady",
        ],
        Role::ControlPlane => &[
            "status.initialization.controlPlaneInitialized",
            "status.initialized",
            "status.ready",
        ],
        Role::Machine | Role::MachinePool => &[
            "status.initialization.infrastructureProvisioned",
            "status.infrastructureReady",
        ],
        Role::BootstrapConfig => &["status.initialization.dataSecretCreated", "status.ready"],
        Role::InfrastructureCluster | Role::InfrastructureMachine | Role::InfrastructureMachinePool => {
            &["status.initialization.provisioned", "status.ready"]
        }
        Role::MachineDeployment
        | Role::MachineSet
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => &[],
    }
}

fn topology(reader: &mut Reader<'_>, role: Role) -> Option<CompactString> {
    if role == Role::Cluster {
        return reader
            .text(&["spec.topology.classRef.name", "spec.topology.class"])
            .map(CompactString::from);
    }
    reader.label(labels::TOPOLOGY_OWNED)?;
    let name = [labels::TOPOLOGY_DEPLOYMENT_NAME, particulars::TOPOLOGY_POOL_NAME]
        .into_iter()
        .find_map(|label| reader.label(label));
    Some(name.unwrap_or_default().into())
}

/// The autoscaler owns the replicas only where both bounds are set.
fn autoscaler(reader: &mut Reader<'_>) -> Option<(i64, i64)> {
    let smallest = reader.annotated_number(labels::AUTOSCALER_MIN_SIZE)?;
    let largest = reader.annotated_number(labels::AUTOSCALER_MAX_SIZE)?;
    Some((smallest, largest))
}

fn behind(reader: &mut Reader<'_>) -> bool {
    let observed = reader.integer(&["status.observedGeneration"]);
    let wished = reader.integer(&["metadata.generation"]);
    matches!((observed, wished), (Some(observed), Some(wished)) if observed < wished)
}

#[cfg(test)]
pub(crate) mod tests;
