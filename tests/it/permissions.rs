//! Somebody who administers nothing runs `fleetui init` and `fleetui controllers`: what they may is told, and is enough.

use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use serde_json::{Value, json};

use crate::management::{Place, until};

/// The objects of a text of several documents; what stands before the first one is for people.
fn documents(text: &str) -> Vec<Value> {
    let says = |text: &&str| {
        text.lines()
            .any(|line| !line.is_empty() && !line.starts_with('#'))
    };
    let documents = text.split("---\n").filter(says);
    documents
        .map(|text| serde_yaml::from_str(text).unwrap())
        .collect()
}

/// Applies objects as the administrator.
async fn apply(place: &Place, objects: &[Value]) {
    for object in objects {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let (group, version) = text("/apiVersion")
            .rsplit_once('/')
            .unwrap_or(("", text("/apiVersion")));
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, text("/kind")));
        let client = place.cluster.client.clone();
        let api: Api<DynamicObject> = match text("/metadata/namespace") {
            "" => Api::all_with(client, &resource),
            namespace => Api::namespaced_with(client, namespace, &resource),
        };
        let params = PatchParams::apply("test").validation_strict();
        let applied = api
            .patch(text("/metadata/name"), &params, &Patch::Apply(object))
            .await;
        assert!(applied.is_ok(), "{applied:?} of {object:#}");
    }
}

/// The roles that are printed, bound to ann.
async fn roles(place: &Place) -> Vec<Value> {
    let printed = place.run(&["generate", "rbac", "--user", "ann"]).await;
    assert_eq!(printed.code, Some(0), "{}", printed.said);
    documents(&printed.printed)
}

#[tokio::test]
async fn whoever_may_not_install_is_refused_with_status_3_and_told_what_is_missing() {
    let place = Place::bare().await;
    let init = ["init", "--context", "test", "--as", "ann"];
    // Not even whether another manager works there may be asked.
    let refused = place.run(&init).await;
    assert_eq!(refused.code, Some(3), "{}", refused.said);
    for part in ["another manager", "\"ann\" cannot list", "fleetui generate rbac"] {
        assert!(refused.said.contains(part), "{part}: {}", refused.said);
    }
    // That may be asked now, and nothing may be written.
    let mut documents = roles(&place).await;
    for document in &mut documents {
        let Some(rules) = document.get_mut("rules").and_then(Value::as_array_mut) else {
            continue;
        };
        for rule in &mut *rules {
            let verbs = rule["verbs"].as_array_mut().unwrap();
            verbs.retain(|verb| verb == "list" || verb == "get");
        }
        rules.retain(|rule| rule["verbs"] != json!([]));
    }
    apply(&place, &documents).await;
    let refused = place.run(&init).await;
    assert_eq!(refused.code, Some(3), "{}", refused.said);
    for part in [
        "test does not let you create customresourcedefinitions.apiextensions.k8s.io",
        "nothing was sent",
        "fleetui generate rbac",
    ] {
        assert!(refused.said.contains(part), "{part}: {}", refused.said);
    }
    assert_eq!(place.audit(), ["refused permission", "refused permission"]);
    let kinds = place
        .cluster
        .all("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    assert!(
        kinds
            .list(&kube::api::ListParams::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );

    // The controllers say what they lack, and do not wait for it.
    place.init().await;
    let refused = place
        .run(&["controllers", "--context", "test", "--as", "ann"])
        .await;
    assert_eq!(refused.code, Some(3), "{}", refused.said);
    for part in [
        "test does not let you watch clusters.cluster.x-k8s.io",
        "fleetui generate rbac",
    ] {
        assert!(refused.said.contains(part), "{part}: {}", refused.said);
    }
    place.cluster.stop().await;
}

#[tokio::test]
async fn who_has_the_printed_roles_installs_and_runs_the_controllers() {
    let place = Place::bare().await;
    apply(&place, &roles(&place).await).await;
    let ended = place.run(&["init", "--context", "test", "--as", "ann"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let mut running = place.controllers_with(&["--context", "test", "--as", "ann"]);
    running.hear("the controllers lead").await;

    // A simulated cluster has no place here, which its objects say.
    let written = place
        .run(&[
            "generate",
            "cluster",
            "c1",
            "-i",
            "simulated",
            "--target-namespace",
            "default",
            "--kubernetes-version",
            "v1.33.1",
        ])
        .await;
    apply(&place, &documents(&written.printed)).await;
    let clusters = place.within("default", ("cluster.x-k8s.io", "v1beta2", "Cluster"));
    until(async || {
        let cluster = clusters.get("c1").await.unwrap();
        let conditions = cluster
            .data
            .pointer("/status/conditions")
            .and_then(Value::as_array);
        conditions.into_iter().flatten().any(|it| {
            it["type"] == "InfrastructureReady"
                && it["message"]
                    .as_str()
                    .is_some_and(|said| said.contains("fleetui serve") && said.contains("-i byoh"))
        })
    })
    .await;
    running.terminate().await;
    place.cluster.stop().await;
}
