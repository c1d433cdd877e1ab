//! Definitions that are the embedder's own: their objects rest on them, so that only the embedder changes what they say,
//! and lets them go.
//!
//! Whoever applies another definition of the same name, as `clusterctl` does with every provider, is told so and goes on;
//! labels, annotations and the status stay theirs to change.

use std::borrow::Cow;

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

/// What of a configuration is applied to `live`: of a protected definition no spec, which would only clash with the one
/// that stays.
pub(crate) fn applicable<'a>(place: &Place, live: &Value, config: &'a Value) -> Cow<'a, Value> {
    if config.get("spec").is_none() || !is_protected(place, metadata_text(live, "name")) {
        return Cow::Borrowed(config);
    }
    if !says_the_same(live, config) {
        tell(place, metadata_text(live, "name"));
    }
    let mut config = config.clone();
    set_field(&mut config, "spec", None);
    Cow::Owned(config)
}

/// Keeps the spec of a protected definition as it is.
pub(crate) fn keep_spec(place: &Place, old: &Value, new: &mut Value) {
    let name = metadata_text(old, "name");
    if !is_protected(place, name) || says_the_same(old, new) {
        return;
    }
    set_field(new, "spec", old.get("spec").cloned());
    tell(place, name);
}

fn says_the_same(live: &Value, other: &Value) -> bool {
    let mut wanted = other.clone();
    crate::strategy::complete_definition(&mut wanted);
    live.get("spec") == wanted.get("spec")
}

fn tell(place: &Place, name: &str) {
    place.warnings.add(format!(
        "the spec of {name} was left as it is: this server has its own definition of these objects, and serves and converts them by it"
    ));
}
