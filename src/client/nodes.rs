//! Reads of workload clusters what the fleet shows: their nodes, and what holds the drain of one of them.

use std::collections::BTreeMap;

use fleetui_api::kinds::core;
use fleetui_base::{ObjectKey, ObjectName};
use fleetui_fleet::drain::{Budget, Drain, DrainRule, Pod, Scene};
use fleetui_fleet::workload::WorkloadNode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::act::gate::Ground;
use crate::command::{Failure, FailureKind};
use crate::fault::Fault;
use crate::fleet_client::FleetClient;
use crate::watcher::encoded;
use crate::whole::Reader;
use crate::workload::Workload;

/// The most pages that are read of one list; no cluster has more nodes than Kubernetes allows, which are 5,000.
const MOST_PAGES: usize = 20;

impl FleetClient {
    /// Reads the nodes of the workload cluster of a Cluster, of this life of it; `uid` is empty where any is meant. Waits while
    /// too many workload clusters are being asked.
    ///
    /// # Errors
    /// There is no kubeconfig yet, or the workload cluster does not answer, as the message says.
    pub async fn nodes(&self, cluster: &ObjectKey, uid: &str) -> Result<Vec<WorkloadNode>, Failure> {
        let ground = self.ground(&cluster.management_cluster)?;
        let limit = ground.settings.execute_timeout;
        let reading = async {
            let handle = &ground.handle;
            let workload = handle
                .workloads
                .of(handle, (&cluster.object, uid), &ground.settings)
                .await?;
            let items = list(&workload, "/api/v1/nodes", ground.settings.page_size).await?;
            let nodes = items.iter().map(|item| {
                WorkloadNode::read(item.get()).map_err(|error| Fault::Garbled(error.to_string()).into())
            });
            nodes.collect()
        };
        match tokio::time::timeout(limit, Box::pin(reading)).await {
            Ok(nodes) => nodes,
            Err(_elapsed) => Err(Fault::TimedOut(limit).into()),
        }
    }

    /// Reads what holds the drain of the node of a Machine, of this life of it.
    ///
    /// # Errors
    /// The Machine has no node or is of no Cluster, or the workload cluster does not answer.
    pub async fn drain(&self, machine: &ObjectKey, uid: &str) -> Result<Drain, Failure> {
        let ground = self.ground(&machine.management_cluster)?;
        let limit = ground.settings.execute_timeout;
        match tokio::time::timeout(limit, Box::pin(drain(&ground, machine, uid))).await {
            Ok(drain) => drain?.ok_or_else(|| {
                let why = format!("{machine} has no node");
                Failure::new(FailureKind::NotFound, why)
            }),
            Err(_elapsed) => Err(Fault::TimedOut(limit).into()),
        }
    }
}

/// What holds the drain of the node of a Machine, of this life of it; nothing where it has no node. It takes as long as it takes.
pub(crate) async fn drain(ground: &Ground, machine: &ObjectKey, uid: &str) -> Result<Option<Drain>, Failure> {
    let (handle, settings) = (&ground.handle, &ground.settings);
    let reader = Reader::new(handle, &machine.object, settings).await?;
    let found = reader
        .elsewhere(&core("Machine"), None, &machine.object.name)
        .await;
    let absent = || Failure::new(FailureKind::NotFound, format!("{machine} is not there any more"));
    let found = found?.ok_or_else(absent)?;
    if !uid.is_empty() && text(&found, "/metadata/uid") != uid {
        return Err(absent());
    }
    let (node, name) = (
        text(&found, "/status/nodeRef/name"),
        text(&found, "/spec/clusterName"),
    );
    if node.is_empty() || name.is_empty() {
        return Ok(None);
    }
    let cluster = ObjectName::new(&machine.object.namespace, name);
    // What cannot be read of it is not asked for.
    let of_cluster = reader
        .elsewhere(&core("Cluster"), None, name)
        .await
        .ok()
        .flatten();
    // Where rules cannot be read, pods are judged without.
    let rules = reader.all(&core("MachineDrainRule")).await.unwrap_or_default();
    let rules: Vec<DrainRule> = rules
        .into_iter()
        .filter_map(|rule| serde_json::from_value(rule).ok())
        .collect();
    let workload = handle.workloads.of(handle, (&cluster, ""), settings).await?;
    let pods = format!(
        "/api/v1/pods?fieldSelector={}",
        encoded(&format!("spec.nodeName={node}"))
    );
    let pods: Vec<Pod> = all(&workload, &pods, settings.page_size).await?;
    let budgets = "/apis/policy/v1/poddisruptionbudgets";
    let budgets: Vec<Budget> = all(&workload, budgets, settings.page_size).await?;
    Ok(Some(Drain::of(&Scene {
        pods: &pods,
        budgets: &budgets,
        rules: &rules,
        machine: &labels(Some(&found)),
        cluster: &labels(of_cluster.as_ref()),
    })))
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    crate::execute::text_at(object, pointer)
}

fn labels(object: Option<&Value>) -> BTreeMap<String, String> {
    let labels = object.and_then(|object| object.pointer("/metadata/labels"));
    labels
        .and_then(|labels| serde_json::from_value(labels.clone()).ok())
        .unwrap_or_default()
}

#[derive(serde::Deserialize)]
struct Page {
    #[serde(default)]
    metadata: Place,
    #[serde(default)]
    items: Vec<Box<RawValue>>,
}

#[derive(Default, serde::Deserialize)]
struct Place {
    #[serde(default)]
    r#continue: Option<String>,
}

/// All pages of a list.
async fn list(workload: &Workload<'_>, path: &str, page_size: u32) -> Result<Vec<Box<RawValue>>, Failure> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{sign}limit={page_size}");
    let mut items = Vec::new();
    let mut next = first.clone();
    for _ in 0..MOST_PAGES {
        let text = workload.get(&next).await?;
        let page: Page = serde_json::from_str(&text).map_err(|error| Fault::Garbled(error.to_string()))?;
        items.extend(page.items);
        match page.metadata.r#continue.filter(|token| !token.is_empty()) {
            Some(token) => next = format!("{first}&continue={}", encoded(&token)),
            None => return Ok(items),
        }
    }
    Ok(items)
}

async fn all<T: DeserializeOwned>(
    workload: &Workload<'_>,
    path: &str,
    page_size: u32,
) -> Result<Vec<T>, Failure> {
    let items = list(workload, path, page_size).await?;
    let read = items.iter().map(|item| serde_json::from_str(item.get()));
    let read: Result<Vec<T>, _> = read.collect();
    Ok(read.map_err(|error| Fault::Garbled(error.to_string()))?)
}
