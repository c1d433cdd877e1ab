//! Tables of volumes that are waited for.

use serde_json::{Value, json};

use super::*;

fn read<T: serde::de::DeserializeOwned>(object: Value) -> T {
    serde_json::from_value(object).expect("an object")
}

fn volume(name: &str, handle: &str, claim: Option<&str>) -> PersistentVolume {
    let claim =
        claim.map(|name| json!({"kind": "PersistentVolumeClaim", "namespace": "default", "name": name}));
    read(json!({
        "metadata": {"name": name},
        "spec": {"csi": {"driver": "disk", "volumeHandle": handle}, "claimRef": claim}
    }))
}

fn attachment(volume: &str, node: &str, attached: bool) -> VolumeAttachment {
    read(json!({
        "metadata": {"name": volume},
        "spec": {"attacher": "disk", "nodeName": node, "source": {"persistentVolumeName": volume}},
        "status": {"attached": attached}
    }))
}

fn node(names: &[&str]) -> Node {
    let attached: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "devicePath": ""}))
        .collect();
    read(json!({"metadata": {"name": "n"}, "status": {"volumesAttached": attached}}))
}

#[test]
fn what_is_attached_is_told_by_claim_and_strangers_by_name() {
    let attachments = [
        attachment("b", "n", true),
        attachment("lost", "n", true),
        attachment("other", "elsewhere", true),
        attachment("going", "n", false),
    ];
    let named = Named::read(
        &node(&["kubernetes.io/csi/disk^1", "kubernetes.io/csi/disk^9"]),
        &attachments,
    )
    .expect("named");
    let volumes = [
        volume("a", "1", Some("data")),
        volume("b", "2", None),
        volume("c", "3", Some("unused")),
    ];
    let attached = named.awaited(&volumes, &BTreeSet::new());
    assert_eq!(
        attached.message("2026-08-21T12:00:00Z"),
        "Waiting for Node volumes to be detached (started at 2026-08-21T12:00:00Z)\n* PersistentVolumeClaims: default/data\n\
         * PersistentVolumes without a .spec.claimRef to a PersistentVolumeClaim: b\n* Node with .status.volumesAttached entries \
         not matching a PersistentVolume: kubernetes.io/csi/disk^9\n* VolumeAttachment with .spec.source.persistentVolumeName not \
         matching a PersistentVolume: lost"
    );
}

#[test]
fn claims_of_pods_that_stay_are_not_waited_for() {
    let named = Named::read(&node(&["kubernetes.io/csi/disk^1"]), &[]).expect("named");
    let volumes = [volume("a", "1", Some("data"))];
    let pod: Pod = read(json!({
        "metadata": {"name": "p", "namespace": "default"},
        "spec": {"containers": [], "volumes": [
            {"name": "v", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "w", "emptyDir": {}}
        ]}
    }));
    assert!(!named.awaited(&volumes, &BTreeSet::new()).is_empty());
    assert!(named.awaited(&volumes, &claims(&pod).collect()).is_empty());
    assert!(Named::read(&node(&[]), &[]).expect("named").is_empty());
}

#[test]
fn an_attachment_without_a_volume_cannot_be_followed() {
    let odd: VolumeAttachment = read(json!({
        "metadata": {"name": "odd"}, "spec": {"attacher": "disk", "nodeName": "n", "source": {}}, "status": {"attached": true}
    }));
    assert!(Named::read(&node(&[]), &[odd]).is_err_and(|why| why.contains("odd")));
}
