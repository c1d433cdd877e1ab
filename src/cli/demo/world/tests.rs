//! The demo as a whole: the same each time where its clock stands still.

use std::collections::BTreeMap;

use kube::Client;
use kube::api::{Api, DynamicObject, ListParams};
use kube::discovery::Discovery;
use serde_json::{Value, json};

use super::*;

/// All objects of a management cluster, by kind, namespace and name; without what is in its Secrets, which are keys.
async fn everything(client: &Client) -> BTreeMap<String, Value> {
    let discovery = Discovery::new(client.clone()).run().await.unwrap();
    let mut all = BTreeMap::new();
    for (resource, capabilities) in discovery
        .groups()
        .flat_map(kube::discovery::ApiGroup::resources_by_stability)
    {
        if !capabilities.supports_operation("list") {
            continue;
        }
        let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
        for object in api.list(&ListParams::default()).await.unwrap() {
            let metadata = &object.metadata;
            let key = format!(
                "{} {}/{}",
                resource.kind,
                metadata.namespace.as_deref().unwrap_or_default(),
                metadata.name.as_deref().unwrap_or_default()
            );
            let mut object = serde_json::to_value(&object).unwrap();
            if let Some(data) = object.get_mut("data").filter(|_| resource.kind == "Secret") {
                *data = json!("secret");
            }
            all.insert(key, object);
        }
    }
    all
}

type Objects = BTreeMap<String, Value>;

/// A part of an object; Null where the object or the part is not there.
fn part<'a>(objects: &'a Objects, name: &str, pointer: &str) -> &'a Value {
    let part = objects.get(name).and_then(|object| object.pointer(pointer));
    part.unwrap_or(&Value::Null)
}

/// The status of a condition, and its reason.
fn condition(objects: &Objects, name: &str, kind: &str) -> (String, String) {
    let conditions = part(objects, name, "/status/conditions").as_array();
    let mut conditions = conditions.into_iter().flatten();
    let found = conditions.find(|condition| condition["type"] == kind);
    let text = |field: &str| {
        let text = found.and_then(|condition| condition[field].as_str());
        text.unwrap_or_default().to_owned()
    };
    (text("status"), text("reason"))
}

/// The hosts of the pools are in many states, and the cluster on them tells of it.
fn tells_of_hosts(taipei: &Objects, tokyo: &Objects) {
    let host = |name: &str, pointer: &str| part(taipei, &format!("ByoHost edge/{name}"), pointer);
    let hosts = |objects: &Objects| objects.keys().filter(|name| name.starts_with("ByoHost ")).count();
    assert_eq!((hosts(taipei), hosts(tokyo)), (15, 7));
    for (name, pointer) in [
        ("khh-1", "/spec/claimRef/name"),
        ("khh-5", "/status/quarantine/since"),
        ("khh-5", "/status/quarantine/failure/lastLines"),
        ("khh-6", "/spec/maintenance/reason"),
        ("khh-7", "/spec/claimRef/name"),
        ("khh-8", "/spec/unclaimable"),
        ("khh-10", "/spec/claimRef/name"),
        ("txg-3", "/spec/claimRef/name"),
    ] {
        assert_ne!(host(name, pointer), &Value::Null, "{name} {pointer}");
    }
    for free in ["khh-4", "khh-9", "txg-4"] {
        assert_eq!(host(free, "/spec/claimRef"), &Value::Null, "{free}");
    }
    assert_eq!(host("txg-spare-1", "/spec/approved"), &json!(false));
    assert_eq!(host("txg-1", "/status/hostinfo/architecture"), "arm64");
    // Who is off was heard last when it was switched off, and everybody else just now.
    for (name, heard) in [
        ("khh-3", "2026-06-01T11:10:00Z"),
        ("txg-4", "2026-06-01T11:10:00Z"),
        ("khh-1", FROZEN_AT),
        ("khh-9", FROZEN_AT),
    ] {
        assert_eq!(host(name, "/status/lastHeartbeatTime"), heard, "{name}");
    }
    for silent in ["khh-3", "txg-4"] {
        let silent = format!("ByoHost edge/{silent}");
        assert_eq!(condition(taipei, &silent, "AgentConnected").0, "False");
    }
    let waits = |name: &&String| {
        name.starts_with("ByoMachine ") && condition(taipei, name, "BYOHostReady").1 == "BYOHostsUnavailable"
    };
    assert_eq!(taipei.keys().filter(waits).count(), 1);
    let check = "MachineHealthCheck edge/assembly-md-0";
    assert_eq!(condition(taipei, check, "RemediationAllowed").0, "False");
    assert_eq!(part(taipei, check, "/status/currentHealthy"), 3);
    let coming = "ByoHost ml/nrt-gpu-3";
    assert_ne!(part(tokyo, coming, "/spec/claimRef"), &Value::Null);
    assert_ne!(condition(tokyo, coming, "K8sNodeBootstrapSucceeded").0, "True");
}

/// What stands beside clusters is well, and not everything is as old as its cluster.
fn tells_of_pools_classes_and_ages(taipei: &Objects, tokyo: &Objects) {
    assert_eq!(
        part(taipei, "MachinePool staging/web-spot", "/status/readyReplicas"),
        3
    );
    let class = "ClusterClass prod/standard";
    assert_eq!(condition(taipei, class, "VariablesReady").0, "True");
    assert_eq!(condition(taipei, class, "RefVersionsUpToDate").0, "True");
    assert_eq!(
        condition(tokyo, "MachineHealthCheck prod/orders-md-0", "RemediationAllowed").0,
        "True"
    );
    for objects in [taipei, tokyo] {
        let core = part(objects, "Provider capi-system/cluster-api", "/version");
        assert_eq!(core, crate::cli::inventory::CLUSTER_API);
    }
    for (objects, cluster, least) in [
        (tokyo, "billing", 3),
        (tokyo, "orders", 3),
        (taipei, "payments", 3),
    ] {
        let machines = objects
            .iter()
            .filter(|(name, _)| name.starts_with(&format!("Machine prod/{cluster}-")));
        let made: std::collections::BTreeSet<_> = machines
            .map(|(_, machine)| machine["metadata"]["creationTimestamp"].as_str())
            .collect();
        assert!(made.len() >= least, "{cluster}: {made:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_frozen_demo_is_the_same_every_time_down_to_its_uids() {
    let (one, other) = tokio::join!(World::frozen(1), World::frozen(1));
    let (one, other) = (one.unwrap(), other.unwrap());
    let mut told = Vec::new();
    for (place, same) in one.places().iter().zip(other.places()) {
        let (objects, again) = (everything(&place.client).await, everything(&same.client).await);
        assert!(objects.len() > 100, "{}", objects.len());
        let only = |these: &BTreeMap<String, Value>, those: &BTreeMap<String, Value>| {
            let names = these.keys().filter(|name| !those.contains_key(*name));
            names.cloned().collect::<Vec<_>>()
        };
        assert_eq!((only(&objects, &again), only(&again, &objects)), (vec![], vec![]));
        for (name, object) in &objects {
            for part in [
                "/metadata/uid",
                "/metadata/resourceVersion",
                "/metadata/ownerReferences",
                "/spec",
            ] {
                let other = again.get(name).and_then(|other| other.pointer(part));
                assert_eq!(object.pointer(part), other, "{name} {part}");
            }
        }
        told.push(objects);
    }
    let [taipei, tokyo] = told.as_slice() else {
        panic!("there are two management clusters");
    };
    tells_of_hosts(taipei, tokyo);
    tells_of_pools_classes_and_ages(taipei, tokyo);
    one.end().await;
    other.end().await;
}
