//! What a rollout writes into the workload cluster, and that it writes it once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::kubeadm_control_plane::tests::sample;

fn config_map(text: &str) -> ConfigMap {
    ConfigMap {
        data: Some(BTreeMap::from([(KEY.to_owned(), text.to_owned())])),
        ..ConfigMap::default()
    }
}

#[test]
fn kubeadms_configuration_follows_the_wishes_and_keeps_the_rest() {
    let present = "\
apiServer:
  timeoutForControlPlane: 4m0s
  extraArgs:
    old: \"true\"
apiVersion: kubeadm.k8s.io/v1beta3
clusterName: mine
controlPlaneEndpoint: 192.0.2.1:6443
kind: ClusterConfiguration
kubernetesVersion: v1.30.0
networking:
  podSubnet: 10.0.0.0/16
scheduler: {}
";
    let wishes = json!({"spec": {"version": "v1.31.0", "kubeadmConfigSpec": {"clusterConfiguration": {
        "apiServer": {"extraArgs": [{"name": "new", "value": "1"}]}, "imageRepository": "registry.example",
        "dns": {"imageTag": "v1.12.0"}
    }}}});
    let world = sample(&wishes);
    let patch = update_config(&world, &config_map(present)).expect("a patch");
    let text = patch["data"][KEY].as_str().expect("text");
    let updated: Value = serde_yaml::from_str(text).expect("YAML");
    assert_eq!(
        updated,
        json!({
            "apiServer": {"extraArgs": [{"name": "new", "value": "1"}]},
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "clusterName": "mine",
            "controlPlaneEndpoint": "192.0.2.1:6443",
            "kind": "ClusterConfiguration",
            "kubernetesVersion": "v1.31.0",
            "networking": {"podSubnet": "10.0.0.0/16"},
            "imageRepository": "registry.example",
            "dns": {"imageTag": "v1.12.0"},
            "featureGates": {"ControlPlaneKubeletLocalMode": true}
        })
    );
    assert_eq!(
        update_config(&world, &config_map(text)),
        None,
        "a second time there is nothing to do"
    );
    assert_eq!(
        update_config(&world, &config_map("nonsense: [")),
        None,
        "what cannot be read is left alone"
    );
}

#[test]
fn what_is_not_wished_stays_as_kubeadm_wrote_it() {
    let present = "\
apiServer: {}
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: v1.31.0
";
    let updated = |wishes: &Value| -> Value {
        let patch = update_config(&sample(wishes), &config_map(present)).expect("a patch");
        serde_yaml::from_str(patch["data"][KEY].as_str().expect("text")).expect("YAML")
    };
    let mut whole: Value = serde_yaml::from_str(present).expect("YAML");
    whole["kubernetesVersion"] = json!("v1.33.1");
    assert_eq!(
        updated(
            &json!({"spec": {"version": "v1.33.1", "kubeadmConfigSpec": {"clusterConfiguration": null}}})
        ),
        whole,
        "without any wish only the version goes on"
    );
    let wishes = json!({"certificateValidityPeriodDays": 100});
    let some = updated(
        &json!({"spec": {"version": "v1.33.1", "kubeadmConfigSpec": {"clusterConfiguration": wishes}}}),
    );
    assert_eq!(some["imageRepository"], "registry.k8s.io");
    assert_eq!(some["caCertificateValidityPeriod"], "87600h0m0s");
    assert_eq!(some["certificateValidityPeriod"], "2400h0m0s");
    assert_eq!(some.get("apiServer"), None, "that is the control plane's to say");
}

#[test]
fn kube_proxy_gets_the_new_version_from_its_own_registry() {
    let proxy = |image: &str| -> DaemonSet {
        serde_json::from_value(
            json!({"metadata": {"resourceVersion": "5"}, "spec": {"selector": {}, "template": {"spec": {
                "containers": [{"name": "helper", "image": "x:1"}, {"name": "kube-proxy", "image": image}]
            }}}}),
        )
        .expect("a DaemonSet")
    };
    let world = sample(&json!({"spec": {"version": "v1.31.0+build.1"}}));
    let cases = [
        (
            "registry.k8s.io/kube-proxy:v1.30.0",
            Some("registry.k8s.io/kube-proxy:v1.31.0_build.1"),
        ),
        (
            "localhost:5000/kube-proxy",
            Some("localhost:5000/kube-proxy:v1.31.0_build.1"),
        ),
        ("registry.k8s.io/kube-proxy:v1.31.0_build.1", None),
    ];
    for (image, expected) in cases {
        let patch = update_proxy(&world, &proxy(image));
        let containers = patch.map(|patch| patch["spec"]["template"]["spec"]["containers"].clone());
        let image = containers
            .as_ref()
            .and_then(|containers| containers[1]["image"].as_str());
        assert_eq!(image, expected);
        if let Some(containers) = &containers {
            assert_eq!(containers[0]["image"], "x:1");
        }
    }
}

#[test]
fn it_is_looked_at_only_when_something_is_to_be_done() {
    let status = |version: &str| json!({"status": {"version": version}, "spec": {"replicas": 1}});
    let world = |wishes: &Value| {
        let mut world = sample(wishes);
        world.machines = vec![crate::kubeadm_control_plane::tests::healthy("a")];
        world
    };
    assert!(!wants_config(&world(&status("v1.31.0"))) && !wants_proxy(&world(&status("v1.31.0"))));
    assert!(wants_proxy(&world(&status("v1.30.0"))));
    let mut skipped = status("v1.30.0");
    skipped["metadata"] = json!({"annotations": {SKIP_PROXY: ""}});
    assert!(!wants_proxy(&world(&skipped)));
    let mut rolling = world(&json!({"spec": {"version": "v1.32.0"}}));
    assert!(wants_config(&rolling) && !wants_proxy(&rolling));
    rolling.workload.config = Some(Box::new(config_map("kubernetesVersion: v1.31.0\n")));
    let cluster = Arc::clone(rolling.cluster.as_ref().expect("a cluster"));
    assert_eq!(changes(&rolling, &cluster).len(), 1);
}

#[test]
fn the_permission_to_speak_to_kubelets_is_made_where_it_is_missing() {
    let made = |version: &str, lacks_permission: bool| {
        let mut world = sample(&json!({"spec": {"version": version}}));
        world.workload.lacks_permission = lacks_permission;
        let cluster = world.cluster.clone().expect("a cluster");
        changes(&world, &cluster)
    };
    assert!(made("v1.37.0", false).is_empty());
    assert!(
        made("v1.38.0", true).is_empty(),
        "kubeadm has made it itself by then"
    );
    let changes = made("v1.37.0", true);
    let [
        Change::Workload {
            write: WorkloadWrite::Create { resource, object },
            ..
        },
    ] = changes.as_slice()
    else {
        panic!("{changes:?}");
    };
    assert_eq!(
        (resource.kind.as_str(), object.metadata.name.as_deref()),
        ("ClusterRoleBinding", Some("kubeadm:apiserver-kubelet-client"))
    );
    assert_eq!(object.data["roleRef"]["name"], "system:kubelet-api-admin");
    assert_eq!(
        object.data["subjects"][0]["name"],
        "kube-apiserver-kubelet-client"
    );
}
