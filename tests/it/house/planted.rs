//! Violations planted one by one: a rule that does not catch its own is no rule.

use super::{
    Source, file_rules, impure_crates, length, not_locked_for_fuzzing, opens_to_fuzzing,
    rooms_that_may_not_be_used,
};

fn file(path: &str, body: &str) -> Source {
    Source {
        path: path.into(),
        text: format!("//! Planted.\n{body}\n"),
    }
}

#[test]
fn each_planted_violation_is_caught() {
    let planted = [
        ("src/rules/rollout.rs", "use std::fs::read;", "std::fs"),
        (
            "src/fleet/tree.rs",
            "let home = std::env::var(\"HOME\");",
            "std::env",
        ),
        (
            "src/console/app.rs",
            "use crossterm::event::KeyEvent;",
            "crossterm",
        ),
        (
            "src/console/screens/tree/update.rs",
            "use crate::widgets::table::Table;",
            "crate::widgets",
        ),
        (
            "src/console/screens/tree/view.rs",
            "use crate::screens::object::State;",
            "may not use screen object",
        ),
        (
            "src/console/widgets/table.rs",
            "use fleetui_fleet::Row;",
            "fleetui_fleet",
        ),
        ("src/console/app.rs", "tokio::spawn(watch());", "tokio::spawn"),
        (
            "src/rules/version.rs",
            "std::thread::spawn(run);",
            "thread::spawn",
        ),
        (
            "src/client/walk.rs",
            "let permit = Permit(());",
            "only the gate may make a",
        ),
        (
            "src/client/session.rs",
            "let request = Request::patch(path);",
            "past the gate may not write",
        ),
        (
            "src/cli/act/one.rs",
            "use kube::api::DeleteParams;",
            "past the gate may not write",
        ),
        ("src/fleet/utils.rs", "", "utils says nothing"),
        ("src/fleet/tree/mod.rs", "", "never mod.rs"),
        ("src/fleet/tree.rs", "// TODO: the rest", "TODO"),
        ("tests/it/pty.rs", "#[ignore]", "#[ignore"),
    ];
    for (path, body, expected) in planted {
        let found = file_rules(&file(path, body));
        assert!(
            found.iter().any(|line| line.contains(expected)),
            "{path}: {body:?} gave {found:?}"
        );
    }
}

#[test]
fn a_module_without_a_header_is_caught() {
    let source = Source {
        path: "src/fleet/row.rs".into(),
        text: "pub struct Row;\n".into(),
    };
    assert_eq!(
        file_rules(&source),
        ["src/fleet/row.rs: a module starts with what it is for"]
    );
}

#[test]
fn a_long_file_is_caught_but_its_tests_do_not_count() {
    let long = "fn f() {}\n".repeat(401);
    assert_eq!(length(&file("src/fleet/store.rs", &long)).len(), 1);
    let tested = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert_eq!(length(&file("src/fleet/store.rs", &tested)), Vec::<String>::new());
}

#[test]
fn a_room_that_reaches_up_is_caught() {
    let manifest = "[package]\nname = \"fleetui-fleet\"\n[dependencies]\nfleetui-base.workspace = true\nfleetui-client = { path = \"x\" }\nkube.workspace = true\n[dev-dependencies]\nfleetui-apiserver.workspace = true\n";
    assert_eq!(
        rooms_that_may_not_be_used("fleet", manifest),
        ["src/fleet may not use client"]
    );
    assert_eq!(
        impure_crates("fleet", manifest),
        ["src/fleet is pure and may not know kube"]
    );
    assert_eq!(
        rooms_that_may_not_be_used("attic", manifest),
        ["src/attic: a room that the table of the house does not know"]
    );
}

#[test]
fn a_room_that_is_open_to_fuzzing_is_caught() {
    let defines = "[features]\nfuzzing = []\n";
    assert_eq!(opens_to_fuzzing("src/apiserver", defines), Vec::<String>::new());
    for manifest in [
        "fleetui-apiserver = { workspace = true, features = [\"fuzzing\"] }",
        "default = [\"fleetui-apiserver/fuzzing\"]",
    ] {
        assert_eq!(opens_to_fuzzing("Cargo.toml", manifest).len(), 1, "{manifest}");
    }
}

#[test]
fn a_lock_that_lags_behind_is_caught() {
    let manifest = "[dependencies]\nfleetui-base.workspace = true\nregex.workspace = true\nserde_yaml.workspace = true\nbase64 = \"0.22\"\n[dev-dependencies]\nproptest.workspace = true\n";
    let lock = "[[package]]\nname = \"fleetui-rules\"\ndependencies = [\n \"base64 0.22.1\",\n \"fleetui-base\",\n]\n\n[[package]]\nname = \"other\"\ndependencies = [\n \"regex\",\n]\n";
    let whole = "[workspace.dependencies]\nserde_yaml = { package = \"other\", version = \"2\" }\n";
    let found = not_locked_for_fuzzing("rules", manifest, (whole, lock));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("src/rules uses regex"), "{found:?}");
    assert_eq!(
        not_locked_for_fuzzing("fleet", manifest, (whole, lock)),
        Vec::<String>::new()
    );
}

#[test]
fn a_clean_file_is_left_alone() {
    let source = file(
        "src/fleet/tree.rs",
        "/// A tree.\npub struct Tree;\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
    );
    assert_eq!(file_rules(&source), Vec::<String>::new());
}
