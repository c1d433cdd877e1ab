//! Kubeconfig files: which are read, how they merge, what a context needs of them. Parsed once, whatever the number of contexts.

pub mod merge;

use std::fmt;
use std::path::{Path, PathBuf};

use fleetui_api::yaml_mistake::YamlMistake;
use fleetui_base::near::{near, suggestion};
use kube::config::{Cluster, Context, Kubeconfig, NamedCluster, NamedContext};

use crate::environment::Environment;
use crate::overrides::Overrides;
use crate::target::Warning;

/// The kubeconfig files that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KubeconfigFiles {
    /// One file that the user named; it has to exist.
    Named(PathBuf),
    /// `KUBECONFIG`, or the default file; those that do not exist are skipped, as kubectl does.
    List(Vec<PathBuf>),
}

/// Why a context cannot be had from the kubeconfig files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigError {
    /// There is no kubeconfig, or none with a context.
    #[error("no kubeconfig with a context (looked at {})", list(.looked))]
    NoKubeconfig {
        /// The files that were looked at.
        looked: Vec<PathBuf>,
    },
    /// A file exists and cannot be read, or was named and does not exist.
    #[error("{}: {what}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        what: String,
    },
    /// A file is no kubeconfig.
    #[error("{}:{line}:{column}: {what}; a kubeconfig has the keys apiVersion, kind, clusters, users, contexts, current-context", .file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column, from 1.
        column: u64,
        /// What is wrong there.
        what: String,
    },
    /// Two files of the list do not go together.
    #[error("{}: {what}", .file.display())]
    Mismatch {
        /// The file that does not go with those before it.
        file: PathBuf,
        /// Why.
        what: String,
    },
    /// There is no context of that name.
    #[error("{}", no_context(name, .contexts))]
    UnknownContext {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        contexts: Vec<String>,
    },
    /// There are contexts, and none is the current one.
    #[error("no current-context is set; name one with --context: {}", names(.contexts))]
    NoCurrentContext {
        /// The names that exist.
        contexts: Vec<String>,
    },
    /// A context names a cluster that is not there, or one without a server.
    #[error("context {context} of {files}: {what}")]
    BrokenContext {
        /// The context.
        context: String,
        /// Where it was read.
        files: KubeconfigFiles,
        /// What is wrong with it.
        what: String,
    },
}

/// What the files say, merged: the first file that sets a value wins.
#[derive(Debug, Clone)]
pub struct Kubeconfigs {
    merged: Kubeconfig,
    files: KubeconfigFiles,
}

impl KubeconfigFiles {
    /// The files that kubectl would read: the named one, else those of `KUBECONFIG`, else `~/.kube/config`.
    pub fn of(named: Option<&Path>, environment: &Environment) -> Self {
        if let Some(named) = named {
            return Self::Named(named.to_path_buf());
        }
        if let Some(list) = &environment.kubeconfig {
            let paths = std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty());
            return Self::List(paths.collect());
        }
        Self::List(
            environment
                .home
                .iter()
                .map(|home| home.join(".kube").join("config"))
                .collect(),
        )
    }

    /// The paths, in the order in which they are read.
    pub fn paths(&self) -> &[PathBuf] {
        match self {
            Self::Named(path) => std::slice::from_ref(path),
            Self::List(paths) => paths,
        }
    }

    /// Reads and merges the files. Blocks on the file system.
    pub fn load(&self) -> Result<Kubeconfigs, KubeconfigError> {
        let mut merged = Kubeconfig::default();
        for path in self.paths() {
            let Some(next) = read(path, matches!(self, Self::List(_)))? else {
                continue;
            };
            merged = merged.merge(next).map_err(|error| KubeconfigError::Mismatch {
                file: path.clone(),
                what: error.to_string(),
            })?;
        }
        if merged.contexts.is_empty() {
            if let Self::Named(file) = self {
                return Err(KubeconfigError::Unreadable {
                    file: file.clone(),
                    what: "there is no context in it".to_owned(),
                });
            }
            return Err(KubeconfigError::NoKubeconfig {
                looked: self.paths().to_vec(),
            });
        }
        Ok(Kubeconfigs {
            merged,
            files: self.clone(),
        })
    }
}

impl fmt::Display for KubeconfigFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&list(self.paths()))
    }
}

impl Kubeconfigs {
    /// Names of the contexts, in the order of the files.
    pub fn contexts(&self) -> Vec<String> {
        self.merged
            .contexts
            .iter()
            .map(|context| context.name.clone())
            .collect()
    }

    /// Names of the clusters, in the order of the files.
    pub fn clusters(&self) -> Vec<String> {
        let clusters = self.merged.clusters.iter();
        clusters.map(|cluster| cluster.name.clone()).collect()
    }

    /// Names of the users, in the order of the files.
    pub fn users(&self) -> Vec<String> {
        let users = self.merged.auth_infos.iter();
        users.map(|user| user.name.clone()).collect()
    }

    /// Where they were read.
    pub fn files(&self) -> &KubeconfigFiles {
        &self.files
    }

    /// Name of the current context.
    pub fn current_context(&self) -> Result<&str, KubeconfigError> {
        match self.merged.current_context.as_deref() {
            Some(name) if !name.is_empty() => Ok(name),
            Some(_) | None => Err(KubeconfigError::NoCurrentContext {
                contexts: self.contexts(),
            }),
        }
    }

    /// The part of the files that one context needs: itself, its cluster, its user. A fleet of a thousand contexts then
    /// costs a thousand small ones, and no session holds the keys of another.
    pub fn slice(&self, name: &str, overrides: &Overrides) -> Result<ContextSlice, KubeconfigError> {
        let (named, context) = self.context(name)?;
        let cluster_name = overrides.cluster.as_ref().unwrap_or(&context.cluster);
        let (named_cluster, cluster) = self.cluster(name, cluster_name)?;
        let server = cluster
            .server
            .clone()
            .filter(|server| !server.is_empty())
            .ok_or_else(|| KubeconfigError::BrokenContext {
                context: name.to_owned(),
                files: self.files.clone(),
                what: format!("its cluster {cluster_name} has no server"),
            })?;
        let user_name = overrides.user.as_ref().or(context.user.as_ref());
        let mut users = self.merged.auth_infos.iter();
        let user = users.find(|user| Some(&user.name) == user_name);
        if let (None, Some(name_of_user)) = (user, &overrides.user) {
            return Err(KubeconfigError::BrokenContext {
                context: name.to_owned(),
                files: self.files.clone(),
                what: format!("there is no user {name_of_user} in the kubeconfig"),
            });
        }
        let kubeconfig = Kubeconfig {
            clusters: vec![named_cluster.clone()],
            contexts: vec![named.clone()],
            auth_infos: overrides.user_of(user).into_iter().collect(),
            current_context: Some(name.to_owned()),
            ..Kubeconfig::default()
        };
        Ok(ContextSlice {
            kubeconfig,
            namespace: context
                .namespace
                .clone()
                .filter(|namespace| !namespace.is_empty()),
            warnings: warnings(&server, cluster),
            server: without_userinfo(&server),
        })
    }

    fn context(&self, name: &str) -> Result<(&NamedContext, &Context), KubeconfigError> {
        // A name that is left empty means none, also where one of the contexts has none.
        let named = self
            .merged
            .contexts
            .iter()
            .find(|context| context.name == name && !name.is_empty())
            .ok_or_else(|| KubeconfigError::UnknownContext {
                name: name.to_owned(),
                contexts: self.contexts(),
            })?;
        let context = named.context.as_ref();
        context
            .map(|context| (named, context))
            .ok_or_else(|| KubeconfigError::BrokenContext {
                context: name.to_owned(),
                files: self.files.clone(),
                what: "it is empty: it names neither a cluster nor a user".to_owned(),
            })
    }

    fn cluster(&self, context: &str, name: &str) -> Result<(&NamedCluster, &Cluster), KubeconfigError> {
        if name.is_empty() {
            return Err(KubeconfigError::BrokenContext {
                context: context.to_owned(),
                files: self.files.clone(),
                what: "it names no cluster".to_owned(),
            });
        }
        self.merged
            .clusters
            .iter()
            .find(|cluster| cluster.name == name)
            .and_then(|named| named.cluster.as_ref().map(|cluster| (named, cluster)))
            .ok_or_else(|| KubeconfigError::BrokenContext {
                context: context.to_owned(),
                files: self.files.clone(),
                what: format!("its cluster {name} is not in the kubeconfig"),
            })
    }
}

/// What one context needs of the kubeconfig files.
#[derive(Debug, Clone, Default)]
pub struct ContextSlice {
    /// The context, its cluster, its user.
    pub kubeconfig: Kubeconfig,
    /// The context's namespace, where it names one.
    pub namespace: Option<String>,
    /// The server's URL without credentials.
    pub server: String,
    /// What is unsafe about it.
    pub warnings: Vec<Warning>,
}

/// Reads one file; `None` where it does not exist and may be skipped.
fn read(path: &Path, skip_missing: bool) -> Result<Option<Kubeconfig>, KubeconfigError> {
    use kube::config::KubeconfigError as Kube;
    match Kubeconfig::read_from(path) {
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(Kube::ReadConfig(error, _)) if skip_missing && error.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(Kube::ReadConfig(error, _)) => Err(KubeconfigError::Unreadable {
            file: path.to_path_buf(),
            what: error.to_string(),
        }),
        Err(Kube::Parse(error)) => {
            let YamlMistake { line, column, what } = YamlMistake::of(&error, true);
            Err(KubeconfigError::Malformed {
                file: path.to_path_buf(),
                line,
                column,
                what,
            })
        }
        Err(other) => Err(KubeconfigError::Mismatch {
            file: path.to_path_buf(),
            what: other.to_string(),
        }),
    }
}

fn warnings(server: &str, cluster: &Cluster) -> Vec<Warning> {
    let plain = server
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let unverified = cluster.insecure_skip_tls_verify == Some(true);
    [(unverified, Warning::TlsNotVerified), (plain, Warning::PlainHttp)]
        .into_iter()
        .filter_map(|(holds, warning)| holds.then_some(warning))
        .collect()
}

/// A URL may carry `user:password@`; that part is not for showing.
fn without_userinfo(server: &str) -> String {
    let Some((scheme, rest)) = server.split_once("://") else {
        return server.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Names that are told of many; of more, how many.
const MOST_NAMES: usize = 30;

/// Which of the names may have been meant, behind one that is not there.
pub(crate) fn meant(name: &str, known: &[String]) -> String {
    let near = near(name, known.iter().map(String::as_str));
    let hint = suggestion(&near);
    let hint = hint.trim_start_matches("; ");
    if hint.is_empty() {
        String::new()
    } else {
        format!(" ({hint})")
    }
}

/// That there is no such context, or that none is named at all.
fn no_context(name: &str, contexts: &[String]) -> String {
    let there = names(contexts);
    if name.trim().is_empty() {
        return format!("no context is named; there are: {there}");
    }
    format!("no context {name}{}; there are: {there}", meant(name, contexts))
}

/// Names in a sentence. What has none is not among them.
pub(crate) fn names(names: &[String]) -> String {
    let names: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    match names.len() {
        0 => "none".to_owned(),
        1..=MOST_NAMES => names.join(", "),
        many => {
            let few: Vec<&str> = names.into_iter().take(MOST_NAMES).collect();
            format!("{} and {} more", few.join(", "), many - MOST_NAMES)
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    if shown.is_empty() {
        "no file".to_owned()
    } else {
        shown.join(", ")
    }
}

#[cfg(test)]
mod tests;
