//! What Cluster API's webhooks fill into an object, for servers that have none: asked of the same rules.

use fleetui_api::v1beta2::Kind;
use fleetui_rules::admission::{self, Lookup, Operation, Write};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::kinds::Watched;
use crate::object::Object;

/// A judge who has nothing but the object itself.
pub(crate) struct Alone;

impl Lookup for Alone {
    fn get(&self, _: &str, _: &str, _: &str, _: &str) -> Option<Value> {
        None
    }

    fn list(&self, _: &str, _: &str, _: &str) -> Vec<Value> {
        Vec::new()
    }
}

/// Fills in what is missing. An object for which that cannot be told stays as it is; what is wrong with it is told elsewhere.
pub(crate) fn fill<K>(object: &mut Object<K>)
where
    K: Kind,
    K::Spec: DeserializeOwned,
{
    if let Some((spec, labels)) = filled(object) {
        object.spec = spec;
        object.metadata.labels = labels;
    }
}

type Labels = Option<std::collections::BTreeMap<String, String>>;

fn filled<K>(object: &Object<K>) -> Option<(K::Spec, Labels)>
where
    K: Kind,
    K::Spec: DeserializeOwned,
{
    let kind = Watched::of::<K>()?;
    let before = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind(),
        "metadata": {
            "name": object.name(), "namespace": object.namespace(),
            "labels": object.metadata.labels, "annotations": object.metadata.annotations,
        },
        "spec": serde_json::to_value(&object.spec).ok()?,
    });
    let write = Write {
        group: kind.group(),
        kind: kind.kind(),
        operation: Operation::Update,
        old: Some(&before),
        object: &before,
        dry_run: false,
    };
    let mut after = before.clone();
    admission::default(&write, &mut after, &Alone).ok()?;
    let spec = serde_json::from_value(after.get_mut("spec")?.take()).ok()?;
    let labels = after.pointer_mut("/metadata/labels").map(Value::take);
    Some((
        spec,
        labels.and_then(|labels| serde_json::from_value(labels).ok()),
    ))
}
