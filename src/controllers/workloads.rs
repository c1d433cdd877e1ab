//! How the controllers reach workload clusters, and how the simulated provider makes them.

use std::sync::Arc;

use fleetui_base::ObjectName;
use fleetui_pki::KeyedCertificate;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

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

/// How the members of an etcd are reached that runs on the machines of its control plane.
#[derive(Clone)]
pub enum EtcdAccess {
    /// There are none: they are made up, and are what the Pods of a simulated cluster say.
    Simulated,
    /// Each through a forwarded port of its Pod, which needs nothing but the workload cluster's API.
    Forwarded,
    /// Each as this dials it.
    Dialled(Arc<dyn DialEtcd>),
}

/// Opens connections to members of an etcd.
pub trait DialEtcd: Send + Sync {
    /// A connection to the port for clients of the member on a node, before TLS. The error is a sentence.
    fn dial<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Result<DialledEtcd, String>>;
}

/// A connection to a member of an etcd.
pub struct DialledEtcd {
    /// What is sent and received.
    pub stream: Box<dyn EtcdStream>,
    /// Where whoever carries the stream has words of their own for its end: those, as soon as it has ended.
    pub end: Option<BoxFuture<'static, Option<String>>>,
}

/// Bytes in both directions.
pub trait EtcdStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> EtcdStream for S {}

/// Workload clusters by their Cluster object. Given by the composition root: logical clusters of the embedded server, or real
/// clusters through their kubeconfig Secrets.
pub trait WorkloadClusters: Send + Sync + 'static {
    /// A client of the workload cluster's API. It may be handed out although the API does not answer at the moment.
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>>;

    /// Forgets the client that was handed out last, as it is refused or is not answered; the next one is made from what is
    /// written down then.
    fn forget(&self, _cluster: &ObjectName) {}

    /// Where a simulated workload cluster is reached, once its first machine has made it.
    ///
    /// # Errors
    /// Where none can be made.
    fn endpoint(&self, cluster: &ObjectName) -> Result<WorkloadEndpoint, WorkloadError>;

    /// Makes a simulated workload cluster, or finds that it is there: done by the first machine of its control plane.
    fn create<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>>;

    /// Removes a simulated workload cluster with everything in it; one that is not there is fine.
    fn delete<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>>;

    /// Whether it is one that [`create`](Self::create) makes, so that [`open`](Self::open) knows how it is reached. Any other
    /// is reached at the cluster's endpoint, where its own authority proves who answers.
    fn hosts(&self, _cluster: &ObjectName) -> bool {
        true
    }

    /// How the members of its etcd are reached, where that runs on its own machines.
    fn etcd(&self, cluster: &ObjectName) -> EtcdAccess {
        if self.hosts(cluster) {
            EtcdAccess::Simulated
        } else {
            EtcdAccess::Forwarded
        }
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
