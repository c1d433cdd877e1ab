//! The gate against a scripted server: its steps in their order, and what of them stands in the audit log.

use fleetui_fleet::Permitted;
use fleetui_fleet::act::audit::{Outcome as Ended, Stage};
use fleetui_fleet::act::{Check, Confirm, Confirmed, Entry, Found, Mode, Plan, Refusal, Step, Try, Verb};
use serde_json::json;

use super::commands::{change, live, live_with, perform, preview};
use super::scripted::{Act, Scripted};
use super::*;
use crate::{Answer, AuditLog, Command, Failure, FailureKind};

const REVIEWS: &str = "selfsubjectaccessreviews";
const YES: Act = Act::Text(200, r#"{"status":{"allowed":true}}"#);
const NO: Act = Act::Text(
    200,
    r#"{"status":{"allowed":false,"reason":"no role allows it"}}"#,
);

/// A server that allows everything.
fn server() -> Scripted {
    let server = Scripted::with_machines(2);
    server.on(REVIEWS, YES);
    server
}

/// What a line tells, in a word.
fn word(entry: &Entry) -> String {
    match &entry.stage {
        Stage::Intent { .. } => "intent".to_owned(),
        Stage::Refused(refusal) => format!("refused {:?}", refusal.step),
        Stage::Outcome(Ended::Done) => "done".to_owned(),
        Stage::Outcome(Ended::Failed(count, _)) => format!("failed {count}"),
        Stage::Outcome(Ended::Conflict(count, _)) => format!("conflict {count}"),
        Stage::Outcome(Ended::Unknown(count, _)) => format!("unknown {count}"),
    }
}

/// The audit log, the oldest line first.
async fn audit(client: &FleetClient) -> Vec<String> {
    let mut words: Vec<String> = client.activity(100).await.unwrap().iter().map(word).collect();
    words.reverse();
    words
}

/// What was asked that is more than reading, each by its method and whether it was a dry run.
fn asked(server: &Scripted) -> Vec<&'static str> {
    let mut hint = true;
    let words = server.requests("").into_iter().filter_map(move |line| {
        // The session itself asks once what will not be allowed.
        if line.contains(REVIEWS) && std::mem::take(&mut hint) {
            return None;
        }
        let dry = line.contains("dryRun=All");
        match line.split_once(' ')?.0 {
            "POST" if line.contains(REVIEWS) => Some("review"),
            "PATCH" if dry => Some("dry run"),
            "PATCH" => Some("write"),
            "GET" => None,
            // Whom the server sees changes nothing, and has a test of its own.
            "POST" if line.contains("selfsubjectreviews") => None,
            _ => Some("something else"),
        }
    });
    words.collect()
}

async fn failure(client: &FleetClient, command: Command) -> Failure {
    client.execute(command).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn the_gate_goes_its_steps_in_order() {
    let server = server();
    let client = live(&server, false).await;
    client.execute(preview(change("m0000"))).await.unwrap();
    assert_eq!(asked(&server), ["review", "dry run"]);
    assert!(audit(&client).await.is_empty(), "nothing was done or refused");
    // The intent is written down before the write is sent, and the outcome behind it.
    server.on("PATCH", Act::Later(Duration::from_secs(5)));
    let acting = client.clone();
    let mut write = tokio::spawn(async move { acting.execute(perform(change("m0000"))).await });
    assert!(
        tokio::time::timeout(Duration::from_secs(1), &mut write)
            .await
            .is_err()
    );
    assert_eq!(asked(&server), ["review", "dry run", "write"]);
    assert_eq!(audit(&client).await, ["intent"]);
    let Ok(Answer::Done { id, objects, .. }) = write.await.unwrap() else {
        panic!("not done")
    };
    assert_eq!(objects.len(), 1);
    assert_eq!(audit(&client).await, ["intent", "done"]);
    assert!(
        client
            .activity(9)
            .await
            .unwrap()
            .iter()
            .all(|entry| entry.id == id)
    );
    // A dry run that was shown long ago is made again.
    let mut plan = change("m0000");
    plan.planned = Timestamp::UNIX_EPOCH;
    let late = Confirmed {
        digest: plan.digest(),
        dry_run_seconds: Some(61),
        ..Confirmed::default()
    };
    let mode = Mode::Perform(late);
    client.act(plan, mode).await.unwrap();
    assert_eq!(asked(&server)[3..], ["dry run", "write"]);
}

#[tokio::test(start_paused = true)]
async fn every_step_refuses_with_one_line_and_nothing_leaves() {
    fn blocked(overridable: bool) -> Plan {
        let mut plan = change("m0000");
        plan.checks.push(Check {
            id: "skew".into(),
            title: "the versions".to_owned(),
            found: Found::Blocks {
                why: "too far apart".to_owned(),
                overridable,
            },
        });
        plan
    }
    let confirmed = |plan: &Plan, change: fn(&mut Confirmed)| {
        let mut confirmed = Confirmed {
            digest: plan.digest(),
            dry_run_seconds: Some(0),
            ..Confirmed::default()
        };
        change(&mut confirmed);
        Mode::Perform(confirmed)
    };
    let plain = |plan: &Plan| confirmed(plan, |_| {});
    let mut nameless = change("m0000");
    nameless.writes[0].uid = "".into();
    let mut elsewhere = change("m0000");
    let second = machine_key("osaka", "m0000");
    elsewhere.writes.push(fleetui_fleet::act::Write {
        target: second,
        ..elsewhere.writes[0].clone()
    });
    let doubted = || Plan {
        confirm: Confirm::Twice("so many".to_owned()),
        ..change("m0000")
    };
    let named = || Plan {
        confirm: Confirm::Name("m0000".into()),
        ..change("m0000")
    };
    let cases: Vec<(Plan, Mode, Option<Step>)> = vec![
        (nameless.clone(), plain(&nameless), Some(Step::Connection)),
        (elsewhere.clone(), plain(&elsewhere), Some(Step::Connection)),
        (blocked(false), Mode::Preview, Some(Step::Preflight)),
        (
            blocked(false),
            confirmed(&blocked(false), |confirmed| confirmed.anyway = true),
            Some(Step::Preflight),
        ),
        (blocked(true), plain(&blocked(true)), Some(Step::Preflight)),
        (
            blocked(true),
            confirmed(&blocked(true), |confirmed| confirmed.anyway = true),
            None,
        ),
        (blocked(true), Mode::Preview, None),
        (doubted(), plain(&doubted()), Some(Step::Confirmation)),
        (
            doubted(),
            confirmed(&doubted(), |confirmed| confirmed.twice = true),
            None,
        ),
        (named(), plain(&named()), Some(Step::Confirmation)),
        (
            named(),
            confirmed(&named(), |confirmed| confirmed.typed = Some("m0000".to_owned())),
            None,
        ),
        // Another plan was shown than the one that is to be carried out.
        (change("m0000"), plain(&change("m0001")), Some(Step::Confirmation)),
    ];
    for (plan, mode, step) in cases {
        let server = server();
        let client = live(&server, false).await;
        let what = format!("{mode:?} {:?} {:?}", plan.checks, plan.confirm);
        let outcome = client.act(plan, mode).await;
        let refused = outcome.err().map(|failure| failure.kind);
        assert_eq!(refused, step.map(FailureKind::Refused), "{what}");
        if let Some(step) = step {
            assert!(!asked(&server).contains(&"write"), "{what}");
            assert_eq!(audit(&client).await, [format!("refused {step:?}")], "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_switched_to_read_only_is_refused_until_it_is_switched_back() {
    let server = server();
    let client = live(&server, false).await;
    client.set_read_only(Some("read-only for now".to_owned()));
    for command in [preview, perform] {
        let refused = failure(&client, command(change("m0000"))).await;
        assert_eq!(refused.kind, FailureKind::Refused(Step::ReadOnly));
        assert_eq!(refused.message, "read-only for now");
    }
    assert!(asked(&server).is_empty());
    assert_eq!(audit(&client).await, ["refused ReadOnly", "refused ReadOnly"]);
    client.set_read_only(None);
    client.execute(perform(change("m0000"))).await.unwrap();
    // What was refused elsewhere stands in the same log.
    client.note(Try {
        act: change("m0000").act,
        refusal: Refusal::at(Step::Connection, "it is stale"),
    });
    client.shut_down().await;
    assert_eq!(
        audit(&client).await[2..],
        ["intent", "done", "refused Connection"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_permission_is_asked_once_and_again_when_it_is_old() {
    let server = server();
    let client = live(&server, false).await;
    let reviews = |server: &Scripted| server.reviewed().len();
    for _ in 0..3 {
        client.execute(preview(change("m0000"))).await.unwrap();
    }
    assert_eq!(reviews(&server), 1);
    // Another object may be another permission.
    client.execute(preview(change("m0001"))).await.unwrap();
    assert_eq!(reviews(&server), 2);
    tokio::time::advance(Duration::from_secs(61)).await;
    client.execute(preview(change("m0000"))).await.unwrap();
    assert_eq!(reviews(&server), 3);
    // With other credentials it may be another user.
    client.reconnect(&ManagementCluster::new("taipei"));
    tokio::time::sleep(Duration::from_secs(5)).await;
    client.execute(preview(change("m0000"))).await.unwrap();
    assert_eq!(reviews(&server), 4);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_is_told_why_and_nothing_is_sent() {
    let server = server();
    server.on(REVIEWS, NO);
    let client = live(&server, false).await;
    for command in [preview, perform] {
        let refused = failure(&client, command(change("m0000"))).await;
        assert_eq!(refused.kind, FailureKind::Refused(Step::Permission));
        assert!(refused.message.contains("no role allows it"), "{refused}");
    }
    assert_eq!(server.reviewed(), ["m0000"]);
    assert!(server.requests("PATCH").is_empty());
    assert_eq!(audit(&client).await, ["refused Permission", "refused Permission"]);
    // A no is asked about sooner.
    server.on(REVIEWS, YES);
    tokio::time::advance(Duration::from_secs(11)).await;
    client.execute(preview(change("m0000"))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn where_permissions_cannot_be_asked_the_server_decides() {
    for act in [
        Act::Status(403, "Forbidden", "no reviews".to_owned()),
        Act::Text(200, "not json"),
        Act::Refuse,
    ] {
        let server = server();
        server.on(REVIEWS, act);
        let client = live(&server, false).await;
        client.execute(perform(change("m0000"))).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_server_forgets_the_permission() {
    let server = server();
    let client = live(&server, false).await;
    server.some(
        1,
        "PATCH",
        Act::Status(403, "Forbidden", "not any more".to_owned()),
    );
    let denied = failure(&client, perform(change("m0000"))).await;
    assert_eq!(denied.kind, FailureKind::Denied);
    client.execute(perform(change("m0000"))).await.unwrap();
    assert_eq!(asked(&server), ["review", "write", "review", "write"]);
    assert_eq!(audit(&client).await, ["intent", "failed 0", "intent", "done"]);
}

#[tokio::test(start_paused = true)]
async fn without_an_audit_log_nothing_is_written() {
    let server = server();
    let settings = ClientSettings {
        audit: AuditLog::none("the disk is full"),
        ..ClientSettings::default()
    };
    let client = live_with(&server, false, settings).await;
    client.execute(preview(change("m0000"))).await.unwrap();
    let refused = failure(&client, perform(change("m0000"))).await;
    assert_eq!(refused.kind, FailureKind::Refused(Step::Audit));
    assert!(refused.message.contains("the disk is full"), "{refused}");
    assert_eq!(asked(&server), ["review", "dry run"]);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_write_still_has_an_outcome() {
    let server = server();
    let client = live(&server, false).await;
    server.on("PATCH", Act::Later(Duration::from_secs(5)));
    for end in [false, true] {
        let acting = client.clone();
        let mut write = tokio::spawn(async move { acting.execute(perform(change("m0000"))).await });
        assert!(
            tokio::time::timeout(Duration::from_secs(1), &mut write)
                .await
                .is_err()
        );
        write.abort();
        assert!(write.await.unwrap_err().is_cancelled());
        if end {
            // Leaving waits for it.
            client.shut_down().await;
        } else {
            tokio::time::sleep(Duration::from_secs(6)).await;
        }
        assert_eq!(audit(&client).await.last().unwrap(), "done");
    }
    assert_eq!(audit(&client).await, ["intent", "done", "intent", "done"]);
}

#[tokio::test(start_paused = true)]
async fn too_much_at_once_is_refused_and_written_down() {
    let server = server();
    let client = live(&server, false).await;
    server.on("PATCH", Act::Later(Duration::from_secs(8)));
    let acts: Vec<_> = (0..crate::act::tasks::MOST)
        .map(|_| {
            let acting = client.clone();
            tokio::spawn(async move { acting.execute(perform(change("m0000"))).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(audit(&client).await, vec!["intent"; acts.len()]);
    let refused = failure(&client, perform(change("m0001"))).await;
    assert_eq!(refused.kind, FailureKind::Refused(Step::Connection));
    assert!(refused.message.contains("too much"), "{refused}");
    assert_eq!(audit(&client).await.last().unwrap(), "refused Connection");
    // What was refused before anybody was asked has its line all the same.
    client.note(Try {
        act: change("m0001").act,
        refusal: Refusal::at(Step::ReadOnly, "no"),
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(audit(&client).await.last().unwrap(), "refused ReadOnly");
    for act in acts {
        assert!(act.await.unwrap().is_ok());
    }
    let writes = asked(&server).into_iter().filter(|asked| *asked == "write");
    assert_eq!(writes.count(), crate::act::tasks::MOST);
}

#[tokio::test(start_paused = true)]
async fn how_a_write_ended_is_told_apart() {
    let status = |code, reason| Act::Status(code, reason, "words".to_owned());
    let cases = [
        (status(403, "Forbidden"), "failed 0"),
        (status(404, "NotFound"), "failed 0"),
        (status(409, "Conflict"), "conflict 0"),
        (status(422, "Invalid"), "failed 0"),
        (Act::Refuse, "failed 0"),
        // A server that fails, and one that does not answer, may have written.
        (status(500, "InternalError"), "unknown 0"),
        (Act::Silence, "unknown 0"),
        (Act::Text(200, "not json"), "unknown 0"),
    ];
    for (act, ended) in cases {
        let server = server();
        server.on("PATCH", act.clone());
        let client = live(&server, false).await;
        failure(&client, perform(change("m0000"))).await;
        assert_eq!(audit(&client).await, ["intent", ended], "{act:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_write_that_fails_ends_an_act_and_says_how_far_it_came() {
    let server = server();
    server.on("m0001", Act::Status(409, "Conflict", "it was changed".to_owned()));
    let client = live(&server, false).await;
    let mut plan = change("m0000");
    plan.writes.extend(change("m0001").writes);
    plan.writes.extend(change("m0000").writes);
    let failed = failure(&client, perform(plan)).await;
    assert!(
        failed.message.contains("1 of 3 were written before it"),
        "{failed}"
    );
    assert_eq!(server.requests("PATCH").len(), 2);
    assert_eq!(audit(&client).await, ["intent", "conflict 1"]);
}

#[tokio::test(start_paused = true)]
async fn warnings_of_the_server_arrive() {
    let server = server();
    server.on("PATCH", Act::Warn(r#"299 - "spec.paused is deprecated""#));
    let client = live(&server, false).await;
    let Ok(Answer::Judged(judgement)) = client.execute(preview(change("m0000"))).await else {
        panic!("not judged")
    };
    assert_eq!(judgement.warnings, ["spec.paused is deprecated"]);
    let Ok(Answer::Done { warnings, .. }) = client.execute(perform(change("m0000"))).await else {
        panic!("not done")
    };
    assert_eq!(warnings, ["spec.paused is deprecated"]);
    // Of several objects it is said once, with how many.
    let mut plan = change("m0000");
    plan.writes.extend(change("m0001").writes);
    let Ok(Answer::Judged(judgement)) = client.execute(preview(plan.clone())).await else {
        panic!("not judged")
    };
    assert_eq!(judgement.warnings, ["spec.paused is deprecated (2 objects)"]);
    let Ok(Answer::Done { warnings, .. }) = client.execute(perform(plan)).await else {
        panic!("not done")
    };
    assert_eq!(warnings, ["spec.paused is deprecated (2 objects)"]);
}

#[tokio::test(start_paused = true)]
async fn who_applies_the_object_is_told_before_it_is_written() {
    let server = server();
    let object = json!({
        "metadata": {
            "namespace": "default", "name": "m0000", "uid": "uid-m0000", "annotations": {"note": "1"},
            "managedFields": [{"manager": "argocd-controller", "operation": "Apply",
                "fieldsV1": {"f:metadata": {"f:annotations": {"f:note": {}}}}}],
        },
    });
    server.put_object("cluster.x-k8s.io/v1beta2", "Machine", "machines", object);
    let client = live(&server, false).await;
    let Ok(Answer::Judged(judgement)) = client.execute(preview(change("m0000"))).await else {
        panic!("not judged")
    };
    assert!(
        judgement.owners[0].contains("argocd-controller applies metadata.annotations.note"),
        "{judgement:?}"
    );
    let inspect = Command::Inspect {
        key: machine_key("taipei", "m0000"),
        uid: "uid-m0000".into(),
    };
    let Ok(Answer::Inspected(inspection)) = client.execute(inspect).await else {
        panic!("not inspected")
    };
    assert_eq!(inspection.owners[0].pointers, ["/metadata/annotations/note"]);
}

#[tokio::test(start_paused = true)]
async fn who_applies_another_life_of_the_name_is_told_of_nobody() {
    let server = server();
    let object = json!({
        "metadata": {
            "namespace": "default", "name": "m0000", "uid": "a-later-life", "annotations": {"note": "1"},
            "managedFields": [{"manager": "argocd-controller", "operation": "Apply",
                "fieldsV1": {"f:metadata": {"f:annotations": {"f:note": {}}}}}],
        },
    });
    server.put_object("cluster.x-k8s.io/v1beta2", "Machine", "machines", object);
    let client = live(&server, false).await;
    let inspect = |uid: &str| Command::Inspect {
        key: machine_key("taipei", "m0000"),
        uid: uid.into(),
    };
    let refused = failure(&client, inspect("uid-m0000")).await;
    assert_eq!(refused.kind, FailureKind::NotFound);
    assert!(
        refused.message.contains("another object has its name"),
        "{refused}"
    );
    assert!(matches!(
        client.execute(inspect("a-later-life")).await,
        Ok(Answer::Inspected(_))
    ));
    // What the plan was made from is gone; what somebody applies to the later one is no answer about it.
    let Ok(Answer::Judged(judgement)) = client.execute(preview(change("m0000"))).await else {
        panic!("not judged")
    };
    assert!(judgement.owners.is_empty(), "{judgement:?}");
}

#[tokio::test(start_paused = true)]
async fn kinds_that_are_not_watched_are_found_when_they_are_applied() {
    let server = server();
    server.serve("example.com", "v1", "Thing", "things");
    server.put_object(
        "example.com/v1",
        "Thing",
        "things",
        json!({"metadata": {"namespace": "default", "name": "a", "uid": "u"}}),
    );
    let client = live(&server, false).await;
    let mut plan = change("m0000");
    let write = &mut plan.writes[0];
    write.target.kind = fleetui_base::GroupKind::new("example.com", "Thing");
    write.target.object.name = "a".into();
    write.api_version = "example.com/v1".into();
    write.uid = "".into();
    write.verb = Verb::Apply;
    write.body = json!({"kind": "Thing"});
    client.execute(perform(plan.clone())).await.unwrap();
    assert_eq!(
        server.requests("PATCH"),
        [
            "PATCH /apis/example.com/v1/namespaces/default/things/a?fieldManager=fleetui&fieldValidation=Strict"
        ]
    );
    // Servers take a field that a kind does not have for a fault of their own.
    let said = "failed to create typed patch object (a): .spec.x: field not declared in schema";
    server.some(1, "PATCH", Act::Status(500, "InternalError", said.to_owned()));
    let mistaken = failure(&client, perform(plan.clone())).await;
    assert_eq!(mistaken.kind, FailureKind::Invalid);
    plan.writes[0].target.kind = fleetui_base::GroupKind::new("example.com", "Other");
    let unknown = failure(&client, perform(plan)).await;
    assert!(
        unknown.message.contains("does not serve Other.example.com"),
        "{unknown}"
    );
}

#[tokio::test]
async fn secrets_are_not_in_the_audit_log() {
    let directory = tempfile::tempdir().unwrap();
    let settings = ClientSettings {
        audit: AuditLog::at(directory.path().to_owned(), "audit"),
        ..ClientSettings::default()
    };
    let server = server();
    let client = live_with(&server, false, settings).await;
    let mut plan = change("m0000");
    let field = &mut plan.writes[0].fields[0];
    field.pointer = "/spec/users/0/password".to_owned();
    field.after = Some("SENSITIVE".into());
    client.execute(perform(plan)).await.unwrap();
    assert_eq!(audit(&client).await, ["intent", "done"]);
    let text = std::fs::read_to_string(directory.path().join("audit.jsonl")).unwrap();
    assert!(
        !text.contains("SENSITIVE") && text.contains("/spec/users/0/password"),
        "{text}"
    );
}

#[tokio::test]
async fn whom_the_server_sees_is_asked_once_and_written_down() {
    let server = server();
    server.on(
        "selfsubjectreviews",
        Act::Text(
            200,
            r#"{"status":{"userInfo":{"username":"system:serviceaccount:ops:fleetui"}}}"#,
        ),
    );
    let client = live(&server, false).await;
    for _ in 0..2 {
        client.execute(perform(change("m0000"))).await.unwrap();
    }
    let entries = client.activity(9).await.unwrap();
    let known = |entry: &Entry| entry.actor.known_as.clone();
    assert_eq!(entries.len(), 4);
    assert!(
        entries
            .iter()
            .all(|entry| known(entry).as_deref() == Some("system:serviceaccount:ops:fleetui")),
        "{entries:?}"
    );
    assert_eq!(server.requests("selfsubjectreviews").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_will_not_be_allowed_is_known_beforehand() {
    let server = Scripted::with_machines(1);
    server.on(REVIEWS, NO);
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet
        .until("it is known what is forbidden", |store| {
            session(store, "taipei").is_some_and(|session| !session.forbidden.is_empty())
        })
        .await;
    let machine = fleetui_api::kinds::core("Machine");
    let told = session(&fleet.store, "taipei").unwrap();
    assert_eq!(told.permitted, Permitted::Nothing);
    let forbidden = &told.forbidden;
    for verb in [Verb::Patch, Verb::Delete] {
        assert!(forbidden.contains(&(machine.clone(), verb)), "{forbidden:?}");
    }
    // Who may do everything is asked one question.
    let server = self::server();
    let mut fleet = Fleet::start(vec![server.target("taipei")]);
    fleet.until_live("taipei").await;
    fleet.during(Duration::from_mins(8)).await;
    assert_eq!(server.requests(REVIEWS).len(), 1);
    let told = session(&fleet.store, "taipei").unwrap();
    assert!(told.forbidden.is_empty());
    assert_eq!(told.permitted, Permitted::Everything);
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_stops_every_write() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let server = server();
    let settings = ClientSettings {
        audit: AuditLog::at(file.join("below"), "audit"),
        ..ClientSettings::default()
    };
    let client = live_with(&server, false, settings).await;
    let refused = failure(&client, perform(change("m0000"))).await;
    assert_eq!(refused.kind, FailureKind::Refused(Step::Audit));
    assert!(refused.message.contains("nothing was sent"), "{refused}");
    assert!(server.requests("PATCH").is_empty());
}
