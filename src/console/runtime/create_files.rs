//! The files of the creation of a cluster: templates that the person names, and drafts.

use std::io;
use std::path::{Path, PathBuf};

use fleetui_base::{ManagementCluster, Shown};
use fleetui_fleet::create::{CreateDraft, Flavour};

use super::drafts::{FOLDER, bytes, write};
use super::kept::make;
use crate::draft::create_stem;
use crate::effect::{Answer, Creating, Failure, FailureKind};

/// How files of drafts end.
const ENDING: &str = "create.json";
/// What is longer is no template.
const LONGEST: u64 = 4 << 20;

/// A template from a file, or why there is none. Blocks on the disk.
pub(super) fn template(file: &str) -> Answer {
    let path = Path::new(file);
    let read = || -> io::Result<String> {
        if std::fs::metadata(path)?.len() > LONGEST {
            return Err(io::Error::other(format!(
                "it is longer than {} MiB",
                LONGEST >> 20
            )));
        }
        std::fs::read_to_string(path)
    };
    match read() {
        Ok(text) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let flavour = Flavour::template(name.as_deref().unwrap_or(file), &text);
            Answer::Creating(Box::new(Creating::Template(flavour)))
        }
        Err(error) => Answer::Failed(Failure {
            kind: FailureKind::Refused,
            message: Shown::line(&format!(
                "{file} is no flavour here and no template that can be read: {error}"
            )),
        }),
    }
}

/// Drafts as an answer.
pub(super) fn drafts(drafts: Vec<CreateDraft>) -> Answer {
    Answer::Creating(Box::new(Creating::Drafts(drafts)))
}

fn file(directory: &Path, management_cluster: &ManagementCluster, flavour: &str) -> PathBuf {
    let stem = create_stem(management_cluster, flavour);
    directory.join(FOLDER).join(format!("{stem}.{ENDING}"))
}

/// Keeps a draft. Blocks on the disk.
pub(super) fn keep(directory: &Path, draft: &CreateDraft) -> io::Result<()> {
    make(&directory.join(FOLDER))?;
    let file = file(directory, &draft.management_cluster, &draft.flavour.name);
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
pub(super) fn forget(directory: &Path, management_cluster: &ManagementCluster, flavour: &str) {
    if let Err(error) = std::fs::remove_file(file(directory, management_cluster, flavour)) {
        tracing::debug!(%error, "there was no draft");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_come_back_and_go() {
        let directory = tempfile::tempdir().unwrap();
        let draft = |flavour: &str, name: &str| CreateDraft {
            flavour: Flavour::template(flavour, "a"),
            management_cluster: ManagementCluster::new("lab"),
            answers: vec![("CLUSTER_NAME".to_owned(), name.to_owned())],
            text: None,
            at: crate::sample::now(),
        };
        assert_eq!(read(directory.path()), []);
        keep(directory.path(), &draft("a", "x")).unwrap();
        keep(directory.path(), &draft("b/../c", "y")).unwrap();
        keep(directory.path(), &draft("a", "z")).unwrap();
        assert_eq!(read(directory.path()).len(), 2, "one of each flavour");
        forget(directory.path(), &ManagementCluster::new("lab"), "a");
        assert_eq!(read(directory.path()), [draft("b/../c", "y")]);
    }

    #[test]
    fn templates_are_read_from_files() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mine.yaml");
        std::fs::write(&path, "a: ${B}").unwrap();
        match template(&path.to_string_lossy()) {
            Answer::Creating(creating) => assert_eq!(
                *creating,
                Creating::Template(Flavour::template("mine.yaml", "a: ${B}"))
            ),
            other => panic!("{other:?}"),
        }
        assert!(matches!(template("/nowhere"), Answer::Failed(_)));
    }
}
