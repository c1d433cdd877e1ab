//! Server-side apply: a configuration merged into an object by its kind's schema, or made into one.

use axum::response::Response;
use serde_json::{Value, json};

use crate::apply::Tracker;
use crate::apply::scale::{SCALE_VERSION, scale_types};
use crate::apply::tracker::ApplyError;
use crate::call::{Call, Place};
use crate::handlers::create::{self, check_namespace, hold_to_type};
use crate::handlers::patch::check_uid;
use crate::handlers::record::track;
use crate::handlers::update::change;
use crate::handlers::{RETRIES, access, protected, scale};
use crate::object::{metadata_text, set_metadata};
use crate::request::strict::{Document, Flaws};
use crate::request::{Subresource, body, strict};
use crate::status::{ApiError, Cause};
use crate::strategy::Part;

/// Applies the configuration of the body to the object of the path, or to a part of it.
pub(crate) async fn apply(
    call: &Call,
    part: Option<Subresource>,
    bytes: &[u8],
) -> Result<Response, ApiError> {
    if call.query.field_manager.is_none() {
        let cause = Cause::required("fieldManager", "is required for apply patch");
        return Err(ApiError::invalid(("meta.k8s.io", "PatchOptions"), "", &[cause]));
    }
    let Document {
        object: config,
        flaws,
    } = read(bytes)?;
    let subresource = part;
    let part = match subresource {
        Some(Subresource::Scale) => return apply_scale(call, &config).await,
        None | Some(Subresource::Eviction | Subresource::Token) => Part::Main,
        Some(Subresource::Status | Subresource::Approval) => Part::Status,
        Some(Subresource::Finalize) => Part::Finalize,
    };
    let resource = &call.place.resource;
    check_kind(&config, &resource.api_version(), &resource.kind)?;
    flaws.judge(call.query.field_validation, &call.place.warnings, |text| {
        ApiError::bad_request(format!("error strict decoding YAML: {text}"))
    })?;
    check_namespace(call, &config)?;
    let key = call.key();
    let mut tries = 0;
    loop {
        let answer = match call.place.get(&key) {
            // Only an object is made; a part of none is not.
            Err(error) if part == Part::Main && error.reason() == "NotFound" => create(call, &config).await,
            Err(error) => return Err(error),
            Ok(_) => update(call, (part, subresource), &config).await,
        };
        tries += 1;
        match answer {
            // It came or went meanwhile.
            Err(error) if matches!(error.reason(), "AlreadyExists" | "NotFound") && tries < RETRIES => {}
            other => return other,
        }
    }
}

async fn update(
    call: &Call,
    (part, subresource): (Part, Option<Subresource>),
    config: &Value,
) -> Result<Response, ApiError> {
    let place = call.place.recorded();
    let written = change(&place, &call.key(), (part, call.query.dry_run), |live| {
        let config = protected::applicable(&call.place, live, config);
        let mut object = with_tracker(&call.place, part, |tracker| {
            tracker.applied(Some(live), &config, call.query.force == Some(true))
        })?;
        hold_to_type(call, &mut object, &mut Flaws::default())?;
        check_name(call, &object)?;
        check_uid(call, live, &object)?;
        access::on_update(call, subresource, live, object)
    })
    .await?;
    written.answer(call)
}

async fn create(call: &Call, config: &Value) -> Result<Response, ApiError> {
    let resource = &call.place.resource;
    let name = call.path.name.as_deref().unwrap_or_default();
    let mut config = config.clone();
    if metadata_text(&config, "name").is_empty() {
        set_metadata(&mut config, "name", Some(json!(name)));
    }
    let uid = metadata_text(&config, "uid");
    if !uid.is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        );
        return Err(ApiError::conflict(resource, name, &why));
    }
    if !metadata_text(&config, "resourceVersion").is_empty() {
        return Err(ApiError::revision_on_create());
    }
    let mut object = with_tracker(&call.place, Part::Main, |tracker| {
        tracker.applied(None, &config, call.query.force == Some(true))
    })?;
    hold_to_type(call, &mut object, &mut Flaws::default())?;
    check_name(call, &object)?;
    create::store(call, &call.place.recorded(), &object).await
}

async fn apply_scale(call: &Call, config: &Value) -> Result<Response, ApiError> {
    check_kind(config, SCALE_VERSION, "Scale")?;
    check_namespace(call, config)?;
    let place = &call.place;
    scale::edit_recorded(call, |live| {
        let tracker = Tracker::new(
            (scale_types(), SCALE_VERSION),
            (place.manager(), "scale"),
            place.now(),
        );
        let scale = tracker
            .applied(Some(live), config, call.query.force == Some(true))
            .map_err(refusal)?;
        check_name(call, &scale)?;
        Ok(scale)
    })
    .await
}

fn with_tracker(
    place: &Place,
    part: Part,
    work: impl FnOnce(Tracker<'_>) -> Result<Value, ApplyError>,
) -> Result<Value, ApiError> {
    track(place, place.manager(), part, work).map_err(refusal)
}

fn refusal(error: ApplyError) -> ApiError {
    let message = error.to_string();
    match error {
        ApplyError::Request(_) => ApiError::bad_request(message),
        ApplyError::Failed(_) => ApiError::unforeseen(message),
        ApplyError::Conflicts(conflicts) => {
            let causes: Vec<Cause> = conflicts
                .into_iter()
                .map(|conflict| Cause {
                    reason: "FieldManagerConflict",
                    message: format!("conflict with {}", conflict.manager),
                    field: conflict.field,
                })
                .collect();
            ApiError::apply_conflict(message, &causes)
        }
    }
}

/// Reads a configuration.
pub(crate) fn read(bytes: &[u8]) -> Result<Document, ApiError> {
    // Clients write JSON, which is read faster than YAML.
    let document = match strict::json(bytes) {
        Ok(document) => document,
        Err(_) => body::yaml_document(bytes)
            .map_err(|error| ApiError::bad_request(format!("error decoding YAML: {error}")))?,
    };
    if document.object.is_object() {
        return Ok(document);
    }
    Err(ApiError::bad_request(
        "error decoding YAML: the body is not an object",
    ))
}

fn check_kind(config: &Value, api_version: &str, kind: &str) -> Result<(), ApiError> {
    let text = |field: &str| config.get(field).and_then(Value::as_str).unwrap_or_default();
    if text("apiVersion") == api_version && text("kind") == kind {
        return Ok(());
    }
    let (group, version) = text("apiVersion")
        .split_once('/')
        .unwrap_or(("", text("apiVersion")));
    Err(ApiError::bad_request(format!(
        "invalid object type: {group}/{version}, Kind={}",
        text("kind")
    )))
}

fn check_name(call: &Call, object: &Value) -> Result<(), ApiError> {
    let name = metadata_text(object, "name");
    let wanted = call.path.name.as_deref().unwrap_or_default();
    if name == wanted {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "the name of the object ({name}) does not match the name on the URL ({wanted})"
    )))
}
