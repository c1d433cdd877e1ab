//! Whether a control plane machine is what the control plane wishes now.

use fleetui_api::labels;
use fleetui_api::v1beta2::{KubeadmConfigSpec, KubeadmControlPlane};
use jiff::Timestamp;
use serde_json::Value;

use super::observe::{Member, Observed};
use crate::object::{Metadata, Object};
use crate::templates::group_kind;

/// The bootstrap configuration that a machine of this control plane gets.
pub(super) fn wished_config(control_plane: &Object<KubeadmControlPlane>) -> KubeadmConfigSpec {
    serde_json::from_value(Value::Object(control_plane.spec.kubeadm_config_spec.clone())).unwrap_or_default()
}

/// In which respects a machine is not what is wished; empty when it is up to date.
pub(super) fn respects(observed: &Observed, member: &Member) -> Vec<String> {
    let (control_plane, machine) = (observed.control_plane.as_ref(), member.machine.as_ref());
    let mut respects = Vec::new();
    let version = machine.spec.version.as_deref().unwrap_or_default();
    let wished = control_plane.spec.version.as_str();
    if version.trim_start_matches('v') != wished.trim_start_matches('v') {
        respects.push(format!("* Version {version}, {wished} required"));
    }
    if member
        .config
        .as_ref()
        .is_some_and(|config| config.spec != wished_config(control_plane))
    {
        respects.push("* KubeadmConfig is not up-to-date".to_owned());
    }
    if is_other_infrastructure(control_plane, member) {
        let kind = member.infrastructure.kind("infrastructure");
        respects.push(format!("* {kind} is not up-to-date"));
    }
    let after = control_plane
        .spec
        .rollout
        .as_ref()
        .and_then(|rollout| rollout.after.as_ref());
    let after = after
        .and_then(|after| after.parse::<Timestamp>().ok())
        .filter(|after| *after <= observed.now);
    if after.is_some() && machine.metadata.created() < after {
        respects.push("* KubeadmControlPlane spec.rolloutAfter expired".to_owned());
    }
    respects
}

/// Whether the machine's infrastructure was cloned from another template.
fn is_other_infrastructure(control_plane: &Object<KubeadmControlPlane>, member: &Member) -> bool {
    let Some(entry) = member.infrastructure.entry() else {
        return false;
    };
    let template = &control_plane.spec.machine_template.spec.infrastructure_ref;
    let metadata = &entry.object.metadata;
    let (Some(name), Some(kind)) = (
        metadata.annotation(labels::CLONED_FROM_NAME),
        metadata.annotation(labels::CLONED_FROM_GROUP_KIND),
    ) else {
        return false;
    };
    let wished_kind = crate::kinds::Watched::referred(template).map(group_kind);
    name != template.name || wished_kind.is_some_and(|wished| wished != kind)
}
