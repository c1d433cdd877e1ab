//! Management clusters of which nothing that a list is about is known: each has a row of its own, as its counts would else tell of too
//! few. What that row says, and what is told of it.

use fleetui_api::kinds::Role as Part;
use fleetui_base::{ManagementCluster, Shown};

use crate::connection;
use crate::list::Ground;
use crate::prose::Line;
use crate::theme::Role;

/// A management cluster of which that is so, and why.
#[derive(Debug, Clone)]
pub struct NotRead {
    /// Which one.
    pub management_cluster: ManagementCluster,
    /// The state in a word.
    pub word: &'static str,
    /// How that looks.
    pub role: Role,
    /// Why, and what happens next.
    pub why: Shown,
}

impl NotRead {
    /// The cells of its row among so many columns; of the state, of the management cluster, and of what is said.
    pub fn cells(&self, columns: usize, [state, management, message]: [usize; 3]) -> Vec<(Shown, Role)> {
        let mut cells = vec![(Shown::default(), Role::Text); columns];
        let name = Shown::line(self.management_cluster.as_str());
        for (index, cell) in [
            (0, (Shown::ours("(not read)"), Role::Dim)),
            (state, (Shown::ours(self.word), self.role)),
            (management, (name, Role::Heading)),
            (message, (self.why.clone(), self.role)),
        ] {
            if let Some(place) = cells.get_mut(index) {
                *place = cell;
            }
        }
        cells
    }
}

/// What a list is about: the objects that have to be read for it, and how they are called.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The objects.
    pub part: Part,
    /// Their word, as in `not allowed to read hosts`.
    pub word: &'static str,
}

/// Those of all management clusters, or `only` of one.
pub fn not_read(about: About, ground: Ground<'_>, only: Option<&ManagementCluster>) -> Vec<NotRead> {
    let sessions = ground.fleet.sessions();
    let sessions = sessions.filter(|session| only.is_none_or(|only| session.management_cluster == *only));
    let all = sessions.filter_map(|session| {
        let management_cluster = session.management_cluster.clone();
        let is_denied = session.denied.iter().any(|kind| Part::of(kind) == about.part);
        if session.known_until().is_none() && !session.is_live() {
            return Some(NotRead {
                management_cluster,
                word: connection::word(&session.connection),
                role: connection::role(&session.connection),
                why: connection::sentence(session, ground.now),
            });
        }
        is_denied.then(|| NotRead {
            management_cluster,
            word: "denied",
            role: Role::Failed,
            why: Shown::line(&format!("not allowed to read {}", about.word)),
        })
    });
    all.collect()
}

/// What is told of one: why, and what happens next; `what` is what the list is of.
pub fn told(
    name: &ManagementCluster,
    (about, what): (About, &'static str),
    ground: Ground<'_>,
    width: usize,
) -> Vec<Line> {
    let Some(session) = ground.fleet.session(name) else {
        return Vec::new();
    };
    let role = connection::role(&session.connection);
    let mut lines = vec![
        Line::ours(Role::Dim, "management cluster ")
            .text(Role::Heading, name.as_str())
            .text(Role::Dim, &format!(", of whose {what} nothing is known")),
    ];
    let why = if session.is_live() {
        Shown::line(&format!("it does not allow to read {}", about.word))
    } else {
        connection::empty(session, None, ground.now)
    };
    lines.extend(Line::new().shown(role, why).wrapped(width, usize::MAX));
    lines
}
