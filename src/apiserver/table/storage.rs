//! Columns of volumes, and of the bounds of namespaces.
//!
//! Source: `pkg/printers/internalversion/printers.go` of Kubernetes.

use serde_json::{Map, Value, json};

use super::built_in::{age, created_at, field, flag, joined, list, or_else};
use super::{Printed, text};

/// The columns of a kind of storage, or of a bound; none for other kinds.
pub(super) fn columns(kind: &str) -> Option<Vec<Printed<'static>>> {
    Some(match kind {
        "PersistentVolume" => volume(),
        "PersistentVolumeClaim" => claim(),
        "StorageClass" => storage_class(),
        "VolumeAttachment" => attachment(),
        "CSIDriver" => driver(),
        "CSINode" => vec![
            Printed::name(),
            Printed::new("Drivers", "integer", "Drivers on the node.", |node, _| {
                json!(list(node, "/spec/drivers").len())
            }),
            age(),
        ],
        "CSIStorageCapacity" => vec![
            Printed::name(),
            field(
                "StorageClassName",
                "/storageClassName",
                "The class of the storage.",
            ),
            field("Capacity", "/capacity", "How much there is."),
        ],
        "LimitRange" => created_at(),
        "ResourceQuota" => quota(),
        _ => return None,
    })
}

fn access_modes(volume: &Value, pointer: &str) -> Value {
    let short = |mode: &Value| match mode.as_str().unwrap_or_default() {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => "",
    };
    let mut modes: Vec<&str> = list(volume, pointer).iter().map(short).collect();
    modes.sort_by_key(|mode| {
        ["RWO", "ROX", "RWX", "RWOP"]
            .iter()
            .position(|known| known == mode)
    });
    modes.dedup();
    Value::String(joined(modes.into_iter()))
}

fn phase(volume: &Value) -> Value {
    let going = !text(volume, "/metadata/deletionTimestamp").is_empty();
    Value::from(if going {
        "Terminating"
    } else {
        text(volume, "/status/phase")
    })
}

fn volume_mode() -> Printed<'static> {
    Printed::new(
        "VolumeMode",
        "string",
        "Whether it is a file system or a block device.",
        |volume, _| or_else(text(volume, "/spec/volumeMode"), "<unset>"),
    )
    .wide()
}

fn attributes_class() -> Printed<'static> {
    Printed::new(
        "VolumeAttributesClass",
        "string",
        "The class of its attributes.",
        |volume, _| or_else(text(volume, "/spec/volumeAttributesClassName"), "<unset>"),
    )
}

fn volume() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field("Capacity", "/spec/capacity/storage", "How large it is."),
        Printed::new("Access Modes", "string", "How it may be mounted.", |volume, _| {
            access_modes(volume, "/spec/accessModes")
        }),
        field(
            "Reclaim Policy",
            "/spec/persistentVolumeReclaimPolicy",
            "What becomes of it at the end.",
        ),
        Printed::new("Status", "string", "Its state.", |volume, _| phase(volume)),
        Printed::new("Claim", "string", "Who claims it.", |volume, _| {
            match text(volume, "/spec/claimRef/name") {
                "" => Value::from(""),
                name => Value::String(format!("{}/{name}", text(volume, "/spec/claimRef/namespace"))),
            }
        }),
        field("StorageClass", "/spec/storageClassName", "Its class."),
        attributes_class(),
        field("Reason", "/status/reason", "Why it is so."),
        age(),
        volume_mode(),
    ]
}

fn claim() -> Vec<Printed<'static>> {
    fn bound(claim: &Value) -> bool {
        !text(claim, "/spec/volumeName").is_empty()
    }
    vec![
        Printed::name(),
        Printed::new("Status", "string", "Its state.", |claim, _| phase(claim)),
        field("Volume", "/spec/volumeName", "The volume that it has."),
        Printed::new("Capacity", "string", "How large the volume is.", |claim, _| {
            let size = text(claim, "/status/capacity/storage");
            Value::from(if bound(claim) { size } else { "" })
        }),
        Printed::new(
            "Access Modes",
            "string",
            "How the volume may be mounted.",
            |claim, _| {
                if bound(claim) {
                    access_modes(claim, "/status/accessModes")
                } else {
                    Value::from("")
                }
            },
        ),
        field("StorageClass", "/spec/storageClassName", "Its class."),
        attributes_class(),
        age(),
        volume_mode(),
    ]
}

fn storage_class() -> Vec<Printed<'static>> {
    let name = Printed {
        format: "name",
        ..Printed::new(
            "Name",
            "string",
            "Its name, and whether it is the default.",
            |class, _| {
                let annotation = text(
                    class,
                    "/metadata/annotations/storageclass.kubernetes.io~1is-default-class",
                );
                let name = text(class, "/metadata/name");
                Value::String(if annotation == "true" {
                    format!("{name} (default)")
                } else {
                    name.to_owned()
                })
            },
        )
    };
    vec![
        name,
        field("Provisioner", "/provisioner", "Who makes its volumes."),
        Printed::new("ReclaimPolicy", "string", "What becomes of them.", |class, _| {
            or_else(text(class, "/reclaimPolicy"), "Delete")
        }),
        Printed::new(
            "VolumeBindingMode",
            "string",
            "When they are made.",
            |class, _| or_else(text(class, "/volumeBindingMode"), "Immediate"),
        ),
        Printed::new(
            "AllowVolumeExpansion",
            "string",
            "Whether they can grow.",
            |class, _| Value::Bool(flag(class, "/allowVolumeExpansion")),
        ),
        age(),
    ]
}

fn attachment() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field("Attacher", "/spec/attacher", "Who attaches it."),
        field("PV", "/spec/source/persistentVolumeName", "The volume."),
        field("Node", "/spec/nodeName", "The node."),
        Printed::new(
            "Attached",
            "boolean",
            "Whether it is attached.",
            |attachment, _| Value::Bool(flag(attachment, "/status/attached")),
        ),
        age(),
    ]
}

fn driver() -> Vec<Printed<'static>> {
    let is = |name, pointer: &'static str, otherwise: bool, description| {
        Printed::new(name, "boolean", description, move |driver: &Value, _| {
            Value::Bool(
                driver
                    .pointer(pointer)
                    .and_then(Value::as_bool)
                    .unwrap_or(otherwise),
            )
        })
    };
    vec![
        Printed::name(),
        is(
            "AttachRequired",
            "/spec/attachRequired",
            true,
            "Whether volumes are attached first.",
        ),
        is(
            "PodInfoOnMount",
            "/spec/podInfoOnMount",
            false,
            "Whether it is told of the Pod.",
        ),
        is(
            "StorageCapacity",
            "/spec/storageCapacity",
            false,
            "Whether it tells how much room there is.",
        ),
        Printed::new(
            "TokenRequests",
            "string",
            "For whom it wants tokens.",
            |driver, _| {
                let audiences = list(driver, "/spec/tokenRequests")
                    .iter()
                    .map(|token| text(token, "/audience"));
                or_else(&joined(audiences), "<unset>")
            },
        ),
        is(
            "RequiresRepublish",
            "/spec/requiresRepublish",
            false,
            "Whether it is called again and again.",
        ),
        Printed::new(
            "Modes",
            "string",
            "What sort of volumes it makes.",
            |driver, _| {
                let modes = list(driver, "/spec/volumeLifecycleModes")
                    .iter()
                    .filter_map(Value::as_str);
                or_else(&joined(modes), "Persistent")
            },
        ),
        age(),
    ]
}

fn quota() -> Vec<Printed<'static>> {
    fn used(quota: &Value, limits: bool) -> Value {
        let empty = Map::new();
        let hard = quota
            .pointer("/status/hard")
            .and_then(Value::as_object)
            .unwrap_or(&empty);
        let mut names: Vec<&String> = hard
            .keys()
            .filter(|name| name.starts_with("limits") == limits)
            .collect();
        names.sort_unstable();
        let shown = names.into_iter().map(|name| {
            let amount = |of: &str| {
                let found = quota
                    .pointer("/status")
                    .and_then(|status| status.get(of)?.get(name)?.as_str());
                found.unwrap_or("0").to_owned()
            };
            format!("{name}: {}/{}", amount("used"), amount("hard"))
        });
        Value::String(shown.collect::<Vec<_>>().join(", "))
    }
    vec![
        Printed::name(),
        Printed::new(
            "Request",
            "string",
            "What is asked for, of what may be.",
            |quota, _| used(quota, false),
        ),
        Printed::new("Limit", "string", "Limits, of what they may be.", |quota, _| {
            used(quota, true)
        }),
        age(),
    ]
}
