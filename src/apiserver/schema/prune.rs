//! Pruning: what the schema does not know is not stored, and neither are nulls where there may be none.
//!
//! Source: `apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting,objectmeta}`.

use serde_json::{Map, Value};

use super::causes::Path;
use super::structural::Structural;

/// The most unknown fields that are told of.
const MOST: usize = 100;

/// Fields that every resource has, whatever its schema says.
const OF_EVERY_RESOURCE: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// What `metadata` knows.
const METADATA: [&str; 15] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// Takes away what `schema` does not know of an object, and answers with the paths of what went, sorted.
pub(crate) fn prune(object: &mut Value, schema: &Structural) -> Vec<String> {
    let mut pruning = Pruning(Vec::new());
    if let Value::Object(fields) = object {
        pruning.resource(fields, schema, &Path::Root);
    }
    pruning.0.sort();
    pruning.0
}

/// Takes away what `schema` does not know of a part of an object.
pub(crate) fn prune_value(value: &mut Value, schema: &Structural) {
    Pruning(Vec::new()).value(value, schema, &Path::Root);
}

struct Pruning(Vec<String>);

impl Pruning {
    fn tell(&mut self, path: &Path<'_>) {
        if self.0.len() < MOST {
            self.0.push(path.to_string());
        }
    }

    /// An object with `apiVersion`, `kind` and `metadata`: the root, or one that is embedded.
    fn resource(&mut self, fields: &mut Map<String, Value>, schema: &Structural, path: &Path<'_>) {
        if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
            let place = path.field("metadata");
            self.keep(metadata, |name| METADATA.contains(&name), &place);
        }
        self.fields(fields, schema, path, true);
    }

    /// Removes the fields that are not wanted. Looks first: mostly there are none, and removing costs.
    fn keep(&mut self, fields: &mut Map<String, Value>, wanted: impl Fn(&str) -> bool, path: &Path<'_>) {
        if fields.keys().all(|name| wanted(name)) {
            return;
        }
        fields.retain(|name, _| {
            let keep = wanted(name);
            if !keep {
                self.tell(&path.field(name));
            }
            keep
        });
    }

    fn value(&mut self, value: &mut Value, schema: &Structural, path: &Path<'_>) {
        match value {
            Value::Object(fields) if schema.embedded => self.resource(fields, schema, path),
            Value::Object(fields) => self.fields(fields, schema, path, false),
            Value::Array(items) => {
                let inner = schema.items.as_deref();
                for (index, item) in items.iter_mut().enumerate() {
                    let place = path.index(index);
                    match inner {
                        Some(inner) if schema.preserve_unknown => self.preserved(item, inner, &place),
                        Some(inner) => self.value(item, inner, &place),
                        None if schema.preserve_unknown => {}
                        None => self.unknown(item, &place),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// An item of a list whose unknown fields are preserved: its own are too, whether its schema says so or not.
    fn preserved(&mut self, value: &mut Value, schema: &Structural, path: &Path<'_>) {
        match value {
            Value::Object(fields) => self.known_fields(fields, schema, path, schema.embedded),
            Value::Array(items) => {
                if let Some(inner) = schema.items.as_deref() {
                    for (index, item) in items.iter_mut().enumerate() {
                        self.preserved(item, inner, &path.index(index));
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn fields(
        &mut self,
        fields: &mut Map<String, Value>,
        schema: &Structural,
        path: &Path<'_>,
        resource: bool,
    ) {
        if !schema.preserve_unknown && schema.additional.is_none() {
            let known = |name: &str| {
                schema.properties.contains_key(name) || (resource && OF_EVERY_RESOURCE.contains(&name))
            };
            self.keep(fields, known, path);
        }
        self.known_fields(fields, schema, path, resource);
    }

    /// Goes into the fields that the schema knows, and takes away nulls that may not be there.
    fn known_fields(
        &mut self,
        fields: &mut Map<String, Value>,
        schema: &Structural,
        path: &Path<'_>,
        resource: bool,
    ) {
        let mut nulls = false;
        for (name, value) in fields.iter_mut() {
            if resource && OF_EVERY_RESOURCE.contains(&name.as_str()) {
                continue;
            }
            let place = path.field(name);
            match schema.field(name) {
                Some(inner) => {
                    nulls |= value.is_null() && is_no_null(inner);
                    self.value(value, inner, &place);
                }
                None if schema.additional.is_any() && !schema.preserve_unknown => self.unknown(value, &place),
                None => {}
            }
        }
        if nulls {
            fields.retain(|name, value| !(value.is_null() && schema.field(name).is_some_and(is_no_null)));
        }
    }

    /// A value of which nothing is known: no field of it is.
    fn unknown(&mut self, value: &mut Value, path: &Path<'_>) {
        match value {
            Value::Object(fields) => {
                for name in fields.keys() {
                    self.tell(&path.field(name));
                }
                fields.clear();
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.unknown(item, &path.index(index));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// Whether a null is as good as nothing there. Where there is a default, that takes its place later.
fn is_no_null(schema: &Structural) -> bool {
    !schema.nullable && schema.default.is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pruned(schema: &Value, mut object: Value) -> (Value, Vec<String>) {
        let unknown = prune(&mut object, &Structural::read(schema));
        (object, unknown)
    }

    #[test]
    fn only_what_the_schema_knows_stays() {
        let schema = json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "a": {"type": "string"},
                "list": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "integer"}}}},
                "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"y": {"type": "integer"}}}},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    "properties": {"known": {"type": "object", "properties": {"z": {"type": "integer"}}}}},
                "either": {"x-kubernetes-int-or-string": true},
            }},
        }});
        let (object, unknown) = pruned(
            &schema,
            json!({
                "apiVersion": "v1", "kind": "K", "other": 1,
                "metadata": {"name": "n", "clusterName": "x", "labels": {"free": "text"}},
                "spec": {
                    "a": "s", "b": {"c": 1}, "either": "10%",
                    "list": [{"x": 1, "w": 2}, {}],
                    "map": {"one": {"y": 1, "q": 2}},
                    "free": {"any": {"thing": 1}, "known": {"z": 1, "p": 2}},
                },
            }),
        );
        assert_eq!(
            object,
            json!({
                "apiVersion": "v1", "kind": "K",
                "metadata": {"name": "n", "labels": {"free": "text"}},
                "spec": {
                    "a": "s", "either": "10%", "list": [{"x": 1}, {}], "map": {"one": {"y": 1}},
                    "free": {"any": {"thing": 1}, "known": {"z": 1}},
                },
            })
        );
        assert_eq!(
            unknown,
            [
                "metadata.clusterName",
                "other",
                "spec.b",
                "spec.free.known.p",
                "spec.list[0].w",
                "spec.map.one.q"
            ]
        );
    }

    #[test]
    fn embedded_resources_keep_what_every_resource_has() {
        let schema = json!({"type": "object", "properties": {
            "template": {"type": "object", "x-kubernetes-embedded-resource": true,
                "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}}}},
            "any": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true},
        }});
        let inner = json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": "n", "zzz": 1}, "spec": {"a": "s", "b": 1}});
        let (object, unknown) = pruned(&schema, json!({"template": inner, "any": inner}));
        assert_eq!(
            object["template"],
            json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": "n"}, "spec": {"a": "s"}})
        );
        assert_eq!(object["any"]["spec"], json!({"a": "s", "b": 1}));
        assert_eq!(
            unknown,
            ["any.metadata.zzz", "template.metadata.zzz", "template.spec.b"]
        );
    }

    #[test]
    fn nulls_go_where_there_may_be_none() {
        let schema = json!({"type": "object", "properties": {
            "a": {"type": "string"},
            "b": {"type": "string", "nullable": true},
            "c": {"type": "string", "default": "x"},
            "m": {"type": "object", "additionalProperties": {"type": "string"}},
            "l": {"type": "array", "items": {"type": "string"}},
        }});
        let (object, unknown) = pruned(
            &schema,
            json!({"a": null, "b": null, "c": null, "m": {"k": null}, "l": [null]}),
        );
        assert_eq!(object, json!({"b": null, "c": null, "m": {}, "l": [null]}));
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
