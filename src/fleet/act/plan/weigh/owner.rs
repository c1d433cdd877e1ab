//! What makes machines, before and after: its replicas, its version, what its machines are made from, and when they are replaced.

use std::sync::Arc;

use fleetui_api::facts::{Facts, Reference, RolloutAfter};
use fleetui_api::kinds::Role;
use jiff::Timestamp;

use super::super::coming::{Coming, Maker, coming, upgrading};
use super::super::restart::{doubt, replaced};
use super::super::{Around, replaced_of};
use super::changed::Changed;
use crate::act::Plan;
use crate::act::judge::{Check, Found};
use crate::edit::{self, Field};
use crate::row::Row;
use crate::store::FleetStore;

/// Of what makes workers, what makes new machines necessary, beside the version.
const OF_WORKERS: [&str; 3] = [
    "/spec/template/spec/bootstrap",
    "/spec/template/spec/infrastructureRef",
    "/spec/template/spec/failureDomain",
];
/// The same of a kubeadm control plane.
const OF_CONTROL_PLANE: [&str; 3] = [
    "/spec/kubeadmConfigSpec",
    "/spec/machineTemplate/infrastructureRef",
    "/spec/machineTemplate/spec/infrastructureRef",
];

/// A change of one field, by the values before and after as a person writes them.
pub(super) struct Step<'a> {
    pub(super) field: Field,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    /// What new machines are made from, where that changes too.
    pub(super) template: Option<&'a Reference>,
}

/// What comes of the change of a maker.
pub(super) fn of(around: &Around<'_>, changed: &Changed<'_>, plan: &mut Plan) {
    let (before, after) = changed.facts;
    let (Some(row), Some(before)) = (changed.row, before) else {
        return created(around, changed, plan);
    };
    changed.pause(around.store, plan);
    let store = around.store;
    let versions = (text(before), text(after));
    let template = after
        .infrastructure
        .as_ref()
        .filter(|it| before.infrastructure.as_ref() != Some(*it));
    let mut is_replaced = versions.0 != versions.1;
    if is_replaced {
        let step = Step {
            field: Field::Version,
            from: versions.0,
            to: versions.1,
            template,
        };
        plan.steps(around, row, &step);
    }
    let replicas = (desired(before), desired(after));
    if let (from, Some(to)) = replicas
        && from != Some(to)
    {
        let from = from.map(|from| from.to_string()).unwrap_or_default();
        let step = Step {
            field: Field::Replicas,
            from: &from,
            to: &to.to_string(),
            template,
        };
        plan.steps(around, row, &step);
    }
    let rolls = if after.role == Role::ControlPlane {
        changed.differs(&OF_CONTROL_PLANE)
    } else {
        changed.differs(&OF_WORKERS)
    };
    if rolls && !is_replaced {
        is_replaced = true;
        if after.role == Role::MachineSet {
            plan.preview
                .warnings
                .push("machines that are there stay as they are: only new ones are made of it".to_owned());
        } else {
            plan.replaced_by_others(around, row, template);
        }
    }
    let rollouts = (rollout(before), rollout(after));
    if rollouts.0 != rollouts.1 && !is_replaced {
        plan.restarts(around, row, rollouts.1);
    }
    if !plan.preview.happens.is_empty() {
        plan.preview.warnings.extend(upgrading(store, row, around.now));
    }
}

/// One that is not there yet. Hosts for its machines are asked for with those of all that come with it.
fn created(around: &Around<'_>, changed: &Changed<'_>, plan: &mut Plan) {
    let Some(replicas) = desired(changed.facts.1).filter(|replicas| *replicas > 0) else {
        return;
    };
    let management_cluster = plan.act.subject.management_cluster.clone();
    let new = Arc::new(Row::project(management_cluster, changed.objects.1));
    let step = Step {
        field: Field::Replicas,
        from: "0",
        to: &replicas.to_string(),
        template: None,
    };
    plan.foresees(around, &new, &step);
}

impl Plan {
    /// What comes of the change of one field, and what the act that has a name for it would refuse.
    pub(super) fn steps(&mut self, around: &Around<'_>, row: &Arc<Row>, step: &Step<'_>) {
        let judged = edit::judge(around.store, row, step.field, (step.from, step.to));
        if let Err(refused) = judged {
            let (id, title) = match step.field {
                Field::Version => ("version", "The version is possible"),
                Field::Replicas => ("replicas", "The number of replicas is possible"),
            };
            self.checks.push(Check {
                id: id.into(),
                title: title.to_owned(),
                found: Found::Blocks {
                    why: refused.what,
                    overridable: false,
                },
            });
        }
        let replicas = self.foresees(around, row, step);
        self.of_machines(around.store, row, (step.field, step.to, replicas), step.template);
    }

    /// What comes of it, its machines aside; the numbers of replicas before and after, where those change.
    fn foresees(&mut self, around: &Around<'_>, row: &Arc<Row>, step: &Step<'_>) -> Option<(i64, i64)> {
        let Step { field, from, to, .. } = *step;
        let forecast = edit::foreseen(around.store, row, field, (from, to));
        self.preview.happens.extend(forecast.happens);
        for warning in forecast.warnings {
            if !self.preview.warnings.contains(&warning) {
                self.preview.warnings.push(warning);
            }
        }
        self.checks.extend(forecast.blocked.into_iter().map(|why| Check {
            id: "machine-set-preflight".into(),
            title: "what a MachineSet wants before it creates machines".to_owned(),
            found: Found::Warns(why),
        }));
        if let Some(doubt) = forecast.doubt {
            self.ask_twice(doubt);
        }
        let number = |text: &str| text.parse::<i64>().ok();
        let replicas = match field {
            Field::Replicas => number(to).map(|to| (number(from).unwrap_or(0), to)),
            Field::Version => None,
        };
        if let Some(blast) = &mut self.preview.blast {
            blast.replicas = replicas.or(blast.replicas);
        }
        replicas
    }

    /// Machines are replaced by others, as they are made from something else.
    fn replaced_by_others(&mut self, around: &Around<'_>, row: &Arc<Row>, template: Option<&Reference>) {
        let count = replaced_of(around.store, row).len();
        if count == 0 {
            return;
        }
        self.preview.happens.push(match count {
            1 => "replaces its machine, as it is made from something else".to_owned(),
            count => format!("replaces {count} machines, as they are made from something else"),
        });
        self.ask_twice(doubt(count));
        self.instead(around.store, row, template);
    }

    /// Machines are replaced by new ones alike, from a moment on.
    pub(super) fn restarts(&mut self, around: &Around<'_>, row: &Arc<Row>, after: &RolloutAfter) {
        let count = replaced_of(around.store, row).len();
        let Some(then) = after.after.as_deref().filter(|_| count > 0) else {
            return;
        };
        let now = around.store.time_of(&row.management_cluster, around.now);
        let is_later = then.parse::<Timestamp>().is_ok_and(|then| then > now);
        let what = replaced(count);
        self.preview.happens.push(if is_later {
            format!("from {then} on {what}")
        } else {
            what
        });
        self.ask_twice(doubt(count));
        self.instead(around.store, row, None);
    }

    fn instead(&mut self, store: &FleetStore, row: &Arc<Row>, template: Option<&Reference>) {
        self.replaces(store, row);
        let maker = Maker {
            row,
            template,
            version: row.facts.version.as_deref(),
        };
        self.tell_coming(coming(store, maker, Coming::Instead, self.planned));
    }
}

fn text(facts: &Facts) -> &str {
    facts.version.as_deref().unwrap_or_default()
}

fn desired(facts: &Facts) -> Option<i64> {
    facts.replicas.as_deref()?.desired
}

fn rollout(facts: &Facts) -> &RolloutAfter {
    const NEVER: &RolloutAfter = &RolloutAfter {
        holder: false,
        after: None,
    };
    facts
        .particulars
        .as_deref()
        .map_or(NEVER, |particulars| &particulars.rollout_after)
}
