//! What is said of a host: its labels, and that a person holds it back.

use std::collections::BTreeMap;

use fleetui_api::byoh::names;
use fleetui_api::labels;
use fleetui_rules::admission::why_no_label;
use fleetui_rules::hosts::quarantine;

use super::{Of, refused, unchanged, writes};
use crate::act::judge::{Preview, Refusal};
use crate::act::{Act, HostDeed, LabelChange, Plan};
use crate::hosts::{could_take, given};

/// Labels that say who has a host; its controllers write them.
const WHO_HAS_IT: [&str; 2] = [labels::CLUSTER_NAME, names::MACHINE_LABEL];
/// Labels that its agent writes.
const AGENTS: [&str; 2] = [names::ARCHITECTURE_LABEL, names::OS_FAMILY_LABEL];

pub(super) fn label(of: &Of<'_>, changes: &[LabelChange], act: Act) -> Result<Plan, Refusal> {
    if changes.is_empty() {
        return refused("labels are written key=value, and key- takes one away".to_owned());
    }
    if let Some(why) = HostDeed::contradiction(changes) {
        return refused(why);
    }
    let mut after: BTreeMap<String, String> = of.kept.labels.clone();
    let mut preview = Preview::default();
    for (key, value) in changes {
        let (key, value) = (key.as_str(), value.as_deref());
        if WHO_HAS_IT.contains(&key) {
            return refused(format!(
                "{key} says who has the host: release the host, or reserve it for a cluster"
            ));
        }
        if let Some(why) = why_no_label(key, value) {
            return refused(why);
        }
        if AGENTS.contains(&key) {
            preview.warnings.push(format!(
                "{key} is what the host's agent says, which may write it again"
            ));
        }
        match value {
            Some(value) => after.insert(key.to_owned(), value.to_owned()),
            None => after.remove(key),
        };
    }
    if after == of.kept.labels {
        return unchanged(nothing_new(of, changes));
    }
    let now_and_then =
        [&of.kept.labels, &after].map(|labels| could_take(of.around.store, of.row, labels, of.around.now));
    if let [now, then] = now_and_then
        && now != then
    {
        let machines = |count: usize| match count {
            1 => "1 machine that waits".to_owned(),
            count => format!("{count} machines that wait"),
        };
        preview
            .happens
            .push(format!("{} can take it then, not {now}", machines(then)));
    }
    if let Some(taker) = of.taker() {
        preview
            .happens
            .push(format!("{taker} stays on it, whatever its labels"));
    }
    if preview.happens.is_empty() {
        preview
            .happens
            .push("machines that ask for hosts choose by its new labels".to_owned());
    }
    let changes = changes
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_deref()));
    Ok(of.plan(act, writes::labels(of, changes), preview))
}

/// Why changes of labels change nothing: what is to be taken away is not there, what is to be set is there.
fn nothing_new(of: &Of<'_>, changes: &[LabelChange]) -> String {
    let (set, gone): (Vec<&LabelChange>, Vec<&LabelChange>) =
        changes.iter().partition(|(_, value)| value.is_some());
    let mut said = Vec::new();
    if !gone.is_empty() {
        let keys: Vec<&str> = gone.iter().map(|(key, _)| key.as_str()).collect();
        said.push(format!("no label {}", keys.join(" and no label ")));
    }
    if !set.is_empty() {
        let pairs = set.iter();
        let pairs: Vec<String> = pairs
            .map(|(key, value)| format!("{key}={}", value.as_deref().unwrap_or_default()))
            .collect();
        said.push(format!("{} already", pairs.join(" and ")));
    }
    format!("{} has {}", of.name(), said.join(", and has "))
}

pub(super) fn quarantine(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    if of.state().quarantined {
        return unchanged(format!(
            "{} is quarantined already: {}",
            of.name(),
            held(of).unwrap_or_else(|| match of.annotation(names::HELD_BACK) {
                Some(_) => "it is held back until it is cleared".to_owned(),
                None => "machines failed on it".to_owned(),
            })
        ));
    }
    let change = writes::set_annotation(of, names::HELD_BACK, Of::why(&act));
    let mut preview = Preview {
        happens: vec!["it takes no machine until somebody clears it".to_owned()],
        ..Preview::default()
    };
    if let Some(taker) = of.taker() {
        preview
            .happens
            .push(of.stays(&taker, "maintenance would drain it"));
    }
    Ok(of.plan(act, change, preview))
}

/// Why it is held back: by a person, or by what failed.
fn held(of: &Of<'_>) -> Option<String> {
    let by_a_person = of.annotation(names::HELD_BACK).and_then(given).map(str::to_owned);
    by_a_person.or_else(|| {
        let failure = of.kept.status.quarantine.as_ref()?.failure.as_ref()?;
        Some(quarantine::describe(failure))
    })
}

pub(super) fn clear(of: &Of<'_>, act: Act) -> Result<Plan, Refusal> {
    if !of.state().quarantined {
        return unchanged(format!("{} is not quarantined", of.name()));
    }
    if of.annotation(names::CLEAR_QUARANTINE).is_some() {
        return unchanged(format!("{} is being cleared already", of.name()));
    }
    let by_failures = quarantine::holds(of.kept.status.quarantine.as_ref(), of.now);
    let mut preview = of.again("it is no longer quarantined", |state| state.quarantined = false);
    let (mut operations, mut changes) = writes::remove_annotation(of, names::HELD_BACK).unwrap_or_default();
    if by_failures {
        preview.happens.push("its failures are forgotten".to_owned());
        let (set, change) = writes::set_annotation(of, names::CLEAR_QUARANTINE, Of::why(&act));
        operations.extend(set);
        changes.extend(change);
        if let Some(why) = held(of) {
            preview.warnings.insert(
                0,
                format!("what went wrong last comes again unless it was mended: {why}"),
            );
        }
    }
    Ok(of.plan(act, (operations, changes), preview))
}
