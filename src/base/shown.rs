//! The one sanitiser: text from a cluster becomes a `Shown` before it can reach a terminal.
//!
//! Control characters, escape sequences, direction overrides, invisible characters and floods of combining marks are
//! made visible or cut; what a person can read is left alone.

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The most code points that one drawn character may be made of; longer ones are cut there.
const LONGEST_GRAPHEME: usize = 8;

/// Text that is safe to write to a terminal: one line, no control character, nothing that hides or turns its neighbours.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(from = "CompactString", into = "CompactString")]
pub struct Shown(CompactString);

impl Shown {
    /// Makes `text` safe, as one line: line breaks become spaces, other control characters become pictures (`␛`),
    /// direction overrides and invisible characters become their code point (`<U+202E>`).
    pub fn line(text: &str) -> Self {
        if is_plain(text) {
            return Self(text.into());
        }
        let mut safe = CompactString::with_capacity(text.len());
        for grapheme in text.graphemes(true) {
            push_grapheme(&mut safe, grapheme);
        }
        Self(safe)
    }

    /// Makes `text` safe line by line.
    pub fn lines(text: &str) -> Vec<Self> {
        text.lines().map(Self::line).collect()
    }

    /// Text of our own, which has nothing to sanitise.
    pub const fn ours(text: &'static str) -> Self {
        Self(CompactString::const_new(text))
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Width in terminal cells.
    pub fn width(&self) -> usize {
        UnicodeWidthStr::width(self.0.as_str())
    }

    /// The text cut to at most `cells` cells; a cut one ends in `…`.
    #[must_use]
    pub fn fit(&self, cells: usize) -> Self {
        if self.width() <= cells {
            return self.clone();
        }
        let mut cut = CompactString::default();
        let mut used = 0;
        for grapheme in self.0.graphemes(true) {
            let width = UnicodeWidthStr::width(grapheme);
            if used + width + 1 > cells {
                break;
            }
            cut.push_str(grapheme);
            used += width;
        }
        if cells > 0 {
            cut.push('…');
        }
        Self(cut)
    }

    /// The text cut to at most `cells` cells in its middle, so that what tells it from its like, which is its end, stays.
    #[must_use]
    pub fn fit_middle(&self, cells: usize) -> Self {
        if self.width() <= cells || cells < 8 {
            return self.fit(cells);
        }
        let tail_cells = (cells - 1) / 2;
        let mut tail: Vec<&str> = Vec::new();
        let mut used = 0;
        for grapheme in self.0.graphemes(true).rev() {
            let width = UnicodeWidthStr::width(grapheme);
            if used + width > tail_cells {
                break;
            }
            tail.push(grapheme);
            used += width;
        }
        let mut cut = self.fit(cells - used);
        cut.0.extend(tail.into_iter().rev());
        cut
    }

    /// This text with `other` behind it.
    #[must_use]
    pub fn then(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }
}

/// What was written by a program is safe only once it is made so again.
impl From<CompactString> for Shown {
    fn from(text: CompactString) -> Self {
        Self::line(&text)
    }
}

impl From<Shown> for CompactString {
    fn from(shown: Shown) -> Self {
        shown.0
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether nothing needs to be done, which is nearly always so.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

fn push_grapheme(safe: &mut CompactString, grapheme: &str) {
    for (index, character) in grapheme.chars().enumerate() {
        if index >= LONGEST_GRAPHEME {
            safe.push('…');
            return;
        }
        push_character(safe, character, index == 0);
    }
}

fn push_character(safe: &mut CompactString, character: char, first: bool) {
    match character {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => safe.push(' '),
        '\u{0}'..='\u{1f}' => safe.push(char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}')),
        '\u{7f}' => safe.push('\u{2421}'),
        // A joiner inside a character (emoji families, Indic scripts) is part of what is drawn; alone it hides text.
        '\u{200d}' | '\u{fe00}'..='\u{fe0f}' if !first => safe.push(character),
        _ if hides(character) => {
            safe.push_str(&format!("<U+{:04X}>", character as u32));
        }
        _ => safe.push(character),
    }
}

/// Characters that are invisible or change the order or meaning of what stands around them.
fn hides(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_in_the_middle_keeps_both_ends() {
        let name = Shown::line("Machine alpha-md-0-fwlcq-pvldg");
        assert_eq!(name.fit_middle(40), name);
        let cut = name.fit_middle(20);
        assert_eq!((cut.as_str(), cut.width()), ("Machine al…lcq-pvldg", 20));
        assert!(Shown::line("東京東京東京東京").fit_middle(9).width() <= 9);
        assert_eq!(name.fit_middle(5).as_str(), "Mach…");
    }

    #[test]
    fn what_would_steer_the_terminal_becomes_visible() {
        let cases = [
            ("node-3", "node-3"),
            ("\u{1b}[31mred\u{1b}[0m", "␛[31mred␛[0m"),
            ("\u{9b}2J", "<U+009B>2J"),
            ("\u{1b}]0;title\u{7}", "␛]0;title␇"),
            ("ready\rfailed", "ready failed"),
            ("abc\u{202e}cba", "abc<U+202E>cba"),
            ("zero\u{200b}width", "zero<U+200B>width"),
            ("tab\there", "tab here"),
            ("\u{feff}bom", "<U+FEFF>bom"),
            ("東京", "東京"),
            ("é", "é"),
            ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
        ];
        for (input, expected) in cases {
            assert_eq!(Shown::line(input).as_str(), expected);
        }
    }

    #[test]
    fn a_flood_of_combining_characters_is_cut() {
        let flood = format!("a{}b", "\u{301}".repeat(10_000));
        let shown = Shown::line(&flood);
        assert!(
            shown.as_str().chars().count() < 12,
            "{} characters",
            shown.as_str().chars().count()
        );
        assert!(shown.as_str().ends_with("…b"));
    }

    #[test]
    fn text_is_fitted_by_cells_and_not_by_bytes() {
        let shown = Shown::line("東京 cluster");
        assert_eq!(shown.width(), 12);
        assert_eq!(shown.fit(12).as_str(), "東京 cluster");
        assert_eq!(shown.fit(6).as_str(), "東京 …");
        assert_eq!(shown.fit(4).as_str(), "東…");
        assert_eq!(shown.fit(0).as_str(), "");
    }

    #[test]
    fn lines_stay_lines() {
        let lines = Shown::lines("* one\r\n* two\u{1b}");
        assert_eq!(
            lines.iter().map(Shown::as_str).collect::<Vec<_>>(),
            ["* one", "* two␛"]
        );
    }
}
