//! Groups of management clusters: their headings, and what folds with them.

use super::super::{Node, Tree, TreeOptions};
use crate::batch::Update;
use crate::filter::Filter;
use crate::fixtures::{cluster, mgmt, now, session, upserts};
use crate::health::Health;
use crate::session::{Connection, Session};
use crate::store::FleetStore;

fn in_group(name: &str, group: Option<&str>, connection: Connection) -> Update {
    let Update::Session(told) = session(name, connection) else {
        panic!("a session")
    };
    let told = Session {
        group: group.map(Into::into),
        ..Session::clone(&told)
    };
    Update::Session(told.into())
}

fn offline() -> Connection {
    Connection::Offline {
        why: "refused".to_owned(),
        retry_at: now(),
    }
}

/// Four management clusters with a cluster each; the groups are named in turns.
fn fleet() -> FleetStore {
    let mut store = FleetStore::default();
    for (name, group, connection) in [
        ("a", Some("prod"), Connection::Live),
        ("b", None, Connection::Live),
        ("c", Some("lab"), Connection::Live),
        ("d", Some("prod"), offline()),
    ] {
        store.apply(in_group(name, group, connection));
        store.apply(upserts(name, &[cluster(&format!("of-{name}"))]));
    }
    store
}

fn labels(tree: &Tree) -> Vec<String> {
    tree.lines()
        .filter(|line| line.depth < 2)
        .map(|line| super::label(&line))
        .collect()
}

fn built(options: &TreeOptions) -> Tree {
    Tree::build(&fleet(), options, now())
}

#[test]
fn a_group_stands_above_its_management_clusters_in_the_order_of_first_names() {
    let tree = built(&TreeOptions::default());
    let expected = [
        "[prod]",
        "a",
        "Cluster of-a",
        "d",
        "Cluster of-d",
        "[lab]",
        "c",
        "Cluster of-c",
        "[]",
        "b",
        "Cluster of-b",
    ];
    assert_eq!(labels(&tree), expected);
    // Without any group there is no heading; nor above one that is shown alone.
    let alone = TreeOptions {
        only: Some(mgmt("d")),
        ..TreeOptions::default()
    };
    assert_eq!(labels(&built(&alone)), ["d", "Cluster of-d"]);
    let mut store = FleetStore::default();
    store.apply(in_group("b", None, Connection::Live));
    let tree = Tree::build(&store, &TreeOptions::default(), now());
    assert_eq!(labels(&tree), ["b"]);
}

#[test]
fn a_group_is_found_folded_and_speaks_for_what_it_hides() {
    let mut options = TreeOptions::default();
    let prod = Node::Fleet(Some("prod".into()));
    let tree = built(&options);
    let (at, of_d) = (
        tree.position(&prod).unwrap(),
        tree.position(&Node::ManagementCluster(mgmt("d"))).unwrap(),
    );
    assert_eq!((at, tree.parent(of_d), tree.parent(at)), (0, Some(0), None));
    let lab = tree.position(&Node::Fleet(Some("lab".into()))).unwrap();
    assert_eq!(tree.below(at), 1..lab);
    assert_eq!(tree.below(of_d), of_d + 1..lab);
    assert_eq!(
        tree.node(tree.len() - 1)
            .map(|_| tree.below(tree.len() - 1).len()),
        Some(0)
    );
    options.toggled.insert(prod.clone());
    let folded = built(&options);
    assert_eq!(labels(&folded)[..3], ["[prod]", "[lab]", "c"]);
    // One of its management clusters is not reached.
    assert_eq!(folded.line(0).and_then(|line| line.below), Some(Health::Failed));
    // The heading of a group and a management cluster of the same name are not the same.
    assert_eq!(folded.position(&Node::ManagementCluster(mgmt("prod"))), None);
    assert_eq!(folded.position(&Node::Fleet(Some("c".into()))), None);
}

#[test]
fn a_filter_keeps_the_headings_of_what_it_finds() {
    let options = |filter: &str| TreeOptions {
        filter: Filter::parse(filter).unwrap(),
        ..TreeOptions::default()
    };
    assert_eq!(
        labels(&built(&options("group=prod"))),
        ["[prod]", "a", "Cluster of-a", "d", "Cluster of-d"]
    );
    assert_eq!(labels(&built(&options("of-c"))), ["[lab]", "c", "Cluster of-c"]);
    assert_eq!(built(&options("nowhere")).len(), 0);
    let faults = TreeOptions {
        faults_only: true,
        ..TreeOptions::default()
    };
    let mut store = FleetStore::default();
    for (name, group, connection) in [
        ("a", "prod", Connection::Live),
        ("c", "lab", Connection::Live),
        ("d", "prod", offline()),
    ] {
        store.apply(in_group(name, Some(group), connection));
    }
    assert_eq!(labels(&Tree::build(&store, &faults, now())), ["[prod]", "d"]);
}
