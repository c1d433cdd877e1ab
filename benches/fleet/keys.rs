//! From a key to a frame, as the loop does it: decide, draw, find what differs. Without the terminal itself.

use std::time::Duration;

use fleetui_console::chord::sequence;
use fleetui_console::{App, AppOptions, Msg, update, view};
use fleetui_fleet::Update;
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::measure::{Samples, Stopwatch, print_figure};

/// The terminal that is drawn on.
const SIZE: (u16, u16) = (200, 60);

/// Measures frames and keys over the whole fleet.
pub(crate) fn measure(fleet: Vec<Update>, changes: Vec<Update>, now: Timestamp) {
    let mut app = match AppOptions::new(now).and_then(|options| {
        App::new(AppOptions {
            size: SIZE,
            ..options
        })
    }) {
        Ok(app) => app,
        Err(error) => return print_figure("the console did not begin", &error.to_string()),
    };
    update(&mut app, Msg::Resize(SIZE.0, SIZE.1));
    let mut arriving = Samples::new("the console takes in the whole fleet");
    arriving.time(|| update(&mut app, Msg::Fleet(fleet)));
    arriving.print();

    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let mut drawing = Samples::new("draw 200x60 over 100,000 rows");
    for _ in 0..500 {
        let mut buffer = Buffer::empty(area);
        drawing.time(|| view(&app, &mut buffer));
    }
    drawing.print();

    let rounds: [(&'static str, &str, usize); 6] = [
        ("key to frame: one row down", "j", 2000),
        ("key to frame: one page down", "pgdown", 500),
        ("key to frame: to the end and back", "G g", 100),
        ("key to frame: fold and unfold a management cluster", "g h l", 30),
        (
            "key to frame: a letter of a filter",
            "/ c l u s t e r - 0 0 4 2 esc",
            5,
        ),
        ("key to frame: faults only, and all again", "ctrl-z ctrl-z", 20),
    ];
    let mut before = Buffer::empty(area);
    view(&app, &mut before);
    for (name, keys, times) in rounds {
        let mut samples = Samples::new(name);
        let Ok(keys) = sequence(keys) else {
            return print_figure("no keys", keys);
        };
        for _ in 0..times {
            for key in &keys {
                before = samples.time(|| {
                    update(&mut app, Msg::Key(*key));
                    let mut buffer = Buffer::empty(area);
                    view(&app, &mut buffer);
                    std::hint::black_box(before.diff(&buffer).len());
                    buffer
                });
            }
        }
        samples.print();
    }
    // What comes in between two draws, at most ten a second, is worked in by shares: a key waits for no more than one of them.
    let mut samples = Samples::new("take in 100 changed Machines of 100 clusters, and draw");
    let mut shares = Samples::new("of that, what a key may have to wait for");
    for change in changes {
        let mut buffer = Buffer::empty(area);
        let mut whole = Duration::ZERO;
        let mut message = Msg::Told(vec![change]);
        loop {
            let share = Stopwatch::start();
            update(&mut app, message);
            let is_last = !app.is_behind();
            if is_last {
                view(&app, &mut buffer);
            }
            shares.add(share.elapsed());
            whole += share.elapsed();
            if is_last {
                break;
            }
            message = Msg::GoOn;
        }
        samples.add(whole);
    }
    samples.print();
    shares.print();
}
