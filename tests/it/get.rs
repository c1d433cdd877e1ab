//! `fleetui get`: what screens show, for scripts: the same every time, as table, JSON, YAML and names, with a status that says how
//! it went.

use kube::api::PostParams;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::management::Place;
use crate::program::{Ended, Home, kubeconfig};

async fn demo(arguments: &[&str]) -> Ended {
    let home = Home::new();
    home.run(&[&["get"], arguments, &["--demo"]].concat()).await
}

fn read(ended: &Ended) -> Value {
    serde_json::from_str(&ended.printed).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[tokio::test]
async fn anchor_10_which_clusters_run_what_is_asked_over_all_management_clusters_at_once() {
    let table = demo(&["clusters", "--sort-by", "version"]).await;
    assert_eq!((table.code, table.said.as_str()), (Some(0), ""));
    let lines: Vec<&str> = table.printed.lines().collect();
    assert!(
        lines[0].starts_with("NAME ") && lines[0].contains("MANAGEMENT"),
        "{}",
        table.printed
    );
    for name in ["mgmt-taipei", "mgmt-tokyo"] {
        assert!(table.printed.contains(name), "{}", table.printed);
    }
    let document = read(&demo(&["clusters", "-o", "json"]).await);
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
    let some = read(&demo(&["clusters", "-o", "json", "--filter", &filter]).await);
    let some = some["items"].as_array().unwrap();
    assert!(!some.is_empty() && some.iter().all(|item| item["version"] == version));
}

/// Makes an object in the namespace `default`.
async fn make(place: &Place, (group, version, kind): (&str, &str, &str), name: &str, body: Value) {
    let mut object = json!({
        "apiVersion": format!("{group}/{version}"), "kind": kind,
        "metadata": {"namespace": "default", "name": name, "labels": {"site": "a"}},
    });
    if let (Some(object), Value::Object(body)) = (object.as_object_mut(), body) {
        object.extend(body);
    }
    let object = serde_json::from_value(object).unwrap();
    let api = place.within("default", (group, version, kind));
    api.create(&PostParams::default(), &object).await.unwrap();
}

/// A machine that waits for a host of another site than there is.
async fn waiting() -> Place {
    const CORE: &str = "cluster.x-k8s.io";
    const INFRASTRUCTURE: &str = "infrastructure.cluster.x-k8s.io";
    let place = Place::bare().await;
    place.init().await;
    let class = json!({"spec": {"clusterNetwork": {"pods": {"cidrBlocks": ["10.0.0.0/16"]}}}});
    make(&place, (CORE, "v1beta2", "Cluster"), "prod", class).await;
    let machine = json!({"spec": {
        "clusterName": "prod", "version": "v1.31.2", "bootstrap": {"dataSecretName": "prod-a"},
        "infrastructureRef": {"apiGroup": INFRASTRUCTURE, "kind": "ByoMachine", "name": "prod-a"},
    }});
    make(&place, (CORE, "v1beta2", "Machine"), "prod-a", machine).await;
    let asks = json!({"spec": {"selector": {"matchLabels": {"site": "b"}}}});
    make(&place, (INFRASTRUCTURE, "v1beta1", "ByoMachine"), "prod-a", asks).await;
    make(
        &place,
        (INFRASTRUCTURE, "v1beta1", "ByoHost"),
        "node-1",
        json!({"spec": {}}),
    )
    .await;
    place
}

#[tokio::test]
async fn every_view_has_its_twin_in_every_form() {
    let place = waiting().await;
    for view in ["tree", "clusters", "machines", "hosts", "contexts"] {
        let table = place.run(&["get", view]).await;
        assert_eq!(
            (table.code, table.said.as_str()),
            (Some(0), ""),
            "{view}: {table:?}"
        );
        let document = read(&place.run(&["get", view, "-o", "json"]).await);
        assert!(!document["items"].as_array().unwrap().is_empty(), "{view}");
        let yaml = place.run(&["get", view, "-o", "yaml"]).await.printed;
        let yaml: Value = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(yaml, document, "{view}");
        let names = place.run(&["get", view, "-o", "name"]).await.printed;
        // A heading is no object.
        let is_heading = |line: &&str| {
            let name = line.split_once('─').and_then(|(_, name)| name.split("  ").next());
            name.is_some_and(|name| !name.contains('/'))
        };
        let headings = table.printed.lines().filter(is_heading).count();
        assert_eq!(
            names.lines().count() + 1 + headings,
            table.printed.lines().count(),
            "{view}: {names}"
        );
    }
    let own = place
        .run(&[
            "get",
            "machines",
            "--columns",
            "name,SITE:.metadata.labels.site",
            "--no-headers",
        ])
        .await;
    assert_eq!(own.printed, "prod-a   a\n");
    let none = place.run(&["get", "machines", "-n", "elsewhere"]).await;
    assert!(
        none.printed.is_empty() && none.said.contains("no Machines found"),
        "{none:?}"
    );
    let named = place.run(&["get", "machines", "prod-a", "nix"]).await;
    assert_eq!(named.code, Some(1), "{named:?}");
    assert!(
        named.printed.contains("prod-a") && named.said.contains("Machine \"nix\" not found"),
        "{named:?}"
    );
    place.cluster.stop().await;
}

#[tokio::test]
async fn anchor_99_a_machine_without_a_host_is_told_why_of_each() {
    let place = waiting().await;
    let hosts = place.run(&["get", "hosts"]).await;
    assert!(
        hosts.printed.contains("node-1") && hosts.printed.contains("Registering"),
        "{hosts:?}"
    );
    let room = read(&place.run(&["get", "hosts", "--headroom", "-o", "json"]).await);
    assert_eq!(room["items"][0]["standing"]["unavailable"], 1, "{room}");
    let waiting = place.run(&["get", "hosts", "--waiting"]).await;
    assert!(
        waiting.printed.contains("0/1 hosts can be taken: 1 registering"),
        "{waiting:?}"
    );
    let why = read(&place.run(&["get", "hosts", "--waiting", "-o", "json"]).await);
    assert_eq!(why["items"][0]["refused"][0]["host"], "node-1", "{why}");
    // It waits, which is what is asked for with this.
    assert_eq!(
        place
            .run(&["get", "hosts", "--waiting", "--exit-code"])
            .await
            .code,
        Some(4)
    );
    assert_eq!(place.run(&["get", "hosts", "--exit-code"]).await.code, Some(0));
    place.cluster.stop().await;
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
    assert!(ended.said.contains("mgmt-lab cannot be reached"), "{ended:?}");
    assert!(
        !ended.said.contains("found"),
        "nothing is known to be absent: {ended:?}"
    );
    let named = home.run(&["get", "machines", "prod-a"]).await;
    assert!(
        named.code == Some(1) && !named.said.contains("found"),
        "{named:?}"
    );
    let described = home.run(&["describe", "cluster", "prod"]).await;
    assert!(
        described.code == Some(1) && described.said.contains("mgmt-lab cannot be reached"),
        "{described:?}"
    );
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

/// Whoever may not read the kubeconfig of a workload cluster is told so, as with everything that may not be read.
#[tokio::test]
async fn nodes_that_may_not_be_read_are_refused_and_not_said_to_be_absent() {
    let place = waiting().await;
    let home = Home::new();
    let reader = home.path().join("reader");
    place.cluster.write_readers_kubeconfig(&reader);
    let reader = reader.to_str().unwrap();
    for arguments in [&["get", "nodes"][..], &["get", "nodes", "prod"]] {
        let denied = home.run(&[arguments, &["--kubeconfig", reader]].concat()).await;
        assert_eq!(denied.code, Some(3), "{denied:?}");
        assert!(
            denied.said.contains("the nodes of cluster default/prod of "),
            "{denied:?}"
        );
        assert!(!denied.said.contains("found"), "{denied:?}");
    }
    // To whom nothing is denied, nothing is refused either.
    let failed = place.run(&["get", "nodes"]).await;
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(!failed.said.contains("no nodes found"), "{failed:?}");
    place.cluster.stop().await;
}

#[tokio::test]
async fn what_is_no_kubeconfig_is_not_given_away_as_one() {
    let place = waiting().await;
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: prod-kubeconfig, namespace: default}\n\
        type: cluster.x-k8s.io/secret\nstringData: {value: garbage}\n";
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret.yaml");
    std::fs::write(&file, secret).unwrap();
    let applied = place.run(&["apply", "-f", file.to_str().unwrap(), "--yes"]).await;
    assert_eq!(applied.code, Some(0), "{applied:?}");
    let given = place.run(&["get", "kubeconfig", "prod"]).await;
    assert_eq!((given.code, given.printed.as_str()), (Some(1), ""), "{given:?}");
    place.cluster.stop().await;
}

#[tokio::test]
async fn wrong_usage_names_what_is_allowed() {
    let cases: [(&[&str], &str); 7] = [
        (
            &["machines", "--timeout", "-1"],
            "write a whole number, 0 or more",
        ),
        (&["machines", "a", "--faults"], "cannot be used with"),
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
