//! Looks whether the user's files have changed, and reads them when they have. By their times, every two seconds: it costs next
//! to nothing, needs nothing of the system, and works where a home directory is on another machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::Stream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::environment::{CONFIG, FOLDERS, user_files};
use crate::user_file::UserFiles;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(2);
/// A directory on another machine may not answer; then it is looked again later.
const LIMIT: Duration = Duration::from_secs(10);

/// What a file was like when it was looked at: its name, length and time.
type Stamp = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// The files as they are after each change.
pub(super) struct Changes {
    files: mpsc::Receiver<Arc<UserFiles>>,
    looking: JoinHandle<()>,
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl Stream for Changes {
    type Item = Arc<UserFiles>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.files.poll_recv(context)
    }
}

/// Looks at the files of `directory`, which were `read` at the start.
pub(super) fn changes(directory: PathBuf, read: UserFiles) -> Changes {
    // The loop takes each at once; one that comes while it is busy waits here.
    let (sender, files) = mpsc::channel(1);
    let looking = tokio::spawn(async move {
        let mut known = Known {
            // Not looked at yet, so that what changed since the start is found by the first look.
            stamp: None,
            files: read,
        };
        let mut every = interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            let place = directory.clone();
            let before = known.stamp.clone();
            let looked = tokio::task::spawn_blocking(move || look(&place, before.as_ref()));
            let Ok(Ok(Some((stamp, files)))) = timeout(LIMIT, looked).await else {
                continue;
            };
            known.stamp = Some(stamp);
            if files == known.files {
                continue;
            }
            known.files = files;
            if sender.send(Arc::new(known.files.clone())).await.is_err() {
                return;
            }
        }
    });
    Changes { files, looking }
}

/// What is known of the files.
struct Known {
    stamp: Option<Stamp>,
    files: UserFiles,
}

/// The files, if they are not as they were. A directory that cannot be read at the moment has not changed.
fn look(directory: &Path, before: Option<&Stamp>) -> Option<(Stamp, UserFiles)> {
    let stamp = stamp(directory);
    if before == Some(&stamp) {
        return None;
    }
    let files = user_files(directory).ok()?;
    Some((stamp, files))
}

fn stamp(directory: &Path) -> Stamp {
    let mut paths = vec![directory.join(CONFIG)];
    for folder in FOLDERS {
        let entries = std::fs::read_dir(directory.join(folder));
        paths.extend(
            entries
                .into_iter()
                .flatten()
                .filter_map(|entry| Some(entry.ok()?.path())),
        );
    }
    paths.sort();
    let told = paths.into_iter().filter_map(|path| {
        let metadata = std::fs::metadata(&path).ok()?;
        Some((path, metadata.len(), metadata.modified().ok()))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;

    use super::*;

    #[test]
    fn a_look_reads_only_what_has_changed() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path();
        let (nothing, files) = look(directory, None).unwrap();
        assert_eq!((nothing.len(), files), (0, UserFiles::default()));
        assert!(look(directory, Some(&nothing)).is_none());
        std::fs::write(directory.join(CONFIG), "theme: light\n").unwrap();
        let (one, files) = look(directory, Some(&nothing)).unwrap();
        assert_eq!(files.config.unwrap().text.unwrap(), "theme: light\n");
        std::fs::create_dir(directory.join("themes")).unwrap();
        std::fs::write(directory.join("themes/mine.yaml"), "inherits: dark\n").unwrap();
        let (two, files) = look(directory, Some(&one)).unwrap();
        assert_eq!(files.themes.len(), 1);
        // A file of another length is another file, also within the same second.
        std::fs::write(directory.join("themes/mine.yaml"), "inherits: light\n").unwrap();
        let (three, _) = look(directory, Some(&two)).unwrap();
        std::fs::remove_file(directory.join(CONFIG)).unwrap();
        let (_, files) = look(directory, Some(&three)).unwrap();
        assert_eq!(files.config, None);
    }

    #[tokio::test(start_paused = true)]
    async fn changes_are_told_and_a_file_that_was_only_touched_is_not() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().to_owned();
        std::fs::write(directory.join(CONFIG), "theme: dark\n").unwrap();
        let read = user_files(&directory).unwrap();
        let mut changes = changes(directory.clone(), read);
        // Nothing is told of what is as it was read.
        let waited = timeout(Duration::from_secs(7), changes.next()).await;
        assert!(waited.is_err(), "{waited:?}");
        std::fs::write(directory.join(CONFIG), "theme: light\n").unwrap();
        let told = changes.next().await.unwrap();
        let config = told.config.as_ref().unwrap();
        assert_eq!(config.text.as_deref(), Ok("theme: light\n"));
    }
}
