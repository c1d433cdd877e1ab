//! The upgrade of a whole cluster by keys alone, over a management cluster that outlives the consoles: it is begun in one, which is
//! killed, and resumed to its end in another.

use super::Terminal;
use super::served::Served;

const ENTER: &str = "\r";

/// Opens the upgrade of the cluster.
fn open(terminal: &mut Terminal, name: &str) {
    terminal.keys(&format!(":clusters /name={name}"));
    terminal.keys(ENTER);
    terminal.wait_until("the cluster alone", |screen| {
        screen
            .lines()
            .any(|line| line.starts_with('▌') && line.contains(name))
    });
    terminal.keys("P");
    terminal.wait_for("VERDICT");
}

/// Confirms what is asked, once the server has nothing against it.
fn confirm(terminal: &mut Terminal, title: &str) {
    terminal.wait_for(title);
    let screen = terminal.wait_until("what the server says", |screen| {
        screen.contains("dry run ok") || screen.contains("cannot be taken back")
    });
    assert!(
        screen.contains("fleetui"),
        "it names its management cluster: {screen}"
    );
    terminal.keys(ENTER);
    if screen.contains("cannot be taken back") {
        terminal.wait_for("really?");
        terminal.keys(ENTER);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_upgrade_that_is_begun_by_keys_survives_its_console() {
    let served = Served::start("0").await;
    served.create("older", "simulated", "v1.31.2", "2").await;
    // Versions are offered that the fleet has.
    served.create("newer", "simulated", "v1.32.4", "1").await;
    let mut ada = served.console("ada");
    ada.wait_until("both clusters", |screen| screen.matches("Running").count() >= 7);
    open(&mut ada, "older");
    ada.wait_until("a version that is possible", |screen| {
        screen
            .lines()
            .any(|line| line.contains("v1.32.4") && line.contains("possible"))
    });
    ada.keys(ENTER);
    confirm(&mut ada, "upgrade cluster to v1.32.4 Cluster default/older");
    let screen = ada.wait_until("the first step", |screen| {
        screen.contains("walked from this console") && screen.contains("step 1 of 2")
    });
    assert!(screen.contains("UPGRADE to v1.32.4 going"), "{screen}");
    ada.wait_until("machines that are replaced", |screen| {
        screen
            .lines()
            .any(|line| line.contains("◔ 1 KubeadmControlPlane"))
    });

    // Another console sees whose it is, among what is under way, and begins none of its own.
    let mut bob = served.console("bob");
    bob.wait_for("older");
    bob.keys("A");
    bob.wait_until("the upgrade among what is under way", |screen| {
        screen.contains("upgrade to v1.32.4") && screen.contains("walked by ada@")
    });
    bob.keys(ENTER);
    bob.wait_for("VERDICT");
    bob.wait_for("walked by ada@");

    // Ada's console is gone from one moment to the next.
    ada.signal("KILL");
    ada.end();
    bob.wait_for("nobody walks it; ada@");
    bob.keys("p");
    confirm(&mut bob, "resume upgrade Cluster default/older");
    bob.wait_for("walked from this console");
    bob.wait_until("the second step", |screen| screen.contains("step 2 of 2"));
    bob.wait_for("UPGRADE to v1.32.4 done");
    let screen = bob.wait_for("is done");
    assert!(screen.contains("3 of 3 machines replaced"), "{screen}");
    bob.keys("\u{3}");
    assert_eq!(bob.end(), 0);
    bob.assert_whole();
    let machines = served
        .run(&["get", "machines", "--filter", "cluster=older"])
        .await;
    assert!(
        machines.contains("v1.32.4") && !machines.contains("v1.31.2"),
        "{machines}"
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_upgrade_is_paused_by_a_key_and_by_leaving_and_resumed_by_the_command() {
    let served = Served::start("0").await;
    served.create("older", "simulated", "v1.31.2", "1").await;
    served.create("newer", "simulated", "v1.32.4", "1").await;
    let mut ada = served.console("ada");
    ada.wait_until("both clusters", |screen| screen.matches("Running").count() >= 6);
    // However quick the machines are, the first step ends no sooner than somebody lets go of the one that is replaced.
    let control_plane = served.machine("cluster=older", "older-control-plane-").await;
    served.hold(&control_plane).await;
    open(&mut ada, "older");
    ada.wait_for("possible");
    ada.keys(ENTER);
    confirm(&mut ada, "upgrade cluster to v1.32.4 Cluster default/older");
    ada.wait_until("the machine that is waited for", |screen| {
        screen.contains("walked from this console") && screen.contains("1 of 2 machines run v1.32.4")
    });
    ada.keys("p");
    confirm(&mut ada, "pause upgrade Cluster default/older");
    let screen = ada.wait_for("paused by ada");
    assert!(!screen.contains("walked from this console"), "{screen}");
    // The Cluster itself is not paused.
    let cluster = served.run(&["get", "clusters", "-o", "json"]).await;
    assert!(!cluster.contains("\"paused\": true"), "{cluster}");
    ada.keys("p");
    confirm(&mut ada, "resume upgrade Cluster default/older");
    ada.wait_until("the same step", |screen| {
        screen.contains("walked from this console") && screen.contains("step 1 of 2")
    });
    // Who leaves in order leaves it paused, and nobody waits for a Lease.
    ada.keys("\u{3}");
    assert_eq!(ada.end(), 0);
    let told = served.run(&["upgrade", "cluster/older"]).await;
    assert!(told.contains("UPGRADE to v1.32.4 is paused (by ada)"), "{told}");
    served.let_go(&control_plane).await;
    let done = served.run(&["resume", "cluster/older", "--yes"]).await;
    assert!(done.contains("is done: 2 of 2 steps"), "{done}");
    let machines = served
        .run(&["get", "machines", "--filter", "cluster=older"])
        .await;
    assert!(
        machines.contains("v1.32.4") && !machines.contains("v1.31.2"),
        "{machines}"
    );
    served.stop().await;
}
