//! What the program does with a management cluster that is not its own: installs the kinds, runs the controllers, writes the
//! objects of new clusters, hands out kubeconfigs.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use kube::api::{
    Api, ApiResource, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams, PostParams,
};
use serde_json::{Value, json};

use crate::clients::management_cluster::ManagementCluster;
use crate::program::{Ended, Home};
use crate::running::{PATIENCE, Running};

/// A management cluster with nothing in it, and a kubeconfig that leads there.
pub(crate) struct Place {
    home: Home,
    pub(crate) cluster: ManagementCluster,
    kubeconfig: PathBuf,
}

impl Place {
    pub(crate) async fn bare() -> Self {
        let home = Home::new();
        let cluster = ManagementCluster::bare().await;
        let kubeconfig = home.path().join("kubeconfig");
        cluster.write_kubeconfig(&kubeconfig);
        Self {
            home,
            cluster,
            kubeconfig,
        }
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        let kubeconfig = self.kubeconfig.to_str().unwrap();
        self.home
            .run(&[arguments, &["--kubeconfig", kubeconfig]].concat())
            .await
    }

    /// The lines of the audit log about installations, the oldest first: what each tells.
    pub(crate) fn audit(&self) -> Vec<String> {
        let path = self.home.path().join(".local/state/fleetui/audit.jsonl");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|line| {
                assert_eq!(line["act"]["deed"], "Install", "{line}");
                assert_eq!(line["act"]["subject"]["management_cluster"], "test", "{line}");
                let stage = &line["stage"];
                if let Some(step) = stage.pointer("/refused/step").and_then(Value::as_str) {
                    return format!("refused {step}");
                }
                if let Some(writes) = stage.pointer("/intent/writes").and_then(Value::as_array) {
                    assert!(writes.len() > 20, "{line}");
                    return "intent".to_owned();
                }
                stage["outcome"].as_str().unwrap_or_default().to_owned()
            })
            .collect()
    }

    pub(crate) async fn init(&self) {
        let ended = self.run(&["init", "--context", "test"]).await;
        assert_eq!(ended.code, Some(0), "{}{}", ended.printed, ended.said);
    }

    /// The objects of a kind (group, version, kind) in a namespace.
    pub(crate) fn within(
        &self,
        namespace: &str,
        (group, version, kind): (&str, &str, &str),
    ) -> Api<DynamicObject> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        Api::namespaced_with(self.cluster.client.clone(), namespace, &resource)
    }

    /// The server would take all of these objects as they are, unknown fields included.
    async fn check(&self, objects: &[Value]) {
        for object in objects {
            let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap();
            let (group, version) = text("/apiVersion").split_once('/').unwrap();
            let api = self.within(text("/metadata/namespace"), (group, version, text("/kind")));
            let params = PatchParams {
                dry_run: true,
                ..PatchParams::apply("test").validation_strict()
            };
            let checked = api
                .patch(text("/metadata/name"), &params, &Patch::Apply(object))
                .await;
            assert!(checked.is_ok(), "{checked:?} of {object:#}");
        }
    }

    fn controllers(&self) -> Running {
        self.controllers_with(&["--health-address", "127.0.0.1:0"])
    }

    /// Running controllers, told this too.
    pub(crate) fn controllers_with(&self, more: &[&str]) -> Running {
        let arguments = ["controllers"].iter().chain(more).chain(&["--kubeconfig"]);
        let mut arguments: Vec<&OsStr> = arguments.map(AsRef::as_ref).collect();
        arguments.push(self.kubeconfig.as_ref());
        Running::start(self.home.path(), &arguments)
    }
}

/// What stands at an address of plain HTTP.
async fn fetch(url: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Whether these metrics tell of a Cluster that was reconciled.
fn has_reconciled_clusters(metrics: &str) -> bool {
    metrics
        .lines()
        .filter_map(|line| line.strip_prefix("controller_runtime_reconcile_total{controller=\"cluster\""))
        .any(|rest| !rest.ends_with(" 0"))
}

/// Asks until the answer is good.
pub(crate) async fn until(mut good: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !good().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .expect("it does not come");
}

fn documents(text: &str) -> Vec<Value> {
    let documents = text.split("\n---\n");
    documents
        .map(|document| serde_yaml::from_str(document).unwrap())
        .collect()
}

async fn make(api: &Api<DynamicObject>, object: Value) {
    let object = serde_json::from_value(object).unwrap();
    api.create(&PostParams::default(), &object).await.unwrap();
}

#[tokio::test]
async fn the_kinds_come_once_and_in_one_version() {
    let place = Place::bare().await;
    let refused = place.run(&["controllers"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .said
            .contains("install them with: fleetui init --context test"),
        "{}",
        refused.said
    );

    let shown = place.run(&["init", "--dry-run"]).await;
    assert!(
        shown.printed.contains("installs machines.cluster.x-k8s.io"),
        "{}",
        shown.printed
    );
    // Whoever changes a management cluster that nobody named has to be asked, and there is nobody.
    let refused = place.run(&["init"]).await;
    assert_eq!(refused.code, Some(3), "{}", refused.said);
    assert!(refused.said.contains("--context test"), "{}", refused.said);
    let forbidden = place.run(&["init", "--yes", "--readonly"]).await;
    assert_eq!(forbidden.code, Some(3), "{}", forbidden.said);
    assert_eq!(place.audit(), ["refused confirmation", "refused read-only"]);
    let definitions = place
        .cluster
        .all("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    assert!(
        definitions
            .list(&ListParams::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );

    place.init().await;
    assert_eq!(place.audit()[2..], ["intent", "done"]);
    for definition in definitions.list(&ListParams::default()).await.unwrap().items {
        assert_eq!(definition.data["spec"]["versions"].as_array().unwrap().len(), 1);
    }
    let providers = place
        .cluster
        .all("clusterctl.cluster.x-k8s.io", "v1alpha3", "Provider");
    let mut found: Vec<String> = Vec::new();
    for provider in providers.list(&ListParams::default()).await.unwrap().items {
        let text = |field: &str| provider.data[field].as_str().unwrap().to_owned();
        found.push(format!(
            "{} {} {}",
            text("type"),
            text("providerName"),
            text("version")
        ));
    }
    found.sort();
    assert_eq!(found.len(), 4);
    assert!(
        found.contains(&"CoreProvider cluster-api v1.14.0".to_owned()),
        "{found:?}"
    );

    // Again it changes nothing.
    let again = place.run(&["init", "--yes"]).await;
    assert_eq!(again.code, Some(0), "{}", again.said);
    assert!(
        again.printed.contains("keeps    machines.cluster.x-k8s.io"),
        "{}",
        again.printed
    );
    assert!(!again.printed.contains("updates"), "{}", again.printed);
    let told = place.home.run(&["get", "activity"]).await.printed;
    assert!(
        told.contains("install Cluster API") && told.contains("refused"),
        "{told}"
    );
    // It is nothing that can be taken back, and so not what is meant.
    let undone = place.run(&["undo", "--yes"]).await;
    assert!(undone.said.contains("nothing was changed"), "{}", undone.said);
    place.cluster.stop().await;
}

#[tokio::test]
async fn another_managers_kinds_are_left_alone() {
    let place = Place::bare().await;
    let leases = place.cluster.all("coordination.k8s.io", "v1", "Lease");
    place.cluster.add_namespace("capi-system").await;
    let namespaced = place.within("capi-system", ("coordination.k8s.io", "v1", "Lease"));
    let name = "controller-leader-election-capi";
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name}, "spec": {"holderIdentity": "pod-1"}});
    make(&namespaced, lease).await;
    assert_eq!(leases.list(&ListParams::default()).await.unwrap().items.len(), 1);
    for command in ["init", "controllers"] {
        let refused = place.run(&[command, "--context", "test"]).await;
        assert_eq!(refused.code, Some(3));
        let said = &refused.said;
        assert!(
            said.contains("the holder of the Lease capi-system/controller-leader-election-capi"),
            "{said}"
        );
        let mistyped = place.run(&[command, "--force", "tset"]).await;
        assert!(
            mistyped.code == Some(1) && mistyped.said.contains("is not the name"),
            "{}",
            mistyped.said
        );
    }
    let forced = place.run(&["init", "--force", "test"]).await;
    assert_eq!(forced.code, Some(0), "{}", forced.said);

    // A Deployment of a provider is another such sign, also when nobody holds the Lease.
    let free = Patch::Merge(json!({"spec": {"holderIdentity": ""}}));
    namespaced
        .patch(name, &PatchParams::default(), &free)
        .await
        .unwrap();
    let pod = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "manager", "image": "manager:v1"}]}});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "capi-controller-manager", "labels": {"cluster.x-k8s.io/provider": "cluster-api"}},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": pod},
    });
    let deployments = place.within("capi-system", ("apps", "v1", "Deployment"));
    make(&deployments, deployment).await;
    let refused = place.run(&["controllers"]).await;
    let said = &refused.said;
    assert!(
        said.contains("the Deployment capi-system/capi-controller-manager"),
        "{said}"
    );
    place.cluster.stop().await;
}

#[tokio::test]
async fn one_of_two_managers_works_and_the_other_one_follows() {
    let place = Place::bare().await;
    place.init().await;
    let mut first = place.controllers();
    let url = first.hear("health and metrics at").await;
    let url = url.rsplit(' ').next().unwrap().to_owned();
    first.hear("the controllers lead").await;
    let mut second = place.controllers();
    let other = second.hear("health and metrics at").await;
    let other = other.rsplit(' ').next().unwrap().to_owned();
    second.hear("waiting to lead").await;

    let namespaced = place.within("default", ("cluster.x-k8s.io", "v1beta2", "Cluster"));
    let reference = |group: &str, kind: &str| json!({"apiGroup": group, "kind": kind, "name": "c"});
    let cluster = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "metadata": {"name": "c"},
        "spec": {"infrastructureRef": reference("infrastructure.cluster.x-k8s.io", "DevCluster")},
    });
    make(&namespaced, cluster).await;
    until(async || {
        let found = namespaced.get("c").await.unwrap();
        found.data["status"]["phase"] == "Provisioning" || found.data["status"]["phase"] == "Pending"
    })
    .await;
    let metrics = fetch(&url, "/metrics").await;
    let leads =
        |whether: u8| format!("leader_election_master_status{{name=\"fleetui-controllers\"}} {whether}");
    assert!(metrics.contains(&leads(1)), "{metrics}");
    assert!(has_reconciled_clusters(&metrics), "{metrics}");
    assert!(
        metrics.contains("workqueue_depth{name=\"cluster\",controller=\"cluster\"} "),
        "{metrics}"
    );
    assert!(
        metrics.contains("rest_client_requests_total{code=\"200\",method=\"PATCH\"} "),
        "{metrics}"
    );
    assert!(fetch(&url, "/readyz").await.starts_with("HTTP/1.1 200"));
    // Meanwhile the other one, which is well and ready to follow, has done nothing.
    let metrics = fetch(&other, "/metrics").await;
    assert!(metrics.contains(&leads(0)), "{metrics}");
    assert!(!metrics.contains("controller_runtime_reconcile"), "{metrics}");
    assert!(fetch(&other, "/readyz").await.starts_with("HTTP/1.1 200"));

    first.terminate().await;
    second.hear("the controllers lead").await;
    until(async || {
        let metrics = fetch(&other, "/metrics").await;
        metrics.contains(&leads(1)) && has_reconciled_clusters(&metrics)
    })
    .await;
    second.terminate().await;
    place.cluster.stop().await;
}

#[tokio::test]
async fn clusters_are_written_and_their_kubeconfigs_handed_out() {
    let place = Place::bare().await;
    place.init().await;
    let asked = [
        "generate",
        "cluster",
        "c1",
        "-i",
        "byoh",
        "--kubernetes-version",
        "1.31.2",
    ];
    let missing = place.run(&asked).await;
    assert_eq!(missing.code, Some(1));
    let said = &missing.said;
    assert!(
        said.contains(
            "value for variables [BUNDLE_LOOKUP_BASE_REGISTRY, CONTROL_PLANE_ENDPOINT_IP] is not set"
        ),
        "{said}"
    );
    assert!(
        said.contains("CONTROL_PLANE_ENDPOINT_IP: the address at which the control plane answers"),
        "{said}"
    );
    let listed = place.run(&[&asked[..], &["--list-variables"]].concat()).await;
    assert!(
        listed
            .printed
            .starts_with("Required Variables:\n  - BUNDLE_LOOKUP_BASE_REGISTRY\n  - CONTROL_PLANE_ENDPOINT_IP\n\nOptional Variables:\n"),
        "{}",
        listed.printed
    );

    let written = place
        .run(&[
            "generate",
            "cluster",
            "c1",
            "-i",
            "simulated",
            "--kubernetes-version",
            "1.31.2",
            "--worker-machine-count",
            "2",
        ])
        .await;
    assert_eq!(written.code, Some(0), "{}", written.said);
    let objects = documents(&written.printed);
    let deployment = objects
        .iter()
        .find(|object| object["kind"] == "MachineDeployment")
        .unwrap();
    assert_eq!(deployment["spec"]["replicas"], 2);
    assert_eq!(deployment["spec"]["template"]["spec"]["version"], "v1.31.2");
    place.check(&objects).await;
    let there = ["--kubeconfig", place.kubeconfig.to_str().unwrap()];
    let address = ("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.250");
    let registry = ("BUNDLE_LOOKUP_BASE_REGISTRY", "registry.example/byoh");
    let hosts = place
        .home
        .run_with(&[address, registry], &[&asked[..], &there].concat())
        .await;
    assert_eq!(hosts.code, Some(0), "{}", hosts.said);
    place.check(&documents(&hosts.printed)).await;

    let own = place.home.write("own.yaml", "a: ${A:=x}\nb: $B $${C}\n");
    let own = place
        .run(&["generate", "yaml", "--from", own.to_str().unwrap()])
        .await;
    assert_eq!(own.printed, "a: x\nb: $B ${C}\n");

    let none = place.run(&["get", "kubeconfig", "c1"]).await;
    assert_eq!(none.code, Some(1));
    assert!(
        none.said.contains("there is no Cluster c1 there"),
        "{}",
        none.said
    );
    let secrets = place.within("default", ("", "v1", "Secret"));
    make(&secrets, json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "c1-kubeconfig"}, "stringData": {"value": "kind: Config\n"}})).await;
    let found = place.run(&["get", "kubeconfig", "c1"]).await;
    assert_eq!((found.code, found.printed.as_str()), (Some(0), "kind: Config\n"));
    place.cluster.stop().await;
}
