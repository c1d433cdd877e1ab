//! What waits for a moment, in the order of the moments: thousands of objects wait, and are never gone through one by one.

use std::collections::{BTreeSet, HashMap};

use tokio::time::Instant;

use crate::kinds::ObjectId;

/// The waiting objects, each once.
#[derive(Debug, Default)]
pub(super) struct Later {
    waiting: HashMap<ObjectId, Wait>,
    order: BTreeSet<(Instant, ObjectId)>,
    /// How many of them will be tried again soon.
    soon: usize,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    until: Instant,
    soon: bool,
}

impl Later {
    /// The object waits until then, and for nothing else. `soon` says that it clashed or failed, and that it is not at rest.
    pub(super) fn set(&mut self, id: ObjectId, until: Instant, soon: bool) {
        self.remove(&id);
        self.order.insert((until, id.clone()));
        self.soon += usize::from(soon);
        self.waiting.insert(id, Wait { until, soon });
    }

    /// The object waits no longer.
    pub(super) fn remove(&mut self, id: &ObjectId) {
        if let Some((id, wait)) = self.waiting.remove_entry(id) {
            self.soon -= usize::from(wait.soon);
            self.order.remove(&(wait.until, id));
        }
    }

    /// Until when the object waits, if it does.
    pub(super) fn until(&self, id: &ObjectId) -> Option<Instant> {
        self.waiting.get(id).map(|wait| wait.until)
    }

    /// When the first of them is due.
    pub(super) fn first(&self) -> Option<Instant> {
        self.order.first().map(|(until, _)| *until)
    }

    /// Takes out one that is due, the longest overdue first.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<ObjectId> {
        let (until, id) = self.order.first()?;
        if *until > now {
            return None;
        }
        let id = id.clone();
        self.remove(&id);
        Some(id)
    }

    /// Whether one of them will be tried again soon.
    pub(super) fn has_soon(&self) -> bool {
        self.soon > 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::kinds::Watched;

    /// What is done to the waiting: an object of few, a second, whether it is soon; without a second it is taken away.
    fn steps() -> impl Strategy<Value = Vec<(u8, Option<u64>, bool)>> {
        prop::collection::vec((0..6_u8, prop::option::of(0..10_u64), any::<bool>()), 0..40)
    }

    proptest! {
        #[test]
        fn it_is_what_a_plain_list_would_be(steps in steps(), now in 0..10_u64) {
            let start = Instant::now();
            let at = |second| start + Duration::from_secs(second);
            let (mut later, mut plain) = (Later::default(), BTreeMap::new());
            for (name, second, soon) in steps {
                let id = ObjectId::new(Watched::Machine, "default", &name.to_string());
                if let Some(second) = second {
                    later.set(id.clone(), at(second), soon);
                    plain.insert(id.clone(), (at(second), soon));
                } else {
                    later.remove(&id);
                    plain.remove(&id);
                }
                prop_assert_eq!(later.until(&id), plain.get(&id).map(|(until, _)| *until));
                prop_assert_eq!(later.first(), plain.values().map(|(until, _)| *until).min());
                prop_assert_eq!(later.has_soon(), plain.values().any(|(_, soon)| *soon));
            }
            let mut due = Vec::new();
            while let Some(id) = later.take_due(at(now)) {
                due.push((plain[&id].0, id));
            }
            prop_assert!(due.is_sorted());
            prop_assert_eq!(due.len(), plain.values().filter(|(until, _)| *until <= at(now)).count());
            prop_assert!(later.first().is_none_or(|first| first > at(now)));
        }
    }
}
