//! The pool of hosts as it is worked with from the command line: what joins it, what is done to its hosts and what is not, what
//! room there is, and hosts of other inventories, which are only seen.

use std::ffi::OsStr;

use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, PostParams};
use serde_json::{Value, json};

use crate::management::{Place, until};
use crate::program::{Ended, Home};
use crate::running::Running;

const CLUSTER: &str = "byoh-cluster";
/// Simulated hosts are twenty times as fast as usual.
const PACE: &str = "5";

/// Somebody with a management cluster that serves six simulated hosts.
struct Operator {
    home: Home,
    kubeconfig: String,
}

impl Operator {
    async fn runs(&self, arguments: &[&str]) -> Ended {
        let endpoint = [("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.7"), ("USER", "ada")];
        let common = ["--kubeconfig", self.kubeconfig.as_str()];
        self.home
            .run_with(&endpoint, &[arguments, &common].concat())
            .await
    }

    /// What is done must be done.
    async fn does(&self, arguments: &[&str]) -> String {
        let ended = self.runs(&[arguments, &["--yes"]].concat()).await;
        assert_eq!(
            ended.code,
            Some(0),
            "{arguments:?}: {}{}",
            ended.printed,
            ended.said
        );
        ended.printed
    }

    /// What is refused is refused with three, and says why.
    async fn is_refused(&self, arguments: &[&str], why: &str) {
        let ended = self.runs(&[arguments, &["--yes"]].concat()).await;
        assert_eq!(
            ended.code,
            Some(3),
            "{arguments:?}: {}{}",
            ended.printed,
            ended.said
        );
        assert!(ended.said.contains(why), "{arguments:?}: {}", ended.said);
    }

    async fn sees(&self, arguments: &[&str]) -> Vec<Value> {
        let ended = self.runs(&[&["get"], arguments, &["-o", "json"]].concat()).await;
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.said);
        let document: Value = serde_json::from_str(&ended.printed).unwrap();
        document["items"].as_array().unwrap().clone()
    }

    /// State and machine of a host.
    async fn host(&self, name: &str) -> (String, String) {
        let hosts = self.sees(&["hosts"]).await;
        let host = hosts.iter().find(|host| host["name"] == name).expect(name);
        let text = |field: &str| host[field].as_str().unwrap_or_default().to_owned();
        (text("state"), text("machine"))
    }

    /// Names of the hosts in this state.
    async fn hosts_at(&self, state: &str) -> Vec<String> {
        let hosts = self.sees(&["hosts"]).await;
        let at = hosts.iter().filter(|host| host["state"] == state);
        at.map(|host| host["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// Reservation, quarantine, cordon and labels steer where the machines of a new cluster come up.
async fn a_pool_is_made_ready(operator: &Operator) {
    until(async || operator.hosts_at("Free").await.len() == 6).await;
    let reserved = operator
        .does(&["host", "reserve", "node-5", "--for", CLUSTER])
        .await;
    assert!(
        reserved.contains("only machines of cluster byoh-cluster take it"),
        "{reserved}"
    );
    let held = operator
        .does(&["host", "quarantine", "node-1", "--reason", "loses packets"])
        .await;
    let done = held.lines().find(|line| line.starts_with("quarantined "));
    assert!(done.is_some_and(|done| !done.contains("->")), "{held}");
    operator.does(&["host", "cordon", "node-2", "node-3"]).await;
    operator
        .does(&["host", "label", "node-4", "node-6", "rack=r1"])
        .await;
    assert_eq!(operator.host("node-1").await.0, "Free,Quarantined");
    assert_eq!(operator.host("node-3").await.0, "Free,Cordoned");
    let racks = operator.sees(&["hosts", "--headroom", "--by", "rack"]).await;
    let of_rack = racks.iter().find(|row| row["rack"] == "r1").unwrap();
    assert_eq!(
        (&of_rack["hosts"], &of_rack["standing"]["free"]),
        (&json!(2), &json!(2))
    );
    // What is so already, or cannot be, is told.
    let again = operator.runs(&["host", "cordon", "node-2", "--yes"]).await;
    assert_eq!(again.code, Some(0), "{}", again.said);
    assert!(again.said.contains("is cordoned already"), "{}", again.said);
    let approved = operator.runs(&["host", "approve", "node-4", "--yes"]).await;
    assert!(
        approved.said.contains("does not wait for approval"),
        "{approved:?}"
    );
    assert_eq!(approved.code, Some(0), "{approved:?}");
    operator
        .is_refused(&["host", "release", "node-4"], "nothing to release")
        .await;
    // Of several hosts nothing is written before all of them allow it.
    operator
        .is_refused(
            &["host", "reserve", "node-4", "node-5", "--for", "other"],
            "is reserved for cluster byoh-cluster: take that back first",
        )
        .await;
    assert_eq!(operator.host("node-4").await.0, "Free");
    several_are_shown_and_asked_for_at_once(operator).await;
    // One that nobody has approved is free once somebody has.
    let host = "{apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: ByoHost, metadata: {name: node-6, namespace: default}, spec: {approved: false}}";
    let file = operator.home.write("host.yaml", host);
    operator.does(&["apply", "-f", file.to_str().unwrap()]).await;
    until(async || operator.host("node-6").await.0 == "PendingApproval").await;
    let approved = operator.does(&["host", "approve", "node-6"]).await;
    assert!(approved.contains("its pool may use it from now on"), "{approved}");
    until(async || operator.host("node-6").await.0 == "Free").await;
    let dry = operator.runs(&["host", "cordon", "node-4", "--dry-run"]).await;
    assert!(dry.printed.contains("dry run: nothing was written"), "{dry:?}");
    assert_eq!(operator.host("node-4").await.0, "Free");
}

/// All that do not allow it are named, to people and to programs.
async fn several_that_do_not_allow_it_are_named(operator: &Operator) {
    let refused = operator
        .runs(&[
            "host", "reserve", "node-5", "node-4", "no-host", "--for", "other", "--yes",
        ])
        .await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let refused = operator
        .runs(&["host", "release", "node-4", "node-6", "--yes"])
        .await;
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(
        refused
            .said
            .contains("nothing was written: 2 of 2 do not allow it"),
        "{refused:?}"
    );
    for host in ["node-4", "node-6"] {
        assert!(
            refused.said.contains(&format!(
                "\n  no machine has ByoHost {host}: there is nothing to release"
            )),
            "{refused:?}"
        );
    }
    let refused = operator
        .runs(&["host", "release", "node-4", "node-6", "--yes", "-o", "json"])
        .await;
    let document: Value = serde_json::from_str(&refused.printed).unwrap();
    let items = document["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{document}");
    for item in items {
        let why = item["failed"].as_str().unwrap_or_default();
        assert!(why.contains("there is nothing to release"), "{item}");
    }
}

/// Each of several is told before anything is written, and what came of all of them is one document.
async fn several_are_shown_and_asked_for_at_once(operator: &Operator) {
    // Where nobody can be asked, all that would be asked about is told.
    let asked = operator.runs(&["host", "cordon", "node-4", "node-6"]).await;
    assert_eq!(asked.code, Some(2), "{asked:?}");
    for host in ["node-4", "node-6"] {
        assert!(
            asked.printed.contains(&format!("ByoHost default/{host}")),
            "{asked:?}"
        );
        assert_eq!(operator.host(host).await.0, "Free");
    }
    several_that_do_not_allow_it_are_named(operator).await;
    let told = operator
        .runs(&[
            "host", "cordon", "node-2", "node-4", "node-6", "--yes", "-o", "json",
        ])
        .await;
    assert_eq!(told.code, Some(0), "{told:?}");
    let document: Value = serde_json::from_str(&told.printed).unwrap();
    let items = document["items"].as_array().unwrap();
    let of = |item: &Value| {
        let so_already = item["unchanged"]
            .as_str()
            .map(|why| why.contains("cordoned already"));
        (
            item["act"]["name"].as_str().unwrap().to_owned(),
            so_already,
            item["id"].is_string(),
        )
    };
    let told: Vec<_> = items.iter().map(of).collect();
    assert_eq!(
        told,
        [
            ("node-2".to_owned(), Some(true), false),
            ("node-4".to_owned(), None, true),
            ("node-6".to_owned(), None, true),
        ]
    );
    operator.does(&["host", "uncordon", "node-4", "node-6"]).await;
    let labelled = operator
        .does(&["host", "label", "node-4", "tried=yes", "rack-"])
        .await;
    assert!(
        labelled.contains("labelled ByoHost default/node-4 in fleetui: tried=yes rack-"),
        "{labelled}"
    );
    operator
        .does(&["host", "label", "node-4", "tried-", "rack=r1"])
        .await;
}

async fn a_cluster_comes_up_where_it_may(operator: &Operator) {
    let generated = operator
        .runs(&[
            "generate",
            "cluster",
            CLUSTER,
            "--infrastructure",
            "byoh",
            "--kubernetes-version",
            "v1.31.2",
            "--control-plane-machine-count",
            "1",
            "--worker-machine-count",
            "1",
        ])
        .await;
    assert_eq!(generated.code, Some(0), "{}", generated.said);
    let file = operator.home.write("cluster.yaml", &generated.printed);
    operator.does(&["apply", "-f", file.to_str().unwrap()]).await;
    until(async || operator.hosts_at("InUse").await.len() == 2).await;
    let used = operator.hosts_at("InUse").await;
    assert!(
        used.contains(&"node-5".to_owned()),
        "the reserved one comes first: {used:?}"
    );
    for left in ["node-1", "node-2", "node-3"] {
        assert!(!used.contains(&left.to_owned()), "{left}: {used:?}");
    }
    let room = operator.sees(&["headroom"]).await;
    let of_workers = room
        .iter()
        .find(|row| row["kind"] == "MachineDeployment")
        .unwrap_or_else(|| panic!("{room:#?}"));
    assert_eq!(
        (&of_workers["more"], &of_workers["waiting"]),
        (&json!(1), &json!(0)),
        "{room:#?}"
    );
    assert!(
        of_workers["summary"].as_str().unwrap().contains("2 cordoned"),
        "{room:#?}"
    );
}

/// The host of a worker is drained before it is looked after; that of the only control plane machine is not.
async fn a_host_is_looked_after(operator: &Operator) {
    let used = operator.hosts_at("InUse").await;
    let (mut workers, mut planes) = (Vec::new(), Vec::new());
    for host in used {
        let (_, machine) = operator.host(&host).await;
        if machine.contains("control-plane") {
            planes.push(host);
        } else {
            workers.push((host, machine));
        }
    }
    let ([plane], [(worker, machine)]) = (planes.as_slice(), workers.as_slice()) else {
        panic!("{planes:?} {workers:?}")
    };
    operator
        .is_refused(
            &["host", "release", plane],
            "it is the only machine of KubeadmControlPlane",
        )
        .await;
    operator
        .is_refused(
            &["host", "maintenance", plane],
            "it is the only machine of KubeadmControlPlane",
        )
        .await;
    operator
        .is_refused(&["host", "reset", plane], "would be torn away undrained")
        .await;
    let told = operator
        .does(&["host", "maintenance", worker, "--reason", "new disk"])
        .await;
    assert!(told.contains("is deleted: its node is drained"), "{told}");
    assert!(told.contains("1 free host can be taken"), "{told}");
    until(async || {
        let (state, _) = operator.host(worker).await;
        state == "Free,Maintenance" && operator.hosts_at("InUse").await.len() == 2
    })
    .await;
    for host in operator.hosts_at("InUse").await {
        assert_ne!(
            operator.host(&host).await.1,
            *machine,
            "another machine came in its place"
        );
    }
    operator.does(&["host", "maintenance", worker, "--end"]).await;
    until(async || operator.host(worker).await.0 == "Free").await;
    // Given back, a host is reset, and the machine comes up anew.
    let used = operator.hosts_at("InUse").await;
    let released = used.iter().find(|host| *host != plane).unwrap();
    let (_, machine) = operator.host(released).await;
    let told = operator.does(&["host", "release", released]).await;
    assert!(
        told.contains(&format!("began the release of ByoHost default/{released}")),
        "{told}"
    );
    until(async || {
        let used = operator.hosts_at("InUse").await;
        let mut machines = Vec::new();
        for host in &used {
            machines.push(operator.host(host).await.1);
        }
        used.len() == 2 && !machines.contains(&machine)
    })
    .await;
}

async fn everything_is_as_before(operator: &Operator) {
    operator.does(&["host", "clear", "node-1"]).await;
    operator.does(&["host", "uncordon", "node-2", "node-3"]).await;
    operator.does(&["host", "unreserve", "node-5"]).await;
    operator.does(&["host", "reset", "node-2"]).await;
    until(async || operator.hosts_at("Free").await.len() == 4).await;
    let activity = operator.runs(&["get", "activity"]).await.printed;
    for done in [
        "reserve for byoh-cluster",
        "begin maintenance",
        "clear quarantine",
        "uncordon",
        "reset",
    ] {
        assert!(activity.contains(done), "{done}: {activity}");
    }
}

#[tokio::test]
async fn the_pool_is_worked_with_by_commands_alone() {
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
    let operator = Operator {
        kubeconfig: kubeconfig.to_str().unwrap().to_owned(),
        home,
    };
    a_pool_is_made_ready(&operator).await;
    a_cluster_comes_up_where_it_may(&operator).await;
    a_host_is_looked_after(&operator).await;
    everything_is_as_before(&operator).await;
    server.terminate().await;
}

/// A kind of which objects may hold anything.
fn definition(group: &str, kind: &str, plural: &str) -> Value {
    let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase()},
            "versions": [{
                "name": "v1alpha1", "served": true, "storage": true, "schema": {"openAPIV3Schema": anything},
            }],
        },
    })
}

/// Kinds of other inventories: group, kind, plural.
const BARE_METAL: (&str, &str, &str) = ("metal3.io", "BareMetalHost", "baremetalhosts");
const HARDWARE: (&str, &str, &str) = ("tinkerbell.org", "Hardware", "hardware");

/// Makes a host of another inventory.
async fn make(place: &Place, (group, kind, plural): (&str, &str, &str), name: &str, body: Value) {
    let mut object = json!({
        "apiVersion": format!("{group}/v1alpha1"), "kind": kind,
        "metadata": {"namespace": "default", "name": name},
    });
    for (field, value) in body.as_object().unwrap() {
        match field.as_str() {
            "labels" => object["metadata"]["labels"] = value.clone(),
            field => object[field] = value.clone(),
        }
    }
    let kind = GroupVersionKind::gvk(group, "v1alpha1", kind);
    let resource = ApiResource::from_gvk_with_plural(&kind, plural);
    let client = place.cluster.client.clone();
    let api: Api<DynamicObject> = Api::namespaced_with(client, "default", &resource);
    let made = serde_json::from_value(object).unwrap();
    until(async || api.create(&PostParams::default(), &made).await.is_ok()).await;
}

/// A management cluster with hosts of Metal3 and Tinkerbell.
async fn with_inventories() -> Place {
    let place = Place::bare().await;
    place.init().await;
    let definitions = place
        .cluster
        .all("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    for (group, kind, plural) in [BARE_METAL, HARDWARE] {
        let definition = serde_json::from_value(definition(group, kind, plural)).unwrap();
        definitions
            .create(&PostParams::default(), &definition)
            .await
            .unwrap();
    }
    let available = json!({"provisioning": {"state": "available"}});
    make(
        &place,
        BARE_METAL,
        "bmh-1",
        json!({"spec": {"online": true}, "status": available}),
    )
    .await;
    let consumer = json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "Metal3Machine", "namespace": "default",
        "name": "prod-md-0-abc",
    });
    let used =
        json!({"spec": {"consumerRef": consumer}, "status": {"provisioning": {"state": "provisioned"}}});
    make(&place, BARE_METAL, "bmh-2", used).await;
    let failed = json!({"spec": {}, "status": {
        "provisioning": {"state": "available"}, "operationalStatus": "error", "errorCount": 2,
        "errorType": "power management error", "errorMessage": "the BMC does not answer",
    }});
    make(&place, BARE_METAL, "bmh-3", failed).await;
    let taken = json!({
        "labels": {"v1alpha1.tinkerbell.org/ownerName": "prod-md-1-xyz"},
        "spec": {"interfaces": [{"dhcp": {"arch": "x86_64"}}]},
    });
    make(&place, HARDWARE, "hw-1", taken).await;
    place
}

/// Hosts of Metal3 and Tinkerbell stand beside those of the pool, in the same states, and nothing is done to them.
#[tokio::test]
async fn other_inventories_are_seen_in_the_same_states_and_not_touched() {
    let place = with_inventories().await;
    let listed = place.run(&["get", "hosts", "-o", "json"]).await;
    let listed: Value =
        serde_json::from_str(&listed.printed).unwrap_or_else(|error| panic!("{error}: {listed:?}"));
    let told: Vec<(&str, &str, &str)> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|host| {
            let text = |field: &str| host[field].as_str().unwrap_or_default();
            (text("name"), text("state"), text("inventory"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("bmh-1", "Free", "Metal3"),
            ("bmh-2", "InUse", "Metal3"),
            ("bmh-3", "Free,Quarantined", "Metal3"),
            ("hw-1", "Installing", "Tinkerbell"),
        ]
    );
    assert_eq!(listed["items"][1]["machine"], "prod-md-0-abc");
    for act in [["host", "cordon", "bmh-1"], ["host", "reset", "hw-1"]] {
        let refused = place.run(&[&act[..], &["--yes"]].concat()).await;
        assert_eq!(refused.code, Some(3), "{act:?}: {}", refused.said);
        assert!(
            refused.said.contains("is only read here"),
            "{act:?}: {}",
            refused.said
        );
    }
    let deleted = place.run(&["delete", "baremetalhost/bmh-1", "--yes"]).await;
    assert_eq!(deleted.code, Some(3), "{}", deleted.said);
    place.cluster.stop().await;
}

/// A manager of hosts whose definition lacks a field would take it for written and drop it: that is refused before.
#[tokio::test]
async fn what_a_management_cluster_would_drop_is_refused_beforehand() {
    let place = Place::bare().await;
    place.init().await;
    let definitions = place
        .cluster
        .all("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    let name = "byohosts.infrastructure.cluster.x-k8s.io";
    let mut definition = definitions.get(name).await.unwrap();
    let versions = definition.data["spec"]["versions"].as_array_mut().unwrap();
    for version in versions {
        let spec = version
            .pointer_mut("/schema/openAPIV3Schema/properties/spec/properties")
            .unwrap();
        spec.as_object_mut()
            .unwrap()
            .remove("unclaimable")
            .expect("the field is there");
    }
    definitions
        .replace(name, &PostParams::default(), &definition)
        .await
        .unwrap();
    let api = place.within(
        "default",
        ("infrastructure.cluster.x-k8s.io", "v1beta1", "ByoHost"),
    );
    let host = json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "ByoHost",
        "metadata": {"namespace": "default", "name": "node-1"}, "spec": {},
    });
    api.create(&PostParams::default(), &serde_json::from_value(host).unwrap())
        .await
        .unwrap();
    let mut ended = None;
    until(async || {
        let cordon = place.run(&["host", "cordon", "node-1", "--dry-run"]).await;
        let refused = cordon.code == Some(3);
        ended = Some(cordon);
        refused
    })
    .await;
    let said = ended.unwrap().said;
    assert!(said.contains("does not keep spec.unclaimable"), "{said}");
    let read_only = place
        .run(&["host", "label", "node-1", "a=b", "--yes", "--readonly"])
        .await;
    assert_eq!(read_only.code, Some(3), "{}", read_only.said);
    let kept = api.get("node-1").await.unwrap();
    assert_eq!(kept.metadata.labels, None);
    place.cluster.stop().await;
}
