//! The file of the bookmarks. Programs that run at the same time each change one bookmark of it, and never write over the others'.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::bookmarks::Bookmarks;
use crate::kept::Kept;

const FILE: &str = "bookmarks.json";

/// What is longer was not written by us.
const LONGEST: u64 = 16 << 20;

/// The bookmarks that are kept. What cannot be read is as if it were not there. Blocks on the disk.
pub(super) fn read(directory: &Path) -> Bookmarks {
    let path = file(directory);
    let is_ours = std::fs::metadata(&path).is_ok_and(|it| it.len() <= LONGEST);
    let Some(text) = is_ours.then(|| std::fs::read(&path).ok()).flatten() else {
        return Bookmarks::new();
    };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, "the bookmarks cannot be read");
        Bookmarks::new()
    })
}

/// Writes one bookmark down, or forgets it. Blocks on the disk.
pub(super) fn write(directory: &Path, name: String, kept: Option<Kept>) -> io::Result<()> {
    super::kept::make(directory)?;
    let mut bookmarks = read(directory);
    match kept {
        Some(kept) => bookmarks.insert(name, kept),
        None => bookmarks.remove(&name),
    };
    let half = directory.join(format!(".{FILE}-{}", std::process::id()));
    let mut written = super::kept::create(&half)?;
    written.write_all(&serde_json::to_vec(&bookmarks)?)?;
    drop(written);
    std::fs::rename(half, file(directory))
}

fn file(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::app;

    #[test]
    fn each_program_changes_its_own_bookmark_alone() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        assert!(read(&state).is_empty());
        let kept = app((80, 24)).keep();
        write(&state, "one".to_owned(), Some(kept.clone())).unwrap();
        write(&state, "two".to_owned(), Some(kept.clone())).unwrap();
        write(&state, "one".to_owned(), None).unwrap();
        assert_eq!(
            read(&state).into_iter().collect::<Vec<_>>(),
            [("two".to_owned(), kept)]
        );
        std::fs::write(state.join(FILE), "{").unwrap();
        assert!(read(&state).is_empty());
    }
}
