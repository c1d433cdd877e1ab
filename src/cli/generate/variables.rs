//! Values of variables: what flags say, else the environment, else the template's own default.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use color_eyre::eyre::eyre;
use fleetui_rules::template::{Missing, Template};

use super::builtin::BuiltIn;

/// The variable that follows from the version.
const KUBERNETES_MINOR: &str = "KUBERNETES_MINOR";

/// What is known of variables.
#[derive(Debug, Default)]
pub(super) struct Variables {
    set: BTreeMap<String, String>,
    defaults: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
}

impl Variables {
    /// Those of the environment.
    pub(super) fn of_environment() -> Self {
        Self {
            environment: std::env::vars().collect(),
            ..Self::default()
        }
    }

    /// Sets a variable, whatever the environment says; no value leaves it as it is.
    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            self.set.insert(name.to_owned(), value);
        }
    }

    /// What a variable is where nobody says.
    pub(super) fn suppose(&mut self, name: &str, value: &str) {
        self.defaults.insert(name.to_owned(), value.to_owned());
    }

    /// The value of a variable.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let known = [&self.set, &self.environment, &self.defaults];
        known.into_iter().find_map(|known| known.get(name)).cloned()
    }

    /// The text of a template.
    pub(super) fn render(
        &self,
        template: &Template,
        built_in: Option<&BuiltIn>,
    ) -> color_eyre::Result<String> {
        template.render(|name| self.value(name)).map_err(|missing| {
            let meanings = built_in.map(BuiltIn::meanings).unwrap_or_default();
            // What is worked out from others is nobody's to set.
            let Missing(names) = missing;
            let names = names.into_iter().filter(|name| name != KUBERNETES_MINOR);
            let missing = Missing(names.collect());
            let mut said = format!("{missing}. Please set the value using os environment variables");
            let Missing(names) = missing;
            for name in names {
                if let Some(meaning) = meanings.get(name.as_str()) {
                    let _ = write!(said, "\n  {name}: {meaning}");
                }
            }
            eyre!(said)
        })
    }

    /// The variables of a template, as clusterctl lists them.
    pub(super) fn list(&self, template: &Template) -> String {
        let (mut required, mut optional) = (String::new(), String::new());
        // What is worked out from others is nobody's to set.
        let variables = template
            .variables()
            .into_iter()
            .filter(|(name, _)| name != KUBERNETES_MINOR);
        for (name, default) in variables {
            let known = self.set.get(&name).or_else(|| self.defaults.get(&name)).cloned();
            let known = self
                .environment
                .get(&name)
                .cloned()
                .filter(|_| is_implicit(&name))
                .or(known);
            let _ = match known.or(default) {
                None => writeln!(required, "  - {name}"),
                Some(default) => writeln!(optional, "  - {name}  (defaults to {})", quoted(&default)),
            };
        }
        let mut text = String::new();
        for (title, lines) in [("Required", required), ("Optional", optional)] {
            if !lines.is_empty() {
                let _ = writeln!(text, "{title} Variables:\n{}", lines.trim_end());
            }
        }
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
    use super::super::builtin;
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
    fn what_is_missing_is_named_with_its_meaning() {
        let built_in = builtin::find("byoh").unwrap();
        let template = Template::parse(built_in.template).unwrap();
        let said = variables(&ALL)
            .render(&template, Some(built_in))
            .unwrap_err()
            .to_string();
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
        let said = variables(&[]).render(&template, None).unwrap_err().to_string();
        assert!(
            said.starts_with("value for variables [KUBERNETES_VERSION] is not set."),
            "{said}"
        );
    }

    #[test]
    fn every_variable_of_a_template_has_a_meaning() {
        for name in ["byoh", "simulated"] {
            let built_in = builtin::find(name).unwrap();
            let template = Template::parse(built_in.template).unwrap();
            let meanings = built_in.meanings();
            for name in template
                .variables()
                .into_keys()
                .filter(|name| name != KUBERNETES_MINOR)
            {
                assert!(meanings.contains_key(name.as_str()), "{name}");
            }
        }
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
            let built_in = builtin::find(name).unwrap();
            let template = Template::parse(built_in.template).unwrap();
            let text = variables(&known).render(&template, Some(built_in)).unwrap();
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
            "Required Variables:\n  - A\n  - B\nOptional Variables:\n  - C  (defaults to [1])\n  - D  (defaults to \"q\")\n  - E  (defaults to \"x\")\n"
        );
    }
}
