//! `config.yaml`: how the person wants the console. Read strictly, never written; a mistake is told with its line and with what
//! is allowed there.
//!
//! Must not know: where the file is, or what flags and environment say.

use std::collections::BTreeMap;

use compact_str::CompactString;
use fleetui_api::yaml_mistake::YamlMistake;
use fleetui_fleet::table::{Flat, Path, Shape};
use serde::Deserialize;
use serde_yaml::Spanned;

use crate::command::line::parse;
use crate::file_error::{At, FileError, at};
use crate::keymap::Keymaps;
use crate::near::{near, or_all, suggestion};
use crate::theme::{ColourLevel, Themes};

/// A value of the file and the line that it stands on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// Line and column.
    pub at: (u64, u64),
}

/// What the file says; absent is what it leaves open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Name of the theme.
    pub theme: Option<Told<String>>,
    /// Name of the keymap.
    pub keymap: Option<Told<String>>,
    /// How many colours are used, whatever the environment says.
    pub colours: Option<Told<ColourLevel>>,
    /// Whether ASCII characters alone are drawn.
    pub ascii: Option<Told<bool>>,
    /// Whether the mouse is taken from the terminal.
    pub mouse: Option<Told<bool>>,
    /// Whether there are fewer draws, for thin lines.
    pub low_bandwidth: Option<Told<bool>>,
    /// Whether nothing may be written.
    pub read_only: Option<Told<bool>>,
    /// Whether the detail pane is open at the start.
    pub detail_pane: Option<Told<bool>>,
    /// Columns of tables, by the table's name.
    pub columns: BTreeMap<String, Told<Vec<String>>>,
    /// Lines for the command line, by a name for each.
    pub bookmarks: BTreeMap<String, Told<String>>,
}

/// The words of the file, in the order in which they are told.
pub const WORDS: [&str; 10] = [
    "theme",
    "keymap",
    "colours",
    "ascii",
    "mouse",
    "lowBandwidth",
    "readOnly",
    "detailPane",
    "columns",
    "bookmarks",
];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    theme: Option<Spanned<String>>,
    keymap: Option<Spanned<String>>,
    colours: Option<Spanned<String>>,
    ascii: Option<Spanned<bool>>,
    mouse: Option<Spanned<bool>>,
    low_bandwidth: Option<Spanned<bool>>,
    read_only: Option<Spanned<bool>>,
    detail_pane: Option<Spanned<bool>>,
    #[serde(default)]
    columns: BTreeMap<String, Spanned<Vec<String>>>,
    #[serde(default)]
    bookmarks: BTreeMap<String, Spanned<String>>,
}

/// Reads the file at `path`.
///
/// # Errors
/// The first mistake.
pub fn read(path: &str, text: &str) -> Result<Config, FileError> {
    let says = |line: &str| !line.is_empty() && !line.starts_with('#') && line != "---";
    if !text.lines().map(str::trim).any(says) {
        return Ok(Config::default());
    }
    let file: File = serde_yaml::from_str(text).map_err(|error| explained(path, &error))?;
    let colours = file.colours.map(|told| colours(path, &told)).transpose()?;
    Ok(Config {
        theme: file.theme.map(told),
        keymap: file.keymap.map(told),
        colours,
        ascii: file.ascii.map(told),
        mouse: file.mouse.map(told),
        low_bandwidth: file.low_bandwidth.map(told),
        read_only: file.read_only.map(told),
        detail_pane: file.detail_pane.map(told),
        columns: each_told(file.columns),
        bookmarks: each_told(file.bookmarks),
    })
}

fn told<T>(value: Spanned<T>) -> Told<T> {
    let at = at(&value);
    Told {
        value: value.value,
        at,
    }
}

fn each_told<T>(values: BTreeMap<String, Spanned<T>>) -> BTreeMap<String, Told<T>> {
    values
        .into_iter()
        .map(|(name, value)| (name, told(value)))
        .collect()
}

fn colours(path: &str, value: &Spanned<String>) -> Result<Told<ColourLevel>, FileError> {
    match ColourLevel::named(&value.value) {
        Some(level) => Ok(Told {
            value: level,
            at: at(value),
        }),
        None => Err(FileError::new(
            path,
            at(value),
            format!(
                "'{}' is no number of colours; there are {}",
                value.value,
                ColourLevel::NAMES.join(", ")
            ),
        )),
    }
}

/// The reader's words, and for one that is not known which are.
fn explained(path: &str, error: &serde_yaml::Error) -> FileError {
    let mut mistake = FileError::yaml(path, error);
    if let Some((name, _)) = YamlMistake::unknown_field(error) {
        let hint = suggestion(&near(&name, WORDS));
        mistake.what = format!(
            "there is no setting '{name}'{}",
            or_all(&hint, "settings are", &WORDS)
        );
    }
    mistake
}

/// What is wrong at a place of the file.
type Wrong = ((u64, u64), String);

impl Config {
    /// The columns of tables. Those that look into objects are numbered behind `custom`, which are known already, and alike in
    /// all tables.
    pub fn shapes(&self, custom: &[(CompactString, Path)]) -> Result<BTreeMap<Flat, Shape>, Vec<Wrong>> {
        let (mut shapes, mut wrong) = (BTreeMap::new(), Vec::new());
        let mut custom = custom.to_vec();
        for (name, told) in &self.columns {
            let Some(flat) = Flat::named(name) else {
                let names: Vec<_> = Flat::ALL
                    .iter()
                    .filter_map(|flat| flat.names().first().copied())
                    .collect();
                let hint = suggestion(&near(name, names.iter().copied()));
                let what = format!(
                    "there is no table '{name}'{}",
                    or_all(&hint, "tables are", &names)
                );
                wrong.push((told.at, what));
                continue;
            };
            match Shape::parse_among(&told.value.join(","), custom.clone()) {
                Ok(shape) => {
                    custom.clone_from(&shape.custom);
                    shapes.insert(flat, shape);
                }
                Err(error) => wrong.push((told.at, error.to_string())),
            }
        }
        for shape in shapes.values_mut() {
            shape.custom.clone_from(&custom);
        }
        if wrong.is_empty() { Ok(shapes) } else { Err(wrong) }
    }

    /// What it names and nothing has, as mistakes of the file at `path`.
    pub fn unknown_names(&self, path: &str, themes: &Themes, keymaps: &Keymaps) -> Vec<FileError> {
        let theme = self.theme.as_ref().and_then(|told| {
            let why = themes.get(&told.value).err()?;
            Some(named(path, told.at, themes.broken(&told.value), why))
        });
        let keymap = self.keymap.as_ref().and_then(|told| {
            let why = keymaps.get(&told.value).err()?;
            Some(named(path, told.at, keymaps.broken(&told.value), why))
        });
        let columns = self.shapes(&[]).err().unwrap_or_default();
        let bookmarks = self.bookmarks.values().filter_map(|told| {
            let why = parse(&told.value).err()?;
            Some((told.at, why))
        });
        let wrong = columns.into_iter().chain(bookmarks);
        let wrong = wrong.map(|(at, what)| FileError::new(path, at, what));
        theme.into_iter().chain(keymap).chain(wrong).collect()
    }
}

/// That what is named cannot be had: because of a mistake of its own, or because there is none.
fn named(path: &str, at: At, broken: Option<&FileError>, why: String) -> FileError {
    match broken {
        Some(mistake) => FileError::naming(path, at, mistake),
        None => FileError::new(path, at, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "config.yaml";

    #[test]
    fn what_is_told_is_known_with_its_line() {
        let text = "# mine\ntheme: light\nlowBandwidth: true\ncolours: \"256\"\ncolumns:\n  machines: [name, phase]\n\
                    bookmarks:\n  eu: ctx eu\n";
        let config = read(PATH, text).unwrap();
        let theme = config.theme.unwrap();
        assert_eq!((theme.value.as_str(), theme.at.0), ("light", 2));
        assert_eq!(
            config.low_bandwidth.map(|told| (told.value, told.at.0)),
            Some((true, 3))
        );
        assert_eq!(config.colours.map(|told| told.value), Some(ColourLevel::Ansi256));
        assert_eq!(config.columns["machines"].value, ["name", "phase"]);
        assert_eq!(config.bookmarks["eu"].value, "ctx eu");
        assert_eq!(config.mouse, None);
        for nothing in ["", "# nothing\n", "---\n"] {
            assert_eq!(read(PATH, nothing), Ok(Config::default()));
        }
    }

    #[test]
    fn mistakes_name_file_line_and_what_is_allowed() {
        let cases = [
            (
                "theme: dark\nthme: dark\n",
                "config.yaml:2:1: there is no setting 'thme'; did you mean theme?",
            ),
            (
                "zzz: 1\n",
                "config.yaml:1:1: there is no setting 'zzz'; settings are theme, keymap, colours,",
            ),
            ("mouse: perhaps\n", "config.yaml:1:8: "),
            (
                "colours: pink\n",
                "config.yaml:1:10: 'pink' is no number of colours; there are none, 8, 16, 256, truecolor",
            ),
            ("columns: [name]\n", "config.yaml:1:"),
            ("theme: [\n", "config.yaml:"),
        ];
        for (text, expected) in cases {
            let error = read(PATH, text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}\nexpected {expected}");
        }
    }

    #[test]
    fn names_that_nothing_has_are_mistakes_of_this_file() {
        let config = read(PATH, "theme: drak\nkeymap: vi\n").unwrap();
        let (themes, keymaps) = (Themes::embedded().unwrap(), Keymaps::embedded().unwrap());
        let mistakes = config.unknown_names(PATH, &themes, &keymaps);
        let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert!(
            mistakes[0].starts_with("config.yaml:1:8: there is no theme 'drak'; did you mean dark?"),
            "{mistakes:?}"
        );
        assert!(
            mistakes[1].starts_with("config.yaml:2:9: there is no keymap 'vi'"),
            "{mistakes:?}"
        );
        let config = read(
            PATH,
            "columns:\n  machine: [name]\n  machin: [name]\n  pools: [nme]\nbookmarks:\n  eu: ctxx eu\n",
        );
        let mistakes = config.unwrap().unknown_names(PATH, &themes, &keymaps);
        let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        for told in [
            "config.yaml:3:11: there is no table 'machin'; did you mean machines?",
            "config.yaml:4:10: ",
            "config.yaml:6:7: there is no command 'ctxx'; did you mean ctx?",
        ] {
            assert!(
                mistakes.iter().any(|mistake| mistake.starts_with(told)),
                "{told}\n{mistakes:?}"
            );
        }
        assert_eq!(mistakes.len(), 3);
    }

    #[test]
    fn columns_that_look_into_objects_are_numbered_alike_in_all_tables() {
        let text = "columns:\n  machines: [name, \"ZONE:.metadata.labels.zone\"]\n  clusters: [name, \"TEAM:.metadata.labels.team\"]\n";
        let shapes = read(PATH, text).unwrap().shapes(&[]).unwrap();
        let customs: Vec<_> = shapes.values().map(|shape| &shape.custom).collect();
        assert_eq!((customs.len(), customs[0].len()), (2, 2));
        assert_eq!(customs[0], customs[1]);
        // What is known already keeps its number.
        let known = customs[0].clone();
        let more = read(PATH, "columns:\n  pools: [\"RACK:.metadata.labels.rack\"]\n").unwrap();
        let shapes = more.shapes(&known).unwrap();
        let custom = &shapes[&Flat::Pools].custom;
        assert_eq!((&custom[..2], custom.len()), (&known[..], 3));
    }
}
