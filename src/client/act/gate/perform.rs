//! Carries out what has passed the gate: write by write, between two lines of the audit log.

use fleetui_fleet::act::audit::{Outcome as Ended, Stage};
use fleetui_fleet::act::{AuditId, Confirmed, Entry, Plan, Step};
use serde_json::Value;

use super::super::identity;
use super::super::notes::Notes;
use super::super::send::{self, Sent};
use super::once::once;
use super::{Ground, Permit, Stopped, forget_permission, shared};
use crate::command::{Answer, Failure, FailureKind, Outcome};

/// Writes, between two lines of the audit log.
pub(super) async fn perform(
    ground: &Ground,
    plan: &Plan,
    (confirmed, permit): (&Confirmed, &Permit),
    mut warnings: Vec<String>,
    notes: &mut impl Notes,
) -> Result<Outcome, Stopped> {
    let now = ground.clock.now();
    let audit = &ground.settings.audit;
    let id = audit.next_id(now);
    let actor = identity::actor(ground);
    let intent = Entry::new(id.clone(), now, actor, &plan.act, Stage::intent(plan, confirmed));
    if let Err(error) = audit.write(&intent).await {
        let why = format!("the audit log cannot be written: {error}; nothing was sent");
        return Err(Stopped::at(Step::Audit, why));
    }
    let mut objects: Vec<Value> = Vec::new();
    let mut said = Vec::new();
    for (index, write) in plan.writes.iter().enumerate() {
        let sent = match notes.before(index).await {
            Ok(()) => send::send(ground, permit, write, false).await,
            Err(failure) => Err(failure),
        };
        let sent = match sent {
            Err(failure) => match shared::there(ground, plan, write, &failure).await {
                // It is not this one's: what takes the creation back leaves it.
                Some(_) => Ok(Sent::default()),
                None => Err(failure),
            },
            sent => sent,
        };
        let kept = notes.after(index, sent.as_ref().map(|sent| &sent.object)).await;
        // What was written and cannot be noted is written all the same; nothing more is.
        let failed_after = match (&sent, kept) {
            (Ok(_), Err(failure)) => Some(failure),
            (Ok(_) | Err(_), Ok(()) | Err(_)) => None,
        };
        match sent {
            Ok(sent) => {
                said.push(sent.warnings);
                objects.push(sent.object);
                if let Some(failure) = failed_after {
                    let failure = partly(plan, objects.len(), failure);
                    end(ground, plan, &id, ended(objects.len(), &failure)).await;
                    return Ok(Err(failure));
                }
            }
            Err(failure) => {
                forget_permission(ground, write, &failure).await;
                let failure = partly(plan, objects.len(), failure);
                end(ground, plan, &id, ended(objects.len(), &failure)).await;
                // It is no refusal: its own lines tell of it.
                return Ok(Err(failure));
            }
        }
    }
    end(ground, plan, &id, Ended::Done).await;
    // The dry run said the same before.
    let news = once(&said)
        .into_iter()
        .filter(|warning| !warnings.contains(warning));
    let news: Vec<String> = news.collect();
    warnings.extend(news);
    Ok(Ok(Answer::Done {
        id,
        objects,
        warnings,
    }))
}

/// Says how far it came, where it is more than one write.
fn partly(plan: &Plan, done: usize, failure: Failure) -> Failure {
    let all = plan.writes.len();
    if all <= 1 {
        return failure;
    }
    Failure {
        message: format!("{} ({done} of {all} were written before it)", failure.message),
        ..failure
    }
}

fn ended(done: usize, failure: &Failure) -> Ended {
    let why = failure.message.clone();
    match failure.kind {
        FailureKind::Conflict => Ended::Conflict(done, why),
        // A connection that nobody took brought nothing over; one that broke, or a server that failed, may have.
        FailureKind::Unreachable if why.contains("refused") => Ended::Failed(done, why),
        FailureKind::TimedOut | FailureKind::Unreachable | FailureKind::Unexpected => {
            Ended::Unknown(done, why)
        }
        FailureKind::Refused(_)
        | FailureKind::Denied
        | FailureKind::AuthNeeded
        | FailureKind::NotFound
        | FailureKind::Invalid => Ended::Failed(done, why),
    }
}

async fn end(ground: &Ground, plan: &Plan, id: &AuditId, outcome: Ended) {
    let actor = identity::actor(ground);
    let entry = Entry::new(
        id.clone(),
        ground.clock.now(),
        actor,
        &plan.act,
        Stage::Outcome(outcome),
    );
    if let Err(error) = ground.settings.audit.write(&entry).await {
        tracing::error!(%error, "how an act ended is not in the audit log");
    }
}
