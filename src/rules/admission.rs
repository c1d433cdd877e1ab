//! What Cluster API's webhooks decide when an object is written: the fields that they fill in, and what they refuse, with the
//! texts that users know.
//!
//! Objects come in the version in which they are stored. Whoever stores objects asks here, so that an embedded management
//! cluster refuses what a real one refuses.
//!
//! Must not know: the API server, the store. Other objects come through `Lookup`.

mod addons;
mod byo_host;
mod cluster;
mod cluster_class;
mod extension_config;
mod field;
mod ipam;
mod kubeadm_config;
mod kubeadm_control_plane;
mod labels;
mod machine;
mod machine_health_check;
mod machine_pool;
mod machine_template;
mod replicas;
mod selector;
mod taints;
mod templates;
mod topology;
mod violation;

use serde_json::Value;

use fleetui_api::kinds::{ADDONS, BOOTSTRAP, CONTROL_PLANE, CORE, INFRASTRUCTURE};

pub use labels::why_no_label;
pub use machine::NODE_DELETION_TIMEOUT_SECONDS;
pub use machine_template::DELETION_ORDER;
pub use topology::reconciled_class;
pub use violation::{Reason, Violation};

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It is new.
    Create,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
}

/// One write that is to be judged.
#[derive(Clone, Copy)]
pub struct Write<'a> {
    /// The API group of the object.
    pub group: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// What is done to it.
    pub operation: Operation,
    /// The object as it is stored; none where it is created.
    pub old: Option<&'a Value>,
    /// The object as it would be stored; the one that goes where it is deleted.
    pub object: &'a Value,
    /// Whether nothing will be stored.
    pub dry_run: bool,
}

/// Other objects, as they are stored.
pub trait Lookup {
    /// One object, or none.
    fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<Value>;

    /// All objects of a kind in a namespace; in all namespaces where it is empty.
    fn list(&self, group: &str, kind: &str, namespace: &str) -> Vec<Value>;
}

/// Why a write is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The webhook that would say so, `validation.machine.cluster.x-k8s.io`.
    pub webhook: String,
    /// What is wrong.
    pub refusal: Refusal,
}

/// What is wrong with a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Fields are wrong.
    Invalid {
        /// The group that the answer names.
        group: &'static str,
        /// The kind.
        kind: String,
        /// The object.
        name: String,
        /// The fields; at least one.
        violations: Vec<Violation>,
    },
    /// It may not be, for a reason that is no single field's.
    Forbidden(String),
}

/// Whether writes of this kind are judged, where it is stored in this version. What is stored in an older one is plain data.
pub fn judges(group: &str, version: &str, kind: &str) -> bool {
    let stored = if kind.starts_with(HOSTS) {
        fleetui_api::byoh::VERSION
    } else {
        STORED
    };
    version == stored && rule_of(group, kind).is_some()
}

/// Fills in what the defaulting webhook of the kind fills in.
pub fn default(write: &Write, object: &mut Value, lookup: &dyn Lookup) -> Result<(), Denial> {
    let Some(rule) = rule_of(write.group, write.kind) else {
        return Ok(());
    };
    let Some(default) = rule.default else {
        return Ok(());
    };
    default(write, object, lookup).map_err(|violations| denial("default", rule, write, violations))
}

/// Judges a write; answers with warnings for the client.
pub fn validate(write: &Write, lookup: &dyn Lookup) -> Result<Vec<String>, Denial> {
    let Some(rule) = rule_of(write.group, write.kind) else {
        return Ok(Vec::new());
    };
    let mut verdict = Verdict::default();
    (rule.validate)(write, lookup, &mut verdict);
    if let Some(text) = verdict.forbidden {
        return Err(Denial {
            webhook: webhook("validation", rule),
            refusal: Refusal::Forbidden(text),
        });
    }
    if verdict.violations.is_empty() {
        Ok(verdict.warnings)
    } else {
        Err(denial("validation", rule, write, verdict.violations))
    }
}

/// Judges a change of replicas through the scale subresource, which has a webhook of its own for control planes.
pub fn validate_scale(group: &str, kind: &str, object: &Value, replicas: i64) -> Result<(), Denial> {
    if (group, kind) != (CONTROL_PLANE, "KubeadmControlPlane") {
        return Ok(());
    }
    kubeadm_control_plane::check_scale(object, replicas).map_err(|text| Denial {
        webhook: "validation-scale.kubeadmcontrolplane.controlplane.cluster.x-k8s.io".to_owned(),
        refusal: Refusal::Forbidden(text),
    })
}

/// What a judge finds.
#[derive(Debug, Default)]
struct Verdict {
    violations: Vec<Violation>,
    warnings: Vec<String>,
    forbidden: Option<String>,
}

impl Verdict {
    fn add(&mut self, violation: Violation) {
        self.violations.push(violation);
    }
}

type Default = fn(&Write, &mut Value, &dyn Lookup) -> Result<(), Vec<Violation>>;
type Validate = fn(&Write, &dyn Lookup, &mut Verdict);

/// The webhooks of one kind.
struct Rule {
    group: &'static str,
    kind: &'static str,
    default: Option<Default>,
    validate: Validate,
}

/// The group that a denial names for kubeadm's kinds is the core one, as upstream has it for the control plane.
fn named_group(rule: &Rule) -> &'static str {
    match rule.group {
        CONTROL_PLANE => CORE,
        group => group,
    }
}

fn denial(purpose: &str, rule: &Rule, write: &Write, violations: Vec<Violation>) -> Denial {
    Denial {
        webhook: webhook(purpose, rule),
        refusal: Refusal::Invalid {
            group: named_group(rule),
            kind: rule.kind.to_owned(),
            name: field::name(write.object).to_owned(),
            violations,
        },
    }
}

fn webhook(purpose: &str, rule: &Rule) -> String {
    format!("{purpose}.{}.{}", rule.kind.to_lowercase(), rule.group)
}

fn rule_of(group: &str, kind: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.group == group && rule.kind == kind)
}

const fn rule(group: &'static str, kind: &'static str, default: Option<Default>, validate: Validate) -> Rule {
    Rule {
        group,
        kind,
        default,
        validate,
    }
}

/// The version in which all kinds are stored, but those of hosts.
const STORED: &str = "v1beta2";
/// How the kinds of hosts begin.
const HOSTS: &str = "Byo";
const IPAM: &str = "ipam.cluster.x-k8s.io";
const RUNTIME: &str = "runtime.cluster.x-k8s.io";

/// Every kind that is judged.
const RULES: &[Rule] = &[
    rule(CORE, "Cluster", Some(cluster::default), cluster::validate),
    rule(CORE, "ClusterClass", None, cluster_class::validate),
    rule(CORE, "Machine", Some(machine::default), machine::validate),
    rule(
        CORE,
        "MachineSet",
        Some(machine_template::default_set),
        machine_template::validate_set,
    ),
    rule(
        CORE,
        "MachineDeployment",
        Some(machine_template::default_deployment),
        machine_template::validate_deployment,
    ),
    rule(
        CORE,
        "MachinePool",
        Some(machine_pool::default),
        machine_pool::validate,
    ),
    rule(
        CORE,
        "MachineHealthCheck",
        Some(machine_health_check::default),
        machine_health_check::validate,
    ),
    rule(
        CORE,
        "MachineDrainRule",
        None,
        machine_health_check::validate_drain_rule,
    ),
    rule(BOOTSTRAP, "KubeadmConfig", None, kubeadm_config::validate),
    rule(
        BOOTSTRAP,
        "KubeadmConfigTemplate",
        None,
        kubeadm_config::validate_template,
    ),
    rule(
        CONTROL_PLANE,
        "KubeadmControlPlane",
        Some(kubeadm_control_plane::default),
        kubeadm_control_plane::validate,
    ),
    rule(
        CONTROL_PLANE,
        "KubeadmControlPlaneTemplate",
        None,
        templates::validate_control_plane,
    ),
    rule(
        ADDONS,
        "ClusterResourceSet",
        Some(addons::default),
        addons::validate_set,
    ),
    rule(
        ADDONS,
        "ClusterResourceSetBinding",
        None,
        addons::validate_binding,
    ),
    rule(IPAM, "IPAddress", None, ipam::validate_address),
    rule(IPAM, "IPAddressClaim", None, ipam::validate_claim),
    rule(
        RUNTIME,
        "ExtensionConfig",
        Some(extension_config::default),
        extension_config::validate,
    ),
    rule(
        INFRASTRUCTURE,
        "DevMachineTemplate",
        None,
        templates::validate_machine,
    ),
    rule(
        INFRASTRUCTURE,
        "DevClusterTemplate",
        None,
        templates::validate_cluster,
    ),
    rule(INFRASTRUCTURE, "ByoHost", None, byo_host::validate),
    rule(
        INFRASTRUCTURE,
        "ByoMachineTemplate",
        None,
        templates::validate_machine,
    ),
    rule(
        INFRASTRUCTURE,
        "AWSMachineTemplate",
        None,
        templates::validate_machine,
    ),
];

#[cfg(test)]
mod tests;
