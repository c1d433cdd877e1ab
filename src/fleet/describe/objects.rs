//! What a description is made from: the whole objects of one cluster, as they were read, in the newest version of their kinds.

use std::collections::BTreeMap;

use fleetui_api::convert::{self, NEW_VERSION};
use fleetui_api::kinds::{CONTROL_PLANE, CORE};
use fleetui_base::GroupKind;
use serde_json::Value;

/// A kind and a name; what references say of an object of the cluster's own namespace.
pub type Referred = (GroupKind, String);

/// The objects of one cluster.
#[derive(Debug, Clone, Default)]
pub struct ClusterObjects {
    /// The Cluster.
    pub cluster: Value,
    /// The Machines that carry its label.
    pub machines: Vec<Value>,
    /// The MachineDeployments that carry its label.
    pub machine_deployments: Vec<Value>,
    /// The MachineSets that carry its label.
    pub machine_sets: Vec<Value>,
    /// The MachinePools that carry its label.
    pub machine_pools: Vec<Value>,
    /// What those refer to, as far as it is there.
    pub referred: BTreeMap<Referred, Value>,
    /// The ClusterResourceSetBinding of its name.
    pub resource_set_binding: Option<Value>,
    /// What the definitions of the kinds that are referred to say of Cluster API's contract.
    pub contracts: BTreeMap<GroupKind, Contract>,
    /// Kinds that may not be read, so that what of them belongs to the cluster is left out.
    pub denied: Vec<GroupKind>,
}

/// The newest contract that a kind keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Its name, `v1beta2`.
    pub name: String,
    /// The version of the kind that keeps it.
    pub version: String,
}

impl ClusterObjects {
    /// What the tree shows of the things that are referred to: infrastructure, control plane and bootstrap configurations.
    pub fn references(&self) -> Vec<Referred> {
        let of_cluster = ["/spec/infrastructureRef", "/spec/controlPlaneRef"];
        let mut found: Vec<Referred> = of_cluster
            .iter()
            .filter_map(|pointer| reference(&self.cluster, pointer))
            .collect();
        for machine in &self.machines {
            found.extend(MACHINE.iter().filter_map(|pointer| reference(machine, pointer)));
        }
        for pool in &self.machine_pools {
            found.extend(TEMPLATE.iter().filter_map(|pointer| reference(pool, pointer)));
        }
        found.sort();
        found.dedup();
        found
    }

    /// The templates that the control plane and the deployments name, which are never read but for their contract.
    pub fn templates(&self) -> Vec<GroupKind> {
        let control_plane = self.control_plane();
        let of_control_plane = control_plane.and_then(|object| {
            let pointers = [
                "/spec/machineTemplate/spec/infrastructureRef",
                "/spec/machineTemplate/infrastructureRef",
            ];
            pointers.iter().find_map(|pointer| reference(object, pointer))
        });
        let of_deployments = self.machine_deployments.iter().flat_map(|deployment| {
            TEMPLATE
                .iter()
                .filter_map(|pointer| reference(deployment, pointer))
        });
        let mut kinds: Vec<GroupKind> = of_control_plane
            .into_iter()
            .chain(of_deployments)
            .map(|(kind, _)| kind)
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }

    /// The control plane that the Cluster refers to.
    pub(super) fn control_plane(&self) -> Option<&Value> {
        self.referred
            .get(&reference(&self.cluster, "/spec/controlPlaneRef")?)
    }

    /// The contract that the kind of an object keeps; of one whose definition could not be read, what its version suggests.
    pub(super) fn contract<'a>(&'a self, object: &'a Value) -> &'a str {
        let (group, version) = api_version(object);
        match self.contracts.get(&GroupKind::new(group, text(object, "/kind"))) {
            Some(contract) => &contract.name,
            None if group == CONTROL_PLANE && version == NEW_VERSION => NEW_VERSION,
            None => "v1beta1",
        }
    }
}

/// Where a Machine refers to infrastructure and bootstrap configuration.
pub(super) const MACHINE: [&str; 2] = ["/spec/infrastructureRef", "/spec/bootstrap/configRef"];
/// Where what makes machines refers to theirs.
pub(super) const TEMPLATE: [&str; 2] = [
    "/spec/template/spec/infrastructureRef",
    "/spec/template/spec/bootstrap/configRef",
];

/// An object of Cluster API's own group in the version whose fields are read here. One that cannot be converted stays as it is.
pub fn newest(object: Value) -> Value {
    let (group, version) = api_version(&object);
    if group != CORE || version == NEW_VERSION {
        return object;
    }
    let kind = text(&object, "/kind").to_owned();
    let versions = |_: &str, _: &str| None;
    convert::convert(CORE, &kind, object.clone(), NEW_VERSION, &versions).unwrap_or(object)
}

/// Group and version of an object.
pub(super) fn api_version(object: &Value) -> (&str, &str) {
    let text = text(object, "/apiVersion");
    text.split_once('/').unwrap_or(("", text))
}

/// The text there, else nothing.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The reference there: with a group as v1beta2 writes it, or with an apiVersion as v1beta1 did.
pub(super) fn reference(object: &Value, pointer: &str) -> Option<Referred> {
    let found = object.pointer(pointer)?;
    let (kind, name) = (text(found, "/kind"), text(found, "/name"));
    let group = match text(found, "/apiGroup") {
        "" => api_version(found).0,
        group => group,
    };
    (!kind.is_empty() && !name.is_empty()).then(|| (GroupKind::new(group, kind), name.to_owned()))
}

/// Whether the controller of an object is the one of that group, kind and name.
pub(super) fn is_controlled_by(object: &Value, group: &str, kind: &str, name: &str) -> bool {
    let owners = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    let controller = owners
        .into_iter()
        .flatten()
        .find(|owner| owner.get("controller") == Some(&Value::Bool(true)));
    controller.is_some_and(|owner| {
        api_version(owner).0 == group && text(owner, "/kind") == kind && text(owner, "/name") == name
    })
}
