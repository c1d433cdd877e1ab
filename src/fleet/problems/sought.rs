//! Filters over problems: one is found by any object that it is about, and by what is told of it.

use fleetui_base::ObjectKey;
use jiff::Timestamp;

use super::{Problem, Root};
use crate::filter::{Filter, Told};
use crate::health::Verdict;
use crate::store::FleetStore;

impl Problem {
    /// Whether a filter finds it: the object at the bottom, one like it, or one that suffers. All that is told of the problem is
    /// searched with each, and their health is how bad the problem is.
    pub fn matches(&self, filter: &Filter, store: &FleetStore, now: Timestamp) -> bool {
        let told = self.told();
        let is_of_group = |key: &ObjectKey| {
            let session = store.session(&key.management_cluster);
            filter.is_of_group(session.and_then(|session| session.group.as_deref()))
        };
        let is_found = |key: &ObjectKey| {
            if let Some(row) = store.get(key) {
                return filter.matches(row, &Verdict::new(self.severity, told.clone()), now);
            }
            // It has gone, and what is told of it stands here still.
            let at = self.since.unwrap_or(now);
            let text = told.as_str();
            filter.matches_told(&Told { of: key, text, at }, now)
        };
        match &self.root {
            Root::ManagementCluster(name) => {
                let session = store.session(name);
                let group = session.and_then(|session| session.group.as_deref());
                filter.is_of_group(group) && filter.matches_place(name, &told)
            }
            Root::Object(root) => std::iter::once(root)
                .chain(&self.alike)
                .chain(&self.victims)
                .any(|key| is_of_group(key) && is_found(key)),
        }
    }

    /// All that is told of it: what it says, who has to act, and who they are.
    fn told(&self) -> String {
        let root = match &self.root {
            Root::ManagementCluster(_) => None,
            Root::Object(root) => Some(root),
        };
        let mut told = format!("{} {}", self.line, self.waits_for.word());
        for key in root.into_iter().chain(&self.alike).chain(&self.victims) {
            for part in [key.kind.kind.as_ref(), &key.object.name] {
                told.push(' ');
                told.push_str(part);
            }
        }
        told.push(' ');
        told.push_str(self.root.management_cluster().as_str());
        told
    }
}
