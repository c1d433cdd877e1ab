//! What other clusters have that a new one cannot have too, or not without harm: the address of the control plane, and networks.
//! A creation that has not come to its end has what it asked for.

use fleetui_base::ObjectKey;
use fleetui_rules::network::Network;
use serde_json::Value;

use super::creation::{Creation, Item, ItemState};
use super::wanted::own_networks;
use crate::row::Row;

/// What one other cluster has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taken {
    /// The Cluster.
    pub(super) cluster: ObjectKey,
    /// Whether its creation has not come to its end.
    unfinished: bool,
    endpoints: Vec<String>,
    /// Networks of its Pods and Services.
    pub(super) networks: Vec<Network>,
}

impl Taken {
    /// What a Cluster says that it has; nothing where it says nothing.
    pub(super) fn of_cluster(row: &Row) -> Option<Self> {
        let said = row.facts.particulars.as_ref()?.networks.as_ref()?;
        let networks = said.pods.iter().chain(&said.services);
        Some(Self {
            cluster: row.key(),
            unfinished: false,
            endpoints: std::iter::once(&said.endpoint)
                .chain(&said.addresses)
                .filter(|endpoint| !endpoint.is_empty())
                .map(ToString::to_string)
                .collect(),
            networks: networks.filter_map(|text| text.parse().ok()).collect(),
        })
    }

    /// What a creation asked for that has not come to its end. What it has taken back, it has no more.
    pub(super) fn of_creation(creation: &Creation) -> Self {
        let left = creation.items.iter().filter(|item| item.state != ItemState::Gone);
        let objects = left.clone().map(|item| &item.body);
        let endpoint = |object: &Value| {
            let host = object.pointer("/spec/controlPlaneEndpoint/host")?;
            host.as_str().map(str::to_owned)
        };
        let own = own_networks(objects.clone());
        let has_cluster = left.clone().any(Item::is_cluster);
        let of_class = creation.endpoint.clone().filter(|_| has_cluster);
        Self {
            cluster: creation.cluster.clone(),
            unfinished: true,
            endpoints: objects.filter_map(endpoint).chain(of_class).collect(),
            networks: own.pods.into_iter().chain(own.services).collect(),
        }
    }

    /// Whether its control plane answers at an address, or is to.
    pub(super) fn is_at(&self, endpoint: &str) -> bool {
        self.endpoints.iter().any(|own| own == endpoint)
    }

    /// The cluster, for a sentence.
    pub(super) fn name(&self) -> String {
        let key = &self.cluster;
        let unfinished = if self.unfinished {
            ", whose creation is not finished"
        } else {
            ""
        };
        format!("{} in {}{unfinished}", key.object, key.management_cluster)
    }
}
