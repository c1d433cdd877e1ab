//! `fleetui pause` and `fleetui resume` of a Cluster whose upgrade is stored: what is meant is either plain or is required.

use serde_json::{Value, json};

use super::{Place, Who};
use crate::clients::management_cluster::NAMESPACE;

/// Stores an upgrade of the cluster `c1` that goes, as another console would have begun it; it has no step left.
pub(super) async fn store(place: &Place) {
    let cluster = place.cluster.core("Cluster").get("c1").await.unwrap();
    let plan = json!({
        "format": 1, "id": "1", "cluster": {"namespace": NAMESPACE, "name": "c1"}, "cluster_uid": cluster.metadata.uid,
        "cluster_api_version": "cluster.x-k8s.io/v1beta2", "to": "v1.33.2", "steps": [], "at": 0, "state": "going", "anyway": false,
        "by": {"user": "bob", "ssh": null, "known_as": null, "by": "console"}, "reason": null,
        "begun": "2026-06-01T12:00:00Z", "changed": "2026-06-01T12:00:00Z",
    });
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "fleetui-upgrade-c1", "namespace": NAMESPACE,
            "labels": {"cluster.x-k8s.io/cluster-name": "c1", "fleetui.dev/upgrade": ""}},
        "data": {"plan.json": plan.to_string()},
    });
    let file = place.home.write("walk.yaml", object.to_string());
    let ended = place
        .run(
            Who::Administrator,
            &["apply", "-f", file.to_str().unwrap(), "--yes"],
        )
        .await;
    assert_eq!(ended.code, Some(0), "{}{}", ended.printed, ended.said);
}

/// The upgrades that `get activity` tells of.
async fn upgrades(place: &Place, more: &[&str]) -> Vec<Value> {
    let arguments = [&["get", "activity", "-o", "json"], more].concat();
    let ended = place.run(Who::Administrator, &arguments).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let told: Value = serde_json::from_str(&ended.printed).unwrap();
    let items = told["items"].as_array().unwrap();
    let upgrades = items.iter().map(|item| item["upgrade"].clone());
    upgrades.filter(|upgrade| !upgrade.is_null()).collect()
}

#[tokio::test]
async fn an_upgrade_that_another_console_began_stands_in_the_activity() {
    let place = Place::start().await;
    assert!(upgrades(&place, &[]).await.is_empty());
    store(&place).await;
    let [upgrade] = &upgrades(&place, &[]).await[..] else {
        panic!("one is stored")
    };
    assert_eq!(upgrade["cluster"]["object"]["name"], "c1");
    assert_eq!(upgrade["walk"]["to"], "v1.33.2");
    assert_eq!(upgrade["walked"], false);
    for (more, found) in [
        (&["--filter", "name=c1"][..], 1),
        (&["--filter", "name=c2"], 0),
        (&["--local"], 0),
    ] {
        assert_eq!(upgrades(&place, more).await.len(), found, "{more:?}");
    }
    let table = place.run(Who::Administrator, &["get", "activity"]).await.printed;
    let line = table.lines().find(|line| line.contains("upgrade to v1.33.2"));
    assert!(
        line.is_some_and(|line| line.contains("bob") && line.contains("nobody walks it")),
        "{table}"
    );
    place.cluster.stop().await;
}

#[tokio::test]
async fn a_cluster_and_its_upgrade_are_paused_and_resumed_apart() {
    let place = Place::start().await;
    store(&place).await;
    // Who only reads halts no upgrade.
    let refused = place
        .run(Who::Reader, &["pause", "cluster/c1", "--upgrade", "--yes"])
        .await;
    assert_eq!(refused.code, Some(3), "{}", refused.said);
    assert!(refused.said.contains("you may not"), "{}", refused.said);
    let paused = async || place.spec("Cluster", "c1").await["paused"] == true;
    // What is done, how it ends, what is said, and whether the Cluster itself is paused then.
    let deeds: [(&[&str], i32, &str, bool); 8] = [
        (&["pause", "cluster/c1"], 2, "--reconciliation", false),
        (&["pause", "cluster/c1", "--upgrade"], 0, "", false),
        (
            &["upgrade", "cluster/c1"],
            0,
            "UPGRADE to v1.33.2 is paused (by ada)",
            false,
        ),
        (&["pause", "cluster/c1"], 0, "", true),
        (&["resume", "cluster/c1"], 2, "--upgrade", true),
        (&["resume", "cluster/c1", "--reconciliation"], 0, "", false),
        (&["pause", "md/md1", "--upgrade"], 2, "only a Cluster", false),
        (&["resume", "cluster/c1"], 0, "is done: 0 of 0 steps", false),
    ];
    for (arguments, code, said, cluster_is_paused) in deeds {
        let ended = place
            .run(Who::Administrator, &[arguments, &["--yes"]].concat())
            .await;
        let all = format!("{}{}", ended.printed, ended.said);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {all}");
        assert!(all.contains(said), "{arguments:?}: {all}");
        assert_eq!(paused().await, cluster_is_paused, "{arguments:?}");
    }
    // What has ended is resumed by nobody; then the Cluster is meant, which is not paused.
    let ended = place
        .run(Who::Administrator, &["resume", "cluster/c1", "--yes"])
        .await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(ended.said.contains("is not paused"), "{}", ended.said);
    place.cluster.stop().await;
}
