//! What an answer has to be, and how it stands in the text of a template.

use serde_json::Value;

use super::lists::Networks;
use super::pools::Pools;

/// What an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A namespace of the management cluster.
    Namespace,
    /// The name of the cluster.
    Name,
    /// A version of Kubernetes.
    Version,
    /// A number of machines of the control plane.
    ControlPlanes,
    /// Sets of workers, `3` or `md-0=3,gpu=1`.
    Pools,
    /// A number of machines.
    Count,
    /// Networks of Pods, divided by commas.
    Pods,
    /// Networks of Services, divided by commas.
    Services,
    /// The address of the control plane.
    Endpoint,
    /// A domain of DNS.
    Domain,
    /// Any text.
    Text,
}

impl Input {
    /// What a variable of that name is in a template that somebody has written.
    pub(super) fn of(variable: &str) -> Self {
        match variable {
            "NAMESPACE" => Self::Namespace,
            "CLUSTER_NAME" => Self::Name,
            "KUBERNETES_VERSION" => Self::Version,
            "CONTROL_PLANE_MACHINE_COUNT" => Self::ControlPlanes,
            "WORKER_MACHINE_COUNT" => Self::Count,
            "POD_CIDR" => Self::Pods,
            "SERVICE_CIDR" => Self::Services,
            "SERVICE_DOMAIN" => Self::Domain,
            "CONTROL_PLANE_ENDPOINT_IP" => Self::Endpoint,
            _ => Self::Text,
        }
    }

    /// An answer as it stands in the text of a template, which has networks so.
    pub(super) fn in_template(self, answer: &str, networks: Networks) -> String {
        match self {
            Self::Version => match answer.strip_prefix('v') {
                Some(_) => answer.to_owned(),
                None => format!("v{answer}"),
            },
            Self::Pools => match Pools::read(answer) {
                Ok(pools) => pools.first().to_string(),
                Err(_) => answer.to_owned(),
            },
            // Templates write it without quotes, and `0` or `true` is a domain too.
            Self::Domain if !is_text(answer) => format!("{answer:?}"),
            Self::Namespace
            | Self::Name
            | Self::ControlPlanes
            | Self::Count
            | Self::Endpoint
            | Self::Domain
            | Self::Text => answer.to_owned(),
            // How they are written is the template's to say.
            Self::Pods | Self::Services => networks.write(answer),
        }
    }

    /// What stands in a template, or in an environment variable for one, as an answer.
    pub(super) fn read_default(self, text: &str) -> String {
        match self {
            Self::Pods | Self::Services => {
                let bare = text.trim().trim_start_matches('[').trim_end_matches(']');
                let all: Vec<String> = split(bare)
                    .map(|text| text.trim_matches(['"', '\'']).to_owned())
                    .collect();
                all.join(", ")
            }
            Self::Namespace
            | Self::Name
            | Self::Version
            | Self::ControlPlanes
            | Self::Pools
            | Self::Count
            | Self::Endpoint
            | Self::Domain
            | Self::Text => match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                Some(bare) => bare.to_owned(),
                None => text.to_owned(),
            },
        }
    }

    /// What stands in an object as an answer; nothing where it is no plain value.
    pub(super) fn read_there(self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Array(items) if matches!(self, Self::Pods | Self::Services) => {
                let all: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                Some(all?.join(", "))
            }
            Value::Array(_) | Value::Object(_) | Value::Null => None,
        }
    }

    /// What it is in a word, where its variable's name does not stand for it.
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::Namespace => Some("namespace"),
            Self::Name => Some("name"),
            Self::Version => Some("version"),
            Self::ControlPlanes => Some("control plane"),
            Self::Pools | Self::Count => Some("workers"),
            Self::Pods => Some("pod network"),
            Self::Services => Some("service network"),
            Self::Endpoint => Some("endpoint"),
            Self::Domain => Some("service domain"),
            Self::Text => None,
        }
    }
}

/// The parts of a list.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' '])
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// Whether YAML reads it as that text, where it stands without quotes.
fn is_text(answer: &str) -> bool {
    matches!(serde_yaml::from_str(answer), Ok(Value::String(text)) if text == answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_stand_in_templates_as_lists() {
        let written = |input: Input, answer: &str| input.in_template(answer, Networks::List);
        let text = written(Input::Pods, "10.0.0.0/16, fd00::/48");
        assert_eq!(text, r#"["10.0.0.0/16", "fd00::/48"]"#);
        assert_eq!(Input::Pods.read_default(&text), "10.0.0.0/16, fd00::/48");
        assert_eq!(Input::Domain.read_default("\"cluster.local\""), "cluster.local");
        assert_eq!(written(Input::Domain, "cluster.local"), "cluster.local");
        let odd = ["0", "true", "1e3", "null"].map(|domain| written(Input::Domain, domain));
        assert_eq!(odd, ["\"0\"", "\"true\"", "\"1e3\"", "\"null\""]);
        assert_eq!(written(Input::Version, "1.33.4"), "v1.33.4");
        assert_eq!(written(Input::Pools, "md-0=3,gpu=1"), "3");
    }
}
