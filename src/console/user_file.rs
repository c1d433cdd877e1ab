//! Files of the user's own, as they were found: the configuration, themes and keymaps; and what is made of them together.

use serde::{Deserialize, Serialize};

use crate::config::{Config, read};
use crate::file_error::FileError;
use crate::keymap::Keymaps;
use crate::theme::Themes;

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserFile {
    /// Where it is.
    pub path: String,
    /// What is in it, or why it cannot be read.
    pub text: Result<String, String>,
}

impl UserFile {
    /// The name of what it holds: its own without its ending.
    pub fn stem(&self) -> &str {
        stem(&self.path)
    }
}

/// The name of a file without its folder and its ending.
pub(crate) fn stem(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.strip_suffix(".yaml")
        .or_else(|| file.strip_suffix(".yml"))
        .unwrap_or(file)
}

/// All files of the user's that the console reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserFiles {
    /// `config.yaml`, where there is one.
    pub config: Option<UserFile>,
    /// The themes.
    pub themes: Vec<UserFile>,
    /// The keymaps.
    pub keymaps: Vec<UserFile>,
}

/// What the files say.
#[derive(Debug, Clone)]
pub struct Said {
    /// The configuration; an empty one where it cannot be read.
    pub config: Config,
    /// The built-in themes and the user's.
    pub themes: Themes,
    /// The built-in keymaps and the user's.
    pub keymaps: Keymaps,
    /// Whether the configuration as it is written can be followed.
    pub usable: bool,
    /// What is wrong, the configuration's first.
    pub mistakes: Vec<FileError>,
}

impl UserFiles {
    /// Reads them. No mistake in one of them takes anything of the others away. What the configuration names and cannot have
    /// is told where it is named, and is one mistake.
    ///
    /// # Errors
    /// None but those of built-in files, which tests rule out.
    pub fn read(&self) -> Result<Said, FileError> {
        let mut said = self.read_each()?;
        let causes: Vec<_> = said
            .mistakes
            .iter()
            .filter_map(|told| told.cause.clone())
            .collect();
        said.mistakes.retain(|told| !causes.contains(&told.place()));
        Ok(said)
    }

    /// The same with every mistake, also where it is named and where it stands.
    ///
    /// # Errors
    /// Those of [`UserFiles::read`].
    pub fn read_each(&self) -> Result<Said, FileError> {
        let themes = Themes::with(&self.themes)?;
        let keymaps = Keymaps::with(&self.keymaps)?;
        let config = self
            .config
            .as_ref()
            .map_or(Ok(Config::default()), |file| match &file.text {
                Ok(text) => read(&file.path, text),
                Err(why) => Err(FileError::unreadable(&file.path, why)),
            });
        let (config, mut mistakes) = match config {
            Ok(config) => {
                let path = self.config.as_ref().map_or("", |file| file.path.as_str());
                let unknown = config.unknown_names(path, &themes, &keymaps);
                (config, unknown)
            }
            Err(mistake) => (Config::default(), vec![mistake]),
        };
        let usable = mistakes.is_empty();
        mistakes.extend(themes.mistakes().chain(keymaps.mistakes()).cloned());
        Ok(Said {
            config,
            themes,
            keymaps,
            usable,
            mistakes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> UserFile {
        UserFile {
            path: path.to_owned(),
            text: Ok(text.to_owned()),
        }
    }

    #[test]
    fn a_mistake_that_is_named_is_one_and_one_of_the_same_words_elsewhere_is_another() {
        let files = UserFiles {
            config: Some(file("config.yaml", "theme: mine\n")),
            themes: vec![
                file("themes/mine.yaml", "inherits: dork\n"),
                // Its words are the same, and its place in another file.
                file("themes/other.yaml", "inherits: dork\n"),
            ],
            keymaps: Vec::new(),
        };
        let places = |said: &Said| {
            let mistakes = said.mistakes.iter();
            mistakes
                .map(|told| format!("{}:{}", told.file, told.line))
                .collect::<Vec<_>>()
        };
        let said = files.read().unwrap();
        assert_eq!(places(&said), ["config.yaml:1", "themes/other.yaml:1"]);
        assert_eq!(
            said.mistakes[0].cause,
            Some(("themes/mine.yaml".to_owned(), (1, 11)))
        );
        let each = files.read_each().unwrap();
        assert_eq!(
            places(&each),
            ["config.yaml:1", "themes/mine.yaml:1", "themes/other.yaml:1"]
        );
        assert!(!said.usable && !each.usable);
    }
}
