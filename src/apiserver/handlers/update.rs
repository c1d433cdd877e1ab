//! `update`: replacing an object or a part of it, and the one way in which every change of an object is written.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use crate::admission::{self, Operation};
use crate::answer;
use crate::call::{Call, Place};
use crate::forms;
use crate::handlers::create::{self, check_namespace, check_type, hold_to_type, judge, rules};
use crate::handlers::{RETRIES, access, protected, record, scale};
use crate::object::{deleting, metadata_text};
use crate::registry::{Resource, custom};
use crate::request::strict::Document;
use crate::request::{Subresource, body};
use crate::status::{ApiError, Cause};
use crate::storage::{Batch, Change, CommitError, Key, Precondition, Stored};
use crate::strategy::Part;

/// What a change came to.
pub(crate) enum Written {
    /// The object is stored so.
    Stored(Arc<Stored>),
    /// The object would be so, or was so when it went.
    Only(Value),
}

impl Written {
    /// The object.
    pub(crate) fn value(&self, place: &Place) -> Result<Value, ApiError> {
        match self {
            Self::Stored(stored) => place.read(stored),
            Self::Only(value) => Ok(value.clone()),
        }
    }

    /// The answer to the request that changed it.
    pub(crate) fn answer(&self, call: &Call) -> Result<Response, ApiError> {
        match self {
            Self::Stored(stored) => answer::stored(call, StatusCode::OK, stored),
            Self::Only(value) => answer::object(call, StatusCode::OK, value),
        }
    }
}

/// Replaces the object of the path, or a part of it, with the body.
pub(crate) async fn update(
    call: &Call,
    part: Option<Subresource>,
    bytes: &[u8],
) -> Result<Response, ApiError> {
    call.accept.form()?;
    let Document {
        mut object,
        mut flaws,
    } = body::document(&call.place.resource, &call.headers, bytes)?;
    if part == Some(Subresource::Scale) {
        return scale::update(call, &object).await;
    }
    check_type(call, &mut object)?;
    hold_to_type(call, &mut object, &mut flaws)?;
    judge(call, &flaws)?;
    check_namespace(call, &object)?;
    let key = call.key();
    let name = metadata_text(&object, "name");
    if name.is_empty() {
        return Err(ApiError::bad_request(format!(
            "the name of the object ({} based on URL) was undeterminable: name must be provided",
            key.object.name
        )));
    }
    if name != key.object.name {
        return Err(ApiError::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            key.object.name
        )));
    }
    // A missing object is told before a missing resourceVersion.
    match call.place.get(&key) {
        Err(error)
            if part.is_none()
                && error.reason() == "NotFound"
                && creates(&call.place.resource)
                && metadata_text(&object, "resourceVersion").is_empty() =>
        {
            return create::store(call, &call.place, &object).await;
        }
        other => other?,
    };
    let names_state = !matches!(metadata_text(&object, "resourceVersion"), "" | "0");
    if !names_state && !unconditional(&call.place.resource) {
        let cause = Cause::invalid("metadata.resourceVersion", "0", "must be specified for an update");
        return Err(ApiError::invalid(
            (&call.place.resource.group, &call.place.resource.plural),
            &key.object.name,
            &[cause],
        ));
    }
    let subresource = part;
    let part = match subresource {
        None | Some(Subresource::Scale | Subresource::Eviction | Subresource::Token) => Part::Main,
        Some(Subresource::Status | Subresource::Approval) => Part::Status,
        Some(Subresource::Finalize) => Part::Finalize,
    };
    let written = change(&call.place, &key, (part, call.query.dry_run), |old| {
        access::on_update(call, subresource, old, object.clone())
    })
    .await?;
    written.answer(call)
}

/// Kinds that upstream makes where an update finds none.
fn creates(resource: &Resource) -> bool {
    let Resource { group, plural, .. } = resource;
    let core = ["endpoints", "events", "limitranges", "podtemplates", "services"];
    match group.as_str() {
        _ if resource.custom => false,
        "" => core.contains(&plural.as_str()),
        "coordination.k8s.io" | "events.k8s.io" | "rbac.authorization.k8s.io" => true,
        _ => false,
    }
}

/// Kinds that upstream lets be replaced without saying which state is replaced.
fn unconditional(resource: &Resource) -> bool {
    !resource.custom
        && !resource.is(custom::GROUP, custom::PLURAL)
        && !resource.is("coordination.k8s.io", "leases")
}

/// Changes an object: reads it, lets `edit` say what it should be, applies the rules, writes it if it differs. A change
/// that clashes with another one is made again upon what the other left, unless it names the state that it is made upon.
pub(crate) async fn change(
    place: &Place,
    key: &Key,
    (part, dry_run): (Part, bool),
    edit: impl Fn(&Value) -> Result<Value, ApiError>,
) -> Result<Written, ApiError> {
    let mut clashes = 0;
    loop {
        let old = place.get(key)?;
        let old_value = place.read(&old)?;
        let edited = edit(&old_value)?;
        let revision = metadata_text(&edited, "resourceVersion");
        if !revision.is_empty() && revision != "0" && revision != old.revision.to_string() {
            return Err(ApiError::modified(&place.resource, &key.object.name));
        }
        let judged = (part == Part::Main).then_some((Operation::Update, dry_run));
        let mut edited = edited;
        protected::keep_spec(place, &old_value, &mut edited);
        let book = record::open(place, part, Some(&old_value), &mut edited);
        if let Some(update) = judged {
            admission::fill(place, update, Some(&old_value), &mut edited)?;
        }
        let mut new = rules(place, |rules| rules.prepare_update(&old_value, edited, part))?;
        if judged.is_some() {
            create::warn(place, Some(&old_value), &new);
        }
        if let Some(update) = judged.filter(|_| new != old_value) {
            admission::judge(place, update, Some(&old_value), &new)?;
        }
        record::close(book, &old_value, &mut new);
        if let Some(written) = write(place, &old, &old_value, new, dry_run).await? {
            return Ok(written);
        }
        clashes += 1;
        if clashes >= RETRIES {
            return Err(ApiError::modified(&place.resource, &key.object.name));
        }
    }
}

/// Writes `new` over `old`: nothing where they are the same, a deletion where only a finalizer held it back. Answers with
/// nothing where another write came first.
pub(crate) async fn write(
    place: &Place,
    old: &Arc<Stored>,
    old_value: &Value,
    new: Value,
    dry_run: bool,
) -> Result<Option<Written>, ApiError> {
    if dry_run {
        return Ok(Some(Written::Only(new)));
    }
    // The order of fields is the client's own and means nothing.
    if new == *old_value && !place.is_outdated(old) {
        return Ok(Some(Written::Stored(Arc::clone(old))));
    }
    let goes = deleting(&new) && rules(place, |rules| rules.may_go(&new));
    let change = if goes {
        Change::Delete
    } else {
        Change::Put(place.draft(&new)?)
    };
    let batch = Batch::one(old.key.clone(), Precondition::At(old.revision), change);
    match place.shared.store.commit(batch).await {
        Ok(commit) => Ok(Some(match commit.objects.into_iter().next() {
            Some(stored) if !goes => Written::Stored(forms::served(&place.resource, stored)?),
            Some(_) | None => Written::Only(new),
        })),
        Err(CommitError::Conflict { .. }) => Ok(None),
        Err(error @ (CommitError::Closed | CommitError::Timeout | CommitError::Failed(_))) => {
            Err(ApiError::commit(&error))
        }
    }
}
