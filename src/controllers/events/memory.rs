//! What was told already, so that repetition is counted and nobody talks without end.
//!
//! The same Event of the same object is written the 1st, 2nd, 4th, 8th … time that it happens, and different ones of one object
//! are as many as a client of Kubernetes tells: a burst of 25, and then one in five minutes.
//! Must not know: how Events are written.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// So many different Events, and so many objects, are remembered.
const MOST: usize = 4096;
/// Servers keep an Event so long; what is told after that is told anew.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// So many Events of one object may follow each other.
const BURST: u32 = 25;
/// So long it takes until there may be one more.
const REFILL: SignedDuration = SignedDuration::from_mins(5);

/// What makes an Event the same as another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) uid: String,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

/// How it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Telling {
    /// Not at all: it is known, or there was too much of this object.
    Nothing,
    /// With an Event of its own.
    New,
    /// By counting it in the Event of this name.
    Again { event: String, count: u32 },
}

#[derive(Debug)]
struct Known {
    /// Once it is written.
    event: Option<String>,
    count: u32,
    last: Timestamp,
}

#[derive(Debug)]
struct Budget {
    left: u32,
    since: Timestamp,
}

/// What was told lately.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    known: Bounded<Key, Known>,
    budgets: Bounded<String, Budget>,
}

impl Told {
    /// How something is told that has just happened; `lasts` where it is a state that was found again.
    pub(super) fn hear(&self, key: &Key, lasts: bool, now: Timestamp) -> Telling {
        self.with(|memory| memory.hear(key, lasts, now))
    }

    /// Takes note of the Event's name.
    pub(super) fn written(&self, key: &Key, event: String) {
        self.with(|memory| {
            if let Some(known) = memory.known.get_mut(key) {
                known.event = Some(event);
                known.count = 1;
            }
        });
    }

    /// Forgets what could not be written.
    pub(super) fn lost(&self, key: &Key) {
        self.with(|memory| memory.known.remove(key));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Memory {
    fn hear(&mut self, key: &Key, lasts: bool, now: Timestamp) -> Telling {
        if let Some(known) = self.known.get_mut(key)
            && now.duration_since(known.last) < KEPT
        {
            if lasts {
                return Telling::Nothing;
            }
            known.last = now;
            known.count = known.count.saturating_add(1);
            return match &known.event {
                Some(event) if known.count.is_power_of_two() => Telling::Again {
                    event: event.clone(),
                    count: known.count,
                },
                Some(_) | None => Telling::Nothing,
            };
        }
        if !self.may_talk(&key.uid, now) {
            return Telling::Nothing;
        }
        let first = Known {
            event: None,
            count: 1,
            last: now,
        };
        self.known.insert(key.clone(), first);
        Telling::New
    }

    fn may_talk(&mut self, uid: &str, now: Timestamp) -> bool {
        if self.budgets.get_mut(uid).is_none() {
            let full = Budget {
                left: BURST,
                since: now,
            };
            self.budgets.insert(uid.to_owned(), full);
        }
        let Some(budget) = self.budgets.get_mut(uid) else {
            return false;
        };
        while budget.left < BURST && now.duration_since(budget.since) >= REFILL {
            budget.left += 1;
            budget.since += REFILL;
        }
        if budget.left == BURST {
            budget.since = now;
        }
        if budget.left == 0 {
            return false;
        }
        budget.left -= 1;
        true
    }
}

/// A map that forgets what came first when it is full.
#[derive(Debug)]
struct Bounded<K, V> {
    all: HashMap<K, V>,
    order: VecDeque<K>,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Self {
            all: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<K: Clone + Eq + Hash, V> Bounded<K, V> {
    fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.all.get_mut(key)
    }

    fn insert(&mut self, key: K, value: V) {
        if self.all.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        // What was removed still has its place in the order.
        while self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.all.remove(&oldest);
            }
        }
    }

    fn remove(&mut self, key: &K) {
        self.all.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::now;

    fn key(uid: &str, message: &str) -> Key {
        Key {
            uid: uid.to_owned(),
            reason: "FailedCreate",
            message: message.to_owned(),
        }
    }

    fn told(told: &Told, key: &Key, now: Timestamp) -> Telling {
        let telling = told.hear(key, false, now);
        if telling == Telling::New {
            told.written(key, "event".to_owned());
        }
        telling
    }

    #[test]
    fn what_repeats_is_counted_ever_less_often_and_told_anew_when_its_event_has_gone() {
        let memory = Told::default();
        let failed = key("a", "no answer");
        let written: Vec<u32> = (0..100)
            .filter_map(|_| match told(&memory, &failed, now()) {
                Telling::New => Some(1),
                Telling::Again { event, count } => {
                    assert_eq!(event, "event");
                    Some(count)
                }
                Telling::Nothing => None,
            })
            .collect();
        assert_eq!(written, [1, 2, 4, 8, 16, 32, 64]);
        assert_eq!(told(&memory, &failed, now() + KEPT), Telling::New);
        let again = told(&memory, &failed, now() + KEPT);
        assert!(matches!(again, Telling::Again { count: 2, .. }), "{again:?}");
    }

    #[test]
    fn a_state_is_told_once() {
        let memory = Told::default();
        let state = key("a", "too many");
        assert_eq!(memory.hear(&state, true, now()), Telling::New);
        memory.written(&state, "event".to_owned());
        for _ in 0..3 {
            assert_eq!(memory.hear(&state, true, now()), Telling::Nothing);
        }
        assert_eq!(memory.hear(&state, true, now() + KEPT), Telling::New);
    }

    #[test]
    fn one_object_does_not_talk_without_end() {
        let memory = Told::default();
        let many = |uid: &str, at: Timestamp, round: &str| {
            let tellings = (0..40).map(|index| told(&memory, &key(uid, &format!("{round} {index}")), at));
            tellings.filter(|telling| *telling == Telling::New).count()
        };
        assert_eq!(many("a", now(), "first"), 25);
        assert_eq!(many("b", now(), "first"), 25, "another object has its own");
        assert_eq!(many("a", now() + SignedDuration::from_mins(11), "later"), 2);
        assert_eq!(many("a", now() + SignedDuration::from_hours(24), "rested"), 25);
    }

    #[test]
    fn what_was_lost_is_told_the_next_time_and_little_is_kept() {
        let memory = Told::default();
        let lost = key("a", "lost");
        assert_eq!(memory.hear(&lost, false, now()), Telling::New);
        memory.lost(&lost);
        assert_eq!(memory.hear(&lost, false, now()), Telling::New);
        for index in 0..2 * MOST {
            told(&memory, &key(&index.to_string(), "x"), now());
        }
        let kept = memory.with(|memory| (memory.known.all.len(), memory.budgets.all.len()));
        assert_eq!(kept, (MOST, MOST));
    }
}
