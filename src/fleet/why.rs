//! Why an object is not as it should be: the way along its references down to the object that is at the bottom of it.
//!
//! Health takes the line of a row from this very way, so that what a row says and what is called its cause never differ.
//! Every step follows from the object that it is taken from alone; so all who come by an object come to the same end.

use compact_str::CompactString;
use fleetui_api::facts::{CompactCondition, Reference};
use fleetui_api::kinds::{Role, core};
use fleetui_base::{GroupKind, ObjectKey, ObjectName};
use jiff::Timestamp;

use crate::health::{self, Blame, Health, Judged, Verdict};
use crate::hosts::{HostRow, leaving, occupant, verdict_of};
use crate::premises::{Around, Standing};
use crate::row::Row;
use crate::session::Clock;
use crate::store::FleetStore;
use crate::waits_for::{self, WaitsFor};

/// The longest way that is followed. References lead down only, so that none is longer; this is for what nobody thought of.
const LONGEST_WAY: usize = 12;

/// The way from an object to what is at the bottom of its trouble.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The object itself first, the deepest one that is not as it should be last. Never empty.
    pub steps: Vec<Step>,
    /// Objects that the last one references and that are not there.
    pub missing: Vec<ObjectKey>,
    /// Who has to act before this goes on.
    pub waits_for: WaitsFor,
}

/// One object on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where it is found.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: CompactString,
    /// How it is doing, and what it says itself. Not yet safe to show.
    pub verdict: Verdict,
    /// Since when it is so.
    pub since: Option<Timestamp>,
}

impl Why {
    /// The deepest object that is not as it should be.
    pub fn root(&self) -> Option<&Step> {
        self.steps.last()
    }
}

/// Why the object at `key` is as it is at `now`; absent where there is no such object.
pub fn why(store: &FleetStore, key: &ObjectKey, now: Timestamp) -> Option<Why> {
    let session = store.session(&key.management_cluster);
    let clock = Clock::of(session.map(AsRef::as_ref), now);
    let around = Around::new(store, clock.now);
    let row = store.get(key)?;
    let host = HostRow::known(store, row, now);
    let mut way = way(row, &around);
    if let Some((_, judged)) = way.first_mut().filter(|_| host.is_some()) {
        judged.verdict = verdict_of(store, row, now);
    }
    // What empties a host is told by the machine that leaves it.
    if let Some(machine) = host.as_ref().and_then(|host| leaving(store, host)) {
        way.extend(self::way(machine, &around));
    }
    let (root, judged) = way.last()?;
    Some(Why {
        missing: missing(root, store, judged.verdict.health),
        waits_for: waits_for::of(root, judged, around.is_paused(root)),
        steps: way.iter().map(|(row, judged)| step(row, judged, clock)).collect(),
    })
}

fn step(row: &Row, judged: &Judged, clock: Clock) -> Step {
    Step {
        key: row.key(),
        uid: row.facts.uid.clone(),
        verdict: judged.verdict.clone(),
        since: judged.since.map(|since| clock.ours(since)),
    }
}

/// The objects on the way from `row` down, itself first.
pub(crate) fn way<'a>(row: &'a Row, around: &Around<'a>) -> Vec<(&'a Row, Judged)> {
    let judged = health::assess(row, around.is_paused(row), around);
    let mut way = vec![(row, judged)];
    while let Some((last, judged)) = way.last()
        && way.len() < LONGEST_WAY
    {
        match next(last, judged, around) {
            Some(step) => way.push(step),
            None => break,
        }
    }
    way
}

/// The end of the way from an object that was judged, if that is another one, and whoever speaks for it: where a machine stands
/// on it, the machine, which is what people know.
pub(crate) fn bottom<'a>(
    row: &'a Row,
    judged: &Judged,
    around: &Around<'a>,
) -> Option<(&'a Row, &'a Row, Judged)> {
    let (mut root, mut of_root) = next(row, judged, around)?;
    let mut speaker = root;
    for _ in 1..LONGEST_WAY {
        let Some((below, of_below)) = next(root, &of_root, around) else {
            break;
        };
        // What runs a machine may be below what it stands on.
        speaker = if speaker.facts.role == Role::Machine && is_below_machines(below) {
            speaker
        } else {
            below
        };
        (root, of_root) = (below, of_below);
    }
    Some((root, speaker, of_root))
}

fn is_below_machines(row: &Row) -> bool {
    matches!(
        row.facts.role,
        Role::InfrastructureMachine | Role::BootstrapConfig | Role::Host
    )
}

/// The object that has to be looked at after `row`, whose verdict is `judged`.
fn next<'a>(row: &'a Row, judged: &Judged, around: &Around<'a>) -> Option<(&'a Row, Judged)> {
    if matches!(judged.verdict.health, Health::Good | Health::Paused) {
        return None;
    }
    let fault = judged.verdict.health.is_fault();
    let bad = |health: Health| !matches!(health, Health::Good | Health::Paused);
    let as_bad = |health: Health| if fault { health.is_fault() } else { bad(health) };
    match judged.blame {
        Blame::Itself if row.facts.role == Role::Cluster && health::has_no_connection(row) => {
            behind_the_connection(row, around)
        }
        Blame::Itself => None,
        Blame::StandsOn => stood_on(row, around)
            .or_else(|| owned_by_pool(row, as_bad, around))
            .or_else(|| run_by(row, as_bad, around))
            .or_else(|| waited_for(row, bad, around)),
        Blame::Infrastructure => one(row, row.facts.infrastructure.as_ref(), bad, around),
        Blame::ControlPlane if row.facts.role == Role::Cluster => control_plane(row, as_bad, around),
        Blame::ControlPlane => control_plane(around.cluster_of(row)?, as_bad, around),
        Blame::Workers => workers(row, as_bad, around),
        Blame::Owned => owned(row, as_bad, around),
        Blame::Anything => {
            let infrastructure = one(row, row.facts.infrastructure.as_ref(), as_bad, around);
            infrastructure
                .or_else(|| control_plane(row, as_bad, around))
                .or_else(|| workers(row, as_bad, around))
        }
        Blame::Connection => around
            .cluster_of(row)
            .filter(|cluster| health::has_no_connection(cluster))
            .map(|cluster| assessed(cluster.as_ref(), around)),
        Blame::Deletion => being_deleted(row, around),
    }
}

fn assessed<'a>(row: &'a Row, around: &Around<'a>) -> (&'a Row, Judged) {
    let judged = health::assess(row, around.is_paused(row), around);
    (row, judged)
}

/// The worst of some objects, the one that has been so longest; of equals the first.
fn worst<'a>(
    rows: impl Iterator<Item = &'a Row>,
    wanted: impl Fn(Health) -> bool,
    around: &Around<'a>,
) -> Option<(&'a Row, Judged)> {
    let judged = rows.filter_map(|row| {
        // Nearly all rows need no thought.
        if health::is_plainly_good(&row.facts, false) {
            return None;
        }
        let (row, judged) = assessed(row, around);
        wanted(judged.verdict.health).then_some((row, judged))
    });
    judged.reduce(|worst, next| if is_worse(&next.1, &worst.1) { next } else { worst })
}

fn is_worse(one: &Judged, other: &Judged) -> bool {
    let healths = one.verdict.health.cmp(&other.verdict.health);
    let longer = || match (one.since, other.since) {
        (Some(one), Some(other)) => one < other,
        (Some(_), None) => true,
        (None, _) => false,
    };
    healths.is_gt() || (healths.is_eq() && longer())
}

fn one<'a>(
    row: &'a Row,
    reference: Option<&Reference>,
    wanted: impl Fn(Health) -> bool,
    around: &Around<'a>,
) -> Option<(&'a Row, Judged)> {
    let found = around.find(row, reference?)?;
    // What a Cluster refers to stands below it, whatever its reference says.
    let below = matches!(
        found.facts.role,
        Role::InfrastructureCluster | Role::ControlPlane | Role::Other
    );
    worst(std::iter::once(found.as_ref()).filter(|_| below), wanted, around)
}

fn control_plane<'a>(
    cluster: &'a Row,
    wanted: impl Fn(Health) -> bool + Copy,
    around: &Around<'a>,
) -> Option<(&'a Row, Judged)> {
    let reference = cluster.facts.control_plane_reference.as_deref();
    one(cluster, reference, wanted, around).or_else(|| {
        let machines = around.members(cluster, Role::Machine);
        worst(
            machines.filter(|machine| machine.facts.control_plane),
            wanted,
            around,
        )
    })
}

fn workers<'a>(
    cluster: &'a Row,
    wanted: impl Fn(Health) -> bool + Copy,
    around: &Around<'a>,
) -> Option<(&'a Row, Judged)> {
    let sets = [Role::MachineDeployment, Role::MachinePool].into_iter();
    let sets = sets.flat_map(|role| around.members(cluster, role));
    worst(sets, wanted, around).or_else(|| {
        let machines = around.members(cluster, Role::Machine);
        worst(
            machines.filter(|machine| !machine.facts.control_plane),
            wanted,
            around,
        )
    })
}

fn owned<'a>(
    row: &'a Row,
    wanted: impl Fn(Health) -> bool + Copy,
    around: &Around<'a>,
) -> Option<(&'a Row, Judged)> {
    if row.facts.role != Role::MachineDeployment {
        return worst(around.owned(row, Role::Machine), wanted, around);
    }
    worst(around.owned(row, Role::MachineSet), wanted, around).or_else(|| {
        let sets = around.owned(row, Role::MachineSet);
        worst(
            sets.flat_map(|set| around.owned(set, Role::Machine)),
            wanted,
            around,
        )
    })
}

fn owned_by_pool<'a>(
    row: &'a Row,
    wanted: impl Fn(Health) -> bool,
    around: &Around<'a>,
) -> Option<(&'a Row, Judged)> {
    let pool = row.facts.role == Role::MachinePool;
    worst(around.owned(row, Role::Machine).filter(|_| pool), wanted, around)
}

/// What a machine stands on and is held up by.
fn stood_on<'a>(row: &'a Row, around: &Around<'a>) -> Option<(&'a Row, Judged)> {
    health::held_up_by(row, around).map(|found| assessed(found, around))
}

/// The host that a machine runs on, where it has one: asked last, as what the machine itself says of it is said by the objects
/// between them.
fn run_by<'a>(
    row: &'a Row,
    wanted: impl Fn(Health) -> bool,
    around: &Around<'a>,
) -> Option<(&'a Row, Judged)> {
    let facts = &row.facts;
    let name = match facts.role {
        Role::InfrastructureMachine => &facts.object.name,
        Role::Machine => &facts.infrastructure.as_ref()?.name,
        Role::Cluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::MachineHealthCheck
        | Role::InfrastructureCluster
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => return None,
    };
    let hosts = around.members(row, Role::Host);
    let its_own = hosts.filter(|host| occupant(host) == Some(name.as_str()));
    worst(its_own, wanted, around)
}

/// What of its Cluster a machine waits for, or what it stands on does. Control planes wait for the infrastructure alone; so
/// nobody waits for one who waits for him.
fn waited_for<'a>(
    row: &'a Row,
    wanted: impl Fn(Health) -> bool + Copy,
    around: &Around<'a>,
) -> Option<(&'a Row, Judged)> {
    let waits = |row: &Row| row.facts.conditions.iter().any(waits_for_its_cluster);
    if !waits(row) && !health::stands_on(row, around).any(waits) {
        return None;
    }
    let cluster = around
        .cluster_of(row)
        .filter(|_| row.facts.role != Role::Cluster)?;
    let infrastructure = one(cluster, cluster.facts.infrastructure.as_ref(), wanted, around);
    let of_control_plane = || {
        let waits = !is_of_control_plane(row) && cluster.facts.initialized != Some(true);
        control_plane(cluster, wanted, around).filter(|_| waits)
    };
    infrastructure.or_else(of_control_plane)
}

fn is_of_control_plane(row: &Row) -> bool {
    let owner = row.facts.owner.as_ref();
    row.facts.control_plane || owner.is_some_and(|owner| Role::of(&owner.kind) == Role::ControlPlane)
}

/// Whether a condition says that the Cluster has to come up first.
fn waits_for_its_cluster(condition: &CompactCondition) -> bool {
    !condition.good()
        && (condition.reason.starts_with("WaitingForCluster")
            || condition.reason.starts_with("WaitingForControlPlane")
            || condition.message().contains("Waiting for Cluster "))
}

/// A machine of the control plane that is broken for itself, and not only out of reach.
fn behind_the_connection<'a>(cluster: &'a Row, around: &Around<'a>) -> Option<(&'a Row, Judged)> {
    let machines = around.members(cluster, Role::Machine);
    let own = machines
        .filter(|machine| machine.facts.control_plane && Blame::of(machine, None) != Blame::Connection);
    worst(own, Health::is_fault, around)
}

/// What stands below an object and is being deleted as long as it is.
fn being_deleted<'a>(row: &'a Row, around: &Around<'a>) -> Option<(&'a Row, Judged)> {
    let deleted = |found: &&Row| found.facts.deleting_since.is_some();
    let any = |health: Health| health != Health::Good;
    match row.facts.role {
        Role::Cluster => {
            let below = [Role::MachineDeployment, Role::MachinePool, Role::ControlPlane];
            let below = below.into_iter().flat_map(|role| around.members(row, role));
            worst(below.filter(deleted), any, around)
                .or_else(|| worst(around.members(row, Role::Machine).filter(deleted), any, around))
                .or_else(|| {
                    let infrastructure = around.members(row, Role::InfrastructureCluster);
                    worst(infrastructure.filter(deleted), any, around)
                })
        }
        Role::MachineDeployment => {
            let sets = || around.owned(row, Role::MachineSet);
            worst(sets().filter(deleted), any, around).or_else(|| {
                let machines = sets().flat_map(|set| around.owned(set, Role::Machine));
                worst(machines.filter(deleted), any, around)
            })
        }
        Role::ControlPlane | Role::MachineSet => {
            worst(around.owned(row, Role::Machine).filter(deleted), any, around)
        }
        Role::Machine | Role::MachinePool => {
            worst(health::stands_on(row, around).filter(deleted), any, around)
        }
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

/// What an object in trouble references and what does not exist.
fn missing(row: &Row, store: &FleetStore, health: Health) -> Vec<ObjectKey> {
    let Some(partition) = store
        .partition(&row.management_cluster)
        .filter(|_| health.is_fault())
    else {
        return Vec::new();
    };
    let facts = &row.facts;
    let references = [
        facts.control_plane_reference.as_deref(),
        facts.infrastructure.as_ref(),
        facts.bootstrap.as_ref(),
    ];
    let is_missing = |kind: &GroupKind, name: &str| {
        Standing::of(partition, kind) == Standing::Read
            && store
                .find(&row.management_cluster, kind, &facts.object.namespace, name)
                .is_none()
    };
    let key = |kind: &GroupKind, name: &CompactString| {
        let object = ObjectName {
            namespace: facts.object.namespace.clone(),
            name: name.clone(),
        };
        ObjectKey::new(row.management_cluster.clone(), kind.clone(), object)
    };
    let cluster = facts.cluster.as_ref().map(|name| (core("Cluster"), name));
    let references = references.into_iter().flatten();
    references
        .map(|reference| (reference.kind.clone(), &reference.name))
        .chain(cluster)
        .filter(|(kind, name)| is_missing(kind, name))
        .map(|(kind, name)| key(&kind, name))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
