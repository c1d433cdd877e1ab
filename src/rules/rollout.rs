//! The rollout planner: how many replicas each MachineSet of a MachineDeployment should have now, and why.
//!
//! Must not know: objects, patches or who carries the plan out. Follows Cluster API's MachineDeployment controller step by
//! step; its golden logs are the oracle of this module's tests.

mod on_delete;
mod paused;
mod percent;
mod rolling_update;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use percent::{IntOrPercent, ParseIntOrPercentError, Rounding};

/// How a MachineDeployment replaces its machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// New machines come while old ones go, within bounds.
    RollingUpdate {
        /// How many machines may exist above the wished replicas.
        max_surge: IntOrPercent,
        /// How many of the wished replicas may be unavailable.
        max_unavailable: IntOrPercent,
    },
    /// Old machines stay until somebody deletes them.
    OnDelete,
}

impl Default for Strategy {
    /// Cluster API's default: surge one, nothing unavailable.
    fn default() -> Self {
        Self::RollingUpdate {
            max_surge: IntOrPercent::Int(1),
            max_unavailable: IntOrPercent::Int(0),
        }
    }
}

impl Strategy {
    /// The machines that may exist above `replicas`; percentages round up. `OnDelete` has no surge.
    pub fn max_surge(&self, replicas: i32) -> i32 {
        self.fenceposts(replicas).0
    }

    /// The replicas that may be unavailable; percentages round down, never above `replicas`. `OnDelete` allows none.
    pub fn max_unavailable(&self, replicas: i32) -> i32 {
        self.fenceposts(replicas).1
    }

    /// Surge and unavailability as numbers. When both become zero one machine may be unavailable, for else nothing could move.
    fn fenceposts(&self, replicas: i32) -> (i32, i32) {
        match self {
            Self::OnDelete => (0, 0),
            Self::RollingUpdate {
                max_surge,
                max_unavailable,
            } => {
                let surge = max_surge.resolve(replicas, Rounding::Up);
                let unavailable = match (surge, max_unavailable.resolve(replicas, Rounding::Down)) {
                    (0, 0) => 1,
                    (_, unavailable) => unavailable,
                };
                (surge, unavailable.min(replicas))
            }
        }
    }
}

/// What the planner has to know of one MachineSet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Its name.
    pub name: String,
    /// When it was created; absent for one that is about to be.
    pub created: Option<Timestamp>,
    /// Replicas that it is asked for.
    pub spec_replicas: i32,
    /// Machines that it has, the ones being deleted included.
    pub status_replicas: i32,
    /// Machines that are available.
    pub available_replicas: i32,
    /// Its revision annotation.
    pub revision: Option<i64>,
    /// What its max-replicas annotation says; the whole that its share is measured against while paused.
    pub max_replicas: Option<i32>,
}

impl Set {
    /// A set that does not exist yet.
    pub fn to_be_created(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            created: None,
            spec_replicas: 0,
            status_replicas: 0,
            available_replicas: 0,
            revision: None,
            max_replicas: None,
        }
    }
}

/// What the planner decides from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The replicas that the MachineDeployment wishes.
    pub replicas: i32,
    /// Its strategy.
    pub strategy: Strategy,
    /// Whether `spec.paused` is set: sets are scaled but nothing is rolled out.
    pub paused: bool,
    /// The set whose template is the wished one.
    pub current: Option<Set>,
    /// All others.
    pub old: Vec<Set>,
}

/// What one MachineSet should become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetPlan {
    /// Its name.
    pub name: String,
    /// Replicas that it should be asked for.
    pub replicas: i32,
    /// What the disable-machine-create annotation should say; absent where it is left as it is.
    pub disable_machine_create: Option<bool>,
    /// What the revision annotation should say; only for the current set.
    pub revision: Option<i64>,
    /// Why the replicas change, in the order in which it was decided; empty when they do not.
    pub reasons: Vec<String>,
}

impl SetPlan {
    fn unchanged(set: &Set) -> Self {
        Self {
            name: set.name.clone(),
            replicas: set.spec_replicas,
            disable_machine_create: None,
            revision: None,
            reasons: Vec::new(),
        }
    }

    fn scale(&mut self, replicas: i32, reason: String) {
        if replicas != self.replicas {
            self.replicas = replicas;
            self.reasons.push(reason);
        }
    }
}

/// The plan for all sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// For the current set, where there is one.
    pub current: Option<SetPlan>,
    /// For the others, in the order of the input.
    pub old: Vec<SetPlan>,
}

/// Plans the next step of a MachineDeployment. Applying the plan and observing again leads to the end of the rollout.
pub fn plan(input: &Input) -> Plan {
    let mut plan = Plan {
        current: input.current.as_ref().map(SetPlan::unchanged),
        old: input.old.iter().map(SetPlan::unchanged).collect(),
    };
    if input.paused {
        paused::plan(input, &mut plan);
        return plan;
    }
    mark(input, &mut plan);
    match input.strategy {
        Strategy::RollingUpdate { .. } => rolling_update::plan(input, &mut plan),
        Strategy::OnDelete => on_delete::plan(input, &mut plan),
    }
    plan
}

/// Sets what goes with the roles: who may create machines, and the current set's revision.
fn mark(input: &Input, plan: &mut Plan) {
    let old_may_not_create = input.strategy == Strategy::OnDelete;
    for set in &mut plan.old {
        set.disable_machine_create = Some(old_may_not_create);
    }
    if let (Some(set), Some(planned)) = (&input.current, &mut plan.current) {
        planned.disable_machine_create = Some(false);
        let newest_old = input.old.iter().filter_map(|set| set.revision).max().unwrap_or(0);
        planned.revision = Some(match set.revision {
            Some(revision) if revision > newest_old => revision,
            Some(_) | None => newest_old + 1,
        });
    }
}

/// What to say before a reason when the current set is only now becoming it.
fn newly_current(set: &Set, planned: &SetPlan) -> &'static str {
    if set.created.is_some() && set.revision != planned.revision {
        "this is now the current MachineSet, "
    } else {
        ""
    }
}

/// Machines that exist or have been asked for: the larger of both for each set.
fn machines(sets: impl Iterator<Item = (i32, i32)>) -> i32 {
    sets.map(|(spec, status)| spec.max(status)).sum()
}

/// Indices of the old sets, oldest first; ties by name.
fn oldest_first(sets: &[Set]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by(|a, b| match (sets.get(*a), sets.get(*b)) {
        (Some(a), Some(b)) => (a.created, &a.name).cmp(&(b.created, &b.name)),
        _ => a.cmp(b),
    });
    order
}
