//! The screen of the problems: what it says, and that nothing looks like something else.

use std::sync::Arc;

use fleetui_base::GroupKind;
use fleetui_fleet::session::Connection;
use fleetui_fleet::{Session, Update};
use serde_json::json;

use crate::app::App;
use crate::command::Place;
use crate::msg::Msg;
use crate::sample::{app, app_with, cluster, now, objects, options, plain, press, session, type_text};
use crate::update::update;

fn told(app: &App) -> String {
    plain(app)
}

#[test]
fn the_worst_stands_first_with_who_suffers_and_who_has_to_act() {
    for (size, name) in [((80, 24), "problems-80x24"), ((160, 40), "problems-160x40")] {
        let mut app = app(size);
        press(&mut app, "!");
        insta::assert_snapshot!(name, told(&app));
    }
}

#[test]
fn anchor_97_what_is_under_the_cursor_is_opened_and_explained() {
    let mut app = app((120, 40));
    press(&mut app, ":");
    type_text(&mut app, "problems");
    press(&mut app, "enter");
    assert_eq!(app.place(), Place::Problems);
    let text = told(&app);
    assert!(
        text.contains("Machine byoh-cluster-md-0-x4b-x7k2p")
            && text.contains("way to it: Cluster byoh-cluster"),
        "{text}"
    );
    press(&mut app, "enter");
    assert_eq!(app.place(), Place::Object);
    assert!(
        told(&app)
            .lines()
            .nth(1)
            .unwrap()
            .contains("Machine default/byoh-cluster-md-0-x4b-x7k2p")
    );
    // From wherever one is, ! leads back to it, once.
    press(&mut app, "!");
    assert_eq!(app.place(), Place::Problems);
    press(&mut app, "w");
    assert!(
        told(&app).contains("waits for a free host that fits"),
        "{}",
        told(&app)
    );
    press(&mut app, "esc esc");
    assert_eq!(app.place(), Place::Tree);
}

#[test]
fn the_cursor_stays_on_its_problem_and_a_mended_one_goes() {
    let two = vec![
        session("mgmt-taipei", Connection::Live),
        objects(
            "mgmt-taipei",
            &cluster("one", &[], Some("no free host matches site=b")),
        ),
        objects(
            "mgmt-taipei",
            &cluster("two", &[], Some("no free host matches site=c")),
        ),
    ];
    let mut app = app_with(options((120, 40)), two);
    press(&mut app, "! j");
    let on = |app: &App| {
        told(app)
            .lines()
            .find(|line| line.starts_with('▌'))
            .map(str::to_owned)
            .expect("a cursor")
    };
    assert!(on(&app).contains("two-md-0"), "{}", on(&app));
    let mut mended = cluster("one", &[("x7k2p", "node-7")], None);
    for object in &mut mended {
        object["metadata"]["resourceVersion"] = json!("200");
    }
    update(&mut app, Msg::Fleet(vec![objects("mgmt-taipei", &mended)]));
    assert!(on(&app).contains("two-md-0"), "{}", on(&app));
    assert!(!told(&app).contains("one-md-0"), "{}", told(&app));
}

fn with(name: &str, connection: Connection, change: impl FnOnce(&mut Session)) -> Update {
    let Update::Session(told) = session(name, connection) else {
        panic!("a session")
    };
    let mut told = Session::clone(&told);
    change(&mut told);
    Update::Session(Arc::new(told))
}

#[test]
fn anchor_21_all_well_hidden_reading_denied_and_offline_do_not_look_alike() {
    let of = |updates: Vec<Update>| {
        let mut app = app_with(options((120, 30)), updates);
        press(&mut app, "!");
        told(&app)
    };
    let well = of(vec![
        session("lab", Connection::Live),
        objects("lab", &cluster("a", &[], None)),
    ]);
    assert!(
        well.contains("everything that is read is as it should be"),
        "{well}"
    );
    let reading = of(vec![session("lab", Connection::Syncing { done: 1, total: 9 })]);
    assert!(
        reading.contains("nothing is known to be wrong yet") && reading.contains("still being read: lab"),
        "{reading}"
    );
    let denied = of(vec![with("lab", Connection::Live, |session| {
        session.denied = vec![GroupKind::new("cluster.x-k8s.io", "Machine")];
    })]);
    assert!(denied.contains("lab does not allow to read Machine"), "{denied}");
    let lazy = of(vec![session("lab", Connection::Idle)]);
    assert!(
        lazy.contains("not connected, so that nothing is known of it: lab"),
        "{lazy}"
    );
    let offline = Connection::Offline {
        why: "connection refused".to_owned(),
        retry_at: now(),
    };
    let offline = of(vec![session("lab", offline)]);
    assert!(
        offline.contains("Connection lab") && offline.contains("connection refused"),
        "{offline}"
    );
}

#[test]
fn while_something_is_set_up_or_read_nothing_is_called_well() {
    let preparing = |what: Option<&str>| Msg::Preparing(what.map(str::to_owned));
    let well = || {
        vec![
            session("lab", Connection::Live),
            objects("lab", &cluster("a", &[], None)),
        ]
    };
    // What is there is live and well, and more is being made.
    let mut app = app_with(options((120, 30)), well());
    update(&mut app, preparing(Some("making hosts, 3 of 12")));
    press(&mut app, "!");
    assert!(
        told(&app).contains("nothing is known to be wrong yet")
            && told(&app).contains("not everything is there: making hosts, 3 of 12"),
        "{}",
        told(&app)
    );
    // How far it is goes on while one looks, and then it is well.
    update(&mut app, preparing(Some("making machines, 4 of 12")));
    assert!(told(&app).contains("making machines, 4 of 12"), "{}", told(&app));
    update(&mut app, preparing(None));
    assert!(
        told(&app).contains("everything that is read is as it should be"),
        "{}",
        told(&app)
    );
    // Before any management cluster is known.
    let mut app = app_with(options((120, 30)), Vec::new());
    update(&mut app, preparing(Some("starting the servers")));
    press(&mut app, "!");
    assert!(
        told(&app).contains("not everything is there: starting"),
        "{}",
        told(&app)
    );
    // What is wrong already is not all that is wrong.
    let mut app = self::app((120, 30));
    press(&mut app, "!");
    assert!(!told(&app).contains("not all read yet"), "{}", told(&app));
    update(
        &mut app,
        Msg::Fleet(vec![session("more", Connection::Syncing { done: 1, total: 9 })]),
    );
    assert!(told(&app).contains("not all read yet"), "{}", told(&app));
}

#[test]
fn anchor_100_what_is_not_shown_is_counted() {
    let mut app = app((120, 30));
    // Only the second management cluster, where all is well.
    press(&mut app, "2 !");
    let text = told(&app);
    assert!(
        text.contains("2 problems in the part of the fleet that is not shown"),
        "{text}"
    );
    press(&mut app, "esc 0 !");
    assert!(!told(&app).contains("hidden"), "{}", told(&app));
}

#[test]
fn what_stands_there_without_a_problem_is_told_whole_at_80_columns() {
    let mut machines = cluster("a", &[("b", "node-1"), ("c", "node-2")], None);
    for object in &mut machines {
        if object["kind"] == "Machine" {
            object["status"]["phase"] = json!("Provisioning");
            object["status"]["conditions"] = json!([]);
            object["metadata"]["creationTimestamp"] = json!(now().to_string());
        }
    }
    let away = Connection::Offline {
        why: "connection refused".to_owned(),
        retry_at: now(),
    };
    let updates = vec![
        session("lab", Connection::Live),
        session("other", away),
        objects("lab", &machines),
    ];
    let mut app = app_with(options((80, 24)), updates);
    press(&mut app, "1 !");
    let lines: Vec<String> = told(&app)
        .lines()
        .skip(2)
        .map(|line| line.trim().to_owned())
        .collect();
    let text = lines.join(" ");
    assert!(
        text.contains(
            "nothing is known to be wrong; 3 objects are still on their way, the first of them for"
        ),
        "{text}"
    );
    assert!(
        text.contains("1 problem in the part of the fleet that is not shown"),
        "{text}"
    );
    assert!(!text.contains('…'), "{text}");
}

#[test]
fn ages_go_on_while_nothing_else_changes() {
    let mut app = app((120, 30));
    press(&mut app, "!");
    let before = told(&app);
    app.drawn();
    update(&mut app, Msg::Tick(now() + jiff::SignedDuration::from_mins(2)));
    assert!(app.is_dirty());
    assert_ne!(told(&app), before);
}

#[test]
fn problems_are_filtered_by_what_they_are_about_and_counts_say_what_is_hidden() {
    let mut app = app_with(options((120, 40)), crate::sample::eras::fleet());
    press(&mut app, "!");
    let all = told(&app);
    type_text(&mut app, "/byoh-cluster");
    press(&mut app, "enter");
    let found = told(&app);
    assert!(
        found.contains("hidden") && found.contains("/byoh-cluster"),
        "{found}"
    );
    assert!(
        all.contains("Connection mgmt-away") && !found.contains("Connection mgmt-away"),
        "{found}"
    );
    type_text(&mut app, "/mgmt=mgmt-away");
    press(&mut app, "enter");
    let found = told(&app);
    assert!(
        found.contains("Connection mgmt-away") && !found.contains("Connection mgmt-shut"),
        "{found}"
    );
    type_text(&mut app, "/nothing-is-called-so");
    press(&mut app, "enter");
    let none = told(&app);
    assert!(
        none.contains("no problem here matches /nothing-is-called-so; it hides"),
        "{none}"
    );
    press(&mut app, "esc");
    assert_eq!(told(&app), all, "everything is there again");
}

#[test]
fn of_several_management_clusters_the_one_that_is_meant_is_seen_at_80_columns() {
    let mut app = app((80, 24));
    press(&mut app, "!");
    let screen = told(&app);
    assert!(
        screen.contains("MANAGEMENT") && screen.contains("mgmt-taipei"),
        "{screen}"
    );
    assert!(screen.contains("MESSAGE"), "{screen}");
    // Where only one is shown its name tells nothing.
    press(&mut app, "esc 1 !");
    assert!(!told(&app).contains("MANAGEMENT"), "{}", told(&app));
}
