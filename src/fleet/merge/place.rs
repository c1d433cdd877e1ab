//! Where something stands in an object: as a JSON pointer, and as the same with `*` for every index of a list.

use serde_json::Value;

/// A place.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// The pointer.
    pub(super) pointer: String,
    /// The pointer with `*` in the place of indices.
    pub(super) pattern: String,
}

impl Place {
    /// A field of what stands here.
    pub(super) fn field(&self, name: &str) -> Self {
        let escaped = escaped(name);
        Self {
            pointer: format!("{}/{escaped}", self.pointer),
            pattern: format!("{}/{escaped}", self.pattern),
        }
    }

    /// An element of the list that stands here.
    pub(super) fn element(&self, index: usize) -> Self {
        Self {
            pointer: format!("{}/{index}", self.pointer),
            pattern: format!("{}/*", self.pattern),
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Puts `chosen` where `pointer` leads, or takes away what stands there.
pub(super) fn set(value: &mut Value, pointer: &str, chosen: Option<Value>) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        *value = chosen.unwrap_or(Value::Null);
        return;
    };
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            let name = last.replace("~1", "/").replace("~0", "~");
            match chosen {
                Some(chosen) => {
                    fields.insert(name, chosen);
                }
                None => {
                    fields.shift_remove(&name);
                }
            }
        }
        Some(Value::Array(elements)) => {
            let Some(index) = last.parse().ok().filter(|index: &usize| *index < elements.len()) else {
                return;
            };
            match (chosen, elements.get_mut(index)) {
                (Some(chosen), Some(element)) => *element = chosen,
                (None, Some(_)) => {
                    elements.remove(index);
                }
                (_, None) => {}
            }
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
    }
}

/// What tells an element of a list of this kind from the others; nothing where that cannot be told.
pub(super) fn identities(
    elements: &[Value],
    keys: Option<&[compact_str::CompactString]>,
) -> Option<Vec<String>> {
    let identity = |element: &Value| match (keys, element) {
        (Some(keys), Value::Object(fields)) => Some(
            keys.iter()
                .map(|key| fields.get(key.as_str()).unwrap_or(&Value::Null).to_string())
                .collect::<Vec<_>>()
                .join("/"),
        ),
        (None, Value::Bool(_) | Value::Number(_) | Value::String(_)) => Some(element.to_string()),
        (Some(_) | None, _) => None,
    };
    let found: Vec<String> = elements.iter().map(identity).collect::<Option<_>>()?;
    let unique: std::collections::HashSet<&str> = found.iter().map(String::as_str).collect();
    (unique.len() == found.len()).then_some(found)
}
