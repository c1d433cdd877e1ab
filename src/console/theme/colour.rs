//! Colours, and how they are brought down to 256, 16 or none.

use ratatui::style::{Color, Modifier};
use serde::{Deserialize, Serialize};

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ColourLevel {
    /// None: `NO_COLOR`, or a terminal without.
    None,
    /// The eight that terminals began with: none of them is bright.
    Ansi8,
    /// The terminal's own sixteen.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// 24 bits.
    TrueColour,
}

impl ColourLevel {
    /// What the environment says the terminal can show. `read` gives the value of a variable, if it is set.
    pub fn detect(read: impl Fn(&str) -> Option<String>) -> Self {
        let says = |name: &str| read(name).filter(|value| !value.is_empty());
        let term = says("TERM").unwrap_or_default();
        if says("NO_COLOR").is_some() || term == "dumb" {
            return Self::None;
        }
        let colours = says("COLORTERM").unwrap_or_default();
        if matches!(colours.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            return Self::TrueColour;
        }
        if term.contains("256color") || term.contains("kitty") || term.contains("alacritty") {
            return Self::Ansi256;
        }
        // `screen` names the terminal that it runs in behind its own name.
        let within = term.starts_with("screen.") && !term.contains("16color");
        if EIGHT.contains(&term.as_str()) || within {
            return Self::Ansi8;
        }
        Self::Ansi16
    }

    /// What the levels are called.
    pub const NAMES: [&str; 5] = ["none", "8", "16", "256", "truecolor"];

    /// How a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ansi8 => "8",
            Self::Ansi16 => "16",
            Self::Ansi256 => "256",
            Self::TrueColour => "truecolor",
        }
    }

    /// The level that a person calls `name`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "8" | "ansi8" => Some(Self::Ansi8),
            "16" | "ansi16" => Some(Self::Ansi16),
            "256" | "ansi256" => Some(Self::Ansi256),
            "truecolor" | "24bit" => Some(Self::TrueColour),
            _ => None,
        }
    }
}

/// Terminals that are known to have eight colours and no more, as their descriptions (terminfo) say.
const EIGHT: [&str; 15] = [
    "ansi",
    "cons25",
    "cygwin",
    "linux",
    "pcansi",
    "putty",
    "rxvt",
    "screen",
    "screen-bce",
    "tmux",
    "vt100",
    "vt220",
    "vt320",
    "xterm",
    "xterm-color",
];

/// The number of the first bright one among the sixteen: each is another one made bright.
const BRIGHT: u8 = 8;

/// A colour of a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Whatever the terminal has.
    Default,
    /// One of the terminal's own sixteen.
    Ansi(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// The sixteen names, in the order of their numbers.
pub const ANSI_NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// What xterm shows for the sixteen; terminals differ, but not much.
const ANSI_RGB: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The sixteen colours, by their numbers.
pub(crate) const ANSI_COLOURS: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The steps of each channel in xterm's cube of 6x6x6.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Colour {
    /// Reads `#rrggbb`, one of the sixteen names, or `default`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        if let Some(index) = ANSI_NAMES.iter().position(|name| *name == text) {
            return u8::try_from(index).ok().map(Self::Ansi);
        }
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self::Rgb(red, green, blue))
    }

    /// The colour as a terminal with `level` colours takes it.
    pub fn at(self, level: ColourLevel) -> Color {
        match (self, level) {
            // Bright black is no black: what it is to be paler than is the terminal's own.
            (Self::Default, _) | (_, ColourLevel::None) | (Self::Ansi(BRIGHT), ColourLevel::Ansi8) => {
                Color::Reset
            }
            (Self::Ansi(index), ColourLevel::Ansi8) => ansi(usize::from(index % BRIGHT)),
            (Self::Ansi(index), _) => ansi(usize::from(index)),
            (Self::Rgb(red, green, blue), ColourLevel::Ansi8) => ansi(nearest((red, green, blue), 8)),
            (Self::Rgb(red, green, blue), ColourLevel::TrueColour) => Color::Rgb(red, green, blue),
            (Self::Rgb(red, green, blue), ColourLevel::Ansi256) => {
                Color::Indexed(nearest_256((red, green, blue)))
            }
            (Self::Rgb(red, green, blue), ColourLevel::Ansi16) => ansi(nearest((red, green, blue), 16)),
        }
    }

    /// What stands for the brightness of a text where there are eight colours: pale is dim, and bright is bold.
    pub fn emphasis(self, level: ColourLevel) -> Modifier {
        match (self, level) {
            (Self::Ansi(BRIGHT), ColourLevel::Ansi8) => Modifier::DIM,
            (Self::Ansi(index), ColourLevel::Ansi8) if index > BRIGHT => Modifier::BOLD,
            (Self::Default | Self::Ansi(_) | Self::Rgb(..), _) => Modifier::empty(),
        }
    }

    /// Red, green and blue, where they are known.
    pub fn rgb(self) -> Option<(u8, u8, u8)> {
        match self {
            Self::Default => None,
            Self::Ansi(index) => ANSI_RGB.get(usize::from(index)).copied(),
            Self::Rgb(red, green, blue) => Some((red, green, blue)),
        }
    }
}

/// Red, green and blue of what a terminal was told, as xterm shows it; nothing for the terminal's own colour.
pub fn rgb_of(colour: Color) -> Option<(u8, u8, u8)> {
    match colour {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some((red, green, blue)),
        Color::Indexed(index) => indexed(index),
        named => {
            let index = ANSI_COLOURS.iter().position(|known| *known == named)?;
            ANSI_RGB.get(index).copied()
        }
    }
}

/// The sixteen, then the cube, then the greys.
fn indexed(index: u8) -> Option<(u8, u8, u8)> {
    if let Some(named) = ANSI_RGB.get(usize::from(index)) {
        return Some(*named);
    }
    if let Some(grey) = index.checked_sub(232) {
        let shade = 8 + 10 * grey;
        return Some((shade, shade, shade));
    }
    let index = index.checked_sub(16)?;
    let step = |steps: u8| CUBE.get(usize::from(steps % 6)).copied();
    Some((step(index / 36)?, step(index / 6)?, step(index)?))
}

fn ansi(index: usize) -> Color {
    ANSI_COLOURS.get(index).copied().unwrap_or(Color::Reset)
}

/// The nearest of the first `count` of the sixteen.
fn nearest(rgb: (u8, u8, u8), count: usize) -> usize {
    (0..count)
        .min_by_key(|index| {
            ANSI_RGB
                .get(*index)
                .map_or(u32::MAX, |known| distance(*known, rgb))
        })
        .unwrap_or(7)
}

fn nearest_256((red, green, blue): (u8, u8, u8)) -> u8 {
    let step = |channel: u8| {
        let index =
            (0..CUBE.len()).min_by_key(|index| CUBE.get(*index).map_or(255, |step| step.abs_diff(channel)));
        let index = index.unwrap_or(0);
        (
            u8::try_from(index).unwrap_or(0),
            CUBE.get(index).copied().unwrap_or(0),
        )
    };
    let ((r, red_step), (g, green_step), (b, blue_step)) = (step(red), step(green), step(blue));
    let cube = (16 + 36 * r + 6 * g + b, (red_step, green_step, blue_step));
    let mean = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let grey = u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or(23);
    let shade = 8 + 10 * grey;
    let grey = (232 + grey, (shade, shade, shade));
    let wanted = (red, green, blue);
    if distance(grey.1, wanted) < distance(cube.1, wanted) {
        grey.0
    } else {
        cube.0
    }
}

/// How different two colours look, roughly: green counts most, blue least.
fn distance(left: (u8, u8, u8), right: (u8, u8, u8)) -> u32 {
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    3 * square(left.0, right.0) + 6 * square(left.1, right.1) + square(left.2, right.2)
}

/// The contrast of two colours as WCAG 2 computes it, from 1 to 21.
pub fn contrast(left: (u8, u8, u8), right: (u8, u8, u8)) -> f64 {
    let (left, right) = (luminance(left), luminance(right));
    (left.max(right) + 0.05) / (left.min(right) + 0.05)
}

fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// How much light a channel gives, from 0 to 1.
pub(super) fn linear(channel: u8) -> f64 {
    let channel = f64::from(channel) / 255.0;
    if channel <= 0.04045 {
        channel / 12.92
    } else {
        ((channel + 0.055) / 1.055).powf(2.4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(set: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            set.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn anchor_62_the_environment_says_how_many_colours_there_are() {
        let detect = ColourLevel::detect;
        assert_eq!(
            detect(environment(&[
                ("TERM", "xterm-256color"),
                ("COLORTERM", "truecolor")
            ])),
            ColourLevel::TrueColour
        );
        assert_eq!(
            detect(environment(&[("TERM", "tmux-256color")])),
            ColourLevel::Ansi256
        );
        assert_eq!(detect(environment(&[("TERM", "xterm")])), ColourLevel::Ansi8);
        assert_eq!(detect(environment(&[("TERM", "linux")])), ColourLevel::Ansi8);
        assert_eq!(
            detect(environment(&[("TERM", "screen.linux-16color")])),
            ColourLevel::Ansi16
        );
        assert_eq!(
            detect(environment(&[("TERM", "screen.linux")])),
            ColourLevel::Ansi8
        );
        assert_eq!(
            detect(environment(&[("TERM", "xterm"), ("NO_COLOR", "1")])),
            ColourLevel::None
        );
        assert_eq!(
            detect(environment(&[("TERM", "xterm-256color"), ("NO_COLOR", "")])),
            ColourLevel::Ansi256
        );
    }

    #[test]
    fn colours_are_brought_down_to_the_nearest() {
        assert_eq!(
            Colour::Rgb(255, 0, 0).at(ColourLevel::Ansi256),
            Color::Indexed(196)
        );
        assert_eq!(Colour::Rgb(8, 8, 8).at(ColourLevel::Ansi256), Color::Indexed(232));
        assert_eq!(Colour::Rgb(250, 10, 10).at(ColourLevel::Ansi16), Color::LightRed);
        assert_eq!(Colour::Rgb(250, 250, 250).at(ColourLevel::Ansi16), Color::White);
        assert_eq!(Colour::Ansi(1).at(ColourLevel::TrueColour), Color::Red);
        assert_eq!(Colour::Rgb(1, 2, 3).at(ColourLevel::None), Color::Reset);
        assert_eq!(Colour::Rgb(250, 10, 10).at(ColourLevel::Ansi8), Color::Red);
        assert_eq!(Colour::Ansi(9).at(ColourLevel::Ansi8), Color::Red);
        assert_eq!(Colour::Ansi(8).at(ColourLevel::Ansi8), Color::Reset);
        assert_eq!(Colour::Ansi(8).emphasis(ColourLevel::Ansi8), Modifier::DIM);
        assert_eq!(Colour::Ansi(8).emphasis(ColourLevel::Ansi16), Modifier::empty());
        assert_eq!(Colour::Ansi(9).emphasis(ColourLevel::Ansi8), Modifier::BOLD);
    }

    #[test]
    fn what_a_terminal_was_told_is_known_as_xterm_shows_it() {
        assert_eq!(rgb_of(Color::Reset), None);
        assert_eq!(rgb_of(Color::LightRed), Some((255, 0, 0)));
        assert_eq!(rgb_of(Color::Indexed(9)), Some((255, 0, 0)));
        assert_eq!(rgb_of(Color::Indexed(196)), Some((255, 0, 0)));
        assert_eq!(rgb_of(Color::Indexed(232)), Some((8, 8, 8)));
        // What is brought down to the cube is what the cube has.
        for red in [0_u8, 60, 130, 200, 255] {
            let colour = Colour::Rgb(red, 128, 64).at(ColourLevel::Ansi256);
            let again = rgb_of(colour).map(|(red, green, blue)| Colour::Rgb(red, green, blue));
            assert_eq!(again.map(|again| again.at(ColourLevel::Ansi256)), Some(colour));
        }
    }

    #[test]
    fn colours_are_read() {
        assert_eq!(Colour::parse("#0a0B0c"), Some(Colour::Rgb(10, 11, 12)));
        assert_eq!(Colour::parse("bright-red"), Some(Colour::Ansi(9)));
        assert_eq!(Colour::parse("default"), Some(Colour::Default));
        assert_eq!(Colour::parse("#fff"), None);
        assert_eq!(Colour::parse("pink"), None);
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 0.01);
    }
}
