//! Sets of fields, as tries: each node is a step, whether the path to it is in the set, and what is below.
//!
//! A set that has `.a.b` does not have `.a` by that; a field and the fields in it are owned apart.

mod codec;

use std::cmp::Ordering;

use super::element::PathElement;

pub(crate) use codec::FieldsError;

/// A set of paths. Nodes are sorted, and none of them is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldSet {
    nodes: Vec<Node>,
}

/// A step in a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// The step.
    pub(crate) element: PathElement,
    /// Whether the path that ends here is in the set.
    pub(crate) member: bool,
    /// What is below.
    pub(crate) children: FieldSet,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.children.is_empty()
    }
}

impl FieldSet {
    /// A set of these paths.
    pub(crate) fn of(paths: &[&[PathElement]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            set.insert(path);
        }
        set
    }

    /// A set of paths of plain names.
    pub(crate) fn of_names(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            let path: Vec<PathElement> = path.iter().map(|name| PathElement::field(name)).collect();
            set.insert(&path);
        }
        set
    }

    /// A set of these nodes, in whatever order; nodes of the same step become one.
    pub(crate) fn from_nodes(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut nodes: Vec<Node> = nodes.into_iter().filter(|node| !node.is_empty()).collect();
        let sorted = nodes
            .windows(2)
            .all(|pair| matches!(pair, [one, other] if one.element < other.element));
        if !sorted {
            nodes.sort_by(|one, other| one.element.cmp(&other.element));
            let mut whole: Vec<Node> = Vec::with_capacity(nodes.len());
            for node in nodes {
                match whole.last_mut() {
                    Some(last) if last.element == node.element => {
                        last.member |= node.member;
                        last.children = std::mem::take(&mut last.children).union(node.children);
                    }
                    Some(_) | None => whole.push(node),
                }
            }
            nodes = whole;
        }
        Self { nodes }
    }

    /// Whether no path is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Lets `change` work on the first steps; those that it leaves empty go.
    pub(crate) fn edit(&mut self, mut change: impl FnMut(&mut Node)) {
        self.nodes.retain_mut(|node| {
            change(node);
            !node.is_empty()
        });
    }

    fn find(&self, element: &PathElement) -> Result<usize, usize> {
        self.nodes.binary_search_by(|node| node.element.cmp(element))
    }

    /// Adds a path; the empty one is nobody's.
    pub(crate) fn insert(&mut self, path: &[PathElement]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let place = self.find(first).unwrap_or_else(|place| {
            let node = Node {
                element: first.clone(),
                member: false,
                children: Self::default(),
            };
            self.nodes.insert(place, node);
            place
        });
        if let Some(node) = self.nodes.get_mut(place) {
            if rest.is_empty() {
                node.member = true;
            } else {
                node.children.insert(rest);
            }
        }
    }

    /// The node of a first step.
    pub(crate) fn node(&self, element: &PathElement) -> Option<&Node> {
        self.nodes.get(self.find(element).ok()?)
    }

    /// Whether a path is in it.
    pub(crate) fn contains(&self, path: &[PathElement]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return false;
        };
        self.node(first).is_some_and(|node| {
            if rest.is_empty() {
                node.member
            } else {
                node.children.contains(rest)
            }
        })
    }

    /// What is in either.
    #[must_use]
    pub(crate) fn union(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let mut nodes = Vec::with_capacity(self.nodes.len() + other.nodes.len());
        let mut others = other.nodes.into_iter().peekable();
        for mut node in self.nodes {
            while let Some(other) = others.next_if(|other| other.element < node.element) {
                nodes.push(other);
            }
            if let Some(other) = others.next_if(|other| other.element == node.element) {
                node.member |= other.member;
                node.children = node.children.union(other.children);
            }
            nodes.push(node);
        }
        nodes.extend(others);
        Self { nodes }
    }

    /// What is in both.
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let mut nodes = Vec::new();
        let mut others = other.nodes.iter().peekable();
        for node in &self.nodes {
            while others.next_if(|other| other.element < node.element).is_some() {}
            if let Some(other) = others.next_if(|other| other.element == node.element) {
                let both = Node {
                    element: node.element.clone(),
                    member: node.member && other.member,
                    children: node.children.intersection(&other.children),
                };
                if !both.is_empty() {
                    nodes.push(both);
                }
            }
        }
        Self { nodes }
    }

    /// Takes away what `other` has, each path by itself: of a field and those in it, only the named ones go. Tells whether
    /// anything went.
    pub(crate) fn subtract(&mut self, other: &Self) -> bool {
        self.walk_off(other, &mut |node, other| {
            let gone = node.member && other.member;
            node.member &= !other.member;
            node.children.subtract(&other.children) || gone
        })
    }

    /// Takes away what `other` has, with everything below it. Tells whether anything went.
    pub(crate) fn subtract_trees(&mut self, other: &Self) -> bool {
        self.walk_off(other, &mut |node, other| {
            if other.member {
                node.member = false;
                node.children = Self::default();
                return true;
            }
            node.children.subtract_trees(&other.children)
        })
    }

    fn walk_off(&mut self, other: &Self, take: &mut dyn FnMut(&mut Node, &Node) -> bool) -> bool {
        let mut gone = false;
        let mut others = other.nodes.iter().peekable();
        if others.peek().is_none() {
            return false;
        }
        self.nodes.retain_mut(|node| {
            while let Some(other) = others.peek() {
                match other.element.cmp(&node.element) {
                    Ordering::Less => {
                        others.next();
                    }
                    Ordering::Equal => {
                        gone |= take(node, other);
                        break;
                    }
                    Ordering::Greater => break,
                }
            }
            !node.is_empty()
        });
        gone
    }

    /// This set without what `other` has, each path by itself.
    pub(crate) fn difference(&self, other: &Self) -> Self {
        let mut left = self.clone();
        left.subtract(other);
        left
    }

    /// All paths, in upstream's order: those that end at a level before those that go deeper.
    pub(crate) fn paths(&self) -> Vec<Vec<PathElement>> {
        let mut paths = Vec::new();
        self.collect(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect(&self, path: &mut Vec<PathElement>, paths: &mut Vec<Vec<PathElement>>) {
        for node in self.nodes.iter().filter(|node| node.member) {
            path.push(node.element.clone());
            paths.push(path.clone());
            path.pop();
        }
        for node in &self.nodes {
            path.push(node.element.clone());
            node.children.collect(path, paths);
            path.pop();
        }
    }
}

/// A path as messages have it: `.spec.list[name="a"].x`.
pub(crate) fn shown(path: &[PathElement]) -> String {
    path.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests;
