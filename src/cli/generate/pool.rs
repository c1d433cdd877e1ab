//! The hosts that a new cluster is for, where there is a management cluster to ask: what is wished is held against them.
//!
//! Must not know: how hosts are chosen.

use std::time::Duration;

use color_eyre::eyre::{bail, eyre};
use fleetui_api::byoh::host::ByoHostStatus;
use fleetui_api::byoh::names::SIMULATED;
use fleetui_rules::endpoint::{self, HostInterface, HostNetworks, OwnNetworks};
use fleetui_rules::hosts::installable;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, ListParams};
use serde_json::Value;

use super::super::management::{self, Management};
use super::super::{FleetArgs, tell};

/// The variable that says where hosts get Kubernetes.
pub(super) const REGISTRY: &str = "BUNDLE_LOOKUP_BASE_REGISTRY";

/// How long the hosts may take to be read before the template is written without a look at them.
const PATIENCE: Duration = Duration::from_secs(5);

/// The hosts of a namespace, or why they are not known.
pub(super) struct Pool {
    namespace: String,
    hosts: Result<Vec<Host>, String>,
    /// Addresses that have a control plane, with its Cluster, `namespace/name`.
    taken: Vec<(String, String)>,
}

struct Host {
    networks: HostNetworks,
    status: ByoHostStatus,
    simulated: bool,
}

impl Pool {
    /// Asks for the hosts of this namespace, and for what control planes there are.
    pub(super) async fn read(namespace: &str, fleet: &FleetArgs) -> Self {
        let (hosts, taken) = match tokio::time::timeout(PATIENCE, known(namespace, fleet)).await {
            Ok(Ok((hosts, taken))) => (Ok(hosts), taken),
            Ok(Err(error)) => {
                let why =
                    format!("the hosts are not known, so that {{}} is not held against them: {error:#}");
                (Err(why), Vec::new())
            }
            Err(_) => {
                let why = "the hosts are not known in time, so that {} is not held against them";
                (Err(why.to_owned()), Vec::new())
            }
        };
        Self {
            namespace: namespace.to_owned(),
            hosts,
            taken,
        }
    }

    /// Whether there are hosts, and all of them are made up.
    pub(super) fn is_simulated(&self) -> bool {
        let all = |hosts: &Vec<Host>| !hosts.is_empty() && hosts.iter().all(|host| host.simulated);
        self.hosts.as_ref().is_ok_and(all)
    }

    /// Holds the control plane's address and the version against the hosts, and the address against the cluster's own networks;
    /// where hosts are not known, that is told.
    pub(super) fn check(
        &self,
        cluster: &str,
        (address, networks): (&str, &OwnNetworks),
        version: Option<&str>,
    ) -> color_eyre::Result<()> {
        let of_hosts: Vec<HostNetworks> = self
            .hosts
            .iter()
            .flatten()
            .map(|host| host.networks.clone())
            .collect();
        let problem = endpoint::check(address, &of_hosts, networks).err();
        let problem = problem.map(|problem| (problem.stands_in_the_way(), problem.to_string()));
        if let Some((true, what)) = &problem {
            bail!("CONTROL_PLANE_ENDPOINT_IP: {what}");
        }
        let own = format!("{}/{cluster}", self.namespace);
        if let Some((_, other)) = self
            .taken
            .iter()
            .find(|(taken, by)| taken == address && *by != own)
        {
            bail!(
                "CONTROL_PLANE_ENDPOINT_IP: {address} is the address of the Cluster {other}; two cannot have the same"
            );
        }
        let hosts = match &self.hosts {
            Ok(hosts) if hosts.is_empty() => {
                tell(&format!(
                    "there are no hosts in namespace {} yet, so that {address} is not held against them",
                    self.namespace
                ));
                return Ok(());
            }
            Ok(hosts) => hosts,
            Err(why) => {
                tell(&why.replacen("{}", address, 1));
                return Ok(());
            }
        };
        if let Some((_, what)) = &problem {
            tell(&format!("CONTROL_PLANE_ENDPOINT_IP: {what}"));
        }
        let statuses: Vec<ByoHostStatus> = hosts.iter().map(|host| host.status.clone()).collect();
        match version.map(str::parse) {
            Some(Ok(version)) => installable::check(&version, &statuses)
                .map_err(|problem| eyre!("KUBERNETES_VERSION: {problem}")),
            Some(Err(_)) | None => Ok(()),
        }
    }
}

async fn known(namespace: &str, fleet: &FleetArgs) -> color_eyre::Result<(Vec<Host>, Vec<(String, String)>)> {
    let management: Management = management::connect(fleet).await?;
    let resource = |group: &str, version: &str, kind: &str| {
        ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
    };
    let hosts = resource("infrastructure.cluster.x-k8s.io", "v1beta1", "ByoHost");
    let hosts = management.namespaced(&hosts, namespace);
    let hosts = management.answer(hosts.list(&ListParams::default())).await?;
    let clusters = resource("cluster.x-k8s.io", "v1beta2", "Cluster");
    let clusters: Api<DynamicObject> = Api::all_with(management.client.clone(), &clusters);
    // Who may not read those of others does without.
    let clusters = management.answer(clusters.list(&ListParams::default())).await;
    let clusters = clusters.map(|list| list.items).unwrap_or_default();
    Ok((
        hosts.items.into_iter().map(host).collect(),
        clusters.iter().filter_map(endpoint_of).collect(),
    ))
}

/// The address of a Cluster, with its name.
fn endpoint_of(cluster: &DynamicObject) -> Option<(String, String)> {
    let host = cluster
        .data
        .pointer("/spec/controlPlaneEndpoint/host")?
        .as_str()?;
    let metadata = &cluster.metadata;
    let [namespace, name] =
        [&metadata.namespace, &metadata.name].map(|part| part.clone().unwrap_or_default());
    (!host.is_empty()).then(|| (host.to_owned(), format!("{namespace}/{name}")))
}

fn host(host: DynamicObject) -> Host {
    let status = host.data.get("status").cloned().unwrap_or_default();
    let annotations = host.metadata.annotations.unwrap_or_default();
    Host {
        networks: HostNetworks {
            interfaces: interfaces(&host.data),
            name: host.metadata.name.unwrap_or_default(),
        },
        // A status that cannot be read is one of a host that says nothing.
        status: serde_json::from_value(status).unwrap_or_default(),
        simulated: annotations.contains_key(SIMULATED),
    }
}

fn interfaces(host: &Value) -> Vec<HostInterface> {
    let all = host.pointer("/status/network").and_then(Value::as_array);
    let interface = |interface: &Value| HostInterface {
        is_default: interface.get("isDefault") == Some(&Value::Bool(true)),
        addresses: interface
            .get("ipAddrs")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|address| address.as_str().map(str::to_owned))
            .collect(),
    };
    all.into_iter().flatten().map(interface).collect()
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::create::{documents, own_networks};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pool_is_simulated_where_all_its_hosts_are() {
        let of = |simulated: &[bool]| {
            let read = |simulated: &bool| {
                let annotations = if *simulated {
                    json!({SIMULATED: ""})
                } else {
                    json!({})
                };
                let object = json!({"metadata": {"name": "h", "annotations": annotations}});
                host(serde_json::from_value(object).unwrap())
            };
            Pool {
                namespace: "default".to_owned(),
                hosts: Ok(simulated.iter().map(read).collect()),
                taken: Vec::new(),
            }
        };
        assert!(of(&[true, true]).is_simulated());
        assert!(!of(&[true, false]).is_simulated());
        assert!(!of(&[]).is_simulated());
    }

    /// Two control planes would have fought for one address.
    #[test]
    fn an_address_that_another_cluster_has_is_refused() {
        let cluster = |name: &str, host: &str| {
            let object = json!({
                "metadata": {"name": name, "namespace": "default"},
                "spec": {"controlPlaneEndpoint": {"host": host, "port": 6443}},
            });
            endpoint_of(&serde_json::from_value(object).unwrap())
        };
        let pool = Pool {
            namespace: "default".to_owned(),
            hosts: Ok(Vec::new()),
            taken: [cluster("one", "192.0.2.7"), cluster("new", "")]
                .into_iter()
                .flatten()
                .collect(),
        };
        let nothing = OwnNetworks::default();
        let said = pool
            .check("two", ("192.0.2.7", &nothing), None)
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("192.0.2.7 is the address of the Cluster default/one"),
            "{said}"
        );
        assert!(
            pool.check("one", ("192.0.2.7", &nothing), None).is_ok(),
            "written once more"
        );
        assert!(pool.check("two", ("192.0.2.8", &nothing), None).is_ok());
    }

    fn networks_of(rendered: &str) -> OwnNetworks {
        own_networks(&documents(rendered).unwrap())
    }

    #[test]
    fn an_address_that_no_machine_can_have_is_refused_whatever_is_known_of_hosts() {
        let own = networks_of(
            "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nspec: {clusterNetwork: {pods: {cidrBlocks: [10.244.0.0/16]}, services: {cidrBlocks: [10.96.0.0/12]}}}\n---\nkind: Other\n",
        );
        let pool = Pool {
            namespace: "default".to_owned(),
            hosts: Err("{} is not known".to_owned()),
            taken: Vec::new(),
        };
        for (address, expected) in [
            ("::1", "loopback"),
            ("224.0.0.1", "multicast"),
            ("10.244.0.7", "own network of Pods"),
            ("10.96.0.7", "own network of Services"),
        ] {
            let said = pool.check("two", (address, &own), None).unwrap_err().to_string();
            assert!(
                said.starts_with("CONTROL_PLANE_ENDPOINT_IP: ") && said.contains(expected),
                "{said}"
            );
        }
        assert!(pool.check("two", ("192.0.2.7", &own), None).is_ok());
    }
}
