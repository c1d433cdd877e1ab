//! How the screen looks at the moment: theme, colours, signs.

use ratatui::style::Style;

use crate::glyphs::Glyphs;
use crate::theme::{ColourLevel, Painted, Role, Themes};

/// How the screen looks at the moment.
#[derive(Debug)]
pub struct Look {
    /// The signs.
    pub glyphs: Glyphs,
    /// The theme's name.
    pub theme: String,
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
            themes,
            level,
            painted,
        })
    }

    /// Changes the theme.
    pub fn set_theme(&mut self, name: &str) -> Result<(), String> {
        self.painted = self.themes.get(name)?.paint(self.level);
        name.clone_into(&mut self.theme);
        Ok(())
    }

    /// Takes other themes, and paints with the current one as it is now; where it has gone, as it was.
    pub fn set_themes(&mut self, themes: Themes) {
        self.themes = themes;
        if let Ok(theme) = self.themes.get(&self.theme) {
            self.painted = theme.paint(self.level);
        }
    }

    /// Paints for a terminal with `level` colours.
    pub fn set_level(&mut self, level: ColourLevel) {
        self.level = level;
        if let Ok(theme) = self.themes.get(&self.theme) {
            self.painted = theme.paint(level);
        }
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.painted.style(role)
    }
}
