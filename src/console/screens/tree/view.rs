//! Paints the tree: only the lines that are on the screen, whatever the size of the fleet.

use fleetui_api::facts::Replicas;
use fleetui_base::Shown;
use fleetui_fleet::health::Health;
use fleetui_fleet::session::Connection;
use fleetui_fleet::tree::{Fold, Line, Node};
use fleetui_fleet::{FleetStore, Session};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::columns::{Column, Placed, columns};
use super::name::{Name, name};
use super::state::{Drawn, State};
use crate::age::age;
use crate::cell;
use crate::connection;
use crate::header;
use crate::keymap::Keymap;
use crate::look::Look;
use crate::theme::Role;
use crate::widgets::{fill, put, put_right};

/// What the tree is painted from.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    /// The screen's own state.
    pub state: &'a State,
    /// The fleet, for the connections.
    pub fleet: &'a FleetStore,
    /// Counts for each management cluster.
    pub counts: &'a header::State,
    /// The cell editor.
    pub cell: &'a cell::State,
    /// Theme and glyphs.
    pub look: &'a Look,
    /// The keys, for the line under an edited row.
    pub keymap: &'a Keymap,
    /// Now.
    pub now: Timestamp,
}

impl Picture<'_> {
    fn style(&self, role: Role) -> Style {
        self.look.style(role)
    }
}

/// Paints titles and lines.
pub fn view(picture: Picture<'_>, title: Rect, body: Rect, buffer: &mut Buffer) {
    // The first cell of each line is the cursor's sign, the last one keeps the columns from what stands beside them.
    let columns = columns(body.width.saturating_sub(2));
    fill(buffer, title, picture.style(Role::Columns));
    for placed in &columns {
        let text = Shown::ours(placed.column.title());
        put(
            buffer,
            cell_of(title, placed),
            &text,
            picture.style(Role::Columns),
        );
    }
    if picture.state.is_empty() {
        return paint_empty(picture, body, buffer);
    }
    for (offset, (drawn, line, under_cursor)) in (0..body.height).zip(picture.state.on_screen()) {
        let row = Rect {
            y: body.y + offset,
            height: 1,
            ..body
        };
        match drawn {
            Drawn::Line(index) => {
                match &line.node {
                    Node::ManagementCluster(_) => {
                        let noted = picture.state.has_note(index);
                        paint_management_cluster(picture, (line, noted), (&columns, row), buffer);
                    }
                    Node::Object(_) | Node::Group(..) | Node::Missing(..) => {
                        paint_line(picture, line, &columns, row, buffer);
                    }
                }
                if under_cursor {
                    fill(buffer, row, picture.style(Role::Cursor));
                    let sign = Shown::ours(picture.look.glyphs.cursor);
                    put(
                        buffer,
                        Rect { width: 1, ..row },
                        &sign,
                        picture.style(Role::Title).patch(picture.style(Role::Cursor)),
                    );
                }
                // The editor is painted over the cursor's colours: it is where the person looks.
                paint_editor(picture, line, &columns, row, buffer);
            }
            Drawn::Note(_) => paint_note(picture, line, row, buffer),
            Drawn::Under(_) => {
                cell::view::under(
                    picture.cell,
                    &line.node,
                    (picture.look, picture.keymap),
                    row,
                    buffer,
                );
            }
        }
    }
}

/// What stands where there is not one line: nothing is known, or everything is hidden; these never look alike.
fn paint_empty(picture: Picture<'_>, body: Rect, buffer: &mut Buffer) {
    let state = picture.state;
    let known = picture.fleet.sessions().next().is_some();
    let texts = match state.hidden_by().filter(|_| known) {
        Some(hidden) => vec![Shown::line(&format!("{hidden}; {} hidden", state.hidden()))],
        None if state.no_kubeconfig => vec![
            Shown::ours("There is no kubeconfig, so no management cluster is known."),
            Shown::default(),
            Shown::ours(
                "fleetui --kubeconfig FILE    a kubeconfig, every context of it or those of --context",
            ),
            Shown::ours("export KUBECONFIG=FILE       the same for kubectl and its like"),
            Shown::ours("fleetui demo                 a fleet to try everything on, with no cluster at all"),
        ],
        None => vec![Shown::ours("No management cluster is known.")],
    };
    for (row, text) in (body.top() + 1..body.bottom()).zip(&texts) {
        let at = Rect {
            x: body.x + 3,
            y: row,
            width: body.width.saturating_sub(3),
            height: 1,
        };
        put(buffer, at, text, picture.style(Role::Text));
    }
}

fn cell_of(row: Rect, placed: &Placed) -> Rect {
    Rect {
        x: row.x + 1 + placed.x,
        width: placed.width,
        height: 1,
        ..row
    }
    .intersection(row)
}

fn paint_line(picture: Picture<'_>, line: &Line, columns: &[Placed], row: Rect, buffer: &mut Buffer) {
    let live = session_is_live(picture, line);
    for placed in columns {
        let room = cell_of(row, placed);
        match placed.column {
            Column::Name => paint_name(picture, line, live, room, buffer),
            Column::Namespace
            | Column::Condition
            | Column::Replicas
            | Column::Version
            | Column::Phase
            | Column::Age
            | Column::Message => {
                let (text, role) = content(picture, line, placed.column);
                put(
                    buffer,
                    room,
                    &text,
                    picture.style(if live { role } else { Role::Dim }),
                );
            }
        }
    }
}

fn session_is_live(picture: Picture<'_>, line: &Line) -> bool {
    let (Node::Object(key) | Node::Group(key, _) | Node::Missing(key, _)) = &line.node else {
        return true;
    };
    picture
        .fleet
        .session(&key.management_cluster)
        .is_none_or(|session| {
            matches!(
                session.connection,
                Connection::Live | Connection::Syncing { .. } | Connection::Connecting
            )
        })
}

/// Indent, guides, fold, sign, name.
fn paint_name(picture: Picture<'_>, line: &Line, live: bool, room: Rect, buffer: &mut Buffer) {
    let glyphs = &picture.look.glyphs;
    // Narrow names get short guides.
    let step = if room.width < 32 { 2 } else { 4 };
    let indent = if line.depth < 2 { step / 2 } else { step };
    let mut rest = skip(room, indent);
    for depth in 2..u32::from(line.depth) {
        let ended = line.last & 1_u64.checked_shl(depth).unwrap_or(0) != 0;
        if !ended {
            put(
                buffer,
                rest,
                &Shown::ours(glyphs.trunk),
                picture.style(Role::Guide),
            );
        }
        rest = skip(rest, step);
    }
    if line.depth >= 2 {
        let last = line.last & 1_u64.checked_shl(u32::from(line.depth)).unwrap_or(0) != 0;
        let guide = if last { glyphs.corner } else { glyphs.branch };
        rest = put(buffer, rest, &Shown::ours(guide), picture.style(Role::Guide));
    }
    let fold = match line.fold {
        Fold::Open => Some(glyphs.open),
        Fold::Closed => Some(glyphs.closed),
        Fold::Leaf => None,
    };
    match fold {
        Some(fold) => {
            rest = put(buffer, rest, &Shown::ours(fold), picture.style(Role::Text));
            rest = skip(rest, 1);
        }
        None => rest = skip(rest, 1),
    }
    let health = shown_health(line);
    if health != Health::Good {
        rest = put(
            buffer,
            rest,
            &Shown::ours(glyphs.health(health)),
            picture.style(role_of(health)),
        );
        rest = skip(rest, 1);
    }
    let role = match (&line.node, live) {
        (_, false) | (Node::Missing(..), _) => Role::Dim,
        (Node::Group(..), true) => Role::Heading,
        (Node::Object(_) | Node::ManagementCluster(_), true) => Role::Text,
    };
    let Name { name, more, short } = name(line);
    let name = short
        .filter(|_| name.width() > usize::from(rest.width))
        .unwrap_or(name);
    rest = put(buffer, rest, &name, picture.style(role));
    let rest = skip(rest, 1);
    // A few letters of a name say nothing.
    if let Some(more) = more
        && (usize::from(rest.width) >= more.width() || rest.width >= LEAST_OF_A_NAME)
    {
        put(buffer, rest, &more, picture.style(Role::Dim));
    }
}

/// Cells that a name is cut to at least.
const LEAST_OF_A_NAME: u16 = 10;

fn skip(room: Rect, cells: u16) -> Rect {
    let cells = cells.min(room.width);
    Rect {
        x: room.x + cells,
        width: room.width - cells,
        ..room
    }
}

/// What a line's sign tells: a folded line speaks for what it hides.
fn shown_health(line: &Line) -> Health {
    let own = match line.node {
        // Headings are no objects and have no state of their own.
        Node::Group(..) => Health::Good,
        Node::ManagementCluster(_) | Node::Object(_) | Node::Missing(..) => line.verdict.health,
    };
    match line.fold {
        Fold::Closed => line.below.map_or(own, |below| below.max(own)),
        Fold::Open | Fold::Leaf => own,
    }
}

/// The role of a state.
pub fn role_of(health: Health) -> Role {
    match health {
        Health::Good => Role::Good,
        Health::Paused => Role::Paused,
        Health::Progressing => Role::Progressing,
        Health::Unknown => Role::Unknown,
        Health::Warning => Role::Warning,
        Health::Failed => Role::Failed,
    }
}

/// The text of a column, and its role.
fn content(picture: Picture<'_>, line: &Line, column: Column) -> (Shown, Role) {
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
        Column::Condition => condition(line),
        Column::Replicas => (
            replicas(line.replicas.as_ref(), picture.look),
            replicas_role(line.replicas.as_ref()),
        ),
        Column::Version => (text(line.version.as_deref()), Role::Text),
        Column::Phase => (text(facts.and_then(|facts| facts.phase.as_deref())), Role::Text),
        Column::Age => {
            let created = facts.and_then(|facts| facts.created);
            (
                created
                    .map(|created| Shown::line(&age(created, picture.now)))
                    .unwrap_or_default(),
                Role::Dim,
            )
        }
        Column::Message => (Shown::line(&line.verdict.line), role_of_line(line)),
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

fn condition(line: &Line) -> (Shown, Role) {
    if let Node::Missing(..) = line.node {
        return (Shown::ours("not found"), Role::Warning);
    }
    let Some((kind, status)) = &line.verdict.condition else {
        return (Shown::default(), Role::Dim);
    };
    (
        Shown::line(&format!("{kind} {status}")),
        role_of(line.verdict.health),
    )
}

/// Available of wished, `2/3`; with a sign while it is on its way. A counter that is not reported is `?`.
fn replicas(replicas: Option<&Replicas>, look: &Look) -> Shown {
    let Some(replicas) = replicas else {
        return Shown::default();
    };
    let number = |number: Option<i64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let there = replicas.available.or(replicas.ready);
    let sign = if on_its_way(replicas) {
        format!(" {}", look.glyphs.progressing)
    } else {
        String::new()
    };
    match replicas.desired {
        Some(desired) => Shown::line(&format!("{}/{desired}{sign}", number(there))),
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
        Some(replicas) if replicas.available.or(replicas.ready) != replicas.desired => Role::Warning,
        Some(_) | None => Role::Text,
    }
}

/// The line of a management cluster; what is waited for is said in the note below it, where there is one.
fn paint_management_cluster(
    picture: Picture<'_>,
    (line, noted): (&Line, bool),
    (columns, row): (&[Placed], Rect),
    buffer: &mut Buffer,
) {
    let Node::ManagementCluster(management_cluster) = &line.node else {
        return;
    };
    let session = picture.fleet.session(management_cluster);
    let glyphs = &picture.look.glyphs;
    let fold = if line.fold == Fold::Closed {
        glyphs.closed
    } else {
        glyphs.open
    };
    let Some(first) = columns.first() else { return };
    let room = cell_of(row, first);
    let rest = put(buffer, room, &Shown::ours(fold), picture.style(Role::Text));
    put(
        buffer,
        skip(rest, 1),
        &name(line).name,
        picture.style(Role::Heading),
    );
    let Some((session, condition)) =
        session.zip(columns.iter().find(|placed| placed.column == Column::Condition))
    else {
        return;
    };
    let room = cell_of(row, condition);
    let room = Rect {
        width: row.right().saturating_sub(room.x),
        ..room
    };
    let style = picture.style(connection::role(&session.connection));
    let rest = put(
        buffer,
        room,
        &Shown::ours(glyphs.connection(&session.connection)),
        style,
    );
    let rest = put(
        buffer,
        skip(rest, 1),
        &Shown::ours(connection::word(&session.connection)),
        style,
    );
    let mut facts = if noted {
        Shown::default()
    } else {
        connection::sentence(session, picture.now)
    };
    if session.is_live() {
        facts = live_facts(picture, session);
        if session.read_only {
            put_right(buffer, row, &Shown::ours("read-only"), picture.style(Role::Dim));
        }
    }
    put(buffer, skip(rest, 3), &facts, picture.style(Role::Dim));
}

/// `8 clusters · CAPI v1.14.0 · v1beta2`.
fn live_facts(picture: Picture<'_>, session: &Session) -> Shown {
    let clusters = picture.counts.of(&session.management_cluster).clusters;
    let mut facts = vec![format!(
        "{clusters} cluster{}",
        if clusters == 1 { "" } else { "s" }
    )];
    if let Some((_, version)) = session
        .providers
        .iter()
        .find(|(name, _)| name.as_str() == "cluster-api")
    {
        facts.push(format!("CAPI {version}"));
    }
    if !session.denied.is_empty() {
        facts.push(format!("{} kinds denied", session.denied.len()));
    }
    Shown::line(&facts.join(&format!(" {} ", picture.look.glyphs.dot)))
}

fn paint_note(picture: Picture<'_>, line: &Line, row: Rect, buffer: &mut Buffer) {
    let Node::ManagementCluster(management_cluster) = &line.node else {
        return;
    };
    if let Some(session) = picture.fleet.session(management_cluster) {
        let role = match session.connection {
            Connection::Live | Connection::Idle => Role::Dim,
            Connection::Connecting
            | Connection::Syncing { .. }
            | Connection::Stale { .. }
            | Connection::AuthNeeded { .. }
            | Connection::Denied { .. }
            | Connection::Offline { .. } => connection::role(&session.connection),
        };
        let text = picture.state.note(session, picture.now);
        put(buffer, skip(row, 5), &text, picture.style(role));
    }
}

fn paint_editor(picture: Picture<'_>, line: &Line, columns: &[Placed], row: Rect, buffer: &mut Buffer) {
    let Some(editor) = picture.cell.editor_on(&line.node) else {
        return;
    };
    let column = match editor.field {
        fleetui_fleet::edit::Field::Replicas => Column::Replicas,
        fleetui_fleet::edit::Field::Version => Column::Version,
    };
    if let Some(placed) = columns.iter().find(|placed| placed.column == column) {
        cell::view::editor(editor, picture.look, cell_of(row, placed), buffer);
    }
}
