//! The objects of a description and who stands below whom, with clusterctl's rules for what is added: echoes are left out, and
//! siblings alike become a group.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::condition::{Condition, agree, find};
use super::{DescribeOptions, Shows, View};

/// One object, heading or group.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    /// The same object stands once, whoever adds it: its uid, else what it is called.
    pub(super) id: String,
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    /// The part that it plays in the cluster, `ControlPlane`.
    pub(super) part: &'static str,
    pub(super) is: Is<'a>,
    /// Those with a higher one stand before their siblings.
    pub(super) rank: u8,
    /// Whether what is alike below it becomes a group.
    pub(super) gathers: bool,
    /// Which of its conditions are shown.
    pub(super) shows: Shows,
    pub(super) conditions: Vec<Condition>,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Is<'a> {
    /// An object of Cluster API's own group.
    Core(&'a Value),
    /// Any other object.
    Other(&'a Value),
    /// The control plane, and the contract that it keeps.
    ControlPlane(&'a Value, &'a str),
    /// An object that is only named.
    Named,
    /// No object.
    Heading,
    /// Siblings alike.
    Group(Group),
}

/// Siblings alike.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// Their names.
    pub(super) names: Vec<String>,
    /// How many of them are available, ready and up to date.
    pub(super) counts: [usize; 3],
}

/// The conditions that make siblings alike; only the second of them in the older view.
pub(super) const DECIDING: [&str; 3] = ["Available", "Ready", "UpToDate"];
const READY: &str = "Ready";

impl Node<'_> {
    /// One of the conditions that decide. Objects of other groups have no `UpToDate` that counts.
    pub(super) fn deciding(&self, kind: &str) -> Option<&Condition> {
        let foreign = matches!(self.is, Is::Other(_) | Is::ControlPlane(..));
        find(&self.conditions, kind).filter(|_| !foreign || kind != "UpToDate")
    }

    fn is_like(&self, other: &Self, view: View) -> bool {
        let kinds = match view {
            View::V1Beta2 => &DECIDING[..],
            View::V1Beta1 => &[READY][..],
        };
        kinds
            .iter()
            .all(|kind| agree(self.deciding(kind), other.deciding(kind)))
    }

    /// Whether it says no more than what it stands below.
    fn echoes(&self, parent: &Self) -> bool {
        let ready = self.deciding(READY);
        ready.is_some_and(Condition::is_true) || agree(parent.deciding(READY), ready)
    }
}

/// How a node is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adding {
    /// As it is.
    Plain,
    /// What is alike below it becomes a group.
    Gathering,
    /// Left out where it is an echo.
    UnlessEcho,
}

/// Who stands below whom.
#[derive(Debug)]
pub(super) struct Graph<'a, 'o> {
    nodes: Vec<Node<'a>>,
    below: Vec<Vec<usize>>,
    known: HashMap<String, usize>,
    options: &'o DescribeOptions,
}

impl<'a, 'o> Graph<'a, 'o> {
    /// One with a root, which is number 0.
    pub(super) fn new(mut root: Node<'a>, options: &'o DescribeOptions) -> Self {
        root.shows = options.show_conditions.of(&root.kind, &root.name);
        let known = HashMap::from([(root.id.clone(), 0)]);
        Self {
            nodes: vec![root],
            below: vec![Vec::new()],
            known,
            options,
        }
    }

    /// The model of conditions that is shown.
    pub(super) fn view(&self) -> View {
        self.options.view
    }

    /// The node of that number.
    pub(super) fn node(&self, number: usize) -> Option<&Node<'a>> {
        self.nodes.get(number)
    }

    /// The numbers of what stands below a node.
    pub(super) fn below(&self, number: usize) -> &[usize] {
        self.below.get(number).map_or(&[], Vec::as_slice)
    }

    /// A node that stands below no other yet.
    pub(super) fn adrift(&mut self, node: Node<'a>) -> usize {
        if let Some(number) = self.known.get(&node.id) {
            let number = *number;
            if let Some(place) = self.nodes.get_mut(number) {
                *place = node;
            }
            return number;
        }
        let number = self.nodes.len();
        self.known.insert(node.id.clone(), number);
        self.nodes.push(node);
        self.below.push(Vec::new());
        number
    }

    /// Adds a node below another. Gives its number where it can be seen as itself, which the members of groups cannot.
    pub(super) fn add(&mut self, parent: usize, mut node: Node<'a>, adding: Adding) -> Option<usize> {
        node.shows = self.options.show_conditions.of(&node.kind, &node.name);
        let above = self.nodes.get(parent)?;
        if adding == Adding::UnlessEcho && !self.options.echo && node.echoes(above) {
            return None;
        }
        if above.gathers && self.gathered(parent, &node) {
            return None;
        }
        node.gathers = adding == Adding::Gathering && self.options.grouping;
        let number = self.adrift(node);
        self.put_below(parent, number);
        Some(number)
    }

    fn put_below(&mut self, parent: usize, number: usize) {
        if let Some(below) = self.below.get_mut(parent)
            && !below.contains(&number)
        {
            below.push(number);
        }
    }

    /// Makes a sibling that is alike and this node a group, or puts this one into a group that is alike.
    fn gathered(&mut self, parent: usize, node: &Node<'a>) -> bool {
        let view = self.options.view;
        let alike = self.below(parent).iter().copied().find(|number| {
            self.nodes.get(*number).is_some_and(|sibling| {
                let kind = sibling.kind.strip_suffix(GROUP).filter(|_| sibling.is_group());
                kind.unwrap_or(&sibling.kind) == node.kind && sibling.is_like(node, view)
            })
        });
        let Some(number) = alike else { return false };
        let Some(sibling) = self.nodes.get_mut(number) else {
            return false;
        };
        if sibling.is_group() {
            sibling.join(node);
            return true;
        }
        let mut group = Node {
            id: format!("{}{GROUP} of {parent} with {}", node.kind, node.id),
            api_version: String::new(),
            kind: format!("{}{GROUP}", node.kind),
            namespace: node.namespace.clone(),
            name: String::new(),
            part: "",
            is: Is::Group(Group::default()),
            rank: 0,
            gathers: false,
            shows: Shows::Nothing,
            conditions: deciding_of(node),
        };
        group.join(sibling);
        group.join(node);
        self.remove(parent, number);
        let number = self.adrift(group);
        self.put_below(parent, number);
        true
    }

    fn remove(&mut self, parent: usize, number: usize) {
        for child in self.below(number).to_vec() {
            self.remove(number, child);
        }
        if let Some(below) = self.below.get_mut(parent) {
            below.retain(|child| *child != number);
        }
        if let Some(node) = self.nodes.get(number) {
            self.known.remove(&node.id);
        }
    }
}

/// What the kind of a group ends in.
pub(super) const GROUP: &str = "Group";

impl Node<'_> {
    fn is_group(&self) -> bool {
        matches!(self.is, Is::Group(_))
    }

    /// Takes another one into this group.
    fn join(&mut self, member: &Node<'_>) {
        let Is::Group(group) = &mut self.is else { return };
        group.names.push(member.name.clone());
        group.names.sort();
        for (count, kind) in group.counts.iter_mut().zip(DECIDING) {
            *count += usize::from(member.deciding(kind).is_some_and(Condition::is_true));
        }
        let since = member.deciding(READY).map(|ready| ready.since);
        let ready = self
            .conditions
            .iter_mut()
            .find(|condition| condition.kind == READY);
        if let (Some(ready), Some(since)) = (ready, since) {
            ready.since = older(ready.since, since);
        }
    }
}

/// A time that is missing is older than any other.
fn older(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.min(b)
}

/// What a group says: what all of its members do, without their messages.
fn deciding_of(node: &Node<'_>) -> Vec<Condition> {
    let conditions = DECIDING.iter().filter_map(|kind| node.deciding(kind));
    conditions
        .map(|condition| Condition {
            message: String::new(),
            since: condition.since.filter(|_| condition.kind == READY),
            ..condition.clone()
        })
        .collect()
}
