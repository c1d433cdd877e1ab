//! Backups come back whole, or are refused.

use fleetui_base::clock::SystemClock;
use serde_json::json;

use super::*;
use crate::storage::memory::Range;
use crate::storage::{Batch, Change, Draft, Precondition, Store, StoreOptions};

fn open(directory: &Path) -> Store {
    Store::open(StoreOptions {
        directory: Some(directory.to_owned()),
        limits: HistoryLimits::default(),
        clock: SystemClock::shared(),
        observer: Box::new(|_| {}),
        faults: Arc::new(NoFaults),
    })
    .unwrap()
}

fn collection(plural: &str) -> Arc<CollectionKey> {
    CollectionKey::new(&LogicalCluster::root(), "ex.io", plural)
}

/// A store with some objects; each second one is deleted again.
async fn filled(directory: &Path) -> Vec<(String, u64, Bytes)> {
    let store = open(directory);
    for index in 0..20 {
        let name = format!("n{index}");
        let key = Key::new(&collection("things"), "default", &name);
        let object = json!({"metadata": {"name": name, "uid": name}, "text": "ä\n\"".repeat(index)});
        let put = Change::Put(Draft::encode(&object).unwrap());
        let made = store
            .commit(Batch::one(key.clone(), Precondition::Absent, put))
            .await
            .unwrap();
        if index % 2 == 1 {
            let batch = Batch::one(key, Precondition::At(made.revision), Change::Delete);
            store.commit(batch).await.unwrap();
        }
    }
    let held = content(&store);
    store.close().await;
    held
}

fn content(store: &Store) -> Vec<(String, u64, Bytes)> {
    store
        .read(|memory| memory.snapshot(&collection("things"), Range::default(), None))
        .unwrap()
        .objects
        .iter()
        .map(|stored| (stored.key.to_string(), stored.revision, stored.bytes.clone()))
        .collect()
}

async fn backup() -> (Vec<(String, u64, Bytes)>, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let held = filled(directory.path()).await;
    let mut written = Vec::new();
    let summary = write(directory.path(), &mut written).unwrap();
    assert_eq!((summary.objects, summary.revision), (10, 30));
    (held, written)
}

#[tokio::test]
async fn a_backup_comes_back_ahead_of_every_revision_that_was_seen() {
    let (held, written) = backup().await;
    let place = tempfile::tempdir().unwrap();
    let restored = place.path().join("new");
    let summary = restore(&restored, &mut written.as_slice()).unwrap();
    assert_eq!((summary.objects, summary.revision), (10, 30));
    let store = open(&restored);
    assert_eq!((content(&store), store.revision()), (held, 30 + AHEAD));
    // A watch that resumes from the time of the lost store is told to list again, also of a collection that is empty.
    for plural in ["things", "others"] {
        let resumed = store.read(|memory| memory.events_after(&collection(plural), 1234, 10));
        assert_eq!(
            resumed.err().map(|expired| expired.oldest),
            Some(30 + AHEAD),
            "{plural}"
        );
    }
    let key = Key::new(&collection("others"), "default", "new");
    let put = Change::Put(Draft::encode(&json!({"metadata": {"name": "new"}})).unwrap());
    let made = store
        .commit(Batch::one(key, Precondition::Absent, put))
        .await
        .unwrap();
    assert_eq!(made.revision, 31 + AHEAD);
    assert_eq!(store.check().await.unwrap(), None);
    store.close().await;

    // And it is a store like any other: it can be saved and restored again.
    let mut again = Vec::new();
    assert_eq!(write(&restored, &mut again).unwrap().objects, 11);
}

#[tokio::test]
async fn nothing_is_restored_over_anything() {
    let (held, written) = backup().await;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("other"), "").unwrap();
    assert!(matches!(
        restore(directory.path(), &mut written.as_slice()),
        Err(BackupError::NotEmpty(_))
    ));
    let used = tempfile::tempdir().unwrap();
    assert_eq!(filled(used.path()).await, held);
    assert!(matches!(
        restore(used.path(), &mut written.as_slice()),
        Err(BackupError::NotEmpty(_))
    ));
    let store = open(used.path());
    assert!(matches!(
        restore(used.path(), &mut written.as_slice()),
        Err(BackupError::Open(OpenError::InUse { .. }))
    ));
    assert!(matches!(
        write(used.path(), &mut Vec::new()),
        Err(BackupError::Open(OpenError::InUse { .. }))
    ));
    store.close().await;
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(
        write(empty.path(), &mut Vec::new()),
        Err(BackupError::NoStore(_))
    ));
}

#[tokio::test]
async fn a_damaged_backup_restores_nothing() {
    let (_, written) = backup().await;
    let directory = tempfile::tempdir().unwrap();
    let refuse = |damaged: &[u8], what: &str| {
        let restored = restore(directory.path(), &mut &damaged[..]);
        assert!(
            matches!(
                restored,
                Err(BackupError::Damaged { .. } | BackupError::Unknown(_))
            ),
            "{what}: {restored:?}"
        );
        assert!(!directory.path().join("store").exists(), "{what}");
        let mut reader = Reader::default();
        let read = damaged
            .split_inclusive(|byte| *byte == b'\n')
            .try_for_each(|line| reader.line(line))
            .and_then(|()| reader.end());
        assert!(read.is_err(), "{what}");
    };
    let lines: Vec<&[u8]> = written.split_inclusive(|byte| *byte == b'\n').collect();
    for missing in 0..lines.len() {
        let mut left = lines.clone();
        left.remove(missing);
        refuse(&left.concat(), &format!("without line {missing}"));
    }
    let mut doubled = lines.clone();
    doubled.push(lines[1]);
    refuse(&doubled.concat(), "with a line behind its end");
    for bit in (0..written.len() * 8).step_by(97) {
        let mut damaged = written.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        // An end of line that became another white space still ends what it ended.
        if written[bit / 8] != b'\n' {
            refuse(&damaged, &format!("bit {bit}"));
        }
    }
    restore(directory.path(), &mut written.as_slice()).unwrap();
}
