//! Files that tests make fail, tear and lose: an image in memory that knows which of its writes were synced.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use rand::Rng;
use redb::StorageBackend;

/// What a device holds at a moment, and what was written since its last sync.
#[derive(Debug, Default)]
pub(crate) struct Image {
    state: Mutex<State>,
}

#[derive(Debug, Default, Clone)]
struct State {
    /// As every reader sees it.
    seen: Vec<u8>,
    /// As it was at the last sync.
    synced: Vec<u8>,
    /// What happened since then.
    since: VecDeque<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Write(u64, Vec<u8>),
    Length(u64),
}

fn apply(content: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Write(offset, bytes) => {
            let start = usize::try_from(*offset).unwrap();
            let end = start + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[start..end].copy_from_slice(bytes);
        }
        Step::Length(length) => content.resize(usize::try_from(*length).unwrap(), 0),
    }
}

/// What a device writes as one: a power cut leaves such a piece old or new.
const SECTOR: usize = 512;

impl Image {
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        let image = Self::default();
        {
            let mut state = image.state();
            state.seen.clone_from(&bytes);
            state.synced = bytes;
        }
        image
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Its content, as a process that was killed leaves it: the system still writes everything.
    pub(crate) fn content(&self) -> Vec<u8> {
        self.state().seen.clone()
    }

    /// What a power cut leaves: what was synced, and of the rest any part, each write whole, torn or not at all.
    pub(crate) fn after_power_cut(&self, random: &mut impl Rng) -> Self {
        let state = self.state();
        let mut left = state.synced.clone();
        for step in &state.since {
            match step {
                Step::Length(_) => apply(&mut left, step),
                Step::Write(offset, bytes) => {
                    let fate = random.random_range(0..3);
                    for (index, sector) in bytes.chunks(SECTOR).enumerate() {
                        let kept = fate == 0 || (fate == 1 && random.random_bool(0.5));
                        if kept {
                            let place = offset + (index * SECTOR) as u64;
                            apply(&mut left, &Step::Write(place, sector.to_vec()));
                        }
                    }
                }
            }
        }
        Self::of(left)
    }

    /// The same with one bit of it flipped.
    pub(crate) fn with_flipped(&self, bit: usize) -> Self {
        let mut bytes = self.content();
        bytes[bit / 8] ^= 1 << (bit % 8);
        Self::of(bytes)
    }

    /// The same, cut to `length` bytes.
    pub(crate) fn truncated(&self, length: usize) -> Self {
        let mut bytes = self.content();
        bytes.truncate(length);
        Self::of(bytes)
    }
}

/// A file over an image. It can be told to fail.
#[derive(Debug)]
pub(crate) struct Media {
    image: Arc<Image>,
    /// Calls that change something and still go well; negative for all of them.
    good_calls: Arc<AtomicI64>,
}

impl Media {
    pub(crate) fn over(image: &Arc<Image>) -> Box<dyn StorageBackend> {
        Box::new(Self::failing(image, &Arc::new(AtomicI64::new(-1))))
    }

    /// A file of which some calls go well, counted together with those of others that share `good_calls`; all behind
    /// them fail.
    pub(crate) fn failing(image: &Arc<Image>, good_calls: &Arc<AtomicI64>) -> Self {
        Self {
            image: Arc::clone(image),
            good_calls: Arc::clone(good_calls),
        }
    }

    fn goes_well(&self) -> io::Result<()> {
        let left = self.good_calls.load(Ordering::SeqCst);
        if left < 0 {
            return Ok(());
        }
        if left == 0 {
            return Err(io::Error::other("the device does not answer"));
        }
        self.good_calls.store(left - 1, Ordering::SeqCst);
        Ok(())
    }

    fn step(&self, step: Step) -> io::Result<()> {
        self.goes_well()?;
        let mut state = self.image.state();
        apply(&mut state.seen, &step);
        state.since.push_back(step);
        Ok(())
    }
}

impl StorageBackend for Media {
    fn len(&self) -> io::Result<u64> {
        Ok(self.image.state().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.image.state();
        let start = usize::try_from(offset).unwrap();
        let bytes = start
            .checked_add(out.len())
            .and_then(|end| state.seen.get(start..end))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.step(Step::Length(length))
    }

    /// A sync that fails keeps nothing, as the systems do that count a lost page as written.
    fn sync_data(&self) -> io::Result<()> {
        self.goes_well()?;
        let mut state = self.image.state();
        for step in std::mem::take(&mut state.since) {
            apply(&mut state.synced, &step);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.step(Step::Write(offset, data.to_vec()))
    }
}
