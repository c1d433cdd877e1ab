//! One request of the controllers fails, or is the last one before they die, whichever it is: no host is half taken, none is
//! forgotten, and the end is the same.

use std::sync::atomic::Ordering;

use futures::StreamExt;

use super::*;
use crate::fleet_tests::faults::{Course, Fate, Lost, Which, every};
use crate::fleet_tests::harness::quick;

impl Pool {
    /// The same hosts, with new controllers that know nothing of what the old ones knew.
    fn followed(self) -> Self {
        let immortal: Wrap = Arc::new(|client| client);
        Self {
            fleet: self.fleet.restart_behind(&immortal, quick()),
            hosts: self.hosts,
        }
    }
}

async fn comes(pool: &Pool, context: &str) {
    pool.fleet.wait_available("faulty", 1).await;
    pool.wait_free(2).await;
    pool.fleet.settle().await;
    for kind in [Watched::Machine, Watched::ByoMachine, Watched::K8sInstallerConfig] {
        assert_eq!(pool.fleet.list(kind).await.len(), 2, "{context}: {}", kind.kind());
    }
}

async fn goes(pool: &Pool) {
    // It may be gone already, where this is done a second time.
    let clusters = pool.fleet.api(Watched::Cluster);
    let _ = clusters.delete("faulty", &DeleteParams::background()).await;
    pool.fleet.wait_gone(Watched::Cluster, "faulty").await;
    pool.wait_free(4).await;
    nothing_is_left(pool).await;
}

/// A cluster on hosts comes and goes although that happens to one request; tells how many there were.
async fn story(number: usize, fate: Fate) -> usize {
    let course = Course::default();
    // The hosts are there before anything happens.
    let mut pool = Pool::start(4).await;
    pool.fleet = pool.fleet.restart_behind(&fate.of(number, &course), quick());
    pool.cluster("faulty", 1).await;
    let context = format!("{number} {fate:?}");
    let died = tokio::select! {
        () = comes(&pool, &context) => false,
        () = course.death.notified() => true,
    };
    if died {
        pool = pool.followed();
        comes(&pool, &context).await;
    }
    let died = tokio::select! {
        () = goes(&pool) => false,
        () = course.death.notified() => true,
    };
    if died {
        pool = pool.followed();
        goes(&pool).await;
    }
    pool.stop().await;
    course.counted.load(Ordering::SeqCst)
}

/// Tells so `few` stories, with requests from all over it, in another way each time; all would take minutes.
async fn stories(fates: &[Fate], few: usize) {
    let total = story(usize::MAX, fates[0]).await;
    assert!(total > 60, "a whole story takes many requests: {total}");
    let stories = (3..total).step_by(every((total - 3).div_ceil(few))).enumerate();
    let stories = stories.map(|(turn, number)| story(number, fates[turn % fates.len()]));
    let told: Vec<usize> = futures::stream::iter(stories).buffer_unordered(6).collect().await;
    assert!(told.len() > few / 2, "{} of {total}", told.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_write_fails_every_host_is_free_again() {
    stories(&Lost::AT_ONCE.map(|lost| Fate::Fails(Which::Writes, lost)), 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_question_fails_every_host_is_free_again() {
    stories(&Lost::OF_READS.map(|lost| Fate::Fails(Which::Reads, lost)), 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_write_is_the_last_every_host_is_free_again() {
    stories(&[Fate::IsTheLast], 5).await;
}
