//! IPAddress and IPAddressClaim.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::structural::integer;
use crate::v1beta1::conditions::NewConditions;
use crate::v1beta2::{LocalReference, OldCondition};

/// An IP address out of a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IpAddressSpec {
    /// The IP address.
    #[schemars(length(min = 1, max = 39))]
    pub address: String,
    /// The IPAddressClaim that it was made for.
    pub claim_ref: LocalReference,
    /// The pool that the address comes from.
    pub pool_ref: PoolReference,
    /// Length of the network's prefix.
    #[schemars(schema_with = "integer")]
    pub prefix: i64,
    /// The network's gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 39))]
    pub gateway: Option<String>,
}

/// A pool of addresses, in the namespace of whoever refers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default, extend("x-kubernetes-map-type" = "atomic"))]
pub struct PoolReference {
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The API group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_group: Option<String>,
}

/// A wish for an IP address out of a pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IpAddressClaimSpec {
    /// The pool that the address comes from.
    pub pool_ref: PoolReference,
    /// Name of the Cluster that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub cluster_name: Option<String>,
}

/// What became of a claim.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IpAddressClaimStatus {
    /// The IPAddress that answers this claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_ref: Option<LocalReference>,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// What v1beta2 shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1beta2: Option<NewConditions>,
}
