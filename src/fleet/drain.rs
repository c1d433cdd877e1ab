//! What holds the drain of a node: the pods that are still on it, each with the budget or the rule that keeps it there.
//!
//! Follows Cluster API's drain: pods of DaemonSets, mirror pods and those that a label or a MachineDrainRule skips stay and hold
//! nothing; the others are evicted, which a PodDisruptionBudget may not allow. Must not know: how pods were read.

use std::collections::BTreeMap;

use compact_str::CompactString;
use fleetui_api::kinds::Role;
use fleetui_api::v1beta2::{LabelSelector, MachineDrainRuleSpec};
use fleetui_base::{ObjectKey, ObjectName};
use fleetui_rules::selector;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::FleetStore;
use crate::waits_for;

/// The label by which a pod asks for another treatment: `skip`, `wait-completed`.
const DRAIN: &str = "cluster.x-k8s.io/drain";
/// The annotation of pods that a kubelet has from a file.
const MIRROR: &str = "kubernetes.io/config.mirror";
/// The label that namespaces have their names in.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// What is told of a drain that a budget holds before that is a problem.
pub const HELD: &str =
    "a disruption budget holds the drain of a node, which is a problem once it has done so for 3 minutes";

/// The same behind something else that is told.
pub(crate) const HOLDS: &str = "a disruption budget holds the drain of a node";

/// A pod that keeps a node from being drained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPod {
    /// The pod.
    pub pod: ObjectName,
    /// By what.
    pub by: HeldBy,
}

/// What keeps a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeldBy {
    /// A PodDisruptionBudget that lets no pod go.
    Budget {
        /// The budget, in the pod's namespace.
        name: CompactString,
        /// Pods of it that are well.
        healthy: i64,
        /// Pods that have to be.
        wanted: i64,
    },
    /// More than one budget is about it, which Kubernetes refuses to evict.
    Budgets(Vec<CompactString>),
    /// It runs to its end, as its label or this MachineDrainRule says.
    Completion(Option<CompactString>),
    /// It was evicted and has not ended.
    Ending(Timestamp),
}

impl HeldPod {
    /// As a sentence. From the cluster: not yet safe to show.
    pub fn sentence(&self) -> String {
        let pod = &self.pod;
        match &self.by {
            HeldBy::Budget {
                name,
                healthy,
                wanted,
            } => format!(
                "pod {pod} is held by budget {name}, which allows no disruption ({healthy} of {wanted} pods that it wants are well)"
            ),
            HeldBy::Budgets(names) => format!(
                "pod {pod} is not evicted as several budgets are about it: {}",
                names.join(", ")
            ),
            HeldBy::Completion(None) => {
                format!("pod {pod} is waited for until it completes, as its label {DRAIN} asks")
            }
            HeldBy::Completion(Some(rule)) => {
                format!("pod {pod} is waited for until it completes, as MachineDrainRule {rule} asks")
            }
            HeldBy::Ending(since) => format!("pod {pod} was evicted and has not ended since {since}"),
        }
    }
}

/// What is known of the drain of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drain {
    /// Pods that are held, by namespace and name.
    pub held: Vec<HeldPod>,
    /// Pods that are on their way.
    pub leaving: usize,
}

/// So many pods are named.
pub(crate) const MOST_NAMED: usize = 8;

/// Of so many drains is told what holds them, where those of a fleet are told together.
const MOST_TOLD: usize = 16;

/// What is known of what holds the drain of the node of a Machine, in sentences; none where nobody has asked yet. Not yet safe to
/// show.
pub fn told(store: &FleetStore, machine: &ObjectKey, uid: &str) -> Vec<String> {
    let drain = match store.drain(machine, uid) {
        None => return Vec::new(),
        Some(Err(why)) => return vec![format!("which pods hold the drain is not known: {why}")],
        Some(Ok(drain)) => drain,
    };
    let mut told: Vec<String> = drain
        .held
        .iter()
        .take(MOST_NAMED)
        .map(HeldPod::sentence)
        .collect();
    match drain.held.len().saturating_sub(MOST_NAMED) {
        0 => {}
        more => told.push(format!("{more} more pods are held")),
    }
    match (drain.held.is_empty(), drain.leaving) {
        (true, 0) => told.push("no pod holds the drain any more".to_owned()),
        (_, 0) => {}
        (_, 1) => told.push("1 pod is on its way".to_owned()),
        (_, leaving) => told.push(format!("{leaving} pods are on their way")),
    }
    told
}

/// The same of all drains that are under way, each with its Machine; of those behind the first of them only how many there are.
pub fn told_of_all(store: &FleetStore) -> Vec<String> {
    let all = draining(store).into_iter().filter_map(|(machine, uid)| {
        let told = told(store, &machine, &uid);
        (!told.is_empty()).then_some((machine, told))
    });
    let all: Vec<(ObjectKey, Vec<String>)> = all.collect();
    let more = all.len().saturating_sub(MOST_TOLD);
    let first = all.into_iter().take(MOST_TOLD).flat_map(|(machine, told)| {
        let told = told.into_iter();
        told.map(move |what| format!("Machine {}: {what}", machine.object))
    });
    first
        .chain((more > 0).then(|| format!("{more} more are being drained")))
        .collect()
}

/// The Machines whose nodes are being drained, each with its uid.
pub fn draining(store: &FleetStore) -> Vec<(ObjectKey, CompactString)> {
    let machines = store
        .rows(None)
        .filter(|row| row.facts.role == Role::Machine && waits_for::is_draining(row));
    let mut machines: Vec<_> = machines.map(|row| (row.key(), row.facts.uid.clone())).collect();
    machines.sort();
    machines
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The pods on the node.
    pub pods: &'a [Pod],
    /// The budgets of the workload cluster.
    pub budgets: &'a [Budget],
    /// The MachineDrainRules of the Machine's namespace.
    pub rules: &'a [DrainRule],
    /// The labels of the Machine.
    pub machine: &'a BTreeMap<String, String>,
    /// The labels of its Cluster.
    pub cluster: &'a BTreeMap<String, String>,
}

/// What is done with a pod.
enum Treatment<'a> {
    Evict,
    Skip,
    Complete(Option<&'a str>),
}

impl Drain {
    /// What holds the drain.
    pub fn of(scene: &Scene<'_>) -> Self {
        let mut drain = Self::default();
        for pod in scene.pods.iter().filter(|pod| !pod.stays()) {
            let held = match treatment(scene, pod) {
                Treatment::Skip => continue,
                Treatment::Complete(rule) => {
                    (!pod.is_finished()).then(|| HeldBy::Completion(rule.map(Into::into)))
                }
                Treatment::Evict => held(scene.budgets, pod),
            };
            match held {
                Some(by) => drain.held.push(HeldPod { pod: pod.name(), by }),
                None => drain.leaving += 1,
            }
        }
        drain.held.sort_by(|one, other| one.pod.cmp(&other.pod));
        drain
    }
}

fn held(budgets: &[Budget], pod: &Pod) -> Option<HeldBy> {
    if let Some(since) = pod.metadata.deletion_timestamp {
        return Some(HeldBy::Ending(since));
    }
    if pod.is_finished() || pod.is_pending() {
        return None;
    }
    let about: Vec<&Budget> = budgets.iter().filter(|budget| budget.is_about(pod)).collect();
    match about.as_slice() {
        [] => None,
        [budget] => {
            (budget.status.disruptions_allowed <= 0 && !budget.lets_unready_go(pod)).then(|| HeldBy::Budget {
                name: budget.metadata.name.as_str().into(),
                healthy: budget.status.current_healthy,
                wanted: budget.status.desired_healthy,
            })
        }
        several => {
            let names = several.iter().map(|budget| budget.metadata.name.as_str().into());
            Some(HeldBy::Budgets(names.collect()))
        }
    }
}

/// The label of a pod counts before any rule; of the rules the first by name that is about it.
fn treatment<'a>(scene: &Scene<'a>, pod: &Pod) -> Treatment<'a> {
    match pod.metadata.labels.get(DRAIN).map(String::as_str) {
        Some("skip") => return Treatment::Skip,
        Some("wait-completed") => return Treatment::Complete(None),
        Some(_) | None => {}
    }
    let about = scene.rules.iter().filter(|rule| rule.is_about(scene, pod));
    let first = about.min_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
    match first {
        Some(rule) if rule.spec.drain.behavior == "Skip" => Treatment::Skip,
        Some(rule) if rule.spec.drain.behavior == "WaitCompleted" => {
            Treatment::Complete(Some(rule.metadata.name.as_str()))
        }
        Some(_) | None => Treatment::Evict,
    }
}

/// What of an object's metadata is looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Metadata {
    namespace: String,
    name: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    owner_references: Vec<Owner>,
    deletion_timestamp: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Owner {
    kind: String,
    controller: bool,
}

/// A pod of a workload cluster.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Pod {
    metadata: Metadata,
    status: PodStatus,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct PodStatus {
    phase: String,
    conditions: Vec<PodCondition>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct PodCondition {
    r#type: String,
    status: String,
}

impl Pod {
    fn name(&self) -> ObjectName {
        ObjectName::new(&self.metadata.namespace, &self.metadata.name)
    }

    /// Whether a drain leaves it where it is: a mirror pod, or one of a DaemonSet that has not ended.
    fn stays(&self) -> bool {
        let owners = &self.metadata.owner_references;
        let of_daemon_set = owners
            .iter()
            .any(|owner| owner.controller && owner.kind == "DaemonSet");
        self.metadata.annotations.contains_key(MIRROR) || (of_daemon_set && !self.is_finished())
    }

    fn is_finished(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// Whether it has never run; no budget counts it, and every eviction of it is allowed.
    fn is_pending(&self) -> bool {
        self.status.phase == "Pending"
    }

    fn is_ready(&self) -> bool {
        let mut conditions = self.status.conditions.iter();
        conditions.any(|condition| condition.r#type == "Ready" && condition.status == "True")
    }
}

/// A PodDisruptionBudget of a workload cluster.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Budget {
    metadata: Metadata,
    spec: BudgetSpec,
    status: BudgetStatus,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BudgetSpec {
    selector: Option<LabelSelector>,
    unhealthy_pod_eviction_policy: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BudgetStatus {
    disruptions_allowed: i64,
    current_healthy: i64,
    desired_healthy: i64,
}

impl Budget {
    /// A missing selector selects nothing, an empty one everything in the namespace.
    fn is_about(&self, pod: &Pod) -> bool {
        let selector = self.spec.selector.as_ref();
        self.metadata.namespace == pod.metadata.namespace
            && selector.is_some_and(|selector| selector::accepts(selector, &pod.metadata.labels))
    }

    /// A pod that is not ready counts for nothing: it goes where the policy says so, or while enough others are well.
    fn lets_unready_go(&self, pod: &Pod) -> bool {
        let enough =
            self.status.current_healthy >= self.status.desired_healthy && self.status.desired_healthy > 0;
        !pod.is_ready() && (self.spec.unhealthy_pod_eviction_policy == "AlwaysAllow" || enough)
    }
}

/// A MachineDrainRule of a management cluster.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct DrainRule {
    metadata: Metadata,
    spec: MachineDrainRuleSpec,
}

impl DrainRule {
    /// Empty lists select everything, as missing selectors do. Of a namespace only its name is known, which is a label of it.
    fn is_about(&self, scene: &Scene<'_>, pod: &Pod) -> bool {
        let spec = &self.spec;
        let namespace = BTreeMap::from([(NAMESPACE_NAME.to_owned(), pod.metadata.namespace.clone())]);
        let machines = spec.machines.is_empty()
            || spec.machines.iter().any(|it| {
                selector::accepts_or_missing(it.selector.as_ref(), scene.machine)
                    && selector::accepts_or_missing(it.cluster_selector.as_ref(), scene.cluster)
            });
        let pods = spec.pods.is_empty()
            || spec.pods.iter().any(|it| {
                selector::accepts_or_missing(it.selector.as_ref(), &pod.metadata.labels)
                    && selector::accepts_or_missing(it.namespace_selector.as_ref(), &namespace)
            });
        machines && pods
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(name: &str, change: impl FnOnce(&mut Value)) -> Pod {
        let mut object = json!({
            "metadata": {"namespace": "shop", "name": name, "labels": {"app": "web"},
                "ownerReferences": [{"kind": "ReplicaSet", "controller": true}]},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
        });
        change(&mut object);
        serde_json::from_value(object).unwrap()
    }

    fn budget(name: &str, allowed: i64) -> Budget {
        let object = json!({
            "metadata": {"namespace": "shop", "name": name}, "spec": {"selector": {"matchLabels": {"app": "web"}}},
            "status": {"disruptionsAllowed": allowed, "currentHealthy": 2, "desiredHealthy": 2},
        });
        serde_json::from_value(object).unwrap()
    }

    fn drain(pods: &[Pod], budgets: &[Budget], rules: &[DrainRule]) -> Drain {
        let labels = BTreeMap::from([("pool".to_owned(), "a".to_owned())]);
        let none = BTreeMap::new();
        Drain::of(&Scene {
            pods,
            budgets,
            rules,
            machine: &labels,
            cluster: &none,
        })
    }

    fn rule(name: &str, behavior: &str, spec: &Value) -> DrainRule {
        let mut object = json!({"metadata": {"name": name}, "spec": spec});
        object["spec"]["drain"] = json!({"behavior": behavior});
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_budget_that_allows_nothing_holds_its_pods_by_name() {
        let found = drain(&[pod("b", |_| {}), pod("a", |_| {})], &[budget("web", 0)], &[]);
        let names: Vec<&str> = found.held.iter().map(|held| held.pod.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let said = found.held[0].sentence();
        assert!(
            said.contains("pod shop/a") && said.contains("budget web") && said.contains("2 of 2"),
            "{said}"
        );
        assert_eq!(drain(&[pod("a", |_| {})], &[budget("web", 1)], &[]).leaving, 1);
        let two = drain(&[pod("a", |_| {})], &[budget("web", 1), budget("all", 1)], &[]);
        assert_eq!(two.held[0].by, HeldBy::Budgets(vec!["web".into(), "all".into()]));
        // Elsewhere, or with other labels, it holds nothing.
        let other = pod("a", |object| object["metadata"]["namespace"] = "elsewhere".into());
        assert!(drain(&[other], &[budget("web", 0)], &[]).held.is_empty());
        // One that has never run is of no budget, and goes.
        let pending = pod("a", |object| object["status"] = json!({"phase": "Pending"}));
        assert!(
            drain(&[pending], &[budget("web", 0), budget("all", 0)], &[])
                .held
                .is_empty()
        );
        // A pod that is not ready goes while enough others are well.
        let unready = pod("a", |object| object["status"]["conditions"] = json!([]));
        assert!(drain(&[unready], &[budget("web", 0)], &[]).held.is_empty());
    }

    #[test]
    fn what_no_drain_touches_holds_nothing_and_what_is_ending_is_told() {
        let daemon = pod("d", |object| {
            object["metadata"]["ownerReferences"][0]["kind"] = "DaemonSet".into();
        });
        let mirror = pod("m", |object| {
            object["metadata"]["annotations"] = json!({(MIRROR): "x"});
        });
        let skipped = pod("s", |object| object["metadata"]["labels"][DRAIN] = "skip".into());
        let finished = pod("f", |object| object["status"]["phase"] = "Succeeded".into());
        let found = drain(&[daemon, mirror, skipped, finished], &[budget("web", 0)], &[]);
        assert_eq!((found.held.len(), found.leaving), (0, 1));
        let ending = pod("e", |object| {
            object["metadata"]["deletionTimestamp"] = "2026-06-01T12:00:00Z".into();
        });
        let completes = pod("c", |object| {
            object["metadata"]["labels"][DRAIN] = "wait-completed".into();
        });
        let found = drain(&[ending, completes], &[], &[]);
        let said: Vec<String> = found.held.iter().map(HeldPod::sentence).collect();
        assert!(said[0].contains("pod shop/c is waited for"), "{said:?}");
        assert!(
            said[1].contains("has not ended since 2026-06-01T12:00:00Z"),
            "{said:?}"
        );
    }

    #[test]
    fn of_the_rules_that_are_about_a_pod_the_first_by_name_counts() {
        let pods = json!([{"selector": {"matchLabels": {"app": "web"}},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}]);
        let waits = rule("b", "WaitCompleted", &json!({"pods": pods}));
        let found = drain(
            &[pod("a", |_| {})],
            &[budget("web", 0)],
            std::slice::from_ref(&waits),
        );
        assert_eq!(found.held[0].by, HeldBy::Completion(Some("b".into())));
        let machines = json!([{"selector": {"matchLabels": {"pool": "a"}}}]);
        let skips = rule("a", "Skip", &json!({"machines": machines}));
        assert_eq!(
            drain(&[pod("a", |_| {})], &[budget("web", 0)], &[waits, skips]),
            Drain::default()
        );
        let others = rule(
            "a",
            "Skip",
            &json!({"machines": [{"selector": {"matchLabels": {"pool": "z"}}}]}),
        );
        assert_eq!(
            drain(&[pod("a", |_| {})], &[budget("web", 0)], &[others])
                .held
                .len(),
            1
        );
    }

    #[test]
    fn of_many_drains_the_first_are_told_and_the_others_counted() {
        use crate::fixtures::{condition, machine, now, store, with};

        let draining = |number: usize| {
            let says = condition("Deleting", "True", "DrainingNode", "");
            with(
                machine("prod", ("MachineSet", "set"), &format!("m{number:02}")),
                &[
                    ("/metadata/deletionTimestamp", json!(now().to_string())),
                    ("/status/conditions", json!([says])),
                ],
            )
        };
        let told = |count: usize| {
            let machines: Vec<Value> = (0..count).map(draining).collect();
            let mut store = store(&machines);
            for (key, uid) in super::draining(&store) {
                assert!(store.take_drain(&key, &uid, Ok(Drain::default())));
            }
            told_of_all(&store)
        };
        let few = told(MOST_TOLD);
        assert_eq!(few.len(), MOST_TOLD);
        assert_eq!(few[0], "Machine default/m00: no pod holds the drain any more");
        let many = told(MOST_TOLD + 3);
        assert_eq!(many.len(), MOST_TOLD + 1);
        assert_eq!(many[MOST_TOLD], "3 more are being drained");
    }
}
