//! Simulated workload clusters: logical clusters of the embedded server, by their Cluster object.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fleetui_apiserver::{ApiServer, LogicalCluster, LogicalClusterError};
use fleetui_base::ObjectName;
use fleetui_controllers::{WorkloadAccess, WorkloadClusters, WorkloadEndpoint, WorkloadError};
use fleetui_pki::KeyedCertificate;
use fleetui_rules::names;
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// Where the embedded server is reached, with every workload cluster in it.
pub(crate) struct Address {
    /// Loopback host of the endpoint.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// The authority that signed the server's certificate, as PEM.
    pub(crate) authority_pem: String,
}

/// The workload clusters of one embedded server.
pub(crate) struct EmbeddedWorkloads {
    server: Arc<ApiServer>,
    address: Address,
    /// Authorities of the clusters: known before a cluster is there, as its first machine makes it.
    authorities: Mutex<BTreeMap<ObjectName, KeyedCertificate>>,
    /// A client of each cluster that was asked for: each has a task of its own, and is asked for at every write.
    clients: Mutex<HashMap<ObjectName, kube::Client>>,
}

impl EmbeddedWorkloads {
    /// Workload clusters beside the management cluster in `server`.
    pub(crate) fn new(server: Arc<ApiServer>, address: Address) -> Self {
        Self {
            server,
            address,
            authorities: Mutex::default(),
            clients: Mutex::default(),
        }
    }

    /// Cuts the API of a workload cluster, or restores it.
    pub(crate) fn set_reachable(
        &self,
        cluster: &ObjectName,
        reachable: bool,
    ) -> Result<(), LogicalClusterError> {
        self.server.set_reachable(&logical(cluster), reachable)
    }

    /// The client of a workload cluster, where there is one.
    pub(crate) fn client_of(&self, cluster: &ObjectName) -> Option<kube::Client> {
        self.client_now(cluster).ok()
    }

    fn client_now(&self, cluster: &ObjectName) -> Result<kube::Client, WorkloadError> {
        let logical = logical(cluster);
        if !self.server.has_logical_cluster(&logical) {
            return Err(failed(cluster, "it has not been made yet"));
        }
        let mut clients = self.clients();
        let client = clients.entry(cluster.clone());
        Ok(client.or_insert_with(|| self.server.client(&logical)).clone())
    }

    async fn create_now(&self, cluster: &ObjectName) -> Result<(), WorkloadError> {
        match self.server.create_logical_cluster(&logical(cluster)).await {
            Ok(()) | Err(LogicalClusterError::Exists(_)) => {}
            Err(error) => return Err(failed(cluster, &error.to_string())),
        }
        let authority = self.authorities().get(cluster).cloned();
        match authority {
            Some(authority) => self.give(cluster, &authority).await,
            None => Ok(()),
        }
    }

    fn authorities(&self) -> MutexGuard<'_, BTreeMap<ObjectName, KeyedCertificate>> {
        // It is whole whoever panicked: authorities are only put in and taken out.
        self.authorities.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<ObjectName, kube::Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a cluster its authority, if the cluster is there.
    async fn give(&self, cluster: &ObjectName, authority: &KeyedCertificate) -> Result<(), WorkloadError> {
        match self.server.set_authority(&logical(cluster), authority).await {
            Ok(()) | Err(LogicalClusterError::Unknown(_)) => Ok(()),
            Err(error) => Err(failed(cluster, &error.to_string())),
        }
    }

    async fn delete_now(&self, cluster: &ObjectName) -> Result<(), WorkloadError> {
        self.authorities().remove(cluster);
        self.clients().remove(cluster);
        match self.server.delete_logical_cluster(&logical(cluster)).await {
            Ok(()) | Err(LogicalClusterError::Unknown(_)) => Ok(()),
            Err(error) => Err(failed(cluster, &error.to_string())),
        }
    }

    async fn open_now(
        &self,
        cluster: &ObjectName,
        authority: &KeyedCertificate,
    ) -> Result<WorkloadAccess, WorkloadError> {
        // Noted first: whoever makes the cluster meanwhile finds it.
        self.authorities().insert(cluster.clone(), authority.clone());
        self.give(cluster, authority).await?;
        let Address {
            host,
            port,
            authority_pem,
        } = &self.address;
        Ok(WorkloadAccess {
            server: format!("https://{host}:{port}{}", logical(cluster).path_prefix()),
            authority_pem: authority_pem.clone(),
        })
    }
}

impl WorkloadClusters for EmbeddedWorkloads {
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>> {
        std::future::ready(self.client_now(cluster)).boxed()
    }

    fn forget(&self, cluster: &ObjectName) {
        self.clients().remove(cluster);
    }

    fn endpoint(&self, _: &ObjectName) -> Result<WorkloadEndpoint, WorkloadError> {
        Ok(WorkloadEndpoint {
            host: self.address.host.clone(),
            port: i32::from(self.address.port),
        })
    }

    fn create<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        self.create_now(cluster).boxed()
    }

    fn delete<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        self.delete_now(cluster).boxed()
    }

    fn budgets_changed(&self, cluster: &ObjectName) -> Option<u64> {
        let logical = logical(cluster);
        let extent = |group: &str, plural: &str| self.server.extent(&logical, group, plural);
        let budgets = extent("policy", "poddisruptionbudgets");
        // The usual case, once a second for each cluster there is.
        if budgets.objects == 0 {
            return None;
        }
        let counted = [extent("", "nodes"), extent("", "pods")];
        let changed = counted
            .iter()
            .fold(budgets.changed, |last, one| last.max(one.changed));
        Some(changed)
    }

    fn open<'a>(
        &'a self,
        cluster: &'a ObjectName,
        authority: &'a KeyedCertificate,
    ) -> BoxFuture<'a, Result<WorkloadAccess, WorkloadError>> {
        self.open_now(cluster, authority).boxed()
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
    use fleetui_base::Clock as _;
    use fleetui_base::clock::SystemClock;
    use fleetui_pki::{Authority, Credential, Kubeconfig, ServerCredentials, Validity};
    use k8s_openapi::api::core::v1::Namespace;

    use super::*;

    /// Who lists namespaces at that address with a certificate of that authority.
    async fn try_it(access: &WorkloadAccess, server: &str, authority: &Authority) -> Result<usize, u16> {
        let validity = Validity::days(SystemClock.now(), 1);
        let client = authority
            .issue_client("kubernetes-admin", Some("system:masters"), validity)
            .unwrap();
        let file = Kubeconfig::new(
            "c",
            server,
            &access.authority_pem,
            Credential::Certificate(&client),
        );
        let file = kube::config::Kubeconfig::from_yaml(file.to_yaml().unwrap().reveal()).unwrap();
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(file, &options)
            .await
            .unwrap();
        let namespaces: kube::Api<Namespace> = kube::Api::all(kube::Client::try_from(config).unwrap());
        match namespaces.list(&kube::api::ListParams::default()).await {
            Ok(list) => Ok(list.items.len()),
            Err(kube::Error::Api(status)) => Err(status.code),
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn a_cluster_is_opened_to_its_own_authority_whichever_comes_first() {
        let server = Arc::new(ApiServer::builder().build().await.unwrap());
        let now = SystemClock.now();
        let credentials = ServerCredentials::ephemeral(&fleetui_apiserver::server::names(), now).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let serving = server.serve(listen, &credentials).await.unwrap();
        let address = Address {
            host: "127.0.0.1".to_owned(),
            port: serving.local_address().port(),
            authority_pem: credentials.authority.certificate_pem().to_owned(),
        };
        let workloads = EmbeddedWorkloads::new(Arc::clone(&server), address);
        let (early, late) = (
            ObjectName::new("default", "early"),
            ObjectName::new("default", "late"),
        );
        let authority = || Authority::generate("kubernetes", Validity::days(now, 10)).unwrap();
        let (of_early, of_late) = (authority(), authority());
        // Where hosts bring a cluster up, the control plane has its Secrets before there is a cluster.
        let to_early = workloads.open(&early, of_early.keyed()).await.unwrap();
        workloads.create(&early).await.unwrap();
        workloads.create(&late).await.unwrap();
        let to_late = workloads.open(&late, of_late.keyed()).await.unwrap();
        for (access, authority, other) in [(&to_early, &of_early, &to_late), (&to_late, &of_late, &to_early)]
        {
            assert_eq!(try_it(access, &access.server, authority).await, Ok(4));
            assert_eq!(try_it(access, &other.server, authority).await, Err(401));
            assert_eq!(
                try_it(access, &serving.url(), authority).await,
                Err(401),
                "the management cluster"
            );
        }
        // A cluster of the same name is another one, and knows nothing of the first one's authority.
        workloads.delete(&early).await.unwrap();
        workloads.create(&early).await.unwrap();
        assert_eq!(try_it(&to_early, &to_early.server, &of_early).await, Err(401));
        serving.shutdown().await;
        server.shutdown().await;
    }

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
