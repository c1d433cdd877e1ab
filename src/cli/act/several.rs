//! One deed to several objects alike: all of them are planned, judged by the server and shown before a person is asked, once; nothing
//! is written before all of them allow it.
//!
//! Must not know: how a plan is made, or how anything is written.

use std::collections::BTreeSet;
use std::process::ExitCode;

use color_eyre::eyre::{Report, eyre};
use fleetui_fleet::act::plan::{plan, takes_from, together};
use fleetui_fleet::act::{Act, Confirm, Plan, Refusal, Step, Try};
use serde_json::{Value, json};

use super::arguments::ActArgs;
use super::confirm::{self, Said};
use super::document;
use super::fleet::{Fleet, read_only};
use super::print::{DRY_RUN, Told, indented};
use super::{Judged, in_the_way, judged, not_confirmed, pass, refuse, written};
use crate::cli::status::{self, Refused, TimedOut, Unchanged};
use crate::cli::tell;

/// How what stands in the way is passed over.
const ALONE: &str = "; done to it alone, --anyway passes it over";

/// Does it to each of the objects, once all of them are known to allow it.
pub(super) async fn several(
    fleet: &Fleet,
    mut acts: Vec<Act>,
    args: &ActArgs,
) -> color_eyre::Result<ExitCode> {
    // What is named twice is meant once: the second write would find the first one's.
    let mut named = BTreeSet::new();
    acts.retain(|act| named.insert(act.subject.clone()));
    for act in &mut acts {
        act.reason.clone_from(&args.reason);
    }
    let is_one = acts.len() == 1;
    let mut all = All::planned(fleet, acts);
    if is_one && let Some(refused) = all.refused.pop() {
        args.output.document(&refused.document(), false)?;
        return Err(refused.report);
    }
    if is_one && let Some(plan) = all.plans.pop() {
        return Box::pin(pass(fleet, plan, args)).await;
    }
    all_allowed(fleet, all, is_one, args).await
}

/// Passes all of them through the gate, where each allows it.
async fn all_allowed(
    fleet: &Fleet,
    mut all: All,
    is_one: bool,
    args: &ActArgs,
) -> color_eyre::Result<ExitCode> {
    all.is_allowed(args)?;
    let unchanged = all.unchanged.into_iter().map(|(act, why)| {
        tell(&why);
        json!({"kind": "Act", "act": document::act(&act), "unchanged": why})
    });
    let unchanged: Vec<Value> = unchanged.collect();
    if all.plans.is_empty() {
        let document = match unchanged.as_slice() {
            [one] if is_one => one.clone(),
            _ => list(&unchanged),
        };
        args.output.document(&document, false)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut planned: Vec<_> = all.plans.iter_mut().collect();
    together(&fleet.around(), &mut planned);
    let judged = all_judged(fleet, all.plans, args).await?;
    done(fleet, &judged, unchanged, args).await
}

/// Passes plans through the gate that were made elsewhere, or says why some of them could not be made.
pub(super) async fn all_of(
    fleet: &Fleet,
    planned: Vec<Result<Plan, Box<Try>>>,
    args: &ActArgs,
) -> color_eyre::Result<ExitCode> {
    let mut all = All::default();
    for planned in planned {
        match planned {
            Ok(plan) => all.plans.push(plan),
            Err(tried) => all.not_planned(fleet, *tried),
        }
    }
    all_allowed(fleet, all, false, args).await
}

/// What comes of several acts before the server is asked.
#[derive(Default)]
struct All {
    plans: Vec<Plan>,
    /// What is so already, which keeps no other object from being written, and how that is said.
    unchanged: Vec<(Act, String)>,
    refused: Vec<NotAllowed>,
}

/// An object to which it cannot be done.
struct NotAllowed {
    act: Act,
    report: Report,
}

impl NotAllowed {
    /// For programs.
    fn document(&self) -> Value {
        json!({"kind": "Act", "act": document::act(&self.act), "failed": format!("{:#}", self.report)})
    }
}

impl All {
    fn planned(fleet: &Fleet, acts: Vec<Act>) -> Self {
        let writable = fleet.writable();
        let (mut all, mut taken) = (Self::default(), BTreeSet::new());
        for act in acts {
            let planned = match &writable {
                Ok(()) => plan(&fleet.around(), act.clone()).map_err(|refusal| Try { act, refusal }),
                Err(refusal) => Err(read_only(refusal.clone(), act)),
            };
            let taken_before = planned
                .as_ref()
                .ok()
                .and_then(|plan| takes_from(fleet.around().store, plan))
                .filter(|(of, _)| !taken.insert(of.clone()));
            let planned = match (planned, taken_before) {
                (Ok(plan), Some((of, why))) => Err(Try {
                    act: plan.act,
                    refusal: Refusal::at(
                        Step::Preflight,
                        format!("another machine of {of} is named: {why}"),
                    ),
                }),
                (planned, _) => planned,
            };
            match planned {
                Ok(plan) => all.plans.push(plan),
                Err(tried) => all.not_planned(fleet, tried),
            }
        }
        all
    }

    fn not_planned(&mut self, fleet: &Fleet, tried: Try) {
        let act = tried.act.clone();
        let report = refuse(fleet, tried);
        match report.downcast_ref::<Unchanged>() {
            Some(Unchanged(why)) => self.unchanged.push((act, why.clone())),
            None => self.refused.push(NotAllowed { act, report }),
        }
    }

    /// # Errors
    /// Of some of them something does not allow it; each is named.
    fn is_allowed(&self, args: &ActArgs) -> color_eyre::Result<()> {
        let all = self.plans.len() + self.unchanged.len() + self.refused.len();
        allowed(&self.refused, all, args)
    }
}

/// Has the server judge all of them, and says of each that it does not take why.
async fn all_judged(fleet: &Fleet, plans: Vec<Plan>, args: &ActArgs) -> color_eyre::Result<Vec<Judged>> {
    let all = plans.len();
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for plan in plans {
        let act = plan.act.clone();
        let judged = judged(fleet, plan, args).await.and_then(|judged| {
            // What a person may pass over they do of one object, by its name.
            match in_the_way(&judged.plan, false, ALONE) {
                Some(refusal) => Err(refuse(
                    fleet,
                    Try {
                        act: judged.plan.act,
                        refusal,
                    },
                )),
                None => Ok(judged),
            }
        });
        match judged {
            Ok(judged) => taken.push(judged),
            Err(report) => refused.push(NotAllowed { act, report }),
        }
    }
    allowed(&refused, all, args)?;
    Ok(taken)
}

/// Shows all of them, asks once, and writes each.
async fn done(
    fleet: &Fleet,
    judged: &[Judged],
    unchanged: Vec<Value>,
    args: &ActArgs,
) -> color_eyre::Result<ExitCode> {
    let told: Vec<Told<'_>> = judged
        .iter()
        .map(|judged| Told::new(&judged.plan, &judged.judgement, args.output))
        .collect();
    for told in &told {
        told.preview_among()?;
    }
    let mut documents = unchanged;
    if args.dry_run {
        documents.extend(told.iter().map(|told| told.document(None)));
        args.output.sentence(DRY_RUN)?;
        args.output.document(&list(&documents), false)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(said) = confirm::confirm(&question(judged), args).await? else {
        let mut report = None;
        for judged in judged {
            report = Some(not_confirmed(fleet, &judged.plan));
        }
        return report.map_or(Ok(ExitCode::SUCCESS), Err);
    };
    let mut failed = Vec::new();
    for (judged, told) in judged.iter().zip(&told) {
        let (document, report) = one_done(fleet, (judged, told), said.asked, args).await?;
        documents.push(document);
        failed.extend(report);
    }
    args.output.document(&list(&documents), false)?;
    let verb = if failed.len() == 1 { "was" } else { "were" };
    let head = format!("{} of {} {verb} not written", failed.len(), judged.len());
    told_together(&failed, head).map_or(Ok(ExitCode::SUCCESS), Err)
}

/// Writes one of them: what is told of it to programs, and why it was not done.
///
/// # Errors
/// It cannot be told.
async fn one_done(
    fleet: &Fleet,
    (judged, told): (&Judged, &Told<'_>),
    asked: bool,
    args: &ActArgs,
) -> color_eyre::Result<(Value, Option<NotAllowed>)> {
    // Its own name, where a plan asks for one, is what the number stands for.
    let typed = judged.plan.confirm.name().map(str::to_owned);
    match written(fleet, judged, &Said { typed, asked }, args).await {
        Ok((id, warnings)) => {
            told.done_with(&warnings)?;
            Ok((told.document(Some((&id, &warnings))), None))
        }
        Err(report) => {
            let mut document = told.document(None);
            document["dryRun"] = json!(false);
            document["failed"] = json!(format!("{report:#}"));
            let act = judged.plan.act.clone();
            Ok((document, Some(NotAllowed { act, report })))
        }
    }
}

/// How several are confirmed: by their number, typed, where one of them alone asks for its name.
fn question(judged: &[Judged]) -> Confirm {
    if judged.iter().any(|judged| judged.plan.is_weighty()) {
        Confirm::Name(judged.len().to_string().into())
    } else {
        Confirm::Key
    }
}

fn list(items: &[Value]) -> Value {
    json!({"kind": "ActList", "items": items})
}

/// # Errors
/// Some of them do not allow it, which programs are told as documents, too.
fn allowed(refused: &[NotAllowed], all: usize, args: &ActArgs) -> color_eyre::Result<()> {
    if !refused.is_empty() {
        let documents: Vec<Value> = refused.iter().map(NotAllowed::document).collect();
        args.output.document(&list(&documents), false)?;
    }
    let verb = if refused.len() == 1 { "does" } else { "do" };
    let head = format!(
        "nothing was written: {} of {all} {verb} not allow it",
        refused.len()
    );
    told_together(refused, head).map_or(Ok(()), Err)
}

/// All that was refused in one report, which ends the program as the worst of them does; nothing where there is none.
fn told_together(refused: &[NotAllowed], mut text: String) -> Option<Report> {
    let codes = refused.iter().map(|refused| status::of(&refused.report));
    let code = codes.reduce(status::worse)?;
    for NotAllowed { act, report } in refused {
        let subject = &act.subject;
        let why = format!("{report:#}");
        let is_named = why.contains(subject.object.name.as_str());
        let why = if is_named {
            why
        } else {
            format!("{} {}: {why}", subject.kind.kind, subject.object)
        };
        text.push('\n');
        text.push_str(&indented(&why));
    }
    Some(match code {
        status::REFUSED => Refused(text).into(),
        status::TIMED_OUT => TimedOut(text).into(),
        _ => eyre!("{text}"),
    })
}
