//! Looking again and again at the upgrades of clusters that are stored in management clusters. What is found is told by the fleet.

use std::collections::BTreeMap;

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::FleetStore;
use jiff::{SignedDuration, Timestamp};

use crate::effect::{Answer, EffectId, Effects, Outcome, Request};

/// The looks at management clusters.
#[derive(Debug, Default)]
pub struct Looks(BTreeMap<ManagementCluster, Look>);

/// Looking at one of them.
#[derive(Debug, Default)]
struct Look {
    asked: Option<EffectId>,
    at: Option<Timestamp>,
    /// Why they could not be listed.
    problem: Option<Shown>,
}

/// The management clusters that are connected and were looked at `again` ago or never; `last` is when that was.
pub fn due(
    fleet: &FleetStore,
    (now, again): (Timestamp, SignedDuration),
    last: impl Fn(&ManagementCluster) -> Option<Timestamp>,
) -> Vec<ManagementCluster> {
    let live = fleet.sessions().filter(|session| session.is_live());
    live.map(|session| &session.management_cluster)
        .filter(|name| last(name).is_none_or(|last| now.duration_since(last) >= again))
        .cloned()
        .collect()
}

impl Looks {
    /// Looks at each that is connected and was looked at `again` ago or never.
    pub fn follow(
        &mut self,
        (fleet, now): (&FleetStore, Timestamp),
        again: SignedDuration,
        effects: &mut Effects,
    ) {
        let last = |name: &ManagementCluster| self.0.get(name).and_then(|look| look.at);
        for name in due(fleet, (now, again), last) {
            let look = self.0.entry(name.clone()).or_default();
            if look.asked.is_none() {
                look.asked = Some(effects.ask(Request::LookAtWalks(name)));
                look.at = Some(now);
            }
        }
    }

    /// Takes an outcome; says whether it was that of a look.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        let Some(look) = self.0.values_mut().find(|look| look.asked == Some(outcome.id)) else {
            return false;
        };
        look.asked = None;
        look.problem = if let Answer::Failed(failure) = &outcome.answer {
            Some(failure.message.clone())
        } else {
            None
        };
        true
    }

    /// Where upgrades cannot be listed, and why.
    pub fn problems(&self) -> impl Iterator<Item = (&ManagementCluster, &Shown)> {
        self.0
            .iter()
            .filter_map(|(name, look)| Some((name, look.problem.as_ref()?)))
    }

    /// What is waited for.
    pub fn asked(&self) -> impl Iterator<Item = EffectId> {
        self.0.values().filter_map(|look| look.asked)
    }
}
