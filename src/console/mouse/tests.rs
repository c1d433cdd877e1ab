//! Presses mean what was seen; nothing happens to the mouse that nobody asked for.

use fleetui_base::ManagementCluster;
use fleetui_fleet::Update;
use fleetui_fleet::tree::Node;

use crate::app::{App, AppOptions};
use crate::effect::{Action, Effect};
use crate::msg::{Mouse, Msg};
use crate::sample::{app, app_with, options, plain, press, type_text, updates};
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
