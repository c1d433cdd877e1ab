//! One settled frame without a terminal: for `fleetui frame`, and for tests of the whole.

mod svg;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fleetui_base::{SharedClock, Shown};
use fleetui_fleet::Update;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use tokio::sync::mpsc;
use tokio::time::timeout;
use unicode_width::UnicodeWidthStr;

use super::recorder::Recorder;
use super::sgr::Pen;
use super::work::Work;
use super::{Fleet, create_files};
use crate::app::{App, AppError, AppOptions};
use crate::chord::Chord;
use crate::draft::{CreateDrafting, Drafting};
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
    /// The file to record everything in.
    pub record: Option<PathBuf>,
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
    /// Nothing can be recorded.
    #[error("{} cannot be recorded in", .0.display())]
    Record(PathBuf, #[source] io::Error),
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
const LEFT_CELLS: u16 = 20;

/// Waits until every session is live or says why it is not, presses the keys, waits for what they asked for, and
/// gives the frame.
pub async fn frame<F: Fleet>(
    config: FrameConfig,
    fleet: Arc<F>,
    updates: mpsc::Receiver<Update>,
) -> Result<Frame, FrameError> {
    let size = config.options.size;
    let keys = config.keys;
    let recorder = config
        .record
        .map(|path| {
            let made = Recorder::create(&path).and_then(|mut recorder| {
                recorder.begin(&config.options)?;
                Ok(recorder)
            });
            made.map_err(|error| FrameError::Record(path, error))
        })
        .transpose()?;
    let mut app = App::new(config.options)?;
    // There is no terminal to take a mouse from.
    app.begin();
    // Whoever waits for a frame need not carry a console with him.
    let mut settling = Box::new(Settling {
        app,
        recorder,
        work: Work::new(fleet),
        updates,
        clock: config.clock,
        quit: false,
    });
    let done = timeout(config.limit, async {
        settling.settle().await;
        // What stood there while it was read, in whatever order that came, leaves no widths behind.
        settling.message(Msg::Resize(size.0, size.1));
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
    if let Some(recorder) = &mut settling.recorder {
        let _ = recorder.drawn();
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    crate::view::view(&settling.app, &mut buffer);
    Ok(Frame {
        buffer,
        left: settling.quit,
    })
}

struct Settling<F> {
    app: App,
    recorder: Option<Recorder>,
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
        for effect in self.update(message) {
            self.perform(effect);
        }
    }

    fn update(&mut self, message: Msg) -> Vec<Effect> {
        if let Some(recorder) = &mut self.recorder {
            // One that fails is short, and says so when it is played; the frame is what was asked for.
            let _ = recorder.message(&self.app, &message);
        }
        update(&mut self.app, message)
    }

    fn perform(&mut self, effect: Effect) {
        match effect.action {
            Action::Ask(request) => {
                if let Some(outcome) = self.work.begin(effect.id, request) {
                    self.update(Msg::Outcome(outcome));
                }
            }
            Action::Abandon(id) => self.work.abandon(id),
            Action::Layers(layers) => self.work.show_layers(layers),
            Action::Note(tried) => self.work.note(*tried),
            Action::ReadOnly(why) => self.work.set_read_only(why),
            Action::Activity(most) => {
                if let Some(outcome) = self.work.begin_activity(effect.id, most) {
                    self.update(Msg::Outcome(outcome));
                }
            }
            // There is no terminal to copy to or to draw anew, and nothing is kept of a frame.
            Action::Copy(_)
            | Action::Draft(_, _, Drafting::Keep(_) | Drafting::Drop)
            | Action::CreateDrafts(
                CreateDrafting::Keep(_) | CreateDrafting::Drop(_) | CreateDrafting::Created(..),
            )
            | Action::Mouse(_)
            | Action::Redraw
            | Action::Stop
            | Action::Retake
            | Action::Keep(_)
            | Action::DraftsTold
            | Action::Remember(_)
            | Action::Bookmark(..)
            | Action::Save { .. } => {}
            Action::Draft(_, _, Drafting::Read) => self.message(Msg::Outcome(Outcome {
                id: effect.id,
                answer: Answer::Draft(None),
            })),
            Action::CreateDrafts(CreateDrafting::Read) => self.message(Msg::Outcome(Outcome {
                id: effect.id,
                answer: create_files::drafts(Vec::new()),
            })),
            Action::Template(file) => self.message(Msg::Outcome(Outcome {
                id: effect.id,
                answer: create_files::template(&file),
            })),
            Action::Draft(_, _, Drafting::Outside(_)) | Action::Lend(_) => {
                let message = Shown::ours("that needs a terminal");
                let answer = Answer::Failed(Failure {
                    kind: FailureKind::Refused,
                    message,
                });
                self.update(Msg::Outcome(Outcome {
                    id: effect.id,
                    answer,
                }));
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
            let mut last = None;
            for cell in cells(row) {
                let pen = Pen::of(cell);
                if last != Some(pen) {
                    pen.write_whole(&mut text);
                    last = Some(pen);
                }
                text.push_str(cell.symbol());
            }
            text.push_str("\u{1b}[0m\n");
        }
        text
    }

    /// The text as a picture, in SVG.
    pub fn svg(&self) -> String {
        if self.left {
            let mut buffer = Buffer::empty(Rect::new(0, 0, LEFT_CELLS, 1));
            buffer.set_string(0, 0, LEFT.trim_end(), Style::new());
            return svg::picture(buffer.content().chunks(usize::from(LEFT_CELLS)), LEFT_CELLS);
        }
        svg::picture(self.rows(), self.buffer.area.width)
    }

    fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.buffer
            .content()
            .chunks(usize::from(self.buffer.area.width).max(1))
    }
}

/// The cells of a row without those that a wide character before them covers.
pub(super) fn cells(row: &[Cell]) -> impl Iterator<Item = &Cell> {
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
