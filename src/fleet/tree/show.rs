//! From the whole tree to the lines that are seen: filter, folds, roll-ups, guides.

use std::sync::Arc;

use fleetui_api::kinds::Role;
use jiff::Timestamp;

use super::gather::{Item, What};
use super::{Fold, Line, Node, Tree, TreeOptions};
use crate::health::Health;

/// What is found out about an item by looking at what is below it.
#[derive(Clone, Copy, Default)]
struct Outcome {
    /// One past its last descendant.
    end: usize,
    /// The worst below it.
    below: Option<Health>,
    /// Whether it is shown when nothing above it is folded.
    kept: bool,
    /// Whether something below it is shown.
    parent: bool,
    /// Whether no sibling that is shown follows.
    last: bool,
}

/// Deeper than any tree is.
const DEPTHS: usize = 16;

/// Makes the lines.
pub(super) fn show(items: Vec<Item<'_>>, options: &TreeOptions, now: Timestamp) -> Tree {
    let outcomes = outcomes(&items, options, now);
    let is_hidden =
        |(item, outcome): &(&Item<'_>, &Outcome)| !outcome.kept && matches!(item.what, What::Object(_));
    let hidden = items.iter().zip(&outcomes).filter(is_hidden).count();
    let mut lines = Vec::with_capacity(outcomes.iter().filter(|outcome| outcome.kept).count());
    let mut guides = 0_u64;
    let mut next = 0;
    for (index, (item, outcome)) in items.into_iter().zip(outcomes).enumerate() {
        if index < next {
            continue;
        }
        if !outcome.kept {
            next = outcome.end;
            continue;
        }
        let bit = 1_u64 << item.depth;
        guides = (guides & (bit - 1)) | if outcome.last { bit } else { 0 };
        let line = line(item, &outcome, guides, options);
        if line.fold == Fold::Closed {
            next = outcome.end;
        }
        lines.push(line);
    }
    Tree { lines, hidden }
}

/// From the last item to the first, so that what is below is known before what is above.
fn outcomes(items: &[Item<'_>], options: &TreeOptions, now: Timestamp) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(items.len());
    let mut levels = [Level::default(); DEPTHS + 1];
    for (index, item) in items.iter().enumerate().rev() {
        let depth = usize::from(item.depth).min(DEPTHS - 1);
        let Some([level, below]) = levels.get_mut(depth..=depth + 1) else {
            continue;
        };
        // What was found one depth lower belongs to this item; the one before it begins anew.
        let children = std::mem::take(below);
        let kept = children.kept || matches(item, options, now);
        let end = children.end.unwrap_or(index + 1);
        outcomes.push(Outcome {
            end,
            below: children.worst,
            kept,
            parent: children.kept,
            last: !level.kept,
        });
        level.end = level.end.or(Some(end));
        level.kept |= kept;
        // A heading repeats what its Cluster says.
        let own = Some(item.verdict.health).filter(|_| !matches!(item.what, What::Group(..)));
        level.worst = level.worst.max(children.worst).max(own);
    }
    outcomes.reverse();
    outcomes
}

/// What the siblings at one depth, from the one being looked at to the last, have in common.
#[derive(Clone, Copy, Default)]
struct Level {
    /// One past the last of them and all below it; absent while there is none.
    end: Option<usize>,
    kept: bool,
    worst: Option<Health>,
}

/// Whether an item is shown for its own sake.
fn matches(item: &Item<'_>, options: &TreeOptions, now: Timestamp) -> bool {
    if options.faults_only && !item.verdict.health.is_fault() {
        return false;
    }
    let Some(filter) = &options.filter else {
        return !options.faults_only || !matches!(item.what, What::Group(..));
    };
    match &item.what {
        What::ManagementCluster(partition) => filter.matches_text(partition.management_cluster.as_str()),
        What::Object(row) => filter.matches(row, &item.verdict, now),
        What::Group(..) => false,
        What::Missing(keys) => filter.matches_text(&keys.1.object.name),
    }
}

fn line(item: Item<'_>, outcome: &Outcome, guides: u64, options: &TreeOptions) -> Line {
    let (row, own) = match &item.what {
        What::Object(row) => (
            Some(Arc::clone(row)),
            (row.facts.replicas, row.facts.version.clone()),
        ),
        What::ManagementCluster(_) | What::Group(..) | What::Missing(_) => (None, (None, None)),
    };
    let closed_by_default = row.as_ref().is_some_and(|row| row.facts.role == Role::Machine);
    let node = match item.what {
        What::ManagementCluster(partition) => Node::ManagementCluster(partition.management_cluster.clone()),
        What::Object(row) => Node::Object(row.key()),
        What::Group(key, name) => Node::Group(*key, name),
        What::Missing(keys) => Node::Missing(keys.0, keys.1),
    };
    let (replicas, version) = match item.instead {
        Some(instead) => (instead.replicas, instead.version),
        None => own,
    };
    Line {
        fold: fold(&node, closed_by_default, outcome.parent, options),
        node,
        row,
        depth: item.depth,
        last: guides,
        verdict: item.verdict,
        below: outcome.below,
        replicas,
        version,
    }
}

/// While a text is looked for, everything is unfolded on the way to what was found.
fn fold(node: &Node, closed_by_default: bool, parent: bool, options: &TreeOptions) -> Fold {
    if !parent {
        return Fold::Leaf;
    }
    if options.filter.is_some() {
        return Fold::Open;
    }
    let closed_by_default = closed_by_default && !options.faults_only;
    let toggled = !options.toggled.is_empty() && options.toggled.contains(node);
    if closed_by_default == toggled {
        Fold::Open
    } else {
        Fold::Closed
    }
}
