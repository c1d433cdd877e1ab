//! The mark of what was acknowledged: the revision that every answered write is at or below, and the digest of all
//! records there.
//!
//! The database alone cannot tell a commit that a crash tore from one that was whole and then damaged: after either, it
//! goes back to the commit before. This mark can: it is written and synced after each commit and before its answers, so a
//! database that is behind it has lost something.
//!
//! Two places in one file, written in turn: a crash tears one at most, and the other is then the newest that was answered.

use redb::StorageBackend;

use super::checksum::{Digest, checksum};
use super::disk::DiskError;

/// The file's name.
pub(super) const FILE: &str = "acknowledged";

const MAGIC: &[u8; 8] = b"fleetui\x02";

/// Each place lies in a block of its own: devices write blocks whole or not at all.
const BLOCK: u64 = 4096;

/// Magic, revision, digest, checksum.
const LENGTH: usize = 8 + 8 + 8 + 4;

/// Up to where everything was acknowledged, and what there was then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    pub(super) revision: u64,
    pub(super) digest: Digest,
}

impl Mark {
    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = [
            &MAGIC[..],
            &self.revision.to_be_bytes(),
            &self.digest.0.to_be_bytes(),
        ]
        .concat();
        let sum = checksum(&[&bytes]);
        bytes.extend_from_slice(&sum.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, sum) = bytes.split_last_chunk::<4>()?;
        if checksum(&[content]) != u32::from_be_bytes(*sum) {
            return None;
        }
        let rest = content.strip_prefix(MAGIC)?;
        let (revision, rest) = rest.split_first_chunk::<8>()?;
        let (digest, _) = rest.split_first_chunk::<8>()?;
        Some(Self {
            revision: u64::from_be_bytes(*revision),
            digest: Digest(u64::from_be_bytes(*digest)),
        })
    }
}

/// The open file.
pub(super) struct Acknowledged {
    file: Box<dyn StorageBackend>,
    newest: Mark,
    /// The place that is written next: the one that does not hold the newest mark.
    next: u64,
}

impl Acknowledged {
    /// Writes a new file that starts with `mark`.
    pub(super) fn create(file: Box<dyn StorageBackend>, mark: Mark) -> Result<Self, DiskError> {
        file.set_len(2 * BLOCK)?;
        for place in [0, 1] {
            file.write(place * BLOCK, &mark.to_bytes())?;
        }
        file.sync_data()?;
        Ok(Self {
            file,
            newest: mark,
            next: 0,
        })
    }

    /// Reads the newest mark.
    pub(super) fn open(file: Box<dyn StorageBackend>) -> Result<Self, DiskError> {
        if file.len()? != 2 * BLOCK {
            let what = format!("it has {} bytes instead of {}", file.len()?, 2 * BLOCK);
            return Err(DiskError::damaged(FILE, what));
        }
        let mut found = [None, None];
        for (place, mark) in (0..).zip(&mut found) {
            let mut bytes = [0; LENGTH];
            file.read(place * BLOCK, &mut bytes)?;
            *mark = Mark::from_bytes(&bytes);
        }
        let (newest, next) = match found {
            [Some(first), Some(second)] if first.revision > second.revision => (first, 1),
            [_, Some(second)] => (second, 0),
            [Some(first), None] => (first, 1),
            [None, None] => {
                return Err(DiskError::damaged(FILE, "neither of its two places can be read"));
            }
        };
        Ok(Self { file, newest, next })
    }

    /// The newest mark.
    pub(super) fn newest(&self) -> Mark {
        self.newest
    }

    /// Makes `mark` the newest; durable once this returns.
    pub(super) fn advance(&mut self, mark: Mark) -> Result<(), DiskError> {
        self.file.write(self.next * BLOCK, &mark.to_bytes())?;
        self.file.sync_data()?;
        self.newest = mark;
        self.next = 1 - self.next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::storage::media::{Image, Media};

    fn mark(revision: u64) -> Mark {
        Mark {
            revision,
            digest: Digest(revision * 3),
        }
    }

    fn written(revisions: &[u64]) -> Arc<Image> {
        let image = Arc::new(Image::default());
        let mut file = Acknowledged::create(Media::over(&image), mark(0)).unwrap();
        for revision in revisions {
            file.advance(mark(*revision)).unwrap();
        }
        image
    }

    #[test]
    fn the_newest_mark_comes_back() {
        for revisions in [&[][..], &[1], &[1, 2], &[1, 2, 7]] {
            let image = written(revisions);
            let file = Acknowledged::open(Media::over(&image)).unwrap();
            assert_eq!(file.newest(), mark(revisions.last().copied().unwrap_or(0)));
        }
    }

    #[test]
    fn a_flipped_bit_gives_the_mark_before_and_never_another() {
        let image = written(&[5, 6]);
        let marks = (0..LENGTH * 8).flat_map(|bit| [bit, bit + 4096 * 8]);
        for bit in marks {
            let damaged = Arc::new(image.with_flipped(bit));
            let file = Acknowledged::open(Media::over(&damaged)).unwrap();
            assert!([mark(5), mark(6)].contains(&file.newest()), "bit {bit}");
        }
    }

    #[test]
    fn both_places_damaged_is_said() {
        let image = written(&[5, 6]).with_flipped(9 * 8).with_flipped((4096 + 9) * 8);
        assert!(matches!(
            Acknowledged::open(Media::over(&Arc::new(image))),
            Err(DiskError::Damaged { .. })
        ));
        let short = Arc::new(Image::default());
        assert!(matches!(
            Acknowledged::open(Media::over(&short)),
            Err(DiskError::Damaged { .. })
        ));
    }
}
