//! How long the steps of a simulated machine take: by its own spec, else by the settings; jitter by seed and name alone, so that
//! the order of events does not matter.

use std::time::Duration;

use fleetui_api::v1beta2::{DevMachine, ProvisioningStep};
use fleetui_rules::names;

use crate::object::Object;
use crate::settings::SimulationSettings;

/// From the start to a running virtual machine.
pub(super) fn vm(machine: &Object<DevMachine>, settings: &SimulationSettings) -> Duration {
    let own = machine
        .spec
        .backend
        .in_memory
        .as_ref()
        .and_then(|backend| backend.vm.as_ref());
    step(machine, "vm", own, settings.vm_startup, settings)
}

/// From a running virtual machine to a Ready node.
pub(super) fn node(machine: &Object<DevMachine>, settings: &SimulationSettings) -> Duration {
    let own = machine
        .spec
        .backend
        .in_memory
        .as_ref()
        .and_then(|backend| backend.node.as_ref());
    step(machine, "node", own, settings.node_startup, settings)
}

/// From the deletion to the end of the virtual machine.
pub(super) fn shutdown(machine: &Object<DevMachine>, settings: &SimulationSettings) -> Duration {
    step(machine, "shutdown", None, settings.vm_shutdown, settings)
}

fn step(
    machine: &Object<DevMachine>,
    what: &str,
    own: Option<&ProvisioningStep>,
    usual: Duration,
    settings: &SimulationSettings,
) -> Duration {
    let provisioning = own.map(|step| &step.provisioning);
    let duration = provisioning
        .and_then(|step| go_duration(step.startup_duration.as_deref()?))
        .unwrap_or(usual);
    let jitter = provisioning
        .and_then(|step| step.startup_jitter.as_deref()?.parse().ok())
        .unwrap_or(settings.jitter);
    let name = format!("{what}/{}/{}", machine.namespace(), machine.name());
    settings
        .pace
        .stretch(jittered(duration, jitter, settings.seed, &name))
}

/// A duration with some of its jitter on top; how much follows from seed and name alone.
pub(crate) fn jittered(usual: Duration, jitter: f64, seed: u64, name: &str) -> Duration {
    usual.mul_f64(1.0 + fraction(names::seeded(seed, name)) * jitter.clamp(0.0, 10.0))
}

/// A number in [0, 1).
#[allow(
    clippy::cast_precision_loss,
    reason = "32 bits fit into a float's 53 without loss"
)]
fn fraction(random: u64) -> f64 {
    (random >> 32) as f64 / 4_294_967_296.0
}

/// Go's way to write durations: `10s`, `1m30s`, `500ms`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, after) = rest.split_at(digits);
        let letters = after
            .find(|character: char| character.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        rest = after;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn machine(name: &str, spec: &serde_json::Value) -> Object<DevMachine> {
        let object = json!({
            "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevMachine",
            "metadata": {"name": name, "namespace": "default"}, "spec": spec
        });
        Object::parse(&serde_json::from_value(object).expect("an object")).expect("a DevMachine")
    }

    #[test]
    fn go_durations_are_read() {
        let cases = [
            ("10s", Some(10_000)),
            ("1m30s", Some(90_000)),
            ("500ms", Some(500)),
            ("1.5h", Some(5_400_000)),
            ("", None),
            ("10", None),
            ("ten", None),
            ("5 s", None),
        ];
        for (text, expected) in cases {
            assert_eq!(go_duration(text), expected.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn a_machines_own_durations_win_and_jitter_follows_seed_and_name() {
        let settings = SimulationSettings::default();
        let usual = machine("a", &json!({}));
        let (low, high) = (Duration::from_secs(10), Duration::from_secs(12));
        assert!((low..high).contains(&vm(&usual, &settings)));
        assert_eq!(vm(&usual, &settings), vm(&machine("a", &json!({})), &settings));
        assert_ne!(vm(&usual, &settings), vm(&machine("b", &json!({})), &settings));
        let provisioning = json!({"provisioning": {"startupDuration": "3s", "startupJitter": "0"}});
        let own = machine(
            "a",
            &json!({"backend": {"inMemory": {"vm": provisioning, "node": provisioning}}}),
        );
        assert_eq!(vm(&own, &settings), Duration::from_secs(3));
        assert_eq!(node(&own, &settings), Duration::from_secs(3));
    }
}
