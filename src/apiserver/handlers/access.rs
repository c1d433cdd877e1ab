//! What is looked at when somebody writes objects that say who may: that nobody gives away what they do not have, and
//! that a certificate request tells truly who asked and who decided.

use serde_json::Value;

use crate::authz::escalation::Writer;
use crate::authz::{Asked, AskedResource, allows};
use crate::call::Call;
use crate::certificates;
use crate::request::Subresource;
use crate::status::ApiError;
use crate::visit::refusal;

/// Looks at an object that a client creates, and writes into it what the server knows better.
pub(crate) fn on_create(call: &Call, object: &mut Value) -> Result<(), ApiError> {
    // An update or an apply that finds no object makes one, which takes more than to change one.
    if call.path.name.is_some() {
        check_create(call)?;
    }
    writer(call).check(None, object)?;
    if certificates::is_request(&call.place.resource) {
        certificates::on_create(call, object)?;
    }
    Ok(())
}

/// Looks at what a client makes of `old`, and answers with what of it may be written.
pub(crate) fn on_update(
    call: &Call,
    part: Option<Subresource>,
    old: &Value,
    new: Value,
) -> Result<Value, ApiError> {
    writer(call).check(Some(old), &new)?;
    if certificates::is_request(&call.place.resource) {
        return certificates::on_update(call, part, old, new);
    }
    Ok(new)
}

fn check_create(call: &Call) -> Result<(), ApiError> {
    let asked = Asked::Resource(AskedResource {
        verb: "create",
        group: &call.path.group,
        resource: &call.path.plural,
        subresource: "",
        namespace: call.namespace(),
        name: call.path.name.as_deref().unwrap_or_default(),
    });
    if allows(&call.place.hosted, &call.identity, &asked) {
        Ok(())
    } else {
        Err(refusal(&call.place.hosted, &call.identity, &asked))
    }
}

fn writer(call: &Call) -> Writer<'_> {
    Writer {
        hosted: &call.place.hosted,
        identity: &call.identity,
        resource: &call.place.resource,
        namespace: call.namespace(),
    }
}
