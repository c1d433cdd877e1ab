//! What a MachineSet checks before it creates machines: a stable control plane, and versions that may join it.

use std::collections::BTreeSet;

use crate::version::Version;

/// The annotation value that skips every check.
const ALL: &str = "All";

/// What is known of the cluster's control plane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlPlane {
    /// Its kind, `KubeadmControlPlane`.
    pub kind: String,
    /// `namespace/name`.
    pub name: String,
    /// Why it could not be read; it may come after its Cluster.
    pub missing: Option<String>,
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

/// The version that the topology of a Cluster wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topology<'a> {
    /// Its version.
    pub version: &'a str,
    /// The version that an upgrade over several minor versions is at, as the Cluster's annotation says.
    pub step: Option<&'a str>,
}

impl<'a> Topology<'a> {
    /// The version that has still to come to a control plane of `version`, if any.
    pub fn pending(&self, version: &str) -> Option<&'a str> {
        let step = self.step.filter(|step| !step.is_empty());
        (!self.version.is_empty() && self.version != version && step != Some(version))
            .then_some(step.unwrap_or(self.version))
    }
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// What machines would be created for.
    pub action: Action,
    /// The control plane; absent where the Cluster has no reference to one, and nothing is checked then.
    pub control_plane: Option<&'a ControlPlane>,
    /// The topology of the Cluster, where it has one.
    pub topology: Option<Topology<'a>>,
    /// The version that new machines get.
    pub version: Option<&'a Version>,
    /// Whether they are bootstrapped by kubeadm.
    pub kubeadm: bool,
    /// The value of the skip-preflight-checks annotation.
    pub skip: Option<&'a str>,
}

/// What machines are created for, as sentences have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// There are fewer than there should be.
    ScaleUp,
    /// One takes the place of an unhealthy one.
    Remediate,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::ScaleUp => "Scale up",
            Self::Remediate => "Machine remediation",
        }
    }
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
    if let Some(why) = &control_plane.missing {
        return vec![format!(
            "failed to perform \"{}\": failed to perform preflight checks: failed to get ControlPlane {}: {why}",
            request.action.name(),
            control_plane.name,
        )];
    }
    // Of one that has no version nothing can be said.
    if control_plane.version.is_none() {
        return Vec::new();
    }
    let mut failures = Vec::new();
    let mut check = |name: &str, failure: Option<String>| {
        if let (false, Some(failure)) = (skipped.contains(name), failure) {
            failures.push(format!("{failure} (\"{name}\" preflight check failed)"));
        }
    };
    check("ControlPlaneIsStable", unstable(control_plane, request.topology));
    if let (Some(version), Some(control_plane)) = (request.version, &control_plane.version) {
        check("KubernetesVersionSkew", kubelet_skew(version, control_plane));
        let kubeadm = request.kubeadm.then(|| kubeadm_skew(version, control_plane));
        check("KubeadmVersionSkew", kubeadm.flatten());
        let lags = request.topology.is_some() && version != control_plane;
        check(
            "ControlPlaneVersionSkew",
            lags.then(|| {
                format!(
                    "MachineSet version ({version}) is not yet the same as the ControlPlane version ({control_plane}), waiting for \
                     version to be propagated to the MachineSet"
                )
            }),
        );
    }
    failures
}

fn unstable(control_plane: &ControlPlane, topology: Option<Topology<'_>>) -> Option<String> {
    let description = format!("{} {}", control_plane.kind, control_plane.name);
    let pending = topology
        .zip(control_plane.version.as_ref())
        .and_then(|(topology, version)| topology.pending(&version.to_string()));
    if let Some(pending) = pending {
        Some(format!(
            "{description} has a pending version upgrade to {pending}"
        ))
    } else if control_plane.provisioning() {
        Some(format!("{description} is provisioning"))
    } else if control_plane.upgrading() {
        Some(format!("{description} is upgrading"))
    } else {
        None
    }
}

/// The versions without their `v`, as these sentences have them.
fn pair(version: &Version, control_plane: &Version) -> String {
    let bare = |version: &Version| version.to_string().trim_start_matches('v').to_owned();
    format!(
        "MachineSet version ({}) and ControlPlane version ({}) do not conform to",
        bare(version),
        bare(control_plane)
    )
}

fn kubelet_skew(version: &Version, control_plane: &Version) -> Option<String> {
    let why = if version.minor() > control_plane.minor() {
        "MachineSet version is higher than ControlPlane version"
    } else if version.may_run_under(control_plane) {
        return None;
    } else {
        "MachineSet version is more than 3 minor versions older than the ControlPlane version"
    };
    let pair = pair(version, control_plane);
    Some(format!("{pair} the kubernetes version skew policy as {why}"))
}

fn kubeadm_skew(version: &Version, control_plane: &Version) -> Option<String> {
    let pair = pair(version, control_plane);
    (!version.may_join(control_plane)).then(|| {
        format!(
            "{pair} kubeadm version skew policy as kubeadm only supports joining with the same major+minor version as the control plane"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control_plane(wished: &str, observed: &[&str]) -> ControlPlane {
        ControlPlane {
            kind: "KubeadmControlPlane".to_owned(),
            name: "default/c".to_owned(),
            missing: None,
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
            action: Action::ScaleUp,
            control_plane: Some(control_plane),
            topology: None,
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
        let kubeadm = |version: &str| {
            format!(
                "MachineSet version ({version}) and ControlPlane version (1.31.0) do not conform to kubeadm version skew policy as \
                 kubeadm only supports joining with the same major+minor version as the control plane (\"KubeadmVersionSkew\" \
                 preflight check failed)"
            )
        };
        let kubelet = |version: &str, why: &str| {
            format!(
                "MachineSet version ({version}) and ControlPlane version (1.31.0) do not conform to the kubernetes version skew policy \
                 as {why} (\"KubernetesVersionSkew\" preflight check failed)"
            )
        };
        let newer = kubelet("1.32.0", "MachineSet version is higher than ControlPlane version");
        assert_eq!(check(&stable, "v1.32.0", None), [newer, kubeadm("1.32.0")]);
        let why = "MachineSet version is more than 3 minor versions older than the ControlPlane version";
        assert_eq!(
            check(&stable, "v1.27.4", None),
            [kubelet("1.27.4", why), kubeadm("1.27.4")]
        );
        assert_eq!(check(&stable, "v1.28.0", None), [kubeadm("1.28.0")]);
        for (skip, left) in [
            ("KubeadmVersionSkew, KubernetesVersionSkew", 0),
            ("KubeadmVersionSkew", 1),
            ("ControlPlaneIsStable", 2),
            ("All", 0),
        ] {
            assert_eq!(check(&stable, "v1.32.0", Some(skip)).len(), left, "{skip}");
        }
        assert!(check(&control_plane("v1.31.0", &[]), "v1.20.0", Some("All")).is_empty());
    }

    #[test]
    fn with_a_topology_versions_come_to_the_control_plane_first() {
        let stable = control_plane("v1.31.0", &["v1.31.0"]);
        let check = |topology: &str, step: Option<&str>, version: &str, skip: Option<&str>| {
            let version: Version = version.parse().expect("a version");
            failures(&Request {
                action: Action::ScaleUp,
                control_plane: Some(&stable),
                topology: Some(Topology {
                    version: topology,
                    step,
                }),
                version: Some(&version),
                kubeadm: true,
                skip,
            })
        };
        assert!(check("v1.31.0", None, "v1.31.0", None).is_empty());
        let pending = |version: &str| {
            format!(
                "KubeadmControlPlane default/c has a pending version upgrade to {version} (\"ControlPlaneIsStable\" preflight check \
                 failed)"
            )
        };
        assert_eq!(check("v1.32.0", None, "v1.31.0", None), [pending("v1.32.0")]);
        assert_eq!(
            check("v1.33.0", Some("v1.32.0"), "v1.31.0", None),
            [pending("v1.32.0")]
        );
        assert!(check("v1.33.0", Some("v1.31.0"), "v1.31.0", None).is_empty());
        assert!(check("v1.32.0", None, "v1.31.0", Some("ControlPlaneIsStable")).is_empty());
        assert_eq!(
            check("v1.31.0", None, "v1.31.1", None),
            [
                "MachineSet version (v1.31.1) is not yet the same as the ControlPlane version (v1.31.0), waiting for version to be \
              propagated to the MachineSet (\"ControlPlaneVersionSkew\" preflight check failed)"
            ]
        );
        assert!(check("v1.31.0", None, "v1.31.1", Some("ControlPlaneVersionSkew")).is_empty());
    }

    #[test]
    fn of_a_control_plane_without_a_version_nothing_is_checked_and_a_missing_one_is_told() {
        assert!(check(&ControlPlane::default(), "v1.31.0", None).is_empty());
        let missing = ControlPlane {
            missing: Some("it is not there".to_owned()),
            ..control_plane("v1.31.0", &[])
        };
        assert_eq!(
            check(&missing, "v1.31.0", Some("ControlPlaneIsStable")),
            [
                "failed to perform \"Scale up\": failed to perform preflight checks: failed to get ControlPlane default/c: it is not \
                 there"
            ]
        );
        assert!(check(&missing, "v1.31.0", Some("All")).is_empty());
    }

    #[test]
    fn without_a_control_plane_reference_nothing_is_checked() {
        let request = Request {
            action: Action::ScaleUp,
            control_plane: None,
            topology: None,
            version: None,
            kubeadm: true,
            skip: None,
        };
        assert!(failures(&request).is_empty());
    }
}
