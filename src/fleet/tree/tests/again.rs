//! What is kept of a tree never shows: it is always the tree that would be built from nothing.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Layer, Line, Node, Tree, TreeOptions};
use crate::batch::{Batch, Change, Update};
use crate::filter::Filter;
use crate::fixtures::{
    condition, infrastructure_machine, mgmt, now, session, store, upserts, whole_cluster, with_layers,
};
use crate::session::{Connection, Session};
use crate::store::FleetStore;
use crate::summary::summarise;
use crate::table::{Column, Sort};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// Objects are told again, with something different in them.
    Change(Vec<(prop::sample::Index, usize)>),
    Delete(prop::sample::Index),
    Session(usize),
    Close,
    Toggle(prop::sample::Index),
    Filter(usize),
    FaultsOnly,
    Layer(usize),
    Grouping,
    Echo,
    Sort(usize),
    Only(bool),
    Namespace(bool),
    /// Seconds; now and then backwards.
    Time(i64),
}

const FILTERS: [&str; 21] = [
    "",
    "prod",
    "x7k2p",
    "4",
    "!4",
    "name!=prod",
    "ready!=true",
    "!other",
    "paused",
    "health=warning",
    "name=prod",
    "version<v1.32",
    "ready=false a",
    "age<10m",
    "kind=machine !b4x",
    "node=prod-cp-tn4rn",
    "-l site=b",
    "-f pm0",
    "PHASE=Running İ",
    "group=asia",
    "group!=asia age<2h",
];

const SORTED: [Column; 5] = [
    Column::Name,
    Column::Age,
    Column::Health,
    Column::Version,
    Column::Replicas,
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let index = any::<prop::sample::Index>;
    let step = prop_oneof![
        6 => prop::collection::vec((index(), 0..CHANGES), 1..4).prop_map(Step::Change),
        2 => index().prop_map(Step::Delete),
        1 => (0..6_usize).prop_map(Step::Session),
        1 => Just(Step::Close),
        3 => index().prop_map(Step::Toggle),
        3 => (0..FILTERS.len()).prop_map(Step::Filter),
        1 => Just(Step::FaultsOnly),
        3 => (0..Layer::ALL.len()).prop_map(Step::Layer),
        1 => Just(Step::Grouping),
        1 => Just(Step::Echo),
        2 => (0..SORTED.len()).prop_map(Step::Sort),
        1 => any::<bool>().prop_map(Step::Only),
        1 => any::<bool>().prop_map(Step::Namespace),
        3 => (-900..1200_i64).prop_map(Step::Time),
    ];
    prop::collection::vec(step, 1..40)
}

/// How many ways of being different there are.
const CHANGES: usize = 16;

/// Makes an object different in something that the tree depends on.
fn change(object: &mut Value, way: usize) {
    let conditions =
        |status: &str, reason: &str| json!([condition("Ready", status, reason, "something is wrong")]);
    match way {
        0 => object["status"]["conditions"] = conditions("False", "NotReady"),
        1 => object["status"]["conditions"] = conditions("Unknown", "ReadyUnknown"),
        2 => object["status"]["conditions"] = conditions("False", "HostsUnavailable"),
        3 => object["status"]["conditions"] = conditions("True", "Ready"),
        4 => object["metadata"]["creationTimestamp"] = json!("2026-08-21T11:50:00Z"),
        5 => object["metadata"]["deletionTimestamp"] = json!("2026-08-21T11:58:00Z"),
        6 => object["status"]["initialization"] = json!({}),
        7 => object["metadata"]["annotations"] = json!({ "cluster.x-k8s.io/paused": "" }),
        // It belongs to no cluster any more, but is referred to.
        8 => object["metadata"]["labels"] = json!({ "site": "b" }),
        9 => object["metadata"]["labels"] = json!({ "cluster.x-k8s.io/cluster-name": "other" }),
        10 => object["metadata"]["ownerReferences"] = json!([]),
        11 => object["status"]["nodeRef"] = Value::Null,
        12 => object["spec"]["version"] = json!("v1.33.0"),
        13 => object["spec"]["infrastructureRef"]["name"] = json!("shared"),
        14 => object["spec"]["bootstrap"]["configRef"]["name"] = json!("prod-md-0-79q9d-x7k2p"),
        _ => object["status"]["phase"] = json!("Paused"),
    }
}

fn told(which: usize) -> Update {
    let connection = match which {
        0 => Connection::Syncing { done: 1, total: 9 },
        1 => Connection::Connecting,
        2 => Connection::Denied { why: "no".to_owned() },
        _ => Connection::Live,
    };
    let update = session("mgmt-taipei", connection);
    match update {
        Update::Session(session) if which == 4 => {
            let denied = vec![fleetui_base::GroupKind::new(
                "infrastructure.cluster.x-k8s.io",
                "DevMachine",
            )];
            Update::Session(
                Session {
                    denied,
                    ..Session::clone(&session)
                }
                .into(),
            )
        }
        Update::Session(session) if which == 5 => {
            let skew = Some(jiff::SignedDuration::from_mins(-50));
            let group = Some("Asia".into());
            let session = Session::clone(&session);
            Update::Session(
                Session {
                    group,
                    skew,
                    ..session
                }
                .into(),
            )
        }
        other => other,
    }
}

/// The fleet, what is looked at, and when.
struct World {
    objects: Vec<Value>,
    store: FleetStore,
    options: TreeOptions,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        let mut objects = with_layers("prod");
        objects.extend(with_layers("other"));
        // Nobody's own, and referred to from both.
        let mut shared = infrastructure_machine("prod", "shared");
        shared["metadata"]["labels"] = json!({});
        shared["metadata"]["ownerReferences"] = json!([]);
        shared["status"]["conditions"] = json!([condition("Ready", "False", "NotReady", "no host")]);
        objects.push(shared);
        for object in &mut objects {
            if object["kind"] == "Machine"
                && object["metadata"]["name"]
                    .as_str()
                    .is_some_and(|name| name.ends_with("b4x8z"))
            {
                object["spec"]["infrastructureRef"]["name"] = json!("shared");
            }
        }
        let mut store = store(&objects);
        store.apply(session("mgmt-tokyo", Connection::Live));
        store.apply(upserts("mgmt-tokyo", &whole_cluster("far")));
        Self {
            objects,
            store,
            options: TreeOptions::default(),
            now: now(),
        }
    }

    fn step(&mut self, step: Step, tree: &Tree) {
        match step {
            Step::Change(changes) => {
                for (index, way) in changes {
                    let object = index.get(&self.objects);
                    let mut told = object.clone();
                    change(&mut told, way);
                    self.store.apply(upserts("mgmt-taipei", &[told]));
                }
            }
            Step::Delete(index) => {
                let mut rows: Vec<_> = self.store.rows(None).cloned().collect();
                rows.sort_by_key(|row| row.key());
                if !rows.is_empty() {
                    let row = index.get(&rows);
                    self.store.apply(Update::Objects(Batch {
                        management_cluster: row.management_cluster.clone(),
                        changes: vec![Change::Delete(row.key(), row.facts.uid.clone())],
                    }));
                }
            }
            Step::Session(which) => {
                self.store.apply(told(which));
            }
            Step::Close => {
                self.store.apply(Update::Closed(mgmt("mgmt-taipei")));
            }
            Step::Toggle(index) if !tree.is_empty() => {
                let node = tree.node(index.index(tree.len())).expect("a line");
                if !self.options.toggled.remove(&node) {
                    self.options.toggled.insert(node);
                }
            }
            Step::Toggle(_) => {}
            Step::Filter(which) => self.options.filter = Filter::parse(FILTERS[which]).expect("a filter"),
            Step::FaultsOnly => self.options.faults_only ^= true,
            Step::Layer(which) => {
                self.options.layers.toggle(Layer::ALL[which]);
            }
            Step::Grouping => self.options.grouping ^= true,
            Step::Echo => self.options.echo ^= true,
            Step::Sort(which) => self.options.sort = Some(Sort::then(self.options.sort, SORTED[which])),
            Step::Only(only) => self.options.only = only.then(|| mgmt("mgmt-taipei")),
            Step::Namespace(only) => self.options.namespace = only.then(|| "default".into()),
            Step::Time(seconds) => {
                self.now = self
                    .now
                    .checked_add(SignedDuration::from_secs(seconds))
                    .expect("a time");
            }
        }
    }

    /// Everything that can be seen of a tree.
    fn content(tree: &Tree) -> (Vec<Line>, usize, Vec<crate::summary::Summary>) {
        let summaries = ["mgmt-taipei", "mgmt-tokyo"].map(|name| tree.summary(&mgmt(name)));
        (tree.lines().collect(), tree.hidden, summaries.to_vec())
    }

    /// Objects that the filter asks for, found one by one.
    fn wanted(&self) -> Vec<Node> {
        let Some(filter) = &self.options.filter else {
            return Vec::new();
        };
        let rows = self.store.rows(None);
        let all = TreeOptions {
            filter: Filter::parse("name!=nothing").expect("a filter"),
            ..self.options.clone()
        };
        let all = Tree::build(&self.store, &all, self.now);
        let wanted = |line: &Line| {
            let row = line
                .row
                .as_ref()
                .filter(|_| !matches!(line.node, Node::Beside(..)))?;
            let faulty = !self.options.faults_only || line.verdict.health.is_fault();
            let session = self.store.session(&row.management_cluster);
            let group = session.and_then(|session| session.group.as_deref());
            let now = self.store.time_of(&row.management_cluster, self.now);
            let found = filter.is_of_group(group) && filter.matches(row, &line.verdict, now);
            (faulty && found).then(|| line.node.clone())
        };
        assert!(all.len() <= rows.count() + 40);
        all.lines().filter_map(|line| wanted(&line)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_that_is_built_on_keeps_up_with_one_that_is_built_anew(
        steps in steps(),
        shares in prop::collection::vec((prop::collection::vec(0..40_usize, 0..3), prop::bool::weighted(0.8)), 1..8),
    ) {
        let mut world = World::new();
        let mut tree = Tree::build(&world.store, &world.options, world.now);
        for (step, (shares, is_shown)) in steps.into_iter().zip(shares.iter().cycle()) {
            world.step(step.clone(), &tree);
            // What is prepared is not seen, and whatever happens meanwhile is not missed.
            let seen = World::content(&tree);
            for lines in shares {
                tree.prepare(&world.store, &world.options, world.now, *lines);
            }
            prop_assert_eq!(World::content(&tree), seen);
            if !is_shown {
                continue;
            }
            let before = tree;
            tree = before.again(&world.store, &world.options, world.now);
            let fresh = Tree::build(&world.store, &world.options, world.now);
            prop_assert_eq!(World::content(&tree), World::content(&fresh), "after {:?}", step);
            for name in ["mgmt-taipei", "mgmt-tokyo"] {
                prop_assert_eq!(tree.summary(&mgmt(name)), summarise(&world.store, Some(&mgmt(name)), world.now));
            }
            for (index, line) in tree.lines().enumerate() {
                prop_assert_eq!(tree.position(&line.node), Some(index));
            }
            for (index, line) in before.lines().enumerate() {
                let nearest = tree.nearest(&before, &line.node);
                prop_assert!(nearest.is_some() || tree.is_empty(), "nothing is near line {} {:?}", index, line.node);
            }
            let wanted = world.wanted();
            for node in &wanted {
                prop_assert!(tree.position(node).is_some(), "{:?} matches {:?}", node, world.options.filter);
            }
            let first = world.options.filter.as_ref().and_then(|filter| tree.find(filter, world.now));
            if !world.options.faults_only {
                prop_assert_eq!(first.and_then(|first| tree.node(first)), wanted.first().cloned());
                let parents = (0..tree.len()).filter_map(|index| tree.parent(index)).collect::<Vec<_>>();
                let leaves = tree.lines().enumerate().filter(|(index, line)| {
                    matches!(line.node, Node::Object(_)) && !parents.contains(index)
                });
                for (_, line) in leaves.filter(|_| world.options.filter.is_some()) {
                    prop_assert!(wanted.contains(&line.node), "{:?} does not match {:?}", line.node, world.options.filter);
                }
            }
        }
    }
}

#[test]
fn a_tree_is_prepared_by_shares_until_nothing_is_left() {
    let mut world = World::new();
    let mut tree = Tree::build(&world.store, &world.options, world.now);
    assert!(
        tree.prepare(&world.store, &world.options, world.now, 1),
        "nothing has changed"
    );
    for name in ["one", "two", "three"] {
        world.store.apply(upserts("mgmt-taipei", &whole_cluster(name)));
    }
    let seen = World::content(&tree);
    let shares = (1..10).find(|_| tree.prepare(&world.store, &world.options, world.now, 1));
    assert_eq!(shares, Some(3), "a cluster a share");
    assert_eq!(World::content(&tree), seen);
    let fresh = Tree::build(&world.store, &world.options, world.now);
    let tree = tree.again(&world.store, &world.options, world.now);
    assert_eq!(World::content(&tree), World::content(&fresh));
}
