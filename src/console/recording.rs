//! A recording: how the console began, every message that it took, and when it was drawn. Decisions depend on messages alone, so
//! the same messages give the same frames again, elsewhere and later.
//!
//! One JSON value a line. What looks like a secret is not in it, and no byte of it can steer a terminal: it is plain ASCII.
//! Must not know: files, or how messages come about.

use std::fmt::Write as _;

use fleetui_base::redact::scrub;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::{App, AppError, AppOptions};
use crate::bookmarks::Bookmarks;
use crate::chord::Chord;
use crate::command::Place;
use crate::effect::Effect;
use crate::kept::Kept;
use crate::msg::Msg;
use crate::settings::{Basis, Choices, Surroundings};
use crate::theme::ColourLevel;
use crate::unfinished::Unfinished;
use crate::update::update;
use crate::user_file::{UserFile, UserFiles, stem};

pub(crate) mod played;

use played::Played;

/// What a recording calls itself; another number is another format.
const FORMAT: u32 = 1;

/// A draw, in the place of a message.
const DRAWN: &str = "\"Drawn\"";

/// The most of what earlier starts saw that a recording has. Whoever hands one over tells of what happened while it was made, and
/// not of all that ever did.
const MOST_REMEMBERED: usize = 1_000;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Beginning {
    fleetui: String,
    format: u32,
    now: Timestamp,
    size: (u16, u16),
    read_only: bool,
    choices: Choices,
    surroundings: Surroundings,
    files: UserFiles,
    namespace: Option<String>,
    no_kubeconfig: Option<Vec<String>>,
    preparing: Option<String>,
    kept: Option<Kept>,
    #[serde(default)]
    unfinished: Vec<Unfinished>,
    bookmarks: Bookmarks,
}

/// Why a recording cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// It is none, or one of another version.
    #[error("this is no recording of fleetui {version}: {0}", version = env!("CARGO_PKG_VERSION"))]
    NotOne(String),
    /// A line of it cannot be read.
    #[error("line {line} of the recording cannot be read: {what}")]
    Broken {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The console cannot begin as it did then.
    #[error(transparent)]
    App(#[from] AppError),
}

/// The first line of a recording of a console that begins so.
pub fn beginning(options: &AppOptions) -> String {
    let Basis {
        choices,
        surroundings,
        config: _,
    } = &options.basis;
    written(&Beginning {
        fleetui: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        now: options.now,
        size: options.size,
        read_only: options.read_only,
        choices: choices.clone(),
        surroundings: *surroundings,
        files: without_places(&options.files),
        namespace: options.namespace.clone(),
        no_kubeconfig: options.no_kubeconfig.clone(),
        preparing: options.preparing.clone(),
        kept: options.kept.clone(),
        unfinished: options.unfinished.clone(),
        bookmarks: options.bookmarks.clone(),
    })
}

/// The line for a message that `app` is about to take.
pub fn line(app: &App, message: &Msg) -> String {
    match message {
        // Where nothing is typed a paste does nothing, whatever it was that was on the clipboard.
        Msg::Paste(_) if !app.place().takes_text() => written(&Msg::Paste(String::new())),
        // What is typed into an object may be a secret.
        Msg::Key(chord) if app.place() == Place::Edit && chord.typed().is_some() => {
            written(&Msg::Key(Chord::char('*')))
        }
        Msg::Paste(_) if app.place() == Place::Edit => written(&Msg::Paste("*".to_owned())),
        Msg::Reload(files) => written(&Msg::Reload(without_places(files).into())),
        message => written(message),
    }
}

/// What a console that is recorded takes in the place of `message`: of what earlier starts saw only the latest. It is what is
/// recorded that is taken, so that the same frames come of it again.
pub fn within_bounds(message: Msg) -> Msg {
    match message {
        Msg::Remembered(mut flips) => {
            let many = flips.len().saturating_sub(MOST_REMEMBERED);
            flips.drain(..many);
            Msg::Remembered(flips)
        }
        message => message,
    }
}

/// The line for a draw.
pub fn drawn() -> String {
    format!("{DRAWN}\n")
}

/// The files under their own names alone: where a person's home is concerns nobody.
fn without_places(files: &UserFiles) -> UserFiles {
    let short = |file: &UserFile| UserFile {
        path: format!("{}.yaml", stem(&file.path)),
        text: file.text.clone(),
    };
    UserFiles {
        config: files.config.as_ref().map(short),
        themes: files.themes.iter().map(short).collect(),
        keymaps: files.keymaps.iter().map(short).collect(),
    }
}

/// One line, without secrets, in ASCII.
fn written(value: &impl Serialize) -> String {
    // What is recorded has only keys that are texts, so that it can always be written.
    let mut value = serde_json::to_value(value).unwrap_or(Value::Null);
    hide_secrets(&mut value);
    let text = value.to_string();
    let mut line = String::with_capacity(text.len() + 1);
    let mut units = [0_u16; 2];
    for character in text.chars() {
        if matches!(character, ' '..='~') {
            line.push(character);
            continue;
        }
        // Only inside of texts is there anything else.
        for unit in character.encode_utf16(&mut units) {
            // Nobody sees an error of writing to a String.
            let _ = write!(line, "\\u{unit:04x}");
        }
    }
    line.push('\n');
    line
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(safe) = scrub(text) {
                *text = safe;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        Value::Object(fields) => fields.values_mut().for_each(hide_secrets),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What comes next in a recording.
#[derive(Debug, Clone)]
pub enum Event {
    /// A message.
    Message(Box<Msg>),
    /// The screen was drawn.
    Drawn,
}

/// A recording that is played: the console as it was, and what comes next.
#[derive(Debug)]
pub struct Replay {
    app: App,
    lines: std::vec::IntoIter<(usize, String)>,
    is_cut: bool,
}

impl Replay {
    /// Begins to play the recording with this text. A last line that was not written to its end is left out.
    ///
    /// # Errors
    /// What is no recording, and what cannot begin any more.
    pub fn new(text: &str) -> Result<Self, RecordingError> {
        let (whole, rest) = text.rsplit_once('\n').unwrap_or(("", text));
        let mut lines = whole.lines();
        let first = lines.next().unwrap_or_default();
        let not_one = |error: serde_json::Error| RecordingError::NotOne(error.to_string());
        let format = serde_json::from_str::<Value>(first).map_err(not_one)?;
        if format.get("format").and_then(Value::as_u64) != Some(u64::from(FORMAT)) {
            return Err(RecordingError::NotOne(format!("its format is not {FORMAT}")));
        }
        let beginning: Beginning = serde_json::from_str(first).map_err(not_one)?;
        let app = App::new(options(beginning)?)?;
        let lines: Vec<_> = (2..).zip(lines.map(str::to_owned)).collect();
        Ok(Self {
            app,
            lines: lines.into_iter(),
            is_cut: !rest.is_empty(),
        })
    }

    /// Whether its last line was not written to its end: what came then is not known.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The console as it is at this place of the recording.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Lets the screen say that it is played, and how.
    pub(crate) fn tell(&mut self, how: Played) {
        self.app.played = Some(how);
    }

    /// Shows no more colours than the terminal has that it is played on.
    pub(crate) fn show_at_most(&mut self, level: ColourLevel) {
        let look = &mut self.app.look;
        look.set_level(look.level().min(level));
    }

    /// What comes next; nothing at the end.
    ///
    /// # Errors
    /// A line that cannot be read.
    pub fn next_event(&mut self) -> Result<Option<Event>, RecordingError> {
        let Some((line, text)) = self.lines.next() else {
            return Ok(None);
        };
        if text == DRAWN {
            return Ok(Some(Event::Drawn));
        }
        match serde_json::from_str(&text) {
            Ok(message) => Ok(Some(Event::Message(Box::new(message)))),
            Err(error) => Err(RecordingError::Broken {
                line,
                what: error.to_string(),
            }),
        }
    }

    /// Takes what came next. What is wanted in turn was done then; nobody does it again.
    pub fn take(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Message(message) => update(&mut self.app, *message),
            Event::Drawn => {
                self.app.drawn();
                Vec::new()
            }
        }
    }

    /// Plays to the end.
    ///
    /// # Errors
    /// A line that cannot be read.
    pub fn play(&mut self) -> Result<(), RecordingError> {
        while let Some(event) = self.next_event()? {
            self.take(event);
        }
        Ok(())
    }
}

/// How the console begins again.
fn options(beginning: Beginning) -> Result<AppOptions, AppError> {
    let Beginning {
        fleetui: _,
        format: _,
        now,
        size,
        read_only,
        choices,
        surroundings,
        files,
        namespace,
        no_kubeconfig,
        preparing,
        kept,
        unfinished,
        bookmarks,
    } = beginning;
    let said = files.read()?;
    let mut options = AppOptions::new(now)?;
    options.themes = said.themes;
    options.keymaps = said.keymaps;
    options.read_only = read_only;
    options.decide(Basis {
        choices,
        config: said.config,
        surroundings,
    });
    options.size = size;
    options.files = files;
    options.namespace = namespace;
    options.no_kubeconfig = no_kubeconfig;
    options.preparing = preparing;
    options.kept = kept;
    options.unfinished = unfinished;
    options.bookmarks = bookmarks;
    Ok(options)
}

#[cfg(test)]
mod tests;
