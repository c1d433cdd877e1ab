//! How far machines are, how long it takes, and what holds them.

mod golden;

use serde_json::{Value, json};

use super::*;
use crate::fixtures::{CREATED, cluster, deployment, key, machine, machine_set, store, with};

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
    assert_eq!(
        (progress.up_to_date, progress.wished, progress.surplus),
        (1, 3, 0)
    );
    assert_eq!(progress.stalled, None);
    // Nothing is known of this fleet: two machines by the guess.
    let guess = crate::pace::Pace::GUESS;
    assert_eq!(progress.left_seconds, Some(guess.of_machines(2)));
}

#[test]
fn a_rollout_that_stands_is_stalled_by_its_blocker() {
    let store = rolling(3, 1, vec![held("m1")]);
    let patience = i64::try_from(crate::pace::Pace::GUESS.median * PATIENCE).unwrap();
    assert_eq!(of(&store, patience - 1).unwrap().stalled, None);
    let stalled = of(&store, patience + 1).unwrap();
    assert_eq!(stalled.left_seconds, None, "nothing is foretold of what stands");
    let stalled = stalled.stalled.expect("it stands");
    assert_eq!(stalled.since, created());
    assert_eq!(stalled.by.expect("a blocker").object.name, "m1");
    assert!(stalled.why.contains("no host is free"), "{}", stalled.why);
}
