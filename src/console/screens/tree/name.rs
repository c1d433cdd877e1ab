//! How a line of the tree is called: short where the tree already says the rest.

use compact_str::CompactString;
use fleetui_api::kinds::Role as Part;
use fleetui_base::Shown;
use fleetui_fleet::Row;
use fleetui_fleet::tree::{Line, Node};

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
        (Node::ManagementCluster(management_cluster), _) => plain(management_cluster.as_str()),
        (Node::Group(_, heading), _) => Name {
            name: Shown::ours(heading),
            more: None,
            short: None,
        },
        (Node::Missing(_, reference), _) => kind_and_name(&reference.kind.kind, &reference.object.name),
    }
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
