//! Aggregated ClusterRoles hold what those hold that they select.

use std::sync::Arc;

use serde_json::Value;

use super::{objects, place};
use crate::authz::{self, aggregation};
use crate::call::Shared;
use crate::handlers::update::change;
use crate::logical::LogicalCluster;
use crate::object::metadata_text;
use crate::status::ApiError;
use crate::storage::CollectionKey;
use crate::strategy::Part;

/// Brings the aggregated roles of a logical cluster up to date. What one of them holds may belong to the next: that one's
/// change brings us here again.
pub(super) async fn aggregate(shared: &Arc<Shared>, cluster: &LogicalCluster) -> Result<(), ApiError> {
    let collection = CollectionKey::new(cluster, authz::GROUP, "clusterroles");
    let Some(place) = place(shared, &collection) else {
        return Ok(());
    };
    let all: Vec<Value> = objects(shared, &collection, None)
        .iter()
        .filter_map(|stored| stored.value().ok())
        .collect();
    for role in &all {
        let Some(rules) = aggregation::rules(role, &all) else {
            continue;
        };
        let rules = Value::from(rules);
        if role.get("rules") == Some(&rules) {
            continue;
        }
        let key = place.key("", metadata_text(role, "name"));
        change(&place, &key, (Part::Main, false), |role| {
            let mut role = role.clone();
            if aggregation::aggregates(&role) {
                role["rules"] = rules.clone();
            }
            Ok(role)
        })
        .await?;
    }
    Ok(())
}
