//! The table of a description: columns as wide as what is in them, colours as escape sequences where they are wanted.

use fleetui_base::Shown;

use super::View;
use super::rows::{Cell, Paint};

const COLUMNS: [&str; 9] = [
    "NAME",
    "REPLICAS",
    "AVAILABLE",
    "READY",
    "UP TO DATE",
    "STATUS",
    "REASON",
    "SINCE",
    "MESSAGE",
];
const OLD_COLUMNS: [&str; 6] = ["NAME", "READY", "SEVERITY", "REASON", "SINCE", "MESSAGE"];

/// Cells between a title and the next one.
const BEHIND_TITLES: usize = 1;

/// What clusterctl's newer table puts behind a painted cell and the blanks that follow.
const RESET: &str = "\u{1b}[0m";

/// Prints the lines under their titles.
pub(super) fn table(view: View, rows: &[Vec<Cell>], colour: bool) -> String {
    let (titles, behind_cells) = match view {
        View::V1Beta2 => (&COLUMNS[..], 2),
        View::V1Beta1 => (&OLD_COLUMNS[..], 1),
    };
    let lines: Vec<Vec<Text>> = rows.iter().flat_map(|row| lines(row, colour)).collect();
    let mut widths: Vec<usize> = titles.iter().map(|title| title.len() + BEHIND_TITLES).collect();
    for line in &lines {
        for (width, text) in widths.iter_mut().zip(line) {
            *width = (*width).max(text.width + behind_cells);
        }
    }
    let mut table = String::new();
    for (title, width) in titles.iter().zip(&widths) {
        table.push_str(title);
        table.push_str(&" ".repeat(width.saturating_sub(title.len())));
    }
    table.push('\n');
    for line in &lines {
        for (text, width) in line.iter().zip(&widths) {
            table.push_str(&text.written);
            table.push_str(&" ".repeat(width.saturating_sub(text.width)));
            if text.is_painted && view == View::V1Beta2 {
                table.push_str(RESET);
            }
        }
        table.push('\n');
    }
    table
}

/// What is written of a cell, and how many cells of a terminal it takes.
#[derive(Default, Clone)]
struct Text {
    written: String,
    width: usize,
    is_painted: bool,
}

/// A row as lines: messages of the older view may have several.
fn lines(row: &[Cell], colour: bool) -> Vec<Vec<Text>> {
    let cells: Vec<Vec<Text>> = row.iter().map(|cell| texts(cell, colour)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|line| {
            cells
                .iter()
                .map(|cell| cell.get(line).cloned().unwrap_or_default())
                .collect()
        })
        .collect()
}

fn texts(cell: &Cell, colour: bool) -> Vec<Text> {
    let mut texts = vec![Text::default()];
    for span in cell {
        for (index, line) in span.text.split('\n').enumerate() {
            if index > 0 {
                texts.push(Text::default());
            }
            let shown = Shown::line(line);
            if let Some(text) = texts.last_mut() {
                text.width += shown.width();
                let codes = codes(span.paint).filter(|_| colour);
                text.is_painted |= codes.is_some();
                let (on, off) = codes.unwrap_or_default();
                for part in [on, shown.as_str(), off] {
                    text.written.push_str(part);
                }
            }
        }
    }
    texts
}

/// The escape sequences before and behind.
fn codes(paint: Paint) -> Option<(&'static str, &'static str)> {
    match paint {
        Paint::None => None,
        Paint::Grey => Some(("\u{1b}[90m", "\u{1b}[0m")),
        Paint::Red => Some(("\u{1b}[31m", "\u{1b}[0m")),
        Paint::Green => Some(("\u{1b}[32m", "\u{1b}[0m")),
        Paint::Yellow => Some(("\u{1b}[33m", "\u{1b}[0m")),
        Paint::White => Some(("\u{1b}[37m", "\u{1b}[0m")),
        Paint::Cyan => Some(("\u{1b}[36m", "\u{1b}[0m")),
        Paint::Bold => Some(("\u{1b}[1m", "\u{1b}[22m")),
        Paint::BoldWhite => Some(("\u{1b}[37;1m", "\u{1b}[0;22m")),
    }
}
