//! One object before and after: what of it pauses, and what others are made from.

use std::sync::Arc;

use fleetui_api::facts::Facts;
use fleetui_api::kinds::Role;
use serde_json::Value;

use super::super::pause::{FOLLOWED, held, in_the_middle};
use super::at;
use crate::act::Plan;
use crate::row::Row;
use crate::store::FleetStore;

/// An object before and after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changed<'a> {
    /// Its row; nothing where it is new, or is not watched.
    pub(super) row: Option<&'a Arc<Row>>,
    /// The whole of it.
    pub(super) objects: (Option<&'a Value>, &'a Value),
    /// What it says.
    pub(super) facts: (Option<&'a Facts>, &'a Facts),
}

impl Changed<'_> {
    /// Whether something else stands at one of the pointers.
    pub(super) fn differs(&self, pointers: &[&str]) -> bool {
        let (before, after) = self.objects;
        pointers
            .iter()
            .any(|pointer| at(before, pointer) != at(Some(after), pointer))
    }

    /// Says what comes of a pause that begins or ends.
    pub(super) fn pause(&self, store: &FleetStore, plan: &mut Plan) {
        let ((before, after), Some(row)) = (self.facts, self.row) else {
            return;
        };
        match (before.is_some_and(|before| before.paused), after.paused) {
            (false, true) => {
                plan.preview.happens.extend(held(store, row));
                plan.preview.warnings.extend(in_the_middle(row));
            }
            (true, false) => plan.preview.happens.push(FOLLOWED.to_owned()),
            (true, true) | (false, false) => {}
        }
    }
}

/// A template or a class: who makes something of it, and that what is there already stays, or does not.
pub(super) fn of_what_is_made_from(store: &FleetStore, changed: &Changed<'_>, plan: &mut Plan) {
    let after = changed.facts.1;
    if changed.facts.0.is_none() || !changed.differs(&["/spec"]) {
        return;
    }
    let management_cluster = plan.act.subject.management_cluster.clone();
    let rows = store.rows(Some(&management_cluster));
    if after.role == Role::ClusterClass {
        let follows = |row: &&Arc<Row>| {
            let topology = row.facts.particulars.as_ref().and_then(|it| it.topology.as_ref());
            let namespace = topology.and_then(|topology| topology.class_namespace.as_ref());
            row.facts.role == Role::Cluster
                && row.facts.topology.as_ref() == Some(&after.object.name)
                && *namespace.unwrap_or(&row.facts.object.namespace) == after.object.namespace
        };
        let clusters: Vec<String> = rows
            .filter(follows)
            .map(|row| row.facts.object.to_string())
            .collect();
        if !clusters.is_empty() {
            let what = format!(
                "clusters that follow this class may replace their machines: {}",
                clusters.join(", ")
            );
            plan.ask_twice(what.clone());
            plan.preview.warnings.push(what);
        }
        return;
    }
    let refers = |row: &&Arc<Row>| {
        let references = [row.facts.infrastructure.as_ref(), row.facts.bootstrap.as_ref()];
        let is_maker = matches!(
            row.facts.role,
            Role::MachineDeployment | Role::ControlPlane | Role::MachinePool
        );
        is_maker
            && row.facts.object.namespace == after.object.namespace
            && references
                .into_iter()
                .flatten()
                .any(|it| it.kind == after.kind && it.name == after.object.name)
    };
    let makers: Vec<String> = rows.filter(refers).map(|row| super::super::name(row)).collect();
    if !makers.is_empty() {
        plan.preview.warnings.push(format!(
            "machines that are there stay as they are: only new ones of {} are made of it",
            makers.join(", ")
        ));
    }
}
