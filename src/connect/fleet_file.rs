//! `fleet.yaml`: the user's own list of management clusters, and what is decided about each. Read strictly, never written.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::environment::Environment;
use crate::yaml_error::YamlMistake;

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
    #[error(
        "{}:{line}:{column}: {what}; allowed: managementClusters, each with context, kubeconfig, alias, group, namespaces, readOnly, theme, connect (eager or lazy)",
        .file.display()
    )]
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
    #[error("{}:{line}: two management clusters are called {name}; give one of them another alias", .file.display())]
    NameTwice {
        /// The file.
        file: PathBuf,
        /// The line of the second, from 1.
        line: usize,
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
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
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
            FleetFileError::Malformed {
                file: path.to_path_buf(),
                line,
                column,
                what,
            }
        })?;
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = file
            .management_clusters
            .iter()
            .find(|entry| !seen.insert(entry.name()))
        {
            return Err(FleetFileError::NameTwice {
                file: path.to_path_buf(),
                line: Self::last_line_of(text, twice.name()),
                name: twice.name().to_owned(),
            });
        }
        Ok(file)
    }

    /// The line that names `name` last, from 1.
    fn last_line_of(text: &str, name: &str) -> usize {
        let says = |line: &str| {
            ["alias:", "context:"].iter().any(|field| {
                line.split(*field).skip(1).any(|rest| {
                    rest.split([',', '}', '#'])
                        .next()
                        .is_some_and(|value| value.trim().trim_matches(['"', '\'']) == name)
                })
            })
        };
        let found = text.lines().enumerate().filter(|(_, line)| says(line)).last();
        found.map_or(1, |(index, _)| index + 1)
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
    /// The name in this program.
    pub fn name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.context)
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
                "readonly",
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
                message.contains("allowed: managementClusters") && message.contains("readOnly"),
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
            name: "x".to_owned(),
        };
        assert_eq!(parse(text), Err(expected));
    }

    #[test]
    fn an_empty_file_is_an_empty_fleet() {
        assert_eq!(parse("# nothing yet\n\n"), Ok(FleetFile::default()));
    }
}
