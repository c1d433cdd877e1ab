//! What users of other tools complain about, by the numbers of the collection in the project's specification: each is shown not to
//! be true of us by a test whose name begins with `anchor_` and the number, or it is listed here with the reason why it cannot
//! concern this console.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How many there are.
const COMPLAINTS: u8 = 100;

/// Those without a test, and why.
const REASONS: &[(u8, &str)] = &[
    (
        36,
        "asks for more requests than a client-side limit lets through: there is no such limit here",
    ),
    (37, "no logs are shown"),
    (
        81,
        "asks for the history of rollouts, which Cluster API does not keep any more; how far one is stands in its row",
    ),
    (
        39,
        "nothing optional runs beside the console: there is no scanner",
    ),
    (44, "no logs are shown"),
    (
        72,
        "asks for a way to create clusters without a browser: the program is one, in a terminal",
    ),
    (
        74,
        "asks for a dashboard of clusters to exist: the program is one",
    ),
    (75, "asks for a plugin of a web console"),
    (
        90,
        "kubeconfigs are merged by `get kubeconfig --merge`, one at a time; clusterctl's own file is not its concern",
    ),
    (
        92,
        "nothing can be deleted from the console; clusters are listed by the tree",
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The numbers in `anchor_16_17_one_that_hangs_is_ended`.
fn numbers(name: &str) -> Vec<u8> {
    let Some(rest) = name.strip_prefix("anchor_") else {
        return Vec::new();
    };
    rest.split('_').map_while(|part| part.parse().ok()).collect()
}

/// Which tests of `text` stand for which complaint; only functions that are tests count.
fn tests_in(text: &str) -> Vec<(u8, String)> {
    let mut found = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            continue;
        }
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        // In a property test's macro the attribute stands before it, as elsewhere.
        if let (Some(name), true) = (function.and_then(|rest| rest.split(['(', '<']).next()), is_test) {
            found.extend(numbers(name).into_iter().map(|number| (number, name.to_owned())));
        }
        if !line.is_empty() && !line.starts_with("//") {
            is_test = false;
        }
    }
    found
}

#[test]
fn every_complaint_about_others_is_answered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    sources(&root.join("src"), &mut paths);
    sources(&root.join("tests/it"), &mut paths);
    let mut tests: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    for path in paths.iter().filter(|path| !path.ends_with("it/anchors.rs")) {
        let text = std::fs::read_to_string(path).expect("a source");
        for (number, name) in tests_in(&text) {
            tests.entry(number).or_default().insert(name);
        }
    }
    let reasons: BTreeMap<u8, &str> = REASONS.iter().copied().collect();
    assert_eq!(reasons.len(), REASONS.len(), "a number has two reasons");
    let unanswered: Vec<u8> = (1..=COMPLAINTS)
        .filter(|number| !tests.contains_key(number) && !reasons.contains_key(number))
        .collect();
    assert!(
        unanswered.is_empty(),
        "neither a test nor a reason: {unanswered:?}"
    );
    let twice: Vec<_> = tests
        .keys()
        .filter(|number| reasons.contains_key(number))
        .collect();
    assert!(
        twice.is_empty(),
        "a test and a reason why there is none: {twice:?}"
    );
    let unknown: Vec<_> = tests
        .iter()
        .filter(|(number, _)| !(1..=COMPLAINTS).contains(*number))
        .collect();
    assert!(unknown.is_empty(), "no such complaint: {unknown:?}");
}

#[test]
fn only_tests_count() {
    let text = "
        #[test]
        fn anchor_07_08_is_a_test() {}
        // fn anchor_09_is_a_comment() {}
        fn anchor_10_is_none() {}
        #[tokio::test(flavor = \"multi_thread\")]
        async fn anchor_100_neither_is_less() {}
    ";
    let numbers: Vec<u8> = tests_in(text).into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [7, 8, 100]);
}

#[test]
fn the_collection_has_as_many_as_are_known_here() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/spec/console-anchors.md");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let section = text.split("\n## ").find(|section| section.starts_with("2. "));
    let numbers = section
        .expect("the section of complaints")
        .lines()
        .filter_map(|line| {
            let (number, _) = line.split_once(". ")?;
            number.parse::<u8>().ok()
        });
    assert_eq!(numbers.max(), Some(COMPLAINTS));
}
