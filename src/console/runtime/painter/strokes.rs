//! The changes of a frame as strokes, each of one pen, in the order in which the pen is changed least.

use ratatui::buffer::Cell;

use super::is_surely_one_wide;
use crate::runtime::sgr::Pen;

/// A cell that is not as it is shown, and where it is.
pub(super) type Change<'a> = (u16, u16, &'a Cell);

/// Changes that stand side by side and that one pen draws.
pub(super) struct Stroke<'a> {
    pub(super) pen: Pen,
    pub(super) cells: &'a [Change<'a>],
    /// Blanks alone, so that other pens draw them as well.
    blank: bool,
}

impl<'a> Stroke<'a> {
    fn begun_with(cells: &'a [Change<'a>], (_, _, cell): &Change<'_>) -> Self {
        Self {
            pen: Pen::of(cell),
            cells,
            blank: cell.symbol() == " ",
        }
    }

    /// Whether the terminal's cursor is somewhere else behind it than it should be, as far as one knows.
    pub(super) fn is_unsure(&self) -> bool {
        self.cells
            .first()
            .is_some_and(|(_, _, cell)| !is_surely_one_wide(cell.symbol()))
    }

    /// Whether this change goes on with the stroke behind `last`, of which it may become the pen.
    fn takes(&mut self, last: &Change<'_>, change: &Change<'_>) -> bool {
        let ((last_x, last_y, last_cell), (x, y, cell)) = (last, change);
        let is_behind = y == last_y && *x == last_x + 1;
        let are_alike = is_surely_one_wide(last_cell.symbol()) == is_surely_one_wide(cell.symbol());
        if !is_behind || !are_alike {
            return false;
        }
        let (pen, blank) = (Pen::of(cell), cell.symbol() == " ");
        if pen == self.pen || (blank && pen.same_for_blanks(self.pen)) {
            self.blank &= blank;
            return true;
        }
        if self.blank && pen.same_for_blanks(self.pen) {
            (self.pen, self.blank) = (pen, false);
            return true;
        }
        false
    }
}

/// Cuts changes, which come row by row, into strokes.
pub(super) fn of<'a>(changes: &'a [Change<'a>]) -> Vec<Stroke<'a>> {
    let mut strokes: Vec<Stroke<'a>> = Vec::new();
    let (mut start, mut last) = (0, None);
    for (index, change) in changes.iter().enumerate() {
        let goes_on = match (strokes.last_mut(), last) {
            (Some(stroke), Some(last)) => stroke.takes(last, change),
            _ => false,
        };
        if !goes_on {
            start = index;
            strokes.push(Stroke::begun_with(&[], change));
        }
        if let (Some(stroke), Some(cells)) = (strokes.last_mut(), changes.get(start..=index)) {
            stroke.cells = cells;
        }
        last = Some(change);
    }
    strokes
}

/// Puts strokes of one pen together, that pen first which is at hand, then always one that differs little from the one before.
pub(super) fn by_pens(mut strokes: Vec<Stroke<'_>>, at_hand: Pen) -> Vec<Stroke<'_>> {
    let mut pens: Vec<Pen> = Vec::new();
    for stroke in strokes.iter().filter(|stroke| !stroke.blank) {
        if !pens.contains(&stroke.pen) {
            pens.push(stroke.pen);
        }
    }
    for stroke in strokes.iter_mut().filter(|stroke| stroke.blank) {
        let pen = stroke.pen;
        match std::iter::once(&at_hand)
            .chain(&pens)
            .find(|known| pen.same_for_blanks(**known))
        {
            Some(known) => stroke.pen = *known,
            None => pens.push(pen),
        }
    }
    let mut order: Vec<Pen> = vec![at_hand];
    let mut before = at_hand;
    while let Some(nearest) =
        (0..pens.len()).min_by_key(|index| pens.get(*index).map(|pen| pen.differs(before)))
    {
        before = pens.swap_remove(nearest);
        order.push(before);
    }
    strokes.sort_by_cached_key(|stroke| order.iter().position(|pen| *pen == stroke.pen));
    strokes
}
