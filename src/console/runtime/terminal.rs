//! The terminal: taken at the start, and given back whole whatever happens: by `Drop`, by the panic hook, after signals.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;

use super::ConsoleError;
use super::clipboard;
use super::screen::Screen;
use crate::app::App;

/// Name of the thread that the loop runs on.
pub(super) const THREAD: &str = "console";

/// Room for a first paint of a large terminal, so that a draw is one write.
const BUFFER_BYTES: usize = 64 * 1024;

/// Whether the terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours.
pub(super) struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    /// What is on the screen; absent when that is not known.
    shown: Option<Buffer>,
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn enter() -> Result<Self, ConsoleError> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(ConsoleError::NoTerminal);
        }
        install_panic_hook();
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        // From here on an early return gives everything back.
        let mut restored = RestoreOnDrop { armed: true };
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            cursor::Hide
        )?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER_BYTES, io::stdout()));
        let inner = ratatui::Terminal::new(backend)?;
        restored.armed = false;
        Ok(Self { inner, shown: None })
    }

    /// Columns and rows.
    pub(super) fn size(&mut self) -> io::Result<(u16, u16)> {
        let size = self.inner.size()?;
        Ok((size.width, size.height))
    }
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
        let _ = self.inner.backend_mut().flush();
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
    fn draw(&mut self, app: &App) -> io::Result<()> {
        self.inner.autoresize()?;
        let mut buffer = Buffer::empty(self.inner.get_frame().area());
        crate::view::view(app, &mut buffer);
        // What looks the same costs no byte: an idle console is quiet on the line.
        if self.shown.as_ref() == Some(&buffer) {
            return Ok(());
        }
        // Where the terminal has it, a draw appears at once and never half.
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        self.inner.draw(|frame| {
            // The size may have changed since the line above; then the next draw is right.
            if *frame.buffer_mut().area() == *buffer.area() {
                frame.buffer_mut().content.clone_from(&buffer.content);
            }
        })?;
        execute!(self.inner.backend_mut(), EndSynchronizedUpdate)?;
        self.shown = Some(buffer);
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        self.shown = None;
        self.inner.clear()
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        let sequence = clipboard::sequence(text, |name| std::env::var(name).ok());
        self.inner.backend_mut().write_all(sequence.as_bytes())?;
        Write::flush(self.inner.backend_mut())
    }

    fn is_there(&self) -> bool {
        io::stdout().is_terminal() && io::stdin().is_terminal()
    }
}
