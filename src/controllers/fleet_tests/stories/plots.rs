//! What stories are about. Every step may have been done before.

use std::sync::OnceLock;

use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::core::DynamicObject;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::Fleet;
use super::super::harness::{number, reason_of, status_of};
use crate::kinds::Watched;

/// What is done with a cluster between its coming and its going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fleet_tests) enum Plot {
    /// Nothing.
    Plain,
    /// Its workers get another version.
    Rollout,
    /// A resource set brings something into it.
    Addons,
    /// It has a pool, which becomes smaller.
    Pool,
    /// A worker falls ill, is drained and replaced.
    Health,
}

/// A story under way.
#[derive(Debug)]
pub(in crate::fleet_tests) struct Told {
    plot: Plot,
    pub(super) name: String,
    /// The machine that falls ill.
    ill: OnceLock<String>,
}

const WORKERS: i32 = 2;

impl Told {
    pub(in crate::fleet_tests) fn new(plot: Plot, name: &str) -> Self {
        Self {
            plot,
            name: name.to_owned(),
            ill: OnceLock::new(),
        }
    }

    /// Makes the objects of its cluster.
    pub(in crate::fleet_tests) async fn begins(&self, fleet: &Fleet) {
        fleet.cluster(&self.name, 1, WORKERS).await;
    }

    /// The cluster comes, and what the plot says is done.
    pub(in crate::fleet_tests) async fn comes(&self, fleet: &Fleet) {
        fleet.wait_available(&self.name, WORKERS.into()).await;
        match self.plot {
            Plot::Plain => {}
            Plot::Rollout => self.rolls_out(fleet).await,
            Plot::Addons => self.gets_addons(fleet).await,
            Plot::Pool => self.has_a_pool(fleet).await,
            Plot::Health => self.falls_ill(fleet).await,
        }
        fleet.wait_available(&self.name, WORKERS.into()).await;
    }

    /// Takes away what does not go with the cluster.
    pub(super) async fn clear(&self, fleet: &Fleet) {
        let params = DeleteParams::background();
        let _ = fleet
            .api(Watched::ClusterResourceSet)
            .delete(&self.name, &params)
            .await;
        let maps: Api<ConfigMap> = Api::namespaced(fleet.client.clone(), "default");
        let _ = maps.delete(&self.name, &params).await;
    }

    async fn rolls_out(&self, fleet: &Fleet) {
        let deployment = format!("{}-md", self.name);
        let newer = json!({"spec": {"template": {"spec": {"version": "v1.31.1"}}}});
        fleet.patch(Watched::MachineDeployment, &deployment, newer).await;
        // What the deployment says of itself may still be about what was before.
        let newer = |machine: &Value| {
            machine["spec"]["version"] == "v1.31.1" && status_of(machine, "Available") == "True"
        };
        let workers = usize::try_from(WORKERS).expect("few");
        fleet.wait_count(Watched::Machine, workers, newer).await;
        let older = |machine: &Value| {
            machine["spec"]["version"] == "v1.31.0"
                && machine["metadata"]["labels"]
                    .get("cluster.x-k8s.io/control-plane")
                    .is_none()
        };
        fleet.wait_count(Watched::Machine, 0, older).await;
        let done = |deployment: &Value| {
            ["RollingOut", "ScalingUp", "ScalingDown"]
                .iter()
                .all(|kind| status_of(deployment, kind) == "False")
                && number(deployment, "/status/upToDateReplicas") == i64::from(WORKERS)
        };
        fleet.wait(Watched::MachineDeployment, &deployment, done).await;
    }

    async fn gets_addons(&self, fleet: &Fleet) {
        let maps: Api<ConfigMap> = Api::namespaced(fleet.client.clone(), "default");
        let brought = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: brought, namespace: kube-system}\ndata: {a: b}\n";
        once(
            &maps,
            json!({"metadata": {"name": self.name}, "data": {"brought.yaml": brought}}),
        )
        .await;
        let set = json!({
            "clusterSelector": {"matchLabels": {"addons": self.name}},
            "resources": [{"kind": "ConfigMap", "name": self.name}]
        });
        create_once(fleet, Watched::ClusterResourceSet, &self.name, &set).await;
        let labels = json!({"metadata": {"labels": {"addons": self.name}}});
        fleet.patch(Watched::Cluster, &self.name, labels).await;
        let applied = |set: &Value| reason_of(set, "ResourcesApplied") == "Applied";
        fleet.wait(Watched::ClusterResourceSet, &self.name, applied).await;
        let there: Api<ConfigMap> = Api::namespaced(fleet.workload(&self.name), "kube-system");
        there.get("brought").await.expect("it was brought");
    }

    async fn has_a_pool(&self, fleet: &Fleet) {
        let name = format!("{}-pool", self.name);
        create_once(
            fleet,
            Watched::DevMachinePool,
            &name,
            &json!({"backend": {"docker": {}}}),
        )
        .await;
        let reference =
            json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachinePool", "name": name});
        let spec = json!({"clusterName": self.name, "replicas": 2, "template": {"spec": {
            "clusterName": self.name, "version": "v1.31.0", "bootstrap": {"dataSecretName": "given"},
            "infrastructureRef": reference
        }}});
        create_once(fleet, Watched::MachinePool, &name, &spec).await;
        let runs = |replicas: i64| {
            move |pool: &Value| {
                pool["status"]["phase"] == "Running"
                    && number(pool, "/status/readyReplicas") == replicas
                    && number(pool, "/status/replicas") == replicas
            }
        };
        let pool = fleet.get(Watched::MachinePool, &name).await;
        if number(&pool, "/spec/replicas") == 2 {
            fleet.wait(Watched::MachinePool, &name, runs(2)).await;
            let fewer = json!({"spec": {"replicas": 1}});
            fleet.patch(Watched::MachinePool, &name, fewer).await;
        }
        fleet.wait(Watched::MachinePool, &name, runs(1)).await;
    }

    async fn falls_ill(&self, fleet: &Fleet) {
        let check = json!({
            "clusterName": self.name,
            "selector": {"matchLabels": {"cluster.x-k8s.io/deployment-name": format!("{}-md", self.name)}},
            "checks": {"unhealthyNodeConditions": [{"type": "Ready", "status": "False", "timeoutSeconds": 0}]}
        });
        create_once(fleet, Watched::MachineHealthCheck, &self.name, &check).await;
        let ill = if let Some(ill) = self.ill.get() {
            ill.clone()
        } else {
            let ill = worker(fleet).await;
            self.ill.get_or_init(|| ill).clone()
        };
        let machine = fleet
            .api(Watched::Machine)
            .get_opt(&ill)
            .await
            .expect("an answer");
        if machine.is_some_and(|machine| machine.metadata.deletion_timestamp.is_none()) {
            runs_a_pod(fleet, &self.name, &ill).await;
            says_that_it_is_not_ready(fleet, &self.name, &ill).await;
        }
        fleet.wait_gone(Watched::Machine, &ill).await;
        let pods: Api<Pod> = Api::namespaced(fleet.workload(&self.name), "default");
        assert!(
            pods.get_opt("web").await.expect("an answer").is_none(),
            "its node was drained"
        );
        let well = |check: &Value| {
            number(check, "/status/currentHealthy") == i64::from(WORKERS)
                && status_of(check, "RemediationAllowed") == "True"
        };
        fleet.wait(Watched::MachineHealthCheck, &self.name, well).await;
    }
}

/// Makes an object, unless it is there.
async fn once<K>(api: &Api<K>, object: Value)
where
    K: Clone + DeserializeOwned + std::fmt::Debug + serde::Serialize,
{
    let object: K = serde_json::from_value(object).expect("an object");
    match api.create(&PostParams::default(), &object).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        Err(error) => panic!("{error}"),
    }
}

async fn create_once(fleet: &Fleet, kind: Watched, name: &str, spec: &Value) {
    let object = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind(), "metadata": {"name": name}, "spec": spec
    });
    once::<DynamicObject>(&fleet.api(kind), object).await;
}

/// The first worker by name.
async fn worker(fleet: &Fleet) -> String {
    let machines = fleet.list(Watched::Machine).await;
    let is_worker = |machine: &&Value| {
        machine["metadata"]["labels"]
            .get("cluster.x-k8s.io/control-plane")
            .is_none()
    };
    let worker = machines.iter().find(is_worker).expect("a worker");
    worker["metadata"]["name"].as_str().expect("a name").to_owned()
}

async fn runs_a_pod(fleet: &Fleet, cluster: &str, node: &str) {
    let pods: Api<Pod> = Api::namespaced(fleet.workload(cluster), "default");
    let pod = json!({
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"nodeName": node, "terminationGracePeriodSeconds": 0, "containers": [{"name": "c", "image": "i"}]}
    });
    once(&pods, pod).await;
}

/// As its kubelet would.
async fn says_that_it_is_not_ready(fleet: &Fleet, cluster: &str, node: &str) {
    let nodes: Api<Node> = Api::all(fleet.workload(cluster));
    // Where this is done a second time the node may be gone.
    let Ok(Some(found)) = nodes.get_opt(node).await else {
        return;
    };
    let mut status = serde_json::to_value(found.status).expect("JSON");
    for condition in status["conditions"].as_array_mut().expect("conditions") {
        if condition["type"] == "Ready" {
            condition["status"] = json!("False");
            condition["reason"] = json!("KubeletNotReady");
        }
    }
    let patch = Patch::Merge(json!({"status": {"conditions": status["conditions"]}}));
    let _ = nodes.patch_status(node, &PatchParams::default(), &patch).await;
}
