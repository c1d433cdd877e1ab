//! One write of the controllers fails, whichever it is: no host is half taken, none is forgotten, and the end is the same.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;

use super::*;
use crate::fleet_tests::faults::{Lost, every, faulty};

/// A cluster on hosts comes and goes although one write fails; tells how many writes there were.
async fn story(failing: usize, lost: Lost) -> usize {
    let writes = Arc::new(AtomicUsize::new(0));
    let wrap = faulty(failing, lost, writes.clone());
    let pool = Pool::start_behind(4, quick_hosts(), wrap).await;
    pool.cluster("faulty", 1).await;
    pool.fleet.wait_available("faulty", 1).await;
    pool.wait_free(2).await;
    pool.fleet.settle().await;
    let context = format!("write {failing}, lost {lost:?}");
    for kind in [Watched::Machine, Watched::ByoMachine, Watched::K8sInstallerConfig] {
        assert_eq!(pool.fleet.list(kind).await.len(), 2, "{context}: {}", kind.kind());
    }
    let cluster = pool.fleet.api(Watched::Cluster);
    cluster
        .delete("faulty", &DeleteParams::background())
        .await
        .expect("deleted");
    pool.fleet.wait_gone(Watched::Cluster, "faulty").await;
    pool.wait_free(4).await;
    nothing_is_left(&pool).await;
    pool.stop().await;
    writes.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_write_fails_every_host_is_free_again() {
    let total = story(usize::MAX, Lost::Request).await;
    assert!(total > 100, "a whole story takes many writes: {total}");
    // Every thirtieth one, in another way each time; all would take minutes.
    let stories = (3..total).step_by(every(30)).enumerate();
    let stories = stories.map(|(turn, failing)| story(failing, Lost::AT_ONCE[turn % Lost::AT_ONCE.len()]));
    let told: Vec<usize> = futures::stream::iter(stories).buffer_unordered(6).collect().await;
    assert!(told.len() > 3, "{}", told.len());
}
