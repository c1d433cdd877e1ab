//! Siblings that a person has sorted.

use serde_json::{Value, json};

use super::super::{Node, Tree, TreeOptions};
use crate::fixtures::{condition, key, machine, now, set, store, upserts, whole_cluster};
use crate::table::{Column, Sort};

/// Two clusters; the deployment of the first has three more machines, one of which is not well.
fn objects() -> Vec<Value> {
    let mut objects = whole_cluster("prod");
    let set_name = "prod-md-0-79q9d";
    for (name, version, created) in [
        ("prod-md-0-79q9d-aaaaa", "v1.31.10", "2026-08-21T09:00:00Z"),
        ("prod-md-0-79q9d-mmmmm", "v1.31.9", "2026-08-21T08:00:00Z"),
        ("prod-md-0-79q9d-zzzzz", "v1.31.9", "2026-08-21T10:00:00Z"),
    ] {
        let mut one = machine("prod", ("MachineSet", set_name), name);
        set(&mut one, "/spec/version", json!(version));
        set(&mut one, "/metadata/creationTimestamp", json!(created));
        if name.ends_with("mmmmm") {
            let lost = condition("Ready", "False", "NotReady", "lost");
            set(&mut one, "/status/conditions", json!([lost]));
        }
        objects.push(one);
    }
    objects.extend(whole_cluster("archive"));
    objects
}

fn built(column: Column, reversed: bool) -> Tree {
    let options = TreeOptions {
        sort: Some(Sort { column, reversed }),
        ..TreeOptions::default()
    };
    Tree::build(&store(&objects()), &options, now())
}

/// Ends of the names of the worker machines of `prod`, from top to bottom.
fn workers(tree: &Tree) -> Vec<String> {
    let rows = tree.rows().filter(|row| {
        let name = &row.facts.object.name;
        row.facts.kind.kind.as_ref() == "Machine" && name.starts_with("prod-md-0")
    });
    rows.map(|row| {
        row.facts
            .object
            .name
            .rsplit('-')
            .next()
            .unwrap_or_default()
            .to_owned()
    })
    .collect()
}

#[test]
fn siblings_change_places_and_equal_ones_stay_as_they_stood() {
    let names = |column: Column, reversed: bool| workers(&built(column, reversed));
    let unsorted = Tree::build(&store(&objects()), &TreeOptions::default(), now());
    let as_they_stood = workers(&unsorted);
    let mut by_name = as_they_stood.clone();
    by_name.sort();
    assert_eq!(names(Column::Name, false), by_name);
    by_name.reverse();
    assert_eq!(names(Column::Name, true), by_name);
    // Numbers of versions are numbers; those that are equal keep their order in both directions.
    let equal = |tree: &[String]| -> Vec<String> {
        tree.iter()
            .filter(|name| *name != "aaaaa" && !["mmmmm", "zzzzz"].contains(&name.as_str()))
            .cloned()
            .collect()
    };
    let by_version = names(Column::Version, false);
    let newest_first = names(Column::Version, true);
    assert_eq!(by_version.last().map(String::as_str), Some("aaaaa"));
    assert_eq!(newest_first[..3], ["aaaaa", "mmmmm", "zzzzz"]);
    assert_eq!(equal(&by_version), equal(&as_they_stood));
    assert_eq!(equal(&newest_first), equal(&as_they_stood));
    // The worst first, and the youngest.
    assert_eq!(names(Column::Health, false)[0], "mmmmm");
    assert_eq!(names(Column::Age, false)[..3], ["zzzzz", "aaaaa", "mmmmm"]);
}

#[test]
fn what_is_of_another_sort_keeps_its_place() {
    let tree = built(Column::Name, true);
    let labels: Vec<String> = tree
        .lines()
        .filter(|line| line.depth < 3)
        .map(|line| super::label(&line))
        .collect();
    let of = |name: &str| {
        vec![
            format!("Cluster {name}"),
            format!("DevCluster {name}"),
            format!("KubeadmControlPlane {name}-cp"),
            "Workers".to_owned(),
        ]
    };
    let mut expected = vec!["mgmt-taipei".to_owned()];
    expected.extend(of("prod"));
    expected.extend(of("archive"));
    assert_eq!(labels, expected);
    // Guides end where the last sibling stands now.
    let ends = |index: usize| tree.line(index).is_some_and(|line| line.last & 2 != 0);
    let of_prod = tree.position(&Node::Object(key(&store(&objects()), "Cluster", "prod")));
    let of_archive = tree.position(&Node::Object(key(&store(&objects()), "Cluster", "archive")));
    assert_eq!(of_prod.map(ends), Some(false));
    assert_eq!(of_archive.map(ends), Some(true));
}

#[test]
fn a_sorted_tree_has_the_lines_of_one_that_is_not() {
    let mut store = store(&objects());
    store.apply(upserts("mgmt-tokyo", &whole_cluster("far")));
    for column in [Column::Name, Column::Health, Column::Age, Column::Replicas] {
        for faults_only in [false, true] {
            let options = |sort: Option<Sort>| TreeOptions {
                faults_only,
                sort,
                ..TreeOptions::default()
            };
            let lines = |sort: Option<Sort>| {
                let tree = Tree::build(&store, &options(sort), now());
                let mut nodes: Vec<(Node, u8)> =
                    tree.lines().map(|line| (line.node.clone(), line.depth)).collect();
                nodes.sort();
                (nodes, tree.hidden)
            };
            assert_eq!(lines(Some(Sort::by(column))), lines(None), "{column:?}");
        }
    }
}
