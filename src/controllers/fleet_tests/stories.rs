//! Whichever request fails, and whichever write is the last one before the controllers die: a story comes to the same end.
//!
//! What users do in a story can be done twice, as it begins anew where controllers died.

pub(super) mod plots;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};

use super::Fleet;
use super::faults::{Course, Fate, Lost, Which, every, in_every_way};
use super::harness::{PATIENCE, Wrap, quick};
use crate::kinds::{self, Watched};
use plots::{Plot, Told};

/// What objects say in the end, whatever their names are.
type End = BTreeMap<&'static str, Vec<String>>;

/// What all objects and Secrets of the namespace say.
async fn end(fleet: &Fleet) -> End {
    let mut objects: Vec<(&'static str, Value)> = Vec::new();
    for kind in kinds::ALL {
        objects.extend(
            fleet
                .list(kind)
                .await
                .into_iter()
                .map(|object| (kind.kind(), object)),
        );
    }
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    let secrets = secrets.list(&ListParams::default()).await.expect("secrets");
    let secret = |secret| ("Secret", serde_json::to_value(secret).expect("JSON"));
    objects.extend(secrets.items.into_iter().map(secret));
    let name = |object: &Value| object["metadata"]["name"].as_str().expect("a name").to_owned();
    let names: BTreeSet<String> = objects.iter().map(|(_, object)| name(object)).collect();
    // The longest first: others are parts of them.
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut end = End::new();
    for (kind, object) in &objects {
        end.entry(*kind).or_default().push(what_it_says(object, &names));
    }
    for told in end.values_mut() {
        told.sort();
    }
    end
}

/// Owners, labels, what is wished, what is told in either model, and what keys a Secret has; names stand as stars.
fn what_it_says(object: &Value, names: &[String]) -> String {
    let entries = |path: &str| {
        object
            .pointer(path)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    };
    let items = |path: &str| {
        object
            .pointer(path)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let labels = entries("/metadata/labels").map(|(key, value)| {
        // It follows from the names of templates.
        let value = if key.ends_with("-hash") {
            &Value::Null
        } else {
            value
        };
        format!("{key}={value}")
    });
    let owners = items("/metadata/ownerReferences")
        .map(|owner| format!("{} {} {}", owner["kind"], owner["name"], owner["controller"]));
    let conditions = |path: &str| -> Vec<String> {
        let mut told: Vec<String> = items(path)
            .map(|it| {
                format!(
                    "{}={} {} {} {}",
                    it["type"], it["status"], it["severity"], it["reason"], it["message"]
                )
            })
            .collect();
        told.sort();
        told
    };
    let told = json!({
        "labels": labels.collect::<Vec<_>>(),
        "annotations": entries("/metadata/annotations").map(|(key, _)| key).collect::<Vec<_>>(),
        "finalizers": object["metadata"]["finalizers"],
        "owners": owners.collect::<BTreeSet<_>>(),
        "wished": [&object["spec"]["replicas"], &object["spec"]["version"], &object["spec"]["clusterName"]],
        "counted": [&object["status"]["phase"], &object["status"]["replicas"], &object["status"]["availableReplicas"]],
        "conditions": [
            conditions("/status/conditions"), conditions("/status/v1beta2/conditions"),
            conditions("/status/deprecated/v1beta1/conditions")
        ],
        "secret": [&object["type"], &json!(entries("/data").map(|(key, _)| key).collect::<Vec<_>>())],
    });
    let mut told = told.to_string();
    for name in names {
        told = told.replace(name.as_str(), "*");
    }
    told
}

/// It goes, and nothing of it stays.
pub(super) async fn goes(fleet: &Fleet, told: &Told) {
    // It may be gone already, where this is done a second time.
    let clusters = fleet.api(Watched::Cluster);
    let _ = clusters.delete(&told.name, &DeleteParams::background()).await;
    fleet.wait_gone(Watched::Cluster, &told.name).await;
    told.clear(fleet).await;
    for kind in kinds::ALL {
        for object in fleet.list(kind).await {
            fleet
                .wait_gone(kind, object["metadata"]["name"].as_str().expect("a name"))
                .await;
        }
    }
}

/// A cluster comes, something is done with it, and it goes, although that happens to the `number`-th request; tells how many
/// there were, and what it was like.
///
/// Until it is as `expected`, where that is said, it is waited for: what is told of a connection that was away for a moment goes
/// when the next probe has answered.
async fn story(
    fleet: Fleet,
    (told, expected): (&Told, Option<&End>),
    number: usize,
    fate: Fate,
) -> (Fleet, usize, End) {
    let course = Course::default();
    let mut settings = quick();
    if let Fate::Fails(_, Lost::Time) = fate {
        settings.request_timeout = Duration::from_millis(500);
    }
    let immortal: Wrap = Arc::new(|client| client);
    let mut fleet = fleet.restart_behind(&fate.of(number, &course), settings);
    told.begins(&fleet).await;
    let whole = async |fleet: &Fleet| {
        told.comes(fleet).await;
        let as_expected = async {
            loop {
                fleet.settle().await;
                let end = end(fleet).await;
                if expected.is_none_or(|expected| *expected == end) {
                    return end;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(2 * PATIENCE, as_expected).await {
            Ok(end) => end,
            Err(_) => end(fleet).await,
        }
    };
    let end = tokio::select! {
        end = whole(&fleet) => Some(end),
        () = course.death.notified() => None,
    };
    let end = if let Some(end) = end {
        end
    } else {
        fleet = fleet.restart_behind(&immortal, quick());
        whole(&fleet).await
    };
    let died = tokio::select! {
        () = goes(&fleet, told) => false,
        () = course.death.notified() => true,
    };
    if died {
        fleet = fleet.restart_behind(&immortal, quick());
        goes(&fleet, told).await;
    }
    (fleet, course.counted.load(Ordering::SeqCst), end)
}

/// Tells the story, first without and then with each of these fates of its requests, some at a time, one after the other on the
/// same server.
async fn stories(plot: Plot, kind: Fate, fates: impl FnOnce(usize) -> Vec<(usize, Fate)>) {
    const AT_ONCE: usize = 4;
    let fleet = Fleet::start().await;
    let well = Told::new(plot, "well");
    let (fleet, total, expected) = Box::pin(story(fleet, (&well, None), usize::MAX, kind)).await;
    fleet.controllers.stop().await;
    assert!(total > 50, "a whole story takes many requests: {total}");
    assert!(expected["Machine"].len() > 1 && expected["Secret"].len() > 4);
    let fates = fates(total);
    assert!(fates.len() > 3, "{fates:?}");
    let fates = Mutex::new(fates.into_iter());
    let next = || fates.lock().unwrap_or_else(PoisonError::into_inner).next();
    let one_after_the_other = || async {
        let mut fleet = Fleet::start().await;
        while let Some((number, fate)) = next() {
            let name = format!("c{number}-{fate:?}")
                .to_lowercase()
                .replace(['(', ')', ' ', ','], "");
            let told = Told::new(plot, &name);
            let (after, _, end) = Box::pin(story(fleet, (&told, Some(&expected)), number, fate)).await;
            let differing: Vec<_> = expected
                .iter()
                .filter(|(kind, told)| end.get(*kind) != Some(told))
                .map(|(kind, told)| (kind, told, end.get(kind)))
                .collect();
            assert!(differing.is_empty(), "{plot:?} {number} {fate:?}: {differing:#?}");
            assert_eq!(end.len(), expected.len(), "{plot:?} {number} {fate:?}");
            fleet = after;
        }
        fleet.controllers.stop().await;
    };
    futures::future::join_all((0..AT_ONCE).map(|_| one_after_the_other())).await;
}

/// A few writes of the story fail, each in another way; all of them in all ways would take an hour.
async fn writes_fail(plot: Plot, few: usize) {
    stories(plot, Fate::Fails(Which::Writes, Lost::Request), |total| {
        let step = every((total / few).max(1));
        let numbers = (0..total).step_by(step);
        let in_all_ways = |number: usize| Lost::ALL.map(|lost| (number, Fate::Fails(Which::Writes, lost)));
        if in_every_way() {
            return numbers.flat_map(in_all_ways).collect();
        }
        let turns = numbers.enumerate();
        turns
            .map(|(turn, number)| in_all_ways(number)[turn % Lost::ALL.len()])
            .collect()
    })
    .await;
}

/// Likewise a few questions.
async fn reads_fail(plot: Plot, few: usize) {
    stories(plot, Fate::Fails(Which::Reads, Lost::Request), |total| {
        let turns = (0..total).step_by(every((total / few).max(1))).enumerate();
        turns
            .map(|(turn, number)| {
                (
                    number,
                    Fate::Fails(Which::Reads, Lost::OF_READS[turn % Lost::OF_READS.len()]),
                )
            })
            .collect()
    })
    .await;
}

/// A few writes of the story are each the last one of their controllers.
async fn controllers_die(plot: Plot, few: usize) {
    stories(plot, Fate::IsTheLast, |total| {
        let numbers = (0..total).step_by(every((total / few).max(1)));
        numbers.map(|number| (number, Fate::IsTheLast)).collect()
    })
    .await;
}

macro_rules! tell {
    ($($test:ident $how:ident $plot:ident $few:literal;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            $how(Plot::$plot, $few).await;
        }
    )+};
}

tell! {
    whichever_write_fails_the_end_is_the_same writes_fail Plain 8;
    whichever_question_fails_the_end_is_the_same reads_fail Plain 8;
    whichever_write_is_the_last_others_go_on_to_the_same_end controllers_die Plain 8;
    whichever_write_fails_a_rollout_ends writes_fail Rollout 4;
    whichever_write_is_the_last_a_rollout_ends controllers_die Rollout 4;
    whichever_write_fails_addons_are_there writes_fail Addons 4;
    whichever_question_fails_addons_are_there reads_fail Addons 4;
    whichever_write_is_the_last_addons_are_there controllers_die Addons 4;
    whichever_write_fails_a_pool_shrinks writes_fail Pool 4;
    whichever_write_is_the_last_a_pool_shrinks controllers_die Pool 4;
    whichever_write_fails_an_ill_machine_is_drained_and_replaced writes_fail Health 4;
    whichever_question_fails_an_ill_machine_is_drained_and_replaced reads_fail Health 4;
    whichever_write_is_the_last_an_ill_machine_is_drained_and_replaced controllers_die Health 4;
}
