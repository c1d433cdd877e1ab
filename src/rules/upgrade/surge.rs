//! How many machines a rollout replaces at once, and how many it has too many meanwhile.

use serde_json::Value;

use crate::rollout::{IntOrPercent, Strategy};

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

/// The rollout of a MachineDeployment of so many replicas, in v1beta2.
pub fn of_deployment(object: &Value, replicas: i64) -> Surge {
    let strategy = object.pointer("/spec/rollout/strategy");
    let kind = strategy.and_then(|it| it.get("type")?.as_str());
    let number = |field: &str, usual: i32| {
        let value = strategy.and_then(|it| it.get("rollingUpdate")?.get(field));
        let read = value.map(IntOrPercent::from_json).and_then(Result::ok);
        read.unwrap_or(IntOrPercent::Int(usual))
    };
    let strategy = if kind == Some("OnDelete") {
        Strategy::OnDelete
    } else {
        Strategy::RollingUpdate {
            max_surge: number("maxSurge", 1),
            max_unavailable: number("maxUnavailable", 0),
        }
    };
    let replicas = i32::try_from(replicas).unwrap_or(i32::MAX);
    Surge {
        extra: i64::from(strategy.max_surge(replicas)),
        missing: i64::from(strategy.max_unavailable(replicas)),
        by_hand: strategy == Strategy::OnDelete,
    }
}

/// The rollout of a control plane: one machine at a time, either first a new one or first an old one less.
pub fn of_control_plane(object: &Value) -> Surge {
    const WAYS: [&str; 2] = [
        "/spec/rollout/strategy/rollingUpdate/maxSurge",
        "/spec/rolloutStrategy/rollingUpdate/maxSurge",
    ];
    let value = WAYS.iter().find_map(|way| object.pointer(way));
    let extra = value.and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
    let extra = extra.unwrap_or(1).clamp(0, 1);
    Surge {
        extra,
        missing: 1 - extra,
        by_hand: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rollout_has_more_or_fewer_machines_meanwhile() {
        let with = |strategy: Value| of_deployment(&json!({"spec": {"rollout": {"strategy": strategy}}}), 10);
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
        ];
        for (strategy, (extra, missing, by_hand), rounds) in cases {
            let surge = with(strategy.clone());
            let expected = Surge {
                extra,
                missing,
                by_hand,
            };
            assert_eq!((surge, surge.rounds(10)), (expected, rounds), "{strategy}");
        }
    }

    #[test]
    fn a_control_plane_replaces_one_at_a_time() {
        let with = |value: Value| {
            of_control_plane(
                &json!({"spec": {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": value}}}}}),
            )
        };
        assert_eq!((with(json!(0)).extra, with(json!(0)).missing), (0, 1));
        assert_eq!((with(json!(1)).extra, with(json!(1)).missing), (1, 0));
        assert_eq!(of_control_plane(&json!({})).extra, 1);
        let old = json!({"spec": {"rolloutStrategy": {"rollingUpdate": {"maxSurge": 0}}}});
        assert_eq!(of_control_plane(&old).rounds(3), 3);
        assert_eq!(of_control_plane(&old).extra, 0);
    }
}
