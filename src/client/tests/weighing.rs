//! What an edit and a file of objects would come to, as the server says by its dry run; and whose fields are in the way.

use fleetui_fleet::act::plan::{Around, apply, weigh};
use fleetui_fleet::act::{Confirmed, Judgement, Mode, Plan, Step};
use fleetui_fleet::object_edit;
use serde_json::{Value, json};

use super::embedded::{management_clusters, quick, send};
use super::*;
use crate::{Answer, FailureKind};

pub(super) const DEPLOYMENTS: &str = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machinedeployments";
const TEMPLATES: &str =
    "/apis/infrastructure.cluster.x-k8s.io/v1beta2/namespaces/default/devmachinetemplates";
const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";

pub(super) fn deployment(name: &str, template: &str) -> Value {
    json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "MachineDeployment",
        "metadata": {"namespace": "default", "name": name},
        "spec": {"clusterName": "prod", "replicas": 1, "selector": {}, "template": {"spec": {
            "clusterName": "prod", "version": "v1.31.2", "bootstrap": {"dataSecretName": "s"},
            "infrastructureRef": {"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "DevMachineTemplate", "name": template},
        }}},
    })
}

fn template(name: &str) -> Value {
    json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "DevMachineTemplate",
        "metadata": {"namespace": "default", "name": name},
        "spec": {"template": {"spec": {"backend": {"inMemory": {}}}}},
    })
}

fn config_map(value: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default", "name": "c"}, "data": {"a": value},
    })
}

pub(super) fn key(kind: &str, name: &str) -> ObjectKey {
    ObjectKey::new(
        ManagementCluster::new("taipei"),
        fleetui_api::kinds::core(kind),
        ObjectName::new("default", name),
    )
}

pub(super) async fn judged(fleet: &Fleet, plan: Plan) -> Result<Judgement, crate::Failure> {
    match fleet.client.act(plan, Mode::Preview).await {
        Ok(Answer::Judged(judgement)) => Ok(judgement),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => Err(failure),
    }
}

pub(super) fn file(fleet: &Fleet, documents: &[Value], forced: bool) -> Plan {
    let around = Around {
        store: &fleet.store,
        now: Timestamp::UNIX_EPOCH,
    };
    let taipei = ManagementCluster::new("taipei");
    apply(&around, documents, (&taipei, "default"), forced).unwrap()
}

pub(super) async fn carried_out(fleet: &Fleet, plan: Plan) -> Result<Answer, crate::Failure> {
    let confirmed = Confirmed {
        digest: plan.digest(),
        twice: true,
        ..Confirmed::default()
    };
    fleet.client.act(plan, Mode::Perform(confirmed)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_told_as_the_server_would_have_it_and_what_is_missing() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    send(&taipei, "POST", TEMPLATES, &template("there")).await;
    send(&taipei, "POST", DEPLOYMENTS, &deployment("md", "there")).await;
    let mut fleet = Fleet::with(vec![Target::ready("taipei", taipei)], quick());
    fleet.until_live("taipei").await;
    let md = key("MachineDeployment", "md");
    let base = fleet.client.read_editable(&md, "").await.unwrap();
    let edited = |change: &dyn Fn(&mut Value)| {
        let mut mine = Value::clone(&base.object);
        change(&mut mine);
        object_edit::plan(&fleet.store, &md, (&base, &mine), Timestamp::UNIX_EPOCH).unwrap()
    };
    let gone = edited(&|mine| mine["spec"]["template"]["spec"]["infrastructureRef"]["name"] = json!("gone"));
    let judgement = judged(&fleet, gone).await.unwrap();
    let [weighed] = judgement.weighed.as_slice() else {
        panic!("{judgement:?}")
    };
    let name = |object: &Option<Value>| {
        let object = object.as_ref().unwrap();
        assert_eq!(object.pointer("/metadata/managedFields"), None);
        object["spec"]["template"]["spec"]["infrastructureRef"]["name"].clone()
    };
    assert_eq!(
        (name(&weighed.before), name(&weighed.after)),
        (json!("there"), json!("gone"))
    );
    let missing: Vec<_> = weighed
        .missing
        .iter()
        .map(|it| (it.pointer.as_str(), it.what.as_str()))
        .collect();
    assert_eq!(
        missing,
        [("/spec/template/spec/infrastructureRef", "DevMachineTemplate gone")]
    );
    // What it referred to before is not asked for, nor what is there.
    let more = edited(&|mine| mine["spec"]["replicas"] = json!(3));
    let judgement = judged(&fleet, more).await.unwrap();
    assert_eq!(judgement.weighed[0].missing, []);
    let fields: Vec<&str> = judgement.weighed[0]
        .fields
        .iter()
        .map(|it| it.pointer.as_str())
        .collect();
    assert_eq!(fields, ["/spec/replicas"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_says_what_is_new_what_changes_and_what_is_so_already() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    let mut fleet = Fleet::with(vec![Target::ready("taipei", taipei)], quick());
    fleet.until_live("taipei").await;
    let first = [config_map("1"), template("new")];
    carried_out(&fleet, file(&fleet, &first, false)).await.unwrap();
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "default", "name": "s"}, "stringData": {"a": "SENSITIVE"},
    });
    let all = [
        config_map("2"),
        template("new"),
        // What is made by the same file is not missing.
        template("later"),
        deployment("md", "later"),
        deployment("other", "never"),
        secret.clone(),
    ];
    let mut plan = file(&fleet, &all, false);
    let judgement = judged(&fleet, plan.clone()).await.unwrap();
    let around = Around {
        store: &fleet.store,
        now: Timestamp::UNIX_EPOCH,
    };
    weigh(&around, &mut plan, &judgement);
    let told = plan.preview.happens.join("\n");
    for expected in [
        "applies 6 objects: 4 created, 1 changed, 1 unchanged",
        "creates Secret default/s",
        "changes ConfigMap default/c: data.a",
        "leaves DevMachineTemplate default/new as it is",
        "creates DevMachineTemplate default/later",
        "creates MachineDeployment default/md",
        "MachineDeployment md: adds 1 machine",
    ] {
        assert!(told.contains(expected), "{expected}:\n{told}");
    }
    let checks: Vec<&str> = plan.checks.iter().map(|check| check.found.text()).collect();
    let of = |name: &str| checks.iter().filter(|check| check.contains(name)).count();
    // The cluster of both is not there either.
    assert_eq!(
        (of("DevMachineTemplate never"), of("later"), of("Cluster prod")),
        (1, 0, 2),
        "{checks:?}"
    );
    assert!(
        !format!("{judgement:?}{plan:?}")
            .replace(&format!("{:?}", secret["stringData"]), "")
            .contains("U0VOU0lUSVZF")
    );
    carried_out(&fleet, plan).await.unwrap();
    let changed = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "default", "name": "s"}, "stringData": {"a": "ANOTHER"},
    });
    let judgement = judged(&fleet, file(&fleet, &[changed], false)).await.unwrap();
    let text = format!("{judgement:?}");
    assert!(
        !judgement.weighed[0].fields.is_empty(),
        "that it changes is seen: {text}"
    );
    // base64 of either begins so.
    for secret in ["U0VO", "QU5P", "SENSITIVE", "ANOTHER"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_of_others_are_named_with_their_object_and_taken_over_only_by_force() {
    let (server, clusters) = management_clusters(&["taipei"]).await;
    let taipei = server.client(&clusters[0]);
    let mut fleet = Fleet::with(vec![Target::ready("taipei", taipei.clone())], quick());
    fleet.until_live("taipei").await;
    let first = [template("new"), config_map("1")];
    carried_out(&fleet, file(&fleet, &first, false)).await.unwrap();
    let patch = |manager: &str, value: &str| {
        let body =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": value}});
        let uri = format!("{CONFIG_MAPS}/c?fieldManager={manager}");
        let request = http::Request::builder().method("PATCH").uri(uri);
        let request = request.header("content-type", "application/merge-patch+json");
        let request = request.body(body.to_string().into_bytes()).unwrap();
        let taipei = taipei.clone();
        async move { taipei.request_text(request).await.unwrap() }
    };
    for (manager, value, words) in [
        (
            "kubectl-edit",
            "2",
            r#"the field manager "kubectl-edit" has set data.a"#,
        ),
        ("fleetui", "3", "fleetui itself has set data.a"),
    ] {
        patch(manager, value).await;
        let refused = judged(&fleet, file(&fleet, &first, false)).await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::Conflict);
        for expected in [words, "ConfigMap", "default/c", "--force-conflicts"] {
            assert!(refused.message.contains(expected), "{expected}: {refused}");
        }
    }
    // The try stands in the audit log at the object that was refused, which is not the first of the file.
    let lines = fleet.client.activity(10).await.unwrap();
    let fleetui_fleet::act::audit::Stage::Refused(refusal) = &lines[0].stage else {
        panic!("{lines:?}")
    };
    assert_eq!(refusal.step, Step::DryRun);
    assert_eq!(lines[0].act.subject.object.name, "c");
    let forced = file(&fleet, &first, true);
    let judgement = judged(&fleet, forced.clone()).await.unwrap();
    assert_eq!(judgement.weighed[1].fields[0].after, Some(json!("1")));
    carried_out(&fleet, forced).await.unwrap();
    let stored = send(&taipei, "GET", &format!("{CONFIG_MAPS}/c"), &json!({})).await;
    assert_eq!(stored["data"]["a"], "1");
    // A tool that writes what stands in a repository is told with what it has set; others are not.
    assert_eq!(judgement.weighed[1].owners, []);
    patch("argocd-controller", "4").await;
    let judgement = judged(&fleet, file(&fleet, &first, true)).await.unwrap();
    let owners = &judgement.weighed[1].owners;
    let told = owners
        .iter()
        .map(|owner| (owner.manager.as_str(), owner.pointers.concat()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [("argocd-controller", "/data/a".to_owned())]
    );
}
