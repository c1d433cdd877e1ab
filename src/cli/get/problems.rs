//! `fleetui get problems`: what is not as it should be, by the object at the bottom of it.

use std::process::ExitCode;
use std::sync::Arc;

use fleetui_base::ObjectKey;
use fleetui_console::age::age;
use fleetui_fleet::FleetStore;
use fleetui_fleet::problems::{Problem, Problems, Root};
use fleetui_fleet::waits_for::WaitsFor;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::FleetArgs;
use crate::cli::headless::{self, ViewArgs, Wanted};
use crate::cli::print::{Column, Entry, Page};

/// Prints the problems of the fleet.
pub(crate) async fn run(args: &ViewArgs, fleet: &FleetArgs) -> color_eyre::Result<ExitCode> {
    let namespace = fleet.namespace.clone().filter(|_| !fleet.all_namespaces);
    let mut problems = Problems::default();
    let page = move |store: &FleetStore, now: Timestamp| {
        problems = problems.again(store, now);
        page(problems.list(), namespace.as_deref(), now)
    };
    headless::run(args, fleet, Wanted::everything(), page).await
}

/// Problems as a page; those of one namespace alone, where one is asked for.
fn page(problems: &[Arc<Problem>], namespace: Option<&str>, now: Timestamp) -> Page {
    let meant = |problem: &&Arc<Problem>| match (&problem.root, namespace) {
        (Root::Object(key), Some(namespace)) => key.object.namespace == namespace,
        (Root::Object(_) | Root::ManagementCluster(_), _) => true,
    };
    let rows: Vec<Entry> = problems
        .iter()
        .filter(meant)
        .map(|problem| entry(problem, now))
        .collect();
    Page {
        kind: "ProblemList",
        columns: vec![
            Column::new("SEVERITY"),
            Column::new("SINCE").ticking(),
            Column::new("MANAGEMENT CLUSTER"),
            Column::new("ROOT"),
            Column::new("CLUSTER"),
            Column::new("OBJECTS"),
            Column::new("CLUSTERS"),
            Column::new("WAITS FOR"),
            Column::new("PATH").wide(),
            Column::new("MESSAGE"),
        ],
        faults: !rows.is_empty(),
        rows,
        nested: None,
        whole: false,
        empty: "everything is as it should be".to_owned(),
    }
}

fn entry(problem: &Problem, now: Timestamp) -> Entry {
    let root = match &problem.root {
        Root::Object(key) => named(key),
        Root::ManagementCluster(_) => "ManagementCluster".to_owned(),
    };
    let management_cluster = problem.root.management_cluster().to_string();
    let since = problem.since.map(|since| age(since, now).to_string());
    let cluster = problem.cluster.as_ref().map(|key| key.object.to_string());
    let path: Vec<String> = problem.path.iter().map(short).collect();
    Entry {
        id: format!("{management_cluster} {root}"),
        name: match &problem.root {
            Root::Object(key) => format!("{}/{}", key.kind.kind.to_lowercase(), key.object.name),
            Root::ManagementCluster(name) => format!("managementcluster/{name}"),
        },
        cells: vec![
            problem.severity.as_str().to_owned(),
            since.unwrap_or_default(),
            management_cluster,
            root,
            cluster.unwrap_or_default(),
            problem.objects().to_string(),
            problem.clusters.to_string(),
            waits_for(&problem.waits_for),
            path.join(" > "),
            problem.line.clone(),
        ],
        document: document(problem),
    }
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
        | WaitsFor::Upgrade
        | WaitsFor::Credentials
        | WaitsFor::Connection
        | WaitsFor::Node
        | WaitsFor::Unknown => waits_for.word().to_owned(),
    }
}

fn document(problem: &Problem) -> Value {
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
        "severity": problem.severity.as_str(),
        "since": problem.since.map(|since| since.to_string()),
        "waitsFor": problem.waits_for.word(),
        "waitsForMore": problem.waits_for.sentence(),
        "message": problem.line,
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

    #[test]
    fn a_problem_has_its_root_its_path_and_who_suffers() {
        let now = "2026-08-21T12:00:00Z".parse().unwrap();
        let page = page(&[problem().into()], None, now);
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
        assert_eq!(row.name, "machine/m");
        assert_eq!(row.document.pointer("/root/uid"), Some(&json!("u-1")));
        assert_eq!(
            row.document.pointer("/since"),
            Some(&json!("2026-08-21T11:00:00Z"))
        );
        assert_eq!(row.document.pointer("/victims/0/kind"), Some(&json!("Cluster")));
        assert!(
            super::page(&[problem().into()], Some("other"), now)
                .rows
                .is_empty()
        );
        assert!(!super::page(&[], None, now).faults);
    }
}
