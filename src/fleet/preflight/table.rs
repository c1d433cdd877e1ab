//! The checks: their names, what they are about, and whether a person may go on all the same.

use super::aim::Aim;
use super::scene::Scene;
use super::{budgets, control_plane, gitops, health_checks, hosts, settled, versions};
use crate::act::{Check, Found};

/// What one check finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// All is well.
    Well(String),
    /// It will work, but not as one may expect.
    Warns(String),
    /// It must not be done.
    Blocks(String),
    /// It could not be looked at.
    Unknown(String),
    /// It is no question here.
    NoQuestion,
}

/// One check.
struct Entry {
    id: &'static str,
    title: &'static str,
    overridable: bool,
    /// Whether it decides on which versions are possible at all.
    of_version: bool,
    look: fn(&Scene<'_>, &Aim) -> Finding,
}

/// One that nobody may pass over.
const fn firm(id: &'static str, title: &'static str, look: fn(&Scene<'_>, &Aim) -> Finding) -> Entry {
    Entry {
        id,
        title,
        overridable: false,
        of_version: false,
        look,
    }
}

/// One that decides on versions.
const fn of_version(id: &'static str, title: &'static str, look: fn(&Scene<'_>, &Aim) -> Finding) -> Entry {
    Entry {
        of_version: true,
        ..firm(id, title, look)
    }
}

/// One that a person may pass over, who knows more.
const fn soft(id: &'static str, title: &'static str, look: fn(&Scene<'_>, &Aim) -> Finding) -> Entry {
    Entry {
        overridable: true,
        ..firm(id, title, look)
    }
}

/// Every check, in the order in which they are told.
const CHECKS: [Entry; 26] = [
    firm("deleting", "Nothing is being deleted", settled::deleting),
    soft("paused", "Nothing is paused", settled::paused),
    of_version("no-downgrade", "Versions go up", versions::no_downgrade),
    of_version(
        "version-step",
        "One minor version at a time",
        versions::version_step,
    ),
    of_version(
        "skew-workers",
        "Workers stay near their control plane",
        versions::skew_workers,
    ),
    firm(
        "control-plane-first",
        "Workers are not newer than the control plane",
        versions::control_plane_first,
    ),
    firm(
        "skew-kubeadm",
        "New machines can join meanwhile",
        versions::skew_kubeadm,
    ),
    of_version(
        "old-registry",
        "Images come from a registry that exists",
        versions::old_registry,
    ),
    of_version(
        "kubeadm-regression",
        "The provider is new enough for this kubeadm",
        versions::kubeadm_regression,
    ),
    of_version(
        "host-installers",
        "Hosts can install the version",
        hosts::installers,
    ),
    firm(
        "rollout-settled",
        "Earlier rollouts have ended",
        settled::rollout_settled,
    ),
    soft(
        "topology-reconciled",
        "Somebody reconciles the topology",
        settled::topology_reconciled,
    ),
    firm(
        "topology-settled",
        "The topology's last upgrade has ended",
        settled::topology_settled,
    ),
    firm("on-delete", "Old machines go by themselves", settled::on_delete),
    firm("hooks", "Nothing holds the upgrade back", settled::hooks),
    firm(
        "control-plane-health",
        "The control plane is well",
        control_plane::health,
    ),
    firm(
        "etcd-quorum",
        "etcd can do without a member",
        control_plane::quorum,
    ),
    firm(
        "even-control-plane",
        "An odd number of etcd members",
        control_plane::even,
    ),
    firm(
        "remediation-under-way",
        "No machine is being repaired",
        settled::remediation,
    ),
    soft(
        "health-check-limit",
        "Health checks go on repairing",
        health_checks::limit,
    ),
    soft("spare-hosts", "There are hosts for the surge", hosts::spare),
    soft("budgets", "Nodes can be drained", budgets::hold),
    soft("drain-timeout", "No drain waits for ever", budgets::drain_timeout),
    firm("autoscaler", "Nobody else changes replicas", settled::autoscaler),
    soft(
        "gitops",
        "No other tool sets the version back",
        gitops::owners_of_versions,
    ),
    firm("admission", "The webhooks take it", versions::admission),
];

/// The names of all checks.
pub fn ids() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.id)
}

/// What all checks find that are a question here.
pub(super) fn look(scene: &Scene<'_>, aim: &Aim) -> Vec<Check> {
    CHECKS
        .iter()
        .filter_map(|entry| {
            let found = match (entry.look)(scene, aim) {
                Finding::NoQuestion => return None,
                Finding::Well(seen) => Found::Well(seen),
                Finding::Warns(what) => Found::Warns(what),
                Finding::Blocks(why) => Found::Blocks {
                    why,
                    overridable: entry.overridable,
                },
                Finding::Unknown(why) => Found::Unknown(why),
            };
            Some(Check {
                id: entry.id.into(),
                title: entry.title.to_owned(),
                found,
            })
        })
        .collect()
}

/// Why the version that is aimed at is not possible, whatever the state of the cluster.
pub(super) fn refusal(scene: &Scene<'_>, aim: &Aim) -> Option<String> {
    let mut of_version = CHECKS.iter().filter(|entry| entry.of_version);
    of_version.find_map(|entry| match (entry.look)(scene, aim) {
        Finding::Blocks(why) => Some(why),
        Finding::Well(_) | Finding::Warns(_) | Finding::Unknown(_) | Finding::NoQuestion => None,
    })
}

/// Sentences of several objects as one, the first ones in full.
pub(super) fn together(mut sentences: Vec<String>) -> Option<String> {
    const MOST: usize = 4;
    let more = sentences.len().saturating_sub(MOST);
    sentences.truncate(MOST);
    let text = sentences.join("; ");
    match more {
        0 => (!text.is_empty()).then_some(text),
        more => Some(format!("{text}; and {more} more")),
    }
}

/// Blocks with these sentences, or is well.
pub(super) fn blocked_by(sentences: Vec<String>, well: &str) -> Finding {
    match together(sentences) {
        Some(why) => Finding::Blocks(why),
        None => Finding::Well(well.to_owned()),
    }
}
