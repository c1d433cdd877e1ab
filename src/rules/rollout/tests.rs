//! Tables for what the golden logs do not show: percentages, unavailable machines, deadlocks, pausing, revisions.

mod golden;

use jiff::Timestamp;

use super::*;

fn set(name: &str, age: i64, spec: i32, status: i32, available: i32) -> Set {
    Set {
        created: Some(Timestamp::from_second(10_000 - age).expect("a time")),
        spec_replicas: spec,
        status_replicas: status,
        available_replicas: available,
        ..Set::to_be_created(name)
    }
}

fn rolling(surge: IntOrPercent, unavailable: IntOrPercent) -> Strategy {
    Strategy::RollingUpdate {
        max_surge: surge,
        max_unavailable: unavailable,
    }
}

#[test]
fn percentages_round_surge_up_and_unavailable_down() {
    use IntOrPercent::{Int, Percent};
    let cases = [
        (10, Percent(25), Percent(25), 3, 2),
        (3, Percent(10), Percent(10), 1, 0),
        (3, Percent(0), Percent(10), 0, 1), // both would be zero
        (4, Int(0), Int(0), 0, 1),
        (2, Int(1), Int(10), 1, 2), // never more than there are
        (0, Percent(50), Percent(50), 0, 0),
    ];
    for (replicas, surge, unavailable, expected_surge, expected_unavailable) in cases {
        let strategy = rolling(surge, unavailable);
        assert_eq!(strategy.max_surge(replicas), expected_surge, "{replicas} {surge}");
        assert_eq!(
            strategy.max_unavailable(replicas),
            expected_unavailable,
            "{replicas} {unavailable}"
        );
    }
}

#[test]
fn int_or_percent_is_read_from_numbers_and_text() {
    use serde_json::json;
    assert_eq!(IntOrPercent::from_json(&json!(3)), Ok(IntOrPercent::Int(3)));
    assert_eq!(IntOrPercent::from_json(&json!("3")), Ok(IntOrPercent::Int(3)));
    assert_eq!(
        IntOrPercent::from_json(&json!("30%")),
        Ok(IntOrPercent::Percent(30))
    );
    for wrong in [json!("many"), json!(null), json!(1.5), json!("%")] {
        assert!(IntOrPercent::from_json(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn unavailable_old_machines_go_first() {
    let input = Input {
        replicas: 6,
        strategy: rolling(IntOrPercent::Int(1), IntOrPercent::Int(2)),
        paused: false,
        current: Some(Set::to_be_created("new")),
        old: vec![set("older", 20, 4, 4, 4), set("newer", 10, 2, 2, 0)],
    };
    let plan = plan(&input);
    let replicas: Vec<i32> = plan.old.iter().map(|planned| planned.replicas).collect();
    assert_eq!(
        replicas,
        [4, 0],
        "only what is unavailable may go: 4 of 4 are needed"
    );
    assert_eq!(plan.current.map(|planned| planned.replicas), Some(1));
}

#[test]
fn old_machines_stay_while_new_ones_are_not_available_yet() {
    let input = Input {
        replicas: 3,
        strategy: rolling(IntOrPercent::Int(1), IntOrPercent::Int(0)),
        paused: false,
        current: Some(set("new", 1, 1, 1, 0)),
        old: vec![set("old", 10, 3, 3, 0)],
    };
    let plan = plan(&input);
    assert_eq!(
        plan.old[0].replicas, 3,
        "all of them may still come up before the new one"
    );
}

#[test]
fn a_rollout_stuck_on_broken_old_machines_gives_one_up() {
    let input = Input {
        replicas: 3,
        strategy: rolling(IntOrPercent::Int(0), IntOrPercent::Int(1)),
        paused: false,
        current: Some(set("new", 1, 1, 1, 1)),
        old: vec![set("old", 10, 2, 2, 0)],
    };
    let plan = plan(&input);
    assert_eq!(plan.old[0].replicas, 1);
    assert_eq!(plan.current.map(|planned| planned.replicas), Some(1));
}

#[test]
fn a_settled_deployment_needs_nothing() {
    let mut current = set("new", 1, 3, 3, 3);
    current.revision = Some(2);
    let mut old = set("old", 10, 0, 0, 0);
    old.revision = Some(1);
    let plan = plan(&Input {
        replicas: 3,
        strategy: Strategy::default(),
        paused: false,
        current: Some(current),
        old: vec![old],
    });
    let planned = plan.current.expect("the current set");
    assert_eq!((planned.replicas, planned.revision), (3, Some(2)));
    assert!(planned.reasons.is_empty());
    assert!(plan.old[0].reasons.is_empty());
}

#[test]
fn going_back_to_an_older_set_gives_it_a_newer_revision() {
    let mut current = set("first", 20, 0, 0, 0);
    current.revision = Some(1);
    let mut old = set("second", 10, 3, 3, 3);
    old.revision = Some(2);
    let plan = plan(&Input {
        replicas: 3,
        strategy: Strategy::default(),
        paused: false,
        current: Some(current),
        old: vec![old],
    });
    let planned = plan.current.expect("the current set");
    assert_eq!(planned.revision, Some(3));
    assert_eq!(
        planned.reasons,
        [
            "this is now the current MachineSet, 3 current Machines < 3 MachineDeployment spec.replicas + 1 maxSurge"
        ]
    );
}

#[test]
fn a_paused_deployment_is_scaled_but_not_rolled_out() {
    let paused = |replicas: i32, current: Set, old: Vec<Set>| {
        let plan = plan(&Input {
            replicas,
            strategy: Strategy::default(),
            paused: true,
            current: Some(current),
            old,
        });
        let mut all: Vec<i32> = plan.current.iter().map(|planned| planned.replicas).collect();
        all.extend(plan.old.iter().map(|planned| planned.replicas));
        all
    };
    assert_eq!(
        paused(5, set("new", 1, 0, 0, 0), vec![set("old", 9, 3, 3, 3)]),
        [0, 5],
        "the one active set"
    );
    assert_eq!(
        paused(4, set("new", 1, 0, 0, 0), vec![]),
        [4],
        "no active set: the latest"
    );
    assert_eq!(
        paused(3, set("new", 1, 3, 3, 3), vec![set("old", 9, 1, 1, 1)]),
        [3, 0],
        "the newest is saturated"
    );
    let whole = |mut set: Set, whole: i32| {
        set.max_replicas = Some(whole);
        set
    };
    let grown = paused(
        20,
        whole(set("new", 1, 4, 4, 4), 11),
        vec![whole(set("old", 9, 7, 7, 7), 11)],
    );
    assert_eq!(grown, [8, 13], "grown in proportion to 20 and a surge of 1");
    let shrunk = paused(
        5,
        whole(set("new", 1, 4, 4, 4), 11),
        vec![whole(set("old", 9, 7, 7, 7), 11)],
    );
    assert_eq!(shrunk.iter().sum::<i32>(), 6);
}

/// From every mix of lags a rollout ends, never has more machines than the surge allows, and never fewer available than it must.
#[test]
fn rollouts_stay_within_their_bounds_and_end() {
    for replicas in [1, 2, 3, 6] {
        for surge in 0..3 {
            for unavailable in 0..3 {
                for lag in 0..3_u32 {
                    let strategy = rolling(IntOrPercent::Int(surge), IntOrPercent::Int(unavailable));
                    bounded_rollout(replicas, strategy, lag);
                }
            }
        }
    }
}

fn bounded_rollout(replicas: i32, strategy: Strategy, lag: u32) {
    let mut current = set("new", 0, 0, 0, 0);
    let mut old = set("old", 10, replicas, replicas, replicas);
    let (surge, unavailable) = (strategy.max_surge(replicas), strategy.max_unavailable(replicas));
    for step in 0..200_u32 {
        let plan = plan(&Input {
            replicas,
            strategy,
            paused: false,
            current: Some(current.clone()),
            old: vec![old.clone()],
        });
        current.spec_replicas = plan.current.expect("the current set").replicas;
        old.spec_replicas = plan.old[0].replicas;
        // New machines become available one at a time, `lag` steps apart; old machines go at once.
        if step % (lag + 1) == 0 && current.available_replicas < current.status_replicas {
            current.available_replicas += 1;
        }
        current.status_replicas = current.spec_replicas.max(current.status_replicas);
        old.status_replicas = old.spec_replicas;
        old.available_replicas = old.spec_replicas;
        let machines = current.status_replicas + old.status_replicas;
        let available = current.available_replicas + old.available_replicas;
        let case = format!("{replicas} replicas, {strategy:?}, lag {lag}, step {step}");
        assert!(machines <= replicas + surge, "{case}: {machines} machines");
        assert!(
            available >= replicas - unavailable,
            "{case}: {available} available"
        );
        if old.status_replicas == 0 && current.available_replicas == replicas {
            return;
        }
    }
    panic!("{replicas} replicas, {strategy:?}, lag {lag}: the rollout does not end");
}
