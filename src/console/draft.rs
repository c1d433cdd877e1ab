//! A draft: the text of an object that is being edited and what it was made of, kept so that neither a conflict nor a crash loses it.
//!
//! Must not know: files.

use std::fmt::Write as _;

use compact_str::CompactString;
use fleetui_api::secret_fields::is_secret;
use fleetui_base::{ManagementCluster, ObjectKey};
use fleetui_fleet::create::CreateDraft;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::yaml::Places;
use crate::yaml::position::split_key;

/// A draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The object.
    pub key: ObjectKey,
    /// Its uid: a draft is of one life of the name.
    pub uid: CompactString,
    /// The resourceVersion of what it was made of.
    pub resource_version: CompactString,
    /// When it was kept.
    pub at: Timestamp,
    /// What it was made of, secrets hidden.
    pub base: Value,
    /// The text.
    #[serde(skip)]
    pub text: String,
}

/// What is to be done with the draft of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Drafting {
    /// It is read, where there is one.
    Read,
    /// It is kept.
    Keep(Box<Draft>),
    /// It is not needed any more.
    Drop,
    /// It is given to the person's own editor, and read again behind that.
    Outside(Box<Draft>),
}

/// What is to be done with drafts of creations.
#[derive(Debug, Clone, PartialEq)]
pub enum CreateDrafting {
    /// All are read.
    Read,
    /// One is kept, in the place of what it was before.
    Keep(Box<CreateDraft>),
    /// One is not needed any more.
    Drop(CreateDraftName),
    /// None is needed any more of this Cluster from this flavour, as it was created.
    Created(ObjectKey, String),
}

/// What tells one draft of a creation from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDraftName {
    management_cluster: ManagementCluster,
    flavour: String,
    id: String,
}

impl CreateDraftName {
    /// That of a draft.
    pub fn of(draft: &CreateDraft) -> Self {
        Self {
            management_cluster: draft.management_cluster.clone(),
            flavour: draft.flavour.name.clone(),
            id: draft.id.clone(),
        }
    }

    /// How its file is called. Drafts without an identity, which an earlier version kept, have one for each management cluster
    /// and flavour.
    pub fn file_stem(&self) -> String {
        if self.id.is_empty() {
            stem([self.management_cluster.as_str(), &self.flavour].into_iter())
        } else {
            stem([self.flavour.as_str(), &self.id].into_iter())
        }
    }
}

impl Draft {
    /// How its file is called: what stands in names and no file likes is written by its number.
    pub fn file_stem(key: &ObjectKey, uid: &str) -> String {
        let parts = [
            key.management_cluster.as_str(),
            &key.object.namespace,
            &key.kind.kind,
            &key.object.name,
            uid,
        ];
        stem(parts.into_iter())
    }

    /// The first line of its file.
    pub fn head(&self) -> String {
        format!(
            "# fleetui: {}, uid {}, as it was read at resourceVersion {}",
            self.key, self.uid, self.resource_version
        )
        .replace(['\n', '\r'], " ")
    }
}

/// Parts of a name as one of a file.
fn stem<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut stem = String::new();
    for (index, part) in parts.enumerate() {
        if index > 0 {
            stem.push('_');
        }
        for character in part.chars() {
            if character.is_ascii_alphanumeric() || matches!(character, '-' | '.') {
                stem.push(character);
            } else {
                // Nobody sees an error of writing to a String.
                let _ = write!(stem, "%{:x}", u32::from(character));
            }
        }
    }
    // Management clusters may have names of any length, and file systems end at 255.
    stem.chars()
        .rev()
        .take(200)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect()
}

/// The text with what may be a secret taken out: what the object has there stands there again.
pub fn without_secrets(text: &str, base: &Value) -> String {
    let places = Places::of(text.lines());
    let mut kept = String::with_capacity(text.len());
    let mut hiding: Option<&str> = None;
    for (number, line) in text.lines().enumerate() {
        let pointer = places.pointer(number);
        if hiding == Some(pointer) {
            continue;
        }
        hiding = None;
        let name = pointer.rsplit('/').next().unwrap_or_default();
        let inner = line.trim_start_matches([' ', '-']);
        let value = split_key(inner).map(|(_, value)| value);
        match value
            .filter(|value| is_secret(name) && !value.trim().is_empty() && places.line_of(pointer) == number)
        {
            Some(value) => {
                hiding = Some(pointer);
                let (before, _) = line
                    .split_at_checked(line.len() - value.len())
                    .unwrap_or((line, ""));
                kept.push_str(before);
                let hidden = base.pointer(pointer).and_then(Value::as_str);
                // It begins as an alias of YAML would.
                let _ = write!(kept, " \"{}\"", hidden.unwrap_or("*** (0 bytes)"));
            }
            None => kept.push_str(line),
        }
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_draft_holds_no_secret() {
        let base = json!({"spec": {"files": [{"path": "/a", "content": "*** (3 bytes)"}], "token": "*** (5 bytes)"}});
        let text = "spec:\n  token: abcdef\n  files:\n  - content: |\n      secret\n      key: more\n    path: /a\n  - path: /b\n    content: \"one\n      two\"\n    owner: root\n";
        assert_eq!(
            without_secrets(text, &base),
            "spec:\n  token: \"*** (5 bytes)\"\n  files:\n  - content: \"*** (3 bytes)\"\n    path: /a\n  - path: /b\n    content: \"*** (0 bytes)\"\n    owner: root\n"
        );
        let plain = "spec:\n  replicas: 3\n  token: \"*** (5 bytes)\"\n";
        assert_eq!(without_secrets(plain, &base), plain);
        assert!(serde_yaml::from_str::<Value>(&without_secrets(text, &base)).is_ok());
    }

    #[test]
    fn every_object_has_a_file_of_its_own() {
        let stem = |cluster: &str, name: &str| {
            let key = ObjectKey::new(
                ManagementCluster::new(cluster),
                GroupKind::new("g", "Machine"),
                ObjectName::new("default", name),
            );
            Draft::file_stem(&key, "u-1")
        };
        assert_eq!(stem("mgmt", "a"), "mgmt_default_Machine_a_u-1");
        assert_eq!(stem("../x/y", "a"), "..%2fx%2fy_default_Machine_a_u-1");
        assert_ne!(stem("a_b", "c"), stem("a", "b_c"));
        assert!(stem(&"x".repeat(400), "a").len() <= 200);
    }
}
