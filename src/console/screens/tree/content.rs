//! What stands in the columns of a line, and in which role.

use fleetui_api::facts::Replicas;
use fleetui_base::Shown;
use fleetui_fleet::health::Health;
use fleetui_fleet::tree::{Line, Node};
use jiff::Timestamp;

use super::columns::Column;
use super::name::name;
use crate::age::age;
use crate::look::Look;
use crate::theme::Role;
use crate::verdict::{self, message, role as role_of};

/// The text of a column of `width` cells, and its role.
pub(super) fn content(
    line: &Line,
    (column, width): (Column, u16),
    look: &Look,
    now: Timestamp,
) -> (Shown, Role) {
    let facts = line.row.as_ref().map(|row| &row.facts);
    let text = |text: Option<&str>| text.map(Shown::line).unwrap_or_default();
    match column {
        Column::Name => (name(line).name, Role::Text),
        Column::Namespace => {
            let is_cluster = line.depth == 1;
            let namespace = facts
                .filter(|_| is_cluster)
                .map(|facts| facts.object.namespace.as_str());
            (text(namespace), Role::Text)
        }
        Column::Condition => condition(line, usize::from(width)),
        Column::Replicas => {
            let wish_unread = facts.is_some_and(|facts| {
                let wish = |broken: &compact_str::CompactString| broken.starts_with("spec.replicas ");
                facts.broken.iter().any(wish)
            });
            (
                replicas(line.replicas.as_ref(), wish_unread, look),
                replicas_role(line.replicas.as_ref()),
            )
        }
        Column::Version => (text(line.version.as_deref()), Role::Text),
        Column::Phase => (text(facts.and_then(|facts| facts.phase.as_deref())), Role::Text),
        Column::Age => {
            let created = facts.and_then(|facts| facts.created);
            (
                created
                    .map(|created| Shown::line(&age(created, now)))
                    .unwrap_or_default(),
                Role::Dim,
            )
        }
        Column::Message => (
            message(&line.verdict.line, usize::from(width)),
            role_of_line(line),
        ),
    }
}

fn role_of_line(line: &Line) -> Role {
    match line.verdict.health {
        Health::Good => Role::Dim,
        health @ (Health::Paused
        | Health::Progressing
        | Health::Unknown
        | Health::Warning
        | Health::Failed) => role_of(health),
    }
}

/// The condition and its status. Where there is no room for both, the type is cut, and never the status.
fn condition(line: &Line, width: usize) -> (Shown, Role) {
    if let Node::Missing(..) = line.node {
        return (Shown::ours("not found"), Role::Warning);
    }
    let Some((kind, status)) = &line.verdict.condition else {
        return (Shown::default(), Role::Dim);
    };
    (
        verdict::condition(kind, status, width),
        role_of(line.verdict.health),
    )
}

/// Available of wished, `2/3`; with a sign while it is on its way. A counter that is not reported is `?`.
fn replicas(replicas: Option<&Replicas>, wish_unread: bool, look: &Look) -> Shown {
    let Some(replicas) = replicas else {
        return Shown::default();
    };
    let number = |number: Option<i64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let there = replicas.there();
    let sign = if on_its_way(replicas) {
        format!(" {}", look.glyphs.progressing)
    } else {
        String::new()
    };
    match replicas.desired {
        Some(desired) => Shown::line(&format!("{}/{desired}{sign}", number(there))),
        None if wish_unread => Shown::line(&format!("{}/?", number(there))),
        None => Shown::line(&number(there.or(replicas.current))),
    }
}

fn on_its_way(replicas: &Replicas) -> bool {
    let Some(desired) = replicas.desired else {
        return false;
    };
    let differs = |counter: Option<i64>| counter.is_some_and(|counter| counter != desired);
    differs(replicas.current) || differs(replicas.up_to_date)
}

fn replicas_role(replicas: Option<&Replicas>) -> Role {
    match replicas {
        Some(replicas) if replicas.differs() => Role::Warning,
        Some(_) | None => Role::Text,
    }
}
