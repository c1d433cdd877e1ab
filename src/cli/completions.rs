//! `fleetui completions`: what a shell needs to complete the command line. The shell asks this program, so that it completes what
//! is known here and now: contexts, themes, columns, files.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;
use color_eyre::eyre::eyre;

use super::applies::command;

/// The variable in which a shell says that it asks, and which shell it is.
const ASKS: &str = "FLEETUI_COMPLETE";

/// What `fleetui completions` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell; add to its start, as in: source <(fleetui completions bash)
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    Power,
    Zsh,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Power => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

/// Where a shell asks what can be written next, answers and ends the program.
pub(super) fn answer() {
    CompleteEnv::with_factory(command).var(ASKS).complete();
}

/// Prints what makes a shell ask.
pub(crate) fn run(args: &CompletionsArgs) -> color_eyre::Result<ExitCode> {
    let text = registration(args.shell)?;
    match std::io::stdout().lock().write_all(&text) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}

fn registration(shell: Shell) -> color_eyre::Result<Vec<u8>> {
    let name = shell.name();
    let shells = Shells::builtins();
    let completer = shells
        .completer(name)
        .ok_or_else(|| eyre!("there are no completions for {name}"))?;
    let mut text = Vec::new();
    // By its name: whichever fleetui is found then is asked.
    completer.write_registration(ASKS, "fleetui", "fleetui", "fleetui", &mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is offered for the last of these words.
    fn offered(line: &str) -> Vec<String> {
        let words: Vec<_> = line.split(' ').map(std::ffi::OsString::from).collect();
        let last = words.len() - 1;
        let candidates = clap_complete::engine::complete(&mut command(), words, last, None).unwrap();
        let text = |candidate: &clap_complete::CompletionCandidate| {
            candidate.get_value().to_string_lossy().into_owned()
        };
        candidates.iter().map(text).collect()
    }

    #[test]
    fn every_shell_is_told_to_ask() {
        for shell in Shell::value_variants() {
            let text = String::from_utf8(registration(*shell).unwrap()).unwrap();
            assert!(
                text.contains(ASKS) && text.contains("fleetui"),
                "{shell:?}\n{text}"
            );
        }
    }

    #[test]
    fn commands_options_and_their_values_are_offered() {
        let cases = [
            ("fleetui fr", "frame"),
            ("fleetui get ma", "machines"),
            ("fleetui get machines --so", "--sort-by"),
            ("fleetui get machines --sort-by ver", "version"),
            ("fleetui --theme hi", "high-contrast"),
            ("fleetui --theme=hi", "--theme=high-contrast"),
            ("fleetui --keymap ", "vim"),
            ("fleetui --colours tr", "truecolor"),
            ("fleetui get tree --layers ho", "hosts"),
            ("fleetui get tree --layers hosts,no", "hosts,nodes"),
            ("fleetui get machines -o ya", "yaml"),
            ("fleetui version -o sh", "short"),
            ("fleetui generate cluster a -i by", "byoh"),
            ("fleetui rollout sta", "status"),
            ("fleetui rollout pau", "pause"),
            ("fleetui machine skip", "skip-remediation"),
            ("fleetui upgrade -o ya", "yaml"),
            ("fleetui frame --format s", "svg"),
        ];
        for (line, wanted) in cases {
            let offered = offered(line);
            assert!(
                offered.iter().any(|offered| offered == wanted),
                "{line}: {offered:?}"
            );
        }
        // What a command does not follow is not offered to it.
        assert!(!offered("fleetui serve --").contains(&"--theme".to_owned()));
    }
}
