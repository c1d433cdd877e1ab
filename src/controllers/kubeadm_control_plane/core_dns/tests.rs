//! Tables of CoreDNS: which image it gets, when it is looked at, and when it is left alone.

use super::*;
use crate::kubeadm_control_plane::tests::{healthy_with, sample};

fn wishes(configuration: &Value) -> Value {
    json!({"spec": {"replicas": 1, "kubeadmConfigSpec": {"clusterConfiguration": configuration}}})
}

#[test]
fn its_image_follows_where_the_corefile_stays_good() {
    let image = |present: &str, repository: Option<&str>, tag: Option<&str>| {
        let wish = Wish {
            repository: repository.map(str::to_owned),
            tag: tag.map(str::to_owned),
        };
        wished_image(present, &wish)
    };
    let public = "registry.k8s.io/coredns/coredns:v1.11.1";
    let cases = [
        (
            image(public, None, Some("v1.12.0")),
            Ok("registry.k8s.io/coredns/coredns:v1.12.0"),
        ),
        (image(public, Some("registry.k8s.io"), None), Ok(public)),
        (
            image(public, Some("mirror:5000/k8s"), None),
            Ok("mirror:5000/k8s/coredns:v1.11.1"),
        ),
        (
            image("mirror:5000/k8s/coredns:1.8.3", None, Some("v1.9.3_vendor.1")),
            Ok("mirror:5000/k8s/coredns:v1.9.3_vendor.1"),
        ),
        (
            image("k8s.gcr.io/coredns:1.7.0", Some("mirror"), None),
            Ok("mirror/coredns:1.7.0"),
        ),
        (
            image("k8s.gcr.io/coredns:1.7.0", None, Some("v1.8.4")),
            Err("its Corefile would have to be migrated"),
        ),
        (
            image(public, None, Some("v1.10.1")),
            Err("it may not be taken to an older release"),
        ),
        (
            image(public, None, Some("newest")),
            Err("the wished tag is not a version"),
        ),
        (image("mirror/coredns", None, None), Err("its image has no tag")),
    ];
    for (told, expected) in cases {
        assert_eq!(told.as_deref().map_err(|why| *why), expected);
    }
}

#[test]
fn only_its_own_container_is_changed_and_only_once() {
    let world = sample(&wishes(&json!({"dns": {"imageTag": "v1.12.0"}})));
    let deployment = |image: &str| -> Deployment {
        serde_json::from_value(
            json!({"metadata": {"resourceVersion": "5"}, "spec": {"selector": {}, "template": {"spec": {
                "containers": [{"name": "helper", "image": "x:1"}, {"name": "coredns", "image": image}]
            }}}}),
        )
        .expect("a Deployment")
    };
    let patch = update(&world, &deployment("mirror/coredns:v1.11.1")).expect("a patch");
    let containers = &patch["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers[0]["image"], "x:1");
    assert_eq!(containers[1]["image"], "mirror/coredns:v1.12.0");
    assert_eq!(patch["metadata"]["resourceVersion"], "5");
    assert_eq!(update(&world, &deployment("mirror/coredns:v1.12.0")), None);
    assert_eq!(
        update(&world, &deployment("mirror/coredns:v1.12.1")),
        None,
        "never back"
    );
}

#[test]
fn it_is_looked_at_when_all_machines_have_come_to_be_as_wished() {
    let ready = json!({"status": {"conditions": [
        {"type": "Ready", "status": "True", "reason": "Ready", "message": ""}
    ]}});
    let world = |more: &Value, machine: &Value| {
        let mut wishes = wishes(&json!({"imageRepository": "mirror"}));
        json_patch::merge(&mut wishes, more);
        let mut world = sample(&wishes);
        world.machines = vec![healthy_with("a", machine)];
        world
    };
    let told = json!({"status": {"replicas": 1, "readyReplicas": 1}});
    assert!(is_due(&world(&json!({}), &ready)));
    assert!(is_due(&world(
        &json!({"status": {"replicas": 2, "readyReplicas": 1}}),
        &ready
    )));
    assert!(!is_due(&world(&told, &ready)), "it has been looked at");
    assert!(!is_due(&world(&json!({}), &json!({}))), "a machine is not ready");
    let newer = json!({"spec": {"version": "v1.32.0"}});
    assert!(!is_due(&world(&newer, &ready)), "a machine is outdated");
    let skipped = json!({"metadata": {"annotations": {SKIP: ""}}});
    assert!(!is_due(&world(&skipped, &ready)));
    let silent = json!({"spec": {"kubeadmConfigSpec": {"clusterConfiguration": {"imageRepository": null}}}});
    assert!(!is_due(&world(&silent, &ready)), "nothing is wished");
}
