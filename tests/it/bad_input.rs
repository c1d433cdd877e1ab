//! Files that cannot be read: the program ends with status 1 and says which file, which line and what is allowed there.

use std::path::Path;

use crate::program::{Ended, Home, kubeconfig};

/// Ends with status 1, prints nothing, and says all of `told` without a single escape sequence.
fn assert_told(ended: &Ended, told: &[&str], case: &str) {
    assert_eq!(
        (ended.code, ended.printed.as_str()),
        (Some(1), ""),
        "{case}: {ended:?}"
    );
    for part in told {
        assert!(
            ended.said.contains(part),
            "{case}: {part:?} is not in {}",
            ended.said
        );
    }
    let steers = |character: char| character.is_control() && character != '\n';
    assert!(!ended.said.contains(steers), "{case}: {:?}", ended.said);
    assert!(
        !ended.said.contains("not-for-anybodys-eyes"),
        "{case}: {}",
        ended.said
    );
}

/// The console and its headless twin begin alike, and fail alike.
async fn assert_both_tell(home: &Home, arguments: &[&str], told: &[&str], case: &str) {
    for command in [&[][..], &["frame"][..]] {
        let ended = home.run(&[command, arguments].concat()).await;
        assert_told(&ended, told, case);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn anchor_28_a_kubeconfig_that_cannot_be_read() {
    let home = Home::new();
    let missing = home.path().join("missing");
    let directory = home.path().join("directory");
    std::fs::create_dir(&directory).unwrap();
    let binary = home.write("binary", b"contexts: \xff\xfe");
    for (path, told) in [
        (&missing, "No such file"),
        (&directory, "directory"),
        (&binary, "UTF-8"),
    ] {
        let arguments = ["--kubeconfig", text(path)];
        assert_both_tell(&home, &arguments, &[text(path), told], told).await;
    }
}

#[tokio::test]
async fn a_malformed_kubeconfig_is_told_with_its_line_and_without_its_secrets() {
    let home = Home::new();
    let cases = [
        ("apiVersion: v1\nkind: Config\ncontexts: [\n", ":3"),
        ("apiVersion: v1\nkind: Config\ncontexts: none\n", ":3:"),
        (
            "kind: Config\nusers:\n- name: u\n  user: not-for-anybodys-eyes\n",
            ":4:",
        ),
    ];
    for (content, line) in cases {
        let path = home.write("kubeconfig", content);
        let file_and_line = format!("{}{line}", text(&path));
        let told = [file_and_line.as_str(), "current-context"];
        assert_both_tell(&home, &["--kubeconfig", text(&path)], &told, content).await;
    }
}

#[tokio::test]
async fn a_context_that_is_not_there() {
    let home = Home::new();
    home.write(
        ".kube/config",
        kubeconfig(&["kind-taipei", "kind-tokyo"], "https://127.0.0.1:1"),
    );
    let told = ["kind-osaka", "kind-taipei", "kind-tokyo"];
    assert_both_tell(&home, &["--context", "kind-osaka"], &told, "an unknown context").await;
    // What is asked for, and what there is, can steer no terminal.
    let hostile = "a\u{1b}]0;title\u{7}\u{9b}2J";
    home.write(
        ".kube/config",
        kubeconfig(&["kind-taipei", hostile], "https://127.0.0.1:1"),
    );
    let told = ["kind-taipei", "␛]0;title"];
    assert_both_tell(&home, &["--context", "b\u{1b}[2J"], &told, "a hostile context").await;
}

#[tokio::test]
async fn a_malformed_keymap() {
    let cases = [
        ("keys:\n  tree:\n    cursor-dwon: j\n", ":3:", "cursor-down"),
        ("keys:\n  forest:\n    cursor-down: j\n", ":2:", "places are"),
        ("keys:\n  tree:\n    cursor-down: jj\n", ":3:", "jj"),
        (
            "keys:\n  tree:\n    cursor-down: j\n    cursor-up: j\n",
            ":4:",
            "taken",
        ),
        ("keys:\n  tree:\n    cursor-down: [\n", ":3", ""),
        ("inherits: emacs\n", ":1:", "known are"),
        ("keyz: {}\n", ":1:", "keys"),
    ];
    for (content, line, allowed) in cases {
        let home = Home::new();
        let path = home.configure("keymaps/mine.yaml", content);
        let file_and_line = format!("{}{line}", text(&path));
        assert_both_tell(&home, &["--keymap", "mine"], &[&file_and_line, allowed], content).await;
    }
    let told = ["emacs", "vim"];
    assert_both_tell(&Home::new(), &["--keymap", "emacs"], &told, "an unknown keymap").await;
}

#[tokio::test]
async fn a_malformed_theme() {
    let cases = [
        ("inherits: dark\nroles:\n  titel: {fg: red}\n", ":3:", "title"),
        (
            "inherits: dark\nroles:\n  title: {fg: reddish}\n",
            ":3:",
            "#rrggbb",
        ),
        (
            "inherits: dark\nroles:\n  title: {fg: red, blinking: true}\n",
            ":3:",
            "bold",
        ),
        ("inherits: dark\npalette:\n  accent: '#12'\n", ":3:", "#rrggbb"),
        ("roles: {}\n", ":1:", "inherits: dark"),
        ("inherits: solarized\n", ":1:", "known are"),
    ];
    for (content, line, allowed) in cases {
        let home = Home::new();
        let path = home.configure("themes/mine.yaml", content);
        let file_and_line = format!("{}{line}", text(&path));
        assert_both_tell(&home, &["--theme", "mine"], &[&file_and_line, allowed], content).await;
    }
    let told = ["solarized", "light"];
    assert_both_tell(&Home::new(), &["--theme", "solarized"], &told, "an unknown theme").await;
}

#[tokio::test]
async fn a_malformed_fleet_file() {
    let cases = [
        ("managementClusters:\n- contxt: a\n", ":2:", "context"),
        (
            "managementClusters:\n- context: a\n  connect: sometimes\n",
            ":3:",
            "lazy",
        ),
        (
            "managementClusters:\n- context: a\n  readOnly: perhaps\n",
            ":3:",
            "readOnly",
        ),
        ("managementClusters:\n- context: a\n- context: a\n", "", "alias"),
    ];
    for (content, line, allowed) in cases {
        let home = Home::new();
        home.write(".kube/config", kubeconfig(&["a"], "https://127.0.0.1:1"));
        let path = home.configure("fleet.yaml", content);
        let file_and_line = format!("{}{line}", text(&path));
        assert_both_tell(&home, &[], &[&file_and_line, allowed], content).await;
    }
}

#[tokio::test]
async fn a_broken_file_that_nobody_chose_is_told_and_stops_nothing() {
    let home = Home::new();
    home.configure("keymaps/old.yaml", "keys:\n  tree:\n    cursor-dwon: j\n");
    home.configure("themes/old.yaml", "roles: [\n");
    let ended = home.run(&["frame", "--size", "200x24"]).await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), ""), "{ended:?}");
    let told = ended.printed.contains("old.yaml:3:") && ended.printed.contains("2 files are not used");
    assert!(told, "{}", ended.printed);
}
