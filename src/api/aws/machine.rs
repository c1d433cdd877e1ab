//! AWSMachine.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::instance::{
    CpuOptions, HostAllocation, MetadataOptions, PrivateDnsName, SpotMarketOptions, Volume,
};
use crate::aws::network::ElasticIpPool;
use crate::v1beta2::{MachineAddress, OldCondition};

/// What is wished of a machine that is an EC2 instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
#[schemars(extend("x-kubernetes-validations" = [
    {
        "message": "capacityReservationId may not be set when marketType is Spot",
        "rule": "!has(self.capacityReservationId) || !has(self.marketType) || self.marketType != 'Spot'",
    },
    {
        "message": "capacityReservationId cannot be set when spotMarketOptions is specified",
        "rule": "!has(self.capacityReservationId) || !has(self.spotMarketOptions)",
    },
]))]
pub struct AwsMachineSpec {
    /// Type of the instance, `m5.large`.
    #[schemars(length(min = 2))]
    pub instance_type: String,
    /// Further security groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_security_groups: Vec<ResourceFilter>,
    /// Further tags of what is made at AWS.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub additional_tags: BTreeMap<String, String>,
    /// The image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ami: Option<Ami>,
    /// Whether the first interface has a primary IPv6 address: `enabled` or `disabled`.
    #[serde(rename = "assignPrimaryIPv6", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["enabled", "disabled"]))]
    pub assign_primary_ipv6: Option<String>,
    /// The capacity reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_reservation_id: Option<String>,
    /// Which capacity reservations may be used: `Open`, `None` or `CapacityReservationsOnly`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["", "None", "CapacityReservationsOnly", "Open"]))]
    pub capacity_reservation_preference: Option<String>,
    /// How cloud-init gets its data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_init: Option<CloudInit>,
    /// Settings of the processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_options: Option<CpuOptions>,
    /// Has a dedicated host allocated for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynamic_host_allocation: Option<HostAllocation>,
    /// Where public addresses come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic_ip_pool: Option<ElasticIpPool>,
    /// Whether it comes back to its host: `default` or `host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["default", "host"], "default" = "default"))]
    pub host_affinity: Option<String>,
    /// The dedicated host.
    #[serde(rename = "hostID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 19), pattern("^h-[0-9a-f]{17}$"))]
    pub host_id: Option<String>,
    /// The instance profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_instance_profile: Option<String>,
    /// How Ignition gets its data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignition: Option<MachineIgnition>,
    /// Operating system of the image that is looked up.
    #[serde(rename = "imageLookupBaseOS", skip_serializing_if = "Option::is_none")]
    pub image_lookup_base_os: Option<String>,
    /// Template of the name of the image that is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_lookup_format: Option<String>,
    /// Account of the image that is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_lookup_org: Option<String>,
    /// The instance.
    #[serde(rename = "instanceID", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// How the metadata can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_metadata_options: Option<MetadataOptions>,
    /// `OnDemand`, `Spot` or `CapacityBlock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["OnDemand", "Spot", "CapacityBlock"]))]
    pub market_type: Option<String>,
    /// Type of the first network interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["interface", "efa"]))]
    pub network_interface_type: Option<String>,
    /// Network interfaces that it has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    pub network_interfaces: Vec<String>,
    /// Its other disks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub non_root_volumes: Vec<Volume>,
    /// The placement group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement_group_name: Option<String>,
    /// Partition in the placement group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 7))]
    pub placement_group_partition: Option<i64>,
    /// What its host name is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_dns_name: Option<PrivateDnsName>,
    /// The provider's identity of it, which its node carries too.
    #[serde(rename = "providerID", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Whether it has a public address.
    #[serde(rename = "publicIP", skip_serializing_if = "Option::is_none")]
    pub public_ip: Option<bool>,
    /// Its first disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_volume: Option<Volume>,
    /// Security groups in place of those that would be made, by role.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub security_group_overrides: BTreeMap<String, String>,
    /// Has a spot instance taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot_market_options: Option<SpotMarketOptions>,
    /// The SSH key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_key_name: Option<String>,
    /// The subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet: Option<ResourceFilter>,
    /// `default`, `dedicated` or `host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["default", "dedicated", "host"]))]
    pub tenancy: Option<String>,
    /// Whether the data is given to the instance without compression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncompressed_user_data: Option<bool>,
}

/// Something at AWS, by its identity or by filters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ResourceFilter {
    /// Filters that all have to match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Its identity at AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A filter of AWS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct Filter {
    /// The name.
    pub name: String,
    /// Values of which one has to match.
    pub values: Vec<String>,
}

/// An image, by its identity or by what it is for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Ami {
    /// Has an image of EKS looked up, `AmazonLinux2023`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["AmazonLinux", "AmazonLinuxGPU", "AmazonLinux2023", "AmazonLinux2023GPU"]))]
    pub eks_lookup_type: Option<String>,
    /// Its identity at AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// How cloud-init gets its data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct CloudInit {
    /// Whether the data is given to the instance as it is, with its secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insecure_skip_secrets_manager: Option<bool>,
    /// In how many secrets the data is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_count: Option<i32>,
    /// Beginning of the secrets' names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_prefix: Option<String>,
    /// Where the data is kept: `secrets-manager` or `ssm-parameter-store`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["secrets-manager", "ssm-parameter-store"]))]
    pub secure_secrets_backend: Option<String>,
}

/// How Ignition gets its data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct MachineIgnition {
    /// Proxies of Ignition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<IgnitionProxy>,
    /// Where the data is kept: `ClusterObjectStore` or `UnencryptedUserData`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ClusterObjectStore", "UnencryptedUserData"]))]
    #[schemars(extend("default" = "ClusterObjectStore"))]
    pub storage_type: Option<String>,
    /// Whom Ignition trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<IgnitionTls>,
    /// Version of Ignition's format.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["2.3", "3.0", "3.1", "3.2", "3.3", "3.4"]))]
    pub version: Option<String>,
}

/// Proxies of Ignition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IgnitionProxy {
    /// Proxy for HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_proxy: Option<String>,
    /// Proxy for HTTPS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub https_proxy: Option<String>,
    /// What is reached without the proxy.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 2048)))]
    pub no_proxy: Vec<String>,
}

/// Whom Ignition trusts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IgnitionTls {
    /// Authorities that Ignition trusts, as URLs or data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 65536)))]
    pub certificate_authorities: Vec<String>,
}

/// What is observed of a machine that is an EC2 instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AwsMachineStatus {
    /// Its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<MachineAddress>,
    /// Its conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<OldCondition>,
    /// The host that was allocated for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dedicated_host: Option<DedicatedHost>,
    /// Why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
    /// A word for why it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// State of the instance, `running`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_state: Option<String>,
    /// Whether AWS may take it away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interruptible: Option<bool>,
    /// Whether it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
}

/// A dedicated host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DedicatedHost {
    /// Its identity at AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}
