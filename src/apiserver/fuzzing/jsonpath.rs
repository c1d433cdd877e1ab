//! Paths of printer columns and scale subresources.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{object, texts};
use crate::jsonpath::{JsonPath, MOST_RESULTS};
use crate::registry::{Column, Resource};
use crate::table::{IncludeObject, TableOptions, render};

pub(super) fn run(data: &[u8]) -> Option<()> {
    let [path, document] = texts(data);
    let (path, document) = (std::str::from_utf8(path).ok()?, object(document)?);
    follow(path, &document);
    print(path, &document);
    Some(())
}

/// Follows a path, if it is one.
pub(crate) fn follow(text: &str, document: &Value) {
    let Ok(path) = JsonPath::parse(text) else {
        return;
    };
    let found = path.find(document);
    assert!(found.len() <= MOST_RESULTS, "no path finds without end");
    assert_eq!(path.first(document), found.first().copied());
    if let Some(fields) = path.fields() {
        let walked = fields.iter().try_fold(document, |value, field| value.get(*field));
        assert_eq!(found.first().copied(), walked, "fields lead to one place");
        assert!(found.len() <= 1);
    }
}

/// Prints the object in columns of all types.
fn print(path: &str, object: &Value) {
    let column = |kind: &str| Column {
        name: kind.to_owned(),
        kind: kind.to_owned(),
        json_path: path.to_owned(),
        ..Column::default()
    };
    let resource = Resource {
        custom: true,
        columns: ["string", "integer", "number", "boolean", "date"]
            .map(column)
            .to_vec(),
        ..Resource::default()
    };
    let options = TableOptions {
        version: "v1".to_owned(),
        include_object: IncludeObject::None,
        with_columns: true,
    };
    let table = render(&resource, &[object], json!({}), &options, Timestamp::UNIX_EPOCH);
    let cells = table.pointer("/rows/0/cells").and_then(Value::as_array);
    assert_eq!(cells.map(Vec::len), Some(6), "a cell for each column");
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let document = r#"{"metadata":{"name":"n","labels":{"a.b/c":"d"},"creationTimestamp":"2026-11-23T12:00:00Z"},"spec":{"replicas":3,"half":2.5,"on":true,"ports":[80,443,8080]},"status":{"conditions":[{"type":"Ready","status":"True","weight":2},{"type":"Available","status":"False","weight":5,"in":[{"a":1}]}]}}"#;
    let own = [
        ".spec.replicas",
        "{.spec['half']}",
        "$.metadata.labels.a\\.b/c",
        ".status.conditions[?(@.type==\"Ready\")].status",
        ".status.conditions[?(@.weight>=2)].in[?(@.a==1)].a",
        ".status.conditions[?(@.in[?(@.a)])].type",
        ".spec.ports[-2:]",
        ".spec.ports[0,2]",
        ".spec.ports[0:3:2]",
        ".spec.ports[*]",
        "..weight",
        "..[?(@..a)]",
        ".spec['replicas','on']",
        ".metadata.creationTimestamp",
        ".*.*",
        "..[?(@..[?(@..[?(@.a)])])]",
        ".spec.ports[0:,-1,1:2,*]",
    ];
    let definitions: Vec<Value> = fleetui_api::crds::all().collect();
    let columns = definitions
        .iter()
        .filter_map(|definition| definition.pointer("/spec/versions")?.as_array())
        .flatten()
        .filter_map(|version| version.get("additionalPrinterColumns")?.as_array())
        .flatten()
        .filter_map(|column| column.get("jsonPath")?.as_str());
    let mut paths: Vec<&str> = own.into_iter().chain(columns).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| [path.as_bytes(), b"\0", document.as_bytes()].concat())
        .collect()
}
