//! What is typed into the line at the bottom.

use std::collections::BTreeSet;

use fleetui_api::kinds::Role;
use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::filter::unlike_elsewhere;
use fleetui_fleet::tree::Layer;

use super::layers;
use crate::access::Access;
use crate::app::App;
use crate::chord::Chord;
use crate::command::Input;
use crate::command::line::{Argument, Typed, candidates, lacks, parse};
use crate::effect::Action;
use crate::near::{near, suggestion};
use crate::prompt::{self, Purpose};

/// What is typed in the place of a name to mean all of them.
const ALL: &str = "all";

impl App {
    pub(super) fn type_prompt(&mut self, chord: Chord) {
        let Some(prompt) = &mut self.prompt else { return };
        // As in k9s and vim, deleting the sign itself leaves the line.
        let empty = prompt.input.text().is_empty();
        if empty && chord == Chord::named(crate::chord::Named::Backspace) {
            return self.cancel_prompt();
        }
        if prompt.input.type_chord(chord) {
            self.prompt_changed();
        }
    }

    pub(super) fn paste_prompt(&mut self, text: &str) {
        if let Some(prompt) = &mut self.prompt {
            prompt.input.paste(text);
            self.prompt_changed();
        }
    }

    fn prompt_changed(&mut self) {
        let Some(prompt) = &mut self.prompt else { return };
        prompt.chosen = None;
        match prompt.purpose {
            Purpose::Command => self.complete_prompt(),
            Purpose::Search { .. } => {
                let typed = prompt.input.text().to_owned();
                self.search(&typed);
            }
            Purpose::Filter { .. } => {
                let typed = prompt.input.text().to_owned();
                let problem = self.filter(&typed);
                if let Some(prompt) = &mut self.prompt {
                    prompt.problem = problem.map(|problem| Shown::line(&problem));
                    prompt.hint = unlike_elsewhere(&typed);
                }
            }
        }
    }

    /// What the command line may become.
    pub(super) fn complete_prompt(&mut self) {
        let Some(prompt) = &self.prompt else { return };
        let found = candidates(prompt.input.text(), |argument| self.names(argument));
        if let Some(prompt) = &mut self.prompt {
            prompt.candidates = found;
            prompt.problem = None;
        }
    }

    pub(super) fn names(&self, argument: Argument) -> Vec<String> {
        match argument {
            Argument::ManagementCluster => {
                let sessions = self.fleet.sessions();
                let names = sessions.map(|session| session.management_cluster.to_string());
                names.chain([ALL.to_owned()]).collect()
            }
            // Whatever of them is shown at the moment.
            Argument::Namespace => {
                let names = self.fleet.namespaces().into_iter().map(str::to_owned);
                names.chain([ALL.to_owned()]).collect()
            }
            Argument::Within => {
                let sessions = self.fleet.sessions();
                let places = sessions.map(|session| format!("@{}", session.management_cluster));
                let namespaces = self.fleet.namespaces().into_iter().map(str::to_owned);
                places.chain(namespaces).collect()
            }
            Argument::NewName | Argument::Labels => Vec::new(),
            Argument::Facts => self.facts_of_hosts(),
            Argument::Cluster => {
                let only = self.subject_management_cluster();
                let clusters = self.fleet.rows(only.as_ref());
                // A host is for machines of its own namespace.
                let (hosts, _) = self.acted_on();
                let namespaces: BTreeSet<_> = hosts.iter().map(|key| &key.object.namespace).collect();
                let clusters = clusters.filter(|row| {
                    let is_near = namespaces.is_empty() || namespaces.contains(&row.facts.object.namespace);
                    row.facts.role == Role::Cluster && is_near
                });
                let mut names: Vec<String> = clusters.map(|row| row.facts.object.name.to_string()).collect();
                names.sort();
                names.dedup();
                names
            }
            Argument::Source => {
                let flavours = fleetui_fleet::create::built_ins().into_iter();
                let names = flavours.map(|flavour| flavour.name);
                names.chain(self.like_names()).collect()
            }
            Argument::Upgrade => self.upgrade_words(),
            Argument::Bookmark => self.bookmark_names(),
            Argument::Columns => fleetui_fleet::table::COLUMNS
                .iter()
                .map(|(column, _)| column.title().to_lowercase())
                .collect(),
            Argument::Theme => self.look.themes.names().map(str::to_owned).collect(),
            Argument::Keymap => self.keys.keymaps.names().map(str::to_owned).collect(),
            Argument::Layer => layers::names().map(str::to_owned).collect(),
        }
    }

    pub(super) fn run_prompt(&mut self, command: Input) {
        match command {
            Input::Cancel => self.cancel_prompt(),
            Input::Next => self.choose(true),
            Input::Previous => self.choose(false),
            Input::Accept => self.accept_prompt(),
        }
    }

    fn choose(&mut self, forward: bool) {
        if let Some(prompt) = &mut self.prompt {
            prompt.choose(forward);
        }
    }

    fn cancel_prompt(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        match prompt.purpose {
            Purpose::Filter { before } => {
                let again = before.clone();
                if !self.sift(|filter, _| *filter = again) {
                    self.tree.options.filter = before;
                    self.refresh();
                }
            }
            Purpose::Search { before } => self.search(&before.unwrap_or_default()),
            Purpose::Command => {}
        }
    }

    fn accept_prompt(&mut self) {
        let lacking = |prompt: &mut prompt::State| {
            matches!(prompt.purpose, Purpose::Filter { .. }) && prompt.problem.is_some()
        };
        // What is not complete is not taken; what it lacks stands above the line.
        if let Some(prompt) = &mut self.prompt
            && matches!(prompt.purpose, Purpose::Command)
            && let Some(why) = lacks(prompt.input.text())
        {
            prompt.problem = Some(Shown::line(&why));
            return;
        }
        let Some(prompt) = self.prompt.take_if(|prompt| !lacking(prompt)) else {
            return;
        };
        self.messages.clear();
        match prompt.purpose {
            Purpose::Command if prompt.input.text().trim().is_empty() => {}
            Purpose::Command => match parse(prompt.input.text()) {
                Ok(typed) => self.execute(typed),
                Err(why) => self.messages.refuse(self.now, &why),
            },
            // It was looked for as it was typed.
            Purpose::Search { .. } => {}
            // In a list the cursor is on a row that was found.
            Purpose::Filter { .. } if self.stack.last().is_some_and(|screen| screen.sieve().is_some()) => {}
            Purpose::Filter { .. } => {
                let now = self.now;
                self.with_tree(|tree, _| tree.go_to_match(now));
            }
        }
    }

    pub(crate) fn execute(&mut self, typed: Typed) {
        match typed {
            Typed::Fleet => {
                self.go_home();
                self.messages.say(self.now, "the fleet tree");
            }
            Typed::Quit => {
                self.keep_drafts();
                self.effects.push(Action::Quit);
            }
            Typed::Help => self.open_help(),
            Typed::Problems => self.open_problems(),
            Typed::Activity => self.open_activity(),
            Typed::Create(source) => self.open_create(source.as_deref()),
            Typed::Do(doing) => self.act(doing),
            Typed::Host(deed) => self.act_on_hosts(&deed),
            Typed::Upgrade(deed) => self.run_upgrade(deed),
            Typed::Headroom(facts) => self.show_headroom(facts.as_deref()),
            Typed::Context(name) => self.show_context(name),
            Typed::Namespace(name) => self.show_namespace(name),
            Typed::Theme(name) => {
                let result = self.look.set_theme(&name);
                self.answer(result, &format!("theme {name}"));
            }
            Typed::Keymap(name) => {
                let result = self
                    .keys
                    .keymaps
                    .get(&name)
                    .cloned()
                    .map(|keymap| self.keys.current = keymap);
                self.answer(result, &format!("keymap {name}"));
                // Help is written from the keymap.
                let area = self.layout.area;
                self.resize(area.width, area.height);
            }
            Typed::ReadOnly => self.toggle_read_only(),
            Typed::Faults => {
                self.go_home();
                self.toggle_faults();
                self.say_whether(
                    self.tree.options.faults_only,
                    "only faults are shown",
                    "everything is shown again",
                );
            }
            Typed::MachineSets => self.show_layer(Some(Layer::MachineSets.name())),
            Typed::Layers(name) => self.show_layer(name.as_deref()),
            Typed::Echo => self.show_layer(Some(layers::ECHO)),
            Typed::Reconnect(name) => self.connect(name),
            Typed::Disconnect(name) => self.disconnect(name),
            Typed::LogIn(name) => self.log_in(name),
            Typed::Return => self.return_to_place(),
            Typed::Mouse => {
                let on = !self.mouse.is_on();
                self.take_mouse(on);
                self.say_whether(
                    on,
                    "the mouse is taken: the wheel scrolls, a press goes to a row; :mouse gives it back",
                    "the mouse is left to the terminal",
                );
            }
            Typed::Suspend => {
                self.effects.push(Action::Stop);
            }
            Typed::Table(flat, rest) => self.show_table(flat, rest.as_deref()),
            Typed::Hosts(rest) => self.show_hosts(rest.as_deref()),
            Typed::Nodes(rest) => self.show_nodes(rest.as_deref()),
            Typed::Columns(columns) => self.show_columns(columns.as_deref()),
            Typed::Save => self.save(),
            Typed::Bookmark(name) => self.bookmark(name),
            Typed::ForgetBookmark(name) => self.forget_bookmark(name),
            Typed::Go(name) => self.go_to_bookmark(&name),
            #[cfg(debug_assertions)]
            Typed::Panic => fail_on_purpose(),
        }
    }

    pub(super) fn say_whether(&mut self, on: bool, yes: &str, no: &str) {
        self.messages.say(self.now, if on { yes } else { no });
    }

    fn show_namespace(&mut self, name: Option<String>) {
        self.go_home();
        let name = name.filter(|name| name != ALL);
        if let Some(name) = &name {
            let known = self.fleet.namespaces();
            if !known.contains(name.as_str()) {
                let hint = suggestion(&near(name, known.iter().copied()));
                let what = format!("there is nothing in a namespace '{name}'{hint}");
                return self.messages.refuse(self.now, &what);
            }
        }
        let said = match &name {
            Some(name) => format!("only namespace {name} is shown"),
            None => "all namespaces are shown".to_owned(),
        };
        self.tree.options.namespace = name.map(Into::into);
        self.refresh();
        self.messages.say(self.now, &said);
    }

    fn answer(&mut self, result: Result<(), String>, done: &str) {
        match result {
            Ok(()) => self.messages.say(self.now, done),
            Err(why) => self.messages.refuse(self.now, &why),
        }
    }

    fn show_context(&mut self, name: Option<String>) {
        let Some(name) = name else {
            return self.open_contexts();
        };
        self.go_home();
        if name == ALL {
            self.messages.say(self.now, "the whole fleet is shown");
            return self.scope(None);
        }
        let mut known = ManagementCluster::new(&name);
        if self.fleet.session(&known).is_none() {
            let Some(numbered) = self.numbered(&name) else {
                return self.no_such(&name);
            };
            known = numbered;
        }
        self.messages.say(self.now, &format!("only {known} is shown"));
        self.scope(Some(known));
    }

    /// The management cluster of the number that stands before it on the screen of all connections.
    fn numbered(&self, text: &str) -> Option<ManagementCluster> {
        let number: usize = text.parse().ok()?;
        let session = self.fleet.sessions().nth(number.checked_sub(1)?)?;
        Some(session.management_cluster.clone())
    }

    fn toggle_read_only(&mut self) {
        self.switch_read_only();
        // The pane says it too.
        self.follow();
    }

    /// Tells whoever writes what may be written.
    pub(super) fn tell_access(&mut self) {
        let why = self.access.why_not().map(str::to_owned);
        self.effects.push(Action::ReadOnly(why));
    }

    fn switch_read_only(&mut self) {
        match self.access {
            Access::ReadWrite => {
                self.access = Access::ReadOnly;
                self.tell_access();
                let (cell, mut around) = self.cell_and_around();
                cell.close(&mut around);
                self.arrange();
                self.messages
                    .say(self.now, "read-only: nothing is written from now on");
            }
            Access::ReadOnly => {
                self.access = Access::ReadWrite;
                self.tell_access();
                self.messages.say(self.now, "read-write again");
            }
            Access::ReadOnlyForGood => {
                self.messages.refuse(
                    self.now,
                    "fleetui was started read-only; only a new start changes that",
                );
            }
        }
    }
}

#[cfg(debug_assertions)]
#[allow(
    clippy::panic,
    reason = "a panic is what was asked for; releases do not have the command"
)]
fn fail_on_purpose() {
    panic!("asked for by :panic");
}
