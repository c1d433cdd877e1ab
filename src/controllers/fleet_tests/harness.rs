//! A management cluster in memory, its workload clusters, and the controllers with short durations.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use fleetui_apiserver::{ApiServer, Builder, LogicalCluster, LogicalClusterError};
use fleetui_base::clock::SystemClock;
use fleetui_base::{ObjectName, SharedClock};
use fleetui_pki::KeyedCertificate;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, DynamicObject};
use kube::runtime::wait::await_condition;
use kube::runtime::watcher::{self, Event, watcher};
use serde_json::{Value, json};

use super::granted::Granted;
use crate::kinds::{self, Watched};
use crate::manager::{ControllersHandle, Standing, start};
use crate::settings::{ControllerSettings, SimulationSettings};
use crate::workloads::{WorkloadAccess, WorkloadClusters, WorkloadEndpoint, WorkloadError};

/// The longest that a test waits for one thing; only what is broken takes so long.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

/// The definitions of the watched kinds, made once: all of them for every test would take more time than the tests.
static DEFINITIONS: LazyLock<Vec<DynamicObject>> = LazyLock::new(|| {
    let is_watched = |definition: &Value| {
        let text = |path: &str| {
            definition
                .pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        Watched::find(text("/spec/group"), text("/spec/names/kind")).is_some()
    };
    fleetui_api::crds::all()
        .filter(is_watched)
        .map(|mut definition| {
            strip_descriptions(&mut definition);
            serde_json::from_value(definition).expect("a definition")
        })
        .collect()
});

/// Takes away what is only for people to read: most of a definition.
fn strip_descriptions(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| key != "description" || !value.is_string());
            fields.values_mut().for_each(strip_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_descriptions),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Logical clusters of the same server as workload clusters.
pub(super) struct Hosted {
    server: Arc<ApiServer>,
    wrap: Wrap,
    /// Authorities of the clusters: known before a cluster is there, as its first machine makes it.
    authorities: Mutex<BTreeMap<ObjectName, KeyedCertificate>>,
}

impl Hosted {
    fn new(server: &Arc<ApiServer>, wrap: &Wrap) -> Self {
        Self {
            server: server.clone(),
            wrap: wrap.clone(),
            authorities: Mutex::default(),
        }
    }

    /// Gives a cluster its authority, if the cluster is there and the authority is known.
    async fn give_authority(&self, cluster: &ObjectName) -> Result<(), WorkloadError> {
        let authority = self.authorities.lock().expect("whole").get(cluster).cloned();
        let Some(authority) = authority else {
            return Ok(());
        };
        match self.server.set_authority(&logical(cluster), &authority).await {
            Ok(()) | Err(LogicalClusterError::Unknown(_)) => Ok(()),
            Err(error) => Err(WorkloadError {
                cluster: cluster.clone(),
                reason: error.to_string(),
            }),
        }
    }
}

/// What stands between the controllers and their servers.
pub(super) type Wrap = Arc<dyn Fn(kube::Client) -> kube::Client + Send + Sync>;

pub(super) fn logical(cluster: &ObjectName) -> LogicalCluster {
    LogicalCluster::new(&format!("{}-{}", cluster.namespace, cluster.name)).expect("a name")
}

impl WorkloadClusters for Hosted {
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>> {
        async move { Ok((self.wrap)(self.server.client(&logical(cluster)))) }.boxed()
    }

    fn endpoint(&self, _: &ObjectName) -> Result<WorkloadEndpoint, WorkloadError> {
        Ok(WorkloadEndpoint {
            host: "127.0.0.1".to_owned(),
            port: 6443,
        })
    }

    fn create<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        async move {
            // It may be there already.
            let _ = self.server.create_logical_cluster(&logical(cluster)).await;
            self.give_authority(cluster).await
        }
        .boxed()
    }

    fn delete<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        async move {
            self.authorities.lock().expect("whole").remove(cluster);
            let _ = self.server.delete_logical_cluster(&logical(cluster)).await;
            Ok(())
        }
        .boxed()
    }

    fn budgets_changed(&self, cluster: &ObjectName) -> Option<u64> {
        let logical = logical(cluster);
        let extent = |group: &str, plural: &str| self.server.extent(&logical, group, plural);
        let budgets = extent("policy", "poddisruptionbudgets");
        let counted = extent("", "pods").changed.max(extent("", "nodes").changed);
        (budgets.objects > 0).then_some(budgets.changed.max(counted))
    }

    fn open<'a>(
        &'a self,
        cluster: &'a ObjectName,
        authority: &'a KeyedCertificate,
    ) -> BoxFuture<'a, Result<WorkloadAccess, WorkloadError>> {
        async move {
            let noted = authority.clone();
            self.authorities
                .lock()
                .expect("whole")
                .insert(cluster.clone(), noted);
            self.give_authority(cluster).await?;
            Ok(WorkloadAccess {
                server: format!("https://127.0.0.1:6443{}", logical(cluster).path_prefix()),
                authority_pem: "the server's own\n".to_owned(),
            })
        }
        .boxed()
    }
}

/// Everything that a test needs.
pub(super) struct Fleet {
    pub(super) server: Arc<ApiServer>,
    /// A client that may do everything, unlike the controllers.
    pub(super) client: kube::Client,
    pub(super) granted: Granted,
    pub(super) controllers: ControllersHandle,
}

pub(super) fn quick() -> ControllerSettings {
    ControllerSettings {
        backoff_start: Duration::from_millis(20),
        backoff_limit: Duration::from_millis(200),
        summary_pause: Duration::from_millis(50),
        recheck: Duration::from_millis(200),
        drain_retry: Duration::from_millis(200),
        probe_interval: Duration::from_millis(50),
        probe_timeout: Duration::from_secs(1),
        // Most tests say themselves what budgets allow.
        budget_interval: Duration::from_hours(1),
        remote_connection_grace: Duration::from_millis(200),
        remote_conditions_grace: Duration::from_millis(400),
        simulation: SimulationSettings {
            vm_startup: Duration::from_millis(30),
            node_startup: Duration::from_millis(20),
            jitter: 0.5,
            seed: 7,
            ..SimulationSettings::default()
        },
        ..ControllerSettings::default()
    }
}

impl Fleet {
    /// Reconciling an unchanged world again and again writes nothing.
    pub(super) async fn is_left_alone(&self) {
        let before = self.server.revision();
        for _ in 0..3 {
            self.controllers.round().await.expect("a round");
        }
        assert_eq!(
            self.server.revision(),
            before,
            "an unchanged world needs no write"
        );
    }

    /// A management cluster with Cluster API's kinds and running controllers.
    pub(super) async fn start() -> Self {
        Self::start_behind(Arc::new(|client| client)).await
    }

    /// As [`Fleet::start`], with something between the controllers and their servers.
    pub(super) async fn start_behind(wrap: Wrap) -> Self {
        Self::start_as(wrap, quick()).await
    }

    /// As [`Fleet::start_behind`], with settings of the test's own.
    pub(super) async fn start_as(wrap: Wrap, settings: ControllerSettings) -> Self {
        Self::start_at(wrap, settings, SystemClock::shared()).await
    }

    /// As [`Fleet::start_as`], with a clock of the test's own.
    pub(super) async fn start_at(wrap: Wrap, settings: ControllerSettings, clock: SharedClock) -> Self {
        Self::start_on(ApiServer::builder(), wrap, settings, clock).await
    }

    /// As [`Fleet::start_at`], on a server of the test's own.
    pub(super) async fn start_on(
        builder: Builder,
        wrap: Wrap,
        settings: ControllerSettings,
        clock: SharedClock,
    ) -> Self {
        let server = builder.cluster_api().clock(clock.clone()).build();
        Self::serve(server.await.expect("a server"), wrap, settings, clock).await
    }

    /// As [`Fleet::start_at`], on a server without Cluster API's webhooks: it takes what it gets.
    pub(super) async fn start_without_webhooks(
        wrap: Wrap,
        settings: ControllerSettings,
        clock: SharedClock,
    ) -> Self {
        let server = ApiServer::builder().clock(clock.clone()).build();
        Self::serve(server.await.expect("a server"), wrap, settings, clock).await
    }

    async fn serve(server: ApiServer, wrap: Wrap, settings: ControllerSettings, clock: SharedClock) -> Self {
        let server = Arc::new(server);
        let client = server.client(&LogicalCluster::root());
        let resource = ApiResource::erase::<CustomResourceDefinition>(&());
        let definitions: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
        for definition in DEFINITIONS.iter() {
            definitions
                .create(&PostParams::default(), definition)
                .await
                .expect("a served kind");
        }
        let workloads = Hosted::new(&server, &wrap);
        let granted = Granted::new(&client).await;
        let (theirs, standing) = (wrap(granted.client(&server)), Standing::default());
        let controllers = start(theirs, Arc::new(workloads), settings, clock, &standing);
        Self {
            server,
            client,
            granted,
            controllers,
        }
    }

    /// Stops the controllers and starts new ones, which know nothing of what the old ones knew.
    pub(super) async fn restart(self) -> Self {
        self.restart_with(quick()).await
    }

    /// As [`Fleet::restart`], with other settings.
    pub(super) async fn restart_with(self, settings: ControllerSettings) -> Self {
        let workloads = self.workloads();
        self.restart_among(workloads, settings).await
    }

    /// As [`Fleet::restart_with`], among workload clusters of the test's own.
    pub(super) async fn restart_among(
        self,
        workloads: Arc<dyn WorkloadClusters>,
        settings: ControllerSettings,
    ) -> Self {
        let (server, client, granted) = (self.server, self.client, self.granted);
        self.controllers.stop().await;
        let (theirs, clock) = (granted.client(&server), SystemClock::shared());
        let controllers = start(theirs, workloads, settings, clock, &Standing::default());
        Self {
            server,
            client,
            granted,
            controllers,
        }
    }

    /// As [`Fleet::restart`], with something between the new controllers and their servers. The old ones are not given the
    /// time to end what they are at.
    pub(super) fn restart_behind(self, wrap: &Wrap, settings: ControllerSettings) -> Self {
        let workloads = Hosted::new(&self.server, wrap);
        let (server, client, granted) = (self.server, self.client, self.granted);
        drop(self.controllers);
        let controllers = start(
            wrap(granted.client(&server)),
            Arc::new(workloads),
            settings,
            SystemClock::shared(),
            &Standing::default(),
        );
        Self {
            server,
            client,
            granted,
            controllers,
        }
    }

    /// The workload clusters, for others than the controllers.
    pub(super) fn workloads(&self) -> Arc<dyn WorkloadClusters> {
        let wrap: Wrap = Arc::new(|client| client);
        Arc::new(Hosted::new(&self.server, &wrap))
    }

    pub(super) fn api(&self, kind: Watched) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), "default", &kind.resource())
    }

    /// The API of a simulated workload cluster.
    pub(super) fn workload(&self, cluster: &str) -> kube::Client {
        self.server.client(&logical(&ObjectName::new("default", cluster)))
    }

    pub(super) async fn create(&self, kind: Watched, name: &str, spec: Value) {
        self.create_with(kind, json!({"name": name}), spec).await;
    }

    pub(super) async fn create_with(&self, kind: Watched, metadata: Value, spec: Value) {
        let object = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind(), "metadata": metadata, "spec": spec
        });
        let object: DynamicObject = serde_json::from_value(object).expect("an object");
        self.api(kind)
            .create(&PostParams::default(), &object)
            .await
            .expect("created");
    }

    pub(super) async fn patch(&self, kind: Watched, name: &str, patch: Value) {
        let patch = Patch::Merge(patch);
        self.api(kind)
            .patch(name, &PatchParams::default(), &patch)
            .await
            .expect("patched");
    }

    pub(super) async fn get(&self, kind: Watched, name: &str) -> Value {
        let object = self.api(kind).get(name).await.expect("it is there");
        serde_json::to_value(object).expect("JSON")
    }

    pub(super) async fn list(&self, kind: Watched) -> Vec<Value> {
        let list = self.api(kind).list(&ListParams::default()).await.expect("a list");
        list.items
            .into_iter()
            .map(|object| serde_json::to_value(object).expect("JSON"))
            .collect()
    }

    /// Waits until an object is as wished (it may have to come first), and gives it.
    pub(super) async fn wait(
        &self,
        kind: Watched,
        name: &str,
        wished: impl Fn(&Value) -> bool + Clone,
    ) -> Value {
        let condition = move |object: Option<&DynamicObject>| {
            object.is_some_and(|object| wished(&serde_json::to_value(object).expect("JSON")))
        };
        if let Some(object) = self.await_object(kind, name, condition).await.flatten() {
            return serde_json::to_value(object).expect("JSON");
        }
        self.explain().await;
        panic!("{} {name} is not as wished", kind.kind());
    }

    /// Follows all objects of a kind until as many as wished are as wished, and gives those.
    pub(super) async fn wait_count(
        &self,
        kind: Watched,
        count: usize,
        wished: impl Fn(&Value) -> bool,
    ) -> Vec<Value> {
        let events = watcher(self.api(kind), watcher::Config::default());
        let followed = async {
            futures::pin_mut!(events);
            let (mut found, mut listed) = (BTreeMap::new(), false);
            while let Some(event) = events.next().await {
                match event.expect("a watch") {
                    Event::Init => found.clear(),
                    Event::InitDone => listed = true,
                    Event::Apply(object) | Event::InitApply(object) => {
                        let (name, object) = (
                            object.metadata.name.clone(),
                            serde_json::to_value(object).expect("JSON"),
                        );
                        if wished(&object) {
                            found.insert(name, object);
                        } else {
                            found.remove(&name);
                        }
                    }
                    Event::Delete(object) => drop(found.remove(&object.metadata.name)),
                }
                if listed && found.len() == count {
                    break;
                }
            }
            found.into_values().collect()
        };
        if let Ok(found) = tokio::time::timeout(PATIENCE, followed).await {
            return found;
        }
        self.explain().await;
        panic!("not {count} {} are as wished", kind.kind());
    }

    /// Waits until an object is gone.
    pub(super) async fn wait_gone(&self, kind: Watched, name: &str) {
        let condition = |object: Option<&DynamicObject>| object.is_none();
        if self.await_object(kind, name, condition).await.is_none() {
            self.explain().await;
            panic!("{} {name} is not gone", kind.kind());
        }
    }

    /// Waits for an object to be so, and gives it as it is then; none where that takes too long. A watch that fails, as one of a
    /// busy server may, says nothing of the object, and is begun anew.
    async fn await_object(
        &self,
        kind: Watched,
        name: &str,
        condition: impl Fn(Option<&DynamicObject>) -> bool + Clone,
    ) -> Option<Option<DynamicObject>> {
        let waiting = async {
            loop {
                match await_condition(self.api(kind), name, condition.clone()).await {
                    Ok(found) => return found,
                    Err(error) => println!("a watch of {} {name} failed: {error}", kind.kind()),
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.ok()
    }

    /// Waits until an Event with this reason and message is there: it is written when all else is done.
    pub(super) async fn wait_told(&self, reason: &str, message: &str) {
        let events: Api<k8s_openapi::api::core::v1::Event> = Api::namespaced(self.client.clone(), "default");
        let events = watcher(events, watcher::Config::default());
        let told = async {
            futures::pin_mut!(events);
            while let Some(event) = events.next().await {
                if let Event::Apply(told) | Event::InitApply(told) = event.expect("a watch")
                    && told.reason.as_deref() == Some(reason)
                    && told.message.as_deref() == Some(message)
                {
                    break;
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, told).await;
        assert!(waited.is_ok(), "{reason} is not told");
    }

    /// Reconciles everything again and again until a whole round writes nothing.
    pub(super) async fn settle(&self) {
        let mut quiet = 0;
        let mut last = Ok(());
        let rest = async {
            while quiet < 3 {
                let before = self.server.revision();
                // A conflict with a reconcile under way is no answer yet, nor is a pause after a failure.
                last = self.controllers.round().await;
                quiet = if last.is_ok() && self.server.revision() == before {
                    quiet + 1
                } else {
                    0
                };
                if last.is_err() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, rest).await.is_err() {
            self.explain().await;
            panic!("the controllers do not come to rest: {last:?}");
        }
    }

    /// A cluster with its templates, control plane and one MachineDeployment `<name>-md`.
    pub(super) async fn cluster(&self, name: &str, control_plane: i32, workers: i32) {
        self.cluster_with(name, control_plane, workers, json!({})).await;
    }

    /// As [`Fleet::cluster`], with the MachineDeployment's `rollout`.
    pub(super) async fn cluster_with(&self, name: &str, control_plane: i32, workers: i32, rollout: Value) {
        let reference =
            |group: &str, kind: &str, name: &str| json!({"apiGroup": group, "kind": kind, "name": name});
        let (infra, boot) = ("infrastructure.cluster.x-k8s.io", "bootstrap.cluster.x-k8s.io");
        let machine = json!({"template": {"spec": {"backend": {"inMemory": {}}}}});
        self.create(Watched::DevMachineTemplate, name, machine).await;
        let config = json!({"template": {"spec": {"joinConfiguration": {"nodeRegistration": {"name": "{{ name }}"}}}}});
        self.create(Watched::KubeadmConfigTemplate, name, config).await;
        self.create(Watched::DevCluster, name, json!({"backend": {"inMemory": {}}}))
            .await;
        self.create(
            Watched::KubeadmControlPlane,
            name,
            json!({
                "replicas": control_plane, "version": "v1.31.0",
                "machineTemplate": {"spec": {"infrastructureRef": reference(infra, "DevMachineTemplate", name)}},
                "kubeadmConfigSpec": {"clusterConfiguration": {"certificatesDir": "/etc/kubernetes/pki"}}
            }),
        )
        .await;
        self.create(
            Watched::MachineDeployment,
            &format!("{name}-md"),
            json!({
                "clusterName": name, "replicas": workers, "rollout": rollout,
                "template": {"spec": {
                    "clusterName": name, "version": "v1.31.0",
                    "bootstrap": {"configRef": reference(boot, "KubeadmConfigTemplate", name)},
                    "infrastructureRef": reference(infra, "DevMachineTemplate", name)
                }}
            }),
        )
        .await;
        self.create(
            Watched::Cluster,
            name,
            json!({
                "controlPlaneRef": reference("controlplane.cluster.x-k8s.io", "KubeadmControlPlane", name),
                "infrastructureRef": reference(infra, "DevCluster", name)
            }),
        )
        .await;
    }

    /// Waits until a cluster and its MachineDeployment are Available with so many workers.
    pub(super) async fn wait_available(&self, name: &str, workers: i64) {
        self.wait_available_with(name, &format!("{name}-md"), workers)
            .await;
    }

    /// As [`Fleet::wait_available`], with a MachineDeployment of this name.
    pub(super) async fn wait_available_with(&self, cluster: &str, deployment: &str, workers: i64) {
        self.wait(Watched::MachineDeployment, deployment, move |md| {
            status_of(md, "Available") == "True"
                && number(md, "/status/availableReplicas") == workers
                && number(md, "/status/replicas") == workers
        })
        .await;
        self.wait(Watched::Cluster, cluster, |cluster| {
            status_of(cluster, "Available") == "True"
        })
        .await;
    }

    /// Prints what every object says of itself, for a test that has failed.
    async fn explain(&self) {
        for kind in kinds::ALL {
            for object in self.list(kind).await {
                println!(
                    "{} {} phase {} deleting {} {}",
                    kind.kind(),
                    object["metadata"]["name"],
                    object["status"]["phase"],
                    object["metadata"]["deletionTimestamp"],
                    object["spec"]["replicas"],
                );
                for condition in object["status"]["conditions"].as_array().into_iter().flatten() {
                    println!(
                        "    {}={} {} {}",
                        condition["type"], condition["status"], condition["reason"], condition["message"]
                    );
                }
            }
        }
    }
}

/// The condition of this type.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"]
        .as_array()?
        .iter()
        .find(|condition| condition["type"] == kind)
}

/// Status of the condition of this type; empty where there is none.
pub(super) fn status_of(object: &Value, kind: &str) -> String {
    condition(object, kind)
        .and_then(|condition| condition["status"].as_str())
        .unwrap_or_default()
        .to_owned()
}

/// Reason of the condition of this type; empty where there is none.
pub(super) fn reason_of(object: &Value, kind: &str) -> String {
    condition(object, kind)
        .and_then(|condition| condition["reason"].as_str())
        .unwrap_or_default()
        .to_owned()
}

/// The number at a path; -1 where there is none.
pub(super) fn number(object: &Value, path: &str) -> i64 {
    object.pointer(path).and_then(Value::as_i64).unwrap_or(-1)
}
