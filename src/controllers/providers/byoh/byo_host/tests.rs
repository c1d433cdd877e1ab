//! Tables of what the manager does for a ByoHost.

use std::time::Duration;

use fleetui_api::byoh::ByoHost;
use fleetui_api::byoh::names;
use serde_json::{Value, json};

use super::super::PoolHost;
use super::plan::{Claimant, Observed, plan};
use crate::change::Outcome;
use crate::object::Metadata;
use crate::samples;
use crate::settings::HostSettings;

fn there() -> Claimant {
    Claimant::There {
        uid: "uid-m".to_owned(),
    }
}

/// A host that was heard so many seconds ago, by the server's clock.
fn observed(more: &Value, heard: Option<i64>, claimant: Claimant) -> Observed {
    let heard = heard.and_then(|ago| {
        samples::now()
            .checked_sub(jiff::SignedDuration::from_secs(ago))
            .ok()
    });
    Observed {
        host: PoolHost {
            object: samples::object("node-1", more),
            heard,
        },
        claimant,
        settings: HostSettings::default(),
        now: samples::now(),
    }
}

fn status_of(outcome: &Outcome<ByoHost>, kind: &str) -> Option<String> {
    let found = outcome
        .object
        .status
        .conditions
        .iter()
        .find(|condition| condition.kind == kind);
    found.map(|condition| condition.status.clone())
}

fn reasons(observed: &Observed) -> Vec<&'static str> {
    plan(observed)
        .1
        .iter()
        .map(|happening| happening.reason)
        .collect()
}

/// A host's own clock may be hours ahead; that it says so in its heartbeat changes nothing.
#[test]
fn a_host_is_heard_by_the_servers_clock() {
    let boasts = json!({"status": {"lastHeartbeatTime": "2026-08-21T23:00:00Z"}});
    let cases = [
        (Some(5), Some("True"), Some(116)),
        (Some(120), Some("True"), Some(1)),
        (Some(121), Some("False"), None),
        (Some(90_000), Some("False"), None),
        // Upstream's agent sends none, and is not judged.
        (None, None, None),
    ];
    for (heard, status, again) in cases {
        let (outcome, _) = plan(&observed(&boasts, heard, Claimant::Nobody));
        assert_eq!(
            status_of(&outcome, names::AGENT_CONNECTED).as_deref(),
            status,
            "{heard:?}"
        );
        assert_eq!(outcome.requeue, again.map(Duration::from_secs), "{heard:?}");
    }
}

#[test]
fn a_host_that_falls_silent_and_comes_back_is_told_of_once() {
    let known = |status: &str| {
        json!({"status": {"conditions": [{
            "type": names::AGENT_CONNECTED, "status": status, "lastTransitionTime": "2026-08-21T11:00:00Z"
        }]}})
    };
    assert_eq!(
        reasons(&observed(&known("True"), Some(300), Claimant::Nobody)),
        ["AgentDisconnected"]
    );
    assert!(reasons(&observed(&known("False"), Some(300), Claimant::Nobody)).is_empty());
    assert_eq!(
        reasons(&observed(&known("False"), Some(3), Claimant::Nobody)),
        ["AgentConnected"]
    );
    assert!(reasons(&observed(&known("True"), Some(3), Claimant::Nobody)).is_empty());
}

fn failure(uid: &str) -> Value {
    json!({
        "step": "install", "command": "dpkg --install kubelet.deb", "exitStatus": 2,
        "lastLines": ["one", "no space left on device"], "machineUID": uid
    })
}

/// Upstream counted no failures and held no host back.
#[test]
fn a_failure_holds_the_host_back_with_all_that_is_known_of_it() {
    let told = json!({"status": {"failure": failure("uid-m")}});
    let (outcome, happenings) = plan(&observed(&told, Some(5), there()));
    let quarantine = outcome.object.status.quarantine.clone().expect("a quarantine");
    assert_eq!(quarantine.failures, 1);
    assert_eq!(quarantine.until.as_deref(), Some("2026-08-21T13:00:00Z"));
    assert_eq!(
        serde_json::to_value(quarantine.failure).expect("JSON"),
        failure("uid-m")
    );
    assert_eq!(
        status_of(&outcome, names::NOT_QUARANTINED).as_deref(),
        Some("False")
    );
    assert_eq!(happenings[0].reason, "ByoHostQuarantined");
    let before = json!({"status": {
        "failure": failure("uid-m"), "quarantine": {"failures": 1, "since": "2026-08-21T11:59:00Z",
            "until": "2026-08-21T13:00:00Z", "failure": failure("uid-m")}
    }});
    let (again, happenings) = plan(&observed(&before, Some(5), there()));
    assert_eq!(
        again
            .object
            .status
            .quarantine
            .map(|quarantine| quarantine.failures),
        Some(1),
        "it counts once"
    );
    assert!(happenings.is_empty());
}

#[test]
fn a_quarantine_ends_by_time_by_hand_or_by_success() {
    let held = |until: Value, more: &Value| {
        let mut whole = json!({"status": {"quarantine": {"failures": 2, "since": "2026-08-21T10:00:00Z", "until": until}}});
        json_patch::merge(&mut whole, more);
        whole
    };
    let past = json!("2026-08-21T12:00:00Z");
    let ahead = json!("2026-08-21T12:00:30Z");
    let by_hand = json!({"metadata": {"annotations": {names::CLEAR_QUARANTINE: "ada"}}});
    let success = json!({"status": {"conditions": [
        {"type": names::BOOTSTRAP_SUCCEEDED, "status": "True", "lastTransitionTime": "2026-08-21T11:00:00Z"}
    ]}});
    let nothing = json!({});
    let cases = [
        (held(ahead.clone(), &nothing), Some((2, true)), Some(30)),
        (held(past, &nothing), Some((2, false)), None),
        (held(Value::Null, &nothing), Some((2, true)), None),
        (held(Value::Null, &by_hand), None, None),
        (held(ahead, &success), None, None),
    ];
    for (more, expected, again) in cases {
        let (outcome, _) = plan(&observed(&more, None, Claimant::Nobody));
        let left = outcome.object.status.quarantine.as_ref();
        assert_eq!(
            left.map(|left| (left.failures, left.since.is_some())),
            expected,
            "{more}"
        );
        assert_eq!(outcome.requeue, again.map(Duration::from_secs), "{more}");
        assert_eq!(outcome.object.metadata.annotation(names::CLEAR_QUARANTINE), None);
    }
}

/// Upstream's hosts kept the label of a machine that was gone, and nobody could ever take them again.
#[test]
fn a_host_whose_machine_is_gone_is_reset() {
    let asked = json!({"metadata": {"annotations": {names::UNREGISTERING: ""}}});
    let deleting = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:30:00Z"}});
    let forgotten = |kind: &str| json!({"status": {"conditions": [{"type": kind, "status": "True", "lastTransitionTime": "2026-08-21T11:00:00Z"}]}});
    let cases = [
        (json!({}), Claimant::Gone, true, 1),
        // Nobody has it, and it is not clean.
        (forgotten(names::BOOTSTRAP_SUCCEEDED), Claimant::Nobody, true, 1),
        (
            forgotten(names::INSTALLATION_SUCCEEDED),
            Claimant::Nobody,
            true,
            1,
        ),
        (forgotten(names::BOOTSTRAP_SUCCEEDED), there(), false, 0),
        (json!({}), there(), false, 0),
        (json!({}), Claimant::Nobody, false, 0),
        (asked, Claimant::Gone, true, 0),
        (deleting, Claimant::Gone, false, 0),
    ];
    for (more, claimant, asks, events) in cases {
        let observed = observed(&more, None, claimant);
        let (outcome, happenings) = plan(&observed);
        let annotated = outcome.object.metadata.annotation(names::UNREGISTERING).is_some();
        assert_eq!((annotated, happenings.len()), (asks, events), "{more}");
    }
}

/// What a person holds back stays so through a success, and says why, until it is cleared.
#[test]
fn a_person_holds_a_host_back_until_it_is_cleared() {
    let held = json!({"metadata": {"annotations": {names::HELD_BACK: "ada: loses packets"}}});
    let (outcome, happenings) = plan(&observed(&held, Some(5), there()));
    assert_eq!(
        status_of(&outcome, names::NOT_QUARANTINED).as_deref(),
        Some("False")
    );
    assert!(happenings.iter().any(|it| it.reason == "ByoHostQuarantined"));
    let condition = json!({
        "type": names::NOT_QUARANTINED, "status": "False", "reason": "Quarantined", "severity": "Warning",
        "message": "Held back until it is cleared: ada: loses packets", "lastTransitionTime": "2026-08-21T11:00:00Z",
    });
    let up = json!({
        "type": names::BOOTSTRAP_SUCCEEDED, "status": "True", "lastTransitionTime": "2026-08-21T11:00:00Z",
    });
    let told = |annotations: Value| {
        json!({
            "metadata": {"annotations": annotations}, "status": {"conditions": [condition, up]},
        })
    };
    let still = told(json!({names::HELD_BACK: "ada: loses packets"}));
    let (outcome, happenings) = plan(&observed(&still, Some(5), there()));
    assert_eq!(
        status_of(&outcome, names::NOT_QUARANTINED).as_deref(),
        Some("False")
    );
    assert!(
        happenings.iter().all(|it| it.reason != "ByoHostQuarantined"),
        "it is told once"
    );
    let cleared = told(json!({names::HELD_BACK: "ada: loses packets", names::CLEAR_QUARANTINE: "ada"}));
    let (outcome, _) = plan(&observed(&cleared, Some(5), there()));
    assert_eq!(
        status_of(&outcome, names::NOT_QUARANTINED).as_deref(),
        Some("True")
    );
    for annotation in [names::HELD_BACK, names::CLEAR_QUARANTINE] {
        assert_eq!(outcome.object.metadata.annotation(annotation), None);
    }
    let (outcome, _) = plan(&observed(&told(json!({})), Some(5), there()));
    assert_eq!(
        status_of(&outcome, names::NOT_QUARANTINED).as_deref(),
        Some("True")
    );
}
