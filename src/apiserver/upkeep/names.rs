//! Definitions whose names were taken get them when whoever had them goes.

use std::sync::Arc;

use super::{objects, place};
use crate::call::Shared;
use crate::handlers::update::change;
use crate::logical::LogicalCluster;
use crate::registry::custom;
use crate::status::ApiError;
use crate::storage::CollectionKey;
use crate::strategy::Part;

/// Lets every definition of a logical cluster whose names are not accepted be looked at once more. One that is as it was
/// is not written, and one that gets its names brings us here again.
pub(super) async fn accept(shared: &Arc<Shared>, cluster: &LogicalCluster) -> Result<(), ApiError> {
    let collection = CollectionKey::new(cluster, custom::GROUP, custom::PLURAL);
    let Some(place) = place(shared, &collection) else {
        return Ok(());
    };
    for stored in objects(shared, &collection, None) {
        let waits = stored
            .value()
            .is_ok_and(|definition| custom::condition(&definition, "NamesAccepted") == Some("False"));
        if !waits {
            continue;
        }
        match change(&place, &stored.key, (Part::Main, false), |old| Ok(old.clone())).await {
            Err(error) if !matches!(error.reason(), "NotFound" | "Conflict") => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}
