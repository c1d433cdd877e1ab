//! How a line of the tree is called: short where the tree already says the rest.

use compact_str::CompactString;
use fleetui_api::kinds::Role as Part;
use fleetui_base::Shown;
use fleetui_fleet::Row;
use fleetui_fleet::tree::{Fold, Line, Node};

/// A name, and what stands behind it dimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What the line is called.
    pub name: Shown,
    /// What may be overlooked.
    pub more: Option<Shown>,
    /// The end of the name, where its beginning is that of its cluster, which stands above it.
    pub short: Option<Shown>,
}

/// The name of a line.
pub fn name(line: &Line) -> Name {
    match (&line.node, &line.row) {
        (Node::Object(_), Some(row)) => of_row(row),
        (Node::Object(key), None) => kind_and_name(&key.kind.kind, &key.object.name),
        (Node::Fleet(group), _) => plain(group.as_deref().unwrap_or("in no group")),
        (Node::ManagementCluster(management_cluster), _) => plain(management_cluster.as_str()),
        // Those of which there is nothing to say are counted.
        (Node::Group(..), _) if line.depth > 2 => {
            let count = line
                .replicas
                .and_then(|replicas| replicas.current)
                .unwrap_or_default();
            Name {
                name: Shown::line(&format!("{count} Machines…")),
                more: None,
                short: None,
            }
        }
        (Node::Group(cluster, heading), _) => Name {
            name: Shown::ours(heading),
            // A heading that stands in the place of a Cluster says where.
            more: (line.depth == 1).then(|| Shown::line(&cluster.object.namespace)),
            short: None,
        },
        (Node::Beside(_, object) | Node::Missing(_, object), _) => {
            kind_and_name(&object.kind.kind, &object.object.name)
        }
    }
}

/// Cells of the sign before a name, with the blank behind it. They are kept free where there is none, so that names stay what
/// they are when a sign comes.
pub const SIGN: u16 = 2;

/// Cells before the sign of a line: guides and the mark of the fold; `step` is the indent of a level.
pub fn lead(line: &Line, step: u16) -> u16 {
    let indent = if line.depth < 2 {
        step / 2
    } else {
        step * (u16::from(line.depth) - 1) + 2
    };
    let fold = match line.fold {
        Fold::Leaf => 1,
        Fold::Open | Fold::Closed => 2,
    };
    indent + fold
}

/// The most of what stands dimmed behind a name that a column is made wider for.
const MOST_OF_MORE: usize = 14;

/// Cells that a line needs for its name.
pub fn needs(line: &Line, step: u16) -> u16 {
    let Name { name, more, .. } = name(line);
    // A kind says enough; what the object is called besides is seen where there is room. Of what layers show, the name is
    // what one looks for.
    let is_named = |part: Part| {
        matches!(
            part,
            Part::Machine | Part::MachineHealthCheck | Part::Template | Part::ClusterClass
        )
    };
    let counts = line.depth == 1
        || matches!(line.node, Node::Beside(..))
        || line.row.as_ref().is_some_and(|row| is_named(row.facts.role));
    let more = more
        .filter(|_| counts)
        .map_or(0, |more| 1 + more.width().min(MOST_OF_MORE));
    let cells = u16::try_from(name.width() + more).unwrap_or(u16::MAX);
    cells.saturating_add(lead(line, step) + SIGN)
}

fn of_row(row: &Row) -> Name {
    let facts = &row.facts;
    match facts.role {
        Part::Cluster => Name {
            more: Some(Shown::line(&facts.object.namespace)),
            ..plain(&facts.object.name)
        },
        Part::Host => plain(&facts.object.name),
        Part::MachineDeployment | Part::MachinePool | Part::MachineSet => {
            let cluster = facts.cluster.as_deref().unwrap_or_default();
            let end = facts
                .object
                .name
                .strip_prefix(cluster)
                .filter(|end| !cluster.is_empty() && !end.is_empty());
            Name {
                short: end.map(|end| Shown::line(&format!("…{end}"))),
                ..plain(&facts.object.name)
            }
        }
        Part::Machine => Name {
            name: Shown::line(short(row)),
            // A node that is called as its machine says nothing more.
            more: facts
                .node
                .as_ref()
                .filter(|node| **node != facts.object.name)
                .map(|node| Shown::line(node)),
            short: None,
        },
        Part::InfrastructureCluster
        | Part::ControlPlane
        | Part::InfrastructureMachine
        | Part::InfrastructureMachinePool
        | Part::BootstrapConfig
        | Part::MachineHealthCheck
        | Part::ClusterClass
        | Part::Template
        | Part::Provider
        | Part::Other => {
            let mut name = kind_and_name(&facts.kind.kind, &facts.object.name);
            // Whoever provides it, it is the cluster's control plane.
            if facts.role == Part::ControlPlane {
                name.short = Some(Shown::ours("ControlPlane"));
            }
            // The cluster's own name stands above it.
            name.more = name
                .more
                .filter(|_| facts.cluster.as_ref() != Some(&facts.object.name));
            name
        }
    }
}

/// A machine's name without its owner's, which stands above it.
fn short(row: &Row) -> &str {
    let name = row.facts.object.name.as_str();
    let owner = row.facts.owner.as_ref().map_or("", |owner| owner.name.as_str());
    let rest = name.strip_prefix(owner).and_then(|rest| rest.strip_prefix('-'));
    rest.filter(|rest| !rest.is_empty() && !owner.is_empty())
        .unwrap_or(name)
}

fn plain(name: &str) -> Name {
    Name {
        name: Shown::line(name),
        more: None,
        short: None,
    }
}

fn kind_and_name(kind: &str, name: &CompactString) -> Name {
    Name {
        name: Shown::line(kind),
        more: Some(Shown::line(name)),
        short: None,
    }
}
