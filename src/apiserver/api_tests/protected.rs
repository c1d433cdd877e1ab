//! Definitions that are the embedder's own.

use kube::api::{Api, DynamicObject, GroupVersionKind, PostParams};

use super::*;

/// A server whose own definition is that of things.
async fn protected() -> (ApiServer, Router) {
    let server = ApiServer::builder()
        .protected_definitions(["things.ex.io".to_owned()])
        .build()
        .await
        .unwrap();
    let router = server.router();
    (server, router)
}

/// The definitions, as whoever embeds the server writes them.
fn installer(server: &ApiServer) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition");
    let resource = kube::api::ApiResource::from_gvk(&kind);
    Api::all_with(server.installer(&LogicalCluster::root()), &resource)
}

#[tokio::test]
async fn only_the_embedder_changes_a_protected_definition() {
    let (server, router) = protected().await;
    let installer = installer(&server);
    let ours: DynamicObject = serde_json::from_value(definition()).unwrap();
    let made = installer.create(&PostParams::default(), &ours).await.unwrap();

    // Another definition of the same name, as `kubectl apply` and clusterctl bring it.
    let path = format!("{DEFINITIONS}/things.ex.io");
    let other = json!({
        "metadata": {"labels": {"theirs": "yes"}},
        "spec": {"versions": [{"name": "v9", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]},
    });
    let request = Request::builder()
        .method("PATCH")
        .uri(&path)
        .header("content-type", "application/merge-patch+json")
        .body(Body::from(other.to_string()))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let warning = response.headers()["warning"].to_str().unwrap().to_owned();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(
        warning.contains("the spec of things.ex.io was left as it is"),
        "{warning}"
    );
    let (_, now) = read(&router, &path).await;
    assert_eq!(
        (&now["spec"], &now["metadata"]["labels"]["theirs"]),
        (&made.data["spec"], &json!("yes"))
    );
    assert_eq!(now["status"]["storedVersions"], json!(["v1"]));

    // The same again, and what says the same in other words, is no change and no warning.
    let (code, same) = merge(&router, &path, &json!({"spec": {"conversion": null}})).await;
    assert_eq!((code.as_u16(), &same["spec"]), (200, &now["spec"]));

    let mut newer = installer.get("things.ex.io").await.unwrap();
    newer.data["spec"]["names"]["categories"] = json!(["all"]);
    let newer = installer
        .replace("things.ex.io", &PostParams::default(), &newer)
        .await
        .unwrap();
    assert_eq!(newer.data["spec"]["names"]["categories"], json!(["all"]));
}

#[tokio::test]
async fn other_definitions_are_everybodys() {
    let (_server, router) = protected().await;
    let mut other = definition();
    other["metadata"]["name"] = json!("others.ex.io");
    other["spec"]["names"] = json!({"plural": "others", "kind": "Other"});
    post(&router, DEFINITIONS, &other).await;
    let names = json!({"spec": {"names": {"shortNames": ["ot"]}}});
    let (_, changed) = merge(&router, &format!("{DEFINITIONS}/others.ex.io"), &names).await;
    assert_eq!(changed["spec"]["names"]["shortNames"], json!(["ot"]));
}

#[tokio::test]
async fn only_the_embedder_deletes_a_protected_definition() {
    let (server, router) = protected().await;
    post(&router, DEFINITIONS, &definition()).await;
    post(&router, THINGS, &thing("one")).await;
    let path = format!("{DEFINITIONS}/things.ex.io");
    for query in ["", "?dryRun=All", "?propagationPolicy=Orphan"] {
        let (code, said) = raw(&router, "DELETE", &format!("{path}{query}"), ("", "")).await;
        assert_eq!(
            (code, &said["reason"]),
            (StatusCode::FORBIDDEN, &json!("Forbidden"))
        );
        let message = said["message"].as_str().unwrap();
        assert!(
            message.contains("this server has its own definition of these objects"),
            "{message}"
        );
    }
    let (code, _) = raw(&router, "DELETE", DEFINITIONS, ("", "")).await;
    assert_eq!(code, StatusCode::FORBIDDEN);
    assert_eq!(read(&router, &format!("{THINGS}/one")).await.0, StatusCode::OK);
    let installer = installer(&server);
    installer
        .delete("things.ex.io", &kube::api::DeleteParams::default())
        .await
        .unwrap();
    let (router, path) = (&router, &path);
    until(&server, || async {
        read(router, path).await.0 == StatusCode::NOT_FOUND
    })
    .await;
}
