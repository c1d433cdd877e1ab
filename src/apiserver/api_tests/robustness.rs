//! Watches as etcd's robustness tests demand them: ordered, unique, reliable, resumable, with bookmarks that keep their
//! word and filters that miss nothing; from any revision, under several writers, cut at any moment, while history is
//! forgotten. And lists at any revision, in pages too, that agree with them.
//!
//! What is right comes from an oracle that knows only what the writers were answered. `FLEETUI_ROUNDS` says how many
//! rounds there are.

mod oracle;
mod reader;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::HistoryLimits;
use oracle::Oracle;
use reader::Reader;

const WRITERS: u64 = 4;
const READERS: u64 = 6;
const WRITES: usize = 120;

fn rounds() -> u64 {
    std::env::var("FLEETUI_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(3)
}

/// What a reader looks at: the path of a collection and its selectors, and the same as a function.
#[derive(Debug, Clone)]
struct Selection {
    namespace: Option<&'static str>,
    label: Option<&'static str>,
    name: Option<String>,
}

impl Selection {
    fn random(random: &mut StdRng) -> Self {
        let mut maybe = |likely: f64| random.random_bool(likely);
        Self {
            namespace: maybe(0.3).then_some("team"),
            label: maybe(0.5).then_some("web"),
            name: maybe(0.15).then(|| "m3".to_owned()),
        }
    }

    fn path(&self) -> String {
        match self.namespace {
            Some(namespace) => format!("/api/v1/namespaces/{namespace}/configmaps"),
            None => "/api/v1/configmaps".to_owned(),
        }
    }

    fn query(&self) -> String {
        let label = self.label.map(|tier| format!("labelSelector=tier%3D{tier}"));
        let name = self
            .name
            .as_ref()
            .map(|name| format!("fieldSelector=metadata.name%3D{name}"));
        let parts: Vec<String> = label.into_iter().chain(name).collect();
        parts.join("&")
    }

    fn selects(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        self.namespace
            .is_none_or(|namespace| metadata["namespace"] == namespace)
            && self.label.is_none_or(|tier| metadata["labels"]["tier"] == tier)
            && self.name.as_ref().is_none_or(|name| metadata["name"] == **name)
    }
}

async fn round(seed: u64, ticks: bool) {
    let mut random = StdRng::seed_from_u64(seed);
    let limits = HistoryLimits {
        events: random.random_range(5..400),
        ..HistoryLimits::default()
    };
    let server = Arc::new(ApiServer::builder().history(limits).build().await.unwrap());
    let router = server.router();
    post(
        &router,
        "/api/v1/namespaces",
        &json!({"metadata": {"name": "team"}}),
    )
    .await;
    let start = server.revision();
    let written = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..READERS)
        .map(|number| {
            let longest = if ticks { 400 } else { 1 };
            let reader = Reader::new(Arc::clone(&server), start, seed * 100 + number, longest);
            tokio::spawn(reader.read_until(Arc::clone(&written)))
        })
        .collect();
    let ticking = ticks.then(|| tokio::spawn(tick(Arc::clone(&written), seed)));
    let writers = (0..WRITERS).map(|number| {
        // Only the first one deletes: a deletion's answer names no revision, but those of one writer are in order.
        tokio::spawn(writer::write(
            router.clone(),
            seed * 100 + 50 + number,
            number == 0,
        ))
    });
    let mut oracle = Oracle::new(start);
    for writer in futures::future::join_all(writers).await {
        oracle.learn(writer.unwrap());
    }
    oracle.complete(server.revision());
    written.store(true, Ordering::SeqCst);
    for reader in futures::future::join_all(readers).await {
        reader.unwrap().judge(&oracle).await;
    }
    if let Some(ticking) = ticking {
        ticking.await.unwrap();
    }
    server.shutdown().await;
}

/// Lets time pass between the steps of the others: bookmarks become due, watches end.
async fn tick(written: Arc<AtomicBool>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    while !written.load(Ordering::SeqCst) {
        for _ in 0..random.random_range(1..4) {
            tokio::task::yield_now().await;
        }
        tokio::time::advance(Duration::from_secs(random.random_range(1..20))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_from_wherever_is_told_everything_once_and_in_order() {
    for seed in 0..rounds() {
        // A name for the log of a round that fails.
        println!("round {seed}");
        round(seed, false).await;
    }
}

#[tokio::test(start_paused = true)]
async fn bookmarks_and_ends_at_any_moment_miss_nothing() {
    for seed in 0..rounds() {
        println!("round {seed}");
        round(1_000_000 + seed, true).await;
    }
}
