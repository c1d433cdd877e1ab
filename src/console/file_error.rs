//! A mistake in a user's file: which file, where in it, what is wrong and what is allowed there.

use serde_yaml::Spanned;

/// A mistake in a theme or keymap file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct FileError {
    /// The file as it was given.
    pub file: String,
    /// The line, from 1; 1 where it is not known.
    pub line: u64,
    /// The column, from 1; 1 where it is not known.
    pub column: u64,
    /// What is wrong, and what is allowed there.
    pub what: String,
}

/// A place in a file: line and column, from 1.
pub type At = (u64, u64);

/// Where a value stands.
pub fn at<T>(value: &Spanned<T>) -> At {
    (value.referenced.line(), value.referenced.column())
}

impl FileError {
    /// A mistake at a known place.
    pub fn new(file: &str, (line, column): At, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: line.max(1),
            column: column.max(1),
            what: what.into(),
        }
    }

    /// A file that cannot be read at all.
    pub fn unreadable(file: &str, why: &str) -> Self {
        Self::new(file, (1, 1), format!("cannot be read: {why}"))
    }

    /// What the YAML reader found wrong.
    pub fn yaml(file: &str, error: &serde_yaml::Error) -> Self {
        let place = error
            .location()
            .map_or((1, 1), |location| (location.line(), location.column()));
        let text = error.without_snippet().to_string();
        let what = text.lines().next().unwrap_or("is no YAML");
        Self::new(file, place, without_place(what))
    }
}

/// The reader's words without the place that it tells a second time: at the beginning it is `line 3 column 5: …`, at the end
/// ` at line 3, column 5`.
fn without_place(what: &str) -> String {
    let is_place = |text: &str| text.contains("line ") && text.contains("column ");
    let mut what = what.trim().trim_start_matches("error: ");
    if let Some((place, rest)) = what.split_once(": ")
        && is_place(place)
        && place.len() < LONGEST_PLACE
    {
        what = rest;
    }
    if let Some((rest, place)) = what.rsplit_once(" at ")
        && is_place(place)
    {
        what = rest;
    }
    let what = what.trim_end_matches([',', ' ']);
    // What the reader calls by its own names.
    match what {
        "expected mapping start" => "names with their values belong here (name: value)",
        "expected string scalar" => "one text belongs here",
        other => other,
    }
    .to_owned()
}

/// What is longer is no place.
const LONGEST_PLACE: usize = 40;
