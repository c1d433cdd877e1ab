//! What tables hold, in which order, and what they say of what they hide.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::filter::Filter;
use crate::fixtures::{cluster, condition, mgmt, now, session, set, store, upserts, whole_cluster};
use crate::health::Health;
use crate::session::Connection;

fn fleet() -> FleetStore {
    let mut objects = whole_cluster("prod");
    for object in &mut objects {
        if object["metadata"]["name"] == "prod-cp-tn4rn" && object["kind"] == "Machine" {
            set(
                object,
                "/status/conditions",
                json!([condition("Ready", "False", "NodeDeleted", "the node is gone")]),
            );
            set(
                object,
                "/metadata/creationTimestamp",
                json!("2026-08-21T11:00:00Z"),
            );
        }
    }
    let mut store = store(&objects);
    store.apply(upserts("mgmt-tokyo", &whole_cluster("prod")));
    store
}

fn names(table: &Table) -> Vec<String> {
    let rows = table.rows.iter();
    rows.map(|row| format!("{}/{}", row.row.management_cluster, row.row.facts.object.name))
        .collect()
}

fn machines() -> TableOptions {
    TableOptions::new(Flat::Machines)
}

#[test]
fn anchor_11_every_row_says_where_it_is_and_equal_names_do_not_mix() {
    let table = Table::build(&fleet(), &machines(), now());
    assert_eq!(table.rows.len(), 6);
    let prod = |row: &&TableRow| row.row.facts.object.name == "prod-cp-tn4rn";
    let places: Vec<_> = table
        .rows
        .iter()
        .filter(prod)
        .map(|row| {
            (
                Column::ManagementCluster.text(row).into_owned(),
                row.verdict.health,
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("mgmt-taipei".to_owned(), Health::Failed),
            ("mgmt-tokyo".to_owned(), Health::Good)
        ]
    );
}

#[test]
fn one_management_cluster_one_namespace_and_a_filter_are_kept_apart() {
    let fleet = fleet();
    let only = TableOptions {
        only: Some(mgmt("mgmt-tokyo")),
        ..machines()
    };
    assert_eq!(Table::build(&fleet, &only, now()).rows.len(), 3);
    let elsewhere = TableOptions {
        namespace: Some("team-b".into()),
        ..machines()
    };
    assert!(Table::build(&fleet, &elsewhere, now()).rows.is_empty());
    let faults = TableOptions {
        faults_only: true,
        ..machines()
    };
    let table = Table::build(&fleet, &faults, now());
    assert_eq!((table.rows.len(), table.hidden), (1, 5));
    let filtered = TableOptions {
        filter: Filter::parse("mgmt=mgmt-taipei gone").unwrap(),
        ..machines()
    };
    let table = Table::build(&fleet, &filtered, now());
    assert_eq!(names(&table), ["mgmt-taipei/prod-cp-tn4rn"]);
    assert_eq!(table.hidden, 5);
}

#[test]
fn anchor_94_a_cluster_shows_the_version_and_the_counters_of_what_it_is_made_of() {
    let fleet = fleet();
    let table = Table::build(&fleet, &TableOptions::new(Flat::Clusters), now());
    let tree = crate::tree::Tree::build(&fleet, &crate::tree::TreeOptions::default(), now());
    for row in &table.rows {
        let line = tree
            .lines()
            .find(|line| line.row.as_ref().is_some_and(|other| other.key() == row.key()))
            .unwrap();
        assert_eq!((row.replicas, &row.version), (line.replicas, &line.version));
        assert_eq!(row.verdict, line.verdict);
    }
}

#[test]
fn sorting_again_turns_the_order_round_and_what_has_nothing_stands_last() {
    let mut objects = vec![cluster("a"), cluster("b"), cluster("c"), cluster("d")];
    for (object, version) in objects.iter_mut().zip(["v1.9.3", "v1.31.0-rc.1", "v1.31.0"]) {
        set(
            object,
            "/spec/topology",
            json!({"class": "small", "version": version}),
        );
    }
    let store = store(&objects);
    let by = |sort: Sort| {
        let options = TableOptions {
            sort: Some(sort),
            ..TableOptions::new(Flat::Clusters)
        };
        let table = Table::build(&store, &options, now());
        table
            .rows
            .iter()
            .map(|row| row.row.facts.object.name.to_string())
            .collect::<Vec<_>>()
    };
    let once = Sort::then(None, Column::Version);
    let twice = Sort::then(Some(once), Column::Version);
    assert_eq!(by(once), ["a", "b", "c", "d"]);
    assert_eq!(by(twice), ["c", "b", "a", "d"]);
    assert_eq!(Sort::then(Some(twice), Column::Version), once);
    assert_eq!(Sort::then(Some(twice), Column::Age), Sort::by(Column::Age));
    // All were created at the same time: they stay in the order of their names.
    assert_eq!(by(Sort::by(Column::Age)), ["a", "b", "c", "d"]);
}

#[test]
fn the_worst_and_the_youngest_stand_first() {
    let fleet = fleet();
    for column in [Column::Health, Column::Age] {
        let options = TableOptions {
            sort: Some(Sort::by(column)),
            ..machines()
        };
        let table = Table::build(&fleet, &options, now());
        assert_eq!(names(&table)[0], "mgmt-taipei/prod-cp-tn4rn", "{column:?}");
    }
}

#[test]
fn anchor_5_columns_are_chosen_by_name_and_look_into_objects() {
    let shape = Shape::parse("name, AGE,Zone:.metadata.labels['topology.kubernetes.io/zone'],name").unwrap();
    assert_eq!(shape.columns, [Column::Name, Column::Age, Column::Custom(0)]);
    assert_eq!(shape.title(Column::Custom(0)), "ZONE");
    assert_eq!(shape.named("zone"), Some(Column::Custom(0)));
    // Beside those that there are already it keeps its number, and is known by its title.
    let both = Shape::parse_among("RACK:.metadata.labels.rack,zone", shape.custom.clone()).unwrap();
    assert_eq!(both.columns, [Column::Custom(1), Column::Custom(0)]);
    assert_eq!(
        Shape::parse_among(
            "ZONE:.metadata.labels['topology.kubernetes.io/zone']",
            both.custom.clone()
        )
        .unwrap()
        .custom,
        both.custom
    );
    let unknown = Shape::parse("name,colour").unwrap_err().to_string();
    assert!(
        unknown.contains("no column colour") && unknown.contains("provider-id"),
        "{unknown}"
    );
    let wrong = Shape::parse("Z:zone").unwrap_err().to_string();
    assert!(wrong.contains("begins with a dot"), "{wrong}");

    let mut object = cluster("prod");
    set(
        &mut object,
        "/metadata/labels",
        json!({"topology.kubernetes.io/zone": "b"}),
    );
    let json = fleetui_api::json::Json::from(&object);
    let row = Row::of(mgmt("mgmt-taipei"), &json).looking_up(&shape.paths(), &json);
    let row = TableRow {
        row: Arc::new(row),
        verdict: Verdict::new(Health::Good, ""),
        replicas: None,
        version: None,
        ahead: jiff::SignedDuration::ZERO,
    };
    assert_eq!(Column::Custom(0).text(&row), "b");
    assert_eq!(Column::Custom(1).text(&row), "");
}

#[test]
fn letters_and_titles_are_unique_and_every_sort_has_a_name_of_its_own() {
    let mut letters: Vec<char> = COLUMNS.iter().map(|(_, letter)| *letter).collect();
    let mut titles: Vec<&str> = COLUMNS.iter().map(|(column, _)| column.title()).collect();
    let mut words: Vec<&str> = Flat::ALL.iter().flat_map(|flat| flat.names()).copied().collect();
    for flat in Flat::ALL {
        assert_eq!(Flat::named(flat.names()[0]), Some(flat));
        assert!(flat.columns().contains(&Column::ManagementCluster), "{flat:?}");
    }
    let counts = (letters.len(), titles.len(), words.len());
    letters.sort_unstable();
    letters.dedup();
    titles.sort_unstable();
    titles.dedup();
    words.sort_unstable();
    words.dedup();
    assert_eq!(counts, (letters.len(), titles.len(), words.len()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Whatever hides rows, those that are seen and those that are hidden are all of them.
    #[test]
    fn anchor_100_what_is_hidden_is_counted(text in "[a-z0-9]{1,3}", faults in any::<bool>(), inverse in any::<bool>()) {
        let fleet = fleet();
        let all = Table::build(&fleet, &machines(), now()).rows.len();
        let text = if inverse { format!("!{text}") } else { text };
        let options = TableOptions { filter: Filter::parse(&text).unwrap(), faults_only: faults, ..machines() };
        let table = Table::build(&fleet, &options, now());
        prop_assert_eq!(table.rows.len() + table.hidden, all);
    }

    /// In whatever order objects came, every order is the same, and no row is lost in it.
    #[test]
    fn the_order_is_the_same_whatever_came_first(order in Just((0..24_usize).collect::<Vec<_>>()).prop_shuffle(), column in 0..COLUMNS.len()) {
        let objects: Vec<_> = (0..24).map(|index| {
            let mut object = cluster(&format!("c{index}"));
            set(&mut object, "/metadata/creationTimestamp", json!(format!("2026-08-21T0{}:00:00Z", index % 3)));
            set(&mut object, "/status/phase", json!(["Provisioned", "Pending", ""][index % 3]));
            object
        }).collect();
        let shuffled: Vec<_> = order.iter().map(|index| objects[*index].clone()).collect();
        let options = TableOptions { sort: Some(Sort::by(COLUMNS[column].0)), ..TableOptions::new(Flat::Clusters) };
        let (one, other) = (Table::build(&store(&objects), &options, now()), Table::build(&store(&shuffled), &options, now()));
        prop_assert_eq!(names(&one), names(&other));
        prop_assert_eq!(one.rows.len(), 24);
    }
}

#[test]
fn groups_and_clocks_are_those_of_the_management_cluster() {
    let mut store = store(&whole_cluster("prod"));
    let skew = jiff::SignedDuration::from_hours(21);
    if let crate::batch::Update::Session(mut told) = session("mgmt-tokyo", Connection::Live) {
        let session = Arc::make_mut(&mut told);
        (session.group, session.skew) = (Some("Asia".into()), Some(skew));
        store.apply(crate::batch::Update::Session(told));
    }
    store.apply(upserts("mgmt-tokyo", &whole_cluster("far")));
    let found = |filter: &str| {
        let options = TableOptions {
            filter: Filter::parse(filter).expect("a filter"),
            ..TableOptions::new(Flat::Clusters)
        };
        let table = Table::build(&store, &options, now());
        let names = table.rows.iter().map(|row| row.row.facts.object.name.to_string());
        (names.collect::<Vec<_>>(), table.hidden)
    };
    assert_eq!(found("group=asia"), (vec!["far".to_owned()], 1));
    assert_eq!(found("age>20h"), (vec!["far".to_owned()], 1));
    let options = TableOptions::new(Flat::Clusters);
    let table = Table::build(&store, &options, now());
    let ages: Vec<_> = table
        .rows
        .iter()
        .filter_map(Column::created)
        .map(|created| now().duration_since(created))
        .collect();
    assert_eq!(ages[1] - ages[0], skew);
}
