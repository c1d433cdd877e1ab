//! What stands in a ConfigMap or Secret: objects, in the order in which they are made, and a hash of all of it.
//!
//! Must not know: servers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fleetui_api::yaml_mistake::YamlMistake;
use kube::core::DynamicObject;
use ring::digest;
use serde::Deserialize as _;
use serde_json::Value;

/// Kinds that others need, in the order in which they are made; everything else follows as it stands.
const FIRST: [&str; 12] = [
    "Namespace",
    "CustomResourceDefinition",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Secret",
    "ConfigMap",
    "ServiceAccount",
    "LimitRange",
    "Pod",
    "ReplicaSet",
    "Endpoint",
];

/// `sha256:…` over all values, in the order of their keys.
pub(super) fn hash(data: &BTreeMap<String, Vec<u8>>) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    for value in data.values() {
        context.update(value);
    }
    let mut text = "sha256:".to_owned();
    for byte in context.finish().as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The objects of all values, in the order of their keys; those of one value sorted by what needs what.
///
/// # Errors
///
/// In words, where a value is neither YAML nor JSON of Kubernetes objects.
pub(super) fn objects(data: &BTreeMap<String, Vec<u8>>) -> Result<Vec<DynamicObject>, String> {
    let mut all = Vec::new();
    for (key, value) in data {
        let text = std::str::from_utf8(value).map_err(|error| format!("{key}: {error}"))?;
        let mut objects: Vec<DynamicObject> = Vec::new();
        for document in documents(text, key)? {
            let items = match document {
                Value::Null => Vec::new(),
                Value::Array(items) => items,
                one @ (Value::Object(_) | Value::String(_) | Value::Bool(_) | Value::Number(_)) => vec![one],
            };
            for item in items {
                let object = DynamicObject::deserialize(item).map_err(|error| format!("{key}: {error}"))?;
                if object.types.is_none() {
                    return Err(format!("{key}: an object has no apiVersion and kind"));
                }
                objects.push(object);
            }
        }
        objects.sort_by_key(rank);
        all.append(&mut objects);
    }
    Ok(all)
}

fn rank(object: &DynamicObject) -> usize {
    let kind = object.types.as_ref().map_or("", |types| types.kind.as_str());
    FIRST
        .iter()
        .position(|first| *first == kind)
        .unwrap_or(FIRST.len())
}

/// The documents of a value: JSON, or YAML with lines of `---` between them.
fn documents(text: &str, key: &str) -> Result<Vec<Value>, String> {
    if text.trim_start().starts_with(['[', '{'])
        && let Ok(document) = serde_json::from_str(text)
    {
        return Ok(vec![document]);
    }
    let mut parts = vec![String::new()];
    for line in text.lines() {
        if line == "---" || line.starts_with("--- ") {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    let filled = parts.iter().filter(|part| {
        part.lines()
            .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    });
    filled
        .map(|part| {
            serde_yaml::from_str::<Value>(part)
                .map_err(|error| format!("{key}: {}", YamlMistake::of(&error, true)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()))
            .collect()
    }

    fn made(pairs: &[(&str, &str)]) -> Vec<String> {
        let objects = objects(&data(pairs)).expect("objects");
        objects
            .iter()
            .map(|object| {
                let kind = object.types.as_ref().map_or("", |types| types.kind.as_str());
                format!("{kind} {}", object.metadata.name.as_deref().unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn keys_come_in_order_and_objects_of_one_key_by_what_needs_what() {
        let yaml = "# a comment\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: cni, namespace: kube-system}\n---\n\
                    apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: net}\n";
        let list = r#"[{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}]"#;
        let json = r#"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "j"}}"#;
        assert_eq!(
            made(&[("b", yaml), ("a", list), ("c", json)]),
            [
                "Service s",
                "Namespace net",
                "ConfigMap config",
                "DaemonSet cni",
                "Secret j"
            ]
        );
        assert!(made(&[("empty", "\n---\n# nothing\n")]).is_empty());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for odd in ["just text", "a: [", "kind: ConfigMap\n", "[1]"] {
            assert!(
                objects(&data(&[("k", odd)])).is_err_and(|why| why.starts_with("k: ")),
                "{odd}"
            );
        }
    }

    #[test]
    fn the_hash_follows_the_values() {
        let one = hash(&data(&[("a", "x"), ("b", "y")]));
        assert_eq!(
            one,
            // printf xy | sha256sum
            "sha256:769a4e6d0003189c7e96c5d9b7e810a0d11c3a12832527ec94b0f86d277f51ca"
        );
    }
}
