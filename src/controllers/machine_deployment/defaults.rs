//! What the server fills into a set where its deployment says nothing. Taken away it would come back, with every reconcile.

use fleetui_api::v1beta2::{
    DeletionSpec, MachineDeletion, MachineDeploymentSpec, MachineSetSpec, MachineSpec,
};
use fleetui_rules::admission::{DELETION_ORDER, NODE_DELETION_TIMEOUT_SECONDS};

/// How long the deletion of a set's machines may take: as the deployment's template says; what it leaves open stays as it is in
/// the set where that is the default.
pub(super) fn deletion(from: &MachineSpec, there: &MachineSpec) -> Option<MachineDeletion> {
    let seconds = there
        .deletion
        .as_ref()
        .and_then(|it| it.node_deletion_timeout_seconds);
    let says_nothing = |deletion: &MachineDeletion| deletion.node_deletion_timeout_seconds.is_none();
    if seconds != Some(NODE_DELETION_TIMEOUT_SECONDS) || !from.deletion.as_ref().is_none_or(says_nothing) {
        return from.deletion.clone();
    }
    Some(MachineDeletion {
        node_deletion_timeout_seconds: seconds,
        ..from.deletion.clone().unwrap_or_default()
    })
}

/// The order in which a set deletes machines, likewise.
pub(super) fn order(from: &MachineDeploymentSpec, there: &MachineSetSpec) -> Option<DeletionSpec> {
    let order = there.deletion.as_ref().and_then(|it| it.order.as_deref());
    let says_nothing = |deletion: &DeletionSpec| deletion.order.is_none();
    if order == Some(DELETION_ORDER) && from.deletion.as_ref().is_none_or(says_nothing) {
        return there.deletion.clone();
    }
    from.deletion.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(node_deletion: Option<i32>, drain: Option<i32>) -> MachineSpec {
        let deletion = (node_deletion.is_some() || drain.is_some()).then(|| MachineDeletion {
            node_deletion_timeout_seconds: node_deletion,
            node_drain_timeout_seconds: drain,
            ..MachineDeletion::default()
        });
        MachineSpec {
            deletion,
            ..MachineSpec::default()
        }
    }

    #[test]
    fn the_deployment_decides_and_defaults_stay() {
        let (none, default) = (None, Some(NODE_DELETION_TIMEOUT_SECONDS));
        for (from, there, wished) in [
            ((none, none), (none, none), (none, none)),
            ((none, none), (default, none), (default, none)),
            ((none, none), (Some(7), none), (none, none)),
            ((none, Some(5)), (default, none), (default, Some(5))),
            ((none, none), (default, Some(5)), (default, none)),
            ((Some(9), none), (default, none), (Some(9), none)),
        ] {
            let told = deletion(&machine(from.0, from.1), &machine(there.0, there.1));
            assert_eq!(told, machine(wished.0, wished.1).deletion, "{from:?} {there:?}");
        }
    }

    #[test]
    fn the_order_is_the_deployments_and_the_default_stays() {
        let spec = |order: Option<&str>| {
            order.map(|order| DeletionSpec {
                order: Some(order.to_owned()),
            })
        };
        for (from, there, wished) in [
            (None, None, None),
            (None, Some("Random"), Some("Random")),
            (None, Some("Oldest"), None),
            (Some("Newest"), Some("Random"), Some("Newest")),
            (Some("Newest"), None, Some("Newest")),
        ] {
            let deployment = MachineDeploymentSpec {
                deletion: spec(from),
                ..MachineDeploymentSpec::default()
            };
            let set = MachineSetSpec {
                deletion: spec(there),
                ..MachineSetSpec::default()
            };
            assert_eq!(order(&deployment, &set), spec(wished), "{from:?} {there:?}");
        }
    }
}
