//! A mistake in a user's file: which file, which line, what is wrong and what is allowed there.

/// A mistake in a theme or keymap file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct FileError {
    /// The file as it was given.
    pub file: String,
    /// The line, from 1; 1 where it is not known.
    pub line: u64,
    /// What is wrong, and what is allowed there.
    pub what: String,
}

impl FileError {
    /// A mistake at a known line.
    pub fn new(file: &str, line: u64, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: line.max(1),
            what: what.into(),
        }
    }

    /// What the YAML reader found wrong.
    pub fn yaml(file: &str, error: &serde_yaml::Error) -> Self {
        let line = error.location().map_or(1, |location| location.line());
        let text = error.without_snippet().to_string();
        let what = text.lines().next().unwrap_or("is no YAML").to_owned();
        Self::new(file, line, what)
    }
}
