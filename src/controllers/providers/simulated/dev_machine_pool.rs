//! DevMachinePool: as many simulated machines as its MachinePool asks for, all of which start together; each shows up as a node.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::conditions::ConditionStatus;
use fleetui_api::v1beta2::{Cluster, DevMachinePool, MachinePool};
use fleetui_base::ObjectName;
use fleetui_rules::condition_merge::condition;
use fleetui_rules::names;
use jiff::Timestamp;

use super::kubeadm::Configuration;
use super::workload_objects::{self, Host, Role, provider_id, reports};
use super::{ARCHITECTURE, MACHINE_FINALIZER, OS_IMAGE, STARTED_ANNOTATION};
use crate::change::Outcome;
use crate::connection::Reach;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::{Metadata, Object};
use crate::settings::{Network, SimulationSettings};
use crate::{ownership, pausing};

/// What is said of a pool that asks for nothing which can be simulated: `inMemory` is of DevMachines alone.
const NO_BACKEND: &str = "spec.backend.docker is not set, and pools have no other backend; write docker: {}";

/// A DevMachinePool and everything around it.
#[derive(Debug, Clone)]
struct Observed {
    infrastructure: Arc<Object<DevMachinePool>>,
    pool: Option<Arc<Object<MachinePool>>>,
    cluster: Option<Arc<Object<Cluster>>>,
    reach: Reach,
    /// Provider ids whose nodes are there.
    joined: Vec<String>,
    settings: SimulationSettings,
    now: Timestamp,
    recheck: Duration,
}

/// Reconciles one DevMachinePool.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let namespace = id.name.namespace.as_str();
    let Some(infrastructure) = context.cache.get::<DevMachinePool>(namespace, &id.name.name) else {
        return Ok(None);
    };
    let pool = ownership::controller(&infrastructure.metadata)
        .filter(|owner| ownership::kind(owner) == Some(Watched::MachinePool))
        .and_then(|owner| context.cache.get::<MachinePool>(namespace, &owner.name));
    let name = pool.as_ref().map_or("", |pool| pool.spec.cluster_name.as_str());
    let cluster = ObjectName::new(namespace, name);
    let there = |id: &String| {
        context
            .connections
            .node_by_provider_id(&cluster, id)
            .is_some_and(|node| reports(&node))
    };
    let mut observed = Observed {
        cluster: context.cache.get::<Cluster>(namespace, &cluster.name),
        reach: context.connections.reach(&cluster),
        joined: Vec::new(),
        settings: context.settings.simulation.clone(),
        now: context.now(),
        recheck: context.settings.recheck,
        infrastructure,
        pool,
    };
    observed.joined = machines(&observed)
        .iter()
        .map(|name| provider_id(name))
        .filter(there)
        .collect();
    let outcome = plan(&observed);
    context.apply(&observed.infrastructure, outcome).await
}

/// Names of the machines that are wished: the same ones for the same number, so that the last ones go first.
fn machines(observed: &Observed) -> Vec<String> {
    let name = observed.infrastructure.name();
    let wished = observed
        .pool
        .as_ref()
        .map_or(0, |pool| pool.spec.replicas.unwrap_or(1));
    (0..wished)
        .map(|number| {
            let random = names::seeded(observed.settings.seed, &format!("{name}/{number}"));
            names::generated(name, random)
        })
        .collect()
}

fn plan(observed: &Observed) -> Outcome<DevMachinePool> {
    let infrastructure = observed.infrastructure.as_ref();
    let mut outcome = Outcome::unchanged(infrastructure);
    let paused = pausing::paused(infrastructure, observed.cluster.as_deref());
    let holds = pausing::holds(&paused);
    outcome.object.set_condition(paused, observed.now);
    if holds {
        return outcome;
    }
    if infrastructure.is_deleting() {
        outcome.object.metadata.remove_finalizer(MACHINE_FINALIZER);
        return outcome;
    }
    outcome.object.metadata.add_finalizer(MACHINE_FINALIZER);
    outcome.object.status.observed_generation = infrastructure.metadata.generation;
    let ready = start(observed, &mut outcome);
    let ready = match ready {
        None => condition("Ready", ConditionStatus::True, "Ready", ""),
        Some(why) => condition("Ready", ConditionStatus::False, "NotReady", why),
    };
    outcome.object.set_condition(ready, observed.now);
    outcome
}

/// Starts machines and lets them join; tells what is waited for.
fn start(observed: &Observed, outcome: &mut Outcome<DevMachinePool>) -> Option<&'static str> {
    let infrastructure = observed.infrastructure.as_ref();
    // Until they have started there are none.
    outcome.object.status.replicas.get_or_insert(0);
    let backend = infrastructure.spec.backend.as_ref();
    if backend.is_none_or(|backend| backend.docker.is_none()) {
        return Some(NO_BACKEND);
    }
    let Some(pool) = &observed.pool else {
        return Some("Waiting for the MachinePool to own this DevMachinePool");
    };
    if pool.spec.template.spec.bootstrap.data_secret_name.is_none() {
        return Some("Waiting for MachinePool spec.template.spec.bootstrap.dataSecretName to be set");
    }
    let initialised = observed.cluster.as_ref().is_some_and(|cluster| {
        let reached = cluster.status.initialization.as_ref();
        reached.is_some_and(|reached| reached.control_plane_initialized == Some(true))
    });
    if !initialised {
        return Some("Waiting for Cluster control plane to be initialized");
    }
    let started = infrastructure.metadata.annotation(STARTED_ANNOTATION);
    let Some(started) = started.and_then(|started| started.parse::<Timestamp>().ok()) else {
        outcome
            .object
            .metadata
            .set_annotation(STARTED_ANNOTATION, &observed.now.to_string());
        return Some("Waiting for the machines to start");
    };
    let settings = &observed.settings;
    let takes = settings.pace.stretch(settings.vm_startup + settings.node_startup);
    let passed = observed.now.duration_since(started).unsigned_abs();
    if let Some(left) = takes.checked_sub(passed).filter(|left| !left.is_zero()) {
        outcome.look_again(left);
        return Some("Waiting for the machines to start");
    }
    let machines = machines(observed);
    let object = &mut outcome.object;
    object.spec.provider_id_list = machines.iter().map(|name| provider_id(name)).collect();
    object.status.ready = Some(true);
    object.status.replicas = i32::try_from(machines.len()).ok();
    for name in machines {
        let provider_id = provider_id(&name);
        if observed.joined.contains(&provider_id) {
            continue;
        }
        if observed.reach.is_live() {
            outcome.changes.extend(workload_objects::join(&Host {
                kubeadm: Configuration::default(),
                cluster: ObjectName::new(infrastructure.namespace(), &pool.spec.cluster_name),
                version: pool.spec.template.spec.version.clone().unwrap_or_default(),
                address: super::dev_machine::address_of(
                    infrastructure.namespace(),
                    &name,
                    observed.settings.seed,
                ),
                os_image: OS_IMAGE.to_owned(),
                architecture: ARCHITECTURE.to_owned(),
                role: Role::Worker,
                network: Network::Brought,
                now: observed.now,
                node: name,
                provider_id,
            }));
        }
        // A node is told of once it has been seen.
        outcome.look_again(observed.recheck);
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::samples;

    fn observed(replicas: i32) -> Observed {
        let started = json!({
            "metadata": {"annotations": {STARTED_ANNOTATION: "2026-08-21T11:00:00Z"}},
            "spec": {"backend": {"docker": {}}},
        });
        Observed {
            infrastructure: samples::object("p", &started),
            pool: Some(samples::object(
                "p",
                &json!({"spec": {"clusterName": "c", "replicas": replicas, "template": {"spec": {"bootstrap": {"dataSecretName": "x"}}}}}),
            )),
            cluster: Some(samples::cluster()),
            reach: Reach {
                last_success: Some(samples::now()),
                listed: true,
                ..Reach::default()
            },
            joined: Vec::new(),
            settings: SimulationSettings::default(),
            now: samples::now(),
            recheck: Duration::from_secs(15),
        }
    }

    #[test]
    fn as_many_machines_join_as_the_pool_asks_for_and_keep_their_names() {
        let mut world = observed(2);
        let outcome = plan(&world);
        let listed = outcome.object.spec.provider_id_list;
        assert_eq!((listed.len(), outcome.object.status.replicas), (2, Some(2)));
        assert_eq!(outcome.changes.len(), 4, "two nodes, each with its status");
        let three = plan(&observed(3)).object.spec.provider_id_list;
        assert_eq!(three[..2], listed);
        world.joined = listed;
        assert!(plan(&world).changes.is_empty());
    }

    #[test]
    fn a_pool_without_a_backend_is_told_which_there_is() {
        let mut world = observed(1);
        world.infrastructure = samples::object("p", &json!({"spec": {"backend": {}}}));
        let outcome = plan(&world);
        let conditions = &outcome.object.status.conditions;
        let ready = conditions
            .iter()
            .find(|condition| condition.kind == "Ready")
            .unwrap();
        assert_eq!(ready.message, NO_BACKEND);
        assert!(outcome.object.spec.provider_id_list.is_empty() && outcome.changes.is_empty());
    }

    #[test]
    fn machines_wait_for_what_they_need() {
        let mut world = observed(1);
        world.infrastructure = samples::object("p", &json!({"spec": {"backend": {"docker": {}}}}));
        let outcome = plan(&world);
        assert!(outcome.object.metadata.annotation(STARTED_ANNOTATION).is_some());
        assert!(outcome.changes.is_empty() && !outcome.object.is_true("Ready"));
        assert_eq!(outcome.object.status.replicas, Some(0), "none has started yet");
        world.pool = None;
        assert!(
            plan(&world)
                .object
                .metadata
                .annotation(STARTED_ANNOTATION)
                .is_none()
        );
    }
}
