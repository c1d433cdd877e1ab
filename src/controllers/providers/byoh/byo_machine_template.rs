//! ByoMachineTemplate: what nodes of its machines would be like, for autoscalers that start from none.
//!
//! Looked at once in a while: hosts come and go too often for each of them to be an occasion. While no host is free it stays as
//! it was, as the next one that becomes free will be like the others.
//!
//! What installs Kubernetes on its machines is known only through it, and is made to go with the same Cluster.

use std::time::Duration;

use fleetui_api::byoh::ByoMachineTemplate;
use fleetui_api::byoh::machine::{ByoMachineTemplateStatus, HostNodeInfo};
use fleetui_api::v1beta2::Cluster;
use fleetui_rules::hosts::offer::{Offer, offer};
use fleetui_rules::hosts::selection::Request;
use fleetui_rules::hosts::{Host, Watch};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use serde_json::{Value, json};

use super::{PoolHost, installer};
use crate::cache::Cache;
use crate::change::Change;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::{ObjectId, Watched};
use crate::object::Object;
use crate::{merge_patch, ownership, pausing};

/// Reconciles one ByoMachineTemplate.
pub(crate) async fn reconcile(context: &Context, id: &ObjectId) -> Result<Option<Duration>, Error> {
    let cache = context.cache.as_ref();
    let Some(entry) = cache.entry(id) else {
        return Ok(None);
    };
    let Some(template) = entry.typed::<ByoMachineTemplate>().filter(|it| !it.is_deleting()) else {
        return Ok(None);
    };
    if let Some(adoption) = adopt_installer(cache, &template) {
        context.change(adoption).await?;
    }
    let pool: Vec<PoolHost> = cache
        .entries_in_namespace(Watched::ByoHost, template.namespace())
        .iter()
        .filter_map(|entry| PoolHost::of(entry))
        .collect();
    let hosts: Vec<Host<'_>> = pool.iter().map(PoolHost::facts).collect();
    let cluster = owning_cluster(&template).map(|owner| owner.name.clone());
    let request = Request {
        spec: &template.spec.template.spec,
        installs: None,
        failure_domain: None,
        cluster: cluster.as_deref(),
        owner: None,
        tried: Vec::new(),
        being_taken: Vec::new(),
        watch: Watch {
            now: context.now(),
            timeout: context.settings.hosts.heartbeat_timeout,
        },
    };
    let wished = offer(&hosts, &request).map(status);
    if let Some(patch) = wished.and_then(|wished| difference(entry.object.data.get("status"), &wished)) {
        let version = entry.object.metadata.resource_version.clone();
        let change = Change::PatchStatus {
            id: id.clone(),
            version,
            patch: json!({"status": patch}),
        };
        context.change(change).await?;
    }
    Ok(Some(context.settings.recheck))
}

/// Makes the Cluster that owns the template an owner of its installer's template, whether or not a machine is ever made.
fn adopt_installer(cache: &Cache, template: &Object<ByoMachineTemplate>) -> Option<Change> {
    let reference = template.spec.template.spec.installer_ref.as_ref()?;
    let owner = owning_cluster(template)?;
    let cluster = cache
        .get::<Cluster>(template.namespace(), &owner.name)
        .filter(|cluster| cluster.uid() == owner.uid)?;
    if pausing::holds(&pausing::paused(template, Some(&cluster))) {
        return None;
    }
    installer::template(cache, reference, template.namespace())?.adopt(&cluster)
}

/// The Cluster that owns the template.
fn owning_cluster(template: &Object<ByoMachineTemplate>) -> Option<&OwnerReference> {
    let mut owners = template.metadata.owner_references.iter().flatten();
    owners.find(|owner| ownership::kind(owner) == Some(Watched::Cluster))
}

fn status(offer: Offer) -> ByoMachineTemplateStatus {
    let told = offer.architecture.is_some() || offer.operating_system.is_some();
    ByoMachineTemplateStatus {
        capacity: offer.capacity,
        node_info: told.then_some(HostNodeInfo {
            architecture: offer.architecture,
            operating_system: offer.operating_system,
        }),
    }
}

fn difference(there: Option<&Value>, wished: &ByoMachineTemplateStatus) -> Option<Value> {
    let wished = serde_json::to_value(wished).ok()?;
    merge_patch::difference(there.unwrap_or(&json!({})), &wished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_written() {
        let wished = status(Offer {
            capacity: [("cpu".to_owned(), json!("4"))].into(),
            architecture: Some("amd64".to_owned()),
            operating_system: None,
        });
        let whole = json!({"capacity": {"cpu": "4"}, "nodeInfo": {"architecture": "amd64"}});
        assert_eq!(difference(None, &wished), Some(whole.clone()));
        assert_eq!(difference(Some(&whole), &wished), None);
        let more = json!({"capacity": {"cpu": "8", "memory": "1Gi"}, "nodeInfo": {"architecture": "amd64"}});
        assert_eq!(
            difference(Some(&more), &wished),
            Some(json!({"capacity": {"cpu": "4", "memory": null}}))
        );
    }
}
