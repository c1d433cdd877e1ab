//! The terminal: taken at the start, and given back whole whatever happens: by `Drop`, by the panic hook, after signals.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::Print;
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use fleetui_base::Shown;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ConsoleError;
use super::clipboard;
use super::input::Keys;
use super::painter::Painter;
use super::screen::Screen;
use crate::app::App;

/// Name of the thread that the loop runs on.
pub(super) const THREAD: &str = "console";

/// Room for a first paint of a large terminal, so that a draw is one write.
const BUFFER_BYTES: usize = 64 * 1024;

/// Whether the terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is ours at the moment.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Whoever draws next finds no colour of ours.
const PLAIN: &str = "\u{1b}[m";

/// Presses and the wheel are told, with places of any size; movements are not, as each would cost a line to the console.
const TAKE_MOUSE: &str = "\u{1b}[?1000h\u{1b}[?1006h";
const RELEASE_MOUSE: &str = "\u{1b}[?1006l\u{1b}[?1000l";

/// The terminal while it is ours.
///
/// Cells are compared and written here and not by `ratatui::Terminal`, which asks the terminal for its cursor at times:
/// the answer would have to come through the input that the loop reads.
pub(super) struct Terminal {
    painter: Painter<BufWriter<Stdout>>,
    /// Whether the person wants the mouse here and not at the terminal's own.
    mouse: bool,
    /// Stops those who read its keys, while it is lent.
    keys: Option<Keys>,
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn enter() -> Result<Self, ConsoleError> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(ConsoleError::NoTerminal);
        }
        if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Err(ConsoleError::Dumb);
        }
        install_panic_hook();
        // From here on an early return gives everything back.
        let mut restored = RestoreOnDrop { armed: true };
        take()?;
        let painter = Painter::new(BufWriter::with_capacity(BUFFER_BYTES, io::stdout()));
        restored.armed = false;
        Ok(Self {
            painter,
            mouse: false,
            keys: None,
        })
    }

    /// Whose keys are not read while it is lent.
    pub(super) fn read_by(&mut self, keys: Keys) {
        self.keys = Some(keys);
    }

    /// Takes the terminal again, and with it what the person wanted of it.
    fn take_again(&mut self) -> io::Result<()> {
        self.painter.forget();
        take()?;
        if self.mouse { set_mouse(true) } else { Ok(()) }
    }
}

/// Columns and rows.
pub(super) fn size() -> io::Result<(u16, u16)> {
    crossterm::terminal::size()
}

/// Asks the terminal for the mouse, or leaves it to the terminal.
fn set_mouse(on: bool) -> io::Result<()> {
    MOUSE.store(on, Ordering::SeqCst);
    let sequence = if on { TAKE_MOUSE } else { RELEASE_MOUSE };
    execute!(io::stdout(), Print(sequence))
}

/// Takes the terminal.
fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        cursor::Hide
    )
}

struct RestoreOnDrop {
    armed: bool,
}

impl Drop for RestoreOnDrop {
    fn drop(&mut self) {
        if self.armed {
            restore();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // What is still buffered belongs to a screen that is left now; errors mean that the terminal is gone.
        let _ = self.painter.out().flush();
        restore();
    }
}

/// Gives the terminal back, once. A terminal that is gone cannot be helped, so errors are not looked at.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if MOUSE.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stdout(), Print(RELEASE_MOUSE));
    }
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        Print(PLAIN),
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// A panic of the console gives the terminal back before it is reported. A panic of a task elsewhere must not write
/// over the screen: it goes to the log.
fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = std::thread::current().name() == Some(THREAD);
            if ours || !TAKEN.load(Ordering::SeqCst) {
                restore();
                before(info);
            } else {
                tracing::error!(panic = %info, "a task ended by a fault of this program");
            }
        }));
    });
}

impl Screen for Terminal {
    fn size(&self) -> Option<(u16, u16)> {
        size().ok()
    }

    fn draw(&mut self, app: &App) -> io::Result<()> {
        // The loop has just told the state this size; where it changed since, its part is drawn until the next round.
        let (width, height) = size()?;
        let mut next = Buffer::empty(Rect::new(0, 0, width, height));
        crate::view::view(app, &mut next);
        self.painter.paint(next)
    }

    fn forget(&mut self) -> io::Result<()> {
        self.painter.forget();
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        let sequence = clipboard::sequence(text, |name| std::env::var(name).ok());
        let out = self.painter.out();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        set_mouse(on)
    }

    fn stop(&mut self) -> io::Result<()> {
        self.painter.out().flush()?;
        restore();
        wait_for_the_shell()?;
        self.take_again()
    }

    async fn lend(&mut self, what: &Shown) -> io::Result<()> {
        self.painter.out().flush()?;
        restore();
        // Nobody but the borrower may read what is typed once it is said that the terminal is his.
        if let Some(keys) = &mut self.keys {
            keys.leave().await;
        }
        writeln!(io::stdout(), "{what}")
    }

    fn retake(&mut self) -> io::Result<()> {
        if let Some(keys) = &self.keys {
            keys.read_again();
        }
        // A shell may have set modes of its own since.
        disable_raw_mode()?;
        self.take_again()
    }

    fn is_there(&self) -> bool {
        io::stdout().is_terminal() && io::stdin().is_terminal()
    }
}

/// Stops the process, as the terminal's own handling of SIGTSTP would. It returns when the process goes on.
#[cfg(unix)]
fn wait_for_the_shell() -> io::Result<()> {
    signal_hook::low_level::raise(signal_hook::consts::SIGSTOP)
}

/// Elsewhere nothing stops a program.
#[cfg(not(unix))]
fn wait_for_the_shell() -> io::Result<()> {
    Ok(())
}
