//! The hosts of every pool: which are free, who has the others, what is wrong with them, and why a machine that waits
//! finds none.
//!
//! The rules of hosts decide, the same that the controllers ask. Must not know: how a pool is shown.

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use fleetui_api::byoh::names::{self, AGENT_CONNECTED};
use fleetui_api::facts::{Facts, HostFacts, HostRequest, Reference};
use fleetui_api::kinds::{INFRASTRUCTURE, METAL3, TINKERBELL, TINKERBELL_LABELS};
use fleetui_api::labels;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName, human_duration};
use fleetui_rules::hosts::installable::{self, Installable};
use fleetui_rules::hosts::selection;
use fleetui_rules::hosts::{Host, Stage, State, Watch, quarantine};
use jiff::{SignedDuration, Timestamp};

use crate::filter::Filter;
use crate::health::{Health, Verdict};
use crate::row::Row;
use crate::store::FleetStore;

pub use counts::{FACTS, Place, Sort, label_keys};
use listed::rows;
pub(crate) use occupant::occupant;
pub(crate) use room::free_for;
pub(crate) use room::spare;
pub use room::{Ask, asks, infrastructure_on, machine_on, room_for};
pub use standing::Standing;
pub(crate) use told::{NO_REASON, given, leaving, verdict as verdict_of, verdict_below};
pub(crate) use waiting::could_take;
pub use waiting::{NoHost, Waiting, waiting, why_no_host};

mod counts;
mod listed;
mod occupant;
mod room;
mod standing;
mod told;
mod waiting;

/// How long a host may be silent, where nobody says; the same that the controllers begin with.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_mins(2);

/// What Metal3 calls a host of which it does not know enough to register it.
const UNMANAGED: &str = "unmanaged";

/// Which hosts are meant.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// Only those of this management cluster.
    pub only: Option<ManagementCluster>,
    /// Only those of this namespace.
    pub namespace: Option<CompactString>,
    /// Only what matches.
    pub filter: Option<Filter>,
    /// Only what is not as it should be.
    pub faults_only: bool,
}

/// The hosts that are meant, and how many a filter hides.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    /// By management cluster, namespace and name.
    pub rows: Vec<HostRow>,
    /// Hosts that filter or faults-only keep from being seen.
    pub hidden: usize,
}

/// A host.
#[derive(Debug, Clone)]
pub struct HostRow {
    /// The object.
    pub row: Arc<Row>,
    /// What it is at, and what lies over that.
    pub state: State,
    /// The one word for a count.
    pub standing: Standing,
    /// How it is doing and why.
    pub verdict: Verdict,
    /// Who has it.
    pub taken_by: Option<Taken>,
    /// When its agent was last heard, by what the host says.
    pub heard: Option<Timestamp>,
    /// Whether its management cluster still tells of it; else all of this is of the past.
    pub live: bool,
}

/// Who has a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The infrastructure machine, as far as it is known.
    pub machine: Option<ObjectKey>,
    /// Its name, or what the host says of it.
    pub name: CompactString,
    /// The cluster.
    pub cluster: Option<CompactString>,
}

impl Hosts {
    /// The hosts as they are at `now`.
    pub fn build(store: &FleetStore, options: &HostOptions, now: Timestamp) -> Self {
        let mut hosts = Self::default();
        for row in rows(store, options.only.as_ref(), options.namespace.as_deref()) {
            let Some(host) = HostRow::known(store, row, now) else {
                continue;
            };
            let now = store.time_of(&row.management_cluster, now);
            let session = store.session(&row.management_cluster);
            let group = session.and_then(|session| session.group.as_deref());
            let is_wanted = (!options.faults_only || host.verdict.health.is_fault())
                && options.filter.as_ref().is_none_or(|filter| {
                    filter.is_of_group(group) && filter.matches_listed(row, &host.searched(), now)
                });
            if is_wanted {
                hosts.rows.push(host);
            } else {
                hosts.hidden += 1;
            }
        }
        hosts
    }
}

/// Whether a host is of a pool that ByoMachines take hosts from; others are only shown.
pub fn is_of_pool(row: &Row) -> bool {
    kept(&row.facts).is_some_and(|kept| kept.inventory.is_none())
}

impl HostRow {
    /// What is known of a host; nothing of an object that is none.
    pub fn of(row: &Arc<Row>, now: Timestamp) -> Option<Self> {
        let kept = kept(&row.facts)?;
        let host = host(&row.facts, kept, now);
        let state = host.state(watch(now));
        let standing = Standing::of(state, host.reserved_for());
        Some(Self {
            verdict: verdict(&host, (state, standing), kept.inventory.as_deref(), now),
            taken_by: taken(row, kept),
            heard: time(kept.status.last_heartbeat_time.as_deref()),
            row: Arc::clone(row),
            state,
            standing,
            live: true,
        })
    }

    /// What is kept of it for the rules.
    pub fn host(&self) -> Option<&HostFacts> {
        kept(&self.row.facts)
    }

    /// The provider whose inventory it is of, where it is only read.
    pub fn inventory(&self) -> Option<&'static str> {
        self.host()?.inventory.as_ref()?;
        Some(match self.row.facts.kind.group.as_ref() {
            METAL3 => "Metal3",
            TINKERBELL => "Tinkerbell",
            _ => "another provider",
        })
    }

    /// Zone that it stands in; empty where it does not say.
    pub fn zone(&self) -> &str {
        let labels = self.host().map(|host| &host.labels);
        labels
            .and_then(|labels| labels.get(names::ZONE_LABEL))
            .map_or("", String::as_str)
    }

    /// Processor architecture; empty where it does not say.
    pub fn architecture(&self) -> &str {
        let info = self.host().and_then(|host| host.status.hostinfo.as_ref());
        info.and_then(|info| info.architecture.as_deref())
            .unwrap_or_default()
    }

    /// Operating system with its release; empty where it does not say.
    pub fn system(&self) -> &str {
        let info = self.host().and_then(|host| host.status.hostinfo.as_ref());
        info.and_then(|info| info.osimage.as_deref()).unwrap_or_default()
    }

    /// What it says of `zone`, `arch`, `system`, or of a label; empty where it does not say.
    pub fn fact(&self, key: &str) -> &str {
        let labels = self.host().map(|host| &host.labels);
        let label = labels.and_then(|labels| labels.get(key)).map(String::as_str);
        let own = match key {
            "zone" => self.zone(),
            "arch" => self.architecture(),
            "system" => self.system(),
            _ => "",
        };
        // Where it says nothing of that itself, somebody may have written it down as a label.
        if own.is_empty() {
            label.unwrap_or_default()
        } else {
            own
        }
    }

    /// How much it has of `cpu` or `memory`; empty where it does not say.
    pub fn capacity(&self, name: &str) -> String {
        match self.host().and_then(|host| host.status.capacity.get(name)) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        }
    }

    /// Addresses of its network interfaces, first those that the default route goes through; none where it does not say.
    pub fn addresses(&self) -> Vec<&str> {
        let network = self.host().map_or(&[][..], |host| &host.status.network);
        let of = |is_default: bool| {
            let found = network
                .iter()
                .filter(move |card| (card.is_default == Some(true)) == is_default);
            found.flat_map(|card| card.ip_addrs.iter().map(String::as_str))
        };
        of(true).chain(of(false)).collect()
    }

    /// The Kubernetes versions that can be installed on it, `v1.31, v1.32` or `v1.25 and newer`; empty where it takes no machines, or does
    /// not say what it is.
    pub fn installs(&self) -> String {
        let host = self.host().filter(|host| host.inventory.is_none());
        match host.map(|host| installable::reported(&host.status)) {
            None | Some(Installable::Nothing) => String::new(),
            Some(installable) => installable.brief(),
        }
    }

    /// Labels that say what it is like: neither Cluster API's nor the provider's own.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.host().into_iter().flat_map(|host| &host.labels);
        labels
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .filter(|(key, _)| {
                *key != labels::CLUSTER_NAME
                    && *key != names::MACHINE_LABEL
                    && !key.starts_with(TINKERBELL_LABELS)
            })
    }

    /// The group that it is counted in: what is not told of any more may have been taken since.
    pub fn counted(&self) -> Standing {
        if self.live {
            self.standing
        } else {
            Standing::NotLive
        }
    }

    /// What it is at, and what lies over that, and whether it is of the past. A free one that cannot be taken, or not by
    /// everybody, is not called free.
    pub fn words(&self) -> String {
        let state = self.state.to_string();
        let is_kept = self.standing == Standing::Reserved || self.is_reserved();
        if is_kept && self.state.stage == Stage::Free {
            let reserved = state.replacen(Stage::Free.as_str(), Stage::Reserved.as_str(), 1);
            return self.with_liveness(reserved);
        }
        self.with_liveness(state.strip_prefix("Free,").unwrap_or(&state).to_owned())
    }

    /// Whether it is kept for the machines of one cluster.
    pub fn is_reserved(&self) -> bool {
        let kept = self.host();
        kept.is_some_and(|kept| {
            kept.spec
                .taints
                .iter()
                .any(|taint| taint.key == names::RESERVED_FOR)
        })
    }

    /// A filter finds a host by its state and by who has it, too.
    fn searched(&self) -> Verdict {
        let taken = self.taken_by.as_ref();
        let who = taken.map_or("", |taken| taken.name.as_str());
        let cluster = taken
            .and_then(|taken| taken.cluster.as_deref())
            .unwrap_or_default();
        let state = self.words();
        Verdict {
            line: format!(
                "{state} {} {who} {cluster} {} {} {}",
                self.counted().as_str(),
                self.zone(),
                self.architecture(),
                self.verdict.line
            ),
            ..self.verdict.clone()
        }
    }
}

fn kept(facts: &Facts) -> Option<&HostFacts> {
    facts.particulars.as_ref()?.host.as_deref()
}

fn time(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// By what time hosts are judged.
pub(crate) fn watch(now: Timestamp) -> Watch {
    Watch {
        now,
        timeout: HEARTBEAT_TIMEOUT,
    }
}

/// A host as the rules look at it.
pub(crate) fn as_host<'a>(facts: &'a Facts, kept: &'a HostFacts, now: Timestamp) -> Host<'a> {
    host(facts, kept, now)
}

fn host<'a>(facts: &'a Facts, kept: &'a HostFacts, now: Timestamp) -> Host<'a> {
    let mut host = Host {
        name: &facts.object.name,
        labels: &kept.labels,
        annotations: &kept.annotations,
        deleting: facts.deleting_since.is_some(),
        spec: &kept.spec,
        status: &kept.status,
        heard: None,
    };
    host.heard = heard(&host, now);
    host
}

/// When a host was heard, for the rules: the manager knows by the server's clock whether that is too long ago; only where it
/// says nothing, the host's own clock counts.
fn heard(host: &Host<'_>, now: Timestamp) -> Option<Timestamp> {
    let said = time(host.status.last_heartbeat_time.as_deref());
    let Some(connected) = host.condition(AGENT_CONNECTED) else {
        return said;
    };
    if connected.status != "False" {
        return None;
    }
    // It was silent for too long already when the manager said so.
    let timeout = SignedDuration::try_from(HEARTBEAT_TIMEOUT).unwrap_or(SignedDuration::MAX);
    let before = time(Some(connected.last_transition_time.as_str())).unwrap_or(now);
    let too_long = before
        .checked_sub(timeout.saturating_add(SignedDuration::from_secs(1)))
        .unwrap_or(before);
    Some(said.map_or(too_long, |said| said.min(too_long)))
}

/// How a host is doing, and why it takes no machine or what went wrong on it.
fn verdict(
    host: &Host<'_>,
    (state, standing): (State, Standing),
    inventory: Option<&str>,
    now: Timestamp,
) -> Verdict {
    let failed = host.status.failure.as_ref();
    let held = host.status.quarantine.as_ref().and_then(|it| it.failure.as_ref());
    let failure = failed
        .or(held.filter(|_| state.quarantined))
        .map(quarantine::describe);
    let maintenance = host.spec.maintenance.as_ref().and_then(|it| it.reason.clone());
    let silent = state
        .disconnected
        .map(|silent| format!("silent {}", human_duration::of_seconds(silent.as_secs())));
    let doubt = doubt(host, now);
    let words = |words: &str| Some(words.to_owned());
    let said = [
        silent,
        doubt.clone(),
        failure,
        host.held_back().map(|why| match given(why) {
            Some(why) => format!("held back until it is cleared: {why}"),
            None => "held back until it is cleared".to_owned(),
        }),
        host.reserved_for()
            .map(|cluster| format!("reserved for cluster {cluster}")),
        state.maintenance.then(|| match &maintenance {
            Some(reason) => format!("in maintenance: {reason}"),
            None => "in maintenance".to_owned(),
        }),
        state.cordoned.then(|| "takes no further machine".to_owned()),
        match state.stage {
            Stage::Registering if inventory == Some(UNMANAGED) => {
                words("unmanaged: nobody has said how its BMC is reached")
            }
            Stage::Registering | Stage::Releasing if inventory.is_some() => inventory.map(str::to_owned),
            Stage::PendingApproval => words("waits for approval"),
            Stage::Registering => words("its agent has not told yet what it is"),
            Stage::Unclean => words("something of an earlier machine is on it"),
            Stage::Released => words("reset and kept for inspection"),
            Stage::Releasing => words("being reset"),
            Stage::Free | Stage::Reserved | Stage::Installing | Stage::Joining | Stage::InUse => None,
        },
    ];
    let line: Vec<String> = said.into_iter().flatten().collect();
    let health = match standing {
        Standing::Stale | Standing::Quarantined => Health::Warning,
        _ if failed.is_some() || state.stage == Stage::Unclean => Health::Warning,
        _ if matches!(state.stage, Stage::Reserved | Stage::Installing | Stage::Joining) => {
            Health::Progressing
        }
        Standing::Free | Standing::Reserved | Standing::Attached if doubt.is_some() => Health::Unknown,
        Standing::Free | Standing::Reserved | Standing::Attached => Health::Good,
        Standing::NotLive => Health::Unknown,
        // It goes on once a person has said that.
        Standing::Unavailable if state.stage == Stage::Registering && inventory == Some(UNMANAGED) => {
            Health::Paused
        }
        Standing::Unavailable => match state.stage {
            Stage::Registering | Stage::Releasing => Health::Progressing,
            Stage::PendingApproval
            | Stage::Unclean
            | Stage::Released
            | Stage::Free
            | Stage::Reserved
            | Stage::Installing
            | Stage::Joining
            | Stage::InUse => Health::Paused,
        },
    };
    Verdict::new(health, line.join("; "))
}

/// What the manager says of a host and the host itself does not bear out: its clock is wrong, or nobody has listened since.
fn doubt(host: &Host<'_>, now: Timestamp) -> Option<String> {
    let said = time(host.status.last_heartbeat_time.as_deref())?;
    let silent = now.duration_since(said);
    let too_long = silent > SignedDuration::try_from(HEARTBEAT_TIMEOUT).unwrap_or(SignedDuration::MAX);
    (host.is_true(AGENT_CONNECTED) && too_long).then(|| {
        format!(
            "connected, and its last sign of life is {} s old: its clock is wrong, or its manager is away",
            silent.as_secs()
        )
    })
}

/// Who has a host: by the claim, else by the reference, else by the label, as different managers leave it.
fn taken(row: &Row, kept: &HostFacts) -> Option<Taken> {
    let cluster = kept.labels.get(labels::CLUSTER_NAME).map(CompactString::from);
    let references = [kept.spec.claim_ref.as_ref(), kept.status.machine_ref.as_ref()];
    let reference = references
        .into_iter()
        .flatten()
        .find(|reference| reference.name.is_some());
    if let Some(name) = reference.and_then(|reference| reference.name.as_deref()) {
        let namespace = reference.and_then(|reference| reference.namespace.as_deref());
        let object = ObjectName::new(namespace.unwrap_or(&row.facts.object.namespace), name);
        let kind = reference.and_then(|reference| reference.kind.as_deref());
        let kind = GroupKind::new(INFRASTRUCTURE, kind.unwrap_or("ByoMachine"));
        return Some(Taken {
            machine: Some(ObjectKey::new(row.management_cluster.clone(), kind, object)),
            name: name.into(),
            cluster,
        });
    }
    let label = kept.labels.get(names::MACHINE_LABEL).map(String::as_str);
    (label.is_some() || cluster.is_some()).then(|| {
        let label = label.unwrap_or_default();
        // `<namespace>.<name>`
        let name = label.split_once('.').map_or(label, |(_, name)| name);
        Taken {
            machine: None,
            name: name.into(),
            cluster,
        }
    })
}

/// The key of what a row refers to.
fn key_of(row: &Row, reference: &Reference) -> ObjectKey {
    ObjectKey::new(
        row.management_cluster.clone(),
        reference.kind.clone(),
        ObjectName::new(&row.facts.object.namespace, &reference.name),
    )
}

/// What a machine without a host asks for.
fn asked(facts: &Facts) -> Option<&HostRequest> {
    facts.particulars.as_ref()?.host_request.as_deref()
}

#[cfg(test)]
mod tests;
