//! From the JSON Schemas that `schemars` derives to the structural schemas that Kubernetes takes.
//!
//! A field is required if it is always written; where that does not tell (a required text that is left out while it is empty),
//! the type says so with `extend("required" = […])`. Defaults of serde are none of the API: every type says `!default`.
//!
//! Must not know: which kinds there are.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

/// What a quantity may look like, as Kubernetes writes it into its schemas.
const QUANTITY: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";

/// A DNS subdomain, `infrastructure.cluster.x-k8s.io`.
pub(crate) const DNS_SUBDOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// A DNS label, `my-name`.
pub(crate) const DNS_LABEL: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// A name with an optional prefix, as labels and types of conditions have it.
pub(crate) const QUALIFIED_NAME: &str = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";
/// A kind, `DevMachineTemplate`.
pub(crate) const KIND_NAME: &str = "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$";
/// How many machines, `[3-5]`.
pub(crate) const MACHINE_RANGE: &str = r"^\[[0-9]+-[0-9]+\]$";

/// A generator whose schemas stand alone: nothing is referred to.
pub(crate) fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
            settings.transforms = Vec::new();
        })
        .for_serialize()
        .into_generator()
}

/// The structural schema of `T`.
pub(crate) fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut schema = generator.subschema_for::<T>();
    let schema = schema.ensure_object();
    restructure(schema);
    std::mem::take(schema)
}

/// Takes away what Kubernetes forbids or would misread, here and below.
fn restructure(schema: &mut Map<String, Value>) {
    if let Some(kind) = schema.get_mut("type") {
        without_null(kind);
    }
    // A map that takes any value is said by `type: object` alone.
    if schema.get("additionalProperties").is_some_and(Value::is_boolean) {
        schema.shift_remove("additionalProperties");
    }
    for key in ["items", "additionalProperties"] {
        if let Some(Value::Object(below)) = schema.get_mut(key) {
            restructure(below);
        }
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for property in properties.values_mut() {
            if let Value::Object(below) = property {
                restructure(below);
            }
        }
    }
    if schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(Vec::is_empty)
    {
        schema.shift_remove("required");
    }
}

/// `[string, null]` is how an `Option` is derived; Kubernetes says it by not requiring the field.
fn without_null(kind: &mut Value) {
    let Value::Array(kinds) = kind else { return };
    kinds.retain(|kind| kind != "null");
    if let [only] = kinds.as_mut_slice() {
        *kind = only.take();
    }
}

/// A number or a text.
pub(crate) fn int_or_string(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "x-kubernetes-int-or-string": true,
    })
}

/// An amount, `500m` or `1Gi`.
pub(crate) fn quantity(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = int_or_string(generator);
    schema.insert("pattern".to_owned(), QUANTITY.into());
    schema
}

/// Amounts by name.
pub(crate) fn quantities(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "additionalProperties": quantity(generator)})
}

/// Any value at all.
pub(crate) fn anything(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"x-kubernetes-preserve-unknown-fields": true})
}

/// A list of any values.
pub(crate) fn list_of_anything(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": anything(generator)})
}

/// An object with any fields.
pub(crate) fn open_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

/// An object without fields.
pub(crate) fn empty_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object"})
}

/// A whole number without a format.
pub(crate) fn integer(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "integer"})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde_json::json;

    use super::*;

    /// Something.
    #[derive(Default, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase", default)]
    #[schemars(!default, extend("minProperties" = 1))]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Something {
        /// Always there.
        #[schemars(length(min = 1), extend("enum" = ["A", "B"]))]
        first_name: String,
        /// May be missing.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0))]
        count: Option<i32>,
        /// Below.
        #[serde(skip_serializing_if = "Option::is_none")]
        below: Option<Below>,
        /// More of them.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = 2), inner(length(max = 9)), extend("x-kubernetes-list-type" = "set"))]
        names: Vec<String>,
        /// By name.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        by_name: BTreeMap<String, Below>,
        /// What is copied.
        #[serde(flatten)]
        #[schemars(skip)]
        other: Map<String, Value>,
    }

    /// What stands below.
    #[derive(Default, Serialize, JsonSchema)]
    #[serde(default)]
    #[schemars(!default, extend("required" = []))]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Below {
        /// Seldom there.
        always: bool,
        /// As text or number.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(schema_with = "int_or_string", extend("default" = "1"))]
        either: Option<Value>,
    }

    #[test]
    fn a_type_becomes_a_structural_schema() {
        let below = json!({
            "type": "object",
            "description": "What stands below.",
            "properties": {
                "always": {"type": "boolean", "description": "Seldom there."},
                "either": {
                    "anyOf": [{"type": "integer"}, {"type": "string"}],
                    "x-kubernetes-int-or-string": true,
                    "description": "As text or number.",
                    "default": "1",
                },
            },
        });
        let mut described = below.clone();
        described["description"] = "Below.".into();
        assert_eq!(
            Value::Object(of::<Something>(&mut generator())),
            json!({
                "type": "object",
                "description": "Something.",
                "properties": {
                    "firstName": {
                        "type": "string", "description": "Always there.", "minLength": 1, "enum": ["A", "B"],
                    },
                    "count": {
                        "type": "integer", "format": "int32", "description": "May be missing.", "minimum": 0,
                    },
                    "below": described,
                    "names": {
                        "type": "array",
                        "description": "More of them.",
                        "items": {"type": "string", "maxLength": 9},
                        "maxItems": 2,
                        "x-kubernetes-list-type": "set",
                    },
                    "byName": {
                        "type": "object", "description": "By name.", "additionalProperties": below,
                    },
                },
                "required": ["firstName"],
                "minProperties": 1,
            })
        );
    }
}
