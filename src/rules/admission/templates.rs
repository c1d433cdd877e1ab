//! Templates whose spec never changes, because machines and control planes were made from it.

use serde_json::Value;

use super::field::annotation;
use super::labels::check_metadata;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write, kubeadm_config, kubeadm_control_plane};

/// The topology reconciler's dry runs may differ; the annotation marks them.
const TOPOLOGY_DRY_RUN: &str = "topology.cluster.x-k8s.io/dry-run";

pub(super) fn validate_machine(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let rehearsed = write.dry_run && annotation(write.object, TOPOLOGY_DRY_RUN).is_some();
    if !rehearsed {
        check_immutable(write, "Please create a new resource instead.", verdict);
    }
    check_template_metadata(write, verdict);
}

pub(super) fn validate_cluster(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    check_immutable(write, "Please create a new resource instead.", verdict);
    check_template_metadata(write, verdict);
}

pub(super) fn validate_control_plane(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    match write.operation {
        Operation::Delete => {}
        Operation::Update => check_immutable(write, "Please create new resource instead.", verdict),
        Operation::Create => {
            let Some(spec) = write.object.pointer("/spec/template/spec") else {
                return;
            };
            let path = "spec.template.spec";
            kubeadm_control_plane::check_shared(spec, None, path, verdict);
            kubeadm_config::check(
                spec.get("kubeadmConfigSpec"),
                &format!("{path}.kubeadmConfigSpec"),
                true,
                verdict,
            );
            check_template_metadata(write, verdict);
        }
    }
}

fn check_immutable(write: &Write, instead: &str, verdict: &mut Verdict) {
    let spec = |object: &Value| object.pointer("/spec/template/spec").cloned();
    let changed = write.old.is_some_and(|old| spec(old) != spec(write.object));
    if changed {
        verdict.add(Violation::invalid(
            "spec.template.spec",
            &spec(write.object).unwrap_or(Value::Null),
            &format!("{} spec.template.spec field is immutable. {instead}", write.kind),
        ));
    }
}

fn check_template_metadata(write: &Write, verdict: &mut Verdict) {
    check_metadata(
        write.object.pointer("/spec/template/metadata"),
        "spec.template.metadata",
        &mut verdict.violations,
    );
}
