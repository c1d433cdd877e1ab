//! Logging in from inside: the credential plugin gets the terminal, a person answers it, and the console is whole again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Terminal;
use crate::clients::management_cluster::ManagementCluster;

/// Asks for a code at the terminal, as plugins for one-time passwords do, and gives a credential for the right one.
const PLUGIN: &str = r#"#!/bin/sh
case "$KUBERNETES_EXEC_INFO" in
  *'"interactive":true'*) ;;
  *) echo run >> "$0.refused"; exit 9 ;;
esac
printf 'Your code: ' >&2
read -r code < /dev/tty
if [ "$code" != 4711 ]; then echo 'wrong code' >&2; exit 1; fi
cat "$0.json"
"#;

/// A kubeconfig whose user logs in with that plugin, with what the administrator's has.
fn write_kubeconfig(cluster: &ManagementCluster, directory: &Path) -> PathBuf {
    let path = directory.join("kubeconfig");
    cluster.write_kubeconfig(&path);
    let mut file: Value = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let user = file.pointer_mut("/users/0/user").unwrap();
    let pem = |field: &str| {
        use base64::Engine as _;
        let data = user[field].as_str().unwrap();
        let pem = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        String::from_utf8(pem).unwrap()
    };
    let status = json!({
        "clientCertificateData": pem("client-certificate-data"),
        "clientKeyData": pem("client-key-data"),
    });
    *user = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", "interactiveMode": "Always"}});
    std::fs::write(&path, file.to_string()).unwrap();
    let plugin = directory.join("plugin");
    std::fs::write(&plugin, PLUGIN).unwrap();
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let credential = json!({
        "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": status});
    std::fs::write(directory.join("plugin.json"), credential.to_string()).unwrap();
    path
}

/// Waits until the console is there again and shows this.
fn wait_for_console(terminal: &Terminal, text: &str) {
    terminal.wait_for_state(text, |screen| {
        screen.alternate_screen() && screen.contents().contains(text)
    });
}

/// Waits until the plugin has asked so many times: the questions before stand on the terminal still.
fn wait_for_question(terminal: &Terminal, count: usize) {
    terminal.wait_until("the plugin's question", |screen| {
        screen.matches("Your code: ").count() == count
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anchor_16_a_plugin_that_asks_for_a_code_is_answered_inside() {
    let cluster = ManagementCluster::start().await;
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = write_kubeconfig(&cluster, directory.path());
    let mut terminal = Terminal::start(&["--kubeconfig", kubeconfig.to_str().unwrap()], 110, 30);
    terminal.wait_for("login needed");
    assert!(
        !directory.path().join("plugin.refused").exists(),
        "it is not run where nobody answers"
    );
    // Given up, it ends, and the console does not.
    terminal.keys("L");
    wait_for_question(&terminal, 1);
    terminal.assert_whole();
    terminal.keys("\u{3}");
    wait_for_console(&terminal, "credential plugin");
    // A wrong answer is told in the plugin's own words, which stood on the terminal.
    terminal.keys(":login\r");
    wait_for_question(&terminal, 2);
    terminal.keys("1234\r");
    wait_for_console(&terminal, "exit status: 1");
    terminal.keys("L");
    wait_for_question(&terminal, 3);
    terminal.keys("4711\r");
    wait_for_console(&terminal, "logged in to test");
    wait_for_console(&terminal, "● live");
    let screen = terminal.screen();
    assert!(screen.contains("c1") && !screen.contains("Your code"), "{screen}");
    // Keys are ours again, all of them.
    terminal.keys("?");
    terminal.wait_for("Help:");
    terminal.keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_whole();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_lost_at_the_plugins_question_ends_everything() {
    let cluster = ManagementCluster::bare().await;
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = write_kubeconfig(&cluster, directory.path());
    let mut terminal = Terminal::start(&["--kubeconfig", kubeconfig.to_str().unwrap()], 110, 30);
    terminal.wait_for("login needed");
    terminal.keys("L");
    wait_for_question(&terminal, 1);
    terminal.signal("HUP");
    assert_eq!(terminal.end(), 0);
    cluster.stop().await;
}
