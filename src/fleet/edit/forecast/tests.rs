//! Tables of changes, and what is said of them beforehand.

use serde_json::{Value, json};

use super::{Forecast, forecast};
use crate::edit::{Field, plan};
use crate::fixtures::{cluster, control_plane, deployment, key, machine, machine_set, set, store};

fn of(objects: &[Value], (kind, name): (&str, &str), field: Field, typed: &str) -> Forecast {
    let store = store(objects);
    let key = key(&store, kind, name);
    let change = plan(&store, &key, field, typed).expect(typed);
    forecast(&store, &key, &change)
}

fn objects() -> Vec<Value> {
    vec![
        cluster("prod"),
        control_plane("prod", 3),
        deployment("prod", "md", 4),
    ]
}

const MD: (&str, &str) = ("MachineDeployment", "md");

#[test]
fn what_happens_is_said_in_machines() {
    let cases = [
        (MD, Field::Replicas, "5", "adds 1 machine"),
        (MD, Field::Replicas, "+2", "adds 2 machines"),
        (MD, Field::Replicas, "1", "removes 3 machines"),
        (MD, Field::Version, "v1.31.9", "replaces 4 machines"),
        (
            ("KubeadmControlPlane", "prod-cp"),
            Field::Version,
            "v1.32.0",
            "replaces 3 machines, one at a time",
        ),
    ];
    for (object, field, typed, expected) in cases {
        let forecast = of(&objects(), object, field, typed);
        assert_eq!(forecast.happens, [expected], "{typed}");
        assert_eq!((forecast.warnings, forecast.doubt), (Vec::new(), None), "{typed}");
    }
}

#[test]
fn to_nothing_and_far_too_many_are_not_passed_over() {
    let none = of(&objects(), MD, Field::Replicas, "0");
    assert_eq!(none.warnings, ["removes all 4 machines"]);
    assert_eq!((none.happens.len(), none.doubt), (0, None));
    for (typed, doubted) in [("40", false), ("41", true), ("104", true), ("4100000", true)] {
        let forecast = of(&objects(), MD, Field::Replicas, typed);
        assert_eq!(forecast.doubt.is_some(), doubted, "{typed}");
    }
    let many = [
        cluster("prod"),
        control_plane("prod", 3),
        deployment("prod", "md", 500),
    ];
    assert_eq!(of(&many, MD, Field::Replicas, "600").doubt, None);
    assert_eq!(
        of(&many, MD, Field::Replicas, "601").doubt.as_deref(),
        Some("101 machines more than now is unusually many")
    );
}

#[test]
fn a_pause_is_said_of_the_object_and_of_its_cluster() {
    let in_spec = |index: usize| {
        let mut objects = objects();
        set(&mut objects[index], "/spec/paused", json!(true));
        objects
    };
    let of_cluster = ["Cluster prod is paused: nothing happens until it is resumed"];
    let of_its_own = ["MachineDeployment md is paused: nothing happens until it is resumed"];
    assert_eq!(of(&in_spec(0), MD, Field::Replicas, "3").warnings, of_cluster);
    assert_eq!(
        of(&in_spec(2), MD, Field::Version, "v1.31.9").warnings,
        of_its_own
    );
    // Its own field holds its rollouts alone.
    assert_eq!(of(&in_spec(2), MD, Field::Replicas, "3").warnings, [""; 0]);
    let mut marked = in_spec(2);
    set(
        &mut marked[2],
        "/metadata/annotations",
        json!({ "cluster.x-k8s.io/paused": "" }),
    );
    assert_eq!(of(&marked, MD, Field::Replicas, "3").warnings, of_its_own);
}

#[test]
fn machines_are_counted_as_they_are_named_while_it_rolls_out() {
    let mut objects = objects();
    set(&mut objects[2], "/spec/replicas", json!(2));
    objects.push(machine_set("prod", "md", "md-x", 2));
    objects.extend(["a", "b", "c", "d"].map(|name| machine("prod", ("MachineSet", "md-x"), name)));
    // One that goes already is replaced by nobody any more.
    let last = objects.last_mut().unwrap();
    set(last, "/metadata/deletionTimestamp", json!("2026-08-21T11:00:00Z"));
    let forecast = of(&objects, MD, Field::Version, "v1.31.9");
    assert_eq!(forecast.happens, ["replaces 3 machines"]);
}

#[test]
fn anchor_87_what_the_preflight_checks_will_say_is_said_before() {
    let mut behind = objects();
    set(&mut behind[2], "/spec/template/spec/version", json!("v1.30.9"));
    let warnings = of(&behind, MD, Field::Replicas, "5").blocked;
    assert!(
        matches!(warnings.as_slice(), [skew] if skew.contains("kubeadm only supports joining with the same major+minor version")),
        "{warnings:?}"
    );
    assert!(
        of(&behind, MD, Field::Replicas, "3").blocked.is_empty(),
        "nothing is created"
    );
    set(
        &mut behind[2],
        "/metadata/annotations",
        json!({ "machineset.cluster.x-k8s.io/skip-preflight-checks": "KubeadmVersionSkew" }),
    );
    assert!(
        of(&behind, MD, Field::Replicas, "5").blocked.is_empty(),
        "the check is left out"
    );
    let mut upgrading = objects();
    set(&mut upgrading[1], "/spec/version", json!("v1.31.9"));
    let warnings = of(&upgrading, MD, Field::Replicas, "5").blocked;
    assert_eq!(
        warnings,
        [
            "no machine is created as long as KubeadmControlPlane default/prod-cp is upgrading (\"ControlPlaneIsStable\" \
             preflight check failed)"
        ]
    );
}
