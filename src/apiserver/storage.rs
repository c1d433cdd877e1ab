//! The store: one call, `commit(batch) -> revision`. Acknowledged means durable. Reads are served from memory.
//!
//! Kept in redb. Measured for this use (20,000 objects of 6.8 KB, a durable put with an event row, fsync on): redb 0.38 ms
//! (p99 0.47), fjall 0.29 ms (p99 1.5, worst 22), `SQLite` 0.21 ms. redb has by far the quickest point reads and reopens in a
//! third of a millisecond, is pure Rust and ACID; and group commit shares the one sync among all who wait.
//!
//! One thread owns the database (a store in memory needs none). It takes what is queued, checks every batch against memory and the batches before it,
//! writes all of them in one transaction (each has its own revision), publishes to memory, and only then answers.
//!
//! A commit is two syncs: the database's, and then that of a mark which says up to where everything was acknowledged. The
//! mark is what tells damage from a torn commit after a crash (`acknowledged.rs`).
//!
//! When a sync, or anything else of a commit, fails, the store stops writing for good: what is on the disk is not known
//! then, and a second sync that goes well proves nothing about the first. Reads and watches go on, as what they tell was
//! durable before; `/readyz` and its like fail, so that somebody starts the server again, which looks at the disk anew.
//!
//! Must not know: HTTP, kinds and their rules, clients.

mod acknowledged;
pub mod backup;
pub(crate) mod batch;
mod checksum;
mod directory;
mod disk;
pub(crate) mod faults;
pub(crate) mod key;
#[cfg(test)]
mod media;
pub(crate) mod memory;
pub(crate) mod stored;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use fleetui_base::SharedClock;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use batch::{Batch, Change, Commit, CommitError, Precondition};
pub(crate) use faults::{NoFaults, SharedFaults};
pub(crate) use key::{CollectionKey, Key};
pub(crate) use memory::{Event, EventKind, Snapshot};
pub(crate) use stored::{Draft, Owner, Stored};

use directory::Directory;
use memory::Memory;
use writer::{Command, Durable, Writer};

/// How many batches may wait for the writer; the next ones wait for a place.
const QUEUE: usize = 4096;

/// The longest that a write may take, waiting for a place included.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(30);

/// How much of the past is kept for watches that resume and for lists at an older revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryLimits {
    /// Events kept of each collection (one resource in one logical cluster).
    pub events: usize,
    /// Age after which events are forgotten.
    pub age: Duration,
    /// Bytes of objects that the events of each collection may hold.
    pub bytes: usize,
}

impl Default for HistoryLimits {
    fn default() -> Self {
        Self {
            events: 10_000,
            age: Duration::from_mins(5),
            bytes: 64 * 1024 * 1024,
        }
    }
}

/// Why a store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process (or another server in this one) has it open.
    #[error(
        "the data directory {} is in use by another process{}; stop it, or choose another --data-dir",
        .directory.display(), named(*.holder)
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// The process that has it, where that is known.
        holder: Option<u32>,
    },
    /// Everybody may write in the directory.
    #[error(
        "everybody may write in the data directory {}, which holds keys and Secrets; take that away with: chmod go-w {}",
        .0.display(), .0.display()
    )]
    Open(PathBuf),
    /// The directory was written by a version with another format.
    #[error(
        "the data directory {} has the format {found:?}, and this version reads {expected:?}; use the version of fleetui that wrote it, or restore a backup into a new directory",
        .directory.display()
    )]
    Format {
        /// The directory.
        directory: PathBuf,
        /// What its format file says.
        found: String,
        /// What it should say.
        expected: &'static str,
    },
    /// A file could not be read or written.
    #[error("the data directory {} cannot be used", .directory.display())]
    Files {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The database refused.
    #[error("the store in {} cannot be opened", .directory.display())]
    Database {
        /// The directory.
        directory: PathBuf,
        /// What the database said.
        #[source]
        source: Box<redb::Error>,
    },
    /// A file does not hold what was written to it.
    #[error(
        "{} is damaged: {what}. Nothing of it is used or guessed. Keep the directory for whoever looks into it, and restore a backup into a new one: fleetui restore --data-dir NEW --from FILE",
        .file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What was found.
        what: String,
    },
}

fn named(holder: Option<u32>) -> String {
    holder.map_or_else(String::new, |holder| format!(" (number {holder})"))
}

/// Called for every event, in order, after it is visible and before its writer is answered. Must not block.
pub(crate) type Observer = Box<dyn Fn(&Arc<Event>) + Send + Sync>;

/// What a store is opened with.
pub(crate) struct StoreOptions {
    /// Where it is kept; none for a store that lives in memory alone.
    pub(crate) directory: Option<PathBuf>,
    /// How much history it keeps.
    pub(crate) limits: HistoryLimits,
    /// Tells the age of events.
    pub(crate) clock: SharedClock,
    /// Who is told of every event.
    pub(crate) observer: Observer,
    /// What goes wrong.
    pub(crate) faults: SharedFaults,
}

/// Who writes: a thread where there is a disk to wait for, else whoever commits.
enum Writing {
    /// Through a queue to the thread that owns the database.
    Queued {
        queue: mpsc::Sender<Command>,
        thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    },
    /// At once: with nothing to wait for, a commit needs no timer and no other thread, so that tests whose time stands
    /// still can use it.
    AtOnce(Mutex<Option<Writer>>),
}

/// The store. Cheap reads from memory, writes one after the other.
pub(crate) struct Store {
    memory: Arc<RwLock<Memory>>,
    writing: Writing,
    revision: watch::Receiver<u64>,
    clock: SharedClock,
}

impl Store {
    /// Opens or makes the store. Blocks on files: not for an async task.
    pub(crate) fn open(options: StoreOptions) -> Result<Self, OpenError> {
        let mut memory = Memory::new(options.limits);
        let disk: Option<Box<dyn Durable>> = match &options.directory {
            Some(directory) => {
                let directory = Directory::take(directory, Arc::clone(&options.faults))?;
                Some(Box::new(directory.open(&mut memory)?))
            }
            None => None,
        };
        Self::start(options, memory, disk)
    }

    fn start(
        options: StoreOptions,
        memory: Memory,
        disk: Option<Box<dyn Durable>>,
    ) -> Result<Self, OpenError> {
        let (revision_sender, revision) = watch::channel(memory.revision());
        let memory = Arc::new(RwLock::new(memory));
        let durable = disk.is_some();
        let writer = Writer {
            disk,
            memory: Arc::clone(&memory),
            revision: revision_sender,
            clock: Arc::clone(&options.clock),
            observer: options.observer,
            faults: options.faults,
        };
        let writing = if durable {
            let (queue, receiver) = mpsc::channel(QUEUE);
            let thread = std::thread::Builder::new()
                .name("store-writer".to_owned())
                .spawn(move || writer.run(receiver))
                .map_err(|source| OpenError::Files {
                    directory: options.directory.unwrap_or_default(),
                    source,
                })?;
            Writing::Queued {
                queue,
                thread: Mutex::new(Some(thread)),
            }
        } else {
            Writing::AtOnce(Mutex::new(Some(writer)))
        };
        Ok(Self {
            memory,
            writing,
            revision,
            clock: options.clock,
        })
    }

    /// Writes `batch` as a whole or not at all. When this returns, the batch is durable and visible to every reader.
    pub(crate) async fn commit(&self, batch: Batch) -> Result<Commit, CommitError> {
        let commit = match &self.writing {
            Writing::AtOnce(writer) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                writer.as_mut().ok_or(CommitError::Closed)?.write_one(batch)?
            }
            Writing::Queued { queue, .. } => tokio::time::timeout(COMMIT_TIMEOUT, through(queue, batch))
                .await
                .unwrap_or(Err(CommitError::Timeout))?,
        };
        tracing::trace!(revision = commit.revision, "committed");
        Ok(commit)
    }

    /// Reads memory; the guard never crosses an await because the closure cannot.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Memory) -> T) -> T {
        read(&self.memory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest state of one object.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        self.read(|memory| memory.get(key))
    }

    /// The revision of the newest commit that can be read.
    pub(crate) fn revision(&self) -> u64 {
        // Not what waiters are woken by: that comes a moment later, and a list may have told of the revision by then.
        self.read(Memory::revision)
    }

    /// A receiver that wakes on every commit.
    pub(crate) fn revisions(&self) -> watch::Receiver<u64> {
        self.revision.clone()
    }

    /// A receiver that wakes when `collection` changes.
    pub(crate) fn subscribe(&self, collection: &Arc<CollectionKey>) -> watch::Receiver<u64> {
        if let Some(receiver) = self.read(|memory| memory.subscribe(collection)) {
            return receiver;
        }
        let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
        memory.subscribe_or_create(collection)
    }

    /// Forgets history that is older than the limits allow.
    pub(crate) fn compact(&self) {
        let now = self.clock.monotonic();
        self.memory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .compact(now);
    }

    /// Holds what is in memory against its own rules and against what is on the disk. Answers with what differs, if
    /// anything does. Writes wait meanwhile.
    pub(crate) async fn check(&self) -> Result<Option<String>, CommitError> {
        match &self.writing {
            Writing::AtOnce(writer) => {
                let writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(writer.as_ref().ok_or(CommitError::Closed)?.difference())
            }
            Writing::Queued { queue, .. } => {
                let (reply, answer) = oneshot::channel();
                let asked = async {
                    let sent = queue.send(Command::Check { reply }).await;
                    sent.map_err(|_| CommitError::Closed)?;
                    answer.await.map_err(|_| CommitError::Closed)
                };
                tokio::time::timeout(COMMIT_TIMEOUT, asked)
                    .await
                    .unwrap_or(Err(CommitError::Timeout))
            }
        }
    }

    /// Whether writes are still accepted.
    pub(crate) fn is_open(&self) -> bool {
        match &self.writing {
            Writing::AtOnce(writer) => writer.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
            Writing::Queued { queue, .. } => !queue.is_closed(),
        }
    }

    /// Writes what is queued, closes the database and waits for the writer's end.
    pub(crate) async fn close(&self) {
        match &self.writing {
            Writing::AtOnce(writer) => {
                writer.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
            Writing::Queued { queue, thread } => {
                let (done, closed) = oneshot::channel();
                if queue.send(Command::Close { done }).await.is_ok() {
                    let _ = tokio::time::timeout(COMMIT_TIMEOUT, closed).await;
                }
                let thread = thread.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(thread) = thread {
                    let _ = tokio::task::spawn_blocking(move || thread.join()).await;
                }
            }
        }
    }
}

async fn through(queue: &mpsc::Sender<Command>, batch: Batch) -> Result<Commit, CommitError> {
    let (reply, answer) = oneshot::channel();
    queue
        .send(Command::Commit { batch, reply })
        .await
        .map_err(|_| CommitError::Closed)?;
    let gone = || CommitError::Failed("its writer is gone; whether this was written is not known".into());
    answer.await.map_err(|_| gone())?
}

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tests;
