//! `OnDelete`: old machines go when somebody deletes them; the current set fills what is missing then.

use super::{Input, Plan, machines, newly_current, oldest_first};

const ALIGN: &str = "scale down to align MachineSet spec.replicas to MachineDeployment spec.replicas";

/// Plans the current set, then follows the machines that are gone from the old sets, then takes what is too much.
pub(super) fn plan(input: &Input, plan: &mut Plan) {
    scale_current(input, plan);
    let order = oldest_first(&input.old);
    for index in &order {
        if let (Some(set), Some(planned)) = (input.old.get(*index), plan.old.get_mut(*index))
            && set.spec_replicas > set.status_replicas
        {
            planned.scale(
                set.status_replicas,
                "scale down to align to existing Machines".to_owned(),
            );
        }
    }
    let mut excess = plan
        .current
        .iter()
        .chain(&plan.old)
        .map(|planned| planned.replicas)
        .sum::<i32>()
        - input.replicas;
    for index in &order {
        if excess <= 0 {
            return;
        }
        if let Some(planned) = plan.old.get_mut(*index) {
            let step = planned.replicas.min(excess);
            let replicas = planned.replicas - step;
            excess -= step;
            planned.scale(replicas, ALIGN.to_owned());
        }
    }
}

fn scale_current(input: &Input, plan: &mut Plan) {
    let (Some(set), Some(planned)) = (&input.current, &mut plan.current) else {
        return;
    };
    if set.spec_replicas > input.replicas {
        planned.scale(input.replicas, ALIGN.to_owned());
        return;
    }
    let current = machines(
        std::iter::once(set)
            .chain(&input.old)
            .map(|set| (set.spec_replicas, set.status_replicas)),
    );
    if current < input.replicas {
        let reason = format!(
            "{}{current} current Machines < {} MachineDeployment spec.replicas",
            newly_current(set, planned),
            input.replicas
        );
        planned.scale(set.spec_replicas + input.replicas - current, reason);
    }
}
