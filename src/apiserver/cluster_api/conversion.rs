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
                // Definitions that are not of a release have no labels of a contract.
                .or_else(|| crds::stored_version(group, kind).map(str::to_owned))
        };
        convert::convert(group, kind, object, to_version, &versions).map_err(|error| error.to_string())
    }
}
