//! A client from a kubeconfig that somebody else wrote and stored in a cluster: it stands for itself, and nothing outside of it
//! is read or run.
//!
//! Whoever may write such a kubeconfig would otherwise be lent the files and the programs of whoever uses it, a service
//! account's token above all.

use std::sync::Arc;

use fleetui_base::redact::Secret;
use kube::config::{AuthInfo, Cluster, Kubeconfig};

use crate::connector::{ConnectError, ConnectSettings, Lent, build_within};
use crate::environment::Environment;

/// A client for the current context of a stored kubeconfig.
///
/// # Errors
/// Where it cannot be read, or leads outside of itself. Its text, which holds keys, is never quoted.
pub async fn client(
    text: &Secret<String>,
    environment: Arc<Environment>,
    settings: &ConnectSettings,
) -> Result<kube::Client, ConnectError> {
    let kubeconfig = Arc::new(parse(text)?);
    build_within(kubeconfig, Lent::Static, environment, settings).await
}

/// The current context with its cluster and its user, and nothing else.
fn parse(text: &Secret<String>) -> Result<Kubeconfig, ConnectError> {
    let failed = |what: &str| ConnectError::Configuration(what.to_owned());
    // A parser quotes what it could not read, which may be a key.
    let whole = Kubeconfig::from_yaml(text.reveal()).map_err(|_| failed("the kubeconfig cannot be read"))?;
    let name = whole.current_context.as_deref().unwrap_or_default();
    let named = whole.contexts.iter().find(|named| named.name == name);
    let named = named.ok_or_else(|| failed("the kubeconfig has no current context"))?;
    let context = named.context.as_ref();
    let context = context.ok_or_else(|| failed("the current context of the kubeconfig is empty"))?;
    let clusters = whole
        .clusters
        .iter()
        .filter(|named| named.name == context.cluster);
    let users = whole
        .auth_infos
        .iter()
        .filter(|named| Some(&named.name) == context.user.as_ref());
    let sliced = Kubeconfig {
        clusters: clusters.take(1).cloned().collect(),
        auth_infos: users.take(1).cloned().collect(),
        contexts: vec![named.clone()],
        current_context: Some(name.to_owned()),
        ..Kubeconfig::default()
    };
    let clusters = sliced.clusters.iter().filter_map(|named| named.cluster.as_ref());
    let users = sliced
        .auth_infos
        .iter()
        .filter_map(|named| named.auth_info.as_ref());
    match clusters
        .filter_map(outside_cluster)
        .chain(users.filter_map(outside_user))
        .next()
    {
        Some(field) => Err(ConnectError::Configuration(format!(
            "the kubeconfig has {field}, which leads outside of it and is not used"
        ))),
        None => Ok(sliced),
    }
}

fn outside_cluster(cluster: &Cluster) -> Option<&'static str> {
    let file = cluster.certificate_authority.as_deref().unwrap_or_default();
    (!file.is_empty()).then_some("certificate-authority")
}

fn outside_user(user: &AuthInfo) -> Option<&'static str> {
    let names_file = |file: &Option<String>| file.as_ref().is_some_and(|file| !file.is_empty());
    [
        ("exec", user.exec.is_some()),
        ("auth-provider", user.auth_provider.is_some()),
        ("tokenFile", names_file(&user.token_file)),
        ("client-certificate", names_file(&user.client_certificate)),
        ("client-key", names_file(&user.client_key)),
    ]
    .into_iter()
    .find_map(|(field, there)| there.then_some(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(cluster: &str, user: &str) -> Secret<String> {
        Secret::new(format!(
            "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}], \
             clusters: [{{name: k, cluster: {{server: \"https://127.0.0.1:1\"{cluster}}}}}], users: [{{name: u, user: {{{user}}}}}]}}"
        ))
    }

    async fn made(text: &Secret<String>) -> Result<(), String> {
        let made = client(text, Arc::default(), &ConnectSettings::default()).await;
        made.map(drop).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn what_stands_in_it_is_enough() {
        assert_eq!(made(&kubeconfig("", "token: abc")).await, Ok(()));
    }

    #[tokio::test]
    async fn nothing_outside_of_it_is_read_or_run() {
        let ways = [
            (
                "",
                "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
                "tokenFile",
            ),
            (
                "",
                "client-certificate: /etc/kubernetes/pki/ca.crt",
                "client-certificate",
            ),
            ("", "client-key: /etc/kubernetes/pki/ca.key", "client-key"),
            (
                "",
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}",
                "exec",
            ),
            ("", "auth-provider: {name: gcp, config: {}}", "auth-provider"),
            (
                ", certificate-authority: /etc/passwd",
                "token: abc",
                "certificate-authority",
            ),
        ];
        for (cluster, user, field) in ways {
            let refused = made(&kubeconfig(cluster, user)).await;
            let expected = format!("the kubeconfig has {field}, which leads outside of it and is not used");
            assert_eq!(refused, Err(expected));
        }
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_not_quoted() {
        let refused = made(&Secret::new("users: [{token: s3cret".to_owned())).await;
        assert_eq!(refused, Err("the kubeconfig cannot be read".to_owned()));
    }
}
