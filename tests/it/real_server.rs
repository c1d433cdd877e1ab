//! The program at a real Kubernetes API server, which a variable names a kubeconfig of. What is made there is taken away
//! again, kinds included; the server should be for nothing else all the same.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams,
};
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use crate::program::{Ended, Home};
use crate::running::Running;

/// Names the kubeconfig, whose current context administers the server.
const VARIABLE: &str = "FLEETUI_TEST_KUBECONFIG";

const NAMESPACE: &str = "fleetui-test";

/// How long anything may take there.
const PATIENCE: Duration = Duration::from_mins(2);

struct Place {
    home: Home,
    kubeconfig: PathBuf,
    client: kube::Client,
}

impl Place {
    async fn find() -> Option<Self> {
        let Some(kubeconfig) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
            println!("skipped: {VARIABLE} names no kubeconfig of a real API server");
            return None;
        };
        let file = Kubeconfig::read_from(&kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
            .await
            .unwrap();
        Some(Self {
            home: Home::new(),
            kubeconfig,
            client: kube::Client::try_from(config).unwrap(),
        })
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        let kubeconfig = self.kubeconfig.to_str().unwrap();
        let ended = self
            .home
            .run(&[arguments, &["--kubeconfig", kubeconfig]].concat())
            .await;
        assert_eq!(ended.code, Some(0), "{}{}", ended.printed, ended.said);
        ended
    }

    fn controllers(&self) -> Running {
        let arguments: [&OsStr; 3] = [
            "controllers".as_ref(),
            "--kubeconfig".as_ref(),
            self.kubeconfig.as_ref(),
        ];
        Running::start(self.home.path(), &arguments)
    }

    fn all(&self, group: &str, version: &str, kind: &str) -> Api<DynamicObject> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        Api::all_with(self.client.clone(), &resource)
    }

    fn within(&self, group: &str, version: &str, kind: &str) -> Api<DynamicObject> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        Api::namespaced_with(self.client.clone(), NAMESPACE, &resource)
    }

    fn core(&self, kind: &str) -> Api<DynamicObject> {
        self.within("cluster.x-k8s.io", "v1beta2", kind)
    }

    /// Applies what a template wrote, as `kubectl apply --server-side` does; gives the generations.
    async fn apply(&self, documents: &str) -> Vec<Option<i64>> {
        let mut generations = Vec::new();
        for document in documents.split("\n---\n") {
            let object: Value = serde_yaml::from_str(document).unwrap();
            let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap().to_owned();
            let (group, version) = text("/apiVersion")
                .split_once('/')
                .map(|(group, version)| (group.to_owned(), version.to_owned()))
                .unwrap();
            let api = self.within(&group, &version, &text("/kind"));
            let params = PatchParams::apply("kubectl").force();
            let applied = api
                .patch(&text("/metadata/name"), &params, &Patch::Apply(&object))
                .await
                .unwrap();
            generations.push(applied.metadata.generation);
        }
        generations
    }

    async fn clean(&self) {
        let delete = DeleteParams::default();
        let namespaces = self.all("", "v1", "Namespace");
        let names = [
            NAMESPACE,
            "fleetui-system",
            "capi-system",
            "capi-kubeadm-bootstrap-system",
            "capi-kubeadm-control-plane-system",
            "byoh-system",
        ];
        for name in names {
            // Whatever is not there needs no cleaning.
            let _ = namespaces.delete(name, &delete).await;
        }
        let definitions = self.all("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
        for definition in definitions.list(&ListParams::default()).await.unwrap().items {
            let name = definition.metadata.name.unwrap();
            if name.ends_with("cluster.x-k8s.io") {
                let _ = definitions.delete(&name, &delete).await;
            }
        }
    }
}

/// Asks until the answer is good.
async fn until(what: &str, mut good: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !good().await {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| panic!("it does not come: {what}"));
}

fn condition<'a>(object: &'a DynamicObject, kind: &str) -> Option<&'a Value> {
    let conditions = object.data.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| condition["type"] == kind)
}

/// Installs the kinds, twice.
async fn install(place: &Place) {
    place.run(&["init", "--yes"]).await;
    let definitions = place.all("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    let list = ListParams::default();
    let mut seen = 0;
    for definition in definitions.list(&list).await.unwrap().items {
        if definition
            .metadata
            .name
            .as_deref()
            .unwrap()
            .ends_with("cluster.x-k8s.io")
        {
            let established = condition(&definition, "Established").unwrap();
            assert_eq!(established["status"], "True", "{definition:?}");
            assert!(
                condition(&definition, "NonStructuralSchema").is_none(),
                "{definition:?}"
            );
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
    // Again it changes nothing.
    let versions = async || -> Vec<Option<String>> {
        let list = definitions.list(&list).await.unwrap();
        list.items
            .into_iter()
            .map(|one| one.metadata.resource_version)
            .collect()
    };
    let before = versions().await;
    place.run(&["init", "--yes"]).await;
    assert_eq!(versions().await, before);
}

#[tokio::test]
async fn kinds_controllers_and_a_cluster() {
    let Some(place) = Place::find().await else {
        return;
    };
    install(&place).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
    place
        .all("", "v1", "Namespace")
        .patch(NAMESPACE, &PatchParams::apply("test"), &Patch::Apply(namespace))
        .await
        .unwrap();
    let mut controllers = place.controllers();
    controllers.hear("the controllers lead").await;
    let list = ListParams::default();

    let asked = [
        "generate",
        "cluster",
        "c1",
        "-i",
        "simulated",
        "-n",
        NAMESPACE,
        "--kubernetes-version",
        "v1.33.1",
        "--worker-machine-count",
        "2",
    ];
    let written = place.run(&asked).await.printed;
    place.apply(&written).await;
    let (clusters, deployments, sets) = (
        place.core("Cluster"),
        place.core("MachineDeployment"),
        place.core("MachineSet"),
    );
    until("a Cluster that tells what it waits for", async || {
        let cluster = clusters.get("c1").await.unwrap();
        condition(&cluster, "InfrastructureReady").is_some_and(|ready| {
            let message = ready["message"].as_str().unwrap_or_default();
            message.contains("a part of fleetui serve and of fleetui demo alone")
        })
    })
    .await;
    // Its machines wait for a control plane that never comes here.
    let wished = async || -> Vec<Value> {
        let sets = sets.list(&list).await.unwrap().items;
        sets.iter()
            .map(|set| set.data["spec"]["replicas"].clone())
            .collect()
    };
    until("a MachineSet for two machines", async || wished().await == [2]).await;
    // What the controllers filled in is theirs, and whoever applies again changes nothing.
    let deployment = deployments.get("c1-md-0").await.unwrap();
    assert_eq!(
        deployment.data["spec"]["selector"]["matchLabels"]["cluster.x-k8s.io/deployment-name"], "c1-md-0",
        "{deployment:?}"
    );
    let first = place.apply(&written).await;
    assert_eq!(place.apply(&written).await, first);

    let scale = Patch::Merge(json!({"spec": {"replicas": 1}}));
    deployments
        .patch_scale("c1-md-0", &PatchParams::default(), &scale)
        .await
        .unwrap();
    until("one machine less", async || wished().await == [1]).await;

    clusters.delete("c1", &DeleteParams::default()).await.unwrap();
    until("nothing left", async || {
        clusters.get_opt("c1").await.unwrap().is_none()
            && sets.list(&list).await.unwrap().items.is_empty()
            && deployments.list(&list).await.unwrap().items.is_empty()
    })
    .await;
    controllers.terminate().await;
    let leases = place.all("coordination.k8s.io", "v1", "Lease");
    let lease = leases
        .list(&list.clone().fields("metadata.name=fleetui-controllers"))
        .await
        .unwrap();
    assert_eq!(lease.items[0].data["spec"]["holderIdentity"], "");
    place.clean().await;
}
