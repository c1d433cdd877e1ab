//! Stores in processes of their own, which die at named places and at random moments.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use super::*;
use crate::storage::faults::{FailPoint, Faults};

/// Where the child keeps its store; without it this is no child.
const DIRECTORY: &str = "FLEETUI_TEST_CHILD_DIRECTORY";
/// At which place it dies: a number in [`FailPoint::ALL`] and after how many passes, `2:5`.
const DIES_AT: &str = "FLEETUI_TEST_CHILD_DIES_AT";
const SEED: &str = "FLEETUI_TEST_CHILD_SEED";

/// Ends the process at a place, as suddenly as a kill does: nothing is flushed, nobody is told.
struct Dies {
    at: FailPoint,
    passes: Mutex<usize>,
}

impl Faults for Dies {
    fn at(&self, point: FailPoint) -> std::io::Result<()> {
        if point == self.at {
            let mut left = self.passes.lock().unwrap();
            if *left == 0 {
                std::process::abort();
            }
            *left -= 1;
        }
        Ok(())
    }
}

/// Is the child where its parent says so: writes batches, and says the number of each that was acknowledged.
#[tokio::test]
async fn a_child_writes_until_it_dies() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let seed = std::env::var(SEED).unwrap().parse().unwrap();
    let faults: SharedFaults = match std::env::var(DIES_AT) {
        Ok(place) => {
            let (point, passes) = place.split_once(':').unwrap();
            Arc::new(Dies {
                at: FailPoint::ALL[point.parse::<usize>().unwrap()],
                passes: Mutex::new(passes.parse().unwrap()),
            })
        }
        Err(_) => Arc::new(NoFaults),
    };
    let store = Store::open(options(Some(Path::new(&directory)), faults)).unwrap();
    let mut content = store.read(Content::of);
    let mut random = StdRng::seed_from_u64(seed);
    for number in 0..100_000 {
        let batch = content.next_batch(&mut random);
        store.commit(batch).await.unwrap();
        // History is forgotten by the way, as housekeeping does it.
        store.compact();
        println!("\nacknowledged {number}");
        std::io::stdout().flush().unwrap();
    }
}

/// Lets a child write until it dies, by itself or killed after so many answers. Answers with how many batches were
/// acknowledged at least.
fn let_die(directory: &Path, seed: u64, dies_at: Option<String>, kill_after: usize) -> usize {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "storage::crash_tests::child::a_child_writes_until_it_dies",
        ])
        .args(["--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(place) = dies_at {
        command.env(DIES_AT, place);
    }
    let mut child = command.spawn().unwrap();
    let mut acknowledged = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        if line.starts_with("acknowledged ") {
            acknowledged += 1;
            if acknowledged == kill_after {
                child.kill().unwrap();
            }
        }
    }
    assert!(!child.wait().unwrap().success(), "it did not die");
    acknowledged
}

/// The store that is left holds the batches that were acknowledged, and at most one more.
async fn judge(directory: &Path, before: &Content, seed: u64, acknowledged: usize, what: &str) -> Content {
    let store = Store::open(options(Some(directory), Arc::new(NoFaults)))
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = store.read(Content::of);
    assert_eq!(store.check().await.unwrap(), None, "{what}");
    store.close().await;
    let mut random = StdRng::seed_from_u64(seed);
    let mut expected = before.clone();
    for _ in 0..acknowledged {
        expected.next_batch(&mut random);
    }
    let sure = expected.clone();
    expected.next_batch(&mut random);
    assert!(
        found == sure || found == expected,
        "{what}: after {acknowledged} batches it holds {found:?} and not {sure:?}"
    );
    found
}

#[tokio::test]
async fn a_store_survives_its_death_at_every_place() {
    for (number, point) in FailPoint::ALL.iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let mut content = Content::default();
        for (round, passes) in [0, 3, 1].into_iter().enumerate() {
            // A store is made once only.
            if *point == FailPoint::StoreMade && round > 0 {
                break;
            }
            let seed = (number * 10 + round) as u64;
            let place = Some(format!("{number}:{passes}"));
            let acknowledged = let_die(directory.path(), seed, place, usize::MAX);
            let what = format!("{point:?} after {passes} passes");
            content = judge(directory.path(), &content, seed, acknowledged, &what).await;
        }
    }
}

#[tokio::test]
async fn a_store_survives_a_kill_at_any_moment() {
    let directory = tempfile::tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(6);
    let mut content = Content::default();
    for round in 0..rounds(4) {
        let kill_after = random.random_range(1..60);
        let acknowledged = let_die(directory.path(), round, None, kill_after);
        assert!(acknowledged >= kill_after);
        let what = format!("round {round}, killed after {kill_after}");
        // Answers that were on their way when it was killed are read too, so the number is exact but for one.
        content = judge(directory.path(), &content, round, acknowledged, &what).await;
    }
}
