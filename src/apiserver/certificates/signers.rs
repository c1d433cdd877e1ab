//! The cluster's own signers: what each of them signs, and for how long.
//!
//! Must not know: the store. It turns a request into a certificate, or into the reason why there is none.

use fleetui_pki::{AlternativeName, Authority, CertificateFacts, CertificateRequest, KeyUse, Validity};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::checks::usages;
use super::{CLIENT, KUBELET_CLIENT, KUBELET_SERVING, request, signer};

/// How long a certificate is good where the request asks for nothing else, and at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How much before its making it begins, for clocks that are behind.
const BACKDATED: SignedDuration = SignedDuration::from_mins(5);

/// Whether one of the cluster's own signers is asked.
pub(crate) fn is_ours(object: &Value) -> bool {
    matches!(signer(object), CLIENT | KUBELET_CLIENT | KUBELET_SERVING)
}

/// The certificate that an approved request gets, as PEM. Fails with the reason for which its signer signs none.
pub(crate) fn sign(object: &Value, authority: &Authority, now: Timestamp) -> Result<String, String> {
    let request = request(object)?;
    let usages = usages(object);
    match signer(object) {
        CLIENT => check_client(&usages)?,
        KUBELET_CLIENT => check_kubelet_client(&request, &usages)?,
        KUBELET_SERVING => check_kubelet_serving(&request, &usages)?,
        other => return Err(format!("{other} is no signer of this cluster")),
    }
    let uses: Vec<KeyUse> = usages.iter().filter_map(|usage| key_use(usage)).collect();
    authority
        .sign_request(&request, &uses, validity(object, authority, now))
        .map_err(|error| error.to_string())
}

fn validity(object: &Value, authority: &Authority, now: Timestamp) -> Validity {
    let asked = object.pointer("/spec/expirationSeconds").and_then(Value::as_i64);
    let length = asked.map_or(LONGEST, SignedDuration::from_secs).min(LONGEST);
    let end = now.checked_add(length).unwrap_or(Timestamp::MAX);
    // A certificate is good no longer than its authority is.
    let last = CertificateFacts::of_pem(authority.certificate_pem()).map(|facts| facts.not_after);
    Validity {
        not_before: now.checked_sub(BACKDATED).unwrap_or(now),
        not_after: end.min(last.unwrap_or(end)),
    }
}

fn key_use(usage: &str) -> Option<KeyUse> {
    match usage {
        "digital signature" => Some(KeyUse::DigitalSignature),
        "key encipherment" => Some(KeyUse::KeyEncipherment),
        "client auth" => Some(KeyUse::ClientAuth),
        "server auth" => Some(KeyUse::ServerAuth),
        _ => None,
    }
}

/// All of `needed` are there, and nothing that is not among `allowed`.
fn check_usages(usages: &[&str], needed: &[&str], allowed: &[&str]) -> Result<(), String> {
    let missing = needed.iter().find(|usage| !usages.contains(usage));
    let stranger = usages.iter().find(|usage| !allowed.contains(usage));
    match (missing, stranger) {
        (Some(missing), _) => Err(format!("usages did not match: {missing:?} is missing")),
        (None, Some(stranger)) => Err(format!("usages did not match: {stranger:?} is not signed")),
        (None, None) => Ok(()),
    }
}

fn check_client(usages: &[&str]) -> Result<(), String> {
    check_usages(
        usages,
        &["client auth"],
        &["client auth", "digital signature", "key encipherment"],
    )
}

fn check_kubelet_client(request: &CertificateRequest, usages: &[&str]) -> Result<(), String> {
    check_node(request)?;
    if !request.names.is_empty() {
        return Err("a kubelet's client certificate has no subject alternative names".to_owned());
    }
    check_usages(
        usages,
        &["client auth", "digital signature"],
        &["client auth", "digital signature", "key encipherment"],
    )
}

fn check_kubelet_serving(request: &CertificateRequest, usages: &[&str]) -> Result<(), String> {
    check_node(request)?;
    let served = |name: &AlternativeName| matches!(name, AlternativeName::Dns(_) | AlternativeName::Ip(_));
    if request.names.is_empty() {
        return Err("a kubelet's serving certificate needs a DNS name or an IP address".to_owned());
    }
    if !request.names.iter().all(served) {
        return Err(
            "a kubelet's serving certificate has no email and no URI subject alternative names".to_owned(),
        );
    }
    check_usages(
        usages,
        &["digital signature", "server auth"],
        &["digital signature", "key encipherment", "server auth"],
    )
}

fn check_node(request: &CertificateRequest) -> Result<(), String> {
    if request.subject.organisations != ["system:nodes"] {
        return Err("subject organization is not system:nodes".to_owned());
    }
    if !request.subject.common_name.starts_with("system:node:") {
        return Err("subject common name does not begin with system:node:".to_owned());
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
