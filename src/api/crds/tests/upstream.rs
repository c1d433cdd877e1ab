//! Field by field: everything that a schema says but the descriptions, which are our own.

use std::path::{Path, PathBuf};

use super::differences::{DIFFERENCES, Difference, LEFT_OUT, What};
use super::*;

/// Folders of upstream's files. Where a fork has changed a kind, both files are compared.
const FOLDERS: [&str; 4] = ["v1beta2", "byoh", "byoh-fork", "aws"];

fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/crds")
        .join(name);
    if !folder.exists() {
        println!("skipped: {} is not here", folder.display());
        return None;
    }
    Some(folder)
}

/// The definitions of a folder, by name.
fn read(folder: &Path) -> BTreeMap<String, Value> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let definition: Value = serde_yaml::from_str(&text).unwrap();
            (
                definition["metadata"]["name"].as_str().unwrap().to_owned(),
                definition,
            )
        })
        .collect()
}

/// What was found: the folder, the kind with its version, the path, and how it differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    folder: String,
    of: String,
    path: String,
    what: What,
    detail: String,
}

impl Found {
    fn is_meant_by(&self, difference: &Difference) -> bool {
        self.is_like(difference) && difference.of.contains(&self.of.as_str())
    }

    /// Whether the entry is about it, the kinds aside.
    fn is_like(&self, difference: &Difference) -> bool {
        let path = match difference.path.strip_suffix('*') {
            Some(start) => self.path.starts_with(start),
            None => self.path == difference.path,
        };
        path && self.folder == difference.folder && self.what == difference.what
    }
}

/// What each path of a schema says, descriptions and what stands below aside.
fn facts(schema: &Value) -> BTreeMap<String, Map<String, Value>> {
    let mut facts = BTreeMap::new();
    walk(schema, "", true, &mut |path, _, schema| {
        let mut own: Map<String, Value> = schema
            .iter()
            .filter(|(key, _)| {
                !["description", "properties", "items", "additionalProperties"].contains(&key.as_str())
            })
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if let Some(Value::Array(required)) = own.get_mut("required") {
            required.sort_by_key(ToString::to_string);
        }
        facts.insert(path.to_owned(), own);
    });
    facts
}

fn compare_schemas(ours: &Value, theirs: &Value, report: &mut impl FnMut(&str, What, String)) {
    let (ours, theirs) = (facts(ours), facts(theirs));
    for (path, theirs) in &theirs {
        match ours.get(path) {
            None => report(path, What::Missing, String::new()),
            Some(ours) if ours != theirs => {
                let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
                for key in keys {
                    let (ours, theirs) = (ours.get(key), theirs.get(key));
                    if ours != theirs {
                        let shown =
                            |value: Option<&Value>| value.map_or("nothing".to_owned(), ToString::to_string);
                        let detail = format!("{key}: {} for {}", shown(ours), shown(theirs));
                        report(path, What::Changed, detail);
                    }
                }
            }
            Some(_) => {}
        }
    }
    for path in ours.keys().filter(|path| !theirs.contains_key(*path)) {
        report(path, What::Added, String::new());
    }
}

/// Columns without their descriptions, which are our own.
fn columns(version: &Value) -> Vec<Value> {
    let keys = ["name", "type", "format", "jsonPath", "priority"];
    version["additionalPrinterColumns"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|column| keys.iter().map(|key| column[*key].clone()).collect())
        .collect()
}

fn compare_versions(ours: &Value, theirs: &Value, report: &mut impl FnMut(&str, What, String)) {
    let none = json!({});
    let subresources = |version: &Value| version.get("subresources").unwrap_or(&none).clone();
    if columns(ours) != columns(theirs) {
        let detail = format!("{:?} for {:?}", columns(ours), columns(theirs));
        report("columns", What::Changed, detail);
    }
    if subresources(ours) != subresources(theirs) {
        let detail = format!("{} for {}", subresources(ours), subresources(theirs));
        report("subresources", What::Changed, detail);
    }
    for key in [
        "served",
        "storage",
        "deprecated",
        "deprecationWarning",
        "selectableFields",
    ] {
        if ours.get(key) != theirs.get(key) {
            report(key, What::Changed, format!("{} for {}", ours[key], theirs[key]));
        }
    }
    let schema = |version: &Value| version["schema"]["openAPIV3Schema"].clone();
    compare_schemas(&schema(ours), &schema(theirs), report);
}

fn compare(folder: &str, ours: &Value, theirs: &Value, found: &mut Vec<Found>) {
    let kind = kind_of(theirs).to_owned();
    let mut report = |version: &str, path: &str, what: What, detail: String| {
        found.push(Found {
            folder: folder.to_owned(),
            of: format!("{kind}/{version}"),
            path: path.to_owned(),
            what,
            detail,
        });
    };
    for part in ["group", "scope", "names"] {
        let (ours, theirs) = (&ours["spec"][part], &theirs["spec"][part]);
        if ours != theirs {
            report("all", part, What::Changed, format!("{ours} for {theirs}"));
        }
    }
    let (ours, theirs) = (versions_of(ours), versions_of(theirs));
    for (name, theirs) in &theirs {
        match ours.get(name) {
            Some(ours) => compare_versions(ours, theirs, &mut |path, what, detail| {
                report(name, path, what, detail);
            }),
            None => report(name, "version", What::Missing, String::new()),
        }
    }
    for name in ours.keys().filter(|name| !theirs.contains_key(*name)) {
        report(name, "version", What::Added, String::new());
    }
}

#[test]
fn every_definition_is_what_upstream_says_but_for_the_reviewed_differences() {
    let mut found = Vec::new();
    let mut compared = BTreeSet::new();
    let all: Vec<Value> = all().collect();
    for name in FOLDERS {
        let Some(folder) = folder(name) else { return };
        for (definition, theirs) in read(&folder) {
            let ours = all.iter().find(|ours| ours["metadata"]["name"] == *definition);
            let left_out = LEFT_OUT.iter().any(|(left_out, _)| *left_out == definition);
            assert_eq!(ours.is_none(), left_out, "{definition} is served or left out");
            if let Some(ours) = ours {
                compare(name, ours, &theirs, &mut found);
                compared.insert(definition);
            }
        }
    }
    assert_eq!(compared.len(), all.len(), "all of ours are compared");
    let unknown: Vec<String> = found
        .iter()
        .filter(|found| !DIFFERENCES.iter().any(|difference| found.is_meant_by(difference)))
        .map(|found| format!("{found:?}"))
        .collect();
    assert!(
        unknown.is_empty(),
        "{} differences:\n{}",
        unknown.len(),
        unknown.join("\n")
    );
    for difference in &DIFFERENCES {
        assert!(!difference.reason.is_empty(), "without a reason: {difference:?}");
        for of in difference.of {
            let needed = found
                .iter()
                .any(|found| found.is_like(difference) && found.of == *of);
            assert!(needed, "no difference of {of} any more: {difference:?}");
        }
    }
}

#[test]
fn a_difference_is_found() {
    let theirs = json!({
        "type": "object",
        "properties": {
            "a": {"type": "string", "maxLength": 3, "description": "theirs"},
            "b": {"type": "array", "items": {"type": "string"}},
            "c": {"type": "object", "additionalProperties": {"type": "integer", "format": "int32"}},
        },
        "required": ["b", "a"],
    });
    let mut ours = theirs.clone();
    let differences = |ours: &Value| {
        let mut found = Vec::new();
        compare_schemas(ours, &theirs, &mut |path, what, detail| {
            found.push(format!("{path} {what:?} {detail}"));
        });
        found
    };
    ours["properties"]["a"]["description"] = "ours".into();
    ours["required"] = json!(["a", "b"]);
    assert_eq!(differences(&ours), Vec::<String>::new());
    ours["properties"]["a"]["maxLength"] = 4.into();
    ours["properties"]["b"]["items"] = json!({"type": "integer"});
    ours["properties"]["c"] = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    ours["properties"]["d"] = json!({"type": "string"});
    assert_eq!(
        differences(&ours),
        [
            ".a Changed maxLength: 4 for 3",
            ".b[] Changed type: \"integer\" for \"string\"",
            ".c Changed x-kubernetes-preserve-unknown-fields: true for nothing",
            ".c{} Missing ",
            ".d Added ",
        ]
    );
}
