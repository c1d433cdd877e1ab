//! Effects: what `update` wants done. The runtime does it, and the outcome comes back as a message with the same id.
//!
//! Must not know: how anything is done.

use std::path::PathBuf;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::Session;
use fleetui_fleet::act::{AuditId, Confirmed, Entry, Inspection, Judgement, Mode, Plan, Try};
use fleetui_fleet::create::{CreateDraft, Creation, Flavour};
use fleetui_fleet::drain::Drain;
use fleetui_fleet::object_edit::Editable;
use fleetui_fleet::preflight::Gathered;
use fleetui_fleet::table::Path;
use fleetui_fleet::timeline::{Event, Flip};
use fleetui_fleet::tree::Layers;
use fleetui_fleet::workload::WorkloadNode;
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::draft::{CreateDrafting, Draft, Drafting};
use crate::kept::Kept;

/// Identity of an effect; an outcome whose id nobody waits for is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectId(u64);

/// Something to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Its identity.
    pub id: EffectId,
    /// What.
    pub action: Action,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// To ask a management cluster for something.
    Ask(Request),
    /// To stop waiting for an earlier effect.
    Abandon(EffectId),
    /// To put text on the clipboard of the person's terminal.
    Copy(String),
    /// To take the mouse, or to leave it to the terminal.
    Mouse(bool),
    /// To read what these layers of the tree show, and nothing for the sake of others.
    Layers(Layers),
    /// To draw every cell anew.
    Redraw,
    /// To give the terminal back and stop, until the person goes on with the program.
    Stop,
    /// To take the terminal again, after the program was stopped.
    Retake,
    /// To give the terminal to whoever answers this, and to take it again once it is answered.
    Lend(Request),
    /// To write down where the person is, for the next start.
    Keep(Box<Kept>),
    /// To write down what was seen to change, so that it is known after a new start.
    Remember(Vec<Flip>),
    /// To write down a place under a name, or to forget it.
    Bookmark(String, Option<Box<Kept>>),
    /// To write what is shown to a file. Answered by `Saved`.
    Save {
        /// What the file is called after.
        name: String,
        /// What is written; the frame where nothing is said.
        text: Option<String>,
    },
    /// To write a try down that was refused here, where everything is written down that is tried.
    Note(Box<Try>),
    /// To refuse every write from now on, and why; or not any more.
    ReadOnly(Option<String>),
    /// To read so many of the latest lines of what was done and tried. Answered by `Activity`.
    Activity(usize),
    /// To do this with the draft of an object, of this life of it. Answered by `Draft` where one is read or edited, else by nothing
    /// unless it fails.
    Draft(ObjectKey, CompactString, Drafting),
    /// To do this with drafts of creations. Answered by `Creating` where they are read, else by nothing unless it fails.
    CreateDrafts(CreateDrafting),
    /// To write down that the person was told of the drafts that are there.
    DraftsTold,
    /// To read a template from this file or directory, as it was typed. Answered by `Creating`.
    Template(String),
    /// To end, and to begin the demo in the place of what is shown.
    Demo,
    /// To end.
    Quit,
}

/// The most bytes that are put on a clipboard through a terminal: a sequence of about 100,000 bytes, which is what they take.
pub const LONGEST_COPY: usize = 74_994;

/// What is asked of a management cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// The whole object. Answered by `Object`.
    Read {
        /// Which object.
        key: ObjectKey,
        /// Its uid as far as it is known, so that another one of its name is not taken for it; empty for any.
        uid: CompactString,
        /// Whether its managedFields are shown.
        managed_fields: bool,
    },
    /// The events about an object. Answered by `Events`.
    Events {
        /// Which object.
        key: ObjectKey,
        /// Its uid.
        uid: CompactString,
    },
    /// What the gate and the server say of a plan, or that it is carried out. Answered by `Judged`, or by `Done`.
    Act(Box<Plan>, Mode),
    /// Whose an object's fields are; of this life of it. Answered by `Inspected`.
    Inspect(ObjectKey, CompactString),
    /// To connect anew. Answered by `Accepted`, at once; what follows is told by the session.
    Reconnect(ManagementCluster),
    /// To look these paths up in all objects, and to read those of this management cluster again. Answered by `Accepted`, at once.
    LookUp(ManagementCluster, Vec<Path>),
    /// To end the connection and to forget the rows. Answered by `Accepted`, at once.
    Disconnect(ManagementCluster),
    /// To let the person log in, at the terminal. Answered by `Accepted` once there are credentials.
    LogIn(ManagementCluster),
    /// The object as it is there to be edited. Answered by `Editable`.
    Editable {
        /// Which object.
        key: ObjectKey,
        /// Its uid as far as it is known; empty for any.
        uid: CompactString,
    },
    /// What a preflight of this Cluster looks at. Answered by `Upgrading`; its upgrade that is stored is told as an update.
    Gather(ObjectKey),
    /// To look at the upgrades that are stored in this management cluster. Answered by `Accepted`; they are told as an update.
    LookAtWalks(ManagementCluster),
    /// To take the steps of this Cluster's upgrade that is stored, with what is known of its management cluster. Answered by
    /// `Accepted` once it is begun; how far it is, is told by updates.
    Walk(ObjectKey, Arc<Session>),
    /// The nodes of the workload cluster of this Cluster, of this life of it. Answered by `Workload`.
    Nodes(ObjectKey, CompactString),
    /// What holds the drain of the node of this Machine, of this life of it. Answered by `Workload`.
    Drain(ObjectKey, CompactString),
    /// To do something with the kubeconfig of the workload cluster of a Cluster. Answered by `Saved` with where it is, or by
    /// `Accepted` once a shell has ended.
    Kubeconfig {
        /// The Cluster.
        cluster: ObjectKey,
        /// Its uid.
        uid: CompactString,
        /// What.
        to: KubeconfigTo,
        /// The directory of the files that are written for one cluster alone; whoever does it knows.
        directory: Option<PathBuf>,
        /// The kubeconfig that was named on the command line, into which it is merged; whoever does it knows.
        kubeconfig: Option<PathBuf>,
    },
    /// Whether this management cluster has a namespace of this name. Answered by `Creating`.
    Namespace(ManagementCluster, String),
    /// Objects of the cluster that a new one is to be like, which is named before them. Answered by `Creating`.
    Originals(ObjectKey, Vec<ObjectKey>),
    /// Creations that were interrupted, of any management cluster; asked for one of them. Answered by `Creating`.
    Creations(ManagementCluster),
    /// Which objects of a creation are there. Answered by `Creating`.
    LookAtCreation(Box<Creation>),
    /// To create what is not there yet of a creation. Answered by `Creating`.
    Create(Box<Creation>, Box<Plan>, Confirmed),
    /// To delete what a creation has made. Answered by `Creating` once nothing is left, or it goes no further.
    CleanUpCreation(Box<Creation>, Box<Plan>, Confirmed),
    /// To forget a creation of which nothing is there. Answered by `Accepted`.
    ForgetCreation(Box<Creation>),
    /// How the creation of a cluster stands, once that is another way than at this revision. Answered by `Creating`.
    CreationTold(ObjectKey, u64),
}

/// What is done with a kubeconfig.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KubeconfigTo {
    /// The person's shell gets it, and the terminal.
    Shell,
    /// It is merged into the file that kubectl would write to.
    Merge,
    /// It is written to a file of its own.
    File,
}

impl Request {
    /// The management cluster that is asked.
    pub fn management_cluster(&self) -> &ManagementCluster {
        match self {
            Self::Read { key, .. }
            | Self::Events { key, .. }
            | Self::Editable { key, .. }
            | Self::Gather(key)
            | Self::Originals(key, _)
            | Self::Walk(key, _)
            | Self::Nodes(key, _)
            | Self::Drain(key, _)
            | Self::Kubeconfig { cluster: key, .. }
            | Self::Inspect(key, _) => &key.management_cluster,
            Self::Act(plan, _) => &plan.target().management_cluster,
            Self::CreationTold(cluster, _) => &cluster.management_cluster,
            Self::LookAtCreation(creation)
            | Self::ForgetCreation(creation)
            | Self::Create(creation, ..)
            | Self::CleanUpCreation(creation, ..) => &creation.cluster.management_cluster,
            Self::Creations(management_cluster)
            | Self::Namespace(management_cluster, _)
            | Self::Reconnect(management_cluster)
            | Self::LookUp(management_cluster, _)
            | Self::Disconnect(management_cluster)
            | Self::LookAtWalks(management_cluster)
            | Self::LogIn(management_cluster) => management_cluster,
        }
    }
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The effect that asked.
    pub id: EffectId,
    /// The answer.
    pub answer: Answer,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// The object, ready to be read.
    Object(Arc<Document>),
    /// Events, the newest first, and whether there are more than were read.
    Events(Arc<[Event]>, bool),
    /// It is taken, as far as it needs no other answer; with what was warned of.
    Accepted(Vec<Shown>),
    /// What is said of a plan before it is carried out. What servers say in it is not yet safe to show.
    Judged(Box<Judgement>),
    /// A plan was carried out: its identity among what was done, and what the server warned of.
    Done(AuditId, Vec<Shown>),
    /// Whose an object's fields are. Not yet safe to show.
    Inspected(Box<Inspection>),
    /// The latest lines of what was done and tried, the newest first. Not yet safe to show.
    Activity(Arc<[Entry]>),
    /// The object as it is there to be edited. Not yet safe to show.
    Editable(Box<Editable>),
    /// The draft of an object; none where there is none, or where nothing was changed in it. Not yet safe to show.
    Draft(Option<Box<Draft>>),
    /// Written to this file.
    Saved(Shown),
    /// What is known of the upgrade of a cluster. Not yet safe to show.
    Upgrading(Box<Upgrading>),
    /// What a workload cluster says. Not yet safe to show.
    Workload(Box<Workload>),
    /// What belongs to the creation of a cluster. Not yet safe to show.
    Creating(Box<Creating>),
    /// Not done.
    Failed(Failure),
}

/// What a workload cluster says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Workload {
    /// Its nodes.
    Nodes(Vec<WorkloadNode>),
    /// What holds the drain of a node.
    Drain(Drain),
}

/// An answer that belongs to the creation of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Creating {
    /// Drafts, the newest first.
    Drafts(Vec<CreateDraft>),
    /// A template as it was read.
    Template(Flavour),
    /// The templates of this directory by their files, each as it was read, or why it cannot be.
    Templates(String, Vec<(String, Result<Flavour, Shown>)>),
    /// Whether the namespace is there that was asked for.
    Namespace(bool),
    /// Objects of the cluster that a new one is to be like, without their secrets; and why not all of them could be read.
    Originals(Vec<serde_json::Value>, Option<Shown>),
    /// Creations that were interrupted, of any management cluster, the oldest first.
    Stored(Vec<Creation>),
    /// How one stands, at which revision; none once it has come to its end.
    Stands(u64, Option<Creation>),
    /// All of it was done; what the server warned of.
    Done(Vec<Shown>),
    /// It was not done, or not all of it: how it stands.
    Failed(Creation, Failure),
}

/// What is known of the upgrade of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upgrading {
    /// What a preflight looks at, without secrets.
    pub gathered: Gathered,
    /// Why it cannot be read whether an upgrade is stored, where that is so.
    pub unread: Option<Shown>,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Of which sort it is, for what is offered next.
    pub kind: FailureKind,
    /// What happened, for the person.
    pub message: Shown,
}

/// Sorts of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The object is not as it was when the change was planned.
    Conflict,
    /// The object is not there, or it is another one of the same name.
    Gone,
    /// The server refused: validation, permission, policy.
    Refused,
    /// No answer in time; what happened is not known.
    TimedOut,
    /// The management cluster cannot be asked.
    Unreachable,
}

/// Hands out ids and collects the effects of one update.
#[derive(Debug, Default)]
pub struct Effects {
    last: u64,
    queue: Vec<Effect>,
}

impl Effects {
    /// Wants `action` done.
    pub fn push(&mut self, action: Action) -> EffectId {
        self.last += 1;
        let id = EffectId(self.last);
        self.queue.push(Effect { id, action });
        id
    }

    /// Wants an answer to `request`.
    pub fn ask(&mut self, request: Request) -> EffectId {
        self.push(Action::Ask(request))
    }

    /// Stops waiting for `id`.
    pub fn abandon(&mut self, id: EffectId) {
        self.push(Action::Abandon(id));
    }

    /// What of it needs the terminal.
    pub fn lent(&self) -> Option<(EffectId, &Request)> {
        self.queue.iter().find_map(|effect| {
            let Action::Lend(request) = &effect.action else {
                return None;
            };
            Some((effect.id, request))
        })
    }

    /// What was collected.
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.queue)
    }
}
