//! Objects for tests of plans, from JSON.

use std::sync::Arc;

use fleetui_api::v1beta2::{Cluster, Kind, Machine};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::kinds::Watched;
use crate::object::Object;

/// The time of every test.
pub(crate) fn now() -> Timestamp {
    "2026-08-21T12:00:00Z".parse().expect("a time")
}

/// An object with this name and uid in `default`, and whatever `more` says.
pub(crate) fn object<K: Kind>(name: &str, more: &Value) -> Arc<Object<K>> {
    let kind = Watched::of::<K>().expect("a watched kind");
    let mut object = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind(),
        "metadata": {
            "name": name, "namespace": "default", "uid": format!("uid-{name}"), "resourceVersion": "1", "generation": 1,
            "creationTimestamp": "2026-08-21T11:00:00Z"
        }
    });
    json_patch::merge(&mut object, more);
    Arc::new(
        Object::parse(&serde_json::from_value(object).expect("an object")).expect("an object of its kind"),
    )
}

/// A cluster whose infrastructure stands and whose control plane is initialised.
pub(crate) fn cluster() -> Arc<Object<Cluster>> {
    object(
        "c",
        &json!({
            "spec": {"controlPlaneEndpoint": {"host": "192.0.2.1", "port": 6443}},
            "status": {"initialization": {"infrastructureProvisioned": true, "controlPlaneInitialized": true}}
        }),
    )
}

/// A machine with a node and these conditions, `("Ready", "True")`.
pub(crate) fn machine(name: &str, conditions: &[(&str, &str)], more: &Value) -> Arc<Object<Machine>> {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(kind, status)| json!({"type": kind, "status": status, "reason": "Because", "message": ""}))
        .collect();
    let mut whole = json!({
        "spec": {"clusterName": "c", "version": "v1.31.0"},
        "status": {"nodeRef": {"name": name}, "conditions": conditions}
    });
    json_patch::merge(&mut whole, more);
    object(name, &whole)
}
