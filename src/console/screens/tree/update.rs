//! What commands do to the tree screen.

use std::collections::HashSet;

use fleetui_fleet::FleetStore;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::tree::{Fold, Line, Node};
use jiff::Timestamp;

use super::state::{Drawn, State, Under};
use crate::command::Move;

/// How often "unfold everything below" may find something new that is folded; the tree is no deeper.
const DEEPEST: usize = 12;

/// What the tree is built from; lent by the app.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// Nodes with lines of the cell editor below.
    pub under: &'a [Under],
    /// Now.
    pub now: Timestamp,
}

impl State {
    /// Moves the cursor.
    pub fn go(&mut self, command: Move) {
        let last = self.drawn.len().saturating_sub(1);
        let page = self.height.saturating_sub(1).max(1);
        match command {
            Move::Down => self.step(1, true),
            Move::Up => self.step(1, false),
            Move::PageDown => self.step(page, true),
            Move::PageUp => self.step(page, false),
            Move::HalfDown => self.step(page.div_ceil(2), true),
            Move::HalfUp => self.step(page.div_ceil(2), false),
            Move::Top => self.land(0, true),
            Move::Bottom => self.land(last, false),
        }
    }

    fn step(&mut self, rows: usize, down: bool) {
        let last = self.drawn.len().saturating_sub(1);
        let target = if down {
            (self.at + rows).min(last)
        } else {
            self.at.saturating_sub(rows)
        };
        self.land(target, down);
    }

    /// Puts the cursor on the line at `target`, or on the next one in the direction that it moves in.
    fn land(&mut self, target: usize, down: bool) {
        let is_line = |at: &usize| {
            self.drawn
                .get(*at)
                .is_some_and(|drawn| matches!(drawn, Drawn::Line(_)))
        };
        let onward = if down {
            (target..self.drawn.len()).find(is_line)
        } else {
            (0..=target).rev().find(is_line)
        };
        let back = || {
            if down {
                (0..target).rev().find(is_line)
            } else {
                (target..self.drawn.len()).find(is_line)
            }
        };
        if let Some(at) = onward.or_else(back) {
            self.put(at);
        }
    }

    /// Unfolds the line of the cursor, or goes to the first line below it.
    pub fn unfold(&mut self, ground: Ground<'_>) {
        match self.line().map(|line| line.fold) {
            Some(Fold::Closed) => self.toggle(ground),
            Some(Fold::Open) => self.step(1, true),
            Some(Fold::Leaf) | None => {}
        }
    }

    /// Folds the line of the cursor, or goes to its parent.
    pub fn fold(&mut self, ground: Ground<'_>) {
        match self.line().map(|line| line.fold) {
            Some(Fold::Open) => self.toggle(ground),
            Some(Fold::Closed | Fold::Leaf) => {
                if let Some(Drawn::Line(index)) = self.drawn.get(self.at).copied()
                    && let Some(parent) = self.tree.parent(index)
                {
                    self.put_on(parent);
                }
            }
            None => {}
        }
    }

    /// Unfolds everything below the cursor; where everything is unfolded, folds it.
    pub fn unfold_all(&mut self, ground: Ground<'_>) {
        let mut seen: HashSet<Node> = HashSet::new();
        for _ in 0..DEEPEST {
            let folded: Vec<Node> = self
                .below_cursor()
                .into_iter()
                .filter(|node| !seen.contains(node))
                .collect();
            if folded.is_empty() {
                return;
            }
            for node in folded {
                seen.insert(node.clone());
                self.flip(&node);
            }
            self.rebuild(ground.fleet, ground.under, ground.now);
        }
    }

    /// Folded lines at and below the cursor.
    fn below_cursor(&self) -> Vec<Node> {
        let Some(Drawn::Line(start)) = self.drawn.get(self.at).copied() else {
            return Vec::new();
        };
        let below = std::iter::once(start).chain(self.tree.below(start));
        below
            .filter(|index| {
                self.tree
                    .place(*index)
                    .is_some_and(|place| place.1 == Fold::Closed)
            })
            .filter_map(|index| self.tree.node(index))
            .collect()
    }

    fn toggle(&mut self, ground: Ground<'_>) {
        if let Some(node) = self.cursor.clone() {
            self.flip(&node);
            self.rebuild(ground.fleet, ground.under, ground.now);
        }
    }

    fn flip(&mut self, node: &Node) {
        let toggled = if self.options.filter.is_some() {
            &mut self.options.toggled_in_filter
        } else {
            &mut self.options.toggled
        };
        if !toggled.remove(node) {
            toggled.insert(node.clone());
        }
    }

    /// Shows only what matches what was typed, as far as it is complete; says what the rest lacks.
    pub fn filter(&mut self, typed: &str, ground: Ground<'_>) -> Option<String> {
        let (filter, lacking) = Filter::read(typed);
        self.options.filter = filter;
        // What was unfolded of other matches has nothing to do with these.
        self.options.toggled_in_filter.clear();
        self.rebuild(ground.fleet, ground.under, ground.now);
        lacking.map(|lacking| lacking.to_string())
    }

    /// Puts the cursor on the first object that the filter asks for, unless it is on one.
    pub fn go_to_match(&mut self, now: Timestamp) {
        let Some(filter) = self.options.filter.clone() else {
            return;
        };
        let matches = |line: &Line| {
            line.row
                .as_ref()
                .is_some_and(|row| filter.matches(row, &line.verdict, now))
        };
        if self.line().is_some_and(matches) {
            return;
        }
        if let Some(index) = self.tree.find(&filter, now) {
            self.put_on(index);
        }
    }

    /// Puts the cursor on this line, where it is shown.
    pub fn go_to(&mut self, node: &Node, ground: Ground<'_>) {
        self.rebuild(ground.fleet, ground.under, ground.now);
        if let Some(index) = self.tree.position(node) {
            self.put_on(index);
        }
    }

    /// Takes filter and faults-only away; says whether there was something to take.
    pub fn clear(&mut self, ground: Ground<'_>) -> bool {
        let had = self.options.filter.take().is_some() | std::mem::take(&mut self.options.faults_only);
        if had {
            self.rebuild(ground.fleet, ground.under, ground.now);
        }
        had
    }
}
