//! From how each watch stands to how the connection stands. Pure.

use std::time::Duration;

use fleetui_base::GroupKind;
use fleetui_fleet::Connection;
use jiff::Timestamp;

use crate::fault::Fault;

/// How one watch stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its first list is being read.
    Listing,
    /// Its list is complete and its watch is open, or was a moment ago.
    Live,
    /// Its list or its watch failed and is tried again.
    Broken(Broken),
    /// It may not be read.
    Denied(String),
}

/// A watch that is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) fault: Fault,
    /// Which kind, where the fault is not the connection's.
    pub(crate) kind: Option<GroupKind>,
    /// The last moment that its rows were known to be current; where there was none, when it was begun.
    pub(crate) current_until: Timestamp,
    /// When it broke.
    pub(crate) since: Timestamp,
    /// When it is tried again.
    pub(crate) retry_at: Timestamp,
    /// Whether its list was ever complete.
    pub(crate) was_complete: bool,
}

impl Broken {
    /// The fault in words.
    fn why(&self) -> String {
        match &self.kind {
            Some(kind) => format!("{kind}: {}", self.fault),
            None => self.fault.to_string(),
        }
    }
}

/// How long a fault may last before it shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) stale_after: Duration,
    pub(crate) offline_after: Duration,
}

/// How the connection stands, once the kinds are known. The second value is the next moment at which the same standings
/// mean something else.
pub(crate) fn connection<'a>(
    standings: impl Iterator<Item = &'a Standing> + Clone,
    patience: Patience,
    now: Timestamp,
) -> (Connection, Option<Timestamp>) {
    let broken = standings.clone().filter_map(|standing| match standing {
        Standing::Broken(broken) => Some(broken),
        Standing::Listing | Standing::Live | Standing::Denied(_) => None,
    });
    if let Some(broken) = broken.clone().find(|broken| broken.fault.needs_login()) {
        return (
            Connection::AuthNeeded {
                how: broken.fault.to_string(),
            },
            None,
        );
    }
    let readable = standings
        .clone()
        .filter(|standing| !matches!(standing, Standing::Denied(_)));
    let total = readable.clone().count();
    if total == 0 {
        return (all_denied(standings), None);
    }
    // Where nobody listens any more there is nothing to be patient about.
    let refused = broken.clone().count() == total && broken.clone().all(|broken| broken.fault.is_refused());
    let lasting = |broken: &&Broken| refused || passed(broken.since, now) >= patience.stale_after;
    let worst = broken
        .clone()
        .filter(lasting)
        .min_by_key(|broken| broken.current_until);
    let turns = broken
        .clone()
        .filter(|broken| !lasting(broken))
        .map(|broken| after(broken.since, patience.stale_after));
    let mut turn = turns.min();
    if let Some(worst) = worst {
        if broken.clone().count() == total {
            let gone = after(worst.current_until, patience.offline_after);
            if !broken.clone().any(|broken| broken.was_complete) || now >= gone {
                return (offline(worst, broken), turn);
            }
            turn = turn.into_iter().chain([gone]).min();
        }
        let stale = Connection::Stale {
            since: worst.current_until,
            why: worst.why(),
            retry_at: broken.map(|broken| broken.retry_at).min(),
        };
        return (stale, turn);
    }
    let done = readable
        .filter(|standing| match standing {
            Standing::Live => true,
            Standing::Broken(broken) => broken.was_complete,
            Standing::Listing | Standing::Denied(_) => false,
        })
        .count();
    if done < total {
        return (Connection::Syncing { done, total }, turn);
    }
    (Connection::Live, turn)
}

/// No kind at all is a management cluster without Cluster API, and that is known for sure.
fn all_denied<'a>(standings: impl Iterator<Item = &'a Standing>) -> Connection {
    let words = standings.filter_map(|standing| match standing {
        Standing::Denied(why) => Some(why),
        Standing::Listing | Standing::Live | Standing::Broken(_) => None,
    });
    // Of all kinds the one that everybody knows is told of.
    match words.min_by_key(|why| !why.starts_with("clusters.cluster.x-k8s.io ")) {
        Some(why) => Connection::Denied { why: why.clone() },
        None => Connection::Live,
    }
}

fn offline<'a>(worst: &Broken, broken: impl Iterator<Item = &'a Broken>) -> Connection {
    let retry_at = broken
        .map(|broken| broken.retry_at)
        .min()
        .unwrap_or(worst.retry_at);
    Connection::Offline {
        why: worst.why(),
        retry_at,
    }
}

fn passed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

/// `moment` later by `duration`.
pub(crate) fn after(moment: Timestamp, duration: Duration) -> Timestamp {
    moment.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        stale_after: Duration::from_secs(3),
        offline_after: Duration::from_mins(5),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn broken(since: i64, was_complete: bool) -> Standing {
        Standing::Broken(Broken {
            fault: Fault::Unreachable("connection refused".to_owned()),
            kind: None,
            current_until: at(since),
            since: at(since),
            retry_at: at(since + 30),
            was_complete,
        })
    }

    fn judge(standings: &[Standing], now: i64) -> (Connection, Option<Timestamp>) {
        connection(standings.iter(), PATIENCE, at(now))
    }

    #[test]
    fn connections_follow_from_standings() {
        use Standing::{Listing, Live};
        let denied = || Standing::Denied("forbidden".to_owned());
        let stale = |since| Connection::Stale {
            since: at(since),
            why: "connection refused".to_owned(),
            retry_at: Some(at(since + 30)),
        };
        let offline = |retry| Connection::Offline {
            why: "connection refused".to_owned(),
            retry_at: at(retry),
        };
        let cases = [
            (vec![], 0, Connection::Live, None),
            (
                vec![Listing, Live],
                0,
                Connection::Syncing { done: 1, total: 2 },
                None,
            ),
            (vec![Live, Live], 0, Connection::Live, None),
            (vec![denied(), Live], 0, Connection::Live, None),
            (
                vec![denied(), Listing],
                0,
                Connection::Syncing { done: 0, total: 1 },
                None,
            ),
            (
                vec![denied(), denied()],
                0,
                Connection::Denied {
                    why: "forbidden".to_owned(),
                },
                None,
            ),
            // A short break does not show; a longer one does, and when it will is known.
            (vec![Live, broken(10, true)], 11, Connection::Live, Some(at(13))),
            (vec![Live, broken(10, true)], 13, stale(10), None),
            (
                vec![Live, broken(10, false)],
                11,
                Connection::Syncing { done: 1, total: 2 },
                Some(at(13)),
            ),
            (vec![Live, broken(10, false)], 14, stale(10), None),
            // Everything refused: that is known at once.
            (
                vec![broken(10, true), broken(10, true)],
                10,
                stale(10),
                Some(at(310)),
            ),
            // Everything broken: stale as long as the rows are of some use.
            (
                vec![broken(10, true), broken(12, true)],
                20,
                stale(10),
                Some(at(310)),
            ),
            (vec![broken(10, true), broken(12, true)], 310, offline(40), None),
            (vec![broken(10, false), broken(12, false)], 20, offline(40), None),
        ];
        for (standings, now, connection, turn) in cases {
            assert_eq!(
                judge(&standings, now),
                (connection, turn),
                "{standings:?} at {now}"
            );
        }
    }

    #[test]
    fn a_login_that_is_needed_outweighs_all() {
        let Standing::Broken(mut unauthorized) = broken(10, true) else {
            unreachable!()
        };
        unauthorized.fault = Fault::Unauthorized("Unauthorized".to_owned());
        let (connection, _) = judge(&[Standing::Live, Standing::Broken(unauthorized)], 10);
        assert!(matches!(connection, Connection::AuthNeeded { how } if how.contains("log in")));
    }
}
