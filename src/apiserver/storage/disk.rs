//! The database file: three tables, written in one transaction per group of commits.
//!
//! A data directory holds `format` (one line), `store.redb`, and what other parts of the server keep beside them.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use redb::{
    Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, TableDefinition, TableError,
};

use super::memory::Memory;
use super::writer::{Durable, StagedChange};
use super::{CollectionKey, Key, OpenError, Stored, database_path};

const FORMAT: &str = "fleetui-store 1";

/// redb's default is 1 GiB; everything is in our memory already, so the cache only serves the tree's upper pages.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

const OBJECTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("objects");
/// The revision of each collection's newest change, so that a watch of a quiet one survives a restart.
const CHANGED: TableDefinition<'_, &[u8], u64> = TableDefinition::new("changed");
const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
const REVISION: &str = "revision";

/// An open database.
pub(super) struct Disk {
    database: Database,
}

impl Disk {
    /// Opens or makes the database of `directory` and reads everything into `memory`.
    pub(super) fn open(directory: &Path, memory: &mut Memory) -> Result<Self, OpenError> {
        let files = |source| OpenError::Files {
            directory: directory.to_owned(),
            source,
        };
        make_private(directory)
            .and_then(|()| make_private_file(&database_path(directory)))
            .map_err(files)?;
        let database = Database::builder()
            .set_cache_size(CACHE_BYTES)
            .create(database_path(directory))
            .map_err(|error| match error {
                DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(directory.to_owned()),
                other => database_error(directory, other),
            })?;
        // After the lock, so that two processes that start at once do not both write it.
        check_format(directory)?;
        load(&database, directory, memory)?;
        Ok(Self { database })
    }

    #[allow(
        clippy::result_large_err,
        reason = "redb's error is boxed by the only caller, once"
    )]
    fn try_write(&self, changes: &[StagedChange], revision: u64) -> Result<(), redb::Error> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        {
            let mut objects = transaction.open_table(OBJECTS)?;
            let mut newest: HashMap<&Arc<CollectionKey>, u64> = HashMap::new();
            for change in changes {
                let object = change.event.object.as_ref();
                let key = object.key.to_bytes();
                if change.deleted() {
                    objects.remove(key.as_slice())?;
                } else {
                    objects.insert(key.as_slice(), object.to_record().as_slice())?;
                }
                newest.insert(&object.key.collection, object.revision);
            }
            let mut collections = transaction.open_table(CHANGED)?;
            for (collection, revision) in newest {
                collections.insert(Key::new(collection, "", "").to_bytes().as_slice(), revision)?;
            }
            transaction.open_table(COUNTERS)?.insert(REVISION, revision)?;
        }
        transaction.commit()?;
        Ok(())
    }
}

impl Durable for Disk {
    fn write(&self, changes: &[StagedChange], revision: u64) -> Result<(), Box<redb::Error>> {
        self.try_write(changes, revision).map_err(Box::new)
    }
}

fn load(database: &Database, directory: &Path, memory: &mut Memory) -> Result<(), OpenError> {
    let failed = |error: redb::Error| database_error(directory, error);
    let record = |record: String| OpenError::Record {
        directory: directory.to_owned(),
        record,
    };
    let transaction = database.begin_read().map_err(|error| failed(error.into()))?;
    let counters = match transaction.open_table(COUNTERS) {
        Ok(counters) => counters,
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        Err(error) => return Err(failed(error.into())),
    };
    let revision = counters.get(REVISION).map_err(|error| failed(error.into()))?;
    memory.set_revision(revision.map_or(0, |guard| guard.value()));

    let changed = transaction
        .open_table(CHANGED)
        .map_err(|error| failed(error.into()))?;
    for row in changed.iter().map_err(|error| failed(error.into()))? {
        let (key, revision) = row.map_err(|error| failed(error.into()))?;
        let key = Key::from_bytes(key.value()).ok_or_else(|| record(format!("{:?}", key.value())))?;
        memory.set_changed(key.collection, revision.value());
    }

    let objects = transaction
        .open_table(OBJECTS)
        .map_err(|error| failed(error.into()))?;
    for row in objects.iter().map_err(|error| failed(error.into()))? {
        let (key, value) = row.map_err(|error| failed(error.into()))?;
        let mut key = Key::from_bytes(key.value()).ok_or_else(|| record(format!("{:?}", key.value())))?;
        memory.intern(&mut key);
        let name = key.to_string();
        let stored =
            Stored::from_record(key, value.value()).map_err(|error| record(format!("{name}: {error}")))?;
        memory.load(stored);
    }
    Ok(())
}

fn database_error(directory: &Path, error: impl Into<redb::Error>) -> OpenError {
    OpenError::Database {
        directory: directory.to_owned(),
        source: Box::new(error.into()),
    }
}

/// Makes the directory, readable by its owner alone: Secrets are in it.
fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Makes the file where it is missing, for its owner alone: the directory may be one that others can read.
fn make_private_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn check_format(directory: &Path) -> Result<(), OpenError> {
    let files = |source| OpenError::Files {
        directory: directory.to_owned(),
        source,
    };
    let path = directory.join("format");
    match fs::read_to_string(&path) {
        Ok(found) if found.trim_end() == FORMAT => Ok(()),
        Ok(found) => Err(OpenError::Format {
            directory: directory.to_owned(),
            found: found.trim_end().chars().take(64).collect(),
            expected: FORMAT,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::write(&path, format!("{FORMAT}\n")).map_err(files)?;
            let synced = fs::File::open(&path).and_then(|file| file.sync_all());
            synced.map_err(files)?;
            // The new names themselves must survive, too.
            fs::File::open(directory)
                .and_then(|folder| folder.sync_all())
                .map_err(files)
        }
        Err(error) => Err(files(error)),
    }
}
