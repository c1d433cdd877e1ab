//! `RollingUpdate`: the current set grows within the surge, old sets shrink within what may be unavailable.

use super::{Input, Plan, Set, SetPlan, machines, newly_current, oldest_first};

/// The numbers that both passes over the old sets share.
struct Budget {
    /// Replicas that may still be taken away in this step.
    scale_down: i32,
    /// Replicas that would stay available so far.
    available: i32,
    /// The floor for `available`.
    minimum_available: i32,
}

/// Plans the current set first, then the old ones, as upstream does.
pub(super) fn plan(input: &Input, plan: &mut Plan) {
    let surge = input.strategy.max_surge(input.replicas);
    if let (Some(set), Some(planned)) = (&input.current, &mut plan.current) {
        scale_current(input, set, planned, surge);
    }
    scale_old(input, plan);
    break_deadlock(input, plan);
}

fn scale_current(input: &Input, set: &Set, planned: &mut SetPlan, surge: i32) {
    if set.spec_replicas > input.replicas {
        planned.scale(
            input.replicas,
            "scale down to align MachineSet spec.replicas to MachineDeployment spec.replicas".to_owned(),
        );
        return;
    }
    let current = machines(all(input).map(|set| (set.spec_replicas, set.status_replicas)));
    let room = input.replicas + surge - current;
    if set.spec_replicas == input.replicas || room <= 0 {
        return;
    }
    let reason = format!(
        "{}{current} current Machines < {} MachineDeployment spec.replicas + {surge} maxSurge",
        newly_current(set, planned),
        input.replicas,
    );
    let step = room.min(input.replicas - set.spec_replicas);
    planned.scale(set.spec_replicas + step, reason);
}

fn scale_old(input: &Input, plan: &mut Plan) {
    let minimum_available = (input.replicas - input.strategy.max_unavailable(input.replicas)).max(0);
    let asked_for: i32 = all(input).map(|set| set.spec_replicas).sum();
    let pending_down: i32 = all(input)
        .zip(all_plans(plan))
        .map(|(set, planned)| (set.status_replicas - set.spec_replicas.min(planned.replicas)).max(0))
        .sum();
    let new_unavailable = input
        .current
        .as_ref()
        .map_or(0, |set| (set.spec_replicas - set.available_replicas).max(0));
    let mut budget = Budget {
        scale_down: (asked_for - pending_down - minimum_available - new_unavailable).max(0),
        available: all(input).map(|set| set.available_replicas).sum(),
        minimum_available,
    };
    let order = oldest_first(&input.old);
    for only_unavailable in [true, false] {
        for index in &order {
            if let (Some(set), Some(planned)) = (input.old.get(*index), plan.old.get_mut(*index)) {
                scale_down(set, planned, &mut budget, only_unavailable);
            }
        }
    }
}

/// Takes from one old set what the budget allows: first only what is unavailable anyway, in the second pass the rest.
fn scale_down(set: &Set, planned: &mut SetPlan, budget: &mut Budget, only_unavailable: bool) {
    let wanted = if only_unavailable {
        (planned.replicas - set.available_replicas).max(0)
    } else {
        planned.replicas
    };
    let mut step = wanted.min(budget.scale_down);
    if step <= 0 {
        return;
    }
    let spare = budget.available - budget.minimum_available;
    let reason = if spare > 0 {
        format!(
            "{} available replicas > {} minimum available replicas",
            budget.available, budget.minimum_available
        )
    } else {
        "scale down unavailable replicas".to_owned()
    };
    if set.available_replicas > 0 {
        let deletes = |step: i32| (set.status_replicas - (planned.replicas - step)).max(0);
        // Replicas that were never created cost nothing; machines that exist may all turn out to be available ones.
        let excess = deletes(step) - spare.max(0);
        if excess > 0 {
            step -= excess;
        }
        if step <= 0 {
            return;
        }
        let already_going = deletes(0);
        budget.available -= (deletes(step) - already_going).max(0).min(set.available_replicas);
    }
    budget.scale_down -= step;
    planned.scale(planned.replicas - step, reason);
}

/// When nothing moves although old machines are left and some of them are broken, one of those is given up.
fn break_deadlock(input: &Input, plan: &mut Plan) {
    let Some(current) = &input.current else {
        return;
    };
    let status: i32 = input.old.iter().map(|set| set.status_replicas).sum();
    let available: i32 = input.old.iter().map(|set| set.available_replicas).sum();
    let settled = all(input).all(|set| set.spec_replicas == set.status_replicas)
        && current.available_replicas == current.status_replicas
        && all(input)
            .zip(all_plans(plan))
            .all(|(set, planned)| set.spec_replicas == planned.replicas);
    if status == 0 || available == status || !settled {
        return;
    }
    let stuck = oldest_first(&input.old).into_iter().find(|index| {
        input
            .old
            .get(*index)
            .is_some_and(|set| set.available_replicas < set.status_replicas && set.spec_replicas > 0)
    });
    if let Some(planned) = stuck.and_then(|index| plan.old.get_mut(index)) {
        let replicas = planned.replicas - 1;
        planned.scale(
            replicas,
            "scale down an unavailable Machine to unblock the rollout".to_owned(),
        );
    }
}

/// The current set, then the old ones.
fn all(input: &Input) -> impl Iterator<Item = &Set> {
    input.current.iter().chain(&input.old)
}

/// The plans in the order of [`all`].
fn all_plans(plan: &Plan) -> impl Iterator<Item = &SetPlan> {
    plan.current.iter().chain(&plan.old)
}
