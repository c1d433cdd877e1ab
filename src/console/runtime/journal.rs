//! What was seen to change, on disk: one line of JSON for each change, added at the end, so that several programs may write at
//! once and a new start knows what an earlier one saw. When the file has grown long it becomes the older one of two.
//!
//! A thread of its own reads and writes, as a disk may be slow; nothing here keeps anybody waiting or from working.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use fleetui_fleet::timeline::Flip;
use tokio::sync::oneshot;

/// The file that is written, and the one before it.
const CURRENT: &str = "timeline.jsonl";
const OLDER: &str = "timeline.1.jsonl";
/// Who holds this puts the current file in the place of the older one.
const LOCK: &str = "timeline.lock";

/// How long a file may get.
const LONGEST_FILE: u64 = 4 << 20;
/// A longer line was not written by us.
const LONGEST_LINE: u64 = 16 << 10;
/// The most changes that are read at the start: the latest.
const MOST_READ: usize = 20_000;

/// Batches that may wait to be written. More are dropped: a disk that does not keep up must not fill the memory.
const WAITING: usize = 256;

/// Writes what it is given, in the background.
pub(super) struct Journal {
    sender: Option<SyncSender<Vec<Flip>>>,
    thread: Option<std::thread::JoinHandle<()>>,
    dropped: u64,
}

impl Journal {
    /// Begins to write in `directory`. What earlier starts wrote comes through the receiver, once.
    pub(super) fn open(directory: PathBuf) -> io::Result<(Self, oneshot::Receiver<Vec<Flip>>)> {
        let (sender, receiver) = sync_channel(WAITING);
        let (told, remembered) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("timeline".to_owned())
            .spawn(move || {
                // Whoever has left by then needs it no more.
                let _ = told.send(read(&directory, MOST_READ));
                write_all(&directory, &receiver);
            })?;
        let journal = Self {
            sender: Some(sender),
            thread: Some(thread),
            dropped: 0,
        };
        Ok((journal, remembered))
    }

    /// Has changes written down; never waits.
    pub(super) fn keep(&mut self, flips: Vec<Flip>) {
        let Some(sender) = &self.sender else { return };
        match sender.try_send(flips) {
            Ok(()) => {}
            Err(TrySendError::Full(flips)) => {
                self.dropped += u64::try_from(flips.len()).unwrap_or(u64::MAX);
                tracing::warn!(
                    dropped = self.dropped,
                    "the disk does not keep up with the timeline"
                );
            }
            Err(TrySendError::Disconnected(_)) => self.sender = None,
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Without a sender the thread ends when everything is written.
        self.sender = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the timeline's thread ended by a fault of this program");
        }
    }
}

fn write_all(directory: &Path, receiver: &Receiver<Vec<Flip>>) {
    let mut complained = false;
    while let Ok(mut flips) = receiver.recv() {
        // What has gathered meanwhile goes in one write.
        while let Ok(more) = receiver.try_recv() {
            flips.extend(more);
        }
        if let Err(error) = append(directory, &flips)
            && !std::mem::replace(&mut complained, true)
        {
            tracing::warn!(%error, "the timeline is not written down");
        }
    }
}

/// Adds changes at the end of the file. The file is opened for each write, so that nobody writes into one that was put aside.
fn append(directory: &Path, flips: &[Flip]) -> io::Result<()> {
    super::kept::make(directory)?;
    let mut text = Vec::new();
    for flip in flips {
        serde_json::to_writer(&mut text, flip)?;
        text.push(b'\n');
    }
    let mut file = open(&directory.join(CURRENT))?;
    // One write, at the end: lines of two programs do not mix.
    file.write_all(&text)?;
    let length = file.metadata()?.len();
    drop(file);
    if length > LONGEST_FILE {
        put_aside(directory)?;
    }
    Ok(())
}

/// Makes the current file the older one, unless another program is doing it.
fn put_aside(directory: &Path) -> io::Result<()> {
    let lock = open(&directory.join(LOCK))?;
    if lock.try_lock().is_err() {
        return Ok(());
    }
    // Somebody may have done it while the lock was waited for.
    let current = directory.join(CURRENT);
    if std::fs::metadata(&current).is_ok_and(|file| file.len() > LONGEST_FILE) {
        std::fs::rename(current, directory.join(OLDER))?;
    }
    Ok(())
}

/// The latest changes that were written down, the oldest first. What cannot be read is left out.
fn read(directory: &Path, most: usize) -> Vec<Flip> {
    let mut flips = Vec::new();
    for name in [OLDER, CURRENT] {
        // There is none before the first start.
        let Ok(file) = std::fs::File::open(directory.join(name)) else {
            continue;
        };
        let mut lines = BufReader::new(io::Read::take(file, 2 * LONGEST_FILE));
        let mut line = Vec::new();
        while let Ok(count) = next_line(&mut lines, &mut line)
            && count > 0
        {
            flips.extend(serde_json::from_slice::<Flip>(&line).ok());
        }
    }
    let many = flips.len().saturating_sub(most);
    flips.drain(..many);
    flips
}

/// Reads one line; of one that is too long nothing is kept.
fn next_line(lines: &mut impl io::BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    line.clear();
    let count = io::Read::take(&mut *lines, LONGEST_LINE).read_until(b'\n', line)?;
    if count > 0 && line.last() != Some(&b'\n') {
        line.clear();
        let rest = lines.skip_until(b'\n')?;
        return Ok(count + rest);
    }
    Ok(count)
}

/// Names of clusters are nobody else's business.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use fleetui_base::ManagementCluster;
    use fleetui_fleet::timeline::Whose;

    use super::*;

    fn flip(second: i64, name: &str) -> Flip {
        Flip {
            at: jiff::Timestamp::from_second(second).unwrap(),
            whose: Whose {
                management_cluster: ManagementCluster::new("taipei"),
                group: "cluster.x-k8s.io".into(),
                kind: "Machine".into(),
                namespace: "default".into(),
                name: name.into(),
                uid: "u".into(),
            },
            what: "Ready".into(),
            from: "True".into(),
            to: "False".into(),
            reason: "NotReady".into(),
            text: "a\u{1b}[2J\nb".into(),
            good: false,
        }
    }

    #[test]
    fn what_was_seen_is_known_after_a_new_start() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let (mut journal, remembered) = Journal::open(state.clone()).unwrap();
        assert_eq!(
            remembered.blocking_recv().unwrap(),
            [],
            "nothing was ever written"
        );
        journal.keep(vec![flip(1, "a"), flip(2, "b")]);
        journal.keep(vec![flip(3, "c")]);
        drop(journal);
        let (journal, remembered) = Journal::open(state.clone()).unwrap();
        assert_eq!(
            remembered.blocking_recv().unwrap(),
            [flip(1, "a"), flip(2, "b"), flip(3, "c")]
        );
        drop(journal);
        let text = std::fs::read_to_string(state.join(CURRENT)).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn two_programs_share_it_and_neither_tears_the_lines_of_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let (mut one, _) = Journal::open(directory.path().to_owned()).unwrap();
        let (mut other, _) = Journal::open(directory.path().to_owned()).unwrap();
        for second in 0..100 {
            one.keep(vec![flip(second, "one")]);
            other.keep(vec![flip(second, "other")]);
        }
        drop((one, other));
        let read = read(directory.path(), MOST_READ);
        let of = |name: &str| read.iter().filter(|flip| flip.whose.name == name).count();
        assert_eq!((of("one"), of("other")), (100, 100));
    }

    #[test]
    fn it_stays_bounded_and_damage_costs_only_the_damaged_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let many: Vec<Flip> = (0..4000).map(|second| flip(second, "m")).collect();
        for _ in 0..8 {
            append(path, &many).unwrap();
        }
        let length = |name: &str| std::fs::metadata(path.join(name)).map_or(0, |file| file.len());
        assert!(length(CURRENT) <= LONGEST_FILE + (2 << 20) && length(OLDER) > LONGEST_FILE);
        assert_eq!(read(path, 10).len(), 10);
        std::fs::remove_file(path.join(OLDER)).unwrap();
        let long = "x".repeat(40_000);
        std::fs::write(path.join(CURRENT), format!("{{half\n{long}\n")).unwrap();
        append(path, &[flip(7, "after")]).unwrap();
        assert_eq!(read(path, 10), [flip(7, "after")]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it_and_a_place_that_cannot_be_written_stops_nobody() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        append(directory.path(), &[flip(1, "a")]).unwrap();
        let mode = std::fs::metadata(directory.path().join(CURRENT))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let (mut journal, remembered) = Journal::open(file.join("below")).unwrap();
        assert_eq!(remembered.blocking_recv().unwrap(), []);
        journal.keep(vec![flip(1, "a")]);
    }
}
