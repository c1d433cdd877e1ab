//! One cause is one problem, whoever tells of it and in whatever order.

use fleetui_base::ObjectKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Problem, Problems, Root};
use crate::batch::{Batch, Change, Update};
use crate::fixtures::{condition, mgmt, now, object, row, session, set, store, upserts, whole_cluster};
use crate::health::{self, Health};
use crate::session::Connection;
use crate::store::FleetStore;
use crate::waits_for::WaitsFor;
use crate::why::tests::{blows, struck};
use crate::why::why;

fn name(root: &Root) -> String {
    match root {
        Root::Object(key) => format!("{} {}", key.kind.kind, key.object.name),
        Root::ManagementCluster(name) => name.to_string(),
    }
}

/// Infrastructure that two clusters share fails: one problem, and both suffer.
fn shared_failure() -> Vec<Value> {
    let mut objects = whole_cluster("a");
    objects.extend(whole_cluster("b"));
    objects.retain(|object| object["kind"] != "DevCluster");
    let mut shared = object("infrastructure.cluster.x-k8s.io/v1beta2", "DevCluster", "shared");
    let failed = condition(
        "Ready",
        "False",
        "VpcReconciliationFailed",
        "the limit is reached",
    );
    set(&mut shared, "/status/conditions", json!([failed]));
    objects.push(shared);
    for object in &mut objects {
        if object["kind"] == "Cluster" {
            set(object, "/spec/infrastructureRef/name", json!("shared"));
            let down = [
                condition(
                    "Available",
                    "False",
                    "NotAvailable",
                    "* InfrastructureReady: the limit is reached",
                ),
                condition("InfrastructureReady", "False", "NotReady", "the limit is reached"),
            ];
            set(object, "/status/conditions", json!(down));
        }
    }
    objects
}

#[test]
fn what_several_clusters_suffer_from_is_one_problem() {
    let store = store(&shared_failure());
    let problems = Problems::build(&store, now());
    let [problem] = problems.list() else {
        panic!("{:#?}", problems.list());
    };
    assert_eq!(name(&problem.root), "DevCluster shared");
    assert_eq!(
        (problem.severity, problem.clusters, problem.objects()),
        (Health::Failed, 2, 3)
    );
    assert_eq!(
        problem.since.map(|since| since.to_string()).as_deref(),
        Some("2026-08-21T07:00:00Z")
    );
    assert_eq!(
        (problem.line.as_str(), &problem.waits_for),
        ("the limit is reached", &WaitsFor::Provider)
    );
    for victim in &problem.victims {
        assert_eq!(problems.of(victim).map(|found| &found.root), Some(&problem.root));
    }
}

#[test]
fn the_worst_stand_first_and_of_equals_what_has_been_so_longest() {
    let mut objects = Vec::new();
    let since = [
        "2026-08-21T09:00:00Z",
        "2026-08-21T08:00:00Z",
        "2026-08-21T10:00:00Z",
    ];
    for (cluster, since) in ["a", "b", "c"].into_iter().zip(since) {
        let mut all = whole_cluster(cluster);
        for object in &mut all {
            if object["kind"] == "Machine"
                && object["metadata"]["name"]
                    .as_str()
                    .is_some_and(|name| name.ends_with("x7k2p"))
            {
                let kind = if cluster == "c" { "True" } else { "False" };
                let mut ready = condition("Ready", kind, "NotReady", "the kubelet is gone");
                ready["lastTransitionTime"] = json!(since);
                let mut unhealthy = condition("HealthCheckSucceeded", "False", "UnhealthyNode", "sick");
                unhealthy["lastTransitionTime"] = json!(since);
                set(object, "/status/conditions", json!([ready, unhealthy]));
            }
        }
        objects.extend(all);
    }
    let mut store = store(&objects);
    let offline = Connection::Offline {
        why: "refused".to_owned(),
        retry_at: now(),
    };
    store.apply(session("far", offline));
    store.apply(session("lazy", Connection::Idle));
    let problems = Problems::build(&store, now());
    let list: Vec<_> = problems
        .list()
        .iter()
        .map(|problem| (name(&problem.root), problem.severity))
        .collect();
    let expected = [
        ("Machine b-md-0-79q9d-x7k2p", Health::Failed),
        ("Machine a-md-0-79q9d-x7k2p", Health::Failed),
        ("far", Health::Failed),
        ("Machine c-md-0-79q9d-x7k2p", Health::Warning),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(name, health)| (name.to_owned(), health))
        .collect();
    assert_eq!(list, expected);
    assert_eq!(problems.list()[2].waits_for, WaitsFor::Connection);
}

#[test]
fn anchor_11_problems_of_equal_names_in_two_management_clusters_are_two() {
    let mut all = store(&shared_failure());
    all.apply(session("mgmt-tokyo", Connection::Live));
    all.apply(upserts("mgmt-tokyo", &shared_failure()));
    let problems = Problems::build(&all, now());
    let of: Vec<&str> = problems
        .list()
        .iter()
        .map(|problem| problem.root.management_cluster().as_str())
        .collect();
    assert_eq!(of, ["mgmt-taipei", "mgmt-tokyo"]);
}

#[test]
fn hosts_that_belong_to_no_cluster_are_among_them() {
    let mut host = object("infrastructure.cluster.x-k8s.io/v1beta1", "ByoHost", "node-7");
    let lost = condition(
        "Ready",
        "False",
        "HeartbeatTimeout",
        "the agent was last heard an hour ago",
    );
    set(&mut host, "/status/conditions", json!([lost]));
    let store = store(&[host]);
    let problems = Problems::build(&store, now());
    assert_eq!(
        problems
            .list()
            .iter()
            .map(|problem| name(&problem.root))
            .collect::<Vec<_>>(),
        ["ByoHost node-7"]
    );
}

fn batch(changes: Vec<Change>) -> Update {
    Update::Objects(Batch {
        management_cluster: mgmt("mgmt-taipei"),
        changes,
    })
}

fn shown(problems: &Problems) -> Vec<std::sync::Arc<Problem>> {
    problems.list().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// The order in which objects are heard of changes nothing; nor does it matter what was found before.
    #[test]
    fn whatever_the_order_the_problems_are_the_same(
        blows in prop::collection::vec(blows(), 1..4),
        keys in prop::collection::vec(any::<u64>(), 32),
    ) {
        let mut before = Problems::default();
        let mut grown = FleetStore::default();
        grown.apply(session("mgmt-taipei", Connection::Live));
        for (round, blows) in blows.iter().enumerate() {
            let mut objects = whole_cluster("prod");
            objects.extend(whole_cluster("other"));
            let mut objects = struck(objects, blows);
            for object in &mut objects {
                set(object, "/metadata/resourceVersion", json!((1000 + round).to_string()));
            }
            let mut order: Vec<usize> = (0..objects.len()).collect();
            order.sort_by_key(|index| keys[index % keys.len()].wrapping_mul(*index as u64 + 1));
            for index in order {
                grown.apply(batch(vec![Change::Upsert(row("mgmt-taipei", &objects[index]))]));
            }
            before = before.again(&grown, now());
            let fresh = Problems::build(&store(&objects), now());
            prop_assert_eq!(shown(&before), shown(&fresh));
            // Every object in trouble is in exactly one problem, at the bottom of which nothing more is found.
            for row in grown.rows(None) {
                let key: ObjectKey = row.key();
                let parts = fresh.list().iter().filter(|problem| {
                    problem.victims.contains(&key) || problem.root == Root::Object(key.clone())
                });
                let parts = parts.count();
                let fault = health::verdict(row, &grown, now()).health.is_fault();
                prop_assert!(if fault { parts == 1 } else { parts <= 1 }, "{}: {}", key, parts);
            }
            for problem in fresh.list() {
                if let Root::Object(root) = &problem.root {
                    prop_assert_eq!(why(&grown, root, now()).map(|why| why.steps.len()), Some(1));
                }
            }
        }
    }
}

#[test]
fn since_when_is_told_by_our_clock_whatever_the_servers_shows() {
    let mut store = store(&shared_failure());
    let before = Problems::build(&store, now());
    let since = |problems: &Problems| problems.list().first().and_then(|problem| problem.since);
    let first = since(&before).expect("it is known since when");
    let skew = jiff::SignedDuration::from_mins(40);
    if let Update::Session(mut told) = session("mgmt-taipei", Connection::Live) {
        std::sync::Arc::make_mut(&mut told).skew = Some(skew);
        store.apply(Update::Session(told));
    }
    // What was found before is not taken over: it was judged by another clock.
    let after = before.again(&store, now());
    assert_eq!(since(&after), Some(first - skew));
    assert_eq!(shown(&after), shown(&Problems::build(&store, now())));
    let root = after.list().first().map(|problem| problem.root.clone());
    let Some(Root::Object(key)) = root else {
        panic!("an object is at the bottom")
    };
    let why = why(&store, &key, now()).expect("it is there");
    assert_eq!(why.steps.last().and_then(|step| step.since), Some(first - skew));
}
