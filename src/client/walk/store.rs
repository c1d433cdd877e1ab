//! Where walks are kept: reading them, and noting how far they are.

use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_fleet::walk::{Walk, name, read, record};
use serde_json::Value;

use super::StoredWalk;
use super::lease;
use crate::act::gate::{self, Ground};
use crate::command::{Failure, FailureKind};
use crate::fault::Fault;
use crate::watcher::encoded;

/// The walk of a Cluster; nothing where there is none.
pub(crate) async fn stored(ground: &Ground, cluster: &ObjectKey) -> Result<Option<StoredWalk>, Failure> {
    let Some(config_map) = config_map(ground, cluster).await? else {
        return Ok(None);
    };
    let walk = read(&config_map);
    let holder = lease::holder(ground, cluster).await?;
    Ok(Some(StoredWalk {
        config_map,
        walk,
        holder,
    }))
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
