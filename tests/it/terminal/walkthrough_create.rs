//! The walkthrough's hosts and the cluster on them, by keys alone: from the pool to the machines that run.

use std::ffi::OsStr;

use super::Terminal;
use crate::program::Home;
use crate::running::Running;

const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";
const REVIEW: &str = "\u{13}";

/// The line of a question.
fn question<'a>(screen: &'a str, label: &str) -> &'a str {
    let mut lines = screen.lines();
    lines
        .find(|line| line.trim_start_matches('▌').trim_start().starts_with(label))
        .unwrap_or_default()
}

#[ignore = "written and not gone through to its end yet"]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hosts_and_a_cluster_on_them_by_keys_alone() {
    let home = Home::new();
    let kubeconfig = home.path().join("kubeconfig");
    let arguments = [
        "serve",
        "--simulated-hosts",
        "6",
        "--pace",
        "5",
        "--write-kubeconfig",
    ];
    let mut arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    arguments.push(kubeconfig.as_ref());
    let mut server = Running::start(home.path(), &arguments);
    server.hear("serving https://").await;
    let arguments = ["--kubeconfig", kubeconfig.to_str().unwrap()];
    let mut terminal = Terminal::start(&arguments, 160, 48);
    terminal.wait_for("● live");

    // Six hosts are in the pool, and free.
    terminal.keys(":hosts\r");
    terminal.wait_until("six free hosts", |screen| {
        (1..=6).all(|number| {
            let name = format!("node-{number}");
            screen
                .lines()
                .any(|line| line.contains(&name) && line.contains("free"))
        })
    });
    terminal.keys(ESCAPE);

    // The questions, with what is wrong at once.
    terminal.keys(":create byoh\r");
    terminal.wait_for("create a cluster from byoh");
    terminal.keys("byoh-cluster");
    terminal.keys(ENTER);
    terminal.keys("v1.31.2");
    terminal.keys(ENTER);
    terminal.keys(ENTER);
    terminal.keys("1");
    terminal.keys(ENTER);
    terminal.keys("192.0.2.11");
    terminal.wait_until("an address that a host has", |screen| {
        question(screen, "endpoint").contains("is the address of host")
    });
    terminal.keys("\u{15}192.0.2.7");
    terminal.wait_until("an address that nobody has", |screen| {
        let line = question(screen, "endpoint");
        line.contains("192.0.2.7") && !line.contains('✖')
    });
    terminal.keys(REVIEW);
    let screen = terminal.wait_for("dry run ok");
    assert!(screen.contains("creates 9 objects"), "{screen}");
    terminal.keys(ENTER);
    terminal.wait_for("9 of 9 objects are there");

    // Live, until the machines run; without a network plugin it is not Available, and says so.
    terminal.wait_for("2 of 2 machines have a node");
    terminal.keys(ESCAPE);
    terminal.wait_until("the cluster in the tree", |screen| {
        screen
            .lines()
            .any(|line| line.contains("byoh-cluster") && line.contains("v1.31.2"))
    });
    terminal.keys(":hosts\r");
    terminal.wait_until("two hosts that are taken", |screen| {
        screen
            .lines()
            .filter(|line| line.contains("node-") && line.contains("free"))
            .count()
            == 4
    });
    terminal.keys(":quit\r");
    assert_eq!(terminal.end(), 0);
    server.terminate().await;
}
