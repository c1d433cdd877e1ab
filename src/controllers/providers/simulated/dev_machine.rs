//! DevMachine: a machine that takes its time, gets an identity, and then shows up as a node.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::labels;
use fleetui_api::v1beta2::{Cluster, DevMachine, KubeadmConfig, Machine, MachineAddress};
use fleetui_base::ObjectName;
use fleetui_rules::condition_merge::{SummaryInput, condition, summarise};
use fleetui_rules::names;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;

use super::kubeadm::Configuration;
use super::workload_objects::{self, Host, Role, provider_id, reports};
use super::{
    ARCHITECTURE, FAIL_ANNOTATION, MACHINE_FINALIZER, NETWORK_ANNOTATION, OS_IMAGE, STARTED_ANNOTATION, cni,
    durations,
};
use crate::change::{Change, Outcome, WorkloadWrite};
use crate::connection::Reach;
use crate::context::Context;
use crate::error::Error;
use crate::external::{External, is_cluster_deleting};
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::settings::{Network, SimulationSettings};
use crate::{ownership, pausing};

/// A DevMachine and everything around it.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) infrastructure: Arc<Object<DevMachine>>,
    /// The machine that it is for, once that has taken it over.
    pub(super) machine: Option<Arc<Object<Machine>>>,
    /// What kubeadm is told there.
    pub(super) config: Option<Arc<Object<KubeadmConfig>>>,
    pub(super) cluster: Option<Arc<Object<Cluster>>>,
    pub(super) reach: Reach,
    /// Its node in the workload cluster, once that tells of itself.
    pub(super) node: Option<Arc<Node>>,
    /// Where the network of its cluster comes from.
    pub(super) network: Network,
    /// Whether a network is there, as far as that was asked.
    pub(super) has_network: bool,
    pub(super) settings: SimulationSettings,
    pub(super) now: Timestamp,
    pub(super) recheck: Duration,
}

/// Reconciles one DevMachine.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let Some(mut observed) = observe(context, id) else {
        return Ok(None);
    };
    if waits_for_network(&observed).is_some()
        && let Some(machine) = &observed.machine
    {
        let cluster = ObjectName::new(id.name.namespace.as_str(), &machine.spec.cluster_name);
        observed.has_network = cni::is_there(context, &cluster).await?;
    }
    let outcome = plan(&observed);
    if let Some(cluster) = begins(&observed, &outcome) {
        let what = format!("make workload cluster {cluster}");
        context.timed(what, context.workloads.create(&cluster)).await??;
        context.connections.hurry(&cluster);
    }
    context.apply(&observed.infrastructure, outcome).await
}

/// The workload cluster that begins with this machine: until then nobody answers at its endpoint.
fn begins(observed: &Observed, outcome: &Outcome<DevMachine>) -> Option<ObjectName> {
    let host = host(observed).filter(|host| host.role == Role::Init)?;
    let joins = |change: &Change| {
        matches!(
            change,
            Change::Workload {
                write: WorkloadWrite::Create { .. },
                ..
            }
        )
    };
    outcome.changes.iter().any(joins).then_some(host.cluster)
}

fn observe(context: &Context, id: &ObjectId) -> Option<Observed> {
    let namespace = id.name.namespace.as_str();
    let infrastructure = context.cache.get::<DevMachine>(namespace, &id.name.name)?;
    let machine = ownership::controller(&infrastructure.metadata)
        .filter(|owner| ownership::kind(owner) == Some(Watched::Machine))
        .and_then(|owner| context.cache.get::<Machine>(namespace, &owner.name));
    let cluster_name = infrastructure
        .metadata
        .label(labels::CLUSTER_NAME)
        .unwrap_or_default();
    let cluster_name = ObjectName::new(namespace, cluster_name);
    let node = context
        .connections
        .node_by_provider_id(&cluster_name, &provider_id(infrastructure.name()));
    let config = machine
        .as_ref()
        .and_then(|machine| machine.spec.bootstrap.config_ref.as_ref())
        .filter(|reference| Watched::referred(reference) == Some(Watched::KubeadmConfig))
        .and_then(|reference| context.cache.get::<KubeadmConfig>(namespace, &reference.name));
    Some(Observed {
        config,
        cluster: context.cache.get::<Cluster>(namespace, &cluster_name.name),
        reach: context.connections.reach(&cluster_name),
        node: node.filter(|node| reports(node)),
        network: network(context, &cluster_name),
        has_network: false,
        settings: context.settings.simulation.clone(),
        now: context.now(),
        recheck: context.settings.recheck,
        infrastructure,
        machine,
    })
}

/// Where the network of a cluster comes from: as its DevCluster says, else as the settings do.
fn network(context: &Context, cluster: &ObjectName) -> Network {
    let found = context.cache.get::<Cluster>(&cluster.namespace, &cluster.name);
    let reference = found
        .as_ref()
        .and_then(|cluster| cluster.spec.infrastructure_ref.as_ref());
    let infrastructure = External::find(&context.cache, reference, &cluster.namespace);
    let told = infrastructure
        .entry()
        .and_then(|entry| entry.object.metadata.annotation(NETWORK_ANNOTATION));
    match told {
        Some("awaited") => Network::Awaited,
        Some("brought") => Network::Brought,
        Some(_) | None => context.settings.simulation.network,
    }
}

/// The node, where it is not Ready because it has no network yet.
fn waits_for_network(observed: &Observed) -> Option<&Node> {
    let node = observed.node.as_deref()?;
    let waits = workload_objects::waits_for_network(node);
    (waits && observed.reach.is_live()).then_some(node)
}

pub(super) fn plan(observed: &Observed) -> Outcome<DevMachine> {
    let infrastructure = observed.infrastructure.as_ref();
    let mut outcome = Outcome::unchanged(infrastructure);
    if !infrastructure.is_deleting() && ownership::is_made_first(&infrastructure.metadata) {
        return outcome;
    }
    let paused = pausing::paused(infrastructure, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if infrastructure.is_deleting() {
        delete(observed, &mut outcome);
        return outcome;
    }
    let vm = start_vm(observed, &mut outcome);
    // Before that there is nothing to clean up, and it would be a write of its own.
    if started(&outcome.object).is_some() {
        outcome.object.metadata.add_finalizer(MACHINE_FINALIZER);
    }
    let node = start_node(observed, &mut outcome, vm.status == ConditionStatus::True);
    for condition in [vm, node] {
        outcome.object.set_condition(condition, observed.now);
    }
    let ready = ready(&outcome.object.status.conditions);
    outcome.object.set_condition(ready, observed.now);
    outcome
}

/// The virtual machine goes, and what ran on it with it; its Node object is the Machine controller's to delete.
fn delete(observed: &Observed, outcome: &mut Outcome<DevMachine>) {
    let since = observed.infrastructure.metadata.deletion_timestamp.as_ref();
    let takes = durations::shutdown(&observed.infrastructure, &observed.settings);
    if let Some(left) = since.and_then(|since| left(observed, since.0, takes)) {
        outcome.look_again(left);
        return;
    }
    let in_vain = is_cluster_deleting(observed.cluster.as_deref()) || observed.cluster.is_none();
    if let (false, true, Some(host)) = (in_vain, observed.reach.is_live(), host(observed)) {
        outcome.changes.extend(workload_objects::remove_pods(&host));
    }
    outcome.object.metadata.remove_finalizer(MACHINE_FINALIZER);
}

fn ready(conditions: &[Condition]) -> Condition {
    summarise(
        &SummaryInput {
            target: "Ready",
            kinds: vec!["VMProvisioned"],
            reasons: ["NotReady", "ReadyUnknown", "Ready"],
            ..SummaryInput::default()
        },
        conditions,
    )
}

/// Starts the virtual machine when its bootstrap data is there, and gives it its identity when it runs.
fn start_vm(observed: &Observed, outcome: &mut Outcome<DevMachine>) -> Condition {
    let kind = "VMProvisioned";
    let infrastructure = observed.infrastructure.as_ref();
    let provisioned = infrastructure
        .status
        .initialization
        .as_ref()
        .and_then(|reached| reached.provisioned);
    if provisioned == Some(true) {
        return condition(kind, ConditionStatus::True, "Provisioned", "");
    }
    if let Some(failure) = infrastructure.metadata.annotation(FAIL_ANNOTATION) {
        let (reason, message) = failure.split_once(':').unwrap_or(("ProvisioningFailed", failure));
        return condition(kind, ConditionStatus::False, reason.trim(), message.trim());
    }
    if let Some((reason, message)) = waits_for(observed) {
        outcome.look_again(observed.recheck);
        return condition(kind, ConditionStatus::False, reason, message);
    }
    let Some(started) = started(infrastructure) else {
        outcome
            .object
            .metadata
            .set_annotation(STARTED_ANNOTATION, &observed.now.to_string());
        outcome.look_again(durations::vm(infrastructure, &observed.settings));
        return condition(kind, ConditionStatus::False, "WaitingForStartupTimeout", "");
    };
    if let Some(left) = left(
        observed,
        started,
        durations::vm(infrastructure, &observed.settings),
    ) {
        outcome.look_again(left);
        return condition(kind, ConditionStatus::False, "WaitingForStartupTimeout", "");
    }
    let object = &mut outcome.object;
    object.spec.provider_id = Some(provider_id(infrastructure.name()));
    object.status.addresses = addresses(infrastructure, observed.settings.seed);
    object.status.initialization.get_or_insert_default().provisioned = Some(true);
    condition(kind, ConditionStatus::True, "Provisioned", "")
}

/// What has to be there before the virtual machine can start.
fn waits_for(observed: &Observed) -> Option<(&'static str, &'static str)> {
    let infrastructure_stands = observed.cluster.as_ref().is_some_and(|cluster| {
        cluster
            .status
            .initialization
            .as_ref()
            .is_some_and(|reached| reached.infrastructure_provisioned == Some(true))
    });
    if !infrastructure_stands {
        return Some((
            "WaitingForClusterInfrastructureReady",
            "Waiting for Cluster status.initialization.infrastructureProvisioned to be true",
        ));
    }
    let Some(machine) = &observed.machine else {
        return Some((
            "WaitingForMachine",
            "Waiting for the Machine to own this DevMachine",
        ));
    };
    if machine.spec.bootstrap.data_secret_name.is_none() {
        return Some((
            "WaitingForBootstrapData",
            "Waiting for Machine spec.bootstrap.dataSecretName to be set",
        ));
    }
    None
}

/// Lets the node join when its time has come.
fn start_node(observed: &Observed, outcome: &mut Outcome<DevMachine>, vm_runs: bool) -> Condition {
    let kind = "NodeProvisioned";
    let infrastructure = observed.infrastructure.as_ref();
    if let Some(node) = waits_for_network(observed) {
        if let (true, Some(host)) = (observed.has_network, host(observed)) {
            outcome.changes.extend(workload_objects::turn_ready(&host, node));
        }
        outcome.look_again(observed.recheck);
    }
    if observed.node.is_some() || infrastructure.is_true(kind) {
        return condition(kind, ConditionStatus::True, "Provisioned", "");
    }
    if !vm_runs {
        return condition(kind, ConditionStatus::False, "WaitingForVMProvisioned", "");
    }
    let total = durations::vm(infrastructure, &observed.settings)
        + durations::node(infrastructure, &observed.settings);
    if let Some(left) = started(infrastructure).and_then(|started| left(observed, started, total)) {
        outcome.look_again(left);
        return condition(kind, ConditionStatus::False, "WaitingForStartupTimeout", "");
    }
    if let Some(host) = host(observed) {
        outcome.changes.extend(workload_objects::join(&host));
    }
    // The node is told of once it has been seen.
    outcome.look_again(observed.recheck);
    condition(
        kind,
        ConditionStatus::False,
        "WaitingForNode",
        "Waiting for the Node to be registered",
    )
}

fn started(infrastructure: &Object<DevMachine>) -> Option<Timestamp> {
    infrastructure
        .metadata
        .annotation(STARTED_ANNOTATION)?
        .parse()
        .ok()
}

/// What is left of a step that began at `started`; nothing when it is over.
fn left(observed: &Observed, started: Timestamp, takes: Duration) -> Option<Duration> {
    let passed = observed.now.duration_since(started);
    let passed = if passed.is_negative() {
        Duration::ZERO
    } else {
        passed.unsigned_abs()
    };
    takes.checked_sub(passed).filter(|left| !left.is_zero())
}

fn host(observed: &Observed) -> Option<Host> {
    let (infrastructure, machine) = (observed.infrastructure.as_ref(), observed.machine.as_ref()?);
    let version = machine.spec.version.as_deref().unwrap_or_default();
    let config = observed.config.as_deref();
    let joins = config.is_some_and(|config| config.spec.join_configuration.is_some());
    let role = match machine.metadata.label(labels::CONTROL_PLANE) {
        None => Role::Worker,
        Some(_) if joins => Role::ControlPlane,
        Some(_) => Role::Init,
    };
    let configuration = config
        .zip(observed.cluster.as_deref())
        .map(|(config, cluster)| Configuration::of_config(config, cluster, version));
    Some(Host {
        cluster: ObjectName::new(infrastructure.namespace(), &machine.spec.cluster_name),
        node: infrastructure.name().to_owned(),
        provider_id: provider_id(infrastructure.name()),
        version: version.to_owned(),
        kubeadm: configuration.unwrap_or_default(),
        address: address(infrastructure, observed.settings.seed),
        os_image: OS_IMAGE.to_owned(),
        architecture: ARCHITECTURE.to_owned(),
        role,
        network: observed.network,
        now: observed.now,
    })
}

fn addresses(infrastructure: &Object<DevMachine>, seed: u64) -> Vec<MachineAddress> {
    let address = |kind: &str, address: String| MachineAddress {
        kind: kind.to_owned(),
        address,
    };
    vec![
        address("Hostname", infrastructure.name().to_owned()),
        address("InternalIP", self::address(infrastructure, seed)),
    ]
}

/// An address of 198.18.0.0/15, which is set aside for benchmarks and never routed.
fn address(infrastructure: &Object<DevMachine>, seed: u64) -> String {
    address_of(infrastructure.namespace(), infrastructure.name(), seed)
}

/// The address of a machine by its name.
pub(super) fn address_of(namespace: &str, name: &str, seed: u64) -> String {
    let name = format!("address/{namespace}/{name}");
    let [a, b, c, ..] = names::seeded(seed, &name).to_be_bytes();
    format!("198.{}.{b}.{c}", 18 + (a & 1))
}

#[cfg(test)]
mod tests;
