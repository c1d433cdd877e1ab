//! Which management clusters are meant: those of `--context`, else those of the fleet file, else the current context. Never all unasked.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fleetui_base::ManagementCluster;

use crate::environment::Environment;
use crate::fleet_file::{Entry, FleetFile, FleetFileError, When};
use crate::kubeconfig::{ContextSlice, KubeconfigError, KubeconfigFiles, Kubeconfigs, meant, names};
use crate::overrides::Overrides;
use crate::target::{Source, Target};

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct TargetRequest {
    /// `--context`, in the order given: contexts of the kubeconfig, or aliases of the fleet file.
    pub contexts: Vec<String>,
    /// `--kubeconfig`.
    pub kubeconfig: Option<PathBuf>,
    /// The fleet file's path, whether it exists or not.
    pub fleet_file: Option<PathBuf>,
    /// Where no context is named, the current one is meant and not the whole fleet.
    pub one: bool,
    /// `--read-only`: nothing is written anywhere.
    pub read_only: bool,
    /// What is said over the contexts.
    pub overrides: Overrides,
    /// The environment.
    pub environment: Environment,
}

/// Why it cannot be told which management clusters are meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetsError {
    /// Something about the kubeconfig; [`KubeconfigError::NoKubeconfig`] where there is none at all.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    /// Something about the fleet file.
    #[error(transparent)]
    FleetFile(#[from] FleetFileError),
    /// A name that is neither in the fleet file nor a context.
    #[error("no management cluster and no context is called {name}{}; fleet.yaml has {}, and the kubeconfig has the contexts {}", meant(name, &[fleet.as_slice(), contexts.as_slice()].concat()), names(fleet), names(contexts))]
    Unknown {
        /// The name.
        name: String,
        /// The names of the fleet file.
        fleet: Vec<String>,
        /// The contexts of the kubeconfig.
        contexts: Vec<String>,
    },
    /// No context is named, the kubeconfig has none that is current, and the fleet file has several.
    #[error("{kubeconfig}; --context takes the names of fleet.yaml too: {}", names(fleet))]
    NotNamed {
        /// Why the kubeconfig names none.
        kubeconfig: KubeconfigError,
        /// The names of the fleet file.
        fleet: Vec<String>,
    },
    /// No context is named, and the current one of the kubeconfig is none of the fleet file, which is what is shown: which of both is
    /// meant is not guessed.
    #[error(
        "which management cluster is meant? the current context is {current}, and fleet.yaml has {}; name one with --context",
        names(fleet)
    )]
    NotOfFleet {
        /// The current context.
        current: String,
        /// The names of the fleet file.
        fleet: Vec<String>,
    },
    /// One name was asked for twice.
    #[error("management cluster {0} is named twice")]
    Twice(String),
    /// Another cluster or user for several contexts at once: they would all be the same one.
    #[error("--cluster and --user are meant of one management cluster, and these are several: {}; name one with --context", .0.join(", "))]
    Several(Vec<String>),
}

impl TargetsError {
    /// Whether there is simply no kubeconfig yet, which is no mistake of the user's.
    pub fn is_no_kubeconfig(&self) -> bool {
        self.looked_for().is_some()
    }

    /// Where there is simply no kubeconfig yet: the files that were looked for.
    pub fn looked_for(&self) -> Option<&[PathBuf]> {
        match self {
            Self::Kubeconfig(KubeconfigError::NoKubeconfig { looked }) => Some(looked),
            _ => None,
        }
    }
}

/// Finds the management clusters that are meant. Blocks on the file system.
///
/// A mistake in what the user named is an error. In a fleet file, a broken entry stays a target that says why it cannot be
/// reached.
pub fn resolve(request: &TargetRequest) -> Result<Vec<Target>, TargetsError> {
    let fleet = request
        .fleet_file
        .as_deref()
        .map(FleetFile::load)
        .transpose()?
        .unwrap_or_default();
    let mut resolver = Resolver::new(request);
    let choices = choices(request, &fleet, &mut resolver)?;
    if request.overrides.is_of_one() && choices.list.len() > 1 {
        let names = choices.list.iter().map(|choice| choice.name().to_owned());
        return Err(TargetsError::Several(names.collect()));
    }
    let mut targets: Vec<_> = choices
        .list
        .iter()
        .map(|choice| resolver.target(choice))
        .collect();
    protect(&mut targets, &fleet, &mut resolver);
    if let Some(unknown) = unknown(&choices, &targets, &fleet).filter(|_| choices.named) {
        return Err(unknown);
    }
    if let Some(mistake) = mistake(&targets).filter(|_| choices.named) {
        return Err(mistake.clone().into());
    }
    let mut seen = std::collections::HashSet::new();
    match targets
        .iter()
        .find(|target| !seen.insert(target.management_cluster.clone()))
    {
        Some(twice) => Err(TargetsError::Twice(twice.management_cluster.to_string())),
        None => Ok(targets),
    }
}

/// What the fleet file lets nobody write to stays so for a context of another name or of another file, and for another cluster of the
/// command line, that leads to the same address.
fn protect(targets: &mut [Target], fleet: &FleetFile, resolver: &mut Resolver<'_>) {
    let entries = fleet.management_clusters.iter().filter(|entry| entry.read_only);
    let protected: Vec<Place> = entries
        .filter_map(|entry| Place::of(&resolver.server(entry)?))
        .collect();
    for target in targets {
        let place = Place::of(&target.server);
        target.read_only |= place.is_some_and(|place| protected.contains(&place));
    }
}

/// Where a server is, however its address is spelt.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    host: String,
    port: u16,
    path: String,
}

impl Place {
    /// That of a URL; nothing of what is none.
    fn of(server: &str) -> Option<Self> {
        let (scheme, rest) = server.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let usual = if scheme.eq_ignore_ascii_case("http") {
            80
        } else {
            443
        };
        // An address of IPv6 has colons of its own, in brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            Some(_) | None => (authority, usual),
        };
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase();
        let is_here = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        Some(Self {
            host: if is_here { "localhost".to_owned() } else { host },
            port,
            path: path.trim_end_matches('/').to_owned(),
        })
    }
}

/// The management clusters of a fleet file that was read, each with what is wrong with it. Blocks on the file system.
pub fn of_fleet(fleet: &FleetFile, path: &Path, environment: &Environment) -> Vec<Target> {
    let request = TargetRequest {
        fleet_file: Some(path.to_owned()),
        environment: environment.clone(),
        ..TargetRequest::default()
    };
    let mut resolver = Resolver::new(&request);
    let entries = fleet.management_clusters.iter();
    entries
        .map(|entry| resolver.target(&Choice::Entry(entry)))
        .collect()
}

/// A name that is neither in the fleet file nor a context, where there is a fleet file: both are told then.
fn unknown(choices: &Choices<'_>, targets: &[Target], fleet: &FleetFile) -> Option<TargetsError> {
    let entries = fleet.management_clusters.iter();
    let known: Vec<String> = entries.map(|entry| entry.name().to_owned()).collect();
    let mut chosen = choices.list.iter().zip(targets);
    let (name, contexts) = chosen.find_map(|(choice, target)| match (choice, target.mistake()?) {
        (Choice::Context(name), KubeconfigError::UnknownContext { contexts, .. }) => {
            Some((name, contexts.clone()))
        }
        (Choice::Context(name), KubeconfigError::NoKubeconfig { .. }) => Some((name, Vec::new())),
        _ => None,
    })?;
    (!known.is_empty()).then(|| TargetsError::Unknown {
        name: name.clone(),
        fleet: known,
        contexts,
    })
}

/// The mistake that keeps everything from starting, where the user named the contexts: a name that is not there, or
/// nothing that can be used. Of several, one that is there and cannot be used says so on the screen, as all of a fleet do.
fn mistake(targets: &[Target]) -> Option<&KubeconfigError> {
    let all_broken = targets.iter().all(|target| target.mistake().is_some());
    targets
        .iter()
        .filter_map(Target::mistake)
        .find(|mistake| all_broken || !matches!(mistake, KubeconfigError::BrokenContext { .. }))
}

/// What was chosen, and whether by name.
struct Choices<'a> {
    list: Vec<Choice<'a>>,
    named: bool,
}

/// One management cluster that was chosen, before its kubeconfig is looked at.
enum Choice<'a> {
    Entry(&'a Entry),
    Context(String),
}

impl Choice<'_> {
    /// The name in this program.
    fn name(&self) -> &str {
        match self {
            Self::Entry(entry) => entry.name(),
            Self::Context(context) => context,
        }
    }
}

fn choices<'a>(
    request: &TargetRequest,
    fleet: &'a FleetFile,
    resolver: &mut Resolver<'_>,
) -> Result<Choices<'a>, TargetsError> {
    // An entry's settings hold whichever way it was chosen: `--context` must not take read-only away.
    let choose = |name: &str| match fleet.find(name) {
        Some(entry) if !is_elsewhere(request, entry, name) => Choice::Entry(entry),
        Some(_) | None => Choice::Context(name.to_owned()),
    };
    if !request.contexts.is_empty() {
        let list = request.contexts.iter().map(|name| choose(name)).collect();
        return Ok(Choices { list, named: true });
    }
    // A kubeconfig that is named on the command line is meant instead of the fleet, not besides it.
    if request.kubeconfig.is_none() && !request.one && !fleet.management_clusters.is_empty() {
        let list = fleet.management_clusters.iter().map(Choice::Entry).collect();
        return Ok(Choices { list, named: false });
    }
    let usual = resolver.usual.clone();
    let loaded = resolver.load(&usual).and_then(Kubeconfigs::current_context);
    let current = match loaded {
        Ok(current) => current.to_owned(),
        Err(error) if request.kubeconfig.is_none() => return without_current(fleet, error),
        Err(error) => return Err(error.into()),
    };
    // What the fleet file says of the current context holds, as where it is named; an entry of another file is another cluster.
    let is_current = |entry: &&Entry| {
        let own = entry.kubeconfig_path(request.fleet_file.as_deref(), &request.environment);
        entry.context == current && own.is_none_or(|own| is_among(&own, usual.paths()))
    };
    let entry = fleet.management_clusters.iter().find(is_current);
    if entry.is_none() && request.kubeconfig.is_none() && !fleet.management_clusters.is_empty() {
        let entries = fleet.management_clusters.iter();
        return Err(TargetsError::NotOfFleet {
            current,
            fleet: entries.map(|entry| entry.name().to_owned()).collect(),
        });
    }
    Ok(Choices {
        list: vec![entry.map_or(Choice::Context(current.clone()), Choice::Entry)],
        named: true,
    })
}

/// Where one is meant, none is named, and the kubeconfig has no current context: a fleet of one is meant, one of several has to
/// be named. A kubeconfig that is there and broken stays the mistake that it is.
fn without_current(fleet: &FleetFile, error: KubeconfigError) -> Result<Choices<'_>, TargetsError> {
    let names_none = matches!(
        error,
        KubeconfigError::NoKubeconfig { .. } | KubeconfigError::NoCurrentContext { .. }
    );
    match fleet.management_clusters.as_slice() {
        _ if !names_none => Err(error.into()),
        [] => Err(error.into()),
        [entry] => Ok(Choices {
            list: vec![Choice::Entry(entry)],
            named: true,
        }),
        entries => Err(TargetsError::NotNamed {
            kubeconfig: error,
            fleet: entries.iter().map(|entry| entry.name().to_owned()).collect(),
        }),
    }
}

/// Whether a context of the kubeconfig on the command line is meant, and not the entry's, which is one of another file that has
/// the same name. An alias means the entry.
fn is_elsewhere(request: &TargetRequest, entry: &Entry, name: &str) -> bool {
    let own = entry.kubeconfig_path(request.fleet_file.as_deref(), &request.environment);
    let (Some(named), Some(own)) = (&request.kubeconfig, own) else {
        return false;
    };
    entry.alias.as_deref() != Some(name) && !is_among(&own, std::slice::from_ref(named))
}

/// Whether a file is one of these, whatever it is called there.
pub(crate) fn is_among(file: &Path, files: &[PathBuf]) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let file = real(file);
    files.iter().any(|other| real(other) == file)
}

/// Loads each kubeconfig once, however many targets are in it.
struct Resolver<'a> {
    request: &'a TargetRequest,
    overrides: Arc<Overrides>,
    environment: Arc<Environment>,
    usual: KubeconfigFiles,
    loaded: HashMap<Vec<PathBuf>, Result<Kubeconfigs, KubeconfigError>>,
}

impl<'a> Resolver<'a> {
    fn new(request: &'a TargetRequest) -> Self {
        Self {
            request,
            overrides: Arc::new(request.overrides.clone()),
            environment: Arc::new(request.environment.clone()),
            usual: KubeconfigFiles::of(request.kubeconfig.as_deref(), &request.environment),
            loaded: HashMap::new(),
        }
    }

    fn load(&mut self, files: &KubeconfigFiles) -> Result<&Kubeconfigs, KubeconfigError> {
        let loaded = self
            .loaded
            .entry(files.paths().to_vec())
            .or_insert_with(|| files.load());
        loaded.as_ref().map_err(Clone::clone)
    }

    /// The kubeconfig files of an entry, which may name its own; the usual ones where there is none.
    fn files(&self, entry: Option<&Entry>) -> KubeconfigFiles {
        let own = entry.and_then(|entry| {
            entry.kubeconfig_path(self.request.fleet_file.as_deref(), &self.request.environment)
        });
        own.map_or_else(|| self.usual.clone(), KubeconfigFiles::Named)
    }

    /// The server of an entry, whatever the command line says over its context; nothing where that cannot be told.
    fn server(&mut self, entry: &Entry) -> Option<String> {
        let files = self.files(Some(entry));
        let loaded = self.load(&files).ok()?;
        let slice = loaded.slice(&entry.context, &Overrides::default()).ok()?;
        Some(slice.server)
    }

    fn target(&mut self, choice: &Choice<'_>) -> Target {
        let (context, entry) = match choice {
            Choice::Entry(entry) => (entry.context.as_str(), Some(*entry)),
            Choice::Context(context) => (context.as_str(), None),
        };
        let files = self.files(entry);
        let overrides = Arc::clone(&self.overrides);
        let (kubeconfig, slice) = match self
            .load(&files)
            .and_then(|loaded| loaded.slice(context, &overrides))
        {
            Ok(mut slice) => (Ok(Arc::new(std::mem::take(&mut slice.kubeconfig))), slice),
            Err(error) => (Err(error), ContextSlice::default()),
        };
        let namespaces = match entry {
            Some(entry) if !entry.namespaces.is_empty() => entry.namespaces.clone(),
            Some(_) | None => slice.namespace.into_iter().collect(),
        };
        Target {
            management_cluster: ManagementCluster::new(choice.name()),
            source: Source::Kubeconfig {
                kubeconfig,
                context: context.to_owned(),
                files,
                overrides,
                environment: Arc::clone(&self.environment),
            },
            server: slice.server,
            namespaces,
            only_namespaces: entry.is_some_and(|entry| !entry.namespaces.is_empty()),
            read_only: self.request.read_only || entry.is_some_and(|entry| entry.read_only),
            group: entry.and_then(|entry| entry.group.clone()),
            theme: entry.and_then(|entry| entry.theme.clone()),
            lazy: entry.is_some_and(|entry| entry.connect == When::Lazy),
            warnings: slice.warnings,
        }
    }
}

#[cfg(test)]
mod tests;
