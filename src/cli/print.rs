//! The one printer of what is told of a fleet: as a table, JSON, YAML or names; once, or again whenever something changes.
//!
//! Everything that is printed may come from a server, so that all of it is made safe for a terminal here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use clap::ValueEnum;
use fleetui_base::{GroupKind, Shown};
use serde_json::{Value, json};

/// How something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// A table
    #[default]
    Table,
    /// A table with more columns
    Wide,
    /// JSON; with --watch one line whenever something changes
    Json,
    /// YAML; with --watch one document whenever something changes
    Yaml,
    /// Names alone, KIND.GROUP/NAME as kubectl writes them; with --columns management,namespace,name --no-headers those of
    /// several management clusters are told apart
    Name,
}

/// A line on stdout, safe for the terminal.
pub(crate) fn line(line: &str) {
    // Whoever reads may have seen enough.
    let _ = writeln!(io::stdout(), "{}", Shown::line(line));
}

/// Lines on stdout, each safe for the terminal.
///
/// # Errors
/// They cannot be written.
pub(crate) fn lines<'t>(all: impl IntoIterator<Item = &'t str>) -> io::Result<()> {
    seen_enough(lines_to(&mut io::stdout().lock(), all))
}

fn lines_to<'t>(out: &mut impl Write, all: impl IntoIterator<Item = &'t str>) -> io::Result<()> {
    for line in all {
        writeln!(out, "{}", Shown::line(line))?;
    }
    out.flush()
}

/// A text on stdout, which is safe already.
///
/// # Errors
/// It cannot be written.
pub(crate) fn text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    seen_enough(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Whoever reads may have seen enough, which is no failure: what was begun goes on.
fn seen_enough(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// An object as `kubectl -o name` writes it: `machine.cluster.x-k8s.io/a`.
pub(crate) fn name_of(kind: &GroupKind, name: &str) -> String {
    let lower = kind.kind.to_lowercase();
    if kind.group.is_empty() {
        format!("{lower}/{name}")
    } else {
        format!("{lower}.{}/{name}", kind.group)
    }
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    title: Cow<'static, str>,
    /// Whether it is only there where more columns are asked for.
    wide: bool,
    /// Whether its cells change by time alone, which is no news.
    ticks: bool,
}

impl Column {
    /// A column that is always there.
    pub(crate) fn new(title: impl Into<Cow<'static, str>>) -> Self {
        Self {
            title: title.into(),
            wide: false,
            ticks: false,
        }
    }

    /// What stands over it.
    #[cfg(test)]
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// The same, only where more columns are asked for.
    pub(crate) fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// The same, with cells that change by time alone.
    pub(crate) fn ticking(self) -> Self {
        Self { ticks: true, ..self }
    }
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// What it is among the rows, whatever its cells say.
    pub(crate) id: String,
    /// What `-o name` prints; empty for what is no object, such as a heading.
    pub(crate) name: String,
    /// One text for each column.
    pub(crate) cells: Vec<String>,
    /// The same for programs.
    pub(crate) document: Value,
}

/// What is printed of a fleet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    /// `MachineList`.
    pub(crate) kind: &'static str,
    /// The columns.
    pub(crate) columns: Vec<Column>,
    /// The rows.
    pub(crate) rows: Vec<Entry>,
    /// What programs get in the place of the rows' documents, where those do not stand in a list.
    pub(crate) nested: Option<Vec<Value>>,
    /// Whether a row means nothing without the others (a tree), so that all are printed again when one changes.
    pub(crate) whole: bool,
    /// What is said where there is no row.
    pub(crate) empty: String,
    /// What was asked for by its name and is not there, each in a sentence; told in the place of that.
    pub(crate) missing: Vec<String>,
    /// Whether something is not as it should be.
    pub(crate) faults: bool,
    /// Whether what could not be read is told as a fault of its own among the rows.
    pub(crate) tells_unread: bool,
}

/// Prints pages: the first whole, of the later ones what has changed.
pub(crate) struct Printer<W> {
    out: W,
    output: Output,
    /// Whether there may be more than one page.
    watch: bool,
    headers: bool,
    widths: Vec<usize>,
    /// What stands in the place of a cell without text.
    empty: &'static str,
    before: Option<Before>,
}

/// What was printed last.
enum Before {
    Rows(BTreeMap<String, Vec<String>>),
    Document(Value),
}

/// What stands in the place of a cell without text in a table, so that cells can be counted.
const EMPTY: &str = "-";
/// What stands between columns.
const BETWEEN: &str = "   ";
/// The last cell of a row that is not there any more.
const GONE: &str = "(gone)";

impl<W: Write> Printer<W> {
    /// A printer that has printed nothing.
    pub(crate) fn new(out: W, output: Output, watch: bool, headers: bool) -> Self {
        Self {
            out,
            output,
            watch,
            headers,
            widths: Vec::new(),
            empty: EMPTY,
            before: None,
        }
    }

    /// Prints a page, or what has changed since the last one.
    pub(crate) fn print(&mut self, page: &Page) -> io::Result<()> {
        match self.output {
            Output::Json | Output::Yaml => self.document(page)?,
            Output::Table | Output::Wide | Output::Name => self.rows(page)?,
        }
        self.out.flush()
    }

    fn document(&mut self, page: &Page) -> io::Result<()> {
        let items: Vec<&Value> = match &page.nested {
            Some(nested) => nested.iter().collect(),
            None => page.rows.iter().map(|row| &row.document).collect(),
        };
        let document = json!({"kind": page.kind, "items": items});
        if matches!(&self.before, Some(Before::Document(before)) if *before == document) {
            return Ok(());
        }
        let text = match (self.output, self.watch) {
            (Output::Yaml, true) => format!("---\n{}", yaml(&document)?),
            (Output::Yaml, false) => yaml(&document)?,
            (_, true) => json_line(&document),
            (_, false) => json_text(&document)?,
        };
        self.out.write_all(text.as_bytes())?;
        self.before = Some(Before::Document(document));
        Ok(())
    }

    fn rows(&mut self, page: &Page) -> io::Result<()> {
        let shown = self.shown(page);
        // A tree is read by people, who see its columns better without signs in them.
        self.empty = if page.whole { "" } else { EMPTY };
        let cells_of = |entry: &Entry| -> Vec<String> {
            if self.output == Output::Name {
                return vec![Shown::line(&entry.name).to_string()];
            }
            let cells = shown.iter().map(|at| entry.cells.get(*at));
            cells
                .map(|cell| Shown::line(cell.map_or("", String::as_str)).to_string())
                .collect()
        };
        let is_named = |entry: &&Entry| self.output != Output::Name || !entry.name.is_empty();
        let rows: Vec<(&str, Vec<String>)> = page
            .rows
            .iter()
            .filter(is_named)
            .map(|entry| (entry.id.as_str(), cells_of(entry)))
            .collect();
        let news = News::of(self.before.take(), &rows, page, &shown);
        for (_, cells) in &rows {
            self.widen(cells);
        }
        if news.first && self.headers && self.output != Output::Name && !rows.is_empty() {
            let titles: Vec<String> = shown
                .iter()
                .filter_map(|at| page.columns.get(*at))
                .map(|column| Shown::line(&column.title).to_string())
                .collect();
            self.widen(&titles);
            self.line(&titles)?;
        }
        if news.again && !rows.is_empty() {
            self.out.write_all(b"\n")?;
        }
        for cells in news.printed {
            self.line(cells)?;
        }
        for cells in news.gone {
            self.line(&cells)?;
        }
        // A table that begins with nothing has its titles before its first row.
        if !(news.first && rows.is_empty()) {
            let kept = rows.into_iter().map(|(id, cells)| (id.to_owned(), cells));
            self.before = Some(Before::Rows(kept.collect()));
        }
        Ok(())
    }

    /// Which columns are printed.
    fn shown(&self, page: &Page) -> Vec<usize> {
        let columns = page.columns.iter().enumerate();
        columns
            .filter(|(_, column)| !column.wide || self.output == Output::Wide)
            .map(|(at, _)| at)
            .collect()
    }

    fn widen(&mut self, cells: &[String]) {
        self.widths.resize(self.widths.len().max(cells.len()), 0);
        for (width, cell) in self.widths.iter_mut().zip(cells) {
            *width = (*width).max(Shown::line(cell).width());
        }
    }

    fn line(&mut self, cells: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for (at, cell) in cells.iter().enumerate() {
            let last = at + 1 == cells.len();
            let cell = if cell.is_empty() && !last {
                self.empty
            } else {
                cell
            };
            line.push_str(cell);
            if !last {
                let width = self.widths.get(at).copied().unwrap_or(0);
                let blanks = width.saturating_sub(Shown::line(cell).width());
                line.extend(std::iter::repeat_n(' ', blanks));
                line.push_str(BETWEEN);
            }
        }
        writeln!(self.out, "{}", line.trim_end())
    }
}

/// Which rows of a page are printed.
struct News<'a> {
    /// Whether it is the first page.
    first: bool,
    /// Whether everything is printed although much of it was printed before.
    again: bool,
    printed: Vec<&'a [String]>,
    gone: Vec<Vec<String>>,
}

impl<'a> News<'a> {
    fn of(before: Option<Before>, rows: &'a [(&str, Vec<String>)], page: &Page, shown: &[usize]) -> Self {
        let all = || rows.iter().map(|(_, cells)| cells.as_slice()).collect();
        let Some(Before::Rows(mut before)) = before else {
            return Self {
                first: true,
                again: false,
                printed: all(),
                gone: Vec::new(),
            };
        };
        let ticks = |at: usize| {
            let column = shown.get(at).and_then(|at| page.columns.get(*at));
            column.is_some_and(|column| column.ticks)
        };
        let same = |old: &[String], new: &[String]| {
            old.len() == new.len()
                && (old.iter().zip(new).enumerate()).all(|(at, (old, new))| old == new || ticks(at))
        };
        let mut printed = Vec::new();
        for (id, cells) in rows {
            if before.remove(*id).is_none_or(|old| !same(&old, cells)) {
                printed.push(cells.as_slice());
            }
        }
        let gone: Vec<Vec<String>> = before.into_values().map(gone).collect();
        if page.whole {
            let news = !printed.is_empty() || !gone.is_empty();
            return Self {
                first: false,
                again: news,
                printed: if news { all() } else { Vec::new() },
                gone: Vec::new(),
            };
        }
        Self {
            first: false,
            again: false,
            printed,
            gone,
        }
    }
}

/// The last cells of a row that is not there any more.
fn gone(mut cells: Vec<String>) -> Vec<String> {
    match cells.as_mut_slice() {
        [only] => {
            only.push(' ');
            only.push_str(GONE);
        }
        [.., last] => GONE.clone_into(last),
        [] => {}
    }
    cells
}

/// JSON over many lines, as one reads it.
pub(crate) fn json_text(document: &Value) -> io::Result<String> {
    let mut text = safe_json(&serde_json::to_string_pretty(document)?);
    text.push('\n');
    Ok(text)
}

/// JSON in one line.
pub(crate) fn json_line(document: &Value) -> String {
    format!("{}\n", safe_json(&document.to_string()))
}

/// YAML. What would steer a terminal is written so that one sees it.
pub(crate) fn yaml(document: &Value) -> io::Result<String> {
    let text = serde_yaml::to_string(document).map_err(io::Error::other)?;
    let mut safe = String::with_capacity(text.len());
    for line in Shown::lines(&text) {
        safe.push_str(line.as_str());
        safe.push('\n');
    }
    Ok(safe)
}

/// JSON means the same with these characters escaped, which stand in its texts alone; raw they would steer a terminal.
fn safe_json(text: &str) -> String {
    let is_safe = |character: char| {
        character == '\n' || (' '..'\u{7f}').contains(&character) || {
            let mut bytes = [0; 4];
            let alone: &str = character.encode_utf8(&mut bytes);
            Shown::line(alone).as_str() == alone
        }
    };
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_safe(character) {
            safe.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a String does not fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe
}

#[cfg(test)]
mod tests;
