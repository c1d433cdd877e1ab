//! Paths and what they find; nonsense.

use serde_json::json;

use super::*;

fn object() -> Value {
    json!({
        "metadata": {
            "name": "prod-eu",
            "labels": {"cluster.x-k8s.io/cluster-name": "prod", "plain": "yes"},
            "ownerReferences": [{"kind": "Cluster", "name": "c1"}, {"kind": "ClusterClass", "name": "cc1"}],
        },
        "spec": {"replicas": 3, "ports": [80, 443, 8080]},
        "status": {"conditions": [
            {"type": "Ready", "status": "True", "weight": 2},
            {"type": "Available", "status": "False", "weight": 5, "note": "says \"no\""},
            {"type": "Available", "status": "Unknown", "weight": 1},
        ]},
    })
}

#[test]
fn paths_find_what_kubectl_finds() {
    let object = object();
    let cases: [(&str, Value); 31] = [
        (".spec.replicas", json!([3])),
        ("spec.replicas", json!([3])),
        ("{.spec.replicas}", json!([3])),
        ("$.spec.replicas", json!([3])),
        (".spec['replicas']", json!([3])),
        (".spec[\"replicas\"]", json!([3])),
        (".spec.missing.deeper", json!([])),
        (
            ".metadata.labels['cluster\\.x-k8s\\.io/cluster-name']",
            json!(["prod"]),
        ),
        (
            ".metadata.labels.cluster\\.x-k8s\\.io/cluster-name",
            json!(["prod"]),
        ),
        (
            ".metadata.labels['cluster.x-k8s.io/cluster-name']",
            json!(["prod"]),
        ),
        (".status.conditions[?(@.type==\"Ready\")].status", json!(["True"])),
        (".status.conditions[?(@.type=='Ready')].status", json!(["True"])),
        (
            ".status.conditions[?(@.type == \"Available\")].status",
            json!(["False", "Unknown"]),
        ),
        (
            ".status.conditions[?(@.type!=\"Ready\")].status",
            json!(["False", "Unknown"]),
        ),
        (
            ".status.conditions[?(@.weight>1)].status",
            json!(["True", "False"]),
        ),
        (
            ".status.conditions[?(@.weight<=2)].status",
            json!(["True", "Unknown"]),
        ),
        (".status.conditions[?(@.weight>=5)].status", json!(["False"])),
        (".status.conditions[?(@.note)].status", json!(["False"])),
        (
            ".status.conditions[?(@.note==\"says \\\"no\\\"\")].weight",
            json!([5]),
        ),
        (".status.conditions[?(@.type==\"Nothing\")].status", json!([])),
        (
            ".metadata.ownerReferences[?(@.kind==\"ClusterClass\")].name",
            json!(["cc1"]),
        ),
        (".spec.ports[0]", json!([80])),
        (".spec.ports[-1]", json!([8080])),
        (".spec.ports[9]", json!([])),
        (".spec.ports[0:2]", json!([80, 443])),
        (".spec.ports[1:]", json!([443, 8080])),
        (".spec.ports[::2]", json!([80, 8080])),
        (".spec.ports[0,2]", json!([80, 8080])),
        (".spec.ports[*]", json!([80, 443, 8080])),
        ("..weight", json!([2, 5, 1])),
        (".status.conditions.*.weight", json!([2, 5, 1])),
    ];
    for (path, expected) in cases {
        let parsed = JsonPath::parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let found: Vec<Value> = parsed.find(&object).into_iter().cloned().collect();
        assert_eq!(Value::Array(found), expected, "{path}");
    }
}

#[test]
fn only_plain_fields_can_be_written_to() {
    assert_eq!(
        JsonPath::parse(".spec.replicas").unwrap().fields(),
        Some(vec!["spec", "replicas"])
    );
    assert_eq!(JsonPath::parse(".spec.ports[0]").unwrap().fields(), None);
}

#[test]
fn nonsense_is_an_error_and_never_a_panic() {
    let broken = [
        ".spec[",
        ".a[?(@.b",
        ".a['b",
        ".a]b",
        ".a[?@.b==1]",
        ".a[x]",
        ".a[1:2:3:4]",
        "{.a",
        ".a\\",
        ".a.(b)",
        "[",
        "[]",
        "['']x",
        ".a[?(@.b[?(@.c[?(@.d[?(@.e[?(@.f[?(@.g[?(@.h[?(@.i[?(@.j[?(@.k)])])])])])])])])])]",
    ];
    for path in broken {
        assert!(JsonPath::parse(path).is_err(), "{path}");
    }
    let object = object();
    for odd in [
        "",
        ".",
        "$",
        "..",
        "....",
        ".*.*.*.*",
        ".a[?()]",
        ".spec.ports[-9]",
        ".spec.ports[5:1:-1]",
        "é[\"ü\"]",
        "{}",
    ] {
        if let Ok(path) = JsonPath::parse(odd) {
            let _ = path.find(&object);
        }
    }
}

#[test]
fn a_hostile_path_stops() {
    let object = json!(vec![vec![vec![1; 20]; 20]; 20]);
    let path = JsonPath::parse("..[*]..[*]..[*]..[*]..[*]").unwrap();
    assert!(path.find(&object).len() <= MOST_RESULTS);
}

#[test]
fn filters_in_filters_and_long_unions_stop() {
    let deep = (0..64).fold(json!(1), |inside, _| json!([inside]));
    let filters = format!("{}@.x{}", "..[?(".repeat(8), ")]".repeat(8)).replace("(..", "(@..");
    assert!(JsonPath::parse(&filters).unwrap().find(&deep).is_empty());
    let wide = json!({ "a": vec![1; 10_000] });
    let union = format!(".a[{}]", vec!["0:"; 10_000].join(","));
    let mut visits = Visits(MOST_VISITS);
    let found = JsonPath::parse(&union).unwrap().search(&wide, &mut visits);
    assert_eq!((found.len(), visits.0), (MOST_RESULTS, 0));
}

#[test]
fn whatever_is_written_does_not_panic() {
    use rand::rngs::SmallRng;
    use rand::seq::IndexedRandom as _;
    use rand::{Rng as _, SeedableRng as _};
    const PARTS: [&str; 27] = [
        ".",
        "..",
        "[",
        "]",
        "(",
        ")",
        "?(",
        "@",
        "$",
        "{",
        "}",
        "*",
        ",",
        ":",
        "'",
        "\"",
        "\\",
        "==",
        "<",
        "-1",
        "0",
        "99999999999999999999",
        " ",
        "spec",
        "conditions",
        "é",
        "type",
    ];
    let object = object();
    let mut random = SmallRng::seed_from_u64(7);
    let mut understood = 0;
    for _ in 0..50_000 {
        let length = random.random_range(0..14);
        let text: String = (0..length)
            .filter_map(|_| PARTS.choose(&mut random))
            .copied()
            .collect();
        if let Ok(path) = JsonPath::parse(&text) {
            understood += 1;
            assert!(path.find(&object).len() <= MOST_RESULTS, "{text}");
        }
    }
    assert!(understood > 500, "only {understood} were paths at all");
}
