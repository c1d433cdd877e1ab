//! Rows that are moved by the terminal: whatever moves, the terminal shows what it would if the frame were painted whole.

use std::num::NonZeroU16;

use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use super::super::*;
use crate::sample::press;

const SIZE: (u16, u16) = (24, 9);

/// A terminal that somebody else has written.
fn terminal((width, height): (u16, u16)) -> vt100::Parser {
    let side = |cells| NonZeroU16::new(cells).unwrap();
    vt100::Parser::new(side(height), side(width), 0)
}

/// How each cell looks. A blank has no front.
fn looks(terminal: &vt100::Parser, (width, height): (u16, u16)) -> Vec<String> {
    let screen = terminal.screen();
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    let look = |(y, x): (u16, u16)| {
        let cell = screen.cell(y, x).unwrap();
        let modifiers = (cell.bold(), cell.dim(), cell.underline(), cell.inverse());
        let blank = matches!(cell.contents(), "" | " ");
        if blank && !cell.underline() && !cell.inverse() {
            format!("{y}:{x} blank on {:?}", cell.bgcolor())
        } else {
            let colours = (cell.fgcolor(), cell.bgcolor());
            format!("{y}:{x} {:?} {colours:?} {modifiers:?}", cell.contents().trim())
        }
    };
    places.map(look).collect()
}

/// What happens to a frame.
#[derive(Debug, Clone)]
enum Step {
    /// Rows of a band go up or down, and others come in.
    Scroll {
        top: usize,
        rows: usize,
        by: usize,
        up: bool,
    },
    /// The columns behind this one stay where they are while the others scroll.
    ScrollBeside(usize, usize, bool),
    /// A text is written somewhere.
    Write(u16, u16, usize, usize),
    /// The painter is told that somebody else has drawn.
    Forget,
}

const TEXTS: [&str; 7] = [
    "│ ├─▾ alice",
    "tokyo mgmt",
    "✖ x7k2p",
    "x",
    "   ",
    "ok ok ok ok ok ok ok",
    "é…·",
];

fn styles() -> [Style; 4] {
    [
        Style::new(),
        Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Rgb(9, 9, 9)),
        Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        Style::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let (width, height) = (usize::from(SIZE.0), usize::from(SIZE.1));
    prop_oneof![
        4 => (0..height - 1, 2..=height, 1..4_usize, any::<bool>())
            .prop_map(|(top, rows, by, up)| Step::Scroll { top, rows, by, up }),
        1 => (1..width, 1..3_usize, any::<bool>()).prop_map(|(to, by, up)| Step::ScrollBeside(to, by, up)),
        5 => (0..SIZE.0, 0..SIZE.1, 0..TEXTS.len(), 0..styles().len())
            .prop_map(|(x, y, text, style)| Step::Write(x, y, text, style)),
        1 => Just(Step::Forget),
    ]
}

fn scroll(frame: &mut Buffer, (top, rows): (usize, usize), columns: usize, (by, up): (usize, bool)) {
    let width = usize::from(SIZE.0);
    let before = frame.clone();
    let end = (top + rows).min(usize::from(SIZE.1));
    for row in top..end {
        let from = if up {
            Some(row + by).filter(|from| *from < end)
        } else {
            row.checked_sub(by).filter(|from| *from >= top)
        };
        for column in 0..columns {
            frame.content[row * width + column] = match from {
                Some(from) => before.content[from * width + column].clone(),
                None => Cell::default(),
            };
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_frame_that_is_painted_upon_another_looks_like_one_that_is_painted_whole(
        steps in prop::collection::vec(prop::collection::vec(step(), 1..4), 1..16)
    ) {
        let mut frame = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
        for (row, text) in TEXTS.iter().enumerate() {
            frame.set_string(0, u16::try_from(row).unwrap(), text, styles()[row % 4]);
        }
        let mut painter = Painter::new(Vec::new());
        let mut upon = terminal(SIZE);
        for steps in steps {
            for step in steps {
                match step {
                    Step::Scroll { top, rows, by, up } => scroll(&mut frame, (top, rows), usize::from(SIZE.0), (by, up)),
                    Step::ScrollBeside(columns, by, up) => scroll(&mut frame, (0, usize::from(SIZE.1)), columns, (by, up)),
                    Step::Write(x, y, text, style) => frame.set_string(x, y, TEXTS[text], styles()[style]),
                    Step::Forget => painter.forget(),
                }
            }
            painter.paint_beyond(0, frame.clone()).unwrap();
            upon.process(&std::mem::take(painter.out()));
            let mut whole = terminal(SIZE);
            let mut anew = Painter::new(Vec::new());
            anew.paint(frame.clone()).unwrap();
            whole.process(anew.out());
            prop_assert_eq!(looks(&upon, SIZE), looks(&whole, SIZE));
        }
    }
}

/// A list of machines below a heading and above a footer, and what stands beside it.
fn list(first: usize, beside: bool) -> Buffer {
    let mut frame = Buffer::empty(Rect::new(0, 0, 80, 24));
    frame.set_string(0, 0, "fleetui   12 clusters", Style::new());
    frame.set_string(0, 23, "enter opens  / filter", Style::new());
    for row in 1..23_u16 {
        let machine = first + usize::from(row);
        let (one, other) = (machine * 7_919 % 100_000, machine * 104_729 % 100_000);
        let text = format!(" ├─ 東京-{one:05}-{other:05} Ready True v1.33.4 on node-{other:05}");
        frame.set_string(0, row, text, Style::new().fg(Color::Rgb(200, 200, 200)));
        if beside {
            frame.set_string(62, row, format!("fact {row}"), Style::new());
        }
    }
    frame
}

#[test]
fn a_list_that_scrolls_costs_little_more_than_the_row_that_comes_in() {
    for beside in [false, true] {
        let most = if beside { 600 } else { 200 };
        let mut painter = Painter::new(Vec::new());
        let mut shown = terminal((80, 24));
        for first in [0, 1, 2, 1, 0, 3] {
            let is_first = painter.shown.is_none();
            painter.paint(list(first, beside)).unwrap();
            let bytes = std::mem::take(painter.out());
            shown.process(&bytes);
            let mut whole = terminal((80, 24));
            let mut anew = Painter::new(Vec::new());
            anew.paint(list(first, beside)).unwrap();
            whole.process(anew.out());
            assert_eq!(looks(&shown, (80, 24)), looks(&whole, (80, 24)));
            let text = String::from_utf8(bytes).unwrap();
            assert!(
                is_first || first == 3 || text.len() < most,
                "{first}: {} bytes",
                text.len()
            );
        }
    }
}

#[test]
fn anchor_71_a_move_that_scrolls_costs_little() {
    for (size, most) in [((80, 24), 900), ((120, 40), 1_800)] {
        let mut app = crate::sample::app(size);
        press(&mut app, "* G");
        let frame = |app: &crate::app::App| {
            let mut frame = Buffer::empty(Rect::new(0, 0, size.0, size.1));
            crate::view::view(app, &mut frame);
            frame
        };
        let mut painter = Painter::new(Vec::new());
        let mut shown = terminal(size);
        painter.paint(frame(&app)).unwrap();
        shown.process(&std::mem::take(painter.out()));
        for _ in 0..40 {
            press(&mut app, "k");
            painter.paint(frame(&app)).unwrap();
            let bytes = std::mem::take(painter.out());
            shown.process(&bytes);
            let mut whole = terminal(size);
            let mut anew = Painter::new(Vec::new());
            anew.paint(frame(&app)).unwrap();
            whole.process(anew.out());
            assert_eq!(looks(&shown, size), looks(&whole, size));
            assert!(bytes.len() < most, "{size:?}: {} bytes", bytes.len());
        }
    }
}
