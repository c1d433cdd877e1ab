//! A management cluster in memory that listens, with a small fleet in it.

use std::path::Path;

use fleetui_apiserver::server::{self, Serving};
use fleetui_apiserver::{ApiServer, Builder, LogicalCluster};
use fleetui_base::Clock as _;
use fleetui_base::clock::SystemClock;
use fleetui_pki::{Credential, KeyedCertificate, Kubeconfig, ServerCredentials, write_private};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

/// The namespace of the fleet.
pub(crate) const NAMESPACE: &str = "fleet";

/// A running management cluster.
pub(crate) struct ManagementCluster {
    server: ApiServer,
    serving: Serving,
    credentials: ServerCredentials,
    /// A client that needs no socket.
    pub(crate) client: kube::Client,
}

/// The spec of the fleet's machines.
pub(crate) fn machine_spec() -> Value {
    json!({
        "clusterName": "c1",
        "version": "v1.33.1",
        "bootstrap": {"dataSecretName": "bootstrap"},
        "infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io",
            "kind": "DevMachine",
            "name": "machine",
        },
    })
}

impl ManagementCluster {
    /// Starts one and puts a cluster with a MachineDeployment of two machines into it.
    pub(crate) async fn start() -> Self {
        let this = Self::bare().await;
        this.furnish(&this.client).await;
        this
    }

    /// Starts one with no definitions and no objects.
    pub(crate) async fn bare() -> Self {
        Self::serving(ApiServer::builder()).await
    }

    /// Starts one as `fleetui serve` does, whose definitions are the server's own, and puts the same fleet into it.
    pub(crate) async fn of_cluster_api() -> Self {
        let this = Self::serving(ApiServer::builder().cluster_api()).await;
        this.furnish(&this.server.installer(&LogicalCluster::root()))
            .await;
        this
    }

    /// Installs our definitions through this client, and makes the fleet.
    async fn furnish(&self, installer: &kube::Client) {
        let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        let api = Api::<DynamicObject>::all_with(installer.clone(), &ApiResource::from_gvk(&kind));
        for definition in fleetui_api::crds::all() {
            let definition = serde_json::from_value(definition).unwrap();
            api.create(&PostParams::default(), &definition).await.unwrap();
        }
        self.add_namespace(NAMESPACE).await;
        self.add_fleet().await;
    }

    async fn serving(builder: Builder) -> Self {
        let server = builder.build().await.unwrap();
        let credentials = ServerCredentials::ephemeral(&server::names(), SystemClock.now()).unwrap();
        let serving = server
            .serve("127.0.0.1:0".parse().unwrap(), &credentials)
            .await
            .unwrap();
        let client = server.client(&LogicalCluster::root());
        Self {
            server,
            serving,
            credentials,
            client,
        }
    }

    /// Makes a namespace.
    pub(crate) async fn add_namespace(&self, name: &str) {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let namespace = serde_json::from_value(namespace).unwrap();
        self.all("", "v1", "Namespace")
            .create(&PostParams::default(), &namespace)
            .await
            .unwrap();
    }

    /// The kinds of a group, everywhere.
    pub(crate) fn all(&self, group: &str, version: &str, kind: &str) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk(group, version, kind);
        Api::all_with(self.client.clone(), &ApiResource::from_gvk(&kind))
    }

    /// A core kind of Cluster API in the fleet's namespace.
    pub(crate) fn core(&self, kind: &str) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("cluster.x-k8s.io", "v1beta2", kind);
        Api::namespaced_with(self.client.clone(), NAMESPACE, &ApiResource::from_gvk(&kind))
    }

    /// Makes an object, and gives it a status.
    async fn add(&self, kind: &str, name: &str, spec: Value, status: Value) {
        let api = self.core(kind);
        let object = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2",
            "kind": kind,
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"cluster.x-k8s.io/cluster-name": "c1"}},
            "spec": spec,
        });
        let object = serde_json::from_value(object).unwrap();
        api.create(&PostParams::default(), &object).await.unwrap();
        self.set_status(kind, name, status).await;
    }

    /// Merges into an object's status.
    pub(crate) async fn set_status(&self, kind: &str, name: &str, status: Value) {
        let patch = Patch::Merge(json!({"status": status}));
        self.core(kind)
            .patch_status(name, &PatchParams::default(), &patch)
            .await
            .unwrap();
    }

    async fn add_fleet(&self) {
        let since = "2026-01-01T00:00:00Z";
        let condition = |kind: &str, status: &str| json!({"type": kind, "status": status, "reason": kind, "message": "", "lastTransitionTime": since});
        self.add(
            "Cluster",
            "c1",
            json!({"topology": {"version": "v1.33.1", "classRef": {"name": "quick"}}}),
            json!({
                "phase": "Provisioned",
                "conditions": [condition("Available", "False")],
                "controlPlane": {"desiredReplicas": 3, "availableReplicas": 2},
            }),
        )
        .await;
        let labels = json!({"a": "b"});
        self.add(
            "MachineDeployment",
            "md1",
            json!({
                "clusterName": "c1",
                "replicas": 2,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": machine_spec()},
            }),
            json!({"replicas": 2, "readyReplicas": 2, "availableReplicas": 1, "phase": "Running", "selector": "a=b"}),
        )
        .await;
        for (name, address) in [("ma1", "10.0.0.1"), ("ma2", "10.0.0.2")] {
            let mut spec = machine_spec();
            spec["providerID"] = json!(format!("sim:///{name}"));
            self.add(
                "Machine",
                name,
                spec,
                json!({
                    "phase": "Running",
                    "nodeRef": {"name": format!("node-of-{name}")},
                    "addresses": [{"type": "InternalIP", "address": address}],
                    "conditions": [condition("Ready", "True"), condition("Available", "True"), condition("UpToDate", "True")],
                }),
            )
            .await;
        }
    }

    /// Writes the administrator's kubeconfig.
    pub(crate) fn write_kubeconfig(&self, path: &Path) {
        self.write_kubeconfig_of(&LogicalCluster::root(), path);
    }

    /// Makes a logical cluster and writes a kubeconfig for it.
    pub(crate) async fn add_logical_cluster(&self, name: &str, path: &Path) {
        let cluster = LogicalCluster::new(name).unwrap();
        self.server.create_logical_cluster(&cluster).await.unwrap();
        self.write_kubeconfig_of(&cluster, path);
    }

    /// Writes the kubeconfig of one who only reads.
    pub(crate) fn write_readers_kubeconfig(&self, path: &Path) {
        self.write_kubeconfig_with(&LogicalCluster::root(), &self.credentials.reader, path);
    }

    fn write_kubeconfig_of(&self, cluster: &LogicalCluster, path: &Path) {
        self.write_kubeconfig_with(cluster, &self.credentials.administrator, path);
    }

    fn write_kubeconfig_with(&self, cluster: &LogicalCluster, certificate: &KeyedCertificate, path: &Path) {
        let authority = self.credentials.authority.certificate_pem();
        let credential = Credential::Certificate(certificate);
        let url = format!("{}{}", self.serving.url(), cluster.path_prefix());
        let file = Kubeconfig::new("test", &url, authority, credential);
        write_private(path, file.to_yaml().unwrap().reveal().as_bytes()).unwrap();
    }

    /// Writes a kubeconfig with a bearer token.
    pub(crate) fn write_kubeconfig_with_token(&self, token: &str, path: &Path) {
        let authority = self.credentials.authority.certificate_pem();
        let credential = Credential::Certificate(&self.credentials.administrator);
        let mut file = Kubeconfig::new("test", &self.serving.url(), authority, credential);
        file.users[0].user = fleetui_pki::kubeconfig::User {
            token: Some(fleetui_base::redact::Secret::new(token.to_owned())),
            ..Default::default()
        };
        write_private(path, file.to_yaml().unwrap().reveal().as_bytes()).unwrap();
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        self.serving.shutdown().await;
        self.server.shutdown().await;
    }
}
