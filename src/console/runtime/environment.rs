//! What the environment and the person's own files say about looks and keys.

use std::io;
use std::path::Path;

use crate::glyphs::Glyphs;
use crate::settings::Surroundings;
use crate::theme::ColourLevel;
use crate::user_file::{UserFile, UserFiles};

/// Name of the configuration in its directory.
pub const CONFIG: &str = "config.yaml";
/// The directories of themes and keymaps beside it.
pub const FOLDERS: [&str; 2] = ["themes", "keymaps"];

/// What the environment says the terminal can show.
pub fn surroundings() -> Surroundings {
    let read = |name: &str| std::env::var(name).ok();
    Surroundings {
        colours: ColourLevel::detect(read),
        ascii: Glyphs::detect(read) == crate::glyphs::ASCII,
    }
}

/// The user's files in the configuration's directory; what is not there says nothing.
///
/// # Errors
/// Where a directory cannot be read.
pub fn user_files(directory: &Path) -> io::Result<UserFiles> {
    let path = directory.join(CONFIG);
    let config = match std::fs::read_to_string(&path) {
        Err(error) if is_absent(&error) => None,
        read => Some(UserFile {
            path: path.display().to_string(),
            text: read.map_err(|error| error.to_string()),
        }),
    };
    let [themes, keymaps] = FOLDERS.map(|folder| yaml_files(&directory.join(folder)));
    Ok(UserFiles {
        config,
        themes: themes?,
        keymaps: keymaps?,
    })
}

/// Whether a file is not there, as where what its directory should be is none.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The YAML files of a directory, sorted; none where there is no such directory. One that cannot be read is told as such.
pub fn yaml_files(directory: &Path) -> io::Result<Vec<UserFile>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            files.push(UserFile {
                path: path.display().to_string(),
                text: std::fs::read_to_string(&path).map_err(|error| error.to_string()),
            });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}
