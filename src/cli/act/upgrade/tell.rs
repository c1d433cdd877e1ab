//! What was found before an upgrade, line by line.

use fleetui_fleet::act::Found;
use fleetui_fleet::foretold::about;
use fleetui_fleet::preflight::{Aimed, Preflight};
use fleetui_fleet::walk::Known;
use jiff::Timestamp;

use crate::cli::print::line as print;

/// Machines whose names are told of a step.
const MOST_NAMES: usize = 8;

/// An upgrade that is stored: how it stands, who holds it, and its steps.
pub(super) fn walk(known: &Known, now: Timestamp) {
    let walk = match &known.walk {
        Ok(walk) => walk,
        Err(why) => return print(&format!("UPGRADE cannot be read: {why}")),
    };
    let (done, all) = walk.progress();
    let why = match walk.state.why() {
        "" => String::new(),
        why => format!(" ({why})"),
    };
    print(&format!(
        "UPGRADE to {} is {}{why}: {done} of {all} steps are done",
        walk.to,
        walk.state.word()
    ));
    let resumes = "fleetui resume goes on with it";
    print(&match &known.holder {
        Some(holder) if holder.counts(now) => format!("  {} walks it", holder.name()),
        Some(holder) => format!("  nobody walks it, {} held it last; {resumes}", holder.name()),
        None => format!("  nobody walks it; {resumes}"),
    });
    for (at, step) in walk.steps.iter().enumerate() {
        let line = format!(
            "  {}. {}: {} -> {}, {}",
            at + 1,
            step.name(),
            step.from,
            step.to,
            step.state.word()
        );
        print(&line);
    }
}

/// The versions where none is meant; else the checks and the steps.
pub(super) fn preflight(found: &Preflight, aimed: &Aimed) {
    if aimed.to.is_none() {
        versions(found);
    }
    print("CHECKS");
    for check in &found.checks {
        let (word, more) = match &check.found {
            Found::Well(_) => ("well", ""),
            Found::Warns(_) => ("warns", ""),
            Found::Blocks {
                overridable: true, ..
            } => ("stops", " (--anyway passes over it)"),
            Found::Blocks {
                overridable: false, ..
            } => ("stops", ""),
            Found::Unknown(_) => ("unknown", ""),
        };
        print(&format!("  {word:<8} {}{more}", check.sentence()));
    }
    // What is refused has none that could be told.
    if aimed.to.is_some() && !found.steps.is_empty() {
        steps(found);
    }
}

fn versions(found: &Preflight) {
    print("VERSIONS");
    for possible in &found.versions {
        let objects = match possible.seen_in {
            0 => String::new(),
            1 => ", 1 object has it".to_owned(),
            count => format!(", {count} objects have it"),
        };
        let verdict = match &possible.refused {
            None => "possible".to_owned(),
            Some(why) => format!("not possible: {why}"),
        };
        print(&format!(
            "  {:<10} {verdict}{objects}",
            possible.version.to_string()
        ));
    }
    if found.versions.is_empty() {
        print("  none that is newer is known here; --to names one");
    }
}

fn steps(found: &Preflight) {
    print("STEPS");
    for (at, step) in found.steps.iter().enumerate() {
        let (kind, name) = (&step.target.kind.kind, &step.target.object.name);
        let machines = match step.replaced() {
            1 => "1 machine".to_owned(),
            count => format!("{count} machines"),
        };
        let time = step.seconds.map_or_else(
            || "its provider decides how long it takes".to_owned(),
            |seconds| about(seconds, ""),
        );
        print(&format!(
            "  {}. {kind} {name}: {} -> {}, replaces {machines}, {time}",
            at + 1,
            step.from,
            step.to
        ));
        if !step.replaces.is_empty() {
            let mut names: Vec<&str> = step.replaces.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
            if step.replaces.len() > MOST_NAMES {
                names.push("…");
            }
            print(&format!("     {}", names.join(", ")));
        }
    }
    if let Some(all) = found.seconds() {
        let learnt = match found.pace.map(|pace| pace.of) {
            Some(of) if of > 0 => format!("as {of} machines of this fleet took"),
            _ => "a guess, as no machine here tells".to_owned(),
        };
        print(&format!("in all {}, {learnt}", about(all, "")));
    }
}
