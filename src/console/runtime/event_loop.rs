//! The loop: it waits for one message, takes what else is queued, updates, does the effects, and draws if something
//! changed: at once after a key, at most about ten times a second for the rest, not at all when nothing changed.

use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use fleetui_base::{SharedClock, Shown};
use fleetui_fleet::Update;
use fleetui_fleet::timeline::Flip;
use futures::{Stream, StreamExt};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Sleep, sleep};

use self::lending::{Borrower, Readying};
use super::clicks::Clicks;
use super::create_files;
use super::journal::Journal;
use super::recorder::Recorder;
use super::screen::Screen;
use super::watch_files::Changes;
use super::work::Work;
use super::{AtTerminal, Ending, Fleet};
use crate::app::App;
use crate::effect::{Action, Answer, Effect, EffectId, Failure, FailureKind, Outcome, Request};
use crate::kept::Kept;
use crate::msg::Msg;
use crate::recording::within_bounds;
use crate::update::update;
use crate::user_file::UserFiles;

/// Keys that are taken in one round, so that a flood of pasted keys cannot keep the screen from being drawn.
const MOST_INPUT: usize = 64;
/// Updates that are taken in one round; more stay in their queue, whose bound then holds their sender.
const MOST_UPDATES: usize = 4096;

/// The loop and what it owns.
pub(super) struct EventLoop<F> {
    app: App,
    work: Work<F>,
    clock: SharedClock,
    /// Closed for a while after a draw that no key asked for.
    gate: Option<Pin<Box<Sleep>>>,
    /// What sessions told and was not taken yet.
    held: Vec<Update>,
    /// How long it has taken so far to work in what was told since the last draw.
    spent: Duration,
    /// How far that is which sets the fleet up.
    preparing: Option<watch::Receiver<Option<String>>>,
    /// The user's files after each change.
    files: Option<Changes>,
    recorder: Option<Recorder>,
    clicks: Clicks,
    /// What needs the terminal and is not ready for it yet.
    readying: Option<Box<Readying>>,
    /// Who gets the terminal next, and what of.
    borrower: Option<(EffectId, Borrower)>,
    /// Where it is written down where the person is.
    state_dir: Option<PathBuf>,
    /// The kubeconfig that was named on the command line.
    kubeconfig: Option<PathBuf>,
    /// Where it is written down what was seen to change.
    journal: Option<Journal>,
    /// What earlier starts saw, until it is there.
    remembered: Option<oneshot::Receiver<Vec<Flip>>>,
    ended: Option<Ending>,
}

/// What woke the loop.
enum Woken {
    Input(Option<Msg>),
    Outcome(Outcome),
    Ready(Result<AtTerminal, Answer>),
    Told(Option<Update>),
    Preparing(Option<String>),
    Remembered(Vec<Flip>),
    Files(Option<Arc<UserFiles>>),
    GateOpen,
    /// Nobody asks for anything else, and something that was told is not worked in.
    Free,
    Idle,
}

impl<F: Fleet> EventLoop<F> {
    pub(super) fn new(app: App, fleet: Arc<F>, clock: SharedClock) -> Self {
        Self {
            app,
            work: Work::new(fleet),
            clock,
            gate: None,
            held: Vec::new(),
            spent: Duration::ZERO,
            preparing: None,
            files: None,
            recorder: None,
            clicks: Clicks::default(),
            readying: None,
            borrower: None,
            state_dir: None,
            kubeconfig: None,
            journal: None,
            remembered: None,
            ended: None,
        }
    }

    /// Takes over what the user's files say after each change of them.
    pub(super) fn follow_files(&mut self, changes: Option<Changes>) {
        self.files = changes;
    }

    /// Records everything from here on.
    pub(super) fn record(&mut self, recorder: Option<Recorder>) {
        self.recorder = recorder;
    }

    /// Tells the person what is being set up, until it is.
    pub(super) fn follow(&mut self, preparing: Option<watch::Receiver<Option<String>>>) {
        self.preparing = preparing;
    }

    /// Merges kubeconfigs of workload clusters into this one.
    pub(super) fn merges_into(&mut self, kubeconfig: Option<PathBuf>) {
        self.kubeconfig = kubeconfig;
    }

    /// Writes down in this directory where the person is when the line is lost, and with `timeline` what is seen to change.
    pub(super) fn keeps_in(&mut self, state_dir: Option<PathBuf>, timeline: bool) {
        match state_dir.clone().filter(|_| timeline).map(Journal::open) {
            Some(Ok((journal, remembered))) => {
                self.journal = Some(journal);
                self.remembered = Some(remembered);
            }
            Some(Err(error)) => tracing::warn!(%error, "the timeline is not written down"),
            None => {}
        }
        self.state_dir = state_dir;
    }

    /// Runs until the program is asked to end, or the terminal is gone.
    pub(super) async fn run(
        &mut self,
        screen: &mut impl Screen,
        input: impl Stream<Item = Msg>,
        mut updates: mpsc::Receiver<Update>,
    ) -> io::Result<Ending> {
        let mut input = std::pin::pin!(input.fuse());
        let mut told_all = false;
        for effect in self.app.begin() {
            self.perform(effect, screen)?;
        }
        self.draw(screen)?;
        loop {
            if let Some(ending) = self.ended {
                return Ok(ending);
            }
            let woken = self.wait(&mut input, &mut updates, told_all).await;
            let now = self.clock.now();
            self.message(Msg::Tick(now), screen)?;
            self.work.glance(&self.app.fleet, now);
            let mut urgent = false;
            match woken {
                // Who types is served before anything else.
                Woken::Input(Some(first)) => {
                    urgent = true;
                    self.message(first, screen)?;
                    self.drain_input(&mut input, screen).await?;
                }
                Woken::Input(None) => self.message(Msg::HungUp, screen)?,
                Woken::Outcome(outcome) => self.message(Msg::Outcome(outcome), screen)?,
                Woken::Ready(ready) => self.made_ready(ready, screen)?,
                Woken::Told(Some(first)) => {
                    self.held.push(first);
                    while self.held.len() < MOST_UPDATES
                        && let Ok(next) = updates.try_recv()
                    {
                        self.held.push(next);
                    }
                }
                Woken::Told(None) => told_all = true,
                Woken::Preparing(what) => self.message(Msg::Preparing(what), screen)?,
                Woken::Remembered(flips) => self.message(Msg::Remembered(flips), screen)?,
                Woken::Files(Some(files)) => self.message(Msg::Reload(files), screen)?,
                Woken::Files(None) => self.files = None,
                Woken::GateOpen => self.gate = None,
                Woken::Free => {}
                Woken::Idle => {
                    if !screen.is_there() {
                        self.message(Msg::HungUp, screen)?;
                    }
                }
            }
            if let Some(borrower) = self.borrower.take() {
                self.lend(borrower, &mut input, screen).await?;
            }
            self.fit(screen)?;
            self.settle(urgent, screen)?;
        }
    }

    async fn wait(
        &mut self,
        input: &mut (impl Stream<Item = Msg> + Unpin),
        updates: &mut mpsc::Receiver<Update>,
        told_all: bool,
    ) -> Woken {
        let has_work = self.has_work();
        // What comes while something is worked in waits for the next draw, or there would be none in a flood.
        let room = self.held.len() < MOST_UPDATES && !told_all && !has_work;
        let idle = Duration::from_secs(self.app.next_tick_seconds());
        let gate = async {
            match &mut self.gate {
                Some(gate) => gate.await,
                None => std::future::pending().await,
            }
        };
        let preparing = async {
            let Some(preparing) = &mut self.preparing else {
                return std::future::pending().await;
            };
            match preparing.changed().await {
                Ok(()) => preparing.borrow_and_update().clone(),
                // Whoever told of it has ended, and it with it.
                Err(_) => None,
            }
        };
        let remembered = async {
            match &mut self.remembered {
                // Whoever reads it has ended, which has told why.
                Some(remembered) => remembered.await.unwrap_or_default(),
                None => std::future::pending().await,
            }
        };
        let files = async {
            match &mut self.files {
                Some(files) => files.next().await,
                None => std::future::pending().await,
            }
        };
        let woken = tokio::select! {
            biased;
            message = input.next() => Woken::Input(message),
            outcome = self.work.next() => Woken::Outcome(outcome),
            ready = Readying::wait(&mut self.readying) => Woken::Ready(ready),
            // Runs once through the scheduler, which looks for what else has come.
            () = tokio::task::yield_now(), if has_work => Woken::Free,
            () = gate => Woken::GateOpen,
            told = updates.recv(), if room => Woken::Told(told),
            what = preparing => Woken::Preparing(what),
            flips = remembered => Woken::Remembered(flips),
            files = files => Woken::Files(files),
            () = sleep(idle) => Woken::Idle,
        };
        match woken {
            Woken::Preparing(None) => self.preparing = None,
            Woken::Remembered(_) => self.remembered = None,
            Woken::Input(_)
            | Woken::Outcome(_)
            | Woken::Ready(_)
            | Woken::Told(_)
            | Woken::Preparing(Some(_))
            | Woken::GateOpen
            | Woken::Free
            | Woken::Files(_)
            | Woken::Idle => {}
        }
        woken
    }

    async fn drain_input(
        &mut self,
        input: &mut (impl Stream<Item = Msg> + Unpin),
        screen: &mut impl Screen,
    ) -> io::Result<()> {
        for _ in 1..MOST_INPUT {
            // Asked with the loop's own waker: the terminal's stream keeps the first one that it sees.
            let next = poll_fn(|context| Poll::Ready(input.poll_next_unpin(context))).await;
            let Poll::Ready(Some(next)) = next else {
                return Ok(());
            };
            self.message(next, screen)?;
        }
        Ok(())
    }

    /// Takes the size that the terminal has now. In a storm of sizes what is told of them may come late, or not at all.
    fn fit(&mut self, screen: &mut impl Screen) -> io::Result<()> {
        match screen.size().filter(|size| *size != self.app.size()) {
            Some((width, height)) => self.message(Msg::Resize(width, height), screen),
            None => Ok(()),
        }
    }

    fn draw(&mut self, screen: &mut impl Screen) -> io::Result<()> {
        screen.draw(&self.app)?;
        let written = self.recorder.as_mut().map(Recorder::drawn);
        self.app.drawn();
        self.check_recording(written);
        Ok(())
    }

    fn message(&mut self, message: Msg, screen: &mut impl Screen) -> io::Result<()> {
        for effect in self.take(message) {
            self.perform(effect, screen)?;
        }
        Ok(())
    }

    fn take(&mut self, message: Msg) -> Vec<Effect> {
        let message = self.clicks.count(message, self.clock.now());
        let (message, written) = match &mut self.recorder {
            Some(recorder) => {
                let message = within_bounds(message);
                let written = recorder.message(&self.app, &message);
                (message, Some(written))
            }
            None => (message, None),
        };
        self.check_recording(written);
        update(&mut self.app, message)
    }

    /// A recording that cannot be written any more is given up, and that is said; the console goes on.
    fn check_recording(&mut self, written: Option<io::Result<()>>) {
        if let Some(Err(error)) = written {
            self.recorder = None;
            self.app
                .tell_failure(&format!("the recording ends here: {error}"));
        }
    }

    fn keep(&self, kept: &Kept) {
        let Some(directory) = &self.state_dir else { return };
        // There is nobody any more to tell it to.
        if let Err(error) = super::kept::save(directory, kept) {
            tracing::warn!(%error, "where the person was could not be written down");
        }
    }

    fn bookmark(&self, name: String, kept: Option<Kept>) {
        let Some(directory) = &self.state_dir else { return };
        if let Err(error) = super::bookmarks::write(directory, name, kept) {
            tracing::warn!(%error, "a bookmark could not be written down");
        }
    }

    /// Writes what is shown to a file, and says where.
    fn save(&self, name: &str, text: Option<String>) -> Answer {
        let failed = |message: String| {
            Answer::Failed(Failure {
                kind: FailureKind::Refused,
                message: Shown::line(&message),
            })
        };
        let Some(directory) = &self.state_dir else {
            return failed("not saved: there is no directory for it".to_owned());
        };
        let text = text.unwrap_or_else(|| super::Frame::of(&self.app).plain());
        match super::saved::save(directory, name, &text, self.clock.now()) {
            Ok(path) => Answer::Saved(Shown::line(&path.display().to_string())),
            Err(error) => failed(format!("not saved below {}: {error}", directory.display())),
        }
    }

    /// What writes files of its own is told where they lie.
    fn say_where(&self, request: &mut Request) {
        if let Request::Kubeconfig {
            directory,
            kubeconfig,
            ..
        } = request
        {
            directory.clone_from(&self.state_dir);
            kubeconfig.clone_from(&self.kubeconfig);
        }
    }

    fn perform(&mut self, effect: Effect, screen: &mut impl Screen) -> io::Result<()> {
        match effect.action {
            Action::Ask(mut request) => {
                self.say_where(&mut request);
                if let Some(outcome) = self.work.begin(effect.id, request) {
                    // It was refused here, so that what it asks for in turn is nothing that is asked of a cluster.
                    self.take(Msg::Outcome(outcome));
                }
            }
            Action::Abandon(id) => {
                self.work.abandon(id);
                self.abandon_readying(id);
            }
            Action::Layers(layers) => self.work.show_layers(layers),
            Action::Note(tried) => self.work.note(*tried),
            Action::ReadOnly(why) => self.work.set_read_only(why),
            Action::Activity(most) => {
                if let Some(outcome) = self.work.begin_activity(effect.id, most) {
                    self.take(Msg::Outcome(outcome));
                }
            }
            Action::Copy(text) => screen.copy(&text)?,
            Action::Mouse(on) => screen.mouse(on)?,
            Action::Redraw => screen.forget()?,
            Action::Stop => screen.stop()?,
            Action::Retake => screen.retake()?,
            Action::Lend(mut request) => {
                self.say_where(&mut request);
                self.make_ready(effect.id, request, screen)?;
            }
            Action::Draft(key, uid, what) => {
                if let Some(answer) = self.draft(effect.id, (&key, &uid), what) {
                    let outcome = Outcome {
                        id: effect.id,
                        answer,
                    };
                    self.message(Msg::Outcome(outcome), screen)?;
                }
            }
            Action::CreateDrafts(what) => {
                if let Some(answer) = self.create_drafts(what) {
                    let outcome = Outcome {
                        id: effect.id,
                        answer,
                    };
                    self.message(Msg::Outcome(outcome), screen)?;
                }
            }
            Action::Template(file) => {
                let outcome = Outcome {
                    id: effect.id,
                    answer: create_files::template(&file),
                };
                self.message(Msg::Outcome(outcome), screen)?;
            }
            Action::Keep(kept) => self.keep(&kept),
            Action::DraftsTold => self.drafts_told(),
            Action::Remember(flips) => {
                if let Some(journal) = &mut self.journal {
                    journal.keep(flips);
                }
            }
            Action::Bookmark(name, kept) => self.bookmark(name, kept.map(|kept| *kept)),
            Action::Save { name, text } => {
                let answer = self.save(&name, text);
                let outcome = Outcome {
                    id: effect.id,
                    answer,
                };
                self.take(Msg::Outcome(outcome));
            }
            Action::Demo => self.ended = Some(Ending::Demo),
            Action::Quit => self.ended = Some(Ending::Left),
        }
        Ok(())
    }
}

mod lending;
mod working_in;

#[cfg(test)]
mod tests;
