//! Asks the person, where there is one, and takes `--yes` for an answer.

use std::io::{IsTerminal as _, Write as _};

use fleetui_base::Shown;
use fleetui_fleet::act::Confirm;

use super::arguments::ActArgs;
use crate::cli::status::WrongUsage;

/// What was answered.
pub(super) struct Said {
    /// What was typed, where a name is asked for.
    pub(super) typed: Option<String>,
    /// Whether a person was asked, who may have taken long.
    pub(super) asked: bool,
}

/// Has a plan confirmed in the way that it asks for. Nothing where it was not.
///
/// # Errors
/// There is nobody to ask.
pub(super) async fn confirm(how: &Confirm, args: &ActArgs) -> color_eyre::Result<Option<Said>> {
    if args.yes {
        return Ok(Some(Said {
            typed: None,
            asked: false,
        }));
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(WrongUsage("there is no terminal to ask at: say --yes, or --dry-run".to_owned()).into());
    }
    let question = match how {
        Confirm::Key => "go on? [y/N] ".to_owned(),
        // Why it is asked stands above already.
        Confirm::Twice(_) => "go on all the same? [y/N] ".to_owned(),
        Confirm::Name(name) => format!("type {name} to go on: "),
    };
    let answer = tokio::select! {
        answer = tokio::task::spawn_blocking(move || ask(&question)) => answer??,
        // An answer as well, and as such it stands in the audit log.
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            writeln!(std::io::stderr())?;
            return Ok(None);
        }
    };
    let answer = answer.trim();
    let is_meant = match how {
        Confirm::Key | Confirm::Twice(_) => matches!(answer, "y" | "Y" | "yes"),
        Confirm::Name(name) => answer == name.as_str(),
    };
    Ok(is_meant.then(|| Said {
        typed: Some(answer.to_owned()),
        asked: true,
    }))
}

fn ask(question: &str) -> std::io::Result<String> {
    // It is not kept locked while nobody answers: who is interrupted writes there too.
    let mut stderr = std::io::stderr();
    write!(stderr, "{}", Shown::line(question))?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer)
}
