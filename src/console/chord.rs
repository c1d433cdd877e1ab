//! A key as people write it: `ctrl-r`, `shift-tab`, `G`. Terminal events become chords at the border, in `runtime`.
//!
//! Must not know: the terminal library.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Key {
    /// A character as it was typed; shift is part of it (`G`).
    Char(char),
    /// A function key.
    Function(u8),
    /// A key that has a name.
    Named(Named),
}

/// Keys that have a name and no character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Named {
    /// Enter, return.
    Enter,
    /// Escape.
    Esc,
    /// Tab; with shift for back-tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// How the named keys are written in keymaps.
const NAMES: [(&str, Named); 14] = [
    ("enter", Named::Enter),
    ("esc", Named::Esc),
    ("tab", Named::Tab),
    ("backspace", Named::Backspace),
    ("delete", Named::Delete),
    ("insert", Named::Insert),
    ("up", Named::Up),
    ("down", Named::Down),
    ("left", Named::Left),
    ("right", Named::Right),
    ("home", Named::Home),
    ("end", Named::End),
    ("pgup", Named::PageUp),
    ("pgdown", Named::PageDown),
];

/// Characters that a keymap cannot hold as themselves.
const SPELLED: [(&str, char); 2] = [("space", ' '), ("comma", ',')];

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// Control is held.
    pub ctrl: bool,
    /// Alt is held.
    pub alt: bool,
    /// Shift is held; never set for characters, where it is part of the character.
    pub shift: bool,
}

/// A text that is no chord.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no key; keys are written as one character, a name ({names}, f1 to f12), with ctrl-, alt-, shift- before it", names = names())]
pub struct ChordError(pub String);

impl Chord {
    /// A key without modifiers.
    pub const fn plain(key: Key) -> Self {
        Self {
            key,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// A named key without modifiers.
    pub const fn named(named: Named) -> Self {
        Self::plain(Key::Named(named))
    }

    /// A character without modifiers.
    pub const fn char(character: char) -> Self {
        Self::plain(Key::Char(character))
    }

    /// A character with control held.
    pub const fn ctrl(character: char) -> Self {
        Self {
            key: Key::Char(character),
            ctrl: true,
            alt: false,
            shift: false,
        }
    }

    /// The character that this chord types into a text, if it types one.
    pub fn typed(&self) -> Option<char> {
        match self.key {
            Key::Char(character) if !self.ctrl && !self.alt => Some(character),
            Key::Char(_) | Key::Function(_) | Key::Named(_) => None,
        }
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        let wrong = || ChordError(text.to_owned());
        let mut rest = text;
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-") {
                (ctrl, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (alt, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (shift, rest) = (true, after);
            } else {
                break;
            }
        }
        let key = key(rest).ok_or_else(wrong)?;
        Ok(match key {
            Key::Char(character) if shift => {
                let upper = character.to_uppercase().next().unwrap_or(character);
                Self {
                    key: Key::Char(upper),
                    ctrl,
                    alt,
                    shift: false,
                }
            }
            Key::Char(_) | Key::Function(_) | Key::Named(_) => Self {
                key,
                ctrl,
                alt,
                shift,
            },
        })
    }
}

fn key(text: &str) -> Option<Key> {
    let mut characters = text.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return (!only.is_control() && !only.is_whitespace()).then_some(Key::Char(only));
    }
    if let Some((_, named)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Some(Key::Named(*named));
    }
    if let Some((_, character)) = SPELLED.iter().find(|(name, _)| *name == text) {
        return Some(Key::Char(*character));
    }
    let number = text.strip_prefix('f')?.parse::<u8>().ok()?;
    (1..=12).contains(&number).then_some(Key::Function(number))
}

fn names() -> String {
    NAMES
        .iter()
        .map(|(name, _)| *name)
        .chain(SPELLED.iter().map(|(name, _)| *name))
        .collect::<Vec<_>>()
        .join(" ")
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, prefix) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(prefix)?;
            }
        }
        match self.key {
            Key::Char(character) => match SPELLED.iter().find(|(_, spelled)| *spelled == character) {
                Some((name, _)) => f.write_str(name),
                None => write!(f, "{character}"),
            },
            Key::Function(number) => write!(f, "f{number}"),
            Key::Named(named) => {
                let name = NAMES
                    .iter()
                    .find(|(_, known)| *known == named)
                    .map_or("", |(name, _)| *name);
                f.write_str(name)
            }
        }
    }
}

/// Reads chords that are separated by blanks, `j j enter`.
pub fn sequence(text: &str) -> Result<Vec<Chord>, ChordError> {
    text.split_whitespace().map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_written_as_they_are_read() {
        for text in [
            "j",
            "G",
            "ctrl-r",
            "alt-x",
            "shift-tab",
            "pgdown",
            "space",
            "comma",
            "f5",
            "-",
            "ctrl--",
            "?",
        ] {
            let chord: Chord = text.parse().unwrap();
            assert_eq!(chord.to_string(), text);
        }
        assert_eq!("shift-g".parse::<Chord>().unwrap(), Chord::char('G'));
    }

    #[test]
    fn what_is_no_key_is_refused_with_what_is_allowed() {
        for text in ["", "control-r", "f13", "returns", "ctrl-", "\u{1b}"] {
            let error = text.parse::<Chord>().unwrap_err();
            assert!(error.to_string().contains("pgdown"), "{error}");
        }
    }

    #[test]
    fn only_plain_characters_are_typed() {
        assert_eq!(Chord::char('x').typed(), Some('x'));
        assert_eq!(Chord::ctrl('x').typed(), None);
        assert_eq!(Chord::named(Named::Enter).typed(), None);
        assert_eq!(sequence("j j enter").unwrap().len(), 3);
    }
}
