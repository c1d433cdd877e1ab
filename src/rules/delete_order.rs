//! Which machines of a set go first when it shrinks.
//!
//! Must not know: objects; it is told what matters of each machine.

use jiff::Timestamp;

/// A set's wish for the order in which healthy machines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeletionOrder {
    /// No wish.
    #[default]
    Random,
    /// The youngest first.
    Newest,
    /// The oldest first.
    Oldest,
}

impl DeletionOrder {
    /// Reads `spec.deletion.order`; whatever is not known is `Random`.
    pub fn parse(text: Option<&str>) -> Self {
        match text {
            Some("Newest") => Self::Newest,
            Some("Oldest") => Self::Oldest,
            _ => Self::Random,
        }
    }
}

/// What counts of one machine. The flags stand in the order of their weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its name, which decides between equals.
    pub name: String,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// What is known of it besides its age.
    pub state: CandidateState,
}

/// Why a machine goes before healthy ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateState {
    /// It is being deleted already.
    Deleting,
    /// Somebody put the delete-machine annotation on it.
    Marked,
    /// It has no node, an unhealthy node, or failed its health check.
    Unhealthy,
    /// Nothing speaks against it.
    Healthy,
}

/// Names of the machines to delete so that `excess` fewer are left; those being deleted already count and come first.
pub fn choose(candidates: &[Candidate], excess: usize, order: DeletionOrder, now: Timestamp) -> Vec<String> {
    let mut sorted: Vec<(f64, &Candidate)> = candidates
        .iter()
        .map(|candidate| (priority(candidate, order, now), candidate))
        .collect();
    sorted.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.name.cmp(&other.name)));
    sorted
        .into_iter()
        .take(excess)
        .map(|(_, candidate)| candidate.name.clone())
        .collect()
}

/// Cluster API's weights; the scale of ages is ten days.
fn priority(candidate: &Candidate, order: DeletionOrder, now: Timestamp) -> f64 {
    match candidate.state {
        CandidateState::Deleting => 100.0,
        CandidateState::Marked => 80.0,
        CandidateState::Unhealthy => 50.0,
        CandidateState::Healthy => match order {
            DeletionOrder::Random => 20.0,
            DeletionOrder::Oldest => by_age(candidate, now),
            DeletionOrder::Newest => 50.0 - by_age(candidate, now),
        },
    }
}

fn by_age(candidate: &Candidate, now: Timestamp) -> f64 {
    let Some(created) = candidate.created else {
        return 0.0;
    };
    let age = now.duration_since(created).as_secs_f64().max(0.0);
    50.0 * (1.0 - (-age / 864_000.0).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, age_seconds: i64, state: CandidateState) -> Candidate {
        Candidate {
            name: name.to_owned(),
            created: Some(Timestamp::from_second(1_000_000 - age_seconds).expect("a time")),
            state,
        }
    }

    #[test]
    fn the_worse_go_first_and_names_decide_between_equals() {
        let now = Timestamp::from_second(1_000_000).expect("a time");
        let machines = [
            candidate("healthy-b", 100, CandidateState::Healthy),
            candidate("healthy-a", 10, CandidateState::Healthy),
            candidate("unhealthy", 10, CandidateState::Unhealthy),
            candidate("marked", 10, CandidateState::Marked),
            candidate("deleting", 10, CandidateState::Deleting),
        ];
        let cases = [
            (
                DeletionOrder::Random,
                ["deleting", "marked", "unhealthy", "healthy-a", "healthy-b"],
            ),
            (
                DeletionOrder::Newest,
                ["deleting", "marked", "unhealthy", "healthy-a", "healthy-b"],
            ),
            (
                DeletionOrder::Oldest,
                ["deleting", "marked", "unhealthy", "healthy-b", "healthy-a"],
            ),
        ];
        for (order, expected) in cases {
            assert_eq!(choose(&machines, 5, order, now), expected, "{order:?}");
        }
        assert_eq!(
            choose(&machines, 2, DeletionOrder::Random, now),
            ["deleting", "marked"]
        );
    }

    #[test]
    fn a_machine_being_deleted_counts_as_one_that_goes() {
        let now = Timestamp::from_second(1_000_000).expect("a time");
        let machines = [
            candidate("a", 10, CandidateState::Healthy),
            candidate("z", 10, CandidateState::Deleting),
        ];
        assert_eq!(choose(&machines, 1, DeletionOrder::Random, now), ["z"]);
        assert!(choose(&machines, 0, DeletionOrder::Random, now).is_empty());
    }
}
