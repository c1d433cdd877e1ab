//! Which fields hold secrets, wherever they stand: what is shown, recorded or written down of an object leaves their values out.

/// Fields whose values are secrets wherever they stand (a token of kubeadm's discovery, a user's password).
pub const SECRET_FIELDS: [&str; 8] = [
    "token",
    "password",
    "passwd",
    "certificateKey",
    "bootstrapToken",
    "clientSecret",
    "secretAccessKey",
    "kubeconfig",
];

/// Fields of one kind that hold secrets: cloud-init files carry keys and tokens.
pub const SECRET_CONTENT: [&str; 2] = ["content", "contents"];

/// kubectl's copy of what was applied; of a Secret it holds the secret.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether the value of a field of this name is secret.
pub fn is_secret(name: &str) -> bool {
    SECRET_FIELDS.contains(&name) || SECRET_CONTENT.contains(&name) || name == LAST_APPLIED
}

/// Whether the field at a JSON pointer is secret, in an object of this kind: it, or what it lies in.
pub fn is_secret_at(kind: &str, pointer: &str) -> bool {
    let within = |field: &str| {
        pointer
            .strip_prefix(field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if kind == "Secret" && (within("/data") || within("/stringData")) {
        return true;
    }
    pointer
        .split('/')
        .any(|step| is_secret(&step.replace("~1", "/").replace("~0", "~")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_secret_is_secret() {
        let cases = [
            ("Secret", "/data", true),
            ("Secret", "/data/value", true),
            ("Secret", "/database", false),
            ("Secret", "/metadata/labels/data", false),
            ("ConfigMap", "/data/value", false),
            ("KubeadmConfig", "/spec/files/0/content", true),
            ("KubeadmConfig", "/spec/users/0/passwd", true),
            (
                "KubeadmConfig",
                "/spec/joinConfiguration/discovery/bootstrapToken/apiServerEndpoint",
                true,
            ),
            ("Cluster", "/spec/topology/version", false),
            (
                "Cluster",
                "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
                true,
            ),
        ];
        for (kind, pointer, secret) in cases {
            assert_eq!(is_secret_at(kind, pointer), secret, "{kind} {pointer}");
        }
    }
}
