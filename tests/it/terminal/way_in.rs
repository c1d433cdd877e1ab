//! The way into a workload cluster by keys alone: its nodes, and a shell that has its kubeconfig and gives the console back.

use super::Terminal;
use super::served::Served;

const ENTER: &str = "\r";

/// A shell is there, with a file that only its owner may read; and what runs in it reaches the workload cluster.
const LOOK: &str = "stat -c 'mode-%a' \"$KUBECONFIG\"; echo \"file=$KUBECONFIG\" > $HOME/file; \
                    command -v kubectl > /dev/null && kubectl get nodes -o name; echo looked-$((40 + 2))\r";

/// Whether the cursor is on the deployment.
fn is_on_the_deployment(screen: &str) -> bool {
    screen
        .lines()
        .any(|line| line.starts_with('▌') && line.contains("qa-md-0"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_and_a_shell_by_keys_alone() {
    let served = Served::start("0").await;
    served.create("qa", "simulated", "v1.31.2", "1").await;
    let mut terminal = served.console("ines");
    terminal.wait_for("qa-md-0");
    terminal.keys("/qa-md-0");
    terminal.keys(ENTER);
    terminal.wait_until("a machine that runs", |screen| {
        let mut lines = screen.lines();
        lines.any(|line| line.contains("qa-md-0") && line.contains("Available True") && line.contains("1/1"))
    });
    // Below the management cluster, the cluster and its workers.
    terminal.keys("gjjj");
    terminal.wait_until("the cursor on the deployment", is_on_the_deployment);
    terminal.keys("n");
    terminal.wait_until("its nodes", |screen| {
        let ready = |role: &str| {
            let mut lines = screen.lines();
            lines.any(|line| line.contains(" Ready ") && line.contains(role))
        };
        screen.contains("NODES 2") && ready("control-plane") && ready("<none>")
    });
    terminal.keys("\u{1b}");
    terminal.wait_until("the deployment again", is_on_the_deployment);
    terminal.keys("x");
    terminal.wait_for("open a shell with it");
    terminal.keys(ENTER);
    terminal.wait_for("a shell for cluster default/qa of fleetui");
    terminal.keys(LOOK);
    let screen = terminal.wait_for("looked-42");
    assert!(screen.contains("mode-600"), "{screen}");
    if std::process::Command::new("kubectl").arg("help").output().is_ok() {
        assert!(screen.contains("node/qa-md-0-"), "{screen}");
    }
    // What is typed to end a command ends neither the shell nor the console. The command says itself that it has the terminal.
    terminal.keys("sh -c 'echo asleep-$((40 + 2)); exec sleep 1000'\r");
    terminal.wait_for("asleep-42");
    terminal.keys("\u{3}");
    terminal.keys("echo still-$((40 + 2))\r");
    terminal.wait_for("still-42");
    terminal.keys("exit\r");
    terminal.wait_until("the console", |screen| {
        screen.contains("the shell for cluster qa has ended") && screen.contains("qa-md-0")
    });
    let file = std::fs::read_to_string(terminal.home().join("file")).unwrap();
    let file = file.trim().strip_prefix("file=").unwrap();
    assert!(
        file.contains("fleetui-") && !std::path::Path::new(file).exists(),
        "{file}"
    );
    assert!(
        !file.starts_with("/tmp/fleetui-"),
        "not among what is everybody's: {file}"
    );
    merge(&mut terminal, &served.kubeconfig);
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
    served.stop().await;
}

/// A shell at a terminal heeds no SIGTERM by itself; the program ends it, and the file goes. What is killed leaves its file to the
/// next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_shell_ends_with_the_program_and_its_file_goes() {
    let served = Served::start("0").await;
    let words = "create cluster qa --from simulated --kubernetes-version v1.31.2 --yes --wait -o json";
    let words: Vec<&str> = words.split_whitespace().collect();
    let printed = served.run(&words).await;
    let document: serde_json::Value = serde_json::from_str(&printed).expect("one document and no text");
    assert_eq!(document["dryRun"], false, "{document}");
    for signal in ["TERM", "HUP", "KILL"] {
        let mut terminal = served.terminal(&["shell", "qa"]);
        terminal.wait_for("a shell for cluster default/qa");
        terminal.keys("echo \"file=$KUBECONFIG\" > $HOME/file; echo looked-$((40 + 2))\r");
        terminal.wait_for("looked-42");
        let file = std::fs::read_to_string(terminal.home().join("file")).unwrap();
        let file = std::path::PathBuf::from(file.trim().strip_prefix("file=").unwrap());
        assert!(file.exists());
        terminal.signal(signal);
        terminal.end();
        assert_eq!(file.exists(), signal == "KILL", "{signal}: {}", file.display());
        if signal == "KILL" {
            let states = terminal.home().join("state");
            served
                .run_in(&states, &["get", "kubeconfig", "qa", "--exec", "--", "true"])
                .await;
            assert!(!file.exists(), "{}", file.display());
        }
    }
    served.stop().await;
}

/// Merged into the kubeconfig that was named, as the command does it; what stands in it stays.
fn merge(terminal: &mut Terminal, path: &std::path::Path) {
    terminal.keys("x");
    terminal.wait_for("merge it as a context");
    terminal.keys("\t");
    terminal.wait_until("the second choice", |screen| {
        let mut lines = screen.lines();
        lines.any(|line| line.trim_start().starts_with("▌ merge it as a context"))
    });
    terminal.keys(ENTER);
    terminal.wait_for("as context qa-admin@qa");
    assert!(!terminal.home().join(".kube/config").exists());
    let merged = std::fs::read_to_string(path).unwrap();
    assert!(merged.contains("current-context: fleetui\n") && merged.contains("qa-admin@qa"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_question_is_left_by_control_c_and_nothing_is_written() {
    let served = Served::start("1").await;
    let mut terminal = served.terminal(&["host", "cordon", "node-1"]);
    terminal.wait_for("go on? [y/N]");
    terminal.keys("\u{3}");
    // It ends by that alone: no enter is waited for.
    assert_eq!(terminal.end(), 3);
    assert!(
        terminal.screen().contains("it was not confirmed"),
        "{}",
        terminal.screen()
    );
    let host = served.run(&["get", "hosts", "-o", "json"]).await;
    assert!(host.contains("\"state\": \"Free\""), "{host}");
    served.stop().await;
}

/// Several hosts are shown and asked about once, by command and by keys, and what was done to them together is taken back together.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_done_to_several_hosts_is_asked_once_and_taken_back_at_once() {
    let served = Served::start("3").await;
    let mut terminal = served.terminal(&["host", "cordon", "node-1", "node-3"]);
    let screen = terminal.wait_for("go on? [y/N]");
    for host in ["ByoHost default/node-1", "ByoHost default/node-3"] {
        assert!(screen.contains(host), "{screen}");
    }
    terminal.keys("y\n");
    assert_eq!(terminal.end(), 0, "{}", terminal.screen());
    assert_eq!(
        terminal.screen().matches("[y/N]").count(),
        1,
        "{}",
        terminal.screen()
    );
    let cordoned = async || {
        let hosts = served.run(&["get", "hosts", "-o", "json"]).await;
        hosts.matches("\"state\": \"Free,Cordoned\"").count()
    };
    assert_eq!(cordoned().await, 2);
    let mut terminal = served.console("jane");
    terminal.wait_for("live");
    terminal.keys(":hosts\r");
    terminal.wait_for("HOSTS 3");
    terminal.keys("g  :uncordon\r");
    let screen = terminal.wait_for("uncordon");
    assert!(!screen.contains("really?"), "{screen}");
    served.stop().await;
}
