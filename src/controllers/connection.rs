//! What is known of workload clusters: whether their API answers, their nodes, and the pods of their control planes.
//!
//! Must not know: who asks their APIs, and how often.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use fleetui_base::ObjectName;
use fleetui_base::clock::whole_seconds;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod};
use tokio::sync::Notify;

/// How a workload cluster's API has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reach {
    /// When it answered last.
    pub(crate) last_success: Option<Timestamp>,
    /// Questions without an answer since then.
    pub(crate) failures: u32,
    /// When it was asked first.
    pub(crate) first_probe: Option<Timestamp>,
    /// Whether its nodes and control plane pods have been listed once.
    pub(crate) listed: bool,
}

impl Reach {
    /// Whether what is known of its nodes is current.
    pub(crate) fn is_live(&self) -> bool {
        self.listed && self.last_success.is_some() && self.failures == 0
    }

    /// Whether it has been asked without an answer for longer than `grace`.
    pub(crate) fn is_lost(&self, now: Timestamp, grace: Duration) -> bool {
        let since = self.last_success.or(self.first_probe);
        self.failures > 0 && since.is_some_and(|since| now.duration_since(since).unsigned_abs() > grace)
    }

    /// What to tell of the last answer.
    pub(crate) fn describe(&self) -> String {
        match self.last_success.map(whole_seconds) {
            Some(last) => format!("Last successful probe at {last}"),
            None => "Remote connection not established yet".to_owned(),
        }
    }
}

#[derive(Debug, Default)]
struct Connection {
    reach: Reach,
    /// How often it was asked since it is watched.
    asked: u64,
    /// How many graces had passed without an answer when it was asked last.
    graces_passed: usize,
    /// Whether those who wait for it were told last that it is live.
    told_live: bool,
    nodes_listed: bool,
    pods_listed: bool,
    nodes: BTreeMap<String, Arc<Node>>,
    /// Names of nodes by their provider ids; of two with the same one the first.
    by_provider_id: HashMap<String, BTreeSet<String>>,
    pods: BTreeMap<String, Arc<Pod>>,
    hurry: Arc<Notify>,
}

impl Connection {
    fn forget_node(&mut self, name: &str) {
        let Some(node) = self.nodes.remove(name) else {
            return;
        };
        let Some(id) = provider_id(&node) else {
            return;
        };
        if let Some(names) = self.by_provider_id.get_mut(id) {
            names.remove(name);
            if names.is_empty() {
                self.by_provider_id.remove(id);
            }
        }
    }
}

fn provider_id(node: &Node) -> Option<&str> {
    node.spec.as_ref()?.provider_id.as_deref()
}

/// All workload clusters that are watched or shall be.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    known: RwLock<HashMap<ObjectName, Connection>>,
    wanted: Mutex<BTreeSet<ObjectName>>,
    bell: Notify,
}

impl Connections {
    /// Says whether a cluster shall be watched.
    pub(crate) fn want(&self, cluster: &ObjectName, wanted: bool) {
        let mut all = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = if wanted {
            all.insert(cluster.clone())
        } else {
            all.remove(cluster)
        };
        if changed {
            self.bell.notify_one();
        }
    }

    /// Waits until the wishes have changed, and tells them.
    pub(crate) async fn wishes(&self) -> BTreeSet<ObjectName> {
        self.bell.notified().await;
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says that a cluster that did not answer yet is likely to answer now.
    pub(crate) fn hurry(&self, cluster: &ObjectName) {
        self.read(cluster, |connection| connection.hurry.notify_one());
    }

    /// How often each cluster that is watched was asked.
    pub(crate) fn asked(&self) -> BTreeMap<ObjectName, u64> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let asked = known
            .iter()
            .map(|(name, connection)| (name.clone(), connection.asked));
        asked.collect()
    }

    /// Rings when somebody says so.
    pub(crate) fn hurried(&self, cluster: &ObjectName) -> Arc<Notify> {
        self.write(cluster, |connection| Arc::clone(&connection.hurry))
    }

    /// Forgets a cluster.
    pub(crate) fn forget(&self, cluster: &ObjectName) {
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(cluster);
    }

    /// How a cluster's API has answered.
    pub(crate) fn reach(&self, cluster: &ObjectName) -> Reach {
        self.read(cluster, |connection| connection.reach)
            .unwrap_or_default()
    }

    /// The node with this provider id.
    pub(crate) fn node_by_provider_id(&self, cluster: &ObjectName, provider_id: &str) -> Option<Arc<Node>> {
        self.read(cluster, |connection| {
            let names = connection.by_provider_id.get(provider_id)?;
            connection.nodes.get(names.first()?).cloned()
        })
        .flatten()
    }

    /// The node of this name.
    pub(crate) fn node(&self, cluster: &ObjectName, name: &str) -> Option<Arc<Node>> {
        self.read(cluster, |connection| connection.nodes.get(name).cloned())
            .flatten()
    }

    /// The static pods of this component, `etcd`, by the names of their nodes.
    pub(crate) fn pods_of_component(
        &self,
        cluster: &ObjectName,
        component: &str,
    ) -> BTreeMap<String, Arc<Pod>> {
        let node = |name: &str| Some(name.strip_prefix(component)?.strip_prefix('-')?.to_owned());
        self.read(cluster, |connection| {
            let pods = connection.pods.iter();
            pods.filter_map(|(name, pod)| Some((node(name)?, pod.clone())))
                .collect()
        })
        .unwrap_or_default()
    }

    /// The control plane pod of this name.
    pub(crate) fn pod(&self, cluster: &ObjectName, name: &str) -> Option<Arc<Pod>> {
        self.read(cluster, |connection| connection.pods.get(name).cloned())
            .flatten()
    }

    /// The resourceVersions of its nodes and of its control plane's pods, by name.
    pub(crate) fn versions(
        &self,
        cluster: &ObjectName,
    ) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
        let of =
            |name: &String, version: &Option<String>| (name.clone(), version.clone().unwrap_or_default());
        self.read(cluster, |connection| {
            (
                connection
                    .nodes
                    .iter()
                    .map(|(name, node)| of(name, &node.metadata.resource_version))
                    .collect(),
                connection
                    .pods
                    .iter()
                    .map(|(name, pod)| of(name, &pod.metadata.resource_version))
                    .collect(),
            )
        })
        .unwrap_or_default()
    }

    /// Takes in an answer to a probe; tells whether that changed anything for those who read. A silence does when it begins,
    /// and when it has lasted longer than one of the graces.
    pub(crate) fn probed(
        &self,
        cluster: &ObjectName,
        answered: bool,
        now: Timestamp,
        graces: [Duration; 2],
    ) -> bool {
        self.write(cluster, |connection| {
            connection.asked += 1;
            let reach = &mut connection.reach;
            reach.first_probe.get_or_insert(now);
            let news = if answered {
                let news = reach.failures > 0 || reach.last_success.is_none();
                reach.last_success = Some(now);
                reach.failures = 0;
                news
            } else {
                reach.failures = reach.failures.saturating_add(1);
                reach.failures == 1
            };
            let passed = graces
                .into_iter()
                .filter(|grace| reach.is_lost(now, *grace))
                .count();
            news | (std::mem::replace(&mut connection.graces_passed, passed) != passed)
        })
    }

    /// Whether it has become live, or is so no longer, since this was asked last.
    pub(crate) fn has_turned(&self, cluster: &ObjectName) -> bool {
        self.write(cluster, |connection| {
            let live = connection.reach.is_live();
            std::mem::replace(&mut connection.told_live, live) != live
        })
    }

    /// Takes in a node.
    pub(crate) fn put_node(&self, cluster: &ObjectName, node: Node) {
        let name = node.metadata.name.clone().unwrap_or_default();
        self.write(cluster, |connection| {
            connection.forget_node(&name);
            if let Some(id) = provider_id(&node) {
                let names = connection.by_provider_id.entry(id.to_owned()).or_default();
                names.insert(name.clone());
            }
            connection.nodes.insert(name, Arc::new(node));
        });
    }

    /// Forgets a node.
    pub(crate) fn remove_node(&self, cluster: &ObjectName, name: &str) {
        self.write(cluster, |connection| connection.forget_node(name));
    }

    /// Takes in a complete list of nodes.
    pub(crate) fn nodes_listed(&self, cluster: &ObjectName, names: &BTreeSet<String>) {
        self.write(cluster, |connection| {
            let known = connection.nodes.keys();
            let gone: Vec<String> = known.filter(|name| !names.contains(*name)).cloned().collect();
            for name in gone {
                connection.forget_node(&name);
            }
            connection.nodes_listed = true;
            connection.reach.listed = connection.pods_listed;
        });
    }

    /// Takes in a control plane pod.
    pub(crate) fn put_pod(&self, cluster: &ObjectName, pod: Pod) {
        let name = pod.metadata.name.clone().unwrap_or_default();
        self.write(cluster, |connection| connection.pods.insert(name, Arc::new(pod)));
    }

    /// Forgets a control plane pod.
    pub(crate) fn remove_pod(&self, cluster: &ObjectName, name: &str) {
        self.write(cluster, |connection| connection.pods.remove(name));
    }

    /// Takes in a complete list of control plane pods.
    pub(crate) fn pods_listed(&self, cluster: &ObjectName, names: &BTreeSet<String>) {
        self.write(cluster, |connection| {
            connection.pods.retain(|name, _| names.contains(name));
            connection.pods_listed = true;
            connection.reach.listed = connection.nodes_listed;
        });
    }

    fn read<T>(&self, cluster: &ObjectName, read: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(cluster)
            .map(read)
    }

    fn write<T>(&self, cluster: &ObjectName, write: impl FnOnce(&mut Connection) -> T) -> T {
        write(
            self.known
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(cluster.clone())
                .or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_found_by_its_provider_id_as_long_as_it_has_it() {
        let (connections, cluster) = (Connections::default(), ObjectName::new("default", "c"));
        let put = |name: &str, id: Option<&str>| {
            let spec = serde_json::json!({"metadata": {"name": name}, "spec": {"providerID": id}});
            connections.put_node(&cluster, serde_json::from_value(spec).expect("a node"));
        };
        let found = |id: &str| {
            let node = connections.node_by_provider_id(&cluster, id)?;
            node.metadata.name.clone()
        };
        put("a", None);
        assert_eq!(found("byoh://a"), None);
        put("a", Some("byoh://a"));
        put("b", Some("byoh://a"));
        assert_eq!(found("byoh://a").as_deref(), Some("a"));
        put("a", Some("byoh://other"));
        assert_eq!(found("byoh://a").as_deref(), Some("b"));
        assert_eq!(found("byoh://other").as_deref(), Some("a"));
        connections.nodes_listed(&cluster, &BTreeSet::from(["b".to_owned()]));
        assert_eq!(found("byoh://other"), None);
        connections.remove_node(&cluster, "b");
        assert_eq!(found("byoh://a"), None);
    }

    #[test]
    fn a_cluster_is_lost_only_after_the_grace_and_comes_back_at_once() {
        let connections = Connections::default();
        let cluster = ObjectName::new("default", "c");
        let at = |second| Timestamp::from_second(second).expect("a time");
        let grace = Duration::from_secs(50);
        assert!(
            !connections.reach(&cluster).is_lost(at(0), grace),
            "it was never asked"
        );
        let graces = [grace, 2 * grace];
        let probed = |answered, second| connections.probed(&cluster, answered, at(second), graces);
        assert!(probed(false, 0));
        assert!(
            connections.reach(&cluster).is_lost(at(51), grace),
            "it was never there"
        );
        assert!(probed(true, 100));
        connections.nodes_listed(&cluster, &BTreeSet::new());
        assert!(
            !connections.reach(&cluster).is_live(),
            "its pods are not known yet"
        );
        connections.pods_listed(&cluster, &BTreeSet::new());
        assert!(connections.reach(&cluster).is_live());
        assert!(!probed(true, 110), "no news");
        assert!(connections.has_turned(&cluster) && !connections.has_turned(&cluster));
        assert!(probed(false, 120));
        assert!(connections.has_turned(&cluster));
        let reach = connections.reach(&cluster);
        assert!(!reach.is_live() && !reach.is_lost(at(120), grace));
        assert!(reach.is_lost(at(161), grace));
        assert_eq!(reach.describe(), "Last successful probe at 1970-01-01T00:01:50Z");
        let news = [130, 160, 161, 170, 210, 211, 220, 300].map(|second| probed(false, second));
        let at_graces = [false, false, true, false, false, true, false, false];
        assert_eq!(
            news, at_graces,
            "silence is news when it begins and when a grace has passed"
        );
        assert!(probed(true, 310));
        assert!(connections.reach(&cluster).is_live());
    }
}
