//! Bytes on the line to a terminal of 120x40 in 24-bit colours, which is what a person waits for over SSH. With
//! `FLEETUI_BENCH_SHOW` in the environment the bytes themselves are printed as well.

use fleetui_console::chord::sequence;
use fleetui_console::{App, AppOptions, Msg, Painter, update, view};
use fleetui_fleet::Update;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::measure::print_figure;

/// The terminal that is drawn on.
const SIZE: (u16, u16) = (120, 40);

/// Moves that are looked at: as many as there is room for before rows scroll, then some of which most scroll.
const MOVES: usize = 16;
const SCROLLING: usize = 60;

/// What is drawn.
pub(crate) struct Fleets {
    /// Many machines of few clusters: moves go from machine to machine.
    pub(crate) machines: Vec<Update>,
    /// One of those machines has changed.
    pub(crate) again: Vec<Update>,
    /// Many clusters of one machine: every move comes to another kind.
    pub(crate) kinds: Vec<Update>,
}

/// Measures bytes over fleets.
pub(crate) fn measure(fleets: Fleets, now: Timestamp) {
    let Some(mut line) = Line::over(fleets.machines, now) else {
        return;
    };
    line.painter.forget();
    print_figure("bytes of a full repaint, 120x40", &line.paint().to_string());
    line.keys("*");
    // Among the machines.
    let beginning = (0..SCROLLING).find(|_| {
        line.keys("j");
        line.is_on(" Machine ")
    });
    if beginning.is_none() {
        return print_figure("no machine is near", "");
    }
    moves(
        &mut line,
        MOVES,
        "bytes of a cursor move, machine to machine, pane open",
    );
    moves(&mut line, SCROLLING, "the same, most of them scroll");
    line.keys("i");
    line.keys("g");
    let _ = (0..SCROLLING).find(|_| {
        line.keys("j");
        line.is_on(" Machine ")
    });
    moves(
        &mut line,
        MOVES,
        "bytes of a cursor move, machine to machine, pane closed",
    );
    moves(&mut line, SCROLLING, "the same, most of them scroll");
    line.keys("g");
    update(&mut line.app, Msg::Fleet(fleets.again));
    print_figure("bytes of one changed row", &line.paint().to_string());
    // Idle: the clock goes on for a minute, and no age on the screen is that young.
    let mut idle = 0;
    for second in 1..=60 {
        update(&mut line.app, Msg::Tick(now + SignedDuration::from_secs(second)));
        idle += line.paint();
    }
    print_figure("bytes of an idle minute", &idle.to_string());
    let Some(mut line) = Line::over(fleets.kinds, now) else {
        return;
    };
    line.keys("*");
    moves(
        &mut line,
        MOVES,
        "bytes of a cursor move, kind to kind, pane open",
    );
    line.keys("i g");
    moves(
        &mut line,
        MOVES,
        "bytes of a cursor move, kind to kind, pane closed",
    );
    moves(&mut line, SCROLLING, "the same, most of them scroll");
}

fn moves(line: &mut Line, count: usize, name: &str) {
    let mut bytes: Vec<usize> = (0..count).map(|_| line.keys("j")).collect();
    bytes.sort_unstable();
    let at = |share: usize| bytes.get(bytes.len() * share / 100).copied().unwrap_or_default();
    let last = bytes.last().copied().unwrap_or_default();
    print_figure(name, &format!("p50 {}  p90 {}  max {last}", at(50), at(90)));
}

/// A console and the line to its terminal.
struct Line {
    app: App,
    painter: Painter<Vec<u8>>,
}

impl Line {
    /// A console over a fleet, drawn for the first time.
    fn over(fleet: Vec<Update>, now: Timestamp) -> Option<Self> {
        let options = AppOptions::new(now).map(|options| AppOptions {
            size: SIZE,
            ..options
        });
        let app = match options.and_then(App::new) {
            Ok(app) => app,
            Err(error) => {
                print_figure("the console did not begin", &error.to_string());
                return None;
            }
        };
        let mut line = Self {
            app,
            painter: Painter::new(Vec::new()),
        };
        update(&mut line.app, Msg::Fleet(fleet));
        line.paint();
        Some(line)
    }

    /// Paints what the console shows; gives the bytes that it took.
    fn paint(&mut self) -> usize {
        let mut frame = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        view(&self.app, &mut frame);
        // A vector takes everything.
        let _ = self.painter.paint(frame);
        let bytes = std::mem::take(self.painter.out());
        if std::env::var_os("FLEETUI_BENCH_SHOW").is_some() {
            print_figure(
                "painted",
                &String::from_utf8_lossy(&bytes).escape_debug().to_string(),
            );
        }
        bytes.len()
    }

    /// Whether what is told of the row under the cursor has this in it.
    fn is_on(&self, what: &str) -> bool {
        let mut frame = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        view(&self.app, &mut frame);
        let rows = frame.content().chunks(usize::from(SIZE.0));
        let told = rows.skip(usize::from(SIZE.1) - ABOUT);
        told.into_iter().any(|row| {
            row.iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect::<String>()
                .contains(what)
        })
    }

    /// Presses keys; gives the bytes of the last one.
    fn keys(&mut self, keys: &str) -> usize {
        let keys = sequence(keys).unwrap_or_default();
        let pressed = keys.into_iter().map(|key| {
            update(&mut self.app, Msg::Key(key));
            self.paint()
        });
        pressed.last().unwrap_or_default()
    }
}

/// Lines at the bottom that tell of the row under the cursor.
const ABOUT: usize = 3;
