//! Which fields hold secrets, wherever they stand: what is shown, recorded or written down of an object leaves their values out.
//! Commands may hold some too: they are shown with their object, but what is recorded and told of a change leaves them out.

use serde_json::Value;

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

/// How the names of fields end that hold commands which a machine runs as it starts: `preKubeadmCommands` of kubeadm,
/// `preNodeadmCommands` and `preBootstrapCommands` of EKS, `bootCommands` of cloud-init, the override of the bootstrap script.
const COMMANDS: [&str; 3] = ["Commands", "CommandOverride", "additionalConfig"];

/// Whether the value of a field of this name is secret.
pub fn is_secret(name: &str) -> bool {
    SECRET_FIELDS.contains(&name) || SECRET_CONTENT.contains(&name) || name == LAST_APPLIED
}

/// Whether the value of a field of this name is commands, which may hold a token or a password.
fn is_commands(name: &str) -> bool {
    COMMANDS.iter().any(|end| name.ends_with(end))
}

/// Whether a change of the field at a JSON pointer is told without its values, in an object of this kind: the field is secret, or
/// commands, or lies in such.
pub fn is_untold_at(kind: &str, pointer: &str) -> bool {
    is_secret_at(kind, pointer) || pointer.split('/').any(is_commands)
}

/// Whether something inside the value at a JSON pointer is left out where a change of it is told.
pub fn holds_untold(kind: &str, pointer: &str, value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            // A patch of a ClusterClass names the field that its value is for.
            let patched = fields.get("path").and_then(Value::as_str);
            patched.is_some_and(|path| {
                path.starts_with('/') && fields.contains_key("op") && is_untold_at("", path)
            }) || fields.iter().any(|(name, value)| {
                let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                is_untold_at(kind, &pointer) || holds_untold(kind, &pointer, value)
            })
        }
        Value::Array(items) => items.iter().any(|item| holds_untold(kind, pointer, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
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
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_of_commands_is_told_without_them() {
        for field in [
            "/spec/template/spec/preKubeadmCommands/0",
            "/spec/kubeadmConfigSpec/postKubeadmCommands",
            "/spec/bootCommands/1/2",
            "/spec/preNodeadmCommands",
            "/spec/postBootstrapCommands/0",
            "/spec/boostrapCommandOverride",
            "/spec/ignition/containerLinuxConfig/additionalConfig",
            "/spec/users/0/passwd",
        ] {
            assert!(is_untold_at("KubeadmConfig", field), "{field}");
        }
        assert!(!is_untold_at("KubeadmConfig", "/spec/format"));
        assert!(
            !is_secret_at("KubeadmConfig", "/spec/preKubeadmCommands/0"),
            "it is shown and edited"
        );
        let commands = json!([{"name": "md", "spec": {"preKubeadmCommands": ["curl"]}}]);
        assert!(holds_untold("Any", "/spec/list", &commands));
        let patch = |path: &str| json!([{"jsonPatches": [{"op": "add", "path": path, "value": "curl"}]}]);
        assert!(holds_untold(
            "ClusterClass",
            "/spec/patches",
            &patch("/spec/template/spec/preKubeadmCommands/-")
        ));
        assert!(!holds_untold(
            "ClusterClass",
            "/spec/patches",
            &patch("/spec/template/spec/format")
        ));
    }

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
