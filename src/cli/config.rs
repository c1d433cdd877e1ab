//! `fleetui config`: where the person's own files are, whether they can be followed, and what holds in the end.
//!
//! Must not know: how a file is read; that is the business of whose it is.

mod every;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use color_eyre::eyre::{WrapErr as _, eyre};
use fleetui_base::Shown;
use fleetui_connect::fleet_file::{FleetFile, FleetFileError, Places};
use fleetui_connect::{Environment, Target};
use fleetui_console::config::Config;
use fleetui_console::runtime::environment::{CONFIG, FOLDERS, surroundings, user_files};
use fleetui_console::settings::{Basis, Origin, Setting, Settings};
use fleetui_console::user_file::{Said, UserFile, UserFiles};

use super::console::{choices, config_dir, own_files};
use super::{FleetArgs, LookArgs};
use every::{Wrong, every};

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
            let Checked { text, mistakes } = check(&directory, &Environment::of_process())?;
            print(&text)?;
            Ok(if mistakes == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        What::Show => {
            let (files, said) = own_files(&directory)?;
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

/// The files and what they say, whether or not it can be followed.
pub(super) fn read(directory: &Path) -> color_eyre::Result<(UserFiles, Said)> {
    let files = user_files(directory).wrap_err_with(|| format!("{} cannot be read", directory.display()))?;
    let said = files.read()?;
    Ok((files, said))
}

/// What came of reading every file.
struct Checked {
    text: String,
    mistakes: usize,
}

/// Reads every file; to the mistakes in them belongs what they name and what is nowhere, such as contexts.
fn check(directory: &Path, environment: &Environment) -> color_eyre::Result<Checked> {
    let (files, said) = read(directory)?;
    let own = files.config.iter().chain(&files.themes).chain(&files.keymaps);
    let mut mistakes: Vec<String> = own.clone().flat_map(|file| of_own(&files, file)).collect();
    let fleet = directory.join(FLEET);
    let there = fleet.exists();
    mistakes.extend(of_fleet(&fleet, environment, &said));
    let all = own.count() + usize::from(there);
    let mut text = mistakes
        .iter()
        .fold(String::new(), |text, mistake| text + mistake + "\n");
    let _ = match (mistakes.len(), all) {
        (0, 0) => writeln!(
            text,
            "there are no files in {}; everything is as it is by itself",
            directory.display()
        ),
        (0, 1) => writeln!(text, "1 file was read; there is nothing wrong with it"),
        (0, all) => writeln!(text, "{all} files were read; there is nothing wrong with them"),
        (count, all) => writeln!(text, "{} in {}", counted(count, "mistake"), counted(all, "file")),
    };
    Ok(Checked {
        text,
        mistakes: mistakes.len(),
    })
}

/// `1 file`, `2 files`.
fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// The mistakes of one of the console's files, as all of them are read together: themes and keymaps name each other.
fn of_own(files: &UserFiles, file: &UserFile) -> Vec<String> {
    let read = |text: &str| {
        let mut files = files.clone();
        let all = files
            .config
            .iter_mut()
            .chain(&mut files.themes)
            .chain(&mut files.keymaps);
        for other in all.filter(|other| other.path == file.path) {
            other.text = file.text.clone().map(|_| text.to_owned());
        }
        let mistakes = files
            .read_each()
            .map_or_else(|mistake| vec![mistake], |said| said.mistakes);
        // The mistake of a theme or keymap is that of its own file, whoever names it.
        let own = mistakes
            .into_iter()
            .filter(|mistake| mistake.file == file.path && mistake.cause.is_none());
        own.map(|mistake| (mistake.line, mistake.column, mistake.what))
            .collect()
    };
    told(&file.path, every(file.text.as_deref().unwrap_or_default(), read))
}

/// Mistakes with the file that they are in.
fn told(path: &str, mistakes: Vec<Wrong>) -> Vec<String> {
    let told = mistakes
        .into_iter()
        .map(|(line, column, what)| format!("{path}:{line}:{column}: {what}"));
    told.collect()
}

/// The mistakes of the fleet file: how it is written, and what it names that is nowhere.
fn of_fleet(path: &Path, environment: &Environment, said: &Said) -> Vec<String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => return vec![format!("{}: it cannot be read: {error}", path.display())],
    };
    let read = |text: &str| match FleetFile::parse(text, path) {
        Ok(file) => {
            let places = FleetFile::places(text);
            let mut wrong = unknown_themes(&file, &places, said);
            wrong.extend(nowhere(&file, &places, path, environment));
            wrong
        }
        Err(FleetFileError::Malformed {
            line, column, what, ..
        }) => vec![(line, column, what)],
        Err(FleetFileError::NameTwice {
            line, column, name, ..
        }) => {
            let what = format!("two management clusters are called {name}; give one of them another alias");
            vec![(line, column, what)]
        }
        Err(error @ FleetFileError::Unreadable { .. }) => vec![(1, 1, error.to_string())],
    };
    told(&path.display().to_string(), every(&text, read))
}

/// Themes that management clusters are to be shown in, and that nothing has.
fn unknown_themes(file: &FleetFile, places: &[Places], said: &Said) -> Vec<Wrong> {
    let entries = file.management_clusters.iter().zip(places);
    let themes = entries.filter_map(|(entry, places)| Some((entry.theme.as_deref()?, places.theme?)));
    // The mistake of a theme's own file is told there, however many name it.
    let themes = themes.filter(|(theme, _)| said.themes.broken(theme).is_none());
    themes
        .filter_map(|(theme, (line, column))| Some((line, column, said.themes.get(theme).err()?)))
        .collect()
}

/// What the fleet file names and what is in no kubeconfig.
fn nowhere(file: &FleetFile, places: &[Places], path: &Path, environment: &Environment) -> Vec<Wrong> {
    if file.management_clusters.is_empty() {
        return Vec::new();
    }
    let targets = fleetui_connect::of_fleet(file, path, environment);
    let told = |(target, places): (&Target, &Places)| {
        let (line, column) = places.context;
        Some((line, column, target.mistake()?.to_string()))
    };
    targets.iter().zip(places).filter_map(told).collect()
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

    /// A home with these files, and a kubeconfig that has the context `a`.
    fn environment(directory: &Path) -> Environment {
        let kubeconfig = "apiVersion: v1\nkind: Config\ncurrent-context: a\n\
            contexts: [{name: a, context: {cluster: a, user: a}}]\n\
            clusters: [{name: a, cluster: {server: \"https://a:6443\"}}]\nusers: [{name: a, user: {token: t}}]\n";
        let path = directory.join("kubeconfig");
        std::fs::write(&path, kubeconfig).unwrap();
        Environment {
            kubeconfig: Some(path.into()),
            ..Environment::default()
        }
    }

    fn looked_at(directory: &Path) -> Checked {
        check(directory, &environment(directory)).unwrap()
    }

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
        let checked = looked_at(&directory);
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
        let checked = looked_at(&directory);
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
        let checked = looked_at(&directory);
        for told in [
            "config.yaml:2:8: ",
            "themes/mine.yaml:1:11: there is no theme 'dork' to inherit",
            "keymaps/default.yaml:2:3: there is no place 'trea'; did you mean tree?",
            "fleet.yaml:3:12: there is no theme 'drak'; did you mean dark?",
            "4 mistakes in 4 files",
        ] {
            assert!(checked.text.contains(told), "{told}\n{}", checked.text);
        }
        // A theme with a mistake is one mistake, whoever names it.
        let (_home, directory) = home(&[
            ("config.yaml", "theme: mine\n"),
            (
                "fleet.yaml",
                "managementClusters:\n  - context: a\n    theme: mine\n  - {context: a, alias: b, theme: mine}\n",
            ),
            ("themes/mine.yaml", "inherits: dork\n"),
        ]);
        let checked = looked_at(&directory);
        assert_eq!(checked.mistakes, 1, "{}", checked.text);
        assert!(
            checked
                .text
                .contains("themes/mine.yaml:1:11: there is no theme 'dork' to inherit"),
            "{}",
            checked.text
        );
        // Two that are written alike are two, each in its own file.
        let (_home, directory) = home(&[
            ("config.yaml", "theme: mine\n"),
            ("themes/mine.yaml", "inherits: dork\n"),
            ("themes/other.yaml", "inherits: dork\n"),
        ]);
        let checked = looked_at(&directory);
        assert_eq!(checked.mistakes, 2, "{}", checked.text);
        let (_home, directory) = home(&[("fleet.yaml", "managementClusters:\n  - contxt: a\n")]);
        assert!(
            looked_at(&directory)
                .text
                .contains("fleet.yaml:2:5: there is no contxt here; did you mean context?")
        );
    }

    #[test]
    fn a_context_that_is_in_no_kubeconfig_is_a_mistake() {
        let (_home, directory) = home(&[(
            "fleet.yaml",
            "managementClusters:\n  - context: a\n  - context: nonexistent\n",
        )]);
        let checked = looked_at(&directory);
        assert_eq!(checked.mistakes, 1);
        assert!(
            checked
                .text
                .contains("fleet.yaml:3:14: no context nonexistent; there are: a")
                && checked.text.ends_with("1 mistake in 1 file\n"),
            "{}",
            checked.text
        );
    }

    #[test]
    fn all_mistakes_of_a_file_are_told() {
        let (_home, directory) = home(&[
            (
                "config.yaml",
                "theme: drak\nmouse: perhaps\ncolors: 3\ntheme: dark\nreadOnly: yess\n",
            ),
            (
                "fleet.yaml",
                "managementClusters:\n- context: a\n  redOnly: true\n  theme: drak\n- context: no\n  thme: x\n- {context: a}\n- {context: b, alis: b, grup: 'x, y', theme: drak}\n",
            ),
            (
                "keymaps/my.yaml",
                "inherits: default\nkeys:\n  trea:\n    yaml: Y\n  tree:\n    yml: Y\n",
            ),
        ]);
        let checked = looked_at(&directory);
        for told in [
            "config.yaml:1:8: there is no theme 'drak'",
            "config.yaml:2:8: true or false belongs here",
            "config.yaml:3:1: there is no setting 'colors'; did you mean colours?",
            "config.yaml:4:1: theme is there twice",
            "config.yaml:5:11: true or false belongs here",
            "fleet.yaml:3:3: there is no redOnly here; did you mean readOnly?",
            "fleet.yaml:4:10: there is no theme 'drak'; did you mean dark?",
            "fleet.yaml:5:12: no context no; there are: a",
            "fleet.yaml:6:3: there is no thme here; did you mean theme?",
            "fleet.yaml:7:13: two management clusters are called a",
            "keymaps/my.yaml:3:3: there is no place 'trea'",
            "keymaps/my.yaml:6:10: there is no command 'yml'; did you mean yaml?",
            "fleet.yaml:8:13: no context b; there are: a",
            "fleet.yaml:8:16: there is no alis here; did you mean alias?",
            "fleet.yaml:8:25: there is no grup here; did you mean group?",
            "fleet.yaml:8:46: there is no theme 'drak'",
            "16 mistakes in 3 files",
        ] {
            assert!(checked.text.contains(told), "{told}\n{}", checked.text);
        }
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
