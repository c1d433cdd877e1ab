//! The same by commands: each that may write, under `--readonly` and as one who may only read, counted in front of the server.

use std::collections::BTreeSet;

use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
use fleetui_fleet::Row;
use fleetui_fleet::walk::{self, StepState, WalkState, WalkStep};
use serde_json::{Value, json};

use super::{HERE, furnished, object, upgrade};
use crate::embedded::Embedded;
use crate::front::Door;
use crate::program::{Ended, Home, kubeconfig};

/// What a command does to a management cluster.
enum Sort {
    /// It acts: how it is called here, each way that it has. What is refused of it stands in the audit log.
    Acts(&'static [&'static [&'static str]]),
    /// It writes what belongs to the controllers that it runs.
    Runs(&'static [&'static str]),
    /// It only reads, or serves one of its own.
    Reads,
}

/// Every command, by its name.
fn sort(command: &str) -> Option<Sort> {
    Some(match command {
        "scale" => Sort::Acts(&[&["scale", "md/md-0", "--replicas", "+1"]]),
        "upgrade" => Sort::Acts(&[
            &["upgrade", "md/md-0", "--to", "v1.33.2"],
            &["upgrade", "cluster/d", "--to", "v1.34.0"],
            &["upgrade", "cluster/c", "--pause"],
            &["upgrade", "cluster/c", "--resume"],
            &["upgrade", "cluster/c", "--abandon"],
        ]),
        "pause" => Sort::Acts(&[
            &["pause", "md/md-0"],
            &["pause", "cluster/c", "--upgrade"],
            &["pause", "cluster/c", "--reconciliation"],
        ]),
        "resume" => Sort::Acts(&[&["resume", "md/md-1"], &["resume", "cluster/c", "--upgrade"]]),
        "rollout" => Sort::Acts(&[
            &["rollout", "restart", "md/md-0"],
            &["rollout", "pause", "md/md-0"],
            &["rollout", "resume", "md/md-1"],
        ]),
        "machine" => Sort::Acts(&[
            &["machine", "replace", "m-0"],
            &["machine", "shrink", "m-0"],
            &["machine", "delete-first", "m-0"],
            &["machine", "delete-first", "m-1", "--end"],
            &["machine", "remediate", "m-0"],
            &["machine", "remediate", "m-1", "--end"],
            &["machine", "skip-remediation", "m-0"],
            &["machine", "skip-remediation", "m-1", "--end"],
        ]),
        "delete" => Sort::Acts(&[&["delete", "machine/m-0"], &["delete", "cluster/c"]]),
        "host" => Sort::Acts(&[
            &["host", "approve", "h-1"],
            &["host", "label", "h-0", "tried=yes"],
            &["host", "cordon", "h-0"],
            &["host", "uncordon", "h-2"],
            &["host", "maintenance", "h-0"],
            &["host", "maintenance", "h-2", "--end"],
            &["host", "reserve", "h-0", "--for", "c"],
            &["host", "unreserve", "h-2"],
            &["host", "quarantine", "h-0"],
            &["host", "clear", "h-2"],
            &["host", "release", "h-0"],
            &["host", "reset", "h-0"],
        ]),
        "create" => Sort::Acts(&[&[
            "create",
            "cluster",
            "new",
            "--from",
            "simulated",
            "--kubernetes-version",
            "v1.33.4",
        ]]),
        "apply" => Sort::Acts(&[&["apply", "-f", "object.yaml"]]),
        "undo" => Sort::Acts(&[&["undo"]]),
        "init" => Sort::Acts(&[&["init"]]),
        "controllers" => Sort::Runs(&["controllers"]),
        "demo" | "serve" | "backup" | "restore" | "frame" | "generate" | "get" | "config" | "completions"
        | "describe" | "version" | "shell" | "help" => Sort::Reads,
        _ => return None,
    })
}

/// The names of all commands, as the program tells them.
async fn names(home: &Home) -> BTreeSet<String> {
    let told = home.run(&["--help"]).await.printed;
    let lines = told.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    // What is told of a command stands further in than its name.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("    "));
    names
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

const OBJECT: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: more, namespace: default}
data: {a: b}
";

struct Place {
    home: Home,
    server: Embedded,
}

impl Place {
    async fn run(&self, door: &Door, arguments: &[&str]) -> Ended {
        self.home.write("kubeconfig", kubeconfig(&["mgmt"], &door.url));
        let common = ["--kubeconfig", "kubeconfig", "-n", "default"];
        self.home.run(&[arguments, &common].concat()).await
    }

    fn audit(&self) -> Vec<Value> {
        let path = self.home.path().join(".local/state/fleetui/audit.jsonl");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The same under each of the user's own files that can forbid to write.
    async fn is_refused_by_files(&self, door: &Door, arguments: &[&str], lines: usize) {
        let files = [
            ("config.yaml", "readOnly: true\n"),
            (
                "fleet.yaml",
                "managementClusters: [{context: mgmt, readOnly: true}]\n",
            ),
        ];
        for (name, text) in files {
            let path = self.home.configure(name, text);
            self.is_refused(door, arguments, lines).await;
            std::fs::remove_file(path).unwrap();
        }
    }

    /// Runs a command that has to be refused: nothing leaves, and where it acts one line tells of it.
    async fn is_refused(&self, door: &Door, arguments: &[&str], lines: usize) {
        let before = self.audit().len();
        let ended = self.run(door, arguments).await;
        assert_eq!(
            ended.code,
            Some(3),
            "{arguments:?}: {}{}",
            ended.printed,
            ended.said
        );
        assert_eq!(door.writes(), Vec::<String>::new(), "{arguments:?}");
        let audit = self.audit();
        assert_eq!(
            audit.len(),
            before + lines,
            "{arguments:?}: {:#?}",
            &audit[before..]
        );
        for line in &audit[before..] {
            assert!(
                line.pointer("/stage/refused/step").is_some(),
                "{arguments:?}: {line}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_write_nothing_where_nothing_may_be_written() {
    let place = Place {
        home: Home::new(),
        server: furnished().await,
    };
    place.home.write("object.yaml", OBJECT);
    // There is something to be taken back.
    let open = Door::open(place.server.client()).await;
    let done = place
        .run(&open, &["scale", "md/md-0", "--replicas", "+1", "--yes"])
        .await;
    assert_eq!(done.code, Some(0), "{}{}", done.printed, done.said);
    assert!(!open.writes().is_empty(), "it is counted where requests arrive");
    let administrator = Door::open(place.server.client()).await;
    let viewer = Door::open(place.server.viewer()).await;
    let names = names(&place.home).await;
    assert!(names.contains("scale"), "{names:?}");
    for name in &names {
        match sort(name) {
            Some(Sort::Acts(ways)) => {
                for way in ways {
                    let read_only = [*way, &["--readonly", "--yes"]].concat();
                    place.is_refused(&administrator, &read_only, 1).await;
                    place.is_refused(&viewer, &[*way, &["--yes"]].concat(), 1).await;
                }
                let way = [ways[0], &["--yes"]].concat();
                place.is_refused_by_files(&administrator, &way, 1).await;
            }
            Some(Sort::Runs(way)) => {
                let read_only = [way, &["--readonly"][..]].concat();
                place.is_refused(&administrator, &read_only, 0).await;
                place.is_refused_by_files(&administrator, way, 0).await;
            }
            Some(Sort::Reads) => {}
            None => panic!("{name} is a command of which nothing is known here: does it write?"),
        }
    }
    place.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_is_not_begun_by_who_may_not_take_all_of_its_steps() {
    let place = Place {
        home: Home::new(),
        server: furnished().await,
    };
    let rule = |group: &str, resource: &str, verbs: &[&str]| json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
    let mut rules = vec![
        rule("*", "*", &["get", "list", "watch"]),
        rule("", "configmaps", &["create", "patch"]),
        rule("coordination.k8s.io", "leases", &["create", "patch"]),
        rule("cluster.x-k8s.io", "machinepools", &["patch"]),
    ];
    let rbac = "rbac.authorization.k8s.io";
    let half = |rules: &[Value]| json!({"apiVersion": format!("{rbac}/v1"), "kind": "ClusterRole", "metadata": {"name": "half"}, "rules": rules});
    place.server.create(&half(&rules)).await;
    let bound = json!({
        "apiVersion": format!("{rbac}/v1"), "kind": "ClusterRoleBinding", "metadata": {"name": "half"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "half"},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": "jane"}],
    });
    place.server.create(&bound).await;
    // An upgrade of two steps that somebody has paused.
    let cluster = place.server.read(&object("Cluster", "d", json!({}))).await;
    let mut walk = upgrade(&Row::project(ManagementCluster::new(HERE), &cluster));
    walk.state = WalkState::Paused("by ada".to_owned());
    let step = |group: &str, kind: &str, name: &str| WalkStep {
        kind: GroupKind::new(group, kind),
        target: ObjectName::new("default", name),
        uid: "u".into(),
        from: "v1.33.1".into(),
        to: "v1.34.0".into(),
        machines: 1,
        seconds: None,
        state: StepState::Waiting,
    };
    walk.steps = vec![
        step("cluster.x-k8s.io", "MachinePool", "pool-0"),
        step("cluster.x-k8s.io", "MachineDeployment", "md-0"),
    ];
    place.server.create(&walk::object(&walk)).await;
    let door = Door::open(place.server.client()).await;
    let resume = ["upgrade", "cluster/d", "--resume", "--as", "jane"];
    let refused = "you may not patch MachineDeployment default/md-0";
    for more in ["--dry-run", "--yes"] {
        let ended = place.run(&door, &[&resume[..], &[more]].concat()).await;
        assert_eq!(ended.code, Some(3), "{more}: {}{}", ended.printed, ended.said);
        assert!(ended.said.contains(refused), "{more}: {}", ended.said);
    }
    assert_eq!(door.writes(), Vec::<String>::new());
    // Who may do all of it is not in the way of a dry run.
    rules.push(rule("cluster.x-k8s.io", "machinedeployments", &["patch"]));
    place.server.apply(&half(&rules), "test").await;
    let ended = place.run(&door, &[&resume[..], &["--dry-run"]].concat()).await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.printed, ended.said);
    place.server.stop().await;
}
