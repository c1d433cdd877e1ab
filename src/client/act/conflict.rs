//! What a server says of fields that others have set, when an object is applied: which fields, and who has set them.
//!
//! Must not know: what is done about it.

use fleetui_base::ObjectKey;

use super::send::FIELD_MANAGER;
use crate::command::{Failure, FailureKind};

/// Who has set which fields: the manager as the server tells it, and the fields.
#[derive(Debug, Default, PartialEq, Eq)]
struct Claim<'a> {
    manager: &'a str,
    fields: Vec<&'a str>,
}

/// The failure of applying `target`, where the server tells whose its fields are.
pub(super) fn of_managers(target: &ObjectKey, said: &str) -> Failure {
    let claims = claims(said);
    let told: Vec<String> = claims.iter().map(Claim::told).collect();
    let what = if told.is_empty() {
        said.to_owned()
    } else {
        told.join("; ")
    };
    let message = format!(
        "{target}: {what}; the file says otherwise: leave that out of it, or take it over with --force-conflicts; nothing was written"
    );
    Failure::new(FailureKind::Conflict, message)
}

impl Claim<'_> {
    /// What is done here under our own name and is no apply is known by its name alone.
    fn told(&self) -> String {
        let fields: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.trim_start_matches('.'))
            .collect();
        let fields = fields.join(", ");
        if self.manager == FIELD_MANAGER {
            return format!(
                "fleetui itself has set {fields}, by an act such as create, scale, upgrade or an edit"
            );
        }
        format!("the field manager {:?} has set {fields}", self.manager)
    }
}

/// Reads `conflict with "kubectl" using apps/v1: .spec.replicas`, and the same of several fields, one a line behind a dash.
fn claims(said: &str) -> Vec<Claim<'_>> {
    let mut claims = Vec::new();
    let parts = said
        .split("conflict with \"")
        .flat_map(|part| part.split("conflicts with \""));
    for part in parts.skip(1) {
        let Some((manager, rest)) = part.split_once('"') else {
            continue;
        };
        // Behind the manager stands by which subresource and version; then the fields.
        let Some((_, fields)) = rest.split_once(':') else {
            continue;
        };
        let fields = fields
            .lines()
            .map(|line| line.trim().trim_start_matches("- ").trim_end_matches(','))
            .filter(|line| !line.is_empty());
        claims.push(Claim {
            manager,
            fields: fields.collect(),
        });
    }
    claims
}

#[cfg(test)]
mod tests {
    use fleetui_base::{GroupKind, ManagementCluster, ObjectName};

    use super::*;

    fn told(said: &str) -> String {
        let target = ObjectKey::new(
            ManagementCluster::new("taipei"),
            GroupKind::new("cluster.x-k8s.io", "MachineDeployment"),
            ObjectName::new("web", "md-0"),
        );
        let failure = of_managers(&target, said);
        assert_eq!(failure.kind, FailureKind::Conflict);
        assert!(failure.message.contains("MachineDeployment"), "{failure}");
        assert!(failure.message.contains("web/md-0"), "{failure}");
        failure.message
    }

    #[test]
    fn object_fields_and_manager_are_named() {
        let one = told(
            r#"Apply failed with 1 conflict: conflict with "kubectl-edit" using cluster.x-k8s.io/v1beta2: .spec.replicas"#,
        );
        assert!(
            one.contains(r#"the field manager "kubectl-edit" has set spec.replicas;"#),
            "{one}"
        );
        assert!(
            one.contains("--force-conflicts") && one.contains("nothing was written"),
            "{one}"
        );
        let several = told(
            "Apply failed with 3 conflicts: conflicts with \"argocd\" using v1:\n- .spec.a\n- .spec.b\nconflicts with \"m\" with \
             subresource \"scale\":\n- .spec.replicas",
        );
        assert!(
            several.contains(r#"the field manager "argocd" has set spec.a, spec.b"#)
                && several.contains(r#"the field manager "m" has set spec.replicas"#),
            "{several}"
        );
    }

    #[test]
    fn what_was_set_from_here_is_no_somebody_else() {
        let own = told(r#"Apply failed with 1 conflict: conflict with "fleetui" using v1: .spec.replicas"#);
        assert!(own.contains("fleetui itself has set spec.replicas"), "{own}");
        assert!(!own.contains("somebody"), "{own}");
    }

    #[test]
    fn words_of_another_kind_stay_as_they_are() {
        let other = told("the object has been modified");
        assert!(other.contains("the object has been modified"), "{other}");
    }
}
