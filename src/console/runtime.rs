//! The only asynchronous part of the console, and the only one that knows the terminal: it waits for messages, calls
//! `update`, does the effects, and draws.
//!
//! The loop has a thread of its own and never waits for the network: what is asked of clusters runs in tasks that the
//! loop owns, and their outcomes come back as messages.

mod bookmarks;
mod clicks;
mod client;
mod clipboard;
mod create_files;
mod drafts;
mod editor;
pub mod environment;
mod event_loop;
mod frame;
mod input;
mod journal;
mod kept;
mod painter;
mod recorder;
mod replay;
mod saved;
mod screen;
mod sgr;
pub mod templates;
mod terminal;
mod watch_files;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fleetui_base::SharedClock;
use fleetui_client::Creations;
use fleetui_fleet::Update;
use fleetui_fleet::act::Try;
use fleetui_fleet::tree::Layers;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};

use crate::app::{App, AppError, AppOptions};
use crate::effect::{Answer, Request};

pub use create_files::forget_created;
pub use frame::{Frame, FrameConfig, FrameError, frame};
pub use painter::Painter;
pub use replay::{ReplayError, replay, replayed};

/// What is done at the terminal while it is given away.
pub type AtTerminal = BoxFuture<'static, Answer>;

/// Who does what is asked of management clusters.
pub trait Fleet: Send + Sync + 'static {
    /// Does it, and says what came of it. The future is dropped when nobody waits for it any more.
    fn execute(&self, request: Request) -> BoxFuture<'static, Answer>;

    /// Makes ready what needs the terminal, which is not given away yet: what is done once it is, or the answer where it comes to
    /// that no more. Both futures are dropped when nobody waits for them any more.
    fn make_ready(&self, request: Request) -> BoxFuture<'static, Result<AtTerminal, Answer>> {
        let at_terminal = self.execute(request);
        std::future::ready(Ok(at_terminal)).boxed()
    }

    /// Says which layers of the tree are shown. Who reads the same whatever is shown needs not listen.
    fn show_layers(&self, layers: Layers) {
        let _ = layers;
    }

    /// Writes a try down that was refused before anybody was asked.
    fn note(&self, tried: Try) {
        let _ = tried;
    }

    /// Refuses every write from now on, and why; or not any more.
    fn set_read_only(&self, why: Option<String>) {
        let _ = why;
    }

    /// The latest lines of what was done and tried, the newest first.
    fn activity(&self, most: usize) -> BoxFuture<'static, Answer> {
        let _ = most;
        std::future::ready(Answer::Activity(Arc::default())).boxed()
    }
}

/// How the console runs.
#[derive(Clone)]
pub struct ConsoleConfig {
    /// How it begins. The size is that of the terminal, whatever is written here.
    pub options: AppOptions,
    /// The time.
    pub clock: SharedClock,
    /// What is said in the place of the fleet while it is set up, until that is nothing any more.
    pub preparing: Option<watch::Receiver<Option<String>>>,
    /// Where it is written down what was seen to change, and where the person is when the line is lost, for the next start.
    pub state_dir: Option<PathBuf>,
    /// Whether what is seen to change is written down there: not that of a fleet that is made up, which would fill it.
    pub keeps_timeline: bool,
    /// Where the user's files are, to follow their changes.
    pub directory: Option<PathBuf>,
    /// The kubeconfig that was named on the command line, into which those of workload clusters are merged; the one that kubectl
    /// would write to where none was.
    pub kubeconfig: Option<PathBuf>,
    /// The file to record everything in.
    pub record: Option<PathBuf>,
}

impl std::fmt::Debug for ConsoleConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsoleConfig")
            .field("directory", &self.directory)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// How the console was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// For good.
    Left,
    /// For the demo, which was asked for in its place.
    Demo,
}

/// Why the console ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// It could not begin.
    #[error(transparent)]
    App(#[from] AppError),
    /// There is no terminal to draw on.
    #[error("fleetui needs a terminal; for output into a file or a pipe there is `fleetui frame`")]
    NoTerminal,
    /// It is one that can only be written on line by line.
    #[error(
        "TERM is dumb: nothing can be drawn on such a terminal; set TERM to what it is (TERM=xterm), or use `fleetui get` and `fleetui frame`, \
         which print lines"
    )]
    Dumb,
    /// The terminal could not be used.
    #[error("the terminal could not be used")]
    Terminal(#[from] std::io::Error),
    /// Nothing can be recorded.
    #[error("{} cannot be recorded in", .0.display())]
    Record(PathBuf, #[source] std::io::Error),
    /// The console's own thread ended by a fault of this program.
    #[error("the console ended by a fault of its own; the terminal was given back")]
    Crashed,
}

/// Draws for what was not asked for by a key are at least this far apart: ten a second, or two where the line is thin.
const BETWEEN_DRAWS: Duration = Duration::from_millis(100);
const BETWEEN_DRAWS_ON_THIN_LINES: Duration = Duration::from_millis(500);

/// Runs the console on the terminal until the person, a signal or the terminal's end ends it.
///
/// Has to be called inside a multi-threaded tokio runtime.
pub async fn run<F: Fleet>(
    config: ConsoleConfig,
    fleet: Arc<F>,
    updates: mpsc::Receiver<Update>,
) -> Result<Ending, ConsoleError> {
    let handle = tokio::runtime::Handle::current();
    let (done, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name(terminal::THREAD.to_owned())
        .spawn(move || {
            let result = handle.block_on(on_terminal(config, fleet, updates));
            // Nobody waits any more where the whole program is ending.
            let _ = done.send(result);
        })?;
    ended.await.map_err(|_| ConsoleError::Crashed)?
}

async fn on_terminal<F: Fleet>(
    config: ConsoleConfig,
    fleet: Arc<F>,
    updates: mpsc::Receiver<Update>,
) -> Result<Ending, ConsoleError> {
    let ConsoleConfig {
        mut options,
        clock,
        preparing,
        state_dir,
        keeps_timeline,
        directory,
        kubeconfig,
        record,
    } = config;
    let mut recorder = record.map(new_recorder).transpose()?;
    let signals = input::signals()?;
    let mut screen = terminal::Terminal::enter()?;
    options.size = terminal::size()?;
    if let Some(directory) = &state_dir {
        options.kept = kept::take(directory, clock.now());
        options.bookmarks = bookmarks::read(directory);
        let interrupted = Creations::below(directory).all().await;
        options.unfinished = drafts::unfinished(directory, interrupted);
    }
    if let Some(recorder) = &mut recorder {
        recorder.begin(&options)?;
    }
    let files = options.files.clone();
    let app = App::new(options)?;
    let (input, keys) = input::messages(signals);
    screen.read_by(keys);
    let mut event_loop = event_loop::EventLoop::new(app, fleet, clock);
    event_loop.follow(preparing);
    event_loop.keeps_in(state_dir, keeps_timeline);
    event_loop.merges_into(kubeconfig);
    event_loop.record(recorder);
    event_loop.follow_files(directory.map(|directory| watch_files::changes(directory, files)));
    let result = event_loop.run(&mut screen, input, updates).await;
    let hung_up = !screen::Screen::is_there(&screen);
    // The terminal is given back before anything is said about how it ended.
    drop(screen);
    event_loop.clear_drafts();
    match result {
        // A terminal that went away is an end like any other.
        Err(_) if hung_up => Ok(Ending::Left),
        ended => ended.map_err(ConsoleError::Terminal),
    }
}

/// Made before the terminal is taken, so that what is wrong with it is said where it can be read.
fn new_recorder(path: PathBuf) -> Result<recorder::Recorder, ConsoleError> {
    recorder::Recorder::create(&path).map_err(|error| ConsoleError::Record(path, error))
}
