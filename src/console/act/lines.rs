//! What a dialog says, in lines: what is done to what and where, how far it reaches, what is to be known before, and what it asks
//! for. And the line under a row on which something was done.

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::{Blast, Deed, Found, Plan};
use fleetui_fleet::foretold::about;
use fleetui_fleet::rollout::{Progress, progress};
use fleetui_fleet::tree::Node;
use jiff::Timestamp;

use super::hosts::named;
use super::running::{Running, Status};
use super::state::{Asks, Dialog, Item, Menu, Standing, State};
use crate::age::age;
use crate::cell;
use crate::command::{Command, Input, Move, Place};
use crate::glyphs::Glyphs;
use crate::keymap::Keymap;
use crate::prose::Line;
use crate::theme::Role;

/// Names of machines that are told; of more, how many.
const FEW_NAMES: usize = 6;
/// The most lines of one sentence.
const MOST_LINES: usize = 4;

/// What a dialog says, without the lines that are typed into.
pub fn text(dialog: &Dialog, glyphs: &Glyphs, width: usize) -> Vec<Line> {
    let mut lines = match dialog.items.as_slice() {
        [item] => one(item, glyphs),
        items => several(items, glyphs),
    };
    for (key, why) in &dialog.left_out {
        // Whom the reason itself names is not named twice.
        let is_named = why
            .as_str()
            .starts_with(&format!("{} {} ", key.kind.kind, key.object.name));
        let name = (!is_named).then(|| format!("{} {}", key.kind.kind, key.object));
        // Of one management cluster that is told with what is done.
        let is_elsewhere = |item: &Item| item.plan.act.subject.management_cluster != key.management_cluster;
        let place = dialog.items.iter().any(is_elsewhere);
        let place = place.then(|| format!("in {}", key.management_cluster));
        let who: Vec<String> = [name, place].into_iter().flatten().collect();
        let mut line = Line::ours(Role::Dim, "left out: ").text(Role::Text, &who.join(" "));
        if !who.is_empty() {
            line = line.word(Role::Dim, ": ");
        }
        lines.push(line.shown(Role::Warning, why.clone()));
    }
    if dialog.hidden > 0 {
        let what = format!(
            "{} more are marked and not shown: they are left alone",
            dialog.hidden
        );
        lines.push(Line::new().text(Role::Warning, &what));
    }
    lines
        .iter()
        .flat_map(|line| line.wrapped(width, MOST_LINES))
        .collect()
}

/// `delete MachineDeployment default/md-0`, and where that is.
pub fn title(dialog: &Dialog) -> Line {
    match dialog.items.as_slice() {
        [item] => title_of(&item.plan),
        [] => Line::new(),
        [first, ..] => {
            let count = dialog.items.len();
            let what = format!("{} {count} objects", deed_of(&first.plan));
            Line::new().text(Role::Section, &what)
        }
    }
}

/// What is done, before the name of an object. Which line of the audit log is taken back tells nobody anything here.
pub(super) fn deed_of(plan: &Plan) -> String {
    match &plan.act.deed {
        Deed::Undo(_) => "take back the change of".to_owned(),
        deed => deed.told(),
    }
}

fn title_of(plan: &Plan) -> Line {
    let subject = &plan.act.subject;
    Line::new().text(Role::Section, &deed_of(plan)).text(
        Role::Heading,
        &format!(" {} {}", subject.kind.kind, subject.object),
    )
}

/// Where it is done: two management clusters may be called alike, so that the server is told too.
fn whereabouts(plan: &Plan) -> Line {
    let target = plan.target();
    let line = Line::ours(Role::Dim, "in ").text(Role::Heading, target.management_cluster.as_str());
    let Some(blast) = &plan.preview.blast else {
        return line;
    };
    let line = line.text(Role::Dim, &format!(" ({})", blast.server));
    match &blast.cluster {
        Some(cluster) => line
            .word(Role::Dim, ", cluster ")
            .text(Role::Text, &cluster.to_string()),
        None => line,
    }
}

fn one(item: &Item, glyphs: &Glyphs) -> Vec<Line> {
    let plan = &item.plan;
    let mut lines = vec![whereabouts(plan)];
    if *plan.target() != plan.act.subject {
        let target = plan.target();
        let what = format!("written to {} {}", target.kind.kind, target.object);
        lines.push(Line::new().text(Role::Note, &what));
    }
    let happens = plan.preview.happens.iter();
    lines.extend(happens.map(|what| Line::new().text(Role::Text, what)));
    if let (Deed::Walk(_), Some((likely, long))) = (&plan.act.deed, plan.preview.seconds) {
        lines.push(Line::new().text(Role::Note, &about((likely, long), "")));
    }
    lines.extend(plan.preview.blast.as_ref().map(|blast| reach(blast, glyphs)));
    lines.retain(|line| line.width() > 0);
    lines.extend(alarming(plan, glyphs));
    lines.extend(said(item, glyphs));
    lines
}

/// Which machines go, and what else is counted; an empty line where that is nothing.
pub(crate) fn reach(blast: &Blast, glyphs: &Glyphs) -> Line {
    let mut parts = Vec::new();
    if let Some((from, to)) = blast.replicas {
        parts.push(format!("replicas {from} {} {to}", glyphs.arrow));
    }
    if !blast.machines.is_empty() {
        let few: Vec<&str> = blast.machines.iter().take(FEW_NAMES).map(AsRef::as_ref).collect();
        let more = blast.machines.len() - few.len();
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        parts.push(format!("machines: {}{more}", few.join(", ")));
    }
    if !blast.budgets.is_empty() {
        parts.push(format!("disruption budgets: {}", blast.budgets.join(", ")));
    }
    Line::new().text(Role::Note, &parts.join("; "))
}

fn alarming(plan: &Plan, glyphs: &Glyphs) -> Vec<Line> {
    let warning =
        |role: Role, sign: &'static str, what: &str| Line::ours(role, sign).word(role, " ").text(role, what);
    let warnings = plan.preview.warnings.iter();
    let warnings = warnings.map(|what| warning(Role::Warning, glyphs.warning, what));
    let found = plan.checks.iter().filter_map(|check| match &check.found {
        Found::Warns(what) => Some(warning(Role::Warning, glyphs.warning, what)),
        Found::Unknown(what) => Some(warning(Role::Unknown, glyphs.unknown, what)),
        Found::Blocks { why, .. } => Some(warning(Role::Failed, glyphs.failed, why)),
        Found::Well(_) => None,
    });
    warnings.chain(found).collect()
}

/// What the server and the gate say.
fn said(item: &Item, glyphs: &Glyphs) -> Vec<Line> {
    match &item.standing {
        Standing::Checking(_) => Vec::new(),
        Standing::Refused(why) => vec![
            Line::ours(Role::Failed, glyphs.failed)
                .word(Role::Failed, " refused: ")
                .shown(Role::Failed, why.clone()),
        ],
        Standing::Ready { judgement, .. } => {
            let all = judgement.warnings.iter().chain(&judgement.owners);
            all.map(|what| {
                Line::ours(Role::Warning, glyphs.warning)
                    .word(Role::Warning, " ")
                    .text(Role::Warning, what)
            })
            .collect()
        }
    }
}

/// Every one of several objects: first what is to be minded of all and of each, then what becomes of them.
fn several(items: &[Item], glyphs: &Glyphs) -> Vec<Line> {
    let alarms = |item: &Item| -> Vec<Line> {
        let all = alarming(&item.plan, glyphs).into_iter();
        all.chain(said(item, glyphs)).collect()
    };
    let each: Vec<Vec<Line>> = items.iter().map(alarms).collect();
    let mut shared: Vec<Line> = each.first().cloned().unwrap_or_default();
    shared.retain(|line| each.iter().all(|all| all.contains(line)));
    let mut lines = shared.clone();
    let keys: Vec<ObjectKey> = items.iter().map(|item| item.plan.act.subject.clone()).collect();
    for (item, all) in items.iter().zip(each) {
        let own: Vec<Line> = all.into_iter().filter(|line| !shared.contains(line)).collect();
        let whose = format!("{}: ", named(&item.plan.act.subject, &keys));
        lines.extend(
            own.into_iter()
                .map(|line| Line::new().text(Role::Heading, &whose).and(line)),
        );
    }
    for item in items {
        let subject = &item.plan.act.subject;
        let what = format!("{} {}", subject.kind.kind, subject.object);
        let mut line = Line::new()
            .text(Role::Heading, &what)
            .word(Role::Dim, " ")
            .and(whereabouts(&item.plan));
        let happens = item.plan.preview.happens.join(", ");
        if !happens.is_empty() {
            line = line.text(Role::Note, &format!(" {} {happens}", glyphs.dot));
        }
        lines.push(line);
    }
    lines
}

/// What a menu says: what can be done, and why not.
pub fn menu(menu: &Menu, glyphs: &Glyphs, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, choice) in menu.choices.iter().enumerate() {
        let chosen = index == menu.at;
        let sign = if chosen { glyphs.cursor } else { " " };
        let role = match &choice.outlook {
            _ if chosen => Role::Chosen,
            Ok(_) => Role::Key,
            Err(_) => Role::Dim,
        };
        lines.push(
            Line::ours(Role::Title, sign)
                .word(Role::Text, " ")
                .word(role, choice.title),
        );
        let (role, sign, told) = match &choice.outlook {
            Ok(what) => (Role::Note, glyphs.arrow, what),
            Err(why) => (Role::Warning, glyphs.failed, why),
        };
        if chosen {
            let told = Line::ours(Role::Text, "    ")
                .word(role, sign)
                .word(role, " ")
                .shown(role, told.clone());
            lines.extend(told.wrapped(width, MOST_LINES));
        }
    }
    lines
}

/// A line with the keys behind it that scroll what does not fit.
pub fn scrolls(line: Line, keymap: &Keymap) -> Line {
    let keys = [Move::PageDown, Move::PageUp].map(|command| {
        keymap
            .keys(Place::Dialog, Command::Move(command))
            .into_iter()
            .next()
    });
    match keys {
        [Some(down), Some(up)] => line
            .word(Role::Dim, "  ")
            .text(Role::Key, &down)
            .word(Role::Text, " ")
            .text(Role::Key, &up)
            .word(Role::Hint, " scroll"),
        [None, _] | [_, None] => line,
    }
}

/// The keys that do something as it stands.
pub fn keys(state: &State, keymap: &Keymap) -> Line {
    let key = |line: Line, command: Input, what: &'static str| match keymap
        .keys(Place::Dialog, Command::Input(command))
        .first()
    {
        Some(key) => line
            .text(Role::Key, key)
            .word(Role::Hint, " ")
            .word(Role::Hint, what)
            .word(Role::Text, "  "),
        None => line,
    };
    let line = Line::new();
    let line = match &state.dialog {
        Some(dialog) if dialog.meant().next().is_some() => {
            let what = match dialog.asks() {
                _ if dialog.submit => "it goes on when the server has said yes",
                Asks::Twice(_) if !dialog.confirmed => "yes, all the same",
                Asks::Twice(_) => "yes, do it",
                Asks::Key | Asks::Name(_) | Asks::Number(_) => "do it",
            };
            let line = key(line, Input::Accept, what);
            match (dialog.asks_for_text(), dialog.in_reason) {
                (false, _) => line,
                (true, false) => key(line, Input::Next, "to the reason"),
                (true, true) => key(line, Input::Next, "to the name"),
            }
        }
        Some(_) => line,
        None => key(key(line, Input::Next, "next"), Input::Accept, "choose"),
    };
    key(line, Input::Cancel, "leave")
}

/// The lines under the row of a node: those of the editor in its cell, else how far is what was done to it.
pub fn below(
    (cell, act): (&cell::State, &State),
    node: &Node,
    ground: (&FleetStore, Timestamp),
    dress: (&Glyphs, &Keymap),
    width: u16,
) -> Vec<Line> {
    let lines = cell::line::under(cell, node, dress, width);
    if !lines.is_empty() {
        return lines;
    }
    let Some(running) = act.running_on(node) else {
        return lines;
    };
    let width = width.saturating_sub(cell::line::INSET.0 + cell::line::INSET.1);
    told(running, ground, dress.0).wrapped(usize::from(width), MOST_LINES)
}

/// The nodes that have lines below, each once.
pub fn nodes((cell, act): (&cell::State, &State)) -> Vec<Node> {
    let mut nodes = cell.nodes();
    for running in &act.running {
        let node = Node::Object(running.key.clone());
        if !nodes.contains(&node) {
            nodes.push(node);
        }
    }
    nodes
}

/// What was done, and how far it is.
pub fn told(running: &Running, ground: (&FleetStore, Timestamp), glyphs: &Glyphs) -> Line {
    Line::new()
        .text(Role::Section, &running.plan.act.deed.told())
        .word(Role::Text, "  ")
        .and(status(running, ground, glyphs))
}

/// How far an act is.
pub fn status(running: &Running, (fleet, now): (&FleetStore, Timestamp), glyphs: &Glyphs) -> Line {
    let line = Line::new();
    match &running.status {
        Status::Applying(_) => line
            .word(Role::Progressing, "writing ")
            .word(Role::Progressing, glyphs.ellipsis),
        // What is deleted goes from now on.
        Status::Done(_) if running.plan.deletes() => {
            line.word(Role::Good, glyphs.done).word(Role::Good, " begun")
        }
        Status::Done(_) => line.word(Role::Good, glyphs.done).word(Role::Good, " done"),
        Status::Failed(why, _) => line
            .word(Role::Failed, glyphs.failed)
            .word(Role::Failed, " not done: ")
            .shown(Role::Failed, why.clone()),
        Status::Rolling(..) => {
            let row = followed(running, fleet);
            match row.and_then(|row| progress(fleet, row, now)) {
                Some(progress) => line.and(rolling(&progress, now, glyphs)),
                None => line
                    .word(Role::Good, glyphs.done)
                    .word(Role::Good, " written; all machines are as they are wished"),
            }
        }
    }
}

/// The row whose machines are followed: what was pointed at, or the owner that a machine was taken from.
pub fn followed<'a>(
    running: &Running,
    fleet: &'a FleetStore,
) -> Option<&'a std::sync::Arc<fleetui_fleet::row::Row>> {
    let has_machines = |key| fleet.get(key).filter(|row| row.facts.replicas.is_some());
    has_machines(&running.key).or_else(|| {
        let mut writes = running.plan.writes.iter().rev();
        writes.find_map(|write| has_machines(&write.target))
    })
}

/// How many machines are of what is wished, as `kubectl` counts them, and how many of those are there where that is fewer:
/// `2/3 up to date, 1 available`.
pub fn counted(progress: &Progress) -> String {
    let Progress {
        arrived,
        up_to_date,
        wished,
        ..
    } = progress;
    if arrived < up_to_date {
        format!("{up_to_date}/{wished} up to date, {arrived} available")
    } else {
        format!("{up_to_date}/{wished} up to date")
    }
}

/// `◔ 2/3 up to date · about 4 min left`, or that it stands, and by what.
pub fn rolling(progress: &Progress, now: Timestamp, glyphs: &Glyphs) -> Line {
    let role = if progress.stalled.is_some() || progress.paused.is_some() {
        Role::Warning
    } else {
        Role::Progressing
    };
    let line = Line::ours(role, glyphs.progressing).text(role, &format!(" {}", counted(progress)));
    let line = if progress.surplus > 0 {
        line.text(role, &format!(", {} still to go", progress.surplus))
    } else {
        line
    };
    if let Some(paused) = &progress.paused {
        return line.text(Role::Warning, &format!(" {} {paused}", glyphs.dot));
    }
    if let Some(stalled) = &progress.stalled {
        let since = age(stalled.since, now);
        let what = format!(
            " {} nothing has moved for {since}, {}",
            glyphs.dot,
            stalled.held()
        );
        return line.text(Role::Warning, &what);
    }
    match progress.left_seconds {
        Some((likely, long)) => line.text(
            Role::Note,
            &format!(" {} {}", glyphs.dot, about((likely, long), " left")),
        ),
        None => line,
    }
}

/// The text beside a line that is typed into.
pub fn field(dialog: &Dialog) -> Shown {
    match dialog.asks() {
        Asks::Number(_) => Shown::ours("number"),
        Asks::Name(_) | Asks::Key | Asks::Twice(_) => Shown::ours("name"),
    }
}
