//! What an answer about one cluster rests on besides the cluster's own rows; so that it is known how long the answer holds.
//!
//! Nearly nothing does: most rows refer to rows of their own cluster. What they find elsewhere, or do not find, is noted
//! here by who asks, and asked again before the answer is used again.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use fleetui_api::facts::Reference;
use fleetui_api::kinds::Role;
use fleetui_base::GroupKind;
use jiff::{SignedDuration, Timestamp};

use crate::row::Row;
use crate::session::Connection;
use crate::store::{FleetStore, Partition};

/// What was found out from outside the cluster.
#[derive(Debug, Default)]
pub(crate) struct Premises {
    /// The last moment at which every question of age has the same answer.
    until: Option<Timestamp>,
    /// Kinds of which there is no object in the namespace.
    none_of: Vec<GroupKind>,
    /// What was looked up by kind and name, and is not the cluster's own or is not there.
    others: Vec<(GroupKind, CompactString, Option<Arc<Row>>)>,
    /// What was looked up in a namespace that may be another one.
    elsewhere: Vec<(CompactString, GroupKind, CompactString, Option<Arc<Row>>)>,
    /// What is known of kinds.
    standings: Vec<(GroupKind, Standing)>,
}

/// What is known of the objects of a kind that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// They may not be read, and it is so.
    Denied,
    /// Not everything was read yet.
    Late,
    /// Everything of the kind was read, as of all that play a part in a cluster.
    Read,
    /// It plays no part that is read.
    NotRead,
}

impl Standing {
    /// What is known of `kind` in a management cluster.
    pub(crate) fn of(partition: &Partition, kind: &GroupKind) -> Self {
        let Some(session) = &partition.session else {
            return Self::Late;
        };
        if session.denied.contains(kind) {
            return Self::Denied;
        }
        // The kind alone tells what it means that one is not there, and not what other objects there are at the moment.
        match session.connection {
            Connection::Live | Connection::Stale { .. } if Role::of(kind).is_watched() => Self::Read,
            Connection::Live | Connection::Stale { .. } => Self::NotRead,
            Connection::Idle
            | Connection::Connecting
            | Connection::Syncing { .. }
            | Connection::AuthNeeded { .. }
            | Connection::Denied { .. }
            | Connection::Offline { .. } => Self::Late,
        }
    }
}

impl Premises {
    /// Whether every question of age has the same answer at `now`, which is no earlier than when they were asked.
    pub(crate) fn hold_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now <= until)
    }

    /// Whether everything that was looked up in `namespace` is still what it was.
    pub(crate) fn hold_in(&self, partition: &Partition, namespace: &str) -> bool {
        let absent = |kind: &GroupKind| partition.names(kind, namespace).is_none();
        let same = |namespace: &str, kind: &GroupKind, name: &str, found: &Option<Arc<Row>>| match (
            partition.get(kind, namespace, name),
            found,
        ) {
            (Some(now), Some(then)) => Arc::ptr_eq(now, then),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let others = &mut self.others.iter();
        let elsewhere = &mut self.elsewhere.iter();
        self.none_of.iter().all(absent)
            && others.all(|(kind, name, found)| same(namespace, kind, name, found))
            && elsewhere.all(|(namespace, kind, name, found)| same(namespace, kind, name, found))
            && self
                .standings
                .iter()
                .all(|(kind, standing)| Standing::of(partition, kind) == *standing)
    }

    /// Notes that there is no object of a kind in the namespace.
    pub(crate) fn note_none_of(&mut self, kind: &GroupKind) {
        if !self.none_of.contains(kind) {
            self.none_of.push(kind.clone());
        }
    }

    /// Notes what was found for a reference.
    pub(crate) fn note_other(&mut self, reference: &Reference, found: Option<&Arc<Row>>) {
        self.others
            .push((reference.kind.clone(), reference.name.clone(), found.cloned()));
    }

    /// Notes what was found by kind and name in a namespace.
    pub(crate) fn note_at(
        &mut self,
        namespace: &str,
        kind: &GroupKind,
        name: &str,
        found: Option<&Arc<Row>>,
    ) {
        self.elsewhere
            .push((namespace.into(), kind.clone(), name.into(), found.cloned()));
    }

    /// Notes what is known of a kind.
    pub(crate) fn note_standing(&mut self, kind: &GroupKind, standing: Standing) {
        if !self.standings.iter().any(|(known, _)| known == kind) {
            self.standings.push((kind.clone(), standing));
        }
    }
}

/// What can be asked while something is found out about rows. It notes what was asked.
#[derive(Debug)]
pub(crate) struct Around<'a> {
    store: &'a FleetStore,
    now: Timestamp,
    premises: RefCell<Premises>,
}

impl<'a> Around<'a> {
    /// The fleet as it is at `now`.
    pub(crate) fn new(store: &'a FleetStore, now: Timestamp) -> Self {
        Self {
            store,
            now,
            premises: RefCell::default(),
        }
    }

    /// The time that it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether more than `usual` has passed since `since`.
    pub(crate) fn older(&self, since: Timestamp, usual: Duration) -> bool {
        let usual = SignedDuration::try_from(usual).unwrap_or(SignedDuration::MAX);
        let older = self.now.duration_since(since) > usual;
        if let (false, Ok(until)) = (older, since.checked_add(usual)) {
            let mut premises = self.premises.borrow_mut();
            premises.until = Some(premises.until.map_or(until, |earlier| earlier.min(until)));
        }
        older
    }

    /// The object that `row` refers to.
    pub(crate) fn find(&self, row: &Row, reference: &Reference) -> Option<&'a Arc<Row>> {
        let namespace = &row.facts.object.namespace;
        let names = self
            .store
            .partition(&row.management_cluster)?
            .names(&reference.kind, namespace);
        let Some(names) = names else {
            self.note(|premises| premises.note_none_of(&reference.kind));
            return None;
        };
        let found = names.get(reference.name.as_str()).map(|found| &found.0);
        let own = found
            .is_some_and(|found| found.facts.cluster.is_some() && found.facts.cluster == row.facts.cluster);
        if !own {
            self.note(|premises| premises.note_other(reference, found));
        }
        found
    }

    /// The Cluster that `row` belongs to.
    pub(crate) fn cluster_of(&self, row: &Row) -> Option<&'a Arc<Row>> {
        self.store.cluster_of(row)
    }

    /// The rows of `owner`'s own cluster that it owns; a cluster's own rows need no note.
    pub(crate) fn owned(&self, owner: &'a Row, role: Role) -> impl Iterator<Item = &'a Row> + use<'a> {
        self.store.owned_by(owner, role).map(AsRef::as_ref)
    }

    /// The rows of `row`'s own cluster that play `role`.
    pub(crate) fn members(&self, row: &'a Row, role: Role) -> impl Iterator<Item = &'a Row> + use<'a> {
        let facts = &row.facts;
        let cluster = facts.cluster.as_deref().unwrap_or_default();
        self.store
            .cluster_members(&row.management_cluster, &facts.object.namespace, cluster, role)
            .map(AsRef::as_ref)
    }

    /// Whether the Cluster of a row is paused.
    pub(crate) fn is_paused(&self, row: &Row) -> bool {
        self.cluster_of(row).is_some_and(|cluster| cluster.facts.paused)
    }

    /// Lets something be noted.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Premises)) {
        note(&mut self.premises.borrow_mut());
    }

    /// What was asked, once nothing more is.
    pub(crate) fn into_premises(self) -> Premises {
        self.premises.into_inner()
    }
}
