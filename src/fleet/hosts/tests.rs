//! Pools of hosts as objects give them: states, who has them, what is left, and why a machine finds none.

use fleetui_api::kinds::Role;
use serde_json::{Value, json};

use super::*;
use crate::fixtures::{CREATED, machine, now, object, set, store, with};

const BYOH: &str = "infrastructure.cluster.x-k8s.io/v1beta1";

fn host_named(name: &str, changes: &[(&str, Value)]) -> Value {
    let free = with(
        object(BYOH, "ByoHost", name),
        &[
            (
                "/status",
                json!({
                    "hostinfo": {"osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"},
                    "capacity": {"cpu": "8", "memory": "16Gi"},
                    "lastHeartbeatTime": "2026-08-21T11:59:55Z",
                    "conditions": [],
                }),
            ),
            ("/metadata/labels", json!({"site": "a", names::ZONE_LABEL: "z1"})),
        ],
    );
    with(free, changes)
}

fn connected(status: &str) -> Value {
    json!([{"type": AGENT_CONNECTED, "status": status, "lastTransitionTime": CREATED}])
}

fn pool() -> Vec<Value> {
    let cluster = format!("/metadata/labels/{}", labels::CLUSTER_NAME.replace('/', "~1"));
    let claim =
        json!({"apiVersion": BYOH, "kind": "ByoMachine", "namespace": "default", "name": "prod-md-0-abc"});
    let failure = json!({
        "step": "bootstrap", "command": "kubeadm join", "exitStatus": 1, "lastLines": ["first", "no route to host"],
    });
    vec![
        host_named("free", &[]),
        host_named(
            "attached",
            &[
                (cluster.as_str(), json!("prod")),
                ("/spec/claimRef", claim.clone()),
                (
                    "/status/conditions",
                    json!([{"type": names::BOOTSTRAP_SUCCEEDED, "status": "True", "lastTransitionTime": CREATED}]),
                ),
            ],
        ),
        host_named(
            "reserved",
            &[(cluster.as_str(), json!("prod")), ("/spec/claimRef", claim)],
        ),
        host_named(
            "stale",
            &[("/status/lastHeartbeatTime", json!("2026-08-21T11:00:00Z"))],
        ),
        host_named(
            "held",
            &[(
                "/status/quarantine",
                json!({"failures": 3, "since": CREATED, "failure": failure}),
            )],
        ),
        host_named("cordoned", &[("/spec/unclaimable", json!(true))]),
    ]
}

fn hosts(objects: &[Value]) -> Hosts {
    Hosts::build(&store(objects), &HostOptions::default(), now())
}

fn one(hosts: &Hosts, name: &str) -> HostRow {
    let found = hosts.rows.iter().find(|host| host.row.facts.object.name == name);
    found.unwrap().clone()
}

#[test]
fn anchor_99_every_host_says_what_it_is_at_and_who_has_it() {
    let hosts = hosts(&pool());
    let cases = [
        ("free", Standing::Free, Health::Good, ""),
        ("attached", Standing::Attached, Health::Good, ""),
        ("reserved", Standing::Reserved, Health::Progressing, ""),
        ("stale", Standing::Stale, Health::Warning, "silent 60m"),
        (
            "held",
            Standing::Quarantined,
            Health::Warning,
            "bootstrap: kubeadm join ended with 1: no route to host",
        ),
        (
            "cordoned",
            Standing::Unavailable,
            Health::Paused,
            "takes no further machine",
        ),
    ];
    for (name, standing, health, line) in cases {
        let host = one(&hosts, name);
        assert_eq!((host.standing, host.verdict.health), (standing, health), "{name}");
        assert_eq!(host.verdict.line, line, "{name}");
    }
    let taken = one(&hosts, "attached").taken_by.unwrap();
    assert_eq!(
        (taken.name.as_str(), taken.cluster.as_deref()),
        ("prod-md-0-abc", Some("prod"))
    );
    assert_eq!(taken.machine.unwrap().kind.kind.as_ref(), "ByoMachine");
    assert!(one(&hosts, "free").taken_by.is_none());
    assert!(
        hosts
            .counts()
            .iter()
            .all(|(standing, count)| *count == usize::from(*standing != Standing::NotLive)),
        "{:?}",
        hosts.counts()
    );
    let pools = hosts.counts_by_pool();
    let (place, counts) = pools.first_key_value().unwrap();
    assert_eq!(pools.len(), 1);
    assert_eq!(
        (place.zone.as_str(), place.architecture.as_str()),
        ("z1", "amd64")
    );
    assert_eq!(counts.get(&Standing::Free), Some(&1));
}

/// A host that is to be looked after, whose machine has been drained for ten minutes.
#[test]
fn a_host_in_maintenance_names_the_pods_that_hold_its_machine() {
    let said = "Drain not completed yet (started at 2026-08-21T11:50:00Z):\n* Pod shop/web-0: cannot evict pod as it would violate the pod's disruption budget";
    let draining = with(
        machine("prod", ("MachineSet", "prod-md-0"), "prod-md-0-x7k2p"),
        &[
            ("/metadata/deletionTimestamp", json!("2026-08-21T11:50:00Z")),
            ("/metadata/finalizers", json!(["machine.cluster.x-k8s.io"])),
            (
                "/status/conditions",
                json!([crate::fixtures::condition(
                    "Deleting",
                    "True",
                    "DrainingNode",
                    said
                )]),
            ),
        ],
    );
    let owner = json!([{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "name": "prod-md-0-x7k2p", "controller": true}]);
    let infrastructure = with(
        object(BYOH, "ByoMachine", "prod-md-0-abc"),
        &[("/metadata/ownerReferences", owner)],
    );
    let mut objects = pool();
    let maintenance = json!({"mode": "Drain", "reason": "a disk"});
    set(&mut objects[1], "/spec/maintenance", maintenance);
    objects.push(infrastructure);
    let waits = one(&hosts(&objects), "attached");
    assert_eq!(waits.verdict.line, "in maintenance: a disk");
    objects.push(draining);
    let drains = one(&hosts(&objects), "attached");
    assert_eq!(
        drains.verdict.line,
        "in maintenance: a disk; drains Machine prod-md-0-x7k2p: Pod shop/web-0: cannot evict pod as it would violate the pod's disruption budget"
    );
    assert_eq!(drains.verdict.health, Health::Warning);
    // Why it is so is told alike, down to the machine that its drain holds.
    let all = store(&objects);
    let why = crate::why::why(&all, &drains.row.key(), now()).unwrap();
    let told = &why.steps[0].verdict;
    assert_eq!(told.line, format!("InUse,Maintenance: {}", drains.verdict.line));
    assert_eq!(why.root().unwrap().key.object.name, "prod-md-0-x7k2p");
    let detail = crate::detail::detail(&all, &drains.row.key(), now()).unwrap();
    assert_eq!(detail.verdict.line, told.line);
    // So it does where the node has no network either.
    let at = objects.len() - 1;
    let conditions = objects[at]["status"]["conditions"].clone();
    let without = crate::fixtures::condition("Ready", "False", "NotReady", "cni plugin not initialized");
    set(
        &mut objects[at],
        "/status/conditions",
        json!([conditions[0], without]),
    );
    let both = one(&hosts(&objects), "attached").verdict.line;
    assert!(
        both.contains("prod-md-0-x7k2p: Pod shop/web-0") && both.ends_with(crate::workload::NO_CNI),
        "{both}"
    );
    set(&mut objects[at], "/status/conditions", conditions);
    // Its maintenance ends, and the machine goes all the same: drained first, then without a node to drain.
    set(&mut objects[1], "/spec/maintenance", Value::Null);
    let goes = one(&hosts(&objects), "attached");
    assert!(
        goes.verdict
            .line
            .starts_with("drains Machine prod-md-0-x7k2p: Pod shop/web-0"),
        "{}",
        goes.verdict.line
    );
    let last = objects.len() - 1;
    set(&mut objects[last], "/status/conditions", json!([]));
    let goes = one(&hosts(&objects), "attached");
    assert_eq!(goes.verdict.line, "Machine prod-md-0-x7k2p is being deleted");
}

#[test]
fn the_managers_word_counts_more_than_the_clock_of_the_host() {
    // Its own clock is an hour behind, and the manager hears it.
    let late = json!("2026-08-21T11:00:00Z");
    let heard = host_named(
        "heard",
        &[
            ("/status/lastHeartbeatTime", late),
            ("/status/conditions", connected("True")),
        ],
    );
    // Its clock is right, and the manager has not heard it since long.
    let silent = host_named("silent", &[("/status/conditions", connected("False"))]);
    let hosts = hosts(&[heard, silent]);
    assert_eq!(one(&hosts, "heard").standing, Standing::Free);
    // But that the two do not agree is said.
    let verdict = one(&hosts, "heard").verdict;
    assert_eq!(verdict.health, Health::Unknown);
    assert!(verdict.line.contains("3600 s old"), "{}", verdict.line);
    assert_eq!(one(&hosts, "silent").standing, Standing::Stale);
}

#[test]
fn hosts_of_other_managers_say_by_their_label_who_has_them() {
    let cluster = format!("/metadata/labels/{}", labels::CLUSTER_NAME.replace('/', "~1"));
    let label = format!("/metadata/labels/{}", names::MACHINE_LABEL.replace('/', "~1"));
    let host = host_named(
        "a",
        &[(&cluster, json!("prod")), (&label, json!("team-a.prod-cp-x"))],
    );
    let taken = one(&hosts(&[host]), "a").taken_by.unwrap();
    assert_eq!(
        (taken.name.as_str(), taken.cluster.as_deref()),
        ("prod-cp-x", Some("prod"))
    );
}

#[test]
fn filters_find_hosts_by_what_they_are_at_and_count_what_they_hide() {
    let store = store(&pool());
    for (text, expected) in [
        ("quarantined", vec!["held"]),
        ("prod-md-0-abc", vec!["attached", "reserved"]),
        ("-l site=b", vec![]),
        ("-l site=a free", vec!["free"]),
        ("health=warning", vec!["held", "stale"]),
        ("state=Free", vec!["free"]),
        ("state=cordoned", vec!["cordoned"]),
        ("state=disconnected", vec!["stale"]),
        ("machine=prod-md-0-abc state!=InUse", vec!["reserved"]),
        ("cluster=prod zone=z1 arch=amd64", vec!["attached", "reserved"]),
        ("zone=z2", vec![]),
        ("cpu=8 memory=16Gi system!=ubuntu state=free", vec!["free"]),
        ("management=mgmt-taipei taipei state=free", vec!["free"]),
        ("management=mgmt-tokyo", vec![]),
    ] {
        let options = HostOptions {
            filter: Filter::parse(text).unwrap(),
            ..HostOptions::default()
        };
        let hosts = Hosts::build(&store, &options, now());
        let found: Vec<&str> = hosts
            .rows
            .iter()
            .map(|host| host.row.facts.object.name.as_str())
            .collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(hosts.rows.len() + hosts.hidden, 6, "{text}");
    }
}

fn waiting_machine() -> [Value; 2] {
    let mut owner = machine("prod", ("MachineSet", "prod-md-0-79q9d"), "prod-md-0-79q9d-x7k2p");
    set(
        &mut owner,
        "/spec/infrastructureRef",
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachine", "name": "prod-md-0-79q9d-x7k2p"}),
    );
    set(&mut owner, "/status/nodeRef", json!(null));
    set(&mut owner, "/spec/failureDomain", json!("z2"));
    let uid = owner["metadata"]["uid"].clone();
    let asks = with(
        object(BYOH, "ByoMachine", "prod-md-0-79q9d-x7k2p"),
        &[
            (
                "/metadata/ownerReferences",
                json!([{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "name": "prod-md-0-79q9d-x7k2p",
                    "controller": true, "uid": uid}]),
            ),
            ("/spec/selector", json!({"matchLabels": {"site": "b"}})),
            (
                "/status/conditions",
                json!([{"type": "BYOHostReady", "status": "False", "severity": "Info", "reason": "BYOHostsUnavailable",
                    "message": "0/6 hosts can be taken", "lastTransitionTime": CREATED}]),
            ),
        ],
    );
    [owner, asks]
}

#[test]
fn anchor_99_a_machine_that_waits_is_told_why_of_every_host() {
    let mut objects = pool();
    objects.extend(waiting_machine());
    objects.push(host_named("other-site", &[("/metadata/labels/site", json!("b"))]));
    let store = store(&objects);
    let waiting = waiting(&store, None, None);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].said, "0/6 hosts can be taken");
    let machine = waiting[0].machine.as_ref().unwrap();
    assert_eq!(machine.facts.role, Role::Machine);
    // Asked of either of the two.
    let why = why_no_host(&store, &waiting[0].row.key(), now()).unwrap();
    assert_eq!(why_no_host(&store, &machine.key(), now()), Some(why.clone()));
    assert!(
        why.summary.starts_with("0/7 hosts can be taken: "),
        "{}",
        why.summary
    );
    let because = |name: &str| {
        let found = why.refused.iter().find(|(host, _)| host == name);
        found.unwrap().1.clone()
    };
    assert_eq!(because("free"), "without the labels asked for: site=b");
    assert_eq!(because("other-site"), "in another failure domain: z1");
    assert!(
        because("held").starts_with("quarantined: bootstrap"),
        "{}",
        because("held")
    );
}

#[test]
fn what_can_be_taken_is_said_too_and_who_has_a_host_asks_for_none() {
    let [mut owner, mut asks] = waiting_machine();
    set(&mut owner, "/spec/failureDomain", json!(null));
    let mut objects = pool();
    objects.push(host_named("other-site", &[("/metadata/labels/site", json!("b"))]));
    objects.extend([owner.clone(), asks.clone()]);
    let free = store(&objects);
    let key = waiting(&free, None, None)[0].row.key();
    assert_eq!(
        why_no_host(&free, &key, now()).unwrap().candidates,
        ["other-site"]
    );
    set(&mut asks, "/status/hostRef", json!({"name": "other-site"}));
    let done = store(&[owner, asks]);
    assert!(waiting(&done, None, None).is_empty());
    assert!(why_no_host(&done, &key, now()).is_none());
}

/// What a maker of machines asks of hosts stands in its template.
fn maker(kind: &str, name: &str, cluster: &str) -> Value {
    let template = json!({
        "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachineTemplate", "name": name,
    });
    with(
        object(crate::fixtures::CORE, kind, name),
        &[
            ("/metadata/labels", json!({labels::CLUSTER_NAME: cluster})),
            ("/spec/template/spec/version", json!("v1.31.2")),
            ("/spec/template/spec/infrastructureRef", template),
        ],
    )
}

fn template(name: &str, asks: &Value) -> Value {
    with(
        object(BYOH, "ByoMachineTemplate", name),
        &[("/spec/template/spec", asks.clone())],
    )
}

#[test]
fn room_is_counted_for_what_each_maker_asks() {
    let mut objects = pool();
    let taint = json!([{"key": names::RESERVED_FOR, "value": "prod"}]);
    objects.extend([
        host_named("kept", &[("/spec/taints", taint)]),
        host_named("b", &[("/metadata/labels", json!({"site": "b"}))]),
        maker("MachineDeployment", "of-a", "prod"),
        template("of-a", &json!({"selector": {"matchLabels": {"site": "a"}}})),
        maker("MachineDeployment", "any", "test"),
        template("any", &json!({})),
        // A set of a deployment asks nothing of its own, and what has no template here is not known.
        maker("MachineDeployment", "elsewhere", "prod"),
    ]);
    let machine_set = with(
        maker("MachineSet", "of-a-1", "prod"),
        &[(
            "/metadata/ownerReferences",
            json!([{"apiVersion": crate::fixtures::CORE, "kind": "MachineDeployment", "name": "of-a", "controller": true, "uid": "u"}]),
        )],
    );
    objects.push(machine_set);
    let found = asks(&store(&objects), &HostOptions::default(), now());
    let told: Vec<(&str, &str, usize)> = found
        .iter()
        .map(|ask| {
            (
                ask.row.facts.object.name.as_str(),
                ask.selector.as_str(),
                ask.more,
            )
        })
        .collect();
    // Its own reserved host counts for `prod`, and for nobody else.
    assert_eq!(told, [("of-a", "site=a", 2), ("any", "", 2)]);
    assert!(
        found[1].summary.starts_with("2/8 hosts can be taken: ")
            && found[1].summary.contains("1 reserved for another cluster"),
        "{}",
        found[1].summary
    );
    let elsewhere = HostOptions {
        namespace: Some("elsewhere".into()),
        ..HostOptions::default()
    };
    assert!(asks(&store(&objects), &elsewhere, now()).is_empty());
}

#[test]
fn room_is_listed_by_what_the_filter_of_hosts_finds() {
    let mut objects = pool();
    objects.extend([
        maker("MachineDeployment", "of-a", "prod"),
        template("of-a", &json!({"selector": {"matchLabels": {"site": "a"}}})),
        maker("MachineDeployment", "any", "test"),
        template("any", &json!({})),
    ]);
    let store = store(&objects);
    let found = |filter: &str, faults_only: bool| {
        let options = HostOptions {
            filter: crate::filter::Filter::parse(filter).unwrap(),
            faults_only,
            ..HostOptions::default()
        };
        let mut found = asks(&store, &options, now());
        found.retain(|ask| ask.is_meant(&store, &options, now()));
        let names = found.iter().map(|ask| ask.row.facts.object.name.to_string());
        names.collect::<Vec<String>>()
    };
    assert_eq!(found("", false), ["of-a", "any"]);
    assert_eq!(found("\"site=a\"", false), ["of-a"], "by what is told of it");
    assert_eq!(found("cluster=prod", false), ["of-a"]);
    assert_eq!(found("mgmt-taipei !of-a", false), ["any"]);
    assert_eq!(found("", true), [""; 0], "no machine waits in vain");
}

#[test]
fn hosts_are_counted_by_whatever_they_say() {
    let hosts = hosts(&[
        host_named("a", &[]),
        host_named("b", &[("/metadata/labels", json!({"site": "b"}))]),
        host_named("c", &[("/spec/unclaimable", json!(true))]),
    ]);
    let counts = hosts.counts_by(&["site", "arch"]);
    let told: Vec<(Vec<&str>, usize, usize)> = counts
        .iter()
        .map(|((_, _, sort), counts)| {
            let count = |standing| counts.get(&standing).copied().unwrap_or(0);
            let sort = sort.iter().map(CompactString::as_str).collect();
            (sort, count(Standing::Free), count(Standing::Unavailable))
        })
        .collect();
    assert_eq!(told, [(vec!["a", "amd64"], 1, 1), (vec!["b", "amd64"], 1, 0)]);
}

/// Hosts of another inventory are told in the same words, and no machine of the pool finds them.
#[test]
fn other_inventories_stand_beside_the_pool_and_are_none_of_it() {
    let bare_metal = |name: &str, state: &str| {
        with(
            object("metal3.io/v1alpha1", "BareMetalHost", name),
            &[
                ("/status/provisioning/state", json!(state)),
                ("/status/hardware/cpu/arch", json!("x86_64")),
            ],
        )
    };
    let states = [
        ("registering", "Registering", Standing::Unavailable),
        ("inspecting", "Registering", Standing::Unavailable),
        ("available", "Free", Standing::Free),
        ("provisioning", "Installing", Standing::Attached),
        ("provisioned", "InUse", Standing::Attached),
        ("externally provisioned", "InUse", Standing::Attached),
        ("deprovisioning", "Releasing", Standing::Unavailable),
    ];
    for (state, word, standing) in states {
        let host = one(&hosts(&[bare_metal("bmh", state)]), "bmh");
        assert_eq!(
            (host.words().as_str(), host.standing),
            (word, standing),
            "{state}"
        );
        assert_eq!(host.inventory(), Some("Metal3"));
    }
    assert_eq!(
        one(&hosts(&[bare_metal("bmh", "inspecting")]), "bmh")
            .verdict
            .line,
        "inspecting"
    );
    // What goes on only once a person has said more is not on its way.
    let host = one(&hosts(&[bare_metal("bmh", "unmanaged")]), "bmh");
    assert_eq!(
        (host.verdict.health, host.verdict.line.as_str()),
        (
            Health::Paused,
            "unmanaged: nobody has said how its BMC is reached"
        )
    );
    let host = one(&hosts(&[bare_metal("bmh", "")]), "bmh");
    assert_eq!(
        (host.verdict.health, host.verdict.line.as_str()),
        (Health::Progressing, "not looked at yet")
    );
    // What its provider says by labels is no property of it.
    let labels = json!({"v1alpha1.tinkerbell.org/ownerName": "prod-1", "site": "a"});
    let hardware = with(
        object("tinkerbell.org/v1alpha1", "Hardware", "hw"),
        &[("/metadata/labels", labels)],
    );
    let host = one(&hosts(&[hardware]), "hw");
    assert_eq!(host.taken_by.as_ref().expect("a machine").name, "prod-1");
    assert_eq!(host.labels().collect::<Vec<_>>(), [("site", "a")]);
    let objects = [
        bare_metal("bmh", "available"),
        maker("MachineDeployment", "any", "test"),
        template("any", &json!({})),
    ];
    let found = asks(&store(&objects), &HostOptions::default(), now());
    assert_eq!(
        (found[0].more, found[0].summary.as_str()),
        (0, "0/0 hosts can be taken")
    );
}

#[test]
fn what_a_person_says_of_a_host_stands_in_its_line() {
    let held = json!({names::HELD_BACK: "loses packets"});
    let without_a_reason = json!({names::HELD_BACK: "from fleetui"});
    let hosts = hosts(&[
        host_named("held", &[("/metadata/annotations", held)]),
        host_named("bare", &[("/metadata/annotations", without_a_reason)]),
        host_named(
            "kept",
            &[(
                "/spec/taints",
                json!([{"key": names::RESERVED_FOR, "value": "prod"}]),
            )],
        ),
    ]);
    let host = one(&hosts, "held");
    assert_eq!(host.standing, Standing::Quarantined);
    assert_eq!(host.verdict.line, "held back until it is cleared: loses packets");
    assert_eq!(one(&hosts, "bare").verdict.line, "held back until it is cleared");
    let host = one(&hosts, "kept");
    assert_eq!(host.verdict.line, "reserved for cluster prod (no such cluster)");
    assert_eq!(host.verdict.health, Health::Warning);
    let mut all: Vec<Value> = vec![serde_json::to_value(crate::fixtures::cluster("prod")).unwrap()];
    all.push(host_named(
        "kept",
        &[(
            "/spec/taints",
            json!([{"key": names::RESERVED_FOR, "value": "prod"}]),
        )],
    ));
    let host = one(&super::tests::hosts(&all), "kept");
    assert_eq!(host.verdict.line, "reserved for cluster prod");
    assert_eq!(
        (host.standing, host.verdict.health, host.words().as_str()),
        (Standing::Reserved, Health::Good, "Reserved"),
        "for others it is not free"
    );
}

#[test]
fn a_host_that_is_being_set_up_is_in_use() {
    let secret = json!({"name": "install"});
    let label = format!("/metadata/labels/{}", labels::CLUSTER_NAME.replace('/', "~1"));
    let taken = (label.as_str(), json!("prod"));
    let installed =
        json!([{"type": names::INSTALLATION_SUCCEEDED, "status": "True", "lastTransitionTime": CREATED}]);
    let hosts = hosts(&[
        host_named("installs", &[taken.clone(), ("/spec/installationSecret", secret)]),
        host_named("joins", &[taken.clone(), ("/status/conditions", installed)]),
        host_named("begins", &[taken]),
    ]);
    for (name, stage, standing) in [
        ("installs", Stage::Installing, Standing::Attached),
        ("joins", Stage::Joining, Standing::Attached),
        ("begins", Stage::Reserved, Standing::Reserved),
    ] {
        let host = one(&hosts, name);
        assert_eq!((host.state.stage, host.standing), (stage, standing), "{name}");
        assert_eq!(host.verdict.health, Health::Progressing, "{name}");
    }
}

#[test]
fn what_is_not_told_of_any_more_is_counted_apart() {
    let mut store = store(&pool());
    let since = now();
    let why = "connection refused".to_owned();
    let stale = crate::session::Connection::Stale {
        since,
        why,
        retry_at: None,
    };
    store.apply(crate::fixtures::session("mgmt-taipei", stale));
    let hosts = Hosts::build(&store, &HostOptions::default(), now());
    let counts = hosts.counts();
    assert_eq!((counts[&Standing::Free], counts[&Standing::NotLive]), (0, 6));
    assert_eq!(one(&hosts, "free").words(), "Free, not live");
    assert_eq!(one(&hosts, "cordoned").words(), "Cordoned, not live");
}

#[test]
fn a_host_says_its_addresses_and_what_it_can_install() {
    let network = json!([
        {"macAddr": "02:00:00:00:00:02", "ipAddrs": ["10.1.0.7"]},
        {"macAddr": "02:00:00:00:00:01", "ipAddrs": ["192.0.2.7", "2001:db8::7"], "isDefault": true},
    ]);
    let versions = json!(["v1.31.4", "v1.29.1", "v1.30", "v1.33.0", "v1.32.9"]);
    let hosts = hosts(&[
        host_named("bundles", &[("/status/network", network)]),
        host_named("named", &[("/status/installableVersions", versions)]),
    ]);
    let host = one(&hosts, "bundles");
    assert_eq!(host.addresses(), ["192.0.2.7", "2001:db8::7", "10.1.0.7"]);
    assert_eq!(host.installs(), "v1.25 and newer");
    let host = one(&hosts, "named");
    assert!(host.addresses().is_empty());
    assert_eq!(host.installs(), "v1.29.1 to v1.33.0 (5 versions)");
}

/// As people count, and not as bytes do.
#[test]
fn hosts_stand_in_the_order_of_their_numbers() {
    let pool = ["rack-10", "rack-9", "rack-1", "rack-01"].map(|name| host_named(name, &[]));
    let built = Hosts::build(&store(&pool), &HostOptions::default(), now());
    let names: Vec<&str> = built
        .rows
        .iter()
        .map(|host| host.row.facts.object.name.as_str())
        .collect();
    assert_eq!(names, ["rack-1", "rack-01", "rack-9", "rack-10"]);
}
