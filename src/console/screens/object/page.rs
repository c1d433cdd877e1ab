//! Lines of prose, some of which lead to another object, and where their sections begin.

use fleetui_base::ObjectKey;

use crate::prose::Line;
use crate::theme::Role;

/// A part of the description with a title of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The way to what is at the bottom of it.
    Why,
    /// What it says of itself.
    Conditions,
    /// What it has to do with.
    Related,
    /// What happened to it.
    Timeline,
    /// What controllers told of it.
    Events,
    /// What it is.
    Facts,
    /// The whole of it.
    Yaml,
}

impl Section {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Why => "Why",
            Self::Conditions => "Conditions",
            Self::Related => "Related",
            Self::Timeline => "Timeline",
            Self::Events => "Events",
            Self::Facts => "Facts",
            Self::Yaml => "YAML",
        }
    }
}

/// Lines, which of them lead somewhere, and where sections begin.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The lines.
    pub lines: Vec<Line>,
    /// Lines that lead to an object, from top to bottom.
    pub links: Vec<(usize, ObjectKey)>,
    sections: Vec<(Section, usize)>,
}

impl Page {
    /// Begins a section.
    pub fn begin(&mut self, section: Section) {
        self.blank();
        self.sections.push((section, self.lines.len()));
        self.lines.push(Line::ours(Role::Section, section.title()));
    }

    /// Adds a line.
    pub fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Adds a line that leads to an object.
    pub fn link(&mut self, line: Line, key: ObjectKey) {
        self.links.push((self.lines.len(), key));
        self.lines.push(line);
    }

    /// Adds lines.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = Line>) {
        self.lines.extend(lines);
    }

    /// Adds an empty line, unless there is one, or nothing yet.
    fn blank(&mut self) {
        if self.lines.last().is_some_and(|last| !last.spans.is_empty()) {
            self.lines.push(Line::new());
        }
    }

    /// The line at which a section begins.
    pub fn start(&self, section: Section) -> Option<usize> {
        let mut sections = self.sections.iter();
        sections
            .find(|(known, _)| *known == section)
            .map(|(_, line)| *line)
    }
}
