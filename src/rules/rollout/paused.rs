//! A paused MachineDeployment is still scaled, but not rolled out: its active sets share the change by their size.

use super::{Input, Plan, Set, SetPlan, Strategy};

const REASON: &str = "scale in proportion while the MachineDeployment is paused";

/// Scales the one active set, or all active ones in proportion.
pub(super) fn plan(input: &Input, plan: &mut Plan) {
    let active: Vec<usize> = entries(input)
        .enumerate()
        .filter(|(_, set)| set.spec_replicas > 0)
        .map(|(index, _)| index)
        .collect();
    let latest = entries(input)
        .enumerate()
        .max_by(|(_, a), (_, b)| (a.created, &a.name).cmp(&(b.created, &b.name)))
        .map(|(index, _)| index);
    if let ([only], _) | ([], Some(only)) = (active.as_slice(), latest.as_ref()) {
        if let Some(planned) = entry(plan, *only) {
            planned.scale(input.replicas, REASON.to_owned());
        }
        return;
    }
    if saturated(input) {
        for planned in &mut plan.old {
            planned.scale(0, "the current MachineSet has all replicas already".to_owned());
        }
        return;
    }
    match input.strategy {
        Strategy::OnDelete => {}
        Strategy::RollingUpdate { .. } => share(input, plan, active),
    }
}

/// Whether the current set alone has all that is wished, and has it available.
fn saturated(input: &Input) -> bool {
    input
        .current
        .as_ref()
        .is_some_and(|set| set.spec_replicas == input.replicas && set.available_replicas == input.replicas)
}

/// Spreads the difference over the active sets by their share; what rounding leaves goes to the first.
fn share(input: &Input, plan: &mut Plan, mut active: Vec<usize>) {
    let sets: Vec<&Set> = entries(input).collect();
    let total: i32 = active
        .iter()
        .filter_map(|index| sets.get(*index))
        .map(|set| set.spec_replicas)
        .sum();
    let allowed = if input.replicas > 0 {
        input.replicas + input.strategy.max_surge(input.replicas)
    } else {
        0
    };
    let change = allowed - total;
    active.sort_by(|a, b| match (sets.get(*a), sets.get(*b)) {
        (Some(a), Some(b)) => {
            let by_age = if change > 0 {
                b.created.cmp(&a.created)
            } else {
                a.created.cmp(&b.created)
            };
            b.spec_replicas.cmp(&a.spec_replicas).then(by_age)
        }
        _ => a.cmp(b),
    });
    let mut left = change;
    let mut wished: Vec<(usize, i32)> = Vec::new();
    for index in active {
        let Some(set) = sets.get(index) else {
            continue;
        };
        let fraction = if change == 0 {
            0
        } else {
            fraction(set, allowed, change, left)
        };
        left -= fraction;
        wished.push((index, set.spec_replicas + fraction));
    }
    if let Some((_, first)) = wished.first_mut() {
        *first += left;
    }
    for (index, replicas) in wished {
        if let Some(planned) = entry(plan, index) {
            planned.scale(replicas.max(0), REASON.to_owned());
        }
    }
}

/// One set's part of the change, measured against the whole that it was last scaled to.
fn fraction(set: &Set, allowed: i32, change: i32, left: i32) -> i32 {
    let whole = i64::from(
        set.max_replicas
            .filter(|whole| *whole > 0)
            .unwrap_or(allowed.max(1)),
    );
    let scaled = i64::from(set.spec_replicas) * i64::from(allowed);
    // Half up, as upstream rounds the new size.
    let rounded = (2 * scaled + whole).div_euclid(2 * whole);
    let part = i32::try_from(rounded).unwrap_or(i32::MAX) - set.spec_replicas;
    if change > 0 {
        part.clamp(0, left.max(0))
    } else {
        part.clamp(left.min(0), 0)
    }
}

/// The current set, then the old ones.
fn entries(input: &Input) -> impl Iterator<Item = &Set> {
    input.current.iter().chain(&input.old)
}

/// The plan of the set at `index` of [`entries`].
fn entry(plan: &mut Plan, index: usize) -> Option<&mut SetPlan> {
    plan.current.iter_mut().chain(&mut plan.old).nth(index)
}
