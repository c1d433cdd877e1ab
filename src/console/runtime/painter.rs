//! Frames on a line to a terminal: only the cells that changed, in as few bytes as it takes.
//!
//! Over SSH every byte of a cursor move is waited for. So all that has one style is written before the next style, as a jump
//! costs far less than a colour; only what differs of a style is written, blanks take whatever colour the pen has, and a short
//! way between two changes is written over rather than jumped over. Rows that scroll are moved by the terminal, where that is less.
//!
//! Must not know: whose terminal it is, or how it was taken.

use std::fmt::Write as _;
use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::sgr::Pen;
use shift::Shift;
use strokes::{Change, Stroke};

mod shift;
mod strokes;

/// A draw appears at once and never half, where the terminal knows these two.
const BEGIN: &str = "\u{1b}[?2026h";
const END: &str = "\u{1b}[?2026l";

/// Everything is cleared in the terminal's own colours, whatever margins somebody has left.
const CLEAR: &str = "\u{1b}[m\u{1b}[r\u{1b}[2J";

/// What takes no more bytes than this is not worth the search for rows that have moved.
const LITTLE: usize = 400;

/// So many unchanged cells cost no more than a jump over them.
const MOST_WRITTEN_OVER: u16 = 4;

/// Writes frames to `out`.
#[derive(Debug)]
pub struct Painter<W: Write> {
    out: W,
    /// What is on the screen; absent when that is not known.
    shown: Option<Buffer>,
    /// What the terminal draws with at the moment.
    pen: Pen,
}

impl<W: Write> Painter<W> {
    /// A painter of a screen of which nothing is known.
    pub fn new(out: W) -> Self {
        Self {
            out,
            shown: None,
            pen: Pen::RESET,
        }
    }

    /// Forgets what is on the screen, so that the next frame is painted whole.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// What it writes to.
    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Writes the cells in which `next` differs from what is shown. What looks the same costs no byte: an idle console is quiet
    /// on the line.
    ///
    /// # Errors
    /// Those of the line.
    pub fn paint(&mut self, next: Buffer) -> io::Result<()> {
        self.paint_beyond(LITTLE, next)
    }

    /// Looks for rows that have moved where it would take more than `little` bytes without.
    fn paint_beyond(&mut self, little: usize, mut next: Buffer) -> io::Result<()> {
        bleach(&mut next);
        let shown = self.shown.take().filter(|shown| shown.area == next.area);
        let anew = shown.is_none();
        let shown = shown.unwrap_or_else(|| Buffer::empty(next.area));
        let changes = shown.diff(&next);
        if anew || !changes.is_empty() {
            let before = if anew { CLEAR } else { "" };
            let pen = if anew { Pen::RESET } else { self.pen };
            let mut painted = Painted::of(&next, &changes, before, pen);
            if !anew && painted.text.len() > little {
                let moved = Painted::moving(&shown, &next, self.pen);
                painted = moved.into_iter().fold(painted, Painted::shorter);
            }
            self.pen = painted.pen;
            self.out.write_all(painted.text.as_bytes())?;
            self.out.flush()?;
        }
        self.shown = Some(next);
        Ok(())
    }
}

/// The bytes of a frame, and the pen that is left behind them.
struct Painted {
    text: String,
    pen: Pen,
}

impl Painted {
    /// These changes, after something that is written `before` them and leaves that pen.
    fn of(next: &Buffer, changes: &[Change<'_>], before: &str, pen: Pen) -> Self {
        let mut text = String::with_capacity(changes.len() * 2 + 64);
        text.push_str(BEGIN);
        text.push_str(before);
        let pen = Writer::new(next, pen, &mut text).all(changes);
        text.push_str(END);
        Self { text, pen }
    }

    /// The same frame by moving rows, where some seem to have moved. What comes in has the colours of the pen that moves them.
    fn moving(shown: &Buffer, next: &Buffer, pen: Pen) -> Option<Self> {
        let shift = Shift::between(shown, next)?;
        let mut before = String::new();
        Pen::RESET.write(pen, &mut before);
        shift.write(&mut before);
        Some(Self::of(
            next,
            &shift.moved(shown).diff(next),
            &before,
            Pen::RESET,
        ))
    }

    fn shorter(self, other: Self) -> Self {
        if other.text.len() < self.text.len() {
            other
        } else {
            self
        }
    }
}

/// Blanks that show nothing of their front are alike whatever it was, so that none is written for it.
fn bleach(frame: &mut Buffer) {
    for cell in &mut frame.content {
        if cell.symbol() == " "
            && !cell
                .modifier
                .intersects(Modifier::UNDERLINED | Modifier::REVERSED)
        {
            cell.fg = Color::Reset;
            cell.modifier = Modifier::empty();
        }
    }
}

/// Writes the changes of one frame.
struct Writer<'a> {
    next: &'a Buffer,
    text: &'a mut String,
    pen: Pen,
    /// Where the terminal's cursor is, as far as that is sure.
    at: Option<(u16, u16)>,
}

impl<'a> Writer<'a> {
    fn new(next: &'a Buffer, pen: Pen, text: &'a mut String) -> Self {
        Self {
            next,
            text,
            pen,
            at: None,
        }
    }

    /// Writes all of them; gives the pen that is left.
    fn all(mut self, changes: &[Change<'_>]) -> Pen {
        // What some terminals draw wider than others is written first, so that what stands behind it is written over it.
        let (unsure, sure): (Vec<_>, Vec<_>) = strokes::of(changes).into_iter().partition(Stroke::is_unsure);
        for strokes in [unsure, sure] {
            for stroke in strokes::by_pens(strokes, self.pen) {
                self.stroke(&stroke);
            }
        }
        self.pen
    }

    fn stroke(&mut self, stroke: &Stroke<'_>) {
        stroke.pen.write(self.pen, self.text);
        self.pen = stroke.pen;
        for (x, y, cell) in stroke.cells {
            self.go((*x, *y));
            self.text.push_str(cell.symbol());
            // Terminals do not agree on how wide some characters are: behind such a one the place is told anew. At the end of
            // a row they do not agree on where the cursor stands.
            self.at = self
                .at
                .map(|(x, y)| (x + 1, y))
                .filter(|(x, _)| is_surely_one_wide(cell.symbol()) && *x < self.next.area.right());
        }
    }

    fn go(&mut self, to: (u16, u16)) {
        if self.at == Some(to) || self.write_over(to) {
            return;
        }
        // Nobody sees an error of writing to a String.
        let _ = match (self.at, to) {
            (Some((x, y)), (to_x, to_y)) if y == to_y && x < to_x => {
                write!(self.text, "\u{1b}[{}C", to_x - x)
            }
            (_, (0, y)) => write!(self.text, "\u{1b}[{}H", y + 1),
            (_, (x, y)) => write!(self.text, "\u{1b}[{};{}H", y + 1, x + 1),
        };
        self.at = Some(to);
    }

    /// Writes the cells between here and there again, if they are few and look as the pen writes.
    fn write_over(&mut self, (x, y): (u16, u16)) -> bool {
        let Some((from, row)) = self.at else { return false };
        if row != y || x <= from || x - from > MOST_WRITTEN_OVER {
            return false;
        }
        let (next, pen) = (self.next, self.pen);
        let between = || (from..x).filter_map(move |x| next.cell((x, y)));
        let plain = |cell: &Cell| {
            let mut bytes = cell.symbol().bytes();
            let one = matches!((bytes.next(), bytes.next()), (Some(0x20..0x7f), None));
            one && (Pen::of(cell) == pen || (cell.symbol() == " " && Pen::of(cell).same_for_blanks(pen)))
        };
        if !between().all(plain) {
            return false;
        }
        between().for_each(|cell| self.text.push_str(cell.symbol()));
        self.at = Some((x, y));
        true
    }
}

/// ASCII, and what boxes and the console's own signs are drawn with.
pub(super) fn is_surely_one_wide(symbol: &str) -> bool {
    let mut characters = symbol.chars();
    let (first, second) = (characters.next(), characters.next());
    second.is_none()
        && first.is_some_and(|first| {
            matches!(first, ' '..='~' | '\u{2500}'..='\u{257f}' | '\u{2580}'..='\u{259f}' | '…' | '·')
        })
}

#[cfg(test)]
mod tests;
