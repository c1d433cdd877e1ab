//! The border of the terminal: its events and the signals become messages of our own.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use futures::{Stream, StreamExt};
#[cfg(unix)]
use signal_hook::consts::{SIGCONT, SIGTSTP};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::chord::{Chord, Key, Named};
use crate::msg::{Mouse, Msg};

/// The signals that end the program, stop it and let it go on.
#[cfg(unix)]
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    quit: Signal,
    stop: Signal,
    proceed: Signal,
}

/// Begins to listen, before the terminal is taken, so that no signal is missed.
#[cfg(unix)]
pub(super) fn signals() -> io::Result<Signals> {
    Ok(Signals {
        terminate: signal(SignalKind::terminate())?,
        hang_up: signal(SignalKind::hangup())?,
        interrupt: signal(SignalKind::interrupt())?,
        quit: signal(SignalKind::quit())?,
        stop: signal(SignalKind::from_raw(SIGTSTP))?,
        proceed: signal(SignalKind::from_raw(SIGCONT))?,
    })
}

#[cfg(unix)]
impl Signals {
    async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.terminate.recv() => Caught::Terminate,
            _ = self.hang_up.recv() => Caught::HangUp,
            _ = self.interrupt.recv() => Caught::Typed,
            _ = self.quit.recv() => Caught::Typed,
            _ = self.stop.recv() => Caught::Stop,
            _ = self.proceed.recv() => Caught::Proceed,
        }
    }
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caught {
    Terminate,
    HangUp,
    /// To end, by a key of whoever has the terminal.
    Typed,
    Stop,
    Proceed,
}

impl Caught {
    /// What it means, to whom has the terminal now: somebody else, or we, who had it back so long ago.
    fn told(self, is_lent: bool, back_for: Option<Duration>) -> Option<Msg> {
        let is_aftermath = self == Self::Typed && back_for.is_some_and(|time| time < AFTERMATH);
        if is_lent || is_aftermath {
            self.while_lent()
        } else {
            Some(self.message())
        }
    }

    /// What it means while the terminal is ours.
    fn message(self) -> Msg {
        match self {
            Self::Terminate | Self::Typed => Msg::Quit,
            Self::HangUp => Msg::HungUp,
            Self::Stop => Msg::Stop,
            Self::Proceed => Msg::Continued,
        }
    }

    /// What it means while the terminal is somebody else's: what is typed is meant for him. Only a stop is for both, as the
    /// shell has the terminal then.
    fn while_lent(self) -> Option<Msg> {
        match self {
            Self::Terminate | Self::HangUp => Some(self.message()),
            Self::Stop => {
                #[cfg(unix)]
                if let Err(error) = signal_hook::low_level::raise(signal_hook::consts::SIGSTOP) {
                    tracing::warn!(%error, "could not be stopped");
                }
                None
            }
            Self::Typed | Self::Proceed => None,
        }
    }
}

/// Elsewhere only ctrl-c comes as a signal.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
pub(super) fn signals() -> io::Result<Signals> {
    Ok(Signals)
}

#[cfg(not(unix))]
impl Signals {
    async fn next(&mut self) -> Caught {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Caught::Typed
    }
}

/// How long after the terminal came back a signal of a key is still taken for one that its borrower was given: the key that ends
/// a borrower tells both of us, and his end may be noticed first.
const AFTERMATH: Duration = Duration::from_secs(1);

/// Messages that may wait for the loop; who types faster than it draws is held by the terminal.
const QUEUE: usize = 256;

/// The messages of a terminal, read by a task that ends with them.
pub(super) struct Input {
    messages: mpsc::Receiver<Msg>,
    reader: JoinHandle<()>,
}

impl Stream for Input {
    type Item = Msg;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Msg>> {
        self.messages.poll_recv(context)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Stops and resumes the reading of keys, while the terminal is somebody else's.
pub(super) struct Keys {
    lent: watch::Sender<bool>,
    left: watch::Receiver<bool>,
}

impl Keys {
    /// Stops reading, and waits until that is so. What was typed since goes to whoever reads next.
    pub(super) async fn leave(&mut self) {
        self.lent.send_replace(true);
        // Where the reader has ended, nobody reads.
        let _ = self.left.wait_for(|left| *left).await;
    }

    /// Reads again.
    pub(super) fn read_again(&self) {
        self.lent.send_if_modified(std::mem::take);
    }
}

/// Messages from the terminal and from signals; ends when the terminal ends.
///
/// A task of its own reads the terminal: crossterm's stream remembers the first waker that finds it empty and no later
/// one, so that a loop which also looks without waiting would sleep through the next key.
pub(super) fn messages(signals: Signals) -> (Input, Keys) {
    let (sender, messages) = mpsc::channel(QUEUE);
    let (lent, lending) = watch::channel(false);
    let (gone, ended) = watch::channel(false);
    let reader = tokio::spawn(read(signals, (lending, gone), sender));
    (Input { messages, reader }, Keys { lent, left: ended })
}

async fn read(
    mut signals: Signals,
    (mut lending, gone): (watch::Receiver<bool>, watch::Sender<bool>),
    sender: mpsc::Sender<Msg>,
) {
    let mut keys = Some(EventStream::new());
    let mut came_back: Option<Instant> = None;
    loop {
        let is_lent = keys.is_none();
        let key = async {
            match &mut keys {
                Some(keys) => keys.next().await,
                None => std::future::pending().await,
            }
        };
        let told = tokio::select! {
            caught = signals.next() => caught.told(is_lent, came_back.map(|since| since.elapsed())),
            event = key => match event {
                Some(Ok(event)) => message(event),
                // The terminal cannot be read any more.
                Some(Err(_)) | None => Some(Msg::HungUp),
            },
            changed = lending.changed() => {
                if changed.is_err() {
                    return;
                }
                // Dropping the stream ends its thread, which would take keys that are meant for others.
                keys = (!*lending.borrow_and_update()).then(EventStream::new);
                came_back = keys.is_some().then(Instant::now);
                gone.send_replace(keys.is_none());
                None
            }
        };
        let Some(told) = told else { continue };
        let is_last = matches!(told, Msg::HungUp);
        if sender.send(told).await.is_err() || is_last {
            return;
        }
    }
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => chord(key).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(width, height)),
        Event::Mouse(event) => mouse(event).map(Msg::Mouse),
        Event::FocusGained | Event::FocusLost => None,
    }
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Mouse::Press(event.column, event.row)),
        MouseEventKind::ScrollDown => Some(Mouse::WheelDown),
        MouseEventKind::ScrollUp => Some(Mouse::WheelUp),
        MouseEventKind::Down(MouseButton::Right | MouseButton::Middle)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => None,
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    // Some terminals report the release of a key, too.
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier: KeyModifiers| event.modifiers.contains(modifier);
    let (mut shift, mut key) = (held(KeyModifiers::SHIFT), None);
    if let Some(named) = named(event.code) {
        key = Some(Key::Named(named));
    }
    match event.code {
        // Shift is part of the character.
        KeyCode::Char(character) => {
            let ctrl = held(KeyModifiers::CONTROL);
            // Bytes that terminals send for control with these signs are read as control with digits.
            let character = match character {
                '4' if ctrl => '\\',
                '5' if ctrl => ']',
                '6' if ctrl => '^',
                '7' if ctrl => '_',
                other => other,
            };
            let upper = shift && !ctrl && character.is_lowercase();
            let character = if upper {
                character.to_uppercase().next().unwrap_or(character)
            } else {
                character
            };
            (key, shift) = (
                Some(Key::Char(if ctrl {
                    character.to_ascii_lowercase()
                } else {
                    character
                })),
                false,
            );
        }
        KeyCode::BackTab => (key, shift) = (Some(Key::Named(Named::Tab)), true),
        KeyCode::F(number) => key = Some(Key::Function(number)),
        _ => {}
    }
    Some(Chord {
        key: key?,
        ctrl: held(KeyModifiers::CONTROL),
        alt: held(KeyModifiers::ALT),
        shift,
    })
}

fn named(code: KeyCode) -> Option<Named> {
    Some(match code {
        KeyCode::Enter => Named::Enter,
        KeyCode::Esc => Named::Esc,
        KeyCode::Tab => Named::Tab,
        KeyCode::Backspace => Named::Backspace,
        KeyCode::Delete => Named::Delete,
        KeyCode::Insert => Named::Insert,
        KeyCode::Up => Named::Up,
        KeyCode::Down => Named::Down,
        KeyCode::Left => Named::Left,
        KeyCode::Right => Named::Right,
        KeyCode::Home => Named::Home,
        KeyCode::End => Named::End,
        KeyCode::PageUp => Named::PageUp,
        KeyCode::PageDown => Named::PageDown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        chord(KeyEvent::new(code, modifiers)).map(|chord| chord.to_string())
    }

    #[test]
    fn events_of_the_terminal_become_chords() {
        let none = KeyModifiers::NONE;
        let cases = [
            (KeyCode::Char('j'), none, "j"),
            (KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char('g'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char('c'), KeyModifiers::CONTROL, "ctrl-c"),
            (KeyCode::Char('4'), KeyModifiers::CONTROL, "ctrl-\\"),
            (KeyCode::Char(' '), KeyModifiers::CONTROL, "ctrl-space"),
            (KeyCode::Char(' '), none, "space"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "shift-tab"),
            (KeyCode::Left, KeyModifiers::ALT, "alt-left"),
            (KeyCode::F(5), none, "f5"),
        ];
        for (code, modifiers, expected) in cases {
            assert_eq!(written(code, modifiers).as_deref(), Some(expected));
        }
        assert_eq!(written(KeyCode::CapsLock, none), None);
        let release = KeyEvent::new_with_kind(KeyCode::Char('j'), none, KeyEventKind::Release);
        assert_eq!(chord(release), None);
    }

    #[test]
    fn the_key_that_ends_a_borrower_does_not_end_the_console() {
        let told = |caught: Caught, is_lent, back_for| caught.told(is_lent, back_for);
        assert!(told(Caught::Typed, true, None).is_none());
        assert!(told(Caught::Typed, false, Some(Duration::from_millis(3))).is_none());
        assert!(matches!(
            told(Caught::Typed, false, Some(AFTERMATH)),
            Some(Msg::Quit)
        ));
        assert!(matches!(told(Caught::Typed, false, None), Some(Msg::Quit)));
        let just_back = Some(Duration::ZERO);
        assert!(matches!(
            told(Caught::Terminate, false, just_back),
            Some(Msg::Quit)
        ));
        assert!(matches!(told(Caught::HangUp, true, None), Some(Msg::HungUp)));
        assert!(matches!(told(Caught::Stop, false, just_back), Some(Msg::Stop)));
    }

    #[test]
    fn of_the_mouse_presses_and_the_wheel_are_heard() {
        let event = |kind| {
            message(Event::Mouse(MouseEvent {
                kind,
                column: 7,
                row: 3,
                modifiers: KeyModifiers::NONE,
            }))
        };
        let cases = [
            (MouseEventKind::Down(MouseButton::Left), Some(Mouse::Press(7, 3))),
            (MouseEventKind::ScrollDown, Some(Mouse::WheelDown)),
            (MouseEventKind::ScrollUp, Some(Mouse::WheelUp)),
            (MouseEventKind::Up(MouseButton::Left), None),
            (MouseEventKind::Moved, None),
        ];
        for (kind, expected) in cases {
            let heard = match event(kind) {
                Some(Msg::Mouse(mouse)) => Some(mouse),
                Some(_) | None => None,
            };
            assert_eq!(heard, expected, "{kind:?}");
        }
    }
}
