//! Which object and which field an edit really writes: of what a topology manages it is the Cluster.

use std::sync::Arc;

use fleetui_api::facts::TopologyPlan;
use fleetui_api::kinds::Role;
use serde_json::{Value, json};

use super::{Change, Field, Refused};
use crate::row::Row;
use crate::store::FleetStore;
use fleetui_base::ObjectKey;

/// What an edit writes.
pub(super) struct Target<'a> {
    /// The row that the person points at.
    pub(super) row: &'a Arc<Row>,
    /// The object that is written.
    pub(super) written: &'a Arc<Row>,
    /// The field as a JSON pointer.
    pointer: String,
    /// What has to be as it was besides the field itself: which element of a list stands there.
    element: Option<(String, Value)>,
    /// The value now.
    pub(super) current: Option<Value>,
}

impl<'a> Target<'a> {
    fn on(row: &'a Arc<Row>, pointer: &str, current: Option<Value>) -> Self {
        Self {
            row,
            written: row,
            pointer: pointer.to_owned(),
            element: None,
            current,
        }
    }

    /// The value now, as a person would type it; empty where there is none.
    pub(super) fn value(&self) -> String {
        self.current.as_ref().map(plain).unwrap_or_default()
    }

    /// The change to `to`.
    pub(super) fn change(&self, field: Field, to: &Value) -> Change {
        let mut patch = Vec::new();
        if let Some((pointer, value)) = &self.element {
            patch.push(json!({ "op": "test", "path": pointer, "value": value }));
        }
        if let Some(current) = &self.current {
            patch.push(json!({ "op": "test", "path": self.pointer, "value": current }));
            patch.push(json!({ "op": "replace", "path": self.pointer, "value": to }));
        } else {
            // What is not there cannot be tested for; so the object as a whole has to be as it was.
            let version = self.written.facts.resource_version.as_str();
            patch.push(json!({ "op": "test", "path": "/metadata/resourceVersion", "value": version }));
            patch.push(json!({ "op": "add", "path": self.pointer, "value": to }));
        }
        let facts = &self.written.facts;
        Change {
            target: self.written.key(),
            uid: facts.uid.clone(),
            api_version: facts.api_version.clone(),
            field,
            from: self.value(),
            to: plain(to),
            patch: Value::Array(patch),
            element: self.element.clone(),
            changed: (self.pointer.clone(), self.current.clone(), to.clone()),
        }
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Finds what an edit of `field` on the object at `key` writes.
pub(super) fn find<'a>(store: &'a FleetStore, key: &ObjectKey, field: Field) -> Result<Target<'a>, Refused> {
    let row = store
        .get(key)
        .ok_or_else(|| Refused::because(format!("{key} does not exist any more")))?;
    let cluster = store.cluster_of(row);
    for object in [Some(row), cluster].into_iter().flatten() {
        if object.facts.deleting_since.is_some() {
            return Err(Refused::because(format!("{} is being deleted", name(object))));
        }
    }
    match row.facts.role {
        Role::Cluster => of_cluster(row, field),
        Role::ControlPlane => of_control_plane(row, cluster, field),
        Role::MachineDeployment | Role::MachinePool => of_workers(row, cluster, field),
        Role::MachineSet => of_set(row, field),
        Role::Machine => Err(of_machine(store, row, cluster, field)),
        Role::InfrastructureCluster
        | Role::InfrastructureMachine
        | Role::InfrastructureMachinePool
        | Role::BootstrapConfig
        | Role::MachineHealthCheck
        | Role::ClusterClass
        | Role::Template
        | Role::Host
        | Role::Provider
        | Role::Other => {
            let kind = a_kind(&row.facts.kind.kind);
            let pool = pool_before(store, row).map(|pool| format!(": {} has them", name(pool)));
            Err(Refused::because(format!(
                "{kind} has neither replicas nor a version to edit{}",
                pool.unwrap_or_default()
            )))
        }
    }
}

/// The pool that something of a provider stands behind.
fn pool_before<'a>(store: &'a FleetStore, row: &'a Row) -> Option<&'a Arc<Row>> {
    let facts = &row.facts;
    let cluster = facts.cluster.as_deref()?;
    let (place, namespace) = (&row.management_cluster, &facts.object.namespace);
    let mut pools = store.cluster_members(place, namespace, cluster, Role::MachinePool);
    pools.find(|pool| {
        let reference = pool.facts.infrastructure.as_ref();
        reference.is_some_and(|it| it.kind == facts.kind && it.name == facts.object.name)
    })
}

/// A kind with its article: `a Machine`, `an AWSMachine`.
pub(crate) fn a_kind(kind: &str) -> String {
    let article = if kind.starts_with(['A', 'E', 'I', 'O']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}

/// Where to edit what a machine is made from: the end of the chain of its owners, as what is set below that is undone by it.
fn of_machine(store: &FleetStore, row: &Arc<Row>, cluster: Option<&Arc<Row>>, field: Field) -> Refused {
    let mut edited = None;
    let mut below = row;
    // A machine, its set, its deployment; owners that own each other must not hold the console.
    for _ in 0..3 {
        let Some(owner) = &below.facts.owner else { break };
        if Role::of(&owner.kind) == Role::Cluster {
            break;
        }
        edited = Some(format!("{} {}", owner.kind.kind, owner.name));
        let namespace = &row.facts.object.namespace;
        match store.find(&row.management_cluster, &owner.kind, namespace, &owner.name) {
            Some(above) => below = above,
            None => break,
        }
    }
    // A topology has one version for all.
    if field == Field::Version && below.facts.topology.is_some() {
        edited = cluster.map(|cluster| name(cluster)).or(edited);
    }
    Refused::because(match edited {
        Some(edited) => format!("a Machine is replaced and not edited: edit {edited}"),
        None => "a Machine is replaced and not edited".to_owned(),
    })
}

fn of_cluster(row: &Arc<Row>, field: Field) -> Result<Target<'_>, Refused> {
    match (field, topology(row)) {
        (Field::Replicas, _) => Err(Refused::because(
            "these are the replicas of the control plane and of all workers together: edit one of them",
        )),
        (Field::Version, None) => Err(Refused::because(
            "this Cluster has no topology: upgrade (P, or :upgrade VERSION) plans and walks all of it; or edit the version of its control plane, then of its workers",
        )),
        (Field::Version, Some(_)) => Ok(Target::on(
            row,
            "/spec/topology/version",
            row.facts.version.as_deref().map(Value::from),
        )),
    }
}

fn of_control_plane<'a>(
    row: &'a Arc<Row>,
    cluster: Option<&'a Arc<Row>>,
    field: Field,
) -> Result<Target<'a>, Refused> {
    let managed = managed(row, cluster)?;
    match (field, managed) {
        (Field::Version, Some((cluster, _))) => {
            let current = cluster.facts.version.as_deref().map(Value::from);
            Ok(Target {
                row,
                written: cluster,
                ..Target::on(cluster, "/spec/topology/version", current)
            })
        }
        (Field::Version, None) => Ok(Target::on(
            row,
            "/spec/version",
            row.facts.version.as_deref().map(Value::from),
        )),
        (
            Field::Replicas,
            Some((
                cluster,
                TopologyPlan {
                    control_plane_replicas: Some(replicas),
                    ..
                },
            )),
        ) => {
            let current = Some(Value::from(*replicas));
            Ok(Target {
                row,
                ..Target::on(cluster, "/spec/topology/controlPlane/replicas", current)
            })
        }
        // Replicas that the topology leaves open are not its own.
        (Field::Replicas, Some(_) | None) => {
            let replicas = desired(row).ok_or_else(|| {
                Refused::because(format!("{} has no replicas: its provider runs it", name(row)))
            })?;
            Ok(Target::on(row, "/spec/replicas", Some(replicas)))
        }
    }
}

fn of_workers<'a>(
    row: &'a Arc<Row>,
    cluster: Option<&'a Arc<Row>>,
    field: Field,
) -> Result<Target<'a>, Refused> {
    let managed = managed(row, cluster)?;
    if field == Field::Version {
        return match managed {
            Some((cluster, _)) => Err(Refused::because(format!(
                "a topology has one version for the whole cluster: edit that of {}",
                name(cluster)
            ))),
            None => Ok(Target::on(
                row,
                "/spec/template/spec/version",
                row.facts.version.as_deref().map(Value::from),
            )),
        };
    }
    refuse_owned_replicas(row)?;
    let Some((cluster, plan)) = managed else {
        return Ok(Target::on(row, "/spec/replicas", desired(row)));
    };
    let pool = row.facts.role == Role::MachinePool;
    let own = row.facts.topology.as_deref().unwrap_or_default();
    let element = plan
        .workers
        .iter()
        .find(|workers| workers.pool == pool && workers.name == own);
    let Some(element) = element else {
        return Err(Refused::because(format!(
            "the topology of {} does not know {}",
            name(cluster),
            name(row)
        )));
    };
    let Some(replicas) = element.replicas else {
        return Ok(Target::on(row, "/spec/replicas", desired(row)));
    };
    let list = if pool {
        "machinePools"
    } else {
        "machineDeployments"
    };
    let base = format!("/spec/topology/workers/{list}/{}", element.index);
    Ok(Target {
        row,
        element: Some((format!("{base}/name"), Value::from(element.name.as_str()))),
        ..Target::on(cluster, &format!("{base}/replicas"), Some(Value::from(replicas)))
    })
}

fn of_set(row: &Arc<Row>, field: Field) -> Result<Target<'_>, Refused> {
    let owner = row.facts.owner.as_ref();
    if let Some(owner) = owner.filter(|owner| Role::of(&owner.kind) == Role::MachineDeployment) {
        return Err(Refused::because(format!(
            "MachineDeployment {} manages this MachineSet: edit that",
            owner.name
        )));
    }
    match field {
        Field::Replicas => {
            refuse_owned_replicas(row)?;
            Ok(Target::on(row, "/spec/replicas", desired(row)))
        }
        Field::Version => Ok(Target::on(
            row,
            "/spec/template/spec/version",
            row.facts.version.as_deref().map(Value::from),
        )),
    }
}

/// Replicas that somebody else sets would be set back.
fn refuse_owned_replicas(row: &Row) -> Result<(), Refused> {
    if let Some((smallest, largest)) = row.facts.autoscaler {
        return Err(Refused::because(format!(
            "the cluster autoscaler owns these replicas, between {smallest} and {largest}: edit its bounds"
        )));
    }
    let by = row
        .facts
        .particulars
        .as_ref()
        .and_then(|particulars| particulars.replicas_managed_by.as_ref());
    match by {
        Some(by) => Err(Refused::because(format!("these replicas are managed by {by}"))),
        None => Ok(()),
    }
}

/// The Cluster and its topology, where the topology owns the row.
fn managed<'a>(
    row: &Row,
    cluster: Option<&'a Arc<Row>>,
) -> Result<Option<(&'a Arc<Row>, &'a TopologyPlan)>, Refused> {
    if row.facts.topology.is_none() {
        return Ok(None);
    }
    let unreadable = || {
        Refused::because(format!(
            "a topology manages this {} and its Cluster is not there or may not be read",
            row.facts.kind.kind
        ))
    };
    let cluster = cluster.ok_or_else(unreadable)?;
    Ok(Some((cluster, topology(cluster).ok_or_else(unreadable)?)))
}

fn topology(row: &Row) -> Option<&TopologyPlan> {
    row.facts.particulars.as_ref()?.topology.as_ref()
}

fn desired(row: &Row) -> Option<Value> {
    row.facts
        .replicas
        .as_ref()
        .and_then(|replicas| replicas.desired)
        .map(Value::from)
}

/// How an object is called in a sentence.
pub(super) fn name(row: &Row) -> String {
    format!("{} {}", row.facts.kind.kind, row.facts.object.name)
}
