//! Tables of what is typed and what it finds.

use proptest::prelude::ProptestConfig;
use serde_json::json;

use super::Filter;
use crate::fixtures::{cluster, control_plane, deployment, machine, now, row, set, with};
use crate::health::{Verdict, verdict};
use crate::row::Row;
use crate::store::FleetStore;

fn rows() -> Vec<std::sync::Arc<Row>> {
    let mut pending = machine("prod", ("MachineSet", "prod-md-0-79q9d"), "prod-md-0-79q9d-x7k2p");
    set(&mut pending, "/status/phase", json!("Pending"));
    set(&mut pending, "/status/nodeRef", json!(null));
    set(&mut pending, "/spec/version", json!("v1.30.9"));
    set(
        &mut pending,
        "/metadata/creationTimestamp",
        json!("2026-08-21T11:30:00Z"),
    );
    set(&mut pending, "/metadata/labels/site", json!("b"));
    set(
        &mut pending,
        "/status/conditions/1",
        crate::fixtures::condition("Ready", "False", "NotReady", "No free host matches site=b"),
    );
    let objects = [
        cluster("prod"),
        with(
            control_plane("prod", 3),
            &[("/metadata/annotations", json!({ "cluster.x-k8s.io/paused": "" }))],
        ),
        deployment("prod", "prod-md-0", 2),
        pending,
        with(
            machine("lab", ("MachineSet", "lab-md"), "lab-md-1"),
            &[("/metadata/namespace", json!("team-b"))],
        ),
    ];
    objects.iter().map(|object| row("mgmt-taipei", object)).collect()
}

fn found(filter: &str) -> Vec<String> {
    let filter = Filter::parse(filter).expect(filter).expect(filter);
    let store = FleetStore::default();
    let matching = rows()
        .into_iter()
        .filter(|row| filter.matches_listed(row, &verdict(row, &store, now()), now()));
    matching.map(|row| row.facts.object.name.to_string()).collect()
}

#[test]
fn what_is_typed_finds_rows() {
    let pending = ["prod-md-0-79q9d-x7k2p"].as_slice();
    let cases = [
        ("x7k2p", pending),
        ("X7K2P", pending),
        ("no free host", pending),
        ("\"site=b\"", pending),
        ("team-b", &["lab-md-1"]),
        ("!prod", &["lab-md-1"]),
        ("prod !md", &["prod", "prod-cp"]),
        ("pending", pending),
        ("ready=false", pending),
        ("ready!=true", &["prod-md-0-79q9d-x7k2p"]),
        ("phase=running kind=ma", &["lab-md-1"]),
        ("kind=md", &["prod-md-0"]),
        ("kind=KubeadmControlPlane", &["prod-cp"]),
        ("ns=team-b", &["lab-md-1"]),
        ("ns!=default", &["lab-md-1"]),
        ("mgmt=mgmt-taipei kind=cl", &["prod"]),
        ("mgmt=mgmt-tokyo", &[]),
        ("taipei kind=cl", &["prod"]),
        ("management=mgmt-taipei state=running kind=ma", &["lab-md-1"]),
        ("machine=lab-md-1 owner=lab-md", &["lab-md-1"]),
        ("cluster=lab", &["lab-md-1"]),
        ("name=prod", &["prod"]),
        ("node=lab-md-1", &["lab-md-1"]),
        ("version<v1.31", pending),
        ("version=v1.30", pending),
        ("version>=1.31.2 kind=ma", &["lab-md-1"]),
        ("version>v1.31", &[]),
        ("age<2h", pending),
        ("age>2h kind=ma", &["lab-md-1"]),
        ("age>1d", &[]),
        ("health=paused", &["prod-cp"]),
        ("paused=true", &["prod-cp"]),
        ("paused=false kind=cl", &["prod"]),
        ("-l site=b", pending),
        ("-l site", pending),
        ("-l site!=b kind=ma", &["lab-md-1"]),
        ("-l !site kind=ma", &["lab-md-1"]),
        ("-l cluster.x-k8s.io/cluster-name=lab", &["lab-md-1"]),
        ("-l site=b,tier=1", &[]),
        ("-l site in (a,b)", pending),
        ("-l site in (a, b) kind=ma", pending),
        ("-l 'site in (b)'", pending),
        ("-l site in (a,c)", &[]),
        ("-l site notin (b,c) kind=ma", &["lab-md-1"]),
        ("-l site,site notin(a),site in (b) kind=ma", pending),
        ("-f pmd0", &["prod-md-0", "prod-md-0-79q9d-x7k2p"]),
        ("-f PMD0X kind=ma", pending),
        ("-f pzd", &[]),
    ];
    for (typed, expected) in cases {
        assert_eq!(found(typed), expected, "{typed}");
    }
}

#[test]
fn nothing_is_no_filter() {
    assert_eq!(Filter::parse("").expect("empty"), None);
    assert_eq!(Filter::parse("  ").expect("spaces"), None);
    assert_eq!(
        Filter::parse(" a  b ").expect("text").expect("a filter").text(),
        "a  b"
    );
}

#[test]
fn what_cannot_be_meant_says_what_can() {
    let cases = [
        (
            "colour=red",
            "no column colour; there are age, agent, arch, class, cluster, cpu, group, health, kind, machine, memory, mgmt, name, node, ns, owner, paused, phase, ready, state, version, zone. A label is -l colour=…; quote a text that contains such a sign",
        ),
        ("ready=maybe", "ready is one of true, false, unknown"),
        ("ready=", "ready is one of true, false, unknown"),
        (
            "health=ill",
            "health is one of good, paused, progressing, unknown, warning, failed",
        ),
        ("phase<Running", "phase can be compared with = and != only"),
        (
            "version<new",
            "version is compared with a version such as v1.31 or v1.31.2",
        ),
        (
            "age<2",
            "age is compared with a duration such as 90s, 15m, 2h, 3d or 1d12h",
        ),
        ("age=2h", "age is compared with < or >: age<2h"),
        ("-l", "-l needs a label: -l key=value, -l key or -l '!key'"),
        ("-l =b", "-l needs a label: -l key=value, -l key or -l '!key'"),
        (
            "-l site in (a,b",
            "\"site in (a,b\" is no set; it is written: -l 'key in (a,b)'",
        ),
        (
            "-l 'site of (a)'",
            "\"site of (a)\" is no set; it is written: -l 'key in (a,b)'",
        ),
        (
            "-l site=b,c=d=e",
            "\"d=e\" cannot be a label's value; labels are separated by commas: -l a=b,c=d",
        ),
        (
            "-l machine-template-hash=1",
            "the label machine-template-hash is not kept in lists; use cluster=, kind= or a text instead",
        ),
        ("!", "! needs a text right behind it"),
        ("ns=", "ns needs a value: ns=…"),
        ("-f", "-f needs letters that the name has in this order: -f pmd0"),
    ];
    for (typed, expected) in cases {
        assert_eq!(
            Filter::parse(typed).expect_err(typed).to_string(),
            expected,
            "{typed}"
        );
    }
}

#[test]
fn what_is_still_being_typed_takes_nothing_away() {
    for (typed, complete) in [
        ("x7k2p age<", Some("x7k2p")),
        ("age< x7k2p", Some("x7k2p")),
        ("kind=ma ready=f", Some("kind=ma")),
        ("age<", None),
        ("-l", None),
    ] {
        let (filter, lacking) = Filter::read(typed);
        assert!(lacking.is_some(), "{typed}");
        let store = FleetStore::default();
        let found_by = |filter: Option<&Filter>| {
            rows()
                .iter()
                .filter(|row| {
                    filter.is_none_or(|filter| filter.matches(row, &verdict(row, &store, now()), now()))
                })
                .count()
        };
        let complete = complete.map(|text| Filter::parse(text).expect(text).expect(text));
        assert_eq!(found_by(filter.as_ref()), found_by(complete.as_ref()), "{typed}");
    }
}

#[test]
fn names_of_management_clusters_match_texts_only() {
    let matches = |typed: &str| {
        Filter::parse(typed)
            .expect(typed)
            .expect(typed)
            .matches_text("mgmt-Taipei")
    };
    assert!(matches("taipei") && matches("!tokyo"));
    assert!(!matches("tokyo") && !matches("taipei ready=false"));
}

#[test]
fn text_beyond_ascii_is_found_in_any_case() {
    let mut object = cluster("prod");
    set(&mut object, "/status/phase", json!("ÜBERGANG 東京"));
    let row = row("a", &object);
    let good = Verdict::new(crate::health::Health::Good, "");
    for typed in ["übergang", "東京", "gang"] {
        let filter = Filter::parse(typed).expect(typed).expect(typed);
        assert!(filter.matches(&row, &good, now()), "{typed}");
    }
}

proptest::proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_parsing_fail_otherwise_than_with_words(typed in ".*") {
        if let Ok(Some(filter)) = Filter::parse(&typed) {
            let row = row("a", &cluster("prod"));
            filter.matches(&row, &Verdict::new(crate::health::Health::Good, ""), now());
        }
    }
}

#[test]
fn a_group_is_asked_of_the_management_cluster() {
    let filter = |text: &str| Filter::parse(text).expect(text).expect(text);
    assert!(filter("group=ASIA x7k2p").is_of_group(Some("Asia")));
    assert!(!filter("group=asia").is_of_group(Some("europe")));
    assert!(!filter("group=asia").is_of_group(None));
    assert!(filter("group!=asia").is_of_group(None));
    assert!(filter("x7k2p").is_of_group(None));
    assert_eq!(found("group=asia x7k2p"), ["prod-md-0-79q9d-x7k2p"]);
    assert!(filter("group=asia").matches_text("mgmt-lab"));
    assert!(Filter::parse("group=").is_err() && Filter::parse("group<asia").is_err());
}
