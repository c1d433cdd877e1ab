//! Two candidates for one Lease: who leads, and when the other one follows.

use fleetui_apiserver::{ApiServer, LogicalCluster};
use fleetui_base::clock::SystemClock;
use tokio::sync::mpsc;

use super::*;

const QUICK: ElectionTimes = ElectionTimes {
    lease: Duration::from_secs(3),
    renew: Duration::from_secs(2),
    retry: Duration::from_millis(500),
};

fn candidate(server: &ApiServer, identity: &str) -> Election {
    let client = server.client(&LogicalCluster::root());
    Election::new(
        client,
        ("default", "leader"),
        identity,
        QUICK,
        SystemClock::shared(),
    )
}

async fn holder(server: &ApiServer) -> String {
    let api: Api<Lease> = Api::namespaced(server.client(&LogicalCluster::root()), "default");
    let spec = api.get("leader").await.unwrap().spec.unwrap_or_default();
    spec.holder_identity.unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn one_leads_and_the_next_one_follows_when_it_resigns() {
    let server = ApiServer::builder().build().await.unwrap();
    let stop = CancellationToken::new();
    let (mut one, mut two) = (candidate(&server, "one"), candidate(&server, "two"));
    assert!(one.win(&stop, |_| {}).await);
    assert!(!two.attempt().await.unwrap());
    assert!(one.attempt().await.unwrap(), "renewed");
    assert_eq!(holder(&server).await, "one");

    one.resign().await;
    assert!(two.win(&stop, |_| {}).await);
    assert_eq!(holder(&server).await, "two");
    assert!(!one.attempt().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn who_is_gone_is_followed_when_the_lease_has_run_out() {
    let server = ApiServer::builder().build().await.unwrap();
    let stop = CancellationToken::new();
    let (mut one, mut two) = (candidate(&server, "one"), candidate(&server, "two"));
    assert!(one.win(&stop, |_| {}).await);
    let from = Instant::now();
    let heard = std::cell::RefCell::new(Vec::new());
    assert!(
        two.win(&stop, |holder| heard.borrow_mut().push(holder.to_owned()))
            .await
    );
    assert_eq!(*heard.borrow(), ["one"], "told once");
    assert!(from.elapsed() >= QUICK.lease, "{:?}", from.elapsed());
    // Who comes back finds itself replaced, and stops.
    assert_eq!(one.lead(&stop).await, Led::Lost);
    assert_eq!(holder(&server).await, "two");
}

#[tokio::test(start_paused = true)]
async fn who_waits_or_leads_stops_when_told() {
    let server = ApiServer::builder().build().await.unwrap();
    let (mut one, mut two) = (candidate(&server, "one"), candidate(&server, "two"));
    let stop = CancellationToken::new();
    assert!(one.win(&stop, |_| {}).await);
    let (ended, mut ends) = mpsc::channel(2);
    let (leads, waits) = (stop.clone(), stop.clone());
    let told = ended.clone();
    let leading = tokio::spawn(async move {
        assert_eq!(one.lead(&leads).await, Led::Told);
        told.send("led").await.unwrap();
    });
    let waiting = tokio::spawn(async move {
        assert!(!two.win(&waits, |_| {}).await);
        ended.send("waited").await.unwrap();
    });
    tokio::time::sleep(QUICK.lease * 3).await;
    assert!(
        ends.try_recv().is_err(),
        "the leader renews, so that nobody else leads"
    );
    stop.cancel();
    leading.await.unwrap();
    waiting.await.unwrap();
    assert!(ends.recv().await.is_some() && ends.recv().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn who_cannot_renew_leads_no_more() {
    let server = ApiServer::builder().build().await.unwrap();
    let stop = CancellationToken::new();
    let mut one = candidate(&server, "one");
    assert!(one.win(&stop, |_| {}).await);
    server.shutdown().await;
    let from = Instant::now();
    assert_eq!(one.lead(&stop).await, Led::Lost);
    assert!(
        from.elapsed() <= QUICK.renew + QUICK.retry,
        "{:?}",
        from.elapsed()
    );
}

/// A server that takes every request and answers none.
fn silent() -> kube::Client {
    let service = tower::service_fn(|_: http::Request<kube::client::Body>| {
        std::future::pending::<Result<http::Response<kube::client::Body>, kube::Error>>()
    });
    kube::Client::new(service, "default")
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_keeps_nobody_from_stopping() {
    let stop = CancellationToken::new();
    let mut one = Election::new(
        silent(),
        ("default", "leader"),
        "one",
        QUICK,
        SystemClock::shared(),
    );
    let told = stop.clone();
    let waiting = tokio::spawn(async move { one.win(&told, |_| {}).await });
    tokio::time::sleep(QUICK.lease * 3).await;
    stop.cancel();
    let won = tokio::time::timeout(QUICK.lease, waiting)
        .await
        .expect("it stops");
    assert!(!won.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_renewal_counts_from_when_it_was_asked_for() {
    let server = ApiServer::builder().build().await.unwrap();
    let client = server.client(&LogicalCluster::root());
    // Written at once, answered late: others have counted since then.
    let late = QUICK.renew.saturating_sub(Duration::from_millis(200));
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
        let client = client.clone();
        async move {
            let is_write = request.method() != http::Method::GET;
            let answer = client.send(request).await;
            if is_write {
                tokio::time::sleep(late).await;
            }
            answer
        }
    });
    let client = kube::Client::new(service, "default");
    let mut one = Election::new(client, ("default", "leader"), "one", QUICK, SystemClock::shared());
    let begun = Instant::now();
    assert!(one.win(&CancellationToken::new(), |_| {}).await);
    assert!(begun.elapsed() >= late);
    server.shutdown().await;
    assert_eq!(one.lead(&CancellationToken::new()).await, Led::Lost);
    assert!(begun.elapsed() <= QUICK.renew, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_leads_renews_without_reading_until_somebody_else_writes() {
    let server = ApiServer::builder().build().await.unwrap();
    let client = server.client(&LogicalCluster::root());
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (notes, behind) = (asked.clone(), client.clone());
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
        notes.lock().unwrap().push(request.method().to_string());
        let client = behind.clone();
        async move { client.send(request).await }
    });
    let counted = kube::Client::new(service, "default");
    let mut one = Election::new(
        counted,
        ("default", "leader"),
        "one",
        QUICK,
        SystemClock::shared(),
    );
    let asked = || std::mem::take(&mut *asked.lock().unwrap());
    assert!(one.attempt().await.unwrap());
    assert_eq!(asked(), ["GET", "POST"]);
    assert!(one.attempt().await.unwrap() && one.attempt().await.unwrap());
    assert_eq!(asked(), ["PUT", "PUT"]);

    // An annotation makes it no one else's.
    let api: Api<Lease> = Api::namespaced(client, "default");
    let annotated = serde_json::json!({"metadata": {"annotations": {"a": "b"}}});
    let patch = kube::api::Patch::Merge(annotated);
    api.patch("leader", &kube::api::PatchParams::default(), &patch)
        .await
        .unwrap();
    assert!(one.attempt().await.unwrap());
    assert_eq!(asked(), ["PUT", "GET", "PUT"]);
    let kept = api.get("leader").await.unwrap();
    assert_eq!(kept.metadata.annotations.unwrap()["a"], "b");

    // Who is deleted meanwhile is made again.
    api.delete("leader", &kube::api::DeleteParams::default())
        .await
        .unwrap();
    assert!(one.attempt().await.unwrap());
    assert_eq!(asked(), ["PUT", "GET", "POST"]);
}
