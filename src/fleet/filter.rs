//! What a person types behind `/`: a piece of text, `!` for the inverse, typed terms (`ready=false`), labels (`-l key=value`).

use jiff::Timestamp;

use crate::health::Verdict;
use crate::row::Row;

pub(crate) use index::Index;
use term::Term;

mod index;
mod label;
mod term;

/// A filter, ready to be asked. All of its terms have to match.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

/// Why a text is no filter: the column and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FilterError {
    /// What is wrong and what is allowed.
    pub what: String,
}

impl FilterError {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl Filter {
    /// Reads what was typed. Empty text is no filter.
    ///
    /// # Errors
    /// A column that does not exist, or a value that its column does not have.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        let mut terms = Vec::new();
        let mut words = words(text).into_iter();
        while let Some(word) = words.next() {
            match (word.quoted, word.text.as_str()) {
                (false, "-l") => {
                    let selector = words.next().ok_or_else(|| {
                        FilterError::new("-l needs a label: -l key=value, -l key or -l '!key'")
                    })?;
                    terms.extend(label::parse(&selector.text)?.into_iter().map(Term::Label));
                }
                (false, "!") => return Err(FilterError::new("! needs a text right behind it")),
                (true, text) => terms.push(Term::text(text, false)),
                (false, text) => terms.push(Term::parse(text)?),
            }
        }
        Ok((!terms.is_empty()).then(|| Self {
            text: text.trim().to_owned(),
            terms,
        }))
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a row matches. The verdict's line is searched as well; `now` is for ages.
    pub fn matches(&self, row: &Row, verdict: &Verdict, now: Timestamp) -> bool {
        self.terms.iter().all(|term| term.matches(row, verdict, now))
    }

    /// Whether a piece of text (a management cluster's name) matches. What only an object has never does.
    pub fn matches_text(&self, text: &str) -> bool {
        self.terms.iter().all(|term| term.matches_text(text))
    }
}

/// A word that was typed, and whether it was quoted, so that `"site=b"` is a text and no column.
struct Word {
    text: String,
    quoted: bool,
}

/// Splits at spaces that are not quoted. A quote that is still open ends with the text, as it is being typed.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, behind) = if first == '"' || first == '\'' {
            let inside = rest.get(1..).unwrap_or_default();
            let (word, behind) = inside.split_once(first).unwrap_or((inside, ""));
            (
                Word {
                    text: word.to_owned(),
                    quoted: true,
                },
                behind,
            )
        } else {
            let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            (
                Word {
                    text: word.to_owned(),
                    quoted: false,
                },
                behind,
            )
        };
        if !word.text.is_empty() {
            words.push(word);
        }
        rest = behind.trim_start();
    }
    words
}

#[cfg(test)]
mod tests;
