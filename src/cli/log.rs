//! What goes on inside, told on stderr: what failed and is tried again. For commands that run long and draw no screen.
//!
//! Must not know: what is told. Names in it come from servers, so that every line passes the sanitiser.

use std::io::{self, Write};

use color_eyre::eyre::WrapErr as _;
use fleetui_base::Shown;
use tracing_subscriber::{EnvFilter, fmt};

/// The environment variable that says how much is told, as `info` or `warn,fleetui_controllers=debug`.
const VARIABLE: &str = "FLEETUI_LOG";

/// How much is told where nobody says.
const LEVEL: &str = "warn";
/// What kube itself tells, ours tell too, in words and of which object: it is told where it is named alone.
const KUBE: &str = "kube_runtime=error,kube_client=off";

/// Tells from now on. A second call changes nothing.
pub(crate) fn start() -> color_eyre::Result<()> {
    let said = std::env::var(VARIABLE).unwrap_or_default();
    let filter = filter(&said).wrap_err_with(|| format!("{VARIABLE}={said} is not understood"))?;
    let subscriber = fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| Safe(io::stderr()));
    // Whoever was first tells.
    let _ = subscriber.try_init();
    Ok(())
}

/// How much is told where the variable says this.
fn filter(said: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    let said = if said.is_empty() { LEVEL } else { said };
    // What comes later wins over the same target before.
    EnvFilter::try_new(format!("{KUBE},{said}"))
}

/// Makes lines safe for a terminal.
struct Safe<W>(W);

impl<W: Write> Write for Safe<W> {
    /// Takes whole lines, as they are written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut safe = String::with_capacity(bytes.len());
        for line in Shown::lines(&String::from_utf8_lossy(bytes)) {
            safe.push_str(line.as_str());
            safe.push('\n');
        }
        self.0.write_all(safe.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kube_tells_is_told_where_it_is_asked_for() {
        let shown = |said: &str| {
            let mut directives: Vec<String> = filter(said)
                .unwrap()
                .to_string()
                .split(',')
                .map(str::to_owned)
                .collect();
            directives.sort();
            directives.join(",")
        };
        assert_eq!(shown(""), "kube_client=off,kube_runtime=error,warn");
        assert_eq!(shown("info"), "info,kube_client=off,kube_runtime=error");
        assert_eq!(
            shown("info,kube_client=debug"),
            "info,kube_client=debug,kube_runtime=error"
        );
        assert!(filter("fleetui=loud").is_err());
    }

    #[test]
    fn what_a_server_names_cannot_steer_the_terminal() {
        let mut written = Vec::new();
        Safe(&mut written)
            .write_all(b"WARN name=\x1b]0;owned\x07\nWARN next\n")
            .unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written.lines().count(), 2);
        assert!(
            !written.contains(['\x1b', '\x07']) && written.contains("owned"),
            "{written:?}"
        );
    }
}
