//! Text with roles, in lines: what screens that are read (object, help, panes) are made of, ready to be painted.
//!
//! Must not know: how roles look.

use fleetui_base::Shown;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::theme::Role;

/// A piece of text in one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What it is for.
    pub role: Role,
    /// The text, safe to show.
    pub text: Shown,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its pieces from left to right.
    pub spans: Vec<Span>,
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// A line of our own words in one role.
    pub fn ours(role: Role, text: &'static str) -> Self {
        Self::new().word(role, text)
    }

    /// The line with our own words behind it.
    #[must_use]
    pub fn word(self, role: Role, text: &'static str) -> Self {
        self.shown(role, Shown::ours(text))
    }

    /// The line with text from anywhere behind it, made safe.
    #[must_use]
    pub fn text(self, role: Role, text: &str) -> Self {
        self.shown(role, Shown::line(text))
    }

    /// The line with safe text behind it.
    #[must_use]
    pub fn shown(mut self, role: Role, text: Shown) -> Self {
        self.spans.push(Span { role, text });
        self
    }

    /// The line filled with blanks to `cells` cells.
    #[must_use]
    pub fn pad(self, cells: usize) -> Self {
        let missing = cells.saturating_sub(self.width());
        if missing == 0 {
            self
        } else {
            self.text(Role::Text, &" ".repeat(missing))
        }
    }

    /// Width in cells.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| span.text.width()).sum()
    }

    /// The words, without roles.
    pub fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// Breaks text into lines of at most `width` cells, between words where it can; line breaks in it are kept.
pub fn wrap(text: &str, width: usize) -> Vec<Shown> {
    let width = width.max(8);
    let mut lines = Vec::new();
    for paragraph in Shown::lines(text) {
        wrap_line(paragraph.as_str(), width, &mut lines);
    }
    lines
}

fn wrap_line(text: &str, width: usize, lines: &mut Vec<Shown>) {
    // What goes on stands under the text of its bullet.
    let hanging = (text.len() - text.trim_start_matches([' ', '*']).len()).min(width / 2);
    let indent = " ".repeat(hanging);
    let (mut line, mut used, mut empty) = (String::new(), 0, true);
    let next = |line: &mut String, lines: &mut Vec<Shown>| {
        lines.push(Shown::line(line.trim_end()));
        line.clone_from(&indent);
    };
    for word in text.split_inclusive(' ') {
        let cells = UnicodeWidthStr::width(word.trim_end());
        if used + cells > width && !empty {
            next(&mut line, lines);
            (used, empty) = (hanging, true);
        }
        if used + cells <= width {
            line.push_str(word);
            used += UnicodeWidthStr::width(word);
            empty &= word.trim().is_empty();
            continue;
        }
        for grapheme in word.graphemes(true) {
            let cells = UnicodeWidthStr::width(grapheme);
            if used + cells > width {
                next(&mut line, lines);
                used = hanging;
            }
            line.push_str(grapheme);
            used += cells;
        }
        empty = false;
    }
    lines.push(Shown::line(line.trim_end()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_long_words_are_cut() {
        let lines = wrap("no free host matches site=b\n* second", 12);
        let lines: Vec<_> = lines.iter().map(Shown::as_str).collect();
        assert_eq!(lines, ["no free host", "matches", "site=b", "* second"]);
        let bullets = wrap("  * waiting for the host\n* x", 16);
        assert_eq!(
            bullets.iter().map(Shown::as_str).collect::<Vec<_>>(),
            ["  * waiting for", "    the host", "* x"]
        );
        let long = wrap(&"x".repeat(20), 8);
        assert_eq!(long.iter().map(Shown::width).collect::<Vec<_>>(), [8, 8, 4]);
        assert_eq!(wrap("a\u{1b}[31mb", 40)[0].as_str(), "a␛[31mb");
    }

    #[test]
    fn lines_know_their_width() {
        let line = Line::ours(Role::Section, "Path")
            .text(Role::Text, " 東京")
            .pad(12);
        assert_eq!(line.width(), 12);
        assert_eq!(line.plain(), "Path 東京   ");
    }
}
