//! `create`: names, identity, the rules of the kind, and a namespace that must be there.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::admission::{self, Operation};
use crate::answer;
use crate::call::{Call, Place};
use crate::forms;
use crate::furnishing;
use crate::handlers::{RETRIES, access, record};
use crate::hosted::record_key;
use crate::object::{metadata_text, set_field, set_metadata};
use crate::registry::{Resource, custom};
use crate::request::strict::{Document, Flaws};
use crate::request::{body, bounds};
use crate::status::{ApiError, Cause};
use crate::storage::{Batch, Change, CollectionKey, CommitError, Key, Precondition};
use crate::strategy::{Part, Rules, generate};
use crate::typed;
use crate::types::{self, Message};
use crate::visit::Made;

/// How many generated names are tried before giving up.
const NAMES: usize = 8;

/// Creates the object of the body.
pub(crate) async fn create(call: &Call, bytes: &[u8]) -> Result<Response, ApiError> {
    call.accept.form()?;
    let Document {
        mut object,
        mut flaws,
    } = body::document(&call.place.resource, &call.headers, bytes)?;
    check_type(call, &mut object)?;
    hold_to_type(call, &mut object, &mut flaws)?;
    judge(call, &flaws)?;
    check_namespace(call, &object)?;
    if !metadata_text(&object, "resourceVersion").is_empty() {
        return Err(ApiError::revision_on_create());
    }
    if let Some(name) = &call.path.name {
        return Err(ApiError::method_not_allowed(format!(
            "create is not supported on {name:?}"
        )));
    }
    store(call, &call.place, &object).await
}

/// Writes an object that was read and checked, and answers with it.
pub(crate) async fn store(call: &Call, place: &Place, object: &Value) -> Result<Response, ApiError> {
    let mut object = object.clone();
    access::on_create(call, &mut object)?;
    let given = metadata_text(&object, "name").to_owned();
    let prefix = metadata_text(&object, "generateName").to_owned();
    let generated = given.is_empty() && !prefix.is_empty();
    let (mut names, mut clashes) = (0, 0);
    loop {
        let mut object = object.clone();
        if generated {
            set_metadata(&mut object, "name", Some(json!(generate(&prefix))));
        }
        let name = metadata_text(&object, "name").to_owned();
        let key = place.key(call.namespace(), &name);
        let mut batch = guards(place, &key)?;
        let creation = (Operation::Create, call.query.dry_run);
        set_metadata(&mut object, "namespace", Some(json!(call.namespace())));
        let book = record::open(place, Part::Main, None, &mut object);
        admission::fill(place, creation, None, &mut object)?;
        rules(place, |rules| rules.prepare_create(&mut object, call.namespace()))?;
        warn(place, None, &object);
        admission::judge(place, creation, None, &object)?;
        record::enter(book, &mut object);
        if call.query.dry_run {
            return dry_run(call, &key, &object);
        }
        batch.add(
            key.clone(),
            Precondition::Absent,
            Change::Put(place.draft(&object)?),
        );
        if place.resource.is("", "namespaces") {
            furnishing::of_namespace(&place.shared, &place.hosted, &name, &mut batch)?;
        }
        match place.shared.store.commit(batch).await {
            Ok(commit) => {
                let made = commit.objects.into_iter().next();
                let made = made.ok_or_else(|| ApiError::internal("nothing was stored"))?;
                let made = forms::served(&place.resource, made)?;
                let mut answer = answer::stored(call, StatusCode::CREATED, &made)?;
                answer.extensions_mut().insert(Made(name));
                return Ok(answer);
            }
            Err(CommitError::Conflict { key: taken, .. }) if *taken == key => {
                names += 1;
                if !generated || names >= NAMES {
                    return Err(ApiError::already_exists(&place.resource, &name));
                }
            }
            // The namespace or the definition changed in between: look at it again.
            Err(error @ CommitError::Conflict { .. }) => {
                clashes += 1;
                if clashes >= RETRIES {
                    return Err(ApiError::commit(&error));
                }
            }
            Err(error @ (CommitError::Closed | CommitError::Timeout | CommitError::Failed(_))) => {
                return Err(ApiError::commit(&error));
            }
        }
    }
}

fn dry_run(call: &Call, key: &Key, object: &Value) -> Result<Response, ApiError> {
    if call.place.shared.store.get(key).is_some() {
        return Err(ApiError::already_exists(&call.place.resource, &key.object.name));
    }
    answer::object(call, StatusCode::CREATED, object)
}

/// Lets the rules of the resource work with what is served now.
pub(crate) fn rules<T>(place: &Place, work: impl FnOnce(Rules<'_>) -> T) -> T {
    let served = place.hosted.served();
    work(Rules {
        resource: &place.resource,
        served: &served,
        now: place.now(),
        identities: (place.hosted.name.as_str(), &place.shared.identities),
    })
}

/// Tells the client what it should know of an object that it writes.
pub(crate) fn warn(place: &Place, old: Option<&Value>, object: &Value) {
    for warning in rules(place, |rules| rules.warnings(old, object)) {
        place.warnings.add(warning);
    }
}

/// Conditions under which an object may come: its logical cluster is there, its namespace is active, its definition is not
/// being deleted. They are part of the batch, so that none can go in between.
pub(crate) fn guards(place: &Place, key: &Key) -> Result<Batch, ApiError> {
    let mut batch = Batch::default();
    let cluster = &place.collection.cluster;
    let resource = &place.resource;
    if !cluster.is_root() {
        let record = place.shared.store.get(&record_key(cluster));
        let gone = || ApiError::unavailable(format!("the logical cluster {cluster} is gone"));
        let record = record.ok_or_else(gone)?;
        batch.add(
            record.key.clone(),
            Precondition::At(record.revision),
            Change::Keep,
        );
    }
    if resource.namespaced {
        let namespace = key.object.namespace.as_str();
        let guard = Key::new(&CollectionKey::new(cluster, "", "namespaces"), "", namespace);
        let Some(stored) = place.shared.store.get(&guard) else {
            let namespaces = place.hosted.served().find("", "v1", "namespaces");
            return Err(namespaces.map_or_else(
                || ApiError::internal("namespaces are not served"),
                |namespaces| ApiError::not_found(&namespaces, namespace),
            ));
        };
        if stored.meta.deleting() {
            return Err(ApiError::namespace_terminating(
                resource,
                &key.object.name,
                namespace,
            ));
        }
        batch.add(guard, Precondition::At(stored.revision), Change::Keep);
    }
    if resource.custom {
        let definitions = CollectionKey::new(cluster, custom::GROUP, custom::PLURAL);
        let guard = Key::new(&definitions, "", &resource.qualified());
        let gone = || {
            ApiError::method_not_allowed("create not allowed while custom resource definition is terminating")
        };
        let stored = place.shared.store.get(&guard).ok_or_else(gone)?;
        if stored.meta.deleting() {
            return Err(gone());
        }
        batch.add(guard, Precondition::At(stored.revision), Change::Keep);
    }
    Ok(batch)
}

/// The body's apiVersion and kind must be those of the path. Typed clients leave them out for built-in kinds.
pub(crate) fn check_type(call: &Call, object: &mut Value) -> Result<(), ApiError> {
    let resource = &call.place.resource;
    let wanted = resource.api_version();
    let text = |field: &str| {
        object
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if resource.custom && kind.is_empty() {
        return Err(ApiError::bad_request(
            "Object 'Kind' is missing in the body of the request",
        ));
    }
    if !api_version.is_empty() && api_version != wanted {
        return Err(ApiError::bad_request(format!(
            "the API version in the data ({api_version}) does not match the expected API version ({wanted})"
        )));
    }
    if !kind.is_empty() && kind != resource.kind {
        if !resource.custom {
            let why = format!("converting ({kind}) to ({}): unknown conversion", resource.kind);
            return Err(cannot_be_handled((&resource.version, &resource.kind), &why));
        }
        let cause = Cause::invalid(
            "kind",
            &format!("{kind:?}"),
            &format!("must be {}", resource.kind),
        );
        let name = metadata_text(object, "name").to_owned();
        return Err(ApiError::invalid_object(resource, &name, &[cause]));
    }
    set_field(object, "apiVersion", Some(json!(wanted)));
    set_field(object, "kind", Some(json!(resource.kind)));
    Ok(())
}

/// Makes an object of a built-in kind into what its type holds; the fields that the type does not know are added to the
/// flaws.
pub(crate) fn hold_to_type(call: &Call, object: &mut Value, flaws: &mut Flaws) -> Result<(), ApiError> {
    let resource = &call.place.resource;
    if let Some(schema) = resource.structural() {
        flaws.unknown.extend(schema.prune(object));
        if schema.fill(object) && bounds::weight(object, bounds::HEAVIEST).is_none() {
            return Err(ApiError::too_large(bounds::HEAVIEST));
        }
    }
    match resource.message() {
        Some(message) => hold_to(message, object, flaws),
        None => hold_metadata_to_type(resource, object),
    }
}

/// A custom resource has the metadata of every object. Unknown fields of it are told by its schema.
fn hold_metadata_to_type(resource: &Resource, object: &mut Value) -> Result<(), ApiError> {
    let metadata = object.get_mut("metadata").filter(|metadata| metadata.is_object());
    let (Some(metadata), Some(message)) = (metadata, types::named("meta/v1.ObjectMeta")) else {
        return Ok(());
    };
    typed::round_trip(metadata, message)
        .map(drop)
        .map_err(|error| cannot_be_handled((&resource.version, &resource.kind), &error.to_string()))
}

/// The same for an object that is of this type, whatever the resource.
pub(crate) fn hold_to(
    message: &'static Message,
    object: &mut Value,
    flaws: &mut Flaws,
) -> Result<(), ApiError> {
    let version = message.group_version.map_or("", |(_, version)| version);
    let unknown = typed::round_trip(object, message)
        .map_err(|error| cannot_be_handled((version, message.name), &error.to_string()))?;
    flaws.unknown.extend(unknown);
    Ok(())
}

fn cannot_be_handled((version, kind): (&str, &str), why: &str) -> ApiError {
    ApiError::bad_request(format!(
        "{kind} in version {version:?} cannot be handled as a {kind}: {why}"
    ))
}

/// Does with the flaws of a body what the request's `fieldValidation` says.
pub(crate) fn judge(call: &Call, flaws: &Flaws) -> Result<(), ApiError> {
    flaws.judge(call.query.field_validation, &call.place.warnings, |text| {
        let Resource { kind, version, .. } = &*call.place.resource;
        cannot_be_handled((version, kind), &text)
    })
}

/// The body's namespace, where it names one, must be that of the path.
pub(crate) fn check_namespace(call: &Call, object: &Value) -> Result<(), ApiError> {
    let namespace = metadata_text(object, "namespace");
    if namespace.is_empty() || namespace == call.namespace() {
        return Ok(());
    }
    Err(ApiError::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request",
    ))
}
