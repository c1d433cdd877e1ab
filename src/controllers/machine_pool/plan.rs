//! What a MachinePool should do next.

use fleetui_api::labels::{self, finalizer};
use fleetui_api::v1beta2::MachinePool;
use fleetui_base::ObjectName;
use k8s_openapi::api::core::v1::Node;
use kube::core::ApiResource;
use serde_json::{Map, json};

use super::observe::{Observed, listed};
use super::{events, status};
use crate::change::{Change, Outcome, WorkloadTarget, WorkloadWrite};
use crate::external::{External, is_cluster_deleting};
use crate::object::Metadata;
use crate::{ownership, pausing};

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> Outcome<MachinePool> {
    let pool = observed.pool.as_ref();
    let mut outcome = Outcome::unchanged(pool);
    let paused = pausing::paused(pool, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if pool.is_deleting() {
        delete(observed, &mut outcome);
        status::write(observed, &mut outcome);
        return outcome;
    }
    let Some(cluster) = observed.cluster.as_deref() else {
        outcome.look_again(observed.recheck);
        return outcome;
    };
    let metadata = &mut outcome.object.metadata;
    metadata.add_finalizer(finalizer::MACHINE_POOL);
    metadata.set_label(labels::CLUSTER_NAME, &pool.spec.cluster_name);
    ownership::add(metadata, ownership::reference(cluster, false));
    for external in [&observed.bootstrap, &observed.infrastructure] {
        outcome
            .changes
            .extend(external.adopt(pool, true, &pool.spec.cluster_name));
        if matches!(external, External::Missing { .. }) {
            outcome.look_again(observed.recheck);
        }
    }
    bootstrap(observed, &mut outcome);
    infrastructure(observed, &mut outcome);
    if observed.reach.is_live() {
        let claims = observed.nodes.iter().filter_map(|node| claim(observed, node));
        outcome.changes.extend(claims);
        if tells_its_machines(observed) {
            let retired = observed.retired.iter().map(|node| forget(observed, node));
            outcome.changes.extend(retired);
        }
    }
    status::write(observed, &mut outcome);
    outcome.told = events::happenings(observed, &outcome.object);
    outcome
}

/// Infrastructure and bootstrap go first, then the nodes that are left.
fn delete(observed: &Observed, outcome: &mut Outcome<MachinePool>) {
    let externals = [&observed.infrastructure, &observed.bootstrap];
    let deletions = externals.iter().filter_map(|external| external.delete());
    outcome.changes.extend(deletions);
    if externals
        .iter()
        .any(|external| matches!(external, External::Found(_)))
    {
        return;
    }
    let stays = !is_cluster_deleting(observed.cluster.as_deref());
    if stays && observed.reach.is_live() {
        let nodes = observed.nodes.iter().chain(&observed.retired);
        outcome.changes.extend(nodes.map(|node| forget(observed, node)));
    }
    outcome.object.metadata.remove_finalizer(finalizer::MACHINE_POOL);
}

/// Takes the name of the Secret over, once there is one.
fn bootstrap(observed: &Observed, outcome: &mut Outcome<MachinePool>) {
    let bootstrap = &observed.bootstrap;
    let ready = bootstrap.is_true("/status/initialization/dataSecretCreated");
    let template = &mut outcome.object.spec.template.spec;
    if let (true, Some(secret)) = (ready, bootstrap.text("/status/dataSecretName")) {
        template.bootstrap.data_secret_name = Some(secret.to_owned());
    }
    if template.bootstrap.data_secret_name.is_some() {
        let reached = outcome.object.status.initialization.get_or_insert_default();
        reached.bootstrap_data_secret_created = Some(true);
    }
}

/// Takes over what the infrastructure says of itself once it stands.
fn infrastructure(observed: &Observed, outcome: &mut Outcome<MachinePool>) {
    let infrastructure = &observed.infrastructure;
    let object = &mut outcome.object;
    // A provider may count its machines before it stands, so that 0 is not taken for not known.
    object.status.replicas = infrastructure
        .number("/status/replicas")
        .or(object.status.replicas);
    if !stands(infrastructure) {
        return;
    }
    object.spec.provider_id_list = listed(infrastructure);
    let reached = object.status.initialization.get_or_insert_default();
    reached.infrastructure_provisioned = Some(true);
    if object
        .metadata
        .annotation(labels::REPLICAS_MANAGED_BY)
        .is_some_and(|by| by != "false")
        && let Some(replicas) = infrastructure.number("/spec/replicas")
    {
        object.spec.replicas = Some(replicas);
    }
}

/// Whether the infrastructure tells which machines there are. One that is missing, does not stand yet or lists nothing tells
/// nothing of the machines that run; a list that is empty means something only where none are wished.
pub(super) fn tells_its_machines(observed: &Observed) -> bool {
    let (infrastructure, pool) = (&observed.infrastructure, observed.pool.as_ref());
    stands(infrastructure) && (!listed(infrastructure).is_empty() || pool.spec.replicas == Some(0))
}

/// Pools say it in either of two ways.
pub(super) fn stands(infrastructure: &External) -> bool {
    infrastructure.is_true("/status/initialization/provisioned") || infrastructure.is_true("/status/ready")
}

/// Writes on a node whose it is, and takes the bootstrap taint away; nothing where all is so.
fn claim(observed: &Observed, node: &Node) -> Option<Change> {
    let pool = observed.pool.as_ref();
    let present = node.metadata.all_annotations();
    let mut annotations = Map::new();
    for (key, value) in [
        (labels::node::CLUSTER_NAME, pool.spec.cluster_name.as_str()),
        (labels::node::CLUSTER_NAMESPACE, pool.namespace()),
        (labels::node::OWNER_KIND, "MachinePool"),
        (labels::node::OWNER_NAME, pool.name()),
    ] {
        if present.get(key).map(String::as_str) != Some(value) {
            annotations.insert(key.to_owned(), json!(value));
        }
    }
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.clone());
    let taints = taints.unwrap_or_default();
    let mut left = taints.clone();
    left.retain(|taint| taint.key != labels::node::UNINITIALIZED_TAINT);
    let mut patch = json!({});
    if !annotations.is_empty() {
        json_patch::merge(&mut patch, &json!({"metadata": {"annotations": annotations}}));
    }
    if left.len() != taints.len() {
        json_patch::merge(&mut patch, &json!({"spec": {"taints": left}}));
    }
    (patch != json!({})).then(|| {
        let write = WorkloadWrite::Patch {
            target: target(node),
            status: false,
            patch,
        };
        change(observed, write)
    })
}

fn forget(observed: &Observed, node: &Node) -> Change {
    change(observed, WorkloadWrite::Delete(target(node)))
}

fn target(node: &Node) -> WorkloadTarget {
    WorkloadTarget {
        resource: ApiResource::erase::<Node>(&()),
        namespace: None,
        name: node.metadata.name().to_owned(),
    }
}

fn change(observed: &Observed, write: WorkloadWrite) -> Change {
    let pool = observed.pool.as_ref();
    Change::Workload {
        cluster: ObjectName::new(pool.namespace(), &pool.spec.cluster_name),
        write,
    }
}

/// A condition of a node, by its type.
pub(super) fn node_condition<'a>(
    node: &'a Node,
    kind: &str,
) -> Option<&'a k8s_openapi::api::core::v1::NodeCondition> {
    let conditions = node.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// What a node says of its kubelet.
pub(super) fn kubelet(node: &Node) -> Option<&str> {
    let info = node.status.as_ref()?.node_info.as_ref()?;
    Some(info.kubelet_version.as_str())
}
