//! What a kept demo remembers of itself: whether its story was told to the end. A story that was broken off cannot be gone on
//! with, because its clock ran behind; it begins anew.

use std::path::{Path, PathBuf};

use color_eyre::eyre::WrapErr as _;
use fleetui_pki::private_file::{read_private, write_private};

use super::story::MANAGEMENT_CLUSTERS;

/// What the file says while the story is told, and behind its end.
const BEGUN: &str = "begun";
const TOLD: &str = "told";

/// The record of a kept demo.
pub(crate) struct Record {
    directory: PathBuf,
}

/// How a kept demo is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing is there, or what was broken off is cleared away.
    New,
    /// The story was told; the fleet lives on.
    Told,
}

impl Record {
    /// Opens the demo kept in `directory`, and clears away one whose story was broken off. A directory that holds what no
    /// demo wrote is left alone: opening the stores in it will say what is wrong.
    pub(crate) fn open(directory: &Path) -> color_eyre::Result<(Self, Found)> {
        let record = Self {
            directory: directory.to_owned(),
        };
        let found = match read_private(&record.file())?.as_deref().map(str::trim) {
            Some(TOLD) => Found::Told,
            Some(_) => {
                record.clear()?;
                Found::New
            }
            // A demo of an earlier version kept no record; its story was told, or so we have to believe.
            None if MANAGEMENT_CLUSTERS
                .iter()
                .any(|name| directory.join(name).is_dir()) =>
            {
                Found::Told
            }
            None => Found::New,
        };
        if found == Found::New {
            record.write(BEGUN)?;
        }
        Ok((record, found))
    }

    /// Notes that the story is told.
    pub(crate) fn told(&self) -> color_eyre::Result<()> {
        self.write(TOLD)
    }

    fn file(&self) -> PathBuf {
        self.directory.join("demo")
    }

    fn write(&self, what: &str) -> color_eyre::Result<()> {
        std::fs::create_dir_all(&self.directory)
            .wrap_err_with(|| format!("the directory {} cannot be made", self.directory.display()))?;
        Ok(write_private(&self.file(), format!("{what}\n").as_bytes())?)
    }

    /// Takes away the management clusters of this demo, and nothing else.
    fn clear(&self) -> color_eyre::Result<()> {
        for name in MANAGEMENT_CLUSTERS {
            let place = self.directory.join(name);
            match std::fs::remove_dir_all(&place) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).wrap_err_with(|| {
                        format!("the half-made demo in {} cannot be cleared", place.display())
                    });
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_that_was_broken_off_begins_anew_and_one_that_was_told_goes_on() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("demo");
        let store = directory.join(MANAGEMENT_CLUSTERS[0]);
        assert_eq!(Record::open(&directory).unwrap().1, Found::New);
        std::fs::create_dir_all(&store).unwrap();
        std::fs::write(directory.join("mine"), "stays").unwrap();
        let (record, found) = Record::open(&directory).unwrap();
        assert_eq!((found, store.exists()), (Found::New, false));
        std::fs::create_dir_all(&store).unwrap();
        record.told().unwrap();
        assert_eq!(Record::open(&directory).unwrap().1, Found::Told);
        assert!(store.exists() && directory.join("mine").exists());
    }
}
