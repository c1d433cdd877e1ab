//! The walkthrough's upgrade on EKS, by keys alone, as far as the write: no controller of that provider runs here, so what is
//! shown is which versions are taken, in which order, what is refused and why, and which request arrives.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Terminal;
use crate::embedded::Embedded;
use crate::front::Door;
use crate::program::{Home, kubeconfig};

const CONTROL_PLANE: &str = "eks-control-plane";
const WORKERS: &str = "eks-md-0";
/// What its line in the tree is called.
const CONTROL_PLANE_LINE: &str = "AWSManagedControlPlane";

#[allow(clippy::needless_pass_by_value, reason = "what is given is made for this")]
fn object(api_version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {"name": name, "namespace": "default", "labels": {"cluster.x-k8s.io/cluster-name": "eks"}},
        "spec": spec,
    })
}

fn control_plane() -> Value {
    let spec = json!({"eksClusterName": "default_eks", "region": "eu-west-1", "version": "v1.30"});
    let api_version = "controlplane.cluster.x-k8s.io/v1beta2";
    object(api_version, "AWSManagedControlPlane", CONTROL_PLANE, spec)
}

async fn furnished() -> Embedded {
    let core = "cluster.x-k8s.io/v1beta2";
    let server = Embedded::with_any_objects().await;
    let reference =
        |group: &str, kind: &str, name: &str| json!({"apiGroup": group, "kind": kind, "name": name});
    let spec = json!({
        "controlPlaneRef": reference("controlplane.cluster.x-k8s.io", "AWSManagedControlPlane", CONTROL_PLANE),
        "infrastructureRef": reference("infrastructure.cluster.x-k8s.io", "AWSManagedCluster", "eks"),
    });
    let cluster = server.create(&object(core, "Cluster", "eks", spec)).await;
    let owner = json!([{"apiVersion": core, "kind": "Cluster", "name": "eks", "uid": cluster["metadata"]["uid"], "controller": true}]);
    let mut made = control_plane();
    made["metadata"]["ownerReferences"] = owner.clone();
    let ready =
        json!({"ready": true, "initialized": true, "externalManagedControlPlane": true, "version": "v1.30"});
    server.create_with_status(&made, ready).await;
    let infrastructure = reference("infrastructure.cluster.x-k8s.io", "AWSMachineTemplate", "eks");
    let template = json!({"spec": {"clusterName": "eks", "version": "v1.30.0", "infrastructureRef": infrastructure,
        "bootstrap": {"configRef": reference("bootstrap.cluster.x-k8s.io", "NodeadmConfigTemplate", "eks")}}});
    let spec = json!({"clusterName": "eks", "replicas": 2, "template": template});
    let mut workers = object(core, "MachineDeployment", WORKERS, spec);
    workers["metadata"]["ownerReferences"] = owner;
    server.create(&workers).await;
    server
}

/// Puts the cursor on the line that shows this.
fn go_to(terminal: &mut Terminal, name: &str) {
    terminal.keys("g");
    let lines = terminal.screen().lines().count();
    let is_on = |screen: &str| {
        screen
            .lines()
            .any(|line| line.starts_with('▌') && line.contains(name))
    };
    let cursor = |screen: &str| screen.lines().position(|line| line.starts_with('▌'));
    terminal.wait_until("the cursor on the first line", |screen| {
        screen
            .lines()
            .any(|line| line.starts_with('▌') && line.contains("● live"))
    });
    for _ in 0..lines {
        let screen = terminal.screen();
        if is_on(&screen) {
            return;
        }
        let before = cursor(&screen);
        terminal.keys("j");
        terminal.wait_until("the cursor on the next line", |screen| cursor(screen) > before);
    }
    panic!("{name} is not there:\n{}", terminal.screen());
}

/// Types a version and asks for its preview.
fn ask(terminal: &mut Terminal, version: &str) {
    terminal.keys("u");
    terminal.wait_for("VERSION v1.3");
    terminal.keys(version);
    terminal.wait_for(version);
    terminal.keys("\r");
}

fn leave(terminal: &mut Terminal) {
    terminal.keys("\u{1b}");
    terminal.wait_until("the editor gone", |screen| !screen.contains("VERSION v"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_control_plane_of_eks_goes_first_and_one_minor_version_at_a_time() {
    let server = furnished().await;
    let door = Door::open(server.client()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kubeconfig");
    std::fs::write(&file, kubeconfig(&["mgmt"], &door.url)).unwrap();
    let arguments = ["--kubeconfig", file.to_str().unwrap()];
    let mut terminal = Terminal::start(&arguments, 180, 48);
    terminal.wait_for(WORKERS);

    // Workers may not be newer than their control plane.
    go_to(&mut terminal, WORKERS);
    ask(&mut terminal, "v1.31.0");
    terminal.wait_for("workers may not be newer than their control plane, which runs");
    leave(&mut terminal);
    // Nor does the control plane leave a minor version out.
    go_to(&mut terminal, CONTROL_PLANE_LINE);
    ask(&mut terminal, "v1.32.0");
    terminal.wait_for("one minor version at a time");
    leave(&mut terminal);
    // It has no replicas of ours.
    terminal.keys("s");
    terminal.wait_for("its provider runs it");
    assert_eq!(
        door.writes(),
        Vec::<String>::new(),
        "nothing was asked of the server"
    );

    ask(&mut terminal, "v1.31.0");
    let screen = terminal.wait_for("dry run ok");
    assert!(
        screen.contains(&format!("mgmt default/{CONTROL_PLANE}")),
        "{screen}"
    );
    terminal.keys("\r");
    terminal.wait_for("applied");
    let written = door.writes();
    assert_eq!(written.len(), 2, "a dry run and the write: {written:#?}");
    let place = format!("/namespaces/default/awsmanagedcontrolplanes/{CONTROL_PLANE}?");
    assert!(
        written
            .iter()
            .all(|line| line.starts_with("PATCH ") && line.contains(&place)),
        "{written:#?}"
    );
    let version = server.read(&control_plane()).await["spec"]["version"].clone();
    assert!(version == "v1.31.0" || version == "v1.31", "{version}");

    // What runs is told beside what is asked for, until the provider has rolled it: now the workers may follow.
    terminal.wait_for("v1.31.0, still runs v1.30");
    server
        .set_status(
            &control_plane(),
            json!({"ready": true, "initialized": true, "version": "v1.31.0"}),
        )
        .await;
    terminal.wait_until("the new version running", |screen| !screen.contains("still runs"));
    go_to(&mut terminal, WORKERS);
    ask(&mut terminal, "v1.31.0");
    let screen = terminal.wait_for("dry run ok");
    assert!(screen.contains(&format!("mgmt default/{WORKERS}")), "{screen}");
    terminal.keys("\r");
    terminal.wait_until("the write of the workers", |screen| {
        screen.contains("applied") && !screen.contains("dry run ok")
    });
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
    let last = door.writes();
    assert!(
        last.iter()
            .skip(2)
            .all(|line| line.contains("/machinedeployments/eks-md-0?")),
        "{last:#?}"
    );
    assert_eq!(last.len(), 4);
    server.stop().await;
}

/// The API server of the workload cluster, which takes one token and no other.
struct Workload {
    url: String,
    token: Arc<Mutex<String>>,
    serving: JoinHandle<()>,
}

impl Workload {
    async fn start(token: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let token = Arc::new(Mutex::new(token.to_owned()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&token));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, token, serving }
    }

    /// Takes another token from now on.
    fn rotate(&self, token: &str) {
        token.clone_into(&mut self.token.lock().unwrap());
    }

    /// The Secret with the kubeconfig, as the provider writes it.
    fn kubeconfig(&self, token: &str) -> Value {
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": token}}],
        });
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "cluster.x-k8s.io/secret",
            "metadata": {"name": "eks-kubeconfig", "namespace": "default", "labels": {"cluster.x-k8s.io/cluster-name": "eks"}},
            "stringData": {"value": kubeconfig.to_string()},
        })
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(token): State<Arc<Mutex<String>>>, request: Request) -> Response {
    let wanted = format!("Bearer {}", token.lock().unwrap());
    let said = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if said == Some(wanted.as_str()) {
        return Json(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudgetList", "metadata": {}, "items": []})).into_response();
    }
    let status = json!({"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "Unauthorized",
        "message": "Unauthorized", "code": 401});
    (StatusCode::UNAUTHORIZED, Json(status)).into_response()
}

/// After the upgrade of the control plane an old kubeconfig answers Unauthorized; once its provider has written another one, the
/// console has it by itself, and so has whoever asks for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kubeconfig_that_has_become_old_is_told_and_a_fresh_one_is_fetched() {
    let server = furnished().await;
    let other = json!({"clusterName": "other", "replicas": 1, "template": {"spec": {"clusterName": "other", "version": "v1.31.0"}}});
    server
        .create(&object(
            "cluster.x-k8s.io/v1beta2",
            "MachineDeployment",
            "seen",
            other,
        ))
        .await;
    let workload = Workload::start("old").await;
    server.create(&workload.kubeconfig("old")).await;
    let door = Door::open(server.client()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kubeconfig");
    std::fs::write(&file, kubeconfig(&["mgmt"], &door.url)).unwrap();
    let file = file.to_str().unwrap();
    let mut terminal = Terminal::start(&["--kubeconfig", file], 180, 48);
    terminal.wait_for(WORKERS);
    go_to(&mut terminal, CONTROL_PLANE_LINE);
    terminal.keys("P");
    terminal.wait_for("0 disruption budgets, none of them holds a drain");

    // The console runs on while the credential changes.
    workload.rotate("fresh");
    let screen = terminal.wait_for("budgets of the workload cluster cannot be read");
    assert!(screen.contains("Unauthorized"), "{screen}");
    let fresh = workload.kubeconfig("fresh");
    server
        .merge(&fresh, &json!({"stringData": fresh["stringData"]}))
        .await
        .unwrap();
    terminal.wait_for("0 disruption budgets, none of them holds a drain");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    let home = Home::new();
    let printed = home
        .run(&["get", "kubeconfig", "eks", "--kubeconfig", file])
        .await;
    assert_eq!(printed.code, Some(0), "{}", printed.said);
    assert!(
        printed.printed.contains("fresh") && !printed.printed.contains("old"),
        "{}",
        printed.printed
    );
    server.stop().await;
}
