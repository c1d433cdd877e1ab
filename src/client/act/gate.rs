//! The gate: the only way to a server for what is not merely read. Its steps are connection, read-only, permission, preflight,
//! dry run, confirmation, audit of the intent, the writes, audit of the outcome; a refusal at any of them writes nothing but one line.
//!
//! Must not know: how a plan was made, or who looks at what comes of it.

mod not_kept;
mod once;
mod perform;
mod references;
mod shared;
mod tries;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use fleetui_base::{ObjectKey, SharedClock};
use fleetui_fleet::act::{
    Act, Confirmed, Deed, Found, Judgement, Mode, Plan, Refusal, Step, Verb, Weighed, Write, plan::told,
};
use fleetui_fleet::walk::later;
use futures::{StreamExt as _, stream};
use serde_json::Value;

use self::not_kept::not_kept;
use self::once::once;
use self::perform::perform;
pub(crate) use self::tries::{note, note_at};
use super::notes::Notes;
use super::permission::{Asked, May};
use super::{drains, identity, inspect, send, weigh};
use crate::command::{Answer, Failure, FailureKind, Outcome};
use crate::execute;
use crate::fault::Fault;
use crate::settings::ClientSettings;
use crate::supervisor::Handle;

/// Questions about one plan that may be under way at once.
const AT_ONCE: usize = 8;
/// A dry run that was shown counts for so long.
const DRY_RUN_COUNTS: Duration = Duration::from_mins(1);

/// Leave to write. Only the gate can make one, and nothing is sent without one.
pub(crate) struct Permit(());

/// Why nothing may be written from this program, where that is so; the console says it as it is switched.
pub(crate) type ReadOnly = Arc<RwLock<Option<String>>>;

/// What the gate stands on.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) handle: Handle,
    pub(crate) settings: Arc<ClientSettings>,
    pub(crate) clock: SharedClock,
    pub(crate) read_only: ReadOnly,
}

/// Why a plan was stopped before anything was written.
struct Stopped {
    step: Step,
    failure: Failure,
    /// The object that it was stopped for, where that is one of several.
    about: Option<Box<ObjectKey>>,
}

impl Stopped {
    fn at(step: Step, why: impl Into<String>) -> Self {
        Self {
            step,
            failure: Failure::new(FailureKind::Refused(step), why),
            about: None,
        }
    }
}

/// Passes a plan through the gate, as far as `mode` says.
pub(crate) async fn pass(ground: &Ground, plan: &Plan, mode: &Mode) -> Outcome {
    pass_noting(ground, plan, mode, &mut ()).await
}

/// The same, with notes of each write.
pub(crate) async fn pass_noting(
    ground: &Ground,
    plan: &Plan,
    mode: &Mode,
    notes: &mut impl Notes,
) -> Outcome {
    if *mode == Mode::Drains {
        return Ok(Answer::Judged(drains::alone(ground, plan).await));
    }
    let limit = ground.settings.execute_timeout;
    let judged = match tokio::time::timeout(limit, judge(ground, plan, mode)).await {
        Ok(judged) => judged,
        Err(_elapsed) => Err(Stopped {
            step: Step::DryRun,
            failure: nothing_written(Fault::TimedOut(limit).into()),
            about: None,
        }),
    };
    let done = match (judged, mode) {
        (Ok((judgement, _)), Mode::Preview | Mode::Drains) => Ok(Ok(Answer::Judged(judgement))),
        (Ok((judgement, permit)), Mode::Perform(confirmed)) => {
            perform(ground, plan, (confirmed, &permit), judgement.warnings, notes).await
        }
        (Err(stopped), _) => Err(stopped),
    };
    match done {
        Ok(outcome) => outcome,
        Err(Stopped { step, failure, about }) => {
            let refusal = Refusal::at(step, failure.message.as_str());
            note_at(ground, &act_on(&plan.act, about), refusal).await;
            Err(failure)
        }
    }
}

/// A try at a file of objects is written down at the one that it failed for.
fn act_on(act: &Act, about: Option<Box<ObjectKey>>) -> Act {
    match about.filter(|about| act.deed == Deed::Apply && **about != act.subject) {
        Some(subject) => Act {
            subject: *subject,
            uid: "".into(),
            ..act.clone()
        },
        None => act.clone(),
    }
}

/// Keeps the books of an act that has passed the gate: how far it is, and who carries it out. That is no deed of its own and has
/// no line in the audit log; where nothing may be written, or this user may not, neither is this.
pub(crate) async fn keep(ground: &Ground, write: &Write) -> Result<Value, Failure> {
    refuse_writing(ground).map_err(|stopped| stopped.failure)?;
    let may = permission(ground, std::slice::from_ref(write)).await;
    may.map_err(|stopped| stopped.failure)?;
    let sent = send::send(ground, &Permit(()), write, false).await?;
    Ok(sent.object)
}

/// All steps before anything is written.
async fn judge(ground: &Ground, plan: &Plan, mode: &Mode) -> Result<(Judgement, Permit), Stopped> {
    connection(ground, plan)?;
    read_only(ground, plan)?;
    // Whoever is about to write has to be named in the audit log.
    let (may, ()) = tokio::join!(permission(ground, &plan.writes), identity::learn(ground));
    may?;
    // Who begins what is written step by step has to be able to end it.
    permission(ground, &later(plan)).await?;
    preflight(plan, mode)?;
    let permit = Permit(());
    let mut judgement = Judgement {
        digest: plan.digest(),
        ..Judgement::default()
    };
    match mode {
        Mode::Preview | Mode::Drains => {
            let asked = (dry_run(ground, plan, &permit), owners(ground, plan));
            let (checked, owners, drains) = tokio::join!(asked.0, asked.1, drains::ahead(ground, plan));
            (judgement.warnings, judgement.weighed) = checked?;
            (judgement.owners, judgement.drains) = (owners, drains);
        }
        Mode::Perform(confirmed) => {
            if !was_dry_run(plan, confirmed) {
                (judgement.warnings, judgement.weighed) = dry_run(ground, plan, &permit).await?;
            } else if matches!(plan.act.deed, Deed::Undo(_)) {
                // What is taken back has to be as it was left until the end.
                let stands = weigh::stands(ground, plan).await;
                stands.map_err(|failure| Stopped {
                    step: Step::DryRun,
                    failure: nothing_written(failure),
                    about: None,
                })?;
            }
            confirmation(plan, confirmed)?;
        }
    }
    Ok((judgement, permit))
}

fn connection(ground: &Ground, plan: &Plan) -> Result<(), Stopped> {
    let refuse = |why: String| Err(Stopped::at(Step::Connection, why));
    let name = &ground.handle.target.management_cluster;
    let elsewhere = plan
        .writes
        .iter()
        .find(|write| write.target.management_cluster != *name);
    if let Some(write) = elsewhere {
        return refuse(format!("{} is not in {name}; nothing was sent", write.target));
    }
    let nameless = plan.writes.iter().find(|write| match write.verb {
        Verb::Patch | Verb::Delete => write.uid.is_empty(),
        Verb::Create | Verb::Apply | Verb::ApplyForced => false,
    });
    if let Some(write) = nameless {
        let target = &write.target;
        return refuse(format!(
            "it is not known which life of {target} is meant; nothing was sent"
        ));
    }
    if ground.handle.catalogue().is_empty() {
        return Err(Stopped {
            step: Step::Connection,
            failure: Failure::new(FailureKind::Unreachable, format!("{name} is not connected yet")),
            about: None,
        });
    }
    Ok(())
}

fn read_only(ground: &Ground, plan: &Plan) -> Result<(), Stopped> {
    if plan.writes.is_empty() {
        return Ok(());
    }
    refuse_writing(ground)
}

fn refuse_writing(ground: &Ground) -> Result<(), Stopped> {
    let name = &ground.handle.target.management_cluster;
    if ground.handle.target.read_only {
        let why = format!("{name} is read-only here; nothing was sent");
        return Err(Stopped::at(Step::ReadOnly, why));
    }
    let switched = ground.read_only.read().unwrap_or_else(PoisonError::into_inner);
    match switched.as_ref() {
        Some(why) => Err(Stopped::at(Step::ReadOnly, why)),
        None => Ok(()),
    }
}

/// Asks whether the user may do every one of the writes. What cannot be found out is left to the server.
async fn permission(ground: &Ground, writes: &[Write]) -> Result<(), Stopped> {
    let asked = writes.iter().map(|write| async move {
        let asked = asked(ground, write).await?;
        let now = ground.clock.monotonic();
        let may = ground
            .handle
            .permissions
            .may(&ground.handle, &asked, now, ground.settings.request_timeout);
        Some((write, asked.clone(), may.await))
    });
    let answers: Vec<_> = stream::iter(asked.collect::<Vec<_>>())
        .buffered(AT_ONCE)
        .collect()
        .await;
    for (write, asked, may) in answers.into_iter().flatten() {
        match may {
            May::Yes => {}
            May::Unknown(why) => {
                tracing::debug!(%why, target = %write.target, "whether it may be written is not known");
            }
            May::No(why) => {
                let why = format!("you may not {} {}: {why}", asked.verb, write.target);
                return Err(Stopped {
                    about: Some(Box::new(write.target.clone())),
                    ..Stopped::at(Step::Permission, why)
                });
            }
        }
    }
    Ok(())
}

async fn asked(ground: &Ground, write: &Write) -> Option<Asked> {
    if write.api_version.is_empty() {
        let catalogue = ground.handle.catalogue();
        return Some(Asked::of(write, catalogue.find(&write.target.kind, None)?));
    }
    let limit = ground.settings.request_timeout;
    let object = (&write.target, write.api_version.as_str());
    let served = super::resolve::served(&ground.handle, object, limit).await.ok()?;
    Some(Asked::of(write, &served))
}

fn preflight(plan: &Plan, mode: &Mode) -> Result<(), Stopped> {
    let anyway = matches!(mode, Mode::Perform(confirmed) if confirmed.anyway);
    for check in &plan.checks {
        let Found::Blocks { why, overridable } = &check.found else {
            continue;
        };
        // What may be passed over is shown first; whether it is passed over is asked when it is carried out.
        let passes = *overridable && (anyway || *mode == Mode::Preview);
        if !passes {
            return Err(Stopped::at(Step::Preflight, why));
        }
    }
    Ok(())
}

fn was_dry_run(plan: &Plan, confirmed: &Confirmed) -> bool {
    let recent = |seconds: u64| Duration::from_secs(seconds) < DRY_RUN_COUNTS;
    confirmed.digest == plan.digest() && confirmed.dry_run_seconds.is_some_and(recent)
}

/// What is known of one write once the server has checked it.
type Checked = (Vec<String>, Option<Weighed>);

/// Has the server check every write, before the first of them is done: what it warns of, and what it would make of each, where that is
/// asked for.
async fn dry_run(
    ground: &Ground,
    plan: &Plan,
    permit: &Permit,
) -> Result<(Vec<String>, Vec<Weighed>), Stopped> {
    let asked = plan
        .writes
        .iter()
        .map(|write| checked(ground, plan, permit, write));
    let mut answers = stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE);
    let (mut said_of, mut weighed) = (Vec::new(), Vec::new());
    let mut stopped: Option<Stopped> = None;
    while let Some(answer) = answers.next().await {
        match answer {
            Ok((said, one)) => {
                said_of.push(said);
                weighed.extend(one);
            }
            // Of the fields that others hold, all objects are told at once.
            Err(another) => match &mut stopped {
                None if another.failure.kind != FailureKind::Conflict => return Err(another),
                None => stopped = Some(another),
                Some(first) if another.failure.kind == FailureKind::Conflict => {
                    first.failure.message = format!("{}; {}", first.failure.message, another.failure.message);
                }
                Some(_) => {}
            },
        }
    }
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    let mut warnings = once(&said_of);
    warnings.extend(references::missing(ground, plan).await?);
    Ok((warnings, weighed))
}

/// Has the server check one write.
async fn checked(ground: &Ground, plan: &Plan, permit: &Permit, write: &Write) -> Result<Checked, Stopped> {
    let about = |step: Step, failure: Failure| Stopped {
        step,
        failure,
        about: Some(Box::new(write.target.clone())),
    };
    let weighs = weigh::is_wanted(plan);
    match send::say(ground, permit, write, true).await {
        Ok(said) => {
            let object = execute::read(&said.text).map_err(|failure| about(Step::DryRun, failure))?;
            if let Some(field) = not_kept(plan, write, &object) {
                let why = format!(
                    "{} does not keep {field}: its management cluster has an older definition of {}, and nothing would come of it",
                    write.target, write.target.kind.kind
                );
                return Err(Stopped::at(Step::DryRun, why));
            }
            let weighed = if weighs {
                let weighed = weigh::weighed(ground, plan, write, &said.text).await;
                Some(weighed.map_err(|failure| about(Step::DryRun, nothing_written(failure)))?)
            } else {
                None
            };
            Ok((said.warnings, weighed))
        }
        // What makes it room is written before it, and not yet.
        Err(failure) if is_made_first(plan, write, &failure) => {
            let warning = format!("{} cannot be checked before what it needs is there", write.target);
            Ok((vec![warning], weighs.then(Weighed::default)))
        }
        Err(failure) => {
            if let Some(there) = shared::there(ground, plan, write, &failure).await {
                return Ok((vec![shared::told(write, &there)], weighs.then(Weighed::default)));
            }
            forget_permission(ground, write, &failure).await;
            Err(about(Step::DryRun, nothing_written(failure)))
        }
    }
}

/// Where a server did not answer a question, it is not left open whether something was done.
fn nothing_written(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::TimedOut => Failure::new(
            FailureKind::Unreachable,
            format!("{failure}, when it was asked beforehand; nothing was written"),
        ),
        FailureKind::Refused(_)
        | FailureKind::Denied
        | FailureKind::AuthNeeded
        | FailureKind::NotFound
        | FailureKind::Conflict
        | FailureKind::Invalid
        | FailureKind::Unreachable
        | FailureKind::Unexpected => failure,
    }
}

/// Whether a write failed its dry run only for the lack of what an earlier one makes: its namespace, or its kind.
fn is_made_first(plan: &Plan, write: &Write, failure: &Failure) -> bool {
    let makes = |verb: Verb| verb == Verb::Create || verb.applies();
    if failure.kind != FailureKind::NotFound || !makes(write.verb) {
        return false;
    }
    let earlier = plan
        .writes
        .iter()
        .take_while(|earlier| !std::ptr::eq(*earlier, write));
    earlier.into_iter().any(|earlier| {
        let kind = earlier.target.kind.kind.as_ref();
        let namespace = kind == "Namespace" && earlier.target.object.name == write.target.object.namespace;
        makes(earlier.verb) && (namespace || kind == "CustomResourceDefinition")
    })
}

/// Who else applies what is written, as sentences. Where it cannot be read, nothing is said.
async fn owners(ground: &Ground, plan: &Plan) -> Vec<String> {
    let there = plan.writes.iter().filter(|write| match write.verb {
        Verb::Patch | Verb::Delete => true,
        Verb::Create | Verb::Apply | Verb::ApplyForced => false,
    });
    let asked = there.take(AT_ONCE).map(|write| async move {
        let inspection =
            inspect::inspect(&ground.handle, (&write.target, &write.uid), &ground.settings).await;
        let alone = Plan {
            writes: vec![write.clone()],
            ..plan.clone()
        };
        inspection.map_or_else(|_| Vec::new(), |inspection| told(&inspection.owners, &alone).0)
    });
    let sentences: Vec<Vec<String>> = stream::iter(asked.collect::<Vec<_>>())
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut sentences = sentences.concat();
    sentences.dedup();
    sentences
}

fn confirmation(plan: &Plan, confirmed: &Confirmed) -> Result<(), Stopped> {
    let refuse = |why: &str| Err(Stopped::at(Step::Confirmation, why));
    if confirmed.digest != plan.digest() {
        return refuse("what was confirmed is another change than this; nothing was sent");
    }
    if !plan.confirm.is_met(confirmed) {
        return refuse("it was not confirmed; nothing was sent");
    }
    Ok(())
}

/// What the server forbids now was allowed a moment ago: it is asked anew the next time.
async fn forget_permission(ground: &Ground, write: &Write, failure: &Failure) {
    if failure.kind == FailureKind::Denied
        && let Some(asked) = asked(ground, write).await
    {
        ground.handle.permissions.drop_one(&asked);
    }
}
