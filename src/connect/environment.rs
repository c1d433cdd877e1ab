//! The part of the process's environment that decides which clusters are reached and how, read once at the edge.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the environment says about kubeconfigs and proxies. A value, so that nothing below has to ask the process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `KUBECONFIG`: a list of files, separated as `PATH` is.
    pub kubeconfig: Option<OsString>,
    /// The home directory, for `~/.kube/config` and `~` in the fleet file.
    pub home: Option<PathBuf>,
    /// `HTTPS_PROXY`, or the same in lower case.
    pub https_proxy: Option<String>,
    /// `HTTP_PROXY`, or the same in lower case.
    pub http_proxy: Option<String>,
    /// `NO_PROXY`, or the same in lower case.
    pub no_proxy: Option<String>,
}

impl Environment {
    /// Reads the environment of this process.
    pub fn of_process() -> Self {
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()),
            home: directories::BaseDirs::new().map(|directories| directories.home_dir().to_path_buf()),
            https_proxy: either("HTTPS_PROXY", "https_proxy"),
            http_proxy: either("HTTP_PROXY", "http_proxy"),
            no_proxy: either("NO_PROXY", "no_proxy"),
        }
    }
}

/// The first of two variables that is set to something.
fn either(upper: &str, lower: &str) -> Option<String> {
    [upper, lower]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.trim().is_empty())
}
