//! The table of commands. Keymaps, help and footer speak of commands by it.

use super::{Command, Input, Move, Object, Place, Program, Tree};

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

const SCREENS: &[Place] = &[Place::Tree, Place::Object, Place::Help];
const EVERYWHERE: &[Place] = &[Place::Everywhere];
const TREE: &[Place] = &[Place::Tree];
const TREE_AND_OBJECT: &[Place] = &[Place::Tree, Place::Object];
const TEXT: &[Place] = &[Place::Prompt, Place::Cell];

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

const fn object(command: Object, name: &'static str, places: &'static [Place], doc: &'static str) -> Entry {
    silent(Command::Object(command), name, places, doc)
}

const fn scope(number: u8, name: &'static str) -> Entry {
    tree(
        Tree::Scope(number),
        name,
        "show only this management cluster, by its place in the header",
    )
}

/// Every command, in the order in which help shows them.
pub const TABLE: [Entry; 43] = [
    movement(Move::Down, "cursor-down", "one line down"),
    movement(Move::Up, "cursor-up", "one line up"),
    movement(Move::PageDown, "page-down", "one page down"),
    movement(Move::PageUp, "page-up", "one page up"),
    movement(Move::HalfDown, "half-page-down", "half a page down"),
    movement(Move::HalfUp, "half-page-up", "half a page up"),
    movement(Move::Top, "top", "to the first line"),
    movement(Move::Bottom, "bottom", "to the last line"),
    hinted(
        object(
            Object::Open,
            "open",
            TREE,
            "open the object; of a management cluster, show it alone",
        ),
        "open",
    ),
    hinted(
        object(
            Object::Describe,
            "describe",
            TREE_AND_OBJECT,
            "describe the object",
        ),
        "describe",
    ),
    hinted(
        object(Object::Yaml, "yaml", TREE_AND_OBJECT, "the whole object as YAML"),
        "yaml",
    ),
    hinted(
        object(
            Object::EditReplicas,
            "edit-replicas",
            TREE,
            "scale: edit REPLICAS in its cell",
        ),
        "scale",
    ),
    hinted(
        object(
            Object::EditVersion,
            "edit-version",
            TREE,
            "upgrade: edit VERSION in its cell",
        ),
        "upgrade",
    ),
    object(
        Object::CopyName,
        "copy-name",
        TREE_AND_OBJECT,
        "copy the object's name to the clipboard",
    ),
    object(
        Object::Reconnect,
        "reconnect",
        TREE_AND_OBJECT,
        "connect this management cluster anew; an object is read again",
    ),
    tree(Tree::Unfold, "unfold", "unfold, or go to the first line below"),
    tree(Tree::Fold, "fold", "fold, or go to the parent"),
    tree(Tree::UnfoldAll, "unfold-all", "unfold everything below"),
    hinted(
        tree(Tree::Filter, "filter", "filter as you type; ! for the inverse"),
        "filter",
    ),
    tree(
        Tree::Clear,
        "clear-filter",
        "take the filter and faults-only away",
    ),
    hinted(
        tree(
            Tree::FaultsOnly,
            "faults-only",
            "show only what is not as it should be",
        ),
        "faults",
    ),
    tree(
        Tree::MachineSets,
        "machine-sets",
        "show MachineSets between deployments and machines",
    ),
    tree(
        Tree::Pane,
        "detail-pane",
        "show or hide the detail pane (from 120 columns)",
    ),
    tree(Tree::WholeFleet, "whole-fleet", "show every management cluster"),
    scope(1, "management-cluster-1"),
    scope(2, "management-cluster-2"),
    scope(3, "management-cluster-3"),
    scope(4, "management-cluster-4"),
    scope(5, "management-cluster-5"),
    scope(6, "management-cluster-6"),
    scope(7, "management-cluster-7"),
    scope(8, "management-cluster-8"),
    scope(9, "management-cluster-9"),
    hinted(
        silent(
            Command::Input(Input::Accept),
            "accept",
            TEXT,
            "take what was typed",
        ),
        "take",
    ),
    hinted(
        silent(Command::Input(Input::Cancel), "cancel", TEXT, "leave without it"),
        "leave",
    ),
    hinted(
        silent(
            Command::Input(Input::Next),
            "next-candidate",
            TEXT,
            "the next candidate",
        ),
        "next",
    ),
    silent(
        Command::Input(Input::Previous),
        "previous-candidate",
        TEXT,
        "the candidate before",
    ),
    hinted(
        program(
            Program::CommandLine,
            "command-line",
            "type a command, with completion",
        ),
        "command",
    ),
    hinted(program(Program::Help, "help", "the keys of this place"), "help"),
    hinted(
        program(
            Program::Back,
            "back",
            "leave this screen; on the home screen, take filters away",
        ),
        "back",
    ),
    hinted(
        program(
            Program::Leave,
            "leave",
            "leave this screen; on the home screen, the program",
        ),
        "quit",
    ),
    program(Program::Redraw, "redraw", "draw everything anew"),
    program(Program::Quit, "quit", "end the program"),
];

/// The entry of a command.
pub fn entry(command: Command) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.command == command)
}

/// The entry that keymaps call `name`.
pub fn named(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_everything_is_documented() {
        let names: HashSet<_> = TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for entry in &TABLE {
            assert!(
                !entry.doc.is_empty() && !entry.places.is_empty(),
                "{}",
                entry.name
            );
            assert_eq!(named(entry.name).map(|found| found.command), Some(entry.command));
        }
    }
}
