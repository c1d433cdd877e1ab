//! `fleetui get problems`: what is not as it should be, by the object at the bottom of it.

use std::process::ExitCode;
use std::sync::Arc;

use fleetui_base::ObjectKey;
use fleetui_console::age::age;
use fleetui_console::connection;
use fleetui_fleet::FleetStore;
use fleetui_fleet::drain;
use fleetui_fleet::health::cause;
use fleetui_fleet::problems::{OnTheirWay, Problem, Problems, Root};
use fleetui_fleet::waits_for::{LOST_HOST, WaitsFor};
use fleetui_fleet::workload::NO_CNI;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::FleetArgs;
use crate::cli::headless::{self, ViewArgs, Wanted};
use crate::cli::print::{Column, Entry, Page, name_of};

/// Prints the problems of the fleet.
pub(crate) async fn run(args: &ViewArgs, fleet: &FleetArgs) -> color_eyre::Result<ExitCode> {
    let namespace = fleet.namespace.clone().filter(|_| !fleet.all_namespaces);
    let mut problems = Problems::default();
    let page = move |store: &FleetStore, now: Timestamp| {
        problems = problems.again(store, now);
        let shown = (problems.list(), problems.on_their_way());
        let mut page = page(shown, namespace.as_deref(), |problem| held(store, problem), now);
        page.empty = with_drains(page.empty, problems.on_their_way(), drain::told_of_all(store));
        page
    };
    let wanted = Wanted {
        problems: true,
        ..Wanted::everything()
    };
    headless::run(args, fleet, wanted, page).await
}

/// Problems as a page; those of one namespace alone, where one is asked for.
fn page(
    (problems, on_their_way): (&[Arc<Problem>], OnTheirWay),
    namespace: Option<&str>,
    held: impl Fn(&Problem) -> Vec<String>,
    now: Timestamp,
) -> Page {
    let meant = |problem: &&Arc<Problem>| match (&problem.root, namespace) {
        (Root::Object(key), Some(namespace)) => std::iter::once(key)
            .chain(&problem.alike)
            .any(|key| key.object.namespace == namespace),
        (Root::Object(_) | Root::ManagementCluster(_), _) => true,
    };
    let rows: Vec<Entry> = problems
        .iter()
        .filter(meant)
        .map(|problem| entry(problem, &held(problem), now))
        .collect();
    Page {
        kind: "ProblemList",
        columns: vec![
            Column::new("SEVERITY"),
            Column::new("SINCE").ticking(),
            Column::new("MANAGEMENT"),
            Column::new("ROOT"),
            Column::new("CLUSTER"),
            Column::new("OBJECTS"),
            Column::new("CLUSTERS"),
            Column::new("WAITS FOR"),
            Column::new("PATH").wide(),
            Column::new("MESSAGE"),
        ],
        faults: !rows.is_empty(),
        tells_unread: true,
        rows,
        empty: all_well(on_their_way, now),
        ..Page::default()
    }
}

/// What holds the drain that is waited for, in sentences.
fn held(store: &FleetStore, problem: &Problem) -> Vec<String> {
    match (&problem.waits_for, &problem.root) {
        (WaitsFor::Drain, Root::Object(key)) => drain::told(store, key, &problem.uid),
        (_, Root::Object(_) | Root::ManagementCluster(_)) => Vec::new(),
    }
}

fn entry(problem: &Problem, held: &[String], now: Timestamp) -> Entry {
    let root = match &problem.root {
        Root::Object(key) => named(key),
        Root::ManagementCluster(name) => format!("ManagementCluster {name}"),
    };
    // Who reads a row finds one of them; the others are in the document.
    let shown = match problem.alike.len() {
        0 => root.clone(),
        others => format!("{root} and {others} like it"),
    };
    let objects = match &problem.root {
        Root::Object(_) => problem.objects().to_string(),
        // What is in it is not known.
        Root::ManagementCluster(_) => String::new(),
    };
    let management_cluster = problem.root.management_cluster().to_string();
    let since = problem.since.map(|since| age(since, now).to_string());
    let cluster = problem.cluster.as_ref().map(|key| key.object.to_string());
    let path: Vec<String> = problem.path.iter().map(short).collect();
    Entry {
        id: format!("{management_cluster} {root}"),
        name: match &problem.root {
            Root::Object(key) => name_of(&key.kind, &key.object.name),
            Root::ManagementCluster(name) => format!("managementcluster/{name}"),
        },
        cells: vec![
            problem.severity.as_str().to_owned(),
            since.unwrap_or_default(),
            management_cluster,
            shown,
            cluster.unwrap_or_default(),
            objects,
            problem.clusters.to_string(),
            waits_for(&problem.waits_for),
            path.join(" > "),
            std::iter::once(cause(&problem.line))
                .chain(what_to_do(problem).filter(|what| *what != cause(&problem.line)))
                .chain(held.iter().map(String::as_str))
                .collect::<Vec<&str>>()
                .join("; "),
        ],
        document: document(problem, held),
    }
}

/// What a person has to do where the object's own words do not tell it: where nodes have no network, and where a host is lost.
fn what_to_do(problem: &Problem) -> Option<&'static str> {
    match problem.waits_for {
        WaitsFor::Person(what @ (NO_CNI | LOST_HOST)) => Some(what),
        _ => None,
    }
}

/// What is said where there is no problem: what is on its way is not as it should be yet.
fn all_well(on_their_way: OnTheirWay, now: Timestamp) -> String {
    match connection::on_their_way(on_their_way, now) {
        None => "everything is as it should be".to_owned(),
        Some(still) => format!("nothing is known to be wrong; {still}"),
    }
}

/// What is said where there is no problem, with what holds the drains of which one soon is.
fn with_drains(empty: String, on_their_way: OnTheirWay, drains: Vec<String>) -> String {
    if !on_their_way.person.held_drain {
        return empty;
    }
    std::iter::once(empty)
        .chain(drains)
        .collect::<Vec<String>>()
        .join("; ")
}

/// `Machine default/prod-md-0-x7k2p`.
fn named(key: &ObjectKey) -> String {
    format!("{} {}", key.kind.kind, key.object)
}

/// The same without its namespace, which is that of the root.
fn short(key: &ObjectKey) -> String {
    format!("{} {}", key.kind.kind, key.object.name)
}

fn waits_for(waits_for: &WaitsFor) -> String {
    match waits_for {
        WaitsFor::Deletion(finalizer) if !finalizer.is_empty() => format!("deletion ({finalizer})"),
        WaitsFor::Deletion(_)
        | WaitsFor::Nobody
        | WaitsFor::Provider
        | WaitsFor::Bootstrap
        | WaitsFor::HostPool
        | WaitsFor::Drain
        | WaitsFor::Person(_)
        | WaitsFor::ControlPlane
        | WaitsFor::Upgrade
        | WaitsFor::Credentials
        | WaitsFor::Connection
        | WaitsFor::Node
        | WaitsFor::Unknown => waits_for.word().to_owned(),
    }
}

fn document(problem: &Problem, held: &[String]) -> Value {
    let mut root = match &problem.root {
        Root::Object(key) => reference(key),
        Root::ManagementCluster(name) => json!({
            "managementCluster": name.as_str(), "kind": "ManagementCluster", "name": name.as_str(),
        }),
    };
    if let (Some(root), false) = (root.as_object_mut(), problem.uid.is_empty()) {
        root.insert("uid".to_owned(), problem.uid.as_str().into());
    }
    json!({
        "root": root,
        "alike": problem.alike.iter().map(reference).collect::<Vec<_>>(),
        "severity": problem.severity.as_str(),
        "since": problem.since.map(|since| since.to_string()),
        "waitsFor": problem.waits_for.word(),
        "waitsForMore": problem.waits_for.sentence(),
        "message": problem.line,
        "heldBy": held,
        "cluster": problem.cluster.as_ref().map(reference),
        "objects": problem.objects(),
        "clusters": problem.clusters,
        "path": problem.path.iter().map(reference).collect::<Vec<_>>(),
        "victims": problem.victims.iter().map(reference).collect::<Vec<_>>(),
    })
}

fn reference(key: &ObjectKey) -> Value {
    json!({
        "managementCluster": key.management_cluster.as_str(),
        "group": key.kind.group.as_ref(),
        "kind": key.kind.kind.as_ref(),
        "namespace": key.object.namespace.as_str(),
        "name": key.object.name.as_str(),
    })
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
    use fleetui_fleet::for_person::ForPerson;
    use fleetui_fleet::health::Health;

    use super::*;

    fn problem() -> Problem {
        let key = |kind: &str, name: &str| {
            let kind = GroupKind::new("cluster.x-k8s.io", kind);
            ObjectKey::new(
                ManagementCluster::new("taipei"),
                kind,
                ObjectName::new("shop", name),
            )
        };
        Problem {
            root: Root::Object(key("Machine", "m")),
            alike: Vec::new(),
            uid: "u-1".into(),
            severity: Health::Failed,
            since: "2026-08-21T11:00:00Z".parse().ok(),
            waits_for: WaitsFor::Deletion("held.example.com".into()),
            line: "a\u{1b}[2Jb".to_owned(),
            cluster: Some(key("Cluster", "prod")),
            path: vec![key("Cluster", "prod")],
            victims: vec![key("Cluster", "prod")],
            clusters: 1,
        }
    }

    fn none_held(_: &Problem) -> Vec<String> {
        Vec::new()
    }

    #[test]
    fn what_holds_a_drain_stands_with_its_problem() {
        let now = "2026-08-21T12:00:00Z".parse().unwrap();
        let held = |_: &Problem| vec!["pod shop/a is held by budget web".to_owned()];
        let page = page((&[problem().into()], OnTheirWay::default()), None, held, now);
        let row = &page.rows[0];
        assert!(
            row.cells
                .last()
                .unwrap()
                .ends_with("; pod shop/a is held by budget web")
        );
        assert_eq!(
            row.document["heldBy"],
            json!(["pod shop/a is held by budget web"])
        );
    }

    #[test]
    fn that_nodes_have_no_network_is_told_with_what_to_do() {
        let now = "2026-08-21T12:00:00Z".parse().unwrap();
        let without = Problem {
            waits_for: WaitsFor::Person(NO_CNI),
            line: "Node.Ready: cni plugin not initialized".to_owned(),
            ..problem()
        };
        let page = page((&[without.into()], OnTheirWay::default()), None, none_held, now);
        let message = page.rows[0].cells.last().unwrap();
        assert_eq!(message, NO_CNI, "the cause stands alone, and once");
        let coming = OnTheirWay {
            objects: 1,
            oldest: None,
            person: ForPerson {
                no_network: true,
                held_drain: false,
            },
        };
        let empty = super::page((&[], coming), None, none_held, now).empty;
        assert!(
            empty.contains("1 object is still on its way; no CNI is installed"),
            "{empty}"
        );
    }

    #[test]
    fn what_holds_a_drain_is_told_before_that_is_a_problem() {
        let now = "2026-08-21T12:00:00Z".parse().unwrap();
        let coming = |no_network, held_drain| OnTheirWay {
            objects: 1,
            oldest: None,
            person: ForPerson {
                no_network,
                held_drain,
            },
        };
        let said = |no_network, held_drain| {
            let coming = coming(no_network, held_drain);
            let empty = super::page((&[], coming), None, none_held, now).empty;
            let held = vec!["Machine shop/m: pod shop/a is held by budget web".to_owned()];
            super::with_drains(empty, coming, held)
        };
        let told = said(false, true);
        for expected in [
            "1 object is still on its way; a disruption budget holds the drain of a node",
            "; Machine shop/m: pod shop/a is held by budget web",
        ] {
            assert!(told.contains(expected), "{expected}: {told}");
        }
        assert!(!said(false, false).contains("held by"));
        // What else waits for a person is told with it.
        let told = said(true, true);
        for expected in [NO_CNI, "; and a disruption budget holds", "is held by budget web"] {
            assert!(told.contains(expected), "{expected}: {told}");
        }
    }

    #[test]
    fn a_problem_has_its_root_its_path_and_who_suffers() {
        let now = "2026-08-21T12:00:00Z".parse().unwrap();
        let page = page((&[problem().into()], OnTheirWay::default()), None, none_held, now);
        assert!(page.faults);
        let row = &page.rows[0];
        let cells: Vec<&str> = row.cells.iter().map(String::as_str).collect();
        assert_eq!(
            cells[..9],
            [
                "Failed",
                "60m",
                "taipei",
                "Machine shop/m",
                "shop/prod",
                "2",
                "1",
                "deletion (held.example.com)",
                "Cluster prod"
            ]
        );
        assert_eq!(row.name, "machine.cluster.x-k8s.io/m");
        assert_eq!(row.document.pointer("/root/uid"), Some(&json!("u-1")));
        assert_eq!(
            row.document.pointer("/since"),
            Some(&json!("2026-08-21T11:00:00Z"))
        );
        assert_eq!(row.document.pointer("/victims/0/kind"), Some(&json!("Cluster")));
        let none = OnTheirWay::default();
        assert!(
            super::page((&[problem().into()], none), Some("other"), none_held, now)
                .rows
                .is_empty()
        );
        let well = super::page((&[], none), None, none_held, now);
        assert!(!well.faults);
        assert_eq!(well.empty, "everything is as it should be");
        let coming = OnTheirWay {
            objects: 11,
            oldest: "2026-08-21T11:48:00Z".parse().ok(),
            person: ForPerson::default(),
        };
        assert_eq!(
            super::page((&[], coming), None, none_held, now).empty,
            "nothing is known to be wrong; 11 objects are still on their way, the first of them for 12m"
        );
    }
}
