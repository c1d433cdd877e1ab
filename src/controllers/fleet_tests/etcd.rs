//! Members of etcd come and go with control plane machines: of simulated clusters, and of a real etcd where there is one.

use std::sync::Arc;
use std::time::Duration;

use fleetui_base::ObjectName;
use fleetui_base::redact::Secret as Redacted;
use fleetui_pki::{Authority, KeyedCertificate};
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, number, quick, reason_of, status_of};
use crate::etcd::tests::RealEtcd;
use crate::kinds::Watched;
use crate::providers::simulated::{
    ETCD_ALARM_ANNOTATION, ETCD_LEADER_ANNOTATION, ETCD_REMOVED_ANNOTATION, ETCD_SILENT_ANNOTATION,
};
use crate::settings::ControllerSettings;
use crate::workloads::{EtcdAccess, WorkloadAccess, WorkloadClusters, WorkloadEndpoint, WorkloadError};

const HOOK: &str = "pre-terminate.delete.hook.machine.cluster.x-k8s.io/kcp-cleanup";

async fn whole(fleet: &Fleet, name: &str, replicas: i64) -> Value {
    let whole = move |plane: &Value| {
        number(plane, "/status/availableReplicas") == replicas
            && number(plane, "/status/replicas") == replicas
            && number(plane, "/status/upToDateReplicas") == replicas
            && status_of(plane, "Available") == "True"
            && status_of(plane, "EtcdClusterHealthy") == "True"
    };
    fleet.wait(Watched::KubeadmControlPlane, name, whole).await
}

fn name(object: &Value) -> String {
    object["metadata"]["name"].as_str().expect("a name").to_owned()
}

async fn machine_names(fleet: &Fleet) -> Vec<String> {
    let mut names: Vec<String> = fleet.list(Watched::Machine).await.iter().map(name).collect();
    names.sort();
    names
}

fn pods(fleet: &Fleet, cluster: &str) -> Api<Pod> {
    Api::namespaced(fleet.workload(cluster), "kube-system")
}

async fn annotate(pods: &Api<Pod>, node: &str, key: &str, value: Value) {
    let patch = Patch::Merge(json!({"metadata": {"annotations": {key: value}}}));
    let patched = pods
        .patch(&format!("etcd-{node}"), &PatchParams::default(), &patch)
        .await;
    patched.expect("annotated");
}

/// The annotations of an etcd pod that is still there.
async fn told(pods: &Api<Pod>, node: &str) -> Value {
    let pod = pods.get(&format!("etcd-{node}")).await.expect("it is there");
    serde_json::to_value(pod.metadata.annotations.unwrap_or_default()).expect("JSON")
}

fn replicas(count: i32) -> Value {
    json!({"spec": {"replicas": count}})
}

/// Two machines go, as a rule each of them the oldest and so the leader.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leadership_is_handed_on_when_machines_go() {
    let fleet = Fleet::start().await;
    fleet.cluster("less", 3, 0).await;
    whole(&fleet, "less", 3).await;
    fleet.settle().await;
    for machine in fleet.list(Watched::Machine).await {
        assert_eq!(machine["metadata"]["annotations"][HOOK], "", "each has the hook");
    }
    let pods = pods(&fleet, "less");
    let etcd = ListParams::default().labels("component=etcd");
    let first = pods.list(&etcd).await.expect("pods").items;
    let first = first.into_iter().min_by_key(|pod| {
        let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
        (created, pod.metadata.name.clone())
    });
    let leader = first.and_then(|pod| pod.metadata.name).expect("there are three");
    fleet
        .patch(Watched::KubeadmControlPlane, "less", replicas(1))
        .await;
    whole(&fleet, "less", 1).await;
    fleet.settle().await;
    let names = machine_names(&fleet).await;
    assert_eq!(names.len(), 1);
    let annotations = told(&pods, &names[0]).await;
    let stayed = leader == format!("etcd-{}", names[0]);
    assert!(
        stayed || annotations[ETCD_LEADER_ANNOTATION].is_string(),
        "it was handed leadership: {annotations}"
    );
    assert!(annotations[ETCD_REMOVED_ANNOTATION].is_null(), "{annotations}");
    fleet.is_left_alone().await;
    fleet.controllers.stop().await;
}

/// A rollout ends with as many members as machines; one that nobody's machine has is taken out, while its pod stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_those_of_the_machines() {
    let fleet = Fleet::start().await;
    fleet.cluster("roll", 3, 0).await;
    whole(&fleet, "roll", 3).await;
    let before = machine_names(&fleet).await;
    let upgrade = json!({"spec": {"version": "v1.31.4"}});
    fleet.patch(Watched::KubeadmControlPlane, "roll", upgrade).await;
    fleet
        .wait(Watched::KubeadmControlPlane, "roll", |plane| {
            plane["status"]["version"] == "v1.31.4" && status_of(plane, "RollingOut") == "False"
        })
        .await;
    whole(&fleet, "roll", 3).await;
    fleet.settle().await;
    let names = machine_names(&fleet).await;
    assert!(
        names.len() == 3 && names.iter().all(|name| !before.contains(name)),
        "{names:?}"
    );
    let pods = pods(&fleet, "roll");
    for name in &names {
        assert!(told(&pods, name).await[ETCD_REMOVED_ANNOTATION].is_null());
    }
    let ghost = json!({
        "metadata": {"name": "etcd-ghost", "labels": {"component": "etcd", "tier": "control-plane"}},
        "spec": {"nodeName": "ghost", "containers": [{"name": "etcd", "image": "etcd"}]}
    });
    let ghost: Pod = serde_json::from_value(ghost).expect("a pod");
    pods.create(&PostParams::default(), &ghost)
        .await
        .expect("created");
    let out = |pod: Option<&Pod>| {
        let annotations = pod.and_then(|pod| pod.metadata.annotations.as_ref());
        annotations.is_some_and(|annotations| annotations.contains_key(ETCD_REMOVED_ANNOTATION))
    };
    let waited = kube::runtime::wait::await_condition(pods.clone(), "etcd-ghost", out);
    let waited = tokio::time::timeout(Duration::from_mins(1), waited).await;
    waited.expect("it is taken out").expect("a watch");
    whole(&fleet, "roll", 3).await;
    fleet.settle().await;
    assert_eq!(machine_names(&fleet).await, names);
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_etcd_is_silent_no_machine_goes() {
    let fleet = Fleet::start().await;
    fleet.cluster("mute", 3, 0).await;
    whole(&fleet, "mute", 3).await;
    let (names, pods) = (machine_names(&fleet).await, pods(&fleet, "mute"));
    for node in &names[..2] {
        annotate(&pods, node, ETCD_SILENT_ANNOTATION, json!("")).await;
    }
    let unheard = |machine: &Value| {
        condition(machine, "EtcdMemberHealthy").is_some_and(|told| {
            told["status"] == "Unknown"
                && told["reason"] == "InspectionFailed"
                && told["message"] == "Failed to get etcd members: etcdserver: request timed out"
        })
    };
    fleet.wait(Watched::Machine, &names[2], unheard).await;
    fleet
        .patch(Watched::KubeadmControlPlane, "mute", replicas(1))
        .await;
    // Somebody deletes one, who asks nobody.
    let deleted = fleet
        .api(Watched::Machine)
        .delete(&names[0], &kube::api::DeleteParams::default())
        .await;
    deleted.expect("deleted");
    let waits = |machine: &Value| reason_of(machine, "Deleting") == "WaitingForPreTerminateHook";
    fleet.wait(Watched::Machine, &names[0], waits).await;
    let held = format!("* Machine {} waits until etcd tells its members", names[0]);
    let says_so = move |plane: &Value| {
        let told = condition(plane, "ScalingDown").map(|told| told["message"].to_string());
        told.is_some_and(|told| told.contains(&held))
    };
    fleet.wait(Watched::KubeadmControlPlane, "mute", says_so).await;
    fleet.settle().await;
    assert_eq!(machine_names(&fleet).await, names, "all are there");
    let going = |machine: &&Value| !machine["metadata"]["deletionTimestamp"].is_null();
    assert_eq!(fleet.list(Watched::Machine).await.iter().filter(going).count(), 1);
    for node in &names[..2] {
        annotate(&pods, node, ETCD_SILENT_ANNOTATION, Value::Null).await;
    }
    whole(&fleet, "mute", 1).await;
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repair_waits_for_the_quorum() {
    let fleet = Fleet::start().await;
    fleet.cluster("quorum", 3, 0).await;
    whole(&fleet, "quorum", 3).await;
    let (names, pods) = (machine_names(&fleet).await, pods(&fleet, "quorum"));
    annotate(&pods, &names[1], ETCD_ALARM_ANNOTATION, json!("NOSPACE")).await;
    let alarmed = |machine: &Value| {
        condition(machine, "EtcdMemberHealthy")
            .is_some_and(|told| told["message"] == "Etcd reports alarms: NOSPACE")
    };
    fleet.wait(Watched::Machine, &names[1], alarmed).await;
    let ill = fleet.get(Watched::Machine, &names[0]).await;
    let mut conditions = ill["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .clone();
    for kind in ["HealthCheckSucceeded", "OwnerRemediated"] {
        conditions.push(json!({
            "type": kind, "status": "False", "reason": "WaitingForRemediation", "message": "",
            "lastTransitionTime": "2026-08-21T12:00:00Z"
        }));
    }
    let patch = Patch::Merge(json!({"status": {"conditions": conditions}}));
    let marked = fleet
        .api(Watched::Machine)
        .patch_status(&names[0], &PatchParams::default(), &patch)
        .await;
    marked.expect("marked");
    let refused = |machine: &Value| {
        condition(machine, "OwnerRemediated").is_some_and(|told| {
            told["reason"] == "CannotBeRemediated" && told["message"].to_string().contains("etcd quorum loss")
        })
    };
    fleet.wait(Watched::Machine, &names[0], refused).await;
    fleet.settle().await;
    assert_eq!(machine_names(&fleet).await, names);
    annotate(&pods, &names[1], ETCD_ALARM_ANNOTATION, Value::Null).await;
    fleet.wait_gone(Watched::Machine, &names[0]).await;
    let plane = whole(&fleet, "quorum", 3).await;
    assert_eq!(plane["status"]["lastRemediation"]["machine"], json!(names[0]));
    fleet.controllers.stop().await;
}

/// Simulated machines with a real etcd.
struct WithEtcd {
    workloads: Arc<dyn WorkloadClusters>,
    etcd: Arc<RealEtcd>,
}

impl WorkloadClusters for WithEtcd {
    fn client<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<kube::Client, WorkloadError>> {
        self.workloads.client(cluster)
    }

    fn endpoint(&self, cluster: &ObjectName) -> Result<WorkloadEndpoint, WorkloadError> {
        self.workloads.endpoint(cluster)
    }

    fn create<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        self.workloads.create(cluster)
    }

    fn delete<'a>(&'a self, cluster: &'a ObjectName) -> BoxFuture<'a, Result<(), WorkloadError>> {
        self.workloads.delete(cluster)
    }

    fn etcd(&self, _: &ObjectName) -> EtcdAccess {
        EtcdAccess::Dialled(self.etcd.clone())
    }

    fn open<'a>(
        &'a self,
        cluster: &'a ObjectName,
        authority: &'a KeyedCertificate,
    ) -> BoxFuture<'a, Result<WorkloadAccess, WorkloadError>> {
        self.workloads.open(cluster, authority)
    }
}

/// The authority that the control plane made for its etcd.
async fn etcd_authority(fleet: &Fleet, cluster: &str) -> Authority {
    let secrets: Api<Secret> = Api::namespaced(fleet.client.clone(), "default");
    let secret = secrets
        .get(&format!("{cluster}-etcd"))
        .await
        .expect("it is there");
    let data = secret.data.expect("data");
    let text = |key: &str| String::from_utf8(data[key].0.clone()).expect("text");
    Authority::from_pem(KeyedCertificate {
        certificate_pem: text("tls.crt"),
        key_pem: Redacted::new(text("tls.key")),
    })
    .expect("an authority")
}

/// From three members and one of nobody's to one, which leads in the end whoever led before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_real_etcd_members_go_with_their_machines() {
    let fleet = Fleet::start().await;
    fleet.cluster("real", 3, 0).await;
    whole(&fleet, "real", 3).await;
    fleet.settle().await;
    let names = machine_names(&fleet).await;
    let authority = etcd_authority(&fleet, "real").await;
    let mut members: Vec<&str> = names.iter().map(String::as_str).collect();
    members.push("ghost");
    let Some(etcd) = RealEtcd::start(&authority, &members).await else {
        fleet.controllers.stop().await;
        return;
    };
    let etcd = Arc::new(etcd);
    let workloads = Arc::new(WithEtcd {
        workloads: fleet.workloads(),
        etcd: etcd.clone(),
    });
    let settings = ControllerSettings {
        probe_timeout: Duration::from_secs(5),
        ..quick()
    };
    let fleet = fleet.restart_among(workloads, settings).await;
    // What stands in the status is of the simulated one until the real one is heard: it has a member too many, and then no more.
    let told = async || etcd.told_by(&names[0]).await.expect("it answers").0;
    let ghost_goes = async {
        let mut turns = tokio::time::interval(Duration::from_millis(100));
        while told().await.len() > 3 {
            turns.tick().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), ghost_goes).await;
    assert!(waited.is_ok(), "{:?}", told().await);
    assert_eq!(told().await, names, "nobody else goes");
    whole(&fleet, "real", 3).await;

    fleet
        .patch(Watched::KubeadmControlPlane, "real", replicas(1))
        .await;
    whole(&fleet, "real", 1).await;
    let left = machine_names(&fleet).await;
    assert_eq!(left.len(), 1);
    let last = etcd.told_by(&left[0]).await.expect("it answers");
    assert_eq!(last, (left.clone(), left[0].clone()), "it leads alone");

    // When it ends, that is told, and nothing becomes of the machine.
    etcd.kill(&left[0]);
    let unheard = |machine: &Value| {
        condition(machine, "EtcdMemberHealthy").is_some_and(|told| {
            let message = told["message"].as_str().unwrap_or_default();
            told["reason"] == "InspectionFailed" && message.starts_with("Failed to connect to etcd: member ")
        })
    };
    fleet.wait(Watched::Machine, &left[0], unheard).await;
    assert_eq!(machine_names(&fleet).await, left);
    fleet.controllers.stop().await;
}
