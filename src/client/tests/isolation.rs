//! Nobody waits for anybody: a management cluster's rows come as fast beside broken ones as alone.

use super::scripted::{Act, Expiry, Scripted};
use super::*;

/// Long enough that a fifth of it is seen.
const EACH_REQUEST: Duration = Duration::from_millis(200);

fn healthy() -> Scripted {
    let server = Scripted::with_machines(1200);
    server.on("", Act::Later(EACH_REQUEST));
    server
}

/// When the healthy one had all its rows, and when it was live.
async fn timed(beside: Vec<Target>) -> (Duration, Duration) {
    let mut targets = beside;
    targets.push(healthy().target("healthy"));
    let mut fleet = Fleet::start(targets);
    let rows = fleet
        .until("the healthy rows", |store| {
            machines(store, "healthy").len() == 1200
        })
        .await;
    (rows, fleet.until_live("healthy").await)
}

#[tokio::test(start_paused = true)]
async fn anchor_14_30_a_healthy_one_is_as_fast_beside_broken_ones_as_alone() {
    let (rows_alone, live_alone) = timed(Vec::new()).await;
    assert!(
        rows_alone >= EACH_REQUEST * 3,
        "discovery and three pages: {rows_alone:?}"
    );
    let broken: Vec<(&str, Act)> = vec![
        ("", Act::Refuse),
        ("", Act::Silence),
        ("", Act::Status(401, "Unauthorized", "Unauthorized".to_owned())),
        (
            scripted::MACHINES,
            Act::Status(403, "Forbidden", "machines is forbidden".to_owned()),
        ),
        (scripted::MACHINES, Act::Later(Duration::from_secs(30))),
        ("watch=true", Act::Silence),
        ("watch=true", Act::SilentStream),
        ("watch=true", Act::Cut),
        ("watch=true", Act::Status(410, "Expired", "too old".to_owned())),
        ("", Act::Status(500, "InternalError", "etcd is down".to_owned())),
        ("", Act::Status(429, "TooManyRequests", "slow down".to_owned())),
        ("", Act::Text(502, "<html>Bad Gateway</html>")),
        ("", Act::Text(200, "not json")),
    ];
    let mut targets = Vec::new();
    for (index, (needle, act)) in broken.into_iter().enumerate() {
        let server = Scripted::with_machines(100);
        server.on(needle, act);
        targets.push(server.target(&format!("broken-{index}")));
    }
    let compacted = Scripted::with_machines(100);
    compacted.compact(Expiry::Event);
    targets.push(compacted.target("compacted"));
    let (rows_beside, live_beside) = timed(targets).await;
    assert!(
        rows_beside.as_secs_f64() <= rows_alone.as_secs_f64() * 1.2,
        "{rows_alone:?} alone, {rows_beside:?} beside"
    );
    assert!(
        live_beside.as_secs_f64() <= live_alone.as_secs_f64() * 1.2,
        "{live_alone:?} alone, {live_beside:?} beside"
    );
}

#[tokio::test(start_paused = true)]
async fn anchor_13_whatever_a_server_does_its_session_goes_on_and_recovers() {
    let acts: Vec<(&str, Act)> = vec![
        ("", Act::Refuse),
        ("", Act::Silence),
        ("", Act::Status(500, "InternalError", "etcd is down".to_owned())),
        ("", Act::Status(429, "TooManyRequests", "slow down".to_owned())),
        ("", Act::Status(410, "Expired", "too old".to_owned())),
        ("", Act::Text(502, "<html>Bad Gateway</html>")),
        ("", Act::Text(200, "not json")),
        ("", Act::Text(200, "{\"items\": 7}")),
        ("watch=true", Act::Cut),
        ("watch=true", Act::SilentStream),
        ("watch=true", Act::Text(200, "{\"type\":\"ADDED\"}\n")),
        ("watch=true", Act::Text(200, "garbage\n")),
        ("limit=", Act::Status(410, "Expired", "too old".to_owned())),
    ];
    for (needle, act) in acts {
        let server = Scripted::with_machines(10);
        server.on(needle, act.clone());
        let mut fleet = Fleet::start(vec![server.target("taipei")]);
        fleet.during(Duration::from_mins(2)).await;
        let asked = server.requests("").len();
        assert!(
            asked < 400,
            "{act:?} is no reason for a storm: {asked} requests in two minutes"
        );
        server.behave();
        server.put("late", "1");
        fleet
            .until(&format!("recovery from {act:?}"), |store| {
                machines(store, "taipei").len() == 11
            })
            .await;
        fleet.until_live("taipei").await;
    }
}
