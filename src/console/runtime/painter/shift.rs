//! Rows that stand as they stood, only higher or lower: a terminal moves them by itself, for a few bytes.
//!
//! Margins, and to insert and delete lines between them, are what every terminal has known since the VT102.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ratatui::buffer::{Buffer, Cell};

/// What makes the terminal use all of its rows again.
pub(super) const NO_MARGINS: &str = "\u{1b}[r";

/// Rows that are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    /// The first and the last row of all that move or make room.
    top: usize,
    bottom: usize,
    /// By how many rows, and which way.
    by: usize,
    up: bool,
}

impl Shift {
    /// What moves most on the way from `shown` to `next`, which have the same size.
    pub(super) fn between(shown: &Buffer, next: &Buffer) -> Option<Self> {
        let (shown, next) = (rows(shown), rows(next));
        let (by, up) = likely(&shown, &next)?;
        // How many cells less there are to write of each row that can be moved to, if it is.
        let count = next.len().checked_sub(by)?;
        let gains = (0..count).map(|row| {
            let (to, from) = if up { (row, row + by) } else { (row + by, row) };
            let (meant, there, moved) = (next.get(to), shown.get(to), shown.get(from));
            differing(meant, there) - differing(meant, moved)
        });
        let (first, last) = best_run(gains)?;
        Some(Self {
            top: first,
            bottom: last + by,
            by,
            up,
        })
    }

    /// What is shown when these rows have moved: where nothing came to, there is nothing.
    pub(super) fn moved(self, shown: &Buffer) -> Buffer {
        let mut moved = shown.clone();
        let width = usize::from(shown.area.width);
        let rows = moved
            .content
            .get_mut(self.top * width..(self.bottom + 1) * width)
            .unwrap_or_default();
        let cells = (self.by * width).min(rows.len());
        let room = if self.up {
            rows.rotate_left(cells);
            let kept = rows.len() - cells;
            rows.get_mut(kept..)
        } else {
            rows.rotate_right(cells);
            rows.get_mut(..cells)
        };
        room.unwrap_or_default().iter_mut().for_each(Cell::reset);
        moved
    }

    /// Writes what makes a terminal move them. The pen has to be without colours; where the cursor is then is not told.
    pub(super) fn write(self, out: &mut String) {
        let Self { top, bottom, by, up } = self;
        let (top, bottom) = (top + 1, bottom + 1);
        let what = if up { 'M' } else { 'L' };
        // Nobody sees an error of writing to a String.
        let _ = write!(
            out,
            "\u{1b}[{top};{bottom}r\u{1b}[{top}H\u{1b}[{by}{what}{NO_MARGINS}"
        );
    }
}

fn rows(buffer: &Buffer) -> Vec<&[Cell]> {
    let width = usize::from(buffer.area.width).max(1);
    buffer.content.chunks(width).collect()
}

/// The way that most rows seem to have gone: by how many, and whether upwards.
fn likely(shown: &[&[Cell]], next: &[&[Cell]]) -> Option<(usize, bool)> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (row, cells) in shown.iter().enumerate() {
        if let Some(beginning) = beginning(cells) {
            places.entry(beginning).or_default().push(row);
        }
    }
    let mut votes: HashMap<(usize, bool), usize> = HashMap::new();
    for (row, cells) in next.iter().enumerate() {
        let Some(was_in) = beginning(cells).and_then(|beginning| places.get(&beginning)) else {
            continue;
        };
        for was in was_in.iter().filter(|was| **was != row) {
            *votes.entry((was.abs_diff(row), *was > row)).or_default() += 1;
        }
    }
    let most = votes
        .into_iter()
        .max_by_key(|(way, votes)| (*votes, std::cmp::Reverse(*way)));
    most.map(|(way, _)| way)
}

/// A number for what a row begins with, whatever its first cell: there the cursor is, and at the end stands what belongs to other rows
/// as well. Nothing where it begins with blanks alone.
fn beginning(cells: &[Cell]) -> Option<u64> {
    let cells = cells.get(1..cells.len() / 3)?;
    let mut hasher = DefaultHasher::new();
    for cell in cells {
        cell.symbol().hash(&mut hasher);
    }
    cells
        .iter()
        .any(|cell| cell.symbol() != " ")
        .then(|| hasher.finish())
}

/// How many cells differ.
fn differing(one: Option<&&[Cell]>, other: Option<&&[Cell]>) -> i64 {
    let pairs = cells(one).iter().zip(cells(other));
    let differing = pairs.filter(|(one, other)| one != other);
    i64::try_from(differing.count()).unwrap_or(i64::MAX)
}

fn cells<'a>(row: Option<&&'a [Cell]>) -> &'a [Cell] {
    row.copied().unwrap_or_default()
}

/// First and last of the numbers that stand together and come to most; nothing where that is nothing.
fn best_run(numbers: impl Iterator<Item = i64>) -> Option<(usize, usize)> {
    let mut best: Option<(i64, usize, usize)> = None;
    let (mut sum, mut first) = (0, 0);
    for (at, number) in numbers.enumerate() {
        if sum <= 0 {
            (sum, first) = (0, at);
        }
        sum += number;
        if sum > best.map_or(0, |(most, ..)| most) {
            best = Some((sum, first, at));
        }
    }
    best.map(|(_, first, last)| (first, last))
}
