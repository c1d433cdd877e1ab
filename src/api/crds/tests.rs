//! The definitions, held against upstream's own files.

use std::path::PathBuf;

use super::*;

/// Upstream's file for a definition of ours; absent where the test data is not on this machine.
fn upstream(definition: &Value) -> Option<Value> {
    let directory = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/crds/v1beta2"
    ));
    if !directory.exists() {
        println!("skipped: {} is not here", directory.display());
        return None;
    }
    let group = definition["spec"]["group"].as_str().unwrap();
    let plural = definition["spec"]["names"]["plural"].as_str().unwrap();
    let path = directory.join(format!("{group}_{plural}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_yaml::from_str(&text).unwrap())
}

fn version_of<'a>(definition: &'a Value, name: &str) -> &'a Value {
    let versions = definition["spec"]["versions"].as_array().unwrap();
    versions.iter().find(|version| version["name"] == *name).unwrap()
}

/// Columns without their descriptions, which are our own.
fn columns(version: &Value) -> Vec<Value> {
    let columns = version["additionalPrinterColumns"].as_array().unwrap();
    let keys = ["name", "type", "format", "jsonPath", "priority"];
    columns
        .iter()
        .map(|column| keys.iter().map(|key| column[*key].clone()).collect())
        .collect()
}

#[test]
fn every_definition_is_what_upstream_says() {
    for ours in all() {
        let Some(theirs) = upstream(&ours) else { return };
        let name = ours["metadata"]["name"].as_str().unwrap();
        assert_eq!(ours["metadata"]["name"], theirs["metadata"]["name"]);
        for part in ["group", "scope"] {
            assert_eq!(ours["spec"][part], theirs["spec"][part], "{part} of {name}");
        }
        for part in [
            "kind",
            "listKind",
            "plural",
            "singular",
            "shortNames",
            "categories",
        ] {
            assert_eq!(
                ours["spec"]["names"][part], theirs["spec"]["names"][part],
                "{part} of {name}"
            );
        }
        let version = ours["spec"]["versions"][0]["name"].as_str().unwrap();
        let (ours, theirs) = (version_of(&ours, version), version_of(&theirs, version));
        assert_eq!(columns(ours), columns(theirs), "columns of {name}");
        assert_eq!(
            ours["subresources"], theirs["subresources"],
            "subresources of {name}"
        );
        assert_eq!(
            (&ours["served"], &ours["storage"]),
            (&theirs["served"], &theirs["storage"]),
            "{name}"
        );
        let mut our_fields: Vec<&String> = properties(ours).keys().collect();
        let mut their_fields: Vec<&String> = properties(theirs).keys().collect();
        our_fields.sort();
        their_fields.sort();
        assert_eq!(our_fields, their_fields, "fields of {name}");
    }
}

fn properties(version: &Value) -> &Map<String, Value> {
    version["schema"]["openAPIV3Schema"]["properties"]
        .as_object()
        .unwrap()
}

#[test]
fn providers_are_found_by_contract_and_label() {
    let machine = of("infrastructure.cluster.x-k8s.io", "DevMachine").unwrap();
    assert_eq!(
        machine["metadata"]["labels"],
        json!({
            "clusterctl.cluster.x-k8s.io": "",
            "cluster.x-k8s.io/provider": "infrastructure-docker",
            "cluster.x-k8s.io/v1beta2": "v1beta2",
        })
    );
    let provider = of("clusterctl.cluster.x-k8s.io", "Provider").unwrap();
    assert_eq!(
        provider["metadata"]["labels"].get("cluster.x-k8s.io/v1beta2"),
        None
    );
    assert!(of("cluster.x-k8s.io", "Nothing").is_none());
}

#[test]
fn names_are_unique() {
    let mut seen = std::collections::BTreeSet::new();
    for definition in all() {
        assert!(seen.insert(definition["metadata"]["name"].as_str().unwrap().to_owned()));
        for short in definition["spec"]["names"]["shortNames"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert!(seen.insert(short.as_str().unwrap().to_owned()), "{short}");
        }
    }
}
