//! Whether a control plane machine is what the control plane wishes now.

use fleetui_api::labels;
use fleetui_api::v1beta2::{KubeadmConfigSpec, KubeadmControlPlane};
use fleetui_rules::version::Version;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::observe::{Member, Observed};
use super::serving_certificate;
use crate::object::{Metadata, Object};
use crate::templates::group_kind;

/// A gate of kubeadm that these minor versions need so that a kubelet talks to the API server of its own machine.
const LOCAL_MODE: (&str, std::ops::Range<u64>) = ("ControlPlaneKubeletLocalMode", 31..36);

/// For which of its two lives a bootstrap configuration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The first machine.
    Init,
    /// All others. They keep the cluster's configuration, which says where etcd is.
    Join,
}

/// The bootstrap configuration that a machine of this control plane gets.
pub(super) fn wished_config(control_plane: &Object<KubeadmControlPlane>, form: Form) -> KubeadmConfigSpec {
    let mut spec = whole_config(control_plane);
    match form {
        Form::Init => spec.join_configuration = None,
        Form::Join => spec.init_configuration = None,
    }
    spec
}

fn whole_config(control_plane: &Object<KubeadmControlPlane>) -> KubeadmConfigSpec {
    let spec = Value::Object(control_plane.spec.kubeadm_config_spec.clone());
    let mut spec = serde_json::from_value(spec).unwrap_or_default();
    add_gates(&mut spec, &control_plane.spec.version);
    spec
}

fn add_gates(spec: &mut KubeadmConfigSpec, version: &str) {
    let (gate, minors) = LOCAL_MODE;
    if version
        .parse::<Version>()
        .is_ok_and(|version| minors.contains(&version.minor()))
    {
        let gates = spec
            .cluster_configuration
            .get_or_insert_default()
            .entry("featureGates")
            .or_insert_with(|| Value::Object(Map::new()));
        if let Some(gates) = gates.as_object_mut() {
            gates.entry(gate).or_insert(Value::Bool(true));
        }
    }
}

/// Whether a machine's configuration is the wished one, in whichever form; what bootstrap adds to it does not count.
fn is_wished(control_plane: &Object<KubeadmControlPlane>, found: &KubeadmConfigSpec) -> bool {
    let whole = whole_config(control_plane);
    let finds_itself = whole
        .join_configuration
        .as_ref()
        .is_none_or(|join| join.get("discovery").is_none_or(Value::is_null));
    let plain = |mut spec: KubeadmConfigSpec| {
        add_gates(&mut spec, &control_plane.spec.version);
        if let Some(join) = &mut spec.join_configuration {
            if finds_itself {
                join.remove("discovery");
            } else if let Some(token) = join
                .get_mut("discovery")
                .and_then(|discovery| discovery.get_mut("bootstrapToken"))
                .and_then(Value::as_object_mut)
            {
                for added in ["token", "apiServerEndpoint", "caCertHashes"] {
                    token.remove(added);
                }
            }
            if join
                .get("controlPlane")
                .and_then(Value::as_object)
                .is_some_and(Map::is_empty)
            {
                join.remove("controlPlane");
            }
        }
        spec.join_configuration = spec.join_configuration.filter(|join| !join.is_empty());
        spec.init_configuration = spec.init_configuration.filter(|init| !init.is_empty());
        spec
    };
    let found = plain(found.clone());
    let is_form = |form| plain(wished_config(control_plane, form)) == found;
    is_form(Form::Join) || is_form(Form::Init) || plain(whole) == found
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
        .is_some_and(|config| !is_wished(control_plane, &config.spec))
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
    if expires_soon(observed, member) {
        respects.push("* Certificates will expire soon, rolloutBefore expired".to_owned());
    }
    respects
}

/// Whether the machine's certificates end within the days that the control plane names.
fn expires_soon(observed: &Observed, member: &Member) -> bool {
    let rollout = observed.control_plane.spec.rollout.as_ref();
    let days = rollout.and_then(|rollout| rollout.before.as_ref()?.certificates_expiry_days);
    let ends = serving_certificate::noted(member).and_then(|ends| ends.parse::<Timestamp>().ok());
    days.zip(ends).is_some_and(|(days, ends)| {
        let ahead = SignedDuration::from_hours(24 * i64::from(days));
        ends.duration_since(observed.now) < ahead
    })
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
