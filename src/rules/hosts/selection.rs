//! Which host a machine takes, and for each host that it does not take why.
//!
//! Hosts are first sifted, then ranked: one that is reserved for the cluster, one that served the same machines before, labels that were hoped for, few machines of
//! the same sort in its zone, few failures, long not used, and at last the name. The same hosts always give the same answer,
//! in whatever order they come.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fleetui_api::byoh::host::HostTaint;
use fleetui_api::byoh::machine::{ByoMachineSpec, HostToleration};
use fleetui_api::byoh::names;
use fleetui_api::labels;
use fleetui_api::v1beta2::LabelSelector;
use fleetui_base::human_duration;
use serde_json::Value;

use super::{Hold, Host, Stage, Watch, installable, quantity, quarantine};
use crate::selector;
use crate::version::Version;

/// The effect of a taint that also sends away the machine that has the host.
const EVICT: &str = "Evict";
/// The mode of maintenance that also sends away the machine that has the host.
pub const DRAIN: &str = "Drain";

/// What a machine asks of a host.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Its own wishes: labels, affinity, tolerations, resources.
    pub spec: &'a ByoMachineSpec,
    /// The version of Kubernetes that is to be installed; nothing where the hosts bring their own.
    pub installs: Option<&'a Version>,
    /// The failure domain that it has to be in.
    pub failure_domain: Option<&'a str>,
    /// The cluster that it belongs to; hosts may be reserved for it.
    pub cluster: Option<&'a str>,
    /// The set of machines that it belongs to, `<cluster>/<owner>`.
    pub owner: Option<&'a str>,
    /// Hosts on which it failed.
    pub tried: Vec<&'a str>,
    /// Hosts that other machines take at this moment, which may not stand on the hosts yet.
    pub being_taken: Vec<&'a str>,
    /// By what time hosts are judged.
    pub watch: Watch,
}

/// Why a host is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// Nobody has said yet that it may be used.
    NotApproved,
    /// It is being deleted.
    Retiring,
    /// It is paused.
    Paused,
    /// Its agent has not told yet what it is.
    Registering,
    /// A machine has taken it, and nothing has begun.
    Taken,
    /// A machine runs on it, or is being brought up on it.
    InUse,
    /// It is being reset.
    Releasing,
    /// Something of an earlier machine is on it.
    NotClean,
    /// It has been reset and is kept for somebody to look at.
    Released,
    /// Its agent was not heard for too long.
    Disconnected,
    /// It takes no further machine.
    Cordoned,
    /// Somebody looks after it.
    Maintenance,
    /// Machines failed on it.
    Quarantined,
    /// It has a taint that is not tolerated.
    Tainted,
    /// It is reserved for another cluster.
    Reserved,
    /// It lacks labels that are asked for.
    LabelsDiffer,
    /// The machine asks for another host by its name.
    OtherHost,
    /// The version cannot be installed on it.
    CannotInstall,
    /// It has too little of something.
    TooSmall,
    /// It stands in another failure domain.
    OtherFailureDomain,
    /// The machine has failed on it.
    TriedBefore,
    /// It is another name of a host that is in use.
    SameMachine,
}

impl Refusal {
    fn of_hold(hold: Hold) -> Self {
        match hold {
            Hold::Reserved => Self::Taken,
            Hold::InUse => Self::InUse,
        }
    }

    /// In a word or two, for a count of hosts. Those that are reserved for a machine and those on which one runs are told together:
    /// that sentence is kept where nobody hears that something has begun on a host.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotApproved => "not approved",
            Self::Retiring => "being deleted",
            Self::Paused => "paused",
            Self::Registering => "registering",
            Self::Taken | Self::InUse => "with a machine",
            Self::Releasing => "being reset",
            Self::NotClean => "not clean",
            Self::Released => "kept for inspection",
            Self::Disconnected => "disconnected",
            Self::Cordoned => "cordoned",
            Self::Maintenance => "in maintenance",
            Self::Quarantined => "quarantined",
            Self::Tainted => "with a taint that is not tolerated",
            Self::Reserved => "reserved for another cluster",
            Self::LabelsDiffer => "without the labels asked for",
            Self::OtherHost => "other than the one asked for",
            Self::CannotInstall => "that cannot install the version",
            Self::TooSmall => "too small",
            Self::OtherFailureDomain => "in another failure domain",
            Self::TriedBefore => "tried before",
            Self::SameMachine => "known by another name that is in use",
        }
    }
}

/// The answer for one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Hosts that can be taken by their place in what was given, the best first.
    pub candidates: Vec<usize>,
    /// The others, and why.
    pub refused: Vec<(usize, Refusal)>,
}

impl Selection {
    /// Why there is none: `0/12 hosts can be taken: 6 with a machine, 3 cordoned`.
    pub fn summary(&self) -> String {
        let total = self.candidates.len() + self.refused.len();
        let mut counts: BTreeMap<Refusal, usize> = BTreeMap::new();
        for (_, refusal) in &self.refused {
            let told = match refusal {
                Refusal::Taken => Refusal::InUse,
                refusal => *refusal,
            };
            *counts.entry(told).or_default() += 1;
        }
        let mut counts: Vec<(Refusal, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(refusal, count)| (Reverse(*count), *refusal));
        let reasons: Vec<String> = counts
            .iter()
            .map(|(refusal, count)| format!("{count} {}", refusal.words()))
            .collect();
        let colon = if reasons.is_empty() { "" } else { ": " };
        format!(
            "{}/{total} hosts can be taken{colon}{}",
            self.candidates.len(),
            reasons.join(", ")
        )
    }
}

/// Chooses among `hosts`, which are all of a pool.
pub fn select(hosts: &[Host<'_>], request: &Request<'_>) -> Selection {
    let crowds = crowds(hosts, request);
    let used: BTreeSet<&str> = hosts
        .iter()
        .filter(|host| host.is_taken())
        .filter_map(machine_id)
        .collect();
    let is_used = |host: &Host<'_>| machine_id(host).is_some_and(|id| used.contains(id));
    let mut ranked = Vec::new();
    let mut refused = Vec::new();
    for (index, host) in hosts.iter().enumerate() {
        match refusal(host, request) {
            Some(refusal) => refused.push((index, refusal)),
            None if is_used(host) => refused.push((index, Refusal::SameMachine)),
            None => ranked.push((rank(host, request, &crowds), index)),
        }
    }
    ranked.sort_unstable();
    Selection {
        candidates: ranked.into_iter().map(|(_, index)| index).collect(),
        refused,
    }
}

/// What tells the same machine under another name: its host's name was changed, or its disk copied.
fn machine_id<'a>(host: &Host<'a>) -> Option<&'a str> {
    host.status.machine_id.as_deref().filter(|id| !id.is_empty())
}

/// Why `host` is not taken by itself, whatever the others are; nothing where it can be.
pub fn refusal(host: &Host<'_>, request: &Request<'_>) -> Option<Refusal> {
    let state = host.state(request.watch);
    if host.spec.approved == Some(false) {
        return Some(Refusal::NotApproved);
    }
    if state.retiring {
        return Some(Refusal::Retiring);
    }
    if state.paused {
        return Some(Refusal::Paused);
    }
    match state.stage {
        Stage::Free if request.being_taken.contains(&host.name) => return Some(Refusal::Taken),
        Stage::Free => {}
        Stage::Reserved | Stage::Installing | Stage::Joining | Stage::InUse => {
            return state.stage.hold().map(Refusal::of_hold);
        }
        Stage::PendingApproval => return Some(Refusal::NotApproved),
        Stage::Registering => return Some(Refusal::Registering),
        Stage::Releasing => return Some(Refusal::Releasing),
        Stage::Unclean => return Some(Refusal::NotClean),
        Stage::Released => return Some(Refusal::Released),
    }
    let overlays = [
        (state.disconnected.is_some(), Refusal::Disconnected),
        (state.cordoned, Refusal::Cordoned),
        (state.maintenance, Refusal::Maintenance),
        (state.quarantined, Refusal::Quarantined),
    ];
    if let Some((_, refusal)) = overlays.into_iter().find(|(is_so, _)| *is_so) {
        return Some(refusal);
    }
    let spec = request.spec;
    match keeping_off(host, &spec.tolerations, request.cluster) {
        Some(taint) if taint.key == names::RESERVED_FOR => return Some(Refusal::Reserved),
        Some(_) => return Some(Refusal::Tainted),
        None => {}
    }
    if !selector::accepts_or_missing(spec.selector.as_ref(), host.labels) || !is_among_required(host, spec) {
        return Some(Refusal::LabelsDiffer);
    }
    if spec.host_name.as_ref().is_some_and(|wished| wished != host.name) {
        return Some(Refusal::OtherHost);
    }
    if request
        .installs
        .is_some_and(|version| !installable::of(host).includes(version))
    {
        return Some(Refusal::CannotInstall);
    }
    if spec
        .resources
        .iter()
        .any(|(name, least)| lacks(host, name, least))
    {
        return Some(Refusal::TooSmall);
    }
    if request.failure_domain.is_some_and(|wished| zone(host) != wished) {
        return Some(Refusal::OtherFailureDomain);
    }
    request.tried.contains(&host.name).then_some(Refusal::TriedBefore)
}

/// A refusal with what it is about: `in use by machine m`, `without the labels asked for: gpu=true`.
pub fn because(host: &Host<'_>, request: &Request<'_>, refusal: Refusal) -> String {
    let words = match refusal {
        Refusal::Taken => "reserved for another machine",
        Refusal::InUse => "in use",
        refusal => refusal.words(),
    };
    let about = match refusal {
        Refusal::Taken | Refusal::InUse | Refusal::Releasing => {
            host.labels.get(names::MACHINE_LABEL).cloned()
        }
        Refusal::Disconnected => host
            .silence(request.watch)
            .map(|silent| format!("silent for {}", human_duration::of_seconds(silent.as_secs()))),
        Refusal::Maintenance => host.spec.maintenance.as_ref().and_then(|it| it.reason.clone()),
        Refusal::Quarantined if host.held_back().is_some() => host.held_back().map(str::to_owned),
        Refusal::Quarantined => host
            .status
            .quarantine
            .as_ref()
            .and_then(|it| it.failure.as_ref())
            .map(quarantine::describe),
        Refusal::Tainted => {
            keeping_off(host, &request.spec.tolerations, request.cluster).map(|taint| taint.key.clone())
        }
        Refusal::Reserved => host.reserved_for().map(str::to_owned),
        Refusal::LabelsDiffer => labels_asked_for(host, request.spec),
        Refusal::OtherHost => request.spec.host_name.clone(),
        Refusal::CannotInstall => Some(format!("it can install {}", installable::of(host).describe())),
        Refusal::TooSmall => request
            .spec
            .resources
            .iter()
            .find(|(name, least)| lacks(host, name, least))
            .map(|(name, _)| name.clone()),
        Refusal::OtherFailureDomain => Some(zone(host).to_owned()),
        Refusal::NotApproved
        | Refusal::Retiring
        | Refusal::Paused
        | Refusal::Registering
        | Refusal::NotClean
        | Refusal::Released
        | Refusal::Cordoned
        | Refusal::SameMachine
        | Refusal::TriedBefore => None,
    };
    match about.filter(|about| !about.is_empty()) {
        Some(about) => format!("{words}: {about}"),
        None => words.to_owned(),
    }
}

/// Whether a host has the labels of one of the required entries, where there are some.
fn is_among_required(host: &Host<'_>, spec: &ByoMachineSpec) -> bool {
    let mut required = required(spec).peekable();
    required.peek().is_none() || required.any(|selector| selector::accepts(selector, host.labels))
}

fn required(spec: &ByoMachineSpec) -> impl Iterator<Item = &LabelSelector> {
    let affinity = spec.affinity.iter();
    affinity.flat_map(|affinity| affinity.required.iter().map(|required| &required.selector))
}

/// The labels that a host lacks: those of the selector, or those of all required entries.
fn labels_asked_for(host: &Host<'_>, spec: &ByoMachineSpec) -> Option<String> {
    let selector = spec.selector.as_ref();
    if let Some(selector) = selector.filter(|selector| !selector::accepts(selector, host.labels)) {
        return selector.text();
    }
    let all: Vec<String> = required(spec).filter_map(LabelSelector::text).collect();
    (!all.is_empty()).then(|| all.join(" or "))
}

/// What ranks a host; the least comes first.
type Rank<'a> = (
    Reverse<bool>,
    Reverse<bool>,
    Reverse<i64>,
    usize,
    u32,
    &'a str,
    &'a str,
);

fn rank<'a>(host: &Host<'a>, request: &Request<'_>, crowds: &BTreeMap<&str, usize>) -> Rank<'a> {
    let served = host.annotations.get(names::SERVED).map(String::as_str);
    let sticky = request.owner.is_some() && served == request.owner;
    let preferred = request
        .spec
        .affinity
        .iter()
        .flat_map(|affinity| &affinity.preferred);
    let weight = preferred
        .filter(|preferred| selector::accepts(&preferred.selector, host.labels))
        .map(|preferred| i64::from(preferred.weight))
        .sum();
    let crowd = crowds.get(zone(host)).copied().unwrap_or(0);
    // Those that are reserved are nobody else's, so the others stay free.
    let own = request.cluster.is_some() && host.reserved_for() == request.cluster;
    (
        Reverse(own),
        Reverse(sticky),
        Reverse(weight),
        crowd,
        quarantine::failures(host.status.quarantine.as_ref()),
        last_used(host),
        host.name,
    )
}

/// How many machines of the same set each zone has.
fn crowds<'a>(hosts: &[Host<'a>], request: &Request<'_>) -> BTreeMap<&'a str, usize> {
    let mut crowds = BTreeMap::new();
    let Some(owner) = request.owner else {
        return crowds;
    };
    let same = |host: &&Host<'_>| {
        host.is_taken() && host.annotations.get(names::SERVED).map(String::as_str) == Some(owner)
    };
    for host in hosts.iter().filter(same) {
        *crowds.entry(zone(host)).or_default() += 1;
    }
    crowds
}

/// When its last node went, as text that sorts by time; empty where it never had one.
fn last_used<'a>(host: &Host<'a>) -> &'a str {
    let absent = |condition: &&fleetui_api::v1beta2::OldCondition| {
        condition.kind == names::BOOTSTRAP_SUCCEEDED
            && condition.reason.as_deref() == Some(names::reason::NODE_ABSENT)
    };
    let found = host.status.conditions.iter().find(absent);
    found.map_or("", |condition| condition.last_transition_time.as_str())
}

/// The failure domain that a host stands in; empty where it does not say.
pub fn zone<'a>(host: &Host<'a>) -> &'a str {
    host.labels.get(names::ZONE_LABEL).map_or("", String::as_str)
}

/// Why the machine that has a host has to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eviction<'a> {
    /// A taint, by its key, that it does not tolerate.
    Taint(&'a str),
    /// The host is to be looked after, and is drained for it.
    Maintenance,
}

impl fmt::Display for Eviction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taint(key) => write!(f, "has the taint {key}, which is not tolerated"),
            Self::Maintenance => f.write_str("is drained for maintenance"),
        }
    }
}

/// What sends away the machine that has a host, where something does.
pub fn evicting<'a>(host: &Host<'a>, spec: &ByoMachineSpec) -> Option<Eviction<'a>> {
    let maintenance = host.spec.maintenance.as_ref();
    if maintenance.is_some_and(|maintenance| maintenance.mode.as_deref() == Some(DRAIN)) {
        return Some(Eviction::Maintenance);
    }
    let cluster = host.labels.get(labels::CLUSTER_NAME).map(String::as_str);
    let mut taints = host.spec.taints.iter();
    let taint = taints.find(|taint| {
        taint.effect.as_deref() == Some(EVICT) && keeps_off(taint, &spec.tolerations, cluster)
    })?;
    Some(Eviction::Taint(&taint.key))
}

/// A taint that keeps machines of `cluster` off the host.
fn keeping_off<'a>(
    host: &Host<'a>,
    tolerations: &[HostToleration],
    cluster: Option<&str>,
) -> Option<&'a HostTaint> {
    let mut taints = host.spec.taints.iter();
    taints.find(|taint| keeps_off(taint, tolerations, cluster))
}

fn keeps_off(taint: &HostTaint, tolerations: &[HostToleration], cluster: Option<&str>) -> bool {
    if taint.key == names::RESERVED_FOR && cluster.is_some() && taint.value.as_deref() == cluster {
        return false;
    }
    let tolerated = |toleration: &HostToleration| {
        toleration.key.as_ref().is_none_or(|key| *key == taint.key)
            && (toleration.value.is_none() || toleration.value == taint.value)
    };
    !tolerations.iter().any(tolerated)
}

fn lacks(host: &Host<'_>, name: &str, least: &Value) -> bool {
    let Some(least) = quantity::parse(least) else {
        return false;
    };
    let has = host.status.capacity.get(name).and_then(quantity::parse);
    has.is_none_or(|has| has < least)
}
