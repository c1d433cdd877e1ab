//! `delete`: at once where nothing holds the object back, else a mark that finalizers and garbage collection act upon.

pub(crate) mod options;

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

pub(crate) use options::options;

use crate::admission::{self, Operation};
use crate::answer;
use crate::call::{Call, Place};
use crate::handlers::create::rules;
use crate::handlers::update::{Written, write};
use crate::handlers::{RETRIES, protected};
use crate::object::{finalizers, set_finalizers};
use crate::registry::Resource;
use crate::request::query::Propagation;
use crate::status::ApiError;
use crate::storage::{Batch, Change, CommitError, Key, Precondition, Stored};
use crate::strategy::KEPT_NAMESPACES;

/// The finalizer of an object that waits for its dependents to go.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an object whose dependents are to be set free.
pub(crate) const ORPHAN: &str = "orphan";

/// How to delete.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deletion {
    /// What becomes of dependents; none for what the object's finalizers say, else background.
    pub(crate) propagation: Option<Propagation>,
    /// Only the object with this uid.
    pub(crate) uid: Option<String>,
    /// Only this state of it.
    pub(crate) revision: Option<String>,
    /// Only say what would be.
    pub(crate) dry_run: bool,
}

/// What a deletion came to.
pub(crate) enum Deleted {
    /// The object is gone.
    Gone(Arc<Stored>),
    /// The object is marked and waits.
    Waiting(Written),
}

/// Deletes the object of the path.
pub(crate) async fn delete(call: &Call, bytes: &[u8]) -> Result<Response, ApiError> {
    call.accept.form()?;
    let deletion = options(call, bytes)?;
    match remove(&call.place, &call.key(), &deletion).await? {
        Deleted::Waiting(written) => written.answer(call),
        Deleted::Gone(stored) if answers_with_object(&call.place.resource) => {
            answer::stored(call, StatusCode::OK, &stored)
        }
        Deleted::Gone(stored) => {
            let resource = &call.place.resource;
            let mut details = json!({"name": stored.key.object.name.as_str()});
            if !resource.group.is_empty() {
                details["group"] = json!(resource.group);
            }
            details["kind"] = json!(resource.plural);
            details["uid"] = json!(stored.meta.uid.as_str());
            let status = json!({
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Success",
                "details": details,
            });
            Ok(answer::json_value(StatusCode::OK, &status))
        }
    }
}

/// Kinds whose deletion is answered with the object, as it was last, and not with a Status: clients of the typed sort read it
/// as what they expect.
fn answers_with_object(resource: &Resource) -> bool {
    let names: &[&str] = match resource.group.as_str() {
        _ if resource.custom => &[],
        "" => &[
            "persistentvolumeclaims",
            "persistentvolumes",
            "pods",
            "podtemplates",
            "resourcequotas",
            "serviceaccounts",
            "services",
        ],
        "storage.k8s.io" => &["csidrivers", "csinodes", "storageclasses", "volumeattachments"],
        _ => &[],
    };
    names.contains(&resource.plural.as_str())
}

/// Deletes an object, or marks it.
pub(crate) async fn remove(place: &Place, key: &Key, deletion: &Deletion) -> Result<Deleted, ApiError> {
    let mut clashes = 0;
    loop {
        let old = place.get(key)?;
        check(place, &old, deletion)?;
        let old_value = place.read(&old)?;
        let request = (Operation::Delete, deletion.dry_run);
        admission::judge(place, request, Some(&old_value), &old_value)?;
        let mut marked = old_value.clone();
        set_propagation(&mut marked, deletion.propagation);
        let goes = rules(place, |rules| rules.may_go(&marked));
        let done = if goes {
            remove_now(place, &old, deletion.dry_run)
                .await?
                .map(Deleted::Gone)
        } else {
            rules(place, |rules| rules.mark_deleted(&mut marked));
            write(place, &old, &old_value, marked, deletion.dry_run)
                .await?
                .map(Deleted::Waiting)
        };
        if let Some(deleted) = done {
            return Ok(deleted);
        }
        clashes += 1;
        if clashes >= RETRIES {
            return Err(ApiError::modified(&place.resource, &key.object.name));
        }
    }
}

async fn remove_now(
    place: &Place,
    old: &Arc<Stored>,
    dry_run: bool,
) -> Result<Option<Arc<Stored>>, ApiError> {
    if dry_run {
        return Ok(Some(Arc::clone(old)));
    }
    let batch = Batch::one(old.key.clone(), Precondition::At(old.revision), Change::Delete);
    match place.shared.store.commit(batch).await {
        Ok(_) => Ok(Some(Arc::clone(old))),
        Err(CommitError::Conflict { .. }) => Ok(None),
        Err(error @ (CommitError::Closed | CommitError::Timeout | CommitError::Failed(_))) => {
            Err(ApiError::commit(&error))
        }
    }
}

fn check(place: &Place, old: &Stored, deletion: &Deletion) -> Result<(), ApiError> {
    let name = old.key.object.name.as_str();
    let resource = &place.resource;
    if resource.is("", "namespaces") && KEPT_NAMESPACES.contains(&name) {
        return Err(ApiError::forbidden(
            resource,
            name,
            "this namespace may not be deleted",
        ));
    }
    protected::refuse_deletion(place, name)?;
    if let Some(uid) = deletion.uid.as_ref().filter(|uid| **uid != old.meta.uid) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            old.meta.uid
        );
        return Err(ApiError::precondition(resource, name, &why));
    }
    if let Some(revision) = deletion
        .revision
        .as_ref()
        .filter(|revision| **revision != old.revision.to_string())
    {
        let why = format!(
            "the ResourceVersion in the precondition ({revision}) does not match the ResourceVersion in record ({}). The object might have been modified",
            old.revision
        );
        return Err(ApiError::precondition(resource, name, &why));
    }
    Ok(())
}

/// The two finalizers by which garbage collection knows what to do; what was asked for last counts.
fn set_propagation(object: &mut Value, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else {
        return;
    };
    let wanted = match propagation {
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    let before = finalizers(object);
    let mut after: Vec<String> = before
        .iter()
        .filter(|finalizer| !matches!(finalizer.as_str(), FOREGROUND | ORPHAN))
        .cloned()
        .collect();
    after.extend(wanted.map(str::to_owned));
    if after != before {
        set_finalizers(object, &after);
    }
}
