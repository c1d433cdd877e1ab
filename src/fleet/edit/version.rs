//! Versions as they are typed, and which of them an object may be taken to.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use compact_str::{CompactString, ToCompactString};
use fleetui_api::kinds::{Role, asks_for_hosts};
use fleetui_rules::hosts::installable;
use fleetui_rules::version::Version;

use super::Refused;
use super::target::{Target, name};
use crate::hosts::is_of_pool;
use crate::row::Row;
use crate::store::FleetStore;

/// Reads a version and holds it against the rules of the object. Gives it as it is written, with its `v`.
pub(super) fn read(store: &FleetStore, target: &Target<'_>, typed: &str) -> Result<String, Refused> {
    let to: Version = typed
        .trim()
        .parse()
        .map_err(|error| Refused::because(format!("{error}")))?;
    let current = target.value();
    if lenient(&current).as_ref() == Some(&to) {
        return Err(Refused::unchanged(format!("no change: already {to}")));
    }
    Rules::of(store, target.row, &current).check(&to)?;
    Ok(to.to_string())
}

/// Holds a version that is written otherwise than in its cell against the rules of the object, which asks for `from`.
pub(super) fn judge(store: &FleetStore, row: &Arc<Row>, (from, to): (&str, &str)) -> Result<(), Refused> {
    let Some(to) = lenient(to) else {
        return Err(Refused::because(format!("{to} is no Kubernetes version")));
    };
    Rules::of(store, row, from).check(&to)
}

/// A version that a person may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The version as it is written.
    pub version: CompactString,
    /// Why the rules do not allow it, if they do not.
    pub refused: Option<String>,
}

/// At most so many newer versions are offered that the rules do not allow.
const MOST_REFUSED: usize = 6;

/// Versions seen in the fleet, best first: of those that the rules allow, for workers their control plane's own, then the
/// newest; behind them what is newer and not allowed, the nearest first.
pub(super) fn candidates(store: &FleetStore, target: &Target<'_>) -> Vec<Candidate> {
    let rules = Rules::of(store, target.row, &target.value());
    let current = lenient(&target.value());
    let seen: HashSet<&str> = store.rows(None).flat_map(|row| seen_versions(row)).collect();
    let mut seen: BTreeSet<Version> = seen.into_iter().filter_map(|text| text.parse().ok()).collect();
    seen.append(&mut installable::releases(
        named_by_hosts(store, target.row),
        &seen,
    ));
    let mut versions: Vec<Version> = seen.into_iter().collect();
    versions.retain(|version| Some(version) != current.as_ref());
    versions.sort_by(|one, other| {
        let own = |version: &Version| rules.control_plane.as_ref() == Some(version);
        own(other).cmp(&own(one)).then_with(|| other.cmp(one))
    });
    let judged = versions.iter().map(|version| Candidate {
        version: version.to_compact_string(),
        refused: rules.check(version).err().map(|refused| refused.what),
    });
    let (mut allowed, mut refused): (Vec<_>, Vec<_>) =
        judged.partition(|candidate| candidate.refused.is_none());
    refused.reverse();
    // An older one is nothing that anybody wants, and there may be many.
    refused.retain(|candidate| candidate.version.parse::<Version>().ok() > current);
    refused.truncate(MOST_REFUSED);
    allowed.append(&mut refused);
    allowed
}

/// What the hosts of its namespace can be given, where an object makes machines that take hosts.
fn named_by_hosts<'a>(store: &'a FleetStore, row: &Row) -> impl Iterator<Item = &'a str> {
    let template = row.facts.infrastructure.as_ref();
    let takes_hosts = template.is_some_and(|template| asks_for_hosts(&template.kind));
    let namespace = row.facts.object.namespace.clone();
    let rows = takes_hosts.then(|| store.rows(Some(&row.management_cluster)));
    let hosts = rows
        .into_iter()
        .flatten()
        .filter(move |host| is_of_pool(host) && host.facts.object.namespace == namespace);
    let facts = hosts.filter_map(|host| host.facts.particulars.as_ref()?.host.as_deref());
    facts
        .flat_map(|host| &host.status.installable_versions)
        .map(String::as_str)
}

/// Versions of Kubernetes that an object asks for or runs; other objects have versions of their own.
fn seen_versions(row: &Row) -> impl Iterator<Item = &str> {
    let running = row
        .facts
        .particulars
        .as_ref()
        .and_then(|particulars| particulars.running_version.as_deref());
    seen_version(row).into_iter().chain(running)
}

fn seen_version(row: &Row) -> Option<&str> {
    match row.facts.role {
        Role::Cluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::Machine => row.facts.version.as_deref(),
        Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => None,
    }
}

/// The Cluster of an object: the one that it names, else the one that refers to it as its control plane.
fn cluster<'a>(store: &'a FleetStore, row: &Row) -> Option<&'a Arc<Row>> {
    let refers = |cluster: &&Arc<Row>| {
        let found = store.control_plane_of(cluster);
        found.is_some_and(|found| found.facts.uid == row.facts.uid)
    };
    let referring = || {
        let rows = store
            .rows(Some(&row.management_cluster))
            .filter(|_| row.facts.role == Role::ControlPlane);
        rows.filter(|cluster| cluster.facts.role == Role::Cluster)
            .find(refers)
    };
    store.cluster_of(row).or_else(referring)
}

/// What holds for one object.
struct Rules<'a> {
    /// Whether the object is, or leads, a control plane.
    leads: bool,
    /// The version that it asks for.
    asked: Option<Version>,
    /// The oldest version that its control plane still runs; of workers, what they may not pass.
    control_plane: Option<Version>,
    /// Whether its machines join by kubeadm, which wants the control plane's own minor version.
    kubeadm: bool,
    /// What a control plane must not leave behind.
    workers: Vec<&'a Arc<Row>>,
}

impl<'a> Rules<'a> {
    fn of(store: &'a FleetStore, row: &Row, asked: &str) -> Self {
        let leads = matches!(row.facts.role, Role::Cluster | Role::ControlPlane);
        let cluster = cluster(store, row);
        let own = row.facts.cluster.as_deref();
        let name = own.or(cluster.map(|cluster| cluster.facts.object.name.as_str()));
        let members = |role: Role| {
            store.cluster_members(
                &row.management_cluster,
                &row.facts.object.namespace,
                name.unwrap_or_default(),
                role,
            )
        };
        // Control planes of other providers may carry no name of their Cluster, which refers to them all the same.
        let referred = cluster.and_then(|cluster| store.control_plane_of(cluster));
        let control_plane = members(Role::ControlPlane).chain(referred).find_map(|row| {
            let running = row
                .facts
                .particulars
                .as_ref()
                .and_then(|some| some.running_version.as_deref());
            lenient(running.or(row.facts.version.as_deref())?)
        });
        let workers = [Role::MachineDeployment, Role::MachineSet, Role::MachinePool]
            .into_iter()
            .flat_map(members);
        Self {
            leads,
            asked: lenient(asked),
            control_plane,
            kubeadm: is_kubeadm(row),
            // The topology takes its workers along itself.
            workers: if leads && row.facts.topology.is_none() {
                workers.collect()
            } else {
                Vec::new()
            },
        }
    }

    fn check(&self, to: &Version) -> Result<(), Refused> {
        if self.leads {
            self.check_control_plane(to)
        } else {
            self.check_workers(to)
        }
    }

    fn check_control_plane(&self, to: &Version) -> Result<(), Refused> {
        if let Some(asked) = &self.asked {
            if to < asked {
                return Err(Refused::because(format!(
                    "a control plane cannot go back: version cannot be decreased from {asked} to {to}"
                )));
            }
            if !asked.may_upgrade_to(to) {
                return Err(Refused::because(format!(
                    "cannot update Kubernetes version from {asked} to {to}: one minor version at a time"
                )));
            }
        }
        if let Some(running) = &self.control_plane
            && !running.may_upgrade_to(to)
        {
            return Err(Refused::because(format!(
                "the control plane still runs {running}: it has to complete that upgrade before {to}"
            )));
        }
        for workers in &self.workers {
            // An old set that was scaled to nothing stands for its deployment's past.
            let empty = workers
                .facts
                .replicas
                .as_ref()
                .is_some_and(|replicas| replicas.desired == Some(0));
            let version = workers
                .facts
                .version
                .as_deref()
                .and_then(lenient)
                .filter(|_| !empty);
            if let Some(version) = version
                && version < *to
                && !version.may_run_under(to)
            {
                return Err(Refused::because(format!(
                    "{} at {version} would be more than three minor versions behind {to}: upgrade it first",
                    name(workers)
                )));
            }
        }
        Ok(())
    }

    fn check_workers(&self, to: &Version) -> Result<(), Refused> {
        let Some(control_plane) = &self.control_plane else {
            return Ok(());
        };
        if (to.major(), to.minor()) > (control_plane.major(), control_plane.minor()) {
            return Err(Refused::because(format!(
                "workers may not be newer than their control plane, which runs {control_plane}"
            )));
        }
        if !to.may_run_under(control_plane) {
            return Err(Refused::because(format!(
                "workers may be three minor versions behind their control plane at most, which runs {control_plane}"
            )));
        }
        if self.kubeadm && !to.may_join(control_plane) {
            return Err(Refused::because(format!(
                "kubeadm of {to} cannot join a control plane of {control_plane}: the minor version has to be the same"
            )));
        }
        Ok(())
    }
}

/// Whether machines of an object join by kubeadm.
pub(crate) fn is_kubeadm(row: &Row) -> bool {
    row.facts
        .bootstrap
        .as_ref()
        .is_some_and(|it| it.kind.kind.starts_with("KubeadmConfig"))
}

/// Reads a version; managed control planes leave the patch out (`v1.31`).
pub(crate) fn lenient(text: &str) -> Option<Version> {
    text.parse().or_else(|_| format!("{text}.0").parse()).ok()
}
