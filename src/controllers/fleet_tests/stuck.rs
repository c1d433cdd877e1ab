//! Stuck on purpose: what is told, and how little is asked while nothing changes.
//!
//! With the durations of the real program, on tokio's paused clock: ten minutes take a moment.

use std::sync::Arc;
use std::time::Duration;

use fleetui_base::{Clock, SharedClock};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Fleet;
use super::harness::{condition, status_of};
use super::requests::{Asked, Log};
use crate::kinds::{self, Watched};
use crate::settings::ControllerSettings;

const TEN_MINUTES: Duration = Duration::from_mins(10);

/// A clock that goes with tokio's.
pub(super) struct Paused {
    start: Timestamp,
    since: Instant,
}

impl Paused {
    /// Beginning now.
    pub(super) fn shared() -> SharedClock {
        Arc::new(Self {
            start: "2026-08-21T12:00:00Z".parse().expect("a time"),
            since: Instant::now(),
        })
    }
}

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.since.elapsed()).expect("not that long");
        self.start + passed
    }

    fn monotonic(&self) -> Duration {
        self.since.elapsed()
    }
}

/// A fleet on the paused clock, and what its controllers ask.
pub(super) async fn start() -> (Fleet, Log) {
    let log = Log::default();
    let fleet = Fleet::start_at(log.wrap(), ControllerSettings::default(), Paused::shared()).await;
    (fleet, log)
}

/// What is asked in ten minutes, beside questions whether workload clusters are there (one in ten seconds for each).
pub(super) async fn asked_in_ten_minutes(log: &Log) -> Vec<String> {
    // Whatever led here is over by then.
    tokio::time::sleep(Duration::from_mins(2)).await;
    log.take();
    tokio::time::sleep(TEN_MINUTES).await;
    let asked = log.take();
    // The nodes and pods of a workload cluster that is not there are asked for again, at most once in a probe's pause.
    let is_of_workload = |asked: &&Asked| {
        asked.path.starts_with("/api/v1/nodes") || asked.path.contains("tier%3Dcontrol-plane")
    };
    let of_workload = asked
        .iter()
        .filter(|asked| asked.is_watch())
        .filter(is_of_workload);
    let of_workload = of_workload.count();
    assert!(
        of_workload <= 2 * 61,
        "{of_workload} watches of workload clusters"
    );
    let watches = asked
        .iter()
        .filter(|asked| asked.is_watch() && !is_of_workload(asked));
    let watches = watches.count();
    // A watch lasts five minutes at most; there is one for each kind, and two for contents.
    assert!(watches <= 3 * (kinds::ALL.len() + 2), "{watches} watches");
    let is_probe = |asked: &Asked| asked.path == "/";
    let probes = asked.iter().filter(|asked| is_probe(asked)).count();
    assert!(probes <= 61, "{probes} probes");
    let others = asked.iter().filter(|asked| !asked.is_watch() && !is_probe(asked));
    others
        .map(|asked| format!("{} {} {}", asked.method, asked.path, asked.body))
        .collect()
}

pub(super) fn is_at_most(asked: &[String], most: usize) {
    assert!(asked.len() <= most, "{} and not {most}: {asked:#?}", asked.len());
    let writes = asked.iter().filter(|asked| !asked.starts_with("GET "));
    assert_eq!(writes.count(), 0, "nothing changes: {asked:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_missing_template_is_told_and_looked_for_no_more_than_once_in_a_while() {
    let (fleet, log) = start().await;
    fleet.cluster("bare", 1, 1).await;
    fleet.wait_available("bare", 1).await;
    let reference = |group: &str, kind: &str| json!({"apiGroup": format!("{group}.cluster.x-k8s.io"), "kind": kind, "name": "absent"});
    let spec = json!({"clusterName": "bare", "replicas": 1, "template": {"spec": {
        "clusterName": "bare", "version": "v1.31.0",
        "bootstrap": {"configRef": reference("bootstrap", "KubeadmConfigTemplate")},
        "infrastructureRef": reference("infrastructure", "DevMachineTemplate")
    }}});
    fleet.create(Watched::MachineDeployment, "lost", spec).await;
    let asked = asked_in_ten_minutes(&log).await;
    let sets = fleet.list(Watched::MachineSet).await;
    let told = sets.iter().filter_map(|set| condition(set, "ScalingUp"));
    let told: Vec<&Value> = told.filter(|told| told["status"] == "True").collect();
    assert_eq!(told.len(), 1);
    let message = "Scaling up from 0 to 1 replicas is blocked because:\n* KubeadmConfigTemplate and DevMachineTemplate do not exist";
    assert_eq!(told[0]["message"], message);
    // The templates' own watch brings them. What is asked is whether the Secrets of the cluster are what they were.
    is_at_most(&asked, 5);
    fleet.controllers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_selector_without_matches_asks_for_nothing() {
    let (fleet, log) = start().await;
    fleet.cluster("plain", 1, 1).await;
    fleet.wait_available("plain", 1).await;
    let nobody = json!({"matchLabels": {"nobody": "has-this"}});
    let check = json!({
        "clusterName": "plain", "selector": nobody,
        "checks": {"unhealthyNodeConditions": [{"type": "Ready", "status": "False", "timeoutSeconds": 300}]}
    });
    fleet.create(Watched::MachineHealthCheck, "none", check).await;
    let set = json!({"clusterSelector": nobody, "resources": [{"kind": "ConfigMap", "name": "absent"}]});
    fleet.create(Watched::ClusterResourceSet, "none", set).await;
    let asked = asked_in_ten_minutes(&log).await;
    let check = fleet.get(Watched::MachineHealthCheck, "none").await;
    assert_eq!(
        (
            &check["status"]["expectedMachines"],
            &check["status"]["currentHealthy"]
        ),
        (&json!(0), &json!(0))
    );
    assert_eq!(status_of(&check, "RemediationAllowed"), "True");
    // The watch tells of the ConfigMap that is missing. What is asked for are the Secrets of the cluster.
    is_at_most(&asked, 5);
    fleet.controllers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_paused_cluster_asks_for_nothing() {
    let (fleet, log) = start().await;
    fleet.cluster("held", 1, 1).await;
    fleet.wait_available("held", 1).await;
    let paused = json!({"spec": {"paused": true}});
    fleet.patch(Watched::Cluster, "held", paused).await;
    let more = json!({"spec": {"replicas": 3}});
    fleet.patch(Watched::MachineDeployment, "held-md", more).await;
    let asked = asked_in_ten_minutes(&log).await;
    for (kind, name) in [
        (Watched::Cluster, "held"),
        (Watched::MachineDeployment, "held-md"),
    ] {
        let object = fleet.get(kind, name).await;
        let message = condition(&object, "Paused").map(|paused| paused["message"].clone());
        assert_eq!(
            message,
            Some(json!("Cluster spec.paused is set to true")),
            "{name}"
        );
    }
    assert_eq!(fleet.list(Watched::Machine).await.len(), 2);
    is_at_most(&asked, 0);
    fleet.controllers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_told_and_looked_at_no_more_than_once_in_a_while() {
    let (fleet, log) = start().await;
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    let wrong = json!({
        "metadata": {"name": "own-ca", "labels": {"cluster.x-k8s.io/cluster-name": "own"}},
        "type": "Opaque", "stringData": {"tls.crt": "nonsense", "tls.key": "nonsense"}
    });
    let wrong: Secret = serde_json::from_value(wrong).expect("a Secret");
    secrets
        .create(&PostParams::default(), &wrong)
        .await
        .expect("created");
    fleet.cluster("own", 1, 1).await;
    let asked = asked_in_ten_minutes(&log).await;
    let plane = fleet.get(Watched::KubeadmControlPlane, "own").await;
    assert_eq!(status_of(&plane, "CertificatesAvailable"), "Unknown");
    let scaling = condition(&plane, "ScalingUp").map(|scaling| scaling["message"].clone());
    let message =
        "Scaling up from 0 to 1 replicas is blocked because:\n* cluster certificates are missing or unknown";
    assert_eq!(scaling, Some(json!(message)));
    // Once in fifteen seconds: the cluster's five Secrets, and the configuration of a control plane that may be there already.
    is_at_most(&asked, 40 * 6);
    fleet.controllers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_even_control_plane_is_refused_and_nothing_follows() {
    let (fleet, log) = start().await;
    fleet.cluster("even", 1, 1).await;
    fleet.wait_available("even", 1).await;
    let planes = fleet.api(Watched::KubeadmControlPlane);
    let two = Patch::Merge(json!({"spec": {"replicas": 2}}));
    let params = PatchParams::default();
    for (told, expected) in [
        (
            planes.patch("even", &params, &two).await.map(drop),
            "cannot be an even number when etcd is stacked",
        ),
        (
            planes.patch_scale("even", &params, &two).await.map(drop),
            "replicas cannot be an even number when etcd is stacked",
        ),
    ] {
        let told = told.expect_err("refused").to_string();
        assert!(told.contains(expected), "{told}");
    }
    let asked = asked_in_ten_minutes(&log).await;
    let plane: Value = fleet.get(Watched::KubeadmControlPlane, "even").await;
    assert_eq!(plane["spec"]["replicas"], 1);
    // Whether the Secrets of the cluster are what they were.
    is_at_most(&asked, 5);
    fleet.controllers.stop().await;
}

/// Where nobody refuses it: no machine is made, not even the first, and why is told.
#[tokio::test(start_paused = true)]
async fn an_even_control_plane_that_nobody_refused_makes_no_machine() {
    let log = Log::default();
    let clock = Paused::shared();
    let fleet = Fleet::start_without_webhooks(log.wrap(), ControllerSettings::default(), clock).await;
    let reference = |group: &str, kind: &str| json!({"apiGroup": format!("{group}.cluster.x-k8s.io"), "kind": kind, "name": "even"});
    let backend = json!({"backend": {"inMemory": {}}});
    fleet.create(Watched::DevCluster, "even", backend.clone()).await;
    let template = json!({"template": {"spec": backend}});
    fleet.create(Watched::DevMachineTemplate, "even", template).await;
    let plane = json!({
        "replicas": 2, "version": "v1.31.0",
        "machineTemplate": {"spec": {"infrastructureRef": reference("infrastructure", "DevMachineTemplate")}},
        "kubeadmConfigSpec": {"clusterConfiguration": {"certificatesDir": "/etc/kubernetes/pki"}}
    });
    fleet.create(Watched::KubeadmControlPlane, "even", plane).await;
    let cluster = json!({
        "controlPlaneRef": reference("controlplane", "KubeadmControlPlane"),
        "infrastructureRef": reference("infrastructure", "DevCluster")
    });
    fleet.create(Watched::Cluster, "even", cluster).await;
    let asked = asked_in_ten_minutes(&log).await;
    let plane = fleet.get(Watched::KubeadmControlPlane, "even").await;
    assert_eq!(plane["spec"]["replicas"], 2);
    let told = condition(&plane, "ScalingUp").expect("it is told");
    let message = told["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("Scaling up from 0 to 2 replicas is blocked because:")
            && message.contains("cannot be an even number when etcd is stacked"),
        "{told}"
    );
    assert!(fleet.list(Watched::Machine).await.is_empty());
    // Once in fifteen seconds: the cluster's five Secrets, and the configuration of a control plane that may be there already.
    is_at_most(&asked, 40 * 6);
    // Once it is right, the cluster comes up: defaults are filled in without a webhook, too.
    fleet
        .patch(
            Watched::KubeadmControlPlane,
            "even",
            json!({"spec": {"replicas": 1}}),
        )
        .await;
    let available = |plane: &Value| status_of(plane, "Available") == "True";
    let plane = fleet.wait(Watched::KubeadmControlPlane, "even", available).await;
    assert_eq!(plane["spec"]["rollout"]["strategy"]["type"], "RollingUpdate");
    fleet.controllers.stop().await;
}
