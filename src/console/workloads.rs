//! What is asked of workload clusters for what somebody looks at: few at once, each again when what it said is old.
//!
//! Must not know: how they are asked, or who looks.

use std::collections::HashMap;

use compact_str::CompactString;
use fleetui_base::ObjectKey;
use fleetui_fleet::FleetStore;
use jiff::{SignedDuration, Timestamp};

use crate::effect::{Answer, EffectId, Effects, Outcome, Request, Workload};

/// So many questions are under way at once.
pub const AT_ONCE: usize = 16;
/// What was said counts for so long; where more clusters are looked at, for longer.
const AGES: SignedDuration = SignedDuration::from_secs(15);
/// So many clusters are asked in a second, once all of them were.
const A_SECOND: usize = 8;

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// The nodes of the workload cluster of this Cluster, of this life of it.
    Nodes(ObjectKey, CompactString),
    /// What holds the drain of the node of this Machine, of this life of it.
    Drain(ObjectKey, CompactString),
}

impl Wanted {
    fn request(&self) -> Request {
        match self.clone() {
            Self::Nodes(key, uid) => Request::Nodes(key, uid),
            Self::Drain(key, uid) => Request::Drain(key, uid),
        }
    }
}

/// What is under way, and when the rest was answered.
#[derive(Debug, Default)]
pub struct State {
    asked: HashMap<Wanted, EffectId>,
    answered: HashMap<Wanted, Timestamp>,
}

impl State {
    /// Asks for what is wanted and not known, what was never said first; stops waiting for the rest.
    pub fn follow(&mut self, wanted: &[Wanted], now: Timestamp, effects: &mut Effects) {
        if wanted.is_empty() && self.asked.is_empty() && self.answered.is_empty() {
            return;
        }
        let is_wanted: std::collections::HashSet<&Wanted> = wanted.iter().collect();
        self.answered.retain(|known, _| is_wanted.contains(known));
        self.asked.retain(|asked, effect| {
            let stays = is_wanted.contains(asked);
            if !stays {
                effects.abandon(*effect);
            }
            stays
        });
        let seconds = i64::try_from(wanted.len() / A_SECOND).unwrap_or(i64::MAX);
        let ages = AGES.max(SignedDuration::from_secs(seconds));
        let is_due = |wanted: &&Wanted| {
            let answered = self.answered.get(*wanted);
            !self.asked.contains_key(*wanted)
                && answered.is_none_or(|answered| now.duration_since(*answered) >= ages)
        };
        let mut due: Vec<&Wanted> = wanted.iter().filter(is_due).collect();
        // Absent sorts before any time; what is alike stays in its order.
        due.sort_by_key(|wanted| self.answered.get(*wanted).copied());
        let room = AT_ONCE.saturating_sub(self.asked.len());
        for wanted in due.into_iter().take(room) {
            self.asked.insert(wanted.clone(), effects.ask(wanted.request()));
        }
    }

    /// An outcome: nothing where it is not waited for here, else whether the fleet knows more by it.
    pub fn outcome(&mut self, outcome: &Outcome, fleet: &mut FleetStore, now: Timestamp) -> Option<bool> {
        let mut asked = self.asked.iter();
        let (wanted, _) = asked.find(|(_, effect)| **effect == outcome.id)?;
        let wanted = wanted.clone();
        self.asked.remove(&wanted);
        self.answered.insert(wanted.clone(), now);
        let failed = match &outcome.answer {
            Answer::Failed(failure) => failure.message.to_string(),
            _ => "the answer was that to another question".to_owned(),
        };
        Some(match (wanted, &outcome.answer) {
            (Wanted::Nodes(key, uid), Answer::Workload(said)) => match said.as_ref() {
                Workload::Nodes(nodes) => fleet.take_nodes(&key, &uid, Ok(nodes.clone()), now),
                Workload::Drain(_) => fleet.take_nodes(&key, &uid, Err(failed), now),
            },
            (Wanted::Drain(key, uid), Answer::Workload(said)) => match said.as_ref() {
                Workload::Drain(drain) => fleet.take_drain(&key, &uid, Ok(drain.clone())),
                Workload::Nodes(_) => fleet.take_drain(&key, &uid, Err(failed)),
            },
            (Wanted::Nodes(key, uid), _) => fleet.take_nodes(&key, &uid, Err(failed), now),
            (Wanted::Drain(key, uid), _) => fleet.take_drain(&key, &uid, Err(failed)),
        })
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{ManagementCluster, ObjectName, Shown};

    use super::*;
    use crate::effect::{Action, Failure, FailureKind};
    use crate::sample::now;

    fn wanted(count: usize) -> Vec<Wanted> {
        let key = |index: usize| {
            ObjectKey::new(
                ManagementCluster::new("lab"),
                fleetui_api::kinds::core("Cluster"),
                ObjectName::new("default", &format!("c{index}")),
            )
        };
        (0..count)
            .map(|index| Wanted::Nodes(key(index), "u".into()))
            .collect()
    }

    fn asked(effects: &mut Effects) -> (Vec<EffectId>, usize) {
        let taken = effects.take();
        let ids = taken
            .iter()
            .filter(|it| matches!(it.action, Action::Ask(Request::Nodes(..))));
        let ids = ids.map(|it| it.id).collect();
        let abandoned = taken
            .iter()
            .filter(|it| matches!(it.action, Action::Abandon(_)))
            .count();
        (ids, abandoned)
    }

    fn failed(id: EffectId) -> Outcome {
        let failure = Failure {
            kind: FailureKind::Unreachable,
            message: Shown::ours("no"),
        };
        Outcome {
            id,
            answer: Answer::Failed(failure),
        }
    }

    #[test]
    fn two_hundred_clusters_are_asked_a_few_at_a_time_and_each_once() {
        let (mut state, mut effects, mut fleet) =
            (State::default(), Effects::default(), FleetStore::default());
        let mut seen = std::collections::HashSet::new();
        let mut under_way: Vec<EffectId> = Vec::new();
        loop {
            state.follow(&wanted(200), now(), &mut effects);
            let (ids, _) = asked(&mut effects);
            assert!(ids.iter().all(|id| seen.insert(*id)));
            under_way.extend(ids);
            assert!(under_way.len() <= AT_ONCE);
            let Some(id) = under_way.pop() else { break };
            assert_eq!(state.outcome(&failed(id), &mut fleet, now()), Some(false));
            assert_eq!(state.outcome(&failed(id), &mut fleet, now()), None);
        }
        assert_eq!(seen.len(), 200);
        // They are asked again when what they said is old, and not before.
        let later = |seconds: i64| now() + SignedDuration::from_secs(seconds);
        state.follow(&wanted(200), later(24), &mut effects);
        assert!(asked(&mut effects).0.is_empty());
        state.follow(&wanted(200), later(25), &mut effects);
        assert_eq!(asked(&mut effects).0.len(), AT_ONCE);
        // Who looks elsewhere waits for nothing any more.
        state.follow(&[], later(26), &mut effects);
        assert_eq!(asked(&mut effects), (Vec::new(), AT_ONCE));
        state.follow(&wanted(1), later(26), &mut effects);
        assert_eq!(
            asked(&mut effects).0.len(),
            1,
            "what was known of it is forgotten"
        );
    }
}
