//! References between objects: with a group (v1beta2), with an apiVersion (v1beta1), and owner references.

use fleetui_base::GroupKind;

use super::Reference;
use super::reader::Reader;
use super::words;
use crate::json::{Fields, Json};
use crate::kinds::Role;

/// Where an object of this role refers to its infrastructure, or to the template of it.
pub(super) fn infrastructure_paths(role: Role) -> &'static [&'static str] {
    match role {
        Role::Cluster | Role::Machine => &["spec.infrastructureRef"],
        Role::MachineDeployment | Role::MachineSet | Role::MachinePool => {
            &["spec.template.spec.infrastructureRef"]
        }
        Role::ControlPlane => &[
            "spec.machineTemplate.spec.infrastructureRef",
            "spec.machineTemplate.infrastructureRef",
        ],
        Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => &[],
    }
}

/// Where an object of this role refers to its bootstrap configuration, or to the template of it.
pub(super) fn bootstrap_paths(role: Role) -> &'static [&'static str] {
    match role {
        Role::Machine => &["spec.bootstrap.configRef"],
        Role::MachineDeployment | Role::MachineSet | Role::MachinePool => {
            &["spec.template.spec.bootstrap.configRef"]
        }
        Role::Cluster
        | Role::ControlPlane
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => &[],
    }
}

/// The first reference that is there.
pub(super) fn read(reader: &mut Reader<'_>, paths: &[&str]) -> Option<Reference> {
    for path in paths {
        let Some(value) = reader.at(path) else { continue };
        // An empty reference is what some writers leave for none.
        if value.as_object().is_some_and(Fields::is_empty) {
            continue;
        }
        match reference(value) {
            // Who refers by uid as well repeats what the owner reference already says.
            Some(found) => return Some(Reference { uid: None, ..found }),
            None => reader.note(path, value),
        }
    }
    None
}

/// The controlling owner, else the first one.
pub(super) fn owner(reader: &mut Reader<'_>) -> Option<Reference> {
    let mut first = None;
    for (index, value) in reader.list("metadata.ownerReferences").iter().enumerate() {
        let Some(owner) = reference(value) else {
            reader.note(&format!("metadata.ownerReferences[{index}]"), value);
            continue;
        };
        if value.get("controller").and_then(Json::as_bool) == Some(true) {
            return Some(owner);
        }
        first.get_or_insert(owner);
    }
    first
}

fn reference(value: &Json<'_>) -> Option<Reference> {
    let text = |key: &str| {
        value
            .get(key)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
    };
    let group = text("apiGroup")
        .or_else(|| {
            Some(
                text("apiVersion")?
                    .rsplit_once('/')
                    .map_or("", |(group, _)| group),
            )
        })
        .unwrap_or_default();
    let kind: GroupKind = words::group_kind(group, text("kind")?);
    Some(Reference {
        kind,
        name: text("name")?.into(),
        uid: text("uid").map(Into::into),
    })
}
