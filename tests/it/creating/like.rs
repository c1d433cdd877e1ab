//! A cluster like one that is there, by command: what of the old one the new one does not have is told, without its secrets.

use serde_json::{Value, json};

use super::commands::Stage;

fn object(kind: &str, name: &str) -> Value {
    let group = match kind {
        "KubeadmControlPlane" => "controlplane.cluster.x-k8s.io",
        _ => "cluster.x-k8s.io",
    };
    json!({"apiVersion": format!("{group}/v1beta2"), "kind": kind, "metadata": {"namespace": "default", "name": name}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_over_from_a_cluster_is_told_without_its_secrets() {
    let stage = Stage::set().await;
    let first = stage
        .create("edge --from simulated --kubernetes-version v1.32.1 --worker-machine-count 2 --yes")
        .await;
    assert_eq!(first.code, Some(0), "{first:?}");
    let like = "second --from edge --dry-run";
    let same = stage.create(like).await;
    assert_eq!(same.code, Some(0), "{same:?}");
    assert!(
        !same.printed.contains("not taken over"),
        "all of it comes of the template: {same:?}"
    );
    // Wherever it is named from.
    for named in [
        "second --from default/edge --dry-run",
        "second --from edge --target-namespace kube-system --dry-run",
    ] {
        let same = stage.create(named).await;
        assert_eq!(same.code, Some(0), "{named}: {same:?}");
    }
    let patches = [
        (
            object("Cluster", "edge"),
            json!({"metadata": {"labels": {"env": "prod"}, "annotations": {"example.com/owner": "hunter2"}}}),
        ),
        (
            object("KubeadmControlPlane", "edge-control-plane"),
            json!({"spec": {"remediation": {"maxRetry": 3}, "kubeadmConfigSpec": {
                "files": [{"path": "/etc/key", "content": "hunter2"}, {"path": "/etc/more", "content": "hunter2"}],
                "preKubeadmCommands": ["echo hunter2"],
                "postKubeadmCommands": ["true", "false"],
            }}}),
        ),
        (
            object("MachineDeployment", "edge-md-0"),
            json!({"spec": {
                "rollout": {"strategy": {"rollingUpdate": {"maxUnavailable": 1}}},
                "template": {"metadata": {"labels": {"zone": "b"}}},
            }}),
        ),
    ];
    for (object, patch) in &patches {
        stage.server.merge(object, patch).await.unwrap();
    }
    let told = "not taken over from default/edge: labels env=prod, annotations example.com/owner; of the control plane remediation, 2 files (/etc/key, /etc/more), 3 commands; of md-0 labels of machines zone=b, rollout.strategy.rollingUpdate.maxUnavailable";
    let other = stage.create(like).await;
    assert_eq!(other.code, Some(0), "{other:?}");
    assert!(other.printed.contains(&format!("warning: {told}")), "{other:?}");
    let yaml = stage.create(&format!("{like} -o yaml")).await;
    assert!(yaml.said.contains(told), "{yaml:?}");
    for ended in [other, yaml] {
        assert!(
            !ended.printed.contains("hunter2") && !ended.said.contains("hunter2"),
            "{ended:?}"
        );
    }
    stage.server.stop().await;
}
