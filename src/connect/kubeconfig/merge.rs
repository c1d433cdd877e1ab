//! A fetched kubeconfig becomes a context of a person's own kubeconfig file: what else stands in the file stays as it is, fields
//! that nobody here knows with it; only comments are lost.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use fleetui_base::redact::Secret;
use fleetui_pki::write_private;
use serde_json::{Map, Value, json};

use super::KubeconfigFiles;
use crate::stored::Fetched;
use crate::targets::is_among;

/// The lists of a kubeconfig, with the key under which each entry has what it is.
const LISTS: [(&str, &str, &str); 3] = [
    ("contexts", "context", "context"),
    ("clusters", "cluster", "cluster"),
    ("users", "user", "user"),
];

/// Why a kubeconfig was not merged; then the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Something else has a name already.
    #[error("{} has a {entry} already, which is another one; name another context with --context-name, or take its place with --force", .file.display())]
    Clash {
        /// The file.
        file: PathBuf,
        /// `context a`, `user b`.
        entry: String,
    },
    /// The same, and another context uses it, which would lead elsewhere then.
    #[error("{} has a {entry} already, which its context {by} uses; name another context with --context-name", .file.display())]
    Used {
        /// The file.
        file: PathBuf,
        /// `cluster a`, `user b`.
        entry: String,
        /// The context.
        by: String,
    },
    /// The same in a file that is not written.
    #[error("{} has a context {context} already, which would not count any more; name another one with --context-name, or have this one count with --force", .file.display())]
    Elsewhere {
        /// The file.
        file: PathBuf,
        /// The context.
        context: String,
    },
    /// The context is the one that leads to the management cluster, which is not taken the place of.
    #[error("the context {context} of {} leads to the management cluster from which this kubeconfig is; name another one with --context-name", .file.display())]
    LeadsHere {
        /// The file.
        file: PathBuf,
        /// The context.
        context: String,
    },
    /// The file may be written by nobody, its owner among them.
    #[error("{} is write-protected; nothing is written", .0.display())]
    Protected(PathBuf),
    /// Neither the kubeconfig nor who asked has a name for the context.
    #[error("a context needs a name; give it one with --context-name")]
    Nameless,
    /// The file is no kubeconfig. What stands in it, which may be a key, is not quoted.
    #[error("{} cannot be read as a kubeconfig; nothing is written", .0.display())]
    Malformed(PathBuf),
    /// Somebody else is writing.
    #[error("{} is there: another program writes the kubeconfig; where none does, remove it", .0.display())]
    Locked(PathBuf),
    /// There is no file to write to.
    #[error("there is no file to merge into: neither KUBECONFIG nor HOME is set; name one with --kubeconfig")]
    NoFile,
    /// Reading or writing failed.
    #[error("{} cannot be written: {what}", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        what: String,
    },
}

/// The context through which a kubeconfig was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Through {
    /// Its name.
    pub context: String,
    /// The files that it is in.
    pub files: KubeconfigFiles,
}

impl Through {
    fn is(&self, context: &str, file: &Path) -> bool {
        self.context == context && is_among(file, self.files.paths())
    }
}

/// Where it was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The file.
    pub file: PathBuf,
    /// The name of the context.
    pub context: String,
    /// Whether the file said so already, so that nothing was written.
    pub was_there: bool,
}

/// Merges a fetched kubeconfig into the file that kubectl would write to: the one that is named, else the first that is there,
/// else the last of the list. Context, cluster and user are called `name`, where one is given. The file has mode 0600
/// afterwards, and is there whole or as it was. Which context is the current one is the person's own choice and stays as it is, none where
/// there is none. Blocks on the file system.
///
/// # Errors
/// Where an entry of the same name is another one and `force` does not say that it gives way, or is the one that the kubeconfig was
/// fetched `through`; where the file cannot or must not be written; where the context has no name.
pub fn merge(
    fetched: &Fetched,
    files: &KubeconfigFiles,
    name: Option<&str>,
    (force, through): (bool, Option<&Through>),
) -> Result<Merged, MergeError> {
    let paths = files.paths();
    let there = paths.iter().find(|path| path.exists());
    let named = there.or(paths.last()).ok_or(MergeError::NoFile)?;
    let context = name.unwrap_or(fetched.context());
    if context.is_empty() {
        return Err(MergeError::Nameless);
    }
    // Those come later, so that the new context counts and theirs does not any more.
    for other in paths.iter().filter(|path| *path != named && path.exists()) {
        let entries = read(other)?;
        let is_there = find(&entries, "contexts", context).is_some();
        if is_there && through.is_some_and(|through| through.is(context, other)) {
            return Err(MergeError::LeadsHere {
                file: other.clone(),
                context: context.to_owned(),
            });
        }
        if is_there && !force {
            return Err(MergeError::Elsewhere {
                file: other.clone(),
                context: context.to_owned(),
            });
        }
    }
    // A link is followed: it is the person's own, to where the file really is.
    let path = fs::canonicalize(named).unwrap_or_else(|_| named.clone());
    let failed = |error: io::Error| MergeError::Io {
        file: path.clone(),
        what: error.to_string(),
    };
    if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(directory).map_err(failed)?;
    }
    let _lock = Lock::take(&path)?;
    let before = read(&path)?;
    if through.is_some_and(|through| through.is(context, &path)) {
        return Err(MergeError::LeadsHere {
            file: path,
            context: context.to_owned(),
        });
    }
    let after = merged(before.clone(), fetched, name, force).map_err(|(entry, by)| {
        let file = path.clone();
        match by {
            Some(by) => MergeError::Used { file, entry, by },
            None => MergeError::Clash { file, entry },
        }
    })?;
    let was_there = after == before;
    if !was_there {
        // Its place could be taken by another file all the same, by who may write to the directory.
        if fs::metadata(&path).is_ok_and(|there| there.permissions().readonly()) {
            return Err(MergeError::Protected(path));
        }
        let text = serde_yaml::to_string(&Value::Object(after));
        let text = Secret::new(text.map_err(|_| MergeError::Malformed(path.clone()))?);
        write_private(&path, text.reveal().as_bytes()).map_err(|error| MergeError::Io {
            file: path.clone(),
            what: error.to_string(),
        })?;
    }
    Ok(Merged {
        file: path,
        context: context.to_owned(),
        was_there,
    })
}

/// The file that kubectl locks a kubeconfig with.
struct Lock(PathBuf);

impl Lock {
    fn take(path: &Path) -> Result<Self, MergeError> {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&lock)
        {
            Ok(_) => Ok(Self(lock)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(MergeError::Locked(lock)),
            Err(error) => Err(MergeError::Io {
                file: lock,
                what: error.to_string(),
            }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(%error, file = %self.0.display(), "the lock of a kubeconfig stays");
        }
    }
}

/// The fields of a kubeconfig; none where there is no file, or an empty one.
fn read(path: &Path) -> Result<Map<String, Value>, MergeError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Secret::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(error) => {
            return Err(MergeError::Io {
                file: path.to_owned(),
                what: error.to_string(),
            });
        }
    };
    let malformed = || MergeError::Malformed(path.to_owned());
    if text.reveal().trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_yaml::from_str(text.reveal()) {
        Ok(Value::Object(fields)) if is_whole(&fields) => Ok(fields),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) | Err(_) => Err(malformed()),
    }
}

/// Whether the lists are lists, as far as they are there.
fn is_whole(fields: &Map<String, Value>) -> bool {
    let is_list = |list: &str| fields.get(list).is_none_or(|it| it.is_array() || it.is_null());
    LISTS.iter().all(|(list, ..)| is_list(list))
}

/// The first context beside `own` that uses the cluster or the user of this name.
fn used<'a>(contexts: &'a Value, (key, name): (&str, &str), own: &str) -> Option<&'a str> {
    let mut others = contexts.as_array()?.iter();
    others.find_map(|entry| {
        let called = entry.get("name").and_then(Value::as_str).unwrap_or_default();
        let uses = entry.get("context")?.get(key)?.as_str()?;
        (called != own && uses == name).then_some(called)
    })
}

fn find<'a>(fields: &'a Map<String, Value>, list: &str, name: &str) -> Option<&'a Value> {
    let mut entries = fields.get(list)?.as_array()?.iter();
    entries.find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
}

/// The fields with one more context, its cluster and its user. Where one of them has the name of another one: which, and where another
/// context uses that one: which.
fn merged(
    mut fields: Map<String, Value>,
    fetched: &Fetched,
    name: Option<&str>,
    force: bool,
) -> Result<Map<String, Value>, (String, Option<String>)> {
    let mut context = fetched.context.reveal().clone();
    let mut called = |field: &str| -> String {
        let own = context.get(field).and_then(Value::as_str).unwrap_or_default();
        let (called, is_there) = (name.unwrap_or(own).to_owned(), !own.is_empty());
        if let (Some(fields), true) = (context.as_object_mut(), is_there) {
            fields.insert(field.to_owned(), called.as_str().into());
        }
        called
    };
    let (cluster, user) = (called("cluster"), called("user"));
    let parts = [
        (name.unwrap_or(fetched.context()).to_owned(), Some(context)),
        (cluster, Some(fetched.cluster.reveal().clone())),
        (user, fetched.user.as_ref().map(|user| user.reveal().clone())),
    ];
    let is_new = fields.is_empty();
    if is_new {
        fields.insert("apiVersion".to_owned(), "v1".into());
        fields.insert("kind".to_owned(), "Config".into());
    }
    let own = parts.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let contexts = fields.get("contexts").cloned().unwrap_or_default();
    for ((list, key, word), (name, part)) in LISTS.into_iter().zip(parts) {
        let Some(part) = part else { continue };
        let entry = json!({"name": name, key: part});
        let entries = fields.entry(list).or_insert_with(|| json!([]));
        if entries.is_null() {
            *entries = json!([]);
        }
        let Some(entries) = entries.as_array_mut() else {
            return Err((format!("{list} that is no list"), None));
        };
        let held = entries
            .iter_mut()
            .find(|entry| entry.get("name").and_then(Value::as_str) == Some(name.as_str()));
        match held {
            None => entries.push(entry),
            Some(held) if *held == entry => {}
            Some(_) if force && let Some(other) = used(&contexts, (key, &name), &own) => {
                return Err((format!("{word} {name}"), Some(other.to_owned())));
            }
            Some(held) if force => *held = entry,
            Some(_) => return Err((format!("{word} {name}"), None)),
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn fetched(token: &str) -> Fetched {
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: adm@w, contexts: [{{name: adm@w, context: {{cluster: w, user: adm}}}}], \
             clusters: [{{name: w, cluster: {{server: \"https://127.0.0.1:1\", tomorrow: 1}}}}], users: [{{name: adm, user: {{token: {token}}}}}]}}"
        );
        Fetched::read(&Secret::new(text)).unwrap()
    }

    const OWN: &str = "# mine\napiVersion: v1\nkind: Config\npreferences: {colors: true}\nextra: [yes, 'on', 1_000]\n\
        current-context: home\ncontexts: [{name: home, context: {cluster: h, user: h, namespace: x}}]\n\
        clusters: [{name: h, cluster: {server: 'https://h'}}]\nusers: [{name: h, user: {exec: {command: aws, later: true}}}]\n";

    fn files(path: &Path) -> KubeconfigFiles {
        KubeconfigFiles::Named(path.to_owned())
    }

    fn value(path: &Path) -> Value {
        serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn what_else_stands_in_the_file_stays_and_nobody_else_may_read_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        fs::write(&path, OWN).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let done = merge(&fetched("abc"), &files(&path), None, (false, None)).unwrap();
        assert_eq!((done.context.as_str(), done.was_there), ("adm@w", false));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let (mut before, after): (Value, Value) = (serde_yaml::from_str(OWN).unwrap(), value(&path));
        for (list, key, _) in LISTS {
            let more = after[list].as_array().unwrap();
            assert_eq!((more.len(), &more[0]), (2, &before[list][0]), "{list}");
            assert!(more[1][key].is_object());
            before[list] = after[list].clone();
        }
        assert_eq!(before, after, "the rest is as it was, the current context too");
        assert_eq!(after["clusters"][1]["cluster"]["tomorrow"], 1);
        // The same again changes nothing.
        assert!(
            merge(&fetched("abc"), &files(&path), None, (false, None))
                .unwrap()
                .was_there
        );
        assert!(!home.path().join("config.lock").exists());
    }

    #[test]
    fn a_clash_is_named_and_changes_nothing_unless_it_is_forced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        merge(&fetched("abc"), &files(&path), None, (false, None)).unwrap();
        assert_eq!(
            value(&path)["current-context"],
            Value::Null,
            "which one is current is the person's own choice"
        );
        let before = fs::read_to_string(&path).unwrap();
        let refused = merge(&fetched("s3cr3t"), &files(&path), None, (false, None))
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("user adm") && refused.contains("--force"),
            "{refused}"
        );
        assert!(!refused.contains("s3cr3t"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
        // What another context uses is not turned around under it, whatever is forced.
        let text = fs::read_to_string(&path).unwrap();
        let mine = text.replace("- name: adm@w", "- name: mine");
        assert_ne!(mine, text);
        fs::write(&path, &mine).unwrap();
        let used = merge(&fetched("s3cr3t"), &files(&path), None, (true, None)).unwrap_err();
        assert!(
            matches!(&used, MergeError::Used { by, .. } if by == "mine"),
            "{used}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), mine);
        fs::write(&path, &text).unwrap();
        let named = merge(&fetched("s3cr3t"), &files(&path), Some("lab"), (false, None)).unwrap();
        assert_eq!(named.context, "lab");
        let lab = value(&path);
        assert_eq!(
            lab["contexts"][1],
            json!({"name": "lab", "context": {"cluster": "lab", "user": "lab"}})
        );
        assert_eq!(
            lab["users"][1],
            json!({"name": "lab", "user": {"token": "s3cr3t"}})
        );
        merge(&fetched("s3cr3t"), &files(&path), None, (true, None)).unwrap();
        assert_eq!(value(&path)["users"][0]["user"]["token"], "s3cr3t");
    }

    #[test]
    fn the_way_to_the_management_cluster_and_a_protected_file_stay_and_a_context_has_a_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        let text = "contexts: [{name: mgmt, context: {cluster: mgmt, user: me}}]\ncurrent-context: mgmt\n";
        fs::write(&path, text).unwrap();
        let through = Through {
            context: "mgmt".to_owned(),
            files: files(&path),
        };
        let told = |name: &str| {
            let refused = merge(&fetched("abc"), &files(&path), Some(name), (true, Some(&through)));
            assert_eq!(fs::read_to_string(&path).unwrap(), text, "{name}");
            refused.unwrap_err().to_string()
        };
        assert!(told("mgmt").contains("leads to the management cluster"));
        assert!(told("").contains("needs a name"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(told("lab").ends_with("config is write-protected; nothing is written"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        merge(
            &fetched("abc"),
            &files(&path),
            Some("lab"),
            (true, Some(&through)),
        )
        .unwrap();
        let elsewhere = home.path().join("other");
        let elsewhere = merge(
            &fetched("abc"),
            &files(&elsewhere),
            Some("mgmt"),
            (true, Some(&through)),
        );
        elsewhere.expect("a context of that name in another file is another one");
    }

    #[test]
    fn it_goes_where_kubectl_would_write() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        let list = |names: &[&str]| KubeconfigFiles::List(names.iter().map(|name| at(name)).collect());
        let made = merge(&fetched("abc"), &list(&["a", "new/b"]), None, (false, None)).unwrap();
        assert_eq!(made.file, at("new/b"));
        assert_eq!(
            fs::metadata(at("new")).unwrap().permissions().mode() & 0o777,
            0o700
        );
        fs::write(at("a"), OWN).unwrap();
        // It stands in another file of the list already, where it would not count any more.
        let refused = merge(&fetched("abc"), &list(&["a", "new/b"]), None, (false, None));
        assert!(
            matches!(refused, Err(MergeError::Elsewhere { .. })),
            "{refused:?}"
        );
        let made = merge(&fetched("abc"), &list(&["a", "new/b"]), Some("c"), (false, None)).unwrap();
        assert_eq!(made.file, at("a"));
        assert!(matches!(
            merge(&fetched("abc"), &list(&[]), None, (false, None)),
            Err(MergeError::NoFile)
        ));
        // A link of the person's own is followed, and stays one.
        std::os::unix::fs::symlink(at("new/b"), at("link")).unwrap();
        let made = merge(&fetched("abc"), &files(&at("link")), Some("d"), (false, None)).unwrap();
        assert_eq!(made.file, fs::canonicalize(at("new/b")).unwrap());
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    }

    #[test]
    fn what_is_no_kubeconfig_or_is_being_written_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        for text in ["[1, 2]", "users: {token: s3cret}", "a: [s3cret"] {
            fs::write(&path, text).unwrap();
            let refused = merge(&fetched("abc"), &files(&path), None, (true, None))
                .unwrap_err()
                .to_string();
            assert!(
                refused.contains("config") && !refused.contains("s3cret"),
                "{refused}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::write(&path, "").unwrap();
        fs::write(home.path().join("config.lock"), "").unwrap();
        let refused = merge(&fetched("abc"), &files(&path), None, (true, None));
        assert!(matches!(refused, Err(MergeError::Locked(_))), "{refused:?}");
        assert!(home.path().join("config.lock").exists(), "the lock of another");
    }
}
