//! Clusters held against what the template makes: what somebody has given them is told, and nothing that servers, controllers or
//! other versions of the same objects say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fleetui_api::convert::{NEW_DATA, convert};
use serde_json::json;

use super::*;
use crate::FleetStore;
use crate::create::check::{All, Grade, defaulted};
use crate::create::creation::CREATION;
use crate::create::draft::CreateDraft;
use crate::create::flavour::Flavour;
use crate::create::form_of_cluster;
use crate::create::tests::{around, byoh, form};
use crate::create::variables::Variables;
use crate::fixtures::{key, mgmt, now, store};

/// A store with a cluster as the program's template makes it, and what is read of it for one that is to be like it.
fn like_old() -> (FleetStore, ObjectKey, Vec<Value>) {
    let answers = [
        ("CLUSTER_NAME", "old"),
        ("WORKER_MACHINE_COUNT", "md-0=2,packing=1"),
    ];
    let objects = byoh(&answers).objects().unwrap();
    let store = store(&objects);
    let cluster = key(&store, "Cluster", "old");
    let form = form_of_cluster(&around(&store), &cluster).unwrap();
    let read = form.like.unwrap().objects(&around(&store));
    let found = read.iter().map(|key| {
        let mut objects = objects.iter();
        let found =
            objects.find(|it| it["kind"] == *key.kind.kind && it["metadata"]["name"] == *key.object.name);
        found.unwrap().clone()
    });
    let found: Vec<Value> = found.collect();
    (store, cluster, found)
}

/// The form of a cluster like that, held against these objects of it.
fn compared(store: &FleetStore, cluster: &ObjectKey, old: &[Value]) -> Form {
    let mut form = form_of_cluster(&around(store), cluster).unwrap();
    form.compare(old, None);
    form
}

#[test]
fn what_stands_in_a_cluster_in_the_place_of_an_answer_is_one() {
    let (store, cluster, mut old) = like_old();
    let kinds: BTreeSet<&str> = old.iter().filter_map(|object| object["kind"].as_str()).collect();
    let expected = [
        "ByoCluster",
        "ByoMachineTemplate",
        "Cluster",
        "KubeadmConfigTemplate",
        "KubeadmControlPlane",
        "MachineDeployment",
    ];
    assert_eq!(Vec::from_iter(kinds), expected);
    for object in &mut old {
        if object["kind"] == "ByoCluster" {
            object["spec"]["bundleLookupBaseRegistry"] = json!("registry.example/byoh");
        }
    }
    let form = compared(&store, &cluster, &old);
    assert_eq!(
        form.like.as_ref().unwrap().told,
        None,
        "all of it is the template's"
    );
    let answers = [
        "BUNDLE_LOOKUP_BASE_REGISTRY",
        "SERVICE_DOMAIN",
        "CLUSTER_NAME",
        "CONTROL_PLANE_ENDPOINT_IP",
    ];
    let answers = answers.map(|variable| form.field(variable).unwrap().answer.as_str());
    assert_eq!(
        answers,
        ["registry.example/byoh", "", "", ""],
        "but neither its name nor its address"
    );
}

/// Gives an object of a cluster what no template has.
fn give(object: &mut Value) {
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    match (object["kind"].as_str().unwrap(), name.as_str()) {
        ("Cluster", _) => {
            object["metadata"]["labels"]["env"] = json!("prod");
            object["metadata"]["annotations"] =
                json!({"example.com/token": "hunter2", CREATION: "id-0", NEW_DATA: "{}"});
            object["spec"]["paused"] = json!(true);
            object["spec"]["availabilityGates"] = json!([{"conditionType": "Paid"}]);
            object["spec"]["clusterNetwork"]["apiServerPort"] = json!(8443);
        }
        ("KubeadmControlPlane", _) => {
            let spec = &mut object["spec"]["kubeadmConfigSpec"];
            let file = |path: &str| json!({"path": path, "content": "hunter2"});
            let files = spec["files"].as_array_mut().unwrap();
            files.extend(["/etc/a", "/etc/b"].map(file));
            let before = spec["preKubeadmCommands"].as_array_mut().unwrap();
            before.extend([json!("echo hunter2"), json!("true")]);
            // An older version of Kubernetes makes the same command.
            before[0] = json!(before[0].as_str().unwrap().replace("31", "30"));
            let after = spec["postKubeadmCommands"].as_array_mut().unwrap();
            after.push(json!("false"));
            spec["users"] = json!([{"name": "root", "passwd": "hunter2"}]);
            spec["initConfiguration"]["nodeRegistration"]["imagePullPolicy"] = json!("IfNotPresent");
            object["spec"]["rollout"] =
                json!({"strategy": {"rollingUpdate": {"maxSurge": 0}}, "after": "2026-08-21T11:00:00Z"});
            object["spec"]["remediation"] = json!({"maxRetry": 3});
            let machines = &mut object["spec"]["machineTemplate"]["spec"];
            machines["deletion"] = json!({"nodeDrainTimeoutSeconds": 60});
        }
        ("MachineDeployment", "old-packing") => {
            object["spec"]["template"]["metadata"]["labels"]["zone"] = json!("b");
            object["spec"]["rollout"] = json!({"strategy": {"type": "OnDelete"}});
            object["spec"]["deletion"] = json!({"order": "Oldest"});
            object["spec"]["machineNaming"] = json!({"template": "{{ .random }}"});
            let machines = &mut object["spec"]["template"]["spec"];
            machines["failureDomain"] = json!("rack-1");
            machines["readinessGates"] = json!([{"conditionType": "Paid"}]);
            machines["minReadySeconds"] = json!(30);
            machines["taints"] = json!([{"key": "a", "effect": "NoSchedule", "propagation": "Always"}]);
        }
        ("KubeadmConfigTemplate", "old-packing") => {
            let join = &mut object["spec"]["template"]["spec"]["joinConfiguration"];
            join["nodeRegistration"]["taints"] = json!([{"key": "a"}]);
        }
        ("ByoMachineTemplate", "old-md-0") => {
            object["spec"]["template"]["spec"]["selector"] = json!({"matchLabels": {"site": "a"}});
        }
        _ => {}
    }
}

#[test]
fn what_is_not_taken_over_from_a_cluster_is_told() {
    let (store, cluster, mut old) = like_old();
    old.iter_mut().for_each(give);
    for kind in ["MachineHealthCheck", "MachinePool"] {
        old.push(json!({"kind": kind, "metadata": {"name": "old"}}));
    }
    let form = compared(&store, &cluster, &old);
    let told = form.like.as_ref().unwrap().told.clone().unwrap();
    assert_eq!(
        told,
        "not taken over from default/old: labels env=prod, annotations example.com/token, availabilityGates, clusterNetwork.apiServerPort, paused; of the control plane machineTemplate.spec.deletion, remediation, rollout.strategy.rollingUpdate.maxSurge, 2 files (/etc/a, /etc/b), 3 commands, users; of md-0 the selector of hosts; of packing labels of machines zone=b, deletion, machineNaming, rollout.strategy.type, template.spec.failureDomain, template.spec.minReadySeconds, template.spec.readinessGates, template.spec.taints, joinConfiguration.nodeRegistration.taints; a MachinePool; a MachineHealthCheck"
    );
    assert!(!told.contains("hunter2"));
    // It is told in the form and after a new start, and stands in nobody's way.
    let again = CreateDraft::of(&form, None, now());
    let again: CreateDraft = serde_json::from_str(&serde_json::to_string(&again).unwrap()).unwrap();
    for form in [form, again.form().unwrap()] {
        let remarks = form.remarks(&around(&store));
        let warned = remarks.iter().find(|remark| remark.what == told).unwrap();
        assert_eq!((warned.grade, &warned.variable), (Grade::Warns, &None));
    }
    let mut form = form_of_cluster(&around(&store), &cluster).unwrap();
    form.compare(&[], Some("the server is gone"));
    let told = form.like.as_ref().unwrap().told.clone().unwrap();
    assert!(
        told.starts_with("what of default/old is not taken over is not all known: the server is gone"),
        "{told}"
    );
    form.compare(&old[..1], Some("no right to read it"));
    let told = form.like.unwrap().told.unwrap();
    assert!(
        told.ends_with("paused; and perhaps more, as not all of it could be read: no right to read it"),
        "{told}"
    );
}

/// The template's objects as a server stores them: in v1beta2 where they are known in it, and with its defaults.
fn stored(form: &Form) -> Vec<Value> {
    let objects = form.objects().unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let stored = |object: &Value| {
        let (group, kind) = named(object);
        let new = convert(&group, &kind, object.clone(), "v1beta2", &|_, _| None);
        let new = new.unwrap_or_else(|_| object.clone());
        defaulted((&group, &kind), &new, &All(&objects)).unwrap()
    };
    objects.iter().map(stored).collect()
}

fn named(object: &Value) -> (String, String) {
    let (group, _) = text(object, "/apiVersion").split_once('/').unwrap();
    (group.to_owned(), text(object, "/kind").to_owned())
}

/// What of these objects a cluster from the same form would not have.
fn told_of(mut form: Form, objects: &[Value]) -> Option<String> {
    let cluster = objects.iter().find(|object| text(object, "/kind") == "Cluster");
    let name = text(cluster.unwrap(), "/metadata/name");
    let all = store(std::slice::from_ref(cluster.unwrap()));
    form.like = Some(Like::new(key(&all, "Cluster", name)));
    form.compare(objects, None);
    form.like.unwrap().told
}

fn built_ins() -> [Form; 2] {
    let mut simulated = form(
        "simulated",
        &[("CLUSTER_NAME", "edge"), ("KUBERNETES_VERSION", "v1.33.4")],
    );
    simulated.answer("WORKER_MACHINE_COUNT", "2");
    [
        byoh(&[("BUNDLE_LOOKUP_BASE_REGISTRY", "registry.example/byoh")]),
        simulated,
    ]
}

#[test]
fn what_a_server_fills_in_is_nobodys() {
    for form in built_ins() {
        let objects = stored(&form);
        let rollout = objects
            .iter()
            .find_map(|object| object.pointer("/spec/rollout/strategy"));
        assert!(rollout.is_some(), "it fills in");
        assert_eq!(told_of(form, &objects), None);
    }
}

/// What stands in the old version where v1beta2 has it elsewhere, and the part that it is told of.
const IN_OLD: [(&str, &str, &str, &str); 5] = [
    ("Cluster", "paused", "true", "paused"),
    (
        "KubeadmControlPlane",
        "rolloutStrategy",
        r#"{"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0}}"#,
        "of the control plane rolloutStrategy.rollingUpdate.maxSurge",
    ),
    (
        "KubeadmControlPlane",
        "remediationStrategy",
        r#"{"maxRetry": 3}"#,
        "of the control plane remediationStrategy",
    ),
    (
        "MachineDeployment",
        "minReadySeconds",
        "30",
        "of md-0 minReadySeconds",
    ),
    (
        "MachineDeployment",
        "strategy",
        r#"{"type": "OnDelete"}"#,
        "of md-0 strategy.type",
    ),
];

#[test]
fn a_cluster_that_is_read_in_an_older_version_is_told_in_its_words() {
    for form in built_ins() {
        let old = |object: Value| {
            let (group, kind) = named(&object);
            let old = convert(&group, &kind, object.clone(), "v1beta1", &|_, _| None);
            let mut old = old.unwrap_or(object);
            if kind == "MachineDeployment" {
                // What its own webhook fills in.
                for (field, value) in [
                    ("minReadySeconds", 0),
                    ("revisionHistoryLimit", 1),
                    ("progressDeadlineSeconds", 600),
                ] {
                    old["spec"][field] = json!(value);
                }
            }
            old
        };
        let objects: Vec<Value> = stored(&form).into_iter().map(old).collect();
        assert!(
            objects
                .iter()
                .all(|object| !text(object, "/apiVersion").ends_with("v1beta2"))
        );
        assert_eq!(told_of(form.clone(), &objects), None);
        for (kind, field, value, expected) in IN_OLD {
            let mut objects = objects.clone();
            let changed = objects.iter_mut().find(|object| text(object, "/kind") == kind);
            changed.unwrap()["spec"][field] = serde_json::from_str(value).unwrap();
            let told = told_of(form.clone(), &objects).unwrap();
            assert_eq!(
                told,
                format!("not taken over from default/edge: {expected}"),
                "{field}"
            );
        }
    }
}

/// The templates of upstream in the old version that make their cluster themselves; none where they are not here.
fn old_templates() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/templates");
    let mut found = Vec::new();
    for directory in ["v1beta1", "byoh"] {
        let Ok(entries) = std::fs::read_dir(root.join(directory)) else {
            eprintln!("skipped: {} is not here", root.join(directory).display());
            continue;
        };
        let before = found.len();
        for path in entries.map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(&path).unwrap();
            let makes = |kind: &str| text.lines().any(|line| line == format!("kind: {kind}"));
            let is_older = text.contains("cluster.x-k8s.io/v1alpha");
            if makes("Cluster") && makes("KubeadmControlPlane") && !is_older {
                found.push((path, text));
            }
        }
        assert!(found.len() > before, "{directory} has some");
    }
    found
}

#[test]
fn an_old_template_that_is_read_back_in_the_new_version_tells_nothing() {
    for (path, text) in old_templates() {
        let flavour = Flavour::template("t.yaml", &text);
        let mut form = Form::new(flavour, mgmt("mgmt-taipei"), &Variables::default()).unwrap();
        let outlined = form.outlined();
        let names = outlined
            .iter()
            .map(|made| super::text(&made.object, "/metadata/name"));
        // Some say the name of their cluster.
        let name = names
            .into_iter()
            .find(|name| *name == "my-cluster")
            .unwrap_or("edge");
        for field in form.fields.clone() {
            let answer = match field.input {
                Input::Name => name,
                Input::Version => "v1.26.6",
                Input::Endpoint => "192.0.2.7",
                Input::Count | Input::ControlPlanes | Input::Pools => "1",
                _ if field.default.is_none() => "some",
                _ => continue,
            };
            form.answer(&field.variable, answer);
        }
        let mut objects = stored(&form);
        let new = objects
            .iter()
            .filter(|object| super::text(object, "/apiVersion").ends_with("v1beta2"));
        assert!(new.count() > 1, "{}", path.display());
        assert_eq!(told_of(form.clone(), &objects), None, "{}", path.display());
        let control_plane = objects
            .iter_mut()
            .find(|object| object["kind"] == "KubeadmControlPlane");
        let spec = &mut control_plane.unwrap()["spec"];
        spec["kubeadmConfigSpec"]["clusterConfiguration"]["imageRepository"] = json!("registry.example");
        let told = told_of(form, &objects).unwrap();
        assert!(
            told.ends_with("of the control plane clusterConfiguration.imageRepository"),
            "{told}"
        );
    }
}
