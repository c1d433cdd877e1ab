//! Files change under the running program.

use std::sync::Arc;

use ratatui::style::Color;

use crate::access::Access;
use crate::app::App;
use crate::effect::{Action, Effect};
use crate::msg::Msg;
use crate::sample::{app, plain, press, type_text};
use crate::theme::{ColourLevel, Role};
use crate::update::update;
use crate::user_file::{UserFile, UserFiles};

fn file(path: &str, text: &str) -> UserFile {
    UserFile {
        path: path.to_owned(),
        text: Ok(text.to_owned()),
    }
}

fn config(text: &str) -> UserFiles {
    UserFiles {
        config: Some(file("config.yaml", text)),
        ..UserFiles::default()
    }
}

fn reload(app: &mut App, files: UserFiles) -> Vec<Effect> {
    update(app, Msg::Reload(Arc::new(files)))
}

#[test]
fn what_the_files_say_now_holds_at_once() {
    let mut app = app((100, 30));
    let effects = reload(
        &mut app,
        config("theme: light\nkeymap: vim\nmouse: true\nascii: true\n"),
    );
    assert_eq!(app.look.theme, "light");
    assert_eq!(app.keys.current.name, "vim");
    assert_eq!(
        effects
            .into_iter()
            .map(|effect| effect.action)
            .collect::<Vec<_>>(),
        [Action::Mouse(true)]
    );
    let text = plain(&app);
    assert!(text.is_ascii() && text.contains("were read again"), "{text}");
    // What is no longer said is as it is by itself.
    reload(&mut app, UserFiles::default());
    assert_eq!(
        (app.look.theme.as_str(), app.keys.current.name.as_str()),
        ("dark", "default")
    );
    assert!(!plain(&app).is_ascii());
}

#[test]
fn the_command_line_and_the_persons_own_commands_are_not_taken_back() {
    let mut app = app((100, 30));
    app.basis.choices.theme = Some("dark".to_owned());
    reload(&mut app, config("theme: light\n"));
    assert_eq!(app.look.theme, "dark");
    press(&mut app, ":");
    type_text(&mut app, "theme mono");
    press(&mut app, "enter");
    reload(&mut app, config("theme: high-contrast\nlowBandwidth: true\n"));
    assert_eq!(app.look.theme, "mono");
    assert!(app.has_low_bandwidth());
}

#[test]
fn a_mistake_changes_nothing_and_is_told_with_its_line() {
    let mut app = app((140, 30));
    reload(&mut app, config("theme: light\n"));
    for (text, told) in [
        (
            "theme: light\nthme: dark\n",
            "config.yaml:2:1: there is no setting 'thme'",
        ),
        (
            "mouse: true\ntheme: drak\n",
            "config.yaml:2:8: there is no theme 'drak'",
        ),
        ("theme: [\n", "config.yaml:"),
    ] {
        assert!(reload(&mut app, config(text)).is_empty());
        assert_eq!(app.look.theme, "light");
        assert!(plain(&app).contains(told), "{}", plain(&app));
    }
}

#[test]
fn a_theme_of_ones_own_follows_its_file_and_outlives_a_mistake_in_it() {
    let theme = |colour: &str| UserFiles {
        config: Some(file("config.yaml", "theme: mine\n")),
        themes: vec![file(
            "themes/mine.yaml",
            &format!("inherits: dark\nroles:\n  failed: {{fg: {colour}}}\n"),
        )],
        keymaps: Vec::new(),
    };
    let mut app = app((140, 30));
    let failed = |app: &App| app.look.style(Role::Failed).fg;
    reload(&mut app, theme("\"#010203\""));
    assert_eq!(failed(&app), Some(Color::Rgb(1, 2, 3)));
    reload(&mut app, theme("\"#040506\""));
    assert_eq!(failed(&app), Some(Color::Rgb(4, 5, 6)));
    reload(&mut app, theme("pinkish"));
    assert_eq!(failed(&app), Some(Color::Rgb(4, 5, 6)));
    // The configuration stands first: it names what cannot be had.
    let text = plain(&app);
    assert!(
        text.contains("themes/mine.yaml:3:11: 'pinkish' is no colour"),
        "{text}"
    );
    reload(&mut app, theme("\"#070809\""));
    assert_eq!(failed(&app), Some(Color::Rgb(7, 8, 9)));
    // Where the file has gone, what it said is still painted.
    reload(&mut app, UserFiles::default());
    assert_eq!(
        (app.look.theme.as_str(), failed(&app)),
        ("dark", Some(Color::Rgb(255, 143, 143)))
    );
}

#[test]
fn colours_can_be_taken_away_and_given_back() {
    let mut app = app((100, 30));
    reload(&mut app, config("colours: none\ntheme: dark\n"));
    assert_eq!(app.look.style(Role::Failed).fg, None);
    reload(&mut app, config("colours: \"256\"\ntheme: dark\n"));
    assert!(matches!(app.look.style(Role::Failed).fg, Some(Color::Indexed(_))));
    assert_eq!(app.basis.settings().colours.value, ColourLevel::Ansi256);
}

#[test]
fn what_forbids_to_write_holds_at_once_and_is_not_taken_back() {
    let mut app = app((100, 30));
    reload(&mut app, config("readOnly: true\n"));
    assert_eq!(app.access, Access::ReadOnlyForGood);
    assert!(plain(&app).contains("READ-ONLY"), "{}", plain(&app));
    reload(&mut app, UserFiles::default());
    assert_eq!(app.access, Access::ReadOnlyForGood);
    assert!(plain(&app).contains("only a new start"), "{}", plain(&app));
}

#[test]
fn a_keymap_that_changes_is_the_one_that_holds() {
    let files = |key: &str| UserFiles {
        keymaps: vec![file(
            "keymaps/default.yaml",
            &format!("keys:\n  tree:\n    yaml: {key}\n"),
        )],
        ..UserFiles::default()
    };
    let mut app = app((100, 30));
    reload(&mut app, files("Y"));
    press(&mut app, "j");
    press(&mut app, "y");
    assert!(plain(&app).contains("y has no meaning here"), "{}", plain(&app));
    reload(&mut app, files("<nonsense"));
    press(&mut app, "Y");
    assert_eq!(app.place(), crate::command::Place::Object);
}

#[test]
fn bookmarks_and_columns_of_the_configuration_are_there_at_once() {
    let mut app = app((140, 30));
    reload(
        &mut app,
        config("columns:\n  machines: [name, age]\nbookmarks:\n  mine: machines @mgmt-tokyo\n"),
    );
    press(&mut app, ":");
    type_text(&mut app, "go mine");
    press(&mut app, "enter");
    assert_eq!(app.place(), crate::command::Place::Table);
    let text = plain(&app);
    let titles = text.lines().find(|line| line.contains("MACHINES")).unwrap();
    assert!(titles.contains("AGE") && !titles.contains("PHASE"), "{text}");
    // Only what has to be looked up in objects is asked for.
    let asked = reload(
        &mut app,
        config("columns:\n  machines: [name, \"ZONE:.metadata.labels.zone\"]\n"),
    );
    assert_eq!(asked.len(), 3, "{asked:?}");
}
