//! The files of the creation of a cluster: drafts, and templates that the person names.

use std::io;
use std::path::{Path, PathBuf};

use fleetui_base::{ObjectKey, Shown};
use fleetui_fleet::create::CreateDraft;
use jiff::{SignedDuration, Timestamp};

use super::drafts::{FOLDER, bytes, write};
use super::kept::make;
use super::templates::{self, TemplateFileError};
use crate::draft::CreateDraftName;
use crate::effect::{Answer, Creating, Failure, FailureKind};

/// How files of drafts end.
pub(super) const ENDING: &str = "create.json";
/// What leads to a flavour of a directory, behind its name.
const FLAVOR: &str = " --flavor ";

/// A template from a file or a directory, as it was typed, or why there is none; of a directory with several, all of them. Behind a
/// directory its flavor may stand. Blocks on the disk.
pub(super) fn template(typed: &str) -> Answer {
    let (path, flavor) = meant(typed);
    let read = if flavor.is_none() && path.is_dir() {
        of_directory(typed, &path)
    } else {
        templates::read(&path, flavor).map(Creating::Template)
    };
    match read {
        Ok(creating) => Answer::Creating(Box::new(creating)),
        Err(error) => Answer::Failed(Failure {
            kind: FailureKind::Refused,
            message: Shown::line(&error.to_string()),
        }),
    }
}

/// The path that was typed, and the flavor behind it where that path is a directory's.
fn meant(typed: &str) -> (PathBuf, Option<&str>) {
    if let Some((path, flavor)) = typed.split_once(FLAVOR) {
        return (at_home(path.trim()), Some(flavor.trim()));
    }
    let whole = at_home(typed);
    let of_directory = || {
        let (path, flavor) = typed.rsplit_once(' ')?;
        Some((at_home(path.trim()), Some(flavor))).filter(|(path, _)| path.exists())
    };
    if whole.exists() {
        return (whole, None);
    }
    of_directory().unwrap_or((whole, None))
}

/// What a directory has: one template, or several to choose from.
fn of_directory(typed: &str, path: &Path) -> Result<Creating, TemplateFileError> {
    let mut offered = templates::offered(path)?;
    if offered.len() == 1
        && let Some(only) = offered.pop()
    {
        return only.read.map(Creating::Template);
    }
    let offered = offered.into_iter().map(|offered| {
        let read = offered.read.map_err(|what| Shown::line(&what.to_string()));
        (offered.file, read)
    });
    Ok(Creating::Templates(typed.to_owned(), offered.collect()))
}

/// What is typed here went through no shell.
fn at_home(typed: &str) -> PathBuf {
    let rest = typed.strip_prefix("~/");
    let home = rest.and_then(|rest| Some((std::env::home_dir()?, rest)));
    home.map_or_else(|| PathBuf::from(typed), |(home, rest)| home.join(rest))
}

/// Drafts as an answer.
pub(super) fn drafts(drafts: Vec<CreateDraft>) -> Answer {
    Answer::Creating(Box::new(Creating::Drafts(drafts)))
}

fn file(directory: &Path, name: &CreateDraftName) -> PathBuf {
    let stem = name.file_stem();
    directory.join(FOLDER).join(format!("{stem}.{ENDING}"))
}

/// Keeps a draft. Blocks on the disk.
pub(super) fn keep(directory: &Path, draft: &CreateDraft) -> io::Result<()> {
    make(&directory.join(FOLDER))?;
    let file = file(directory, &CreateDraftName::of(draft));
    write(&file, &serde_json::to_vec(draft)?)
}

/// All drafts, the newest first; what cannot be read is none, and stays. Blocks on the disk.
pub(super) fn read(directory: &Path) -> Vec<CreateDraft> {
    let Ok(entries) = std::fs::read_dir(directory.join(FOLDER)) else {
        return Vec::new();
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let of_creations = paths.filter(|path| path.to_string_lossy().ends_with(ENDING));
    let mut drafts: Vec<CreateDraft> = of_creations
        .filter_map(|path| serde_json::from_slice(&bytes(&path)?).ok())
        .collect();
    drafts.sort_by_key(|draft| std::cmp::Reverse(draft.at));
    drafts
}

/// Takes a draft away. Blocks on the disk.
pub(super) fn forget(directory: &Path, name: &CreateDraftName) {
    if let Err(error) = std::fs::remove_file(file(directory, name)) {
        tracing::debug!(%error, "there was no draft");
    }
}

/// Takes the drafts away of a Cluster that was created from this flavour: nothing more can come of them. `directory` is that of
/// the state. Blocks on the disk.
pub fn forget_created(directory: &Path, cluster: &ObjectKey, flavour: &str) {
    let drafts = read(directory).into_iter();
    for draft in drafts.filter(|draft| draft.is_for(cluster, flavour)) {
        forget(directory, &CreateDraftName::of(&draft));
    }
}

/// Takes the drafts away that nobody went on with for so long. Blocks on the disk.
pub(super) fn clear(directory: &Path, now: Timestamp, after: SignedDuration) {
    let drafts = read(directory).into_iter();
    for draft in drafts.filter(|draft| now.duration_since(draft.at) > after) {
        forget(directory, &CreateDraftName::of(&draft));
    }
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
    use fleetui_fleet::create::Flavour;

    use super::*;

    fn draft(id: &str, flavour: &str, name: &str) -> CreateDraft {
        CreateDraft {
            id: id.to_owned(),
            creation: None,
            flavour: Flavour::template(flavour, "a: ${B}"),
            management_cluster: ManagementCluster::new("lab"),
            answers: vec![("CLUSTER_NAME".to_owned(), name.to_owned())],
            text: None,
            edited: None,
            like: None,
            at: crate::sample::now(),
        }
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = read(directory)
            .iter()
            .map(|draft| format!("{} {}", draft.flavour.name, draft.answers[0].1))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn drafts_come_back_and_go_and_none_takes_the_place_of_another() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        assert_eq!(read(directory), []);
        keep(directory, &draft("1", "a", "x")).unwrap();
        keep(directory, &draft("2", "b/../c", "y")).unwrap();
        keep(directory, &draft("3", "a", "z")).unwrap();
        keep(directory, &draft("", "a", "old")).unwrap();
        assert_eq!(names(directory), ["a old", "a x", "a z", "b/../c y"]);
        // Another answer is no other draft.
        keep(directory, &draft("3", "a", "zz")).unwrap();
        assert_eq!(names(directory), ["a old", "a x", "a zz", "b/../c y"]);
        for gone in [draft("", "a", ""), draft("1", "a", "")] {
            forget(directory, &CreateDraftName::of(&gone));
        }
        assert_eq!(names(directory), ["a zz", "b/../c y"]);
    }

    #[test]
    fn what_is_created_needs_no_draft_any_more() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        for draft in [
            draft("1", "a", "x"),
            draft("2", "b", "x"),
            draft("3", "a", "y"),
            draft("4", "a", "x"),
        ] {
            keep(directory, &draft).unwrap();
        }
        let cluster = ObjectKey::new(
            ManagementCluster::new("lab"),
            GroupKind::new("cluster.x-k8s.io", "Cluster"),
            ObjectName::new("default", "x"),
        );
        forget_created(directory, &cluster, "a");
        assert_eq!(names(directory), ["a y", "b x"]);
    }

    #[test]
    fn what_nobody_goes_on_with_goes_in_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let old = draft("1", "a", "old");
        let day = SignedDuration::from_hours(24);
        let new = CreateDraft {
            at: old.at + day,
            ..draft("2", "a", "new")
        };
        for draft in [&old, &new] {
            keep(directory, draft).unwrap();
        }
        clear(directory, old.at + day, day);
        assert_eq!(names(directory), ["a new", "a old"]);
        clear(directory, new.at + day, day);
        assert_eq!(names(directory), ["a new"]);
    }

    #[test]
    fn what_a_killed_program_was_writing_goes_with_the_next_draft() {
        let directory = tempfile::tempdir().unwrap();
        let mut gone = std::process::Command::new("true").spawn().unwrap();
        gone.wait().unwrap();
        keep(directory.path(), &draft("1", "a", "x")).unwrap();
        let folder = directory.path().join(FOLDER);
        let [left, other] =
            [gone.id(), std::process::id()].map(|process| folder.join(format!("b_2.{ENDING}.{process}")));
        for path in [&left, &other] {
            std::fs::write(path, "{").unwrap();
        }
        keep(directory.path(), &draft("1", "a", "y")).unwrap();
        assert!(!left.exists() && other.exists());
        assert_eq!(names(directory.path()), ["a y"]);
    }

    #[test]
    fn templates_are_read_from_files_and_directories_as_they_are_typed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_string_lossy().into_owned();
        std::fs::write(directory.path().join("mine.yaml"), "a: ${B}").unwrap();
        let told = |typed: &str| match template(typed) {
            Answer::Creating(creating) => match *creating {
                Creating::Template(flavour) => flavour.name,
                Creating::Templates(_, all) => all.into_iter().map(|(name, _)| name + " ").collect(),
                other => panic!("{other:?}"),
            },
            Answer::Failed(failure) => failure.message.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(told(&format!("{path}/mine.yaml")), "mine.yaml");
        assert_eq!(told(&path), "mine.yaml", "the only one");
        std::fs::write(directory.path().join("cluster-template-eks.yaml"), "a: ${B}").unwrap();
        for typed in [format!("{path} --flavor eks"), format!("{path} eks")] {
            assert_eq!(told(&typed), "cluster-template-eks.yaml");
        }
        assert_eq!(told(&path), "cluster-template-eks.yaml mine.yaml ");
        std::fs::write(directory.path().join("cluster-template.yaml"), "a: ${B}").unwrap();
        assert_eq!(told(&path), "cluster-template.yaml cluster-template-eks.yaml ");
        let of_file = told(&format!("{path}/mine.yaml eks"));
        assert!(
            of_file.ends_with("is no directory, so there is no flavor \"eks\" in it"),
            "{of_file}"
        );
        let none = told(&format!("{path} ha"));
        assert!(
            none.ends_with("cluster-template-ha.yaml; it has plain, eks"),
            "{none}"
        );
        assert!(
            told("/nowhere").contains("no file and no directory"),
            "{}",
            told("/nowhere")
        );
    }
}
