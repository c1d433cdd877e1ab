//! Lists whose columns have fixed places: which of them there is room for, how wide each is, and how titles and rows are painted.
//!
//! Must not know: what the rows are of. (Columns that share their room by what stands in them are in `grid`.)

use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::look::Look;
use crate::theme::Role;
use crate::widgets::{put, skip};

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// So many cells.
    Fixed(u16),
    /// So many cells, and at most a third of what there is.
    Third(u16),
    /// All that is left.
    Rest,
}

/// Which end of a text is cut where there is no room for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Its end.
    End,
    /// Its middle, as the end tells it from its like.
    Middle,
}

/// Puts a text into a cell, cut there where there is no room for all of it.
pub fn put_cut(buffer: &mut Buffer, cell: Rect, (text, cut): (&Shown, Cut), style: Style) {
    match cut {
        Cut::End => put(buffer, cell, text, style),
        Cut::Middle => put(buffer, cell, &text.fit_middle(usize::from(cell.width)), style),
    };
}

/// One column: its title, its width, from how many cells of the screen it is there, and what of a row stands there.
pub struct Column<C> {
    /// Its title.
    pub title: &'static str,
    /// How wide it is.
    pub width: Width,
    /// From how many cells of the screen it is there.
    pub from: u16,
    /// What is cut of what stands in it.
    pub cut: Cut,
    /// What of a row stands in it.
    pub cell: fn(&C) -> (&Shown, Role),
}

impl<C> Column<C> {
    /// A column whose texts are cut at their end.
    pub const fn new(title: &'static str, width: Width, from: u16, cell: fn(&C) -> (&Shown, Role)) -> Self {
        Self {
            title,
            width,
            from,
            cut: Cut::End,
            cell,
        }
    }

    /// How wide it is on a screen of `whole` cells.
    pub fn width(&self, whole: u16) -> u16 {
        match self.width {
            Width::Fixed(cells) => cells,
            Width::Third(cells) => cells.min(whole / 3),
            Width::Rest => u16::MAX,
        }
    }
}

/// The columns that are there on a screen of `whole` cells.
pub fn shown<C>(columns: &[Column<C>], whole: u16) -> impl Iterator<Item = &Column<C>> {
    columns.iter().filter(move |column| column.from <= whole)
}

/// Paints the titles into `rest`, of a row of `whole` cells.
pub fn titles<C>(columns: &[Column<C>], look: &Look, (whole, mut rest): (u16, Rect), buffer: &mut Buffer) {
    for column in shown(columns, whole) {
        put(
            buffer,
            rest,
            &Shown::ours(column.title),
            look.style(Role::Columns),
        );
        rest = skip(rest, column.width(whole).saturating_add(1));
    }
}

/// Paints a row into `rest`, of a row of `whole` cells.
pub fn paint<C>(
    columns: &[Column<C>],
    cells: &C,
    look: &Look,
    (whole, mut rest): (u16, Rect),
    buffer: &mut Buffer,
) {
    for column in shown(columns, whole) {
        let (text, role) = (column.cell)(cells);
        let room = Rect {
            width: column.width(whole).min(rest.width),
            ..rest
        };
        put_cut(buffer, room, (text, column.cut), look.style(role));
        rest = skip(rest, room.width.saturating_add(1));
    }
}
