//! What the deletion of a machine asks of its workload cluster before it is planned: pods are evicted, volumes looked at, the
//! node deleted.
//!
//! Must not know: what comes of the answers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fleetui_api::v1beta2::MachineDrainRule;
use fleetui_base::ObjectName;
use futures::pin_mut;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Namespace, Node, PersistentVolume, Pod};
use k8s_openapi::api::storage::v1::VolumeAttachment;
use kube::Api;
use kube::api::{DeleteParams, EvictParams, ListParams};
use serde::de::DeserializeOwned;

use super::drain::Drained;
use super::drain::pods::{self, Behaviour, Setting};
use super::observe::Observed;
use super::volumes::{self, Attached, Named};
use super::{deletion, node};
use crate::change::WorkloadWrite;
use crate::context::Context;
use crate::error::Error;
use crate::object::Metadata;
use crate::pausing;
use crate::providers::simulated::budgets;

/// Lists are read in pages of so many objects.
const PAGE: u32 = 100;
/// So long pods are evicted in one pass; the rest follows in the next.
const EVICTION_BUDGET: Duration = Duration::from_secs(10);
/// On a node that does not answer, pods are not given more time.
const SHORT_GRACE_SECONDS: u32 = 1;

/// What was asked, and answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Leaving {
    pub(super) drain: Answer<Drained>,
    pub(super) volumes: Answer<Attached>,
    pub(super) node: Answer<()>,
}

/// An answer of the workload cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Answer<T> {
    /// There was nothing to ask yet.
    #[default]
    NotAsked,
    /// The workload cluster did not answer, or not well: why.
    Failed(String),
    /// What it said.
    Is(T),
}

impl<T> Answer<T> {
    fn of(result: Result<T, Error>, what: &str, observed: &Observed) -> Self {
        match result {
            Ok(answer) => Self::Is(answer),
            Err(error) => {
                let machine = observed.machine.name();
                tracing::warn!(machine, what, %error, "a step of a machine's deletion failed and is tried again");
                Self::Failed(error.to_string())
            }
        }
    }

    fn silent() -> Self {
        Self::Failed("the workload cluster does not answer".to_owned())
    }
}

/// Asks what the deletion needs to know next.
pub(super) async fn ask(context: &Context, observed: &Observed) -> Leaving {
    let mut leaving = Leaving::default();
    let machine = observed.machine.as_ref();
    let paused = pausing::paused(machine, observed.cluster.as_deref());
    if !machine.is_deleting() || pausing::holds(&paused) || !deletion::handles_node(observed) {
        return leaving;
    }
    if deletion::drains(observed) {
        leaving.drain = drain(context, observed).await;
        if !matches!(&leaving.drain, Answer::Is(drained) if drained.is_complete()) {
            return leaving;
        }
    }
    if deletion::waits_for_volumes(observed) {
        leaving.volumes = attached(context, observed).await;
    }
    if deletion::deletes_node(observed) {
        leaving.node = delete_node(context, observed).await;
    }
    leaving
}

async fn drain(context: &Context, observed: &Observed) -> Answer<Drained> {
    // Since when is written down first, and the node closed to new pods.
    if !deletion::drain_has_begun(observed) {
        return Answer::NotAsked;
    }
    if !observed.reach.is_live() {
        return Answer::silent();
    }
    match &observed.node {
        None => Answer::Is(Drained::default()),
        Some(found) if !node::is_cordoned(found) => Answer::NotAsked,
        Some(found) => Answer::of(evict_all(context, observed, found).await, "drain", observed),
    }
}

async fn attached(context: &Context, observed: &Observed) -> Answer<Attached> {
    if !observed.reach.is_live() {
        return Answer::silent();
    }
    match &observed.node {
        // What a node that does not answer has attached stays so.
        Some(found) if !pods::is_unreachable(found) => {
            Answer::of(volumes_of(context, observed, found).await, "volumes", observed)
        }
        Some(_) | None => Answer::Is(Attached::default()),
    }
}

async fn delete_node(context: &Context, observed: &Observed) -> Answer<()> {
    let Some(name) = deletion::node_name(observed).filter(|_| observed.reach.is_live()) else {
        return Answer::silent();
    };
    let delete = WorkloadWrite::Delete(node::target(name));
    let deleted = context.write_workload(&cluster(observed), delete).await;
    Answer::of(deleted, "node", observed)
}

fn cluster(observed: &Observed) -> ObjectName {
    let machine = observed.machine.as_ref();
    ObjectName::new(machine.namespace(), &machine.spec.cluster_name)
}

/// Evicts the pods whose turn it is, and tells what is left.
async fn evict_all(context: &Context, observed: &Observed, node: &Node) -> Result<Drained, Error> {
    let client = context.workload_client(&cluster(observed)).await?;
    budgets::settle(context, &cluster(observed)).await?;
    let batch = pods::batch(pods_of(context, observed, &client, node).await?);
    let mut drained = batch.rest;
    let params = EvictParams {
        delete_options: pods::is_unreachable(node).then(|| DeleteParams {
            grace_period_seconds: Some(SHORT_GRACE_SECONDS),
            ..DeleteParams::default()
        }),
        ..EvictParams::default()
    };
    let budget = tokio::time::sleep(EVICTION_BUDGET);
    pin_mut!(budget);
    for pod in batch.evict {
        let name = pods::name(&pod);
        let api: Api<Pod> = Api::namespaced(client.clone(), pod.metadata.namespace());
        let eviction = context.request(format!("evict {name}"), api.evict(pod.metadata.name(), &params));
        let answer = if budget.is_elapsed() {
            None
        } else {
            tokio::select! {
                answer = eviction => Some(answer),
                () = &mut budget => None,
            }
        };
        match answer {
            Some(Ok(_)) => drained.terminating.push(name),
            Some(Err(error)) if error.is_not_found() => {}
            Some(Err(error)) => drained.refused.entry(refusal(&error)).or_default().push(name),
            None => {
                let late = format!(
                    "eviction timeout of {}s reached, eviction will be retried",
                    EVICTION_BUDGET.as_secs()
                );
                drained.refused.entry(late).or_default().push(name);
            }
        }
    }
    drained.terminating.sort_unstable();
    Ok(drained)
}

/// Why a pod was not evicted, in the server's words where it said any.
fn refusal(error: &Error) -> String {
    let Some(answer) = error.answer() else {
        return error.to_string();
    };
    let causes = answer.details.iter().flat_map(|details| &details.causes);
    let terminating = causes.clone().any(|cause| cause.reason == "NamespaceTerminating");
    if terminating {
        return "Cannot evict pod from terminating namespace: unable to create eviction (kube-controller-manager should set \
                deletionTimestamp)"
            .to_owned();
    }
    if answer.code != 429 {
        return answer.message.clone();
    }
    let causes: Vec<&str> = causes.map(|cause| cause.message.as_str()).collect();
    format!("{} {}", answer.message, causes.join(","))
        .trim_end()
        .to_owned()
}

/// The pods of a node, and what draining means for each.
async fn pods_of(
    context: &Context,
    observed: &Observed,
    client: &kube::Client,
    node: &Node,
) -> Result<Vec<(Pod, Behaviour)>, Error> {
    let on_node = ListParams::default().fields(&format!("spec.nodeName={}", node.metadata.name()));
    let all = list::<Pod>(context, &Api::all(client.clone()), on_node, "pods").await?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let namespaces: BTreeMap<_, _> = list(context, &namespaces, ListParams::default(), "namespaces")
        .await?
        .into_iter()
        .map(|namespace: Namespace| {
            (
                namespace.metadata.name().to_owned(),
                namespace.metadata.all_labels().clone(),
            )
        })
        .collect();
    let rules = context
        .cache
        .in_namespace::<MachineDrainRule>(observed.machine.namespace());
    let setting = Setting {
        rules: pods::rules_for(rules, &observed.machine, observed.cluster.as_deref()),
        namespaces,
        daemon_sets: daemon_sets(context, client, &all).await?,
        unreachable: pods::is_unreachable(node),
    };
    all.into_iter()
        .map(|pod| {
            let behaviour = pods::behaviour(&pod, &setting, observed.now).map_err(Error::Unclear)?;
            Ok((pod, behaviour))
        })
        .collect()
}

/// Which of the DaemonSets that pods belong to are there.
async fn daemon_sets(
    context: &Context,
    client: &kube::Client,
    pods: &[Pod],
) -> Result<BTreeSet<String>, Error> {
    let named: BTreeSet<String> = pods.iter().filter_map(pods::daemon_set).collect();
    let mut there = BTreeSet::new();
    for set in named {
        let (namespace, name) = set.split_once('/').unwrap_or_default();
        let api: Api<DaemonSet> = Api::namespaced(client.clone(), namespace);
        let found = context
            .request(format!("get DaemonSet {set}"), api.get_metadata_opt(name))
            .await?;
        if found.is_some() {
            there.insert(set);
        }
    }
    Ok(there)
}

/// The volumes of a node that are waited for.
async fn volumes_of(context: &Context, observed: &Observed, node: &Node) -> Result<Attached, Error> {
    let client = context.workload_client(&cluster(observed)).await?;
    let attachments: Api<VolumeAttachment> = Api::all(client.clone());
    let attachments = list(context, &attachments, ListParams::default(), "VolumeAttachments").await?;
    let named = Named::read(node, &attachments).map_err(Error::Unclear)?;
    if named.is_empty() {
        return Ok(Attached::default());
    }
    let skipped = pods_of(context, observed, &client, node).await?;
    let skipped = skipped.iter().filter(|(_, how)| *how == Behaviour::Skip);
    let ignored: BTreeSet<String> = skipped.flat_map(|(pod, _)| volumes::claims(pod)).collect();
    let volumes: Api<PersistentVolume> = Api::all(client);
    let volumes = list(context, &volumes, ListParams::default(), "PersistentVolumes").await?;
    Ok(named.awaited(&volumes, &ignored))
}

/// All objects of a kind, page by page.
async fn list<K: Clone + DeserializeOwned + std::fmt::Debug>(
    context: &Context,
    api: &Api<K>,
    params: ListParams,
    what: &str,
) -> Result<Vec<K>, Error> {
    let mut params = params.limit(PAGE);
    let mut all = Vec::new();
    loop {
        let page = context
            .request(format!("list {what} of a workload cluster"), api.list(&params))
            .await?;
        all.extend(page.items);
        match page.metadata.continue_.filter(|more| !more.is_empty()) {
            Some(more) => params.continue_token = Some(more),
            None => return Ok(all),
        }
    }
}
