//! Where nodes are among the lines: found by what they stand for, whatever else has changed.

use std::ops::Range;

use fleetui_base::ObjectKey;

use super::show::{GROUP, Seen};
use super::{Node, Tree};

/// A number for a name: equal names have equal ones, others nearly always another.
pub(super) fn hash(name: &str) -> u32 {
    // FNV-1a: names are short, and whoever makes two of them collide only makes one more comparison.
    name.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The same for a heading, which has its name many times.
pub(super) fn hash_of_group(cluster: &ObjectKey, name: &str) -> u32 {
    hash(&cluster.object.name) ^ hash(name)
}

/// The same for what a line stands for: its name, as nearly all differ in it.
pub(super) fn hash_of(node: &Node) -> u32 {
    match node {
        Node::Fleet(group) => hash(group.as_deref().unwrap_or_default()),
        Node::ManagementCluster(name) => hash(name.as_str()),
        Node::Object(key) | Node::Beside(_, key) | Node::Missing(_, key) => hash(&key.object.name),
        Node::Group(key, name) => hash_of_group(key, name),
    }
}

/// Whether what stands below `line` may be as deep as `other`: headings of groups are as deep as the management clusters below
/// them.
fn is_above(line: &Seen, other: &Seen) -> bool {
    line.depth < other.depth || (line.branch == GROUP && other.branch != GROUP)
}

impl Tree {
    /// Where a node is.
    pub fn position(&self, node: &Node) -> Option<usize> {
        let hash = hash_of(node);
        let seen = self.seen.iter().enumerate();
        seen.filter(|(_, seen)| seen.hash == hash)
            .find(|(_, seen)| self.stands_for(**seen, node))
            .map(|(index, _)| index)
    }

    /// Where a node is; if it is gone, where the nearest line of an earlier tree is that is still there: one at the same depth
    /// below it, else what was above it. Absent only where the earlier tree did not have it either.
    pub fn nearest(&self, before: &Tree, node: &Node) -> Option<usize> {
        if let Some(index) = self.position(node) {
            return Some(index);
        }
        let was = before.position(node)?;
        let depth = before.seen.get(was).map_or(0, |seen| seen.depth);
        let mut places: Vec<(u32, usize)> = self
            .seen
            .iter()
            .enumerate()
            .map(|(index, seen)| (seen.hash, index))
            .collect();
        places.sort_unstable();
        let found = |index: usize| {
            let hash = before.seen.get(index)?.hash;
            let first = places.partition_point(|(other, _)| *other < hash);
            let alike = places.get(first..)?;
            let alike = alike.iter().take_while(|(other, _)| *other == hash);
            let mut node = None;
            for (_, place) in alike {
                if node.is_none() {
                    node = before.node(index);
                }
                if self.stands_for(*self.seen.get(*place)?, node.as_ref()?) {
                    return Some(*place);
                }
            }
            None
        };
        let is_sibling = |index: &usize| before.seen.get(*index).is_some_and(|seen| seen.depth >= depth);
        let below = (was + 1..before.len()).take_while(is_sibling).find_map(found);
        below
            .or_else(|| (0..was).rev().find_map(found))
            .or_else(|| (!self.is_empty()).then_some(0))
    }

    /// The nearest line above that is the parent of the one at `index`.
    pub fn parent(&self, index: usize) -> Option<usize> {
        let line = self.seen.get(index)?;
        self.seen
            .get(..index)?
            .iter()
            .rposition(|seen| is_above(seen, line))
    }

    /// The lines below the one at `index`.
    pub fn below(&self, index: usize) -> Range<usize> {
        let first = index + 1;
        let (Some(line), Some(rest)) = (self.seen.get(index), self.seen.get(first..)) else {
            return first..first;
        };
        let end = rest.iter().position(|seen| !is_above(line, seen));
        first..end.map_or(self.seen.len(), |end| first + end)
    }
}
