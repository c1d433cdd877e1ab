//! What the console may ask of a management cluster, and what it is told.

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_fleet::act::{AuditId, Inspection, Judgement, Mode, Plan, Step};
use fleetui_fleet::timeline::Event;
use serde_json::Value;

/// Something to do in one management cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Read the whole object. Secret values are left out.
    Fetch {
        /// Which object.
        key: ObjectKey,
        /// Its uid as far as it is known; another life of the name is not shown. Empty for any.
        uid: CompactString,
        /// Whether its managedFields are wanted too, which are a third of it.
        managed_fields: bool,
    },
    /// Read the events about an object.
    Events {
        /// Which object.
        key: ObjectKey,
        /// Its uid: events of another life of the name are not told.
        uid: CompactString,
    },
    /// Pass a plan through the gate: to have it judged, or to have it carried out.
    Act {
        /// The plan.
        plan: Box<Plan>,
        /// How far.
        mode: Mode,
    },
    /// Say what has to be known of an object before it is written: whose its fields are. Reads only.
    Inspect {
        /// Which object.
        key: ObjectKey,
        /// Its uid as far as it is known; another life of the name is not told of. Empty for any.
        uid: CompactString,
    },
}

impl Command {
    /// The object that it is about.
    pub fn key(&self) -> &ObjectKey {
        match self {
            Self::Fetch { key, .. } | Self::Events { key, .. } | Self::Inspect { key, .. } => key,
            Self::Act { plan, .. } => plan.target(),
        }
    }

    /// The management cluster that it goes to.
    pub fn management_cluster(&self) -> &ManagementCluster {
        &self.key().management_cluster
    }
}

/// What a command brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The object, without secret values.
    Fetched(Value),
    /// Events, the newest first, and whether there are more than were read.
    Events(Vec<Event>, bool),
    /// What is said of a plan before it is carried out.
    Judged(Judgement),
    /// It was carried out.
    Done {
        /// Its identity in the audit log.
        id: AuditId,
        /// The objects as they are afterwards, in the order of the writes, without secret values.
        objects: Vec<Value>,
        /// What the server warns of.
        warnings: Vec<String>,
    },
    /// Whose an object's fields are.
    Inspected(Inspection),
}

/// How a command ended.
pub type Outcome = Result<Answer, Failure>;

/// Why a command did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure it is: decides what can be done about it.
    pub kind: FailureKind,
    /// One sentence, with the server's own words where it said something. Not yet safe to show.
    pub message: String,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The gate has refused, at this step; nothing was written.
    Refused(Step),
    /// The server knows the user and does not allow it.
    Denied,
    /// The server does not accept the credentials, or there are none.
    AuthNeeded,
    /// The object is not there, or another one has its name now.
    NotFound,
    /// The object is not as it was when the change was planned.
    Conflict,
    /// The server does not accept the change.
    Invalid,
    /// The server cannot be reached, or has not been yet.
    Unreachable,
    /// The server did not answer in time; a write may have been done nevertheless.
    TimedOut,
    /// Anything else that the server said.
    Unexpected,
}
