//! Values of variables: what somebody says here, else the environment, else a file, else what is supposed.
//!
//! Source: clusterctl's reader of configuration, where the environment wins over the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use fleetui_api::yaml_mistake::YamlMistake;
use fleetui_rules::template::{Missing, Template};
use serde_json::Value;

use super::flavour::Flavour;

/// The variable that follows from the version.
pub(super) const KUBERNETES_MINOR: &str = "KUBERNETES_MINOR";

/// What is known of variables. Their values may be secret, so only names are printed.
#[derive(Clone, Default)]
pub struct Variables {
    set: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    defaults: BTreeMap<String, String>,
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.set, &self.environment, &self.file, &self.defaults];
        let names: BTreeSet<&String> = all.into_iter().flat_map(BTreeMap::keys).collect();
        f.debug_tuple("Variables").field(&names).finish()
    }
}

/// Whether a name is written as those of variables are: what else stands in clusterctl's configuration is written otherwise.
fn is_variable(name: &str) -> bool {
    let is_of_variables = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().all(is_of_variables)
}

impl Variables {
    /// With an environment.
    pub fn of_environment(environment: impl Iterator<Item = (String, String)>) -> Self {
        Self {
            environment: environment.collect(),
            ..Self::default()
        }
    }

    /// Adds the variables of a file as clusterctl's configuration has them: one mapping, of which only plain values count.
    ///
    /// # Errors
    /// It is no such mapping.
    pub fn add_file(&mut self, text: &str) -> Result<(), String> {
        let read: Value =
            serde_yaml::from_str(text).map_err(|error| YamlMistake::of(&error, true).to_string())?;
        let Value::Object(fields) = read else {
            return Err("it is no mapping of variables to values, NAME: value".to_owned());
        };
        for (name, value) in fields {
            let value = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                // Lists of networks are written so in templates; providers and images are no variables.
                Value::Array(items) if items.iter().all(Value::is_string) => Value::Array(items).to_string(),
                Value::Array(_) | Value::Object(_) if is_variable(&name) => {
                    return Err(format!(
                        "{name}: a value is a text, a number, true or false, or a list of texts"
                    ));
                }
                Value::Array(_) | Value::Object(_) | Value::Null => continue,
            };
            self.file.insert(name, value);
        }
        Ok(())
    }

    /// Sets a variable, whatever the environment says; no value leaves it as it is.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.set.insert(name.to_owned(), value);
        }
    }

    /// What a variable is where nobody says.
    pub fn suppose(&mut self, name: &str, value: &str) {
        self.defaults.insert(name.to_owned(), value.to_owned());
    }

    /// The value of a variable.
    pub fn value(&self, name: &str) -> Option<String> {
        let known = [&self.set, &self.environment, &self.file, &self.defaults];
        known.into_iter().find_map(|known| known.get(name)).cloned()
    }

    /// What somebody says here of a variable, whatever environment and files say.
    pub fn set_here(&self, name: &str) -> Option<String> {
        self.set.get(name).cloned()
    }

    /// The same as its value without what is only supposed.
    pub fn said(&self, name: &str) -> Option<String> {
        let said = [&self.set, &self.environment, &self.file];
        said.into_iter().find_map(|said| said.get(name)).cloned()
    }

    /// The text of a template.
    ///
    /// # Errors
    /// Variables have no value; told in one sentence, with what they are for.
    pub fn render(&self, template: &Template, flavour: Option<&Flavour>) -> Result<String, String> {
        template.render(|name| self.value(name)).map_err(|missing| {
            // What is worked out from others is nobody's to set.
            let Missing(names) = missing;
            let names = names.into_iter().filter(|name| name != KUBERNETES_MINOR);
            let missing = Missing(names.collect());
            let mut said = format!("{missing}. Please set the value using os environment variables");
            let Missing(names) = missing;
            for name in names {
                if let Some(meaning) = flavour.and_then(|flavour| flavour.meaning(&name)) {
                    let _ = write!(said, "\n  {name}: {meaning}");
                }
            }
            said
        })
    }

    /// The variables of a template, as clusterctl lists them.
    pub fn list(&self, template: &Template) -> String {
        let (mut required, mut optional) = (Vec::new(), Vec::new());
        // What is worked out from others is nobody's to set.
        let variables = template
            .variables()
            .into_iter()
            .filter(|(name, _)| name != KUBERNETES_MINOR);
        for (name, default) in variables {
            let known = [&self.set, &self.file, &self.defaults];
            let known = known.into_iter().find_map(|known| known.get(&name)).cloned();
            let known = self
                .environment
                .get(&name)
                .cloned()
                .filter(|_| is_implicit(&name))
                .or(known);
            match known.or(default) {
                None => required.push(name),
                Some(default) => optional.push((name, default)),
            }
        }
        let mut text = String::new();
        if !required.is_empty() {
            text.push_str("Required Variables:\n");
        }
        for name in &required {
            let _ = writeln!(text, "  - {name}");
        }
        if !optional.is_empty() {
            text.push_str("\nOptional Variables:\n");
        }
        let widest = optional.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, default) in &optional {
            let _ = writeln!(text, "  - {name:widest$}  (defaults to {})", quoted(default));
        }
        text.push('\n');
        text
    }
}

/// Variables that have flags of their own.
fn is_implicit(name: &str) -> bool {
    matches!(
        name,
        "KUBERNETES_VERSION" | "CONTROL_PLANE_MACHINE_COUNT" | "WORKER_MACHINE_COUNT"
    )
}

/// A number as it is, anything else in quotes.
fn quoted(text: &str) -> String {
    if text.starts_with('"') || text.starts_with('[') || text.parse::<i64>().is_ok() {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::flavour::built_in;
    use super::*;

    fn variables(known: &[(&str, &str)]) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in known {
            variables.set(name, Some((*value).to_owned()));
        }
        variables
    }

    const ALL: [(&str, &str); 6] = [
        ("CLUSTER_NAME", "c"),
        ("NAMESPACE", "n"),
        ("KUBERNETES_VERSION", "v1.31.2"),
        ("KUBERNETES_MINOR", "31"),
        ("CONTROL_PLANE_MACHINE_COUNT", "1"),
        ("WORKER_MACHINE_COUNT", "2"),
    ];

    #[test]
    fn printing_variables_shows_their_names_alone() {
        let printed = format!("{:?}", variables(&[("AWS_B64ENCODED_CREDENTIALS", "s3cr3t")]));
        assert!(
            printed.contains("AWS_B64ENCODED_CREDENTIALS") && !printed.contains("s3cr3t"),
            "{printed}"
        );
    }

    #[test]
    fn what_is_missing_is_named_with_its_meaning() {
        let flavour = built_in("byoh").unwrap();
        let template = Template::parse(&flavour.text).unwrap();
        let said = variables(&ALL).render(&template, Some(&flavour)).unwrap_err();
        assert!(
            said.starts_with("value for variables [BUNDLE_LOOKUP_BASE_REGISTRY, CONTROL_PLANE_ENDPOINT_IP] is not set. Please set the value using os environment variables"),
            "{said}"
        );
        assert!(
            said.contains("CONTROL_PLANE_ENDPOINT_IP: the address at which the control plane answers")
                && said.contains("BUNDLE_LOOKUP_BASE_REGISTRY: the registry from which the hosts get"),
            "{said}"
        );
    }

    /// The list told people to set what they cannot.
    #[test]
    fn what_follows_from_the_version_is_not_asked_for() {
        let template = Template::parse("v: ${KUBERNETES_VERSION} ${KUBERNETES_MINOR}").unwrap();
        let said = variables(&[]).render(&template, None).unwrap_err();
        assert!(
            said.starts_with("value for variables [KUBERNETES_VERSION] is not set."),
            "{said}"
        );
    }

    #[test]
    fn templates_become_objects_of_their_namespace() {
        let known = [
            &ALL[..],
            &[
                ("CONTROL_PLANE_ENDPOINT_IP", "192.0.2.7"),
                ("BUNDLE_LOOKUP_BASE_REGISTRY", "registry.example"),
            ],
        ]
        .concat();
        for (name, kinds) in [
            (
                "byoh",
                "ByoCluster ByoMachineTemplate ByoMachineTemplate Cluster K8sInstallerConfigTemplate K8sInstallerConfigTemplate KubeadmConfigTemplate KubeadmControlPlane MachineDeployment",
            ),
            (
                "simulated",
                "Cluster DevCluster DevMachineTemplate DevMachineTemplate KubeadmConfigTemplate KubeadmControlPlane MachineDeployment",
            ),
        ] {
            let flavour = built_in(name).unwrap();
            let template = Template::parse(&flavour.text).unwrap();
            let text = variables(&known).render(&template, Some(&flavour)).unwrap();
            let mut found = Vec::new();
            for document in text.split("\n---\n") {
                let object: serde_json::Value = serde_yaml::from_str(document).unwrap();
                assert_eq!(object["metadata"]["namespace"], "n");
                found.push(object["kind"].as_str().unwrap().to_owned());
            }
            found.sort();
            assert_eq!(found.join(" "), kinds);
            assert!(!text.contains("${"), "{text}");
        }
    }

    #[test]
    fn anchor_91_variables_are_listed_as_clusterctl_lists_them() {
        let template = Template::parse("${B} ${A} ${D:=\"q\"} ${C:=[1]} ${E:-x}").unwrap();
        assert_eq!(
            variables(&[]).list(&template),
            "Required Variables:\n  - A\n  - B\n\nOptional Variables:\n  - C  (defaults to [1])\n  - D  (defaults to \"q\")\n  - E  (defaults to \"x\")\n\n"
        );
    }

    #[test]
    fn a_file_has_variables_as_clusterctls_has_them() {
        let mut variables =
            Variables::of_environment([("A".to_owned(), "of environment".to_owned())].into_iter());
        let text = "providers:\n- name: x\nA: of file\nB: 3\nC: true\nD: [\"10.0.0.0/16\"]\nE:\n";
        variables.add_file(text).unwrap();
        let value = |name: &str| variables.value(name).unwrap_or_default();
        assert_eq!(
            [
                value("A"),
                value("B"),
                value("C"),
                value("D"),
                value("E"),
                value("providers")
            ],
            ["of environment", "3", "true", "[\"10.0.0.0/16\"]", "", ""]
        );
        assert!(variables.clone().add_file("- a").is_err());
        assert!(variables.clone().add_file("a: [").is_err());
        let why = variables
            .add_file("images: {all: {}}\nCOUNT: {a: 1}")
            .unwrap_err();
        assert!(why.starts_with("COUNT: a value is a text"), "{why}");
    }
}
