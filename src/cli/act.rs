//! The commands that change something: each makes a plan of what is known of the fleet, and passes it through the one gate, as
//! the console does.
//!
//! Must not know: how a plan is made, or how anything is written.

pub(crate) mod apply;
mod arguments;
mod confirm;
pub(crate) mod create;
pub(crate) mod document;
mod fleet;
pub(crate) mod host;
pub(crate) mod machine;
pub(crate) mod one;
pub(crate) mod pause;
mod print;
pub(crate) mod rollout;
mod several;
pub(crate) mod undo;
pub(crate) mod upgrade;
pub(crate) mod who;

use std::process::ExitCode;

use color_eyre::eyre::{Report, eyre};
use fleetui_client::{Answer, Failure, FailureKind};
use fleetui_fleet::act::plan::weigh;
use fleetui_fleet::act::{
    AuditId, Confirm, Confirmed, Deed, Found, Judgement, Mode, Plan, Refusal, Step, Try,
};

use super::status::{Refused, TimedOut, Unchanged};
use arguments::ActArgs;
use fleet::Fleet;
use print::{Beside, Told};

/// A plan, and what the server says of it.
struct Judged {
    plan: Plan,
    judgement: Judgement,
}

/// What came of a write: the line of the audit log, and what the server said.
type Written = (AuditId, Vec<String>);

/// Passes a plan through the gate, as far as the arguments say, and prints what comes of it.
async fn pass(fleet: &Fleet, plan: Plan, args: &ActArgs) -> color_eyre::Result<ExitCode> {
    pass_beside(fleet, plan, args, Beside::default()).await
}

/// The same, with what stands beside it where it is told as a document.
async fn pass_beside(
    fleet: &Fleet,
    plan: Plan,
    args: &ActArgs,
    beside: Beside,
) -> color_eyre::Result<ExitCode> {
    let judged = judged(fleet, plan, args).await?;
    let told = Told::new(&judged.plan, &judged.judgement, args.output).with(beside);
    told.preview()?;
    if let Some(refusal) = in_the_way(&judged.plan, args.anyway, "; --anyway passes it over") {
        let act = judged.plan.act.clone();
        return Err(refuse(fleet, Try { act, refusal }));
    }
    if args.dry_run {
        told.end(None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(said) = confirm::confirm(&judged.plan.confirm, args).await? else {
        return Err(not_confirmed(fleet, &judged.plan));
    };
    let (id, warnings) = written(fleet, &judged, &said, args).await?;
    told.end(Some((&id, &warnings)))?;
    Ok(ExitCode::SUCCESS)
}

/// Has the server judge a plan, which writes nothing.
///
/// # Errors
/// The server does not take it, or cannot be asked.
async fn judged(fleet: &Fleet, mut plan: Plan, args: &ActArgs) -> color_eyre::Result<Judged> {
    plan.act.reason.clone_from(&args.reason);
    let mut judgement = match fleet.client.act(plan.clone(), Mode::Preview).await {
        Ok(Answer::Judged(judgement)) => judgement,
        Ok(_) => return Err(eyre!("the answer was that to another question")),
        Err(failure) => return Err(failed_of(&plan, &failure)),
    };
    weigh(&fleet.around(), &mut plan, &judgement);
    if plan.drains_unseen(&judgement)
        && let Ok(Answer::Judged(ahead)) = fleet.client.act(plan.clone(), Mode::Drains).await
    {
        weigh(&fleet.around(), &mut plan, &ahead);
        judgement.drains = ahead.drains;
    }
    Ok(Judged { plan, judgement })
}

/// Writes what was judged and confirmed.
///
/// # Errors
/// It was refused, or failed.
async fn written(
    fleet: &Fleet,
    Judged { plan, judgement }: &Judged,
    said: &confirm::Said,
    args: &ActArgs,
) -> color_eyre::Result<Written> {
    let confirmed = shown(plan, judgement, said, args);
    match fleet.client.act(plan.clone(), Mode::Perform(confirmed)).await {
        Ok(Answer::Done { id, warnings, .. }) => Ok((id, warnings)),
        Ok(_) => Err(eyre!("the answer was that to another question")),
        Err(failure) => Err(failed_of(plan, &failure)),
    }
}

/// Writes down that a plan was not confirmed, and tells it.
fn not_confirmed(fleet: &Fleet, plan: &Plan) -> Report {
    let refusal = Refusal::at(Step::Confirmation, "it was not confirmed; nothing was written");
    let act = plan.act.clone();
    refuse(fleet, Try { act, refusal })
}

/// The same of a plan: that others hold fields of what is applied is a refusal by the server, which may be passed over.
fn failed_of(plan: &Plan, failure: &Failure) -> Report {
    match (&plan.act.deed, failure.kind) {
        (Deed::Apply, FailureKind::Conflict) => Refused(failure.message.clone()).into(),
        _ => failed(failure),
    }
}

/// How it was confirmed, with the dry run that was shown before. One that a person has looked at for long is made again.
fn shown(plan: &Plan, judgement: &Judgement, confirmed: &confirm::Said, args: &ActArgs) -> Confirmed {
    Confirmed {
        digest: judgement.digest,
        typed: match (&plan.confirm, &confirmed.typed) {
            // The name stands on the command line already.
            (Confirm::Name(name), None) if args.yes => Some(name.to_string()),
            (_, typed) => typed.clone(),
        },
        twice: true,
        anyway: args.anyway,
        dry_run_seconds: (!confirmed.asked).then_some(0),
    }
}

/// What stands in the way and is not passed over, and `how` that is done where a person may.
fn in_the_way(plan: &Plan, anyway: bool, how: &str) -> Option<Refusal> {
    let mut blocking = plan.blocking().filter_map(|check| match &check.found {
        Found::Blocks { why, overridable } => Some((why, *overridable)),
        Found::Well(_) | Found::Warns(_) | Found::Unknown(_) => None,
    });
    let (why, overridable) = blocking.find(|(_, overridable)| !(*overridable && anyway))?;
    let how = if overridable { how } else { "" };
    Some(Refusal::at(Step::Preflight, format!("{why}{how}")))
}

/// A failure with the exit status that it has: what was refused, by us or by the server, is told apart from what failed.
fn failed(failure: &Failure) -> Report {
    match failure.kind {
        FailureKind::Refused(step) if step != Step::Connection => Refused(failure.message.clone()).into(),
        FailureKind::Denied | FailureKind::Invalid => Refused(failure.message.clone()).into(),
        FailureKind::Conflict if failure.message.contains("already exists") => {
            Refused(failure.to_string()).into()
        }
        FailureKind::Conflict => Refused(format!("it was changed by somebody else: {failure}")).into(),
        FailureKind::TimedOut => TimedOut(format!(
            "{failure}; whether it was done is not known, look at the object"
        ))
        .into(),
        FailureKind::Refused(_)
        | FailureKind::AuthNeeded
        | FailureKind::NotFound
        | FailureKind::Unreachable
        | FailureKind::Unexpected => eyre!("{failure}"),
    }
}

/// A refusal of a planner, written down and told.
fn refuse(fleet: &Fleet, tried: Try) -> Report {
    let why = tried.refusal.why.clone();
    let step = tried.refusal.step;
    fleet.note(&tried.act, tried.refusal);
    match step {
        Step::Connection => eyre!("{why}"),
        Step::Unchanged => Unchanged(why).into(),
        Step::ReadOnly
        | Step::Permission
        | Step::Preflight
        | Step::DryRun
        | Step::Confirmation
        | Step::Audit => Refused(why).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::status;

    #[test]
    fn what_was_refused_is_told_apart_from_what_failed() {
        let cases = [
            (FailureKind::Refused(Step::ReadOnly), status::REFUSED),
            (FailureKind::Refused(Step::Permission), status::REFUSED),
            (FailureKind::Refused(Step::Audit), status::REFUSED),
            (FailureKind::Refused(Step::Connection), status::FAILED),
            (FailureKind::Denied, status::REFUSED),
            (FailureKind::Invalid, status::REFUSED),
            (FailureKind::Conflict, status::REFUSED),
            (FailureKind::NotFound, status::FAILED),
            (FailureKind::Unreachable, status::FAILED),
            (FailureKind::TimedOut, status::TIMED_OUT),
        ];
        for (kind, code) in cases {
            let failure = Failure {
                kind,
                message: "words".to_owned(),
            };
            let report = failed(&failure);
            assert_eq!(status::of(&report), code, "{kind:?}");
            assert!(report.to_string().contains("words"), "{report}");
        }
    }
}
