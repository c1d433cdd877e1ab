//! Every kubectl of this machine: what people type against a management cluster.
//!
//! Where there is no kubectl the tests say so and pass, but not on CI. Old versions are asked for what they know: 1.20 is
//! what Debian 12 has.

mod apply;
mod built_in;
mod everyday;
mod upstream;
mod walkthrough;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::management_cluster::{ManagementCluster, NAMESPACE, machine_spec};

/// The longest that one command may take; real ones take a tenth of a second.
const PATIENCE: Duration = Duration::from_mins(1);

/// The kubectl of the PATH, and those that lie beside it with their version in the name.
pub(super) fn found() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let first = std::env::split_paths(&path)
        .map(|directory| directory.join("kubectl"))
        .find(|file| file.is_file());
    let Some(first) = first.and_then(|file| file.canonicalize().ok()) else {
        let on_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!on_ci, "no kubectl on CI");
        println!("skipped: there is no kubectl on the PATH");
        return Vec::new();
    };
    let versioned = |file: &PathBuf| {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        name.strip_prefix("kubectl.1.")
            .is_some_and(|minor| minor.parse::<u32>().is_ok())
    };
    let beside = first.parent().and_then(|directory| directory.read_dir().ok());
    let mut all: Vec<PathBuf> = beside
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(versioned)
        .collect();
    all.push(first);
    all.sort();
    all
}

/// The newest of them, for what is much and asks nothing of the client's version.
pub(super) fn newest() -> Option<PathBuf> {
    let minor = |file: &PathBuf| file.extension()?.to_str()?.parse::<u32>().ok();
    found().into_iter().max_by_key(minor)
}

/// One kubectl with a home of its own, at a management cluster of its own.
pub(super) struct Kubectl {
    pub(super) program: PathBuf,
    pub(super) home: TempDir,
    pub(super) cluster: ManagementCluster,
    /// The minor version of the client that speaks to this server; some installations choose one by the server's.
    pub(super) minor: u32,
}

impl Kubectl {
    pub(super) async fn start(program: &Path) -> Self {
        Self::at(program, ManagementCluster::start().await).await
    }

    /// One at this management cluster.
    pub(super) async fn at(program: &Path, cluster: ManagementCluster) -> Self {
        let home = tempfile::tempdir().unwrap();
        cluster.write_kubeconfig(&home.path().join("config"));
        let mut this = Self {
            program: program.to_owned(),
            home,
            cluster,
            minor: 0,
        };
        let version: Value = serde_json::from_str(&this.says(&["version", "-o", "json"]).await).unwrap();
        let minor = version["clientVersion"]["minor"].as_str().unwrap();
        // Distributors write `33+`.
        this.minor = minor
            .trim_end_matches(|character: char| !character.is_ascii_digit())
            .parse()
            .unwrap();
        this
    }

    /// Whether it explains by the OpenAPI v3 documents. The v2 document, by which older versions do, has no definitions.
    pub(super) fn knows_openapi_v3(&self) -> bool {
        self.minor >= 27
    }

    /// The flag that shows managed fields; before there was one they were always shown.
    fn show_managed_fields(&self) -> &[&str] {
        if self.minor >= 21 {
            &["--show-managed-fields"]
        } else {
            &[]
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("KUBECACHEDIR", self.home.path().join("cache"))
            .env("KUBECONFIG", self.home.path().join("config"))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub(super) async fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output();
        let output = tokio::time::timeout(PATIENCE, output).await;
        output
            .unwrap_or_else(|_| panic!("{} {arguments:?} hangs", self.program.display()))
            .unwrap()
    }

    /// What the command prints; it must succeed.
    pub(super) async fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(
            output.status.success(),
            "{} {arguments:?}: {}",
            self.program.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// The words of each line.
    pub(super) async fn lines(&self, arguments: &[&str]) -> Vec<String> {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        self.says(arguments).await.lines().map(words).collect()
    }

    /// Starts a command whose output is read while it runs.
    fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap()
    }

    /// Merges a patch into the cluster of the fleet.
    async fn merge_into_cluster(&self, patch: &str) {
        self.says(&["patch", "cl/c1", "-n", NAMESPACE, "--type=merge", "-p", patch])
            .await;
    }

    pub(super) fn file(&self, name: &str, content: &Value) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn get(&self, kind: &str, name: &str) -> Value {
        serde_json::to_value(self.cluster.core(kind).get(name).await.unwrap()).unwrap()
    }
}

#[tokio::test]
async fn lists_print_upstreams_columns() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let lines = kubectl.lines(&["get", "cl", "-A"]).await;
        assert_eq!(
            lines[0],
            "NAMESPACE NAME CLUSTERCLASS AVAILABLE CP DESIRED CP AVAILABLE CP UP-TO-DATE W DESIRED W AVAILABLE \
             W UP-TO-DATE PHASE AGE VERSION"
        );
        assert!(
            lines[1].starts_with("fleet c1 quick False 3 2 Provisioned "),
            "{}",
            lines[1]
        );
        assert!(
            lines[1].ends_with("s v1.33.1"),
            "the age is counted: {}",
            lines[1]
        );
        let lines = kubectl.lines(&["get", "cl,md,ma", "-A"]).await;
        for start in [
            "fleet cluster.cluster.x-k8s.io/c1 quick",
            "fleet machinedeployment.cluster.x-k8s.io/md1 c1 2 2 2 1 Running ",
            "fleet machine.cluster.x-k8s.io/ma1 c1 node-of-ma1 True True True Running ",
            "fleet machine.cluster.x-k8s.io/ma2 c1 node-of-ma2 True True True Running ",
        ] {
            assert!(
                lines.iter().any(|line| line.starts_with(start)),
                "{start}: {lines:#?}"
            );
        }
        let wide = kubectl.lines(&["get", "ma", "-n", NAMESPACE, "-o", "wide"]).await;
        assert!(
            wide[0].contains("PROVIDER ID") && wide[0].contains("INTERNAL-IP"),
            "{}",
            wide[0]
        );
        assert!(
            wide[1].contains("sim:///ma1") && wide[1].contains("10.0.0.1"),
            "{}",
            wide[1]
        );
        let selected = kubectl
            .lines(&["get", "ma", "-n", NAMESPACE, "--field-selector=metadata.name=ma2"])
            .await;
        assert_eq!(selected.len(), 2);
        let nothing = kubectl.run(&["get", "ma", "-n", "default"]).await;
        assert!(
            String::from_utf8_lossy(&nothing.stderr).contains("No resources found in default namespace.")
        );
        let namespaces = kubectl.lines(&["get", "ns"]).await;
        assert_eq!(namespaces[0], "NAME STATUS AGE");
        assert!(
            namespaces.iter().any(|line| line.starts_with("fleet Active ")),
            "{namespaces:#?}"
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn an_object_prints_as_yaml_and_json() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let expected = kubectl.get("Cluster", "c1").await;
        let get = [
            &["get", "cl", "c1", "-n", NAMESPACE],
            kubectl.show_managed_fields(),
        ]
        .concat();
        let yaml = kubectl.says(&[&get[..], &["-o", "yaml"]].concat()).await;
        assert_eq!(serde_yaml::from_str::<Value>(&yaml).unwrap(), expected);
        let text = kubectl.says(&[&get[..], &["-o", "json"]].concat()).await;
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        let path = "jsonpath={.status.conditions[?(@.type==\"Available\")].status}";
        assert_eq!(kubectl.says(&[&get[..], &["-o", path]].concat()).await, "False");
        let missing = kubectl.run(&["get", "cl", "c9", "-n", NAMESPACE]).await;
        assert_eq!(
            String::from_utf8_lossy(&missing.stderr).trim(),
            "Error from server (NotFound): clusters.cluster.x-k8s.io \"c9\" not found"
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn a_watch_prints_each_change() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let mut watch = kubectl.spawn(&["get", "md", "-n", NAMESPACE, "-w"]);
        let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
        let mut next = async || {
            let line = tokio::time::timeout(PATIENCE, lines.next_line())
                .await
                .expect("the watch is silent")
                .unwrap();
            line.unwrap_or_default()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert!(next().await.starts_with("NAME CLUSTER AVAILABLE DESIRED "));
        assert!(next().await.starts_with("md1 c1 2 2 2 1 Running "));
        kubectl
            .says(&["scale", "md", "md1", "-n", NAMESPACE, "--replicas=5"])
            .await;
        assert!(next().await.starts_with("md1 c1 5 2 2 1 Running "));
        kubectl
            .cluster
            .set_status("MachineDeployment", "md1", json!({"phase": "ScalingUp"}))
            .await;
        assert!(next().await.starts_with("md1 c1 5 2 2 1 ScalingUp "));
        // The end of the server ends the watch and leaves nobody hanging.
        kubectl.cluster.stop().await;
        watch.kill().await.unwrap();
    }
}

#[tokio::test]
async fn scale_and_patch_change_what_they_say() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let said = kubectl
            .says(&[
                "scale",
                "md",
                "md1",
                "-n",
                NAMESPACE,
                "--replicas=4",
                "--current-replicas=2",
            ])
            .await;
        assert_eq!(said.trim(), "machinedeployment.cluster.x-k8s.io/md1 scaled");
        assert_eq!(
            kubectl.get("MachineDeployment", "md1").await["spec"]["replicas"],
            4
        );
        let wrong = kubectl
            .run(&[
                "scale",
                "md",
                "md1",
                "-n",
                NAMESPACE,
                "--replicas=9",
                "--current-replicas=2",
            ])
            .await;
        assert!(!wrong.status.success());

        kubectl
            .merge_into_cluster(r#"{"spec":{"paused":true},"metadata":{"labels":{"team":"blue"}}}"#)
            .await;
        let list = r#"[{"op":"replace","path":"/spec/topology/version","value":"v1.34.0"}]"#;
        kubectl
            .says(&["patch", "cl", "c1", "-n", NAMESPACE, "--type=json", "-p", list])
            .await;
        let status = r#"{"status":{"phase":"Deleting"}}"#;
        if kubectl.minor >= 24 {
            let of_status = [
                "-n",
                NAMESPACE,
                "--subresource=status",
                "--type=merge",
                "-p",
                status,
            ];
            kubectl
                .says(&[&["patch", "cl", "c1"], &of_status[..]].concat())
                .await;
            assert_eq!(kubectl.get("Cluster", "c1").await["status"]["phase"], "Deleting");
        }
        kubectl
            .says(&["annotate", "cl", "c1", "-n", NAMESPACE, "note=hello"])
            .await;
        kubectl
            .says(&["label", "cl", "c1", "-n", NAMESPACE, "team-"])
            .await;
        let cluster = kubectl.get("Cluster", "c1").await;
        assert_eq!(cluster["spec"]["paused"], true);
        assert_eq!(cluster["spec"]["topology"]["version"], "v1.34.0");
        assert_eq!(cluster["metadata"]["annotations"]["note"], "hello");
        assert_eq!(cluster["metadata"]["labels"].get("team"), None);
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn create_and_apply_are_validated_by_the_server() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let pool = |replicas: u32| {
            json!({
                "apiVersion": "cluster.x-k8s.io/v1beta2",
                "kind": "MachinePool",
                "metadata": {"name": "mp1", "namespace": NAMESPACE},
                "spec": {"clusterName": "c1", "replicas": replicas, "template": {"spec": machine_spec()}},
            })
        };
        let first = kubectl.file("first.json", &pool(1));
        let second = kubectl.file("second.json", &pool(2));
        if kubectl.knows_openapi_v3() {
            assert_eq!(
                kubectl.says(&["create", "-f", &first]).await.trim(),
                "machinepool.cluster.x-k8s.io/mp1 created"
            );
            kubectl.says(&["delete", "-f", &first]).await;
            assert_eq!(
                kubectl.says(&["apply", "-f", &first]).await.trim(),
                "machinepool.cluster.x-k8s.io/mp1 created"
            );
            let again = kubectl.says(&["apply", "-f", &first]).await;
            assert_eq!(again.trim(), "machinepool.cluster.x-k8s.io/mp1 unchanged");
            let changed = kubectl.says(&["apply", "-f", &second]).await;
            assert_eq!(changed.trim(), "machinepool.cluster.x-k8s.io/mp1 configured");
        } else {
            kubectl.says(&["create", "--validate=false", "-f", &first]).await;
            kubectl.says(&["apply", "--validate=false", "-f", &second]).await;
        }
        assert_eq!(kubectl.get("MachinePool", "mp1").await["spec"]["replicas"], 2);
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn delete_waits_until_the_object_is_gone() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let said = kubectl
            .says(&["delete", "ma", "ma1", "-n", NAMESPACE, "--timeout=30s"])
            .await;
        // Some versions name the namespace behind it.
        assert!(
            said.starts_with("machine.cluster.x-k8s.io \"ma1\" deleted"),
            "{said}"
        );
        assert!(
            kubectl
                .cluster
                .core("Machine")
                .get_opt("ma1")
                .await
                .unwrap()
                .is_none()
        );
        let said = kubectl.says(&["delete", "md,ma", "--all", "-n", NAMESPACE]).await;
        assert_eq!(said.lines().count(), 2, "{said}");
        let again = kubectl.run(&["delete", "ma", "ma1", "-n", NAMESPACE]).await;
        assert!(String::from_utf8_lossy(&again.stderr).contains("NotFound"));
        kubectl
            .says(&["delete", "ma", "ma1", "-n", NAMESPACE, "--ignore-not-found"])
            .await;

        kubectl
            .merge_into_cluster(r#"{"metadata":{"finalizers":["fleet.example/hold"]}}"#)
            .await;
        let deleting = kubectl.spawn(&["delete", "cl", "c1", "-n", NAMESPACE, "--timeout=30s"]);
        let marked = async {
            while kubectl.get("Cluster", "c1").await["metadata"]
                .get("deletionTimestamp")
                .is_none()
            {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, marked)
            .await
            .expect("it is not marked for deletion");
        // A wait that begins after the end is an error for the oldest versions.
        let waiting = (kubectl.minor >= 22)
            .then(|| kubectl.spawn(&["wait", "--for=delete", "cl/c1", "-n", NAMESPACE, "--timeout=30s"]));
        kubectl
            .merge_into_cluster(r#"{"metadata":{"finalizers":[]}}"#)
            .await;
        for process in [deleting].into_iter().chain(waiting) {
            let ended = tokio::time::timeout(PATIENCE, process.wait_with_output())
                .await
                .expect("it hangs")
                .unwrap();
            assert!(ended.status.success(), "{}", program.display());
        }
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn wait_sees_the_condition_that_comes() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let already = [
            "wait",
            "--for=condition=Ready",
            "ma/ma1",
            "-n",
            NAMESPACE,
            "--timeout=30s",
        ];
        assert_eq!(
            kubectl.says(&already).await.trim(),
            "machine.cluster.x-k8s.io/ma1 condition met"
        );
        let never = [
            "wait",
            "--for=condition=Available",
            "cl/c1",
            "-n",
            NAMESPACE,
            "--timeout=1s",
        ];
        assert!(!kubectl.run(&never).await.status.success());
        let waiting = kubectl.spawn(&[
            "wait",
            "--for=condition=Available",
            "cl/c1",
            "-n",
            NAMESPACE,
            "--timeout=30s",
        ]);
        let available = json!({"type": "Available", "status": "True", "reason": "Available", "message": "",
            "lastTransitionTime": "2026-01-02T00:00:00Z"});
        kubectl
            .cluster
            .set_status("Cluster", "c1", json!({"conditions": [available]}))
            .await;
        let ended = tokio::time::timeout(PATIENCE, waiting.wait_with_output())
            .await
            .expect("the wait hangs")
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&ended.stdout).trim(),
            "cluster.cluster.x-k8s.io/c1 condition met"
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn discovery_and_schemas_are_understood() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let resources = kubectl
            .lines(&["api-resources", "--api-group=cluster.x-k8s.io"])
            .await;
        for line in [
            "clusters cl cluster.x-k8s.io/v1beta2 true Cluster",
            "machinehealthchecks mhc,mhcs cluster.x-k8s.io/v1beta2 true MachineHealthCheck",
        ] {
            assert!(
                resources.iter().any(|found| found == line),
                "{line}: {resources:#?}"
            );
        }
        let of_category = kubectl
            .lines(&["get", "cluster-api", "-n", NAMESPACE, "-o", "name"])
            .await;
        assert!(
            of_category.contains(&"machinedeployment.cluster.x-k8s.io/md1".to_owned()),
            "{of_category:#?}"
        );
        let versions = kubectl.lines(&["api-versions"]).await;
        assert!(
            versions.contains(&"infrastructure.cluster.x-k8s.io/v1beta2".to_owned()),
            "{versions:#?}"
        );
        if kubectl.knows_openapi_v3() {
            let explained = kubectl.says(&["explain", "cluster"]).await;
            let expected = ["KIND:       Cluster", "GROUP:      cluster.x-k8s.io", "spec\t<"];
            assert!(
                expected.iter().all(|part| explained.contains(part)),
                "{explained}"
            );
        }
        let version: Value = serde_json::from_str(&kubectl.says(&["version", "-o", "json"]).await).unwrap();
        assert!(
            version["serverVersion"]["gitVersion"]
                .as_str()
                .unwrap()
                .starts_with("v1.")
        );
        let described = kubectl.says(&["describe", "ma", "ma1", "-n", NAMESPACE]).await;
        assert!(
            described.contains("Name:         ma1") && described.contains("Events:"),
            "{described}"
        );
        kubectl.cluster.stop().await;
    }
}

#[tokio::test]
async fn a_logical_cluster_is_a_cluster_of_its_own() {
    for program in found() {
        let kubectl = Kubectl::start(&program).await;
        let config = kubectl.home.path().join("workload");
        kubectl.cluster.add_logical_cluster("workload", &config).await;
        let there = format!("--kubeconfig={}", config.display());
        let namespaces = kubectl.lines(&[&there, "get", "ns", "-o", "name"]).await;
        assert_eq!(
            namespaces,
            [
                "namespace/default",
                "namespace/kube-node-lease",
                "namespace/kube-public",
                "namespace/kube-system"
            ]
        );
        let node = kubectl.file(
            "node.json",
            &json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {"node-role.kubernetes.io/worker": ""}}}),
        );
        let validate = if kubectl.knows_openapi_v3() {
            "--validate=strict"
        } else {
            "--validate=false"
        };
        kubectl.says(&[&there, "create", validate, "-f", &node]).await;
        let nodes = kubectl.lines(&[&there, "get", "nodes"]).await;
        assert_eq!(nodes[0], "NAME STATUS ROLES AGE VERSION");
        assert!(nodes[1].starts_with("n1 Unknown worker "), "{}", nodes[1]);
        let elsewhere = kubectl.run(&["get", "nodes"]).await;
        assert!(String::from_utf8_lossy(&elsewhere.stderr).contains("No resources found"));
        let clusters = kubectl.run(&[&there, "get", "cl"]).await;
        assert!(String::from_utf8_lossy(&clusters.stderr).contains("doesn't have a resource type \"cl\""));
        kubectl.cluster.stop().await;
    }
}
