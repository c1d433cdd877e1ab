//! A fetched kubeconfig is lent to a command or a shell: in a file of mode 0600 that is there for as long as the command runs.
//! What a program that was killed has left is taken away by the next one.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use fleetui_pki::private_file::private_directory;
use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tempfile::NamedTempFile;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::leftovers;
use crate::stored::Fetched;

/// How long a command may take to end that was asked to; then it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// How the files begin, before the number of the process that lends them.
const PREFIX: &str = "fleetui-";
/// How they end.
const SUFFIX: &str = ".kubeconfig";
/// The folder for them in the directory of the state.
const FOLDER: &str = "lent";
/// The shell where the environment names none.
const SHELL: &str = "/bin/sh";

/// What a kubeconfig is lent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Borrower {
    /// The program.
    pub program: OsString,
    /// What it is given.
    pub arguments: Vec<OsString>,
    /// Whether it is a shell at the terminal, which heeds no request to end, but ends where the terminal hangs up.
    pub is_shell: bool,
}

impl Borrower {
    /// The person's own shell.
    pub fn shell() -> Self {
        let shell = std::env::var_os("SHELL").filter(|shell| !shell.is_empty());
        Self {
            program: shell.unwrap_or_else(|| SHELL.into()),
            arguments: Vec::new(),
            is_shell: true,
        }
    }
}

/// Why a command did not run.
#[derive(Debug, thiserror::Error)]
pub enum LendError {
    /// The file could not be made.
    #[error("the kubeconfig cannot be written below {}: {what}", .directory.display())]
    File {
        /// The directory.
        directory: PathBuf,
        /// What the system says.
        what: String,
    },
    /// It leads outside of itself.
    #[error(
        "the kubeconfig has {0}, which leads outside of it: whoever wrote it would have programs run and files read here; fleetui get kubeconfig and fleetui shell give it away all the same with --allow-exec"
    )]
    Outside(String),
    /// The program could not be started.
    #[error("{} cannot be run: {what}", .program.to_string_lossy())]
    NotRun {
        /// The program.
        program: OsString,
        /// What the system says.
        what: String,
    },
    /// There is no such program.
    #[error("{} is not found", .0.to_string_lossy())]
    NotFound(OsString),
}

/// Refuses a kubeconfig that would have something run or read that its author chose, unless that is allowed.
///
/// # Errors
/// What of it leads outside of it.
pub fn check(fetched: &Fetched, allow_outside: bool) -> Result<(), LendError> {
    match fetched.outside() {
        Some(field) if !allow_outside => Err(LendError::Outside(field.to_owned())),
        Some(_) | None => Ok(()),
    }
}

/// Runs a command with `KUBECONFIG` set to a file of the current context alone, and gives how it ended. The terminal is the
/// command's; what is typed to end it is meant for it, and a signal that ends this program is passed on. Where this is dropped,
/// the command ends and the file goes. `state` is the directory of the state, where the system has none for what runs.
///
/// # Errors
/// The command does not run.
pub async fn run(
    fetched: &Fetched,
    borrower: &Borrower,
    state: Option<&Path>,
) -> Result<ExitStatus, LendError> {
    sweep(state);
    let file = file(fetched, state)?;
    let not_run = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => LendError::NotFound(borrower.program.clone()),
        _ => LendError::NotRun {
            program: borrower.program.clone(),
            what: error.to_string(),
        },
    };
    let mut command = Command::new(&borrower.program);
    command
        .args(&borrower.arguments)
        .env("KUBECONFIG", file.path())
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit());
    // Listened to before the child is there, so that none of them ends this program before it has taken the file away.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(not_run)?;
    let mut quit = signal(SignalKind::quit()).map_err(not_run)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(not_run)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(not_run)?;
    let mut command = CommandWrap::from(command);
    command.wrap(KillOnDrop);
    let mut child = command.spawn().map_err(not_run)?;
    let passed = loop {
        tokio::select! {
            status = child.wait() => return status.map_err(not_run),
            // Typed for the command, which has it from the terminal itself.
            _ = interrupt.recv() => {}
            _ = quit.recv() => {}
            _ = terminate.recv() => break SignalKind::terminate(),
            _ = hang_up.recv() => break SignalKind::hangup(),
        }
    };
    let passed = if borrower.is_shell {
        SignalKind::hangup()
    } else {
        passed
    };
    end(child.as_mut(), passed).await.map_err(not_run)
}

/// Takes away what programs that were killed have left. Blocks on the disk.
pub fn sweep(state: Option<&Path>) {
    let all = [runtime_directory(), state.map(|state| state.join(FOLDER))];
    for directory in all.into_iter().flatten() {
        leftovers::sweep(&directory, lender);
    }
}

/// The number of the process that lends the file of this name.
fn lender(name: &str) -> Option<u32> {
    let (process, _) = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-')?;
    process.parse().ok()
}

/// Passes a signal on, and kills what does not end by it.
async fn end(child: &mut dyn ChildWrapper, passed: SignalKind) -> io::Result<ExitStatus> {
    child.signal(passed.as_raw_value())?;
    match tokio::time::timeout(ENDS_WITHIN, child.wait()).await {
        Ok(status) => status,
        Err(_elapsed) => {
            child.start_kill()?;
            child.wait().await
        }
    }
}

/// The directory that the system keeps in memory for this user alone, where there is one.
fn runtime_directory() -> Option<PathBuf> {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    own.filter(|directory| directory.is_dir())
}

/// The file: in memory where the system has a place for it there, else in that of the state, else among those of everybody.
fn file(fetched: &Fetched, state: Option<&Path>) -> Result<NamedTempFile, LendError> {
    let own = state.map(|state| state.join(FOLDER));
    let of_system = runtime_directory();
    let is_own = of_system.is_none() && own.is_some();
    let directory = of_system.or(own).unwrap_or_else(std::env::temp_dir);
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let make = || {
        if is_own {
            private_directory(&directory).map_err(io::Error::other)?;
        }
        tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .tempfile_in(&directory)
    };
    let written = make().and_then(|mut file| {
        file.write_all(fetched.alone().reveal().as_bytes())?;
        file.flush()?;
        Ok(file)
    });
    written.map_err(|error| LendError::File {
        directory,
        what: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use fleetui_base::redact::Secret;

    use super::*;

    fn fetched(user: &str) -> Fetched {
        let text = format!(
            "{{current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}, {{name: other, context: {{cluster: o}}}}], \
             clusters: [{{name: k, cluster: {{server: \"https://127.0.0.1:1\"}}}}, {{name: o, cluster: {{server: \"https://o\"}}}}], \
             users: [{{name: u, user: {{{user}}}}}]}}"
        );
        Fetched::read(&Secret::new(text)).unwrap()
    }

    async fn sh(script: &str) -> Result<ExitStatus, LendError> {
        let borrower = Borrower {
            program: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            is_shell: false,
        };
        let state = tempfile::tempdir().unwrap();
        run(&fetched("token: abc"), &borrower, Some(state.path())).await
    }

    #[tokio::test]
    async fn the_file_is_there_while_the_command_runs_and_nobody_else_may_read_it() {
        let home = tempfile::tempdir().unwrap();
        let seen = home.path().join("seen");
        let script = format!(
            "stat -c %a $KUBECONFIG > {0}; echo $KUBECONFIG >> {0}; cat $KUBECONFIG >> {0}; exit 7",
            seen.display()
        );
        let status = sh(&script).await.unwrap();
        assert_eq!(status.code(), Some(7));
        let seen = std::fs::read_to_string(seen).unwrap();
        let mut lines = seen.lines();
        assert_eq!(lines.next(), Some("600"));
        let path = lines.next().unwrap();
        assert!(
            path.contains("fleetui-") && !std::path::Path::new(path).exists(),
            "{path}"
        );
        assert!(seen.contains("abc") && !seen.contains("other"), "{seen}");
    }

    #[test]
    fn a_file_lies_where_nobody_else_looks_and_goes_with_a_killed_program() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().unwrap();
        let mut gone = std::process::Command::new("true").spawn().unwrap();
        gone.wait().unwrap();
        let lent = file(&fetched("token: abc"), Some(state.path())).unwrap();
        let folder = state.path().join(FOLDER);
        // Where the system has a directory for what runs it lies there, and is seen to alike.
        if runtime_directory().is_none() {
            assert_eq!(lent.path().parent(), Some(folder.as_path()));
            let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        let name = lent.path().file_name().unwrap().to_str().unwrap();
        assert_eq!(lender(name), Some(std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let [orphan, other] = [
            format!("fleetui-{}-abc.kubeconfig", gone.id()),
            "mine.kubeconfig".to_owned(),
        ]
        .map(|name| folder.join(name));
        for path in [&orphan, &other] {
            std::fs::write(path, "x").unwrap();
        }
        sweep(Some(state.path()));
        assert!(!orphan.exists() && other.exists() && lent.path().exists());
    }

    /// As interactive shells are: deaf to SIGTERM.
    #[tokio::test]
    async fn a_shell_ends_where_the_program_is_asked_to() {
        use std::os::unix::process::ExitStatusExt as _;
        let mut command = Command::new("env");
        // Whoever started the tests may have had them ignore it, as nohup does.
        command.args(["--default-signal=HUP", "sh", "-c"]);
        command.arg("trap '' TERM; echo; while :; do sleep 1; done");
        command.stdout(Stdio::piped());
        let mut command = CommandWrap::from(command);
        command.wrap(KillOnDrop);
        let mut child = command.spawn().unwrap();
        let mut out = child.stdout().take().unwrap();
        // It listens no more.
        tokio::io::AsyncReadExt::read_u8(&mut out).await.unwrap();
        let status = end(child.as_mut(), SignalKind::hangup()).await.unwrap();
        assert_eq!(status.signal(), Some(SignalKind::hangup().as_raw_value()));
    }

    #[tokio::test]
    async fn how_it_ends_is_told() {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(sh("kill -9 $$").await.unwrap().signal(), Some(9));
        let borrower = Borrower {
            program: "no-such-program-at-all".into(),
            arguments: Vec::new(),
            is_shell: false,
        };
        let refused = run(&fetched("token: abc"), &borrower, None).await.unwrap_err();
        assert_eq!(refused.to_string(), "no-such-program-at-all is not found");
    }

    #[test]
    fn what_leads_outside_is_lent_only_where_that_is_allowed() {
        let exec = fetched("exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}");
        let refused = check(&exec, false).unwrap_err().to_string();
        assert!(
            refused.contains("exec") && refused.contains("--allow-exec"),
            "{refused}"
        );
        assert!(check(&exec, true).is_ok());
        assert!(check(&fetched("token: abc"), false).is_ok());
    }
}
