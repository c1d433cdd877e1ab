//! What was applied or edited and is taken back: what the server made of it goes with it, and nobody else's change is written over.

use fleetui_fleet::act::plan::{Around, latest, undo, weigh};
use fleetui_fleet::act::{Confirmed, Deed, Mode, Plan};
use fleetui_fleet::object_edit;
use serde_json::{Value, json};

use super::embedded::{management_clusters, quick, send};
use super::weighing::{DEPLOYMENTS, carried_out, deployment, file, judged, key};
use super::*;
use crate::{Answer, Failure, FailureKind};

const DEV_CLUSTERS: &str = "/apis/infrastructure.cluster.x-k8s.io/v1beta2/namespaces/default/devclusters";

/// Carries a plan out as the command line does: looked at, weighed, written.
async fn act(fleet: &Fleet, mut plan: Plan) -> Result<(), Failure> {
    let judgement = judged(fleet, plan.clone()).await?;
    let around = Around {
        store: &fleet.store,
        now: Timestamp::UNIX_EPOCH,
    };
    weigh(&around, &mut plan, &judgement);
    match carried_out(fleet, plan).await? {
        Answer::Done { .. } => Ok(()),
        other => panic!("{other:?}"),
    }
}

/// The plan that takes the latest change back, or why there is none.
async fn back(fleet: &Fleet) -> Result<Plan, String> {
    let entries = fleet.client.activity(50).await.unwrap();
    let id = latest(&entries, None).expect("something was done");
    let around = Around {
        store: &fleet.store,
        now: Timestamp::UNIX_EPOCH,
    };
    undo(&around, &entries, id).map_err(|refusal| refusal.why)
}

/// Waits until the fleet knows an object as it is stored by now.
async fn caught_up(fleet: &mut Fleet, key: &ObjectKey, stored: &Value) {
    let version = stored["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    fleet
        .until("the object as it is", |store| {
            store
                .get(key)
                .is_some_and(|row| row.facts.resource_version == version)
        })
        .await;
}

async fn there(client: &kube::Client, path: &str) -> Value {
    send(client, "GET", path, &json!({})).await
}

/// Somebody else's change.
async fn others(client: &kube::Client, path: &str, change: &Value) {
    let request = http::Request::builder().method("PATCH").uri(path);
    let request = request.header("content-type", "application/merge-patch+json");
    let request = request.body(change.to_string().into_bytes()).unwrap();
    client.request_text(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_was_applied_is_taken_back_where_nobody_changed_it() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    send(&taipei, "POST", DEPLOYMENTS, &deployment("md", "there")).await;
    let mut fleet = Fleet::with(vec![Target::ready("taipei", taipei.clone())], quick());
    fleet.until_live("taipei").await;
    let path = format!("{DEPLOYMENTS}/md");
    let replicas = async || there(&taipei, &path).await["spec"]["replicas"].clone();
    let five = |name: &str| {
        json!({
            "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
            "metadata": {"namespace": "default", "name": name, "labels": {"applied": "yes"}}, "spec": {"replicas": 5},
        })
    };
    act(&fleet, file(&fleet, &[five("md")], true)).await.unwrap();
    assert_eq!(replicas().await, 5);
    let plan = back(&fleet).await.unwrap();
    assert!(matches!(plan.act.deed, Deed::Undo(_)));
    act(&fleet, plan).await.unwrap();
    let object = there(&taipei, &path).await;
    assert_eq!(object["spec"]["replicas"], 1);
    assert_eq!(object.pointer("/metadata/labels/applied"), None);
    // What somebody else has made of it stays.
    act(&fleet, file(&fleet, &[five("md")], true)).await.unwrap();
    others(&taipei, &path, &json!({"spec": {"replicas": 7}})).await;
    let refused = act(&fleet, back(&fleet).await.unwrap()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict, "{refused}");
    assert_eq!(replicas().await, 7);
    // What stays as it is in a file with it needs nothing, also where the fleet does not know it.
    let config_map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default", "name": "same"}, "data": {"a": "1"},
    });
    act(&fleet, file(&fleet, std::slice::from_ref(&config_map), false))
        .await
        .unwrap();
    act(&fleet, file(&fleet, &[config_map, five("md")], true))
        .await
        .unwrap();
    assert_eq!(replicas().await, 5);
    act(&fleet, back(&fleet).await.unwrap()).await.unwrap();
    assert_eq!(replicas().await, 7);
    // What was created is deleted, and not taken back.
    let mut new = deployment("new", "there");
    new["spec"]["replicas"] = json!(2);
    act(&fleet, file(&fleet, &[new], false)).await.unwrap();
    let stored = there(&taipei, &format!("{DEPLOYMENTS}/new")).await;
    caught_up(&mut fleet, &key("MachineDeployment", "new"), &stored).await;
    let why = back(&fleet).await.unwrap_err();
    assert!(why.contains("was created by it"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_has_changed_and_changed_back_stays() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    send(&taipei, "POST", DEPLOYMENTS, &deployment("md", "there")).await;
    let mut fleet = Fleet::with(vec![Target::ready("taipei", taipei.clone())], quick());
    fleet.until_live("taipei").await;
    let (md, path) = (key("MachineDeployment", "md"), format!("{DEPLOYMENTS}/md"));
    let base = fleet.client.read_editable(&md, "").await.unwrap();
    let mut mine = Value::clone(&base.object);
    mine["spec"]["replicas"] = json!(4);
    let plan = object_edit::plan(&fleet.store, &md, (&base, &mine), Timestamp::UNIX_EPOCH).unwrap();
    act(&fleet, plan).await.unwrap();
    // Also after it was looked at, and a moment before it is written.
    let mut looked_at = back(&fleet).await.unwrap();
    let judgement = judged(&fleet, looked_at.clone()).await.unwrap();
    let around = Around {
        store: &fleet.store,
        now: Timestamp::UNIX_EPOCH,
    };
    weigh(&around, &mut looked_at, &judgement);
    for replicas in [5, 4] {
        others(&taipei, &path, &json!({"spec": {"replicas": replicas}})).await;
    }
    let confirmed = Confirmed {
        digest: looked_at.digest(),
        twice: true,
        dry_run_seconds: Some(0),
        ..Confirmed::default()
    };
    let refused = fleet
        .client
        .act(looked_at, Mode::Perform(confirmed))
        .await
        .unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict, "{refused}");
    let refused = act(&fleet, back(&fleet).await.unwrap()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict, "{refused}");
    assert!(refused.message.contains("spec.replicas was set by"), "{refused}");
    assert_eq!(there(&taipei, &path).await["spec"]["replicas"], 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_added_to_an_edit_goes_with_it() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    let object = json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevCluster",
        "metadata": {"namespace": "default", "name": "dev"},
        "spec": {"backend": {"docker": {"loadBalancer": {"imageTag": "v1"}}}},
    });
    let before = send(&taipei, "POST", DEV_CLUSTERS, &object).await;
    let mut fleet = Fleet::with(vec![Target::ready("taipei", taipei.clone())], quick());
    fleet.until_live("taipei").await;
    let path = format!("{DEV_CLUSTERS}/dev");
    let of = ObjectKey::new(
        ManagementCluster::new("taipei"),
        fleetui_base::GroupKind::new("infrastructure.cluster.x-k8s.io", "DevCluster"),
        ObjectName::new("default", "dev"),
    );
    let base = fleet.client.read_editable(&of, "").await.unwrap();
    let mut mine = Value::clone(&base.object);
    mine["spec"]["backend"]["docker"]["loadBalancer"]["customHAProxyConfigTemplateRef"] = json!({});
    let plan = object_edit::plan(&fleet.store, &of, (&base, &mine), Timestamp::UNIX_EPOCH).unwrap();
    act(&fleet, plan).await.unwrap();
    let made = there(&taipei, &path).await;
    let reference = "/spec/backend/docker/loadBalancer/customHAProxyConfigTemplateRef";
    assert_eq!(
        made.pointer(reference),
        Some(&json!({"name": ""})),
        "the server sets a field beside"
    );
    act(&fleet, back(&fleet).await.unwrap()).await.unwrap();
    assert_eq!(there(&taipei, &path).await["spec"], before["spec"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_was_removed_is_put_back_where_nobody_set_it_since() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    let mut object = deployment("md", "there");
    object["metadata"]["labels"] = json!({"a": "1", "b": "2"});
    let stored = send(&taipei, "POST", DEPLOYMENTS, &object).await;
    let mut fleet = Fleet::with(vec![Target::ready("taipei", taipei.clone())], quick());
    fleet.until_live("taipei").await;
    let (md, path) = (key("MachineDeployment", "md"), format!("{DEPLOYMENTS}/md"));
    caught_up(&mut fleet, &md, &stored).await;
    let label = async || there(&taipei, &path).await["metadata"]["labels"]["b"].clone();
    for set_again in [false, true] {
        let base = fleet.client.read_editable(&md, "").await.unwrap();
        let mut mine = Value::clone(&base.object);
        mine["metadata"]["labels"].as_object_mut().unwrap().remove("b");
        let plan = object_edit::plan(&fleet.store, &md, (&base, &mine), Timestamp::UNIX_EPOCH).unwrap();
        act(&fleet, plan).await.unwrap();
        assert_eq!(label().await, Value::Null);
        if set_again {
            others(&taipei, &path, &json!({"metadata": {"labels": {"b": "9"}}})).await;
        }
        caught_up(&mut fleet, &md, &there(&taipei, &path).await).await;
        let taken_back = act(&fleet, back(&fleet).await.unwrap()).await;
        if set_again {
            let refused = taken_back.unwrap_err();
            assert_eq!(refused.kind, FailureKind::Conflict, "{refused}");
            assert!(
                refused.message.contains("metadata.labels.b was set again"),
                "{refused}"
            );
            assert_eq!(label().await, "9");
        } else {
            taken_back.unwrap();
            assert_eq!(label().await, "2");
            caught_up(&mut fleet, &md, &there(&taipei, &path).await).await;
        }
    }
}
