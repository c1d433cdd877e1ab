//! Whether a worker machine is what its MachineDeployment wishes now.

use fleetui_api::conditions::{Condition, ConditionStatus};
use fleetui_api::v1beta2::MachineSpec;
use fleetui_rules::condition_merge::condition;

use super::observe::Observed;
use crate::machine_deployment::rollout_after;
use crate::object::Metadata;

/// The condition `UpToDate`; `None` for machines that nobody compares (stand-alone ones, and the control plane's own).
pub(super) fn condition_of(observed: &Observed) -> Option<Condition> {
    let (set, deployment) = (observed.set.as_ref()?, observed.deployment.as_ref()?);
    let mut respects = differences(&set.spec.template.spec, &deployment.spec.template.spec);
    let after = rollout_after(deployment, observed.now);
    if after.is_some_and(|after| set.metadata.created() < Some(after)) {
        respects.push("* MachineDeployment spec.rolloutAfter expired".to_owned());
    }
    Some(if respects.is_empty() {
        condition("UpToDate", ConditionStatus::True, "UpToDate", "")
    } else {
        condition(
            "UpToDate",
            ConditionStatus::False,
            "NotUpToDate",
            respects.join("\n"),
        )
    })
}

/// In which respects a machine of `current` is not what `wished` asks for.
fn differences(current: &MachineSpec, wished: &MachineSpec) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut respects = Vec::new();
    if current.version != wished.version {
        respects.push(format!(
            "* Version {}, {} required",
            text(&current.version),
            text(&wished.version)
        ));
    }
    if current.failure_domain != wished.failure_domain {
        let (current, wished) = (text(&current.failure_domain), text(&wished.failure_domain));
        respects.push(format!("* Failure domain {current}, {wished} required"));
    }
    if current.bootstrap != wished.bootstrap {
        respects.push(match &wished.bootstrap.config_ref {
            Some(reference) => format!(
                "* {} is not up-to-date",
                reference.kind.trim_end_matches("Template")
            ),
            None => format!(
                "* spec.bootstrap.dataSecretName {}, {} required",
                text(&current.bootstrap.data_secret_name),
                text(&wished.bootstrap.data_secret_name)
            ),
        });
    }
    if current.infrastructure_ref != wished.infrastructure_ref {
        let kind = wished
            .infrastructure_ref
            .as_ref()
            .map_or("Infrastructure", |reference| reference.kind.as_str());
        respects.push(format!(
            "* {} is not up-to-date",
            kind.trim_end_matches("Template")
        ));
    }
    respects
}

#[cfg(test)]
mod tests {
    use fleetui_api::v1beta2::{Bootstrap, ContractReference};

    use super::*;

    #[test]
    fn every_respect_has_its_line() {
        let reference = |name: &str| {
            Some(ContractReference {
                api_group: "infrastructure.cluster.x-k8s.io".to_owned(),
                kind: "DevMachineTemplate".to_owned(),
                name: name.to_owned(),
            })
        };
        let current = MachineSpec {
            version: Some("v1.30.0".to_owned()),
            infrastructure_ref: reference("a"),
            ..MachineSpec::default()
        };
        let mut wished = current.clone();
        assert!(differences(&current, &wished).is_empty());
        wished.version = Some("v1.31.0".to_owned());
        wished.infrastructure_ref = reference("b");
        wished.bootstrap = Bootstrap {
            config_ref: Some(ContractReference {
                kind: "KubeadmConfigTemplate".to_owned(),
                ..ContractReference::default()
            }),
            data_secret_name: None,
        };
        assert_eq!(
            differences(&current, &wished),
            [
                "* Version v1.30.0, v1.31.0 required",
                "* KubeadmConfig is not up-to-date",
                "* DevMachine is not up-to-date"
            ]
        );
    }
}
