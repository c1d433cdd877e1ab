//! The upgrade of a cluster on the screen: what is asked, what is told, and what grows old.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::preflight::Gathered;
use jiff::SignedDuration;

use crate::app::App;
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request, Upgrading};
use crate::msg::Msg;
use crate::sample::{app, now, plain, press, type_text};
use crate::update::update;

/// The upgrade of the first cluster, opened; and what was asked for it.
fn open(size: (u16, u16)) -> (App, EffectId, ObjectKey) {
    let mut app = app(size);
    type_text(&mut app, ":clusters");
    press(&mut app, "enter");
    let effects = press(&mut app, "P");
    let (id, key) = asked(&effects).expect("the objects are asked for");
    (app, id, key)
}

fn asked(effects: &[Effect]) -> Option<(EffectId, ObjectKey)> {
    effects.iter().find_map(|effect| match &effect.action {
        Action::Ask(Request::Gather(key)) => Some((effect.id, key.clone())),
        _ => None,
    })
}

fn answer(app: &mut App, id: EffectId, answer: Answer) {
    update(app, Msg::Outcome(Outcome { id, answer }));
}

/// The Cluster alone, as if nothing else of it could be read.
fn gathered(key: &ObjectKey) -> Upgrading {
    let object = serde_json::json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"namespace": key.object.namespace, "name": key.object.name, "uid": "u"},
        "spec": {"paused": true, "topology": {"classRef": {"name": "quick"}, "version": "v1.31.2"}},
    });
    Upgrading {
        gathered: Gathered {
            objects: vec![object],
            no_budgets: Some("there is no kubeconfig".to_owned()),
            read_at: now(),
            ..Gathered::default()
        },
        walk: None,
        holder: None,
    }
}

#[test]
fn an_upgrade_is_read_first_and_then_told() {
    for size in [(80, 24), (120, 40)] {
        let (mut app, id, key) = open(size);
        assert!(
            plain(&app).contains("reading the objects of the cluster"),
            "{}",
            plain(&app)
        );
        answer(&mut app, id, Answer::Upgrading(Box::new(gathered(&key))));
        let screen = plain(&app);
        for words in ["VERSION", "VERDICT", "holds", "Nothing is paused"] {
            assert!(screen.contains(words), "{words}: {screen}");
        }
        press(&mut app, "esc");
        assert!(!plain(&app).contains("VERDICT"), "{}", plain(&app));
    }
}

#[test]
fn what_cannot_be_read_is_said_and_asked_for_again() {
    let (mut app, id, _) = open((80, 24));
    let failure = Failure {
        kind: FailureKind::Unreachable,
        message: Shown::ours("the line is down"),
    };
    answer(&mut app, id, Answer::Failed(failure));
    assert!(plain(&app).contains("the line is down"), "{}", plain(&app));
    let soon = update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(5)));
    assert_eq!(asked(&soon), None, "not at every moment");
    let later = update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(11)));
    assert!(asked(&later).is_some());
}

#[test]
fn what_belongs_to_no_cluster_has_no_upgrade() {
    let mut app = app((80, 24));
    type_text(&mut app, ":contexts");
    press(&mut app, "enter");
    assert_eq!(asked(&press(&mut app, "P")), None);
}
