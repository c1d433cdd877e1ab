//! The screen of the management clusters: what it says of each, and what can be done there.

use std::sync::Arc;

use fleetui_base::{GroupKind, ManagementCluster};
use fleetui_fleet::session::{ApiEra, Connection};
use fleetui_fleet::{Login, Permitted, Session, Update};
use jiff::SignedDuration;

use crate::app::App;
use crate::effect::{Action, Answer, Effect, Failure, FailureKind, Outcome, Request};
use crate::msg::Msg;
use crate::sample::{app, app_with, now, options, plain, press, type_text};
use crate::update::update;

fn told(name: &str, connection: Connection, change: impl FnOnce(&mut Session)) -> Update {
    let mut session = Session::idle(
        ManagementCluster::new(name),
        &format!("https://{name}.example:6443"),
        false,
    );
    session.connection = connection;
    session.heard = Some(now() - SignedDuration::from_mins(7));
    session.current_until = session.heard;
    session.server_version = Some("v1.33.1".into());
    session.login = Some(login("client certificate", false));
    session.permitted = Permitted::Everything;
    change(&mut session);
    Update::Session(Arc::new(session))
}

fn login(way: &str, by_plugin: bool) -> Login {
    Login {
        way: way.into(),
        by_plugin,
        acting_as: None,
    }
}

/// One of each kind.
fn fleet() -> Vec<Update> {
    let soon = now() + SignedDuration::from_secs(8);
    vec![
        told("mgmt-taipei", Connection::Live, |session| {
            session.era = Some(ApiEra::V1Beta2);
            session.providers = vec![
                ("cluster-api".into(), "v1.14.0".into()),
                ("infrastructure-byoh".into(), "v0.5.0".into()),
            ];
            session.latency = Some(std::time::Duration::from_millis(12));
            session.group = Some("asia".into());
            session.theme = Some("light".into());
        }),
        told(
            "mgmt-tokyo",
            Connection::AuthNeeded {
                how: "credential plugin tsh failed (exit status: 1): expired".to_owned(),
            },
            |session| {
                session.group = Some("asia".into());
                session.login = Some(login("plugin tsh", true));
            },
        ),
        told("mgmt-lab", Connection::Live, |session| {
            session.era = Some(ApiEra::V1Beta1WithV1Beta2Status);
            session.providers = vec![("cluster-api".into(), "v1.10.4".into())];
            session.warnings = vec!["the connection is not encrypted (http://)".into()];
            session.skew = Some(SignedDuration::from_mins(6));
            session.denied = vec![GroupKind::new("cluster.x-k8s.io", "ClusterClass")];
            session.read_only = true;
        }),
        told(
            "mgmt-berlin",
            Connection::Offline {
                why: "connection refused".to_owned(),
                retry_at: soon,
            },
            |session| {
                session.group = Some("europe".into());
            },
        ),
        told("mgmt-oslo", Connection::Idle, |session| {
            (session.heard, session.current_until) = (None, None);
            session.group = Some("europe".into());
        }),
        told("mgmt-rome", Connection::Live, |session| {
            session.namespaces = vec!["team-a".into(), "team-b".into()];
            session.denied_in = vec![(GroupKind::new("cluster.x-k8s.io", "Machine"), "team-b".into())];
            let mut acting = login("token", false);
            acting.acting_as = Some("jane".into());
            session.login = Some(acting);
        }),
    ]
}

fn opened(size: (u16, u16)) -> App {
    let mut app = app_with(options(size), fleet());
    press(&mut app, ":");
    type_text(&mut app, "ctx");
    press(&mut app, "enter");
    app
}

fn requests(effects: Vec<Effect>) -> Vec<Request> {
    let asked = effects.into_iter().filter_map(|effect| match effect.action {
        Action::Ask(request) | Action::Lend(request) => Some(request),
        _ => None,
    });
    asked.collect()
}

fn cursor_on(app: &mut App, name: &str) {
    press(app, "g");
    for _ in 0..12 {
        if app
            .subject_management_cluster()
            .is_some_and(|at| at.as_str() == name)
            && app.subject().is_some()
        {
            return;
        }
        press(app, "j");
    }
    panic!("{name} is not on the screen:\n{}", plain(app));
}

#[test]
fn every_connection_says_how_it_stands_by_groups() {
    insta::assert_snapshot!("contexts-80x24", plain(&opened((80, 24))));
    insta::assert_snapshot!("contexts-160x40", plain(&opened((160, 40))));
}

#[test]
fn anchor_21_no_two_states_look_alike() {
    let app = opened((200, 40));
    let screen = plain(&app);
    let row = |name: &str| {
        screen
            .lines()
            .skip(2)
            .find(|line| line.contains(name))
            .unwrap()
            .to_owned()
    };
    for (name, words) in [
        ("mgmt-taipei", vec!["live", "now", "12 ms", "v1beta2", "v1.14.0"]),
        ("mgmt-tokyo", vec!["login needed", "7m ago", "exit status: 1"]),
        (
            "mgmt-berlin",
            vec!["offline", "connection refused; next try in 8s"],
        ),
        ("mgmt-oslo", vec!["not connected", "never"]),
        (
            "mgmt-rome",
            vec!["only 2 namespaces", "as jane", "denied in some namespaces"],
        ),
    ] {
        for word in words {
            assert!(
                row(name).contains(word),
                "{name}: {word} is not in\n{}",
                row(name)
            );
        }
    }
    let unsafe_one = screen
        .lines()
        .skip(2)
        .find(|line| line.contains("mgmt-lab"))
        .unwrap();
    for word in [
        "not encrypted",
        "its clock is 6m ahead",
        "1 kind denied",
        "read-only",
        "v1beta1+",
    ] {
        assert!(unsafe_one.contains(word), "{word} is not in\n{unsafe_one}");
    }
}

#[test]
fn what_is_told_follows_the_cursor_and_time_is_told_by_the_clock() {
    let mut app = opened((160, 40));
    cursor_on(&mut app, "mgmt-taipei");
    assert!(plain(&app).contains("infrastructure-byoh v0.5.0"));
    cursor_on(&mut app, "mgmt-rome");
    let screen = plain(&app);
    assert!(
        screen.contains("only team-a, team-b") && screen.contains("acting as"),
        "{screen}"
    );
    assert!(screen.contains("Machine.cluster.x-k8s.io in team-b"), "{screen}");
    assert!(plain(&app).contains("next try in 8s"));
    let effects = update(&mut app, Msg::Tick(now() + SignedDuration::from_secs(3)));
    assert!(effects.is_empty() && app.is_dirty());
    assert!(plain(&app).contains("next try in 5s"), "{}", plain(&app));
}

#[test]
fn they_are_connected_disconnected_and_logged_in_to() {
    let mut app = opened((120, 40));
    let name = ManagementCluster::new;
    cursor_on(&mut app, "mgmt-oslo");
    assert_eq!(
        requests(press(&mut app, "ctrl-r")),
        [Request::Reconnect(name("mgmt-oslo"))]
    );
    cursor_on(&mut app, "mgmt-taipei");
    let effects = press(&mut app, "x");
    let id = effects[0].id;
    assert_eq!(requests(effects), [Request::Disconnect(name("mgmt-taipei"))]);
    update(
        &mut app,
        Msg::Outcome(Outcome {
            id,
            answer: Answer::Accepted(Vec::new()),
        }),
    );
    assert!(plain(&app).contains("mgmt-taipei is disconnected; ctrl-r connects it again"));
    cursor_on(&mut app, "mgmt-tokyo");
    update(&mut app, Msg::Tick(now() + SignedDuration::from_mins(1)));
    assert!(plain(&app).contains("L log in"), "{}", plain(&app));
    let effects = press(&mut app, "L");
    let id = effects[0].id;
    assert!(
        matches!(effects[0].action, Action::Lend(_)),
        "the plugin gets the terminal"
    );
    assert_eq!(requests(effects), [Request::LogIn(name("mgmt-tokyo"))]);
    let message = fleetui_base::Shown::ours("the plugin failed");
    let kind = FailureKind::Unreachable;
    let answer = Answer::Failed(Failure { kind, message });
    update(&mut app, Msg::Outcome(Outcome { id, answer }));
    assert!(plain(&app).contains("the plugin failed"));
    // Where there is nothing to run, nothing is run, and what helps is said.
    cursor_on(&mut app, "mgmt-taipei");
    assert_eq!(requests(press(&mut app, "L")), []);
    assert!(
        plain(&app).contains("nothing to run (credentials: client certificate)"),
        "{}",
        plain(&app)
    );
}

#[test]
fn by_name_they_are_asked_from_anywhere_and_unknown_ones_are_not() {
    let mut app = app_with(options((120, 40)), fleet());
    let mut typed = |text: &str| {
        press(&mut app, ":");
        type_text(&mut app, text);
        requests(press(&mut app, "enter"))
    };
    let oslo = ManagementCluster::new("mgmt-oslo");
    assert_eq!(typed("connect mgmt-oslo"), [Request::Reconnect(oslo.clone())]);
    assert_eq!(typed("disconnect mgmt-oslo"), [Request::Disconnect(oslo)]);
    assert_eq!(typed("login mgmt-tokio"), []);
    assert!(
        plain(&app).contains("did you mean mgmt-tokyo?"),
        "{}",
        plain(&app)
    );
}

#[test]
fn a_group_is_opened_as_a_filter_and_one_of_them_alone() {
    let mut app = opened((120, 40));
    press(&mut app, "g");
    assert!(plain(&app).contains("Group asia"), "{}", plain(&app));
    assert_eq!(
        requests(press(&mut app, "L")),
        [],
        "a heading is no management cluster"
    );
    press(&mut app, "enter");
    let screen = plain(&app);
    assert!(
        screen.contains("/group=asia") && screen.contains("only group asia is shown"),
        "{screen}"
    );
    let rows: Vec<_> = screen
        .lines()
        .skip(2)
        .filter(|line| line.contains("mgmt-"))
        .take(2)
        .collect();
    assert!(
        rows[0].contains("mgmt-taipei") && rows[1].contains("mgmt-tokyo"),
        "{screen}"
    );
    let mut app = opened((120, 40));
    cursor_on(&mut app, "mgmt-taipei");
    press(&mut app, "enter");
    assert!(plain(&app).contains("[mgmt-taipei]"), "{}", plain(&app));
}

#[test]
fn one_that_is_shown_alone_wears_its_own_theme() {
    let mut app = app_with(options((120, 40)), fleet());
    let ground = |app: &App| app.look.style(crate::theme::Role::Text);
    let dark = ground(&app);
    press(&mut app, "1");
    let light = ground(&app);
    assert_ne!(dark, light);
    press(&mut app, "2");
    assert_eq!(ground(&app), dark, "this one has none of its own");
    press(&mut app, "1");
    assert_eq!(ground(&app), light);
    press(&mut app, "0");
    assert_eq!(ground(&app), dark);
}

#[test]
fn the_header_says_that_a_clock_differs_and_in_whose_name_is_asked() {
    let mut app = app_with(options((200, 40)), fleet());
    let header = |app: &App| plain(app).lines().next().unwrap().to_owned();
    assert!(header(&app).contains("mgmt-lab clock+6m"), "{}", header(&app));
    press(&mut app, "6");
    assert!(header(&app).contains("READ-WRITE as jane"), "{}", header(&app));
}

#[test]
fn ages_are_told_by_the_clock_that_has_written_them() {
    let mut app = app((120, 40));
    let age = |app: &App| {
        plain(app)
            .lines()
            .find(|line| line.contains("ByoCluster"))
            .unwrap_or_default()
            .to_owned()
    };
    let cluster = |app: &App| {
        plain(app)
            .lines()
            .find(|line| line.contains(" byoh-cluster "))
            .unwrap()
            .to_owned()
    };
    assert!(cluster(&app).contains("5h12m"), "{} {}", cluster(&app), age(&app));
    let ahead = told("mgmt-taipei", Connection::Live, |session| {
        session.skew = Some(SignedDuration::from_mins(60));
    });
    update(&mut app, Msg::Fleet(vec![ahead]));
    assert!(cluster(&app).contains("6h12m"), "{}", cluster(&app));
}

#[test]
fn numbers_beyond_the_keys_are_shown_and_can_be_typed() {
    let many = (1..=12).map(|number| told(&format!("mgmt-{number:02}"), Connection::Live, |_| {}));
    let mut app = app_with(options((100, 40)), many.collect());
    press(&mut app, ":");
    type_text(&mut app, "ctx");
    press(&mut app, "enter");
    let shown = plain(&app);
    assert!(
        shown.contains(" 9  mgmt-09") && shown.contains(" 12 mgmt-12"),
        "{shown}"
    );
    press(&mut app, ":");
    type_text(&mut app, "ctx 12");
    press(&mut app, "enter");
    assert_eq!(app.tree.options.only, Some(ManagementCluster::new("mgmt-12")));
    press(&mut app, ":");
    type_text(&mut app, "ctx 13");
    press(&mut app, "enter");
    assert!(
        plain(&app).contains("no management cluster '13'"),
        "{}",
        plain(&app)
    );
}

#[test]
fn management_clusters_are_filtered_by_all_that_is_told_of_them() {
    let mut app = app_with(options((120, 40)), fleet());
    type_text(&mut app, ":ctx");
    press(&mut app, "enter");
    let all = plain(&app);
    type_text(&mut app, "/login");
    press(&mut app, "enter");
    let found = plain(&app);
    assert!(found.contains("hidden") && found.contains("/login"), "{found}");
    let rows = |screen: &str, name: &str| screen.lines().skip(2).any(|line| line.contains(name));
    assert!(
        rows(&found, "mgmt-tokyo") && !rows(&found, "mgmt-taipei"),
        "{found}"
    );
    type_text(&mut app, "/group=asia");
    press(&mut app, "enter");
    assert!(rows(&plain(&app), "mgmt-taipei"), "{}", plain(&app));
    type_text(&mut app, "/nothing-is-called-so");
    press(&mut app, "enter");
    let none = plain(&app);
    assert!(
        none.contains("no management cluster matches /nothing-is-called-so"),
        "{none}"
    );
    press(&mut app, "esc");
    assert_eq!(plain(&app), all);
}

#[test]
fn anchor_25_many_words_of_a_plugin_are_read_whole() {
    let words: Vec<String> = (0..60).map(|number| format!("reason-{number:02}")).collect();
    let how = format!(
        "credential plugin tsh failed (exit status: 1): {}",
        words.join(" ")
    );
    let said = told("mgmt-tokyo", Connection::AuthNeeded { how }, |_| {});
    let mut app = app_with(options((80, 24)), vec![said]);
    type_text(&mut app, ":ctx");
    press(&mut app, "enter");
    let screen = plain(&app);
    for word in &words {
        assert!(screen.contains(word.as_str()), "{word}: {screen}");
    }
}

#[test]
fn versions_are_whole_where_the_note_leaves_room() {
    let updates = vec![told("mgmt-taipei", Connection::Live, |session| {
        session.server_version = Some("v1.33.0+fleetui-0.19".into());
        session.providers = vec![("cluster-api".into(), "v1.14.0-beta.1".into())];
    })];
    for size in [(120, 24), (133, 24), (200, 40)] {
        let mut app = app_with(options(size), updates.clone());
        type_text(&mut app, ":ctx");
        press(&mut app, "enter");
        let screen = plain(&app);
        let row = screen.lines().nth(2).unwrap_or_default();
        assert!(
            row.contains("v1.33.0+fleetui-0.19") && row.contains("v1.14.0-beta.1"),
            "{screen}"
        );
        // Titles stand over what they are of.
        let title = screen.lines().nth(1).unwrap_or_default();
        let at = |line: &str, text: &str| line.find(text).map(|at| line[..at].chars().count());
        assert_eq!(at(title, "KUBERNETES"), at(row, "v1.33.0+"), "{screen}");
        assert_eq!(at(title, "CAPI"), at(row, "v1.14.0-"), "{screen}");
    }
}
