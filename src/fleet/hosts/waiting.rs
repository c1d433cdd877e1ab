//! Machines that wait for a host, and why they find none.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::byoh::names::HOST_READY;
use fleetui_api::kinds::Role;
use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_rules::version::Version;
use jiff::Timestamp;

use super::selection::{self, Request};
use super::{Host, HostRequest, asked, host, is_of_pool, kept, rows, watch};
use crate::row::Row;
use crate::store::FleetStore;

/// A machine that waits for a host.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its infrastructure object, which asks.
    pub row: Arc<Row>,
    /// The Machine, where it is known.
    pub machine: Option<Arc<Row>>,
    /// What its manager says of it.
    pub said: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// Why a machine finds no host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoHost {
    /// In one line: `0/12 hosts can be taken: 6 with a machine, 3 cordoned`.
    pub summary: String,
    /// Hosts that it could take, the best first.
    pub candidates: Vec<CompactString>,
    /// The others, and why.
    pub refused: Vec<(CompactString, String)>,
}

/// The machines that wait for a host, the longest waiting first.
pub fn waiting(
    store: &FleetStore,
    only: Option<&ManagementCluster>,
    namespace: Option<&str>,
) -> Vec<Waiting> {
    let is_meant = |row: &&Arc<Row>| {
        row.facts.role == Role::InfrastructureMachine
            && row.facts.deleting_since.is_none()
            && asked(&row.facts).is_some()
            && namespace.is_none_or(|namespace| row.facts.object.namespace == namespace)
    };
    let mut waiting: Vec<Waiting> = store
        .rows(only)
        .filter(is_meant)
        .map(|row| {
            let condition = row
                .facts
                .conditions
                .iter()
                .find(|condition| condition.kind == HOST_READY);
            let said = condition.map(|condition| match condition.message() {
                "" => condition.reason.to_string(),
                message => message.to_owned(),
            });
            Waiting {
                machine: machine_of(store, row).cloned(),
                said: said.unwrap_or_default(),
                since: condition
                    .and_then(fleetui_api::facts::CompactCondition::since)
                    .or(row.facts.created),
                row: Arc::clone(row),
            }
        })
        .collect();
    waiting.sort_by(|one, other| {
        let place = |it: &Waiting| (it.since, it.row.key());
        place(one).cmp(&place(other))
    });
    waiting
}

/// The Machine that owns an infrastructure object.
pub(super) fn machine_of<'a>(store: &'a FleetStore, row: &Row) -> Option<&'a Arc<Row>> {
    let owner = row.facts.owner.as_ref()?;
    let found = store.get(&super::key_of(row, owner))?;
    (found.facts.role == Role::Machine).then_some(found)
}

/// Why the machine at `key`, or the one that it stands on, finds no host at `now`; nothing where it asks for none.
pub fn why_no_host(store: &FleetStore, key: &ObjectKey, now: Timestamp) -> Option<NoHost> {
    let row = store.get(key)?;
    let infrastructure = match row.facts.role {
        Role::Machine => store.get(&super::key_of(row, row.facts.infrastructure.as_ref()?))?,
        _ => row,
    };
    let request = asked(&infrastructure.facts)?;
    let machine = machine_of(store, infrastructure);
    let pool = rows(
        store,
        Some(&infrastructure.management_cluster),
        Some(&infrastructure.facts.object.namespace),
    );
    let hosts: Vec<Host<'_>> = pool
        .iter()
        .filter(|row| is_of_pool(row))
        .filter_map(|row| Some(host(&row.facts, kept(&row.facts)?, now)))
        .collect();
    let cluster = infrastructure.facts.cluster.as_deref();
    Some(explain(&hosts, (request, cluster, machine), now))
}

/// How many of the machines that wait could take the host `row` at `now`, if it had these labels.
pub(crate) fn could_take(
    store: &FleetStore,
    row: &Row,
    labels: &BTreeMap<String, String>,
    now: Timestamp,
) -> usize {
    let Some(kept) = kept(&row.facts) else { return 0 };
    let now = store.time_of(&row.management_cluster, now);
    let like = Host {
        labels,
        ..host(&row.facts, kept, now)
    };
    let namespace = row.facts.object.namespace.as_str();
    let waiting = waiting(store, Some(&row.management_cluster), Some(namespace));
    let could = waiting.iter().filter(|waits| {
        asked(&waits.row.facts).is_some_and(|asks| {
            let of = (asks, waits.row.facts.cluster.as_deref(), waits.machine.as_ref());
            with_request(of, now, |request| selection::refusal(&like, request).is_none())
        })
    });
    could.count()
}

/// A machine that asks: what for, in which cluster, and its Machine where it is known.
type Asking<'a> = (&'a HostRequest, Option<&'a str>, Option<&'a Arc<Row>>);

/// Its question to the rules.
fn with_request<T>(
    (asks, cluster, machine): Asking<'_>,
    now: Timestamp,
    ask: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let facts = machine.map(|machine| &machine.facts);
    let version: Option<Version> = facts
        .filter(|_| asks.spec.installer_ref.is_some())
        .and_then(|facts| facts.version.as_deref()?.parse().ok());
    let domain = facts.and_then(|facts| facts.particulars.as_ref()?.failure_domain.as_deref());
    ask(&Request {
        spec: &asks.spec,
        installs: version.as_ref(),
        failure_domain: domain,
        cluster,
        // It only ranks hosts that can be taken.
        owner: None,
        tried: asks.tried.iter().map(String::as_str).collect(),
        being_taken: Vec::new(),
        watch: watch(now),
    })
}

fn explain(hosts: &[Host<'_>], asking: Asking<'_>, now: Timestamp) -> NoHost {
    let name = |index: usize| hosts.get(index).map(|host| CompactString::from(host.name));
    with_request(asking, now, |request| {
        let selection = selection::select(hosts, request);
        NoHost {
            summary: selection.summary(),
            candidates: selection.candidates.iter().filter_map(|at| name(*at)).collect(),
            refused: selection
                .refused
                .iter()
                .filter_map(|(at, refusal)| {
                    let host = hosts.get(*at)?;
                    Some((host.name.into(), selection::because(host, request, *refusal)))
                })
                .collect(),
        }
    })
}
