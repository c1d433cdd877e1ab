//! Warnings: what a client should be told beside a good answer, as `Warning` headers.
//!
//! Whoever works on a request adds to them; the router writes them into the answer.

use std::sync::{Arc, Mutex, PoisonError};

use http::header::WARNING;
use http::{HeaderMap, HeaderValue};

/// Characters that all warnings of an answer have together before they are cut short, as upstream.
const TOTAL: usize = 4 * 1024;

/// Characters of each warning once there are too many, as upstream.
const CUT: usize = 256;

/// The most warnings of one answer; a client's own limit on headers is not far behind.
const MOST: usize = 64;

/// The warnings of one request, shared by all who work on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    /// Adds a warning; one that was given already is not given again.
    pub(crate) fn add(&self, text: impl Into<String>) {
        let text = text.into();
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() < MOST && !texts.contains(&text) {
            texts.push(text);
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Writes them into the headers of an answer, in the order in which they came.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = texts.iter().map(|text| text.chars().count()).sum();
        for text in texts.iter() {
            let value = if total > TOTAL {
                header(text.chars().take(CUT))
            } else {
                header(text.chars())
            };
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                headers.append(WARNING, value);
            }
        }
    }
}

/// `299 - "text"`: code, nobody in particular, and the text with its quotes escaped. What ends a header has no place in it.
fn header(text: impl Iterator<Item = char>) -> String {
    let mut value = String::from("299 - \"");
    for character in text.filter(|character| !character.is_control()) {
        if matches!(character, '"' | '\\') {
            value.push('\\');
        }
        value.push(character);
    }
    value.push('"');
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(texts: &[&str]) -> Vec<String> {
        let warnings = Warnings::default();
        for text in texts {
            warnings.add(*text);
        }
        let mut headers = HeaderMap::new();
        warnings.write(&mut headers);
        headers
            .get_all(WARNING)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    #[test]
    fn each_warning_is_a_header_of_its_own_and_given_once() {
        assert_eq!(
            written(&[
                r#"unknown field "a\b""#,
                "x\r\nSet-Cookie: y",
                "x\r\nSet-Cookie: y"
            ]),
            [r#"299 - "unknown field \"a\\b\"""#, r#"299 - "xSet-Cookie: y""#]
        );
    }

    #[test]
    fn many_and_long_warnings_are_cut() {
        let long = "x".repeat(5_000);
        let cut = written(&[&long, "short"]);
        assert_eq!(cut[0].len(), "299 - \"\"".len() + CUT);
        let many: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(written(&many).len(), MOST);
    }
}
