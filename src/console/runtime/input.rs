//! The border of the terminal: its events and the signals become messages of our own.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use futures::{Stream, StreamExt};
#[cfg(unix)]
use signal_hook::consts::{SIGCONT, SIGTSTP};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

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
    async fn next(&mut self) -> Msg {
        tokio::select! {
            _ = self.terminate.recv() => Msg::Quit,
            _ = self.hang_up.recv() => Msg::Quit,
            _ = self.interrupt.recv() => Msg::Quit,
            _ = self.quit.recv() => Msg::Quit,
            _ = self.stop.recv() => Msg::Stop,
            _ = self.proceed.recv() => Msg::Continued,
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
    async fn next(&mut self) -> Msg {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Msg::Quit
    }
}

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

/// Messages from the terminal and from signals; ends when the terminal ends.
///
/// A task of its own reads the terminal: crossterm's stream remembers the first waker that finds it empty and no later
/// one, so that a loop which also looks without waiting would sleep through the next key.
pub(super) fn messages(signals: Signals) -> Input {
    let (sender, messages) = mpsc::channel(QUEUE);
    let reader = tokio::spawn(async move {
        let mut read = std::pin::pin!(read(signals));
        while let Some(message) = read.next().await {
            if sender.send(message).await.is_err() {
                return;
            }
        }
    });
    Input { messages, reader }
}

fn read(signals: Signals) -> impl Stream<Item = Msg> {
    let ends = futures::stream::unfold(signals, |mut signals| async move {
        let message = signals.next().await;
        Some((Some(message), signals))
    });
    let keys = EventStream::new()
        .map(|event| match event {
            Ok(event) => message(event),
            // The terminal cannot be read any more.
            Err(_) => Some(Msg::Quit),
        })
        .chain(futures::stream::once(async { Some(Msg::Quit) }));
    futures::stream::select(Box::pin(ends), keys).filter_map(|message| async move { message })
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
