//! Hosts of other providers' inventories, as a ByoHost would say the same: Metal3's BareMetalHost and Tinkerbell's Hardware. They
//! are only read; what they are at follows from it by the same rules.

use std::collections::BTreeMap;

use fleetui_base::GroupKind;
use serde_json::Value;

use super::host::HostFacts;
use super::reader::Reader;
use crate::byoh::host::{ByoHostSpec, ByoHostStatus, HostFailure, HostInfo, HostMaintenance, HostQuarantine};
use crate::byoh::names;
use crate::json::Json;
use crate::kinds::{METAL3, TINKERBELL};
use crate::labels;
use crate::v1beta2::{ObjectReference, OldCondition};

/// Annotation on a BareMetalHost: its controller leaves it alone.
const METAL3_PAUSED: &str = "baremetalhost.metal3.io/paused";
/// Annotation on a BareMetalHost: it is taken out of management.
const METAL3_DETACHED: &str = "baremetalhost.metal3.io/detached";
/// Annotations on a BareMetalHost: Cluster API's provider does not choose it. The key has changed once.
const METAL3_UNHEALTHY: [&str; 2] = ["capm3.metal3.io/unhealthy", "capi.metal3.io/unhealthy"];

/// Labels on a Hardware: the TinkerbellMachine that has taken it.
const TINKERBELL_OWNER: &str = "v1alpha1.tinkerbell.org/ownerName";
const TINKERBELL_OWNER_NAMESPACE: &str = "v1alpha1.tinkerbell.org/ownerNamespace";
/// Annotation on a Hardware: its workflow has come to its end.
const TINKERBELL_PROVISIONED: &str = "v1alpha1.tinkerbell.org/provisioned";

/// Reads a host of another provider's inventory; nothing of any other kind.
pub(super) fn host(reader: &mut Reader<'_>, kind: &GroupKind) -> Option<HostFacts> {
    let mut host = match (kind.group.as_ref(), kind.kind.as_ref()) {
        (METAL3, "BareMetalHost") => bare_metal_host(reader),
        (TINKERBELL, "Hardware") => hardware(reader),
        _ => return None,
    };
    host.labels = reader
        .labels()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    if let Some(paused) = reader.annotation(labels::PAUSED) {
        host.annotations
            .insert(labels::PAUSED.to_owned(), paused.to_owned());
    }
    Some(host)
}

fn bare_metal_host(reader: &mut Reader<'_>) -> HostFacts {
    let state = reader
        .text(&["status.provisioning.state"])
        .unwrap_or_default()
        .to_owned();
    let consumer = consumer(reader);
    let mut host = HostFacts {
        inventory: Some(
            if state.is_empty() {
                "not looked at yet"
            } else {
                &state
            }
            .into(),
        ),
        ..HostFacts::default()
    };
    let (spec, status) = (&mut host.spec, &mut host.status);
    status.capacity = [
        (
            "cpu",
            reader.integer(&["status.hardware.cpu.count"]).map(Value::from),
        ),
        (
            "memory",
            reader
                .integer(&["status.hardware.ramMebibytes"])
                .map(|mebibytes| Value::from(memory(mebibytes))),
        ),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    let info = || HostInfo::default();
    match state.as_str() {
        "available" | "ready" => {
            status.hostinfo = Some(info());
            spec.claim_ref = consumer;
        }
        "provisioning" => installing(spec, consumer),
        "provisioned" | "externally provisioned" => in_use(spec, status, consumer),
        "deprovisioning" | "deleting" | "powering off before delete" => {
            spec.claim_ref = consumer;
            host.annotations
                .insert(names::UNREGISTERING.to_owned(), String::new());
        }
        // Registering, inspecting, preparing, and whatever else is on the way to be available.
        _ => {}
    }
    if let Some(architecture) = reader.text(&["status.hardware.cpu.arch"]) {
        let told = host.status.hostinfo.get_or_insert_with(info);
        told.architecture = Some(architecture_of(architecture));
        // What is on the way is not free although it has been looked at once.
        if matches!(
            state.as_str(),
            "" | "unmanaged" | "registering" | "inspecting" | "match profile" | "preparing"
        ) {
            host.status.hostinfo = None;
        }
    }
    overlays(reader, &mut host);
    host
}

/// What lies over the state of a BareMetalHost.
fn overlays(reader: &mut Reader<'_>, host: &mut HostFacts) {
    let operational = reader.text(&["status.operationalStatus"]).unwrap_or_default();
    let message = reader
        .text(&["status.errorMessage"])
        .unwrap_or_default()
        .to_owned();
    let kind = reader.text(&["status.errorType"]).unwrap_or_default().to_owned();
    if operational == "error" || !message.is_empty() {
        let count = reader.integer(&["status.errorCount"]).unwrap_or(1).max(1);
        host.status.quarantine = Some(HostQuarantine {
            failures: u32::try_from(count).unwrap_or(u32::MAX),
            failure: Some(HostFailure {
                step: if kind.is_empty() { "error".to_owned() } else { kind },
                last_lines: Some(message).filter(|it| !it.is_empty()).into_iter().collect(),
                ..HostFailure::default()
            }),
            since: Some(
                reader
                    .text(&["status.lastUpdated"])
                    .unwrap_or("unknown")
                    .to_owned(),
            ),
            until: None,
        });
    }
    let detached = operational == "detached" || reader.annotation(METAL3_DETACHED).is_some();
    let why = match operational {
        _ if detached => Some("detached"),
        "servicing" => Some("servicing"),
        _ => None,
    };
    host.spec.maintenance = why.map(|why| HostMaintenance {
        reason: Some(why.to_owned()),
        mode: None,
    });
    let mut unhealthy = METAL3_UNHEALTHY.into_iter();
    if unhealthy.any(|key| reader.annotation(key).is_some()) {
        let why = "marked as unhealthy".to_owned();
        host.annotations.insert(names::HELD_BACK.to_owned(), why);
    }
    if let Some(paused) = reader.annotation(METAL3_PAUSED) {
        host.annotations
            .insert(labels::PAUSED.to_owned(), paused.to_owned());
    }
}

/// A quantity of memory, as hosts of a pool tell theirs: in gibibytes where it is whole ones.
fn memory(mebibytes: i64) -> String {
    match (mebibytes, mebibytes % 1024) {
        (0, _) | (_, 1..) => format!("{mebibytes}Mi"),
        (whole, _) => format!("{}Gi", whole / 1024),
    }
}

/// Who has a BareMetalHost.
fn consumer(reader: &mut Reader<'_>) -> Option<ObjectReference> {
    let name = reader.text(&["spec.consumerRef.name"])?.to_owned();
    let mut text = |path: &str| reader.text(&[path]).map(str::to_owned);
    Some(ObjectReference {
        name: Some(name),
        api_version: text("spec.consumerRef.apiVersion"),
        kind: text("spec.consumerRef.kind"),
        namespace: text("spec.consumerRef.namespace"),
        ..ObjectReference::default()
    })
}

fn hardware(reader: &mut Reader<'_>) -> HostFacts {
    let owner = reader.label(TINKERBELL_OWNER).map(|name| ObjectReference {
        api_version: Some("infrastructure.cluster.x-k8s.io/v1beta1".to_owned()),
        kind: Some("TinkerbellMachine".to_owned()),
        name: Some(name.to_owned()),
        namespace: reader.label(TINKERBELL_OWNER_NAMESPACE).map(str::to_owned),
        ..ObjectReference::default()
    });
    let provisioned = reader.annotation(TINKERBELL_PROVISIONED) == Some("true");
    let word = match (&owner, provisioned) {
        (_, true) => "provisioned",
        (Some(_), false) => "provisioning",
        (None, false) => "available",
    };
    let mut host = HostFacts {
        inventory: Some(word.into()),
        ..HostFacts::default()
    };
    let interfaces = reader.list("spec.interfaces");
    let architecture = interfaces
        .iter()
        .find_map(|interface| interface.get("dhcp")?.get("arch")?.as_str());
    host.status.hostinfo = Some(HostInfo {
        architecture: architecture.map(architecture_of),
        osimage: reader
            .text(&["spec.metadata.instance.operating_system.slug"])
            .map(str::to_owned),
        osname: None,
    });
    let resources = reader.at("spec.resources").and_then(Json::as_object);
    let resources = resources.into_iter().flat_map(crate::json::Fields::iter);
    host.status.capacity = resources
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect::<BTreeMap<_, _>>();
    match word {
        "provisioned" => in_use(&mut host.spec, &mut host.status, owner),
        "provisioning" => installing(&mut host.spec, owner),
        _ => {}
    }
    host
}

/// A machine has it, and the system is being written to it.
fn installing(spec: &mut ByoHostSpec, by: Option<ObjectReference>) {
    spec.claim_ref = Some(by.unwrap_or_default());
    spec.installation_secret = Some(ObjectReference::default());
}

/// The system is on it and runs.
fn in_use(spec: &mut ByoHostSpec, status: &mut ByoHostStatus, by: Option<ObjectReference>) {
    spec.claim_ref = Some(by.unwrap_or_default());
    status.hostinfo.get_or_insert_with(HostInfo::default);
    status.conditions.push(OldCondition {
        last_transition_time: String::new(),
        status: "True".to_owned(),
        kind: names::BOOTSTRAP_SUCCEEDED.to_owned(),
        message: None,
        reason: None,
        severity: None,
    });
}

/// The architecture in Kubernetes' words.
fn architecture_of(told: &str) -> String {
    match told {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        told => told,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::facts::Facts;
    use crate::kinds::Role;

    fn read(object: &Value) -> HostFacts {
        let facts = Facts::read(object);
        assert_eq!(facts.role, Role::Host, "{object}");
        assert!(facts.broken.is_empty(), "{:?}", facts.broken);
        *facts.particulars.unwrap().host.unwrap()
    }

    fn metal3(state: &str, spec: &Value, status: &Value) -> HostFacts {
        let mut object = json!({
            "apiVersion": "metal3.io/v1alpha1", "kind": "BareMetalHost",
            "metadata": {"name": "bmh-1", "namespace": "metal3", "labels": {"site": "a"}},
            "spec": {
                "online": true, "bootMACAddress": "00:5c:52:31:3a:9c",
                "bmc": {"address": "redfish://192.0.2.9", "credentialsName": "bmh-1-bmc"},
            },
            "status": {
                "operationalStatus": "OK", "errorCount": 0, "errorMessage": "", "poweredOn": true,
                "provisioning": {"state": state, "ID": "x"},
                "hardware": {"cpu": {"arch": "x86_64", "count": 16}, "ramMebibytes": 65536, "hostname": "bmh-1"},
            },
        });
        for (part, more) in [("spec", spec), ("status", status)] {
            for (key, value) in more.as_object().unwrap() {
                object[part][key] = value.clone();
            }
        }
        read(&object)
    }

    #[test]
    fn a_bare_metal_host_says_what_it_has_and_who_has_it() {
        let consumer = json!({"consumerRef": {
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": "Metal3Machine",
            "namespace": "metal3", "name": "prod-md-0-abc",
        }});
        let used = metal3("provisioned", &consumer, &json!({}));
        assert_eq!(used.inventory.as_deref(), Some("provisioned"));
        assert_eq!(used.labels["site"], "a");
        assert_eq!(used.status.capacity["cpu"], 16);
        assert_eq!(used.status.capacity["memory"], "64Gi");
        assert_eq!(
            (memory(65_537), memory(0)),
            ("65537Mi".to_owned(), "0Mi".to_owned())
        );
        let info = used.status.hostinfo.unwrap();
        assert_eq!(info.architecture.as_deref(), Some("amd64"));
        let claim = used.spec.claim_ref.unwrap();
        assert_eq!(
            (claim.kind.as_deref(), claim.name.as_deref()),
            (Some("Metal3Machine"), Some("prod-md-0-abc"))
        );
        assert!(
            metal3("inspecting", &json!({}), &json!({}))
                .status
                .hostinfo
                .is_none()
        );
        let free = metal3("available", &json!({}), &json!({}));
        assert!(free.spec.claim_ref.is_none() && free.status.hostinfo.is_some());
    }

    #[test]
    fn what_went_wrong_on_a_bare_metal_host_is_told_in_its_words() {
        let status = json!({
            "operationalStatus": "error", "errorType": "power management error", "errorCount": 3,
            "errorMessage": "the BMC does not answer",
        });
        let held = metal3("available", &json!({}), &status)
            .status
            .quarantine
            .unwrap();
        let failure = held.failure.unwrap();
        assert_eq!(
            (held.failures, failure.step.as_str()),
            (3, "power management error")
        );
        assert_eq!(failure.last_lines, ["the BMC does not answer"]);
        let detached = metal3(
            "provisioned",
            &json!({}),
            &json!({"operationalStatus": "detached"}),
        );
        assert_eq!(
            detached.spec.maintenance.unwrap().reason.as_deref(),
            Some("detached")
        );
    }

    #[test]
    fn a_hardware_is_taken_by_its_labels_and_done_by_its_annotation() {
        let hardware = |labels: Value, annotations: Value| {
            read(&json!({
                "apiVersion": "tinkerbell.org/v1alpha1", "kind": "Hardware",
                "metadata": {"name": "hw-1", "namespace": "tink", "labels": labels, "annotations": annotations},
                "spec": {
                    "disks": [{"device": "/dev/nvme0n1"}],
                    "interfaces": [{"dhcp": {"arch": "aarch64", "mac": "3c:ec:ef:4c:4f:54", "hostname": "hw-1"}}],
                    "metadata": {"instance": {"operating_system": {"slug": "ubuntu_22_04"}}},
                    "resources": {"cpu": "8", "memory": "32Gi"},
                },
            }))
        };
        let free = hardware(json!({}), json!({}));
        assert_eq!(free.inventory.as_deref(), Some("available"));
        assert!(free.spec.claim_ref.is_none());
        assert_eq!(free.status.capacity["memory"], "32Gi");
        assert_eq!(
            free.status.hostinfo.unwrap().architecture.as_deref(),
            Some("arm64")
        );
        let owner = json!({TINKERBELL_OWNER: "prod-md-0-abc", TINKERBELL_OWNER_NAMESPACE: "tink"});
        let taken = hardware(owner.clone(), json!({}));
        assert!(taken.spec.installation_secret.is_some() && taken.status.conditions.is_empty());
        let used = hardware(owner, json!({TINKERBELL_PROVISIONED: "true"}));
        assert_eq!(
            used.spec.claim_ref.unwrap().name.as_deref(),
            Some("prod-md-0-abc")
        );
        assert_eq!(used.status.conditions[0].kind, names::BOOTSTRAP_SUCCEEDED);
    }
}
