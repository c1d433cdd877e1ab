//! `fleetui get kubeconfig` and `fleetui shell`: the kubeconfig of a workload cluster, as its control plane keeps it in a Secret:
//! printed, merged into a file of the person's own, or lent to a command.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::{Report, eyre};
use fleetui_api::kinds::core;
use fleetui_base::clock::SystemClock;
use fleetui_base::redact::Secret;
use fleetui_base::{ObjectKey, ObjectName};
use fleetui_client::{
    Failure, FailureKind, FleetClient, KubeconfigFile, LendError, Lent, LentError, MergeError, Through,
    borrower, exit_code, leads_outside,
};
use fleetui_connect::Source;
use fleetui_fleet::act::{Act, Deed, Refusal, Step, Try};

use crate::cli::act::who;
use crate::cli::console::state_dir;
use crate::cli::status::{Refused, TimedOut};
use crate::cli::{FleetArgs, management, tell};

/// What `fleetui get kubeconfig` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct KubeconfigArgs {
    /// The Cluster
    name: String,
    /// Merge it as a context into the file that kubectl would write to (that of --kubeconfig, else of KUBECONFIG, else
    /// ~/.kube/config) instead of printing it
    #[arg(long, conflicts_with = "exec")]
    merge: bool,
    /// What the merged context is called, its cluster and its user with it
    #[arg(long, value_name = "NAME", requires = "merge", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    context_name: Option<String>,
    /// Take the place of others of the same name
    #[arg(long, requires = "merge")]
    force: bool,
    /// Run the command behind -- with it, in a file that is gone afterwards; ends with the command's own status
    #[arg(long, requires = "command")]
    exec: bool,
    /// The command
    #[arg(last = true, value_name = "COMMAND", requires = "exec")]
    command: Vec<OsString>,
    #[command(flatten)]
    lend: LendArgs,
}

/// What `fleetui shell` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct ShellArgs {
    /// The Cluster
    name: String,
    #[command(flatten)]
    lend: LendArgs,
}

#[derive(Debug, Clone, Args)]
struct LendArgs {
    /// Also where the kubeconfig has programs run or files read, as its author chose
    #[arg(long)]
    allow_exec: bool,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Prints it, merges it, or runs a command with it.
pub(crate) async fn run(args: KubeconfigArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    if args.exec {
        return lend(&args.name, &args.command, &args.lend, &fleet).await;
    }
    let (fetched, place) = fetch(&args.name, (&args.lend, false), &fleet).await?;
    if args.merge {
        return merge(args, &fetched, &fleet).await;
    }
    // What is none is not given away as one; what it may lack, its reader finds.
    let read = serde_yaml::from_str::<serde_json::Value>(fetched.reveal());
    if !read.is_ok_and(|read| read.is_object()) {
        return Err(eyre!(
            "the kubeconfig of {place} cannot be read: it is no YAML mapping"
        ));
    }
    if let Some(field) = leads_outside(&fetched) {
        tell(&format!(
            "mind that this kubeconfig of {place} has {field}, which has programs run or files read where it is used"
        ));
    }
    crate::cli::print::text(fetched.reveal())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the person's shell with it.
pub(crate) async fn shell(args: ShellArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    lend(&args.name, &[], &args.lend, &fleet).await
}

async fn merge(
    args: KubeconfigArgs,
    fetched: &Secret<String>,
    fleet: &FleetArgs,
) -> color_eyre::Result<ExitCode> {
    let lent = Lent::new(fetched, args.lend.allow_exec);
    let (target, _) = management::target_and_namespace(fleet)?;
    let through = match target.source {
        Source::Kubeconfig { context, files, .. } => Some(Through { context, files }),
        Source::Ready(_) => None,
    };
    let into = KubeconfigFile {
        file: fleet.kubeconfig.clone(),
        context: args.context_name,
        force: args.force,
        through,
    };
    let merged = match lent {
        Ok(lent) => lent.merge(into).await,
        Err(error) => Err(error),
    };
    let merged = merged.map_err(refused)?;
    let (context, file) = (&merged.context, merged.file.display());
    let said = if merged.was_there {
        format!("context {context} is in {file} already")
    } else {
        format!(
            "context {context} is in {file}; kubectl --context {} takes it",
            as_word(context)
        )
    };
    writeln!(std::io::stdout().lock(), "{}", fleetui_base::Shown::line(&said))?;
    Ok(ExitCode::SUCCESS)
}

/// A name as one word of a shell.
fn as_word(name: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.@:/+=,%".contains(character);
    if !name.is_empty() && name.chars().all(is_plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}

/// Lends it to a command, or to the person's shell where there is none.
async fn lend(
    name: &str,
    command: &[OsString],
    args: &LendArgs,
    fleet: &FleetArgs,
) -> color_eyre::Result<ExitCode> {
    let (fetched, place) = fetch(name, (args, true), fleet).await?;
    let lent = Lent::new(&fetched, args.allow_exec).map_err(refused)?;
    if command.is_empty() {
        tell(&format!("a shell for {place}; exit leaves it"));
    }
    let status = lent.run(&borrower(command), state_dir().as_deref()).await;
    match status {
        Ok(status) => Ok(ExitCode::from(exit_code(status))),
        // As shells have it.
        Err(LentError::Lend(error @ LendError::NotFound(_))) => {
            tell(&error.to_string());
            Ok(ExitCode::from(127))
        }
        Err(error) => Err(refused(error)),
    }
}

/// The kubeconfig, and of which cluster it is; `lends` where a command gets it, which may change anything there.
async fn fetch(
    name: &str,
    (args, lends): (&LendArgs, bool),
    fleet: &FleetArgs,
) -> color_eyre::Result<(Secret<String>, String)> {
    let (mut target, namespace) = management::target_and_namespace(fleet)?;
    // Nothing is watched for it.
    target.lazy = true;
    let is_refused = lends && target.read_only;
    let place = target.management_cluster.clone();
    let cluster = ObjectKey::new(place.clone(), core("Cluster"), ObjectName::new(&namespace, name));
    let settings = who::settings(fleet, "get kubeconfig", who::Book::User);
    let (client, updates) = FleetClient::start(vec![target], SystemClock::shared(), settings);
    if is_refused {
        let why = format!(
            "{place} is read-only here, and a command with this kubeconfig may change anything in the cluster"
        );
        client.note(Try {
            act: Act {
                subject: cluster,
                uid: "".into(),
                deed: Deed::Kubeconfig,
                reason: args.reason.clone(),
            },
            refusal: Refusal::at(Step::ReadOnly, why.as_str()),
        });
        client.shut_down().await;
        return Err(Refused(why).into());
    }
    let fetched = client.kubeconfig(&cluster, "", args.reason.clone()).await;
    client.shut_down().await;
    drop(updates);
    let of = format!("cluster {namespace}/{name} of {place}");
    let located = |failure| failed(management::located(failure, &place));
    fetched.map(|fetched| (fetched, of)).map_err(located)
}

fn failed(failure: Failure) -> Report {
    if failure.kind == FailureKind::TimedOut {
        return TimedOut(failure.message).into();
    }
    failure.into()
}

/// What was not given away on purpose is told apart from what failed.
fn refused(error: LentError) -> Report {
    match error {
        LentError::Lend(LendError::Outside(_))
        | LentError::Merge(
            MergeError::Clash { .. }
            | MergeError::Used { .. }
            | MergeError::Elsewhere { .. }
            | MergeError::LeadsHere { .. }
            | MergeError::Protected(_),
        ) => Refused(error.to_string()).into(),
        LentError::Lend(_) | LentError::Merge(_) | LentError::Unreadable(_) | LentError::Fault => {
            error.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_shell_takes_apart_is_quoted() {
        for (name, word) in [
            ("admin@eu", "admin@eu"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(as_word(name), word);
        }
    }
}
