//! Paints the footer line: the keys that do something in this place and on this row, as the keymap has them, and what keeps
//! rows from being seen. The message of the moment is painted over it.

use std::sync::Arc;

use fleetui_api::kinds;
use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::Session;
use fleetui_fleet::edit::{Field, editable};
use fleetui_fleet::session::Connection;
use fleetui_fleet::table::Column;
use fleetui_fleet::tree::Node;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::command::{Command, Context, Entry, List, Object, Place, Program, Reading, Tree, entries};
use crate::screens::object::{self, Part};
use crate::screens::{Screen, create, edit};
use crate::subject::Subject;
use crate::theme::Role;
use crate::widgets::{put, put_right};
use crate::{act, cell};

/// Paints the footer.
pub fn view(app: &App, row: Rect, buffer: &mut Buffer) {
    let style = |role: Role| app.look.style(role);
    let mut room = Rect {
        x: row.x + 1,
        width: row.width.saturating_sub(2),
        ..row
    };
    if !app.keys.pending.is_empty() {
        let pending = crate::keymap::written(&app.keys.pending);
        room = put_right(buffer, room, &Shown::line(&pending), style(Role::Key));
        room.width = room.width.saturating_sub(2);
    }
    // A message is said whole; what is hidden is still hidden when it has gone.
    let said = app.messages.current().map(|message| message.text.width());
    let fits = |filter: &Shown| said.is_none_or(|said| said + filter.width() + 2 <= usize::from(room.width));
    let filter = filters(app);
    if let Some(filter) = filter.as_ref().filter(|filter| fits(filter)) {
        room = put_right(buffer, room, filter, style(Role::Warning));
        room.width = room.width.saturating_sub(2);
    }
    if said.is_some() {
        return;
    }
    if let Some(played) = app.played {
        return crate::view::lines(std::slice::from_ref(&played.keys()), &app.look, room, buffer);
    }
    if let Some(editor) = app.cell.editor.as_ref().filter(|_| app.place() == Place::Cell) {
        let keys = cell::line::keys(editor, &app.keys.current);
        return crate::view::lines(std::slice::from_ref(&keys), &app.look, room, buffer);
    }
    if let Some(Screen::Edit(editor)) = app.stack.last() {
        let keys = edit::view::keys(editor, &app.keys.current);
        return crate::view::lines(std::slice::from_ref(&keys), &app.look, room, buffer);
    }
    if let Some(Screen::Create(state)) = app.stack.last()
        && app.place() == Place::Create
    {
        let keys = create::keys::keys(state, &app.keys.current);
        return crate::view::lines(std::slice::from_ref(&keys), &app.look, room, buffer);
    }
    if app.place() == Place::Dialog {
        let keys = act::lines::keys(&app.act, &app.keys.current);
        return crate::view::lines(std::slice::from_ref(&keys), &app.look, room, buffer);
    }
    let help = Command::Program(Program::Help);
    let keys = app.keys.current.keys(app.place(), help);
    let room_for_help = usize::from(room.width) > LEAST_FOR_HELP;
    if let (Some(key), true, true) = (keys.first(), room_for_help, app.place() != Place::Help) {
        // Whoever knows nothing else has to find the help.
        room = put_right(buffer, room, &Shown::ours(" help"), style(Role::Hint));
        room = put_right(buffer, room, &Shown::line(key), style(Role::Key));
        room.width = room.width.saturating_sub(2);
    }
    paint_hints(app, room, buffer);
}

/// Paints hints as long as there is room; the way out goes after all others.
fn paint_hints(app: &App, mut room: Rect, buffer: &mut Buffer) {
    let style = |role: Role| app.look.style(role);
    let hints: Vec<Hint> = if app.keys.pending.is_empty() {
        hints(app).collect()
    } else {
        ways_on(app)
    };
    let mut kept: usize = hints.iter().filter(|hint| hint.is_way_out).map(Hint::width).sum();
    let mut full = false;
    for told in &hints {
        if told.is_way_out {
            kept -= told.width();
        }
        // What stands behind has its blanks in front of it.
        let fits = told.width() - BETWEEN.len() + kept <= usize::from(room.width);
        // Of the others none is left out before one that is shown.
        full |= !told.is_way_out && !fits;
        if !fits || (full && !told.is_way_out) {
            continue;
        }
        room = put(buffer, room, &told.key, style(Role::Key));
        room = put(buffer, room, &Shown::ours(" "), style(Role::Text));
        room = put(buffer, room, &told.word, style(Role::Hint));
        room = put(buffer, room, &Shown::ours(BETWEEN), style(Role::Text));
    }
}

/// What stands between hints.
const BETWEEN: &str = "  ";
/// Help is hinted at unless there is hardly room for anything.
const LEAST_FOR_HELP: usize = 16;

/// Key and word of what is hinted at in this place.
struct Hint {
    key: Shown,
    word: Shown,
    /// Whether it leaves the place.
    is_way_out: bool,
}

impl Hint {
    /// Cells that it takes, with those behind it.
    fn width(&self) -> usize {
        self.key.width() + 1 + self.word.width() + BETWEEN.len()
    }
}

/// What the next key of a sequence that was begun can be; columns by their titles.
fn ways_on(app: &App) -> Vec<Hint> {
    let ways = app.keys.current.continuations(app.place(), &app.keys.pending);
    let word = |command: Command| match command {
        Command::List(List::Sort(column)) => column.title().to_lowercase(),
        other => {
            let entry = entries().find(|entry| entry.command == other);
            entry.map_or_else(String::new, |entry| entry.name.to_owned())
        }
    };
    ways.into_iter()
        .map(|(key, command)| Hint {
            key: Shown::line(&key),
            word: Shown::line(&word(command)),
            is_way_out: false,
        })
        .collect()
}

/// What keeps rows from being seen is never forgotten.
fn filters(app: &App) -> Option<Shown> {
    let options = &app.tree.options;
    let (filter, faults_only, hidden) = match app.stack.last() {
        Some(screen) => screen.sieve()?,
        None => (options.filter.as_ref(), options.faults_only, app.tree.hidden()),
    };
    let filter = filter.map(|filter| format!("/{}", filter.text()));
    let within = app.stack.last().and_then(Screen::within);
    let at = within.and_then(|within| within.at.as_ref());
    let namespace = within.and_then(|within| within.namespace.as_ref());
    let namespace = namespace.or(options.namespace.as_ref());
    let parts: Vec<String> = [
        match app.stack.last() {
            Some(screen) => screen.marked(),
            None => app.tree.marked(),
        },
        faults_only.then(|| "faults only".to_owned()),
        at.map(|at| format!("@{at}")),
        namespace.map(|namespace| format!("namespace {namespace}")),
        filter,
        (hidden > 0).then(|| format!("{hidden} hidden")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| Shown::line(&parts.join("  ")))
}

/// What is hinted at in this place, in the order of the table; what goes on with a search first, as it was just asked for.
fn hints(app: &App) -> impl Iterator<Item = Hint> {
    let place = app.place();
    let here = move |places: &[Place]| {
        let mut chain = place.chain();
        chain.any(|there| places.contains(&there) && (there != Place::Everywhere || !place.takes_text()))
    };
    let goes_on = |entry: &&Entry| {
        matches!(
            entry.command,
            Command::Reading(Reading::NextMatch | Reading::PreviousMatch)
        )
    };
    let others = entries().filter(move |entry| !goes_on(entry));
    let mut ordered: Vec<&Entry> = entries().filter(goes_on).chain(others).collect();
    // Who comes from elsewhere knows how faults are found, and not how rows are sorted here.
    let place_of =
        |ordered: &[&Entry], command: Command| ordered.iter().position(|entry| entry.command == command);
    let faults = place_of(&ordered, Command::Tree(Tree::FaultsOnly));
    let sort = place_of(&ordered, Command::List(List::Sort(Column::Name)));
    if let (Some(faults), Some(sort)) = (faults, sort)
        && faults < sort
    {
        let entry = ordered.remove(faults);
        ordered.insert(sort, entry);
    }
    ordered.into_iter().filter_map(move |entry| {
        let hint = entry
            .hint
            .filter(|_| here(entry.places) && does_something(app, entry.command))?;
        let key = hinted_key(app, entry.command)?;
        let hint = if app.offers_demo() && entry.command == Command::Object(Object::Open) {
            "start the demo"
        } else {
            hint
        };
        Some(Hint {
            key: Shown::line(&key),
            word: Shown::ours(hint),
            is_way_out: matches!(entry.command, Command::Program(Program::Leave | Program::Back)),
        })
    })
}

/// The key that is hinted at. The orders have a first one in common, which tells of the others when it is pressed.
fn hinted_key(app: &App, command: Command) -> Option<String> {
    let keys = app.keys.current.keys(app.place(), command);
    let common = keys.iter().find_map(|key| key.split_once(' '));
    if let (Command::List(List::Sort(_)), Some((first, _))) = (command, common) {
        return Some(first.to_owned());
    }
    keys.into_iter().next()
}

/// Whether a command does something here, on this row, with the rights that there are.
fn does_something(app: &App, command: Command) -> bool {
    let part = object(app).map(|object| object.part);
    let home = app.stack.is_empty();
    let quiet = app.preparing().is_some();
    match command {
        Command::Program(Program::Help) => false,
        // On the home screen it only takes away what keeps rows from being seen.
        Command::Program(Program::Back) => {
            !home || app.tree.options.filter.is_some() || app.tree.options.faults_only
        }
        Command::Program(Program::Leave) => home,
        Command::Object(Object::Open) if part.is_some() => {
            object(app).is_some_and(|object| object.link().is_some())
        }
        // There it begins the upgrade.
        Command::Object(Object::Open) if app.place() == Place::Upgrade => false,
        Command::Object(Object::Open) if !home => app.subject().is_some(),
        Command::Object(Object::BeginUpgrade) => match app.stack.last() {
            // One that is stored and has not ended goes before another one.
            Some(Screen::Upgrade(upgrade)) => {
                upgrade.meant(None).is_some() && may(app, &upgrade.key) && !has_open_walk(app)
            }
            Some(_) | None => false,
        },
        Command::Object(Object::PauseUpgrade | Object::AbandonUpgrade) => has_open_walk(app),
        Command::Object(Object::Open) => app.offers_demo() || (!quiet && app.tree.cursor().is_some()),
        Command::Object(Object::Describe) => matches!(part, Some(Part::Yaml | Part::Timeline)),
        Command::Object(Object::Why) => match part {
            Some(part) => part != Part::Why,
            // Of what is as it should be there is little to ask.
            None if home => !quiet && app.tree.line().is_some_and(|line| line.verdict.health.is_fault()),
            None => is_in_trouble(app),
        },
        Command::Object(Object::Timeline) => match part {
            Some(part) => part != Part::Timeline,
            None => false,
        },
        Command::Object(Object::Yaml) => match part {
            Some(part) => part != Part::Yaml,
            None => !quiet && matches!(app.subject(), Some(Subject::Object(_))),
        },
        Command::Object(Object::Reconnect) => {
            let is_place = matches!(app.subject(), Some(Subject::ManagementCluster(_)));
            is_place && session(app).is_some_and(|session| !session.is_live())
        }
        Command::Context(Context::Disconnect) => {
            session(app).is_some_and(|session| session.connection != Connection::Idle)
        }
        Command::Context(Context::LogIn) => {
            !quiet && session(app).is_some_and(|session| needs_login(&session))
        }
        Command::Object(Object::Machine) => !quiet && is_machine(app),
        Command::Object(Object::EditReplicas) => !quiet && can_be_edited(app, Field::Replicas),
        Command::Object(Object::EditVersion) => !quiet && can_be_edited(app, Field::Version),
        Command::Tree(Tree::Filter | Tree::FaultsOnly) if !home => true,
        // There is little to mark in the tree; who has begun is told how it goes on.
        Command::List(_) if home => !quiet && app.tree.marked().is_some(),
        Command::List(_) => app.subject().is_some(),
        Command::Tree(Tree::Filter | Tree::FaultsOnly) => {
            !quiet && (!app.tree.is_empty() || app.tree.hidden_by().is_some())
        }
        Command::Reading(Reading::NextMatch | Reading::PreviousMatch) => {
            let search = object(app).and_then(object::State::searched);
            search.is_some_and(|search| search.position().1 > 0)
        }
        Command::Object(Object::Edit | Object::EditOutside) => !quiet && has_text(app),
        Command::Program(_)
        | Command::Reading(_)
        | Command::Context(_)
        | Command::Move(_)
        | Command::Tree(_)
        | Command::Object(_)
        | Command::Input(_)
        | Command::Create(_) => true,
    }
}

/// The screen of an object, where that is on top.
fn object(app: &App) -> Option<&object::State> {
    match app.stack.last() {
        Some(Screen::Object(object)) => Some(object),
        Some(
            Screen::Help(_)
            | Screen::Contexts(_)
            | Screen::Problems(_)
            | Screen::Table(_)
            | Screen::Hosts(_)
            | Screen::Nodes(_)
            | Screen::Edit(_)
            | Screen::Activity(_)
            | Screen::Upgrade(_)
            | Screen::Create(_),
        )
        | None => None,
    }
}

/// Whether there is an upgrade of a cluster here that has not ended.
fn has_open_walk(app: &App) -> bool {
    let key = match app.stack.last() {
        Some(Screen::Upgrade(upgrade)) => Some(&upgrade.key),
        Some(Screen::Activity(activity)) => activity.walk(),
        Some(_) | None => None,
    };
    key.is_some_and(|key| app.fleet.walk(key).is_some_and(|known| known.is_open()) && may(app, key))
}

/// Whether what is under the cursor can be edited as YAML.
fn has_text(app: &App) -> bool {
    match app.subject() {
        Some(Subject::Object(key)) if !is_heading(app) => {
            may(app, &key) && fleetui_fleet::object_edit::refuses(&key.kind).is_none()
        }
        Some(_) | None => false,
    }
}

/// Whether the cursor is on a heading of the tree, which is about an object and none itself: nothing on it is edited.
fn is_heading(app: &App) -> bool {
    app.stack.is_empty() && !matches!(app.tree.cursor(), Some(Node::Object(_)))
}

/// Whether what is under the cursor of a list is not as it should be.
fn is_in_trouble(app: &App) -> bool {
    let Some(Subject::Object(key)) = app.subject() else {
        return false;
    };
    let verdict = app
        .fleet
        .get(&key)
        .map(|row| fleetui_fleet::health::verdict(row, &app.fleet, app.now));
    verdict.is_some_and(|verdict| verdict.health.is_fault())
}

/// The session of what is under the cursor.
fn session(app: &App) -> Option<Arc<Session>> {
    let name = app.subject()?.management_cluster();
    app.fleet.session(&name).cloned()
}

fn needs_login(session: &Session) -> bool {
    let can = session.login.as_ref().is_some_and(|login| login.by_plugin);
    can && matches!(session.connection, Connection::AuthNeeded { .. })
}

fn can_be_edited(app: &App, field: Field) -> bool {
    match app.subject() {
        Some(Subject::Object(key)) if !is_heading(app) => {
            may(app, &key) && editable(&app.fleet, &key, field).is_ok()
        }
        Some(_) | None => false,
    }
}

/// Whether objects like this one may be changed, as far as that is known: no hint leads to a refusal.
fn may(app: &App, key: &ObjectKey) -> bool {
    app.access.check_change(&app.fleet, key).is_ok()
}

/// Whether there is a machine under the cursor, or a host of a pool, to which something can be done.
fn is_machine(app: &App) -> bool {
    let Some(Subject::Object(key)) = app.subject() else {
        return false;
    };
    let row = app.fleet.get(&key);
    row.is_some_and(|row| {
        let is_host = row.facts.role == kinds::Role::Host && fleetui_fleet::hosts::is_of_pool(row);
        row.facts.role == kinds::Role::Machine || is_host
    }) && may(app, &key)
}
