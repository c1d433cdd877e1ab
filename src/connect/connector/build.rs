//! A kube client from a context and a login. Blocks on files; called where that is allowed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::USER_AGENT;
use http::{HeaderValue, Uri};
use kube::client::ClientBuilder;
use kube::config::{AuthInfo, Cluster, Config, ExecAuthCluster, Kubeconfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tower::timeout::TimeoutLayer;

use super::{ConnectError, ConnectSettings, Lent, parts};
use crate::environment::Environment;
use crate::proxy::proxy_for;

/// A peer that takes no byte for this long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds the client. It retries nothing by itself and runs no plugin.
pub(super) fn client(
    kubeconfig: &Kubeconfig,
    login: &Lent,
    environment: &Environment,
    settings: &ConnectSettings,
) -> Result<kube::Client, ConnectError> {
    // Two crypto providers in one binary would leave rustls without a default; an error means that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = config(kubeconfig, login, environment, settings.connect_timeout)?;
    let shows_certificate = shows_certificate(&config.auth_info);
    // A connection may be there while nobody answers on it: without this, whoever asks for a watch would wait for ever.
    let answers = TimeoutLayer::new(settings.answer_timeout);
    let builder = ClientBuilder::try_from(config).map(|builder| builder.with_layer(&answers).build());
    builder.map_err(|error| {
        let what = deepest(&error);
        ConnectError::Configuration(if shows_certificate {
            format!("client-certificate or client-key of the user: {what}")
        } else {
            what
        })
    })
}

/// Whether the user is known by a certificate; then that is what most often cannot be used.
fn shows_certificate(user: &AuthInfo) -> bool {
    user.client_certificate.is_some()
        || user.client_certificate_data.is_some()
        || user.client_key.is_some()
        || user.client_key_data.is_some()
}

fn config(
    kubeconfig: &Kubeconfig,
    login: &Lent,
    environment: &Environment,
    connect_timeout: Duration,
) -> Result<Config, ConnectError> {
    let (cluster, user) = parts(kubeconfig)?;
    let server = cluster.server.as_deref().unwrap_or_default();
    let url: Uri = server
        .parse()
        .map_err(|error| ConnectError::Configuration(format!("server {server} is no URL: {error}")))?;
    if url.scheme().is_none() || url.host().is_none() {
        let what = format!("server {server} is no URL; it begins with https://");
        return Err(ConnectError::Configuration(what));
    }
    let context = kubeconfig
        .contexts
        .first()
        .and_then(|named| named.context.as_ref());
    let mut config = Config::new(url.clone());
    if let Some(namespace) = context.and_then(|context| context.namespace.clone()) {
        config.default_namespace = namespace;
    }
    config.root_cert = certificate_authorities(cluster)?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify == Some(true);
    config.disable_compression = cluster.disable_compression == Some(true);
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    config.proxy_url =
        proxy_for(&url, cluster.proxy_url.as_deref(), environment).map_err(ConnectError::Configuration)?;
    config.connect_timeout = Some(connect_timeout);
    // Silence is judged for each request and each watch by those who wait for them.
    config.read_timeout = None;
    config.write_timeout = Some(WRITE_TIMEOUT);
    // Retries would hide an outage for minutes and repeat writes.
    config.default_retry = false;
    config.auth_info = authentication(user, login);
    config
        .headers
        .extend(user_agent().map(|agent| (USER_AGENT, agent)));
    Ok(config)
}

/// Who asks, in the form of kubectl and client-go: `fleetui/0.1.0 (linux/amd64)`. Servers keep it in their audit logs, choose
/// priority levels and limits by it, and call so in managedFields who does not say it.
fn user_agent() -> Option<HeaderValue> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let agent = format!("fleetui/{} ({system}/{architecture})", env!("CARGO_PKG_VERSION"));
    HeaderValue::from_str(&agent).ok()
}

/// The kubeconfig's own credentials, or what the login gave in their place; never a plugin or a token file.
fn authentication(user: Option<&AuthInfo>, login: &Lent) -> AuthInfo {
    let mut user = user.cloned().unwrap_or_default();
    user.exec = None;
    user.token_file = None;
    match login {
        Lent::Static => {}
        Lent::TokenFile(token) => user.token = Some(token.reveal().clone().into()),
        Lent::Plugin(_, credential) => {
            if let Some(token) = &credential.token {
                user.token = Some(token.reveal().clone().into());
            }
            if let Some((certificate, key)) = &credential.certificate {
                user.client_certificate = None;
                user.client_key = None;
                user.client_certificate_data = Some(STANDARD.encode(certificate));
                user.client_key_data = Some(STANDARD.encode(key.reveal()).into());
            }
        }
    }
    user
}

/// The authorities that a cluster's entry names, as DER; none where it names none.
pub(crate) fn certificate_authorities(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, ConnectError> {
    let field = match (
        &cluster.certificate_authority_data,
        &cluster.certificate_authority,
    ) {
        (None, Some(file)) => format!("certificate-authority {file}"),
        (Some(_), _) | (None, None) => "certificate-authority-data".to_owned(),
    };
    let failed = |what: String| ConnectError::Configuration(format!("{field}: {what}"));
    let pem = ExecAuthCluster::try_from(cluster).map_err(|error| failed(deepest(&error)))?;
    let Some(pem) = pem.certificate_authority_data else {
        return Ok(None);
    };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem)
        .map(|found| found.map(|der| der.as_ref().to_vec()))
        .collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(failed("no certificate in it".to_owned())),
        Ok(certificates) => Ok(Some(certificates)),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The innermost cause: the outer ones repeat it.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
