//! Objects that are edited whole: what is read for it, and what is written of them.

use fleetui_api::openapi::{Kind, ListKind};
use fleetui_fleet::act::{Confirmed, Mode};
use fleetui_fleet::object_edit::{Editable, plan};
use serde_json::{Value, json};

use super::embedded::{management_clusters, quick, send};
use super::scripted::{Act, Scripted};
use super::*;
use crate::{Answer, FailureKind};

const DEPLOYMENTS: &str = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machinedeployments";

/// What a server says of Machines.
const MACHINES_SAID: &str = r#"{"components": {"schemas": {"m": {
    "type": "object",
    "x-kubernetes-group-version-kind": [{"group": "cluster.x-k8s.io", "version": "v1beta2", "kind": "Machine"}],
    "properties": {"spec": {"type": "object", "properties": {"clusterName": {"type": "string"}}}}
}}}}"#;

const INDEX: &str = r#"{"paths": {"apis/cluster.x-k8s.io/v1beta2": {"serverRelativeURL": "/openapi/v3/apis/cluster.x-k8s.io/v1beta2?hash=A"}}}"#;

fn deployment_key(name: &str) -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new("taipei"),
        fleetui_base::GroupKind::new("cluster.x-k8s.io", "MachineDeployment"),
        ObjectName::new("default", name),
    )
}

#[tokio::test(start_paused = true)]
async fn what_a_server_says_of_its_fields_is_read_once() {
    let server = Scripted::with_machines(2);
    server.on("GET /openapi/v3", Act::Text(200, INDEX));
    server.on("GET /openapi/v3/apis", Act::Text(200, MACHINES_SAID));
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    for name in ["m0000", "m0001", "m0000"] {
        let key = machine_key("taipei", name);
        let read = fleet.client.read_editable(&key, "").await.unwrap();
        assert_eq!(
            read.schema.unwrap().at("/spec/clusterName").unwrap().kind,
            Kind::Text
        );
        assert_eq!(read.object.pointer("/metadata/managedFields"), None);
        assert_eq!(read.uid, format!("uid-{name}"));
    }
    assert_eq!(server.requests("GET /openapi/v3/apis").len(), 1);
    // It is help, and nothing depends on it.
    server.on("GET /openapi/v3", Act::Status(403, "Forbidden", "no".to_owned()));
    let read = fleet
        .client
        .read_editable(&machine_key("taipei", "m0000"), "")
        .await
        .unwrap();
    assert_eq!(read.schema, None);
    let other = fleet
        .client
        .read_editable(&machine_key("taipei", "m0000"), "an-earlier-life")
        .await
        .unwrap_err();
    assert_eq!(other.kind, FailureKind::NotFound, "{other}");
}

async fn read(fleet: &Fleet) -> Editable {
    fleet
        .client
        .read_editable(&deployment_key("md"), "")
        .await
        .unwrap()
}

/// Writes what was made of an object, through the gate.
async fn write(fleet: &Fleet, base: &Editable, mine: &Value) -> Result<Answer, crate::Failure> {
    let now = Timestamp::UNIX_EPOCH;
    let plan = plan(&fleet.store, &deployment_key("md"), (base, mine), now).unwrap();
    let confirmed = Confirmed {
        digest: plan.digest(),
        twice: true,
        ..Confirmed::default()
    };
    fleet.client.act(plan, Mode::Perform(confirmed)).await
}

fn with(object: &Value, pointer: &str, value: Value) -> Value {
    let mut object = object.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[name] = value;
    object
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_edited_is_written_over_nothing_that_others_did() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    let deployment = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
        "metadata": {"namespace": "default", "name": "md", "labels": {"a": "1"}},
        "spec": {"clusterName": "prod", "replicas": 1, "selector": {}, "template": {"spec": {
            "clusterName": "prod", "version": "v1.31.2", "bootstrap": {"dataSecretName": "s"},
            "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": "md"},
        }}},
    });
    send(&taipei, "POST", DEPLOYMENTS, &deployment).await;
    let target = Target::ready("taipei", server.client(&clusters[0]));
    let mut fleet = Fleet::with(vec![target], quick());
    fleet.until_live("taipei").await;
    let first = read(&fleet).await;
    let schema = first.schema.clone().unwrap();
    assert!(!schema.at("/spec/replicas").unwrap().doc.is_empty());
    assert!(matches!(
        schema.list_kind("/spec/template/spec/readinessGates"),
        ListKind::Map(_)
    ));
    assert!(
        first.check(&first.object).is_empty(),
        "{:?}",
        first.check(&first.object)
    );
    // Two made different things of the same reading.
    let mine = with(&first.object, "/spec/replicas", json!(5));
    let theirs = with(&first.object, "/metadata/labels/b", json!("2"));
    write(&fleet, &first, &theirs).await.unwrap();
    write(&fleet, &first, &mine).await.unwrap();
    let both = read(&fleet).await;
    assert_eq!(
        (
            &both.object["spec"]["replicas"],
            &both.object["metadata"]["labels"]["b"]
        ),
        (&json!(5), &json!("2"))
    );
    // The same field, and the same new label, are not written twice from one reading.
    for late in [
        with(&first.object, "/spec/replicas", json!(7)),
        with(&first.object, "/metadata/labels/b", json!("mine")),
    ] {
        let failure = write(&fleet, &first, &late).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
        let merged = first.merge(&late, &both);
        assert_eq!(merged.open.len(), 1, "{merged:?}");
    }
    assert_eq!(read(&fleet).await.object, both.object);
}
