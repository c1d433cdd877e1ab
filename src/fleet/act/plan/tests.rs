//! Plans: which writes an act is, what is said of it, and why not.

use serde_json::json;

use super::*;
use crate::act::{Deed, Write};
use crate::edit::Field;
use crate::fixtures::{
    cluster, condition, control_plane, deployment, key, machine_set, now, set, store, whole_cluster, with,
};

fn scale(objects: &[Value], typed: &str) -> Plan {
    let store = store(objects);
    let key = key(&store, "MachineDeployment", "md");
    field(&store, &key, Field::Replicas, typed, now()).expect("a plan")
}

#[test]
fn a_cells_change_is_a_plan_that_says_what_it_writes() {
    let plan = scale(&[cluster("prod"), deployment("prod", "md", 3)], "+2");
    assert_eq!(plan.act.deed, Deed::Scale("5".to_owned()));
    assert_eq!(plan.field(), Some(("3".to_owned(), "5".to_owned())));
    assert_eq!(plan.confirm, Confirm::Key);
    assert_eq!(plan.preview.happens, ["adds 2 machines"]);
    let blast = plan.preview.blast.as_ref().expect("a reach");
    assert_eq!(blast.replicas, Some((3, 5)));
    assert_eq!(blast.cluster.as_ref().expect("a cluster").name, "prod");
    let [
        Write {
            verb: Verb::Patch,
            uid,
            fields,
            ..
        },
    ] = plan.writes.as_slice()
    else {
        panic!("{plan:?}")
    };
    assert_eq!(*uid, plan.act.uid);
    assert_eq!(
        (
            fields[0].pointer.as_str(),
            fields[0].before.clone(),
            fields[0].after.clone()
        ),
        ("/spec/replicas", Some(json!(3)), Some(json!(5)))
    );
    let many = scale(&[deployment("prod", "md", 3)], "4000");
    assert!(matches!(many.confirm, Confirm::Twice(why) if why.contains("unusually many")));
}

#[test]
fn anchor_55_a_gitops_tool_is_named_before_its_object_is_written() {
    let owner = |manager: &str, gitops: bool, pointers: &[&str]| FieldOwner {
        manager: manager.to_owned(),
        gitops,
        pointers: pointers.iter().map(|&pointer| pointer.to_owned()).collect(),
    };
    let planned = |owners: &[FieldOwner]| {
        let mut plan = scale(&[deployment("prod", "md", 3)], "5");
        plan.mind(owners);
        plan
    };
    // Nobody, or nobody that comes back: a key is enough.
    let kubectl = planned(&[owner("kubectl-edit", false, &["/spec/replicas"])]);
    assert_eq!(kubectl.confirm, Confirm::Key);
    assert!(kubectl.preview.warnings.is_empty());
    // The object is its, the field is not.
    let other = planned(&[owner("argocd-controller", true, &["/spec/selector"])]);
    assert_eq!(other.confirm, Confirm::Key);
    assert_eq!(
        other.preview.warnings,
        ["argocd-controller applies this object: what is changed here may be taken back"]
    );
    // The very field: it is asked about once more.
    let own = planned(&[owner("argocd-controller", true, &["/spec/replicas"])]);
    assert_eq!(
        own.confirm,
        Confirm::Twice(
            "argocd-controller applies spec.replicas: what is written here will be taken back".to_owned()
        )
    );
    assert_eq!(dotted("/metadata/annotations/a~1b"), "metadata.annotations.a/b");
}

#[test]
fn a_field_is_owned_with_what_it_holds_and_is_held_by() {
    let owner = FieldOwner {
        pointers: vec!["/spec/a".to_owned(), "/spec/b/c".to_owned()],
        ..FieldOwner::default()
    };
    for (pointer, owned) in [
        ("/spec/a", true),
        ("/spec/a/x", true),
        ("/spec/b", true),
        ("/spec/bb", false),
        ("/spec/aa", false),
        ("/spec/b/d", false),
    ] {
        assert_eq!(owner.owns(pointer), owned, "{pointer}");
    }
}

/// The act on an object of a store.
fn act(store: &FleetStore, kind: &str, name: &str, deed: Deed) -> Act {
    let subject = key(store, kind, name);
    let uid = store.get(&subject).expect(name).facts.uid.clone();
    Act {
        subject,
        uid,
        deed,
        reason: Some("because".to_owned()),
    }
}

fn planned(objects: &[Value], kind: &str, name: &str, deed: Deed) -> Result<Plan, Refusal> {
    let store = store(objects);
    let act = act(&store, kind, name, deed);
    plan(
        &Around {
            store: &store,
            now: now(),
        },
        act,
    )
}

fn why(objects: &[Value], kind: &str, name: &str, deed: Deed) -> String {
    planned(objects, kind, name, deed).expect_err(name).why
}

const MD: &str = "MachineDeployment";
const KCP: &str = "KubeadmControlPlane";
const PAUSED: &str = "cluster.x-k8s.io/paused";

fn with_annotations(object: Value, annotations: Value) -> Value {
    with(object, &[("/metadata/annotations", annotations)])
}

#[test]
fn a_pause_is_written_where_each_kind_keeps_it() {
    let objects =
        |change: fn(Value) -> Value| whole_cluster("prod").into_iter().map(change).collect::<Vec<_>>();
    let annotated = objects(|object| with_annotations(object, json!({"a": "b"})));
    let bare = objects(|object| object);
    let field = json!([{"op": "add", "path": "/spec/paused", "value": true}]);
    let annotation = json!([
        {"op": "add", "path": "/metadata/annotations/cluster.x-k8s.io~1paused", "value": "true"}
    ]);
    let first = json!([
        {"op": "test", "path": "/metadata/resourceVersion", "value": "1000"},
        {"op": "add", "path": "/metadata/annotations", "value": {PAUSED: "true"}},
    ]);
    let store = store(&bare);
    let machine = store
        .rows(None)
        .find(|row| row.facts.role == Role::Machine)
        .expect("a machine")
        .facts
        .object
        .name
        .clone();
    let cases = [
        (&annotated, "Cluster", "prod", &field),
        (&annotated, MD, "prod-md-0", &field),
        (&annotated, KCP, "prod-cp", &annotation),
        (&annotated, "Machine", machine.as_str(), &annotation),
        (&bare, KCP, "prod-cp", &first),
    ];
    for (objects, kind, name, patch) in cases {
        let plan = planned(objects, kind, name, Deed::Pause).expect(name);
        assert_eq!(plan.writes[0].body, *patch, "{kind}");
        assert_eq!(plan.act.reason.as_deref(), Some("because"));
    }
    // What the topology would set back is asked for by the annotation.
    let owned = with(
        deployment("prod", "md", 1),
        &[
            ("/metadata/labels/topology.cluster.x-k8s.io~1owned", json!("")),
            ("/metadata/annotations", json!({"a": "b"})),
        ],
    );
    let plan = planned(&[cluster("prod"), owned], MD, "md", Deed::Pause).expect("a plan");
    assert_eq!(plan.writes[0].body, annotation);
}

#[test]
fn what_is_paused_already_is_no_pause_and_a_pause_ends_where_it_was_written() {
    let field = with(cluster("prod"), &[("/spec/paused", json!(true))]);
    assert_eq!(
        why(std::slice::from_ref(&field), "Cluster", "prod", Deed::Pause),
        "Cluster prod is paused already"
    );
    assert_eq!(
        why(&[cluster("prod")], "Cluster", "prod", Deed::Resume),
        "Cluster prod is not paused"
    );
    let below = [field.clone(), deployment("prod", "md", 1)];
    assert_eq!(
        why(&below, MD, "md", Deed::Resume),
        "MachineDeployment md is not paused itself: Cluster prod is"
    );
    let resumed = planned(&[field], "Cluster", "prod", Deed::Resume).expect("a plan");
    assert_eq!(
        resumed.writes[0].body,
        json!([
            {"op": "test", "path": "/spec/paused", "value": true},
            {"op": "replace", "path": "/spec/paused", "value": false},
        ])
    );
    let annotated = with_annotations(control_plane("prod", 1), json!({PAUSED: "yes"}));
    let resumed = planned(&[annotated], KCP, "prod-cp", Deed::Resume).expect("a plan");
    assert_eq!(
        resumed.writes[0].body,
        json!([
            {"op": "test", "path": "/metadata/annotations/cluster.x-k8s.io~1paused", "value": "yes"},
            {"op": "remove", "path": "/metadata/annotations/cluster.x-k8s.io~1paused"},
        ])
    );
}

#[test]
fn rollouts_are_paused_of_what_has_some() {
    let mut objects = whole_cluster("prod");
    objects.push(crate::fixtures::object(
        "cluster.x-k8s.io/v1beta2",
        "MachinePool",
        "pool",
    ));
    objects.push(crate::fixtures::object(
        "controlplane.cluster.x-k8s.io/v1beta2",
        "AWSManagedControlPlane",
        "eks",
    ));
    let store = store(&objects);
    let around = Around {
        store: &store,
        now: now(),
    };
    let rollouts = |kind: &str, name: &str, deed: Deed| of_rollouts(&around, act(&store, kind, name, deed));
    for (kind, name) in [(MD, "prod-md-0"), (KCP, "prod-cp")] {
        assert_eq!(
            rollouts(kind, name, Deed::Pause).expect(name),
            planned(&objects, kind, name, Deed::Pause).expect(name)
        );
        let why = rollouts(kind, name, Deed::Resume).expect_err(name).why;
        assert!(why.ends_with("is not paused"), "{why}");
    }
    let machine = machine_owned_by(&objects, KCP);
    for (kind, name, words) in [
        ("Cluster", "prod", "a Cluster has no rollout of its own"),
        ("MachinePool", "pool", "a MachinePool has no rollouts"),
        ("AWSManagedControlPlane", "eks", "are its provider's"),
        (
            "Machine",
            machine.as_str(),
            "that of KubeadmControlPlane prod-cp, which makes it",
        ),
    ] {
        let why = rollouts(kind, name, Deed::Pause).expect_err(name).why;
        assert!(why.contains(words), "{why}");
        assert!(
            planned(&objects, kind, name, Deed::Pause).is_ok(),
            "{kind} can be paused as a whole"
        );
    }
}

#[test]
fn machines_go_one_at_a_time_where_the_next_would_find_another_number() {
    use crate::act::MachineDeed;
    let mut objects = whole_cluster("prod");
    objects.push(crate::fixtures::machine("prod", (KCP, "prod-cp"), "second"));
    let store = store(&objects);
    let taken = |owner: &str, deed: MachineDeed| {
        let plan = machine_deed(&objects, &machine_owned_by(&objects, owner), deed).ok()?;
        takes_from(&store, &plan)
    };
    let (of, why) = taken("MachineSet", MachineDeed::Shrink).expect("its owner");
    assert_eq!(of, "MachineDeployment default/prod-md-0 in mgmt-taipei");
    assert!(why.contains("one less"), "{why}");
    let (of, _) = taken(KCP, MachineDeed::Replace).expect("its control plane");
    assert_eq!(of, "KubeadmControlPlane default/prod-cp in mgmt-taipei");
    for (owner, deed) in [
        ("MachineSet", MachineDeed::Replace),
        (KCP, MachineDeed::GoFirst(true)),
        ("MachineSet", MachineDeed::SkipRemediation(true)),
    ] {
        assert_eq!(taken(owner, deed), None, "{deed:?}");
    }
}

#[test]
fn a_restart_asks_for_the_servers_time() {
    let whole = whole_cluster("prod");
    let at = "2026-08-21T12:00:00Z";
    let plan = planned(&whole, MD, "prod-md-0", Deed::Restart).expect("a plan");
    assert_eq!(
        plan.writes[0].body,
        json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": "1000"},
            {"op": "add", "path": "/spec/rollout", "value": {"after": at}},
        ])
    );
    let blast = plan.preview.blast.expect("a reach");
    assert!(!blast.machines.is_empty());
    assert!(matches!(plan.confirm, Confirm::Twice(_)));
    // An earlier one is tested for, and so is what is around it.
    let earlier = with(
        control_plane("prod", 3),
        &[(
            "/spec/rollout",
            json!({"after": "2026-08-01T00:00:00Z", "strategy": {}}),
        )],
    );
    let plan = planned(&[cluster("prod"), earlier], KCP, "prod-cp", Deed::Restart).expect("a plan");
    assert_eq!(
        plan.writes[0].body,
        json!([
            {"op": "test", "path": "/spec/rollout/after", "value": "2026-08-01T00:00:00Z"},
            {"op": "replace", "path": "/spec/rollout/after", "value": at},
        ])
    );
    // In v1beta1 the field stands alone.
    let old = with(
        deployment("prod", "md", 1),
        &[("/apiVersion", json!("cluster.x-k8s.io/v1beta1"))],
    );
    let plan = planned(&[old], MD, "md", Deed::Restart).expect("a plan");
    assert_eq!(
        plan.writes[0].body,
        json!([{"op": "add", "path": "/spec/rolloutAfter", "value": at}])
    );
    // The clock of the management cluster is the one that counts.
    let mut ahead = store(&whole);
    let mut session = fleetui_session(&ahead);
    session.skew = Some(jiff::SignedDuration::from_secs(3600));
    ahead.apply(crate::batch::Update::Session(Arc::new(session)));
    let act = act(&ahead, MD, "prod-md-0", Deed::Restart);
    let around = Around {
        store: &ahead,
        now: now(),
    };
    let plan = super::plan(&around, act).expect("a plan");
    assert_eq!(plan.field().expect("a field").1, "2026-08-21T13:00:00Z");
}

fn fleetui_session(store: &FleetStore) -> crate::session::Session {
    let session = store.sessions().next().expect("a session");
    crate::session::Session::clone(session)
}

#[test]
fn a_restart_is_refused_where_nothing_would_come_of_it() {
    let paused = [
        with(cluster("prod"), &[("/spec/paused", json!(true))]),
        deployment("prod", "md", 1),
    ];
    assert!(why(&paused, MD, "md", Deed::Restart).contains("Cluster prod is paused"));
    let later = with(
        deployment("prod", "md", 1),
        &[("/spec/rollout/after", json!("2027-01-01T00:00:00Z"))],
    );
    assert!(why(&[later], MD, "md", Deed::Restart).contains("set for 2027-01-01"));
    let set = machine_set("prod", "md", "md-1", 1);
    assert!(why(&[set], "MachineSet", "md-1", Deed::Restart).contains("restart MachineDeployment md"));
    assert!(why(&[cluster("prod")], "Cluster", "prod", Deed::Restart).contains("by its parts"));
}

/// A Cluster whose topology has `md-0` and `md-1`, and the deployment of the second.
fn managed() -> Vec<Value> {
    vec![
        with(
            cluster("prod"),
            &[(
                "/spec/topology",
                json!({
                    "classRef": {"name": "c"}, "version": "v1.31.2", "controlPlane": {"replicas": 1},
                    "workers": {"machineDeployments": [{"name": "md-0", "replicas": 1}, {"name": "md-1", "replicas": 2,
                        "rollout": {"strategy": {}}}]},
                }),
            )],
        ),
        with(
            deployment("prod", "prod-md-1", 2),
            &[
                ("/metadata/labels/topology.cluster.x-k8s.io~1owned", json!("")),
                (
                    "/metadata/labels/topology.cluster.x-k8s.io~1deployment-name",
                    json!("md-1"),
                ),
            ],
        ),
        with(
            control_plane("prod", 1),
            &[("/metadata/labels/topology.cluster.x-k8s.io~1owned", json!(""))],
        ),
    ]
}

#[test]
fn what_a_topology_owns_is_restarted_in_its_one_element_and_not_deleted() {
    let plan = planned(&managed(), MD, "prod-md-1", Deed::Restart).expect("a plan");
    assert_eq!(plan.writes[0].target.kind.kind.as_ref(), "Cluster");
    let base = "/spec/topology/workers/machineDeployments/1";
    assert_eq!(
        plan.writes[0].body,
        json!([
            {"op": "test", "path": format!("{base}/name"), "value": "md-1"},
            {"op": "add", "path": format!("{base}/rollout/after"), "value": "2026-08-21T12:00:00Z"},
        ])
    );
    let plan = planned(&managed(), KCP, "prod-cp", Deed::Restart).expect("a plan");
    assert_eq!(
        plan.writes[0].fields[0].pointer,
        "/spec/topology/controlPlane/rollout/after"
    );
    assert!(
        why(&managed(), MD, "prod-md-1", Deed::Delete)
            .contains("remove it from the topology of Cluster prod")
    );
    // The element's name is part of what is written down, so that taking it back finds the same one.
    let plan = planned(&managed(), MD, "prod-md-1", Deed::Scale("5".to_owned())).expect("a plan");
    assert_eq!(plan.field(), Some(("2".to_owned(), "5".to_owned())));
    assert_eq!(plan.writes[0].fields[0].after, Some(json!("md-1")));
}

#[test]
fn a_deletion_says_how_far_it_reaches() {
    let whole = whole_cluster("prod");
    let store = store(&whole);
    let count = |role: Role| store.rows(None).filter(|row| row.facts.role == role).count();
    let plan = planned(&whole, "Cluster", "prod", Deed::Delete).expect("a plan");
    assert_eq!(plan.confirm, Confirm::Name("prod".into()));
    assert_eq!(plan.writes[0].body, json!({"propagationPolicy": "Background"}));
    let blast = plan.preview.blast.expect("a reach");
    assert_eq!(blast.machines.len(), count(Role::Machine));
    assert!(
        blast
            .others
            .iter()
            .any(|(kind, number)| kind == "KubeadmControlPlane" && *number == 1)
    );
    let all = plan.preview.happens.join("; ");
    assert!(
        all.contains(&format!("{} machines go with it", count(Role::Machine))),
        "{all}"
    );
    // Who goes with the whole cluster is not drained by anybody.
    assert!(all.contains("no node is drained"), "{all}");
    assert_eq!(blast.drained, 0);
    let deployment = planned(&whole, MD, "prod-md-0", Deed::Delete).expect("a plan");
    assert!(deployment.preview.blast.expect("a reach").machines.len() < count(Role::Machine));
    assert_eq!(deployment.confirm, Confirm::Name("prod-md-0".into()));
}

#[test]
fn what_somebody_keeps_is_not_deleted_below_them() {
    let blocking = |objects: &[Value], kind: &str, name: &str| {
        let plan = planned(objects, kind, name, Deed::Delete).expect(name);
        let found = plan.blocking().next().map(|check| check.found.clone());
        match found {
            Some(crate::act::Found::Blocks { why, overridable }) => Some((why, overridable)),
            _ => None,
        }
    };
    let set = [deployment("prod", "md", 1), machine_set("prod", "md", "md-1", 1)];
    let (why_not, overridable) = blocking(&set, "MachineSet", "md-1").expect("a reason");
    assert!(
        why_not.contains("MachineDeployment md manages") && !overridable,
        "{why_not}"
    );
    let cluster = [cluster("prod"), control_plane("prod", 1)];
    let (why_not, overridable) = blocking(&cluster, KCP, "prod-cp").expect("a reason");
    assert!(
        why_not.contains("Cluster prod stays without") && overridable,
        "{why_not}"
    );
    assert_eq!(blocking(&set, MD, "md"), None);
    let dying = with(
        deployment("prod", "md", 1),
        &[("/metadata/deletionTimestamp", json!("2026-08-21T11:00:00Z"))],
    );
    assert!(why(std::slice::from_ref(&dying), MD, "md", Deed::Delete).contains("is being deleted since"));
    assert!(why(&[dying], MD, "md", Deed::Pause).contains("is being deleted"));
}

#[test]
fn the_only_machine_of_a_control_plane_goes_with_its_cluster_alone() {
    let only = |cluster: Value| {
        let of_plane = crate::fixtures::machine("prod", (KCP, "prod-cp"), "m");
        [cluster, control_plane("prod", 1), of_plane]
    };
    let said = why(&only(cluster("prod")), "Machine", "m", Deed::Delete);
    assert!(
        said.contains("it is the only machine of KubeadmControlPlane prod-cp"),
        "{said}"
    );
    let going = with(
        cluster("prod"),
        &[("/metadata/deletionTimestamp", json!("2026-08-21T11:00:00Z"))],
    );
    planned(&only(going), "Machine", "m", Deed::Delete).expect("nothing has to be left of it");
}

#[test]
fn another_life_of_the_name_is_not_planned_for() {
    let store = store(&[deployment("prod", "md", 1)]);
    let around = Around {
        store: &store,
        now: now(),
    };
    let mut act = act(&store, MD, "md", Deed::Pause);
    act.uid = "an-earlier-life".into();
    let refused = plan(&around, act.clone()).expect_err("another life");
    assert!(refused.why.contains("another object has its name"), "{refused}");
    act.subject.object.name = "gone".into();
    assert!(
        plan(&around, act)
            .expect_err("gone")
            .why
            .contains("does not exist")
    );
}

#[test]
fn objects_of_a_file_are_applied_in_the_order_in_which_they_need_each_other() {
    let store = store(&[]);
    let around = Around {
        store: &store,
        now: now(),
    };
    let management_cluster = crate::fixtures::mgmt("taipei");
    let applied = |documents: &[Value]| apply(&around, documents, (&management_cluster, "lab"), false);
    let object =
        |kind: &str, name: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    let plan = applied(&[
        object("Cluster", "c"),
        json!({"kind": "List", "items": [object("Secret", "s"), object("Namespace", "n")]}),
        object("ClusterClass", "k"),
        object("Other", "o"),
    ])
    .expect("a plan");
    let order: Vec<&str> = plan
        .writes
        .iter()
        .map(|write| write.target.kind.kind.as_ref())
        .collect();
    assert_eq!(order, ["Namespace", "Secret", "ClusterClass", "Cluster", "Other"]);
    assert!(
        plan.writes
            .iter()
            .all(|write| write.target.object.namespace == "lab" && write.verb == Verb::Apply)
    );
    let why = |documents: &[Value]| applied(documents).expect_err("a refusal").why;
    let place = (&management_cluster, "lab");
    let forced = apply(&around, &[object("Secret", "s")], place, true).expect("a plan");
    assert_eq!(forced.writes[0].verb, Verb::ApplyForced);
    assert!(why(&[]).contains("no object"));
    assert!(why(&[json!({"kind": "A"})]).contains("object 1 has no apiVersion"));
    assert!(why(&[object("A", "a"), object("A", "a")]).contains("twice"));
}

/// The lines of an act that was carried out, the newest first.
pub(super) fn lines(id: &str, plan: &Plan) -> Vec<crate::act::Entry> {
    use crate::act::audit::{Outcome, Stage};
    use crate::act::{Actor, AuditId, Confirmed, Entry};
    let stages = [
        Stage::Outcome(Outcome::Done),
        Stage::intent(plan, &Confirmed::default()),
    ];
    let entry = |stage| Entry::new(AuditId(id.into()), now(), Actor::default(), &plan.act, stage);
    stages.into_iter().map(entry).collect()
}

#[test]
fn a_change_is_taken_back_by_its_own_values() {
    let objects = managed();
    let store = store(&objects);
    let around = Around {
        store: &store,
        now: now(),
    };
    let plan = planned(&objects, MD, "prod-md-1", Deed::Scale("5".to_owned())).expect("a plan");
    let entries = lines("1", &plan);
    let id = latest(&entries, None).expect("a change").clone();
    let back = undo(&around, &entries, &id).expect("a plan");
    let base = "/spec/topology/workers/machineDeployments/1";
    assert_eq!(
        back.writes[0].body,
        json!([
            {"op": "test", "path": format!("{base}/name"), "value": "md-1"},
            {"op": "test", "path": format!("{base}/replicas"), "value": 5},
            {"op": "replace", "path": format!("{base}/replicas"), "value": 2},
        ])
    );
    assert_eq!(back.field(), Some(("5".to_owned(), "2".to_owned())));
    // Who has read a kubeconfig since has changed nothing.
    let mut read = entries.clone();
    read.splice(
        0..0,
        lines("3", &plan).into_iter().map(|mut line| {
            line.act.deed = Deed::Kubeconfig;
            line
        }),
    );
    assert_eq!(latest(&read, None), Some(&id));
    // Once it is taken back it is no more the latest, and is not taken back again.
    let mut after = lines("2", &back);
    after.extend(entries);
    assert_eq!(latest(&after, None), None);
    assert!(
        undo(&around, &after, &id)
            .expect_err("undone")
            .why
            .contains("already")
    );
}

/// What was done to several objects at once is one change for who takes it back.
#[test]
fn changes_that_were_made_together_are_found_together() {
    let objects = managed();
    let scaled = planned(&objects, MD, "prod-md-1", Deed::Scale("5".to_owned())).expect("a plan");
    let change = |id: &str, name: &str, seconds: i64| {
        let mut plan = scaled.clone();
        plan.act.subject.object.name = name.into();
        let mut entries = lines(id, &plan);
        for entry in &mut entries {
            entry.at = now() + jiff::SignedDuration::from_secs(seconds);
        }
        entries
    };
    // The newest first: two at once, one long before.
    let mut entries = change("3", "c", 11);
    entries.extend(change("2", "b", 10));
    entries.extend(change("1", "a", 0));
    let found = |entries: &[crate::act::Entry]| -> Vec<String> {
        let id = latest(entries, None).expect("a change");
        let all = made_with(entries, id, None).into_iter();
        all.map(|id| id.0.to_string()).collect()
    };
    assert_eq!(found(&entries), ["3", "2"]);
    // Another deed is another change, and so is the same object again.
    let mut other = entries.clone();
    other[2].act.deed = Deed::Pause;
    other[3].act.deed = Deed::Pause;
    assert_eq!(found(&other), ["3"]);
    let mut again = change("4", "b", 12);
    again.extend(entries);
    assert_eq!(found(&again), ["4", "3"]);
}

#[test]
fn an_annotation_that_was_the_last_one_is_put_back_with_their_place() {
    let paused = with_annotations(control_plane("prod", 1), json!({PAUSED: "yes"}));
    let plan = planned(&[paused], KCP, "prod-cp", Deed::Resume).expect("a plan");
    let entries = lines("1", &plan);
    let put_back = |object: Value| {
        let store = store(&[object]);
        let around = Around {
            store: &store,
            now: now(),
        };
        let id = latest(&entries, None).expect("a change");
        undo(&around, &entries, id).expect("a plan").writes.remove(0).body
    };
    let version = json!({"op": "test", "path": "/metadata/resourceVersion", "value": "1000"});
    assert_eq!(
        put_back(control_plane("prod", 1)),
        json!([version, {"op": "add", "path": "/metadata/annotations", "value": {PAUSED: "yes"}}])
    );
    assert_eq!(
        put_back(with_annotations(control_plane("prod", 1), json!({"a": "b"}))),
        json!([version, {"op": "add", "path": "/metadata/annotations/cluster.x-k8s.io~1paused", "value": "yes"}])
    );
}

#[test]
fn an_undo_is_refused_where_somebody_changed_it_since() {
    let objects = [cluster("prod"), deployment("prod", "md", 3)];
    let known = store(&objects);
    let around = Around {
        store: &known,
        now: now(),
    };
    let first = planned(&objects, MD, "md", Deed::Scale("5".to_owned())).expect("a plan");
    let second = planned(&objects, MD, "md", Deed::Scale("7".to_owned())).expect("a plan");
    let mut entries = lines("2", &second);
    entries.extend(lines("1", &first));
    let older = crate::act::AuditId("1".into());
    let refused = undo(&around, &entries, &older).expect_err("a later change");
    assert!(refused.why.contains("take that back first"), "{refused}");
    // Another life of the object is not written.
    let reborn = store(&[with(
        deployment("prod", "md", 3),
        &[("/metadata/uid", json!("another"))],
    )]);
    let around = Around {
        store: &reborn,
        now: now(),
    };
    let id = crate::act::AuditId("2".into());
    assert!(
        undo(&around, &entries, &id)
            .expect_err("another life")
            .why
            .contains("another object")
    );
    // What is kept of an upgrade says why, and not that it were secret.
    let mut walked = lines("4", &second);
    for line in &mut walked {
        line.act.deed = Deed::Walk(crate::act::WalkDeed::Abandon);
    }
    let refused = undo(&around, &walked, &crate::act::AuditId("4".into())).expect_err("an upgrade");
    assert!(
        refused.why.contains("a version cannot be taken back"),
        "{refused}"
    );
    // What was not carried out is not taken back, and a deletion cannot be.
    entries.remove(0);
    assert!(
        undo(&around, &entries, &id)
            .expect_err("not done")
            .why
            .contains("not carried out")
    );
    let deleted = planned(&objects, MD, "md", Deed::Delete).expect("a plan");
    let entries = lines("3", &deleted);
    let id = crate::act::AuditId("3".into());
    assert!(
        undo(&around, &entries, &id)
            .expect_err("deleted")
            .why
            .contains("cannot be had back")
    );
}

fn machine_deed(objects: &[Value], name: &str, deed: crate::act::MachineDeed) -> Result<Plan, Refusal> {
    planned(objects, "Machine", name, Deed::Machine(deed))
}

/// The machines of `whole_cluster`, by what owns them.
fn machine_owned_by(objects: &[Value], kind: &str) -> String {
    let owned = objects.iter().find(|object| {
        object["kind"] == "Machine" && object["metadata"]["ownerReferences"][0]["kind"] == kind
    });
    owned.expect("a machine")["metadata"]["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn machine_deeds_write_what_the_specification_says() {
    use crate::act::MachineDeed;
    let objects = whole_cluster("prod");
    let worker = machine_owned_by(&objects, "MachineSet");
    // It goes by itself, and its owner makes another one.
    let replaced = machine_deed(&objects, &worker, MachineDeed::Replace).unwrap();
    assert_eq!(replaced.writes.len(), 1);
    assert_eq!(replaced.writes[0].verb, Verb::Delete);
    assert!(matches!(replaced.confirm, Confirm::Twice(_)));
    // It is marked, and then its owner has one less: in this order, or another one would go.
    let shrunk = machine_deed(&objects, &worker, MachineDeed::Shrink).unwrap();
    let [marked, scaled] = shrunk.writes.as_slice() else {
        panic!("{shrunk:?}")
    };
    assert_eq!(marked.target.object.name, worker);
    assert_eq!(
        marked.fields[0].pointer,
        annotation("cluster.x-k8s.io/delete-machine")
    );
    assert_eq!(scaled.target.kind.kind.as_ref(), "MachineDeployment");
    assert_eq!(scaled.fields.last().unwrap().pointer, "/spec/replicas");
    assert_eq!(
        shrunk.act.subject.object.name, worker,
        "the act is about the machine"
    );
    // Annotations are set and taken away.
    for (deed, undo, key) in [
        (
            MachineDeed::GoFirst(true),
            MachineDeed::GoFirst(false),
            "cluster.x-k8s.io/delete-machine",
        ),
        (
            MachineDeed::Remediate(true),
            MachineDeed::Remediate(false),
            "cluster.x-k8s.io/remediate-machine",
        ),
        (
            MachineDeed::SkipRemediation(true),
            MachineDeed::SkipRemediation(false),
            "cluster.x-k8s.io/skip-remediation",
        ),
    ] {
        let plan = machine_deed(&objects, &worker, deed).unwrap();
        assert_eq!(plan.writes[0].fields[0].pointer, annotation(key), "{deed:?}");
        let why = machine_deed(&objects, &worker, undo).unwrap_err().why;
        assert!(why.contains("has no annotation"), "{undo:?}: {why}");
        let carries: Vec<Value> = objects
            .iter()
            .map(|object| {
                if object["metadata"]["name"] == worker.as_str() && object["kind"] == "Machine" {
                    with_annotations(object.clone(), json!({key: ""}))
                } else {
                    object.clone()
                }
            })
            .collect();
        let plan = machine_deed(&carries, &worker, undo).unwrap();
        let removed = plan.writes[0].body.as_array().unwrap().last().unwrap()["op"].clone();
        assert_eq!(removed, "remove", "{undo:?}");
        let why = machine_deed(&carries, &worker, deed).unwrap_err().why;
        assert!(why.contains("already"), "{deed:?}: {why}");
    }
}

#[test]
fn the_last_machine_of_a_control_plane_is_not_replaced_and_nothing_else_is_a_machine() {
    use crate::act::MachineDeed;
    let objects = whole_cluster("prod");
    let of_control_plane: Vec<String> = objects
        .iter()
        .filter(|object| {
            object["kind"] == "Machine"
                && object["metadata"]["ownerReferences"][0]["kind"] == "KubeadmControlPlane"
        })
        .map(|object| object["metadata"]["name"].as_str().unwrap().to_owned())
        .collect();
    let first = of_control_plane.first().expect("a machine");
    // Of all of them one is left.
    let alone: Vec<Value> = objects
        .iter()
        .filter(|object| {
            object["kind"] != "Machine"
                || !of_control_plane[1..]
                    .iter()
                    .any(|name| object["metadata"]["name"] == name.as_str())
        })
        .cloned()
        .collect();
    let why = machine_deed(&alone, first, MachineDeed::Replace).unwrap_err().why;
    assert!(why.contains("it is the only machine"), "{why}");
    let why = machine_deed(&objects, first, MachineDeed::Shrink)
        .unwrap_err()
        .why;
    assert!(why.contains("odd number"), "{why}");
    let deed = Deed::Machine(MachineDeed::Replace);
    let store = store(&objects);
    let deployment = store
        .rows(None)
        .find(|row| row.facts.role == Role::MachineDeployment)
        .expect("a deployment");
    let why = self::why(&objects, "MachineDeployment", &deployment.facts.object.name, deed);
    assert!(why.contains("is no Machine"), "{why}");
}

#[test]
fn a_version_typed_on_a_topologys_control_plane_is_told_as_that_of_its_cluster() {
    let mut objects = managed();
    objects.push(crate::fixtures::machine(
        "prod",
        ("KubeadmControlPlane", "prod-cp"),
        "cp-0",
    ));
    objects.push(machine_set("prod", "prod-md-1", "md-x", 2));
    objects.extend(["a", "b"].map(|name| crate::fixtures::machine("prod", ("MachineSet", "md-x"), name)));
    let upgrade = || Deed::Upgrade("v1.32.0".to_owned());
    let by_part = planned(&objects, KCP, "prod-cp", upgrade()).expect("a plan");
    let by_cluster = planned(&objects, "Cluster", "prod", upgrade()).expect("a plan");
    assert_eq!(
        by_part.preview.happens,
        ["replaces 3 machines, the control plane first, then the workers"]
    );
    let doubt = "a version cannot be taken back, and 3 machines of default/prod are replaced";
    assert_eq!(by_part.confirm, Confirm::Twice(doubt.to_owned()));
    let machines = by_part.preview.blast.as_ref().map(|blast| blast.machines.len());
    assert_eq!(machines, Some(3));
    assert_eq!(by_part.preview, by_cluster.preview);
    assert_eq!(by_part.confirm, by_cluster.confirm);
    assert_eq!(by_part.writes, by_cluster.writes);
}

#[test]
fn what_a_topology_asks_for_is_not_written_where_nobody_reconciles_it() {
    use crate::act::{Found, MachineDeed};
    let told = |reason: &str| {
        let mut objects = managed();
        set(
            &mut objects[0],
            "/status/conditions",
            json!([condition(
                "TopologyReconciled",
                "False",
                reason,
                "it has no effect"
            )]),
        );
        objects.push(machine_set("prod", "prod-md-1", "md-x", 2));
        objects.extend(["a", "b"].map(|name| crate::fixtures::machine("prod", ("MachineSet", "md-x"), name)));
        objects
    };
    let cases = [
        (KCP, "prod-cp", Deed::Upgrade("v1.32.0".to_owned())),
        (MD, "prod-md-1", Deed::Scale("3".to_owned())),
        (MD, "prod-md-1", Deed::Restart),
        ("Machine", "a", Deed::Machine(MachineDeed::Shrink)),
    ];
    for (kind, name, deed) in cases {
        let plan = planned(&told("TopologyNotSupported"), kind, name, deed.clone()).expect("a plan");
        let blocking: Vec<&Found> = plan.blocking().map(|check| &check.found).collect();
        let why = "nobody reconciles the topology of Cluster prod: it has no effect".to_owned();
        assert_eq!(
            blocking,
            [&Found::Blocks {
                why,
                overridable: true
            }],
            "{deed:?}"
        );
        let plan = planned(&told("ClusterUpgrading"), kind, name, deed.clone()).expect("a plan");
        assert_eq!(plan.blocking().count(), 0, "{deed:?}");
    }
    // Its pause is no wish of the topology.
    let paused = planned(&told("TopologyNotSupported"), "Cluster", "prod", Deed::Pause).expect("a plan");
    assert_eq!(paused.blocking().count(), 0);
}

#[test]
fn a_machine_may_stay_where_more_are_wished_than_are_there() {
    use crate::act::MachineDeed;
    let mut objects = whole_cluster("prod");
    let worker = machine_owned_by(&objects, "MachineSet");
    let warnings = |objects: &[Value]| {
        let plan = machine_deed(objects, &worker, MachineDeed::Shrink).expect("a plan");
        plan.preview.warnings
    };
    assert_eq!(warnings(&objects), [""; 0]);
    set(&mut objects[3], "/spec/replicas", json!(5));
    assert_eq!(
        warnings(&objects),
        [
            "MachineDeployment prod-md-0 is still scaling: 2 of 5 machines are there, and with one less wished it may be that none of \
             them goes"
        ]
    );
}
