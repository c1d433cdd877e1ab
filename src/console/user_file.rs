//! A file of the user's own, as it was found: a theme or a keymap, named as its file is.

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFile {
    /// Where it is.
    pub path: String,
    /// What is in it, or why it cannot be read.
    pub text: Result<String, String>,
}

impl UserFile {
    /// The name of what it holds: its own without its ending.
    pub fn stem(&self) -> &str {
        stem(&self.path)
    }
}

/// The name of a file without its folder and its ending.
pub(crate) fn stem(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.strip_suffix(".yaml")
        .or_else(|| file.strip_suffix(".yml"))
        .unwrap_or(file)
}
