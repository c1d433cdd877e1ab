//! `fleet.yaml`: the user's own list of management clusters, and what is decided about each. Read strictly, never written.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fleetui_api::yaml_mistake::YamlMistake;
use serde::Deserialize;
use serde_yaml::Spanned;

use crate::environment::Environment;

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FleetFile {
    /// The management clusters, in the order in which they are shown.
    #[serde(default)]
    pub management_clusters: Vec<Entry>,
}

/// One management cluster of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Entry {
    /// The kubeconfig's context.
    pub context: String,
    /// The kubeconfig, where it is not the usual one. `~/` is the home directory; a relative path starts at the fleet file.
    #[serde(default)]
    pub kubeconfig: Option<PathBuf>,
    /// The name in this program; without it, the context's.
    #[serde(default)]
    pub alias: Option<String>,
    /// A group to show it under.
    #[serde(default)]
    pub group: Option<String>,
    /// The namespaces that are read, and no others; the whole where there is none.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Whether nothing may be written there.
    #[serde(default)]
    pub read_only: bool,
    /// A theme of its own.
    #[serde(default)]
    pub theme: Option<String>,
    /// When it is connected.
    #[serde(default)]
    pub connect: When,
}

/// When a management cluster is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// At the start.
    #[default]
    Eager,
    /// When it is asked for.
    Lazy,
}

/// Where an entry says what: lines and columns, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Its name: the alias, else the context.
    pub name: (u64, u64),
    /// The context.
    pub context: (u64, u64),
    /// The theme.
    pub theme: Option<(u64, u64)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Placed {
    #[serde(default)]
    management_clusters: Vec<PlacedEntry>,
}

#[derive(Debug, Deserialize)]
struct PlacedEntry {
    context: Spanned<String>,
    alias: Option<Spanned<String>>,
    theme: Option<Spanned<String>>,
}

/// What is called so has neither an alias nor a context.
const NAMELESS: &str = "(no name)";

/// What stands in the file.
const ALLOWED: &str = "allowed: managementClusters, each with context, kubeconfig, alias, group, namespaces, readOnly, theme, connect (eager or lazy)";

/// Why the file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FleetFileError {
    /// It cannot be read.
    #[error("{}: {what}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        what: String,
    },
    /// Something in it is wrong.
    #[error("{}:{line}:{column}: {what}", .file.display())]
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
    /// Two entries have one name.
    #[error("{}:{line}:{column}: two management clusters are called {name}; give one of them another alias", .file.display())]
    NameTwice {
        /// The file.
        file: PathBuf,
        /// The line of the second, from 1.
        line: u64,
        /// The column of the second, from 1.
        column: u64,
        /// The name.
        name: String,
    },
}

impl FleetFile {
    /// Where the file is by default. `None` where the system has no home directory.
    pub fn default_path() -> Option<PathBuf> {
        directories::BaseDirs::new()
            .map(|directories| directories.config_dir().join("fleetui").join("fleet.yaml"))
    }

    /// Reads the file; a file that does not exist is an empty one. Blocks on the file system.
    pub fn load(path: &Path) -> Result<Self, FleetFileError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            // Where what its directory should be is none, there is no such file either.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(Self::default())
            }
            Err(error) => Err(FleetFileError::Unreadable {
                file: path.to_path_buf(),
                what: error.to_string(),
            }),
        }
    }

    /// Reads the text of the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, FleetFileError> {
        if text
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
        {
            return Ok(Self::default());
        }
        let file: Self = serde_yaml::from_str(text).map_err(|error| {
            let YamlMistake { line, column, what } = YamlMistake::of(&error, false);
            // One that is not known is told with those that are.
            let what = match YamlMistake::unknown_field(&error) {
                Some(_) => what,
                None => format!("{what}; {ALLOWED}"),
            };
            FleetFileError::Malformed {
                file: path.to_path_buf(),
                line: line.max(1),
                column: column.max(1),
                what,
            }
        })?;
        let mut seen = std::collections::HashSet::new();
        let mut entries = file.management_clusters.iter().enumerate();
        let twice = entries.find(|(_, entry)| !seen.insert(entry.name()));
        if let Some((index, entry)) = twice {
            let places = Self::places(text);
            let (line, column) = places.get(index).map_or((1, 1), |place| place.name);
            return Err(FleetFileError::NameTwice {
                file: path.to_path_buf(),
                line,
                column,
                name: entry.name().to_owned(),
            });
        }
        Ok(file)
    }

    /// Where the entries of a text say what; nothing of a text that cannot be read.
    pub fn places(text: &str) -> Vec<Places> {
        let file = serde_yaml::from_str::<Placed>(text).unwrap_or_default();
        let at = |text: &Spanned<String>| (text.referenced.line(), text.referenced.column());
        let entries = file.management_clusters.iter();
        entries
            .map(|entry| Places {
                name: at(entry.alias.as_ref().unwrap_or(&entry.context)),
                context: at(&entry.context),
                theme: entry.theme.as_ref().map(at),
            })
            .collect()
    }

    /// The entry that a person means by `name`: its alias, else its context.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let by_name = self.management_clusters.iter().find(|entry| entry.name() == name);
        by_name.or_else(|| {
            self.management_clusters
                .iter()
                .find(|entry| entry.context == name)
        })
    }
}

impl Entry {
    /// The name in this program. An alias that is left empty is none.
    pub fn name(&self) -> &str {
        let alias = self.alias.as_deref().filter(|alias| !alias.is_empty());
        match alias.unwrap_or(&self.context) {
            "" => NAMELESS,
            name => name,
        }
    }

    /// The kubeconfig's path, made absolute.
    pub fn kubeconfig_path(&self, fleet_file: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
        let path = self.kubeconfig.as_ref()?;
        if let (Ok(rest), Some(home)) = (path.strip_prefix("~"), &environment.home) {
            return Some(home.join(rest));
        }
        match fleet_file.and_then(Path::parent) {
            Some(directory) if path.is_relative() => Some(directory.join(path)),
            Some(_) | None => Some(path.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/home/a/fleet.yaml";

    fn parse(text: &str) -> Result<FleetFile, FleetFileError> {
        FleetFile::parse(text, Path::new(PATH))
    }

    #[test]
    fn what_is_not_there_is_an_empty_file() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("file"), "").unwrap();
        for path in ["fleet.yaml", "fleetui/fleet.yaml", "file/fleet.yaml"] {
            let read = FleetFile::load(&directory.path().join(path)).unwrap();
            assert!(read.management_clusters.is_empty(), "{path}");
        }
    }

    #[test]
    fn every_key_is_read() {
        let text = "
managementClusters:
- context: kind-taipei
  kubeconfig: ~/clusters/taipei
  alias: taipei
  group: asia
  namespaces: [team-a, team-b]
  readOnly: true
  theme: light
  connect: lazy
- context: kind-osaka
";
        let file = parse(text).unwrap();
        let environment = Environment {
            home: Some("/home/a".into()),
            ..Environment::default()
        };
        let taipei = file.find("taipei").unwrap();
        assert_eq!(taipei.connect, When::Lazy);
        assert!(taipei.read_only);
        assert_eq!(taipei.namespaces, ["team-a", "team-b"]);
        assert_eq!(
            taipei.kubeconfig_path(Some(Path::new(PATH)), &environment),
            Some("/home/a/clusters/taipei".into())
        );
        assert_eq!(
            file.find("kind-taipei"),
            Some(taipei),
            "the context's name finds it too"
        );
        assert_eq!(file.find("kind-osaka").unwrap().connect, When::Eager);
        assert_eq!(file.find("nowhere"), None);
    }

    #[test]
    fn a_mistake_is_shown_with_its_line_and_what_is_allowed() {
        let cases = [
            (
                "managementClusters:\n- context: a\n  readonly: true\n",
                3,
                "there is no readonly here; did you mean readOnly?",
            ),
            (
                "managementClusters:\n- context: a\n  connect: sometimes\n",
                3,
                "sometimes",
            ),
            ("managementClusters:\n- alias: a\n", 2, "context"),
            ("clusters: []\n", 1, "clusters"),
        ];
        for (text, line, names) in cases {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{PATH}:{line}:")), "{message}");
            assert!(message.contains(names), "{message}");
            assert!(
                message.contains("allowed: managementClusters") || message.contains("there "),
                "{message}"
            );
            assert_eq!(
                message.matches("line").count(),
                0,
                "the place is said once: {message}"
            );
        }
    }

    #[test]
    fn one_name_for_two_is_refused() {
        let text = "managementClusters:\n- {context: a, alias: x}\n- {context: x}\n";
        let expected = FleetFileError::NameTwice {
            file: PATH.into(),
            line: 3,
            column: 13,
            name: "x".to_owned(),
        };
        assert_eq!(parse(text), Err(expected));
        let places = FleetFile::places("managementClusters:\n- context: a\n  alias: b\n  theme: dark\n");
        let expected = Places {
            name: (3, 10),
            context: (2, 12),
            theme: Some((4, 10)),
        };
        assert_eq!(places, [expected]);
    }

    #[test]
    fn an_empty_file_is_an_empty_fleet() {
        assert_eq!(parse("# nothing yet\n\n"), Ok(FleetFile::default()));
    }
}
