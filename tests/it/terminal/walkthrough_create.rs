//! The walkthrough's hosts and the cluster on them, by keys alone: from the pool to the machines that run.

use super::Terminal;
use super::served::Served;

const CLUSTER: &str = "byoh-cluster";
const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";
const CLEAR: &str = "\u{15}";
const REVIEW: &str = "\u{13}";

/// The line of a question.
fn question<'a>(screen: &'a str, label: &str) -> &'a str {
    let label = format!("{label} ");
    let mut lines = screen.lines();
    let is_its = |line: &&str| line.trim_start_matches('▌').trim_start().starts_with(&label);
    lines.find(is_its).unwrap_or_default()
}

/// Whether the cursor is in the line of a question.
fn is_asked(screen: &str, label: &str) -> bool {
    question(screen, label).starts_with('▌')
}

/// Answers a question once it is the one that is asked, and goes to the next one.
fn answer(terminal: &mut Terminal, label: &str, text: &str) {
    terminal.wait_until(&format!("the question {label}"), |screen| is_asked(screen, label));
    terminal.keys(text);
    terminal.keys(ENTER);
}

/// Opens the pool, and waits until so many of the six hosts are free, and the others in use.
fn hosts(terminal: &mut Terminal, free: usize) {
    terminal.keys(":hosts");
    terminal.keys(ENTER);
    terminal.wait_until(&format!("{free} free hosts of six"), |screen| {
        let state = |number: usize, state: &str| {
            let name = format!("node-{number}");
            let mut lines = screen.lines().map(|line| line.split_whitespace());
            lines.any(|mut words| words.any(|word| word == name) && words.next() == Some(state))
        };
        let are = |wished: &str| (1..=6).filter(|number| state(*number, wished)).count();
        are("Free") == free && are("InUse") == 6 - free
    });
}

fn back(terminal: &mut Terminal) {
    terminal.keys(ESCAPE);
    terminal.wait_for("● live");
}

/// What a sentence that is broken into lines is found in.
fn in_one_line(screen: &str) -> String {
    let words: Vec<&str> = screen.split_whitespace().collect();
    words.join(" ")
}

/// The questions, and what is wrong at once.
fn describe(terminal: &mut Terminal) {
    terminal.keys(":create byoh");
    terminal.keys(ENTER);
    terminal.wait_for("create a cluster from byoh");
    answer(terminal, "name", CLUSTER);
    answer(terminal, "version", "v1.31.2");
    answer(terminal, "control plane", "");
    answer(terminal, "workers", "1");
    terminal.wait_until("the question endpoint", |screen| is_asked(screen, "endpoint"));
    terminal.keys("192.0.2.11");
    terminal.wait_until("an address that a host has", |screen| {
        question(screen, "endpoint").contains("is the address of host")
    });
    terminal.keys(CLEAR);
    terminal.keys("192.0.2.7");
    terminal.wait_until("an address that nobody has", |screen| {
        let line = question(screen, "endpoint");
        line.contains("192.0.2.7") && !line.contains('✖')
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hosts_and_a_cluster_on_them_by_keys_alone() {
    let served = Served::start("6").await;
    let mut terminal = served.console("ines");
    terminal.wait_for("● live");
    hosts(&mut terminal, 6);
    back(&mut terminal);

    describe(&mut terminal);
    terminal.keys(REVIEW);
    let screen = terminal.wait_for("dry run ok");
    assert!(
        screen.contains("creates 9 objects") && screen.contains("https://127.0.0.1:"),
        "{screen}"
    );
    terminal.keys(ENTER);
    terminal.wait_for("9 of 9 objects are there");

    // Live, until the machines have their nodes; without a network plugin it is not Available, and says whom it waits for.
    let screen = terminal.wait_until("machines that run", |screen| {
        let told = in_one_line(screen);
        told.contains("2 of 2 machines have a node")
            && told.contains("no CNI is installed in the workload cluster")
    });
    assert!(
        in_one_line(&screen).contains("control plane initialized"),
        "{screen}"
    );
    back(&mut terminal);
    terminal.wait_until("the cluster and its machines in the tree", |screen| {
        let named = |name: &str| {
            screen
                .lines()
                .find(|line| line.split_whitespace().any(|word| word == name))
        };
        let runs =
            |line: &&str| line.contains("node-") && line.contains("v1.31.2") && line.contains("Running");
        named(CLUSTER).is_some_and(|line| line.contains("v1.31.2") && line.contains("Available False"))
            && screen.lines().filter(runs).count() == 2
    });
    hosts(&mut terminal, 4);
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();

    // What the keys made is what anybody else is told of.
    let machines = served.run(&["get", "machines", "-o", "name"]).await;
    let mut names: Vec<&str> = machines
        .lines()
        .filter_map(|line| line.rsplit('/').next())
        .collect();
    names.sort_unstable();
    let of = ["byoh-cluster-control-plane-", "byoh-cluster-md-0-"];
    assert_eq!(names.len(), 2, "{machines}");
    assert!(
        names.iter().zip(of).all(|(name, of)| name.starts_with(of)),
        "{machines}"
    );
    served.stop().await;
}
