//! Pods whose Node is gone: nothing runs them, and nobody else would ever take them away.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{objects, place};
use crate::call::Shared;
use crate::handlers::delete::{Deletion, remove};
use crate::status::ApiError;
use crate::storage::{CollectionKey, Key, Stored};

/// A Pod this young may be there before its Node.
const GRACE: SignedDuration = SignedDuration::from_secs(40);

/// Removes the Pods of a Node that went, unless one of its name has come since.
pub(super) async fn remove_of(shared: &Arc<Shared>, node: &Key) -> Result<(), ApiError> {
    if shared.store.get(node).is_some() {
        return Ok(());
    }
    let pods = CollectionKey::new(&node.collection.cluster, "", "pods");
    let name = node.object.name.as_str();
    remove_where(shared, &pods, |pod| {
        node_of(&pod.bytes).is_some_and(|of| of == name)
    })
    .await
}

/// Removes the Pods of all logical clusters that are bound to Nodes which are not there: those that were missed when the server
/// stopped at the wrong moment.
pub(super) async fn clean(shared: &Arc<Shared>) {
    let now = shared.clock.now();
    for cluster in shared.clusters.names() {
        let pods = CollectionKey::new(&cluster, "", "pods");
        let nodes = objects(shared, &CollectionKey::new(&cluster, "", "nodes"), None);
        let nodes: HashSet<&str> = nodes.iter().map(|node| node.key.object.name.as_str()).collect();
        let is_lost = |pod: &Stored| {
            node_of(&pod.bytes).is_some_and(|node| !nodes.contains(&*node)) && is_old(&pod.bytes, now)
        };
        if let Err(error) = remove_where(shared, &pods, is_lost).await {
            tracing::debug!(%error, %cluster, "Pods of Nodes that are gone stay for now");
        }
    }
}

async fn remove_where(
    shared: &Arc<Shared>,
    pods: &Arc<CollectionKey>,
    goes: impl Fn(&Stored) -> bool,
) -> Result<(), ApiError> {
    let Some(place) = place(shared, pods) else {
        return Ok(());
    };
    for pod in objects(shared, pods, None) {
        if !goes(&pod) {
            continue;
        }
        // Only this one: another may get its name.
        let deletion = Deletion {
            uid: Some(pod.meta.uid.to_string()),
            ..Deletion::default()
        };
        match remove(&place, &pod.key, &deletion).await {
            Err(error) if !matches!(error.reason(), "NotFound" | "Conflict") => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// The Node that a Pod is bound to. Nothing else of it is kept.
fn node_of(pod: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Pod<'a> {
        #[serde(borrow)]
        spec: Spec<'a>,
    }
    #[derive(Deserialize)]
    struct Spec<'a> {
        #[serde(borrow, rename = "nodeName")]
        node_name: Option<Cow<'a, str>>,
    }
    let pod = serde_json::from_slice::<Pod<'_>>(pod).ok()?;
    pod.spec.node_name.filter(|name| !name.is_empty())
}

fn is_old(pod: &[u8], now: Timestamp) -> bool {
    #[derive(Deserialize)]
    struct Pod<'a> {
        #[serde(borrow)]
        metadata: Metadata<'a>,
    }
    #[derive(Deserialize)]
    struct Metadata<'a> {
        #[serde(borrow, rename = "creationTimestamp")]
        created: Cow<'a, str>,
    }
    let created = serde_json::from_slice::<Pod<'_>>(pod)
        .ok()
        .and_then(|pod| pod.metadata.created.parse::<Timestamp>().ok());
    created.is_some_and(|created| now.duration_since(created) > GRACE)
}
