//! `fleetui backup` and `fleetui restore`: an embedded management cluster's objects in a file, and back.
//!
//! A store that nobody serves is read from its directory; one that is being served is asked over its API, so that the
//! backup is of one revision either way.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use color_eyre::eyre::{WrapErr as _, bail, eyre};
use fleetui_apiserver::OpenError;
use fleetui_apiserver::backup::{self, BackupError, Summary};
use fleetui_base::SharedClock;
use fleetui_base::clock::SystemClock;
use fleetui_connect::{
    Broker, ConnectSettings, Connector, Environment, PluginSettings, TargetRequest, of_line, resolve,
};
use fleetui_pki::certificate::ders_of_pem;
use fleetui_pki::private_file::read_private;
use futures::AsyncBufReadExt as _;
use tempfile::NamedTempFile;

use super::FleetArgs;

/// How long the server may take for the next line of a backup.
const NEXT_LINE: Duration = Duration::from_secs(30);

/// What `fleetui backup` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct BackupArgs {
    /// The data directory; if a server has it open, that server is asked: by --kubeconfig, else the directory's own, else KUBECONFIG
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// The file to write, which may not be there yet. It holds Secrets and is readable by you alone
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// What `fleetui restore` is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct RestoreArgs {
    /// The data directory to make; one that is there must be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// The backup
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
}

/// Writes a backup, whole or not at all.
pub(crate) async fn backup(args: BackupArgs, fleet: FleetArgs) -> color_eyre::Result<ExitCode> {
    if args.output.exists() {
        bail!("{} is there already; name another file", args.output.display());
    }
    let folder = match args.output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    // Made for its owner alone, and gone again unless it gets its name.
    let mut file = tempfile::Builder::new()
        .prefix(".fleetui-backup-")
        .tempfile_in(folder)
        .wrap_err_with(|| format!("no file can be made in {}", folder.display()))?;
    let summary = match of_directory(&args.data_dir, &mut file) {
        Err(BackupError::Open(OpenError::InUse { .. })) => {
            of_server(
                &args.data_dir,
                &kubeconfig(&args.data_dir, fleet.kubeconfig),
                &mut file,
            )
            .await?
        }
        other => other?,
    };
    file.as_file().sync_all()?;
    file.persist_noclobber(&args.output)
        .wrap_err_with(|| format!("{} cannot be written", args.output.display()))?;
    say(&format!(
        "saved {} objects of revision {} in {}",
        summary.objects,
        summary.revision,
        args.output.display()
    ))
}

/// Makes a store from a backup.
pub(crate) async fn restore(args: RestoreArgs) -> color_eyre::Result<ExitCode> {
    let file = File::open(&args.from).wrap_err_with(|| format!("{} cannot be read", args.from.display()))?;
    let directory = args.data_dir.clone();
    let restoring =
        tokio::task::spawn_blocking(move || backup::restore(&directory, &mut BufReader::new(file)));
    let summary = restoring.await??;
    say(&format!(
        "restored {} objects of revision {} in {}; serve them with: fleetui serve --data-dir {}",
        summary.objects,
        summary.revision,
        args.data_dir.display(),
        args.data_dir.display()
    ))
}

fn of_directory(directory: &Path, file: &mut NamedTempFile) -> Result<Summary, BackupError> {
    let mut out = BufWriter::new(file.as_file_mut());
    let summary = backup::write(directory, &mut out)?;
    out.flush()?;
    Ok(summary)
}

/// The kubeconfig that should lead to the server of a directory: the one that is named, else the directory's own, else the
/// first of KUBECONFIG.
fn kubeconfig(directory: &Path, named: Option<PathBuf>) -> PathBuf {
    let own = directory.join("kubeconfig");
    let of_environment = || {
        let all = Environment::of_process().kubeconfig?;
        std::env::split_paths(&all).find(|path| path.exists())
    };
    named.unwrap_or_else(|| {
        if own.exists() {
            own
        } else {
            of_environment().unwrap_or(own)
        }
    })
}

/// A client of the server that has the directory open, and of no other: what is saved under a directory's name is what
/// it holds.
async fn client(directory: &Path, kubeconfig: &Path) -> color_eyre::Result<kube::Client> {
    let shown = kubeconfig.display();
    if !kubeconfig.exists() {
        bail!(
            "a server has the data directory open, and there is no {shown}; name its administrator's kubeconfig with --kubeconfig"
        );
    }
    let request = TargetRequest {
        kubeconfig: Some(kubeconfig.to_owned()),
        environment: Environment::of_process(),
        ..TargetRequest::default()
    };
    let targets = resolve(&request).map_err(|error| eyre!("{shown} cannot be used: {error}"))?;
    let mut target = targets
        .into_iter()
        .next()
        .ok_or_else(|| eyre!("{shown} cannot be used: it has no current context"))?;
    let authority = read_private(&directory.join("pki").join("ca.crt"))?.unwrap_or_default();
    let authority = ders_of_pem(&authority)
        .wrap_err_with(|| format!("the authority of {} cannot be read", directory.display()))?;
    let proves = target.prove_by(&authority);
    if !proves.map_err(|error| eyre!("{shown} cannot be used: {error}"))? {
        bail!(
            "{shown} leads to another server than the one that has {} open; name that one's administrator's kubeconfig with --kubeconfig",
            directory.display()
        );
    }
    let clock: SharedClock = SystemClock::shared();
    let broker = Broker::new(clock.clone(), PluginSettings::default());
    let connector = Connector::new(&target, broker, clock, ConnectSettings::default());
    let connected = connector.client().await;
    Ok(connected
        .map_err(|error| eyre!("{shown} cannot be used: {error}"))?
        .client)
}

/// What a refusal says, in words.
fn in_words(error: kube::Error, kubeconfig: &Path) -> color_eyre::Report {
    match error {
        kube::Error::Api(status) if matches!(status.code, 401 | 403) => eyre!(
            "the user of {} may not save everything: {}; name the administrator's kubeconfig with --kubeconfig",
            kubeconfig.display(),
            status.message
        ),
        kube::Error::Api(status) => eyre!("the server does not save: {}", status.message),
        other => eyre!(
            "a server has the data directory open, and {} does not lead to it: {}",
            kubeconfig.display(),
            of_line(&other)
        ),
    }
}

async fn of_server(
    directory: &Path,
    kubeconfig: &Path,
    file: &mut NamedTempFile,
) -> color_eyre::Result<Summary> {
    let client = client(directory, kubeconfig).await?;
    let request = http::Request::get("/debug/backup").body(Vec::new())?;
    let asked = tokio::time::timeout(NEXT_LINE, client.request_stream(request)).await;
    let lines = asked
        .map_err(|_| eyre!("the server does not answer"))?
        .map_err(|error| in_words(error, kubeconfig))?;
    let mut lines = std::pin::pin!(lines);
    let mut out = BufWriter::new(file.as_file_mut());
    let mut reader = backup::Reader::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = tokio::time::timeout(NEXT_LINE, lines.read_until(b'\n', &mut line)).await;
        if read.map_err(|_| eyre!("the server says nothing more"))?? == 0 {
            break;
        }
        // Looked at on its way: a backup that is damaged is noticed now and not when it is needed.
        reader.line(&line)?;
        out.write_all(&line)?;
    }
    let summary = reader.end()?;
    out.flush()?;
    Ok(summary)
}

fn say(line: &str) -> color_eyre::Result<ExitCode> {
    writeln!(std::io::stdout(), "{line}")?;
    Ok(ExitCode::SUCCESS)
}
