//! Namespaces and CustomResourceDefinitions: what they hold goes first.

use std::sync::Arc;

use futures::{StreamExt, stream};
use serde_json::Value;

use super::conditions::conditions;
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
    let failures = empty(&place.shared, &contents).await;
    let left: Vec<Arc<Stored>> = contents
        .iter()
        .filter_map(|stored| place.shared.store.get(&stored.key))
        .collect();
    if contents.is_empty() {
        return change(place, &namespace.key, (Part::Finalize, false), |object| {
            Ok(without_own_finalizer(object))
        })
        .await
        .map(|_| ());
    }
    let now = place.now();
    change(place, &namespace.key, (Part::Status, false), |object| {
        let mut object = object.clone();
        let old = object.pointer("/status/conditions");
        let conditions = conditions(old, &left, &failures, now);
        object["status"]["conditions"] = conditions;
        Ok(object)
    })
    .await?;
    // The deletion of the last of them brings us here again; what failed is tried again.
    match failures.into_iter().next() {
        Some(failure) => Err(ApiError::internal(failure)),
        None => Ok(()),
    }
}

/// The namespace without the finalizer that stands for its content.
fn without_own_finalizer(namespace: &Value) -> Value {
    let mut namespace = namespace.clone();
    let finalizers = namespace.pointer_mut("/spec/finalizers");
    if let Some(finalizers) = finalizers.and_then(Value::as_array_mut) {
        finalizers.retain(|finalizer| finalizer != "kubernetes");
    }
    namespace
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
    if let Some(failure) = empty(&place.shared, &instances).await.into_iter().next() {
        return Err(ApiError::internal(failure));
    }
    if !instances.is_empty() {
        return Ok(());
    }
    cascade::without_finalizer(place, definition, custom::CLEANUP).await
}

/// Deletes objects that are not being deleted yet. Answers with why some could not be.
async fn empty(shared: &Arc<Shared>, objects: &[Arc<Stored>]) -> Vec<String> {
    let live: Vec<Arc<Stored>> = objects
        .iter()
        .filter(|object| !object.meta.deleting())
        .map(Arc::clone)
        .collect();
    stream::iter(live)
        .map(|object| {
            let place = place_of(shared, &object.key.collection);
            async move {
                match remove(&place?, &object.key, &Deletion::default()).await {
                    Err(error) if error.reason() != "NotFound" => Some(error.to_string()),
                    Err(_) | Ok(_) => None,
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await
}
