//! IPAddress and IPAddressClaim.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ContractReference, DeprecatedStatus, NodeReference, metav1};
use crate::conditions::Condition;

/// An IP address out of a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IpAddressSpec {
    /// The IP address.
    #[schemars(length(min = 1, max = 39))]
    pub address: String,
    /// The IPAddressClaim that it was made for.
    pub claim_ref: NodeReference,
    /// The pool that the address comes from.
    pub pool_ref: ContractReference,
    /// Length of the network's prefix.
    #[schemars(range(min = 0, max = 128))]
    pub prefix: i32,
    /// The network's gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 39))]
    pub gateway: Option<String>,
}

/// A wish for an IP address out of a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IpAddressClaimSpec {
    /// The pool that the address comes from.
    pub pool_ref: ContractReference,
    /// Name of the Cluster that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub cluster_name: Option<String>,
}

/// What became of a claim.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("minProperties" = 1))]
pub struct IpAddressClaimStatus {
    /// The IPAddress that answers this claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_ref: Option<NodeReference>,
    /// Its conditions.
    #[serde(with = "metav1", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<metav1::Row>", length(max = 32))]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// What only older versions of the API show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<DeprecatedStatus>,
}
