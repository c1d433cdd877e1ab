//! What variables are for that many templates have: those of clusterctl, and those that providers document.

/// Name and meaning.
const MEANINGS: &[(&str, &str)] = &[
    ("CLUSTER_NAME", "the name of the cluster"),
    ("NAMESPACE", "the namespace of its objects (--target-namespace)"),
    (
        "KUBERNETES_VERSION",
        "the Kubernetes version of all machines, such as v1.33.4 (--kubernetes-version)",
    ),
    (
        "CONTROL_PLANE_MACHINE_COUNT",
        "how many machines the control plane has (--control-plane-machine-count)",
    ),
    (
        "WORKER_MACHINE_COUNT",
        "how many workers there are (--worker-machine-count)",
    ),
    (
        "POD_CIDR",
        "the network of Pods, such as 192.168.0.0/16; most templates have it as a list: [\"192.168.0.0/16\"]",
    ),
    (
        "SERVICE_CIDR",
        "the network of Services, such as 10.128.0.0/12; most templates have it as a list: [\"10.128.0.0/12\"]",
    ),
    ("SERVICE_DOMAIN", "the domain of Services"),
    (
        "CONTROL_PLANE_ENDPOINT_IP",
        "the address at which the control plane answers; nothing else may have it",
    ),
    ("CLUSTER_CLASS_NAME", "the name of the ClusterClass"),
    (
        "CNI_RESOURCES",
        "manifests of the network plugin, for a ClusterResourceSet",
    ),
    (
        "POD_SECURITY_STANDARD_ENABLED",
        "whether the API server holds Pods to the Pod Security Standards",
    ),
    ("AWS_REGION", "the region of AWS, such as eu-central-1"),
    (
        "AWS_SSH_KEY_NAME",
        "the name of the EC2 key pair that may log in to machines",
    ),
    (
        "AWS_CONTROL_PLANE_MACHINE_TYPE",
        "the EC2 instance type of the control plane's machines, t3.large",
    ),
    (
        "AWS_NODE_MACHINE_TYPE",
        "the EC2 instance type of the workers, t3.large",
    ),
    ("AWS_AVAILABILITY_ZONE", "the availability zone, eu-central-1a"),
    (
        "AWS_S3_BUCKET_NAME",
        "the S3 bucket that hands Ignition configurations to machines",
    ),
    (
        "KUBERNETES_AWS_CCM_VERSION",
        "the version of the AWS cloud controller manager",
    ),
    ("VPC_ADDON_VERSION", "the version of the EKS add-on vpc-cni"),
    (
        "MULTI_TENANCY_JUMP_IDENTITY_NAME",
        "the AWSClusterRoleIdentity that is assumed first",
    ),
    ("MULTI_TENANCY_JUMP_ROLE_ARN", "the role of that identity"),
    (
        "MULTI_TENANCY_NESTED_IDENTITY_NAME",
        "the AWSClusterRoleIdentity that the cluster is made with",
    ),
    ("MULTI_TENANCY_NESTED_ROLE_ARN", "the role of that identity"),
    ("OPENSHIFT_VERSION", "the version of OpenShift"),
    ("AWS_ACCOUNT_ID", "the number of the AWS account"),
    (
        "ACCOUNT_ROLES_PREFIX",
        "what the names of the ROSA account roles begin with",
    ),
    (
        "OPERATOR_ROLES_PREFIX",
        "what the names of the ROSA operator roles begin with",
    ),
    ("OIDC_CONFIG_ID", "the OIDC configuration of ROSA"),
    ("AZURE_LOCATION", "the region of Azure, westeurope"),
    ("GCP_REGION", "the region of Google Cloud, europe-west1"),
    ("GCP_PROJECT", "the project of Google Cloud"),
    ("IMAGE_REPOSITORY", "the registry from which images are pulled"),
    (
        "BUNDLE_LOOKUP_BASE_REGISTRY",
        "the registry from which the hosts get the bundles of Kubernetes",
    ),
];

/// What a variable is for, where that is known of all templates.
pub(super) fn meaning(variable: &str) -> Option<&'static str> {
    let found = MEANINGS.iter().find(|(name, _)| *name == variable);
    found.map(|(_, meaning)| *meaning)
}
