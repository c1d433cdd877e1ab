//! How far machines are, how long it takes, and what holds them.

mod golden;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::fixtures::{CREATED, cluster, control_plane, deployment, key, machine, machine_set, store, with};
use crate::pace::Pace;

const GUESS: Pace = Pace::GUESS;

fn created() -> Timestamp {
    CREATED.parse().unwrap()
}

/// A deployment of `wished` machines, of which so many are new and there.
fn rolling(wished: i64, new: i64, extra: Vec<Value>) -> FleetStore {
    let md = with(
        deployment("prod", "md", wished),
        &[(
            "/status",
            json!({"replicas": wished, "upToDateReplicas": new, "availableReplicas": new, "readyReplicas": new}),
        )],
    );
    let mut objects = vec![cluster("prod"), md, machine_set("prod", "md", "md-a", wished)];
    objects.extend(extra);
    store(&objects)
}

fn of(store: &FleetStore, seconds: i64) -> Option<Progress> {
    let row = store.get(&key(store, "MachineDeployment", "md")).unwrap();
    progress(store, row, created() + SignedDuration::from_secs(seconds))
}

fn held(name: &str) -> Value {
    with(
        machine("prod", ("MachineSet", "md-a"), name),
        &[(
            "/status/conditions",
            json!([{"type": "Ready", "status": "False", "reason": "NotReady",
                "message": "no host is free", "lastTransitionTime": CREATED}]),
        )],
    )
}

#[test]
fn what_is_as_it_is_wished_has_no_progress() {
    assert_eq!(of(&rolling(3, 3, Vec::new()), 60), None);
}

#[test]
fn a_forecast_is_by_the_pace_of_the_fleet() {
    let store = rolling(3, 1, vec![held("m1")]);
    let progress = of(&store, 60).expect("it is under way");
    assert_eq!((progress.arrived, progress.wished, progress.surplus), (1, 3, 0));
    assert_eq!(progress.stalled, None);
    // Nothing is known of this fleet: two machines by the guess, and the one that is not there yet.
    assert_eq!(progress.left_seconds, Some(GUESS.of_machines(3)));
}

/// How often a machine is waited for: `counters` are wished, there at all, new, available.
fn rounds_left(object: Value, counters: [i64; 4]) -> Option<u64> {
    let [wished, current, new, available] = counters;
    let (kind, name) = (object["kind"].to_string(), object["metadata"]["name"].to_string());
    let object = with(
        object,
        &[
            ("/spec/replicas", json!(wished)),
            (
                "/status",
                json!({"replicas": current, "upToDateReplicas": new, "availableReplicas": available}),
            ),
        ],
    );
    let store = store(&[cluster("prod"), object]);
    let row = store.get(&key(&store, kind.trim_matches('"'), name.trim_matches('"')));
    let progress = progress(&store, row.unwrap(), created())?;
    let (likely, long) = progress.left_seconds?;
    assert_eq!(long, 2 * likely);
    Some(likely / GUESS.median)
}

#[test]
fn machines_are_waited_for_as_often_as_the_bounds_of_the_rollout_let_them_come() {
    let bounded = |surge: Value, unavailable: Value| {
        let bounds = json!({"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}});
        with(
            deployment("prod", "md", 9),
            &[("/spec/rollout", json!({"strategy": bounds}))],
        )
    };
    let cases = [
        // One at a time, from the beginning to the end.
        ((1, 0), [9, 9, 0, 9], 9),
        ((1, 0), [9, 10, 1, 9], 9),
        ((1, 0), [9, 9, 1, 9], 8),
        ((1, 0), [9, 10, 9, 9], 1),
        // Three at a time.
        ((3, 0), [9, 9, 0, 9], 3),
        ((3, 0), [9, 12, 3, 9], 3),
        ((3, 0), [9, 9, 3, 9], 2),
        ((2, 1), [9, 9, 0, 9], 3),
        // One less first: the new one is waited for.
        ((0, 1), [9, 9, 1, 8], 9),
        // Where none is old, all come at once.
        ((1, 0), [9, 2, 2, 2], 1),
        ((1, 0), [9, 9, 9, 2], 1),
    ];
    for ((surge, unavailable), counters, rounds) in cases {
        let found = rounds_left(bounded(json!(surge), json!(unavailable)), counters);
        assert_eq!(found, Some(rounds), "{surge}/{unavailable} {counters:?}");
    }
    assert_eq!(
        rounds_left(bounded(json!("34%"), json!(0)), [9, 9, 0, 9]),
        Some(3)
    );
}

#[test]
fn control_planes_take_one_after_another_and_providers_are_not_foretold() {
    let control_plane = || control_plane("prod", 3);
    assert_eq!(rounds_left(control_plane(), [3, 3, 0, 3]), Some(3));
    assert_eq!(rounds_left(control_plane(), [3, 4, 1, 3]), Some(3));
    assert_eq!(
        rounds_left(control_plane(), [3, 1, 1, 1]),
        Some(2),
        "scaling, too"
    );
    let managed = with(control_plane(), &[("/kind", json!("AWSManagedControlPlane"))]);
    assert_eq!(rounds_left(managed, [3, 3, 0, 3]), None);
    let pool = with(deployment("prod", "pool", 3), &[("/kind", json!("MachinePool"))]);
    assert_eq!(rounds_left(pool, [3, 3, 0, 3]), None);
}

#[test]
fn a_cluster_takes_its_control_plane_first_and_then_its_workers() {
    let rounds = |topology: bool| {
        let counters = json!({"replicas": 4, "upToDateReplicas": 0, "availableReplicas": 4});
        let rolling = |object: Value| with(object, &[("/status", counters.clone())]);
        let surge = json!({"strategy": {"rollingUpdate": {"maxSurge": 2}}});
        let mut objects = vec![
            with(
                cluster("prod"),
                &[(
                    "/status/workers",
                    json!({"desiredReplicas": 8, "upToDateReplicas": 0}),
                )],
            ),
            rolling(control_plane("prod", 4)),
            rolling(with(deployment("prod", "a", 4), &[("/spec/rollout", surge)])),
            rolling(deployment("prod", "b", 4)),
        ];
        if topology {
            let topology = json!({"classRef": {"name": "c"}, "version": "v1.40.0"});
            objects[0] = with(objects[0].clone(), &[("/spec/topology", topology)]);
            // One that the topology has not come to yet counts whole.
            let owned = "/metadata/labels/topology.cluster.x-k8s.io~1owned";
            objects[3] = with(deployment("prod", "b", 4), &[(owned, json!(""))]);
        }
        let store = store(&objects);
        let row = store.get(&key(&store, "Cluster", "prod")).unwrap();
        rounds::left(&store, row)
    };
    assert_eq!(
        rounds(false),
        Some(4 + 4),
        "workers at once: two rounds of a are among the four of b"
    );
    assert_eq!(rounds(true), Some(4 + 2 + 4), "of a topology one after another");
}

#[test]
fn a_rollout_that_stands_is_stalled_by_its_blocker() {
    let store = rolling(3, 1, vec![held("m1")]);
    let patience = GUESS.until_it_stands().usual.as_secs();
    // While it may still move, it is told what it waits for.
    let waits = of(&store, 60).unwrap();
    assert_eq!(waits.stalled, None);
    assert_eq!(waits.waits.unwrap().told(), "Machine m1: no host is free");
    let fault = (61..patience).find(|seconds| of(&store, *seconds).unwrap().stalled.is_some());
    assert!(
        fault.is_some(),
        "a machine in fault is a reason to doubt it earlier"
    );
    let stalled = of(&store, patience + 1).unwrap();
    assert_eq!(stalled.left_seconds, None, "nothing is foretold of what stands");
    let stalled = stalled.stalled.expect("it stands");
    assert_eq!(stalled.since, created());
    assert_eq!(stalled.held.by.expect("a blocker").object.name, "m1");
    assert!(
        stalled.held.why.contains("no host is free"),
        "{}",
        stalled.held.why
    );
    let stalled = |by: bool, why: &str| Stalled {
        since: created(),
        held: Held {
            by: by.then(|| key(&store, "MachineDeployment", "md")),
            why: why.to_owned(),
        },
    };
    assert_eq!(
        stalled(true, "no host").held(),
        "held by MachineDeployment md: no host"
    );
    assert_eq!(stalled(true, "").held(), "held by MachineDeployment md");
    assert_eq!(stalled(false, "no host").held(), "held: no host");
    assert_eq!(stalled(false, "").held(), "and nothing says what holds it");
}

#[test]
fn what_is_paused_does_not_stall() {
    let md = |paused: Value| {
        let counts = json!({"replicas": 3, "upToDateReplicas": 1, "availableReplicas": 3});
        let paused = ("/spec/paused", paused);
        with(deployment("prod", "md", 3), &[("/status", counts), paused])
    };
    let with_cluster = |cluster: Value, md: Value| {
        let set = machine_set("prod", "md", "md-a", 3);
        store(&[cluster, md, set, held("m1")])
    };
    let late = GUESS.until_it_stands().usual.as_secs() + 1;
    let paused_cluster = with(cluster("prod"), &[("/spec/paused", json!(true))]);
    for (store, by) in [
        (with_cluster(paused_cluster, md(Value::Null)), "Cluster"),
        (
            with_cluster(cluster("prod"), md(json!(true))),
            "MachineDeployment",
        ),
    ] {
        for seconds in [60, late] {
            let progress = of(&store, seconds).unwrap();
            let paused = progress.paused.expect("it is paused");
            assert_eq!(
                (paused.by.kind.kind.as_ref(), paused.through),
                (by, "spec.paused")
            );
            assert_eq!((progress.stalled, progress.left_seconds), (None, None));
        }
    }
}

#[test]
fn a_deployment_whose_rollouts_are_paused_scales_all_the_same() {
    let counts = json!({"replicas": 2, "upToDateReplicas": 2, "availableReplicas": 2});
    let md = with(
        deployment("prod", "md", 3),
        &[("/status", counts), ("/spec/paused", json!(true))],
    );
    let store = store(&[
        cluster("prod"),
        md,
        machine_set("prod", "md", "md-a", 2),
        held("m1"),
    ]);
    assert_eq!(of(&store, 60).unwrap().paused, None);
    let late = GUESS.until_it_stands().usual.as_secs() + 1;
    let paused = of(&store, late).unwrap().paused.unwrap();
    assert!(
        paused.to_string().contains("nothing is replaced until"),
        "{paused}"
    );
}

#[test]
fn a_cluster_stands_by_a_part_that_is_paused() {
    let counts = json!({"replicas": 3, "upToDateReplicas": 1, "availableReplicas": 3});
    let md = with(
        deployment("prod", "md", 3),
        &[("/status", counts), ("/spec/paused", json!(true))],
    );
    let workers = json!({"desiredReplicas": 3, "replicas": 3, "upToDateReplicas": 1, "availableReplicas": 3});
    let cluster = with(cluster("prod"), &[("/status/workers", workers)]);
    let store = store(&[cluster, md, machine_set("prod", "md", "md-a", 3), held("m1")]);
    let row = store.get(&key(&store, "Cluster", "prod")).unwrap();
    let at = |seconds: i64| progress(&store, row, created() + SignedDuration::from_secs(seconds)).unwrap();
    assert_eq!(at(60).paused, None, "the rest may still move");
    let late = at(GUESS.until_it_stands().usual.as_secs() + 1);
    assert_eq!(late.paused.unwrap().by.object.name, "md");
    assert_eq!(late.stalled, None);
}

#[test]
fn what_waits_for_its_control_plane_says_nothing_of_how_long() {
    let left = |version: &str| {
        let md = with(
            deployment("prod", "md", 3),
            &[
                (
                    "/status",
                    json!({"replicas": 2, "upToDateReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}),
                ),
                ("/spec/template/spec/version", json!(version)),
            ],
        );
        let objects = [
            cluster("prod"),
            control_plane("prod", 1),
            md,
            machine_set("prod", "md", "md-a", 3),
        ];
        let store = store(&objects);
        let of = |kind: &str, name: &str| {
            let row = store.get(&key(&store, kind, name)).unwrap();
            progress(&store, row, created())
        };
        let of_cluster = of("Cluster", "prod").and_then(|progress| progress.left_seconds);
        (
            of("MachineDeployment", "md")
                .expect("one is missing")
                .left_seconds,
            of_cluster,
        )
    };
    assert_eq!(left("v1.31.2").0, Some(GUESS.of_machines(1)));
    assert_eq!(left("v1.30.2"), (None, None));
}
