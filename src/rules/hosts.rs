//! Hosts of a pool: what state one is in, which of them a machine takes and why not the others, and when one is held back.
//!
//! Must not know: how hosts are stored, and who asks; controllers, console and command line get the same answers.

pub mod installable;
pub mod offer;
pub mod quantity;
pub mod quarantine;
pub mod selection;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use fleetui_api::byoh::host::{ByoHostSpec, ByoHostStatus};
use fleetui_api::byoh::names;
use fleetui_api::labels;
use fleetui_api::v1beta2::OldCondition;
use jiff::{SignedDuration, Timestamp};

/// A host as it is read, borrowed from wherever it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its labels.
    pub labels: &'a BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: &'a BTreeMap<String, String>,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// What is wished of it.
    pub spec: &'a ByoHostSpec,
    /// What is observed of it.
    pub status: &'a ByoHostStatus,
    /// When the server last took in a heartbeat, by the server's clock. The host's own clock may be wrong by hours.
    pub heard: Option<Timestamp>,
}

/// The time by which hosts are judged, and how long one may be silent.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    /// The server's time.
    pub now: Timestamp,
    /// A host that was not heard for longer is disconnected.
    pub timeout: Duration,
}

/// What a host is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nobody has said yet that it may be used.
    PendingApproval,
    /// Its agent has not told yet what it is.
    Registering,
    /// Nobody has it, and something of an earlier machine runs or is installed on it: it is reset before anything else.
    Unclean,
    /// It has been reset and is kept for somebody to look at.
    Released,
    /// It waits for a machine.
    Free,
    /// A machine has taken it, and nothing has begun.
    Reserved,
    /// Kubernetes is being installed.
    Installing,
    /// The node is being brought up.
    Joining,
    /// The node has been brought up.
    InUse,
    /// It is being reset.
    Releasing,
}

/// How a machine has a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It has taken it, and nothing has begun.
    Reserved,
    /// It runs on it, or is being brought up on it.
    InUse,
}

impl Stage {
    /// How a machine has a host that is at this; nothing where none has. Who counts hosts and who looks for one ask here.
    pub fn hold(self) -> Option<Hold> {
        match self {
            Self::Reserved => Some(Hold::Reserved),
            Self::Installing | Self::Joining | Self::InUse => Some(Hold::InUse),
            Self::PendingApproval
            | Self::Registering
            | Self::Unclean
            | Self::Released
            | Self::Free
            | Self::Releasing => None,
        }
    }
}

/// A host's state: what it is at, and what lies over that without hiding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each of them can be so beside every other"
)]
pub struct State {
    /// What it is at.
    pub stage: Stage,
    /// How long its agent has been silent, where that is too long.
    pub disconnected: Option<SignedDuration>,
    /// It is held back because machines failed on it.
    pub quarantined: bool,
    /// It takes no further machine.
    pub cordoned: bool,
    /// Somebody looks after it.
    pub maintenance: bool,
    /// Nothing is done with it.
    pub paused: bool,
    /// It is being deleted.
    pub retiring: bool,
}

impl Host<'_> {
    /// Its state.
    pub fn state(&self, watch: Watch) -> State {
        State {
            stage: self.stage(),
            disconnected: self.silence(watch),
            quarantined: self.held_back().is_some()
                || quarantine::holds(self.status.quarantine.as_ref(), watch.now),
            cordoned: self.spec.unclaimable == Some(true),
            maintenance: self.spec.maintenance.is_some(),
            paused: self.annotations.contains_key(labels::PAUSED),
            retiring: self.deleting,
        }
    }

    /// What it is at.
    pub fn stage(&self) -> Stage {
        if self.annotations.contains_key(names::UNREGISTERING) {
            return Stage::Releasing;
        }
        if self.is_taken() {
            return if self.is_true(names::BOOTSTRAP_SUCCEEDED) {
                Stage::InUse
            } else if self.is_true(names::INSTALLATION_SUCCEEDED) {
                Stage::Joining
            } else if self.spec.installation_secret.is_some() {
                Stage::Installing
            } else {
                Stage::Reserved
            };
        }
        if self.spec.approved == Some(false) {
            Stage::PendingApproval
        } else if self.status.hostinfo.is_none() {
            Stage::Registering
        } else if self.is_unclean() {
            Stage::Unclean
        } else if self.annotations.contains_key(names::RELEASED) {
            Stage::Released
        } else {
            Stage::Free
        }
    }

    /// Whether something of a machine runs or is installed on it. Who skips the installation has a node without one.
    pub fn is_unclean(&self) -> bool {
        self.is_true(names::BOOTSTRAP_SUCCEEDED) || self.is_true(names::INSTALLATION_SUCCEEDED)
    }

    /// Whether a machine has it, or half has it: any sign of one counts.
    pub fn is_taken(&self) -> bool {
        self.labels.contains_key(labels::CLUSTER_NAME)
            || self.labels.contains_key(names::MACHINE_LABEL)
            || self.spec.claim_ref.is_some()
            || self.status.machine_ref.is_some()
    }

    /// Why a person has quarantined it; nothing where nobody has.
    pub fn held_back(&self) -> Option<&str> {
        self.annotations.get(names::HELD_BACK).map(String::as_str)
    }

    /// The cluster that it is reserved for.
    pub fn reserved_for(&self) -> Option<&str> {
        let mut taints = self.spec.taints.iter();
        let taint = taints.find(|taint| taint.key == names::RESERVED_FOR)?;
        taint.value.as_deref()
    }

    /// How long its agent has been silent, where that is too long. An agent that sends no heartbeats at all, as upstream's,
    /// is not judged.
    pub fn silence(&self, watch: Watch) -> Option<SignedDuration> {
        let silent = watch.now.duration_since(self.heard?);
        (silent > SignedDuration::try_from(watch.timeout).unwrap_or(SignedDuration::MAX)).then_some(silent)
    }

    /// The condition of this type.
    pub fn condition(&self, kind: &str) -> Option<&OldCondition> {
        self.status
            .conditions
            .iter()
            .find(|condition| condition.kind == kind)
    }

    /// Whether the condition of this type is True.
    pub fn is_true(&self, kind: &str) -> bool {
        self.condition(kind)
            .is_some_and(|condition| condition.status == "True")
    }
}

impl State {
    /// Whether it could be taken at once.
    pub fn is_free(self) -> bool {
        self.stage == Stage::Free
            && self.disconnected.is_none()
            && !(self.quarantined || self.cordoned || self.maintenance || self.paused || self.retiring)
    }
}

impl Stage {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingApproval => "PendingApproval",
            Self::Registering => "Registering",
            Self::Unclean => "Unclean",
            Self::Released => "Released",
            Self::Free => "Free",
            Self::Reserved => "Reserved",
            Self::Installing => "Installing",
            Self::Joining => "Joining",
            Self::InUse => "InUse",
            Self::Releasing => "Releasing",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stage.as_str())?;
        for (is_so, word) in [
            (self.disconnected.is_some(), "Disconnected"),
            (self.quarantined, "Quarantined"),
            (self.cordoned, "Cordoned"),
            (self.maintenance, "Maintenance"),
            (self.paused, "Paused"),
            (self.retiring, "Retiring"),
        ] {
            if is_so {
                write!(f, ",{word}")?;
            }
        }
        Ok(())
    }
}

/// The value of the label that names a host's machine, `<namespace>.<name>`; where that is too long for a label its first
/// characters and a hash.
pub fn machine_label(namespace: &str, name: &str) -> String {
    let plain = format!("{namespace}.{name}");
    if plain.len() <= crate::names::LONGEST {
        return plain;
    }
    let mut cut = 54;
    while !plain.is_char_boundary(cut) {
        cut -= 1;
    }
    let hash = crate::names::seeded(0, &plain) >> 32;
    format!("{}-{hash:08x}", plain.get(..cut).unwrap_or_default())
}

/// The identity of the node on a host, `byoh://node-3/fkp9qj`; always the same for the same life of a machine.
pub fn provider_id(host: &str, machine_uid: &str) -> String {
    let text = format!("{host}/{machine_uid}");
    let (head, tail) = (crate::names::seeded(1, &text), crate::names::seeded(2, &text));
    let last = crate::names::suffix(tail);
    format!(
        "byoh://{host}/{}{}",
        crate::names::suffix(head),
        last.get(..1).unwrap_or_default()
    )
}

/// Whether a node on `host` may have this identity.
pub fn is_provider_id_of(provider_id: &str, host: &str) -> bool {
    provider_id
        .strip_prefix("byoh://")
        .and_then(|rest| rest.strip_prefix(host))
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|rest| !rest.is_empty())
}
