//! How v1beta1 conditions are set, summed up and aggregated.

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

#[test]
fn any_change_moves_the_time_and_ready_stands_first() {
    let mut conditions = Vec::new();
    set(&mut conditions, bad("B", "Waiting", Severity::Info, "a"), at(10));
    set(&mut conditions, bad("B", "Waiting", Severity::Info, "a"), at(20));
    assert_eq!(conditions[0].last_transition_time, "1970-01-01T00:00:10Z");
    set(&mut conditions, bad("B", "Waiting", Severity::Info, "b"), at(30));
    assert_eq!(conditions[0].last_transition_time, "1970-01-01T00:00:30Z");
    for kind in ["Z", "A", READY] {
        set(&mut conditions, good(kind), at(30));
    }
    let kinds: Vec<&str> = conditions
        .iter()
        .map(|condition| condition.kind.as_str())
        .collect();
    assert_eq!(kinds, [READY, "A", "B", "Z"]);
    remove(&mut conditions, "A");
    assert!(find(&conditions, "A").is_none() && has_status(&conditions, "Z", "True"));
}

#[test]
fn the_worst_decides_and_types_are_told_in_order() {
    let conditions = [
        bad("Info", "I", Severity::Info, "info"),
        bad("Late", "L", Severity::Warning, "late"),
        bad("Early", "E", Severity::Warning, "early"),
        unknown("Unknown", "U", ""),
        good("Good"),
    ];
    let of = |kinds: &[&str]| summarise(&conditions, kinds, None).expect("a summary");
    let worst = of(&["Good", "Unknown", "Info", "Early", "Late", "Missing"]);
    let expected = bad(READY, "E", Severity::Warning, "early");
    assert_eq!(worst, expected);
    assert_eq!(of(&["Good", "Unknown"]), good(READY));
    assert_eq!(of(&["Unknown"]), unknown(READY, "U", ""));
    assert_eq!(summarise(&conditions, &["Missing"], None), None);
}

#[test]
fn steps_are_counted_while_there_is_nothing_else() {
    let steps = ["Bootstrap", "Infrastructure"];
    let kinds = ["Infrastructure", "Bootstrap", "Health"];
    let mut conditions = vec![
        good("Bootstrap"),
        bad(
            "Infrastructure",
            "WaitingForInfrastructure",
            Severity::Info,
            "why",
        ),
    ];
    let message = |conditions: &[OldCondition]| {
        let summary = summarise(conditions, &kinds, Some(&steps)).expect("a summary");
        summary.message.unwrap_or_default()
    };
    assert_eq!(message(&conditions), "1 of 2 completed");
    conditions.push(good("Health"));
    assert_eq!(message(&conditions), "why");
}

#[test]
fn an_aggregate_names_the_object_and_counts() {
    let source = |name: &str, ready: Option<OldCondition>| OldSource {
        kind: "Machine".to_owned(),
        name: name.to_owned(),
        ready,
    };
    let sources = [
        source("a", Some(good(READY))),
        source(
            "b",
            Some(bad(READY, "WaitingForBootstrapData", Severity::Info, "x")),
        ),
        source("c", None),
    ];
    let expected = bad(
        "MachinesReady",
        "WaitingForBootstrapData @ Machine/b",
        Severity::Info,
        "1 of 3 completed",
    );
    assert_eq!(aggregate("MachinesReady", &sources), Some(expected));
    assert_eq!(
        aggregate("MachinesReady", &sources[..1]),
        Some(good("MachinesReady"))
    );
    assert_eq!(aggregate("MachinesReady", &sources[2..]), None);
}
