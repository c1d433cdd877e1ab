//! Sessions from their announcement to their end.

use serde_json::json;

use super::scripted::{Act, Scripted};
use super::*;

#[tokio::test(start_paused = true)]
async fn sessions_are_announced_at_once_and_in_order() {
    let silent = Scripted::new();
    silent.on("", Act::Silence);
    let mut lazy = silent.target("c");
    lazy.lazy = true;
    lazy.read_only = true;
    let mut fleet = Fleet::start(vec![silent.target("b"), silent.target("a"), lazy]);
    for (name, connection) in [
        ("b", Connection::Connecting),
        ("a", Connection::Connecting),
        ("c", Connection::Idle),
    ] {
        let Ok(Update::Session(session)) = fleet.updates.try_recv() else {
            panic!("no announcement of {name}")
        };
        assert_eq!(session.management_cluster.as_str(), name);
        assert_eq!(session.connection, connection);
        assert_eq!(session.read_only, name == "c");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_becomes_live_and_says_what_it_found() {
    let server = Scripted::with_machines(3);
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    assert_eq!(
        machines(&fleet.store, "taipei"),
        ["m0000", "m0001", "m0002"],
        "live means that the rows are there"
    );
    fleet
        .until("the inventory", |store| {
            session(store, "taipei").unwrap().server_version.is_some()
        })
        .await;
    let session = session(&fleet.store, "taipei").unwrap();
    assert_eq!(session.server_version.as_deref(), Some("v1.33.1"));
    assert_eq!(session.era, Some(fleetui_fleet::session::ApiEra::V1Beta2));
    let providers: Vec<_> = session
        .providers
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    assert_eq!(
        providers,
        ["cluster-api v1.14.1", "infrastructure-docker v1.14.0"]
    );
    assert!(session.heard.is_some() && session.latency.is_some());
    assert_eq!(session.denied, []);
    assert!(
        server.requests("templates").is_empty(),
        "templates are not watched"
    );
    assert!(
        server.requests("/api/v1/namespaces").is_empty(),
        "nothing is asked that rows do not need"
    );
    assert!(
        server.requests("accessreview").len() <= 1,
        "what may be done is one question where that has no answer"
    );
    assert!(
        server.requests("v1beta1/machines").is_empty(),
        "v1beta2 is preferred"
    );
}

#[tokio::test(start_paused = true)]
async fn servers_without_aggregated_discovery_are_read_too() {
    let server = Scripted::with_machines(3);
    server.legacy_discovery();
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    assert_eq!(machines(&fleet.store, "taipei").len(), 3);
    assert!(server.requests("v1beta1/machines").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_management_cluster_without_cluster_api_is_live_and_empty() {
    let server = Scripted::new();
    for plural in [
        "clusters",
        "machinedeployments",
        "machines",
        "devmachinetemplates",
    ] {
        server.no_longer_serve(plural);
    }
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    assert_eq!(session(&fleet.store, "taipei").unwrap().era, None);
    // It is installed while we watch.
    server.serve("cluster.x-k8s.io", "v1beta1", "Machine", "machines");
    server.put("m1", "1");
    fleet
        .until("its machines", |store| machines(store, "taipei") == ["m1"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn eras_of_v1beta1_are_told_apart() {
    use fleetui_fleet::session::ApiEra;
    let provider =
        |version: &str| json!({"items": [{"metadata": {"name": "cluster-api"}, "version": version}]});
    let crd = |status: serde_json::Value| {
        json!({"spec": {"versions": [{"name": "v1beta1", "schema": {"openAPIV3Schema": {"properties": {
            "status": {"properties": status}}}}}]}})
    };
    let forbidden = || Act::Status(403, "Forbidden", "no".to_owned());
    let text = |value: serde_json::Value| Act::Text(200, Box::leak(value.to_string().into_boxed_str()));
    let cases = [
        (text(provider("v1.8.4")), forbidden(), ApiEra::V1Beta1),
        (
            text(provider("v1.9.0")),
            forbidden(),
            ApiEra::V1Beta1WithV1Beta2Status,
        ),
        (
            forbidden(),
            text(crd(json!({"v1beta2": {}}))),
            ApiEra::V1Beta1WithV1Beta2Status,
        ),
        (forbidden(), text(crd(json!({"phase": {}}))), ApiEra::V1Beta1),
        (forbidden(), forbidden(), ApiEra::V1Beta1),
    ];
    for (providers, definition, era) in cases {
        let server = Scripted::new();
        for plural in ["clusters", "machinedeployments", "machines"] {
            server.no_longer_serve(plural);
        }
        server.serve("cluster.x-k8s.io", "v1beta1", "Cluster", "clusters");
        server.on("providers", providers);
        server.on("customresourcedefinitions", definition);
        let mut fleet = Fleet::start(vec![server.target("taipei")]);
        fleet
            .until("the era", |store| {
                session(store, "taipei").is_some_and(|session| session.era == Some(era))
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn anchor_29_31_a_lazy_one_connects_when_it_is_asked_to() {
    let server = Scripted::with_machines(1);
    let mut target = server.target("taipei");
    target.lazy = true;
    let mut fleet = Fleet::start(vec![target]);
    fleet.during(Duration::from_mins(10)).await;
    assert_eq!(fleet.connection("taipei"), Connection::Idle);
    assert!(server.requests("").is_empty());
    assert!(fleet.client.reconnect(&ManagementCluster::new("taipei")));
    fleet.until_live("taipei").await;
    assert!(!fleet.client.reconnect(&ManagementCluster::new("nowhere")));
}

#[tokio::test(start_paused = true)]
async fn one_that_was_never_reached_is_offline_says_why_and_comes_back() {
    let server = Scripted::with_machines(1);
    server.on("", Act::Refuse);
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    let offline = fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::Offline { .. })
        })
        .await;
    let Connection::Offline { why, retry_at } = offline else {
        unreachable!()
    };
    assert_eq!(why, "connection refused");
    assert!(retry_at > Timestamp::UNIX_EPOCH);
    fleet.during(Duration::from_mins(10)).await;
    let attempts = server.requests("/apis").len();
    assert!(
        (15..60).contains(&attempts),
        "ten minutes of pauses of up to half a minute: {attempts}"
    );
    server.behave();
    fleet.until_live("taipei").await;
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_not_accepted_are_said_and_tried_again() {
    let server = Scripted::with_machines(1);
    server.on("", Act::Status(401, "Unauthorized", "Unauthorized".to_owned()));
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    let needed = fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::AuthNeeded { .. })
        })
        .await;
    assert!(
        matches!(needed, Connection::AuthNeeded { how } if how.contains("Unauthorized") && how.contains("log in"))
    );
    server.behave();
    fleet.client.reconnect(&ManagementCluster::new("taipei"));
    fleet.until_live("taipei").await;
    // They can end later, too.
    server.on("", Act::Status(401, "Unauthorized", "token expired".to_owned()));
    server.cut_watches();
    fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::AuthNeeded { .. })
        })
        .await;
    assert_eq!(machines(&fleet.store, "taipei"), ["m0000"], "its rows stay");
    server.behave();
    fleet.until_live("taipei").await;
}

#[tokio::test(start_paused = true)]
async fn reconnecting_keeps_rows_and_finds_what_went_meanwhile() {
    let server = Scripted::with_machines(3);
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    server.on("/apis", Act::Silence);
    fleet.client.reconnect(&ManagementCluster::new("taipei"));
    fleet
        .until_connection("taipei", |connection| *connection == Connection::Connecting)
        .await;
    assert_eq!(machines(&fleet.store, "taipei").len(), 3);
    server.behave();
    server.compact(super::scripted::Expiry::Status);
    server.delete("m0001");
    fleet.client.reconnect(&ManagementCluster::new("taipei"));
    fleet
        .until("the deletion", |store| {
            machines(store, "taipei") == ["m0000", "m0002"]
        })
        .await;
    fleet.until_live("taipei").await;
}

#[tokio::test(start_paused = true)]
async fn management_clusters_can_be_added_and_taken_away() {
    let (taipei, osaka) = (Scripted::with_machines(1), Scripted::with_machines(2));
    let mut fleet = Fleet::start(vec![taipei.target("taipei")]);
    fleet.until_live("taipei").await;
    assert!(fleet.client.connect(osaka.target("osaka")).await);
    fleet.until_live("osaka").await;
    assert!(
        !fleet.client.connect(osaka.target("osaka")).await,
        "there is one of that name"
    );
    assert!(fleet.client.disconnect(&ManagementCluster::new("taipei")).await);
    fleet
        .until("it is gone", |store| session(store, "taipei").is_none())
        .await;
    assert_eq!(machines(&fleet.store, "osaka").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn when_the_client_goes_everything_ends() {
    let server = Scripted::with_machines(1);
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    drop(fleet.client);
    let end = async { while fleet.updates.recv().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(10), end)
        .await
        .expect("the queue is closed by the last session");
    let before = server.requests("").len();
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(server.requests("").len(), before, "nobody asks any more");
}

#[tokio::test(start_paused = true)]
async fn shutting_down_waits_for_all_tasks() {
    let server = Scripted::with_machines(1);
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    fleet.client.shut_down().await;
    let before = server.requests("").len();
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(server.requests("").len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_differs_is_told_and_one_that_agrees_is_not() {
    let server = Scripted::with_machines(1);
    server.dated("Thu, 01 Jan 1970 00:05:00 GMT");
    let agreeing = Scripted::with_machines(1);
    agreeing.dated("Thu, 01 Jan 1970 00:00:10 GMT");
    let mut fleet = Fleet::start(vec![server.target("ahead"), agreeing.target("agreeing")]);
    fleet
        .until("both say their version", |store| {
            let known = |name| session(store, name).is_some_and(|told| told.server_version.is_some());
            known("ahead") && known("agreeing")
        })
        .await;
    let skew = |fleet: &Fleet, name: &str| session(&fleet.store, name).unwrap().skew;
    let ahead = skew(&fleet, "ahead").unwrap().as_secs();
    assert!((295..=301).contains(&ahead), "{ahead}");
    assert_eq!(skew(&fleet, "agreeing"), None);
    let told = session(&fleet.store, "ahead").unwrap();
    let shown = told.server_time(Timestamp::UNIX_EPOCH);
    assert_eq!(shown.as_second(), ahead, "ages of it are told by its clock");
}

#[tokio::test(start_paused = true)]
async fn one_that_rests_has_no_rows_and_comes_back_when_asked() {
    let server = Scripted::with_machines(3);
    let other = Scripted::with_machines(1);
    let mut fleet = Fleet::start(vec![server.target("taipei"), other.target("osaka")]);
    fleet.until_live("taipei").await;
    let taipei = ManagementCluster::new("taipei");
    assert!(fleet.client.rest(&taipei));
    fleet
        .until("it rests", |store| machines(store, "taipei").is_empty())
        .await;
    fleet
        .until_connection("taipei", |connection| *connection == Connection::Idle)
        .await;
    let asked = server.requests("").len();
    server.put("m0009", "1");
    fleet.during(Duration::from_mins(10)).await;
    assert_eq!(server.requests("").len(), asked, "it is not asked for anything");
    assert_eq!(fleet.connection("taipei"), Connection::Idle);
    let names: Vec<_> = fleet
        .store
        .sessions()
        .map(|told| told.management_cluster.to_string())
        .collect();
    assert_eq!(names, ["taipei", "osaka"], "it keeps its place");
    assert!(fleet.client.reconnect(&taipei));
    fleet.until_live("taipei").await;
    assert_eq!(machines(&fleet.store, "taipei").len(), 4);
    assert!(!fleet.client.rest(&ManagementCluster::new("nowhere")));
}
