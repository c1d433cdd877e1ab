//! What can be done about one machine: that its owner replaces it, has one less, or takes it first; and what health checks make
//! of it. Only machines whose owner makes them are meant: what a pool does with its own is its provider's business.

use std::sync::Arc;

use compact_str::CompactString;
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::Reference;
use fleetui_api::kinds::Role;
use fleetui_api::labels::{DELETE_MACHINE, REMEDIATE_MACHINE, SKIP_REMEDIATION};

use super::{Around, annotate, blast, machines_of, name, patch, refused, remove_annotation, unchanged};
use crate::act::judge::{Confirm, Preview, Refusal, Step};
use crate::act::{Act, Deed, HostDeed, MachineDeed, Plan};
use crate::edit::Field;
use crate::row::Row;
use crate::store::FleetStore;
use crate::tree::{looks_after, selector};

/// What the annotations say; Cluster API only looks whether they are there.
const YES: &str = "true";

/// Plans a deed about a machine.
pub(super) fn machine(
    around: &Around<'_>,
    row: &Arc<Row>,
    deed: MachineDeed,
    act: Act,
) -> Result<Plan, Refusal> {
    if row.facts.role != Role::Machine {
        return refused(format!("{} is no Machine", name(row)));
    }
    let owner = owner(around.store, row)?;
    match deed {
        MachineDeed::Replace => replace(around, row, act),
        MachineDeed::Shrink => shrink(around, row, (owner, act)),
        MachineDeed::GoFirst(on) => {
            let happens = if on {
                format!("{} takes it first when it has fewer", owner.name)
            } else {
                "it is taken like any other when there are fewer".to_owned()
            };
            marked(around, row, (DELETE_MACHINE, on), (act, happens))
        }
        MachineDeed::Remediate(on) => {
            let happens = if on {
                "a MachineHealthCheck finds it unhealthy at once, and its owner replaces it".to_owned()
            } else {
                "health checks judge it by its conditions again".to_owned()
            };
            let mut plan = marked(around, row, (REMEDIATE_MACHINE, on), (act, happens))?;
            if on && !is_checked(around.store, row) {
                plan.preview.warnings.push(
                    "no MachineHealthCheck selects it: nothing happens before one does; replace it instead"
                        .to_owned(),
                );
            }
            if on {
                plan.confirm = Confirm::Twice("the machine is replaced, whatever its health".to_owned());
            }
            Ok(plan)
        }
        MachineDeed::SkipRemediation(on) => {
            let happens = if on {
                "health checks do not look at it, however long it is broken".to_owned()
            } else {
                "health checks look at it again".to_owned()
            };
            marked(around, row, (SKIP_REMEDIATION, on), (act, happens))
        }
    }
}

/// Who makes another one in the machine's place.
fn owner<'a>(store: &'a FleetStore, row: &'a Row) -> Result<&'a Reference, Refusal> {
    let Some(owner) = row.facts.owner.as_ref() else {
        return refused(format!(
            "nothing owns {}: it would not be replaced; delete it",
            name(row)
        ));
    };
    match Role::of(&owner.kind) {
        Role::MachineSet => {
            // The deployment is who is spoken of, where there is one.
            let set = known(store, row, owner);
            let deployment = set.and_then(|set| set.facts.owner.as_ref());
            Ok(deployment
                .filter(|owner| Role::of(&owner.kind) == Role::MachineDeployment)
                .unwrap_or(owner))
        }
        Role::ControlPlane => Ok(owner),
        Role::MachinePool => refused(format!(
            "{} belongs to MachinePool {}: its provider decides about its machines",
            name(row),
            owner.name
        )),
        Role::Cluster
        | Role::InfrastructureCluster
        | Role::MachineDeployment
        | Role::Machine
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => refused(format!(
            "{} {} does not replace machines: delete it",
            owner.kind.kind, owner.name
        )),
    }
}

/// Whose machines go one at a time, where a plan takes one of them, and why: a control plane's are each judged as if the others stayed,
/// and who has one less is written from the number that it has now. Not yet safe to show.
pub fn takes_from(store: &FleetStore, plan: &Plan) -> Option<(String, &'static str)> {
    // A host is released by its Machine, which is what is deleted then.
    let released = plan.act.deed == Deed::Host(HostDeed::Release);
    let row = store.get(if released {
        plan.target()
    } else {
        &plan.act.subject
    })?;
    if row.facts.role != Role::Machine {
        return None;
    }
    let owner = owner(store, row).ok()?;
    let goes = released || matches!(plan.act.deed, Deed::Delete | Deed::Machine(MachineDeed::Replace));
    let why = if plan.act.deed == Deed::Machine(MachineDeed::Shrink) {
        "where there is one less, one goes at a time"
    } else if goes && Role::of(&owner.kind) == Role::ControlPlane {
        "of a control plane one goes at a time"
    } else {
        return None;
    };
    let (namespace, place) = (&row.facts.object.namespace, &row.management_cluster);
    let of = format!("{} {namespace}/{} in {place}", owner.kind.kind, owner.name);
    Some((of, why))
}

/// The row of an owner.
fn known<'a>(store: &'a FleetStore, row: &Row, owner: &Reference) -> Option<&'a Arc<Row>> {
    let namespace = &row.facts.object.namespace;
    store.find(&row.management_cluster, &owner.kind, namespace, &owner.name)
}

fn replace(around: &Around<'_>, row: &Arc<Row>, act: Act) -> Result<Plan, Refusal> {
    let mut plan = super::delete::delete(around, row, act)?;
    plan.confirm = Confirm::Twice("the machine goes, with what runs on it".to_owned());
    Ok(plan)
}

/// Etcd lives on the machines of a control plane: one that is taken must leave more than half of the members well. Of a control
/// plane that goes itself, or with its cluster, nothing has to be left.
pub(crate) fn quorum(store: &FleetStore, row: &Row) -> Result<(), Refusal> {
    let owner = row.facts.owner.as_ref();
    let Some(owner) = owner.filter(|owner| Role::of(&owner.kind) == Role::ControlPlane) else {
        return Ok(());
    };
    let Some(control_plane) = known(store, row, owner) else {
        return Ok(());
    };
    let goes = |row: &Row| row.facts.deleting_since.is_some();
    if goes(control_plane) || store.cluster_of(row).is_some_and(|cluster| goes(cluster)) {
        return Ok(());
    }
    let stacked = control_plane
        .facts
        .particulars
        .as_ref()
        .is_some_and(|particulars| particulars.stacked_etcd);
    let members: Vec<_> = store.owned_by(control_plane, Role::Machine).collect();
    if members.len() < 2 {
        return refused(format!(
            "it is the only machine of {}: without it the cluster is gone; scale it up first",
            name(control_plane)
        ));
    }
    let is_well = |machine: &Row| {
        machine.facts.deleting_since.is_none()
            && !machine.facts.conditions.iter().any(|condition| {
                condition.kind == "EtcdMemberHealthy" && condition.status != ConditionStatus::True
            })
    };
    let others = members
        .iter()
        .filter(|machine| machine.facts.uid != row.facts.uid);
    let well = others.filter(|machine| is_well(machine)).count();
    // Its member goes with it, so that those that stay have to have a majority among themselves.
    let needed = (members.len() - 1) / 2 + 1;
    if stacked && well < needed {
        return refused(format!(
            "etcd would lose its quorum: {well} of the {} members that stay are well, {needed} are needed",
            members.len() - 1
        ));
    }
    Ok(())
}

/// It is marked as the one to go, then its owner has one less: what scales down decides by the mark.
fn shrink(around: &Around<'_>, row: &Arc<Row>, (owner, act): (&Reference, Act)) -> Result<Plan, Refusal> {
    if Role::of(&owner.kind) == Role::ControlPlane {
        return refused(format!(
            "{} {} has an odd number of machines: mark this one as the first to go, and scale it by two",
            owner.kind.kind, owner.name
        ));
    }
    let Some(row_of_owner) = known(around.store, row, owner) else {
        return refused(format!("{} {} is not known", owner.kind.kind, owner.name));
    };
    let scaled = super::field(
        around.store,
        &row_of_owner.key(),
        Field::Replicas,
        "-1",
        around.now,
    );
    let mut plan = scaled.map_err(|refused| Refusal::at(Step::Preflight, refused.what))?;
    let there = machines_of(around.store, row_of_owner).len();
    let wished = plan.preview.blast.as_ref().and_then(|blast| blast.replicas);
    if let Some((wished, _)) = wished
        && i64::try_from(there).is_ok_and(|there| there < wished)
    {
        let are = if there == 1 { "is" } else { "are" };
        plan.preview.warnings.push(format!(
            "{} is still scaling: {there} of {wished} machines {are} there, and with one less wished it may be that none of them goes",
            name(row_of_owner)
        ));
    }
    if super::mark(row, DELETE_MACHINE).is_none() {
        let (operations, change) = annotate(row, DELETE_MACHINE, YES);
        plan.writes.insert(0, patch(row, operations, vec![change]));
    }
    plan.preview.happens = vec![
        format!("{} is marked as the first to go", row.facts.object.name),
        format!("{} {} has one less", owner.kind.kind, owner.name),
    ];
    if let Some(blast) = &mut plan.preview.blast {
        blast.machines = vec![row.facts.object.name.clone()];
        blast.drained = usize::from(row.facts.node.is_some());
    }
    if plan.confirm == Confirm::Key {
        plan.confirm = Confirm::Twice("the machine goes, and no other one comes".to_owned());
    }
    plan.act = act;
    Ok(plan)
}

/// Sets an annotation or takes it away.
fn marked(
    around: &Around<'_>,
    row: &Row,
    (key, on): (&str, bool),
    (act, happens): (Act, String),
) -> Result<Plan, Refusal> {
    let is_there = super::mark(row, key).is_some();
    let written = match on {
        true if is_there => return unchanged(format!("{} has the annotation {key} already", name(row))),
        true => Some(annotate(row, key, YES)),
        false => remove_annotation(row, key),
    };
    let Some((operations, change)) = written else {
        return unchanged(format!("{} has no annotation {key}", name(row)));
    };
    Ok(Plan {
        act,
        writes: vec![patch(row, operations, vec![change])],
        preview: Preview {
            happens: vec![happens],
            blast: Some(blast(around.store, row)),
            ..Preview::default()
        },
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned: around.now,
    })
}

/// Whether a health check looks after the machine, as far as its labels by name tell.
fn is_checked(store: &FleetStore, row: &Row) -> bool {
    let Some(cluster) = store.cluster_of(row) else {
        return false;
    };
    let owner = row
        .facts
        .owner
        .as_ref()
        .and_then(|owner| known(store, row, owner));
    let above = owner.and_then(|owner| {
        let above = owner.facts.owner.as_ref()?;
        known(store, owner, above)
    });
    let makers: Vec<&Arc<Row>> = owner.into_iter().chain(above).collect();
    let mut checks = super::members(store, cluster, Role::MachineHealthCheck);
    checks.any(|check| {
        let selector = selector(check);
        let own = |(key, value): &(CompactString, CompactString)| {
            row.facts
                .labels
                .iter()
                .any(|(label, own)| label == key && own == value)
        };
        // One that selects by expressions alone may select any.
        selector.is_empty()
            || selector.iter().all(own)
            || makers.iter().any(|maker| looks_after(check, maker))
    })
}
