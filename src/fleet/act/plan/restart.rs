//! That all machines of an owner are replaced by new ones alike: from a moment on (`rolloutAfter`), by the clock of the
//! management cluster. Of what a topology owns it is written in the Cluster, in the one element.

use std::sync::Arc;

use fleetui_api::facts::RolloutAfter;
use fleetui_api::kinds::Role;
use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::coming::{Coming, Maker, coming, upgrading};
use super::{Around, blast, name, patch, refused, replaced_of};
use crate::act::judge::{Confirm, Preview, Refusal};
use crate::act::{Act, FieldChange, Plan};
use crate::edit::a_kind;
use crate::paused;
use crate::row::Row;

/// Plans a restart.
pub(super) fn restart(around: &Around<'_>, row: &Arc<Row>, act: Act) -> Result<Plan, Refusal> {
    let target = target(around, row)?;
    if let Some(paused) = paused::who(around.store, row) {
        return refused(format!(
            "{} is paused: nothing would be replaced before it is resumed",
            name(paused)
        ));
    }
    let now = around.store.time_of(&row.management_cluster, around.now);
    let now = now.round(Unit::Second).unwrap_or(now);
    let before = target.holder.after.as_deref();
    if let Some(then) = before
        && then.parse::<Timestamp>().is_ok_and(|then| then > now)
    {
        return refused(format!(
            "a restart is set for {then} already; what is set for later is not taken back by this"
        ));
    }
    let (operations, change) = target.write(&now.to_string());
    let machines = replaced_of(around.store, row);
    let mut blast = blast(around.store, row);
    blast.takes(&machines);
    let count = machines.len();
    let mut plan = Plan {
        act,
        writes: vec![patch(target.written, operations, vec![change])],
        preview: Preview {
            happens: vec![replaced(count)],
            warnings: upgrading(around.store, row, around.now)
                .into_iter()
                .chain(crate::edit::blocked_alike(around.store, row))
                .collect(),
            blast: Some(blast),
            ..Preview::default()
        },
        checks: Vec::new(),
        confirm: if count == 0 {
            Confirm::Key
        } else {
            Confirm::Twice(doubt(count))
        },
        planned: around.now,
    };
    let maker = Maker {
        row,
        template: None,
        version: row.facts.version.as_deref(),
    };
    plan.tell_coming(coming(around.store, maker, Coming::Instead, around.now));
    Ok(plan)
}

/// That so many machines are replaced by new ones alike.
pub(super) fn replaced(count: usize) -> String {
    match count {
        1 => "replaces its machine by a new one alike".to_owned(),
        count => format!("replaces {count} machines by new ones alike"),
    }
}

/// Why that is asked once more.
pub(super) fn doubt(count: usize) -> String {
    format!(
        "{count} machine{} replaced",
        if count == 1 { " is" } else { "s are" }
    )
}

/// Where it is written.
struct Target<'a> {
    written: &'a Row,
    /// The field that holds it, and what is known of it.
    pointer: String,
    holder: RolloutAfter,
    /// The name of the field inside; in v1beta1 it stands alone.
    field: Option<&'static str>,
    /// What has to be as it was besides.
    element: Option<(String, Value)>,
}

impl Target<'_> {
    fn write(&self, now: &str) -> (Vec<Value>, FieldChange) {
        let pointer = match self.field {
            Some(field) => format!("{}/{field}", self.pointer),
            None => self.pointer.clone(),
        };
        let element = self
            .element
            .iter()
            .map(|(pointer, value)| json!({"op": "test", "path": pointer, "value": value}));
        let mut operations: Vec<Value> = element.collect();
        match (&self.holder, self.field) {
            (
                RolloutAfter {
                    after: Some(after), ..
                },
                _,
            ) => {
                operations.push(json!({"op": "test", "path": pointer, "value": after}));
                operations.push(json!({"op": "replace", "path": pointer, "value": now}));
            }
            (RolloutAfter { holder: false, .. }, Some(field)) => {
                let version = self.written.facts.resource_version.as_str();
                operations.push(json!({"op": "test", "path": "/metadata/resourceVersion", "value": version}));
                operations.push(json!({"op": "add", "path": self.pointer, "value": {field: now}}));
            }
            (RolloutAfter { .. }, _) => operations.push(json!({"op": "add", "path": pointer, "value": now})),
        }
        let change = FieldChange {
            pointer,
            before: self.holder.after.as_deref().map(Value::from),
            after: Some(Value::from(now)),
            hidden: false,
        };
        (operations, change)
    }
}

fn target<'a>(around: &Around<'a>, row: &'a Arc<Row>) -> Result<Target<'a>, Refusal> {
    let role = row.facts.role;
    match role {
        Role::MachineDeployment => {}
        Role::ControlPlane if row.facts.kind.kind.as_ref() == "KubeadmControlPlane" => {}
        Role::ControlPlane => {
            return refused(format!("{} cannot be restarted: its provider runs it", name(row)));
        }
        Role::Cluster => {
            return refused(
                "a Cluster is restarted by its parts: its control plane, then its workers".to_owned(),
            );
        }
        Role::MachineSet | Role::Machine => {
            return refused(match &row.facts.owner {
                Some(owner) => format!("restart {} {}, which makes it", owner.kind.kind, owner.name),
                None => format!("{} cannot be restarted", a_kind(&row.facts.kind.kind)),
            });
        }
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
        | Role::Other => {
            return refused(format!("{} cannot be restarted", a_kind(&row.facts.kind.kind)));
        }
    }
    if row.facts.topology.is_some() {
        return in_topology(around, row);
    }
    let holder = row
        .facts
        .particulars
        .as_ref()
        .map(|particulars| particulars.rollout_after.clone())
        .unwrap_or_default();
    let old = row.facts.api_version.ends_with("/v1beta1");
    let (pointer, field) = if old {
        ("/spec/rolloutAfter", None)
    } else {
        ("/spec/rollout", Some("after"))
    };
    Ok(Target {
        written: row,
        pointer: pointer.to_owned(),
        holder,
        field,
        element: None,
    })
}

/// In the Cluster, as a topology would set back what is written below it.
fn in_topology<'a>(around: &Around<'a>, row: &'a Arc<Row>) -> Result<Target<'a>, Refusal> {
    let unreadable = || {
        Refusal::at(
            crate::act::Step::Preflight,
            format!(
                "a topology manages {} and its Cluster is not there or may not be read",
                name(row)
            ),
        )
    };
    let cluster = around.store.cluster_of(row).ok_or_else(unreadable)?;
    let particulars = cluster.facts.particulars.as_ref();
    let plan = particulars
        .and_then(|particulars| particulars.topology.as_ref())
        .ok_or_else(unreadable)?;
    if row.facts.role == Role::ControlPlane {
        let (pointer, holder, field) = match &plan.control_plane_rollout {
            Some(holder) => (
                "/spec/topology/controlPlane/rollout",
                holder.clone(),
                Some("after"),
            ),
            None => {
                return refused(format!(
                    "the topology of {} says nothing of a control plane",
                    name(cluster)
                ));
            }
        };
        return Ok(Target {
            written: cluster,
            pointer: pointer.to_owned(),
            holder,
            field,
            element: None,
        });
    }
    let own = row.facts.topology.as_deref().unwrap_or_default();
    let element = plan
        .workers
        .iter()
        .find(|workers| !workers.pool && workers.name == own);
    let Some(element) = element else {
        return refused(format!(
            "the topology of {} does not know {}",
            name(cluster),
            name(row)
        ));
    };
    let base = format!("/spec/topology/workers/machineDeployments/{}", element.index);
    Ok(Target {
        written: cluster,
        pointer: format!("{base}/rollout"),
        holder: element.rollout.clone(),
        field: Some("after"),
        element: Some((format!("{base}/name"), Value::from(element.name.as_str()))),
    })
}
