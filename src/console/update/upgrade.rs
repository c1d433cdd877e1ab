//! The screen of a cluster's upgrade.

use crate::app::App;
use crate::screens::{Screen, upgrade};
use crate::subject::Subject;

impl App {
    /// Opens the upgrade of the cluster that what is under the cursor belongs to.
    pub(super) fn open_upgrade(&mut self) {
        let row = match self.subject() {
            Some(Subject::Object(key)) => self.fleet.get(&key),
            Some(Subject::ManagementCluster(_)) | None => None,
        };
        let cluster = row
            .and_then(|row| self.fleet.cluster_of(row))
            .map(|row| row.key());
        let Some(key) = cluster else {
            let what = "nothing here belongs to a Cluster whose upgrade could be looked at";
            return self.messages.refuse(self.now, what);
        };
        let (stack, ground, effects) = self.stack_and_ground();
        let state = upgrade::State::open(key, ground.upgrade(), effects);
        stack.push(Screen::Upgrade(Box::new(state)));
    }
}
