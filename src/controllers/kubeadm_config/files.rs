//! The files that a machine gets: certificates, what its configuration lists, and a kubeconfig for discovery.
//!
//! Must not know: how Secrets are read; their contents are given.

use std::collections::BTreeMap;

use fleetui_api::v1beta2::{BootstrapFile, ContentSource, KubeadmConfigSpec, Other, User};
use fleetui_base::redact::Secret as Redacted;
use serde_json::{Value, json};

use super::cloud_config::File;
use super::documents;
use crate::certificates::{Certificates, Purpose};

/// Where kubeadm keeps certificates unless it is told otherwise.
const CERTIFICATES: &str = "/etc/kubernetes/pki";

/// What the keys of Secrets hold that a configuration refers to, by Secret and key; the error says why one cannot be had.
pub(super) type Contents = BTreeMap<(String, String), Result<Redacted<String>, String>>;

/// Every Secret and key that a configuration takes something from.
pub(super) fn sources(spec: &KubeadmConfigSpec) -> Vec<(String, String)> {
    let of = |source: &ContentSource| (source.secret.name.clone(), source.secret.key.clone());
    let files = spec.files.iter().filter_map(|file| file.content_from.as_ref());
    let passwords = spec.users.iter().filter_map(|user| user.passwd_from.as_ref());
    files.chain(passwords).map(of).collect()
}

fn content(source: &ContentSource, contents: &Contents) -> Result<String, String> {
    let secret = &source.secret;
    match contents.get(&(secret.name.clone(), secret.key.clone())) {
        Some(Ok(text)) => Ok(text.reveal().clone()),
        Some(Err(why)) => Err(why.clone()),
        None => Err(format!("Secret {} has not been read", secret.name)),
    }
}

/// The files that the configuration lists. The error says which cannot be made, and why.
pub(super) fn listed(
    files: &[BootstrapFile],
    contents: &Contents,
    control_plane_version: Option<&str>,
) -> Result<Vec<File>, String> {
    let one = |file: &BootstrapFile| {
        let text = match &file.content_from {
            Some(source) => content(source, contents)?,
            None => file.content.clone().unwrap_or_default(),
        };
        let text = match file.content_format.as_deref() {
            Some("Template") => fill_in(&text, control_plane_version)?,
            Some(_) | None => text,
        };
        Ok(File {
            path: file.path.clone(),
            owner: file.owner.clone().unwrap_or_else(|| "root:root".to_owned()),
            permissions: file.permissions.clone().unwrap_or_else(|| "0640".to_owned()),
            encoding: file.encoding.clone(),
            append: file.append == Some(true),
            content: text,
        })
    };
    files
        .iter()
        .map(|file| one(file).map_err(|why: String| format!("File {}: {why}", file.path)))
        .collect()
}

/// The users, with the hashes of their passwords.
pub(super) fn users(users: &[User], contents: &Contents) -> Result<Vec<User>, String> {
    let one = |user: &User| {
        let mut user = user.clone();
        if let Some(source) = user.passwd_from.take() {
            user.passwd = Some(content(&source, contents)?);
        }
        Ok(user)
    };
    users
        .iter()
        .map(|user| one(user).map_err(|why: String| format!("User {}: {why}", user.name)))
        .collect()
}

/// Fills in `{{ .controlPlane.version }}`, the one variable that there is. Anything else that a template may do is refused:
/// left as it is, it would reach the machine as text.
fn fill_in(text: &str, version: Option<&str>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((action, after)) = after.split_once("}}") else {
            return Err("its template has an action that does not end".to_owned());
        };
        let (trims_before, action) = match action.strip_prefix("- ") {
            Some(action) => (true, action),
            None => (false, action),
        };
        let (trims_after, action) = match action.strip_suffix(" -") {
            Some(action) => (true, action),
            None => (false, action),
        };
        filled.push_str(if trims_before { before.trim_end() } else { before });
        match (action.trim(), version) {
            (".controlPlane.version", Some(version)) => filled.push_str(version),
            (".controlPlane.version", None) => {
                return Err(
                    "its template asks for the version of a control plane that tells none".to_owned(),
                );
            }
            (other, _) => {
                return Err(format!(
                    "its template has the action {other:?}, which is not known"
                ));
            }
        }
        rest = if trims_after { after.trim_start() } else { after };
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The certificates and keys of a control plane machine, where kubeadm looks for them.
pub(super) fn certificates(certificates: &Certificates, configuration: Option<&Other>) -> Vec<File> {
    let text = |path: &[&str]| {
        let mut value = configuration?.get(*path.first()?)?;
        for key in path.iter().skip(1) {
            value = value.get(key)?;
        }
        value.as_str().map(str::to_owned)
    };
    let directory = text(&["certificatesDir"]).unwrap_or_else(|| CERTIFICATES.to_owned());
    let external = |file: &str, usual: &str| {
        text(&["etcd", "external", file]).unwrap_or_else(|| format!("{directory}/{usual}"))
    };
    let mut files = Vec::new();
    for (purpose, found) in &certificates.found {
        let Some(pair) = certificates.pair(*purpose) else {
            tracing::debug!(?purpose, ?found, "left out of bootstrap data");
            continue;
        };
        let (certificate, key) = match purpose {
            Purpose::Cluster => (format!("{directory}/ca.crt"), format!("{directory}/ca.key")),
            Purpose::Etcd => (
                external("caFile", "etcd/ca.crt"),
                format!("{directory}/etcd/ca.key"),
            ),
            Purpose::FrontProxy => (
                format!("{directory}/front-proxy-ca.crt"),
                format!("{directory}/front-proxy-ca.key"),
            ),
            Purpose::ServiceAccount => (format!("{directory}/sa.pub"), format!("{directory}/sa.key")),
            Purpose::EtcdClient => (
                external("certFile", "apiserver-etcd-client.crt"),
                external("keyFile", "apiserver-etcd-client.key"),
            ),
        };
        files.push(File::of_root(&certificate, pair.certificate.clone()));
        if !pair.key.reveal().is_empty() {
            let mut key = File::of_root(&key, pair.key.reveal().clone());
            "0600".clone_into(&mut key.permissions);
            files.push(key);
        }
    }
    files
}

/// The kubeconfig file for discovery, where the configuration describes one. What it leaves out is the cluster's.
pub(super) fn discovery(join: Option<&Other>, endpoint: &str, authority: Option<&str>) -> Option<File> {
    let file = join?.get("discovery")?.get("file")?;
    let described = file.get("kubeConfig").filter(|described| !described.is_null())?;
    let path = file.get("kubeConfigPath")?.as_str()?;
    let given = |key: &str| {
        described
            .get("cluster")
            .and_then(|cluster| cluster.get(key))
            .cloned()
    };
    let mut cluster =
        json!({"server": given("server").unwrap_or_else(|| json!(format!("https://{endpoint}")))});
    let fields = cluster.as_object_mut()?;
    let renamed = [
        ("certificateAuthorityData", "certificate-authority-data"),
        ("insecureSkipTLSVerify", "insecure-skip-tls-verify"),
        ("proxyURL", "proxy-url"),
        ("tlsServerName", "tls-server-name"),
    ];
    for (from, to) in renamed {
        fields.extend(given(from).map(|value| (to.to_owned(), value)));
    }
    let trusted = ["certificate-authority-data", "insecure-skip-tls-verify"];
    if let (Some(authority), true) = (authority, trusted.iter().all(|key| !fields.contains_key(*key))) {
        let encoded = serde_json::to_value(k8s_openapi::ByteString(authority.as_bytes().to_vec()));
        fields.insert(trusted[0].to_owned(), encoded.ok()?);
    }
    let user = described.get("user").map(kubeconfig_user).unwrap_or_default();
    let document = json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{"name": "default", "cluster": cluster}],
        "users": [{"name": "default", "user": user}],
        "contexts": [{"name": "default", "context": {"cluster": "default", "user": "default"}}],
        "current-context": "default",
    });
    let text = documents::to_yaml(&[document]).ok()?;
    let mut file = File::of_root(path, text);
    "0640".clone_into(&mut file.permissions);
    Some(file)
}

/// A user as kubeconfig files name its fields.
fn kubeconfig_user(user: &Value) -> Value {
    let mut fields = json!({});
    if let Some(plugin) = user.get("exec") {
        let mut plugin = plugin.clone();
        if let Some(plugin) = plugin.as_object_mut() {
            plugin.entry("interactiveMode").or_insert_with(|| json!("Never"));
        }
        fields["exec"] = plugin;
    }
    if let Some(provider) = user.get("authProvider") {
        fields["auth-provider"] = provider.clone();
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_variable_of_templates_is_filled_in_and_others_are_refused() {
        let cases = [
            ("plain", Ok("plain")),
            ("v={{ .controlPlane.version }};", Ok("v=v1.31.0;")),
            ("a {{- .controlPlane.version -}} b", Ok("av1.31.0b")),
            (
                "a {{- \".controlPlane\" }}",
                Err("its template has the action \"\\\".controlPlane\\\"\", which is not known"),
            ),
            (
                "{{ .controlPlane",
                Err("its template has an action that does not end"),
            ),
        ];
        for (text, expected) in cases {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(fill_in(text, Some("v1.31.0")), expected, "{text}");
        }
        assert!(fill_in("{{.controlPlane.version}}", None).is_err());
    }
}
