//! The walkthrough's end, by keys alone: a cluster on hosts is deleted by its name, its parts go in their order, every host is free
//! again, and nothing is left behind but the audit log, which Activity shows.

use super::Terminal;
use super::served::Served;

const CLUSTER: &str = "byoh-cluster";
const ENTER: &str = "\r";
const CTRL_D: &str = "\u{4}";

/// The lines that begin with this name, below the cursor's column and the guides of the tree.
fn line<'a>(screen: &'a str, name: &str) -> Option<&'a str> {
    screen
        .lines()
        .find(|line| line.split_whitespace().any(|word| word == name))
}

/// Machines of the tree, by whether they are the control plane's.
fn machines(screen: &str) -> (usize, usize) {
    let (mut control_plane, mut workers, mut below_workers) = (0, 0, false);
    for line in screen.lines() {
        below_workers |= line.contains("Workers");
        let is_machine = line.contains("Running") || line.contains("Deleting") || line.contains("Provision");
        let is_leaf = line.contains("node-") && is_machine;
        control_plane += usize::from(is_leaf && !below_workers);
        workers += usize::from(is_leaf && below_workers);
    }
    (control_plane, workers)
}

fn hosts(terminal: &mut Terminal, free: usize) {
    terminal.keys(":hosts");
    terminal.keys(ENTER);
    terminal.wait_until("the hosts", |screen| {
        screen.lines().filter(|line| line.contains("node-")).count() >= 6
            && screen.lines().filter(|line| line.contains(" Free ")).count() == free
    });
}

fn back(terminal: &mut Terminal) {
    terminal.keys(":fleet");
    terminal.keys(ENTER);
    terminal.wait_for("the fleet tree");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_ends_by_its_name_and_leaves_nothing_but_the_log() {
    let served = Served::start("6").await;
    served.create(CLUSTER, "byoh", "v1.31.2", "2").await;
    let mut terminal = served.console("ines");
    terminal.wait_until("three machines on hosts", |screen| {
        machines(screen) == (1, 2) && screen.matches("Running").count() >= 3
    });
    hosts(&mut terminal, 3);
    back(&mut terminal);

    terminal.keys("gj");
    terminal.wait_until("the cursor on the cluster", |screen| {
        line(screen, CLUSTER).is_some_and(|line| line.starts_with('▌'))
    });
    terminal.keys(CTRL_D);
    let screen = terminal.wait_for(&format!("type {CLUSTER} to go on"));
    // It names the object, the management cluster with its server, and the machines that go.
    for words in [
        "delete",
        "Cluster default/byoh-cluster",
        "https://127.0.0.1:",
        "machines: ",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    // A wrong name does nothing.
    terminal.keys("byoh");
    terminal.keys(ENTER);
    terminal.wait_for("nothing was done");
    terminal.keys("-cluster");
    // `tab` leads to the reason.
    terminal.keys("\t");
    terminal.keys("the lab moves");
    terminal.keys(ENTER);
    terminal.wait_until("the cluster in deletion", |screen| {
        line(screen, CLUSTER).is_some_and(|line| line.contains("Deleting"))
    });
    // Workers go before the control plane, and that before the infrastructure.
    terminal.wait_until("the workers gone, and the control plane still there", |screen| {
        machines(screen) == (1, 0) && screen.contains("KubeadmControlPlane")
    });
    terminal.wait_until("nothing in the tree", |screen| {
        line(screen, CLUSTER).is_none() && !screen.contains("KubeadmControlPlane") && screen.contains("live")
    });
    hosts(&mut terminal, 6);
    back(&mut terminal);

    // The log has both tries, also the one with the wrong name, with who and why.
    terminal.keys("A");
    let screen = terminal.wait_until("what was done", |screen| {
        screen.contains("delete") && screen.contains("done") && screen.contains("refused")
    });
    assert!(
        screen.contains("ines") && screen.contains("the lab moves"),
        "{screen}"
    );
    terminal.keys("/reason-of-nobody");
    terminal.keys(ENTER);
    terminal.wait_for("all of it is filtered out");
    terminal.keys("\u{1b}");
    terminal.wait_for("the lab moves");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
    let left = served.run(&["get", "machines"]).await;
    assert!(!left.contains(CLUSTER), "{left}");
    served.stop().await;
}
