//! Whom changes of hosts wake, and by whose clock hosts are heard.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cache::{Cache, Triggers};
use crate::kinds::{ObjectId, Watched};

/// Puts an object into the cache, and tells who is woken.
fn put(
    cache: &Cache,
    triggers: &Triggers,
    kind: Watched,
    namespace: &str,
    name: &str,
    more: &Value,
) -> Vec<String> {
    let mut object = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind(),
        "metadata": {"name": name, "namespace": namespace, "uid": format!("{namespace}-{name}")}
    });
    json_patch::merge(&mut object, more);
    let id = ObjectId::new(kind, namespace, name);
    cache.put(id, serde_json::from_value(object).expect("an object"));
    triggers.take().keys().map(ToString::to_string).collect()
}

fn host(version: u32, heartbeat: &str, connected: &str) -> Value {
    json!({
        "metadata": {"resourceVersion": version.to_string(), "managedFields": [
            {"manager": "manager", "operation": "Update", "apiVersion": "v1", "time": "2026-08-21T15:00:00Z",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {"f:machineRef": {}}}},
            {"manager": "agent", "operation": "Update", "apiVersion": "v1", "time": "2026-08-21T12:00:00Z",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {"f:lastHeartbeatTime": {}}}}
        ]},
        "status": {
            "hostinfo": {"osname": "linux"}, "lastHeartbeatTime": heartbeat,
            "conditions": [{"type": "AgentConnected", "status": connected, "lastTransitionTime": "2026-08-21T11:00:00Z"}]
        }
    })
}

/// Its own clock is three hours ahead.
#[test]
fn a_heartbeat_counts_from_when_the_server_took_it_in() {
    let triggers = Arc::new(Triggers::default());
    let cache = Cache::new(triggers.clone());
    put(
        &cache,
        &triggers,
        Watched::ByoHost,
        "default",
        "node-1",
        &host(1, "2026-08-21T15:00:00Z", "True"),
    );
    let entry = cache
        .entry(&ObjectId::new(Watched::ByoHost, "default", "node-1"))
        .expect("a host");
    assert_eq!(
        entry.heard().map(|heard| heard.to_string()).as_deref(),
        Some("2026-08-21T12:00:00Z")
    );
    assert_eq!(entry.object.metadata.managed_fields, None, "they are not kept");
}

#[test]
fn a_heartbeat_wakes_nobody_unless_the_host_was_lost() {
    let triggers = Arc::new(Triggers::default());
    let cache = Cache::new(triggers.clone());
    let beat = |version, at, connected| {
        put(
            &cache,
            &triggers,
            Watched::ByoHost,
            "default",
            "node-1",
            &host(version, at, connected),
        )
    };
    let itself = ["ByoHost default/node-1"];
    assert_eq!(beat(1, "2026-08-21T12:00:00Z", "True"), itself, "it is new");
    assert!(beat(2, "2026-08-21T12:00:30Z", "True").is_empty());
    assert_eq!(
        beat(3, "2026-08-21T12:00:30Z", "False"),
        itself,
        "that changes something"
    );
    assert_eq!(
        beat(4, "2026-08-21T12:03:00Z", "False"),
        itself,
        "it is heard again"
    );
}

/// Upstream took hosts of any namespace.
#[test]
fn a_host_that_becomes_free_wakes_the_machines_of_its_namespace_that_have_none() {
    let triggers = Arc::new(Triggers::default());
    let cache = Cache::new(triggers.clone());
    let machine = Watched::ByoMachine;
    put(&cache, &triggers, machine, "default", "waits", &json!({}));
    put(&cache, &triggers, machine, "other", "elsewhere", &json!({}));
    put(
        &cache,
        &triggers,
        machine,
        "default",
        "has",
        &json!({"status": {"hostRef": {"name": "node-9"}}}),
    );
    let mut taken = host(1, "2026-08-21T12:00:00Z", "True");
    taken["spec"] = json!({"claimRef": {"name": "has"}});
    let woken = put(&cache, &triggers, Watched::ByoHost, "default", "node-1", &taken);
    assert_eq!(woken, ["ByoHost default/node-1", "ByoMachine default/has"]);
    let free = host(2, "2026-08-21T12:00:00Z", "True");
    let woken = put(&cache, &triggers, Watched::ByoHost, "default", "node-1", &free);
    let expected = [
        "ByoHost default/node-1",
        "ByoMachine default/has",
        "ByoMachine default/waits",
    ];
    assert_eq!(woken, expected);
    let mut dirty = host(3, "2026-08-21T12:00:00Z", "True");
    let runs = json!({"type": "K8sNodeBootstrapSucceeded", "status": "True", "lastTransitionTime": "2026-08-21T11:00:00Z"});
    let conditions = dirty["status"]["conditions"].as_array_mut();
    conditions.expect("conditions").push(runs);
    let itself = ["ByoHost default/node-1"];
    let woken = put(&cache, &triggers, Watched::ByoHost, "default", "node-1", &dirty);
    assert_eq!(woken, itself, "what is not clean is not free");
    let clean = host(4, "2026-08-21T12:00:00Z", "True");
    let woken = put(&cache, &triggers, Watched::ByoHost, "default", "node-1", &clean);
    assert_eq!(woken, ["ByoHost default/node-1", "ByoMachine default/waits"]);
    let in_namespace = cache.entries_in_namespace(machine, "default");
    assert_eq!(in_namespace.len(), 2, "and only those of a namespace are a pool");
}
