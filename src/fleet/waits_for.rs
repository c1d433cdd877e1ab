//! Who has to act before an object is as it should be: told by the part that it plays and by the words of its conditions.

use compact_str::CompactString;
use fleetui_api::byoh::names::reason::HOST_GONE;
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::CompactCondition;
use fleetui_api::kinds::Role;

use crate::health::{self, Health, Judged};
use crate::row::Row;
use crate::session::Connection;
use crate::workload;

/// What is to be done about a machine that has lost its host.
pub const LOST_HOST: &str =
    "its host serves it no more: replace the machine, where no MachineHealthCheck does";

/// Who has to act.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WaitsFor {
    /// Nobody: it is as it should be.
    Nobody,
    /// The provider of the infrastructure.
    Provider,
    /// The provider of the bootstrap data.
    Bootstrap,
    /// A host that is free and fits.
    HostPool,
    /// A node that is being drained.
    Drain,
    /// A person, as the text says.
    Person(&'static str),
    /// The control plane of its cluster, which was never up.
    ControlPlane,
    /// An upgrade that has to end first.
    Upgrade,
    /// Credentials that are accepted.
    Credentials,
    /// A connection: to the workload cluster, or to a management cluster.
    Connection,
    /// A node that has to become well.
    Node,
    /// The deletion of something; the finalizer that is waited for.
    Deletion(CompactString),
    /// It cannot be told.
    Unknown,
}

impl WaitsFor {
    /// The word for it in tables and for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Nobody => "",
            Self::Provider => "provider",
            Self::Bootstrap => "bootstrap",
            Self::HostPool => "host pool",
            Self::Drain => "drain",
            Self::Person(_) => "a person",
            Self::ControlPlane => "control plane",
            Self::Upgrade => "an upgrade",
            Self::Credentials => "credentials",
            Self::Connection => "connection",
            Self::Node => "node",
            Self::Deletion(_) => "deletion",
            Self::Unknown => "unknown",
        }
    }

    /// More than the word, in a sentence's end. From the cluster: not yet safe to show.
    pub fn sentence(&self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::Provider => "the infrastructure provider".to_owned(),
            Self::Bootstrap => "the bootstrap provider".to_owned(),
            Self::HostPool => "a free host that fits".to_owned(),
            Self::Drain => "its node to be drained".to_owned(),
            Self::Person(what) => format!("a person: {what}"),
            Self::ControlPlane => "its control plane to come up".to_owned(),
            Self::Upgrade => "an upgrade to end".to_owned(),
            Self::Credentials => "credentials that are accepted".to_owned(),
            Self::Connection => "a connection".to_owned(),
            Self::Node => "its node".to_owned(),
            Self::Deletion(finalizer) if finalizer.is_empty() => "its deletion to end".to_owned(),
            Self::Deletion(finalizer) => format!("finalizer {finalizer}"),
            Self::Unknown => "it cannot be told".to_owned(),
        }
    }
}

/// Who has to act for an object at the bottom of some trouble.
pub(crate) fn of(row: &Row, judged: &Judged, paused: bool) -> WaitsFor {
    let facts = &row.facts;
    match judged.verdict.health {
        Health::Good => return WaitsFor::Nobody,
        // Of a host that is kept back by somebody the state says by what.
        Health::Paused if facts.role == Role::Host && !facts.paused => {
            return WaitsFor::Person("somebody keeps machines off it, as its state says");
        }
        Health::Paused => return WaitsFor::Person("it is paused"),
        Health::Progressing | Health::Unknown | Health::Warning | Health::Failed => {}
    }
    if paused || facts.paused {
        return WaitsFor::Person("it is paused");
    }
    if !facts.broken.is_empty() {
        return WaitsFor::Person("it cannot be read in whole");
    }
    if facts.deleting_since.is_some() {
        return deletion(row);
    }
    let bad: Vec<&CompactCondition> = facts
        .conditions
        .iter()
        .filter(|condition| !condition.good())
        .collect();
    let by_words = bad.iter().find_map(|condition| by_words(condition));
    // What a control plane is held up by is not itself.
    let is_itself = |who: &WaitsFor| row.facts.role == Role::ControlPlane && *who == WaitsFor::ControlPlane;
    let by_words = by_words.filter(|who| !is_itself(who));
    by_words.unwrap_or_else(|| by_role(row))
}

/// Whether the node of a Machine is being drained, by the conditions of either model.
pub(crate) fn is_draining(row: &Row) -> bool {
    let mut conditions = row.facts.conditions.iter();
    row.facts.deleting_since.is_some()
        && conditions.any(|condition| match condition.kind.as_str() {
            "Deleting" => condition.status == ConditionStatus::True && condition.reason == "DrainingNode",
            "DrainingSucceeded" => condition.status == ConditionStatus::False,
            _ => false,
        })
}

fn deletion(row: &Row) -> WaitsFor {
    if is_draining(row) {
        return WaitsFor::Drain;
    }
    let deleting = row
        .facts
        .conditions
        .iter()
        .find(|condition| condition.kind == "Deleting" && condition.status == ConditionStatus::True);
    let reason = deleting.map_or("", |condition| condition.reason.as_str());
    match reason {
        "WaitingForPreDrainHook" | "WaitingForPreTerminateHook" | "WaitingForBeforeDeleteHook" => {
            WaitsFor::Person("a deletion hook has to be taken away")
        }
        "WaitingForVolumeDetach" => WaitsFor::Node,
        _ => WaitsFor::Deletion(row.facts.finalizers.first().cloned().unwrap_or_default()),
    }
}

/// Words of reasons and messages that tell it whatever the object is.
fn by_words(condition: &CompactCondition) -> Option<WaitsFor> {
    let (reason, message) = (condition.reason.as_str(), condition.message());
    let either = |words: &[&str]| {
        words
            .iter()
            .any(|word| reason.contains(word) || message.contains(word))
    };
    if workload::lacks_cni(message) {
        Some(WaitsFor::Person(workload::NO_CNI))
    } else if reason == "BYOHostsUnavailable" || message.contains("no free host") {
        Some(WaitsFor::HostPool)
    } else if either(&[
        "Unauthorized",
        "InvalidCredentials",
        "CredentialsError",
        "AuthFailure",
    ]) {
        Some(WaitsFor::Credentials)
    } else if waits_for_first_control_plane(condition) {
        Some(WaitsFor::ControlPlane)
    } else if message.contains("preflight check failed") || message.contains(" is upgrading") {
        Some(WaitsFor::Upgrade)
    } else if condition.kind == "TopologyReconciled" && condition.status == ConditionStatus::False {
        let upgrade = ["UpgradePending", "Upgrading", "CreatePending"]
            .iter()
            .any(|word| reason.contains(word));
        Some(if upgrade {
            WaitsFor::Upgrade
        } else {
            WaitsFor::Person("what the topology asks for cannot be made")
        })
    } else if matches!(reason, "CannotBeRemediated" | "RemediationRestricted") {
        Some(WaitsFor::Person("it is not replaced by itself"))
    } else if reason == HOST_GONE {
        Some(WaitsFor::Person(LOST_HOST))
    } else if condition.kind == "NotQuarantined" {
        Some(WaitsFor::Person("the host is in quarantine"))
    } else if condition.kind == "AgentConnected" {
        Some(WaitsFor::Person("the agent of the host is not heard"))
    } else {
        None
    }
}

/// Whether a condition waits for a control plane that was never up: no upgrade is under way there, whatever is checked.
fn waits_for_first_control_plane(condition: &CompactCondition) -> bool {
    let (reason, message) = (condition.reason.as_str(), condition.message());
    let is_unstable = message.contains("preflight check failed") && !message.contains(" is upgrading");
    let is_topology = condition.kind == "TopologyReconciled"
        && condition.status == ConditionStatus::False
        && (reason == "ClusterCreating" || reason.ends_with("CreatePending"))
        && !message.contains("upgrad");
    (is_unstable && message.contains(" is provisioning"))
        || is_topology
        || matches!(
            reason,
            "WaitingForControlPlaneAvailable" | "WaitingForControlPlaneInitialized"
        )
        || message.contains("control plane to be initialized")
}

fn by_role(row: &Row) -> WaitsFor {
    match row.facts.role {
        Role::Cluster if health::has_no_connection(row) => WaitsFor::Connection,
        Role::Machine if row.facts.node.is_some() => WaitsFor::Node,
        Role::BootstrapConfig => WaitsFor::Bootstrap,
        Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::Host => WaitsFor::Provider,
        Role::MachineHealthCheck => WaitsFor::Person("too many machines are unwell to replace any"),
        Role::ClusterClass => WaitsFor::Person("the class is not as it should be"),
        Role::Cluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::Machine
        | Role::Template
        | Role::Provider
        | Role::Other => WaitsFor::Unknown,
    }
}

/// Who has to act for a management cluster that is not connected as it should be.
pub(crate) fn of_connection(connection: &Connection) -> WaitsFor {
    match connection {
        Connection::Idle | Connection::Live => WaitsFor::Nobody,
        Connection::AuthNeeded { .. } => WaitsFor::Credentials,
        Connection::Denied { .. } => WaitsFor::Person("nothing may be read there"),
        Connection::Connecting
        | Connection::Syncing { .. }
        | Connection::Stale { .. }
        | Connection::Offline { .. } => WaitsFor::Connection,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixtures::{condition, object, row, whole_cluster, with};

    /// What a Cluster waits for whose topology was not reconciled, and says why.
    fn topology(reason: &str, message: &str) -> WaitsFor {
        let said = json!([condition("TopologyReconciled", "False", reason, message)]);
        let cluster = with(whole_cluster("prod").remove(0), &[("/status/conditions", said)]);
        let row = row("mgmt-taipei", &cluster);
        let found = row.facts.conditions.iter().find_map(by_words);
        found.unwrap_or_else(|| by_role(&row))
    }

    #[test]
    fn a_machine_whose_host_is_lost_waits_for_a_person() {
        let message =
            "Host node-10 does not serve this machine any more, and no other can take its node over";
        let lost = condition("BYOHostReady", "False", "BYOHostGone", message);
        let said = json!({"v1beta2": {"conditions": [lost]}, "conditions": [lost]});
        let machine = object(
            "infrastructure.cluster.x-k8s.io/v1beta1",
            "ByoMachine",
            "prod-md-0-abc",
        );
        let row = row("mgmt-taipei", &with(machine, &[("/status", said)]));
        let found = row.facts.conditions.iter().find_map(by_words);
        assert_eq!(
            found,
            Some(WaitsFor::Person(LOST_HOST)),
            "{:?}",
            row.facts.conditions
        );
    }

    #[test]
    fn a_topology_that_is_made_for_the_first_time_waits_for_no_upgrade() {
        for (reason, message, expected) in [
            ("ClusterCreating", "Cluster is creating", WaitsFor::ControlPlane),
            (
                "MachineDeploymentsCreatePending",
                "MachineDeployments md-1 creation pending, the control plane is not stable",
                WaitsFor::ControlPlane,
            ),
            (
                "MachineDeploymentsCreatePending",
                "MachineDeployments md-1 creation deferred, the control plane is upgrading to v1.34.0",
                WaitsFor::Upgrade,
            ),
            (
                "ControlPlaneUpgradePending",
                "rollout and upgrade to v1.34.0 on hold",
                WaitsFor::Upgrade,
            ),
        ] {
            assert_eq!(topology(reason, message), expected, "{reason}: {message}");
        }
    }
}
