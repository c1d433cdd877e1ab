//! The files in which the place of a person is kept after the line was lost: one for each program that lost it, so that two of
//! them do not write over each other.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::kept::Kept;

/// How the files begin.
const PREFIX: &str = "place-";
const SUFFIX: &str = ".json";

/// What is longer was not written by us.
const LONGEST: u64 = 16 << 20;

/// Older files are nobody's any more.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(48);

/// Writes down where the person is. Blocks on the disk.
pub(super) fn save(directory: &Path, kept: &Kept) -> io::Result<()> {
    make(directory)?;
    let name = format!(
        "{PREFIX}{}-{}{SUFFIX}",
        kept.at.as_nanosecond(),
        std::process::id()
    );
    let (path, half) = (directory.join(&name), directory.join(format!(".{name}")));
    let text = serde_json::to_vec(kept)?;
    let mut file = create(&half)?;
    file.write_all(&text)?;
    drop(file);
    std::fs::rename(half, path)
}

/// The place that was written down last, which is then forgotten. What cannot be read is as if it were not there: nobody is
/// kept from starting by it. Blocks on the disk.
pub(super) fn take(directory: &Path, now: Timestamp) -> Option<Kept> {
    let entries = std::fs::read_dir(directory).ok()?;
    let mut files: Vec<(i128, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((written_at(entry.file_name().to_str()?)?, entry.path())))
        .collect();
    files.sort();
    let mut newest = None;
    for (at, path) in files.into_iter().rev() {
        let age = now.as_nanosecond().saturating_sub(at);
        let is_old = age > i128::try_from(FORGOTTEN_AFTER.as_nanos()).unwrap_or(i128::MAX);
        if newest.is_none() && !is_old {
            newest = read(&path);
            forget(&path);
        } else if is_old {
            forget(&path);
        }
    }
    newest
}

/// When a file of this name was written.
fn written_at(name: &str) -> Option<i128> {
    let (at, _) = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-')?;
    at.parse().ok()
}

fn read(path: &Path) -> Option<Kept> {
    if std::fs::metadata(path).ok()?.len() > LONGEST {
        return None;
    }
    let text = std::fs::read(path).ok()?;
    match serde_json::from_slice(&text) {
        Ok(kept) => Some(kept),
        Err(error) => {
            tracing::warn!(%error, "a place that was kept cannot be read");
            None
        }
    }
}

fn forget(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(%error, "a place that was kept has gone already");
    }
}

/// Names of clusters and what was looked for are nobody else's business.
#[cfg(unix)]
pub(super) fn create(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
pub(super) fn create(path: &Path) -> io::Result<std::fs::File> {
    std::fs::File::create(path)
}

#[cfg(unix)]
pub(super) fn make(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

#[cfg(not(unix))]
pub(super) fn make(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::sample::{app, now, press};

    #[test]
    fn what_is_kept_is_found_once_the_newest_first_and_by_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        assert_eq!(take(&state, now()), None, "there is no directory yet");
        let mut console = app((80, 24));
        let mut older = console.keep();
        older.at = now() - SignedDuration::from_mins(3);
        press(&mut console, "j j");
        let newer = console.keep();
        assert_ne!(older, newer);
        save(&state, &newer).unwrap();
        save(&state, &older).unwrap();
        std::fs::write(state.join("place-half.json"), "{").unwrap();
        std::fs::write(
            state.join(format!("place-{}-1.json", now().as_nanosecond() + 1)),
            "{",
        )
        .unwrap();
        assert_eq!(
            take(&state, now()),
            Some(newer),
            "what cannot be read is as if it were not there"
        );
        assert_eq!(take(&state, now() + SignedDuration::from_hours(50)), None);
        assert_eq!(take(&state, now()), None, "what is old was forgotten");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        save(&state, &app((80, 24)).keep()).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&state), 0o700);
        let file = std::fs::read_dir(&state).unwrap().next().unwrap().unwrap().path();
        assert_eq!(mode(&file), 0o600);
    }
}
