//! One session's rows against its server: changes, cuts, old versions, permissions, load.

use fleetui_fleet::tree::{Layer, Layers};
use serde_json::json;

use super::scripted::{Act, Expiry, MACHINES, Scripted};
use super::*;

async fn live(server: &Scripted) -> Fleet {
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    fleet.during(Duration::from_secs(1)).await;
    fleet
}

fn note(store: &FleetStore, name: &str) -> String {
    store
        .get(&machine_key("taipei", name))
        .unwrap()
        .facts
        .resource_version
        .to_string()
}

#[tokio::test(start_paused = true)]
async fn anchor_34_lists_are_read_in_pages_and_changes_follow_at_once() {
    let server = Scripted::with_machines(1200);
    let mut fleet = live(&server).await;
    assert_eq!(machines(&fleet.store, "taipei").len(), 1200);
    let pages = server.requests(&format!("{MACHINES}?limit="));
    assert_eq!(pages.len(), 4, "{pages:?}");
    assert!(
        pages[0].contains("limit=50") && !pages[0].contains("limit=500"),
        "something is there early"
    );
    let begun = tokio::time::Instant::now();
    let version = note(&fleet.store, "m0007");
    server.put("m0007", "2");
    server.put("new", "1");
    server.delete("m0003");
    fleet
        .until("the changes", |store| {
            note(store, "m0007") != version
                && store.get(&machine_key("taipei", "new")).is_some()
                && store.get(&machine_key("taipei", "m0003")).is_none()
        })
        .await;
    assert!(
        begun.elapsed() < Duration::from_millis(60),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        server
            .requests("limit=")
            .iter()
            .filter(|line| line.contains(MACHINES))
            .count(),
        4,
        "no new list"
    );
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_is_resumed_where_it_was() {
    let server = Scripted::with_machines(2);
    let mut fleet = live(&server).await;
    server.put("m0000", "2");
    fleet.during(Duration::from_mins(5)).await;
    assert!(
        fleet
            .store
            .session(&ManagementCluster::new("taipei"))
            .unwrap()
            .is_live()
    );
    assert_eq!(
        server
            .requests(MACHINES)
            .iter()
            .filter(|line| line.contains("limit="))
            .count(),
        1
    );
    let watches = server.requests(&format!("{MACHINES}?watch"));
    assert!(
        (4..9).contains(&watches.len()),
        "about a minute each: {watches:?}"
    );
    let last = watches.last().unwrap();
    assert!(
        last.contains(&format!("resourceVersion={}", note(&fleet.store, "m0000"))),
        "{last}"
    );
    assert!(
        last.contains("allowWatchBookmarks=true") && last.contains("timeoutSeconds="),
        "{last}"
    );
    server.cut_watches();
    server.put("m0001", "2");
    server.delete("m0000");
    fleet
        .until("what happened meanwhile", |store| {
            machines(store, "taipei") == ["m0001"]
        })
        .await;
    assert_eq!(
        server
            .requests(MACHINES)
            .iter()
            .filter(|line| line.contains("limit="))
            .count(),
        1,
        "without a list"
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_too_old_means_a_new_list_in_either_form() {
    for expiry in [Expiry::Status, Expiry::Event] {
        let server = Scripted::with_machines(3);
        let mut fleet = live(&server).await;
        server.cut_watches();
        server.delete("m0001");
        server.put("new", "1");
        server.compact(expiry);
        fleet
            .until("the new list", |store| {
                machines(store, "taipei") == ["m0000", "m0002", "new"]
            })
            .await;
        fleet.during(Duration::from_secs(30)).await;
        assert!(
            fleet
                .store
                .session(&ManagementCluster::new("taipei"))
                .unwrap()
                .is_live(),
            "{expiry:?}"
        );
        let lists = server
            .requests(MACHINES)
            .iter()
            .filter(|line| line.contains("limit="))
            .count();
        assert_eq!(lists, 2, "one more list, and no storm of them: {expiry:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_expire_are_followed_by_a_list_in_one_piece() {
    let server = Scripted::with_machines(600);
    server.on(
        "continue=",
        Act::Status(
            410,
            "Expired",
            "the provided continue parameter is too old".to_owned(),
        ),
    );
    let fleet = live(&server).await;
    assert_eq!(machines(&fleet.store, "taipei").len(), 600);
    let whole: Vec<_> = server
        .requests(MACHINES)
        .into_iter()
        .filter(|line| line.ends_with(MACHINES))
        .collect();
    assert_eq!(whole.len(), 1, "{whole:?}");
}

#[tokio::test(start_paused = true)]
async fn a_dead_peer_is_noticed_soon_after_the_watch_should_have_ended() {
    let server = Scripted::with_machines(1);
    server.some(1, &format!("{MACHINES}?watch"), Act::SilentStream);
    let mut fleet = live(&server).await;
    let begun = tokio::time::Instant::now();
    server.put("m0000", "2");
    let version = server.requests(&format!("{MACHINES}?watch"));
    assert_eq!(version.len(), 1);
    let before = note(&fleet.store, "m0000");
    fleet
        .until("the change", |store| note(store, "m0000") != before)
        .await;
    assert!(begun.elapsed() < Duration::from_secs(85), "{:?}", begun.elapsed());
    fleet.until_live("taipei").await;
}

#[tokio::test(start_paused = true)]
async fn bookmarks_move_the_version_on() {
    let server = Scripted::with_machines(1);
    let mut fleet = live(&server).await;
    server.send_line(
        &json!({"type": "BOOKMARK", "object": {
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "metadata": {"resourceVersion": "777"}}})
        .to_string(),
    );
    fleet.during(Duration::from_secs(90)).await;
    let last = server.requests(&format!("{MACHINES}?watch")).pop().unwrap();
    assert!(last.ends_with("resourceVersion=777"), "{last}");
}

#[tokio::test(start_paused = true)]
async fn a_break_shows_as_stale_and_later_as_offline() {
    let server = Scripted::with_machines(2);
    let mut fleet = live(&server).await;
    // A short break does not show.
    server.some(3, "watch=true", Act::Refuse);
    server.cut_watches();
    fleet.during(Duration::from_millis(2500)).await;
    assert_eq!(fleet.connection("taipei"), Connection::Live);
    server.on("", Act::Refuse);
    server.cut_watches();
    let broken = tokio::time::Instant::now();
    let stale = fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::Stale { .. })
        })
        .await;
    // Nobody listens there any more, which is known at once; and so is when it is tried again.
    assert!(
        broken.elapsed() < Duration::from_secs(1),
        "{:?}",
        broken.elapsed()
    );
    assert!(
        matches!(&stale, Connection::Stale { why, retry_at: Some(_), .. } if why == "connection refused"),
        "{stale:?}"
    );
    assert_eq!(machines(&fleet.store, "taipei").len(), 2, "its rows stay");
    fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::Offline { .. })
        })
        .await;
    assert!(
        (290..320).contains(&broken.elapsed().as_secs()),
        "{:?}",
        broken.elapsed()
    );
    assert_eq!(machines(&fleet.store, "taipei").len(), 2, "its rows stay");
    server.behave();
    fleet.until_live("taipei").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_known_is_as_old_as_the_last_that_was_heard_on_whatever_watch() {
    let server = Scripted::with_machines(1);
    let mut fleet = live(&server).await;
    // Machines change and nothing else does, longer than it takes a server to send a bookmark.
    for note in 0..30 {
        server.put("m0000", &note.to_string());
        fleet.during(Duration::from_secs(2)).await;
    }
    server.on("", Act::Refuse);
    server.cut_watches();
    let stale = fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::Stale { .. })
        })
        .await;
    let heard = session(&fleet.store, "taipei").unwrap().heard.unwrap();
    let Connection::Stale { since, .. } = stale else {
        panic!("{stale:?}");
    };
    assert!(
        heard.duration_since(since).as_secs() < 3,
        "{since}, and heard at {heard}"
    );
    assert_eq!(session(&fleet.store, "taipei").unwrap().away_since, Some(since));
}

#[tokio::test(start_paused = true)]
async fn all_come_back_as_soon_as_one_has_the_server_again() {
    let server = Scripted::with_machines(1);
    let mut fleet = live(&server).await;
    server.on("", Act::Refuse);
    server.cut_watches();
    fleet.during(Duration::from_mins(3)).await;
    server.behave();
    let before = server.requests("watch=true").len();
    while server.requests("watch=true").len() == before {
        fleet.during(Duration::from_millis(50)).await;
    }
    let back = tokio::time::Instant::now();
    fleet.until_live("taipei").await;
    assert!(back.elapsed() < Duration::from_secs(1), "{:?}", back.elapsed());
}

#[tokio::test(start_paused = true)]
async fn anchor_19_97_one_denied_kind_does_not_keep_the_others() {
    let server = Scripted::with_machines(2);
    server.on(
        "/clusters?",
        Act::Status(403, "Forbidden", "clusters is forbidden".to_owned()),
    );
    let mut fleet = live(&server).await;
    assert_eq!(
        session(&fleet.store, "taipei").unwrap().denied,
        [fleetui_api::kinds::core("Cluster")]
    );
    assert_eq!(machines(&fleet.store, "taipei").len(), 2);
    server.behave();
    fleet
        .until("the permission is there", |store| {
            session(store, "taipei").unwrap().denied.is_empty()
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn when_nothing_may_be_read_that_is_said() {
    let server = Scripted::with_machines(2);
    server.on(
        "limit=",
        Act::Status(403, "Forbidden", "forbidden: User \"a\"".to_owned()),
    );
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    let denied = fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::Denied { .. })
        })
        .await;
    assert!(matches!(denied, Connection::Denied { why } if why.contains("forbidden: User")));
    assert_eq!(session(&fleet.store, "taipei").unwrap().denied.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn anchor_04_namespaces_are_read_where_the_whole_may_not_be() {
    let server = Scripted::new();
    for (namespace, name) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1")] {
        server.put_in(namespace, name, "1");
    }
    server.on(
        "/v1beta2/machines?",
        Act::Status(403, "Forbidden", "at the cluster scope".to_owned()),
    );
    server.on("/namespaces/b/", Act::Status(403, "Forbidden", "in b".to_owned()));
    let mut target = server.target("taipei");
    target.namespaces = vec!["a".to_owned(), "b".to_owned()];
    let mut fleet = Fleet::start(vec![target]);
    fleet.until_live("taipei").await;
    assert_eq!(machines(&fleet.store, "taipei"), ["a1", "a2"]);
    assert_eq!(
        session(&fleet.store, "taipei").unwrap().denied,
        [],
        "some of its namespaces can be read"
    );
    let told = session(&fleet.store, "taipei").unwrap();
    assert_eq!(told.namespaces, ["a", "b"]);
    assert_eq!(
        told.denied_in,
        [(fleetui_api::kinds::core("Machine"), "b".into())]
    );
    server.put_in("a", "a3", "1");
    server.put_in("c", "c2", "1");
    fleet
        .until("the change", |store| {
            machines(store, "taipei") == ["a1", "a2", "a3"]
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn nothing_but_the_namespaces_of_the_fleet_file_is_read() {
    let server = Scripted::new();
    for (namespace, name) in [("a", "a1"), ("b", "b1"), ("c", "c1")] {
        server.put_in(namespace, name, "1");
    }
    let mut target = server.target("taipei");
    (target.namespaces, target.only_namespaces) = (vec!["a".to_owned(), "b".to_owned()], true);
    let mut fleet = Fleet::start(vec![target]);
    fleet.until_live("taipei").await;
    assert_eq!(session(&fleet.store, "taipei").unwrap().namespaces, ["a", "b"]);
    let name = ManagementCluster::new("taipei");
    for _ in 0..2 {
        assert_eq!(machines(&fleet.store, "taipei"), ["a1", "b1"]);
        assert_eq!(server.requests("/v1beta2/machines?"), Vec::<String>::new());
        assert_eq!(server.requests("/namespaces/c/"), Vec::<String>::new());
        fleet.client.reconnect(&name);
        fleet
            .until_connection("taipei", |connection| *connection == Connection::Connecting)
            .await;
        fleet.until_live("taipei").await;
    }
}

#[tokio::test(start_paused = true)]
async fn anchor_06_kinds_come_and_go_while_we_watch() {
    let server = Scripted::with_machines(2);
    let mut fleet = live(&server).await;
    server.serve(
        "infrastructure.cluster.x-k8s.io",
        "v1beta1",
        "DevMachine",
        "devmachines",
    );
    let object = json!({"metadata": {"namespace": "default", "name": "dm", "uid": "u"}});
    server.put_object(
        "infrastructure.cluster.x-k8s.io/v1beta1",
        "DevMachine",
        "devmachines",
        object,
    );
    fleet.until("the new kind's row", |store| store.len() == 3).await;
    server.no_longer_serve("machines");
    let begun = tokio::time::Instant::now();
    fleet
        .until("the rows of a kind that is gone", |store| store.len() == 1)
        .await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    fleet.until_live("taipei").await;
}

#[tokio::test(start_paused = true)]
async fn what_only_a_layer_shows_is_read_while_the_layer_is_shown() {
    let server = Scripted::with_machines(2);
    let template = json!({"metadata": {"namespace": "default", "name": "t", "uid": "u"}});
    let (version, plural) = ("infrastructure.cluster.x-k8s.io/v1beta1", "devmachinetemplates");
    server.put_object(version, "DevMachineTemplate", plural, template);
    let mut fleet = live(&server).await;
    assert_eq!(fleet.store.len(), 2);
    assert!(server.requests(plural).is_empty(), "nobody looks at templates");
    // Layers of what is read anyway ask for nothing.
    fleet.client.show_layers(Layers::default().with(Layer::Hosts));
    fleet.during(Duration::from_secs(5)).await;
    assert!(server.requests(plural).is_empty());
    fleet.client.show_layers(Layers::default().with(Layer::Templates));
    fleet.until("the template's row", |store| store.len() == 3).await;
    fleet.until_live("taipei").await;
    // Whoever looks at the kinds again keeps what is shown.
    fleet.during(Duration::from_mins(3)).await;
    assert_eq!(fleet.store.len(), 3);
    fleet.client.show_layers(Layers::default());
    fleet.until("its row goes", |store| store.len() == 2).await;
    assert_eq!(fleet.connection("taipei"), Connection::Live);
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_is_shown_before_a_session_is_connected_is_read_as_soon_as_it_is() {
    let server = Scripted::with_machines(1);
    let template = json!({"metadata": {"namespace": "default", "name": "t", "uid": "u"}});
    let (version, plural) = ("infrastructure.cluster.x-k8s.io/v1beta1", "devmachinetemplates");
    server.put_object(version, "DevMachineTemplate", plural, template);
    let mut lazy = server.target("taipei");
    lazy.lazy = true;
    let mut fleet = Fleet::start(vec![lazy]);
    fleet.client.show_layers(Layers::default().with(Layer::Templates));
    fleet.during(Duration::from_secs(5)).await;
    assert!(server.requests("GET").is_empty(), "it is asked nothing");
    fleet.client.reconnect(&ManagementCluster::new("taipei"));
    fleet.until("both rows", |store| store.len() == 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_404_of_a_starting_server_takes_no_row_away() {
    let server = Scripted::with_machines(2);
    let mut fleet = live(&server).await;
    server.some(3, MACHINES, Act::Text(404, "404 page not found"));
    server.cut_watches();
    let mut fewest = usize::MAX;
    for _ in 0..20 {
        fleet.during(Duration::from_secs(1)).await;
        fewest = fewest.min(machines(&fleet.store, "taipei").len());
    }
    assert_eq!(fewest, 2);
    fleet.until_live("taipei").await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_object_is_a_row_that_says_so_among_the_others() {
    let server = Scripted::with_machines(2);
    let object = json!({"metadata": {"namespace": "default", "name": "odd", "uid": "u"}, "spec": {"clusterName": 7}, "status": {"conditions": "no"}});
    server.put_object("cluster.x-k8s.io/v1beta2", "Machine", "machines", object);
    server.put_object(
        "cluster.x-k8s.io/v1beta2",
        "Machine",
        "machines",
        json!({"metadata": {"namespace": "default"}}),
    );
    let mut fleet = live(&server).await;
    assert_eq!(machines(&fleet.store, "taipei"), ["m0000", "m0001", "odd"]);
    let odd = fleet.store.get(&machine_key("taipei", "odd")).unwrap();
    assert!(!odd.facts.broken.is_empty(), "{odd:?}");
    // The same through a watch.
    server.send_line(r#"{"type":"MODIFIED","object":{"metadata":{"name":"m0001","namespace":"default","uid":"uid-m0001","resourceVersion":"900"},"spec":{"clusterName":[]}}}"#);
    fleet
        .until("the broken change", |store| {
            store
                .get(&machine_key("taipei", "m0001"))
                .is_some_and(|row| !row.facts.broken.is_empty())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn while_nobody_listens_changes_coalesce() {
    let server = Scripted::with_machines(10);
    let settings = ClientSettings {
        queue: 1,
        ..ClientSettings::default()
    };
    let mut fleet = Fleet::with(vec![server.target("taipei")], settings);
    fleet.until_live("taipei").await;
    fleet.during(Duration::from_secs(1)).await;
    fleet.batches.clear();
    for round in 0..20 {
        for event in 0..500 {
            server.put(&format!("m{:04}", event % 10), &format!("{round}-{event}"));
        }
        // Nobody reads; the session goes on taking events in.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let last = "10110";
    fleet
        .until("the latest of each", |store| note(store, "m0009") == last)
        .await;
    let told: usize = fleet.batches.iter().sum();
    assert!(
        told <= 30,
        "10,000 events of 10 objects were told as {told} changes"
    );
}

#[tokio::test(start_paused = true)]
async fn under_load_batches_leave_at_their_pace() {
    let server = Scripted::with_machines(10);
    let mut fleet = live(&server).await;
    fleet.batches.clear();
    let writer = tokio::spawn({
        let server = server.clone();
        async move {
            for event in 0..1000 {
                server.put(&format!("m{:04}", event % 10), &event.to_string());
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    });
    fleet.during(Duration::from_millis(1100)).await;
    writer.await.unwrap();
    let batches = fleet.batches.len();
    assert!(
        (15..=23).contains(&batches),
        "a second of load in steps of 50 ms: {batches} batches"
    );
}

#[tokio::test(start_paused = true)]
async fn a_quiet_session_says_now_and_then_that_it_is_alive_and_no_more() {
    let server = Scripted::with_machines(1);
    let mut fleet = live(&server).await;
    let mut updates = 0;
    let end = tokio::time::Instant::now() + Duration::from_mins(10);
    while let Ok(Some(update)) = tokio::time::timeout_at(end, fleet.updates.recv()).await {
        assert!(matches!(update, Update::Session(_)), "{update:?}");
        updates += 1;
        fleet.fold(update);
    }
    assert!(
        (10..=41).contains(&updates),
        "every fifteen seconds at most: {updates}"
    );
    let heard = session(&fleet.store, "taipei").unwrap().heard.unwrap();
    assert!(heard > Timestamp::from_second(500).unwrap(), "{heard}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_opens_only_to_fail_does_not_flicker() {
    let server = Scripted::with_machines(1);
    let mut fleet = live(&server).await;
    server.on("watch=true", Act::ErrorEvent(500));
    server.on("limit=", Act::Refuse);
    server.cut_watches();
    fleet
        .until_connection("taipei", |connection| {
            matches!(connection, Connection::Stale { .. })
        })
        .await;
    let mut end = false;
    let until = tokio::time::Instant::now() + Duration::from_mins(2);
    while let Ok(Some(update)) = tokio::time::timeout_at(until, fleet.updates.recv()).await {
        fleet.fold(update);
        end |= fleet
            .store
            .session(&ManagementCluster::new("taipei"))
            .unwrap()
            .is_live();
    }
    assert!(!end, "it was shown as live in between");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_keeps_refusing_a_watch_is_listed_anew() {
    let server = Scripted::with_machines(2);
    let mut fleet = live(&server).await;
    let refused = Act::Status(
        500,
        "InternalError",
        "resourceVersion is from another life".to_owned(),
    );
    server.on(&format!("{MACHINES}?watch"), refused);
    server.cut_watches();
    server.delete("m0001");
    fleet
        .until("the list", |store| machines(store, "taipei") == ["m0000"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn anchor_05_what_is_looked_up_later_is_found_in_objects_that_were_read_before() {
    let server = Scripted::with_machines(2);
    let mut fleet = live(&server).await;
    let found = |store: &FleetStore, name: &str| {
        let row = store.get(&machine_key("taipei", name))?;
        row.custom(0).map(str::to_owned)
    };
    assert_eq!(found(&fleet.store, "m0000"), None);
    let paths = vec![fleetui_fleet::table::Path::parse(".spec.clusterName").unwrap()];
    let taipei = ManagementCluster::new("taipei");
    assert!(fleet.client.look_up(&taipei, paths.clone()));
    fleet
        .until("what is looked up", |store| {
            found(store, "m0000").as_deref() == Some("prod")
        })
        .await;
    assert_eq!(machines(&fleet.store, "taipei").len(), 2);
    server.put("new", "1");
    fleet
        .until("the same of a new one", |store| {
            found(store, "new").as_deref() == Some("prod")
        })
        .await;
    assert!(!fleet.client.look_up(&ManagementCluster::new("nobody"), paths));
}
