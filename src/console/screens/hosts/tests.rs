//! The hosts: what is told of them, and of machines that find none.

use std::sync::Arc;

use fleetui_api::byoh::names::RELEASED;
use fleetui_fleet::act::{AuditId, DrainAhead, Judgement, Mode};
use fleetui_fleet::drain::{HeldBy, HeldPod};
use fleetui_fleet::hosts::Ask;
use serde_json::json;

use crate::app::App;
use crate::command::Place;
use crate::effect::{Action, Answer, Effect, EffectId, Outcome, Request};
use crate::msg::Msg;
use crate::sample::{app_with, eras, options, plain, press, type_text};
use crate::subject::Subject;
use crate::update::update;

fn open(size: (u16, u16), line: &str) -> App {
    let mut app = app_with(options(size), eras::fleet());
    type_text(&mut app, &format!(":{line}"));
    press(&mut app, "enter");
    app
}

#[test]
fn anchor_99_hosts_say_what_they_are_at_and_the_one_under_the_cursor_tells_more() {
    let app = open((120, 40), "hosts");
    insta::assert_snapshot!("hosts-120x40", plain(&app));
    let app = open((80, 24), "hosts");
    insta::assert_snapshot!("hosts-80x24", plain(&app));
}

#[test]
fn of_one_management_cluster_its_name_gives_way_to_what_hosts_say() {
    let mut app = open((80, 24), "hosts");
    let title = |app: &App| {
        plain(app)
            .lines()
            .find(|line| line.contains("STATE"))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(title(&app).contains("MANAGEMENT"), "{}", plain(&app));
    press(&mut app, "1");
    assert!(!title(&app).contains("MANAGEMENT"), "{}", plain(&app));
    assert!(title(&app).contains("MESSAGE"), "{}", plain(&app));
}

#[test]
fn a_filter_finds_hosts_and_counts_what_it_hides() {
    let mut app = open((120, 40), "hosts /quarantined");
    let screen = plain(&app);
    assert!(screen.contains("hidden"), "{screen}");
    press(&mut app, "esc");
    assert!(!plain(&app).contains("hidden"), "{}", plain(&app));
    press(&mut app, "esc");
    assert!(app.stack.is_empty());
}

#[test]
fn where_there_are_no_hosts_that_is_said() {
    let mut app = crate::sample::app((80, 24));
    type_text(&mut app, ":hosts");
    press(&mut app, "enter");
    assert!(
        plain(&app).contains("no hosts: none of the management clusters has a pool")
            || plain(&app).contains(": "),
        "{}",
        plain(&app)
    );
}

/// Puts the cursor on a host.
fn on(name: &str, size: (u16, u16)) -> App {
    let mut app = open(size, "hosts");
    press(&mut app, "g");
    for _ in 0..20 {
        let is_it = matches!(app.subject(), Some(Subject::Object(key)) if key.object.name == name);
        if is_it {
            return app;
        }
        press(&mut app, "j");
    }
    panic!("{name} is not there:\n{}", plain(&app));
}

/// What the gate is asked about: names and deeds.
fn asked(effects: &[Effect]) -> Vec<(String, String)> {
    let asked = effects.iter().filter_map(|effect| match &effect.action {
        Action::Ask(Request::Act(plan, Mode::Preview)) => {
            let act = &plan.act;
            Some((act.subject.object.name.to_string(), act.deed.told()))
        }
        _ => None,
    });
    asked.collect()
}

#[test]
fn who_is_on_call_sees_host_state_and_cluster_at_80_cells_and_the_machine_whole_below() {
    let screen = plain(&on("node-3", (80, 24)));
    let title = screen.lines().find(|line| line.contains("STATE")).unwrap();
    for column in ["HOSTS 7", "MACHINE", "CLUSTER", "MANAGEMENT", "MESSAGE"] {
        assert!(title.contains(column), "{column}: {screen}");
    }
    let row = screen.lines().find(|line| line.contains(" node-3 ")).unwrap();
    assert!(row.contains(" byoh") && row.contains("InUse"), "{screen}");
    let counts = "4 not read, 1 free, 3 in use, 1 stale, 1 quarantined, 1 unavailable ─";
    assert!(screen.contains(counts), "{screen}");
    let below = screen.split("────────").last().unwrap();
    assert!(
        below.contains("byoh-cluster-cp-tn4rn of cluster byoh-cluster"),
        "{screen}"
    );
}

#[test]
fn a_host_is_reserved_for_a_cluster_of_its_own_namespace() {
    let mut updates = eras::fleet();
    let far = serde_json::json!({
        "apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster",
        "metadata": {"name": "far", "namespace": "elsewhere", "uid": "far"}, "spec": {},
    });
    updates.push(crate::sample::objects("mgmt-2026", &[far]));
    let mut app = app_with(options((80, 24)), updates);
    let offered = |app: &mut App| {
        type_text(app, ":reserve ");
        let candidates = app.prompt.as_ref().unwrap().candidates.clone();
        press(app, "esc");
        candidates
    };
    assert!(offered(&mut app).contains(&"reserve far".to_owned()));
    type_text(&mut app, ":hosts");
    press(&mut app, "enter g");
    let near = offered(&mut app);
    assert!(
        !near.is_empty() && !near.contains(&"reserve far".to_owned()),
        "{near:?}"
    );
}

#[test]
fn a_host_has_a_menu_of_what_can_be_done_and_says_why_not() {
    let mut app = on("node-1", (120, 40));
    press(&mut app, "a");
    assert_eq!(app.place(), Place::Dialog);
    insta::assert_snapshot!("menu-of-a-host-120x40", plain(&app));
    // The first that is possible is chosen already.
    let effects = press(&mut app, "enter");
    assert_eq!(asked(&effects), [("node-1".to_owned(), "cordon".to_owned())]);
    let mut app = on("node-1", (80, 24));
    press(&mut app, "a");
    insta::assert_snapshot!("menu-of-a-host-80x24", plain(&app));
}

#[test]
fn hosts_are_approved_cleared_released_and_reset_by_the_menu_and_by_commands() {
    let cases = [
        ("node-1", "approve: its pool", ":approve", "approve"),
        (
            "node-6",
            "clear its quarantine",
            ":clear-quarantine",
            "clear quarantine",
        ),
        ("node-1", "release: give it back", ":release", "release"),
        ("node-1", "reset: take away", ":reset", "reset"),
    ];
    for (name, choice, command, deed) in cases {
        let on = || {
            let mut app = on(name, (120, 40));
            let body = match deed {
                "approve" => json!({"spec": {"approved": false}}),
                "release" => json!({"metadata": {"annotations": {(RELEASED): ""}}}),
                _ => return app,
            };
            update(&mut app, Msg::Fleet(vec![eras::untaken(name, &body)]));
            app
        };
        let expected = [(name.to_owned(), deed.to_owned())];
        let mut app = on();
        press(&mut app, "a");
        let is_chosen = |app: &App| plain(app).contains(&format!("▌ {choice}"));
        for _ in 0..8 {
            if is_chosen(&app) {
                break;
            }
            press(&mut app, "tab");
        }
        assert!(is_chosen(&app), "{choice}: {}", plain(&app));
        assert_eq!(asked(&press(&mut app, "enter")), expected, "{}", plain(&app));
        let mut app = on();
        type_text(&mut app, command);
        assert_eq!(asked(&press(&mut app, "enter")), expected, "{}", plain(&app));
    }
    // What is not so is told, and nobody is asked.
    for (name, command, why) in [
        ("node-1", ":approve", "does not wait for approval"),
        ("node-1", ":release", "nothing to release"),
        ("node-1", ":clear-quarantine", "is not quarantined"),
    ] {
        let mut app = on(name, (120, 40));
        type_text(&mut app, command);
        assert_eq!(asked(&press(&mut app, "enter")), []);
        assert!(plain(&app).contains(why), "{why}: {}", plain(&app));
    }
}

#[test]
fn what_needs_a_word_is_typed_on_the_command_line() {
    let mut app = on("node-1", (120, 40));
    press(&mut app, "a");
    for _ in 0..3 {
        press(&mut app, "tab");
        if plain(&app).contains("type key=value") {
            break;
        }
    }
    press(&mut app, "enter");
    assert_eq!(app.place(), Place::Prompt);
    type_text(&mut app, "site=b rack-");
    let effects = press(&mut app, "enter");
    assert_eq!(
        asked(&effects),
        [("node-1".to_owned(), "label site=b rack-".to_owned())],
        "{}",
        plain(&app)
    );
    press(&mut app, "esc");
    type_text(&mut app, ":reserve byoh-cluster");
    let effects = press(&mut app, "enter");
    assert_eq!(
        asked(&effects),
        [("node-1".to_owned(), "reserve for byoh-cluster".to_owned())]
    );
}

#[test]
fn marked_hosts_are_acted_on_together_and_hidden_ones_are_left_alone() {
    let mut app = on("node-1", (120, 40));
    press(&mut app, "space");
    press(&mut app, "space");
    let screen = plain(&app);
    assert!(screen.contains("2 marked"), "{screen}");
    press(&mut app, "a");
    let screen = plain(&app);
    assert!(screen.contains("and 1 more"), "{screen}");
    assert!(screen.contains("2 of 2 hosts"), "{screen}");
    let effects = press(&mut app, "enter");
    let names: Vec<String> = asked(&effects).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["node-1", "node-2"]);
    insta::assert_snapshot!("cordon-of-two-hosts-120x40", plain(&app));
    press(&mut app, "esc");
    type_text(&mut app, "/node-2");
    press(&mut app, "enter");
    type_text(&mut app, ":cordon");
    let effects = press(&mut app, "enter");
    assert_eq!(asked(&effects), [("node-2".to_owned(), "cordon".to_owned())]);
    assert!(plain(&app).contains("hidden"), "{}", plain(&app));
}

/// The number of them says nothing about the one on which a machine runs: that host has a dialog of its own, which asks its name.
#[test]
fn what_stands_in_the_way_on_one_host_is_not_passed_over_for_several() {
    let mut app = on("node-1", (120, 40));
    press(&mut app, "space j space");
    type_text(&mut app, ":reset");
    let effects = press(&mut app, "enter");
    assert_eq!(asked(&effects), [("node-1".to_owned(), "reset".to_owned())]);
    insta::assert_snapshot!("reset-of-two-hosts-120x40", plain(&app));
    press(&mut app, "esc");
    // Where it stands in the way of all of them, there is nothing to confirm.
    let mut app = on("node-3", (120, 40));
    press(&mut app, "space space");
    type_text(&mut app, ":reset");
    let effects = press(&mut app, "enter");
    assert_eq!(asked(&effects), []);
    assert!(plain(&app).contains("none of 2"), "{}", plain(&app));
    let mut app = on("node-3", (120, 40));
    type_text(&mut app, ":reset");
    let effects = press(&mut app, "enter");
    assert_eq!(asked(&effects), [("node-3".to_owned(), "reset".to_owned())]);
}

/// A machine may come on one of them while it is asked.
#[test]
fn what_comes_in_the_way_of_one_of_several_hosts_keeps_it_from_being_written() {
    let mut app = on("node-1", (120, 40));
    press(&mut app, "space space");
    type_text(&mut app, ":reset");
    let effects = press(&mut app, "enter");
    let ids: Vec<EffectId> = effects
        .iter()
        .filter(|effect| matches!(effect.action, Action::Ask(Request::Act(..))))
        .map(|effect| effect.id)
        .collect();
    assert_eq!(ids.len(), 2);
    let taken = eras::taken("node-1", "byoh-cluster-cp-tn4rn");
    update(&mut app, Msg::Fleet(vec![taken]));
    for id in ids {
        let answer = Answer::Judged(Box::default());
        update(&mut app, Msg::Outcome(Outcome { id, answer }));
    }
    let meant: Vec<String> = app
        .act
        .dialog
        .as_ref()
        .expect("a dialog")
        .meant()
        .map(|item| item.plan.act.subject.object.name.to_string())
        .collect();
    assert_eq!(meant, ["node-2"], "{}", plain(&app));
}

/// A reason that is typed goes into what is written, which the server then looks at anew.
#[test]
fn the_reason_of_a_maintenance_is_written_on_the_host() {
    let mut app = on("node-1", (120, 40));
    type_text(&mut app, ":maintenance");
    let effects = press(&mut app, "enter");
    let effect = effects
        .iter()
        .find(|effect| matches!(effect.action, Action::Ask(Request::Act(..))))
        .expect("the gate is asked")
        .id;
    let answer = Answer::Judged(Box::default());
    update(&mut app, Msg::Outcome(Outcome { id: effect, answer }));
    type_text(&mut app, "new disk");
    let effects = press(&mut app, "enter");
    let performed = effects.iter().find_map(|effect| match &effect.action {
        Action::Ask(Request::Act(plan, Mode::Perform(confirmed))) => Some((plan, confirmed)),
        _ => None,
    });
    let (plan, confirmed) = performed.expect("it is carried out");
    assert_eq!(plan.act.reason.as_deref(), Some("new disk"));
    let body = plan.writes[0].body.to_string();
    assert!(body.contains("new disk") && body.contains("Drain"), "{body}");
    assert_eq!(confirmed.digest, plan.digest());
    assert_eq!(confirmed.dry_run_seconds, None, "the server looks at it anew");
}

#[test]
fn the_headroom_is_told_beside_the_hosts_and_goes_again() {
    let mut app = open((120, 40), "headroom");
    assert!(plain(&app).contains("headroom"), "{}", plain(&app));
    insta::assert_snapshot!("headroom-120x40", plain(&app));
    type_text(&mut app, ":headroom");
    press(&mut app, "enter");
    assert!(!plain(&app).contains("could take now"), "{}", plain(&app));
}

/// By zone, architecture or a label, as the command has it; what does not fit on the screen is counted.
#[test]
fn the_headroom_is_told_by_what_hosts_say() {
    let mut app = open((80, 24), "headroom arch, zone");
    let told = |app: &App| -> Vec<String> {
        let screen = plain(app);
        let below = screen.lines().skip_while(|line| !line.contains("headroom"));
        below.map(|line| line.trim().to_owned()).collect()
    };
    let lines = told(&app);
    assert!(lines[0].contains("hosts by arch, zone"), "{lines:?}");
    assert!(
        lines[1].contains(" free of ") && lines[1].contains("amd64"),
        "{lines:?}"
    );
    // Another question is answered at once, and the same one ends it.
    type_text(&mut app, ":headroom rack");
    press(&mut app, "enter");
    assert!(told(&app)[0].contains("hosts by rack"), "{}", plain(&app));
    type_text(&mut app, ":headroom rack");
    press(&mut app, "enter");
    assert_eq!(told(&app), [] as [&str; 0]);
    type_text(&mut app, ":headroom z");
    assert!(plain(&app).contains("headroom zone"), "{}", plain(&app));
}

/// What is told below the list is of the row that the cursor is on, and a mark moves it.
#[test]
fn a_mark_leads_on_and_what_is_told_goes_with_it() {
    let mut app = on("node-1", (80, 24));
    press(&mut app, "space");
    assert!(
        plain(&app).contains("host      default/node-2 "),
        "{}",
        plain(&app)
    );
}

/// Of what some of the marked hosts are and others are not, both ways are offered.
#[test]
fn of_hosts_that_differ_the_menu_offers_what_begins_and_what_ends() {
    let mut app = open((120, 40), "hosts");
    let cordoned: Vec<String> = app
        .fleet
        .rows(None)
        .filter_map(|row| fleetui_fleet::hosts::HostRow::of(row, app.now))
        .filter(|host| host.state.quarantined)
        .map(|host| host.row.facts.object.name.to_string())
        .collect();
    let one = cordoned.first().expect("a host in quarantine");
    press(&mut app, "g");
    let mut marked = 0;
    for _ in 0..20 {
        let name = match app.subject() {
            Some(Subject::Object(key)) => key.object.name.to_string(),
            _ => String::new(),
        };
        if name == *one || name == "node-1" {
            press(&mut app, "space");
            marked += 1;
        } else {
            press(&mut app, "j");
        }
    }
    assert!(marked >= 2, "{}", plain(&app));
    press(&mut app, "a");
    let screen = plain(&app);
    for offered in ["quarantine: hold it back", "clear its quarantine"] {
        assert!(screen.contains(offered), "{offered}: {screen}");
    }
}

/// What is not understood behind a command can be mended where it was typed.
#[test]
fn labels_that_are_none_stay_on_the_command_line() {
    let mut app = on("node-1", (80, 24));
    type_text(&mut app, ":label tried");
    press(&mut app, "enter");
    assert_eq!(app.place(), Place::Prompt);
    let screen = plain(&app);
    assert!(
        screen.contains("label tried") && screen.contains("labels are written KEY=VALUE"),
        "{screen}"
    );
    type_text(&mut app, "=a");
    let effects = press(&mut app, "enter");
    assert_eq!(
        asked(&effects),
        [("node-1".to_owned(), "label tried=a".to_owned())]
    );
}

/// What does not fit is at least counted.
#[test]
fn the_headroom_tells_how_many_more_there_are_where_they_do_not_fit() {
    let app = open((120, 40), "hosts");
    let row = app.fleet().rows(None).min_by_key(|row| row.key()).unwrap();
    let ask = |more: usize| {
        Ask {
        live: true,
        row: Arc::clone(row),
        template: "t".into(),
        selector: "site=a".to_owned(),
        more,
        summary: "2/12 hosts can be taken: 6 with a machine, 4 cordoned, and more that is long enough for two lines"
            .to_owned(),
        waiting: 0,
    }
    };
    let asks: Vec<Ask> = (0..5).map(ask).collect();
    let told = |lines: usize| -> Vec<String> {
        let told = super::about::headroom(&asks, (76, lines)).into_iter();
        told.map(|line| line.plain()).collect()
    };
    let whole = told(20);
    assert_eq!(whole.len(), 16, "{whole:?}");
    assert!(whole[2].starts_with("      taken: "), "{whole:?}");
    let each = told(6);
    assert_eq!(each.len(), 6, "{each:?}");
    assert!(
        each.iter().skip(1).all(|line| line.contains("site=a")),
        "{each:?}"
    );
    let few = told(4);
    assert_eq!(few.len(), 4, "{few:?}");
    assert!(few[3].starts_with("and 3 more: "), "{few:?}");
}

#[test]
fn management_clusters_that_are_not_read_have_a_line_that_says_why() {
    let mut app = open((120, 40), "hosts");
    let screen = plain(&app);
    for (name, why) in [
        ("mgmt-away", "connection refused"),
        ("mgmt-cloud", "session expired"),
        ("mgmt-shut", "forbidden"),
        ("mgmt-later", ":reconnect"),
    ] {
        let line = screen
            .lines()
            .find(|line| line.contains("(not read)") && line.contains(name));
        assert!(
            line.is_some_and(|line| line.contains(why) || line.ends_with('…')),
            "{name}:\n{screen}"
        );
    }
    assert!(screen.contains("── 4 not read, 1 free"), "{screen}");
    assert!(screen.contains("HOSTS 7 "), "they are no hosts: {screen}");
    press(&mut app, "G");
    let subject = app.subject();
    assert!(matches!(subject, Some(Subject::ManagementCluster(name)) if name.as_str() == "mgmt-later"));
    let screen = plain(&app);
    assert!(screen.contains("of whose hosts nothing is known"), "{screen}");
    // Neither can it be marked, nor is anything done to it.
    assert_eq!(press(&mut app, "space"), []);
    assert!(!plain(&app).contains("marked"));
    // What is shown alone is not told of others.
    type_text(&mut app, ":hosts @mgmt-2026");
    press(&mut app, "enter");
    assert!(!plain(&app).contains("not read"), "{}", plain(&app));
}

#[test]
fn at_80_columns_names_are_cut_in_their_middle_and_what_can_be_done_is_hinted_at() {
    let app = open((80, 24), "hosts");
    let screen = plain(&app);
    assert!(screen.contains("79q9d") && screen.contains("k8v2s"), "{screen}");
    assert!(screen.contains("a act"), "{screen}");
    assert!(screen.contains("3 in use"), "{screen}");
}

#[test]
fn a_range_of_hosts_is_marked_and_nothing_else_in_it() {
    let mut app = on("node-1", (120, 40));
    press(&mut app, "space");
    press(&mut app, "j ctrl-space");
    assert!(plain(&app).contains("3 marked"), "{}", plain(&app));
}

/// What the gate says of maintenances: the drain of this machine will be held by a budget.
fn held(machine: &str) -> Answer {
    let pod = HeldPod {
        pod: fleetui_base::ObjectName::new("shop", "db-0"),
        by: HeldBy::Budgets(vec!["a".into(), "b".into()]),
    };
    Answer::Judged(Box::new(Judgement {
        drains: vec![DrainAhead {
            machine: machine.into(),
            held: vec![pod],
            unknown: None,
        }],
        ..Judgement::default()
    }))
}

/// Answers all that was asked, each by itself.
fn answered(app: &mut App, effects: &[Effect], answers: impl Fn(usize) -> Answer) -> Vec<EffectId> {
    let asked = effects
        .iter()
        .filter(|effect| matches!(effect.action, Action::Ask(Request::Act(..))));
    let ids: Vec<EffectId> = asked.map(|effect| effect.id).collect();
    for (at, id) in ids.iter().enumerate() {
        let answer = answers(at);
        update(app, Msg::Outcome(Outcome { id: *id, answer }));
    }
    ids
}

#[test]
fn what_will_hold_a_drain_stays_said_while_the_fleet_goes_on() {
    let mut app = on("node-4", (80, 24));
    type_text(&mut app, ":maintenance");
    let effects = press(&mut app, "enter");
    answered(&mut app, &effects, |_| held("byoh-cluster-md-0-x4b-79q9d"));
    let is_told = |app: &App| {
        let text = plain(app);
        text.contains("pod shop/db-0 is") && text.contains("disruption budgets: shop/a")
    };
    assert!(is_told(&app), "{}", plain(&app));
    for cordoned in [true, false] {
        let other = eras::untaken("node-1", &json!({"spec": {"unclaimable": cordoned}}));
        update(&mut app, Msg::Fleet(vec![other]));
        assert!(is_told(&app), "{}", plain(&app));
    }
    press(&mut app, "enter");
    let screen = plain(&app);
    assert!(is_told(&app) && screen.contains("really?"), "{screen}");
}

#[test]
fn of_several_hosts_what_is_to_be_minded_is_seen_first_and_what_was_done_is_told_of_all() {
    let mut app = on("node-4", (80, 24));
    press(&mut app, "space space");
    type_text(&mut app, ":maintenance");
    let effects = press(&mut app, "enter");
    let machines = ["byoh-cluster-md-0-x4b-79q9d", "byoh-cluster-md-0-x4b-k8v2s"];
    answered(&mut app, &effects, |at| held(machines[at]));
    let screen = plain(&app);
    insta::assert_snapshot!("maintenance-of-two-hosts-80x24", screen);
    for name in ["node-4", "node-5"] {
        assert!(
            screen.contains(&format!("{name}: ▲ the drain of Machine")),
            "{screen}"
        );
    }
    // What was done is told of both.
    press(&mut app, "enter");
    let effects = press(&mut app, "enter");
    answered(&mut app, &effects, |at| {
        Answer::Done(AuditId(at.to_string().into()), Vec::new())
    });
    let screen = plain(&app);
    assert!(
        screen.contains("done: begin maintenance 2 of 2 objects: default/node-4"),
        "{screen}"
    );
}

#[test]
fn of_several_hosts_the_menu_tells_each_what_it_comes_to() {
    let mut app = on("node-4", (120, 40));
    press(&mut app, "space space a");
    let screen = plain(&app);
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("2 of 2 hosts: node-4: ") && words.contains("; node-5: "),
        "{screen}"
    );
}

#[test]
fn what_cannot_be_is_told_where_it_was_chosen() {
    let mut app = on("node-1", (120, 40));
    press(&mut app, "a");
    // Nothing waits for approval there.
    press(&mut app, "up");
    assert!(plain(&app).contains("▌ approve"), "{}", plain(&app));
    assert_eq!(asked(&press(&mut app, "enter")), []);
    assert_eq!(app.place(), Place::Dialog);
    assert!(
        plain(&app).contains("does not wait for approval"),
        "{}",
        plain(&app)
    );
    press(&mut app, "down");
    let effects = press(&mut app, "enter");
    assert_eq!(asked(&effects), [("node-1".to_owned(), "cordon".to_owned())]);
    // Nor does a command go that lacks its name.
    let mut app = on("node-1", (80, 24));
    type_text(&mut app, ":reserve");
    press(&mut app, "enter");
    assert_eq!(app.place(), Place::Prompt);
    assert!(plain(&app).contains(":reserve needs a name"), "{}", plain(&app));
    type_text(&mut app, " byoh-cluster");
    let effects = press(&mut app, "enter");
    assert_eq!(
        asked(&effects),
        [("node-1".to_owned(), "reserve for byoh-cluster".to_owned())]
    );
}

/// The fleet after the management cluster of the pool can no longer be reached.
fn cut_off(line: &str, size: (u16, u16)) -> App {
    let mut updates = eras::fleet();
    let since = crate::sample::now() - jiff::SignedDuration::from_secs(62);
    let why = "connection refused".to_owned();
    let stale = fleetui_fleet::session::Connection::Stale {
        since,
        why,
        retry_at: None,
    };
    updates.push(crate::sample::session("mgmt-2026", stale));
    let mut app = app_with(options(size), updates);
    type_text(&mut app, &format!(":{line}"));
    press(&mut app, "enter g");
    app
}

#[test]
fn hosts_of_a_management_cluster_that_is_away_say_so_without_colours() {
    let live = open((80, 24), "hosts");
    let mut app = cut_off("hosts @mgmt-2026", (80, 24));
    let screen = plain(&app);
    assert!(
        plain(&live).contains("1 free") && !screen.contains("1 free"),
        "{screen}"
    );
    assert!(screen.contains(" not live ─"), "{screen}");
    let rows = screen.lines().filter(|line| line.contains(" node-"));
    let signs: Vec<&str> = rows.take(7).collect();
    assert!(signs.iter().all(|row| row.contains('◐')), "{screen}");
    assert!(
        screen.contains("stale: connection refused; last known 62s ago"),
        "{screen}"
    );
    press(&mut app, "enter");
    let screen = plain(&app);
    assert!(!screen.contains("it is as it should be"), "{screen}");
    let tables = ["machines @mgmt-2026", "clusters @mgmt-2026"];
    for table in tables {
        let screen = plain(&cut_off(table, (80, 24)));
        assert!(screen.contains('◐') && screen.contains(", not live"), "{screen}");
    }
}

#[test]
fn counts_that_have_no_room_in_one_line_go_on_in_the_next() {
    let screen = plain(&open((60, 24), "hosts"));
    for count in ["1 free", "3 in use", "1 stale", "1 quarantined", "1 unavailable"] {
        assert!(screen.contains(count), "{count}: {screen}");
    }
}

#[test]
fn the_lines_that_are_left_are_for_what_is_told_of_headroom() {
    let ask = |name: &str, summary: &str| Ask {
        row: Arc::clone(
            open((80, 24), "hosts")
                .fleet
                .rows(None)
                .find(|row| row.facts.kind.kind.as_ref() == "ByoHost")
                .unwrap(),
        ),
        template: name.into(),
        selector: String::new(),
        more: 1,
        summary: summary.to_owned(),
        waiting: 0,
        live: true,
    };
    let long = "1/9 hosts can be taken: 4 with a machine, 2 cordoned, 1 stale, 1 quarantined";
    let asks = [ask("a", long), ask("b", long), ask("c", long)];
    let lines = super::about::headroom(&asks, (70, 6));
    assert_eq!(lines.len(), 6, "one each, and two of them whole");
}
