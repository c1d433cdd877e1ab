//! Text with roles, in lines: what screens that are read (object, help, panes) are made of, ready to be painted.
//!
//! Must not know: how roles look.

use fleetui_base::Shown;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::theme::Role;
use serde::{Deserialize, Serialize};

/// A piece of text in one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// What it is for.
    pub role: Role,
    /// The text, safe to show.
    pub text: Shown,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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

    /// The line with all of another one behind it.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self
    }

    /// The line broken between words into lines of at most `width` cells, `most` of them; the last one may be longer.
    pub fn wrapped(&self, width: usize, most: usize) -> Vec<Self> {
        let mut lines = vec![Self::new()];
        let mut used = 0;
        let pieces = self.spans.iter().flat_map(|span| {
            let words = span.text.as_str().split_inclusive(' ');
            words.map(move |word| (span.role, word))
        });
        for (role, word) in pieces {
            let cells = UnicodeWidthStr::width(word.trim_end());
            if used > 0 && used + cells > width && lines.len() < most {
                // The blank that parted two words would be one cell too many.
                if let Some(last) = lines.last_mut().and_then(|line| line.spans.last_mut()) {
                    last.text = Shown::line(last.text.as_str().trim_end());
                }
                lines.push(Self::new());
                used = 0;
            }
            // What parted two words does not begin a line.
            if used == 0 && word.trim().is_empty() && lines.len() > 1 {
                continue;
            }
            used += UnicodeWidthStr::width(word);
            if let Some(line) = lines.last_mut() {
                match line.spans.last_mut().filter(|last| last.role == role) {
                    Some(last) => last.text = last.text.clone().then(&Shown::line(word)),
                    None => line.spans.push(Span {
                        role,
                        text: Shown::line(word),
                    }),
                }
            }
        }
        lines
    }

    /// The same with a label in front; what goes on stands under the beginning of the text.
    pub fn labelled(label: &'static str, text: &Self, width: usize) -> Vec<Self> {
        let label = Self::ours(Role::Dim, label);
        let indent = label.width();
        let lines = text.wrapped(width.saturating_sub(indent).max(1), usize::MAX);
        let lines = lines.into_iter().enumerate();
        lines
            .map(|(at, line)| {
                let before = if at == 0 {
                    label.clone()
                } else {
                    Self::new().pad(indent)
                };
                before.and(line)
            })
            .collect()
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
    fn a_line_with_roles_is_wrapped_and_keeps_them() {
        let line = Line::ours(Role::Section, "VERSION")
            .text(Role::Note, " v1 → v2  ")
            .text(Role::Warning, "no machine is created as long as it waits");
        let plain = |lines: Vec<Line>| lines.iter().map(Line::plain).collect::<Vec<_>>();
        assert_eq!(
            plain(line.wrapped(24, 9)),
            ["VERSION v1 → v2  no", "machine is created as", "long as it waits"]
        );
        assert_eq!(
            plain(line.wrapped(24, 2)),
            ["VERSION v1 → v2  no", "machine is created as long as it waits"]
        );
        let full = Line::ours(Role::Text, "abcd efgh ijkl").wrapped(9, 9);
        assert!(full.iter().all(|line| line.width() <= 9), "{:?}", plain(full));
        let roles: Vec<_> = line.wrapped(24, 9)[0]
            .spans
            .iter()
            .map(|span| span.role)
            .collect();
        assert_eq!(roles, [Role::Section, Role::Note, Role::Warning]);
        assert_eq!(plain(Line::new().wrapped(10, 3)), [""]);
    }

    #[test]
    fn what_goes_on_behind_a_label_stands_under_its_text() {
        let text = Line::new().text(Role::Text, "os=debian arch=amd64 site=a");
        let lines = Line::labelled("labels    ", &text, 28);
        let lines: Vec<String> = lines.iter().map(Line::plain).collect();
        assert_eq!(lines, ["labels    os=debian", "          arch=amd64 site=a"]);
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
