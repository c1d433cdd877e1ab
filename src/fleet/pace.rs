//! How long machines take to be there, as this fleet has seen it.
//!
//! Must not know: what is made of it, a forecast or a verdict.

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::{CompactCondition, Facts};
use fleetui_api::kinds::Role;
use jiff::{SignedDuration, Timestamp};

use crate::row::Row;
use crate::store::FleetStore;

/// Seconds of a machine where no machine tells.
const USUAL: u64 = 6 * 60;
/// What took longer than this tells of a machine that was well again, and not of one that was new.
const LONGEST: i64 = 2 * 60 * 60;
/// A few machines of a cluster tell enough; before that, those of others help.
const ENOUGH: usize = 3;

/// What moves more seldom than this many times the pace of a machine stands.
const TIMES: u64 = 4;

/// How long nothing may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// As a rule.
    pub(crate) usual: SignedDuration,
    /// Where a machine is in fault.
    pub(crate) with_a_fault: SignedDuration,
}

/// How long one machine takes from its creation until its node can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Seconds, half of the machines were quicker.
    pub median: u64,
    /// Seconds, nine of ten machines were quicker.
    pub long: u64,
    /// Machines that this was learnt from; where there are none, the pace is a guess.
    pub of: usize,
}

impl Pace {
    /// What is taken where nothing is known.
    pub const GUESS: Self = Self {
        median: USUAL,
        long: 2 * USUAL,
        of: 0,
    };

    /// Seconds of so many machines one after another: likely and long.
    pub fn of_machines(self, rounds: u64) -> (u64, u64) {
        (
            self.median.saturating_mul(rounds),
            self.long.saturating_mul(rounds),
        )
    }

    /// How long nothing may move before a rollout is said to stand, which costs nothing but a look.
    pub(crate) fn until_it_stands(self) -> Patience {
        Patience {
            usual: times(self.median).max(SignedDuration::from_mins(5)),
            with_a_fault: SignedDuration::from_mins(1),
        }
    }

    /// How long nothing may move before an upgrade halts, which a person has to take up again.
    pub(crate) fn until_it_halts(self) -> Patience {
        Patience {
            usual: times(self.long).max(SignedDuration::from_mins(15)),
            with_a_fault: SignedDuration::from_mins(5),
        }
    }

    fn learnt(mut seconds: Vec<u64>) -> Option<Self> {
        seconds.sort_unstable();
        let of = seconds.len();
        let at = |tenths: usize| seconds.get(of.saturating_sub(1) * tenths / 10).copied();
        Some(Self {
            median: at(5)?.max(1),
            long: at(9)?.max(1),
            of,
        })
    }
}

fn times(seconds: u64) -> SignedDuration {
    let seconds = i64::try_from(seconds.saturating_mul(TIMES)).unwrap_or(i64::MAX);
    SignedDuration::from_secs(seconds)
}

/// The times at which something moved on an object: it came, it is to go, or it said something else of itself.
pub(crate) fn moves(facts: &Facts) -> impl Iterator<Item = Timestamp> {
    let said = facts.conditions.iter().filter_map(CompactCondition::since);
    said.chain(facts.created).chain(facts.deleting_since)
}

/// The pace of the machines of `cluster`: its own machines' where there are some, else that of machines on the same kind of
/// infrastructure in its management cluster.
pub fn pace(store: &FleetStore, cluster: &Row) -> Pace {
    let name = cluster.facts.cluster.as_deref().unwrap_or_default();
    let own: Vec<&Row> = store
        .cluster_members(
            &cluster.management_cluster,
            &cluster.facts.object.namespace,
            name,
            Role::Machine,
        )
        .map(AsRef::as_ref)
        .collect();
    let seconds: Vec<u64> = own.iter().filter_map(|row| seconds(&row.facts)).collect();
    if seconds.len() >= ENOUGH {
        return Pace::learnt(seconds).unwrap_or(Pace::GUESS);
    }
    let kinds: Vec<_> = own
        .iter()
        .filter_map(|row| Some(&row.facts.infrastructure.as_ref()?.kind))
        .collect();
    let alike = store
        .rows(Some(&cluster.management_cluster))
        .filter(|row| row.facts.role == Role::Machine)
        .filter(|row| {
            let kind = row.facts.infrastructure.as_ref().map(|it| &it.kind);
            kinds.is_empty() || kind.is_some_and(|kind| kinds.contains(&kind))
        });
    Pace::learnt(alike.filter_map(|row| self::seconds(&row.facts)).collect()).unwrap_or(Pace::GUESS)
}

/// From the creation of a machine until the first of its conditions said that its node can be used.
fn seconds(facts: &Facts) -> Option<u64> {
    let created = facts.created?;
    let good = |kinds: &[&str]| {
        facts
            .conditions
            .iter()
            .filter(|condition| {
                condition.status == ConditionStatus::True && kinds.contains(&condition.kind.as_str())
            })
            .filter_map(CompactCondition::since)
            .min()
    };
    // In the old model a machine is ready as soon as its infrastructure is, so that this only counts where nothing else does.
    let there = good(&["Available", "NodeReady", "NodeHealthy"]).or_else(|| good(&["Ready"]))?;
    let took = there.duration_since(created).as_secs();
    (0..=LONGEST)
        .contains(&took)
        .then(|| u64::try_from(took).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fixtures::{key, machine, store, whole_cluster, with};

    /// A machine whose node could be used so many seconds after its creation.
    fn took(cluster: &str, name: &str, seconds: i64) -> Value {
        let created: jiff::Timestamp = crate::fixtures::CREATED.parse().unwrap();
        let there = created + jiff::SignedDuration::from_secs(seconds);
        with(
            machine(cluster, ("MachineSet", "s"), name),
            &[(
                "/status/conditions",
                json!([{"type": "Available", "status": "True", "lastTransitionTime": there.to_string()}]),
            )],
        )
    }

    fn pace_of(objects: Vec<Value>) -> Pace {
        let mut all = whole_cluster("a");
        all.retain(|object| object["kind"] != "Machine");
        all.extend(objects);
        let store = store(&all);
        let cluster = store.get(&key(&store, "Cluster", "a")).unwrap();
        pace(&store, cluster)
    }

    #[test]
    fn pace_is_the_fleets_own() {
        let own = |seconds: &[i64]| -> Vec<Value> {
            let named = seconds.iter().enumerate();
            named
                .map(|(at, seconds)| took("a", &format!("m{at}"), *seconds))
                .collect()
        };
        let ten: Vec<i64> = (1..=10).map(|at| at * 60).collect();
        let learnt = |median, long, of| Pace { median, long, of };
        assert_eq!(pace_of(own(&ten)), learnt(300, 540, 10));
        assert_eq!(pace_of(own(&[90, 100, 5000])), learnt(100, 100, 3));
        // What came back after hours, and clocks that ran backwards, tell nothing.
        assert_eq!(pace_of(own(&[90, 100, 110, 90_000, -5])), learnt(100, 100, 3));
        assert_eq!(pace_of(Vec::new()), Pace::GUESS);
        // One machine of its own is not enough to tell, those of another cluster help.
        let mut few = own(&[10]);
        few.extend([took("b", "n1", 200), took("b", "n2", 210), took("b", "n3", 220)]);
        assert_eq!(pace_of(few), learnt(200, 210, 4));
        assert_eq!(Pace::GUESS.of_machines(3), (1080, 2160));
    }
}
