//! What a new cluster refers to is looked for before anything of it is written.

use fleetui_fleet::act::{Judgement, Mode};
use serde_json::{Value, json};

use super::*;
use crate::{Answer, Command, Failure};

/// What the gate says of a creation beforehand.
async fn previewed(stage: &Stage, creation: &Creation) -> Result<Judgement, Failure> {
    let store = FleetStore::default();
    let around = Around {
        store: &store,
        now: Timestamp::UNIX_EPOCH,
    };
    let plan = Box::new(plan_creation(&around, creation, false).unwrap());
    let command = Command::Act {
        plan,
        mode: Mode::Preview,
    };
    match stage.one.client.execute(command).await {
        Ok(Answer::Judged(judgement)) => Ok(judgement),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => Err(failure),
    }
}

fn of_kind<'a>(objects: &'a mut [Value], kind: &str) -> &'a mut Value {
    objects.iter_mut().find(|object| object["kind"] == kind).unwrap()
}

/// The objects of a simulated cluster after a change, judged and then created.
async fn refused(stage: &Stage, name: &str, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let creation = creation_with(&stage.one.client, name, change);
    let failure = previewed(stage, &creation).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused(Step::DryRun));
    // Whoever goes on in spite of it comes no farther.
    let interrupted = create(&stage.one, creation.clone(), false).await.unwrap_err();
    assert_eq!(interrupted.failure, failure);
    assert_eq!(stage.there(&creation).await, Vec::<String>::new());
    failure.message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_refers_to_nothing_is_refused_before_anything_is_written() {
    let stage = Stage::set().await;
    assert_eq!(
        refused(
            &stage,
            "c1",
            |objects| of_kind(objects, "DevMachineTemplate")["metadata"]["name"] = "other".into()
        )
        .await,
        "KubeadmControlPlane default/c1-control-plane refers to DevMachineTemplate c1-control-plane in \
         spec.machineTemplate.spec.infrastructureRef; it is neither created with it nor in taipei: correct the name, or add it"
    );
    let without = refused(&stage, "c2", |objects| {
        objects.retain(|object| object["kind"] != "KubeadmControlPlane");
    })
    .await;
    assert!(
        without.starts_with("Cluster default/c2 refers to KubeadmControlPlane c2-control-plane in spec.controlPlaneRef; it is neither"),
        "{without}"
    );
    let elsewhere = refused(&stage, "c3", |objects| {
        of_kind(objects, "KubeadmConfigTemplate")["metadata"]["namespace"] = "kube-system".into();
    });
    let elsewhere = elsewhere.await;
    assert!(
        elsewhere.ends_with("it is created in namespace kube-system, and has to be in default"),
        "{elsewhere}"
    );
    let creation = creation_with(&stage.one.client, "c4", |objects| {
        of_kind(objects, "MachineDeployment")["spec"]["clusterName"] = "c5".into();
        of_kind(objects, "MachineDeployment")["spec"]["template"]["spec"]["clusterName"] = "c5".into();
    });
    let store = FleetStore::default();
    let around = Around {
        store: &store,
        now: Timestamp::UNIX_EPOCH,
    };
    let of_another = plan_creation(&around, &creation, false).unwrap_err();
    assert_eq!(
        of_another.why,
        "MachineDeployment default/c4-md-0 would be of Cluster default/c5 (spec.clusterName), and not of default/c4, which is created: correct it, or leave it out"
    );
}

/// What one cluster has, no other one takes: it would go with whichever is deleted first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_cluster_has_is_refused_and_its_templates_are_warned_of() {
    let stage = Stage::set().await;
    create(
        &stage.one,
        creation_with(&stage.one.client, "first", |_| {}),
        false,
    )
    .await
    .unwrap();
    let get = |path: &str| Request::get(path).body(Vec::new()).unwrap();
    let clusters = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/clusters/first";
    let first = stage.kube.request_text(get(clusters)).await.unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    // As its controllers do it.
    let owner = json!({"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster", "name": "first", "uid": first["metadata"]["uid"]});
    for path in [
        "/apis/controlplane.cluster.x-k8s.io/v1beta2/namespaces/default/kubeadmcontrolplanes/first-control-plane",
        "/apis/infrastructure.cluster.x-k8s.io/v1beta2/namespaces/default/devmachinetemplates/first-md-0",
    ] {
        let patch = json!({"metadata": {"ownerReferences": [owner]}});
        let request = Request::patch(path)
            .header("content-type", "application/merge-patch+json")
            .body(serde_json::to_vec(&patch).unwrap())
            .unwrap();
        stage.kube.request_text(request).await.unwrap();
    }
    let taken = refused(&stage, "second", |objects| {
        objects.retain(|object| object["kind"] != "KubeadmControlPlane");
        of_kind(objects, "Cluster")["spec"]["controlPlaneRef"]["name"] = "first-control-plane".into();
    });
    assert_eq!(
        taken.await,
        "Cluster default/second refers to KubeadmControlPlane first-control-plane in spec.controlPlaneRef, which is Cluster first's; \
         two clusters cannot have it: name one of its own"
    );
    let shared = creation_with(&stage.one.client, "third", |objects| {
        let workers = of_kind(objects, "MachineDeployment");
        workers["spec"]["template"]["spec"]["infrastructureRef"]["name"] = "first-md-0".into();
    });
    assert_eq!(
        previewed(&stage, &shared).await.unwrap().warnings,
        [
            "MachineDeployment default/third-md-0 refers to DevMachineTemplate first-md-0 in spec.template.spec.infrastructureRef, \
          which is Cluster first's and is deleted with it"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_already_is_referred_to_and_what_may_come_later_is_warned_of() {
    let stage = Stage::set().await;
    let kept = creation_with(&stage.one.client, "kept", |_| {});
    create(&stage.one, kept, false).await.unwrap();
    // Its templates serve another cluster too; and a set of resources may be filled when that is up.
    let creation = creation_with(&stage.one.client, "c6", |objects| {
        objects.retain(|object| object["kind"] != "DevMachineTemplate");
        let template = |object: &mut Value, pointer: &str, name: &str| {
            object.pointer_mut(pointer).unwrap()["name"] = name.into();
        };
        let control_plane = of_kind(objects, "KubeadmControlPlane");
        template(
            control_plane,
            "/spec/machineTemplate/spec/infrastructureRef",
            "kept-control-plane",
        );
        let workers = of_kind(objects, "MachineDeployment");
        template(workers, "/spec/template/spec/infrastructureRef", "kept-md-0");
        objects.push(json!({
            "apiVersion": "addons.cluster.x-k8s.io/v1beta2", "kind": "ClusterResourceSet",
            "metadata": {"name": "c6-cni", "namespace": "default"},
            "spec": {
                "clusterSelector": {"matchLabels": {"cni": "own"}},
                "resources": [{"kind": "ConfigMap", "name": "c6-cni"}],
            },
        }));
    });
    let judgement = previewed(&stage, &creation).await.unwrap();
    assert_eq!(
        judgement.warnings,
        [
            "ClusterResourceSet default/c6-cni refers to ConfigMap c6-cni in spec.resources[0]; \
          it is neither created with it nor in taipei: correct the name, or add it"
        ]
    );
    create(&stage.one, creation.clone(), false).await.unwrap();
}
