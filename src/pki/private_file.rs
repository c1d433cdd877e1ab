//! Files that nobody else may read: written whole or not at all, never through a symbolic link.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a private file was not written or read.
#[derive(Debug, Error)]
pub enum PrivateFileError {
    /// The path is a symbolic link, which could lead anywhere.
    #[error("{} is a symbolic link and is not followed; remove it or name another file", .0.display())]
    SymbolicLink(PathBuf),
    /// Others can read the file or directory.
    #[error("{} can be read by others (mode {mode:04o}); take that away with chmod go= {}", .path.display(), .path.display())]
    Open {
        /// The file or directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The path is something other than a file or directory, as needed.
    #[error("{} is not a {wanted}", .path.display())]
    WrongKind {
        /// The path.
        path: PathBuf,
        /// What it should be.
        wanted: &'static str,
    },
    /// Reading or writing failed.
    #[error("{} cannot be {action}", .path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Writes `content` to `path` with mode 0600: first to a file beside it, then renamed, so that readers see the old
/// content or the new and never a part. The directory must exist.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), PrivateFileError> {
    let failed = |action| {
        move |source| PrivateFileError::Io {
            path: path.to_owned(),
            action,
            source,
        }
    };
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => return Err(PrivateFileError::SymbolicLink(path.to_owned())),
        Ok(metadata) if !metadata.is_file() => {
            return Err(PrivateFileError::WrongKind {
                path: path.to_owned(),
                wanted: "file",
            });
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed("looked at")(error)),
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    // Made with mode 0600 and removed again unless it is renamed.
    let mut temporary = tempfile::Builder::new()
        .prefix(".fleetui-")
        .tempfile_in(directory)
        .map_err(failed("written"))?;
    temporary.write_all(content).map_err(failed("written"))?;
    temporary.as_file().sync_all().map_err(failed("written"))?;
    temporary
        .persist(path)
        .map_err(|error| failed("written")(error.error))?;
    // The rename itself is durable only once the directory is.
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed("written"))
}

/// Reads a private file; absent where there is none. Refuses one that others can read.
pub fn read_private(path: &Path) -> Result<Option<String>, PrivateFileError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(PrivateFileError::Io {
                path: path.to_owned(),
                action: "read",
                source,
            });
        }
    };
    check(path, &metadata, metadata.is_file(), "file")?;
    fs::read_to_string(path)
        .map(Some)
        .map_err(|source| PrivateFileError::Io {
            path: path.to_owned(),
            action: "read",
            source,
        })
}

/// Makes sure that `path` is a directory of mode 0700; makes it, and those above it, where there is none.
pub fn private_directory(path: &Path) -> Result<(), PrivateFileError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => check(path, &metadata, metadata.is_dir(), "directory"),
        Err(_) => fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|source| PrivateFileError::Io {
                path: path.to_owned(),
                action: "made",
                source,
            }),
    }
}

fn check(
    path: &Path,
    metadata: &fs::Metadata,
    right_kind: bool,
    wanted: &'static str,
) -> Result<(), PrivateFileError> {
    if metadata.is_symlink() {
        return Err(PrivateFileError::SymbolicLink(path.to_owned()));
    }
    if !right_kind {
        return Err(PrivateFileError::WrongKind {
            path: path.to_owned(),
            wanted,
        });
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(PrivateFileError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_private_file_is_replaced_whole_and_stays_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        write_private(&path, b"first").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_private(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            1,
            "no temporary file is left"
        );
    }

    #[test]
    fn a_symbolic_link_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("target");
        fs::write(&target, "precious").unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(
            write_private(&link, b"x"),
            Err(PrivateFileError::SymbolicLink(_))
        ));
        assert!(matches!(
            read_private(&link),
            Err(PrivateFileError::SymbolicLink(_))
        ));
        assert_eq!(fs::read(&target).unwrap(), b"precious");
    }

    #[test]
    fn what_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        assert_eq!(read_private(&path).unwrap(), None);
        write_private(&path, b"secret").unwrap();
        assert_eq!(read_private(&path).unwrap().as_deref(), Some("secret"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let message = read_private(&path).unwrap_err().to_string();
        assert!(message.contains("mode 0640"), "{message}");
    }

    #[test]
    fn a_directory_is_made_private_or_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b");
        private_directory(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        private_directory(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(
            private_directory(&path),
            Err(PrivateFileError::Open { mode: 0o755, .. })
        ));
    }
}
