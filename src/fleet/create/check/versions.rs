//! The versions of Kubernetes that are asked for, held against what Cluster API and kubeadm can make.

use fleetui_rules::support::{self, Unsupported};
use fleetui_rules::version::Version;

use super::{Form, Grade, Remark};
use crate::act::plan::Around;
use crate::create::flavour::Sort;
use crate::create::input::Input;
use crate::create::wanted::Wanted;

/// Cluster API's own name in the inventory of providers.
const CLUSTER_API: &str = "cluster-api";

/// Each version that is asked for, the newest first, and the variable that says it where one does.
pub(super) fn asked<'f>(form: &'f Form, wanted: &'f Wanted) -> Vec<(Option<&'f str>, Version)> {
    let asked = form.asked(Input::Version);
    let said = wanted.control_planes.iter().chain(&wanted.workers);
    let said = said.filter_map(|said| Some((said.variable.as_deref(), said.version()?)));
    let answered = asked.and_then(|field| Some((Some(field.variable.as_str()), form.version()?)));
    let mut versions: Vec<(Option<&str>, Version)> = said.chain(answered).collect();
    versions.sort_by(|one, other| one.1.cmp(&other.1).then(other.0.cmp(&one.0)));
    versions.dedup_by(|one, other| one.1 == other.1);
    versions
}

/// The release of Cluster API in the management cluster, where it is known.
pub(in crate::create) fn cluster_api(form: &Form, around: &Around<'_>) -> Option<Version> {
    let session = around.store.session(&form.management_cluster)?;
    let (_, version) = session.providers.iter().find(|(name, _)| name == CLUSTER_API)?;
    version.parse().ok()
}

/// Says which of them cannot be, or are not what the management cluster's Cluster API supports; once for each question.
pub(super) fn check((form, wanted): (&Form, &Wanted), around: &Around<'_>, remarks: &mut Vec<Remark>) {
    // What makes its control plane otherwise has versions of its own.
    if form.flavour.sort == Sort::Template && !form.flavour.text.contains("kind: Kubeadm") {
        return;
    }
    let release = cluster_api(form, around);
    for (variable, version) in asked(form, wanted) {
        let is_judged = remarks.iter().any(|remark| {
            remark.grade == Grade::Wrong && variable.is_some() && remark.variable.as_deref() == variable
        });
        let (grade, what) = match support::check(&version, release.as_ref()) {
            Err(Unsupported::NoKubeadm(what)) => (Grade::Wrong, what),
            Err(Unsupported::Untested(what)) => (Grade::Warns, what),
            Ok(()) => continue,
        };
        if !is_judged {
            remarks.push(Remark::of(variable, grade, what));
        }
    }
}
