//! What the controllers ask of a management cluster, as rules of RBAC. In the stories of the tests they may do nothing else.

use crate::kinds::{self, Watched};

/// A rule: what may be done with a resource, in all namespaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The resource, `machines` or `machines/status`; `*` for all of the group.
    pub resource: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verbs: Vec<&'static str>,
    /// What it is for, in a few words.
    pub why: &'static str,
}

impl Permission {
    /// A rule.
    pub fn new(group: &'static str, resource: &str, verbs: &[&'static str], why: &'static str) -> Self {
        Self {
            group,
            resource: resource.to_owned(),
            verbs: verbs.to_vec(),
            why,
        }
    }
}

const KINDS: &str = "the kinds that are reconciled, and what they are made from";
const STATUS: &str = "what is told of them";
const OWNERS: &str = "owners whose deletion waits for what they own, where the server checks that \
    (OwnerReferencesPermissionEnforcement)";
const TEMPLATES: &str = "templates that a ClusterClass names: their kinds are the provider's to choose";
const REPAIRS: &str = "repairs by somebody else, which a MachineHealthCheck asks for: likewise";

/// What is done with the objects of a watched kind beside reading them; `finalizers` where they own others.
fn deeds(kind: Watched) -> &'static [&'static str] {
    match kind {
        Watched::MachineSet | Watched::Machine | Watched::KubeadmConfig | Watched::ByoMachine => {
            &["create", "delete", "patch", "status", "finalizers"]
        }
        Watched::DevMachine => &["create", "delete", "patch", "status"],
        Watched::ClusterResourceSetBinding => &["create", "delete", "patch"],
        Watched::K8sInstallerConfig => &["create", "patch", "status", "finalizers"],
        Watched::MachineDeployment | Watched::MachinePool | Watched::KubeadmControlPlane => {
            &["delete", "patch", "status", "finalizers"]
        }
        Watched::DevCluster | Watched::DevMachinePool | Watched::ByoCluster => &["delete", "patch", "status"],
        Watched::Cluster
        | Watched::MachineHealthCheck
        | Watched::ClusterResourceSet
        | Watched::ByoHost
        | Watched::ByoMachineTemplate => &["patch", "status"],
        Watched::KubeadmConfigTemplate
        | Watched::DevMachineTemplate
        | Watched::K8sInstallerConfigTemplate => &["patch"],
        Watched::ClusterClass => &["status"],
        Watched::MachineDrainRule => &[],
    }
}

/// The rules of a watched kind.
fn of_kind(kind: Watched) -> Vec<Permission> {
    let [group, _, plural, _] = kind.names();
    let mut verbs = vec!["list", "watch"];
    let deeds = deeds(kind);
    if deeds.contains(&"create") {
        // Whether it was made is asked where the answer did not arrive.
        verbs.push("get");
    }
    verbs.extend(
        deeds
            .iter()
            .filter(|deed| !["status", "finalizers"].contains(*deed)),
    );
    let part = |deed: &str, verb: &'static str, why: &'static str| {
        let asked = deeds.contains(&deed);
        asked.then(|| Permission::new(group, &format!("{plural}/{deed}"), &[verb], why))
    };
    let whole = Permission::new(group, plural, &verbs, KINDS);
    let parts = [
        part("status", "patch", STATUS),
        part("finalizers", "update", OWNERS),
    ];
    std::iter::once(whole)
        .chain(parts.into_iter().flatten())
        .collect()
}

/// Everything that the controllers ask for, the more special rules first.
///
/// Beside it every user has what Kubernetes gives to all: discovery, and to ask what one may.
pub fn permissions() -> Vec<Permission> {
    let mut all: Vec<Permission> = kinds::ALL.into_iter().flat_map(of_kind).collect();
    all.extend([
        Permission::new(
            "",
            "configmaps",
            &["get", "list", "watch", "create", "patch", "delete"],
            "what a ClusterResourceSet brings, and who initialises a cluster",
        ),
        Permission::new(
            "",
            "secrets",
            &["get", "list", "watch", "create", "patch"],
            "certificates, kubeconfigs and bootstrap data of clusters",
        ),
        Permission::new("", "events", &["create", "patch"], "what people are told"),
        Permission::new(
            "apiextensions.k8s.io",
            "customresourcedefinitions",
            &["get"],
            "which version of a template keeps the contract",
        ),
    ]);
    let providers = [
        Watched::KubeadmConfig,
        Watched::KubeadmControlPlane,
        Watched::DevMachine,
    ];
    let templates = providers.map(|kind| Permission::new(kind.group(), "*", &["get", "patch"], TEMPLATES));
    all.extend(templates);
    let infrastructure = Watched::DevMachine.group();
    let verbs = ["get", "list", "create", "delete"];
    all.push(Permission::new(infrastructure, "*", &verbs, REPAIRS));
    all
}
