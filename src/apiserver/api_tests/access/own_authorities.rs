//! Logical clusters with authorities of their own: whose certificates open which of them, over one connection.

use base64::engine::general_purpose::STANDARD;
use fleetui_base::clock::FrozenClock;
use fleetui_pki::{Authority, Validity};
use jiff::SignedDuration;
use rustls::pki_types::UnixTime;

use super::*;
use crate::LogicalClusterError;
use crate::authn::client_certificates::{ClientAuthority, ClientCertificate};
use crate::server::tls::first_certificate;

const REVIEWS: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

fn cluster(name: &str) -> LogicalCluster {
    LogicalCluster::new(name).unwrap()
}

/// As every cluster's own authority is called: only the key tells one from another.
fn authority() -> Authority {
    Authority::generate("kubernetes", Validity::days(SystemClock.now(), 10)).unwrap()
}

fn administrator(authority: &Authority) -> KeyedCertificate {
    authority
        .issue_client(
            "kubernetes-admin",
            Some("system:masters"),
            Validity::days(SystemClock.now(), 1),
        )
        .unwrap()
}

/// Who one is in the logical cluster with this prefix.
async fn who_at(client: &kube::Client, prefix: &str) -> Result<String, u16> {
    let answer = ask(client, Request::post(format!("{prefix}{REVIEWS}")), &json!({})).await?;
    let name = &answer["status"]["userInfo"]["username"];
    Ok(name.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn each_opens_its_own_cluster_and_nothing_else() {
    let place = Place::open().await;
    let (first, second) = (authority(), authority());
    for (name, authority) in [("w1", &first), ("w2", &second)] {
        place.server.create_logical_cluster(&cluster(name)).await.unwrap();
        place
            .server
            .set_authority(&cluster(name), authority.keyed())
            .await
            .unwrap();
    }
    place
        .server
        .create_logical_cluster(&cluster("bare"))
        .await
        .unwrap();
    let client = place.with_certificate(&administrator(&first)).await;
    let admin = Ok("kubernetes-admin".to_owned());
    for _ in 0..2 {
        assert_eq!(who_at(&client, "/clusters/w1").await, admin);
        assert!(
            read_as(&client, "/clusters/w1/api/v1/secrets").await.is_ok(),
            "it administers"
        );
        for prefix in [
            "",
            "/clusters/w2",
            "/clusters/bare",
            "/clusters/none",
            "/clusters/root",
            "/clusters/W1",
        ] {
            assert_eq!(who_at(&client, prefix).await, Err(401), "{prefix}");
            let secrets = format!("{prefix}/api/v1/secrets");
            assert_eq!(read_as(&client, &secrets).await, Err(401), "{prefix}");
        }
    }
    let other = place.with_certificate(&administrator(&second)).await;
    assert_eq!(who_at(&other, "/clusters/w1").await, Err(401));
    assert_eq!(who_at(&other, "/clusters/w2").await, admin);
    // Whoever administers all of them still does.
    let all = place.with_certificate(&place.credentials.administrator).await;
    assert_eq!(who_at(&all, "").await.unwrap(), "fleetui-admin");
    assert_eq!(who_at(&all, "/clusters/w1").await.unwrap(), "fleetui-admin");
    place.serving.shutdown().await;
}

#[tokio::test]
async fn a_certificate_of_nobodys_authority_is_as_good_as_none() {
    let place = Place::open().await;
    let stranger = place.with_certificate(&administrator(&authority())).await;
    assert_eq!(who_at(&stranger, "").await, Err(401));
    assert!(read_as(&stranger, "/version").await.is_ok(), "as anybody may");
    place.serving.shutdown().await;
}

#[tokio::test]
async fn another_authority_takes_the_place_of_the_first() {
    let place = Place::open().await;
    let (w1, first, second) = (cluster("w1"), authority(), authority());
    place.server.create_logical_cluster(&w1).await.unwrap();
    place.server.set_authority(&w1, first.keyed()).await.unwrap();
    let client = place.with_certificate(&administrator(&first)).await;
    assert!(who_at(&client, "/clusters/w1").await.is_ok());
    let before = place.server.revision();
    place.server.set_authority(&w1, first.keyed()).await.unwrap();
    assert_eq!(place.server.revision(), before, "it is the same");
    place.server.set_authority(&w1, second.keyed()).await.unwrap();
    assert_eq!(
        who_at(&client, "/clusters/w1").await,
        Err(401),
        "the connection is the same"
    );
    let client = place.with_certificate(&administrator(&second)).await;
    assert!(who_at(&client, "/clusters/w1").await.is_ok());
    // A cluster of the same name is another one.
    place.server.delete_logical_cluster(&w1).await.unwrap();
    place.server.create_logical_cluster(&w1).await.unwrap();
    assert_eq!(who_at(&client, "/clusters/w1").await, Err(401));
    place.serving.shutdown().await;
}

#[tokio::test]
async fn it_is_there_again_after_a_restart() {
    let place = Place::open().await;
    let (w1, own) = (cluster("w1"), authority());
    place.server.create_logical_cluster(&w1).await.unwrap();
    place.server.set_authority(&w1, own.keyed()).await.unwrap();
    let Place {
        server,
        serving,
        credentials,
        home,
    } = place;
    serving.shutdown().await;
    server.shutdown().await;
    drop(server);
    let builder = ApiServer::builder().data_dir(home.path().join("data"));
    let server = builder.build().await.unwrap();
    let serving = server
        .serve("127.0.0.1:0".parse().unwrap(), &credentials)
        .await
        .unwrap();
    let place = Place {
        server,
        serving,
        credentials,
        home,
    };
    let client = place.with_certificate(&administrator(&own)).await;
    assert!(who_at(&client, "/clusters/w1").await.is_ok());
    assert_eq!(who_at(&client, "").await, Err(401));
    place.serving.shutdown().await;
}

#[tokio::test]
async fn the_management_cluster_and_what_is_not_there_get_none() {
    let server = server().await;
    let own = authority();
    let root = server.set_authority(&LogicalCluster::root(), own.keyed()).await;
    assert!(
        matches!(root, Err(LogicalClusterError::Authority { .. })),
        "{root:?}"
    );
    let unknown = server.set_authority(&cluster("w1"), own.keyed()).await;
    assert!(
        matches!(unknown, Err(LogicalClusterError::Unknown(_))),
        "{unknown:?}"
    );
    server.create_logical_cluster(&cluster("w1")).await.unwrap();
    let wrong = KeyedCertificate {
        certificate_pem: "nonsense".to_owned(),
        ..own.keyed().clone()
    };
    let wrong = server.set_authority(&cluster("w1"), &wrong).await;
    assert!(
        matches!(wrong, Err(LogicalClusterError::Authority { .. })),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn a_request_in_a_logical_cluster_is_signed_for_that_cluster_alone() {
    let place = Place::open().await;
    let (w1, own) = (cluster("w1"), authority());
    place.server.create_logical_cluster(&w1).await.unwrap();
    let router = place.server.router();
    let requests = format!("/clusters/w1{REQUESTS}");
    let (request, key) = fleetui_pki::request::generate("ada", &["team"], &[]).unwrap();
    let object = json!({"metadata": {"name": "ada"}, "spec": {
        "request": STANDARD.encode(request.as_bytes()),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
    }});
    post(&router, &requests, &object).await;
    let approved = json!({"status": {"conditions": [{"type": "Approved", "status": "True", "reason": "T"}]}});
    merge(&router, &format!("{requests}/ada/approval"), &approved).await;
    let certificate = async || {
        let (_, object) = read(&router, &format!("{requests}/ada")).await;
        object["status"]["certificate"].as_str().map(str::to_owned)
    };
    // It waits for the authority, whose coming is the next write.
    place.server.set_authority(&w1, own.keyed()).await.unwrap();
    until(&place.server, async || certificate().await.is_some()).await;
    let pem = STANDARD.decode(certificate().await.unwrap()).unwrap();
    let keyed = KeyedCertificate {
        certificate_pem: String::from_utf8(pem).unwrap(),
        key_pem: key,
    };
    let signed_by =
        |authority: &str| fleetui_pki::certificate::is_signed_by(&keyed.certificate_pem, authority).unwrap();
    assert!(signed_by(own.certificate_pem()));
    assert!(!signed_by(place.credentials.authority.certificate_pem()));
    let client = place.with_certificate(&keyed).await;
    assert_eq!(who_at(&client, "/clusters/w1").await.unwrap(), "ada");
    assert_eq!(who_at(&client, "").await, Err(401));
    place.serving.shutdown().await;
}

#[tokio::test]
async fn a_certificate_that_has_ended_names_nobody_on_a_connection_that_lasts() {
    let start = SystemClock.now();
    let clock = FrozenClock::at(start);
    let server = ApiServer::builder().clock(clock).build().await.unwrap();
    let (w1, own) = (cluster("w1"), authority());
    server.create_logical_cluster(&w1).await.unwrap();
    server.set_authority(&w1, own.keyed()).await.unwrap();
    let hosted = server.shared().clusters.get(&w1).unwrap();
    let leaf = first_certificate(&administrator(&own).certificate_pem).unwrap();
    let stranger = ClientAuthority::new(authority().certificate_pem()).unwrap();
    let certificate = ClientCertificate::new(vec![leaf], &stranger, UnixTime::now());
    assert!(certificate.everywhere().is_none());
    for (hours, known) in [(0, true), (23, true), (25, false)] {
        let now = start + SignedDuration::from_hours(hours);
        assert_eq!(certificate.in_cluster(&hosted, now).is_some(), known, "{hours}");
    }
}
