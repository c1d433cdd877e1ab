//! What the controllers write is what upstream's own definitions allow, at every moment of a cluster's life.
//!
//! Every object that a write came to is written once more, strictly, into a server that has upstream's definitions and
//! nothing of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fleetui_apiserver::{ApiServer, LogicalCluster};
use http::Request;
use k8s_openapi::api::core::v1::{ConfigMap, Node};
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};

use super::Fleet;
use super::classes::quick;
use super::harness::{number, status_of};
use super::requests::{Asked, Log};
use crate::kinds::{self, Watched};

/// What we write and upstream does not know, and why: kind, path, reason. One that nothing needs fails the test.
pub(super) type Addition = (&'static str, &'static str, &'static str);

/// Folders with the definitions of what is written.
const FOLDERS: [&str; 2] = ["v1beta2", "byoh"];

pub(super) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/crds")
        .join(name)
}

/// A server that serves what upstream defines.
struct Upstream {
    client: kube::Client,
    /// Resource names by group, version and kind.
    plurals: BTreeMap<(String, String), String>,
    /// What was written last, by address.
    written: BTreeMap<String, Value>,
    additions: Vec<Addition>,
    /// Those that were needed.
    needed: BTreeSet<(&'static str, &'static str)>,
}

impl Upstream {
    async fn start(additions: &[Addition]) -> Self {
        let server = ApiServer::builder().build().await.expect("a server");
        let client = server.client(&LogicalCluster::root());
        let mut plurals = BTreeMap::new();
        for name in FOLDERS {
            for file in std::fs::read_dir(folder(name)).expect("a folder") {
                let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
                let definition: Value = serde_yaml::from_str(&text).expect("YAML");
                let spec = &definition["spec"];
                let text = |value: &Value| value.as_str().expect("text").to_owned();
                for version in spec["versions"].as_array().expect("versions") {
                    let group_version = format!("{}/{}", text(&spec["group"]), text(&version["name"]));
                    plurals.insert(
                        (group_version, text(&spec["names"]["kind"])),
                        text(&spec["names"]["plural"]),
                    );
                }
                let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
                send(&client, "POST", path, &definition).await.expect("served");
            }
        }
        Self {
            client,
            plurals,
            written: BTreeMap::new(),
            additions: additions.to_vec(),
            needed: BTreeSet::new(),
        }
    }

    /// Writes an object as it is into upstream's server; says why it may not be.
    async fn accept(&mut self, mut object: Value) -> Result<(), String> {
        let text =
            |object: &Value, path: &str| object.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let (version, kind) = (text(&object, "/apiVersion"), text(&object, "/kind"));
        let (version, kind) = (version.unwrap_or_default(), kind.unwrap_or_default());
        let plural = self.plurals.get(&(version.clone(), kind.clone()));
        let plural = plural.ok_or_else(|| format!("upstream serves no {kind} in {version}"))?;
        let name = text(&object, "/metadata/name").unwrap_or_default();
        let collection = format!("/apis/{version}/namespaces/default/{plural}");
        let address = format!("{collection}/{name}");
        for (of, path, _) in &self.additions {
            if *of == kind && take_away(&mut object, path) {
                self.needed.insert((*of, *path));
            }
        }
        // Whom it belongs to is not there, and would be its end.
        let metadata = json!({
            "name": name, "labels": object["metadata"].get("labels"), "annotations": object["metadata"].get("annotations")
        });
        let whole = json!({
            "apiVersion": version, "kind": kind, "metadata": metadata, "spec": object["spec"], "status": object.get("status")
        });
        let before = self.written.insert(address.clone(), whole.clone());
        let strict = "fieldValidation=Strict";
        let (method, path) = match &before {
            None => ("POST", format!("{collection}?{strict}")),
            Some(_) => ("PUT", format!("{address}?{strict}")),
        };
        let changed = |key: &str| before.as_ref().is_none_or(|before| before[key] != whole[key]);
        if changed("spec") || changed("metadata") {
            let mut main = whole.clone();
            main.as_object_mut().map(|fields| fields.remove("status"));
            self.send(method, &path, main)
                .await
                .map_err(|why| format!("{kind}: {why}"))?;
        }
        if whole["status"].is_object() && changed("status") {
            self.send("PUT", &format!("{address}/status?{strict}"), whole)
                .await
                .map_err(|why| format!("status of {kind}: {why}"))?;
        }
        Ok(())
    }

    /// Takes an object away, so that it can be made again.
    async fn clear(&self, plural: &str, name: &str) {
        let path = format!("/apis/cluster.x-k8s.io/v1beta2/namespaces/default/{plural}/{name}");
        let _ = send(&self.client, "DELETE", &path, &Value::Null).await;
    }

    /// Sends an object over whatever is there.
    async fn send(&self, method: &str, path: &str, mut object: Value) -> Result<(), String> {
        if method == "PUT" {
            let address = path.split("/status").next().unwrap_or_default();
            let address = address.split('?').next().unwrap_or_default();
            let there = send(&self.client, "GET", address, &Value::Null).await?;
            object["metadata"]["resourceVersion"] = there["metadata"]["resourceVersion"].clone();
        }
        send(&self.client, method, path, &object).await.map(drop)
    }
}

pub(super) async fn send(
    client: &kube::Client,
    method: &str,
    path: &str,
    body: &Value,
) -> Result<Value, String> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        })
        .expect("a request");
    match client.request::<Value>(request).await {
        Ok(answer) => Ok(answer),
        Err(kube::Error::Api(status)) => Err(status.message.clone()),
        Err(error) => Err(error.to_string()),
    }
}

/// Takes away what is at a path; whether there was something.
fn take_away(object: &mut Value, path: &str) -> bool {
    let Some((parent, key)) = path.rsplit_once('/') else {
        return false;
    };
    let parent = object.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.is_some_and(|fields| fields.remove(key).is_some())
}

/// A life with everything in it: growth, an upgrade, a failing machine, a pool, objects that are brought, and the end.
async fn life(fleet: &Fleet) {
    quick(fleet).await;
    fleet.cluster("whole", 1, 2).await;
    let maps: Api<ConfigMap> = Api::namespaced(fleet.client.clone(), "default");
    let brought = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "brought", "namespace": "default"}});
    let map = json!({"metadata": {"name": "bag"}, "data": {"it": brought.to_string()}});
    let map: ConfigMap = serde_json::from_value(map).expect("a ConfigMap");
    maps.create(&PostParams::default(), &map).await.expect("created");
    let set = json!({"clusterSelector": {"matchLabels": {"bag": "yes"}}, "resources": [{"kind": "ConfigMap", "name": "bag"}]});
    fleet.create(Watched::ClusterResourceSet, "bag", set).await;
    let labels = json!({"metadata": {"labels": {"bag": "yes"}}});
    fleet.patch(Watched::Cluster, "whole", labels).await;
    let check = json!({
        "clusterName": "whole", "selector": {"matchLabels": {"cluster.x-k8s.io/deployment-name": "whole-md"}},
        "checks": {"unhealthyNodeConditions": [{"type": "Ready", "status": "False", "timeoutSeconds": 300}]}
    });
    fleet.create(Watched::MachineHealthCheck, "whole", check).await;
    pool(fleet).await;
    fleet.wait_available("whole", 2).await;

    for replicas in [3, 2] {
        let patch = json!({"spec": {"replicas": replicas}});
        fleet.patch(Watched::MachineDeployment, "whole-md", patch).await;
        fleet.wait_available("whole", replicas).await;
    }
    let machines = fleet.list(Watched::Machine).await;
    let worker = machines.iter().find(|machine| {
        machine["metadata"]["labels"]
            .get("cluster.x-k8s.io/deployment-name")
            .is_some()
    });
    let worker = worker.and_then(|worker| worker["metadata"]["name"].as_str());
    let worker = worker.expect("a worker");
    let nodes: Api<Node> = Api::all(fleet.workload("whole"));
    nodes
        .delete(worker, &DeleteParams::default())
        .await
        .expect("the node is lost");
    fleet.wait_gone(Watched::Machine, worker).await;
    fleet.wait_available("whole", 2).await;

    let version = json!({"spec": {"version": "v1.32.0"}});
    fleet.patch(Watched::KubeadmControlPlane, "whole", version).await;
    fleet
        .wait(Watched::KubeadmControlPlane, "whole", |plane| {
            plane["status"]["version"] == "v1.32.0" && status_of(plane, "RollingOut") == "False"
        })
        .await;
    let version = json!({"spec": {"template": {"spec": {"version": "v1.32.0"}}}});
    fleet.patch(Watched::MachineDeployment, "whole-md", version).await;
    fleet
        .wait(Watched::MachineDeployment, "whole-md", |md| {
            number(md, "/status/upToDateReplicas") == 2
                && number(md, "/status/replicas") == 2
                && status_of(md, "RollingOut") == "False"
        })
        .await;
    fleet.settle().await;
    let clusters = fleet.api(Watched::Cluster);
    clusters
        .delete("whole", &DeleteParams::background())
        .await
        .expect("deleted");
    fleet.wait_gone(Watched::Cluster, "whole").await;
}

async fn pool(fleet: &Fleet) {
    let machines = json!({"backend": {"docker": {}}});
    fleet.create(Watched::DevMachinePool, "pool", machines).await;
    let reference =
        json!({"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachinePool", "name": "pool"});
    let pool = json!({"clusterName": "whole", "replicas": 2, "template": {"spec": {
        "clusterName": "whole", "version": "v1.31.0", "bootstrap": {"dataSecretName": "given"}, "infrastructureRef": reference
    }}});
    fleet.create(Watched::MachinePool, "pool", pool).await;
}

/// The objects of Cluster API's groups that writes came to, in the order in which they came to be.
pub(super) fn objects(log: Vec<Asked>) -> Vec<Value> {
    let version = |object: &Value| -> Option<u64> {
        object
            .pointer("/metadata/resourceVersion")?
            .as_str()?
            .parse()
            .ok()
    };
    let is_ours = |object: &Value| {
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        let group = api_version.split('/').next().unwrap_or_default();
        group.ends_with("cluster.x-k8s.io")
    };
    let mut objects: Vec<(u64, Value)> = log
        .into_iter()
        .map(|asked| asked.answer)
        .filter(is_ours)
        .filter_map(|object| Some((version(&object)?, object)))
        .collect();
    objects.sort_by_key(|(version, _)| *version);
    objects.into_iter().map(|(_, object)| object).collect()
}

/// Whether upstream's files are not here; says so.
pub(super) fn is_absent() -> bool {
    let absent = FOLDERS.map(folder).into_iter().find(|folder| !folder.exists());
    if let Some(absent) = &absent {
        println!("skipped: {} is not here", absent.display());
    }
    absent.is_some()
}

/// Holds all objects against upstream's definitions, and gives their kinds.
pub(super) async fn hold_against(objects: Vec<Value>, additions: &[Addition]) -> BTreeSet<String> {
    let mut upstream = Upstream::start(additions).await;
    let mut kinds = BTreeSet::new();
    let mut refused = BTreeMap::new();
    for object in objects {
        kinds.insert(object["kind"].as_str().unwrap_or_default().to_owned());
        if let Err(why) = upstream.accept(object.clone()).await {
            refused.insert(why, object);
        }
    }
    assert!(
        refused.is_empty(),
        "{:#?}; the first: {:?}",
        refused.keys().collect::<Vec<_>>(),
        refused.values().next()
    );
    for (kind, path, reason) in additions {
        assert!(
            upstream.needed.contains(&(*kind, *path)),
            "{kind} has no {path} any more ({reason})"
        );
    }
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_is_what_upstreams_definitions_allow() {
    if is_absent() {
        return;
    }
    let log = Log::default();
    let fleet = Fleet::start_behind(log.wrap()).await;
    Box::pin(life(&fleet)).await;
    fleet.controllers.stop().await;
    let written = hold_against(objects(log.take()), &[]).await;
    let on_hosts = |kind: Watched| kind.kind().starts_with("Byo") || kind.kind().starts_with("K8sInstaller");
    for kind in kinds::ALL
        .into_iter()
        .filter(|kind| kind.is_reconciled() && !on_hosts(*kind))
    {
        assert!(
            written.contains(kind.kind()),
            "nothing was written of {}",
            kind.kind()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_upstream_does_not_know_is_found() {
    if is_absent() {
        return;
    }
    let good = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "metadata": {"name": "m"},
        "spec": {
            "clusterName": "c", "bootstrap": {"dataSecretName": "d"},
            "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": "m"}
        },
        "status": {"phase": "Running"}
    });
    let mut upstream = Upstream::start(&[("Machine", "/status/mark", "of the test")]).await;
    for (patch, refused) in [
        (json!({"spec": {"mark": 1}}), Some("unknown field \"spec.mark\"")),
        (
            json!({"status": {"nodeInfo": {"mark": 1}}}),
            Some("unknown field \"status.nodeInfo.mark\""),
        ),
        (
            json!({"status": {"phase": "Napping"}}),
            Some("Unsupported value: \"Napping\""),
        ),
        (
            json!({"spec": {"clusterName": null}}),
            Some("spec.clusterName: Required value"),
        ),
        (json!({"status": {"mark": 1}}), None),
        (json!({}), None),
    ] {
        let mut object = good.clone();
        json_patch::merge(&mut object, &patch);
        let told = upstream.accept(object).await;
        match refused {
            None => assert_eq!(told, Ok(()), "{patch}"),
            Some(why) => assert!(
                told.as_ref().is_err_and(|told| told.contains(why)),
                "{patch}: {told:?}"
            ),
        }
        upstream.written.clear();
        upstream.clear("machines", "m").await;
    }
}
