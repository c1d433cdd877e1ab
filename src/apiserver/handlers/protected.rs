//! Definitions that are the embedder's own: their objects rest on them, so that only the embedder changes what they say,
//! and lets them go.
//!
//! Whoever applies another definition of the same name, as `clusterctl` does with every provider, is told so and goes on;
//! labels, annotations and the status stay theirs to change.

use serde_json::Value;

use crate::call::Place;
use crate::object::{metadata_text, set_field};
use crate::registry::custom;
use crate::status::ApiError;

/// Refuses to let a protected definition go, held objects or not: the server would be without what it is for.
pub(crate) fn refuse_deletion(place: &Place, name: &str) -> Result<(), ApiError> {
    if !is_protected(place, name) {
        return Ok(());
    }
    Err(ApiError::forbidden(
        &place.resource,
        name,
        "this server has its own definition of these objects, which stays as long as the server; delete the objects instead",
    ))
}

fn is_protected(place: &Place, name: &str) -> bool {
    !place.trusted
        && place.resource.is(custom::GROUP, custom::PLURAL)
        && place.collection.cluster.is_root()
        && place.shared.protected.contains(name)
}

/// Keeps the spec of a protected definition as it is.
pub(crate) fn keep_spec(place: &Place, old: &Value, new: &mut Value) {
    let name = metadata_text(old, "name");
    if !is_protected(place, name) {
        return;
    }
    let mut wanted = new.clone();
    crate::strategy::complete_definition(&mut wanted);
    if old.get("spec") == wanted.get("spec") {
        return;
    }
    set_field(new, "spec", old.get("spec").cloned());
    place.warnings.add(format!(
        "the spec of {name} was left as it is: this server has its own definition of these objects, and serves and converts them by it"
    ));
}
