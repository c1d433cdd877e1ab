//! Where the console of a demo keeps what is its own: drafts, creations, the audit log, the place of a person whose line was lost.
//! Never among that of the fleets that are real, whose clusters have nothing to do with it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::super::console::state_dir;

/// The folder, in the directory of a demo that is kept, else in that of the state.
const FOLDER: &str = "demo-state";
/// How the files begin in which the place of a person is kept whose line was lost.
const PLACE: &str = "place-";

/// The state of a demo.
#[derive(Debug)]
pub(super) struct State {
    directory: PathBuf,
    /// Whether it goes on with the demo, which is kept.
    is_kept: bool,
}

impl State {
    /// That of the demo that is kept in `data_dir`, or of one that goes when it is left. None where there is no place for it.
    pub(super) fn of(data_dir: Option<&Path>) -> Option<Self> {
        let (parent, is_kept) = match data_dir {
            Some(directory) => (directory.to_owned(), true),
            None => (state_dir()?, false),
        };
        Some(Self {
            directory: parent.join(FOLDER),
            is_kept,
        })
    }

    /// Its directory.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The demo was left, and nothing of it is left behind; unless the line was lost, so that the next one leads back to the place.
    pub(super) fn leave(self) {
        let is_place = |name: &OsStr| name.as_encoded_bytes().starts_with(PLACE.as_bytes());
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut names = entries.map(|entry| entry.file_name());
        if self.is_kept || names.any(|name| is_place(&name)) {
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            tracing::debug!(%error, "the demo had written nothing down");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_leaves_nothing_behind_and_what_is_kept_or_lost_stays() {
        let place = tempfile::tempdir().unwrap();
        let state = |is_kept: bool| State {
            directory: place.path().join(FOLDER),
            is_kept,
        };
        let write = |name: &str| {
            std::fs::create_dir_all(state(false).directory()).unwrap();
            std::fs::write(state(false).directory().join(name), "x").unwrap();
        };
        let stays = |is_kept: bool| {
            state(is_kept).leave();
            state(is_kept).directory().exists()
        };
        write("audit.jsonl");
        assert!(stays(true));
        write("place-7-8.json");
        assert!(stays(false), "the next one leads back");
        std::fs::remove_file(state(false).directory().join("place-7-8.json")).unwrap();
        assert!(!stays(false));
        assert!(!stays(false), "and there is nothing to be said about it");
        assert!(
            State::of(Some(place.path()))
                .unwrap()
                .directory()
                .starts_with(place.path())
        );
    }
}
