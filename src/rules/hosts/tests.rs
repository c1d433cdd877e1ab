//! Tables: states, choices and refusals, installable versions, quarantines, names.

use std::collections::BTreeMap;
use std::time::Duration;

use fleetui_api::byoh::host::{ByoHostSpec, ByoHostStatus, HostFailure, HostInfo};
use fleetui_api::byoh::machine::ByoMachineSpec;
use fleetui_api::byoh::names;
use fleetui_base::clock::{Clock as _, SystemClock};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::installable::{self, Installable};
use super::offer::offer;
use super::selection::{Refusal, Request, because, select};
use super::{Host, Stage, Watch, is_provider_id_of, machine_label, provider_id, quarantine};
use crate::version::Version;

/// A host that owns what it is made of.
struct Owned {
    name: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    deleting: bool,
    spec: ByoHostSpec,
    status: ByoHostStatus,
    heard: Option<Timestamp>,
}

impl Owned {
    /// A free Ubuntu host, and whatever `more` says of it.
    fn new(name: &str, more: &Value) -> Self {
        let mut whole = json!({
            "labels": {}, "annotations": {}, "spec": {}, "heard": -5,
            "status": {
                "hostinfo": {"osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"},
                "capacity": {"cpu": "8", "memory": "16Gi"}
            }
        });
        merge(&mut whole, more);
        let part = |key: &str| whole[key].clone();
        Self {
            name: name.to_owned(),
            labels: serde_json::from_value(part("labels")).expect("labels"),
            annotations: serde_json::from_value(part("annotations")).expect("annotations"),
            deleting: whole["deleting"] == true,
            spec: serde_json::from_value(part("spec")).expect("a spec"),
            status: serde_json::from_value(part("status")).expect("a status"),
            heard: whole["heard"].as_i64().map(at),
        }
    }

    fn host(&self) -> Host<'_> {
        Host {
            name: &self.name,
            labels: &self.labels,
            annotations: &self.annotations,
            deleting: self.deleting,
            spec: &self.spec,
            status: &self.status,
            heard: self.heard,
        }
    }
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}

fn now() -> Timestamp {
    "2026-08-21T12:00:00Z".parse().expect("a time")
}

/// So many seconds from now.
fn at(seconds: i64) -> Timestamp {
    now()
        .checked_add(SignedDuration::from_secs(seconds))
        .expect("a time")
}

fn watch() -> Watch {
    Watch {
        now: now(),
        timeout: Duration::from_mins(2),
    }
}

fn request(spec: &ByoMachineSpec) -> Request<'_> {
    Request {
        spec,
        installs: None,
        failure_domain: None,
        cluster: Some("c"),
        owner: Some("c/md-0"),
        tried: Vec::new(),
        being_taken: Vec::new(),
        watch: watch(),
    }
}

fn spec(value: Value) -> ByoMachineSpec {
    serde_json::from_value(value).expect("a spec")
}

fn version(text: &str) -> Version {
    text.parse().expect("a version")
}

fn condition(kind: &str, status: &str, reason: &str, ago: i64) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "lastTransitionTime": at(-ago).to_string()})
}

const TAKEN: &str = "cluster.x-k8s.io/cluster-name";

#[test]
fn every_state_has_its_word() {
    let cases = [
        (json!({}), "Free"),
        (json!({"status": {"hostinfo": null}}), "Registering"),
        (json!({"spec": {"approved": false}}), "PendingApproval"),
        (json!({"labels": {TAKEN: "c"}}), "Reserved"),
        (json!({"spec": {"claimRef": {"name": "m"}}}), "Reserved"),
        (json!({"status": {"machineRef": {"name": "m"}}}), "Reserved"),
        (
            json!({"labels": {TAKEN: "c"}, "spec": {"installationSecret": {"name": "m"}}}),
            "Installing",
        ),
        (
            json!({"labels": {TAKEN: "c"}, "status": {"conditions": [condition(names::INSTALLATION_SUCCEEDED, "True", "", 1)]}}),
            "Joining",
        ),
        (
            json!({"labels": {TAKEN: "c"}, "status": {"conditions": [condition(names::BOOTSTRAP_SUCCEEDED, "True", "", 1)]}}),
            "InUse",
        ),
        (
            json!({"labels": {TAKEN: "c"}, "annotations": {names::UNREGISTERING: ""}}),
            "Releasing",
        ),
        (
            json!({"status": {"conditions": [condition(names::BOOTSTRAP_SUCCEEDED, "True", "", 1)]}}),
            "Unclean",
        ),
        (
            json!({"status": {"conditions": [condition(names::INSTALLATION_SUCCEEDED, "True", "", 1)]}}),
            "Unclean",
        ),
        (
            json!({"status": {"conditions": [condition(names::BOOTSTRAP_SUCCEEDED, "False", "", 1)]}}),
            "Free",
        ),
        (json!({"annotations": {names::RELEASED: "c/md-0"}}), "Released"),
        (json!({"heard": -121}), "Free,Disconnected"),
        (
            json!({"labels": {TAKEN: "c"}, "heard": -600}),
            "Reserved,Disconnected",
        ),
        (json!({"heard": null}), "Free"),
        (json!({"heard": 7200}), "Free"),
        (
            json!({"spec": {"unclaimable": true, "maintenance": {"reason": "disk"}}}),
            "Free,Cordoned,Maintenance",
        ),
        (
            json!({"annotations": {"cluster.x-k8s.io/paused": ""}}),
            "Free,Paused",
        ),
        (json!({"deleting": true}), "Free,Retiring"),
        (
            json!({"status": {"quarantine": {"failures": 3, "since": at(-9).to_string()}}}),
            "Free,Quarantined",
        ),
        (
            json!({"status": {"quarantine": {"failures": 1, "since": at(-9).to_string(), "until": at(-1).to_string()}}}),
            "Free",
        ),
    ];
    for (more, expected) in cases {
        let owned = Owned::new("h", &more);
        let state = owned.host().state(watch());
        assert_eq!(state.to_string(), expected, "{more}");
        assert_eq!(state.is_free(), expected == "Free", "{more}");
    }
}

/// A host's name, what it is like beside the good one, and why it is refused.
type Refused = (&'static str, Value, Option<(Refusal, &'static str)>);

fn refused_by_themselves() -> Vec<Refused> {
    vec![
        ("h", json!({}), None),
        ("h", json!({"spec": {"taints": [{"key": "soft"}]}}), None),
        (
            "h",
            json!({"spec": {"approved": false}}),
            Some((Refusal::NotApproved, "not approved")),
        ),
        (
            "h",
            json!({"deleting": true}),
            Some((Refusal::Retiring, "being deleted")),
        ),
        (
            "h",
            json!({"annotations": {"cluster.x-k8s.io/paused": ""}}),
            Some((Refusal::Paused, "paused")),
        ),
        (
            "h",
            json!({"status": {"hostinfo": null}}),
            Some((Refusal::Registering, "registering")),
        ),
        (
            "h",
            json!({"labels": {TAKEN: "c", names::MACHINE_LABEL: "default.m"}}),
            Some((Refusal::Taken, "reserved for another machine: default.m")),
        ),
        (
            "h",
            json!({
                "labels": {TAKEN: "c", names::MACHINE_LABEL: "default.m"},
                "status": {"conditions": [condition(names::INSTALLATION_SUCCEEDED, "True", "", 1)]},
            }),
            Some((Refusal::InUse, "in use: default.m")),
        ),
        (
            "h",
            json!({"annotations": {names::UNREGISTERING: ""}}),
            Some((Refusal::Releasing, "being reset")),
        ),
        (
            "h",
            json!({"status": {"conditions": [condition(names::BOOTSTRAP_SUCCEEDED, "True", "", 1)]}}),
            Some((Refusal::NotClean, "not clean")),
        ),
        (
            "h",
            json!({"annotations": {names::RELEASED: "c/md-0"}}),
            Some((Refusal::Released, "kept for inspection")),
        ),
        (
            "h",
            json!({"heard": -300}),
            Some((Refusal::Disconnected, "disconnected: silent for 5m")),
        ),
        (
            "h",
            json!({"spec": {"unclaimable": true}}),
            Some((Refusal::Cordoned, "cordoned")),
        ),
        (
            "h",
            json!({"spec": {"maintenance": {"reason": "new disk"}}}),
            Some((Refusal::Maintenance, "in maintenance: new disk")),
        ),
        (
            "h",
            json!({"status": {"quarantine": {"failures": 1, "since": "x", "failure": {"step": "install"}}}}),
            Some((Refusal::Quarantined, "quarantined: install")),
        ),
        (
            "h",
            json!({"spec": {"taints": [{"key": "soft"}, {"key": "hard"}]}}),
            Some((Refusal::Tainted, "with a taint that is not tolerated: hard")),
        ),
    ]
}

/// What a person has said of a host.
fn refused_by_a_person() -> Vec<Refused> {
    vec![
        (
            "h",
            json!({"annotations": {names::HELD_BACK: "loses packets"}}),
            Some((Refusal::Quarantined, "quarantined: loses packets")),
        ),
        (
            "h",
            json!({"spec": {"taints": [{"key": names::RESERVED_FOR, "value": "c"}]}}),
            None,
        ),
        (
            "h",
            json!({"spec": {"taints": [{"key": names::RESERVED_FOR, "value": "d"}]}}),
            Some((Refusal::Reserved, "reserved for another cluster: d")),
        ),
    ]
}

fn refused_by_the_request() -> Vec<Refused> {
    vec![
        (
            "h",
            json!({"labels": {"pool": "b"}}),
            Some((Refusal::LabelsDiffer, "without the labels asked for: !gpu,pool=a")),
        ),
        (
            "h",
            json!({"labels": {"gpu": "1"}}),
            Some((Refusal::LabelsDiffer, "without the labels asked for: !gpu,pool=a")),
        ),
        (
            "h",
            json!({"status": {"hostinfo": {"osimage": "Rocky Linux 9"}}}),
            Some((
                Refusal::CannotInstall,
                "that cannot install the version: it can install nothing",
            )),
        ),
        (
            "h",
            json!({"status": {"capacity": {"cpu": "2"}}}),
            Some((Refusal::TooSmall, "too small: cpu")),
        ),
        (
            "h",
            json!({"labels": {names::ZONE_LABEL: "zone-b"}}),
            Some((Refusal::OtherFailureDomain, "in another failure domain: zone-b")),
        ),
        ("tried", json!({}), Some((Refusal::TriedBefore, "tried before"))),
    ]
}

#[test]
fn every_refusal_has_its_reason() {
    let wishes = spec(json!({
        "selector": {"matchLabels": {"pool": "a"}, "matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]},
        "resources": {"cpu": "4"}, "tolerations": [{"key": "soft"}]
    }));
    let wanted = version("v1.31.2");
    let mut asked = request(&wishes);
    asked.installs = Some(&wanted);
    asked.failure_domain = Some("zone-a");
    asked.tried = vec!["tried"];
    let good = json!({"labels": {"pool": "a", names::ZONE_LABEL: "zone-a"}});
    for (name, more, expected) in refused_by_themselves()
        .into_iter()
        .chain(refused_by_a_person())
        .chain(refused_by_the_request())
    {
        let mut whole = good.clone();
        merge(&mut whole, &more);
        let owned = Owned::new(name, &whole);
        let host = owned.host();
        let selection = select(&[host], &asked);
        let refused = selection.refused.first().map(|(_, refusal)| *refusal);
        let told = refused.map(|refusal| (refusal, because(&host, &asked, refusal)));
        let told = told.as_ref().map(|(refusal, text)| (*refusal, text.as_str()));
        assert_eq!(told, expected, "{more}");
    }
}

/// A reserved host is its cluster's alone, and comes before all others; a machine of no known cluster does not take it.
#[test]
fn a_reserved_host_is_taken_by_its_cluster_and_first() {
    let any = spec(json!({}));
    let reserved = Owned::new(
        "z-reserved",
        &json!({"spec": {"taints": [{"key": names::RESERVED_FOR, "value": "c"}]}}),
    );
    let open = Owned::new("a-open", &json!({"annotations": {names::SERVED: "c/md-0"}}));
    let hosts = [open.host(), reserved.host()];
    let order = |cluster: Option<&str>| {
        let asked = Request {
            cluster,
            ..request(&any)
        };
        select(&hosts, &asked).candidates
    };
    assert_eq!(order(Some("c")), [1, 0]);
    assert_eq!(order(Some("d")), [0]);
    assert_eq!(order(None), [0]);
}

/// What is only hoped for is no substitute for what has to be.
#[test]
fn required_labels_and_a_pinned_host_leave_no_choice() {
    let required = spec(json!({"affinity": {"required": [
        {"selector": {"matchLabels": {"rack": "1"}}}, {"selector": {"matchLabels": {"rack": "2"}}}
    ]}}));
    let pinned = spec(json!({"hostName": "b"}));
    let in_rack = |rack: &str| json!({"labels": {"rack": rack}});
    let hosts = [
        Owned::new("a", &in_rack("3")),
        Owned::new("b", &in_rack("2")),
        Owned::new("c", &in_rack("1")),
        Owned::new("d", &json!({})),
    ];
    let facts: Vec<Host<'_>> = hosts.iter().map(Owned::host).collect();
    let cases = [
        (
            &required,
            vec!["b", "c"],
            "2/4 hosts can be taken: 2 without the labels asked for",
        ),
        (
            &pinned,
            vec!["b"],
            "1/4 hosts can be taken: 3 other than the one asked for",
        ),
    ];
    for (spec, expected, summary) in cases {
        let selection = select(&facts, &request(spec));
        let names: Vec<&str> = selection
            .candidates
            .iter()
            .map(|index| facts[*index].name)
            .collect();
        assert_eq!((names, selection.summary().as_str()), (expected, summary));
    }
    assert_eq!(
        because(&facts[0], &request(&required), Refusal::LabelsDiffer),
        "without the labels asked for: rack=1 or rack=2"
    );
    assert_eq!(
        because(&facts[0], &request(&pinned), Refusal::OtherHost),
        "other than the one asked for: b"
    );
}

/// A host whose name was changed came up as a second one, and both were taken.
#[test]
fn one_machine_under_two_names_is_taken_once() {
    let id = |id: &str, more: Value| {
        let mut whole = json!({"status": {"machineID": id}});
        merge(&mut whole, &more);
        whole
    };
    let hosts = [
        Owned::new(
            "before",
            &id("4711", json!({"labels": {TAKEN: "c"}, "heard": -900})),
        ),
        Owned::new("after", &id("4711", json!({}))),
        Owned::new("other", &id("4712", json!({}))),
        Owned::new("silent-about-it", &json!({})),
    ];
    let facts: Vec<Host<'_>> = hosts.iter().map(Owned::host).collect();
    let nothing = spec(json!({}));
    let selection = select(&facts, &request(&nothing));
    let refused: Vec<_> = selection
        .refused
        .iter()
        .map(|(index, why)| (facts[*index].name, *why))
        .collect();
    assert_eq!(
        refused,
        [("before", Refusal::Taken), ("after", Refusal::SameMachine)]
    );
    assert_eq!(
        because(&facts[1], &request(&nothing), Refusal::SameMachine),
        "known by another name that is in use"
    );
}

#[test]
fn an_offer_is_the_least_that_every_free_matching_host_has() {
    let has = |cpu: &str, memory: &str, more: Value| {
        let mut whole =
            json!({"labels": {"pool": "a"}, "status": {"capacity": {"cpu": cpu, "memory": memory}}});
        merge(&mut whole, &more);
        whole
    };
    let arm = json!({"status": {"hostinfo": {"architecture": "arm64"}, "capacity": {"gpu": "1"}}});
    let hosts = [
        Owned::new("big", &has("16", "64Gi", json!({}))),
        Owned::new("small", &has("4", "100Gi", arm)),
        Owned::new("taken", &has("1", "1Gi", json!({"labels": {TAKEN: "c"}}))),
        Owned::new("elsewhere", &has("1", "1Gi", json!({"labels": {"pool": "b"}}))),
    ];
    let facts: Vec<Host<'_>> = hosts.iter().map(Owned::host).collect();
    let wishes = spec(json!({"selector": {"matchLabels": {"pool": "a"}}}));
    let told = offer(&facts, &request(&wishes)).expect("two are free");
    assert_eq!(json!(told.capacity), json!({"cpu": "4", "memory": "64Gi"}));
    assert_eq!(told.architecture, None, "they differ");
    assert_eq!(told.operating_system.as_deref(), Some("linux"));
    let nobody = spec(json!({"selector": {"matchLabels": {"pool": "c"}}}));
    assert_eq!(offer(&facts, &request(&nobody)), None);
}

#[test]
fn the_best_host_comes_first_whatever_the_order() {
    let zone = |zone: &str| json!({"labels": {names::ZONE_LABEL: zone}});
    let used = |ago: i64| {
        let absent = condition(
            names::BOOTSTRAP_SUCCEEDED,
            "False",
            names::reason::NODE_ABSENT,
            ago,
        );
        json!({"labels": {names::ZONE_LABEL: "b"}, "status": {"conditions": [absent]}})
    };
    let failed = json!({"labels": {names::ZONE_LABEL: "b"}, "status": {"quarantine": {"failures": 1}}});
    let mut sticky = zone("a");
    sticky["annotations"] = json!({names::SERVED: "c/md-0"});
    let mut liked = zone("a");
    liked["labels"]["ssd"] = json!("true");
    let taken =
        json!({"labels": {names::ZONE_LABEL: "a", TAKEN: "c"}, "annotations": {names::SERVED: "c/md-0"}});
    let mut hosts = vec![
        Owned::new("taken", &taken),
        Owned::new("sticky", &sticky),
        Owned::new("liked", &liked),
        Owned::new("crowded", &zone("a")),
        Owned::new("fresh-1", &zone("b")),
        Owned::new("fresh-2", &zone("b")),
        Owned::new("used-long-ago", &used(900)),
        Owned::new("used-lately", &used(9)),
        Owned::new("failed", &failed),
    ];
    let wishes = spec(
        json!({"affinity": {"preferred": [{"weight": 5, "selector": {"matchLabels": {"ssd": "true"}}}]}}),
    );
    let expected = [
        "sticky",
        "liked",
        "fresh-1",
        "fresh-2",
        "used-long-ago",
        "used-lately",
        "failed",
        "crowded",
    ];
    for turn in 0..hosts.len() {
        hosts.rotate_left(turn);
        let borrowed: Vec<Host<'_>> = hosts.iter().map(Owned::host).collect();
        let selection = select(&borrowed, &request(&wishes));
        let names: Vec<&str> = selection
            .candidates
            .iter()
            .map(|index| borrowed[*index].name)
            .collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn a_pool_without_a_host_says_why() {
    let cordoned = json!({"spec": {"unclaimable": true}});
    let hosts = [
        Owned::new("a", &cordoned),
        Owned::new("b", &cordoned),
        Owned::new("c", &json!({"labels": {TAKEN: "c"}})),
    ];
    let borrowed: Vec<Host<'_>> = hosts.iter().map(Owned::host).collect();
    let wishes = ByoMachineSpec::default();
    let selection = select(&borrowed, &request(&wishes));
    assert_eq!(
        selection.summary(),
        "0/3 hosts can be taken: 2 cordoned, 1 with a machine"
    );
    assert_eq!(select(&[], &request(&wishes)).summary(), "0/0 hosts can be taken");
}

/// So the sentence is the same whether the write that takes the host has been seen yet or not.
#[test]
fn a_host_that_another_machine_is_taking_counts_as_one_with_a_machine() {
    let free = json!({});
    let hosts = [Owned::new("a", &free), Owned::new("b", &free)];
    let borrowed: Vec<Host<'_>> = hosts.iter().map(Owned::host).collect();
    let wishes = ByoMachineSpec::default();
    let taking = |hosts: &[&'static str]| Request {
        being_taken: hosts.to_vec(),
        ..request(&wishes)
    };
    assert_eq!(select(&borrowed, &taking(&["a"])).candidates, [1]);
    assert_eq!(
        select(&borrowed, &taking(&["a", "b"])).summary(),
        "0/2 hosts can be taken: 2 with a machine"
    );
}

/// The goal is 10 ms for 5,000 hosts in a build that is shipped; a test's build is several times slower.
#[test]
fn a_choice_among_thousands_is_quick() {
    let hosts: Vec<Owned> = (0..5000)
        .map(|number| {
            let labels = json!({"labels": {"pool": "a", names::ZONE_LABEL: format!("zone-{}", number % 7)}});
            Owned::new(&format!("node-{number}"), &labels)
        })
        .collect();
    let borrowed: Vec<Host<'_>> = hosts.iter().map(Owned::host).collect();
    let wishes = spec(json!({"selector": {"matchLabels": {"pool": "a"}}, "resources": {"cpu": "2"}}));
    let wanted = version("v1.31.2");
    let mut asked = request(&wishes);
    asked.installs = Some(&wanted);
    let took = (0..5)
        .map(|_| {
            let before = SystemClock.monotonic();
            assert_eq!(select(&borrowed, &asked).candidates.len(), 5000);
            SystemClock.monotonic().saturating_sub(before)
        })
        .min();
    println!("one choice among 5,000 hosts: {took:?}");
    assert!(took < Some(Duration::from_millis(100)), "{took:?}");
}

#[test]
fn of_a_minor_version_that_nobody_has_a_release_of_the_first_is_meant() {
    let known = ["v1.30.4", "v1.33.0"].map(version).into_iter().collect();
    let named = ["v1.30", "v1.31", "v1.32", "v1.32.7", "v1.33.0", "newest"];
    let found = installable::releases(named.into_iter(), &known);
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["v1.31.0", "v1.32.7", "v1.33.0"]
    );
}

#[test]
fn what_can_be_installed_follows_from_the_host() {
    let info = |image: &str, architecture: &str| HostInfo {
        architecture: Some(architecture.to_owned()),
        osimage: Some(image.to_owned()),
        osname: Some("linux".to_owned()),
    };
    let bundles = |image: &str, architecture: &str, text: &str| {
        installable::bundle(
            "registry.example/k8s/",
            &info(image, architecture),
            &version(text),
        )
    };
    let address = "registry.example/k8s/byoh-bundle-ubuntu_22.04.1_x86-64_k8s:v1.31.2";
    let cases = [
        ("Ubuntu 22.04.5 LTS", "amd64", "v1.31.2", Ok(address.to_owned())),
        (
            "Ubuntu 22.04.5 LTS",
            "riscv64",
            "v1.31.2",
            Err("there are no bundles for Ubuntu 22.04.5 LTS on riscv64"),
        ),
        (
            "Ubuntu 20.04.6 LTS",
            "amd64",
            "v1.35.0",
            Err("Ubuntu 20.04.6 LTS runs v1.24 to v1.34, not v1.35.0"),
        ),
        (
            "Ubuntu 22.041",
            "amd64",
            "v1.31.2",
            Err("there are no bundles for Ubuntu 22.041 on amd64"),
        ),
        (
            "Debian GNU/Linux 12",
            "amd64",
            "v1.31.2",
            Err("there are no bundles for Debian GNU/Linux 12 on amd64"),
        ),
    ];
    for (image, architecture, text, expected) in cases {
        assert_eq!(
            bundles(image, architecture, text),
            expected.map_err(str::to_owned),
            "{image} {text}"
        );
    }
    let named = Owned::new(
        "h",
        &json!({"status": {"installableVersions": ["v1.30", "v1.31.2"]}}),
    );
    let host = named.host();
    let installable = installable::of(&host);
    assert_eq!(installable.describe(), "v1.30, v1.31.2");
    for (text, expected) in [
        ("v1.30.9", true),
        ("v1.31.2", true),
        ("v1.31.3", false),
        ("v1.32.0", false),
    ] {
        assert_eq!(installable.includes(&version(text)), expected, "{text}");
    }
    assert!(matches!(
        installable::of(&Owned::new("h", &json!({})).host()),
        Installable::Bundles(_)
    ));
}

#[test]
fn a_host_is_held_back_longer_with_every_failure() {
    let failure = |uid: &str| HostFailure {
        step: "bootstrap".to_owned(),
        command: Some("kubeadm join".to_owned()),
        exit_status: Some(1),
        last_lines: vec!["one".to_owned(), "two".to_owned()],
        machine_uid: Some(uid.to_owned()),
        ..HostFailure::default()
    };
    assert_eq!(
        quarantine::describe(&failure("a")),
        "bootstrap: kubeadm join ended with 1: two"
    );
    let first = quarantine::after(None, failure("a"), now());
    assert_eq!(quarantine::end(&first), Some(at(3600)));
    assert!(quarantine::holds(Some(&first), at(3599)) && !quarantine::holds(Some(&first), at(3600)));
    let second = quarantine::after(Some(&quarantine::over(&first)), failure("b"), now());
    assert_eq!(quarantine::end(&second), Some(at(6 * 3600)));
    let third = quarantine::after(Some(&second), failure("c"), now());
    assert_eq!((third.failures, quarantine::end(&third)), (3, None));
    assert!(
        quarantine::holds(Some(&third), at(1_000_000)),
        "until somebody clears it"
    );
    assert!(!quarantine::holds(Some(&quarantine::over(&third)), now()));
}

#[test]
fn a_failure_counts_once_and_only_for_its_machine() {
    let patience = Duration::from_mins(10);
    let told = |uid: &str, step: &str| json!({"status": {"failure": {"step": step, "machineUID": uid}}});
    let failing = |ago: i64| {
        let condition = condition(
            names::BOOTSTRAP_SUCCEEDED,
            "False",
            names::reason::CLOUD_INIT_FAILED,
            ago,
        );
        json!({"status": {"conditions": [condition]}})
    };
    let mut counted = told("m", "bootstrap");
    counted["status"]["quarantine"] =
        json!({"failures": 1, "failure": {"step": "bootstrap", "machineUID": "m"}});
    let cases = [
        (told("m", "bootstrap"), true),
        (told("other", "bootstrap"), false),
        (told("m", "reset"), false),
        (counted, false),
        (failing(599), false),
        (failing(600), true),
        (json!({}), false),
    ];
    for (more, expected) in cases {
        let owned = Owned::new("h", &more);
        let found = quarantine::uncounted(&owned.host(), "m", patience, now());
        assert_eq!(found.is_some(), expected, "{more}");
        assert!(found.is_none_or(|found| found.machine_uid.as_deref() == Some("m")));
    }
}

#[test]
fn names_on_hosts_are_stable_and_fit() {
    assert_eq!(machine_label("default", "m"), "default.m");
    let long = machine_label("default", &"m".repeat(80));
    assert_eq!(long.len(), 63);
    assert_ne!(long, machine_label("default", &"m".repeat(81)));
    let id = provider_id("node-3", "uid");
    assert_eq!(id, provider_id("node-3", "uid"));
    assert_ne!(id, provider_id("node-3", "another"));
    assert_eq!(id.len(), "byoh://node-3/".len() + 6);
    assert!(is_provider_id_of(&id, "node-3"));
    for wrong in ["byoh://node-33/x", "byoh://node-3/", "in-memory://node-3/x", ""] {
        assert!(!is_provider_id_of(wrong, "node-3"), "{wrong}");
    }
    assert_eq!(Stage::InUse.as_str(), "InUse");
}

#[test]
fn a_version_that_no_host_can_be_given_is_refused() {
    let status = |versions: &[&str]| ByoHostStatus {
        installable_versions: versions.iter().map(ToString::to_string).collect(),
        ..ByoHostStatus::default()
    };
    let hosts = [
        status(&["v1.30"]),
        status(&["v1.31", "v1.32"]),
        status(&["v1.30"]),
    ];
    let check = |text: &str, hosts: &[ByoHostStatus]| installable::check(&version(text), hosts);
    assert_eq!(check("v1.32.9", &hosts), Ok(()), "one of them can");
    assert_eq!(
        check("v1.99.2", &hosts),
        Err("no host's installer has v1.99.2; they have v1.30; v1.31, v1.32".to_owned())
    );
    assert_eq!(check("v1.99.2", &[]), Ok(()), "hosts may come");
}
