//! Upstream's definitions and templates, read from beside the checkout; nothing of them is copied into it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Where the data is, where it is at hand.
pub(crate) fn data() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// The definitions of these folders, each with the contract that its provider's releases say in labels. Of a name that is in
/// several folders, the first holds.
pub(crate) fn definitions(folders: &[(PathBuf, &[(&str, &str)])]) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let mut definitions = Vec::new();
    for (folder, contracts) in folders {
        for file in files(folder) {
            for mut definition in documents(&std::fs::read_to_string(&file).unwrap()) {
                if !seen.insert(definition["metadata"]["name"].to_string()) {
                    continue;
                }
                for (contract, version) in *contracts {
                    definition["metadata"]["labels"][format!("cluster.x-k8s.io/{contract}")] = json!(version);
                }
                definitions.push(definition);
            }
        }
    }
    definitions
}

/// The YAML files of a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// The documents of a YAML text.
fn documents(text: &str) -> Vec<Value> {
    let documents = format!("\n{text}");
    let documents = documents
        .split("\n---")
        .filter(|document| document.contains("kind:"));
    documents
        .map(|document| serde_yaml::from_str(document).unwrap())
        .collect()
}

/// A template's objects, with its variables filled in as `clusterctl generate` does.
pub(crate) fn rendered(file: &Path, variables: &BTreeMap<&str, String>) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut filled = String::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once("${") {
        let (variable, after) = behind.split_once('}').unwrap();
        let with_default = variable.split_once(":=").or_else(|| variable.split_once(":-"));
        let (name, default) = with_default.map_or((variable, None), |(name, default)| (name, Some(default)));
        let value = variables.get(name).map(String::as_str).or(default);
        filled.push_str(before);
        filled.push_str(value.unwrap_or_else(|| panic!("{}: no value for {name}", file.display())));
        rest = after;
    }
    documents(&(filled + rest))
}

/// Whether `whole` has everything that `part` has: the definitions' defaults come on top of what was written.
pub(crate) fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| contains(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}
