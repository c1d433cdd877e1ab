//! Objects edited as YAML in a real terminal: here, and in the person's own editor.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Terminal;
use crate::clients::management_cluster::ManagementCluster;

/// An editor that sets the replicas of what it is given.
const EDITOR: &str =
    "#!/bin/sh\necho \"$1\" >> \"$0.files\"\nsed -i 's/replicas: [0-9]*/replicas: 7/' \"$1\"\n";

fn editor(directory: &Path) -> String {
    let path = directory.join("editor");
    std::fs::write(&path, EDITOR).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Puts the cursor on the only MachineDeployment.
fn go_to_deployment(terminal: &mut Terminal) {
    terminal.wait_for("● live");
    terminal.keys(":md\r");
    terminal.wait_for("MACHINEDEPLOYMENTS 1");
}

async fn replicas(cluster: &ManagementCluster) -> i64 {
    let all = cluster
        .core("MachineDeployment")
        .list(&kube::api::ListParams::default())
        .await
        .unwrap();
    assert_eq!(all.items.len(), 1);
    all.items[0].data["spec"]["replicas"].as_i64().unwrap()
}

fn wait_for_console(terminal: &Terminal, text: &str) {
    terminal.wait_for_state(text, |screen| {
        screen.alternate_screen() && screen.contents().contains(text)
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_editor_of_the_environment_is_the_alternative() {
    let cluster = ManagementCluster::start().await;
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = directory.path().join("kubeconfig");
    cluster.write_kubeconfig(&kubeconfig);
    let editor = editor(directory.path());
    let arguments = ["--kubeconfig", kubeconfig.to_str().unwrap()];
    let mut terminal = Terminal::start_with(&arguments, 110, 30, &[("EDITOR", &editor), ("VISUAL", "")]);
    go_to_deployment(&mut terminal);
    terminal.keys("E");
    wait_for_console(&terminal, "+   replicas: 7");
    assert_ne!(replicas(&cluster).await, 7, "it is shown and not yet written");
    terminal.keys("\r");
    wait_for_console(&terminal, "written: 1 field of MachineDeployment");
    assert_eq!(replicas(&cluster).await, 7);
    // The file was the draft, and it is gone.
    let files = std::fs::read_to_string(format!("{editor}.files")).unwrap();
    let file = Path::new(files.trim());
    assert!(file.starts_with(terminal.home().join("state")), "{files}");
    assert!(!file.exists(), "{files}");
    // Keys are ours again, all of them.
    terminal.keys("?");
    terminal.wait_for("Help:");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anchor_20_an_editor_that_fails_gives_the_terminal_back_and_changes_nothing() {
    let cluster = ManagementCluster::start().await;
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = directory.path().join("kubeconfig");
    cluster.write_kubeconfig(&kubeconfig);
    let before = replicas(&cluster).await;
    let arguments = ["--kubeconfig", kubeconfig.to_str().unwrap()];
    let mut terminal = Terminal::start_with(&arguments, 110, 30, &[("EDITOR", "false"), ("VISUAL", "")]);
    go_to_deployment(&mut terminal);
    terminal.keys("E");
    wait_for_console(&terminal, "false ended with exit status: 1");
    terminal.keys("\u{1b}");
    wait_for_console(&terminal, "MACHINEDEPLOYMENTS 1");
    assert_eq!(replicas(&cluster).await, before);
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_there_again_after_the_program_was_killed() {
    let cluster = ManagementCluster::start().await;
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = directory.path().join("kubeconfig");
    cluster.write_kubeconfig(&kubeconfig);
    let state = directory.path().join("state");
    let environment = [("XDG_STATE_HOME", state.to_str().unwrap())];
    let arguments = ["--kubeconfig", kubeconfig.to_str().unwrap()];
    let mut terminal = Terminal::start_with(&arguments, 110, 30, &environment);
    go_to_deployment(&mut terminal);
    terminal.keys("e");
    terminal.wait_for("edit MachineDeployment");
    terminal.wait_for("replicas:");
    // The last line of the text is what a finger on the arrow reaches.
    terminal.keys(&"\u{1b}[B".repeat(40));
    terminal.keys("\u{1b}[F # mine");
    terminal.wait_for("draft kept");
    terminal.signal("KILL");
    terminal.end();
    let mut next = Terminal::start_with(&arguments, 110, 30, &environment);
    next.wait_for("a draft is kept; go on with e on MachineDeployment fleet/md1 in test");
    go_to_deployment(&mut next);
    next.keys("e");
    next.wait_for("a draft of");
    next.keys("\r");
    next.wait_for("check and compare");
    next.keys(&"\u{1b}[B".repeat(40));
    next.wait_for("# mine");
    next.keys("\u{3}");
    assert_eq!(next.end(), 0);
    next.assert_whole();
    cluster.stop().await;
}
