//! Styles as the sequences that terminals take: `ESC [ … m`. Only what differs from the style before is written.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::theme::colour::ANSI_COLOURS;

/// How a cell looks to a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pen {
    front: Color,
    back: Color,
    modifier: Modifier,
}

/// The modifiers that are written, with the code that switches each on.
const MODIFIERS: [(Modifier, &str); 5] = [
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::REVERSED, "7"),
];

/// How modifiers are taken away: bold and dim by one code.
const TAKEN_AWAY: [(Modifier, &str); 4] = [
    (Modifier::BOLD.union(Modifier::DIM), "22"),
    (Modifier::ITALIC, "23"),
    (Modifier::UNDERLINED, "24"),
    (Modifier::REVERSED, "27"),
];

impl Pen {
    /// What a terminal has after `ESC [ m`.
    pub(super) const RESET: Self = Self {
        front: Color::Reset,
        back: Color::Reset,
        modifier: Modifier::empty(),
    };

    /// The pen that draws `cell`.
    pub(super) fn of(cell: &Cell) -> Self {
        Self {
            front: cell.fg,
            back: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// Whether a blank looks the same with both: it has no front but what is drawn under or through it.
    pub(super) fn same_for_blanks(self, other: Self) -> bool {
        let lines = Modifier::UNDERLINED | Modifier::REVERSED;
        let plain = !self.modifier.intersects(lines) && !other.modifier.intersects(lines);
        self == other || (plain && self.back == other.back)
    }

    /// How much there is to write for this pen after `before`: colours cost most.
    pub(super) fn differs(self, before: Self) -> usize {
        let colours = [(self.front, before.front), (self.back, before.back)];
        let changed = colours.into_iter().filter(|(new, old)| new != old).count();
        4 * changed + usize::from(self.modifier != before.modifier)
    }

    /// Writes what makes this pen of any other; for text of which any part may be looked at alone.
    pub(super) fn write_whole(self, out: &mut String) {
        let mut codes = Codes { out, any: false };
        codes.out.push_str("\u{1b}[");
        codes.push("0");
        for (modifier, code) in MODIFIERS {
            if self.modifier.contains(modifier) {
                codes.push(code);
            }
        }
        for (colour, base) in [(self.front, 30), (self.back, 40)] {
            if colour != Color::Reset {
                codes.colour(colour, base);
            }
        }
        codes.out.push('m');
    }

    /// Writes what makes this pen of `before`.
    pub(super) fn write(self, before: Self, out: &mut String) {
        if self == before {
            return;
        }
        let mut codes = Codes { out, any: false };
        codes.out.push_str("\u{1b}[");
        let lost = before.modifier.difference(self.modifier);
        let mut new = self.modifier.difference(before.modifier);
        for (modifiers, code) in TAKEN_AWAY {
            if lost.intersects(modifiers) {
                codes.push(code);
                // What goes with it and should stay is written again.
                new |= self.modifier & modifiers;
            }
        }
        for (modifier, code) in MODIFIERS {
            if new.contains(modifier) {
                codes.push(code);
            }
        }
        if self.front != before.front {
            codes.colour(self.front, 30);
        }
        if self.back != before.back {
            codes.colour(self.back, 40);
        }
        codes.out.push('m');
    }
}

/// Codes of one sequence, with their separators.
struct Codes<'a> {
    out: &'a mut String,
    any: bool,
}

impl Codes<'_> {
    fn push(&mut self, code: &str) {
        if std::mem::replace(&mut self.any, true) {
            self.out.push(';');
        }
        self.out.push_str(code);
    }

    /// `base` is 30 for the front, 40 for the back.
    fn colour(&mut self, colour: Color, base: u8) {
        let code = match colour {
            Color::Rgb(red, green, blue) => format!("{};2;{red};{green};{blue}", base + 8),
            Color::Indexed(index) => format!("{};5;{index}", base + 8),
            named => match (0_u8..).zip(ANSI_COLOURS).find(|(_, known)| *known == named) {
                Some((index, _)) if index < 8 => (base + index).to_string(),
                Some((index, _)) => (base + 60 + index - 8).to_string(),
                None => (base + 9).to_string(),
            },
        };
        self.push(&code);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn pen(style: Style) -> Pen {
        let mut cell = Cell::default();
        cell.set_style(style);
        Pen::of(&cell)
    }

    fn written(before: Style, after: Style) -> String {
        let mut out = String::new();
        pen(after).write(pen(before), &mut out);
        out
    }

    #[test]
    fn only_what_differs_is_written() {
        let plain = Style::new();
        let red = Style::new().fg(Color::Red).bg(Color::Rgb(1, 2, 3));
        assert_eq!(written(plain, plain), "");
        assert_eq!(written(plain, red), "\u{1b}[31;48;2;1;2;3m");
        assert_eq!(written(red, red.fg(Color::LightBlue)), "\u{1b}[94m");
        assert_eq!(written(red, red.add_modifier(Modifier::BOLD)), "\u{1b}[1m");
        assert_eq!(written(red, plain), "\u{1b}[39;49m");
        // What is taken away takes its neighbour with it.
        let bold = Style::new().add_modifier(Modifier::BOLD);
        assert_eq!(written(bold, red), "\u{1b}[22;31;48;2;1;2;3m");
        assert_eq!(
            written(bold, Style::new().fg(Color::Indexed(7))),
            "\u{1b}[22;38;5;7m"
        );
        let both = bold.add_modifier(Modifier::DIM | Modifier::REVERSED);
        assert_eq!(written(both, bold), "\u{1b}[22;27;1m");
    }

    #[test]
    fn blanks_need_no_other_front() {
        let (red, blue) = (Style::new().fg(Color::Red), Style::new().fg(Color::Blue));
        assert!(pen(red).same_for_blanks(pen(blue)));
        assert!(!pen(red).same_for_blanks(pen(blue.bg(Color::Black))));
        assert!(!pen(red).same_for_blanks(pen(blue.add_modifier(Modifier::UNDERLINED))));
    }
}
