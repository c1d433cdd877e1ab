//! Tables of what an agent does next.

use fleetui_api::byoh::ByoHost;
use fleetui_api::byoh::names::{self, BOOTSTRAP_SUCCEEDED, INSTALLATION_SUCCEEDED, reason};
use fleetui_api::labels;
use serde_json::{Value, json};

use super::agent::{Action, Decision, Journal, PodNetwork, Step, Work, decide};
use super::{FAIL_STEP_ANNOTATION, SILENT_ANNOTATION, SimulatedHostSettings, facts};
use crate::object::Object;
use crate::samples;
use crate::settings::{Network, SimulationSettings};

fn settings() -> SimulatedHostSettings {
    SimulatedHostSettings {
        simulation: SimulationSettings {
            jitter: 0.0,
            ..SimulationSettings::default()
        },
        ..SimulatedHostSettings::default()
    }
}

/// A host that is taken by `m`, with bootstrap data and scripts, and whatever `more` says.
fn taken(more: &Value) -> std::sync::Arc<Object<ByoHost>> {
    let mut whole = json!({
        "spec": {"bootstrapSecret": {"name": "data"}, "installationSecret": {"name": "scripts"}},
        "status": {"hostinfo": {"osname": "linux"}, "machineRef": {"name": "m", "uid": "uid-m"}}
    });
    json_patch::merge(&mut whole, more);
    samples::object("node-1", &whole)
}

fn conditions(all: &[(&str, &str, &str)]) -> Value {
    let all: Vec<Value> = all
        .iter()
        .map(|(kind, status, reason)| {
            json!({"type": kind, "status": status, "reason": reason, "lastTransitionTime": "2026-08-21T11:00:00Z"})
        })
        .collect();
    json!({"status": {"conditions": all}})
}

fn at(step: Step, seconds: i64) -> Journal {
    Journal {
        work: Some(work(step, seconds)),
        served: Some("uid-m".to_owned()),
        ..Journal::default()
    }
}

fn work(step: Step, seconds: i64) -> Work {
    Work {
        step,
        machine: "uid-m".to_owned(),
        until: samples::now()
            .checked_add(jiff::SignedDuration::from_secs(seconds))
            .expect("a time"),
    }
}

fn with(mut one: Value, other: &Value) -> Value {
    json_patch::merge(&mut one, other);
    one
}

/// Hosts, what their agents remember, and what they decide.
type Cases = Vec<(Value, Journal, Decision)>;

fn check(cases: Cases) {
    for (more, journal, expected) in cases {
        let decision = decide(&taken(&more), &journal, samples::now(), &settings());
        assert_eq!(decision, expected, "{more}");
    }
}

fn tell(kind: &'static str, reason: &'static str) -> Decision {
    Decision::Do(Action::Tell(kind, reason))
}

fn installed() -> Value {
    conditions(&[(INSTALLATION_SUCCEEDED, "True", "")])
}

fn up() -> Value {
    conditions(&[
        (INSTALLATION_SUCCEEDED, "True", ""),
        (BOOTSTRAP_SUCCEEDED, "True", ""),
    ])
}

fn annotated(key: &str, value: &str) -> Value {
    json!({"metadata": {"annotations": {key: value}}})
}

fn failed(step: &str) -> Value {
    json!({"status": {"failure": {"step": step, "machineUID": "uid-m"}}})
}

/// A host with a node that is off since then.
fn off(heard: &str) -> Value {
    let heard = json!({"status": {"lastHeartbeatTime": heard}});
    with(with(up(), &annotated(SILENT_ANNOTATION, "")), &heard)
}

fn lost() -> Journal {
    Journal {
        node_lost: true,
        ..Journal::default()
    }
}

fn in_seconds(seconds: i64) -> jiff::Timestamp {
    work(Step::Install, seconds).until
}

#[test]
fn an_agent_waits_for_a_machine_and_for_what_it_needs() {
    let none = Journal::default;
    let free = json!({"status": {"machineRef": null}});
    let reset_before = conditions(&[(BOOTSTRAP_SUCCEEDED, "False", reason::NODE_ABSENT)]);
    check(vec![
        (
            json!({"status": {"hostinfo": null}}),
            none(),
            Decision::Do(Action::Register),
        ),
        (
            free.clone(),
            none(),
            tell(BOOTSTRAP_SUCCEEDED, reason::WAITING_FOR_MACHINE_REF),
        ),
        (with(free, &reset_before), none(), Decision::Nothing),
        (
            json!({"spec": {"bootstrapSecret": null}}),
            none(),
            tell(BOOTSTRAP_SUCCEEDED, reason::BOOTSTRAP_DATA_UNAVAILABLE),
        ),
        (
            json!({"spec": {"installationSecret": null}}),
            none(),
            tell(INSTALLATION_SUCCEEDED, reason::INSTALLATION_SECRET_UNAVAILABLE),
        ),
        (annotated(labels::PAUSED, ""), none(), Decision::Nothing),
        (annotated(SILENT_ANNOTATION, ""), none(), Decision::Silence),
        (
            off("2026-08-21T11:59:30Z"),
            none(),
            Decision::SilentUntil(in_seconds(20)),
        ),
        (
            off("2026-08-21T11:59:00Z"),
            none(),
            Decision::Do(Action::LoseNode),
        ),
        (off("2026-08-21T11:59:00Z"), lost(), Decision::Silence),
        (up(), lost(), Decision::Do(Action::RegainNode)),
        (
            json!({"metadata": {"deletionTimestamp": "2026-08-21T11:30:00Z"}}),
            none(),
            Decision::Nothing,
        ),
    ]);
}

#[test]
fn an_agent_installs_and_brings_its_node_up() {
    let fails = |text: &str| annotated(FAIL_STEP_ANNOTATION, text);
    let finish = |step| Decision::Do(Action::Finish(step));
    check(vec![
        (
            json!({}),
            Journal::default(),
            Decision::Begin(work(Step::Install, 20)),
        ),
        (
            json!({}),
            at(Step::Install, 7),
            Decision::Wait(work(Step::Install, 7).until),
        ),
        (json!({}), at(Step::Install, 0), finish(Step::Install)),
        (
            installed(),
            at(Step::Install, 0),
            Decision::Begin(work(Step::Bootstrap, 10)),
        ),
        (installed(), at(Step::Bootstrap, 0), finish(Step::Bootstrap)),
        (up(), at(Step::Bootstrap, 0), Decision::Nothing),
        // Told to fail, it does so once, and waits to be given back.
        (
            with(installed(), &fails("bootstrap: no route")),
            at(Step::Bootstrap, 0),
            Decision::Do(Action::Fail(Step::Bootstrap, "no route".to_owned())),
        ),
        (
            with(installed(), &fails("install")),
            at(Step::Bootstrap, 0),
            finish(Step::Bootstrap),
        ),
        (failed("bootstrap"), at(Step::Bootstrap, 0), Decision::Nothing),
    ]);
}

#[test]
fn a_node_that_is_up_waits_for_the_network_of_its_cluster() {
    let awaited = SimulatedHostSettings {
        simulation: SimulationSettings {
            network: Network::Awaited,
            ..settings().simulation
        },
        ..settings()
    };
    let turns = Decision::Do(Action::TurnReady);
    for (network, brought, waited_for) in [
        (PodNetwork::Unknown, Decision::Nothing, Decision::AwaitNetwork),
        (PodNetwork::Awaited, Decision::Nothing, Decision::Nothing),
        (PodNetwork::There, turns.clone(), turns),
        (PodNetwork::Used, Decision::Nothing, Decision::Nothing),
    ] {
        let journal = Journal {
            network,
            ..at(Step::Bootstrap, 0)
        };
        for (settings, expected) in [(settings(), brought), (awaited.clone(), waited_for)] {
            let decision = decide(&taken(&up()), &journal, samples::now(), &settings);
            assert_eq!(decision, expected, "{network:?}");
        }
    }
}

/// Upstream's agent reset nothing where the installation was skipped, and ran on where nobody knew of it any more.
#[test]
fn an_agent_cleans_its_host_before_anything_else() {
    let unregistering = annotated(names::UNREGISTERING, "");
    let free = json!({"status": {"machineRef": null}});
    let busy = with(annotated(FAIL_STEP_ANNOTATION, "reset: busy"), &unregistering);
    let another = Journal {
        served: Some("uid-of-another".to_owned()),
        ..Journal::default()
    };
    let nobodys = Work {
        machine: String::new(),
        ..work(Step::Reset, 5)
    };
    check(vec![
        // Also where nothing has begun.
        (
            unregistering.clone(),
            Journal::default(),
            Decision::Begin(work(Step::Reset, 5)),
        ),
        (
            with(up(), &unregistering),
            at(Step::Reset, 0),
            Decision::Do(Action::Finish(Step::Reset)),
        ),
        (
            busy.clone(),
            at(Step::Reset, 0),
            Decision::Do(Action::Fail(Step::Reset, "busy".to_owned())),
        ),
        (
            with(busy, &failed("reset")),
            at(Step::Reset, 0),
            Decision::Nothing,
        ),
        // Forgotten or given to another while it was away.
        (with(free, &up()), Journal::default(), Decision::Begin(nobodys)),
        (up(), another, Decision::Begin(work(Step::Reset, 5))),
    ]);
}

/// Without scripts an agent waits; one that skips the installation does not, and cleans its host all the same. Upstream's leaked
/// the node of such a host: its reset looked at the installation alone.
#[test]
fn an_agent_that_skips_the_installation_waits_for_no_scripts_and_still_cleans() {
    let skips = SimulatedHostSettings {
        skip_installation: true,
        ..settings()
    };
    let runs = conditions(&[(BOOTSTRAP_SUCCEEDED, "True", "")]);
    let bare = json!({"spec": {"installationSecret": null}});
    let free = json!({"status": {"machineRef": null}});
    let released = annotated(names::UNREGISTERING, "");
    let nobodys = Work {
        machine: String::new(),
        ..work(Step::Reset, 5)
    };
    let cases = [
        (
            bare.clone(),
            Journal::default(),
            Decision::Begin(work(Step::Bootstrap, 10)),
        ),
        (
            bare.clone(),
            at(Step::Bootstrap, 0),
            Decision::Do(Action::Finish(Step::Bootstrap)),
        ),
        (
            with(runs.clone(), &released),
            Journal::default(),
            Decision::Begin(work(Step::Reset, 5)),
        ),
        (with(free, &runs), Journal::default(), Decision::Begin(nobodys)),
        (with(runs, &bare), at(Step::Bootstrap, 0), Decision::Nothing),
    ];
    for (more, journal, expected) in cases {
        let decision = decide(&taken(&more), &journal, samples::now(), &skips);
        assert_eq!(decision, expected, "{more}");
    }
}

#[test]
fn hosts_are_known_by_their_numbers() {
    let settings = settings();
    assert_eq!(facts::name(&settings, 7), "node-7");
    let cases = [
        ("node-7", Some(7)),
        ("node-07", None),
        ("node-0", None),
        ("node-", None),
        ("node-7x", None),
        ("host-7", None),
    ];
    for (name, expected) in cases {
        assert_eq!(facts::number(&settings, name), expected, "{name}");
    }
    let usual = SimulatedHostSettings::default();
    assert_eq!(facts::address(&usual, 6, 6), "192.0.2.16");
    assert_eq!(facts::address(&usual, 70_000, 100_000), "198.19.17.112");
    let elsewhere = SimulatedHostSettings {
        first_address: [198, 51, 100, 11],
        ..usual.clone()
    };
    assert_eq!(facts::address(&elsewhere, 6, 6), "198.51.100.16");
}

#[test]
fn a_host_says_which_versions_its_installer_has() {
    let report = |settings: &SimulatedHostSettings| {
        let mut status = fleetui_api::byoh::host::ByoHostStatus::default();
        facts::report(settings, 1, 6, &mut status);
        status.installable_versions
    };
    let ubuntu = |release: &str| SimulatedHostSettings {
        os_image: release.to_owned(),
        ..settings()
    };
    let of = |release: &str| {
        let versions = report(&ubuntu(release));
        (versions.first().cloned(), versions.last().cloned())
    };
    let between = |first: &str, last: &str| (Some(first.to_owned()), Some(last.to_owned()));
    assert_eq!(of("Ubuntu 22.04.5 LTS"), between("v1.25", "v1.37"));
    assert_eq!(of("Ubuntu 20.04.6 LTS"), between("v1.24", "v1.34"));
    assert_eq!(of("Rocky Linux 9"), between("v1.24", "v1.37"));
    let brings_its_own = SimulatedHostSettings {
        skip_installation: true,
        ..settings()
    };
    assert_eq!(
        report(&brings_its_own),
        Vec::<String>::new(),
        "nothing is installed"
    );
}
