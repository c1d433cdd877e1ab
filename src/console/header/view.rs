//! Paints the header line. What does not fit gives way in steps: names of clusters that are well first, then words.

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::session::Connection;
use fleetui_fleet::summary::Summary;
use fleetui_fleet::{FleetStore, Session};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::access::Access;
use crate::connection;
use crate::look::Look;
use crate::prose::Line;
use crate::theme::Role;
use crate::widgets::{fill, put, put_right};

/// What the header is painted from.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    /// The fleet, for the connections.
    pub fleet: &'a FleetStore,
    /// What is counted.
    pub total: Summary,
    /// The management cluster that is shown alone.
    pub only: Option<&'a ManagementCluster>,
    /// Whether anything can be written.
    pub access: Access,
    /// Theme and glyphs.
    pub look: &'a Look,
    /// Now.
    pub now: Timestamp,
}

/// How much is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Every management cluster by name; words.
    Full,
    /// Management clusters that are not well by name, the others counted.
    OnlyTroubles,
    /// Counts alone.
    CountsAlone,
}

/// Paints the header.
pub fn view(picture: Picture<'_>, row: Rect, buffer: &mut Buffer) {
    let look = picture.look;
    let ground = look.style(Role::Header);
    put(
        buffer,
        row,
        &Shown::line(&" ".repeat(usize::from(row.width))),
        ground,
    );
    fill(buffer, row, ground);
    let (mode, role) = mode(picture);
    let inner = Rect {
        width: row.width.saturating_sub(1),
        ..row
    };
    let mut room = put_right(buffer, inner, &mode, ground.patch(look.style(role)));
    let steps = [Detail::Full, Detail::OnlyTroubles, Detail::CountsAlone];
    let fits = |detail: &Detail| line(picture, *detail).width() < usize::from(room.width);
    let detail = steps.into_iter().find(fits).unwrap_or(Detail::CountsAlone);
    for span in &line(picture, detail).spans {
        room = put(buffer, room, &span.text, ground.patch(look.style(span.role)));
    }
}

fn mode(picture: Picture<'_>) -> (Shown, Role) {
    let everywhere = |picture: Picture<'_>| {
        let mut sessions = picture.fleet.sessions().peekable();
        sessions.peek().is_some() && sessions.all(|session| session.read_only)
    };
    if picture.access.is_read_only() || everywhere(picture) {
        (Shown::ours("READ-ONLY"), Role::ReadOnly)
    } else {
        (Shown::ours("READ-WRITE"), Role::ReadWrite)
    }
}

fn line(picture: Picture<'_>, detail: Detail) -> Line {
    let line = Line::ours(Role::Title, " fleetui  ");
    let line = connections(picture, detail, line);
    counts(picture, line)
}

fn connections(picture: Picture<'_>, detail: Detail, mut line: Line) -> Line {
    let sessions = || picture.fleet.sessions().map(AsRef::as_ref);
    if detail == Detail::CountsAlone {
        // What is shown alone is named in any case.
        for session in sessions().filter(|session| picture.only == Some(&session.management_cluster)) {
            line = one(picture, session, line);
        }
        let connected = sessions().filter(|session| session.is_live()).count();
        return line.text(
            Role::Header,
            &format!("{connected} of {} live ", sessions().count()),
        );
    }
    let named = |session: &&Session| {
        detail != Detail::OnlyTroubles
            || !matches!(session.connection, Connection::Live)
            || picture.only == Some(&session.management_cluster)
    };
    let well = sessions().filter(|session| !named(session)).count();
    if well > 0 {
        line = line
            .word(Role::Good, picture.look.glyphs.live)
            .text(Role::Header, &format!(" {well} live "));
    }
    for session in sessions().filter(named) {
        line = one(picture, session, line);
    }
    line
}

/// `● mgmt-taipei `, with what is to be known of its freshness.
fn one(picture: Picture<'_>, session: &Session, line: Line) -> Line {
    let role = connection::role(&session.connection);
    let sign = picture.look.glyphs.connection(&session.connection);
    let name = Shown::line(session.management_cluster.as_str());
    let chosen = picture.only == Some(&session.management_cluster);
    let line = line.word(role, sign).word(Role::Header, " ");
    let line = if chosen {
        // Brackets and not colour alone say that the others are not shown.
        line.word(Role::Chosen, "[")
            .shown(Role::Chosen, name)
            .word(Role::Chosen, "]")
    } else {
        line.shown(Role::Header, name)
    };
    let line = match connection::freshness(session, picture.now) {
        Some(freshness) => line.word(Role::Header, " ").shown(role, freshness),
        None => line,
    };
    line.word(Role::Header, " ")
}

fn counts(picture: Picture<'_>, line: Line) -> Line {
    let total = picture.total;
    let glyphs = &picture.look.glyphs;
    let line = line.text(Role::Header, &format!("  {}", counted(total.clusters, "cluster")));
    let line = trouble(glyphs.failed, Role::Failed, total.clusters_failed, line);
    let line = trouble(glyphs.warning, Role::Warning, total.clusters_warning, line);
    let line = line.text(
        Role::Header,
        &format!("   {}", counted(total.machines, "machine")),
    );
    trouble(glyphs.failed, Role::Failed, total.machines_failed, line)
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn trouble(sign: &'static str, role: Role, number: usize, line: Line) -> Line {
    if number == 0 {
        return line;
    }
    line.word(Role::Header, " ")
        .word(role, sign)
        .text(role, &number.to_string())
}
