//! The nodes of workload clusters in one table: which machine each of them is, and of which clusters they are not known.
//!
//! Must not know: how they were read, or how a table is shown.

use std::collections::HashMap;
use std::sync::Arc;

use alphanumeric_sort::compare_str;
use compact_str::CompactString;
use fleetui_api::conditions::ConditionStatus;
use fleetui_api::facts::{CompactCondition, Reference};
use fleetui_api::kinds::Role;
use fleetui_base::{GroupKind, ManagementCluster, ObjectKey, ObjectName};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::drain::HOLDS;
use crate::filter::Filter;
use crate::for_person::ForPerson;
use crate::health::{Health, Verdict, line_of, pods_of_drain, tells_of_budget};
use crate::row::Row;
use crate::store::{FleetStore, Partition};
use crate::workload::WorkloadNode;

/// Which nodes are meant.
#[derive(Debug, Clone, Default)]
pub struct NodeOptions {
    /// Only those of this management cluster.
    pub only: Option<ManagementCluster>,
    /// Only those of Clusters in this namespace.
    pub namespace: Option<CompactString>,
    /// Only those of the Cluster of this name.
    pub cluster: Option<CompactString>,
    /// Only what matches.
    pub filter: Option<Filter>,
    /// Only what is not as it should be.
    pub faults_only: bool,
}

impl NodeOptions {
    fn means(&self, row: &Row) -> bool {
        let object = &row.facts.object;
        self.namespace
            .as_ref()
            .is_none_or(|only| *only == object.namespace)
            && self.cluster.as_ref().is_none_or(|only| *only == object.name)
    }
}

/// A node.
#[derive(Debug, Clone)]
pub struct NodeRow {
    /// Its Cluster.
    pub cluster: Arc<Row>,
    /// The Machine that it is.
    pub machine: Option<Arc<Row>>,
    /// The node.
    pub node: WorkloadNode,
    /// How it is doing.
    pub verdict: Verdict,
    /// How far the management cluster's clock is ahead of ours; that of its workload clusters is taken for the same.
    pub ahead: SignedDuration,
}

impl NodeRow {
    /// The object of the management cluster that it stands for: its Machine, else its Cluster.
    pub fn key(&self) -> ObjectKey {
        self.machine.as_ref().unwrap_or(&self.cluster).key()
    }
}

/// A Cluster whose nodes are not known, or not as they are now.
#[derive(Debug, Clone)]
pub struct Unread {
    /// The Cluster.
    pub cluster: Arc<Row>,
    /// Why; nothing where they are only being read.
    pub why: Option<String>,
    /// When they were read last.
    pub read_at: Option<Timestamp>,
}

/// The nodes that are meant.
#[derive(Debug, Clone, Default)]
pub struct Nodes {
    /// By management cluster, Cluster and name.
    pub rows: Vec<NodeRow>,
    /// Clusters whose nodes are not known.
    pub unread: Vec<Unread>,
    /// Nodes that filter or faults-only keep from being seen.
    pub hidden: usize,
    /// Clusters that are meant.
    pub clusters: usize,
}

/// The Clusters whose nodes are meant, in their order, each with its uid.
pub fn clusters(store: &FleetStore, options: &NodeOptions) -> Vec<(ObjectKey, CompactString)> {
    let meant = meant(store, options);
    meant.map(|(_, row)| (row.key(), row.facts.uid.clone())).collect()
}

fn meant<'a>(
    store: &'a FleetStore,
    options: &'a NodeOptions,
) -> impl Iterator<Item = (&'a Partition, &'a Arc<Row>)> {
    let partitions = store.partitions().filter(|partition| {
        options
            .only
            .as_ref()
            .is_none_or(|only| *only == partition.management_cluster)
    });
    partitions.flat_map(move |partition| {
        let members = partition.clusters().values();
        let clusters = members.filter_map(|members| members.of_role(Role::Cluster).next());
        clusters
            .filter(|row| options.means(row))
            .map(move |row| (partition, row))
    })
}

impl Nodes {
    /// The nodes as they are known at `now`.
    pub fn build(store: &FleetStore, options: &NodeOptions, now: Timestamp) -> Self {
        let mut nodes = Self::default();
        for (partition, cluster) in meant(store, options) {
            nodes.clusters += 1;
            nodes.gather(partition, cluster, options, now);
        }
        nodes
    }

    fn gather(&mut self, partition: &Partition, cluster: &Arc<Row>, options: &NodeOptions, now: Timestamp) {
        let object = &cluster.facts.object;
        let known = partition
            .workload(object)
            .filter(|known| known.uid == cluster.facts.uid);
        let failed = known.and_then(|known| known.failed.clone());
        let read_at = known.and_then(|known| known.read_at);
        if failed.is_some() || read_at.is_none() {
            self.unread.push(Unread {
                cluster: Arc::clone(cluster),
                why: failed,
                read_at,
            });
        }
        let Some(known) = known else { return };
        let session = partition.session.as_deref();
        let ahead = session.and_then(|session| session.skew).unwrap_or_default();
        let now = now.checked_add(ahead).unwrap_or(now);
        let group = session.and_then(|session| session.group.as_deref());
        let machines: HashMap<&str, &Arc<Row>> = partition
            .clusters()
            .get(&(object.namespace.clone(), object.name.clone()))
            .into_iter()
            .flat_map(|members| members.of_role(Role::Machine))
            .filter_map(|row| Some((row.facts.node.as_deref()?, row)))
            .collect();
        let mut nodes: Vec<&WorkloadNode> = known.nodes.iter().collect();
        nodes.sort_by(|one, other| compare_str(one.name.as_str(), other.name.as_str()));
        for node in nodes {
            let machine = machines.get(node.name.as_str()).copied();
            let verdict = with_drain(node.verdict(), machine);
            let is_wanted = (!options.faults_only || verdict.health.is_fault())
                && options.filter.as_ref().is_none_or(|filter| {
                    filter.is_of_group(group)
                        && filter.matches_listed(&as_row(cluster, machine, node), &verdict, now)
                });
            if !is_wanted {
                self.hidden += 1;
                continue;
            }
            self.rows.push(NodeRow {
                cluster: Arc::clone(cluster),
                machine: machine.map(Arc::clone),
                node: node.clone(),
                verdict,
                ahead,
            });
        }
    }
}

/// What a node says, and which pods a budget keeps on it while it is drained, where its Machine says so.
fn with_drain(verdict: Verdict, machine: Option<&Arc<Row>>) -> Verdict {
    let held = machine.filter(|machine| ForPerson::of(&machine.facts).held_drain);
    let Some(machine) = held else {
        return verdict;
    };
    let bad = machine
        .facts
        .conditions
        .iter()
        .filter(|condition| !condition.good());
    let drain = bad.map(line_of).find(|line| tells_of_budget(line));
    let drain = drain.as_deref().map_or(HOLDS, pods_of_drain);
    let line = if verdict.line.is_empty() {
        drain.to_owned()
    } else {
        format!("{}; and {drain}", verdict.line)
    };
    Verdict { line, ..verdict }
}

/// The Node that a machine became: where it would be found in its own cluster, what that tells of it where it was asked, and how
/// it is doing, else as far as its Machine knows.
pub(crate) fn node_of<'a>(
    partition: &'a Partition,
    machine: &Row,
) -> Option<(ObjectKey, Option<&'a WorkloadNode>, Verdict)> {
    let facts = &machine.facts;
    let name = facts.node.as_ref()?;
    let object = ObjectName {
        namespace: CompactString::default(),
        name: name.clone(),
    };
    let kind = GroupKind::new("", "Node");
    let key = ObjectKey::new(machine.management_cluster.clone(), kind, object);
    let cluster = ObjectName {
        namespace: facts.object.namespace.clone(),
        name: facts.cluster.clone().unwrap_or_default(),
    };
    let known = partition.workload(&cluster);
    let known = known.and_then(|known| known.nodes.iter().find(|node| node.name == *name));
    let verdict = known.map_or_else(|| by_machine(machine), WorkloadNode::verdict);
    Some((key, known, verdict))
}

/// A Node is in another cluster; where that was not asked, its Machine says what is known of it.
fn by_machine(machine: &Row) -> Verdict {
    let find = |kind: &str| -> Option<&CompactCondition> {
        machine
            .facts
            .conditions
            .iter()
            .find(|condition| condition.kind == kind)
    };
    let Some(condition) = find("NodeHealthy").or_else(|| find("NodeReady")) else {
        return Verdict::new(Health::Unknown, "");
    };
    Verdict {
        health: match condition.status {
            ConditionStatus::True => Health::Good,
            ConditionStatus::False => Health::Warning,
            ConditionStatus::Unknown => Health::Unknown,
        },
        condition: Some((CompactString::const_new("Healthy"), condition.status.as_str())),
        line: if condition.status == ConditionStatus::True {
            String::new()
        } else {
            condition.message().to_string()
        },
    }
}

/// What a filter looks at.
fn as_row(cluster: &Row, machine: Option<&Arc<Row>>, node: &WorkloadNode) -> Row {
    let object = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": node.name.as_str(), "namespace": cluster.facts.object.namespace.as_str(),
            "uid": node.uid.as_str(), "creationTimestamp": node.created.map(|created| created.to_string())},
    });
    let mut row = Row::project(cluster.management_cluster.clone(), &object);
    row.facts.cluster = Some(cluster.facts.object.name.clone());
    row.facts.version = Some(node.version.clone());
    row.facts.owner = machine.map(|machine| Reference {
        kind: machine.facts.kind.clone(),
        name: machine.facts.object.name.clone(),
        uid: None,
    });
    row.facts.phase = Some(node.status().into());
    row.facts.node = Some(node.name.clone());
    row.facts.provider_id = Some(node.provider_id.clone());
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{condition, mgmt, now, store, whole_cluster};
    use crate::workload::NO_CNI;

    fn node(name: &str, message: &str) -> WorkloadNode {
        let ready = if message.is_empty() { "True" } else { "False" };
        let object = json!({"metadata": {"name": name, "uid": name}, "status": {
            "conditions": [{"type": "Ready", "status": ready, "message": message}], "nodeInfo": {"kubeletVersion": "v1.31.2"}}});
        WorkloadNode::read(&object.to_string()).unwrap()
    }

    fn key(store: &FleetStore, name: &str) -> (ObjectKey, CompactString) {
        let all = clusters(store, &NodeOptions::default());
        all.into_iter().find(|(key, _)| key.object.name == name).unwrap()
    }

    #[test]
    fn nodes_are_found_with_their_machines_and_what_is_not_known_is_told() {
        let mut objects = whole_cluster("a");
        objects.extend(whole_cluster("b"));
        let mut store = store(&objects);
        let machine = store
            .rows(None)
            .find(|row| {
                row.facts.role == Role::Machine
                    && row.facts.cluster.as_deref() == Some("a")
                    && row.facts.node.is_some()
            })
            .unwrap()
            .clone();
        let of_machine = machine.facts.node.clone().unwrap();
        let (a, uid) = key(&store, "a");
        let nodes = vec![node(&of_machine, ""), node("zz", "cni plugin not initialized")];
        assert!(store.take_nodes(&a, &uid, Ok(nodes.clone()), now()));
        let options = NodeOptions::default();
        let built = Nodes::build(&store, &options, now());
        assert_eq!((built.rows.len(), built.clusters, built.unread.len()), (2, 2, 1));
        assert_eq!(
            built.unread[0].cluster.facts.object,
            ObjectName::new("default", "b")
        );
        assert_eq!(built.rows[0].key(), machine.key());
        assert_eq!(
            built.rows[1].key(),
            a,
            "a node without a machine stands for its cluster"
        );
        assert_eq!(built.rows[1].verdict.line, NO_CNI);
        let with = |text: &str| NodeOptions {
            filter: Filter::parse(text).unwrap(),
            ..options.clone()
        };
        assert_eq!(Nodes::build(&store, &with("zz"), now()).hidden, 1);
        assert_eq!(
            Nodes::build(&store, &with("version=v1.31.2"), now()).rows.len(),
            2
        );
        let faults = NodeOptions {
            faults_only: true,
            ..options.clone()
        };
        assert_eq!(Nodes::build(&store, &faults, now()).rows.len(), 1);
        let elsewhere = NodeOptions {
            only: Some(mgmt("nowhere")),
            ..options.clone()
        };
        assert_eq!(Nodes::build(&store, &elsewhere, now()).clusters, 0);
        // What cannot be read any more stays as it was, and that is told.
        store.take_nodes(&a, &uid, Err("it does not answer".to_owned()), now());
        let built = Nodes::build(&store, &options, now());
        assert_eq!((built.rows.len(), built.unread.len()), (2, 2));
        assert_eq!(built.unread[0].why.as_deref(), Some("it does not answer"));
        assert_eq!(built.unread[0].read_at, Some(now()));
        // Those of another life of the name are not its nodes.
        assert!(!store.take_nodes(&a, "another", Ok(nodes), now()));
    }

    #[test]
    fn a_node_whose_drain_a_budget_holds_says_so_beside_what_it_lacks() {
        let mut objects = whole_cluster("a");
        let held = "* Pod shop/web-0: cannot evict pod as it would violate the pod's disruption budget.";
        let machine = objects
            .iter_mut()
            .find(|object| object["kind"] == "Machine" && object["metadata"]["name"] == "a-md-0-79q9d-x7k2p");
        let machine = machine.unwrap();
        machine["metadata"]["deletionTimestamp"] = json!(now().to_string());
        machine["status"]["conditions"] = json!([condition("Deleting", "True", "DrainingNode", held)]);
        let name = machine["status"]["nodeRef"]["name"].as_str().unwrap().to_owned();
        let mut store = store(&objects);
        let (a, uid) = key(&store, "a");
        let line = |store: &mut FleetStore, message: &str| {
            store.take_nodes(
                &a,
                &uid,
                Ok(vec![node(&name, message), node("zz", message)]),
                now(),
            );
            let rows = Nodes::build(store, &NodeOptions::default(), now()).rows;
            let lines = rows
                .into_iter()
                .map(|row| (row.node.name.to_string(), row.verdict.line));
            lines.collect::<HashMap<String, String>>()
        };
        let lines = line(&mut store, "cni plugin not initialized");
        let held = "Pod shop/web-0: cannot evict pod as it would violate the pod's disruption budget.";
        assert_eq!(lines[&name], format!("{NO_CNI}; and {held}"));
        assert_eq!(lines["zz"], NO_CNI);
        assert_eq!(line(&mut store, "")[&name], held);
    }
}
