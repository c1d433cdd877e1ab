//! What bootstrap sets up besides Kubernetes: disks, users, time, files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Partitions and file systems.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct DiskSetup {
    /// File systems to make.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filesystems: Vec<Filesystem>,
    /// Partitions to make.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<Partition>,
}

/// A file system to make.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Filesystem {
    /// The device, `/dev/sdb`.
    pub device: String,
    /// Kind of the file system, `ext4`.
    pub filesystem: String,
    /// Label of the file system.
    pub label: String,
    /// Further options of the command.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_opts: Vec<String>,
    /// Whether what is there is overwritten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
    /// Which partition is used: `auto`, `any`, `none` or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
}

/// Partitions of one device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Partition {
    /// The device, `/dev/sdb`.
    pub device: String,
    /// Whether one partition takes the whole device.
    pub layout: bool,
    /// Whether what is there is overwritten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
    /// `mbr` or `gpt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_type: Option<String>,
}

/// A file that bootstrap writes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct BootstrapFile {
    /// Where.
    pub path: String,
    /// Whether the content is added to a file that exists already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub append: Option<bool>,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Where the content comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_from: Option<ContentSource>,
    /// `base64`, `gzip` or `gzip+base64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["base64", "gzip", "gzip+base64"]))]
    pub encoding: Option<String>,
    /// Owner, `root:root`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Mode, `0640`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
}

/// Where a content comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct ContentSource {
    /// A key of a Secret.
    pub secret: SecretKey,
}

/// A key of a Secret.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct SecretKey {
    /// The key.
    pub key: String,
    /// The name.
    pub name: String,
}

/// How the time is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(!default)]
pub struct Ntp {
    /// Whether the time is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Servers that tell the time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<String>,
}

/// A user to make.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct User {
    /// The name.
    pub name: String,
    /// Full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gecos: Option<String>,
    /// Further groups, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<String>,
    /// Home directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_dir: Option<String>,
    /// Whether the user cannot log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactive: Option<bool>,
    /// Whether logging in by password is forbidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_password: Option<bool>,
    /// Hash of the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passwd: Option<String>,
    /// Where the hash of the password comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passwd_from: Option<ContentSource>,
    /// First group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_group: Option<String>,
    /// Shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// Keys that may log in by SSH.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ssh_authorized_keys: Vec<String>,
    /// Rule for sudo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sudo: Option<String>,
}
