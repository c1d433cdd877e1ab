//! Words that stand in thousands of objects are kept once.

use std::cell::RefCell;
use std::collections::HashMap;

use compact_str::CompactString;
use fleetui_base::GroupKind;

/// The most kinds that are shared on one thread; more exist only where somebody makes them up.
const MOST_KINDS: usize = 1024;

/// Words of Cluster API that are too long to stand inline in a `CompactString`.
const LONG_WORDS: [&str; 31] = [
    "ControlPlaneComponentsHealthy",
    "ControlPlaneMachinesReady",
    "ControlPlaneMachinesUpToDate",
    "ControllerManagerPodHealthy",
    "NodeKubeadmLabelsAndTaintsSet",
    "ControlPlaneComponentsNotHealthy",
    "ControlPlaneComponentsUnhealthy",
    "ControlPlaneComponentsInspectionFailed",
    "ControlPlaneComponentsHealthUnknown",
    "WaitingForControlPlaneAvailable",
    "WaitingForControlPlaneInitialized",
    "WaitingForControlPlaneProviderInitialized",
    "WaitingForClusterInfrastructure",
    "WaitingForBootstrapDataSecret",
    "WaitingForAvailableMachines",
    "WaitingForAvailableReplicasSet",
    "WaitingForInfrastructureDeletion",
    "WaitingForBootstrapDeletion",
    "WaitingForMinReadySeconds",
    "WaitingForPreTerminateHook",
    "WaitingForRemediation",
    "PreDrainDeleteHookSucceeded",
    "PreTerminateDeleteHookSucceeded",
    "MachineDeploymentsUpgradePending",
    "MachineDeploymentsCreatePending",
    "MachineDeploymentsUpgradeDeferred",
    "K8sComponentsInstallationSucceeded",
    "bootstrap.cluster.x-k8s.io/v1beta1",
    "bootstrap.cluster.x-k8s.io/v1beta2",
    "infrastructure.cluster.x-k8s.io/v1beta1",
    "infrastructure.cluster.x-k8s.io/v1beta2",
];

thread_local! {
    static KINDS: RefCell<HashMap<Box<str>, Vec<GroupKind>>> = RefCell::default();
}

/// A word that is probably one of Cluster API's own.
pub(super) fn word(text: &str) -> CompactString {
    if text.len() > 24
        && let Some(known) = LONG_WORDS.iter().find(|known| **known == text)
    {
        return CompactString::const_new(known);
    }
    text.into()
}

/// The kind, shared with other objects that were read on this thread.
pub(super) fn group_kind(group: &str, kind: &str) -> GroupKind {
    KINDS.with_borrow_mut(|kinds| {
        if let Some(known) = kinds
            .get(kind)
            .and_then(|groups| groups.iter().find(|known| known.group.as_ref() == group))
        {
            return known.clone();
        }
        let new = GroupKind::new(group, kind);
        if kinds.len() < MOST_KINDS {
            let groups = kinds.entry(kind.into()).or_default();
            if groups.len() < MOST_KINDS {
                groups.push(new.clone());
            }
        }
        new
    })
}

/// Labels that Cluster API writes for itself; the facts stand for those that mean something to a person.
pub(super) fn is_bookkeeping(label: &str) -> bool {
    label == crate::labels::MACHINE_TEMPLATE_HASH
        || label
            .split_once('/')
            .is_some_and(|(domain, _)| domain == "cluster.x-k8s.io" || domain == "topology.cluster.x-k8s.io")
}
