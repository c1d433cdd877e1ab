//! A row: what is kept of an object that is watched.

use compact_str::CompactString;
use fleetui_api::facts::Facts;
use fleetui_api::json::Json;
use fleetui_base::{ManagementCluster, ObjectKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::table::Path;

/// A watched object, projected. Rows are shared and never changed: a newer object is a new row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The management cluster that holds it.
    pub management_cluster: ManagementCluster,
    /// What it says.
    pub facts: Facts,
    /// What is at the paths that somebody wants columns of; absent where nobody does, or nothing is there.
    looked_up: Option<Box<LookedUp>>,
}

/// What is at paths of an object, in the order of the paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LookedUp(Vec<CompactString>);

impl Row {
    /// Projects an object.
    pub fn project(management_cluster: ManagementCluster, object: &Value) -> Self {
        Self {
            management_cluster,
            facts: Facts::read(object),
            looked_up: None,
        }
    }

    /// The same of an object as it was received.
    pub fn of(management_cluster: ManagementCluster, object: &Json<'_>) -> Self {
        Self {
            management_cluster,
            facts: Facts::of(object),
            looked_up: None,
        }
    }

    /// The same, and what is at these paths.
    #[must_use]
    pub fn looking_up(mut self, paths: &[Path], object: &Json<'_>) -> Self {
        if !paths.is_empty() {
            let found: Vec<CompactString> = paths.iter().map(|path| path.read(object)).collect();
            let something = found.iter().any(|text| !text.is_empty());
            self.looked_up = something.then(|| Box::new(LookedUp(found)));
        }
        self
    }

    /// What is at the path of that number.
    pub fn custom(&self, index: usize) -> Option<&str> {
        let found = self.looked_up.as_ref()?.0.get(index)?;
        (!found.is_empty()).then_some(found.as_str())
    }

    /// Where it is found.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(
            self.management_cluster.clone(),
            self.facts.kind.clone(),
            self.facts.object.clone(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fleet has a hundred thousand of them, and allocators hand out room by steps: the next one above this is 128 bytes
    /// further.
    #[test]
    fn a_row_with_its_two_counters_fits_768_bytes() {
        assert!(
            size_of::<Row>() + 2 * size_of::<usize>() <= 768,
            "{}",
            size_of::<Row>()
        );
    }
}
