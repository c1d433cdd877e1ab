//! The order of siblings where a person has sorted them: what is of one sort and stands together changes places, and nothing else.
//! So the control plane stays above the workers, and equal ones stay as they stood.

use fleetui_api::kinds::Role;

use super::branch::{Branch, Entry, Outcome, What};
use crate::table::{Key, Sort, TableRow, key};

/// The entries of a branch that are shown when nothing is folded, from top to bottom, each with whether no sibling follows.
pub(super) fn order(branch: &Branch, outcomes: &[Outcome], sort: Sort) -> Vec<(u32, bool)> {
    let mut ordered = Vec::with_capacity(branch.entries.len());
    // What has still to be put down, the next one last.
    let mut open = vec![(0, true)];
    while let Some((at, last)) = open.pop() {
        ordered.push((at, last));
        let mut below = children(branch, outcomes, at);
        self::sort(&mut below, sort, |at| {
            Some((branch, branch.entries.get(*at as usize)?))
        });
        let count = below.len();
        let places = below.into_iter().enumerate().rev();
        open.extend(places.map(|(place, at)| (at, place + 1 == count)));
    }
    ordered
}

/// What stands right below an entry and is kept.
fn children(branch: &Branch, outcomes: &[Outcome], at: u32) -> Vec<u32> {
    let end = |at: u32| branch.entries.get(at as usize).map_or(0, |entry| entry.end);
    let mut children = Vec::new();
    let (mut next, last) = (at + 1, end(at));
    while next < last {
        if outcomes.get(next as usize).is_some_and(|outcome| outcome.kept) {
            children.push(next);
        }
        // An entry ends behind itself.
        next = end(next).max(next + 1);
    }
    children
}

/// Sorts siblings; `entry` gives what each is.
pub(super) fn sort<'a, T>(
    siblings: &mut Vec<T>,
    sort: Sort,
    entry: impl Fn(&T) -> Option<(&'a Branch, &'a Entry)>,
) {
    if siblings.len() < 2 {
        return;
    }
    let (mut run, mut before) = (0_usize, None);
    let mut keyed: Vec<(usize, Option<Key>, T)> = std::mem::take(siblings)
        .into_iter()
        .map(|sibling| {
            let row = entry(&sibling).and_then(|(branch, entry)| row(branch, entry));
            let role: Option<Role> = row.as_ref().map(|row| row.row.facts.role);
            if role.is_none() || role != before {
                run += 1;
            }
            before = role;
            (run, row.and_then(|row| key(sort.column, &row)), sibling)
        })
        .collect();
    keyed.sort_by(|one, other| {
        let runs = one.0.cmp(&other.0);
        runs.then_with(|| sort.compare(one.1.as_ref(), other.1.as_ref()))
    });
    siblings.extend(keyed.into_iter().map(|(_, _, sibling)| sibling));
}

/// What a table would show of an entry that is an object.
fn row(branch: &Branch, entry: &Entry) -> Option<TableRow> {
    let What::Object(row) = &entry.what else {
        return None;
    };
    let content = branch.content(entry);
    Some(TableRow {
        row: row.clone(),
        verdict: content.verdict,
        replicas: content.replicas,
        version: content.version,
        // Siblings are of one clock.
        ahead: jiff::SignedDuration::ZERO,
    })
}
