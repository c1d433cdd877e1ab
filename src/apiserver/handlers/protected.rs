//! Definitions that are the embedder's own: their objects rest on them, so that only the embedder changes what they say.
//!
//! Whoever applies another definition of the same name, as `clusterctl` does with every provider, is told so and goes on;
//! labels, annotations and the status stay theirs to change.

use serde_json::Value;

use crate::call::Place;
use crate::object::{metadata_text, set_field};
use crate::registry::custom;

/// Keeps the spec of a protected definition as it is.
pub(crate) fn keep_spec(place: &Place, old: &Value, new: &mut Value) {
    if place.trusted || !place.resource.is(custom::GROUP, custom::PLURAL) {
        return;
    }
    let name = metadata_text(old, "name");
    if !place.shared.protected.contains(name) || !place.collection.cluster.is_root() {
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
