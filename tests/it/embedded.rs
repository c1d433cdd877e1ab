//! Management clusters in this process without controllers, whose objects a test writes, and the console's frames over them.

use std::sync::Arc;
use std::time::Duration;

use fleetui_apiserver::authn::Identity;
use fleetui_apiserver::{ApiServer, Builder, LogicalCluster};
use fleetui_base::clock::FrozenClock;
use fleetui_base::{Clock as _, SharedClock};
use fleetui_client::{ClientSettings, FleetClient};
use fleetui_connect::Target;
use fleetui_console::chord::sequence;
use fleetui_console::{AppOptions, Frame, FrameConfig};
use kube::api::{DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::Request;
use serde_json::{Value, json};

/// The longest that a frame may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// When the objects are made and looked at.
const NOW: &str = "2026-06-01T12:00:00Z";

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A management cluster that holds what a test writes into it.
pub(crate) struct Embedded {
    server: Arc<ApiServer>,
    client: kube::Client,
}

fn clock() -> Arc<FrozenClock> {
    FrozenClock::at(NOW.parse().unwrap())
}

impl Embedded {
    pub(crate) async fn start() -> Self {
        Self::of(ApiServer::builder()).await
    }

    async fn of(builder: Builder) -> Self {
        let server = Arc::new(builder.clock(clock()).build().await.unwrap());
        let client = server.client(&LogicalCluster::root());
        Self { server, client }
    }

    /// One as `fleetui serve` has it: Cluster API's kinds with their schemas and webhooks.
    pub(crate) async fn as_served() -> Self {
        Self::as_served_at(clock()).await
    }

    /// The same, on a clock of the test's own.
    pub(crate) async fn as_served_at(clock: SharedClock) -> Self {
        let builder = ApiServer::builder().cluster_api().clock(clock);
        let server = Arc::new(builder.build().await.unwrap());
        let installer = Self {
            client: server.installer(&LogicalCluster::root()),
            server: Arc::clone(&server),
        };
        for mut definition in fleetui_api::crds::all() {
            without_descriptions(&mut definition);
            installer.define(&definition).await;
        }
        Self {
            client: server.client(&LogicalCluster::root()),
            server,
        }
    }

    /// A workload cluster that it has beside itself.
    pub(crate) fn beside(&self, cluster: &LogicalCluster) -> Self {
        Self {
            server: Arc::clone(&self.server),
            client: self.server.client(cluster),
        }
    }

    /// The server.
    pub(crate) fn server(&self) -> Arc<ApiServer> {
        Arc::clone(&self.server)
    }

    /// One with Cluster API's kinds, whose objects may hold anything.
    pub(crate) async fn with_any_objects() -> Self {
        Self::start().await.with_kinds().await
    }

    /// The same, and writes are judged as Cluster API's webhooks do.
    pub(crate) async fn with_webhooks() -> Self {
        Self::of(ApiServer::builder().cluster_api())
            .await
            .with_kinds()
            .await
    }

    async fn with_kinds(self) -> Self {
        let this = self;
        for mut definition in fleetui_api::crds::all() {
            for version in definition["spec"]["versions"].as_array_mut().unwrap() {
                let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
                version["schema"] = json!({ "openAPIV3Schema": anything });
            }
            this.define(&definition).await;
        }
        this
    }

    /// Installs a definition.
    pub(crate) async fn define(&self, definition: &Value) {
        let bytes = serde_json::to_vec(definition).unwrap();
        let request = Request::new(DEFINITIONS)
            .create(&PostParams::default(), bytes)
            .unwrap();
        let made: Value = self.client.request(request).await.unwrap();
        assert_eq!(made["metadata"]["name"], definition["metadata"]["name"]);
    }

    /// Makes an object, and gives it as the server keeps it.
    pub(crate) async fn create(&self, object: &Value) -> Value {
        let bytes = serde_json::to_vec(object).unwrap();
        let request = Request::new(path(object))
            .create(&PostParams::default(), bytes)
            .unwrap();
        let made = self.client.request(request).await;
        made.unwrap_or_else(|error| panic!("{}: {error}", path(object)))
    }

    /// Writes the status of an object as its controller would, and gives the object as the server keeps it then.
    pub(crate) async fn set_status(&self, object: &Value, status: Value) -> Value {
        let patch = Patch::Merge(json!({ "status": status }));
        let name = object["metadata"]["name"].as_str().unwrap();
        let request = Request::new(path(object))
            .patch_subresource("status", name, &PatchParams::default(), &patch)
            .unwrap();
        self.client.request(request).await.unwrap()
    }

    /// Makes an object with a status.
    pub(crate) async fn create_with_status(&self, object: &Value, status: Value) -> Value {
        let made = self.create(object).await;
        self.set_status(&made, status).await
    }

    /// Reads an object.
    pub(crate) async fn read(&self, object: &Value) -> Value {
        let name = object["metadata"]["name"].as_str().unwrap();
        let request = Request::new(path(object))
            .get(name, &GetParams::default())
            .unwrap();
        self.client.request(request).await.unwrap()
    }

    /// Reads an object that may not be there.
    pub(crate) async fn find(&self, object: &Value) -> Option<Value> {
        let name = object["metadata"]["name"].as_str().unwrap();
        let request = Request::new(path(object))
            .get(name, &GetParams::default())
            .unwrap();
        match self.client.request(request).await {
            Ok(found) => Some(found),
            Err(kube::Error::Api(status)) if status.code == 404 => None,
            Err(error) => panic!("{}: {error}", path(object)),
        }
    }

    /// Replaces an object, if it is still of the version that it says.
    pub(crate) async fn replace(&self, object: &Value) -> Result<Value, kube::Error> {
        let name = object["metadata"]["name"].as_str().unwrap();
        let bytes = serde_json::to_vec(object).unwrap();
        let request = Request::new(path(object))
            .replace(name, &PostParams::default(), bytes)
            .unwrap();
        self.client.request(request).await
    }

    /// Writes a merge patch; where that is refused, the server's own words.
    pub(crate) async fn merge(&self, object: &Value, patch: &Value) -> Result<Value, String> {
        let name = object["metadata"]["name"].as_str().unwrap();
        let patch = Patch::Merge(patch);
        let request = Request::new(path(object))
            .patch(name, &PatchParams::default(), &patch)
            .unwrap();
        match self.client.request(request).await {
            Ok(object) => Ok(object),
            Err(kube::Error::Api(status)) => Err(status.message),
            Err(error) => panic!("{error}"),
        }
    }

    /// Deletes an object, and what it owns behind it.
    pub(crate) async fn delete(&self, object: &Value) {
        let name = object["metadata"]["name"].as_str().unwrap();
        let request = Request::new(path(object))
            .delete(name, &DeleteParams::background())
            .unwrap();
        let _: Value = self.client.request(request).await.unwrap();
    }

    /// Applies an object as a tool does that keeps to what stands in a repository.
    pub(crate) async fn apply(&self, object: &Value, manager: &str) {
        let name = object["metadata"]["name"].as_str().unwrap();
        let request = Request::new(path(object))
            .patch(name, &PatchParams::apply(manager).force(), &Patch::Apply(object))
            .unwrap();
        let _: Value = self.client.request(request).await.unwrap();
    }

    /// Objects of the kind, and where it has one in the namespace, of this one.
    pub(crate) async fn list(&self, like: &Value) -> Vec<Value> {
        let request = Request::new(path(like)).list(&ListParams::default()).unwrap();
        let mut list: Value = self.client.request(request).await.unwrap();
        let items = list["items"].as_array_mut().map(std::mem::take);
        items.unwrap_or_default()
    }

    /// A client that may do everything.
    pub(crate) fn client(&self) -> kube::Client {
        self.client.clone()
    }

    /// A client of one who reads everything but secrets, and writes nothing.
    pub(crate) fn viewer(&self) -> kube::Client {
        let identity = Identity::new("vera", &[fleetui_pki::directory::READERS]);
        self.server.client_as(&LogicalCluster::root(), identity)
    }

    /// How the console reaches it.
    pub(crate) fn target(&self, name: &str) -> Target {
        Target::ready(name, self.client.clone())
    }

    pub(crate) async fn stop(self) {
        self.server.shutdown().await;
    }
}

/// Takes away what is only for people to read: most of a definition.
fn without_descriptions(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| key != "description" || !value.is_string());
            fields.values_mut().for_each(without_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(without_descriptions),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Where the objects of this kind are.
fn path(object: &Value) -> String {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (api_version, kind) = (text("/apiVersion"), text("/kind").to_lowercase());
    let plural = match kind.strip_suffix("class") {
        Some(_) => format!("{kind}es"),
        None => format!("{kind}s"),
    };
    let root = if api_version.contains('/') {
        "/apis"
    } else {
        "/api"
    };
    match text("/metadata/namespace") {
        "" => format!("{root}/{api_version}/{plural}"),
        namespace => format!("{root}/{api_version}/namespaces/{namespace}/{plural}"),
    }
}

/// The frame of the console over these management clusters, after these keys.
pub(crate) async fn frame(targets: Vec<Target>, keys: &str, size: (u16, u16)) -> Frame {
    let clock = clock();
    let mut options = AppOptions::new(clock.now()).unwrap();
    options.size = size;
    let (client, updates) = FleetClient::start(targets, clock.clone(), ClientSettings::default());
    let config = FrameConfig {
        record: None,
        options,
        clock,
        keys: sequence(keys).unwrap(),
        limit: PATIENCE,
    };
    let frame = fleetui_console::frame(config, Arc::new(client.clone()), updates).await;
    client.shut_down().await;
    frame.unwrap()
}
