//! One management cluster that is meant: its name, how it is reached, and what the user decided about it.

use std::fmt;
use std::sync::Arc;

use fleetui_base::ManagementCluster;
use kube::config::Kubeconfig;

use crate::connector::{ConnectError, certificate_authorities};
use crate::environment::Environment;
use crate::kubeconfig::{KubeconfigError, KubeconfigFiles};
use crate::login::{Login, Way};
use crate::overrides::Overrides;

/// A management cluster to connect to.
#[derive(Debug, Clone)]
pub struct Target {
    /// The name that it has in this program.
    pub management_cluster: ManagementCluster,
    /// How it is reached.
    pub source: Source,
    /// The server's URL without credentials, for showing.
    pub server: String,
    /// Namespaces that are read where the whole cluster may not be: the fleet file's, else the context's.
    pub namespaces: Vec<String>,
    /// Whether nothing but those namespaces is read, as the fleet file says.
    pub only_namespaces: bool,
    /// Whether nothing may be written there.
    pub read_only: bool,
    /// The group that the fleet file puts it in.
    pub group: Option<String>,
    /// The theme that the fleet file gives it.
    pub theme: Option<String>,
    /// Whether it is connected only when it is asked for.
    pub lazy: bool,
    /// What a careful person would want to know before using it.
    pub warnings: Vec<Warning>,
}

impl Target {
    /// A management cluster behind a client that exists already (an embedded server in this process).
    pub fn ready(name: &str, client: kube::Client) -> Self {
        Self {
            management_cluster: ManagementCluster::new(name),
            source: Source::Ready(client),
            server: "in this process".to_owned(),
            namespaces: Vec::new(),
            only_namespaces: false,
            read_only: false,
            group: None,
            theme: None,
            lazy: false,
            warnings: Vec::new(),
        }
    }

    /// How it is logged in to, where its kubeconfig can be used.
    pub fn login(&self) -> Option<Login> {
        match &self.source {
            Source::Kubeconfig { kubeconfig, .. } => {
                kubeconfig.as_ref().ok().map(|kubeconfig| Login::of(kubeconfig))
            }
            Source::Ready(_) => Some(Login {
                way: Way::Within,
                acting_as: None,
            }),
        }
    }

    /// Has the server prove that it is of these authorities (certificates as DER), whatever the kubeconfig lets pass; `false`
    /// where the kubeconfig names others, or none.
    ///
    /// # Errors
    /// Where the kubeconfig, or the authorities that it names, cannot be read.
    pub fn prove_by(&mut self, authorities: &[Vec<u8>]) -> Result<bool, ConnectError> {
        let Source::Kubeconfig { kubeconfig, .. } = &mut self.source else {
            return Ok(false);
        };
        let kubeconfig = match kubeconfig {
            Ok(kubeconfig) => Arc::make_mut(kubeconfig),
            Err(mistake) => return Err(ConnectError::Configuration(mistake.to_string())),
        };
        let cluster = kubeconfig
            .clusters
            .first_mut()
            .and_then(|named| named.cluster.as_mut());
        let Some(cluster) = cluster else {
            return Ok(false);
        };
        cluster.insecure_skip_tls_verify = None;
        Ok(certificate_authorities(cluster)?.is_some_and(|named| named == authorities))
    }

    /// Why its kubeconfig cannot be used, where that is so.
    pub fn mistake(&self) -> Option<&KubeconfigError> {
        match &self.source {
            Source::Kubeconfig { kubeconfig, .. } => kubeconfig.as_ref().err(),
            Source::Ready(_) => None,
        }
    }
}

/// How a management cluster is reached.
#[derive(Clone)]
pub enum Source {
    /// Through a context of a kubeconfig.
    Kubeconfig {
        /// The context, its cluster and its user, and nothing else of the files. Or why they cannot be had yet: one
        /// broken file must not keep the rest of a fleet from starting.
        kubeconfig: Result<Arc<Kubeconfig>, KubeconfigError>,
        /// The context's name.
        context: String,
        /// Where it was read, to read it again after the user has logged in anew.
        files: KubeconfigFiles,
        /// What the command line says over the files.
        overrides: Arc<Overrides>,
        /// Proxies.
        environment: Arc<Environment>,
    },
    /// Through a client that exists already.
    Ready(kube::Client),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A kubeconfig holds keys; only its context's name is printed.
        match self {
            Self::Kubeconfig { context, files, .. } => f
                .debug_struct("Kubeconfig")
                .field("context", context)
                .field("files", files)
                .finish_non_exhaustive(),
            Self::Ready(_) => f.write_str("Ready"),
        }
    }
}

/// Something unsafe in how a management cluster is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Warning {
    /// `insecure-skip-tls-verify`: whoever sits in between can read and change everything.
    TlsNotVerified,
    /// `http://`: whoever sits in between can read and change everything, credentials too.
    PlainHttp,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TlsNotVerified => "the server's certificate is not verified (insecure-skip-tls-verify)",
            Self::PlainHttp => "the connection is not encrypted (http://)",
        })
    }
}
