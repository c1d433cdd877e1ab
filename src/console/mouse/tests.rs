//! Presses mean what was seen; nothing happens to the mouse that nobody asked for.

use fleetui_base::ManagementCluster;
use fleetui_fleet::Update;
use fleetui_fleet::tree::Node;

use crate::app::{App, AppOptions};
use crate::command::Place;
use crate::effect::{Action, Effect};
use crate::msg::{Mouse, Msg};
use crate::sample::{app, app_with, options, plain, press, type_text, updates};
use crate::subject::Subject;
use crate::update::update;

fn with_mouse() -> App {
    let mut app = app_with(
        AppOptions {
            mouse: true,
            ..options((80, 24))
        },
        updates(),
    );
    app.drawn();
    app
}

/// The row of the screen on which `text` stands.
fn row_of(app: &App, text: &str) -> u16 {
    let row = plain(app).lines().position(|line| line.contains(text)).unwrap();
    u16::try_from(row).unwrap()
}

fn under_cursor(app: &App) -> String {
    match app.tree.cursor() {
        Some(Node::Object(key)) => key.object.name.to_string(),
        other => format!("{other:?}"),
    }
}

fn closed(management_cluster: &str) -> Msg {
    Msg::Fleet(vec![Update::Closed(ManagementCluster::new(management_cluster))])
}

fn actions(effects: Vec<Effect>) -> Vec<Action> {
    effects.into_iter().map(|effect| effect.action).collect()
}

#[test]
fn anchor_66_the_mouse_is_left_to_the_terminal_until_somebody_asks() {
    let mut quiet = App::new(options((80, 24))).unwrap();
    assert_eq!(actions(quiet.begin()), []);
    let mut asked = App::new(AppOptions {
        mouse: true,
        ..options((80, 24))
    })
    .unwrap();
    assert_eq!(actions(asked.begin()), [Action::Mouse(true)]);
    press(&mut asked, ":");
    type_text(&mut asked, "mouse");
    assert_eq!(actions(press(&mut asked, "enter")), [Action::Mouse(false)]);
    assert!(
        plain(&asked).contains("left to the terminal"),
        "{}",
        plain(&asked)
    );
    press(&mut asked, ":");
    type_text(&mut asked, "mouse");
    assert_eq!(actions(press(&mut asked, "enter")), [Action::Mouse(true)]);
}

#[test]
fn a_press_means_what_was_seen_whatever_the_fleet_does_meanwhile() {
    let mut app = with_mouse();
    let row = row_of(&app, "payments");
    update(&mut app, Msg::Mouse(Mouse::Press(10, row)));
    assert_eq!(under_cursor(&app), "payments");
    // What stands above goes, and everything moves up before it is drawn.
    app.drawn();
    let row = row_of(&app, "payments");
    press(&mut app, "g");
    app.drawn();
    update(&mut app, closed("mgmt-taipei"));
    assert_ne!(row_of(&app, "payments"), row);
    update(&mut app, Msg::Mouse(Mouse::Press(10, row)));
    assert_eq!(under_cursor(&app), "payments");
    // What has gone itself cannot be meant.
    app.drawn();
    let row = row_of(&app, "payments");
    update(&mut app, closed("mgmt-tokyo"));
    let before = under_cursor(&app);
    update(&mut app, Msg::Mouse(Mouse::Press(10, row)));
    assert_eq!(under_cursor(&app), before);
    assert!(plain(&app).contains("has gone meanwhile"), "{}", plain(&app));
}

#[test]
fn the_wheel_scrolls_and_a_press_elsewhere_does_nothing() {
    let mut app = with_mouse();
    press(&mut app, "g");
    let first = under_cursor(&app);
    update(&mut app, Msg::Mouse(Mouse::WheelDown));
    let third = under_cursor(&app);
    assert_ne!(first, third);
    update(&mut app, Msg::Mouse(Mouse::WheelUp));
    assert_eq!(under_cursor(&app), first);
    for (column, row) in [(0, 0), (5, 1), (10, 23), (200, 5), (3, 60_000)] {
        update(&mut app, Msg::Mouse(Mouse::Press(column, row)));
        assert_eq!(under_cursor(&app), first, "{column},{row}");
    }
    // A screen over the tree scrolls itself.
    press(&mut app, "?");
    let help = plain(&app);
    update(&mut app, Msg::Mouse(Mouse::WheelDown));
    assert_ne!(plain(&app), help);
    // Without the mouse nothing is remembered, so that nothing can be meant.
    let mut without = self::app((80, 24));
    without.drawn();
    let row = row_of(&without, "payments");
    let before = under_cursor(&without);
    update(&mut without, Msg::Mouse(Mouse::Press(10, row)));
    assert_eq!(under_cursor(&without), before);
}

/// The name in the row that the cursor of the screen on top is on.
fn chosen(app: &App) -> String {
    match app.subject() {
        Some(Subject::Object(key)) => key.object.name.to_string(),
        Some(Subject::ManagementCluster(name)) => name.to_string(),
        None => "nothing".to_owned(),
    }
}

/// A console with a screen over the tree that this line opens, drawn.
fn with_screen(command: &str) -> App {
    let mut app = with_mouse();
    press(&mut app, ":");
    type_text(&mut app, command);
    press(&mut app, "enter");
    app.drawn();
    app
}

#[test]
fn in_every_list_a_press_chooses_and_a_double_press_opens() {
    let cases = [
        ("machines", "payments-cp-tn4rn", "payments-cp-tn4rn"),
        ("clusters", "payments", "payments"),
        (
            "problems",
            "Machine byoh-cluster-md",
            "byoh-cluster-md-0-x4b-x7k2p",
        ),
        ("ctx", "mgmt-tokyo", "mgmt-tokyo"),
    ];
    for (command, text, name) in cases {
        let mut app = with_screen(command);
        let screen = plain(&app);
        let row = screen.lines().skip(2).position(|line| line.contains(text));
        let row = u16::try_from(row.unwrap_or_else(|| panic!("{screen}")) + 2).unwrap();
        update(&mut app, Msg::Mouse(Mouse::Press(20, row)));
        assert_eq!(chosen(&app), name, "{command}");
        let on = plain(&app);
        assert!(on.lines().nth(row.into()).unwrap().starts_with('▌'), "{on}");
        app.drawn();
        update(&mut app, Msg::Mouse(Mouse::DoublePress(20, row)));
        let shown = (app.place(), app.tree.options.only.is_some());
        let opened = if command == "ctx" {
            (Place::Tree, true)
        } else {
            (Place::Object, false)
        };
        assert_eq!(shown, opened, "{command}: {}", plain(&app));
    }
}

#[test]
fn in_a_table_too_a_press_means_what_was_seen() {
    let mut app = with_screen("clusters");
    let row = row_of(&app, "payments");
    update(&mut app, closed("mgmt-taipei"));
    assert_ne!(row_of(&app, "payments"), row);
    update(&mut app, Msg::Mouse(Mouse::Press(10, row)));
    assert_eq!(chosen(&app), "payments");
    app.drawn();
    let row = row_of(&app, "payments");
    update(&mut app, closed("mgmt-tokyo"));
    update(&mut app, Msg::Mouse(Mouse::DoublePress(10, row)));
    assert_eq!(app.place(), Place::Table, "what has gone is not opened");
    assert!(plain(&app).contains("has gone meanwhile"), "{}", plain(&app));
}

#[test]
fn what_is_told_of_a_row_follows_the_wheel_and_the_press() {
    let mut app = with_screen("ctx");
    let about = |app: &App| plain(app).lines().skip(8).collect::<Vec<_>>().join("\n");
    let before = about(&app);
    update(&mut app, Msg::Mouse(Mouse::WheelDown));
    assert_eq!(chosen(&app), "mgmt-lab");
    let after = about(&app);
    assert_ne!(after, before);
    app.drawn();
    let rows = plain(&app);
    let row = rows
        .lines()
        .skip(2)
        .position(|line| line.contains("mgmt-taipei"))
        .unwrap();
    update(
        &mut app,
        Msg::Mouse(Mouse::Press(8, u16::try_from(row + 2).unwrap())),
    );
    assert_eq!(chosen(&app), "mgmt-taipei");
    assert_ne!(about(&app), after);
}

#[test]
fn in_an_object_lines_that_lead_elsewhere_can_be_pressed() {
    let mut app = with_mouse();
    press(&mut app, "j enter");
    app.drawn();
    let text = plain(&app);
    let row = text
        .lines()
        .position(|line| line.contains("MachineDeployment") && line.contains("byoh-cluster-md-0"))
        .unwrap_or_else(|| panic!("{text}"));
    let row = u16::try_from(row).unwrap();
    update(&mut app, Msg::Mouse(Mouse::Press(4, 1)));
    assert_eq!(plain(&app), text, "a title leads nowhere");
    update(&mut app, Msg::Mouse(Mouse::Press(4, row)));
    assert!(
        plain(&app).lines().nth(row.into()).unwrap().starts_with('▌'),
        "{}",
        plain(&app)
    );
    app.drawn();
    update(&mut app, Msg::Mouse(Mouse::DoublePress(4, row)));
    assert_eq!(chosen(&app), "byoh-cluster-md-0");
    // The wheel reads on.
    app.drawn();
    let text = plain(&app);
    update(&mut app, Msg::Mouse(Mouse::WheelDown));
    assert_ne!(plain(&app), text);
}

#[test]
fn a_double_press_in_the_tree_opens_what_was_seen() {
    let mut app = with_mouse();
    let row = row_of(&app, "payments");
    update(&mut app, Msg::Mouse(Mouse::DoublePress(10, row)));
    assert_eq!(
        (app.place(), chosen(&app)),
        (Place::Object, "payments".to_owned())
    );
}
