//! What is done to the object under the cursor.

use super::{ACTING, Entry, UNDOING, WALKS, hinted, object};
use crate::command::{Object, Place};

pub(super) const ENTRIES: &[Entry] = &[
    hinted(
        object(
            Object::EditReplicas,
            "edit-replicas",
            ACTING,
            "scale: edit REPLICAS, in its cell where there is one",
        ),
        "scale",
    ),
    hinted(
        object(
            Object::EditVersion,
            "edit-version",
            ACTING,
            "upgrade: edit VERSION, in its cell where there is one",
        ),
        "upgrade",
    ),
    hinted(
        object(
            Object::Edit,
            "edit-yaml",
            ACTING,
            "edit the object's YAML; a dry run and a diff come before the write",
        ),
        "edit",
    ),
    object(
        Object::EditOutside,
        "edit-outside",
        ACTING,
        "the same, in the editor that VISUAL or EDITOR names",
    ),
    object(
        Object::Pause,
        "pause",
        ACTING,
        "pause it, so that nothing is reconciled; or let it go on",
    ),
    object(
        Object::Restart,
        "restart",
        ACTING,
        "restart the rollout: all machines are replaced by new ones alike",
    ),
    hinted(
        object(
            Object::Machine,
            "machine",
            ACTING,
            "what can be done about this machine: replace, shrink, remediate",
        ),
        "act",
    ),
    object(
        Object::Preflight,
        "preflight",
        ACTING,
        "what an upgrade of this cluster would come to, and what stands in its way",
    ),
    hinted(
        object(
            Object::BeginUpgrade,
            "begin-upgrade",
            &[Place::Upgrade],
            "upgrade the whole cluster to this version, step by step",
        ),
        "begin",
    ),
    hinted(
        object(
            Object::PauseUpgrade,
            "pause-upgrade",
            WALKS,
            "pause the cluster's upgrade: no further step begins; or go on with it, from here",
        ),
        "pause, resume",
    ),
    hinted(
        object(
            Object::AbandonUpgrade,
            "abandon-upgrade",
            WALKS,
            "give the cluster's upgrade up where it is, so that another one can be begun",
        ),
        "give up",
    ),
    object(
        Object::Kubeconfig,
        "kubeconfig",
        ACTING,
        "the workload cluster's kubeconfig: open a shell with it, merge it, write it to a file",
    ),
    object(
        Object::Nodes,
        "cluster-nodes",
        ACTING,
        "the nodes of this workload cluster, as its own API tells of them",
    ),
    object(
        Object::Delete,
        "delete",
        ACTING,
        "delete it; asks first, and for what matters by name",
    ),
    object(
        Object::Undo,
        "undo",
        UNDOING,
        "take back the last change, unless somebody changed the same since",
    ),
];
