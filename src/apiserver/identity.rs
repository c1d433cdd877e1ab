//! The uids of new objects: random ones, or, for a world that has to come out the same each time, ones that follow from
//! names.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

/// Where uids come from.
#[derive(Debug, Default)]
pub(crate) enum Identities {
    /// From nowhere.
    #[default]
    Random,
    /// From a seed, an object's place, and how many before it had the same place.
    Named {
        /// The seed.
        seed: u64,
        /// How often each place was taken.
        taken: Mutex<HashMap<String, u32>>,
    },
}

impl Identities {
    /// Uids that follow from names and this seed.
    pub(crate) fn named(seed: u64) -> Self {
        Self::Named {
            seed,
            taken: Mutex::default(),
        }
    }

    /// The uid of a new object at `place`, which says what and where it is.
    pub(crate) fn next(&self, place: impl FnOnce() -> String) -> Uuid {
        match self {
            Self::Random => Uuid::new_v4(),
            Self::Named { seed, taken } => {
                let place = place();
                let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
                let count = taken.entry(place.clone()).or_default();
                *count += 1;
                named(&format!("{seed}/{place}/{count}"))
            }
        }
    }
}

/// A version 4 uid out of a text: what clients expect of a uid is its form.
fn named(text: &str) -> Uuid {
    let half = |salt: u64| {
        text.bytes().fold(0xcbf2_9ce4_8422_2325 ^ salt, |hash, byte| {
            let hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            hash ^ (hash >> 29)
        })
    };
    let bytes = (u128::from(half(1)) << 64 | u128::from(half(2))).to_be_bytes();
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_ones_come_again_in_the_same_order_whatever_comes_in_between() {
        let uids = |order: [&str; 4]| {
            let identities = Identities::named(1);
            let mut made: Vec<(String, Uuid)> = order
                .iter()
                .map(|place| ((*place).to_owned(), identities.next(|| (*place).to_owned())))
                .collect();
            made.sort();
            made
        };
        assert_eq!(uids(["a", "b", "a", "c"]), uids(["c", "a", "a", "b"]));
        let all: std::collections::HashSet<_> = uids(["a", "b", "a", "c"])
            .into_iter()
            .map(|(_, uid)| uid)
            .collect();
        assert_eq!(all.len(), 4);
        let one = all.iter().next().unwrap();
        assert_eq!(one.get_version_num(), 4);
        let other = Identities::named(2).next(|| "a".to_owned());
        assert!(!all.contains(&other));
    }
}
