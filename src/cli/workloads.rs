//! Simulated workload clusters: logical clusters of the embedded server, by their Cluster object.

use std::sync::Arc;

use fleetui_apiserver::{ApiServer, LogicalCluster, LogicalClusterError};
use fleetui_base::ObjectName;
use fleetui_base::redact::Secret;
use fleetui_controllers::{WorkloadClusters, WorkloadEndpoint, WorkloadError};
use fleetui_pki::{Credential, Kubeconfig, ServerCredentials};
use fleetui_rules::names;
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// Where the embedded server is reached, and with what its workload clusters' kubeconfigs are made.
pub(crate) struct Address {
    /// Loopback host of the endpoint.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// Signs and names the administrator.
    pub(crate) credentials: ServerCredentials,
}

/// The workload clusters of one embedded server.
pub(crate) struct EmbeddedWorkloads {
    server: Arc<ApiServer>,
    address: Address,
}

impl EmbeddedWorkloads {
    /// Workload clusters beside the management cluster in `server`.
    pub(crate) fn new(server: Arc<ApiServer>, address: Address) -> Self {
        Self { server, address }
    }

    /// Cuts the API of a workload cluster, or restores it.
    pub(crate) fn set_reachable(
        &self,
        cluster: &ObjectName,
        reachable: bool,
    ) -> Result<(), LogicalClusterError> {
        self.server.set_reachable(&logical(cluster), reachable)
    }

    fn client_now(&self, cluster: &ObjectName) -> Result<kube::Client, WorkloadError> {
        let logical = logical(cluster);
        if self.server.logical_clusters().contains(&logical) {
            Ok(self.server.client(&logical))
        } else {
            Err(failed(cluster, "it has not been made yet"))
        }
    }

    async fn create_now(&self, cluster: &ObjectName) -> Result<WorkloadEndpoint, WorkloadError> {
        match self.server.create_logical_cluster(&logical(cluster)).await {
            Ok(()) | Err(LogicalClusterError::Exists(_)) => Ok(WorkloadEndpoint {
                host: self.address.host.clone(),
                port: i32::from(self.address.port),
            }),
            Err(error) => Err(failed(cluster, &error.to_string())),
        }
    }

    async fn delete_now(&self, cluster: &ObjectName) -> Result<(), WorkloadError> {
        match self.server.delete_logical_cluster(&logical(cluster)).await {
            Ok(()) | Err(LogicalClusterError::Unknown(_)) => Ok(()),
            Err(error) => Err(failed(cluster, &error.to_string())),
        }
    }

    fn kubeconfig_now(&self, cluster: &ObjectName) -> Result<Secret<String>, WorkloadError> {
        let Address {
            host,
            port,
            credentials,
        } = &self.address;
        let url = format!("https://{host}:{port}{}", logical(cluster).path_prefix());
        let file = Kubeconfig::new(
            &cluster.name,
            &url,
            credentials.authority.certificate_pem(),
            Credential::Certificate(&credentials.administrator),
        );
        file.to_yaml()
            .map_err(|error| failed(cluster, &error.to_string()))
    }
}

impl WorkloadClusters for EmbeddedWorkloads {
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>> {
        std::future::ready(self.client_now(cluster)).boxed()
    }

    fn create<'a>(
        &'a self,
        cluster: &'a ObjectName,
    ) -> BoxFuture<'a, Result<WorkloadEndpoint, WorkloadError>> {
        self.create_now(cluster).boxed()
    }

    fn delete<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        self.delete_now(cluster).boxed()
    }

    fn kubeconfig<'a>(
        &'a self,
        cluster: &'a ObjectName,
    ) -> BoxFuture<'a, Result<Secret<String>, WorkloadError>> {
        std::future::ready(self.kubeconfig_now(cluster)).boxed()
    }
}

fn failed(cluster: &ObjectName, reason: &str) -> WorkloadError {
    WorkloadError {
        cluster: cluster.clone(),
        reason: reason.to_owned(),
    }
}

/// The logical cluster of a Cluster: `<namespace>--<name>` where that is a name and cannot be mistaken, else a hash.
pub(crate) fn logical(cluster: &ObjectName) -> LogicalCluster {
    let plain = format!("{}--{}", cluster.namespace, cluster.name);
    let mistakable = cluster.namespace.contains("--") || cluster.name.contains("--");
    let hashed = || format!("c-{:016x}", names::seeded(0, &cluster.to_string()));
    match LogicalCluster::new(&plain) {
        Ok(logical) if !mistakable => logical,
        Ok(_) | Err(_) => LogicalCluster::new(&hashed()).unwrap_or_else(|_| LogicalCluster::root()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_clusters_share_a_logical_cluster() {
        let name = |namespace: &str, name: &str| logical(&ObjectName::new(namespace, name));
        assert_eq!(name("prod", "payments").as_str(), "prod--payments");
        assert_ne!(name("a", "b--c"), name("a--b", "c"));
        assert_ne!(
            name("default", &"x".repeat(63)),
            name("default", &format!("{}y", "x".repeat(62)))
        );
        assert!(!name("default", &"x".repeat(63)).is_root());
    }
}
