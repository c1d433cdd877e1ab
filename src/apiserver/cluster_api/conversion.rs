//! Cluster API's kinds between their versions.

use fleetui_api::{contracts, convert, crds};
use serde_json::Value;

use crate::{Converter, Definitions};

/// Converts what [`fleetui_api::convert`] does.
pub(super) struct Conversions;

impl Converter for Conversions {
    fn claims(&self, group: &str, kind: &str) -> bool {
        convert::claims(group, kind)
    }

    fn convert(
        &self,
        group: &str,
        kind: &str,
        object: Value,
        to_version: &str,
        definitions: &dyn Definitions,
    ) -> Result<Value, String> {
        let versions = |group: &str, kind: &str| {
            contracts::version(|label| definitions.label(group, kind, label))
                .or_else(|| stored_version(group, kind))
        };
        convert::convert(group, kind, object, to_version, &versions).map_err(|error| error.to_string())
    }
}

/// The version in which our own definitions store a kind. It is meant where a definition has no labels of a contract, as
/// those that are not of a release.
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
