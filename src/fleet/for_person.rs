//! What goes on only once a person acts, of all that objects wait for: each is told, also where there are several at once.

use std::iter::Sum;

use fleetui_api::facts::Facts;

use crate::drain;
use crate::health::{is_held_by_budget, tells_of_budget};
use crate::workload::{NO_CNI, lacks_cni};

/// Both, for where there is room for little more than that.
const BOTH: &str = "no CNI is installed, and a disruption budget holds a drain";

/// What is waited for that nobody but a person does, before it is a problem of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ForPerson {
    /// The nodes have no network plugin.
    pub no_network: bool,
    /// A disruption budget holds the drain of a node.
    pub held_drain: bool,
}

impl ForPerson {
    /// What an object says of itself.
    pub(crate) fn of(facts: &Facts) -> Self {
        let mut bad = facts.conditions.iter().filter(|condition| !condition.good());
        Self {
            no_network: bad.any(|condition| lacks_cni(condition.message())),
            held_drain: facts.deleting_since.is_some() && is_held_by_budget(facts),
        }
    }

    /// What a line tells already.
    pub(crate) fn told_in(line: &str) -> Self {
        Self {
            no_network: lacks_cni(line) || line.contains(NO_CNI),
            held_drain: tells_of_budget(line) || line.contains(drain::HOLDS),
        }
    }

    /// Whether there is any.
    pub fn any(self) -> bool {
        self.no_network || self.held_drain
    }

    /// All of it in a sentence's end, with what to do; nothing where there is none.
    pub fn told(self) -> Option<String> {
        match (self.no_network, self.held_drain) {
            (false, false) => None,
            (true, false) => Some(NO_CNI.to_owned()),
            (false, true) => Some(drain::HELD.to_owned()),
            (true, true) => Some(format!("{NO_CNI}; and {}", drain::HELD)),
        }
    }
}

impl Sum for ForPerson {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, next| Self {
            no_network: sum.no_network || next.no_network,
            held_drain: sum.held_drain || next.held_drain,
        })
    }
}

/// A line that tells of one of them, and what else there is of `all` behind it; a line that tells of none stays as it is.
pub(crate) fn with_others(line: String, all: impl FnOnce() -> ForPerson) -> String {
    let told = ForPerson::told_in(&line);
    if !told.any()
        || told
            == (ForPerson {
                no_network: true,
                held_drain: true,
            })
    {
        return line;
    }
    let all = all();
    if all.no_network && !told.no_network {
        format!("{line}; and {NO_CNI}")
    } else if all.held_drain && !told.held_drain {
        format!("{line}; and {}", drain::HOLDS)
    } else {
        line
    }
}

/// What of a line is told where there is little room: that there is no network and not what all parts of a container runtime say, and
/// both where both are waited for.
pub(crate) fn brief(line: &str) -> Option<&'static str> {
    let told = ForPerson::told_in(line);
    match (told.no_network, told.held_drain) {
        (true, true) => Some(BOTH),
        (true, false) => Some(NO_CNI),
        (false, true | false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: &str = "Pod shop/web-0: cannot evict pod as it would violate the pod's disruption budget.";

    #[test]
    fn a_line_that_tells_of_one_is_told_with_the_other() {
        let only = |no_network, held_drain| ForPerson {
            no_network,
            held_drain,
        };
        let both = with_others(HELD.to_owned(), || only(true, true));
        assert_eq!(both, format!("{HELD}; and {NO_CNI}"));
        let both = with_others(NO_CNI.to_owned(), || only(true, true));
        assert_eq!(both, format!("{NO_CNI}; and {}", drain::HOLDS));
        assert_eq!(
            with_others(both.clone(), || only(true, true)),
            both,
            "nothing twice"
        );
        assert_eq!(with_others(HELD.to_owned(), || only(false, true)), HELD);
        assert_eq!(with_others("1 of 3".to_owned(), || only(true, true)), "1 of 3");
        assert_eq!(brief(&both), Some(BOTH));
        assert_eq!(brief("cni plugin not initialized"), Some(NO_CNI));
        assert_eq!(brief(HELD), None);
    }

    #[test]
    fn all_are_told_together() {
        let told = [
            ForPerson {
                no_network: true,
                held_drain: false,
            },
            ForPerson {
                no_network: false,
                held_drain: true,
            },
        ];
        let told: ForPerson = told.into_iter().sum();
        assert_eq!(told.told(), Some(format!("{NO_CNI}; and {}", drain::HELD)));
        assert_eq!(ForPerson::default().told(), None);
    }
}
