//! Keymaps: which chords give which command in which place. Data in `keymaps/*.yaml`; a user's file overrides it.

pub mod file;

use std::collections::BTreeMap;

use crate::chord::Chord;
use crate::command::{Command, Place};
use crate::file_error::FileError;
use crate::near::{near, suggestion};
use crate::user_file::UserFile;

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
    /// Keys of other programs that do nothing here, and what is said when one of them is pressed.
    told: BTreeMap<Place, Vec<(Chord, String)>>,
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
    /// What `chords` mean in `place`. A place's own bindings go before those of the places that it stands in.
    pub fn resolve(&self, place: Place, chords: &[Chord]) -> Match {
        let found = place
            .chain()
            .filter(|place| *place != Place::Everywhere)
            .map(|place| self.resolve_in(place, chords))
            .find(|found| *found != Match::Nothing);
        if let Some(found) = found {
            return found;
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
        place
            .chain()
            .flat_map(|place| self.bindings(place))
            .filter(|binding| binding.command == command)
            .map(|binding| written(&binding.chords))
            .collect()
    }

    /// How sequences that begin with `chords` go on in a place, and what they come to.
    pub fn continuations(&self, place: Place, chords: &[Chord]) -> Vec<(String, Command)> {
        place
            .chain()
            .flat_map(|place| self.bindings(place))
            .filter_map(|binding| {
                let rest = binding.chords.strip_prefix(chords)?;
                (!rest.is_empty()).then(|| (written(rest), binding.command))
            })
            .collect()
    }

    /// What is said of a key that does nothing in `place`, where somebody may expect that it does.
    pub fn told(&self, place: Place, pressed: &[Chord]) -> Option<&str> {
        let [pressed] = pressed else { return None };
        place
            .chain()
            .filter_map(|place| self.told.get(&place))
            .flatten()
            .find(|(chord, _)| chord == pressed)
            .map(|(_, said)| said.as_str())
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

/// All keymaps that can be chosen, and what is wrong with files that hold none.
#[derive(Debug, Clone)]
pub struct Keymaps {
    known: BTreeMap<String, Keymap>,
    broken: BTreeMap<String, FileError>,
}

impl Keymaps {
    /// The keymaps that are built in.
    ///
    /// # Errors
    /// None that a test of this room has not seen: the embedded files are read by the same reader as a user's.
    pub fn embedded() -> Result<Self, FileError> {
        let mut keymaps = Self {
            known: BTreeMap::new(),
            broken: BTreeMap::new(),
        };
        for (path, text) in file::EMBEDDED {
            keymaps.add(path, text)?;
        }
        Ok(keymaps)
    }

    /// The built-in keymaps, with the user's files over them. A user's `default.yaml` inherits the built-in one of the same name
    /// where it says nothing else. A file with a mistake takes nothing away but the keymap that it was to be.
    ///
    /// # Errors
    /// Those of `embedded`.
    pub fn with(user_files: &[UserFile]) -> Result<Self, FileError> {
        let mut keymaps = Self::embedded()?;
        for file in user_files {
            let read = match &file.text {
                Ok(text) => keymaps.add(&file.path, text),
                Err(why) => Err(FileError::unreadable(&file.path, why)),
            };
            if let Err(mistake) = read {
                keymaps.broken.insert(file.stem().to_owned(), mistake);
            }
        }
        Ok(keymaps)
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        let keymap = file::read(path, text, &self.known)?;
        self.known.insert(keymap.name.clone(), keymap);
        Ok(())
    }

    /// Takes the keymaps of `before` in the place of those whose files have become broken.
    pub fn keep(&mut self, before: &Self) {
        self.broken.retain(|name, _| {
            let kept = before.known.get(name);
            kept.map(|keymap| self.known.insert(name.clone(), keymap.clone()))
                .is_none()
        });
    }

    /// What is wrong with the user's files.
    pub fn mistakes(&self) -> impl Iterator<Item = &FileError> {
        self.broken.values()
    }

    /// What is wrong with the file of the keymap called `name`, where there is one that cannot be used.
    pub fn broken(&self, name: &str) -> Option<&FileError> {
        self.broken.get(name)
    }

    /// The keymap called `name`; the error says what is wrong with its file, or which keymaps there are.
    pub fn get(&self, name: &str) -> Result<&Keymap, String> {
        if let Some(mistake) = self.broken.get(name) {
            return Err(mistake.to_string());
        }
        self.known.get(name).ok_or_else(|| {
            let hint = suggestion(&near(name, self.names()));
            format!(
                "there is no keymap '{name}'{hint} (known: {})",
                self.names().collect::<Vec<_>>().join(", ")
            )
        })
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
