//! Where an upgrade leads: over which versions, in which steps, and what the webhooks say of each.

use std::collections::BTreeMap;

use fleetui_api::kinds::{CONTROL_PLANE, CORE};
use fleetui_rules::admission::{self, Operation, Refusal, Write};
use fleetui_rules::upgrade::path::{Missing, path};
use fleetui_rules::version::Version;
use serde_json::Value;

use super::scene::{Part, Scene, stored};
use super::{Aimed, Step, order};
use crate::pace::Pace;

/// Where an upgrade leads.
#[derive(Debug, Default)]
pub(super) struct Aim {
    /// The version, where one is meant.
    pub(super) to: Option<Version>,
    /// The versions on the way, the last of which is `to`.
    pub(super) hops: Vec<Version>,
    /// Minor versions on the way of which no patch release is known.
    pub(super) missing: Option<Missing>,
    /// What is done.
    pub(super) steps: Vec<Step>,
    /// What the webhooks say of it that they do not say of the object as it is.
    pub(super) said: Vec<String>,
    /// What they say of the object as it is.
    pub(super) said_before: Vec<String>,
}

impl Aim {
    /// Takes aim.
    pub(super) fn take(
        scene: &Scene<'_>,
        aimed: &Aimed,
        known: &BTreeMap<Version, usize>,
        pace: Pace,
    ) -> Self {
        let mut aim = Self {
            to: aimed.to.clone(),
            ..Self::default()
        };
        let (Some(from), Some(to)) = (scene.from(), &aimed.to) else {
            return aim;
        };
        // A topology goes over the versions in between by itself, where its class lists them.
        if scene.has_topology() {
            aim.hops = vec![to.clone()];
        } else if *to >= from {
            let known: Vec<Version> = known.keys().cloned().collect();
            match path(&from, to, &aimed.via, &known) {
                Ok(hops) => aim.hops = hops,
                Err(missing) => aim.missing = Some(missing),
            }
        }
        aim.steps = order::steps(scene, &aim.hops, pace);
        aim.ask(scene);
        aim
    }

    /// Whether somewhere a webhook says so: the first sentence that has these words.
    pub(super) fn webhook(&self, words: &str) -> Option<&str> {
        let mut all = self.said.iter().chain(&self.said_before);
        all.find(|said| said.contains(words)).map(String::as_str)
    }

    /// Asks the webhooks of each version on the way, as the server would.
    fn ask(&mut self, scene: &Scene<'_>) {
        let (part, pointer, group) = match (scene.has_topology(), &scene.control_plane) {
            (true, _) => (&scene.cluster, "/spec/topology/version", CORE),
            (false, Some(control_plane)) => (control_plane, "/spec/version", CONTROL_PLANE),
            (false, None) => return,
        };
        let Some(mut old) = stored(part.object) else {
            return;
        };
        self.said_before = said(scene, part, group, &old, &old);
        for hop in &self.hops {
            let mut new = old.clone();
            match new.pointer_mut(pointer) {
                Some(version) => *version = Value::from(hop.to_string()),
                None => return,
            }
            if new == old {
                continue;
            }
            for sentence in said(scene, part, group, &old, &new) {
                if !self.said_before.contains(&sentence) && !self.said.contains(&sentence) {
                    self.said.push(sentence);
                }
            }
            old = new;
        }
    }
}

/// What the webhooks refuse of the change, as the server tells it.
fn said(scene: &Scene<'_>, part: &Part<'_>, group: &str, old: &Value, new: &Value) -> Vec<String> {
    let write = Write {
        group,
        kind: &part.row.facts.kind.kind,
        operation: Operation::Update,
        old: Some(old),
        object: new,
        dry_run: true,
    };
    match admission::validate(&write, scene) {
        Ok(_) => Vec::new(),
        Err(denial) => match denial.refusal {
            Refusal::Forbidden(text) => vec![text],
            Refusal::Invalid { violations, .. } => violations
                .iter()
                .map(|violation| format!("{}: {}", violation.field, violation.message))
                .collect(),
        },
    }
}
