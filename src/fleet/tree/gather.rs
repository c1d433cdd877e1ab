//! Gathers the branches of all clusters, in the order of their lines; those that still hold are taken from before.

use std::collections::HashSet;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::kinds::{Role, core};
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use jiff::{SignedDuration, Timestamp};

use super::branch::Branch;
use super::cluster::Gatherer;
use super::{Layers, TreeOptions};
use crate::health::{self, Health, Verdict};
use crate::premises::Around;
use crate::row::Row;
use crate::store::{FleetStore, Members, Names, Partition};

/// Everything that there is, whether it is shown or not.
#[derive(Debug, Clone, Default)]
pub(super) struct Forest {
    pub(super) managements: Vec<Management>,
    grown: Option<Grown>,
}

/// What a forest was made from.
#[derive(Debug, Clone, Copy)]
struct Grown {
    revision: u64,
    shape: Shape,
    now: Timestamp,
}

/// One management cluster.
#[derive(Debug, Clone)]
pub(super) struct Management {
    pub(super) name: ManagementCluster,
    pub(super) verdict: Verdict,
    /// How far its clock is ahead of ours, where that is known.
    skew: Option<SignedDuration>,
    /// The group that it is in.
    pub(super) group: Option<CompactString>,
    /// The worst of its branches.
    pub(super) worst: Option<Health>,
    /// By namespace and name of their clusters.
    pub(super) branches: Vec<Arc<Branch>>,
}

impl Management {
    /// What its clock shows at `now` of ours.
    pub(super) fn time(&self, now: Timestamp) -> Timestamp {
        let ahead = self.skew.unwrap_or_default();
        now.checked_add(ahead).unwrap_or(now)
    }
}

/// What decides which lines there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) layers: Layers,
    pub(super) echo: bool,
    pub(super) grouping: bool,
}

impl Shape {
    fn of(options: &TreeOptions) -> Self {
        Self {
            layers: options.layers,
            echo: options.echo,
            grouping: options.grouping,
        }
    }
}

/// How much may be made in one go; what is more is left as it was for another one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// Lines that may still be made.
    lines: usize,
    /// Whether something was left.
    pub(super) left: bool,
}

impl Share {
    /// Everything.
    pub(super) fn whole() -> Self {
        Self::of(usize::MAX)
    }

    /// About `lines` lines: what is begun is made to its end.
    pub(super) fn of(lines: usize) -> Self {
        Self { lines, left: false }
    }

    /// Whether one more branch may be made; else it is left.
    fn has_room(&mut self) -> bool {
        self.left |= self.lines == 0;
        self.lines > 0
    }

    fn made(&mut self, branch: &Branch) {
        self.lines = self.lines.saturating_sub(branch.entries.len().max(1));
    }
}

impl Forest {
    /// The groups in the order in which they are first named. Those that are in none come behind them all.
    pub(super) fn groups(&self) -> Vec<&CompactString> {
        let mut groups = Vec::new();
        for group in self
            .managements
            .iter()
            .filter_map(|management| management.group.as_ref())
        {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        groups
    }

    /// The worst of a group: of its connections, and of what is behind them.
    pub(super) fn worst_of(&self, group: Option<&CompactString>) -> Option<Health> {
        let managements = self.managements.iter();
        let of_group = managements.filter(|management| management.group.as_ref() == group);
        of_group
            .map(|management| management.worst.max(Some(management.verdict.health)))
            .max()
            .flatten()
    }

    /// The forest as it is at `now`. Where `reach` ends, branches are what they were; those that are new are not there
    /// yet.
    pub(super) fn again(
        &self,
        store: &FleetStore,
        options: &TreeOptions,
        now: Timestamp,
        reach: &mut Share,
    ) -> Self {
        let shape = Shape::of(options);
        // In another shape nothing is as it was; nor are the answers to questions of age when time goes backwards.
        let reusable = self
            .grown
            .filter(|grown| grown.shape == shape && grown.now <= now);
        let checked = reusable.is_some_and(|grown| grown.revision == store.revision());
        let mut taken = HashSet::new();
        let managements = store
            .partitions()
            .map(|partition| {
                let session = partition.session.as_deref();
                let skew = session.and_then(|session| session.skew);
                // By another clock nothing that depends on ages is as it was.
                let before = self.managements.iter().find(|before| {
                    reusable.is_some() && before.name == partition.management_cluster && before.skew == skew
                });
                let ground = Ground {
                    store,
                    partition,
                    shape,
                    now: session.map_or(now, |session| session.server_time(now)),
                    checked,
                };
                ground.management(before, &mut taken, reach)
            })
            .collect();
        // What was left is still of the revision before.
        let revision = match &self.grown {
            Some(grown) if reach.left => grown.revision,
            Some(_) | None => store.revision(),
        };
        Self {
            managements,
            grown: Some(Grown { revision, shape, now }),
        }
    }
}

/// What the branches of one management cluster are made from.
#[derive(Clone, Copy)]
struct Ground<'a> {
    store: &'a FleetStore,
    partition: &'a Partition,
    shape: Shape,
    now: Timestamp,
    /// Whether nothing but the time is different from before.
    checked: bool,
}

impl<'a> Ground<'a> {
    fn management(
        self,
        before: Option<&Management>,
        taken: &mut HashSet<*const Row>,
        share: &mut Share,
    ) -> Management {
        let clusters = self.partition.clusters();
        let mut branches = Vec::with_capacity(clusters.len());
        let mut before = before
            .map_or(&[][..], |before| &before.branches)
            .iter()
            .peekable();
        // What was only read for a layer and outlives its cluster brings no line of its own.
        let worth_a_line = clusters.iter().filter(|(_, members)| !members.are_only_beside());
        for ((namespace, name), members) in worth_a_line {
            let place = (namespace, name);
            let place_of = |branch: &Arc<Branch>| {
                let object = &branch.key.object;
                (&object.namespace, &object.name).cmp(&place)
            };
            while before.next_if(|branch| place_of(branch).is_lt()).is_some() {}
            let held = before.next_if(|branch| place_of(branch).is_eq());
            let holds = held.is_some_and(|branch| self.still_holds(branch, members, taken));
            if !holds && share.has_room() {
                let branch = self.grow(ObjectName::new(namespace, name), members, taken);
                share.made(&branch);
                branches.push(Arc::new(branch));
            } else if let Some(branch) = held {
                taken.extend(branch.shared.iter().map(|(row, _)| Arc::as_ptr(row)));
                branches.push(Arc::clone(branch));
            }
        }
        let session = self.partition.session.as_deref();
        Management {
            name: self.partition.management_cluster.clone(),
            verdict: health::connection(session),
            skew: session.and_then(|session| session.skew),
            group: session.and_then(|session| session.group.clone()),
            worst: branches.iter().filter_map(|branch| branch.worst).max(),
            branches,
        }
    }

    /// Whether a branch would be made again just as it is.
    fn still_holds(self, branch: &Branch, members: &Members, taken: &HashSet<*const Row>) -> bool {
        branch.revision == members.revision()
            && branch.premises.hold_at(self.now)
            && (self.checked
                || branch
                    .premises
                    .hold_in(self.partition, &branch.key.object.namespace))
            && branch
                .shared
                .iter()
                .all(|(row, free)| *free != taken.contains(&Arc::as_ptr(row)))
    }

    fn grow(self, name: ObjectName, members: &'a Members, taken: &mut HashSet<*const Row>) -> Branch {
        let scope = Scope {
            around: Around::new(self.store, self.now),
            partition: self.partition,
            members,
            shape: self.shape,
            cluster: members.of_role(Role::Cluster).next(),
            key: ObjectKey::new(self.partition.management_cluster.clone(), core("Cluster"), name),
            names: Vec::new(),
        };
        Gatherer::new(scope, taken).cluster()
    }
}

/// One cluster, and what its lines depend on.
pub(super) struct Scope<'a> {
    pub(super) around: Around<'a>,
    pub(super) partition: &'a Partition,
    pub(super) members: &'a Members,
    pub(super) shape: Shape,
    pub(super) cluster: Option<&'a Arc<Row>>,
    pub(super) key: ObjectKey,
    /// Rows by name of the few kinds that machines refer to, so that each is found once.
    pub(super) names: Vec<(GroupKind, Option<&'a Names>)>,
}
