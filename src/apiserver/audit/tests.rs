//! The log's files, and what happens when it cannot keep up.

use std::os::unix::fs::PermissionsExt as _;

use fleetui_base::clock::SystemClock;

use super::*;

fn entry(name: &str) -> Entry {
    Entry {
        name: name.to_owned(),
        verb: "create".to_owned(),
        ..Entry::default()
    }
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn entries_are_lines_of_a_private_file_that_goes_on() {
    let home = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        let log = AuditLog::open(home.path(), Rotation::default(), SystemClock::shared()).unwrap();
        log.add(entry(name));
        log.close().await;
    }
    let path = home.path().join("audit/audit.log");
    let names: Vec<Value> = lines(&path).iter().map(|line| line["name"].clone()).collect();
    assert_eq!(names, ["a", "b"]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
}

#[tokio::test]
async fn old_files_make_room() {
    let home = tempfile::tempdir().unwrap();
    let one = serde_json::to_vec(&entry("000")).unwrap().len() as u64 + 1;
    let rotation = Rotation {
        bytes: 2 * one,
        files: 3,
    };
    let log = AuditLog::open(home.path(), rotation, SystemClock::shared()).unwrap();
    for number in 0..11 {
        log.add(entry(&format!("{number:03}")));
    }
    log.close().await;
    let names = |file: &str| -> Vec<String> {
        lines(&home.path().join("audit").join(file))
            .iter()
            .map(|line| line["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("audit.log"), ["010"]);
    assert_eq!(names("audit.1.log"), ["008", "009"]);
    assert_eq!(names("audit.2.log"), ["006", "007"]);
    assert_eq!(std::fs::read_dir(home.path().join("audit")).unwrap().count(), 3);
}

#[test]
fn what_finds_no_room_is_counted() {
    let home = tempfile::tempdir().unwrap();
    let file = LogFile::open(&home.path().join("audit"), Rotation::default()).unwrap();
    // Nobody takes from this queue until both messages were left.
    let (queue, receiver) = mpsc::channel(1);
    let dropped = Arc::new(AtomicU64::new(0));
    let log = AuditLog {
        queue,
        dropped: Arc::clone(&dropped),
        thread: Mutex::new(None),
    };
    for name in ["a", "b", "c"] {
        log.add(entry(name));
    }
    drop(log);
    let writer = Writer {
        file,
        dropped,
        clock: SystemClock::shared(),
        failing: false,
    };
    writer.run(receiver);
    let lines = lines(&home.path().join("audit/audit.log"));
    assert_eq!(lines[0]["name"], "a");
    assert_eq!(lines[1]["droppedEntries"], 2);
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_symbolic_link_is_not_written_through() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("audit");
    private_directory(&directory);
    std::os::unix::fs::symlink(home.path().join("elsewhere"), directory.join("audit.log")).unwrap();
    assert!(AuditLog::open(home.path(), Rotation::default(), SystemClock::shared()).is_err());
    assert!(!home.path().join("elsewhere").exists());
}

fn private_directory(path: &Path) {
    fleetui_pki::private_file::private_directory(path).unwrap();
}

#[test]
fn texts_of_clients_are_cut_between_characters() {
    let long = "é".repeat(LONGEST_TEXT + 7);
    assert_eq!(shortened(&long).chars().count(), LONGEST_TEXT);
    assert_eq!(shortened("kubectl"), "kubectl");
}
