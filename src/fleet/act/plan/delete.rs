//! That an object goes, and what it owns with it. Who deletes in which order is Cluster API's own business; here is said how
//! far it reaches, and what must not be deleted because somebody else keeps it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleetui_api::kinds::Role;
use serde_json::json;

use super::{Around, blast, machines_of, members, name, refused};
use crate::act::judge::{Blast, Check, Confirm, Found, Preview, Refusal};
use crate::act::{Act, Deed, Plan, Verb, Write};
use crate::row::Row;
use crate::store::FleetStore;

/// What belongs to a cluster and goes with it, beside its machines.
const WITH_A_CLUSTER: [Role; 8] = [
    Role::ControlPlane,
    Role::MachineDeployment,
    Role::MachineSet,
    Role::MachinePool,
    Role::InfrastructureCluster,
    Role::InfrastructureMachine,
    Role::BootstrapConfig,
    Role::MachineHealthCheck,
];

/// Plans a deletion.
pub(super) fn delete(around: &Around<'_>, row: &Arc<Row>, act: Act) -> Result<Plan, Refusal> {
    if let Some(since) = row.facts.deleting_since {
        return refused(format!("{} is being deleted since {since}", name(row)));
    }
    if row.facts.topology.is_some()
        && !matches!(row.facts.role, Role::Cluster | Role::Machine | Role::Template)
    {
        let cluster = around.store.cluster_of(row).map(|cluster| name(cluster));
        let cluster = cluster.unwrap_or_else(|| "its Cluster".to_owned());
        return refused(format!(
            "a topology manages {} and would make it again: remove it from the topology of {cluster}",
            name(row)
        ));
    }
    // Of a host it is said with what else the host holds, and may be passed over there.
    if row.facts.role == Role::Machine && !matches!(act.deed, Deed::Host(_)) {
        super::machine::quorum(around.store, row)?;
    }
    let machines = match row.facts.role {
        Role::Cluster => members(around.store, row, Role::Machine).cloned().collect(),
        Role::InfrastructureCluster
        | Role::ControlPlane
        | Role::MachineDeployment
        | Role::MachineSet
        | Role::MachinePool
        | Role::Machine
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => machines_of(around.store, row),
    };
    let blast = reach(around.store, row, &machines);
    let mut preview = Preview {
        happens: happens(row, &blast),
        ..Preview::default()
    };
    let cluster = around.store.cluster_of(row);
    let paused = [Some(row), cluster]
        .into_iter()
        .flatten()
        .find(|row| row.facts.paused);
    if let Some(paused) = paused {
        preview.warnings.push(format!(
            "{} is paused: it is not cleaned up before it is resumed",
            name(paused)
        ));
    }
    if row.facts.role == Role::Host && hosted(row) {
        preview
            .warnings
            .push("a machine runs on it, which loses its host".to_owned());
    }
    preview.blast = Some(blast);
    Ok(Plan {
        confirm: confirm(row),
        act,
        writes: vec![Write {
            target: row.key(),
            uid: row.facts.uid.clone(),
            api_version: row.facts.api_version.clone(),
            verb: Verb::Delete,
            body: json!({"propagationPolicy": "Background"}),
            fields: Vec::new(),
        }],
        preview,
        checks: checks(around.store, row),
        planned: around.now,
    })
}

fn reach(store: &FleetStore, row: &Arc<Row>, machines: &[Arc<Row>]) -> Blast {
    let mut others: BTreeMap<&str, usize> = BTreeMap::new();
    let below: Vec<&Arc<Row>> = match row.facts.role {
        Role::Cluster => WITH_A_CLUSTER
            .into_iter()
            .flat_map(|role| members(store, row, role))
            .collect(),
        Role::MachineDeployment => store.owned_by(row, Role::MachineSet).collect(),
        Role::InfrastructureCluster
        | Role::ControlPlane
        | Role::MachineSet
        | Role::MachinePool
        | Role::Machine
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => Vec::new(),
    };
    for row in &below {
        *others.entry(row.facts.kind.kind.as_ref()).or_default() += 1;
    }
    let others = others.into_iter().map(|(kind, count)| (kind.into(), count));
    let mut blast = Blast {
        others: others.collect(),
        ..blast(store, row)
    };
    blast.takes(machines);
    if is_undrained(row) {
        blast.drained = 0;
    }
    blast
}

/// Whether machines go with it whose nodes nobody drains any more: Cluster API leaves that out where the whole cluster, or its control
/// plane, is deleted.
fn is_undrained(row: &Row) -> bool {
    matches!(row.facts.role, Role::Cluster | Role::ControlPlane)
}

fn happens(row: &Row, blast: &Blast) -> Vec<String> {
    let mut happens = Vec::new();
    let count = blast.machines.len();
    if row.facts.role == Role::Machine {
        happens.push(match &row.facts.owner {
            Some(owner) if Role::of(&owner.kind) != Role::Cluster => {
                format!(
                    "{} {} makes another one in its place",
                    owner.kind.kind, owner.name
                )
            }
            Some(_) | None => "nothing makes another one in its place".to_owned(),
        });
    } else if count > 0 {
        let machines = if count == 1 { "machine goes" } else { "machines go" };
        happens.push(format!("{count} {machines} with it"));
    }
    if is_undrained(row) && count > 0 {
        happens.push("no node is drained: what runs there ends, whatever disruption budgets say".to_owned());
    }
    if blast.drained > 0 {
        let nodes = if blast.drained == 1 {
            "node is"
        } else {
            "nodes are"
        };
        happens.push(format!("{} {nodes} drained", blast.drained));
    }
    if !blast.others.is_empty() {
        let others: Vec<String> = blast
            .others
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        happens.push(format!("and {}", others.join(", ")));
    }
    happens
}

/// The name is typed for what takes others with it, or cannot be had again.
fn confirm(row: &Row) -> Confirm {
    let by_name = || Confirm::Name(row.facts.object.name.clone());
    let replicas = row
        .facts
        .replicas
        .as_deref()
        .and_then(|replicas| replicas.current.max(replicas.desired));
    match row.facts.role {
        Role::Cluster | Role::ControlPlane | Role::Host | Role::MachinePool | Role::InfrastructureCluster => {
            by_name()
        }
        Role::MachineDeployment | Role::MachineSet if replicas != Some(0) => by_name(),
        Role::MachineDeployment
        | Role::MachineSet
        | Role::Machine
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Provider
        | Role::Other => Confirm::Twice("what is deleted is gone".to_owned()),
    }
}

fn checks(store: &FleetStore, row: &Row) -> Vec<Check> {
    let owner = row.facts.owner.as_ref();
    let blocks = |why: String, overridable: bool| {
        vec![Check {
            id: "owned".into(),
            title: "whether something else keeps it".to_owned(),
            found: Found::Blocks { why, overridable },
        }]
    };
    match row.facts.role {
        Role::MachineSet => match owner.filter(|owner| Role::of(&owner.kind) == Role::MachineDeployment) {
            Some(owner) => blocks(
                format!(
                    "MachineDeployment {} manages {} and would make it again",
                    owner.name,
                    name(row)
                ),
                false,
            ),
            None => Vec::new(),
        },
        Role::ControlPlane | Role::InfrastructureCluster => {
            match store
                .cluster_of(row)
                .filter(|cluster| cluster.facts.deleting_since.is_none())
            {
                Some(cluster) => blocks(
                    format!(
                        "{} stays without its {}: delete the Cluster",
                        name(cluster),
                        row.facts.kind.kind
                    ),
                    true,
                ),
                None => Vec::new(),
            }
        }
        Role::InfrastructureMachine | Role::BootstrapConfig | Role::InfrastructureMachinePool => {
            match owner {
                Some(owner) => blocks(
                    format!("{} {} is made of it: delete that", owner.kind.kind, owner.name),
                    true,
                ),
                None => Vec::new(),
            }
        }
        Role::Host if hosted(row) => blocks(
            format!(
                "a machine runs on {}: delete the Machine, which frees it",
                name(row)
            ),
            true,
        ),
        Role::Host
        | Role::Cluster
        | Role::MachineDeployment
        | Role::MachinePool
        | Role::Machine
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Provider
        | Role::Other => Vec::new(),
    }
}

/// Whether a host has a machine.
fn hosted(row: &Row) -> bool {
    let host = row
        .facts
        .particulars
        .as_ref()
        .and_then(|particulars| particulars.host.as_ref());
    host.is_some_and(|host| host.status.machine_ref.is_some())
}
