//! What each state of a host allows, what it is that is written, and what is said of it before.

use fleetui_api::labels;
use serde_json::{Value, json};

use super::*;
use crate::act::judge::{Judgement, Step, Weighed};
use crate::act::{Deed, Verb};
use crate::fixtures::{
    CREATED, cluster, control_plane, deployment, key, machine, machine_set, now, object, store, with,
};
use crate::store::FleetStore;

const BYOH: &str = "infrastructure.cluster.x-k8s.io/v1beta1";
const GROUP: &str = "infrastructure.cluster.x-k8s.io";
const CLUSTER_LABEL: &str = "/metadata/labels/cluster.x-k8s.io~1cluster-name";

fn reference(kind: &str, name: &str) -> Value {
    json!({"apiGroup": GROUP, "kind": kind, "name": name})
}

fn true_condition(kind: &str) -> Value {
    json!({"type": kind, "status": "True", "lastTransitionTime": CREATED})
}

/// A free host of site `a`.
fn host_named(name: &str, changes: &[(&str, Value)]) -> Value {
    let free = with(
        object(BYOH, "ByoHost", name),
        &[
            ("/metadata/labels", json!({"site": "a"})),
            ("/metadata/annotations", json!({"agent": "1"})),
            (
                "/status",
                json!({
                    "hostinfo": {"osname": "linux", "osimage": "Ubuntu 22.04.5 LTS", "architecture": "amd64"},
                    "conditions": [],
                }),
            ),
        ],
    );
    with(free, changes)
}

/// A host on which this ByoMachine of cluster `prod` runs.
fn taken(name: &str, by: &str) -> Value {
    let claim = json!({"apiVersion": BYOH, "kind": "ByoMachine", "namespace": "default", "name": by});
    host_named(
        name,
        &[
            (CLUSTER_LABEL, json!("prod")),
            ("/spec/claimRef", claim),
            (
                "/status/conditions",
                json!([true_condition(names::BOOTSTRAP_SUCCEEDED)]),
            ),
        ],
    )
}

/// A Machine, and the ByoMachine that it stands on.
fn machine_of(owner: (&str, &str), name: &str) -> Vec<Value> {
    let references = json!([{
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "name": name, "controller": true, "uid": "u",
    }]);
    vec![
        with(
            machine("prod", owner, name),
            &[("/spec/infrastructureRef", reference("ByoMachine", name))],
        ),
        with(
            object(BYOH, "ByoMachine", name),
            &[
                (
                    "/metadata/labels",
                    json!({"cluster.x-k8s.io/cluster-name": "prod"}),
                ),
                ("/metadata/ownerReferences", references),
                ("/spec/providerID", json!("byoh://node/abcdef")),
            ],
        ),
    ]
}

/// A cluster whose worker `w` runs on host `used`, and whose only control plane machine `cp` on host `plane`; `spares` beside them.
fn fleet(spares: &[Value]) -> Vec<Value> {
    let template = with(
        object(BYOH, "ByoMachineTemplate", "workers"),
        &[("/spec/template/spec/selector/matchLabels", json!({"site": "a"}))],
    );
    let infrastructure = (
        "/spec/template/spec/infrastructureRef",
        reference("ByoMachineTemplate", "workers"),
    );
    let mut objects = vec![
        cluster("prod"),
        control_plane("prod", 1),
        with(deployment("prod", "md", 1), std::slice::from_ref(&infrastructure)),
        with(machine_set("prod", "md", "md-x", 1), &[infrastructure]),
        template,
        taken("used", "w"),
        taken("plane", "cp"),
    ];
    objects.extend(machine_of(("MachineSet", "md-x"), "w"));
    objects.extend(machine_of(("KubeadmControlPlane", "prod-cp"), "cp"));
    objects.extend_from_slice(spares);
    objects
}

fn planned(objects: &[Value], name: &str, deed: HostDeed) -> Result<Plan, Refusal> {
    planned_because(objects, name, deed, Some("new disk"))
}

fn planned_because(
    objects: &[Value],
    name: &str,
    deed: HostDeed,
    reason: Option<&str>,
) -> Result<Plan, Refusal> {
    let store = store(objects);
    let subject = key(&store, "ByoHost", name);
    let act = Act {
        uid: store.get(&subject).expect(name).facts.uid.clone(),
        subject,
        deed: Deed::Host(deed),
        reason: reason.map(str::to_owned),
    };
    let around = Around {
        store: &store,
        now: now(),
    };
    super::super::plan(&around, act)
}

fn why(objects: &[Value], name: &str, deed: HostDeed) -> String {
    let refusal = planned(objects, name, deed).expect_err(name);
    assert!(
        matches!(refusal.step, Step::Preflight | Step::Unchanged),
        "{refusal:?}"
    );
    refusal.why
}

fn patch_of(plan: &Plan) -> Value {
    let [write] = plan.writes.as_slice() else {
        panic!("{plan:?}")
    };
    assert_eq!((write.verb, &write.uid), (Verb::Patch, &plan.act.uid));
    write.body.clone()
}

fn all() -> Vec<HostDeed> {
    vec![
        HostDeed::Approve,
        HostDeed::Label(vec![("site".into(), Some("b".into()))]),
        HostDeed::Cordon(true),
        HostDeed::Cordon(false),
        HostDeed::Maintain(true),
        HostDeed::Maintain(false),
        HostDeed::Reserve(Some("prod".into())),
        HostDeed::Reserve(None),
        HostDeed::Quarantine(true),
        HostDeed::Quarantine(false),
        HostDeed::Release,
        HostDeed::Reset,
    ]
}

/// Which deeds a host allows.
fn allowed(host: Value) -> Vec<String> {
    let name = host["metadata"]["name"].as_str().expect("a name").to_owned();
    let objects = fleet(&[host]);
    let deeds = all()
        .into_iter()
        .filter(|deed| planned(&objects, &name, deed.clone()).is_ok());
    deeds.map(|deed| deed.told()).collect()
}

/// What is said of a host, by the pointer of the field.
fn said(pointer: &str, value: &Value) -> Value {
    host_named("h", &[(pointer, value.clone())])
}

#[test]
fn each_state_allows_what_makes_sense_in_it() {
    let held = json!({"failures": 3, "since": CREATED, "failure": {"step": "install"}});
    let reserved = json!([{"key": names::RESERVED_FOR, "value": "prod"}]);
    let annotated = |key: &str| said("/metadata/annotations", &json!({key: ""}));
    let cases = [
        (
            host_named("h", &[]),
            "cordon, begin maintenance, reserve for prod, quarantine, reset",
        ),
        (
            said("/spec/approved", &json!(false)),
            "approve, cordon, begin maintenance, reserve for prod, quarantine, reset",
        ),
        (
            said("/spec/unclaimable", &json!(true)),
            "uncordon, begin maintenance, reserve for prod, quarantine, reset",
        ),
        (
            said("/spec/maintenance", &json!({"reason": "x"})),
            "cordon, end maintenance, reserve for prod, quarantine, reset",
        ),
        (
            said("/spec/taints", &reserved),
            "cordon, begin maintenance, reserve no more, quarantine, reset",
        ),
        (
            said("/status/quarantine", &held),
            "cordon, begin maintenance, reserve for prod, clear quarantine, reset",
        ),
        (
            annotated(names::RELEASED),
            "cordon, begin maintenance, reserve for prod, quarantine, release, reset",
        ),
        (
            annotated(names::UNREGISTERING),
            "cordon, begin maintenance, reserve for prod, quarantine",
        ),
        (
            taken("h", "w"),
            "cordon, begin maintenance, reserve for prod, quarantine, release, reset",
        ),
    ];
    for (host, expected) in cases {
        let mut found = allowed(host);
        let mut expected: Vec<&str> = expected.split(", ").chain(["label site=b"]).collect();
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
    let gone = said("/metadata/deletionTimestamp", &json!(CREATED));
    assert_eq!(allowed(gone), Vec::<String>::new());
}

/// Plans each deed on its host, and holds the patch against what is expected.
fn are_written(cases: impl IntoIterator<Item = (Value, HostDeed, Value)>) {
    for (host, deed, expected) in cases {
        let plan = planned(&fleet(&[host]), "h", deed.clone()).expect("a plan");
        assert_eq!(patch_of(&plan), expected, "{deed:?}");
        assert!(!plan.preview.happens.is_empty(), "{deed:?}");
        let blast = plan.preview.blast.expect("a reach");
        assert!(blast.machines.is_empty(), "{deed:?}");
    }
}

#[test]
fn what_is_wished_is_written_where_the_controllers_look_for_it() {
    let test = |pointer: &str, value: Value| json!({"op": "test", "path": pointer, "value": value});
    let add = |pointer: &str, value: Value| json!({"op": "add", "path": pointer, "value": value});
    let (unclaimable, maintenance) = ("/spec/unclaimable", "/spec/maintenance");
    let drained = json!({"mode": "Drain", "reason": "new disk"});
    are_written([
        (
            said("/spec/approved", &json!(false)),
            HostDeed::Approve,
            json!([
                test("/spec/approved", json!(false)),
                {"op": "replace", "path": "/spec/approved", "value": true},
            ]),
        ),
        (
            host_named("h", &[]),
            HostDeed::Cordon(true),
            json!([add(unclaimable, json!(true))]),
        ),
        (
            said(unclaimable, &json!(true)),
            HostDeed::Cordon(false),
            json!([test(unclaimable, json!(true)), {"op": "remove", "path": unclaimable}]),
        ),
        (
            host_named("h", &[]),
            HostDeed::Maintain(true),
            json!([add(maintenance, drained.clone())]),
        ),
        (
            said(maintenance, &drained),
            HostDeed::Maintain(false),
            json!([test(maintenance, drained.clone()), {"op": "remove", "path": maintenance}]),
        ),
    ]);
}

#[test]
fn a_reservation_is_a_taint_beside_others() {
    let version = json!({"op": "test", "path": "/metadata/resourceVersion", "value": "1000"});
    let other = json!({"key": "gpu", "effect": "NoBind"});
    let mine = json!({"key": names::RESERVED_FOR, "value": "prod", "effect": "NoBind"});
    let replaced = |before: Value, after: Value| {
        json!([
            {"op": "test", "path": "/spec/taints", "value": before},
            {"op": "replace", "path": "/spec/taints", "value": after},
        ])
    };
    are_written([
        (
            host_named("h", &[]),
            HostDeed::Reserve(Some("prod".into())),
            json!([version, {"op": "add", "path": "/spec/taints", "value": [mine]}]),
        ),
        (
            said("/spec/taints", &json!([other])),
            HostDeed::Reserve(Some("prod".into())),
            replaced(json!([other]), json!([other, mine])),
        ),
        (
            said("/spec/taints", &json!([other, mine])),
            HostDeed::Reserve(None),
            replaced(json!([other, mine]), json!([other])),
        ),
    ]);
}

#[test]
fn what_a_person_says_is_an_annotation() {
    let held = "/metadata/annotations/fleetui.dev~1held-back";
    let kept = "/metadata/annotations/fleetui.dev~1released";
    let removed = |pointer: &str, value: &str| {
        json!([
            {"op": "test", "path": pointer, "value": value},
            {"op": "remove", "path": pointer},
        ])
    };
    let annotated = |key: &str, value: &str| said("/metadata/annotations", &json!({key: value}));
    are_written([
        (
            host_named("h", &[]),
            HostDeed::Quarantine(true),
            json!([{"op": "add", "path": held, "value": "new disk"}]),
        ),
        (
            annotated(names::HELD_BACK, "loses packets"),
            HostDeed::Quarantine(false),
            removed(held, "loses packets"),
        ),
        (
            annotated(names::RELEASED, "prod/md"),
            HostDeed::Release,
            removed(kept, "prod/md"),
        ),
    ]);
}

/// An agent of upstream may have made its host without a spec and without annotations.
#[test]
fn a_bare_host_is_written_too_and_nothing_that_came_meanwhile_is_lost() {
    let mut bare = host_named("h", &[]);
    for part in ["/spec", "/metadata/annotations"] {
        let (parent, name) = part.rsplit_once('/').expect("a part");
        let parent = bare
            .pointer_mut(parent)
            .and_then(Value::as_object_mut)
            .expect("an object");
        parent.remove(name);
    }
    let version = json!({"op": "test", "path": "/metadata/resourceVersion", "value": "1000"});
    let objects = fleet(&[bare]);
    let cordon = planned(&objects, "h", HostDeed::Cordon(true)).expect("a plan");
    assert_eq!(
        patch_of(&cordon),
        json!([version, {"op": "add", "path": "/spec", "value": {"unclaimable": true}}])
    );
    let reserve = planned(&objects, "h", HostDeed::Reserve(Some("prod".into()))).expect("a plan");
    let taint = json!({"key": names::RESERVED_FOR, "value": "prod", "effect": "NoBind"});
    assert_eq!(
        patch_of(&reserve),
        json!([version, {"op": "add", "path": "/spec", "value": {"taints": [taint]}}])
    );
    let quarantine = planned(&objects, "h", HostDeed::Quarantine(true)).expect("a plan");
    assert_eq!(
        patch_of(&quarantine),
        json!([version, {"op": "add", "path": "/metadata/annotations", "value": {names::HELD_BACK: "new disk"}}])
    );
}

/// Written as YAML, a maintenance is told and judged as the deed is, so that it is looked at what will hold the drain.
#[test]
fn a_maintenance_that_is_edited_names_the_machine_that_is_drained() {
    let objects = fleet(&[host_named("spare", &[])]);
    let named = planned(&objects, "used", HostDeed::Maintain(true)).expect("a plan");
    let store = store(&objects);
    let around = Around {
        store: &store,
        now: now(),
    };
    let before = objects
        .iter()
        .find(|object| object["metadata"]["name"] == "used")
        .expect("a host");
    let told = |spec: Value| {
        let after = with(before.clone(), &[("/spec/maintenance", spec)]);
        let mut plan = Plan {
            act: Act {
                deed: Deed::Edit(Vec::new()),
                ..named.act.clone()
            },
            preview: Preview::default(),
            checks: Vec::new(),
            confirm: Confirm::Key,
            ..named.clone()
        };
        let judgement = Judgement {
            weighed: vec![Weighed {
                before: Some(before.clone()),
                after: Some(after),
                ..Weighed::default()
            }],
            ..Judgement::default()
        };
        super::super::weigh(&around, &mut plan, &judgement);
        let unseen = plan.drains_unseen(&judgement);
        (plan, unseen)
    };
    let (plan, unseen) = told(json!({"mode": "Drain"}));
    assert_eq!(plan.preview.happens, named.preview.happens);
    assert_eq!(
        (&plan.preview.blast, &plan.confirm),
        (&named.preview.blast, &named.confirm)
    );
    assert!(unseen);
    let (plan, unseen) = told(json!({"mode": "NoDrain"}));
    assert!(!unseen && plan.preview.happens.is_empty(), "{plan:?}");
}

#[test]
fn maintenance_and_release_name_the_machine_and_say_whether_another_host_can_be_taken() {
    let taker = "Machine w of cluster prod is deleted: its node is drained, and the host is reset";
    let without = fleet(&[]);
    let with_one = fleet(&[host_named("spare", &[])]);
    for deed in [HostDeed::Maintain(true), HostDeed::Release] {
        let plan = planned(&with_one, "used", deed.clone()).expect("a plan");
        let happens = &plan.preview.happens;
        assert!(happens.iter().any(|what| what == taker), "{happens:?}");
        assert!(
            happens.iter().any(
                |what| what == "MachineSet md-x makes another one in its place: 1 free host can be taken"
            ),
            "{happens:?}"
        );
        assert!(matches!(plan.confirm, Confirm::Twice(_)), "{deed:?}");
        let blast = plan.preview.blast.as_ref().expect("a reach");
        assert_eq!(
            (blast.machines.as_slice(), blast.drained),
            (["w".into()].as_slice(), 1)
        );
        let plan = planned(&without, "used", deed.clone()).expect("a plan");
        let warnings = plan.preview.warnings.join("; ");
        assert!(
            warnings
                .contains("makes another one, which finds no host: 0/2 hosts can be taken: 2 with a machine"),
            "{deed:?}: {warnings}"
        );
        assert_eq!(
            warnings.contains("may take this very host again"),
            deed == HostDeed::Release,
            "{warnings}"
        );
    }
    let release = planned(&with_one, "used", HostDeed::Release).expect("a plan");
    let [write] = release.writes.as_slice() else {
        panic!("{release:?}")
    };
    assert_eq!(
        (write.verb, write.target.kind.kind.as_ref()),
        (Verb::Delete, "Machine")
    );
    assert_eq!(write.target.object.name, "w");
    assert_eq!(release.act.subject.object.name, "used");
}

#[test]
fn a_control_plane_that_cannot_spare_its_machine_stands_in_the_way() {
    for deed in [HostDeed::Maintain(true), HostDeed::Release] {
        let plan = planned(&fleet(&[]), "plane", deed.clone()).expect("a plan");
        let blocking: Vec<String> = plan
            .blocking()
            .filter_map(|check| match &check.found {
                Found::Blocks { why, overridable } => overridable.then(|| why.clone()),
                _ => None,
            })
            .collect();
        assert!(
            blocking.len() == 1
                && blocking[0].contains("it is the only machine of KubeadmControlPlane prod-cp"),
            "{deed:?}: {blocking:?}"
        );
    }
    // What a maintenance begins with is not that the machine goes, and the host says what it waits for.
    let plan = planned(&fleet(&[]), "plane", HostDeed::Maintain(true)).expect("a plan");
    let happens = plan.preview.happens.join("; ");
    assert!(
        happens.contains("stays on it until its control plane can spare it") && !happens.contains("drained"),
        "{happens}"
    );
    assert!(plan.preview.blast.is_some_and(|blast| blast.machines.is_empty()));
    let mut objects = fleet(&[]);
    let host = objects
        .iter_mut()
        .find(|object| object["kind"] == "ByoHost" && object["metadata"]["name"] == "plane")
        .expect("the host");
    host["spec"]["maintenance"] = json!({"mode": "drain"});
    let store = store(&objects);
    let row = store.get(&key(&store, "ByoHost", "plane")).expect("its row");
    let line = HostRow::known(&store, row, now()).expect("a host").verdict.line;
    assert!(
        line.contains(" stays: it is the only machine of KubeadmControlPlane prod-cp"),
        "{line}"
    );
}

/// Three hosts with the machines of one control plane, which is whole.
fn three_planes() -> (FleetStore, Vec<Act>, Vec<Plan>) {
    let mut objects = fleet(&[]);
    let of = ("KubeadmControlPlane", "prod-cp");
    for name in ["cp-2", "cp-3"] {
        objects.push(taken(&format!("host-{name}"), name));
        objects.extend(machine_of(of, name));
    }
    let store = store(&objects);
    let names = ["plane", "host-cp-2", "host-cp-3"];
    let act = |name: &str, deed: HostDeed| {
        let subject = key(&store, "ByoHost", name);
        Act {
            uid: store.get(&subject).expect(name).facts.uid.clone(),
            subject,
            deed: Deed::Host(deed),
            reason: None,
        }
    };
    let around = Around {
        store: &store,
        now: now(),
    };
    let release: Vec<Act> = names.iter().map(|name| act(name, HostDeed::Release)).collect();
    let maintain = names.iter().map(|name| act(name, HostDeed::Maintain(true)));
    let maintain = maintain.map(|act| super::super::plan(&around, act).expect("a plan"));
    let maintain = maintain.collect();
    (store, release, maintain)
}

/// Each of them could be spared alone, and all of them together not at all.
#[test]
fn of_a_control_plane_one_machine_goes_at_a_time_whatever_takes_it() {
    let (store, release, mut maintain) = three_planes();
    let around = Around {
        store: &store,
        now: now(),
    };
    let taken: Vec<_> = release
        .into_iter()
        .map(|act| {
            let plan = super::super::plan(&around, act).expect("a plan");
            crate::act::plan::takes_from(&store, &plan).expect("whose machine it is")
        })
        .collect();
    assert!(
        taken.iter().all(|(of, why)| {
            of.starts_with("KubeadmControlPlane default/prod-cp in ")
                && *why == "of a control plane one goes at a time"
        }),
        "{taken:?}"
    );
    for _ in 0..2 {
        together(&around, &mut maintain.iter_mut().collect::<Vec<_>>());
    }
    for plan in &maintain {
        let warned: Vec<&str> = plan
            .checks
            .iter()
            .filter_map(|check| match &check.found {
                Found::Warns(what) if what.contains("one goes at a time") => Some(what.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(
            warned,
            [
                "3 of them are of KubeadmControlPlane prod-cp: one goes at a time, and the others stay until it is whole again"
            ],
            "{:?}",
            plan.act.subject
        );
    }
}

/// What stays and what goes is told as it is.
#[test]
fn a_machine_that_is_being_deleted_does_not_stay() {
    let mut objects = fleet(&[]);
    for object in &mut objects {
        if object["kind"] == "Machine" && object["metadata"]["name"] == "w" {
            object["metadata"]["deletionTimestamp"] = json!(CREATED);
            object["metadata"]["finalizers"] = json!(["machine.cluster.x-k8s.io"]);
        }
    }
    for deed in [HostDeed::Cordon(true), HostDeed::Quarantine(true)] {
        let happens = planned(&objects, "used", deed.clone())
            .expect("a plan")
            .preview
            .happens
            .join("; ");
        assert!(
            happens.contains("Machine w of cluster prod is being deleted") && !happens.contains("stays"),
            "{deed:?}: {happens}"
        );
    }
    // A host that something else keeps machines off is not free for all by the end of its reservation.
    let mut host = said(
        "/spec/taints",
        &json!([{"key": names::RESERVED_FOR, "value": "prod"}]),
    );
    host["spec"]["unclaimable"] = json!(true);
    let plan = planned(&fleet(&[host]), "h", HostDeed::Reserve(None)).expect("a plan");
    assert_eq!(plan.preview.happens, ["it is no longer kept for one cluster"]);
    assert_eq!(
        plan.preview.warnings,
        ["it still takes no machine: it is cordoned"]
    );
}

/// What is wished and so already is no refusal.
#[test]
fn what_is_so_already_is_told_apart_from_what_cannot_be() {
    let cases = [
        (
            said("/spec/maintenance", &json!({"reason": "x"})),
            HostDeed::Maintain(true),
            Step::Unchanged,
        ),
        (
            said("/spec/approved", &json!(true)),
            HostDeed::Approve,
            Step::Unchanged,
        ),
        (
            said("/spec/unclaimable", &json!(true)),
            HostDeed::Cordon(true),
            Step::Unchanged,
        ),
        (host_named("h", &[]), HostDeed::Approve, Step::Unchanged),
        (host_named("h", &[]), HostDeed::Release, Step::Preflight),
    ];
    for (host, deed, expected) in cases {
        let refusal = planned(&fleet(&[host]), "h", deed.clone()).expect_err("no plan");
        assert_eq!(refusal.step, expected, "{deed:?}: {}", refusal.why);
    }
}

#[test]
fn what_has_to_be_reset_is_typed_and_a_machine_on_it_stands_in_the_way() {
    let plan = planned(&fleet(&[host_named("h", &[])]), "h", HostDeed::Reset).expect("a plan");
    assert_eq!(plan.confirm, Confirm::Name("h".into()));
    assert_eq!(plan.blocking().count(), 0);
    assert_eq!(
        patch_of(&plan),
        json!([{
            "op": "add", "value": "",
            "path": "/metadata/annotations/byoh.infrastructure.cluster.x-k8s.io~1unregistering",
        }])
    );
    let plan = planned(&fleet(&[]), "used", HostDeed::Reset).expect("a plan");
    let why = plan.blocking().next().map(|check| check.found.clone());
    assert_eq!(
        why,
        Some(Found::Blocks {
            why: "Machine w of cluster prod runs on it and would be torn away undrained: release the host instead"
                .to_owned(),
            overridable: true,
        })
    );
}

/// A host that is silent, or fails, while it is reset holds its machine; whoever is sure lets it go, by its name.
#[test]
fn a_host_that_cannot_be_reset_is_let_go_by_who_is_sure() {
    let releasing = |changes: &[(&str, Value)]| {
        let host = with(
            taken("h", "w"),
            &[("/metadata/annotations", json!({names::UNREGISTERING: ""}))],
        );
        fleet(&[with(host, changes)])
    };
    let calm = releasing(&[]);
    assert_eq!(
        why(&calm, "h", HostDeed::Release),
        "ByoHost h is being reset: Machine w of cluster prod goes when it is clean"
    );
    let silent = releasing(&[("/status/lastHeartbeatTime", json!("2026-08-21T11:00:00Z"))]);
    let plan = planned(&silent, "h", HostDeed::Release).expect("a plan");
    assert_eq!(plan.confirm, Confirm::Name("h".into()));
    assert_eq!(
        patch_of(&plan)[0],
        json!({
            "op": "add", "path": "/metadata/annotations/fleetui.dev~1release-confirmed", "value": "new disk",
        })
    );
    assert!(
        plan.preview
            .warnings
            .iter()
            .any(|what| what.contains("was not heard for 3600 s"))
    );
    let fails = releasing(&[(
        "/status/failure",
        json!({"step": "reset", "command": "kubeadm reset", "exitStatus": 1}),
    )]);
    let plan = planned(&fails, "h", HostDeed::Release).expect("a plan");
    assert!(
        plan.preview.warnings[0].contains("kubeadm reset ended with 1"),
        "{plan:?}"
    );
    let done = releasing(&[(
        "/metadata/annotations",
        json!({names::UNREGISTERING: "", names::RELEASE_CONFIRMED: "ada"}),
    )]);
    assert!(why(&done, "h", HostDeed::Release).contains("was let go already"));
}

#[test]
fn labels_are_held_to_their_rules_and_say_who_could_take_the_host_then() {
    let label = |key: &str, value: Option<&str>| HostDeed::Label(vec![(key.into(), value.map(Into::into))]);
    let waits = with(
        object(BYOH, "ByoMachine", "waits"),
        &[("/spec/selector/matchLabels", json!({"site": "b"}))],
    );
    let objects = fleet(&[host_named("h", &[]), waits]);
    let plan = planned(&objects, "h", label("site", Some("b"))).expect("a plan");
    assert_eq!(
        patch_of(&plan),
        json!([
            {"op": "test", "path": "/metadata/labels/site", "value": "a"},
            {"op": "replace", "path": "/metadata/labels/site", "value": "b"},
        ])
    );
    assert_eq!(
        plan.preview.happens,
        ["1 machine that waits can take it then, not 0"]
    );
    let plan = planned(&objects, "h", label("site", None)).expect("a plan");
    assert_eq!(
        patch_of(&plan)[1],
        json!({"op": "remove", "path": "/metadata/labels/site"})
    );
    let refusals = [
        (label("site", Some("a")), "h has site=a already"),
        (label("rack", None), "h has no label rack"),
        (
            HostDeed::Label(vec![
                ("rack".into(), None),
                ("row".into(), None),
                ("site".into(), Some("a".into())),
            ]),
            "h has no label rack and no label row, and has site=a already",
        ),
        (label("a b", Some("c")), "\"a b\" is no label: letters, digits"),
        (
            label("site", Some("not/a/value")),
            "\"not/a/value\" is no label's value",
        ),
        (label(labels::CLUSTER_NAME, Some("x")), "says who has the host"),
        (HostDeed::Label(Vec::new()), "key=value"),
        (
            HostDeed::Label(vec![("q".into(), Some("2".into())), ("q".into(), None)]),
            "q=2 and q- contradict each other",
        ),
        (
            HostDeed::Label(vec![
                ("q".into(), Some("2".into())),
                ("q".into(), Some("3".into())),
            ]),
            "q=2 and q=3 contradict each other",
        ),
    ];
    for (deed, expected) in refusals {
        let why = why(&objects, "h", deed.clone());
        assert!(why.contains(expected), "{deed:?}: {why}");
    }
    let bare = with(host_named("bare", &[]), &[("/metadata/labels", json!({}))]);
    let plan = planned(&fleet(&[bare]), "bare", label("site", Some("b"))).expect("a plan");
    assert_eq!(
        patch_of(&plan),
        json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": "1000"},
            {"op": "add", "path": "/metadata/labels", "value": {"site": "b"}},
        ])
    );
}

#[test]
fn a_reservation_is_not_written_over_and_an_unknown_cluster_is_asked_about() {
    let reserved = host_named(
        "h",
        &[(
            "/spec/taints",
            json!([{"key": names::RESERVED_FOR, "value": "prod"}]),
        )],
    );
    let objects = fleet(&[reserved]);
    assert!(why(&objects, "h", HostDeed::Reserve(Some("test".into()))).contains("take that back first"));
    assert!(why(&objects, "h", HostDeed::Reserve(Some("prod".into()))).contains("prod already"));
    let free = fleet(&[host_named("h", &[])]);
    let plan = planned(&free, "h", HostDeed::Reserve(Some("soon".into()))).expect("a plan");
    assert!(matches!(plan.confirm, Confirm::Twice(why) if why.contains("there is no Cluster soon")));
    let known = planned(&free, "h", HostDeed::Reserve(Some("prod".into()))).expect("a plan");
    assert_eq!(known.confirm, Confirm::Key);
    let used = planned(&free, "used", HostDeed::Reserve(Some("soon".into()))).expect("a plan");
    assert_eq!(
        used.preview.warnings,
        ["Machine w of cluster prod stays on it until it goes"]
    );
}

/// What failed is forgotten by an annotation that the controllers take away; what a person said is taken away at once.
#[test]
fn clearing_forgets_failures_and_says_what_still_keeps_machines_off() {
    let held = json!({
        "failures": 3, "since": CREATED,
        "failure": {"step": "bootstrap", "command": "kubeadm join", "exitStatus": 1, "lastLines": ["no route to host"]},
    });
    let host = host_named(
        "h",
        &[("/status/quarantine", held), ("/spec/unclaimable", json!(true))],
    );
    let plan = planned(
        &fleet(std::slice::from_ref(&host)),
        "h",
        HostDeed::Quarantine(false),
    )
    .expect("a plan");
    assert_eq!(
        patch_of(&plan),
        json!([{"op": "add", "path": "/metadata/annotations/fleetui.dev~1clear-quarantine", "value": "new disk"}])
    );
    assert_eq!(
        plan.preview.warnings,
        [
            "what went wrong last comes again unless it was mended: bootstrap: kubeadm join ended with 1: no route to host",
            "it still takes no machine: it is cordoned",
        ]
    );
    let asked = with(
        host,
        &[("/metadata/annotations", json!({names::CLEAR_QUARANTINE: "ada"}))],
    );
    assert!(why(&fleet(&[asked]), "h", HostDeed::Quarantine(false)).contains("is being cleared already"));
}

/// The reason goes into what is written, so that it is said again where the host is looked at.
#[test]
fn a_deed_without_a_reason_still_says_where_it_came_from() {
    let objects = fleet(&[host_named("h", &[])]);
    let plan = planned_because(&objects, "h", HostDeed::Quarantine(true), None).expect("a plan");
    assert_eq!(patch_of(&plan)[0]["value"], "from fleetui");
    let plan = planned_because(&objects, "h", HostDeed::Maintain(true), None).expect("a plan");
    assert_eq!(patch_of(&plan)[0]["value"], json!({"mode": "Drain"}));
}

#[test]
fn what_is_no_host_is_refused() {
    let store = store(&fleet(&[]));
    let subject = key(&store, "Machine", "w");
    let act = Act {
        uid: store.get(&subject).expect("a machine").facts.uid.clone(),
        subject,
        deed: Deed::Host(HostDeed::Cordon(true)),
        reason: None,
    };
    let around = Around {
        store: &store,
        now: now(),
    };
    let refusal = super::super::plan(&around, act).expect_err("a refusal");
    assert_eq!(refusal.why, "Machine w is no host of a pool");
}

#[test]
fn who_ends_a_maintenance_while_its_machine_goes_hears_that_it_goes_all_the_same() {
    let mut objects = fleet(&[]);
    let at = |kind: &str, name: &str| {
        let is = |object: &Value| object["kind"] == kind && object["metadata"]["name"] == name;
        fleet(&[]).iter().position(is).expect(name)
    };
    let (host, machine) = (at("ByoHost", "used"), at("Machine", "w"));
    objects[host]["spec"]["maintenance"] = json!({"mode": "Drain"});
    let told = |objects: &[Value]| {
        let plan = planned(objects, "used", HostDeed::Maintain(false)).expect("a plan");
        (plan.preview.happens.join("; "), plan.preview.warnings.join("; "))
    };
    assert_eq!(
        told(&objects),
        ("it takes machines again".to_owned(), String::new())
    );
    objects[machine]["metadata"]["deletionTimestamp"] = json!(CREATED);
    objects[machine]["metadata"]["finalizers"] = json!(["machine.cluster.x-k8s.io"]);
    let (happens, warnings) = told(&objects);
    assert_eq!(
        happens,
        "it takes machines again once this one is gone and it was reset"
    );
    assert!(
        warnings.starts_with(
            "Machine w of cluster prod is being deleted, which cannot be taken back: it goes all the same"
        ),
        "{warnings}"
    );
}

/// One free host is there for one machine: of two that go, one finds none, and neither is promised it.
#[test]
fn a_free_host_is_promised_once_where_several_machines_go() {
    let second = [vec![taken("other", "v")], machine_of(("MachineSet", "md-x"), "v")].concat();
    let told = |spares: &[&str], names: [&str; 2], deed: &HostDeed| {
        let spares = spares.iter().map(|name| host_named(name, &[]));
        let store = store(&fleet(&second.iter().cloned().chain(spares).collect::<Vec<_>>()));
        let around = Around {
            store: &store,
            now: now(),
        };
        let mut plans = names.map(|name| {
            let subject = key(&store, "ByoHost", name);
            let act = Act {
                uid: store.get(&subject).expect(name).facts.uid.clone(),
                subject,
                deed: Deed::Host(deed.clone()),
                reason: None,
            };
            super::super::plan(&around, act).expect("a plan")
        });
        // It is held together anew as the fleet goes on, and says nothing twice.
        for _ in 0..2 {
            together(&around, &mut plans.iter_mut().collect::<Vec<_>>());
        }
        plans.map(|plan| {
            let warned = plan.checks.into_iter().filter_map(|check| match check.found {
                Found::Warns(what) => Some(what),
                _ => None,
            });
            let promises = plan
                .preview
                .happens
                .iter()
                .any(|what| what.contains("can be taken"));
            (warned.collect::<Vec<_>>().join("; "), promises)
        })
    };
    let both = |what: &str, promises: bool| [(what.to_owned(), promises), (what.to_owned(), promises)];
    for deed in [HostDeed::Maintain(true), HostDeed::Release] {
        let used = ["used", "other"];
        assert_eq!(
            told(&["spare"], used, &deed),
            both("2 hosts are needed, 1 is free", false),
            "{deed:?}"
        );
        assert_eq!(told(&["spare", "more"], used, &deed), both("", true), "{deed:?}");
    }
    // A host that is to be looked after itself is no free one.
    let [used, spare] = told(&["spare"], ["used", "spare"], &HostDeed::Maintain(true));
    assert_eq!(used, ("1 host is needed, none is free".to_owned(), false));
    assert_eq!(spare, (String::new(), false));
}

#[test]
fn of_what_ends_only_what_holds_is_said() {
    let cases = [
        (
            json!({"unclaimable": true}),
            HostDeed::Cordon(false),
            "it is no longer cordoned",
        ),
        (
            json!({"maintenance": {"mode": "Drain"}}),
            HostDeed::Maintain(false),
            "its maintenance is over",
        ),
        (
            json!({}),
            HostDeed::Quarantine(false),
            "it is no longer quarantined",
        ),
    ];
    for (spec, deed, over) in cases {
        let told = |also: &Value| {
            let mut host = host_named("h", &[("/spec", spec.clone())]);
            if deed == HostDeed::Quarantine(false) {
                host = with(
                    host,
                    &[("/metadata/annotations", json!({names::HELD_BACK: "from fleetui"}))],
                );
            }
            for (field, value) in also.as_object().expect("fields") {
                host["spec"][field] = value.clone();
            }
            let plan = planned(&fleet(&[host]), "h", deed.clone()).expect("a plan");
            (plan.preview.happens.join("; "), plan.preview.warnings.join("; "))
        };
        assert_eq!(
            told(&json!({})),
            ("it takes machines again".to_owned(), String::new())
        );
        let also = match deed {
            HostDeed::Cordon(_) => json!({"maintenance": {"mode": "Drain"}}),
            _ => json!({"unclaimable": true}),
        };
        let (happens, warnings) = told(&also);
        assert_eq!(happens, over);
        assert!(warnings.starts_with("it still takes no machine: "), "{warnings}");
    }
    let host = host_named(
        "h",
        &[("/metadata/annotations", json!({names::HELD_BACK: "from fleetui"}))],
    );
    assert_eq!(
        why(&fleet(&[host]), "h", HostDeed::Quarantine(true)),
        "ByoHost h is quarantined already: it is held back until it is cleared"
    );
}
