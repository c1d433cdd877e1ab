//! Tables of edits: on what they are asked, what is typed, what is written or why not.
#![allow(clippy::too_many_lines, reason = "tables of cases, one case a line or a few")]

use serde_json::{Value, json};

use super::{Candidate, Change, Field, editable, plan, version_candidates};
use crate::fixtures::{
    cluster, control_plane, deployment, key, machine, machine_set, object, set, store, whole_cluster, with,
};
use crate::store::FleetStore;

const CORE: &str = "cluster.x-k8s.io/v1beta2";

fn try_plan(store: &FleetStore, kind: &str, name: &str, field: Field, typed: &str) -> Result<Change, String> {
    plan(store, &key(store, kind, name), field, typed).map_err(|refused| refused.to_string())
}

/// A plain cluster: control plane of 3 at v1.31.2, a deployment of 3, a set and a pool of their own.
fn plain() -> Vec<Value> {
    let pool = with(
        object(CORE, "MachinePool", "pool"),
        &[(
            "/spec",
            json!({ "clusterName": "prod", "replicas": 2, "template": { "spec": { "version": "v1.31.2" } } }),
        )],
    );
    let mut set_alone = machine_set("prod", "none", "alone", 2);
    set(
        &mut set_alone,
        "/metadata/ownerReferences",
        json!([{ "apiVersion": CORE, "kind": "Cluster", "name": "prod", "uid": "c" }]),
    );
    vec![
        cluster("prod"),
        control_plane("prod", 3),
        deployment("prod", "md", 3),
        machine_set("prod", "md", "md-1", 3),
        machine("prod", ("MachineSet", "md-1"), "md-1-a"),
        set_alone,
        pool,
    ]
}

/// A cluster of a topology: md-0 with replicas, md-1 whose replicas the topology leaves open.
fn managed() -> Vec<Value> {
    let topology = json!({
        "classRef": { "name": "quick" }, "version": "v1.31.2", "controlPlane": { "replicas": 3 },
        "workers": { "machineDeployments": [
            { "class": "w", "name": "md-9", "replicas": 1 }, { "class": "w", "name": "md-0", "replicas": 3 }, { "class": "w", "name": "md-1" },
        ]},
    });
    let owned = |mut object: Value, name: &str| {
        object["metadata"]["labels"]["topology.cluster.x-k8s.io/owned"] = json!("");
        if !name.is_empty() {
            object["metadata"]["labels"]["topology.cluster.x-k8s.io/deployment-name"] = json!(name);
        }
        object
    };
    vec![
        with(cluster("prod"), &[("/spec/topology", topology)]),
        owned(control_plane("prod", 3), ""),
        owned(deployment("prod", "prod-md-0-abc", 3), "md-0"),
        owned(deployment("prod", "prod-md-1-abc", 2), "md-1"),
        owned(deployment("prod", "prod-md-x-abc", 2), "md-x"),
    ]
}

#[test]
fn replicas_are_written_where_they_are_kept() {
    let direct = |from: i64, to: i64| {
        json!([
            { "op": "test", "path": "/spec/replicas", "value": from },
            { "op": "replace", "path": "/spec/replicas", "value": to },
        ])
    };
    let element = "/spec/topology/workers/machineDeployments/1";
    let cases = [
        (
            plain(),
            ("MachineDeployment", "md"),
            "5",
            "MachineDeployment",
            direct(3, 5),
        ),
        (
            plain(),
            ("MachineDeployment", "md"),
            " +2 ",
            "MachineDeployment",
            direct(3, 5),
        ),
        (
            plain(),
            ("MachineDeployment", "md"),
            "-3",
            "MachineDeployment",
            direct(3, 0),
        ),
        (plain(), ("MachineSet", "alone"), "-1", "MachineSet", direct(2, 1)),
        (plain(), ("MachinePool", "pool"), "4", "MachinePool", direct(2, 4)),
        (
            plain(),
            ("KubeadmControlPlane", "prod-cp"),
            "+2",
            "KubeadmControlPlane",
            direct(3, 5),
        ),
        (
            managed(),
            ("MachineDeployment", "prod-md-0-abc"),
            "4",
            "Cluster",
            json!([
                { "op": "test", "path": format!("{element}/name"), "value": "md-0" },
                { "op": "test", "path": format!("{element}/replicas"), "value": 3 },
                { "op": "replace", "path": format!("{element}/replicas"), "value": 4 },
            ]),
        ),
        (
            managed(),
            ("MachineDeployment", "prod-md-1-abc"),
            "4",
            "MachineDeployment",
            direct(2, 4),
        ),
        (
            managed(),
            ("KubeadmControlPlane", "prod-cp"),
            "1",
            "Cluster",
            json!([
                { "op": "test", "path": "/spec/topology/controlPlane/replicas", "value": 3 },
                { "op": "replace", "path": "/spec/topology/controlPlane/replicas", "value": 1 },
            ]),
        ),
    ];
    for (objects, (kind, name), typed, target, patch) in cases {
        let change = try_plan(&store(&objects), kind, name, Field::Replicas, typed).expect(name);
        assert_eq!(change.target.kind.kind.as_ref(), target, "{name} {typed}");
        assert_eq!(change.patch, patch, "{name} {typed}");
        assert!(
            change.uid.contains(target) && change.api_version.contains("cluster.x-k8s.io"),
            "{change:?}"
        );
    }
}

#[test]
fn a_field_without_a_value_is_added() {
    let unset = with(deployment("prod", "md", 3), &[("/spec/replicas", Value::Null)]);
    let change =
        try_plan(&store(&[unset]), "MachineDeployment", "md", Field::Replicas, "2").expect("a change");
    assert_eq!(
        change.patch,
        json!([
            { "op": "test", "path": "/metadata/resourceVersion", "value": "1000" },
            { "op": "add", "path": "/spec/replicas", "value": 2 },
        ])
    );
    assert_eq!((change.from.as_str(), change.to.as_str()), ("", "2"));
}

#[test]
fn replicas_that_may_not_be() {
    let cases = [
        ("MachineDeployment", "md", "3", "no change: 3 already"),
        ("MachineDeployment", "md", "+0", "no change: 3 already"),
        ("MachineDeployment", "md", "-4", "replicas cannot be less than 0"),
        (
            "MachineDeployment",
            "md",
            "",
            "replicas are a number such as 5, or a step such as +2 or -1",
        ),
        (
            "MachineDeployment",
            "md",
            "many",
            "replicas are a number such as 5, or a step such as +2 or -1",
        ),
        (
            "MachineDeployment",
            "md",
            "+",
            "replicas are a number such as 5, or a step such as +2 or -1",
        ),
        (
            "MachineDeployment",
            "md",
            "++1",
            "replicas are a number such as 5, or a step such as +2 or -1",
        ),
        (
            "MachineDeployment",
            "md",
            "99999999999999999999",
            "too large: replicas are 2147483647 at most",
        ),
        (
            "KubeadmControlPlane",
            "prod-cp",
            "4",
            "replicas cannot be an even number when etcd is stacked",
        ),
        (
            "KubeadmControlPlane",
            "prod-cp",
            "0",
            "replicas of a control plane cannot be less than or equal to 0",
        ),
        (
            "KubeadmControlPlane",
            "prod-cp",
            "-5",
            "replicas of a control plane cannot be less than or equal to 0",
        ),
        (
            "MachineSet",
            "md-1",
            "1",
            "MachineDeployment md manages this MachineSet: edit that",
        ),
        (
            "Machine",
            "md-1-a",
            "1",
            "a Machine is replaced and not edited: edit MachineDeployment md",
        ),
        (
            "Cluster",
            "prod",
            "1",
            "these are the replicas of the control plane and of all workers together: edit one of them",
        ),
    ];
    let store = store(&plain());
    for (kind, name, typed, expected) in cases {
        let refused = try_plan(&store, kind, name, Field::Replicas, typed).expect_err(typed);
        assert_eq!(refused, expected, "{name} {typed}");
    }
}

#[test]
fn external_etcd_may_have_an_even_control_plane() {
    let external = with(
        control_plane("prod", 3),
        &[(
            "/spec/kubeadmConfigSpec/clusterConfiguration/etcd/external/endpoints",
            json!(["https://e"]),
        )],
    );
    assert!(
        try_plan(
            &store(&[external]),
            "KubeadmControlPlane",
            "prod-cp",
            Field::Replicas,
            "2"
        )
        .is_ok()
    );
}

#[test]
fn what_somebody_else_owns_is_refused() {
    let autoscaled = with(
        deployment("prod", "md", 3),
        &[(
            "/metadata/annotations",
            json!({
                "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size": "1",
                "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "5",
            }),
        )],
    );
    let elsewhere = with(
        object(CORE, "MachinePool", "pool"),
        &[
            ("/spec/replicas", json!(2)),
            (
                "/metadata/annotations",
                json!({ "cluster.x-k8s.io/replicas-managed-by": "karpenter" }),
            ),
        ],
    );
    let eks = object(
        "controlplane.cluster.x-k8s.io/v1beta2",
        "AWSManagedControlPlane",
        "eks",
    );
    let mut deleting = plain();
    set(
        &mut deleting[0],
        "/metadata/deletionTimestamp",
        json!("2026-08-21T11:00:00Z"),
    );
    let mut orphaned = managed();
    orphaned.remove(0);
    let cases = [
        (
            vec![autoscaled],
            "MachineDeployment",
            "md",
            "the cluster autoscaler owns these replicas, between 1 and 5: edit its bounds",
        ),
        (
            vec![elsewhere],
            "MachinePool",
            "pool",
            "these replicas are managed by karpenter",
        ),
        (
            vec![eks],
            "AWSManagedControlPlane",
            "eks",
            "AWSManagedControlPlane eks has no replicas: its provider runs it",
        ),
        (
            deleting,
            "MachineDeployment",
            "md",
            "Cluster prod is being deleted",
        ),
        (
            orphaned,
            "KubeadmControlPlane",
            "prod-cp",
            "a topology manages this KubeadmControlPlane and its Cluster is not there or may not be read",
        ),
        (
            managed(),
            "MachineDeployment",
            "prod-md-x-abc",
            "the topology of Cluster prod does not know MachineDeployment prod-md-x-abc",
        ),
    ];
    for (objects, kind, name, expected) in cases {
        let store = store(&objects);
        let refused = editable(&store, &key(&store, kind, name), Field::Replicas).expect_err(name);
        assert_eq!(refused.to_string(), expected);
    }
    let gone = key(&store(&plain()), "MachineDeployment", "md");
    let refused = editable(&FleetStore::default(), &gone, Field::Replicas).expect_err("gone");
    assert_eq!(
        refused.to_string(),
        "MachineDeployment default/md in mgmt-taipei does not exist any more"
    );
}

#[test]
fn versions_are_written_where_they_are_kept() {
    let written = |path: &str, from: &str, to: &str| json!([{ "op": "test", "path": path, "value": from }, { "op": "replace", "path": path, "value": to }]);
    let mut behind = plain();
    set(&mut behind[2], "/spec/template/spec/version", json!("v1.30.4"));
    let cases = [
        (
            plain(),
            ("KubeadmControlPlane", "prod-cp"),
            "1.32.0",
            "KubeadmControlPlane",
            written("/spec/version", "v1.31.2", "v1.32.0"),
        ),
        (
            behind,
            ("MachineDeployment", "md"),
            "v1.31.2",
            "MachineDeployment",
            written("/spec/template/spec/version", "v1.30.4", "v1.31.2"),
        ),
        (
            managed(),
            ("Cluster", "prod"),
            "v1.32.1",
            "Cluster",
            written("/spec/topology/version", "v1.31.2", "v1.32.1"),
        ),
        (
            managed(),
            ("KubeadmControlPlane", "prod-cp"),
            "v1.32.1",
            "Cluster",
            written("/spec/topology/version", "v1.31.2", "v1.32.1"),
        ),
    ];
    for (objects, (kind, name), typed, target, patch) in cases {
        let change = try_plan(&store(&objects), kind, name, Field::Version, typed).expect(name);
        assert_eq!(
            (change.target.kind.kind.as_ref(), &change.patch),
            (target, &patch),
            "{name}"
        );
    }
}

#[test]
fn versions_that_may_not_be() {
    let mut upgrading = plain();
    set(
        &mut upgrading[1],
        "/status/versions",
        json!([{ "version": "v1.30.4", "replicas": 2 }, { "version": "v1.31.2", "replicas": 1 }]),
    );
    let mut far_behind = plain();
    set(
        &mut far_behind[2],
        "/spec/template/spec/version",
        json!("v1.28.9"),
    );
    let cp = ("KubeadmControlPlane", "prod-cp");
    let md = ("MachineDeployment", "md");
    let cases = [
        (plain(), cp, "v1.31.2", "no change: already v1.31.2"),
        (plain(), cp, "1.31.2", "no change: already v1.31.2"),
        (
            plain(),
            cp,
            "latest",
            "\"latest\" is not a Kubernetes version such as v1.31.2",
        ),
        (
            plain(),
            cp,
            "v1.30.9",
            "a control plane cannot go back: version cannot be decreased from v1.31.2 to v1.30.9",
        ),
        (
            plain(),
            cp,
            "v1.33.0",
            "cannot update Kubernetes version from v1.31.2 to v1.33.0: one minor version at a time",
        ),
        (
            upgrading,
            cp,
            "v1.32.0",
            "the control plane still runs v1.30.4: it has to complete that upgrade before v1.32.0",
        ),
        (
            far_behind,
            cp,
            "v1.32.0",
            "MachineDeployment md at v1.28.9 would be more than three minor versions behind v1.32.0: upgrade it first",
        ),
        (
            plain(),
            md,
            "v1.32.0",
            "workers may not be newer than their control plane, which runs v1.31.2",
        ),
        (
            plain(),
            md,
            "v1.27.0",
            "workers may be three minor versions behind their control plane at most, which runs v1.31.2",
        ),
        (
            plain(),
            md,
            "v1.30.0",
            "kubeadm of v1.30.0 cannot join a control plane of v1.31.2: the minor version has to be the same",
        ),
        (
            plain(),
            ("Cluster", "prod"),
            "v1.32.0",
            "this Cluster has no topology: upgrade (P, or :upgrade VERSION) plans and walks all of it; or edit the version of its control plane, then of its workers",
        ),
        (
            managed(),
            ("MachineDeployment", "prod-md-0-abc"),
            "v1.32.0",
            "a topology has one version for the whole cluster: edit that of Cluster prod",
        ),
        (
            managed(),
            ("Cluster", "prod"),
            "v1.33.0",
            "cannot update Kubernetes version from v1.31.2 to v1.33.0: one minor version at a time",
        ),
    ];
    for (objects, (kind, name), typed, expected) in cases {
        let refused = try_plan(&store(&objects), kind, name, Field::Version, typed).expect_err(typed);
        assert_eq!(refused, expected, "{name} {typed}");
    }
}

/// A cluster at EKS, whose control plane carries no name of its Cluster, with a pool and a deployment that has a version.
fn at_eks() -> Vec<Value> {
    let aws = |kind: &str, name: &str| object("infrastructure.cluster.x-k8s.io/v1beta2", kind, name);
    let reference = json!({ "apiGroup": "controlplane.cluster.x-k8s.io", "kind": "AWSManagedControlPlane", "name": "eks-cp" });
    let behind = json!({ "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "AWSManagedMachinePool", "name": "eks-pool" });
    let labels = (
        "/metadata/labels",
        json!({ "cluster.x-k8s.io/cluster-name": "eks" }),
    );
    vec![
        with(cluster("eks"), &[("/spec/controlPlaneRef", reference)]),
        with(
            object(
                "controlplane.cluster.x-k8s.io/v1beta2",
                "AWSManagedControlPlane",
                "eks-cp",
            ),
            &[("/spec/version", json!("v1.33.4"))],
        ),
        with(
            object(CORE, "MachinePool", "pool"),
            &[(
                "/spec",
                json!({ "clusterName": "eks", "replicas": 2, "template": { "spec": { "infrastructureRef": behind } } }),
            )],
        ),
        with(
            aws("AWSManagedMachinePool", "eks-pool"),
            &[labels, ("/spec/scaling", json!({ "minSize": 1, "maxSize": 3 }))],
        ),
        with(
            deployment("eks", "md", 1),
            &[("/spec/template/spec/version", json!("v1.29.0"))],
        ),
    ]
}

#[test]
fn a_managed_control_plane_is_found_by_its_cluster() {
    let store = store(&at_eks());
    let cases = [
        (
            ("MachinePool", "pool"),
            "v1.34.0",
            "workers may not be newer than their control plane, which runs v1.33.4",
        ),
        (
            ("MachineDeployment", "md"),
            "v1.35.0",
            "workers may not be newer than their control plane, which runs v1.33.4",
        ),
        (
            ("MachinePool", "pool"),
            "v1.20.0",
            "workers may be three minor versions behind their control plane at most, which runs v1.33.4",
        ),
        (
            ("AWSManagedControlPlane", "eks-cp"),
            "v1.34.0",
            "MachineDeployment md at v1.29.0 would be more than three minor versions behind v1.34.0: upgrade it first",
        ),
    ];
    for ((kind, name), typed, expected) in cases {
        let refused = try_plan(&store, kind, name, Field::Version, typed).expect_err(typed);
        assert_eq!(refused, expected, "{name} {typed}");
    }
    assert!(try_plan(&store, "MachinePool", "pool", Field::Version, "v1.33.1").is_ok());
    let offered = version_candidates(&store, &key(&store, "MachinePool", "pool"));
    let allowed = offered.iter().filter(|candidate| candidate.refused.is_none());
    assert_eq!(
        allowed.map(|it| it.version.as_str()).collect::<Vec<_>>(),
        ["v1.33.4"]
    );
}

#[test]
fn a_pool_stays_within_the_bounds_of_what_stands_behind_it() {
    let judged = |objects: &[Value], typed: &str| {
        try_plan(&store(objects), "MachinePool", "pool", Field::Replicas, typed).map(|change| change.to)
    };
    let of = |bounds: Value| with_bounds(at_eks(), bounds);
    let both = of(json!({ "minSize": 1, "maxSize": 3 }));
    assert_eq!(judged(&both, "3"), Ok("3".to_owned()));
    let takes = |what: &str| {
        Err(format!(
            "AWSManagedMachinePool eks-pool takes {what}: edit its bounds"
        ))
    };
    assert_eq!(judged(&both, "9"), takes("between 1 and 3 nodes, and not 9"));
    assert_eq!(judged(&both, "0"), takes("between 1 and 3 nodes, and not 0"));
    assert_eq!(
        judged(&of(json!({ "minSize": 1 })), "0"),
        takes("1 nodes at least, and not 0")
    );
    assert_eq!(
        judged(&of(json!({ "maxSize": 3 })), "4"),
        takes("3 nodes at most, and not 4")
    );
    assert_eq!(judged(&of(json!({})), "9"), Ok("9".to_owned()));
    let refused = try_plan(
        &store(&both),
        "AWSManagedMachinePool",
        "eks-pool",
        Field::Replicas,
        "2",
    );
    assert_eq!(
        refused.expect_err("it has none"),
        "an AWSManagedMachinePool has neither replicas nor a version to edit: MachinePool pool has them"
    );
}

fn with_bounds(mut objects: Vec<Value>, bounds: Value) -> Vec<Value> {
    set(&mut objects[3], "/spec/scaling", bounds);
    objects
}

#[test]
fn candidates_are_the_allowed_versions_of_the_fleet() {
    let mut objects = plain();
    for (index, version) in ["v1.30.9", "v1.31.9", "v1.32.0", "v1.32.4", "v1.33.0", "broken"]
        .iter()
        .enumerate()
    {
        let name = format!("other-{index}");
        objects.push(with(
            deployment(&name, &name, 1),
            &[("/spec/template/spec/version", json!(version))],
        ));
    }
    set(&mut objects[2], "/spec/template/spec/version", json!("v1.31.0"));
    let store = store(&objects);
    let candidates = |kind: &str, name: &str| {
        let candidates = version_candidates(&store, &key(&store, kind, name));
        let sign = |refused: bool| if refused { "no " } else { "" };
        let shown =
            |candidate: &Candidate| format!("{}{}", sign(candidate.refused.is_some()), candidate.version);
        candidates.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(
        candidates("KubeadmControlPlane", "prod-cp"),
        ["v1.32.4", "v1.32.0", "v1.31.9", "no v1.33.0"]
    );
    assert_eq!(
        candidates("MachineDeployment", "md"),
        ["v1.31.2", "v1.31.9", "no v1.32.0", "no v1.32.4", "no v1.33.0"]
    );
    assert_eq!(candidates("Machine", "md-1-a"), Vec::<String>::new());
}

#[test]
fn what_the_hosts_of_an_object_can_be_given_is_a_candidate() {
    let reference =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "ByoMachineTemplate", "name": "t"});
    let host = |namespace: &str, versions: &[&str]| {
        let mut host = crate::fixtures::hosts::host("h", "a");
        host["metadata"]["namespace"] = json!(namespace);
        host["status"]["installableVersions"] = json!(versions);
        host
    };
    let mut objects = plain();
    set(
        &mut objects[1],
        "/spec/machineTemplate/spec/infrastructureRef",
        reference,
    );
    objects.push(host("default", &["v1.31", "v1.32", "v1.33.1"]));
    objects.push(host("elsewhere", &["v1.32.9"]));
    let store = store(&objects);
    let candidates = |kind: &str, name: &str| {
        let candidates = version_candidates(&store, &key(&store, kind, name)).into_iter();
        candidates.map(|it| it.version.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        candidates("KubeadmControlPlane", "prod-cp"),
        ["v1.32.0", "v1.33.1"]
    );
    // Its machines take no hosts.
    assert_eq!(candidates("MachineDeployment", "md"), Vec::<String>::new());
}

#[test]
fn a_machine_says_what_is_edited_in_its_place() {
    let cases = [
        (plain(), Field::Replicas, "MachineDeployment md"),
        (plain(), Field::Version, "MachineDeployment md"),
        (managed(), Field::Replicas, "MachineDeployment prod-md-0-abc"),
        (managed(), Field::Version, "Cluster prod"),
    ];
    for (mut objects, field, edited) in cases {
        if objects.iter().all(|object| object["kind"] != "Machine") {
            objects.push(machine_set("prod", "prod-md-0-abc", "md-1", 3));
            objects.push(machine("prod", ("MachineSet", "md-1"), "md-1-a"));
            for object in &mut objects[5..] {
                object["metadata"]["labels"]["topology.cluster.x-k8s.io/owned"] = json!("");
            }
        }
        let store = store(&objects);
        let refused = editable(&store, &key(&store, "Machine", "md-1-a"), field).expect_err(edited);
        assert_eq!(
            refused.to_string(),
            format!("a Machine is replaced and not edited: edit {edited}")
        );
    }
}

#[test]
fn what_changes_nothing_is_no_mistake() {
    let store = store(&plain());
    let md = key(&store, "MachineDeployment", "md");
    let refused = |field, typed| plan(&store, &md, field, typed).expect_err(typed);
    assert_eq!(refused(Field::Replicas, "3").to_string(), "no change: 3 already");
    assert_eq!(
        refused(Field::Version, "1.31.2").to_string(),
        "no change: already v1.31.2"
    );
    assert!(refused(Field::Version, "v1.31.2").unchanged && refused(Field::Replicas, "+0").unchanged);
    assert!(!refused(Field::Replicas, "x").unchanged);
}

#[test]
fn the_value_to_begin_with_is_the_one_that_is_written() {
    let plain_store = store(&plain());
    let managed_store = store(&managed());
    let value =
        |store: &FleetStore, kind: &str, name: &str, field| editable(store, &key(store, kind, name), field);
    assert_eq!(
        value(&plain_store, "MachineDeployment", "md", Field::Replicas).as_deref(),
        Ok("3")
    );
    assert_eq!(
        value(&plain_store, "KubeadmControlPlane", "prod-cp", Field::Version).as_deref(),
        Ok("v1.31.2")
    );
    assert_eq!(
        value(
            &managed_store,
            "MachineDeployment",
            "prod-md-0-abc",
            Field::Replicas
        )
        .as_deref(),
        Ok("3")
    );
}

#[test]
fn every_patch_applies_to_the_object_that_it_was_planned_for() {
    for objects in [plain(), managed(), whole_cluster("prod")] {
        let store = store(&objects);
        for object in &objects {
            let kind = object["kind"].as_str().expect("a kind");
            let name = object["metadata"]["name"].as_str().expect("a name");
            let Ok(change) = try_plan(&store, kind, name, Field::Replicas, "+2") else {
                continue;
            };
            let written = objects
                .iter()
                .find(|object| object["metadata"]["uid"] == change.uid.as_str())
                .expect("the target");
            for operation in change.patch.as_array().expect("a patch") {
                let path = operation["path"].as_str().expect("a path");
                if operation["op"] == "test" {
                    assert_eq!(
                        written.pointer(path),
                        operation.get("value"),
                        "{kind} {name} {path}"
                    );
                } else {
                    assert!(written.pointer(path).is_some(), "{kind} {name} {path}");
                }
            }
        }
    }
}
