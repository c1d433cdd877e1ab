//! What will hold the drains of the machines that go, read of their workload cluster before they do.

use compact_str::CompactString;

use crate::act::Plan;
use crate::act::judge::{Check, DrainAhead, Found, Judgement};
use crate::drain::{HeldBy, HeldPod, MOST_NAMED};

impl Plan {
    /// Whether machines are drained that are known only by the judgement that was weighed, so that nobody has looked yet what will hold
    /// their drains.
    pub fn drains_unseen(&self, judgement: &Judgement) -> bool {
        let drains = self.preview.blast.as_ref().is_some_and(|blast| blast.drained > 0);
        drains && !judgement.weighed.is_empty() && judgement.drains.is_empty()
    }

    /// Warns of the pods that will hold drains, each with its budget or rule. It stands in nobody's way, and what is not known is said
    /// to be that, once for all machines. A plan that is weighed once more says nothing twice.
    pub(super) fn tell_drains(&mut self, drains: &[DrainAhead]) {
        let found = drains.iter().flat_map(|ahead| {
            let held = ahead.held.iter().take(MOST_NAMED);
            let held = held.map(|pod| told(&ahead.machine, &pod.sentence()));
            let more = match ahead.held.len().saturating_sub(MOST_NAMED) {
                0 => None,
                more => Some(told(&ahead.machine, &format!("{more} more pods are held"))),
            };
            held.chain(more)
        });
        let unknown = drains.iter().find_map(|ahead| ahead.unknown.as_ref());
        let unknown = unknown.map(|why| Found::Unknown(why.clone()));
        for found in found.chain(unknown) {
            let check = Check {
                id: "drains".into(),
                title: "which pods will hold the drain".to_owned(),
                found,
            };
            if !self.checks.contains(&check) {
                self.checks.push(check);
            }
        }
        if let Some(blast) = &mut self.preview.blast {
            for budget in drains.iter().flat_map(|ahead| &ahead.held).flat_map(budgets) {
                if !blast.budgets.contains(&budget) {
                    blast.budgets.push(budget);
                }
            }
        }
    }
}

fn told(machine: &str, what: &str) -> Found {
    Found::Warns(format!("the drain of Machine {machine} will wait: {what}"))
}

/// The budgets that keep a pod, `namespace/name`.
fn budgets(pod: &HeldPod) -> Vec<CompactString> {
    let names = match &pod.by {
        HeldBy::Budget { name, .. } => std::slice::from_ref(name),
        HeldBy::Budgets(names) => names.as_slice(),
        HeldBy::Completion(_) | HeldBy::Ending(_) => &[],
    };
    let namespace = &pod.pod.namespace;
    names
        .iter()
        .map(|name| compact_str::format_compact!("{namespace}/{name}"))
        .collect()
}
