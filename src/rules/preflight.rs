//! What a MachineSet checks before it creates machines: a stable control plane, and versions that may join it.

use std::collections::BTreeSet;

use crate::version::Version;

/// The annotation value that skips every check.
const ALL: &str = "All";

/// What is known of the cluster's control plane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlPlane {
    /// Kind and name for people, `KubeadmControlPlane ns/name`.
    pub description: String,
    /// `spec.version`, where the control plane has one.
    pub version: Option<Version>,
    /// What `status.versions` lists; empty while it is provisioning.
    pub observed: Vec<Version>,
}

impl ControlPlane {
    /// Whether no machine of it runs yet.
    pub fn provisioning(&self) -> bool {
        self.observed.is_empty()
    }

    /// Whether a machine of it still runs an older version.
    pub fn upgrading(&self) -> bool {
        self.version
            .as_ref()
            .is_some_and(|wished| self.observed.iter().any(|observed| wished > observed))
    }
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// The control plane; absent where the Cluster has no reference to one, and nothing is checked then.
    pub control_plane: Option<&'a ControlPlane>,
    /// The version that new machines get.
    pub version: Option<&'a Version>,
    /// Whether they are bootstrapped by kubeadm.
    pub kubeadm: bool,
    /// The value of the skip-preflight-checks annotation.
    pub skip: Option<&'a str>,
}

/// Sentences for every check that fails; empty when machines may be created.
pub fn failures(request: &Request<'_>) -> Vec<String> {
    let skipped: BTreeSet<&str> = request
        .skip
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .collect();
    let Some(control_plane) = request.control_plane else {
        return Vec::new();
    };
    if skipped.contains(ALL) {
        return Vec::new();
    }
    let mut failures = Vec::new();
    let mut check = |name: &str, failure: Option<String>| {
        if let (false, Some(failure)) = (skipped.contains(name), failure) {
            failures.push(format!("{failure} (\"{name}\" preflight check failed)"));
        }
    };
    check("ControlPlaneIsStable", unstable(control_plane));
    if let (Some(version), Some(control_plane)) = (request.version, &control_plane.version) {
        let skew = format!(
            "MachineSet version ({version}) and ControlPlane version ({control_plane}) do not conform to the kubernetes version \
             skew policy as "
        );
        let kubelet = if version.minor() > control_plane.minor() {
            "MachineSet version is higher than ControlPlane version"
        } else {
            "MachineSet version is more than 3 minor versions older than the ControlPlane version"
        };
        check(
            "KubernetesVersionSkew",
            (!version.may_run_under(control_plane)).then(|| format!("{skew}{kubelet}")),
        );
        check(
            "KubeadmVersionSkew",
            (request.kubeadm && !version.may_join(control_plane)).then(|| {
                format!(
                    "MachineSet version ({version}) and ControlPlane version ({control_plane}) do not conform to kubeadm version \
                     skew policy as kubeadm only supports joining with the same major+minor version as the control plane"
                )
            }),
        );
    }
    failures
}

fn unstable(control_plane: &ControlPlane) -> Option<String> {
    if control_plane.provisioning() {
        Some(format!("{} is provisioning", control_plane.description))
    } else if control_plane.upgrading() {
        Some(format!("{} is upgrading", control_plane.description))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control_plane(wished: &str, observed: &[&str]) -> ControlPlane {
        ControlPlane {
            description: "KubeadmControlPlane default/c".to_owned(),
            version: wished.parse().ok(),
            observed: observed
                .iter()
                .map(|version| version.parse().expect("a version"))
                .collect(),
        }
    }

    fn check(control_plane: &ControlPlane, version: &str, skip: Option<&str>) -> Vec<String> {
        let version: Version = version.parse().expect("a version");
        failures(&Request {
            control_plane: Some(control_plane),
            version: Some(&version),
            kubeadm: true,
            skip,
        })
    }

    #[test]
    fn machines_wait_for_a_stable_control_plane() {
        let stable = control_plane("v1.31.0", &["v1.31.0"]);
        assert!(check(&stable, "v1.31.0", None).is_empty());
        assert_eq!(
            check(&control_plane("v1.31.0", &[]), "v1.31.0", None),
            [
                "KubeadmControlPlane default/c is provisioning (\"ControlPlaneIsStable\" preflight check failed)"
            ]
        );
        assert_eq!(
            check(
                &control_plane("v1.31.0", &["v1.31.0", "v1.30.4"]),
                "v1.31.0",
                None
            ),
            ["KubeadmControlPlane default/c is upgrading (\"ControlPlaneIsStable\" preflight check failed)"]
        );
    }

    #[test]
    fn versions_must_fit_and_checks_can_be_skipped() {
        let stable = control_plane("v1.31.0", &["v1.31.0"]);
        assert_eq!(check(&stable, "v1.32.0", None).len(), 2);
        assert_eq!(
            check(&stable, "v1.30.0", None).len(),
            1,
            "kubeadm joins its own minor version only"
        );
        assert!(
            check(
                &stable,
                "v1.30.0",
                Some("KubeadmVersionSkew, KubernetesVersionSkew")
            )
            .is_empty()
        );
        assert!(check(&control_plane("v1.31.0", &[]), "v1.20.0", Some("All")).is_empty());
    }

    #[test]
    fn without_a_control_plane_reference_nothing_is_checked() {
        let request = Request {
            control_plane: None,
            version: None,
            kubeadm: true,
            skip: None,
        };
        assert!(failures(&request).is_empty());
    }
}
