//! The binary as a process that goes on: what it says, and how it ends when it is asked to.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

/// The longest that starting, ending or one line may take.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A running `fleetui`.
pub(crate) struct Running {
    pub(crate) process: Child,
    pub(crate) said: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// Starts it with these arguments.
    pub(crate) fn start(home: &Path, arguments: &[&OsStr]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_fleetui"))
            .args(arguments)
            .env("HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stderr.take().unwrap()).lines();
        Self { process, said }
    }

    /// Waits for a line with `part`.
    pub(crate) async fn hear(&mut self, part: &str) -> String {
        let mut heard = Vec::new();
        let hearing = async {
            while let Some(line) = self.said.next_line().await.unwrap() {
                if line.contains(part) {
                    return Some(line);
                }
                heard.push(line);
            }
            None
        };
        let found = tokio::time::timeout(PATIENCE, hearing)
            .await
            .unwrap_or_else(|_| panic!("it says nothing more, and never {part:?}"));
        found.unwrap_or_else(|| panic!("{part:?} is not in {heard:#?}"))
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.process.wait())
            .await
            .expect("it does not end")
            .unwrap()
    }

    /// Ends it as a service manager does; it must end well.
    pub(crate) async fn terminate(mut self) {
        let id = self.process.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        assert!(sent.success());
        assert_eq!(self.ended().await.code(), Some(0));
    }
}
