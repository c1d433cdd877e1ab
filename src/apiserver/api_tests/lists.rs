//! Lists: order, selectors, pages, revisions.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, ListParams};

use super::*;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_tell_of_one_revision() {
    let server = server().await;
    let router = server.router();
    for name in ["a", "b", "c", "d", "e"] {
        make(&server, name).await;
    }
    let (_, first) = read(&router, &format!("{MAPS}?limit=2")).await;
    let revision = first["metadata"]["resourceVersion"].clone();
    assert_eq!(
        (names(&first), &first["metadata"]["remainingItemCount"]),
        (vec!["a", "b"], &json!(3))
    );

    // What changes now is not in the pages to come.
    let api = config_maps(&server);
    api.delete("c", &DeleteParams::default()).await.unwrap();
    make(&server, "bb").await;
    merge(&router, &format!("{MAPS}/d"), &json!({"data": {"a": "changed"}})).await;

    let mut all = Vec::new();
    let mut page = first;
    while let Some(token) = page["metadata"]["continue"].as_str() {
        let (code, next) = read(&router, &format!("{MAPS}?limit=2&continue={token}")).await;
        assert_eq!(
            (code.as_u16(), &next["metadata"]["resourceVersion"]),
            (200, &revision),
            "{next}"
        );
        all.extend(next["items"].as_array().unwrap().clone());
        page = next;
    }
    let told: Vec<_> = all
        .iter()
        .map(|item| {
            (
                item["metadata"]["name"].as_str().unwrap(),
                item["data"]["a"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("c", "b"), ("d", "b"), ("e", "b")]);
}

#[tokio::test]
async fn a_page_that_is_too_old_offers_to_go_on_with_the_newest() {
    let limits = crate::HistoryLimits {
        events: 1,
        ..crate::HistoryLimits::default()
    };
    let server = ApiServer::builder().history(limits).build().await.unwrap();
    let router = server.router();
    for name in ["a", "b", "c"] {
        make(&server, name).await;
    }
    let (_, first) = read(&router, &format!("{MAPS}?limit=1")).await;
    let token = first["metadata"]["continue"].as_str().unwrap().to_owned();
    for name in ["x", "y", "z"] {
        make(&server, name).await;
    }
    let (code, answer) = read(&router, &format!("{MAPS}?limit=1&continue={token}")).await;
    assert_eq!((code.as_u16(), &answer["reason"]), (410, &json!("Expired")));
    let fresh = answer["metadata"]["continue"].as_str().unwrap();
    let (code, rest) = read(&router, &format!("{MAPS}?continue={fresh}")).await;
    assert_eq!(
        (code.as_u16(), names(&rest)),
        (200, vec!["b", "c", "x", "y", "z"])
    );
    assert_eq!(
        read(&router, &format!("{MAPS}?continue=nonsense"))
            .await
            .0
            .as_u16(),
        400
    );
}

#[tokio::test]
async fn lists_of_the_past_and_of_the_future() {
    let server = server().await;
    let router = server.router();
    let empty = server.revision();
    make(&server, "a").await;
    let (_, list) = read(
        &router,
        &format!("{MAPS}?resourceVersion={empty}&resourceVersionMatch=Exact"),
    )
    .await;
    assert_eq!(
        (names(&list), &list["metadata"]["resourceVersion"]),
        (vec![], &json!(empty.to_string()))
    );
    let (_, list) = read(
        &router,
        &format!("{MAPS}?resourceVersion={empty}&resourceVersionMatch=NotOlderThan"),
    )
    .await;
    assert_eq!(names(&list), ["a"]);
    let (_, list) = read(&router, &format!("{MAPS}?resourceVersion=0")).await;
    assert_eq!(names(&list), ["a"]);
    tokio::time::pause();
    let (code, answer) = read(&router, &format!("{MAPS}?resourceVersion=999")).await;
    assert_eq!(
        (code.as_u16(), &answer["details"]["causes"][0]["reason"]),
        (504, &json!("ResourceVersionTooLarge"))
    );
}

#[tokio::test]
async fn selectors_choose() {
    let server = server().await;
    let router = server.router();
    post(
        &router,
        "/api/v1/namespaces",
        &json!({"metadata": {"name": "team"}}),
    )
    .await;
    for (namespace, name, tier) in [
        ("default", "a", "web"),
        ("default", "b", "db"),
        ("team", "c", "web"),
    ] {
        let body = json!({"metadata": {"name": name, "labels": {"tier": tier}}});
        post(
            &router,
            &format!("/api/v1/namespaces/{namespace}/configmaps"),
            &body,
        )
        .await;
    }
    let all: Api<ConfigMap> = Api::all(client(&server));
    let cases = [
        (ListParams::default(), vec!["a", "b", "c"]),
        (ListParams::default().labels("tier=web"), vec!["a", "c"]),
        (ListParams::default().labels("tier in (db,cache)"), vec!["b"]),
        (ListParams::default().labels("!tier"), vec![]),
        (ListParams::default().fields("metadata.name=b"), vec!["b"]),
        (
            ListParams::default().fields("metadata.namespace=team,metadata.name!=x"),
            vec!["c"],
        ),
    ];
    for (parameters, expected) in cases {
        let list = all.list(&parameters).await.unwrap();
        let names: Vec<_> = list
            .items
            .iter()
            .map(|item| item.metadata.name.as_deref().unwrap())
            .collect();
        assert_eq!(names, expected, "{parameters:?}");
    }
    assert!(all.list(&ListParams::default().fields("data.a=b")).await.is_err());
}

#[tokio::test]
async fn events_are_found_by_what_they_are_about() {
    let server = server().await;
    let router = server.router();
    let events = "/api/v1/namespaces/default/events";
    for (name, about) in [("e1", "pod-a"), ("e2", "pod-b")] {
        let body = json!({
            "metadata": {"name": name},
            "involvedObject": {"kind": "Pod", "namespace": "default", "name": about, "uid": format!("u-{about}")},
            "reason": "Started", "type": "Normal",
        });
        assert_eq!(post(&router, events, &body).await.0.as_u16(), 201);
    }
    let selector = "involvedObject.name%3Dpod-b%2CinvolvedObject.namespace%3Ddefault%2CinvolvedObject.kind%3DPod%2CinvolvedObject.uid%3Du-pod-b";
    let (_, list) = read(&router, &format!("{events}?fieldSelector={selector}&limit=500")).await;
    assert_eq!(names(&list), ["e2"]);
}
