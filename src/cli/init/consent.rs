//! Whether the management cluster that is about to be changed is the one that is meant: a current context is easily another one
//! than its user thinks.

use std::io::{BufRead, IsTerminal as _, Write as _};

use fleetui_base::Shown;
use fleetui_connect::Target;

use crate::cli::status::Refused;

/// What has to be done before anything is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nothing: the management cluster was named, or the user is sure.
    Given,
    /// The person at the terminal is asked.
    Asked,
    /// There is nobody to ask.
    Missing,
}

impl Consent {
    /// By whether the management cluster was named, and whether somebody can be asked.
    pub(super) fn new(named: bool, at_terminal: bool) -> Self {
        match (named, at_terminal) {
            (true, _) => Self::Given,
            (false, true) => Self::Asked,
            (false, false) => Self::Missing,
        }
    }
}

/// Whether somebody can be asked: the question is written on stderr and answered on stdin.
pub(super) fn is_at_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Why nothing is done where nobody can be asked.
pub(super) fn refusal(target: &Target) -> Refused {
    let name = &target.management_cluster;
    Refused(format!(
        "{name} ({}) is the current context and was not named, and nobody is at a terminal to be asked whether it is meant; \
         say --context {name} or --yes",
        target.server
    ))
}

/// Asks whether the target is meant; refuses unless the answer is yes.
pub(super) async fn ask(target: &Target, what: &str) -> color_eyre::Result<()> {
    let question = Shown::line(&question(target, what)).to_string();
    let answer = tokio::task::spawn_blocking(move || -> std::io::Result<String> {
        let mut stderr = std::io::stderr().lock();
        write!(stderr, "{question} ")?;
        stderr.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        Ok(answer)
    });
    if is_yes(&answer.await??) {
        return Ok(());
    }
    Err(Refused(format!("{} was left as it is", target.management_cluster)).into())
}

fn question(target: &Target, what: &str) -> String {
    format!(
        "{} ({}) is the current context. {what} there? [y/N]",
        target.management_cluster, target.server
    )
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_named_nothing_is_asked_and_only_at_a_terminal() {
        for (named, at_terminal, expected) in [
            (true, false, Consent::Given),
            (true, true, Consent::Given),
            (false, true, Consent::Asked),
            (false, false, Consent::Missing),
        ] {
            assert_eq!(Consent::new(named, at_terminal), expected);
        }
        for yes in ["y\n", "Yes", " YES \n"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in ["", "\n", "n", "no", "yesterday", "prod"] {
            assert!(!is_yes(no), "{no}");
        }
    }
}
