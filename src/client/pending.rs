//! Changes that wait to be told: at most one for each object, the latest. While nobody takes them, they are bounded by the
//! number of objects and not by the number of events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_fleet::{Batch, Change, Row};

/// The most changes of one batch; folding so many takes a few milliseconds.
const LARGEST_BATCH: usize = 4096;

/// The waiting changes of one session.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    changes: HashMap<ObjectKey, Change>,
    /// Monotonic time of the last batch.
    last_batch: Option<Duration>,
}

impl Pending {
    pub(crate) fn upsert(&mut self, row: Row) {
        self.changes.insert(row.key(), Change::Upsert(Arc::new(row)));
    }

    pub(crate) fn delete(&mut self, key: ObjectKey, uid: CompactString) {
        self.changes.insert(key.clone(), Change::Delete(key, uid));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How long the changes still wait: not at all after a quiet time, else until the pace allows the next batch.
    pub(crate) fn wait(&self, now: Duration, pace: Duration) -> Duration {
        self.last_batch
            .map_or(Duration::ZERO, |last| (last + pace).saturating_sub(now))
    }

    /// What waits, up to a bound: whoever folds it draws and takes keys in between.
    pub(crate) fn take(&mut self, management_cluster: &ManagementCluster, now: Duration) -> Batch {
        self.last_batch = Some(now);
        let changes = if self.changes.len() <= LARGEST_BATCH {
            std::mem::take(&mut self.changes).into_values().collect()
        } else {
            self.changes
                .extract_if(|_, _| true)
                .take(LARGEST_BATCH)
                .map(|(_, change)| change)
                .collect()
        };
        Batch {
            management_cluster: management_cluster.clone(),
            changes,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(name: &str, resource_version: u32) -> Row {
        let object = json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine",
            "metadata": {"namespace": "a", "name": name, "uid": name, "resourceVersion": resource_version.to_string()},
        });
        Row::project(ManagementCluster::new("taipei"), &object)
    }

    #[test]
    fn a_hundred_thousand_events_of_ten_objects_are_ten_changes() {
        let mut pending = Pending::default();
        for event in 0..100_000 {
            pending.upsert(row(&format!("m{}", event % 10), event));
        }
        pending.delete(row("m3", 0).key(), "m3".into());
        let batch = pending.take(&ManagementCluster::new("taipei"), Duration::ZERO);
        assert_eq!(batch.changes.len(), 10);
        let mut deleted = 0;
        for change in &batch.changes {
            match change {
                Change::Upsert(row) => {
                    let last: u32 = row.facts.resource_version.parse().unwrap();
                    assert!(last >= 99_990, "the latest is kept: {last}");
                }
                Change::Delete(key, _) => {
                    deleted += 1;
                    assert_eq!(key.object.name, "m3");
                }
            }
        }
        assert_eq!(deleted, 1);
        assert!(pending.is_empty());
    }

    #[test]
    fn a_large_heap_leaves_in_bounded_batches() {
        let mut pending = Pending::default();
        for index in 0..10_000 {
            pending.upsert(row(&format!("m{index}"), index));
        }
        let mut sizes = Vec::new();
        while !pending.is_empty() {
            sizes.push(
                pending
                    .take(&ManagementCluster::new("taipei"), Duration::ZERO)
                    .changes
                    .len(),
            );
        }
        assert_eq!(sizes, [4096, 4096, 1808]);
    }

    #[test]
    fn the_first_change_after_a_quiet_time_waits_for_nothing() {
        let pace = Duration::from_millis(50);
        let mut pending = Pending::default();
        assert_eq!(pending.wait(Duration::from_secs(9), pace), Duration::ZERO);
        pending.take(&ManagementCluster::new("taipei"), Duration::from_secs(10));
        assert_eq!(pending.wait(Duration::from_secs(10), pace), pace);
        assert_eq!(
            pending.wait(Duration::from_millis(10_020), pace),
            Duration::from_millis(30)
        );
        assert_eq!(pending.wait(Duration::from_secs(20), pace), Duration::ZERO);
    }
}
