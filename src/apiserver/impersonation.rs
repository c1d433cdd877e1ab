//! Acting as somebody else: `Impersonate-User` and its companions, for those who may.
//!
//! Source: the impersonation filter of Kubernetes.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;

use crate::authn::{ANONYMOUS, AUTHENTICATED, Identity, UNAUTHENTICATED, accounts};
use crate::authz::{Asked, AskedResource, allows};
use crate::hosted::Hosted;
use crate::registry::access::AUTHENTICATION;
use crate::status::ApiError;
use crate::visit::refusal;

const USER: HeaderName = HeaderName::from_static("impersonate-user");
const GROUP: HeaderName = HeaderName::from_static("impersonate-group");
const UID: HeaderName = HeaderName::from_static("impersonate-uid");
const EXTRA: &str = "impersonate-extra-";
/// What all of these begin with.
const PREFIX: &str = "impersonate-";
/// The most headers of these that a request may have.
const MOST: usize = 256;

/// As whom a request is to be carried out, if it says so and its sender may.
pub(crate) fn acting(
    hosted: &Hosted,
    sender: &Arc<Identity>,
    headers: &HeaderMap,
) -> Result<Option<Arc<Identity>>, ApiError> {
    if !headers.keys().any(|name| name.as_str().starts_with(PREFIX)) {
        return Ok(None);
    }
    let mut wanted = Identity {
        user: texts(headers, &USER)?.into_iter().next().unwrap_or_default(),
        groups: texts(headers, &GROUP)?,
        uid: texts(headers, &UID)?
            .into_iter()
            .next()
            .filter(|uid| !uid.is_empty()),
        extra: extra(headers)?,
    };
    if wanted.user.is_empty() {
        return Err(ApiError::internal(
            "groups, uids and extra fields were requested without impersonating a user",
        ));
    }
    check(hosted, sender, &wanted)?;
    complete(&mut wanted);
    Ok(Some(Arc::new(wanted)))
}

fn texts(headers: &HeaderMap, name: &HeaderName) -> Result<Vec<String>, ApiError> {
    let values = headers.get_all(name);
    if values.iter().count() > MOST {
        return Err(ApiError::bad_request(format!(
            "there are too many {name} headers"
        )));
    }
    values
        .iter()
        .map(|value| {
            std::str::from_utf8(value.as_bytes())
                .map(str::to_owned)
                .map_err(|_| ApiError::bad_request(format!("the header {name} is not UTF-8")))
        })
        .collect()
}

fn extra(headers: &HeaderMap) -> Result<BTreeMap<String, Vec<String>>, ApiError> {
    let mut extra = BTreeMap::new();
    for name in headers.keys() {
        if let Some(encoded) = name.as_str().strip_prefix(EXTRA) {
            let field = percent_decode_str(encoded)
                .decode_utf8()
                .map_err(|_| ApiError::bad_request(format!("the name of the header {name} is not UTF-8")))?;
            extra.insert(field.to_lowercase(), texts(headers, name)?);
        }
    }
    if extra.len() > MOST {
        return Err(ApiError::bad_request(
            "there are too many Impersonate-Extra headers",
        ));
    }
    Ok(extra)
}

/// Each thing that is claimed must be allowed by itself.
fn check(hosted: &Hosted, sender: &Identity, wanted: &Identity) -> Result<(), ApiError> {
    if sender.administers() {
        return Ok(());
    }
    let may = |asked: AskedResource<'_>| {
        let asked = Asked::Resource(asked);
        if allows(hosted, sender, &asked) {
            Ok(())
        } else {
            Err(refusal(hosted, sender, &asked))
        }
    };
    let impersonate = |group, resource, name| AskedResource::new("impersonate", group, resource, name);
    match accounts::of_user_name(&wanted.user) {
        Some((namespace, name)) => may(impersonate("", "serviceaccounts", name).inside(namespace))?,
        None => may(impersonate("", "users", &wanted.user))?,
    }
    for group in &wanted.groups {
        may(impersonate("", "groups", group))?;
    }
    if let Some(uid) = &wanted.uid {
        may(impersonate(AUTHENTICATION, "uids", uid))?;
    }
    for (field, values) in &wanted.extra {
        for value in values {
            may(AskedResource {
                verb: "impersonate",
                group: AUTHENTICATION,
                resource: "userextras",
                subresource: field,
                namespace: "",
                name: value,
            })?;
        }
    }
    Ok(())
}

/// The groups that come with a name.
fn complete(wanted: &mut Identity) {
    if wanted.groups.is_empty()
        && let Some((namespace, _)) = accounts::of_user_name(&wanted.user)
    {
        wanted.groups = accounts::groups(namespace).into();
    }
    let add = if wanted.user == ANONYMOUS {
        UNAUTHENTICATED
    } else {
        AUTHENTICATED
    };
    let known = wanted
        .groups
        .iter()
        .any(|group| matches!(group.as_str(), AUTHENTICATED | UNAUTHENTICATED));
    if !known {
        wanted.groups.push(add.to_owned());
    }
}
