//! What a person types behind `/`: a piece of text, `!` for the inverse, typed terms (`ready=false`),
//! labels (`-l key=value`), letters of a name in their order (`-f pmd0`).

use std::iter::Peekable;

use jiff::Timestamp;

use crate::health::Verdict;
use crate::row::Row;

pub(crate) use index::Index;
use term::Term;
pub use told::Told;

mod column;
mod index;
mod label;
mod place;
mod term;
mod told;

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
        match Self::read(text) {
            (filter, None) => Ok(filter),
            (_, Some(error)) => Err(error),
        }
    }

    /// Reads what is being typed: the terms that are complete, and what the first of the others lacks.
    pub fn read(text: &str) -> (Option<Self>, Option<FilterError>) {
        let (mut terms, mut lacking) = (Vec::new(), None);
        let mut words = words(text).into_iter().peekable();
        while let Some(word) = words.next() {
            match read_word(&word, &mut words) {
                Ok(more) => terms.extend(more),
                Err(error) => lacking = lacking.or(Some(error)),
            }
        }
        let filter = (!terms.is_empty()).then(|| Self {
            text: text.trim().to_owned(),
            terms,
        });
        (filter, lacking)
    }

    /// What finds all of a group of management clusters.
    pub fn of_group(group: &str) -> Self {
        Self {
            text: format!("group={group}"),
            terms: vec![Term::Group(group.to_lowercase(), true)],
        }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a row matches. The verdict's line is searched as well; `now` is for ages. Of which group it has to be is
    /// asked with `is_of_group`.
    pub fn matches(&self, row: &Row, verdict: &Verdict, now: Timestamp) -> bool {
        self.terms.iter().all(|term| term.matches(row, verdict, now))
    }

    /// The same for a list, each row of which shows the name of its management cluster; texts are looked for in that too.
    pub fn matches_listed(&self, row: &Row, verdict: &Verdict, now: Timestamp) -> bool {
        self.terms.iter().all(|term| match term {
            Term::Text(text, absent) if term::contains(row.management_cluster.as_str(), text) => !absent,
            _ => term.matches(row, verdict, now),
        })
    }

    /// Whether what is in `group`, a group of management clusters, can match at all. Rows do not know it, so it is asked apart.
    pub fn is_of_group(&self, group: Option<&str>) -> bool {
        self.terms.iter().all(|term| term.is_of_group(group))
    }

    /// Whether a piece of text (a management cluster's name) matches. What only an object has never does.
    pub fn matches_text(&self, text: &str) -> bool {
        self.terms.iter().all(|term| term.matches_text(text))
    }
}

/// What people who type this may expect of it, from other tools, and what it means here instead. Nothing where that is clear.
pub fn unlike_elsewhere(text: &str) -> Option<&'static str> {
    let words = words(text);
    // A column with its value is clear.
    let is_text = |word: &&Word| !word.quoted && !word.text.contains(['=', '<', '>']);
    let mut texts = words.iter().filter(is_text).map(|word| word.text.as_str());
    texts.find_map(|word| {
        let is_pattern = word.contains(['*', '\\', '^', '['])
            || (word.len() > 1 && word.ends_with('$'))
            || [".?", ".+"].iter().any(|sign| word.contains(sign));
        if word.contains('|') {
            Some("| is looked for as it is written: there is no \"or\"; several words have all to match")
        } else if is_pattern {
            Some("no regular expressions: this is looked for as it is written; -f pmd0 finds letters in their order")
        } else {
            None
        }
    })
}

/// The terms of a word and, after a flag, of the one behind it.
fn read_word(word: &Word, rest: &mut Peekable<impl Iterator<Item = Word>>) -> Result<Vec<Term>, FilterError> {
    match (word.quoted, word.text.as_str()) {
        (false, "-l") => {
            let lacks = || FilterError::new("-l needs a label: -l key=value, -l key or -l '!key'");
            let mut selector = rest.next().ok_or_else(lacks)?.text;
            while let Some(more) = rest.next_if(|next| label::goes_on(&selector, &next.text)) {
                selector = format!("{selector} {}", more.text);
            }
            let labels = label::parse(&selector)?;
            Ok(labels.into_iter().map(Term::Label).collect())
        }
        (false, "-f") => {
            let lacks = || FilterError::new("-f needs letters that the name has in this order: -f pmd0");
            let letters = rest.next().ok_or_else(lacks)?;
            Ok(vec![Term::fuzzy(&letters.text)])
        }
        (false, "!") => Err(FilterError::new("! needs a text right behind it")),
        (true, text) => Ok(vec![Term::text(text, false)]),
        (false, text) => Ok(vec![Term::parse(text)?]),
    }
}

/// A word that was typed, and whether it was quoted, so that `"site=b"` is a text and no column.
struct Word {
    text: String,
    quoted: bool,
}

fn words(text: &str) -> Vec<Word> {
    let word = |piece: &str| match piece.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inside = piece.strip_prefix(quote).unwrap_or_default();
            Word {
                text: inside.strip_suffix(quote).unwrap_or(inside).to_owned(),
                quoted: true,
            }
        }
        Some(_) | None => Word {
            text: piece.to_owned(),
            quoted: false,
        },
    };
    let words = pieces(text).into_iter().map(word);
    words.filter(|word| !word.text.is_empty()).collect()
}

/// The words of a filter as they were typed, with their quotes: split at spaces that are not quoted. A quote that is still open
/// ends with the text, as it is being typed.
pub fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if first == '"' || first == '\'' {
            let inside = rest.get(1..).unwrap_or_default();
            inside.find(first).map(|closing| closing + 2)
        } else {
            rest.find(char::is_whitespace)
        };
        let (piece, behind) = rest.split_at(end.unwrap_or(rest.len()));
        pieces.push(piece);
        rest = behind.trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests;
