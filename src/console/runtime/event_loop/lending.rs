//! The terminal is somebody else's for a while: of a credential plugin that lets the person log in, or of the person's own editor. And
//! what becomes of drafts, which is what an editor gets.

use std::io;

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use futures::future::BoxFuture;
use futures::{FutureExt as _, Stream, StreamExt as _};

use super::EventLoop;
use crate::draft::{CreateDrafting, Draft, Drafting};
use crate::effect::{Answer, EffectId, Failure, FailureKind, Outcome, Request};
use crate::msg::Msg;
use crate::runtime::screen::Screen;
use crate::runtime::{AtTerminal, Fleet, create_files, drafts, editor};

/// Who gets the terminal.
pub(super) enum Borrower {
    /// Who answers this, and what he does there.
    Request(Box<Request>, AtTerminal),
    /// The person's editor, for this draft.
    Editor(Box<Draft>),
}

impl Borrower {
    /// What is said in the terminal meanwhile.
    fn said(&self) -> Shown {
        match self {
            Self::Request(request, _) => Shown::line(&match request.as_ref() {
                Request::Kubeconfig { cluster, .. } => format!(
                    "fleetui: a shell for cluster {} of {}; exit goes back",
                    cluster.object, cluster.management_cluster
                ),
                other => format!(
                    "fleetui: logging in to {}; ctrl-c gives up",
                    other.management_cluster()
                ),
            }),
            Self::Editor(draft) => Shown::line(&format!("fleetui: {} is in your editor", draft.key)),
        }
    }
}

/// What needs the terminal and is not ready for it yet.
pub(super) struct Readying {
    id: EffectId,
    request: Box<Request>,
    ready: BoxFuture<'static, Result<AtTerminal, Answer>>,
}

impl Readying {
    /// Waits until it is ready, or has come to nothing.
    pub(super) async fn wait(readying: &mut Option<Box<Self>>) -> Result<AtTerminal, Answer> {
        match readying {
            Some(readying) => (&mut readying.ready).await,
            None => std::future::pending().await,
        }
    }
}

impl<F: Fleet> EventLoop<F> {
    /// Has made ready what needs the terminal. What is ready at once gets it at once.
    pub(super) fn make_ready(
        &mut self,
        id: EffectId,
        request: Request,
        screen: &mut impl Screen,
    ) -> io::Result<()> {
        let request = Box::new(request);
        let mut ready = self.work.make_ready(Request::clone(&request));
        let at_once = (&mut ready).now_or_never();
        self.readying = Some(Box::new(Readying { id, request, ready }));
        match at_once {
            Some(at_terminal) => self.made_ready(at_terminal, screen),
            None => Ok(()),
        }
    }

    /// What was made ready gets the terminal, or its answer is told.
    pub(super) fn made_ready(
        &mut self,
        ready: Result<AtTerminal, Answer>,
        screen: &mut impl Screen,
    ) -> io::Result<()> {
        let Some(readying) = self.readying.take() else {
            return Ok(());
        };
        let Readying { id, request, .. } = *readying;
        match ready {
            Ok(at_terminal) => {
                self.borrower = Some((id, Borrower::Request(request, at_terminal)));
                Ok(())
            }
            Err(answer) => self.message(Msg::Outcome(Outcome { id, answer }), screen),
        }
    }

    /// Nobody waits any more for what is made ready under that id.
    pub(super) fn abandon_readying(&mut self, id: EffectId) {
        self.readying.take_if(|readying| readying.id == id);
    }

    /// Gives the terminal away until there is an answer, or the program has to end, which ends the borrower too.
    pub(super) async fn lend(
        &mut self,
        (id, borrower): (EffectId, Borrower),
        input: &mut (impl Stream<Item = Msg> + Unpin),
        screen: &mut impl Screen,
    ) -> io::Result<()> {
        screen.lend(&borrower.said()).await?;
        let mut answer = match borrower {
            Borrower::Request(_, at_terminal) => at_terminal,
            Borrower::Editor(draft) => self.edited(*draft),
        };
        let ended = loop {
            tokio::select! {
                biased;
                answer = &mut answer => break Msg::Outcome(Outcome { id, answer }),
                message = input.next() => match message {
                    Some(Msg::Quit) => break Msg::Quit,
                    Some(Msg::HungUp) | None => break Msg::HungUp,
                    // Typed before it was given away.
                    Some(_) => {}
                },
            }
        };
        drop(answer);
        self.message(Msg::Tick(self.clock.now()), screen)?;
        self.message(Msg::Continued, screen)?;
        self.message(ended, screen)
    }

    /// What the person's editor makes of a draft.
    fn edited(&self, draft: Draft) -> BoxFuture<'static, Answer> {
        let Some(directory) = self.state_dir.clone() else {
            return std::future::ready(no_directory()).boxed();
        };
        let editor = editor::named(|name| std::env::var_os(name));
        async move { editor::edit(editor, &directory, draft).await }.boxed()
    }

    /// Takes the drafts away whose objects are long gone, as far as the fleet is known. Blocks on the disk.
    pub(in crate::runtime) fn clear_drafts(&self) {
        if let Some(directory) = &self.state_dir {
            let fleet = self.app.fleet();
            let now = self.clock.now();
            drafts::clear(directory, now, |draft| is_gone(fleet, draft));
            create_files::clear(directory, now, drafts::OF_ANYTHING);
        }
    }

    /// The person was told of the drafts that are there. Blocks on the disk.
    pub(in crate::runtime) fn drafts_told(&self) {
        if let Some(directory) = &self.state_dir
            && let Err(error) = drafts::told(directory, self.clock.now())
        {
            tracing::warn!(%error, "that drafts were told of could not be written down");
        }
    }

    /// Does something with the draft of an object; gives the answer, where there is one already.
    pub(super) fn draft(
        &mut self,
        id: EffectId,
        (key, uid): (&ObjectKey, &str),
        what: Drafting,
    ) -> Option<Answer> {
        let directory = self.state_dir.as_deref();
        match (what, directory) {
            (Drafting::Read, None) => Some(Answer::Draft(None)),
            (Drafting::Read, Some(directory)) => {
                let found = drafts::read(directory, key, uid);
                Some(Answer::Draft(found.map(Box::new)))
            }
            (Drafting::Keep(draft), Some(directory)) => {
                let kept = drafts::keep(directory, &draft);
                kept.err()
                    .map(|error| failed(&format!("the draft is not kept: {error}")))
            }
            (Drafting::Drop, Some(directory)) => {
                drafts::forget(directory, key, uid);
                None
            }
            (Drafting::Drop, None) => None,
            (Drafting::Keep(_), None) => Some(no_directory()),
            (Drafting::Outside(draft), _) => {
                self.borrower = Some((id, Borrower::Editor(draft)));
                None
            }
        }
    }
}

/// Whether the object of a draft is known to be gone: its management cluster tells of its kind, and not of this life of it.
fn is_gone(fleet: &FleetStore, draft: &Draft) -> bool {
    let key = &draft.key;
    let mut rows = fleet.rows(Some(&key.management_cluster));
    let is_told = fleet
        .session(&key.management_cluster)
        .is_some_and(|session| session.is_live())
        && rows.any(|row| row.facts.kind == key.kind);
    is_told && fleet.get(key).is_none_or(|row| row.facts.uid != draft.uid)
}

impl<F: Fleet> EventLoop<F> {
    /// Does something with the drafts of creations; gives the answer, where there is one.
    pub(super) fn create_drafts(&self, what: CreateDrafting) -> Option<Answer> {
        let directory = self.state_dir.as_deref();
        match (what, directory) {
            (CreateDrafting::Read, None) => Some(create_files::drafts(Vec::new())),
            (CreateDrafting::Read, Some(directory)) => {
                Some(create_files::drafts(create_files::read(directory)))
            }
            (CreateDrafting::Keep(draft), Some(directory)) => {
                let kept = create_files::keep(directory, &draft);
                kept.err()
                    .map(|error| failed(&format!("the draft is not kept: {error}")))
            }
            (CreateDrafting::Keep(_), None) => Some(no_directory()),
            (CreateDrafting::Drop(name), Some(directory)) => {
                create_files::forget(directory, &name);
                None
            }
            (CreateDrafting::Created(cluster, flavour), Some(directory)) => {
                create_files::forget_created(directory, &cluster, &flavour);
                None
            }
            (CreateDrafting::Drop(_) | CreateDrafting::Created(..), None) => None,
        }
    }
}

fn no_directory() -> Answer {
    failed("the draft is not kept: there is no directory for it")
}

fn failed(message: &str) -> Answer {
    Answer::Failed(Failure {
        kind: FailureKind::Refused,
        message: Shown::line(message),
    })
}
