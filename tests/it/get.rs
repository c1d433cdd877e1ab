//! `fleetui get`: what screens show, for scripts: the same every time, as table, JSON, YAML and names, with a status that says how
//! it went.

use serde_json::Value;
use tokio::net::TcpListener;

use crate::program::{Ended, Home, kubeconfig};

async fn demo(arguments: &[&str]) -> Ended {
    let home = Home::new();
    home.run(&[&["get"], arguments, &["--demo"]].concat()).await
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.printed).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[tokio::test]
async fn anchor_10_which_clusters_run_what_is_asked_over_all_management_clusters_at_once() {
    let table = demo(&["clusters", "--sort-by", "version"]).await;
    assert_eq!((table.code, table.said.as_str()), (Some(0), ""));
    let again = demo(&["clusters", "--sort-by", "version"]).await;
    assert_eq!(table.printed, again.printed, "the same fleet is printed the same");
    let lines: Vec<&str> = table.printed.lines().collect();
    assert!(
        lines[0].starts_with("NAME ") && lines[0].contains("MANAGEMENT"),
        "{}",
        table.printed
    );
    for name in ["mgmt-taipei", "mgmt-tokyo"] {
        assert!(table.printed.contains(name), "{}", table.printed);
    }
    let document = json(&demo(&["clusters", "-o", "json"]).await);
    assert_eq!(document["kind"], "ClusterList");
    let items = document["items"].as_array().unwrap();
    assert_eq!(items.len() + 1, lines.len());
    for item in items {
        assert!(
            item["version"]
                .as_str()
                .is_some_and(|version| version.starts_with('v')),
            "{item}"
        );
        assert!(
            item["managementCluster"].is_string() && item["health"].is_string(),
            "{item}"
        );
    }
    let version = items[0]["version"].as_str().unwrap();
    let filter = format!("version={version}");
    let some = json(&demo(&["clusters", "-o", "json", "--filter", &filter]).await);
    let some = some["items"].as_array().unwrap();
    assert!(!some.is_empty() && some.iter().all(|item| item["version"] == version));
}

#[tokio::test]
async fn every_view_has_its_twin_in_every_form() {
    for view in [
        "tree",
        "machines",
        "deployments",
        "controlplanes",
        "machinesets",
        "hosts",
        "contexts",
    ] {
        let table = demo(&[view]).await;
        assert_eq!(table.code, Some(0), "{view}: {table:?}");
        let document = json(&demo(&[view, "-o", "json"]).await);
        let items = document["items"].as_array().unwrap();
        let yaml: Value = serde_yaml::from_str(&demo(&[view, "-o", "yaml"]).await.printed).unwrap();
        assert_eq!(yaml, document, "{view}");
        let names = demo(&[view, "-o", "name"]).await.printed;
        if view == "hosts" {
            assert!(
                items.is_empty() && table.said.contains("no hosts found"),
                "{table:?}"
            );
        } else {
            assert!(
                names.lines().count() >= items.len() && !items.is_empty(),
                "{view}: {names}"
            );
        }
    }
    let own = demo(&[
        "machines",
        "--columns",
        "name,MINE:.spec.clusterName",
        "--no-headers",
    ])
    .await;
    for line in own.printed.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert!(cells.len() == 2 && cells[1] != "-", "{line}");
    }
}

#[tokio::test]
async fn faults_are_a_status_only_where_that_is_asked() {
    let faults = json(&demo(&["machines", "--faults", "-o", "json"]).await);
    let some = !faults["items"].as_array().unwrap().is_empty();
    let asked = demo(&["machines", "--exit-code"]).await;
    assert_eq!(asked.code, Some(if some { 4 } else { 0 }));
    assert_eq!(demo(&["machines"]).await.code, Some(0));
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_is_a_status() {
    // It accepts, by its backlog, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", silent.local_addr().unwrap());
    let home = Home::new();
    home.write(".kube/config", kubeconfig(&["mgmt-lab"], &server));
    let ended = home.run(&["get", "machines", "--timeout", "1"]).await;
    assert_eq!((ended.code, ended.printed.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.said.contains("mgmt-lab is connecting"), "{ended:?}");
    drop(silent);
    let ended = home.run(&["get", "machines"]).await;
    assert_eq!((ended.code, ended.printed.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.said.contains("mgmt-lab is offline"), "{ended:?}");
    // How the connections stand is what is asked here.
    let contexts = home.run(&["get", "contexts"]).await;
    assert_eq!(contexts.code, Some(0), "{contexts:?}");
    assert!(contexts.printed.contains("mgmt-lab") && contexts.printed.contains("offline"));
    assert_eq!(home.run(&["get", "contexts", "--exit-code"]).await.code, Some(4));
    let none = Home::new().run(&["get", "machines"]).await;
    assert!(
        none.code == Some(1) && none.said.contains("there is no kubeconfig"),
        "{none:?}"
    );
}

#[tokio::test]
async fn wrong_usage_names_what_is_allowed() {
    let cases: [(&[&str], &str); 5] = [
        (&["machines", "-o", "csv"], "json"),
        (&["machines", "--sort-by", "colour"], "colour"),
        (&["machines", "--columns", "colour"], "provider-id"),
        (&["machines", "--filter", "colour=red"], "no column colour"),
        (&["unicorns"], "unicorns"),
    ];
    for (arguments, told) in cases {
        let ended = demo(arguments).await;
        assert_eq!(
            (ended.code, ended.printed.as_str()),
            (Some(2), ""),
            "{arguments:?}: {ended:?}"
        );
        assert!(ended.said.contains(told), "{arguments:?}: {ended:?}");
    }
}
