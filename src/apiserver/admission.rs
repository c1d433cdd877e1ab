//! What whoever embeds the server decides of writes of custom resources: fields that are filled in, and writes that are
//! refused, as admission webhooks do elsewhere, but in this process.
//!
//! Must not know: which kinds there are, and what is decided of them.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::call::Place;
use crate::status::{ApiError, Cause};
use crate::storage::memory::Range;

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It is new.
    Create,
    /// It is changed, its status aside.
    Update,
    /// It is deleted.
    Delete,
}

/// A write that is to be admitted.
#[derive(Clone, Copy)]
pub struct Review<'a> {
    /// The API group.
    pub group: &'a str,
    /// The version in which objects of this kind are stored, and in which both objects are.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// What is done.
    pub operation: Operation,
    /// The object as it is stored; none where it is created.
    pub old: Option<&'a Value>,
    /// The object as it would be stored; the one that goes where it is deleted.
    pub object: &'a Value,
    /// Whether nothing will be stored.
    pub dry_run: bool,
}

/// Reads other objects of the same logical cluster, as they are stored.
pub trait Objects {
    /// One object, or none.
    fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<Value>;

    /// All objects of a kind in a namespace; in all namespaces where it is empty.
    fn list(&self, group: &str, kind: &str, namespace: &str) -> Vec<Value>;
}

/// Why a write is not admitted. The answer is a Status as an API server gives it for a webhook's denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// Who denies it, `validation.machine.cluster.x-k8s.io`.
    pub webhook: String,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Fields of the object are wrong: 422.
    Invalid {
        /// The group that the message names.
        group: String,
        /// The kind.
        kind: String,
        /// The object's name.
        name: String,
        /// The fields.
        causes: Vec<Cause>,
    },
    /// It may not be: 403.
    Forbidden(String),
}

/// Decides about writes of custom resources.
pub trait Admission: Send + Sync {
    /// Whether it decides about this kind, stored in this version, at all.
    fn judges(&self, group: &str, version: &str, kind: &str) -> bool;

    /// Fills in fields of `object`, which is the review's.
    fn fill(&self, review: &Review, object: &mut Value, objects: &dyn Objects) -> Result<(), Denied>;

    /// Admits a write, with warnings for the client, or denies it.
    fn judge(&self, review: &Review, objects: &dyn Objects) -> Result<Vec<String>, Denied>;

    /// Admits new replicas of an object that come through its scale subresource, or denies them.
    fn judge_scale(&self, review: &Review, replicas: i64) -> Result<(), Denied>;
}

/// The decider about a resource, where there is one.
fn of(place: &Place) -> Option<&Arc<dyn Admission>> {
    let resource = &place.resource;
    let admission = place.shared.admission.as_ref().filter(|_| resource.custom)?;
    let version = stored_version(place);
    admission
        .judges(&resource.group, version, &resource.kind)
        .then_some(admission)
}

/// Lets the embedder fill in fields of an object that is about to be written.
pub(crate) fn fill(
    place: &Place,
    (operation, dry_run): (Operation, bool),
    old: Option<&Value>,
    object: &mut Value,
) -> Result<(), ApiError> {
    let Some(admission) = of(place) else {
        return Ok(());
    };
    let old = old.map(|old| as_stored(place, old)).transpose()?;
    let given = as_stored(place, object)?;
    let mut filled = given.clone().into_owned();
    let review = review(place, (operation, dry_run), old.as_deref(), &given);
    admission
        .fill(&review, &mut filled, &Stored(place))
        .map_err(ApiError::denied)?;
    if filled != *given {
        *object = place.told(filled)?;
    }
    Ok(())
}

/// The version in which the objects are stored, and decided about.
fn stored_version(place: &Place) -> &str {
    let resource = &place.resource;
    resource
        .form
        .as_ref()
        .map_or(&resource.version, |form| &form.storage)
}

/// An object in the version in which it is stored.
fn as_stored<'a>(place: &Place, object: &'a Value) -> Result<Cow<'a, Value>, ApiError> {
    if place.converts() {
        place.to_storage(object.clone()).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(object))
    }
}

/// Lets the embedder refuse a write.
pub(crate) fn judge(
    place: &Place,
    (operation, dry_run): (Operation, bool),
    old: Option<&Value>,
    object: &Value,
) -> Result<(), ApiError> {
    let Some(admission) = of(place) else {
        return Ok(());
    };
    let old = old.map(|old| as_stored(place, old)).transpose()?;
    let object = as_stored(place, object)?;
    let review = review(place, (operation, dry_run), old.as_deref(), &object);
    let warnings = admission
        .judge(&review, &Stored(place))
        .map_err(ApiError::denied)?;
    for warning in warnings {
        place.warnings.add(warning);
    }
    Ok(())
}

/// Lets the embedder refuse new replicas.
pub(crate) fn judge_scale(
    place: &Place,
    dry_run: bool,
    object: &Value,
    replicas: i64,
) -> Result<(), ApiError> {
    let Some(admission) = of(place) else {
        return Ok(());
    };
    let object = as_stored(place, object)?;
    let review = review(place, (Operation::Update, dry_run), Some(&object), &object);
    admission.judge_scale(&review, replicas).map_err(ApiError::denied)
}

fn review<'a>(
    place: &'a Place,
    (operation, dry_run): (Operation, bool),
    old: Option<&'a Value>,
    object: &'a Value,
) -> Review<'a> {
    Review {
        group: &place.resource.group,
        version: stored_version(place),
        kind: &place.resource.kind,
        operation,
        old,
        object,
        dry_run,
    }
}

/// The objects beside the one that is written.
struct Stored<'a>(&'a Place);

impl Stored<'_> {
    /// Where the objects of a kind are, in the version in which they are stored.
    fn place(&self, group: &str, kind: &str) -> Option<Place> {
        let Self(place) = self;
        let served = place.hosted.served();
        let resource = served.storing(group, kind).or_else(|| {
            let all = served.all();
            all.into_iter()
                .find(|resource| resource.group == group && resource.kind == kind)
        })?;
        Some(Place::new(&place.shared, &place.hosted, resource))
    }
}

impl Objects for Stored<'_> {
    fn get(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let place = self.place(group, kind)?;
        let stored = place.shared.store.get(&place.key(namespace, name))?;
        place.read(&stored).ok()
    }

    fn list(&self, group: &str, kind: &str, namespace: &str) -> Vec<Value> {
        let Some(place) = self.place(group, kind) else {
            return Vec::new();
        };
        let range = Range {
            namespace: Some(namespace).filter(|namespace| !namespace.is_empty()),
            ..Range::default()
        };
        let snapshot = self
            .0
            .shared
            .store
            .read(|memory| memory.snapshot(&place.collection, range, None));
        let stored = snapshot.into_iter().flat_map(|snapshot| snapshot.objects);
        stored.filter_map(|stored| place.read(&stored).ok()).collect()
    }
}
