//! The screens. Screens never use screens.

pub mod activity;
pub mod contexts;
pub mod create;
pub mod edit;
pub mod help;
pub mod hosts;
pub mod nodes;
pub mod object;
pub mod problems;
mod rows;
pub mod table;
pub mod tree;
pub mod upgrade;

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::FleetStore;
use fleetui_fleet::act::Actor;
use fleetui_fleet::create::Variables;
use fleetui_fleet::filter::Filter;
use fleetui_fleet::timeline::Flip;
use jiff::Timestamp;
use ratatui::buffer::Buffer;

use crate::access::Access;
use crate::act;
use crate::command::{Move, Place};
use crate::detail;
use crate::effect::{Effects, Outcome};
use crate::glyphs::Glyphs;
use crate::keymap::Keymap;
use crate::layout::Layout;
use crate::list::{self, Pressed};
use crate::look::Look;
use crate::subject::Subject;

/// A screen that stands over the tree.
#[derive(Debug)]
pub enum Screen {
    /// One object.
    Object(Box<object::State>),
    /// The keys.
    Help(help::State),
    /// The management clusters.
    Contexts(Box<contexts::State>),
    /// What is not as it should be.
    Problems(Box<problems::State>),
    /// A flat table.
    Table(Box<table::State>),
    /// The hosts.
    Hosts(Box<hosts::State>),
    /// The nodes of workload clusters.
    Nodes(Box<nodes::State>),
    /// The editor of an object's YAML.
    Edit(Box<edit::State>),
    /// What was done and tried, and what is under way.
    Activity(Box<activity::State>),
    /// The upgrade of a cluster.
    Upgrade(Box<upgrade::State>),
    /// The creation of a cluster.
    Create(Box<create::State>),
}

/// What screens are made from; lent by the app.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The fleet.
    pub fleet: &'a FleetStore,
    /// Whether anything may be written at all.
    pub access: Access,
    /// The signs.
    pub glyphs: &'a Glyphs,
    /// The keys.
    pub keymap: &'a Keymap,
    /// The management cluster that is shown alone.
    pub only: Option<&'a ManagementCluster>,
    /// The namespace that is shown alone.
    pub namespace: Option<&'a str>,
    /// What is still being set up, so that not everything is there yet.
    pub preparing: Option<&'a Shown>,
    /// What was seen to change.
    pub story: &'a [Flip],
    /// What was sent off.
    pub act: &'a act::State,
    /// Who acts here.
    pub actor: &'a Actor,
    /// Values of variables for clusters that are created.
    pub variables: &'a Variables,
    /// Now.
    pub now: Timestamp,
    /// Columns and rows below the title.
    pub size: (u16, u16),
    /// Those that the rows of a table have, which panes and lines about the cursor may stand beside.
    pub rows: (u16, u16),
}

impl<'a> Ground<'a> {
    /// What prose is made from.
    pub fn prose(self) -> detail::Ground<'a> {
        detail::Ground {
            fleet: self.fleet,
            access: self.access,
            glyphs: self.glyphs,
            now: self.now,
        }
    }

    /// What the object screen is made from.
    pub fn object(self) -> object::Ground<'a> {
        object::Ground {
            prose: self.prose(),
            story: self.story,
            size: self.size,
        }
    }

    /// What the screen of the problems is made from.
    pub fn problems(self) -> problems::Ground<'a> {
        problems::Ground {
            prose: self.prose(),
            only: self.only,
            namespace: self.namespace,
            preparing: self.preparing,
            size: self.size,
        }
    }

    /// What lists of objects are made from.
    pub fn list(self) -> list::Ground<'a> {
        list::Ground {
            fleet: self.fleet,
            only: self.only,
            namespace: self.namespace,
            now: self.now,
            size: self.size,
        }
    }

    /// What tables are made from.
    pub fn table(self) -> list::Ground<'a> {
        list::Ground {
            size: self.rows,
            ..self.list()
        }
    }

    /// What the editor of YAML is made from.
    pub fn edit(self) -> edit::Ground<'a> {
        edit::Ground {
            fleet: self.fleet,
            access: self.access,
            now: self.now,
            size: self.size,
        }
    }

    /// What the creation of a cluster is made from.
    pub fn create(self) -> create::Ground<'a> {
        create::Ground {
            fleet: self.fleet,
            access: self.access,
            now: self.now,
            size: self.size,
            variables: self.variables,
        }
    }

    /// What the screen of the activity is made from.
    pub fn activity(self) -> activity::Ground<'a> {
        activity::Ground {
            fleet: self.fleet,
            act: self.act,
            actor: self.actor,
            only: self.only,
            glyphs: self.glyphs,
            now: self.now,
            size: self.size,
        }
    }

    /// What the screen of an upgrade is made from.
    pub fn upgrade(self) -> upgrade::Ground<'a> {
        upgrade::Ground {
            prose: self.prose(),
            size: self.size,
        }
    }

    fn help(self) -> help::Ground<'a> {
        help::Ground {
            keymap: self.keymap,
            glyphs: self.glyphs,
            size: self.size,
        }
    }
}

impl Screen {
    /// Where keys are pressed while it is on top.
    pub fn place(&self) -> Place {
        match self {
            Self::Object(_) => Place::Object,
            Self::Help(_) => Place::Help,
            Self::Contexts(_) => Place::Contexts,
            Self::Problems(_) => Place::Problems,
            Self::Table(_) => Place::Table,
            Self::Hosts(_) => Place::Hosts,
            Self::Nodes(_) => Place::Nodes,
            Self::Edit(_) => Place::Edit,
            Self::Activity(_) => Place::Activity,
            Self::Upgrade(_) => Place::Upgrade,
            Self::Create(_) => Place::Create,
        }
    }

    /// What is under its cursor, or what it is about.
    pub fn subject(&self) -> Option<Subject> {
        match self {
            Self::Object(object) => Some(Subject::Object(object.key.clone())),
            Self::Help(_) | Self::Create(_) => None,
            Self::Contexts(contexts) => contexts.subject(),
            Self::Problems(problems) => problems.subject(),
            Self::Table(table) => table.subject(),
            Self::Hosts(hosts) => hosts.subject(),
            Self::Nodes(nodes) => nodes.subject(),
            Self::Edit(edit) => Some(Subject::Object(edit.key.clone())),
            Self::Activity(activity) => activity.subject(),
            Self::Upgrade(upgrade) => Some(Subject::Object(upgrade.key.clone())),
        }
    }

    /// Moves the cursor, or scrolls.
    pub fn go(&mut self, command: Move) {
        match self {
            Self::Object(object) => object.go(command),
            Self::Help(help) => help.go(command),
            Self::Contexts(contexts) => contexts.go(command),
            Self::Problems(problems) => problems.go(command),
            Self::Table(table) => table.go(command),
            Self::Hosts(hosts) => hosts.go(command),
            Self::Nodes(nodes) => nodes.go(command),
            Self::Edit(edit) => edit.go(command),
            Self::Activity(activity) => activity.go(command),
            Self::Upgrade(upgrade) => upgrade.go(command),
            Self::Create(create) => create.go(command),
        }
    }

    /// Remembers what stands in which row, now that it is drawn, for presses of the mouse.
    pub fn remember(&mut self) {
        match self {
            Self::Object(object) => object.remember(),
            Self::Help(_) | Self::Edit(_) => {}
            Self::Activity(activity) => activity.list.remember(),
            Self::Contexts(contexts) => contexts.list.remember(),
            Self::Problems(problems) => problems.list.remember(),
            Self::Table(table) => table.list.remember(),
            Self::Hosts(hosts) => hosts.list.remember(),
            Self::Nodes(nodes) => nodes.list.remember(),
            Self::Upgrade(upgrade) => upgrade.list.remember(),
            Self::Create(create) => create.list.remember(),
        }
    }

    /// The mouse was pressed over this row of the body, from 0.
    pub fn press(&mut self, row: u16) -> Pressed {
        match self {
            Self::Object(object) => object.press(row),
            Self::Help(_) => Pressed::Nothing,
            Self::Activity(activity) => activity.list.press(row),
            Self::Edit(edit) => edit.press(row),
            Self::Contexts(contexts) => contexts.list.press(row),
            Self::Problems(problems) => problems.list.press(row),
            Self::Table(table) => table.list.press(row),
            Self::Hosts(hosts) => hosts.list.press(row),
            Self::Nodes(nodes) => nodes.list.press(row),
            Self::Upgrade(upgrade) => upgrade.list.press(row),
            Self::Create(create) => create.press(row),
        }
    }

    /// Its cursor has moved.
    pub fn follow(&mut self, ground: Ground<'_>) {
        match self {
            Self::Object(_) | Self::Help(_) | Self::Table(_) | Self::Edit(_) | Self::Create(_) => {}
            Self::Contexts(contexts) => contexts.tell(ground.prose()),
            Self::Problems(problems) => problems.tell(ground.problems()),
            Self::Hosts(hosts) => hosts.tell(ground.list()),
            Self::Nodes(nodes) => nodes.tell(ground.list()),
            Self::Activity(activity) => activity.tell(ground.activity()),
            Self::Upgrade(upgrade) => upgrade.tell(ground.upgrade()),
        }
    }

    /// The fleet has changed.
    pub fn refresh(&mut self, ground: Ground<'_>, effects: &mut Effects) {
        match self {
            Self::Object(object) => {
                object.refresh(ground.object());
                object.follow(ground.now, effects);
            }
            Self::Help(help) => help.resize(ground.help()),
            Self::Contexts(contexts) => contexts.refresh(ground.prose()),
            Self::Problems(problems) => problems.refresh(ground.problems()),
            Self::Table(table) => table.refresh(ground.table()),
            Self::Hosts(hosts) => hosts.refresh(ground.list()),
            Self::Nodes(nodes) => nodes.refresh(ground.list()),
            Self::Edit(edit) => edit.follow(ground.edit(), effects),
            Self::Create(create) => create.follow(ground.create(), effects),
            Self::Activity(activity) => activity.refresh(ground.activity()),
            Self::Upgrade(upgrade) => upgrade.refresh(ground.upgrade()),
        }
    }

    /// It has another size, or the keys have changed.
    pub fn resize(&mut self, ground: Ground<'_>) {
        match self {
            Self::Object(object) => object.resize(ground.object()),
            Self::Help(help) => help.resize(ground.help()),
            Self::Contexts(contexts) => contexts.resize(ground.size, ground.prose()),
            Self::Problems(problems) => problems.refresh(ground.problems()),
            Self::Table(table) => table.resize(ground.table()),
            Self::Hosts(hosts) => hosts.resize(ground.list()),
            Self::Nodes(nodes) => nodes.resize(ground.list()),
            Self::Edit(edit) => edit.resize(ground.size),
            Self::Create(create) => create.resize(ground.create()),
            Self::Activity(activity) => activity.refresh(ground.activity()),
            Self::Upgrade(upgrade) => upgrade.refresh(ground.upgrade()),
        }
    }

    /// Time has passed; says whether it has to be drawn anew for that.
    pub fn tick(&mut self, ground: Ground<'_>, effects: &mut Effects) -> bool {
        match self {
            Self::Object(object) => {
                object.follow(ground.now, effects);
                false
            }
            Self::Help(_) | Self::Contexts(_) => false,
            Self::Problems(problems) => problems.tick(ground.problems()),
            Self::Table(table) => table.tick(ground.table()),
            Self::Hosts(hosts) => hosts.tick(ground.list()),
            Self::Nodes(nodes) => nodes.tick(ground.list()),
            Self::Edit(edit) => edit.tick(ground.now, effects),
            Self::Create(create) => create.tick(ground.create(), effects),
            Self::Activity(activity) => activity.tick(ground.activity(), effects),
            Self::Upgrade(upgrade) => upgrade.tick(ground.upgrade(), effects),
        }
    }

    /// What keeps rows from being seen here: filter, faults-only, and how many.
    pub fn sieve(&self) -> Option<(Option<&Filter>, bool, usize)> {
        match self {
            Self::Object(_) | Self::Edit(_) | Self::Upgrade(_) | Self::Create(_) => None,
            Self::Help(help) => Some(help.sieve()),
            Self::Contexts(contexts) => Some(contexts.sieve()),
            Self::Problems(problems) => Some(problems.sieve()),
            Self::Activity(activity) => Some(activity.sieve()),
            Self::Table(table) => Some(table.sieve()),
            Self::Hosts(hosts) => Some(hosts.sieve()),
            Self::Nodes(nodes) => Some(nodes.sieve()),
        }
    }

    /// The same, to be changed; it has to be refreshed then. Where everything is a fault, or nothing can be one, there is a filter
    /// alone.
    pub fn sieve_mut(&mut self) -> Option<(&mut Option<Filter>, Option<&mut bool>)> {
        let (filter, faults_only) = match self {
            Self::Object(_) | Self::Edit(_) | Self::Upgrade(_) | Self::Create(_) => return None,
            Self::Help(help) => return Some((help.filter_mut(), None)),
            Self::Contexts(contexts) => return Some((contexts.filter_mut(), None)),
            Self::Problems(problems) => return Some((problems.filter_mut(), None)),
            Self::Activity(activity) => activity.sieve_mut(),
            Self::Table(table) => table.sieve_mut(),
            Self::Hosts(hosts) => hosts.sieve_mut(),
            Self::Nodes(nodes) => nodes.sieve_mut(),
        };
        Some((filter, Some(faults_only)))
    }

    /// An outcome; says whether it was one that the screen waits for.
    pub fn outcome(&mut self, outcome: &Outcome) -> bool {
        match self {
            Self::Object(object) => object.outcome(outcome),
            Self::Edit(edit) => edit.outcome(outcome),
            Self::Create(create) => create.outcome(outcome),
            Self::Activity(activity) => activity.outcome(outcome),
            Self::Upgrade(upgrade) => upgrade.outcome(outcome),
            Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Table(_)
            | Self::Hosts(_)
            | Self::Nodes(_) => false,
        }
    }

    /// Stops waiting for anything.
    pub fn close(&self, effects: &mut Effects) {
        match self {
            Self::Object(object) => object.close(effects),
            Self::Edit(edit) => edit.close(effects),
            Self::Create(create) => create.close(effects),
            Self::Activity(activity) => activity.close(effects),
            Self::Upgrade(upgrade) => upgrade.close(effects),
            Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Table(_)
            | Self::Hosts(_)
            | Self::Nodes(_) => {}
        }
    }

    /// What is said when it is over, which it is then.
    pub fn finished(&self) -> Option<&str> {
        match self {
            Self::Edit(edit) => edit.finished(),
            Self::Create(create) => create.finished(),
            Self::Object(_)
            | Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Table(_)
            | Self::Hosts(_)
            | Self::Nodes(_)
            | Self::Activity(_)
            | Self::Upgrade(_) => None,
        }
    }

    /// Whether it wants to be told soon how late it is.
    pub fn is_restless(&self) -> bool {
        match self {
            Self::Edit(edit) => edit.is_restless(),
            Self::Create(create) => create.is_restless(),
            Self::Object(_)
            | Self::Help(_)
            | Self::Contexts(_)
            | Self::Problems(_)
            | Self::Table(_)
            | Self::Hosts(_)
            | Self::Nodes(_) => false,
            // What is walked moves while nobody presses a key.
            Self::Activity(_) | Self::Upgrade(_) => true,
        }
    }

    /// Paints title and body.
    pub fn view(&self, look: &Look, keymap: &Keymap, layout: &Layout, buffer: &mut Buffer) {
        let (title, body) = (layout.wide_title(), layout.wide_body);
        match self {
            Self::Object(state) => object::view::view(state, look, title, body, buffer),
            Self::Help(state) => help::view::view(state, look, &keymap.name, (title, body), buffer),
            Self::Contexts(state) => contexts::view::view(state, look, (title, body), buffer),
            Self::Problems(state) => problems::view::view(state, look, (title, body), buffer),
            Self::Table(state) => {
                table::view::view(state, look, (layout.title, layout.body, layout.about), buffer);
            }
            Self::Hosts(state) => hosts::view::view(state, look, (title, body), buffer),
            Self::Nodes(state) => nodes::view::view(state, look, (title, body), buffer),
            Self::Edit(state) => edit::view::view(state, look, (title, body), buffer),
            Self::Activity(state) => activity::view::view(state, look, (title, body), buffer),
            Self::Upgrade(state) => upgrade::view::view(state, look, (title, body), buffer),
            Self::Create(state) => create::view::view(state, look, (title, body), buffer),
        }
    }
}
