//! What a creation comes to, in a few lines before it is done: versions and machines, addresses and networks, and the hosts that are
//! taken of those that are free.

use fleetui_api::byoh::machine::ByoMachineSpec;
use fleetui_rules::hosts::selection::{self, Request};
use fleetui_rules::version::Version;
use serde_json::Value;

use super::creation::Creation;
use super::known;
use super::render::is_of_byoh;
use super::sets::of_topology;
use super::wanted::NETWORKS;
use crate::act::plan::Around;
use crate::hosts::{as_host, watch};

/// Some machines of a cluster.
struct Machines {
    /// What they are: the control plane, or the name of a set of workers.
    what: String,
    /// How many; nothing where that is not said.
    count: Option<u64>,
    version: Option<String>,
}

/// The lines. Not yet safe to show.
pub(super) fn summary(around: &Around<'_>, creation: &Creation) -> Vec<String> {
    let objects: Vec<&Value> = creation.items.iter().map(|item| &item.body).collect();
    let machines = machines(creation, &objects);
    let mut lines = Vec::new();
    lines.extend(versions(&machines));
    lines.extend(addresses(creation.endpoint.as_deref(), &objects));
    if creation.takes_hosts || objects.iter().any(|object| is_of_byoh(object)) {
        lines.extend(hosts(around, creation, &machines));
    }
    lines
}

/// The machines that the objects make.
fn machines(creation: &Creation, objects: &[&Value]) -> Vec<Machines> {
    let cluster = &creation.cluster.object.name;
    let mut found = Vec::new();
    for object in objects {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_u64);
        let kind = text("/kind").unwrap_or_default();
        let own = |name: String| {
            let short = name
                .strip_prefix(cluster.as_str())
                .and_then(|rest| rest.strip_prefix('-'));
            short.map_or_else(|| name.clone(), str::to_owned)
        };
        match kind.as_str() {
            "MachineDeployment" | "MachinePool" | "MachineSet" => found.push(Machines {
                what: own(text("/metadata/name").unwrap_or_default()),
                count: number("/spec/replicas"),
                version: text("/spec/template/spec/version"),
            }),
            // Of one that somebody else runs, nobody says how many machines it has.
            _ if kind.ends_with("ControlPlane") => found.insert(
                0,
                Machines {
                    what: "control plane".to_owned(),
                    count: number("/spec/replicas"),
                    version: text("/spec/version"),
                },
            ),
            "Cluster" => {
                let Some(topology) = object.pointer("/spec/topology").filter(|it| it.is_object()) else {
                    continue;
                };
                let version = topology.get("version").and_then(Value::as_str).map(str::to_owned);
                found.push(Machines {
                    what: "control plane".to_owned(),
                    count: topology.pointer("/controlPlane/replicas").and_then(Value::as_u64),
                    version: version.clone(),
                });
                found.extend(of_topology(object).map(|set| {
                    Machines {
                        what: set
                            .get("name")
                            .and_then(Value::as_str)
                            .unwrap_or_default()
                            .to_owned(),
                        count: set.get("replicas").and_then(Value::as_u64),
                        version: version.clone(),
                    }
                }));
            }
            _ => {}
        }
    }
    found
}

/// `Kubernetes v1.33.4: control plane 3, md-0 2`; the version with each where they are not all of one.
fn versions(machines: &[Machines]) -> Option<String> {
    let first = machines.first()?;
    let is_one = machines.iter().all(|other| other.version == first.version);
    let told = |machines: &Machines| {
        let count = machines
            .count
            .map_or_else(String::new, |count| format!(" {count}"));
        match machines.version.as_deref().filter(|_| !is_one) {
            Some(version) => format!("{}{count} at {version}", machines.what),
            None => format!("{}{count}", machines.what),
        }
    };
    let told: Vec<String> = machines.iter().map(told).collect();
    let whole = told.join(", ");
    Some(match first.version.as_deref().filter(|_| is_one) {
        Some(version) => format!("Kubernetes {version}: {whole}"),
        None => format!("machines: {whole}"),
    })
}

/// `endpoint 192.0.2.7; Pods 10.244.0.0/16, Services 10.96.0.0/16`.
fn addresses(of_class: Option<&str>, objects: &[&Value]) -> Option<String> {
    let mut endpoints = objects.iter().filter_map(|object| {
        let host = object.pointer("/spec/controlPlaneEndpoint/host")?.as_str()?;
        Some(host).filter(|host| !host.is_empty())
    });
    let endpoint = endpoints
        .next()
        .or(of_class)
        .map(|endpoint| format!("endpoint {endpoint}"));
    let networks = ["Pods", "Services"]
        .into_iter()
        .zip(NETWORKS)
        .filter_map(|(word, (_, pointer))| {
            let blocks = objects
                .iter()
                .find_map(|object| object.pointer(pointer)?.as_array())?;
            let blocks: Vec<&str> = blocks.iter().filter_map(Value::as_str).collect();
            (!blocks.is_empty()).then(|| format!("{word} {}", blocks.join(" and ")))
        });
    let networks: Vec<String> = networks.collect();
    let networks = Some(networks.join(", ")).filter(|networks| !networks.is_empty());
    let parts: Vec<String> = endpoint.into_iter().chain(networks).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// How many hosts are taken of how many that are free, and of which pool.
fn hosts(around: &Around<'_>, creation: &Creation, machines: &[Machines]) -> Option<String> {
    let needed: u64 = machines.iter().map(|machines| machines.count.unwrap_or(1)).sum();
    let (management_cluster, cluster) = (&creation.cluster.management_cluster, &creation.cluster.object);
    let hosts = known::hosts_of(around, management_cluster, &cluster.namespace);
    let version = machines.first().and_then(|machines| machines.version.as_deref());
    let version: Option<Version> = version.and_then(|version| version.parse().ok());
    let now = around.store.time_of(management_cluster, around.now);
    let all: Vec<_> = hosts
        .iter()
        .map(|(facts, host)| as_host(facts, host, now))
        .collect();
    let request = Request {
        spec: &ByoMachineSpec::default(),
        installs: version.as_ref(),
        failure_domain: None,
        cluster: Some(cluster.name.as_str()),
        owner: None,
        tried: Vec::new(),
        being_taken: Vec::new(),
        watch: watch(now),
    };
    let free = selection::select(&all, &request).candidates.len();
    (needed > 0).then(|| {
        let hosts = if needed == 1 { "host" } else { "hosts" };
        let pool = format!("the pool {} in {management_cluster}", cluster.namespace);
        match (free, all.len()) {
            (_, 0) => format!("needs {needed} {hosts}, and {pool} has none"),
            (0, all) => format!("needs {needed} {hosts}, and of the {all} of {pool} none is free"),
            (free, all) => format!("takes {needed} {hosts} of {pool}, where {free} of {all} are free"),
        }
    })
}
