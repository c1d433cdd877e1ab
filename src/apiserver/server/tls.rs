//! The TLS side: our certificate, client certificates of our authority, HTTP/2 before HTTP/1.1.

use std::sync::Arc;

use fleetui_pki::ServerCredentials;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use thiserror::Error;

/// Why certificates do not make a TLS server.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A certificate or key is no PEM.
    #[error("the {0} is no PEM text")]
    Pem(&'static str),
    /// The authority cannot verify clients.
    #[error("the certificate authority cannot verify clients")]
    Verifier(#[from] VerifierBuilderError),
    /// A certificate and its key do not fit, or are not supported.
    #[error("the certificate cannot be used")]
    Rustls(#[from] rustls::Error),
}

/// How the server speaks TLS. The cryptography is named here, so that no process-wide default is needed.
pub(super) fn server_config(credentials: &ServerCredentials) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(first_certificate(credentials.authority.certificate_pem())?)?;
    // Without a certificate one may still come with a token.
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()?;
    let certificate = first_certificate(&credentials.server.certificate_pem)?;
    let key = PrivateKeyDer::from_pem_slice(credentials.server.key_pem.reveal().as_bytes())
        .map_err(|_| TlsError::Pem("server's key"))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The first certificate of a PEM text.
pub(crate) fn first_certificate(pem: &str) -> Result<CertificateDer<'static>, TlsError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| TlsError::Pem("certificate"))
}
