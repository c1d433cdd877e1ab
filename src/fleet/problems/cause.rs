//! One cause is one problem: objects that say the same and wait for the same are told of together, wherever they are.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use fleetui_base::{GroupKind, ManagementCluster};

use super::{Problem, Root, Whole};
use crate::waits_for::WaitsFor;

/// What makes two problems one.
#[derive(PartialEq, Eq, Hash)]
struct Alike<'a> {
    kind: GroupKind,
    waits_for: WaitsFor,
    cause: &'a str,
    /// Where what is waited for is a pool, its own management cluster and namespace: others have other hosts.
    pool: Option<(ManagementCluster, CompactString)>,
}

/// What the root of a problem says, without what only tells it from others: its own name, numbers, and names that rotate.
pub(super) fn of(problem: &Problem) -> Option<CompactString> {
    let Root::Object(root) = &problem.root else {
        return None;
    };
    let own = root.object.name.as_str();
    let words = problem.line.split_whitespace().map(|word| {
        let bare = word.trim_matches(|at: char| !at.is_alphanumeric());
        // A name of an object that was made from a template ends in what was drawn for it.
        if bare == own || bare.contains(|at: char| at.is_ascii_digit()) {
            "#"
        } else {
            word
        }
    });
    let cause = words.collect::<Vec<_>>().join(" ");
    // What holds words of its own is a cause; a number alone is none.
    cause
        .contains(|at: char| at.is_alphabetic())
        .then(|| cause.into())
}

/// One problem for each cause. The one that has been so longest stands for the others.
pub(super) fn one_each(mut problems: Vec<Whole<'_>>) -> Vec<Arc<Problem>> {
    // Whatever order they came in, the same one speaks.
    problems.sort_by(|one, other| {
        let place = |it: &Problem| (it.since.is_none(), it.since);
        let (one, other) = (&one.problem, &other.problem);
        place(one)
            .cmp(&place(other))
            .then_with(|| one.root.cmp(&other.root))
    });
    let mut places: HashMap<Alike<'_>, usize> = HashMap::new();
    let mut all: Vec<Whole<'_>> = Vec::with_capacity(problems.len());
    for next in problems {
        let place = alike(&next).map_or(all.len(), |alike| *places.entry(alike).or_insert(all.len()));
        match all.get_mut(place) {
            None => all.push(next),
            Some(first) => {
                first.take_in(&next.problem, &next.clusters);
                if let Root::Object(root) = &next.problem.root {
                    Arc::make_mut(&mut first.problem).alike.push(root.clone());
                }
            }
        }
    }
    let mut all: Vec<Arc<Problem>> = all.into_iter().map(|whole| whole.problem).collect();
    for problem in all.iter_mut().filter(|problem| !problem.alike.is_empty()) {
        let problem = Arc::make_mut(problem);
        problem.alike.sort();
        let (root, alike) = (&problem.root, &problem.alike);
        let is_root = |key: &fleetui_base::ObjectKey| {
            alike.binary_search(key).is_ok() || matches!(root, Root::Object(root) if root == key)
        };
        problem.victims.retain(|key| !is_root(key));
    }
    all
}

fn alike<'a>(whole: &Whole<'a>) -> Option<Alike<'a>> {
    let problem = &whole.problem;
    let Root::Object(root) = &problem.root else {
        return None;
    };
    let pool = (problem.waits_for == WaitsFor::HostPool)
        .then(|| (root.management_cluster.clone(), root.object.namespace.clone()));
    Some(Alike {
        kind: root.kind.clone(),
        waits_for: problem.waits_for.clone(),
        cause: whole.cause?,
        pool,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::fixtures::{condition, mgmt, now, session, set, store, upserts, whole_cluster};
    use crate::problems::{Problems, Root};
    use crate::session::Connection;

    /// The node of every worker says `message`.
    fn say(cluster: &str, message: &str) -> Vec<Value> {
        let mut objects = whole_cluster(cluster);
        for object in &mut objects {
            if object["kind"] == "Machine" {
                let said = format!("* NodeHealthy: {message}");
                set(
                    object,
                    "/status/conditions",
                    json!([condition("Ready", "False", "NotReady", &said)]),
                );
            }
        }
        objects
    }

    #[test]
    fn one_cause_in_many_machines_clusters_and_management_clusters_is_one_problem() {
        let cni = "Node.Ready: cni plugin not initialized";
        let mut all = store(&say("a", cni));
        all.apply(upserts("mgmt-taipei", &say("b", cni)));
        all.apply(session("mgmt-tokyo", Connection::Live));
        all.apply(upserts("mgmt-tokyo", &say("a", cni)));
        all.apply(upserts("mgmt-tokyo", &say("c", "Node.Ready: the disk is full")));
        let problems = Problems::build(&all, now());
        let [first, second] = problems.list() else {
            panic!("{:#?}", problems.list());
        };
        let (cni, disk) = if first.line.contains("cni") {
            (first, second)
        } else {
            (second, first)
        };
        assert_eq!((cni.roots(), cni.clusters), (9, 3));
        assert_eq!((disk.roots(), disk.clusters), (3, 1));
        // All of them lead to it, and nobody is at the bottom of it and suffers from it.
        for key in &cni.alike {
            assert_eq!(problems.of(key).map(|found| &found.root), Some(&cni.root));
            assert!(!cni.victims.contains(key));
        }
        assert!(
            cni.alike
                .iter()
                .any(|key| key.management_cluster == mgmt("mgmt-tokyo"))
        );
        assert!(matches!(&cni.root, Root::Object(key) if key.management_cluster == mgmt("mgmt-taipei")));
    }

    #[test]
    fn names_and_numbers_make_no_other_cause() {
        let mut all = store(&say("a", "Host node-3 was not heard for 121 s"));
        all.apply(upserts(
            "mgmt-taipei",
            &say("b", "Host node-14 was not heard for 9 s"),
        ));
        let problems = Problems::build(&all, now());
        assert_eq!(problems.list().len(), 1, "{:#?}", problems.list());
    }
}
