//! What is written makes the terminal show the frame, and is little.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::*;
use crate::app::App;
use crate::msg::Msg;
use crate::sample::{app, press, session};
use crate::update::update;
use fleetui_fleet::session::Connection;

mod scrolling;

/// A terminal of the smallest kind: it knows how to go to a place, to set a style, to write, and to move lines between margins.
struct Emulated {
    cells: Buffer,
    at: (u16, u16),
    style: Style,
    /// One past the last row that moves.
    margin: u16,
}

impl Emulated {
    fn new(width: u16, height: u16) -> Self {
        Self {
            cells: Buffer::empty(Rect::new(0, 0, width, height)),
            at: (0, 0),
            style: Style::reset(),
            margin: height,
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let mut text = std::str::from_utf8(bytes).unwrap();
        while !text.is_empty() {
            if let Some(rest) = text.strip_prefix("\u{1b}[") {
                let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                let (parameters, what) = rest.split_at(end);
                self.sequence(parameters, what.chars().next().unwrap());
                text = &what[1..];
                continue;
            }
            let end = text.find('\u{1b}').unwrap_or(text.len());
            let (written, rest) = text.split_at(end);
            let (x, y) = self.at;
            self.at = self
                .cells
                .set_stringn(x, y, written, usize::from(u16::MAX), self.style);
            text = rest;
        }
    }

    fn sequence(&mut self, parameters: &str, what: char) {
        let numbers: Vec<u16> = parameters
            .split(';')
            .filter_map(|number| number.parse().ok())
            .collect();
        match what {
            'h' | 'l' => {}
            'J' => self.cells.reset(),
            'H' => {
                let place = |index: usize| numbers.get(index).copied().unwrap_or(1) - 1;
                self.at = (place(1), place(0));
            }
            'r' => {
                let height = self.cells.area.height;
                self.margin = numbers.get(1).copied().unwrap_or(height);
                self.at = (0, 0);
            }
            'L' | 'M' => {
                assert_eq!(
                    self.style.bg,
                    Some(Color::Reset),
                    "not every terminal fills with the same colour"
                );
                let width = usize::from(self.cells.area.width);
                let (from, to) = (usize::from(self.at.1) * width, usize::from(self.margin) * width);
                let rows = &mut self.cells.content[from..to];
                let cells = usize::from(numbers[0]) * width;
                let kept = rows.len() - cells;
                if what == 'M' {
                    rows.rotate_left(cells);
                    rows[kept..].iter_mut().for_each(Cell::reset);
                } else {
                    rows.rotate_right(cells);
                    rows[..cells].iter_mut().for_each(Cell::reset);
                }
            }
            'C' => self.at.0 += numbers.first().copied().unwrap_or(1),
            'm' => self.style(&numbers),
            other => panic!("{other}"),
        }
    }

    fn style(&mut self, codes: &[u16]) {
        let mut codes = codes.iter().copied().peekable();
        if codes.peek().is_none() {
            self.style = Style::reset();
        }
        let byte = |code: Option<u16>| u8::try_from(code.unwrap()).unwrap();
        while let Some(code) = codes.next() {
            self.style = match code {
                0 => Style::reset(),
                1 => self.style.add_modifier(Modifier::BOLD),
                2 => self.style.add_modifier(Modifier::DIM),
                3 => self.style.add_modifier(Modifier::ITALIC),
                4 => self.style.add_modifier(Modifier::UNDERLINED),
                7 => self.style.add_modifier(Modifier::REVERSED),
                38 | 48 => {
                    assert_eq!(codes.next(), Some(2));
                    let colour = Color::Rgb(byte(codes.next()), byte(codes.next()), byte(codes.next()));
                    if code == 38 {
                        self.style.fg(colour)
                    } else {
                        self.style.bg(colour)
                    }
                }
                22 => self.style.remove_modifier(Modifier::BOLD | Modifier::DIM),
                23 => self.style.remove_modifier(Modifier::ITALIC),
                24 => self.style.remove_modifier(Modifier::UNDERLINED),
                27 => self.style.remove_modifier(Modifier::REVERSED),
                39 => self.style.fg(Color::Reset),
                49 => self.style.bg(Color::Reset),
                other => panic!("{other}"),
            };
        }
    }
}

/// A console on a line whose bytes are counted, and what the terminal at its end shows.
struct OnLine {
    app: App,
    painter: Painter<Vec<u8>>,
    terminal: Emulated,
}

impl OnLine {
    fn new(mut app: App) -> Self {
        let (width, height) = app.size();
        app.drawn();
        let mut line = Self {
            app,
            painter: Painter::new(Vec::new()),
            terminal: Emulated::new(width, height),
        };
        line.paint();
        line
    }

    /// Paints what the console shows; gives the bytes that it took, and sees that the terminal shows the same.
    fn paint(&mut self) -> usize {
        let (width, height) = self.app.size();
        let mut frame = Buffer::empty(Rect::new(0, 0, width, height));
        crate::view::view(&self.app, &mut frame);
        self.painter.paint(frame.clone()).unwrap();
        let bytes = std::mem::take(self.painter.out());
        self.terminal.take(&bytes);
        bleach(&mut frame);
        bleach(&mut self.terminal.cells);
        for (shown, meant) in self.terminal.cells.content.iter().zip(&frame.content) {
            let look = |cell: &Cell| (cell.symbol().to_owned(), cell.fg, cell.bg, cell.modifier);
            assert_eq!(look(shown), look(meant));
        }
        bytes.len()
    }

    fn keys(&mut self, keys: &str) -> usize {
        press(&mut self.app, keys);
        self.paint()
    }
}

#[test]
fn anchor_71_the_terminal_shows_the_frame_and_an_idle_console_writes_nothing() {
    let mut line = OnLine::new(app((120, 40)));
    assert_eq!(line.paint(), 0);
    for keys in [
        "j", "j", "G", "g", "/ p a y", "esc", "?", "j", "q", "i", "j", "k", "ctrl-z", "ctrl-z", "s", "esc",
    ] {
        line.keys(keys);
        assert_eq!(line.paint(), 0);
    }
    // A minute passes that no age shows.
    let later = crate::sample::now() + jiff::SignedDuration::from_secs(1);
    update(
        &mut line.app,
        Msg::Fleet(vec![session("mgmt-lab", Connection::Live)]),
    );
    line.paint();
    update(&mut line.app, Msg::Tick(later));
    assert_eq!(line.paint(), 0);
    line.painter.forget();
    assert!(line.paint() > 1_000);
}

/// A console over one cluster of many machines, with the cursor on the first of them.
fn among_machines(pane: bool) -> OnLine {
    let names: Vec<(String, String)> = (0..30)
        .map(|n| (format!("m{n:04}"), format!("node-{n}")))
        .collect();
    let workers: Vec<(&str, &str)> = names
        .iter()
        .map(|(name, node)| (name.as_str(), node.as_str()))
        .collect();
    let cluster = crate::sample::cluster("payments", &workers, None);
    let told = vec![
        session("mgmt-tokyo", Connection::Live),
        crate::sample::objects("mgmt-tokyo", &cluster),
    ];
    let mut app = crate::sample::app_with(crate::sample::options((120, 40)), told);
    if !pane {
        press(&mut app, "i");
    }
    press(&mut app, "/ m 0 0 0 0 enter");
    press(&mut app, "esc");
    let mut line = OnLine::new(app);
    while !crate::sample::plain(&line.app).contains("Machine default/payments-md-0-x4b-m0001") {
        line.keys("j");
    }
    line
}

#[test]
fn anchor_71_a_move_of_the_cursor_costs_little() {
    let mut line = among_machines(false);
    let moves: Vec<usize> = (0..16).map(|_| line.keys("j")).collect();
    assert!(
        moves.iter().all(|bytes| (1..200).contains(bytes)),
        "pane closed: {moves:?}"
    );
    let mut line = among_machines(true);
    let moves: Vec<usize> = (0..8).map(|_| line.keys("j")).collect();
    assert!(
        moves.iter().all(|bytes| (1..300).contains(bytes)),
        "pane open: {moves:?}"
    );
    // From kind to kind the keys that mean something are others, and the line about the row is another one.
    for (pane, most) in [("i", 500), ("i i", 1_500)] {
        let mut line = OnLine::new(app((120, 40)));
        line.keys(pane);
        let moves: Vec<usize> = (0..12).map(|_| line.keys("j")).collect();
        assert!(moves.iter().all(|bytes| *bytes < most), "{pane}: {moves:?}");
    }
}

#[test]
fn anchor_71_a_row_that_changes_costs_little_more_than_it_says() {
    let mut line = OnLine::new(app((120, 40)));
    let owner = ("MachineSet", "payments-md-0-x4b");
    let machine = crate::sample::machine("payments", owner, "2hx7l", Err("no host"));
    update(
        &mut line.app,
        Msg::Fleet(vec![crate::sample::objects("mgmt-tokyo", &[machine])]),
    );
    let bytes = line.paint();
    assert!((1..700).contains(&bytes), "{bytes} bytes");
}

#[test]
fn wide_characters_and_the_end_of_a_row_leave_nothing_behind() {
    let area = Rect::new(0, 0, 8, 2);
    let mut painter = Painter::new(Vec::new());
    let mut terminal = Emulated::new(8, 2);
    let texts = ["東京東京", "abcdefgh", "a東b京c", "é…·│x", "", "ａｂ"];
    for (index, text) in texts.into_iter().enumerate() {
        let mut frame = Buffer::empty(area);
        let style = if index % 2 == 0 {
            Style::new()
        } else {
            Style::new().bg(Color::Rgb(9, 9, 9))
        };
        frame.set_string(0, 0, text, style);
        frame.set_string(0, 1, text, Style::new());
        painter.paint(frame.clone()).unwrap();
        terminal.take(&std::mem::take(painter.out()));
        let symbols = |buffer: &Buffer| -> Vec<String> {
            let rows = buffer.content().chunks(8);
            rows.map(|row| super::super::frame::cells(row).map(Cell::symbol).collect())
                .collect()
        };
        assert_eq!(symbols(&terminal.cells), symbols(&frame), "{text}");
    }
}

#[test]
fn whatever_the_order_of_the_strokes_the_terminal_shows_the_frame() {
    let area = Rect::new(0, 0, 12, 3);
    let styles = [
        Style::new(),
        Style::new().fg(Color::Rgb(1, 2, 3)),
        Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Rgb(9, 9, 9)),
        Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Style::new()
            .bg(Color::Rgb(9, 9, 9))
            .add_modifier(Modifier::REVERSED),
    ];
    let symbols = ["a", "b", " ", " ", "✖", "…"];
    let mut painter = Painter::new(Vec::new());
    let mut terminal = Emulated::new(12, 3);
    let mut state: usize = 7;
    let mut any = |of: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % of
    };
    let mut frame = Buffer::empty(area);
    for round in 0..500 {
        for cell in &mut frame.content {
            if any(3) == 0 {
                cell.reset();
                cell.set_symbol(symbols[any(symbols.len())]);
                cell.set_style(styles[any(styles.len())]);
            }
        }
        painter.paint(frame.clone()).unwrap();
        terminal.take(&std::mem::take(painter.out()));
        let (mut shown, mut meant) = (terminal.cells.clone(), frame.clone());
        bleach(&mut shown);
        bleach(&mut meant);
        let look = |cell: &Cell| (cell.symbol().to_owned(), cell.fg, cell.bg, cell.modifier);
        let differs = shown
            .content
            .iter()
            .zip(&meant.content)
            .position(|(shown, meant)| look(shown) != look(meant));
        assert_eq!(differs, None, "round {round}");
    }
}

#[test]
fn styles_that_take_turns_are_written_once_each() {
    let area = Rect::new(0, 0, 120, 1);
    let (key, word) = (
        Style::new()
            .fg(Color::Rgb(127, 209, 196))
            .add_modifier(Modifier::BOLD),
        Style::new().fg(Color::Rgb(154, 167, 180)),
    );
    let mut painter = Painter::new(Vec::new());
    painter.paint(Buffer::empty(area)).unwrap();
    painter.out().clear();
    let mut frame = Buffer::empty(area);
    for hint in 0..10_u16 {
        frame.set_string(hint * 12, 0, "k", key);
        frame.set_string(hint * 12 + 2, 0, "replicas", word);
    }
    painter.paint(frame).unwrap();
    let text = String::from_utf8(std::mem::take(painter.out())).unwrap();
    assert_eq!(text.matches("38;2;").count(), 2, "{text:?}");
    assert!(text.len() < 250, "{} bytes: {text:?}", text.len());
}
