//! Which versions of Kubernetes a host can be given: those that it names itself, else those whose bundles fit its operating
//! system. Asked before a host is taken, so that a wrong version is a reason not to take it, and not a failure on it.

use std::collections::BTreeSet;

use fleetui_api::byoh::host::{ByoHostStatus, HostInfo};

use super::Host;
use crate::version::Version;

/// An operating system that bundles are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System {
    /// How its name begins, `Ubuntu 22.04`.
    pub name: &'static str,
    /// Processor architecture, as hosts tell it.
    pub architecture: &'static str,
    /// The word for both in the address of a bundle.
    pub bundle: &'static str,
    /// The first minor version of Kubernetes 1 that runs on it.
    pub from: u64,
    /// The last one, where newer ones do not run on it.
    pub to: Option<u64>,
}

/// Operating systems with bundles; their words are those of upstream and its fork. Bundles are built by whoever uses them, so
/// that what a system can run bounds the versions. Ubuntu 20.04 has control groups of the first kind only.
pub const SYSTEMS: [System; 5] = [
    System {
        name: "Ubuntu 20.04",
        architecture: "amd64",
        bundle: "ubuntu_20.04.1_x86-64",
        from: 24,
        to: Some(34),
    },
    System {
        name: "Ubuntu 22.04",
        architecture: "amd64",
        bundle: "ubuntu_22.04.1_x86-64",
        from: 25,
        to: None,
    },
    System {
        name: "Ubuntu 22.04",
        architecture: "arm64",
        bundle: "ubuntu_22.04.1_aarch64",
        from: 25,
        to: None,
    },
    System {
        name: "Ubuntu 24.04",
        architecture: "amd64",
        bundle: "ubuntu_24.04.1_x86-64",
        from: 27,
        to: None,
    },
    System {
        name: "Ubuntu 24.04",
        architecture: "arm64",
        bundle: "ubuntu_24.04.1_aarch64",
        from: 27,
        to: None,
    },
];

/// The most versions that are named one by one where there is little room.
const MOST_NAMED: usize = 4;

/// What a host can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installable<'a> {
    /// What it names itself: `v1.31` for all of a minor version, `v1.31.2` for one.
    Named(&'a [String]),
    /// What runs on its operating system.
    Bundles(System),
    /// Nothing: there are no bundles for it.
    Nothing,
}

/// What `host` can be given.
pub fn of<'a>(host: &Host<'a>) -> Installable<'a> {
    reported(host.status)
}

/// What a host of this status can be given.
pub fn reported(status: &ByoHostStatus) -> Installable<'_> {
    if !status.installable_versions.is_empty() {
        return Installable::Named(&status.installable_versions);
    }
    match status.hostinfo.as_ref().and_then(system) {
        Some(system) => Installable::Bundles(system),
        None => Installable::Nothing,
    }
}

/// Refuses a version that none of the hosts, where there are some, can be given.
///
/// # Errors
///
/// A sentence that says what they can be given.
pub fn check(version: &Version, hosts: &[ByoHostStatus]) -> Result<(), String> {
    if hosts.is_empty() || hosts.iter().any(|status| reported(status).includes(version)) {
        return Ok(());
    }
    let can: BTreeSet<String> = hosts.iter().map(|status| reported(status).describe()).collect();
    let can: Vec<String> = can.into_iter().collect();
    Err(format!(
        "no host's installer has {version}; they have {}",
        can.join("; ")
    ))
}

/// The releases that hosts name in what they can be given: whole versions as they are; of a minor version (`v1.32`) of which neither
/// they nor `known` have a release, its first, as that one there is.
pub fn releases<'a>(named: impl Iterator<Item = &'a str>, known: &BTreeSet<Version>) -> BTreeSet<Version> {
    let minor = |version: &Version| (version.major(), version.minor());
    let (mut found, mut first) = (BTreeSet::new(), BTreeSet::new());
    for name in named {
        if let Ok(version) = name.parse::<Version>() {
            found.insert(version);
        } else if let Ok(version) = format!("{name}.0").parse::<Version>() {
            first.insert(version);
        }
    }
    first.retain(|first| {
        !known
            .iter()
            .chain(&found)
            .any(|other| minor(other) == minor(first))
    });
    found.append(&mut first);
    found
}

impl Installable<'_> {
    /// Whether that version is among them.
    pub fn includes(&self, version: &Version) -> bool {
        match self {
            Self::Named(names) => names.iter().any(|name| is_named(name, version)),
            Self::Bundles(system) => {
                version.major() == 1
                    && version.minor() >= system.from
                    && system.to.is_none_or(|to| version.minor() <= to)
            }
            Self::Nothing => false,
        }
    }

    /// In few words: many names as the least, the greatest and how many there are, `v1.24.1 to v1.33.4 (40 versions)`.
    pub fn brief(&self) -> String {
        let Self::Named(names) = self else {
            return self.describe();
        };
        if names.len() <= MOST_NAMED {
            return self.describe();
        }
        let order = |name: &&String| {
            let version = name.parse::<Version>();
            version.or_else(|_| format!("{name}.0").parse::<Version>()).ok()
        };
        match (names.iter().min_by_key(order), names.iter().max_by_key(order)) {
            (Some(least), Some(greatest)) => format!("{least} to {greatest} ({} versions)", names.len()),
            _ => self.describe(),
        }
    }

    /// In words, `v1.31, v1.32` or `v1.25 and newer`.
    pub fn describe(&self) -> String {
        match self {
            Self::Named(names) => names.join(", "),
            Self::Bundles(System {
                from, to: Some(to), ..
            }) => format!("v1.{from} to v1.{to}"),
            Self::Bundles(System { from, to: None, .. }) => format!("v1.{from} and newer"),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}

fn is_named(name: &str, version: &Version) -> bool {
    match name.parse::<Version>() {
        Ok(named) => named.same_release(version),
        Err(_) => name.trim_start_matches('v') == format!("{}.{}", version.major(), version.minor()),
    }
}

/// The operating system of a host, where there are bundles for it.
pub fn system(info: &HostInfo) -> Option<System> {
    let (image, architecture) = (info.osimage.as_deref()?, info.architecture.as_deref()?);
    SYSTEMS.into_iter().find(|system| {
        let rest = image.strip_prefix(system.name);
        system.architecture == architecture
            && rest.is_some_and(|rest| !rest.starts_with(|character: char| character.is_ascii_digit()))
    })
}

/// Address of the bundle of a version for a host, in a registry; or why there is none.
///
/// # Errors
///
/// A sentence, where no bundles are made for the host's operating system or it cannot run the version.
pub fn bundle(registry: &str, info: &HostInfo, version: &Version) -> Result<String, String> {
    let (image, architecture) = (
        info.osimage.as_deref().unwrap_or("an unknown operating system"),
        info.architecture.as_deref().unwrap_or("an unknown architecture"),
    );
    let Some(system) = system(info) else {
        return Err(format!("there are no bundles for {image} on {architecture}"));
    };
    if !Installable::Bundles(system).includes(version) {
        let runs = Installable::Bundles(system).describe();
        return Err(format!("{image} runs {runs}, not {version}"));
    }
    let registry = registry.trim_end_matches('/');
    Ok(format!("{registry}/byoh-bundle-{}_k8s:{version}", system.bundle))
}
