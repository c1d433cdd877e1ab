//! What each command does.

use fleetui_base::{ObjectKey, ObjectName};
use fleetui_fleet::edit::Field;
use fleetui_fleet::tree::Node;

use crate::app::App;
use crate::chord::Chord;
use crate::command::{Command, Doing, Move, Object, Place, Program, Tree};
use crate::effect::{Action, LONGEST_COPY};
use crate::layout::Layout;
use crate::prompt;
use crate::screens::object::Part;
use crate::screens::{Screen, help};
use crate::subject::Subject;
use crate::theme::Role;

impl App {
    pub(crate) fn run(&mut self, command: Command, place: Place) {
        // Before what keeps rows from being seen, what was refused goes.
        let is_refusal = self
            .messages
            .current()
            .is_some_and(|told| told.role != Role::Message);
        if command == Command::Program(Program::Back) && is_refusal && self.is_sifted() {
            self.messages.clear();
            return;
        }
        // Who asks for the next thing has read what was said of the last one.
        if !matches!(command, Command::Move(_) | Command::Input(_)) {
            self.messages.clear();
        }
        // What is not shown yet cannot be meant.
        let hidden = self.preparing.is_some() && self.stack.is_empty() && place == Place::Tree;
        if hidden && matches!(command, Command::Object(_) | Command::List(_)) {
            return;
        }
        if command != Command::Program(Program::Leave) {
            self.leaving = None;
        }
        if command.means_row() {
            self.hold_row();
        }
        self.carry_out(command, place);
        // Whatever it was, the person has looked by now.
        self.slid = None;
    }

    fn carry_out(&mut self, command: Command, place: Place) {
        match command {
            Command::Program(command) => self.run_program(command),
            Command::Move(command) if place == Place::Dialog => self.scroll_dialog(command),
            Command::Move(command) => self.run_move(command),
            Command::Tree(command) => self.run_tree(command),
            Command::Object(command) => self.run_object(command, place),
            Command::Context(command) => self.run_context(command),
            Command::Reading(command) => self.run_reading(command),
            Command::List(command) => self.run_list(command),
            Command::Input(command) if place == Place::Cell => {
                let (cell, mut around) = self.cell_and_around();
                cell.command(command, &mut around);
                self.arrange();
            }
            Command::Input(command) if place == Place::Edit => self.run_editor(command),
            Command::Input(command) if place == Place::Create => self.run_create_input(command),
            Command::Input(command) if place == Place::Dialog => {
                let (act, mut around) = self.act_and_around();
                act.command(command, &mut around);
                self.await_lent();
                if let Some(text) = self.act.typing.take() {
                    let mut prompt = prompt::State::open(prompt::Purpose::Command, text);
                    // What is typed goes behind it, and not in its place.
                    prompt.input.keep();
                    self.prompt = Some(prompt);
                    self.complete_prompt();
                }
                self.arrange();
            }
            Command::Input(command) => self.run_prompt(command),
            Command::Create(command) => self.run_create(command),
        }
    }

    /// The row under the cursor is meant from now on, whatever comes in above it.
    fn hold_row(&mut self) {
        match self.stack.last_mut() {
            Some(screen) => screen.hold(),
            None => self.tree.hold(),
        }
    }

    fn run_program(&mut self, command: Program) {
        match command {
            Program::Quit => {
                self.keep_drafts();
                self.effects.push(Action::Quit);
            }
            Program::Redraw => {
                self.effects.push(Action::Redraw);
            }
            Program::Back => {
                if !self.clear_sieve() && !self.close_screen() {
                    self.with_tree(crate::screens::tree::State::clear);
                }
            }
            Program::Leave => self.leave_home(),
            Program::Help => self.open_help(),
            Program::Return => self.return_to_place(),
            Program::Problems => self.open_problems(),
            Program::Activity => self.open_activity(),
            Program::Create => self.open_create(None),
            Program::HistoryBack => self.history_back(),
            Program::HistoryForward => self.history_forward(),
            Program::HistoryLast => self.history_last(),
            Program::Save => self.save(),
            Program::CommandLine => {
                self.prompt = Some(prompt::State::open(prompt::Purpose::Command, ""));
                self.complete_prompt();
            }
        }
    }

    pub(super) fn open_help(&mut self) {
        let place = self.place();
        if place != Place::Help {
            let body = self.layout.wide_body;
            let ground = help::Ground {
                keymap: &self.keys.current,
                glyphs: &self.look.glyphs,
                size: (body.width, body.height),
            };
            let help = if place == Place::Tree && self.fleet.sessions().next().is_none() {
                help::State::open_bare(ground)
            } else {
                help::State::open(place, ground)
            };
            self.stack.push(Screen::Help(help));
        }
    }

    /// Leaves the screen on top; says whether there was one.
    pub(super) fn close_screen(&mut self) -> bool {
        let Some(screen) = self.stack.pop() else {
            return false;
        };
        screen.close(&mut self.effects);
        true
    }

    /// Leaves all screens that stand over the tree.
    pub(crate) fn go_home(&mut self) {
        if !self.stack.is_empty() {
            self.leave();
        }
    }

    fn run_move(&mut self, command: Move) {
        if let Some(screen) = self.stack.last_mut() {
            screen.go(command);
            let (stack, ground, _) = self.stack_and_ground();
            if let Some(screen) = stack.last_mut() {
                screen.follow(ground);
            }
        } else {
            self.tree.go(command);
            self.follow();
        }
    }

    fn run_tree(&mut self, command: Tree) {
        match command {
            Tree::Unfold => self.with_tree(crate::screens::tree::State::unfold),
            Tree::Fold => self.with_tree(crate::screens::tree::State::fold),
            Tree::UnfoldAll => self.with_tree(crate::screens::tree::State::unfold_all),
            Tree::Filter => self.open_filter(),
            Tree::Clear if self.clear_sieve() => {}
            Tree::Clear => {
                self.with_tree(crate::screens::tree::State::clear);
            }
            Tree::FaultsOnly => self.toggle_faults(),
            Tree::Layer(layer) => {
                self.toggle_layer(layer);
            }
            Tree::Groups => {
                self.toggle_groups();
            }
            Tree::Pane => self.toggle_pane(),
            Tree::WholeFleet => self.scope(None),
            Tree::Scope(number) => {
                let session = self.fleet.sessions().nth(usize::from(number).saturating_sub(1));
                match session.map(|session| session.management_cluster.clone()) {
                    Some(management_cluster) => self.scope(Some(management_cluster)),
                    None => self
                        .messages
                        .refuse(self.now, &format!("there is no management cluster {number}")),
                }
            }
        }
    }

    /// A key that does nothing says so, and where it stands what others do.
    pub(super) fn no_meaning(&mut self, place: Place, pressed: &[Chord]) {
        let told = self.keys.current.told(place, pressed).map(str::to_owned);
        let pressed = crate::keymap::written(pressed);
        if let Some(told) = told {
            return self.messages.refuse(self.now, &format!("{pressed}: {told}"));
        }
        let help = self.keys.current.keys(place, Command::Program(Program::Help));
        let what = match help.first() {
            Some(key) => format!("{pressed} has no meaning here; {key} shows the keys"),
            None => format!("{pressed} has no meaning here"),
        };
        self.messages.refuse(self.now, &what);
    }

    /// Shows the detail pane, or not any more. Where there is no room for it, that is said and nothing else happens.
    fn toggle_pane(&mut self) {
        let area = self.layout.area;
        if let Some(lacks) = Layout::lacks_for_panes(area.width, area.height) {
            let opens = self.key_for(Command::Object(Object::Open), ":");
            let what = format!("no room for the detail pane: {lacks}; {opens} opens the object");
            return self.messages.refuse(self.now, &what);
        }
        self.tree.panes = !self.tree.panes;
        self.resize(area.width, area.height);
    }

    fn open_filter(&mut self) {
        let sieve = self.stack.last().and_then(Screen::sieve);
        let before = match sieve {
            Some((filter, ..)) => filter.cloned(),
            None => self.tree.options.filter.clone(),
        };
        let text = before
            .as_ref()
            .map(|filter| filter.text().to_owned())
            .unwrap_or_default();
        self.prompt = Some(prompt::State::open(prompt::Purpose::Filter { before }, &text));
    }

    pub(super) fn toggle_faults(&mut self) {
        let toggle = |_: &mut _, faults_only: Option<&mut bool>| {
            if let Some(faults_only) = faults_only {
                *faults_only = !*faults_only;
            }
        };
        if self.sift(toggle) {
            return;
        }
        self.tree.options.faults_only = !self.tree.options.faults_only;
        self.refresh();
    }

    /// Shows one management cluster, or all.
    pub(super) fn scope(&mut self, only: Option<fleetui_base::ManagementCluster>) {
        self.tree.options.only = only;
        self.refresh();
    }

    fn run_object(&mut self, command: Object, place: Place) {
        match command {
            Object::Reconnect => self.reconnect(place),
            Object::Open if self.offers_demo() => {
                self.effects.push(Action::Demo);
            }
            Object::Open if place == Place::Object && self.open_link() => {}
            Object::Open if place == Place::Activity && self.open_walk() => {}
            Object::Open | Object::Describe => self.show_object(Part::Description),
            Object::Yaml => self.show_object(Part::Yaml),
            Object::Why => self.show_object(Part::Why),
            Object::Timeline => self.show_object(Part::Timeline),
            Object::CopyName => self.copy_name(),
            Object::CopyNamespace => self.copy_namespace(),
            Object::Owner => self.go_to_owner(),
            Object::EditReplicas => self.edit(Field::Replicas),
            Object::EditVersion => self.edit(Field::Version),
            Object::Edit => self.edit_yaml(false),
            Object::EditOutside => self.edit_yaml(true),
            Object::Preflight => self.open_upgrade(),
            Object::BeginUpgrade => self.begin_upgrade(None),
            Object::PauseUpgrade => self.pause_upgrade(),
            Object::AbandonUpgrade => self.abandon_upgrade(),
            Object::Pause => self.act(Doing::PauseOrResume),
            Object::Restart => self.act(Doing::Restart),
            Object::Delete => self.act(Doing::Delete),
            Object::Undo => self.act(Doing::Undo),
            Object::Kubeconfig => self.act(Doing::Kubeconfig),
            Object::Nodes => self.open_nodes(),
            Object::Machine => self.act(Doing::Machine),
        }
    }

    fn show_object(&mut self, part: Part) {
        if let Some(Screen::Object(_)) = self.stack.last() {
            return self.show_part(part);
        }
        match self.subject() {
            Some(Subject::Object(key)) => self.open_object(key, part),
            // A management cluster is opened by showing it alone.
            Some(Subject::ManagementCluster(name)) if part == Part::Description => {
                let only = (self.tree.options.only.as_ref() != Some(&name)).then_some(name);
                self.go_home();
                self.scope(only);
            }
            None if part == Part::Description && self.show_group() => {}
            Some(Subject::ManagementCluster(name)) => self.tell_of_place(&name, part),
            None => self
                .messages
                .refuse(self.now, "there is no object under the cursor"),
        }
    }

    fn copy_name(&mut self) {
        let marked = match self.stack.last() {
            Some(Screen::Table(table)) => table.acted_on(),
            Some(_) => Vec::new(),
            None => self.tree.acted_on(),
        };
        // What is under the cursor alone is told by its name.
        if marked.len() > 1 {
            let names: Vec<&str> = marked.iter().map(|key| key.object.name.as_str()).collect();
            return self.copy(names.join("\n"), &format!("{} names", names.len()));
        }
        let name = match self.subject() {
            Some(Subject::Object(key)) => key.object.name.to_string(),
            Some(Subject::ManagementCluster(name)) => name.to_string(),
            None => return,
        };
        self.copy(name.clone(), &name);
    }

    fn copy_namespace(&mut self) {
        match self.subject() {
            Some(Subject::Object(key)) if !key.object.namespace.is_empty() => {
                let namespace = key.object.namespace.to_string();
                self.copy(namespace.clone(), &format!("namespace {namespace}"));
            }
            Some(_) | None => self.messages.refuse(self.now, "this is in no namespace"),
        }
    }

    /// Goes to who owns the object under the cursor: its line of the tree, and elsewhere its own screen.
    fn go_to_owner(&mut self) {
        let Some(Subject::Object(key)) = self.subject() else {
            return self
                .messages
                .refuse(self.now, "there is no object under the cursor");
        };
        let row = self.fleet.get(&key);
        let owner = row.and_then(|row| row.facts.owner.as_ref()).map(|owner| {
            let object = ObjectName::new(&key.object.namespace, &owner.name);
            ObjectKey::new(key.management_cluster.clone(), owner.kind.clone(), object)
        });
        match owner {
            None => {
                let what = format!("{} {} has no owner", key.kind.kind, key.object.name);
                self.messages.refuse(self.now, &what);
            }
            Some(owner) if self.fleet.get(&owner).is_none() => {
                let what = format!(
                    "its owner, {} {}, is not there",
                    owner.kind.kind, owner.object.name
                );
                self.messages.refuse(self.now, &what);
            }
            Some(owner) => {
                let node = Node::Object(owner.clone());
                let is_shown = self.stack.is_empty()
                    && self.with_tree(|tree, ground| {
                        tree.go_to(&node, ground);
                        tree.cursor() == Some(&node)
                    });
                if !is_shown {
                    self.open_object(owner, Part::Description);
                }
            }
        }
    }

    /// Puts `text` on the clipboard and says so; one that terminals would cut is not sent at all.
    pub(super) fn copy(&mut self, text: String, what: &str) {
        if text.len() > LONGEST_COPY {
            let length = text.len();
            let why = format!(
                "{what} is too long to be copied: {length} bytes, and a terminal takes {LONGEST_COPY}; ctrl-s saves it"
            );
            return self.messages.refuse(self.now, &why);
        }
        self.messages.say(self.now, &format!("copied {what}"));
        self.effects.push(Action::Copy(text));
    }

    pub(super) fn reconnect(&mut self, place: Place) {
        if let (Place::Object, Some(Screen::Object(object))) = (place, self.stack.last_mut()) {
            object.read_again(self.now, &mut self.effects);
            return self.refresh_top();
        }
        self.connect(None);
    }
}
