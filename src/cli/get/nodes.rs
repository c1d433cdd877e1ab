//! `fleetui get nodes`: the nodes of workload clusters, as their own APIs tell of them.

use std::process::ExitCode;

use clap::Args;
use fleetui_api::kinds::Role;
use fleetui_console::age::age_of;
use fleetui_fleet::FleetStore;
use fleetui_fleet::nodes::{NodeOptions, NodeRow, Nodes};
use fleetui_fleet::workload::Readiness;
use jiff::Timestamp;
use serde_json::json;

use super::names::{none_found, not_found};
use super::table::{self, SieveArgs};
use crate::cli::FleetArgs;
use crate::cli::headless::{self, Needs, ViewArgs, Wanted};
use crate::cli::print::{Column, Entry, Page};

/// What `fleetui get nodes` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct NodesArgs {
    /// Only those of this Cluster; no other is asked
    #[arg(value_name = "CLUSTER")]
    of: Option<String>,
    #[command(flatten)]
    view: ViewArgs,
    #[command(flatten)]
    sieve: SieveArgs,
}

/// Clusters, and the machines that nodes are.
const ROLES: &[Role] = &[Role::Cluster, Role::Machine];

/// Prints them.
pub(crate) async fn run(args: NodesArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    let options = NodeOptions {
        only: None,
        namespace: table::namespace(&fleet).map(Into::into),
        cluster: args.of.map(Into::into),
        filter: args.sieve.filter()?,
        faults_only: args.sieve.faults,
    };
    let wanted = Wanted {
        nodes: Some(options.clone()),
        ..Wanted::from(Needs::Roles(ROLES))
    };
    let page = |store: &FleetStore, now: Timestamp| page(&Nodes::build(store, &options, now), &options, now);
    headless::run(&args.view, &fleet, wanted, page).await
}

fn page(nodes: &Nodes, options: &NodeOptions, now: Timestamp) -> Page {
    let columns = [
        Column::new("NAME"),
        Column::new("CLUSTER"),
        Column::new("MANAGEMENT"),
        Column::new("NAMESPACE").wide(),
        Column::new("STATUS"),
        Column::new("ROLES"),
        Column::new("VERSION"),
        Column::new("AGE").ticking(),
        Column::new("MACHINE"),
        Column::new("INTERNAL-IP").wide(),
        Column::new("PROVIDER-ID").wide(),
        Column::new("MESSAGE"),
    ];
    let of = options.cluster.iter().filter(|_| nodes.clusters == 0);
    Page {
        kind: "WorkloadNodeList",
        columns: columns.into(),
        faults: nodes.rows.iter().any(|node| node.verdict.health.is_fault()),
        rows: nodes.rows.iter().map(|row| entry(row, now)).collect(),
        empty: none_found("nodes", nodes.hidden),
        missing: of.map(|cluster| not_found("Cluster", cluster)).collect(),
        ..Page::default()
    }
}

fn entry(row: &NodeRow, now: Timestamp) -> Entry {
    let (node, cluster) = (&row.node, row.cluster.key());
    let machine = row
        .machine
        .as_ref()
        .map_or("", |machine| machine.facts.object.name.as_str());
    let now = now.checked_add(row.ahead).unwrap_or(now);
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    Entry {
        id: format!("{cluster} {} {}", node.name, node.uid),
        name: format!("{}/{}", cluster.object, node.name),
        cells: vec![
            node.name.to_string(),
            cluster.object.name.to_string(),
            cluster.management_cluster.to_string(),
            cluster.object.namespace.to_string(),
            node.status(),
            node.role(),
            node.version.to_string(),
            age_of(node.created, now),
            machine.to_owned(),
            node.internal_ip.to_string(),
            node.provider_id.to_string(),
            row.verdict.line.clone(),
        ],
        document: json!({
            "managementCluster": cluster.management_cluster.as_str(),
            "namespace": cluster.object.namespace.as_str(),
            "cluster": cluster.object.name.as_str(),
            "name": node.name.as_str(),
            "uid": node.uid.as_str(),
            "ready": match node.readiness {
                Readiness::Ready => "True",
                Readiness::NotReady => "False",
                Readiness::Unknown => "Unknown",
            },
            "since": time(node.since),
            "schedulable": !node.cordoned,
            "roles": node.roles.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "version": node.version.as_str(),
            "machine": machine,
            "internalIP": node.internal_ip.as_str(),
            "providerID": node.provider_id.as_str(),
            "created": time(node.created),
            "conditions": node.conditions.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "taints": node.taints.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "system": node.system.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "health": row.verdict.health.as_str(),
            "message": row.verdict.line,
            "said": node.message,
            "lacksNetworkPlugin": node.lacks_cni(),
        }),
    }
}
