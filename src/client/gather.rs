//! Reads what a preflight looks at: the whole objects of one cluster, the pool of its hosts, and the disruption budgets of the
//! workload cluster. What is only looked at beside, and cannot be read, is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use compact_str::CompactString;
use fleetui_api::kinds::{INFRASTRUCTURE, core};
use fleetui_api::secret_fields::is_secret;
use fleetui_base::{GroupKind, ObjectName};
use fleetui_fleet::describe::Referred;
use fleetui_fleet::preflight::{Budget, Gathered};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::command::Failure;
use crate::fault::Fault;
use crate::settings::ClientSettings;
use crate::supervisor::Handle;
use crate::watcher::encoded;
use crate::whole::Reader;
use crate::workload::Workload;

/// Where objects refer to the template of their machines.
const TEMPLATES: [&str; 3] = [
    "/spec/template/spec/infrastructureRef",
    "/spec/machineTemplate/spec/infrastructureRef",
    "/spec/machineTemplate/infrastructureRef",
];
/// The template of machines that take hosts.
const TAKES_HOSTS: &str = "ByoMachineTemplate";
/// How long a workload cluster is asked at most.
const WORKLOAD: Duration = Duration::from_secs(5);
/// Budgets whose pods are looked for.
const MOST_HOLDING: usize = 20;
/// Objects of one list of a workload cluster.
const PAGE: usize = 500;
/// Pages of nodes that are read; nobody has more.
const MOST_PAGES: usize = 20;

/// What is read of the workload cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// All that a preflight looks at.
    Whole,
    /// What tells how far an upgrade is.
    Progress,
}

/// Reads the cluster, and of its workload cluster what is looked at.
pub(crate) async fn gather(
    handle: &Handle,
    cluster: &ObjectName,
    (looks, now): (Looks, Timestamp),
    settings: &ClientSettings,
) -> Result<Gathered, Failure> {
    let reader = Reader::new(handle, cluster, settings).await?;
    let managed = reader.with_managed_fields();
    let (found, deployments, pools, sets, machines, health_checks) = tokio::join!(
        managed.cluster(),
        managed.labelled("MachineDeployment"),
        managed.labelled("MachinePool"),
        reader.labelled("MachineSet"),
        reader.labelled("Machine"),
        reader.labelled("MachineHealthCheck"),
    );
    let found = found?;
    let mut objects = vec![found];
    for more in [deployments?, pools?, sets?, machines?] {
        objects.extend(more);
    }
    let control_plane = objects
        .first()
        .and_then(|found| reference(found, "/spec/controlPlaneRef"));
    objects.extend(named(&managed, control_plane.into_iter().collect()).await);
    let templates = templates(&objects);
    let takes_hosts = templates
        .iter()
        .any(|(kind, _)| kind.kind.as_ref() == TAKES_HOSTS);
    let stands_behind = behind_pools(&objects);
    let nodes = objects.iter().any(has_nodes);
    let (templates, hosts, class, of_pools, workload) = tokio::join!(
        named(&reader, templates.into_iter().collect()),
        hosts(&reader, takes_hosts),
        class(&reader, objects.first()),
        named(&managed, stands_behind.into_iter().collect()),
        read_workload(handle, cluster, (looks == Looks::Whole, nodes), settings),
    );
    objects.extend(templates);
    objects.extend(of_pools);
    objects.iter_mut().for_each(hide);
    let (class, no_class) = match class {
        Ok(class) => (class, None),
        Err(fault) => (None, Some(fault.to_string())),
    };
    let (workload, no_budgets) = match workload {
        Ok(workload) => (workload, None),
        Err(why) => (Beyond::default(), Some(why)),
    };
    Ok(Gathered {
        objects,
        health_checks: health_checks.unwrap_or_default(),
        class,
        no_class,
        hosts,
        budgets: workload.budgets,
        no_budgets,
        kubelets: workload.kubelets,
        read_at: now,
    })
}

/// Leaves secrets out: what a preflight looks at is shown and recorded.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if is_secret(name) && field.is_string() {
                    *field = "***".into();
                } else {
                    hide(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn named(reader: &Reader<'_>, references: Vec<Referred>) -> Vec<Value> {
    let kinds: BTreeSet<GroupKind> = references.iter().map(|(kind, _)| kind.clone()).collect();
    let contracts = reader.contracts(kinds).await;
    let found: BTreeMap<Referred, Value> = reader.referred(&references, &contracts).await;
    found.into_values().collect()
}

/// The templates of machines that take hosts; what others have in them, no check looks at.
fn templates(objects: &[Value]) -> BTreeSet<Referred> {
    let references = objects
        .iter()
        .flat_map(|object| TEMPLATES.iter().filter_map(|pointer| reference(object, pointer)));
    references
        .filter(|(kind, _)| kind.kind.as_ref() == TAKES_HOSTS)
        .collect()
}

async fn hosts(reader: &Reader<'_>, takes_hosts: bool) -> Vec<Value> {
    if !takes_hosts {
        return Vec::new();
    }
    let kind = GroupKind::new(INFRASTRUCTURE, "ByoHost");
    match reader.all(&kind).await {
        Ok(hosts) => hosts,
        Err(fault) => {
            tracing::debug!(%fault, "the hosts of the namespace cannot be read");
            Vec::new()
        }
    }
}

async fn class(reader: &Reader<'_>, cluster: Option<&Value>) -> Result<Option<Value>, Fault> {
    let topology = cluster.and_then(|cluster| cluster.pointer("/spec/topology"));
    let text = |pointer: &str| topology?.pointer(pointer).and_then(Value::as_str);
    let Some(name) = text("/classRef/name").or_else(|| text("/class")) else {
        return Ok(None);
    };
    let namespace = text("/classRef/namespace").or_else(|| text("/classNamespace"));
    reader.elsewhere(&core("ClusterClass"), namespace, name).await
}

/// What a reference names: with a group as v1beta2 writes it, or with an apiVersion as v1beta1 did.
pub(crate) fn reference(object: &Value, pointer: &str) -> Option<Referred> {
    let found = object.pointer(pointer)?;
    let text = |field: &str| found.get(field).and_then(Value::as_str).unwrap_or_default();
    let group = match text("apiGroup") {
        "" => text("apiVersion").split_once('/').map_or("", |(group, _)| group),
        group => group,
    };
    let (kind, name) = (text("kind"), text("name"));
    (!kind.is_empty() && !name.is_empty()).then(|| (GroupKind::new(group, kind), name.to_owned()))
}

/// What stands behind pools.
fn behind_pools(objects: &[Value]) -> BTreeSet<Referred> {
    let pools = objects
        .iter()
        .filter(|object| object.get("kind").and_then(Value::as_str) == Some("MachinePool"));
    pools
        .filter_map(|pool| reference(pool, "/spec/template/spec/infrastructureRef"))
        .collect()
}

/// Whether it is a pool whose nodes the workload cluster knows more of.
fn has_nodes(object: &Value) -> bool {
    let is_pool = object.get("kind").and_then(Value::as_str) == Some("MachinePool");
    let nodes = object.pointer("/status/nodeRefs").and_then(Value::as_array);
    is_pool && nodes.is_some_and(|nodes| !nodes.is_empty())
}

/// What was read of a workload cluster.
#[derive(Default)]
struct Beyond {
    budgets: Vec<Budget>,
    kubelets: BTreeMap<CompactString, CompactString>,
}

/// What is wanted of the workload cluster, budgets or nodes, or why it cannot be read.
async fn read_workload(
    handle: &Handle,
    cluster: &ObjectName,
    (wants_budgets, wants_nodes): (bool, bool),
    settings: &ClientSettings,
) -> Result<Beyond, String> {
    if !wants_budgets && !wants_nodes {
        return Ok(Beyond::default());
    }
    let reading = async {
        let workload = handle.workloads.of(handle, (cluster, ""), settings).await?;
        Ok::<_, Failure>(Beyond {
            budgets: if wants_budgets {
                budgets(&workload).await?
            } else {
                Vec::new()
            },
            kubelets: if wants_nodes {
                kubelets(&workload).await?
            } else {
                BTreeMap::new()
            },
        })
    };
    match tokio::time::timeout(WORKLOAD, reading).await {
        Ok(read) => read.map_err(|failure| failure.message),
        Err(_elapsed) => Err(format!("it does not answer within {} s", WORKLOAD.as_secs())),
    }
}

/// The versions of kubelets, by node.
async fn kubelets(workload: &Workload<'_>) -> Result<BTreeMap<CompactString, CompactString>, Failure> {
    let mut kubelets = BTreeMap::new();
    let mut path = format!("/api/v1/nodes?limit={PAGE}");
    for _ in 0..MOST_PAGES {
        let list: Items<Node> = get(workload, &path).await?;
        kubelets.extend(list.items.into_iter().filter_map(|node| {
            let version = node.status?.node_info?.kubelet_version;
            Some((node.metadata.name?.into(), version.into()))
        }));
        if list.metadata.more.is_empty() {
            break;
        }
        path = format!(
            "/api/v1/nodes?limit={PAGE}&continue={}",
            encoded(&list.metadata.more)
        );
    }
    Ok(kubelets)
}

async fn budgets(workload: &Workload<'_>) -> Result<Vec<Budget>, Failure> {
    let path = format!("/apis/policy/v1/poddisruptionbudgets?limit={PAGE}");
    let list: Items<PodDisruptionBudget> = get(workload, &path).await?;
    let mut budgets = Vec::new();
    let mut looked_for = 0;
    for found in list.items {
        let namespace = found.metadata.namespace.unwrap_or_default();
        let name = found.metadata.name.unwrap_or_default();
        let status = found.status.unwrap_or_default();
        let mut budget = Budget {
            name: ObjectName::new(&namespace, &name),
            allowed: i64::from(status.disruptions_allowed),
            expected: i64::from(status.expected_pods),
            pods_on: Vec::new(),
        };
        let selector = found.spec.and_then(|spec| spec.selector);
        if budget.holds() && looked_for < MOST_HOLDING {
            looked_for += 1;
            budget.pods_on = nodes(workload, &namespace, selector.as_ref()).await?;
        }
        budgets.push(budget);
    }
    Ok(budgets)
}

/// The nodes that the pods of a budget run on; none where its pods are not named by labels alone.
async fn nodes(
    workload: &Workload<'_>,
    namespace: &str,
    selector: Option<&LabelSelector>,
) -> Result<Vec<CompactString>, Failure> {
    let labels = selector.and_then(|selector| selector.match_labels.as_ref());
    let Some(labels) = labels.filter(|labels| !labels.is_empty()) else {
        return Ok(Vec::new());
    };
    let labels: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let path = format!(
        "/api/v1/namespaces/{}/pods?labelSelector={}&limit={PAGE}",
        encoded(namespace),
        encoded(&labels.join(","))
    );
    let list: Items<Pod> = get(workload, &path).await?;
    let nodes: BTreeSet<CompactString> = list
        .items
        .into_iter()
        .filter_map(|pod| pod.spec?.node_name)
        .map(CompactString::from)
        .collect();
    Ok(nodes.into_iter().collect())
}

#[derive(serde::Deserialize)]
struct Items<T> {
    #[serde(default)]
    metadata: Page,
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

#[derive(Default, serde::Deserialize)]
struct Page {
    #[serde(default, rename = "continue")]
    more: String,
}

async fn get<T: DeserializeOwned>(workload: &Workload<'_>, path: &str) -> Result<T, Failure> {
    let text = workload.get(path).await?;
    Ok(serde_json::from_str(&text).map_err(|error| Fault::Garbled(error.to_string()))?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_not_gathered() {
        let mut object = json!({"spec": {"kubeadmConfigSpec": {
            "files": [{"path": "/etc/kubernetes/admin.conf", "content": "s3cret"}],
            "users": [{"name": "ada", "passwd": "s3cret"}],
            "joinConfiguration": {"discovery": {"bootstrapToken": {"token": "s3cret", "apiServerEndpoint": "10.0.0.1:6443"}}},
        }}});
        hide(&mut object);
        let text = object.to_string();
        assert!(
            !text.contains("s3cret") && text.contains("10.0.0.1:6443"),
            "{text}"
        );
    }
}
