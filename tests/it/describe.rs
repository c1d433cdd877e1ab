//! `fleetui describe cluster`: the tree of one cluster, for people and for programs, with a status that says how it went.

use serde_json::Value;

use crate::program::{Ended, Home};

async fn run(arguments: &[&str]) -> Ended {
    Home::new().run(&[arguments, &["--demo"]].concat()).await
}

/// Machines of a description, those in groups with them.
fn machines(item: &Value) -> usize {
    let own = usize::from(item["kind"] == "Machine") + item["members"].as_array().map_or(0, Vec::len);
    let children = item["children"].as_array().into_iter().flatten();
    own + children.map(machines).sum::<usize>()
}

#[tokio::test]
async fn a_cluster_of_the_demo_is_described_with_all_of_its_machines() {
    let clusters = run(&["get", "clusters", "-o", "json"]).await;
    let clusters: Value = serde_json::from_str(&clusters.printed).unwrap();
    let rows = run(&["get", "machines", "-o", "json"]).await;
    let rows: Value = serde_json::from_str(&rows.printed).unwrap();
    let clusters = clusters["items"].as_array().unwrap();
    for cluster in clusters.iter().take(1) {
        let (name, namespace) = (
            cluster["name"].as_str().unwrap(),
            cluster["namespace"].as_str().unwrap(),
        );
        let describe = ["describe", "cluster", name, "-n", namespace];
        let json = run(&[&describe[..], &["-o", "json"]].concat()).await;
        assert_eq!((json.code, json.said.as_str()), (Some(0), ""), "{name}");
        let document: Value = serde_json::from_str(&json.printed).unwrap();
        assert_eq!(document["cluster"]["name"], name);
        assert_eq!(document["managementCluster"], cluster["managementCluster"]);
        let rows = rows["items"].as_array().unwrap().iter();
        let own = rows
            .filter(|row| row["cluster"] == name && row["managementCluster"] == cluster["managementCluster"]);
        assert_eq!(machines(&document["cluster"]), own.count(), "{name}");
        let table = run(&[&describe[..], &["--grouping=false", "--show-machinesets"]].concat()).await;
        let lines: Vec<&str> = table.printed.lines().collect();
        assert!(
            lines[0].starts_with("NAME ") && lines[0].trim_end().ends_with("SINCE MESSAGE"),
            "{}",
            lines[0]
        );
        assert!(
            lines[1].contains(&format!("Cluster {namespace}/{name}")),
            "{}",
            lines[1]
        );
        assert!(
            !table.printed.contains('\u{1b}'),
            "no colours where nobody sees them"
        );
        let coloured = run(&[&describe[..], &["-c"]].concat()).await;
        assert!(
            coloured.printed.contains("\u{1b}[32mTrue\u{1b}[0m"),
            "{}",
            coloured.printed
        );
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_meant_are_told() {
    let missing = run(&["describe", "cluster", "nothing"]).await;
    assert_eq!(missing.code, Some(1));
    assert!(missing.said.contains("\"nothing\" not found"), "{missing:?}");
    let blank = run(&["describe", "cluster", "a", "--show-conditions", "all, Machine"]).await;
    assert_eq!(blank.code, Some(2));
    assert!(blank.said.contains("whitespace is not allowed"), "{blank:?}");
}
