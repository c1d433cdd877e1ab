//! What is known of the object under the cursor, in prose: for the panes beside the tree, the line under it, and the
//! object screen.

pub mod cluster;
pub mod group;
pub mod object;

use fleetui_base::{ManagementCluster, ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::detail::detail;
use fleetui_fleet::hosts::HostRow;
use fleetui_fleet::tree::{self, Node};
use jiff::Timestamp;

use crate::access::Access;
use crate::glyphs::Glyphs;
use crate::prose::Line;
use crate::theme::Role;

/// What the panes show.
#[derive(Debug, Default)]
pub struct State {
    /// What they are about.
    on: Option<Node>,
    /// About the object itself.
    pub first: Vec<Line>,
    /// About what it is related to.
    pub second: Vec<Line>,
}

/// What prose is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// Whether anything may be written at all.
    pub access: Access,
    /// The signs.
    pub glyphs: &'a Glyphs,
    /// Now.
    pub now: Timestamp,
}

impl Ground<'_> {
    /// What the clock of a management cluster shows now: ages of its objects are told by it.
    pub fn time_of(&self, management_cluster: &ManagementCluster) -> Timestamp {
        self.fleet.time_of(management_cluster, self.now)
    }
}

impl State {
    /// Whether they are about this node.
    pub fn is_on(&self, node: Option<&Node>) -> bool {
        self.on.as_ref() == node
    }

    /// Writes the panes anew for a node; `widths` are those of the panes, zero where there is none.
    pub fn follow(&mut self, node: Option<&Node>, ground: Ground<'_>, widths: (u16, u16)) {
        self.on = node.cloned();
        (self.first, self.second) = (Vec::new(), Vec::new());
        if widths.0 == 0 {
            return;
        }
        let (first_width, second_width) = (usize::from(widths.0), usize::from(widths.1));
        (self.first, self.second) = match node {
            None => return,
            Some(Node::Fleet(group)) => (group::pane(group.as_ref(), ground, first_width), Vec::new()),
            Some(Node::ManagementCluster(name)) => cluster::panes(name, ground, first_width, second_width),
            Some(node @ (Node::Object(_) | Node::Group(..) | Node::Beside(..))) => match node.object() {
                Some(key) => object_panes(key, ground, first_width, second_width),
                None => return,
            },
            Some(Node::Missing(owner, reference)) => {
                (missing((owner, reference), ground, first_width), Vec::new())
            }
        };
    }
}

fn object_panes(key: &ObjectKey, ground: Ground<'_>, first: usize, second: usize) -> (Vec<Line>, Vec<Line>) {
    let Some(detail) = detail(ground.fleet, key, ground.now) else {
        return (vec![Line::ours(Role::Dim, "this object is gone")], Vec::new());
    };
    let mut left = object::heading(&detail, ground, first);
    left.extend(object::conditions(&detail, ground, first));
    let mut right = object::path(&detail, ground);
    right.extend(object::references(&detail, ground));
    right.extend(object::facts(&detail, ground, second));
    (left, right)
}

fn missing((owner, reference): (&ObjectKey, &ObjectKey), ground: Ground<'_>, width: usize) -> Vec<Line> {
    // A Cluster that is not there stands for itself; what belongs to it names it.
    let who = if owner == reference {
        "What belongs to it".to_owned()
    } else {
        format!("{} {}", owner.kind.kind, owner.object)
    };
    let text = format!(
        "{who} references {} {}, which {}.",
        reference.kind.kind,
        reference.object,
        tree::missing(ground.fleet, reference).line
    );
    crate::prose::wrap(&text, width)
        .into_iter()
        .map(|text| Line::new().shown(Role::Warning, text))
        .collect()
}

/// The lines under the tree, of `usual` and at most `rows` lines: what the cursor is on, and why it is as it is; the reason
/// whole before all else. Where there is room, what narrow tables leave out.
pub fn about(
    node: Option<&Node>,
    reason: &str,
    ground: Ground<'_>,
    (width, usual, rows): (usize, usize, usize),
) -> Vec<Line> {
    let Some(node) = node else { return Vec::new() };
    let identity = identity(node, ground);
    let mut lines = if reason.is_empty() {
        vec![identity]
    } else {
        let told = Line::new().text(Role::Text, reason);
        let both = identity.word(Role::Dim, ": ").and(told.clone());
        let lines = both.wrapped(width, usual);
        let fits = lines.last().is_some_and(|last| last.width() <= width);
        if fits { lines } else { told.wrapped(width, rows) }
    };
    if lines.len() < usual {
        lines.extend(left_out(node, ground));
    }
    lines
}

/// `Provisioned · 5h12m old`.
fn left_out(node: &Node, ground: Ground<'_>) -> Option<Line> {
    let facts: Vec<String> = match node {
        Node::Object(key) => {
            let facts = &ground.fleet.get(key)?.facts;
            let now = ground.time_of(&key.management_cluster);
            let age = facts
                .created
                .map(|created| format!("{} old", crate::age::age(created, now)));
            let node = facts.node.as_ref().map(|node| format!("node {node}"));
            let phase = facts.phase.as_ref().map(ToString::to_string);
            [phase, age, node].into_iter().flatten().collect()
        }
        Node::ManagementCluster(name) => {
            let session = ground.fleet.session(name)?;
            let version = session.server_version.as_ref();
            let version = version.map(|version| format!("Kubernetes {version}"));
            let era = session.era.map(|era| crate::connection::era(era).to_owned());
            [version, era].into_iter().flatten().collect()
        }
        // A node of a workload cluster: names are the same in many of them.
        Node::Beside(machine, key) if key.kind.group.is_empty() => {
            let row = ground.fleet.get(machine)?;
            let cluster = row
                .facts
                .cluster
                .as_ref()
                .map(|cluster| format!("cluster {cluster}"));
            let machine = format!("Machine {}, which opens", machine.object.name);
            let version = row.facts.version.as_ref().map(ToString::to_string);
            [cluster, version, Some(machine)].into_iter().flatten().collect()
        }
        Node::Beside(_, key) => {
            let row = ground.fleet.get(key)?;
            let host = HostRow::known(ground.fleet, row, ground.now)?;
            let heard = host.heard.map(|heard| {
                let now = ground.time_of(&key.management_cluster);
                format!("heard {} ago", crate::age::age(heard, now))
            });
            [Some(host.words()), heard].into_iter().flatten().collect()
        }
        Node::Fleet(_) | Node::Group(..) | Node::Missing(..) => Vec::new(),
    };
    let line = facts.join(&format!(" {} ", ground.glyphs.dot));
    Some(Line::new().text(Role::Dim, &line))
}

fn identity(node: &Node, ground: Ground<'_>) -> Line {
    match node {
        Node::Fleet(Some(group)) => Line::ours(Role::Dim, "group ").text(Role::Heading, group),
        Node::Fleet(None) => Line::ours(
            Role::Dim,
            "management clusters that the fleet file puts in no group",
        ),
        Node::ManagementCluster(name) => {
            let line = Line::new().text(Role::Heading, name.as_str());
            match ground.fleet.session(name) {
                Some(session) => line
                    .word(Role::Dim, "  ")
                    .shown(Role::Dim, Shown::line(&session.server)),
                None => line,
            }
        }
        Node::Group(key, _) if key.object.name.is_empty() => Line::ours(
            Role::Dim,
            "what should belong to a Cluster and does not say to which, in namespace ",
        )
        .text(Role::Heading, &key.object.namespace),
        Node::Object(key) | Node::Group(key, _) | Node::Beside(_, key) | Node::Missing(_, key) => Line::new()
            .text(Role::Dim, &key.kind.kind)
            .word(Role::Dim, " ")
            .text(Role::Heading, &key.object.to_string())
            .text(Role::Dim, &format!(" in {}", key.management_cluster)),
    }
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::session::Connection;

    use crate::sample::{app_with, cluster, objects, options, plain, press, session};

    #[test]
    fn the_pane_says_of_what_is_missing_what_its_row_says() {
        let mut lost = cluster("lost", &[], None);
        lost.retain(|object| object["kind"] != "ByoCluster");
        let told = vec![session("lab", Connection::Live), objects("lab", &lost)];
        let mut app = app_with(options((120, 40)), told);
        press(&mut app, "j j");
        let text = plain(&app);
        assert!(
            text.contains("Cluster default/lost references ByoCluster"),
            "{text}"
        );
        assert!(
            text.contains("which does not exist.") && !text.contains("may not be read"),
            "{text}"
        );
    }
}
