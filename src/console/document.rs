//! A whole object as YAML, ready to be read: without secrets, safe to show, and without `managedFields` unless they are wanted.
//!
//! Made where the object is read (in the runtime), so that the object itself never enters the state.

use compact_str::CompactString;
use fleetui_api::facts::{Models, models};
use fleetui_api::secret_fields::{LAST_APPLIED, is_secret};
use fleetui_base::Shown;
use serde_json::Value;

use crate::prose::Line;
use crate::theme::Role;
use serde::{Deserialize, Serialize};

/// An object that was read whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its uid.
    pub uid: CompactString,
    /// The resourceVersion that was read.
    pub resource_version: CompactString,
    /// Its YAML, line by line.
    pub lines: Vec<Line>,
    /// Its conditions in both models, whole.
    pub models: Models,
}

impl Document {
    /// Makes an object ready to be read, without its managedFields.
    pub fn new(mut object: Value) -> Self {
        if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        Self::with_managed_fields(object)
    }

    /// The same with its managedFields, where it has them.
    pub fn with_managed_fields(mut object: Value) -> Self {
        let models = models(&object);
        let text = |path: &str| {
            object
                .pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .into()
        };
        let (uid, resource_version) = (text("/metadata/uid"), text("/metadata/resourceVersion"));
        let annotations = object
            .pointer_mut("/metadata/annotations")
            .and_then(Value::as_object_mut);
        if let Some(annotations) = annotations {
            // kubectl's copy of the whole object, secrets included.
            annotations.remove(LAST_APPLIED);
        }
        if object.get("kind").and_then(Value::as_str) == Some("Secret") {
            for field in ["data", "stringData"] {
                if let Some(values) = object.get_mut(field).and_then(Value::as_object_mut) {
                    values.values_mut().for_each(hide);
                }
            }
        }
        redact(&mut object);
        // As kubectl prints it.
        object.sort_all_objects();
        let lines = match serde_yaml::to_string(&object) {
            Ok(yaml) => yaml.lines().map(line).collect(),
            Err(error) => {
                vec![Line::new().text(Role::Failed, &format!("this object cannot be shown: {error}"))]
            }
        };
        Self {
            uid,
            resource_version,
            lines,
            models,
        }
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let secret = is_secret(name);
                match field {
                    Value::String(_) if secret => hide(field),
                    Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
                    Value::Object(_) | Value::Array(_) => redact(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn hide(value: &mut Value) {
    let length = value.as_str().map_or(0, str::len);
    *value = Value::String(format!("*** ({length} bytes)"));
}

/// One line of YAML with its key in another role than its value.
fn line(text: &str) -> Line {
    let indent = text.len() - text.trim_start_matches([' ', '-']).len();
    let (lead, rest) = text.split_at_checked(indent).unwrap_or(("", text));
    let colon = rest.find(": ").or_else(|| rest.strip_suffix(':').map(str::len));
    match colon.and_then(|colon| rest.split_at_checked(colon)) {
        Some((key, value)) if !key.contains(['"', '\'', ' ']) => Line::new()
            .shown(Role::Dim, Shown::line(lead))
            .shown(Role::Property, Shown::line(key))
            .shown(Role::Text, Shown::line(value)),
        Some(_) | None => Line::new().shown(Role::Text, Shown::line(text)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(document: &Document) -> String {
        document.lines.iter().map(|line| line.plain() + "\n").collect()
    }

    #[test]
    fn secrets_and_managed_fields_are_not_in_it() {
        let document = Document::new(json!({
            "kind": "KubeadmConfig",
            "metadata": {
                "uid": "u-1", "resourceVersion": "7", "managedFields": [{"manager": "x"}],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "SENSITIVE", "a": "b"},
            },
            "spec": {
                "files": [{"path": "/etc/ssl/key.pem", "content": "SENSITIVE"}],
                "joinConfiguration": {"discovery": {"bootstrapToken": {"token": "SENSITIVE", "apiServerEndpoint": "10.0.0.1:6443"}}},
            },
        }));
        let text = plain(&document);
        assert_eq!(
            (document.uid.as_str(), document.resource_version.as_str()),
            ("u-1", "7")
        );
        assert!(
            !text.contains("SENSITIVE") && !text.contains("managedFields"),
            "{text}"
        );
        assert!(
            text.contains("*** (9 bytes)") && text.contains("10.0.0.1:6443"),
            "{text}"
        );
        let secret = Document::new(json!({"kind": "Secret", "data": {"value": "U0VOU0lUSVZF"}}));
        assert!(!plain(&secret).contains("U0VOU0lUSVZF"));
    }

    #[test]
    fn keys_stand_in_the_order_of_kubectl() {
        let document = Document::new(json!({
            "status": {"phase": "Running"}, "spec": {"version": "v1", "bootstrap": {}}, "kind": "Machine",
            "metadata": {"name": "m"}, "apiVersion": "v1",
        }));
        let keys: Vec<String> = document.lines.iter().map(Line::plain).collect();
        let keys: Vec<&str> = keys.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(
            keys,
            [
                "apiVersion",
                "kind",
                "metadata",
                "  name",
                "spec",
                "  bootstrap",
                "  version",
                "status",
                "  phase"
            ]
        );
    }

    #[test]
    fn keys_have_a_role_and_hostile_text_is_made_visible() {
        let document =
            Document::new(json!({"kind": "Machine", "status": {"message": "a\u{1b}[2Jb\u{202e}c"}}));
        let first = document.lines.first().unwrap();
        assert_eq!(first.plain(), "kind: Machine");
        assert!(
            first
                .spans
                .iter()
                .any(|span| span.role == Role::Property && span.text.as_str() == "kind")
        );
        let text = plain(&document);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    }
}
