//! What holds in the end: the command line before the configuration, the configuration before what the environment shows, and
//! that before the default; each with where it is from.
//!
//! Must not know: the files or the environment themselves.

use serde::{Deserialize, Serialize};

use crate::config::{Config, Told};
use crate::theme::ColourLevel;

/// What was chosen on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line, and they go together freely"
)]
pub struct Choices {
    /// Name of the theme.
    pub theme: Option<String>,
    /// Name of the keymap.
    pub keymap: Option<String>,
    /// How many colours are used.
    pub colours: Option<ColourLevel>,
    /// To draw ASCII characters alone.
    pub ascii: bool,
    /// To take the mouse.
    pub mouse: bool,
    /// To draw less often.
    pub low_bandwidth: bool,
    /// To write nothing.
    pub read_only: bool,
}

/// What the environment shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// How many colours the terminal has.
    pub colours: ColourLevel,
    /// Whether it shows no more than ASCII.
    pub ascii: bool,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            colours: ColourLevel::TrueColour,
            ascii: false,
        }
    }
}

/// Where a setting is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line.
    Option(&'static str),
    /// `config.yaml`, this line of it.
    File(u64),
    /// What the environment shows.
    Environment,
    /// Nobody said anything.
    Default,
}

/// A setting and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// What holds.
    pub value: T,
    /// Why.
    pub origin: Origin,
}

/// What everything is decided from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Basis {
    /// The command line.
    pub choices: Choices,
    /// `config.yaml`.
    pub config: Config,
    /// The environment.
    pub surroundings: Surroundings,
}

/// What holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Name of the theme.
    pub theme: Setting<String>,
    /// Name of the keymap.
    pub keymap: Setting<String>,
    /// How many colours are used.
    pub colours: Setting<ColourLevel>,
    /// Whether ASCII characters alone are drawn.
    pub ascii: Setting<bool>,
    /// Whether the mouse is taken.
    pub mouse: Setting<bool>,
    /// Whether there are fewer draws.
    pub low_bandwidth: Setting<bool>,
    /// Whether nothing is written.
    pub read_only: Setting<bool>,
    /// Whether the detail pane is open at the start.
    pub detail_pane: Setting<bool>,
}

impl Basis {
    /// What holds.
    pub fn settings(&self) -> Settings {
        let Self {
            choices,
            config,
            surroundings,
        } = self;
        let on = |chosen: bool, option: &'static str, told: &Option<Told<bool>>, default: bool| {
            let chosen = chosen.then_some(true);
            setting(chosen, option, told.as_ref(), (default, Origin::Default))
        };
        let colours = setting(
            choices.colours,
            "--colours",
            config.colours.as_ref(),
            (surroundings.colours, Origin::Environment),
        );
        // Colours that were chosen for 24 bits say little in sixteen; there the terminal's own are better.
        let theme = if colours.value <= ColourLevel::Ansi16 {
            ("ansi16", colours.origin)
        } else {
            ("dark", Origin::Default)
        };
        let found = if surroundings.ascii {
            Origin::Environment
        } else {
            Origin::Default
        };
        let ascii = setting(
            choices.ascii.then_some(true),
            "--ascii",
            config.ascii.as_ref(),
            (surroundings.ascii, found),
        );
        Settings {
            theme: setting(
                choices.theme.clone(),
                "--theme",
                config.theme.as_ref(),
                (theme.0.to_owned(), theme.1),
            ),
            keymap: setting(
                choices.keymap.clone(),
                "--keymap",
                config.keymap.as_ref(),
                ("default".to_owned(), Origin::Default),
            ),
            colours,
            ascii,
            mouse: on(choices.mouse, "--mouse", &config.mouse, false),
            low_bandwidth: on(
                choices.low_bandwidth,
                "--low-bandwidth",
                &config.low_bandwidth,
                false,
            ),
            read_only: on(choices.read_only, "--readonly", &config.read_only, false),
            detail_pane: on(false, "", &config.detail_pane, true),
        }
    }
}

fn setting<T: Clone>(
    chosen: Option<T>,
    option: &'static str,
    told: Option<&Told<T>>,
    otherwise: (T, Origin),
) -> Setting<T> {
    let (value, origin) = match (chosen, told) {
        (Some(value), _) => (value, Origin::Option(option)),
        (None, Some(told)) => (told.value.clone(), Origin::File(told.at.0)),
        (None, None) => otherwise,
    };
    Setting { value, origin }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read;

    #[test]
    fn the_command_line_wins_over_the_file_and_that_over_the_default() {
        let mut basis = Basis::default();
        let settings = basis.settings();
        assert_eq!(
            (settings.theme.value.as_str(), settings.theme.origin),
            ("dark", Origin::Default)
        );
        assert_eq!((settings.mouse.value, settings.detail_pane.value), (false, true));
        basis.config = read(
            "config.yaml",
            "theme: light\nmouse: true\ndetailPane: false\nreadOnly: true\n",
        )
        .unwrap();
        let settings = basis.settings();
        assert_eq!(
            (settings.theme.value.as_str(), settings.theme.origin),
            ("light", Origin::File(1))
        );
        assert_eq!(
            (settings.mouse.value, settings.mouse.origin),
            (true, Origin::File(2))
        );
        assert_eq!(
            (settings.detail_pane.value, settings.read_only.value),
            (false, true)
        );
        basis.choices.theme = Some("mono".to_owned());
        let theme = basis.settings().theme;
        assert_eq!(
            (theme.value.as_str(), theme.origin),
            ("mono", Origin::Option("--theme"))
        );
    }

    #[test]
    fn few_colours_mean_the_terminals_own_unless_a_theme_was_chosen() {
        let mut basis = Basis {
            surroundings: Surroundings {
                colours: ColourLevel::Ansi16,
                ascii: true,
            },
            ..Basis::default()
        };
        let settings = basis.settings();
        assert_eq!(
            (settings.theme.value.as_str(), settings.theme.origin),
            ("ansi16", Origin::Environment)
        );
        assert_eq!(
            (settings.ascii.value, settings.ascii.origin),
            (true, Origin::Environment)
        );
        basis.config = read("config.yaml", "theme: dark\ncolours: \"256\"\nascii: false\n").unwrap();
        let settings = basis.settings();
        assert_eq!(settings.theme.value, "dark");
        assert_eq!(
            (settings.colours.value, settings.ascii.value),
            (ColourLevel::Ansi256, false)
        );
    }
}
