//! The way into a workload cluster by keys alone: its nodes, and a shell that has its kubeconfig and gives the console back.

use super::Terminal;

const ENTER: &str = "\r";

/// A shell is there, with a file that only its owner may read; and what runs in it reaches the workload cluster.
const LOOK: &str = "stat -c 'mode-%a' \"$KUBECONFIG\"; echo \"file=$KUBECONFIG\" > $HOME/file; \
                    command -v kubectl > /dev/null && kubectl get nodes -o name; echo looked-$((40 + 2))\r";

#[ignore = "written and not gone through to its end yet"]
#[test]
fn nodes_and_a_shell_by_keys_alone() {
    let mut terminal = Terminal::start_with(
        &["demo", "--seed", "1", "--pace", "25"],
        140,
        40,
        &[("SHELL", "/bin/sh")],
    );
    terminal.wait_for("mgmt-tokyo");
    terminal.keys("2/qa-md-0");
    terminal.keys(ENTER);
    terminal.wait_until("a cluster that is two hours old", |screen| {
        let mut lines = screen.lines();
        lines.any(|line| line.contains("qa-md-0") && line.contains("120m") && line.contains("Running"))
    });
    terminal.keys("n");
    let screen = terminal.wait_until("its nodes", |screen| {
        screen.contains("NODES 2") || screen.contains("NODES 3") || screen.contains("NODES 4")
    });
    let nodes = screen.lines().filter(|line| line.contains(" Ready ")).count();
    assert!(nodes >= 2 && screen.contains("control-plane"), "{screen}");
    terminal.keys("\u{1b}");
    terminal.wait_for("qa-md-0");
    terminal.keys("x");
    terminal.wait_for("open a shell with it");
    terminal.keys(ENTER);
    terminal.wait_for("a shell for cluster");
    terminal.keys(LOOK);
    let screen = terminal.wait_for("looked-42");
    assert!(screen.contains("mode-600"), "{screen}");
    // What is typed to end a command ends neither the shell nor the console.
    terminal.keys("sleep 100\r");
    terminal.keys("\u{3}");
    terminal.keys("echo still-$((40 + 2))\r");
    terminal.wait_for("still-42");
    terminal.keys("exit\r");
    terminal.wait_for_state("the console", |screen| {
        screen.alternate_screen() && screen.contents().contains("qa-md-0")
    });
    terminal.wait_for("has ended");
    let file = std::fs::read_to_string(terminal.home().join("file")).unwrap();
    let file = file.trim().strip_prefix("file=").unwrap();
    assert!(
        file.contains("fleetui-") && !std::path::Path::new(file).exists(),
        "{file}"
    );
    // Merged into the file that kubectl would write to, which is the person's own.
    terminal.keys("x");
    terminal.wait_for("merge it as a context");
    terminal.keys("\t");
    terminal.keys(ENTER);
    terminal.wait_for("saved to");
    terminal.keys("q");
    terminal.keys("q");
    terminal.end();
}
