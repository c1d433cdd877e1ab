//! Management clusters of all three eras of the API: upstream's definitions take upstream's templates, give them back as they
//! were, and the console over all of them shows of each what is so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::embedded::{Embedded, frame};
use upstream::contains;

pub(crate) mod fleets;
pub(crate) mod upstream;

/// An era: its management cluster's name, whose definitions are there, and which templates it takes.
struct Era {
    name: &'static str,
    /// Folders of definitions, with the contracts that their labels name. The first folder that has a kind decides.
    definitions: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    templates: &'static [&'static str],
    /// Kinds of the templates that no definition is at hand for.
    unserved: &'static [&'static str],
}

const V1BETA1: &[(&str, &str)] = &[("v1beta1", "v1beta1")];
const BOTH: &[(&str, &str)] = &[("v1beta1", "v1beta1"), ("v1beta2", "v1beta2")];
/// The AWS provider counts its own versions: its v1beta2 keeps the contract v1beta1.
const AWS: &[(&str, &str)] = &[("v1beta1", "v1beta2")];

const ERAS: [Era; 3] = [
    Era {
        name: "mgmt-2023",
        definitions: &[("crds/v1beta1", V1BETA1), ("crds/byoh", V1BETA1)],
        templates: &["templates/v1beta1", "templates/byoh"],
        unserved: &[],
    },
    Era {
        name: "mgmt-2025",
        definitions: &[
            ("crds/v1beta1-with-v1beta2-status", V1BETA1),
            ("crds/v1beta1", V1BETA1),
            ("crds/aws", AWS),
        ],
        templates: &["templates/v1beta1", "templates/aws"],
        unserved: &["AWSManagedClusterTemplate", "AWSManagedControlPlaneTemplate"],
    },
    Era {
        name: "mgmt-2026",
        definitions: &[("crds/v1beta2", BOTH)],
        templates: &["templates/v1beta2"],
        unserved: &[
            "DockerCluster",
            "DockerMachine",
            "DockerMachinePool",
            "DockerMachineTemplate",
        ],
    },
];

/// A management cluster of an era, and the kinds that it serves, as `<group>/<version> <kind>`.
async fn start(era: &Era, data: &Path) -> (Embedded, BTreeSet<String>) {
    let folders: Vec<_> = era
        .definitions
        .iter()
        .map(|(folder, contracts)| (data.join(folder), *contracts))
        .collect();
    let embedded = Embedded::start().await;
    let mut served = BTreeSet::from(["v1 ConfigMap".to_owned()]);
    for definition in upstream::definitions(&folders) {
        embedded.define(&definition).await;
        let spec = &definition["spec"];
        let storing = spec["versions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|version| version["storage"] == true);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (group, version) = (text(&spec["group"]), text(&storing.unwrap()["name"]));
        served.insert(format!("{group}/{version} {}", text(&spec["names"]["kind"])));
    }
    (embedded, served)
}

async fn namespace(embedded: &Embedded, name: &str) {
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    embedded.create(&namespace).await;
}

/// An object without what a server writes into it, and without fields that say nothing.
pub(crate) fn as_written(mut object: Value) -> Value {
    fn without_nulls(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|_, field| !field.is_null());
                fields.values_mut().for_each(without_nulls);
            }
            Value::Array(items) => items.iter_mut().for_each(without_nulls),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in [
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "managedFields",
    ] {
        metadata.remove(field);
    }
    without_nulls(&mut object);
    object
}

#[tokio::test]
async fn what_was_created_reads_back_as_it_was() {
    let Some(data) = upstream::data() else { return };
    for era in ERAS {
        let (embedded, served) = start(&era, &data).await;
        let mut unserved = BTreeSet::new();
        let mut read_back = 0;
        let folders = era.templates.iter().map(|folder| data.join(folder));
        let files: Vec<PathBuf> = folders.flat_map(|folder| upstream::files(&folder)).collect();
        for (index, file) in files.iter().enumerate() {
            // Templates use the same names; each has a namespace of its own.
            let own = format!("template-{index}");
            namespace(&embedded, &own).await;
            for mut object in upstream::rendered(file, &fleets::variables("prod", "v1.31.2")) {
                object["metadata"]["namespace"] = json!(own);
                let kind = object["kind"].as_str().unwrap();
                if !served.contains(&format!("{} {kind}", object["apiVersion"].as_str().unwrap())) {
                    unserved.insert(kind.to_owned());
                    continue;
                }
                let made = embedded.create(&object).await;
                // Kinds of the core group have no generation.
                let generation = if kind == "ConfigMap" {
                    Value::Null
                } else {
                    json!(1)
                };
                assert!(made["metadata"]["uid"].is_string(), "{made}");
                assert_eq!(made["metadata"]["generation"], generation, "{made}");
                let found = embedded.read(&object).await;
                assert_eq!(found, made, "{} {kind}", file.display());
                let (found, written) = (as_written(found), as_written(object.clone()));
                assert!(
                    contains(&found, &written),
                    "{} {kind}: {written} is not in {found}",
                    file.display()
                );
                read_back += 1;
            }
        }
        assert_eq!(
            unserved.iter().map(String::as_str).collect::<Vec<_>>(),
            era.unserved,
            "{}",
            era.name
        );
        assert!(read_back >= 15, "{}: {read_back} objects", era.name);
        embedded.stop().await;
    }
}

/// The line of the tree that holds all of these words.
fn line<'a>(frame: &'a str, words: &[&str]) -> &'a str {
    frame
        .lines()
        .find(|line| words.iter().all(|word| line.contains(word)))
        .unwrap_or_else(|| panic!("no line with {words:?} in\n{frame}"))
}

fn assert_line(frame: &str, name: &str, facts: &[&str]) {
    let found = line(frame, &[name]);
    for fact in facts {
        assert!(
            found.contains(fact),
            "{fact:?} is not in the line of {name}:\n{found}\nof\n{frame}"
        );
    }
}

/// What stands behind a word in the detail pane.
fn fact<'a>(frame: &'a str, name: &str) -> &'a str {
    let cells = frame.lines().flat_map(|line| line.split('│').skip(1));
    let found = cells.map(str::trim).find_map(|cell| cell.strip_prefix(name));
    found
        .unwrap_or_else(|| panic!("no fact {name} in\n{frame}"))
        .trim()
}

#[tokio::test]
async fn anchor_95_the_console_shows_the_facts_of_every_era_at_once() {
    let Some(data) = upstream::data() else { return };
    let templates = data.join("templates");
    let mut fleet = Vec::new();
    for era in &ERAS {
        let (embedded, _) = start(era, &data).await;
        namespace(&embedded, fleets::NAMESPACE).await;
        fleet.push(embedded);
    }
    fleets::of_2023(&fleet[0], &templates).await;
    fleets::of_2025(&fleet[1], &templates).await;
    fleets::of_2026(&fleet[2], &templates).await;
    let shown = async |keys: &str| {
        let targets = ERAS
            .iter()
            .zip(&fleet)
            .map(|(era, embedded)| embedded.target(era.name));
        frame(targets.collect(), keys, (200, 60)).await.plain()
    };

    let all = shown("").await;
    assert_line(
        &all,
        "fleetui",
        &[
            "● mgmt-2023",
            "● mgmt-2025",
            "● mgmt-2026",
            "3 clusters",
            "3 machines",
        ],
    );

    let old = shown("1 g").await;
    assert_eq!(fact(&old, "api"), "v1beta1");
    assert_line(&old, "▾ mgmt-2023", &["live", "1 cluster", "CAPI v1.3.10"]);
    assert_line(&old, "byoh-cluster ", &["Provisioned", "v1.31.2"]);
    assert_line(&old, "ControlPlane", &["1/1", "v1.31.2", "Ready True"]);
    assert_line(
        &old,
        "md-0 ",
        &[
            "Ready False",
            "2/3",
            "v1.31.2",
            "ScalingUp",
            "the host has no disk left",
        ],
    );
    assert_line(&old, "x7k2p", &["v1.31.2", "Failed"]);
    let pane = shown("1 / x 7 k 2 p enter G").await;
    assert!(pane.contains("the host has no disk left"), "{pane}");

    let both = shown("2 g").await;
    // The pane goes on in the next line.
    assert_eq!(fact(&both, "api"), "v1beta1 with v1beta2");
    assert_line(&both, "▾ mgmt-2025", &["live", "1 cluster", "CAPI v1.10.10"]);
    assert_line(
        &both,
        "capi-quickstart ",
        &["Available False", "Provisioned", "v1.30.0"],
    );
    assert_line(&both, "ControlPlane", &["v1.30.0", "Ready True"]);
    assert_line(&both, "md-0 ", &["Available False", "1/3", "v1.30.0", "Running"]);
    assert_line(&both, "9wqzt", &["Ready False", "v1.30.0", "Running", "ip-192"]);
    let pane = shown("2 / 9 w q z t enter G").await;
    assert!(pane.contains("kubelet stopped posting"), "{pane}");

    let today = shown("3 g").await;
    assert_eq!(fact(&today, "api"), "v1beta2");
    assert_line(&today, "▾ mgmt-2026", &["live", "1 cluster", "CAPI v1.14.0"]);
    assert_line(
        &today,
        "in-memory ",
        &["Available True", "4/4", "Provisioned", "v1.33.4"],
    );
    assert_line(
        &today,
        "md-0-7xk4f ",
        &["Available True", "3/3", "◔", "v1.33.4", "ScalingDown"],
    );
    assert_line(&today, "hw2bd", &["Ready True", "v1.33.4", "Running"]);
    for embedded in fleet {
        embedded.stop().await;
    }
}
