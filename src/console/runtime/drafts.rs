//! The files of drafts: the text, as an editor takes it, and beside it what it was made of. A draft that cannot be read is as if it
//! were not there, but it is not taken away either. One whose object is gone is of use for a while, to be read; after 30 days it is
//! taken away, and after a year every one that nobody went on with.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use fleetui_base::ObjectKey;
use fleetui_fleet::create::Creation;
use jiff::{SignedDuration, Timestamp};

use super::create_files;
use super::kept::{create, make};
use crate::draft::Draft;
use crate::unfinished::{Of, Unfinished};

/// The folder in the directory of the state.
pub(super) const FOLDER: &str = "drafts";
/// What is longer was not written by us.
const LONGEST: u64 = 16 << 20;
/// The draft of an object that is gone is kept for so long.
const OF_WHAT_IS_GONE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// And any other one that nobody went on with.
pub(super) const OF_ANYTHING: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The file that says when the person was told of drafts last.
const TOLD: &str = "told";
/// How the files end.
const ENDINGS: [&str; 3] = [".yaml", ".base", create_files::ENDING];
/// How the line begins that says whose draft it is.
const HEAD: &str = "# fleetui: ";

/// Where the text is, and what it was made of.
fn files(directory: &Path, key: &ObjectKey, uid: &str) -> (PathBuf, PathBuf) {
    let folder = directory.join(FOLDER);
    let stem = Draft::file_stem(key, uid);
    (
        folder.join(format!("{stem}.yaml")),
        folder.join(format!("{stem}.base")),
    )
}

/// Keeps a draft; gives the file of its text. Each file is there whole or as it was. Blocks on the disk.
pub(super) fn keep(directory: &Path, draft: &Draft) -> io::Result<PathBuf> {
    make(&directory.join(FOLDER))?;
    let (text, base) = files(directory, &draft.key, &draft.uid);
    write(&base, &serde_json::to_vec(draft)?)?;
    write(&text, format!("{}\n{}", draft.head(), draft.text).as_bytes())?;
    Ok(text)
}

pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        // What programs that were killed were writing.
        fleetui_client::sweep(folder, |name| fleetui_client::half_written(name, &ENDINGS));
    }
    let mut half = path.as_os_str().to_owned();
    half.push(format!(".{}", std::process::id()));
    let half = PathBuf::from(half);
    let mut file = create(&half)?;
    file.write_all(content)?;
    drop(file);
    std::fs::rename(half, path)
}

/// The draft of an object, where there is one. Blocks on the disk.
pub(super) fn read(directory: &Path, key: &ObjectKey, uid: &str) -> Option<Draft> {
    let (text, base) = files(directory, key, uid);
    let mut draft: Draft = match serde_json::from_slice(&bytes(&base)?) {
        Ok(draft) => draft,
        Err(error) => {
            tracing::warn!(%error, file = %base.display(), "a draft cannot be read");
            return None;
        }
    };
    draft.text = text_of(&text)?;
    // Long names share a file.
    (draft.key == *key && draft.uid == uid).then_some(draft)
}

/// The text of a draft without the line that says whose it is.
pub(super) fn text_of(path: &Path) -> Option<String> {
    let text = String::from_utf8(bytes(path)?).ok()?;
    let text = match text.split_once('\n') {
        Some((head, rest)) if head.starts_with(HEAD) => rest.to_owned(),
        Some(_) | None => text,
    };
    Some(text)
}

pub(super) fn bytes(path: &Path) -> Option<Vec<u8>> {
    let is_short = std::fs::metadata(path).ok()?.len() <= LONGEST;
    is_short.then(|| std::fs::read(path).ok())?
}

/// Drafts that were kept since the person was told of any, and what was interrupted since of these creations, the newest first.
/// A draft that such a creation was begun from is told of as that. Blocks on the disk.
pub(super) fn unfinished(directory: &Path, interrupted: Vec<Creation>) -> Vec<Unfinished> {
    let folder = directory.join(FOLDER);
    let told = bytes(&folder.join(TOLD)).and_then(|told| String::from_utf8(told).ok());
    let told: Option<Timestamp> = told.and_then(|told| told.trim().parse().ok());
    // Who creates by a command has no folder of drafts.
    let entries = std::fs::read_dir(&folder).into_iter().flatten();
    let paths = entries.flatten().map(|entry| entry.path());
    let objects = paths
        .filter(|path| path.extension().is_some_and(|it| it == "base"))
        .filter_map(|path| serde_json::from_slice::<Draft>(&bytes(&path)?).ok())
        .map(|draft| Unfinished {
            of: Of::Object(draft.key),
            at: draft.at,
        });
    let mut drafts = create_files::read(directory);
    drafts.retain(|draft| !draft.is_interrupted(interrupted.iter()));
    let creations = drafts.into_iter().map(|draft| Unfinished {
        of: Of::Creation(draft.management_cluster.clone(), draft.cluster()),
        at: draft.at,
    });
    let interrupted = interrupted.into_iter().map(|creation| Unfinished {
        of: Of::Interrupted(creation.cluster),
        at: creation.begun,
    });
    let mut all: Vec<Unfinished> = objects.chain(creations).chain(interrupted).collect();
    all.retain(|draft| told.is_none_or(|told| draft.at > told));
    all.sort_by_key(|draft| std::cmp::Reverse(draft.at));
    all
}

/// Writes down that the person was told of what is there. Blocks on the disk.
pub(super) fn told(directory: &Path, now: Timestamp) -> io::Result<()> {
    make(&directory.join(FOLDER))?;
    write(&directory.join(FOLDER).join(TOLD), now.to_string().as_bytes())
}

/// Takes a draft away. Blocks on the disk.
pub(super) fn forget(directory: &Path, key: &ObjectKey, uid: &str) {
    let (text, base) = files(directory, key, uid);
    for path in [text, base] {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::debug!(%error, file = %path.display(), "there was no draft");
        }
    }
}

/// Takes away what is too old to be of use: `is_gone` says whether the object of a draft is known to be gone. Blocks on the disk.
pub(super) fn clear(directory: &Path, now: Timestamp, is_gone: impl Fn(&Draft) -> bool) {
    let Ok(entries) = std::fs::read_dir(directory.join(FOLDER)) else {
        return;
    };
    let bases = entries.flatten().map(|entry| entry.path());
    for base in bases.filter(|path| path.extension().is_some_and(|it| it == "base")) {
        let draft = bytes(&base).and_then(|bytes| serde_json::from_slice::<Draft>(&bytes).ok());
        let Some(draft) = draft else { continue };
        let age = now.duration_since(draft.at);
        if age > OF_ANYTHING || (age > OF_WHAT_IS_GONE && is_gone(&draft)) {
            forget(directory, &draft.key, &draft.uid);
        }
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_long_gone_is_taken_away_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let (gone, there) = (draft("gone", "a: b\n"), draft("there", "a: b\n"));
        for one in [&gone, &there] {
            keep(directory.path(), one).unwrap();
        }
        let unreadable = draft("unreadable", "a: b\n");
        let broken = keep(directory.path(), &unreadable)
            .unwrap()
            .with_extension("base");
        std::fs::write(&broken, "{").unwrap();
        let left = |after: SignedDuration| {
            clear(directory.path(), gone.at + after, |draft| draft.key == gone.key);
            [&gone, &there].map(|draft| read(directory.path(), &draft.key, "u-1").is_some())
        };
        let day = SignedDuration::from_hours(24);
        assert_eq!(left(day * 29), [true, true]);
        assert_eq!(left(day * 31), [false, true], "its object is there");
        assert_eq!(left(day * 364), [false, true]);
        assert_eq!(left(day * 366), [false, false]);
        assert!(broken.exists(), "what cannot be read stays");
        let files = std::fs::read_dir(directory.path().join(FOLDER)).unwrap();
        assert_eq!(files.count(), 2, "both files of each are taken away");
    }

    fn draft(name: &str, text: &str) -> Draft {
        Draft {
            key: ObjectKey::new(
                ManagementCluster::new("lab"),
                GroupKind::new("cluster.x-k8s.io", "Machine"),
                ObjectName::new("default", name),
            ),
            uid: "u-1".into(),
            resource_version: "7".into(),
            at: crate::sample::now(),
            base: json!({"spec": {"replicas": 3}}),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_draft_is_found_by_its_object_alone() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let (one, other) = (
            draft("a", "spec:\n  replicas: 5\n"),
            draft("b", "# mine\nspec: {}\n"),
        );
        assert_eq!(read(&state, &one.key, "u-1"), None);
        let path = keep(&state, &one).unwrap();
        keep(&state, &other).unwrap();
        assert_eq!(read(&state, &one.key, "u-1"), Some(one.clone()));
        assert_eq!(read(&state, &other.key, "u-1"), Some(other.clone()));
        assert_eq!(read(&state, &one.key, "u-2"), None, "another life of the name");
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(
            written.starts_with("# fleetui: Machine default/a in lab, uid u-1"),
            "{written}"
        );
        let later = Draft {
            text: "spec:\n  replicas: 6\n".to_owned(),
            ..one.clone()
        };
        keep(&state, &later).unwrap();
        assert_eq!(read(&state, &one.key, "u-1"), Some(later));
        forget(&state, &one.key, "u-1");
        assert_eq!(read(&state, &one.key, "u-1"), None);
        assert!(read(&state, &other.key, "u-1").is_some());
        let left: Vec<_> = std::fs::read_dir(state.join(FOLDER)).unwrap().collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }

    #[test]
    fn drafts_are_told_of_once_and_again_once_they_are_gone_on_with() {
        let directory = tempfile::tempdir().unwrap();
        let names_beside = |interrupted: Vec<Creation>| -> Vec<String> {
            let all = unfinished(directory.path(), interrupted).into_iter();
            all.map(|draft| match draft.of {
                Of::Object(key) => key.object.name.to_string(),
                Of::Creation(place, cluster) => format!("{place} {cluster:?}"),
                Of::Interrupted(cluster) => format!("interrupted {}", cluster.object.name),
            })
            .collect()
        };
        let names = || names_beside(Vec::new());
        assert_eq!(names(), Vec::<String>::new(), "there is no directory yet");
        let second = SignedDuration::from_secs(1);
        let one = draft("a", "x: 1\n");
        keep(directory.path(), &one).unwrap();
        let later = Draft {
            at: one.at + second,
            ..draft("b", "x: 1\n")
        };
        keep(directory.path(), &later).unwrap();
        let creation = fleetui_fleet::create::CreateDraft {
            id: "1".to_owned(),
            creation: Some("c-1".to_owned()),
            flavour: fleetui_fleet::create::Flavour::template("x", "a: ${CLUSTER_NAME}"),
            management_cluster: ManagementCluster::new("lab"),
            answers: Vec::new(),
            text: None,
            edited: None,
            like: None,
            at: one.at - second,
        };
        create_files::keep(directory.path(), &creation).unwrap();
        assert_eq!(names(), ["b", "a", "lab None"], "the newest first");
        let interrupted = Creation {
            format: 1,
            id: "c-1".into(),
            cluster: draft("web", "").key,
            server: "".into(),
            flavour: "x".to_owned(),
            endpoint: None,
            takes_hosts: false,
            begun: later.at,
            state: fleetui_fleet::create::CreationState::Creating,
            items: Vec::new(),
        };
        let another = Creation {
            id: "c-2".into(),
            begun: later.at + second,
            ..interrupted.clone()
        };
        assert_eq!(
            names_beside(vec![interrupted.clone()]),
            ["b", "interrupted web", "a"]
        );
        assert_eq!(
            names_beside(vec![another.clone()]),
            ["interrupted web", "b", "a", "lab None"]
        );
        told(directory.path(), later.at).unwrap();
        assert_eq!(names(), Vec::<String>::new());
        assert_eq!(names_beside(vec![interrupted, another]), ["interrupted web"]);
        let again = Draft {
            at: later.at + second,
            ..one
        };
        keep(directory.path(), &again).unwrap();
        assert_eq!(names(), ["a"]);
    }

    #[test]
    fn what_cannot_be_read_is_no_draft_and_stays() {
        let directory = tempfile::tempdir().unwrap();
        let one = draft("a", "spec: {}\n");
        let path = keep(directory.path(), &one).unwrap();
        std::fs::write(path.with_extension("base"), "{").unwrap();
        assert_eq!(read(directory.path(), &one.key, "u-1"), None);
        assert!(path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = keep(directory.path(), &draft("a", "x")).unwrap();
        for file in [path.clone(), path.with_extension("base")] {
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
    }
}
