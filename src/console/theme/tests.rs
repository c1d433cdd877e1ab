//! Every theme resolves every role and can be read; mistakes in a user's file are explained.

use super::colour::contrast;
use super::*;

/// Roles that draw lines and not letters.
const NOT_TEXT: [Role; 2] = [Role::Guide, Role::Border];

/// Roles that stand on the row of the cursor, and take its background.
const ON_THE_CURSOR_ROW: [Role; 10] = [
    Role::Text,
    Role::Dim,
    Role::Heading,
    Role::Good,
    Role::Progressing,
    Role::Paused,
    Role::Unknown,
    Role::Warning,
    Role::Failed,
    Role::Stale,
];

fn user(text: &str) -> Result<Themes, FileError> {
    let file = UserFile {
        path: "themes/mine.yaml".to_owned(),
        text: Ok(text.to_owned()),
    };
    let themes = Themes::with(&[file])?;
    let mistake = themes.mistakes().next().cloned();
    mistake.map_or(Ok(themes), Err)
}

#[test]
fn every_role_can_be_read_in_dark_and_light() {
    let themes = Themes::embedded().unwrap();
    for name in ["dark", "light"] {
        let theme = themes.get(name).unwrap();
        let ground = theme.look(Role::Text);
        let mut poor = Vec::new();
        for role in Role::ALL.into_iter().filter(|role| !NOT_TEXT.contains(role)) {
            let look = theme.look(role);
            let foreground = look
                .foreground
                .or(ground.foreground)
                .and_then(Colour::rgb)
                .unwrap();
            let background = look
                .background
                .or(ground.background)
                .and_then(Colour::rgb)
                .unwrap();
            let (front, back) = if look.modifier.contains(Modifier::REVERSED) {
                (background, foreground)
            } else {
                (foreground, background)
            };
            if contrast(front, back) < 4.5 {
                poor.push(format!("{} {:.2}", role.name(), contrast(front, back)));
            }
        }
        let cursor = theme.look(Role::Cursor).background.and_then(Colour::rgb).unwrap();
        for role in ON_THE_CURSOR_ROW {
            let foreground = theme
                .look(role)
                .foreground
                .or(ground.foreground)
                .and_then(Colour::rgb)
                .unwrap();
            if contrast(foreground, cursor) < 4.5 {
                poor.push(format!(
                    "{} on the cursor row {:.2}",
                    role.name(),
                    contrast(foreground, cursor)
                ));
            }
        }
        assert!(poor.is_empty(), "{name}: {poor:?}");
    }
}

#[test]
fn states_look_different_without_any_colour_where_it_matters() {
    let themes = Themes::embedded().unwrap();
    for name in themes.names() {
        let painted = themes.get(name).unwrap().paint(ColourLevel::None);
        for role in Role::ALL {
            let style = painted.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{name}: {}", role.name());
        }
        assert!(
            painted
                .style(Role::Cursor)
                .add_modifier
                .contains(Modifier::REVERSED),
            "{name}"
        );
        assert!(
            painted
                .style(Role::Caret)
                .add_modifier
                .contains(Modifier::REVERSED),
            "{name}"
        );
        assert!(
            painted.style(Role::Failed).add_modifier.contains(Modifier::BOLD),
            "{name}"
        );
    }
}

#[test]
fn the_sixteen_colour_theme_leaves_the_ground_to_the_terminal() {
    let themes = Themes::embedded().unwrap();
    let theme = themes.get("ansi16").unwrap();
    assert_eq!(theme.look(Role::Text).background, Some(Colour::Default));
    for role in Role::ALL {
        let look = theme.look(role);
        for colour in [look.foreground, look.background].into_iter().flatten() {
            assert!(!matches!(colour, Colour::Rgb(..)), "{}", role.name());
        }
    }
}

#[test]
fn a_users_theme_inherits_and_names_its_own_colours() {
    let themes =
        user("inherits: dark\npalette:\n  rose: \"#ff8080\"\nroles:\n  failed: {fg: rose, bold: true}\n");
    let themes = themes.unwrap();
    let mine = themes.get("mine").unwrap();
    assert_eq!(
        mine.look(Role::Failed).foreground,
        Some(Colour::Rgb(255, 128, 128))
    );
    assert_eq!(
        mine.look(Role::Good),
        themes.get("dark").unwrap().look(Role::Good)
    );
    assert!(themes.get("drak").unwrap_err().contains("did you mean dark?"));
}

#[test]
fn mistakes_name_file_line_and_what_is_allowed() {
    let cases = [
        (
            "inherits: dark\nroles:\n  faild: {fg: red}\n",
            "themes/mine.yaml:3:10: there is no role 'faild'; did you mean failed?",
        ),
        (
            "inherits: dark\nroles:\n  failed: {fg: rose}\n",
            "themes/mine.yaml:3:11: 'rose' is no colour; a colour is #rrggbb",
        ),
        (
            "inherits: dork\n",
            "themes/mine.yaml:1:11: there is no theme 'dork' to inherit; known are ansi16, dark, light",
        ),
        (
            "roles:\n  failed: {fg: red}\n",
            "themes/mine.yaml:1:1: roles without a look: text, dim,",
        ),
        (
            "inherits: dark\nroles:\n  failed: {colour: red}\n",
            "themes/mine.yaml:3:",
        ),
        (
            "inherits: dark\npalette:\n  rose: pinkish\n",
            "themes/mine.yaml:3:9: 'pinkish' is no colour; a colour is #rrggbb, default, or one of black",
        ),
    ];
    for (text, expected) in cases {
        let error = user(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}\nexpected {expected}");
    }
}

#[test]
fn every_file_of_the_folder_is_built_in() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../themes");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    assert_eq!(Themes::embedded().unwrap().names().collect::<Vec<_>>(), files);
}
