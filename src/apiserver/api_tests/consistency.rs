//! Whoever lists, watches and resumes, ends up with what a list tells: under many writers, however often it is cut.

use std::collections::BTreeMap;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const WRITERS: u64 = 4;
const WRITES: usize = 100;

/// Name to resourceVersion.
type Known = BTreeMap<String, u64>;

fn revision(object: &ConfigMap) -> u64 {
    object
        .metadata
        .resource_version
        .as_ref()
        .unwrap()
        .parse()
        .unwrap()
}

fn name(object: &ConfigMap) -> String {
    object.metadata.name.clone().unwrap()
}

/// Creates, labels and deletes objects of ten names at random; what fails because another was first does not matter.
async fn write_at_random(api: Api<ConfigMap>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    for write in 0..WRITES {
        let name = format!("m{}", random.random_range(0..10));
        match random.random_range(0..4) {
            0 => drop(api.delete(&name, &DeleteParams::default()).await),
            1 => {
                let tier = if random.random_bool(0.5) { "web" } else { "db" };
                let patch = Patch::Merge(json!({"metadata": {"labels": {"tier": tier}}}));
                drop(api.patch(&name, &PatchParams::default(), &patch).await);
            }
            2 => {
                let patch = Patch::Merge(json!({"data": {"write": format!("{seed}-{write}")}}));
                drop(api.patch(&name, &PatchParams::default(), &patch).await);
            }
            _ => {
                let mut object = config_map(&name);
                object.metadata.labels = Some(BTreeMap::from([("tier".to_owned(), "web".to_owned())]));
                drop(api.create(&PostParams::default(), &object).await);
            }
        }
    }
}

/// Follows a selection until `final_name` was told, cutting its own watch every few events.
async fn follow(api: Api<ConfigMap>, labels: &str, seed: u64, final_name: &str) -> Known {
    let mut random = StdRng::seed_from_u64(seed);
    let list = api.list(&ListParams::default().labels(labels)).await.unwrap();
    let mut told = list.metadata.resource_version.clone().unwrap();
    let mut known: Known = list
        .items
        .iter()
        .map(|item| (name(item), revision(item)))
        .collect();
    loop {
        let mut stream = api
            .watch(&WatchParams::default().labels(labels), &told)
            .await
            .unwrap()
            .boxed();
        for _ in 0..random.random_range(1..8) {
            match within(stream.next()).await.unwrap().unwrap() {
                WatchEvent::Added(object) => {
                    assert!(
                        known.insert(name(&object), revision(&object)).is_none(),
                        "it was there already"
                    );
                    told = object.metadata.resource_version.clone().unwrap();
                    if name(&object) == final_name {
                        return known;
                    }
                }
                WatchEvent::Modified(object) => {
                    let before = known
                        .insert(name(&object), revision(&object))
                        .expect("it was not there");
                    assert!(before < revision(&object), "it went back");
                    told = object.metadata.resource_version.clone().unwrap();
                }
                WatchEvent::Deleted(object) => {
                    assert!(known.remove(&name(&object)).is_some(), "it was not there");
                    told = object.metadata.resource_version.clone().unwrap();
                }
                WatchEvent::Bookmark(_) => {}
                WatchEvent::Error(status) => panic!("{status:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_end_up_with_what_a_list_tells() {
    let server = server().await;
    let api = config_maps(&server);
    let followers: Vec<_> = ["", "tier=web", "tier!=web"]
        .into_iter()
        .enumerate()
        .map(|(index, labels)| {
            let api = api.clone();
            // The last object is of a selection of its own kind, so that every follower sees it.
            let last = if labels == "tier!=web" {
                "last-other"
            } else {
                "last-web"
            };
            tokio::spawn(async move { (labels, follow(api, labels, index as u64, last).await) })
        })
        .collect();
    let writers = (0..WRITERS).map(|seed| tokio::spawn(write_at_random(api.clone(), seed)));
    for writer in within(futures::future::join_all(writers)).await {
        writer.unwrap();
    }
    for (last, tier) in [("last-other", "db"), ("last-web", "web")] {
        let mut object = config_map(last);
        object.metadata.labels = Some(BTreeMap::from([("tier".to_owned(), tier.to_owned())]));
        api.create(&PostParams::default(), &object).await.unwrap();
    }
    for follower in within(futures::future::join_all(followers)).await {
        let (labels, known) = follower.unwrap();
        let list = api.list(&ListParams::default().labels(labels)).await.unwrap();
        let expected: Known = list
            .items
            .iter()
            .map(|item| (name(item), revision(item)))
            .collect();
        assert_eq!(known, expected, "{labels:?}");
    }
}
