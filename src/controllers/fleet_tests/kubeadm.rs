//! The kubeadm providers' own stories: Secrets, tokens, the lock, repairs, and what stops them.

use fleetui_base::Clock as _;
use fleetui_base::clock::SystemClock;
use fleetui_pki::{Authority, Kubeconfig, Validity};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::Fleet;
use super::harness::{condition, number, reason_of, status_of};
use crate::kinds::Watched;

const CONTROL_PLANE_LABEL: &str = "cluster.x-k8s.io/control-plane";

fn secrets(fleet: &Fleet) -> Api<Secret> {
    Api::namespaced(fleet.client.clone(), "default")
}

fn text(secret: &Secret, key: &str) -> String {
    let data = secret.data.as_ref().expect("data");
    String::from_utf8(data[key].0.clone()).expect("text")
}

async fn control_plane_machines(fleet: &Fleet) -> Vec<Value> {
    let machines = fleet.list(Watched::Machine).await;
    let is_it = |machine: &Value| machine["metadata"]["labels"].get(CONTROL_PLANE_LABEL).is_some();
    machines.into_iter().filter(is_it).collect()
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().expect("a name")
}

/// Nothing else happens that would wake the control plane.
async fn kubeconfig_is_made_again(secrets: &Api<Secret>, kubeconfig: &Secret) {
    secrets
        .delete("keys-kubeconfig", &kube::api::DeleteParams::default())
        .await
        .expect("deleted");
    let before = kubeconfig.metadata.uid.clone();
    let is_new = move |secret: Option<&Secret>| secret.is_some_and(|secret| secret.metadata.uid != before);
    let made = kube::runtime::wait::await_condition(secrets.clone(), "keys-kubeconfig", is_new);
    let made = tokio::time::timeout(std::time::Duration::from_secs(10), made).await;
    made.expect("it is made again at once").expect("a watch");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clusters_secrets_have_their_names_types_owners_and_are_made_once() {
    let fleet = Fleet::start().await;
    let locks: Api<ConfigMap> = Api::namespaced(fleet.client.clone(), "default");
    // A machine that is no more had taken the lock.
    let left = json!({"metadata": {"name": "keys-lock"}, "data": {"lock-information": r#"{"machineName":"ghost"}"#}});
    let left: ConfigMap = serde_json::from_value(left).expect("a ConfigMap");
    locks
        .create(&PostParams::default(), &left)
        .await
        .expect("created");
    fleet.cluster("keys", 1, 1).await;
    fleet.wait_available("keys", 1).await;
    fleet.settle().await;
    let secrets = secrets(&fleet);
    let mut authorities = Vec::new();
    for name in ["keys-ca", "keys-etcd", "keys-proxy", "keys-sa", "keys-kubeconfig"] {
        let secret = secrets.get(name).await.expect(name);
        assert_eq!(secret.type_.as_deref(), Some("cluster.x-k8s.io/secret"), "{name}");
        assert_eq!(
            secret.metadata.labels.as_ref().expect("labels")["cluster.x-k8s.io/cluster-name"],
            "keys"
        );
        let owner = &secret.metadata.owner_references.as_ref().expect("owners")[0];
        assert_eq!(
            (owner.kind.as_str(), owner.controller),
            ("KubeadmControlPlane", Some(true)),
            "{name}"
        );
        if name != "keys-kubeconfig" {
            authorities.push(text(&secret, "tls.crt"));
        }
    }
    authorities.sort();
    authorities.dedup();
    assert_eq!(authorities.len(), 4, "each has its own key");
    let kubeconfig = secrets.get("keys-kubeconfig").await.expect("a kubeconfig");
    let file = Kubeconfig::from_yaml(&text(&kubeconfig, "value")).expect("a kubeconfig");
    assert_eq!(file.current_context, "keys-admin@keys");
    let client = file.users[0]
        .user
        .certificate()
        .expect("readable")
        .expect("a certificate");
    let authority = text(&secrets.get("keys-ca").await.expect("an authority"), "tls.crt");
    let own = fleetui_pki::certificate::is_signed_by(&client.certificate_pem, &authority);
    assert!(own.expect("readable"), "it is the cluster's own");

    kubeconfig_is_made_again(&secrets, &kubeconfig).await;
    bootstrap_is_whole(&fleet).await;
    assert!(
        locks.get_opt("keys-lock").await.expect("an answer").is_none(),
        "it was given back"
    );

    let plane = fleet.get(Watched::KubeadmControlPlane, "keys").await;
    for kind in [
        "Available",
        "CertificatesAvailable",
        "EtcdClusterHealthy",
        "ControlPlaneComponentsHealthy",
    ] {
        assert_eq!(status_of(&plane, kind), "True", "{kind}");
    }
    let older = &plane["status"]["deprecated"]["v1beta1"];
    assert_eq!(
        (&older["conditions"][0]["type"], &older["conditions"][0]["status"]),
        (&json!("Ready"), &json!("True"))
    );
    let machine = &control_plane_machines(&fleet).await[0];
    for kind in [
        "EtcdMemberHealthy",
        "NodeKubeadmLabelsAndTaintsSet",
        "APIServerPodHealthy",
    ] {
        assert_eq!(status_of(machine, kind), "True", "{kind}");
    }
    fleet.is_left_alone().await;
    fleet.controllers.stop().await;
}

/// The worker has joined with a token of the workload cluster and the pin of the authority; all tell so in both models.
async fn bootstrap_is_whole(fleet: &Fleet) {
    let configs = fleet.list(Watched::KubeadmConfig).await;
    let joined = configs
        .iter()
        .find(|config| config["spec"].pointer("/joinConfiguration/discovery").is_some());
    let discovery = &joined.expect("one joined")["spec"]["joinConfiguration"]["discovery"]["bootstrapToken"];
    let token = discovery["token"].as_str().expect("a token");
    let (id, secret) = token.split_once('.').expect("two halves");
    let tokens: Api<Secret> = Api::namespaced(fleet.workload("keys"), "kube-system");
    let kept = tokens
        .get(&format!("bootstrap-token-{id}"))
        .await
        .expect("a token");
    assert_eq!(kept.type_.as_deref(), Some("bootstrap.kubernetes.io/token"));
    assert_eq!(text(&kept, "token-secret"), secret);
    let authority = secrets(fleet).get("keys-ca").await.expect("it is there");
    let pin = fleetui_pki::certificate::key_pin(&text(&authority, "tls.crt")).expect("a pin");
    assert_eq!(discovery["caCertHashes"], json!([pin]));
    for config in &configs {
        assert_eq!(status_of(config, "Ready"), "True");
        let older = &config["status"]["deprecated"]["v1beta1"]["conditions"];
        assert_eq!(
            (&older[0]["type"], &older[0]["status"]),
            (&json!("Ready"), &json!("True"))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_stops_the_cluster_until_it_is_righted_and_is_never_replaced() {
    let fleet = Fleet::start().await;
    let secrets = secrets(&fleet);
    let now = "2026-08-21T12:00:00Z".parse().expect("a time");
    let given = Authority::generate("mine", Validity::days(now, 3650)).expect("an authority");
    let pair = |key: &str| json!({"stringData": {"tls.crt": given.certificate_pem(), "tls.key": key}});
    let mut wrong = json!({
        "metadata": {"name": "own-ca", "labels": {"cluster.x-k8s.io/cluster-name": "own"}}, "type": "Opaque"
    });
    json_patch::merge(&mut wrong, &pair("nonsense"));
    let wrong: Secret = serde_json::from_value(wrong).expect("a Secret");
    secrets
        .create(&PostParams::default(), &wrong)
        .await
        .expect("created");
    fleet.cluster("own", 1, 0).await;
    let stopped = |plane: &Value| reason_of(plane, "CertificatesAvailable") == "InternalError";
    let plane = fleet.wait(Watched::KubeadmControlPlane, "own", stopped).await;
    assert_eq!(status_of(&plane, "CertificatesAvailable"), "Unknown");
    let scaling = condition(&plane, "ScalingUp").expect("it is told");
    assert_eq!(
        scaling["message"],
        "Scaling up from 0 to 1 replicas is blocked because:\n* cluster certificates are missing or unknown"
    );
    fleet.settle().await;
    assert!(fleet.list(Watched::Machine).await.is_empty());
    let patch = Patch::Merge(pair(given.keyed().key_pem.reveal()));
    secrets
        .patch("own-ca", &PatchParams::default(), &patch)
        .await
        .expect("righted");
    fleet.wait_available("own", 0).await;
    let authority = secrets.get("own-ca").await.expect("it is there");
    assert_eq!(text(&authority, "tls.crt"), given.certificate_pem());
    assert_eq!(authority.metadata.owner_references, None, "it stays its giver's");
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_template_is_told_and_its_coming_noticed() {
    let fleet = Fleet::start().await;
    fleet.cluster("bare", 1, 0).await;
    fleet.wait_available("bare", 0).await;
    let reference = |name: &str| {
        json!({"spec": {"replicas": 3, "machineTemplate": {"spec": {"infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": name
        }}}}})
    };
    fleet
        .patch(Watched::KubeadmControlPlane, "bare", reference("later"))
        .await;
    let blocked = |plane: &Value| {
        condition(plane, "ScalingUp").is_some_and(|told| {
            told["message"]
                == "Scaling up from 1 to 3 replicas is blocked because:\n* DevMachineTemplate does not exist"
        })
    };
    fleet.wait(Watched::KubeadmControlPlane, "bare", blocked).await;
    fleet.settle().await;
    assert_eq!(control_plane_machines(&fleet).await.len(), 1);
    let machine = json!({"template": {"spec": {"backend": {"inMemory": {}}}}});
    fleet.create(Watched::DevMachineTemplate, "later", machine).await;
    fleet
        .wait(Watched::KubeadmControlPlane, "bare", |plane| {
            number(plane, "/status/upToDateReplicas") == 3 && number(plane, "/status/replicas") == 3
        })
        .await;
    fleet.controllers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unhealthy_control_plane_machine_is_replaced_and_remembered() {
    let fleet = Fleet::start().await;
    fleet.cluster("ill", 3, 0).await;
    let whole = |plane: &Value| {
        number(plane, "/status/availableReplicas") == 3
            && number(plane, "/status/replicas") == 3
            && status_of(plane, "Available") == "True"
    };
    fleet.wait(Watched::KubeadmControlPlane, "ill", whole).await;
    fleet.settle().await;
    let machines = control_plane_machines(&fleet).await;
    let ill = &machines[0];
    let mut conditions = ill["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .clone();
    for (kind, reason) in [
        ("HealthCheckSucceeded", "UnhealthyNode"),
        ("OwnerRemediated", "WaitingForRemediation"),
    ] {
        conditions.push(json!({
            "type": kind, "status": "False", "reason": reason, "message": "the node is not well",
            "lastTransitionTime": "2026-08-21T12:00:00Z"
        }));
    }
    let patch = Patch::Merge(json!({"status": {"conditions": conditions}}));
    fleet
        .api(Watched::Machine)
        .patch_status(name(ill), &PatchParams::default(), &patch)
        .await
        .expect("marked");
    fleet.wait_gone(Watched::Machine, name(ill)).await;
    let plane = fleet.wait(Watched::KubeadmControlPlane, "ill", whole).await;
    assert_eq!(plane["status"]["lastRemediation"]["machine"], name(ill));
    assert_eq!(
        plane["metadata"]["annotations"].get("controlplane.cluster.x-k8s.io/remediation-in-progress"),
        None
    );
    let machines = control_plane_machines(&fleet).await;
    let replaces = |machine: &&Value| {
        let annotation = &machine["metadata"]["annotations"]["controlplane.cluster.x-k8s.io/remediation-for"];
        annotation.as_str().is_some_and(|text| text.contains(name(ill)))
    };
    assert_eq!(machines.iter().filter(replaces).count(), 1);
    fleet.settle().await;
    fleet.controllers.stop().await;
}

/// The image of the first container.
async fn image_of<K>(api: &Api<K>, name: &str) -> Value
where
    K: Clone + std::fmt::Debug + serde::de::DeserializeOwned + serde::Serialize,
{
    let found = serde_json::to_value(api.get(name).await.expect("it is there")).expect("JSON");
    found["spec"]["template"]["spec"]["containers"][0]["image"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_brings_what_kubeadm_has_made_along_and_tokens_stay_few() {
    let fleet = Fleet::start().await;
    fleet.cluster("moved", 1, 0).await;
    fleet.wait_available("moved", 0).await;
    let deployments: Api<Deployment> = Api::namespaced(fleet.workload("moved"), "kube-system");
    assert_eq!(
        image_of(&deployments, "coredns").await,
        "registry.k8s.io/coredns/coredns:v1.11.3"
    );
    let daemons: Api<DaemonSet> = Api::namespaced(fleet.workload("moved"), "kube-system");
    assert_eq!(
        image_of(&daemons, "kube-proxy").await,
        "registry.k8s.io/kube-proxy:v1.31.0"
    );
    let dns = json!({"clusterConfiguration": {"dns": {"imageTag": "v1.12.0"}}});
    let upgrade = json!({"spec": {"version": "v1.32.0", "kubeadmConfigSpec": dns}});
    fleet.patch(Watched::KubeadmControlPlane, "moved", upgrade).await;
    fleet
        .wait(Watched::KubeadmControlPlane, "moved", |plane| {
            plane["status"]["version"] == "v1.32.0" && status_of(plane, "RollingOut") == "False"
        })
        .await;
    let configs: Api<ConfigMap> = Api::namespaced(fleet.workload("moved"), "kube-system");
    let config = configs.get("kubeadm-config").await.expect("it is there");
    let text = config.data.expect("data")["ClusterConfiguration"].clone();
    let configuration: Value = serde_yaml::from_str(&text).expect("YAML");
    assert_eq!(configuration["kubernetesVersion"], "v1.32.0");
    assert_eq!(configuration["kind"], "ClusterConfiguration");
    assert_eq!(configuration["dns"]["imageTag"], "v1.12.0");
    assert_eq!(
        (
            &configuration["certificatesDir"],
            &configuration["imageRepository"]
        ),
        (&json!("/etc/kubernetes/pki"), &json!("registry.k8s.io")),
        "what nobody has said stays as kubeadm has written it"
    );
    let bindings: Api<ClusterRoleBinding> = Api::all(fleet.workload("moved"));
    let binding = bindings.get("kubeadm:apiserver-kubelet-client").await;
    assert_eq!(
        binding.expect("it is there").role_ref.name,
        "system:kubelet-api-admin"
    );
    fleet.settle().await;
    assert_eq!(
        image_of(&deployments, "coredns").await,
        "registry.k8s.io/coredns/coredns:v1.12.0"
    );
    assert_eq!(
        image_of(&daemons, "kube-proxy").await,
        "registry.k8s.io/kube-proxy:v1.32.0"
    );
    fleet.is_left_alone().await;
    let tokens: Api<Secret> = Api::namespaced(fleet.workload("moved"), "kube-system");
    let count = tokens
        .list(&ListParams::default())
        .await
        .expect("tokens")
        .items
        .len();
    assert_eq!(count, 1, "only the second machine joined");
    fleet.controllers.stop().await;
}

/// A control plane machine that stands alone, with its configuration and infrastructure.
async fn lone_machine(fleet: &Fleet, cluster: &str, name: &str) {
    let labels = json!({"cluster.x-k8s.io/cluster-name": cluster, CONTROL_PLANE_LABEL: ""});
    let metadata = json!({"name": name, "labels": labels});
    let reference = |group: &str, kind: &str| json!({"apiGroup": group, "kind": kind, "name": name});
    let configuration = json!({"clusterConfiguration": {"certificatesDir": "/etc/kubernetes/pki"}});
    fleet
        .create_with(Watched::KubeadmConfig, metadata.clone(), configuration)
        .await;
    let backend = json!({"backend": {"inMemory": {}}});
    fleet
        .create_with(Watched::DevMachine, metadata.clone(), backend)
        .await;
    let machine = json!({
        "clusterName": cluster, "version": "v1.31.0",
        "bootstrap": {"configRef": reference("bootstrap.cluster.x-k8s.io", "KubeadmConfig")},
        "infrastructureRef": reference("infrastructure.cluster.x-k8s.io", "DevMachine")
    });
    fleet.create_with(Watched::Machine, metadata, machine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_machines_that_stand_alone_one_initialises_and_a_control_plane_adopts_them() {
    let fleet = Fleet::start().await;
    let secrets = secrets(&fleet);
    let infrastructure =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevCluster", "name": "lone"});
    let backend = json!({"backend": {"inMemory": {}}});
    fleet.create(Watched::DevCluster, "lone", backend).await;
    for name in ["lone-a", "lone-b"] {
        lone_machine(&fleet, "lone", name).await;
    }
    fleet
        .create(
            Watched::Cluster,
            "lone",
            json!({"infrastructureRef": infrastructure}),
        )
        .await;
    let mut inits = 0;
    for name in ["lone-a", "lone-b"] {
        let runs = |machine: &Value| machine["status"]["phase"] == "Running";
        fleet.wait(Watched::Machine, name, runs).await;
        let data = text(&secrets.get(name).await.expect("data"), "value");
        inits += usize::from(data.contains("kubeadm init"));
    }
    assert_eq!(inits, 1, "the other joins");
    let owner = |secret: Secret| secret.metadata.owner_references.expect("owners")[0].kind.clone();
    let authority = secrets.get("lone-ca").await.expect("it is there");
    let certificate = text(&authority, "tls.crt");
    assert_eq!(owner(authority), "KubeadmConfig");

    let template = json!({"template": {"spec": {"backend": {"inMemory": {}}}}});
    fleet.create(Watched::DevMachineTemplate, "lone", template).await;
    let control_plane = json!({
        "replicas": 3, "version": "v1.31.0",
        "machineTemplate": {"spec": {"infrastructureRef": {
            "apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "lone"
        }}},
        "kubeadmConfigSpec": {"clusterConfiguration": {"certificatesDir": "/etc/kubernetes/pki"}}
    });
    fleet
        .create(Watched::KubeadmControlPlane, "lone", control_plane)
        .await;
    let reference = json!({"spec": {"controlPlaneRef": {
        "apiGroup": "controlplane.cluster.x-k8s.io", "kind": "KubeadmControlPlane", "name": "lone"
    }}});
    fleet.patch(Watched::Cluster, "lone", reference).await;
    fleet
        .wait(Watched::KubeadmControlPlane, "lone", |plane| {
            number(plane, "/status/upToDateReplicas") == 3 && status_of(plane, "Available") == "True"
        })
        .await;
    for machine in control_plane_machines(&fleet).await {
        let owners = machine["metadata"]["ownerReferences"].as_array().expect("owners");
        let controller = owners
            .iter()
            .find(|owner| owner["controller"] == true)
            .expect("a controller");
        assert_eq!(controller["kind"], "KubeadmControlPlane");
    }
    let authority = secrets.get("lone-ca").await.expect("it is there");
    assert_eq!(text(&authority, "tls.crt"), certificate, "it stays");
    assert_eq!(owner(authority), "KubeadmControlPlane");
    fleet.settle().await;
    fleet.controllers.stop().await;
}

/// A certificate that ends soon lets its machine be replaced once: the new machine has a new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simulated_machines_have_certificates_that_end_and_are_replaced_before() {
    let fleet = Fleet::start().await;
    fleet.cluster("ends", 1, 0).await;
    fleet.wait_available("ends", 0).await;
    let dated = |machine: &Value| machine["status"]["certificatesExpiryDate"].is_string();
    let machine = fleet.wait_count(Watched::Machine, 1, dated).await.remove(0);
    let parse = |text: &Value| -> jiff::Timestamp { text.as_str().expect("a time").parse().expect("a time") };
    let days = |machine: &Value| {
        let ends = parse(&machine["status"]["certificatesExpiryDate"]);
        ends.duration_since(parse(&machine["metadata"]["creationTimestamp"]))
            .as_hours()
            / 24
    };
    assert_eq!(days(&machine), 365);
    let name = machine["metadata"]["name"].as_str().expect("a name").to_owned();
    let config = machine["spec"]["bootstrap"]["configRef"]["name"]
        .as_str()
        .expect("a config");
    let noted = fleet.get(Watched::KubeadmConfig, config).await;
    assert_eq!(
        noted["metadata"]["annotations"]["machine.cluster.x-k8s.io/certificates-expiry"],
        machine["status"]["certificatesExpiryDate"]
    );

    let soon = SystemClock.now() + jiff::SignedDuration::from_hours(24);
    let soon = json!({"metadata": {"annotations": {"machine.cluster.x-k8s.io/certificates-expiry": soon.to_string()}}});
    fleet.patch(Watched::Machine, &name, soon).await;
    let before = json!({"spec": {"rollout": {"before": {"certificatesExpiryDays": 7}}}});
    fleet.patch(Watched::KubeadmControlPlane, "ends", before).await;
    fleet.wait_gone(Watched::Machine, &name).await;
    let machines = fleet.wait_count(Watched::Machine, 1, dated).await;
    assert_ne!(machines[0]["metadata"]["name"], name.as_str());
    fleet.settle().await;

    // So they do where kubeadm is told how long certificates last.
    let period = json!({"clusterConfiguration": {"certificateValidityPeriodDays": 100}});
    let period = json!({"spec": {"kubeadmConfigSpec": period}});
    fleet.patch(Watched::KubeadmControlPlane, "ends", period).await;
    let lasts = |machine: &Value| dated(machine) && days(machine) == 100;
    fleet.wait_count(Watched::Machine, 1, lasts).await;
    fleet.settle().await;
    fleet.is_left_alone().await;
}
