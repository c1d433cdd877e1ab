//! What the environment and the person's own files say about looks and keys.

use std::io;
use std::path::Path;

use crate::app::AppOptions;
use crate::glyphs::Glyphs;
use crate::theme::ColourLevel;
use crate::user_file::UserFile;

/// Brings looks to what the environment says the terminal can show. With sixteen colours or none, the theme of the
/// terminal's own colours is taken in the place of the default one.
pub fn adapt(options: &mut AppOptions) {
    let read = |name: &str| std::env::var(name).ok();
    options.colour_level = ColourLevel::detect(read);
    options.glyphs = Glyphs::detect(read);
    if options.colour_level <= ColourLevel::Ansi16 && options.theme == "dark" {
        "ansi16".clone_into(&mut options.theme);
    }
}

/// The YAML files of a directory, sorted; none where there is no such directory. One that cannot be read is told as such.
pub fn yaml_files(directory: &Path) -> io::Result<Vec<UserFile>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
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
