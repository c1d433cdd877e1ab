//! The store alone: preconditions, group commit, durability.

use std::path::Path;

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
        faults: Arc::new(NoFaults),
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

/// The files of a store as they are now.
fn copy(directory: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("store")).unwrap();
    for file in ["store/format", "store/store.redb", "store/acknowledged"] {
        std::fs::copy(directory.join(file), copy.path().join(file)).unwrap();
    }
    copy
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
    let crashed = copy(directory.path());
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
fn keys_come_back() {
    let node = Key::new(&CollectionKey::new(&LogicalCluster::root(), "", "nodes"), "", "n");
    for key in [key("a"), node] {
        assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
    }
    assert_eq!(Key::from_bytes(b"a\0b"), None);
    assert_eq!(Key::from_bytes(b"a\0b\0c\0d\0e\0f"), None);
}

/// A disk that fails after some writes.
struct Failing(std::sync::atomic::AtomicU64);

impl Durable for Failing {
    fn write(&mut self, _: &[writer::StagedChange], _: u64) -> Result<(), disk::DiskError> {
        let left = self.0.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        if left > 1 {
            Ok(())
        } else {
            Err(std::io::Error::other("disk full").into())
        }
    }

    fn compare_with(&self, _: &Memory) -> Result<(), disk::DiskError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_failed_disk_stops_the_store_and_shows_nothing() {
    let options = StoreOptions {
        directory: None,
        limits: HistoryLimits::default(),
        clock: SystemClock::shared(),
        observer: Box::new(|_| {}),
        faults: Arc::new(NoFaults),
    };
    let disk: Box<dyn Durable> = Box::new(Failing(2.into()));
    let store = Store::start(options, Memory::new(HistoryLimits::default()), Some(disk)).unwrap();
    let write = |name: &'static str| store.commit(Batch::one(key(name), Precondition::Absent, put(name, 1)));
    write("a").await.unwrap();
    match write("b").await {
        Err(CommitError::Failed(why)) => assert!(why.contains("disk full"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        write("c").await,
        Err(CommitError::Failed(_) | CommitError::Closed)
    ));
    assert_eq!(
        (names(&store), store.revision(), store.is_open()),
        (vec!["a".to_owned()], 1, false)
    );
}

/// A disk that says how many changes each write had, and waits to be let on.
struct Gate {
    let_on: Mutex<std::sync::mpsc::Receiver<()>>,
    writes: Arc<Mutex<Vec<usize>>>,
    writing: tokio::sync::mpsc::Sender<()>,
}

impl Durable for Gate {
    fn write(&mut self, changes: &[writer::StagedChange], _: u64) -> Result<(), disk::DiskError> {
        self.writes.lock().unwrap().push(changes.len());
        self.writing.blocking_send(()).unwrap();
        self.let_on.lock().unwrap().recv().unwrap();
        Ok(())
    }

    fn compare_with(&self, _: &Memory) -> Result<(), disk::DiskError> {
        Ok(())
    }
}

#[tokio::test]
async fn those_who_wait_share_one_write() {
    let (open_gate, let_on) = std::sync::mpsc::sync_channel(2);
    let (writing, mut at_gate) = tokio::sync::mpsc::channel(2);
    let writes = Arc::new(Mutex::new(Vec::new()));
    let gate = Gate {
        let_on: Mutex::new(let_on),
        writes: Arc::clone(&writes),
        writing,
    };
    let options = StoreOptions {
        directory: None,
        limits: HistoryLimits::default(),
        clock: SystemClock::shared(),
        observer: Box::new(|_| {}),
        faults: Arc::new(NoFaults),
    };
    let store = Store::start(
        options,
        Memory::new(HistoryLimits::default()),
        Some(Box::new(gate)),
    )
    .unwrap();
    let write = async |index: u64| {
        let name = format!("n{index}");
        let batch = Batch::one(key(&name), Precondition::Absent, put(&name, index));
        store.commit(batch).await.unwrap().revision
    };
    let first = async {
        let revision = write(0).await;
        // Published and answered only after the write.
        assert!(store.revision() >= revision);
        revision
    };
    let rest = async {
        at_gate.recv().await.unwrap();
        let queued = futures::future::join_all((1..=100).map(write));
        let release = async {
            // The others are queued by now: they were polled first.
            assert_eq!(names(&store).len(), 0);
            open_gate.send(()).unwrap();
            open_gate.send(()).unwrap();
        };
        let (revisions, ()) = futures::join!(queued, release);
        revisions
    };
    let (first, rest) = futures::join!(first, rest);
    assert_eq!(
        std::iter::once(first).chain(rest).collect::<Vec<_>>(),
        (1..=101).collect::<Vec<_>>()
    );
    assert_eq!(*writes.lock().unwrap(), [1, 100]);
}
