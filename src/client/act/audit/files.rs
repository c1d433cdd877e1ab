//! The files of the audit log. Each line is one write at the end, so that several programs share them; a line that was cut off
//! is closed before the next. When the file has grown long it becomes the first of the older ones.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use fleetui_fleet::act::Entry;
use fleetui_fleet::act::audit::Stage;

use crate::private::{for_its_owner, make_directory};

/// How long a file may get.
const LONGEST_FILE: u64 = 8 << 20;
/// How long a line may get; longer ones lose their fields.
const LONGEST_LINE: usize = 32 << 10;
/// So many older files are kept.
const OLDER: usize = 9;

/// The files of one log.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    stem: String,
    longest: u64,
}

/// An entry as its line.
pub(super) fn line(entry: &Entry) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(entry)?;
    if line.len() >= LONGEST_LINE {
        let mut entry = entry.clone();
        shorten(&mut entry);
        line = serde_json::to_vec(&entry)?;
    }
    line.push(b'\n');
    Ok(line)
}

/// Leaves the fields out, but not what was written.
fn shorten(entry: &mut Entry) {
    match &mut entry.stage {
        Stage::Intent { writes, .. } => {
            for write in writes {
                write.fields.clear();
            }
        }
        Stage::Outcome(_) | Stage::Refused(_) => {}
    }
}

impl Files {
    pub(super) fn new(directory: PathBuf, stem: &str) -> Self {
        Self {
            directory,
            stem: stem.to_owned(),
            longest: LONGEST_FILE,
        }
    }

    fn current(&self) -> PathBuf {
        self.directory.join(format!("{}.jsonl", self.stem))
    }

    fn older(&self, number: usize) -> PathBuf {
        self.directory.join(format!("{}.{number}.jsonl", self.stem))
    }

    /// Adds a line. The file is opened for each, so that nobody writes into one that was put aside.
    pub(super) fn append(&self, line: &[u8], must_stay: bool) -> io::Result<()> {
        make_directory(&self.directory)?;
        let mut file = open(&self.current())?;
        if is_torn(&mut file)? {
            // Whoever wrote it has died over it; what follows must not be part of it.
            let mut closed = Vec::with_capacity(line.len() + 1);
            closed.push(b'\n');
            closed.extend_from_slice(line);
            file.write_all(&closed)?;
        } else {
            file.write_all(line)?;
        }
        if must_stay {
            file.sync_data()?;
        }
        let length = file.metadata()?.len();
        drop(file);
        if length > self.longest {
            // The line is written, whatever becomes of this.
            if let Err(error) = self.turn_over() {
                tracing::warn!(%error, "the audit log cannot be turned over");
            }
        }
        Ok(())
    }

    /// Makes the current file the first of the older ones, unless another program is doing it.
    fn turn_over(&self) -> io::Result<()> {
        let lock = open(&self.directory.join(format!("{}.lock", self.stem)))?;
        if lock.try_lock().is_err() {
            return Ok(());
        }
        // Somebody may have done it while the lock was waited for.
        if !std::fs::metadata(self.current()).is_ok_and(|file| file.len() > self.longest) {
            return Ok(());
        }
        for number in (1..OLDER).rev() {
            match std::fs::rename(self.older(number), self.older(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        std::fs::rename(self.current(), self.older(1))
    }

    /// The latest entries, the newest first. Lines that are not whole are left out.
    pub(super) fn latest(&self, most: usize) -> io::Result<Vec<Entry>> {
        let mut latest = Vec::new();
        let older = (1..=OLDER).map(|number| self.older(number));
        for path in std::iter::once(self.current()).chain(older) {
            let named =
                |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            let file = match File::open(&path) {
                Ok(file) => file,
                // There is none before the first line.
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) => return Err(named(error)),
            };
            latest.extend(entries(file).map_err(named)?.into_iter().rev());
            if latest.len() >= most {
                break;
            }
        }
        latest.truncate(most);
        Ok(latest)
    }
}

/// Whether the last line has no end.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != [b'\n'])
}

fn entries(file: File) -> io::Result<Vec<Entry>> {
    let mut lines = BufReader::new(file.take(2 * LONGEST_FILE));
    let mut entries = Vec::new();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        entries.extend(serde_json::from_slice::<Entry>(&line).ok());
        line.clear();
    }
    Ok(entries)
}

/// What was done, and by whom, is nobody else's business.
fn open(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    let file = for_its_owner(&mut options).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // One that was there already may be open to others.
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
    use fleetui_fleet::act::{Act, Actor, AuditId, Deed, Refusal, Step};
    use jiff::Timestamp;

    use super::*;

    fn entry(name: &str) -> Entry {
        let subject = ObjectKey::new(
            ManagementCluster::new("taipei"),
            GroupKind::new("cluster.x-k8s.io", "Machine"),
            ObjectName::new("default", name),
        );
        let act = Act {
            subject,
            uid: "u".into(),
            deed: Deed::Delete,
            reason: Some("a\u{1b}[2J\nb".to_owned()),
        };
        let stage = Stage::Refused(Refusal::at(Step::ReadOnly, "no"));
        Entry::new(
            AuditId(name.into()),
            Timestamp::UNIX_EPOCH,
            Actor::default(),
            &act,
            stage,
        )
    }

    fn add(files: &Files, name: &str) {
        files.append(&line(&entry(name)).unwrap(), true).unwrap();
    }

    fn names(files: &Files, most: usize) -> Vec<String> {
        let entries = files.latest(most).unwrap().into_iter();
        entries.map(|entry| entry.id.0.to_string()).collect()
    }

    #[test]
    fn two_programs_share_the_audit_log() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let threads = ["one", "other"].map(|name| {
            let files = Files::new(path.clone(), "audit");
            std::thread::spawn(move || (0..200).for_each(|_| add(&files, name)))
        });
        for thread in threads {
            thread.join().unwrap();
        }
        let files = Files::new(path.clone(), "audit");
        let names = names(&files, 1000);
        let of = |name: &str| names.iter().filter(|it| *it == name).count();
        assert_eq!((names.len(), of("one"), of("other")), (400, 200, 200));
        let text = std::fs::read_to_string(path.join("audit.jsonl")).unwrap();
        // A line that is seen half written is closed, which leaves an empty one.
        let lines = text.lines().filter(|line| !line.is_empty());
        assert!(!text.contains('\u{1b}') && lines.count() == 400);
    }

    #[test]
    fn a_log_that_cannot_be_read_does_not_look_empty() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned(), "audit");
        assert!(names(&files, 10).is_empty());
        std::fs::create_dir(files.current()).unwrap();
        let error = files.latest(10).unwrap_err().to_string();
        assert!(error.contains("audit.jsonl"), "{error}");
    }

    #[test]
    fn a_line_that_was_cut_off_costs_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().join("state"), "audit");
        assert!(names(&files, 10).is_empty(), "there is no directory yet");
        add(&files, "a");
        let whole = std::fs::read(files.current()).unwrap();
        std::fs::write(files.current(), &whole[..whole.len() - 20]).unwrap();
        add(&files, "b");
        add(&files, "c");
        assert_eq!(names(&files, 10), ["c", "b"]);
        assert_eq!(names(&files, 1), ["c"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_audit_log_turns_over_and_stays_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let files = Files {
            longest: 1000,
            ..Files::new(state.clone(), "audit")
        };
        let all: Vec<String> = (0..100).map(|number| format!("e{number:02}")).collect();
        for name in &all {
            add(&files, name);
        }
        let kept = names(&files, 1000);
        assert!(kept.len() > 9 && kept.len() < 100, "{}", kept.len());
        let newest: Vec<&String> = all.iter().rev().take(kept.len()).collect();
        assert_eq!(kept.iter().collect::<Vec<_>>(), newest);
        assert!(files.older(9).exists() && !files.older(10).exists());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&state), mode(&files.older(9))), (0o700, 0o600));
        // One that somebody has opened to all is closed again.
        std::fs::write(files.current(), "").unwrap();
        std::fs::set_permissions(files.current(), std::fs::Permissions::from_mode(0o644)).unwrap();
        add(&files, "last");
        assert_eq!(mode(&files.current()), 0o600);
    }
}
