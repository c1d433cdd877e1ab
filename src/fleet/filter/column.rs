//! The columns that a term may name: by their own words and by the titles that lists show, and what rows say in them.

use std::borrow::Cow;
use std::sync::Arc;

use fleetui_api::facts::Facts;
use fleetui_api::kinds::Role;
use jiff::Timestamp;

use crate::hosts::HostRow;
use crate::row::Row;

/// The columns that are told of where one is meant that does not exist.
pub(super) const COLUMNS: [&str; 22] = [
    "age", "agent", "arch", "class", "cluster", "cpu", "group", "health", "kind", "machine", "memory",
    "mgmt", "name", "node", "ns", "owner", "paused", "phase", "ready", "state", "version", "zone",
];

/// Columns of plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Agent,
    Architecture,
    Class,
    Cluster,
    Cpu,
    Kind,
    Machine,
    ManagementCluster,
    Memory,
    Name,
    Node,
    Namespace,
    Owner,
    Phase,
    ProviderId,
    State,
    System,
    Zone,
}

impl Column {
    /// The column of this word, which is in lower case.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "agent" => Self::Agent,
            "arch" => Self::Architecture,
            "class" => Self::Class,
            "cluster" => Self::Cluster,
            "cpu" => Self::Cpu,
            "kind" => Self::Kind,
            "machine" => Self::Machine,
            "mgmt" | "management" => Self::ManagementCluster,
            "memory" => Self::Memory,
            "name" => Self::Name,
            "node" => Self::Node,
            "ns" | "namespace" => Self::Namespace,
            "owner" => Self::Owner,
            "phase" => Self::Phase,
            "provider-id" => Self::ProviderId,
            "state" | "status" => Self::State,
            "system" => Self::System,
            "zone" => Self::Zone,
            _ => return None,
        })
    }

    /// What a row says in it.
    fn value(self, row: &Row) -> Option<&str> {
        let facts = &row.facts;
        match self {
            Self::Cluster => facts.cluster.as_deref(),
            Self::Kind => Some(facts.kind.kind.as_ref()),
            Self::ManagementCluster => Some(row.management_cluster.as_str()),
            Self::Name => Some(facts.object.name.as_str()),
            Self::Node => facts.node.as_deref(),
            Self::Namespace => Some(facts.object.namespace.as_str()),
            Self::Phase | Self::State => facts.phase.as_deref(),
            Self::Owner => facts.owner.as_ref().map(|owner| owner.name.as_str()),
            Self::ProviderId => facts.provider_id.as_deref(),
            Self::Class => facts.topology.as_deref(),
            Self::Machine => machine(facts),
            Self::Agent | Self::Architecture | Self::Cpu | Self::Memory | Self::System | Self::Zone => None,
        }
    }

    /// Whether a row says `text` in it, in whatever case. A host is several things at once, each of which it is found by.
    pub(super) fn is(self, text: &str, row: &Row, now: Timestamp) -> bool {
        let same = |value: &str| super::term::is_same(value, text);
        let is_host = row.facts.role == Role::Host;
        let host = is_host
            .then(|| HostRow::of(&Arc::new(row.clone()), now))
            .flatten();
        if let Some(value) = host.as_ref().and_then(|host| self.of_host(host)) {
            let is_part = |value: &str| value.split(',').any(|part| same(part.trim()));
            return same(&value) || (self == Self::State && is_part(&value));
        }
        same(self.value(row).unwrap_or_default())
    }

    /// What a host says in it; nothing where it says no more than other objects.
    fn of_host(self, host: &HostRow) -> Option<Cow<'_, str>> {
        let taken = host.taken_by.as_ref();
        let status = host.host().map(|host| &host.status);
        Some(match self {
            Self::State => Cow::Owned(host.words()),
            Self::Zone => Cow::Borrowed(host.zone()),
            Self::Architecture => Cow::Borrowed(host.architecture()),
            Self::System => Cow::Borrowed(host.system()),
            Self::Cpu => Cow::Owned(host.capacity("cpu")),
            Self::Memory => Cow::Owned(host.capacity("memory")),
            Self::Agent => Cow::Borrowed(status?.agent_version.as_deref().unwrap_or_default()),
            Self::Machine => Cow::Borrowed(taken.map_or("", |taken| taken.name.as_str())),
            Self::Cluster => Cow::Borrowed(taken?.cluster.as_deref()?),
            Self::Class
            | Self::Kind
            | Self::ManagementCluster
            | Self::Name
            | Self::Node
            | Self::Namespace
            | Self::Owner
            | Self::Phase
            | Self::ProviderId => return None,
        })
    }
}

/// The machine that an object is, or that makes up a node.
fn machine(facts: &Facts) -> Option<&str> {
    match facts.role {
        Role::Machine | Role::InfrastructureMachine => Some(facts.object.name.as_str()),
        Role::Other if facts.kind.kind.as_ref() == "Node" => {
            facts.owner.as_ref().map(|owner| owner.name.as_str())
        }
        _ => None,
    }
}
