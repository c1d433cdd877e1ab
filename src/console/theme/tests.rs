//! Every theme resolves every role and can be read; mistakes in a user's file are explained.

use ratatui::style::Color;

use super::colour::{contrast, linear, rgb_of};
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

/// The contrast that each theme promises. The sixteen colours are the terminal's own, and so is their ground.
const PROMISED: [(&str, f64); 5] = [
    ("dark", 4.5),
    ("light", 4.5),
    ("colour-blind", 4.5),
    ("mono", 4.5),
    ("high-contrast", 7.0),
];

/// What 256 colours may take away of it: the nearest of them is at times a good deal off.
const AT_256: f64 = 4.0;

/// Front and back of a style over a ground, as they are seen.
fn seen(style: Style, ground: Style) -> Option<(Rgb, Rgb)> {
    let front = rgb_of(style.fg.or(ground.fg)?)?;
    let back = rgb_of(style.bg.or(ground.bg)?)?;
    Some(if style.add_modifier.contains(Modifier::REVERSED) {
        (back, front)
    } else {
        (front, back)
    })
}

#[test]
fn anchor_68_every_role_can_be_read_in_every_theme() {
    let themes = Themes::embedded().unwrap();
    let mut promised: Vec<&str> = PROMISED.iter().map(|(name, _)| *name).collect();
    promised.push("ansi16");
    promised.sort_unstable();
    assert_eq!(themes.names().collect::<Vec<_>>(), promised);
    for (name, promise) in PROMISED {
        for (level, least) in [
            (ColourLevel::TrueColour, promise),
            (ColourLevel::Ansi256, AT_256.min(promise)),
        ] {
            let painted = themes.get(name).unwrap().paint(level);
            let ground = painted.style(Role::Text);
            let mut poor = Vec::new();
            let mut measure = |what: String, style: Style, ground: Style| {
                let (front, back) = seen(style, ground).unwrap();
                if contrast(front, back) < least {
                    poor.push(format!("{what} {:.2}", contrast(front, back)));
                }
            };
            for role in Role::ALL.into_iter().filter(|role| !NOT_TEXT.contains(role)) {
                measure(role.name().to_owned(), painted.style(role), ground);
            }
            for role in ON_THE_CURSOR_ROW {
                let style = painted.style(role).patch(painted.style(Role::Cursor));
                measure(format!("{} under the cursor", role.name()), style, ground);
            }
            assert!(poor.is_empty(), "{name} at {level:?}: {poor:?}");
        }
    }
}

#[test]
fn anchor_63_the_terminals_own_colours_can_be_read_on_black() {
    let themes = Themes::embedded().unwrap();
    let theme = themes.get("ansi16").unwrap();
    for role in Role::ALL.into_iter().filter(|role| !NOT_TEXT.contains(role)) {
        let look = theme.look(role);
        // The ground is the terminal's, so nothing but text is ever painted.
        assert!(
            matches!(look.background, None | Some(Colour::Default)),
            "{}",
            role.name()
        );
        if let Some(colour) = look.foreground.and_then(Colour::rgb) {
            assert!(contrast(colour, (0, 0, 0)) >= 3.0, "{}", role.name());
        }
    }
}

/// What states are told by.
const STATES: [Role; 7] = [
    Role::Good,
    Role::Progressing,
    Role::Paused,
    Role::Unknown,
    Role::Warning,
    Role::Failed,
    Role::Stale,
];

type Rgb = (u8, u8, u8);
type Matrix = [[f64; 3]; 3];

/// What is seen without red cones and without green ones, in linear light (Machado, Oliveira and Fernandes 2009, severity 1).
const EYES: [(&str, Matrix); 3] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "no red",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "no green",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
];

/// A colour in CIE Lab as such eyes see it.
fn lab((red, green, blue): Rgb, eyes: &Matrix) -> [f64; 3] {
    let light = [red, green, blue].map(linear);
    let mix = |row: &[f64; 3]| {
        row.iter()
            .zip(light)
            .map(|(part, light)| part * light)
            .sum::<f64>()
    };
    let [red, green, blue] = eyes.each_ref().map(|row| mix(row).clamp(0.0, 1.0));
    let bent = |value: f64| {
        if value > 0.008_856 {
            value.cbrt()
        } else {
            7.787 * value + 16.0 / 116.0
        }
    };
    let x = bent((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.950_47);
    let y = bent(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    let z = bent((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// How far apart the two states are that look most alike.
fn nearest_states(theme: &Theme, eyes: &Matrix) -> (f64, &'static str, &'static str) {
    let colour = |role: Role| theme.look(role).foreground.and_then(Colour::rgb).unwrap();
    let mut nearest = (f64::MAX, "", "");
    for (index, one) in STATES.into_iter().enumerate() {
        for other in STATES.into_iter().skip(index + 1) {
            let (left, right) = (lab(colour(one), eyes), lab(colour(other), eyes));
            let square = left.iter().zip(right).map(|(left, right)| (left - right).powi(2));
            let apart = square.sum::<f64>().sqrt();
            if apart < nearest.0 {
                nearest = (apart, one.name(), other.name());
            }
        }
    }
    nearest
}

#[test]
fn anchor_64_states_stay_apart_for_eyes_that_do_not_part_red_from_green() {
    // About ten times what is just seen.
    const APART: f64 = 24.0;
    let themes = Themes::embedded().unwrap();
    let theme = themes.get("colour-blind").unwrap();
    for (who, eyes) in &EYES {
        let (apart, one, other) = nearest_states(theme, eyes);
        assert!(
            apart >= APART,
            "{who}: {one} and {other} are only {apart:.1} apart"
        );
    }
    // The measure sees what it is for: the usual colours do not stay apart.
    let (apart, _, _) = nearest_states(themes.get("dark").unwrap(), &EYES[2].1);
    assert!(apart < APART / 2.0, "{apart}");
}

#[test]
fn anchor_63_a_terminal_with_eight_colours_is_told_of_no_others() {
    let themes = Themes::embedded().unwrap();
    for name in themes.names() {
        let painted = themes.get(name).unwrap().paint(ColourLevel::Ansi8);
        for role in Role::ALL {
            let style = painted.style(role);
            for colour in [style.fg, style.bg].into_iter().flatten() {
                let known = colour == Color::Reset || super::colour::ANSI_COLOURS[..8].contains(&colour);
                assert!(known, "{name}: {}: {colour:?}", role.name());
            }
        }
    }
    let painted = themes.get("ansi16").unwrap().paint(ColourLevel::Ansi8);
    assert!(painted.style(Role::Guide).add_modifier.contains(Modifier::DIM));
}

#[test]
fn anchor_64_states_look_different_without_any_colour_where_it_matters() {
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
fn anchor_63_the_sixteen_colour_theme_leaves_the_ground_to_the_terminal() {
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
            "themes/mine.yaml:1:11: there is no theme 'dork' to inherit; known are ansi16, colour-blind, dark, high-contrast, light, mono",
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
