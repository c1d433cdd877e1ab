//! Paints the header line. What does not fit gives way in steps: names of clusters that are well first, then words.

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::health::Health;
use fleetui_fleet::session::Connection;
use fleetui_fleet::summary::{Count, Summary};
use fleetui_fleet::{FleetStore, Session};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::access::Access;
use crate::connection;
use crate::look::Look;
use crate::prose::Line;
use crate::recording::played::Played;
use crate::remarks::clock_short;
use crate::theme::Role;
use crate::verdict;
use crate::widgets::{fill, put, put_right};

/// What the header is painted from.
#[derive(Clone, Copy)]
pub(crate) struct Picture<'a> {
    /// The fleet, for the connections.
    pub(crate) fleet: &'a FleetStore,
    /// What is counted.
    pub(crate) total: Summary,
    /// The management cluster that is shown alone.
    pub(crate) only: Option<&'a ManagementCluster>,
    /// The management cluster that the cursor is in.
    pub(crate) at: Option<&'a ManagementCluster>,
    /// Whether anything can be written.
    pub(crate) access: Access,
    /// What is still being set up, so that nothing of it is counted yet.
    pub(crate) preparing: Option<&'a Shown>,
    /// How it is played, where it is a recording.
    pub(crate) played: Option<Played>,
    /// Theme and glyphs.
    pub(crate) look: &'a Look,
    /// Now.
    pub(crate) now: Timestamp,
}

/// How much is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Every management cluster by name; words.
    Full,
    /// The same without the program's name, and closer together.
    Close,
    /// As many of them by name as fit, those that are not well first, the others counted.
    Named(usize),
    /// Counts alone.
    CountsAlone,
    /// The same in fewer words.
    FewWords,
    /// The same with the short names that kubectl knows.
    ShortNames,
}

impl Detail {
    fn is_full(self) -> bool {
        self == Self::Full
    }

    /// How many management clusters are named, where they are not counted alone.
    fn named(self, all: usize) -> Option<usize> {
        match self {
            Self::Full | Self::Close => Some(all),
            Self::Named(most) => Some(most),
            Self::CountsAlone | Self::FewWords | Self::ShortNames => None,
        }
    }
}

/// Paints the header.
pub(crate) fn view(picture: Picture<'_>, row: Rect, buffer: &mut Buffer) {
    let look = picture.look;
    let ground = look.style(Role::Header);
    put(
        buffer,
        row,
        &Shown::line(&" ".repeat(usize::from(row.width))),
        ground,
    );
    fill(buffer, row, ground);
    let inner = Rect {
        width: row.width.saturating_sub(1),
        ..row
    };
    let mode = match picture.played {
        Some(played) => {
            let said = played.header(picture.now, row.width);
            Some((Shown::line(&said), Role::ReadOnly))
        }
        None => mode(picture),
    };
    let mut room = match mode {
        Some((mode, role)) => put_right(buffer, inner, &mode, ground.patch(look.style(role))),
        None => inner,
    };
    let sessions = picture.fleet.sessions().count();
    let named = (1..sessions.min(MOST_NAMED)).rev().map(Detail::Named);
    let counts = [Detail::CountsAlone, Detail::FewWords];
    let mut steps = [Detail::Full, Detail::Close]
        .into_iter()
        .chain(named)
        .chain(counts);
    let fits = |detail: &Detail| line(picture, *detail).width() < usize::from(room.width);
    let detail = steps.find(fits).unwrap_or(Detail::ShortNames);
    for span in &line(picture, detail).spans {
        room = put(buffer, room, &span.text, ground.patch(look.style(span.role)));
    }
}

/// More names than this fit into no header.
const MOST_NAMED: usize = 16;

/// Whether something can be written where the cursor is; where it is nowhere, whether anywhere. Nothing is said where there is
/// nothing that could be written to.
fn mode(picture: Picture<'_>) -> Option<(Shown, Role)> {
    let here = picture
        .at
        .or(picture.only)
        .and_then(|at| picture.fleet.session(at));
    let read_only = match here {
        Some(session) => session.takes_no_writes(),
        None => picture.fleet.sessions().all(|session| session.takes_no_writes()),
    };
    picture.fleet.sessions().next()?;
    let (mode, role) = if picture.access.is_read_only() || read_only {
        (Shown::ours("READ-ONLY"), Role::ReadOnly)
    } else {
        (Shown::ours("READ-WRITE"), Role::ReadWrite)
    };
    // In whose name something would be written matters as much.
    let session = here.or_else(|| picture.fleet.sessions().next());
    let login = session.and_then(|session| session.login.as_ref());
    let mode = match login.and_then(|login| login.acting_as.as_ref()) {
        Some(user) => mode.then(&Shown::line(&format!(" as {user}"))),
        None => mode,
    };
    Some((mode, role))
}

fn line(picture: Picture<'_>, detail: Detail) -> Line {
    let line = if detail.is_full() {
        Line::ours(Role::Title, " fleetui  ")
    } else {
        Line::ours(Role::Header, " ")
    };
    let line = connections(picture, detail, line);
    match picture.preparing {
        // Half of what is being made is no news.
        Some(_) => line,
        None => counts(picture, detail, line),
    }
}

fn connections(picture: Picture<'_>, detail: Detail, mut line: Line) -> Line {
    let sessions: Vec<&Session> = picture.fleet.sessions().map(AsRef::as_ref).collect();
    let chosen = |session: &Session| picture.only == Some(&session.management_cluster);
    let Some(most) = detail.named(sessions.len()) else {
        // What is shown alone is named in any case.
        for session in sessions.iter().filter(|session| chosen(session)) {
            line = one(picture, session, line);
        }
        let others: Vec<&Session> = sessions.into_iter().filter(|session| !chosen(session)).collect();
        return by_state(picture, &others, line);
    };
    // What is shown alone is named before all others, then the worst: none is spelled out while a worse one is only counted.
    let mut by_need: Vec<usize> = (0..sessions.len()).collect();
    let is_chosen = |index: usize| sessions.get(index).is_some_and(|session| chosen(session));
    let need = |index: usize| {
        sessions.get(index).map(|session| {
            let since = session.away_since.map(std::cmp::Reverse);
            // What went away last is news.
            (
                !chosen(session),
                std::cmp::Reverse(rank(session)),
                since.is_none(),
                since,
            )
        })
    };
    by_need.sort_by_key(|index| need(*index));
    by_need.truncate(most);
    // They stand in the order of the header all the same, which their numbers tell, as long as all of them do.
    let all_stand = by_need.len() == sessions.len();
    by_need.sort_by_key(|index| (all_stand || !is_chosen(*index), *index));
    for index in &by_need {
        if let Some(session) = sessions.get(*index) {
            line = one(picture, session, line);
        }
    }
    let rest = sessions.iter().enumerate();
    let rest = rest.filter(|(index, _)| !by_need.contains(index));
    let rest: Vec<&Session> = rest.map(|(_, session)| *session).collect();
    if rest.is_empty() {
        return line;
    }
    by_state(picture, &rest, line.word(Role::Header, "+"))
}

/// `✖3 ▲3 ●4 ○1 `: how many there are of each state, the worst first.
fn by_state(picture: Picture<'_>, sessions: &[&Session], mut line: Line) -> Line {
    for wanted in (0..=MOST_RANK).rev() {
        let of_state = sessions.iter().filter(|session| rank(session) == wanted);
        let mut of_state = of_state.peekable();
        let Some(first) = of_state.peek() else { continue };
        let role = connection::role(&first.connection);
        let sign = picture.look.glyphs.connection(&first.connection);
        line = line
            .word(role, sign)
            .text(role, &format!("{} ", of_state.count()));
    }
    line
}

/// The highest that `rank` gives.
const MOST_RANK: u8 = 5;

/// How much a state has to be seen. Equal ones have one sign.
fn rank(session: &Session) -> u8 {
    match session.connection {
        Connection::Live => 0,
        Connection::Idle => 1,
        Connection::Connecting | Connection::Syncing { .. } => 2,
        Connection::Stale { .. } => 3,
        Connection::AuthNeeded { .. } => 4,
        Connection::Denied { .. } | Connection::Offline { .. } => MOST_RANK,
    }
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
    let line = match session.skew {
        Some(skew) => line.text(Role::Warning, &format!(" {}", clock_short(skew))),
        None => line,
    };
    line.word(Role::Header, " ")
}

fn counts(picture: Picture<'_>, detail: Detail, line: Line) -> Line {
    if picture.fleet.sessions().next().is_none() {
        return line;
    }
    let total = picture.total;
    let glyphs = &picture.look.glyphs;
    let (before, between) = if detail.is_full() {
        ("  ", "   ")
    } else {
        (" ", "  ")
    };
    let names = |many: &'static str, one: &'static str, short: &'static str, count: Count| match detail {
        Detail::ShortNames => short,
        Detail::Full | Detail::Close | Detail::Named(_) | Detail::CountsAlone | Detail::FewWords => {
            if count.all == 1 { one } else { many }
        }
    };
    let clusters = names("clusters", "cluster", "cl", total.clusters);
    let machines = names("machines", "machine", "ma", total.machines);
    let line = counted(total.clusters, clusters, picture, line.text(Role::Header, before));
    let line = counted(
        total.machines,
        machines,
        picture,
        line.text(Role::Header, between),
    );
    if total.unreadable == 0 {
        return line;
    }
    trouble(
        glyphs.warning,
        Role::Warning,
        total.unreadable,
        line.text(Role::Header, between),
    )
    .word(Role::Warning, " unreadable")
}

/// `64 machines ▲2 ?6`: each kind of trouble by the sign that its rows have.
fn counted(count: Count, what: &str, picture: Picture<'_>, line: Line) -> Line {
    let line = line.text(Role::Header, &format!("{} {what}", count.all));
    let troubles = [
        (Health::Failed, count.failed),
        (Health::Warning, count.warning),
        (Health::Unknown, count.unknown),
    ];
    troubles.into_iter().fold(line, |line, (health, number)| {
        let sign = picture.look.glyphs.health(health);
        trouble(sign, verdict::role(health), number, line)
    })
}

fn trouble(sign: &'static str, role: Role, number: usize, line: Line) -> Line {
    if number == 0 {
        return line;
    }
    line.word(Role::Header, " ")
        .word(role, sign)
        .text(role, &number.to_string())
}
