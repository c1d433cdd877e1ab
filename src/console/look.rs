//! How the screen looks at the moment: theme, colours, signs.

use ratatui::style::Style;

use crate::glyphs::Glyphs;
use crate::theme::{ColourLevel, Painted, Role, Themes};

/// How the screen looks at the moment.
#[derive(Debug)]
pub struct Look {
    /// The signs.
    pub glyphs: Glyphs,
    /// The name of the theme that the person has chosen.
    pub theme: String,
    /// The theme that is worn in its place.
    worn: Option<String>,
    /// All themes.
    pub themes: Themes,
    level: ColourLevel,
    painted: Painted,
}

impl Look {
    /// The theme `theme` as a terminal with `level` colours shows it; the error says which themes there are.
    pub fn new(themes: Themes, theme: &str, level: ColourLevel, glyphs: Glyphs) -> Result<Self, String> {
        let painted = themes.get(theme)?.paint(level);
        Ok(Self {
            glyphs,
            theme: theme.to_owned(),
            worn: None,
            themes,
            level,
            painted,
        })
    }

    /// Changes the theme; what is worn in its place keeps for another time.
    pub fn set_theme(&mut self, name: &str) -> Result<(), String> {
        self.painted = self.themes.get(name)?.paint(self.level);
        name.clone_into(&mut self.theme);
        Ok(())
    }

    /// Wears another theme than the chosen one, or that again. One that does not exist is told once.
    pub fn wear(&mut self, name: Option<&str>) -> Result<(), String> {
        if self.worn.as_deref() == name {
            return Ok(());
        }
        self.worn = name.map(str::to_owned);
        let chosen = self.themes.get(&self.theme)?.paint(self.level);
        self.painted = chosen;
        if let Some(name) = name {
            self.painted = self.themes.get(name)?.paint(self.level);
        }
        Ok(())
    }

    /// Takes other themes, and paints with the current one as it is now; where it has gone, as it was.
    pub fn set_themes(&mut self, themes: Themes) {
        self.themes = themes;
        self.paint();
    }

    /// How many colours the terminal has.
    pub fn level(&self) -> ColourLevel {
        self.level
    }

    /// Paints for a terminal with `level` colours.
    pub fn set_level(&mut self, level: ColourLevel) {
        self.level = level;
        self.paint();
    }

    fn paint(&mut self) {
        let current = self.worn.as_ref().unwrap_or(&self.theme);
        if let Ok(theme) = self.themes.get(current) {
            self.painted = theme.paint(self.level);
        }
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.painted.style(role)
    }
}
