//! Volumes that are still attached to a node: which are waited for, and what is told of them.
//!
//! Must not know: who lists them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use k8s_openapi::api::core::v1::{Node, PersistentVolume, Pod};
use k8s_openapi::api::storage::v1::VolumeAttachment;

use crate::counting::listed;
use crate::object::Metadata;

/// At most so many names stand in one line.
const NAMES: usize = 5;

/// What the node and the attachments name: by the node's own names, and by names of PersistentVolumes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    by_node: BTreeSet<String>,
    by_attachment: BTreeSet<String>,
}

/// Volumes that are waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attached {
    claims: BTreeSet<String>,
    without_claim: BTreeSet<String>,
    of_node_without_volume: BTreeSet<String>,
    of_attachment_without_volume: BTreeSet<String>,
}

impl Named {
    /// Reads a node and the VolumeAttachments of its cluster.
    ///
    /// # Errors
    ///
    /// In words, where an attachment names no PersistentVolume.
    pub(super) fn read(node: &Node, attachments: &[VolumeAttachment]) -> Result<Self, String> {
        let attached = node
            .status
            .as_ref()
            .and_then(|status| status.volumes_attached.as_ref());
        let by_node = attached.into_iter().flatten().map(|volume| volume.name.clone());
        let mut named = Self {
            by_node: by_node.collect(),
            by_attachment: BTreeSet::new(),
        };
        for attachment in attachments {
            let is_attached = attachment.status.as_ref().is_some_and(|status| status.attached);
            if !is_attached || attachment.spec.node_name != node.metadata.name() {
                continue;
            }
            let Some(volume) = &attachment.spec.source.persistent_volume_name else {
                let name = attachment.metadata.name();
                return Err(format!(
                    "VolumeAttachment {name} has no spec.source.persistentVolumeName"
                ));
            };
            named.by_attachment.insert(volume.clone());
        }
        Ok(named)
    }

    /// Whether nothing is attached.
    pub(super) fn is_empty(&self) -> bool {
        self.by_node.is_empty() && self.by_attachment.is_empty()
    }

    /// What of it is waited for: all but the claims of pods that stay on the node.
    pub(super) fn awaited(&self, volumes: &[PersistentVolume], ignored: &BTreeSet<String>) -> Attached {
        let mut attached = Attached {
            of_node_without_volume: self.by_node.clone(),
            of_attachment_without_volume: self.by_attachment.clone(),
            ..Attached::default()
        };
        for volume in volumes {
            let name = volume.metadata.name();
            let spec = volume.spec.as_ref();
            let csi = spec.and_then(|spec| spec.csi.as_ref());
            let on_node = csi.map(|csi| format!("kubernetes.io/csi/{}^{}", csi.driver, csi.volume_handle));
            let by_node = on_node.is_some_and(|name| {
                attached.of_node_without_volume.remove(&name);
                self.by_node.contains(&name)
            });
            attached.of_attachment_without_volume.remove(name);
            if !by_node && !self.by_attachment.contains(name) {
                continue;
            }
            let claim = spec
                .and_then(|spec| spec.claim_ref.as_ref())
                .filter(|claim| claim.kind.as_deref() == Some("PersistentVolumeClaim"));
            match claim {
                None => {
                    attached.without_claim.insert(name.to_owned());
                }
                Some(claim) => {
                    let part = |text: &Option<String>| text.clone().unwrap_or_default();
                    let claim = format!("{}/{}", part(&claim.namespace), part(&claim.name));
                    if !ignored.contains(&claim) {
                        attached.claims.insert(claim);
                    }
                }
            }
        }
        attached
    }
}

impl Attached {
    /// Whether nothing has to be waited for.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is told of a wait that goes on since `started`.
    pub(super) fn message(&self, started: &str) -> String {
        let mut text = begun(started);
        let lines = [
            ("PersistentVolumeClaims", &self.claims),
            (
                "PersistentVolumes without a .spec.claimRef to a PersistentVolumeClaim",
                &self.without_claim,
            ),
            (
                "Node with .status.volumesAttached entries not matching a PersistentVolume",
                &self.of_node_without_volume,
            ),
            (
                "VolumeAttachment with .spec.source.persistentVolumeName not matching a PersistentVolume",
                &self.of_attachment_without_volume,
            ),
        ];
        for (title, names) in lines {
            if !names.is_empty() {
                let names: Vec<&String> = names.iter().collect();
                let _ = write!(text, "\n* {title}: {}", listed(&names, NAMES));
            }
        }
        text
    }
}

/// What is told of a wait of which nothing more is known yet.
pub(super) fn begun(started: &str) -> String {
    format!("Waiting for Node volumes to be detached (started at {started})")
}

/// The claims of a pod, as `namespace/name`.
pub(super) fn claims(pod: &Pod) -> impl Iterator<Item = String> + '_ {
    let volumes = pod.spec.as_ref().and_then(|spec| spec.volumes.as_ref());
    volumes.into_iter().flatten().filter_map(|volume| {
        let claim = volume.persistent_volume_claim.as_ref()?;
        Some(format!("{}/{}", pod.metadata.namespace(), claim.claim_name))
    })
}

#[cfg(test)]
mod tests;
