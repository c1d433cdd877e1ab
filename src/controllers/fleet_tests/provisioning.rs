//! From nothing to an available cluster, and what it looks like then.

use fleetui_base::ObjectName;
use k8s_openapi::api::core::v1::{Node, Secret};
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, logical, number, reason_of, status_of};
use crate::kinds::Watched;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_becomes_available_and_then_nothing_is_written_any_more() {
    let fleet = Fleet::start().await;
    fleet.cluster("one", 1, 3).await;
    fleet.wait_available("one", 3).await;
    fleet.settle().await;

    let cluster = fleet.get(Watched::Cluster, "one").await;
    assert_eq!(cluster["status"]["phase"], "Provisioned");
    assert_eq!(
        cluster["spec"]["controlPlaneEndpoint"],
        json!({"host": "127.0.0.1", "port": 6443})
    );
    let counters = |desired: i64| {
        json!({
            "desiredReplicas": desired, "replicas": desired, "upToDateReplicas": desired, "readyReplicas": desired,
            "availableReplicas": desired, "versions": [{"version": "v1.31.0", "replicas": desired}]
        })
    };
    assert_eq!(cluster["status"]["controlPlane"], counters(1));
    assert_eq!(cluster["status"]["workers"], counters(3));
    let kinds: Vec<&str> = cluster["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .map(|condition| condition["type"].as_str().expect("a type"))
        .collect();
    assert_eq!(
        kinds,
        [
            "Available",
            "RemoteConnectionProbe",
            "InfrastructureReady",
            "ControlPlaneInitialized",
            "ControlPlaneAvailable",
            "WorkersAvailable",
            "RollingOut",
            "Remediating",
            "ScalingDown",
            "ScalingUp",
            "ControlPlaneMachinesReady",
            "WorkerMachinesReady",
            "ControlPlaneMachinesUpToDate",
            "WorkerMachinesUpToDate",
            "Paused",
            "Deleting"
        ]
    );
    machines_are_whole(&fleet).await;
    nodes_are_claimed(&fleet).await;

    fleet.is_left_alone().await;
    fleet.controllers.stop().await;
}

async fn machines_are_whole(fleet: &Fleet) {
    let machines = fleet.list(Watched::Machine).await;
    assert_eq!(machines.len(), 4);
    for machine in &machines {
        let name = machine["metadata"]["name"].as_str().expect("a name");
        assert_eq!(machine["status"]["phase"], "Running", "{name}");
        assert_eq!(machine["spec"]["providerID"], format!("in-memory://{name}"));
        assert_eq!(machine["status"]["nodeRef"]["name"], name);
        for kind in [
            "Ready",
            "Available",
            "UpToDate",
            "NodeHealthy",
            "NodeReady",
            "BootstrapConfigReady",
            "InfrastructureReady",
        ] {
            assert_eq!(status_of(machine, kind), "True", "{name} {kind}");
        }
        let infrastructure = fleet.get(Watched::DevMachine, name).await;
        let owner = &infrastructure["metadata"]["ownerReferences"];
        assert_eq!(
            (&owner[0]["kind"], owner.as_array().map(Vec::len)),
            (&json!("Machine"), Some(1)),
            "{name}"
        );
        assert_eq!(
            infrastructure["metadata"]["annotations"]["cluster.x-k8s.io/cloned-from-name"],
            "one"
        );
        let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
        let secret = secrets.get(name).await.expect("bootstrap data");
        assert_eq!(secret.type_.as_deref(), Some("cluster.x-k8s.io/secret"));
        let data = secret.data.expect("data");
        let control_plane = machine["metadata"]["labels"]
            .get("cluster.x-k8s.io/control-plane")
            .is_some();
        let verb = if control_plane {
            "kubeadm init"
        } else {
            "kubeadm join"
        };
        assert!(String::from_utf8_lossy(&data["value"].0).contains(verb), "{name}");
        assert_eq!(data["format"].0, b"cloud-config");
    }
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    assert!(
        secrets
            .get("one-kubeconfig")
            .await
            .expect("a kubeconfig")
            .data
            .expect("data")
            .contains_key("value")
    );
}

async fn nodes_are_claimed(fleet: &Fleet) {
    let nodes: Api<Node> = Api::all(fleet.workload("one"));
    let nodes = nodes.list(&ListParams::default()).await.expect("nodes").items;
    assert_eq!(nodes.len(), 4);
    for node in nodes {
        let annotations = node.metadata.annotations.expect("annotations");
        assert_eq!(
            annotations["cluster.x-k8s.io/machine"],
            node.metadata.name.expect("a name")
        );
        assert_eq!(annotations["cluster.x-k8s.io/cluster-name"], "one");
        let taints = node.spec.and_then(|spec| spec.taints).unwrap_or_default();
        assert!(
            taints
                .iter()
                .all(|taint| taint.key != "node.cluster.x-k8s.io/uninitialized")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_cluster_stands_still_until_it_is_released() {
    let fleet = Fleet::start().await;
    fleet.cluster("held", 1, 1).await;
    fleet.wait_available("held", 1).await;
    fleet
        .patch(Watched::Cluster, "held", json!({"spec": {"paused": true}}))
        .await;
    let paused = |object: &Value| status_of(object, "Paused") == "True";
    fleet.wait(Watched::MachineDeployment, "held-md", paused).await;
    fleet
        .patch(
            Watched::MachineDeployment,
            "held-md",
            json!({"spec": {"replicas": 2}}),
        )
        .await;
    fleet.settle().await;
    assert_eq!(
        fleet.list(Watched::Machine).await.len(),
        2,
        "nothing is done while it is paused"
    );
    let cluster = fleet.get(Watched::Cluster, "held").await;
    let message = condition(&cluster, "Paused").map(|condition| condition["message"].clone());
    assert_eq!(message, Some(json!("Cluster spec.paused is set to true")));
    fleet
        .patch(Watched::Cluster, "held", json!({"spec": {"paused": false}}))
        .await;
    fleet.wait_available("held", 2).await;
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_machine_says_why_and_goes_on_when_it_may() {
    let fleet = Fleet::start().await;
    fleet.cluster("stuck", 1, 1).await;
    fleet.wait_available("stuck", 1).await;
    let failing = json!({"spec": {"template": {"metadata": {"annotations": {
        crate::FAIL_ANNOTATION: "InsufficientCapacity: no host has 4 CPUs left"
    }}}}});
    fleet.patch(Watched::DevMachineTemplate, "stuck", failing).await;
    fleet
        .patch(
            Watched::MachineDeployment,
            "stuck-md",
            json!({"spec": {"replicas": 2}}),
        )
        .await;
    fleet
        .wait(Watched::MachineDeployment, "stuck-md", |md| {
            // Both machines exist, so the phase is Running; why one is not ready is told.
            md["status"]["phase"] == "Running"
                && condition(md, "MachinesReady").is_some_and(|ready| {
                    let message = ready["message"].as_str().unwrap_or_default();
                    message.contains("no host has 4 CPUs left")
                })
        })
        .await;
    let machines = fleet.list(Watched::DevMachine).await;
    let stuck = machines
        .iter()
        .find(|machine| status_of(machine, "Ready") == "False")
        .expect("a stuck machine");
    assert_eq!(reason_of(stuck, "VMProvisioned"), "InsufficientCapacity");
    let name = stuck["metadata"]["name"].as_str().expect("a name");
    let cured = json!({"metadata": {"annotations": {crate::FAIL_ANNOTATION: null}}});
    fleet.patch(Watched::DevMachine, name, cured).await;
    fleet.wait_available("stuck", 2).await;
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deployments_are_scaled_both_ways() {
    let fleet = Fleet::start().await;
    fleet.cluster("scaled", 1, 1).await;
    fleet.wait_available("scaled", 1).await;
    for replicas in [4, 2, 0] {
        fleet
            .patch(
                Watched::MachineDeployment,
                "scaled-md",
                json!({"spec": {"replicas": replicas}}),
            )
            .await;
        fleet
            .wait(Watched::MachineDeployment, "scaled-md", move |md| {
                number(md, "/status/replicas") == replicas
                    && number(md, "/status/availableReplicas") == replicas
                    && md["status"]["phase"] == "Running"
            })
            .await;
        let nodes: Api<Node> = Api::all(fleet.workload("scaled"));
        let count = nodes
            .list(&ListParams::default())
            .await
            .expect("nodes")
            .items
            .len();
        assert_eq!(
            i64::try_from(count).expect("few"),
            replicas + 1,
            "one more for the control plane"
        );
    }
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_controllers_writes_nothing() {
    let fleet = Fleet::start().await;
    fleet.cluster("same", 1, 2).await;
    fleet.wait_available("same", 2).await;
    fleet.settle().await;
    let before = fleet.server.revision();
    let fleet = fleet.restart().await;
    // They have caught up when a change goes all the way through again.
    fleet.controllers.caught_up().await;
    for _ in 0..3 {
        fleet.controllers.round().await.expect("a round");
    }
    assert_eq!(
        fleet.server.revision(),
        before,
        "nothing was changed, nothing is written"
    );
    fleet
        .patch(
            Watched::MachineDeployment,
            "same-md",
            json!({"spec": {"replicas": 3}}),
        )
        .await;
    fleet.wait_available("same", 3).await;
    fleet.controllers.stop().await;
}

/// It said that its API answers, and that API took whatever it was given, before there was a machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_answers_for_a_workload_cluster_before_its_first_machine_runs() {
    let fleet = Fleet::start().await;
    let reference = |group: &str, kind: &str| json!({"apiGroup": format!("{group}.cluster.x-k8s.io"), "kind": kind, "name": "bare"});
    let in_memory = json!({"backend": {"inMemory": {}}});
    fleet.create(Watched::DevCluster, "bare", in_memory.clone()).await;
    let template = reference("infrastructure", "DevMachineTemplate");
    let plane = json!({
        "replicas": 1, "version": "v1.31.0", "machineTemplate": {"spec": {"infrastructureRef": template}},
        "kubeadmConfigSpec": {"clusterConfiguration": {"certificatesDir": "/etc/kubernetes/pki"}}
    });
    fleet.create(Watched::KubeadmControlPlane, "bare", plane).await;
    let cluster = json!({
        "controlPlaneRef": reference("controlplane", "KubeadmControlPlane"),
        "infrastructureRef": reference("infrastructure", "DevCluster")
    });
    fleet.create(Watched::Cluster, "bare", cluster).await;
    let has_secrets = |plane: &Value| status_of(plane, "CertificatesAvailable") == "True";
    fleet
        .wait(Watched::KubeadmControlPlane, "bare", has_secrets)
        .await;
    let stands = |cluster: &Value| status_of(cluster, "InfrastructureReady") == "True";
    fleet.wait(Watched::Cluster, "bare", stands).await;
    fleet.settle().await;
    let name = ObjectName::new("default", "bare");
    let is_made = || fleet.server.logical_clusters().contains(&logical(&name));
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    let kubeconfig = secrets.get_opt("bare-kubeconfig").await.expect("an answer");
    assert!(kubeconfig.is_some() && !is_made(), "it leads to nobody yet");
    let cluster = fleet.get(Watched::Cluster, "bare").await;
    let probe = condition(&cluster, "RemoteConnectionProbe").expect("it is told");
    assert_eq!(
        (&probe["status"], &probe["reason"], &probe["message"]),
        (
            &json!("False"),
            &json!("ProbeFailed"),
            &json!("Remote connection not established yet")
        )
    );

    let template = json!({"template": {"spec": in_memory}});
    fleet.create(Watched::DevMachineTemplate, "bare", template).await;
    fleet
        .wait(Watched::Cluster, "bare", |cluster| {
            status_of(cluster, "Available") == "True" && status_of(cluster, "RemoteConnectionProbe") == "True"
        })
        .await;
    assert!(is_made());
    fleet.controllers.stop().await;
}

/// The webhook refuses every write of such a Cluster, so that it had neither conditions nor a phase.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topology_without_its_class_is_told_all_the_same() {
    let fleet = Fleet::start().await;
    let topology = json!({"topology": {"classRef": {"name": "quick"}, "version": "v1.31.0"}});
    fleet.create(Watched::Cluster, "topo", topology).await;
    let told = |cluster: &Value| {
        condition(cluster, "TopologyReconciled").is_some_and(|told| {
            let message = told["message"].as_str().unwrap_or_default();
            told["status"] == "False" && message.ends_with("\n* ClusterClass default/quick not found")
        })
    };
    let cluster = fleet.wait(Watched::Cluster, "topo", told).await;
    assert_eq!(cluster["status"]["phase"], "Pending");
    fleet.settle().await;
    fleet.controllers.stop().await;
}

/// Its controllers gave it a finalizer and an address all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn infrastructure_that_others_manage_is_left_to_them() {
    let fleet = Fleet::start().await;
    let managed =
        |by: &str| json!({"name": format!("by-{by}"), "annotations": {"cluster.x-k8s.io/managed-by": by}});
    for by in ["me", "false"] {
        let name = format!("by-{by}");
        fleet
            .create_with(
                Watched::DevCluster,
                managed(by),
                json!({"backend": {"inMemory": {}}}),
            )
            .await;
        let byo = json!({"controlPlaneEndpoint": {"host": "192.0.2.7"}});
        fleet.create_with(Watched::ByoCluster, managed(by), byo).await;
        let reference = |kind: &str| json!({"infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": kind, "name": name}});
        fleet
            .create(Watched::Cluster, &name, reference("DevCluster"))
            .await;
        fleet
            .create(Watched::Cluster, &format!("{name}-byo"), reference("ByoCluster"))
            .await;
    }
    let stands = |cluster: &Value| cluster["status"]["initialization"]["provisioned"] == true;
    for kind in [Watched::DevCluster, Watched::ByoCluster] {
        fleet.wait(kind, "by-false", stands).await;
    }
    fleet.settle().await;
    for kind in [Watched::DevCluster, Watched::ByoCluster] {
        let left = fleet.get(kind, "by-me").await;
        assert_eq!(left["metadata"].get("finalizers"), None, "{left}");
        assert_eq!(
            left.get("status").filter(|status| **status != json!({})),
            None,
            "{left}"
        );
    }
    fleet.controllers.stop().await;
}
