//! What a write does to the book of owners and, where it is an apply, to the object: conflicts, taking over, giving up.

use compact_str::CompactString;
use serde_json::Value;

use super::element::PathElement;
use super::fields::FieldSet;
use super::managed::{Entry, Managed, Operation, Owner};
use super::typed::{TypeRef, TypeTable};
use super::walk::{Comparison, compare, fields_of, merge, name_fields, reconcile, remove};

/// A field that another one owns with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    /// Who owns it.
    pub(crate) owner: Owner,
    /// The field.
    pub(crate) path: Vec<PathElement>,
}

/// Objects in other versions, for entries that are told in them.
pub(crate) trait Versions {
    /// The types of a version of this kind; none where it is not served.
    fn types(&self, api_version: &str) -> Option<&TypeTable>;

    /// An object of the version that is written, in another one; none where it cannot be converted.
    fn to_version(&self, object: &Value, api_version: &str) -> Option<Value>;

    /// An object of another version in the one that is written.
    fn back(&self, object: &Value, api_version: &str) -> Option<Value>;
}

/// A kind of which there is one version. Entries in others stay as they are.
pub(crate) struct OneVersion;

impl Versions for OneVersion {
    fn types(&self, _: &str) -> Option<&TypeTable> {
        None
    }

    fn to_version(&self, _: &Value, _: &str) -> Option<Value> {
        None
    }

    fn back(&self, _: &Value, _: &str) -> Option<Value> {
        None
    }
}

/// What a write changes, told in one version.
struct Change {
    api_version: CompactString,
    set: FieldSet,
    removed: FieldSet,
}

impl Change {
    fn of(api_version: &str, comparison: &Comparison) -> Self {
        Self {
            api_version: api_version.into(),
            set: comparison.set(),
            removed: comparison.removed.clone(),
        }
    }
}

/// What stays the same for all writes of a kind in a version.
pub(crate) struct Owners<'a> {
    /// The types of the version.
    pub(crate) types: &'a TypeTable,
    /// The version.
    pub(crate) api_version: &'a str,
    /// The other ones.
    pub(crate) versions: &'a dyn Versions,
    /// Fields that this kind of write sets back, and which nobody owns by it.
    pub(crate) reset: &'a FieldSet,
}

impl Owners<'_> {
    fn root(&self) -> TypeRef<'_> {
        self.types.root()
    }

    /// Compares two states as far as writers are asked.
    pub(crate) fn compare(&self, old: &Value, new: &Value) -> Comparison {
        let mut comparison = compare(old, new, self.root());
        comparison.without(self.reset);
        comparison
    }

    /// Follows changes of the schema.
    pub(crate) fn reconcile(&self, book: &mut Managed<'_>) {
        for entry in book.entries_mut() {
            let types = if entry.api_version == self.api_version {
                Some(self.types)
            } else {
                self.versions.types(&entry.api_version)
            };
            if let Some(types) = types {
                entry.edit(|fields| reconcile(fields, types.root()));
            }
        }
    }

    /// What the change from `old` to `new` takes from everybody but `writer`: fields that changed and fields that went.
    /// Without `force` nothing is taken, where something changed that others own.
    pub(crate) fn take(
        &self,
        book: &mut Managed<'_>,
        (old, new): (&Value, &Value),
        comparison: &Comparison,
        (writer, force): (Option<&Owner>, bool),
    ) -> Result<(), Vec<Clash>> {
        let mut changes = vec![Change::of(self.api_version, comparison)];
        for entry in book.entries() {
            if !changes
                .iter()
                .any(|change| change.api_version == entry.api_version)
            {
                let found = self.compare_in((old, new), &entry.api_version);
                changes.push(Change::of(&entry.api_version, &found.unwrap_or_default()));
            }
        }
        let change_of = |entry: &Entry<'_>| {
            let other = Some(&entry.owner) != writer;
            let mut changes = changes.iter().filter(|_| other);
            changes.find(|change| change.api_version == entry.api_version)
        };
        if !force {
            let mut entries: Vec<&Entry<'_>> = book.entries().iter().collect();
            entries.sort_by(|one, other| one.owner.cmp(&other.owner));
            let clashes: Vec<Clash> = entries
                .into_iter()
                .filter_map(|entry| Some((entry, entry.fields.intersection(&change_of(entry)?.set))))
                .flat_map(|(entry, fields)| {
                    let clash = |path| Clash {
                        owner: entry.owner.clone(),
                        path,
                    };
                    fields.paths().into_iter().map(clash).collect::<Vec<_>>()
                })
                .collect();
            if !clashes.is_empty() {
                return Err(clashes);
            }
        }
        for entry in book.entries_mut() {
            if let Some(change) = change_of(entry) {
                entry.edit(|fields| {
                    let taken = fields.subtract(&change.set);
                    fields.subtract(&change.removed) || taken
                });
            }
        }
        book.drop_empty();
        Ok(())
    }

    /// The comparison in another version; none where it is not served.
    fn compare_in(&self, (old, new): (&Value, &Value), api_version: &str) -> Option<Comparison> {
        let types = self.versions.types(api_version)?;
        let old = self.versions.to_version(old, api_version)?;
        let new = self.versions.to_version(new, api_version)?;
        let mut comparison = compare(&old, &new, types.root());
        comparison.without(self.reset);
        Some(comparison)
    }

    /// Merges a configuration into the object, and takes away what `applier` applied before and nobody wants any more. The
    /// book has the applier's new entry then. None where the object stays as it is.
    pub(crate) fn apply(
        &self,
        book: &mut Managed<'_>,
        live: &Value,
        config: &Value,
        (applier, force): (&Owner, bool),
    ) -> Result<Option<Value>, Vec<Clash>> {
        self.reconcile(book);
        let merged = merge(live, config, self.root());
        let mut fields = fields_of(config, self.root());
        fields.subtract_trees(self.reset);
        let last = book.take(applier);
        let mut entry = Entry::new(applier.clone(), self.api_version, fields);
        entry.time = last.as_ref().and_then(|last| last.time);
        book.put(entry);
        let new = match last {
            Some(last) if !last.fields.is_empty() => self.prune(merged.clone(), book, &last),
            Some(_) | None => merged.clone(),
        };
        let comparison = self.compare(live, &new);
        self.take(book, (live, &new), &comparison, (Some(applier), force))?;
        let mut new = new;
        fill_hollows(&mut new, &merged, Some(config));
        let unchanged = comparison.is_empty() && super::values::same(live, &new);
        Ok((!unchanged).then_some(new))
    }

    /// Takes away what was applied last and is owned by nobody now.
    fn prune(&self, merged: Value, book: &Managed<'_>, last: &Entry<'_>) -> Value {
        let version = last.api_version.as_str();
        let mut given_up = named_in(&last.fields, self.root());
        if version == self.api_version
            && let Some(applied) = book.of(&last.owner)
            && {
                given_up.subtract(&named_in(&applied.fields, self.root()));
                given_up.is_empty()
            }
        {
            return merged;
        }
        let (in_last, types) = if version == self.api_version {
            (merged, self.types)
        } else {
            match (
                self.versions.to_version(&merged, version),
                self.versions.types(version),
            ) {
                (Some(converted), Some(types)) => (converted, types),
                (None, _) | (_, None) => return merged,
            }
        };
        let root = types.root();
        let named = |fields: FieldSet| named_in(&fields, root);
        let last_fields = named_in(&last.fields, root);
        let mut pruned = remove(&in_last, &last_fields, root);
        let all = named(fields_of(&in_last, root));
        let mut versions: Vec<&CompactString> =
            book.entries().iter().map(|entry| &entry.api_version).collect();
        versions.sort();
        versions.dedup();
        // First in the version of what was applied last: what a conversion needs may have been taken out.
        versions.sort_by_key(|known| known.as_str() != version);
        for known in versions {
            let owned = owned_in(book, known);
            if known == version {
                let left = named(fields_of(&pruned, root)).union(named(owned));
                pruned = remove(&in_last, &all.difference(&left), root);
            } else if let Some(back) = self.add_back((&in_last, &pruned), version, (known, owned)) {
                pruned = back;
            }
        }
        // What others brought without owning it, or nobody knows of, stays, too.
        let left = named(fields_of(&pruned, root));
        let gone = all.difference(&left).intersection(&last_fields);
        let pruned = remove(&in_last, &gone, root);
        if version == self.api_version {
            pruned
        } else {
            self.versions.back(&pruned, version).unwrap_or(in_last)
        }
    }

    /// Puts back what is owned in another version.
    fn add_back(
        &self,
        (merged, pruned): (&Value, &Value),
        version: &str,
        (other, owned): (&str, FieldSet),
    ) -> Option<Value> {
        let into_other = |object: &Value| {
            let here = if version == self.api_version {
                object.clone()
            } else {
                self.versions.back(object, version)?
            };
            if other == self.api_version {
                Some(here)
            } else {
                self.versions.to_version(&here, other)
            }
        };
        let types = if other == self.api_version {
            self.types
        } else {
            self.versions.types(other)?
        };
        let root = types.root();
        let (merged, pruned) = (into_other(merged)?, into_other(pruned)?);
        let named = |fields: FieldSet| named_in(&fields, root);
        let left = named(fields_of(&pruned, root)).union(named(owned));
        let back = remove(&merged, &named(fields_of(&merged, root)).difference(&left), root);
        let here = if other == self.api_version {
            back
        } else {
            self.versions.back(&back, other)?
        };
        if version == self.api_version {
            Some(here)
        } else {
            self.versions.to_version(&here, version)
        }
    }

    /// Adds what `writer` set by an update to its entry, and tells whether it was anything.
    pub(crate) fn give(&self, book: &mut Managed<'_>, writer: &Owner, set: FieldSet) -> bool {
        if set.is_empty() {
            return false;
        }
        match book.of_mut(writer) {
            Some(entry) => entry.edit(|fields| {
                let before = fields.clone();
                *fields = std::mem::take(fields).union(set);
                *fields != before
            }),
            None => book.put(Entry::new(writer.clone(), self.api_version, set)),
        }
        true
    }
}

/// A list or map that lost all it had is null by now, or gone. Where the configuration names it, it is what is named there;
/// else it goes, as it does for upstream's built-in kinds. Otherwise a second apply would bring it back.
fn fill_hollows(pruned: &mut Value, merged: &Value, config: Option<&Value>) {
    let (Value::Object(fields), Value::Object(before)) = (pruned, merged) else {
        return;
    };
    let in_config = |name: &str| config.and_then(|config| config.get(name));
    for (name, value) in fields.iter_mut() {
        let Some(before) = before.get(name) else {
            continue;
        };
        if !value.is_null() || before.is_null() {
            fill_hollows(value, before, in_config(name));
        } else if let Some(named) = in_config(name) {
            *value = named.clone();
        }
    }
    fields.retain(|name, value| !value.is_null() || before.get(name).is_none_or(Value::is_null));
    for (name, value) in config.and_then(Value::as_object).into_iter().flatten() {
        if !fields.contains_key(name) {
            fields.insert(name.clone(), value.clone());
        }
    }
}

/// The set, with the fields of types that have something in it.
fn named_in(fields: &FieldSet, root: TypeRef<'_>) -> FieldSet {
    let mut fields = fields.clone();
    name_fields(&mut fields, Some(root));
    fields
}

fn owned_in(book: &Managed<'_>, api_version: &str) -> FieldSet {
    book.entries()
        .iter()
        .filter(|entry| entry.api_version == api_version)
        .fold(FieldSet::default(), |all, entry| all.union(entry.fields.clone()))
}

/// How many updaters an object remembers one by one, as upstream.
const UPDATERS: usize = 10;

/// Who owns what the oldest of too many updaters owned.
const ANCIENT: &str = "ancient-changes";

/// Joins the oldest updaters of each version where there are too many of them.
pub(crate) fn cap(book: &mut Managed<'_>) {
    let mut updaters: Vec<(i64, Owner)> = book
        .entries()
        .iter()
        .filter(|entry| entry.owner.operation == Operation::Update)
        .map(|entry| {
            let seconds = entry.time.map_or(0, jiff::Timestamp::as_second);
            (seconds, entry.owner.clone())
        })
        .collect();
    let mut count = updaters.len();
    if count <= UPDATERS {
        return;
    }
    updaters.sort();
    let mut first_of_version: Vec<(CompactString, Owner)> = Vec::new();
    for (_, owner) in updaters {
        if count <= UPDATERS {
            return;
        }
        let Some(version) = book.of(&owner).map(|entry| entry.api_version.clone()) else {
            continue;
        };
        let first = first_of_version.iter().find(|(known, _)| *known == version);
        let Some((_, first)) = first else {
            first_of_version.push((version, owner));
            continue;
        };
        let bucket = Owner::new(ANCIENT, Operation::Update, &version, "");
        if book.of(&bucket).is_none()
            && let Some(oldest) = book.take(first)
        {
            book.put(Entry::new(bucket.clone(), &version, oldest.fields));
        }
        if owner == bucket {
            continue;
        }
        if let Some(joined) = book.take(&owner)
            && let Some(entry) = book.of_mut(&bucket)
        {
            entry.edit(|fields| {
                *fields = std::mem::take(fields).union(joined.fields);
                true
            });
            // The younger one's time.
            entry.time = joined.time;
            count -= 1;
        }
    }
}
