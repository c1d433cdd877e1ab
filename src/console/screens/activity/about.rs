//! What is told of the row under the cursor of the activity, whole.

use fleetui_fleet::act::audit::{Outcome as Ended, Stage, Written};
use fleetui_fleet::act::{Entry, FieldChange, plan::dotted};
use serde_json::Value;

use super::rows::standing;
use super::state::Ground;
use crate::act::Running;
use crate::act::lines::status;
use crate::glyphs::Glyphs;
use crate::prose::Line;
use crate::theme::Role;

/// The most fields of an act that are told.
const MOST_FIELDS: usize = 4;

/// An act of the audit log.
pub(super) fn of_act(entry: &Entry, ended: Option<&Ended>, ground: Ground<'_>) -> Vec<Line> {
    let subject = &entry.act.subject;
    let actor = &entry.actor;
    let mut lines = vec![
        Line::new()
            .text(Role::Section, &entry.act.deed.told())
            .text(
                Role::Heading,
                &format!(" {} {}", subject.kind.kind, subject.object),
            )
            .text(Role::Dim, &format!(" in {}", subject.management_cluster)),
    ];
    let from = actor
        .ssh
        .as_deref()
        .map(|ssh| format!(" from {ssh}"))
        .unwrap_or_default();
    let at = entry.at.round(jiff::Unit::Second).unwrap_or(entry.at);
    let with = match actor.by.as_str() {
        "console" => "in the console".to_owned(),
        command => format!("with fleetui {command}"),
    };
    let who = format!("{at} by {}{from} {with}; {}", actor.told(), entry.id.0);
    lines.push(Line::new().text(Role::Dim, &who));
    let (outcome, role) = standing(entry, ended, ground.now);
    lines.push(Line::new().text(role, &outcome));
    if let Some(reason) = &entry.act.reason {
        lines.push(Line::ours(Role::Dim, "reason: ").text(Role::Text, reason));
    }
    if let Stage::Intent { writes, .. } = &entry.stage {
        lines.extend(fields(writes, ground.glyphs));
    }
    lines
}

/// An act that was sent off, and what follows of it.
pub(super) fn of_running(running: &Running, ground: Ground<'_>) -> Vec<Line> {
    let key = &running.key;
    let act = &running.plan.act;
    let mut lines = vec![
        Line::new()
            .text(Role::Section, &act.deed.told())
            .text(Role::Heading, &format!(" {} {}", key.kind.kind, key.object))
            .text(Role::Dim, &format!(" in {}", key.management_cluster)),
        status(running, (ground.fleet, ground.now), ground.glyphs),
    ];
    if let Some(reason) = &act.reason {
        lines.push(Line::ours(Role::Dim, "reason: ").text(Role::Text, reason));
    }
    lines.extend(
        running
            .plan
            .preview
            .happens
            .iter()
            .map(|what| Line::new().text(Role::Text, what)),
    );
    lines
}

/// The fields that were written, before and after.
fn fields(writes: &[Written], glyphs: &Glyphs) -> Vec<Line> {
    let changed = writes
        .iter()
        .flat_map(|write| write.fields.iter().map(move |field| (write, field)))
        .filter(|(_, field)| field.hidden || field.before != field.after);
    let all: Vec<_> = changed.collect();
    let mut lines: Vec<Line> = all
        .iter()
        .take(MOST_FIELDS)
        .map(|(write, field)| {
            let target = &write.target;
            let whose = format!("{} {} ", target.kind.kind, target.object.name);
            Line::new()
                .text(Role::Dim, &whose)
                .text(Role::Property, &dotted(&field.pointer))
                .text(Role::Text, &format!(" {}", values(field, glyphs)))
        })
        .collect();
    if all.len() > MOST_FIELDS {
        let more = format!("and {} more fields", all.len() - MOST_FIELDS);
        lines.push(Line::new().text(Role::Dim, &more));
    }
    lines
}

fn values(field: &FieldChange, glyphs: &Glyphs) -> String {
    if field.hidden {
        return "changed; its values are not written down".to_owned();
    }
    let plain = |value: &Option<Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    format!(
        "{} {} {}",
        plain(&field.before),
        glyphs.arrow,
        plain(&field.after)
    )
}
