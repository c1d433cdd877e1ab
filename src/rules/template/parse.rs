//! From text to pieces.

use super::expansion::{Expansion, Which};
use super::{Piece, TemplateError};

/// How deep templates may stand inside of each other.
const DEEPEST: usize = 16;

/// Reads a whole template.
pub(super) fn parse(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    reader.pieces(&[])
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes a text away if it comes next.
    fn takes(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        if there {
            self.at += text.len();
        }
        there
    }

    fn error(&self, what: &'static str) -> TemplateError {
        let before = self.text.get(..self.at).unwrap_or_default();
        TemplateError {
            line: before.matches('\n').count() + 1,
            what,
        }
    }

    /// Pieces up to one of `ends`, which stays, or to the end of the text where there are none. Inside of braces a
    /// backslash takes the meaning of the character behind it away.
    fn pieces(&mut self, ends: &[char]) -> Result<Vec<Piece>, TemplateError> {
        let inside = !ends.is_empty();
        let (mut pieces, mut text) = (Vec::new(), String::new());
        while let Some(next) = self.rest().chars().next() {
            if self.takes("$$") {
                text.push('$');
            } else if self.rest().starts_with("${") {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(self.variable()?);
            } else if ends.contains(&next) {
                break;
            } else if inside && next == '\\' {
                self.at += 1;
                if let Some(plain) = self.rest().chars().next() {
                    text.push(plain);
                    self.at += plain.len_utf8();
                }
            } else {
                text.push(next);
                self.at += next.len_utf8();
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(pieces)
    }

    fn variable(&mut self) -> Result<Piece, TemplateError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("variables stand too deep inside of each other"));
        }
        self.at += "${".len();
        let length = self.takes("#");
        self.blanks();
        let name = self.name()?;
        self.blanks();
        let expansion = if length {
            Expansion::Length
        } else {
            self.expansion()?
        };
        if !self.takes("}") {
            return Err(self.error("missing closing brace"));
        }
        self.depth -= 1;
        Ok(Piece::Variable(name, expansion))
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn name(&mut self) -> Result<String, TemplateError> {
        let rest = self.rest();
        let end = rest
            .find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
            .unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        if name.is_empty() {
            return Err(self.error("unable to parse variable name"));
        }
        self.at += end;
        Ok(name.to_owned())
    }

    fn expansion(&mut self) -> Result<Expansion, TemplateError> {
        const CLOSING: &[char] = &['}'];
        for default in [":-", ":=", ":+", "="] {
            if self.takes(default) {
                return Ok(Expansion::Default(self.pieces(CLOSING)?));
            }
        }
        for (sign, upper, all) in [
            (",,", false, true),
            (",", false, false),
            ("^^", true, true),
            ("^", true, false),
        ] {
            if self.takes(sign) {
                return Ok(Expansion::Case { upper, all });
            }
        }
        for (sign, front, longest) in [
            ("##", true, true),
            ("#", true, false),
            ("%%", false, true),
            ("%", false, false),
        ] {
            if self.takes(sign) {
                let pattern = self.pieces(CLOSING)?;
                return Ok(Expansion::Trim {
                    front,
                    longest,
                    pattern,
                });
            }
        }
        for (sign, which) in [
            ("//", Which::All),
            ("/#", Which::Prefix),
            ("/%", Which::Suffix),
            ("/", Which::First),
        ] {
            if self.takes(sign) {
                let old = self.pieces(&['/', '}'])?;
                let new = if self.takes("/") {
                    self.pieces(CLOSING)?
                } else {
                    Vec::new()
                };
                return Ok(Expansion::Replace { which, old, new });
            }
        }
        if self.takes(":") {
            let position = self.pieces(&[':', '}'])?;
            let length = if self.takes(":") {
                Some(self.pieces(CLOSING)?)
            } else {
                None
            };
            return Ok(Expansion::Part(position, length));
        }
        Ok(Expansion::Plain)
    }
}
