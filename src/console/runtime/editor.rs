//! The person's own editor: it gets the terminal and the file of a draft, and what it made of that is the draft.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use fleetui_base::Shown;

use super::drafts;
use crate::draft::Draft;
use crate::effect::{Answer, Failure, FailureKind};

/// What is started where the person has named none.
const USUAL: &str = "vi";

/// The editor that the person has named, as a shell takes it: it may have arguments.
pub(super) fn named(variable: impl Fn(&str) -> Option<OsString>) -> OsString {
    ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(variable)
        .find(|editor| !editor.is_empty())
        .unwrap_or_else(|| USUAL.into())
}

/// Lets the person edit the file. A draft that was not changed is none; an editor that fails changes nothing.
pub(super) async fn edit(editor: OsString, directory: &Path, draft: Draft) -> Answer {
    let path = match drafts::keep(directory, &draft) {
        Ok(path) => path,
        Err(error) => {
            return failed(&format!(
                "the draft cannot be written below {}: {error}",
                directory.display()
            ));
        }
    };
    let mut line = editor.clone();
    line.push(" \"$@\"");
    let status = tokio::process::Command::new("sh")
        .arg("-c")
        .arg(line)
        .arg(&editor)
        .arg(&path)
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit())
        // Whoever ends this program ends what it has lent the terminal to.
        .kill_on_drop(true)
        .status()
        .await;
    let editor = editor.to_string_lossy();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => {
            restore(directory, &draft);
            return failed(&format!("{editor} ended with {status}; nothing is changed"));
        }
        Err(error) => return failed(&format!("{editor} could not be started: {error}")),
    }
    match drafts::text_of(&path) {
        Some(text) if text == draft.text => {
            drafts::forget(directory, &draft.key, &draft.uid);
            Answer::Draft(None)
        }
        Some(text) => Answer::Draft(Some(Box::new(Draft { text, ..draft }))),
        None => failed(&format!(
            "what {editor} made of {} cannot be read",
            path.display()
        )),
    }
}

/// The draft is again what it was before an editor that failed.
fn restore(directory: &Path, draft: &Draft) {
    if let Err(error) = drafts::keep(directory, draft) {
        tracing::warn!(%error, "the draft could not be written again");
    }
}

fn failed(message: &str) -> Answer {
    Answer::Failed(Failure {
        kind: FailureKind::Refused,
        message: Shown::line(message),
    })
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
    use serde_json::json;

    use super::*;

    fn draft() -> Draft {
        Draft {
            key: fleetui_base::ObjectKey::new(
                ManagementCluster::new("lab"),
                GroupKind::new("cluster.x-k8s.io", "Machine"),
                ObjectName::new("default", "a b"),
            ),
            uid: "u-1".into(),
            resource_version: "7".into(),
            at: crate::sample::now(),
            base: json!({}),
            text: "spec:\n  replicas: 3\n".to_owned(),
        }
    }

    async fn edited(editor: &str) -> (Answer, Option<String>) {
        let directory = tempfile::tempdir().unwrap();
        let answer = edit(editor.into(), directory.path(), draft()).await;
        let left = drafts::read(directory.path(), &draft().key, "u-1");
        (answer, left.map(|draft| draft.text))
    }

    #[tokio::test]
    async fn what_the_editor_makes_of_it_is_the_draft() {
        let (answer, left) = edited("sed -i -e s/3/5/").await;
        let Answer::Draft(Some(made)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(made.text, "spec:\n  replicas: 5\n");
        assert_eq!(left, Some(made.text));
    }

    #[tokio::test]
    async fn an_editor_that_changes_nothing_or_fails_changes_nothing() {
        assert_eq!(edited("true").await, (Answer::Draft(None), None));
        for editor in ["false", "sed -i s/3/5/ \"$1\"; false", "no-such-editor-at-all"] {
            let (answer, left) = edited(editor).await;
            assert!(matches!(answer, Answer::Failed(_)), "{editor}: {answer:?}");
            assert_eq!(left, Some(draft().text), "{editor}");
        }
    }

    #[test]
    fn the_editor_is_the_one_that_is_named_first() {
        let of = |visual: Option<&str>, editor: Option<&str>| {
            named(|name| match name {
                "VISUAL" => visual.map(Into::into),
                _ => editor.map(Into::into),
            })
        };
        assert_eq!(of(Some("emacs -nw"), Some("ed")), "emacs -nw");
        assert_eq!(of(Some(""), Some("ed")), "ed");
        assert_eq!(of(None, None), "vi");
    }
}
