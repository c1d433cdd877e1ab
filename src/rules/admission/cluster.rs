//! Cluster.

use serde_json::Value;

use super::field::{self, defined, list, text};
use super::labels::value_faults;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write, topology};

pub(super) fn default(write: &Write, object: &mut Value, lookup: &dyn Lookup) -> Result<(), Vec<Violation>> {
    if defined(object, "/spec/topology").is_some() {
        topology::default(write, object, lookup)?;
    }
    Ok(())
}

pub(super) fn validate(write: &Write, lookup: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let object = write.object;
    let name = field::name(object);
    for fault in value_faults(name) {
        verdict.add(Violation::invalid_text(
            "metadata.name",
            name,
            &format!("must be a valid label value {fault}"),
        ));
    }
    check_references(write, verdict);
    for network in ["pods", "services"] {
        let blocks = list(object, &format!("/spec/clusterNetwork/{network}/cidrBlocks"));
        for (index, block) in blocks.iter().enumerate() {
            let block = block.as_str().unwrap_or_default();
            if !is_cidr(block) {
                verdict.add(Violation::invalid_text(
                    format!("spec.clusterNetwork.{network}.cidrBlocks[{index}]"),
                    block,
                    &format!("invalid CIDR address: {block}"),
                ));
            }
        }
    }
    if defined(object, "/spec/topology").is_some() {
        topology::validate(write, lookup, verdict);
    } else if write
        .old
        .is_some_and(|old| defined(old, "/spec/topology").is_some())
    {
        verdict.add(Violation::forbidden(
            "spec.topology",
            "cannot be removed from an existing Cluster",
        ));
    }
}

/// A cluster refers to something, and what it once referred to it goes on referring to.
fn check_references(write: &Write, verdict: &mut Verdict) {
    let has = |object: &Value, reference: &str| defined(object, &format!("/spec/{reference}")).is_some();
    for reference in ["infrastructureRef", "controlPlaneRef"] {
        let gone = write.old.is_some_and(|old| has(old, reference)) && !has(write.object, reference);
        if gone {
            verdict.add(Violation::forbidden(
                format!("spec.{reference}"),
                "cannot be removed",
            ));
        }
    }
    let any = ["infrastructureRef", "controlPlaneRef", "topology"]
        .iter()
        .any(|reference| has(write.object, reference));
    if !any {
        verdict.add(Violation::forbidden(
            "spec",
            "one of spec.controlPlaneRef, spec.infrastructureRef or spec.topology must be set",
        ));
    }
}

/// Whether this is an address and the length of a prefix of it, `10.0.0.0/16`.
fn is_cidr(block: &str) -> bool {
    let Some((address, length)) = block.split_once('/') else {
        return false;
    };
    let most = match address.parse() {
        Ok(core::net::IpAddr::V4(_)) => 32,
        Ok(core::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    let plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    plain && length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// The class that a cluster's topology is of: namespace and name. The name is empty where it has none.
pub(super) fn class_of(cluster: &Value) -> (&str, &str) {
    let named = text(cluster, "/spec/topology/classRef/namespace");
    let namespace = if named.is_empty() {
        field::namespace(cluster)
    } else {
        named
    };
    (namespace, text(cluster, "/spec/topology/classRef/name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for good in ["10.0.0.0/16", "0.0.0.0/0", "fd00::/64"] {
            assert!(is_cidr(good), "{good}");
        }
        for bad in [
            "10.0.0.0",
            "10.0.0/8",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "x/8",
            "10.0.0.0/",
        ] {
            assert!(!is_cidr(bad), "{bad}");
        }
    }
}
