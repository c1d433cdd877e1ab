//! Looking for text in the lines of the screen: which lines have it, and how it is made to stand out in them.

use std::ops::Range;

use fleetui_base::Shown;
use unicode_segmentation::UnicodeSegmentation;

use crate::prose::{Line, Span};
use crate::theme::Role;

/// A text that is looked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    text: String,
    /// The same in small letters, character by character.
    wanted: Vec<char>,
    found: Vec<usize>,
    at: usize,
}

impl Search {
    /// Looks for `text` in `lines`; the first match at or after `from` is the one that is shown.
    pub fn new(text: &str, lines: &[Line], from: usize) -> Self {
        let mut search = Self {
            text: text.to_owned(),
            wanted: text.chars().flat_map(char::to_lowercase).collect(),
            found: Vec::new(),
            at: 0,
        };
        search.again(lines);
        search.at = search.found.iter().position(|line| *line >= from).unwrap_or(0);
        search
    }

    /// Looks in other lines; the match of the same number is shown, or the last one.
    pub fn again(&mut self, lines: &[Line]) {
        let has = |line: &Line| !matches(&line.plain(), &self.wanted).is_empty();
        let found = lines.iter().enumerate().filter(|(_, line)| has(line));
        self.found = found.map(|(index, _)| index).collect();
        self.at = self.at.min(self.found.len().saturating_sub(1));
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line of the match that is shown.
    pub fn line(&self) -> Option<usize> {
        self.found.get(self.at).copied()
    }

    /// Goes to the next match or to the one before; after the last comes the first.
    pub fn step(&mut self, forward: bool) {
        let count = self.found.len();
        if count > 0 {
            let step = if forward { 1 } else { count - 1 };
            self.at = (self.at + step) % count;
        }
    }

    /// Which match is shown, from 1, and how many lines have one.
    pub fn position(&self) -> (usize, usize) {
        (self.found.len().min(self.at + 1), self.found.len())
    }

    /// The line with what was looked for in a role of its own.
    pub fn highlight(&self, line: &Line, index: usize) -> Line {
        let plain = line.plain();
        let found = matches(&plain, &self.wanted);
        if found.is_empty() {
            return line.clone();
        }
        let role = if self.line() == Some(index) {
            Role::Caret
        } else {
            Role::Chosen
        };
        let mut lit = Line::new();
        let mut start = 0;
        for span in &line.spans {
            let end = start + span.text.as_str().len();
            for (piece, is_match) in cut(start..end, &found) {
                let Some(text) = plain.get(piece) else { continue };
                lit.spans.push(Span {
                    role: if is_match { role } else { span.role },
                    text: Shown::line(text),
                });
            }
            start = end;
        }
        lit
    }
}

/// The pieces of `whole` inside and outside of what was found.
fn cut(whole: Range<usize>, found: &[Range<usize>]) -> Vec<(Range<usize>, bool)> {
    let mut pieces = Vec::new();
    let mut at = whole.start;
    for range in found {
        let (start, end) = (range.start.clamp(at, whole.end), range.end.clamp(at, whole.end));
        pieces.push((at..start, false));
        pieces.push((start..end, true));
        at = end;
    }
    pieces.push((at..whole.end, false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

/// Where `wanted` stands in `text`, whatever the case; whole characters as one sees them, so that nothing is torn apart.
fn matches(text: &str, wanted: &[char]) -> Vec<Range<usize>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for (start, _) in text.char_indices() {
        if found.last().is_some_and(|last| start < last.end) {
            continue;
        }
        if let Some(end) = end_of_match(text, start, wanted) {
            found.push(start..end);
        }
    }
    if found.is_empty() || text.is_ascii() {
        return found;
    }
    let graphemes: Vec<Range<usize>> = text
        .grapheme_indices(true)
        .map(|(start, grapheme)| start..start + grapheme.len())
        .collect();
    let whole = |range: &Range<usize>| {
        let touches = |grapheme: &&Range<usize>| grapheme.start < range.end && range.start < grapheme.end;
        let first = graphemes.iter().find(touches);
        let last = graphemes.iter().rfind(touches);
        let start = first.map_or(range.start, |grapheme| grapheme.start);
        start..last.map_or(range.end, |grapheme| grapheme.end)
    };
    found.iter().map(whole).collect()
}

/// The end of `wanted` where it begins at `start`.
fn end_of_match(text: &str, start: usize, wanted: &[char]) -> Option<usize> {
    let mut left = wanted.iter();
    for (offset, character) in text.get(start..)?.char_indices() {
        if left.as_slice().is_empty() {
            return Some(start + offset);
        }
        for small in character.to_lowercase() {
            if left.next() != Some(&small) {
                return None;
            }
        }
    }
    left.as_slice().is_empty().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        texts
            .iter()
            .map(|text| Line::new().text(Role::Text, text))
            .collect()
    }

    #[test]
    fn matches_are_found_in_any_case_and_walked_through() {
        let lines = lines(&["Ready: True", "nothing", "already", "READY"]);
        let mut search = Search::new("ready", &lines, 1);
        assert_eq!((search.line(), search.position()), (Some(2), (2, 3)));
        search.step(true);
        assert_eq!(search.line(), Some(3));
        search.step(true);
        assert_eq!(search.line(), Some(0), "after the last comes the first");
        search.step(false);
        assert_eq!(search.line(), Some(3));
        let lit = search.highlight(&lines[3], 3);
        assert_eq!(lit.spans[0].role, Role::Caret);
        let other = search.highlight(&lines[2], 2);
        assert_eq!(
            (other.spans[0].text.as_str(), other.spans[1].role),
            ("al", Role::Chosen)
        );
        search.again(&lines[..1]);
        assert_eq!(search.position(), (1, 1));
        assert_eq!(Search::new("none", &lines, 0).line(), None);
        assert_eq!(Search::new("", &lines, 0).position(), (0, 0));
    }

    #[test]
    fn anchor_67_wide_and_combined_characters_are_not_torn_apart() {
        let text = "節點 e\u{301}tat İstanbul";
        let line = Line::ours(Role::Property, "名: ").text(Role::Text, text);
        for wanted in ["點", "e", "istanbul", "節點 e", "名: 節"] {
            let search = Search::new(wanted, std::slice::from_ref(&line), 0);
            let lit = search.highlight(&line, 0);
            assert_eq!(
                (lit.plain(), lit.width()),
                (line.plain(), line.width()),
                "{wanted}"
            );
        }
        let lit = Search::new("e", std::slice::from_ref(&line), 0).highlight(&line, 0);
        assert!(
            lit.spans
                .iter()
                .any(|span| span.text.as_str() == "e\u{301}" && span.role == Role::Caret),
            "{lit:?}"
        );
    }

    proptest! {
        #[test]
        fn a_line_stays_what_it_is(texts in prop::collection::vec("\\PC{0,12}", 0..5), wanted in "\\PC{0,3}") {
            let mut line = Line::new();
            for text in &texts {
                line = line.text(Role::Text, text);
            }
            let search = Search::new(&wanted, std::slice::from_ref(&line), 0);
            prop_assert_eq!(search.highlight(&line, 0).plain(), line.plain());
        }
    }
}
