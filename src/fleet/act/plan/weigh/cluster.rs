//! A Cluster before and after: what its topology asks for, of each of its parts, and its pause.

use std::sync::Arc;

use fleetui_api::facts::{RolloutAfter, TopologyPlan, TopologyWorkers};
use fleetui_api::kinds::Role;

use super::super::coming::upgrading;
use super::super::{Around, machines_of, members};
use super::changed::Changed;
use super::owner::Step;
use crate::act::Plan;
use crate::edit::Field;
use crate::row::Row;

/// What comes of the change of a Cluster.
pub(super) fn of(around: &Around<'_>, changed: &Changed<'_>, plan: &mut Plan) {
    let (Some(row), (Some(before), after)) = (changed.row, changed.facts) else {
        return;
    };
    changed.pause(around.store, plan);
    let topology = |facts: &fleetui_api::facts::Facts| -> Option<TopologyPlan> {
        facts.particulars.as_ref()?.topology.clone()
    };
    let (Some(was), Some(is)) = (topology(before), topology(after)) else {
        return;
    };
    let versions = (
        before.version.as_deref().unwrap_or_default(),
        after.version.as_deref().unwrap_or_default(),
    );
    if versions.0 != versions.1 {
        let step = Step {
            field: Field::Version,
            from: versions.0,
            to: versions.1,
            template: None,
        };
        plan.steps(around, row, &step);
    }
    let control_plane = members(around.store, row, Role::ControlPlane).next();
    if let Some(part) = control_plane {
        plan.scales(
            around,
            part,
            (was.control_plane_replicas, is.control_plane_replicas),
        );
        let rollouts = (
            was.control_plane_rollout.as_ref(),
            is.control_plane_rollout.as_ref(),
        );
        plan.rolls(around, part, rollouts);
    }
    workers(around, row, (&was, &is), plan);
    if before.topology != after.topology {
        plan.preview.warnings.push(
            "another class: what it has otherwise is changed, and machines may be replaced for it".to_owned(),
        );
    } else if changed.differs(&["/spec/topology/variables"]) {
        plan.preview.warnings.push(
            "variables change: machines are replaced where the class makes other ones of them".to_owned(),
        );
    }
    if !plan.preview.happens.is_empty() {
        plan.preview
            .warnings
            .extend(upgrading(around.store, row, around.now));
    }
}

/// Workers that come, change and go.
fn workers(around: &Around<'_>, row: &Arc<Row>, (was, is): (&TopologyPlan, &TopologyPlan), plan: &mut Plan) {
    let same =
        |one: &TopologyWorkers, other: &TopologyWorkers| one.name == other.name && one.pool == other.pool;
    let part = |workers: &TopologyWorkers| {
        let role = if workers.pool {
            Role::MachinePool
        } else {
            Role::MachineDeployment
        };
        members(around.store, row, role).find(|part| part.facts.topology.as_ref() == Some(&workers.name))
    };
    for workers in &was.workers {
        let Some(part) = part(workers) else { continue };
        match is.workers.iter().find(|other| same(workers, other)) {
            Some(now) => {
                plan.scales(around, part, (workers.replicas, now.replicas));
                plan.rolls(around, part, (Some(&workers.rollout), Some(&now.rollout)));
            }
            None => plan.loses(around, part),
        }
    }
    let new = is
        .workers
        .iter()
        .filter(|workers| !was.workers.iter().any(|other| same(workers, other)));
    for workers in new {
        let count = match workers.replicas {
            Some(1) => " with 1 machine".to_owned(),
            Some(count) => format!(" with {count} machines"),
            None => String::new(),
        };
        plan.preview
            .happens
            .push(format!("adds workers {}{count}", workers.name));
    }
}

impl Plan {
    fn scales(&mut self, around: &Around<'_>, part: &Arc<Row>, (from, to): (Option<i64>, Option<i64>)) {
        let Some(to) = to.filter(|_| from != to) else {
            return;
        };
        let there = part
            .facts
            .replicas
            .as_deref()
            .and_then(|replicas| replicas.desired);
        let from = from.or(there).map(|from| from.to_string()).unwrap_or_default();
        let step = Step {
            field: Field::Replicas,
            from: &from,
            to: &to.to_string(),
            template: None,
        };
        let told = self.preview.happens.len();
        self.steps(around, part, &step);
        self.name_part(part, told);
    }

    fn rolls(
        &mut self,
        around: &Around<'_>,
        part: &Arc<Row>,
        (was, is): (Option<&RolloutAfter>, Option<&RolloutAfter>),
    ) {
        let after = |rollout: Option<&RolloutAfter>| rollout.and_then(|rollout| rollout.after.clone());
        if let Some(is) = is.filter(|_| after(was) != after(is)) {
            let told = self.preview.happens.len();
            self.restarts(around, part, is);
            self.name_part(part, told);
        }
    }

    /// A part that the topology does not ask for any more.
    fn loses(&mut self, around: &Around<'_>, part: &Arc<Row>) {
        let machines = machines_of(around.store, part);
        let what = match machines.len() {
            1 => "its machine goes".to_owned(),
            count => format!("its {count} machines go"),
        };
        let name = super::super::name(part);
        self.preview.happens.push(format!("deletes {name}: {what}"));
        self.ask_twice(format!("{name} is deleted"));
        if let Some(blast) = &mut self.preview.blast {
            blast.takes(&machines);
        }
    }

    /// Says of which part the sentences from `told` on are.
    fn name_part(&mut self, part: &Row, told: usize) {
        for what in self.preview.happens.iter_mut().skip(told) {
            *what = format!("{}: {what}", super::super::name(part));
        }
    }
}
