//! A `fleetui serve` in a process of its own, and clients of it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::Result;

/// A data directory. Under the folder that `FLEETUI_BENCH_DIR` names, else where the project is built: a temporary folder
/// is often in memory, and then nothing is durable.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Result<Self> {
        let place = std::env::var_os("FLEETUI_BENCH_DIR").map_or_else(
            || {
                Path::new(env!("CARGO_BIN_EXE_fleetui"))
                    .parent()
                    .map(PathBuf::from)
            },
            |place| Some(PathBuf::from(place)),
        );
        Ok(Self(tempfile::tempdir_in(place.unwrap_or_default())?))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Starts a server without controllers and waits until it says that it serves.
    pub(crate) async fn serve(&self) -> Result<Child> {
        Ok(self.serve_with(&["--no-controllers"]).await?.0)
    }

    /// Starts a server with further arguments and waits until it says that it serves; with it where it tells its metrics, if it
    /// does.
    pub(crate) async fn serve_with(&self, arguments: &[&str]) -> Result<(Child, Option<String>)> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_fleetui"))
            .arg("serve")
            .args(arguments)
            .arg("--data-dir")
            .arg(self.path().join("data"))
            .env("HOME", self.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let said = process.stderr.take().ok_or("no stderr")?;
        let mut lines = BufReader::new(said).lines();
        let mut metrics = None;
        while let Some(line) = lines.next_line().await? {
            if let Some((_, address)) = line.split_once("health and metrics at http://") {
                metrics = Some(address.to_owned());
            }
            if line.contains("serving https://") {
                // The rest is read, so that the server never waits for a reader.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok((process, metrics));
            }
        }
        Err("the server ended before it served".into())
    }

    /// A client; `compressed` for one that asks for gzip.
    pub(crate) async fn client(&self, compressed: bool) -> Result<Client> {
        let file = Kubeconfig::read_from(self.path().join("data/kubeconfig"))?;
        let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
        config.disable_compression = !compressed;
        Ok(Client::try_from(config)?)
    }
}

/// A server that serves.
pub(crate) struct Served {
    pub(crate) home: Home,
    process: Child,
    metrics: Option<String>,
}

impl Served {
    pub(crate) async fn start(home: Home) -> Result<Self> {
        let process = home.serve().await?;
        Ok(Self {
            home,
            process,
            metrics: None,
        })
    }

    /// One with the controllers, which everything is left to, and with further arguments.
    pub(crate) async fn with(home: Home, arguments: &[&str]) -> Result<Self> {
        let arguments = [&["--health-address", "127.0.0.1:0"], arguments].concat();
        let (process, metrics) = home.serve_with(&arguments).await?;
        Ok(Self {
            home,
            process,
            metrics,
        })
    }

    /// The sum of a metric over all its labels.
    pub(crate) async fn metric(&self, name: &str) -> Result<f64> {
        let address = self.metrics.as_deref().ok_or("it tells no metrics")?;
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let mut sum = 0.0;
        for line in answer.lines() {
            if let Some((of, value)) = line.rsplit_once(' ')
                && of.split('{').next() == Some(name)
            {
                sum += value.parse::<f64>()?;
            }
        }
        Ok(sum)
    }

    /// Ticks of processor time that it has used; a hundred of them are a second.
    pub(crate) fn ticks(&self) -> u64 {
        let id = self.process.id().unwrap_or_default();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // Behind the name, which may have blanks in it: state, parents, ..., user time and system time.
        let behind = stat.rsplit(')').next().unwrap_or_default();
        let numbers: Vec<&str> = behind.split_whitespace().collect();
        let of = |index: usize| numbers.get(index).and_then(|text| text.parse::<u64>().ok());
        of(11).unwrap_or(0) + of(12).unwrap_or(0)
    }

    /// Bytes of memory that the process has resident.
    pub(crate) fn resident_bytes(&self) -> u64 {
        resident_bytes(&self.process)
    }

    /// The same as a text.
    pub(crate) fn memory(&self) -> String {
        format!("{:.1} MiB resident", mebibytes(self.resident_bytes()))
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        end(&mut self.process).await
    }
}

/// Ends a server as a signal does.
pub(crate) async fn end(process: &mut Child) -> Result<()> {
    let id = process.id().ok_or("it ended by itself")?.to_string();
    Command::new("kill").args(["-TERM", &id]).status().await?;
    process.wait().await?;
    Ok(())
}

/// Bytes of memory that a process has resident.
pub(crate) fn resident_bytes(process: &Child) -> u64 {
    let id = process.id().unwrap_or_default();
    let statm = std::fs::read_to_string(format!("/proc/{id}/statm")).unwrap_or_default();
    let pages: u64 = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0);
    pages * 4096
}

#[allow(clippy::cast_precision_loss, reason = "a size to be read by people")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1024 * 1024)
}
