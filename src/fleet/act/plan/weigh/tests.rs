//! Objects before and after, and what is said of them: the same as the acts say that have names.

use serde_json::{Value, json};

use super::*;
use crate::act::plan::{apply, field, latest};
use crate::act::{Act, Blast, FieldOwner, Preview, Write};
use crate::edit::Field;
use crate::fixtures::hosts::on_hosts;
use crate::fixtures::{
    cluster, condition, control_plane, deployment, key, machine, machine_set, mgmt, now, object, set, store,
    with,
};
use crate::store::FleetStore;

/// A cluster of a control plane of three, and a deployment of two machines.
fn objects() -> Vec<Value> {
    vec![
        cluster("prod"),
        control_plane("prod", 3),
        deployment("prod", "md", 2),
        machine_set("prod", "md", "md-x", 2),
        machine("prod", ("MachineSet", "md-x"), "md-x-a"),
        machine("prod", ("MachineSet", "md-x"), "md-x-b"),
    ]
}

fn before<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let is_it = |object: &&Value| object["kind"] == kind && object["metadata"]["name"] == name;
    objects.iter().find(is_it).expect(name)
}

/// A plan that writes the object, as an edit is.
fn edit(key: &ObjectKey) -> Plan {
    Plan {
        act: Act {
            subject: key.clone(),
            uid: "u".into(),
            deed: Deed::Edit(Vec::new()),
            reason: None,
        },
        writes: vec![Write {
            target: key.clone(),
            uid: "u".into(),
            api_version: "cluster.x-k8s.io/v1beta2".into(),
            verb: crate::act::Verb::Patch,
            body: json!([]),
            fields: Vec::new(),
        }],
        preview: Preview::default(),
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned: now(),
    }
}

fn judgement(before: Option<&Value>, after: &Value) -> Judgement {
    let fields =
        before.map(|before| crate::merge::changed(before, after, &|_: &str| crate::merge::ListKind::Atomic));
    Judgement {
        weighed: vec![Weighed {
            before: before.cloned(),
            after: Some(after.clone()),
            fields: fields.unwrap_or_default(),
            missing: Vec::new(),
            owners: Vec::new(),
        }],
        ..Judgement::default()
    }
}

fn weighed(store: &FleetStore, plan: &mut Plan, judgement: &Judgement) {
    weigh(&Around { store, now: now() }, plan, judgement);
}

/// What comes of these changes of an object.
fn changed(objects: &[Value], (kind, name): (&str, &str), changes: &[(&str, Value)]) -> Plan {
    let store = store(objects);
    let mut plan = edit(&key(&store, kind, name));
    let before = before(objects, kind, name);
    let judgement = judgement(Some(before), &with(before.clone(), changes));
    weighed(&store, &mut plan, &judgement);
    plan
}

fn machines(plan: &Plan) -> Vec<&str> {
    let blast = plan.preview.blast.as_ref().expect("a reach");
    blast.machines.iter().map(AsRef::as_ref).collect()
}

fn blocks(plan: &Plan) -> Vec<&str> {
    plan.blocking().map(|check| check.found.text()).collect()
}

const MD: (&str, &str) = ("MachineDeployment", "md");
const CP: (&str, &str) = ("KubeadmControlPlane", "prod-cp");

#[test]
fn an_edit_is_refused_and_told_as_the_act_is_that_has_a_name() {
    let objects = objects();
    let store = store(&objects);
    let cases = [
        (MD, "/spec/template/spec/version", Field::Version, "v1.33.0"),
        (MD, "/spec/template/spec/version", Field::Version, "v1.20.0"),
        (CP, "/spec/version", Field::Version, "v1.33.0"),
        (CP, "/spec/version", Field::Version, "v1.30.0"),
    ];
    for (object, pointer, of, to) in cases {
        let named = field(&store, &key(&store, object.0, object.1), of, to, now()).expect_err(to);
        let edited = changed(&objects, object, &[(pointer, json!(to))]);
        assert_eq!(blocks(&edited), [named.what.as_str()], "{object:?} {to}");
    }
    let even = changed(&objects, CP, &[("/spec/replicas", json!(2))]);
    assert_eq!(
        blocks(&even),
        ["replicas cannot be an even number when etcd is stacked"]
    );
    for (object, pointer, value, of, typed) in [
        (MD, "/spec/replicas", json!(5), Field::Replicas, "5"),
        (MD, "/spec/replicas", json!(0), Field::Replicas, "0"),
        (MD, "/spec/replicas", json!(500), Field::Replicas, "500"),
        (
            MD,
            "/spec/template/spec/version",
            json!("v1.31.4"),
            Field::Version,
            "v1.31.4",
        ),
        (CP, "/spec/version", json!("v1.32.0"), Field::Version, "v1.32.0"),
    ] {
        let named = field(&store, &key(&store, object.0, object.1), of, typed, now()).expect(typed);
        let edited = changed(&objects, object, &[(pointer, value)]);
        assert_eq!(blocks(&edited), Vec::<&str>::new());
        assert_eq!(edited.preview, named.preview, "{object:?} {typed}");
        assert_eq!(edited.checks, named.checks, "{object:?} {typed}");
        assert_eq!(edited.confirm, named.confirm, "{object:?} {typed}");
    }
    let version = changed(&objects, MD, &[("/spec/template/spec/version", json!("v1.31.4"))]);
    assert_eq!(version.preview.happens, ["replaces 2 machines"]);
    assert_eq!(machines(&version), ["md-x-a", "md-x-b"]);
}

#[test]
fn replicas_of_the_autoscaler_are_nobodys_to_edit() {
    let mut objects = objects();
    for (bound, number) in [("min", "1"), ("max", "9")] {
        let pointer =
            format!("/metadata/annotations/cluster.x-k8s.io~1cluster-api-autoscaler-node-group-{bound}-size");
        set(&mut objects[2], &pointer, json!(number));
    }
    let plan = changed(&objects, MD, &[("/spec/replicas", json!(5))]);
    assert!(blocks(&plan)[0].contains("the cluster autoscaler owns these replicas, between 1 and 9"));
}

#[test]
fn what_machines_are_made_from_replaces_them() {
    let objects = objects();
    let other =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "other"});
    for pointer in [
        "/spec/template/spec/infrastructureRef",
        "/spec/template/spec/bootstrap/configRef",
    ] {
        let plan = changed(&objects, MD, &[(pointer, other.clone())]);
        assert_eq!(
            plan.preview.happens,
            ["replaces 2 machines, as they are made from something else"],
            "{pointer}"
        );
        assert_eq!(machines(&plan), ["md-x-a", "md-x-b"]);
        assert_eq!(plan.confirm, Confirm::Twice("2 machines are replaced".to_owned()));
    }
    // Labels go to the machines that are there.
    let labels = changed(
        &objects,
        MD,
        &[("/spec/template/metadata/labels", json!({"a": "b"}))],
    );
    assert_eq!(
        (labels.preview.happens.len(), &labels.confirm),
        (0, &Confirm::Key)
    );
    let mut of_control_plane = objects.clone();
    of_control_plane.push(machine("prod", ("KubeadmControlPlane", "prod-cp"), "prod-cp-a"));
    let files = [("/spec/kubeadmConfigSpec/files", json!([]))];
    let control_plane = changed(&of_control_plane, CP, &files);
    assert_eq!(machines(&control_plane), ["prod-cp-a"]);
    // Of a set alone nothing that is there is replaced.
    let set = changed(
        &objects,
        ("MachineSet", "md-x"),
        &[("/spec/template/spec/infrastructureRef", other)],
    );
    assert_eq!(machines(&set), Vec::<&str>::new());
    assert!(
        set.preview.warnings[0].contains("only new ones are made of it"),
        "{set:?}"
    );
}

#[test]
fn a_rollout_that_is_set_says_when_and_what() {
    let objects = objects();
    let at = |then: &str| changed(&objects, MD, &[("/spec/rollout/after", json!(then))]);
    let now = at("2026-08-21T11:00:00Z");
    assert_eq!(now.preview.happens, ["replaces 2 machines by new ones alike"]);
    assert_eq!(machines(&now), ["md-x-a", "md-x-b"]);
    let later = at("2030-01-01T00:00:00Z");
    assert_eq!(
        later.preview.happens,
        ["from 2030-01-01T00:00:00Z on replaces 2 machines by new ones alike"]
    );
    assert!(matches!(later.confirm, Confirm::Twice(_)));
}

#[test]
fn a_pause_says_what_stands_still_and_its_end_what_goes_on() {
    let mut objects = objects();
    let paused = changed(&objects, ("Cluster", "prod"), &[("/spec/paused", json!(true))]);
    assert_eq!(
        paused.preview.happens,
        ["nothing of this cluster is reconciled until it is resumed: its 2 machines stay as they are"]
    );
    set(&mut objects[2], "/spec/paused", json!(true));
    let resumed = changed(&objects, MD, &[("/spec/paused", json!(false))]);
    assert_eq!(
        resumed.preview.happens,
        ["what was changed meanwhile is followed"]
    );
}

#[test]
fn a_topology_is_asked_part_by_part() {
    let owned = |object: Value, name: &str| {
        with(
            object,
            &[
                ("/metadata/labels/topology.cluster.x-k8s.io~1owned", json!("")),
                (
                    "/metadata/labels/topology.cluster.x-k8s.io~1deployment-name",
                    json!(name),
                ),
            ],
        )
    };
    let mut objects = objects();
    let topology = json!({
        "classRef": {"name": "quick"}, "version": "v1.31.2", "controlPlane": {"replicas": 3},
        "workers": {"machineDeployments": [{"class": "w", "name": "one", "replicas": 2}]},
    });
    set(&mut objects[0], "/spec/topology", topology);
    objects[2] = owned(objects[2].clone(), "one");
    let workers = "/spec/topology/workers/machineDeployments";
    let of = ("Cluster", "prod");
    let more = changed(&objects, of, &[(&format!("{workers}/0/replicas"), json!(4))]);
    assert_eq!(more.preview.happens, ["MachineDeployment md: adds 2 machines"]);
    let even = changed(
        &objects,
        of,
        &[("/spec/topology/controlPlane/replicas", json!(2))],
    );
    assert_eq!(blocks(&even).len(), 1, "{even:?}");
    let gone = changed(&objects, of, &[(workers, json!([]))]);
    assert_eq!(
        gone.preview.happens,
        ["deletes MachineDeployment md: its 2 machines go"]
    );
    assert_eq!(machines(&gone), ["md-x-a", "md-x-b"]);
    assert_eq!(
        gone.confirm,
        Confirm::Twice("MachineDeployment md is deleted".to_owned())
    );
    let two =
        json!([{"class": "w", "name": "one", "replicas": 2}, {"class": "w", "name": "two", "replicas": 1}]);
    let another = changed(&objects, of, &[(workers, two)]);
    assert_eq!(another.preview.happens, ["adds workers two with 1 machine"]);
    let version = changed(&objects, of, &[("/spec/topology/version", json!("v1.32.0"))]);
    assert_eq!(
        version.preview.happens,
        ["replaces 2 machines, the control plane first, then the workers"]
    );
    assert_eq!(machines(&version), ["md-x-a", "md-x-b"]);
    let far = changed(&objects, of, &[("/spec/topology/version", json!("v1.34.0"))]);
    assert!(blocks(&far)[0].contains("one minor version at a time"), "{far:?}");
}

#[test]
fn templates_and_classes_name_what_is_made_of_them() {
    let mut objects = objects();
    let template = object(
        "bootstrap.cluster.x-k8s.io/v1beta2",
        "KubeadmConfigTemplate",
        "md",
    );
    objects.push(template);
    let changes = [("/spec/template/spec/files", json!([]))];
    let plan = changed(&objects, ("KubeadmConfigTemplate", "md"), &changes);
    assert_eq!(
        plan.preview.warnings,
        ["machines that are there stay as they are: only new ones of MachineDeployment md are made of it"]
    );
    objects.push(object("cluster.x-k8s.io/v1beta2", "ClusterClass", "quick"));
    set(
        &mut objects[0],
        "/spec/topology",
        json!({"classRef": {"name": "quick"}, "version": "v1.31.2"}),
    );
    let class = changed(
        &objects,
        ("ClusterClass", "quick"),
        &[("/spec/variables", json!([]))],
    );
    assert_eq!(
        class.preview.warnings,
        ["clusters that follow this class may replace their machines: default/prod"]
    );
}

#[test]
fn what_it_refers_to_and_is_not_there_is_told_and_asked_about() {
    let objects = objects();
    let store = store(&objects);
    let mut plan = edit(&key(&store, MD.0, MD.1));
    let before = before(&objects, MD.0, MD.1);
    let mut judgement = judgement(Some(before), before);
    judgement.weighed[0].missing.push(Missing {
        pointer: "/spec/template/spec/infrastructureRef".to_owned(),
        what: "DevMachineTemplate other".to_owned(),
    });
    weighed(&store, &mut plan, &judgement);
    assert_eq!(
        plan.checks[0].found,
        Found::Warns(
            "spec.template.spec.infrastructureRef refers to DevMachineTemplate other, which does not exist: nothing is made of it \
             before it does"
                .to_owned()
        )
    );
    assert!(matches!(plan.confirm, Confirm::Twice(_)));
}

#[test]
fn hosts_are_asked_for_by_the_template_that_is_put_in() {
    let objects = on_hosts(0);
    let other =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachineTemplate", "name": "of-b"});
    let any = |site: &str| {
        with(
            object(
                "infrastructure.cluster.x-k8s.io/v1beta1",
                "ByoMachineTemplate",
                "of-b",
            ),
            &[(
                "/spec/template/spec",
                json!({"selector": {"matchLabels": {"site": site}}}),
            )],
        )
    };
    let told = |site: &str| {
        let mut objects = objects.clone();
        objects.push(any(site));
        changed(
            &objects,
            MD,
            &[("/spec/template/spec/infrastructureRef", other.clone())],
        )
    };
    let enough = told("b");
    assert_eq!(enough.checks, Vec::new());
    assert!(
        enough.preview.happens[1].starts_with("needs 1 host, 1 free matches"),
        "{enough:?}"
    );
    assert!(
        told("c").checks[0]
            .found
            .text()
            .contains("needs 1 host: 0/1 hosts")
    );
}

/// A file of these objects, and what the server would make of each.
fn file(objects: &[Value], documents: &[(Option<&Value>, Value)]) -> (Plan, Judgement) {
    let store = store(objects);
    let around = Around {
        store: &store,
        now: now(),
    };
    let all: Vec<Value> = documents.iter().map(|(_, after)| after.clone()).collect();
    let management_cluster = mgmt("mgmt-taipei");
    let mut plan = apply(&around, &all, (&management_cluster, "default"), false).expect("a plan");
    let weighed: Vec<Weighed> = plan
        .writes
        .iter()
        .map(|write| {
            let is_it = |(_, after): &&(Option<&Value>, Value)| {
                after["metadata"]["name"] == write.target.object.name.as_str()
                    && after["kind"] == *write.target.kind.kind
            };
            let (before, after) = documents.iter().find(is_it).expect("it is in the file");
            judgement(*before, after).weighed.remove(0)
        })
        .collect();
    let judgement = Judgement {
        weighed,
        ..Judgement::default()
    };
    weigh(&around, &mut plan, &judgement);
    (plan, judgement)
}

#[test]
fn a_file_says_of_each_object_what_becomes_of_it() {
    let objects = objects();
    let (cluster, md) = (before(&objects, "Cluster", "prod"), before(&objects, MD.0, MD.1));
    let new = with(deployment("prod", "new", 3), &[]);
    let (plan, judgement) = file(
        &objects,
        &[
            (Some(cluster), cluster.clone()),
            (Some(md), with(md.clone(), &[("/spec/replicas", json!(1))])),
            (None, new),
        ],
    );
    assert_eq!(
        plan.preview.happens,
        [
            "applies 3 objects: 1 created, 1 changed, 1 unchanged",
            "leaves Cluster default/prod as it is",
            "changes MachineDeployment default/md: spec.replicas",
            "MachineDeployment md: removes 1 machine",
            "creates MachineDeployment default/new",
            "MachineDeployment new: adds 3 machines",
        ]
    );
    // The audit log has it under the first object of which anything becomes, field by field.
    assert_eq!(plan.act.subject.object.name, "md");
    assert_eq!(plan.act.uid, md["metadata"]["uid"].as_str().expect("a uid"));
    assert_eq!(plan.writes[1].fields[0].pointer, "/spec/replicas");
    let words: Vec<&str> = (0..3).map(|at| plan.became(&judgement, at)).collect();
    assert_eq!(words, ["unchanged", "changed", "created"]);
    let (refused, _) = file(
        &objects,
        &[
            (Some(cluster), cluster.clone()),
            (
                Some(md),
                with(md.clone(), &[("/spec/template/spec/version", json!("v1.33.0"))]),
            ),
        ],
    );
    assert_eq!(
        blocks(&refused),
        ["MachineDeployment md: workers may not be newer than their control plane, which runs v1.31.2"]
    );
    assert_eq!(machines(&refused), ["md-x-a", "md-x-b"]);
}

#[test]
fn a_file_says_whose_the_objects_are_that_it_changes() {
    let mut objects = objects();
    objects[2] = with(
        objects[2].clone(),
        &[("/metadata/labels/topology.cluster.x-k8s.io~1owned", json!(""))],
    );
    let md = before(&objects, MD.0, MD.1);
    let (same, _) = file(&objects, &[(Some(md), md.clone())]);
    assert_eq!(same.confirm, Confirm::Key, "what changes nothing is nobody's");
    let (plan, mut judgement) = file(
        &objects,
        &[(Some(md), with(md.clone(), &[("/spec/replicas", json!(3))]))],
    );
    let theirs = "a topology manages this MachineDeployment and sets back what it wrote: edit Cluster prod";
    assert_eq!(plan.confirm, Confirm::Twice(theirs.to_owned()));
    // The same of a tool that applies it from a repository: the very field is asked about, others are warned of.
    let free = self::objects();
    let store = store(&free);
    let around = Around {
        store: &store,
        now: now(),
    };
    let mut told = |pointers: &[&str]| {
        judgement.weighed[0].owners = vec![FieldOwner {
            manager: "argocd-controller".to_owned(),
            gitops: true,
            pointers: pointers.iter().map(|&pointer| pointer.to_owned()).collect(),
        }];
        let document = judgement.weighed[0].after.clone().expect("an object");
        let place = mgmt("mgmt-taipei");
        let mut plan = apply(&around, &[document], (&place, "default"), false).expect("a plan");
        weigh(&around, &mut plan, &judgement);
        (plan.confirm, plan.preview.warnings)
    };
    let back = "argocd-controller applies spec.replicas: what is written here will be taken back";
    assert_eq!(
        told(&["/spec/replicas"]),
        (Confirm::Twice(back.to_owned()), Vec::new())
    );
    let may = "argocd-controller applies this object: what is changed here may be taken back";
    assert_eq!(told(&[]), (Confirm::Key, vec![may.to_owned()]));
}

#[test]
fn a_topology_that_nobody_reconciles_is_not_edited() {
    let mut objects = objects();
    let topology =
        json!({"classRef": {"name": "quick"}, "version": "v1.31.2", "controlPlane": {"replicas": 3}});
    set(&mut objects[0], "/spec/topology", topology);
    let said = condition("TopologyReconciled", "False", "TopologyNotSupported", "");
    set(&mut objects[0], "/status/conditions", json!([said]));
    let edited = changed(
        &objects,
        ("Cluster", "prod"),
        &[("/spec/topology/controlPlane/replicas", json!(5))],
    );
    assert_eq!(
        blocks(&edited),
        ["nobody reconciles the topology of Cluster prod: nothing comes of it"]
    );
    let paused = changed(&objects, ("Cluster", "prod"), &[("/spec/paused", json!(true))]);
    assert_eq!(blocks(&paused), [""; 0]);
}

#[test]
fn a_file_that_makes_a_cluster_says_whether_there_are_hosts_for_it() {
    const BYOH: &str = "infrastructure.cluster.x-k8s.io/v1beta1";
    let new = |site: &str| {
        let reference = json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachineTemplate", "name": "new"});
        let at = "/spec/template/spec";
        [
            cluster("new"),
            with(
                control_plane("new", 1),
                &[("/spec/machineTemplate/spec/infrastructureRef", reference.clone())],
            ),
            with(
                deployment("new", "new-md", 3),
                &[("/spec/template/spec/infrastructureRef", reference)],
            ),
            with(
                object(BYOH, "ByoMachineTemplate", "new"),
                &[(at, json!({"selector": {"matchLabels": {"site": site}}}))],
            ),
        ]
    };
    let told = |free: usize, site: &str| {
        let documents: Vec<(Option<&Value>, Value)> =
            new(site).into_iter().map(|object| (None, object)).collect();
        let (plan, _) = file(&on_hosts(free), &documents);
        let happens = plan.preview.happens.into_iter();
        let needs: Vec<String> = happens.filter(|what| what.contains("needs")).collect();
        let warned: Vec<String> = plan
            .checks
            .iter()
            .map(|check| check.found.text().to_owned())
            .collect();
        (needs, warned)
    };
    let first = "KubeadmControlPlane new-cp: needs 1 host, 4 free match";
    let others = "needs 3 hosts, 3 free match beside the 1 that another of these takes";
    let (needs, warned) = told(4, "a");
    assert_eq!(
        needs,
        [first.to_owned(), format!("MachineDeployment new-md: {others}")]
    );
    assert_eq!(warned, Vec::<String>::new());
    // Each alone would find enough, and both together do not.
    let (needs, warned) = told(3, "a");
    assert_eq!(needs, ["KubeadmControlPlane new-cp: needs 1 host, 3 free match"]);
    let [short] = warned.as_slice() else {
        panic!("{warned:?}")
    };
    assert!(
        short.starts_with(
            "MachineDeployment new-md needs 3 hosts beside the 1 that another of these takes: 3/4 hosts can be taken"
        ),
        "{short}"
    );
    let (needs, warned) = told(9, "nowhere");
    assert_eq!((needs.len(), warned.len()), (0, 2), "{needs:?} {warned:?}");
}

#[test]
fn what_is_taken_back_reaches_as_far_as_what_was_done() {
    let objects = objects();
    let store = store(&objects);
    let md = key(&store, MD.0, MD.1);
    let done = field(&store, &md, Field::Replicas, "8", now()).expect("a plan");
    let entries = crate::act::plan::tests::lines("1", &done);
    let mut after = objects.clone();
    set(&mut after[2], "/spec/replicas", json!(8));
    let now_there = crate::fixtures::store(&after);
    let around = Around {
        store: &now_there,
        now: now(),
    };
    let id = latest(&entries, None).expect("it was done");
    let mut plan = crate::act::plan::undo(&around, &entries, id).expect("a plan");
    let told = judgement(Some(&after[2]), &objects[2]);
    weigh(&around, &mut plan, &told);
    assert_eq!(
        plan.preview.happens,
        ["spec.replicas becomes 2 again", "removes 6 machines"]
    );
    let blast: &Blast = plan.preview.blast.as_ref().expect("a reach");
    assert_eq!(blast.replicas, Some((8, 2)));
}

#[test]
fn an_edit_is_written_down_as_the_server_makes_it() {
    use crate::act::FieldChange;
    let objects = objects();
    let store = store(&objects);
    let md = key(&store, MD.0, MD.1);
    let field = |pointer: &str, before: Value, after: Value| FieldChange {
        pointer: pointer.to_owned(),
        before: Some(before).filter(|it| !it.is_null()),
        after: Some(after).filter(|it| !it.is_null()),
        hidden: false,
    };
    let taints = "/spec/template/spec/taints/0";
    let mut plan = edit(&md);
    plan.writes[0].fields = vec![
        field("/spec/deletion", Value::Null, json!({"order": "Newest"})),
        field("/spec/template/spec/version", json!("v1.31.2"), json!("1.31.3")),
        field(taints, json!({"key": "gone"}), Value::Null),
    ];
    let before = before(&objects, MD.0, MD.1);
    let after = with(
        before.clone(),
        &[
            (
                "/spec/deletion",
                json!({"order": "Newest", "nodeDeletionTimeoutSeconds": 10}),
            ),
            ("/spec/template/spec/version", json!("v1.31.3")),
            ("/spec/remediation", json!({"maxInFlight": 1})),
            // What stood behind the element that went.
            ("/spec/template/spec/taints", json!([{"key": "stays"}])),
        ],
    );
    weighed(&store, &mut plan, &judgement(Some(before), &after));
    assert_eq!(
        plan.writes[0].fields,
        [
            field(
                "/spec/deletion",
                Value::Null,
                json!({"order": "Newest", "nodeDeletionTimeoutSeconds": 10})
            ),
            field("/spec/template/spec/version", json!("v1.31.2"), json!("v1.31.3")),
            field(taints, json!({"key": "gone"}), Value::Null),
            field("/spec/remediation", Value::Null, json!({"maxInFlight": 1})),
        ]
    );
}

#[test]
fn drains_are_unseen_where_only_the_dry_run_names_machines() {
    let objects = objects();
    let store = store(&objects);
    let md = before(&objects, MD.0, MD.1);
    let unseen = |pointer: &str, value: Value| {
        let mut plan = edit(&key(&store, MD.0, MD.1));
        let judgement = judgement(Some(md), &with(md.clone(), &[(pointer, value)]));
        weighed(&store, &mut plan, &judgement);
        let seen = Judgement {
            drains: vec![crate::act::DrainAhead {
                machine: "md-x-a".into(),
                held: Vec::new(),
                unknown: None,
            }],
            ..judgement.clone()
        };
        assert!(!plan.drains_unseen(&seen));
        plan.drains_unseen(&judgement)
    };
    assert!(unseen("/spec/template/spec/failureDomain", json!("b")));
    assert!(!unseen("/spec/replicas", json!(5)));
}

#[test]
fn an_act_that_has_a_name_has_said_so_already() {
    let objects = objects();
    let store = store(&objects);
    let plan = field(&store, &key(&store, MD.0, MD.1), Field::Replicas, "8", now()).expect("a plan");
    let mut same = plan.clone();
    weighed(&store, &mut same, &Judgement::default());
    assert_eq!(same, plan);
}

#[test]
fn pods_that_will_hold_a_drain_are_warned_of_by_name_once_and_stand_in_nobodys_way() {
    use crate::act::DrainAhead;
    use crate::drain::{HeldBy, HeldPod};

    let store = store(&objects());
    let machine = key(&store, "Machine", "md-x-a");
    let act = Act {
        uid: store.get(&machine).expect("a machine").facts.uid.clone(),
        subject: machine,
        deed: Deed::Delete,
        reason: None,
    };
    let around = Around {
        store: &store,
        now: now(),
    };
    let mut plan = crate::act::plan::plan(&around, act).expect("a plan");
    let web = HeldPod {
        pod: fleetui_base::ObjectName::new("shop", "web-1"),
        by: HeldBy::Budget {
            name: "web".into(),
            healthy: 1,
            wanted: 1,
        },
    };
    let judgement = Judgement {
        drains: vec![
            DrainAhead {
                machine: "md-x-a".into(),
                held: vec![web],
                unknown: None,
            },
            DrainAhead {
                machine: "md-x-b".into(),
                held: Vec::new(),
                unknown: Some("it does not answer".to_owned()),
            },
            DrainAhead {
                machine: "md-x-c".into(),
                held: Vec::new(),
                unknown: Some("it does not answer".to_owned()),
            },
        ],
        ..Judgement::default()
    };
    weigh(&around, &mut plan, &judgement);
    weigh(&around, &mut plan, &judgement);
    let found: Vec<&Found> = plan.checks.iter().map(|check| &check.found).collect();
    let [Found::Warns(held), Found::Unknown(unknown)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert!(
        held.starts_with("the drain of Machine md-x-a will wait: pod shop/web-1 is held by budget web"),
        "{held}"
    );
    assert_eq!(
        unknown, "it does not answer",
        "once, however many machines there are"
    );
    assert_eq!(plan.preview.blast.expect("a reach").budgets, ["shop/web"]);
}
