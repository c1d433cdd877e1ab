//! CoreDNS of the workload cluster: its image follows the control plane's wishes once all machines do.
//!
//! Its Corefile stays as it is. Since CoreDNS 1.8.3 no release has taken anything out of it; from older ones on it would have to be
//! migrated, and those are left alone.

use k8s_openapi::api::apps::v1::Deployment;
use serde_json::{Value, json};

use super::observe::Observed;
use super::outdated;
use crate::counting::number;
use crate::object::Metadata;

/// Name of the Deployment and of its container.
pub(super) const NAME: &str = "coredns";
/// Annotation on a control plane: CoreDNS is not its concern.
const SKIP: &str = "controlplane.cluster.x-k8s.io/skip-coredns";
/// From here on a Corefile is good for all later releases.
const KEEPS_COREFILE: Release = (1, 8, 3);
/// Kubernetes' own registries have the image in a folder of its own, since this release.
const IN_A_FOLDER: Release = (1, 8, 0);
const REGISTRIES: [&str; 2] = ["registry.k8s.io", "k8s.gcr.io"];

type Release = (u64, u64, u64);

/// What is wished of the image; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wish {
    repository: Option<String>,
    tag: Option<String>,
}

/// Whether CoreDNS is not the control plane's concern.
pub(super) fn is_skipped(observed: &Observed) -> bool {
    observed.control_plane.metadata.annotation(SKIP).is_some()
}

/// Whether all machines have just come to be as wished, so that CoreDNS is due; the status does not tell so yet.
pub(super) fn is_due(observed: &Observed) -> bool {
    let count = number(observed.machines.len());
    let status = &observed.control_plane.status;
    let is_told = status.replicas == Some(count) && status.ready_replicas == Some(count);
    if is_told || count == 0 || wish(observed).is_none() {
        return false;
    }
    observed.machines.iter().all(|member| {
        let machine = member.machine.as_ref();
        machine.status.node_ref.is_some()
            && machine.is_true("Ready")
            && outdated::respects(observed, member).is_empty()
    })
}

fn wish(observed: &Observed) -> Option<Wish> {
    if is_skipped(observed) {
        return None;
    }
    let configuration = observed
        .control_plane
        .spec
        .kubeadm_config_spec
        .get("clusterConfiguration")?;
    let text = |path: &str| {
        let found = configuration.pointer(path).and_then(Value::as_str);
        found.filter(|found| !found.is_empty()).map(str::to_owned)
    };
    let repository = text("/dns/imageRepository").or_else(|| text("/imageRepository"));
    let wish = Wish {
        repository: repository.map(|repository| repository.trim_end_matches('/').to_owned()),
        tag: text("/dns/imageTag"),
    };
    (wish.repository.is_some() || wish.tag.is_some()).then_some(wish)
}

/// The patch that gives CoreDNS the wished image, if it has another.
pub(super) fn update(observed: &Observed, deployment: &Deployment) -> Option<Value> {
    let pod = deployment.spec.as_ref()?.template.spec.as_ref()?;
    let mut containers = pod.containers.clone();
    let container = containers.iter_mut().find(|container| container.name == NAME)?;
    let present = container.image.clone()?;
    match wished_image(&present, &wish(observed)?) {
        Ok(wished) if wished == present => None,
        Ok(wished) => {
            container.image = Some(wished);
            Some(json!({
                "metadata": {"resourceVersion": deployment.metadata.resource_version},
                "spec": {"template": {"spec": {"containers": containers}}},
            }))
        }
        Err(why) => {
            let control_plane = observed.control_plane.name();
            tracing::warn!(control_plane, present, why, "CoreDNS is left as it is");
            None
        }
    }
}

/// The image that is wished instead of `present`; the error says why there can be none.
fn wished_image(present: &str, wish: &Wish) -> Result<String, &'static str> {
    let (path, tag) = present.rsplit_once(':').ok_or("its image has no tag")?;
    let (repository, name) = path.rsplit_once('/').ok_or("its image has no repository")?;
    let wished_tag = wish.tag.as_deref().unwrap_or(tag);
    let (from, to) = (
        release(tag).ok_or("its tag is not a version")?,
        release(wished_tag).ok_or("the wished tag is not a version")?,
    );
    if to < from {
        return Err("it may not be taken to an older release");
    }
    if to != from && from < KEEPS_COREFILE {
        return Err("its Corefile would have to be migrated");
    }
    let wished_repository = wish.repository.as_deref().unwrap_or(repository);
    let folder = REGISTRIES.contains(&wished_repository) && name == NAME && to >= IN_A_FOLDER;
    let folder = if folder { "coredns/" } else { "" };
    Ok(format!("{wished_repository}/{folder}{name}:{wished_tag}"))
}

/// `v1.11.3`, `1.8.0` or `v1.9.3_vendor.1`.
fn release(tag: &str) -> Option<Release> {
    let bare = tag.trim_start_matches('v');
    let end = bare.find(['_', '-', '+']).unwrap_or(bare.len());
    let mut numbers = bare.get(..end)?.split('.').map(str::parse);
    let release = (
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    );
    numbers.next().is_none().then_some(release)
}

#[cfg(test)]
mod tests;
