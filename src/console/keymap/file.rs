//! Reading keymap files. Every mistake is reported with its line and with what is allowed there.
//!
//! A value holds the keys of a command, separated by commas; the chords of a sequence are separated by blanks:
//! `top: g g, home`. `<disabled>` leaves a command without a key.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml::Spanned;

use super::{Binding, Keymap, written};
use crate::chord::{Chord, sequence};
use crate::command::{Command, Entry, Place, TABLE, named};
use crate::file_error::FileError;
use crate::near::{near, suggestion};

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
}

/// Reads one file; `known` are the keymaps that it may inherit.
pub(super) fn read(path: &str, text: &str, known: &BTreeMap<String, Keymap>) -> Result<Keymap, FileError> {
    let name = stem(path).to_owned();
    let file: File = serde_yaml::from_str(text).map_err(|error| FileError::yaml(path, &error))?;
    let mut keymap = inherited(path, &name, &file, known)?;
    for (place, commands) in &file.keys {
        let line = commands
            .values()
            .map(|value| value.referenced.line())
            .min()
            .unwrap_or(1);
        let place = Place::named(place).ok_or_else(|| {
            let all: Vec<_> = Place::ALL.iter().map(|place| place.name()).collect();
            FileError::new(
                path,
                line.saturating_sub(1),
                format!("there is no place '{place}'; places are {}", all.join(", ")),
            )
        })?;
        read_place(path, place, commands, &mut keymap)?;
    }
    Ok(keymap)
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
                wanted.referenced.line(),
                format!(
                    "there is no keymap '{}' to inherit; known are {}",
                    wanted.value,
                    all.join(", ")
                ),
            )
        })?),
        // A user's file of the name of a built-in one changes that one.
        None => known.get(name),
    };
    let (bindings, disabled) = base.map_or_else(Default::default, |base| {
        (base.bindings.clone(), base.disabled.clone())
    });
    Ok(Keymap {
        name: name.to_owned(),
        bindings,
        disabled,
    })
}

fn read_place(
    path: &str,
    place: Place,
    commands: &BTreeMap<String, Spanned<String>>,
    keymap: &mut Keymap,
) -> Result<(), FileError> {
    let mut own: Vec<(Binding, u64)> = Vec::new();
    for (name, value) in commands {
        let line = value.referenced.line();
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
    let order = |command: Command| TABLE.iter().position(|entry| entry.command == command);
    bindings.sort_by_key(|binding| order(binding.command));
    Ok(())
}

fn known_command(path: &str, line: u64, place: Place, name: &str) -> Result<&'static Entry, FileError> {
    let allowed = || {
        TABLE
            .iter()
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
            let all = allowed().collect::<Vec<_>>().join(", ");
            let what = format!(
                "there is no command '{name}'{hint} commands of {} are {all}",
                place.name()
            );
            Err(FileError::new(path, line, what))
        }
    }
}

fn binding(path: &str, line: u64, chords: Vec<Chord>, command: Command) -> Result<Binding, FileError> {
    if chords.is_empty() {
        let what = format!("no key is written here; a command without a key is written {DISABLED}");
        return Err(FileError::new(path, line, what));
    }
    Ok(Binding { chords, command })
}

fn clashes(path: &str, place: Place, own: &[(Binding, u64)]) -> Result<(), FileError> {
    for (index, (binding, line)) in own.iter().enumerate() {
        let clash = own
            .iter()
            .take(index)
            .find(|(other, _)| overlap(&other.chords, &binding.chords));
        if let Some((other, other_line)) = clash {
            let what = format!(
                "'{}' is taken in {} by '{}' on line {other_line}",
                written(&binding.chords),
                place.name(),
                written(&other.chords),
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

fn stem(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.strip_suffix(".yaml")
        .or_else(|| file.strip_suffix(".yml"))
        .unwrap_or(file)
}
