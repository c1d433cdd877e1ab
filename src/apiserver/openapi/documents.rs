//! Documents that were made once are kept: they are long, and change only with what is served.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::{GroupVersionDocument, group_version, root_of};
use crate::registry::{Resource, Served};

/// Documents by group and version, with the resources that they were made of.
type Kept = HashMap<(String, String), (Vec<Arc<Resource>>, Arc<GroupVersionDocument>)>;

/// Those of group versions that are built in as a whole: they are the same everywhere.
static BUILT_IN: LazyLock<Documents> = LazyLock::new(Documents::default);

/// The documents of one logical cluster.
#[derive(Debug, Default)]
pub(crate) struct Documents(Mutex<Kept>);

impl Documents {
    /// The document of a group version; none where nothing of it is served. Making one takes a while: not for a task that
    /// others wait for.
    pub(crate) fn of(
        &self,
        served: &Served,
        group: &str,
        version: &str,
    ) -> Option<Arc<GroupVersionDocument>> {
        let members = members(served, group, version);
        let built_in = members.iter().all(|resource| !resource.custom);
        let documents = if built_in { &*BUILT_IN } else { self };
        documents.made_of(members, (group, version), built_in)
    }

    fn made_of(
        &self,
        members: Vec<Arc<Resource>>,
        (group, version): (&str, &str),
        built_in: bool,
    ) -> Option<Arc<GroupVersionDocument>> {
        let place = (group.to_owned(), version.to_owned());
        // Held while a document is made, so that those who come together make it once.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, document)) = kept.get(&place)
            && (built_in && of.len() == members.len() || same(of, &members))
        {
            return Some(Arc::clone(document));
        }
        let Some(document) = group_version(&members, group, version).map(Arc::new) else {
            kept.remove(&place);
            return None;
        };
        kept.insert(place, (members, Arc::clone(&document)));
        Some(document)
    }

    /// `GET /openapi/v3`: the address of every group version's document, with its hash. `prefix` stands before the
    /// addresses; it is empty but for logical clusters.
    pub(crate) fn index(&self, served: &Served, prefix: &str) -> Value {
        let resources = served.all();
        let group_versions: BTreeSet<(&str, &str)> = resources
            .iter()
            .map(|resource| (resource.group.as_str(), resource.version.as_str()))
            .collect();
        let mut paths = Map::new();
        for (group, version) in group_versions {
            if let Some(document) = self.of(served, group, version) {
                let key = root_of(group, version);
                let url = format!("{prefix}/openapi/v3/{key}?hash={}", document.hash);
                paths.insert(key, json!({"serverRelativeURL": url}));
            }
        }
        json!({"paths": paths})
    }
}

fn same(left: &[Arc<Resource>], right: &[Arc<Resource>]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| Arc::ptr_eq(left, right))
}

fn members(served: &Served, group: &str, version: &str) -> Vec<Arc<Resource>> {
    let mut members = served.all();
    members.retain(|resource| resource.group == group && resource.version == version);
    members
}
