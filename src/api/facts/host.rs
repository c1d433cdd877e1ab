//! What is kept of a host of a pool, and of a machine that waits for one: what the rules of hosts ask for.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reader::Reader;
use crate::byoh::host::{ByoHostSpec, ByoHostStatus};
use crate::byoh::machine::ByoMachineSpec;
use crate::byoh::names;
use crate::json::Json;
use crate::labels;

/// A host.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HostFacts {
    /// All of its labels.
    pub labels: BTreeMap<String, String>,
    /// Those of its annotations that say what is done with it.
    pub annotations: BTreeMap<String, String>,
    /// What is wished of it, without scripts.
    pub spec: ByoHostSpec,
    /// What is observed of it.
    pub status: ByoHostStatus,
    /// Whether the object has no `spec` at all, so that nothing can be added to it.
    #[serde(default)]
    pub bare: bool,
    /// Of a host of another provider's inventory, which is only read: what that provider says that it is at, in its own word.
    #[serde(default)]
    pub inventory: Option<CompactString>,
}

/// What a machine without a host asks of one, or what those of a template do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HostRequest {
    /// Labels, affinity, tolerations, resources.
    pub spec: ByoMachineSpec,
    /// Hosts on which it failed.
    pub tried: Vec<String>,
}

/// The most lines of a failed step that are kept of the end of its output.
const MOST_LINES: usize = 20;
/// The longest of them.
const LONGEST_LINE: usize = 512;

/// Annotations that are kept.
const ANNOTATIONS: [&str; 9] = [
    labels::PAUSED,
    names::UNREGISTERING,
    names::RELEASED,
    names::SERVED,
    names::K8S_VERSION,
    names::RELEASE_CONFIRMED,
    names::HELD_BACK,
    names::CLEAR_QUARANTINE,
    names::SIMULATED,
];

/// Reads a host.
pub(super) fn host(reader: &mut Reader<'_>) -> HostFacts {
    let mut spec: ByoHostSpec = part(reader, "spec");
    spec.uninstallation_script = None;
    let mut status: ByoHostStatus = part(reader, "status");
    let quarantined = status.quarantine.as_mut().and_then(|it| it.failure.as_mut());
    for failure in status.failure.iter_mut().chain(quarantined) {
        let first = failure.last_lines.len().saturating_sub(MOST_LINES);
        failure.last_lines.drain(..first);
        failure.last_lines.iter_mut().for_each(cut);
    }
    HostFacts {
        inventory: None,
        bare: reader.at("spec").is_none(),
        labels: reader
            .labels()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        annotations: ANNOTATIONS
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), reader.annotation(key)?.to_owned())))
            .collect(),
        spec,
        status,
    }
}

/// Reads what a ByoMachine asks for; nothing where it has a host.
pub(super) fn request(reader: &mut Reader<'_>) -> Option<HostRequest> {
    if reader.text(&["status.hostRef.name"]).is_some() || reader.text(&["spec.providerID"]).is_some() {
        return None;
    }
    let attempts = reader.list("status.attempts").iter();
    let tried = attempts.filter_map(|attempt| attempt.get("host").and_then(Json::as_str).map(str::to_owned));
    Some(HostRequest {
        tried: tried.collect(),
        spec: part(reader, "spec"),
    })
}

/// Reads what the machines of a ByoMachineTemplate ask for.
pub(super) fn request_of_template(reader: &mut Reader<'_>) -> Option<HostRequest> {
    reader.at("spec.template")?;
    Some(HostRequest {
        tried: Vec::new(),
        spec: part(reader, "spec.template.spec"),
    })
}

/// A part of the object as its type has it. Fields of a wrong shape are noted and left out.
fn part<T: DeserializeOwned + Default>(reader: &mut Reader<'_>, path: &str) -> T {
    let Some(fields) = reader.at(path).and_then(Json::as_object) else {
        return T::default();
    };
    let mut whole: Map<String, Value> = fields
        .iter()
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect();
    if let Ok(read) = serde_json::from_value(Value::Object(whole.clone())) {
        return read;
    }
    for (key, value) in fields.iter() {
        let alone: Map<String, Value> = [(key.to_owned(), Value::from(value))].into_iter().collect();
        if serde_json::from_value::<T>(Value::Object(alone)).is_err() {
            reader.note(&format!("{path}.{key}"), value);
            whole.remove(key);
        }
    }
    serde_json::from_value(Value::Object(whole)).unwrap_or_default()
}

fn cut(line: &mut String) {
    if line.len() > LONGEST_LINE {
        let end = (0..=LONGEST_LINE).rev().find(|end| line.is_char_boundary(*end));
        line.truncate(end.unwrap_or(0));
        line.push('…');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::facts::Facts;

    fn object(kind: &str, spec: &Value, status: &Value) -> Value {
        json!({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta1", "kind": kind,
            "metadata": {
                "name": "node-1", "namespace": "default",
                "labels": {"site": "a", labels::CLUSTER_NAME: "prod"},
                "annotations": {names::SERVED: "prod/prod-md-0", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
            },
            "spec": spec, "status": status,
        })
    }

    fn host_of(object: &Value) -> HostFacts {
        let facts = Facts::read(object);
        facts.particulars.unwrap().host.unwrap().as_ref().clone()
    }

    #[test]
    fn a_host_is_kept_as_the_rules_ask_for_it_and_no_longer() {
        let lines: Vec<String> = (0..50)
            .map(|line| format!("{line} {}", "x".repeat(600)))
            .collect();
        let host = host_of(&object(
            "ByoHost",
            &json!({"unclaimable": true, "uninstallationScript": "rm -r /"}),
            &json!({"capacity": {"cpu": "8"}, "failure": {"step": "bootstrap", "exitStatus": 1, "lastLines": lines}}),
        ));
        assert_eq!(host.labels[labels::CLUSTER_NAME], "prod");
        assert_eq!(host.annotations.len(), 1);
        assert_eq!(
            (host.spec.unclaimable, host.spec.uninstallation_script),
            (Some(true), None)
        );
        let kept = host.status.failure.unwrap().last_lines;
        assert_eq!(kept.len(), MOST_LINES);
        assert!(kept[19].starts_with("49 ") && kept.iter().all(|line| line.len() <= LONGEST_LINE + 4));
    }

    #[test]
    fn what_has_a_wrong_shape_is_noted_and_takes_nothing_with_it() {
        let facts = Facts::read(&object(
            "ByoHost",
            &json!({"approved": "yes", "unclaimable": true}),
            &json!({"capacity": 7, "agentVersion": "v1"}),
        ));
        let host = facts.particulars.unwrap().host.unwrap();
        assert_eq!((host.spec.unclaimable, host.spec.approved), (Some(true), None));
        assert_eq!(host.status.agent_version.as_deref(), Some("v1"));
        assert_eq!(
            *facts.broken,
            ["spec.approved is \"yes\"", "status.capacity is a number"]
        );
    }

    #[test]
    fn only_a_machine_without_a_host_asks_for_one() {
        let spec = json!({"selector": {"matchLabels": {"site": "b"}}, "resources": {"cpu": 4}});
        let waiting = Facts::read(&object(
            "ByoMachine",
            &spec,
            &json!({"attempts": [{"host": "node-7"}]}),
        ));
        let request = waiting.particulars.unwrap().host_request.unwrap();
        assert_eq!(request.tried, ["node-7"]);
        assert_eq!(request.spec.resources["cpu"], 4);
        let taken = Facts::read(&object(
            "ByoMachine",
            &spec,
            &json!({"hostRef": {"name": "node-1"}}),
        ));
        assert!(taken.particulars.is_none());
    }
}
