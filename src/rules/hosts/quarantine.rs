//! When a host on which machines fail is held back, and for how long: an hour, then six, then until somebody clears it.

use std::time::Duration;

use fleetui_api::byoh::host::{HostFailure, HostQuarantine};
use fleetui_api::byoh::names;
use fleetui_base::clock::whole_seconds;
use jiff::Timestamp;

use super::Host;

/// How long a host is held back after one failure and after two; after more it is until somebody clears it.
const PAUSES: [Duration; 2] = [Duration::from_hours(1), Duration::from_hours(6)];

/// Whether a quarantine holds the host back at this time.
pub fn holds(quarantine: Option<&HostQuarantine>, now: Timestamp) -> bool {
    let Some(quarantine) = quarantine else {
        return false;
    };
    quarantine.since.is_some() && end(quarantine).is_none_or(|end| now < end)
}

/// When a quarantine ends by itself.
pub fn end(quarantine: &HostQuarantine) -> Option<Timestamp> {
    quarantine.until.as_deref()?.parse().ok()
}

/// How many machines failed on the host in a row.
pub fn failures(quarantine: Option<&HostQuarantine>) -> u32 {
    quarantine.map_or(0, |quarantine| quarantine.failures)
}

/// The quarantine after one more failure.
pub fn after(before: Option<&HostQuarantine>, failure: HostFailure, now: Timestamp) -> HostQuarantine {
    let earlier = failures(before);
    let pause = usize::try_from(earlier).ok().and_then(|index| PAUSES.get(index));
    HostQuarantine {
        failures: earlier.saturating_add(1),
        failure: Some(failure),
        since: Some(whole_seconds(now).to_string()),
        until: pause
            .and_then(|pause| now.checked_add(*pause).ok())
            .map(|until| whole_seconds(until).to_string()),
    }
}

/// The quarantine when its time is over: the host is free, and its failures still count.
pub fn over(before: &HostQuarantine) -> HostQuarantine {
    HostQuarantine {
        since: None,
        until: None,
        ..before.clone()
    }
}

/// The failure of the machine with this uid that the host tells of, and that has not been counted. An agent that only has
/// upstream's conditions tries again and again: it is given `patience` to come through.
pub fn uncounted(
    host: &Host<'_>,
    machine_uid: &str,
    patience: Duration,
    now: Timestamp,
) -> Option<HostFailure> {
    let counted = host
        .status
        .quarantine
        .as_ref()
        .and_then(|before| before.failure.as_ref());
    if counted.is_some_and(|counted| counted.machine_uid.as_deref() == Some(machine_uid)) {
        return None;
    }
    if let Some(failure) = &host.status.failure {
        let of_another = failure
            .machine_uid
            .as_deref()
            .is_some_and(|uid| uid != machine_uid);
        // What goes wrong while a host is reset is none of the machine's coming up.
        return (!of_another && failure.step != "reset").then(|| HostFailure {
            machine_uid: Some(machine_uid.to_owned()),
            ..failure.clone()
        });
    }
    from_conditions(host, machine_uid, patience, now)
}

fn from_conditions(
    host: &Host<'_>,
    machine_uid: &str,
    patience: Duration,
    now: Timestamp,
) -> Option<HostFailure> {
    let failing = [
        (
            names::INSTALLATION_SUCCEEDED,
            "install",
            [names::reason::INSTALLATION_FAILED, ""],
        ),
        (
            names::BOOTSTRAP_SUCCEEDED,
            "bootstrap",
            [
                names::reason::CLOUD_INIT_FAILED,
                names::reason::CLEAN_DIRECTORIES_FAILED,
            ],
        ),
    ];
    failing.into_iter().find_map(|(kind, step, reasons)| {
        let condition = host.condition(kind)?;
        let reason = condition.reason.as_deref().unwrap_or_default();
        let since: Timestamp = condition.last_transition_time.parse().ok()?;
        let waited = now.duration_since(since).unsigned_abs() >= patience;
        (condition.status == "False" && reasons.contains(&reason) && !reason.is_empty() && waited).then(
            || HostFailure {
                step: step.to_owned(),
                last_lines: condition.message.iter().cloned().collect(),
                machine_uid: Some(machine_uid.to_owned()),
                time: Some(condition.last_transition_time.clone()),
                ..HostFailure::default()
            },
        )
    })
}

/// A failure in one sentence: `bootstrap: kubeadm init ended with 1: the last line`.
pub fn describe(failure: &HostFailure) -> String {
    let mut text = failure.step.clone();
    if let Some(command) = &failure.command {
        text.push_str(": ");
        text.push_str(command);
    }
    if let Some(status) = failure.exit_status {
        text.push_str(" ended with ");
        text.push_str(&status.to_string());
    }
    if let Some(line) = failure.last_lines.last() {
        text.push_str(": ");
        text.push_str(line);
    }
    text
}
