//! `fleetui get hosts`: the hosts of every pool, how many are left, and why machines that wait find none.

use std::process::ExitCode;

use clap::Args;
use fleetui_api::byoh::host::HostFailure;
use fleetui_api::kinds::Role;
use fleetui_console::age::age_of;
use fleetui_fleet::FleetStore;
use fleetui_fleet::hosts::{HostOptions, HostRow, Hosts, Standing, Waiting, waiting, why_no_host};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::names::{NamesArgs, none_found};
use super::table::{self, SieveArgs};
use crate::cli::FleetArgs;
use crate::cli::headless::{self, Needs, ViewArgs, Wanted};
use crate::cli::print::{Column, Entry, Page, name_of};

/// What `fleetui get hosts` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct HostsArgs {
    #[command(flatten)]
    names: NamesArgs,
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    sieve: SieveArgs,
    /// The machines that wait for a host instead, and why they find none
    #[arg(long, conflicts_with_all = ["headroom", "names"])]
    waiting: bool,
    /// How many hosts there are of each sort instead, by pool, zone and architecture
    #[arg(long, conflicts_with = "names")]
    headroom: bool,
    /// By what they are counted apart: zone, arch, system, or a label's key
    #[arg(long, value_name = "KEY", value_delimiter = ',', requires = "headroom")]
    by: Vec<String>,
}

impl HostsArgs {
    /// How many hosts there are of each sort.
    pub(super) fn headroom(view: ViewArgs, sieve: SieveArgs, by: Vec<String>) -> Self {
        Self {
            names: NamesArgs::default(),
            view,
            sieve,
            waiting: false,
            headroom: true,
            by,
        }
    }
}

/// Hosts, the machines that ask for them, and the clusters that they are kept for.
const ROLES: &[Role] = &[
    Role::Host,
    Role::InfrastructureMachine,
    Role::Machine,
    Role::Cluster,
];

/// Prints them.
pub(crate) async fn run(args: HostsArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let options = HostOptions {
        only: None,
        namespace: table::namespace(&fleet).map(Into::into),
        filter: args.sieve.filter()?,
        faults_only: args.sieve.faults,
    };
    let wanted = Wanted::from(Needs::Roles(ROLES));
    let (wait, room, names) = (args.waiting, args.headroom, args.names);
    let by = if args.by.is_empty() {
        vec!["zone".to_owned(), "arch".to_owned()]
    } else {
        args.by
    };
    let page = |store: &FleetStore, now: Timestamp| {
        if wait {
            waiting_page(store, &options, now)
        } else if room {
            headroom_page(&Hosts::build(store, &options, now), &by)
        } else {
            hosts_page(Hosts::build(store, &options, now), &names, now)
        }
    };
    headless::run(&args.view, &fleet, wanted, page).await
}

fn hosts_page(mut hosts: Hosts, names: &NamesArgs, now: Timestamp) -> Page {
    let rows = &mut hosts.rows;
    rows.retain(|host| names.mean(&host.row.facts.object.name));
    let missing = names.missing(
        "Host",
        rows.iter().map(|host| host.row.facts.object.name.as_str()),
    );
    let columns = [
        Column::new("NAME"),
        Column::new("MANAGEMENT"),
        Column::new("NAMESPACE"),
        Column::new("STATE"),
        Column::new("MACHINE"),
        Column::new("CLUSTER"),
        Column::new("ZONE"),
        Column::new("ARCH"),
        Column::new("CPU"),
        Column::new("MEMORY"),
        Column::new("KIND").wide(),
        Column::new("SYSTEM").wide(),
        Column::new("AGENT").wide(),
        Column::new("ADDRESSES").wide(),
        Column::new("INSTALLS").wide(),
        Column::new("LABELS").wide(),
        Column::new("HEARD").ticking(),
        Column::new("MESSAGE"),
    ];
    Page {
        kind: "HostList",
        columns: columns.into(),
        faults: hosts.rows.iter().any(|host| host.verdict.health.is_fault()),
        rows: hosts.rows.iter().map(|host| host_entry(host, now)).collect(),
        empty: none_found("hosts", hosts.hidden),
        missing,
        ..Page::default()
    }
}

/// What is told of a host. For how long it has been silent stands in a column of its own, and is no news.
fn message(host: &HostRow) -> String {
    match host.state.disconnected {
        Some(_) => "silent for too long".to_owned(),
        None => host.verdict.line.clone(),
    }
}

fn host_entry(host: &HostRow, now: Timestamp) -> Entry {
    let key = host.row.key();
    let taken = host.taken_by.as_ref();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let machine = text(taken.map(|taken| taken.name.as_str()));
    let cluster = text(taken.and_then(|taken| taken.cluster.as_deref()));
    let labels: Vec<String> = host
        .labels()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let status = host.host().map(|host| &host.status);
    let agent = text(status.and_then(|status| status.agent_version.as_deref()));
    let failure = status.and_then(|status| status.failure.as_ref());
    Entry {
        id: format!("{key} {}", host.row.facts.uid),
        name: name_of(&key.kind, &key.object.name),
        cells: vec![
            key.object.name.to_string(),
            key.management_cluster.to_string(),
            key.object.namespace.to_string(),
            host.words(),
            machine.clone(),
            cluster.clone(),
            host.zone().to_owned(),
            host.architecture().to_owned(),
            host.capacity("cpu"),
            host.capacity("memory"),
            key.kind.kind.to_string(),
            host.system().to_owned(),
            agent.clone(),
            host.addresses().join(","),
            host.installs(),
            labels.join(","),
            age_of(host.heard, now),
            message(host),
        ],
        document: json!({
            "managementCluster": key.management_cluster.as_str(),
            "namespace": key.object.namespace.as_str(),
            "name": key.object.name.as_str(),
            "uid": host.row.facts.uid.as_str(),
            "kind": key.kind.kind.as_ref(),
            "inventory": host.inventory(),
            "state": host.state.to_string(),
            "standing": host.counted().as_str(),
            "health": host.verdict.health.as_str(),
            "message": host.verdict.line,
            "machine": machine,
            "cluster": cluster,
            "zone": host.zone(),
            "architecture": host.architecture(),
            "system": host.system(),
            "addresses": host.addresses(),
            "installs": host.installs(),
            "installableVersions": status.map(|status| &status.installable_versions),
            "capacity": status.map(|status| &status.capacity),
            "agentVersion": agent,
            "labels": host.labels().map(|(key, value)| (key.to_owned(), json!(value))).collect::<serde_json::Map<_, _>>(),
            "lastHeartbeatTime": host.heard.map(|heard| heard.to_string()),
            "failure": failure.map(failure_document),
        }),
    }
}

fn failure_document(failure: &HostFailure) -> Value {
    json!({
        "step": failure.step,
        "command": failure.command,
        "exitStatus": failure.exit_status,
        "lastLines": failure.last_lines,
        "time": failure.time,
    })
}

/// How many hosts of each sort there are.
fn headroom_page(hosts: &Hosts, by: &[String]) -> Page {
    let keys: Vec<&str> = by.iter().map(String::as_str).collect();
    let counted = hosts.counts_by(&keys);
    let unknown = hosts.without(&keys);
    let standings = Standing::ALL.map(|standing| Column::new(standing.as_str().to_uppercase()));
    let columns = [Column::new("MANAGEMENT"), Column::new("NAMESPACE")];
    let sorts = by.iter().map(|key| Column::new(key.to_uppercase()));
    let columns = columns.into_iter().chain(sorts).chain([Column::new("HOSTS")]);
    let rows = counted.into_iter().map(|((management_cluster, namespace, sort), counts)| {
        let all: usize = counts.values().sum();
        let count = |standing: Standing| counts.get(&standing).copied().unwrap_or(0);
        let place: Vec<String> = [management_cluster.to_string(), namespace.to_string()]
            .into_iter()
            .chain(sort.iter().map(ToString::to_string))
            .collect();
        let numbers = std::iter::once(all).chain(Standing::ALL.map(count));
        let standings = Standing::ALL.map(|standing| (standing.as_str().to_owned(), json!(count(standing))));
        let mut document = json!({
            "managementCluster": management_cluster.as_str(), "namespace": namespace.as_str(), "hosts": all,
            "standing": standings.into_iter().collect::<serde_json::Map<_, _>>(),
        });
        for (key, value) in by.iter().zip(&sort) {
            let key = if key == "arch" { "architecture" } else { key.as_str() };
            if let Some(document) = document.as_object_mut() {
                document.entry(key).or_insert_with(|| json!(value.as_str()));
            }
        }
        Entry {
            id: place.join(" "),
            name: place.join("/"),
            document,
            cells: place
                .into_iter()
                .chain(numbers.map(|number| number.to_string()))
                .collect(),
        }
    });
    Page {
        kind: "HeadroomList",
        columns: columns.chain(standings).collect(),
        rows: rows.collect(),
        empty: "no hosts found".to_owned(),
        missing: unknown
            .iter()
            .map(|key| format!("no host has a label {key}"))
            .collect(),
        faults: hosts.rows.iter().any(|host| host.verdict.health.is_fault()),
        ..Page::default()
    }
}

/// The machines that wait, and why.
fn waiting_page(store: &FleetStore, options: &HostOptions, now: Timestamp) -> Page {
    let machines = waiting(store, options.only.as_ref(), options.namespace.as_deref());
    let columns = [
        Column::new("MACHINE"),
        Column::new("MANAGEMENT"),
        Column::new("NAMESPACE"),
        Column::new("CLUSTER"),
        Column::new("WAITS").ticking(),
        Column::new("MESSAGE"),
    ];
    let rows: Vec<Entry> = machines
        .iter()
        .map(|machine| waiting_entry(store, machine, now))
        .collect();
    Page {
        kind: "WaitingMachineList",
        columns: columns.into(),
        faults: !rows.is_empty(),
        rows,
        empty: "no machine waits for a host".to_owned(),
        ..Page::default()
    }
}

fn waiting_entry(store: &FleetStore, waits: &Waiting, now: Timestamp) -> Entry {
    let key = waits.row.key();
    let why = why_no_host(store, &key, now);
    let machine = waits.machine.as_ref().unwrap_or(&waits.row);
    let cluster = waits.row.facts.cluster.as_deref().unwrap_or_default();
    let summary = why.as_ref().map_or_else(String::new, |why| why.summary.clone());
    let refused = why.as_ref().map(|why| {
        let hosts = why.refused.iter();
        hosts
            .map(|(host, because)| json!({"host": host.as_str(), "because": because}))
            .collect::<Vec<Value>>()
    });
    let candidates = why.as_ref().map(|why| {
        let names = why.candidates.iter();
        names.map(ToString::to_string).collect::<Vec<String>>()
    });
    Entry {
        id: format!("{key} {}", waits.row.facts.uid),
        name: name_of(&machine.facts.kind, &machine.facts.object.name),
        cells: vec![
            machine.facts.object.name.to_string(),
            key.management_cluster.to_string(),
            key.object.namespace.to_string(),
            cluster.to_owned(),
            age_of(waits.since, now),
            summary.clone(),
        ],
        document: json!({
            "managementCluster": key.management_cluster.as_str(),
            "namespace": key.object.namespace.as_str(),
            "machine": machine.facts.object.name.as_str(),
            "infrastructure": {"kind": key.kind.kind.as_ref(), "name": key.object.name.as_str()},
            "cluster": cluster,
            "since": waits.since.map(|since| since.to_string()),
            "summary": summary,
            "said": waits.said,
            "candidates": candidates,
            "refused": refused,
        }),
    }
}
