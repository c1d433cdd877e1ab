//! What only some kinds say: topologies, etcd's place, running versions, terminal failures, hosts.

use compact_str::{CompactString, format_compact};
use fleetui_base::GroupKind;

use super::reader::Reader;
use super::words::word;
use super::{
    ClusterNetworks, Particulars, RolloutAfter, RolloutBounds, TopologyPlan, TopologyWorkers, host,
    inventory, replicas,
};
use crate::json::{Fields, Json};
use crate::kinds::{Role, TEMPLATE_OF_HOSTS};
use crate::labels;

/// Label on `MachinePool`s of a topology: their name in it.
pub(super) const TOPOLOGY_POOL_NAME: &str = "topology.cluster.x-k8s.io/pool-name";

/// Annotation on `MachinePool`s: somebody else scales it, unless it says `false`.
const REPLICAS_MANAGED_BY: &str = "cluster.x-k8s.io/replicas-managed-by";

/// Annotation on `MachineDeployment`s and `MachineSet`s: checks that are not made before machines are created.
const SKIP_PREFLIGHT: &str = "machineset.cluster.x-k8s.io/skip-preflight-checks";

/// Annotations by which a person asks for something to be done or left.
pub const MARKS: [&str; 4] = [
    labels::PAUSED,
    labels::DELETE_MACHINE,
    labels::REMEDIATE_MACHINE,
    labels::SKIP_REMEDIATION,
];

/// The particulars of an object, where there are any.
pub(super) fn read(reader: &mut Reader<'_>, kind: &GroupKind, role: Role) -> Option<Box<Particulars>> {
    let mut particulars = Particulars {
        failure: failure(reader),
        marks: marks(reader),
        spec_paused: reader.at("spec.paused").and_then(Json::as_bool),
        ..Particulars::default()
    };
    match role {
        Role::MachineHealthCheck => particulars.selector = selector(reader),
        Role::Other => particulars.bound = bound(reader),
        Role::Cluster => {
            particulars.topology = topology(reader);
            particulars.networks = networks(reader).map(Box::new);
            particulars.control_plane = replicas::control_plane(reader);
            particulars.workers = replicas::workers(reader);
        }
        Role::ControlPlane => {
            particulars.stacked_etcd = stacked_etcd(reader);
            particulars.running_version = running_version(reader);
            particulars.rollout_after = rollout_after(reader);
            particulars.rollout_bounds = rollout_bounds(reader);
        }
        Role::MachinePool => {
            particulars.replicas_managed_by = reader
                .annotation(REPLICAS_MANAGED_BY)
                .filter(|by| *by != "false")
                .map(CompactString::from);
        }
        Role::MachineDeployment | Role::MachineSet => {
            particulars.rollout_after = rollout_after(reader);
            particulars.rollout_bounds = rollout_bounds(reader);
            particulars.skip_preflight = reader.annotation(SKIP_PREFLIGHT).map(CompactString::from);
        }
        Role::Machine if reader.at("status.nodeRef.name").is_none() => {
            particulars.failure_domain = reader.text(&["spec.failureDomain"]).map(CompactString::from);
        }
        Role::Host => {
            let host = inventory::host(reader, kind).unwrap_or_else(|| host::host(reader));
            particulars.host = Some(Box::new(host));
        }
        Role::Template if kind.kind.as_ref() == TEMPLATE_OF_HOSTS => {
            particulars.host_request = host::request_of_template(reader).map(Box::new);
        }
        Role::InfrastructureMachine if kind.kind.as_ref() == "ByoMachine" => {
            particulars.host_request = host::request(reader).map(Box::new);
        }
        Role::InfrastructureMachinePool => {
            particulars.size_bounds = (
                reader.integer(&["spec.scaling.minSize", "spec.minSize"]),
                reader.integer(&["spec.scaling.maxSize", "spec.maxSize"]),
            );
        }
        Role::InfrastructureCluster
        | Role::Machine
        | Role::InfrastructureMachine
        | Role::BootstrapConfig
        | Role::ClusterClass
        | Role::Template
        | Role::Provider => {}
    }
    (particulars != Particulars::default()).then(|| Box::new(particulars))
}

fn marks(reader: &Reader<'_>) -> Vec<(CompactString, CompactString)> {
    let found = MARKS
        .into_iter()
        .filter_map(|mark| Some((mark.into(), reader.annotation(mark)?.into())));
    found.collect()
}

fn rollout_after(reader: &mut Reader<'_>) -> RolloutAfter {
    RolloutAfter {
        holder: reader.at("spec.rollout").is_some(),
        after: reader
            .text(&["spec.rollout.after", "spec.rolloutAfter"])
            .map(CompactString::from),
    }
}

/// The bounds of a rollout: `spec.rollout.strategy`; in v1beta1 `spec.strategy`, and of control planes `spec.rolloutStrategy`.
fn rollout_bounds(reader: &Reader<'_>) -> Option<Box<RolloutBounds>> {
    const WAYS: [&str; 3] = ["spec.rollout.strategy", "spec.strategy", "spec.rolloutStrategy"];
    let strategy = WAYS.into_iter().find_map(|way| reader.at(way))?;
    let bound = |name: &str, usual: &str| {
        let value = strategy.get("rollingUpdate")?.get(name)?;
        let number = value.as_i64().map(|number| format_compact!("{number}"));
        let text = number.or_else(|| value.as_str().map(CompactString::from));
        text.filter(|text| *text != usual)
    };
    let bounds = RolloutBounds {
        by_hand: strategy.get("type").and_then(Json::as_str) == Some("OnDelete"),
        max_surge: bound("maxSurge", "1"),
        max_unavailable: bound("maxUnavailable", "0"),
    };
    (bounds != RolloutBounds::default()).then(|| Box::new(bounds))
}

/// The same in a part of a topology.
fn rollout_of(part: &Json<'_>) -> RolloutAfter {
    let rollout = part.get("rollout");
    RolloutAfter {
        holder: rollout.is_some(),
        after: rollout
            .and_then(|rollout| rollout.get("after")?.as_str())
            .map(CompactString::from),
    }
}

/// The labels by name that a health check asks for. Its expressions name no single object.
fn selector(reader: &mut Reader<'_>) -> Vec<(CompactString, CompactString)> {
    let labels = reader.at("spec.selector.matchLabels").and_then(Json::as_object);
    let pairs = labels.into_iter().flat_map(Fields::iter);
    pairs
        .filter_map(|(key, value)| Some((word(key), value.as_str()?.into())))
        .collect()
}

/// Names of the sets of a binding; nothing else has such a list.
fn bound(reader: &mut Reader<'_>) -> Vec<CompactString> {
    if reader.at("spec.bindings").is_none() {
        return Vec::new();
    }
    let bindings = reader.list("spec.bindings").iter();
    bindings
        .filter_map(|binding| Some(binding.get("clusterResourceSetName")?.as_str()?.into()))
        .collect()
}

fn failure(reader: &mut Reader<'_>) -> Option<(CompactString, CompactString)> {
    let reason = reader.text(&["status.failureReason", "status.deprecated.v1beta1.failureReason"]);
    let message = reader.text(&[
        "status.failureMessage",
        "status.deprecated.v1beta1.failureMessage",
    ]);
    if reason.is_none() && message.is_none() {
        return None;
    }
    Some((
        reason.unwrap_or_default().into(),
        message.unwrap_or_default().into(),
    ))
}

fn topology(reader: &mut Reader<'_>) -> Option<TopologyPlan> {
    reader.at("spec.topology")?;
    let class_namespace = reader.text(&["spec.topology.classRef.namespace", "spec.topology.classNamespace"]);
    let mut plan = TopologyPlan {
        class_namespace: class_namespace
            .filter(|namespace| !namespace.is_empty())
            .map(word),
        control_plane_replicas: reader.integer(&["spec.topology.controlPlane.replicas"]),
        control_plane_rollout: reader.at("spec.topology.controlPlane").map(rollout_of),
        workers: Vec::new(),
    };
    for (path, pool) in [
        ("spec.topology.workers.machineDeployments", false),
        ("spec.topology.workers.machinePools", true),
    ] {
        for (index, value) in reader.list(path).iter().enumerate() {
            let Some(name) = value.get("name").and_then(Json::as_str) else {
                reader.note(&format!("{path}[{index}]"), value);
                continue;
            };
            let replicas = value.get("replicas").and_then(Json::as_i64);
            plan.workers.push(TopologyWorkers {
                name: name.into(),
                pool,
                index,
                replicas,
                rollout: rollout_of(value),
            });
        }
    }
    plan.workers.shrink_to_fit();
    Some(plan)
}

fn networks(reader: &mut Reader<'_>) -> Option<ClusterNetworks> {
    let mut texts = |path: &str| reader.texts(path).into_iter().map(CompactString::from).collect();
    let mut networks = ClusterNetworks {
        pods: texts("spec.clusterNetwork.pods.cidrBlocks"),
        services: texts("spec.clusterNetwork.services.cidrBlocks"),
        endpoint: reader
            .text(&["spec.controlPlaneEndpoint.host"])
            .unwrap_or_default()
            .into(),
        addresses: Vec::new(),
    };
    if networks.endpoint.is_empty() {
        for variable in reader.list("spec.topology.variables") {
            if let Some(value) = variable.get("value") {
                addresses(value, &mut networks.addresses);
            }
        }
    }
    (networks != ClusterNetworks::default()).then_some(networks)
}

/// The addresses in a value, however deep.
fn addresses(value: &Json<'_>, found: &mut Vec<CompactString>) {
    match value {
        Json::Text(text) if text.parse::<core::net::IpAddr>().is_ok() => found.push(text.as_ref().into()),
        Json::Object(fields) => fields.iter().for_each(|(_, value)| addresses(value, found)),
        Json::List(values) => values.iter().for_each(|value| addresses(value, found)),
        Json::Text(_) | Json::Null | Json::Bool(_) | Json::Integer(_) | Json::Number => {}
    }
}

/// kubeadm runs etcd beside the API server unless it is told where another etcd is.
fn stacked_etcd(reader: &mut Reader<'_>) -> bool {
    reader.at("spec.kubeadmConfigSpec").is_some()
        && reader
            .at("spec.kubeadmConfigSpec.clusterConfiguration.etcd.external")
            .is_none()
}

/// The oldest version that still runs.
fn running_version(reader: &mut Reader<'_>) -> Option<CompactString> {
    let mut oldest: Option<(semver::Version, &str)> = None;
    for (index, value) in reader.list("status.versions").iter().enumerate() {
        let text = value.get("version").and_then(Json::as_str);
        let parsed =
            text.and_then(|text| Some((semver::Version::parse(text.trim_start_matches('v')).ok()?, text)));
        let Some(found) = parsed else {
            reader.note(&format!("status.versions[{index}]"), value);
            continue;
        };
        if oldest.as_ref().is_none_or(|oldest| found.0 < oldest.0) {
            oldest = Some(found);
        }
    }
    oldest
        .map(|(_, text)| text)
        .or_else(|| reader.text(&["status.version"]))
        .map(word)
}
