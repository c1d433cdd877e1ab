//! What a write of one manager does to an object's `managedFields`, as upstream chains it: updates are recorded when they
//! change something, applies are merged, and what belongs to nobody is left out.

use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fields::{FieldSet, shown};
use super::managed::{Managed, Operation, Owner, is_reset};
use super::owners::{Clash, OneVersion, Owners, Versions, cap};
use super::typed::TypeTable;
use super::walk::{check, compare, fields_of};
use crate::object::{metadata, metadata_text, set_metadata};

/// Who owns the fields of an object that was written before anybody was recorded.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// The manager of kubectl's own applies, for which the annotation of client-side apply is looked at.
const KUBECTL: &str = "kubectl";

/// What kubectl's client-side apply leaves in an object.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The most bytes of all annotations together.
const ANNOTATIONS: usize = 256 * 1024;

/// Fields that nobody owns.
static NOBODYS: LazyLock<FieldSet> = LazyLock::new(|| {
    FieldSet::of_names(&[
        &["apiVersion"],
        &["kind"],
        &["metadata"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "creationTimestamp"],
        &["metadata", "deletionTimestamp"],
        &["metadata", "deletionGracePeriodSeconds"],
        &["metadata", "selfLink"],
        &["metadata", "uid"],
        &["metadata", "clusterName"],
        &["metadata", "generation"],
        &["metadata", "managedFields"],
        &["metadata", "resourceVersion"],
    ])
});

/// What an update may leave out and keeps all the same.
static KEPT: LazyLock<FieldSet> = LazyLock::new(|| FieldSet::of_names(&[&["metadata", "generateName"]]));

static NO_RESET: LazyLock<FieldSet> = LazyLock::new(FieldSet::default);

/// One manager's write of a kind in a version.
pub(crate) struct Tracker<'a> {
    /// Its name.
    pub(crate) manager: &'a str,
    /// The subresource through which it writes; empty for none.
    pub(crate) subresource: &'a str,
    /// The time.
    pub(crate) now: Timestamp,
    owners: Owners<'a>,
}

/// A field that another manager owns with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The manager, as upstream tells of it.
    pub(crate) manager: String,
    /// The field's path.
    pub(crate) field: String,
}

/// Why nothing was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApplyError {
    /// The configuration may not be.
    Request(String),
    /// Others own some of its fields; never empty.
    Conflicts(Vec<Conflict>),
    /// Upstream has no better answer than that it failed.
    Failed(String),
}

impl<'a> Tracker<'a> {
    /// A write of `manager`, in the only version of a kind.
    pub(crate) fn new(
        (types, api_version): (&'a TypeTable, &'a str),
        (manager, subresource): (&'a str, &'a str),
        now: Timestamp,
    ) -> Self {
        Self {
            manager: if manager.is_empty() { "unknown" } else { manager },
            subresource,
            now,
            owners: Owners {
                types,
                api_version,
                versions: &OneVersion,
                reset: &NO_RESET,
            },
        }
    }

    /// Leaves out what this kind of write sets back.
    #[must_use]
    pub(crate) fn resetting(mut self, reset: &'a FieldSet) -> Self {
        self.owners.reset = reset;
        self
    }

    /// Follows entries that are told in other versions.
    #[must_use]
    pub(crate) fn with_versions(mut self, versions: &'a dyn Versions) -> Self {
        self.owners.versions = versions;
        self
    }

    /// The `managedFields` of `new`, which replaces `old` by an update or is created where there is no old one. `given` are
    /// those that the client sent along: it may edit the book, but not through a subresource.
    pub(crate) fn updated(&self, old: Option<&Value>, new: &Value, given: Option<&Value>) -> Option<Value> {
        let recorded = old.and_then(|old| metadata(old, "managedFields"));
        let mut given = given.filter(|_| self.subresource.is_empty());
        if given.is_some_and(is_reset) {
            if old.is_some() {
                return None;
            }
            given = None;
        }
        let book = given.and_then(|given| {
            if Some(given) == recorded {
                return None;
            }
            Managed::read(given).ok().filter(|book| !book.is_empty())
        });
        // Who does not know the book, or does not change it, sends it as it was or not at all.
        let edited = book.is_some();
        if old.is_some() && !edited && recorded.is_none_or(is_reset) {
            return None;
        }
        let before = old.unwrap_or_else(|| self.owners.types.empty());
        let comparison = {
            let mut comparison = self.owners.compare(before, new);
            comparison.removed.subtract(&NOBODYS);
            comparison.removed.subtract(&KEPT);
            comparison.modified.subtract(&NOBODYS);
            comparison.added.subtract(&NOBODYS);
            comparison
        };
        if comparison.is_empty() && !edited {
            return recorded.cloned();
        }
        let mut book = book.or_else(|| Managed::read(recorded?).ok()).unwrap_or_default();
        if old.is_some() && book.is_empty() {
            return None;
        }
        self.owners.reconcile(&mut book);
        let states = (before, new);
        // An update takes what it wants.
        let _ = self.owners.take(&mut book, states, &comparison, (None, true));
        let writer = self.owner(Operation::Update);
        if self.owners.give(&mut book, &writer, comparison.set()) {
            self.stamp(&mut book, &writer);
        }
        cap(&mut book);
        book.to_value()
    }

    /// The object after a configuration is applied to it, or to nothing, with its `managedFields`.
    pub(crate) fn applied(
        &self,
        live: Option<&Value>,
        config: &Value,
        force: bool,
    ) -> Result<Value, ApplyError> {
        self.check(config)?;
        let nothing = json!({"apiVersion": config.get("apiVersion"), "kind": config.get("kind")});
        let live = live.unwrap_or(&nothing);
        let recorded = metadata(live, "managedFields").cloned();
        let mut book = Managed::read(recorded.as_ref().unwrap_or(&Value::Null))
            .map_err(|error| ApplyError::Failed(format!("failed to decode managed fields: {error}")))?;
        let mut live = live.clone();
        set_metadata_if_there(&mut live, "managedFields");
        if book.is_empty() {
            self.record_before_first_apply(&mut book, &live);
        }
        let applier = self.owner(Operation::Apply);
        let (new, mut book) = self.merge(book, (&live, config), (&applier, force))?;
        if let Some(entry) = book.of_mut(&applier) {
            entry.edit(|fields| fields.subtract(&NOBODYS));
        }
        book.drop_empty();
        if new.is_some() {
            self.stamp(&mut book, &applier);
        }
        let mut object = new.unwrap_or(live);
        if self.manager == KUBECTL {
            renew_last_applied(&mut object, config);
        }
        if let Some(managed) = book.to_value() {
            set_metadata(&mut object, "managedFields", Some(managed));
        }
        Ok(object)
    }

    /// Merges; where kubectl clashes with what its own client-side apply left, the clash is its own and is overlooked.
    fn merge<'b>(
        &self,
        book: Managed<'b>,
        (live, config): (&Value, &Value),
        (applier, force): (&Owner, bool),
    ) -> Result<(Option<Value>, Managed<'b>), ApplyError> {
        let mut tried = book.clone();
        let clashes = match self.owners.apply(&mut tried, live, config, (applier, force)) {
            Ok(new) => return Ok((new, tried)),
            Err(clashes) => clashes,
        };
        let allowed = (self.manager == KUBECTL)
            .then(|| self.last_applied(live))
            .flatten();
        let Some(allowed) = allowed else {
            return Err(conflicts(clashes));
        };
        let left: Vec<Clash> = clashes
            .into_iter()
            .filter(|clash| !allowed.contains(&clash.path))
            .collect();
        if !left.is_empty() {
            return Err(conflicts(left));
        }
        let mut book = book;
        let new = self
            .owners
            .apply(&mut book, live, config, (applier, true))
            .map_err(conflicts)?;
        Ok((new, book))
    }

    fn owner(&self, operation: Operation) -> Owner {
        Owner::new(self.manager, operation, self.owners.api_version, self.subresource)
    }

    fn stamp(&self, book: &mut Managed<'_>, owner: &Owner) {
        if let Some(entry) = book.of_mut(owner) {
            entry.time = Some(self.now);
        }
    }

    fn check(&self, config: &Value) -> Result<(), ApplyError> {
        let api_version = config
            .get("apiVersion")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if api_version != self.owners.api_version {
            return Err(ApplyError::Request(format!(
                "Incorrect version specified in apply patch. Specified patch version: {api_version}, expected: {}",
                self.owners.api_version
            )));
        }
        if metadata(config, "managedFields").is_some_and(|managed| !managed.is_null()) {
            return Err(ApplyError::Request(
                "metadata.managedFields must be nil".to_owned(),
            ));
        }
        let flaws = check(config, self.owners.types.root());
        if flaws.is_empty() {
            return Ok(());
        }
        let message = format!("failed to create typed patch object ({}): {flaws}", named(config));
        Err(ApplyError::Failed(message))
    }

    fn record_before_first_apply(&self, book: &mut Managed<'_>, live: &Value) {
        let comparison = self.owners.compare(self.owners.types.empty(), live);
        let mut set = comparison.set();
        set.subtract(&NOBODYS);
        let writer = Owner::new(
            BEFORE_FIRST_APPLY,
            Operation::Update,
            self.owners.api_version,
            self.subresource,
        );
        if self.owners.give(book, &writer, set) {
            self.stamp(book, &writer);
        }
    }

    /// The fields that client-side apply set last and that are still so.
    fn last_applied(&self, live: &Value) -> Option<FieldSet> {
        let text = metadata(live, "annotations")?.get(LAST_APPLIED)?.as_str()?;
        let last: Value = serde_json::from_str(text).ok()?;
        let root = self.owners.types.root();
        let good = |object: &Value| check(object, root).is_empty();
        if metadata_version(&last) != self.owners.api_version || !good(&last) || !good(live) {
            return None;
        }
        let comparison = compare(&last, live, root);
        let mut fields = fields_of(&last, root);
        fields.subtract(&comparison.modified);
        fields.subtract(&comparison.added);
        fields.subtract(&comparison.removed);
        Some(fields)
    }
}

fn metadata_version(object: &Value) -> &str {
    object
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn set_metadata_if_there(object: &mut Value, field: &str) {
    if metadata(object, field).is_some() {
        set_metadata(object, field, None);
    }
}

/// `namespace/name; group/version, Kind=Kind`.
fn named(object: &Value) -> String {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    let version = metadata_version(object);
    let version = if version.contains('/') {
        version.to_owned()
    } else {
        format!("/{version}")
    };
    format!(
        "{}/{}; {version}, Kind={kind}",
        metadata_text(object, "namespace"),
        metadata_text(object, "name"),
    )
}

fn conflicts(clashes: Vec<Clash>) -> ApplyError {
    ApplyError::Conflicts(
        clashes
            .into_iter()
            .map(|clash| Conflict {
                manager: clash.owner.shown(),
                field: shown(&clash.path),
            })
            .collect(),
    )
}

/// Keeps the annotation of client-side apply true, so that who goes back to it finds what was applied.
fn renew_last_applied(object: &mut Value, config: &Value) {
    let old = metadata(object, "annotations").and_then(|annotations| annotations.get(LAST_APPLIED));
    if old.and_then(Value::as_str).is_none_or(str::is_empty) {
        return;
    }
    let mut applied = config.clone();
    if let Some(annotations) = applied
        .pointer_mut("/metadata/annotations")
        .and_then(Value::as_object_mut)
    {
        annotations.shift_remove(LAST_APPLIED);
    }
    let text = canonical(&applied).to_string();
    // Go writes these so wherever they stand, which is in texts alone.
    let text = text
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    let text = format!("{text}\n");
    let Some(annotations) = object
        .pointer_mut("/metadata/annotations")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    annotations.insert(LAST_APPLIED.to_owned(), Value::String(text));
    let length: usize = annotations
        .iter()
        .map(|(name, value)| name.len() + value.as_str().map_or(0, str::len))
        .sum();
    if length > ANNOTATIONS {
        annotations.shift_remove(LAST_APPLIED);
    }
}

/// JSON with the fields of maps sorted, as Go writes them.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            Value::Object(
                sorted
                    .into_iter()
                    .map(|(name, value)| (name.clone(), canonical(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conflicts = match self {
            Self::Request(message) | Self::Failed(message) => return f.write_str(message),
            Self::Conflicts(conflicts) => conflicts,
        };
        if let [one] = conflicts.as_slice() {
            return write!(
                f,
                "Apply failed with 1 conflict: conflict with {}: {}",
                one.manager, one.field
            );
        }
        write!(f, "Apply failed with {} conflicts: ", conflicts.len())?;
        let mut manager = None;
        let mut lines = Vec::new();
        for conflict in conflicts {
            if manager != Some(&conflict.manager) {
                manager = Some(&conflict.manager);
                lines.push(format!("conflicts with {}:", conflict.manager));
            }
            lines.push(format!("- {}", conflict.field));
        }
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests;
