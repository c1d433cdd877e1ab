//! A description as JSON or YAML, for programs. Texts of the cluster stay what they are where the format can escape what a
//! terminal would obey, and are made visible where it cannot.

use std::fmt::Write as _;

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::describe::Described;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// What is printed: where and when it was seen, then the tree.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed<'a> {
    management_cluster: &'a ManagementCluster,
    as_of: Timestamp,
    #[serde(flatten)]
    described: &'a Described,
}

fn printed<'a>(
    management_cluster: &'a ManagementCluster,
    now: Timestamp,
    described: &'a Described,
) -> Printed<'a> {
    Printed {
        management_cluster,
        // Whole seconds, as the times of the objects are.
        as_of: Timestamp::from_second(now.as_second()).unwrap_or(now),
        described,
    }
}

/// One JSON object.
pub(super) fn json(
    management_cluster: &ManagementCluster,
    now: Timestamp,
    described: &Described,
) -> color_eyre::Result<String> {
    let text = serde_json::to_string_pretty(&printed(management_cluster, now, described))?;
    Ok(escaped(&text) + "\n")
}

/// One YAML document, which begins with its mark so that several can follow each other.
pub(super) fn yaml(
    management_cluster: &ManagementCluster,
    now: Timestamp,
    described: &Described,
) -> color_eyre::Result<String> {
    let mut value = serde_json::to_value(printed(management_cluster, now, described))?;
    make_visible(&mut value);
    Ok(format!("---\n{}", serde_yaml::to_string(&value)?))
}

/// JSON writes any character as its number, so that none has to reach the terminal that would steer it.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        let mut buffer = [0; 4];
        let text: &str = character.encode_utf8(&mut buffer);
        if character == '\n' || Shown::line(text).as_str() == text {
            safe.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe
}

fn make_visible(value: &mut Value) {
    match value {
        Value::String(text) => {
            let lines: Vec<String> = Shown::lines(text).iter().map(ToString::to_string).collect();
            *text = lines.join("\n");
        }
        Value::Array(list) => list.iter_mut().for_each(make_visible),
        Value::Object(fields) => fields.values_mut().for_each(make_visible),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::describe::{ClusterObjects, DescribeOptions, describe};
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-08-21T12:00:00Z";
    const HOSTILE: &str = "one\u{1b}]0;title\u{7}\n\u{202e}two\u{9b}2J \u{e0041}東京";

    fn described() -> Described {
        let objects = ClusterObjects {
            cluster: json!({
                "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
                "metadata": {"namespace": "default", "name": "c", "uid": "1"},
                "spec": {}, "status": {"conditions": [{
                    "type": "Available", "status": "False", "reason": "NotAvailable", "message": HOSTILE,
                    "lastTransitionTime": "2026-08-21T11:00:00Z",
                }]},
            }),
            ..ClusterObjects::default()
        };
        describe(&objects, &DescribeOptions::default())
    }

    fn is_safe(text: &str) -> bool {
        text.lines().all(|line| Shown::line(line).as_str() == line)
    }

    #[test]
    fn anchor_78_json_says_when_and_where_it_was_seen_and_steers_no_terminal() {
        let text = json(
            &ManagementCluster::new("taipei"),
            NOW.parse().unwrap(),
            &described(),
        )
        .unwrap();
        assert!(is_safe(&text), "{text:?}");
        let read: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "managementCluster": "taipei",
            "asOf": NOW,
            "cluster": {
                "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "namespace": "default", "name": "c",
                "conditions": [{
                    "type": "Available", "status": "False", "reason": "NotAvailable", "message": HOSTILE,
                    "lastTransitionTime": "2026-08-21T11:00:00Z",
                }],
            },
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn yaml_is_one_document_and_steers_no_terminal() {
        let text = yaml(
            &ManagementCluster::new("taipei"),
            NOW.parse().unwrap(),
            &described(),
        )
        .unwrap();
        assert!(text.starts_with("---\n") && is_safe(&text), "{text:?}");
        let read: Value = serde_yaml::from_str(text.trim_start_matches("---\n")).unwrap();
        assert_eq!(read["cluster"]["name"], "c");
        assert_eq!(
            read["cluster"]["conditions"][0]["message"],
            "one␛]0;title␇\n<U+202E>two<U+009B>2J <U+E0041>東京"
        );
    }
}
