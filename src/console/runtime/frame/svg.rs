//! A frame as a picture: SVG, for pages that cannot show a terminal. Each run of cells that look alike is one text of exactly
//! their width, so that columns stand under each other whatever font there is.
//!
//! Must not know: what is drawn.

use std::fmt::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use crate::theme::colour::rgb_of;

/// A cell in tenths of a pixel, so that no fraction is ever written otherwise than it was meant.
const CELL: (usize, usize) = (84, 180);
/// Where letters stand in their row, in tenths of a pixel.
const BASELINE: usize = 135;
/// The room around the screen, in tenths of a pixel.
const MARGIN: usize = 120;
/// The font's size in pixels; its letters are as wide as a cell.
const FONT_SIZE: usize = 14;
const FONTS: &str = "ui-monospace,'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace";

/// What is taken for a terminal's own colours.
const FRONT: (u8, u8, u8) = (216, 216, 216);
const BACK: (u8, u8, u8) = (18, 18, 18);

type Rgb = (u8, u8, u8);

/// How a run of cells looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink {
    front: Rgb,
    back: Rgb,
    modifier: Modifier,
}

impl Ink {
    fn of(cell: &Cell) -> Self {
        let colour = |colour: Color, own: Rgb| rgb_of(colour).unwrap_or(own);
        let (front, back) = (colour(cell.fg, FRONT), colour(cell.bg, BACK));
        let turned = cell.modifier.contains(Modifier::REVERSED);
        let (front, back) = if turned { (back, front) } else { (front, back) };
        Self {
            front,
            back,
            modifier: cell.modifier.difference(Modifier::REVERSED),
        }
    }
}

/// The picture of rows of cells, `columns` wide.
pub(super) fn picture<'a>(rows: impl Iterator<Item = &'a [Cell]>, columns: u16) -> String {
    let rows: Vec<&[Cell]> = rows.collect();
    let width = usize::from(columns) * CELL.0 + 2 * MARGIN;
    let height = rows.len() * CELL.1 + 2 * MARGIN;
    // The ground of the screen itself: header and footer may have others.
    let middle = rows.get(rows.len() / 2).and_then(|row| row.last());
    let ground = middle.map_or(BACK, |cell| Ink::of(cell).back);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        hex(ground),
        w = pixels(width),
        h = pixels(height),
    );
    for (y, row) in rows.into_iter().enumerate() {
        for run in runs(row) {
            run.write(y, ground, &mut svg);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Cells beside each other that look alike.
struct Run {
    x: usize,
    cells: usize,
    text: String,
    ink: Ink,
}

fn runs(row: &[Cell]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    for cell in super::cells(row) {
        let ink = Ink::of(cell);
        let cells = UnicodeWidthStr::width(cell.symbol()).max(1);
        match runs.last_mut().filter(|run| run.ink == ink) {
            Some(run) => {
                run.text.push_str(cell.symbol());
                run.cells += cells;
            }
            None => runs.push(Run {
                x,
                cells,
                text: cell.symbol().to_owned(),
                ink,
            }),
        }
        x += cells;
    }
    runs
}

impl Run {
    fn write(&self, row: usize, ground: Rgb, svg: &mut String) {
        let (x, y) = (MARGIN + self.x * CELL.0, MARGIN + row * CELL.1);
        let width = self.cells * CELL.0;
        // Nobody sees an error of writing to a String.
        if self.ink.back != ground {
            let _ = writeln!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
                pixels(x),
                pixels(y),
                pixels(width),
                pixels(CELL.1),
                hex(self.ink.back)
            );
        }
        if self.ink.modifier.contains(Modifier::UNDERLINED) {
            let _ = writeln!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"1\" fill=\"{}\"/>",
                pixels(x),
                pixels(y + BASELINE + 20),
                pixels(width),
                hex(self.ink.front)
            );
        }
        let text = self.text.trim_end_matches(' ');
        let begins = text.len() - text.trim_start_matches(' ').len();
        let text = text.trim_start_matches(' ');
        if text.is_empty() {
            return;
        }
        let mut style = String::new();
        for (modifier, attribute) in [
            (Modifier::BOLD, " font-weight=\"bold\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::DIM, " opacity=\"0.6\""),
        ] {
            if self.ink.modifier.contains(modifier) {
                style.push_str(attribute);
            }
        }
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{style} \
             xml:space=\"preserve\">{}</text>",
            pixels(x + begins * CELL.0),
            pixels(y + BASELINE),
            pixels(UnicodeWidthStr::width(text) * CELL.0),
            hex(self.ink.front),
            escaped(text)
        );
    }
}

/// Tenths of a pixel as pixels.
fn pixels(tenths: usize) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

fn hex((red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The text as XML takes it. What XML has no place for cannot be written at all.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            character if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                safe.push('\u{fffd}');
            }
            character => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn drawn(text: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        buffer.set_string(2, 0, text, style);
        picture(buffer.content().chunks(20), 20)
    }

    /// Names of elements that are still open at the end, and whether every end had its beginning.
    fn is_well_formed(svg: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        for tag in svg.split('<').skip(1) {
            let Some((tag, text)) = tag.split_once('>') else {
                return false;
            };
            let quotes = tag.matches('"').count();
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
            let loose = text.split('&').skip(1).any(|rest| {
                !["amp;", "lt;", "gt;", "quot;"]
                    .iter()
                    .any(|known| rest.starts_with(known))
            });
            if quotes % 2 != 0 || loose || text.contains(['\u{1b}', '\u{0}']) {
                return false;
            }
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return false;
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        open.is_empty()
    }

    #[test]
    fn what_looks_alike_is_one_text_of_its_width() {
        let svg = drawn(
            "ab c",
            Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD),
        );
        assert!(
            svg.contains(
                "<text x=\"28.8\" y=\"25.5\" textLength=\"33.6\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#010203\" \
                 font-weight=\"bold\" xml:space=\"preserve\">ab c</text>"
            ),
            "{svg}"
        );
        assert!(is_well_formed(&svg), "{svg}");
        assert!(svg.contains("width=\"192\" height=\"42\""), "{svg}");
    }

    #[test]
    fn wide_characters_take_two_cells_and_reverse_turns_the_colours() {
        let style = Style::new()
            .fg(Color::Indexed(196))
            .add_modifier(Modifier::REVERSED | Modifier::UNDERLINED);
        let svg = drawn("東京", style);
        assert!(
            svg.contains("textLength=\"33.6\"") && svg.contains("fill=\"#121212\""),
            "{svg}"
        );
        assert!(svg.contains("height=\"18\" fill=\"#ff0000\""), "{svg}");
        assert_eq!(svg.matches("<text").count(), 1, "{svg}");
    }

    #[test]
    fn hostile_text_cannot_leave_its_element() {
        for text in ["</text><script>", "a&b", "\"x\"", "&lt;", "]]>"] {
            let svg = drawn(text, Style::new());
            assert!(is_well_formed(&svg), "{svg}");
            assert!(!svg.contains("<script"), "{svg}");
        }
        assert_eq!(escaped("\u{1b}[2J\u{9b}"), "\u{fffd}[2J\u{fffd}");
    }
}
