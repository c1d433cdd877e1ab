//! Whatever the objects of a fleet say, every question about them gets an answer.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::detail::detail;
use crate::edit::{Field, plan, version_candidates};
use crate::filter::Filter;
use crate::fixtures::{now, store, whole_cluster};
use crate::health::verdict;
use crate::summary::summarise;
use crate::tree::{Tree, TreeOptions};

/// Fields that answers depend on.
const FIELDS: [&str; 24] = [
    "/metadata/creationTimestamp",
    "/metadata/deletionTimestamp",
    "/metadata/generation",
    "/metadata/annotations",
    "/metadata/labels",
    "/metadata/ownerReferences",
    "/spec",
    "/spec/replicas",
    "/spec/version",
    "/spec/template/spec/version",
    "/spec/topology",
    "/spec/clusterName",
    "/spec/infrastructureRef",
    "/status",
    "/status/replicas",
    "/status/availableReplicas",
    "/status/observedGeneration",
    "/status/initialization",
    "/status/conditions",
    "/status/conditions/0",
    "/status/conditions/0/message",
    "/status/conditions/0/status",
    "/status/conditions/0/lastTransitionTime",
    "/status/versions",
];

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!(i64::MAX)),
        Just(json!(i64::MIN)),
        ".{0,40}".prop_map(Value::from),
        "[v*: \n.0-9a-z]{0,40}".prop_map(Value::from),
        prop::sample::select(vec!["True", "False", "Unknown"]).prop_map(Value::from),
        Just(json!("-009999-01-02T01:59:59Z")),
        Just(json!("9999-12-30T22:00:00Z")),
        Just(json!(
            "v18446744073709551615.18446744073709551615.18446744073709551615"
        )),
        Just(json!({ "cluster.x-k8s.io/paused": "", "topology.cluster.x-k8s.io/owned": "" })),
        Just(
            json!({ "version": "v1.31.2", "workers": { "machineDeployments": [{}, { "name": "a", "replicas": -1 }] } })
        ),
        Just(json!([{ "type": "Ready", "status": "False", "severity": "Error", "message": "* :\n  * \n*" }])),
        Just(json!([{ "version": "v1.31.2" }, { "version": "x" }])),
    ]
}

/// Writes where there is something to write to.
fn write(object: &mut Value, pointer: &str, value: Value) {
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        return;
    };
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.insert(key.to_owned(), value);
        }
        Some(Value::Array(list)) => {
            if let Some(place) = key.parse::<usize>().ok().and_then(|index| list.get_mut(index)) {
                *place = value;
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_question_gets_an_answer(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(FIELDS.to_vec()), values()), 0..30),
        typed in "[-+v.0-9a-z]{0,8}",
    ) {
        let mut objects = whole_cluster("prod");
        let count = objects.len();
        for (index, pointer, value) in changes {
            write(&mut objects[index.index(count)], pointer, value);
        }
        let store = store(&objects);
        let filter = Filter::parse("age<2h version>=v1.30 !x ready=false").expect("a filter");
        for filter in [None, filter] {
            let options = TreeOptions { filter, echo: true, layers: crate::tree::Layer::ALL.into_iter().collect(), ..TreeOptions::default() };
            prop_assert!(Tree::build(&store, &options, now()).len() <= 2 * count + 4);
        }
        let summary = summarise(&store, None, now());
        prop_assert!(summary.machines.all <= 3 && summary.clusters.all <= 1);
        for row in store.rows(None) {
            let verdict = verdict(row, &store, now());
            prop_assert!(!verdict.line.contains('\n'), "{:?}", verdict.line);
            prop_assert!(verdict.line.chars().count() < 400);
            prop_assert!(detail(&store, &row.key(), now()).is_some());
            for field in [Field::Replicas, Field::Version] {
                if let Ok(change) = plan(&store, &row.key(), field, &typed) {
                    prop_assert_ne!(change.from, change.to);
                }
            }
            version_candidates(&store, &row.key());
        }
    }
}
