//! IPAddress and IPAddressClaim.

use core::net::IpAddr;

use serde_json::{Value, json};

use super::field::{integer, namespace, text};
use super::violation::Violation;
use super::{IPAM, Lookup, Operation, Verdict, Write};

pub(super) fn validate_claim(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    check_immutable(write, verdict);
}

pub(super) fn validate_address(write: &Write, lookup: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation != Operation::Create {
        return check_immutable(write, verdict);
    }
    let object = write.object;
    let address = text(object, "/spec/address");
    let read = address.parse::<IpAddr>();
    if read.is_err() {
        verdict.add(Violation::invalid_text(
            "spec.address",
            address,
            "not a valid IP address",
        ));
    }
    let prefix = integer(object, "/spec/prefix").unwrap_or(0);
    let too_large = match read {
        Ok(IpAddr::V4(_)) if prefix > 32 => Some("prefix is too large for an IPv4 address"),
        Ok(IpAddr::V6(_)) if prefix > 128 => Some("prefix is too large for an IPv6 address"),
        _ if prefix < 0 => Some("prefix cannot be negative"),
        Ok(_) | Err(_) => None,
    };
    if let Some(why) = too_large {
        verdict.add(Violation::invalid("spec.prefix", &json!(prefix), why));
    }
    let gateway = text(object, "/spec/gateway");
    if !gateway.is_empty() && gateway.parse::<IpAddr>().is_err() {
        verdict.add(Violation::invalid_text(
            "spec.gateway",
            gateway,
            "not a valid IP address",
        ));
    }
    let claim = lookup.get(
        IPAM,
        "IPAddressClaim",
        namespace(object),
        text(object, "/spec/claimRef/name"),
    );
    let pool = |object: &Value| object.pointer("/spec/poolRef").cloned();
    if claim.is_some_and(|claim| pool(&claim) != pool(object)) {
        verdict.add(Violation::invalid(
            "spec.poolRef",
            &pool(object).unwrap_or(Value::Null),
            "the referenced pool is different from the pool referenced by the claim this address should fulfill",
        ));
    }
}

fn check_immutable(write: &Write, verdict: &mut Verdict) {
    let Some(old) = write.old.filter(|_| write.operation == Operation::Update) else {
        return;
    };
    if old.get("spec") != write.object.get("spec") {
        verdict.forbidden = Some(format!("spec: Forbidden: {} spec is immutable.", write.kind));
    }
}
