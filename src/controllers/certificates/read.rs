//! Reading a cluster's Secrets, and remembering for a while what was in order.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use fleetui_base::ObjectName;
use jiff::{SignedDuration, Timestamp};

use super::{Certificates, Found, Purpose, Wanted, is_of_machine};
use crate::context::Context;
use crate::error::Error;

/// What was in order is read again only after so long: a control plane is looked at for every change of a pod.
const TRUSTED_FOR: SignedDuration = SignedDuration::from_mins(1);
/// Beyond so many, what is too old to count is forgotten.
const MANY: usize = 4096;

/// Reads the Secrets of a cluster, and makes what the missing ones will hold.
pub(crate) async fn read(
    context: &Context,
    cluster: &ObjectName,
    wanted: &Wanted,
) -> Result<Certificates, Error> {
    let present = read_present(context, cluster, wanted).await?;
    let now = context.now();
    let mut found = present.found.clone();
    let missing = found
        .iter()
        .filter(|(_, state)| matches!(state, Found::Missing(_)));
    let missing = missing.map(|(purpose, _)| *purpose).collect();
    for (purpose, made) in wanted.make_all(missing, now).await {
        let state = match made {
            Ok(pair) => Found::Made(pair),
            Err(why) => Found::Missing(why),
        };
        found.insert(purpose, state);
    }
    Ok(told(cluster, Certificates { found, ..present }))
}

/// Reads the Secrets of a cluster whose control plane was initialised with them: none is made, as no machine would know it.
pub(crate) async fn read_used(
    context: &Context,
    cluster: &ObjectName,
    wanted: &Wanted,
) -> Result<Certificates, Error> {
    let mut present = read_present(context, cluster, wanted).await?;
    for found in present.found.values_mut() {
        if matches!(found, Found::Missing(_)) {
            *found = Found::Lost;
        }
    }
    Ok(told(cluster, present))
}

/// Says in the log what is wrong.
fn told(cluster: &ObjectName, certificates: Certificates) -> Certificates {
    if let Some(problem) = certificates.problem() {
        tracing::warn!(%cluster, problem = problem.message, "the certificates of a cluster are not available");
    }
    certificates
}

/// Reads the Secrets of a cluster, and makes none.
pub(crate) async fn read_present(
    context: &Context,
    cluster: &ObjectName,
    wanted: &Wanted,
) -> Result<Certificates, Error> {
    read_some(context, cluster, wanted, &wanted.purposes()).await
}

/// Reads the Secret of the cluster's own authority alone: all that a worker has to know.
pub(crate) async fn read_authority(
    context: &Context,
    cluster: &ObjectName,
    wanted: &Wanted,
) -> Result<Certificates, Error> {
    read_some(context, cluster, wanted, &[Purpose::Cluster]).await
}

async fn read_some(
    context: &Context,
    cluster: &ObjectName,
    wanted: &Wanted,
    purposes: &[Purpose],
) -> Result<Certificates, Error> {
    let (mut found, mut of_machines) = (BTreeMap::new(), Vec::new());
    for purpose in purposes {
        let name = purpose.secret_name(&cluster.name);
        let state = match context.secret(&cluster.namespace, &name).await? {
            Some(secret) => {
                if is_of_machine(&secret) {
                    of_machines.push(secret.metadata.clone());
                }
                wanted.check(*purpose, &secret)
            }
            None => Found::Missing("the control plane has not made it yet".to_owned()),
        };
        found.insert(*purpose, state);
    }
    Ok(Certificates {
        found,
        cluster: cluster.name.to_string(),
        of_machines,
    })
}

/// When something, by whatever its reader calls it, was last looked at and needed nothing.
#[derive(Debug, Default)]
pub(crate) struct Verified(Mutex<HashMap<String, Timestamp>>);

impl Verified {
    /// Whether that was a moment ago.
    pub(crate) fn recently(&self, what: &str, now: Timestamp) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(what)
            .is_some_and(|then| now.duration_since(*then) < TRUSTED_FOR)
    }

    /// It is not known any more.
    pub(crate) fn forget(&self, what: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(what);
    }

    /// It is so now.
    pub(crate) fn note(&self, what: &str, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MANY {
            all.retain(|_, then| now.duration_since(*then) < TRUSTED_FOR);
        }
        all.insert(what.to_owned(), now);
    }
}
