//! The audit log: what is about to be done, what came of it and what was refused, each a line of JSON that is never changed.
//!
//! Must not know: what an act is.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use compact_str::format_compact;
use fleetui_fleet::act::audit::Stage;
use fleetui_fleet::act::{AuditId, Entry};
use jiff::Timestamp;

use crate::private::on_disk;
use files::Files;

mod files;

/// So many lines are kept where they are kept in memory.
const MOST_IN_MEMORY: usize = 10_000;

/// The audit log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AuditLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    count: AtomicU64,
}

#[derive(Debug)]
enum Place {
    Memory(Mutex<VecDeque<Entry>>),
    Files(Files),
    None(String),
}

impl Default for AuditLog {
    fn default() -> Self {
        Self::in_memory()
    }
}

impl AuditLog {
    /// In files of a directory, `<stem>.jsonl` and older ones.
    pub fn at(directory: PathBuf, stem: &str) -> Self {
        Self::with(Place::Files(Files::new(directory, stem)))
    }

    /// Nowhere but in memory; for tests.
    pub fn in_memory() -> Self {
        Self::with(Place::Memory(Mutex::default()))
    }

    /// Nowhere, which forbids to write anything: why.
    pub fn none(why: impl Into<String>) -> Self {
        Self::with(Place::None(why.into()))
    }

    fn with(place: Place) -> Self {
        Self(Arc::new(Inner {
            place,
            count: AtomicU64::new(0),
        }))
    }

    /// An identity that no other act has; later ones sort behind earlier ones of the same program.
    pub fn next_id(&self, now: Timestamp) -> AuditId {
        let count = self.0.count.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        AuditId(format_compact!(
            "{:011x}-{process:x}-{count:06x}",
            now.as_millisecond()
        ))
    }

    /// Adds a line. That of an intent is on the disk when this returns.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn write(&self, entry: &Entry) -> io::Result<()> {
        match &self.0.place {
            Place::None(why) => Err(io::Error::new(io::ErrorKind::NotFound, why.clone())),
            Place::Memory(entries) => {
                let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                if entries.len() >= MOST_IN_MEMORY {
                    entries.pop_front();
                }
                entries.push_back(entry.clone());
                Ok(())
            }
            Place::Files(_) => {
                let line = files::line(entry)?;
                let must_stay = matches!(entry.stage, Stage::Intent { .. });
                self.on_disk(move |files| files.append(&line, must_stay)).await?
            }
        }
    }

    /// The latest lines, the newest first. Lines that are not whole are left out.
    ///
    /// # Errors
    /// There is a log that cannot be read.
    pub async fn read(&self, most: usize) -> io::Result<Vec<Entry>> {
        match &self.0.place {
            Place::None(_) => Ok(Vec::new()),
            Place::Memory(entries) => {
                let entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(entries.iter().rev().take(most).cloned().collect())
            }
            Place::Files(_) => self.on_disk(move |files| files.latest(most)).await?,
        }
    }

    /// Does something with the files where a slow disk keeps nobody waiting.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> T + Send + 'static,
    ) -> io::Result<T> {
        let inner = Arc::clone(&self.0);
        on_disk(move || match &inner.place {
            Place::Files(files) => Ok(work(files)),
            Place::Memory(_) | Place::None(_) => Err(io::Error::other("there are no files")),
        })
        .await?
    }
}
