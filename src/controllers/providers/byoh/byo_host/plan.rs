//! What the manager should do for a ByoHost next.

use std::time::Duration;

use fleetui_api::byoh::ByoHost;
use fleetui_api::byoh::names::{self, AGENT_CONNECTED, NOT_QUARANTINED, reason};
use fleetui_api::conditions::Severity;
use fleetui_rules::hosts::{Watch, quarantine};
use jiff::Timestamp;

use super::super::conditions::{Saying, say};
use super::super::{PoolHost, keeps};
use crate::change::Outcome;
use crate::events::Happening;
use crate::object::Metadata;
use crate::settings::HostSettings;

/// A host and whose it is.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) host: PoolHost,
    pub(super) claimant: Claimant,
    pub(super) settings: HostSettings,
    pub(super) now: Timestamp,
}

/// The machine that has a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claimant {
    /// None has it.
    Nobody,
    /// It is there.
    There { uid: String },
    /// It is not there any more.
    Gone,
}

/// Plans the next step.
pub(super) fn plan(observed: &Observed) -> (Outcome<ByoHost>, Vec<Happening>) {
    let host = observed.host.object.as_ref();
    let (mut outcome, mut happenings) = (Outcome::unchanged(host), Vec::new());
    if host.is_deleting() {
        return (outcome, happenings);
    }
    hear(observed, &mut outcome, &mut happenings);
    hold_back(observed, &mut outcome, &mut happenings);
    tell_of_a_person(observed, &mut outcome, &mut happenings);
    if host.metadata.annotation(names::UNREGISTERING).is_none()
        && let Some(why) = has_to_be_reset(observed)
    {
        let metadata = &mut outcome.object.metadata;
        metadata.set_annotation(names::UNREGISTERING, "");
        if let Some(set) = keeps(host) {
            metadata.set_annotation(names::RELEASED, set);
        }
        let message = format!("Asked to be reset, as {why}");
        happenings.push(Happening::warning(host, "ByoHostReleaseRequested", message));
    }
    (outcome, happenings)
}

/// Why the host has to be reset although no machine asks for it.
fn has_to_be_reset(observed: &Observed) -> Option<&'static str> {
    match &observed.claimant {
        Claimant::Gone => Some("its ByoMachine is gone"),
        Claimant::Nobody if observed.host.facts().is_unclean() => {
            Some("nobody has it and something of an earlier machine is on it")
        }
        Claimant::Nobody | Claimant::There { .. } => None,
    }
}

/// Whether the agent is heard. One that sends no heartbeats, as upstream's, is not judged.
fn hear(observed: &Observed, outcome: &mut Outcome<ByoHost>, happenings: &mut Vec<Happening>) {
    let (host, Some(heard)) = (observed.host.object.as_ref(), observed.host.heard) else {
        return;
    };
    let timeout = observed.settings.heartbeat_timeout;
    let watch = Watch {
        now: observed.now,
        timeout,
    };
    let before = observed
        .host
        .facts()
        .condition(AGENT_CONNECTED)
        .map(|before| before.status == "True");
    if observed.host.facts().silence(watch).is_some() {
        // A text that counted seconds would be written anew all the time.
        let message = format!("The agent was last heard at {heard}");
        let saying = Saying::fails(
            AGENT_CONNECTED,
            Severity::Warning,
            reason::HEARTBEAT_TIMEOUT,
            message.clone(),
        );
        say(&mut outcome.object, &saying, observed.now);
        if before != Some(false) {
            happenings.push(Happening::warning(host, "AgentDisconnected", message));
        }
        return;
    }
    say(
        &mut outcome.object,
        &Saying::holds(AGENT_CONNECTED, "Heard"),
        observed.now,
    );
    if before == Some(false) {
        happenings.push(Happening::normal(
            host,
            "AgentConnected",
            "The agent is heard again",
        ));
    }
    let left = heard
        .checked_add(timeout)
        .map_or(timeout, |end| end.duration_since(observed.now).unsigned_abs());
    // Times on the server are whole seconds, so that the end is somewhere in the next one.
    outcome.look_again(left + Duration::from_secs(1));
}

/// Counts a failure, ends a quarantine whose time is over or that an operator clears, and forgets failures after a success.
fn hold_back(observed: &Observed, outcome: &mut Outcome<ByoHost>, happenings: &mut Vec<Happening>) {
    let (host, facts, now) = (observed.host.object.as_ref(), observed.host.facts(), observed.now);
    let before = host.status.quarantine.as_ref();
    if host.metadata.annotation(names::CLEAR_QUARANTINE).is_some() {
        if let Some(annotations) = &mut outcome.object.metadata.annotations {
            annotations.remove(names::CLEAR_QUARANTINE);
            annotations.remove(names::HELD_BACK);
        }
        outcome.object.status.quarantine = None;
        free(outcome, now);
        happenings.push(Happening::normal(
            host,
            "QuarantineCleared",
            "Its failures are forgotten",
        ));
        return;
    }
    let uid = match &observed.claimant {
        Claimant::There { uid } => Some(uid.as_str()),
        Claimant::Nobody | Claimant::Gone => None,
    };
    if facts.is_true(names::BOOTSTRAP_SUCCEEDED) {
        if before.is_some() {
            outcome.object.status.quarantine = None;
            free(outcome, now);
        }
        return;
    }
    let failure =
        uid.and_then(|uid| quarantine::uncounted(&facts, uid, observed.settings.failure_patience, now));
    if let Some(failure) = failure {
        let why = quarantine::describe(&failure);
        let after = quarantine::after(before, failure, now);
        let until = after
            .until
            .as_deref()
            .map_or("it is cleared".to_owned(), str::to_owned);
        let who = match after.failures {
            1 => "a machine".to_owned(),
            more => format!("{more} machines in a row"),
        };
        let message = format!("Held back until {until}, as {who} failed on it: {why}");
        let saying = Saying::fails(
            NOT_QUARANTINED,
            Severity::Warning,
            reason::QUARANTINED,
            message.clone(),
        );
        say(&mut outcome.object, &saying, now);
        happenings.push(Happening::warning(host, "ByoHostQuarantined", message));
        wait_for_end(quarantine::end(&after), now, outcome);
        outcome.object.status.quarantine = Some(after);
        return;
    }
    if uid.is_some() && before.is_none_or(|before| before.since.is_none()) {
        // An agent that only tells conditions may fail without another word.
        outcome.look_again(observed.settings.failure_patience);
    }
    if let Some(before) = before.filter(|before| before.since.is_some()) {
        if quarantine::holds(Some(before), now) {
            wait_for_end(quarantine::end(before), now, outcome);
        } else {
            outcome.object.status.quarantine = Some(quarantine::over(before));
            free(outcome, now);
        }
    }
}

/// Tells that a person holds the host back, or does no more.
fn tell_of_a_person(observed: &Observed, outcome: &mut Outcome<ByoHost>, happenings: &mut Vec<Happening>) {
    let (host, facts, now) = (observed.host.object.as_ref(), observed.host.facts(), observed.now);
    if host.metadata.annotation(names::CLEAR_QUARANTINE).is_some() {
        return;
    }
    let told = facts
        .condition(NOT_QUARANTINED)
        .filter(|told| told.status == "False");
    let Some(why) = facts.held_back() else {
        if told.is_some() && !quarantine::holds(outcome.object.status.quarantine.as_ref(), now) {
            free(outcome, now);
        }
        return;
    };
    let message = format!("Held back until it is cleared: {why}");
    if told.and_then(|told| told.message.as_deref()) != Some(message.as_str()) {
        happenings.push(Happening::warning(host, "ByoHostQuarantined", message.clone()));
    }
    let saying = Saying::fails(NOT_QUARANTINED, Severity::Warning, reason::QUARANTINED, message);
    say(&mut outcome.object, &saying, now);
}

fn free(outcome: &mut Outcome<ByoHost>, now: Timestamp) {
    say(&mut outcome.object, &Saying::holds(NOT_QUARANTINED, "Free"), now);
}

fn wait_for_end(end: Option<Timestamp>, now: Timestamp, outcome: &mut Outcome<ByoHost>) {
    if let Some(end) = end {
        outcome.look_again(end.duration_since(now).unsigned_abs());
    }
}
