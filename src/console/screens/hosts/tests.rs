//! The hosts: what is told of them, and of machines that find none.

use crate::app::App;
use crate::sample::{app_with, eras, options, plain, press, type_text};

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
