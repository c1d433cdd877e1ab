//! Backups: everything that a store holds at one revision, as lines of JSON that people can read and search.
//!
//! The first line says what it is, then one line for each object, then a line that says how many there were and what
//! stands for all of them. Each line carries its checksum, so that damage is found and its line named. Keys and
//! certificates of the server are not in it; Secrets are.
//!
//! A store that is restored begins far ahead of the backup's revision: clients may have seen revisions that came after
//! the backup, and may never see one of them again for something else.

use std::io::{self, BufRead, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use super::checksum::{Digest, checksum};
use super::directory::Directory;
use super::disk::{DiskError, Start};
use super::faults::NoFaults;
use super::memory::Memory;
use super::{CollectionKey, HistoryLimits, Key, OpenError, Stored};
use crate::logical::LogicalCluster;

const KIND: &str = "FleetuiBackup";
const FORMAT: u32 = 1;

/// How far ahead of its backup a restored store begins: more than any store writes between a backup and its loss.
pub const AHEAD: u64 = 1_000_000_000;

/// The longest line that is read: an object is at most a few MiB.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// Why there is no backup, or why one is not restored.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The store could not be opened or made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup could not be read or written.
    #[error("the backup cannot be read or written")]
    Files(#[from] io::Error),
    /// It is not a backup, or one of another version.
    #[error("this is not a backup that this version can read: {0}")]
    Unknown(String),
    /// A line is not what was written.
    #[error("line {line} of the backup is damaged: {what}; use another backup")]
    Damaged {
        /// The line, from one.
        line: usize,
        /// What was found.
        what: String,
    },
    /// There is no store in the directory.
    #[error("there is no store in {}", .0.display())]
    NoStore(PathBuf),
    /// The directory has something in it.
    #[error("{} is not empty; a backup is restored into a new directory, so that nothing is lost", .0.display())]
    NotEmpty(PathBuf),
}

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// How many objects.
    pub objects: usize,
    /// The revision that it is of.
    pub revision: u64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    kind: String,
    format: u32,
    revision: u64,
    objects: usize,
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    checksum: u32,
    cluster: &'a str,
    group: &'a str,
    plural: &'a str,
    namespace: &'a str,
    name: &'a str,
    revision: u64,
    stamp: u32,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
struct Tail {
    kind: String,
    objects: usize,
    digest: String,
}

/// What a store held at one revision; it keeps that while the store goes on.
pub(crate) struct Held {
    revision: u64,
    objects: std::vec::IntoIter<Arc<Stored>>,
    count: usize,
    digest: Digest,
    next: Next,
}

enum Next {
    Head,
    Objects,
    Nothing,
}

impl Held {
    /// Everything that `memory` holds now.
    pub(crate) fn of(memory: &Memory) -> Self {
        let objects: Vec<_> = memory.all().map(Arc::clone).collect();
        Self {
            revision: memory.revision(),
            count: objects.len(),
            objects: objects.into_iter(),
            digest: Digest::default(),
            next: Next::Head,
        }
    }

    fn object(&mut self, stored: &Stored) -> serde_json::Result<String> {
        let key = stored.key.to_bytes();
        let checksum = stored.checksum(&key);
        self.digest.add(&key, checksum);
        let collection = &stored.key.collection;
        serde_json::to_string(&Line {
            checksum,
            cluster: collection.cluster.as_str(),
            group: &collection.group,
            plural: &collection.plural,
            namespace: &stored.key.object.namespace,
            name: &stored.key.object.name,
            revision: stored.revision,
            stamp: u32::try_from(stored.stamp_place()).unwrap_or(u32::MAX),
            object: serde_json::from_slice(&stored.bytes)?,
        })
    }
}

impl Iterator for Held {
    type Item = io::Result<String>;

    /// The next line, without its end.
    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.next {
            Next::Head => {
                self.next = Next::Objects;
                let head = serde_json::to_string(&Head {
                    kind: KIND.to_owned(),
                    format: FORMAT,
                    revision: self.revision,
                    objects: self.count,
                });
                if let Ok(head) = &head {
                    self.digest.add(b"head", checksum(&[head.as_bytes()]));
                }
                head
            }
            Next::Objects => {
                if let Some(stored) = self.objects.next() {
                    self.object(&stored)
                } else {
                    self.next = Next::Nothing;
                    serde_json::to_string(&Tail {
                        kind: "End".to_owned(),
                        objects: self.count,
                        digest: format!("{:016x}", self.digest.0),
                    })
                }
            }
            Next::Nothing => return None,
        };
        Some(line.map_err(io::Error::other))
    }
}

/// Reads a backup line by line, and knows at its end whether it was whole.
#[derive(Default)]
pub struct Reader {
    line: usize,
    head: Option<Head>,
    objects: usize,
    digest: Digest,
    whole: bool,
}

impl Reader {
    /// Takes the next line, with or without its end. Fails where it is not what was written.
    pub fn line(&mut self, text: &[u8]) -> Result<(), BackupError> {
        self.read(text).map(|_| ())
    }

    /// What was read. Fails where something is missing.
    pub fn end(&self) -> Result<Summary, BackupError> {
        match &self.head {
            Some(head) if self.whole => Ok(Summary {
                objects: self.objects,
                revision: head.revision,
            }),
            Some(_) | None => Err(BackupError::Damaged {
                line: self.line + 1,
                what: "the backup ends before its end".to_owned(),
            }),
        }
    }

    fn read(&mut self, text: &[u8]) -> Result<Option<Stored>, BackupError> {
        self.line += 1;
        let text = text.trim_ascii_end();
        let Some(head) = &self.head else {
            self.head = Some(head(text)?);
            self.digest.add(b"head", checksum(&[text]));
            return Ok(None);
        };
        if self.whole {
            return Err(self.damaged("there is something behind the end"));
        }
        if self.objects == head.objects {
            return self.tail(text).map(|()| None);
        }
        match object(text) {
            Ok((stored, key, checksum)) => {
                self.objects += 1;
                self.digest.add(&key, checksum);
                Ok(Some(stored))
            }
            Err(what) => Err(self.damaged(what)),
        }
    }

    fn tail(&mut self, text: &[u8]) -> Result<(), BackupError> {
        let tail: Tail = serde_json::from_slice(text).map_err(|error| self.damaged(error.to_string()))?;
        if tail.kind != "End"
            || tail.objects != self.objects
            || tail.digest != format!("{:016x}", self.digest.0)
        {
            return Err(self.damaged("it does not stand for what came before it"));
        }
        self.whole = true;
        Ok(())
    }

    fn damaged(&self, what: impl Into<String>) -> BackupError {
        BackupError::Damaged {
            line: self.line,
            what: what.into(),
        }
    }
}

fn head(text: &[u8]) -> Result<Head, BackupError> {
    let head: Head = serde_json::from_slice(text)
        .map_err(|_| BackupError::Unknown("its first line does not say what it is".to_owned()))?;
    if head.kind != KIND || head.format != FORMAT {
        let what = format!("it is {:?} of format {}", head.kind, head.format);
        return Err(BackupError::Unknown(what));
    }
    Ok(head)
}

fn object(text: &[u8]) -> Result<(Stored, Vec<u8>, u32), String> {
    let line: Line<'_> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let collection = CollectionKey::new(&LogicalCluster::stored(line.cluster), line.group, line.plural);
    let key = Key::new(&collection, line.namespace, line.name);
    let bytes = key.to_bytes();
    let object = Bytes::copy_from_slice(line.object.get().as_bytes());
    let stored = Stored::from_text(key, object, line.revision, line.stamp)?;
    let found = stored.checksum(&bytes);
    if found == line.checksum {
        Ok((stored, bytes, found))
    } else {
        Err("it does not have its checksum".to_owned())
    }
}

/// Writes what the store of `directory` holds to `out`. Nobody else may have it open.
pub fn write(directory: &Path, out: &mut impl Write) -> Result<Summary, BackupError> {
    // A backup of what is not there would be empty, and a store would be made by the way.
    let none = || BackupError::NoStore(directory.to_owned());
    if !directory.exists() {
        return Err(none());
    }
    let taken = Directory::take(directory, Arc::new(NoFaults))?;
    if taken.is_new()? {
        return Err(none());
    }
    let mut memory = Memory::new(HistoryLimits::default());
    let disk = taken.open(&mut memory)?;
    let held = Held::of(&memory);
    let summary = Summary {
        objects: held.count,
        revision: held.revision,
    };
    for line in held {
        writeln!(out, "{}", line?)?;
    }
    drop(disk);
    Ok(summary)
}

/// Makes a store in `directory`, which must be new or empty, with what the backup `from` holds.
///
/// Nothing is left at its place where the backup turns out to be damaged.
pub fn restore(directory: &Path, from: &mut impl BufRead) -> Result<Summary, BackupError> {
    let taken = Directory::take(directory, Arc::new(NoFaults))?;
    if !taken.is_empty()? {
        return Err(BackupError::NotEmpty(directory.to_owned()));
    }
    let restored = fill(&taken, from);
    if restored.is_err() {
        taken.abandon();
    }
    restored
}

fn fill(taken: &Directory, from: &mut impl BufRead) -> Result<Summary, BackupError> {
    let mut reader = Reader::default();
    let mut lines = Lines {
        from,
        line: Vec::new(),
    };
    let first = lines.next()?.unwrap_or_default().to_owned();
    reader.read(&first)?;
    let revision = reader.head.as_ref().map_or(0, |head| head.revision);
    let start = Start {
        revision: revision.saturating_add(AHEAD),
    };
    let mut failed = None;
    let made = taken.make(start, |filling| {
        let mut put_all = || -> Result<(), BackupError> {
            while let Some(line) = lines.next()? {
                if let Some(stored) = reader.read(line)? {
                    filling.put(&stored).map_err(io::Error::other)?;
                }
            }
            reader.end().map(|_| ())
        };
        put_all().map_err(|error| {
            failed = Some(error);
            stopped()
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    made?;
    reader.end()
}

/// Ends the making of a store; why, the caller knows.
fn stopped() -> DiskError {
    DiskError::Files(io::ErrorKind::Interrupted.into())
}

/// The lines of a backup, each at most so long.
struct Lines<'a, R> {
    from: &'a mut R,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let read = (&mut *self.from)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut self.line)?;
        Ok((read > 0).then_some(&self.line))
    }
}

#[cfg(test)]
mod tests;
