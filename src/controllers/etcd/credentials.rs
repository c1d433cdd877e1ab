//! With what members of an etcd are spoken to: its authority has to vouch for them, and for us.
//!
//! Our certificate is made anew each time and lives for a day. Where the authority's key is kept elsewhere, the API server's own
//! certificate is used.

use std::sync::Arc;

use fleetui_base::ObjectName;
use fleetui_pki::certificate::ders_of_pem;
use fleetui_pki::{Authority, KeyedCertificate, Validity};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::certificates::Purpose;
use crate::context::Context;

/// Whom etcd takes us for; any name does, as no member asks for more than its authority's signature.
const COMMON_NAME: &str = "cluster-api.x-k8s.io";

/// Reads the Secrets of the cluster. The error is a sentence.
pub(super) async fn read(context: &Context, cluster: &ObjectName) -> Result<Arc<ClientConfig>, String> {
    let authority = secret(context, cluster, Purpose::Etcd).await?;
    let keyed = if authority.key_pem.reveal().is_empty() {
        secret(context, cluster, Purpose::EtcdClient).await?
    } else {
        issue(authority.clone(), context.now())?
    };
    config(&authority.certificate_pem, &keyed).map(Arc::new)
}

/// Certificate and key of one Secret; the key is empty where it has none.
async fn secret(
    context: &Context,
    cluster: &ObjectName,
    purpose: Purpose,
) -> Result<KeyedCertificate, String> {
    let name = purpose.secret_name(&cluster.name);
    let found = context.secret(&cluster.namespace, &name).await;
    let found = found.map_err(|error| error.to_string())?;
    let secret = found.ok_or_else(|| format!("there is no Secret {name}"))?;
    let certificate_pem = text(&secret, "tls.crt");
    if certificate_pem.is_empty() {
        return Err(format!("the Secret {name} has no data under the key tls.crt"));
    }
    Ok(KeyedCertificate {
        certificate_pem,
        key_pem: fleetui_base::redact::Secret::new(text(&secret, "tls.key")),
    })
}

fn text(secret: &Secret, key: &str) -> String {
    let bytes = secret.data.as_ref().and_then(|data| data.get(key));
    bytes
        .and_then(|bytes| String::from_utf8(bytes.0.clone()).ok())
        .unwrap_or_default()
}

fn issue(authority: KeyedCertificate, now: Timestamp) -> Result<KeyedCertificate, String> {
    let authority = Authority::from_pem(authority).map_err(|error| error.to_string())?;
    let issued = authority.issue_client(COMMON_NAME, None, Validity::days(now, 1));
    issued.map_err(|error| error.to_string())
}

/// How to speak with servers that this authority vouches for.
pub(super) fn config(authority_pem: &str, client: &KeyedCertificate) -> Result<ClientConfig, String> {
    let said = |error: rustls::Error| error.to_string();
    let mut roots = RootCertStore::empty();
    for der in ders_of_pem(authority_pem).map_err(|error| error.to_string())? {
        roots.add(CertificateDer::from(der)).map_err(said)?;
    }
    let chain = ders_of_pem(&client.certificate_pem).map_err(|error| error.to_string())?;
    let chain = chain.into_iter().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::from_pem_slice(client.key_pem.reveal().as_bytes());
    let key = key.map_err(|_| "the private key for etcd cannot be read".to_owned())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(said)?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(said)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}
