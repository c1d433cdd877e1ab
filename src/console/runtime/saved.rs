//! Files in which a person has saved what was shown: below the directory of the state, one for each time, never written over.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// The folder in the directory of the state.
const FOLDER: &str = "saved";
/// Files of one second are told apart by a number.
const MOST_IN_A_SECOND: u32 = 100;

/// Writes `text` to a new file that is called after `name`, which only the person may read. Blocks on the disk.
pub(super) fn save(directory: &Path, name: &str, text: &str, now: Timestamp) -> io::Result<PathBuf> {
    let folder = directory.join(FOLDER);
    super::kept::make(&folder)?;
    let stamp = now.strftime("%Y%m%d-%H%M%S").to_string();
    for number in 0..MOST_IN_A_SECOND {
        let number = match number {
            0 => String::new(),
            number => format!("-{number}"),
        };
        let path = folder.join(format!("{name}-{stamp}{number}.txt"));
        match create(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::create_new(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_over_and_nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let now = "2026-08-21T12:00:00Z".parse().unwrap();
        let one = save(directory.path(), "table", "one", now).unwrap();
        let two = save(directory.path(), "table", "two", now).unwrap();
        assert!(one.ends_with("saved/table-20260821-120000.txt"), "{one:?}");
        assert_ne!(one, two);
        assert_eq!(std::fs::read_to_string(&one).unwrap(), "one");
        let mode = std::fs::metadata(&two).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
