//! `patch`: a change told as a difference, made upon the newest state.

use axum::response::Response;
use serde_json::{Value, json};

use crate::call::Call;
use crate::handlers::create::{check_namespace, check_type, hold_to_type};
use crate::handlers::update::change;
use crate::handlers::{access, apply, scale};
use crate::object::metadata_text;
use crate::patch::{APPLY, Patch};
use crate::request::{Subresource, body};
use crate::schema::causes::Path;
use crate::status::{ApiError, Cause};
use crate::strategy::Part;

/// Patches the object of the path, or a part of it.
pub(crate) async fn patch(
    call: &Call,
    part: Option<Subresource>,
    bytes: &[u8],
) -> Result<Response, ApiError> {
    call.accept.form()?;
    if body::media_type(&call.headers) == APPLY {
        return apply::apply(call, part, bytes).await;
    }
    let patch = Patch::read(&call.place.resource, &call.headers, bytes)?;
    if call.query.force.is_some() {
        let cause = Cause::forbidden("force", "may not be specified for non-apply patch");
        return Err(ApiError::invalid(("meta.k8s.io", "PatchOptions"), "", &[cause]));
    }
    let subresource = part;
    let part = match subresource {
        None | Some(Subresource::Eviction | Subresource::Token) => Part::Main,
        Some(Subresource::Status | Subresource::Approval) => Part::Status,
        Some(Subresource::Finalize) => Part::Finalize,
        Some(Subresource::Scale) => return scale::edit(call, |scale| patch.apply(scale)).await,
    };
    let key = call.key();
    let written = change(&call.place, &key, (part, call.query.dry_run), |object| {
        let mut patched = patch.apply(object)?;
        let mut flaws = patch.flaws();
        hold_to_type(call, &mut patched, &mut flaws)?;
        flaws.judge(call.query.field_validation, &call.place.warnings, |text| {
            let cause = Cause::invalid_value(
                &Path::Field(&Path::Root, "patch"),
                &json!(patched.to_string()),
                &text,
            );
            ApiError::invalid(("", ""), "", &[cause])
        })?;
        let name = metadata_text(&patched, "name");
        if name != key.object.name {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                key.object.name
            )));
        }
        check_uid(call, object, &patched)?;
        if metadata_text(&patched, "namespace") != metadata_text(object, "namespace") {
            check_namespace(call, &patched)?;
        }
        check_type(call, &mut patched)?;
        access::on_update(call, subresource, object, patched)
    })
    .await?;
    written.answer(call)
}

/// Where a replacement names another object by its uid, a patch changes a field of this one, which cannot be.
pub(crate) fn check_uid(call: &Call, old: &Value, new: &Value) -> Result<(), ApiError> {
    let uid = metadata_text(new, "uid");
    if uid.is_empty() || uid == metadata_text(old, "uid") {
        return Ok(());
    }
    let cause = Cause::invalid("metadata.uid", &format!("{uid:?}"), "field is immutable");
    let name = metadata_text(old, "name");
    Err(ApiError::invalid_object(&call.place.resource, name, &[cause]))
}
