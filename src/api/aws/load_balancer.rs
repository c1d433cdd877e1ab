//! Load balancers of an API server, as they are wished for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::network::IngressRule;

/// A load balancer of the API server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct LoadBalancer {
    /// Further ports that the load balancer serves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["port"]))]
    pub additional_listeners: Vec<AdditionalListener>,
    /// Further security groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_security_groups: Vec<String>,
    /// Whether all zones share the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_zone_load_balancing: Option<bool>,
    /// Whether machines do not map the load balancer's name to themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_hosts_rewrite: Option<bool>,
    /// `None` where nobody waits for the name to be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["None", "Enabled"]))]
    pub dns_resolution_check: Option<String>,
    /// How targets are checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<TargetHealthCheck>,
    /// Protocol of the checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["TCP", "SSL", "HTTP", "HTTPS", "TLS", "UDP"]))]
    pub health_check_protocol: Option<String>,
    /// Rules for what comes in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingress_rules: Vec<IngressRule>,
    /// `classic`, `elb`, `alb`, `nlb` or `disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["classic", "elb", "alb", "nlb", "disabled"]), extend("default" = "classic"))]
    pub load_balancer_type: Option<String>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 32),
        pattern("^[A-Za-z0-9]([A-Za-z0-9]{0,31}|[-A-Za-z0-9]{0,30}[A-Za-z0-9])$")
    )]
    pub name: Option<String>,
    /// Whether targets see the address of the client.
    #[serde(rename = "preserveClientIP", skip_serializing_if = "Option::is_none")]
    pub preserve_client_ip: Option<bool>,
    /// `internet-facing` or `internal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["internet-facing", "internal"], "default" = "internet-facing"))]
    pub scheme: Option<String>,
    /// The subnets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "targetGroupIPType", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ipv4", "ipv6"]))]
    pub target_group_ip_type: Option<String>,
}

/// A further port that a load balancer serves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct AdditionalListener {
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: i64,
    /// How targets are checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<ListenerHealthCheck>,
    /// The protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["TCP"], "default" = "TCP"))]
    pub protocol: Option<String>,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "targetGroupIPType", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ipv4", "ipv6"]))]
    pub target_group_ip_type: Option<String>,
}

/// How the targets of a further port are checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ListenerHealthCheck {
    /// Seconds between two checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 5, max = 300))]
    pub interval_seconds: Option<i64>,
    /// Path that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Port that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// The protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["TCP", "HTTP", "HTTPS"]))]
    pub protocol: Option<String>,
    /// Successes after which a target is healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10))]
    pub threshold_count: Option<i64>,
    /// Seconds that an answer may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 120))]
    pub timeout_seconds: Option<i64>,
    /// Failures after which a target is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10))]
    pub unhealthy_threshold_count: Option<i64>,
}

/// How the targets of the API server are checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct TargetHealthCheck {
    /// Seconds between two checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 5, max = 300))]
    pub interval_seconds: Option<i64>,
    /// Successes after which a target is healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10))]
    pub threshold_count: Option<i64>,
    /// Seconds that an answer may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 120))]
    pub timeout_seconds: Option<i64>,
    /// Failures after which a target is unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10))]
    pub unhealthy_threshold_count: Option<i64>,
}
