//! The terminal: taken at the start, and given back whole whatever happens: by `Drop`, by the panic hook, after signals.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use fleetui_base::Shown;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ConsoleError;
use super::clipboard;
use super::input::Keys;
use super::screen::Screen;
use crate::app::App;

/// Name of the thread that the loop runs on.
pub(super) const THREAD: &str = "console";

/// Room for a first paint of a large terminal, so that a draw is one write.
const BUFFER_BYTES: usize = 64 * 1024;

/// Whether the terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours.
///
/// Cells are compared and written here and not by `ratatui::Terminal`, which asks the terminal for its cursor at times:
/// the answer would have to come through the input that the loop reads.
pub(super) struct Terminal {
    backend: CrosstermBackend<BufWriter<Stdout>>,
    /// What is on the screen; absent when that is not known.
    shown: Option<Buffer>,
    /// Stops those who read its keys, while it is lent.
    keys: Option<Keys>,
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn enter() -> Result<Self, ConsoleError> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(ConsoleError::NoTerminal);
        }
        install_panic_hook();
        // From here on an early return gives everything back.
        let mut restored = RestoreOnDrop { armed: true };
        take()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER_BYTES, io::stdout()));
        restored.armed = false;
        Ok(Self {
            backend,
            shown: None,
            keys: None,
        })
    }

    /// Whose keys are not read while it is lent.
    pub(super) fn read_by(&mut self, keys: Keys) {
        self.keys = Some(keys);
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.backend.size()?;
        Ok((size.width, size.height))
    }

    /// Writes the cells in which `next` differs from what is shown.
    fn write(&mut self, next: Buffer) -> io::Result<()> {
        let shown = self.shown.take().filter(|shown| shown.area == next.area);
        let anew = shown.is_none();
        let shown = shown.unwrap_or_else(|| Buffer::empty(next.area));
        let changes = shown.diff(&next);
        // What looks the same costs no byte: an idle console is quiet on the line.
        if anew || !changes.is_empty() {
            // Where the terminal has it, a draw appears at once and never half.
            queue!(self.backend, BeginSynchronizedUpdate)?;
            if anew {
                queue!(self.backend, Clear(ClearType::All))?;
            }
            self.backend.draw(changes.into_iter())?;
            execute!(self.backend, EndSynchronizedUpdate)?;
        }
        self.shown = Some(next);
        Ok(())
    }
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
        let _ = Write::flush(&mut self.backend);
        restore();
    }
}

/// Gives the terminal back, once. A terminal that is gone cannot be helped, so errors are not looked at.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
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
        Terminal::size(self).ok()
    }

    fn draw(&mut self, app: &App) -> io::Result<()> {
        // The loop has just told the state this size; where it changed since, its part is drawn until the next round.
        let (width, height) = Terminal::size(self)?;
        let mut next = Buffer::empty(Rect::new(0, 0, width, height));
        crate::view::view(app, &mut next);
        self.write(next)
    }

    fn forget(&mut self) -> io::Result<()> {
        self.shown = None;
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        let sequence = clipboard::sequence(text, |name| std::env::var(name).ok());
        self.backend.write_all(sequence.as_bytes())?;
        Write::flush(&mut self.backend)
    }

    fn stop(&mut self) -> io::Result<()> {
        Write::flush(&mut self.backend)?;
        restore();
        wait_for_the_shell()?;
        self.shown = None;
        take()
    }

    async fn lend(&mut self, what: &Shown) -> io::Result<()> {
        Write::flush(&mut self.backend)?;
        restore();
        writeln!(io::stdout(), "{what}")?;
        // Nobody but the borrower may read what is typed from now on.
        if let Some(keys) = &mut self.keys {
            keys.leave().await;
        }
        Ok(())
    }

    fn retake(&mut self) -> io::Result<()> {
        if let Some(keys) = &self.keys {
            keys.read_again();
        }
        // A shell may have set modes of its own since.
        disable_raw_mode()?;
        self.shown = None;
        take()
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
