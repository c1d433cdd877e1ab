//! A group of management clusters in prose: who is in it, and how they are.

use compact_str::CompactString;
use fleetui_base::Shown;
use fleetui_fleet::summary::{Count, Summary};
use fleetui_fleet::{FleetStore, Session};

use super::Ground;
use crate::connection;
use crate::glyphs::Glyphs;
use crate::header;
use crate::prose::{Line, wrap};
use crate::theme::Role;

/// The sessions of a group; of nothing, those that are in none.
fn members<'a>(
    group: Option<&'a CompactString>,
    fleet: &'a FleetStore,
) -> impl Iterator<Item = &'a Session> + use<'a> {
    let sessions = fleet.sessions().map(AsRef::as_ref);
    sessions.filter(move |session: &&Session| session.group.as_ref() == group)
}

/// `2 of 3 live · 24 clusters ✖2 ▲3 · 187 machines ✖4`.
pub(crate) fn facts(
    group: Option<&CompactString>,
    fleet: &FleetStore,
    counts: &header::State,
    glyphs: &Glyphs,
) -> Shown {
    let (mut live, mut all, mut sum) = (0, 0, Summary::default());
    for session in members(group, fleet) {
        all += 1;
        live += usize::from(session.is_live());
        sum = sum.plus(counts.of(&session.management_cluster));
    }
    let mut facts = vec![format!("{live} of {all} live")];
    // Of what was never read nobody knows that there is nothing.
    if live > 0 || sum.clusters.all > 0 {
        facts.push(counted(sum.clusters, "cluster", glyphs));
        facts.push(counted(sum.machines, "machine", glyphs));
    }
    Shown::line(&facts.join(&format!(" {} ", glyphs.dot)))
}

/// `24 clusters ✖2 ▲3`.
fn counted(count: Count, what: &str, glyphs: &Glyphs) -> String {
    let plural = if count.all == 1 { "" } else { "s" };
    let mut parts = vec![format!("{} {what}{plural}", count.all)];
    let signs = [
        (count.failed, glyphs.failed),
        (count.warning, glyphs.warning),
        (count.unknown, glyphs.unknown),
    ];
    let troubled = signs.into_iter().filter(|(number, _)| *number > 0);
    parts.extend(troubled.map(|(number, sign)| format!("{sign}{number}")));
    parts.join(" ")
}

/// What it is, and what opening it does.
pub(crate) fn about(group: Option<&CompactString>, width: usize) -> Vec<Line> {
    let (title, text) = if let Some(group) = group {
        (
            Line::ours(Role::Section, "Group ").text(Role::Heading, group),
            format!("Open it to see its fleet alone, as the filter group={group} does."),
        )
    } else {
        (
            Line::ours(Role::Section, "In no group"),
            "These are management clusters that the fleet file puts in no group.".to_owned(),
        )
    };
    let mut lines = vec![title];
    let told = wrap(&text, width).into_iter();
    lines.extend(told.map(|text| Line::new().shown(Role::Dim, text)));
    lines
}

/// The same, and who is in it.
pub(super) fn pane(group: Option<&CompactString>, ground: Ground<'_>, width: usize) -> Vec<Line> {
    let mut lines = about(group, width);
    lines.push(Line::new());
    for session in members(group, ground.fleet) {
        let role = connection::role(&session.connection);
        let line = Line::ours(role, ground.glyphs.connection(&session.connection))
            .word(role, " ")
            .text(Role::Text, session.management_cluster.as_str())
            .word(Role::Dim, "  ")
            .word(role, connection::word(&session.connection));
        lines.push(line);
    }
    lines
}
