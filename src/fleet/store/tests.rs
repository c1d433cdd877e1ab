//! Folding is the same in any grouping.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::kinds::Role;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::FleetStore;
use crate::batch::{Batch, Change, Update};
use crate::fixtures::{cluster, machine, mgmt, row, session, set, upserts, whole_cluster};
use crate::row::Row;
use crate::session::Connection;

fn batch(management_cluster: &str, changes: Vec<Change>) -> Update {
    Update::Objects(Batch {
        management_cluster: mgmt(management_cluster),
        changes,
    })
}

/// Everything that a store holds, its indexes included, in a fixed order.
fn content(store: &FleetStore) -> (BTreeMap<String, Row>, Vec<String>) {
    let rows = store
        .rows(None)
        .map(|row| (row.key().to_string(), Row::clone(row)))
        .collect();
    let mut members = Vec::new();
    for partition in store.partitions() {
        for ((namespace, cluster), found) in partition.clusters() {
            for role in ROLES {
                for row in found.of_role(role) {
                    members.push(format!(
                        "{} {namespace}/{cluster} {role:?} {}",
                        partition.management_cluster,
                        row.key()
                    ));
                }
            }
        }
    }
    (rows, members)
}

const ROLES: [fleetui_api::kinds::Role; 2] = [
    fleetui_api::kinds::Role::Cluster,
    fleetui_api::kinds::Role::Machine,
];

/// One life after another of a few objects: each change is newer than the one before it of the same object.
#[derive(Debug, Clone)]
enum Step {
    Upsert { object: usize, cluster: usize },
    Delete { object: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..6_usize, 0..3_usize).prop_map(|(object, cluster)| Step::Upsert { object, cluster }),
        1 => (0..6_usize).prop_map(|object| Step::Delete { object }),
    ];
    prop::collection::vec(step, 0..60)
}

/// The changes of those steps, by object, as a watch would tell them.
fn changes(steps: &[Step]) -> Vec<(usize, Change)> {
    let mut lives = [0_u32; 6];
    let mut alive = [false; 6];
    let mut changes = Vec::new();
    for (revision, step) in steps.iter().enumerate() {
        match *step {
            Step::Upsert { object, cluster } => {
                if !alive[object] {
                    lives[object] += 1;
                    alive[object] = true;
                }
                let row = life(object, cluster, lives[object], revision);
                changes.push((object, Change::Upsert(row)));
            }
            Step::Delete { object } => {
                let row = life(object, 0, lives[object], revision);
                alive[object] = false;
                changes.push((object, Change::Delete(row.key(), row.facts.uid.clone())));
            }
        }
    }
    changes
}

fn life(object: usize, cluster: usize, life: u32, revision: usize) -> Arc<Row> {
    let mut value = machine(
        &format!("cluster-{cluster}"),
        ("MachineSet", "set"),
        &format!("m-{object}"),
    );
    set(&mut value, "/metadata/uid", json!(format!("uid-{object}-{life}")));
    set(
        &mut value,
        "/metadata/resourceVersion",
        json!((100 + revision).to_string()),
    );
    row("mgmt-taipei", &value)
}

/// What the steps come to, worked out the plain way.
fn expected(steps: &[Step]) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for (_, change) in changes(steps) {
        match change {
            Change::Upsert(row) => {
                rows.insert(row.key().to_string(), Row::clone(&row));
            }
            Change::Delete(key, _) => {
                rows.remove(&key.to_string());
            }
        }
    }
    rows
}

/// Mixes the changes of different objects, keeps the order of each object's own.
fn mixed(changes: Vec<(usize, Change)>, order: &[usize]) -> Vec<Change> {
    let mut queues: Vec<std::collections::VecDeque<Change>> = vec![std::collections::VecDeque::new(); 6];
    for (object, change) in changes {
        queues[object].push_back(change);
    }
    let mut mixed = Vec::new();
    for object in order.iter().copied().chain((0..6).cycle().take(6 * 64)) {
        mixed.extend(queues[object].pop_front());
    }
    mixed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shuffled_repeated_and_cut_batches_give_the_same_rows(
        steps in steps(),
        order in prop::collection::vec(0..6_usize, 0..60),
        sizes in prop::collection::vec(1..9_usize, 1..20),
        repeats in prop::collection::vec(any::<bool>(), 1..20),
    ) {
        let mut store = FleetStore::default();
        let mut rest = mixed(changes(&steps), &order);
        let mut sizes = sizes.iter().cycle();
        let mut repeats = repeats.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().copied().unwrap_or(1).min(rest.len());
            let cut: Vec<Change> = rest.drain(..size).collect();
            store.apply(batch("mgmt-taipei", cut.clone()));
            if repeats.next().copied().unwrap_or(false) {
                store.apply(batch("mgmt-taipei", cut));
            }
        }
        let (rows, members) = content(&store);
        prop_assert_eq!(&rows, &expected(&steps));
        prop_assert_eq!(store.len(), rows.len());
        // The indexes know the same machines, each under the cluster that its latest row names.
        let mut fresh = FleetStore::default();
        fresh.apply(batch("mgmt-taipei", rows.into_values().map(|row| Change::Upsert(Arc::new(row))).collect()));
        prop_assert_eq!(content(&fresh).1, members);
    }
}

fn versioned(name: &str, uid: &str, version: &str, phase: &str) -> Value {
    let mut value = machine("prod", ("MachineSet", "set"), name);
    set(&mut value, "/metadata/uid", json!(uid));
    set(&mut value, "/metadata/resourceVersion", json!(version));
    set(&mut value, "/status/phase", json!(phase));
    value
}

fn phase(store: &FleetStore) -> Option<String> {
    store
        .rows(None)
        .next()
        .and_then(|row| row.facts.phase.as_ref().map(ToString::to_string))
}

#[test]
fn a_late_word_of_an_earlier_life_is_not_heard() {
    let mut store = FleetStore::default();
    assert!(store.apply(upserts("a", &[versioned("m", "new", "20", "Running")])));
    let key = store.rows(None).next().expect("a row").key();
    assert!(!store.apply(batch("a", vec![Change::Delete(key.clone(), "old".into())])));
    assert!(
        !store.apply(upserts("a", &[versioned("m", "old", "9", "Deleting")])),
        "9 is older than 20"
    );
    assert_eq!(phase(&store).as_deref(), Some("Running"));
    assert!(store.apply(batch("a", vec![Change::Delete(key, "new".into())])));
    assert!(store.is_empty());
}

#[test]
fn versions_that_are_no_numbers_are_taken_as_they_come() {
    let mut store = FleetStore::default();
    store.apply(upserts("a", &[versioned("m", "u", "zz", "Running")]));
    assert!(store.apply(upserts("a", &[versioned("m", "u", "aa", "Deleting")])));
    assert_eq!(phase(&store).as_deref(), Some("Deleting"));
}

#[test]
fn the_revision_moves_only_when_something_changed() {
    let mut store = FleetStore::default();
    store.apply(session("a", Connection::Live));
    store.apply(upserts("a", &[cluster("prod")]));
    let revision = store.revision();
    assert!(!store.apply(upserts("a", &[cluster("prod")])));
    assert!(!store.apply(session("a", Connection::Live)));
    assert!(!store.apply(Update::Closed(mgmt("b"))));
    assert_eq!(store.revision(), revision);
    assert!(store.apply(session("a", Connection::Connecting)));
    assert_ne!(store.revision(), revision);
}

#[test]
fn anchor_02_management_clusters_do_not_mix() {
    let mut store = FleetStore::default();
    store.apply(upserts("a", &whole_cluster("prod")));
    store.apply(upserts("b", &whole_cluster("prod")));
    let one = whole_cluster("prod").len();
    assert_eq!(store.len(), 2 * one);
    assert_eq!(store.rows(Some(&mgmt("b"))).count(), one);
    // A row under another management cluster's name would never be found again.
    assert!(!store.apply(batch("a", vec![Change::Upsert(row("c", &cluster("prod")))])));
    store.apply(Update::Closed(mgmt("a")));
    assert_eq!(store.len(), one);
    assert!(store.rows(None).all(|row| row.management_cluster == mgmt("b")));
}

#[test]
fn sessions_keep_their_place() {
    let mut store = FleetStore::default();
    for (name, connection) in [
        ("a", Connection::Idle),
        ("b", Connection::Connecting),
        ("a", Connection::Live),
    ] {
        store.apply(session(name, connection));
    }
    let sessions: Vec<_> = store
        .sessions()
        .map(|session| (session.management_cluster.as_str(), session.is_live()))
        .collect();
    assert_eq!(sessions, [("a", true), ("b", false)]);
    assert!(store.session(&mgmt("c")).is_none());
}

#[test]
fn what_an_object_owns_is_found_without_the_rest() {
    let mut store = FleetStore::default();
    let mut objects = whole_cluster("prod");
    objects.extend(whole_cluster("other"));
    objects.push(machine("prod", ("MachineSet", "prod-md"), "prod-md-1"));
    objects.push(machine("prod", ("MachineSet", "prod-md-00"), "prod-md-00-1"));
    store.apply(upserts("mgmt-taipei", &objects));
    let owned = |kind: &str, name: &str, role| {
        let owner = store.get(&crate::fixtures::key(&store, kind, name)).expect(name);
        let names = store
            .owned_by(owner, role)
            .map(|row| row.facts.object.name.to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        owned("MachineDeployment", "prod-md-0", Role::MachineSet),
        ["prod-md-0-79q9d"]
    );
    assert_eq!(
        owned("MachineSet", "prod-md-0-79q9d", Role::Machine),
        ["prod-md-0-79q9d-b4x8z", "prod-md-0-79q9d-x7k2p"]
    );
    assert_eq!(
        owned("KubeadmControlPlane", "other-cp", Role::Machine),
        ["other-cp-tn4rn"]
    );
    assert!(owned("MachineDeployment", "prod-md-0", Role::Machine).is_empty());
    assert_eq!(store.namespaces().into_iter().collect::<Vec<_>>(), ["default"]);
}
