//! The network of a cluster, as it is wished for.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::structural::integer;

/// What may come in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IngressRule {
    /// What it is for.
    pub description: String,
    /// First port.
    pub from_port: i64,
    /// The protocol.
    #[schemars(extend("enum" = ["-1", "4", "tcp", "udp", "icmp", "58", "50"]))]
    pub protocol: String,
    /// Last port.
    pub to_port: i64,
    /// Ranges that may come in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cidr_blocks: Vec<String>,
    /// Ranges of IPv6 addresses that may come in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ipv6_cidr_blocks: Vec<String>,
    /// Whether the NAT gateways may come in.
    #[serde(rename = "natGatewaysIPsSource", skip_serializing_if = "Option::is_none")]
    pub nat_gateways_ips_source: Option<bool>,
    /// Security groups that may come in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_security_group_ids: Vec<String>,
    /// Roles whose security groups may come in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("items" = {"enum": ["bastion", "node", "controlplane", "apiserver-lb", "lb", "node-eks-additional"], "type": "string"}))]
    pub source_security_group_roles: Vec<String>,
}

/// The network of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Network {
    /// Further rules for control plane machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_control_plane_ingress_rules: Vec<IngressRule>,
    /// Further rules for all nodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_node_ingress_rules: Vec<IngressRule>,
    /// Rules that the network plugin needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cni: Option<Cni>,
    /// Ranges that may reach node ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub node_port_ingress_rule_cidr_blocks: Vec<String>,
    /// Security groups in place of those that would be made, by role.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub security_group_overrides: BTreeMap<String, String>,
    /// The subnets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["id"]))]
    pub subnets: Vec<Subnet>,
    /// The VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Vpc>,
}

/// Rules that the network plugin needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Cni {
    /// The rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cni_ingress_rules: Vec<CniIngressRule>,
}

/// A rule that the network plugin needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct CniIngressRule {
    /// What it is for.
    pub description: String,
    /// First port.
    pub from_port: i64,
    /// The protocol.
    pub protocol: String,
    /// Last port.
    pub to_port: i64,
}

/// A subnet, found or made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Subnet {
    /// Its identity at AWS, or a name of one's own for a subnet that is to be made.
    pub id: String,
    /// The availability zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    /// The range of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// The range of IPv6 addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr_block: Option<String>,
    /// Whether it has IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_ipv6: Option<bool>,
    /// Whether it has a route to the internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_public: Option<bool>,
    /// The NAT gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_gateway_id: Option<String>,
    /// The availability zone that a local zone belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_zone_name: Option<String>,
    /// Its identity at AWS, for subnets with a name of one's own.
    #[serde(rename = "resourceID", skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The route table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table_id: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// `availability-zone`, `local-zone` or `wavelength-zone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["availability-zone", "local-zone", "wavelength-zone"]))]
    pub zone_type: Option<String>,
}

/// A VPC, found or made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Vpc {
    /// Which zones are taken where there are more than needed: `Ordered` or `Random`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["Ordered", "Random"], "default" = "Ordered"))]
    pub availability_zone_selection: Option<String>,
    /// Most zones that are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "integer", range(min = 1), extend("default" = 3))]
    pub availability_zone_usage_limit: Option<i64>,
    /// The carrier gateway, for Wavelength zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-kubernetes-validations" = [
        {"message": "Carrier Gateway ID must start with 'cagw-'", "rule": "self.startsWith('cagw-')"},
    ]))]
    pub carrier_gateway_id: Option<String>,
    /// The range of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// Where public addresses come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic_ip_pool: Option<ElasticIpPool>,
    /// Whether the VPC's default security group is emptied.
    #[serde(
        rename = "emptyRoutesDefaultVPCSecurityGroup",
        skip_serializing_if = "Option::is_none"
    )]
    pub empty_routes_default_vpc_security_group: Option<bool>,
    /// Its identity at AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The internet gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet_gateway_id: Option<String>,
    /// The IPAM pool of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipam_pool: Option<IpamPool>,
    /// Settings for IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<VpcIpv6>,
    /// What host names of new instances are made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ip-name", "resource-name"]))]
    pub private_dns_hostname_type_on_launch: Option<String>,
    /// Further ranges of the VPC.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secondary_cidr_blocks: Vec<SecondaryRange>,
    /// How the range is divided: `PreferPrivate` or `PreferPublic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["PreferPrivate", "PreferPublic"], "default" = "PreferPrivate"))]
    pub subnet_schema: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// Where public addresses come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ElasticIpPool {
    /// The pool of public addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 30))]
    pub public_ipv4_pool: Option<String>,
    /// What happens when the pool is empty: `amazon-pool` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["amazon-pool", "none"]))]
    #[schemars(extend("x-kubernetes-validations" = [
        {"message": "allowed values are 'none' and 'amazon-pool'", "rule": "self in ['none','amazon-pool']"},
    ]))]
    pub public_ipv4_pool_fallback_order: Option<String>,
}

/// A pool of ranges.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct IpamPool {
    /// Its identity at AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Length of the range's mask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub netmask_length: Option<i64>,
}

/// IPv6 in a VPC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct VpcIpv6 {
    /// The range of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_block: Option<String>,
    /// The egress-only internet gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress_only_internet_gateway_id: Option<String>,
    /// The IPAM pool of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipam_pool: Option<IpamPool>,
    /// The pool of addresses that one brings oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool_id: Option<String>,
}

/// A further range of a VPC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct SecondaryRange {
    /// The range of addresses.
    #[schemars(length(min = 1))]
    pub ipv4_cidr_block: String,
}
