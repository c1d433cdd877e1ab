//! Problems over a large fleet: found anew, and after changes.

use fleetui_fleet::problems::Problems;
use fleetui_fleet::{FleetStore, Update};
use jiff::Timestamp;

use crate::measure::{Samples, print_figure};

/// Measures them over the fleet; `changes` are folded one after the other.
pub(crate) fn measure(store: &mut FleetStore, changes: Vec<(&'static str, Vec<Update>)>, now: Timestamp) {
    let mut building = Samples::new("find the problems of the whole fleet");
    let mut problems = Problems::default();
    for _ in 0..10 {
        problems = building.time(|| Problems::build(store, now));
    }
    building.print();
    let list = problems.list();
    let objects: usize = list.iter().map(|problem| problem.objects()).sum();
    print_figure("problems found", &format!("{}, of {objects} objects", list.len()));
    let mut again = Samples::new("the same again, nothing has changed");
    for _ in 0..20 {
        problems = again.time(|| problems.again(store, now));
    }
    again.print();
    for (name, updates) in changes {
        let mut again = Samples::new(name);
        for update in updates {
            store.apply(update);
            problems = again.time(|| problems.again(store, now));
        }
        again.print();
    }
}
