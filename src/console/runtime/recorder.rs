//! Writes a recording to a file, as it comes about. A disk that fails ends the recording and never the console.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::app::{App, AppOptions};
use crate::msg::Msg;
use crate::recording;

/// What to do about a file that is there.
fn explained(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::AlreadyExists {
        let what =
            "it is there already, and no recording is written over; name another file, or take it away";
        return io::Error::new(io::ErrorKind::AlreadyExists, what);
    }
    error
}

/// A recording that is being written.
pub(super) struct Recorder {
    /// Absent once it could not be written any more.
    file: Option<BufWriter<File>>,
}

impl Recorder {
    /// Makes the file, for its owner alone. One that is there already is never written over.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: Some(BufWriter::new(options.open(path).map_err(explained)?)),
        })
    }

    /// Writes how the console begins.
    pub(super) fn begin(&mut self, options: &AppOptions) -> io::Result<()> {
        self.write(&recording::beginning(options))
    }

    /// Writes a message that `app` is about to take.
    pub(super) fn message(&mut self, app: &App, message: &Msg) -> io::Result<()> {
        if self.file.is_none() {
            return Ok(());
        }
        self.write(&recording::line(app, message))
    }

    /// Writes that the screen was drawn, and with it all that led to it.
    pub(super) fn drawn(&mut self) -> io::Result<()> {
        self.write(&recording::drawn())?;
        match &mut self.file {
            Some(file) => file.flush().inspect_err(|_| self.file = None),
            None => Ok(()),
        }
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(line.as_bytes()).inspect_err(|_| self.file = None),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_written_over_and_that_is_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = Recorder::create(file.path()).err().expect("a refusal");
        assert!(refused.to_string().contains("name another file"), "{refused}");
    }
}
