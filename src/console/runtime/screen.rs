//! What the loop draws on: the terminal, or a buffer in tests.

use std::io;

use fleetui_base::Shown;

use crate::app::App;

/// Something to draw on.
pub(super) trait Screen {
    /// Columns and rows as they are now; `None` where that cannot be told.
    fn size(&self) -> Option<(u16, u16)>;

    /// Draws the state.
    fn draw(&mut self, app: &App) -> io::Result<()>;

    /// Forgets what was drawn, so that the next draw draws every cell.
    fn forget(&mut self) -> io::Result<()>;

    /// Puts text on the person's clipboard.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Takes the mouse, or leaves it to the terminal, whose own marking and copying works then.
    fn mouse(&mut self, on: bool) -> io::Result<()>;

    /// Gives the terminal back, stops until the person goes on with the program, and takes the terminal again.
    fn stop(&mut self) -> io::Result<()>;

    /// Gives the terminal to somebody else until it is taken again, and says in it for what.
    fn lend(&mut self, what: &Shown) -> impl Future<Output = io::Result<()>> + Send;

    /// Takes the terminal again, of which others may have made something else meanwhile.
    fn retake(&mut self) -> io::Result<()>;

    /// Whether there is still somebody to draw for.
    fn is_there(&self) -> bool;
}
