//! Messages in lines that fit beside the tree.

/// The longest line, in bytes; words that are longer stay whole.
const LONGEST: usize = 100;

/// Blanks that divide words.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// The lines of a message: its own, wrapped at words. Lines keep their indentation, and those below a bullet stand under its
/// text. A first word that is too long for its line leaves that line empty, as clusterctl does.
pub(super) fn wrap(message: &str) -> Vec<String> {
    wrap_at(message, LONGEST)
}

fn wrap_at(message: &str, longest: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in message.split('\n') {
        let mut current = " ".repeat(line.len() - line.trim_start_matches(' ').len());
        let mut indent = current.clone();
        if line.trim().starts_with("* ") {
            indent.push_str("  ");
        }
        for word in words(line) {
            if current.len() + word.len() >= longest {
                lines.push(std::mem::replace(&mut current, format!("{indent}{word}")));
                continue;
            }
            if !current.trim().is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}

/// Words, and nothing before or behind the blanks at the ends.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.find(is_blank).unwrap_or(text.len());
        let (word, behind) = text.split_at(end);
        rest = (!behind.is_empty()).then(|| behind.trim_start_matches(is_blank));
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_words_and_hang_under_their_bullets() {
        for (text, longest, expected) in [
            ("", 254, vec![""]),
            ("one two", 100, vec!["one two"]),
            ("* a b c d e f", 5, vec!["* a b", "  c d", "  e f"]),
            (
                "* a b c d e f\n  * g h\n  * i j",
                5,
                vec!["* a b", "  c d", "  e f", "  * g", "    h", "  * i", "    j"],
            ),
            ("one\n\ntwo", 100, vec!["one", "", "two"]),
            ("a   b\tc", 100, vec!["a b c"]),
            // What is longer than a line has one of its own, and nothing before it.
            ("abcdefgh i", 5, vec!["", "abcdefgh", "i"]),
            ("a abcdefgh", 5, vec!["a", "abcdefgh"]),
        ] {
            assert_eq!(wrap_at(text, longest), expected, "{text:?}");
        }
    }

    #[test]
    fn a_line_has_a_hundred_bytes_at_most() {
        let message = "word ".repeat(60);
        let lines = wrap(&message);
        assert!(lines.iter().all(|line| line.len() <= 100), "{lines:?}");
        assert_eq!(lines.first().map(String::len), Some(99));
    }
}
