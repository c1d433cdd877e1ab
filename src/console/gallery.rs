//! Every screen over the fleet that has everything in it: at four sizes, in two themes, without colour and in ASCII. What changes on
//! the screen is seen here and read like code.

use crate::app::{App, AppOptions};
use crate::glyphs::ASCII;
use crate::msg::Msg;
use crate::runtime::Frame;
use crate::sample::{app_with, eras, options, press, type_text};
use crate::theme::ColourLevel;
use crate::update::update;

/// A screen's name, and what is typed to get there from the tree: a command line, then keys.
struct Shown {
    name: &'static str,
    command: &'static str,
    keys: &'static str,
}

const SCREENS: &[Shown] = &[
    Shown {
        name: "tree",
        command: "",
        keys: "j j",
    },
    Shown {
        name: "layers",
        command: "layers hosts",
        keys: "j j",
    },
    Shown {
        name: "problems",
        command: "problems",
        keys: "",
    },
    Shown {
        name: "object",
        command: "",
        keys: "j j enter",
    },
    Shown {
        name: "why",
        command: "",
        keys: "j j w",
    },
    Shown {
        name: "hosts",
        command: "hosts",
        keys: "",
    },
    Shown {
        name: "machines",
        command: "machines",
        keys: "",
    },
    Shown {
        name: "clusters",
        command: "clusters",
        keys: "j",
    },
    Shown {
        name: "contexts",
        command: "ctx",
        keys: "",
    },
    Shown {
        name: "filter",
        command: "",
        keys: "/ f a l s e enter",
    },
    Shown {
        name: "help",
        command: "help",
        keys: "",
    },
];

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 40), (200, 60)];

fn open(screen: &Shown, options: AppOptions) -> App {
    let mut app = app_with(options, eras::fleet());
    if !screen.command.is_empty() {
        press(&mut app, ":");
        type_text(&mut app, screen.command);
        press(&mut app, "enter");
    }
    press(&mut app, screen.keys);
    let now = crate::sample::now();
    update(&mut app, Msg::Tick(now + jiff::SignedDuration::from_secs(10)));
    app
}

/// No character of a frame steers a terminal or goes against the direction of reading, and none carries endless marks.
fn assert_tame(text: &str, what: &str) {
    let steering = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(steering), "{what}: {text:?}");
    let mut marks = 0;
    for character in text.chars() {
        marks = if character == '\u{301}' { marks + 1 } else { 0 };
        assert!(marks < 32, "{what} has endless marks");
    }
}

#[test]
fn every_screen_at_four_sizes() {
    for screen in SCREENS {
        for (width, height) in SIZES {
            let text = Frame::of(&open(screen, options((width, height)))).plain();
            assert_tame(&text, screen.name);
            insta::assert_snapshot!(format!("{}-{width}x{height}", screen.name), text);
        }
    }
}

#[test]
fn every_screen_in_two_themes() {
    for screen in SCREENS {
        for theme in ["dark", "light"] {
            let mut options = options((80, 24));
            theme.clone_into(&mut options.theme);
            let ansi = Frame::of(&open(screen, options)).ansi();
            insta::assert_snapshot!(format!("{}-{theme}", screen.name), ansi.replace('\u{1b}', "ESC"));
        }
    }
}

#[test]
fn every_screen_without_colour_and_in_ascii() {
    for screen in SCREENS {
        let mut options = options((80, 24));
        options.colour_level = ColourLevel::None;
        options.glyphs = ASCII;
        let frame = Frame::of(&open(screen, options));
        assert!(frame.plain().is_ascii(), "{}", frame.plain());
        insta::assert_snapshot!(
            format!("{}-ascii", screen.name),
            frame.ansi().replace('\u{1b}', "ESC")
        );
    }
}
