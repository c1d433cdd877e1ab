//! The tree as a person shapes it: groups, order, marks.

use std::sync::Arc;

use fleetui_base::ManagementCluster;
use fleetui_fleet::session::Connection;
use fleetui_fleet::tree::Node;
use fleetui_fleet::{Session, Update};

use super::cursor_name;
use crate::app::App;
use crate::effect::Action;
use crate::sample::{
    CORE, app, app_with, cluster, gone, key, objects, options, plain, press, session, type_text, updates,
};
use crate::screens::Screen;
use crate::{Msg, update};

fn title(app: &App) -> String {
    plain(app).lines().nth(1).unwrap_or_default().to_owned()
}

fn footer(app: &App) -> String {
    plain(app).lines().last().unwrap_or_default().to_owned()
}

fn acted_on(app: &App) -> Vec<String> {
    let keys = app.tree.acted_on().into_iter();
    keys.map(|key| key.object.name.to_string()).collect()
}

/// Puts the cursor on the line of this name.
fn go_to(app: &mut App, name: &str) {
    press(app, "g");
    for _ in 0..100 {
        if cursor_name(app) == name {
            return;
        }
        press(app, "j");
    }
    panic!("no {name} in {}", plain(app));
}

const MACHINES: [&str; 3] = [
    "byoh-cluster-md-0-x4b-79q9d",
    "byoh-cluster-md-0-x4b-k8v2s",
    "byoh-cluster-md-0-x4b-x7k2p",
];

fn go_to_machine(app: &mut App, nth: usize) {
    go_to(app, &format!("Machine {}", MACHINES[nth]));
}

/// Lines of the screen on which the workers of the first cluster stand.
fn rows(app: &App) -> [usize; 3] {
    let screen = plain(app);
    ["79q9d", "k8v2s", "x7k2p"].map(|end| {
        let row = screen.lines().position(|line| line.contains(end));
        row.unwrap_or_else(|| panic!("no {end} in {screen}"))
    })
}

#[test]
fn anchor_68_siblings_are_sorted_and_the_cursor_stays_on_its_object() {
    let mut app = app((100, 40));
    go_to_machine(&mut app, 1);
    let on = cursor_name(&app);
    let [first, second, third] = rows(&app);
    assert!(first < second && second < third);
    press(&mut app, "o n o n");
    let screen = plain(&app);
    assert!(screen.contains("sorted by name, the other way round"), "{screen}");
    let [first, second, third] = rows(&app);
    assert!(first > second && second > third, "{screen}");
    assert_eq!(cursor_name(&app), on);
    assert!(title(&app).contains("NAME↓"), "{}", title(&app));
    // The worst first; there is no column of it, which the names tell.
    press(&mut app, "o s");
    let [first, second, third] = rows(&app);
    assert!(third < first && first < second, "{}", plain(&app));
    assert!(title(&app).contains("NAME by health↑"), "{}", title(&app));
    assert_eq!(cursor_name(&app), on);
    press(&mut app, "o v");
    assert!(title(&app).contains("VERSION↑"), "{}", title(&app));
    press(&mut app, "o r");
    assert!(title(&app).contains("REPLICAS↑"), "{}", title(&app));
    // What comes in changes nothing of it.
    let told = vec![session("mgmt-tokyo", Connection::Connecting)];
    update(&mut app, Msg::Fleet(told));
    assert!(title(&app).contains("REPLICAS↑") && cursor_name(&app) == on);
}

#[test]
fn the_keys_of_k9s_sort_the_tree() {
    let mut options = options((100, 40));
    "k9s".clone_into(&mut options.keymap);
    let mut app = app_with(options, updates());
    for (key, said) in [
        ("A", "sorted by age"),
        ("S", "sorted by health"),
        ("N", "sorted by name"),
        ("N", "sorted by name, the other way round"),
    ] {
        press(&mut app, key);
        assert!(plain(&app).contains(said), "{key}: {}", plain(&app));
    }
}

#[test]
fn anchor_50_marks_that_are_folded_or_filtered_away_are_told_and_left_alone() {
    let mut app = app((100, 40));
    go_to_machine(&mut app, 0);
    press(&mut app, "space space");
    assert_eq!(acted_on(&app), MACHINES[..2]);
    assert!(footer(&app).contains("2 marked"), "{}", footer(&app));
    let screen = plain(&app);
    assert_eq!(
        screen.lines().filter(|line| line.contains('◆')).count(),
        2,
        "{screen}"
    );
    // Together they are copied, as they stand.
    let copied = press(&mut app, "c");
    let names = MACHINES[..2].join("\n");
    let is_copy = copied
        .iter()
        .any(|effect| effect.action == Action::Copy(names.clone()));
    assert!(is_copy, "{copied:?}");
    press(&mut app, "/");
    type_text(&mut app, "k8v2s");
    press(&mut app, "enter");
    assert_eq!(acted_on(&app), MACHINES[1..2]);
    let told = "1 marked, 1 hidden and left alone";
    assert!(footer(&app).contains(told), "{}", footer(&app));
    press(&mut app, "esc");
    assert_eq!(acted_on(&app), MACHINES[..2]);
    // Folded with what they stand below.
    go_to(&mut app, "MachineDeployment byoh-cluster-md-0");
    press(&mut app, "h");
    assert_eq!(
        acted_on(&app),
        ["byoh-cluster-md-0"],
        "only what is under the cursor"
    );
    let told = "0 marked, 2 hidden and left alone";
    assert!(footer(&app).contains(told), "{}", footer(&app));
    press(&mut app, "l U");
    assert!(!footer(&app).contains("marked"), "{}", footer(&app));
}

#[test]
fn anchor_51_no_mark_outlives_its_place_or_its_object() {
    let mut app = app((100, 40));
    let mark = |app: &mut App| {
        go_to_machine(app, 2);
        press(app, "space");
        assert!(footer(app).contains("1 marked"), "{}", footer(app));
    };
    mark(&mut app);
    press(&mut app, "1");
    assert!(!footer(&app).contains("marked"), "{}", footer(&app));
    press(&mut app, "0");
    mark(&mut app);
    press(&mut app, ":");
    type_text(&mut app, "machines");
    press(&mut app, "enter");
    assert!(matches!(app.stack.last(), Some(Screen::Table(_))));
    press(&mut app, "[");
    assert!(app.stack.is_empty(), "{}", plain(&app));
    assert!(!footer(&app).contains("marked"), "{}", footer(&app));
    // A look at an object is no other place: the mark is there when one comes back.
    mark(&mut app);
    press(&mut app, "g j enter esc");
    assert!(footer(&app).contains("1 marked"), "{}", footer(&app));
    let marked = key("mgmt-taipei", CORE, "Machine", MACHINES[2]);
    update(&mut app, Msg::Fleet(vec![gone(&marked)]));
    assert!(!footer(&app).contains("marked"), "{}", footer(&app));
}

#[test]
fn what_is_no_object_is_not_marked_and_says_so() {
    let mut app = app((100, 40));
    press(&mut app, "g");
    let before = cursor_name(&app);
    press(&mut app, "space");
    let screen = plain(&app);
    assert!(screen.contains("only objects can be marked"), "{screen}");
    assert_eq!(cursor_name(&app), before);
    assert!(!screen.contains('◆'));
}

#[test]
fn what_is_not_shown_while_the_fleet_is_set_up_is_neither_marked_nor_sorted() {
    let mut app = app((100, 40));
    go_to_machine(&mut app, 0);
    update(&mut app, Msg::Preparing(Some("making hosts".to_owned())));
    press(&mut app, "space o n");
    update(&mut app, Msg::Preparing(None));
    assert_eq!(app.tree.marked(), None);
    assert_eq!(app.tree.options.sort, None);
}

fn put_in_group(update: &mut Update, group: Option<&str>) {
    if let Update::Session(session) = update {
        let mut changed = Session::clone(session);
        changed.group = group.map(Into::into);
        *session = Arc::new(changed);
    }
}

/// The fleet of the picture, two of its management clusters in groups.
fn grouped(size: (u16, u16)) -> App {
    let mut told = updates();
    for (update, group) in told.iter_mut().zip([None, Some("asia"), Some("lab")]) {
        put_in_group(update, group);
    }
    app_with(options(size), told)
}

#[test]
fn groups_have_headings_with_counts() {
    for (size, name) in [((80, 24), "tree-groups-80x24"), ((120, 40), "tree-groups-120x40")] {
        let mut app = grouped(size);
        press(&mut app, "g");
        insta::assert_snapshot!(name, plain(&app));
    }
}

#[test]
fn a_group_is_folded_opened_alone_and_left_again() {
    let mut app = grouped((100, 40));
    let asia = "group Some(\"asia\")";
    press(&mut app, "g");
    assert_eq!(cursor_name(&app), asia);
    press(&mut app, "h");
    let screen = plain(&app);
    assert!(
        screen.contains("▸ asia") && !screen.contains("payments"),
        "{screen}"
    );
    assert!(screen.contains("byoh-cluster"), "{screen}");
    // From a management cluster one comes to its group.
    press(&mut app, "l j h h");
    assert_eq!(cursor_name(&app), asia);
    // Everything below it is unfolded, and nothing else.
    press(&mut app, "*");
    let screen = plain(&app);
    assert!(
        screen.contains("▾ payments") && screen.contains("▾ asia"),
        "{screen}"
    );
    press(&mut app, "enter");
    let screen = plain(&app);
    assert!(screen.contains("only group asia is shown"), "{screen}");
    assert!(
        screen.contains("payments") && !screen.contains("byoh-cluster"),
        "{screen}"
    );
    press(&mut app, "g enter");
    assert!(plain(&app).contains("byoh-cluster"), "{}", plain(&app));
    // Those in no group cannot be asked for by its name.
    go_to(&mut app, "group None");
    assert_eq!(app.tree.cursor(), Some(&Node::Fleet(None)));
    press(&mut app, "enter");
    assert!(plain(&app).contains("cannot be shown alone"), "{}", plain(&app));
    // One that is shown alone needs no heading.
    press(&mut app, "2");
    assert!(!plain(&app).contains("asia"), "{}", plain(&app));
    let tokyo = ManagementCluster::new("mgmt-tokyo");
    assert_eq!(app.tree.options.only, Some(tokyo));
}

#[test]
fn a_folded_group_shows_the_worst_that_it_hides() {
    let mut told = vec![
        session("one", Connection::Live),
        objects("one", &cluster("bad", &[], Some("no free host"))),
    ];
    put_in_group(&mut told[0], Some("asia"));
    let mut app = app_with(options((80, 24)), told);
    press(&mut app, "g h");
    let screen = plain(&app);
    assert!(screen.contains("▸ ✖ asia "), "{screen}");
    assert!(screen.contains("1 of 1 live · 1 cluster ▲1"), "{screen}");
}

#[test]
fn a_group_of_which_nothing_was_read_is_not_called_empty() {
    let mut told = vec![session("one", Connection::Idle)];
    put_in_group(&mut told[0], Some("asia"));
    let heading = |app: &App| plain(app).lines().nth(2).unwrap_or_default().to_owned();
    let mut app = app_with(options((80, 24)), told.clone());
    assert!(
        heading(&app).trim_end().ends_with("0 of 1 live"),
        "{}",
        heading(&app)
    );
    told[0] = session("one", Connection::Live);
    put_in_group(&mut told[0], Some("asia"));
    update(&mut app, Msg::Fleet(told));
    assert!(
        heading(&app).contains("1 of 1 live · 0 clusters"),
        "{}",
        heading(&app)
    );
}
