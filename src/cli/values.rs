//! What a shell completes as the value of an option: names that the person's own files and this program know.
//!
//! Must not know: the network. Nobody waits for a cluster while a name is typed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap_complete::CompletionCandidate;
use fleetui_connect::fleet_file::FleetFile;
use fleetui_connect::kubeconfig::Kubeconfigs;
use fleetui_connect::{Environment, KubeconfigFiles};
use fleetui_console::runtime::environment::user_files;
use fleetui_console::theme::ColourLevel;
use fleetui_console::user_file::{Said, UserFiles};
use fleetui_fleet::create::built_ins;
use fleetui_fleet::table::COLUMNS;
use fleetui_fleet::tree::Layer;

use super::console::config_dir;

/// Contexts of the kubeconfig that is meant, and the names that the fleet file has for them.
pub(super) fn contexts() -> Vec<CompletionCandidate> {
    let fleet = config_dir().map(|directory| directory.join("fleet.yaml"));
    let named = named_kubeconfig(std::env::args_os());
    names(context_names(
        named.as_deref(),
        fleet.as_deref(),
        &Environment::of_process(),
    ))
}

/// Contexts of the kubeconfig that is meant, as clusterctl knows them.
pub(super) fn kubeconfig_contexts() -> Vec<CompletionCandidate> {
    of_kubeconfig(Kubeconfigs::contexts)
}

/// Clusters of the kubeconfig that is meant.
pub(super) fn clusters() -> Vec<CompletionCandidate> {
    of_kubeconfig(Kubeconfigs::clusters)
}

/// Users of the kubeconfig that is meant.
pub(super) fn users() -> Vec<CompletionCandidate> {
    of_kubeconfig(Kubeconfigs::users)
}

fn of_kubeconfig(names_of: impl Fn(&Kubeconfigs) -> Vec<String>) -> Vec<CompletionCandidate> {
    let named = named_kubeconfig(std::env::args_os());
    let files = KubeconfigFiles::of(named.as_deref(), &Environment::of_process());
    files
        .load()
        .map_or_else(|_| Vec::new(), |files| names(names_of(&files)))
}

/// Themes: those that are built in, and the person's own.
pub(super) fn themes() -> Vec<CompletionCandidate> {
    said().map_or_else(Vec::new, |said| names(said.themes.names()))
}

/// Keymaps: those that are built in, and the person's own.
pub(super) fn keymaps() -> Vec<CompletionCandidate> {
    said().map_or_else(Vec::new, |said| names(said.keymaps.names()))
}

/// How many colours a terminal may have.
pub(super) fn colours() -> Vec<CompletionCandidate> {
    names(ColourLevel::NAMES)
}

/// Columns of tables.
pub(super) fn columns() -> Vec<CompletionCandidate> {
    names(COLUMNS.iter().map(|(column, _)| column.title().to_lowercase()))
}

/// The templates that come with the program.
pub(super) fn flavours() -> Vec<CompletionCandidate> {
    names(built_ins().into_iter().map(|flavour| flavour.name))
}

/// Layers of the tree.
pub(super) fn layers() -> Vec<CompletionCandidate> {
    names(Layer::ALL.map(Layer::name))
}

fn names(names: impl IntoIterator<Item = impl Into<OsString>>) -> Vec<CompletionCandidate> {
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// What the person's files say of looks and keys; what is built in, where they cannot be read.
fn said() -> Option<Said> {
    let own = config_dir().and_then(|directory| user_files(&directory).ok());
    let own = own.and_then(|files| files.read().ok());
    own.or_else(|| UserFiles::default().read().ok())
}

/// The kubeconfig that is named among the words that stand on the line already.
fn named_kubeconfig(words: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    const OPTION: &str = "--kubeconfig";
    let mut words = words;
    while let Some(word) = words.next() {
        if word == OPTION {
            return words.next().map(PathBuf::from);
        }
        let behind = word
            .to_str()
            .and_then(|word| word.strip_prefix(OPTION)?.strip_prefix('='));
        if let Some(path) = behind {
            return Some(PathBuf::from(path));
        }
    }
    None
}

/// Names of contexts, those of the fleet file first. What cannot be read has no names.
fn context_names(kubeconfig: Option<&Path>, fleet: Option<&Path>, environment: &Environment) -> Vec<String> {
    let fleet = fleet
        .and_then(|path| FleetFile::load(path).ok())
        .unwrap_or_default();
    let mut names: Vec<String> = fleet
        .management_clusters
        .iter()
        .map(|entry| entry.name().to_owned())
        .collect();
    if let Ok(files) = KubeconfigFiles::of(kubeconfig, environment).load() {
        names.extend(files.contexts());
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_those_of_the_fleet_file_and_of_the_kubeconfig_that_is_named() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let kubeconfig = |name: &str| {
            format!(
                "apiVersion: v1\nkind: Config\ncontexts: [{{name: {name}, context: {{cluster: a, user: a}}}}, {{name: both, context: {{cluster: a}}}}]\n"
            )
        };
        let fleet = write(
            "fleet.yaml",
            "managementClusters:\n  - context: admin@eu\n    alias: eu\n  - context: both\n",
        );
        let environment = Environment {
            kubeconfig: Some(write("usual", &kubeconfig("lab")).into()),
            ..Environment::default()
        };
        assert_eq!(
            context_names(None, Some(&fleet), &environment),
            ["eu", "both", "lab"]
        );
        let other = write("other", &kubeconfig("other"));
        assert_eq!(context_names(Some(&other), None, &environment), ["other", "both"]);
        let nowhere = home.path().join("nowhere");
        assert!(context_names(Some(&nowhere), Some(&nowhere), &environment).is_empty());
    }

    #[test]
    fn the_kubeconfig_that_stands_on_the_line_is_meant() {
        let named = |line: &str| named_kubeconfig(line.split(' ').map(OsString::from));
        assert_eq!(named("fleetui --kubeconfig a --context"), Some("a".into()));
        assert_eq!(named("fleetui --kubeconfig=a/b --context"), Some("a/b".into()));
        assert_eq!(named("fleetui --context"), None);
    }
}
