//! The `kubernetes` package for Python against an embedded management cluster: what scripts and operators do with it.
//!
//! Where there is no Python with that package the test says so and passes, but not on CI.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::management_cluster::ManagementCluster;

/// The longest that the script may take; really it takes a few seconds.
const PATIENCE: Duration = Duration::from_mins(2);

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/clients/python_client.py");

/// A Python that has the package: the one that the checks install, or the machine's own.
fn found() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python");
    [installed, PathBuf::from("python3")].into_iter().find(|python| {
        Command::new(python)
            .args(["-c", "import kubernetes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_creates_watches_and_applies() {
    let Some(python) = found() else {
        let on_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!on_ci, "no Python with the package kubernetes on CI");
        println!("skipped: there is no Python with the package kubernetes");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let kubeconfig = home.path().join("config");
    let cluster = ManagementCluster::start().await;
    cluster.write_kubeconfig(&kubeconfig);
    let script = tokio::process::Command::new(python)
        .arg(SCRIPT)
        .arg(&kubeconfig)
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, script)
        .await
        .expect("it hangs")
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("all well"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    cluster.stop().await;
}
