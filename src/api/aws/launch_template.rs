//! What pools launch their instances from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::instance::{MetadataOptions, PrivateDnsName, SpotMarketOptions, Volume};
use crate::aws::machine::{Ami, ResourceFilter};

/// What instances are launched from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct LaunchTemplate {
    /// Further security groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_security_groups: Vec<ResourceFilter>,
    /// The image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ami: Option<Ami>,
    /// The capacity reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_reservation_id: Option<String>,
    /// Which capacity reservations may be used: `Open`, `None` or `CapacityReservationsOnly`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["", "None", "CapacityReservationsOnly", "Open"]))]
    pub capacity_reservation_preference: Option<String>,
    /// Nitro Enclaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enclave_options: Option<EnclaveOptions>,
    /// The instance profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_instance_profile: Option<String>,
    /// Operating system of the image that is looked up.
    #[serde(rename = "imageLookupBaseOS", skip_serializing_if = "Option::is_none")]
    pub image_lookup_base_os: Option<String>,
    /// Template of the name of the image that is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_lookup_format: Option<String>,
    /// Account of the image that is looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_lookup_org: Option<String>,
    /// How the metadata can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_metadata_options: Option<MetadataOptions>,
    /// Type of the instance, `m5.large`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// `OnDemand`, `Spot` or `CapacityBlock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["OnDemand", "Spot", "CapacityBlock"]))]
    pub market_type: Option<String>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its other disks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub non_root_volumes: Vec<Volume>,
    /// What its host name is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_dns_name: Option<PrivateDnsName>,
    /// Its first disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_volume: Option<Volume>,
    /// Has a spot instance taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot_market_options: Option<SpotMarketOptions>,
    /// The SSH key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_key_name: Option<String>,
    /// Version of the launch template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_number: Option<i64>,
}

/// Nitro Enclaves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct EnclaveOptions {
    /// Whether instances have Nitro Enclaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Who is asked before instances start or stop.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct LifecycleHook {
    /// When the hook is asked.
    #[schemars(extend("enum" = [
        "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING",
    ]))]
    pub lifecycle_transition: String,
    /// The name.
    pub name: String,
    /// What happens where nobody answers: `CONTINUE` or `ABANDON`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["CONTINUE", "ABANDON"]))]
    pub default_result: Option<String>,
    /// How long an instance waits for the answer, `30m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "duration"))]
    pub heartbeat_timeout: Option<String>,
    /// What is told besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_metadata: Option<String>,
    /// ARN of whom is told.
    #[serde(rename = "notificationTargetARN", skip_serializing_if = "Option::is_none")]
    pub notification_target_arn: Option<String>,
    /// ARN of the role.
    #[serde(rename = "roleARN", skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
}
