//! Which of the options that stand before every command a command follows: its help tells of no others. They are understood
//! everywhere all the same, so that a shell's alias with some of them fits every command.

use clap::{Arg, Command, CommandFactory as _};

use super::Cli;

/// How the console looks.
const LOOK: [&str; 6] = ["theme", "keymap", "ascii", "colours", "mouse", "low_bandwidth"];
/// What a terminal alone has.
const OF_A_TERMINAL: [&str; 2] = ["mouse", "low_bandwidth"];
/// What the console takes and shows, in a file.
const RECORDS: [&str; 2] = ["record", "replay"];
/// What forbids to write.
const FORBIDS: &str = "readonly";
/// What chooses among objects.
const CHOOSES: [&str; 2] = ["namespace", "all_namespaces"];

/// The command line, as it is parsed and as it tells of itself.
pub(super) fn command() -> Command {
    told(Cli::command(), &mut Vec::new())
}

/// Hides in all commands below one what they do not follow.
fn told(command: Command, path: &mut Vec<String>) -> Command {
    let globals: Vec<Arg> = command
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .cloned()
        .collect();
    // A negative number is a wrong value, and not an option that is not known.
    let command = command.mut_args(|arg| {
        let takes = arg.get_action().takes_values() && !arg.is_positional();
        arg.allow_negative_numbers(takes)
    });
    command.mut_subcommands(|mut below| {
        path.push(below.get_name().to_owned());
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let own: Vec<String> = below
            .get_arguments()
            .map(|arg| arg.get_id().to_string())
            .collect();
        for global in &globals {
            let id = global.get_id().as_str();
            if !own.iter().any(|own| own == id) {
                below = below.arg(global.clone().hide(!follows(&names, id)));
            }
        }
        below = told(below, path);
        path.pop();
        below
    })
}

/// Whether the command at that path follows an option.
fn follows(path: &[&str], id: &str) -> bool {
    let connects = |id: &str| !LOOK.contains(&id) && !RECORDS.contains(&id) && id != FORBIDS;
    match path {
        ["demo"] => {
            LOOK.contains(&id)
                || RECORDS.contains(&id)
                || CHOOSES.contains(&id)
                || id == FORBIDS
                || id == "request_timeout"
        }
        ["frame"] => !OF_A_TERMINAL.contains(&id),
        ["config", "show"] => LOOK.contains(&id) || id == FORBIDS,
        ["get", "tree"] => connects(id) || id == "ascii",
        ["config" | "serve" | "restore" | "completions", ..] | ["generate", "yaml" | "rbac"] => false,
        ["backup"] => id == "kubeconfig",
        ["get" | "describe" | "generate" | "version", ..] => connects(id),
        _ => connects(id) || id == FORBIDS,
    }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;

    /// The help of a command, in its long form.
    fn help(path: &[&str]) -> String {
        let words = std::iter::once("fleetui")
            .chain(path.iter().copied())
            .chain(["--help"]);
        command().try_get_matches_from(words).unwrap_err().to_string()
    }

    #[test]
    fn a_command_tells_of_what_it_follows() {
        let cases: [(&[&str], &[&str], &[&str]); 9] = [
            (
                &[],
                &["--theme", "--context", "--record", "--readonly", "--mouse"],
                &[],
            ),
            (
                &["serve"],
                &["--data-dir"],
                &["--theme", "--context", "--record", "--as-group"],
            ),
            (
                &["get", "machines"],
                &["--context", "--sort-by", "--as "],
                &["--theme", "--record", "--readonly"],
            ),
            (
                &["get", "tree"],
                &["--ascii", "--context"],
                &["--keymap", "--record"],
            ),
            (
                &["get", "activity"],
                &["--context", "--filter", "--local"],
                &["--theme"],
            ),
            (
                &["frame"],
                &["--theme", "--context", "--replay"],
                &["--mouse", "--low-bandwidth"],
            ),
            (
                &["demo"],
                &["--theme", "--mouse", "--record"],
                &["--kubeconfig", "--as "],
            ),
            (&["scale"], &["--context", "--readonly"], &["--theme", "--replay"]),
            (&["config", "show"], &["--theme", "--readonly"], &["--context"]),
        ];
        for (path, told, untold) in cases {
            let help = help(path);
            for option in told {
                assert!(help.contains(option), "{path:?} {option}\n{help}");
            }
            for option in untold {
                assert!(!help.contains(option), "{path:?} {option}\n{help}");
            }
        }
    }

    #[test]
    fn what_is_not_told_is_understood_all_the_same() {
        for words in [
            "fleetui --theme light get machines",
            "fleetui get machines --theme light",
            "fleetui --theme light --context a serve --no-controllers",
        ] {
            let matches = command().try_get_matches_from(words.split(' ')).unwrap();
            let cli = Cli::from_arg_matches(&matches).unwrap();
            assert_eq!(cli.look.theme.as_deref(), Some("light"), "{words}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }
}
