//! The creation of a cluster: how its screen is opened, what keys it gets, and how it is left.

use std::collections::BTreeMap;

use fleetui_api::kinds::Role;
use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_fleet::act::plan::Around;
use fleetui_fleet::create::{Form, built_in, form_of_cluster};

use crate::app::App;
use crate::chord::Chord;
use crate::command::{Command, Create, Input, Place, Program};
use crate::effect::Effects;
use crate::keymap::Match;
use crate::screens::Screen;
use crate::screens::create::{self, Ground, Next};
use crate::subject::Subject;

/// What stands in front of the name of a ClusterClass.
const CLASS: &str = "class/";
/// The word in front of a cluster that is to be like the new one.
const FROM: &str = "from";

/// A Cluster's name with all that stands in front of it.
fn whole_name(key: &ObjectKey) -> String {
    format!("{}/{}", key.management_cluster, key.object)
}

/// Whether a Cluster can be meant by a name, which may be with its namespace and its management cluster.
fn is_called(key: &ObjectKey, name: &str) -> bool {
    key.object.name == name || key.object.to_string() == name || whole_name(key) == name
}

impl App {
    /// Opens the creation of a cluster: from a flavour, a template's file or directory, a class, or a cluster that is there.
    pub(super) fn open_create(&mut self, source: Option<&str>) {
        let Some(management_cluster) = self.writable_management_cluster() else {
            return self.messages.refuse(
                self.now,
                "there is no management cluster that may be written to now",
            );
        };
        let source = source.map(str::trim).filter(|source| !source.is_empty());
        let from = source.and_then(|source| {
            let mut words = source.split_whitespace();
            (words.next() == Some(FROM)).then(|| words.rfind(|word| *word != "cluster").map(str::to_owned))
        });
        if let Some(name) = from {
            return self.create_like(name.as_deref());
        }
        let class = source.and_then(|source| source.strip_prefix(CLASS));
        let (stack, ground, effects) = self.stack_and_ground();
        let ground = ground.create();
        if let Some(class) = class {
            match create::State::of_class((management_cluster, class), ground, effects) {
                Ok(state) => stack.push(Screen::Create(Box::new(state))),
                Err(why) => self.messages.refuse(self.now, &why),
            }
            return;
        }
        let state = match source {
            None => create::State::open(management_cluster, ground, effects),
            Some(source) => match built_in(source) {
                Some(flavour) => match Form::new(flavour, management_cluster, ground.variables) {
                    Ok(form) => create::State::with(form, ground, effects),
                    // The templates of the program are templates.
                    Err(_) => return,
                },
                None => create::State::reading((management_cluster, source), ground, effects),
            },
        };
        stack.push(Screen::Create(Box::new(state)));
    }

    /// A new cluster like one that is there: of this name, or the one under the cursor.
    fn create_like(&mut self, name: Option<&str>) {
        let key = match self.cluster_meant(name) {
            Ok(key) => key,
            Err(why) => return self.messages.refuse(self.now, &why),
        };
        let around = Around {
            store: &self.fleet,
            now: self.now,
        };
        match form_of_cluster(&around, &key) {
            Ok(form) => {
                let (stack, ground, effects) = self.stack_and_ground();
                let state = create::State::with(form, ground.create(), effects);
                stack.push(Screen::Create(Box::new(state)));
            }
            Err(why) => self.messages.refuse(self.now, &why.to_string()),
        }
    }

    /// The Cluster of a name, which may stand with its namespace and its management cluster in front; the one under the cursor
    /// where none is said.
    ///
    /// # Errors
    /// There is none, or more than one.
    fn cluster_meant(&self, name: Option<&str>) -> Result<ObjectKey, String> {
        let Some(name) = name else {
            let of_cursor = match self.subject() {
                Some(Subject::Object(key)) => {
                    let row = self.fleet.get(&key);
                    row.and_then(|row| self.fleet.cluster_of(row))
                        .map(|row| row.key())
                }
                Some(Subject::ManagementCluster(_)) | None => None,
            };
            return of_cursor
                .ok_or_else(|| "nothing here belongs to a Cluster that a new one could be like".to_owned());
        };
        // As the command has it: cluster/NAMESPACE/NAME.
        let said = name.strip_prefix("cluster/").unwrap_or(name);
        let is_meant = |key: &&ObjectKey| whole_name(key) == name || is_called(key, said);
        let clusters = self.clusters();
        let meant: Vec<&ObjectKey> = clusters.iter().filter(is_meant).collect();
        match meant.as_slice() {
            [] => Err(format!("there is no Cluster {name}")),
            [only] => Ok((*only).clone()),
            several => {
                let names: Vec<String> = several.iter().map(|key| whole_name(key)).collect();
                Err(format!(
                    "there are {} Clusters {name}: {}",
                    several.len(),
                    names.join(", ")
                ))
            }
        }
    }

    /// The Clusters that are shown.
    fn clusters(&self) -> Vec<ObjectKey> {
        let rows = self.fleet.rows(self.tree.options.only.as_ref());
        let clusters = rows.filter(|row| row.facts.role == Role::Cluster);
        let mut clusters: Vec<ObjectKey> = clusters.map(|row| row.key()).collect();
        clusters.sort();
        clusters
    }

    /// How clusters are typed that a new one can be like: by no more than tells them apart.
    pub(super) fn like_names(&self) -> Vec<String> {
        let clusters = self.clusters();
        let mut called: BTreeMap<String, usize> = BTreeMap::new();
        for key in &clusters {
            for name in [key.object.name.to_string(), key.object.to_string()] {
                *called.entry(name).or_default() += 1;
            }
        }
        let names = clusters.iter().map(|key| {
            let names = [key.object.name.to_string(), key.object.to_string()];
            let shortest = names.into_iter().find(|name| called.get(name) == Some(&1));
            format!("{FROM} {}", shortest.unwrap_or_else(|| whole_name(key)))
        });
        std::iter::once(FROM.to_owned()).chain(names).collect()
    }

    /// The management cluster under the cursor where it may be written to, else the first that may.
    fn writable_management_cluster(&self) -> Option<ManagementCluster> {
        let may = |name: &ManagementCluster| self.access.check(&self.fleet, name).is_ok();
        let under = self.subject_management_cluster();
        under.filter(may).or_else(|| {
            let mut names = self
                .fleet
                .sessions()
                .map(|session| session.management_cluster.clone());
            names.find(may)
        })
    }

    /// Calls `act` with the creation, where it is on top.
    fn with_creation<T>(
        &mut self,
        act: impl FnOnce(&mut create::State, Ground<'_>, &mut Effects) -> T,
    ) -> Option<T> {
        let (stack, ground, effects) = self.stack_and_ground();
        match stack.last_mut() {
            Some(Screen::Create(state)) => Some(act(state, ground.create(), effects)),
            Some(_) | None => None,
        }
    }

    pub(super) fn run_create_input(&mut self, command: Input) {
        let next = self.with_creation(|create, ground, effects| create.command(command, ground, effects));
        if next == Some(Next::Leave) {
            let kept = self.with_creation(|create, _, _| create.form.is_some() && create.creation.is_none());
            self.close_screen();
            if kept == Some(true) {
                self.messages
                    .say(self.now, "the draft is kept; :create offers it");
            }
            return;
        }
        self.leave_done_editors();
    }

    pub(super) fn run_create(&mut self, command: Create) {
        self.with_creation(|create, ground, _| create.create(command, ground));
    }

    pub(super) fn type_into_creation(&mut self, chord: Chord) {
        let command_line = Command::Program(Program::CommandLine);
        let meant = self.keys.current.resolve(Place::Everywhere, &[chord]);
        let types = self.with_creation(|create, _, _| create.takes_text());
        if types == Some(false) && meant == Match::Command(command_line) {
            return self.run(command_line, Place::Create);
        }
        self.with_creation(|create, ground, effects| create.type_chord(chord, ground, effects));
        self.leave_done_editors();
    }

    pub(super) fn paste_into_creation(&mut self, text: &str) {
        self.with_creation(|create, ground, _| create.paste(text, ground));
    }
}
