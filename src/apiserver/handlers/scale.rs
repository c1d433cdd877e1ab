//! The `scale` subresource: an `autoscaling/v1` Scale read from an object, and written back into it.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::admission;
use crate::answer;
use crate::apply::Tracker;
use crate::apply::scale::{Replicas, SCALE_VERSION, scale_types};
use crate::call::Call;
use crate::handlers::update::change;
use crate::object::{map_of, metadata, metadata_text, set_metadata};
use crate::registry::{Resource, ScalePaths};
use crate::status::{ApiError, Cause};
use crate::strategy::Part;

/// Where a resource's scale is found.
pub(crate) fn paths(resource: &Resource) -> Result<&ScalePaths, ApiError> {
    resource.scale.as_ref().ok_or_else(|| {
        ApiError::method_not_allowed(format!("the resource {} has no scale", resource.qualified()))
    })
}

/// The Scale of an object.
pub(crate) fn read(paths: &ScalePaths, object: &Value) -> Value {
    let number = |path: &str| at(object, path).and_then(Value::as_i64);
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = crate::object::metadata(object, field) {
            metadata[field] = value.clone();
        }
    }
    let mut status = json!({"replicas": number(&paths.status_replicas).unwrap_or(0)});
    let selector = match &paths.label_selector {
        Some(path) => at(object, path).and_then(Value::as_str).map(str::to_owned),
        None => match_labels(object),
    };
    if let Some(selector) = selector {
        status["selector"] = json!(selector);
    }
    let mut spec = json!({});
    if let Some(replicas) = number(&paths.spec_replicas) {
        spec["replicas"] = json!(replicas);
    }
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": spec,
        "status": status,
    })
}

/// Replaces the scale of the path's object.
pub(crate) async fn update(call: &Call, scale: &Value) -> Result<Response, ApiError> {
    edit(call, |_| Ok(scale.clone())).await
}

/// Lets `edit` make the new Scale from the present one, and writes its replicas into the object.
pub(crate) async fn edit(
    call: &Call,
    edit: impl Fn(&Value) -> Result<Value, ApiError>,
) -> Result<Response, ApiError> {
    let place = &call.place;
    edit_recorded(call, |old| {
        let mut scale = edit(old)?;
        let tracker = Tracker::new(
            (scale_types(), SCALE_VERSION),
            (place.manager(), "scale"),
            place.now(),
        );
        let managed = tracker.updated(Some(old), &scale, None);
        set_metadata(&mut scale, "managedFields", managed);
        Ok(scale)
    })
    .await
}

/// The same, with an `edit` that leaves in the Scale's `managedFields` who owns its replicas.
pub(crate) async fn edit_recorded(
    call: &Call,
    edit: impl Fn(&Value) -> Result<Value, ApiError>,
) -> Result<Response, ApiError> {
    let paths = paths(&call.place.resource)?;
    let version = call.place.resource.api_version();
    let owned = Replicas::at(&paths.spec_replicas, &version);
    let written = change(
        &call.place.recorded(),
        &call.key(),
        (Part::Scale, call.query.dry_run),
        |object| {
            let mut scale = read(paths, object);
            set_metadata(&mut scale, "managedFields", owned.of_scale(object));
            let scale = edit(&scale)?;
            let name = metadata_text(object, "name");
            let replicas = scale
                .pointer("/spec/replicas")
                .and_then(Value::as_i64)
                .unwrap_or(0);
            if replicas < 0 || i32::try_from(replicas).is_err() {
                let cause = Cause::invalid(
                    "spec.replicas",
                    &replicas.to_string(),
                    "must be greater than or equal to 0",
                );
                return Err(ApiError::invalid(("autoscaling", "Scale"), name, &[cause]));
            }
            admission::judge_scale(&call.place, call.query.dry_run, object, replicas)?;
            let mut object = object.clone();
            let revision = metadata_text(&scale, "resourceVersion").to_owned();
            let managed = owned.of_object(&object, metadata(&scale, "managedFields"));
            set_metadata(&mut object, "managedFields", managed);
            set_metadata(&mut object, "resourceVersion", Some(json!(revision)));
            set(&mut object, &paths.spec_replicas, json!(replicas));
            Ok(object)
        },
    )
    .await?;
    Ok(answer::json_value(
        StatusCode::OK,
        &read(paths, &written.value(&call.place)?),
    ))
}

/// Built-in kinds have their selector in the object's spec.
fn match_labels(object: &Value) -> Option<String> {
    let selector = object.pointer("/spec/selector")?;
    let labels = selector.get("matchLabels").unwrap_or(selector).as_object()?;
    let terms: Vec<String> = labels
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)))
        .collect();
    Some(terms.join(","))
}

fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .filter(|part| !part.is_empty())
        .try_fold(object, |value, part| value.get(part))
}

fn set(object: &mut Value, path: &str, value: Value) {
    let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
    let Some((last, parents)) = parts.split_last() else {
        return;
    };
    let mut place = object;
    for part in parents {
        place = map_of(place).entry(*part).or_insert_with(|| json!({}));
    }
    map_of(place).insert((*last).to_owned(), value);
}
