//! Themes: how each role of the screen looks. Data in `themes/*.yaml`; a user's file overrides it.
//!
//! State is never told by colour alone, so a theme may be plain: without colours roles keep bold, underline and reverse.

pub mod colour;
pub mod file;
pub mod role;

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};

pub use colour::{Colour, ColourLevel};
pub use role::Role;

use crate::file_error::FileError;
use crate::near::{near, suggestion};
use crate::user_file::UserFile;

/// How one role looks, before it is brought to what the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Foreground; absent means the theme's own text colour.
    pub foreground: Option<Colour>,
    /// Background; absent means what is below.
    pub background: Option<Colour>,
    /// Bold, underline, reverse and their like.
    pub modifier: Modifier,
}

/// A theme, complete: every role resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    looks: BTreeMap<Role, Look>,
}

impl Theme {
    /// How a role looks.
    pub fn look(&self, role: Role) -> Look {
        self.looks.get(&role).copied().unwrap_or_default()
    }

    /// The theme as a terminal with `level` colours shows it.
    pub fn paint(&self, level: ColourLevel) -> Painted {
        Painted {
            styles: Role::ALL.map(|role| self.style(role, level)),
        }
    }

    fn style(&self, role: Role, level: ColourLevel) -> Style {
        let look = self.look(role);
        let mut style = Style::new().add_modifier(look.modifier);
        if level == ColourLevel::None {
            // What stood out by its background still has to.
            let raised = look.background.is_some() && role != Role::Text;
            return if raised {
                style.add_modifier(Modifier::REVERSED)
            } else {
                style
            };
        }
        if let Some(colour) = look.foreground {
            style = style.fg(colour.at(level)).add_modifier(colour.emphasis(level));
        }
        if let Some(colour) = look.background {
            style = style.bg(colour.at(level));
        }
        style
    }
}

/// A theme brought to what a terminal can show; what views paint with.
#[derive(Debug, Clone)]
pub struct Painted {
    styles: [Style; Role::COUNT],
}

impl Painted {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

/// All themes that can be chosen, and what is wrong with files that hold none.
#[derive(Debug, Clone)]
pub struct Themes {
    known: BTreeMap<String, Theme>,
    broken: BTreeMap<String, FileError>,
}

impl Themes {
    /// The themes that are built in.
    ///
    /// # Errors
    /// None that a test of this room has not seen: the embedded files are read by the same reader as a user's.
    pub fn embedded() -> Result<Self, FileError> {
        let mut themes = Self {
            known: BTreeMap::new(),
            broken: BTreeMap::new(),
        };
        for (path, text) in file::EMBEDDED {
            themes.add(path, text)?;
        }
        Ok(themes)
    }

    /// The built-in themes, with the user's files over them. A file with a mistake takes nothing away but the theme that it was
    /// to be.
    ///
    /// # Errors
    /// Those of `embedded`.
    pub fn with(user_files: &[UserFile]) -> Result<Self, FileError> {
        let mut themes = Self::embedded()?;
        for file in user_files {
            let read = match &file.text {
                Ok(text) => themes.add(&file.path, text),
                Err(why) => Err(FileError::unreadable(&file.path, why)),
            };
            if let Err(mistake) = read {
                themes.broken.insert(file.stem().to_owned(), mistake);
            }
        }
        Ok(themes)
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        let theme = file::read(path, text, &self.known)?;
        self.known.insert(theme.name.clone(), theme);
        Ok(())
    }

    /// Takes the themes of `before` in the place of those whose files have become broken.
    pub fn keep(&mut self, before: &Self) {
        self.broken.retain(|name, _| {
            let kept = before.known.get(name);
            kept.map(|theme| self.known.insert(name.clone(), theme.clone()))
                .is_none()
        });
    }

    /// What is wrong with the user's files.
    pub fn mistakes(&self) -> impl Iterator<Item = &FileError> {
        self.broken.values()
    }

    /// What is wrong with the file of the theme called `name`, where there is one that cannot be used.
    pub fn broken(&self, name: &str) -> Option<&FileError> {
        self.broken.get(name)
    }

    /// The theme called `name`; the error says what is wrong with its file, or which themes there are.
    pub fn get(&self, name: &str) -> Result<&Theme, String> {
        if let Some(mistake) = self.broken.get(name) {
            return Err(mistake.to_string());
        }
        self.known.get(name).ok_or_else(|| {
            let hint = suggestion(&near(name, self.names()));
            format!(
                "there is no theme '{name}'{hint} (known: {})",
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
