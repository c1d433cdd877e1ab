//! What is seen to change, and that it is told once and in its order.

use serde_json::{Value, json};

use super::{Event, Flip, Source, timeline};
use crate::batch::{Batch, Change, Update};
use crate::fixtures::{condition, key, machine, mgmt, now, row, set, store, upserts, whole_cluster};
use crate::store::FleetStore;

fn seen_at(text: &str) -> jiff::Timestamp {
    text.parse().expect("a time")
}

fn changed(version: &str, conditions: &[Value]) -> Value {
    let mut object = machine("prod", ("MachineSet", "set"), "m");
    set(&mut object, "/metadata/resourceVersion", json!(version));
    set(&mut object, "/status/conditions", json!(conditions));
    object
}

fn ready(status: &str, reason: &str, message: &str, since: &str) -> Value {
    let mut condition = condition("Ready", status, reason, message);
    condition["lastTransitionTime"] = json!(since);
    condition
}

fn tell(store: &mut FleetStore, object: &Value, at: &str) -> Vec<Flip> {
    let mut told = Vec::new();
    store.apply_and_tell(
        upserts("mgmt-taipei", std::slice::from_ref(object)),
        seen_at(at),
        &mut told,
    );
    told
}

#[test]
fn flips_are_told_and_a_flicker_of_words_is_not() {
    let mut store = FleetStore::default();
    let good = changed("1", &[ready("True", "Ready", "", "2026-08-21T10:00:00Z")]);
    assert_eq!(
        tell(&mut store, &good, "2026-08-21T11:00:00Z"),
        [],
        "what is new has not changed"
    );
    let bad = changed(
        "2",
        &[ready(
            "False",
            "NotReady",
            "pod a-1 blocks",
            "2026-08-21T11:10:00Z",
        )],
    );
    let told = tell(&mut store, &bad, "2026-08-21T11:10:03Z");
    let [flip] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(
        (flip.what.as_str(), flip.from.as_str(), flip.to.as_str()),
        ("Ready", "True", "False")
    );
    assert_eq!((flip.text.as_str(), flip.good), ("pod a-1 blocks", false));
    assert_eq!(flip.at, seen_at("2026-08-21T11:10:00Z"), "by its own word");
    assert_eq!(flip.whose.key(), key(&store, "Machine", "m"));
    // The pod that is named rotates: that is no change.
    let other = changed(
        "3",
        &[ready(
            "False",
            "NotReady",
            "pod b-2 blocks",
            "2026-08-21T11:10:00Z",
        )],
    );
    assert_eq!(tell(&mut store, &other, "2026-08-21T11:11:00Z"), []);
    // Another reason is one, of the moment that it was seen.
    let reason = changed("4", &[ready("False", "NodeDeleted", "", "2026-08-21T11:10:00Z")]);
    let told = tell(&mut store, &reason, "2026-08-21T11:12:00Z");
    assert_eq!((told.len(), told[0].at), (1, seen_at("2026-08-21T11:12:00Z")));
    // Another life of the name has not changed; it is another object.
    let mut again = changed("5", &[ready("True", "Ready", "", "2026-08-21T11:20:00Z")]);
    set(&mut again, "/metadata/uid", json!("another"));
    assert_eq!(tell(&mut store, &again, "2026-08-21T11:20:00Z"), []);
    let gone = Update::Objects(Batch {
        management_cluster: mgmt("mgmt-taipei"),
        changes: vec![Change::Delete(row("mgmt-taipei", &again).key(), "another".into())],
    });
    let mut told = Vec::new();
    assert!(store.apply_and_tell(gone, seen_at("2026-08-21T11:30:00Z"), &mut told));
    assert_eq!((told.len(), told[0].to.as_str()), (1, "gone"));
}

#[test]
fn a_phase_and_a_deletion_are_told() {
    let mut store = FleetStore::default();
    tell(&mut store, &changed("1", &[]), "2026-08-21T11:00:00Z");
    let mut deleted = changed("2", &[]);
    set(
        &mut deleted,
        "/metadata/deletionTimestamp",
        json!("2026-08-21T11:05:00Z"),
    );
    set(&mut deleted, "/status/phase", json!("Deleting"));
    let told = tell(&mut store, &deleted, "2026-08-21T11:05:02Z");
    let told: Vec<_> = told
        .iter()
        .map(|flip| (flip.what.as_str(), flip.from.as_str(), flip.to.as_str()))
        .collect();
    assert_eq!(
        told,
        [("phase", "Running", "Deleting"), ("deletion", "", "asked for")]
    );
}

#[test]
fn a_flip_survives_being_written_down() {
    let mut store = FleetStore::default();
    tell(
        &mut store,
        &changed("1", &[ready("True", "Ready", "", "2026-08-21T10:00:00Z")]),
        "2026-08-21T11:00:00Z",
    );
    let bad = changed(
        "2",
        &[ready("False", "NotReady", "a\u{1b}[2Jb", "2026-08-21T11:10:00Z")],
    );
    let told = tell(&mut store, &bad, "2026-08-21T11:10:00Z");
    let text = serde_json::to_string(&told[0]).expect("it can be written");
    assert!(
        !text.contains('\u{1b}') && !text.contains('\n'),
        "one line without escapes: {text}"
    );
    assert_eq!(
        serde_json::from_str::<Flip>(&text).expect("it can be read"),
        told[0]
    );
}

#[test]
fn anchor_79_conditions_what_was_seen_and_events_are_one_story() {
    let mut store = store(&whole_cluster("prod"));
    let mut bad = machine("prod", ("MachineSet", "prod-md-0-79q9d"), "prod-md-0-79q9d-x7k2p");
    set(&mut bad, "/metadata/resourceVersion", json!("2000"));
    set(
        &mut bad,
        "/status/conditions",
        json!([ready(
            "False",
            "NotReady",
            "the kubelet is gone",
            "2026-08-21T11:10:00Z"
        )]),
    );
    let seen = tell(&mut store, &bad, "2026-08-21T11:10:04Z");
    let twice = [seen.clone(), seen].concat();
    let of = key(&store, "Machine", "prod-md-0-79q9d-x7k2p");
    let event = Event::read(&json!({
        "type": "Warning", "reason": "NodeLost", "message": "gone", "count": 2,
        "lastTimestamp": "2026-08-21T11:20:00Z", "involvedObject": {"uid": "u"},
    }));
    let told = timeline(&store, &of, (&twice, event.as_slice()), 100);
    let told: Vec<_> = told
        .iter()
        .map(|entry| (entry.source, entry.what.as_str(), entry.to.as_str()))
        .collect();
    // What both the object and the watch tell stands once.
    let expected = [
        (Source::Event, "NodeLost", ""),
        (Source::Watch, "Ready", "False"),
        (Source::Transition, "object", "created"),
    ];
    assert_eq!(told, expected);
    // A Cluster's told is that of all that belongs to it; and it is bounded.
    let of_cluster = timeline(&store, &key(&store, "Cluster", "prod"), (&twice, &[]), 100);
    assert!(
        of_cluster
            .iter()
            .any(|entry| entry.key == of && entry.source == Source::Watch)
    );
    assert!(of_cluster.windows(2).all(|pair| pair[0].at >= pair[1].at));
    assert_eq!(
        timeline(&store, &key(&store, "Cluster", "prod"), (&twice, &[]), 3).len(),
        3
    );
    assert!(seen_at("2026-08-21T12:00:00Z") == now());
}
