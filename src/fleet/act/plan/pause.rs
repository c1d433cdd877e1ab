//! That nothing is reconciled any more, or everything again: written where each kind keeps it.
//!
//! A Cluster and a MachineDeployment have a field for it; a pause of the Cluster holds all that belongs to it, one of a
//! MachineDeployment holds its rollouts. Everything else has an annotation, and so has a MachineDeployment of a topology, whose
//! field the topology would set back.

use fleetui_api::kinds::Role;
use fleetui_api::labels::PAUSED;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Around, blast, members, name, patch, refused, unchanged};
use crate::act::judge::{Confirm, Preview, Refusal};
use crate::act::{Act, FieldChange, Plan};
use crate::row::Row;
use crate::store::FleetStore;

/// Where the field is, of those that have one.
const FIELD: &str = "/spec/paused";

/// What comes of the end of a pause.
pub(super) const FOLLOWED: &str = "what was changed meanwhile is followed";

/// Plans a pause.
pub(super) fn pause(around: &Around<'_>, row: &Row, act: Act) -> Result<Plan, Refusal> {
    let place = place(row)?;
    if row.facts.paused {
        return unchanged(format!("{} is paused already", name(row)));
    }
    let (operation, change) = match place {
        Place::Field => (
            // To set it is the same whether it was absent or false.
            vec![json!({"op": "add", "path": FIELD, "value": true})],
            change(
                FIELD.to_owned(),
                spec_paused(row).map(Value::from),
                Some(json!(true)),
            ),
        ),
        Place::Annotation => super::annotate(row, PAUSED, "true"),
    };
    let preview = Preview {
        happens: held(around.store, row),
        warnings: in_the_middle(row).into_iter().collect(),
        ..Preview::default()
    };
    Ok(finish(around, row, (act, preview), (operation, vec![change])))
}

/// Plans that a pause ends.
pub(super) fn resume(around: &Around<'_>, row: &Row, act: Act) -> Result<Plan, Refusal> {
    place(row)?;
    if !row.facts.paused {
        let cluster = around
            .store
            .cluster_of(row)
            .filter(|cluster| cluster.facts.paused);
        return match cluster {
            Some(cluster) => refused(format!(
                "{} is not paused itself: {} is",
                name(row),
                name(cluster)
            )),
            None => unchanged(format!("{} is not paused", name(row))),
        };
    }
    let mut operations = Vec::new();
    let mut changes = Vec::new();
    if spec_paused(row) == Some(true) {
        operations.push(json!({"op": "test", "path": FIELD, "value": true}));
        operations.push(json!({"op": "replace", "path": FIELD, "value": false}));
        changes.push(change(FIELD.to_owned(), Some(json!(true)), Some(json!(false))));
    }
    if let Some((operation, change)) = super::remove_annotation(row, PAUSED) {
        operations.extend(operation);
        changes.push(change);
    }
    let preview = Preview {
        happens: vec![FOLLOWED.to_owned()],
        ..Preview::default()
    };
    Ok(finish(around, row, (act, preview), (operations, changes)))
}

/// Plans a pause of rollouts alone, or its end, as `plan` does: of a MachineDeployment or a KubeadmControlPlane, which are those that
/// `clusterctl alpha rollout pause` and `resume` take.
///
/// # Errors
/// The kind has no rollouts of its own; else as `plan`.
pub fn of_rollouts(around: &Around<'_>, act: Act) -> Result<Plan, Refusal> {
    if let Some(row) = around.store.get(&act.subject) {
        has_rollouts(row)?;
    }
    super::plan(around, act)
}

fn has_rollouts(row: &Row) -> Result<(), Refusal> {
    let kind = &row.facts.kind.kind;
    match row.facts.role {
        Role::MachineDeployment => Ok(()),
        Role::ControlPlane if kind.as_ref() == "KubeadmControlPlane" => Ok(()),
        Role::ControlPlane => refused(format!("the rollouts of {} are its provider's", name(row))),
        Role::Cluster => refused(
            "a Cluster has no rollout of its own: its control plane and its MachineDeployments have; fleetui pause and resume are about \
             the Cluster itself or its upgrade"
                .to_owned(),
        ),
        Role::MachineSet | Role::Machine => refused(match &row.facts.owner {
            Some(owner) => format!("the rollout is that of {} {}, which makes it", owner.kind.kind, owner.name),
            None => format!("a {kind} has no rollouts"),
        }),
        Role::MachinePool
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => refused(format!(
            "a {kind} has no rollouts that can be paused by themselves; fleetui pause and resume are about the object"
        )),
    }
}

enum Place {
    Field,
    Annotation,
}

fn place(row: &Row) -> Result<Place, Refusal> {
    match row.facts.role {
        Role::Cluster => Ok(Place::Field),
        Role::MachineDeployment if row.facts.topology.is_none() => Ok(Place::Field),
        Role::MachineDeployment
        | Role::ControlPlane
        | Role::MachineSet
        | Role::MachinePool
        | Role::Machine
        | Role::MachineHealthCheck
        | Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig => Ok(Place::Annotation),
        Role::ClusterClass | Role::Template | Role::Host | Role::Provider | Role::Other => refused(format!(
            "a {} is not reconciled in a way that can be paused",
            row.facts.kind.kind
        )),
    }
}

fn spec_paused(row: &Row) -> Option<bool> {
    row.facts.particulars.as_ref()?.spec_paused
}

fn change(pointer: String, before: Option<Value>, after: Option<Value>) -> FieldChange {
    FieldChange {
        pointer,
        before,
        after,
        hidden: false,
    }
}

/// What stands still.
pub(super) fn held(store: &FleetStore, row: &Row) -> Vec<String> {
    match row.facts.role {
        Role::Cluster => {
            let machines = members(store, row, Role::Machine).count();
            vec![format!(
                "nothing of this cluster is reconciled until it is resumed: its {machines} machines stay as they are"
            )]
        }
        Role::MachineDeployment if row.facts.topology.is_none() => {
            vec!["its rollouts stand still until it is resumed; it is still scaled".to_owned()]
        }
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
        | Role::Other => vec!["it is not reconciled until it is resumed".to_owned()],
    }
}

/// That machines are being replaced as the pause comes.
pub(super) fn in_the_middle(row: &Row) -> Option<String> {
    rolls(row).then(|| {
        format!(
            "{} is in the middle of a rollout, which stays where it is",
            name(row)
        )
    })
}

/// Whether machines are being replaced.
fn rolls(row: &Row) -> bool {
    row.facts.replicas.as_deref().is_some_and(
        |replicas| matches!((replicas.up_to_date, replicas.desired), (Some(new), Some(all)) if new < all),
    )
}

fn finish(
    around: &Around<'_>,
    row: &Row,
    (act, mut preview): (Act, Preview),
    (operations, changes): (Vec<Value>, Vec<FieldChange>),
) -> Plan {
    let planned: Timestamp = around.now;
    preview.blast = Some(blast(around.store, row));
    Plan {
        act,
        writes: vec![patch(row, operations, changes)],
        preview,
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned,
    }
}
