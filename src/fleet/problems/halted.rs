//! Upgrades of whole clusters that are stored and that nobody goes on with: those that have stopped, and those whose walker is gone.
//!
//! One that a person has paused is none of them.

use jiff::{SignedDuration, Timestamp};

use super::{Problem, Root};
use crate::health::Health;
use crate::store::Partition;
use crate::waits_for::WaitsFor;
use crate::walk::{Known, Walk, WalkState};

/// What holds an upgrade is looked at from time to time only, and may have been renewed since.
const GRACE: SignedDuration = SignedDuration::from_mins(2);

/// The problems that the upgrades are which are stored in a management cluster.
pub(super) fn halted(partition: &Partition, now: Timestamp) -> impl Iterator<Item = Problem> {
    partition.walks().filter_map(move |known| {
        let walk = known.walk()?;
        let line = line(known, walk, now)?;
        let (kind, name) = (&known.cluster.kind, &known.cluster.object);
        let cluster = partition.get(kind, &name.namespace, &name.name)?;
        Some(Problem {
            root: Root::Object(known.cluster.clone()),
            alike: Vec::new(),
            uid: cluster.facts.uid.clone(),
            severity: Health::Warning,
            since: Some(walk.changed),
            waits_for: WaitsFor::Person("the upgrade is resumed or given up"),
            line,
            cluster: Some(known.cluster.clone()),
            path: Vec::new(),
            victims: Vec::new(),
            clusters: 1,
        })
    })
}

fn line(known: &Known, walk: &Walk, now: Timestamp) -> Option<String> {
    let (done, all) = walk.progress();
    let told = |how: &str| format!("the upgrade to {} {how}, {done} of {all} steps are done", walk.to);
    match &walk.state {
        WalkState::Stopped(why) => Some(format!("{}: {why}", told("has stopped"))),
        WalkState::Going => {
            let renewed = known.holder.as_ref().and_then(|holder| holder.renewed);
            let heard = renewed.unwrap_or(walk.changed);
            let is_held = known.is_walked_here() || now.duration_since(heard) <= GRACE;
            (!is_held).then(|| told("is walked by nobody any more"))
        }
        WalkState::Paused(_) | WalkState::Done | WalkState::Abandoned => None,
    }
}

/// The same where the Cluster has another problem: what is told of it is told with that.
pub(super) fn joined(line: &str, halted: &Problem) -> String {
    if line.is_empty() {
        halted.line.clone()
    } else {
        format!("{line}; {}", halted.line)
    }
}
