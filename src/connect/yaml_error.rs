//! A mistake in a YAML file as a person can use it: line, column, what is wrong; never the file's own text, which may be secret.

/// Line, column and message of a YAML error, with quoted values taken out.
pub(crate) struct YamlMistake {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) what: String,
}

impl YamlMistake {
    /// Reads the error. `secret` says whether values of the file may not be repeated.
    pub(crate) fn of(error: &serde_yaml::Error, secret: bool) -> Self {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let bare = error.without_snippet().to_string();
        let bare = bare.lines().next().unwrap_or_default();
        let what = without_location(bare, line);
        Self {
            line,
            column,
            what: if secret { without_strings(&what) } else { what },
        }
    }
}

/// The parser writes the place behind its message or in front of it; we give it ourselves, in front.
fn without_location(message: &str, line: u64) -> String {
    let message = message.trim().trim_start_matches("error:").trim();
    let behind = message
        .find(&format!(" at line {line}"))
        .or_else(|| message.find(&format!(", line {line}")));
    let message = behind.map_or(message, |at| message.get(..at).unwrap_or(message));
    let front = format!("line {line} column ");
    let message = match message
        .strip_prefix(&front)
        .and_then(|rest| rest.split_once(": "))
    {
        Some((_, rest)) => rest,
        None => message,
    };
    message.trim().to_owned()
}

/// serde quotes the string that it found; in a kubeconfig that may be a token.
fn without_strings(message: &str) -> String {
    let Some((before, rest)) = message.split_once("string \"") else {
        return message.to_owned();
    };
    let after = rest.rsplit_once('"').map_or("", |(_, after)| after);
    format!("{before}string \"***\"{after}")
}
