//! The network of a cluster, as it is at AWS.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::network::IngressRule;

/// What was made of a network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct NetworkStatus {
    /// Load balancer of the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_server_elb: Option<LoadBalancerStatus>,
    /// Public addresses of the NAT gateways.
    #[serde(rename = "natGatewaysIPs", skip_serializing_if = "Vec::is_empty")]
    pub nat_gateways_ips: Vec<String>,
    /// Second load balancer of the API server.
    #[serde(rename = "secondaryAPIServerELB", skip_serializing_if = "Option::is_none")]
    pub secondary_api_server_elb: Option<LoadBalancerStatus>,
    /// Security groups by role.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub security_groups: BTreeMap<String, SecurityGroup>,
}

/// A load balancer, as it is at AWS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct LoadBalancerStatus {
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Attributes of a classic load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<ClassicAttributes>,
    /// The availability zones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub availability_zones: Vec<String>,
    /// Its DNS name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_name: Option<String>,
    /// Attributes of a load balancer of the second generation.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub elb_attributes: BTreeMap<String, String>,
    /// Listeners of a load balancer of the second generation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elb_listeners: Vec<Listener>,
    /// How a classic load balancer checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_checks: Option<ClassicHealthCheck>,
    /// Listeners of a classic load balancer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listeners: Vec<ClassicListener>,
    /// `ipv4` or `dualstack`.
    #[serde(rename = "loadBalancerIPAddressType", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ipv4", "dualstack", "dualstack-without-public-ipv4"]))]
    pub load_balancer_ip_address_type: Option<String>,
    /// `classic`, `elb`, `alb`, `nlb` or `disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["classic", "elb", "alb", "nlb"]))]
    pub load_balancer_type: Option<String>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `internet-facing` or `internal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Its security groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_group_ids: Vec<String>,
    /// The subnets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnet_ids: Vec<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// Attributes of a classic load balancer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClassicAttributes {
    /// Whether all zones share the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_zone_load_balancing: Option<bool>,
    /// How long a connection may be idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<i64>,
}

/// A port that a load balancer serves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Listener {
    /// Port that it serves.
    pub port: i64,
    /// The protocol.
    pub protocol: String,
    /// Where it leads.
    pub target_group: TargetGroup,
}

/// Where a port leads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct TargetGroup {
    /// The name.
    #[schemars(length(max = 32))]
    pub name: String,
    /// The port.
    pub port: i64,
    /// The protocol.
    #[schemars(extend("enum" = ["tcp", "tls", "udp", "TCP", "TLS", "UDP"]))]
    pub protocol: String,
    /// The VPC.
    pub vpc_id: String,
    /// `ipv4` or `ipv6`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_type: Option<String>,
    /// How targets are checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_group_health_check: Option<TargetGroupHealthCheck>,
}

/// How the targets of a port are checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct TargetGroupHealthCheck {
    /// Seconds between two checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_seconds: Option<i64>,
    /// Path that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Port that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// The protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Successes after which a target is healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold_count: Option<i64>,
    /// Seconds that an answer may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i64>,
    /// Failures after which a target is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy_threshold_count: Option<i64>,
}

/// How a classic load balancer checks its instances.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClassicHealthCheck {
    /// Successes after which a target is healthy.
    pub healthy_threshold: i64,
    /// Time between two checks.
    pub interval: i64,
    /// What is asked, `SSL:6443`.
    pub target: String,
    /// How long an answer may take.
    pub timeout: i64,
    /// Failures after which a target is unhealthy.
    pub unhealthy_threshold: i64,
}

/// A port that a classic load balancer serves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ClassicListener {
    /// Port of the instances.
    pub instance_port: i64,
    /// Protocol of the instances.
    pub instance_protocol: String,
    /// The port.
    pub port: i64,
    /// The protocol.
    pub protocol: String,
}

/// A security group, as it is at AWS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct SecurityGroup {
    /// Its identity at AWS.
    pub id: String,
    /// The name.
    pub name: String,
    /// Rules for what comes in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress_rule: Vec<IngressRule>,
    /// Its tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}
