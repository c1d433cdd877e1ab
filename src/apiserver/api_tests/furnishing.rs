//! What is there without anybody making it.

use super::*;

#[tokio::test]
async fn a_cluster_and_its_namespaces_are_furnished() {
    let server = server().await;
    let router = server.router();
    let (_, service) = read(&router, "/api/v1/namespaces/default/services/kubernetes").await;
    assert_eq!(service["spec"]["ports"][0]["port"], 443);
    let slice = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";
    assert_eq!(
        read(&router, slice).await.1["metadata"]["labels"]["kubernetes.io/service-name"],
        "kubernetes"
    );
    assert_eq!(
        read(&router, "/api/v1/namespaces/default/endpoints/kubernetes")
            .await
            .0,
        200
    );
    let (_, accounts) = read(&router, "/api/v1/serviceaccounts").await;
    assert_eq!(
        accounts["items"].as_array().unwrap().len(),
        4,
        "one in each namespace"
    );

    let (_, made) = post(
        &router,
        "/api/v1/namespaces",
        &json!({"metadata": {"name": "team"}}),
    )
    .await;
    let account = "/api/v1/namespaces/team/serviceaccounts/default";
    let (code, first) = read(&router, account).await;
    assert_eq!(code, 200);
    assert_eq!(
        first["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"],
        "in the same write"
    );
    // It comes again.
    assert_eq!(raw(&router, "DELETE", account, ("", "")).await.0, 200);
    until(&server, async || read(&router, account).await.0 == 200).await;
    assert_ne!(
        read(&router, account).await.1["metadata"]["uid"],
        first["metadata"]["uid"]
    );
    // And goes with its namespace.
    assert_eq!(
        raw(&router, "DELETE", "/api/v1/namespaces/team", ("", ""))
            .await
            .0,
        200
    );
    until(&server, async || {
        read(&router, "/api/v1/namespaces/team").await.0 == 404
    })
    .await;
    assert_eq!(read(&router, account).await.0, 404);
}

#[tokio::test]
async fn a_server_that_listens_tells_where_and_who_signs_for_it() {
    let server = server().await;
    let router = server.router();
    let now = fleetui_base::Clock::now(&fleetui_base::clock::SystemClock);
    let credentials = fleetui_pki::ServerCredentials::ephemeral(&crate::server::names(), now).unwrap();
    let serving = server
        .serve("127.0.0.1:0".parse().unwrap(), &credentials)
        .await
        .unwrap();
    let (_, slice) = read(
        &router,
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
    )
    .await;
    assert_eq!(slice["endpoints"][0]["addresses"], json!(["127.0.0.1"]));
    assert_eq!(slice["ports"][0]["port"], serving.local_address().port());
    let (_, endpoints) = read(&router, "/api/v1/namespaces/default/endpoints/kubernetes").await;
    assert_eq!(endpoints["subsets"][0]["addresses"][0]["ip"], "127.0.0.1");
    let namespace = json!({"metadata": {"name": "later"}});
    assert_eq!(post(&router, "/api/v1/namespaces", &namespace).await.0, 201);
    for namespace in ["default", "kube-system", "later"] {
        let (_, map) = read(
            &router,
            &format!("/api/v1/namespaces/{namespace}/configmaps/kube-root-ca.crt"),
        )
        .await;
        assert_eq!(
            map["data"]["ca.crt"],
            credentials.authority.certificate_pem(),
            "{namespace}"
        );
    }
    serving.shutdown().await;
}
