//! How many machines a rollout replaces at once, and how many it has too many meanwhile.

use compact_str::CompactString;
use fleetui_api::facts::{Facts, RolloutBounds};
use fleetui_api::kinds::Role;

use crate::rollout::{IntOrPercent, Rounding, Strategy};

/// What a rollout does to machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surge {
    /// Machines above those that are wished.
    pub extra: i64,
    /// Machines that may be missing of those that are wished.
    pub missing: i64,
    /// Whether old machines only go when somebody deletes them.
    pub by_hand: bool,
}

impl Surge {
    /// How often a machine has to be waited for until `replicas` are replaced.
    pub fn rounds(self, replicas: i64) -> u64 {
        let at_once = (self.extra + self.missing).max(1);
        u64::try_from((replicas.max(0) + at_once - 1) / at_once).unwrap_or_default()
    }
}

/// The rollout of an object that wishes so many machines: of a control plane one at a time, either first a new one or first an
/// old one less; of all others within their bounds.
pub fn of(facts: &Facts, replicas: i64) -> Surge {
    let particulars = facts.particulars.as_deref();
    let bounds = particulars.and_then(|particulars| particulars.rollout_bounds.as_deref());
    match facts.role {
        Role::ControlPlane => of_control_plane(bounds),
        _ => of_deployment(bounds, replicas),
    }
}

fn of_deployment(bounds: Option<&RolloutBounds>, replicas: i64) -> Surge {
    let strategy = if bounds.is_some_and(|bounds| bounds.by_hand) {
        Strategy::OnDelete
    } else {
        Strategy::RollingUpdate {
            max_surge: number(bounds.and_then(|bounds| bounds.max_surge.as_ref()), 1),
            max_unavailable: number(bounds.and_then(|bounds| bounds.max_unavailable.as_ref()), 0),
        }
    };
    let replicas = i32::try_from(replicas).unwrap_or(i32::MAX);
    Surge {
        extra: i64::from(strategy.max_surge(replicas)),
        missing: i64::from(strategy.max_unavailable(replicas)),
        by_hand: strategy == Strategy::OnDelete,
    }
}

/// Of more than one machine too many a control plane knows nothing.
fn of_control_plane(bounds: Option<&RolloutBounds>) -> Surge {
    let most = number(bounds.and_then(|bounds| bounds.max_surge.as_ref()), 1);
    let extra = i64::from(most.resolve(1, Rounding::Up)).clamp(0, 1);
    Surge {
        extra,
        missing: 1 - extra,
        by_hand: false,
    }
}

/// What is no number is taken as the usual one.
fn number(written: Option<&CompactString>, usual: i32) -> IntOrPercent {
    let read = written.and_then(|text| IntOrPercent::parse(text).ok());
    read.unwrap_or(IntOrPercent::Int(usual))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn deployment(spec: &Value) -> Surge {
        let object =
            json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment", "spec": spec});
        of(&Facts::read(&object), 10)
    }

    #[test]
    fn a_rollout_has_more_or_fewer_machines_meanwhile() {
        let cases = [
            (json!({}), (1, 0, false), 10),
            (json!({"type": "OnDelete"}), (0, 0, true), 10),
            (
                json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}),
                (3, 1, false),
                3,
            ),
            (
                json!({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
                (0, 1, false),
                10,
            ),
            (json!({"rollingUpdate": {"maxSurge": 4}}), (4, 0, false), 3),
            // What is no number is refused by the webhook; here it changes nothing.
            (json!({"rollingUpdate": {"maxSurge": "many"}}), (1, 0, false), 10),
        ];
        for (strategy, (extra, missing, by_hand), rounds) in cases {
            let expected = Surge {
                extra,
                missing,
                by_hand,
            };
            // As v1beta2 writes it, and as v1beta1 did.
            for spec in [
                json!({"rollout": {"strategy": strategy}}),
                json!({"strategy": strategy}),
            ] {
                let surge = deployment(&spec);
                assert_eq!((surge, surge.rounds(10)), (expected, rounds), "{spec}");
            }
        }
    }

    #[test]
    fn a_control_plane_replaces_one_at_a_time() {
        let with = |spec: Value| {
            let object = json!({
                "apiVersion": "controlplane.cluster.x-k8s.io/v1beta2", "kind": "KubeadmControlPlane", "spec": spec,
            });
            of(&Facts::read(&object), 3)
        };
        let new =
            |value: Value| with(json!({"rollout": {"strategy": {"rollingUpdate": {"maxSurge": value}}}}));
        assert_eq!((new(json!(0)).extra, new(json!(0)).missing), (0, 1));
        assert_eq!((new(json!(1)).extra, new(json!(1)).missing), (1, 0));
        assert_eq!(new(json!("0")).extra, 0);
        assert_eq!((new(json!(7)).extra, new(json!(7)).rounds(3)), (1, 3));
        assert_eq!(with(json!({})).extra, 1);
        let old = with(json!({"rolloutStrategy": {"rollingUpdate": {"maxSurge": 0}}}));
        assert_eq!((old.rounds(3), old.extra), (3, 0));
    }
}
