//! The commands: `fleetui create cluster` from its check to what is there afterwards.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::embedded::Embedded;
use crate::front::Door;
use crate::program::{Ended, Home, kubeconfig};

const CLUSTER: &str = "cluster.x-k8s.io/v1beta2";

/// A management cluster without controllers, the program's home, and the door between them.
pub(super) struct Stage {
    pub(super) server: Embedded,
    home: Home,
    _door: Door,
    kubeconfig: PathBuf,
}

impl Stage {
    pub(super) async fn set() -> Self {
        let server = Embedded::as_served().await;
        let home = Home::new();
        let door = Door::open(server.client()).await;
        let kubeconfig = home.write("config", kubeconfig(&["here"], &door.url));
        Self {
            server,
            home,
            _door: door,
            kubeconfig,
        }
    }

    /// Runs `fleetui create cluster` with these words.
    pub(super) async fn create(&self, words: &str) -> Ended {
        let mut arguments = vec![
            "--kubeconfig",
            self.kubeconfig.to_str().unwrap(),
            "create",
            "cluster",
        ];
        arguments.extend(words.split_whitespace());
        self.home.run(&arguments).await
    }

    async fn there(&self, name: &str) -> usize {
        there(&self.server, name).await
    }
}

/// How many objects of a simulated cluster of that name are there.
pub(super) async fn there(server: &Embedded, name: &str) -> usize {
    let objects = [
        ("cluster.x-k8s.io/v1beta2", "Cluster", name.to_owned()),
        (
            "cluster.x-k8s.io/v1beta2",
            "MachineDeployment",
            format!("{name}-md-0"),
        ),
        (
            "infrastructure.cluster.x-k8s.io/v1beta2",
            "DevCluster",
            name.to_owned(),
        ),
        (
            "infrastructure.cluster.x-k8s.io/v1beta2",
            "DevMachineTemplate",
            format!("{name}-md-0"),
        ),
        (
            "infrastructure.cluster.x-k8s.io/v1beta2",
            "DevMachineTemplate",
            format!("{name}-control-plane"),
        ),
        (
            "bootstrap.cluster.x-k8s.io/v1beta2",
            "KubeadmConfigTemplate",
            format!("{name}-md-0"),
        ),
        (
            "controlplane.cluster.x-k8s.io/v1beta2",
            "KubeadmControlPlane",
            format!("{name}-control-plane"),
        ),
    ];
    let mut there = 0;
    for (version, kind, name) in objects {
        let object =
            json!({"apiVersion": version, "kind": kind, "metadata": {"namespace": "default", "name": name}});
        there += usize::from(server.find(&object).await.is_some());
    }
    there
}

const SIMULATED: &str = "--from simulated --kubernetes-version v1.33.4 --worker-machine-count 2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_is_created_by_one_command() {
    let stage = Stage::set().await;
    let dry = stage.create(&format!("edge {SIMULATED} --dry-run")).await;
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(
        dry.printed.contains("creates 7 objects") && dry.printed.contains("nothing was written"),
        "{dry:?}"
    );
    assert_eq!(stage.there("edge").await, 0);
    let unasked = stage.create(&format!("edge {SIMULATED}")).await;
    assert_eq!(unasked.code, Some(2), "nobody is there to be asked: {unasked:?}");
    let created = stage
        .create(&format!(
            "edge {SIMULATED} --yes --set POD_CIDR=10.244.0.0/16 --reason because"
        ))
        .await;
    assert_eq!(created.code, Some(0), "{created:?}");
    assert!(
        created
            .said
            .contains("created KubeadmControlPlane default/edge-control-plane"),
        "{created:?}"
    );
    assert!(
        created.printed.contains("created Cluster default/edge in here"),
        "{created:?}"
    );
    assert_eq!(stage.there("edge").await, 7);
    let cluster = json!({"apiVersion": CLUSTER, "kind": "Cluster", "metadata": {"namespace": "default", "name": "edge"}});
    let cluster = stage.server.read(&cluster).await;
    assert_eq!(
        cluster["spec"]["clusterNetwork"]["pods"]["cidrBlocks"],
        json!(["10.244.0.0/16"])
    );
    let again = stage.create(&format!("edge {SIMULATED} --yes")).await;
    assert_eq!(again.code, Some(3), "{again:?}");
    assert!(
        again
            .said
            .contains("there is a Cluster default/edge in here already"),
        "{again:?}"
    );
    let nothing = stage.create("edge --resume").await;
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    let late = stage
        .create("new --from simulated --kubernetes-version v1.33.4 --yes --wait --wait-timeout 2")
        .await;
    assert_eq!(late.code, Some(2), "no controller runs: {late:?}");
    assert!(late.said.contains("is not Available within 2 s"), "{late:?}");
    // A program gets one document, with the objects that were made; whoever watches sees them one by one.
    let told = stage
        .create("told --from simulated --kubernetes-version v1.33.4 --yes -o json")
        .await;
    let document: Value = serde_json::from_str(&told.printed).unwrap();
    let objects = document["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 7, "{document}");
    assert!(
        objects
            .iter()
            .all(|object| object["state"] == "created" && object["name"].is_string()),
        "{document}"
    );
    assert!(told.said.contains("created Cluster default/told"), "{told:?}");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_there_is_the_draft_of_another() {
    let stage = Stage::set().await;
    let first = stage
        .create(
            "edge --from simulated --kubernetes-version v1.32.1 --worker-machine-count md-0=2,gpu=1 --yes",
        )
        .await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let second = stage.create("second --from edge --yes").await;
    assert_eq!(second.code, Some(0), "{second:?}");
    let third = stage
        .create("third --from cluster/default/edge --kubernetes-version v1.33.4 --set WORKER_MACHINE_COUNT=5 --yes")
        .await;
    assert_eq!(third.code, Some(0), "{third:?}");
    let read = async |kind: &str, version: &str, name: &str| {
        let object =
            json!({"apiVersion": version, "kind": kind, "metadata": {"namespace": "default", "name": name}});
        stage.server.read(&object).await
    };
    for (name, replicas, version) in [
        ("second-md-0", 2, "v1.32.1"),
        ("second-gpu", 1, "v1.32.1"),
        ("third-md-0", 5, "v1.33.4"),
    ] {
        let workers = read("MachineDeployment", CLUSTER, name).await;
        assert_eq!(
            (
                &workers["spec"]["replicas"],
                &workers["spec"]["template"]["spec"]["version"]
            ),
            (&json!(replicas), &json!(version)),
            "{name}"
        );
    }
    // None has the networks of another.
    let mut pods = Vec::new();
    for name in ["edge", "second", "third"] {
        let cluster = read("Cluster", CLUSTER, name).await;
        pods.push(cluster["spec"]["clusterNetwork"]["pods"]["cidrBlocks"][0].clone());
    }
    assert_eq!(pods[0], "192.168.0.0/16");
    assert!(
        pods[1] != pods[0] && pods[2] != pods[0] && pods[1] != pods[2],
        "{pods:?}"
    );
    let none = stage.create("x --from cluster/nowhere --yes").await;
    assert_eq!(none.code, Some(1), "{none:?}");
    assert!(
        none.said.contains("there is no Cluster default/nowhere in here"),
        "{none:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_is_refused_with_its_variable() {
    let stage = Stage::set().await;
    let topology = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\nspec:\n  topology: {classRef: {name: quick}, version: v1.33.4}\n";
    stage.home.write("topology.yaml", topology);
    stage.home.write("classes/cluster-template-quick.yaml", topology);
    stage
        .home
        .write("classes/clusterclass-quick.yaml", "kind: ClusterClass\n");
    for (words, code, said) in [
        (
            "Edge --from simulated --kubernetes-version v1.33.4",
            3,
            "CLUSTER_NAME: \"Edge\" cannot be the name of a cluster",
        ),
        (
            "edge --from simulated",
            3,
            "  KUBERNETES_VERSION: the Kubernetes version of all machines",
        ),
        (
            "edge --from simulated --kubernetes-version v1.33.4 --control-plane-machine-count 2",
            3,
            "take 1, 3 or 5",
        ),
        (
            "edge --from simulated --kubernetes-version v1.33.4 --set SERVICE_CIDR=192.168.4.0/24",
            3,
            "SERVICE_CIDR: 192.168.4.0/24 overlaps",
        ),
        (
            "edge --from simulated --set NOTHING=1",
            2,
            "NOTHING is no variable of simulated",
        ),
        (
            "edge --from simulated --kubernetes-version v1.33.4 --target-namespace nope",
            3,
            "NAMESPACE (--target-namespace): there is no namespace nope in here",
        ),
        (
            "edge --from byoh --kubernetes-version v1.33.4 --set BUNDLE_LOOKUP_BASE_REGISTRY=r --set CONTROL_PLANE_ENDPOINT_IP=::1",
            3,
            "CONTROL_PLANE_ENDPOINT_IP: ::1 is the loopback address",
        ),
        (
            "edge --from byoh --kubernetes-version v1.33.4 --set BUNDLE_LOOKUP_BASE_REGISTRY=r --set POD_CIDR=10.9.0.0/16 --set CONTROL_PLANE_ENDPOINT_IP=10.9.1.1",
            3,
            "CONTROL_PLANE_ENDPOINT_IP: 10.9.1.1 is in the cluster's own network of Pods",
        ),
        (
            "edge --from topology.yaml --dry-run",
            3,
            "nothing would come of a class",
        ),
        (
            "edge --from classes --flavor quick --dry-run",
            3,
            "nothing would come of a class",
        ),
        (
            "edge --from class/quick --dry-run",
            3,
            "nothing would come of a class",
        ),
        ("edge --from nowhere", 2, "no flavour here"),
        (
            "edge --from nowhere",
            2,
            "and there is no Cluster default/nowhere in here",
        ),
        ("edge --from no/where", 2, "no flavour here"),
        ("edge", 2, "--from byoh or simulated"),
        ("edge --resume --from simulated", 2, "cannot be used with"),
    ] {
        let ended = stage.create(&format!("{words} --yes")).await;
        assert_eq!(ended.code, Some(code), "{words}: {ended:?}");
        assert!(ended.said.contains(said), "{words}: {ended:?}");
    }
    assert_eq!(stage.there("edge").await, 0);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_and_variables_come_from_files_and_the_environment() {
    let stage = Stage::set().await;
    let template = "apiVersion: cluster.x-k8s.io/v1beta2\nkind: Cluster\nmetadata:\n  name: ${CLUSTER_NAME}\n  labels:\n    region: ${REGION}\n    tier: ${TIER:=edge}\n    zone: ${ZONE}\nspec:\n  paused: true\n  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DevCluster, name: shared}\n  clusterNetwork:\n    pods: {cidrBlocks: [\"10.9.0.0/16\"]}\n";
    stage.home.write("templates/cluster-template.yaml", template);
    let shared = json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevCluster",
        "metadata": {"name": "shared", "namespace": "default"}, "spec": {"backend": {"inMemory": {}}},
    });
    stage.server.create(&shared).await;
    stage.home.write(
        "variables.yaml",
        "REGION: of-file\nZONE: of-file\nproviders: []\n",
    );
    let mut arguments = vec![
        "--kubeconfig",
        stage.kubeconfig.to_str().unwrap(),
        "create",
        "cluster",
    ];
    arguments.extend(
        "mine --from templates --variables variables.yaml --set ZONE=said --yes -o yaml".split_whitespace(),
    );
    let ended = stage
        .home
        .run_with(&[("REGION", "of-environment")], &arguments)
        .await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let printed: Value = serde_yaml::from_str(&ended.printed).unwrap();
    let labels = json!({"region": "of-environment", "tier": "edge", "zone": "said"});
    assert_eq!(printed["metadata"]["labels"], labels, "{ended:?}");
    let there = stage.server.read(&printed).await;
    assert_eq!(there["metadata"]["labels"], labels);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_created_where_nothing_may_be_written() {
    let stage = Stage::set().await;
    let writable = [
        "--kubeconfig",
        stage.kubeconfig.to_str().unwrap(),
        "--readonly",
        "create",
        "cluster",
        "edge",
    ];
    let words: Vec<&str> = writable.into_iter().chain(SIMULATED.split_whitespace()).collect();
    let readonly = stage.home.run(&words).await;
    assert_eq!(readonly.code, Some(3), "{readonly:?}");
    assert_eq!(stage.there("edge").await, 0);
    stage.server.stop().await;
}

/// Whoever reads may have seen enough; what was begun goes on, and nothing is complained of.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_leaves_early_is_no_failure() {
    let stage = Stage::set().await;
    for (name, output) in [("yaml", "yaml"), ("text", "text"), ("json", "json")] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let running = tokio::process::Command::new(env!("CARGO_BIN_EXE_fleetui"))
            .arg("--kubeconfig")
            .arg(&stage.kubeconfig)
            .args(["create", "cluster", name, "--yes", "-o", output])
            .args(SIMULATED.split_whitespace())
            .env("HOME", stage.home.path())
            .env("XDG_CONFIG_HOME", stage.home.path().join("config"))
            .stdin(std::process::Stdio::null())
            .stdout(writer)
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true)
            .output();
        let ended = tokio::time::timeout(std::time::Duration::from_mins(1), running);
        let ended = ended.await.expect("it ends").unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{output}: {said}");
        assert!(!said.to_lowercase().contains("pipe"), "{output}: {said}");
        assert_eq!(stage.there(name).await, 7, "{output}");
    }
    stage.server.stop().await;
}
