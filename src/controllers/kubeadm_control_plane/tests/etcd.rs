//! Who is taken out of etcd, when, and what is told of its members.

use serde_json::{Value, json};

use super::*;
use crate::etcd::{Alarm, EtcdAct};
use crate::kubeadm_control_plane::components;
use crate::kubeadm_control_plane::pre_terminate;
use crate::kubeadm_control_plane::remediation::{Verdict, decide};

const HOOK: &str = "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup";

fn world(machines: Vec<Member>) -> Observed {
    let whole = json!({"status": {"initialization": {"controlPlaneInitialized": true}}});
    observed(&whole, machines)
}

fn three() -> Vec<Member> {
    ["a", "b", "c"].map(healthy).to_vec()
}

/// Everything but its member is well.
fn with_bad_member(name: &str) -> Member {
    let kinds = COMPONENTS.iter().map(|(kind, _)| (*kind, "True"));
    let conditions: Vec<(&str, &str)> = kinds
        .chain([(ETCD_MEMBER, "False"), (NODE_MARKED, "True")])
        .collect();
    member(samples::machine(name, &conditions, &json!({})))
}

fn ill(name: &str) -> Member {
    let marks = ["HealthCheckSucceeded", "OwnerRemediated"]
        .map(|kind| json!({"kind": kind, "status": "False", "reason": "Because", "message": ""}));
    let mut one = healthy(name);
    let mut machine = Object::clone(&one.machine);
    let marks = marks.map(|mark| serde_json::from_value(mark).expect("a condition"));
    machine.status.conditions.extend(marks);
    one.machine = Arc::new(machine);
    one
}

/// A machine that goes and waits for this hook, with these besides.
fn going(name: &str, since: &str, hooks: &[&str], stage: &str) -> Member {
    let hooks = hooks.iter().map(|hook| ((*hook).to_owned(), json!("")));
    let annotations: serde_json::Map<String, Value> = [(HOOK.to_owned(), Value::Null)]
        .into_iter()
        .chain(hooks)
        .collect();
    let mut one = healthy_with(
        name,
        &json!({"metadata": {"deletionTimestamp": since, "annotations": annotations}}),
    );
    let mut machine = Object::clone(&one.machine);
    let told = json!({"kind": "Deleting", "status": "True", "reason": stage, "message": ""});
    let told = serde_json::from_value(told).expect("a condition");
    machine.status.conditions.push(told);
    one.machine = Arc::new(machine);
    one
}

fn waiting(name: &str) -> Member {
    going(
        name,
        "2026-08-21T11:50:00Z",
        &[HOOK],
        "WaitingForPreTerminateHook",
    )
}

fn seen(world: &mut Observed) -> &mut Seen {
    match &mut world.etcd {
        Etcd::Seen(seen) => seen,
        other => panic!("not seen: {other:?}"),
    }
}

/// The acts, deletions and hooks of a plan, in their order.
fn deeds(world: &Observed) -> Vec<String> {
    let told = |change: &Change| match change {
        Change::Etcd {
            act: EtcdAct::MoveLeader { from, to },
            ..
        } => Some(format!("lead {from} -> {}", to.join(" "))),
        Change::Etcd {
            act: EtcdAct::Remove { member, through },
            ..
        } => Some(format!("remove {} through {}", member.name, through.join(" "))),
        Change::Delete { id, .. } => Some(format!("delete {}", id.name.name)),
        Change::Patch { id, patch, .. }
            if patch
                .pointer("/metadata/annotations")
                .is_some_and(|all| all.get(HOOK) == Some(&Value::Null)) =>
        {
            Some(format!("free {}", id.name.name))
        }
        _ => None,
    };
    plan(world).changes.iter().filter_map(told).collect()
}

#[test]
fn what_etcd_tells_becomes_the_condition_of_each_machine() {
    let mut world = world(three());
    world.machines[0].components.clear();
    let told = |world: &Observed, name: &str| {
        let mut members = world.machines.iter();
        let member = members
            .find(|member| member.machine.name() == name)
            .expect("it is there");
        let told = components::conditions(world, member);
        let told = told.into_iter().find(|told| told.kind == ETCD_MEMBER);
        told.map(|told| format!("{} {} {}", told.status.as_str(), told.reason, told.message))
    };
    assert_eq!(told(&world, "a").as_deref(), Some("True Healthy "));
    seen(&mut world).members[1].learner = true;
    seen(&mut world).members.remove(2);
    seen(&mut world).alarms.extend([1, 1, 9].map(|member| Alarm {
        member,
        name: "NOSPACE".to_owned(),
    }));
    let cases = [
        ("a", "False NotHealthy Etcd reports alarms: NOSPACE, NOSPACE"),
        (
            "b",
            "False NotHealthy Waiting for learner etcd member to be promoted",
        ),
        (
            "c",
            "False NotHealthy Etcd doesn't have an etcd member for Node c",
        ),
    ];
    for (name, expected) in cases {
        assert_eq!(told(&world, name).as_deref(), Some(expected));
    }
    world.etcd = Etcd::Silent("Failed to connect to etcd: member a: refused".to_owned());
    assert_eq!(
        told(&world, "b").as_deref(),
        Some("Unknown InspectionFailed Failed to connect to etcd: member a: refused")
    );
    world.etcd = Etcd::Unasked;
    assert_eq!(told(&world, "b"), None, "the last word stays");
}

#[test]
fn available_needs_a_quorum_of_those_that_vote_and_a_list_that_agrees() {
    let available = |world: &Observed| {
        let told = plan(world)
            .object
            .condition("Available")
            .expect("it is told")
            .clone();
        format!("{} {} {}", told.status.as_str(), told.reason, told.message)
    };
    let mut world = world(three());
    assert_eq!(available(&world), "True Available ");
    seen(&mut world).members[2].learner = true;
    world.machines[1] = with_bad_member("b");
    world.machines[2] = with_bad_member("c");
    assert_eq!(
        available(&world),
        "False NotAvailable * 1 of 3 etcd members is healthy, 1 learner etcd member, at least 2 healthy member required for etcd quorum"
    );
    // One whose machine goes serves until it is taken out.
    world = self::world(vec![healthy("a"), waiting("b")]);
    assert_eq!(available(&world), "True Available ");
    world.etcd = etcd_of(&["a", "b", "stranger"]);
    let disagrees =
        "False NotAvailable The list of etcd members does not match the list of Machines and Nodes";
    assert_eq!(available(&world), disagrees);
    // While a machine has no node, it may be its.
    world.machines.push(member(samples::machine(
        "new",
        &[],
        &json!({"status": {"nodeRef": null}}),
    )));
    assert!(available(&world).starts_with("True"), "{}", available(&world));
    world = self::world(three());
    world.etcd = Etcd::Silent("why".to_owned());
    assert_eq!(
        available(&world),
        "False NotAvailable Waiting for etcd to report the list of members"
    );
    let long_ago = json!([{"type": "Initialized", "status": "True", "reason": "Initialized", "message": "",
        "lastTransitionTime": "2026-08-21T11:00:00Z"}]);
    let whole = |conditions: &Value| {
        json!({"status": {
            "initialization": {"controlPlaneInitialized": true}, "conditions": conditions
        }})
    };
    world.control_plane = observed(&whole(&long_ago), vec![]).control_plane;
    assert_eq!(
        available(&world),
        "Unknown InspectionFailed Failed to get etcd members"
    );
    let mut known = long_ago;
    known.as_array_mut().expect("a list").push(
        json!({"type": "Available", "status": "True", "reason": "Available",
        "message": "", "lastTransitionTime": "2026-08-21T11:00:00Z"}),
    );
    world.control_plane = observed(&whole(&known), vec![]).control_plane;
    assert_eq!(available(&world), "True Available ", "for a moment");
}

#[test]
fn a_member_without_a_machine_is_taken_out_and_nothing_else_is_done_meanwhile() {
    let mut world = world(vec![healthy("a"), healthy("b"), ill("c")]);
    world.etcd = etcd_of(&["a", "b", "c", "lost", "gone"]);
    assert_eq!(
        deeds(&world),
        ["remove gone through a b c"],
        "one at a time, and c stays for now"
    );
    // One that has not started has no name.
    world.etcd = etcd_of(&["a", "b", "c", ""]);
    assert_eq!(deeds(&world), ["remove  through a b c"]);
    let blocked = |world: &Observed| {
        let told = plan(world)
            .object
            .condition("ScalingDown")
            .expect("it is told")
            .clone();
        told.message
    };
    let stays = |world: &mut Observed, machines: Vec<Member>, members: &[&str], why: &str| {
        let wishes =
            json!({"spec": {"replicas": 1}, "status": {"initialization": {"controlPlaneInitialized": true}}});
        *world = observed(&wishes, machines);
        world.etcd = etcd_of(members);
        assert!(deeds(world).is_empty(), "{:?}", deeds(world));
        assert!(blocked(world).contains(why), "{}", blocked(world));
    };
    let ill_two = vec![healthy("a"), with_bad_member("b"), with_bad_member("c")];
    stays(
        &mut world,
        ill_two,
        &["a", "b", "c", "lost"],
        "this operation can lead to quorum loss",
    );
    stays(
        &mut world,
        three(),
        &["a", "b", "other"],
        "and Machine c no member",
    );
    // A machine without a node may be its owner; another implementation's machines have theirs.
    world = self::world(three());
    world.etcd = etcd_of(&["a", "b", "c", "lost"]);
    world.machines[2] = member(samples::machine("c", &[], &json!({"status": {"nodeRef": null}})));
    assert!(deeds(&world).is_empty());
    world = self::world(three());
    world.etcd = etcd_of(&["a", "b", "c", "lost"]);
    world.foreign = vec![healthy("lost").machine];
    assert!(!deeds(&world).iter().any(|deed| deed.starts_with("remove")));
}

#[test]
fn leadership_moves_to_the_best_machine_before_its_own_goes() {
    let created = |name: &str, time: &str, more: &[(&str, &str)]| {
        let mut one = healthy_with(name, &json!({"metadata": {"creationTimestamp": time}}));
        let mut machine = Object::clone(&one.machine);
        for (kind, status) in more {
            let told = json!({"kind": kind, "status": status, "reason": "Because", "message": ""});
            machine
                .status
                .conditions
                .push(serde_json::from_value(told).expect("a condition"));
        }
        one.machine = Arc::new(machine);
        one
    };
    let well = [("HealthCheckSucceeded", "True"), ("UpToDate", "True")];
    let machines = || {
        vec![
            created("a", "2026-08-21T10:00:00Z", &well),
            created("b", "2026-08-21T11:00:00Z", &well),
            created("c", "2026-08-21T11:10:00Z", &well),
            created("d", "2026-08-21T11:20:00Z", &[("HealthCheckSucceeded", "True")]),
            created("e", "2026-08-21T11:30:00Z", &[("UpToDate", "True")]),
        ]
    };
    let wishes =
        json!({"spec": {"replicas": 3}, "status": {"initialization": {"controlPlaneInitialized": true}}});
    let mut world = observed(&wishes, machines());
    assert_eq!(deeds(&world), ["lead a -> c b d e", "delete a"]);
    seen(&mut world).leader = 2;
    assert_eq!(deeds(&world), ["delete a"], "it does not lead");
    // Nobody goes while etcd is silent, or whom the quorum needs.
    world.etcd = Etcd::Silent("why".to_owned());
    assert!(deeds(&world).is_empty());
    assert_eq!(
        blocked(step(&world)),
        ["waiting for etcd cluster to become healthy"]
    );
    let mut few = observed(
        &json!({"spec": {"replicas": 1}}),
        vec![healthy("a"), healthy("b")],
    );
    few.etcd = etcd_of(&["a", "b", "lost", "gone"]);
    seen(&mut few).alarms.extend([3, 4].map(|member| Alarm {
        member,
        name: "CORRUPT".to_owned(),
    }));
    assert_eq!(
        blocked(step(&few)),
        ["etcd could lose its quorum without the member of Machine a"]
    );
}

#[test]
fn who_is_repaired_leaves_a_quorum_behind() {
    let refused = |world: &Observed| match decide(world) {
        Verdict::Refused { reason, message, .. } => format!("{reason}: {message}"),
        other => panic!("not refused: {other:?}"),
    };
    let mut world = world(vec![ill("a"), healthy("b"), healthy("c")]);
    assert_eq!(deeds(&world), ["lead a -> b c", "delete a"]);
    let quorum = "CannotBeRemediated: KubeadmControlPlane can't remediate this Machine because this could result in loosing \
                  Kubernetes control plane components or in etcd quorum loss";
    seen(&mut world).members[1].learner = true;
    assert_eq!(refused(&world), quorum, "one that does not vote yet");
    world.etcd = etcd_of(&["a", "b", "c"]);
    seen(&mut world).alarms.push(Alarm {
        member: 3,
        name: "NOSPACE".to_owned(),
    });
    assert_eq!(refused(&world), quorum);
    world.etcd = Etcd::Silent("why".to_owned());
    assert_eq!(
        refused(&world),
        "RemediationDeferred: Failed to check etcd cluster health before remediation"
    );
    // Its own member is not needed, nor is one that it never had.
    world.etcd = etcd_of(&["b", "c"]);
    assert_eq!(deeds(&world), ["delete a"]);
    let server = member(samples::machine(
        "b",
        &[(ETCD_MEMBER, "True"), (components::ETCD_POD, "True")],
        &json!({}),
    ));
    let no_server = self::world(vec![ill("a"), server]);
    assert_eq!(refused(&no_server), quorum, "nobody else has an API server");
}

#[test]
fn a_machine_that_goes_is_let_go_when_its_member_is_out() {
    let mut world = world(vec![waiting("a"), healthy("b"), healthy("c")]);
    assert_eq!(
        deeds(&world),
        ["lead a -> b c", "remove a through b c", "free a"],
        "in this order"
    );
    seen(&mut world).leader = 3;
    assert_eq!(deeds(&world), ["remove a through b c", "free a"]);
    world.etcd = etcd_of(&["b", "c"]);
    assert_eq!(deeds(&world), ["free a"], "it has gone by itself");
    let held = |world: &Observed, why: &str| {
        let release = pre_terminate::decide(world);
        assert!(release.changes.is_empty(), "{release:?}");
        assert_eq!(release.held.as_deref().unwrap_or_default(), why);
    };
    world.etcd = Etcd::Silent("why".to_owned());
    held(&world, "Machine a waits until etcd tells its members");
    world = self::world(vec![waiting("a"), with_bad_member("b"), healthy("c")]);
    held(
        &world,
        "Machine a waits, as etcd could lose its quorum without its member",
    );
    let bare = member(samples::machine("b", &[], &json!({})));
    held(
        &self::world(vec![waiting("a"), bare]),
        "Machine a waits until another has healthy control plane components",
    );
    // It is drained first, and another's hook comes before this one, where kubelets need their API server.
    let hooks = [HOOK, "pre-terminate.delete.hook.machine.cluster.x-k8s.io/mine"];
    let stage = "WaitingForPreTerminateHook";
    let of = |one: Member| self::world(vec![one, healthy("b"), healthy("c")]);
    held(&of(going("a", "2026-08-21T11:50:00Z", &hooks, stage)), "");
    held(
        &of(going("a", "2026-08-21T11:50:00Z", &[HOOK], "DrainingNode")),
        "",
    );
    let mut older = of(going("a", "2026-08-21T11:50:00Z", &hooks, stage));
    let mut control_plane = Object::clone(&older.control_plane);
    control_plane.spec.version = "v1.30.9".to_owned();
    older.control_plane = Arc::new(control_plane);
    assert_eq!(pre_terminate::decide(&older).changes.len(), 3);
}

#[test]
fn machines_are_let_go_one_by_one_and_all_at_once_with_their_control_plane() {
    let later = || going("b", "2026-08-21T11:55:00Z", &[HOOK], "WaitingForPreTerminateHook");
    let mut five = vec![later(), waiting("a")];
    five.extend(["c", "d", "e"].map(healthy));
    let freed = |world: &Observed| -> Vec<String> {
        deeds(world)
            .into_iter()
            .filter(|deed| deed.starts_with("free"))
            .collect()
    };
    let mut world = world(five.clone());
    // Both go, so that three of four are well.
    assert_eq!(freed(&world), ["free a"], "the one that has waited longer");
    world.machines[1] = going(
        "a",
        "2026-08-21T11:50:00Z",
        &[],
        "WaitingForInfrastructureDeletion",
    );
    assert!(freed(&world).is_empty(), "it has to be gone first");
    assert_eq!(
        freed(&self::world(vec![waiting("a")])),
        ["free a"],
        "the last one"
    );
    let all = json!({"metadata": {"deletionTimestamp": "2026-08-21T11:40:00Z"}});
    let mut ends = observed(&all, five);
    ends.etcd = Etcd::Unasked;
    let all = ["free b", "free a", "free c", "free d", "free e"];
    assert_eq!(freed(&ends), all, "nobody needs etcd any more");
    ends.has_workers = true;
    assert!(freed(&ends).is_empty(), "while there are workers it is needed");
    // Machines get the hook when they are made, and later where they lack it.
    let made = plan(&observed(&json!({}), vec![])).changes;
    let machine = made.iter().find_map(|change| match change {
        Change::Create { id, object } if id.kind == Watched::Machine => object.metadata.annotations.clone(),
        _ => None,
    });
    assert!(machine.expect("annotations").contains_key(HOOK));
    let without = healthy_with("a", &json!({"metadata": {"annotations": {HOOK: null}}}));
    let given = plan(&self::world(vec![without, healthy("b"), healthy("c")]))
        .changes
        .into_iter()
        .any(|change| match change {
            Change::Patch { id, patch, .. } => {
                id.name.name == "a"
                    && patch
                        .pointer("/metadata/annotations")
                        .is_some_and(|all| all.get(HOOK).is_some())
            }
            _ => false,
        });
    assert!(given);
}
