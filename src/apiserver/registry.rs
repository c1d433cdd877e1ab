//! Which resources the server serves: the built-in ones, and those of established CustomResourceDefinitions.

/// One served resource in one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: String,
    /// Version, `v1beta2`.
    pub version: String,
    /// Kind, `MachineDeployment`.
    pub kind: String,
    /// Kind of a list, `MachineDeploymentList`.
    pub list_kind: String,
    /// Name in paths, `machinedeployments`.
    pub plural: String,
    /// Singular name, `machinedeployment`.
    pub singular: String,
    /// Short names, `md`.
    pub short_names: Vec<String>,
    /// Categories, `cluster-api`.
    pub categories: Vec<String>,
    /// Whether objects live in namespaces.
    pub namespaced: bool,
    /// Verbs of the main resource, as discovery lists them.
    pub verbs: Vec<&'static str>,
    /// Whether `status` is a subresource.
    pub status_subresource: bool,
    /// The scale subresource, where there is one.
    pub scale: Option<ScalePaths>,
    /// Columns after NAME of the Table form.
    pub columns: Vec<Column>,
    /// Whether a CustomResourceDefinition made it.
    pub custom: bool,
}

/// Where the scale subresource finds its numbers: JSON paths with a leading dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalePaths {
    /// Path of the wished replicas.
    pub spec_replicas: String,
    /// Path of the observed replicas.
    pub status_replicas: String,
    /// Path of the label selector in string form.
    pub label_selector: Option<String>,
}

/// One printer column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Heading, as the CRD writes it.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: String,
    /// Format, often empty.
    pub format: String,
    /// Sentence for `explain`.
    pub description: String,
    /// Zero is always shown, others with `-o wide`.
    pub priority: i32,
    /// Kubernetes JSONPath, without braces.
    pub json_path: String,
}
