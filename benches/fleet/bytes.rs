//! Bytes on the line to a terminal of 120x40 in 24-bit colours, which is what a person waits for over SSH.

use fleetui_console::chord::sequence;
use fleetui_console::{App, AppOptions, Msg, Painter, update, view};
use fleetui_fleet::Update;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::measure::print_figure;

/// The terminal that is drawn on.
const SIZE: (u16, u16) = (120, 40);

/// Moves that are looked at: the cursor goes over rows of every kind.
const MOVES: usize = 60;

/// Measures bytes over a fleet. `again` tells of one row that has changed.
pub(crate) fn measure(fleet: Vec<Update>, again: Vec<Update>, now: Timestamp) {
    let options = AppOptions::new(now).map(|options| AppOptions {
        size: SIZE,
        ..options
    });
    let app = match options.and_then(App::new) {
        Ok(app) => app,
        Err(error) => return print_figure("the console did not begin", &error.to_string()),
    };
    let mut line = Line {
        app,
        painter: Painter::new(Vec::new()),
    };
    update(&mut line.app, Msg::Fleet(fleet));
    print_figure("bytes of a full repaint, 120x40", &line.paint().to_string());
    // Down among the machines, where most rows are.
    line.keys("j l j l j l");
    moves(&mut line, "bytes of a cursor move, pane open");
    line.keys("i g j l j l j l");
    moves(&mut line, "bytes of a cursor move, pane closed");
    line.keys("g");
    update(&mut line.app, Msg::Fleet(again));
    print_figure("bytes of one changed row", &line.paint().to_string());
    // Idle: the clock goes on for a minute, and no age on the screen is that young.
    let mut idle = 0;
    for second in 1..=60 {
        update(&mut line.app, Msg::Tick(now + SignedDuration::from_secs(second)));
        idle += line.paint();
    }
    print_figure("bytes of an idle minute", &idle.to_string());
}

fn moves(line: &mut Line, name: &str) {
    let mut bytes: Vec<usize> = (0..MOVES).map(|_| line.keys("j")).collect();
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
    /// Paints what the console shows; gives the bytes that it took.
    fn paint(&mut self) -> usize {
        let mut frame = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        view(&self.app, &mut frame);
        // A vector takes everything.
        let _ = self.painter.paint(frame);
        std::mem::take(self.painter.out()).len()
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
