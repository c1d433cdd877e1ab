//! Help teaches the language of filters, and can be filtered itself.

use crate::command::Place;
use crate::sample::{app, plain, press, type_text};

#[test]
fn help_teaches_what_can_be_typed_behind_the_slash() {
    let mut app = app((120, 500));
    press(&mut app, "?");
    let screen = plain(&app);
    for taught in [
        "Filters, behind /",
        "-f pmd0",
        "version<v1.31",
        "mgmt=mgmt-tokyo",
        "no regular expressions",
    ] {
        assert!(screen.contains(taught), "{taught}:\n{screen}");
    }
}

#[test]
fn help_is_filtered_and_says_what_is_hidden() {
    let mut app = app((80, 24));
    press(&mut app, "?");
    let all = plain(&app);
    type_text(&mut app, "/kubeconfig");
    press(&mut app, "enter");
    assert_eq!(app.place(), Place::Help);
    let found = plain(&app);
    assert!(
        found.contains("hidden") && found.contains("kubeconfig"),
        "{found}"
    );
    assert!(!found.contains("cursor"), "{found}");
    type_text(&mut app, "/nothing-is-called-so");
    press(&mut app, "enter");
    assert!(
        plain(&app).contains("nothing here matches /nothing-is-called-so"),
        "{}",
        plain(&app)
    );
    press(&mut app, "esc");
    assert_eq!(plain(&app), all);
    press(&mut app, "esc");
    assert_eq!(app.place(), Place::Tree);
}

#[test]
fn who_types_what_means_something_else_elsewhere_is_told() {
    let mut app = app((120, 40));
    type_text(&mut app, "/payments|prod");
    assert!(plain(&app).contains("there is no \"or\""), "{}", plain(&app));
    press(&mut app, "esc");
    type_text(&mut app, "/pay.*");
    assert!(plain(&app).contains("no regular expressions"), "{}", plain(&app));
    press(&mut app, "esc");
    type_text(&mut app, "/\"a|b\"");
    assert!(!plain(&app).contains("there is no"), "who quotes it means it");
    press(&mut app, "esc");
    type_text(&mut app, "/version=v1.31.2+k3s");
    assert!(!plain(&app).contains("no regular"), "{}", plain(&app));
}
