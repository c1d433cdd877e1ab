//! Where the kinds keep their v1beta1 conditions: `status.deprecated.v1beta1.conditions`, and those of hosts, which are of that
//! age, `status.conditions`.

use fleetui_api::byoh::cluster::ByoClusterStatus;
use fleetui_api::byoh::host::ByoHostStatus;
use fleetui_api::byoh::machine::ByoMachineStatus;
use fleetui_api::v1beta2::{
    ClusterClassStatus, ClusterResourceSetStatus, ClusterStatus, Kind, KubeadmConfigStatus,
    KubeadmControlPlaneStatus, MachineDeploymentStatus, MachineHealthCheckStatus, MachinePoolStatus,
    MachineSetStatus, MachineStatus, OldCondition,
};
use fleetui_rules::old_conditions;
use jiff::Timestamp;

use crate::object::Object;

/// A status that shows v1beta1 clients conditions with severities.
pub(crate) trait OldStatus {
    /// The conditions.
    fn old(&self) -> &[OldCondition];

    /// The conditions, to be changed.
    fn old_mut(&mut self) -> &mut Vec<OldCondition>;
}

macro_rules! old_status {
    ($($status:ty),+ $(,)?) => {$(
        impl OldStatus for $status {
            fn old(&self) -> &[OldCondition] {
                let old = self.deprecated.as_ref().and_then(|deprecated| deprecated.v1beta1.as_ref());
                old.map_or(&[], |old| old.conditions.as_slice())
            }

            fn old_mut(&mut self) -> &mut Vec<OldCondition> {
                &mut self
                    .deprecated
                    .get_or_insert_default()
                    .v1beta1
                    .get_or_insert_default()
                    .conditions
            }
        }
    )+};
}

old_status!(
    ClusterClassStatus,
    ClusterResourceSetStatus,
    ClusterStatus,
    KubeadmConfigStatus,
    KubeadmControlPlaneStatus,
    MachineDeploymentStatus,
    MachineHealthCheckStatus,
    MachinePoolStatus,
    MachineSetStatus,
    MachineStatus,
);

macro_rules! old_throughout {
    ($($status:ty),+ $(,)?) => {$(
        impl OldStatus for $status {
            fn old(&self) -> &[OldCondition] {
                &self.conditions
            }

            fn old_mut(&mut self) -> &mut Vec<OldCondition> {
                &mut self.conditions
            }
        }
    )+};
}

old_throughout!(ByoClusterStatus, ByoHostStatus, ByoMachineStatus);

impl<K: Kind> Object<K>
where
    K::Status: OldStatus,
{
    /// The v1beta1 condition of this type.
    pub(crate) fn old(&self, kind: &str) -> Option<&OldCondition> {
        old_conditions::find(self.status.old(), kind)
    }

    /// Puts a v1beta1 condition in place.
    pub(crate) fn set_old(&mut self, condition: OldCondition, now: Timestamp) {
        old_conditions::set(self.status.old_mut(), condition, now);
    }

    /// Takes a v1beta1 condition away.
    pub(crate) fn remove_old(&mut self, kind: &str) {
        if self.old(kind).is_some() {
            old_conditions::remove(self.status.old_mut(), kind);
        }
    }

    /// Sums up v1beta1 conditions into `Ready`; see [`old_conditions::summarise`].
    pub(crate) fn summarise_old(&mut self, kinds: &[&str], steps: Option<&[&str]>, now: Timestamp) {
        if let Some(ready) = old_conditions::summarise(self.status.old(), kinds, steps) {
            self.set_old(ready, now);
        }
    }
}
