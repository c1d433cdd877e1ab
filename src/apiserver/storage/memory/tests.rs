//! Snapshots of now and of the past, events, and what is kept of them.

use serde_json::json;

use super::*;
use crate::storage::Draft;

fn collection() -> Arc<CollectionKey> {
    CollectionKey::new(&LogicalCluster::root(), "ex.io", "things")
}

fn limits(events: usize) -> HistoryLimits {
    HistoryLimits {
        events,
        age: Duration::from_mins(1),
        ..HistoryLimits::default()
    }
}

/// Applies a change to memory: (revision, name, value), none for a deletion; names may have a namespace.
fn apply(memory: &mut Memory, revision: u64, name: &str, value: Option<u64>) {
    apply_owned(memory, revision, name, value, &[]);
}

fn apply_owned(memory: &mut Memory, revision: u64, name: &str, value: Option<u64>, owners: &[&str]) {
    let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
    let key = Key::new(&collection(), namespace, name);
    let previous = memory.get(&key);
    let owners: Vec<_> = owners.iter().map(|uid| json!({"uid": uid})).collect();
    let object = json!({"metadata": {"name": name, "uid": format!("u-{name}"), "ownerReferences": owners}, "value": value});
    let stored = match value {
        Some(_) => Draft::encode(&object).unwrap().stamp(key, revision),
        None => previous.as_ref().unwrap().at(revision),
    };
    let at = Duration::from_secs(revision);
    let event = Event::new(Arc::new(stored), previous, value.is_none(), at);
    memory.apply(&Arc::new(event));
    memory.set_revision(revision);
}

fn told(memory: &Memory, range: Range<'_>, at: Option<u64>) -> Result<Vec<String>, Expired> {
    let snapshot = memory.snapshot(&collection(), range, at)?;
    let told = |stored: &Arc<Stored>| {
        let value = stored.value().unwrap();
        format!("{}={}@{}", stored.key.object, value["value"], stored.revision)
    };
    Ok(snapshot.objects.iter().map(told).collect())
}

fn busy() -> Memory {
    let mut memory = Memory::new(limits(100));
    apply(&mut memory, 1, "a", Some(1));
    apply(&mut memory, 2, "b", Some(1));
    apply(&mut memory, 3, "a", Some(2));
    apply(&mut memory, 4, "b", None);
    apply(&mut memory, 5, "c", Some(1));
    apply(&mut memory, 6, "b", Some(9));
    memory
}

#[test]
fn every_revision_is_told_as_it_was() {
    let memory = busy();
    let all: [&[&str]; 7] = [
        &[],
        &["default/a=1@1"],
        &["default/a=1@1", "default/b=1@2"],
        &["default/a=2@3", "default/b=1@2"],
        &["default/a=2@3"],
        &["default/a=2@3", "default/c=1@5"],
        &["default/a=2@3", "default/b=9@6", "default/c=1@5"],
    ];
    for (revision, expected) in all.into_iter().enumerate() {
        let revision = revision as u64;
        assert_eq!(
            told(&memory, Range::default(), Some(revision)).unwrap(),
            expected,
            "at {revision}"
        );
    }
    assert_eq!(told(&memory, Range::default(), None).unwrap(), all[6]);
}

#[test]
fn ranges_are_of_namespaces_and_behind_places() {
    let mut memory = busy();
    apply(&mut memory, 7, "default-2/a", Some(1));
    apply(&mut memory, 8, "aaa/z", Some(1));
    let names = |namespace: Option<&str>, after: Option<(&str, &str)>| {
        let after = after.map(|(namespace, name)| ObjectName::new(namespace, name));
        let range = Range {
            namespace,
            after: after.as_ref(),
        };
        let now = told(&memory, range, None).unwrap();
        // The past is read in another way, and must tell the same.
        assert_eq!(told(&memory, range, Some(8)).unwrap(), now);
        now.iter()
            .map(|text| text.split('=').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(None, None),
        ["aaa/z", "default/a", "default/b", "default/c", "default-2/a"]
    );
    assert_eq!(
        names(Some("default"), None),
        ["default/a", "default/b", "default/c"]
    );
    assert_eq!(
        names(Some("default"), Some(("default", "a"))),
        ["default/b", "default/c"]
    );
    assert_eq!(names(None, Some(("default", "c"))), ["default-2/a"]);
    assert_eq!(names(Some("none"), None), Vec::<String>::new());
}

#[test]
fn what_is_forgotten_is_refused() {
    let mut memory = Memory::new(limits(2));
    for revision in 1..=5 {
        apply(&mut memory, revision, "a", Some(revision));
    }
    assert_eq!(
        told(&memory, Range::default(), Some(2)),
        Err(Expired { oldest: 3 })
    );
    assert_eq!(
        told(&memory, Range::default(), Some(3)).unwrap(),
        ["default/a=3@3"]
    );
    assert!(memory.events_after(&collection(), 2, 10).is_err());
    let events = memory.events_after(&collection(), 3, 10).unwrap();
    assert_eq!(
        events.iter().map(|event| event.revision()).collect::<Vec<_>>(),
        [4, 5]
    );
    memory.compact(Duration::from_secs(66));
    assert!(memory.events_after(&collection(), 4, 10).is_err());
    assert_eq!(memory.events_after(&collection(), 5, 10).unwrap().len(), 0);
}

#[test]
fn events_of_one_commit_stay_together() {
    let mut memory = Memory::new(limits(100));
    for name in ["a", "b", "c"] {
        apply(&mut memory, 1, name, Some(1));
    }
    apply(&mut memory, 2, "d", Some(1));
    assert_eq!(memory.events_after(&collection(), 0, 1).unwrap().len(), 3);
    assert_eq!(memory.events_after(&collection(), 0, 4).unwrap().len(), 4);
}

#[test]
fn owners_and_dependents_are_found_by_uid() {
    let root = LogicalCluster::root();
    let mut memory = Memory::new(limits(100));
    apply(&mut memory, 1, "owner", Some(1));
    apply_owned(&mut memory, 2, "child", Some(1), &["u-owner"]);
    let dependents = |memory: &Memory| memory.dependents(&root, "u-owner").len();
    assert_eq!(memory.by_uid(&root, "u-owner").unwrap().key.object.name, "owner");
    assert_eq!(dependents(&memory), 1);
    assert!(
        memory
            .by_uid(&LogicalCluster::new("other").unwrap(), "u-owner")
            .is_none()
    );
    apply_owned(&mut memory, 3, "child", Some(1), &[]);
    assert_eq!(dependents(&memory), 0);
    apply_owned(&mut memory, 4, "child", Some(1), &["u-owner"]);
    apply(&mut memory, 5, "child", None);
    apply(&mut memory, 6, "owner", None);
    assert_eq!(dependents(&memory), 0);
    assert!(memory.by_uid(&root, "u-owner").is_none());
    assert_eq!(memory.collections(&root).len(), 0);
}

#[test]
fn the_size_of_history_is_bounded_too() {
    let mut memory = Memory::new(HistoryLimits {
        bytes: 500,
        ..limits(1000)
    });
    for revision in 1..=50 {
        apply(&mut memory, revision, "a", Some(revision));
    }
    let oldest = memory.events_after(&collection(), 1, 1).unwrap_err().oldest;
    let kept = memory.events_after(&collection(), oldest, 100).unwrap();
    let bytes: usize = kept.iter().map(|event| event.object.bytes.len()).sum();
    assert!(
        (400..=500).contains(&bytes),
        "{bytes} bytes in {} events",
        kept.len()
    );
}
