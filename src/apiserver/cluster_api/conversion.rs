//! Cluster API's kinds between their versions.

use fleetui_api::{convert, crds};
use serde_json::Value;

use crate::Converter;

/// Converts what [`fleetui_api::convert`] does.
pub(super) struct Conversions;

impl Converter for Conversions {
    fn claims(&self, group: &str, kind: &str) -> bool {
        convert::claims(group, kind)
    }

    fn convert(&self, group: &str, kind: &str, object: Value, to_version: &str) -> Result<Value, String> {
        convert::convert(group, kind, object, to_version, &stored_version).map_err(|error| error.to_string())
    }
}

/// The version in which our own definitions store a kind: what references to it name, where they name a version.
fn stored_version(group: &str, kind: &str) -> Option<String> {
    crds::of(group, kind)?
        .pointer("/spec/versions")?
        .as_array()?
        .iter()
        .find(|version| version.get("storage") == Some(&Value::Bool(true)))?
        .get("name")?
        .as_str()
        .map(str::to_owned)
}
