//! Whether nodes can be drained: disruption budgets that let no pod go, and drains that wait for ever.

use std::collections::BTreeSet;

use super::Budget;
use super::aim::Aim;
use super::scene::{Part, Scene};
use super::table::{Finding, blocked_by};

/// Where objects say how long a drain may take.
const TIMEOUTS: [&str; 4] = [
    "/spec/template/spec/deletion/nodeDrainTimeoutSeconds",
    "/spec/machineTemplate/spec/deletion/nodeDrainTimeoutSeconds",
    "/spec/machineTemplate/nodeDrainTimeout",
    "/spec/template/spec/nodeDrainTimeout",
];

/// Budgets that hold a drain.
pub(super) fn hold(scene: &Scene<'_>, aim: &Aim) -> Finding {
    if aim.steps.is_empty() {
        return Finding::NoQuestion;
    }
    if let Some(why) = &scene.gathered.no_budgets {
        return Finding::Unknown(format!(
            "the disruption budgets of the workload cluster cannot be read: {why}"
        ));
    }
    let all = scene.gathered.budgets.len();
    let holding = holding(scene, aim)
        .map(|budget| {
            let nodes: Vec<&str> = budget.pods_on.iter().take(3).map(AsRef::as_ref).collect();
            let on = if nodes.is_empty() {
                String::new()
            } else {
                format!(" on {}", nodes.join(", "))
            };
            format!(
                "budget {} lets none of its {} pods go{on}",
                budget.name, budget.expected
            )
        })
        .collect();
    blocked_by(
        holding,
        &format!("{all} disruption budgets, none of them holds a drain"),
    )
}

/// Drains that a budget may hold for ever.
pub(super) fn drain_timeout(scene: &Scene<'_>, aim: &Aim) -> Finding {
    if aim.steps.is_empty() || holding(scene, aim).next().is_none() {
        return Finding::NoQuestion;
    }
    let for_ever = scene
        .parts()
        .filter(|part| part.wished() > 0 && !has_timeout(part))
        .map(|part| {
            format!(
                "{} sets no nodeDrainTimeout: a drain that is held waits for ever",
                part.name()
            )
        })
        .collect();
    blocked_by(for_ever, "drains give up after their timeout")
}

fn has_timeout(part: &Part<'_>) -> bool {
    TIMEOUTS.iter().any(|pointer| {
        let value = part.object.pointer(pointer);
        value.is_some_and(|value| {
            value.as_i64().is_some_and(|it| it > 0) || value.as_str().is_some_and(|it| it != "0s")
        })
    })
}

/// The budgets that let no pod go of a node that is drained.
fn holding<'s>(scene: &'s Scene<'_>, aim: &Aim) -> impl Iterator<Item = &'s Budget> {
    let going: BTreeSet<&str> = aim
        .steps
        .iter()
        .flat_map(|step| &step.replaces)
        .map(AsRef::as_ref)
        .collect();
    let nodes: BTreeSet<&str> = scene
        .machines
        .iter()
        .filter(|machine| going.contains(machine.row.facts.object.name.as_str()))
        .filter_map(|machine| machine.row.facts.node.as_deref())
        .collect();
    scene.gathered.budgets.iter().filter(move |budget| {
        let on_them =
            budget.pods_on.is_empty() || budget.pods_on.iter().any(|node| nodes.contains(node.as_str()));
        budget.holds() && on_them
    })
}
