//! Reading keymap files. Every mistake is reported with its line and with what is allowed there.
//!
//! A value holds the keys of a command, separated by commas; the chords of a sequence are separated by blanks:
//! `top: g g, home`. `<disabled>` leaves a command without a key.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml::Spanned;

use super::{Binding, Keymap, written};
use crate::chord::{Chord, sequence};
use crate::command::{Command, Entry, Place, Program, entries, named};
use crate::file_error::{At, FileError, at};
use crate::near::{near, or_all, suggestion};
use crate::user_file::stem;

/// The keymaps that are built in, in an order in which each comes after what it inherits.
pub(super) const EMBEDDED: [(&str, &str); 3] = [
    (
        "keymaps/default.yaml",
        include_str!("../../../keymaps/default.yaml"),
    ),
    ("keymaps/k9s.yaml", include_str!("../../../keymaps/k9s.yaml")),
    ("keymaps/vim.yaml", include_str!("../../../keymaps/vim.yaml")),
];

const DISABLED: &str = "<disabled>";
/// The keymap that is inherited where none is named.
const DEFAULT: &str = "default";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What the keymap is for; read by people alone.
    #[serde(default, rename = "doc")]
    _doc: String,
    /// The keymap whose bindings hold where this one says nothing.
    inherits: Option<Spanned<String>>,
    #[serde(default)]
    keys: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
    /// By places and keys, what is said when a key is pressed that does nothing there.
    #[serde(default)]
    told: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
}

/// Reads one file; `known` are the keymaps that it may inherit.
pub(super) fn read(path: &str, text: &str, known: &BTreeMap<String, Keymap>) -> Result<Keymap, FileError> {
    let name = stem(path).to_owned();
    if !says_anything(text) {
        return Err(FileError::new(
            path,
            (1, 1),
            "nothing is written here; a keymap has doc, inherits and keys",
        ));
    }
    let file: File = serde_yaml::from_str(text).map_err(|error| FileError::yaml(path, &error))?;
    let mut keymap = inherited(path, &name, &file, known)?;
    for (place, commands) in &file.keys {
        let place = known_place(path, text, place, commands.values().map(at).min())?;
        read_place(path, place, commands, &mut keymap)?;
    }
    for (place, said) in &file.told {
        let place = known_place(path, text, place, said.values().map(at).min())?;
        let told = keymap.told.entry(place).or_default();
        for (key, said) in said {
            let chord = key.parse::<Chord>();
            let chord = chord.map_err(|error| FileError::new(path, at(said), error.to_string()))?;
            told.retain(|(other, _)| *other != chord);
            told.push((chord, said.value.clone()));
        }
    }
    check_way_out(path, &file, &keymap)?;
    Ok(keymap)
}

/// The place of that name; `first` is where the first value below it stands.
fn known_place(path: &str, text: &str, place: &str, first: Option<At>) -> Result<Place, FileError> {
    Place::named(place).ok_or_else(|| {
        let all: Vec<_> = Place::ALL.iter().map(|place| place.name()).collect();
        let hint = suggestion(&near(place, all.iter().copied()));
        FileError::new(
            path,
            place_of_key(text, place, first),
            format!("there is no place '{place}'{}", or_all(&hint, "places are", &all)),
        )
    })
}

/// Whether there is anything besides comments.
fn says_anything(text: &str) -> bool {
    let says = |line: &str| !line.is_empty() && !line.starts_with('#') && line != "---";
    text.lines().map(str::trim).any(says)
}

/// Where the name of a place is written: the reader knows only where values stand.
fn place_of_key(text: &str, key: &str, first: Option<At>) -> At {
    let before = first.map_or(usize::MAX, |(line, _)| {
        usize::try_from(line).unwrap_or(usize::MAX)
    });
    let lines = text.lines().enumerate().take(before);
    let found = lines.filter_map(|(index, line)| {
        let column = line.len() - line.trim_start().len();
        line.trim_start()
            .strip_prefix(key)?
            .starts_with(':')
            .then_some((index + 1, column + 1))
    });
    let (line, column) = found.last().unwrap_or((1, 1));
    (
        u64::try_from(line).unwrap_or(1),
        u64::try_from(column).unwrap_or(1),
    )
}

/// A keymap has to be one that the program can be left with, also by who does not know about ctrl-c.
fn check_way_out(path: &str, file: &File, keymap: &Keymap) -> Result<(), FileError> {
    let leaves = |place: Place| {
        [Program::Leave, Program::Quit, Program::CommandLine]
            .into_iter()
            .any(|way| !keymap.keys(place, Command::Program(way)).is_empty())
    };
    if leaves(Place::Everywhere) && leaves(Place::Tree) {
        return Ok(());
    }
    let quits = ["quit", "leave", "command-line"];
    let everywhere = file.keys.get(Place::Everywhere.name());
    let culprit = everywhere.and_then(|commands| quits.iter().find_map(|name| commands.get(*name)));
    Err(FileError::new(
        path,
        culprit.map_or((1, 1), at),
        "the program cannot be left with this keymap: give a key to quit, leave or command-line in everywhere",
    ))
}

fn inherited(
    path: &str,
    name: &str,
    file: &File,
    known: &BTreeMap<String, Keymap>,
) -> Result<Keymap, FileError> {
    let base = match &file.inherits {
        Some(wanted) => Some(known.get(&wanted.value).ok_or_else(|| {
            let all: Vec<_> = known.keys().map(String::as_str).collect();
            FileError::new(
                path,
                at(wanted),
                format!(
                    "there is no keymap '{}' to inherit; known are {}",
                    wanted.value,
                    all.join(", ")
                ),
            )
        })?),
        // A user's file of the name of a built-in one changes that one; any other begins with the default keys.
        None => known.get(name).or_else(|| known.get(DEFAULT)),
    };
    let (bindings, disabled, told) = base.map_or_else(Default::default, |base| {
        (base.bindings.clone(), base.disabled.clone(), base.told.clone())
    });
    Ok(Keymap {
        name: name.to_owned(),
        bindings,
        disabled,
        told,
    })
}

fn read_place(
    path: &str,
    place: Place,
    commands: &BTreeMap<String, Spanned<String>>,
    keymap: &mut Keymap,
) -> Result<(), FileError> {
    let mut own: Vec<(Binding, At)> = Vec::new();
    for (name, value) in commands {
        let line = at(value);
        let entry = known_command(path, line, place, name)?;
        let bindings = keymap.bindings.entry(place).or_default();
        bindings.retain(|binding| binding.command != entry.command);
        keymap
            .disabled
            .retain(|disabled| *disabled != (place, entry.command));
        if value.value.trim() == DISABLED {
            keymap.disabled.push((place, entry.command));
            continue;
        }
        for keys in value.value.split(',') {
            let chords = sequence(keys).map_err(|error| FileError::new(path, line, error.to_string()))?;
            own.push((binding(path, line, chords, entry.command)?, line));
        }
    }
    own.sort_by_key(|(_, line)| *line);
    clashes(path, place, &own)?;
    let bindings = keymap.bindings.entry(place).or_default();
    // The file at hand wins over what it inherits.
    bindings.retain(|inherited| {
        !own.iter()
            .any(|(mine, _)| overlap(&mine.chords, &inherited.chords))
    });
    bindings.extend(own.into_iter().map(|(binding, _)| binding));
    let order = |command: Command| entries().position(|entry| entry.command == command);
    bindings.sort_by_key(|binding| order(binding.command));
    Ok(())
}

fn known_command(path: &str, line: At, place: Place, name: &str) -> Result<&'static Entry, FileError> {
    let allowed = || {
        entries()
            .filter(|entry| entry.places.contains(&place))
            .map(|entry| entry.name)
    };
    match named(name) {
        Some(entry) if entry.places.contains(&place) => Ok(entry),
        Some(entry) => {
            let places: Vec<_> = entry.places.iter().map(|place| place.name()).collect();
            let what = format!(
                "'{name}' means nothing in {}; it belongs to {}",
                place.name(),
                places.join(", ")
            );
            Err(FileError::new(path, line, what))
        }
        None => {
            let hint = suggestion(&near(name, allowed()));
            let all: Vec<_> = allowed().collect();
            let what = format!(
                "there is no command '{name}'{}",
                or_all(&hint, &format!("commands of {} are", place.name()), &all)
            );
            Err(FileError::new(path, line, what))
        }
    }
}

fn binding(path: &str, line: At, chords: Vec<Chord>, command: Command) -> Result<Binding, FileError> {
    if chords.is_empty() {
        let what = format!("no key is written here; a command without a key is written {DISABLED}");
        return Err(FileError::new(path, line, what));
    }
    // It works whatever is bound to it, so that nobody is ever locked in.
    if chords.first() == Some(&Chord::ctrl('c')) && command != Command::Program(Program::Quit) {
        let what = "ctrl-c always ends the program and cannot mean anything else";
        return Err(FileError::new(path, line, what));
    }
    Ok(Binding { chords, command })
}

fn clashes(path: &str, place: Place, own: &[(Binding, At)]) -> Result<(), FileError> {
    for (index, (binding, line)) in own.iter().enumerate() {
        let clash = own
            .iter()
            .take(index)
            .find(|(other, _)| overlap(&other.chords, &binding.chords));
        if let Some((other, other_line)) = clash {
            let what = format!(
                "'{}' is taken in {} by '{}' on line {}",
                written(&binding.chords),
                place.name(),
                written(&other.chords),
                other_line.0,
            );
            return Err(FileError::new(path, *line, what));
        }
    }
    Ok(())
}

/// Whether two bindings cannot stand beside each other: the same, or one the beginning of the other.
pub(super) fn overlap(left: &[Chord], right: &[Chord]) -> bool {
    left.starts_with(right) || right.starts_with(left)
}
