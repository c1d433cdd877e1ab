//! The words of the command line, each with what may follow and what it does.

use fleetui_fleet::act::HostDeed;
use fleetui_fleet::table::Flat;

use super::{Argument, Typed};
use crate::command::Doing;
use crate::effect::KubeconfigTo;

/// A word of the command line.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// Its names; the first is the one that is completed to.
    pub names: &'static [&'static str],
    /// What may follow.
    pub argument: Option<Argument>,
    /// What it does.
    pub doc: &'static str,
    /// Whether it does nothing while no management cluster is known.
    pub needs_fleet: bool,
    /// What it is, with what follows; nothing where that is lacking.
    pub(super) make: fn(Option<String>) -> Option<Typed>,
}

/// A table of its own for each sort of objects.
macro_rules! table {
    ($flat:ident, $doc:literal) => {
        Word {
            names: Flat::$flat.names(),
            argument: Some(Argument::Within),
            doc: $doc,
            needs_fleet: true,
            make: |rest| Some(Typed::Table(Flat::$flat, rest)),
        }
    };
}

/// Something that is done to the object under the cursor.
macro_rules! doing {
    ($name:literal, $doing:ident, $doc:literal) => {
        Word {
            names: &[$name],
            argument: None,
            doc: $doc,
            needs_fleet: true,
            make: |_| Some(Typed::Do(Doing::$doing)),
        }
    };
}

/// Something that is done about the hosts that are marked, or the one under the cursor.
macro_rules! host {
    ($name:literal, $deed:expr, $doc:literal) => {
        Word {
            names: &[$name],
            argument: None,
            doc: $doc,
            needs_fleet: true,
            make: |_| Some(Typed::Host($deed)),
        }
    };
}

/// All words.
pub const WORDS: &[Word] = &[
    Word {
        names: &["fleet", "tree"],
        argument: None,
        doc: "the fleet tree",
        needs_fleet: true,
        make: |_| Some(Typed::Fleet),
    },
    Word {
        names: &["ctx", "context"],
        argument: Some(Argument::ManagementCluster),
        doc: "show only this management cluster, by name or number (all: the whole fleet); without one, how all connections stand",
        needs_fleet: true,
        make: |name| Some(Typed::Context(name)),
    },
    Word {
        names: &["ns", "namespace"],
        argument: Some(Argument::Namespace),
        doc: "show only this namespace; without a name, all of them",
        needs_fleet: true,
        make: |name| Some(Typed::Namespace(name)),
    },
    table!(
        Machines,
        "all machines in one table; behind it a filter, as in /ready=false"
    ),
    table!(Clusters, "all Clusters in one table"),
    table!(Deployments, "all MachineDeployments in one table"),
    table!(ControlPlanes, "all control planes in one table"),
    table!(Sets, "all MachineSets in one table"),
    table!(Pools, "all MachinePools in one table"),
    table!(HealthChecks, "all MachineHealthChecks in one table"),
    table!(Classes, "all ClusterClasses in one table"),
    table!(Infrastructure, "all infrastructure objects in one table"),
    table!(Bootstrap, "all bootstrap configurations in one table"),
    Word {
        names: &["hosts", "host", "byohosts"],
        argument: Some(Argument::Within),
        doc: "the hosts of every pool, and why machines that wait find none",
        needs_fleet: true,
        make: |rest| Some(Typed::Hosts(rest)),
    },
    Word {
        names: &["nodes", "node", "no"],
        argument: Some(Argument::Within),
        doc: "the nodes of all workload clusters, as their own APIs tell of them",
        needs_fleet: true,
        make: |rest| Some(Typed::Nodes(rest)),
    },
    Word {
        names: &["headroom"],
        argument: Some(Argument::Facts),
        doc: "how many further machines would find a host, or how many hosts there are by zone, arch, system or labels; again: no more of that",
        needs_fleet: true,
        make: |facts| Some(Typed::Headroom(facts)),
    },
    Word {
        names: &["columns"],
        argument: Some(Argument::Columns),
        doc: "the columns of this table, as in name,age,version; without any, those that it usually has",
        needs_fleet: true,
        make: |columns| Some(Typed::Columns(columns)),
    },
    Word {
        names: &["bookmark"],
        argument: Some(Argument::NewName),
        doc: "give this place a name, to come back to it at any time",
        needs_fleet: true,
        make: |name| name.map(Typed::Bookmark),
    },
    Word {
        names: &["go"],
        argument: Some(Argument::Bookmark),
        doc: "go to a bookmark",
        needs_fleet: true,
        make: |name| name.map(Typed::Go),
    },
    Word {
        names: &["unbookmark"],
        argument: Some(Argument::Bookmark),
        doc: "forget a bookmark",
        needs_fleet: true,
        make: |name| name.map(Typed::ForgetBookmark),
    },
    Word {
        names: &["save"],
        argument: None,
        doc: "save what is shown to a file",
        needs_fleet: false,
        make: |_| Some(Typed::Save),
    },
    Word {
        names: &["problems", "problem"],
        argument: None,
        doc: "what is not as it should be, the worst first",
        needs_fleet: true,
        make: |_| Some(Typed::Problems),
    },
    Word {
        names: &["activity"],
        argument: None,
        doc: "what was done from here, and what is under way",
        needs_fleet: true,
        make: |_| Some(Typed::Activity),
    },
    Word {
        names: &["create"],
        argument: Some(Argument::Source),
        doc: "create a cluster from a flavour, class/NAME, or a template's file or directory; from and a cluster, or the one under the cursor, for one like it",
        needs_fleet: true,
        make: |source| Some(Typed::Create(source)),
    },
    doing!(
        "pause",
        Pause,
        "pause the object under the cursor: nothing of it is reconciled"
    ),
    Word {
        names: &["upgrade"],
        argument: Some(Argument::Upgrade),
        doc: "upgrade this whole cluster to a version, or pause, resume or abandon that; without anything, what it would come to",
        needs_fleet: true,
        make: |what| Some(Typed::upgrade(what)),
    },
    doing!("resume", Resume, "let the object under the cursor go on"),
    doing!(
        "restart",
        Restart,
        "replace all machines of the object under the cursor by new ones alike"
    ),
    doing!(
        "delete",
        Delete,
        "delete the object under the cursor; asks first, and for what matters by name"
    ),
    doing!(
        "undo",
        Undo,
        "take back the last change, unless somebody changed the same since"
    ),
    doing!(
        "kubeconfig",
        Kubeconfig,
        "what can be done with the kubeconfig of this workload cluster"
    ),
    Word {
        names: &["shell"],
        argument: None,
        doc: "open a shell with the kubeconfig of this workload cluster",
        needs_fleet: true,
        make: |_| Some(Typed::Do(Doing::Lend(KubeconfigTo::Shell))),
    },
    doing!(
        "replace",
        Replace,
        "delete the machine under the cursor; its owner makes another one"
    ),
    doing!(
        "shrink",
        Shrink,
        "delete the machine under the cursor, and its owner has one less"
    ),
    doing!(
        "delete-first",
        GoFirst,
        "make the machine under the cursor the first to go when its owner has fewer, or not any more"
    ),
    doing!(
        "remediate",
        Remediate,
        "have the machine under the cursor replaced whatever its health, or not any more"
    ),
    doing!(
        "skip-remediation",
        SkipRemediation,
        "keep health checks from replacing the machine under the cursor, or not any more"
    ),
    host!("approve", HostDeed::Approve, "let the host be used by its pool"),
    host!(
        "cordon",
        HostDeed::Cordon(true),
        "have the host take no further machine"
    ),
    host!(
        "uncordon",
        HostDeed::Cordon(false),
        "have the host take machines again"
    ),
    host!(
        "maintenance",
        HostDeed::Maintain(true),
        "look after the host: its machine is drained first, and no other one comes"
    ),
    host!(
        "end-maintenance",
        HostDeed::Maintain(false),
        "the maintenance of the host is over"
    ),
    Word {
        names: &["reserve"],
        argument: Some(Argument::Cluster),
        doc: "keep the host for the machines of one cluster",
        needs_fleet: true,
        make: |name| name.map(|name| Typed::Host(HostDeed::Reserve(Some(name.into())))),
    },
    host!(
        "unreserve",
        HostDeed::Reserve(None),
        "give the host back to the machines of all clusters"
    ),
    Word {
        names: &["label"],
        argument: Some(Argument::Labels),
        doc: "set labels of the host, or take them away",
        needs_fleet: true,
        make: |labels| {
            let labels = labels?;
            let changes: Option<Vec<_>> = labels.split_whitespace().map(HostDeed::label_of).collect();
            changes.map(|changes| Typed::Host(HostDeed::Label(changes)))
        },
    },
    host!(
        "quarantine",
        HostDeed::Quarantine(true),
        "hold the host back until somebody clears it"
    ),
    Word {
        names: &["clear-quarantine", "clear"],
        argument: None,
        doc: "end the quarantine of the host, and forget what failed",
        needs_fleet: true,
        make: |_| Some(Typed::Host(HostDeed::Quarantine(false))),
    },
    host!("release", HostDeed::Release, "give the host back to its pool"),
    host!(
        "reset",
        HostDeed::Reset,
        "take away what Kubernetes left on the host"
    ),
    Word {
        names: &["faults"],
        argument: None,
        doc: "show only what is not as it should be, or everything again",
        needs_fleet: true,
        make: |_| Some(Typed::Faults),
    },
    Word {
        names: &["sets", "machinesets"],
        argument: None,
        doc: "show MachineSets, or not",
        needs_fleet: true,
        make: |_| Some(Typed::MachineSets),
    },
    Word {
        names: &["layers", "layer"],
        argument: Some(Argument::Layer),
        doc: "show a layer of the tree, or not any more; without a name, say which are shown",
        needs_fleet: true,
        make: |name| Some(Typed::Layers(name)),
    },
    Word {
        names: &["echo"],
        argument: None,
        doc: "show infrastructure and bootstrap objects also where they say the same as their machine",
        needs_fleet: true,
        make: |_| Some(Typed::Echo),
    },
    Word {
        names: &["reconnect", "connect"],
        argument: Some(Argument::ManagementCluster),
        doc: "connect a management cluster anew; without a name, the one under the cursor",
        needs_fleet: true,
        make: |name| Some(Typed::Reconnect(name)),
    },
    Word {
        names: &["disconnect"],
        argument: Some(Argument::ManagementCluster),
        doc: "end a connection and forget its rows; without a name, the one under the cursor",
        needs_fleet: true,
        make: |name| Some(Typed::Disconnect(name)),
    },
    Word {
        names: &["login"],
        argument: Some(Argument::ManagementCluster),
        doc: "log in: the credential plugin gets the terminal; without a name, that of the row under the cursor",
        needs_fleet: true,
        make: |name| Some(Typed::LogIn(name)),
    },
    Word {
        names: &["return"],
        argument: None,
        doc: "go where you were when the line was lost",
        needs_fleet: true,
        make: |_| Some(Typed::Return),
    },
    Word {
        names: &["readonly", "ro"],
        argument: None,
        doc: "write nothing from now on, or write again",
        needs_fleet: true,
        make: |_| Some(Typed::ReadOnly),
    },
    Word {
        names: &["theme"],
        argument: Some(Argument::Theme),
        doc: "another theme",
        needs_fleet: false,
        make: |name| name.map(Typed::Theme),
    },
    Word {
        names: &["keymap"],
        argument: Some(Argument::Keymap),
        doc: "another keymap",
        needs_fleet: false,
        make: |name| name.map(Typed::Keymap),
    },
    Word {
        names: &["mouse"],
        argument: None,
        doc: "take the mouse for the console, or leave it to the terminal and its own marking",
        needs_fleet: false,
        make: |_| Some(Typed::Mouse),
    },
    Word {
        names: &["suspend"],
        argument: None,
        doc: "stop the program and give the terminal back; fg in the shell goes on with it",
        needs_fleet: false,
        make: |_| Some(Typed::Suspend),
    },
    Word {
        names: &["help", "h", "?"],
        argument: None,
        doc: "the keys",
        needs_fleet: false,
        make: |_| Some(Typed::Help),
    },
    Word {
        names: &["quit", "q", "q!", "qa", "exit"],
        argument: None,
        doc: "end the program",
        needs_fleet: false,
        make: |_| Some(Typed::Quit),
    },
    // Tests of the whole program see by it that a crash gives the terminal back.
    #[cfg(debug_assertions)]
    Word {
        names: &["panic"],
        argument: None,
        doc: "fail on purpose, to see that the terminal is given back (not in releases)",
        needs_fleet: false,
        make: |_| Some(Typed::Panic),
    },
];
