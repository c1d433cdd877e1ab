//! One settled frame without a terminal: for `fleetui frame`, and for tests of the whole.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use fleetui_base::{SharedClock, Shown};
use fleetui_fleet::Update;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use tokio::sync::mpsc;
use tokio::time::timeout;
use unicode_width::UnicodeWidthStr;

use super::Fleet;
use super::work::Work;
use crate::app::{App, AppError, AppOptions};
use crate::chord::Chord;
use crate::effect::{Action, Answer, Effect, Failure, FailureKind, Outcome};
use crate::msg::Msg;
use crate::update::update;

/// After the last update nothing more may come for so long.
const QUIET: Duration = Duration::from_millis(150);

/// What frame is wanted.
#[derive(Clone)]
pub struct FrameConfig {
    /// How the console begins, its size included.
    pub options: AppOptions,
    /// The time.
    pub clock: SharedClock,
    /// Keys that are pressed once everything has settled.
    pub keys: Vec<Chord>,
    /// How long everything may take.
    pub limit: Duration,
}

impl std::fmt::Debug for FrameConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameConfig")
            .field("keys", &self.keys)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The console could not begin.
    #[error(transparent)]
    App(#[from] AppError),
    /// It took too long; the management clusters that were not ready by then.
    #[error("not settled after {seconds} s: {waiting}")]
    TimedOut {
        /// The limit.
        seconds: u64,
        /// What was waited for.
        waiting: String,
    },
}

/// A frame.
#[derive(Debug, Clone)]
pub struct Frame {
    buffer: Buffer,
    /// Whether the keys have left the console, so that there is nothing to see.
    left: bool,
}

/// What is printed of a console that was left.
const LEFT: &str = "the console was left\n";

/// Waits until every session is live or says why it is not, presses the keys, waits for what they asked for, and
/// gives the frame.
pub async fn frame<F: Fleet>(
    config: FrameConfig,
    fleet: Arc<F>,
    updates: mpsc::Receiver<Update>,
) -> Result<Frame, FrameError> {
    let size = config.options.size;
    let keys = config.keys;
    let app = App::new(config.options)?;
    let mut settling = Settling {
        app,
        work: Work::new(fleet),
        updates,
        clock: config.clock,
        quit: false,
    };
    let done = timeout(config.limit, async {
        settling.settle().await;
        for key in keys {
            settling.message(Msg::Tick(settling.clock.now()));
            settling.message(Msg::Key(key));
            settling.answers().await;
            if settling.quit {
                break;
            }
        }
        settling.settle().await;
    });
    if done.await.is_err() {
        return Err(FrameError::TimedOut {
            seconds: config.limit.as_secs(),
            waiting: settling.waiting(),
        });
    }
    settling.message(Msg::Tick(settling.clock.now()));
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    crate::view::view(&settling.app, &mut buffer);
    Ok(Frame {
        buffer,
        left: settling.quit,
    })
}

struct Settling<F> {
    app: App,
    work: Work<F>,
    updates: mpsc::Receiver<Update>,
    clock: SharedClock,
    quit: bool,
}

impl<F: Fleet> Settling<F> {
    /// Takes updates until every session has settled and nothing more comes.
    async fn settle(&mut self) {
        loop {
            match timeout(QUIET, self.updates.recv()).await {
                Ok(Some(first)) => self.take(first),
                Ok(None) => return,
                Err(_) if self.settled() => return,
                Err(_) => {}
            }
        }
    }

    fn take(&mut self, first: Update) {
        let mut told = vec![first];
        while let Ok(next) = self.updates.try_recv() {
            told.push(next);
        }
        self.message(Msg::Tick(self.clock.now()));
        self.message(Msg::Fleet(told));
    }

    fn settled(&self) -> bool {
        self.app
            .fleet()
            .sessions()
            .all(|session| session.connection.is_settled())
    }

    fn waiting(&self) -> String {
        let sessions = self
            .app
            .fleet()
            .sessions()
            .filter(|session| !session.connection.is_settled());
        let names: Vec<_> = sessions
            .map(|session| {
                format!(
                    "{} is {}",
                    session.management_cluster,
                    crate::connection::word(&session.connection)
                )
            })
            .collect();
        if names.is_empty() {
            "an answer to a key".to_owned()
        } else {
            names.join(", ")
        }
    }

    /// Waits for everything that keys have asked for; what sessions tell meanwhile is taken.
    async fn answers(&mut self) {
        while !self.work.is_idle() {
            tokio::select! {
                outcome = self.work.next() => self.message(Msg::Outcome(outcome)),
                Some(first) = self.updates.recv() => self.take(first),
                // Abandoned requests end without an outcome; the set is looked at again.
                () = tokio::time::sleep(QUIET) => {}
            }
        }
    }

    fn message(&mut self, message: Msg) {
        for effect in update(&mut self.app, message) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect.action {
            Action::Ask(request) => {
                if let Some(outcome) = self.work.begin(effect.id, request) {
                    update(&mut self.app, Msg::Outcome(outcome));
                }
            }
            Action::Abandon(id) => self.work.abandon(id),
            Action::Layers(layers) => self.work.show_layers(layers),
            // There is no terminal to copy to or to draw anew.
            Action::Copy(_)
            | Action::Redraw
            | Action::Stop
            | Action::Retake
            | Action::Keep(_)
            | Action::Bookmark(..)
            | Action::Save { .. } => {}
            Action::Lend(_) => {
                let message = Shown::ours("that needs a terminal");
                let answer = Answer::Failed(Failure {
                    kind: FailureKind::Refused,
                    message,
                });
                update(
                    &mut self.app,
                    Msg::Outcome(Outcome {
                        id: effect.id,
                        answer,
                    }),
                );
            }
            Action::Quit | Action::Demo => self.quit = true,
        }
    }
}

impl Frame {
    /// The frame of a state, at the size of its layout; for tests and figures.
    pub fn of(app: &App) -> Self {
        let mut buffer = Buffer::empty(app.layout.area);
        crate::view::view(app, &mut buffer);
        Self { buffer, left: false }
    }

    /// The text, one line for each row, without blanks at the ends.
    pub fn plain(&self) -> String {
        if self.left {
            return LEFT.to_owned();
        }
        let mut text = String::new();
        for row in self.rows() {
            let mut line = String::new();
            for cell in cells(row) {
                line.push_str(cell.symbol());
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The text with its colours, as a terminal takes them.
    pub fn ansi(&self) -> String {
        if self.left {
            return LEFT.to_owned();
        }
        let mut text = String::new();
        for row in self.rows() {
            let mut last = Style::reset();
            for cell in cells(row) {
                let style = cell.style();
                if style != last {
                    sgr(&mut text, style);
                    last = style;
                }
                text.push_str(cell.symbol());
            }
            text.push_str("\u{1b}[0m\n");
        }
        text
    }

    fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.buffer
            .content()
            .chunks(usize::from(self.buffer.area.width).max(1))
    }
}

/// The cells of a row without those that a wide character before them covers.
fn cells(row: &[Cell]) -> impl Iterator<Item = &Cell> {
    let mut covered = 0;
    row.iter().filter(move |cell| {
        if covered > 0 {
            covered -= 1;
            return false;
        }
        covered = UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        true
    })
}

/// Writes the sequence that sets a style, and nothing of the one before.
fn sgr(text: &mut String, style: Style) {
    text.push_str("\u{1b}[0");
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ] {
        if style.add_modifier.contains(modifier) {
            let _ = write!(text, ";{code}");
        }
    }
    for (colour, base) in [(style.fg, 30), (style.bg, 40)] {
        if let Some(colour) = colour {
            colour_code(text, colour, base);
        }
    }
    text.push('m');
}

/// `base` is 30 for the foreground, 40 for the background.
fn colour_code(text: &mut String, colour: Color, base: u8) {
    const SIXTEEN: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    let _ = match colour {
        Color::Rgb(red, green, blue) => write!(text, ";{};2;{red};{green};{blue}", base + 8),
        Color::Indexed(index) => write!(text, ";{};5;{index}", base + 8),
        named => match (0_u8..).zip(SIXTEEN).find(|(_, known)| *known == named) {
            Some((index, _)) if index < 8 => write!(text, ";{}", base + index),
            Some((index, _)) => write!(text, ";{}", base + 60 + index - 8),
            None => Ok(()),
        },
    };
}
