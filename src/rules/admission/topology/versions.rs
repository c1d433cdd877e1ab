//! From one version of a topology to the next: up, by one minor version, and when the last step is done.

use serde_json::Value;

use fleetui_api::kinds::CORE;
use fleetui_api::labels::{CLUSTER_NAME, TOPOLOGY_OWNED};

use super::super::field::{self, annotation, has_label, list, text};
use super::super::violation::Violation;
use super::super::{Lookup, Verdict};
use crate::version::Version;

const PENDING_HOOKS: &str = "runtime.cluster.x-k8s.io/pending-hooks";
const AFTER_UPGRADE: &str = "AfterClusterUpgrade";

/// Judges the change of the version; `one_at_a_time` says whether a minor version may be left out.
pub(super) fn check(
    old: &Value,
    object: &Value,
    one_at_a_time: bool,
    lookup: &dyn Lookup,
    verdict: &mut Verdict,
) {
    let told = text(object, "/spec/topology/version");
    let parse = |object: &Value| text(object, "/spec/topology/version").parse::<Version>();
    let (Ok(from), Ok(to)) = (parse(old), parse(object)) else {
        return;
    };
    if from == to {
        return;
    }
    let bare = |version: &Version| version.to_string().trim_start_matches('v').to_owned();
    let pending = annotation(old, PENDING_HOOKS)
        .is_some_and(|hooks| hooks.split(',').any(|hook| hook.trim() == AFTER_UPGRADE));
    let core = |version: &Version| (version.major(), version.minor(), version.patch());
    let why = if core(&to) < core(&from) {
        format!(
            "version cannot be decreased from {:?} to {:?}",
            bare(&from),
            bare(&to)
        )
    } else if one_at_a_time && !from.may_upgrade_to(&to) {
        format!(
            "version cannot be increased from {:?} to {:?}",
            bare(&from),
            bare(&to)
        )
    } else if pending {
        format!("version cannot be changed when the {AFTER_UPGRADE:?} hook is still blocking")
    } else {
        let open = unfinished(old, &from, lookup);
        match open.as_slice() {
            [] => return,
            [one] => format!("version cannot be changed: {one}"),
            many => format!("version cannot be changed: [{}]", many.join(", ")),
        }
    };
    verdict.add(Violation::invalid_text("spec.topology.version", told, &why));
}

/// What of the last upgrade is still under way.
fn unfinished(old: &Value, version: &Version, lookup: &dyn Lookup) -> Vec<String> {
    let mut open = Vec::new();
    let namespace = field::namespace(old);
    let reference = |part: &str| text(old, &format!("/spec/controlPlaneRef/{part}"));
    let control_plane = lookup.get(
        reference("apiGroup"),
        reference("kind"),
        namespace,
        reference("name"),
    );
    match control_plane {
        None => open.push(
            "failed to check if control plane is upgrading: failed to get control plane object".to_owned(),
        ),
        Some(control_plane) => open.extend(control_plane_unfinished(&control_plane, version)),
    }
    for (kind, word) in [
        ("MachineDeployment", "MachineDeployments"),
        ("MachinePool", "MachinePools"),
    ] {
        let behind: Vec<String> = lookup
            .list(CORE, kind, namespace)
            .iter()
            .filter(|worker| {
                has_label(worker, TOPOLOGY_OWNED)
                    && worker
                        .pointer("/metadata/labels")
                        .and_then(|labels| labels.get(CLUSTER_NAME))
                        .is_some_and(|cluster| cluster == field::name(old))
            })
            .filter(|worker| is_behind(worker, version))
            .map(|worker| field::name(worker).to_owned())
            .collect();
        if !behind.is_empty() {
            open.push(format!(
                "there are still {word} completing a previous upgrade: [{}]",
                behind.join(", ")
            ));
        }
    }
    open
}

fn control_plane_unfinished(control_plane: &Value, version: &Version) -> Option<String> {
    let bare = |version: &Version| version.to_string().trim_start_matches('v').to_owned();
    let wished = text(control_plane, "/spec/version").parse::<Version>().ok()?;
    if wished != *version {
        return Some(format!(
            "Cluster.spec.topology.version {} was not propagated to control plane yet (control plane version {})",
            bare(version),
            bare(&wished)
        ));
    }
    let running = text(control_plane, "/status/version");
    if running.is_empty() {
        return Some("control plane is currently provisioning".to_owned());
    }
    let upgrading = running.parse::<Version>().is_ok_and(|running| running < wished);
    upgrading.then(|| "control plane is still completing a previous upgrade".to_owned())
}

/// Whether machines of these workers are not at the version yet.
fn is_behind(worker: &Value, version: &Version) -> bool {
    let wished = text(worker, "/spec/template/spec/version").parse::<Version>();
    let running = list(worker, "/status/versions");
    wished.as_ref() != Ok(version)
        || running
            .iter()
            .any(|running| text(running, "/version").parse::<Version>().as_ref() != Ok(version))
}
