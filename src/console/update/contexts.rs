//! The connections to management clusters: showing them, connecting, disconnecting, logging in; and the theme that one has.

use fleetui_base::ManagementCluster;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::session::Connection;
use fleetui_fleet::tree::Node;

use crate::app::App;
use crate::command::{Command, Context, Object, Place};
use crate::connection;
use crate::effect::{Action, Request};
use crate::near::{near, suggestion};
use crate::screens::object::Part;
use crate::screens::{Screen, contexts};
use crate::subject::Subject;

impl App {
    pub(super) fn run_context(&mut self, command: Context) {
        match command {
            Context::Show => self.open_contexts(),
            Context::Disconnect => self.disconnect(None),
            Context::LogIn => self.log_in(None),
        }
    }

    /// Opens the screen of all connections, on the one that is meant here.
    pub(crate) fn open_contexts(&mut self) {
        if matches!(self.stack.last(), Some(Screen::Contexts(_))) {
            return;
        }
        let at = self.subject_management_cluster();
        let (stack, ground, _) = self.stack_and_ground();
        let state = contexts::State::open(at, ground.prose(), ground.size);
        stack.push(Screen::Contexts(Box::new(state)));
    }

    /// Shows the fleet of the group whose heading is under the cursor, or all again; says whether there was one.
    pub(super) fn show_group(&mut self) -> bool {
        let is_without = matches!(self.tree.cursor(), Some(Node::Fleet(None)));
        if self.stack.is_empty() && is_without {
            let what =
                "what is in no group cannot be shown alone; a filter can take the others away: group!=…";
            self.messages.refuse(self.now, what);
            return true;
        }
        let group = match self.stack.last() {
            Some(Screen::Contexts(contexts)) => contexts.group().cloned(),
            None => match self.tree.cursor() {
                Some(Node::Fleet(group)) => group.clone(),
                Some(_) | None => None,
            },
            Some(_) => None,
        };
        let Some(group) = group else {
            return false;
        };
        let filter = Filter::of_group(&group);
        // As a management cluster does, it gives way to the whole when it is opened again.
        let again = self.stack.is_empty() && self.tree.options.filter.as_ref() == Some(&filter);
        self.go_home();
        self.tree.options.only = None;
        self.tree.options.filter = Some(filter).filter(|_| !again);
        self.refresh();
        let said = if again {
            "the whole fleet is shown".to_owned()
        } else {
            format!("only group {group} is shown")
        };
        self.messages.say(self.now, &said);
        true
    }

    pub(super) fn connect(&mut self, name: Option<String>) {
        let Some(name) = self.meant(name) else { return };
        self.messages.say(self.now, &format!("connecting {name} anew"));
        let id = self.effects.ask(Request::Reconnect(name));
        self.asked.insert(id, None);
    }

    pub(super) fn disconnect(&mut self, name: Option<String>) {
        let Some(name) = self.meant(name) else { return };
        let done = format!(
            "{name} is disconnected; {} connects it again",
            self.key_for(Command::Object(Object::Reconnect), ":connect")
        );
        let id = self.effects.ask(Request::Disconnect(name));
        self.asked.insert(id, Some(done));
    }

    /// Gives the terminal to the credential plugin of a management cluster, if there is one.
    pub(super) fn log_in(&mut self, name: Option<String>) {
        let Some(name) = self.meant(name) else { return };
        let login = self
            .fleet
            .session(&name)
            .and_then(|session| session.login.as_ref());
        if let Some(login) = login.filter(|login| !login.by_plugin) {
            let what = format!(
                "{name}: there is nothing to run (credentials: {}); once they are renewed, {} connects anew",
                login.way,
                self.key_for(Command::Object(Object::Reconnect), ":connect"),
            );
            return self.messages.refuse(self.now, &what);
        }
        let done = format!("logged in to {name}");
        let id = self.effects.push(Action::Lend(Request::LogIn(name)));
        self.asked.insert(id, Some(done));
    }

    /// A management cluster is no object that could be shown: how it stands, and what can be done about that.
    pub(super) fn tell_of_place(&mut self, name: &ManagementCluster, part: Part) {
        let Some(session) = self.fleet.session(name) else {
            return;
        };
        let none = match part {
            Part::Yaml => " is a management cluster, of which there is no YAML",
            Part::Timeline => " is a management cluster, of which there is no timeline",
            Part::Description | Part::Why => "",
        };
        let connects = self.key_for(Command::Object(Object::Reconnect), ":connect");
        let by_plugin = session.login.as_ref().is_some_and(|login| login.by_plugin);
        let next = match &session.connection {
            Connection::Live if none.is_empty() => String::new(),
            Connection::Live => "; go to an object below it".to_owned(),
            Connection::Idle => format!("; {connects} connects it"),
            Connection::Connecting | Connection::Syncing { .. } => String::new(),
            Connection::AuthNeeded { .. } if by_plugin => {
                let logs_in = self.key_for(Command::Context(Context::LogIn), ":login");
                format!("; {logs_in} logs in")
            }
            Connection::AuthNeeded { .. } => {
                format!("; {connects} connects anew once there are credentials")
            }
            Connection::Denied { .. } => format!("; {connects} tries again, once that is allowed"),
            Connection::Stale { .. } | Connection::Offline { .. } => format!("; {connects} tries at once"),
        };
        let mut said = format!("{name}{none}");
        if session.connection == Connection::Idle {
            // What connects it is said behind.
            let is = if none.is_empty() { " is" } else { "; it is" };
            said.push_str(is);
            said.push_str(" not connected, so that nothing is known of it");
        } else if !session.is_live() {
            said.push_str(if none.is_empty() { " is " } else { "; it is " });
            said.push_str(connection::empty(session, None, self.now).as_str());
        } else if none.is_empty() {
            said.push_str(" is live, and nothing is in its way");
        }
        said.push_str(&next);
        self.messages.refuse(self.now, &said);
    }

    /// The key of a command here, or else what can be typed.
    pub(super) fn key_for(&self, command: Command, typed: &str) -> String {
        let keys = self.keys.current.keys(self.place(), command);
        keys.into_iter().next().unwrap_or_else(|| typed.to_owned())
    }

    /// The management cluster of this name, or the one under the cursor. Where there is none, that is said.
    fn meant(&mut self, name: Option<String>) -> Option<ManagementCluster> {
        let Some(name) = name else {
            let found = match self.stack.last() {
                // The heading of a group is none of them.
                Some(Screen::Contexts(contexts)) => contexts.subject().map(Subject::management_cluster),
                Some(
                    Screen::Object(_)
                    | Screen::Help(_)
                    | Screen::Problems(_)
                    | Screen::Table(_)
                    | Screen::Hosts(_)
                    | Screen::Nodes(_)
                    | Screen::Edit(_)
                    | Screen::Activity(_)
                    | Screen::Upgrade(_)
                    | Screen::Create(_),
                )
                | None => self.subject_management_cluster(),
            };
            if found.is_none() {
                self.messages.refuse(
                    self.now,
                    "there is no management cluster under the cursor; name one",
                );
            }
            return found;
        };
        let known = ManagementCluster::new(&name);
        if self.fleet.session(&known).is_some() {
            return Some(known);
        }
        self.no_such(&name);
        None
    }

    pub(super) fn no_such(&mut self, name: &str) {
        let sessions = self.fleet.sessions();
        let names: Vec<_> = sessions
            .map(|session| session.management_cluster.to_string())
            .collect();
        let hint = suggestion(&near(name, names.iter().map(String::as_str)));
        let what = format!("there is no management cluster '{name}'{hint}");
        self.messages.refuse(self.now, &what);
    }

    /// Puts on the theme of the management cluster that is shown alone, and takes it off again.
    pub(super) fn dress(&mut self) {
        let mut sessions = self.fleet.sessions();
        let alone = match &self.tree.options.only {
            Some(only) => self.fleet.session(only),
            None => sessions.next().filter(|_| sessions.next().is_none()),
        };
        let theme = alone.and_then(|session| session.theme.clone());
        if let Err(why) = self.look.wear(theme.as_deref()) {
            self.messages
                .fail(self.now, &format!("theme of fleet.yaml: {why}"));
        }
    }

    /// What changes on the screen of all connections by time alone.
    pub(super) fn contexts_face(&self, face: &mut Vec<u8>) {
        if self.place() != Place::Contexts {
            return;
        }
        for session in self.fleet.sessions().filter(|session| !session.is_live()) {
            let sentence = crate::connection::sentence(session, self.now);
            face.extend_from_slice(sentence.as_str().as_bytes());
            let known = session.known_until();
            let known = known.map(|known| crate::age::age(known, self.now));
            face.extend_from_slice(known.unwrap_or_default().as_bytes());
        }
    }

    /// Tells anew how the connections stand, where they are what is shown.
    pub(super) fn look_at_contexts(&mut self) {
        let (stack, ground, _) = self.stack_and_ground();
        if let Some(Screen::Contexts(contexts)) = stack.last_mut() {
            contexts.refresh(ground.prose());
        }
    }
}
