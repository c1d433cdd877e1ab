//! The object screen: what it shows, how it reads, and that it follows its object.

use std::sync::Arc;

use fleetui_base::Shown;
use serde_json::json;

use crate::app::App;
use crate::document::Document;
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome};
use crate::msg::Msg;
use crate::sample::{CORE, app, cluster, gone, key, now, objects, plain, press};
use crate::update::update;

fn asked(effects: &[Effect]) -> EffectId {
    effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Ask(_)))
        .map(|effect| effect.id)
        .unwrap()
}

fn document() -> Answer {
    let object = cluster("byoh-cluster", &[], None).remove(0);
    Answer::Object(Arc::new(Document::new(object)))
}

fn opened(keys: &str) -> (App, EffectId) {
    let mut app = app((100, 40));
    press(&mut app, "j");
    let effects = press(&mut app, keys);
    let id = asked(&effects);
    (app, id)
}

#[test]
fn conditions_path_facts_and_yaml_are_shown() {
    let (mut app, id) = opened("enter");
    assert!(plain(&app).contains("reading the object from the server"));
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: document(),
        }),
    );
    insta::assert_snapshot!("object-100x40", plain(&app));
    press(&mut app, "G");
    assert!(plain(&app).contains("workers:"), "{}", plain(&app));
    press(&mut app, "y");
    assert!(
        plain(&app).contains("apiVersion: cluster.x-k8s.io/v1beta2"),
        "{}",
        plain(&app)
    );
    press(&mut app, "d");
    assert!(plain(&app).contains("Conditions"));
    press(&mut app, "esc");
    assert!(plain(&app).contains("NAME"));
}

#[test]
fn a_failed_reading_is_told_and_read_again_on_request() {
    let (mut app, id) = opened("y");
    let failure = Failure {
        kind: FailureKind::Refused,
        message: Shown::ours("clusters is forbidden"),
    };
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: Answer::Failed(failure),
        }),
    );
    assert!(plain(&app).contains("could not be read: clusters is forbidden"));
    let effects = press(&mut app, "ctrl-r");
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id: asked(&effects),
            answer: document(),
        }),
    );
    assert!(plain(&app).contains("kind: Cluster"), "{}", plain(&app));
}

#[test]
fn leaving_stops_waiting() {
    let (mut app, id) = opened("enter");
    let effects = press(&mut app, "esc");
    assert_eq!(
        effects
            .into_iter()
            .map(|effect| effect.action)
            .collect::<Vec<_>>(),
        [Action::Abandon(id)]
    );
}

#[test]
fn an_object_that_changes_is_read_again_but_not_all_the_time() {
    let (mut app, id) = opened("enter");
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: document(),
        }),
    );
    let mut all = cluster("byoh-cluster", &[], None);
    all[0]["metadata"]["resourceVersion"] = json!("200");
    let effects = update(&mut app, Msg::Fleet(vec![objects("mgmt-taipei", &all)]));
    assert!(effects.is_empty(), "it was read a moment ago");
    let effects = update(&mut app, Msg::Tick(now() + jiff::SignedDuration::from_secs(3)));
    asked(&effects);
    update(
        &mut app,
        Msg::Fleet(vec![gone(&key("mgmt-taipei", CORE, "Cluster", "byoh-cluster"))]),
    );
    let text = plain(&app);
    assert!(
        text.contains("gone; this is what was last known") && text.contains("Conditions"),
        "{text}"
    );
}
