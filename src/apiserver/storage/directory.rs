//! The data directory: one process in it at a time, and a store that is there whole or not at all.
//!
//! `lock` is held as long as the store is open. `store/` has the database, the mark of what was acknowledged, and
//! `format`; it is made beside its place and then renamed, so that a crash leaves no half of one. Other parts of the
//! server keep what they need beside it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::OpenError;
use super::acknowledged;
use super::disk::{self, Disk, DiskError, Start};
use super::faults::{FailPoint, SharedFaults};
use super::memory::Memory;

/// What `format` holds; another version of the format has another number.
const FORMAT: &str = "fleetui-store 2";
const FORMAT_FILE: &str = "format";

const STORE: &str = "store";
const UNFINISHED: &str = "store.new";

/// A data directory that nobody else has open.
pub(super) struct Directory {
    path: PathBuf,
    faults: SharedFaults,
    /// Locked; the system frees it when the process ends, however it ends.
    lock: File,
}

impl Directory {
    /// Makes the directory where it is missing, and takes it.
    pub(super) fn take(path: &Path, faults: SharedFaults) -> Result<Self, OpenError> {
        let files = |source| OpenError::Files {
            directory: path.to_owned(),
            source,
        };
        make_private(path).map_err(files)?;
        if others_write(path).map_err(files)? {
            return Err(OpenError::Open(path.to_owned()));
        }
        let lock_path = path.join("lock");
        let mut lock = private_file(false).open(&lock_path).map_err(files)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse {
                    directory: path.to_owned(),
                    holder: holder(&mut lock),
                });
            }
            Err(TryLockError::Error(error)) => return Err(files(error)),
        }
        // Whoever is refused can say who holds it.
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(files)?;
        Ok(Self {
            path: path.to_owned(),
            faults,
            lock,
        })
    }

    /// Opens the store that is there, or makes one that is empty, and reads everything into `memory`.
    pub(super) fn open(self, memory: &mut Memory) -> Result<Disk, OpenError> {
        if self.is_new()? {
            self.make(Start::default(), |_| Ok(()))?;
        }
        self.check_format()?;
        let place = self.store();
        let opened = Self::backends(&place)
            .and_then(|(database, acknowledged)| Disk::open(database, acknowledged, &self.faults, memory));
        match opened {
            Ok(mut disk) => {
                disk.keep(self);
                Ok(disk)
            }
            Err(error) => Err(self.explain(&place, error)),
        }
    }

    /// Makes a store that starts at `start` and holds what `fill` puts into it.
    pub(super) fn make(
        &self,
        start: Start,
        fill: impl FnMut(&mut disk::Filling<'_>) -> Result<(), DiskError>,
    ) -> Result<(), OpenError> {
        let unfinished = self.path.join(UNFINISHED);
        self.make_beside(&unfinished, start, fill)
            .map_err(|error| self.explain(&unfinished, error))
    }

    fn make_beside(
        &self,
        unfinished: &Path,
        start: Start,
        fill: impl FnMut(&mut disk::Filling<'_>) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        // What an earlier attempt left was never anybody's store.
        match fs::remove_dir_all(unfinished) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        make_private(unfinished)?;
        for file in [disk::FILE, acknowledged::FILE] {
            private_file(true).open(unfinished.join(file))?;
        }
        let (database, acknowledged) = Self::backends(unfinished)?;
        Disk::create(database, acknowledged, start, fill)?;
        let mut format = private_file(true).open(unfinished.join(FORMAT_FILE))?;
        writeln!(format, "{FORMAT}")?;
        format.sync_all()?;
        // The new names themselves must survive, too.
        File::open(unfinished)?.sync_all()?;
        self.faults.at(FailPoint::StoreMade)?;
        fs::rename(unfinished, self.store())?;
        File::open(&self.path)?.sync_all()?;
        Ok(())
    }

    /// Whether nothing but the lock is in it.
    pub(super) fn is_empty(&self) -> io::Result<bool> {
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            if name != "lock" && name != UNFINISHED {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lets the directory go without what was being made in it.
    pub(super) fn abandon(self) {
        let _ = fs::remove_dir_all(self.path.join(UNFINISHED));
        let _ = fs::remove_file(self.path.join("lock"));
    }

    fn store(&self) -> PathBuf {
        self.path.join(STORE)
    }

    fn backends(place: &Path) -> Result<(FileBackend, Box<dyn StorageBackend>), DiskError> {
        let open = |name: &'static str| -> Result<FileBackend, DiskError> {
            let path = place.join(name);
            let file = match File::options().read(true).write(true).open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(DiskError::damaged(name, "it is missing"));
                }
                Err(error) => return Err(error.into()),
            };
            FileBackend::new(file).map_err(DiskError::from)
        };
        Ok((open(disk::FILE)?, Box::new(open(acknowledged::FILE)?)))
    }

    /// Whether no store was ever made here. One of the time before there was a `store/` is refused.
    pub(super) fn is_new(&self) -> Result<bool, OpenError> {
        if self.store().exists() {
            return Ok(false);
        }
        match fs::read_to_string(self.path.join(FORMAT_FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Ok(found) => Err(self.other_format(&found)),
            Err(source) => Err(OpenError::Files {
                directory: self.path.clone(),
                source,
            }),
        }
    }

    fn check_format(&self) -> Result<(), OpenError> {
        let path = self.store().join(FORMAT_FILE);
        match fs::read(&path) {
            Ok(found) if found == format!("{FORMAT}\n").as_bytes() => Ok(()),
            Ok(found) => Err(self.other_format(&String::from_utf8_lossy(&found))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(OpenError::Damaged {
                file: path,
                what: "it is missing".to_owned(),
            }),
            Err(source) => Err(OpenError::Files {
                directory: self.path.clone(),
                source,
            }),
        }
    }

    fn other_format(&self, found: &str) -> OpenError {
        OpenError::Format {
            directory: self.path.clone(),
            found: found.trim_end().chars().take(64).collect(),
            expected: FORMAT,
        }
    }

    fn explain(&self, place: &Path, error: DiskError) -> OpenError {
        match error {
            DiskError::Damaged { file, what } => OpenError::Damaged {
                file: place.join(file),
                what,
            },
            DiskError::Files(source) => OpenError::Files {
                directory: self.path.clone(),
                source,
            },
            DiskError::Database(error) => match *error {
                redb::Error::DatabaseAlreadyOpen => OpenError::InUse {
                    directory: self.path.clone(),
                    holder: None,
                },
                error => OpenError::Database {
                    directory: self.path.clone(),
                    source: Box::new(error),
                },
            },
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Freed by word and not by closing: a child process that is just being started holds the file, too.
        let _ = self.lock.unlock();
    }
}

/// The process that the lock names.
fn holder(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Makes the directory, readable by its owner alone: Secrets are in it.
fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Whether everybody may put files into a directory, or take them away.
#[cfg(unix)]
fn others_write(directory: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(directory)?.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn others_write(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// How a file for its owner alone is opened, and made where it is missing: the directory may be one that others can read.
fn private_file(new: bool) -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).truncate(false);
    if new {
        options.create_new(true);
    } else {
        options.create(true);
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
