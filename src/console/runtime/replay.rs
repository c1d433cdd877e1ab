//! Plays a recording: on the terminal at the pace at which it came about, or to its end for one frame.
//!
//! Nothing is asked of anybody: what was answered then stands in the recording.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::frame::Frame;
use super::screen::Screen;
use super::{input, terminal};
use crate::chord::{Chord, Named};
use crate::effect::Action;
use crate::msg::Msg;
use crate::recording::played::Played;
use crate::recording::{Event, RecordingError, Replay};

/// The longest wait between two messages: nobody wants to sit through a lunch break.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Why a recording cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("{} cannot be read", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// What is in it cannot be played.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// There is no terminal to play it on.
    #[error(transparent)]
    Console(#[from] super::ConsoleError),
}

/// The last frame of the recording in `path`, and whether it is the last only because the recording is cut off.
///
/// # Errors
/// A file that cannot be read or played.
pub fn replayed(path: &Path) -> Result<(Frame, bool), ReplayError> {
    let mut replay = open(path)?;
    replay.play()?;
    Ok((Frame::of(replay.app()), replay.is_cut()))
}

pub(super) fn open(path: &Path) -> Result<Replay, ReplayError> {
    let text = std::fs::read_to_string(path).map_err(|error| ReplayError::File(path.to_owned(), error))?;
    Ok(Replay::new(&text)?)
}

/// Plays the recording in `path` on the terminal, until it is left: `q`, `esc` or `ctrl-c` leave it, `space` halts it, any other
/// key goes on at once. At its end the last frame stays.
///
/// Has to be called inside a multi-threaded tokio runtime.
///
/// # Errors
/// A file that cannot be read or played, and no terminal.
pub async fn replay(path: PathBuf) -> Result<(), ReplayError> {
    let mut replay = open(&path)?;
    replay.tell(Played::Running);
    replay.show_at_most(super::environment::surroundings().colours);
    let handle = tokio::runtime::Handle::current();
    let (done, ended) = oneshot::channel();
    let thread = std::thread::Builder::new().name(terminal::THREAD.to_owned());
    let spawned = thread.spawn(move || {
        let result = handle.block_on(async {
            let signals = input::signals().map_err(super::ConsoleError::Terminal)?;
            let mut screen = terminal::Terminal::enter()?;
            let (input, keys) = input::messages(signals);
            screen.read_by(keys);
            play(replay, &mut screen, input).await
        });
        // Nobody waits any more where the whole program is ending.
        let _ = done.send(result);
    });
    spawned.map_err(super::ConsoleError::Terminal)?;
    ended.await.map_err(|_| super::ConsoleError::Crashed)?
}

/// What the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Leave,
    Halt,
    GoOn,
    Nothing,
}

fn wish(message: Option<&Msg>) -> Wish {
    match message {
        None | Some(Msg::Quit | Msg::HungUp) => Wish::Leave,
        Some(Msg::Key(chord)) => match chord {
            _ if *chord == Chord::char('q') || *chord == Chord::ctrl('c') => Wish::Leave,
            _ if *chord == Chord::named(Named::Esc) => Wish::Leave,
            _ if *chord == Chord::char(' ') => Wish::Halt,
            _ => Wish::GoOn,
        },
        Some(_) => Wish::Nothing,
    }
}

pub(super) async fn play(
    mut replay: Replay,
    screen: &mut impl Screen,
    input: impl Stream<Item = Msg>,
) -> Result<(), ReplayError> {
    let mut input = std::pin::pin!(input.fuse());
    let (mut halted, mut ready, mut at_end) = (false, false, false);
    // How long it took until the draw that comes next.
    let mut wait = Duration::ZERO;
    loop {
        let pause = async {
            if halted || at_end {
                std::future::pending::<()>().await;
            } else {
                sleep(wait).await;
            }
        };
        let wished = tokio::select! {
            biased;
            message = input.next() => {
                // Whatever else it was, the screen may not be what it was any more.
                match &message {
                    Some(Msg::Stop) => screen.stop().map_err(super::ConsoleError::Terminal)?,
                    Some(Msg::Continued) => screen.retake().map_err(super::ConsoleError::Terminal)?,
                    Some(_) | None => {}
                }
                if matches!(message, Some(Msg::Resize(..) | Msg::Stop | Msg::Continued)) {
                    screen.draw(replay.app()).map_err(super::ConsoleError::Terminal)?;
                }
                wish(message.as_ref())
            }
            () = pause => Wish::GoOn,
        };
        match wished {
            Wish::Leave => return Ok(()),
            Wish::Halt | Wish::GoOn if at_end => {}
            Wish::Halt => {
                halted = !halted;
                replay.tell(if halted { Played::Halted } else { Played::Running });
                screen.draw(replay.app()).map_err(super::ConsoleError::Terminal)?;
            }
            Wish::Nothing => {}
            Wish::GoOn => {
                if ready {
                    screen.draw(replay.app()).map_err(super::ConsoleError::Terminal)?;
                    replay.take(Event::Drawn);
                }
                let until_draw = advance(&mut replay, screen)?;
                ready = until_draw.is_some();
                at_end = until_draw.is_none();
                wait = until_draw.unwrap_or_default();
            }
        }
    }
}

/// Plays up to the next draw; gives how long that had taken, or nothing at the end, which is drawn.
fn advance(replay: &mut Replay, screen: &mut impl Screen) -> Result<Option<Duration>, ReplayError> {
    let began = replay.app().now;
    while let Some(event) = replay.next_event()? {
        if matches!(event, Event::Drawn) {
            let took = Duration::try_from(replay.app().now.duration_since(began)).unwrap_or_default();
            return Ok(Some(took.min(LONGEST_WAIT)));
        }
        for effect in replay.take(event) {
            // What was asked of others then is not done again; but the screen is drawn whole where it was.
            if effect.action == Action::Redraw {
                screen.forget().map_err(super::ConsoleError::Terminal)?;
            }
        }
    }
    replay.tell(if replay.is_cut() {
        Played::Cut
    } else {
        Played::AtEnd
    });
    screen.draw(replay.app()).map_err(super::ConsoleError::Terminal)?;
    Ok(None)
}

#[cfg(test)]
mod tests;
