//! From the whole forest to the lines that are seen: filter, folds, guides. Linear, with little to do for a line.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::branch::{Branch, Found, Outcome, What};
use super::gather::{Forest, Management};
use super::place::hash_of;
use super::{Fold, Node, TreeOptions, order};

/// A line that is seen: where its content is, and how it stands among the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) management: u32,
    /// See `HEADER`.
    pub(super) branch: u32,
    pub(super) entry: u32,
    /// Of its node.
    pub(super) hash: u32,
    pub(super) guides: u16,
    pub(super) depth: u8,
    pub(super) fold: Fold,
}

/// In place of a branch: the line of the management cluster itself.
pub(super) const HEADER: u32 = u32::MAX;

/// In place of a branch: the heading of the group that the management cluster is in.
pub(super) const GROUP: u32 = u32::MAX - 1;

/// A management cluster of which something is kept, or not.
struct Part<'a> {
    index: u32,
    management: &'a Management,
    kept: bool,
    branches: Vec<(u32, &'a Branch, Cow<'a, [Outcome]>)>,
}

/// The lines that are seen, and how many objects a filter or faults-only hides.
pub(super) fn show(forest: &Forest, options: &TreeOptions, now: Timestamp) -> (Vec<Seen>, usize) {
    let mut parts: Vec<Part<'_>> = (0..)
        .zip(&forest.managements)
        .filter(|(_, management)| options.only.as_ref().is_none_or(|only| management.name == *only))
        .map(|(index, management)| part(index, management, options, now))
        .collect();
    // One that is shown alone needs no heading.
    let groups = if options.only.is_some() {
        Vec::new()
    } else {
        forest.groups()
    };
    let rank = |part: &Part<'_>| {
        let group = part.management.group.as_ref()?;
        groups.iter().position(|known| *known == group)
    };
    parts.sort_by_key(|part| rank(part).unwrap_or(usize::MAX));
    let outcomes = || parts.iter().flat_map(|part| &part.branches);
    let hidden = outcomes().map(hidden).sum();
    let count = outcomes().map(|(_, _, outcomes)| outcomes.len()).sum::<usize>() + parts.len();
    let mut lines = Lines {
        seen: Vec::with_capacity(if options.filter.is_some() || options.faults_only {
            0
        } else {
            count
        }),
        options,
        toggled: toggled(options).iter().map(hash_of).collect(),
    };
    let last = parts.iter().rposition(|part| part.kept);
    let mut heading = None;
    let mut closed = false;
    for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.kept) {
        let group = part.management.group.as_ref();
        if !groups.is_empty() && heading != Some(group) {
            heading = Some(group);
            closed = lines.heading(part) == Fold::Closed;
        }
        if !closed {
            lines.part(part, Some(at) == last);
        }
    }
    (lines.seen, hidden)
}

/// The lines whose fold differs from what it would be.
fn toggled(options: &TreeOptions) -> &HashSet<Node> {
    if options.filter.is_some() {
        &options.toggled_in_filter
    } else {
        &options.toggled
    }
}

fn part<'a>(index: u32, management: &'a Management, options: &TreeOptions, now: Timestamp) -> Part<'a> {
    let in_namespace = |branch: &Arc<Branch>| {
        options
            .namespace
            .as_ref()
            .is_none_or(|only| branch.key.object.namespace == *only)
    };
    let filter = options.filter.as_ref();
    let in_group = filter.is_none_or(|filter| filter.is_of_group(management.group.as_deref()));
    let now = management.time(now);
    let outcomes = |branch: &'a Branch| {
        if in_group {
            outcomes(branch, options, now)
        } else {
            Cow::Owned(vec![Outcome::default(); branch.whole().len()])
        }
    };
    let branches: Vec<_> = (0..)
        .zip(&management.branches)
        .filter(|(_, branch)| in_namespace(branch))
        .map(|(index, branch)| (index, branch.as_ref(), outcomes(branch.as_ref())))
        .collect();
    let own = in_group
        && (!options.faults_only || management.verdict.health.is_fault())
        && filter.is_none_or(|filter| filter.matches_text(management.name.as_str()));
    Part {
        index,
        management,
        kept: own || branches.iter().any(|(_, _, outcomes)| is_kept(outcomes)),
        branches,
    }
}

fn outcomes<'a>(branch: &'a Branch, options: &TreeOptions, now: Timestamp) -> Cow<'a, [Outcome]> {
    if options.filter.is_none() && !options.faults_only {
        return Cow::Borrowed(branch.whole());
    }
    Cow::Owned(branch.part(options, now))
}

/// Whether the first line of a branch is kept; else nothing of it is.
fn is_kept(outcomes: &[Outcome]) -> bool {
    outcomes.first().is_some_and(|first| first.kept)
}

fn hidden((_, branch, outcomes): &(u32, &Branch, Cow<'_, [Outcome]>)) -> usize {
    // While everything is shown, nothing is counted.
    let Cow::Owned(outcomes) = outcomes else {
        return 0;
    };
    let is_object = |what: &What| matches!(what, What::Object(_));
    let entries = branch.entries.iter().zip(outcomes);
    entries
        .filter(|(entry, outcome)| !outcome.kept && is_object(&entry.what))
        .count()
}

/// The lines that were made so far.
struct Lines<'o> {
    seen: Vec<Seen>,
    options: &'o TreeOptions,
    /// Of the nodes that are toggled, so that hardly any other has to be looked for.
    toggled: HashSet<u32>,
}

impl Lines<'_> {
    /// The heading of the group that a management cluster is the first of; says how it is folded.
    fn heading(&mut self, first: &Part<'_>) -> Fold {
        let node = || Node::Fleet(first.management.group.clone());
        let hash = hash_of(&node());
        let fold = self.fold(hash, false, true, node);
        self.seen.push(Seen {
            management: first.index,
            branch: GROUP,
            entry: 0,
            hash,
            guides: 0,
            depth: 0,
            fold,
        });
        fold
    }

    fn part(&mut self, part: &Part<'_>, last: bool) {
        let node = || Node::ManagementCluster(part.management.name.clone());
        let hash = hash_of(&node());
        let last_branch = part
            .branches
            .iter()
            .rposition(|(_, _, outcomes)| is_kept(outcomes));
        let fold = self.fold(hash, false, last_branch.is_some(), node);
        let guides = u16::from(last);
        self.seen.push(Seen {
            management: part.index,
            branch: HEADER,
            entry: 0,
            hash,
            guides,
            depth: 0,
            fold,
        });
        if fold == Fold::Closed {
            return;
        }
        let Some(sort) = self.options.sort else {
            for (at, (index, branch, outcomes)) in part.branches.iter().enumerate() {
                let place = (part.index, *index);
                let order = (0..).zip(outcomes.iter().map(|outcome| outcome.last));
                self.branch(
                    branch,
                    outcomes,
                    (place, order),
                    (guides, Some(at) == last_branch),
                );
            }
            return;
        };
        let mut branches: Vec<_> = part
            .branches
            .iter()
            .filter(|(_, _, outcomes)| is_kept(outcomes))
            .collect();
        order::sort(&mut branches, sort, |part| {
            let branch = part.1;
            Some((branch, branch.entries.first()?))
        });
        let last = branches.len().saturating_sub(1);
        for (at, (index, branch, outcomes)) in branches.into_iter().enumerate() {
            let place = (part.index, *index);
            let order = order::order(branch, outcomes, sort);
            self.branch(branch, outcomes, (place, order), (guides, at == last));
        }
    }

    /// `order` has the entries of the branch from top to bottom, each with whether no sibling that is shown follows; `above` are
    /// the guides of the line above the branch, and whether the branch is the last below it.
    fn branch(
        &mut self,
        branch: &Branch,
        outcomes: &[Outcome],
        (place, order): ((u32, u32), impl IntoIterator<Item = (u32, bool)>),
        above: (u16, bool),
    ) {
        let (mut guides, is_last) = above;
        // What stands below a line that is folded, or not shown, is deeper than it.
        let mut shut: Option<u8> = None;
        for (at, last) in order {
            let index = at as usize;
            let (Some(entry), Some(outcome)) = (branch.entries.get(index), outcomes.get(index)) else {
                continue;
            };
            if shut.is_some_and(|depth| entry.depth > depth) {
                continue;
            }
            shut = None;
            if !outcome.kept {
                shut = Some(entry.depth);
                continue;
            }
            let bit = 1_u16.checked_shl(u32::from(entry.depth)).unwrap_or(0);
            let last = if at == 0 { is_last } else { last };
            guides = (guides & bit.wrapping_sub(1)) | if last { bit } else { 0 };
            let closed = match outcome.found {
                // While something is looked for, everything is unfolded on the way to what was found.
                Found::Above if self.options.filter.is_some() || self.options.faults_only => false,
                Found::Above | Found::Below => {
                    outcome.parent && Branch::is_closed_by_default(entry, self.options.layers)
                }
                Found::Alone => true,
            };
            let fold = self.fold(entry.hash, closed, outcome.parent, || branch.node(entry));
            if fold == Fold::Closed {
                shut = Some(entry.depth);
            }
            self.seen.push(Seen {
                management: place.0,
                branch: place.1,
                entry: at,
                hash: entry.hash,
                guides,
                depth: entry.depth,
                fold,
            });
        }
    }

    fn fold(&self, hash: u32, closed_by_default: bool, parent: bool, node: impl FnOnce() -> Node) -> Fold {
        if !parent {
            return Fold::Leaf;
        }
        let toggled = self.toggled.contains(&hash) && toggled(self.options).contains(&node());
        if closed_by_default == toggled {
            Fold::Open
        } else {
            Fold::Closed
        }
    }
}
