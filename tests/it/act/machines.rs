//! Commands about machines and rollouts, and what an upgrade tells programs.

use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::walks::store;
use super::{Place, Who};
use crate::clients::management_cluster::{NAMESPACE, machine_spec};

/// Has `md1` own the machines, by a set.
async fn own(place: &Place) {
    let owner = async |kind: &str, name: &str| {
        let object = place.cluster.core(kind).get(name).await.unwrap();
        json!([{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": kind, "name": name, "uid": object.metadata.uid, "controller": true}])
    };
    let labels = json!({"a": "b"});
    let set = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineSet",
        "metadata": {"name": "ms1", "namespace": NAMESPACE, "labels": {"cluster.x-k8s.io/cluster-name": "c1"},
            "ownerReferences": owner("MachineDeployment", "md1").await},
        "spec": {"clusterName": "c1", "replicas": 2, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": machine_spec()}},
    });
    let set = serde_json::from_value(set).unwrap();
    let sets = place.cluster.core("MachineSet");
    sets.create(&PostParams::default(), &set).await.unwrap();
    let of_set = owner("MachineSet", "ms1").await;
    for name in ["ma1", "ma2"] {
        let patch = Patch::Merge(json!({"metadata": {"ownerReferences": of_set}}));
        let machines = place.cluster.core("Machine");
        machines
            .patch(name, &PatchParams::default(), &patch)
            .await
            .unwrap();
    }
}

async fn run(place: &Place, arguments: &[&str], code: i32) -> String {
    let ended = place.run(Who::Administrator, arguments).await;
    let all = format!("{}{}", ended.printed, ended.said);
    assert_eq!(ended.code, Some(code), "{arguments:?}: {all}");
    all
}

#[tokio::test]
async fn machines_are_marked_and_go_by_commands() {
    let place = Place::start().await;
    own(&place).await;
    let annotations = async |name: &str| {
        let machine = place.cluster.core("Machine").get(name).await.unwrap();
        machine.metadata.annotations.unwrap_or_default()
    };
    for (command, mark) in [
        ("delete-first", "cluster.x-k8s.io/delete-machine"),
        ("remediate", "cluster.x-k8s.io/remediate-machine"),
        ("skip-remediation", "cluster.x-k8s.io/skip-remediation"),
    ] {
        let set = ["machine", command, "ma1", "machine/ma2", "--yes"];
        let dry = run(&place, &[&set[..], &["--dry-run"]].concat(), 0).await;
        assert!(dry.contains("nothing was written"), "{dry}");
        assert!(!annotations("ma1").await.contains_key(mark), "{command}");
        let told = run(&place, &set, 0).await;
        assert!(
            told.contains("set the mark") && told.contains("Machine fleet/ma2"),
            "{told}"
        );
        for name in ["ma1", "ma2"] {
            assert!(annotations(name).await.contains_key(mark), "{command} {name}");
        }
        run(&place, &["machine", command, "ma1", "--end", "--yes"], 0).await;
        assert!(!annotations("ma1").await.contains_key(mark), "{command}");
        let again = run(&place, &["machine", command, "ma1", "--end", "--yes"], 0).await;
        assert!(again.contains("has no annotation"), "{again}");
    }
    // The number is written from what it is, so that the second would find another one.
    let two = run(&place, &["machine", "shrink", "ma1", "ma2", "--yes"], 3).await;
    assert!(
        two.contains("another machine of MachineDeployment fleet/md1"),
        "{two}"
    );
    assert_eq!(place.spec("MachineDeployment", "md1").await["replicas"], 2);
    run(
        &place,
        &["machine", "shrink", "ma1", "--yes", "--reason", "load"],
        0,
    )
    .await;
    assert_eq!(place.spec("MachineDeployment", "md1").await["replicas"], 1);
    assert!(
        annotations("ma1")
            .await
            .contains_key("cluster.x-k8s.io/delete-machine")
    );
    assert_eq!(place.audit().last().unwrap()["act"]["reason"], "load");
    run(&place, &["machine", "replace", "ma2", "--yes"], 0).await;
    let machines = place.cluster.core("Machine");
    assert!(machines.get_opt("ma2").await.unwrap().is_none());
    let gone = run(&place, &["machine", "replace", "ma2", "--yes"], 1).await;
    assert!(gone.contains("there is no machine ma2"), "{gone}");
    place.cluster.stop().await;
}

/// Which machines a file takes is known only once the server has said what becomes of it.
#[tokio::test]
async fn a_file_that_replaces_machines_says_what_is_known_of_their_drains() {
    let place = Place::start().await;
    own(&place).await;
    let told = async |spec: &str| {
        let text = format!(
            "apiVersion: cluster.x-k8s.io/v1beta2\nkind: MachineDeployment\nmetadata: {{name: md1, namespace: {NAMESPACE}}}\nspec: {spec}\n"
        );
        let file = place.home.write("md1.yaml", text);
        let arguments = [
            "apply",
            "-f",
            file.to_str().unwrap(),
            "--force-conflicts",
            "--dry-run",
        ];
        run(&place, &arguments, 0).await
    };
    let drains = "which pods will hold the drain: \"c1-kubeconfig\" not found";
    let replaced = told("{template: {spec: {failureDomain: b}}}").await;
    assert!(replaced.contains("replaces 2 machines"), "{replaced}");
    assert_eq!(replaced.matches(drains).count(), 1, "{replaced}");
    let more = told("{replicas: 3}").await;
    assert!(
        more.contains("adds 1 machine") && !more.contains(drains),
        "{more}"
    );
    place.cluster.stop().await;
}

#[tokio::test]
async fn rollouts_are_paused_and_resumed_by_commands() {
    let place = Place::start().await;
    let paused = async || place.spec("MachineDeployment", "md1").await["paused"].clone();
    let pause = ["rollout", "pause", "md/md1", "--yes", "--reason", "to look"];
    run(&place, &[&pause[..], &["--dry-run"]].concat(), 0).await;
    assert_eq!(paused().await, Value::Null);
    let told = run(&place, &pause, 0).await;
    assert!(told.contains("its rollouts stand still"), "{told}");
    assert_eq!(paused().await, true);
    let line = place.audit().pop().unwrap();
    assert_eq!(line["actor"]["by"], "rollout pause", "{line}");
    let again = run(&place, &pause, 0).await;
    assert!(again.contains("is paused already"), "{again}");
    run(&place, &["rollout", "resume", "md/md1", "--yes"], 0).await;
    assert_eq!(paused().await, false);
    let refused = run(&place, &["rollout", "pause", "cluster/c1", "--yes"], 3).await;
    assert!(
        refused.contains("a Cluster has no rollout of its own"),
        "{refused}"
    );
    assert!(place.spec("Cluster", "c1").await["paused"].is_null());
    place.cluster.stop().await;
}

#[tokio::test]
async fn an_upgrade_is_told_to_programs() {
    let place = Place::start().await;
    let printed = async |arguments: &[&str], code: i32| {
        let ended = place.run(Who::Administrator, arguments).await;
        assert_eq!(
            ended.code,
            Some(code),
            "{arguments:?}: {}{}",
            ended.printed,
            ended.said
        );
        ended.printed
    };
    let plan: Value =
        serde_json::from_str(&printed(&["upgrade", "cluster/c1", "-o", "json"], 0).await).unwrap();
    assert_eq!(plan["kind"], "UpgradePlan");
    assert_eq!((&plan["cluster"], &plan["to"]), (&json!("c1"), &Value::Null));
    assert!(
        plan["checks"].as_array().is_some_and(|checks| !checks.is_empty()),
        "{plan}"
    );
    // What stands in the way is told all the same.
    let to = ["upgrade", "cluster/c1", "--to", "v1.40.0", "--plan", "-o", "yaml"];
    let plan: Value = serde_yaml::from_str(&printed(&to, 3).await).unwrap();
    assert_eq!(plan["to"], "v1.40.0");
    let verdicts = plan["checks"].as_array().unwrap().iter();
    assert!(
        verdicts
            .map(|check| &check["verdict"])
            .any(|verdict| verdict == "stops"),
        "{plan}"
    );
    let refused = ["upgrade", "cluster/c1", "--to", "v1.40.0", "--yes", "-o", "json"];
    let plan: Value = serde_json::from_str(&printed(&refused, 3).await).unwrap();
    assert_eq!(plan["kind"], "UpgradePlan");
    let wrong = place
        .run(Who::Administrator, &["upgrade", "cluster/c1", "-o", "table"])
        .await;
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.said.contains("[possible values: text, json, yaml]"),
        "{}",
        wrong.said
    );
    // One that is walked is a line whenever something happens, and one for how it ends.
    store(&place).await;
    let walked = printed(&["resume", "cluster/c1", "--yes", "-o", "json"], 0).await;
    let lines: Vec<Value> = walked
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["kind"], &last["state"]),
        (&json!("Upgrade"), &json!("done")),
        "{walked}"
    );
    assert_eq!(last["walk"]["to"], "v1.33.2");
    place.cluster.stop().await;
}
