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
use k8s_openapi::api::core::v1::Pod;
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

/// Reads the cluster, and the budgets of its workload cluster where that is asked for.
pub(crate) async fn gather(
    handle: &Handle,
    cluster: &ObjectName,
    (budgets, now): (bool, Timestamp),
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
    let (templates, hosts, class, budgets) = tokio::join!(
        named(&reader, templates.into_iter().collect()),
        hosts(&reader, takes_hosts),
        class(&reader, objects.first()),
        read_budgets(handle, cluster, budgets, settings),
    );
    objects.extend(templates);
    objects.iter_mut().for_each(hide);
    let (budgets, no_budgets) = match budgets {
        Ok(budgets) => (budgets, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Ok(Gathered {
        objects,
        health_checks: health_checks.unwrap_or_default(),
        class,
        hosts,
        budgets,
        no_budgets,
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

async fn class(reader: &Reader<'_>, cluster: Option<&Value>) -> Option<Value> {
    let topology = cluster?.pointer("/spec/topology")?;
    let text = |pointer: &str| topology.pointer(pointer).and_then(Value::as_str);
    let name = text("/classRef/name").or_else(|| text("/class"))?;
    let namespace = text("/classRef/namespace").or_else(|| text("/classNamespace"));
    reader.elsewhere(&core("ClusterClass"), namespace, name).await
}

/// What a reference names: with a group as v1beta2 writes it, or with an apiVersion as v1beta1 did.
fn reference(object: &Value, pointer: &str) -> Option<Referred> {
    let found = object.pointer(pointer)?;
    let text = |field: &str| found.get(field).and_then(Value::as_str).unwrap_or_default();
    let group = match text("apiGroup") {
        "" => text("apiVersion").split_once('/').map_or("", |(group, _)| group),
        group => group,
    };
    let (kind, name) = (text("kind"), text("name"));
    (!kind.is_empty() && !name.is_empty()).then(|| (GroupKind::new(group, kind), name.to_owned()))
}

/// The budgets of the workload cluster, or why they cannot be read.
async fn read_budgets(
    handle: &Handle,
    cluster: &ObjectName,
    wanted: bool,
    settings: &ClientSettings,
) -> Result<Vec<Budget>, String> {
    if !wanted {
        return Ok(Vec::new());
    }
    let reading = async {
        let workload = handle.workloads.of(handle, (cluster, ""), settings).await?;
        budgets(&workload).await
    };
    match tokio::time::timeout(WORKLOAD, reading).await {
        Ok(read) => read.map_err(|failure| failure.message),
        Err(_elapsed) => Err(format!("it does not answer within {} s", WORKLOAD.as_secs())),
    }
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
    #[serde(default = "Vec::new")]
    items: Vec<T>,
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
