//! Keymaps: which chords give which command in which place. Data in `keymaps/*.yaml`; a user's file overrides it.

pub mod file;

use std::collections::BTreeMap;

use crate::chord::Chord;
use crate::command::{Command, Place};
use crate::file_error::FileError;
use crate::near::{near, suggestion};

/// One chord, or several in a row, and what they give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The chords, at least one.
    pub chords: Vec<Chord>,
    /// The command.
    pub command: Command,
}

/// A keymap, complete: what it inherits is already in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    /// Its name.
    pub name: String,
    bindings: BTreeMap<Place, Vec<Binding>>,
    /// Commands that are left without a key on purpose.
    disabled: Vec<(Place, Command)>,
}

/// What chords pressed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// A command.
    Command(Command),
    /// The beginning of a longer binding.
    Beginning,
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// What `chords` mean in `place`. A place's own bindings go before those of everywhere.
    pub fn resolve(&self, place: Place, chords: &[Chord]) -> Match {
        let own = self.resolve_in(place, chords);
        if own != Match::Nothing || place == Place::Everywhere {
            return own;
        }
        if place.takes_text() && chords.iter().any(|chord| chord.typed().is_some()) {
            return Match::Nothing;
        }
        match self.resolve_in(Place::Everywhere, chords) {
            // Inside a line of text only leaving the program means the same as elsewhere.
            Match::Command(command) if place.takes_text() && command != QUIT => Match::Nothing,
            found => found,
        }
    }

    fn resolve_in(&self, place: Place, chords: &[Chord]) -> Match {
        let mut beginning = false;
        for binding in self.bindings(place) {
            if binding.chords == chords {
                return Match::Command(binding.command);
            }
            beginning |= binding.chords.starts_with(chords);
        }
        if beginning {
            Match::Beginning
        } else {
            Match::Nothing
        }
    }

    /// The bindings of a place, its own alone.
    pub fn bindings(&self, place: Place) -> &[Binding] {
        self.bindings.get(&place).map_or(&[], Vec::as_slice)
    }

    /// How the keys of a command are written in a place, first the one to be shown in hints.
    pub fn keys(&self, place: Place, command: Command) -> Vec<String> {
        let places = if place == Place::Everywhere {
            [Some(place), None]
        } else {
            [Some(place), Some(Place::Everywhere)]
        };
        places
            .into_iter()
            .flatten()
            .flat_map(|place| self.bindings(place))
            .filter(|binding| binding.command == command)
            .map(|binding| written(&binding.chords))
            .collect()
    }

    /// Whether a command has no key on purpose.
    pub fn is_disabled(&self, place: Place, command: Command) -> bool {
        self.disabled.contains(&(place, command))
    }
}

const QUIT: Command = Command::Program(crate::command::Program::Quit);

/// Chords as they are written in keymaps and help.
pub fn written(chords: &[Chord]) -> String {
    chords.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
}

/// All keymaps that can be chosen.
#[derive(Debug, Clone)]
pub struct Keymaps(BTreeMap<String, Keymap>);

impl Keymaps {
    /// The keymaps that are built in.
    ///
    /// # Errors
    /// None that a test of this room has not seen: the embedded files are read by the same reader as a user's.
    pub fn embedded() -> Result<Self, FileError> {
        Self::with(&[])
    }

    /// The built-in keymaps, with the user's files (path, text) over them. A user's `default.yaml` inherits the
    /// built-in one of the same name where it says nothing else.
    pub fn with(user_files: &[(String, String)]) -> Result<Self, FileError> {
        let mut keymaps = Self(BTreeMap::new());
        for (path, text) in file::EMBEDDED {
            keymaps.add(path, text)?;
        }
        for (path, text) in user_files {
            keymaps.add(path, text)?;
        }
        Ok(keymaps)
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        let keymap = file::read(path, text, &self.0)?;
        self.0.insert(keymap.name.clone(), keymap);
        Ok(())
    }

    /// The keymap called `name`; the error says which there are.
    pub fn get(&self, name: &str) -> Result<&Keymap, String> {
        self.0.get(name).ok_or_else(|| {
            let hint = suggestion(&near(name, self.names()));
            format!(
                "there is no keymap '{name}'{hint} (known: {})",
                self.names().collect::<Vec<_>>().join(", ")
            )
        })
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
