//! The audit log: who did what, when, and what came of it. One JSON object a line, at the level that upstream calls
//! `Metadata`: never a body, so never the data of a Secret.
//!
//! What is logged: every write, whoever makes it; and every request that comes over a connection, reads and refusals too.
//! Reads from inside the process are not: controllers read all the time, and nobody but the server's own program sends
//! them. A watch is logged when it begins.
//!
//! Requests never wait for the log. They leave their entry in a queue of a bounded length; when it is full the entry is
//! dropped and counted, and the count is written when there is room again.

mod file;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleetui_base::SharedClock;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use file::LogFile;
pub(crate) use file::Rotation;

use crate::authn::Identity;

/// How many entries may wait to be written.
const QUEUE: usize = 16 * 1024;
/// How many entries are written before the file is flushed.
const GROUP: usize = 512;
/// How long the end of the log is waited for.
const CLOSING: Duration = Duration::from_secs(5);
/// The longest text of a client's that an entry keeps.
const LONGEST_TEXT: usize = 256;

/// Somebody, as the log names them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct User {
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    groups: Vec<String>,
}

impl From<&Identity> for User {
    fn from(identity: &Identity) -> Self {
        Self {
            username: identity.user.clone(),
            uid: identity.uid.clone(),
            groups: identity.groups.clone(),
        }
    }
}

/// What is known of one request.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// When it came.
    pub(crate) time: String,
    /// What its answer calls it.
    #[serde(rename = "auditID")]
    pub(crate) id: String,
    /// Who sent it; nobody where it was refused before that was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<User>,
    /// As whom it was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) impersonated_user: Option<User>,
    /// `get`, `create`, `approve`.
    pub(crate) verb: String,
    /// The logical cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) cluster: String,
    /// Where it went, without its parameters, which may hold a client's data.
    #[serde(rename = "requestURI")]
    pub(crate) path: String,
    /// The API group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) api_group: String,
    /// The resource.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) resource: String,
    /// The part of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) subresource: String,
    /// The namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) namespace: String,
    /// The object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    /// The answer's code; none where the other side left before there was an answer.
    pub(crate) code: Option<u16>,
    /// How long the answer took to begin.
    pub(crate) latency_micros: u64,
    /// Whether nothing was to be kept of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) dry_run: bool,
    /// `in-process`, or the other side's address.
    pub(crate) source: String,
    /// What the client calls itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) user_agent: String,
}

/// A client's text as the log keeps it.
pub(crate) fn shortened(text: &str) -> String {
    let end = text
        .char_indices()
        .nth(LONGEST_TEXT)
        .map_or(text.len(), |(index, _)| index);
    text.get(..end).unwrap_or_default().to_owned()
}

enum Message {
    Entry(Box<Entry>),
    Close(oneshot::Sender<()>),
}

/// The log, for those who add to it.
pub(crate) struct AuditLog {
    queue: mpsc::Sender<Message>,
    dropped: Arc<AtomicU64>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl AuditLog {
    /// Opens the log of a data directory. Blocks on files: not for an async task.
    pub(crate) fn open(data_dir: &Path, rotation: Rotation, clock: SharedClock) -> std::io::Result<Self> {
        let file = LogFile::open(&data_dir.join("audit"), rotation)?;
        Self::start(file, QUEUE, clock)
    }

    fn start(file: LogFile, length: usize, clock: SharedClock) -> std::io::Result<Self> {
        let (queue, receiver) = mpsc::channel(length);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = Writer {
            file,
            dropped: Arc::clone(&dropped),
            clock,
            failing: false,
        };
        let thread = std::thread::Builder::new()
            .name("audit-writer".to_owned())
            .spawn(move || writer.run(receiver))?;
        Ok(Self {
            queue,
            dropped,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Adds an entry, or counts that there was no room for it.
    pub(crate) fn add(&self, entry: Entry) {
        if self.queue.try_send(Message::Entry(Box::new(entry))).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes what waits and ends the log.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        let closing = async {
            if self.queue.send(Message::Close(done)).await.is_ok() {
                let _ = closed.await;
            }
        };
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!("the audit log did not end in time");
            return;
        }
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// Owns the file.
struct Writer {
    file: LogFile,
    dropped: Arc<AtomicU64>,
    clock: SharedClock,
    failing: bool,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        while let Some(first) = queue.blocking_recv() {
            let mut next = Some(first);
            let mut written = 0;
            while let Some(message) = next.take() {
                match message {
                    Message::Entry(entry) => self.write(&entry),
                    Message::Close(done) => {
                        self.tell_dropped();
                        self.flush();
                        let _ = done.send(());
                        return;
                    }
                }
                written += 1;
                if written < GROUP {
                    next = queue.try_recv().ok();
                }
            }
            self.tell_dropped();
            self.flush();
        }
    }

    fn write(&mut self, entry: &Entry) {
        if let Ok(line) = serde_json::to_vec(entry) {
            self.line(line);
        }
    }

    fn tell_dropped(&mut self) {
        let count = self.dropped.swap(0, Ordering::Relaxed);
        if count > 0 {
            let time = self.clock.now().to_string();
            let line: Value = serde_json::json!({"time": time, "droppedEntries": count});
            self.line(line.to_string().into_bytes());
        }
    }

    fn line(&mut self, mut line: Vec<u8>) {
        line.push(b'\n');
        let written = self.file.write(&line);
        self.note(written);
        if self.failing {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&mut self) {
        let flushed = self.file.flush();
        self.note(flushed);
    }

    /// A disk that is full stops the log and nothing else; it is said once, and tried again with each entry.
    fn note(&mut self, result: std::io::Result<()>) {
        match result {
            Ok(()) => self.failing = false,
            Err(error) if !self.failing => {
                tracing::error!(%error, "the audit log cannot be written");
                self.failing = true;
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
