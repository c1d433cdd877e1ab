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
        .flat_map(kube::discovery::ApiGroup::recommended_resources)
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_frozen_demo_is_the_same_every_time_down_to_its_uids() {
    let (one, other) = tokio::join!(World::frozen(1), World::frozen(1));
    let (one, other) = (one.unwrap(), other.unwrap());
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
    }
    one.end().await;
    other.end().await;
}
