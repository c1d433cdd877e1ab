//! Reads a JSONPath text into steps.

use serde_json::Value;

use super::{Comparison, Filter, JsonPath, JsonPathError, Operand, Slice, Step};

/// How deep filters may stand in filters.
const DEEPEST_FILTER: usize = 8;

/// Reads a whole path.
pub(super) fn path(text: &str) -> Result<Vec<Step>, JsonPathError> {
    let text = text.trim();
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').ok_or(JsonPathError::Unclosed("{"))?,
        None => text,
    };
    Parser::new(inner, 0).steps()
}

struct Parser {
    characters: Vec<char>,
    position: usize,
    depth: usize,
}

impl Parser {
    fn new(text: &str, depth: usize) -> Self {
        Self {
            characters: text.chars().collect(),
            position: 0,
            depth,
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek();
        self.position += usize::from(character.is_some());
        character
    }

    fn unexpected(&self) -> JsonPathError {
        JsonPathError::Unexpected {
            found: self
                .peek()
                .map_or_else(|| "end".to_owned(), |character| format!("{character:?}")),
            position: self.position,
        }
    }

    fn steps(&mut self) -> Result<Vec<Step>, JsonPathError> {
        let mut steps = Vec::new();
        if matches!(self.peek(), Some('$' | '@')) {
            self.next();
        }
        while let Some(character) = self.peek() {
            match character {
                '.' => {
                    self.next();
                    match self.peek() {
                        Some('.') => steps.push(Step::Descend),
                        Some('[') | None => {}
                        Some(_) => steps.push(self.field()?),
                    }
                }
                '[' => {
                    self.next();
                    steps.push(self.bracket()?);
                }
                _ if steps.is_empty() || matches!(steps.last(), Some(Step::Descend)) => {
                    steps.push(self.field()?);
                }
                _ => return Err(self.unexpected()),
            }
        }
        Ok(steps)
    }

    /// A name behind a dot; a backslash takes the next character as it is.
    fn field(&mut self) -> Result<Step, JsonPathError> {
        let mut name = String::new();
        while let Some(character) = self.peek() {
            match character {
                '\\' => {
                    self.next();
                    name.push(self.next().ok_or(JsonPathError::Unclosed("\\"))?);
                }
                '.' | '[' => break,
                ']' | '(' | ')' | '{' | '}' | '"' | '\'' => return Err(self.unexpected()),
                _ => {
                    self.next();
                    name.push(character);
                }
            }
        }
        match name.as_str() {
            "" => Err(self.unexpected()),
            "*" => Ok(Step::Wildcard),
            _ => Ok(Step::Field(name)),
        }
    }

    /// What stands in brackets; the opening one is behind us.
    fn bracket(&mut self) -> Result<Step, JsonPathError> {
        let start = self.position;
        let content = self.enclosed(']', "[")?;
        let content = content.trim();
        if let Some(condition) = content.strip_prefix('?') {
            let condition = condition.trim();
            let inner = condition
                .strip_prefix('(')
                .and_then(|rest| rest.strip_suffix(')'))
                .ok_or(JsonPathError::Unclosed("("))?;
            return self.filter(inner).map(Step::Filter);
        }
        let mut steps = Vec::new();
        for part in split_outside_quotes(content, ',') {
            steps.push(element(part.trim()).ok_or_else(|| JsonPathError::Unexpected {
                found: format!("{part:?}"),
                position: start,
            })?);
        }
        match steps.len() {
            1 => steps.pop().ok_or_else(|| self.unexpected()),
            _ => Ok(Step::Union(steps)),
        }
    }

    /// The text up to the closing character that belongs to the opening one; quotes and inner brackets are skipped.
    fn enclosed(&mut self, closing: char, opening: &'static str) -> Result<String, JsonPathError> {
        let mut content = String::new();
        let mut depth = 0_usize;
        let mut quote = None;
        while let Some(character) = self.next() {
            match (quote, character) {
                (_, '\\') => {
                    content.push('\\');
                    content.extend(self.next());
                    continue;
                }
                (Some(open), _) if open == character => quote = None,
                (None, '"' | '\'') => quote = Some(character),
                (None, '[') => depth += 1,
                (None, _) if character == closing && depth == 0 => return Ok(content),
                (None, ']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            content.push(character);
        }
        Err(JsonPathError::Unclosed(opening))
    }

    fn filter(&self, text: &str) -> Result<Filter, JsonPathError> {
        if self.depth >= DEEPEST_FILTER {
            return Err(JsonPathError::TooDeep);
        }
        let Some((left, comparison, right)) = split_comparison(text) else {
            return Ok(Filter {
                left: self.operand(text)?,
                comparison: None,
            });
        };
        Ok(Filter {
            left: self.operand(left)?,
            comparison: Some((comparison, self.operand(right)?)),
        })
    }

    fn operand(&self, text: &str) -> Result<Operand, JsonPathError> {
        let text = text.trim();
        if let Some(literal) = quoted(text) {
            return Ok(Operand::Literal(Value::String(literal)));
        }
        match text {
            "true" => return Ok(Operand::Literal(Value::Bool(true))),
            "false" => return Ok(Operand::Literal(Value::Bool(false))),
            _ => {}
        }
        if text.starts_with(|first: char| first.is_ascii_digit() || first == '-' || first == '+')
            && let Some(number) = number(text)
        {
            return Ok(Operand::Literal(number));
        }
        Parser::new(text, self.depth + 1)
            .steps()
            .map(|steps| Operand::Path(JsonPath { steps }))
    }
}

fn number(text: &str) -> Option<Value> {
    let text = text.strip_prefix('+').unwrap_or(text);
    match text.parse::<i64>() {
        Ok(whole) => Some(Value::from(whole)),
        Err(_) => text.parse::<f64>().ok().map(Value::from),
    }
}

/// One element of a bracket: a quoted name, a number, a slice, a star.
fn element(text: &str) -> Option<Step> {
    if let Some(name) = quoted(text) {
        return Some(Step::Field(name));
    }
    if text == "*" {
        return Some(Step::Wildcard);
    }
    if let Ok(index) = text.parse::<i64>() {
        return Some(Step::Slice(Slice {
            start: Some(index),
            end: None,
            step: 1,
            single: true,
        }));
    }
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let bound = |part: Option<&&str>| match part.copied() {
        None | Some("") => Some(None),
        Some(number) => number.parse::<i64>().ok().map(Some),
    };
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    Some(Step::Slice(Slice {
        start: bound(parts.first())?,
        end: bound(parts.get(1))?,
        step: bound(parts.get(2))?.unwrap_or(1),
        single: false,
    }))
}

/// The inside of a text in single or double quotes, its backslashes resolved.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            _ if character == quote => return None,
            _ => plain.push(character),
        }
    }
    Some(plain)
}

/// The byte positions and characters of `text` that stand outside quotes and are not escaped.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    let mut escaped = false;
    text.char_indices().filter(move |(_, character)| {
        if escaped {
            escaped = false;
            return false;
        }
        match (quote, *character) {
            (_, '\\') => {
                escaped = true;
                false
            }
            (Some(open), _) => {
                if open == *character {
                    quote = None;
                }
                false
            }
            (None, '"' | '\'') => {
                quote = Some(*character);
                false
            }
            (None, _) => true,
        }
    })
}

fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (position, character) in outside_quotes(text) {
        if character == separator {
            parts.extend(text.get(start..position));
            start = position + character.len_utf8();
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// Splits `a==b` into its operands and what compares them.
fn split_comparison(text: &str) -> Option<(&str, Comparison, &str)> {
    const OPERATORS: [(&str, Comparison); 6] = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    let mut depth = 0_usize;
    for (position, character) in outside_quotes(text) {
        match character {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 {
            continue;
        }
        let rest = text.get(position..)?;
        for (operator, comparison) in OPERATORS {
            if let Some(right) = rest.strip_prefix(operator) {
                return Some((text.get(..position)?, comparison, right));
            }
        }
    }
    None
}
