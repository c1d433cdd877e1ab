//! What is known of the object under the cursor, in prose: for the panes beside the tree, the line under it, and the
//! object screen.

pub mod cluster;
pub mod object;

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::detail::detail;
use fleetui_fleet::tree::Node;
use jiff::Timestamp;

use crate::glyphs::Glyphs;
use crate::prose::Line;
use crate::theme::Role;

/// What the panes show.
#[derive(Debug, Default)]
pub struct State {
    /// For the pane; the conditions, where there are two.
    pub first: Vec<Line>,
    /// For the second pane.
    pub second: Vec<Line>,
}

/// What prose is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// The signs.
    pub glyphs: &'a Glyphs,
    /// Now.
    pub now: Timestamp,
}

impl State {
    /// Writes the panes anew for a node; `widths` are those of the panes, zero where there is none.
    pub fn follow(&mut self, node: Option<&Node>, ground: Ground<'_>, widths: (u16, u16)) {
        (self.first, self.second) = (Vec::new(), Vec::new());
        if widths.0 == 0 {
            return;
        }
        let two = widths.1 > 0;
        let first_width = usize::from(widths.0);
        let second_width = if two { usize::from(widths.1) } else { first_width };
        let (mut first, second) = match node {
            None => return,
            Some(Node::ManagementCluster(name)) => cluster::panes(name, ground, first_width, second_width),
            Some(Node::Object(key) | Node::Group(key, _)) => {
                object_panes(key, ground, first_width, second_width)
            }
            Some(Node::Missing(owner, reference)) => (missing(owner, reference, first_width), Vec::new()),
        };
        if two {
            (self.first, self.second) = (first, second);
        } else {
            if !second.is_empty() {
                first.push(Line::new());
            }
            first.extend(second);
            self.first = first;
        }
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

fn missing(owner: &ObjectKey, reference: &ObjectKey, width: usize) -> Vec<Line> {
    let text = format!(
        "{} {} references {} {}, which is not there, or may not be read.",
        owner.kind.kind, owner.object, reference.kind.kind, reference.object
    );
    crate::prose::wrap(&text, width)
        .into_iter()
        .map(|text| Line::new().shown(Role::Warning, text))
        .collect()
}

/// The line under the tree: what the cursor is on, and why it is as it is.
pub fn about(node: Option<&Node>, reason: &str, ground: Ground<'_>) -> Line {
    let Some(node) = node else { return Line::new() };
    let line = match node {
        Node::ManagementCluster(name) => {
            let line = Line::new().text(Role::Heading, name.as_str());
            let Some(session) = ground.fleet.session(name) else {
                return line;
            };
            let server = Shown::line(&session.server);
            return line.word(Role::Dim, "  ").shown(Role::Dim, server);
        }
        Node::Object(key) | Node::Group(key, _) | Node::Missing(_, key) => Line::new()
            .text(Role::Dim, &key.kind.kind)
            .word(Role::Dim, " ")
            .text(Role::Heading, &key.object.to_string())
            .text(Role::Dim, &format!(" in {}", key.management_cluster)),
    };
    if reason.is_empty() {
        line
    } else {
        line.word(Role::Dim, ": ").text(Role::Text, reason)
    }
}
