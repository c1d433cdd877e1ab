//! How deeply an expression nests, told from its text: parsing and evaluating go as deep, and stacks end.

/// An upper bound of the depth of the tree that the text stands for.
pub(super) fn depth(text: &str) -> usize {
    let mut levels = vec![Level::default()];
    let mut deepest = 0;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let taken = match character {
            '"' | '\'' => quoted(rest, character),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            character if character.is_alphanumeric() || character == '_' => {
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len());
                if rest.get(..end) == Some("in") {
                    step(&mut levels);
                }
                end
            }
            '(' | '[' | '{' => {
                levels.push(Level::default());
                step(&mut levels);
                1
            }
            ')' | ']' | '}' => {
                if levels.len() > 1 {
                    levels.pop();
                }
                1
            }
            '&' | '|' => {
                if let Some(level) = levels.last_mut() {
                    level.operators = 0;
                }
                1
            }
            ',' => {
                if let Some(level) = levels.last_mut() {
                    *level = Level::default();
                }
                1
            }
            '?' => {
                if let Some(level) = levels.last_mut() {
                    level.choices += 1;
                }
                1
            }
            character if character.is_whitespace() || character == ':' => character.len_utf8(),
            character => {
                step(&mut levels);
                character.len_utf8()
            }
        };
        deepest = deepest.max(levels.iter().map(|level| level.operators + level.choices).sum());
        rest = rest.get(taken.max(1)..).unwrap_or_default();
    }
    deepest
}

/// What stands between two brackets, up to a place where a new chain begins.
#[derive(Default)]
struct Level {
    operators: usize,
    choices: usize,
}

fn step(levels: &mut [Level]) {
    if let Some(level) = levels.last_mut() {
        level.operators += 1;
    }
}

/// How long a quoted text is, its quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let (open, close) = if text.starts_with(&triple) {
        (3, triple)
    } else {
        (1, quote.to_string())
    };
    let mut place = open;
    while let Some(rest) = text.get(place..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(&close) {
            return place + close.len();
        }
        let escaped = usize::from(rest.starts_with('\\'));
        place += rest.chars().take(1 + escaped).map(char::len_utf8).sum::<usize>();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_and_brackets_nest_and_what_stands_side_by_side_does_not() {
        for (text, expected) in [
            ("1", 0),
            ("1 + 2 + 3", 2),
            ("a && b && c && d", 0),
            ("a.b == 1 && c.d == 2 || e.f == 3", 3),
            ("((1))", 2),
            ("f(a, b, c, d)", 1),
            ("'((((' + \"[[[\"", 1),
            ("a ? b : c ? d : e", 2),
            ("x in [1, 2]", 2),
            ("a // ((((((\n + b", 1),
        ] {
            assert_eq!(depth(text), expected, "{text}");
        }
        assert_eq!(depth(&"(".repeat(10_000)), 10_000);
        assert_eq!(depth(&"!".repeat(10_000)), 10_000);
        assert_eq!(depth("'abc"), 0);
    }
}
