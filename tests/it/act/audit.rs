//! The audit log of a program that is killed: whole lines, and an intent for each write that a server saw.

use std::path::PathBuf;
use std::process::Stdio;

use fleetui_fleet::act::Entry;
use fleetui_fleet::act::audit::{Outcome, Stage};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::stage::{PATIENCE, deployment, object};
use crate::embedded::Embedded;
use crate::front::Front;
use crate::program::{Home, kubeconfig};

/// More requests than the command makes.
const MOST_REQUESTS: usize = 400;

struct Place {
    home: Home,
    server: Embedded,
}

/// How a run of the command ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It was killed, while that request was held.
    Killed(String),
    /// By itself.
    Itself(Option<i32>),
}

impl Place {
    async fn start() -> Self {
        let server = Embedded::with_any_objects().await;
        server
            .create(&object("Cluster", "c", serde_json::json!({})))
            .await;
        server.create(&deployment("md-0", 2)).await;
        Self {
            home: Home::new(),
            server,
        }
    }

    fn log(&self) -> PathBuf {
        self.home.path().join(".local/state/fleetui/audit.jsonl")
    }

    /// Every line of the log, which all have to be whole.
    fn entries(&self) -> Vec<Entry> {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'), "{text}");
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// The last line of the log.
    fn last(&self) -> Entry {
        let text = std::fs::read_to_string(self.log()).unwrap();
        let line = text.lines().last().expect("a line");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn command(&self, server: &str, arguments: &[&str]) -> Child {
        self.home.write("kubeconfig", kubeconfig(&["mgmt"], server));
        Command::new(env!("CARGO_BIN_EXE_fleetui"))
            .args(arguments)
            .args(["--kubeconfig", "kubeconfig", "-n", "default"])
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env_remove("XDG_STATE_HOME")
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Runs a command and kills it at the request that `dies_at` says, while the server holds it.
    async fn run(&self, arguments: &[&str], mut dies_at: impl FnMut(usize, bool) -> bool) -> End {
        let mut front = Front::start(self.server.client()).await;
        let mut child = self.command(&front.url, arguments);
        for number in 0..MOST_REQUESTS {
            let arrival = tokio::select! {
                arrival = timeout(PATIENCE, front.arrivals.recv()) => arrival.expect("nothing more is asked").unwrap(),
                status = child.wait() => return End::Itself(status.unwrap().code()),
            };
            if arrival.is_write() {
                // Before a write arrives anywhere its intent is on the disk.
                let last = self.last();
                let Stage::Intent { writes, .. } = &last.stage else {
                    panic!("{} has no intent: {last:#?}", arrival.line)
                };
                let name = writes[0].target.object.name.as_str();
                assert!(arrival.line.contains(name), "{}: {writes:#?}", arrival.line);
            }
            if dies_at(number, arrival.is_write()) {
                child.kill().await.unwrap();
                let line = arrival.line.clone();
                arrival.let_through();
                return End::Killed(line);
            }
            arrival.let_through();
        }
        panic!("{arguments:?} asks and asks");
    }
}

const SCALE: [&str; 5] = ["scale", "md/md-0", "--replicas", "+1", "--yes"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_killed_at_any_of_its_requests_leaves_whole_lines() {
    let place = Place::start().await;
    let (mut killed_before, mut killed_writing) = (0, 0);
    for round in 0..MOST_REQUESTS {
        let known = place.entries().len();
        let end = place.run(&SCALE, |number, _| number == round).await;
        let entries = place.entries();
        match end {
            End::Killed(line) if line.starts_with("PATCH") && !line.contains("dryRun") => {
                killed_writing += 1;
                assert_eq!(entries.len(), known + 1, "an intent and no outcome");
            }
            End::Killed(line) => {
                killed_before += 1;
                assert_eq!(entries.len(), known, "nothing was begun at {line}");
            }
            End::Itself(code) => {
                assert_eq!(code, Some(0));
                assert_eq!(entries.len(), known + 2);
                assert_eq!(entries.last().unwrap().stage, Stage::Outcome(Outcome::Done));
                break;
            }
        }
    }
    assert!(killed_before > 3, "{killed_before}");
    assert!(killed_writing > 0, "the write itself was among them");
    place.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_off_is_told_so_and_not_taken_back() {
    let place = Place::start().await;
    let end = place.run(&SCALE, |_, is_write| is_write).await;
    assert!(matches!(end, End::Killed(_)), "{end:?}");
    let told = place.home.run(&["get", "activity"]).await.printed;
    assert_eq!(told.matches("cut off: not known").count(), 1, "{told}");
    // What became of it is not known, so there is nothing that could be taken back.
    let undone = place.run(&["undo", "--yes"], |_, is_write| is_write).await;
    assert!(
        matches!(undone, End::Itself(Some(code)) if code != 0),
        "{undone:?}"
    );
    // A line that was torn by the machine's own end stays alone: what is written after it is whole.
    let torn = r#"{"format":1,"id":"0"#;
    let mut text = std::fs::read_to_string(place.log()).unwrap();
    text.push_str(torn);
    std::fs::write(place.log(), &text).unwrap();
    let end = place.run(&SCALE, |_, _| false).await;
    assert_eq!(end, End::Itself(Some(0)));
    let text = std::fs::read_to_string(place.log()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let broken: Vec<&&str> = lines
        .iter()
        .filter(|line| serde_json::from_str::<Entry>(line).is_err())
        .collect();
    assert_eq!(broken, [&torn]);
    let last: Entry = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(last.stage, Stage::Outcome(Outcome::Done));
    let told = place.home.run(&["get", "activity", "-o", "json"]).await;
    let told: Value = serde_json::from_str(&told.printed).unwrap();
    assert_eq!(told["items"][0]["outcome"], "done", "{told:#}");
    place.server.stop().await;
}
