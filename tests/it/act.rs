//! The commands that change something, as processes against a management cluster that listens: what they refuse, what they
//! only say, what they do, and what of it stands in the audit log.

mod audit;
mod counted;
mod lost_updates;
mod machines;
pub(crate) mod stage;
mod walks;
mod wrong_target;

use kube::api::{DynamicObject, ListParams};
use serde_json::{Value, json};

use crate::clients::management_cluster::{ManagementCluster, NAMESPACE};
use crate::program::{Ended, Home};

/// A management cluster with a small fleet, and kubeconfigs of two who use it.
struct Place {
    home: Home,
    cluster: ManagementCluster,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Administrator,
    Reader,
}

impl Place {
    async fn start() -> Self {
        let home = Home::new();
        let cluster = ManagementCluster::start().await;
        cluster.write_kubeconfig(&home.path().join("administrator"));
        cluster.write_readers_kubeconfig(&home.path().join("reader"));
        Self { home, cluster }
    }

    async fn run(&self, who: Who, arguments: &[&str]) -> Ended {
        let file = match who {
            Who::Administrator => "administrator",
            Who::Reader => "reader",
        };
        let kubeconfig = self.home.path().join(file);
        let common = ["--kubeconfig", kubeconfig.to_str().unwrap(), "-n", NAMESPACE];
        let variables = [("USER", "ada"), ("SSH_CONNECTION", "10.0.0.7 4711 10.0.0.1 22")];
        self.home
            .run_with(&variables, &[arguments, &common].concat())
            .await
    }

    /// Everything that the fleet is made of, as the server keeps it.
    async fn objects(&self) -> Vec<DynamicObject> {
        let mut objects = Vec::new();
        for kind in ["Cluster", "MachineDeployment", "Machine"] {
            let list = self.cluster.core(kind).list(&ListParams::default()).await;
            objects.extend(list.unwrap().items);
        }
        objects
    }

    async fn spec(&self, kind: &str, name: &str) -> Value {
        self.cluster.core(kind).get(name).await.unwrap().data["spec"].take()
    }

    /// The lines of the audit log, the oldest first.
    fn audit(&self) -> Vec<Value> {
        let state = self.home.path().join(".local/state/fleetui/audit.jsonl");
        let text = std::fs::read_to_string(state).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// One of each, that would change something.
fn commands(file: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["scale", "md/md1", "--replicas", "+1"],
        vec!["upgrade", "machinedeployment/md1", "--to", "v1.33.2"],
        vec!["pause", "cluster", "c1"],
        vec!["rollout", "restart", "md/md1"],
        vec!["delete", "machine/ma1"],
        vec!["delete", "cluster/c1"],
        vec!["apply", "-f", file],
    ]
}

fn config_map(home: &Home) -> String {
    let object = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineHealthCheck",
        "metadata": {"name": "mhc", "namespace": NAMESPACE},
        "spec": {"clusterName": "c1", "selector": {"matchLabels": {"a": "b"}},
            "checks": {"unhealthyNodeConditions": [{"type": "Ready", "status": "False", "timeoutSeconds": 300}]}},
    });
    let path = home.write("object.yaml", object.to_string());
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_command_refuses_with_three() {
    let place = Place::start().await;
    let file = config_map(&place.home);
    let before = place.objects().await;
    let mut tries = 0;
    for command in commands(&file) {
        let cases: [(Who, &[&str], &str); 3] = [
            (Who::Administrator, &["--readonly", "--yes"], "read-only"),
            (Who::Administrator, &["--readonly", "--dry-run"], "read-only"),
            (Who::Reader, &["--yes", "--reason", "to try"], "you may not"),
        ];
        for (who, flags, why) in cases {
            let ended = place.run(who, &[&command[..], flags].concat()).await;
            assert_eq!(
                ended.code,
                Some(3),
                "{command:?} {flags:?}: {}{}",
                ended.printed,
                ended.said
            );
            assert!(ended.said.contains(why), "{command:?} {flags:?}: {}", ended.said);
            tries += 1;
        }
    }
    assert_eq!(place.objects().await, before, "nothing was written");
    let lines = place.audit();
    assert_eq!(lines.len(), tries, "each try stands there once: {lines:#?}");
    for line in &lines {
        assert!(line.pointer("/stage/refused/step").is_some(), "{line}");
        assert_eq!(line["actor"]["user"], "ada");
        assert_eq!(line["actor"]["ssh"], "10.0.0.7 4711 10.0.0.1 22");
    }
    let why = |line: usize| lines[line].pointer("/stage/refused/why").and_then(Value::as_str);
    let said = [0, 1].map(|line| why(line).is_some_and(|why| why.starts_with("dry run: ")));
    assert_eq!(said, [false, true], "a dry run is told apart");
    assert_eq!(lines[2]["act"]["reason"], "to try");
    place.cluster.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_what_is_not_there_has_failed() {
    let place = Place::start().await;
    let run = async |arguments: &[&str]| {
        let ended = place.run(Who::Administrator, arguments).await;
        (ended.code, ended.said)
    };
    let cases: [(&[&str], i32, &str); 7] = [
        // It is so already.
        (&["resume", "cluster/c1", "--yes"], 0, "is not paused"),
        (
            &["scale", "md/md1", "--replicas", "many", "--yes"],
            3,
            "replicas are a number",
        ),
        (
            &["scale", "machine/ma1", "--replicas", "2", "--yes"],
            3,
            "a Machine is replaced",
        ),
        (&["upgrade", "md/md1", "--to", "1.x", "--yes"], 3, "1.x"),
        (
            &["pause", "cluster/elsewhere", "--yes"],
            1,
            "there is no cluster elsewhere",
        ),
        (&["pause", "c1", "--yes"], 2, "KIND/NAME"),
        // Nobody is there to be asked.
        (&["pause", "cluster/c1"], 2, "say --yes"),
    ];
    for (arguments, code, why) in cases {
        let (ended, said) = run(arguments).await;
        assert_eq!(ended, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
    place.cluster.stop().await;
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let place = Place::start().await;
    let file = config_map(&place.home);
    let before = place.objects().await;
    for command in commands(&file) {
        let ended = place
            .run(Who::Administrator, &[&command[..], &["--dry-run"]].concat())
            .await;
        assert_eq!(
            ended.code,
            Some(0),
            "{command:?}: {}{}",
            ended.printed,
            ended.said
        );
        assert!(
            ended.printed.contains("nothing was written"),
            "{command:?}: {}",
            ended.printed
        );
    }
    assert_eq!(place.objects().await, before);
    assert!(place.audit().is_empty(), "nothing was done and nothing refused");
    place.cluster.stop().await;
}

#[tokio::test]
async fn a_change_is_made_written_down_and_taken_back() {
    let place = Place::start().await;
    let run = async |arguments: &[&str]| {
        let ended = place.run(Who::Administrator, arguments).await;
        assert_eq!(
            ended.code,
            Some(0),
            "{arguments:?}: {}{}",
            ended.printed,
            ended.said
        );
        ended.printed
    };
    let printed = run(&["scale", "md/md1", "--replicas", "5", "--yes", "--reason", "load"]).await;
    assert!(
        printed.contains("scaled MachineDeployment fleet/md1 in test: 2 -> 5"),
        "{printed}"
    );
    assert_eq!(place.spec("MachineDeployment", "md1").await["replicas"], 5);
    run(&["undo", "--yes"]).await;
    assert_eq!(place.spec("MachineDeployment", "md1").await["replicas"], 2);
    let again = place.run(Who::Administrator, &["undo", "--yes"]).await;
    assert!(again.said.contains("nothing was changed"), "{}", again.said);

    run(&["pause", "cluster", "c1", "--yes"]).await;
    assert_eq!(place.spec("Cluster", "c1").await["paused"], true);
    let paused = place
        .run(Who::Administrator, &["rollout", "restart", "md/md1", "--yes"])
        .await;
    assert_eq!(paused.code, Some(3), "{}", paused.said);
    run(&["resume", "cluster", "c1", "--yes"]).await;
    let restarted = run(&["rollout", "restart", "md/md1", "--yes"]).await;
    assert!(restarted.contains("restarted MachineDeployment"), "{restarted}");
    assert!(place.spec("MachineDeployment", "md1").await["rollout"]["after"].is_string());
    run(&["delete", "machine/ma1", "--yes"]).await;
    assert!(
        place
            .cluster
            .core("Machine")
            .get_opt("ma1")
            .await
            .unwrap()
            .is_none()
    );
    let file = config_map(&place.home);
    run(&["apply", "-f", &file, "--yes"]).await;
    assert!(
        place
            .cluster
            .core("MachineHealthCheck")
            .get_opt("mhc")
            .await
            .unwrap()
            .is_some()
    );

    let told = run(&["get", "activity", "-o", "json"]).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    let items = told["items"].as_array().unwrap();
    let deeds: Vec<String> = items
        .iter()
        .map(|item| item["entry"]["act"]["deed"].to_string())
        .collect();
    assert_eq!(items.len(), 8, "{deeds:#?}");
    assert_eq!(items[7]["entry"]["act"]["reason"], "load");
    assert_eq!(items[7]["outcome"], "done");
    assert_eq!(
        (&items[7]["act"]["deed"], &items[7]["act"]["value"]),
        (&json!("scale"), &json!("5"))
    );
    let table = run(&["get", "activity"]).await;
    assert!(
        table.contains("scale to 5") && table.contains("is paused"),
        "{table}"
    );
    place.cluster.stop().await;
}

#[tokio::test]
async fn objects_that_need_each_other_are_applied_from_one_file() {
    let place = Place::start().await;
    let text = "\
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: lab}
stringData: {password: SENSITIVE}
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: c2, namespace: lab}
spec: {infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DevCluster, name: c2}}
---
apiVersion: v1
kind: Namespace
metadata: {name: lab}
";
    let file = place.home.write("all.yaml", text);
    let file = file.to_str().unwrap();
    for flags in [["--dry-run"], ["--yes"], ["--yes"]] {
        let ended = place
            .run(Who::Administrator, &[&["apply", "-f", file][..], &flags].concat())
            .await;
        assert_eq!(ended.code, Some(0), "{}{}", ended.printed, ended.said);
        assert!(!ended.printed.contains("SENSITIVE"), "{}", ended.printed);
    }
    let as_document = place
        .run(Who::Administrator, &["apply", "-f", file, "--yes", "-o", "json"])
        .await;
    let document: Value = serde_json::from_str(&as_document.printed).unwrap();
    assert_eq!(document["writes"].as_array().unwrap().len(), 3);
    assert_eq!(document["act"]["deed"], "apply", "{document}");
    let write = &document["writes"][1];
    assert_eq!(
        (&write["verb"], &write["managementCluster"], &write["target"]),
        (
            &json!("apply"),
            &document["act"]["managementCluster"],
            &Value::Null
        )
    );
    assert!(!as_document.printed.contains("SENSITIVE"));
    let audit = place.audit().iter().map(Value::to_string).collect::<String>();
    assert!(
        !audit.contains("SENSITIVE") && audit.contains("\"Secret\""),
        "{audit}"
    );
    // A field that the kind does not have is refused, and then nothing of the file is written.
    let wrong = text
        .replace("SENSITIVE", "other")
        .replace("spec: {", "spec: {nonsense: 1, ");
    let file = place.home.write("wrong.yaml", wrong);
    let refused = place
        .run(
            Who::Administrator,
            &["apply", "-f", file.to_str().unwrap(), "--yes"],
        )
        .await;
    assert_eq!(refused.code, Some(3), "{}{}", refused.printed, refused.said);
    assert!(refused.said.contains("nonsense"), "{}", refused.said);
    place.cluster.stop().await;
}

#[tokio::test]
async fn what_generate_writes_is_applied() {
    let place = Place::start().await;
    let asked = [
        "generate",
        "cluster",
        "c9",
        "-i",
        "simulated",
        "--kubernetes-version",
        "1.33.1",
        "--worker-machine-count",
        "2",
    ];
    let written = place.run(Who::Administrator, &asked).await;
    assert_eq!(written.code, Some(0), "{}", written.said);
    let file = place.home.write("c9.yaml", &written.printed);
    let arguments = ["apply", "-f", file.to_str().unwrap(), "--yes"];
    let applied = place.run(Who::Administrator, &arguments).await;
    assert_eq!(applied.code, Some(0), "{}{}", applied.printed, applied.said);
    assert!(
        applied.printed.contains("created Cluster fleet/c9 in test"),
        "{}",
        applied.printed
    );
    assert!(
        place
            .cluster
            .core("Cluster")
            .get_opt("c9")
            .await
            .unwrap()
            .is_some()
    );
    // What is there already stays as it is.
    let before = place.cluster.core("Cluster").get("c9").await.unwrap();
    let again = place.run(Who::Administrator, &arguments).await;
    assert_eq!(again.code, Some(0), "{}{}", again.printed, again.said);
    assert!(
        again.printed.contains("0 created, 0 changed")
            && again.printed.contains("unchanged Cluster fleet/c9"),
        "{}",
        again.printed
    );
    assert_eq!(place.cluster.core("Cluster").get("c9").await.unwrap(), before);
    place.cluster.stop().await;
}

#[tokio::test]
async fn a_file_is_held_to_what_the_commands_are_held_to() {
    let place = Place::start().await;
    let apply = async |text: &str, flags: &[&str]| {
        let file = place.home.write("weighed.yaml", text);
        let arguments = [&["apply", "-f", file.to_str().unwrap()][..], flags].concat();
        place.run(Who::Administrator, &arguments).await
    };
    let deployment = |spec: &str| {
        format!(
            "apiVersion: cluster.x-k8s.io/v1beta2\nkind: MachineDeployment\nmetadata: {{name: md1, namespace: {NAMESPACE}}}\nspec: {spec}\n"
        )
    };
    // A scale of our own is in the way, and is told as that, with its object.
    let scaled = ["scale", "md/md1", "--replicas", "5", "--yes"];
    assert_eq!(place.run(Who::Administrator, &scaled).await.code, Some(0));
    let fewer = deployment("{replicas: 1}");
    let refused = apply(&fewer, &["--yes"]).await;
    assert_eq!(refused.code, Some(3), "{}{}", refused.printed, refused.said);
    for words in [
        "MachineDeployment fleet/md1",
        "fleetui itself has set spec.replicas",
        "--force-conflicts",
    ] {
        assert!(refused.said.contains(words), "{words}: {}", refused.said);
    }
    assert_eq!(place.spec("MachineDeployment", "md1").await["replicas"], 5);
    let line = place.audit().pop().unwrap();
    assert_eq!(line["act"]["subject"]["object"]["name"], "md1", "{line}");
    // What the cell warns of is warned of here, machines and all.
    let forced = apply(&fewer, &["--yes", "--force-conflicts"]).await;
    assert_eq!(forced.code, Some(0), "{}{}", forced.printed, forced.said);
    for words in [
        "spec.replicas 5 -> 1",
        "removes 4 machines",
        "changed MachineDeployment fleet/md1",
    ] {
        assert!(forced.printed.contains(words), "{words}: {}", forced.printed);
    }
    assert_eq!(place.spec("MachineDeployment", "md1").await["replicas"], 1);
    let other = deployment(
        "{replicas: 1, template: {spec: {infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: DevMachineTemplate, name: nope}}}}",
    );
    let missing = apply(&other, &["--dry-run", "--force-conflicts"]).await;
    assert_eq!(missing.code, Some(0), "{}{}", missing.printed, missing.said);
    assert!(
        missing
            .printed
            .contains("refers to DevMachineTemplate nope, which does not exist"),
        "{}",
        missing.printed
    );
    // What a command refuses, a file does not bring in either.
    let bound = |which: &str, number: u8| {
        format!("cluster.x-k8s.io/cluster-api-autoscaler-node-group-{which}-size: \"{number}\"")
    };
    let name = format!(
        "name: md1, annotations: {{{}, {}}}",
        bound("min", 1),
        bound("max", 9)
    );
    let bounded = |replicas: u8| deployment(&format!("{{replicas: {replicas}}}")).replace("name: md1", &name);
    let owned = apply(&bounded(1), &["--yes"]).await;
    assert_eq!(owned.code, Some(0), "{}{}", owned.printed, owned.said);
    let named = ["scale", "md/md1", "--replicas", "4", "--dry-run"];
    let named = place.run(Who::Administrator, &named).await;
    let by_file = apply(&bounded(4), &["--yes"]).await;
    assert_eq!(
        (named.code, by_file.code),
        (Some(3), Some(3)),
        "{}{}",
        by_file.printed,
        by_file.said
    );
    assert_eq!(by_file.said, named.said);
    place.cluster.stop().await;
}
