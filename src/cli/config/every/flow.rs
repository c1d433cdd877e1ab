//! Flow collections of YAML, `{a: 1, b: 2}` and `[a, b]`: which entry of one stands at a place.
//!
//! Must not know: what the entries mean.

use std::ops::Range;

/// A line and a column in characters, from 0.
pub(super) type Spot = (usize, usize);

/// A collection that begins in a line so far above is looked for no further.
const LONGEST: usize = 200;

/// The entry at a place, with the comma behind it: which characters of which lines. Nothing where the place is in no flow
/// collection; a bracket belongs to what is around it.
pub(super) fn entry(lines: &[String], at: Spot) -> Option<Vec<(usize, Range<usize>)>> {
    // It begins in the same line, or in one of those above.
    let starts = (0..=at.0).rev().take(LONGEST);
    let (from, to) = starts
        .into_iter()
        .find_map(|start| Scan::of(lines, start).around(at))?;
    let lengths = lines.iter().map(|line| line.chars().count());
    let own = lengths.enumerate().take(to.0 + 1).skip(from.0);
    let own = own.map(|(line, length)| {
        let first = if line == from.0 { from.1 } else { 0 };
        (line, first..if line == to.0 { to.1 } else { length })
    });
    Some(own.collect())
}

/// From bracket to bracket, the innermost collection around a place; a bracket belongs to what it opens or closes.
pub(super) fn collection(lines: &[String], at: Spot) -> Option<(Spot, Spot)> {
    let starts = (0..=at.0).rev().take(LONGEST);
    starts
        .into_iter()
        .find_map(|start| Scan::of(lines, start).enclosing(at))
}

/// What parts a flow collection from its surroundings, and its entries from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Close,
    Comma,
}

/// Goes through a text mark by mark, past what is in quotes and past comments.
struct Scan {
    characters: Vec<(Spot, char)>,
    next: usize,
    depth: usize,
    /// The last character that is no blank, in whose place a new line counts as one that begins a value.
    before: char,
}

impl Scan {
    /// From the beginning of a line on, where no collection is open.
    fn of(lines: &[String], start: usize) -> Self {
        let characters = lines.iter().enumerate().skip(start).flat_map(|(line, text)| {
            let own = text.chars().chain(['\n']).enumerate();
            own.map(move |(column, character)| ((line, column), character))
        });
        Self {
            characters: characters.collect(),
            next: 0,
            depth: 0,
            before: '\n',
        }
    }

    /// The next mark, and where it stands.
    fn next_mark(&mut self) -> Option<(Spot, Mark)> {
        while let Some((spot, character)) = self.characters.get(self.next).copied() {
            self.next += 1;
            let begins = matches!(self.before, '\n' | ':' | '-' | ',' | '{' | '[');
            let is_behind_blank = self
                .next
                .checked_sub(2)
                .and_then(|before| self.characters.get(before))
                .is_none_or(|(_, before)| before.is_whitespace());
            let mark = match character {
                '#' if is_behind_blank => {
                    self.skip_comment();
                    continue;
                }
                '"' | '\'' if begins => {
                    self.skip_quoted(character);
                    self.before = character;
                    continue;
                }
                '{' | '[' if begins || self.depth > 0 => {
                    self.depth += 1;
                    Some(Mark::Open)
                }
                '}' | ']' if self.depth > 0 => {
                    self.depth -= 1;
                    Some(Mark::Close)
                }
                ',' if self.depth > 0 => Some(Mark::Comma),
                _ => None,
            };
            if character == '\n' && self.depth == 0 || !character.is_whitespace() {
                self.before = character;
            }
            if let Some(mark) = mark {
                return Some((spot, mark));
            }
        }
        None
    }

    fn skip_comment(&mut self) {
        while self
            .characters
            .get(self.next)
            .is_some_and(|(_, character)| *character != '\n')
        {
            self.next += 1;
        }
    }

    /// To behind the quote that ends what one has begun.
    fn skip_quoted(&mut self, quote: char) {
        while let Some((_, character)) = self.characters.get(self.next).copied() {
            self.next += 1;
            let is_next = |wished: char| {
                self.characters
                    .get(self.next)
                    .is_some_and(|(_, next)| *next == wished)
            };
            match character {
                // Two single quotes are one, and a backslash takes the meaning of what follows.
                '\'' if quote == '\'' && is_next('\'') => self.next += 1,
                '\\' if quote == '"' => self.next += 1,
                _ if character == quote => return,
                _ => {}
            }
        }
    }

    /// Where the innermost collection around a place opens and closes.
    fn enclosing(mut self, at: Spot) -> Option<(Spot, Spot)> {
        let mut open: Vec<Spot> = Vec::new();
        while let Some((spot, mark)) = self.next_mark() {
            if open.is_empty() && spot > at {
                return None;
            }
            match mark {
                Mark::Open => open.push(spot),
                Mark::Comma => {}
                Mark::Close => {
                    let begin = open.pop()?;
                    if begin <= at && at <= spot {
                        return Some((begin, spot));
                    }
                }
            }
        }
        None
    }

    /// Where the innermost entry around a place begins and ends.
    fn around(mut self, at: Spot) -> Option<(Spot, Spot)> {
        // Where the entry of each open collection begins.
        let mut entries: Vec<Spot> = Vec::new();
        while let Some((spot @ (line, column), mark)) = self.next_mark() {
            if entries.is_empty() && spot > at {
                return None;
            }
            let behind = (line, column + 1);
            let ends = |begin: &Spot| *begin <= at && at < spot;
            match mark {
                Mark::Open => entries.push(behind),
                Mark::Comma => {
                    let begin = entries.last_mut()?;
                    if ends(begin) {
                        return Some((*begin, behind));
                    }
                    *begin = behind;
                }
                Mark::Close => {
                    let begin = entries.pop()?;
                    if ends(&begin) {
                        return Some((begin, spot));
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, line: usize, column: usize) -> Option<String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let parts = entry(&lines, (line, column))?;
        let parts = parts.into_iter().map(|(line, range)| {
            let characters = lines[line].chars().skip(range.start).take(range.len());
            characters.collect::<String>()
        });
        Some(parts.collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn an_entry_goes_from_its_comma_or_bracket_to_the_next() {
        let text = "a: {b: 1, c: [x, y], d: 2}";
        assert_eq!(of(text, 0, 4).as_deref(), Some("b: 1,"));
        assert_eq!(of(text, 0, 10).as_deref(), Some(" c: [x, y],"));
        assert_eq!(of(text, 0, 14).as_deref(), Some("x,"));
        assert_eq!(of(text, 0, 13).as_deref(), Some(" c: [x, y],"), "a bracket");
        assert_eq!(of(text, 0, 24).as_deref(), Some(" d: 2"));
        for outside in [0, 3, 26] {
            assert_eq!(of(text, 0, outside), None, "{outside}");
        }
    }

    #[test]
    fn lines_quotes_and_comments_are_gone_past() {
        let text = "a: [{b: 'it''s, ]', # not, this }\n  c: \"\\\", }\"}]\nd: it's {e, f}\n";
        assert_eq!(of(text, 1, 2).as_deref(), Some(" # not, this }|  c: \"\\\", }\""));
        assert_eq!(of(text, 0, 8).as_deref(), Some("b: 'it''s, ]',"));
        assert_eq!(of(text, 2, 9), None, "no collection begins within a word");
    }

    #[test]
    fn the_innermost_collection_goes_from_bracket_to_bracket() {
        let lines = ["a: [{b: {c: 1}}, {d: 2}]".to_owned()];
        for (column, expected) in [
            (4, Some((4, 14))),
            (5, Some((4, 14))),
            (9, Some((8, 13))),
            (17, Some((17, 22))),
            (3, Some((3, 23))),
            (1, None),
        ] {
            let found = collection(&lines, (0, column));
            let found = found.map(|((_, from), (_, to))| (from, to));
            assert_eq!(found, expected, "{column}");
        }
    }
}
