//! Commands against a scripted server.

use fleetui_fleet::act::{
    Act as Deal, Confirm, Confirmed, Deed, FieldChange, Mode, Plan, Preview, Step, Verb, Write,
};
use serde_json::{Value, json};

use super::scripted::{Act, Scripted};
use super::*;
use crate::{Answer, Command, Failure, FailureKind};

pub(super) async fn live(server: &Scripted, read_only: bool) -> FleetClient {
    live_with(server, read_only, ClientSettings::default()).await
}

pub(super) async fn live_with(server: &Scripted, read_only: bool, settings: ClientSettings) -> FleetClient {
    let mut target = server.target("taipei");
    target.read_only = read_only;
    let mut fleet = Fleet::with(vec![target], settings);
    fleet.until_live("taipei").await;
    let Fleet {
        client, mut updates, ..
    } = fleet;
    tokio::spawn(async move { while updates.recv().await.is_some() {} });
    client
}

/// The note of a Machine is changed from `1` to `2`.
pub(super) fn change(name: &str) -> Plan {
    let target = machine_key("taipei", name);
    let note = |value: &str| Some(Value::from(value));
    Plan {
        act: Deal {
            subject: target.clone(),
            uid: format!("uid-{name}").into(),
            deed: Deed::Edit(Vec::new()),
            reason: None,
        },
        writes: vec![Write {
            target,
            uid: format!("uid-{name}").into(),
            api_version: "cluster.x-k8s.io/v1beta2".into(),
            verb: Verb::Patch,
            body: json!([
                {"op": "test", "path": "/metadata/annotations/note", "value": "1"},
                {"op": "replace", "path": "/metadata/annotations/note", "value": "2"},
            ]),
            fields: vec![FieldChange {
                pointer: "/metadata/annotations/note".to_owned(),
                before: note("1"),
                after: note("2"),
                hidden: false,
            }],
        }],
        preview: Preview::default(),
        checks: Vec::new(),
        confirm: Confirm::Key,
        planned: Timestamp::UNIX_EPOCH,
    }
}

pub(super) fn preview(plan: Plan) -> Command {
    Command::Act {
        plan: Box::new(plan),
        mode: Mode::Preview,
    }
}

/// It is carried out at once: the dry run was shown just now.
pub(super) fn perform(plan: Plan) -> Command {
    let confirmed = Confirmed {
        digest: plan.digest(),
        dry_run_seconds: Some(0),
        ..Confirmed::default()
    };
    Command::Act {
        plan: Box::new(plan),
        mode: Mode::Perform(confirmed),
    }
}

async fn failure(client: &FleetClient, command: Command) -> Failure {
    client.execute(command).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn a_fetched_object_is_whole_but_for_managed_fields() {
    let server = Scripted::with_machines(1);
    let client = live(&server, true).await;
    let key = machine_key("taipei", "m0000");
    let command = Command::Fetch {
        key: key.clone(),
        uid: "uid-m0000".into(),
        managed_fields: false,
    };
    let Ok(Answer::Fetched(object)) = client.execute(command).await else {
        panic!("not fetched")
    };
    assert_eq!(object.pointer("/spec/clusterName"), Some(&Value::from("prod")));
    assert_eq!(object.pointer("/metadata/managedFields"), None);
    let other = failure(
        &client,
        Command::Fetch {
            key,
            uid: "an-earlier-life".into(),
            managed_fields: false,
        },
    )
    .await;
    assert_eq!(other.kind, FailureKind::NotFound);
    assert!(other.message.contains("another object has its name"), "{other}");
    let gone = Command::Fetch {
        key: machine_key("taipei", "gone"),
        uid: "".into(),
        managed_fields: false,
    };
    assert_eq!(failure(&client, gone).await.kind, FailureKind::NotFound);
    let elsewhere = Command::Fetch {
        key: machine_key("osaka", "m0000"),
        uid: "".into(),
        managed_fields: false,
    };
    assert_eq!(failure(&client, elsewhere).await.kind, FailureKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn a_change_tests_the_identity_first_and_says_who_writes() {
    let server = Scripted::with_machines(1);
    let client = live(&server, false).await;
    let judged = client.execute(preview(change("m0000"))).await;
    assert!(matches!(judged, Ok(Answer::Judged(_))), "{judged:?}");
    let done = client.execute(perform(change("m0000"))).await;
    assert!(matches!(done, Ok(Answer::Done { .. })), "{done:?}");
    let patches = server.requests("PATCH");
    assert_eq!(
        patches,
        [
            "PATCH /apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines/m0000?fieldManager=fleetui&dryRun=All",
            "PATCH /apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines/m0000?fieldManager=fleetui",
        ]
    );
    let expected = json!([
        {"op": "test", "path": "/metadata/uid", "value": "uid-m0000"},
        {"op": "test", "path": "/metadata/annotations/note", "value": "1"},
        {"op": "replace", "path": "/metadata/annotations/note", "value": "2"},
    ]);
    assert_eq!(server.patches(), [expected.clone(), expected]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_to_one_that_is_read_only() {
    let server = Scripted::with_machines(1);
    let client = live(&server, true).await;
    for command in [preview, perform] {
        let refused = failure(&client, command(change("m0000"))).await;
        assert_eq!(refused.kind, FailureKind::Refused(Step::ReadOnly));
    }
    assert!(server.requests("PATCH").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failed_test_is_a_conflict_that_says_what_is_there_now() {
    let server = Scripted::with_machines(2);
    let bare = "the server rejected our request due to an error in our request";
    server.on("PATCH", Act::Status(422, "Invalid", bare.to_owned()));
    let client = live(&server, false).await;
    server.put("m0000", "somebody else's");
    let conflict = failure(&client, perform(change("m0000"))).await;
    assert_eq!(conflict.kind, FailureKind::Conflict);
    assert!(
        conflict
            .message
            .contains(r#"metadata.annotations.note is "somebody else's" by now, not "1""#),
        "{conflict}"
    );
    let mut other_life = change("m0001");
    other_life.writes[0].uid = "an-earlier-life".into();
    let gone = failure(&client, perform(other_life)).await;
    assert_eq!(gone.kind, FailureKind::NotFound);
    // All tests hold, so the server means what it says.
    let invalid = failure(&client, perform(change("m0001"))).await;
    assert_eq!(
        invalid,
        Failure {
            kind: FailureKind::Invalid,
            message: bare.to_owned()
        }
    );
}

#[tokio::test(start_paused = true)]
async fn failures_are_told_apart() {
    let status = |code, reason| Act::Status(code, reason, "the server's own words".to_owned());
    let cases = [
        (status(401, "Unauthorized"), FailureKind::AuthNeeded),
        (status(403, "Forbidden"), FailureKind::Denied),
        (status(404, "NotFound"), FailureKind::NotFound),
        (status(409, "Conflict"), FailureKind::Conflict),
        (status(422, "Invalid"), FailureKind::Invalid),
        (status(500, "InternalError"), FailureKind::Unexpected),
        (Act::Refuse, FailureKind::Unreachable),
        (Act::Silence, FailureKind::TimedOut),
        (Act::Text(200, "not json"), FailureKind::Unexpected),
    ];
    for (act, kind) in cases {
        let server = Scripted::with_machines(1);
        server.on("PATCH", act.clone());
        let client = live(&server, false).await;
        let begun = tokio::time::Instant::now();
        let failed = failure(&client, perform(change("m0000"))).await;
        assert_eq!(failed.kind, kind, "{act:?}: {failed}");
        assert!(begun.elapsed() <= Duration::from_secs(20));
        if let Act::Status(..) = act {
            assert!(failed.message.contains("the server's own words"), "{failed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn before_the_kinds_are_known_nothing_is_guessed() {
    let server = Scripted::new();
    server.on("", Act::Silence);
    let fleet = Fleet::start(vec![server.target("taipei")]);
    let early = failure(
        &fleet.client,
        Command::Fetch {
            key: machine_key("taipei", "a"),
            uid: "".into(),
            managed_fields: false,
        },
    )
    .await;
    assert_eq!(early.kind, FailureKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn managed_fields_come_where_they_are_wanted() {
    let server = Scripted::with_machines(1);
    let client = live(&server, true).await;
    let command = Command::Fetch {
        key: machine_key("taipei", "m0000"),
        uid: "uid-m0000".into(),
        managed_fields: true,
    };
    let Ok(Answer::Fetched(object)) = client.execute(command).await else {
        panic!("not fetched")
    };
    assert!(object.pointer("/metadata/managedFields").is_some(), "{object}");
}

#[tokio::test(start_paused = true)]
async fn anchor_42_events_are_read_page_by_page_and_those_of_others_are_not_told() {
    const FIRST: &str = r#"{"metadata":{"continue":"tok/2"},"items":[
        {"reason":"Old","lastTimestamp":"2026-08-21T10:00:00Z","involvedObject":{"uid":"uid-m0000"}},
        {"reason":"Foreign","lastTimestamp":"2026-08-21T11:00:00Z","involvedObject":{"uid":"another"}}]}"#;
    const SECOND: &str = r#"{"metadata":{},"items":[
        {"reason":"New","lastTimestamp":"2026-08-21T12:00:00Z","involvedObject":{"uid":"uid-m0000"}}]}"#;
    let server = Scripted::with_machines(1);
    server.on("/events?", Act::Text(200, FIRST));
    server.on("continue=tok%2F2", Act::Text(200, SECOND));
    let client = live(&server, true).await;
    let ask = |uid: &str| Command::Events {
        key: machine_key("taipei", "m0000"),
        uid: uid.into(),
    };
    let Ok(Answer::Events(events, more)) = client.execute(ask("uid-m0000")).await else {
        panic!("no events")
    };
    let reasons: Vec<&str> = events.iter().map(|event| event.reason.as_str()).collect();
    assert_eq!((reasons, more), (vec!["New", "Old"], false));
    let asked = server.requests("/events?");
    assert!(asked[0].contains("involvedObject.uid%3Duid%2Dm0000"), "{asked:?}");
    // A server whose list ends while it is read: what was read is told.
    server.on(
        "continue=tok%2F2",
        Act::Status(410, "Expired", "too old".to_owned()),
    );
    let Ok(Answer::Events(events, true)) = client.execute(ask("uid-m0000")).await else {
        panic!("no events")
    };
    assert_eq!(events.len(), 1);
    // Denied is not the same as none.
    server.on(
        "/events?",
        Act::Status(403, "Forbidden", "events is forbidden".to_owned()),
    );
    assert_eq!(failure(&client, ask("uid-m0000")).await.kind, FailureKind::Denied);
    assert_eq!(failure(&client, ask("")).await.kind, FailureKind::Invalid);
}
