//! The database: three tables, written in one transaction per group of commits, and marked as acknowledged after it.
//!
//! Opening it looks at everything: redb's checksum of every page, the checksum of every record, the digest of all, and
//! that nothing is missing which was acknowledged. What does not fit is damage, and nothing of the store is served.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, ReadableTable, StorageBackend, Table,
    TableDefinition,
};
use thiserror::Error;

use super::acknowledged::{Acknowledged, Mark};
use super::checksum::Digest;
use super::directory::Directory;
use super::faults::{FailPoint, SharedFaults};
use super::memory::Memory;
use super::writer::{Durable, StagedChange};
use super::{CollectionKey, Key, Stored};

/// The database's file.
pub(super) const FILE: &str = "store.redb";

/// redb's default is 1 GiB; everything is in our memory already, so the cache only serves the tree's upper pages.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

const OBJECTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("objects");
/// The revision of each collection's newest change, so that a watch of a quiet one survives a restart.
const CHANGED: TableDefinition<'_, &[u8], u64> = TableDefinition::new("changed");
const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
const REVISION: &str = "revision";
/// Before this revision nothing is known: where a restored store begins.
const FLOOR: &str = "floor";
const DIGEST: &str = "digest";

/// What went wrong with the files of a store.
#[derive(Debug, Error)]
pub(super) enum DiskError {
    /// What a file holds is not what was written to it.
    #[error("{file} is damaged: {what}")]
    Damaged {
        /// The file's name.
        file: &'static str,
        /// What was found.
        what: String,
    },
    /// The system refused.
    #[error(transparent)]
    Files(#[from] io::Error),
    /// The database refused.
    #[error(transparent)]
    Database(Box<redb::Error>),
}

impl DiskError {
    /// Damage of `file`.
    pub(super) fn damaged(file: &'static str, what: impl Into<String>) -> Self {
        Self::Damaged {
            file,
            what: what.into(),
        }
    }
}

impl From<redb::Error> for DiskError {
    fn from(error: redb::Error) -> Self {
        match error {
            // A file that ends too early says so by a read that does.
            redb::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::damaged(FILE, "it ends too early")
            }
            redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Self::damaged(FILE, error.to_string())
            }
            redb::Error::Io(error) => Self::Files(error),
            redb::Error::Corrupted(what) => Self::damaged(FILE, what),
            error @ (redb::Error::UpgradeRequired(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableDoesNotExist(_)) => Self::damaged(FILE, error.to_string()),
            error => Self::Database(Box::new(error)),
        }
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for DiskError {
            fn from(error: $error) -> Self {
                Self::from(redb::Error::from(error))
            }
        }
    )*};
}

from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError
);

/// With what a new store starts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Start {
    /// Its revision, and the one before which nothing is known.
    pub(super) revision: u64,
}

/// A new store that objects are put into.
pub(super) struct Filling<'a> {
    objects: Table<'a, &'static [u8], &'static [u8]>,
    digest: Digest,
}

impl Filling<'_> {
    /// Puts an object.
    pub(super) fn put(&mut self, stored: &Stored) -> Result<(), DiskError> {
        let key = stored.key.to_bytes();
        let (record, checksum) = stored.to_record(&key);
        self.objects.insert(key.as_slice(), record.as_slice())?;
        self.digest.add(&key, checksum);
        Ok(())
    }
}

/// An open database.
pub(super) struct Disk {
    database: Database,
    acknowledged: Acknowledged,
    faults: SharedFaults,
    /// Held as long as the database is open, and let go after it.
    directory: Option<Directory>,
}

impl Disk {
    /// Makes a store in empty files.
    pub(super) fn create(
        database: impl StorageBackend,
        acknowledged: Box<dyn StorageBackend>,
        start: Start,
        mut fill: impl FnMut(&mut Filling<'_>) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        let database = Database::builder()
            .set_cache_size(CACHE_BYTES)
            .create_with_backend(database)?;
        let mut transaction = database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        let digest = {
            let mut filling = Filling {
                objects: transaction.open_table(OBJECTS)?,
                digest: Digest::default(),
            };
            fill(&mut filling)?;
            filling.digest
        };
        transaction.open_table(CHANGED)?;
        {
            let mut counters = transaction.open_table(COUNTERS)?;
            counters.insert(REVISION, start.revision)?;
            counters.insert(FLOOR, start.revision)?;
            counters.insert(DIGEST, digest.0)?;
        }
        transaction.commit()?;
        database.close()?;
        let revision = start.revision;
        Acknowledged::create(acknowledged, Mark { revision, digest }).map(|_| ())
    }

    /// Opens a store and reads everything into `memory`.
    pub(super) fn open(
        database: impl StorageBackend,
        acknowledged: Box<dyn StorageBackend>,
        faults: &SharedFaults,
        memory: &mut Memory,
    ) -> Result<Self, DiskError> {
        let acknowledged = Acknowledged::open(acknowledged)?;
        // A damaged file can make the database give up where it does not expect it.
        let opened = catch_unwind(AssertUnwindSafe(|| -> Result<(Database, Mark), DiskError> {
            let database = Database::builder()
                .set_cache_size(CACHE_BYTES)
                .set_check_integrity_on_open(true)
                .create_with_backend(database)?;
            let mark = load(&database.begin_read()?, memory)?;
            Ok((database, mark))
        }));
        let (database, mark) =
            opened.unwrap_or_else(|_| Err(DiskError::damaged(FILE, "the database cannot read it")))?;
        let mut disk = Self {
            database,
            acknowledged,
            faults: Arc::clone(faults),
            directory: None,
        };
        disk.compare(mark)?;
        Ok(disk)
    }

    /// Keeps the directory taken as long as the database is open.
    pub(super) fn keep(&mut self, directory: Directory) {
        self.directory = Some(directory);
    }

    /// Holds what was found against what was acknowledged.
    fn compare(&mut self, found: Mark) -> Result<(), DiskError> {
        let known = self.acknowledged.newest();
        if found.revision < known.revision {
            let what = format!(
                "everything up to revision {} was acknowledged, and it ends at {}",
                known.revision, found.revision
            );
            return Err(DiskError::damaged(FILE, what));
        }
        if found.revision == known.revision && found != known {
            let what = format!("at revision {} it held something else", known.revision);
            return Err(DiskError::damaged(FILE, what));
        }
        if found != known {
            // Written and not answered before a crash: from here on everybody sees it, so it may not go any more.
            self.acknowledged.advance(found)?;
        }
        Ok(())
    }

    fn commit(&self, changes: &[StagedChange], revision: u64) -> Result<Mark, DiskError> {
        let mut digest = self.acknowledged.newest().digest;
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        {
            let mut objects = transaction.open_table(OBJECTS)?;
            let mut newest: HashMap<&Arc<CollectionKey>, u64> = HashMap::new();
            for change in changes {
                let object = change.event.object.as_ref();
                let key = object.key.to_bytes();
                if let Some(previous) = &change.event.previous {
                    digest.remove(&key, previous.checksum(&key));
                }
                if change.deleted() {
                    objects.remove(key.as_slice())?;
                } else {
                    let (record, checksum) = object.to_record(&key);
                    objects.insert(key.as_slice(), record.as_slice())?;
                    digest.add(&key, checksum);
                }
                newest.insert(&object.key.collection, object.revision);
            }
            let mut collections = transaction.open_table(CHANGED)?;
            for (collection, revision) in newest {
                collections.insert(Key::new(collection, "", "").to_bytes().as_slice(), revision)?;
            }
            let mut counters = transaction.open_table(COUNTERS)?;
            counters.insert(REVISION, revision)?;
            counters.insert(DIGEST, digest.0)?;
        }
        self.faults.at(FailPoint::TransactionFilled)?;
        transaction.commit()?;
        Ok(Mark { revision, digest })
    }
}

impl Durable for Disk {
    fn write(&mut self, changes: &[StagedChange], revision: u64) -> Result<(), DiskError> {
        let mark = self.commit(changes, revision)?;
        self.faults.at(FailPoint::TransactionCommitted)?;
        self.acknowledged.advance(mark)?;
        self.faults.at(FailPoint::MarkWritten)?;
        Ok(())
    }

    fn compare_with(&self, memory: &Memory) -> Result<(), DiskError> {
        let mut read = Memory::new(memory.limits());
        let mark = load(&self.database.begin_read()?, &mut read)?;
        if mark != self.acknowledged.newest() {
            return Err(DiskError::damaged(FILE, "it is not what was acknowledged last"));
        }
        match read.first_difference(memory) {
            Some(difference) => Err(DiskError::damaged(FILE, difference)),
            None => Ok(()),
        }
    }
}

/// Reads all tables; answers with what the database says of itself, found to be so.
fn load(transaction: &ReadTransaction, memory: &mut Memory) -> Result<Mark, DiskError> {
    let counters = transaction.open_table(COUNTERS)?;
    let counter = |name: &str| -> Result<u64, DiskError> {
        match counters.get(name)? {
            Some(value) => Ok(value.value()),
            None => Err(DiskError::damaged(FILE, format!("it has no {name}"))),
        }
    };
    let (revision, digest) = (counter(REVISION)?, Digest(counter(DIGEST)?));
    memory.begin_at(revision, counter(FLOOR)?);

    let unknown = |key: &[u8]| DiskError::damaged(FILE, format!("it has a record of no kind: {key:?}"));
    for row in transaction.open_table(CHANGED)?.iter()? {
        let (key, revision) = row?;
        let key = Key::from_bytes(key.value()).ok_or_else(|| unknown(key.value()))?;
        memory.set_changed(key.collection, revision.value());
    }

    let mut found = Digest::default();
    for row in transaction.open_table(OBJECTS)?.iter()? {
        let (key_bytes, value) = row?;
        let key_bytes = key_bytes.value();
        let mut key = Key::from_bytes(key_bytes).ok_or_else(|| unknown(key_bytes))?;
        memory.intern(&mut key);
        let name = key.to_string();
        let (stored, checksum) = Stored::from_record(key, key_bytes, value.value())
            .map_err(|why| DiskError::damaged(FILE, format!("the record of {name} {why}")))?;
        if stored.revision > revision {
            let what = format!(
                "the record of {name} is of revision {}, and all of it of {revision}",
                stored.revision
            );
            return Err(DiskError::damaged(FILE, what));
        }
        found.add(key_bytes, checksum);
        memory.load(stored);
    }
    if found != digest {
        return Err(DiskError::damaged(
            FILE,
            "records are missing, or are not the newest ones",
        ));
    }
    Ok(Mark { revision, digest })
}
