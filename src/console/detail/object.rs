//! An object in prose: heading, conditions with their polarity, path, references, facts.

use fleetui_api::conditions::{Condition, ConditionStatus, Severity};
use fleetui_api::facts::Facts;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::detail::{Detail, Presence};
use fleetui_fleet::health::Health;

use super::Ground;
use crate::age::age;
use crate::prose::{Line, wrap};
use crate::theme::Role;
use crate::verdict;

/// Kind, name, and how it is doing.
pub fn heading(detail: &Detail, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let facts = &detail.row.facts;
    let health = detail.verdict.health;
    let mut title = Line::new()
        .text(Role::Section, &facts.kind.kind)
        .word(Role::Section, " ")
        .text(Role::Heading, &facts.object.name);
    if health != Health::Good {
        title = title
            .word(Role::Text, " ")
            .word(verdict::role(health), ground.glyphs.health(health));
    }
    let mut lines = vec![title];
    let role = if health == Health::Good {
        Role::Dim
    } else {
        verdict::role(health)
    };
    if !detail.verdict.line.is_empty() {
        lines.extend(
            wrap(&detail.verdict.line, width)
                .into_iter()
                .map(|text| Line::new().shown(role, text)),
        );
    }
    if facts.paused {
        lines.push(Line::ours(Role::Paused, "paused: no controller touches it"));
    }
    if let Some(since) = facts.deleting_since {
        let finalizers = facts.finalizers.join(", ");
        let text = format!(
            "being deleted for {}; waits for {finalizers}",
            age(since, ground.time_of(&detail.row.management_cluster))
        );
        lines.extend(
            wrap(&text, width)
                .into_iter()
                .map(|text| Line::new().shown(Role::Warning, text)),
        );
    }
    lines.push(Line::new());
    lines
}

/// The conditions in Cluster API's order, each with its message.
pub fn conditions(detail: &Detail, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let now = ground.time_of(&detail.row.management_cluster);
    let ground = Ground { now, ..ground };
    let mut lines = vec![Line::ours(Role::Section, "Conditions")];
    if detail.conditions.is_empty() {
        lines.push(Line::ours(Role::Dim, "none reported yet"));
    }
    for condition_of in &detail.conditions {
        lines.extend(condition(condition_of, ground, width));
    }
    lines
}

/// One condition, with its message where it is not what one hopes for.
pub fn condition(condition: &Condition, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let mut lines = vec![condition_line(condition, ground)];
    if !condition.good() && !condition.message.is_empty() {
        let indent = width.saturating_sub(4);
        for text in wrap(&condition.message, indent) {
            lines.push(Line::ours(Role::Dim, "    ").shown(Role::Text, text));
        }
    }
    lines
}

/// `✖ Available False  5m  NotAvailable`. What is good by its polarity has a quiet sign.
fn condition_line(condition: &Condition, ground: Ground<'_>) -> Line {
    let (sign, role) = sign(condition, ground);
    let mut line = Line::new()
        .word(role, sign)
        .word(Role::Text, " ")
        .text(Role::Text, &condition.kind)
        .word(Role::Text, " ")
        .word(role, condition.status.as_str());
    if let Some(since) = condition.since {
        line = line.text(Role::Dim, &format!("  {}", age(since, ground.now)));
    }
    if !condition.reason.is_empty() && !condition.good() {
        line = line.word(Role::Dim, "  ").text(Role::Dim, &condition.reason);
    }
    line
}

fn sign(condition: &Condition, ground: Ground<'_>) -> (&'static str, Role) {
    let glyphs = ground.glyphs;
    if condition.good() {
        return (glyphs.live, Role::Good);
    }
    match (condition.status, condition.severity, condition.positive()) {
        (ConditionStatus::Unknown, _, _) => (glyphs.unknown, Role::Unknown),
        // True of a type like RollingOut: something goes on, nothing is wrong.
        (_, _, false) | (_, Some(Severity::Info), _) => (glyphs.progressing, Role::Progressing),
        (_, Some(Severity::Warning), _) => (glyphs.warning, Role::Warning),
        (_, Some(Severity::Error) | None, true) => (glyphs.failed, Role::Failed),
    }
}

/// From the Cluster down to the object.
pub fn path(detail: &Detail, ground: Ground<'_>) -> Vec<Line> {
    let mut lines = vec![Line::ours(Role::Section, "Path")];
    lines.push(Line::new().text(Role::Dim, detail.row.management_cluster.as_str()));
    for (depth, key) in detail
        .path
        .iter()
        .chain(std::iter::once(&detail.row.key()))
        .enumerate()
    {
        let indent = " ".repeat(2 * depth + 1);
        lines.push(key_line(
            Line::new()
                .text(Role::Dim, &indent)
                .word(Role::Guide, ground.glyphs.corner),
            key,
        ));
    }
    lines.push(Line::new());
    lines
}

fn key_line(line: Line, key: &ObjectKey) -> Line {
    line.word(Role::Text, " ")
        .text(Role::Text, &key.kind.kind)
        .word(Role::Text, " ")
        .text(Role::Dim, &key.object.name)
}

/// What it references, and whether that is there.
pub fn references(detail: &Detail, ground: Ground<'_>) -> Vec<Line> {
    if detail.references.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::ours(Role::Section, "References")];
    for (field, key, presence) in &detail.references {
        let (sign, role) = match presence {
            Presence::There => (ground.glyphs.live, Role::Good),
            Presence::NotFound => (ground.glyphs.failed, Role::Failed),
            Presence::NotWatched => (ground.glyphs.dot, Role::Dim),
        };
        let what = Line::ours(role, sign).text(Role::Dim, &format!(" {field}"));
        let mut line = key_line(what, key);
        if *presence == Presence::NotFound {
            line = line.word(Role::Failed, "  not found");
        }
        lines.push(line);
    }
    lines.push(Line::new());
    lines
}

/// Facts, one on a line.
pub fn facts(detail: &Detail, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let facts = &detail.row.facts;
    let owned = |text: &str| Some(text.to_owned());
    let optional = |text: &Option<compact_str::CompactString>| text.as_ref().map(ToString::to_string);
    let replicas = facts.replicas.as_ref().map(|replicas| {
        let number = |number: Option<i64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        format!(
            "{} wished, {} there, {} ready, {} available, {} up to date",
            number(replicas.desired),
            number(replicas.current),
            number(replicas.ready),
            number(replicas.available),
            number(replicas.up_to_date)
        )
    });
    let rows: [(&'static str, Option<String>); 14] = [
        ("namespace", owned(&facts.object.namespace)),
        ("phase", optional(&facts.phase)),
        ("version", version(facts)),
        ("replicas", replicas),
        (
            "autoscaler",
            facts
                .autoscaler
                .map(|(least, most)| format!("owns the replicas, {least} to {most}")),
        ),
        ("cluster", optional(&facts.cluster)),
        ("class", optional(&facts.topology)),
        (
            "owner",
            facts
                .owner
                .as_ref()
                .map(|owner| format!("{} {}", owner.kind.kind, owner.name)),
        ),
        ("node", optional(&facts.node)),
        ("provider id", optional(&facts.provider_id)),
        (
            "created",
            facts.created.map(|created| {
                format!(
                    "{} ago, {created}",
                    age(created, ground.time_of(&detail.row.management_cluster))
                )
            }),
        ),
        ("api", owned(&facts.api_version)),
        ("uid", owned(&facts.uid)),
        (
            "unreadable",
            (!facts.broken.is_empty()).then(|| facts.broken.join("; ")),
        ),
    ];
    let mut lines = vec![Line::ours(Role::Section, "Facts")];
    let present = rows
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
    for (name, value) in present {
        lines.extend(fact(name, &value, width));
    }
    lines
}

/// The version that is asked for; while another one still runs, that one too.
fn version(facts: &Facts) -> Option<String> {
    let asked = facts.version.as_ref()?;
    let runs = facts
        .particulars
        .as_ref()
        .and_then(|some| some.running_version.as_ref());
    Some(match runs.filter(|runs| *runs != asked) {
        Some(runs) => format!("{asked}, still runs {runs}"),
        None => asked.to_string(),
    })
}

/// Cells for the name of a fact.
const NAME_CELLS: usize = 12;

/// A fact, wrapped behind its name.
pub(super) fn fact(name: &'static str, value: &str, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, text) in wrap(value, width.saturating_sub(NAME_CELLS))
        .into_iter()
        .enumerate()
    {
        let name = if index == 0 {
            Shown::ours(name)
        } else {
            Shown::default()
        };
        lines.push(
            Line::new()
                .shown(Role::Dim, name)
                .pad(NAME_CELLS)
                .shown(Role::Text, text),
        );
    }
    lines
}
