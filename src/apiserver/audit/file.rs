//! The files of the audit log: the newest is `audit.log`, the ones before it `audit.1.log` and so on, up to a number.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use fleetui_pki::private_file::private_directory;

/// How much the log may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rotation {
    /// Bytes after which a new file is begun.
    pub(crate) bytes: u64,
    /// How many files there are at most.
    pub(crate) files: usize,
}

impl Default for Rotation {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            files: 8,
        }
    }
}

/// The file that is written now, with those before it.
pub(super) struct LogFile {
    directory: PathBuf,
    rotation: Rotation,
    newest: BufWriter<File>,
    size: u64,
}

impl LogFile {
    /// Goes on with the newest file of `directory`, which is made where it is missing.
    pub(super) fn open(directory: &Path, rotation: Rotation) -> io::Result<Self> {
        private_directory(directory).map_err(io::Error::other)?;
        let (newest, size) = open_newest(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
            rotation,
            newest,
            size,
        })
    }

    /// Appends a whole line.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let length = line.len() as u64;
        if self.size > 0 && self.size + length > self.rotation.bytes {
            self.rotate()?;
        }
        self.newest.write_all(line)?;
        self.size += length;
        Ok(())
    }

    /// Gives the lines to the system. They survive the end of this process, but perhaps not that of the machine.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.newest.flush()
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.newest.flush()?;
        let path = |number: usize| path(&self.directory, number);
        for number in (0..self.rotation.files.saturating_sub(1)).rev() {
            match fs::rename(path(number), path(number + 1)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if self.rotation.files <= 1 {
            fs::remove_file(path(0))?;
        }
        (self.newest, self.size) = open_newest(&self.directory)?;
        Ok(())
    }
}

fn path(directory: &Path, number: usize) -> PathBuf {
    match number {
        0 => directory.join("audit.log"),
        older => directory.join(format!("audit.{older}.log")),
    }
}

fn open_newest(directory: &Path) -> io::Result<(BufWriter<File>, u64)> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(NO_FOLLOW)
        .open(path(directory, 0))?;
    let size = file.metadata()?.len();
    Ok((BufWriter::new(file), size))
}

/// `O_NOFOLLOW`: a symbolic link could lead anywhere.
#[cfg(target_os = "linux")]
const NO_FOLLOW: i32 = 0o400_000;
#[cfg(target_os = "macos")]
const NO_FOLLOW: i32 = 0x100;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
const NO_FOLLOW: i32 = 0;
