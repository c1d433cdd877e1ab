//! What of a control plane may be changed: all that its machines can be rolled out for, and nothing else.

use serde_json::Value;

use super::super::Verdict;
use super::super::violation::Violation;

/// Below these, everything may change.
const BELOW: [&str; 33] = [
    "metadata.*",
    "spec.kubeadmConfigSpec.clusterConfiguration.etcd.*",
    "spec.kubeadmConfigSpec.clusterConfiguration.dns.*",
    "spec.kubeadmConfigSpec.clusterConfiguration.imageRepository",
    "spec.kubeadmConfigSpec.clusterConfiguration.featureGates.*",
    "spec.kubeadmConfigSpec.clusterConfiguration.apiServer.*",
    "spec.kubeadmConfigSpec.clusterConfiguration.controllerManager.*",
    "spec.kubeadmConfigSpec.clusterConfiguration.scheduler.*",
    "spec.kubeadmConfigSpec.clusterConfiguration.certificateValidityPeriodDays",
    "spec.kubeadmConfigSpec.clusterConfiguration.encryptionAlgorithm",
    "spec.kubeadmConfigSpec.initConfiguration.nodeRegistration.*",
    "spec.kubeadmConfigSpec.initConfiguration.patches.*",
    "spec.kubeadmConfigSpec.initConfiguration.skipPhases",
    "spec.kubeadmConfigSpec.initConfiguration.bootstrapTokens",
    "spec.kubeadmConfigSpec.initConfiguration.localAPIEndpoint.*",
    "spec.kubeadmConfigSpec.initConfiguration.timeouts.*",
    "spec.kubeadmConfigSpec.joinConfiguration.*",
    "spec.kubeadmConfigSpec.bootCommands",
    "spec.kubeadmConfigSpec.preKubeadmCommands",
    "spec.kubeadmConfigSpec.postKubeadmCommands",
    "spec.kubeadmConfigSpec.files",
    "spec.kubeadmConfigSpec.verbosity",
    "spec.kubeadmConfigSpec.users",
    "spec.kubeadmConfigSpec.ntp.*",
    "spec.kubeadmConfigSpec.ignition.*",
    "spec.kubeadmConfigSpec.diskSetup.*",
    "spec.kubeadmConfigSpec.format",
    "spec.kubeadmConfigSpec.mounts",
    "spec.machineTemplate.*",
    "spec.replicas",
    "spec.version",
    "spec.machineNaming.*",
    "spec.rollout.*",
];

/// Also free, and kept apart because it is not the machines' concern.
const REMEDIATION: &str = "spec.remediation.*";

/// Refuses every changed field that may not change. The status is not looked at: it is written by itself.
pub(super) fn check(old: &Value, new: &Value, verdict: &mut Verdict) {
    let mut changed = Vec::new();
    for part in ["metadata", "spec"] {
        collect(
            old.get(part).unwrap_or(&Value::Null),
            new.get(part).unwrap_or(&Value::Null),
            part.to_owned(),
            &mut changed,
        );
    }
    for path in changed {
        if !BELOW.iter().chain([&REMEDIATION]).any(|free| covers(free, &path)) {
            verdict.add(Violation::forbidden(path, "cannot be modified"));
        }
    }
}

/// Whether the entry of the table frees this path: itself, or, where it ends in a star, all below and itself.
fn covers(free: &str, path: &str) -> bool {
    match free.strip_suffix(".*") {
        None => free == path,
        Some(root) => path
            .strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
    }
}

/// The paths at which a merge patch from one to the other would set something.
fn collect(old: &Value, new: &Value, path: String, changed: &mut Vec<String>) {
    if old == new {
        return;
    }
    let (Some(before), Some(after)) = (old.as_object(), new.as_object()) else {
        // What appears or vanishes as a whole is told by its fields, where it has some.
        let fields = match (old, new) {
            (Value::Null, Value::Object(fields)) => Some(fields),
            (_, _) => None,
        };
        let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
            return changed.push(path);
        };
        for (name, value) in fields {
            collect(&Value::Null, value, format!("{path}.{name}"), changed);
        }
        return;
    };
    for (name, value) in after {
        let was = before.get(name).unwrap_or(&Value::Null);
        collect(was, value, format!("{path}.{name}"), changed);
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        changed.push(format!("{path}.{name}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changed_paths_are_those_of_a_merge_patch() {
        let paths = |old: Value, new: Value| {
            let mut changed = Vec::new();
            collect(&old, &new, "spec".to_owned(), &mut changed);
            changed
        };
        assert_eq!(paths(json!({"a": 1}), json!({"a": 1})), Vec::<String>::new());
        assert_eq!(
            paths(json!({"a": 1, "b": {"c": 1}}), json!({"a": 2, "b": {"c": 1}})),
            ["spec.a"]
        );
        assert_eq!(paths(json!({"b": {"c": 1}}), json!({})), ["spec.b"]);
        assert_eq!(paths(json!({}), json!({"b": {"c": 1}})), ["spec.b.c"]);
        assert_eq!(paths(json!({"l": [1]}), json!({"l": [2]})), ["spec.l"]);
    }

    #[test]
    fn a_free_path_does_not_free_its_neighbours() {
        assert!(covers("spec.ntp.*", "spec.ntp") && covers("spec.ntp.*", "spec.ntp.servers"));
        assert!(!covers("spec.ntp.*", "spec.ntpd") && !covers("spec.version", "spec.version.x"));
    }
}
