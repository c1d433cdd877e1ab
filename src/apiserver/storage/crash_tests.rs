//! A store that dies, on a device that fails, tears and lies: what was acknowledged is there, what was not is there whole
//! or not at all, and damage is said and never served.

mod child;
mod damage;
mod devices;

use std::collections::BTreeMap;
use std::path::Path;

use fleetui_base::clock::SystemClock;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::disk::Disk;
use super::media::{Image, Media};
use super::*;
use crate::logical::LogicalCluster;
use crate::storage::memory::Range;

/// How often the random tests are repeated: `FLEETUI_ROUNDS`, else as often as `few` says.
fn rounds(few: u64) -> u64 {
    std::env::var("FLEETUI_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(few)
}

/// Whether somebody asked for more than the few.
fn thorough() -> bool {
    std::env::var_os("FLEETUI_ROUNDS").is_some()
}

fn options(directory: Option<&Path>, faults: SharedFaults) -> StoreOptions {
    StoreOptions {
        directory: directory.map(Path::to_owned),
        limits: HistoryLimits::default(),
        clock: SystemClock::shared(),
        observer: Box::new(|_| {}),
        faults,
    }
}

fn collection() -> Arc<CollectionKey> {
    CollectionKey::new(&LogicalCluster::root(), "ex.io", "things")
}

fn key(name: &str) -> Key {
    Key::new(&collection(), "default", name)
}

/// What a store holds: value and revision by name, and the store's revision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Content {
    revision: u64,
    objects: BTreeMap<String, (u64, u64)>,
}

impl Content {
    fn of(memory: &Memory) -> Self {
        let snapshot = memory.snapshot(&collection(), Range::default(), None).unwrap();
        let objects = snapshot.objects.iter().map(|stored| {
            let value = stored.value().unwrap()["value"].as_u64().unwrap();
            (stored.key.object.name.to_string(), (value, stored.revision))
        });
        Self {
            revision: memory.revision(),
            objects: objects.collect(),
        }
    }

    /// A batch of one to three changes of twelve names; this content becomes what the store has then.
    fn next_batch(&mut self, random: &mut StdRng) -> Batch {
        let mut batch = Batch::default();
        let revision = self.revision + 1;
        let first = random.random_range(0..12_u64);
        for index in 0..random.random_range(1..=3) {
            let name = format!("n{}", (first + index) % 12);
            let there = self.objects.get(&name).map(|(_, revision)| *revision);
            let precondition = there.map_or(Precondition::Absent, Precondition::At);
            if there.is_some() && random.random_bool(0.3) {
                batch.add(key(&name), precondition, Change::Delete);
                self.objects.remove(&name);
            } else {
                let value = random.random_range(0..1_000_000);
                // Some are longer than a page of the database.
                let filling = "x".repeat(random.random_range(0..9000));
                let object =
                    json!({"metadata": {"name": name, "uid": name}, "value": value, "filling": filling});
                batch.add(
                    key(&name),
                    precondition,
                    Change::Put(Draft::encode(&object).unwrap()),
                );
                self.objects.insert(name, (value, revision));
            }
        }
        self.revision = revision;
        batch
    }
}

/// The two files of a store in memory.
#[derive(Clone)]
struct Images {
    database: Arc<Image>,
    acknowledged: Arc<Image>,
}

impl Images {
    /// Those of a new store.
    fn new() -> Self {
        let images = Self {
            database: Arc::default(),
            acknowledged: Arc::default(),
        };
        let database = Media::failing(&images.database, &Arc::new((-1).into()));
        Disk::create(
            database,
            Media::over(&images.acknowledged),
            disk::Start::default(),
            |_| Ok(()),
        )
        .unwrap();
        images
    }

    /// Opens them for reading alone.
    fn read(&self) -> Result<Content, disk::DiskError> {
        let mut memory = Memory::new(HistoryLimits::default());
        let database = Media::failing(&self.database, &Arc::new((-1).into()));
        let faults: SharedFaults = Arc::new(NoFaults);
        let disk = Disk::open(database, Media::over(&self.acknowledged), &faults, &mut memory)?;
        drop(disk);
        Ok(Content::of(&memory))
    }

    fn map(&self, mut change: impl FnMut(&Image) -> Image) -> Self {
        Self {
            database: Arc::new(change(&self.database)),
            acknowledged: Arc::new(change(&self.acknowledged)),
        }
    }
}
