//! Certificate signing requests: who asked, who may approve and sign, and what the cluster's own signers sign.
//!
//! Source: `pkg/apis/certificates`, `pkg/registry/certificates` and `pkg/controller/certificates` of Kubernetes.

pub(crate) mod checks;
pub(crate) mod conditions;
pub(crate) mod signers;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fleetui_pki::CertificateRequest;
use fleetui_pki::directory::ADMINISTRATORS;
use serde_json::{Value, json};

use crate::authz::{Asked, AskedResource, allows};
use crate::call::Call;
use crate::object::{map_of, metadata_text};
use crate::registry::Resource;
use crate::registry::access::{CERTIFICATES, REQUESTS};
use crate::request::Subresource;
use crate::status::ApiError;

/// Signs the certificates of clients.
pub(crate) const CLIENT: &str = "kubernetes.io/kube-apiserver-client";
/// Signs the certificates that kubelets are clients with.
pub(crate) const KUBELET_CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
/// Signs the certificates that kubelets serve with.
pub(crate) const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";

/// Whether this is the resource of certificate requests.
pub(crate) fn is_request(resource: &Resource) -> bool {
    resource.is(CERTIFICATES, REQUESTS)
}

/// The signer of a request.
pub(crate) fn signer(object: &Value) -> &str {
    object
        .pointer("/spec/signerName")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The request inside of an object. Fails with what is wrong with it.
pub(crate) fn request(object: &Value) -> Result<CertificateRequest, String> {
    let encoded = object
        .pointer("/spec/request")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let pem = STANDARD
        .decode(encoded)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or("it is not base64 of a PEM text")?;
    CertificateRequest::of_pem(&pem).map_err(|error| error.to_string())
}

/// Writes who asks into a new request, whatever the client wrote there, and refuses what no signer is to see.
pub(crate) fn on_create(call: &Call, object: &mut Value) -> Result<(), ApiError> {
    let identity = &call.identity;
    if !object.get("spec").is_some_and(Value::is_object) {
        map_of(object).insert("spec".to_owned(), json!({}));
    }
    if let Some(spec) = object.get_mut("spec") {
        let info = identity.user_info();
        for field in ["username", "uid", "groups", "extra"] {
            match info.get(field) {
                Some(value) => {
                    map_of(spec).insert(field.to_owned(), value.clone());
                }
                None => {
                    map_of(spec).shift_remove(field);
                }
            }
        }
    }
    let masters = signer(object) == CLIENT
        && request(object).is_ok_and(|request| {
            let organisations = &request.subject.organisations;
            organisations.iter().any(|group| group == ADMINISTRATORS)
        });
    if masters {
        let why = format!("use of {CLIENT} signer with {ADMINISTRATORS} group is not allowed");
        let name = metadata_text(object, "name");
        return Err(ApiError::forbidden(&call.place.resource, name, &why));
    }
    Ok(())
}

/// Lets a write of a part through to what that part is about, if its writer may approve or sign.
pub(crate) fn on_update(
    call: &Call,
    part: Option<Subresource>,
    old: &Value,
    new: Value,
) -> Result<Value, ApiError> {
    match part {
        Some(Subresource::Approval) => {
            check_signer(call, "approve", old)?;
            conditions::approve(&call.place.resource, old, &new, call.place.now())
        }
        Some(Subresource::Status) => {
            if old.get("status") != new.get("status") {
                check_signer(call, "sign", old)?;
            }
            conditions::sign(&call.place.resource, old, new, call.place.now())
        }
        None
        | Some(Subresource::Scale | Subresource::Finalize | Subresource::Eviction | Subresource::Token) => {
            Ok(new)
        }
    }
}

/// Approving and signing are allowed for a signer, or for all signers of its domain.
fn check_signer(call: &Call, verb: &str, object: &Value) -> Result<(), ApiError> {
    let signer = signer(object);
    let domain = signer.split('/').next().unwrap_or_default();
    let all = format!("{domain}/*");
    let may = |name: &str| {
        let asked = AskedResource::new(verb, CERTIFICATES, "signers", name);
        allows(&call.place.hosted, &call.identity, &Asked::Resource(asked))
    };
    if may(signer) || may(&all) {
        return Ok(());
    }
    let why = format!("user not permitted to {verb} requests with signerName {signer:?}");
    Err(ApiError::forbidden(
        &call.place.resource,
        metadata_text(object, "name"),
        &why,
    ))
}
