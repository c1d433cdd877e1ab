//! The rules of the house that the compiler cannot hold, and violations planted to see that each rule can fail.
//!
//! The rooms and who may use whom are those of the architecture; a change there changes the table here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

mod planted;

/// Which rooms a room may name in its manifest, its own tests aside.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("base", &[]),
    ("api", &["base"]),
    ("rules", &["base", "api"]),
    ("fleet", &["base", "api", "rules"]),
    ("pki", &["base"]),
    ("connect", &["base", "api", "pki"]),
    ("client", &["base", "api", "rules", "fleet", "connect"]),
    ("console", &["base", "api", "rules", "fleet", "client"]),
    ("apiserver", &["base", "api", "rules", "pki"]),
    ("controllers", &["base", "api", "rules", "pki", "connect"]),
];

/// Rooms that are functions of their arguments.
const PURE: [&str; 4] = ["base", "api", "rules", "fleet"];

/// Crates that a pure room does not name.
const IMPURE_CRATES: [&str; 7] = ["tokio", "kube", "ratatui", "crossterm", "axum", "redb", "futures"];

/// What a pure room does not reach for. The clock's own file is where the time enters.
const IMPURE_PATHS: [&str; 5] = ["std::fs", "std::env", "std::net", "std::process", "std::thread"];

/// What stands at the top. Anything else needs a reason, here.
const TOP_LEVEL: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "src",
    "themes",
    "keymaps",
    "tests",
    "benches",
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "helper", "common", "misc"];

/// Lines of code that a file may have, blank lines, comments and its tests aside.
const LONGEST_FILE: usize = 400;

/// Files that may be longer, and why.
const LONG_FILES: [(&str, &str); 0] = [];

/// Places that may spawn tasks and threads.
const MAY_SPAWN: [&str; 7] = [
    "src/console/runtime",
    "src/client/",
    "src/connect/",
    "src/apiserver/",
    "src/controllers/",
    "src/cli",
    "src/main.rs",
];

/// What writes to a server, in the words of the Kubernetes client and of HTTP.
const WRITES: [&str; 11] = [
    "PatchParams",
    "PostParams",
    "DeleteParams",
    "Request::post(",
    "Request::patch(",
    "Request::put(",
    "Request::delete(",
    "Method::POST",
    "Method::PATCH",
    "Method::PUT",
    "Method::DELETE",
];

/// Places that may write without the gate, and why.
const MAY_WRITE: [(&str, &str); 10] = [
    ("src/controllers/", "they reconcile, and no person acts"),
    ("src/apiserver/", "it is the server"),
    ("src/client/act/send.rs", "it is the gate's own hand"),
    (
        "src/client/request.rs",
        "it takes a permit; without one it asks for permissions alone",
    ),
    ("src/cli/controllers.rs", "reviews, which change nothing"),
    ("src/cli/requirements.rs", "reviews, which change nothing"),
    ("src/cli/init.rs", "it installs the kinds that the gate needs"),
    ("src/cli/inventory.rs", "it is part of that"),
    ("src/cli/serve", "it sets up a server of its own"),
    ("src/cli/demo", "it sets up servers of its own"),
];

/// One source file: its path from the root, and its text.
struct Source {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<Source>) {
        let mut entries: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                // What the package of fuzz targets builds beside itself is nobody's source.
                if !path.ends_with("tests/fuzz/target") {
                    walk(&path, root, found);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.push(Source { path, text });
            }
        }
    }
    let mut found = Vec::new();
    for top in ["src", "tests", "benches"] {
        walk(&root().join(top), &root(), &mut found);
    }
    found
}

/// The text without its tests: everything before the first test module. Files of tests have none.
fn without_tests(source: &Source) -> &str {
    let is_tests = source.path.ends_with("tests.rs")
        || source.path.contains("/tests/")
        || source.path.contains("_tests/");
    if is_tests {
        return "";
    }
    source.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with("//")
        })
}

/// Rooms and crates that a manifest names under `[dependencies]`.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
        } else if inside {
            let name: String = line
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '-' || *c == '_')
                .collect();
            if !name.is_empty() {
                names.push(name);
            }
        }
    }
    names
}

fn rooms_that_may_not_be_used(room: &str, manifest: &str) -> Vec<String> {
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
        return vec![format!(
            "src/{room}: a room that the table of the house does not know"
        )];
    };
    dependencies(manifest)
        .iter()
        .filter_map(|name| name.strip_prefix("fleetui-"))
        .filter(|used| !allowed.contains(used))
        .map(|used| format!("src/{room} may not use {used}"))
        .collect()
}

/// What is open to fuzzing is open in nothing that is shipped: only the package of fuzz targets switches it on.
fn opens_to_fuzzing(place: &str, manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .filter(|line| line.contains("\"fuzzing\"") || line.contains("/fuzzing\""))
        .map(|line| format!("{place} switches on what is for fuzzing alone: {line}"))
        .collect()
}

/// What a room uses and the fuzz targets' own lock does not name: a check that may change no lock fails there.
/// A crate that the workspace calls otherwise is none that is looked for.
fn not_locked_for_fuzzing(room: &str, manifest: &str, (whole, lock): (&str, &str)) -> Vec<String> {
    let name = format!("name = \"fleetui-{room}\"");
    let mut packages = lock.split("[[package]]");
    let Some(package) = packages.find(|package| package.lines().any(|line| line == name)) else {
        return Vec::new();
    };
    let locked: Vec<&str> = package
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split(['"', ' ']).next())
        .collect();
    let missing = dependencies(manifest).into_iter().filter(|used| {
        !locked.contains(&used.as_str()) && !whole.contains(&format!("\n{used} = {{ package = "))
    });
    missing
        .map(|used| format!("tests/fuzz/Cargo.lock does not know that src/{room} uses {used}: let cargo check the fuzz targets once"))
        .collect()
}

fn impure_crates(room: &str, manifest: &str) -> Vec<String> {
    if !PURE.contains(&room) {
        return Vec::new();
    }
    dependencies(manifest)
        .iter()
        .filter(|name| IMPURE_CRATES.contains(&name.as_str()))
        .map(|name| format!("src/{room} is pure and may not know {name}"))
        .collect()
}

fn impure_paths(source: &Source) -> Vec<String> {
    let pure = PURE
        .iter()
        .any(|room| source.path.starts_with(&format!("src/{room}/")));
    if !pure {
        return Vec::new();
    }
    find_words(source, &IMPURE_PATHS, "a pure room may not reach for")
}

fn find_words(source: &Source, words: &[&str], what: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in code_lines(without_tests(source)) {
        for word in words {
            if line.contains(word) {
                found.push(format!("{}:{number}: {what} {word}", source.path));
            }
        }
    }
    found
}

/// Inside the console: who may name whom. Terminal keys become our own at the border, so only `runtime` knows crossterm.
fn console_layers(source: &Source) -> Vec<String> {
    let Some(path) = source.path.strip_prefix("src/console/") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let in_runtime = path.starts_with("runtime");
    if !in_runtime {
        let only_runtime = [
            "crossterm",
            "tokio::",
            "fleetui_client",
            "std::fs",
            "std::env",
            "futures::",
            "std::thread",
        ];
        found.extend(find_words(source, &only_runtime, "only console/runtime may know"));
    }
    if path.starts_with("widgets") {
        let above = [
            "fleetui_fleet",
            "fleetui_api",
            "fleetui_rules",
            "crate::screens",
            "crate::app",
            "crate::runtime",
        ];
        found.extend(find_words(source, &above, "a widget may not know"));
    }
    if path.ends_with("/update.rs") || path.ends_with("/state.rs") {
        found.extend(find_words(
            source,
            &["crate::widgets", "ratatui::widgets", "ratatui::buffer"],
            "deciding may not draw with",
        ));
    }
    if let Some(rest) = path.strip_prefix("screens/") {
        let own = rest.split(['/', '.']).next().unwrap_or_default();
        for (number, line) in code_lines(without_tests(source)) {
            let others = line.split("screens::").skip(1);
            for other in others {
                let name: String = other
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if !own.is_empty() && !name.is_empty() && name != own {
                    found.push(format!(
                        "{}:{number}: screen {own} may not use screen {name}",
                        source.path
                    ));
                }
            }
        }
    }
    found
}

fn spawns(source: &Source) -> Vec<String> {
    let allowed =
        !source.path.starts_with("src/") || MAY_SPAWN.iter().any(|place| source.path.starts_with(place));
    if allowed {
        return Vec::new();
    }
    find_words(
        source,
        &["tokio::spawn", "thread::spawn", "spawn_blocking", "spawn("],
        "only runtimes may spawn, with",
    )
}

/// Everything that a person does passes the gate: it alone makes a permit, and nobody else writes.
fn past_the_gate(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    if source.path != "src/client/act/gate.rs" {
        found.extend(find_words(source, &["Permit(("], "only the gate may make a"));
    }
    if !MAY_WRITE.iter().any(|(place, _)| source.path.starts_with(place)) {
        found.extend(find_words(source, &WRITES, "past the gate may not write with"));
    }
    found
}

fn names_and_headers(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let file = Path::new(&source.path);
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if stem == "mod" {
        found.push(format!("{}: foo.rs beside foo/, never mod.rs", source.path));
    }
    for part in file.iter().map(|part| part.to_string_lossy()) {
        let part = part.trim_end_matches(".rs");
        if EMPTY_NAMES.contains(&part) {
            found.push(format!(
                "{}: {part} says nothing about what is inside",
                source.path
            ));
        }
    }
    if !source.text.starts_with("//!") {
        found.push(format!("{}: a module starts with what it is for", source.path));
    }
    found
}

fn length(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") || LONG_FILES.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    let lines = code_lines(without_tests(source)).count();
    if lines > LONGEST_FILE {
        vec![format!(
            "{}: {lines} lines of code, more than {LONGEST_FILE}: which second concept has a name?",
            source.path
        )]
    } else {
        Vec::new()
    }
}

fn unfinished(source: &Source) -> Vec<String> {
    if source.path.starts_with("tests/it/house") {
        return Vec::new();
    }
    let marks = ["TODO", "FIXME", "XXX", "#[ignore"];
    let mut found = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        for mark in marks {
            if line.contains(mark) {
                found.push(format!("{}:{}: {mark}", source.path, index + 1));
            }
        }
    }
    found
}

/// Every rule that reads one file.
fn file_rules(source: &Source) -> Vec<String> {
    [
        impure_paths(source),
        console_layers(source),
        spawns(source),
        past_the_gate(source),
        names_and_headers(source),
        length(source),
        unfinished(source),
    ]
    .concat()
}

fn report(violations: &[String]) -> String {
    let mut text = String::from("the house is not in order:\n");
    for violation in violations {
        let _ = writeln!(text, "  {violation}");
    }
    text
}

#[test]
fn every_file_keeps_the_rules() {
    let sources = sources();
    assert!(sources.len() > 20, "only {} files were found", sources.len());
    let violations: Vec<_> = sources.iter().flat_map(file_rules).collect();
    assert!(violations.is_empty(), "{}", report(&violations));
}

#[test]
fn rooms_use_only_what_stands_below_them() {
    let mut violations = Vec::new();
    let mut rooms = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let manifest = entry.unwrap().path().join("Cargo.toml");
        if let Ok(text) = std::fs::read_to_string(&manifest) {
            let room = manifest
                .parent()
                .unwrap()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            rooms.insert(room, text);
        }
    }
    for (room, manifest) in &rooms {
        violations.extend(rooms_that_may_not_be_used(room, manifest));
        violations.extend(impure_crates(room, manifest));
        violations.extend(opens_to_fuzzing(&format!("src/{room}"), manifest));
    }
    let whole = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lock = std::fs::read_to_string(root().join("tests/fuzz/Cargo.lock")).unwrap();
    assert!(
        lock.contains("name = \"fleetui-apiserver\""),
        "what is fuzzed is not in its lock"
    );
    for (room, manifest) in &rooms {
        violations.extend(not_locked_for_fuzzing(room, manifest, (&whole, &lock)));
    }
    violations.extend(opens_to_fuzzing("Cargo.toml", &whole));
    for (room, _) in MAY_USE {
        if !rooms.contains_key(room) {
            violations.push(format!("the table names the room {room}, which does not stand"));
        }
    }
    assert!(violations.is_empty(), "{}", report(&violations));
}

#[test]
fn nothing_else_lies_at_the_top() {
    let mut strangers = Vec::new();
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let known = TOP_LEVEL.contains(&name.as_str()) || name.starts_with('.') || name == "target";
        if !known {
            strangers.push(name);
        }
    }
    assert!(
        strangers.is_empty(),
        "at the top, without a reason: {strangers:?}"
    );
}
