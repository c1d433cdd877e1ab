//! How far an upgrade of a whole cluster is that is stored: in a few words for a list, and whole.
//!
//! Must not know: which screen shows it.

use fleetui_base::Shown;
use fleetui_fleet::FleetStore;
use fleetui_fleet::foretold::about;
use fleetui_fleet::rollout::{Progress, progress};
use fleetui_fleet::walk::{Here, Known, StepState, Walk, WalkState, WalkStep};
use jiff::Timestamp;

use crate::act::lines::{counted, rolling};
use crate::age::age;
use crate::glyphs::Glyphs;
use crate::prose::Line;
use crate::theme::Role;

/// What it is told from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// The signs.
    pub glyphs: &'a Glyphs,
    /// Now.
    pub now: Timestamp,
}

impl Ground<'_> {
    fn time_of(&self, known: &Known) -> Timestamp {
        self.fleet.time_of(&known.cluster.management_cluster, self.now)
    }

    /// Whether somebody takes its steps, here or elsewhere.
    pub fn is_walked(&self, known: &Known) -> bool {
        known.is_walked(self.time_of(known))
    }
}

/// How it stands, in a few words: the step that it is at, and what is waited for.
pub fn standing(known: &Known, ground: Ground<'_>) -> (Shown, Role) {
    let walk = match &known.walk {
        Ok(walk) => walk,
        Err(why) => return (Shown::line(why), Role::Warning),
    };
    let (text, role) = match &walk.state {
        WalkState::Done => (format!("done: {}", steps(walk)), Role::Good),
        WalkState::Abandoned => (format!("abandoned at {}", at(walk)), Role::Dim),
        WalkState::Stopped(why) => (format!("stopped at {}: {why}", at(walk)), Role::Failed),
        WalkState::Paused(why) => (format!("paused {why} at {}", at(walk)), Role::Paused),
        WalkState::Going => match &known.here {
            Some(Here::Fails(why)) => (format!("not walked from here: {why}"), Role::Failed),
            Some(Here::Waits(what) | Here::Walks(what)) => {
                (format!("{}: {what}", at(walk)), Role::Progressing)
            }
            None if ground.is_walked(known) => (
                format!("{}: {}", at(walk), under_way(known, walk, ground)),
                Role::Progressing,
            ),
            None => (format!("nobody walks it; {}", at(walk)), Role::Warning),
        },
    };
    (Shown::line(&text), role)
}

/// `step 2 of 4`.
fn at(walk: &Walk) -> String {
    let (done, all) = walk.progress();
    format!("step {} of {all}", (done + 1).min(all))
}

/// `4 steps`.
fn steps(walk: &Walk) -> String {
    match walk.steps.len() {
        1 => "1 step".to_owned(),
        count => format!("{count} steps"),
    }
}

/// What the step that is under way is about, where whoever walks it does not tell us.
fn under_way(known: &Known, walk: &Walk, ground: Ground<'_>) -> String {
    let Some(step) = walk.step() else {
        return "it ends".to_owned();
    };
    match progress_of(known, step, ground) {
        Some(progress) => format!("{} {}", step.name(), counted(&progress)),
        None => format!("{} {}", step.name(), step.state.word()),
    }
}

/// How far the machines of a step are that is under way.
fn progress_of(known: &Known, step: &WalkStep, ground: Ground<'_>) -> Option<Progress> {
    let key = step.key(&known.cluster.management_cluster);
    let row = ground.fleet.get(&key).filter(|_| is_under_way(step))?;
    progress(ground.fleet, row, ground.now)
}

fn is_under_way(step: &WalkStep) -> bool {
    matches!(step.state, StepState::Writing | StepState::Rolling(_))
}

/// Of a step that is under way: how many machines it has replaced, and how long it still takes, where that can be told. Where its
/// rollout has ended and whoever walked was gone before that was noted, all of them.
fn of_present(known: &Known, step: &WalkStep, ground: Ground<'_>) -> (i64, Option<(u64, u64)>) {
    if let Some(progress) = progress_of(known, step, ground) {
        return (progress.arrived.min(step.machines), progress.left_seconds);
    }
    if is_under_way(step) && step.has_arrived(&known.cluster.management_cluster, ground.fleet, ground.now) {
        (step.machines, Some((0, 0)))
    } else {
        (0, None)
    }
}

/// All of it: how it stands, who walks it, what is waited for, and its steps.
pub fn whole(known: &Known, ground: Ground<'_>) -> Vec<Line> {
    let walk = match &known.walk {
        Ok(walk) => walk,
        Err(why) => return vec![Line::new().text(Role::Warning, why)],
    };
    let mut lines = vec![title(walk), pace(known, walk, ground)];
    lines.extend(why(known, walk));
    lines.extend((!walk.state.has_ended()).then(|| who(known, walk, ground)));
    lines.push(begun(walk, ground.now));
    for (index, step) in walk.steps.iter().enumerate() {
        lines.push(of_step((index, step), known, ground));
    }
    lines
}

fn title(walk: &Walk) -> Line {
    let role = match walk.state {
        WalkState::Going => Role::Progressing,
        WalkState::Paused(_) => Role::Paused,
        WalkState::Stopped(_) => Role::Failed,
        WalkState::Done => Role::Good,
        WalkState::Abandoned => Role::Dim,
    };
    Line::ours(Role::Section, "UPGRADE to ")
        .text(Role::Heading, &walk.to)
        .word(Role::Text, " ")
        .word(role, walk.state.word())
}

/// `step 2 of 4 · 3 of 9 machines replaced · about 12 min left`.
fn pace(known: &Known, walk: &Walk, ground: Ground<'_>) -> Line {
    let (done, all) = walk.machines();
    let (replaced, left) = match walk.step() {
        Some(step) => of_present(known, step, ground),
        None => (0, None),
    };
    let place = if walk.state.has_ended() {
        steps(walk)
    } else {
        at(walk)
    };
    let line = Line::new().text(Role::Text, &place).text(
        Role::Text,
        &format!(
            " {} {} of {all} machines replaced",
            ground.glyphs.dot,
            done + replaced
        ),
    );
    let left = walk.seconds_left(left).filter(|left| *left != (0, 0));
    match left.filter(|_| !walk.state.has_ended()) {
        Some((likely, long)) => line.text(
            Role::Note,
            &format!(" {} {}", ground.glyphs.dot, about((likely, long), " left")),
        ),
        None => line,
    }
}

/// What is waited for, or why it does not go on.
fn why(known: &Known, walk: &Walk) -> Option<Line> {
    match (&walk.state, &known.here) {
        (WalkState::Stopped(why), _) => Some(Line::ours(Role::Failed, "stopped: ").text(Role::Failed, why)),
        (WalkState::Paused(why), _) => Some(Line::ours(Role::Paused, "paused ").text(Role::Paused, why)),
        (_, Some(Here::Fails(why))) => {
            Some(Line::ours(Role::Failed, "not walked from here: ").text(Role::Failed, why))
        }
        (_, Some(Here::Waits(what) | Here::Walks(what))) => {
            Some(Line::ours(Role::Dim, "now: ").text(Role::Text, what))
        }
        (WalkState::Going | WalkState::Done | WalkState::Abandoned, None) => None,
    }
}

/// Who takes its steps.
fn who(known: &Known, walk: &Walk, ground: Ground<'_>) -> Line {
    let now = ground.time_of(known);
    match &known.holder {
        _ if matches!(known.here, Some(Here::Walks(_))) => Line::ours(Role::Good, "walked from this console"),
        Some(holder) if holder.counts(now) && walk.state == WalkState::Going => {
            Line::ours(Role::Warning, "walked by ").text(Role::Heading, holder.name())
        }
        Some(holder) => {
            let line = Line::ours(Role::Warning, "nobody walks it; ").text(Role::Text, holder.name());
            let since = holder
                .renewed
                .map(|renewed| format!(" held it last, {} ago", age(renewed, now)));
            line.text(Role::Text, since.as_deref().unwrap_or(" held it last"))
        }
        None => Line::ours(Role::Warning, "nobody walks it"),
    }
}

fn begun(walk: &Walk, now: Timestamp) -> Line {
    let line = Line::ours(Role::Dim, "begun ")
        .text(Role::Dim, &age(walk.begun, now))
        .word(Role::Dim, " ago by ")
        .text(Role::Dim, &walk.by.user);
    match &walk.reason {
        Some(reason) => line.word(Role::Dim, ": ").text(Role::Text, reason),
        None => line,
    }
}

fn of_step((index, step): (usize, &WalkStep), known: &Known, ground: Ground<'_>) -> Line {
    let glyphs = ground.glyphs;
    let (sign, role) = match step.state {
        StepState::Waiting => (glyphs.idle, Role::Dim),
        StepState::Writing | StepState::Rolling(_) => (glyphs.progressing, Role::Progressing),
        StepState::Done(_) => (glyphs.done, Role::Good),
    };
    let machines = match step.machines {
        1 => "1 machine".to_owned(),
        count => format!("{count} machines"),
    };
    let what = format!(
        " {} {}: {} {} {}, {machines}",
        index + 1,
        step.name(),
        step.from,
        glyphs.arrow,
        step.to
    );
    let line = Line::ours(role, sign)
        .text(Role::Text, &what)
        .word(Role::Text, "  ");
    match progress_of(known, step, ground) {
        Some(progress) => line.and(rolling(&progress, ground.now, glyphs)),
        None => line.word(role, step.state.word()),
    }
}
