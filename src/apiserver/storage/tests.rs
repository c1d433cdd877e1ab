//! The store alone: preconditions, group commit, durability.

use fleetui_base::clock::SystemClock;
use serde_json::json;

use super::*;
use crate::logical::LogicalCluster;
use crate::storage::memory::Range;

fn open(directory: Option<&Path>) -> Store {
    let options = StoreOptions {
        directory: directory.map(Path::to_owned),
        limits: HistoryLimits::default(),
        clock: SystemClock::shared(),
        observer: Box::new(|_| {}),
    };
    Store::open(options).unwrap()
}

fn collection() -> Arc<CollectionKey> {
    CollectionKey::new(&LogicalCluster::root(), "ex.io", "things")
}

fn key(name: &str) -> Key {
    Key::new(&collection(), "default", name)
}

fn put(name: &str, value: u64) -> Change {
    let object = json!({"metadata": {"name": name, "uid": format!("u-{name}")}, "value": value});
    Change::Put(Draft::encode(&object).unwrap())
}

fn names(store: &Store) -> Vec<String> {
    let snapshot = store
        .read(|memory| memory.snapshot(&collection(), Range::default(), None))
        .unwrap();
    snapshot
        .objects
        .iter()
        .map(|stored| stored.key.object.name.to_string())
        .collect()
}

#[tokio::test]
async fn each_batch_has_a_revision_of_its_own() {
    let store = open(None);
    let first = store
        .commit(Batch::one(key("a"), Precondition::Absent, put("a", 1)))
        .await
        .unwrap();
    let mut batch = Batch::default();
    batch.add(key("b"), Precondition::Absent, put("b", 1));
    batch.add(key("a"), Precondition::At(first.revision), Change::Delete);
    let second = store.commit(batch).await.unwrap();
    assert_eq!((first.revision, second.revision, store.revision()), (1, 2, 2));
    assert_eq!(
        second
            .objects
            .iter()
            .map(|stored| stored.revision)
            .collect::<Vec<_>>(),
        [2, 2]
    );
    assert_eq!(names(&store), ["b"]);
}

#[tokio::test]
async fn a_precondition_that_does_not_hold_stops_the_whole_batch() {
    let store = open(None);
    let first = store
        .commit(Batch::one(key("a"), Precondition::Absent, put("a", 1)))
        .await
        .unwrap();
    let cases = [
        (key("a"), Precondition::Absent, Some(first.revision)),
        (key("a"), Precondition::At(99), Some(first.revision)),
        (key("none"), Precondition::At(1), None),
    ];
    for (wrong, precondition, expected) in cases {
        let mut batch = Batch::default();
        batch.add(key("new"), Precondition::Absent, put("new", 1));
        batch.add(wrong.clone(), precondition, Change::Keep);
        match store.commit(batch).await {
            Err(CommitError::Conflict { key, found, .. }) => assert_eq!((*key, found), (wrong, expected)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((names(&store), store.revision()), (vec!["a".to_owned()], 1));
}

#[tokio::test]
async fn what_changes_nothing_commits_nothing() {
    let store = open(None);
    let first = store
        .commit(Batch::one(key("a"), Precondition::Absent, put("a", 1)))
        .await
        .unwrap();
    let again = store
        .commit(Batch::one(key("a"), Precondition::At(1), put("a", 1)))
        .await
        .unwrap();
    assert_eq!((again.revision, again.objects[0].revision), (first.revision, 1));
    store.commit(Batch::default()).await.unwrap();
    assert_eq!(store.revision(), 1);
}

#[tokio::test]
async fn of_many_writers_of_one_state_one_wins() {
    let store = open(None);
    store
        .commit(Batch::one(key("a"), Precondition::Absent, put("a", 0)))
        .await
        .unwrap();
    let writes =
        (1..=50).map(|value| store.commit(Batch::one(key("a"), Precondition::At(1), put("a", value))));
    let answers = futures::future::join_all(writes).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(store.revision(), 2);
}

#[tokio::test]
async fn what_is_acknowledged_is_on_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(Some(directory.path()));
    let writes = (0..500).map(|index| {
        let name = format!("n{index:03}");
        store.commit(Batch::one(key(&name), Precondition::Absent, put(&name, index)))
    });
    let answers = futures::future::join_all(writes).await;
    assert!(answers.iter().all(Result::is_ok));

    // What a crash would leave: the files as they are now, with the store neither closed nor told.
    let crashed = tempfile::tempdir().unwrap();
    for file in ["format", "store.redb"] {
        std::fs::copy(directory.path().join(file), crashed.path().join(file)).unwrap();
    }
    let reopened = open(Some(crashed.path()));
    assert_eq!((reopened.revision(), names(&reopened)), (500, names(&store)));
    reopened.close().await;
}

#[tokio::test]
async fn the_revision_never_goes_back() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..3_u64 {
        let store = open(Some(directory.path()));
        assert_eq!(store.revision(), round * 2);
        let made = store
            .commit(Batch::one(key("a"), Precondition::Absent, put("a", round)))
            .await
            .unwrap();
        let batch = Batch::one(key("a"), Precondition::At(made.revision), Change::Delete);
        store.commit(batch).await.unwrap();
        store.close().await;
    }
}

#[tokio::test]
async fn a_closed_store_refuses() {
    let store = open(None);
    store.close().await;
    let refused = store
        .commit(Batch::one(key("a"), Precondition::Absent, put("a", 1)))
        .await;
    assert!(matches!(refused, Err(CommitError::Closed)), "{refused:?}");
    assert!(!store.is_open());
    store.close().await;
}

#[test]
fn a_damaged_record_is_named() {
    let directory = tempfile::tempdir().unwrap();
    {
        let _store = open(Some(directory.path()));
    }
    // The writer ends with its queue; only then is the file free.
    let database = loop {
        match redb::Database::open(database_path(directory.path())) {
            Ok(database) => break database,
            Err(redb::DatabaseError::DatabaseAlreadyOpen) => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    };
    let transaction = database.begin_write().unwrap();
    {
        let table = redb::TableDefinition::<&[u8], &[u8]>::new("objects");
        transaction
            .open_table(table)
            .unwrap()
            .insert(key("bad").to_bytes().as_slice(), &b"short"[..])
            .unwrap();
        let counters = redb::TableDefinition::<&str, u64>::new("counters");
        transaction
            .open_table(counters)
            .unwrap()
            .insert("revision", 1)
            .unwrap();
        let changed = redb::TableDefinition::<&[u8], u64>::new("changed");
        transaction.open_table(changed).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    let options = StoreOptions {
        directory: Some(directory.path().to_owned()),
        limits: HistoryLimits::default(),
        clock: SystemClock::shared(),
        observer: Box::new(|_| {}),
    };
    match Store::open(options) {
        Err(OpenError::Record { record, .. }) => assert!(record.contains("things default/bad"), "{record}"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was opened"),
    }
}

#[test]
fn keys_come_back() {
    let node = Key::new(&CollectionKey::new(&LogicalCluster::root(), "", "nodes"), "", "n");
    for key in [key("a"), node] {
        assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
    }
    assert_eq!(Key::from_bytes(b"a\0b"), None);
    assert_eq!(Key::from_bytes(b"a\0b\0c\0d\0e\0f"), None);
}
