//! The binary without a terminal: what it prints, what it says, how it ends.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Semaphore;

/// How long one run may take; a slow machine is no failure.
const PATIENCE: Duration = Duration::from_mins(4);

/// Runs that go on at a time. A demo keeps a processor busy, and more of them than processors only wait for each other.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A home for the program, with nothing in it but what a test writes.
pub(crate) struct Home(TempDir);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) printed: String,
    pub(crate) said: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file below the home, and gives its path.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes a file of the person's configuration.
    pub(crate) fn configure(&self, path: &str, text: &str) -> PathBuf {
        self.write(&format!("config/fleetui/{path}"), text)
    }

    /// Runs `fleetui` with these arguments to its end.
    pub(crate) async fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Ended {
        self.run_with(&[], arguments).await
    }

    /// The same with variables of the environment.
    pub(crate) async fn run_with(
        &self,
        variables: &[(&str, &str)],
        arguments: &[impl AsRef<OsStr>],
    ) -> Ended {
        let _turn = AT_ONCE.acquire().await.unwrap();
        let running = Command::new(env!("CARGO_BIN_EXE_fleetui"))
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("LANG", "C.UTF-8")
            .env("COLORTERM", "truecolor")
            .env("TERM", "xterm-256color")
            .env_remove("KUBECONFIG")
            .env_remove("NO_COLOR")
            .env_remove("RUST_BACKTRACE")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(PATIENCE, running)
            .await
            .expect("the program does not end")
            .unwrap();
        Ended {
            code: output.status.code(),
            printed: String::from_utf8(output.stdout).unwrap(),
            said: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A kubeconfig with one context for each name, all of the server at `server`; the first is the current one.
pub(crate) fn kubeconfig(contexts: &[&str], server: &str) -> String {
    let entry = |name: &&str| serde_json::json!({"name": name, "context": {"cluster": "c", "user": "u"}});
    let file = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts.first(),
        "contexts": contexts.iter().map(entry).collect::<Vec<_>>(),
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "not-for-anybodys-eyes"}}],
    });
    // JSON is YAML, once what YAML does not take as it is has been written as its number.
    let written = |character: char| {
        if character.is_ascii() {
            character.to_string()
        } else {
            format!("\\u{:04x}", character as u32)
        }
    };
    file.to_string().chars().map(written).collect()
}
