//! Rows that a person has marked, by what they are. What is not seen is never acted on, and no mark outlives the place that it
//! was made in.
//!
//! Must not know: what rows look like.

use std::collections::HashSet;
use std::hash::Hash;

use compact_str::CompactString;
use fleetui_base::ObjectKey;

/// What a row of an object is: where it is found, and which life of that name.
pub type Id = (ObjectKey, CompactString);

/// Marked rows.
#[derive(Debug, Clone)]
pub struct Marks<K> {
    marked: HashSet<K>,
    /// The row that was marked last, from which a range begins.
    last: Option<K>,
}

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self {
            marked: HashSet::new(),
            last: None,
        }
    }
}

impl<K: Clone + Eq + Hash> Marks<K> {
    /// Marks a row, or takes its mark away.
    pub fn toggle(&mut self, row: &K) {
        self.last = None;
        if !self.marked.remove(row) {
            self.marked.insert(row.clone());
            self.last = Some(row.clone());
        }
    }

    /// Marks all of `seen` from the row that was marked last to this one; where that is not seen, this one alone.
    pub fn extend_to(&mut self, row: &K, seen: &[K]) {
        let place = |wanted: &K| seen.iter().position(|other| other == wanted);
        let Some(at) = place(row) else { return };
        let from = self.last.as_ref().and_then(place).unwrap_or(at);
        let range = from.min(at)..=from.max(at);
        self.marked
            .extend(seen.get(range).unwrap_or_default().iter().cloned());
        self.last = Some(row.clone());
    }

    /// Takes all marks away; says whether there were any.
    pub fn clear(&mut self) -> bool {
        let had = !self.marked.is_empty();
        self.marked.clear();
        had
    }

    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.marked.is_empty()
    }

    /// Whether a row is marked.
    pub fn contains(&self, row: &K) -> bool {
        self.marked.contains(row)
    }

    /// Forgets marks of rows that do not exist any more; those that are only not seen keep theirs.
    pub fn retain(&mut self, exists: impl Fn(&K) -> bool) {
        self.marked.retain(|row| exists(row));
    }

    /// How many of `seen` are marked, and how many marks are not among them.
    pub fn count(&self, seen: &[K]) -> (usize, usize) {
        if self.marked.is_empty() {
            return (0, 0);
        }
        let shown = seen.iter().filter(|row| self.contains(row)).count();
        (shown, self.marked.len() - shown)
    }

    /// What is said of marks: how many of `seen` are marked, and how many others are, which are not acted on.
    pub fn said(&self, seen: &[K]) -> Option<String> {
        match self.count(seen) {
            (0, 0) => None,
            (seen, 0) => Some(format!("{seen} marked")),
            (seen, hidden) => Some(format!("{seen} marked, {hidden} hidden and left alone")),
        }
    }

    /// What a command acts on: the marked rows among `seen`, in their order; where none of them is marked, the one under the cursor.
    pub fn acted_on(&self, seen: &[K], cursor: Option<&K>) -> Vec<K> {
        let marked: Vec<K> = seen.iter().filter(|row| self.contains(row)).cloned().collect();
        if marked.is_empty() {
            return cursor.cloned().into_iter().collect();
        }
        marked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_goes_from_the_row_that_was_marked_last() {
        let seen: Vec<u32> = (1..=6).collect();
        let mut marks = Marks::default();
        marks.extend_to(&2, &seen);
        marks.extend_to(&4, &seen);
        assert_eq!(marks.acted_on(&seen, None), [2, 3, 4]);
        // Whoever has gone, or is not seen, begins no range.
        marks.extend_to(&6, &[1, 6]);
        assert_eq!(marks.acted_on(&seen, None), [2, 3, 4, 6]);
        marks.extend_to(&5, &seen);
        assert_eq!(marks.acted_on(&seen, None), [2, 3, 4, 5, 6]);
    }

    #[test]
    fn anchor_50_what_is_hidden_is_not_acted_on() {
        let mut marks = Marks::default();
        for row in [1, 2, 3] {
            marks.toggle(&row);
        }
        marks.toggle(&2);
        assert_eq!(marks.acted_on(&[3, 2, 1], Some(&2)), [3, 1]);
        // A filter hides 3.
        assert_eq!(marks.acted_on(&[2, 1], Some(&2)), [1]);
        assert_eq!(marks.count(&[2, 1]), (1, 1));
        // It hides all marked ones: the one under the cursor is meant, and not those.
        assert_eq!(marks.acted_on(&[2], Some(&2)), [2]);
        assert_eq!(marks.acted_on(&[], None), [0; 0]);
    }

    #[test]
    fn marks_go_with_what_they_were_on() {
        let mut marks = Marks::default();
        marks.toggle(&1);
        marks.retain(|row| *row != 1);
        assert!(!marks.contains(&1) && !marks.clear());
        marks.toggle(&1);
        assert!(marks.clear());
    }
}
