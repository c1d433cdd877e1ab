//! The same room against embedded management clusters: a real API on the other side, in the machine's own time.

use fleetui_apiserver::{ApiServer, LogicalCluster};
use fleetui_fleet::act::{Act, Confirm, Confirmed, Deed, Mode, Plan, Preview, Verb, Write};
use http::Request;
use serde_json::{Value, json};

use super::*;
use crate::{Answer, Command, FailureKind};

const MACHINES: &str = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines";

pub(super) async fn send(client: &kube::Client, method: &str, path: &str, body: &Value) -> Value {
    let mut request = Request::builder().method(method).uri(path);
    request = request.header("content-type", "application/json");
    let text = client
        .request_text(request.body(body.to_string().into_bytes()).unwrap())
        .await;
    serde_json::from_str(&text.unwrap()).unwrap()
}

/// A server with one logical cluster for each name, all of them management clusters.
pub(super) async fn management_clusters(names: &[&str]) -> (ApiServer, Vec<LogicalCluster>) {
    let server = ApiServer::builder().build().await.unwrap();
    let mut clusters = Vec::new();
    for name in names {
        let cluster = LogicalCluster::new(name).unwrap();
        server.create_logical_cluster(&cluster).await.unwrap();
        let client = server.client(&cluster);
        for definition in fleetui_api::crds::all() {
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
            send(&client, "POST", path, &definition).await;
        }
        clusters.push(cluster);
    }
    (server, clusters)
}

fn machine(name: &str) -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine",
        "metadata": {"namespace": "default", "name": name},
        "spec": {"clusterName": "prod", "version": "v1.31.0", "bootstrap": {"dataSecretName": "s"},
                 "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachine", "name": name}},
    })
}

pub(super) fn quick() -> ClientSettings {
    ClientSettings {
        retry_first: Duration::from_millis(20),
        retry_longest: Duration::from_millis(200),
        stale_after: Duration::from_millis(100),
        rediscover_every: Duration::from_millis(500),
        ..ClientSettings::default()
    }
}

fn fleet(server: &ApiServer, clusters: &[LogicalCluster]) -> Fleet {
    let targets = clusters
        .iter()
        .map(|cluster| Target::ready(cluster.as_str(), server.client(cluster)));
    Fleet::with(targets.collect(), quick())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anchor_01_12_rows_follow_what_happens_in_each_management_cluster() {
    let (server, clusters) = management_clusters(&["taipei", "osaka"]).await;
    let (taipei, osaka) = (server.client(&clusters[0]), server.client(&clusters[1]));
    for index in 0..3 {
        send(&taipei, "POST", MACHINES, &machine(&format!("t{index}"))).await;
    }
    let mut fleet = fleet(&server, &clusters);
    fleet.until_live("taipei").await;
    fleet.until_live("osaka").await;
    assert_eq!(machines(&fleet.store, "taipei"), ["t0", "t1", "t2"]);
    assert!(machines(&fleet.store, "osaka").is_empty());
    send(&osaka, "POST", MACHINES, &machine("o0")).await;
    send(&taipei, "DELETE", &format!("{MACHINES}/t1"), &json!({})).await;
    fleet
        .until("both changes", |store| {
            machines(store, "osaka") == ["o0"] && machines(store, "taipei") == ["t0", "t2"]
        })
        .await;
    fleet
        .until("its version", |store| {
            session(store, "taipei").unwrap().server_version.is_some()
        })
        .await;
    let era = session(&fleet.store, "taipei").unwrap().era;
    assert_eq!(era, Some(fleetui_fleet::session::ApiEra::V1Beta2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_cut_becomes_stale_alone_and_comes_back() {
    let (server, clusters) = management_clusters(&["taipei", "osaka"]).await;
    let taipei = server.client(&clusters[0]);
    send(&taipei, "POST", MACHINES, &machine("t0")).await;
    let mut fleet = fleet(&server, &clusters);
    fleet.until_live("taipei").await;
    fleet.until_live("osaka").await;
    server.set_reachable(&clusters[0], false).unwrap();
    fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::Stale { .. })
        })
        .await;
    assert_eq!(machines(&fleet.store, "taipei"), ["t0"], "its rows stay");
    send(&server.client(&clusters[1]), "POST", MACHINES, &machine("o0")).await;
    fleet
        .until("the other goes on", |store| machines(store, "osaka") == ["o0"])
        .await;
    assert!(session(&fleet.store, "osaka").unwrap().is_live());
    server.set_reachable(&clusters[0], true).unwrap();
    send(&taipei, "POST", MACHINES, &machine("t1")).await;
    fleet
        .until("it is back", |store| machines(store, "taipei") == ["t0", "t1"])
        .await;
    fleet.until_live("taipei").await;
}

fn upgrade(fleet: &Fleet, from: &str, to: &str) -> Plan {
    let row = fleet.store.get(&machine_key("taipei", "t0")).unwrap();
    Plan {
        act: Act {
            subject: row.key(),
            uid: row.facts.uid.clone(),
            deed: Deed::Upgrade(to.to_owned()),
            reason: None,
        },
        writes: vec![Write {
            target: row.key(),
            uid: row.facts.uid.clone(),
            api_version: row.facts.api_version.clone(),
            verb: Verb::Patch,
            body: json!([
                {"op": "test", "path": "/spec/version", "value": from},
                {"op": "replace", "path": "/spec/version", "value": to},
            ]),
            fields: Vec::new(),
        }],
        preview: Preview::default(),
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned: Timestamp::UNIX_EPOCH,
    }
}

/// Carries it out, dry run and all.
fn perform(plan: Plan) -> Command {
    let confirmed = Confirmed {
        digest: plan.digest(),
        ..Confirmed::default()
    };
    Command::Act {
        plan: Box::new(plan),
        mode: Mode::Perform(confirmed),
    }
}

fn version(store: &FleetStore) -> String {
    let row = store.get(&machine_key("taipei", "t0")).unwrap();
    row.facts
        .version
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anchor_09_a_change_is_checked_then_made_and_never_made_to_something_else() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    send(&taipei, "POST", MACHINES, &machine("t0")).await;
    let mut fleet = fleet(&server, &clusters);
    fleet.until_live("taipei").await;
    let change = upgrade(&fleet, "v1.31.0", "v1.31.2");
    let checked = fleet
        .client
        .execute(Command::Act {
            plan: Box::new(change.clone()),
            mode: Mode::Preview,
        })
        .await;
    assert!(
        matches!(&checked, Ok(Answer::Judged(judgement)) if judgement.digest == change.digest()),
        "{checked:?}"
    );
    let stored = send(&taipei, "GET", &format!("{MACHINES}/t0"), &json!({})).await;
    assert_eq!(
        stored.pointer("/spec/version"),
        Some(&json!("v1.31.0")),
        "and is not"
    );
    let done = fleet.client.execute(perform(change.clone())).await.unwrap();
    let Answer::Done { objects, .. } = done else {
        panic!("{done:?}")
    };
    assert_eq!(objects[0].pointer("/spec/version"), Some(&json!("v1.31.2")));
    fleet
        .until("the new version", |store| version(store) == "v1.31.2")
        .await;
    // The same change again was planned on an old reading.
    let stale = fleet.client.execute(perform(change.clone())).await.unwrap_err();
    assert_eq!(stale.kind, FailureKind::Conflict, "{stale}");
    assert!(
        stale
            .message
            .contains(r#"spec.version is "v1.31.2" by now, not "v1.31.0""#),
        "{stale}"
    );
    // Another object of the same name and with the same value is not written.
    send(&taipei, "DELETE", &format!("{MACHINES}/t0"), &json!({})).await;
    send(&taipei, "POST", MACHINES, &machine("t0")).await;
    let other = fleet.client.execute(perform(change)).await.unwrap_err();
    assert_eq!(other.kind, FailureKind::NotFound, "{other}");
    let stored = send(&taipei, "GET", &format!("{MACHINES}/t0"), &json!({})).await;
    assert_eq!(stored.pointer("/spec/version"), Some(&json!("v1.31.0")));
    let key = machine_key("taipei", "t0");
    let Ok(Answer::Fetched(fetched)) = fleet
        .client
        .execute(Command::Fetch {
            key,
            uid: "".into(),
            managed_fields: false,
        })
        .await
    else {
        panic!("not fetched")
    };
    assert_eq!(fetched.pointer("/metadata/uid"), stored.pointer("/metadata/uid"));
    assert_eq!(fetched.pointer("/metadata/managedFields"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_life_of_the_name_is_not_deleted() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    let path = format!("{MACHINES}/t0");
    send(&taipei, "POST", MACHINES, &machine("t0")).await;
    let mut fleet = fleet(&server, &clusters);
    fleet.until_live("taipei").await;
    let mut deletion = upgrade(&fleet, "v1.31.0", "v1.31.2");
    deletion.act.deed = Deed::Delete;
    deletion.writes[0].verb = Verb::Delete;
    deletion.writes[0].body = Value::Null;
    let planned = deletion.writes[0].uid.clone();
    // Between the plan and the key it is deleted and made again; the dry run was shown before that.
    send(&taipei, "DELETE", &path, &json!({})).await;
    send(&taipei, "POST", MACHINES, &machine("t0")).await;
    let shown = Confirmed {
        digest: deletion.digest(),
        dry_run_seconds: Some(0),
        ..Confirmed::default()
    };
    let refused = fleet
        .client
        .execute(Command::Act {
            plan: Box::new(deletion.clone()),
            mode: Mode::Perform(shown),
        })
        .await
        .unwrap_err();
    assert_eq!(refused.kind, FailureKind::NotFound, "{refused}");
    assert!(
        refused.message.contains("another object has its name"),
        "{refused}"
    );
    let there = send(&taipei, "GET", &path, &json!({})).await;
    let uid = there.pointer("/metadata/uid").and_then(Value::as_str).unwrap();
    assert_ne!(uid, planned.as_str());
    // That one is, once it is meant.
    deletion.act.uid = uid.into();
    deletion.writes[0].uid = uid.into();
    fleet.client.execute(perform(deletion)).await.unwrap();
    let machines = send(&taipei, "GET", MACHINES, &json!({})).await;
    assert_eq!(machines["items"], json!([]));
}
