//! Owners of an object's replicas as owners of its Scale, and back.
//!
//! A Scale has a book of its own for the time of a write: those of the object's owners who own the replicas.

use std::sync::LazyLock;

use serde_json::Value;

use super::element::PathElement;
use super::fields::FieldSet;
use super::managed::{Entry, Managed, Owner};
use super::typed::TypeTable;
use crate::object::metadata;

/// The version of a Scale.
pub(crate) const SCALE_VERSION: &str = "autoscaling/v1";

/// The types of a Scale.
pub(crate) fn scale_types() -> &'static TypeTable {
    static TYPES: LazyLock<TypeTable> = LazyLock::new(|| TypeTable::built_in("autoscaling", "v1", "Scale"));
    &TYPES
}

/// Where an object in a version has its replicas.
pub(crate) struct Replicas<'a> {
    api_version: &'a str,
    path: Vec<PathElement>,
}

impl<'a> Replicas<'a> {
    /// Replicas at a path with dots: `.spec.replicas`.
    pub(crate) fn at(path: &str, api_version: &'a str) -> Self {
        let names = path.split('.').filter(|name| !name.is_empty());
        Self {
            api_version,
            path: names.map(PathElement::field).collect(),
        }
    }

    /// The `managedFields` of the Scale of an object.
    pub(crate) fn of_scale(&self, object: &Value) -> Option<Value> {
        let book = Managed::read(metadata(object, "managedFields")?).ok()?;
        let mut scale = Managed::default();
        for entry in book.entries().iter().filter(|entry| self.are_in(entry)) {
            let owner = Owner::new(
                &entry.owner.manager,
                entry.owner.operation,
                SCALE_VERSION,
                &entry.owner.subresource,
            );
            let mut of_scale = Entry::new(owner, SCALE_VERSION, in_scale());
            of_scale.time = entry.time;
            scale.put(of_scale);
        }
        scale.to_value()
    }

    /// The `managedFields` of an object once its Scale has these. Who owns the replicas newly gets an entry without a time,
    /// as upstream has it.
    pub(crate) fn of_object(&self, object: &Value, scale: Option<&Value>) -> Option<Value> {
        let recorded = metadata(object, "managedFields");
        let Ok(mut book) = Managed::read(recorded.unwrap_or(&Value::Null)) else {
            return recorded.cloned();
        };
        let scale = Managed::read(scale.unwrap_or(&Value::Null)).unwrap_or_default();
        let mut owners: Vec<Owner> = scale
            .entries()
            .iter()
            .filter(|entry| !entry.fields.is_empty())
            .map(|entry| {
                let owner = &entry.owner;
                Owner::new(
                    &owner.manager,
                    owner.operation,
                    self.api_version,
                    &owner.subresource,
                )
            })
            .collect();
        let replicas = FieldSet::of(&[&self.path]);
        for entry in book.entries_mut() {
            if !self.are_in(entry) {
                continue;
            }
            match owners.iter().position(|owner| *owner == entry.owner) {
                Some(place) => {
                    owners.swap_remove(place);
                }
                None => entry.edit(|fields| fields.subtract(&replicas)),
            }
        }
        book.drop_empty();
        for owner in owners {
            match book.of_mut(&owner) {
                Some(entry) => entry.edit(|fields| {
                    fields.insert(&self.path);
                    true
                }),
                None => book.put(Entry::new(owner, self.api_version, replicas.clone())),
            }
        }
        book.to_value()
    }

    fn are_in(&self, entry: &Entry<'_>) -> bool {
        entry.api_version == self.api_version && entry.fields.contains(&self.path)
    }
}

fn in_scale() -> FieldSet {
    FieldSet::of_names(&[&["spec", "replicas"]])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(manager: &str, subresource: &str, fields: &Value) -> Value {
        let mut entry = json!({
            "manager": manager, "operation": "Update", "apiVersion": "ex.io/v1",
            "time": "2024-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields,
        });
        if !subresource.is_empty() {
            entry["subresource"] = json!(subresource);
        }
        entry
    }

    #[test]
    fn replicas_change_hands_and_nothing_else_does() {
        let replicas = Replicas::at(".spec.replicas", "ex.io/v1");
        let object = json!({"metadata": {"managedFields": [
            entry("a", "", &json!({"f:spec": {"f:replicas": {}, "f:x": {}}})),
            entry("b", "", &json!({"f:spec": {"f:x": {}}})),
            entry("c", "scale", &json!({"f:spec": {"f:replicas": {}}})),
        ]}});
        let mut scale = replicas.of_scale(&object).unwrap();
        let managers: Vec<&str> = scale
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["manager"].as_str().unwrap())
            .collect();
        assert_eq!(managers, ["a", "c"]);
        assert_eq!(
            replicas.of_object(&object, Some(&scale)).as_ref(),
            object.pointer("/metadata/managedFields")
        );
        scale = json!([{
            "manager": "d", "operation": "Update", "apiVersion": SCALE_VERSION, "subresource": "scale",
            "time": "2024-02-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}},
        }]);
        let after = replicas.of_object(&object, Some(&scale)).unwrap();
        let expected = json!([
            {"manager": "d", "operation": "Update", "apiVersion": "ex.io/v1", "fieldsType": "FieldsV1",
             "fieldsV1": {"f:spec": {"f:replicas": {}}}, "subresource": "scale"},
            entry("a", "", &json!({"f:spec": {"f:x": {}}})),
            entry("b", "", &json!({"f:spec": {"f:x": {}}})),
        ]);
        assert_eq!(after, expected);
    }
}
