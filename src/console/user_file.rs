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
    /// Reads them. No mistake in one of them takes anything of the others away.
    ///
    /// # Errors
    /// None but those of built-in files, which tests rule out.
    pub fn read(&self) -> Result<Said, FileError> {
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
        // What the configuration names and cannot have is told with its own mistake, and is one.
        let told: Vec<String> = mistakes.iter().map(|mistake| mistake.what.clone()).collect();
        let others = themes.mistakes().chain(keymaps.mistakes());
        mistakes.extend(others.filter(|other| !told.contains(&other.to_string())).cloned());
        Ok(Said {
            config,
            themes,
            keymaps,
            usable,
            mistakes,
        })
    }
}
