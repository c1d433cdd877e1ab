//! Tables of the MachinePool: what it takes over, its nodes, its phase, and its deletion.

use std::sync::Arc;
use std::time::Duration;

use fleetui_api::v1beta2::MachinePool;
use k8s_openapi::api::core::v1::Node;
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::observe::Observed;
use super::plan::plan;
use crate::cache::{Cache, Triggers};
use crate::change::{Change, WorkloadWrite};
use crate::connection::Reach;
use crate::external::External;
use crate::kinds::{ObjectId, Watched};
use crate::samples;

fn external(kind: Watched, more: &Value) -> External {
    let mut object = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind(),
        "metadata": {"name": "p", "namespace": "default", "uid": "uid-x", "resourceVersion": "1"}
    });
    json_patch::merge(&mut object, more);
    let id = ObjectId::new(kind, "default", "p");
    let cache = Cache::new(Arc::new(Triggers::default()));
    let object: DynamicObject = serde_json::from_value(object).expect("an object");
    cache.put(id.clone(), object);
    External::Found(cache.entry(&id).expect("it was put"))
}

fn observed(more: &Value) -> Observed {
    let mut pool = json!({"spec": {"clusterName": "c", "replicas": 2, "template": {"spec": {
        "clusterName": "c", "version": "v1.31.0", "bootstrap": {"dataSecretName": "x"}
    }}}});
    json_patch::merge(&mut pool, more);
    Observed {
        pool: samples::object::<MachinePool>("p", &pool),
        cluster: Some(samples::cluster()),
        bootstrap: External::None,
        infrastructure: external(Watched::DevMachinePool, &json!({})),
        reach: Reach {
            last_success: Some(samples::now()),
            failures: 0,
            first_probe: None,
            listed: true,
        },
        nodes: Vec::new(),
        retired: Vec::new(),
        now: samples::now(),
        recheck: Duration::from_secs(15),
    }
}

fn node(name: &str, ready: &str) -> Arc<Node> {
    let node = json!({
        "metadata": {"name": name, "uid": format!("uid-{name}")},
        "spec": {"providerID": format!("in-memory://{name}"), "taints": [
            {"key": "node.cluster.x-k8s.io/uninitialized", "effect": "NoSchedule"}
        ]},
        "status": {
            "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": "2026-08-21T11:00:00Z"}],
            "nodeInfo": {
                "kubeletVersion": "v1.31.0", "architecture": "", "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "",
                "kubeProxyVersion": "", "machineID": "", "operatingSystem": "", "osImage": "", "systemUUID": ""
            }
        }
    });
    Arc::new(serde_json::from_value(node).expect("a Node"))
}

fn standing() -> External {
    external(
        Watched::DevMachinePool,
        &json!({"spec": {"providerIDList": ["in-memory://a", "in-memory://b"]}, "status": {"ready": true, "replicas": 2}}),
    )
}

/// What the plan writes on nodes: `claim a` or `delete a`.
fn on_nodes(world: &Observed) -> Vec<String> {
    let told = plan(world).changes.into_iter().filter_map(|change| match change {
        Change::Workload {
            write: WorkloadWrite::Patch { target, .. },
            ..
        } => Some(format!("claim {}", target.name)),
        Change::Workload {
            write: WorkloadWrite::Delete(target),
            ..
        } => Some(format!("delete {}", target.name)),
        _ => None,
    });
    told.collect()
}

fn phase(world: &Observed) -> String {
    plan(world).object.status.phase.unwrap_or_default()
}

#[test]
fn a_pool_takes_over_what_its_infrastructure_lists_and_counts_its_nodes() {
    let mut world = observed(&json!({}));
    assert_eq!(phase(&world), "Provisioning");
    let adopted = plan(&world).changes.into_iter().find_map(|change| match change {
        Change::Patch { id, patch, .. } => Some((id.kind, patch["metadata"]["ownerReferences"][0].clone())),
        _ => None,
    });
    let (kind, owner) = adopted.expect("adopted");
    assert_eq!(
        (kind, &owner["controller"]),
        (Watched::DevMachinePool, &json!(true))
    );
    // It may count its machines before they are there.
    world.infrastructure = external(Watched::DevMachinePool, &json!({"status": {"replicas": 0}}));
    assert_eq!(plan(&world).object.status.replicas, Some(0));
    world.infrastructure = standing();
    world.nodes = vec![node("a", "True")];
    let object = plan(&world).object;
    assert_eq!(object.spec.provider_id_list.len(), 2);
    let status = &object.status;
    assert_eq!(
        (status.replicas, status.ready_replicas, status.up_to_date_replicas),
        (Some(2), Some(1), Some(1))
    );
    assert_eq!(status.phase.as_deref(), Some("ScalingUp"));
    assert_eq!(status.node_refs[0].name.as_deref(), Some("a"));
    assert_eq!(
        object
            .old("ReplicasReady")
            .and_then(|old| old.reason.clone())
            .as_deref(),
        Some("WaitingForReplicasReady")
    );
    world.nodes.push(node("b", "True"));
    assert_eq!(phase(&world), "Running");
    assert_eq!(
        plan(&world)
            .object
            .old("Ready")
            .map(|old| old.status.clone())
            .as_deref(),
        Some("True")
    );
    assert_eq!(on_nodes(&world), ["claim a", "claim b"]);
    world.retired = vec![node("old", "True")];
    assert_eq!(on_nodes(&world), ["claim a", "claim b", "delete old"]);
    world.reach = Reach::default();
    assert!(on_nodes(&world).is_empty(), "nobody answers");
}

#[test]
fn the_nodes_of_a_pool_are_told_whenever_they_are_others() {
    let told = |world: &Observed| -> Vec<String> {
        let told = plan(world).told.into_iter();
        told.map(|told| told.text()).collect()
    };
    let mut world = observed(&json!({}));
    world.infrastructure = standing();
    assert_eq!(told(&world), [""; 0], "none is there");
    world.nodes = vec![node("a", "True"), node("b", "True")];
    let reference = |name: &str| {
        format!(
            "{{Kind:Node Namespace: Name:{name} UID:uid-{name} APIVersion:v1 ResourceVersion: FieldPath:}}"
        )
    };
    assert_eq!(
        told(&world),
        [format!(
            "SuccessfulSetNodeRefs: [{} {}]",
            reference("a"),
            reference("b")
        )]
    );
    world.pool = Arc::new(plan(&world).object);
    assert_eq!(told(&world), [""; 0], "they are the same");
    world.nodes.pop();
    assert_eq!(
        told(&world),
        [format!("SuccessfulSetNodeRefs: [{}]", reference("a"))]
    );
    world.nodes.clear();
    assert_eq!(told(&world), [""; 0], "they are listed, and may come again");
    let mut pool = world.pool.as_ref().clone();
    pool.spec.replicas = Some(0);
    world.pool = Arc::new(pool);
    world.infrastructure = external(
        Watched::DevMachinePool,
        &json!({"spec": {"providerIDList": []}, "status": {"ready": true}}),
    );
    assert_eq!(told(&world), ["SuccessfulSetNodeRefs: []"]);
}

/// Infrastructure that is recreated, or that has not come up after a restore, must not cost the nodes that run.
#[test]
fn nodes_stay_while_nobody_tells_which_machines_there_are() {
    let known = json!({"status": {"nodeRefs": [{"name": "old"}], "readyReplicas": 1}});
    let missing = || External::Missing {
        kind: "DevMachinePool".to_owned(),
        watched: true,
    };
    let dev = |more: Value| external(Watched::DevMachinePool, &more);
    let lists = json!({"spec": {"providerIDList": ["in-memory://a"]}});
    let mut stands = lists.clone();
    json_patch::merge(&mut stands, &json!({"status": {"ready": true}}));
    let cases = [
        (missing(), 2, false),
        (External::None, 2, false),
        (dev(json!({})), 2, false),
        (dev(lists), 2, false),
        (dev(json!({"status": {"ready": true}})), 2, false),
        (
            dev(json!({"spec": {"providerIDList": []}, "status": {"ready": true}})),
            0,
            true,
        ),
        (dev(stands), 2, true),
    ];
    for (infrastructure, wished, expected) in cases {
        let mut pool = known.clone();
        json_patch::merge(&mut pool, &json!({"spec": {"replicas": wished}}));
        let mut world = observed(&pool);
        world.infrastructure = infrastructure;
        world.retired = vec![node("old", "True")];
        let deleted = on_nodes(&world).contains(&"delete old".to_owned());
        assert_eq!(deleted, expected, "{:?}", world.infrastructure);
        let status = plan(&world).object.status;
        assert_eq!(status.node_refs.is_empty(), expected, "what is known is kept");
        assert_eq!(status.ready_replicas, Some(i32::from(!expected)));
    }
}

/// EKS and others call their kubelets so.
#[test]
fn a_kubelet_with_build_data_is_up_to_date() {
    for (kubelet, up_to_date) in [
        ("v1.31.0-eks-ae9a62a", 1),
        ("v1.31.0+k3s1", 1),
        ("v1.31.1", 0),
        ("odd", 0),
    ] {
        let mut world = observed(&json!({}));
        world.infrastructure = standing();
        let mut told: Node = node("a", "True").as_ref().clone();
        let info = told.status.as_mut().and_then(|status| status.node_info.as_mut());
        kubelet.clone_into(&mut info.expect("it tells").kubelet_version);
        world.nodes = vec![Arc::new(told)];
        assert_eq!(
            plan(&world).object.status.up_to_date_replicas,
            Some(up_to_date),
            "{kubelet}"
        );
    }
}

#[test]
fn whoever_manages_the_replicas_elsewhere_is_followed() {
    let mut world =
        observed(&json!({"metadata": {"annotations": {"cluster.x-k8s.io/replicas-managed-by": "scaler"}}}));
    world.infrastructure = external(
        Watched::DevMachinePool,
        &json!({"spec": {"replicas": 5}, "status": {"initialization": {"provisioned": true}}}),
    );
    let object = plan(&world).object;
    assert_eq!(object.spec.replicas, Some(5));
    assert_eq!(object.status.phase.as_deref(), Some("Scaling"));
}

#[test]
fn a_deleted_pool_takes_its_infrastructure_and_then_its_nodes() {
    let deleted = json!({"metadata": {
        "deletionTimestamp": "2026-08-21T11:59:00Z", "finalizers": ["machinepool.cluster.x-k8s.io"]
    }});
    let mut world = observed(&deleted);
    world.nodes = vec![node("a", "True")];
    let outcome = plan(&world);
    assert_eq!(outcome.object.status.phase.as_deref(), Some("Deleting"));
    assert_eq!(outcome.object.metadata.finalizers.map(|all| all.len()), Some(1));
    assert!(on_nodes(&world).is_empty());
    world.infrastructure = External::Missing {
        kind: "DevMachinePool".to_owned(),
        watched: true,
    };
    assert_eq!(on_nodes(&world), ["delete a"]);
    assert_eq!(plan(&world).object.metadata.finalizers, Some(vec![]));
}

#[test]
fn a_second_pass_changes_nothing() {
    let mut world = observed(&json!({}));
    world.infrastructure = standing();
    world.nodes = vec![node("a", "True"), node("b", "True")];
    world.pool = Arc::new(plan(&world).object);
    assert_eq!(plan(&world).object, *world.pool);
}
