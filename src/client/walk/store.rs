//! Where walks are kept: reading them, and noting how far they are.

use fleetui_api::labels;
use fleetui_base::{ManagementCluster, ObjectKey, ObjectName};
use fleetui_fleet::walk::{Holder, Known, LABEL, Walk, name, read, record};
use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::lease;
use crate::act::gate::{self, Ground};
use crate::command::{Failure, FailureKind};
use crate::fault::Fault;
use crate::watcher::encoded;

/// More walks than this nobody has at once.
const MOST: usize = 500;
/// Leases that may be asked for at once.
const AT_ONCE: usize = 8;

/// The walk of a Cluster; nothing where there is none.
pub(crate) async fn stored(ground: &Ground, cluster: &ObjectKey) -> Result<Option<Known>, Failure> {
    let Some(config_map) = config_map(ground, cluster).await? else {
        return Ok(None);
    };
    let holder = lease::holder(ground, cluster).await?;
    Ok(Some(known(cluster.clone(), config_map, holder)))
}

/// All walks of a management cluster, or of those namespaces of it that are read in its place. Those that may still go on have
/// their holders with them.
pub(super) async fn list(ground: &Ground) -> Result<Vec<Known>, Failure> {
    let namespaces = &ground.handle.target.namespaces;
    let whole = if ground.handle.target.only_namespaces {
        None
    } else {
        match list_in(ground, None).await {
            Ok(found) => Some(found),
            // Who may not read the whole may read what was named.
            Err(failure) if failure.kind == FailureKind::Denied && !namespaces.is_empty() => None,
            Err(failure) => return Err(failure),
        }
    };
    let config_maps = if let Some(found) = whole {
        found
    } else {
        let mut found = Vec::new();
        for namespace in namespaces {
            found.extend(list_in(ground, Some(namespace)).await?);
        }
        found
    };
    let asked = config_maps.into_iter().filter_map(|config_map| {
        let cluster = cluster_of(ground, &config_map)?;
        Some(async move {
            let read = known(cluster, config_map, None);
            let holder = if read.is_open() {
                // Who may not read Leases sees the walk all the same.
                lease::holder(ground, &read.cluster).await.unwrap_or_default()
            } else {
                None
            };
            Known { holder, ..read }
        })
    });
    let asked: Vec<_> = asked.collect();
    Ok(stream::iter(asked).buffered(AT_ONCE).collect().await)
}

async fn list_in(ground: &Ground, namespace: Option<&str>) -> Result<Vec<Value>, Failure> {
    let place = namespace.map_or_else(String::new, |name| format!("/namespaces/{}", encoded(name)));
    let path = format!(
        "/api/v1{place}/configmaps?labelSelector={}&limit={MOST}",
        encoded(LABEL)
    );
    let limit = ground.settings.list_timeout;
    let mut list = parse(&ground.handle.requester.get(&path, limit).await?)?;
    match list.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

/// The Cluster that a ConfigMap says to be about; the walk itself says the same where it can be read.
fn cluster_of(ground: &Ground, config_map: &Value) -> Option<ObjectKey> {
    let text = |pointer: &str| config_map.pointer(pointer).and_then(Value::as_str);
    let labels = config_map.pointer("/metadata/labels")?;
    let cluster = labels.get(labels::CLUSTER_NAME).and_then(Value::as_str)?;
    let object = ObjectName::new(text("/metadata/namespace")?, cluster);
    // Another ConfigMap that carries the labels is none of ours.
    (Some(name(&object).name.as_str()) == text("/metadata/name")).then(|| {
        ObjectKey::new(
            ground.handle.target.management_cluster.clone(),
            fleetui_api::kinds::core("Cluster"),
            object,
        )
    })
}

fn known(cluster: ObjectKey, config_map: Value, holder: Option<Holder>) -> Known {
    Known {
        walk: read(&config_map),
        cluster,
        config_map,
        holder,
        here: None,
    }
}

/// The ConfigMap of a Cluster's walk.
pub(super) async fn config_map(ground: &Ground, cluster: &ObjectKey) -> Result<Option<Value>, Failure> {
    let name = name(&cluster.object);
    let path = format!(
        "/api/v1/namespaces/{}/configmaps/{}",
        encoded(&name.namespace),
        encoded(&name.name)
    );
    let limit = ground.settings.request_timeout;
    match ground.handle.requester.get(&path, limit).await {
        Ok(text) => Ok(Some(parse(&text)?)),
        Err(Fault::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// Notes how a walk stands in the place of what `config_map` holds; a conflict where somebody has written it since.
pub(super) async fn note(
    ground: &Ground,
    management_cluster: &ManagementCluster,
    walk: &Walk,
    config_map: &Value,
) -> Result<Value, Failure> {
    gate::keep(ground, &record(management_cluster, walk, config_map)).await
}

fn parse(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::new(FailureKind::Unexpected, error.to_string()))
}
