//! Hosts for the machines of what is created: all of it is asked together, as it takes of the same pool, and is made from templates that
//! may come with it.

use std::sync::Arc;

use fleetui_api::kinds::Role;

use super::super::coming::{Coming, Maker, Together, together};
use super::super::{Around, name};
use crate::act::Plan;
use crate::act::judge::Judgement;
use crate::row::Row;

/// Says of the machines of what a plan creates whether there are hosts for them.
pub(super) fn of_what_is_made(around: &Around<'_>, plan: &mut Plan, judgement: &Judgement) {
    let management_cluster = plan.act.subject.management_cluster.clone();
    let new = judgement
        .weighed
        .iter()
        .filter(|weighed| weighed.before.is_none())
        .filter_map(|weighed| weighed.after.as_ref());
    let made: Vec<Arc<Row>> = new
        .map(|after| Arc::new(Row::project(management_cluster.clone(), after)))
        .collect();
    let makers: Vec<Arc<Row>> = made
        .iter()
        .filter(|row| {
            matches!(
                row.facts.role,
                Role::ControlPlane | Role::MachineDeployment | Role::MachineSet | Role::MachinePool
            )
        })
        .cloned()
        .collect();
    let several = plan.writes.len() > 1;
    let mut with = Together::of(made);
    for row in makers {
        let replicas = row
            .facts
            .replicas
            .as_deref()
            .and_then(|replicas| replicas.desired);
        let Some(replicas) = replicas.filter(|replicas| *replicas > 0) else {
            continue;
        };
        let maker = Maker {
            row: &row,
            template: None,
            version: row.facts.version.as_deref(),
        };
        let mut told = together(around.store, maker, Coming::More(replicas), &mut with, around.now);
        if several {
            told.happens = told.happens.map(|what| format!("{}: {what}", name(&row)));
        }
        plan.tell_coming(told);
    }
}
