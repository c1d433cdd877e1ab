//! Definitions whose names were taken get them when whoever had them goes.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;

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
        if !waits(&stored.bytes) {
            continue;
        }
        match change(&place, &stored.key, (Part::Main, false), |old| Ok(old.clone())).await {
            Err(error) if !matches!(error.reason(), "NotFound" | "Conflict") => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// Whether a definition's names were not accepted. Nothing of it is kept but its conditions: all are looked at whenever one
/// changes, and their schemas are large.
fn waits(definition: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Definition<'a> {
        #[serde(borrow)]
        status: Status<'a>,
    }
    #[derive(Deserialize)]
    struct Status<'a> {
        #[serde(borrow)]
        conditions: Vec<Condition<'a>>,
    }
    #[derive(Deserialize)]
    struct Condition<'a> {
        #[serde(borrow, rename = "type")]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        status: Cow<'a, str>,
    }
    serde_json::from_slice::<Definition<'_>>(definition).is_ok_and(|definition| {
        let mut conditions = definition.status.conditions.iter();
        let accepted = conditions.find(|condition| condition.kind == "NamesAccepted");
        accepted.is_some_and(|accepted| accepted.status == "False")
    })
}
