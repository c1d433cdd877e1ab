//! What stands in the place of a secret in an object that is shown or edited: it only says how long the secret is.

use serde_json::Value;

use crate::secret_fields::is_secret;

/// What stands in the place of a secret begins and ends so; between them is how long it is.
const HIDDEN: (&str, &str) = ("*** (", " bytes)");

/// Puts something in the place of every secret of an object that only says how long it is.
pub fn hide(object: &mut Value) {
    if object.get("kind").and_then(Value::as_str) == Some("Secret") {
        for field in ["data", "stringData"] {
            if let Some(values) = object.get_mut(field).and_then(Value::as_object_mut) {
                values.values_mut().for_each(hide_value);
            }
        }
    }
    hide_fields(object);
}

fn hide_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Value::String(_) if is_secret(name) => hide_value(field),
                    Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
                    Value::Object(_) | Value::Array(_) => hide_fields(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Hides one value; what is hidden already stays as it is.
pub fn hide_value(value: &mut Value) {
    if value.as_str().is_some_and(is_hidden) {
        return;
    }
    let length = value.as_str().map_or(0, str::len);
    let (begin, end) = HIDDEN;
    *value = Value::String(format!("{begin}{length}{end}"));
}

/// Whether this text stands in the place of a secret.
pub fn is_hidden(text: &str) -> bool {
    let length = text
        .strip_prefix(HIDDEN.0)
        .and_then(|text| text.strip_suffix(HIDDEN.1));
    length.is_some_and(|length| !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a secret is hidden somewhere in it.
pub fn holds_hidden(value: &Value) -> bool {
    match value {
        Value::String(text) => is_hidden(text),
        Value::Array(items) => items.iter().any(holds_hidden),
        Value::Object(fields) => fields.values().any(holds_hidden),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_and_known_as_hidden() {
        let mut object = json!({
            "kind": "KubeadmConfig",
            "spec": {"files": [{"path": "/a", "content": "key"}], "token": "abc", "tokens": ["x"], "content": {"secret": {"name": "n"}}},
        });
        assert!(!holds_hidden(&object));
        hide(&mut object);
        assert_eq!(
            object["spec"],
            json!({"files": [{"path": "/a", "content": "*** (3 bytes)"}], "token": "*** (3 bytes)", "tokens": ["x"], "content": {"secret": {"name": "n"}}})
        );
        let once = object.clone();
        hide(&mut object);
        assert_eq!(object, once, "what is hidden is not hidden again");
        assert!(holds_hidden(&object) && holds_hidden(&object["spec"]["files"]));
        assert!(!holds_hidden(&object["spec"]["tokens"]));
        let mut secret = json!({"kind": "Secret", "data": {"value": "U0U="}, "type": "t"});
        hide(&mut secret);
        assert_eq!(secret["data"]["value"], "*** (4 bytes)");
        for (text, hidden) in [
            ("*** (12 bytes)", true),
            ("*** ( bytes)", false),
            ("*** (a bytes)", false),
            ("***", false),
        ] {
            assert_eq!(is_hidden(text), hidden, "{text}");
        }
    }
}
