//! Namespaces and CustomResourceDefinitions: what they hold goes first.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::{AT_ONCE, cascade, place_of};
use crate::call::{Place, Shared};
use crate::handlers::delete::{Deletion, remove};
use crate::handlers::update::change;
use crate::registry::custom;
use crate::status::ApiError;
use crate::storage::memory::Range;
use crate::storage::{CollectionKey, Stored};
use crate::strategy::Part;

/// Deletes everything in a namespace; once nothing is left, lets the namespace go.
pub(super) async fn namespace(place: &Place, namespace: &Stored) -> Result<(), ApiError> {
    let name = namespace.key.object.name.as_str();
    let cluster = &place.collection.cluster;
    let contents: Vec<Arc<Stored>> = place.shared.store.read(|memory| {
        let range = Range {
            namespace: Some(name),
            after: None,
        };
        memory
            .collections(cluster)
            .iter()
            .filter_map(|collection| memory.snapshot(collection, range, None).ok())
            .flat_map(|snapshot| snapshot.objects)
            .collect()
    });
    empty(&place.shared, &contents).await?;
    if !contents.is_empty() {
        // The deletion of the last of them brings us here again.
        return Ok(());
    }
    change(place, &namespace.key, (Part::Finalize, false), |object| {
        let mut object = object.clone();
        object["spec"] = json!({"finalizers": []});
        Ok(object)
    })
    .await
    .map(|_| ())
}

/// Deletes the instances of a definition; once none is left, lets the definition go.
pub(super) async fn definition(place: &Place, definition: &Stored) -> Result<(), ApiError> {
    if !definition.meta.has_finalizer(custom::CLEANUP) {
        return Ok(());
    }
    let Some((plural, group)) = definition.key.object.name.split_once('.') else {
        return Ok(());
    };
    let collection = CollectionKey::new(&place.collection.cluster, group, plural);
    let instances = place
        .shared
        .store
        .read(|memory| memory.snapshot(&collection, Range::default(), None))
        .map(|snapshot| snapshot.objects)
        .unwrap_or_default();
    empty(&place.shared, &instances).await?;
    if !instances.is_empty() {
        return Ok(());
    }
    cascade::without_finalizer(place, definition, custom::CLEANUP).await
}

async fn empty(shared: &Arc<Shared>, objects: &[Arc<Stored>]) -> Result<(), ApiError> {
    let live: Vec<Arc<Stored>> = objects
        .iter()
        .filter(|object| !object.meta.deleting())
        .map(Arc::clone)
        .collect();
    stream::iter(live)
        .map(|object| {
            let place = place_of(shared, &object.key.collection);
            async move {
                let Some(place) = place else {
                    return Ok(());
                };
                match remove(&place, &object.key, &Deletion::default()).await {
                    Err(error) if error.reason() == "NotFound" => Ok(()),
                    other => other.map(|_| ()),
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
