//! What is told of a host beside what it is itself: whether its management cluster still tells of it, which machine leaves it, and
//! whether the cluster that it is kept for is there.

use std::sync::Arc;

use fleetui_api::kinds::core;
use jiff::Timestamp;

use super::{HostRow, as_host, machine_on};
use crate::act::plan::quorum;
use crate::health::{self, Health, Verdict};
use crate::premises::{self, Around};
use crate::row::Row;
use crate::store::FleetStore;
use crate::waits_for;

/// What is written down on a host in the place of a reason, where nobody has given one.
pub(crate) const NO_REASON: &str = "from fleetui";

/// The reason that somebody has given, of what is written down as one.
pub(crate) fn given(why: &str) -> Option<&str> {
    Some(why).filter(|why| !why.is_empty() && *why != NO_REASON)
}

/// What is added to the state of a host whose management cluster tells nothing new of it.
const NOT_LIVE: &str = ", not live";

impl HostRow {
    /// What is known of a host at `now` with what the fleet has beside it; nothing of an object that is none.
    pub fn known(store: &FleetStore, row: &Arc<Row>, now: Timestamp) -> Option<Self> {
        // Silence is measured by the clock that has written when a host was heard.
        let now = store.time_of(&row.management_cluster, now);
        let mut host = Self::of(row, now)?;
        let session = store.session(&row.management_cluster);
        host.live = session.is_none_or(|session| session.connection.is_current());
        host.tell_of_reservation(store, now);
        if let Some(machine) = leaving(store, &host) {
            host.tell_of_deletion(machine, &health::verdict(machine, store, now));
        } else if host.state.maintenance {
            host.tell_of_quorum(store);
        }
        Some(host)
    }

    /// The state in words, with a word where it is of the past.
    pub(super) fn with_liveness(&self, words: String) -> String {
        if self.live { words } else { words + NOT_LIVE }
    }

    /// A host whose machine goes says so, how far its drain is, and which pods hold it.
    fn tell_of_deletion(&mut self, machine: &Row, drain: &Verdict) {
        let name = &machine.facts.object.name;
        let said = if waits_for::is_draining(machine) {
            format!("drains Machine {name}: {}", health::pods_of_drain(&drain.line))
        } else {
            format!("Machine {name} is being deleted")
        };
        let line = &mut self.verdict.line;
        *line = if line.is_empty() {
            said
        } else {
            format!("{line}; {said}")
        };
        if drain.health.is_fault() {
            self.verdict.health = self.verdict.health.max(drain.health);
        }
    }

    /// A host that is to be looked after and whose machine its control plane cannot spare says what that waits for.
    fn tell_of_quorum(&mut self, store: &FleetStore) {
        let Some(machine) = machine_on(store, self) else {
            return;
        };
        if let Err(refusal) = quorum(store, machine) {
            let line = &mut self.verdict.line;
            *line = format!(
                "{line}; Machine {} stays: {}",
                machine.facts.object.name, refusal.why
            );
        }
    }

    /// A host that is kept for a cluster that is not there is of use to nobody.
    fn tell_of_reservation(&mut self, store: &FleetStore, now: Timestamp) {
        let row = Arc::clone(&self.row);
        let kept = self.host().map(|kept| as_host(&row.facts, kept, now));
        let Some(cluster) = kept.as_ref().and_then(|host| host.reserved_for()) else {
            return;
        };
        let kind = core("Cluster");
        let place = &row.management_cluster;
        let partition = store.partition(place);
        let is_read = partition
            .is_some_and(|partition| premises::Standing::of(partition, &kind) == premises::Standing::Read);
        let namespace = row.facts.object.namespace.as_str();
        if is_read && store.find(place, &kind, namespace, cluster).is_none() {
            let said = format!("reserved for cluster {cluster}");
            let more = format!("{said} (no such cluster)");
            self.verdict.line = self.verdict.line.replacen(&said, &more, 1);
            self.verdict.health = self.verdict.health.max(Health::Warning);
        }
    }

    /// How it is doing, where objects of all sorts are told of: what it is at, unless that needs no word, and why.
    fn told(&self, judged: Verdict) -> Verdict {
        let own = &self.verdict;
        let is_plain = own.health == Health::Good && own.line.is_empty();
        let line = match (is_plain, judged.health > own.health) {
            (true, _) => return judged,
            (false, true) if !judged.line.is_empty() => &judged.line,
            (false, _) => &own.line,
        };
        let words = self.words();
        Verdict {
            health: judged.health.max(own.health),
            line: if line.is_empty() {
                words
            } else {
                format!("{words}: {line}")
            },
            ..judged
        }
    }
}

/// The machine on a host that is being deleted.
pub(crate) fn leaving<'a>(store: &'a FleetStore, host: &HostRow) -> Option<&'a Arc<Row>> {
    machine_on(store, host).filter(|machine| machine.facts.deleting_since.is_some())
}

/// How an object is doing at `now`; a host as the list of hosts says it.
pub(crate) fn verdict(store: &FleetStore, row: &Arc<Row>, now: Timestamp) -> Verdict {
    let judged = health::verdict(row, store, now);
    match HostRow::known(store, row, now) {
        Some(host) => host.told(judged),
        None => judged,
    }
}

/// How the host of a machine is doing, as the list of hosts says it.
pub(crate) fn verdict_below(row: &Arc<Row>, machine: &Row, paused: bool, around: &Around<'_>) -> Verdict {
    let judged = health::thorough_verdict(row, paused, around);
    let Some(mut host) = HostRow::of(row, around.now()) else {
        return judged;
    };
    if let Some(heard) = host.heard {
        // Until when it is not silent is noted.
        around.older(heard, super::HEARTBEAT_TIMEOUT);
    }
    if machine.facts.deleting_since.is_some() {
        host.tell_of_deletion(machine, &health::thorough_verdict(machine, paused, around));
    }
    // What is wrong with it is wrong with its machine, too, which the tree counts; here it is only said.
    let health = judged.health;
    let mut told = host.told(judged);
    if told.line.is_empty() {
        told.line = host.words();
    }
    Verdict { health, ..told }
}
