//! `fleetui get headroom`: how many further machines of each sort would find a host now.

use std::process::ExitCode;

use clap::Args;
use fleetui_api::kinds::Role;
use fleetui_fleet::FleetStore;
use fleetui_fleet::hosts::{Ask, HostOptions, asks};
use jiff::Timestamp;
use serde_json::json;

use super::hosts::{self, HostsArgs};
use super::names::none_found;
use super::table::{self, SieveArgs};
use crate::cli::FleetArgs;
use crate::cli::headless::{self, Needs, ViewArgs, Wanted};
use crate::cli::print::{Column, Entry, Page, name_of};

/// What `fleetui get headroom` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct HeadroomArgs {
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    sieve: SieveArgs,
    /// How many hosts there are of each sort instead, by these: zone, arch, system, or a label's key
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    by: Vec<String>,
}

/// Hosts, what makes machines that ask for them, and what those wait for.
const ROLES: &[Role] = &[
    Role::Host,
    Role::InfrastructureMachine,
    Role::Machine,
    Role::MachineSet,
    Role::MachineDeployment,
    Role::ControlPlane,
    Role::Template,
];

/// Prints it.
pub(crate) async fn run(args: HeadroomArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    if !args.by.is_empty() {
        return hosts::run(HostsArgs::headroom(args.view, args.sieve, args.by), fleet).await;
    }
    let options = HostOptions {
        namespace: table::namespace(&fleet).map(Into::into),
        filter: args.sieve.filter()?,
        faults_only: args.sieve.faults,
        only: None,
    };
    let wanted = Wanted::from(Needs::Roles(ROLES));
    let page = |store: &FleetStore, now: Timestamp| {
        let mut asks = asks(store, &options, now);
        let all = asks.len();
        asks.retain(|ask| ask.is_meant(store, &options, now));
        page(&asks, all)
    };
    headless::run(&args.view, &fleet, wanted, page).await
}

fn page(asks: &[Ask], all: usize) -> Page {
    let columns = [
        Column::new("NAME"),
        Column::new("MANAGEMENT"),
        Column::new("NAMESPACE"),
        Column::new("CLUSTER"),
        Column::new("SELECTOR"),
        Column::new("WAITING"),
        Column::new("MORE"),
        Column::new("MESSAGE"),
    ];
    Page {
        kind: "HeadroomOfMachinesList",
        columns: columns.into(),
        faults: asks.iter().any(Ask::is_short),
        rows: asks.iter().map(entry).collect(),
        empty: match all {
            0 => "nothing makes machines that take hosts".to_owned(),
            all => none_found("makers of machines on hosts", all),
        },
        ..Page::default()
    }
}

fn entry(ask: &Ask) -> Entry {
    let key = ask.row.key();
    let name = name_of(&key.kind, &key.object.name);
    let cluster = ask.row.facts.cluster.as_deref().unwrap_or_default();
    Entry {
        id: format!("{key} {}", ask.row.facts.uid),
        cells: vec![
            name.clone(),
            key.management_cluster.to_string(),
            key.object.namespace.to_string(),
            cluster.to_owned(),
            ask.selector.clone(),
            ask.waiting.to_string(),
            ask.more.to_string(),
            if ask.live {
                ask.summary.clone()
            } else {
                format!("not live: {}", ask.summary)
            },
        ],
        name,
        document: json!({
            "managementCluster": key.management_cluster.as_str(),
            "namespace": key.object.namespace.as_str(),
            "kind": key.kind.kind.as_ref(),
            "name": key.object.name.as_str(),
            "cluster": cluster,
            "template": ask.template.as_str(),
            "selector": ask.selector,
            "waiting": ask.waiting,
            "more": ask.more,
            "summary": ask.summary,
            "live": ask.live,
        }),
    }
}
