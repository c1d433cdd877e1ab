//! Which hosts are being taken at this moment, and by which machine, so that machines that are reconciled side by side do not all try the same best
//! host. What decides is the write itself, which the server refuses where somebody else was first; this only spares the tries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use fleetui_base::ObjectName;

/// Hosts that are being taken, with the machines that take them.
#[derive(Debug, Default)]
pub(crate) struct Bindings(Mutex<Both>);

#[derive(Debug, Default)]
struct Both {
    by_machine: BTreeMap<ObjectName, ObjectName>,
    by_host: BTreeMap<ObjectName, ObjectName>,
}

impl Both {
    fn release(&mut self, machine: &ObjectName) {
        if let Some(host) = self.by_machine.remove(machine) {
            self.by_host.remove(&host);
        }
    }
}

impl Bindings {
    /// Sets a host aside for a machine, and lets go what was set aside for it before; tells whether that could be.
    pub(super) fn set_aside(&self, host: &ObjectName, machine: &ObjectName) -> bool {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if both.by_host.get(host).is_some_and(|other| other != machine) {
            return false;
        }
        both.release(machine);
        both.by_machine.insert(machine.clone(), host.clone());
        both.by_host.insert(host.clone(), machine.clone());
        true
    }

    /// Lets go what was set aside for a machine.
    pub(super) fn release(&self, machine: &ObjectName) {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        both.release(machine);
    }

    /// Hosts that are set aside for others than this machine.
    pub(super) fn of_others(&self, machine: &ObjectName) -> BTreeSet<ObjectName> {
        let both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others = both.by_host.iter().filter(|(_, other)| *other != machine);
        others.map(|(host, _)| host.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_set_aside_for_one_machine_and_a_machine_has_one_host() {
        let bindings = Bindings::default();
        let host = |name: &str| ObjectName::new("default", name);
        let [a, b, c] = ["a", "b", "c"].map(|name| ObjectName::new("default", name));
        assert!(bindings.set_aside(&host("node-1"), &a));
        assert!(bindings.set_aside(&host("node-1"), &a), "it is its own");
        assert!(!bindings.set_aside(&host("node-1"), &b));
        assert_eq!(bindings.of_others(&b), [host("node-1")].into());
        assert!(bindings.of_others(&a).is_empty());
        assert!(bindings.set_aside(&host("node-2"), &a));
        assert!(
            bindings.set_aside(&host("node-1"), &b),
            "it was let go for another"
        );
        bindings.release(&a);
        bindings.release(&a);
        assert_eq!(bindings.of_others(&c), [host("node-1")].into());
    }
}
