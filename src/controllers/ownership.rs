//! Owner references: who made an object, and who controls it.

use fleetui_api::v1beta2::Kind;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use crate::kinds::Watched;
use crate::object::Object;

/// A reference to `owner`.
pub(crate) fn reference<K: Kind>(owner: &Object<K>, controller: bool) -> OwnerReference {
    OwnerReference {
        api_version: format!("{}/{}", K::GROUP, K::VERSION),
        kind: K::KIND.to_owned(),
        name: owner.name().to_owned(),
        uid: owner.uid().to_owned(),
        controller: controller.then_some(true),
        block_owner_deletion: controller.then_some(true),
    }
}

/// The reference to the controlling owner.
pub(crate) fn controller(metadata: &ObjectMeta) -> Option<&OwnerReference> {
    metadata
        .owner_references
        .iter()
        .flatten()
        .find(|owner| owner.controller == Some(true))
}

/// Whether the controlling owner has this uid.
pub(crate) fn is_controlled_by(metadata: &ObjectMeta, uid: &str) -> bool {
    controller(metadata).is_some_and(|owner| owner.uid == uid)
}

/// Whether some owner has this uid.
pub(crate) fn is_owned_by(metadata: &ObjectMeta, uid: &str) -> bool {
    metadata
        .owner_references
        .iter()
        .flatten()
        .any(|owner| owner.uid == uid)
}

/// The watched kind that a reference is to.
pub(crate) fn kind(owner: &OwnerReference) -> Option<Watched> {
    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
    Watched::find(group, &owner.kind)
}

/// Whether this part of a machine was made before its Machine and waits for it: whoever makes both controls it until then.
/// What the part could say before that is nobody's to hear, and only in the way of the Machine's claim.
pub(crate) fn is_made_first(metadata: &ObjectMeta) -> bool {
    controller(metadata)
        .and_then(kind)
        .is_some_and(|kind| matches!(kind, Watched::MachineSet | Watched::KubeadmControlPlane))
}

/// Makes `owner` one of the owners. A controlling one takes the place of whoever controlled before.
pub(crate) fn add(metadata: &mut ObjectMeta, owner: OwnerReference) {
    let owners = metadata.owner_references.get_or_insert_default();
    if owner.controller == Some(true) {
        owners.retain(|known| known.uid == owner.uid || known.controller != Some(true));
    }
    match owners.iter_mut().find(|known| known.uid == owner.uid) {
        Some(known) => *known = owner,
        None => owners.push(owner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(uid: &str, controller: bool) -> OwnerReference {
        OwnerReference {
            api_version: "cluster.x-k8s.io/v1beta2".to_owned(),
            kind: "Machine".to_owned(),
            name: uid.to_owned(),
            uid: uid.to_owned(),
            controller: controller.then_some(true),
            block_owner_deletion: None,
        }
    }

    #[test]
    fn a_part_waits_for_its_machine_while_a_set_or_a_control_plane_has_it() {
        for (kind, group, waits) in [
            ("MachineSet", "cluster.x-k8s.io", true),
            ("KubeadmControlPlane", "controlplane.cluster.x-k8s.io", true),
            ("Machine", "cluster.x-k8s.io", false),
            ("MachinePool", "cluster.x-k8s.io", false),
        ] {
            let mut metadata = ObjectMeta::default();
            let mut owner = owner("uid", true);
            owner.kind = kind.to_owned();
            owner.api_version = format!("{group}/v1beta2");
            add(&mut metadata, owner);
            assert_eq!(is_made_first(&metadata), waits, "{kind}");
        }
        assert!(!is_made_first(&ObjectMeta::default()));
    }

    #[test]
    fn a_new_controller_takes_the_old_ones_place_and_plain_owners_stay() {
        let mut metadata = ObjectMeta::default();
        add(&mut metadata, owner("cluster", false));
        add(&mut metadata, owner("set", true));
        add(&mut metadata, owner("machine", true));
        add(&mut metadata, owner("machine", true));
        let uids: Vec<&str> = metadata
            .owner_references
            .iter()
            .flatten()
            .map(|owner| owner.uid.as_str())
            .collect();
        assert_eq!(uids, ["cluster", "machine"]);
        assert!(is_controlled_by(&metadata, "machine"));
        assert!(is_owned_by(&metadata, "cluster"));
        assert!(!is_owned_by(&metadata, "set"));
        assert_eq!(kind(&owner("machine", true)), Some(Watched::Machine));
    }
}
