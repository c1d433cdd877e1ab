//! How the controllers reach workload clusters, and how the simulated provider makes them.

use fleetui_base::ObjectName;
use fleetui_base::redact::Secret;
use futures::future::BoxFuture;

/// Where a workload cluster's API is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadEndpoint {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: i32,
}

/// A workload cluster cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("workload cluster {cluster}: {reason}")]
pub struct WorkloadError {
    /// The Cluster.
    pub cluster: ObjectName,
    /// Why not.
    pub reason: String,
}

/// Workload clusters by their Cluster object. Given by the composition root: logical clusters of the embedded server, or real
/// clusters through their kubeconfig Secrets.
pub trait WorkloadClusters: Send + Sync + 'static {
    /// A client of the workload cluster's API. It may be handed out although the API does not answer at the moment.
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>>;

    /// Forgets the client that was handed out last, as it is refused or is not answered; the next one is made from what is
    /// written down then.
    fn forget(&self, _cluster: &ObjectName) {}

    /// Makes a simulated workload cluster, or finds that it is there, and tells where it is reached.
    fn create<'a>(
        &'a self,
        cluster: &'a ObjectName,
    ) -> BoxFuture<'a, Result<WorkloadEndpoint, WorkloadError>>;

    /// Removes a simulated workload cluster with everything in it; one that is not there is fine.
    fn delete<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>>;

    /// Whether it is one that [`create`](Self::create) makes, so that [`kubeconfig`](Self::kubeconfig) knows how it is reached.
    /// For any other the control plane makes a kubeconfig itself, with the cluster's endpoint and authority.
    fn hosts(&self, _cluster: &ObjectName) -> bool {
        true
    }

    /// The kubeconfig of a workload cluster, as YAML, for its `<cluster>-kubeconfig` Secret.
    fn kubeconfig<'a>(
        &'a self,
        cluster: &'a ObjectName,
    ) -> BoxFuture<'a, Result<Secret<String>, WorkloadError>>;
}
