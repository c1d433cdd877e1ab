//! Where a person is in the console, to be written down when the line is lost and offered at the next start.
//!
//! Must not know: files.

use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_fleet::filter::Filter;
use fleetui_fleet::tree::{Layers, Node};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::effect::Action;
use crate::screens::Screen;
use crate::screens::object::Part;

/// What is older says nothing about what the person is at now.
const OFFERED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Folds beyond this many are not worth a longer file.
const MOST_FOLDS: usize = 10_000;

/// Where a person was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// When that was.
    pub at: Timestamp,
    /// The fleet that was shown.
    pub fleet: Vec<ManagementCluster>,
    only: Option<ManagementCluster>,
    namespace: Option<String>,
    filter: Option<String>,
    faults_only: bool,
    layers: Layers,
    echo: bool,
    grouping: bool,
    toggled: Vec<Node>,
    cursor: Option<Node>,
    screens: Vec<KeptScreen>,
}

/// A screen that stood over the tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum KeptScreen {
    /// One object, and whether its YAML was shown.
    Object(ObjectKey, bool),
    /// The management clusters.
    Contexts,
    /// What is not as it should be.
    Problems,
    /// A table or the hosts: the command line that opens it.
    Typed(String),
}

impl KeptScreen {
    /// What is kept of a screen; nothing of one that says the same at any time.
    fn of(screen: &Screen) -> Option<Self> {
        match screen {
            Screen::Object(object) => Some(Self::Object(object.key.clone(), object.part == Part::Yaml)),
            Screen::Contexts(_) => Some(Self::Contexts),
            Screen::Problems(_) => Some(Self::Problems),
            Screen::Table(table) => Some(Self::Typed(table.command())),
            Screen::Hosts(hosts) => Some(Self::Typed(hosts.command())),
            Screen::Nodes(nodes) => Some(Self::Typed(nodes.command())),
            // What was typed is a draft, which is offered where the object is edited again.
            Screen::Edit(edit) => Some(Self::Object(edit.key.clone(), true)),
            Screen::Activity(_) => Some(Self::Typed("activity".to_owned())),
            // What was typed is a draft, which is offered.
            Screen::Create(_) => Some(Self::Typed("create".to_owned())),
            Screen::Help(_) | Screen::Upgrade(_) => None,
        }
    }
}

/// What was kept, while it can be gone back to.
#[derive(Debug, Default)]
pub(crate) struct State {
    kept: Option<Kept>,
    /// Whether the person was told.
    offered: bool,
}

impl State {
    pub(crate) fn new(kept: Option<Kept>) -> Self {
        Self { kept, offered: false }
    }
}

impl App {
    /// Where the person is.
    pub fn keep(&self) -> Kept {
        let options = &self.tree.options;
        let sessions = self.fleet.sessions();
        let toggled = options.toggled.iter().take(MOST_FOLDS);
        Kept {
            at: self.now,
            fleet: sessions
                .map(|session| session.management_cluster.clone())
                .collect(),
            only: options.only.clone(),
            namespace: options.namespace.as_ref().map(ToString::to_string),
            filter: options.filter.as_ref().map(|filter| filter.text().to_owned()),
            faults_only: options.faults_only,
            layers: options.layers,
            echo: options.echo,
            grouping: options.grouping,
            toggled: toggled.cloned().collect(),
            cursor: self.tree.cursor().cloned(),
            screens: self.stack.iter().filter_map(KeptScreen::of).collect(),
        }
    }

    /// Says once that there is a place to go back to, when it is known that it is one of this fleet.
    pub(crate) fn offer_return(&mut self) {
        let Some(kept) = self.returns.kept.as_ref().filter(|_| !self.returns.offered) else {
            return;
        };
        let known = |name: &ManagementCluster| self.fleet.session(name).is_some();
        if kept.at + OFFERED_FOR < self.now || !kept.fleet.iter().any(known) {
            return;
        }
        let ago = crate::age::age(kept.at, self.now);
        let how = self.return_key().unwrap_or_else(|| ":return".to_owned());
        let what = format!("the line was lost {ago} ago; {how} goes back to where you were");
        self.returns.offered = true;
        self.messages.offer(self.now, &what);
    }

    /// Whether there is a place to go back to, of which the person was told.
    pub(crate) fn is_return_offered(&self) -> bool {
        self.returns.offered && self.returns.kept.is_some()
    }

    fn return_key(&self) -> Option<String> {
        use crate::command::{Command, Place, Program};
        let keys = self
            .keys
            .current
            .keys(Place::Tree, Command::Program(Program::Return));
        keys.into_iter().next()
    }

    /// Goes where the person was.
    pub(crate) fn return_to_place(&mut self) {
        let Some(kept) = self.returns.kept.take() else {
            let nothing = "there is no place to go back to: the line was not lost";
            return self.messages.refuse(self.now, nothing);
        };
        self.go_home();
        self.restore(kept);
        self.messages.say(self.now, "where you were");
    }

    /// Shows what was kept; the person has left where they were.
    pub(crate) fn restore(&mut self, kept: Kept) {
        let options = &mut self.tree.options;
        // A management cluster that is not there any more would leave nothing to see.
        options.only = kept.only.filter(|only| self.fleet.session(only).is_some());
        options.namespace = kept.namespace.map(Into::into);
        options.filter = kept.filter.and_then(|text| Filter::read(&text).0);
        options.faults_only = kept.faults_only;
        options.layers = kept.layers;
        options.echo = kept.echo;
        options.grouping = kept.grouping;
        options.toggled = kept.toggled.into_iter().collect();
        self.effects.push(Action::Layers(kept.layers));
        self.refresh();
        if let Some(cursor) = kept.cursor {
            // What is still being read comes later.
            self.with_tree(|tree, _| tree.go_back_to(&cursor));
        }
        for screen in kept.screens {
            match screen {
                KeptScreen::Object(key, yaml) => {
                    let part = if yaml { Part::Yaml } else { Part::Description };
                    self.open_object(key, part);
                }
                KeptScreen::Contexts => self.open_contexts(),
                KeptScreen::Problems => self.open_problems(),
                KeptScreen::Typed(line) => self.type_line(&line),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fleetui_fleet::session::Connection;

    use super::*;
    use crate::msg::Msg;
    use crate::sample::{app, app_with, options, plain, press, session, type_text, updates};
    use crate::update::update;

    fn kept(app: &mut App) -> Kept {
        let effects = update(app, Msg::HungUp);
        assert!(effects.iter().any(|effect| effect.action == Action::Quit));
        let kept = effects.into_iter().find_map(|effect| match effect.action {
            Action::Keep(kept) => Some(*kept),
            _ => None,
        });
        let text = serde_json::to_string(&kept.unwrap()).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn started_with(kept: Kept) -> App {
        let mut options = options((120, 40));
        options.now = kept.at + SignedDuration::from_mins(5);
        options.kept = Some(kept);
        let mut app = App::new(options).unwrap();
        let now = app.now;
        update(&mut app, Msg::Tick(now));
        update(&mut app, Msg::Fleet(updates()));
        app
    }

    #[test]
    fn who_lost_the_line_is_offered_to_go_back_and_finds_everything_as_it_was() {
        let mut before = app((120, 40));
        press(&mut before, "= M 1 j j j h /");
        type_text(&mut before, "byoh");
        press(&mut before, "enter j d");
        let shown = plain(&before);
        let kept = kept(&mut before);
        let mut after = started_with(kept);
        assert!(
            plain(&after).contains("the line was lost 5m ago; ctrl-o goes back"),
            "{}",
            plain(&after)
        );
        press(&mut after, "ctrl-o");
        let body = |screen: &str| {
            screen
                .lines()
                .skip(1)
                .take(10)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let title = |screen: &str| screen.lines().nth(1).unwrap_or_default().to_owned();
        assert_eq!(title(&plain(&after)), title(&shown));
        let now = after.now;
        update(&mut before, Msg::Tick(now));
        press(&mut after, "esc");
        press(&mut before, "esc");
        assert_eq!(body(&plain(&after)), body(&plain(&before)));
        assert_eq!(after.tree.cursor(), before.tree.cursor());
        let (kept, meant) = (&after.tree.options, &before.tree.options);
        assert!(kept.grouping && kept.layers == meant.layers && kept.layers.iter().count() == 1);
        press(&mut after, "ctrl-o");
        assert!(plain(&after).contains("no place to go back to"), "once is enough");
    }

    #[test]
    fn the_cursor_waits_for_its_row_unless_it_is_moved() {
        let mut before = app((120, 40));
        press(&mut before, "j j j j");
        let cursor = before.tree.cursor().cloned();
        let kept = kept(&mut before);
        for moved in [false, true] {
            let mut options = options((120, 40));
            options.kept = Some(kept.clone());
            // The sessions are there, and nothing was read yet.
            let (sessions, objects): (Vec<_>, Vec<_>) = updates()
                .into_iter()
                .partition(|update| matches!(update, fleetui_fleet::Update::Session(_)));
            let mut after = app_with(options, sessions);
            press(&mut after, "ctrl-o");
            assert_ne!(after.tree.cursor().cloned(), cursor);
            if moved {
                press(&mut after, "j");
            }
            update(&mut after, Msg::Fleet(objects));
            assert_eq!(after.tree.cursor().cloned() == cursor, !moved);
        }
    }

    #[test]
    fn nothing_is_offered_over_another_fleet_or_after_a_day() {
        let mut before = app((120, 40));
        let kept = kept(&mut before);
        let old = Kept {
            at: kept.at - SignedDuration::from_hours(48),
            ..kept.clone()
        };
        let mut options = options((120, 40));
        options.kept = Some(old);
        assert!(!plain(&app_with(options.clone(), updates())).contains("the line was lost"));
        options.kept = Some(kept);
        let other = app_with(options, vec![session("elsewhere", Connection::Live)]);
        assert!(!plain(&other).contains("the line was lost"));
    }
}
