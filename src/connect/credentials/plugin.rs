//! One credential plugin (`exec` of a kubeconfig) and one run of it: a limit in time, output bounded, and no terminal unless
//! a person logs in.

use std::collections::BTreeMap;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use fleetui_base::redact::Secret;
use futures::future::{Either, select};
use kube::config::{Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::error::Elapsed;

use super::{Credential, CredentialError};

/// The most that a credential can be; what is longer is none.
const LONGEST_OUTPUT: u64 = 1 << 20;
/// How much of a plugin's complaint is kept: its end, where the reason is.
const LONGEST_WORDS: usize = 1024;
/// How long the complaint of a plugin that has ended is still waited for.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// A plugin with everything that its answer depends on; equal ones share one run.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Plugin {
    command: String,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    /// The value of `KUBERNETES_EXEC_INFO`.
    exec_info: String,
    install_hint: String,
    talks: Talks,
}

/// Whether a plugin talks to a person, as the kubeconfig's `interactiveMode` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Talks {
    Never,
    IfItCan,
    Always,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Arguments and environment may hold secrets.
        f.debug_struct("Plugin")
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

impl Plugin {
    /// The plugin of a kubeconfig's user.
    pub fn of(exec: &ExecConfig, cluster: &Cluster) -> Result<Self, CredentialError> {
        let command = exec.command.clone().filter(|command| !command.is_empty());
        let command = command.ok_or_else(|| {
            CredentialError::Unsupported("the kubeconfig's exec plugin has no command".to_owned())
        })?;
        let talks = match exec.interactive_mode {
            Some(ExecInteractiveMode::Always) => Talks::Always,
            Some(ExecInteractiveMode::Never) => Talks::Never,
            Some(ExecInteractiveMode::IfAvailable) | None => Talks::IfItCan,
        };
        let environment = exec
            .env
            .iter()
            .flatten()
            .filter_map(|variable| Some((variable.get("name")?.clone(), variable.get("value")?.clone())));
        Ok(Self {
            arguments: exec.args.clone().unwrap_or_default(),
            environment: environment.collect(),
            exec_info: exec_info(exec, cluster)?,
            install_hint: exec.install_hint.clone().unwrap_or_default(),
            talks,
            command,
        })
    }

    /// The command, for showing.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Whether it is of no use without a person to talk to.
    pub(super) fn always_talks(&self) -> bool {
        self.talks == Talks::Always
    }

    /// Runs the plugin at the terminal: a person reads what it says and answers. Only its output is taken, for the credential.
    pub(super) async fn converse(&self, limit: Duration) -> Result<Credential, CredentialError> {
        let may_ask = self.talks != Talks::Never;
        let mut command = Command::new(&self.command);
        command
            .args(&self.arguments)
            .envs(&self.environment)
            .env("KUBERNETES_EXEC_INFO", self.told(may_ask))
            .stdin(if may_ask { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        // It stays in our process group, which is the one that the terminal listens to.
        let mut command = CommandWrap::from(command);
        command.wrap(KillOnDrop);
        let mut child = command.spawn().map_err(|error| self.not_spawned(&error))?;
        let Some(stdout) = child.stdout().take() else {
            return Err(self.not_run("it has no output"));
        };
        let mut output = Vec::new();
        let finished = tokio::time::timeout(limit, async {
            let mut stdout = stdout.take(LONGEST_OUTPUT);
            let (status, read) = tokio::join!(child.wait(), stdout.read_to_end(&mut output));
            read.and(status)
        })
        .await;
        self.outcome(finished, &output, String::new(), limit)
    }

    /// The value of `KUBERNETES_EXEC_INFO` for a run with a person, or without.
    fn told(&self, may_ask: bool) -> String {
        let mut info = serde_json::from_str::<serde_json::Value>(&self.exec_info).unwrap_or_default();
        match info.pointer_mut("/spec/interactive") {
            Some(interactive) => *interactive = may_ask.into(),
            None => return self.exec_info.clone(),
        }
        info.to_string()
    }

    /// Runs the plugin once, without a person.
    pub(super) async fn run(&self, timeout: Duration) -> Result<Credential, CredentialError> {
        let mut child = self.spawn()?;
        let (Some(stdout), Some(stderr)) = (child.stdout().take(), child.stderr().take()) else {
            return Err(self.not_run("it has no output"));
        };
        let (mut output, mut words) = (Vec::new(), Vec::new());
        let finished = tokio::time::timeout(timeout, async {
            let mut stdout = stdout.take(LONGEST_OUTPUT);
            let working = async { tokio::join!(child.wait(), stdout.read_to_end(&mut output)) };
            let (working, listening) = (pin!(working), pin!(keep_end(stderr, &mut words)));
            let (status, read) = match select(working, listening).await {
                Either::Left((done, listening)) => {
                    // A child of the plugin may hold its error output open for ever.
                    let _ = tokio::time::timeout(LAST_WORDS, listening).await;
                    done
                }
                Either::Right(((), working)) => working.await,
            };
            read.and(status)
        })
        .await;
        if finished.is_err() {
            // Dropping the child ends it too; asking now does not wait for the drop.
            let _ = child.start_kill();
        }
        self.outcome(finished, &output, bounded(&words), timeout)
    }

    /// What came of a run.
    fn outcome(
        &self,
        finished: Result<std::io::Result<ExitStatus>, Elapsed>,
        output: &[u8],
        words: String,
        limit: Duration,
    ) -> Result<Credential, CredentialError> {
        match finished {
            Ok(Ok(status)) if status.success() => self.parse(output, &words),
            Ok(Ok(status)) => Err(CredentialError::Failed {
                command: self.command.clone(),
                status: status.to_string(),
                words,
            }),
            Ok(Err(error)) => Err(self.not_run(&error.to_string())),
            Err(_elapsed) => Err(CredentialError::TimedOut {
                command: self.command.clone(),
                after: limit,
                words,
            }),
        }
    }

    fn spawn(&self) -> Result<Box<dyn ChildWrapper>, CredentialError> {
        let mut command = Command::new(&self.command);
        command
            .args(&self.arguments)
            .envs(&self.environment)
            .env("KUBERNETES_EXEC_INFO", &self.exec_info)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        command.wrap(KillOnDrop);
        // A session of its own has no terminal: what it would write to /dev/tty or ask there cannot reach the screen.
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessSession);
        command.spawn().map_err(|error| self.not_spawned(&error))
    }

    fn not_spawned(&self, error: &std::io::Error) -> CredentialError {
        match error.kind() {
            std::io::ErrorKind::NotFound => CredentialError::NotInstalled {
                command: self.command.clone(),
                hint: self.install_hint.clone(),
            },
            _ => self.not_run(&error.to_string()),
        }
    }

    fn parse(&self, output: &[u8], words: &str) -> Result<Credential, CredentialError> {
        let malformed = |what: String| CredentialError::Malformed {
            command: self.command.clone(),
            what,
            words: words.to_owned(),
        };
        let printed: Printed = serde_json::from_slice(output).map_err(|error| {
            malformed(format!(
                "no ExecCredential at line {}, column {}",
                error.line(),
                error.column()
            ))
        })?;
        if printed.kind.as_deref() != Some("ExecCredential") {
            return Err(malformed("its kind is not ExecCredential".to_owned()));
        }
        let status = printed
            .status
            .ok_or_else(|| malformed("it has no status".to_owned()))?;
        let expires = match status.expiration_timestamp.as_deref().map(str::parse) {
            None => None,
            Some(Ok(expires)) => Some(expires),
            Some(Err(_)) => {
                return Err(malformed(
                    "its expirationTimestamp is no RFC 3339 time".to_owned(),
                ));
            }
        };
        let certificate = match (status.client_certificate_data, status.client_key_data) {
            (Some(certificate), Some(key)) => Some((certificate, Secret::new(key))),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(malformed(
                    "a client certificate and its key come together or not at all".to_owned(),
                ));
            }
        };
        let token = status
            .token
            .map(|token| token.trim().to_owned())
            .filter(|token| !token.is_empty());
        if token.is_none() && certificate.is_none() {
            return Err(malformed(
                "it has neither a token nor a client certificate".to_owned(),
            ));
        }
        Ok(Credential {
            token: token.map(Secret::new),
            certificate,
            expires,
        })
    }

    fn not_run(&self, what: &str) -> CredentialError {
        CredentialError::NotRun {
            command: self.command.clone(),
            what: what.to_owned(),
        }
    }
}

/// `ExecCredential` as a plugin prints it; both API versions have this shape.
#[derive(Deserialize)]
struct Printed {
    kind: Option<String>,
    status: Option<PrintedStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PrintedStatus {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// What the plugin is told about the cluster and about us: there is nobody to talk to.
fn exec_info(exec: &ExecConfig, cluster: &Cluster) -> Result<String, CredentialError> {
    let cluster = if exec.provide_cluster_info {
        let cluster = ExecAuthCluster::try_from(cluster)
            .map_err(|error| CredentialError::Unsupported(format!("the kubeconfig's cluster: {error}")))?;
        Some(cluster)
    } else {
        None
    };
    let mut spec = serde_json::json!({ "interactive": false });
    if let (Some(spec), Some(cluster)) = (spec.as_object_mut(), cluster) {
        let cluster = serde_json::to_value(cluster)
            .map_err(|error| CredentialError::Unsupported(format!("the kubeconfig's cluster: {error}")))?;
        spec.insert("cluster".to_owned(), cluster);
    }
    let api_version = exec
        .api_version
        .as_deref()
        .unwrap_or("client.authentication.k8s.io/v1");
    Ok(serde_json::json!({ "kind": "ExecCredential", "apiVersion": api_version, "spec": spec }).to_string())
}

/// Reads to the end and keeps the last words.
async fn keep_end(mut from: impl AsyncRead + Unpin, kept: &mut Vec<u8>) {
    let mut piece = [0_u8; 1024];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        kept.extend_from_slice(piece.get(..read).unwrap_or_default());
        let surplus = kept.len().saturating_sub(LONGEST_WORDS);
        kept.drain(..surplus);
    }
}

fn bounded(words: &[u8]) -> String {
    String::from_utf8_lossy(words).trim().to_owned()
}
