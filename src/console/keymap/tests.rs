//! The keymaps against the table of commands, and mistakes in a user's file.

use super::file::overlap;
use super::*;
use crate::chord::sequence;
use crate::command::{Move, Object, Program, Tree, entries};

fn file(path: &str, text: &str) -> UserFile {
    UserFile {
        path: path.to_owned(),
        text: Ok(text.to_owned()),
    }
}

fn user(text: &str) -> Result<Keymaps, FileError> {
    let keymaps = Keymaps::with(&[file("keymaps/mine.yaml", text)])?;
    let mistake = keymaps.mistakes().next().cloned();
    mistake.map_or(Ok(keymaps), Err)
}

#[test]
fn every_command_of_a_place_has_a_key_or_is_unbound_on_purpose() {
    for name in ["default", "k9s", "vim"] {
        let keymaps = Keymaps::embedded().unwrap();
        let keymap = keymaps.get(name).unwrap();
        for entry in entries() {
            for place in entry.places {
                let bound = keymap
                    .bindings(*place)
                    .iter()
                    .any(|binding| binding.command == entry.command);
                assert!(
                    bound || keymap.is_disabled(*place, entry.command),
                    "{name}: {} has no key in {}",
                    entry.name,
                    place.name()
                );
            }
        }
    }
}

#[test]
fn no_chord_is_bound_twice_in_one_place() {
    let keymaps = Keymaps::embedded().unwrap();
    for name in keymaps.names() {
        let keymap = keymaps.get(name).unwrap();
        for place in Place::ALL {
            let bindings = keymap.bindings(place);
            for (index, binding) in bindings.iter().enumerate() {
                for other in &bindings[index + 1..] {
                    assert!(
                        !overlap(&binding.chords, &other.chords),
                        "{name}: {} twice in {}",
                        written(&other.chords),
                        place.name()
                    );
                }
            }
        }
    }
}

#[test]
fn keys_and_sequences_are_resolved() {
    let keymaps = Keymaps::embedded().unwrap();
    let vim = keymaps.get("vim").unwrap();
    let g = sequence("g").unwrap();
    assert_eq!(vim.resolve(Place::Tree, &g), Match::Beginning);
    assert_eq!(
        vim.resolve(Place::Tree, &sequence("g g").unwrap()),
        Match::Command(Command::Move(Move::Top))
    );
    assert_eq!(
        vim.resolve(Place::Tree, &sequence("g x").unwrap()),
        Match::Nothing
    );
    let default = keymaps.get("default").unwrap();
    assert_eq!(
        default.resolve(Place::Tree, &g),
        Match::Command(Command::Move(Move::Top))
    );
    let faults = sequence("ctrl-z").unwrap();
    assert_eq!(
        default.resolve(Place::Tree, &faults),
        Match::Command(Command::Tree(Tree::FaultsOnly))
    );
    let quit = sequence("ctrl-c").unwrap();
    assert_eq!(
        default.resolve(Place::Prompt, &quit),
        Match::Command(Command::Program(Program::Quit))
    );
    assert_eq!(
        default.resolve(Place::Prompt, &sequence("q").unwrap()),
        Match::Nothing
    );
}

#[test]
fn anchor_46_a_users_file_rebinds_and_disables_and_wins_over_what_it_inherits() {
    let keymaps =
        user("inherits: default\nkeys:\n  tree:\n    yaml: d\n    copy-name: <disabled>\n").unwrap();
    let keymap = keymaps.get("mine").unwrap();
    let d = sequence("d").unwrap();
    assert_eq!(
        keymap.resolve(Place::Tree, &d),
        Match::Command(Command::Object(Object::Yaml))
    );
    assert_eq!(
        keymap.resolve(Place::Tree, &sequence("y").unwrap()),
        Match::Nothing
    );
    assert_eq!(
        keymap.resolve(Place::Tree, &sequence("c").unwrap()),
        Match::Nothing
    );
    assert!(keymap.is_disabled(Place::Tree, Command::Object(Object::CopyName)));
}

#[test]
fn mistakes_name_file_line_and_what_is_allowed() {
    let cases = [
        (
            "keys:\n  tree:\n    opne: o\n",
            "keymaps/mine.yaml:3:11: there is no command 'opne'; did you mean open?",
        ),
        (
            "keys:\n  tree:\n    open: returns\n",
            "keymaps/mine.yaml:3:11: 'returns' is no key",
        ),
        (
            "keys:\n  forest:\n    open: o\n",
            "keymaps/mine.yaml:2:3: there is no place 'forest'; places are tree,",
        ),
        (
            "keys:\n  prompt:\n    open: o\n",
            "keymaps/mine.yaml:3:11: 'open' means nothing in prompt; it belongs to tree",
        ),
        (
            "keys:\n  tree:\n    open: o\n    yaml: o\n",
            "keymaps/mine.yaml:4:11: 'o' is taken in tree by 'o' on line 3",
        ),
        (
            "inherits: emacs\n",
            "keymaps/mine.yaml:1:11: there is no keymap 'emacs' to inherit; known are default,",
        ),
        ("keys:\n  tree: [\n", "keymaps/mine.yaml:"),
        (
            "shortcuts: {}\n",
            "keymaps/mine.yaml:1:1: there is no shortcuts here; there are doc, inherits, keys",
        ),
        (
            "keys:\n  tree: 5\n",
            "keymaps/mine.yaml:2:9: names with their values belong here",
        ),
        ("", "keymaps/mine.yaml:1:1: nothing is written here"),
        ("# later\n---\n", "keymaps/mine.yaml:1:1: nothing is written here"),
        (
            "keys:\n  everywhere:\n    leave: <disabled>\n    quit: <disabled>\n    command-line: <disabled>\n",
            "keymaps/mine.yaml:4:11: the program cannot be left with this keymap",
        ),
        (
            "keys:\n  tree:\n    open: ctrl-c\n",
            "keymaps/mine.yaml:3:11: ctrl-c always ends the program",
        ),
    ];
    for (text, expected) in cases {
        let error = user(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}\nexpected {expected}");
        // Where it is wrong is told once.
        assert!(!error.contains("line 1") && !error.contains("column"), "{error}");
    }
}

#[test]
fn a_keymap_that_names_none_begins_with_the_default_one() {
    let keymaps = user("keys:\n  tree:\n    yaml: x\n").unwrap();
    let mine = keymaps.get("mine").unwrap();
    let resolve = |keys: &str| mine.resolve(Place::Tree, &sequence(keys).unwrap());
    assert_eq!(resolve("x"), Match::Command(Command::Object(Object::Yaml)));
    assert_eq!(resolve("j"), Match::Command(Command::Move(Move::Down)));
    assert_eq!(resolve("q"), Match::Command(Command::Program(Program::Leave)));
}

#[test]
fn a_broken_file_takes_nothing_away_but_its_own_keymap() {
    let unreadable = UserFile {
        path: "keymaps/secret.yaml".to_owned(),
        text: Err("permission denied".to_owned()),
    };
    let files = [
        file("keymaps/bad.yaml", "keys: ["),
        file("keymaps/mine.yaml", "keys:\n  tree:\n    yaml: x\n"),
        unreadable,
    ];
    let keymaps = Keymaps::with(&files).unwrap();
    assert!(keymaps.get("mine").is_ok() && keymaps.get("default").is_ok());
    assert!(keymaps.get("bad").unwrap_err().starts_with("keymaps/bad.yaml:"));
    assert_eq!(
        keymaps.get("secret").unwrap_err(),
        "keymaps/secret.yaml:1:1: cannot be read: permission denied"
    );
    assert_eq!(keymaps.mistakes().count(), 2);
}

#[test]
fn plain_letters_that_yaml_reads_as_truth_values_are_keys() {
    let keymaps =
        user("inherits: default\nkeys:\n  tree:\n    open: y\n    yaml: n\n    whole-fleet: 7\n").unwrap();
    let keymap = keymaps.get("mine").unwrap();
    let y = sequence("y").unwrap();
    assert_eq!(
        keymap.resolve(Place::Tree, &y),
        Match::Command(Command::Object(Object::Open))
    );
    let seven = sequence("7").unwrap();
    assert_eq!(
        keymap.resolve(Place::Tree, &seven),
        Match::Command(Command::Tree(Tree::WholeFleet))
    );
}

#[test]
fn every_file_of_the_folder_is_built_in() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../keymaps");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    assert_eq!(Keymaps::embedded().unwrap().names().collect::<Vec<_>>(), files);
}

/// What a key may begin that takes something away; every one of these opens a dialog first, which the tests of dialogs show.
const ASKED_FIRST: [&str; 1] = ["delete"];

#[test]
fn anchor_45_47_no_key_deletes_anything() {
    let deletes = |name: &str| {
        ["delete", "kill", "remove"]
            .iter()
            .any(|word| name.contains(word))
    };
    for entry in entries() {
        assert!(
            !deletes(entry.name) || ASKED_FIRST.contains(&entry.name),
            "{} needs a confirmation, and a test of it here",
            entry.name
        );
    }
    // The key itself sends nothing but questions.
    let mut app = crate::sample::app((120, 40));
    for keymap in ["default", "k9s", "vim"] {
        app.keys.current = app.keys.keymaps.get(keymap).unwrap().clone();
        crate::sample::press(&mut app, "g");
        for _ in 0..40 {
            let effects = crate::sample::press(&mut app, if keymap == "vim" { "D" } else { "ctrl-d" });
            for effect in effects {
                use crate::effect::{Action, Request};
                assert!(
                    !matches!(
                        effect.action,
                        Action::Ask(Request::Act(_, fleetui_fleet::act::Mode::Perform(_)))
                    ),
                    "{keymap}: {effect:?}"
                );
            }
            crate::sample::press(&mut app, "esc j");
        }
    }
}

#[test]
fn what_is_told_of_a_key_is_of_one_that_does_nothing_and_a_users_file_can_say_it() {
    let keymaps = Keymaps::embedded().unwrap();
    for name in keymaps.names() {
        let keymap = keymaps.get(name).unwrap();
        for (place, told) in &keymap.told {
            for (chord, said) in told {
                assert!(!said.is_empty());
                let found = keymap.resolve(*place, &[*chord]);
                // What a place binds goes before what is told everywhere.
                let is_bound = *place != Place::Everywhere && found != Match::Nothing;
                assert!(!is_bound, "{name}: {chord} is bound in {}", place.name());
            }
        }
    }
    let mine = user("told:\n  tree:\n    alt-b: there is nothing to build\n").unwrap();
    let mine = mine.get("mine").unwrap();
    let pressed = sequence("alt-b").unwrap();
    assert_eq!(
        mine.told(Place::Tree, &pressed),
        Some("there is nothing to build")
    );
    assert_eq!(mine.told(Place::Help, &pressed), None);
    assert!(
        mine.told(Place::Help, &sequence("ctrl-k").unwrap()).is_some(),
        "it is inherited"
    );
    let wrong = user("told:\n  tere:\n    f: x\n").unwrap_err();
    assert_eq!((wrong.line, wrong.column), (2, 3));
    assert!(user("told:\n  tree:\n    hyper-f: x\n").is_err());
}
