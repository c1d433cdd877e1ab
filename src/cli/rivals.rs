//! Who else reconciles Cluster API's kinds in a management cluster. Two managers of one kind undo each other's work, so that
//! ours starts nowhere where there is another.

use std::collections::BTreeSet;

use color_eyre::eyre::{WrapErr as _, bail};
use fleetui_api::labels::PROVIDER;
use fleetui_base::clock::SystemClock;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::api::{Api, ListParams};

use super::inventory;
use super::lead::LEASE;
use super::management::Management;
use super::status::Refused;

/// What the names of the Leases of Cluster API's managers have in them.
const LEASES: [&str; 2] = ["leader-election-cap", "leader-election-byoh"];

/// Refuses where somebody else reconciles these kinds, unless the management cluster's name was typed.
pub(crate) async fn refuse(management: &Management, forced: Option<&str>) -> color_eyre::Result<()> {
    if let Some(typed) = forced {
        if typed == management.name {
            return Ok(());
        }
        bail!(
            "--force {typed} is not the name of the management cluster, which is {}",
            management.name
        );
    }
    let found = find(management)
        .await
        .wrap_err("whether another manager works there cannot be told")?;
    if found.is_empty() {
        return Ok(());
    }
    let why = format!(
        "another manager has Cluster API's kinds in {}: {}. Two of them undo each other's work. If it is gone for good, say --force {}",
        management.name,
        found.into_iter().collect::<Vec<_>>().join(", "),
        management.name
    );
    Err(Refused(why).into())
}

async fn find(management: &Management) -> color_eyre::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for provider in inventory::read(management).await? {
        if !inventory::is_ours(&provider) {
            found.insert(format!("the Provider {}", named(&provider.metadata)));
        }
    }
    let now = SystemClock::shared().now();
    let leases: Api<Lease> = Api::all(management.client.clone());
    for lease in management
        .answer(leases.list(&ListParams::default()))
        .await?
        .items
    {
        let name = lease.metadata.name.as_deref().unwrap_or_default();
        let holder = lease
            .spec
            .as_ref()
            .and_then(|spec| spec.holder_identity.as_deref());
        if LEASES.iter().any(|part| name.contains(part)) && holder.is_some_and(|holder| !holder.is_empty()) {
            let expired = lease.spec.as_ref().and_then(|spec| expired(spec, now));
            found.insert(format!(
                "the holder of the Lease {}{}",
                named(&lease.metadata),
                expired.unwrap_or_default()
            ));
        }
    }
    let deployments: Api<Deployment> = Api::all(management.client.clone());
    let labelled = ListParams::default().labels(PROVIDER);
    for deployment in management.answer(deployments.list(&labelled)).await?.items {
        found.insert(format!("the Deployment {}", named(&deployment.metadata)));
    }
    Ok(found)
}

/// Which of fleetui's own managers leads there, if one does.
pub(crate) async fn ours(management: &Management) -> color_eyre::Result<Option<String>> {
    let now = SystemClock::shared().now();
    let leases: Api<Lease> = Api::all(management.client.clone());
    let named = ListParams::default().fields(&format!("metadata.name={LEASE}"));
    let leases = management.answer(leases.list(&named)).await?.items;
    let mut led = leases.into_iter().filter_map(|lease| lease.spec);
    Ok(led.find_map(|spec| {
        let holder = spec.holder_identity.clone().filter(|holder| !holder.is_empty())?;
        expired(&spec, now).is_none().then_some(holder)
    }))
}

/// Since when a Lease has run out, for people: one that died holds it as well as one that lives.
fn expired(lease: &LeaseSpec, now: Timestamp) -> Option<String> {
    let renewed = lease.renew_time.as_ref()?.0;
    let lasts = SignedDuration::from_secs(lease.lease_duration_seconds?.into());
    let over = now.duration_since(renewed) - lasts;
    let minutes = over.as_secs() / 60;
    over.is_positive().then(|| match minutes {
        0 => " (it ran out just now)".to_owned(),
        1 => " (it ran out a minute ago)".to_owned(),
        minutes => format!(" (it ran out {minutes} minutes ago)"),
    })
}

fn named(metadata: &kube::api::ObjectMeta) -> String {
    format!(
        "{}/{}",
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

    use super::*;

    #[test]
    fn a_lease_that_ran_out_is_told_with_its_age() {
        let now: Timestamp = "2026-08-21T12:00:00Z".parse().unwrap();
        let lease = |renewed: &str| LeaseSpec {
            renew_time: Some(MicroTime(renewed.parse().unwrap())),
            lease_duration_seconds: Some(15),
            ..LeaseSpec::default()
        };
        assert_eq!(expired(&lease("2026-08-21T11:59:50Z"), now), None);
        let old = expired(&lease("2026-08-21T11:50:00Z"), now);
        assert_eq!(old.as_deref(), Some(" (it ran out 9 minutes ago)"));
        assert_eq!(expired(&LeaseSpec::default(), now), None, "that is not known");
    }
}
