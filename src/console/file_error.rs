//! A mistake in a user's file: which file, where in it, what is wrong and what is allowed there.

use fleetui_api::yaml_mistake::YamlMistake;
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
    /// Where the mistake itself stands, if this is only where somebody names what has it: the file and the place in it.
    pub cause: Option<(String, At)>,
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
            cause: None,
        }
    }

    /// A place that names what has a mistake of its own.
    pub fn naming(file: &str, at: At, mistake: &Self) -> Self {
        Self {
            cause: Some(mistake.place()),
            ..Self::new(file, at, mistake.to_string())
        }
    }

    /// Its file and its place there.
    pub fn place(&self) -> (String, At) {
        (self.file.clone(), (self.line, self.column))
    }

    /// A file that cannot be read at all.
    pub fn unreadable(file: &str, why: &str) -> Self {
        Self::new(file, (1, 1), format!("cannot be read: {why}"))
    }

    /// What the YAML reader found wrong.
    pub fn yaml(file: &str, error: &serde_yaml::Error) -> Self {
        let YamlMistake { line, column, what } = YamlMistake::of(error, false);
        Self::new(file, (line, column), what)
    }
}
