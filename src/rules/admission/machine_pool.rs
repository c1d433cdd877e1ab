//! MachinePool.

use serde_json::Value;

use super::field::{defined, label_with_cluster, with_leading_v};
use super::labels::check_metadata;
use super::machine::{check_bootstrap, check_cluster_name, check_version};
use super::machine_template::check_same_cluster;
use super::violation::Violation;
use super::{Lookup, Operation, Verdict, Write, machine, replicas};

pub(super) fn default(write: &Write, object: &mut Value, _: &dyn Lookup) -> Result<(), Vec<Violation>> {
    label_with_cluster(object);
    replicas::default(object, write.old)?;
    machine::default_node_deletion(object, &["spec", "template", "spec", "deletion"]);
    with_leading_v(object, "/spec/template/spec/version");
    Ok(())
}

pub(super) fn validate(write: &Write, _: &dyn Lookup, verdict: &mut Verdict) {
    if write.operation == Operation::Delete {
        return;
    }
    let object = write.object;
    check_bootstrap(object, "spec.template.spec", verdict);
    check_cluster_name(write, verdict);
    check_same_cluster(object, verdict);
    check_version(object, "spec.template.spec.version", verdict);
    if defined(object, "/spec/template/spec/taints").is_some() {
        verdict.add(Violation::forbidden(
            "spec.taints",
            "taints feature for MachinePools is not yet implemented",
        ));
    }
    check_metadata(
        object.pointer("/spec/template/metadata"),
        "spec.template.metadata",
        &mut verdict.violations,
    );
}
