//! `fleetui config`: where the person's own files are, whether they can be followed, and what holds in the end.
//!
//! Must not know: how a file is read; that is the business of whose it is.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use color_eyre::eyre::{WrapErr as _, eyre};
use fleetui_base::Shown;
use fleetui_connect::fleet_file::FleetFile;
use fleetui_connect::{Environment, Target, TargetRequest};
use fleetui_console::config::Config;
use fleetui_console::file_error::FileError;
use fleetui_console::runtime::environment::{CONFIG, FOLDERS, surroundings, user_files};
use fleetui_console::settings::{Basis, Origin, Setting, Settings};
use fleetui_console::user_file::{Said, UserFiles};

use super::console::{choices, config_dir};
use super::{FleetArgs, LookArgs};

/// What `fleetui config` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Say where each file is, and whether it is there
    Path,
    /// Read every file and say what is wrong with it; exit status 1 where something is
    Check,
    /// Print what holds in the end as a config.yaml, and where each value is from
    Show,
}

/// The file of management clusters.
const FLEET: &str = "fleet.yaml";

/// Says what was asked for.
pub(crate) fn run(args: &ConfigArgs, fleet: &FleetArgs, look: &LookArgs) -> color_eyre::Result<ExitCode> {
    let directory = config_dir().ok_or_else(|| eyre!("there is no home directory, so there are no files"))?;
    match args.what {
        What::Path => print(&paths(&directory)),
        What::Check => {
            let nowhere = nowhere(&directory.join(FLEET), Environment::of_process());
            let Checked { text, mistakes } = check(&directory, nowhere)?;
            print(&text)?;
            Ok(if mistakes == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        What::Show => {
            let (files, said) = read(&directory)?;
            if let Some(mistake) = said.mistakes.into_iter().next().filter(|_| !said.usable) {
                return Err(mistake.into());
            }
            let basis = Basis {
                choices: choices(fleet, look),
                config: said.config,
                surroundings: surroundings(),
            };
            print(&shown(
                &basis,
                files.config.as_ref().map(|file| file.path.as_str()),
            ))
        }
    }
}

/// Prints text that may name what stands in files.
fn print(text: &str) -> color_eyre::Result<ExitCode> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    for line in Shown::lines(text) {
        match writeln!(out, "{line}") {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn paths(directory: &Path) -> String {
    let mut text = format!("{}\n", directory.display());
    let files = [
        (CONFIG, "looks, keys and how the console begins"),
        (FLEET, "the management clusters"),
        (FOLDERS[0], "themes of your own, one a file"),
        (FOLDERS[1], "keymaps of your own, one a file"),
    ];
    for (name, what) in files {
        let there = if directory.join(name).exists() {
            "is there"
        } else {
            "is not there"
        };
        let _ = writeln!(text, "  {name:<12} {there:<13} {what}");
    }
    text
}

fn read(directory: &Path) -> color_eyre::Result<(UserFiles, Said)> {
    let files = user_files(directory).wrap_err_with(|| format!("{} cannot be read", directory.display()))?;
    let said = files.read()?;
    Ok((files, said))
}

/// What came of reading every file.
struct Checked {
    text: String,
    mistakes: usize,
}

/// What the fleet file names and what is in no kubeconfig. A fleet file that cannot be read is told of by who reads it.
fn nowhere(fleet: &Path, environment: Environment) -> Vec<String> {
    let named = FleetFile::load(fleet).is_ok_and(|file| !file.management_clusters.is_empty());
    if !named {
        return Vec::new();
    }
    let request = TargetRequest {
        fleet_file: Some(fleet.to_owned()),
        environment,
        ..TargetRequest::default()
    };
    match fleetui_connect::resolve(&request) {
        Ok(targets) => {
            let told = |target: &Target| {
                let mistake = target.mistake()?;
                Some(format!(
                    "{}: {}: {mistake}",
                    fleet.display(),
                    target.management_cluster
                ))
            };
            targets.iter().filter_map(told).collect()
        }
        Err(mistake) => vec![format!("{}: {mistake}", fleet.display())],
    }
}

/// Reads every file; to the mistakes in them belongs what they name and what is `nowhere`.
fn check(directory: &Path, nowhere: Vec<String>) -> color_eyre::Result<Checked> {
    let (files, said) = read(directory)?;
    let mut mistakes: Vec<String> = said.mistakes.iter().map(ToString::to_string).collect();
    let fleet = directory.join(FLEET);
    let there = fleet.exists();
    match FleetFile::load(&fleet) {
        Ok(file) => mistakes.extend(unknown_themes(&file, &fleet, &said)),
        Err(mistake) => mistakes.push(mistake.to_string()),
    }
    mistakes.extend(nowhere);
    let read = files
        .config
        .iter()
        .chain(&files.themes)
        .chain(&files.keymaps)
        .count()
        + usize::from(there);
    let mut text = mistakes
        .iter()
        .fold(String::new(), |text, mistake| text + mistake + "\n");
    let _ = match (mistakes.len(), read) {
        (0, 0) => writeln!(
            text,
            "there are no files in {}; everything is as it is by itself",
            directory.display()
        ),
        (0, 1) => writeln!(text, "1 file was read; there is nothing wrong with it"),
        (0, read) => writeln!(text, "{read} files were read; there is nothing wrong with them"),
        (1, read) => writeln!(text, "1 mistake in {read} files"),
        (mistakes, read) => writeln!(text, "{mistakes} mistakes in {read} files"),
    };
    Ok(Checked {
        text,
        mistakes: mistakes.len(),
    })
}

/// Themes that management clusters are to be shown in, and that nothing has.
fn unknown_themes(file: &FleetFile, path: &Path, said: &Said) -> Vec<String> {
    let entries = file.management_clusters.iter();
    let themes = entries.filter_map(|entry| Some((entry, entry.theme.as_deref()?)));
    themes
        .filter_map(|(entry, theme)| {
            let why = said.themes.get(theme).err()?;
            // The mistake of a theme's own file is told already, however many name it.
            let is_told = |told: &FileError| told.what == why || told.to_string() == why;
            if said.mistakes.iter().any(is_told) {
                return None;
            }
            Some(format!("{}: {}: {why}", path.display(), entry.name()))
        })
        .collect()
}

/// A `config.yaml` that says what holds anyway.
fn shown(basis: &Basis, path: Option<&str>) -> String {
    let Settings {
        theme,
        keymap,
        colours,
        ascii,
        mouse,
        low_bandwidth,
        read_only,
        detail_pane,
    } = basis.settings();
    let mut text = String::new();
    let mut say = |name: &str, value: String, origin: Origin| {
        let from = match origin {
            Origin::Option(option) => option.to_owned(),
            Origin::File(line) => format!("{}:{line}", path.unwrap_or(CONFIG)),
            Origin::Environment => "what the terminal can show".to_owned(),
            Origin::Default => "the default".to_owned(),
        };
        let setting = format!("{name}: {value}");
        let _ = writeln!(text, "{setting:<28} # {from}");
    };
    say("theme", quoted(&theme.value), theme.origin);
    say("keymap", quoted(&keymap.value), keymap.origin);
    say("colours", quoted(colours.value.name()), colours.origin);
    let mut flag = |name: &str, setting: Setting<bool>| say(name, setting.value.to_string(), setting.origin);
    flag("ascii", ascii);
    flag("mouse", mouse);
    flag("lowBandwidth", low_bandwidth);
    flag("readOnly", read_only);
    flag("detailPane", detail_pane);
    let Config {
        columns, bookmarks, ..
    } = &basis.config;
    if !columns.is_empty() {
        text.push_str("columns:\n");
        for (table, told) in columns {
            let names: Vec<String> = told.value.iter().map(|name| quoted(name)).collect();
            let setting = format!("  {}: [{}]", quoted(table), names.join(", "));
            let _ = writeln!(text, "{setting:<28} # {}:{}", path.unwrap_or(CONFIG), told.at.0);
        }
    }
    if !bookmarks.is_empty() {
        text.push_str("bookmarks:\n");
        for (name, told) in bookmarks {
            let setting = format!("  {}: {}", quoted(name), quoted(&told.value));
            let _ = writeln!(text, "{setting:<28} # {}:{}", path.unwrap_or(CONFIG), told.at.0);
        }
    }
    text
}

/// A text as YAML takes it, whatever is in it: JSON's texts are YAML's.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphabetic() || c == '-';
    if !text.is_empty()
        && text.chars().all(plain)
        && !matches!(text, "none" | "null" | "true" | "false" | "yes" | "no")
    {
        return text.to_owned();
    }
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let directory = home.path().to_owned();
        (home, directory)
    }

    #[test]
    fn every_file_is_read_and_every_mistake_told_with_its_line() {
        let (_home, directory) = home(&[]);
        let checked = check(&directory, Vec::new()).unwrap();
        assert_eq!(checked.mistakes, 0);
        assert!(
            checked.text.starts_with("there are no files in "),
            "{}",
            checked.text
        );
        let (_home, directory) = home(&[
            ("config.yaml", "theme: mine\n"),
            (
                "fleet.yaml",
                "managementClusters:\n  - context: a\n    theme: mine\n",
            ),
            ("themes/mine.yaml", "inherits: dark\n"),
            ("keymaps/default.yaml", "keys:\n  tree:\n    yaml: Y\n"),
        ]);
        let checked = check(&directory, Vec::new()).unwrap();
        assert_eq!(
            (checked.mistakes, checked.text.as_str()),
            (0, "4 files were read; there is nothing wrong with them\n")
        );
        let (_home, directory) = home(&[
            ("config.yaml", "theme: mine\nmouse: perhaps\n"),
            (
                "fleet.yaml",
                "managementClusters:\n  - context: a\n    theme: drak\n",
            ),
            ("themes/mine.yaml", "inherits: dork\n"),
            ("keymaps/default.yaml", "keys:\n  trea:\n    yaml: Y\n"),
        ]);
        let checked = check(&directory, Vec::new()).unwrap();
        for told in [
            "config.yaml:2:8: ",
            "themes/mine.yaml:1:11: there is no theme 'dork' to inherit",
            "keymaps/default.yaml:2:3: there is no place 'trea'; did you mean tree?",
            "fleet.yaml: a: there is no theme 'drak'; did you mean dark?",
            "4 mistakes in 4 files",
        ] {
            assert!(checked.text.contains(told), "{told}\n{}", checked.text);
        }
        // A theme with a mistake is one mistake, whoever names it.
        let (_home, directory) = home(&[
            ("config.yaml", "theme: mine\n"),
            (
                "fleet.yaml",
                "managementClusters:\n  - context: a\n    theme: mine\n  - context: b\n    theme: mine\n",
            ),
            ("themes/mine.yaml", "inherits: dork\n"),
        ]);
        let checked = check(&directory, Vec::new()).unwrap();
        assert_eq!(checked.mistakes, 1, "{}", checked.text);
        assert!(
            checked.text.contains("there is no theme 'dork' to inherit"),
            "{}",
            checked.text
        );
        let (_home, directory) = home(&[("fleet.yaml", "managementClusters:\n  - contxt: a\n")]);
        assert!(
            check(&directory, Vec::new())
                .unwrap()
                .text
                .contains("fleet.yaml:2:5: ")
        );
    }

    #[test]
    fn a_context_that_is_in_no_kubeconfig_is_a_mistake() {
        let kubeconfig = "apiVersion: v1\nkind: Config\ncurrent-context: a\n\
            contexts: [{name: a, context: {cluster: a, user: a}}]\n\
            clusters: [{name: a, cluster: {server: \"https://a:6443\"}}]\nusers: [{name: a, user: {token: t}}]\n";
        let (_home, directory) = home(&[
            ("kubeconfig", kubeconfig),
            (
                "fleet.yaml",
                "managementClusters:\n  - context: a\n  - context: nonexistent\n",
            ),
        ]);
        let environment = Environment {
            kubeconfig: Some(directory.join("kubeconfig").into()),
            ..Environment::default()
        };
        let told = nowhere(&directory.join(FLEET), environment);
        assert_eq!(told.len(), 1, "{told:?}");
        let checked = check(&directory, told).unwrap();
        assert_eq!(checked.mistakes, 1);
        assert!(
            checked.text.contains("nonexistent: no context nonexistent"),
            "{}",
            checked.text
        );
    }

    #[test]
    fn what_is_shown_is_a_configuration_that_says_the_same() {
        let text = "theme: light\ncolumns:\n  machines: [name, \"ZONE:.metadata.labels.zone\"]\nbookmarks:\n  eu: ctx eu\n";
        let mut basis = Basis {
            config: fleetui_console::config::read(CONFIG, text).unwrap(),
            ..Basis::default()
        };
        basis.choices.mouse = true;
        let text = shown(&basis, Some("/home/me/config.yaml"));
        for line in [
            "theme: light                 # /home/me/config.yaml:1",
            "mouse: true                  # --mouse",
            "keymap: default              # the default",
            "colours: truecolor           # what the terminal can show",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let again = fleetui_console::config::read("again.yaml", &text).unwrap();
        let values = |config: &Config| {
            let columns: Vec<_> = config.columns.values().map(|told| told.value.clone()).collect();
            let bookmarks: Vec<_> = config.bookmarks.values().map(|told| told.value.clone()).collect();
            (
                config.theme.as_ref().map(|told| told.value.clone()),
                columns,
                bookmarks,
            )
        };
        assert_eq!(values(&again), values(&basis.config));
        assert_eq!(again.mouse.map(|told| told.value), Some(true));
    }

    #[test]
    fn paths_say_what_is_there() {
        let (_home, directory) = home(&[("config.yaml", "")]);
        let text = paths(&directory);
        assert!(text.contains("config.yaml  is there "), "{text}");
        assert!(text.contains("fleet.yaml   is not there "), "{text}");
    }
}
