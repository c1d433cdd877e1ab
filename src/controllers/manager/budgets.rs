//! Keeps the PodDisruptionBudgets of simulated workload clusters counted, as the controller manager of a cluster would: whoever
//! drains a node by hand asks them.
//!
//! Where nothing has changed that they count nobody is asked, and clusters without budgets cost nothing.

use std::collections::HashMap;
use std::sync::Arc;

use fleetui_base::ObjectName;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::kinds::Watched;
use crate::providers::simulated::budgets;

/// Goes on until it is told to stop.
pub(super) async fn run(context: Arc<Context>, stop: CancellationToken) {
    let mut counted = Counted::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(context.settings.budget_interval) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = count(&context, &mut counted) => {}
        }
    }
}

/// What had changed last when the budgets of a cluster were counted.
#[derive(Debug, Default)]
struct Counted(HashMap<ObjectName, u64>);

impl Counted {
    /// The clusters whose budgets have to be counted, of those that have any; the others are forgotten.
    fn due(&mut self, changed: Vec<(ObjectName, u64)>) -> Vec<(ObjectName, u64)> {
        let mut known = HashMap::new();
        let mut due = Vec::new();
        for (cluster, at) in changed {
            match self.0.remove(&cluster) {
                Some(last) if last == at => {
                    known.insert(cluster, at);
                }
                Some(_) | None => due.push((cluster, at)),
            }
        }
        self.0 = known;
        due
    }

    /// They have been counted, as they were then or later.
    fn done(&mut self, cluster: ObjectName, at: u64) {
        self.0.insert(cluster, at);
    }
}

async fn count(context: &Context, counted: &mut Counted) {
    let changed = context.cache.of_each(Watched::Cluster, |id| {
        let changed = context.workloads.budgets_changed(&id.name)?;
        Some((id.name.clone(), changed))
    });
    for (cluster, at) in counted.due(changed) {
        match budgets::settle(context, &cluster).await {
            Ok(()) => counted.done(cluster, at),
            Err(error) => {
                tracing::debug!(%cluster, %error, "PodDisruptionBudgets are not counted, and tried again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_changed_is_counted_again_and_what_failed_too() {
        let at = |pairs: &[(&str, u64)]| -> Vec<(ObjectName, u64)> {
            let pairs = pairs.iter();
            pairs
                .map(|(name, at)| (ObjectName::new("default", name), *at))
                .collect()
        };
        let mut counted = Counted::default();
        let all = at(&[("a", 1), ("b", 2), ("c", 3)]);
        assert_eq!(counted.due(all.clone()), all);
        for (cluster, at) in at(&[("a", 1), ("c", 3)]) {
            counted.done(cluster, at);
        }
        // `b` has failed; `c` has changed, were it to another number that is smaller.
        let later = at(&[("a", 1), ("b", 2), ("c", 2)]);
        assert_eq!(counted.due(later), at(&[("b", 2), ("c", 2)]));
        // One that has no budget any more is forgotten.
        assert_eq!(counted.due(Vec::new()), Vec::new());
        assert_eq!(counted.due(at(&[("a", 1)])), at(&[("a", 1)]));
        assert!(counted.0.is_empty(), "what is not counted yet is not remembered");
    }
}
