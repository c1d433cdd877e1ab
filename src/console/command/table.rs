//! The table of commands. Keymaps, help and footer speak of commands by it.

mod acts;
mod contexts;
mod create;
mod lists;
mod moves;
mod objects;
mod program;
mod reading;
mod text;
mod tree;

use super::{Command, Move, Object, Place, Program, Tree};

/// One command.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The command.
    pub command: Command,
    /// How keymaps call it.
    pub name: &'static str,
    /// Where it means something.
    pub places: &'static [Place],
    /// What it does, in one line.
    pub doc: &'static str,
    /// The word for it in the footer; absent for what needs no reminder.
    pub hint: Option<&'static str>,
}

const SCREENS: &[Place] = &[
    Place::Tree,
    Place::Object,
    Place::Help,
    Place::List,
    Place::Dialog,
];
const EVERYWHERE: &[Place] = &[Place::Everywhere];
const TREE: &[Place] = &[Place::Tree];
/// Where rows can be looked for, and hidden.
const SIFTED: &[Place] = &[
    Place::Tree,
    Place::Table,
    Place::Hosts,
    Place::Nodes,
    Place::Activity,
];
/// The same, and where everything is a fault or nothing can be one.
const FILTERED: &[Place] = &[
    Place::Tree,
    Place::Table,
    Place::Hosts,
    Place::Nodes,
    Place::Activity,
    Place::Problems,
    Place::Contexts,
    Place::Help,
];
/// Where something stands under a cursor.
const TREE_AND_TABLE: &[Place] = &[Place::Tree, Place::Table];
const ROWS: &[Place] = &[Place::Tree, Place::List];
const ROWS_AND_OBJECT: &[Place] = &[Place::Tree, Place::List, Place::Object];
const TEXT: &[Place] = &[
    Place::Prompt,
    Place::Cell,
    Place::Dialog,
    Place::Edit,
    Place::Create,
];
const CREATE: &[Place] = &[Place::Create];
/// Where an object stands that something can be done to.
const ACTING: &[Place] = &[
    Place::Tree,
    Place::Table,
    Place::Object,
    Place::Problems,
    Place::Hosts,
    Place::Nodes,
];

/// Where something that was done can be taken back.
const UNDOING: &[Place] = &[
    Place::Tree,
    Place::Table,
    Place::Object,
    Place::Problems,
    Place::Hosts,
    Place::Nodes,
    Place::Activity,
];

/// Where the upgrade of a whole cluster stands that is stored.
const WALKS: &[Place] = &[Place::Upgrade, Place::Activity];

const fn silent(command: Command, name: &'static str, places: &'static [Place], doc: &'static str) -> Entry {
    Entry {
        command,
        name,
        places,
        doc,
        hint: None,
    }
}

const fn hinted(mut entry: Entry, hint: &'static str) -> Entry {
    entry.hint = Some(hint);
    entry
}

const fn program(command: Program, name: &'static str, doc: &'static str) -> Entry {
    silent(Command::Program(command), name, EVERYWHERE, doc)
}

const fn movement(command: Move, name: &'static str, doc: &'static str) -> Entry {
    silent(Command::Move(command), name, SCREENS, doc)
}

const fn tree(command: Tree, name: &'static str, doc: &'static str) -> Entry {
    silent(Command::Tree(command), name, TREE, doc)
}

/// A command of the tree that other places have too, in which rows can be looked for.
const fn sifting(command: Tree, name: &'static str, doc: &'static str) -> Entry {
    silent(Command::Tree(command), name, SIFTED, doc)
}

/// A command that hides rows by what is typed.
const fn filtering(command: Tree, name: &'static str, doc: &'static str) -> Entry {
    silent(Command::Tree(command), name, FILTERED, doc)
}

const fn object(command: Object, name: &'static str, places: &'static [Place], doc: &'static str) -> Entry {
    silent(Command::Object(command), name, places, doc)
}

const fn scope(number: u8, name: &'static str) -> Entry {
    sifting(
        Tree::Scope(number),
        name,
        "show only this management cluster, by its place in the header",
    )
}

/// Every command by group, in the order in which help shows them.
const GROUPS: &[&[Entry]] = &[
    moves::ENTRIES,
    objects::ENTRIES,
    acts::ENTRIES,
    reading::ENTRIES,
    contexts::ENTRIES,
    tree::ENTRIES,
    lists::ENTRIES,
    text::ENTRIES,
    create::ENTRIES,
    program::ENTRIES,
];

/// Every command, in the order in which help shows them.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().copied().flatten()
}

/// The entry of a command.
pub fn entry(command: Command) -> Option<&'static Entry> {
    entries().find(|entry| entry.command == command)
}

/// The entry that keymaps call `name`.
pub fn named(name: &str) -> Option<&'static Entry> {
    entries().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_everything_is_documented() {
        let names: HashSet<_> = entries().map(|entry| entry.name).collect();
        assert_eq!(names.len(), entries().count());
        for entry in entries() {
            assert!(
                !entry.doc.is_empty() && !entry.places.is_empty(),
                "{}",
                entry.name
            );
            assert_eq!(named(entry.name).map(|found| found.command), Some(entry.command));
        }
    }
}
