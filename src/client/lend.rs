//! What a person does with the kubeconfig of a workload cluster: merge it into a file of their own, write it to one, or lend it to
//! a command. A kubeconfig that leads outside of itself is given to nobody unless that is allowed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use fleetui_base::redact::Secret;
use fleetui_connect::kubeconfig::merge::{MergeError, Merged, Through, merge};
use fleetui_connect::lent::{self, Borrower, LendError};
use fleetui_connect::stored::{Fetched, outside_of_all};
use fleetui_connect::{ConnectError, Environment, KubeconfigFiles};

/// A kubeconfig, and whether what it names outside of itself may be used by whoever gets it.
#[derive(Debug, Clone)]
pub struct Lent {
    fetched: Arc<Fetched>,
}

/// The file that a kubeconfig is merged into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KubeconfigFile {
    /// The file; the one that kubectl would write to where none is named.
    pub file: Option<PathBuf>,
    /// What the context is called; as the kubeconfig calls it where nothing is said.
    pub context: Option<String>,
    /// Whether others of the same name give way.
    pub force: bool,
    /// The context through which it was fetched, which never does.
    pub through: Option<Through>,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum LentError {
    /// It was not lent.
    #[error(transparent)]
    Lend(#[from] LendError),
    /// It is no kubeconfig.
    #[error(transparent)]
    Unreadable(#[from] ConnectError),
    /// It was not merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// By a fault of this program.
    #[error("it ended by a fault of this program")]
    Fault,
}

impl Lent {
    /// A kubeconfig to be given away.
    ///
    /// # Errors
    /// It cannot be read, or leads outside of itself, and that is not allowed.
    pub fn new(text: &Secret<String>, allow_outside: bool) -> Result<Self, LentError> {
        let fetched = Fetched::read(text)?;
        lent::check(&fetched, allow_outside)?;
        Ok(Self {
            fetched: Arc::new(fetched),
        })
    }

    /// Merges it into a kubeconfig file.
    ///
    /// # Errors
    /// A name is taken, or the file cannot be written; then it is as it was.
    pub async fn merge(&self, into: KubeconfigFile) -> Result<Merged, LentError> {
        let fetched = Arc::clone(&self.fetched);
        let merging = tokio::task::spawn_blocking(move || {
            let files = KubeconfigFiles::of(into.file.as_deref(), &Environment::of_process());
            let force = (into.force, into.through.as_ref());
            merge(&fetched, &files, into.context.as_deref(), force)
        });
        Ok(merging.await.map_err(|_| LentError::Fault)??)
    }

    /// Runs a command with it, in the terminal of this program; gives how that ended. `state` is the directory of the state.
    ///
    /// # Errors
    /// It does not run.
    pub async fn run(&self, borrower: &Borrower, state: Option<&Path>) -> Result<ExitStatus, LentError> {
        Ok(lent::run(&self.fetched, borrower, state).await?)
    }
}

/// The field of a kubeconfig that leads outside of it, of whichever of its users and clusters, where one does: a program that is run,
/// a file that is read. Not yet safe to show.
pub fn leads_outside(text: &Secret<String>) -> Option<String> {
    outside_of_all(text)
}

/// The person's shell, or this command.
pub fn borrower(command: &[OsString]) -> Borrower {
    match command.split_first() {
        Some((program, arguments)) => Borrower {
            program: program.clone(),
            arguments: arguments.to_vec(),
            is_shell: false,
        },
        None => Borrower::shell(),
    }
}

/// How a shell tells the end of a command: its status, or 128 and the signal that ended it.
pub fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Where a kubeconfig is written that is for one cluster alone.
pub fn own_file(directory: &Path, management_cluster: &str, cluster: &str) -> PathBuf {
    let plain = |text: &str| -> String {
        let allowed = |at: char| at.is_ascii_alphanumeric() || matches!(at, '-' | '.' | '_');
        text.chars()
            .map(|at| if allowed(at) { at } else { '-' })
            .collect()
    };
    directory.join("kubeconfigs").join(format!(
        "{}-{}.kubeconfig",
        plain(management_cluster),
        plain(cluster)
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn ends_are_told_as_shells_tell_them() {
        assert_eq!(exit_code(ExitStatus::from_raw(7 << 8)), 7);
        assert_eq!(exit_code(ExitStatus::from_raw(2)), 130);
    }

    #[test]
    fn a_file_of_its_own_stays_in_its_folder_whatever_the_names_are() {
        let path = own_file(Path::new("/s"), "../../etc/x", "prod/a");
        assert_eq!(path, Path::new("/s/kubeconfigs/..-..-etc-x-prod-a.kubeconfig"));
    }
}
