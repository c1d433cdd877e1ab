//! The walkthrough on six hosts as a person lives through it: the binary serves, and kubectl does the rest, over a socket and in
//! real time.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::{PATIENCE, newest};
use crate::management::until;
use crate::program::Home;
use crate::running::Running;

const CLUSTER: &str = "byoh-cluster";
const DEPLOYMENT: &str = "byoh-cluster-md-0";
/// Hosts that no cluster has.
const FREE: [&str; 4] = ["get", "byoh", "-l", "!cluster.x-k8s.io/cluster-name"];
/// Simulated hosts are twenty times as fast as usual.
const PACE: &str = "5";

/// A person with a kubectl.
struct Person {
    kubectl: PathBuf,
    home: Home,
    kubeconfig: PathBuf,
}

impl Person {
    fn command(&self, kubeconfig: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("KUBECONFIG", kubeconfig)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// What a kubectl prints, line by line with single spaces; it must succeed.
    async fn at(&self, kubeconfig: &Path, arguments: &[&str]) -> Vec<String> {
        let output = tokio::time::timeout(PATIENCE, self.command(kubeconfig, arguments).output()).await;
        let output = output.unwrap_or_else(|_| panic!("{arguments:?} hangs")).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(words)
            .collect()
    }

    async fn does(&self, arguments: &[&str]) -> Vec<String> {
        self.at(&self.kubeconfig, arguments).await
    }

    /// The rows of a list.
    async fn rows(&self, arguments: &[&str]) -> Vec<String> {
        self.does(&[arguments, &["--no-headers"]].concat()).await
    }

    /// The only row of a list, without the age.
    async fn row(&self, arguments: &[&str]) -> String {
        let rows = self.rows(arguments).await;
        let [row] = &rows[..] else {
            panic!("{arguments:?}: {rows:#?}");
        };
        without_age(row)
    }

    /// Waits until so many hosts are free.
    async fn sees_free(&self, count: usize) {
        until(async || self.rows(&FREE).await.len() == count).await;
    }

    /// Waits until the MachineDeployment is Available with so many machines, all of that version.
    async fn sees_workers(&self, count: usize, version: &str) {
        let wished =
            format!("{DEPLOYMENT} {CLUSTER} True {count} {count} {count} {count} {count} Running {version}");
        let end = format!(" True True True Running {version}");
        until(async || {
            let workers = self.workers().await;
            self.row(&["get", "md"]).await == wished
                && workers.len() == count
                && workers.iter().all(|worker| worker.ends_with(&end))
        })
        .await;
    }

    /// The machines of the MachineDeployment.
    async fn workers(&self) -> Vec<String> {
        let rows = self.rows(&["get", "ma"]).await;
        let workers = rows.iter().filter(|row| row.starts_with(DEPLOYMENT));
        workers.map(|row| without_age(row)).collect()
    }

    async fn generates(&self, endpoint: &str) -> crate::program::Ended {
        self.generates_at("v1.31.2", endpoint).await
    }

    async fn generates_at(&self, version: &str, endpoint: &str) -> crate::program::Ended {
        let environment = [("CONTROL_PLANE_ENDPOINT_IP", endpoint)];
        let arguments = [
            "generate",
            "cluster",
            CLUSTER,
            "--infrastructure",
            "byoh",
            "--kubernetes-version",
            version,
            "--control-plane-machine-count",
            "1",
            "--worker-machine-count",
            "1",
            "--kubeconfig",
            self.kubeconfig.to_str().unwrap(),
        ];
        self.home.run_with(&environment, &arguments).await
    }
}

/// A line with single spaces.
fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The machines as they change, seen by a kubectl that watches.
struct Watch {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    /// Watches; the rows that are there have come.
    async fn start(person: &Person, rows: usize) -> Self {
        let mut process = person
            .command(&person.kubeconfig, &["get", "ma", "-w", "--no-headers"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut this = Self { process, lines };
        for _ in 0..rows {
            let line = tokio::time::timeout(PATIENCE, this.lines.next_line()).await;
            line.expect("the watch is silent").unwrap().expect("a row");
        }
        this
    }

    /// All that it has printed since.
    async fn end(mut self) -> Vec<String> {
        self.process.kill().await.unwrap();
        let mut printed = Vec::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            printed.push(words(&line));
        }
        printed
    }
}

/// A row without the word before the last one.
fn without_age(row: &str) -> String {
    let mut words: Vec<&str> = row.split(' ').collect();
    if words.len() > 1 {
        words.remove(words.len() - 2);
    }
    words.join(" ")
}

async fn hosts_join_the_pool(person: &Person) {
    let kinds = person.does(&["api-resources"]).await;
    for (short, kind) in [
        ("cl", "Cluster"),
        ("md", "MachineDeployment"),
        ("ms", "MachineSet"),
        ("ma", "Machine"),
        ("kcp", "KubeadmControlPlane"),
        ("byoh", "ByoHost"),
        ("byom", "ByoMachine"),
    ] {
        let is_it =
            |line: &String| line.contains(&format!(" {short} ")) && line.ends_with(&format!(" {kind}"));
        assert!(kinds.iter().any(is_it), "{short}: {kinds:#?}");
    }
    person.sees_free(6).await;
    until(async || {
        person
            .rows(&["get", "byoh"])
            .await
            .iter()
            .all(|row| row.ends_with(" amd64"))
    })
    .await;
    let hosts = person.does(&["get", "byoh"]).await;
    assert_eq!(hosts[0], "NAME OSNAME OSIMAGE ARCH");
    assert_eq!(hosts[1], "node-1 linux Ubuntu 22.04.5 LTS amd64");
    assert_eq!(hosts[6], "node-6 linux Ubuntu 22.04.5 LTS amd64");
}

async fn a_cluster_comes_up_on_two_of_them(person: &Person) {
    let refused = person.generates("192.0.2.11").await;
    assert!(
        refused.code == Some(1)
            && refused.said.contains("CONTROL_PLANE_ENDPOINT_IP")
            && refused.said.contains("node-1"),
        "it is a host's own: {}",
        refused.said
    );
    let refused = person.generates_at("v1.99.2", "192.0.2.7").await;
    let why = "KUBERNETES_VERSION: no host's installer has v1.99.2; they have v1.25, ";
    assert_eq!(refused.code, Some(1));
    assert!(refused.said.contains(why), "{}", refused.said);
    let generated = person.generates("192.0.2.7").await;
    assert_eq!(generated.code, Some(0), "{}", generated.said);
    let file = person.home.write("cluster.yaml", &generated.printed);
    let applied = person.does(&["apply", "-f", file.to_str().unwrap()]).await;
    let created = applied.iter().filter(|line| line.ends_with(" created")).count();
    assert_eq!((applied.len(), created), (9, 9), "{applied:#?}");
    until(async || {
        let machines = person.rows(&["get", "ma"]).await;
        machines.len() == 2 && machines.iter().all(|row| row.contains(" Running "))
    })
    .await;
    person.sees_free(4).await;
    let old = person.does(&["get", "machines.v1beta1.cluster.x-k8s.io"]).await;
    assert_eq!(old[0], "NAME CLUSTER NODENAME PROVIDERID PHASE AGE VERSION");
    for (row, (name, host)) in old[1..]
        .iter()
        .zip([("byoh-cluster-control-plane-", "node-1"), (DEPLOYMENT, "node-2")])
    {
        let wished = format!(" {CLUSTER} {host} byoh://{host}/");
        assert!(
            row.starts_with(name) && row.contains(&wished) && row.contains(" Running "),
            "{row}"
        );
    }
    let kcp = person.does(&["get", "kubeadmcontrolplane"]).await;
    assert_eq!(
        (kcp[0].as_str(), without_age(&kcp[1]).as_str()),
        (
            "NAME CLUSTER AVAILABLE DESIRED CURRENT READY AVAILABLE UP-TO-DATE INITIALIZED AGE VERSION",
            "byoh-cluster-control-plane byoh-cluster True 1 1 0 0 1 true v1.31.2"
        )
    );
    let md = person.row(&["get", "md"]).await;
    assert_eq!(
        md,
        format!("{DEPLOYMENT} {CLUSTER} False 1 1 0 0 1 Running v1.31.2")
    );
    let md = person
        .row(&["get", "machinedeployments.v1beta1.cluster.x-k8s.io"])
        .await;
    assert_eq!(md, format!("{DEPLOYMENT} {CLUSTER} 1 0 1 1 ScalingUp v1.31.2"));
}

/// The same credentials at any other path of the same server are nobody's.
async fn it_opens_that_cluster_alone(person: &Person, workload: &Path, text: &str) {
    assert!(
        text.contains("current-context: byoh-cluster-admin@byoh-cluster\n"),
        "as Cluster API names it"
    );
    let server = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("server: "))
        .expect("a server");
    let (management, _) = server.split_once("/clusters/").expect("a path");
    let other = format!("{management}/clusters/default--other");
    for address in [management, other.as_str()] {
        let arguments = ["get", "secrets", "-A", "--server", address];
        let output = tokio::time::timeout(PATIENCE, person.command(workload, &arguments).output()).await;
        let output = output.expect("it took too long").expect("it ran");
        assert!(!output.status.success(), "{address}");
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(
            said.contains("unauthorized") || said.contains("must be logged in"),
            "{address}: {said}"
        );
    }
}

/// The nodes through the fetched kubeconfig: as fleetui prints them, by a command that is run with it, by a merged context.
async fn the_way_in_by_commands(person: &Person) {
    let management = person.kubeconfig.to_str().unwrap();
    let at = ["--kubeconfig", management];
    let run = async |arguments: &[&str]| {
        let answer = person.home.run(&[arguments, &at].concat()).await;
        assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.said);
        answer.printed
    };
    let nodes = run(&["get", "nodes", CLUSTER, "-o", "json"]).await;
    let nodes: Value = serde_json::from_str(&nodes).unwrap();
    let items = nodes["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{nodes}");
    for node in items {
        assert_eq!(node["ready"], "False", "{node}");
        assert_eq!(node["lacksNetworkPlugin"], true, "{node}");
        assert!(
            node["message"]
                .as_str()
                .unwrap()
                .starts_with("no CNI is installed"),
            "{node}"
        );
        assert!(node["machine"].as_str().unwrap().starts_with(CLUSTER), "{node}");
    }
    // Global arguments come before what is the command's own.
    let kubectl = person.kubectl.display();
    let script =
        format!("{kubectl} get nodes -o name; stat -c %a \"$KUBECONFIG\"; echo \"$KUBECONFIG\"; exit 5");
    let mut lent = vec!["get", "kubeconfig", CLUSTER];
    lent.extend(at);
    lent.extend(["--exec", "--", "sh", "-c", script.as_str()]);
    let lent = person.home.run(&lent).await;
    assert_eq!(lent.code, Some(5), "{}", lent.said);
    let lines: Vec<&str> = lent.printed.lines().collect();
    assert_eq!(lines[..3], ["node/node-1", "node/node-2", "600"], "{}", lent.said);
    assert!(!std::path::Path::new(lines[3]).exists(), "{}", lines[3]);

    let said = run(&[
        "get",
        "kubeconfig",
        CLUSTER,
        "--merge",
        "--context-name",
        "way-in",
    ])
    .await;
    assert!(said.contains("context way-in is in"), "{said}");
    let names = person
        .at(
            &person.kubeconfig,
            &["--context", "way-in", "get", "nodes", "-o", "name"],
        )
        .await;
    assert_eq!(names, ["node/node-1", "node/node-2"]);
    let again = run(&[
        "get",
        "kubeconfig",
        CLUSTER,
        "--merge",
        "--context-name",
        "way-in",
    ])
    .await;
    assert!(again.contains("already"), "{again}");
    let activity = run(&["get", "activity", "-o", "json"]).await;
    assert!(
        activity.contains("\"Kubeconfig\"") || activity.contains("kubeconfig"),
        "{activity}"
    );
}

/// Gives the kubeconfig of the workload cluster.
async fn its_nodes_want_a_network(person: &Person) -> PathBuf {
    let management = person.kubeconfig.to_str().unwrap();
    let asked = ["get", "kubeconfig", CLUSTER, "--kubeconfig", management];
    let answer = person.home.run(&asked).await;
    assert_eq!(answer.code, Some(0), "{}", answer.said);
    let workload = person.home.write("workload", &answer.printed);
    it_opens_that_cluster_alone(person, &workload, &answer.printed).await;
    let nodes = person.at(&workload, &["get", "nodes"]).await;
    assert_eq!(nodes[0], "NAME STATUS ROLES AGE VERSION");
    let nodes: Vec<String> = nodes[1..].iter().map(|row| without_age(row)).collect();
    assert_eq!(
        nodes,
        [
            "node-1 NotReady control-plane v1.31.2",
            "node-2 NotReady <none> v1.31.2"
        ]
    );
    the_way_in_by_commands(person).await;
    let pods = person
        .at(&workload, &["get", "pods", "-n", "kube-system", "--no-headers"])
        .await;
    assert!(
        pods.len() >= 4 && pods.iter().all(|row| row.contains(" 1/1 Running 0 ")),
        "{pods:#?}"
    );

    let labels = json!({"app": "network"});
    let network = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "network", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
            "containers": [{"name": "network", "image": "registry.example/network:v1"}],
            "volumes": [{"name": "networks", "hostPath": {"path": "/etc/cni/net.d"}}]
        }}}
    });
    let file = person.home.write("network.json", network.to_string());
    person
        .at(&workload, &["apply", "-f", file.to_str().unwrap()])
        .await;
    person
        .does(&[
            "wait",
            "--for=condition=Available",
            "cl/byoh-cluster",
            "--timeout=30s",
        ])
        .await;
    person.sees_workers(1, "v1.31.2").await;
    workload
}

async fn it_grows_shrinks_and_is_upgraded(person: &Person, workload: &Path) {
    for (count, free) in [("3", 2), ("1", 4)] {
        person
            .does(&["scale", "md", DEPLOYMENT, "--replicas", count])
            .await;
        person.sees_workers(count.parse().unwrap(), "v1.31.2").await;
        person.sees_free(free).await;
        let nodes = person.at(workload, &["get", "nodes", "--no-headers"]).await;
        assert_eq!(nodes.len(), 6 - free, "{nodes:#?}");
        assert!(nodes.iter().all(|row| row.contains(" Ready ")), "{nodes:#?}");
    }
    let name = async || {
        let worker = person.workers().await.pop().unwrap();
        worker.split(' ').next().unwrap().to_owned()
    };
    let before = name().await;
    let watch = Watch::start(person, 2).await;
    let patch = r#"{"spec":{"template":{"spec":{"version":"v1.31.4"}}}}"#;
    person
        .does(&["patch", "md", DEPLOYMENT, "--type=merge", "-p", patch])
        .await;
    person.sees_workers(1, "v1.31.4").await;
    let (after, seen) = (name().await, watch.end().await);
    let place = |name: &str, phase: &str| {
        let is_it = |row: &String| row.starts_with(name) && row.contains(phase);
        let place = seen.iter().position(is_it);
        place.unwrap_or_else(|| panic!("{name}{phase}: {seen:#?}"))
    };
    assert!(
        place(&after, " Running ") < place(&before, " Deleting "),
        "one more comes up before the old one goes: {seen:#?}"
    );
    person.sees_free(4).await;
    let nodes = person.at(workload, &["get", "nodes", "--no-headers"]).await;
    assert!(
        nodes.len() == 2 && nodes.iter().any(|row| row.ends_with(" v1.31.4")),
        "{nodes:#?}"
    );
}

async fn it_ends(person: &Person) {
    let said = person
        .does(&["delete", "cluster", CLUSTER, "--timeout=60s"])
        .await;
    assert!(
        said[0].starts_with("cluster.cluster.x-k8s.io \"byoh-cluster\" deleted"),
        "{said:?}"
    );
    person.sees_free(6).await;
    let kinds = [
        "cl",
        "md",
        "ms",
        "ma",
        "kcp",
        "byom",
        "byoc",
        "byomachinetemplates",
        "kubeadmconfigs",
        "kubeadmconfigtemplates",
        "k8sinstallerconfigs",
        "k8sinstallerconfigtemplates",
        "secrets",
    ];
    until(async || person.rows(&["get", &kinds.join(",")]).await.is_empty()).await;
}

#[tokio::test]
async fn the_walkthrough_on_hosts() {
    let Some(kubectl) = newest() else {
        return;
    };
    let home = Home::new();
    let kubeconfig = home.path().join("kubeconfig");
    let arguments = [
        "serve",
        "--simulated-hosts",
        "6",
        "--pace",
        PACE,
        "--write-kubeconfig",
    ];
    let mut arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    arguments.push(kubeconfig.as_ref());
    let mut server = Running::start(home.path(), &arguments);
    server.hear("serving https://").await;
    let person = Person {
        kubectl,
        home,
        kubeconfig,
    };
    hosts_join_the_pool(&person).await;
    a_cluster_comes_up_on_two_of_them(&person).await;
    let workload = its_nodes_want_a_network(&person).await;
    it_grows_shrinks_and_is_upgraded(&person, &workload).await;
    it_ends(&person).await;
    server.terminate().await;
}
