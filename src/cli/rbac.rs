//! What `fleetui controllers` and `fleetui init` ask of a management cluster, as rules of RBAC: what the controllers themselves
//! ask for, and what comes before they work.

use color_eyre::eyre::Report;
use fleetui_api::kinds::CLUSTERCTL;
use fleetui_controllers::{Permission, permissions};

use super::status::Denied;

/// The command that prints the rules.
const COMMAND: &str = "fleetui generate rbac";

const RIVALS: &str = "whether another manager works there";

/// Where another manager would be seen.
fn rivals() -> [Permission; 3] {
    [
        Permission::new(CLUSTERCTL, "providers", &["list"], RIVALS),
        Permission::new("coordination.k8s.io", "leases", &["list"], RIVALS),
        Permission::new("apps", "deployments", &["list"], RIVALS),
    ]
}

/// What `fleetui controllers` needs in all namespaces.
pub(super) fn controllers() -> Vec<Permission> {
    let namespace = "whether the namespace of the Lease is there";
    let mut all = permissions();
    all.extend(rivals());
    all.push(Permission::new("", "namespaces", &["get"], namespace));
    all
}

/// What it needs in the namespace of the Lease.
pub(super) fn leading() -> Permission {
    let why = "the Lease that says which of several managers works";
    Permission::new("coordination.k8s.io", "leases", &["get", "create", "update"], why)
}

/// What `fleetui init` needs.
pub(super) fn init() -> Vec<Permission> {
    let definitions = ["get", "list", "create", "patch"];
    let written = ["create", "patch"];
    let mut all = vec![
        Permission::new(
            "apiextensions.k8s.io",
            "customresourcedefinitions",
            &definitions,
            "the kinds",
        ),
        Permission::new(
            "",
            "namespaces",
            &written,
            "those of the providers and of the Lease",
        ),
        Permission::new(CLUSTERCTL, "providers", &written, "the inventory"),
    ];
    all.extend(rivals());
    all
}

/// Where somebody was denied something: the same, with how the permissions are had.
pub(super) fn advised(report: Report) -> Report {
    if report.downcast_ref::<Denied>().is_none() {
        return report;
    }
    Denied(format!(
        "{report:#}; {COMMAND} prints the roles that are needed, for an administrator to apply"
    ))
    .into()
}

#[cfg(test)]
mod tests {
    use color_eyre::eyre::{WrapErr as _, eyre};

    use super::super::status;
    use super::*;

    #[test]
    fn whoever_is_denied_something_is_told_how_it_is_had_and_ends_as_refused() {
        let denied: color_eyre::Result<()> = Err(Denied("you may not".to_owned()).into());
        let report = advised(denied.wrap_err("it cannot be told").unwrap_err());
        let told = report.to_string();
        assert!(
            told.starts_with("it cannot be told: you may not; fleetui generate rbac"),
            "{told}"
        );
        assert_eq!(status::of(&report), status::REFUSED);
        assert_eq!(advised(eyre!("it hangs")).to_string(), "it hangs");
    }
}
