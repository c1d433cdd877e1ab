//! How the controllers reach workload clusters, and how the simulated provider makes them.

use fleetui_base::ObjectName;
use fleetui_pki::KeyedCertificate;
use futures::future::BoxFuture;

/// Where a workload cluster's API is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadEndpoint {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: i32,
}

/// How a workload cluster is reached from where the management cluster is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadAccess {
    /// The address of its API, `https://127.0.0.1:40123/clusters/default--a`.
    pub server: String,
    /// The authority that signed that server's certificate, as PEM.
    pub authority_pem: String,
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

    /// Whether it is one that [`create`](Self::create) makes, so that [`open`](Self::open) knows how it is reached. Any other
    /// is reached at the cluster's endpoint, where its own authority proves who answers.
    fn hosts(&self, _cluster: &ObjectName) -> bool {
        true
    }

    /// Of a cluster that it [`hosts`](Self::hosts): a number that is another one whenever something has changed that
    /// PodDisruptionBudgets count; none where there is no budget. It is asked often and of thousands of clusters, and is told
    /// without asking their APIs.
    fn budgets_changed(&self, _cluster: &ObjectName) -> Option<u64> {
        None
    }

    /// Opens a simulated workload cluster to client certificates of the cluster's own authority, which open no other, and
    /// tells how it is reached. One that is not there yet is opened when it is made. Done once more it changes nothing;
    /// another authority takes the place of the one before.
    fn open<'a>(
        &'a self,
        cluster: &'a ObjectName,
        authority: &'a KeyedCertificate,
    ) -> BoxFuture<'a, Result<WorkloadAccess, WorkloadError>>;
}
