//! How much room there is: which hosts the machines of a MachineDeployment, a MachineSet or a control plane could take now, by what
//! their template asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::facts::Reference;
use fleetui_api::kinds::{Role, asks_for_hosts};
use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
use fleetui_rules::hosts::selection::{self, Request, Selection};
use fleetui_rules::version::Version;
use jiff::Timestamp;

use super::waiting::machine_of;
use super::{Host, HostOptions, HostRow, asked, host, is_of_pool, kept, occupant, rows, watch};
use crate::health::{Health, Verdict};
use crate::row::Row;
use crate::store::FleetStore;

/// What makes machines that take hosts, and how many more it could make.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The MachineDeployment, MachineSet or control plane.
    pub row: Arc<Row>,
    /// The name of its template.
    pub template: CompactString,
    /// Labels that the template asks for, `site=a,!gpu`; empty where it takes any host.
    pub selector: String,
    /// Hosts that a further machine of it could take.
    pub more: usize,
    /// The same in words, with what is wrong with the others: `2/12 hosts can be taken: 6 with a machine, 4 cordoned`.
    pub summary: String,
    /// Its machines that wait for a host already, and take of that first.
    pub waiting: usize,
    /// Whether its management cluster still tells of the hosts; else the room is that of the past.
    pub live: bool,
}

impl Ask {
    /// Whether more machines of it wait than find a host.
    pub fn is_short(&self) -> bool {
        self.waiting > self.more
    }

    /// Whether it is one of those that a list of them shows: by the filter, as one of hosts is asked, of what makes the machines and
    /// of what is told of it; and with faults only, where hosts are missing.
    pub fn is_meant(&self, store: &FleetStore, options: &HostOptions, now: Timestamp) -> bool {
        let place = &self.row.management_cluster;
        let group = store.session(place).and_then(|session| session.group.as_deref());
        let health = if self.is_short() {
            Health::Warning
        } else {
            Health::Good
        };
        let said = Verdict::new(
            health,
            format!("{} {} {}", self.template, self.selector, self.summary),
        );
        let now = store.time_of(place, now);
        (!options.faults_only || self.is_short())
            && options.filter.as_ref().is_none_or(|filter| {
                filter.is_of_group(group) && filter.matches_listed(&self.row, &said, now)
            })
    }
}

/// What a pool has for further machines of one maker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spare {
    /// Names of the hosts that one of them could take now, the best first.
    pub(crate) free: Vec<CompactString>,
    /// Machines of that maker that wait for a host already, and take of those first.
    pub(crate) waiting: usize,
    /// What is wrong with the others: `0/6 hosts can be taken: 6 with a machine`.
    pub(crate) summary: String,
}

/// The hosts for further machines of `maker` that are made from `from` and run `version`; nothing where they take none, or what they
/// are made from is neither known nor among what is `made` with it.
pub(crate) fn spare(
    (store, made): (&FleetStore, &[Arc<Row>]),
    maker: &Row,
    (from, version): (&Reference, Option<&str>),
    now: Timestamp,
) -> Option<Spare> {
    let key = super::key_of(maker, from);
    let with_it = made
        .iter()
        .find(|row| asks_for_hosts(&from.kind) && row.key() == key);
    let template = with_it.or_else(|| referred(store, maker, from))?;
    let namespace = maker.facts.object.namespace.as_str();
    let pool = Pool::of(store, &maker.management_cluster, namespace, now);
    let selection = pool.select(template, maker, version);
    let waiting = super::waiting(store, Some(&maker.management_cluster), Some(namespace));
    let own = waiting.iter().filter(|waits| {
        let machine = waits.machine.as_ref();
        machine.is_some_and(|machine| is_made_by(store, machine, maker))
    });
    Some(Spare {
        free: selection
            .candidates
            .iter()
            .filter_map(|at| pool.hosts.get(*at))
            .map(|host| host.name.into())
            .collect(),
        waiting: own.count(),
        summary: selection.summary(),
    })
}

/// The Machine that a host runs.
pub fn machine_on<'a>(store: &'a FleetStore, host: &HostRow) -> Option<&'a Arc<Row>> {
    machine_of(store, infrastructure_on(store, host)?)
}

/// The infrastructure object that has a host.
pub fn infrastructure_on<'a>(store: &'a FleetStore, host: &HostRow) -> Option<&'a Arc<Row>> {
    if let Some(key) = &host.taken_by.as_ref()?.machine {
        return store.get(key);
    }
    let kind = GroupKind::new(fleetui_api::kinds::INFRASTRUCTURE, "ByoMachine");
    let row = &host.row;
    let namespace = &row.facts.object.namespace;
    store.find(&row.management_cluster, &kind, namespace, occupant(row)?)
}

/// The hosts that a machine like `machine` could take at `now`, by the template of its maker; nothing where that is not known.
pub fn room_for(store: &FleetStore, machine: &Row, now: Timestamp) -> Option<Selection> {
    selected(store, machine, now).map(|(_, selection)| selection)
}

/// The names of the hosts that a machine like `machine` could take at `now`, the best first; nothing where that is not known.
pub(crate) fn free_for(store: &FleetStore, machine: &Row, now: Timestamp) -> Option<Vec<CompactString>> {
    let (pool, selection) = selected(store, machine, now)?;
    let free = selection.candidates.iter();
    let free = free.filter_map(|at| pool.hosts.get(*at));
    Some(free.map(|host| host.name.into()).collect())
}

fn selected<'a>(store: &'a FleetStore, machine: &Row, now: Timestamp) -> Option<(Pool<'a>, Selection)> {
    let maker = store.get(&super::key_of(machine, machine.facts.owner.as_ref()?))?;
    let template = template(store, maker)?;
    let pool = Pool::of(
        store,
        &maker.management_cluster,
        &maker.facts.object.namespace,
        now,
    );
    let selection = pool.select(template, maker, machine.facts.version.as_deref());
    Some((pool, selection))
}

/// The template of machines that take hosts, where a maker has one that is known.
fn template<'a>(store: &'a FleetStore, maker: &Row) -> Option<&'a Arc<Row>> {
    referred(store, maker, maker.facts.infrastructure.as_ref()?)
}

/// The same of the template that a reference of it names.
fn referred<'a>(store: &'a FleetStore, maker: &Row, reference: &Reference) -> Option<&'a Arc<Row>> {
    // The reference of a maker names the template, or in some eras its kind without the suffix.
    asks_for_hosts(&reference.kind)
        .then(|| store.get(&super::key_of(maker, reference)))
        .flatten()
}

/// The hosts of one namespace, looked at once.
struct Pool<'a> {
    hosts: Vec<Host<'a>>,
    now: Timestamp,
}

impl<'a> Pool<'a> {
    fn of(
        store: &'a FleetStore,
        management_cluster: &ManagementCluster,
        namespace: &str,
        now: Timestamp,
    ) -> Self {
        let now = store.time_of(management_cluster, now);
        let hosts = rows(store, Some(management_cluster), Some(namespace));
        Self {
            hosts: hosts
                .into_iter()
                .filter(|row| is_of_pool(row))
                .filter_map(|row| Some(host(&row.facts, kept(&row.facts)?, now)))
                .collect(),
            now,
        }
    }

    fn select(&self, template: &Row, maker: &Row, version: Option<&str>) -> Selection {
        let nothing = Selection {
            candidates: Vec::new(),
            refused: Vec::new(),
        };
        let Some(asks) = asked(&template.facts) else {
            return nothing;
        };
        let version: Option<Version> = version
            .filter(|_| asks.spec.installer_ref.is_some())
            .and_then(|version| version.parse().ok());
        let request = Request {
            spec: &asks.spec,
            installs: version.as_ref(),
            failure_domain: None,
            cluster: maker.facts.cluster.as_deref(),
            owner: None,
            tried: Vec::new(),
            being_taken: Vec::new(),
            watch: watch(self.now),
        };
        selection::select(&self.hosts, &request)
    }
}

/// What is asked of a pool, alike for makers that ask the same.
type Alike<'a> = (&'a ObjectName, Option<&'a str>, Option<&'a str>);

/// Everything that makes machines which take hosts, by management cluster, namespace, cluster and name, with the room that there is
/// for it at `now`. Those of `options` alone.
pub fn asks(store: &FleetStore, options: &HostOptions, now: Timestamp) -> Vec<Ask> {
    let waiting = super::waiting(store, options.only.as_ref(), options.namespace.as_deref());
    let mut asks = Vec::new();
    let mut pools: BTreeMap<(&ManagementCluster, &str), Pool<'_>> = BTreeMap::new();
    let mut found: BTreeMap<(&ManagementCluster, Alike<'_>), Selection> = BTreeMap::new();
    let makers = store.rows(options.only.as_ref()).filter(|row| {
        let namespace = options.namespace.as_deref();
        // A set of a deployment asks what its deployment does.
        let is_maker = match row.facts.role {
            Role::MachineDeployment | Role::ControlPlane => true,
            Role::MachineSet => row.facts.owner.is_none(),
            _ => false,
        };
        is_maker
            && row.facts.deleting_since.is_none()
            && namespace.is_none_or(|namespace| row.facts.object.namespace == namespace)
    });
    for maker in makers {
        let Some(template) = template(store, maker) else {
            continue;
        };
        let place = (&maker.management_cluster, maker.facts.object.namespace.as_str());
        let pool = pools
            .entry(place)
            .or_insert_with(|| Pool::of(store, place.0, place.1, now));
        let (cluster, version) = (maker.facts.cluster.as_deref(), maker.facts.version.as_deref());
        let alike = (&template.facts.object, cluster, version);
        let selection = found
            .entry((place.0, alike))
            .or_insert_with(|| pool.select(template, maker, version));
        let selector = asked(&template.facts).and_then(|asks| asks.spec.selector.as_ref()?.text());
        let its_own = waiting.iter().filter(|waits| {
            let machine = waits.machine.as_ref();
            machine.is_some_and(|machine| is_made_by(store, machine, maker))
        });
        let session = store.session(&maker.management_cluster);
        asks.push(Ask {
            live: session.is_none_or(|session| session.connection.is_current()),
            template: template.facts.object.name.clone(),
            selector: selector.unwrap_or_default(),
            more: selection.candidates.len(),
            summary: selection.summary(),
            waiting: its_own.count(),
            row: Arc::clone(maker),
        });
    }
    let order = |ask: &Ask| {
        let facts = &ask.row.facts;
        (
            ask.row.management_cluster.clone(),
            facts.object.namespace.clone(),
            facts.cluster.clone(),
            facts.role,
            facts.object.name.clone(),
        )
    };
    asks.sort_by_cached_key(order);
    asks
}

/// Whether a machine is of this maker, itself or by a set.
fn is_made_by(store: &FleetStore, machine: &Row, maker: &Row) -> bool {
    let is_it = |row: &Row| {
        let owner = row.facts.owner.as_ref();
        owner.is_some_and(|owner| {
            owner.kind == maker.facts.kind
                && owner.name == maker.facts.object.name
                && row.facts.object.namespace == maker.facts.object.namespace
                && row.management_cluster == maker.management_cluster
        })
    };
    let above = || {
        let owner = machine.facts.owner.as_ref()?;
        store.get(&super::key_of(machine, owner))
    };
    is_it(machine) || above().is_some_and(|above| is_it(above))
}
