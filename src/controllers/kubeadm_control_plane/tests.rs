//! Tables of the control plane's plan: one change at a time, and none while something has to settle.

mod conditions;
mod etcd;
mod events;
mod outdated;
mod placing;
mod remediation;
mod rollouts;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fleetui_api::labels;
use fleetui_api::v1beta2::{KubeadmControlPlane, Machine};
use fleetui_base::redact::Secret;
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::components::{COMPONENTS, ETCD_MEMBER, NODE_MARKED};
use super::kubeconfig::Kubeconfig;
use super::observe::{Etcd, Member, Observed, Secrets};
use super::plan::plan;
use super::replicas::{Step, step};
use crate::cache::{Cache, Triggers};
use crate::certificates::{Certificates, Found, Purpose, Wanted};
use crate::change::Change;
use crate::connection::Reach;
use crate::etcd::Seen;
use crate::external::External;
use crate::kinds::{ObjectId, Watched};
use crate::object::Object;
use crate::samples;
use crate::templates::Template;

fn template() -> Option<Template> {
    let object = json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevMachineTemplate",
        "metadata": {"name": "t", "namespace": "default", "uid": "t", "resourceVersion": "1"},
        "spec": {"template": {"spec": {"backend": {"inMemory": {}}}}}
    });
    let object: DynamicObject = serde_json::from_value(object).expect("an object");
    let cache = Cache::new(Arc::new(Triggers::default()));
    cache.put(ObjectId::new(Watched::DevMachineTemplate, "default", "t"), object);
    let reference = serde_json::from_value(json!({
        "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "t"
    }));
    Template::find(&cache, &reference.expect("a reference"), "default")
}

fn observed(control_plane: &Value, machines: Vec<Member>) -> Observed {
    let mut whole = json!({"spec": {
        "replicas": 3, "version": "v1.31.0",
        "machineTemplate": {"spec": {"infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "t"
        }}}
    }});
    json_patch::merge(&mut whole, control_plane);
    let nodes = machines.iter().filter_map(super::etcd_members::node_of);
    let etcd = etcd_of(&nodes.collect::<Vec<_>>());
    Observed {
        control_plane: samples::object::<KubeadmControlPlane>("cp", &whole),
        cluster: Some(samples::cluster()),
        machines,
        has_workers: false,
        template: template(),
        orphans: Vec::new(),
        secrets: Secrets::Trusted,
        kubeadm_config_exists: true,
        foreign: Vec::new(),
        external_etcd: false,
        etcd,
        etcd_is_asked: false,
        workload: super::workload_configuration::Found::default(),
        reach: Reach {
            last_success: Some(samples::now()),
            failures: 0,
            first_probe: None,
            listed: true,
        },
        random: 1,
        now: samples::now(),
        recheck: Duration::from_secs(15),
        grace: Duration::from_mins(5),
    }
}

/// An etcd of these members, the first of which leads.
fn etcd_of(names: &[&str]) -> Etcd {
    if names.is_empty() {
        return Etcd::Unasked;
    }
    let members = (1..).zip(names).map(|(id, name)| crate::etcd::Member {
        id,
        name: (*name).to_owned(),
        learner: false,
    });
    Etcd::Seen(Seen {
        members: members.collect(),
        leader: 1,
        alarms: Vec::new(),
    })
}

/// A control plane of these wishes without machines.
pub(super) fn sample(wishes: &Value) -> Observed {
    observed(wishes, Vec::new())
}

fn member(machine: Arc<Object<Machine>>) -> Member {
    Member {
        machine,
        config: None,
        infrastructure: External::None,
        serving_until: None,
        node: None,
        components: Vec::new(),
    }
}

pub(super) fn healthy_with(name: &str, more: &Value) -> Member {
    let kinds = COMPONENTS
        .iter()
        .map(|(kind, _)| *kind)
        .chain([ETCD_MEMBER, NODE_MARKED]);
    let conditions: Vec<(&str, &str)> = kinds.map(|kind| (kind, "True")).collect();
    let mut whole = json!({"metadata": {"annotations": {labels::CLEANUP_HOOK: ""}}});
    json_patch::merge(&mut whole, more);
    member(samples::machine(name, &conditions, &whole))
}

pub(super) fn healthy(name: &str) -> Member {
    healthy_with(name, &json!({}))
}

fn outdated(name: &str, created: &str) -> Member {
    healthy_with(
        name,
        &json!({"metadata": {"creationTimestamp": created}, "spec": {"version": "v1.30.0"}}),
    )
}

fn blocked(step: Step) -> Vec<String> {
    match step {
        Step::Blocked(problems) => problems,
        Step::Unhealthy(unwell) => unwell.told(),
        other => panic!("not blocked: {other:?}"),
    }
}

#[test]
fn it_grows_one_by_one_and_only_when_all_is_well() {
    assert_eq!(step(&observed(&json!({}), vec![])), Step::ScaleUp);
    assert_eq!(step(&observed(&json!({}), vec![healthy("a")])), Step::ScaleUp);
    assert_eq!(
        step(&observed(
            &json!({}),
            vec![healthy("a"), healthy("b"), healthy("c")]
        )),
        Step::Nothing
    );
    let joining = member(samples::machine("b", &[], &json!({"status": {"nodeRef": null}})));
    let problems = blocked(step(&observed(&json!({}), vec![healthy("a"), joining])));
    assert_eq!(
        problems,
        [
            "waiting for control plane components to become healthy",
            "waiting for etcd cluster to become healthy"
        ]
    );
    let sick = member(samples::machine(
        "b",
        &[
            ("APIServerPodHealthy", "False"),
            ("EtcdPodHealthy", "True"),
            ("EtcdMemberHealthy", "True"),
        ],
        &json!({}),
    ));
    let problems = blocked(step(&observed(&json!({}), vec![sick])));
    assert_eq!(
        problems,
        ["waiting for control plane components to become healthy"]
    );
    let going = healthy_with(
        "b",
        &json!({"metadata": {"deletionTimestamp": "2026-08-21T11:59:00Z"}}),
    );
    assert_eq!(
        blocked(step(&observed(&json!({}), vec![healthy("a"), going]))),
        ["waiting for a control plane Machine to complete deletion"]
    );
}

#[test]
fn an_upgrade_surges_by_one_and_then_takes_the_oldest() {
    let three = || {
        vec![
            outdated("a", "2026-08-21T11:10:00Z"),
            outdated("b", "2026-08-21T11:00:00Z"),
            outdated("c", "2026-08-21T11:20:00Z"),
        ]
    };
    assert_eq!(step(&observed(&json!({}), three())), Step::ScaleUp);
    let mut four = three();
    four.push(healthy("d"));
    assert_eq!(step(&observed(&json!({}), four)), Step::ScaleDown("b".to_owned()));
    let no_surge = json!({"spec": {"rollout": {"strategy": {"rollingUpdate": {"maxSurge": 0}}}}});
    assert_eq!(
        step(&observed(&no_surge, three())),
        Step::ScaleDown("b".to_owned())
    );
}

#[test]
fn a_sick_machine_goes_first_and_does_not_block_its_own_going() {
    let sick = member(samples::machine(
        "z",
        &[],
        &json!({"spec": {"version": "v1.30.0"}}),
    ));
    let machines = vec![
        outdated("a", "2026-08-21T11:00:00Z"),
        sick,
        healthy("c"),
        healthy("d"),
    ];
    assert_eq!(
        step(&observed(&json!({}), machines)),
        Step::ScaleDown("z".to_owned())
    );
    let marked = healthy_with(
        "m",
        &json!({"metadata": {"annotations": {"cluster.x-k8s.io/delete-machine": ""}}}),
    );
    let machines = vec![healthy("a"), healthy("b"), healthy("c"), marked];
    assert_eq!(
        step(&observed(&json!({}), machines)),
        Step::ScaleDown("m".to_owned())
    );
}

#[test]
fn growing_makes_configuration_infrastructure_and_machine_in_this_order() {
    let outcome = plan(&observed(&json!({}), vec![]));
    let made: Vec<(&str, &DynamicObject)> = outcome
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Create { id, object } => Some((id.kind.kind(), object.as_ref())),
            _ => None,
        })
        .collect();
    let kinds: Vec<&str> = made.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, ["KubeadmConfig", "DevMachine", "Machine"]);
    let machine = made[2].1;
    assert!(
        made.iter()
            .all(|(_, object)| object.metadata.name == machine.metadata.name),
        "all have one name"
    );
    let labels = machine.metadata.labels.as_ref().expect("labels");
    assert_eq!(labels["cluster.x-k8s.io/control-plane"], "");
    assert_eq!(labels["cluster.x-k8s.io/control-plane-name"], "cp");
    assert_eq!(machine.data["spec"]["version"], "v1.31.0");
    assert_eq!(
        machine.data["spec"]["readinessGates"].as_array().map(Vec::len),
        Some(6)
    );
}

fn secrets_of(world: &Observed) -> Vec<String> {
    let changes = plan(world).changes;
    let name = |change: Change| match change {
        Change::CreateSecret(secret) => secret.metadata.name,
        _ => None,
    };
    changes.into_iter().filter_map(name).collect()
}

#[test]
fn the_kubeconfig_is_made_once_the_endpoint_is_known() {
    let mut world = observed(&json!({}), vec![]);
    world.secrets = Secrets::Read {
        certificates: Certificates::default(),
        kubeconfig: Kubeconfig::Absent(Secret::new("apiVersion: v1".to_owned())),
    };
    assert_eq!(secrets_of(&world), ["c-kubeconfig"]);
    world.secrets = Secrets::Trusted;
    assert!(secrets_of(&world).is_empty());
}

#[test]
fn missing_certificates_are_made_and_wrong_ones_stop_everything() {
    let mut world = observed(&json!({}), vec![]);
    let pair = Wanted::of(None).make_for_tests(Purpose::Cluster, samples::now());
    let mut read = |found: Found| {
        world.secrets = Secrets::Read {
            certificates: Certificates {
                found: BTreeMap::from([(Purpose::Cluster, found)]),
                cluster: "c".to_owned(),
                of_machines: Vec::new(),
            },
            kubeconfig: Kubeconfig::TooEarly,
        };
        let outcome = plan(&world);
        let told = outcome
            .object
            .condition("CertificatesAvailable")
            .expect("it is told")
            .clone();
        let grows = outcome
            .changes
            .iter()
            .any(|change| matches!(change, Change::Create { .. }));
        (secrets_of(&world), told.status.as_str(), grows, outcome)
    };
    let (secrets, status, grows, _) = read(Found::Made(pair));
    assert_eq!((secrets, status, grows), (vec!["c-ca".to_owned()], "True", true));
    let (secrets, status, grows, outcome) = read(Found::Corrupt("it is nonsense".to_owned()));
    assert_eq!((secrets, status, grows), (vec![], "Unknown", false));
    assert_eq!(outcome.requeue, Some(Duration::from_secs(15)));
    let scaling = outcome.object.condition("ScalingUp").expect("it is told");
    assert_eq!(
        scaling.message,
        "Scaling up from 0 to 3 replicas is blocked because:\n* cluster certificates are missing or unknown"
    );
}

#[test]
fn it_waits_for_workers_before_it_goes() {
    let deleting = json!({"metadata": {
        "deletionTimestamp": "2026-08-21T11:59:00Z", "finalizers": ["kubeadm.controlplane.cluster.x-k8s.io"]
    }});
    let deletes = |world: &Observed| {
        let changes = plan(world).changes;
        changes
            .into_iter()
            .filter(|change| matches!(change, Change::Delete { .. }))
            .count()
    };
    let reason = |world: &Observed| {
        plan(world)
            .object
            .condition("Deleting")
            .map(|told| told.reason.to_string())
    };
    let mut world = observed(&deleting, vec![healthy("a"), healthy("b"), healthy("c")]);
    world.has_workers = true;
    assert_eq!(
        (deletes(&world), reason(&world).as_deref()),
        (0, Some("WaitingForWorkersDeletion"))
    );
    world.has_workers = false;
    assert_eq!(
        (deletes(&world), reason(&world).as_deref()),
        (3, Some("WaitingForMachineDeletion"))
    );
    world.machines.clear();
    assert_eq!(reason(&world).as_deref(), Some("DeletionCompleted"));
    assert_eq!(plan(&world).object.metadata.finalizers, Some(vec![]));
}

#[test]
fn availability_needs_a_quorum_and_one_whole_machine() {
    let available = |machines: Vec<Member>| {
        let outcome = plan(&observed(
            &json!({"status": {"initialization": {"controlPlaneInitialized": true}}}),
            machines,
        ));
        let condition = outcome.object.condition("Available").expect("it is told").clone();
        (condition.status.as_str(), condition.message)
    };
    assert_eq!(
        available(vec![healthy("a"), healthy("b"), healthy("c")]).0,
        "True"
    );
    let sick = |name: &str| {
        member(samples::machine(
            name,
            &[("EtcdMemberHealthy", "False")],
            &json!({}),
        ))
    };
    assert_eq!(
        available(vec![healthy("a"), healthy("b"), sick("c")]).0,
        "True",
        "two of three are a quorum"
    );
    let (status, message) = available(vec![healthy("a"), sick("b"), sick("c")]);
    assert_eq!(status, "False");
    assert_eq!(
        message,
        "* 1 of 3 etcd members is healthy, at least 2 healthy member required for etcd quorum"
    );
}
